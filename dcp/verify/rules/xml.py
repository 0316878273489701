"""The XML of the documents, before their meaning."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dcp.package.survey import Document
from dcp.verify.facts import PackageFacts
from dcp.verify.rule import Hit, Outcome, package_rule
from dcp.xml.scan import Fault, XmlError

_DECLARATION = re.compile(rb"^(?:\xef\xbb\xbf)?<\?xml\s([^>]{0,200}?)\?>")


def _refused(facts: PackageFacts, *faults: Fault) -> Iterator[Hit]:
    for document in facts.survey.documents:
        if isinstance(document.error, XmlError) and document.error.fault in faults:
            error = document.error
            place = error.where.split(": ", 1)[-1] if error.where and ": " in error.where else None
            yield Hit(error.what, file=document.name, place=place, remedy=error.remedy)


def _declaration(document: Document) -> str:
    match = _DECLARATION.match(document.data[:300])
    return match[1].decode("ascii", "replace") if match else ""


@package_rule("XML-001", severity="error", clause="XML 1.0", statement="Every document is well-formed XML")
def well_formed(facts: PackageFacts) -> Outcome:
    yield from _refused(facts, "syntax", "size")


@package_rule(
    "XML-002",
    severity="error",
    clause="ST 429-17",
    statement="Documents are XML 1.0 in UTF-8, not standalone",
)
def declared_utf8(facts: PackageFacts) -> Outcome:
    yield from _refused(facts, "encoding")
    for document in facts.survey.documents:
        if document.kind == "other":
            continue
        declaration = _declaration(document)
        if re.search(r"version\s*=\s*[\"'](?!1\.0[\"'])", declaration):
            yield Hit("the XML declaration names another version than 1.0", file=document.name)
        if re.search(r"standalone\s*=\s*[\"']yes", declaration):
            yield Hit("the document calls itself standalone", file=document.name, severity="warning")


@package_rule(
    "XML-003", severity="warning", clause="ST 429-17", statement="No byte order mark stands before the XML"
)
def no_mark(facts: PackageFacts) -> Outcome:
    for document in facts.survey.documents:
        if document.data.startswith(b"\xef\xbb\xbf") and document.kind != "other":
            yield Hit("the file begins with a byte order mark", file=document.name)


@package_rule(
    "XML-004", severity="warning", clause="ST 429-17", statement="Lines end in one way throughout a document"
)
def one_line_ending(facts: PackageFacts) -> Outcome:
    for document in facts.survey.documents:
        crlf = document.data.count(b"\r\n")
        lf, cr = document.data.count(b"\n") - crlf, document.data.count(b"\r") - crlf
        if document.kind != "other" and (cr or (crlf and lf)):
            yield Hit("the document mixes line endings", file=document.name)


@package_rule("XML-005", severity="error", statement="No document has a document type (DOCTYPE)")
def no_document_type(facts: PackageFacts) -> Outcome:
    yield from _refused(facts, "doctype")
