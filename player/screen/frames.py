"""Frames as files: 16-bit RGB in the display's colour, NNNNNN.png or NNNNNN.tif by composition frame."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import field
from pathlib import Path
from typing import Literal

import cv2
import numpy as np

from dcp.dataclass import dataclass
from dcp.errors import DcpError
from dcp.mxf.reader import Eye
from dcp.output import finished_folder
from dcp.picture.colour.displays import Display
from player.screen.screen import Encoding, Frame, Image, Showing, Signal, encoding_for

Kind = Literal["png", "tif"]
_WRITTEN: dict[Kind, tuple[int, ...]] = {
    "png": (cv2.IMWRITE_PNG_STRATEGY, cv2.IMWRITE_PNG_STRATEGY_HUFFMAN_ONLY),
    "tif": (cv2.IMWRITE_TIFF_COMPRESSION, 1),
}
"""Grain has no strings that come again: looking for them takes zlib twice as long for no fewer bytes. TIFF
without compression costs a tenth of either."""


_OF_EYE: Mapping[Eye | None, str] = {None: "", "left": "_l", "right": "_r"}


@dataclass(frozen=True)
class FramesScreen:
    """folder: made new; it appears under its name when the last frame is in it."""

    folder: Path
    display: Display
    kind: Kind = "png"
    sees: bool = field(default=True, init=False)
    hears: bool = field(default=False, init=False)
    lead: float | None = field(default=None, init=False)

    @property
    def name(self) -> str:
        return "frames" if self.kind == "png" else "tiff"

    @property
    def encoding(self) -> Encoding:
        return encoding_for(self.display, 16)

    @property
    def target(self) -> str:
        return str(self.folder)

    @contextmanager
    def showing(self, signal: Signal) -> Iterator[Showing]:
        with finished_folder(self.folder) as folder:
            yield _Frames(folder, self.kind, signal)


@dataclass(frozen=True)
class _Frames:
    folder: Path
    kind: Kind
    signal: Signal

    def prepare(self, image: Image) -> bytes:
        pixels = np.ascontiguousarray(image[..., ::-1])
        done, written = cv2.imencode("." + self.kind, pixels, _WRITTEN[self.kind])
        if not done:
            raise DcpError("play.no-still", where=self.folder)
        return bytes(written)

    def show(self, frame: Frame) -> None:
        assert frame.prepared is not None
        (self.folder / f"{frame.number:06d}{_OF_EYE[frame.eye]}.{self.kind}").write_bytes(frame.prepared)
        self.signal.presented(frame)

    def changed(self, signal: Signal) -> None:
        """Every file says its own size."""
