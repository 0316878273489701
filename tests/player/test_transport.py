"""Commands to a show, against a model that knows no reading ahead."""

from __future__ import annotations

import random
import threading
from collections import deque

import pytest
from transports import Model, random_command

from dcp.errors import UsageError
from player.transport import (
    Jump,
    Loop,
    Pause,
    Play,
    Seek,
    State,
    Step,
    Stop,
    Subtitles,
    Transport,
    Wanted,
)


class Viewer:
    """A show without pictures: reads up to `window` ahead, shows a frame when it is asked to."""

    def __init__(self, transport: Transport, window: int = 4) -> None:
        self.transport, self.window = transport, window
        self.queue: deque[Wanted] = deque()
        self.seen: list[int] = []

    def tick(self) -> bool:
        """Show the next frame, if there is one to be shown."""
        transport = self.transport
        while self.queue and transport.void(self.queue[0]):
            self.queue.popleft()
        while len(self.queue) < self.window and (wanted := transport.take()) is not None:
            self.queue.append(wanted)
        if not self.queue or not transport.admits(self.queue[0]):
            return False
        wanted = self.queue.popleft()
        self.seen.append(wanted.frame)
        transport.handed(wanted)
        transport.passed(wanted)
        return True

    def ticks(self, count: int) -> list[int]:
        before = len(self.seen)
        for _ in range(count):
            self.tick()
        return self.seen[before:]


def test_without_commands_every_frame_in_order_then_the_end() -> None:
    transport = Transport(3, 9)
    viewer = Viewer(transport)
    assert viewer.ticks(20) == [3, 4, 5, 6, 7, 8, 9]
    assert transport.over
    assert transport.wanted() is None


def test_a_start_inside_and_one_outside() -> None:
    assert Viewer(Transport(0, 9, start=7)).ticks(9) == [7, 8, 9]
    with pytest.raises(UsageError, match="0 to 9"):
        Transport(0, 9, start=10)


def test_a_pause_keeps_what_was_read_and_goes_on_where_it_was() -> None:
    transport = Transport(0, 9)
    viewer = Viewer(transport)
    assert viewer.ticks(3) == [0, 1, 2]
    transport.post(Pause())
    assert viewer.ticks(3) == []
    assert not transport.over
    assert transport.state.frame == 2
    transport.post(Play())
    assert viewer.ticks(10) == [3, 4, 5, 6, 7, 8, 9]
    assert transport.state.generation == 0


def test_paused_before_the_first_frame_that_one_is_shown() -> None:
    transport = Transport(0, 9, start=4)
    transport.post(Pause())
    assert Viewer(transport).ticks(5) == [4]
    assert Viewer(Transport(0, 9, start=4, playing=False)).ticks(5) == [4]


def test_a_seek_voids_what_was_read_before() -> None:
    transport = Transport(0, 99)
    viewer = Viewer(transport)
    viewer.ticks(3)
    old = viewer.queue[0]
    transport.post(Seek(50))
    assert transport.void(old) and not transport.admits(old)
    assert viewer.ticks(3) == [50, 51, 52]
    transport.post(Pause())
    transport.post(Seek(70))
    assert transport.state == State(2, 70, playing=False, loop=False, stopped=False)
    assert viewer.ticks(3) == [70]
    transport.passed(old)  # a late word of before changes nothing
    assert transport.state.frame == 70


def test_outside_is_the_nearest_inside() -> None:
    transport = Transport(5, 9)
    viewer = Viewer(transport)
    for command, frame in [(Seek(0), 5), (Seek(1000), 9), (Step(-100), 5), (Step(100), 9)]:
        transport.post(command)
        assert viewer.ticks(1) == [frame]


def test_steps_add_up_and_pause() -> None:
    transport = Transport(0, 99)
    viewer = Viewer(transport)
    viewer.ticks(10)
    for _ in range(3):
        transport.post(Step(2))
    assert viewer.ticks(5) == [15]
    transport.post(Step(-1))
    assert viewer.ticks(5) == [14]
    assert not transport.state.playing


def test_a_loop_has_no_gap_and_can_be_left_and_entered_late() -> None:
    transport = Transport(0, 2, loop=True)
    viewer = Viewer(transport, window=7)
    assert viewer.ticks(7) == [0, 1, 2, 0, 1, 2, 0]
    transport.post(Loop(False))
    assert viewer.ticks(7) == [1, 2]
    assert transport.over
    transport = Transport(0, 2)
    viewer = Viewer(transport, window=7)
    viewer.ticks(2)
    transport.post(Loop())
    assert viewer.ticks(3) == [2, 0, 1]


def test_after_the_last_frame_play_begins_anew() -> None:
    transport = Transport(0, 3)
    viewer = Viewer(transport)
    transport.post(Step(9))
    assert viewer.ticks(2) == [3]
    transport.post(Play())
    assert viewer.ticks(9) == [0, 1, 2, 3]


def test_a_marker_and_one_that_there_is_not() -> None:
    transport = Transport(0, 99, markers={"FFEC": 60})
    transport.post(Jump("ffec"))
    assert Viewer(transport).ticks(2) == [60, 61]
    with pytest.raises(UsageError, match="FFEC"):
        transport.post(Jump("FFOC"))
    assert transport.state.frame == 60 or transport.state.frame == 61


def test_a_stop_is_the_end_and_nothing_read_is_shown() -> None:
    transport = Transport(0, 99, loop=True)
    viewer = Viewer(transport)
    viewer.ticks(2)
    transport.post(Stop())
    transport.post(Play())
    assert viewer.ticks(2) == []
    assert transport.over and transport.state.stopped


def test_a_command_wakes_who_waits() -> None:
    transport = Transport(0, 9)
    since = transport.posted
    assert not transport.wait(0.001)
    timer = threading.Timer(0.01, transport.post, [Pause()])
    timer.start()
    assert transport.wait(5, since=since)
    timer.join()
    assert transport.wait(0, since=since)


class Far(Viewer):
    """A screen that has `lead` frames before they are seen."""

    def __init__(self, transport: Transport, lead: int = 3) -> None:
        super().__init__(transport)
        self.lead = lead
        self.flying: deque[Wanted] = deque()

    def tick(self) -> bool:
        """Hand one over, and the oldest one is seen."""
        transport = self.transport
        while self.queue and transport.void(self.queue[0]):
            self.queue.popleft()
        while self.flying and transport.recalled(self.flying[0]):
            self.flying.popleft()
        while len(self.queue) < self.window and (wanted := transport.take()) is not None:
            self.queue.append(wanted)
        handed = bool(self.queue) and transport.admits(self.queue[0])
        if handed:
            self.flying.append(self.queue.popleft())
            transport.handed(self.flying[-1])
        if len(self.flying) > self.lead or (self.flying and not handed):
            wanted = self.flying.popleft()
            self.seen.append(wanted.frame)
            transport.passed(wanted)
        return handed


def test_a_pause_stands_at_what_is_seen_not_at_what_was_handed_over() -> None:
    transport = Transport(0, 30)
    viewer = Far(transport)
    assert viewer.ticks(8) == [0, 1, 2, 3, 4]
    transport.post(Pause())
    assert transport.state.frame == 4 and transport.state.generation == 1
    assert viewer.ticks(8) == []
    transport.post(Play())
    assert viewer.ticks(8) == [5, 6, 7, 8, 9]


def test_what_was_seen_while_the_pause_was_on_its_way_is_not_seen_again() -> None:
    transport = Transport(0, 30)
    viewer = Far(transport)
    viewer.ticks(8)
    transport.post(Pause())
    transport.passed(viewer.flying[0])
    assert transport.state.frame == 5
    transport.post(Play())
    assert viewer.ticks(5) == [6, 7]
    transport.post(Step(-1))
    assert viewer.ticks(2) == [6]


def test_a_step_counts_from_what_is_seen() -> None:
    transport = Transport(0, 30)
    viewer = Far(transport)
    viewer.ticks(8)
    transport.post(Step(1))
    assert viewer.ticks(3) == [5]


def test_a_pause_right_behind_a_seek_shows_its_frame() -> None:
    transport = Transport(0, 30)
    viewer = Far(transport)
    viewer.ticks(8)
    transport.post(Seek(20))
    viewer.tick()
    viewer.tick()
    transport.post(Pause())
    assert transport.state.frame == 20
    assert viewer.ticks(4) == [20]


@pytest.mark.parametrize("seed", range(10))
def test_pauses_lose_no_frame_and_repeat_none(seed: int) -> None:
    dice = random.Random(seed)
    transport = Transport(0, 60)
    viewer = Far(transport, dice.randint(1, 9))
    while len(viewer.seen) < 61:
        transport.post(dice.choice([Pause(), Play(), Play()]))
        viewer.ticks(dice.randint(1, 12))
    assert viewer.seen == list(range(61))


def test_subtitles_of_a_show_that_stands_draw_its_frame_anew() -> None:
    transport = Transport(0, 9, start=4, playing=False)
    viewer = Viewer(transport)
    assert viewer.ticks(3) == [4]
    transport.post(Subtitles("de"))
    assert transport.state.subtitles == "de" and transport.state.generation == 1
    assert transport.wanted() == Wanted(1, 4, "de", 1)
    assert viewer.ticks(3) == [4]
    transport.post(Subtitles("de"))
    assert viewer.ticks(3) == [], "it is drawn already"


def test_subtitles_of_a_show_that_plays_leave_no_gap() -> None:
    transport = Transport(0, 20)
    viewer = Far(transport)
    viewer.ticks(8)
    transport.post(Subtitles("off"))
    assert transport.state.generation == 0
    assert not transport.recalled(viewer.flying[0]) and transport.void(viewer.queue[0])
    viewer.ticks(30)
    assert viewer.seen == list(range(21))


def test_subtitles_at_the_end_draw_the_last_frame_anew() -> None:
    transport = Transport(0, 3, stays=True)
    viewer = Viewer(transport)
    assert viewer.ticks(9) == [0, 1, 2, 3]
    transport.post(Subtitles("off"))
    assert viewer.ticks(9) == [3]


def test_subtitles_that_there_are_not() -> None:
    def check(choice: str) -> None:
        raise UsageError("play.no-such-text", language=choice, known="de")

    transport = Transport(0, 3, check=check)
    with pytest.raises(UsageError, match="no subtitles in fr"):
        transport.post(Subtitles("fr"))
    assert transport.state.subtitles == "on"


@pytest.mark.parametrize("seed", range(25))
def test_random_commands_show_what_the_model_shows(seed: int) -> None:
    dice = random.Random(seed)
    first = dice.randrange(3)
    last = first + dice.choice([0, 1, 2, 5, 40])
    transport, model = Transport(first, last), Model(first, last)
    viewer = Viewer(transport, window=dice.randint(1, 9))
    for _ in range(200):
        if dice.random() < 0.5:
            command = random_command(dice, last)
            transport.post(command)
            model.obey(command)
        expected = model.tick()
        assert viewer.ticks(1) == ([] if expected is None else [expected])
