"""What cannot be played, or only if it is so ordered: it is said before anything is shown."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from shows import run

from dcp.errors import DcpError, KeyMissingError, TrackFileError, UsageError
from dcp.mxf.labels import MIC_HMAC_SHA1
from dcp.secrets.keys import ContentKey, Keyring
from player.media_block import KdmRequest

Make = Callable[..., Any]


def test_the_wrong_key_shows_nothing(make: Make, catcher: Any, tmp_path: Path) -> None:
    made = make(lengths=(3,))
    wrong = ContentKey(id=made.keyring.keys[0].id, type="MDIK", value=b"w" * 16)
    with pytest.raises(TrackFileError) as caught:
        run(made, catcher, keyring=Keyring((wrong, made.keyring.keys[1])), log=tmp_path / "log")
    assert (caught.value.exit_code, caught.value.reason) == (2, "wrong_key")
    assert catcher.signal is None
    last = json.loads((tmp_path / "log").read_text().splitlines()[-2])
    assert last["exception"] == "CheckValueError"
    assert b"w" * 16 not in (tmp_path / "log").read_bytes()


def test_the_wrong_sound_key_shows_nothing_either(make: Make, catcher: Any) -> None:
    made = make(lengths=(3, 3))
    wrong = ContentKey(id=made.keyring.keys[1].id, type="MDAK", value=b"w" * 16)
    with pytest.raises(TrackFileError, match="key"):
        run(made, catcher, keyring=Keyring((made.keyring.keys[0], wrong)))
    assert catcher.signal is None


def test_a_missing_key_shows_nothing(make: Make, catcher: Any) -> None:
    made = make(lengths=(3,))
    with pytest.raises(KeyMissingError, match=str(made.keyring.keys[1].id)):
        run(made, catcher, keyring=Keyring(made.keyring.keys[:1]))
    assert catcher.signal is None


def test_a_missing_file_shows_nothing(make: Make, catcher: Any) -> None:
    made = make(lengths=(3, 3))
    made.files["sound2.mxf"].unlink()
    with pytest.raises(DcpError, match=r"sound2\.mxf is missing") as caught:
        run(made, catcher)
    assert caught.value.exit_code == 2
    assert catcher.signal is None


def test_a_missing_file_of_another_reel_does_not_matter(make: Make, catcher: Any) -> None:
    made = make(lengths=(3, 3))
    made.files["sound2.mxf"].unlink()
    assert run(made, catcher, frames=(0, 2)).exit_code == 0


def test_a_truncated_file_shows_nothing(make: Make, catcher: Any) -> None:
    made = make(lengths=(3,))
    path = made.files["picture1.mxf"]
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(TrackFileError) as caught:
        run(made, catcher)
    assert (caught.value.reason, caught.value.exit_code) == ("truncated", 2)
    assert catcher.signal is None


def test_no_integrity_codes_where_they_are_required(make: Make, catcher: Any) -> None:
    made = make(lengths=(3,), mic=False)
    with pytest.raises(TrackFileError, match="no integrity codes") as caught:
        run(made, catcher)
    assert caught.value.reason == "mic_missing"
    assert catcher.signal is None
    report = run(made, catcher, mic="if-present")
    assert report.exit_code == 0
    assert report.reels[0].tracks[0].mic == "none"


def test_integrity_codes_that_the_header_denies_are_checked(make: Make, catcher: Any) -> None:
    made = make(lengths=(3,))
    path = made.files["picture1.mxf"]
    path.write_bytes(path.read_bytes().replace(bytes(MIC_HMAC_SHA1), bytes(16)))
    report = run(made, catcher)
    assert (report.exit_code, report.reels[0].tracks[0].mic) == (0, "ok")


def test_mic_off_is_said(make: Make, catcher: Any) -> None:
    report = run(make(lengths=(2,)), catcher, mic="off")
    assert [track.mic for track in report.reels[0].tracks] == ["off", "off"]


def test_several_compositions_must_be_named(make: Make, catcher: Any, rewrite: Any) -> None:
    made = make(lengths=(3,))
    other = rewrite.second_cpl(made)
    with pytest.raises(UsageError) as caught:
        run(made, catcher)
    assert str(made.cpl.id) in str(caught.value)
    assert str(other.id) in str(caught.value)
    assert run(made, catcher, cpl_id=other.id).cpl_id == str(other.id)
    with pytest.raises(UsageError, match="has no composition"):
        run(made, catcher, cpl_id=uuid.uuid4())


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"edit_rate": Fraction(25)}, "edit rate"),
        ({"key_id": None}, "encrypted under the key"),
        ({"key_id": uuid.uuid4()}, "encrypted under the key"),
        ({"kind": "MainStereoscopicPicture"}, "the file holds picture"),
        ({"intrinsic_duration": 9, "duration": 9}, "the file holds 4"),
    ],
)
def test_a_header_that_does_not_fit_the_playlist(
    make: Make, catcher: Any, rewrite: Any, change: dict[str, Any], message: str
) -> None:
    made = make(lengths=(4,), sound=False)
    rewrite.picture(made, **change)
    with pytest.raises(DcpError, match=message):
        run(made, catcher)
    assert catcher.signal is None


@pytest.mark.parametrize("claimed", [50, 1_000_000_000])
@pytest.mark.parametrize("role", ["picture", "sound"])
def test_a_file_with_too_few_units_for_its_playlist(
    make: Make, catcher: Any, rewrite: Any, role: str, claimed: int
) -> None:
    """Header and playlist agree on a length that the file does not have: no black without end."""
    made = make(lengths=(4,), sound=role == "sound", blind=(0,) if role == "sound" else ())
    path = made.files[f"{role}1.mxf"]
    data = bytearray(path.read_bytes())
    for tag in ("30020008", "02020008"):
        data[:16384] = data[:16384].replace(
            bytes.fromhex(tag) + (4).to_bytes(8, "big"), bytes.fromhex(tag) + claimed.to_bytes(8, "big")
        )
    path.write_bytes(data)
    rewrite.asset(made, role.title(), intrinsic_duration=claimed, duration=claimed)
    with pytest.raises(TrackFileError, match=r"no room for them|bytes can hold") as caught:
        run(made, catcher)
    assert caught.value.exit_code == 2
    assert catcher.signal is None


def test_an_encrypted_file_that_names_no_key(make: Make, catcher: Any, rewrite: Any) -> None:
    """Nor does the playlist, so the two agree."""
    made = make(lengths=(3,), sound=False)
    path = made.files["picture1.mxf"]
    data = bytearray(path.read_bytes())
    place = data.index(made.keyring.keys[0].id.bytes)
    data[place - 4 : place - 2] = b"\x3a\xaa"  # the item's tag: one that no primer knows
    path.write_bytes(data)
    rewrite.picture(made, key_id=None)
    with pytest.raises(DcpError, match="neither it nor the CPL names a key"):
        run(made, catcher)
    assert catcher.signal is None


def test_an_intrinsic_duration_that_does_not_matter_is_noted(make: Make, catcher: Any, rewrite: Any) -> None:
    made = make(lengths=(4,), sound=False)
    rewrite.picture(made, intrinsic_duration=7)
    report = run(made, catcher)
    assert report.exit_code == 0
    assert any(event.subtype == "Mismatch" for event in report.events)


def test_sound_shorter_than_its_picture_is_refused(make: Make, rewrite: Any) -> None:
    made = make(lengths=(4,))
    rewrite.sound(made, duration=3)
    with pytest.raises(DcpError, match="3 edit units where the reel has 4 frames"):
        run(made)


def test_sound_of_another_rate_is_refused(make: Make, catcher: Any) -> None:
    with pytest.raises(DcpError, match="the edit rate is 25, the composition's is 24"):
        run(make(lengths=(4,), sound_rate=Fraction(25)), catcher)
    assert catcher.signal is None


def test_keys_come_from_one_place(make: Make) -> None:
    with pytest.raises(UsageError, match="not from both"):
        run(make(lengths=(2,)), kdm=KdmRequest(data=b"", private_key=None))  # type: ignore[arg-type]
