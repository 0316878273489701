"""Reading encrypted files: which key, and what is asked of the MIC."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from trackfiles import faults, flip, unit_offset

from dcp.errors import KeyMissingError, TrackFileError
from dcp.mxf.reader import TrackFile
from dcp.secrets.keys import ContentKey

MakeKey = Callable[..., ContentKey]


def test_encrypted_essence_needs_a_key_or_is_walked_raw(maker: Any, key: ContentKey) -> None:
    with TrackFile.open(maker.picture(key=key).path) as track:
        with pytest.raises(KeyMissingError, match=str(key.id)):
            track.units()
        raw = [(len(unit.data), unit.fault, unit.mic) for unit in track.units(raw=True)]
    assert len(raw) == 12
    assert all(fault is None and mic == "unchecked" and size % 16 == 0 for size, fault, mic in raw)


def test_a_key_that_opened_a_unit_is_not_called_wrong_later(maker: Any, key: ContentKey) -> None:
    """By the rule of unit 0 its damage counts as a wrong key; further damage is damage."""
    written = maker.picture(key=key)
    for index in (0, 4):
        flip(written.path, unit_offset(written.path, index, key) + 20 + 68 + 20)
    with TrackFile.open(written.path) as track:
        assert faults(track.units(key=key)) == [(0, "wrong_key"), (4, "check_value")]


def test_a_wrong_key_is_told_from_a_damaged_check_value(maker: Any, make_key: MakeKey) -> None:
    written = maker.picture(key=make_key())
    wrong = make_key(value=bytes(16))
    with TrackFile.open(written.path) as track:
        assert {reason for _, reason in faults(track.units(key=wrong))} == {"wrong_key"}
        assert faults(track.units(7, 8, key=wrong)) == [(7, "wrong_key")]
    flip(written.path, unit_offset(written.path, 7, make_key()) + 20 + 68 + 20)
    with TrackFile.open(written.path) as track:
        assert faults(track.units(7, 8, key=make_key())) == [(7, "check_value")]


@pytest.mark.parametrize(
    ("policy", "reasons", "mic"),
    [("require", {"mic_missing"}, "unchecked"), ("if-present", set(), "none"), ("off", set(), "none")],
)
def test_files_without_a_mic(maker: Any, key: ContentKey, policy: Any, reasons: set[str], mic: str) -> None:
    with TrackFile.open(maker.picture(key=key, mic=False).path) as track:
        units = list(track.units(key=key, mic=policy))
        assert {unit.fault.reason for unit in units if unit.fault} == reasons
        assert {unit.mic for unit in units} == {mic}


def test_a_header_that_promises_a_mic_is_held_to_it(maker: Any, key: ContentKey) -> None:
    """A unit whose MIC was taken away in a file with MICs is a fault under if-present too."""
    with_mic = maker.picture(key=key, name="with.mxf")
    promised = with_mic.path.read_bytes()[:16384]
    without = maker.picture(key=key, mic=False, name="without.mxf")
    data = without.path.read_bytes()
    footer = data[24:32]
    without.path.write_bytes(promised[:24] + footer + promised[32:] + data[16384:])
    with TrackFile.open(without.path) as track:
        assert track.header.has_mic
        assert {reason for _, reason in faults(track.units(key=key, mic="if-present"))} == {"mic_missing"}
        assert faults(track.units(key=key, mic="off")) == []


def _strip_mic(path: Path, key: ContentKey, index: int) -> None:
    """Take the integrity items out of a unit, change its ciphertext, and fill up the room."""
    from dcp.mxf import klv
    from dcp.mxf.labels import FILL

    start, end = unit_offset(path, index, key), unit_offset(path, index + 1, key)
    data = bytearray(path.read_bytes())
    value = data[start + 20 : end - 56] + bytes.fromhex("83000000") * 3
    value[68 + 32 + 100] ^= 1
    data[start:end] = (
        data[start : start + 16] + klv.encode_ber(len(value)) + value + klv.encode(FILL, bytes(24))
    )
    path.write_bytes(data)


def _clear_mic_label(path: Path) -> None:
    from dcp.mxf.labels import MIC_HMAC_SHA1

    data = path.read_bytes()
    assert data.count(bytes(MIC_HMAC_SHA1)) == 1
    path.write_bytes(data.replace(bytes(MIC_HMAC_SHA1), bytes(16)))


@pytest.mark.parametrize("policy", ["require", "if-present"])
@pytest.mark.parametrize("cleared", [False, True])
@pytest.mark.parametrize("stripped", [[3], [0, 1], [4]])
def test_a_unit_whose_mic_was_taken_away_is_a_fault_whatever_the_header_says(
    maker: Any, key: ContentKey, policy: Any, cleared: bool, stripped: list[int]
) -> None:
    written = maker.sound(key=key)
    for index in stripped:
        _strip_mic(written.path, key, index)
    if cleared:
        _clear_mic_label(written.path)
    with TrackFile.open(written.path) as track:
        assert track.header.has_mic != cleared
        assert faults(track.units(key=key, mic=policy)) == [(index, "mic_missing") for index in stripped]
        with pytest.raises(TrackFileError) as caught:
            list(track.units(key=key, mic=policy, strict=True))
        assert "if-present" not in str(caught.value)


def test_mics_are_checked_though_the_header_does_not_promise_them(maker: Any, key: ContentKey) -> None:
    written = maker.picture(key=key)
    _clear_mic_label(written.path)
    flip(written.path, unit_offset(written.path, 4, key) + 20 + 68 + 100)
    for policy in ("require", "if-present"):
        with TrackFile.open(written.path) as track:
            assert faults(track.units(key=key, mic=policy)) == [(4, "mic")]
            assert track.carries_mic()


def test_the_other_policy_is_proposed_only_where_it_helps(maker: Any, key: ContentKey) -> None:
    with TrackFile.open(maker.picture(key=key, mic=False).path) as track:
        assert not track.carries_mic()
        with pytest.raises(TrackFileError, match="--mic if-present accepts"):
            list(track.units(key=key, strict=True))


def test_a_mic_key_of_its_own_is_used(maker: Any, make_key: MakeKey) -> None:
    own = make_key(mic_key=b"0123456789abcdef")
    with TrackFile.open(maker.picture(key=own).path) as track:
        assert {unit.mic for unit in track.units(key=own)} == {"ok"}
        assert {reason for _, reason in faults(track.units(key=make_key()))} == {"mic"}


def test_strict_reading_raises_the_first_fault_with_its_unit(maker: Any, key: ContentKey) -> None:
    written = maker.picture(key=key)
    flip(written.path, unit_offset(written.path, 4, key) + 20 + 68 + 100)
    with TrackFile.open(written.path) as track:
        seen = []
        with pytest.raises(TrackFileError, match="MIC is wrong") as caught:
            for unit in track.units(key=key, strict=True):
                seen.append(unit.index)
    assert seen == [0, 1, 2, 3]
    assert (caught.value.reason, caught.value.unit) == ("mic", 4)
    assert str(written.path) in str(caught.value.where)


def test_nothing_of_a_damaged_unit_is_handed_out(maker: Any, key: ContentKey) -> None:
    written = maker.picture(key=key)
    flip(written.path, unit_offset(written.path, 4, key) + 20 + 68 + 100)
    with TrackFile.open(written.path) as track:
        lengths = {unit.index: len(unit.data) for unit in track.units(key=key)}
    assert lengths[4] == 0
    assert lengths[5] > 0


def test_algorithms_that_are_not_known_are_refused(maker: Any, key: ContentKey) -> None:
    from dcp.mxf.labels import CIPHER_AES_128_CBC, MIC_HMAC_SHA1

    for known in (CIPHER_AES_128_CBC, MIC_HMAC_SHA1):
        written = maker.picture(key=key)
        other = bytes(known[:-3]) + b"\x77\0\0"
        written.path.write_bytes(written.path.read_bytes().replace(bytes(known), other))
        with TrackFile.open(written.path) as track:
            with pytest.raises(TrackFileError, match="not known"):
                track.units(key=key)
            assert len(list(track.units(raw=True))) == 12
            if known is MIC_HMAC_SHA1:
                assert faults(track.units(key=key, mic="off")) == []
