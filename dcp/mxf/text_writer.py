"""Writing timed text track files (ST 429-5; sheets 1.4 and 10.3): the document as one edit unit of the
track's whole duration, and each font and picture in a generic-stream partition of its own behind it.

All is checked before the output is opened: a document whose fonts or pictures are not there is refused.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from fractions import Fraction
from pathlib import Path
from uuid import UUID

from dcp.dataclass import dataclass
from dcp.errors import DcpError, SourceError, UsageError
from dcp.mxf import klv
from dcp.mxf.descriptors import LabelSet, TimedTextDescriptor, TimedTextResource
from dcp.mxf.index import BODY_SID, index_segments, index_size
from dcp.mxf.labels import ELEMENT_GENERIC_STREAM
from dcp.mxf.metadata import assign_tags, write_set
from dcp.mxf.partition import GENERIC_STREAM_STATUS, write_partition, write_random_index
from dcp.mxf.track_facts import TrackFacts, essence_of
from dcp.mxf.triplet import triplet_size
from dcp.mxf.writer import (
    PACK_SIZE,
    Sink,
    WrittenTrackFile,
    body_partition,
    common_partition,
    encryptor,
    footer_partition,
    header_metadata,
    header_partition,
    header_size,
    random_iv,
)
from dcp.output import finished_file
from dcp.patterns import pattern
from dcp.secrets.keys import ContentKey
from dcp.system import new_file

FONT_TYPE, IMAGE_TYPE = "application/x-font-opentype", "image/png"
"""The MIME types of resources."""

MAX_RESOURCES = 4095
"""References that one item of the header holds; asdcplib takes no more either."""

MAX_FILE = 115 * 1024 * 1024
"""Bytes of a text with all its resources (RDD 52); the whole file is held to it, whatever a reader counts."""

FIRST_STREAM = 10
"""BodySID of the first resource, as in the files of other tools."""

LANGUAGES = pattern(r"[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*(?:, ?[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*)*")

_ENTRY_LIST, _ENTRY = 12, 88
"""What resources take in the header, apart from their MIME types. The header partition grows by it, as that
of other tools does, so that files can be laid beside one another byte for byte."""


@dataclass(frozen=True)
class Resource:
    """A font or picture that the document refers to by `id`. data: the whole file."""

    id: UUID
    mime_type: str
    data: bytes


def write_timed_text_file(
    path: Path,
    document: bytes,
    resources: Sequence[Resource] = (),
    *,
    resource_id: UUID,
    namespace_uri: str,
    language: str | None,
    edit_rate: Fraction,
    duration: int,
    asset_id: UUID,
    key: ContentKey | None = None,
    mic: bool = True,
    iv_source: Callable[[], bytes] = random_iv,
    now: datetime,
    label_set: LabelSet = "smpte",
    as_found: bool = False,
    where: str | Path | None = None,
    progress: Callable[[int], None] | None = None,
) -> WrittenTrackFile:
    """Write the XML `document` and its resources to `path`.

    resource_id, namespace_uri: the Id and the namespace of the document. language: an RFC 5646 tag, several
    with commas, None for none. duration: of the track, in edit units of edit_rate a second. key: encrypts,
    document and resources alike; mic: authenticates as well. as_found: the text comes from another track
    file and is passed on, whatever its document says of itself or refers to. where: names the document in
    messages. progress: called with the number of pieces written so far, the document first. The file appears
    under `path` when it is complete; on any failure nothing is left.

    UsageError for what cannot be asked for: Interop, whose text lies beside the package as XML and is never
    encrypted; a duration or rate of nothing. DocumentError when the document is none. SourceError when it
    refers to a resource that is not there, says another id or namespace, or when there is too much of it.
    """
    if label_set != "smpte":
        raise UsageError("text-track.interop", where=path)
    named = where if where is not None else path
    streams = _streams(resources, named, as_found=as_found)
    if not as_found:
        _check_document(document, resources, resource_id, namespace_uri, asset_id, named)
    descriptor = TimedTextDescriptor(
        resource_id=resource_id, namespace_uri=namespace_uri, languages=language, resources=streams
    )
    facts = TrackFacts(
        essence=essence_of(descriptor),
        descriptor=descriptor,
        edit_rate=edit_rate,
        duration=duration,
        asset_id=asset_id,
        label_set=label_set,
        key_id=key.id if key is not None else None,
        mic=key is not None and mic,
        now=now,
    )
    _check(facts, document, named, None if as_found else language)
    pieces = [document, *(each.data for each in resources)]
    plan = _plan(facts, [len(each) for each in pieces])
    if plan.size > MAX_FILE and not as_found:
        raise SourceError("text-track.too-large", where=named, bytes=plan.size, most=MAX_FILE)
    with finished_file(path) as temporary:
        handle = new_file(temporary)
        try:
            sink = Sink(handle)
            for number, parts in enumerate(_parts(plan, pieces, key, iv_source)):
                sink.write(*parts)
                if progress is not None and 0 < number <= len(pieces):
                    progress(number)
        finally:
            os.close(handle)
        if sink.size != plan.size:
            raise DcpError("mxf.other-size", where=path, bytes=sink.size, expected=plan.size)
    return WrittenTrackFile(
        path=path,
        asset_id=asset_id,
        size=sink.size,
        sha1=sink.sha1.digest(),
        container_duration=duration,
        key_id=facts.key_id,
    )


# --- what is refused before the output is opened -----


def _streams(
    resources: Sequence[Resource], where: str | Path, *, as_found: bool
) -> tuple[TimedTextResource, ...]:
    """The entries of the resources in the header, each under the number of its stream."""
    if len(resources) > MAX_RESOURCES:
        raise SourceError("text-track.too-many", where=where, n=len(resources), most=MAX_RESOURCES)
    seen = set[UUID]()
    for each in resources:
        if each.id in seen:
            raise SourceError("text-track.twice", where=where, resource=each.id)
        seen.add(each.id)
        if not as_found and each.mime_type not in (FONT_TYPE, IMAGE_TYPE):
            raise SourceError("text-track.type", where=where, resource=each.id, type=each.mime_type)
        if not 0 < len(each.data) <= _MAX_PIECE:
            size = len(each.data)
            raise SourceError(
                "text-track.resource-size", where=where, resource=each.id, bytes=size, most=_MAX_PIECE
            )
    return tuple(
        TimedTextResource(each.id, each.mime_type, FIRST_STREAM + number)
        for number, each in enumerate(resources)
    )


_MAX_PIECE = klv.MAX_LENGTH - triplet_size(0, mic=True) - 16
"""What a four-byte length can say, less what encryption adds."""


def _check_document(
    document: bytes,
    resources: Sequence[Resource],
    resource_id: UUID,
    namespace_uri: str,
    asset_id: UUID,
    where: str | Path,
) -> None:
    from dcp.text.references import read_references

    if len(document) > _MAX_PIECE:
        raise SourceError("text-track.document-size", where=where, bytes=len(document), most=_MAX_PIECE)
    found = read_references(document, where=where)
    if found.id != resource_id or found.namespace != namespace_uri:
        raise SourceError("text-track.says-other", where=where, resource=found.id, namespace=found.namespace)
    taken = {each.id for each in resources}
    for own in (resource_id, asset_id):
        if own in taken:
            raise SourceError("text-track.same-id", where=where, resource=own)
        taken.add(own)
    held = {(each.id, each.mime_type) for each in resources}
    for wanted, mime_type, id in (
        (found.fonts, FONT_TYPE, "text-track.font-absent"),
        (found.images, IMAGE_TYPE, "text-track.image-absent"),
    ):
        absent = next((each for each in wanted if (each, mime_type) not in held), None)
        if absent is not None:
            raise SourceError(id, where=where, resource=absent)


def _check(facts: TrackFacts, document: bytes, where: str | Path, language: str | None) -> None:
    if facts.edit_rate <= 0:
        raise UsageError("mxf.edit-rate-not-positive", rate=facts.edit_rate)
    if facts.duration <= 0:
        raise UsageError("text-track.no-duration", where=where, n=facts.duration)
    if not document:
        raise SourceError("text-track.empty", where=where)
    if language is not None and not LANGUAGES.fullmatch(language):
        raise UsageError("text-track.language", where=where, value=language)


# --- the bytes in their order -----


@dataclass(frozen=True)
class _Plan:
    """Every offset of the file before its first byte. streams: (BodySID, offset) of each resource's pack."""

    facts: TrackFacts
    size: int
    metadata: bytes
    body: int
    streams: tuple[tuple[int, int], ...]
    footer: int
    index: bytes

    @property
    def random_index(self) -> bytes:
        pairs = [(0, 0), (BODY_SID, self.body), *self.streams, (0, self.footer)]
        return write_random_index(pairs)


def _plan(facts: TrackFacts, sizes: Sequence[int]) -> _Plan:
    """sizes: of the document, then of the resources."""

    def klv_size(size: int) -> int:
        return klv.HEADER_SIZE + (triplet_size(size, mic=facts.mic) if facts.key_id else size)

    assert isinstance(facts.descriptor, TimedTextDescriptor)
    # The one edit unit in the index is all of the track, however long that lasts.
    (segment,) = index_segments(seed=facts.asset_id, edit_rate=facts.edit_rate, offsets=[0], duration=1)
    metadata = header_metadata(facts, segment)
    resources = facts.descriptor.resources
    entries = sum(_ENTRY + len(each.mime_type.encode("utf-16-be")) for each in resources)
    body = header_size(metadata) + (_ENTRY_LIST + entries if resources else 0)
    at = body + PACK_SIZE + klv_size(sizes[0])
    streams = []
    for each, size in zip(resources, sizes[1:], strict=True):
        streams.append((each.stream_id, at))
        at += PACK_SIZE + klv_size(size)
    plan = _Plan(
        facts=facts,
        size=0,
        metadata=metadata,
        body=body,
        streams=tuple(streams),
        footer=at,
        index=write_set(segment, assign_tags([segment])),
    )
    assert len(plan.index) == index_size(duration=1, constant=False)
    return replace(plan, size=at + PACK_SIZE + len(plan.index) + len(plan.random_index))


def _parts(
    plan: _Plan, pieces: Sequence[bytes], key: ContentKey | None, iv_source: Callable[[], bytes]
) -> Iterator[tuple[bytes | memoryview, ...]]:
    """The header, then each piece with its partition, then what stands behind the essence."""
    facts = plan.facts
    seal = encryptor(facts, key, iv_source) if key is not None else None
    yield (header_partition(facts, plan.metadata, size=plan.body, footer=plan.footer),)
    packs = [body_partition(facts, at=plan.body, footer=plan.footer), *_stream_packs(plan)]
    for number, (pack, piece) in enumerate(zip(packs, pieces, strict=True)):
        element = bytes(ELEMENT_GENERIC_STREAM if number else facts.essence.element)
        if seal is not None:
            yield pack, seal.encrypt(piece, source_key=element)
        else:
            yield pack, element + klv.encode_ber(len(piece)), piece
    last = plan.streams[-1][1] if plan.streams else plan.body
    footer = footer_partition(facts, at=plan.footer, previous=last, index_bytes=len(plan.index))
    yield footer, plan.index, plan.random_index


def _stream_packs(plan: _Plan) -> Iterator[bytes]:
    previous = plan.body
    for body_sid, at in plan.streams:
        yield write_partition(
            replace(
                common_partition(plan.facts),
                kind="generic_stream",
                status=GENERIC_STREAM_STATUS,
                this_partition=at,
                previous_partition=previous,
                footer_partition=plan.footer,
                body_sid=body_sid,
            )
        )
        previous = at
