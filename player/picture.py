"""Pictures on their way to the screen: decoded, marked, in the screen's colour, both eyes joined."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from dcp.dataclass import dataclass
from dcp.errors import CodestreamError
from dcp.mxf.reader import Eye
from dcp.picture.codec import Codec
from dcp.picture.codestream import parse_codestream
from dcp.texts.catalogue import Text
from player.drawing import drawn
from player.screen.screen import About, Encoding, Image, Showing
from player.screen.several import prepared_by
from player.setting import EXACT, Setting
from player.source import EYES, Presentation
from player.stages.colour import coloured
from player.stages.thin import Decoded, decoded
from player.views import View, eyes_of

Mark = Callable[[Sequence[NDArray[np.uint16]], int], Sequence[NDArray[np.uint16]]]
"""Pictures of one frame (of one or both eyes), its number in the composition -> the same, marked alike;
called on any thread."""
Dither = Callable[[int], NDArray[np.float32] | None]
"""composition frame index -> the noise of 8- and 10-bit codes (`Transform.rgb`); called on any thread."""

COMPONENTS = 3


@dataclass(frozen=True)
class Shown:
    """What comes back of a presentation. problems: why black stands for a codestream, by eye; black: whether
    it does for any that is shown; marked: whether the mark went in. notes: text that could not be drawn.

    setting: what was used, None where nothing was decoded. least_db, measured_db: how far that is from the
    whole decode (`player.stages.thin.Decoded`), of the eye that is further. whole: why nothing was left out
    though it was asked. cpu_s: what it cost.

    prepared: for the screen; right: the same of the right eye, where it follows the left one. outside:
    how many of the `pixels` that are shown lay outside the display's colours and were cut.
    """

    what: Presentation
    prepared: bytes | None
    black: bool
    marked: bool
    problems: tuple[tuple[Eye | None, str], ...] = ()
    notes: tuple[Text, ...] = ()
    setting: Setting | None = None
    least_db: float = math.inf
    measured_db: float | None = None
    whole: Text | None = None
    cpu_s: float = 0.0
    right: bytes | None = None
    outside: int = 0
    pixels: int = 0


@dataclass(frozen=True)
class Renderer:
    """Pure: one object serves all threads. width, height: of the full picture; reduce: halvings of it.
    showing: None where nobody looks, and nothing is decoded.
    hdr: the codes are of ST 2084. dither: of frames that are marked, where a screen wants 8 or 10 bits."""

    codec: Codec
    width: int
    height: int
    reduce: int
    encoding: Encoding
    showing: Showing | None
    mark: Mark | None
    view: View = "left"
    hdr: bool = False
    dither: Dither | None = None

    def render(self, what: Presentation, setting: Setting = EXACT) -> Shown:
        """Black where there is nothing to decode or it does not decode to the picture announced. A setting
        that halves the picture more often than the show does is drawn to the size of the show."""
        began = time.thread_time()
        if self.showing is None:
            return Shown(what, None, black=False, marked=False)
        eyes: tuple[Eye | None, ...] = (None,) if len(what.pictures) == 1 else EYES
        wanted = [
            (eye, data)
            for eye, data in zip(eyes, what.pictures, strict=True)
            if eye is None or eye in eyes_of(self.view)
        ]
        found, images, problems, notes, marked = list[Image | None](), [], [], list[Text](), False
        all_decoded: list[Decoded] = []
        for eye, data in wanted:
            done, problem = self._decoded(data, setting)
            found.append(self._at_size(done) if done is not None else None)
            all_decoded += [done] if done is not None else []
            if problem is not None:
                problems.append((eye, problem))
        there = [image for image in found if image is not None]
        black = len(there) < len(found)
        if there and what.encrypted and self.mark is not None:
            there = list(self.mark(there, what.frame))
            marked = True
        left = iter(there)
        for (eye, _), each in zip(wanted, found, strict=True):
            image = next(left) if each is not None else self._black()
            image, lost = drawn(image, what.cues, eye, hdr=self.hdr)
            notes += lost
            images.append(image)
        noise = self.dither(what.frame) if marked and self.dither is not None else None
        shown = coloured(images, self.encoding, self.view, hdr=self.hdr, noise=noise)
        about = About(noise, 2 if self.view == "side-by-side" and len(images) == 2 else 1, self.hdr)
        prepared = [prepared_by(self.showing, samples, about) for samples in shown.samples]
        measured = [done.measured_db for done in all_decoded if done.measured_db is not None]
        return Shown(
            what,
            prepared[0],
            black,
            marked,
            tuple(problems),
            tuple(notes),
            setting=max((done.used for done in all_decoded), key=lambda used: used.passes, default=None),
            least_db=min((done.least_db for done in all_decoded), default=math.inf),
            measured_db=min(measured, default=None),
            whole=next((done.reason for done in all_decoded if done.reason is not None), None),
            cpu_s=time.thread_time() - began,
            right=prepared[1] if len(prepared) > 1 else None,
            outside=shown.outside,
            pixels=shown.pixels,
        )

    def _decoded(self, data: bytes | None, setting: Setting) -> tuple[Decoded | None, str | None]:
        if data is None:
            return None, None
        try:
            least = min(setting.reduce, parse_codestream(data).levels) if setting.reduce > self.reduce else 0
            return decoded(data, replace(setting, reduce=max(least, self.reduce)), self._decode), None
        except CodestreamError as error:
            return None, error.what

    def _decode(self, data: bytes | bytearray | memoryview, reduce: int) -> NDArray[np.uint16]:
        return decode(self.codec, data, (self.width, self.height), reduce=reduce)

    def _at_size(self, done: Decoded) -> Image:
        """What was decoded smaller is drawn to the size of the show."""
        if done.used.reduce == self.reduce:
            return done.image
        size = reduced(self.width, self.height, self.reduce)
        return cv2.resize(done.image, size, interpolation=cv2.INTER_LINEAR).astype(np.uint16, copy=False)

    def _black(self) -> Image:
        return np.zeros((*reduced(self.width, self.height, self.reduce)[::-1], COMPONENTS), np.uint16)


def decode(
    codec: Codec, codestream: bytes | bytearray | memoryview, size: tuple[int, int], *, reduce: int = 0
) -> NDArray[np.uint16]:
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
