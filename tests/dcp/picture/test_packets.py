"""The walk through packet headers: real codestreams hold, damage in a header is noticed, both ways agree."""

from __future__ import annotations

import functools
import importlib.util
import random
import struct
import sys
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from needing import needing
from synthetic import codestream as headers_only

from dcp.errors import CodestreamError
from dcp.picture.codestream import parse_codestream
from dcp.picture.limits import frame_limits
from dcp.picture.packet_plan import why_not
from dcp.picture.packets import Packet, read_packets, walk

SHARED = Path(__file__).resolve().parents[4] / "shared"
REAL = [
    "openjpeg-data/input/conformance/p0_01.j2k",  # RLCP
    "openjpeg-data/input/conformance/p0_09.j2k",  # LRCP, odd sizes
    "openjpeg-data/input/conformance/p0_11.j2k",  # EPH
    "openjpeg-data/input/conformance/p1_07.j2k",  # SOP and EPH, RPCL, origins that are not zero, subsampled
    "openjpeg-data/input/conformance/a2_colr.j2c",  # the reversible wavelet
    "openjpeg-data/input/conformance/b3_mono.j2c",
    "openjpeg-data/input/conformance/d1_colr.j2c",  # PCRL, four layers
    "libdcp/test/data/flat_red.j2c",
    "libdcp/test/data/32x32_red_square.j2c",  # COC and QCC
]


def real(name: str) -> bytes:
    path = SHARED / "corpus" / name
    if not path.exists():
        pytest.skip(f"{name} is not here")
    return path.read_bytes()


@functools.cache
def grainy(width: int = 300, height: int = 200, four_k: bool = False) -> bytes:
    """A picture with something in every band; its 250 Mbit/s are more than it needs."""
    needing("picture")
    import numpy as np

    from dcp.picture.codec import codec_by_name

    rng = np.random.default_rng(3)
    picture = (2000 + 500 * rng.standard_normal((height, width, 3))).clip(0, 4095).astype(np.uint16)
    limits = frame_limits(Fraction(24), four_k=four_k)
    return codec_by_name().encode(picture, limits=limits)


def check(packets: list[Packet], data: bytes) -> None:
    """What holds of every codestream that is walked."""
    headers = parse_codestream(data)
    assert [packet.end for packet in packets if packet.end not in {p.header for p in packets}] == [
        part.offset + part.length for part in headers.tile_parts
    ]
    for packet in packets:
        assert packet.body + sum(part.length for part in packet.parts) == packet.end
        assert len(packet.parts) <= packet.precinct.blocks
        assert all(0 < part.passes <= 3 * part.planes - 2 for part in packet.parts)


@pytest.mark.parametrize("name", REAL)
def test_codestreams_of_others_hold(name: str) -> None:
    data = real(name)
    check(list(read_packets(data)), data)


def test_the_packets_of_a_cinema_frame() -> None:
    data = grainy()
    packets = list(read_packets(data))
    check(packets, data)
    order = [(packet.precinct.component, packet.precinct.resolution) for packet in packets]
    assert {component for component, _ in order} == {0, 1, 2}
    assert [component for component, _ in order] == sorted(component for component, _ in order)
    blocks = {part.block for packet in packets for part in packet.parts}
    assert len(blocks) == sum(len(packet.parts) for packet in packets)
    lengths = sum(part.length for packet in packets for part in packet.parts)
    assert lengths > 0.9 * len(data)


def test_a_4k_frame_has_its_last_resolution_in_parts_of_its_own() -> None:
    data = grainy(2200, 64, four_k=True)
    walked = walk(data)
    packets = list(read_packets(data))
    check(packets, data)
    kinds = [
        {(packet.precinct.component, packet.precinct.resolution == 6) for packet in packets[first:stop]}
        for first, stop in walked.parts
    ]
    assert kinds == [{(n % 3, n > 2)} for n in range(6)]


def test_without_numba_it_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    data = grainy()
    compiled = list(read_packets(data))
    plain_python(monkeypatch)
    assert list(read_packets(data)) == compiled
    damaged = bytearray(data)
    damaged[compiled[8].header] ^= 0x10
    with pytest.raises(CodestreamError):
        walk(damaged)


def plain_python(monkeypatch: pytest.MonkeyPatch) -> None:
    from dcp.picture import packet_kernel, packet_plan

    monkeypatch.setattr("dcp.extras.present", lambda module: False)
    spec = importlib.util.spec_from_file_location("plain_kernel", str(packet_kernel.__file__))
    assert spec is not None and spec.loader is not None
    plain = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(plain)
    assert not plain.COMPILED
    monkeypatch.setitem(sys.modules, "dcp.picture.packet_kernel", plain)
    monkeypatch.setattr("dcp.picture.packet_kernel", plain)
    packet_plan.plan_of_shape.cache_clear()


@pytest.fixture(autouse=True)
def fresh() -> object:
    yield None
    from dcp.picture import packet_plan

    packet_plan.plan_of_shape.cache_clear()


def test_nearly_every_change_in_a_header_is_noticed() -> None:
    data = grainy()
    places = [at for packet in read_packets(data) for at in range(packet.header, packet.body)]
    rng = random.Random(11)
    noticed: dict[str, int] = {}
    for _ in range(200):
        changed = bytearray(data)
        changed[rng.choice(places)] ^= rng.randrange(1, 256)
        try:
            walk(changed)
        except CodestreamError as error:
            assert error.id is not None and error.where
            noticed[error.id] = noticed.get(error.id, 0) + 1
    assert sum(noticed.values()) >= 190, noticed
    assert {"packets.passes", "packets.planes", "packets.length", "packets.past"} <= noticed.keys(), noticed


def resized(data: bytes, part: int, body: bytes) -> bytes:
    """The codestream with another body in a tile part; SOT is right again."""
    at = parse_codestream(data).tile_parts[part]
    length = at.data - at.offset + len(body)
    head = data[at.offset : at.offset + 6] + struct.pack(">I", length) + data[at.offset + 10 : at.data]
    return data[: at.offset] + head + body + data[at.offset + at.length :]


def fault(data: bytes) -> str | None:
    with pytest.raises(CodestreamError) as caught:
        walk(data)
    assert caught.value.say("en") and caught.value.say("zh")
    return caught.value.id


def test_each_kind_of_damage_has_its_name() -> None:
    data = grainy()
    last = parse_codestream(data).tile_parts[2]
    body = data[last.data : last.offset + last.length]
    packets = list(read_packets(data))
    assert fault(resized(data, 2, body + b"\0")) == "packets.after"
    whole = packets[-1].end - packets[-1].header
    assert fault(resized(data, 2, body[:-whole])) == "packets.missing"
    assert fault(resized(data, 2, body[:-1])) == "packets.past"
    code = max((part for packet in packets for part in packet.parts), key=lambda part: part.length)
    middle = code.offset + code.length // 2
    assert fault(data[:middle] + b"\xff\xa0" + data[middle + 2 :]) == "packets.no-code"


def test_sop_and_eph_are_held_against_their_packets() -> None:
    data = real("openjpeg-data/input/conformance/p1_07.j2k")
    sop = data.index(b"\xff\x91\x00\x04\x00\x03")
    assert fault(data[: sop + 5] + b"\x09" + data[sop + 6 :]) == "packets.sop"
    eph = data.index(b"\xff\x92", sop)
    assert fault(data[:eph] + b"\xff\x13" + data[eph + 2 :]) == "packets.eph"


def test_what_is_not_walked_says_why() -> None:
    tiles = headers_only(tile=(999, 1080))
    assert why_not(parse_codestream(tiles)) == "packets.tiles"
    assert fault(tiles) == "packets.tiles"
    assert why_not(parse_codestream(headers_only(style=1))) == "packets.style"
    many = headers_only(size=(8192, 8192), precincts=b"\x00" + b"\x11" * 5)
    assert why_not(parse_codestream(many)) == "packets.many"
    huge = headers_only(size=(0xFFFF_FFFF, 0xFFFF_FFFF), layers=65_535)
    assert why_not(parse_codestream(huge)) == "packets.many"
    precincts = headers_only(size=(360, 360), levels=0, precincts=b"\x00")
    assert why_not(parse_codestream(precincts)) == "packets.many"
    one = struct.pack(">BBHBBB", 0, 0, 1, 6, 3, 4)
    assert why_not(parse_codestream(headers_only(size=(4096, 2160), poc=one * 2))) is None
    assert why_not(parse_codestream(headers_only(poc=one * 1000))) == "packets.many"
    assert why_not(parse_codestream(headers_only())) is None


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=300), st.integers(1, 3), st.booleans())
def test_any_bytes_end_in_a_clear_error(payload: bytes, parts: int, four_k: bool) -> None:
    levels = 6 if four_k else 5
    data = headers_only(payload, size=(96, 50), parts=parts, levels=levels, progression=len(payload) % 5)
    try:
        list(read_packets(data))
    except CodestreamError as error:
        assert error.say("en") and error.say("zh")
