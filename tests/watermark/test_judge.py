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
from watermark.carrier import WORD_BLOCK, chip_mixes, chips, location_words, schedule, time_words
from watermark.judge import Searched, false_positive_probability, judge, symbols
from watermark.observation import Candidate, Observation, Place, joined, nothing_seen
from watermark.payload import Payload
from watermark.power import Carried, power
from watermark.rounding import Rounded
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
    assert by_time[0] == pytest.approx(35_136 * math.exp(-(9.0**2) / 2), rel=1e-9, abs=0)
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


def test_power_asks_for_the_score_that_the_answer_asks_for(
    secret: Secret, payload: Payload, monkeypatch: pytest.MonkeyPatch
) -> None:
    sparse(monkeypatch, payload)
    noise = candidate(secret, None)
    seen = noise.observation
    weak = Observation(seen.frames, seen.seconds, seen.cells, seen.nominal * np.float32(0.29))
    found = judge([Candidate(weak, noise.places, 0.0)] * 3, secret, secrets=2, rounds=2, threshold=1e-6)
    said = found.powers[0]
    needed = (
        math.sqrt(2 * math.log(2 * 2**19 * 3 * 2 * 2 / 1e-6)),
        math.sqrt(2 * math.log(2 * 35_136 * 2 * 2 / 1e-6)),
    )
    assert said == power((said.location_score, said.time_score), needed, said.seconds)
    assert said.seconds == pytest.approx(20)
    assert 0.001 < said.likelihood < 0.999, "a change of either bound would show"


def test_what_a_mark_would_add_is_what_a_mark_adds(secret: Secret, payload: Payload) -> None:
    pattern = chips(secret, payload).reshape(1800, 144)
    seconds = 40 + np.arange(480) / 24
    chip, neighbour, share = chip_mixes(seconds)
    cells = share[:, None] * pattern[chip] + (1 - share)[:, None] * pattern[neighbour]
    ones = np.ones((480, 144), np.float32)
    soft = symbols(Observation(np.arange(480), seconds, cells.astype(np.float32), ones), schedule(secret))
    block, row = divmod(payload.location, WORD_BLOCK)
    word = np.unpackbits(location_words(secret, block)[row]) * 2.0 - 1
    assert (soft.location * word).sum() / soft.location_nominal.sum() == pytest.approx(1, abs=0.03)


# --- silence -----


CARRIED = Carried(
    changes=95.0, energy=100.0, squares=91.0, cross=95.0, fourth=100.0, pieces=60, whole=100,
    rounded=Rounded(0.95, 0.99),
)  # fmt: skip


def answered(
    monkeypatch: pytest.MonkeyPatch,
    secret: Secret,
    payload: Payload,
    *,
    films: tuple[tuple[int, int, bool], ...] = ((100, 12, True),),
    coded: bool = False,
    threshold: float = 1e-3,
) -> Any:
    """Of a quiet recording without a mark. films: features that agree, bits, whether its small changes came
    through."""
    import watermark.observe.blind as blind
    import watermark.search as search

    quiet = candidate(secret, None).observation
    loud = quiet.nominal * np.float32(100)

    def from_film(reading: Any, owner: Secret, guesses: Any = ()) -> list[Candidate]:
        carried = CARRIED if reading.carried else None
        seen = Observation(quiet.frames, quiet.seconds, quiet.cells, loud, carried)
        return [Candidate(seen, candidate(owner, None).places, 0.0)]

    def read(recorded: Any, film: Any, **_: Any) -> Any:
        geometry = SimpleNamespace(inliers=film.inliers, matrix=np.eye(3))
        return SimpleNamespace(geometry=geometry, parts=(), carried=film.carried)

    sparse(monkeypatch, payload)
    footage = SimpleNamespace(coded=coded)
    recorded = SimpleNamespace(footage=footage, rate=Fraction(24), frames=480)
    monkeypatch.setattr(module, "look_at", lambda recording: recorded)
    monkeypatch.setattr(module, "read", read)
    monkeypatch.setattr(module, "candidates", from_film)
    monkeypatch.setattr(blind, "blind_field", lambda footage, frames: None)
    monkeypatch.setattr(search, "pilot_places", lambda field, owner: [])
    monkeypatch.setattr(search, "blind_candidates", lambda field, owner, places: [])
    known: Any = [
        SimpleNamespace(rate=Fraction(24), depth=depth, inliers=inliers, carried=carried)
        for inliers, depth, carried in films
    ]
    return module.extract(None, [secret], known, threshold=threshold)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("how", "doubts"),
    [
        ({}, []),
        ({"coded": True}, ["mark.doubt.coder"]),
        ({"films": ((59, 12, True),)}, ["mark.doubt.place"]),
        ({"films": ((100, 8, True),)}, ["mark.doubt.depth"]),
        ({"films": ((100, 12, False), (20, 12, True))}, ["mark.doubt.place"]),
        # four times what 1e-9 needs is more than 1,024 symbols can show, however long it is looked at
        ({"threshold": 1e-9}, ["mark.doubt.short"]),
    ],
)
def test_silence_clears_a_screen_only_through_every_gate(
    how: dict[str, Any], doubts: list[str], secret: Secret, payload: Payload, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = answered(monkeypatch, secret, payload, **how)
    assert not answer.found
    assert [each.id for each in answer.doubts] == doubts and answer.conclusive == (not doubts)


def test_of_several_secrets_the_surest_answers_and_the_least_sure_is_silent() -> None:
    def one(found: bool, probability: float, doubts: int = 0) -> Any:
        from watermark.extraction import Extraction

        given: dict[str, Any] = dict.fromkeys(Extraction.__dataclass_fields__)
        given |= {"found": found, "false_positive_probability": probability, "also": ()}
        return Extraction(**given | {"conclusive": found or not doubts, "doubts": (None,) * doubts})

    likely, sure = one(True, 1e-10), one(True, 1e-30)
    answer = module._answer([one(False, 1.0), likely, sure])
    assert answer.false_positive_probability == 1e-30
    assert [each.false_positive_probability for each in answer.also] == [1e-10]
    assert module._answer([one(False, 0.1), one(False, 0.2, doubts=2)]).conclusive is False
