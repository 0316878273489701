"""Threads: in order, bounded, the same thing once, stopped when asked, errors where they belong."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest

from dcp.create.work.executor import Threads, executor_by_name
from dcp.errors import DcpError, SourceError, UsageError


def test_results_come_in_order_whoever_is_first() -> None:
    def slow(number: int) -> int:
        time.sleep(0.02 if number % 3 == 0 else 0)
        return number * number

    assert list(Threads(4).map(slow, range(30))) == [number * number for number in range(30)]


def test_items_are_taken_as_there_is_room() -> None:
    taken = []

    def items() -> Iterator[int]:
        for number in range(100):
            taken.append(number)
            yield number

    results = Threads(2).map(lambda number: number, items())
    for number in range(10):
        assert next(results) == number
        assert len(taken) <= number + 2 + 2


def test_what_repeats_is_done_once() -> None:
    calls = []

    def done(number: int) -> int:
        calls.append(number)
        return number

    items = [1, 1, 1, 2, 1, 2, 2, 3, 3, 1]
    assert list(Threads(2).map(done, items, same=lambda number: number)) == items
    assert sorted(calls) == [1, 1, 2, 3]  # 1 was forgotten behind 2 and 3


def test_an_error_stands_where_its_result_would() -> None:
    def failing(number: int) -> int:
        if number == 3:
            raise SourceError("source.no-frame")
        return number

    results = Threads(2).map(failing, range(10))
    assert [next(results) for _ in range(3)] == [0, 1, 2]
    with pytest.raises(SourceError):
        next(results)


def test_it_stops_when_asked_and_leaves_no_thread() -> None:
    before = threading.active_count()
    asked = iter([False] * 5)
    results = Threads(2).map(lambda n: n, iter(int, 1), cancel=lambda: next(asked, True))
    with pytest.raises(DcpError, match="stopped before"):
        list(results)
    assert threading.active_count() == before


def test_by_name() -> None:
    assert isinstance(executor_by_name("threads", 3), Threads)
    with pytest.raises(UsageError, match="no executor 'dusk'") as caught:
        executor_by_name("dusk")
    assert "threads" in (caught.value.remedy or "")
