"""Pictures as they go to the page: 12 bits of X'Y'Z' in at most half the size, or a JPEG for who is away."""

from __future__ import annotations

from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

from dcp.picture.colour.displays import display_named
from dcp.picture.colour.output import convert
from player.screen.screen import About, Image

MOST_WIDTH = 1280
"""Of one view; a wider one is halved until it is not."""

QUALITY = 90
"""Of a JPEG, as OpenCV counts."""


class Picture(bytes):
    """A picture in the place of bytes, of which it has none: a copy of the codes would cost as much as the
    rest. codes: (height, width, 3), uint16 little-endian, of all views together. Made by `picture_of`, on any
    thread."""

    codes: NDArray[np.uint16]
    about: About

    @property
    def width(self) -> int:
        return int(self.codes.shape[1])

    @property
    def height(self) -> int:
        return int(self.codes.shape[0])

    def make_jpeg(self) -> None:
        """Make `jpeg` here and now."""
        _ = self.jpeg

    @property
    def has_jpeg(self) -> bool:
        """Whether `jpeg` costs nothing any more."""
        return "jpeg" in self.__dict__

    @cached_property
    def jpeg(self) -> bytes:
        """The same in Rec.709, as a JPEG; dithered where the show's noise says so. Costs a few ms."""
        codes = self.codes.astype(np.uint16, copy=False)
        rgb, _ = convert(codes, display_named("rec709"), bits=8, hdr=self.about.hdr, noise=self.about.noise)
        turned = cv2.cvtColor(rgb.astype(np.uint8, copy=False), cv2.COLOR_RGB2BGR)
        done, data = cv2.imencode(".jpg", turned, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
        assert done
        return data.tobytes()


def picture_of(image: Image, about: About) -> Picture:
    """X'Y'Z' codes, (height, width, 3), as the page gets them; both views are halved each on its own."""
    views = np.split(image, about.views, axis=1)
    while views[0].shape[1] > MOST_WIDTH:
        size = -(-views[0].shape[1] // 2), -(-views[0].shape[0] // 2)
        views = [
            cv2.resize(view, size, interpolation=cv2.INTER_AREA).astype(np.uint16, copy=False)
            for view in views
        ]
    small = np.ascontiguousarray(np.concatenate(views, axis=1) if about.views > 1 else views[0], "<u2")
    made = Picture()
    made.codes, made.about = small, about
    return made
