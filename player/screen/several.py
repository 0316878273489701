"""Several screens fed by one pass: a video beside its sound, stills beside a video.

Each gets every frame, as it would alone; a frame counts as shown when all have acknowledged it.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

from dcp.dataclass import dataclass
from dcp.errors import UsageError
from dcp.picture.colour.output import Singles
from player.screen.behind import Behind
from player.screen.screen import (
    PLAIN,
    About,
    Ack,
    Attended,
    Clocked,
    Copying,
    Encoding,
    Frame,
    Outcome,
    Particular,
    Patient,
    Samples,
    Screen,
    Showing,
    Signal,
    is_attended,
)
from player.stages.colour import is_coarse, to_ycbcr

if TYPE_CHECKING:
    from player.media_block import MediaBlock
    from player.pipeline import Show
    from player.report import PlayReport

MOST_SCREENS = 8


@dataclass(frozen=True)
class Several:
    """screens: two or more. Made by `together`."""

    screens: tuple[Screen, ...]

    @property
    def sees(self) -> bool:
        return any(screen.sees for screen in self.screens)

    @property
    def hears(self) -> bool:
        return any(screen.hears for screen in self.screens)

    @property
    def lead(self) -> float | None:
        return max((each.lead for each in self.screens if each.lead is not None), default=None)

    @property
    def name(self) -> str:
        return "+".join(screen.name for screen in self.screens)

    @property
    def encoding(self) -> Encoding:
        """Of those that see, where any does; R'G'B' of 16 bits where one packs it in another form."""
        found = [each.encoding for each in self.screens if each.sees] or [self.screens[0].encoding]
        return found[0] if len(set(found)) == 1 else replace(found[0], bits=16, form="rgb")

    @property
    def target(self) -> str | None:
        targets = [screen.target for screen in self.screens if screen.target is not None]
        return ", ".join(targets) or None

    @property
    def clock(self) -> Callable[[], float]:
        """Of the first that has one of its own."""
        return next((each.clock for each in self.screens if isinstance(each, Clocked)), time.monotonic)

    @property
    def attended(self) -> bool:
        return any(map(is_attended, self.screens))

    def attend(self, show: Show, block: MediaBlock, report: Callable[[], PlayReport]) -> None:
        """Passed on to those at which somebody sits."""
        for screen in self.screens:
            if isinstance(screen, Attended):
                screen.attend(show, block, report)

    @contextmanager
    def showing(self, signal: Signal) -> Iterator[Showing]:
        acks = _Acks(len(self.screens), signal.acknowledge)
        behind: list[Behind] = []
        with ExitStack() as lit:
            lights: list[tuple[Screen, Showing]] = []
            for place, screen in enumerate(self.screens):
                if self.lead is not None and screen.lead is None:
                    showing = lit.enter_context(screen.showing(replace(signal, acknowledge=_nobody)))
                    behind.append(Behind(showing, _told(signal, acks, place, screen).presented))
                    lights.append((screen, behind[-1]))
                    continue
                own = _told(signal, acks, place, screen, behind)
                lights.append((screen, lit.enter_context(screen.showing(own))))
            yield _Lit(tuple(lights), acks, self.encoding, behind)
            for each in behind:
                each.finish()


def together(screens: Sequence[Screen]) -> Several:
    """UsageError for two that want pictures in other colours, write to the same place, or of which one leaves
    out what is late and another one writes every picture."""
    if len(screens) > MOST_SCREENS:
        raise UsageError("play.too-many-outputs", most=MOST_SCREENS)
    seeing = [screen for screen in screens if screen.sees]
    for one, other in pairwise(seeing):
        if not _alike(one.encoding, other.encoding):
            raise UsageError(
                "play.outputs-differ",
                one=one.name,
                encoding=str(one.encoding),
                other=other.name,
                other_encoding=str(other.encoding),
            )
    places = [screen.target for screen in screens if screen.target is not None]
    for place in places:
        if places.count(place) > 1:
            raise UsageError("play.outputs-same", where=place)
    if any(each.lead is not None for each in screens):
        writing = next((each for each in seeing if each.lead is None), None)
        if writing is not None:
            raise UsageError("play.output-not-in-time", where=writing.target or writing.name)
    return Several(tuple(screens))


def coarse_bits(screen: Screen) -> int | None:
    """Of a screen that wants pictures of 8 or 10 bits, or makes copies of so many, how many; the fewest of
    several; None for others."""
    each = screen.screens if isinstance(screen, Several) else (screen,)
    found = [one.encoding.bits for one in each if one.sees and is_coarse(one.encoding)]
    return min([*found, *(one.copies for one in each if isinstance(one, Copying))], default=None)


def prepared_by(showing: Showing, image: Samples, about: About) -> bytes | None:
    """`prepare`, with what the picture is where the screen, or one of several, has to know."""
    return showing.prepare_as(image, about) if isinstance(showing, Particular) else showing.prepare(image)


# --- how it is done -----


def _alike(one: Encoding, other: Encoding) -> bool:
    """Whether the pictures are the same, or Y'CbCr of 16 bits that another one takes."""
    wide = all(each.form == "ycbcr" or each.bits == 16 for each in (one, other))
    return one == other or ((one.colour, one.display) == (other.colour, other.display) and wide)


class _Parts(bytes):
    """What each screen prepared, in the place of one."""

    parts: tuple[bytes | None, ...]


class _Acks:
    """Counts what screens say of each frame."""

    def __init__(self, screens: int, tell: Callable[[Ack], None]) -> None:
        self._screens, self._tell = screens, tell
        self._lock = threading.Lock()
        self._heard: dict[int, dict[int, Ack]] = {}

    def take(self, place: int, ack: Ack) -> None:
        """Of one screen; a second word on a frame is none."""
        with self._lock:
            heard = self._heard.setdefault(ack.serial, {})
            heard.setdefault(place, ack)
            if len(heard) < self._screens:
                return
            del self._heard[ack.serial]
        outcome: Outcome = "late" if any(each.outcome == "late" for each in heard.values()) else "presented"
        self._tell(Ack(ack.serial, outcome, max(each.at for each in heard.values())))


def _nobody(ack: Ack) -> None:
    """Its word was given before."""


def _told(signal: Signal, acks: _Acks, place: int, screen: Screen, behind: Sequence[Behind] = ()) -> Signal:
    """The signal as one of the screens is told it. behind: who hears its words, too."""

    def acknowledge(ack: Ack) -> None:
        for each in behind:
            each.word(ack)
        acks.take(place, ack)

    return replace(signal, encoding=screen.encoding, acknowledge=acknowledge)


@dataclass(frozen=True)
class _Lit:
    lights: tuple[tuple[Screen, Showing], ...]
    acks: _Acks
    encoding: Encoding
    behind: Sequence[Behind]

    def prepare(self, image: Samples) -> bytes:
        return self.prepare_as(image, PLAIN)

    def prepare_as(self, image: Samples, about: About) -> bytes:
        found = _Parts()
        found.parts = tuple(
            prepared_by(showing, self._packed(image, screen.encoding, about.noise), about)
            if screen.sees
            else None
            for screen, showing in self.lights
        )
        return found

    def awaits(self) -> bool:
        waiting = [each.awaits() for _, each in self.lights if isinstance(each, Patient)]
        return any(waiting)

    def _packed(self, image: Samples, wanted: Encoding, noise: Singles | None) -> Samples:
        if wanted == self.encoding or wanted.form == "rgb":
            return image
        return to_ycbcr(image, depth=wanted.bits, noise=noise)

    def show(self, frame: Frame) -> None:
        prepared = frame.prepared
        parts = prepared.parts if isinstance(prepared, _Parts) else (None,) * len(self.lights)
        for (_, showing), part in zip(self.lights, parts, strict=True):
            showing.show(replace(frame, prepared=part))

    def changed(self, signal: Signal) -> None:
        for place, (screen, showing) in enumerate(self.lights):
            behind = () if isinstance(showing, Behind) else self.behind
            showing.changed(_told(signal, self.acks, place, screen, behind))
