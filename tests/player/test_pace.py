"""The pace: when frames are due, what is late, and that a slow show leaves pictures out, never the sound."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from itertools import pairwise
from typing import Any

import pytest
from barred import HEIGHT, WIDTH, Seen, Watcher, barred
from shows import run

from dcp.picture.codec import codec_by_name
from player.clock import FilmClock, NoPace, WallPace
from player.screen.screen import Ack, Frame
from player.transport import Pause, Play, Seek, Stop

Make = Callable[..., Any]
RATES = (24, 25, 30, 48, 50, 60, 96, 100, 120)


@pytest.mark.parametrize("rate", [Fraction(24000, 1001), *map(Fraction, RATES)])
def test_no_error_adds_up_over_three_hours(rate: Fraction) -> None:
    pace = WallPace(rate, clock=lambda: 0.0)
    assert pace.due(7) is None
    pace.begin(7, 1000.0)
    frames = int(3 * 3600 * rate)
    assert pace.due(7) == 1000.0
    due = pace.due(7 + frames)
    assert due is not None and abs(due - 1000.0 - float(frames / rate)) < 1e-6
    assert pace.period == float(1 / rate)


def test_it_is_based_anew() -> None:
    pace = WallPace(Fraction(24), clock=lambda: 5.0)
    pace.begin(0, 1.0)
    pace.forget()
    assert pace.due(100) is None
    pace.begin(100, 50.0)
    assert pace.due(124) == 51.0


def test_without_a_pace_nothing_is_due() -> None:
    pace = NoPace()
    pace.begin(0, 1.0)
    assert (pace.due(0), pace.period) == (None, None)


def test_the_clock_of_a_show_goes_with_the_film_or_with_the_wall() -> None:
    now, wall = datetime(2028, 6, 1, 12, 0, tzinfo=UTC), [100.0]
    film = FilmClock(now, clock=lambda: wall[0])
    wall[0] = 500.0
    assert film() == now
    for _ in range(48):
        film.played(Fraction(1, 24))
    assert film() == now + timedelta(seconds=2)
    film.run()
    wall[0] = 510.0
    assert film() == now + timedelta(seconds=12)


def test_the_log_tells_the_time_of_the_film(make: Make) -> None:
    made = make(lengths=(24, 24), picture=lambda *_: barred(1), size=(WIDTH, HEIGHT))
    report = run(made)
    times = {event.message: event.time for event in report.events}
    begin = report.events[0].time
    assert times["reel 1, MainPicture: frames 0 to 23"] - begin == timedelta(seconds=Fraction(23, 24) * 1.0)
    assert times["played to the end"] - begin == timedelta(seconds=2)


def punctual(screen: Watcher, rate: Fraction) -> None:
    """No frame came before its time, and the due times are those of the rate."""
    dues = [each.frame.due for each in screen.seen]
    assert None not in dues
    for number, due in enumerate(dues):
        assert due is not None
        assert abs(due - (dues[0] or 0.0) - float(number / rate)) < 1e-6
    lead = screen.lead or 0.0
    assert all(each.at >= (each.frame.due or 0.0) - lead - 1e-3 for each in screen.seen)


@pytest.mark.parametrize("rate", RATES)
def test_every_rate_is_kept(make: Make, rate: int) -> None:
    frames = max(rate // 6, 8)
    made = make(
        lengths=(frames // 2, frames - frames // 2),
        picture=lambda number, *_: barred(number),
        size=(WIDTH, HEIGHT),
        rate=Fraction(rate),
    )
    screen = Watcher(lead=0.002)
    report = run(made, screen)
    assert screen.numbers == list(range(frames))
    punctual(screen, Fraction(rate))
    took = screen.seen[-1].at - screen.seen[0].at
    assert took >= (frames - 1) / rate - 0.01
    assert all(each.picture in (None, each.frame.number) for each in screen.seen)
    assert all(each.frame.sound for each in screen.seen)
    late = [each.frame.number for each in screen.seen if each.picture is None]
    assert report.frames_dropped == len(late)
    assert report.frames_shown == frames - len(late)


class Slow:
    """A codec that takes its time."""

    name = "slow"

    def __init__(self, seconds: float) -> None:
        self.inner, self.seconds, self.calls = codec_by_name(), seconds, 0

    def encode(self, image: Any, *, limits: Any, bits: int = 12) -> bytes:
        return self.inner.encode(image, limits=limits, bits=bits)

    def decode(self, codestream: bytes, *, reduce: int = 0) -> Any:
        self.calls += 1
        time.sleep(self.seconds)
        return self.inner.decode(codestream, reduce=reduce)


def test_a_show_too_slow_leaves_pictures_out_and_keeps_time_and_sound(make: Make) -> None:
    made = make(lengths=(30,), picture=lambda number, *_: barred(number), size=(WIDTH, HEIGHT))
    codec, screen = Slow(0.25), Watcher(lead=0.0)
    report = run(made, screen, workers=2, codec=codec)
    # two threads at 250 ms a frame come to some 8 frames a second of the 24; on a busy machine to fewer
    assert screen.numbers == list(range(30))
    assert all(each.frame.sound for each in screen.seen)
    punctual(screen, Fraction(24))
    assert 1 <= report.frames_shown < 27
    assert report.frames_shown + report.frames_dropped == 30
    assert codec.calls < 30, "what would come too late is not decoded"
    assert all(each.picture in (None, each.frame.number) for each in screen.seen)
    assert report.late and sum(last - first + 1 for first, last in report.late) == report.frames_dropped
    assert (report.verdict, report.exit_code) == ("complete", 0)


def test_a_screen_without_a_pace_gets_every_frame_however_slow(make: Make) -> None:
    made = make(lengths=(12,), picture=lambda number, *_: barred(number), size=(WIDTH, HEIGHT))
    screen = Watcher()
    report = run(made, screen, workers=2, codec=Slow(0.06))
    assert screen.pictures == list(range(12))
    assert report.frames_dropped == 0


def test_after_a_pause_and_a_seek_time_begins_anew(make: Make) -> None:
    made = make(lengths=(40,), picture=lambda number, *_: barred(number), size=(WIDTH, HEIGHT))

    def on_show(screen: Watcher, frame: Frame) -> None:
        if len(screen.seen) == 4:
            screen.signal.post(Pause())
            threading.Timer(0.3, screen.signal.post, [Play()]).start()
        elif len(screen.seen) == 8:
            screen.signal.post(Seek(30))

    screen = Watcher(lead=0.0, on_show=on_show)
    report = run(made, screen)
    assert screen.numbers == [*range(8), *range(30, 40)]
    dues = [each.frame.due or 0.0 for each in screen.seen]
    assert dues[4] - dues[3] > 0.25
    for run_of in (dues[4:8], dues[8:]):
        assert all(abs(after - before - 1 / 24) < 1e-6 for before, after in pairwise(run_of))
    assert report.frames_shown + len([each for each in screen.seen if each.picture is None]) == 18


def test_a_frame_that_is_known_to_be_late_early_does_not_move_the_show(make: Make) -> None:
    """Its word comes while those ahead of it are still to be seen."""
    made = make(lengths=(12,), picture=lambda number, *_: barred(number), size=(WIDTH, HEIGHT))
    where: list[int | None] = []

    class Desk(Watcher):
        attended = True

        def attend(self, show: Any, block: Any, report: Any) -> None:
            self.show_of = show

        def show(self, frame: Frame) -> None:
            self.seen.append(Seen(frame, frame.number, time.monotonic(), None, False))
            signal = self.signal
            if frame.number == 0:
                signal.presented(frame)
                signal.post(Play())
            elif frame.number == 5:
                signal.acknowledge(Ack(frame.serial, "late", time.monotonic()))
                where.append(self.show_of.transport.state.frame)
                for each in self.seen[1:5]:
                    signal.presented(each.frame)
                threading.Timer(0.1, lambda: signal.post(Stop())).start()

    report = run(made, Desk(lead=0.3))
    assert where == [0]
    assert report.frames_shown == 5 and report.late == ((5, 5),)
