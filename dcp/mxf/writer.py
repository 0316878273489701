"""Writing track files in one pass: the sizes of the units are known first, so the header is final before
the first unit, nothing is ever rewritten, and the file's SHA-1 comes with it.

Layout (sheet 1.1): header partition of 16,384 bytes, SMPTE a body partition, the units, the footer with the
index, the random index. Four-byte lengths throughout, no fill behind a partition pack: readers in the field
stumble over either.
"""

from __future__ import annotations

import hashlib
import os
from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from fractions import Fraction
from pathlib import Path
from uuid import UUID

from dcp.dataclass import dataclass
from dcp.errors import DcpError, UsageError
from dcp.mxf import klv
from dcp.mxf.cipher import Encryptor
from dcp.mxf.compose import compose
from dcp.mxf.descriptors import (
    AuxDescriptor,
    Descriptor,
    LabelSet,
    PictureDescriptor,
    SoundDescriptor,
    TimedTextDescriptor,
)
from dcp.mxf.index import BODY_SID, INDEX_SID, index_segments, index_size
from dcp.mxf.labels import FILL, INTEROP_SUB_DESCRIPTORS, SUB_DESCRIPTORS, UL_SIZE
from dcp.mxf.metadata import assign_tags, write_header, write_set
from dcp.mxf.partition import (
    MIN_PACK,
    Partition,
    write_partition,
    write_random_index,
)
from dcp.mxf.sets import IndexTableSegment
from dcp.mxf.track_facts import TrackFacts, essence_of
from dcp.mxf.triplet import triplet_size
from dcp.output import finished_file
from dcp.secrets.keys import ContentKey
from dcp.system import new_file, write_all

PACK_SIZE = MIN_PACK + 2 * UL_SIZE + klv.HEADER_SIZE
INTEROP_LABELS = {bytes(SUB_DESCRIPTORS): bytes(INTEROP_SUB_DESCRIPTORS)}
HEADER_SIZE = 16384
"""The header partition with its pack; a longer one takes the next multiple."""


@dataclass(frozen=True)
class WrittenTrackFile:
    """sha1: of the whole file, as the packing list wants it. container_duration: edit units."""

    path: Path
    asset_id: UUID
    size: int
    sha1: bytes
    container_duration: int
    key_id: UUID | None


def random_iv() -> bytes:
    """A fresh initialisation vector from the operating system."""
    return os.urandom(16)


def write_track_file(
    path: Path,
    units: Iterable[bytes | memoryview],
    *,
    sizes: Sequence[int],
    descriptor: Descriptor,
    edit_rate: Fraction,
    asset_id: UUID,
    label_set: LabelSet = "smpte",
    key: ContentKey | None = None,
    mic: bool = True,
    iv_source: Callable[[], bytes] = random_iv,
    now: datetime,
    progress: Callable[[int], None] | None = None,
    watch: Callable[[bytes | memoryview], None] | None = None,
) -> WrittenTrackFile:
    """Write `units`, whose lengths are `sizes`, to `path`; a pair of stereo is left, right.

    edit_rate: frames, pairs or sound edit units a second. key: encrypts; mic: authenticates as well.
    progress: called after each unit with the number of units written so far. watch: is handed all that the
    file holds, in order, borrowed. The file appears under `path`
    when it is complete; on any failure nothing is left. DcpError when the units do not fit `sizes`, when
    sound does not come in whole edit units, or when the file system refuses.
    """
    essence = essence_of(descriptor)
    if isinstance(descriptor, AuxDescriptor) and label_set == "interop":
        raise UsageError("mxf.aux-interop")
    _check(sizes, descriptor, edit_rate, essence.units_per_edit_unit)
    facts = TrackFacts(
        essence=essence,
        descriptor=descriptor,
        edit_rate=edit_rate,
        duration=len(sizes) // essence.units_per_edit_unit,
        asset_id=asset_id,
        label_set=label_set,
        key_id=key.id if key is not None else None,
        mic=key is not None and mic,
        now=now,
    )
    plan = _plan(facts, sizes, encrypted=key is not None)
    seal = encryptor(facts, key, iv_source) if key is not None else None
    with finished_file(path) as temporary:
        handle = new_file(temporary)
        try:
            sink = Sink(handle, watch)
            sink.write(plan.head)
            for number, parts in enumerate(_frames(units, sizes, seal, bytes(essence.element)), start=1):
                sink.write(*parts)
                if progress is not None:
                    progress(number)
            for part in plan.tail():
                sink.write(part)
        finally:
            os.close(handle)
        if sink.size != plan.size:
            raise DcpError("mxf.other-size", where=path, bytes=sink.size, expected=plan.size)
    return WrittenTrackFile(
        path=path,
        asset_id=asset_id,
        size=sink.size,
        sha1=sink.sha1.digest(),
        container_duration=facts.duration,
        key_id=facts.key_id,
    )


def encryptor(facts: TrackFacts, key: ContentKey, iv_source: Callable[[], bytes]) -> Encryptor:
    """What encrypts the units of this file, under its context."""
    return Encryptor(
        key=key,
        label_set=facts.label_set,
        context_id=facts.context_id.bytes,
        source_key=bytes(facts.essence.element),
        track_file_id=facts.asset_id.bytes,
        mic=facts.mic,
        iv_source=iv_source,
    )


class Sink:
    """The output of a writer: written and hashed in order."""

    def __init__(self, descriptor: int, watch: Callable[[bytes | memoryview], None] | None = None) -> None:
        self._descriptor, self._watch = descriptor, watch
        self.sha1 = hashlib.sha1()
        self.size = 0

    def write(self, *parts: bytes | memoryview) -> None:
        for part in parts:
            self.sha1.update(part)
            if self._watch is not None:
                self._watch(part)
        write_all(self._descriptor, parts)
        self.size += sum(map(len, parts))


@dataclass(frozen=True)
class _Plan:
    """Every offset of the file before its first byte. offsets: 8 bytes an edit unit, none for sound."""

    facts: TrackFacts
    size: int
    head: bytes
    body: int | None
    footer: int
    index_bytes: int
    unit_size: int
    offsets: array[int]

    def tail(self) -> Iterator[bytes]:
        """The footer partition with the index, and the random index, piece by piece."""
        yield footer_partition(
            self.facts, at=self.footer, previous=self.body or 0, index_bytes=self.index_bytes
        )
        tags: dict[bytes, int] | None = None
        for segment in _segments(self.facts, self.offsets, self.unit_size):
            tags = tags or assign_tags([segment])
            yield write_set(segment, tags)
        yield write_random_index(_partition_pairs(self.body, self.footer))


def _plan(facts: TrackFacts, sizes: Sequence[int], *, encrypted: bool) -> _Plan:
    """TrackFileError when a unit is longer than a four-byte length can say."""
    per = facts.essence.units_per_edit_unit
    constant = facts.essence.constant_size

    def klv_size(size: int) -> int:
        return klv.HEADER_SIZE + (triplet_size(size, mic=facts.mic) if encrypted else size)

    klv.encode_ber(klv_size(max(sizes)) - klv.HEADER_SIZE)
    offsets = array("Q")
    essence_bytes = 0
    for number, size in enumerate(sizes):
        if not constant and number % per == 0:
            offsets.append(essence_bytes)
        essence_bytes += klv_size(size)
    unit_size = klv_size(sizes[0]) if constant else 0

    metadata = header_metadata(facts, next(_segments(facts, offsets, unit_size)))
    total = header_size(metadata)
    body = total if facts.label_set == "smpte" else None
    footer = total + (PACK_SIZE if body is not None else 0) + essence_bytes
    head = header_partition(facts, metadata, size=total, footer=footer)
    if body is not None:
        head += body_partition(facts, at=body, footer=footer)
    index_bytes = index_size(duration=facts.duration, constant=constant)
    random_index = len(write_random_index(_partition_pairs(body, footer)))
    return _Plan(
        facts=facts,
        size=footer + PACK_SIZE + index_bytes + random_index,
        head=head,
        body=body,
        footer=footer,
        index_bytes=index_bytes,
        unit_size=unit_size,
        offsets=offsets,
    )


def _segments(facts: TrackFacts, offsets: array[int], unit_size: int) -> Iterator[IndexTableSegment]:
    return index_segments(
        seed=facts.asset_id,
        edit_rate=facts.edit_rate,
        offsets=offsets,
        unit_size=unit_size,
        duration=facts.duration,
    )


def header_metadata(facts: TrackFacts, index: IndexTableSegment) -> bytes:
    """Primer and sets of the header. index: a segment of the table in the footer, whose tags it names."""
    relabel = INTEROP_LABELS if facts.label_set == "interop" else None
    return write_header(compose(facts), index=index, relabel=relabel)


def header_size(metadata: bytes) -> int:
    """Bytes of a header partition that has room for `metadata` and a fill item."""
    return HEADER_SIZE * -(-(PACK_SIZE + len(metadata) + klv.HEADER_SIZE) // HEADER_SIZE)


def header_partition(facts: TrackFacts, metadata: bytes, *, size: int, footer: int) -> bytes:
    """The header partition, `size` bytes with its fill; an Interop one holds the essence as well."""
    pack = replace(
        common_partition(facts),
        kind="header",
        footer_partition=footer,
        header_byte_count=size - PACK_SIZE,
        body_sid=0 if facts.label_set == "smpte" else BODY_SID,
    )
    fill = klv.encode(FILL, bytes(size - PACK_SIZE - len(metadata) - klv.HEADER_SIZE))
    return write_partition(pack) + metadata + fill


def body_partition(facts: TrackFacts, *, at: int, footer: int) -> bytes:
    """The pack before the essence of a SMPTE file."""
    return write_partition(
        replace(
            common_partition(facts),
            kind="body",
            this_partition=at,
            footer_partition=footer,
            body_sid=BODY_SID,
        )
    )


def footer_partition(facts: TrackFacts, *, at: int, previous: int, index_bytes: int) -> bytes:
    """The pack before the index table."""
    return write_partition(
        replace(
            common_partition(facts),
            kind="footer",
            this_partition=at,
            previous_partition=previous,
            footer_partition=at,
            index_byte_count=index_bytes,
            index_sid=INDEX_SID,
        )
    )


def common_partition(facts: TrackFacts) -> Partition:
    """What the partitions of one file have in common."""
    return Partition(
        kind="header",
        this_partition=0,
        previous_partition=0,
        footer_partition=0,
        operational_pattern=facts.operational_pattern,
        essence_containers=facts.essence_containers,
    )


def _partition_pairs(body: int | None, footer: int) -> list[tuple[int, int]]:
    """What the random index lists: (BodySID, offset)."""
    if body is None:
        return [(BODY_SID, 0), (0, footer)]
    return [(0, 0), (BODY_SID, body), (0, footer)]


def _frames(
    units: Iterable[bytes | memoryview],
    sizes: Sequence[int],
    seal: Encryptor | None,
    element: bytes,
) -> Iterator[tuple[bytes | memoryview, ...]]:
    """The bytes of each KLV in turn; DcpError when a unit is not of the size that was promised."""
    number = 0
    for number, unit in enumerate(units, start=1):
        if number > len(sizes):
            raise DcpError("mxf.too-many-units", announced=len(sizes))
        if len(unit) != sizes[number - 1]:
            raise DcpError("mxf.unit-size", number=number - 1, bytes=len(unit), announced=sizes[number - 1])
        if seal is not None:
            yield (seal.encrypt(unit),)
        else:
            yield element + klv.encode_ber(len(unit)), unit
    if number < len(sizes):
        raise DcpError("mxf.too-few-units", n=number, announced=len(sizes))


def _check(sizes: Sequence[int], descriptor: Descriptor, edit_rate: Fraction, per: int) -> None:
    if not sizes:
        raise UsageError("mxf.no-units")
    if edit_rate <= 0:
        raise UsageError("mxf.edit-rate-not-positive", rate=edit_rate)
    if min(sizes) <= 0:
        raise UsageError("mxf.empty-unit", number=min(range(len(sizes)), key=sizes.__getitem__))
    if len(sizes) % per:
        raise UsageError("mxf.odd-eyes")
    if isinstance(descriptor, TimedTextDescriptor):
        raise UsageError("text-track.not-units")
    if isinstance(descriptor, PictureDescriptor) and descriptor.xsiz is None:
        raise UsageError("mxf.descriptor-incomplete")
    if isinstance(descriptor, SoundDescriptor):
        samples = Fraction(descriptor.sample_rate) / edit_rate
        if samples.denominator != 1:
            raise UsageError("mxf.samples-do-not-divide", samples=descriptor.sample_rate, rate=edit_rate)
        expected = int(samples) * descriptor.sample_bytes
        wrong = next((number for number, size in enumerate(sizes) if size != expected), None)
        if wrong is not None:
            raise UsageError(
                "mxf.sound-unit-size",
                number=wrong,
                bytes=sizes[wrong],
                expected=expected,
                samples=int(samples),
                n=descriptor.channels,
            )
