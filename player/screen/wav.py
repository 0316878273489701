"""Sound for other programs: a WAV of the channels that are heard, 24 bits."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import field
from pathlib import Path

from dcp.dataclass import dataclass
from dcp.errors import UsageError
from dcp.output import finished_file
from dcp.sound.wav import WavWriter
from player.screen.screen import XYZ, Encoding, Frame, Image, Showing, Signal


@dataclass(frozen=True)
class WavScreen:
    """path: a file, RF64 when it outgrows 4 GiB. No picture is decoded for it."""

    path: Path
    name: str = field(default="wav", init=False)
    encoding: Encoding = field(default=XYZ, init=False)
    sees: bool = field(default=False, init=False)
    hears: bool = field(default=True, init=False)
    lead: float | None = field(default=None, init=False)

    @property
    def target(self) -> str:
        return str(self.path)

    @contextmanager
    def showing(self, signal: Signal) -> Iterator[Showing]:
        """UsageError when there is no sound to write."""
        form = signal.sound
        if form is None:
            raise UsageError("play.no-sound", where=self.path)
        with (
            finished_file(self.path) as temporary,
            WavWriter(temporary, channels=form.channels, sample_rate=form.sample_rate) as writer,
        ):
            yield _Heard(writer, signal)


@dataclass(frozen=True)
class _Heard:
    writer: WavWriter
    signal: Signal

    def prepare(self, image: Image) -> None:
        return None

    def show(self, frame: Frame) -> None:
        assert frame.sound is not None
        self.writer.write(frame.sound)
        self.signal.presented(frame)

    def changed(self, signal: Signal) -> None:
        """The blocks of sound say themselves how long they are."""
