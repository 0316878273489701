"""A ZIP archive in one fixed form: stored files in the order of their names, and no byte that may be chosen.

Whoever reads it knows each byte but those of the files, so none can be changed unseen, and nothing unfolds:
there is no compression, no path that leads out, no link, no comment, no date. Any program that opens ZIP
archives opens it.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Mapping
from typing import BinaryIO

from dcp.dataclass import dataclass
from dcp.errors import DcpError

CHUNK = 1 << 20

_LOCAL = struct.Struct("<4s5H3I2H")
_CENTRAL = struct.Struct("<4s6H3I5H2I")
_END = struct.Struct("<4s4H2IH")
_VERSION, _NEW_YEAR_1980 = 20, 0x0021  # version 2.0: plain files; the first day that the form can say


@dataclass(frozen=True)
class Member:
    """One stored file. place: where its header begins."""

    name: str
    crc: int
    size: int
    place: int


def write_stored(stream: BinaryIO, files: Mapping[str, bytes]) -> None:
    """The archive of these files. Names are plain ASCII, and all of it stays under 2 GiB."""
    members: list[Member] = []
    place = 0
    for name in sorted(files):
        data = files[name]
        member = Member(name, zlib.crc32(data), len(data), place)
        members.append(member)
        for part in (_local(member), data):
            stream.write(part)
            place += len(part)
    stream.write(_directory(members, place))


def read_stored(
    stream: BinaryIO,
    *,
    most_files: int,
    most_bytes: int,
    checked: Callable[[str, int], None],
    take: Callable[[str, bytes], None],
) -> None:
    """Walk over an archive of this form once. DcpError `bundle.zip-form` at the first byte that is not so.

    checked(name, size) is asked before a file is read, and raises for what shall not be; take(name, data) is
    given the file in pieces.
    """
    members: list[Member] = []
    place = room = 0
    while (head := _read(stream, 4, place)) == b"PK\3\4":
        member = _member(head + _read(stream, _LOCAL.size - 4, place), stream, place)
        if len(members) >= most_files:
            raise DcpError("bundle.too-many-files", most=most_files)
        room += member.size
        if room > most_bytes:
            raise DcpError("bundle.too-large", most=most_bytes)
        if members and member.name <= members[-1].name:
            raise DcpError("bundle.zip-form", n=place)
        checked(member.name, member.size)
        crc, left = 0, member.size
        while left:
            data = _read(stream, min(CHUNK, left), place)
            crc, left = zlib.crc32(data, crc), left - len(data)
            take(member.name, data)
        if crc != member.crc:
            raise DcpError("bundle.zip-file", file=member.name)
        members.append(member)
        place += len(_local(member)) + member.size
    expected = _directory(members, place)
    rest = head + stream.read(len(expected) - 3)
    if rest != expected:
        raise DcpError("bundle.zip-form", n=place)


def _member(fixed: bytes, stream: BinaryIO, place: int) -> Member:
    """What a header says, which has to be the one that is written for it."""
    *_, crc, size, _, length, _ = _LOCAL.unpack(fixed)
    name = _read(stream, min(length, 255), place)
    try:
        member = Member(name.decode("ascii"), crc, size, place)
    except UnicodeDecodeError:
        raise DcpError("bundle.zip-form", n=place) from None
    if _local(member) != fixed + name:
        raise DcpError("bundle.zip-form", n=place)
    return member


def _read(stream: BinaryIO, count: int, place: int) -> bytes:
    data = stream.read(count)
    if len(data) != count:
        raise DcpError("bundle.zip-form", n=place)
    return data


def _local(member: Member) -> bytes:
    name = member.name.encode("ascii")
    sizes = member.crc, member.size, member.size
    return _LOCAL.pack(b"PK\3\4", _VERSION, 0, 0, 0, _NEW_YEAR_1980, *sizes, len(name), 0) + name


def _directory(members: list[Member], place: int) -> bytes:
    """What stands behind the files; it begins at `place`."""
    entries = b"".join(
        _CENTRAL.pack(
            *(b"PK\1\2", _VERSION, _VERSION, 0, 0, 0, _NEW_YEAR_1980, each.crc, each.size, each.size),
            *(len(each.name), 0, 0, 0, 0, 0, each.place),
        )
        + each.name.encode("ascii")
        for each in members
    )
    count = len(members)
    return entries + _END.pack(b"PK\5\6", 0, 0, count, count, len(entries), place, 0)
