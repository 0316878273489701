"""Frames on their way to their codestreams: begun in any order that what they depend on allows, given out in
theirs.

What an anchor is coded with is known when all that it was tried with is done; the frames behind it wait for
that, so that a few more of them are held than are worked on, as far as memory goes. An anchor that comes into
sight goes before the frames that wait in front of it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, wait
from typing import Any, NamedTuple

from dcp.create.makers.chain import Kind, Note, measured_note
from dcp.create.work.executor import Cancel, Pool
from dcp.errors import DcpError
from dcp.picture.coding import Coding, candidates, chosen

_AHEAD = 32 << 20
"""Bytes a worker of frames that are held beyond those that are worked on."""
_LOOKS_UP = 1.0
"""Seconds after which it is seen to it that somebody still works, and nobody wants to stop."""


class Wanted(NamedTuple):
    """A frame to be made. light: of an anchor. held: bytes that it takes until it is. codestream: where it
    needs no work. coded,
    tried: have it coded so many planes short, by the pool; tried gives the mean square error as well. failed:
    tells an error where it happened."""

    kind: Kind
    eye: int
    light: int
    held: int
    codestream: bytes | None
    coded: Callable[[int], Future[bytes]]
    tried: Callable[[int], Future[tuple[bytes, float]]]
    failed: Callable[[DcpError], None]


def made(
    wanted: Iterator[Wanted],
    pool: Pool,
    *,
    coding: Coding,
    last: Mapping[int, int],
    kept: Callable[[int], bytes],
    cancel: Cancel | None = None,
) -> Iterator[tuple[bytes, Note]]:
    """Each frame's codestream, in order, and what is noted of it.

    last: by eye, the planes of the last anchor of a run that is gone on with. kept: an eye's last codestream
    of that run. An error, of the frames or of their work, is raised where its result would stand.
    """
    line = _Line(pool, coding, last, kept)
    error: Exception | None = None
    ended = False
    while True:
        if cancel is not None and cancel():
            raise DcpError("create.stopped")
        line.go_on()
        if line.is_ready():
            yield line.given()
        elif not ended and line.has_room():
            try:
                line.take(next(wanted))
            except StopIteration:
                ended = True
            except Exception as found:  # it is raised behind the frames before it
                ended, error = True, found
        elif not line.is_empty():
            line.wait()
        elif error is not None:
            raise error
        else:
            return


# --- how it is done -----


class _Anchor:
    """before: whose planes tell what this one is tried with. planes: known when all is done."""

    def __init__(self, before: _Anchor | None, planes: int | None = None) -> None:
        self.before, self.planes = before, planes
        self.tries: dict[int, Future[tuple[bytes, float]]] = {}


class _Way:
    """A frame. of: the one whose codestream it has as well. anchor: whose planes it takes, or its own."""

    def __init__(self, wanted: Wanted, anchor: _Anchor | None, of: _Way | None) -> None:
        self.wanted, self.anchor, self.of = wanted, anchor, of
        self.note = Note(wanted.kind)
        self.future: Future[bytes] | None = None
        self.codestream = wanted.codestream
        self.error: Exception | None = None

    @property
    def begun(self) -> bool:
        return (
            self.future is not None
            or self.codestream is not None
            or self.of is not None
            or bool(self.wanted.kind == "anchor" and self.anchor and self.anchor.tries)
        )


class _Line:
    def __init__(
        self, pool: Pool, coding: Coding, last: Mapping[int, int], kept: Callable[[int], bytes]
    ) -> None:
        self._pool, self._coding, self._kept = pool, coding, kept
        self._queue = deque[_Way]()
        self._held = 0
        self._under_way = set[Future[object]]()
        self._anchors = {eye: _Anchor(None, planes) for eye, planes in last.items()}
        self._before: dict[int, _Way] = {}

    def is_empty(self) -> bool:
        return not self._queue

    def has_room(self) -> bool:
        count, workers = len(self._queue), max(1, self._pool.workers)
        return count <= workers or (count < 3 * workers + 2 and self._held < workers * _AHEAD)

    def take(self, wanted: Wanted) -> None:
        eye = wanted.eye
        anchor, of = self._anchors.get(eye), None
        if wanted.kind == "anchor":
            anchor = self._anchors[eye] = _Anchor(anchor)
        elif wanted.kind == "same":
            of = self._before.get(eye) or _Way(wanted._replace(codestream=self._kept(eye)), None, None)
            of = of.of or of
        way = _Way(wanted, anchor, of)
        self._before[eye] = way
        self._queue.append(way)
        self._held += wanted.held

    def go_on(self) -> None:
        """Anchors that are known, and what may be begun for it."""
        self._under_way = {each for each in self._under_way if not each.done()}
        for way in self._queue:
            anchor = way.anchor
            if way.wanted.kind == "anchor" and anchor and anchor.planes is None and way.error is None:
                self._settle(way, anchor)
        waiting = [way for way in self._queue if not way.begun and way.error is None]
        for way in sorted(waiting, key=lambda way: way.wanted.kind != "anchor"):
            if len(self._under_way) >= self._pool.room:
                return
            self._begin(way)

    def _settle(self, way: _Way, anchor: _Anchor) -> None:
        if not anchor.tries or not all(each.done() for each in anchor.tries.values()):
            return
        try:
            done = {planes: each.result() for planes, each in anchor.tries.items()}
            errors = {planes: error for planes, (_, error) in done.items()}
            planes = chosen(self._coding, errors)
            way.note = measured_note(planes, errors, way.wanted.light)
            if planes in done:
                way.codestream = done[planes][0]
            else:
                way.future = self._submitted(way.wanted.coded(planes))
        except Exception as error:
            way.error = error
            return
        anchor.tries.clear()
        anchor.planes = planes

    def _begin(self, way: _Way) -> None:
        anchor = way.anchor
        if way.wanted.kind == "anchor":
            assert anchor is not None
            before = anchor.before
            if before is not None and before.planes is None:
                return
            for planes in candidates(self._coding, before.planes if before is not None else None):
                anchor.tries[planes] = self._submitted(way.wanted.tried(planes))
            anchor.before = None
        elif anchor is None or anchor.planes is not None:
            planes = anchor.planes if anchor is not None and anchor.planes is not None else 0
            way.note = Note("coded", planes)
            way.future = self._submitted(way.wanted.coded(planes))

    def _submitted(self, future: Future[Any]) -> Future[Any]:
        self._under_way.add(future)
        return future

    def is_ready(self) -> bool:
        if not self._queue:
            return False
        way = self._queue[0]
        if way.error is not None or way.codestream is not None or way.of is not None:
            return True
        return way.future is not None and way.future.done()

    def given(self) -> tuple[bytes, Note]:
        way = self._queue.popleft()
        self._held -= way.wanted.held
        try:
            if way.error is not None:
                raise way.error
            if way.of is not None:
                way.codestream = way.of.codestream
            elif way.codestream is None:
                assert way.future is not None
                way.codestream = way.future.result()
        except DcpError as error:
            way.wanted.failed(error)
            raise
        way.future = None
        assert way.codestream is not None
        return way.codestream, way.note

    def wait(self) -> None:
        wait(self._under_way, timeout=_LOOKS_UP, return_when=FIRST_COMPLETED)
        if not any(each.done() for each in self._under_way):
            self._pool.check()
