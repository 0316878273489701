"""`dcpkit watermark show`: pictures to be looked at."""

from __future__ import annotations

import json
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from watermark.attack import write_video
from watermark.secret import new_secret, write_secret

pytestmark = pytest.mark.extra("watermark")
Command = Callable[..., tuple[int, str, str]]


def test_the_three_pictures_lie_side_by_side(tmp_path: Path, dcpkit: Command) -> None:
    rng = np.random.default_rng(1)
    soft = cv2.resize(rng.random((6, 9, 3)), (320, 180), interpolation=cv2.INTER_CUBIC)
    frame = np.clip(60 + 120 * soft, 0, 255).astype(np.uint8)
    write_video(tmp_path / "clip.mp4", [frame] * 60, rate=Fraction(24))
    write_secret(tmp_path / "secret.json", new_secret("test"))
    words = ["watermark", "show", "clip.mp4", "clip.mp4", "-o", "seen", "--secret", "secret.json", "--json"]
    words = [str(tmp_path / word) if word in ("clip.mp4", "seen", "secret.json") else word for word in words]
    code, out, err = dcpkit(*words, "--frames", "2-55", "--amplify", "30")
    assert code == 0, err
    document = json.loads(out)
    assert [each["name"] for each in document["sources"]] == ["clip", "clip-2"]
    one = document["sources"][0]
    assert (one["frames"], one["stills"]) == (54, ["clip-000002.png", "clip-000050.png"])
    assert one["least_psnr_db"] >= 60 and one["flat_peak"] < 0.0075
    still = cv2.imread(str(tmp_path / "seen" / "clip-000002.png"), cv2.IMREAD_UNCHANGED)
    assert still is not None and still.shape == (180, 960, 3) and still.dtype == np.uint16
    original, marked, difference = (still[:, x : x + 320].astype(float) for x in (0, 320, 640))
    assert 0 < np.abs(marked - original).max() < 3000
    assert np.abs(np.clip((marked - original) * 30 + 32768, 0, 65535) - difference).max() <= 1
    assert (tmp_path / "seen" / "clip-2.mp4").stat().st_size > 1000
    assert dcpkit(*words)[0] == 2, "a folder that holds something is not written to"


def test_frames_that_are_not_there_are_said_and_nothing_is_left(tmp_path: Path, dcpkit: Command) -> None:
    frame = np.full((180, 320, 3), 90, np.uint8)
    write_video(tmp_path / "clip.mp4", [frame] * 4, rate=Fraction(24))
    write_secret(tmp_path / "secret.json", new_secret("test"))
    words = ["watermark", "show", str(tmp_path / "clip.mp4"), "-o", str(tmp_path / "seen")]
    code, _, err = dcpkit(*words, "--secret", tmp_path / "secret.json", "--frames", "9-12")
    assert code == 2 and "there is no frame to show" in err
    assert not (tmp_path / "seen").exists()


def test_a_package_is_shown_in_its_own_size(tmp_path: Path, dcpkit: Command, scene: Any) -> None:
    write_secret(tmp_path / "secret.json", new_secret("test"))
    words = ["watermark", "show", scene.package, "--keys", scene.keys, "--secret", tmp_path / "secret.json"]
    code, out, err = dcpkit(*words, "-o", tmp_path / "seen", "--frames", "1-2", "--json")
    assert code == 0, err
    (one,) = json.loads(out)["sources"]
    assert (one["frames"], one["stills"]) == (2, [f"{one['name']}-000001.png"])
    still = cv2.imread(str(tmp_path / "seen" / one["stills"][0]), cv2.IMREAD_UNCHANGED)
    assert still is not None and still.shape[1] in (3 * 1998, 3 * 2048)
