"""The watermark's speed, one core: embedding, the detector's front end, the search of all words.

Embedding takes at most five times as long as a plain copy of the frame, and the front end does at least 100
frames/s; each result says what it reached.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import cv2
import numpy as np
import pytest

from watermark.embed import Embedder, strength
from watermark.frames import Thumbnails
from watermark.observe import observe
from watermark.payload import Payload
from watermark.secret import Secret
from watermark.words import best_location, best_time

SECRET = Secret(value=bytes(range(32)))


@pytest.fixture(autouse=True)
def _one_core() -> Any:
    threads = cv2.getNumThreads()
    cv2.setNumThreads(1)
    yield
    cv2.setNumThreads(threads)


def _say(benchmark: Any, frames: int) -> None:
    if benchmark.stats is not None:
        benchmark.extra_info["frames_per_second"] = round(frames / benchmark.stats.stats.min, 1)


@pytest.mark.parametrize("kind", ["another", "in place", "white", "pair"])
@pytest.mark.parametrize(("width", "height"), [(2048, 1080), (4096, 2160)])
def test_embed(benchmark: Any, width: int, height: int, kind: str) -> None:
    """CPU time of one thread beside that of copying the frame, in turns; the medians' ratio is held to 5."""
    rng = np.random.default_rng(1)
    soft = cv2.resize(rng.random((40, 70, 3)), (width, height), interpolation=cv2.INTER_CUBIC)
    frame = np.clip(600 + 2500 * soft, 0, 4095).astype(np.uint16)
    if kind == "white":  # each sample is near the largest code, so that every gain is cut back by its pixel
        frame[:] = 4090
    mark = Embedder(SECRET, Payload(location=1, time_index=2), width=width, height=height, rate=Fraction(24))
    out, other = np.empty_like(frame), np.empty_like(frame)
    own = frame.copy()

    def work() -> None:
        if kind == "pair":
            mark.apply_pair(frame, frame, 7, (out, other))
        elif kind == "in place":
            mark.apply(own, 7, own)
        else:
            mark.apply(frame, 7, out)

    def copy() -> None:
        np.copyto(out, frame)
        if kind == "pair":
            np.copyto(other, frame)

    spent: dict[Callable[[], None], list[float]] = {work: [], copy: []}
    work()
    for _ in range(15):
        for each, times in spent.items():
            began = time.thread_time()
            each()
            times.append(time.thread_time() - began)
    times_of_a_copy = float(np.median(spent[work]) / np.median(spent[copy]))
    benchmark.extra_info["copies"] = round(times_of_a_copy, 2)
    benchmark(work)
    _say(benchmark, 1)
    assert times_of_a_copy < 5


def test_front_end(benchmark: Any) -> None:
    """Ten seconds of registered thumbnails: fit of the film, remainder, cells."""
    rng = np.random.default_rng(1)
    film = np.stack(
        [cv2.GaussianBlur(rng.random((36, 64)).astype(np.float32), (0, 0), 2) for _ in range(240)]
    )
    film = np.repeat(film[::24], 24, axis=0)
    factor = np.stack([strength(cv2.resize(picture, (256, 144)), white=1.0) for picture in film])
    reference = Thumbnails(Fraction(24), film.astype(np.float16), factor.astype(np.float16))
    noisy = (0.8 * film + rng.normal(0, 0.003, film.shape)).astype(np.float16)
    recording = Thumbnails(Fraction(24), noisy)
    path = np.arange(240, dtype=np.float64)
    benchmark.pedantic(
        observe, args=(recording, np.ones((36, 64), dtype=bool), reference, path), rounds=3, warmup_rounds=1
    )
    _say(benchmark, 240)


@pytest.mark.parametrize("positions", [1, 8])
def test_search_of_all_words(benchmark: Any, positions: int) -> None:
    rng = np.random.default_rng(1)
    location, time = rng.standard_normal((positions, 2048)), rng.standard_normal((1, 1024))

    def search() -> None:
        best_time(SECRET, best_location(SECRET, location).word, time)

    benchmark.pedantic(search, rounds=2, warmup_rounds=1)
