"""The OpenJPEG back end: the cinema profile, the byte limits, memory to memory, hostile input."""

from __future__ import annotations

import contextlib
import struct
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import av
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from dcp.errors import CodestreamError, UsageError
from dcp.picture.codec import Drawing, codec_by_name
from dcp.picture.codestream import parse_codestream
from dcp.picture.limits import FrameLimits, frame_limits
from dcp.picture.rules import component_sizes, faults

if TYPE_CHECKING:
    from dcp.picture.codec import Planes

RATE = Fraction(24)
CODEC = codec_by_name()


def picture(height: int, width: int, grain: float = 40, seed: int = 1) -> NDArray[np.uint16]:
    """A soft pattern with grain, 12 bits."""
    rows, columns = np.mgrid[0:height, 0:width]
    soft = np.sin(columns / 17)[..., None] * np.cos(rows / 11)[..., None] * np.array([900, 1200, 700]) + 2000
    grainy = soft + np.random.default_rng(seed).normal(0, grain, (height, width, 3))
    return grainy.clip(0, 4095).astype(np.uint16)


def loss(first: NDArray[np.uint16], second: NDArray[np.uint16]) -> float:
    """PSNR in dB over 12 bits."""
    error = float(np.mean((first.astype(float) - second) ** 2))
    return float(10 * np.log10(4095**2 / max(error, 1e-9)))


@pytest.mark.parametrize(("height", "width"), [(108, 200), (36, 64), (101, 77)])
def test_a_frame_comes_back_and_keeps_to_the_cinema_profile(height: int, width: int) -> None:
    image = picture(height, width)
    codestream = CODEC.encode(image, limits=frame_limits(RATE))
    assert faults(parse_codestream(codestream), rate=RATE) == []
    assert loss(image, CODEC.decode(codestream)) > 60


def test_a_4k_frame_has_its_two_parts_and_two_guard_bits() -> None:
    image = picture(64, 2200)
    codestream = CODEC.encode(image, limits=frame_limits(RATE, four_k=True))
    assert faults(parse_codestream(codestream), rate=RATE) == []


@pytest.mark.parametrize("total", [4_000, 9_000, 20_000])
def test_neither_limit_is_passed_even_by_pure_noise(total: int) -> None:
    limits = FrameLimits(total=total, component=total * 2 // 5)
    for seed in range(3):
        image = np.random.default_rng(seed).integers(0, 4096, (120, 160, 3)).astype(np.uint16)
        headers = parse_codestream(CODEC.encode(image, limits=limits))
        assert headers.size <= limits.total
        assert max(component_sizes(headers)) <= limits.component


def test_a_picture_that_is_drawn_is_coded_like_one_that_is_handed_over() -> None:
    image = picture(108, 200)
    calls = []

    def draw(planes: Planes) -> None:
        calls.append([plane.shape for plane in planes])
        for number, plane in enumerate(planes):
            plane[:] = image[:, :, number]

    limits = frame_limits(RATE)
    assert CODEC.encode(Drawing((200, 108), draw), limits=limits) == CODEC.encode(image, limits=limits)
    assert calls == [[(108, 200)] * 3]


def test_an_error_while_drawing_comes_out() -> None:
    def draw(planes: Planes) -> None:
        raise ValueError("the source broke")

    with pytest.raises(ValueError, match="the source broke"):
        CODEC.encode(Drawing((200, 108), draw), limits=frame_limits(RATE))
    with pytest.raises(CodestreamError):
        CODEC.encode(Drawing((5000, 108), draw), limits=frame_limits(RATE))


def test_a_limit_that_no_frame_can_keep_is_an_error() -> None:
    with pytest.raises(CodestreamError, match="no frame fits"):
        CODEC.encode(picture(64, 64), limits=FrameLimits(total=900, component=800))


def test_reduced_decoding_halves_the_sides() -> None:
    codestream = CODEC.encode(picture(108, 201), limits=frame_limits(RATE))
    assert CODEC.decode(codestream, reduce=1).shape == (54, 101, 3)
    assert CODEC.decode(codestream, reduce=3).shape == (14, 26, 3)
    with pytest.raises(CodestreamError, match="halved 6 times"):
        CODEC.decode(codestream, reduce=6)


def test_another_decoder_sees_the_same_picture() -> None:
    image = picture(108, 200)
    codestream = CODEC.encode(image, limits=frame_limits(RATE))
    decoder = av.CodecContext.create("jpeg2000", "r")
    (frame,) = decoder.decode(av.Packet(codestream))
    rows = np.frombuffer(frame.planes[0], dtype="<u2").reshape(108, frame.planes[0].line_size // 2)
    theirs = rows[:, :600].reshape(108, 200, 3) >> 4  # xyz12le: the 12 bits lie in the high bits
    assert np.abs(theirs.astype(int) - CODEC.decode(codestream).astype(int)).max() <= 1


def test_threads_share_one_codec() -> None:
    images = [picture(108, 200, seed=seed) for seed in range(6)]
    with ThreadPoolExecutor(2) as pool:
        coded = list(pool.map(lambda image: CODEC.encode(image, limits=frame_limits(RATE)), images))
        back = list(pool.map(CODEC.decode, coded))
    assert all(loss(image, again) > 60 for image, again in zip(images, back, strict=True))
    assert coded[0] == CODEC.encode(images[0], limits=frame_limits(RATE))


@pytest.mark.parametrize(
    ("image", "message"),
    [
        (np.zeros((10, 10), np.uint16), "not X'Y'Z'"),
        (np.zeros((10, 10, 3), np.uint8), "not X'Y'Z'"),
        (np.full((10, 10, 3), 4096, np.uint16), "above 4095"),
        (np.zeros((10, 5000, 3), np.uint16), "larger than 4K"),
    ],
)
def test_what_is_no_cinema_picture_is_refused(image: NDArray[np.uint16], message: str) -> None:
    with pytest.raises(CodestreamError, match=message):
        CODEC.encode(image, limits=frame_limits(RATE))


def test_a_truncated_codestream_is_an_error_not_half_a_picture() -> None:
    codestream = CODEC.encode(picture(108, 200), limits=frame_limits(RATE))
    for length in (len(codestream) // 2, len(codestream) - 40, 60, 3, 0):
        with pytest.raises(CodestreamError):
            CODEC.decode(codestream[:length])


def test_a_picture_too_large_to_hold_is_refused_unallocated() -> None:
    codestream = bytearray(CODEC.encode(picture(36, 64), limits=frame_limits(RATE)))
    for place in (8, 24):  # Xsiz and XTsiz
        codestream[place : place + 4] = (2_000_000_000).to_bytes(4, "big")
    with pytest.raises(CodestreamError, match="larger than 8192"):
        CODEC.decode(codestream)


def cut_fine(
    *, tile: tuple[int, int] = (2048, 1080), precinct: int = 15, block: int = 5, where: str = "COD"
) -> bytes:
    """Headers of a 2K picture with nothing behind them. precinct, block: exponents. where: who says so."""
    siz = struct.pack(">H8IH", 0, 2048, 1080, 0, 0, *tile, 0, 0, 3) + bytes.fromhex("0b0101") * 3
    plain = bytes([0, 4, 0, 1, 1, 5, 3, 3, 0, 0])
    style = bytes([5, block - 2, block - 2, 0, 0]) + bytes([precinct * 17] * 6)
    fine = bytes([1, 4, 0, 1, 1]) + style
    coc = segment(0xFF53, bytes([1, 1]) + style) if where == "COC" else b""
    in_tile = segment(0xFF52, fine) if where == "tile" else b""
    main = segment(0xFF51, siz) + segment(0xFF52, fine if where == "COD" else plain) + coc
    main += segment(0xFF5C, b"\x22" + b"\x80\0" * 16)
    part = in_tile + b"\xff\x93" + b"\x80" * 100
    return (
        b"\xff\x4f" + main + struct.pack(">HHHIBB", 0xFF90, 10, 0, 12 + len(part), 0, 1) + part + b"\xff\xd9"
    )


def segment(marker: int, body: bytes) -> bytes:
    return struct.pack(">HH", marker, len(body) + 2) + body


@pytest.mark.parametrize(
    ("made", "message"),
    [
        ({"tile": (6, 6)}, "61,560 tiles are more"),
        ({"tile": (60, 60), "precinct": 1}, "cut so fine"),
        ({"precinct": 1}, "cut so fine"),
        ({"precinct": 2, "block": 2}, "cut so fine"),
        ({"precinct": 1, "where": "COC"}, "cut so fine"),
        ({"precinct": 1, "where": "tile"}, "cut so fine"),
    ],
)
def test_headers_that_ask_for_gigabytes_are_refused(made: dict[str, Any], message: str) -> None:
    with pytest.raises(CodestreamError, match=message):
        CODEC.decode(cut_fine(**made))


def test_what_cinema_and_still_finer_pictures_need_is_allowed() -> None:
    for made in ({}, {"tile": (128, 128)}, {"precinct": 7}, {"block": 2}):
        assert CODEC.decode(cut_fine(**made), reduce=0).shape == (1080, 2048, 3)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.integers(0, 255))
def test_a_damaged_codestream_is_decoded_or_refused(place: int, value: int) -> None:
    codestream = bytearray(_SMALL)
    codestream[place % len(codestream)] = value
    with contextlib.suppress(CodestreamError):
        CODEC.decode(codestream)


_SMALL = CODEC.encode(picture(36, 64), limits=FrameLimits(total=6000, component=4000))


def test_an_unknown_codec_is_a_usage_error() -> None:
    with pytest.raises(UsageError, match="openjpeg"):
        codec_by_name("crystal ball")


def test_real_codestreams_are_decoded(golden: Path, corpus: Path) -> None:
    for file in sorted((golden / "inputs" / "j2k_left").glob("*.j2c"))[:2]:
        assert CODEC.decode(file.read_bytes(), reduce=2).shape == (270, 512, 3)
    red = next(corpus.rglob("flat_red.j2c")).read_bytes()
    assert CODEC.decode(red).shape == (1080, 1998, 3)
