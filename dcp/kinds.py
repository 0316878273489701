"""What a file is that was given for another kind: by its first bytes, for an error that says so.

Nothing is judged by it. What only one reader meets (mails, certificates, XML roots) is told by that reader.
"""

from __future__ import annotations

from dcp.texts.catalogue import Text, text

_PICTURES_AND_FILMS = {
    b"\xff\xd8\xff": "kind.jpeg",
    b"\x89PNG": "kind.png",
    b"GIF8": "kind.gif",
    b"II*\x00": "kind.tiff",
    b"MM\x00*": "kind.tiff",
    b"SDPX": "kind.dpx",
    b"XPDS": "kind.dpx",
    b"\xff\x4f\xff\x51": "kind.codestream",
    b"RIFF": "kind.riff",
    b"RF64": "kind.riff",
    b"\x1aE\xdf\xa3": "kind.matroska",
    b"\x06\x0e\x2b\x34": "kind.mxf",
}
_OTHERS = {
    b"PK\x03\x04": "kind.zip",
    b"%PDF": "kind.pdf",
    b"-----BEGIN CERTIFICATE": "kind.certificate",
    b"-----BEGIN X509 CERTIFICATE": "kind.certificate",
    b"\x30\x82": "kind.certificate-or-key",
    b"-----BEGIN AGE ENCRYPTED": "kind.locked-keys",
    b"age-encryption.org/": "kind.locked-keys",
    b"{": "kind.json",
}


def media_kind(start: bytes) -> Text | None:
    """A picture, a film or a sound file; None for what is none of those known."""
    if start[4:8] in (b"ftyp", b"moov", b"wide", b"mdat"):
        return text("kind.quicktime")
    return _by(_PICTURES_AND_FILMS, start)


def file_kind(start: bytes) -> Text | None:
    """That, or an archive, a PDF, a certificate, a keys file; None for what is none of those known."""
    return media_kind(start) or _by(_OTHERS, start)


def _by(signs: dict[bytes, str], start: bytes) -> Text | None:
    return next((text(kind) for sign, kind in signs.items() if start.startswith(sign)), None)
