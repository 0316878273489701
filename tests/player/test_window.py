"""Order, bound and failure of the one scheduler."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterator

import pytest

from dcp.system import cores
from player.window import map_in_order


def test_results_come_in_order_whatever_the_threads_do() -> None:
    dice = random.Random(7)
    naps = [dice.random() * 0.004 for _ in range(60)]

    def work(index: int) -> int:
        time.sleep(naps[index])
        return index

    assert list(map_in_order(work, range(60), workers=5)) == list(range(60))


def test_no_more_than_the_window_is_drawn_ahead() -> None:
    drawn = 0

    def items() -> Iterator[int]:
        nonlocal drawn
        for index in range(40):
            drawn += 1
            yield index

    for yielded, _ in enumerate(map_in_order(lambda item: item, items(), workers=3, window=4)):
        assert drawn - yielded <= 4


def test_a_failure_comes_out_in_its_place_and_the_rest_is_dropped() -> None:
    begun = []

    def work(index: int) -> int:
        begun.append(index)
        if index == 3:
            raise KeyError(index)
        return index

    results = map_in_order(work, range(100), workers=2)
    got = []
    with pytest.raises(KeyError):
        got.extend(iter(results.__next__, None))
    assert len(begun) < 12
    assert threading.active_count() == 1 or not any(t.name.startswith("show") for t in threading.enumerate())


def test_leaving_early_ends_the_threads() -> None:
    for result in map_in_order(lambda item: item, range(1000), workers=2):
        if result == 5:
            break
    assert cores() >= 1
