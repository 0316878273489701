"""Who does the work: a function over items, results in order, a bounded number under way.

The items and the function are all that is handed over; an executor that is not of this process gets plain
data (a frame's reference and its recipe) and has nothing else to know.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable, Hashable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Protocol, TypeVar

from dcp.errors import DcpError, UsageError
from dcp.system import cores

Item = TypeVar("Item")
Result = TypeVar("Result")
Cancel = Callable[[], bool]


class Executor(Protocol):
    """A way of doing many things at once."""

    def map(
        self,
        function: Callable[[Item], Result],
        items: Iterable[Item],
        *,
        same: Callable[[Item], Hashable] | None = None,
        cancel: Cancel | None = None,
    ) -> Iterator[Result]:
        """The results in the order of the items, which are taken as there is room for them.

        same: items that follow each other closely and have an equal mark are done once. An error of the
        function or of the items is raised where its result would stand; DcpError when `cancel` answers yes.
        """
        ...


class Threads:
    """Threads of this process, by default one a core; a few items more than that are held at once."""

    def __init__(self, workers: int | None = None, *, recent: int = 2) -> None:
        self._count = workers or cores()
        self._recent = recent

    def map(
        self,
        function: Callable[[Item], Result],
        items: Iterable[Item],
        *,
        same: Callable[[Item], Hashable] | None = None,
        cancel: Cancel | None = None,
    ) -> Iterator[Result]:
        """See `Executor`."""
        under_way: deque[Future[Result]] = deque()
        # the item is held with its mark: marks may be identities, which are good only while it lives
        recent: OrderedDict[Hashable, tuple[Item, Future[Result]]] = OrderedDict()
        pool = ThreadPoolExecutor(self._count)
        try:
            for item in items:
                if cancel is not None and cancel():
                    raise DcpError("create.stopped")
                mark = same(item) if same is not None else object()
                if mark not in recent:
                    recent[mark] = item, pool.submit(function, item)
                recent.move_to_end(mark)
                under_way.append(recent[mark][1])
                if len(recent) > self._recent:
                    recent.popitem(last=False)
                if len(under_way) > self._count:
                    yield under_way.popleft().result()
            while under_way:
                if cancel is not None and cancel():
                    raise DcpError("create.stopped")
                yield under_way.popleft().result()
        finally:
            pool.shutdown(cancel_futures=True)


EXECUTORS: dict[str, Callable[[int | None], Executor]] = {"threads": Threads}


def executor_by_name(name: str = "threads", workers: int | None = None) -> Executor:
    """UsageError, which lists the names, when there is no such executor."""
    if name not in EXECUTORS:
        raise UsageError("executor.unknown", name=name, names=", ".join(EXECUTORS))
    return EXECUTORS[name](workers)
