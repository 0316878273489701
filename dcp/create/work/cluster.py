"""Work on the workers of a Dask scheduler: tasks of plain values, the same bytes as from threads.

Dask moves code and data as pickles: whoever may connect to a scheduler may run what they like on all that
takes part in it, this machine too. A scheduler is the user's choice, and so is who may reach it; `tls://`
takes its certificates from Dask's configuration. Content keys are never handed over: essence is encrypted
when it is written, here.

Workers that come while the work goes on take part; the frames of one that is lost are done by others. Every
process says once what it is made of and codes a small picture: one that would give other bytes is refused.
"""

from __future__ import annotations

import logging
import pickle
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any, NamedTuple, TypeVar

from dcp.create.makers import tasks
from dcp.create.work.executor import Cancel, Pool, mapped
from dcp.errors import DcpError, UsageError
from dcp.extras import installed, need
from dcp.patterns import pattern
from dcp.version import VERSION

Item = TypeVar("Item")
Result = TypeVar("Result")

PATIENCE = 30.0
"""Seconds in which a worker has to come where there is none: one that died is started anew by its nanny."""
ANSWERS_IN = 10.0
"""Seconds in which a scheduler has to answer."""
_ASKED_EVERY = 2.0
"""Seconds after which it is asked again how many workers there are."""
_ADDRESS = pattern(r"(?:tcp|tls)://[^\s/@]+:[0-9]{1,5}")
_PROTOCOL = 5
_FIRST = 10
"""Of a task that goes before others."""


class Cluster:
    """The workers of a scheduler. address: `tcp://HOST:PORT`, or `tls://` with certificates. patience: in
    seconds, in which somebody has to be there."""

    elsewhere = True

    def __init__(self, address: str, *, patience: float = PATIENCE) -> None:
        if not _ADDRESS.fullmatch(address):
            raise UsageError("cluster.address", address=address)
        need("cluster", where="--executor")
        self._address, self._patience = address, patience

    @contextmanager
    def pool(self) -> Iterator[Pool]:
        """See `Executor`. DcpError when nobody answers, there is no worker, or one would give other bytes."""
        import dask
        import distributed

        with _quiet(), dask.config.set({"distributed.admin.large-graph-warning-threshold": "1GB"}):
            try:
                client = distributed.Client(
                    self._address, timeout=ANSWERS_IN, set_as_default=False, name="dcpkit"
                )
            except (OSError, ValueError, TypeError) as error:  # TimeoutError among them
                raise DcpError("cluster.no-scheduler", where=self._address, why=_said(error)) from None
            pool = _Workers(client, self._address, self._patience)
            try:
                pool.examine()
                yield pool
            finally:
                pool.close()
                with suppress(Exception):  # a scheduler that is gone
                    client.close(timeout=ANSWERS_IN)

    def map(
        self,
        function: Callable[[Item], Result],
        items: Iterable[Item],
        *,
        same: Callable[[Item], Any] | None = None,
        cancel: Cancel | None = None,
    ) -> Iterator[Result]:
        """See `Executor`."""
        with self.pool() as pool:
            yield from mapped(pool, function, items, same=same, cancel=cancel)


class Kind(NamedTuple):
    """What makes a worker's bytes: versions by name, and what it codes a small picture into."""

    versions: tuple[tuple[str, str], ...]
    codes: bytes


@cache
def own_kind() -> Kind:
    """This process's."""
    from dcp.picture.openjp2_library import find_library

    found, _ = find_library()
    versions = {name: version or "-" for name, version in installed("create").items()}
    versions |= {"dcpkit": VERSION, "openjp2": found.version if found is not None else "-"}
    return Kind(tuple(sorted(versions.items())), tasks.trial())


def guarded(expected: Kind, work: bytes, *shared: object) -> object:
    """On a worker: the pickled function with its arguments, if the worker is of the expected kind."""
    own = own_kind()
    if own != expected:
        raise _other_kind(own, expected)
    function, arguments = pickle.loads(work)
    return function(*(shared[each.number] if isinstance(each, _Shared) else each for each in arguments))


# --- how it is done -----


class _Shared(NamedTuple):
    """Stands in the arguments for a value that was handed over before."""

    number: int


class _Lasting(NamedTuple):
    future: Any


def _as_it_is(value: bytes) -> object:
    return pickle.loads(value)


class _Workers:
    """A pool of a client."""

    def __init__(self, client: Any, address: str, patience: float) -> None:
        self._client, self._address, self._patience = client, address, patience
        self._kind = own_kind()
        self._under_way: dict[Future[Any], Any] = {}
        self._shared: dict[int, tuple[object, _Lasting]] = {}
        self._lock = Lock()
        self._count, self._asked = 0, 0.0
        self._nobody_since: float | None = None
        self._closed = False

    @property
    def workers(self) -> int:
        if time.monotonic() - self._asked > _ASKED_EVERY:
            self._ask()
        return max(1, self._count)

    @property
    def room(self) -> int:
        return 2 * self.workers + 1

    def submit(
        self, function: Callable[..., Result], *arguments: object, first: bool = False
    ) -> Future[Result]:
        held = [each for each in arguments if isinstance(each, _Lasting)]
        plain = [_Shared(held.index(each)) if isinstance(each, _Lasting) else each for each in arguments]
        work = pickle.dumps((function, plain), protocol=_PROTOCOL)
        result: Future[Result] = Future()
        with self._translated():
            task = self._client.submit(
                guarded,
                self._kind,
                work,
                *(each.future for each in held),
                pure=False,
                priority=_FIRST if first else 0,
            )
        with self._lock:
            self._under_way[result] = task
        task.add_done_callback(lambda done: self._done(result, done))
        return result

    def shared(self, value: object) -> object:
        known = self._shared.get(id(value))
        if known is None:
            # a task, not scattered data: it is done again where the worker that held it is lost
            with self._translated():
                task = self._client.submit(_as_it_is, pickle.dumps(value, protocol=_PROTOCOL), pure=False)
            known = self._shared[id(value)] = value, _Lasting(task)
        return known[1]

    def sees(self, files: Sequence[Path]) -> bool:
        """Compared are size and time of change, at the path that each has here, which has to be absolute."""
        if not all(file.is_absolute() for file in files):
            return False
        paths = list(map(str, files))
        here = tasks.stamps(paths)
        with self._translated():
            there = self._client.run(tasks.stamps, paths, on_error="return")
        return bool(there) and None not in here and all(found == here for found in there.values())

    def check(self) -> None:
        """See `Pool`."""
        self._ask()
        if self._count:
            self._nobody_since = None
            return
        now = time.monotonic()
        if self._nobody_since is None:
            self._nobody_since = now
        elif now - self._nobody_since > self._patience:
            raise DcpError("cluster.no-workers", where=self._address)

    def examine(self) -> None:
        """All workers, before the work."""
        with self._translated():
            try:
                self._client.wait_for_workers(1, timeout=self._patience)
            except TimeoutError:
                raise DcpError("cluster.no-workers", where=self._address) from None
            found: Mapping[str, Any] = self._client.run(own_kind, on_error="return")
        for worker, kind in found.items():
            if not isinstance(kind, tuple):
                raise DcpError("cluster.lost", where=worker, why=_said(kind))
            if kind != self._kind:
                error = _other_kind(Kind(*kind), self._kind)
                error.places["worker"] = worker
                raise error

    def close(self) -> None:
        with self._lock:
            self._closed = True
            left = dict(self._under_way)
            self._under_way.clear()
        for result in left:
            result.cancel()
        with suppress(Exception):
            self._client.cancel([*left.values(), *(task.future for _, task in self._shared.values())])

    def _ask(self) -> None:
        with self._translated():
            self._count = sum(self._client.nthreads().values())
        self._asked = time.monotonic()

    def _done(self, result: Future[Any], task: Any) -> None:
        """In a thread of the client."""
        with self._lock:
            if self._closed or self._under_way.pop(result, None) is None:
                return
        try:
            found = task.result()
        except DcpError as error:
            result.set_exception(error)
        except Exception as error:
            lost = DcpError("cluster.lost", where=self._address, why=_said(error))
            result.set_exception(lost if _is_of_cluster(error) else error)
        except BaseException as error:  # Dask's own CancelledError is none
            result.set_exception(DcpError("cluster.lost", where=self._address, why=_said(error)))
        else:
            result.set_result(found)

    @contextmanager
    def _translated(self) -> Iterator[None]:
        """A connection that is lost, as our error."""
        try:
            yield
        except DcpError:
            raise
        except Exception as error:
            if not _is_of_cluster(error):
                raise
            raise DcpError("cluster.lost", where=self._address, why=_said(error)) from None


def _is_of_cluster(error: BaseException) -> bool:
    """Whether Dask itself failed: a connection, a worker that died again and again, a task that is gone."""
    module = type(error).__module__.partition(".")[0]
    return isinstance(error, OSError | TimeoutError) or module in ("distributed", "dask", "tornado", "tblib")


def _other_kind(own: Kind, expected: Kind) -> DcpError:
    theirs, ours = dict(own.versions), dict(expected.versions)
    for name in sorted(theirs.keys() | ours.keys()):
        if theirs.get(name) != ours.get(name):
            found, wanted = f"{name} {theirs.get(name, '-')}", f"{name} {ours.get(name, '-')}"
            return UsageError("cluster.worker-differs", worker=_where(), found=found, expected=wanted)
    return UsageError("cluster.worker-codes-otherwise", worker=_where())


def _where() -> str:
    """The worker that this runs on, else this machine's name."""
    import platform

    with suppress(Exception):
        from distributed import get_worker

        return str(get_worker().address)
    return platform.node()


def _said(error: BaseException) -> str:
    words = str(error).strip().splitlines()
    return f"{type(error).__name__}: {words[0][:200]}" if words else type(error).__name__


@contextmanager
def _quiet() -> Iterator[None]:
    """What Dask logs of workers that come and go is no news for who waits for a package."""
    logger = logging.getLogger("distributed")
    before = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        logger.setLevel(before)
