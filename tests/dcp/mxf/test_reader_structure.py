"""Reading where the structure is broken: units lost and found again, and how many there are."""

from __future__ import annotations

import hashlib
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from trackfiles import faults, sha1, unit_offset

from dcp.errors import TrackFileError
from dcp.mxf.reader import TrackFile
from dcp.secrets.keys import ContentKey


@pytest.mark.parametrize("encrypted", [False, True])
@pytest.mark.parametrize(
    "damage",
    [
        pytest.param((0, b"\0" * 16), id="key wiped"),
        pytest.param((16, b"\x83\0\0\5"), id="length too short"),
        pytest.param((16, b"\x83\xff\xff\xff"), id="length too long"),
        pytest.param((16, b"\x80"), id="open length"),
        pytest.param((13, b"\x77\x77"), id="another key"),
    ],
)
def test_after_a_broken_unit_the_next_is_found_by_the_index(
    maker: Any, key: ContentKey, damage: tuple[int, bytes], encrypted: bool
) -> None:
    given: dict[str, Any] = {"key": key} if encrypted else {}
    written = maker.picture(**given)
    start = unit_offset(written.path, 5, key)
    data = bytearray(written.path.read_bytes())
    offset, content = damage
    data[start + offset : start + offset + len(content)] = content
    written.path.write_bytes(data)
    with TrackFile.open(written.path) as track:
        units = [(unit.index, unit.fault.reason if unit.fault else None) for unit in track.units(**given)]
    assert units == [(number, "structure" if number == 5 else None) for number in range(12)]


def test_a_hole_over_several_units_costs_those_units_only(maker: Any, key: ContentKey) -> None:
    written = maker.picture(stereo=True, key=key)
    start, end = unit_offset(written.path, 2, key), unit_offset(written.path, 4, key)
    data = bytearray(written.path.read_bytes())
    data[start + 5 : end - 5] = bytes(end - start - 10)
    written.path.write_bytes(data)
    with TrackFile.open(written.path) as track:
        found = [(unit.index, unit.eye) for unit in track.units(key=key) if unit.fault]
    assert found == [(2, "left"), (2, "right"), (3, "left"), (3, "right")]


def test_a_hole_without_an_index_ends_the_reading_with_a_fault(maker: Any) -> None:
    written = maker.picture()
    data = bytearray(written.path.read_bytes())
    start = unit_offset(written.path, 5)
    data[start : start + 16] = bytes(16)
    table = data.rindex(bytes.fromhex("3f0a")) + 4
    data[table : table + 4] = b"\xff" * 4
    written.path.write_bytes(data)
    with TrackFile.open(written.path) as track:
        found = faults(track.units())
        assert found == [(5, "structure"), (6, "structure")]
        with pytest.raises(TrackFileError, match="claims"):
            _ = track.index


def test_a_plain_unit_in_an_encrypted_file_is_a_fault_and_the_other_way_round(
    maker: Any, key: ContentKey
) -> None:
    from dcp.mxf.labels import ELEMENT_J2K, TRIPLET

    cases: list[tuple[dict[str, Any], bytes]] = [({"key": key}, ELEMENT_J2K), ({}, TRIPLET)]
    for given, put in cases:
        written = maker.picture(**given)
        start = unit_offset(written.path, 2, key)
        data = bytearray(written.path.read_bytes())
        data[start : start + 16] = put
        written.path.write_bytes(data)
        with TrackFile.open(written.path) as track:
            assert faults(track.units(**given)) == [(2, "structure")]


def test_a_count_in_the_header_that_is_not_that_of_the_units(maker: Any) -> None:
    written = maker.picture()
    data = bytearray(written.path.read_bytes())
    place = data.index(bytes.fromhex("30020008") + (12).to_bytes(8, "big")) + 4
    for count, expected in ((13, [(12, "structure")]), (11, [(11, "structure")])):
        data[place : place + 8] = count.to_bytes(8, "big")
        written.path.write_bytes(data)
        with TrackFile.open(written.path) as track:
            assert faults(track.units()) == expected
            with pytest.raises(TrackFileError):
                list(track.units(strict=True))


def _claim(path: Path, count: int) -> None:
    """Another duration, wherever the header states it."""
    data = bytearray(path.read_bytes())
    for tag in ("30020008", "02020008"):
        at = -1
        while (at := data.find(bytes.fromhex(tag), at + 1, 16384)) >= 0:
            data[at + 4 : at + 12] = count.to_bytes(8, "big")
    path.write_bytes(data)


@pytest.mark.parametrize("count", [10_000_000, 2**62])
def test_a_count_that_no_file_of_this_size_can_hold_is_refused(maker: Any, count: int) -> None:
    path = maker.picture().path
    _claim(path, count)
    with pytest.raises(TrackFileError, match=r"more than .* bytes can hold"):
        TrackFile.open(path)


@pytest.mark.parametrize("kind", ["picture", "sound", "stereo"])
def test_what_the_file_holds_is_told_by_its_index(maker: Any, kind: str) -> None:
    written = maker.sound() if kind == "sound" else maker.picture(stereo=kind == "stereo")
    _claim(written.path, 200)
    count = written.container_duration
    with TrackFile.open(written.path) as track:
        assert [track.holds(number) for number in (0, count - 1, count, 199)] == [True, True, False, False]


def test_without_an_index_the_size_tells_what_the_file_holds(maker: Any) -> None:
    written = maker.picture()
    data = bytearray(written.path.read_bytes())
    table = data.rindex(bytes.fromhex("3f0a")) + 4
    data[table : table + 4] = b"\xff" * 4
    written.path.write_bytes(data)
    with TrackFile.open(written.path) as track:
        assert track.holds(11)
        assert not track.holds(written.size // 17)


def test_without_a_count_in_the_descriptor_the_track_counts(maker: Any) -> None:
    written = maker.picture()
    data = written.path.read_bytes().replace(bytes.fromhex("30020008"), bytes.fromhex("3aaa0008"))
    written.path.write_bytes(data)
    with TrackFile.open(written.path) as track:
        assert track.header.container_duration == 12


@pytest.mark.parametrize("form", ["short", "long"])
@pytest.mark.parametrize("encrypted", [False, True])
def test_units_behind_lengths_of_other_forms_are_read(
    maker: Any, key: ContentKey, form: str, encrypted: bool
) -> None:
    """Two and eight bytes of length instead of three: the units move, and are found all the same."""
    given: dict[str, Any] = {"key": key} if encrypted else {}
    written = maker.picture(**given)
    data = written.path.read_bytes()
    with TrackFile.open(written.path) as track:
        region = track.layout.regions[0]
        footer = track.partitions[-1].this_partition
        offsets = [unit.offset for unit in track.units(**given)] + [region.end]
    essence = b""
    for start, end in pairwise(offsets):
        length = end - start - 20
        ber = b"\x82" + length.to_bytes(2, "big") if form == "short" else b"\x88" + length.to_bytes(8, "big")
        essence += data[start : start + 16] + ber + data[start + 20 : end]
    _move_footer(written.path, footer, data[: region.start], essence, data[footer:])
    with TrackFile.open(written.path) as track:
        found = [(bytes(unit.data), unit.fault) for unit in track.units(**given)]
    assert found == [(frame, None) for frame in maker.frames(12)]


def _move_footer(path: Path, footer: int, head: bytes, essence: bytes, tail: bytes) -> None:
    """The file put together again, with the footer's place right wherever it is named."""
    old, new = footer.to_bytes(8, "big"), (len(head) + len(essence)).to_bytes(8, "big")
    path.write_bytes(head.replace(old, new) + essence + tail.replace(old, new))


def test_fill_before_and_between_units_is_passed_over(maker: Any, key: ContentKey) -> None:
    """Before the first unit, where the index does not count it, and behind the last."""
    from dcp.mxf import klv
    from dcp.mxf.labels import FILL

    written = maker.picture(key=key)
    data = written.path.read_bytes()
    with TrackFile.open(written.path) as track:
        region = track.layout.regions[0]
        footer = track.partitions[-1].this_partition
    essence = data[region.start : region.end]
    fill = klv.encode(FILL, bytes(300))
    _move_footer(written.path, footer, data[: region.start], fill + essence + fill, data[footer:])
    digest = hashlib.sha1()
    with TrackFile.open(written.path) as track:
        assert [bytes(unit.data) for unit in track.units(key=key, digest=digest)] == maker.frames(12)
        (unit,) = track.units(7, 8, key=key)
        assert bytes(unit.data) == maker.frames(12)[7]
    assert digest.hexdigest() == sha1(written.path.read_bytes())
