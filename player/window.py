"""Work on all cores, results in order, never more than a window of it in memory."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")


def map_in_order(
    work: Callable[[T], R], items: Iterable[T], *, workers: int, window: int | None = None
) -> Generator[R]:
    """`work(item)` for each item on `workers` threads, yielded in the order of the items.

    Items are drawn on the caller's thread, at most `window` (default: twice the workers) ahead of what was
    yielded. An exception from an item or from the work comes out in its place; what was begun is waited for.
    """
    ahead = window or 2 * workers
    pending: deque[Future[R]] = deque()
    with ThreadPoolExecutor(max_workers=workers, thread_name_prefix="show") as pool:
        try:
            for item in items:
                pending.append(pool.submit(work, item))
                if len(pending) >= ahead:
                    yield pending.popleft().result()
            while pending:
                yield pending.popleft().result()
        finally:
            for future in pending:
                future.cancel()
