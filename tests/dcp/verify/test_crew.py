"""Threads of a run: heavy work on units comes back in order, whoever does it, and nobody waits for ever."""

from __future__ import annotations

import threading
import time

import pytest

from dcp.verify.crew import Crew, Ordered


def slow(number: int) -> int:
    time.sleep(0.002 if number % 3 else 0)
    if number == 13:
        raise ValueError("thirteen")
    return number


@pytest.mark.parametrize("workers", [0, 1, 2, 5])
def test_results_keep_their_order(workers: int) -> None:
    with Crew(workers) as crew:
        work: Ordered[int] = Ordered(crew if workers else None)
        found = [result for number in range(12) for result in work.give(slow, number)]
        assert found + work.rest() == list(range(12))
        assert work.rest() == []


def test_an_error_is_raised_in_its_place() -> None:
    with Crew(2) as crew:
        work: Ordered[int] = Ordered(crew, ahead=100)
        with pytest.raises(ValueError, match="thirteen"):
            for number in range(10, 20):
                work.give(slow, number)
            work.rest()


def test_work_is_done_by_who_needs_it_where_no_thread_is_free() -> None:
    """The only thread is the one that gives the work: files hold all of them."""

    def file() -> list[int]:
        work: Ordered[int] = Ordered(crew)
        return [result for number in range(5) for result in work.give(slow, number)] + work.rest()

    with Crew(1) as crew:
        assert crew.submit(file).result(timeout=10) == list(range(5))


def test_few_units_are_held() -> None:
    held = 0
    most = 0
    lock = threading.Lock()

    def count(_: int) -> None:
        nonlocal held
        time.sleep(0.001)
        with lock:
            held -= 1

    with Crew(2) as crew:
        work: Ordered[None] = Ordered(crew, ahead=3)
        for number in range(50):
            with lock:
                held += 1
                most = max(most, held)
            work.give(count, number)
        work.rest()
    assert most <= 5
