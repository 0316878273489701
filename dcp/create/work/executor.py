"""Who does the work: a function over items, results in order, a bounded number under way.

The items and the function are all that is handed over; an executor that is not of this process gets plain
data (a frame's samples or a reference to it, and its recipe) and has nothing else to know.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Protocol, TypeVar

from dcp.errors import DcpError, UsageError
from dcp.system import cores

Item = TypeVar("Item")
Result = TypeVar("Result")
Cancel = Callable[[], bool]


class Pool(Protocol):
    """Workers that are there until the work is done."""

    @property
    def workers(self) -> int:
        """How many tasks are done at once; it may change where workers come and go."""
        ...

    @property
    def room(self) -> int:
        """How many tasks may be under way so that no worker waits for the next."""
        ...

    def submit(
        self, function: Callable[..., Result], *arguments: object, first: bool = False
    ) -> Future[Result]:
        """Have it done. first: before what waits already, where there is an order."""
        ...

    def shared(self, value: object) -> object:
        """What stands for a value in the arguments of many tasks: it is handed over once."""
        ...

    def sees(self, files: Sequence[Path]) -> bool:
        """Whether all workers find these files or folders as they are here."""
        ...

    def check(self) -> None:
        """DcpError when nobody is there who could go on."""
        ...


class Executor(Protocol):
    """A way of doing many things at once. elsewhere: in other processes, so that functions and arguments are
    plain data."""

    @property
    def elsewhere(self) -> bool: ...

    def pool(self) -> AbstractContextManager[Pool]:
        """The workers; what they have not begun with is dropped at the end."""
        ...

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

    elsewhere = False

    def __init__(self, workers: int | None = None, *, recent: int = 2) -> None:
        self._count = workers or cores()
        self._recent = recent

    @contextmanager
    def pool(self) -> Iterator[Pool]:
        """See `Executor`."""
        threads = ThreadPoolExecutor(self._count)
        try:
            yield _ThreadPool(threads, self._count)
        finally:
            threads.shutdown(cancel_futures=True)

    def map(
        self,
        function: Callable[[Item], Result],
        items: Iterable[Item],
        *,
        same: Callable[[Item], Hashable] | None = None,
        cancel: Cancel | None = None,
    ) -> Iterator[Result]:
        """See `Executor`."""
        with self.pool() as pool:
            yield from mapped(pool, function, items, same=same, cancel=cancel, recent=self._recent)


class _ThreadPool:
    def __init__(self, threads: ThreadPoolExecutor, workers: int) -> None:
        self._threads, self.workers, self.room = threads, workers, workers + 1

    def submit(
        self, function: Callable[..., Result], *arguments: object, first: bool = False
    ) -> Future[Result]:
        return self._threads.submit(function, *arguments)

    def shared(self, value: object) -> object:
        return value

    def sees(self, files: Sequence[Path]) -> bool:
        return True

    def check(self) -> None:
        pass


def mapped(
    pool: Pool,
    function: Callable[[Item], Result],
    items: Iterable[Item],
    *,
    same: Callable[[Item], Hashable] | None = None,
    cancel: Cancel | None = None,
    recent: int = 2,
) -> Iterator[Result]:
    """`Executor.map` by a pool. recent: how many different items are remembered for those that are equal."""
    under_way: deque[Future[Result]] = deque()
    # the item is held with its mark: marks may be identities, which are good only while it lives
    known: OrderedDict[Hashable, tuple[Item, Future[Result]]] = OrderedDict()
    for item in items:
        if cancel is not None and cancel():
            raise DcpError("create.stopped")
        mark = same(item) if same is not None else object()
        if mark not in known:
            known[mark] = item, pool.submit(function, item)
        known.move_to_end(mark)
        under_way.append(known[mark][1])
        if len(known) > recent:
            known.popitem(last=False)
        if len(under_way) > pool.workers:
            yield under_way.popleft().result()
    while under_way:
        if cancel is not None and cancel():
            raise DcpError("create.stopped")
        yield under_way.popleft().result()


DASK = "dask:"
"""What the name of a cluster begins with; behind it stands the scheduler's address."""


def executor_by_name(name: str = "threads", workers: int | None = None) -> Executor:
    """`threads`, or `dask:ADDRESS` of a scheduler. UsageError, which lists the names, when there is no such
    executor; ExtraMissingError when its library is not installed."""
    if name.startswith(DASK):
        from dcp.create.work.cluster import Cluster

        return Cluster(name.removeprefix(DASK))
    if name != "threads":
        raise UsageError("executor.unknown", name=name, names="threads, dask:tcp://HOST:PORT")
    return Threads(workers)
