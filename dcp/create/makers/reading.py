"""Frames of the package from those of a source: repeated, dropped, or mixed of two, as a plan has them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from dcp.create.makers.frame import Frame
from dcp.create.planning.rates import Takes
from dcp.create.sources.facts import Pixels

Picture = Pixels | bytes | None
Pictures = Callable[[Iterable[int]], Iterator[Picture]]
"""Reads the frames of a source asked for, ascending."""


def taken_frames(takes: Takes, pictures: Pictures, first: int = 0) -> Iterator[Frame]:
    """The frames from `first` on. Each frame of the source is read once, however often it is shown."""
    if not takes.second:
        yield from pictures(takes.first[number] for number in range(first, len(takes.first)))
        return
    source, places = pictures(_wanted(takes, first)), _wanted(takes, first)
    held: dict[int, Picture] = {}
    for number in range(first, len(takes.first)):
        one, other, weight = takes.first[number], takes.second[number], takes.weight[number]
        for index in [index for index in held if index < one]:
            del held[index]
        while max(one, other if weight else one) not in held:
            place = next(places)
            try:
                held[place] = next(source)
            except StopIteration:  # the maker counts, and names what the source lacks
                return
        yield _mixed(held[one], held[other] if weight else None, weight)


def _wanted(takes: Takes, first: int) -> Iterator[int]:
    """The source's frames that are needed, each once, ascending."""
    last = -1
    for number in range(first, len(takes.first)):
        one, other = takes.first[number], takes.second[number]
        for index in (one, other) if takes.weight[number] else (one,):
            if index > last:
                last = index
                yield index


def _mixed(one: Picture, other: Picture, weight: float) -> Frame:
    if weight and isinstance(one, Pixels) and isinstance(other, Pixels):
        return (one, 1 - weight), (other, weight)
    return one
