"""Several screens in one pass: each gets what it prepared, a frame counts when all have acknowledged it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from shows import run

from dcp.errors import UsageError
from dcp.sound.riff import read_pcm_wav
from player.screen.screen import XYZ, Ack, Encoding, Frame, Image, Outcome, Showing, Signal, Sound
from player.screen.several import Several, together
from player.screen.wav import WavScreen
from player.transport import Pause, Play


@dataclass
class Slow:
    """A screen that acknowledges when it is told to."""

    name: str
    sees: bool = True
    hears: bool = False
    lead: float | None = None
    encoding: Encoding = XYZ
    frames: list[Frame] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)
    signal: Signal | None = None
    left_by: str = ""

    @property
    def target(self) -> str:
        return self.name

    @contextmanager
    def showing(self, signal: Signal) -> Iterator[Showing]:
        self.signal = signal
        try:
            yield self
            self.left_by = "end"
        except BaseException:
            self.left_by = "error"
            raise

    def prepare(self, image: Image) -> bytes:
        assert self.sees
        return self.name.encode()

    def show(self, frame: Frame) -> None:
        self.frames.append(frame)

    def changed(self, signal: Signal) -> None:
        self.sizes.append(signal.width)
        self.signal = signal

    def acknowledge(self, serial: int, outcome: Outcome = "presented", at: float = 0.0) -> None:
        assert self.signal is not None
        self.signal.acknowledge(Ack(serial, outcome, at))


def signal(acks: list[Ack], width: int = 8) -> Signal:
    return Signal(width, 8, Fraction(24), XYZ, 0, 9, Sound(2, 48_000, Fraction(24)), acknowledge=acks.append)


def frame(serial: int, prepared: bytes | None) -> Frame:
    return Frame(serial, 1, serial, 1, prepared, b"sound")


def test_each_gets_its_own_and_all_have_to_acknowledge() -> None:
    one, deaf, ear = Slow("one"), Slow("deaf"), Slow("ear", sees=False, hears=True)
    acks: list[Ack] = []
    both = together([one, deaf, ear])
    assert (both.sees, both.hears, both.lead) == (True, True, None)
    with both.showing(signal(acks)) as lit:
        prepared = lit.prepare(np.zeros((8, 8, 3), np.uint16))
        lit.show(frame(5, prepared))
        lit.show(frame(6, prepared))
        assert [screen.frames[0].prepared for screen in (one, deaf, ear)] == [b"one", b"deaf", None]
        one.acknowledge(5, at=1.0)
        one.acknowledge(5, at=9.0)
        ear.acknowledge(5, at=3.0)
        deaf.acknowledge(6)
        assert acks == []
        deaf.acknowledge(5, at=2.0)
        assert acks == [Ack(5, "presented", 3.0)]
        ear.acknowledge(6, "late")
        one.acknowledge(6)
        assert [(ack.serial, ack.outcome) for ack in acks[1:]] == [(6, "late")]


def test_a_frame_without_picture_has_none_for_any() -> None:
    one, other = Slow("one"), Slow("other")
    with together([one, other]).showing(signal([])) as lit:
        lit.show(frame(1, None))
    assert one.frames[0].prepared is None and other.frames[0].prepared is None


def test_a_change_and_an_end_reach_all() -> None:
    one, other = Slow("one"), Slow("other")
    acks: list[Ack] = []
    with together([one, other]).showing(signal(acks)) as lit:
        lit.changed(signal(acks, width=16))
        one.acknowledge(1)
        assert acks == []  # its word is still counted with the other's
    assert (one.sizes, other.sizes) == ([16], [16])
    assert (one.left_by, other.left_by) == ("end", "end")
    with pytest.raises(ValueError, match="on the way"), together([one, other]).showing(signal([])):
        raise ValueError("on the way")
    assert (one.left_by, other.left_by) == ("error", "error")


def test_a_screen_that_keeps_time_goes_with_sound_and_not_with_a_video() -> None:
    wall, video, ear = Slow("wall", lead=0.2), Slow("video"), Slow("ear", sees=False, hears=True)
    assert together([wall, ear]).lead == 0.2
    with pytest.raises(UsageError) as caught:
        together([wall, video])
    assert caught.value.id == "play.output-not-in-time"


class Ahead:
    """A screen for sound that keeps time and has three frames before they are heard. pause: at this frame it
    is paused, what it holds is void, and it goes on a moment later."""

    name, target, encoding = "ahead", None, XYZ
    sees, hears, lead = False, True, 0.1

    def __init__(self, pause: int, last: int) -> None:
        self.pause, self.last = pause, last
        self.held: list[Frame] = []
        self.heard: list[int] = []

    @contextmanager
    def showing(self, signal: Signal) -> Iterator[Any]:
        self.signal = signal
        yield self

    def changed(self, signal: Signal) -> None: ...

    def prepare(self, image: Any) -> None: ...

    def say(self, outcome: Outcome) -> None:
        frame = self.held.pop(0)
        if outcome == "presented":
            self.heard.append(frame.number)
        self.signal.acknowledge(Ack(frame.serial, outcome, 0.0))

    def show(self, frame: Frame) -> None:
        self.held.append(frame)
        if len(self.held) > 3:
            self.say("presented")
        if frame.number == self.pause:
            self.pause = -1
            self.signal.post(Pause())
            while self.held:
                self.say("late")
            threading.Timer(0.1, self.signal.post, [Play()]).start()
        while frame.number == self.last and self.held:
            self.say("presented")


def test_a_wav_beside_a_screen_that_keeps_time_has_each_sound_once(make: Any, tmp_path: Path) -> None:
    made = make(lengths=(12,), encrypted=(), sound_unit=lambda n, unit: bytes([n]) * len(unit))
    ahead = Ahead(7, 11)
    report = run(made, Several((ahead, WavScreen(tmp_path / "out.wav"))))
    assert ahead.heard == list(range(12))
    assert (report.verdict, report.frames_shown, report.frames_dropped) == ("complete", 12, 0)
    wav = read_pcm_wav(tmp_path / "out.wav")
    assert wav is not None and wav.size == 12 * 2000 * 6
    data = (tmp_path / "out.wav").read_bytes()[-wav.size :]
    middles = [data[frame * 12_000 + 6_000] for frame in range(12)]
    assert middles == list(range(12))
