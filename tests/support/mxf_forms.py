"""The same track file in other forms that are permitted, or seen in the field: its KLVs written anew."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from dcp.mxf import klv
from dcp.mxf.labels import FILL, INDEX_SEGMENT, PRIMER, RANDOM_INDEX, same
from dcp.mxf.partition import is_partition, write_random_index

OLD_FILL = bytes(FILL[:7]) + b"\x01" + bytes(FILL[8:])
DURATIONS = (0x0202, 0x3002)


@dataclass(frozen=True)
class Piece:
    """A KLV. form: bytes of its length, 1 for the shortest."""

    key: bytes
    value: bytes
    form: int = 4

    @property
    def data(self) -> bytes:
        if self.form == 4:
            return klv.encode(self.key, self.value)
        if self.form == 1 and len(self.value) < 0x80:
            return self.key + bytes((len(self.value),)) + self.value
        count = self.form - 1 if self.form > 1 else (len(self.value).bit_length() + 7) // 8
        return self.key + bytes((0x80 | count,)) + len(self.value).to_bytes(count, "big") + self.value

    @property
    def metadata(self) -> bool:
        """Whether it counts for a partition's HeaderByteCount: a set or the primer."""
        return same(self.key, PRIMER) or (self.key[4:6] == b"\x02\x53" and not same(self.key, INDEX_SEGMENT))


def pieces(path: Path) -> list[Piece]:
    data = path.read_bytes()
    return [Piece(each.key, data[each.value_offset : each.end]) for each in klv.walk(data)]


def write(path: Path, parts: Iterable[Piece], *, random_index: bool = True, behind: bytes = b"") -> Path:
    """Writes the file with offsets and byte counts that are right for where the pieces came to stand."""
    parts = [each for each in parts if not same(each.key, RANDOM_INDEX)]
    places, at = [], 0
    for each in parts:
        places.append(at)
        at += len(each.data)
    packs = [number for number, each in enumerate(parts) if is_partition(each.key)]
    ends = [*packs[1:], len(parts)]
    for order, (number, end) in enumerate(zip(packs, ends, strict=True)):
        inside = parts[number + 1 : end]
        value = bytearray(parts[number].value)
        last = max((at for at, each in enumerate(inside) if each.metadata), default=-1)
        first = next((at for at, each in enumerate(inside) if each.metadata), 0)
        if last >= 0 and last + 1 < len(inside) and same(inside[last + 1].key, FILL):
            last += 1
        header = sum(len(each.data) for each in inside[first : last + 1])
        index = sum(len(each.data) for each in inside if same(each.key, INDEX_SEGMENT))
        before = places[packs[order - 1]] if order else 0
        struct.pack_into(">QQQQQ", value, 8, places[number], before, places[packs[-1]], header, index)
        parts[number] = replace(parts[number], value=bytes(value))
    data = b"".join(each.data for each in parts)
    if random_index:
        data += write_random_index(
            [(int.from_bytes(parts[number].value[60:64], "big"), places[number]) for number in packs]
        )
    path.write_bytes(data + behind)
    return path


def unknown_durations(value: bytes) -> bytes:
    """A set's value in which each duration is -1, as a writer leaves them that does not come back."""
    changed, at = bytearray(value), 0
    while at < len(value):
        tag, length = struct.unpack_from(">HH", value, at)
        if tag in DURATIONS:
            changed[at + 4 : at + 4 + length] = b"\xff" * length
        at += 4 + length
    return bytes(changed)


def _filled(parts: list[Piece]) -> list[Piece]:
    fill = Piece(bytes(FILL), bytes(100))
    return [each for one in parts for each in ((one, fill) if is_partition(one.key) else (one,))]


def _old_fill(parts: list[Piece]) -> list[Piece]:
    return [parts[0], Piece(OLD_FILL, bytes(200)), *parts[1:]]


def _open(parts: list[Piece]) -> list[Piece]:
    """The header open and its durations unknown, the true sets in the footer."""
    packs = [number for number, each in enumerate(parts) if is_partition(each.key)]
    sets = parts[1 : packs[1]]
    unsure = [
        replace(each, value=unknown_durations(each.value)) if each.key[4:6] == b"\x02\x53" else each
        for each in sets
    ]
    pack = replace(parts[0], key=parts[0].key[:14] + b"\x01" + parts[0].key[15:])
    footer = packs[-1]
    return [pack, *unsure, *parts[packs[1] : footer + 1], *sets, *parts[footer + 1 :]]


FORMS: dict[str, Callable[[list[Piece]], list[Piece]]] = {
    "same": lambda parts: parts,
    "fill-behind-packs": _filled,
    "old-fill-key": _old_fill,
    "long-lengths": lambda parts: [replace(each, form=9) for each in parts],
    "short-lengths": lambda parts: [
        each if is_partition(each.key) else replace(each, form=1) for each in parts
    ],
    "open-header": _open,
}


def form(name: str, source: Path, path: Path) -> Path:
    """The file `source` in another form: a name of FORMS, `no-random-index` or `zeros-behind`."""
    parts = pieces(source)
    if name == "no-random-index":
        return write(path, parts, random_index=False)
    if name == "zeros-behind":
        return write(path, parts, behind=bytes(512))
    return write(path, FORMS[name](parts))
