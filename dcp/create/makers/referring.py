"""Frames that are handed over by reference, and how they look: where workers elsewhere see the source."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import TypeVar

from dcp.create.makers import tasks
from dcp.create.makers.alike import Look
from dcp.create.makers.tasks import Parts, Referred
from dcp.create.sources.facts import PictureFacts
from dcp.create.work.executor import Pool

Item = TypeVar("Item")

LOOKED_AT = 16
"""Frames that one task looks at: it reads them one after another."""
MOST_FILES = 2000
"""Of a sequence, spread evenly, that workers are asked for before the work; a file that one of them lacks is
missed in its place, too."""


def absolute(facts: PictureFacts) -> PictureFacts:
    """The same source, by paths that mean the same whatever folder a process is in."""
    files = tuple(None if file is None else file.absolute() for file in facts.files)
    return replace(facts, path=facts.path.absolute(), files=files)


def files_of(facts: PictureFacts) -> list[Path]:
    """What a worker has to see of a source."""
    files = [each for each in facts.files if each is not None] or [facts.path]
    step = -(-len(files) // MOST_FILES)
    return [*files[::step], files[-1]]


def with_looks(
    items: Iterator[Item], referred: Callable[[Item], Referred | None], pool: Pool
) -> Iterator[tuple[Item, Look | None]]:
    """Each item, and how its frame looks if it is referred to; workers look some way ahead. SourceError where
    the frame would come that cannot be read."""
    ahead = deque[tuple[list[Item], list[tuple[Future[list[Look]], int] | None]]]()
    while group := list(islice(items, LOOKED_AT)):
        ahead.append((group, _looked_at([referred(item) for item in group], pool)))
        if len(ahead) > 1 + pool.room // LOOKED_AT:
            yield from _given(*ahead.popleft())
    for each in ahead:
        yield from _given(*each)


# --- how it is done -----


def _looked_at(frames: Sequence[Referred | None], pool: Pool) -> list[tuple[Future[list[Look]], int] | None]:
    """A task a source; for each frame its task and its place there."""
    sources: dict[int, tuple[PictureFacts, list[Parts]]] = {}
    places: list[tuple[int, int] | None] = []
    for frame in frames:
        if frame is None:
            places.append(None)
            continue
        _, parts = sources.setdefault(id(frame.facts), (frame.facts, []))
        places.append((id(frame.facts), len(parts)))
        parts.append(frame.parts)
    begun = {
        key: pool.submit(tasks.looks_at, parts, pool.shared(facts), first=True)
        for key, (facts, parts) in sources.items()
    }
    return [None if place is None else (begun[place[0]], place[1]) for place in places]


def _given(
    items: Sequence[Item], looks: Sequence[tuple[Future[list[Look]], int] | None]
) -> Iterator[tuple[Item, Look | None]]:
    for item, place in zip(items, looks, strict=True):
        yield item, None if place is None else place[0].result()[place[1]]
