"""The threads of a run: one pool for files, for the hash beside a walk, and for what rules do to units.

There are as many threads as the run may use, whatever is to be done. So nobody may wait for work that nobody
has begun: who needs a result does the work himself where it is still waiting (`Ordered`, and `Stream` in its
own way). With many files each thread has one; when fewer are left than threads, those without one help.
"""

from __future__ import annotations

import functools
import threading
from collections import deque
from collections.abc import Callable, Iterable
from typing import Any, Generic, Literal, ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")


class Job(Generic[R]):
    """A call, and what comes of it. What `concurrent.futures` has for that brings `logging` with it, which
    takes longer to import than a small package to verify."""

    def __init__(self, work: Callable[[], R]) -> None:
        self._work = work
        self.state: Literal["waiting", "begun", "done", "dropped"] = "waiting"
        self._result: R | None = None
        self._error: BaseException | None = None

    def call(self, kept: type[BaseException] = Exception) -> None:
        """The call, once. What it raises of this kind is kept for who asks for the result."""
        work = self._work
        del self._work  # with its data
        try:
            self._result = work()
        except kept as error:
            self._error = error
            del self  # the error knows this frame, and would hold all of it

    def result(self) -> R:
        """What the call of a job that is done gave, or raised."""
        if self._error is None:
            return self._result  # type: ignore[return-value]
        try:
            raise self._error
        finally:
            del self  # as above


class Crew:
    """So many threads, each begun when there is work for it. A context manager, which waits for what was
    begun and drops the rest."""

    def __init__(self, workers: int) -> None:
        self.workers = max(1, workers)
        self._threads: list[threading.Thread] = []
        self._waiting: deque[Job[Any]] = deque()
        self._wanted = self._idle = 0  # jobs given out and not yet done; threads with nothing to do
        self._closed = False
        lock = threading.Lock()
        self._given, self._done = threading.Condition(lock), threading.Condition(lock)

    def __enter__(self) -> Crew:
        return self

    def __exit__(self, *_: object) -> None:
        with self._given:
            self._closed = True
            while self._waiting:
                self._drop(self._waiting[0])
            self._given.notify_all()
        for thread in self._threads:
            thread.join()

    def spare(self) -> bool:
        """Whether there is a thread with nothing to do."""
        return self._wanted < self.workers

    def submit(self, work: Callable[P, R], *arguments: P.args, **named: P.kwargs) -> Job[R]:
        """Has it called on one of the threads, in the order in which it is given. RuntimeError when the crew
        was left."""
        job = Job(functools.partial(work, *arguments, **named))
        with self._given:
            if self._closed:
                raise RuntimeError("the crew was left")
            self._wanted += 1
            self._waiting.append(job)
            if len(self._waiting) > self._idle and len(self._threads) < self.workers:
                thread = threading.Thread(target=self._serve)
                self._threads.append(thread)
                thread.start()
            self._given.notify()
        return job

    def drop(self, job: Job[Any]) -> bool:
        """Whether it waited still; then nobody will do it."""
        with self._given:
            waits = job.state == "waiting"
            if waits:
                self._drop(job)
        return waits

    def wait(self, jobs: Iterable[Job[R]], timeout: float | None = None) -> list[Job[R]]:
        """Those of the jobs that are done, as soon as one is; none when none is after `timeout` seconds."""
        asked = list(jobs)

        def ended() -> list[Job[R]]:
            return [job for job in asked if job.state in ("done", "dropped")]

        with self._done:
            return self._done.wait_for(ended, timeout)

    def _drop(self, job: Job[Any]) -> None:
        """Called with the lock."""
        self._waiting.remove(job)
        job.state = "dropped"
        self._wanted -= 1
        self._done.notify_all()

    def _serve(self) -> None:
        while True:
            with self._given:
                self._idle += 1
                while not self._waiting and not self._closed:
                    self._given.wait()
                self._idle -= 1
                if not self._waiting:
                    return
                job = self._waiting.popleft()
                job.state = "begun"
            job.call(BaseException)
            with self._done:
                job.state = "done"
                self._wanted -= 1
                self._done.notify_all()
            del job  # with its result


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
        self._waiting: deque[Job[R]] = deque()

    def give(self, work: Callable[P, R], *arguments: P.args, **named: P.kwargs) -> list[R]:
        """Begins the work. The results that are due by now, of this and of earlier ones."""
        job = Job(functools.partial(work, *arguments, **named))
        if self._crew is not None and self._crew.spare():  # else it would lie in the queue, data and all
            job = self._crew.submit(work, *arguments, **named)
        else:
            job.call()
            job.state = "done"
        self._waiting.append(job)
        due: list[R] = []
        while self._waiting and (len(self._waiting) > self._ahead or self._waiting[0].state == "done"):
            due.append(self._oldest())
        return due

    def rest(self) -> list[R]:
        """The results that were not yet given, in order."""
        return [self._oldest() for _ in range(len(self._waiting))]

    def _oldest(self) -> R:
        job = self._waiting.popleft()
        if self._crew is not None and job.state != "done":
            if self._crew.drop(job):
                job.call()
            else:
                self._crew.wait([job])
        return job.result()
