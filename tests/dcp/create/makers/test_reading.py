"""Frames as a plan takes them: repeats are the same object, mixtures have their weights, nothing twice."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from dcp.create.makers.reading import taken_frames
from dcp.create.planning.rates import Takes
from dcp.create.sources.facts import Pixels


class Source:
    def __init__(self, count: int = 100) -> None:
        self.read: list[int] = []
        self.count = count

    def __call__(self, indexes: Iterable[int]) -> Iterator[Pixels]:
        held: tuple[int, Pixels] | None = None
        for index in indexes:
            if index >= self.count:
                return
            if held is None or held[0] != index:
                assert held is None or index > held[0]
                self.read.append(index)
                held = index, Pixels((np.full((2, 2), index),), "grey", 8, full_range=True)
            yield held[1]


def number(pixels: Pixels) -> int:
    return int(pixels.planes[0][0, 0])


def test_repeats_are_one_object() -> None:
    source = Source()
    frames = list(taken_frames(Takes(array("q", [0, 0, 1, 3, 3])), source))
    assert source.read == [0, 1, 3]
    assert frames[0] is frames[1] and frames[3] is frames[4]


@given(
    st.lists(st.tuples(st.integers(0, 2), st.sampled_from([0.0, 0.25, 0.5])), min_size=1, max_size=40),
    st.integers(0, 39),
)
def test_mixtures(steps: list[tuple[int, float]], first: int) -> None:
    at, ones, others, weights = 0, array("q"), array("q"), array("d")
    for step, weight in steps:
        at += step
        ones.append(at)
        others.append(at + 1 if weight else at)
        weights.append(weight)
    first = min(first, len(steps) - 1)
    source = Source()
    frames = list(taken_frames(Takes(ones, others, weights), source, first))
    assert len(frames) == len(steps) - first
    assert source.read == sorted(set(source.read))
    for place, frame in enumerate(frames, start=first):
        if weights[place]:
            assert isinstance(frame, tuple)
            (one, part), (other, rest) = frame
            assert (number(one), number(other)) == (ones[place], others[place])
            assert (part, rest) == (1 - weights[place], weights[place])
        else:
            assert isinstance(frame, Pixels) and number(frame) == ones[place]


def test_a_source_that_ends_early_ends_the_frames() -> None:
    takes = Takes(array("q", [0, 1, 2]), array("q", [1, 2, 3]), array("d", [0.5] * 3))
    assert len(list(taken_frames(takes, Source(2)))) == 1
    assert len(list(taken_frames(Takes(array("q", [0, 1, 2])), Source(2)))) == 2
