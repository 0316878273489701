"""Certificates as makers, dealers and mail programs send them, and what arrives in their place.

PKCS#7 (PEM or DER), base64 without its first and last line, UTF-16 and OpenSSL's TRUSTED CERTIFICATE become
plain PEM or DER; a private key, a mail, a picture and the like are called what they are. Archives and mails:
`dcp.trust.parcels`.
"""

from __future__ import annotations

import base64
import re
import warnings
from pathlib import Path

from dcp.errors import CertificateError
from dcp.kinds import media_kind
from dcp.patterns import pattern
from dcp.trust import der

SUFFIXES = (".pem", ".crt", ".cer", ".der", ".p7b", ".p7c")
"""How files of certificates are named."""

_BLOCK = pattern(rb"-----BEGIN ((?:TRUSTED )CERTIFICATE|PKCS7|CMS)-----([^-]*)-----END \1-----")
_BASE64 = pattern(rb"\s*+(?:[A-Za-z0-9+/]{4,}+\s*+)++={0,2}\s*")  # no way back: in one pass
EDGE = pattern(rb"-----(?:BEGIN|END) (?:[A-Z0-9 ]{0,20}CERTIFICATE|PKCS ?#?7[A-Z ]{0,20}|CMS)-----")
"""The first or the last line of what holds certificates."""
_MARKS = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be", b"\xef\xbb\xbf": "utf-8"}
_SIGNED_DATA = bytes.fromhex("06092a864886f70d010702")  # 1.2.840.113549.1.7.2, of PKCS#7 and CMS
_LOCKED = (b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x05", b"\x06\x0a\x2a\x86\x48\x86\xf7\x0d\x01\x0c\x01")
_REJECTED = 0xA0  # of the trust settings: what the certificate is not to be trusted for
ZIP = b"PK\x03\x04"
_LEAST = 64  # characters; a shorter line of letters is a word


def unwrapped(data: bytes, *, where: str | Path | None = None) -> bytes:
    """The same certificates as PEM text or DER; what is neither wrapped nor known comes back as it is.

    CertificateError when a wrapping is damaged, locked or too large.
    """
    text = plain_text(data)
    if data[:2] in (b"\xff\xfe", b"\xfe\xff") and b"-----BEGIN " in data:  # appended to a text in UTF-16
        raise CertificateError("cert.beside", where=where)
    if is_der(text):
        return _of_pkcs7(text, where) if _SIGNED_DATA in text[:32] else text
    if b"-----BEGIN " not in text:
        bare = _of_base64(text)
        if bare is None:
            return text
        refuse_keys(bare, where=where)
        return unwrapped(bare, where=where)
    return _BLOCK.sub(lambda found: _of_block(found, where), text)


def is_der(data: bytes) -> bool:
    """Whether it begins as the DER of a certificate does, which no text can: with a SEQUENCE of more than 127
    bytes. Such bytes are one certificate, whatever stands in its names and extensions.
    """
    return len(data) > 1 and data[0] == 0x30 and 0x80 <= data[1] <= 0x84


def not_certificates(data: bytes, *, where: str | Path | None = None) -> CertificateError:
    """What to say of a file that holds no certificate: what it is instead, where that can be told."""
    start = plain_text(data)[:8192].lstrip()
    low = start[:1024].lower()
    if media_kind(start) is not None:
        return CertificateError("certificate-file.picture", where=where)
    for sign, id in _SIGNS:
        if sign in start:
            return CertificateError(id, where=where)
    if low.startswith(b"<!doctype html") or b"<html" in low:
        return CertificateError("certificate-file.web-page", where=where)
    if start.startswith(b"<"):
        return CertificateError("certificate-file.xml", where=where)
    if _MAIL.match(start) and _MAIL_TOO.search(start):
        return CertificateError("certificate-file.mail", where=where)
    if start.startswith(b"{"):
        return CertificateError("certificate-file.json", where=where)
    if not start:
        return CertificateError("certificate-file.empty", where=where)
    if data[:4] == ZIP:
        return CertificateError("certificate-file.zip-without", where=where)
    return CertificateError("certificate-file.none", where=where)


def refuse_keys(data: bytes, *, where: str | Path | None = None) -> None:
    """CertificateError for DER that is a private key, or an archive of one, and so no certificate."""
    if data[:1] != b"\x30" or len(data) < 16:
        return
    inside = data[2 if data[1] <= 0x80 else 2 + min(data[1] & 0x7F, 4) :]
    if inside.startswith((b"\x02\x01\x00\x30", b"\x02\x01\x00\x02")) or any(
        sign in inside[:16] for sign in _LOCKED
    ):
        raise CertificateError("certificate-file.private-key", where=where)
    if inside.startswith(b"\x02\x01\x03\x30"):
        raise CertificateError("certificate-file.pkcs12", where=where)


_SIGNS = (
    (b"PRIVATE KEY-----", "certificate-file.private-key"),
    (b"CERTIFICATE REQUEST-----", "certificate-file.request"),
    (b"PUBLIC KEY-----", "certificate-file.public-key"),
    (b"X509 CRL-----", "certificate-file.revocations"),
    (b"%PDF", "certificate-file.pdf"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "certificate-file.office"),
)
_MAIL = pattern(rb"(?:From |[A-Za-z][A-Za-z-]{1,40}: )")
_MAIL_TOO = pattern(rb"(?im)^(?:MIME-Version|Message-ID|Received|Subject|From): ")


def plain_text(data: bytes) -> bytes:
    """UTF-16, as editors on Windows save it, as UTF-8, and no mark before it; all else as it is."""
    for mark, encoding in _MARKS.items():
        if data.startswith(mark):
            rest = data[len(mark) :]
            return rest if encoding == "utf-8" else rest.decode(encoding, "replace").encode()
    if data[:20:2] == b"-" * 5 + b"BEGIN" and not any(data[1:20:2]):
        return data.decode("utf-16-le", "replace").encode()
    return data


def _of_base64(text: bytes) -> bytes | None:
    """What a text of base64 and nothing else stands for, when that is DER."""
    if len(text) < _LEAST or text.lstrip()[:1] != b"M" or not _BASE64.fullmatch(text):
        return None
    try:
        data = base64.b64decode(b"".join(text.split()), validate=True)
    except ValueError:
        return None
    return data if data[:1] == b"\x30" else None


def _of_block(found: re.Match[bytes], where: str | Path | None) -> bytes:
    try:
        data = base64.b64decode(b"".join(found[2].split()), validate=True)
    except ValueError:
        raise CertificateError("certificate-file.no-base64", where=where, kind=found[1].decode()) from None
    if found[1] in (b"PKCS7", b"CMS"):
        return _of_pkcs7(data, where)
    certificate, settings = der.read_one(data, der.Walk())
    if settings and any(each.tag == _REJECTED for each in _parts(settings)):
        raise CertificateError("certificate-file.rejected", where=where)
    return pem_of_der(certificate.raw)


def _parts(settings: bytes) -> list[der.Element]:
    walk = der.Walk()
    return der.read_all(der.read_one(settings, walk)[0].content, walk)


def _of_pkcs7(data: bytes, where: str | Path | None) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding, pkcs7

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of BER, which makers write: it is read all the same
            found = pkcs7.load_der_pkcs7_certificates(data)
            blocks = [each.public_bytes(Encoding.DER) for each in found]
    except Exception as error:  # the library documents no closed set
        raise CertificateError("certificate-file.pkcs7-broken", where=where) from error
    if not blocks:
        raise CertificateError("certificate-file.pkcs7-empty", where=where)
    return b"".join(map(pem_of_der, blocks))


def pem_of_der(data: bytes) -> bytes:
    """A certificate in PEM."""
    return b"-----BEGIN CERTIFICATE-----\n" + base64.encodebytes(data) + b"-----END CERTIFICATE-----\n"
