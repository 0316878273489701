"""XML at the border: a hardened parse, and what every reader asks of an element.

No document of a package needs a document type, so one is refused before any declaration in it is looked at.
Nothing is fetched, no default is injected, and size, depth, and attributes are bounded: what a signature was
made over is exactly what is read.
"""

from __future__ import annotations

import threading
from pathlib import Path

from lxml import etree

from dcp.bounded import read_bounded
from dcp.errors import DocumentError
from dcp.xml.scan import MAX_ATTRIBUTES, MAX_DEPTH, MAX_NAMESPACES_IN_SCOPE, XmlError, scan, scan_elements
from dcp.xml.values import BLANKS

MAX_DOCUMENT_BYTES = 16 * 1024 * 1024
SMALL_BYTES = 64 * 1024  # of most documents, and of all messages but those with very many keys
NAMES_BYTES = (64 if etree.LIBXML_VERSION >= (2, 14) else 16) * 1024 * 1024
"""What one thread reads beside its own dictionary of names: see `_read`."""
XMLDSIG = "http://www.w3.org/2000/09/xmldsig#"
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
        raise XmlError("xml.too-large", fault="size", where=where, most=max_bytes)
    counted = scan(data, where)
    try:
        root = _read(data)
    except (etree.XMLSyntaxError, ValueError) as error:
        if not counted:
            scan_elements(data, where)
        raise XmlError(
            "xml.not-well-formed-because", fault="syntax", where=where, why=_first_line(error)
        ) from None
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
    data = read_bounded(path, max_bytes)
    if data is None:
        raise DocumentError("xml.too-large", where=path, most=max_bytes)
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


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or ["unknown"])[0][:200]
