"""What a screen is: told size, rate and colour encoding first, then handed frames in order.

A screen says in which encoding it wants its frames; the show converts. `prepare` is the part that may run
on any thread (packing, compressing); `show` is called on one thread, in the order of the show. A frame counts
as shown when the screen acknowledges it, at once or later.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import field
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Literal, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from dcp.dataclass import dataclass
from dcp.mxf.reader import Eye
from dcp.picture.colour.displays import NAMES, Display, display_named
from dcp.picture.colour.output import Singles
from player.beside import Line
from player.transport import Command

if TYPE_CHECKING:
    from player.media_block import MediaBlock
    from player.pipeline import Show
    from player.report import PlayReport

Image = NDArray[np.uint16]
"""(height, width, 3)."""
Samples = NDArray[Any]
"""A picture in the form and the bits that the screen asked for."""
Form = Literal["rgb", "ycbcr"]


@dataclass(frozen=True)
class Encoding:
    """colour: "xyz" (ST 428-1, 12 bits) or the name of a display (`dcp.picture.colour.displays`).

    form, bits: `rgb`, full range, (height, width, 3), 8 or 16 bits; `ycbcr`, the planes Y', Cb, Cr by BT.709
    in limited range, (3, height, width), 8 or 10. display: the one that is meant, where it has a file.
    """

    colour: str
    bits: int
    form: Form = "rgb"
    display: Display | None = None

    def __str__(self) -> str:
        form = "Y'CbCr, " if self.form == "ycbcr" else ""
        return f"{self.colour}, {form}{self.bits} bits"


XYZ = Encoding("xyz", 12)


def encoding_for(display: Display, bits: int) -> Encoding:
    """R'G'B' for a display."""
    known = display.name in NAMES and display == display_named(display.name)
    return Encoding(display.name, bits, display=None if known else display)


@dataclass(frozen=True)
class Sound:
    """24-bit samples, little-endian, channels side by side. rate: blocks a second, one a frame; blocks may
    differ by a sample where that gives no whole number of them."""

    channels: int
    sample_rate: int
    rate: Fraction


Outcome = Literal["presented", "late"]


@dataclass(frozen=True)
class Frame:
    """What a screen is handed. serial: counts up over the show, with gaps, whatever is played; number: of the
    composition; reel: from 1.

    generation: of the transport's commands: a screen that holds frames back drops those of an older one than
    the newest that it was handed, as late. prepared: what `prepare` gave; None where the picture is left out
    because it came too late, and where nothing is prepared: the last one stays. sound: its samples, None
    where silence stands for them. due: when it is to be seen, by the screen's clock (`clock_of`);
    None without a pace. eye: where both are shown in turn; the right one follows the left one, which had the
    sound: its own is empty. lines: of a screen at which somebody sits, the text that is not in the picture.
    """

    serial: int
    generation: int
    number: int
    reel: int
    prepared: bytes | None
    sound: bytes | None
    due: float | None = None
    eye: Eye | None = None
    lines: tuple[Line, ...] = ()


@dataclass(frozen=True)
class Ack:
    """What became of a frame. at: when, by `time.monotonic`; late: it was not shown."""

    serial: int
    outcome: Outcome
    at: float


def _nobody(said: object) -> None:
    """Nobody listens."""


@dataclass(frozen=True)
class Signal:
    """What a screen is told before the first frame. rate: pictures a second; pictures: of a frame, two where
    the eyes are shown in turn. frames: how many of the composition follow; first: number of the first.
    sound: its form, None where the composition has none. later: other forms that it is told of later
    (`changed`), when a reel has another size or rate.

    acknowledge: to be called once for every frame that was handed over, in any order, from any thread. post:
    takes the commands of who sits at the screen, likewise.
    """

    width: int
    height: int
    rate: Fraction
    encoding: Encoding
    first: int
    frames: int
    sound: Sound | None = None
    later: tuple[Signal, ...] = field(default=(), compare=False, repr=False)
    acknowledge: Callable[[Ack], None] = field(default=_nobody, compare=False, repr=False)
    post: Callable[[Command], None] = field(default=_nobody, compare=False, repr=False)
    pictures: int = 1

    def presented(self, frame: Frame) -> None:
        """Acknowledge a frame as shown now."""
        self.acknowledge(Ack(frame.serial, "presented", time.monotonic()))


class Showing(Protocol):
    """A screen while it is lit."""

    def prepare(self, image: Samples) -> bytes | None:
        """Make one frame ready; any thread, no state."""

    def show(self, frame: Frame) -> None:
        """Show a frame; in order, one thread. It is acknowledged here or later."""

    def changed(self, signal: Signal) -> None:
        """What follows has another size or rate. A screen that cannot have that refuses what is `later` in
        the signal when it is lit, with a UsageError."""


class Screen(Protocol):
    """A place to show frames at. Leaving `showing` through an exception leaves no output behind. sees, hears:
    whether it takes pictures, and sound; without the one nothing is decoded for it.

    lead: a screen that keeps time has its frames so many seconds before they are due, and late ones left out;
    None for one that takes every frame, as fast as they come.
    """

    @property
    def sees(self) -> bool: ...

    @property
    def hears(self) -> bool: ...

    @property
    def lead(self) -> float | None: ...

    @property
    def name(self) -> str: ...

    @property
    def encoding(self) -> Encoding: ...

    @property
    def target(self) -> str | None:
        """Where the output goes, for the report."""

    def showing(self, signal: Signal) -> AbstractContextManager[Showing]: ...


@dataclass(frozen=True)
class About:
    """What a picture is, for a screen that is `Particular`. noise: what dithers it in 8 and 10 bits, None
    where it is rounded; views: two where both eyes lie side by side; hdr: the codes are of ST 2084."""

    noise: Singles | None = None
    views: int = 1
    hdr: bool = False


PLAIN = About()


@runtime_checkable
class Particular(Protocol):
    """A `Showing` that has to know more of a picture than its samples."""

    def prepare_as(self, image: Samples, about: About) -> bytes | None:
        """As `prepare`."""


@runtime_checkable
class Copying(Protocol):
    """A `Screen` that makes copies in fewer bits of what it shows; marked ones are dithered."""

    @property
    def copies(self) -> int:
        """Bits of a copy: 8 or 10."""


@runtime_checkable
class Patient(Protocol):
    """A `Showing` that may have nobody in front of it."""

    def awaits(self) -> bool:
        """Whether the next frame waits for somebody; asked on the show's thread before it is handed over."""


@runtime_checkable
class Clocked(Protocol):
    """A `Screen` with a clock of its own, by which its frames are due: seconds, never back, at most 500 ppm
    from this machine's."""

    @property
    def clock(self) -> Callable[[], float]: ...


def clock_of(screen: Screen) -> Callable[[], float]:
    """The clock by which a screen's frames are due."""
    return screen.clock if isinstance(screen, Clocked) else time.monotonic


@runtime_checkable
class Attended(Protocol):
    """A `Screen` at which somebody sits: the show begins paused, and stays at its last frame until it is
    stopped."""

    @property
    def attended(self) -> bool:
        """False for several screens of which none is."""

    def attend(self, show: Show, block: MediaBlock, report: Callable[[], PlayReport]) -> None:
        """What will be shown, before it is. report: of what was shown up to now; any thread."""


def is_attended(screen: Screen) -> bool:
    """Whether somebody sits at the screen, or at one of several."""
    return isinstance(screen, Attended) and screen.attended
