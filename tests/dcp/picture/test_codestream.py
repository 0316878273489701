"""Codestream headers, made by hand, from real files, and damaged."""

from __future__ import annotations

import contextlib
import struct
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcp.errors import CodestreamError, DcpError
from dcp.picture.codestream import first_sod_end, parse_codestream
from dcp.picture.limits import frame_limits
from dcp.picture.rules import component_sizes, faults

RATE = Fraction(24)


def segment(marker: int, body: bytes) -> bytes:
    return struct.pack(">HH", marker, len(body) + 2) + body


def siz(
    rsiz: int = 3, width: int = 2048, height: int = 1080, ssiz: int = 11, tile: int | None = None
) -> bytes:
    tile_width = tile or width
    sizes = struct.pack(">H8IH", rsiz, width, height, 0, 0, tile_width, height, 0, 0, 3)
    return segment(0xFF51, sizes + bytes([ssiz, 1, 1] * 3))


COD = bytes.fromhex("01 04 0001 01 05 03 03 00 00 77 88 88 88 88 88".replace(" ", ""))


def cinema(
    *,
    cod: bytes = COD,
    guard: int = 1,
    parts: tuple[int, ...] = (10, 20, 30),
    extra: bytes = b"",
    tlm: bool = True,
    size: bytes | None = None,
    end: bytes = b"\xff\xd9",
    part_header: bytes = b"",
) -> bytes:
    """A codestream whose headers are those of a 2K cinema frame; its data are zeros."""
    lengths = [14 + len(part_header) + length for length in parts]
    head = b"\xff\x4f" + (siz() if size is None else size) + segment(0xFF52, cod)
    head += segment(0xFF5C, bytes([guard << 5 | 2]) + bytes(32)) + extra
    if tlm:
        head += segment(0xFF55, b"\x00\x50" + b"".join(struct.pack(">BI", 0, length) for length in lengths))
    body = b""
    for number, (length, data) in enumerate(zip(lengths, parts, strict=True)):
        body += struct.pack(">HHHIBB", 0xFF90, 10, 0, length, number, len(parts))
        body += part_header + b"\xff\x93" + bytes(data)
    return head + body + end


def ids(data: bytes, rate: Fraction = RATE, stereo: bool = False) -> list[str]:
    return [number for number, _ in faults(parse_codestream(data), rate=rate, stereo=stereo)]


def test_the_headers_of_a_cinema_frame_are_read() -> None:
    data = cinema()
    found = parse_codestream(data)
    assert (found.rsiz, found.width, found.height, found.levels, found.guard_bits) == (3, 2048, 1080, 5, 1)
    assert found.cod == COD
    assert found.code_block == (32, 32)
    assert found.precincts == ((7, 7), *[(8, 8)] * 5)
    assert component_sizes(found) == (24, 34, 44)
    assert found.tlm == (24, 34, 44)
    assert found.has_eoc and not found.trailing
    assert data[first_sod_end(data) - 2 : first_sod_end(data)] == b"\xff\x93"
    assert faults(found, rate=RATE) == []


@pytest.mark.parametrize(
    ("data", "number"),
    [
        (cinema(size=siz(rsiz=0)), "J2K-006"),
        (cinema(size=siz(rsiz=3, width=4096, height=2160)), "J2K-007"),
        (cinema(guard=2), "J2K-008"),
        (cinema(size=siz(rsiz=4, width=4096, height=2160), guard=1), "J2K-009"),
        (cinema(size=siz(tile=1024)), "J2K-010"),
        (cinema(cod=COD[:6] + b"\x04" + COD[7:]), "J2K-011"),
        (cinema(cod=COD[:7] + b"\x04" + COD[8:]), "J2K-012"),
        (cinema(parts=(1, 2)), "J2K-013"),
        (cinema(size=siz(rsiz=4, width=4096, height=2160)), "J2K-014"),
        (cinema(extra=segment(0xFF5F, bytes([0, 0, 0, 1, 5, 3, 4]))), "J2K-015"),
        (cinema(size=siz(rsiz=4, width=4096, height=2160)), "J2K-016"),
        (
            cinema(
                size=siz(rsiz=4, width=4096, height=2160), extra=segment(0xFF5F, bytes([0, 0, 0, 1, 5, 3, 4]))
            ),
            "J2K-017",
        ),
        (cinema(part_header=segment(0xFF5F, bytes([0, 0, 0, 1, 5, 3, 4]))), "J2K-018"),
        (cinema(tlm=False), "J2K-019"),
        (cinema(cod=COD[:9] + b"\x01" + COD[10:]), "J2K-020"),
        (cinema(cod=COD[:5] + b"\x04" + COD[6:-1]), "J2K-021"),
        (cinema(size=siz(ssiz=7)), "J2K-022"),
        (cinema(cod=COD[:1] + b"\x00" + COD[2:]), "J2K-023"),
        (cinema(cod=COD[:4] + b"\x00" + COD[5:]), "J2K-024"),
        (cinema(cod=COD[:10] + b"\x88" + COD[11:]), "J2K-025"),
        (cinema(extra=segment(0xFF5E, bytes(3))), "J2K-001"),
        (cinema(end=b"\xff\xd9\x00"), "J2K-032"),
        (cinema(end=b""), "J2K-032"),
        (cinema(parts=(10, 20, 1_302_083)), "J2K-002"),
        (cinema(parts=(1_041_666, 20, 30)), "J2K-005"),
    ],
)
def test_each_departure_from_the_cinema_profile_has_its_number(data: bytes, number: str) -> None:
    assert number in ids(data)


def test_tlm_that_does_not_say_the_truth_is_found() -> None:
    data = bytearray(cinema())
    where = data.index(struct.pack(">I", 34))
    data[where : where + 4] = struct.pack(">I", 35)
    assert ids(bytes(data)) == ["J2K-031"]


def test_a_stereo_frame_has_half_the_bytes() -> None:
    data = cinema(parts=(400_000, 200_000, 51_041 - 100))
    assert ids(data) == []
    assert ids(data, stereo=True) == ["J2K-002"]


@pytest.mark.parametrize(
    ("rate", "stereo", "total", "component"),
    [(24, False, 1_302_083, 1_041_666), (48, False, 651_041, 520_833), (24, True, 651_041, 520_833),
     (25, False, 1_250_000, 1_000_000), (30, False, 1_041_666, 833_333), (60, False, 520_833, 416_666)],
)  # fmt: skip
def test_limits_are_rounded_down(rate: int, stereo: bool, total: int, component: int) -> None:
    limits = frame_limits(Fraction(rate), stereo=stereo)
    assert (limits.total, limits.component) == (total, component)


def test_a_bit_rate_out_of_reason_is_refused() -> None:
    with pytest.raises(DcpError, match="cannot be had"):
        frame_limits(RATE, mbps=0)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "does not begin with SOC"),
        (b"\xff\x4f\xff\x52\x00\x04\x00\x00", "SIZ does not follow"),
        (cinema()[:30], "cut off"),
        (cinema()[:120], "ends inside its main header|cut off"),
        (cinema(parts=(10, 20, 300))[:-100], "longer than the codestream"),
        (cinema(extra=segment(0xFF52, COD)), "COD stands twice"),
        (cinema(extra=b"\xff\x30\x00\x02"), "unknown marker ff30"),
        (cinema(cod=COD[:-1]), "one precinct size for each resolution"),
        (cinema(cod=COD[:5]), "COD is too short"),
        (cinema(cod=COD[:1] + b"\x09" + COD[2:]), "unknown progression"),
        (cinema(size=siz(width=0)), "empty picture"),
        (cinema(extra=segment(0xFF5F, b"\x00")), "POC does not hold whole entries"),
    ],
)
def test_what_is_no_codestream_is_refused_with_its_place(data: bytes, message: str) -> None:
    with pytest.raises(CodestreamError, match=message) as caught:
        parse_codestream(data)
    assert "byte" in str(caught.value)


@given(st.binary(max_size=300))
def test_anything_is_read_or_refused(data: bytes) -> None:
    for candidate in (data, b"\xff\x4f\xff\x51" + data):
        with contextlib.suppress(CodestreamError):
            parse_codestream(candidate)


@given(st.integers(0, 200), st.integers(0, 255))
def test_one_changed_byte_is_read_or_refused(place: int, value: int) -> None:
    data = bytearray(cinema())
    data[place % len(data)] = value
    try:
        found = parse_codestream(data)
    except CodestreamError:
        return
    faults(found, rate=RATE)


def test_real_codestreams_are_read(golden: Path, corpus: Path) -> None:
    files = [*(golden / "inputs" / "j2k_left").glob("*.j2c"), *corpus.rglob("*.j2c"), *corpus.rglob("*.j2k")]
    assert len(files) > 20
    for file in files:
        data = file.read_bytes()
        found = parse_codestream(data)
        assert found.size == len(data)
        assert found.has_eoc, file
    first = (golden / "inputs" / "j2k_left" / "frame_000000.j2c").read_bytes()
    assert first_sod_end(first) == 182
    assert [number for number, _ in faults(parse_codestream(first), rate=RATE)] == ["J2K-008"]


def test_coc_and_qcc_of_real_files_are_judged_by_their_values() -> None:
    """OpenJPEG 1.3 writes both for the second and third component, as cinema's profile allows."""
    path = Path(__file__).resolve().parents[4] / "shared/corpus/libdcp/test/data/32x32_red_square.j2c"
    if not path.exists():
        pytest.skip("the corpus is not here")
    found = parse_codestream(path.read_bytes())
    assert [each.component for each in found.own] == [1, 1, 2, 2]
    assert found.style_of(1) == found.default_style
    wrong = [number for number, _ in faults(found, rate=RATE)]
    assert wrong == ["J2K-006", "J2K-008", "J2K-022"]  # of 8 bits, and not of cinema


@pytest.mark.parametrize(
    ("marker", "body", "count"),
    [
        pytest.param(0xFF55, b"\x00\x00" + bytes(60_000), 80, id="TLM"),
        pytest.param(0xFF5F, bytes(7 * 9_000), 80, id="POC"),
        pytest.param(0xFF64, b"\x00\x01x", 40_000, id="COM"),
    ],
)
def test_a_header_beyond_all_need_is_refused_before_it_is_read(marker: int, body: bytes, count: int) -> None:
    headers = b"\xff\x4f" + siz() + segment(marker, body) * count + cinema()[2 + len(siz()) :]
    with pytest.raises(CodestreamError, match="more segments, or longer lists"):
        parse_codestream(headers)
