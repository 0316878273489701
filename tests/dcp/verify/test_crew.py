"""Threads of a run: heavy work on units comes back in order, whoever does it, and nobody waits for ever."""

from __future__ import annotations

import gc
import threading
import time
import weakref

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
        (job,) = crew.wait([crew.submit(file)], timeout=10)
        assert job.result() == list(range(5))


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


def test_what_waits_is_dropped_when_the_crew_is_left_and_what_was_begun_ends() -> None:
    begun, done, go_on = threading.Event(), [], threading.Event()

    def work(number: int) -> None:
        begun.set()
        go_on.wait(10)
        done.append(number)

    with Crew(1) as crew:
        first, second, third = (crew.submit(work, number) for number in (1, 2, 3))
        assert begun.wait(10) and not crew.wait([first, third], timeout=0.01)
        assert not crew.drop(first) and crew.drop(second) and not crew.spare()
        assert crew.wait([first, second], timeout=10) == [second]
        threading.Timer(0.05, go_on.set).start()
    assert done == [1] and (first.state, third.state) == ("done", "dropped")
    with pytest.raises(RuntimeError):
        crew.submit(work, 5)


def test_an_error_holds_nothing_of_the_work() -> None:
    class Data: ...

    def fails(data: Data) -> None:
        raise ValueError("fails")

    with Crew(1) as crew:
        data = Data()
        gone = weakref.ref(data)
        job = crew.submit(fails, data)
        crew.wait([job], timeout=10)
        with pytest.raises(ValueError, match="fails"):
            job.result()
        gc.disable()
        try:
            del data, job
            assert gone() is None
        finally:
            gc.enable()
