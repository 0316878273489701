"""Points of a picture that are found again in a recording of it: SIFT, a bounded number, as plain arrays."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from dcp.dataclass import dataclass
from watermark.frames import Floats

KEY_WIDTH = 640
"""Pictures are that wide where features are looked for."""
MAX_FEATURES = 500


@dataclass(frozen=True)
class Features:
    """points: (n, 2) in the picture's unit square, x before y; descriptors: (n, 128) uint8."""

    points: NDArray[np.float64]
    descriptors: NDArray[np.uint8]


def features_of(luminance: Floats) -> Features:
    """The strongest features of a picture; a dark or flat one is stretched to its own contrast first."""
    low, high = np.percentile(luminance, (0.5, 99.5))
    scaled = np.clip((luminance - low) * (255 / max(float(high - low), 1e-6)), 0, 255).astype(np.uint8)
    sift = cv2.SIFT_create(nfeatures=MAX_FEATURES, contrastThreshold=0.02)  # type: ignore[attr-defined]
    points, found = sift.detectAndCompute(scaled, None)
    if found is None or not len(points):
        return Features(np.zeros((0, 2)), np.zeros((0, 128), np.uint8))
    height, width = luminance.shape
    places = (np.array([point.pt for point in points]) + 0.5) / [width, height]
    return Features(places[:MAX_FEATURES], np.asarray(found[:MAX_FEATURES], dtype=np.uint8))


def matched(film: Features, seen: Features) -> NDArray[np.float64]:
    """Points that look alike: rows of film x, y, recording x, y."""
    if len(film.points) < 2 or len(seen.points) < 2:
        return np.zeros((0, 4))
    matcher = cv2.BFMatcher(cv2.NORM_L2)
    pairs = matcher.knnMatch(film.descriptors.astype(np.float32), seen.descriptors.astype(np.float32), k=2)
    chosen = [
        (pair[0].queryIdx, pair[0].trainIdx)
        for pair in pairs
        if len(pair) == 2 and pair[0].distance < 0.75 * pair[1].distance
    ]
    if not chosen:
        return np.zeros((0, 4))
    rows = np.array(chosen)
    return np.concatenate([film.points[rows[:, 0]], seen.points[rows[:, 1]]], axis=1)
