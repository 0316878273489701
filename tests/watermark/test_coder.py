"""What a coder let through of changes as small as a mark: repeated blocks, noise, flicker, shake, motion."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import numpy as np
import pytest
from numpy.typing import NDArray

from watermark.coder import Looks, block_changes, kept, sent
from watermark.frames import Footage, Thumbnails
from watermark.observe import observe
from watermark.recorded import look_at
from watermark.visibility import AMPLITUDE, CODE_GAMMA

Floats = NDArray[np.float32]
RNG = np.random.default_rng(1)
TEXTURE = (0.4 + 0.05 * RNG.standard_normal((360, 640))).astype(np.float32)
FLAT = np.full((36, 64), 0.4, np.float32)
ONES = np.ones((36, 64), np.float32)


def noise() -> Floats:
    """Of a camera, rms of two codes of 8 bits."""
    return (2 / 255 * RNG.standard_normal(TEXTURE.shape)).astype(np.float32)


def share(before: Floats, after: Floats, *, film: Floats = FLAT) -> float:
    """Kept of a mark, on the average, in one look."""
    changes = block_changes(before, after).astype(np.float16)[None]
    looks = Looks(np.array([0]), np.array([4]), changes)
    return float(kept(sent(looks, (FLAT[None], film[None]), ONES[None]), looks, 2.0, 24.0).mean())


def test_noise_is_sent_and_repeated_blocks_are_not() -> None:
    grey = np.full(TEXTURE.shape, 0.4, np.float32)
    assert share(grey + noise(), grey + noise()) > 0.5
    assert share(grey, grey) == share(TEXTURE, TEXTURE) == 0
    half = grey.copy()
    half[:, 320:] += noise()[:, 320:]
    assert 0.2 < share(grey, half) < 0.55, "tile by tile"


@pytest.mark.parametrize(
    "change",
    [lambda p: p * np.float32(1.03), lambda p: p + np.float32(0.2) * (np.roll(p, 1, 1) - p)],
    ids=["flicker", "shake"],
)
def test_what_the_whole_picture_does_shows_nothing(change: Callable[[Floats], Floats]) -> None:
    y, x = np.mgrid[0:360, 0:640].astype(np.float32)
    smooth = (0.4 + 0.1 * np.sin(x / 15) * np.sin(y / 15)).astype(np.float32)
    assert share(smooth, change(smooth)) < 0.02


def test_where_the_film_moves_nothing_is_counted_on() -> None:
    grey = np.full(TEXTURE.shape, 0.4, np.float32)
    assert share(grey + noise(), grey + noise(), film=FLAT * np.float32(1.02)) == 0


def test_less_than_a_quarter_of_a_marks_step_was_not_sent_and_other_moments_do_not_count() -> None:
    step = 1.5 * AMPLITUDE / CODE_GAMMA
    changes = np.zeros((2, 36, 64), np.float16)
    changes[0], changes[1] = 0.2 * step, 0.3 * step
    looks = Looks(np.array([0, 240]), np.array([4, 244]), changes)
    through = sent(looks, (np.stack([FLAT] * 2), np.stack([FLAT] * 2)), np.stack([ONES] * 2))
    assert kept(through, looks, 2.0, 24.0).max() == 0
    assert kept(through, looks, 242.0, 24.0).min() == 1
    assert kept(through, looks, 120.0, 24.0).max() == 0, "nothing was looked at about there"


def test_looks_follow_the_geometry_and_the_part() -> None:
    changes = np.zeros((3, 36, 64), np.float16)
    changes[:, 0, 0] = 1
    looks = Looks(np.array([0, 12, 24]), np.array([4, 16, 28]), changes)
    mirrored = looks.through(np.array([[-1, 0, 1.0], [0, 1, 0], [0, 0, 1]]))
    assert (mirrored.changes[:, 0, 63] == 1).all() and mirrored.changes.sum() == 3
    assert (looks.through(np.eye(3)).changes == changes).all()
    part = looks.part(10, 28)
    assert part.first.tolist() == [2] and part.second.tolist() == [6], "the last look ends outside"
    none = looks.part(100, 200)
    nowhere = sent(none, (FLAT[None][:0], FLAT[None][:0]), ONES[None][:0])
    assert kept(nowhere, none, 3.0, 24.0).sum() == 0


def test_a_recording_is_looked_at_twice_a_second_unless_it_was_never_coded() -> None:
    frames = [TEXTURE + noise() for _ in range(30)]
    seen = look_at(Footage(Fraction(24), lambda: iter(frames), "luminance"))
    assert seen.looks is not None
    assert seen.looks.first.tolist() == [0, 12, 24] and seen.looks.second.tolist() == [4, 16, 28]
    assert look_at(Footage(Fraction(24), lambda: iter(frames), "luminance", coded=False)).looks is None


def test_nothing_of_a_mark_is_expected_where_a_coder_repeated() -> None:
    film = (0.4 + 0.001 * RNG.standard_normal((48, 36, 64))).astype(np.float16)
    small = Thumbnails(Fraction(24), film)
    reference = Thumbnails(Fraction(24), film, np.ones_like(film))
    shown, path = np.ones((36, 64), dtype=bool), np.arange(48.0)
    path[40:] = np.nan
    changes = np.zeros((4, 36, 64), np.float16)
    changes[:, :, 32:] = 0.01
    looks = Looks(np.arange(0, 48, 12), np.arange(4, 52, 12), changes)
    whole = observe(small, shown, reference, path)
    part = observe(small, shown, reference, path, looks)
    assert (part.cells == whole.cells).all(), "what is read stays"
    by_column = part.nominal.reshape(-1, 9, 16)
    assert whole.nominal.min() > 0 and by_column[:, :, :7].max() == 0 and by_column[:, :, 9:].max() > 0
