"""Work on all cores, its results as they come.

The library for RSA holds Python's lock, so threads do not help: the work is done in processes. Where the
system can fork they inherit what they work with in memory, private keys included, and nothing secret goes
through a pipe; elsewhere (macOS, Windows) they are started afresh and it is handed to them (`handover`).
A key in a token is no other process's: with such a key there are threads.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
import warnings
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager, suppress
from itertools import islice
from multiprocessing.connection import wait as wait_for
from multiprocessing.context import BaseContext
from multiprocessing.process import BaseProcess
from typing import Any, Literal

from dcp.errors import DcpError
from dcp.system import can_fork, stopping_signals

Means = Literal["processes", "threads"]

_STOPPING = (signal.SIGINT, *stopping_signals())
_CHUNK, _CHUNKS_EACH = 16, 8
"""Tasks told at a time at most, fewer where a process would have less than so many chunks to do, so that the
last ones end together. Two chunks are under way in each process, so that none waits."""
_PATIENCE = 10.0  # seconds for a process to end its task and go
_WORTH_A_START = 200  # messages that are made in the time that a process takes to start afresh


def useful(workers: int, tasks: int) -> int:
    """As many workers as have something to do, at least one: a forked process costs nearly nothing."""
    return max(1, min(workers, tasks if can_fork() else tasks // _WORTH_A_START))


EachDone = Callable[[Sequence[Any]], Generator[tuple[int, Any], None, None]]
"""Takes tasks, gives the number of each with what came of it, in the order in which they are done."""


@contextmanager
def crew(work: Callable[[Any], Any], *, workers: int, means: Means = "processes") -> Iterator[EachDone]:
    """Workers that do `work(task)`; they stay for several rounds of tasks, one after the other.

    Tasks and what comes of them are pickled, and `work` too where the system cannot fork: a program that is
    its own main module needs `if __name__ == "__main__":` there. The error that `work` raises is
    raised by the round, DcpError when a worker dies; after either the crew is done for. Leaving, the workers
    finish the task in their hands and go.
    """
    if workers <= 1:
        yield lambda tasks: ((number, work(task)) for number, task in enumerate(tasks))
    elif means == "processes":
        with (_forked if can_fork() else _spawned)(work, workers) as each_done:
            yield each_done
    else:
        with ThreadPoolExecutor(workers) as pool:
            yield lambda tasks: _threaded(pool, tasks, work, workers)


def _threaded(
    pool: ThreadPoolExecutor, tasks: Sequence[Any], work: Callable[[Any], Any], workers: int
) -> Generator[tuple[int, Any], None, None]:
    under_way: dict[Future[Any], int] = {}
    waiting = iter(enumerate(tasks))
    try:
        while True:
            for number, task in islice(waiting, 2 * workers - len(under_way)):
                under_way[pool.submit(work, task)] = number
            if not under_way:
                return
            for future in wait(under_way, return_when=FIRST_COMPLETED).done:
                yield under_way.pop(future), future.result()
    finally:
        for future in under_way:
            future.cancel()


@contextmanager
def _forked(work: Callable[[Any], Any], workers: int) -> Iterator[EachDone]:
    context = multiprocessing.get_context("fork")

    def process(theirs: Any, ours: Sequence[Any]) -> BaseProcess:
        return context.Process(target=_serve, args=(theirs, tuple(ours), work), daemon=True)

    with _processes(context, process, workers) as ends:
        yield lambda tasks: _round(ends, tasks)


@contextmanager
def _spawned(work: Callable[[Any], Any], workers: int) -> Iterator[EachDone]:
    from kdm.batch.handover import packed

    data = packed(work)
    context = multiprocessing.get_context("spawn")

    def process(theirs: Any, ours: Sequence[Any]) -> BaseProcess:
        return context.Process(target=_begin, args=(theirs,), daemon=True)

    with _processes(context, process, workers) as ends:
        for end in ends:
            with suppress(OSError):  # a dead worker is noticed when its results are waited for
                end.send_bytes(data)
        yield lambda tasks: _round(ends, tasks)


@contextmanager
def _processes(
    context: BaseContext, made: Callable[[Any, Sequence[Any]], BaseProcess], workers: int
) -> Iterator[list[Any]]:
    """The ends of the pipes to so many processes, which are ended whatever happens. made: a process, of its
    own end and of those that it would inherit."""
    ends: list[Any] = []
    processes: list[BaseProcess] = []
    try:
        for _ in range(workers):
            ours, theirs = context.Pipe()
            ends.append(ours)
            process = made(theirs, ends)
            _start(process)
            theirs.close()
            processes.append(process)
        yield ends
    finally:
        _ended(ends, processes)


def _begin(end: Any) -> None:
    """A worker that inherited nothing."""
    from kdm.batch.handover import unpacked

    for each in _STOPPING:
        signal.signal(each, signal.SIG_IGN)
    _serve(end, (), unpacked(end.recv_bytes()))


def _ended(ends: Sequence[Any], processes: Sequence[BaseProcess]) -> None:
    for end in ends:
        end.close()
    for process in processes:
        process.join(_PATIENCE)
        if process.is_alive():
            process.kill()
            process.join()


def _round(ends: list[Any], tasks: Sequence[Any]) -> Generator[tuple[int, Any], None, None]:
    waiting = iter(enumerate(tasks))
    size = max(1, min(_CHUNK, len(tasks) // (_CHUNKS_EACH * len(ends))))
    open_tasks = dict.fromkeys(ends, 0)
    for end in [*ends, *ends]:
        _hand_out(end, waiting, open_tasks, size)
    while any(open_tasks.values()):
        ready: list[Any] = list(wait_for([end for end, open_ in open_tasks.items() if open_]))
        for end in ready:
            try:
                results, error = end.recv()
            except (EOFError, OSError):
                raise DcpError("batch.worker-died") from None
            open_tasks[end] -= len(results)
            if error is None:
                _hand_out(end, waiting, open_tasks, size)
            yield from results
            if error is not None:
                raise error


def _start(process: BaseProcess) -> None:
    """The signals that stop a command stay blocked in the child: the parent has them, and closes the pipe."""
    if not hasattr(signal, "pthread_sigmask"):
        process.start()
        return
    blocked = signal.pthread_sigmask(signal.SIG_BLOCK, _STOPPING)
    try:
        with warnings.catch_warnings():
            # A progress bar's thread is no harm: the child takes no lock of it.
            warnings.simplefilter("ignore", DeprecationWarning)
            process.start()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, blocked)


def _hand_out(end: Any, waiting: Iterator[tuple[int, Any]], open_tasks: dict[Any, int], size: int) -> None:
    chunk = list(islice(waiting, size))
    if chunk:
        open_tasks[end] += len(chunk)
        with suppress(ConnectionError):  # a dead worker is noticed when its results are waited for
            end.send(chunk)


def _serve(end: Any, others: tuple[Any, ...], work: Callable[[Any], Any]) -> None:
    """A worker's whole life. It ends when the other end of its pipe does, however that came about."""
    for other in others:
        other.close()  # or the pipe of a dead parent would never end
    gc.freeze()  # what came with the fork is not looked through again and again, nor copied for it
    code = 0
    try:
        while True:
            chunk = end.recv()
            results = []
            error = None
            for number, task in chunk:
                try:
                    results.append((number, work(task)))
                except Exception as caught:
                    error = caught if isinstance(caught, DcpError | OSError) else _inside(caught)
                    break
            end.send((results, error))
    except (EOFError, OSError):
        pass
    except BaseException:
        code = 1
    finally:
        os._exit(code)  # nothing of the parent's is flushed or tidied up twice


def _inside(error: Exception) -> DcpError:
    return DcpError("batch.worker-failed", kind=type(error).__name__)
