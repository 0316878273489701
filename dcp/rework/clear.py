"""A track file written anew, kind by kind: the same units under another asset id, plain or under another key.

Every unit is decrypted and judged on the way; the first with a fault stops it, and no file is left. What the
header said of the essence is said again. Units are in memory alone between one key and the other.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path

from dcp.dataclass import dataclass
from dcp.errors import DcpError, TrackFileError
from dcp.mxf.descriptors import (
    Descriptor,
    SoundDescriptor,
    TimedTextDescriptor,
)
from dcp.mxf.reader import MicPolicy, TrackFile
from dcp.mxf.writer import WrittenTrackFile, write_track_file
from dcp.rework.planning import Item
from dcp.secrets.keys import ContentKey


@dataclass(frozen=True)
class Clear:
    """What the new file takes from outside: its id, and the time that it names as its own.

    key: opens the old one, None where that is plain. duration: of a text whose header does not say its own,
    in edit units. advance: called with bytes of the old file that are done. under: encrypts the new file,
    with a MIC for each unit; None for a plain one.
    """

    asset_id: uuid.UUID
    key: ContentKey | None
    mic: MicPolicy
    now: datetime
    duration: int
    advance: Callable[[int], None]
    under: ContentKey | None = None


def write_clear(item: Item, target: Path, how: Clear) -> WrittenTrackFile:
    """Write the file of `item` to `target` as `how` says.

    TrackFileError for a damaged unit; DcpError when the file is not the one that was hashed, or a writer
    refuses what it holds.
    """
    with TrackFile.open(item.path) as track:
        descriptor = track.header.descriptor
        if descriptor is None:
            raise DcpError("rework.header", where=item.path)
        if isinstance(descriptor, TimedTextDescriptor):
            return _text(track, descriptor, item, target, how)
        return _units(track, descriptor, item, target, how)


def _units(
    track: TrackFile, descriptor: Descriptor, item: Item, target: Path, how: Clear
) -> WrittenTrackFile:
    header = track.header
    return write_track_file(
        target,
        (data for data, _ in _read(track, item, how)),
        sizes=_sizes(track, how.key),
        descriptor=descriptor,
        edit_rate=header.edit_rate,
        asset_id=how.asset_id,
        label_set=header.label_set,
        key=how.under,
        now=how.now,
    )


def _text(
    track: TrackFile, descriptor: TimedTextDescriptor, item: Item, target: Path, how: Clear
) -> WrittenTrackFile:
    """The document and its resources as they are, in their order."""
    from dcp.mxf.text_writer import Resource, write_timed_text_file
    from dcp.text.references import read_references

    types = {resource.id: resource.mime_type for resource in descriptor.resources}
    document, resources = b"", []
    for data, resource_id in _read(track, item, how):
        if resource_id is None and not document:
            document = bytes(data)
        elif resource_id in types:
            resources.append(Resource(resource_id, types[resource_id], bytes(data)))
        else:
            raise TrackFileError("rework.stray-resource", where=item.path)
    absent = types.keys() - {resource.id for resource in resources}
    if not document or absent:
        name = min(map(str, absent), default="text.xml")
        raise TrackFileError("rework.resource-absent", where=item.path, name=name)
    id, namespace = descriptor.resource_id, descriptor.namespace_uri
    if id is None or namespace is None:
        found = read_references(document, where=item.path)
        id, namespace = id or found.id, namespace or found.namespace
    header = track.header
    return write_timed_text_file(
        target,
        document,
        resources,
        resource_id=id,
        namespace_uri=namespace,
        language=descriptor.languages or None,
        edit_rate=header.edit_rate,
        duration=header.container_duration or how.duration,
        asset_id=how.asset_id,
        key=how.under,
        now=how.now,
        label_set=header.label_set,
        as_found=True,
        where=item.path,
    )


def _read(track: TrackFile, item: Item, how: Clear) -> Iterator[tuple[memoryview, uuid.UUID | None]]:
    """Each unit with the id of its resource; at the end the file is held against the documents' hashes."""
    digest = hashlib.sha1()
    done = 0
    for unit in track.units(key=how.key, mic=how.mic, strict=True, digest=digest):
        yield unit.data, unit.resource_id
        how.advance(unit.offset - done)
        done = unit.offset
    item.hold_against(digest.digest())


def _sizes(track: TrackFile, key: ContentKey | None) -> Sequence[int]:
    """The lengths of the plain units, which the writer needs first: of the heads of the units where these
    say them, else of a pass of their own."""
    header = track.header
    if isinstance(header.descriptor, SoundDescriptor):
        samples = header.descriptor.sample_rate / header.edit_rate
        size = int(samples) * header.descriptor.sample_bytes
        if size == 0 or header.container_duration > track.size // size:
            raise TrackFileError(
                "rework.more-than-fits",
                where=track.path,
                n=header.container_duration,
                size=size,
                bytes=track.size,
            )
        return [size] * header.container_duration
    stated = track.sizes()
    if stated is not None:
        return stated
    return [len(unit.data) for unit in track.units(key=key, mic="off", strict=True)]
