"""The threads of a run: one pool for files, for the hash beside a walk, and for what rules do to units.

There are as many threads as the run may use, whatever is to be done. So nobody may wait for work that nobody
has begun: who needs a result does the work himself where it is still waiting (`Ordered`, and `Stream` in its
own way). With many files each thread has one; when fewer are left than threads, those without one help.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Generic, ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")


class Crew:
    """So many threads. A context manager, which waits for what was begun and drops the rest."""

    def __init__(self, workers: int) -> None:
        self.workers = max(1, workers)
        self._pool = ThreadPoolExecutor(max_workers=self.workers)
        self._lock = threading.Lock()
        self._wanted = 0  # given out and not yet done

    def __enter__(self) -> Crew:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)

    def spare(self) -> bool:
        """Whether there is a thread with nothing to do."""
        return self._wanted < self.workers

    def submit(self, work: Callable[P, R], *arguments: P.args, **named: P.kwargs) -> Future[R]:
        """Has it called on one of the threads, in the order in which it is given."""
        with self._lock:
            self._wanted += 1
        future = self._pool.submit(work, *arguments, **named)
        future.add_done_callback(self._done)
        return future

    def _done(self, _: Future[R]) -> None:
        with self._lock:
            self._wanted -= 1


class Ordered(Generic[R]):
    """Heavy work on one unit after the other, several at a time, with the results in their order.

        work = Ordered(crew)
        for result in work.give(decode, bytes(unit.data)):  # what has become ready, oldest first
            ...
        for result in work.rest():  # at the end, when the check is called with None, or in `result`
            ...

    It is for what takes milliseconds: 10 ms a unit are worth it, 0.1 ms are not. The unit's data are
    borrowed, so they are copied for it. `ahead` of them are held at most; where no thread is free, or crew is
    None, the work is done at once. What the work raises is raised when its result is due.
    """

    def __init__(self, crew: Crew | None, *, ahead: int | None = None) -> None:
        self._crew = crew
        self._ahead = ahead if ahead is not None else 2 * crew.workers if crew is not None else 0
        self._waiting: deque[tuple[Future[R], Callable[[], R] | None]] = deque()

    def give(self, work: Callable[P, R], *arguments: P.args, **named: P.kwargs) -> list[R]:
        """Begins the work. The results that are due by now, of this and of earlier ones."""

        def again() -> R:
            return work(*arguments, **named)

        if self._crew is not None and self._crew.spare():  # else it would lie in the queue, data and all
            self._waiting.append((self._crew.submit(again), again))
        else:
            self._waiting.append((_done(again), None))
        due: list[R] = []
        while self._waiting and (len(self._waiting) > self._ahead or self._waiting[0][0].done()):
            due.append(self._oldest())
        return due

    def rest(self) -> list[R]:
        """The results that were not yet given, in order."""
        return [self._oldest() for _ in range(len(self._waiting))]

    def _oldest(self) -> R:
        future, again = self._waiting.popleft()
        return again() if again is not None and future.cancel() else future.result()


def _done(work: Callable[[], R]) -> Future[R]:
    future: Future[R] = Future()
    try:
        future.set_result(work())
    except Exception as error:
        future.set_exception(error)
    return future
