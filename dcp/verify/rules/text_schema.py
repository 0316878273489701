"""Timed text as a document: XML of a known vocabulary, its grammar, its id, its date, its times."""

from __future__ import annotations

import re
import uuid
from collections import defaultdict
from collections.abc import Iterator
from fractions import Fraction

from dcp.documents.namespaces import TEXT_SMPTE
from dcp.mxf.descriptors import TimedTextDescriptor
from dcp.patterns import pattern
from dcp.texts.catalogue import Text
from dcp.verify.facts import PackageFacts
from dcp.verify.rule import Hit, Outcome, hit, judged, package_rule, skip
from dcp.verify.timedtext.played import TEXT_KINDS, documents, spots_of
from dcp.verify.timedtext.values import Event, FoundText, TextDocument
from dcp.xml.scan import XmlError
from dcp.xml.values import parse_date_time

ROOTS = {"smpte": "SubtitleReel", "interop": "DCSubtitle"}
_PLAIN_DATE = pattern(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", re.ASCII)

judged("TT-054", severity="error", bv21="error")
judged("TT-057", severity="error", bv21="error")


@package_rule("TT-001", severity="error", bv21="error", clause="ST 428-7")
def grammar_holds(facts: PackageFacts) -> Outcome:
    """All that the grammar says, each under its own id."""
    for track in facts.tracks.values():
        header = track.header
        if header is not None and header.essence == "timed_text" and not track.readable:
            yield skip("MXF.no-key", name=track.name, key=header.key_id or Text("word.none"))
    for text in facts.texts:
        document = text.document
        if document is None:
            error = text.error
            if isinstance(error, XmlError) and error.id == "xml.too-large":
                yield skip("TT-001.too-large", name=text.file, why=error)
            elif error is not None and text.wrapped:  # of files of their own the rules of XML speak
                yield Hit(error, file=text.file)
            continue
        if not document.known or (text.wrapped and document.root != ROOTS["smpte"]):
            yield hit("TT-001.root", file=text.file, root=document.root[:60], namespace=document.namespace)
            continue
        if document.cut:
            yield skip("TT-001.cut", name=text.file, most=len(document.events))
        for fault in document.faults:
            said = Text(fault.said.id, {"n": fault.spots.count, **fault.said.places})
            yield Hit(said, text.file, fault.spots, None, fault.severity, fault.rule)
    yield from _unread(facts)


def _unread(facts: PackageFacts) -> Outcome:
    """Files that a playlist plays as text, and that are neither track files nor documents that were read."""
    read = {text.asset_id for text in facts.texts} | set(facts.tracks)
    for reference in facts.references():
        asset = reference.asset
        if asset.kind in TEXT_KINDS and asset.id not in read and facts.survey.locate(asset.id) is not None:
            yield skip("TT-001.not-read", name=facts.listed_name(asset.id))


@package_rule("TT-002", severity="warning", bv21="error", clause="RDD 52 7.2.1")
def namespace_is_right(facts: PackageFacts) -> Outcome:
    for text, document in documents(facts):
        space = document.namespace
        if document.standard == "interop":
            if space:
                yield hit("TT-002.interop", file=text.file, namespace=space)
        elif space not in TEXT_SMPTE:
            yield hit("TT-002.unknown", file=text.file, namespace=space)
        elif document.declared > 1:
            yield hit("TT-002.several", file=text.file, severity="info", n=document.declared)


@package_rule("TT-053", severity="error", clause="ST 428-7")
def has_an_id(facts: PackageFacts) -> Outcome:
    by_id: dict[uuid.UUID, dict[bytes, str]] = defaultdict(dict)
    for text, document in documents(facts):
        if document.id is not None:
            by_id[document.id].setdefault(document.digest, text.file)
        elif document.id_said is not None:
            yield hit("TT-053.no-id", file=text.file, value=document.id_said[:60])
    for id, files in by_id.items():
        if len(files) > 1:
            first, *others = sorted(files.values())
            yield hit("TT-053.shared", file=others[0], severity="warning", own=id, other=first)


@package_rule("TT-030", severity="info", bv21="warning")
def date_is_plain(facts: PackageFacts) -> Outcome:
    for text, document in documents(facts):
        said = document.issue_date
        if (
            document.standard == "smpte"
            and said
            and parse_date_time(said)
            and not _PLAIN_DATE.fullmatch(said)
        ):
            yield hit("TT-030.form", file=text.file, value=said[:40])


@package_rule("TT-012", severity="warning", clause="ST 428-7")
def events_last(facts: PackageFacts) -> Outcome:
    for text, document in documents(facts):
        timed = [
            (event.end - event.start, event)
            for event in document.events
            if event.start is not None and event.end is not None
        ]
        yield from _lasting(text, [event for lasts, event in timed if lasts == 0], "TT-012.nothing", None)
        backwards = [event for lasts, event in timed if lasts < Fraction(0)]
        yield from _lasting(text, backwards, "TT-054.backwards", "TT-054")


def _lasting(text: FoundText, events: list[Event], id: str, rule: str | None) -> Iterator[Hit]:
    if events:
        spots = spots_of(events)
        yield hit(id, file=text.file, place=spots, rule=rule, n=len(events))


@package_rule("TT-026", severity="warning", bv21="error", clause="RDD 52 10.4.3, ST 429-5")
def header_names_the_text(facts: PackageFacts) -> Outcome:
    """The descriptor's id, and what else it says of the document."""
    for text, document in documents(facts):
        header = facts.header_of(text.asset_id) if text.wrapped and text.asset_id is not None else None
        if header is None or not isinstance(header.descriptor, TimedTextDescriptor):
            continue
        stated, space = header.descriptor.resource_id, header.descriptor.namespace_uri
        if stated is not None and document.id is not None and stated != document.id:
            yield hit("TT-026.differs", file=text.file, stated=stated, own=document.id)
        if space and document.namespace and space.strip() != document.namespace:
            yield hit("TT-026.namespace", file=text.file, stated=space[:100], own=document.namespace)


@package_rule("TT-062", severity="error")
def loose_id_is_listed(facts: PackageFacts) -> Outcome:
    for text, document in documents(facts):
        if not text.wrapped and document.id is not None and _other_id(facts, text, document):
            yield hit(
                "TT-062.other-id",
                file=text.file,
                severity="warning",
                listed=text.asset_id,
                own=document.id,
            )
        elif document.standard == "interop" and not text.wrapped and document.id is not None:
            folder = text.file.rpartition("/")[0]
            if str(document.id) not in folder.lower():
                yield hit("TT-062.folder", file=text.file, severity="info", own=document.id)


def _other_id(facts: PackageFacts, text: FoundText, document: TextDocument) -> bool:
    played = {each.asset.id for each in facts.references() if each.asset.kind in TEXT_KINDS}
    return text.asset_id in played and text.asset_id != document.id


@package_rule("TT-028", severity="warning")
def case_of_ids_agrees(facts: PackageFacts) -> Outcome:
    """An id of the text is written in one letter case in text, playlist, packing list and map: some look for
    the letters as they stand."""
    for text, document in documents(facts):
        own = (document.id_said or "").strip().removeprefix("urn:uuid:")
        if document.standard != "interop" or document.id is None or own != own[:36]:
            continue
        for each in facts.survey.documents:
            if each.kind not in ("composition", "packing_list", "asset_map"):
                continue
            at = each.data.lower().find(own.lower().encode())
            written = each.data[at : at + 36].decode("latin-1")
            if at >= 0 and written != own:
                yield hit("TT-028.case", file=text.file, own=own, other=written, document=each.name)
                break
