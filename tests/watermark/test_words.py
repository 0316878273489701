from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from watermark.carrier import LOCATION_SYMBOLS, TIME_SYMBOLS, WORD_BLOCK, location_words, time_words
from watermark.payload import LOCATIONS, TIME_STEPS
from watermark.secret import Secret
from watermark.words import best_location, best_time, chance, scores


def test_scores_are_normalised_products(secret: Secret) -> None:
    rng = np.random.default_rng(1)
    symbols = rng.standard_normal((11, LOCATION_SYMBOLS)) * rng.uniform(0.1, 9, (11, 1))
    words = location_words(secret, 3)
    signs = np.unpackbits(words, axis=1) * 2.0 - 1
    expected = signs @ symbols.T / np.sqrt((symbols**2).sum(axis=1))
    assert np.abs(scores(symbols, words) - expected).max() < 1e-4


def test_the_planted_words_are_found_among_all(secret: Secret) -> None:
    rng = np.random.default_rng(2)
    location, time_index = 123_457, TIME_STEPS - 1
    symbols = rng.standard_normal((9, LOCATION_SYMBOLS))
    symbols[6] += 0.3 * (
        np.unpackbits(location_words(secret, location // WORD_BLOCK)[location % WORD_BLOCK]) * 2.0 - 1
    )
    best = best_location(secret, symbols)
    assert (best.row, best.word) == (6, location)
    assert 10 < best.score < 17 and 4 < best.runner_up < 7
    word = time_words(secret, location, time_index // WORD_BLOCK)[time_index % WORD_BLOCK]
    symbols = rng.standard_normal((1, TIME_SYMBOLS)) + 0.4 * (np.unpackbits(word) * 2.0 - 1)
    found = best_time(secret, location, symbols)
    assert (found.row, found.word) == (0, time_index)
    assert best_time(secret, location + 1, symbols).word != time_index


def test_only_words_in_use_are_scored_and_the_next_best_is_told_wherever_it_stands(secret: Secret) -> None:
    def word(index: int) -> np.ndarray:
        return np.unpackbits(time_words(secret, 7, index // WORD_BLOCK)[index % WORD_BLOCK]) * 2.0 - 1

    assert TIME_STEPS % WORD_BLOCK, "the last block has words that no time has"
    assert best_time(secret, 7, word(TIME_STEPS + 3)[None]).word < TIME_STEPS
    for better, next_best in ((5, 20_000), (20_000, 5)):
        found = best_time(secret, 7, (2 * word(better) + word(next_best))[None])
        assert found.word == better
        assert found.runner_up == pytest.approx(
            float(
                scores(
                    (2 * word(better) + word(next_best))[None], time_words(secret, 7, next_best // WORD_BLOCK)
                ).max()
            )
        )


def test_nothing_observed_scores_nothing(secret: Secret) -> None:
    best = best_time(secret, 0, np.zeros((2, TIME_SYMBOLS)))
    assert best.score == 0 and chance(best.score, TIME_STEPS) == 1


def test_the_bound_is_hoeffdings_and_counts_hypotheses() -> None:
    assert chance(9.0, 1) == pytest.approx(math.exp(-40.5), rel=1e-9, abs=0)
    assert chance(9.0, 1000) == pytest.approx(1000 * math.exp(-40.5), rel=1e-9, abs=0)
    assert chance(8.24, LOCATIONS) < 1e-9 < chance(8.22, LOCATIONS)
    assert chance(60.0, LOCATIONS) >= 0.0
    assert chance(-3.0, 1) == chance(1.0, LOCATIONS) == 1.0


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**32 - 1), st.sampled_from(["normal", "cauchy", "few"]))
def test_wrong_words_stay_below_the_bound_for_any_content(seed: int, kind: str) -> None:
    rng = np.random.default_rng(seed)
    if kind == "normal":
        symbols = rng.standard_normal(LOCATION_SYMBOLS)
    elif kind == "cauchy":
        symbols = rng.standard_cauchy(LOCATION_SYMBOLS)
    else:
        symbols = np.zeros(LOCATION_SYMBOLS)
        symbols[rng.integers(0, LOCATION_SYMBOLS, 5)] = 1
    wrong = Secret(value=rng.bytes(32))
    values = scores(symbols[None], location_words(wrong, int(rng.integers(2048))))[:, 0]
    for level in (2.0, 3.0, 4.0):
        # Of 256 scores, no more than the bound allows by far.
        assert (values > level).sum() <= 256 * math.exp(-(level**2) / 2) + 12
