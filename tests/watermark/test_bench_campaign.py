"""The long campaigns of the bench, by `make soak`: they stop and go on.

DCPKIT_BENCH names the folder of their results (else pytest's cache), DCPKIT_BENCH_SEED the seed, which is
chosen when the code is done, DCPKIT_BENCH_SLICE how many trials more one run makes: the rest comes with the
next. A campaign that is not yet whole is skipped by name, and its results so far are judged.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dcpkit.benching import run_bench, write_report
from watermark.bench.running import ROWS
from watermark.bench.statistics import expected_tails, tails
from watermark.carrier import LOCATION_SYMBOLS, WORD_BLOCK, location_words
from watermark.payload import LOCATIONS
from watermark.secret import Secret
from watermark.words import scores

pytestmark = pytest.mark.soak

STRATA = Path(__file__).parents[2] / "benchmarks" / "strata.csv"
SEED = int(os.environ.get("DCPKIT_BENCH_SEED", "19"))
EXCERPTS, INNOCENTS, WORDS = 200, 1000, 10**8


@pytest.fixture
def room(request: pytest.FixtureRequest) -> Path:
    named = os.environ.get("DCPKIT_BENCH")
    return Path(named) if named else Path(request.config.cache.mkdir("watermark-bench"))  # type: ignore[union-attr]


def campaign(name: str, room: Path, footage: Path, most: int, **settings: Any) -> dict[str, Any]:
    """As much of it as this run shall make, and what all rows say so far."""
    folder = room / f"{name}-{SEED}"
    path = folder / ROWS
    done = len(path.read_bytes().splitlines()) if path.exists() else 0
    count = min(most, done + int(os.environ.get("DCPKIT_BENCH_SLICE", str(most))))
    found = run_bench(footage, SEED, range(count), table=STRATA, folder=folder, **settings)
    write_report(folder / "report.md", found, "en")
    for mode, said in found["modes"].items():
        assert said["false"]["accused"] == 0, mode
        assert said["conclusive"]["marked_called_unmarked"] == 0, mode
    return found


def test_two_hundred_excerpts_are_read_with_the_film_and_without(footage: Path, room: Path) -> None:
    found = campaign("excerpts", room, footage, EXCERPTS, modes=("informed", "blind"), which="marked")
    if found["trials"] < EXCERPTS:
        pytest.skip(f"{found['trials']} of {EXCERPTS} excerpts so far: {room}")


def test_a_thousand_innocent_recordings_are_not_accused(footage: Path, room: Path) -> None:
    found = campaign(
        "innocents", room, footage, INNOCENTS, modes=("informed", "blind"), which="innocent", seconds=(8, 20)
    )
    if found["trials"] < INNOCENTS:
        pytest.skip(f"{found['trials']} of {INNOCENTS} recordings so far: {room}")
    for said in found["modes"].values():
        assert said["uniformity"] is None or said["uniformity"]["chance"] > 1e-3


def test_a_hundred_million_wrong_words_keep_within_the_bound() -> None:
    """Soft symbols of every kind of content: even, with a heavy tail, with a few that outweigh all others."""
    rng = np.random.default_rng(SEED)
    kinds = np.stack(
        [
            rng.standard_normal(LOCATION_SYMBOLS),
            rng.standard_t(2, LOCATION_SYMBOLS),
            np.exp(2 * rng.standard_normal(LOCATION_SYMBOLS)),
            np.where(np.arange(LOCATION_SYMBOLS) < 20, 50.0, 1.0),
        ]
    )
    found, count = np.zeros((len(kinds), len(expected_tails(1))), np.int64), 0
    number = 0
    while count * len(kinds) < WORDS:
        secret = Secret(bytes(rng.bytes(32)))
        for block in range(LOCATIONS // WORD_BLOCK):
            all_scores = scores(kinds, location_words(secret, block))
            found += np.stack([tails(each) for each in all_scores.T])
            count += len(all_scores)
        number += 1
    for each in found:
        for above, (tail, _, bound) in zip(each, expected_tails(count), strict=True):
            assert above <= bound + 5 * bound**0.5, tail
    even = found[0]
    for above, (_, normal, _) in zip(even, expected_tails(count), strict=True):
        assert normal < 20 or abs(above - normal) < 5 * normal**0.5
