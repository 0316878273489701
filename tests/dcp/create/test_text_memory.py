"""Forty thousand cues and two hours of immersive sound take no more memory than a film without them may."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from immersive import frame

sys.path.insert(0, str(Path(__file__).parents[3] / "benchmarks"))

pytestmark = [pytest.mark.soak, pytest.mark.extra("text")]
LIMIT = 250 + 2 * 75
"""MB, with two workers at 2K."""


def test_forty_thousand_cues(tmp_path: Path) -> None:
    from bench_create_memory import black, srt, with_texts

    text = srt(tmp_path / "a.srt", 40_000)
    most, _ = with_texts(black(tmp_path / "black.png"), tmp_path / "out", "--subtitle", f"{text}:en")
    assert most <= LIMIT


def test_two_hours_of_immersive_sound(tmp_path: Path) -> None:
    from bench_create_memory import CREATE, immersive, peak

    source = immersive(tmp_path / "a.mxf", frame(), 2 * 3600 * 24)
    most, _ = peak("-c", CREATE, "2", "wrap", str(source), "-o", str(tmp_path / "b.mxf"), "--quiet")
    assert most <= LIMIT
