"""The first pass over an XML document: what no document of a package may have is refused before it is built.

A document type is refused before any declaration in it is looked at; depth, attributes and elements are
bounded.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal
from xml.parsers import expat

from dcp.errors import DocumentError

MAX_DEPTH = 64
MAX_ATTRIBUTES = 64
MAX_ELEMENTS = 500_000

Fault = Literal["syntax", "encoding", "doctype", "size"]


class XmlError(DocumentError):
    """A document that is no XML of the kind a package may hold. fault: in what way."""

    def __init__(self, what: str, *, fault: Fault, where: str | Path, remedy: str | None = None) -> None:
        super().__init__(what, where=where, remedy=remedy)
        self.fault: Fault = fault


def scan(data: bytes, where: str | Path) -> None:
    """One pass of expat that stops at the first thing no package document may have: XmlError."""
    depth = 0
    count = 0

    def declaration(version: str, encoding: str | None, standalone: int) -> None:
        if encoding is not None and encoding.upper() not in ("UTF-8", "UTF8"):
            raise _Refused(f"the document declares the encoding {encoding[:40]}, not UTF-8", "encoding")

    def doctype(*_: object) -> None:
        raise _Refused("the document has a document type (DOCTYPE)", "doctype")

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth, count
        depth += 1
        count += 1
        if depth > MAX_DEPTH:
            raise _Refused(f"elements nest deeper than {MAX_DEPTH}", "size")
        if count > MAX_ELEMENTS:
            raise _Refused(f"there are more than {MAX_ELEMENTS} elements", "size")
        if len(attributes) > MAX_ATTRIBUTES:
            raise _Refused(f"an element has more than {MAX_ATTRIBUTES} attributes", "size")

    def end(name: str) -> None:
        nonlocal depth
        depth -= 1

    parser = expat.ParserCreate("UTF-8")
    parser.XmlDeclHandler = declaration
    parser.StartDoctypeDeclHandler = doctype
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    try:
        data.decode("utf-8")
        parser.Parse(data, True)
    except UnicodeDecodeError as error:
        place = f"{where}: byte {error.start}"
        raise XmlError("not XML in UTF-8", fault="encoding", where=place) from None
    except _Refused as refused:
        hostile = refused.fault == "doctype"
        remedy = "documents of a package have none; do not trust this file" if hostile else None
        place = f"{where}: line {parser.CurrentLineNumber}"
        raise XmlError(str(refused), fault=refused.fault, where=place, remedy=remedy) from None
    except expat.ExpatError as error:
        what = f"not well-formed XML: {expat.ErrorString(error.code)}"
        place = f"{where}: line {error.lineno}, column {error.offset + 1}"
        raise XmlError(what, fault="syntax", where=place) from None


# --- how it is done -----


class _Refused(Exception):
    def __init__(self, what: str, fault: Fault) -> None:
        super().__init__(what)
        self.fault = fault
