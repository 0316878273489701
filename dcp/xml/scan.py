"""The first pass over an XML document: what no document of a package may have is refused before it is built.

A document type is refused before any declaration in it is looked at; depth, attributes, elements and
namespaces are bounded. Namespaces, because the canonical form that a signature is made over costs the square
of their number at every element.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal
from xml.parsers import expat

from dcp.errors import DocumentError
from dcp.kinds import file_kind
from dcp.patterns import pattern
from dcp.texts.catalogue import Text, text

MAX_DEPTH = 64
MAX_ATTRIBUTES = 64
MAX_ELEMENTS = 500_000
MAX_NAMESPACES_IN_SCOPE = 32
MAX_NAMESPACES = 2048  # a KDM may declare some anew in each of its 256 keys
MAX_NAMESPACE_LENGTH = 1024  # characters of prefix and name
MAX_NAMESPACE_WORK = 4_000_000  # over all elements: namespaces in scope, times one more than the attributes

_USUAL_START = pattern(
    rb"(?:<\?xml version=([\"'])1\.0\1(?: encoding=([\"'])(?:UTF-8|utf-8)\2)?\s*\?>)?\s*<[A-Za-z_]"
)
_VERSION = pattern(r"1\.[0-9]+")  # all of them are read as 1.0 (XML 1.0, fifth edition, 2.8)

Fault = Literal["syntax", "encoding", "doctype", "size"]

_KEY = pattern(rb"-----BEGIN (?:[A-Z]{1,20} ){0,3}PRIVATE KEY-----")


class XmlError(DocumentError):
    """A document that is no XML of the kind a package may hold. fault: in what way."""

    def __init__(self, id: str, *, fault: Fault, where: str | Path | Text, **places: Any) -> None:
        super().__init__(id, where=where, **places)
        self.fault: Fault = fault


def other_kind(data: bytes) -> Text | None:
    """What a file is that is no XML, as its first bytes say; None for what may be XML, or is unknown.

    No document begins with any of these, so nothing that could be read is called another kind.
    """
    start = data[:256].lstrip(b"\xef\xbb\xbf \t\r\n")
    if _KEY.match(start):
        return text("kind.private-key")
    return file_kind(start)


def scan(data: bytes, where: str | Path) -> bool:
    """One pass of expat that stops at the first thing no package document may have: XmlError.

    False when that pass was left out, or looked at no element, since counts over the bytes alone prove that
    nothing of all this stands there: all but depth and attributes, which have to be counted in the tree.
    Where one of these is unusual, `scan_elements` judges.
    """
    if _is_small(data):
        # No document type can follow the first tag, and within ASCII both parsers call the same text XML.
        if data.isascii() and _USUAL_START.match(data):
            return False
        parser = expat.ParserCreate("UTF-8")
        parser.XmlDeclHandler, parser.StartDoctypeDeclHandler = _declaration, _doctype
        try:
            data.decode("utf-8")
            parser.Parse(data, True)
        except (UnicodeDecodeError, _Refused, expat.ExpatError):
            pass  # an element before that place may be at fault
        else:
            return False
    scan_elements(data, where)
    return True


def scan_elements(data: bytes, where: str | Path) -> None:
    """The pass that looks at every element: XmlError."""
    count = 0
    declared = 0
    work = 0
    scopes = [0]  # namespaces in scope, the document itself first

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal count, declared, work
        scope = scopes[-1]
        for key, value in attributes.items():
            if key == "xmlns" or key.startswith("xmlns:"):
                scope += 1
                declared += 1
                if len(key) + len(value) > MAX_NAMESPACE_LENGTH:
                    raise _Refused("xml.namespace-too-long", "size", most=MAX_NAMESPACE_LENGTH)
        scopes.append(scope)
        count += 1
        work += scope * (1 + len(attributes))
        if len(scopes) - 1 > MAX_DEPTH:
            raise _Refused("xml.too-deep", "size", most=MAX_DEPTH)
        if count > MAX_ELEMENTS:
            raise _Refused("xml.too-many-elements", "size", most=MAX_ELEMENTS)
        if len(attributes) > MAX_ATTRIBUTES:
            raise _Refused("xml.too-many-attributes", "size", most=MAX_ATTRIBUTES)
        if scope > MAX_NAMESPACES_IN_SCOPE:
            raise _Refused("xml.too-many-namespaces-around", "size", most=MAX_NAMESPACES_IN_SCOPE)
        if declared > MAX_NAMESPACES:
            raise _Refused("xml.too-many-namespaces", "size", most=MAX_NAMESPACES)
        if work > MAX_NAMESPACE_WORK:
            raise _Refused("xml.too-much-namespace-work", "size")

    def end(name: str) -> None:
        scopes.pop()

    parser = expat.ParserCreate("UTF-8")
    parser.XmlDeclHandler, parser.StartDoctypeDeclHandler = _declaration, _doctype
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    try:
        data.decode("utf-8")
        parser.Parse(data, True)
    except UnicodeDecodeError as error:
        place = text("place.byte-in", file=where, byte=error.start)
        kind = other_kind(data)
        if kind is not None:
            raise XmlError("xml.not-utf-8-but", fault="encoding", where=place, kind=kind) from None
        raise XmlError("xml.not-utf-8", fault="encoding", where=place) from None
    except _Refused as refused:
        place = text("place.line-in", file=where, line=parser.CurrentLineNumber)
        raise XmlError(refused.id, fault=refused.fault, where=place, **refused.places) from None
    except expat.ExpatError as error:
        place = text("place.line-column-in", file=where, line=error.lineno, column=error.offset + 1)
        raise _ill_formed(data, error, place) from None


# --- how it is done -----


def _ill_formed(data: bytes, error: expat.ExpatError, place: Text) -> XmlError:
    """What it is then, as far as that is known."""
    if not data.strip():
        return XmlError("xml.empty", fault="syntax", where=place)
    kind = other_kind(data)
    if kind is not None:
        return XmlError("xml.not-well-formed-but", fault="syntax", where=place, kind=kind)
    why = expat.ErrorString(error.code)
    return XmlError("xml.not-well-formed-because", fault="syntax", where=place, why=why)


def _is_small(data: bytes) -> bool:
    """Whether the bytes can hold no more elements and namespaces than may stand in a document.

    Each element and attribute takes four bytes or more, each declaration has its xmlns in so many letters,
    and no tag goes on over a further `<`, so that a declaration is shorter than the way to the next one.
    """
    most = len(data) // 4
    if most > MAX_ELEMENTS:
        return False
    declared, place = 0, data.find(b"xmlns")
    while place >= 0:
        end = data.find(b"<", place, place + MAX_NAMESPACE_LENGTH)
        if end < 0:
            return False
        declared += data.count(b"xmlns", place, end)
        place = data.find(b"xmlns", end)
    return declared <= min(MAX_NAMESPACES_IN_SCOPE, MAX_NAMESPACES) and declared * most <= MAX_NAMESPACE_WORK


def _declaration(version: str, encoding: str | None, standalone: int) -> None:
    if not _VERSION.fullmatch(version):
        raise _Refused("xml.no-version", "syntax")
    if encoding is not None and encoding.upper() not in ("UTF-8", "UTF8"):
        raise _Refused("xml.other-encoding", "encoding", encoding=encoding[:40])


def _doctype(*_: object) -> None:
    raise _Refused("xml.doctype", "doctype")


class _Refused(Exception):
    def __init__(self, id: str, fault: Fault, **places: Any) -> None:
        super().__init__(id)
        self.id, self.fault, self.places = id, fault, places
