"""The XML of the documents, before their meaning."""

from __future__ import annotations

import re
from collections.abc import Iterator

from dcp.dataclass import dataclass
from dcp.package.survey import Document
from dcp.patterns import pattern
from dcp.texts.catalogue import Language
from dcp.verify.facts import PackageFacts
from dcp.verify.rule import Hit, Outcome, hit, package_rule
from dcp.verify.timedtext.played import documents
from dcp.xml.scan import Fault, XmlError

_DECLARATION = pattern(rb"^(?:\xef\xbb\xbf)?<\?xml\s([^>]{0,200}?)\?>")


@dataclass(frozen=True)
class _Inside:
    """Where in its file an error lies, without the file's name."""

    error: XmlError

    def say(self, language: Language = "en") -> str:
        return re.split(": |：", self.error.say_where(language) or "", maxsplit=1)[-1]


def _refused(facts: PackageFacts, *faults: Fault) -> Iterator[Hit]:
    for document in facts.survey.documents:
        if isinstance(document.error, XmlError) and document.error.fault in faults:
            where = document.error.where or ""
            yield Hit(
                document.error,
                file=document.name,
                place=_Inside(document.error) if ": " in where else None,
            )


def _declaration(document: Document) -> str:
    match = _DECLARATION.match(document.data[:300])
    return match[1].decode("ascii", "replace") if match else ""


def _texts_that_are(facts: PackageFacts, form: str) -> Iterator[str]:
    """Timed texts, in track files and beside them, whose document is so."""
    return (text.file for text, document in documents(facts) if form in document.form)


@package_rule("XML-001", severity="error", clause="XML 1.0")
def well_formed(facts: PackageFacts) -> Outcome:
    yield from _refused(facts, "syntax", "size")


@package_rule("XML-002", severity="error", clause="ST 429-17")
def declared_utf8(facts: PackageFacts) -> Outcome:
    yield from _refused(facts, "encoding")
    for document in facts.survey.documents:
        if document.kind == "other":
            continue
        declaration = _declaration(document)
        if not declaration and not isinstance(document.error, XmlError):
            yield hit("XML-002.none", file=document.name, severity="info")
        if re.search(r"version\s*=\s*[\"'](?!1\.0[\"'])", declaration):
            yield hit("XML-002.version", file=document.name)
        if re.search(r"standalone\s*=\s*[\"']yes", declaration):
            yield hit("XML-002.standalone", file=document.name, severity="warning")
    for name in _texts_that_are(facts, "standalone"):
        yield hit("XML-002.standalone", file=name, severity="warning")


@package_rule("XML-003", severity="warning", clause="ST 429-17")
def no_mark(facts: PackageFacts) -> Outcome:
    for document in facts.survey.documents:
        if document.data.startswith(b"\xef\xbb\xbf") and document.kind != "other":
            yield hit("XML-003.mark", file=document.name)
    for name in _texts_that_are(facts, "mark"):
        yield hit("XML-003.mark", file=name)


@package_rule("XML-004", severity="warning", clause="ST 429-17")
def one_line_ending(facts: PackageFacts) -> Outcome:
    for document in facts.survey.documents:
        crlf = document.data.count(b"\r\n")
        lf, cr = document.data.count(b"\n") - crlf, document.data.count(b"\r") - crlf
        if document.kind != "other" and (cr or (crlf and lf)):
            yield hit("XML-004.mixed", file=document.name)
    for name in _texts_that_are(facts, "mixed"):
        yield hit("XML-004.mixed", file=name, severity="info")


@package_rule("XML-005", severity="error")
def no_document_type(facts: PackageFacts) -> Outcome:
    yield from _refused(facts, "doctype")
