"""Reading without the film, on fields that are made: what was put in has to come out of the pilots alone."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from numpy.typing import NDArray

from watermark import search as searching
from watermark.carrier import CELLS, chip_mixes, chips, schedule
from watermark.lines import Frame, Line, cells_of, frames_searched, search
from watermark.observe.blind import FIELD_COLUMNS, FIELD_ROWS, BlindField
from watermark.payload import Payload
from watermark.pilots import pilots, shape
from watermark.refining import agreement, refine, standing
from watermark.search import blind_candidates, pilot_places
from watermark.secret import Secret

FEW = [Frame(0, 0, 1, 1), Frame(-0.05, -0.05, 0.95, 0.95), Frame(0.08, 0.08, 0.92, 0.92)]
STRAIGHT = np.eye(3)
SPAN = 150.0


def made(
    secret: Secret,
    payload: Payload,
    pieces: list[tuple[float, float]],
    *,
    speed: float = 1.0,
    matrix: NDArray[np.float64] = STRAIGHT,
    noise: float = 6.0,
    mark: float = 1.0,
    rate: int = 20,
) -> BlindField:
    """A field of white noise and a mark. pieces: (seconds of recording, composition at the piece's begin)."""
    rng = np.random.default_rng(7)
    pattern = chips(secret, payload).reshape(-1, CELLS)
    there = np.concatenate([start + speed * (np.arange(int(s * rate)) + 0.5) / rate for s, start in pieces])
    chip, neighbour, share = chip_mixes(there)
    carried = share[:, None] * pattern[chip] + (1 - share)[:, None] * pattern[neighbour]
    points = FIELD_ROWS * FIELD_COLUMNS
    spreading = cells_of(np.eye(points, dtype=np.float32), matrix, shape())
    values = mark * carried @ spreading.T + rng.normal(0, noise, (len(there), points))
    shaped = (-1, FIELD_ROWS, FIELD_COLUMNS)
    return BlindField(
        rate=Fraction(rate),
        frames=np.arange(len(there)),
        seconds=(np.arange(len(there)) + 0.5) / rate,
        values=values.reshape(shaped).astype(np.float16),
        nominal=np.full((1, FIELD_ROWS, FIELD_COLUMNS), mark, np.float16),
        block=np.zeros(len(there), dtype=np.int64),
        pieces=((0, len(there)),),
    )


def found(field: BlindField, secret: Secret) -> list[Line]:
    deal, carrier = schedule(secret), shape()
    signals = pilots(deal)
    lines = search(field, (0, len(field)), signals, carrier, FEW)
    return refine(field, lines[:4], signals, deal, carrier)


def off(line: Line, start: float, speed: float) -> float:
    """Seconds between where the line's middle lies and where it should."""
    wrong = float(line.middle - start - speed * line.at)
    return abs((wrong + SPAN) % (2 * SPAN) - SPAN)


@pytest.mark.parametrize(
    ("start", "speed", "mirrored"),
    [(12.3, 1.0, False), (297.0, 25 / 24, True), (120.0, 0.913, False), (60.0, 1.087, True)],
)
def test_time_speed_and_mirror_come_back(
    secret: Secret, payload: Payload, start: float, speed: float, mirrored: bool
) -> None:
    matrix = np.array([[-1.0, 0, 1], [0, 1, 0], [0, 0, 1]]) if mirrored else STRAIGHT
    field = made(secret, payload, [(9.0, start)], speed=speed, matrix=matrix)
    best = found(field, secret)[0]
    assert off(best, start, speed) < 0.03
    assert abs(best.speed - speed) < 0.003 and best.mirrored == mirrored


def test_a_crooked_geometry_comes_back(secret: Secret, payload: Payload) -> None:
    matrix = np.array([[0.93, -0.05, 0.05], [0.04, 0.92, 0.02], [0.04, -0.05, 1.0]])
    best = found(made(secret, payload, [(10.0, 33.0)], matrix=matrix, noise=3.0), secret)[0]
    corners = np.array([[0, 0, 1], [1, 0, 1], [1, 1, 1], [0, 1, 1.0]])
    seen, true = (corners @ each.T for each in (best.matrix, matrix))
    assert np.abs(seen[:, :2] / seen[:, 2:] - true[:, :2] / true[:, 2:]).max() < 0.035


def test_symbols_agree_at_the_right_place_only(secret: Secret, payload: Payload) -> None:
    field = made(secret, payload, [(12.0, 80.0)])
    line = Line((0, len(field)), 6.0, 86.0, 1.0, STRAIGHT, 0.0)
    cells = cells_of(field.values.reshape(len(field), -1).astype(np.float32), STRAIGHT, shape())
    deal = schedule(secret)
    assert agreement(deal, line.seconds(field.seconds), cells) > 6
    assert abs(agreement(deal, replace(line, middle=99.0).seconds(field.seconds), cells)) < 4


def test_a_stranger_or_no_mark_stands_out_nowhere(secret: Secret, payload: Payload) -> None:
    stranger = Secret(value=b"s" * 32)
    for field, whose in (
        (made(secret, payload, [(9.0, 5.0)]), stranger),
        (made(secret, payload, [(9.0, 5.0)], mark=0.0), secret),
    ):
        assert standing(found(field, whose)[0]) < 55


def test_pieces_of_a_recording_that_was_cut_are_each_found(
    secret: Secret, payload: Payload, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(searching, "frames_searched", lambda: (FEW,))
    field = made(secret, payload, [(9.0, 200.0), (8.0, 40.0), (10.0, 111.0)], noise=3.0)
    places = pilot_places(field, secret)
    (first, *_) = blind_candidates(field, secret, places)
    starts = sorted((place.first, round(place.start + place.first / 20)) for place in first.places)
    assert [start for _, start in starts] == [200, 40, 111]
    assert [abs(at - cut) <= 20 for (at, _), cut in zip(starts, (0, 180, 340), strict=True)] == [True] * 3
    seen = first.observation
    assert len(seen.frames) > 0.95 * len(field) and (np.diff(seen.frames) > 0).all()
    assert (seen.nominal >= 0).all() and seen.nominal.mean() > 0


def test_what_is_searched_covers_crops_and_letterboxes() -> None:
    near, usual, wide = frames_searched()
    assert len({*near, *usual, *wide}) == len(near) + len(usual) + len(wide) > 400
    assert any(frame.right - frame.left > 1.9 and frame.bottom - frame.top > 1.9 for frame in wide)
    assert any(frame.bottom - frame.top < 0.65 and frame.right - frame.left == 1 for frame in wide)


def test_too_short_a_field_has_no_place(secret: Secret, payload: Payload) -> None:
    field = made(secret, payload, [(1.0, 5.0)])
    assert pilot_places(field, secret) == [] and blind_candidates(field, secret, []) == []
