"""From a recording alone to the payload; and what the blind front end makes of recordings of all kinds."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from dcp.errors import SourceError
from watermark import attack
from watermark.frames import Footage
from watermark.judge import judge
from watermark.observe import blind
from watermark.observe.blind import blind_field
from watermark.payload import Payload
from watermark.search import blind_candidates, pilot_places
from watermark.secret import Secret

CAMERA = attack.Camcorder(width=320, height=180, keystone=0.03, noise=1.5, blur=0.6)


def test_a_filmed_mark_is_read_without_the_film(film: Any, secret: Secret, payload: Payload) -> None:
    clip = attack.camcorder(attack.Clip(film.shown(secret, payload, stop=132), film.rate), 4, camera=CAMERA)
    field = blind_field(Footage(clip.rate, lambda: clip.frames))
    candidates = blind_candidates(field, secret, pilot_places(field, secret))
    finding = judge(candidates, secret)
    assert finding.found and finding.payload == payload
    (place,) = candidates[0].places
    assert min(place.start, 300 - place.start) < 0.1 and abs(place.speed - 1) < 0.002
    assert (place.first, place.last) == (0, 132) and not place.mirrored


def still(frames: int, *, rate: int = 24) -> tuple[Footage, list[int]]:
    """A grey recording, and a list that tells how many frames were walked."""
    walked = [0]

    def walk() -> Iterator[NDArray[np.uint8]]:
        for _ in range(frames):
            walked[0] += 1
            yield np.full((36, 64), 90, dtype=np.uint8)

    return Footage(Fraction(rate), walk, "luminance"), walked


@pytest.mark.parametrize(("rate", "rows"), [(24, 48), (30, 60), (50, 50), (60, 60), (120, 48), (10, 20)])
def test_frames_of_a_fast_recording_are_joined(rate: int, rows: int) -> None:
    field = blind_field(still(2 * rate, rate=rate)[0])
    assert len(field) == rows and field.pieces == ((0, rows),)
    assert np.allclose(np.diff(field.seconds), 2 / rows)
    assert np.isfinite(field.values.astype(float)).all() and (field.nominal >= 0).all()


@pytest.mark.parametrize("frames", [1, 4, 5, 9])
def test_a_recording_of_some_frames_gives_a_small_field_or_none(frames: int) -> None:
    assert len(blind_field(still(frames)[0])) in (0, frames)


def test_an_empty_recording_is_refused() -> None:
    with pytest.raises(SourceError, match="no frame"):
        blind_field(still(0)[0])


def test_a_long_recording_is_looked_at_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blind, "PIECE_SECONDS", 0.5)
    monkeypatch.setattr(blind, "MAX_PIECES", 3)
    footage, walked = still(200)
    field = blind_field(footage, frames=200)
    assert field.pieces == ((0, 12), (12, 24), (24, 36))
    assert [int(field.frames[first]) for first, _ in field.pieces] == [0, 94, 188]
    walked[0] = 0
    assert len(blind_field(footage)) == 36 and walked[0] == 37, "of unknown length: its beginning"


def test_beside_what_is_large_nothing_comes_out_below_nothing() -> None:
    """Running sums leave a trace of what they have passed, and a root of less than nothing is no number."""
    rng = np.random.default_rng(0)
    large = np.exp(rng.normal(0, 6, (200, 36, 64)))
    worth = np.where(rng.random(large.shape) < 0.3, large, 0).astype(np.float32)
    still = np.zeros((4, 36, 64), np.float32)
    with np.errstate(invalid="raise"):
        for each in worth:
            factor, drawn = blind._evened(still, each, np.zeros_like(each))
            assert np.isfinite(factor).all() and (drawn >= 0).all()
