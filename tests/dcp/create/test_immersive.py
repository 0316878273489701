"""Packages with immersive sound: frames come through byte for byte, keys and names tell what it is, and the
sync signal names the sound that carries it."""

from __future__ import annotations

import uuid
from fractions import Fraction
from pathlib import Path

import pytest
from building import plan, signer
from immersive import folder_of, frame, frames, moving
from material import NOW, RATE, codestreams, wav

from dcp.auxdata.atmos import immersive_descriptor
from dcp.auxdata.sync_signal import CHANNEL, read_messages, signal_of, sync_units
from dcp.create.build import BuiltPackage, build_package
from dcp.create.planning.plan import Plan
from dcp.create.planning.telling import innermost, lines_of
from dcp.create.sources.imf_sound import GC_IAB_CLIP
from dcp.create.wrap import wrap_source
from dcp.documents.namespaces import AUX_DOLBY, AUX_SMPTE
from dcp.errors import KeyMissingError, SourceError, UsageError
from dcp.mxf.descriptors import AuxDescriptor, SoundDescriptor
from dcp.mxf.labels import ELEMENT_IMMERSIVE_AUDIO, GC_IMMERSIVE_AUDIO
from dcp.mxf.reader import TrackFile
from dcp.mxf.writer import write_track_file
from dcp.package.package import open_package
from dcp.rework.extract import unwrap
from dcp.secrets.keys import DOLBY_SCOPE, Keyring, read_keys
from dcp.sound.wav import WavWriter

LABEL = "060e2b34.04010105.0e090607.01010103"


def built(made: Plan, out: Path, **more: object) -> BuiltPackage:
    return build_package(made, out, now=NOW, **more)  # type: ignore[arg-type]


def units(done: BuiltPackage, kind: str, reel: int = 0) -> list[bytes]:
    package = open_package(done.root)
    asset = package.compositions[0].reels[reel].asset(kind)
    assert asset is not None
    with TrackFile.open(package.require(asset.id)) as track:
        key = done.keyring.require(asset.key_id) if done.keyring and asset.key_id else None
        return [bytes(unit.data) for unit in track.units(key=key, strict=True)]


def heard(sound: list[bytes], channels: int = 16) -> bytes:
    stride, at = channels * 3, (CHANNEL - 1) * 3
    return b"".join(
        unit[place + at : place + at + 3] for unit in sound for place in range(0, len(unit), stride)
    )


def said(made: Plan) -> set[str]:
    return {innermost(each).id for each in (*made.decisions, *made.advice)}


def test_frames_come_through_and_the_sound_has_the_signal(tmp_path: Path) -> None:
    film, made = codestreams(tmp_path / "film"), frames(6)
    noise = wav(tmp_path / "six.wav", 8000)
    planned = plan(film, audio=[tmp_path / "six.wav"], atmos=folder_of(tmp_path / "iab", made))
    assert {"plan.aux-iab", "plan.aux-cut", "plan.sync-signal", "plan.sync-channels"} <= said(planned)
    assert "immersive sound: IAB" in map(str, lines_of(planned))
    done = built(planned, tmp_path / "out")

    assert units(done, "AuxData") == made[:4]
    (reel,) = open_package(done.root).compositions[0].reels
    aux, sound = reel.asset("AuxData"), reel.sound
    assert aux is not None and sound is not None
    assert (aux.namespace or AUX_DOLBY, aux.duration, aux.entry_point) == (AUX_DOLBY, 4, 0)
    assert aux.data_type == "urn:smpte:ul:060e2b34.04010105.0e090604.00000000"
    samples = units(done, "MainSound")
    signal = signal_of(read_messages(heard(samples)))
    assert signal is not None and (signal.id, signal.first, signal.messages) == (sound.id, 0, 16)
    assert b"".join(unit[at : at + 18] for unit in samples for at in range(0, len(unit), 48)) == noise
    with TrackFile.open(open_package(done.root).require(sound.id)) as track:
        assert isinstance(track.header.descriptor, SoundDescriptor)
        symbols = [label.tag_symbol for label in track.header.descriptor.soundfield]
    assert "FSKSync" in symbols
    with TrackFile.open(open_package(done.root).require(aux.id)) as track:
        descriptor = track.header.descriptor
        assert isinstance(descriptor, AuxDescriptor)
        assert (descriptor.max_channel_count, descriptor.max_object_count) == (2, 1)


@pytest.mark.parametrize(
    ("suffix", "name", "key", "scope"),
    [(".iab", "-IAB", "MDX1", None), (".atmos", "-ATMOS", "MDEK", DOLBY_SCOPE)],
)
def test_keys_and_names_tell_what_it_is(
    tmp_path: Path, suffix: str, name: str, key: str, scope: str | None
) -> None:
    film, made = codestreams(tmp_path / "film"), frames(4)
    source = folder_of(tmp_path / "frames", made, suffix=suffix)
    planned = plan(film, name="auto", atmos=source, encrypt="aux")
    assert name in planned.compositions[0].title and "advice.mixed-encryption" in said(planned)
    done = built(planned, tmp_path / "out", signer=signer())
    assert done.keyring is not None
    (held,) = done.keyring.keys
    assert (held.type, held.scope) == (key, scope)
    assert units(done, "AuxData") == made
    again = built(planned, tmp_path / "again", signer=signer(), keyring=done.keyring)
    assert units(again, "AuxData") == made
    with pytest.raises(UsageError, match=f"0 keys of type {key}"):
        built(planned, tmp_path / "no", signer=signer(), keyring=Keyring())


def test_an_encrypted_track_file_is_a_source_with_its_key(tmp_path: Path) -> None:
    made, keys = frames(4), tmp_path / "keys.json"
    wrap_source(folder_of(tmp_path / "iab", made), tmp_path / "a.mxf", keys_file=keys, now=NOW)
    (key,) = read_keys(keys).keys
    assert key.type == "MDX1"
    from dcp.create.job.flags import job_by_names
    from dcp.create.planning.making import plan_job

    job = job_by_names(
        [codestreams(tmp_path / "film")], {"title": "T", "picture_rate": RATE, "atmos": tmp_path / "a.mxf"}
    )
    with pytest.raises(KeyMissingError):
        plan_job(job, now=NOW)
    planned = plan_job(job, now=NOW, keyring=read_keys(keys))
    assert "plan.aux-atmos" in said(planned)
    done = built(planned, tmp_path / "out", sources=read_keys(keys))
    assert units(done, "AuxData") == made


def test_reels_are_cut_where_the_picture_is(tmp_path: Path) -> None:
    film, made = codestreams(tmp_path / "film", 50), frames(50)
    planned = plan(film, atmos=folder_of(tmp_path / "iab", made), split_at="25")
    assert [(each.first, each.count) for each in planned.auxes] == [(0, 25), (25, 25)]
    done = built(planned, tmp_path / "out")
    assert units(done, "AuxData") + units(done, "AuxData", 1) == made
    for reel in (0, 1):
        signal = signal_of(read_messages(heard(units(done, "MainSound", reel)[:3])))
        sound = open_package(done.root).compositions[0].reels[reel].sound
        assert signal is not None and sound is not None and (signal.id, signal.first) == (sound.id, 0)


def test_it_is_trimmed_with_the_picture(tmp_path: Path) -> None:
    film, made = codestreams(tmp_path / "film", 6), frames(6)
    planned = plan(film, atmos=folder_of(tmp_path / "iab", made), trim="2-5")
    assert units(built(planned, tmp_path / "out"), "AuxData") == made[2:5]


def test_the_first_frame_that_a_file_tells_goes_with_the_picture_s_first(
    tmp_path: Path, corpus: Path
) -> None:
    source = next(corpus.glob("ClairMeta_Data/DCP/ECL-SET/ECL09*/atmos_31d142b8*.mxf"))
    planned = plan(codestreams(tmp_path / "film", 5), atmos=source)
    assert "plan.aux-first-frame" in said(planned) and planned.auxes[0].first == 192
    done = built(planned, tmp_path / "out")
    with TrackFile.open(source) as track:
        assert units(done, "AuxData") == [bytes(unit.data) for unit in track.units(192, 197)]
    aux = open_package(done.root).compositions[0].reels[0].asset("AuxData")
    assert aux is not None
    with TrackFile.open(open_package(done.root).require(aux.id)) as track:
        assert isinstance(track.header.descriptor, AuxDescriptor)
        assert track.header.descriptor.first_frame == 0


def test_other_data_has_a_namespace_of_its_own_and_no_signal(tmp_path: Path) -> None:
    source = folder_of(tmp_path / "data", [bytes([n]) * 9 for n in range(4)], suffix=".bin")
    planned = plan(
        codestreams(tmp_path / "film"), atmos=source, aux_coding=f"urn:smpte:ul:{LABEL}", name="auto"
    )
    assert "plan.sync-signal" not in said(planned) and "IAB" not in planned.compositions[0].title
    done = built(planned, tmp_path / "out")
    aux = open_package(done.root).compositions[0].reels[0].asset("AuxData")
    assert aux is not None and (aux.namespace, aux.data_type) == (AUX_SMPTE, f"urn:smpte:ul:{LABEL}")
    with TrackFile.open(open_package(done.root).require(aux.id)) as track:
        assert track.header.essence == "aux_data"


def test_a_package_s_immersive_sound_comes_along(tmp_path: Path) -> None:
    film, made = codestreams(tmp_path / "film"), frames(4)
    first = built(plan(film, atmos=folder_of(tmp_path / "iab", made)), tmp_path / "first")
    planned = plan(first.root)
    assert "plan.sync-renewed" in said(planned)
    again = built(planned, tmp_path / "again")
    assert units(again, "AuxData") == made
    signal = signal_of(read_messages(heard(units(again, "MainSound"))))
    sound = open_package(again.root).compositions[0].reels[0].sound
    assert signal is not None and sound is not None and signal.id == sound.id
    interop = plan(first.root, standard="interop")
    assert "plan.aux-left" in said(interop) and not interop.auxes


def sixteen(path: Path, fourteenth: bytes) -> Path:
    """Channels without names; the fourteenth has samples of its own."""
    count = len(fourteenth) // 3
    samples = bytearray(b"\1\2\3" * 16 * count)
    for byte in range(3):
        samples[(CHANNEL - 1) * 3 + byte :: 48] = fourteenth[byte::3]
    with WavWriter(path, channels=16, sample_rate=48_000) as writer:
        writer.write(bytes(samples))
    return path


def test_a_signal_on_a_channel_without_a_name_is_known_and_renewed(tmp_path: Path) -> None:
    film, source = codestreams(tmp_path / "film"), folder_of(tmp_path / "iab", frames(4))
    old = sixteen(tmp_path / "old.wav", b"".join(sync_units(uuid.uuid4(), RATE, count=4)))
    planned = plan(film, audio=[old], atmos=source)
    assert "plan.sync-renewed" in said(planned)
    done = built(planned, tmp_path / "out")
    sound = open_package(done.root).compositions[0].reels[0].sound
    signal = signal_of(read_messages(heard(units(done, "MainSound"))))
    assert signal is not None and sound is not None and signal.id == sound.id


def test_a_channel_that_is_taken_is_left_and_told(tmp_path: Path) -> None:
    film, source = codestreams(tmp_path / "film"), folder_of(tmp_path / "iab", frames(4))
    taken = sixteen(tmp_path / "taken.wav", b"\7\7\7" * 8000)
    planned = plan(film, audio=[taken], atmos=source)
    assert "advice.no-sync" in said(planned) and not any(each.sync for each in planned.sounds)
    assert heard(units(built(planned, tmp_path / "out"), "MainSound")) == b"\7\7\7" * 8000
    with pytest.raises(UsageError, match="channel 14 has something else"):
        plan(film, audio=[taken], atmos=source, sync_signal="on")
    off = plan(film, atmos=source, sync_signal="off")
    assert len(off.sounds[0].form.layout.channels) == 6


def test_one_of_two_reels(tmp_path: Path) -> None:
    from dcp.create.job.reading import read_job
    from dcp.create.planning.making import plan_job

    codestreams(tmp_path / "a", 24), codestreams(tmp_path / "b", 24)
    folder_of(tmp_path / "iab", frames(24))
    (tmp_path / "job.toml").write_text(
        'schema = "dcpkit.job/1"\n[[composition]]\ntitle = "T"\npicture_rate = 24\n'
        '[[composition.reel]]\npicture = { source = "a" }\n'
        '[[composition.reel]]\npicture = { source = "b" }\naux = { source = "iab" }\n'
    )
    planned = plan_job(read_job(tmp_path / "job.toml"), now=NOW)
    assert "advice.immersive-in-some" in said(planned)
    assert [each.sync for each in planned.sounds] == [False, True]
    assert {len(each.form.layout.channels) for each in planned.sounds} == {16}
    done = built(planned, tmp_path / "out")
    assert read_messages(heard(units(done, "MainSound")[:2])) == []


def imf(path: Path, made: list[bytes]) -> Path:
    """As IMF has them: one element with all frames in it, under IMF's labels."""
    whole = b"".join(made)
    write_track_file(
        path, [whole], sizes=[len(whole)], descriptor=immersive_descriptor("iab", None), edit_rate=RATE,
        asset_id=uuid.uuid4(), now=NOW,
    )  # fmt: skip
    data = path.read_bytes().replace(bytes(GC_IMMERSIVE_AUDIO), bytes(GC_IAB_CLIP))
    element = bytes.fromhex("060e2b34010201010d01030116010d01")
    path.write_bytes(data.replace(bytes(ELEMENT_IMMERSIVE_AUDIO), element))
    return path


def test_immersive_sound_of_imf_is_wrapped_frame_by_frame(tmp_path: Path) -> None:
    made = frames(5)
    source = imf(tmp_path / "imf.mxf", made)
    planned = plan(codestreams(tmp_path / "film"), atmos=source)
    assert {"plan.aux-imf", "plan.aux-iab", "plan.aux-cut"} <= said(planned)
    assert units(built(planned, tmp_path / "out"), "AuxData") == made[:4]
    wrapped = wrap_source(source, tmp_path / "wrapped.mxf", now=NOW)
    with TrackFile.open(wrapped.path) as track:
        assert [bytes(unit.data) for unit in track.units()] == made
    cut = imf(tmp_path / "cut.mxf", [*made[:3], made[3][:-2]])
    with pytest.raises(SourceError, match="frame 3 of the immersive sound is cut"):
        plan(codestreams(tmp_path / "other"), atmos=cut)
    with pytest.raises(SourceError, match="no other data"):
        plan(codestreams(tmp_path / "third"), atmos=source, aux_coding=LABEL)


def test_what_is_wrong_is_told_with_its_number(tmp_path: Path) -> None:
    made = frames(4)
    made[2] = frame([moving(0, rate=24)], max_rendered=0)
    with pytest.raises(SourceError, match="frame 2 cannot be taken: 1 channels and objects") as refused:
        plan(codestreams(tmp_path / "film"), atmos=folder_of(tmp_path / "iab", made))
    assert "f_000002.iab" in str(refused.value.where)


@pytest.mark.parametrize("rate", [25, 30, 48, 60])
def test_other_rates(tmp_path: Path, rate: int) -> None:
    made = frames(3, Fraction(rate))
    planned = plan(
        codestreams(tmp_path / "film", 3),
        picture_rate=Fraction(rate),
        atmos=folder_of(tmp_path / "iab", made),
    )
    done = built(planned, tmp_path / "out")
    signal = signal_of(read_messages(heard(units(done, "MainSound"))))
    assert signal is not None and signal.rate == rate and units(done, "AuxData") == made


def test_wrapped_and_unwrapped(tmp_path: Path, golden: Path) -> None:
    for name, more in (("aux", {"coding": LABEL}), ("atmos", {})):
        source = golden / "inputs" / name
        written = wrap_source(source, tmp_path / f"{name}.mxf", edit_rate=RATE, now=NOW, **more)  # type: ignore[arg-type]
        assert written.size == (golden / "asdcp" / f"{name}_smpte_plain.mxf").stat().st_size
        done = unwrap(written.path, tmp_path / f"{name}_out")
        assert [(done.folder / each).read_bytes() for each in done.files] == [
            each.read_bytes() for each in sorted(source.iterdir())
        ]
    with pytest.raises(UsageError, match="rate"):
        wrap_source(golden / "inputs" / "atmos", tmp_path / "no.mxf", now=NOW)
    with pytest.raises(SourceError, match="does not say what kind"):
        wrap_source(golden / "inputs" / "aux", tmp_path / "no.mxf", edit_rate=RATE, now=NOW)
    assert not (tmp_path / "no.mxf").exists()
