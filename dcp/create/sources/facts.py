"""What is known of a picture source before it is decoded, and what a decoded frame is: plain values.

A frame is named by a `FrameRef`, so that whoever sees the source, in this process or in another, can take it.
Times of a source are exact: whole numbers of its time base, edit lists applied, on the clock that its
picture and sound share.
"""

from __future__ import annotations

from array import array
from dataclasses import field
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from dcp.create.sources.imf_spans import Span
from dcp.create.sources.vouched import Vouched
from dcp.dataclass import dataclass
from dcp.texts.catalogue import Text

if TYPE_CHECKING:  # codestreams are taken without it
    from numpy.typing import NDArray

PictureKind = Literal["video", "stills", "codestreams", "trackfile", "imf"]
Model = Literal["ycbcr", "rgb", "xyz", "grey"]
Fields = Literal["progressive", "top-first", "bottom-first"]
Range = Literal["full", "limited"]


@dataclass(frozen=True)
class ColourTags:
    """What a source says of its colour, by the numbers of ISO/IEC 23091-2 (FFmpeg's); None: it says nothing.

    model: of its samples. range: None where the file does not say. assumed: it says nothing, and what stands
    here is usual for such a file.
    """

    model: Model
    matrix: int | None = None
    primaries: int | None = None
    transfer: int | None = None
    range: Range | None = None
    assumed: bool = False


@dataclass(frozen=True)
class Pixels:
    """One decoded frame as it came, before matrix, range and scaling.

    planes: three of them (Y Cb Cr, R G B, X Y Z) or one (grey), each (rows, columns), uint8, uint16, float32
    or float16, of any strides: those of a still mostly share the memory of its pixels; those of Cb and Cr may
    be smaller. depth: bits of a sample, in the low end of the word; 32 for floats, 1.0 being white. siting:
    where a chroma sample lies among the luma samples that it serves, (x, y) each 0 (on the first) or 0.5
    (between). alpha: coverage, of the planes' depth, not multiplied in.
    """

    planes: tuple[NDArray[Any], ...]
    model: Model
    depth: int
    full_range: bool
    siting: tuple[float, float] = (0.0, 0.5)
    alpha: NDArray[Any] | None = None


@dataclass(frozen=True)
class FrameRef:
    """A frame of a source: its place in order of presentation, from 0; of a still or codestream, its file.

    stream: of a container. eye: of a stereoscopic track file or picture, the half that is meant.
    """

    source: Path
    kind: PictureKind
    index: int
    stream: int = 0
    file: Path | None = None
    eye: Literal["left", "right"] | None = None


@dataclass(frozen=True)
class PictureFacts:
    """A picture source as probed. width, height: in samples as stored, before `rotation`.

    rate: frames a second, nominal; None for stills and for what has none. frames: how many there are.
    times: the time of presentation of each frame, in units of `time_base`, ascending, and `end` that of the
    end of the last one; empty where frames have only an order. start: when the first frame is shown, in
    seconds on the source's clock, where that is not the first of `times`. variable: the frames do not lie on
    a grid of `rate` (within half a frame). stream: the one that is taken. pixel_aspect: width of a pixel by
    its height. rotation: degrees clockwise that a player turns it, 0 90 180 270. flip: mirrored left to
    right, before rotation. fields: how it was scanned, as flagged. stereo: a track file with two pictures an
    edit unit. chapters: their starts in seconds on the source's clock. files: of a folder, in order; None is
    a gap that was asked to be filled. spans: of a composition of IMF, in frames of its track files;
    vouched: what is stated of these. decisions: what was chosen or assumed, a line each.
    """

    path: Path
    kind: PictureKind
    width: int
    height: int
    rate: Fraction | None
    frames: int
    tags: ColourTags
    depth: int
    times: array[int] = field(default_factory=lambda: array("q"))
    time_base: Fraction = Fraction(1)
    end: int = 0
    start: Fraction | None = None
    variable: bool = False
    stream: int = 0
    pixel_aspect: Fraction = Fraction(1)
    rotation: int = 0
    flip: bool = False
    fields: Fields = "progressive"
    alpha: bool = False
    stereo: bool = False
    chapters: tuple[Fraction, ...] = ()
    files: tuple[Path | None, ...] = ()
    spans: tuple[Span, ...] = ()
    vouched: tuple[Vouched, ...] = ()
    decisions: tuple[Text, ...] = ()

    def __hash__(self) -> int:
        return hash((self.path, self.kind, self.stream))  # an array has no hash of its own

    @property
    def media(self) -> tuple[Path, ...]:
        """The track files of a composition of IMF, each once; of all else the source as it was given."""
        return tuple(dict.fromkeys(each.path for each in self.spans)) or (self.path,)

    @property
    def folder(self) -> Path:
        """Where the source is, in which nothing else may come to be: that of its files, or of a package."""
        return self.path.parent if self.kind == "imf" else self.path

    @property
    def begin(self) -> Fraction:
        """When the first frame is shown, in seconds on the clock that picture and sound share."""
        if self.start is not None:
            return self.start
        return self.times[0] * self.time_base if self.times else Fraction(0)

    @property
    def shown_size(self) -> tuple[int, int]:
        """(width, height) as a player shows it: turned, in samples as stored."""
        return (self.height, self.width) if self.rotation in (90, 270) else (self.width, self.height)
