"""Everything that is scored is counted: candidates, secrets, rounds, words."""

from __future__ import annotations

import math
from fractions import Fraction
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from watermark import extract as module
from watermark import judge as judging
from watermark.carrier import WORD_BLOCK, chip_mixes, chips, location_words, time_words
from watermark.judge import Searched, false_positive_probability, judge
from watermark.observation import Candidate, Observation, Place, joined, nothing_seen
from watermark.payload import Payload
from watermark.secret import Secret
from watermark.words import Best, scores

OTHER = Secret(value=b"other operator's secret".ljust(32, b"."), operator="Other")


def candidate(
    secret: Secret, payload: Payload | None, *, start: float = 40.0, frames: int = 480, seed: int = 1
) -> Candidate:
    """Twenty seconds at 24 frames a second, of the mark and of three times as much noise."""
    rng = np.random.default_rng(seed)
    seconds = start + np.arange(frames) / 24
    cells = 3 * rng.standard_normal((frames, 144))
    if payload is not None:
        pattern = chips(secret, payload).reshape(1800, 144)
        chip, neighbour, share = chip_mixes(seconds)
        cells += share[:, None] * pattern[chip] + (1 - share)[:, None] * pattern[neighbour]
    seen = Observation(
        np.arange(frames), seconds, cells.astype(np.float32), np.ones((frames, 144), np.float32)
    )
    place = Place(0, frames, start, 1.0, np.eye(3), False, 0.0, "film", 0.9)
    return Candidate(seen, (place,), 0.0)


def sparse(monkeypatch: pytest.MonkeyPatch, payload: Payload) -> None:
    """Only the words near the payload are scored, which takes a thousandth of the time."""

    def location(owner: Secret, symbols: Any) -> Best:
        return _best(location_words(owner, payload.location // WORD_BLOCK), symbols, payload.location)

    def time(owner: Secret, place: int, symbols: Any) -> Best:
        return _best(time_words(owner, place, payload.time_index // WORD_BLOCK), symbols, payload.time_index)

    monkeypatch.setattr(judging, "best_location", location)
    monkeypatch.setattr(judging, "best_time", time)


def _best(words: Any, symbols: Any, near: int) -> Best:
    table = scores(symbols, words)
    word, row = np.unravel_index(int(table.argmax()), table.shape)
    first = near // WORD_BLOCK * WORD_BLOCK
    return Best(int(row), first + int(word), float(table.max()), float(np.sort(table, axis=None)[-2]))


def test_pieces_add(secret: Secret, payload: Payload, monkeypatch: pytest.MonkeyPatch) -> None:
    sparse(monkeypatch, payload)
    whole = candidate(secret, payload)
    seen = whole.observation
    halves = [
        Observation(seen.frames[part], seen.seconds[part], seen.cells[part], seen.nominal[part])
        for part in (slice(240, 480), slice(240))
    ]
    again = joined(halves)
    assert (again.frames == seen.frames).all() and (again.cells == seen.cells).all()
    one, other = (judge([each], secret) for each in (whole, Candidate(again, whole.places, 0.0)))
    assert one.found and one.payload == payload and one.location_score == other.location_score
    assert joined([]).frames.size == nothing_seen().frames.size == 0


def test_a_mark_is_found_among_candidates_and_each_of_them_is_counted(
    secret: Secret, payload: Payload, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every (candidate, word) that reaches the scorer is counted, and no bound is smaller than their number
    allows."""
    scored: list[int] = []
    real = judging.best_location

    def counting(owner: Secret, symbols: Any) -> Any:
        scored.append(len(symbols))
        return real(owner, symbols)

    monkeypatch.setattr(judging, "best_location", counting)
    candidates = [
        candidate(secret, None, seed=2),
        candidate(secret, payload),
        candidate(secret, None, seed=3),
    ]
    found = judge(candidates, secret, films=2, secrets=5, rounds=2)
    assert found.found and found.payload == payload and found.chosen == 1
    assert scored == [3] and found.searched.positions == 3
    tried = sum(scored) * 2**19 * 5 * 2
    least = min(1.0, tried * math.exp(-(found.location_score**2) / 2))
    assert found.probability is not None and found.probability >= least
    assert found.searched.chances == 30
    assert found.probability == false_positive_probability(
        found.location_score, found.time_score, found.searched
    )


def test_nothing_to_score_has_no_probability(
    secret: Secret, payload: Payload, monkeypatch: pytest.MonkeyPatch
) -> None:
    sparse(monkeypatch, payload)
    found = judge([], secret)
    assert not found.found and found.probability is None and found.payload is None
    empty = Candidate(nothing_seen(), (), 0.0)
    assert judge([empty], secret).probability == 1.0


def test_secrets_and_rounds_weigh_as_much_as_places() -> None:
    one = Searched(2**19, 35_136, 12, 1)
    many = Searched(2**19, 35_136, 2, 1, secrets=3, films=7, rounds=2)
    by_location = [false_positive_probability(9.0, 40.0, each) for each in (one, many)]
    assert by_location[0] == pytest.approx(by_location[1])
    by_time = [false_positive_probability(40.0, 9.0, each) for each in (one, many)]
    assert by_time[1] == pytest.approx(6 * by_time[0]), "films are counted by their candidates"


@pytest.mark.parametrize("marked", [True, False])
def test_the_whole_run_counts_what_every_round_scored(
    secret: Secret, payload: Payload, monkeypatch: pytest.MonkeyPatch, marked: bool
) -> None:
    """Two secrets, two films, and a second round of which the first knows: places times films times secrets
    times words, as they were scored."""
    import watermark.observe.blind as blind
    import watermark.search as search

    scored: dict[str, list[int]] = {secret.operator: [], OTHER.operator: []}
    sparse(monkeypatch, payload)
    real = judging.best_location

    def counting(owner: Secret, symbols: Any) -> Any:
        scored[owner.operator].append(len(symbols))
        return real(owner, symbols)

    def read(recorded: Any, film: Any, **_: Any) -> Any:
        return SimpleNamespace(geometry=SimpleNamespace(inliers=0, matrix=np.eye(3)), parts=(), film=film)

    def from_film(reading: Any, owner: Secret, guesses: Any = ()) -> list[Candidate]:
        return [candidate(owner, None, seed=n) for n in range(2 + 2 * bool(guesses))]

    def from_field(field: Any, owner: Secret, places: Any) -> list[Candidate]:
        return [candidate(owner, payload if marked and owner is secret else None, seed=9)]

    monkeypatch.setattr(judging, "best_location", counting)
    monkeypatch.setattr(
        module,
        "look_at",
        lambda recording: SimpleNamespace(
            footage=SimpleNamespace(coded=False), rate=Fraction(24), frames=480
        ),
    )
    monkeypatch.setattr(module, "read", read)
    monkeypatch.setattr(module, "candidates", from_film)
    monkeypatch.setattr(blind, "blind_field", lambda footage, frames: None)
    monkeypatch.setattr(search, "pilot_places", lambda field, owner: [object()])
    monkeypatch.setattr(search, "blind_candidates", from_field)
    film: Any = SimpleNamespace(rate=Fraction(24), depth=12)
    answer = module.extract(None, [OTHER, secret], [film, film])  # type: ignore[arg-type]
    assert scored == {secret.operator: [4, 9], OTHER.operator: [4, 9]}, "two a film; then four, and one blind"
    searched = answer.searched
    assert (searched.positions, searched.secrets, searched.films, searched.rounds) == (9, 2, 2, 2)
    most = max(sum(each) for each in scored.values())
    assert searched.chances >= most * 2, "of all secrets, and of what the first round scored"
    assert answer.found == marked and answer.payload == (payload if marked else None)
    assert (answer.mode, answer.secret) == (("blind", 1) if marked else (answer.mode, answer.secret))
    if not marked:
        assert not answer.conclusive and answer.doubts
