"""Codestreams in folders, in JP2 and in track files; the reels of packages."""

from __future__ import annotations

import struct
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from building import plan, signer
from material import NOW, RATE, codestream, codestreams, wav
from trackfiles import flip, unit_offset

from dcp.create.build import build_package
from dcp.create.job.values import PictureTrack
from dcp.create.sources.codestreams import check_all, check_passed
from dcp.create.sources.facts import PictureFacts
from dcp.create.sources.opening import load, probe_picture, read_picture, references
from dcp.create.sources.trackfile import is_package, is_track_file, package_reels
from dcp.create.wrap import wrap_source
from dcp.errors import DcpError, KeyMissingError, SourceError
from dcp.picture.limits import FrameLimits, frame_limits
from dcp.secrets.keys import read_keys

LIMITS = frame_limits(RATE)


def probe(path: Path, **more: Any) -> PictureFacts:
    keyring = more.pop("keyring", None)
    return probe_picture(PictureTrack(source=path, **more), keyring=keyring)


def refused(path: Path, id: str, **more: Any) -> SourceError:
    with pytest.raises(SourceError) as caught:
        probe(path, **more)
    assert caught.value.id == id, caught.value
    assert caught.value.say("zh") != caught.value.say()
    return caught.value


def jp2(data: bytes, length: int | None = None) -> bytes:
    """A JP2 container around a codestream."""
    boxes = b"\0\0\0\x0cjP  \r\n\x87\n" + struct.pack(">I4s", 20, b"ftyp") + b"jp2 \0\0\0\0jp2 "
    boxes += struct.pack(">I4s", 8 + 22, b"jp2h") + bytes(22)
    if length == 1:
        return boxes + struct.pack(">I4sQ", 1, b"jp2c", len(data) + 16) + data
    return boxes + struct.pack(">I4s", len(data) + 8 if length is None else length, b"jp2c") + data


def test_codestreams_pass_untouched(tmp_path: Path) -> None:
    facts = probe(codestreams(tmp_path / "film"))
    assert (facts.kind, facts.width, facts.height, facts.frames, facts.depth) == (
        "codestreams",
        64,
        36,
        4,
        12,
    )
    assert facts.tags.model == "xyz" and "as they stand" in facts.decisions[-1].say()
    frames = list(read_picture(facts, (0, 1, 1, 3)))
    assert frames == [codestream(n) for n in (0, 1, 1, 3)] and frames[1] is frames[2]
    refs = list(references(facts, range(4)))
    assert [load(ref) for ref in refs if ref] == [codestream(n) for n in range(4)]


def test_a_jp2_is_opened_for_what_is_inside(tmp_path: Path) -> None:
    for number, length in enumerate((None, 0, 1)):
        (tmp_path / f"{number}.jp2").write_bytes(jp2(codestream(number), length))
    facts = probe(tmp_path)
    assert list(read_picture(facts, range(3))) == [codestream(n) for n in range(3)]
    assert "JP2" in facts.decisions[0].say()
    (tmp_path / "0.jp2").write_bytes(jp2(b"")[:-8])
    assert refused(tmp_path, "source.jp2-empty").where == str(tmp_path / "0.jp2")


def test_pairs_are_read_an_eye_at_a_time(tmp_path: Path) -> None:
    facts = probe(codestreams(tmp_path / "film", 2, eyes=True))
    assert (facts.stereo, facts.frames) == (True, 2)
    assert list(read_picture(facts, range(2), eye="left")) == [codestream(n) for n in range(2)]
    assert list(read_picture(facts, range(2), eye="right")) == [codestream(20 + n) for n in range(2)]
    (ref,) = references(facts, (1,), eye="right")
    assert ref is not None and load(ref) == codestream(21)


def test_a_gap_is_held_and_not_black(tmp_path: Path) -> None:
    codestreams(tmp_path / "film")
    (tmp_path / "film" / "000002.j2c").unlink()
    assert "000002" in refused(tmp_path / "film", "sequence.gap").what
    held = list(read_picture(probe(tmp_path / "film", gaps="hold"), range(4)))
    assert held[2] is held[1] and held[3] == codestream(3)
    assert "--gaps hold" in str(refused(tmp_path / "film", "sequence.black-codestreams", gaps="black").remedy)


def test_the_bad_one_is_named(tmp_path: Path) -> None:
    film = codestreams(tmp_path / "film")
    bad = film / "000002.j2c"
    bad.write_bytes(codestream(2, 96))
    error = refused(film, "sequence.differs")
    assert (error.where, "96x36" in error.what) == (str(bad), True)
    bad.write_bytes(b"")
    assert refused(film, "still.empty").where == str(bad)
    bad.write_bytes(b"nothing of the kind" * 10)
    assert refused(film, "source.no-codestream").where == str(bad)
    bad.write_bytes(codestream(2)[:-30])
    facts = probe(film)
    for data, limits in ((codestream(2)[:-30], LIMITS), (codestream(2), FrameLimits(100, 80))):
        with pytest.raises(SourceError) as caught:
            check_passed(data, where=bad, size=(64, 36), limits=limits, rate=RATE)
        assert caught.value.where == str(bad)
    with pytest.raises(SourceError, match="64x36") as caught:
        check_passed(codestream(2), where=bad, size=(1998, 1080), limits=LIMITS, rate=RATE)
    assert caught.value.where == str(bad)
    check_passed(codestream(2), where=bad, size=(64, 36), limits=LIMITS, rate=RATE)
    with pytest.raises(SourceError) as caught:
        check_all(facts, limits=LIMITS, rate=RATE)
    assert (caught.value.id, caught.value.where) == ("source.no-codestream", str(bad))
    bad.write_bytes(codestream(2))
    check_all(facts, limits=LIMITS, rate=RATE)
    bad.write_bytes(codestream(2) + bytes(2_000_000))
    with pytest.raises(SourceError, match="at most 1,302,083") as caught:
        check_all(facts, limits=LIMITS, rate=RATE)
    assert caught.value.where == str(bad)


# --- track files -----


def wrapped(tmp_path: Path, *, eyes: bool = False, keys: Path | None = None) -> Path:
    path = tmp_path / "film.mxf"
    wrap_source(codestreams(tmp_path / "film", 20, eyes=eyes), path, edit_rate=RATE, now=NOW, keys_file=keys)
    return path


def test_pictures_of_a_track_file(tmp_path: Path) -> None:
    facts = probe(wrapped(tmp_path))
    assert (facts.kind, facts.width, facts.height, facts.frames) == ("trackfile", 64, 36, 20)
    assert (facts.rate, facts.stereo, facts.tags.model) == (Fraction(24), False, "xyz")
    asked = (0, 1, 1, 19)
    frames = list(read_picture(facts, asked))
    assert frames == [codestream(n) for n in asked] and frames[1] is frames[2]
    (ref,) = references(facts, (7,))
    assert ref is not None and load(ref) == codestream(7)
    with pytest.raises(SourceError, match="no frame 20"):
        list(read_picture(facts, (19, 20)))


def test_pictures_of_a_stereoscopic_track_file(tmp_path: Path) -> None:
    facts = probe(wrapped(tmp_path, eyes=True))
    assert (facts.stereo, facts.frames) == (True, 20)
    assert list(read_picture(facts, (3, 4), eye="right")) == [codestream(23), codestream(24)]
    assert list(read_picture(facts, (3, 4))) == [codestream(3), codestream(4)]


def test_an_encrypted_track_file_needs_its_key(tmp_path: Path) -> None:
    path = wrapped(tmp_path, keys=tmp_path / "keys.json")
    with pytest.raises(KeyMissingError):
        probe(path)
    ring = read_keys(tmp_path / "keys.json")
    facts = probe(path, keyring=ring)
    assert list(read_picture(facts, range(20), keyring=ring)) == [codestream(n) for n in range(20)]
    (ref,) = references(facts, (5,))
    assert ref is not None and load(ref, keyring=ring) == codestream(5)
    flip(path, unit_offset(path, 3, ring.keys[0]) + 200)
    with pytest.raises(SourceError) as caught:
        list(read_picture(facts, range(20), keyring=ring))
    assert caught.value.id == "source.track-damaged" and "3" in caught.value.what
    assert caught.value.say("zh") != caught.value.say()


def test_a_track_file_of_sound_is_no_picture(tmp_path: Path) -> None:
    wav(tmp_path / "a.wav", 4 * 2000)
    wrap_source(tmp_path / "a.wav", tmp_path / "sound.mxf", edit_rate=RATE, now=NOW)
    assert "sound" in refused(tmp_path / "sound.mxf", "source.track-of-other").what
    assert is_track_file(tmp_path / "sound.mxf") and not is_track_file(tmp_path / "a.wav")


# --- packages -----


def package(tmp_path: Path, **more: Any) -> Path:
    films = [codestreams(tmp_path / f"film{n}", 30, first=n) for n in range(2)]
    sounds = [tmp_path / f"{n}.wav" for n in range(2)]
    for sound in sounds:
        wav(sound, 30 * 2000)
    made = plan(*films, audio=sounds, **more)
    return build_package(made, tmp_path / "dcp", now=NOW, signer=signer()).root


def test_the_reels_of_a_package(tmp_path: Path) -> None:
    folder = package(tmp_path)
    cpl = next(folder.glob("cpl_*.xml"))
    assert is_package(folder) and is_package(cpl)
    assert not is_package(tmp_path / "film0") and not is_package(tmp_path / "0.wav")
    reels = package_reels(folder)
    assert package_reels(cpl) == reels and len(reels) == 2
    for number, reel in enumerate(reels):
        assert reel.sound is not None and reel.sound.path.exists()
        assert (reel.picture.trim, reel.picture.rate, reel.stereo) == ("0-30", RATE, False)
        facts = probe(reel.picture.path)
        assert next(read_picture(facts, (2,))) == codestream(2 + number)
    refused(folder, "source.package-as-picture")
    refused(cpl, "source.package-as-picture")
    reels[1].picture.path.unlink()
    with pytest.raises(DcpError):
        package_reels(folder)


def test_the_keys_of_a_package_are_asked_for_before_work(tmp_path: Path) -> None:
    folder = package(tmp_path, encrypt=True)
    with pytest.raises(KeyMissingError):
        package_reels(folder)
