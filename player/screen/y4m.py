"""Video for other programs: YUV4MPEG2, 4:4:4, BT.709 matrix and colour, limited range, 8 or 10 bits.

The stream is written as it is played, to a file or to standard output.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import field
from pathlib import Path
from typing import BinaryIO

from dcp.dataclass import dataclass
from dcp.errors import UsageError
from dcp.output import finished_file
from player.screen.screen import Encoding, Frame, Samples, Showing, Signal

STDOUT = "-"
CHROMA = {8: "C444", 10: "C444p10"}


@dataclass(frozen=True)
class Y4mScreen:
    """path: a file, or "-" for standard output; depth: 8 or 10 bits."""

    path: str
    depth: int = 8
    name: str = field(default="y4m", init=False)
    sees: bool = field(default=True, init=False)
    hears: bool = field(default=False, init=False)
    lead: float | None = field(default=None, init=False)

    @property
    def encoding(self) -> Encoding:
        return Encoding("rec709", self.depth, form="ycbcr")

    @property
    def target(self) -> str:
        return self.path

    @contextmanager
    def showing(self, signal: Signal) -> Iterator[Showing]:
        """UsageError where size or rate would change: the form has one from its first line on."""
        for later in signal.later:
            if (later.width, later.height, later.rate) != (signal.width, signal.height, signal.rate):
                raise UsageError(
                    "play.y4m-one-form",
                    where=self.path,
                    form=f"{signal.width}x{signal.height}, {signal.rate}",
                    other=f"{later.width}x{later.height}, {later.rate}",
                )
        if self.path == STDOUT:
            yield _begin(sys.stdout.buffer, signal, self.depth)
            sys.stdout.buffer.flush()
            return
        with finished_file(Path(self.path)) as temporary, temporary.open("xb") as stream:
            yield _begin(stream, signal, self.depth)


@dataclass(frozen=True)
class _Stream:
    stream: BinaryIO
    signal: Signal

    def prepare(self, image: Samples) -> bytes:
        return image.tobytes()

    def show(self, frame: Frame) -> None:
        assert frame.prepared is not None
        self.stream.write(b"FRAME\n")
        self.stream.write(frame.prepared)
        self.signal.presented(frame)

    def changed(self, signal: Signal) -> None:
        """Only the sound may be another."""


def _begin(stream: BinaryIO, signal: Signal, depth: int) -> _Stream:
    header = (
        f"YUV4MPEG2 W{signal.width} H{signal.height} F{signal.rate.numerator}:{signal.rate.denominator}"
        f" Ip A1:1 {CHROMA[depth]} XCOLORRANGE=LIMITED\n"
    )
    stream.write(header.encode("ascii"))
    return _Stream(stream, signal)
