"""Samples coded with 8 to 11 bits: cinema codestreams of 12 bits for every decoder, in all limits."""

from __future__ import annotations

import platform
import subprocess
from collections.abc import Callable
from fractions import Fraction
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from dcp.errors import CodestreamError
from dcp.picture import openjp2, openjpeg
from dcp.picture.codec import Drawing, codec_by_name
from dcp.picture.codestream import POC, Codestream, parse_codestream
from dcp.picture.limits import FrameLimits, frame_limits
from dcp.picture.main_header import in_cinema_form, sample_bits
from dcp.picture.openjp2_library import find_library
from dcp.picture.openjpeg import OpenJpeg
from dcp.picture.packets import read_packets
from dcp.picture.rules import component_sizes, faults, over_limits

if TYPE_CHECKING:
    from dcp.picture.codec import Planes

Codes = NDArray[np.uint16]
CODEC = OpenJpeg()
FEWER = (1, 2, 3, 4)


class Case(NamedTuple):
    """share: of the limits of a whole frame, so that a small one has to be cut."""

    size: tuple[int, int]
    rate: int = 24
    share: Fraction = Fraction(1, 100)
    four_k: bool = False
    stereo: bool = False
    hdr: bool = False

    @property
    def limits(self) -> FrameLimits:
        whole = frame_limits(Fraction(self.rate), four_k=self.four_k, stereo=self.stereo, hdr=self.hdr)
        rest = None if whole.rest is None else int(whole.rest * self.share)
        return FrameLimits(
            int(whole.total * self.share), int(whole.component * self.share), self.four_k, rest
        )


CASES = {
    "2K": Case((200, 108)),
    "2K, odd sides": Case((211, 97)),
    "wide": Case((2048, 40), share=Fraction(1, 15)),
    "48 fps": Case((200, 108), rate=48),
    "stereo": Case((200, 108), stereo=True),
    "HDR": Case((200, 108), hdr=True),
    "HDR stereo": Case((200, 108), stereo=True, hdr=True),
    "4K": Case((2200, 64), share=Fraction(1, 16), four_k=True),
    "4K, high": Case((90, 1300), share=Fraction(1, 16), four_k=True),
    "4K HDR": Case((2200, 64), share=Fraction(1, 20), four_k=True, hdr=True),
}
EACH = pytest.mark.parametrize("case", [pytest.param(case, id=name) for name, case in CASES.items()])
K = pytest.mark.parametrize("fewer", FEWER)


def picture(width: int, height: int, grain: float = 90, seed: int = 1, colours: bool = True) -> Codes:
    """A soft pattern with grain, 12 bits."""
    rows, columns = np.mgrid[0:height, 0:width]
    soft = np.sin(columns / 17)[..., None] * np.cos(rows / 11)[..., None] * np.array([900, 1200, 700]) + 2000
    noise = np.random.default_rng(seed).normal(0, grain, (height, width, 3 if colours else 1))
    made = (soft if colours else soft[..., :1]) + noise
    return made.clip(0, 4095).astype(np.uint16).repeat(1 if colours else 3, 2)


@cache
def coded(case: Case, bits: int = 12, grain: float = 90) -> bytes:
    return CODEC.encode(picture(*case.size, grain=grain), limits=case.limits, bits=bits)


def form(headers: Codestream) -> dict[str, object]:
    """All that does not depend on the picture, nor on how many bits it was coded with."""
    names = (
        *("rsiz", "xsiz", "ysiz", "xosiz", "yosiz", "xtsiz", "ytsiz", "xtosiz", "ytosiz", "components"),
        *("cod", "progression", "layers", "mct", "levels", "guard_bits", "poc", "markers", "has_eoc", "own"),
        *("main_header_size", "trailing", "tlm_tiles"),
    )
    found = {name: getattr(headers, name) for name in names}
    found["parts"] = [(part.tile, part.part, part.markers, part.count) for part in headers.tile_parts]
    found["tlm"] = [part.length for part in headers.tile_parts] == list(headers.tlm)
    found["mantissas"] = [int.from_bytes(headers.qcd[at : at + 2], "big") & 0x7FF for at in steps(headers)]
    return found


def packets(data: bytes) -> int:
    return sum(1 for _ in read_packets(data))


def steps(headers: Codestream) -> range:
    return range(1, len(headers.qcd), 2)


@K
@EACH
def test_the_form_is_that_of_all_twelve_bits(case: Case, fewer: int) -> None:
    whole, data = coded(case), coded(case, 12 - fewer)
    exact = parse_codestream(whole)
    headers = parse_codestream(data)
    assert form(headers) == form(exact)
    exponents = [exact.qcd[at] >> 3 for at in steps(exact)]
    assert [headers.qcd[at] >> 3 for at in steps(headers)] == [each - fewer for each in exponents]
    assert (sample_bits(headers), sample_bits(exact)) == (12 - fewer, 12)
    assert faults(headers, rate=Fraction(case.rate), stereo=case.stereo, hdr=case.hdr) == []
    assert over_limits(headers, case.limits) == []
    assert packets(data) == packets(whole)


@K
@EACH
def test_limits_are_used_up_as_far_as_all_twelve_bits_use_them(case: Case, fewer: int) -> None:
    """Of a frame that does not fit: neither a component's limit nor the depth makes it much smaller."""
    exact, found = len(coded(case, grain=600)), len(coded(case, 12 - fewer, grain=600))
    assert case.limits.total >= found >= exact - max(600, exact // 50)


@K
@pytest.mark.parametrize("case", [CASES["2K"], CASES["4K"]], ids=["2K", "4K"])
def test_decoders_see_the_same_picture(
    case: Case, fewer: int, oracle: Callable[[str], str], tmp_path: Path
) -> None:
    data = coded(case, 12 - fewer)
    ours = CODEC.decode(data).astype(int)
    width, height = case.size
    decoder = av.CodecContext.create("jpeg2000", "r")
    (frame,) = decoder.decode(av.Packet(data))
    rows = np.frombuffer(frame.planes[0], dtype="<u2").reshape(height, frame.planes[0].line_size // 2)
    assert frame.format.name == "xyz12le"
    theirs = rows[:, : width * 3].reshape(height, width, 3) >> 4
    assert np.abs(theirs.astype(int) - ours).max() <= 1
    file = tmp_path / "frame.j2c"
    file.write_bytes(data)
    command = [oracle("ffmpeg"), "-v", "error", "-f", "j2k_pipe", "-i", str(file), "-f", "rawvideo", "-"]
    done = subprocess.run(command, capture_output=True, check=True)
    assert done.stderr == b""
    theirs = np.frombuffer(done.stdout, "<u2").reshape(height, width, 3) >> 4
    assert np.abs(theirs.astype(int) - ours).max() <= 1


@pytest.mark.parametrize("program", ["opj_decompress", "grk_decompress"])
@pytest.mark.parametrize("case", [CASES["2K"], CASES["4K"]], ids=["2K", "4K"])
def test_programs_see_the_same_picture(
    case: Case, program: str, oracle: Callable[[str], str], tmp_path: Path
) -> None:
    import cv2

    found = oracle(program)
    for fewer in (0, *FEWER):
        data = coded(case, 12 - fewer)
        source, target = tmp_path / "frame.j2k", tmp_path / "frame.tif"
        source.write_bytes(data)
        done = subprocess.run([found, "-i", str(source), "-o", str(target)], capture_output=True, check=True)
        assert b"WARN" not in done.stdout + done.stderr
        theirs = cv2.imread(str(target), cv2.IMREAD_UNCHANGED | cv2.IMREAD_IGNORE_ORIENTATION)
        assert theirs is not None
        theirs = theirs[..., ::-1].astype(int) >> (4 if theirs.max() > 4095 else 0)
        assert np.abs(theirs - CODEC.decode(data)).max() <= 1


@K
@pytest.mark.parametrize("code", [0, 1, 7, 8, 100, 2047, 2048, 4087, 4090, 4094, 4095])
def test_flat_areas_come_back_and_the_ends_are_not_cut(code: int, fewer: int) -> None:
    image = np.full((108, 200, 3), code, np.uint16)
    data = CODEC.encode(image, limits=frame_limits(Fraction(24)), bits=12 - fewer)
    back = CODEC.decode(data).astype(int)
    off = np.abs(back[:96, :192].reshape(3, 32, 6, 32, 3).mean((1, 3)) - code).max()
    at_an_end = code < 16 or code > 4079  # what rings beyond is cut, so that the mean moves inward
    assert off <= (max(1, 2**fewer / 8) if at_an_end else 0.6)
    if code in (0, 4095):
        assert (back == code).all()


@K
def test_the_means_of_areas_stay_where_they_are(fewer: int) -> None:
    """Within 1.2 times what all twelve bits have, or 0.6 code."""
    image = picture(512, 270, grain=120)
    limits = FrameLimits(90_000, 72_000)

    def off(bits: int) -> float:
        back = CODEC.decode(CODEC.encode(image, limits=limits, bits=bits)).astype(int) - image
        return float(np.abs(back[:256].reshape(8, 32, 16, 32, 3).mean((1, 3))).mean())

    assert off(12 - fewer) <= max(0.6, 1.2 * off(12))


@pytest.mark.parametrize("bits", [8, 9, 10, 11])
@pytest.mark.parametrize("seed", range(2))
def test_neither_limit_is_passed_even_by_pure_noise(bits: int, seed: int) -> None:
    image = np.random.default_rng(seed).integers(0, 4096, (120, 160, 3)).astype(np.uint16)
    for limits in (
        FrameLimits(9_000, 3_600),
        FrameLimits(20_000, 16_000),
        FrameLimits(20_000, 9_000, rest=8_000),
    ):
        assert over_limits(parse_codestream(CODEC.encode(image, limits=limits, bits=bits)), limits) == []


@pytest.mark.parametrize("bits", [9, 12])
def test_in_hdr_no_more_is_used_than_the_profile_of_cinema_uses(bits: int) -> None:
    """It knows 250 Mbit/s alone. With more than that, fewer bits would seem to lose nothing."""
    image = np.random.default_rng(1).integers(0, 4096, (600, 800, 3)).astype(np.uint16)
    data = CODEC.encode(image, limits=frame_limits(Fraction(24), hdr=True), bits=bits)
    assert 1_000_000 < len(data) <= 1_302_083 + 100


class Counting(OpenJpeg):
    """How often the library codes, and with how many bits."""

    def __init__(self) -> None:
        super().__init__()
        self.tries: list[int] = []

    def _encode(self, image: object, total: int, component: int | None, *, four_k: bool, bits: int) -> bytes:
        self.tries.append(bits)
        return super()._encode(image, total, component, four_k=four_k, bits=bits)  # type: ignore[arg-type]


def test_a_grey_picture_in_4k_has_all_its_bytes_in_one_component_and_keeps_to_its_limit() -> None:
    image = picture(2200, 64, grain=600, colours=False)
    limits = FrameLimits(60_000, 48_000, four_k=True)
    codec = Counting()
    headers = parse_codestream(codec.encode(image, limits=limits, bits=10))
    assert 2 <= len(codec.tries) <= openjpeg.TRIES_OF_THE_WHOLE and set(codec.tries) == {10}
    assert sample_bits(headers) == 10
    assert 46_000 <= max(component_sizes(headers)) <= limits.component
    assert faults(headers, rate=Fraction(24)) == []


def test_where_less_for_the_whole_does_not_help_in_4k_all_bits_are_taken(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    image = picture(2200, 64, grain=600, colours=False)
    limits = FrameLimits(60_000, 40_000, four_k=True)
    monkeypatch.setattr(openjpeg, "TRIES_OF_THE_WHOLE", 1)
    codec = Counting()
    data = codec.encode(image, limits=limits, bits=9)
    assert codec.tries[:2] == [9, 12]
    assert sample_bits(parse_codestream(data)) == 12
    assert data == CODEC.encode(image, limits=limits)


def test_a_picture_beyond_2k_without_limits_of_4k_is_coded_with_all_bits() -> None:
    image = picture(2100, 40)
    limits = frame_limits(Fraction(24))
    assert CODEC.encode(image, limits=limits, bits=9) == CODEC.encode(image, limits=limits)


@pytest.mark.parametrize("bits", [0, 7, 13])
def test_other_depths_are_refused(bits: int) -> None:
    with pytest.raises(ValueError, match="bits"):
        CODEC.encode(picture(64, 64), limits=frame_limits(Fraction(24)), bits=bits)


@pytest.mark.parametrize("bits", [9, 12])
def test_a_picture_that_is_drawn_is_coded_like_one_that_is_handed_over(bits: int) -> None:
    image = picture(200, 108)

    def draw(planes: Planes) -> None:
        for number, plane in enumerate(planes):
            plane[:] = image[:, :, number]

    limits = CASES["2K"].limits
    drawn = CODEC.encode(Drawing((200, 108), draw), limits=limits, bits=bits)
    assert drawn == CODEC.encode(image, limits=limits, bits=bits)


# --- all twelve bits -----

DIGESTS = {
    "2K": "2a777fd14679c3df516f",
    "2K, odd sides": "46563707ddba74ac5bd7",
    "wide": "2089f717e1bf14d805a1",
    "48 fps": "ad13b05a0f8d4e819d7d",
    "stereo": "ad13b05a0f8d4e819d7d",
    "HDR": "9ae94a4968d14923851b",
    "HDR stereo": "43ad17256f5d6393cdd5",
    "4K": "bc8182dc6e999ff08635",
    "4K, high": "f8bce04390429dba1ae5",
    "4K HDR": "fa7755137fe0cb1aae18",
}
"""Of what the encoder gave before there were fewer bits: OpenJPEG 2.5.4 on x86-64."""


@EACH
def test_twelve_bits_are_byte_for_byte_what_they_were(case: Case, request: pytest.FixtureRequest) -> None:
    found, _ = find_library()
    assert found is not None
    if found.version != "2.5.4" or platform.machine() != "x86_64":
        pytest.skip("the digests are those of OpenJPEG 2.5.4 on x86-64")
    assert coded(case) == CODEC.encode(picture(*case.size), limits=case.limits)
    assert sha256(coded(case)).hexdigest()[:20] == DIGESTS[request.node.callspec.id]


@pytest.mark.parametrize("case", [case for case in CASES.values() if not case.four_k])
def test_the_other_profile_gives_the_same_bytes_at_twelve_bits(
    case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Which shows that it is chosen for its depths alone."""
    image, limits = picture(*case.size), case.limits
    args = image, limits.total - 44, limits.component - 28
    cinema = CODEC._encode(*args, four_k=False, bits=12)
    monkeypatch.setattr(openjpeg, "profile_for", lambda **_: openjp2.PROFILE_IMF_2K)
    other = CODEC._encode(*args, four_k=False, bits=12)
    assert other != cinema
    assert in_cinema_form(other, rsiz=openjp2.PROFILE_IMF_2K, four_k=False) == cinema


# --- the main header -----


def test_a_codestream_of_another_profile_is_not_passed_off_as_cinema() -> None:
    two = CODEC.encode(picture(200, 108), limits=frame_limits(Fraction(24)))
    with pytest.raises(CodestreamError):
        in_cinema_form(two, rsiz=openjp2.PROFILE_IMF_2K, four_k=False)
    with pytest.raises(CodestreamError):  # it has no POC to be moved
        in_cinema_form(two, rsiz=openjp2.PROFILE_CINEMA_2K, four_k=True)


def test_the_change_of_progression_lies_in_the_main_header() -> None:
    case = CASES["4K"]
    data = coded(case, 10)
    headers = parse_codestream(data)
    assert headers.markers.count(POC) == 1
    assert not any(part.markers for part in headers.tile_parts)
    assert data[headers.tile_parts[-1].offset + headers.tile_parts[-1].length :] == b"\xff\xd9"


def test_how_many_bits_it_were_is_read_of_ours_alone() -> None:
    headers = parse_codestream(CODEC.encode(picture(200, 108), limits=frame_limits(Fraction(24)), bits=11))
    assert sample_bits(headers) == 11
    assert codec_by_name().name == "openjpeg"
