"""The value types of header items (ST 377-1): how each is read from bytes and written to them.

Reading is strict about sizes and lenient about contents: a time that is no date reads as None, text that is
no UTF-16 keeps its legible part.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from datetime import UTC, datetime
from fractions import Fraction
from typing import Generic, NamedTuple, TypeVar
from uuid import UUID

from dcp.dataclass import dataclass
from dcp.mxf.labels import UL, UL_SIZE
from dcp.texts.catalogue import Text

T = TypeVar("T")
UMID_SIZE = 32


class MalformedItem(Exception):
    """The bytes of an item are not of its type; the reader turns it into a TrackFileError with a place."""

    def __init__(self, id: str, **places: object) -> None:
        super().__init__(id)
        self.text = Text(id, places)


@dataclass(frozen=True)
class ItemType(Generic[T]):
    """size: bytes of the value, None when it varies."""

    name: str
    size: int | None
    read: Callable[[bytes], T]
    write: Callable[[T], bytes]


class Rational(NamedTuple):
    """Two 32-bit numbers as the file has them: 2048/1080 is not reduced, 0/0 occurs."""

    numerator: int
    denominator: int

    @property
    def fraction(self) -> Fraction | None:
        """The positive value, or None when there is none."""
        if self.numerator <= 0 or self.denominator <= 0:
            return None
        return Fraction(self.numerator, self.denominator)

    @classmethod
    def of(cls, value: Fraction) -> Rational:
        return cls(value.numerator, value.denominator)


class ProductVersion(NamedTuple):
    major: int
    minor: int
    patch: int
    build: int
    release: int


def _integer(name: str, code: str) -> ItemType[int]:
    form = struct.Struct(">" + code)

    def read(data: bytes) -> int:
        value: int = form.unpack(data)[0]
        return value

    return ItemType(name, form.size, read, form.pack)


def _read_timestamp(data: bytes) -> datetime | None:
    year, month, day, hour, minute, second, quarter = struct.unpack(">H6B", data)
    try:
        return datetime(year, month, day, hour, minute, second, min(quarter * 4000, 999_999), tzinfo=UTC)
    except ValueError:
        return None


def _write_timestamp(value: datetime | None) -> bytes:
    if value is None:
        return bytes(8)
    instant = value.astimezone(UTC)
    return struct.pack(
        ">H6B",
        instant.year,
        instant.month,
        instant.day,
        instant.hour,
        instant.minute,
        instant.second,
        instant.microsecond // 4000,
    )


def _read_utf16(data: bytes) -> str:
    return data.decode("utf-16-be", errors="replace").rstrip("\0")


def _read_batch(data: bytes, size: int) -> tuple[bytes, ...]:
    if len(data) < 8:
        raise MalformedItem("mxf.list-no-count")
    count, element = struct.unpack(">II", data[:8])
    if count == 0:
        return ()
    if element != size or count * size != len(data) - 8:
        raise MalformedItem("mxf.list-length", n=count, bytes=element, room=len(data) - 8)
    return tuple(data[at : at + size] for at in range(8, len(data), size))


def _write_batch(values: tuple[bytes, ...], size: int) -> bytes:
    return struct.pack(">II", len(values), size) + b"".join(values)


def _read_uuids(data: bytes) -> tuple[UUID, ...]:
    return tuple(UUID(bytes=value) for value in _read_batch(data, 16))


def _write_uuids(values: tuple[UUID, ...]) -> bytes:
    return _write_batch(tuple(value.bytes for value in values), 16)


def _read_labels(data: bytes) -> tuple[UL, ...]:
    return tuple(UL(value) for value in _read_batch(data, UL_SIZE))


def _write_labels(values: tuple[UL, ...]) -> bytes:
    return _write_batch(tuple(bytes(value) for value in values), UL_SIZE)


def _write_version(value: ProductVersion) -> bytes:
    return struct.pack(">5H", *value)


U8 = _integer("UInt8", "B")
I8 = _integer("Int8", "b")
U16 = _integer("UInt16", "H")
U32 = _integer("UInt32", "I")
I64 = _integer("Int64", "q")
BOOLEAN: ItemType[bool] = ItemType(
    "Boolean", 1, lambda data: data != b"\0", lambda value: b"\1" if value else b"\0"
)
ID: ItemType[UUID] = ItemType("UUID", 16, lambda data: UUID(bytes=data), lambda value: value.bytes)
LABEL: ItemType[UL] = ItemType("AUID", UL_SIZE, UL, bytes)
UMID: ItemType[bytes] = ItemType("PackageID", UMID_SIZE, bytes, bytes)
RATIONAL: ItemType[Rational] = ItemType(
    "Rational",
    8,
    lambda data: Rational(*struct.unpack(">ii", data)),
    lambda value: struct.pack(">ii", *value),
)
TIMESTAMP: ItemType[datetime | None] = ItemType("TimeStamp", 8, _read_timestamp, _write_timestamp)
VERSION: ItemType[ProductVersion] = ItemType(
    "ProductVersion", 10, lambda data: ProductVersion(*struct.unpack(">5H", data)), _write_version
)
UTF16: ItemType[str] = ItemType("UTF16String", None, _read_utf16, lambda value: value.encode("utf-16-be"))
ISO7: ItemType[str] = ItemType(
    "ISO7String",
    None,
    lambda data: data.decode("ascii", errors="replace").rstrip("\0"),
    lambda value: value.encode("ascii"),
)
IDS: ItemType[tuple[UUID, ...]] = ItemType("StrongReferences", None, _read_uuids, _write_uuids)
LABELS: ItemType[tuple[UL, ...]] = ItemType("AUIDSet", None, _read_labels, _write_labels)
DATA: ItemType[bytes] = ItemType("DataValue", None, bytes, bytes)
