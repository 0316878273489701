"""What people hand over when they are asked for a KDM, a certificate or a playlist: what is it really?

A cinema's mail folder holds KDMs, the archives and e-mails they came in, and everything else. Files named by
hand are taken whatever they are, so that a mistake can be named; in folders, archives and e-mails only KDMs,
sound or damaged, are looked at, and archives that are damaged.
"""

from __future__ import annotations

import errno
import hashlib
import io
import os
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import field
from pathlib import Path
from typing import IO, Literal

from dcp.dataclass import dataclass
from dcp.errors import UsageError
from dcp.patterns import pattern
from dcp.system import LOST_AND_FOUND, is_link, long_path
from dcp.texts.system import why
from dcp.trust.mail import MAX_MAIL_BYTES, MailError, attachments, is_mail
from dcp.trust.wrappings import plain_text
from kdm.message import MAX_MESSAGE_BYTES, KdmMessage, MessageError, parse_message

Kind = Literal[
    "kdm",
    "interop-kdm",
    "facility-list",
    "composition",
    "packing-list",
    "asset-map",
    "certificate",
    "private-key",
    "web-page",
    "xml",
    "archive",
    "damaged-archive",
    "closed-archive",
    "mail",
    "office",
    "pdf",
    "empty",
    "unknown",
]

MAX_FILES = 200_000  # files and folders in one folder; a chain's central store of a year stays far below
MAX_MEMBERS, MAX_PLAIN_BYTES = 20_000, 1024**3  # in one archive, or all archives of one e-mail
_BELOW = 255  # characters of the names in a folder, for Windows
SNIFFED = 65_536  # bytes in which a document says what it is

_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
"""Of the others the library unpacks as much as a block gives, however little was asked for."""
_ENCRYPTED = 0x1

_ROOT = pattern(rb"<(?:[A-Za-z_][\w.-]*:)?([A-Za-z_][\w.-]*)[\s/>]")
_ROOTS: dict[bytes, Kind] = {
    b"DCinemaSecurityMessage": "kdm",
    b"CompositionPlaylist": "composition",
    b"PackingList": "packing-list",
    b"AssetMap": "asset-map",
    b"FacilityListMessage": "facility-list",
    b"html": "web-page",
}
_MESSAGE = b"DCinemaSecurityMessage"
_SUFFIXES = (".xml", ".kdm")
_CERTIFICATE = pattern(rb"-----BEGIN (?:(?:X509 |TRUSTED )?CERTIFICATE|PKCS7|CMS)-----")
_CERTIFICATES = (".pem", ".crt", ".cer", ".der", ".p7b", ".p7c")


@dataclass(frozen=True)
class KdmFile:
    """A file taken for a KDM. `message`: what it says, None when it cannot be read; `error` says why then.

    `where`: its path; for a member of an archive or an e-mail, that one's path and the member's name.
    """

    where: str
    data: bytes = field(repr=False)
    kind: Kind
    message: KdmMessage | None = None
    error: MessageError | None = None


def kind_of(data: bytes) -> Kind:
    """What a file is, by its first bytes; nothing is judged."""
    start = plain_text(data[:SNIFFED]).lstrip(b"\xef\xbb\xbf \t\r\n")
    if not start:
        return "empty"
    if start.startswith(b"PK\x03\x04"):
        return "archive"
    if start.startswith(b"%PDF"):
        return "pdf"
    if start.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        return "office"
    if is_mail(start):
        return "mail"
    if b"PRIVATE KEY-----" in start:
        return "private-key"
    if _CERTIFICATE.search(start):
        return "certificate"
    if start[:2] in (b"\x30\x82", b"\x30\x81"):
        return "certificate"
    if _MESSAGE in start:
        return _message_kind(start)
    if start.startswith(b"<"):
        return _root_kind(start)
    return "unknown"


def read_kdm_file(where: str, data: bytes) -> KdmFile:
    """Read what should be a KDM; one that cannot be read is a value too."""
    kind = kind_of(data)
    try:
        return KdmFile(where, data, kind, message=parse_message(data, where=where))
    except MessageError as error:
        return KdmFile(where, data, kind, error=error)


def find_kdms(paths: Sequence[Path], *, confined: bool = False) -> Iterator[KdmFile]:
    """Every KDM of these files, folders, ZIP archives and e-mails, read one at a time.

    The same message in several places, as beside the archive that it came in, is one. A file named here is
    handed on whatever it is; of a folder, an archive or an e-mail, what calls itself a security message, and
    archives that are damaged. confined: a link that leads out of its folder is left aside. UsageError when a
    path cannot be read, or holds too much.
    """
    seen: set[bytes] = set()
    for path in paths:
        for file in _expand(path, (*_SUFFIXES, ".zip", ".eml")):
            if (
                confined
                and file != path
                and is_link(file)
                and not file.resolve().is_relative_to(path.resolve())
            ):
                continue
            data, named = _bounded(file), file == path
            kind = kind_of(data)
            if kind == "archive":
                yield from _opened(file, named=named, seen=seen)
            elif kind == "mail":
                yield from _attached(file, named=named, seen=seen)
            elif (named or _wanted(data)) and _is_new(data, seen):
                yield read_kdm_file(str(file), data)


def find_certificates(folder: Path) -> Iterator[Path]:
    """The files below a folder whose names are those of certificates."""
    return _expand(folder, _CERTIFICATES)


def _expand(path: Path, suffixes: tuple[str, ...]) -> Iterator[Path]:
    if not path.is_dir():
        yield path
        return
    count, top = 0, long_path(path, room=_BELOW)
    for folder, folders, names in os.walk(top, onerror=_refuse_folder):
        folders[:] = sorted(each for each in folders if each != LOST_AND_FOUND or Path(folder) != top)
        count += len(folders) + len(names)
        if count > MAX_FILES:
            raise UsageError("kdms.too-many-files", where=path, most=MAX_FILES)
        for name in sorted(names):
            file = (
                Path(folder, name) if top is path else long_path(path / Path(folder, name).relative_to(top))
            )
            if name.lower().endswith(suffixes) and not name.startswith(".") and file.is_file():
                yield file


def _refuse_folder(error: OSError) -> None:
    raise UsageError("kdms.folder-unreadable", where=error.filename, why=why(error)) from None


def _bounded(path: Path, most: int = MAX_MESSAGE_BYTES) -> bytes:
    """The bytes of a file, no more than are needed to see that it is too large for what it should be."""
    try:
        with path.open("rb") as stream:
            return stream.read(most + 1)
    except OSError as error:
        raise UsageError("kdms.unreadable", where=path, why=why(error)) from None


@dataclass
class _Room:
    """How many bytes may still be unpacked."""

    left: int = field(default_factory=lambda: MAX_PLAIN_BYTES)


def _opened(path: Path, *, named: bool, seen: set[bytes]) -> Iterator[KdmFile]:
    """The KDMs in a ZIP archive that is a file."""
    try:
        with path.open("rb") as stream:
            yield from _members(stream, str(path), named=named, seen=seen, room=_Room())
    except OSError as error:
        raise UsageError("kdms.unreadable", where=path, why=why(error)) from None


def _members(
    stream: IO[bytes], where: str, *, named: bool, seen: set[bytes], room: _Room
) -> Iterator[KdmFile]:
    """The KDMs in an archive; one that was named by hand and gives none is itself a file that is no KDM, and
    so is one that is damaged."""
    kind: Kind = "archive"
    what, empty = "kdms.archive-without", True
    try:
        with _unpacking():
            archive = zipfile.ZipFile(stream)
        named_so = [entry for entry in archive.infolist() if entry.filename.lower().endswith(_SUFFIXES)]
        entries = [entry for entry in named_so if _readable(entry)]
        if len(entries) < len(named_so):
            kind = "closed-archive"
            what = "kdms.archive-closed"
        if len(entries) > MAX_MEMBERS:
            raise UsageError("kdms.archive-documents", where=where, most=MAX_MEMBERS)
        for entry in entries:
            with _unpacking(), archive.open(entry) as member:
                data = member.read(MAX_MESSAGE_BYTES + 1)
            room.left -= len(data)
            if room.left < 0:
                raise UsageError("kdms.archive-unpacks", where=where, most=MAX_PLAIN_BYTES)
            if _wanted(data):
                empty = False
                if _is_new(data, seen):
                    yield read_kdm_file(f"{where}/{entry.filename}", data)
    except _Damaged:
        kind, what = "damaged-archive", "kdms.archive-damaged"
    if kind == "damaged-archive" or (named and empty):
        yield KdmFile(where, b"", kind, error=MessageError(what, where=where))


class _Damaged(Exception):
    """The library could not read an archive."""


@contextmanager
def _unpacking() -> Iterator[None]:
    """What the library raises for an archive that is damaged or cut off; it documents no closed set. A disk
    that cannot be read is no fault of the archive."""
    try:
        yield
    except OSError as error:
        if error.errno not in (None, errno.EINVAL):  # EINVAL: a place before the file's beginning
            raise
        raise _Damaged from error
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, ValueError) as error:
        raise _Damaged from error


def _attached(path: Path, *, named: bool, seen: set[bytes]) -> Iterator[KdmFile]:
    """The KDMs attached to an e-mail, in archives too; one named by hand that gives none is no KDM itself."""
    what, empty, room = "kdms.mail-without", True, _Room()
    try:
        for name, data in attachments(_bounded(path, MAX_MAIL_BYTES)):
            where, kind = f"{path}/{name}", kind_of(data)
            if kind == "archive":
                for file in _members(io.BytesIO(data), where, named=named, seen=seen, room=room):
                    empty = False
                    yield file
            elif kind in ("kdm", "interop-kdm"):
                empty = False
                if _is_new(data, seen):
                    yield read_kdm_file(where, data)
    except MailError as error:
        what = error.id or what
    if named and empty:
        yield KdmFile(str(path), b"", "mail", error=MessageError(what, where=path))


def _readable(entry: zipfile.ZipInfo) -> bool:
    """Whether a member may be opened at all: a few bytes can promise gigabytes."""
    plain = not entry.flag_bits & _ENCRYPTED and entry.compress_type in _METHODS
    return plain and entry.file_size <= MAX_MESSAGE_BYTES


def _is_new(data: bytes, seen: set[bytes]) -> bool:
    digest = hashlib.sha256(data).digest()
    new = digest not in seen
    seen.add(digest)
    return new


def _wanted(data: bytes) -> bool:
    return kind_of(data) in ("kdm", "interop-kdm")


def _message_kind(start: bytes) -> Kind:
    if b"FLMRequiredExtensions" in start:
        return "facility-list"
    return "interop-kdm" if b"PROTO-ASDCP-KDM" in start else "kdm"


def _root_kind(start: bytes) -> Kind:
    found = _ROOT.search(start)
    if found is None:
        return "xml"
    return "web-page" if found[1].lower() == b"html" else _ROOTS.get(found[1], "xml")
