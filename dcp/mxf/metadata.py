"""Header metadata as a whole: the primer and the sets, read from a file and written to one.

What a file has and `dcp.mxf.sets` does not declare is kept, not refused; what it lacks reads as None. Tags
from 0x8000 up are given out per file and are found through the primer by their label, whose version byte
does not count.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TypeVar
from uuid import UUID

from dcp.dataclass import dataclass
from dcp.errors import TrackFileError
from dcp.mxf import klv
from dcp.mxf.items import MalformedItem
from dcp.mxf.labels import FILL, PRIMER, UL, UL_SIZE, any_version, same
from dcp.mxf.sets import HeaderSet, IndexTableSegment, Item, UnknownSet, declared
from dcp.texts.catalogue import text

DYNAMIC_TAGS = 0x8000
"""Tags from here on belong to the file, not to the standard."""

PRIMER_ENTRY = 18
MAX_ITEM = 0xFFFF

S = TypeVar("S", bound=HeaderSet)


@dataclass(frozen=True)
class HeaderMetadata:
    """The sets of one header, in the order of the file."""

    primer: dict[int, UL]
    sets: tuple[HeaderSet, ...]
    unknown: tuple[UnknownSet, ...]
    by_uid: dict[UUID, HeaderSet]

    def of(self, kind: type[S]) -> Iterator[S]:
        return (each for each in self.sets if isinstance(each, kind))

    def first(self, kind: type[S]) -> S | None:
        return next(self.of(kind), None)

    def get(self, reference: UUID | None, kind: type[S]) -> S | None:
        """The set with this InstanceUID, when it is there and of this kind."""
        found = self.by_uid.get(reference) if reference is not None else None
        return found if isinstance(found, kind) else None


def read_header(data: bytes | memoryview, *, base: int = 0) -> HeaderMetadata:
    """The primer and sets in `data`. TrackFileError where a length or a value breaks its type."""
    primer: dict[int, UL] = {}
    sets: list[HeaderSet] = []
    unknown: list[UnknownSet] = []
    for each in klv.walk(data, base=base):
        value = bytes(data[each.value_offset : each.end])
        place = base + each.offset
        if same(each.key, PRIMER):
            primer = _read_primer(value, place)
        elif each.key[4] == 0x02 and each.key[5] == 0x53:
            result = read_set(each.key, value, primer, place)
            if isinstance(result, HeaderSet):
                sets.append(result)
            else:
                unknown.append(result)
        elif not same(each.key, FILL):
            unknown.append(UnknownSet(each.key, {}))
    by_uid: dict[UUID, HeaderSet] = {}
    for found in sets:
        by_uid.setdefault(found.instance_uid, found)
    return HeaderMetadata(primer, tuple(sets), tuple(unknown), by_uid)


def read_set(key: UL, value: bytes, primer: dict[int, UL], place: int) -> HeaderSet | UnknownSet:
    """One local set with two-byte tags and lengths. place: its file offset, for messages."""
    raw = dict(_read_items(value, place))
    kind = HeaderSet.SETS.get(any_version(key))
    if kind is None:
        return UnknownSet(key, raw)
    result = kind(instance_uid=UUID(int=0))
    by_tag, by_label = _lookup(kind)
    for tag, data in raw.items():
        label = primer.get(tag)
        name = by_label.get(any_version(label)) if label is not None else None
        name = name or (by_tag.get(tag) if tag < DYNAMIC_TAGS else None)
        if name is None:
            result.unknown[label if label is not None else tag] = data
            continue
        declaration = _ITEMS[kind][name]
        try:
            if declaration.type.size not in (None, len(data)):
                raise MalformedItem("mxf.item-length", expected=declaration.type.size, n=len(data))
            setattr(result, name, declaration.type.read(data))
        except MalformedItem as error:
            raise TrackFileError(
                "mxf.item-malformed",
                where=text("place.byte", byte=place),
                name=name,
                kind=kind.__name__,
                why=error.text,
            ) from None
    return result


def write_set(value: HeaderSet, tags: dict[bytes, int]) -> bytes:
    """The KLV of a set. tags: from label to local tag, see `assign_tags`."""
    body = bytearray()
    for name, declaration in declared(type(value)).items():
        content = getattr(value, name)
        if content is None:
            continue
        data = declaration.type.write(content)
        if len(data) > MAX_ITEM:
            raise TrackFileError(
                "mxf.item-too-long", name=name, kind=type(value).__name__, bytes=len(data), most=MAX_ITEM
            )
        body += struct.pack(">HH", tags[bytes(declaration.label)], len(data)) + data
    return klv.encode(value.KEY, bytes(body))


def assign_tags(sets: Iterable[HeaderSet]) -> dict[bytes, int]:
    """Local tags for every item that `sets` carry: static ones, then downwards from 0xffff as met."""
    tags: dict[bytes, int] = {}
    free = 0xFFFF
    for each in sets:
        for name, declaration in declared(type(each)).items():
            label = bytes(declaration.label)
            if getattr(each, name) is None or label in tags:
                continue
            if declaration.tag is not None:
                tags[label] = declaration.tag
            else:
                tags[label] = free
                free -= 1
    return tags


def write_header(
    sets: Sequence[HeaderSet], *, index: IndexTableSegment, relabel: Mapping[bytes, bytes] | None = None
) -> bytes:
    """Primer and sets. The primer also names the tags of `index`, whose segments stand in the footer.

    relabel: labels that the primer shall give in another version than the declarations.
    """
    tags = assign_tags([*sets, index])
    names = relabel or {}
    entries = sorted((tag, names.get(label, label)) for label, tag in tags.items())
    primer = struct.pack(">II", len(entries), PRIMER_ENTRY)
    primer += b"".join(struct.pack(">H", tag) + label for tag, label in entries)
    return klv.encode(PRIMER, primer) + b"".join(write_set(each, tags) for each in sets)


def _read_primer(value: bytes, place: int) -> dict[int, UL]:
    if len(value) < 8:
        raise TrackFileError("mxf.primer-no-count", where=text("place.byte", byte=place))
    count, size = struct.unpack(">II", value[:8])
    if count and (size != PRIMER_ENTRY or count * size > len(value) - 8):
        raise TrackFileError("mxf.primer-too-long", where=text("place.byte", byte=place))
    primer: dict[int, UL] = {}
    for at in range(8, 8 + count * PRIMER_ENTRY, PRIMER_ENTRY):
        tag = int.from_bytes(value[at : at + 2], "big")
        primer.setdefault(tag, UL(value[at + 2 : at + 2 + UL_SIZE]))
    return primer


def _read_items(value: bytes, place: int) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at < len(value):
        if len(value) - at < 4:
            raise TrackFileError("mxf.set-ends-in-item", where=text("place.byte", byte=place))
        tag, length = struct.unpack_from(">HH", value, at)
        at += 4
        if length > len(value) - at:
            raise TrackFileError("mxf.item-past-set", where=text("place.byte", byte=place), tag=tag)
        yield tag, value[at : at + length]
        at += length


def _lookup(kind: type[HeaderSet]) -> tuple[dict[int, str], dict[bytes, str]]:
    if kind not in _LOOKUP:
        _ITEMS[kind] = declared(kind)
        _LOOKUP[kind] = (
            {each.tag: name for name, each in _ITEMS[kind].items() if each.tag is not None},
            {any_version(each.label): name for name, each in _ITEMS[kind].items()},
        )
    return _LOOKUP[kind]


_ITEMS: dict[type[HeaderSet], dict[str, Item]] = {}
_LOOKUP: dict[type[HeaderSet], tuple[dict[int, str], dict[bytes, str]]] = {}
