"""--thorough: damage inside codestreams that every hash says is as it was made."""

from __future__ import annotations

import struct

import pytest
from material import codestream
from synthetic import codestream as headers_only
from verified import Make, judge

from dcp.picture.codestream import parse_codestream
from dcp.picture.packets import read_packets

pytestmark = pytest.mark.extra("picture")


def damaged(data: bytes) -> bytes:
    """A packet of another component says that it is empty: its blocks' bytes are left over."""
    packet = next(packet for packet in read_packets(data) if packet.parts)
    return data[: packet.header] + b"\x00" + data[packet.header + 1 :]


def mixed(data: bytes) -> bytes:
    """The first packet of the second component stands at the end of the first tile part."""
    first, second = parse_codestream(data).tile_parts[:2]
    moved = next(packet for packet in read_packets(data) if packet.header == second.data)
    packet = data[moved.header : moved.end]

    def part(tile_part: object, body: bytes) -> bytes:
        at = getattr(tile_part, "offset")  # noqa: B009
        return data[at : at + 6] + struct.pack(">I", 14 + len(body)) + data[at + 10 : at + 14] + body

    one = part(first, data[first.data : first.offset + first.length] + packet)
    two = part(second, data[moved.end : second.offset + second.length])
    head = data[: first.offset]
    old = struct.pack(">BI", 0, first.length) + struct.pack(">BI", 0, second.length)
    new = struct.pack(">BI", 0, len(one)) + struct.pack(">BI", 0, len(two))
    assert old in head
    return head.replace(old, new) + one + two + data[second.offset + second.length :]


def found(made: object, **more: bool) -> list[tuple[str, str | None]]:
    report = judge(made, **more)
    return [(each.id, each.place) for each in report.findings if each.id.startswith("J2K")]


def test_damage_in_packet_headers_is_found_when_asked_for(make: Make) -> None:
    good = codestream(3, 128, 72)
    units = [damaged(good) if number in (5, 6, 20) else good for number in range(24)]
    made = make(units=units)
    assert found(made) == []
    assert found(made, thorough=True) == [("J2K-038", "frames 5-6, 20")]
    report = judge(made, thorough=True)
    said = next(each for each in report.findings if each.id == "J2K-038")
    assert said.message.startswith("the headers of packets are damaged in 3 frames; frame 5: ")
    assert said.remedy and said.severity == "error"


def test_encrypted_pictures_are_walked_with_their_key(make: Make) -> None:
    good = codestream(3, 128, 72)
    made = make(units=[good] * 23 + [damaged(good)], encrypt=True)
    assert found(made, thorough=True) == []
    report = judge(made, thorough=True, keyring=made.keyring)
    assert ("J2K-038", "frame 23") in [(each.id, each.place) for each in report.findings]


def test_a_tile_part_with_packets_of_two_components(make: Make) -> None:
    good = codestream(3, 128, 72)
    made = make(units=[good] * 22 + [mixed(good)] * 2)
    assert found(made) == []
    assert found(made, thorough=True) == [("J2K-039", "frames 22-23")]


def test_good_pictures_stay_silent(make: Make) -> None:
    units = [codestream(number, 128, 72) for number in range(24)]
    assert found(make(units=units), thorough=True) == []
    assert found(make("pairs", units=units * 2, stereo=True), thorough=True) == []


def test_what_is_not_walked_stands_under_not_checked(make: Make) -> None:
    made = make(units=[headers_only(tile=(999, 1080))] * 24)
    report = judge(made, thorough=True)
    assert [each.id for each in report.findings if each.id.startswith("J2K")] == ["J2K-010"]
    left = [each.why for each in report.not_checked if each.id == "J2K-038"]
    assert left == ["picture.mxf, frames 0-23: the packets were not walked: the picture has several tiles"]
    assert not [each for each in judge(made).not_checked if each.id == "J2K-038"]
