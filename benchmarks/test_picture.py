"""Frames a second: JPEG 2000 of a grainy 2K frame both ways, colour both ways, and what a second thread adds.

On a shared machine the clock tells little: `--benchmark-timer=time.process_time` counts the processor's time.
The two-thread ratio is always the clock's.
"""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from dcp.picture.codec import codec_by_name
from dcp.picture.colour import ColourPath, from_xyz12, to_dcdm, to_xyz12
from dcp.picture.limits import frame_limits

WIDTH, HEIGHT = 2048, 1080
LIMITS = frame_limits(Fraction(24))
CODEC = codec_by_name()


@pytest.fixture(scope="module")
def frame() -> NDArray[np.uint16]:
    """X'Y'Z' of 12 bits: large soft shapes, edges, film-like grain."""
    rows, columns = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32)
    soft = np.sin(columns / 210)[..., None] * np.cos(rows / 140)[..., None] * np.array([700, 900, 600])
    edges = (((columns // 128 + rows // 96) % 2) * 300)[..., None]
    grain = np.random.default_rng(11).normal(0, 45, (HEIGHT, WIDTH, 3))
    picture: NDArray[np.uint16] = (soft + edges + grain + 1700).clip(0, 4095).astype(np.uint16)
    return picture


@pytest.fixture(scope="module")
def codestream(frame: NDArray[np.uint16]) -> bytes:
    return CODEC.encode(frame, limits=LIMITS)


def test_encode_a_2k_frame(benchmark: Any, frame: NDArray[np.uint16]) -> None:
    benchmark.pedantic(CODEC.encode, (frame,), {"limits": LIMITS}, rounds=3)


@pytest.mark.parametrize("reduce", [0, 1, 2])
def test_decode_a_2k_frame(benchmark: Any, codestream: bytes, reduce: int) -> None:
    benchmark.extra_info["bytes"] = len(codestream)
    benchmark.pedantic(CODEC.decode, (codestream,), {"reduce": reduce}, rounds=4)


def test_two_threads_against_one(benchmark: Any, frame: NDArray[np.uint16]) -> None:
    """The ratio of four frames one after another to four frames over two threads, by the clock."""

    def encode(_: int) -> bytes:
        return CODEC.encode(frame, limits=LIMITS)

    start = time.perf_counter()
    for number in range(4):
        encode(number)
    alone = time.perf_counter() - start
    taken = []
    with ThreadPoolExecutor(2) as pool:

        def encode_four() -> None:
            start = time.perf_counter()
            list(pool.map(encode, range(4)))
            taken.append(time.perf_counter() - start)

        benchmark.pedantic(encode_four, rounds=1)
    benchmark.extra_info["ratio"] = round(alone / taken[-1], 2)


@pytest.mark.parametrize("bits", [8, 16])
def test_colour_into_xyz(benchmark: Any, bits: int) -> None:
    dtype = np.uint8 if bits == 8 else np.uint16
    rgb = np.random.default_rng(2).integers(0, 1 << bits, (HEIGHT, WIDTH, 3)).astype(dtype)
    benchmark.pedantic(to_xyz12, (rgb,), {"source": "rec709"}, rounds=8, warmup_rounds=1)


def test_colour_for_a_display(benchmark: Any, frame: NDArray[np.uint16]) -> None:
    benchmark.pedantic(from_xyz12, (frame,), {"display": "rec709"}, rounds=8, warmup_rounds=1)


SOURCES = {
    "limited range of 8 bits": ("ycbcr", np.uint8, {"depth": 8, "full_range": False}),
    "limited range of 10 bits": ("ycbcr", np.uint16, {"depth": 10, "full_range": False}),
    "RGB of 16 bits": ("rgb", np.uint16, {"depth": 16}),
    "HDR of 10 bits": ("rgb", np.uint16, {"depth": 10, "transfer": "pq", "target": "hdr"}),
    "ACES": ("rgb", np.float32, {"depth": 32, "through": "aces", "camera": "ACEScg"}),
    "a camera's log": ("rgb", np.uint16, {"depth": 10, "through": "aces", "camera": "ARRI_LOGC4"}),
    "ACES in HDR": ("rgb", np.float32, {"depth": 32, "through": "aces", "camera": "ACEScg", "target": "hdr"}),
}


@pytest.mark.parametrize("source", SOURCES)
def test_colour_of_sources_into_xyz(benchmark: Any, source: str) -> None:
    model, dtype, more = SOURCES[source]
    top = 1.0 if dtype is np.float32 else 2.0 ** more["depth"] - 1
    planes = [(np.random.default_rng(k).random((HEIGHT, WIDTH)) * top).astype(dtype) for k in range(3)]
    out = np.empty((HEIGHT, WIDTH, 3), np.uint16)
    path = ColourPath(model, **more)
    benchmark.pedantic(to_dcdm, (planes, path, out), rounds=8, warmup_rounds=1)
