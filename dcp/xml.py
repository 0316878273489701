"""XML at the border: a hardened parse, the values of elements, and a plain builder. Reading: `dcp.xmlnode`.

No document of a package needs a document type, so one is refused before any declaration in it is looked at.
Nothing is fetched, no default is injected, and size, depth, and attributes are bounded: what a signature was
made over is exactly what is read.
"""

from __future__ import annotations

import binascii
import re
import threading
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import cast

from lxml import etree

from dcp.errors import DocumentError, UsageError
from dcp.xmlscan import MAX_ATTRIBUTES, MAX_DEPTH, MAX_NAMESPACES_IN_SCOPE, XmlError, scan, scan_elements

MAX_DOCUMENT_BYTES = 16 * 1024 * 1024
SMALL_BYTES = 64 * 1024  # of most documents, and of all messages but those with very many keys
NAMES_BYTES = (64 if etree.LIBXML_VERSION >= (2, 14) else 16) * 1024 * 1024
"""What one thread reads beside its own dictionary of names: see `_read`."""
MAX_DATE_TIME = 38  # characters, with twelve digits of a fraction and an offset
MAX_DIGITS = 18  # xs:long and below; keeps int() of a hostile text cheap

BLANKS = " \t\r\n"
"""White space of XML; other alphabets have more, which are text here."""

XMLDSIG = "http://www.w3.org/2000/09/xmldsig#"

_UUID_URN = re.compile(r"urn:uuid:([0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})")
_UUID_URN_LENGTH = 45
_DATE_TIME = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,12}))?(?:(Z)|([+-])(\d\d):(\d\d))?", re.ASCII
)
_BLANK_BYTES = BLANKS.encode()
_INTEGER = re.compile(r"[+-]?\d+", re.ASCII)
# Declarations of namespaces count as attributes, and the tree does not have them.
_DEEP_OR_MANY_ATTRIBUTES = etree.XPath(
    f"boolean({'/*' * (MAX_DEPTH + 1)} | //@*[{MAX_ATTRIBUTES - MAX_NAMESPACES_IN_SCOPE + 1}])"
)


class _Parsers(threading.local):
    """One parser a thread: making it costs a third of what it takes to read a KDM.

    left: how many bytes it may read yet.
    """

    def __init__(self) -> None:
        self.left = NAMES_BYTES
        self.utf_8 = etree.XMLParser(
            resolve_entities=False,
            no_network=True,
            load_dtd=False,
            dtd_validation=False,
            attribute_defaults=False,
            huge_tree=False,
            recover=False,
            remove_blank_text=False,
            remove_comments=False,
            remove_pis=False,
            strip_cdata=True,
            encoding="utf-8",
        )


_PARSERS = _Parsers()


def parse_xml(data: bytes, *, where: str | Path, max_bytes: int = MAX_DOCUMENT_BYTES) -> etree._Element:
    """The root element of a UTF-8 document. Comments and white space stay, as a signature needs them.

    XmlError when it is too large, not UTF-8, not well formed, too deep, or has a document type.
    """
    if len(data) > max_bytes:
        raise XmlError(f"the document is larger than {max_bytes} bytes", fault="size", where=where)
    counted = scan(data, where)
    try:
        root = _read(data)
    except (etree.XMLSyntaxError, ValueError) as error:
        if not counted:
            scan_elements(data, where)
        raise XmlError(f"not well-formed XML: {_first_line(error)}", fault="syntax", where=where) from None
    if not counted and _DEEP_OR_MANY_ATTRIBUTES(root):
        scan_elements(data, where)
    return root


def reparsed(data: bytes) -> etree._Element:
    """Read again what was parsed, or written, by this program itself."""
    return _read(data)


def _read(data: bytes) -> etree._Element:
    """The tree; etree.XMLSyntaxError when there is none.

    A thread's documents share one dictionary, which keeps every name that was ever in them until it is full
    (22 MB, since libxml2 2.14 350 MB) and each further document with a new name would be called not
    well-formed. So large documents, and all once many were read, are read in a thread of their own, whose
    dictionary goes with them.
    """
    if len(data) <= min(SMALL_BYTES, _PARSERS.left):
        _PARSERS.left -= len(data)
        return etree.fromstring(data, _PARSERS.utf_8)
    found: list[etree._Element | Exception] = []

    def read() -> None:
        try:
            found.append(etree.fromstring(data, _PARSERS.utf_8))
        except Exception as error:
            found.append(error)

    thread = threading.Thread(target=read, daemon=True)
    thread.start()
    thread.join()
    if isinstance(found[0], Exception):
        raise found[0]
    return found[0]


def read_document(path: Path, *, max_bytes: int = MAX_DOCUMENT_BYTES) -> bytes:
    """The bytes of a document on disk, never more than `max_bytes`.

    UsageError when it cannot be opened, DocumentError when it is too large for what it should be.
    """
    try:
        with path.open("rb") as stream:
            data = stream.read(max_bytes + 1)
    except OSError as error:
        raise UsageError(f"cannot read: {error.strerror or error}", where=path) from None
    if len(data) > max_bytes:
        raise DocumentError(f"the document is larger than {max_bytes} bytes", where=path)
    return data


def to_bytes(root: etree._Element) -> bytes:
    """The document as UTF-8 with its declaration and a final line feed."""
    return bytes(etree.tostring(root, encoding="UTF-8", xml_declaration=True)) + b"\n"


def local_name(element: etree._Element) -> str:
    """The name without its namespace."""
    return str(etree.QName(element).localname)


def namespace_of(element: etree._Element) -> str:
    """The namespace, empty when there is none."""
    return str(etree.QName(element).namespace or "")


def element_path(element: etree._Element) -> str:
    """The element's place by local names, `/CompositionPlaylist/ReelList/Reel[2]/Id`."""
    steps = []
    place: etree._Element | None = element
    while place is not None:
        name = local_name(place)
        before = sum(1 for _ in place.itersiblings(place.tag, preceding=True))
        if before or next(place.itersiblings(place.tag), None) is not None:
            name += f"[{before + 1}]"
        steps.append(name)
        place = place.getparent()
    return "/" + "/".join(reversed(steps))


def elements(parent: etree._Element) -> list[etree._Element]:
    """The child elements, without comments and processing instructions."""
    return [child for child in parent if isinstance(child.tag, str)]


def text_of(element: etree._Element) -> str | None:
    """The text with blanks around it removed, or None when the element has child elements.

    All text nodes count: a comment set into a signed value must not cut it short (a digest without comments
    does not see the comment).
    """
    if not len(element):
        return (element.text or "").strip(BLANKS)
    parts = [element.text or ""]
    for child in element:
        if isinstance(child.tag, str) or child.tag is etree.Entity:
            return None
        parts.append(child.tail or "")
    return "".join(parts).strip(BLANKS)


def parse_uuid_urn(text: str) -> uuid.UUID | None:
    """An id of the form urn:uuid:8-4-4-4-12 hex digits; None for anything else."""
    return _read_uuid_urn(text) if len(text) == _UUID_URN_LENGTH else None


@lru_cache(maxsize=4096)  # the messages of one composition have its id and those of its keys
def _read_uuid_urn(text: str) -> uuid.UUID | None:
    match = _UUID_URN.fullmatch(text)
    return uuid.UUID(match[1]) if match else None


def parse_date_time(text: str) -> datetime | None:
    """An xs:dateTime with its offset kept; without one the result is naive."""
    return _read_date_time(text) if len(text) <= MAX_DATE_TIME else None


@lru_cache(maxsize=1024)  # a message has the same few dates many times over
def _read_date_time(text: str) -> datetime | None:
    match = _DATE_TIME.fullmatch(text)
    if match is None:
        return None
    year, month, day, hour, minute, second = (int(match[group]) for group in range(1, 7))
    micro = int((match[7] or "0").ljust(6, "0")[:6])
    # The midnight at the end of a day may be written as its hour 24.
    midnight = hour == 24 and not (minute or second or (match[7] or "").strip("0"))
    zone: timezone | None = None
    if match[8]:
        zone = UTC
    elif match[9]:
        offset = timedelta(hours=int(match[10]), minutes=int(match[11]))
        if int(match[11]) > 59 or offset > timedelta(hours=14):
            return None
        zone = timezone(-offset if match[9] == "-" else offset)
    try:
        value = datetime(year, month, day, 0 if midnight else hour, minute, second, micro, tzinfo=zone)
        if midnight:
            value += timedelta(days=1)
        if zone is not None:
            value.astimezone(UTC)  # an instant outside the calendar cannot be compared with any other
    except (ValueError, OverflowError):
        return None
    return value


def parse_integer(text: str) -> int | None:
    """A whole number of at most 18 characters, sign included; None for anything else."""
    if len(text) > MAX_DIGITS or not _INTEGER.fullmatch(text):
        return None
    return int(text)


def parse_rational(text: str) -> Fraction | None:
    """Two positive whole numbers, `24 1`; None for anything else."""
    parts = text.split()
    if len(parts) != 2:
        return None
    numerator, denominator = (parse_integer(part) for part in parts)
    if numerator is None or denominator is None or numerator <= 0 or denominator <= 0:
        return None
    return Fraction(numerator, denominator)


def parse_base64(text: str) -> bytes | None:
    """Base64 with any white space in it; None for anything else, stray bits at its end included."""
    try:
        packed = text.encode("ascii").translate(None, _BLANK_BYTES)
        value = binascii.a2b_base64(packed, strict_mode=True)
    except ValueError:
        return None
    return value if binascii.b2a_base64(value, newline=False) == packed else None


# --- writing -----------------------------------------------------------------------------------------------


def uuid_urn(value: uuid.UUID) -> str:
    """An id as documents write it."""
    return f"urn:uuid:{value}"


def date_time(value: datetime) -> str:
    """xs:dateTime to the second with a numeric offset, never Z: some servers read 25 characters.

    UsageError for a time without an offset, or with one that is not whole minutes.
    """
    if value.tzinfo is None:
        raise UsageError(
            "a time without an offset does not say which instant it is",
            remedy="write it like 2027-05-01T09:00:00+08:00, or name the time zone",
        )
    text = value.replace(microsecond=0).isoformat()
    if len(text) != 25:  # the local mean times of long ago
        raise UsageError(
            f"the offset of {text} has seconds, which a date in a document cannot hold",
            remedy="write the time with an offset of hours and minutes, like 2027-05-01T09:00:00+08:00",
        )
    return text


def rational(value: Fraction) -> str:
    """A rate as documents and JSON write it, `24 1`."""
    return f"{value.numerator} {value.denominator}"


def new_root(name: str, namespace: str, prefixes: Mapping[str, str] | None = None) -> etree._Element:
    """A root whose own namespace is the default one; `prefixes` are declared on it."""
    declared: dict[str | None, str] = {None: namespace}
    declared.update(prefixes or {})
    return etree.Element(f"{{{namespace}}}{name}", nsmap=cast("dict[str, str]", declared))


def add(
    parent: etree._Element,
    name: str,
    value: object = None,
    *,
    namespace: str | None = None,
    prefix: str | None = None,
    **attributes: str | None,
) -> etree._Element:
    """Append a child; in the parent's namespace unless another is given, then declared with `prefix` here."""
    place = namespace_of(parent) if namespace is None else namespace
    declared = {prefix: place} if prefix is not None else None
    child = etree.SubElement(parent, f"{{{place}}}{name}" if place else name, nsmap=declared)
    for key, content in attributes.items():
        if content is not None:
            child.set(key, content)
    if value is not None:
        try:
            child.text = str(value)
        except ValueError:
            raise DocumentError(
                "a text holds characters that XML cannot carry", where=element_path(child)
            ) from None
    return child


def finish(root: etree._Element) -> etree._Element:
    """Indent by two blanks, as people read it; done before signing, never after."""
    etree.indent(root, space="  ")
    return root


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or ["unknown"])[0][:200]
