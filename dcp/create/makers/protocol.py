"""What makes one track file's essence, behind one protocol: facts, and units of known size."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from fractions import Fraction
from pathlib import Path
from typing import Protocol

from dcp.create.job.values import Essence
from dcp.create.makers.coded import Coded
from dcp.create.work.executor import Cancel, Executor
from dcp.dataclass import dataclass
from dcp.mxf.descriptors import Descriptor
from dcp.picture.coding import Coding

Progress = Callable[[int, int], None]
"""Called with the units done and those to do."""


@dataclass(frozen=True)
class EssenceFacts:
    """Known before the work. edit_rate: edit units a second; duration: edit units."""

    kind: Essence
    edit_rate: Fraction
    duration: int


@dataclass(frozen=True)
class Units:
    """Essence that is ready to be written: as `dcp.mxf.writer.write_track_file` takes it. kept: how many of
    the units an earlier run had made. coded: how a picture was coded, where it was."""

    descriptor: Descriptor
    sizes: Sequence[int]
    units: Callable[[], Iterator[bytes] | Iterator[memoryview]]
    kept: int = 0
    coded: Coded | None = None


@dataclass(frozen=True)
class Work:
    """How the work is done. spool: where units wait, a path without a file, or the spool of a run that did
    not end; it is gone when the essence was written, and stays when that failed. codec: its name. executor:
    threads, one a core, by default. checking: told the bytes of such a spool that were read and found right.
    coding: what samples of a picture are coded with.
    """

    spool: Path
    codec: str = "openjpeg"
    executor: Executor | None = None
    progress: Progress | None = None
    cancel: Cancel | None = None
    checking: Progress | None = None
    coding: Coding = "fine"


class Maker(Protocol):
    """A kind of essence: picture, sound, text, auxiliary data."""

    def facts(self) -> EssenceFacts: ...

    def making(self, work: Work) -> AbstractContextManager[Units]:
        """Do all that must be done before the first unit's size is known; inside, write the units."""
        ...
