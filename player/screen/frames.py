"""Frames as files: 16-bit RGB PNG in the display's colour, NNNNNN.png by composition frame."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import field
from pathlib import Path

import cv2
import numpy as np

from dcp.dataclass import dataclass
from dcp.errors import DcpError
from dcp.output import finished_folder
from player.screen.screen import Encoding, Image, Showing, Signal

COMPRESSION = 1
"""zlib level: on 2K frames 3 and 6 cost 1.4 and 2.6 times as much and save less than 1 %."""


@dataclass(frozen=True)
class FramesScreen:
    """folder: made new; it appears under its name when the last frame is in it."""

    folder: Path
    display: str
    name: str = field(default="frames", init=False)

    @property
    def encoding(self) -> Encoding:
        return Encoding(self.display, 16)

    @property
    def target(self) -> str:
        return str(self.folder)

    @contextmanager
    def showing(self, signal: Signal) -> Iterator[Showing]:
        with finished_folder(self.folder) as folder:
            yield _Frames(folder)


@dataclass(frozen=True)
class _Frames:
    folder: Path

    def prepare(self, image: Image) -> bytes:
        done, png = cv2.imencode(
            ".png", np.ascontiguousarray(image[..., ::-1]), [cv2.IMWRITE_PNG_COMPRESSION, COMPRESSION]
        )
        if not done:
            raise DcpError("play.no-png", where=self.folder)
        return bytes(png)

    def show(self, number: int, prepared: bytes | None) -> None:
        assert prepared is not None
        (self.folder / f"{number:06d}.png").write_bytes(prepared)
