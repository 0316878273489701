"""Pictures that tell their number to whoever looks at them, and a screen that looks."""

from __future__ import annotations

import functools
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dcp.picture.codec import codec_by_name
from dcp.picture.limits import frame_limits
from player.screen.screen import XYZ, Ack, Encoding, Frame, Image, Signal

BITS = 12
DARK, BRIGHT = 300, 3300
BLACK = -1
WIDTH, HEIGHT = 192, 108


def bars(number: int, width: int = WIDTH, height: int = HEIGHT) -> NDArray[np.uint16]:
    """The number as blocks, its lowest bit at the left; below them their opposites."""
    bits = [(number >> place) & 1 for place in range(BITS)]
    columns = np.repeat(bits, width // BITS)
    columns = np.pad(columns, (0, width - len(columns)))
    row = np.where(columns, BRIGHT, DARK).astype(np.uint16)
    half = height // 2
    upper = np.broadcast_to(row, (half, width))
    lower = np.broadcast_to(DARK + BRIGHT - row, (height - half, width))
    return np.repeat(np.concatenate([upper, lower])[..., None], 3, axis=2)


@functools.cache
def barred(number: int, width: int = WIDTH, height: int = HEIGHT) -> bytes:
    """Its codestream."""
    return codec_by_name().encode(bars(number, width, height), limits=frame_limits(Fraction(24)))


def number_in(image: Image) -> int:
    """The number that a picture shows, BLACK for black. AssertionError for a picture that is not whole."""
    if image.max() < DARK // 2:
        return BLACK
    height, width, _ = image.shape
    block = width // BITS
    number = 0
    for place in range(BITS):
        column = image[:, place * block + block // 4 : place * block + (3 * block) // 4 + 1, 1].astype(int)
        quarter = height // 8
        upper, lower = column[quarter : 3 * quarter].mean(), column[-3 * quarter : -quarter].mean()
        assert abs(upper - lower) > (BRIGHT - DARK) / 2, f"bit {place} is not to be told: {upper}, {lower}"
        number |= int(upper > lower) << place
    return number


def written(image: Image, number: int) -> bool:
    """Whether something stands over the lowest rows of a picture."""
    height, width, _ = image.shape
    foot = slice(height - height // 8, height)
    expected = bars(number, width, height)[foot].astype(int) if number != BLACK else 0
    return bool((np.abs(image[foot].astype(int) - expected) > 1200).mean() > 0.002)


@dataclass(frozen=True)
class Seen:
    """A frame as the screen got it. picture: the number in it, None where it was left out; right: that of
    the right eye, where it stands beside the left one. words: whether something is written at its foot."""

    frame: Frame
    picture: int | None
    at: float
    right: int | None = None
    words: bool = False


class Watcher:
    """A screen that reads the number in every picture. lead: it keeps time. delay: seconds after which it
    says, from another thread, what became of a frame; None at once. eyes: that stand side by side. on_show:
    called with every frame, on the thread that shows."""

    name = "watcher"
    target = None
    sees = True
    hears = True
    encoding: Encoding = XYZ

    def __init__(
        self,
        *,
        lead: float | None = None,
        delay: float | None = None,
        eyes: int = 1,
        on_show: Callable[[Watcher, Frame], None] = lambda screen, frame: None,
    ) -> None:
        self.lead, self.delay, self.eyes, self.on_show = lead, delay, eyes, on_show
        self.seen: list[Seen] = []
        self.signals: list[Signal] = []
        self.timers: list[threading.Timer] = []
        self.complete = False

    @property
    def signal(self) -> Signal:
        return self.signals[-1]

    @property
    def numbers(self) -> list[int]:
        return [each.frame.number for each in self.seen]

    @property
    def pictures(self) -> list[int | None]:
        return [each.picture for each in self.seen]

    def showing(self, signal: Signal) -> Watcher:
        self.signals.append(signal)
        return self

    def __enter__(self) -> Watcher:
        return self

    def __exit__(self, kind: Any, *_: object) -> None:
        self.complete = kind is None
        for timer in self.timers:
            timer.join()

    def prepare(self, image: Image) -> bytes:
        return image.tobytes()

    def show(self, frame: Frame) -> None:
        numbers: list[int] = []
        words = False
        if frame.prepared is not None:
            shape = self.signal.height, self.signal.width, 3
            both = np.frombuffer(frame.prepared, np.uint16).reshape(shape)
            each = np.split(both, self.eyes, axis=1)
            numbers = [number_in(image) for image in each]
            words = written(each[0], numbers[0])
        picture, right, *_ = [*numbers, None, None]
        self.seen.append(Seen(frame, picture, time.monotonic(), right, words))
        if self.delay is None:
            self.signal.presented(frame)
        else:
            ack = Ack(frame.serial, "presented", time.monotonic())
            # the later ones are said first, now and then
            timer = threading.Timer(self.delay * (1 + frame.serial % 3), self.signal.acknowledge, [ack])
            self.timers.append(timer)
            timer.start()
        self.on_show(self, frame)

    def changed(self, signal: Signal) -> None:
        self.signals.append(signal)
