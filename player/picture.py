"""One picture unit on its way to the screen: decode, mark, into the screen's colour, ready to show."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from dcp.dataclass import dataclass
from dcp.errors import CodestreamError
from dcp.picture.codec import Codec
from dcp.picture.codestream import parse_codestream
from dcp.picture.colour import from_xyz12
from player.screen.screen import XYZ, Encoding, Image, Showing

Mark = Callable[[NDArray[np.uint16], int], NDArray[np.uint16]]
"""(frame, composition frame index) -> marked frame; called on any thread."""

COMPONENTS = 3


@dataclass(frozen=True)
class Frame:
    """What a worker gets. codestream: None for a frame that must be black. mark: whether it is due one."""

    number: int
    reel: int
    codestream: bytes | None
    mark: bool


@dataclass(frozen=True)
class Shown:
    """What comes back. problem: why black stands for a codestream; marked: whether the mark went in."""

    number: int
    reel: int
    prepared: bytes | None
    black: bool
    marked: bool
    problem: CodestreamError | None = None


@dataclass(frozen=True)
class Renderer:
    """Pure: one object serves all threads. width, height: of the full picture; reduce: halvings of it."""

    codec: Codec
    width: int
    height: int
    reduce: int
    encoding: Encoding
    showing: Showing
    mark: Mark | None

    def render(self, frame: Frame) -> Shown:
        """Black when there is nothing to decode or it does not decode to the picture announced."""
        problem = None
        if frame.codestream is not None:
            try:
                size = self.width, self.height
                image = decode(self.codec, frame.codestream, size, reduce=self.reduce)
            except CodestreamError as error:
                problem = error
            else:
                marked = frame.mark and self.mark is not None
                if marked and self.mark is not None:
                    image = self.mark(image, frame.number)
                return Shown(frame.number, frame.reel, self._prepare(image), black=False, marked=marked)
        black = np.zeros((*reduced(self.width, self.height, self.reduce)[::-1], COMPONENTS), np.uint16)
        return Shown(frame.number, frame.reel, self._prepare(black), True, False, problem)

    def _prepare(self, image: Image) -> bytes | None:
        if self.encoding != XYZ:
            converted = from_xyz12(image, display=self.encoding.colour, dtype=np.uint16)
            image = converted.astype(np.uint16, copy=False)
        return self.showing.prepare(image)


def decode(codec: Codec, codestream: bytes, size: tuple[int, int], *, reduce: int = 0) -> NDArray[np.uint16]:
    """The picture of a codestream, halved `reduce` times: (height, width, 3) uint16.

    size: (width, height) as announced. CodestreamError for a picture of another size, or one that does not
    decode to it: nothing is allocated on a file's word.
    """
    header = parse_codestream(codestream)
    if (header.width, header.height) != size or len(header.components) != COMPONENTS:
        raise CodestreamError(
            "play.other-picture",
            width=header.width,
            height=header.height,
            components=len(header.components),
            announced_width=size[0],
            announced_height=size[1],
            announced=COMPONENTS,
        )
    image = codec.decode(codestream, reduce=reduce)
    expected = (*reduced(*size, reduce)[::-1], COMPONENTS)
    if image.shape != expected:
        raise CodestreamError("play.decodes-otherwise", shape=str(image.shape), expected=str(expected))
    return image


def reduced(width: int, height: int, reduce: int) -> tuple[int, int]:
    """The size after `reduce` halvings, each rounded up (ISO/IEC 15444-1 B.5)."""
    return -(-width >> reduce), -(-height >> reduce)
