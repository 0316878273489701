"""Time in a show: it runs with the film, the KDM's window ends when it ends, six hours of grace."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from barred import HEIGHT, WIDTH, Watcher, barred
from shows import distributor_and_theatre, track_of, with_kdm

from dcp.trust.making import NewChain
from player.play import play
from player.report import PlayReport
from player.screen.screen import Frame
from player.transport import Pause, Stop

END = datetime(2028, 6, 1, 12, 0, tzinfo=UTC)
BEGIN = END - timedelta(days=7)


@pytest.fixture(scope="module")
def chains() -> tuple[NewChain, NewChain]:
    return distributor_and_theatre(BEGIN)


@pytest.fixture
def show(make: Callable[..., Any], chains: tuple[NewChain, NewChain]) -> Callable[..., PlayReport]:
    """Two seconds of film with a KDM whose window ends at END."""
    made = make(lengths=(30, 18), picture=lambda number, *_: barred(number), size=(WIDTH, HEIGHT))
    request = with_kdm(made, chains, begin=BEGIN, end=END)
    return lambda **options: play(made.root, kdm=request, **options)


def ended(report: PlayReport) -> list[tuple[Any, datetime]]:
    return [
        (event.parameters["frame"], event.time) for event in report.events if event.subtype == "WindowEnded"
    ]


def test_a_window_that_ends_during_the_show_is_logged_when_it_ends(show: Callable[..., PlayReport]) -> None:
    screen = Watcher()
    report = show(now=END - timedelta(seconds=1), screen=screen)
    assert screen.numbers == list(range(48))
    assert (report.verdict, report.exit_code) == ("complete", 0)
    ((frame, time),) = ended(report)
    assert frame == 25
    assert timedelta(0) < time - END < timedelta(milliseconds=50)
    inside = [event.subtype for event in report.events]
    assert inside.index("CPLStart") < inside.index("WindowEnded") < inside.index("PlayoutComplete")


def test_one_that_does_not_end_is_not_logged(show: Callable[..., PlayReport]) -> None:
    assert ended(show(now=END - timedelta(seconds=2))) == []


def test_in_a_show_that_keeps_time_a_pause_counts(show: Callable[..., PlayReport]) -> None:
    seen: list[float] = []

    def on_show(screen: Watcher, frame: Frame) -> None:
        if len(screen.seen) == 3:
            screen.signal.post(Pause())
            seen.append(0)

    screen = Watcher(lead=0.0, on_show=on_show)
    report = show(
        now=END - timedelta(seconds=0.6),
        screen=screen,
        cancel=lambda: len(seen) > 0 and (seen.append(0) or len(seen) > 15),  # type: ignore[func-returns-value]
    )
    assert screen.numbers == [0, 1, 2]
    assert len(ended(report)) == 1
    assert report.verdict == "stopped"


def test_after_six_hours_more_it_stops_and_all_that_was_admitted_is_booked(
    show: Callable[..., PlayReport],
) -> None:
    screen = Watcher(delay=0.01)
    now = [END - timedelta(minutes=1)]

    def clock() -> datetime:
        return END + timedelta(hours=6, seconds=1) if len(screen.seen) >= 20 else now[0]

    report = show(now=now[0], clock=clock, screen=screen)
    assert screen.numbers == list(range(20))
    assert (report.verdict, report.frames_shown, report.frames_dropped) == ("stopped", 20, 28)
    assert track_of(report, "Picture").units_read == 20
    assert track_of(report, "Sound", reel=1).units_read == 0
    assert [event.message for event in report.events if event.subtype == "Stopped"] == [
        "the KDM's window ended more than 6 hours before frame 20"
    ]
    played = [event for event in report.events if event.subtype == "FrameSequencePlayed"]
    assert {event.parameters["last_frame"] for event in played} == {19}


def test_a_stop_by_command_is_told(show: Callable[..., PlayReport]) -> None:
    screen = Watcher(on_show=lambda screen, frame: screen.signal.post(Stop()) if frame.number == 9 else None)
    report = show(now=BEGIN, screen=screen)
    assert screen.numbers == list(range(10))
    assert (report.verdict, report.exit_code, report.frames_shown) == ("stopped", 1, 10)
