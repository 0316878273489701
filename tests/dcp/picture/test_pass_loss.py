"""What is said of thinned codestreams without decoding them, beside what decoding them says."""

from __future__ import annotations

import math
from fractions import Fraction
from functools import cache

import pytest

from dcp.picture.codec import codec_by_name
from dcp.picture.limits import frame_limits
from dcp.picture.passes import MOST_PASSES, thin

pytestmark = pytest.mark.extra("picture")
np = pytest.importorskip("numpy")

KINDS = {
    "grain": 1.25,
    "heavy grain": 1.25,
    "soft": 1.25,
    "edges": 1.25,
    "half and half": 1.25,
    "white noise": 2.5,
}
"""What may be promised too much of each."""


@cache
def film(kind: str) -> bytes:
    """Made at a rate that a picture of its size would have of 250 Mbit/s at 2K."""
    height, width = 270, 512
    dice = np.random.default_rng(len(kind))
    rows, columns = np.mgrid[0:height, 0:width].astype(np.float64)
    soft = 1500 + 700 * np.sin(columns / 60) * np.cos(rows / 45)
    grain = dice.normal(0, {"heavy grain": 300, "soft": 12}.get(kind, 90), (height, width, 3))
    if kind != "white noise":
        for axis in (0, 1):  # a grain is larger than a pixel
            grain = (np.roll(grain, 1, axis) + 2 * grain + np.roll(grain, -1, axis)) / 4
    picture = soft[..., None] + grain * [1.0, 0.9, 0.7]
    if kind == "edges":
        picture += ((columns // 24 + rows // 17) % 2 * 900)[..., None]
    if kind == "half and half":
        picture[:, : width // 2] = (200 + columns[:, : width // 2])[..., None]
    whole = frame_limits(Fraction(24)).total * height * width // (1080 * 2048)
    limits = frame_limits(Fraction(24))
    return codec_by_name().encode(
        picture.clip(0, 4095).astype(np.uint16), limits=limits.__class__(whole, whole * 4 // 5)
    )


@cache
def decoded(kind: str, reduce: int) -> np.ndarray:
    return codec_by_name().decode(film(kind), reduce=reduce).astype(np.float64)


def measured(data: bytes, kind: str, reduce: int) -> float:
    """PSNR to the whole decode, in dB."""
    difference = decoded(kind, reduce) - codec_by_name().decode(data, reduce=reduce)
    error = float(np.mean(difference**2))
    return 10 * math.log10(4095**2 / error) if error else math.inf


@pytest.mark.parametrize("reduce", [0, 1])
@pytest.mark.parametrize("kind", KINDS)
def test_what_is_promised_is_kept(kind: str, reduce: int) -> None:
    """At every number of dB, and without giving much away."""
    most = thin(film(kind), MOST_PASSES, least_db=0, reduce=reduce).cut
    for asked in (56, 50, 46, 42, 38, 34):
        thinned = thin(film(kind), MOST_PASSES, least_db=asked, reduce=reduce)
        found = measured(bytes(thinned.data), kind, reduce)
        assert thinned.least_db >= asked
        assert thinned.least_db - KINDS[kind] <= found
        assert found <= thinned.least_db + 5 or found > 56
        further = thin(film(kind), thinned.cut + 1, reduce=reduce).least_db
        assert further < asked or math.isinf(further) or thinned.cut == most


def test_a_number_of_passes_bounds_it() -> None:
    thinned = thin(film("grain"), 14, least_db=30)
    assert thinned.cut == 14 and thinned.least_db > 30
    assert bytes(thinned.data) == bytes(thin(film("grain"), 14).data)


def test_where_nothing_may_be_left_out_it_is_the_same() -> None:
    data = film("grain")
    thinned = thin(data, MOST_PASSES, least_db=300)
    assert thinned.data is data and thinned.least_db == math.inf and thinned.reason is None
