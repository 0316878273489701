"""Taking track files apart: every golden vector unit by unit, every damage an error with nothing left."""

from __future__ import annotations

import hashlib
import json
import uuid
import wave
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from dcp.errors import DcpError, KeyMissingError, TrackFileError, UsageError
from dcp.mxf.descriptors import SoundDescriptor
from dcp.mxf.reader import TrackFile
from dcp.mxf.writer import write_track_file
from dcp.rework.extract import unwrap
from dcp.secrets.keys import ContentKey, Keyring

NAMES = [
    "pic2d_smpte_plain", "pic2d_smpte_enc_hmac", "pic2d_smpte_enc_nohmac", "pic2d_interop_plain",
    "pic2d_interop_enc_hmac", "pic2d_interop_enc_hmac_ptoff", "pic2d_interop_enc_nohmac", "pic3d_smpte_plain",
    "pic3d_smpte_enc_hmac", "pic3d_interop_plain", "aux_smpte_plain", "aux_smpte_enc_hmac",
    "atmos_smpte_plain", "tt_smpte_plain", "tt_smpte_enc_hmac", "pic2d_smpte_enc_hmac_2frames",
]  # fmt: skip
SOUNDS = [
    "pcm51_smpte_plain_24",
    "pcm51_smpte_enc_hmac_24",
    "pcm51_interop_enc_hmac_24",
    "pcm51_smpte_plain_25",
]


def vector(golden: Path, name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((golden / "asdcp" / f"{name}.json").read_text())
    return loaded


def ring(facts: dict[str, Any]) -> Keyring:
    if not facts["encrypted"]:
        return Keyring()
    key = ContentKey(id=uuid.UUID(facts["key_id"]), type="MDIK", value=bytes.fromhex(facts["key_hex"]))
    return Keyring(keys=(key,))


@pytest.mark.parametrize("name", NAMES)
def test_the_units_of_every_vector_come_out_as_files(golden: Path, tmp_path: Path, name: str) -> None:
    facts = vector(golden, name)
    done = unwrap(
        golden / "asdcp" / f"{name}.mxf",
        tmp_path / "out",
        keyring=ring(facts),
        mic="require" if facts["hmac"] else "if-present",
    )
    found = [hashlib.sha1((tmp_path / "out" / file).read_bytes()).hexdigest() for file in done.files]
    assert found == [frame["sha1"] for frame in facts["frames"]]
    assert sorted(file.name for file in (tmp_path / "out").iterdir()) == sorted(done.files)
    assert done.mic == ("ok" if facts["hmac"] else "none")


def test_files_are_named_by_edit_unit_eye_and_resource(golden: Path, tmp_path: Path) -> None:
    def names(name: str) -> tuple[str, ...]:
        return unwrap(golden / "asdcp" / f"{name}.mxf", tmp_path / name).files

    assert names("pic2d_smpte_plain")[:2] == ("000000.j2c", "000001.j2c")
    assert names("pic3d_smpte_plain")[:3] == ("000000_l.j2c", "000000_r.j2c", "000001_l.j2c")
    assert names("tt_smpte_plain") == (
        "text.xml",
        "a1b2c3d4-0001-4000-8000-00000000f001.otf",
        "a1b2c3d4-0002-4000-8000-00000000f002.png",
    )
    assert names("aux_smpte_plain")[0] == "000000.bin"


@pytest.mark.parametrize("left", [0, 2])
def test_a_text_that_lacks_what_its_header_lists_leaves_nothing(
    golden: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, left: int
) -> None:
    whole = TrackFile.units
    monkeypatch.setattr(
        TrackFile, "units", lambda *a, **more: (unit for unit in whole(*a, **more) if unit.index != left)
    )
    with pytest.raises(TrackFileError, match="lacks"):
        unwrap(golden / "asdcp" / "tt_smpte_plain.mxf", tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("name", SOUNDS)
def test_sound_becomes_one_wav(golden: Path, tmp_path: Path, name: str) -> None:
    facts = vector(golden, name)
    done = unwrap(golden / "asdcp" / f"{name}.mxf", tmp_path / "out", keyring=ring(facts))
    assert done.files == ("sound.wav",)
    data = (tmp_path / "out" / "sound.wav").read_bytes()
    samples = data[data.index(b"data") + 8 :]
    position = 0
    for frame in facts["frames"]:
        unit = samples[position : position + frame["length"]]
        assert hashlib.sha1(unit).hexdigest() == frame["sha1"]
        position += frame["length"]
    assert position == len(samples)


def test_a_range_of_frames_is_taken_and_progress_is_told(golden: Path, tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    path = golden / "asdcp" / "pic3d_smpte_plain.mxf"
    done = unwrap(
        path, tmp_path / "out", start=4, stop=6, progress=lambda count, total: told.append((count, total))
    )
    assert done.files == ("000004_l.j2c", "000004_r.j2c", "000005_l.j2c", "000005_r.j2c")
    assert told == [(1, 2), (2, 2)]
    for start, stop in ((0, 13), (12, None), (5, 5)):
        with pytest.raises(UsageError, match="edit units 0 to 11"):
            unwrap(path, tmp_path / "no", start=start, stop=stop)
    assert not (tmp_path / "no").exists()


def test_timed_text_has_no_range(golden: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="one document"):
        unwrap(golden / "asdcp" / "tt_smpte_plain.mxf", tmp_path / "no", start=1)


def test_without_its_key_nothing_is_written(golden: Path, tmp_path: Path) -> None:
    with pytest.raises(KeyMissingError, match="no content key"):
        unwrap(golden / "asdcp" / "pic2d_smpte_enc_hmac.mxf", tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def test_every_damaged_vector_stops_at_its_unit_and_leaves_nothing(golden: Path, tmp_path: Path) -> None:
    cases = json.loads((golden / "tamper" / "cases.json").read_text())["cases"]
    assert len(cases) > 10
    for case in cases:
        data = patched((golden / "tamper" / case["base"]).read_bytes(), case["patches"])
        damaged, out = tmp_path / f"{case['name']}.mxf", tmp_path / f"{case['name']}.out"
        damaged.write_bytes(data)
        facts = json.loads((golden / "tamper" / case["base"]).with_suffix(".json").read_text())
        key = ContentKey(id=uuid.UUID(facts["key_id"]), type="MDIK", value=bytes.fromhex(case["key_hex"]))
        expected = case["expect"]
        if expected["ok"]:
            assert unwrap(damaged, out, keyring=Keyring(keys=(key,)), mic=expected["mic"]).units, case["name"]
            continue
        with pytest.raises(TrackFileError) as caught:
            unwrap(damaged, out, keyring=Keyring(keys=(key,)), mic=expected["mic"])
        right = {expected["reason"], *expected.get("also_right", ())}
        assert (caught.value.reason in right, caught.value.unit) == (True, expected.get("unit")), case["name"]
        assert not out.exists()
    assert not [path for path in tmp_path.iterdir() if path.name.endswith(".part")]


def patched(original: bytes, patches: list[dict[str, Any]]) -> bytes:
    data = bytearray(original)
    for step in patches:
        match step["op"]:
            case "xor":
                data[step["offset"]] ^= step["value"]
            case "truncate":
                del data[step["length"] :]
            case "copy":
                source, target, length = step["src"], step["dst"], step["length"]
                data[target : target + length] = original[source : source + length]
            case unknown:
                raise AssertionError(unknown)
    return bytes(data)


@pytest.mark.extra("picture")
def test_the_wav_can_be_read_by_others(golden: Path, tmp_path: Path) -> None:
    unwrap(golden / "asdcp" / "pcm51_smpte_plain_24.mxf", tmp_path / "out")
    data = bytearray((tmp_path / "out" / "sound.wav").read_bytes())
    assert data[:4] == b"RIFF" and len(data) - 8 == int.from_bytes(data[4:8], "little")
    try:
        with wave.open(str(tmp_path / "out" / "sound.wav")) as stream:
            assert (stream.getnchannels(), stream.getframerate(), stream.getsampwidth()) == (6, 48000, 3)
            assert stream.getnframes() == 12 * 2000
    except wave.Error:
        import av

        with av.open(str(tmp_path / "out" / "sound.wav")) as container:
            assert container.streams.audio[0].rate == 48000


@pytest.mark.parametrize(
    ("tag", "value"), [("3d070004", 0), ("3d070004", 33), ("3d070004", 0xFFFFFFFF),
                       ("3d030008", 0xFFFFFFFF), ("3d030008", 192_001)],
)  # fmt: skip
def test_sound_that_no_wav_can_hold_is_refused(tmp_path: Path, tag: str, value: int) -> None:
    path = tmp_path / "sound.mxf"
    units = [bytes([number]) * 12_000 for number in range(4)]
    write_track_file(
        path, units, sizes=[12_000] * 4, descriptor=SoundDescriptor(channels=2), edit_rate=Fraction(24),
        asset_id=uuid.uuid4(), now=datetime(2028, 6, 1, tzinfo=UTC),
    )  # fmt: skip
    assert unwrap(path, tmp_path / "right").units == 4
    data = bytearray(path.read_bytes())
    at = data.index(bytes.fromhex(tag)) + 4
    data[at : at + 4] = value.to_bytes(4, "big")
    path.write_bytes(data)
    with pytest.raises(TrackFileError, match="no sound of 1 to 32 channels"):
        unwrap(path, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_what_is_no_track_file_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "film.mxf").write_bytes(b"not MXF" * 100)
    with pytest.raises(DcpError, match="no MXF"):
        unwrap(tmp_path / "film.mxf", tmp_path / "out")
    with pytest.raises(UsageError, match="cannot open"):
        unwrap(tmp_path / "absent.mxf", tmp_path / "out")
    assert not (tmp_path / "out").exists()
