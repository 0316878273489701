"""Decoding held against the conformance codestreams of ISO/IEC 15444-4 and their reference pictures."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from dcp.errors import CodestreamError
from dcp.picture.codec import codec_by_name

CODEC = codec_by_name()

CLASS_1 = {
    "p0_01": (("0", 0, 0.0),),
    "p0_09": (("0", 0, 0.0),),
    "p0_11": (("0", 0, 0.0),),
    "p1_01": (("0", 0, 0.0),),
    "p1_05": (("0", 40, 8.458), ("1", 40, 9.816), ("2", 40, 10.154)),
}
"""Component, greatest difference, mean square difference (tables C.6 and C.7)."""

REVERSIBLE = ("a1_mono", "a2_colr", "a3_mono", "a5_mono", "b1_mono", "b3_mono", "c1_mono", "c2_mono",
              "d1_colr", "d2_colr")  # fmt: skip


def conformance(corpus: Path, name: str) -> bytes:
    (file,) = (corpus / "openjpeg-data" / "input" / "conformance").glob(f"{name}.j2[ck]")
    return file.read_bytes()


def pgx(file: Path) -> NDArray[np.uint8]:
    """An unsigned 8-bit PGX plane: `PG ML +8 width height`, then the samples."""
    head, _, samples = file.read_bytes().partition(b"\n")
    *_, width, height = head.split()
    return np.frombuffer(samples, np.uint8).reshape(int(height), int(width))


@pytest.mark.parametrize("name", list(CLASS_1))
def test_class_1_pictures_are_within_their_tolerance(corpus: Path, name: str) -> None:
    found = CODEC.decode(conformance(corpus, name))
    for component, peak, mean_square in CLASS_1[name]:
        reference = corpus / "openjpeg-data" / "baseline" / "conformance" / f"c1{name}_{component}.pgx"
        wanted = pgx(reference).astype(int)
        difference = np.abs(found[:, :, int(component)].astype(int) - wanted)
        assert difference.max() <= peak
        assert np.mean(difference**2) <= mean_square


@pytest.mark.parametrize("name", REVERSIBLE)
def test_reversible_pictures_come_back_exactly(corpus: Path, name: str) -> None:
    found = CODEC.decode(conformance(corpus, name))
    file = corpus / "openjpeg-data" / "baseline" / "conformance" / f"{name}.ppm"
    wanted = cv2.imread(str(file), cv2.IMREAD_UNCHANGED)
    assert wanted is not None
    wanted = wanted[:, :, None] if wanted.ndim == 2 else wanted[:, :, ::-1]
    assert np.array_equal(found, wanted)


@pytest.mark.parametrize(
    ("name", "message"),
    [("p0_03", "signed samples"), ("p0_13", "257 components"), ("p1_07", "different sizes")],
)
def test_pictures_that_no_cinema_has_are_refused(corpus: Path, name: str, message: str) -> None:
    with pytest.raises(CodestreamError, match=message):
        CODEC.decode(conformance(corpus, name))
