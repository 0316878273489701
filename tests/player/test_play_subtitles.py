"""Subtitles that are switched while the show runs; text that is not drawn, as words beside the picture."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from unittest.mock import Mock

import pytest
from barred import Watcher
from shows import run, track_of
from titling import cue, titled

from player import source
from player.beside import Line
from player.screen.screen import Frame
from player.transport import Play, Stop, Subtitles

pytestmark = pytest.mark.extra("text")
Make = Callable[..., Any]
SIZE = (512, 288)


class Seat(Watcher):
    """A screen at which somebody sits, who does what the script says at a number of frames shown."""

    attended = True

    def __init__(self, script: dict[int, list[Any]], **options: Any) -> None:
        super().__init__(**options, on_show=self._obey)
        self.script = script
        self.frames: list[tuple[int, bool, tuple[Line, ...]]] = []

    def attend(self, show: Any, block: Any, report: Any) -> None:
        self.report = report

    def show(self, frame: Frame) -> None:
        assert frame.prepared is not None
        import numpy as np

        shape = self.signal.height, self.signal.width, 3
        image = np.frombuffer(frame.prepared, np.uint16).reshape(shape)
        self.frames.append((frame.number, bool(image.std() > 1), frame.lines))
        self.signal.presented(frame)
        self.on_show(self, frame)

    def _obey(self, screen: Watcher, frame: Frame) -> None:
        for command in self.script.get(len(self.frames), ()):
            self.signal.post(command)


def drawn(seat: Seat) -> list[tuple[int, bool]]:
    return [(number, text) for number, text, _ in seat.frames]


def test_a_show_that_stands_draws_its_frame_anew_and_report_and_log_tell_it(make: Make) -> None:
    made = titled(make(lengths=(6,), size=SIZE), [cue(0, 6)])
    titled(made, [cue(4, 6)], language="de")
    seat = Seat({1: [Subtitles("off")], 2: [Subtitles("de")], 3: [Play()], 8: [Stop()]})
    report = run(made, seat)
    assert drawn(seat) == [
        *((0, True), (0, False), (0, False)),
        *((1, False), (2, False), (3, False), (4, True), (5, True)),
    ]
    assert report.subtitles == ((0, "on"), (0, "off"), (0, "de"))
    assert report.document()["subtitles"][1] == {"from": 0, "choice": "off"}
    assert "subtitles from frame 0 on: de" in report.lines()
    said = [event.message for event in report.events if event.subtype == "Subtitles"]
    assert said == ["subtitles off from frame 0 on, on before", "subtitles de from frame 0 on, off before"]
    texts = [track for track in report.reels[0].tracks if track.kind == "MainSubtitle"]
    assert [track.rendered for track in texts] == [True, True]
    assert not any("MainSubtitle" in str(what) for what in report.not_rendered)


def test_one_that_plays_goes_on_with_the_other_text(make: Make) -> None:
    made = titled(make(lengths=(12,), size=SIZE), [cue(0, 12)])
    seat = Seat({1: [Play()], 4: [Subtitles("off")], 12: [Stop()]})
    report = run(made, seat, workers=1)
    assert drawn(seat) == [(n, n < 4) for n in range(12)]
    assert report.subtitles == ((0, "on"), (4, "off"))
    assert report.verdict == "complete"


def test_a_text_is_set_once_whatever_it_is_called(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    made = titled(make(lengths=(4,), size=SIZE), [cue(0, 4)])
    setting = Mock(wraps=source._text)
    monkeypatch.setattr(source, "_text", setting)
    names = [[Subtitles(name)] for name in ("EN", "eN", "En", "off", "en")]
    run(made, Seat({**dict(enumerate(names, 1)), 6: [Stop()]}))
    assert setting.call_count == 2  # of the text, and of none


def test_captions_and_other_text_stand_beside_the_picture(make: Make) -> None:
    made = titled(make(lengths=(4,), size=SIZE), [cue(0, 4, "HELLO")])
    titled(made, [cue(1, 3, "(MUSIC)")], kind="ClosedCaption")
    titled(made, [cue(0, 4, "HALLO")], language="de", entry=0)
    seat = Seat({1: [Play()], 4: [Stop()]})
    run(made, seat)
    beside = {number: lines for number, _, lines in seat.frames}
    german, music = Line("MainSubtitle", "de", "HALLO"), Line("ClosedCaption", "en", "(MUSIC)")
    assert beside == {0: (german,), 1: (german, music), 2: (german, music), 3: (german,)}


def test_of_a_text_that_is_damaged_there_are_no_words(make: Make) -> None:
    made = titled(
        make(lengths=(2,), size=SIZE), [cue(0, 2)], kind="ClosedCaption", change=lambda data: data[:-40]
    )
    seat = Seat({1: [Play()], 2: [Stop()]})
    report = run(made, seat)
    assert [lines for *_, lines in seat.frames] == [(), ()]
    assert track_of(report, "ClosedCaption").damaged


def test_a_screen_without_a_seat_has_no_words(make: Make) -> None:
    seat = Seat({})
    seat.attended = False
    run(titled(make(lengths=(2,), size=SIZE), [cue(0, 2)], kind="ClosedCaption"), seat)
    assert [lines for *_, lines in seat.frames] == [(), ()]
