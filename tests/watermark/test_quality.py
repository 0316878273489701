from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest

from dcp.picture.colour import to_xyz12
from watermark.embed import Embedder
from watermark.payload import Payload
from watermark.quality import change_of, flicker
from watermark.secret import Secret
from watermark.video import rgb_video
from watermark.visibility import FLAT_LIMIT, LEAST_PSNR

SECRET = Secret(value=bytes(range(32)))
PAYLOAD = Payload(location=300_000, time_index=31_322)
FOOTAGE = Path(__file__).parents[3] / "shared" / "footage"


def test_what_changed_is_measured() -> None:
    frame = np.full((288, 512, 3), 1600, np.uint16)
    marked = frame.copy()
    assert change_of(frame, marked).psnr == np.inf
    marked[:144] += 4
    found = change_of(frame, marked)
    assert found.psnr == pytest.approx(10 * np.log10(4095**2 / 8), abs=1e-3)
    assert found.flat_peak == pytest.approx(1.0025**2.6 - 1, rel=1e-3)
    assert found.rms == pytest.approx((1.0025**2.6 - 1) / 2**0.5, rel=1e-3)
    dark = np.full((288, 512, 3), 300, np.uint16)
    assert change_of(dark, dark).flat_peak is None


@pytest.mark.parametrize("rate", [24, 25, 48, 60])
def test_flat_light_flickers_below_the_threshold_in_every_octave(rate: int) -> None:
    marker = Embedder(SECRET, PAYLOAD, width=256, height=144, rate=Fraction(rate))
    bands = flicker(marker, Fraction(rate), seconds=12)
    assert all(each.amplitude < 0.75 * each.threshold for each in bands)
    assert max(each.amplitude for each in bands) > 0.2 * FLAT_LIMIT


@pytest.mark.parametrize("name", ["bigbuckbunny.mp4", "bikes.mp4", "crystal.mp4", "palawan.mp4"])
def test_real_frames_keep_60_db_and_their_flat_parts_the_limit(name: str) -> None:
    if not (FOOTAGE / name).exists():
        pytest.skip(f"no {name} in ../shared/footage")
    marker = None
    with rgb_video(FOOTAGE / name) as (frames, rate, _):
        for index, frame in enumerate(frames):
            if index > 90:
                break
            if index % 30:
                continue
            xyz = to_xyz12(cv2.resize(frame, (1024, 540)), source="rec709")
            if marker is None:
                marker = Embedder(SECRET, PAYLOAD, width=1024, height=540, rate=rate)
            found = change_of(xyz, marker.apply(xyz, index))
            assert found.psnr >= LEAST_PSNR
            assert found.flat_peak is None or found.flat_peak <= FLAT_LIMIT * 1.015
            assert json.dumps(found.rms) and found.rms < 0.02
