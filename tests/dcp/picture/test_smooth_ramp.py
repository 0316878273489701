"""A smooth dark ramp beside grain: at no setting does it get steps that are seen.

`make pictures` writes what is judged here as PNG, eight times as bright, whole and thinned beside each other.
"""

from __future__ import annotations

import os
from fractions import Fraction
from functools import cache
from pathlib import Path

import pytest
from needing import needing

from dcp.picture.codec import codec_by_name
from dcp.picture.limits import FrameLimits, frame_limits
from dcp.picture.passes import MOST_PASSES, thin

pytestmark = pytest.mark.extra("picture")
np = pytest.importorskip("numpy")

HEIGHT, WIDTH = 270, 512
BLOCK = 8
SEEN = 4.0
"""Codes of 12 bits by which the mean of a block is off: a step of 10 bits."""
PICTURES = os.environ.get("DCPKIT_PICTURES")


@cache
def scene(bits: int = 12) -> bytes:
    total = frame_limits(Fraction(24)).total * HEIGHT * WIDTH // (1080 * 2048)
    return codec_by_name().encode(drawn(), limits=FrameLimits(total, total * 4 // 5), bits=bits)


@cache
def drawn() -> np.ndarray:
    """On the left code 150 to 400, which is 0.01 to 0.13 cd/m2; on the right film grain on middle grey."""
    picture = np.empty((HEIGHT, WIDTH, 3))
    picture[:] = (150 + 250 * np.arange(HEIGHT) / HEIGHT)[:, None, None]
    grain = np.random.default_rng(5).normal(0, 200, (HEIGHT, WIDTH // 2, 3))
    for axis in (0, 1):
        grain = (np.roll(grain, 1, axis) + 2 * grain + np.roll(grain, -1, axis)) / 4
    picture[:, WIDTH // 2 :] = 1800 + grain
    return picture.clip(0, 4095).round().astype(np.uint16)


def of_blocks(errors: np.ndarray, reduce: int) -> float:
    """The largest mean error of a block of the ramp, 16 columns away from the grain."""
    high, wide = len(errors) // BLOCK, (errors.shape[1] // 2 - (16 >> reduce)) // BLOCK
    ramp = errors[: high * BLOCK, : wide * BLOCK].reshape(high, BLOCK, wide, BLOCK, 3)
    return float(np.abs(ramp.mean((1, 3))).max())


@pytest.mark.parametrize("reduce", [0, 1])
@pytest.mark.parametrize("decibels", [56, 51, 48, 46, 44, 42, 40, 38, 34, 30])
def test_a_dark_ramp_stays_smooth(decibels: float, reduce: int) -> None:
    needing("picture")
    codec = codec_by_name()
    whole = codec.decode(scene(), reduce=reduce).astype(np.float64)
    thinned = thin(scene(), MOST_PASSES, least_db=decibels, reduce=reduce)
    assert thinned.kept < thinned.passes
    image = codec.decode(bytes(thinned.data), reduce=reduce).astype(np.float64)
    if PICTURES:
        write(Path(PICTURES) / f"ramp-{decibels}-dB-reduce-{reduce}.png", np.hstack([whole, image]))
    worst = of_blocks(image - whole, reduce)
    assert worst < SEEN
    assert worst < SEEN / 2 or decibels < 44 - 4 * reduce


@pytest.mark.parametrize("bits", [8, 9, 10, 11])
def test_a_ramp_of_fewer_bits_stays_smooth(bits: int) -> None:
    """Down to 9 bits as one of all twelve; 8 bits are for pictures that are grain all over."""
    needing("picture")
    codec = codec_by_name()
    whole = codec.decode(scene()).astype(np.float64)
    image = codec.decode(scene(bits)).astype(np.float64)
    if PICTURES:
        write(Path(PICTURES) / f"ramp-{bits}-bits.png", np.hstack([drawn(), whole, image]))
    assert of_blocks(whole - drawn(), 0) < SEEN / 2
    assert of_blocks(image - drawn(), 0) < (SEEN if bits == 8 else SEEN / 2)


def write(path: Path, picture: np.ndarray) -> None:
    import cv2

    path.parent.mkdir(parents=True, exist_ok=True)
    done, data = cv2.imencode(".png", (picture * 8).clip(0, 4095).astype(np.uint16)[..., ::-1] * 16)
    assert done
    path.write_bytes(data.tobytes())
