"""Wrapping one source, and taking it out again."""

from __future__ import annotations

import hashlib
import json
import uuid
from fractions import Fraction
from pathlib import Path

import pytest
from material import NOW, RATE, codestream, codestreams, video, wav

from dcp.create.wrap import wrap_source
from dcp.errors import SourceError, UsageError
from dcp.mxf.reader import TrackFile
from dcp.rework.extract import unwrap
from dcp.secrets.keys import read_keys
from dcp.sound.riff import pcm_bytes, read_pcm_wav
from dcp.sound.wav import WavWriter


def test_codestreams_go_in_and_come_out(tmp_path: Path) -> None:
    asset_id = uuid.uuid4()
    told: list[tuple[int, int]] = []
    written = wrap_source(
        codestreams(tmp_path / "film"),
        tmp_path / "film.mxf",
        edit_rate=RATE,
        asset_id=asset_id,
        now=NOW,
        progress=lambda count, total: told.append((count, total)),
    )
    assert (written.asset_id, written.container_duration, written.key_id) == (asset_id, 4, None)
    assert written.sha1 == hashlib.sha1((tmp_path / "film.mxf").read_bytes()).digest()
    assert told == [(1, 4), (2, 4), (3, 4), (4, 4)]
    done = unwrap(tmp_path / "film.mxf", tmp_path / "out")
    assert [(tmp_path / "out" / name).read_bytes() for name in done.files] == [
        codestream(n) for n in range(4)
    ]


def test_pairs_of_eyes_become_a_stereoscopic_file(tmp_path: Path) -> None:
    folder = codestreams(tmp_path / "film", eyes=True)
    wrap_source(folder, tmp_path / "film.mxf", edit_rate=RATE, now=NOW)
    with TrackFile.open(tmp_path / "film.mxf") as track:
        assert (track.header.essence, track.header.container_duration) == ("stereo_picture", 4)
    done = unwrap(tmp_path / "film.mxf", tmp_path / "out")
    assert {name: (tmp_path / "out" / name).read_bytes() for name in done.files} == {
        file.name: file.read_bytes() for file in folder.iterdir()
    }
    (folder / "000003_r.j2c").unlink()
    with pytest.raises(SourceError, match="1 picture of one eye lacks the other"):
        wrap_source(folder, tmp_path / "no.mxf", edit_rate=RATE, now=NOW)


@pytest.mark.parametrize("channels", [6, 8, 16])
def test_sound_comes_through_bit_for_bit_channel_by_channel(tmp_path: Path, channels: int) -> None:
    noise = wav(tmp_path / "in.wav", 2000 * 2 + 500, channels)
    written = wrap_source(tmp_path / "in.wav", tmp_path / "s.mxf", edit_rate=RATE, now=NOW)
    assert written.container_duration == 3  # the last edit unit is filled up
    unwrap(tmp_path / "s.mxf", tmp_path / "out")
    data = (tmp_path / "out" / "sound.wav").read_bytes()
    found = data[data.index(b"data") + 8 :]
    assert found == noise.ljust(3 * 2000 * channels * 3, b"\0")


def test_a_keys_file_is_made_when_there_is_none_and_used_when_there_is(tmp_path: Path) -> None:
    film, keys = codestreams(tmp_path / "film"), tmp_path / "keys.json"
    first = wrap_source(film, tmp_path / "a.mxf", edit_rate=RATE, keys_file=keys, now=NOW)
    (key,) = read_keys(keys).keys
    assert (key.type, key.id) == ("MDIK", first.key_id)
    assert keys.stat().st_mode & 0o777 == 0o600
    second = wrap_source(film, tmp_path / "b.mxf", edit_rate=RATE, keys_file=keys, now=NOW)
    assert second.key_id == key.id
    done = unwrap(tmp_path / "b.mxf", tmp_path / "out", keyring=read_keys(keys))
    assert done.mic == "ok"
    wav(tmp_path / "s.wav", 4000)
    with pytest.raises(UsageError, match="no key of type MDAK"):
        wrap_source(tmp_path / "s.wav", tmp_path / "c.mxf", edit_rate=RATE, keys_file=keys, now=NOW)


def test_a_keys_file_that_cannot_be_written_leaves_no_track_file(tmp_path: Path) -> None:
    film = codestreams(tmp_path / "film")
    with pytest.raises(Exception, match="cannot write the keys file"):
        wrap_source(
            film, tmp_path / "a.mxf", edit_rate=RATE, keys_file=tmp_path / "no" / "keys.json", now=NOW
        )
    assert [path.name for path in tmp_path.iterdir()] == ["film"]


def test_video_is_coded_into_the_nearest_container(tmp_path: Path) -> None:
    clip = video(tmp_path / "clip.mkv", 2, size=(172, 72))
    told: list[tuple[int, int]] = []
    written = wrap_source(
        clip, tmp_path / "v.mxf", label_set="interop", now=NOW, progress=lambda n, of: told.append((n, of))
    )
    assert written.container_duration == 2
    assert told == [(1, 2), (2, 2)]  # Matroska counts no frames: by its length
    assert not any("sound" in str(note) for note in written.notes)
    assert written.coded is not None and written.coded.coding == "fine" and written.coded.anchors == 2
    assert any("fewer than 12 bits" in str(note) for note in written.notes)
    with TrackFile.open(tmp_path / "v.mxf") as track:
        descriptor = track.header.descriptor
        assert descriptor is not None
        assert track.header.label_set == "interop" and track.header.edit_rate == RATE
        assert (descriptor.stored_width, descriptor.stored_height) == (2048, 858)  # type: ignore[union-attr]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["clip.mkv", "v.mxf"]


def test_what_was_assumed_and_left_out_is_told(tmp_path: Path) -> None:
    clip = video(tmp_path / "clip.mkv", 2, tagged=False, sound=True)
    written = wrap_source(clip, tmp_path / "v.mxf", picture_coding="exact", now=NOW)
    said = "\n".join(map(str, written.notes))
    assert written.coded is not None and written.coded.frames == ((12, 2),) and "all 12 bits" in said
    assert "clip.mkv: " in said
    assert "BT.601" in said and "assumed" in said
    assert "its sound is left out" in said
    with pytest.raises(SourceError, match="do not become 25 frame by frame"):
        wrap_source(clip, tmp_path / "w.mxf", edit_rate=Fraction(25), now=NOW)


def test_what_cannot_be_wrapped_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    film = codestreams(tmp_path / "film")
    wav(tmp_path / "s.wav", 4000)
    out = tmp_path / "o.mxf"
    with pytest.raises(UsageError, match="no frame rate"):
        wrap_source(film, out, now=NOW)
    with pytest.raises(UsageError, match="no rate of a DCP"):
        wrap_source(film, out, edit_rate=Fraction(23), now=NOW)
    with pytest.raises(UsageError, match="no frame rate"):
        wrap_source(tmp_path / "s.wav", out, now=NOW)
    with pytest.raises(UsageError, match="no rate of a DCP"):
        wrap_source(tmp_path / "s.wav", out, edit_rate=Fraction(24000, 1001), now=NOW)
    with pytest.raises(SourceError, match="cannot read"):
        wrap_source(tmp_path / "absent", out, edit_rate=RATE, now=NOW)
    (film / "000002.j2c").write_bytes(codestream(2)[:100])
    with pytest.raises(SourceError) as caught:
        wrap_source(film, out, edit_rate=RATE, now=NOW)
    assert "000002.j2c" in str(caught.value)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["film", "s.wav"]


def test_the_golden_inputs_have_the_golden_essence(golden: Path, tmp_path: Path) -> None:
    cases = {"j2k_left": "pic2d_smpte_plain", "wav/51_24fps.wav": "pcm51_smpte_plain_24",
             "wav/8ch_24fps.wav": "pcm8_smpte_mca_wtf_plain_24"}  # fmt: skip
    for source, vector in cases.items():
        facts = json.loads((golden / "asdcp" / f"{vector}.json").read_text())
        out = tmp_path / f"{vector}.mxf"
        wrap_source(
            golden / "inputs" / source, out, edit_rate=RATE, asset_id=uuid.UUID(facts["asset_id"]), now=NOW
        )
        with TrackFile.open(out) as track:
            found = [hashlib.sha1(unit.data).hexdigest() for unit in track.units(strict=True)]
        assert found == [frame["sha1"] for frame in facts["frames"]]


def test_a_wav_of_96_khz_keeps_its_rate_and_says_so(tmp_path: Path) -> None:
    data = bytes(range(240)) * 100  # 4,000 samples of left and right
    with WavWriter(tmp_path / "a.wav", channels=2, sample_rate=96_000) as writer:
        writer.write(data)
    written = wrap_source(tmp_path / "a.wav", tmp_path / "a.mxf", edit_rate=RATE, now=NOW)
    assert [note for note in written.notes if "keeps its 96,000 Hz" in str(note)]
    done = unwrap(tmp_path / "a.mxf", tmp_path / "out")
    taken = read_pcm_wav(tmp_path / "out" / done.files[0])
    assert taken is not None
    assert (taken.channels, taken.bits, taken.sample_rate, taken.size) == (6, 24, 96_000, 18 * 4_000)
    with taken.path.open("rb") as stream:
        frames = pcm_bytes(taken, stream, 0, 4_000)
    assert b"".join(frames[n : n + 6] for n in range(0, len(frames), 18)) == data
