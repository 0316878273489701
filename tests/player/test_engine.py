"""Seek, step, loop, reel change: every picture that the screen got says which frame it is."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from barred import BLACK, HEIGHT, WIDTH, Watcher, barred
from shows import run, track_of
from transports import Model, random_command

from dcp.errors import DcpError, UsageError
from player import engine
from player.screen.screen import Frame
from player.transport import Command, Jump, Loop, Pause, Play, Seek, Step, Stop

Make = Callable[..., Any]
Script = Iterator[list[Command]]


@pytest.fixture
def film(make: Make) -> Any:
    """Two encrypted reels with sound, 14 and 10 frames."""
    return make(lengths=(14, 10), entry=2, picture=barred, size=(WIDTH, HEIGHT), first_code=100)


def scripted(*steps: tuple[int, list[Command]]) -> Callable[[Watcher, Frame], None]:
    """After so many frames are seen, these commands."""
    by_count = dict(steps)

    def on_show(screen: Watcher, frame: Frame) -> None:
        for command in by_count.get(len(screen.seen), []):
            screen.signal.post(command)

    return on_show


def right(screen: Watcher, *, first_code: int = 100) -> None:
    """Every picture is that of the frame it was handed over as."""
    assert screen.pictures == [first_code + number for number in screen.numbers]


def test_a_seek_shows_the_frame_sought_next_and_nothing_of_before(film: Any) -> None:
    screen = Watcher(on_show=scripted((3, [Seek(17)]), (6, [Seek(1), Seek(12)])))
    report = run(film, screen, workers=4)
    assert screen.numbers == [0, 1, 2, 17, 18, 19, *range(12, 24)]
    right(screen)
    assert [each.frame.generation for each in screen.seen] == [0] * 3 + [1] * 3 + [3] * 12
    assert report.runs == ((0, 2), (17, 19), (12, 23))
    assert (report.verdict, report.frames_shown, report.frames_dropped) == ("complete", 18, 9)
    assert [reel.frames_shown for reel in report.reels] == [5, 13]
    logged = [
        (event.parameters["first_frame"], event.parameters["last_frame"], event.parameters["units"])
        for event in report.events
        if event.subtype == "FrameSequencePlayed"
    ]
    runs = [(0, 2), (17, 19), (12, 13), (14, 23)]
    assert logged == [(first, last, last - first + 1) for first, last in runs for _ in range(2)]


def test_sound_is_that_of_the_frame(film: Any) -> None:
    screen = Watcher(on_show=scripted((2, [Seek(16)]), (4, [Stop()])))
    report = run(film, screen)
    assert [each.frame.sound[-1:] for each in screen.seen if each.frame.sound] == [b"\2", b"\3", b"\4", b"\5"]
    assert all(len(each.frame.sound or b"") == 2000 * 2 * 3 for each in screen.seen)
    assert report.verdict == "stopped"


def test_pause_step_and_play(film: Any) -> None:
    waits: list[float] = []

    def on_show(screen: Watcher, frame: Frame) -> None:
        if len(screen.seen) == 2:
            screen.signal.post(Pause())
            waits.append(time.monotonic())
            threading.Timer(0.05, screen.signal.post, [Step(11)]).start()
        elif len(screen.seen) == 3:
            waits.append(time.monotonic())
            screen.signal.post(Step())
        elif len(screen.seen) == 4:
            screen.signal.post(Step(-1))
        elif len(screen.seen) == 5:
            screen.signal.post(Play())

    screen = Watcher(on_show=on_show)
    report = run(film, screen)
    assert screen.numbers == [0, 1, 12, 13, 12, *range(13, 24)]
    right(screen)
    assert waits[1] - waits[0] >= 0.05
    assert report.frames_shown == 16


def test_a_loop_has_every_frame_again_and_counts_it_again(film: Any) -> None:
    totals: set[int] = set()
    screen = Watcher(on_show=scripted((60, [Loop(False)])))
    report = run(film, screen, loop=True, progress=lambda done, total: totals.add(total))
    assert totals == {0}  # of a loop nobody knows how many there will be
    assert screen.numbers == [*range(24)] * 3
    right(screen)
    assert (report.frames_shown, report.frames_dropped, report.verdict) == (72, 0, "complete")
    assert [reel.frames_shown for reel in report.reels] == [42, 30]
    assert track_of(report, "Sound").units_read == 42
    assert report.runs == ((0, 23),) * 3


def test_a_start_by_frame_timecode_and_marker(make: Make, film: Any) -> None:
    for start, first in [(20, 20), ("00:00:00:15", 15)]:
        screen = Watcher()
        report = run(film, screen, start=start)
        assert screen.numbers == list(range(first, 24))
        right(screen)
        assert (report.first_frame, report.frames_shown, report.frames_dropped) == (first, 24 - first, 0)
    with pytest.raises(UsageError, match="0 to 23"):
        run(film, start=24)
    with pytest.raises(UsageError, match="none"):
        run(film, start="FFOC")


def test_a_jump_to_what_there_is_not_is_told_to_who_asked(film: Any) -> None:
    def on_show(screen: Watcher, frame: Frame) -> None:
        with pytest.raises(UsageError, match="FFOC"):
            screen.signal.post(Jump("FFOC"))

    run(film, Watcher(on_show=on_show), frames=(0, 1))


def test_a_loop_to_a_file_is_refused(film: Any, tmp_path: Any) -> None:
    from player.screen.registry import screen_for

    with pytest.raises(UsageError, match="no end"):
        run(film, screen_for(f"y4m:{tmp_path / 'out.y4m'}"), loop=True)


def test_words_of_frames_that_come_late_and_out_of_order_are_booked_in_order(film: Any) -> None:
    done: list[int] = []
    screen = Watcher(delay=0.004, on_show=scripted((5, [Seek(15)])))
    report = run(film, screen, progress=lambda count, total: done.append(count))
    assert screen.numbers == [*range(5), *range(15, 24)]
    assert done == list(range(1, 15))
    assert report.runs == ((0, 4), (15, 23))
    assert (report.frames_shown, report.verdict) == (14, "complete")


def test_a_frame_that_the_screen_calls_late_was_not_shown(film: Any, monkeypatch: Any) -> None:
    screen = Watcher()
    show = screen.show

    def late(frame: Frame) -> None:
        from player.screen.screen import Ack

        if frame.number in (3, 4, 20):
            screen.signal.acknowledge(Ack(frame.serial, "late", 0.0))
        show(frame)

    monkeypatch.setattr(screen, "show", late)
    report = run(film, screen)
    assert (report.frames_shown, report.frames_dropped) == (21, 3)
    assert report.late == ((3, 4), (20, 20))
    assert [reel.frames_late for reel in report.reels] == [2, 1]


def test_a_silent_screen_is_given_up(film: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(engine, "MOST_OUT", 3)
    monkeypatch.setattr(engine, "SILENT", 0.05)

    class Silent(Watcher):
        def show(self, frame: Frame) -> None:
            self.seen.append(frame)  # type: ignore[arg-type]

    screen = Silent()
    with pytest.raises(DcpError, match="has not said"):
        run(film, screen)
    assert len(screen.seen) == 3


def test_what_the_screen_never_speaks_of_counts_as_left_out(film: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(engine, "GRACE", 0.05)

    class Forgetful(Watcher):
        def show(self, frame: Frame) -> None:
            if frame.number < 20:
                super().show(frame)

    report = run(film, Forgetful())
    assert (report.frames_shown, report.frames_dropped) == (20, 4)


def test_a_stop_books_all_that_was_handed_over(film: Any) -> None:
    screen = Watcher(delay=0.01)
    report = run(film, screen, cancel=lambda: len(screen.seen) >= 6)
    assert screen.numbers == list(range(6))
    assert (report.frames_shown, report.verdict) == (6, "stopped")
    assert track_of(report, "Picture").units_read == 6


def test_damage_shown_twice_is_one_run_and_logged_twice(make: Make) -> None:
    def damage(number: int, data: bytes) -> bytes:
        return b"nothing" if number in (3, 4) else data

    made = make(lengths=(6,), picture=barred, size=(WIDTH, HEIGHT), damage=damage)
    screen = Watcher(on_show=scripted((10, [Loop(False)])))
    report = run(made, screen, loop=True)
    assert screen.pictures == [0, 1, 2, BLACK, BLACK, 5] * 2
    (found,) = track_of(report, "Picture").damaged
    assert (found.first_frame, found.last_frame) == (3, 4)
    assert report.reels[0].frames_black == 4
    assert sum(event.exception is not None for event in report.events) == 4


def random_show(film: Any, seed: int, commands: int) -> None:
    """Commands between frames, on the thread that shows: each frame is the one that the model sees."""
    dice = random.Random(seed)
    model = Model(0, 23)
    left = commands

    def on_show(screen: Watcher, frame: Frame) -> None:
        nonlocal left
        assert frame.number == model.tick()
        while left and (model.coming is None or dice.random() < 0.6):
            command = random_command(dice, 23)
            screen.signal.post(command)
            model.obey(command)
            left -= 1
        if not left:
            if model.coming is None:
                last = Seek(dice.randrange(24))
                screen.signal.post(last)
                model.obey(last)
            left = -1
        elif left < 0:
            screen.signal.post(Stop())

    screen = Watcher(on_show=on_show)
    report = run(film, screen, workers=dice.randint(1, 4))
    right(screen)
    assert report.frames_shown == len(screen.seen)


@pytest.mark.parametrize("seed", [1, 2])
def test_random_commands_end_at_the_right_frame(film: Any, seed: int) -> None:
    random_show(film, seed, 60)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(10))
def test_two_hundred_random_commands_end_at_the_right_frame(film: Any, seed: int) -> None:
    random_show(film, 100 + seed, 200)


def storm(film: Any, seed: int, commands: int, *, lead: float | None) -> None:
    """Commands from another thread at any moment; then a seek, and its frame is the last one shown."""
    dice = random.Random(seed)
    target = dice.randrange(24)
    begun, sought = threading.Event(), threading.Event()

    def on_show(screen: Watcher, frame: Frame) -> None:
        begun.set()
        if sought.is_set() and frame.number == target and frame.prepared is not None:
            screen.signal.post(Stop())

    screen = Watcher(lead=lead, on_show=on_show)

    def post() -> None:
        assert begun.wait(60)
        screen.signal.post(Loop())
        for _ in range(commands):
            screen.signal.post(
                dice.choice([Play(), Pause(), Step(dice.randint(-9, 9)), Seek(dice.randrange(24))])
            )
            time.sleep(dice.random() * 0.01)
        screen.signal.post(Pause())
        sought.set()
        screen.signal.post(Seek(target))

    thread = threading.Thread(target=post)
    thread.start()
    report = run(film, screen, workers=dice.randint(1, 4))
    thread.join()
    assert screen.numbers[-1] == target
    assert all(each.picture in (None, 100 + each.frame.number) for each in screen.seen)
    generations = [each.frame.generation for each in screen.seen]
    assert generations == sorted(generations)
    assert report.frames_shown + sum(reel.frames_late for reel in report.reels) == len(screen.seen)


def test_commands_at_any_moment_end_at_the_right_frame(film: Any) -> None:
    storm(film, 1, 60, lead=None)
    storm(film, 2, 60, lead=0.0)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(10))
def test_two_hundred_commands_at_any_moment_end_at_the_right_frame(film: Any, seed: int) -> None:
    storm(film, 200 + seed, 200, lead=(None, 0.0)[seed % 2])
