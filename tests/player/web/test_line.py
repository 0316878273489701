"""Frames on their way to a page: how many are in flight, which are late."""

from __future__ import annotations

from fractions import Fraction

import pytest

from player.screen.screen import Frame, Outcome
from player.web.line import STALL, Line, window_of

RATE = Fraction(24)


def frame(serial: int, due: float | None = None, generation: int = 0) -> Frame:
    return Frame(serial, generation, serial, 1, b"", None, due)


class Kept:
    def __init__(self, most: int = 64) -> None:
        self.said: list[tuple[int, Outcome]] = []
        self.line = Line(RATE, lambda serial, outcome: self.said.append((serial, outcome)), most=most)

    def sent(self, now: float = 0.0) -> list[int]:
        found = []
        while (each := self.line.take(now)) is not None:
            found.append(each.serial)
        return found


@pytest.mark.parametrize(("rate", "window"), [(24, 3), (25, 4), (48, 6), (120, 15), (1, 3)])
def test_how_many_are_in_flight(rate: int, window: int) -> None:
    assert window_of(Fraction(rate)) == window


def test_beyond_the_window_frames_wait_for_word() -> None:
    kept = Kept()
    for serial in range(5):
        kept.line.add(frame(serial, due=1.0 + serial))
    assert kept.sent() == [0, 1, 2]
    kept.line.acknowledge(1, "presented")
    assert kept.sent() == [3] and kept.said == [(1, "presented")]


def test_each_is_concluded_once() -> None:
    kept = Kept()
    kept.line.add(frame(0, due=1.0))
    kept.sent()
    for _ in range(3):
        kept.line.acknowledge(0, "presented")
    kept.line.look(100.0)
    kept.line.acknowledge(7, "late")
    assert kept.said == [(0, "presented")]


def test_what_is_past_is_not_sent() -> None:
    kept = Kept()
    for serial in range(4):
        kept.line.add(frame(serial, due=serial / 24))
    assert kept.sent(now=2.5 / 24) == [2, 3]
    assert kept.said == [(0, "late"), (1, "late")]


def test_a_newer_generation_makes_void_what_waits() -> None:
    kept = Kept()
    for serial in range(5):
        kept.line.add(frame(serial, due=1.0))
    kept.sent()
    kept.line.add(frame(9, due=1.0, generation=1))
    assert kept.said == [(3, "late"), (4, "late")]
    for serial in range(3):
        kept.line.acknowledge(serial, "late")
    assert kept.sent() == [9]


def test_a_page_that_says_nothing_gets_no_more_until_it_does() -> None:
    kept = Kept()
    for serial in range(3):
        kept.line.add(frame(serial, due=1.0))
    kept.sent()
    kept.line.look(1.0 + STALL - 0.01)
    assert not kept.said
    kept.line.look(1.0 + STALL + 0.01)
    assert kept.said == [(0, "late"), (1, "late"), (2, "late")] and kept.line.stalled
    kept.line.add(frame(3, due=9.0))
    assert kept.sent(now=4.0) == []
    kept.line.acknowledge(0, "late")
    assert kept.sent(now=4.0) == [3]


def test_of_too_many_the_oldest_is_late() -> None:
    kept = Kept(most=2)
    for serial in range(3):
        kept.line.add(frame(serial, due=1.0))
    assert kept.said == [(0, "late")] and kept.line.has(1) and not kept.line.has(0)


def test_a_frame_without_a_time_waits_as_long_as_it_has_to() -> None:
    kept = Kept()
    kept.line.add(frame(0))
    kept.line.look(1e6)
    assert kept.sent(now=1e6) == [0]


def test_the_newest_frame_is_sent_though_it_is_past_for_nothing_else_would_be_seen() -> None:
    kept = Kept()
    kept.line.add(frame(0, due=0.0))
    assert kept.sent(now=1.0) == [0]
    kept.line.add(frame(1, due=1.0))
    kept.line.look(3.1)
    assert (1, "late") in kept.said and kept.sent(now=3.1) == []
