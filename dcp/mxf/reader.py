"""Reading track files: every unit with its verdict, in one pass over the file.

`TrackFile.units` yields what the file carries, plain or decrypted. A unit that is damaged is yielded too,
with the first fault found and no data: nothing of it is handed out. The caller decides what to do
(`require` raises). Memory stays at one unit and the index, whatever the length of the file.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator, Sequence
from dataclasses import field
from io import FileIO
from mmap import mmap
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

from dcp.dataclass import dataclass
from dcp.errors import CodestreamError, DcpError, KeyMissingError, TrackFileError, UsageError
from dcp.mxf.descriptors import TimedTextDescriptor
from dcp.mxf.element import Eye, Fault, FaultReason, Integrity, MicPolicy, unit_fault
from dcp.mxf.header import TrackHeader, read_track_header
from dcp.mxf.index import IndexTable
from dcp.mxf.labels import (
    CIPHER_AES_128_CBC,
    GC_WAVE_CLIP,
    MIC_HMAC_SHA1,
    MIC_NONE,
    OP_ATOM,
    UL,
    UL_SIZE,
    same,
)
from dcp.mxf.layout import Layout, read_index_table, read_layout
from dcp.mxf.partition import Partition
from dcp.mxf.stream import RING, Direct, Helper, Stream
from dcp.mxf.triplet import peek_source_key
from dcp.mxf.verdict import Judge
from dcp.mxf.walk import PEEK, Walk
from dcp.picture.codestream import Codestream, Series, parse_codestream
from dcp.secrets.keys import ContentKey, Keyring
from dcp.texts.catalogue import Text, text
from dcp.texts.system import why

if TYPE_CHECKING:
    from hashlib import _Hash

__all__ = [
    "Eye",
    "Fault",
    "FaultReason",
    "Integrity",
    "MicPolicy",
    "TrackFile",
    "TrackHeader",
    "Unit",
    "require",
]

NOTHING = memoryview(b"")
_SLICED = (bytearray, mmap)
EYES: tuple[Eye, Eye] = ("left", "right")

MIN_UNIT = UL_SIZE + 1
"""Bytes of the smallest unit: a key and a length."""


@dataclass
class Unit:
    """One codestream, one eye of a pair, the sound of one edit unit, one text, resource or data unit.

    index: edit unit from 0 (of timed text: 0 the text, then the resources). offset: of its KLV in the file.
    data: the essence, BORROWED until the iterator's next step, so `bytes(unit.data)` to keep it; empty when
    there is a fault. mic: "ok" when it was checked and holds, "none" when the unit has none. head: key and
    length as they stand in the file; empty where there are none. iv: of an encrypted unit that is whole.
    series: reads the codestreams of the file. source_key: that an encrypted unit says it has in the clear.
    base: where the data begin in the object that has them (`data.obj`).
    """

    index: int
    eye: Eye | None
    offset: int
    data: memoryview
    fault: Fault | None
    mic: Integrity
    resource_id: UUID | None = None
    head: bytes = b""
    iv: bytes = b""
    series: Series | None = field(default=None, repr=False, compare=False)
    read: Codestream | CodestreamError | None = field(default=None, repr=False, compare=False)
    source_key: bytes = b""
    base: int = field(default=0, repr=False, compare=False)

    def every(self, step: int, start: int, end: int) -> bytes:
        """One byte of `step` of its data, from `start` up to `end`. A view takes four times as long for it as
        the object that has the bytes."""
        end = min(end, len(self.data))
        if isinstance(self.data.obj, _SLICED):
            return bytes(self.data.obj[self.base + start : self.base + end : step])
        return self.data[start:end:step].tobytes()

    def codestream(self) -> Codestream:
        """The headers of its codestream, read once, whoever asks. CodestreamError."""
        if self.read is None:
            try:
                self.read = self.series.parse(self.data) if self.series else parse_codestream(self.data)
            except CodestreamError as error:
                self.read = error
        if isinstance(self.read, CodestreamError):
            raise self.read
        return self.read


def require(unit: Unit, path: str | Path) -> None:
    """TrackFileError with the unit's reason and number when it has a fault."""
    if unit.fault is not None:
        raise TrackFileError(
            _IN_UNIT[unit.eye],
            number=unit.index,
            fault=unit.fault.text,
            reason=unit.fault.reason,
            unit=unit.index,
            where=text("place.byte-in", file=path, byte=unit.offset),
            remedy=_remedy(unit.fault),
        )


_IN_UNIT: dict[Eye | None, str] = {None: "mxf.unit", "left": "mxf.left-eye", "right": "mxf.right-eye"}


def _remedy(fault: Fault) -> Text:
    if fault.reason == "wrong_key":
        return text("remedy.key-of-file")
    if fault.reason == "mic_missing" and fault.shared:
        return text("remedy.mic-if-present")
    return text("remedy.copy-and-compare")


class TrackFile:
    """An open track file. A context manager; iterators of several threads may read from it at once.

    index: the index table, read when first asked for.
    """

    def __init__(self, path: Path, file: FileIO, layout: Layout, header: TrackHeader) -> None:
        self.path = path
        self.header = header
        self.size = layout.size
        self.layout = layout
        self._file = file
        self._index: IndexTable | None = None
        self._index_read = False
        self._carries_mic: bool | None = True if header.has_mic else None

    @classmethod
    def open(cls, path: Path) -> TrackFile:
        """TrackFileError when it is no track file or is cut short; UsageError when it cannot be opened."""
        try:
            if not stat.S_ISREG(path.stat().st_mode):
                raise UsageError("mxf.no-regular-file", where=path)
            file = FileIO(path)
        except OSError as error:
            raise UsageError("mxf.cannot-open", where=path, why=why(error)) from None
        try:
            size = os.fstat(file.fileno()).st_size
            layout = read_layout(file.fileno(), size)
            header = read_track_header(
                layout.metadata,
                layout.header,
                where=str(path),
                from_footer=layout.metadata_partition > 0,
            )
        except (DcpError, OSError) as error:
            file.close()
            raise _located(error, path) from None
        track = cls(path, file, layout, header)
        if track._counted and track._expected > size // MIN_UNIT:
            file.close()
            raise TrackFileError("mxf.more-than-fits", where=path, n=header.container_duration, bytes=size)
        return track

    def __enter__(self) -> TrackFile:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._file.close()

    def _fileno(self) -> int:
        """A closed file's number may be another file's by now: UsageError instead."""
        if self._file.closed:
            raise UsageError("mxf.closed", where=self.path)
        return self._file.fileno()

    @property
    def partitions(self) -> tuple[Partition, ...]:
        return self.layout.partitions

    @property
    def index(self) -> IndexTable | None:
        """The index table of the essence; None when there is none. TrackFileError when it is broken."""
        if not self._index_read:
            sid = next((each.body_sid for each in self.layout.regions if not each.generic), 0)
            try:
                self._index = read_index_table(self._fileno(), self.layout, sid)
            except (DcpError, OSError) as error:
                raise _located(error, self.path) from None
            self._index_read = True
        return self._index

    def carries_mic(self) -> bool:
        """Whether the header promises a MIC or any unit has one. UsageError when the file cannot be read.

        Without the promise the heads of the units are read, up to the first that has one.
        """
        if self._carries_mic is None:
            try:
                self._carries_mic = self._walk().carries_mic()
            except OSError as error:
                raise _located(error, self.path) from None
        return self._carries_mic

    def sizes(self) -> Sequence[int] | None:
        """Bytes of essence of each unit, decrypted, in the order of `units`, without reading the essence.

        They are what the heads of the units say, so a unit that is damaged may turn out to have another. None
        where the heads do not tell the size of every unit. UsageError when the file cannot be read.
        """
        try:
            found = self._walk().sizes()
        except OSError as error:
            raise _located(error, self.path) from None
        return found if found is not None and len(found) == self._expected else None

    def heads(self) -> Iterator[Unit]:
        """The units of the file by their heads alone: `data` is as long as that of `units(raw=True)`, and all
        zero. TrackFileError where the heads do not lead to as many units as the header counts."""
        per, number, zero = self.header.units_per_edit_unit, 0, memoryview(b"")
        try:
            for number, head in enumerate(self._walk().heads(), start=1):
                if head.sealed > len(zero):
                    zero = memoryview(bytes(2 * head.sealed))
                eye: Eye | None = None if per == 1 else ("left", "right")[(number - 1) % 2]
                data = zero[: head.sealed]
                yield Unit(
                    (number - 1) // per, eye, head.offset, data, None, "unchecked", None, head.key, head.iv
                )
        except OSError as error:
            raise _located(error, self.path) from None
        if number != self._expected:
            raise TrackFileError("mxf.units-missing", where=self.path, n=self._expected - number)

    def holds(self, edit_unit: int) -> bool:
        """Whether there can be a unit with this number: by the index where there is one, else by the size.

        What the index places in the essence counts as held, damaged or not. Of timed text the duration is
        the reel's, so everything is held.
        """
        if not self._counted:
            return True
        table = self._index_or_none()
        regions = [each for each in self.layout.regions if not each.generic]
        if table is None:
            return edit_unit < sum(each.end - each.start for each in regions) // MIN_UNIT
        offset = table.offset(edit_unit)
        return offset is not None and any(
            0 <= offset - each.stream_offset < each.end - each.start for each in regions
        )

    def units(
        self,
        start: int = 0,
        stop: int | None = None,
        *,
        key: ContentKey | None = None,
        mic: MicPolicy = "require",
        digest: _Hash | None = None,
        strict: bool = False,
        raw: bool = False,
        stream: Stream | None = None,
    ) -> Iterator[Unit]:
        """The units of the edit units [start, stop), in the order of the file.

        key: the content key of an encrypted file; KeyMissingError without it, unless raw=True, which walks
        the encrypted triplets for structure and order and gives the encrypted source values as data.
        mic: "require" makes a unit without integrity a fault, "if-present" does so only in a file that has
        any (`carries_mic`), "off" leaves the MIC unread. A plain file has no MIC and no policy.
        digest: fed every byte of the file in order, complete when the iterator is exhausted; whole file only.
        stream: reads and hashes the file instead of `digest` (`TrackFile.stream`); the caller finishes it.
        strict: raise the first fault instead of yielding its unit.
        start > 0 seeks through the index table.
        """
        if start < 0 or (stop is not None and stop < start):
            raise UsageError("mxf.no-such-range", where=self.path, start=start, stop=stop)
        if (digest is not None or stream is not None) and (start or stop is not None):
            raise UsageError("mxf.digest-of-part", where=self.path)
        header = self.header
        if header.encrypted and key is None and not raw:
            raise KeyMissingError("mxf.encrypted-with", where=self.path, key=header.key_id)
        if header.encrypted and not raw:
            self._known_algorithms(mic)
        if header.container is not None and same(header.container, GC_WAVE_CLIP):
            raise TrackFileError("mxf.clip-wrapped", where=self.path)
        return self._units(start, stop, key if header.encrypted else None, mic, digest, stream, strict, raw)

    def stream(
        self,
        digest: _Hash | None,
        *,
        helper: Helper | None = None,
        ring: int = RING,
        each: Callable[[memoryview], None] | None = None,
    ) -> Stream:
        """Every byte of the file for the digest and for one pass of `units` (`Stream` says how)."""
        return Stream(self._fileno, self.size, digest, helper=helper, ring=ring, each=each)

    def _known_algorithms(self, mic: MicPolicy) -> None:
        """TrackFileError when the cipher or the MIC is not one of ST 429-6."""
        header = self.header
        used: list[tuple[UL | None, tuple[UL, ...]]] = [(header.cipher_algorithm, (CIPHER_AES_128_CBC,))]
        if mic != "off":
            used.append((header.mic_algorithm, (MIC_HMAC_SHA1, MIC_NONE)))
        for algorithm, known in used:
            if algorithm is not None and not any(same(algorithm, each) for each in known):
                raise TrackFileError("mxf.algorithm", where=self.path, algorithm=algorithm)

    def _units(
        self,
        start: int,
        stop: int | None,
        key: ContentKey | None,
        mic: MicPolicy,
        digest: _Hash | None,
        stream: Stream | None,
        strict: bool,
        raw: bool,
    ) -> Iterator[Unit]:
        header = self.header
        per = header.units_per_edit_unit
        own = self.stream(digest) if digest is not None else None
        walk = self._walk(stream or own)
        judge = Judge(header, key=key, mic=mic, raw=raw, peek=walk.peek, with_mic=self.carries_mic)
        last = None if stop is None else stop * per
        resources = self._resources()
        number = start * per
        series = Series() if header.essence in ("picture", "stereo_picture") else None
        counted, expected = self._counted, self._expected
        unchecked: Integrity = "unchecked"
        try:
            for element in walk.elements(start, last):
                number = element.ordinal + 1
                data, fault, integrity = NOTHING, element.fault, unchecked
                source_key, base = b"", element.base
                if fault is None and counted and element.ordinal >= expected:
                    fault = unit_fault("mxf.one-too-many", "structure", n=header.container_duration)
                elif fault is None:
                    data, fault, integrity = judge.judge(element)
                    source_key = judge.source_key
                if element.encrypted:
                    source_key = source_key or peek_source_key(element.value[:PEEK])
                    base = judge.base
                unit = Unit.__new__(Unit)  # takes a third of the time of a call, 24 times a second of film
                unit.index = element.ordinal // per
                unit.eye = None if per == 1 else EYES[element.ordinal % 2]
                unit.offset = element.offset
                unit.data = data if fault is None else NOTHING
                unit.fault = fault
                unit.mic = integrity
                unit.resource_id = resources.get(element.body_sid)
                unit.head = element.head
                unit.iv = judge.iv if fault is None else b""
                unit.series = series
                unit.read = None
                unit.source_key = source_key
                unit.base = base
                if strict:
                    require(unit, self.path)
                yield unit
            missing = self._missing(number, last)
            if missing is not None:
                if strict:
                    require(missing, self.path)
                yield missing
            if own is not None:
                own.finish()
        except (DcpError, OSError) as error:
            raise _located(error, self.path) from None

    def _walk(self, stream: Stream | None = None) -> Walk:
        bytes_of = stream or Direct(self._fileno)
        return Walk(self._fileno, self.layout, self.header, index=self._index_or_none, bytes_of=bytes_of)

    @property
    def _expected(self) -> int:
        return self.header.container_duration * self.header.units_per_edit_unit

    @property
    def _counted(self) -> bool:
        """Does the duration in the header count the units? Not in timed text, nor outside DCP files."""
        return (
            self.header.essence not in ("timed_text", "unknown")
            and same(self.header.operational_pattern, OP_ATOM)
            and self.header.container_duration > 0
        )

    def _missing(self, number: int, last: int | None) -> Unit | None:
        """A unit that stands for those the header counts and the file lacks."""
        expected = self._expected if last is None else min(last, self._expected)
        if not self._counted or number >= expected:
            return None
        per = self.header.units_per_edit_unit
        return Unit(
            index=number // per,
            eye=None if per == 1 else ("left", "right")[number % 2],
            offset=self.layout.regions[-1].end if self.layout.regions else self.size,
            data=NOTHING,
            fault=unit_fault("mxf.units-missing", "structure", n=expected - number),
            mic="unchecked",
        )

    def _resources(self) -> dict[int, UUID]:
        if not isinstance(self.header.descriptor, TimedTextDescriptor):
            return {}
        return {each.stream_id: each.id for each in self.header.descriptor.resources}

    def _index_or_none(self) -> IndexTable | None:
        """For finding the next unit after a broken one: a broken index is no index."""
        try:
            return self.index
        except TrackFileError:
            return None


def key_for(track: TrackFile, keyring: Keyring | None) -> ContentKey | None:
    """The key that the file names, None when it is not encrypted. KeyMissingError when it is not at hand."""
    key_id = track.header.key_id
    if not track.header.encrypted or key_id is None:
        return None
    return (keyring or Keyring()).require(key_id, where=track.path)


def _located(error: DcpError | OSError, path: Path) -> DcpError:
    """The same error with the file's name in its place."""
    if isinstance(error, OSError):
        return UsageError("mxf.cannot-read", where=path, why=why(error))
    error.in_file(path)
    return error
