"""ZIP archives and e-mails that certificates come in: each file with certificates in it, by its name.

Of a mail, what is attached counts; the words of the mail itself are looked at where nothing is. The
signature of the mail is nobody's certificate for cinemas, and is passed over.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from pathlib import Path

from dcp.dataclass import dataclass
from dcp.errors import CertificateError
from dcp.patterns import pattern
from dcp.trust.mail import MailError, attachments, is_mail
from dcp.trust.wrappings import (
    EDGE,
    SUFFIXES,
    ZIP,
    not_certificates,
    pem_of_der,
    plain_text,
    refuse_keys,
    unwrapped,
)

MAX_BYTES = 1024 * 1024
"""Of all files of an archive, of all archives of a mail, and of what a mail has of certificates."""

MAX_MEMBERS = 1024
CONTAINERS = (".zip", ".eml")
"""How archives and mails are named."""

_METHODS = (0, 8)  # stored, deflated; of the others the library unpacks as much as a block gives
_SIGNATURE = pattern(r"(?i)\.p7[ms]$|^application/(?:x-)?pkcs7-(?:mime|signature)$")
_TYPE = pattern(r"[a-z]+/[A-Za-z0-9.+-]+")


@dataclass(frozen=True)
class Part:
    """A file of certificates as PEM text or DER; what is neither wrapped nor known as it is. name: in the
    archive or the mail that it came in, None where the file came alone."""

    name: str | None
    data: bytes


@dataclass
class _Room:
    left: int = MAX_BYTES
    files: int = MAX_MEMBERS


def is_parcel(data: bytes) -> bool:
    """Whether a file is an archive or a mail."""
    return data[:4] == ZIP or is_mail(plain_text(data))


def parts_of(data: bytes, *, where: str | Path | None = None) -> tuple[Part, ...]:
    """The certificates of a file, file by file where it is an archive or a mail: one at least.

    CertificateError when there is none in an archive or a mail, or one is damaged, locked or too large.
    """
    if data[:4] == ZIP:
        found = tuple(_archived(data, where, _Room()))
    elif is_mail(text := plain_text(data)):
        found = _attached(text, where)
    else:
        return (Part(None, unwrapped(data, where=where)),)
    if not found:
        without = "certificate-file.zip-without" if data[:4] == ZIP else "certificate-file.mail"
        raise CertificateError(without, where=where)
    return found


def _attached(data: bytes, where: str | Path | None) -> tuple[Part, ...]:
    room = _Room()
    found: list[Part] = []
    written: list[tuple[str, bytes]] = []
    try:
        for name, content in attachments(data):
            if _SIGNATURE.search(name):
                continue
            if _TYPE.fullmatch(name) and name.startswith("text/"):
                written += [(name, content)] if name == "text/plain" else []
            elif content[:4] == ZIP:
                found += _archived(content, place_in(where, name), room)
            else:
                found += _taken(name, content, where, room)
    except MailError as error:
        raise CertificateError.of(error.text, where=where) from error
    if not found:
        found = [part for name, content in written for part in _taken(name, content, where, room)]
    return tuple(found)


def _taken(name: str, content: bytes, where: str | Path | None, room: _Room) -> list[Part]:
    """What is attached, where it is of certificates."""
    if len(content) > MAX_BYTES and Path(name).suffix.lower() not in SUFFIXES:
        return []  # a picture, a film
    room.files -= 1
    if room.files < 0 or len(content) > MAX_BYTES:
        raise CertificateError("mail.too-large", where=where)
    part = _member(_plain(name), content, where)
    room.left -= len(part.data) if part else 0
    if room.left < 0:
        raise CertificateError("mail.too-large", where=where)
    return [part] if part else []


def _archived(data: bytes, where: str | Path | None, room: _Room) -> Iterator[Part]:
    """Each file of a ZIP archive that is named as one of certificates, or has them in its text."""
    import zipfile
    import zlib

    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = [each for each in archive.infolist() if not each.is_dir()]
            room.files -= len(members)
            if room.files < 0:
                raise CertificateError("certificate-file.zip-large", where=where)
            for member in members:
                if member.flag_bits & 1:
                    raise CertificateError("certificate-file.zip-locked", where=where)
                if member.compress_type not in _METHODS:
                    raise CertificateError("certificate-file.zip-method", where=where)
                with archive.open(member) as stream:
                    inner = stream.read(room.left + 1)
                room.left -= len(inner)
                if room.left < 0:
                    raise CertificateError("certificate-file.zip-large", where=where)
                name = _plain(member.filename)
                if name.startswith("._"):  # what macOS adds to each file
                    continue
                part = _member(name, inner, where)
                if part:
                    yield part
    except (
        zipfile.BadZipFile,
        zlib.error,
        NotImplementedError,
        RuntimeError,
        EOFError,
        ValueError,
        OSError,
    ) as error:
        raise CertificateError("certificate-file.zip-broken", where=where) from error


def _member(name: str, data: bytes, where: str | Path | None) -> Part | None:
    """The certificates of one file as PEM; None where it does not look like any."""
    place, named = place_in(where, name), Path(name).suffix.lower() in SUFFIXES
    plain = unwrapped(data, where=place)
    if plain[:1] == b"\x30" and (named or _looks_like_one(plain)):
        refuse_keys(plain, where=place)
        return Part(name, pem_of_der(plain))
    if b"CERTIFICATE-----" in plain and b"CERTIFICATE REQUEST-----" not in plain:
        return Part(name, plain + b"\n")
    if named or b"PRIVATE KEY-----" in plain:
        raise not_certificates(data, where=place)
    if data[:4] == ZIP and name.lower().endswith(".zip"):
        raise CertificateError("certificate-file.zip-within", where=place)
    if EDGE.search(plain):
        raise CertificateError("cert.edges-do-not-fit", where=place)
    return None


def _looks_like_one(data: bytes) -> bool:
    return data[:2] == b"\x30\x82" and data[4:6] == b"\x30\x82"


def _plain(name: str) -> str:
    """A file's own name, whatever folders stand before it, to be shown."""
    last = re.split(r"[/\\]", name)[-1] if not _TYPE.fullmatch(name) else name
    return "".join(sign if sign.isprintable() else "?" for sign in last)[:255]


def place_in(where: str | Path | None, name: str) -> str:
    """Where the file of an archive or a mail lies, to be shown."""
    return f"{where}: {_plain(name)}" if where is not None else _plain(name)
