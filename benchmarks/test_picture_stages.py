"""What lies around the decoder: a 2K frame of 250 Mbit/s decoded alone, and rendered for a screen, in turn.

Processor time, so that what else the machine does tells little; each pair of runs follows close on the other.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from fractions import Fraction
from statistics import median
from typing import Any

import numpy as np
import pytest

from dcp.picture.codec import codec_by_name
from dcp.picture.limits import frame_limits
from player.picture import Renderer, reduced
from player.screen.screen import XYZ, Encoding, Frame, Samples, Signal
from player.source import Presentation
from watermark.dither import noise
from watermark.embed import Embedder
from watermark.payload import Payload
from watermark.secret import Secret

WIDTH, HEIGHT = 2048, 1080
CODEC = codec_by_name()
SCREENS = {
    "X'Y'Z'": XYZ,
    "y4m of 8 bits": Encoding("rec709", 8, form="ycbcr"),
    "RGB of 16 bits": Encoding("rec709", 16),
}
PAIRS = 8


class Dark:
    """A screen that packs and shows nothing."""

    def prepare(self, image: Samples) -> bytes:
        return bytes(image.tobytes())

    def show(self, frame: Frame) -> None: ...

    def changed(self, signal: Signal) -> None: ...


@pytest.fixture(scope="module")
def codestream() -> bytes:
    """Large soft shapes, edges, film-like grain."""
    rows, columns = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32)
    soft = np.sin(columns / 210)[..., None] * np.cos(rows / 140)[..., None] * np.array([700, 900, 600])
    edges = (((columns // 128 + rows // 96) % 2) * 300)[..., None]
    grain = np.random.default_rng(11).normal(0, 45, (HEIGHT, WIDTH, 3))
    picture = (soft + edges + grain + 1700).clip(0, 4095).astype(np.uint16)
    return CODEC.encode(picture, limits=frame_limits(Fraction(24)))


def spent(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


@pytest.mark.parametrize("screen", list(SCREENS))
@pytest.mark.parametrize("reduce", [0, 1], ids=["full", "half"])
def test_a_marked_frame_beside_the_decoder_alone(
    benchmark: Any, codestream: bytes, screen: str, reduce: int
) -> None:
    width, height = reduced(WIDTH, HEIGHT, reduce)
    mark = Embedder(
        Secret(value=b"b" * 32, operator="bench"),
        Payload(1, 1),
        width=width,
        height=height,
        rate=Fraction(24),
    )
    renderer = Renderer(
        codec=CODEC,
        width=WIDTH,
        height=HEIGHT,
        reduce=reduce,
        encoding=SCREENS[screen],
        showing=Dark(),
        mark=lambda pictures, frame: [mark.apply(picture, frame, picture) for picture in pictures],
        dither=noise,
    )
    what = Presentation(
        frame=5, reel=0, pictures=(codestream,), sound=None, encrypted=True, taken=(), whole=()
    )

    def render() -> None:
        assert renderer.render(what).marked

    def alone() -> None:
        CODEC.decode(codestream, reduce=reduce)

    render()
    alone()
    pairs = [(spent(alone), spent(render)) for _ in range(PAIRS)]
    benchmark.pedantic(render, rounds=2)
    bare, whole = (median(each) for each in zip(*pairs, strict=True))
    benchmark.extra_info.update(
        decoder_ms=round(1000 * bare, 1),
        around_it_ms=round(1000 * (whole - bare), 1),
        ratio=round(median(b / a for a, b in pairs), 3),
        least_ratio=round(min(b for _, b in pairs) / min(a for a, _ in pairs), 3),
    )
