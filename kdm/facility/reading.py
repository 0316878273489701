"""One entrance to facility lists of any kind: what a path holds is found out."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from dcp.errors import UsageError
from dcp.texts.system import why
from dcp.trust.parcels import is_parcel
from dcp.trust.wrappings import plain_text
from kdm.facility.flm import read_flm
from kdm.facility.folder import CERTIFICATE_SUFFIXES, read_certificate_file, read_folder
from kdm.facility.screens import read_screens
from kdm.facility.values import FacilityList

_ENOUGH = 64 * 1024  # bytes, to tell what a file is


def read_facilities(path: Path, *, now: datetime | None = None) -> FacilityList:
    """A facility list message (XML), a CSV file of screens, a certificate file (an e-mail or a ZIP archive of
    certificates too), or a folder of certificates, of cinemas' folders, or of messages.

    now: a message that was issued later is refused, in a folder with a problem noted.
    UsageError when it cannot be read, DocumentError when it is none of these, SignatureError when a message
    is signed and its signature does not hold.
    """
    if path.is_dir():
        return read_folder(path, now=now)
    try:
        with path.open("rb") as stream:
            start = stream.read(_ENOUGH)
    except OSError as error:
        raise UsageError("kdms.unreadable", where=path, why=why(error)) from None
    if start.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"<":
        return read_flm(path, now=now)
    wrapped = start.startswith(b"\x30") or b"-----BEGIN " in plain_text(start) or is_parcel(start)
    if wrapped or path.suffix.lower() in CERTIFICATE_SUFFIXES:
        return read_certificate_file(path)
    return read_screens(path)
