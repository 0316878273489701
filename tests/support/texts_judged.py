"""A text document judged by the rules about timed text alone, without a package on disk."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

from material import NOW

from dcp.documents.cpl import CompositionPlaylist, Reel, ReelAsset
from dcp.mxf.descriptors import TimedTextDescriptor, TimedTextResource
from dcp.mxf.element import Fault
from dcp.mxf.header import TrackHeader, Writer
from dcp.mxf.reader import Unit
from dcp.package.survey import Document, Survey
from dcp.verify.facts import PackageFacts, TrackFacts, TrackPass
from dcp.verify.rule import RULES, Hit, Skip
from dcp.verify.rules.all import load_rules
from dcp.verify.timedtext.gathering import TEXTS
from dcp.verify.timedtext.reading import read_text
from dcp.verify.timedtext.values import FoundText

load_rules()

TEXT_ID, FILE_ID, FONT, IMAGE, PICTURE = (uuid.UUID(int=each) for each in range(1, 6))
DCST = "http://www.smpte-ra.org/schemas/428-7/2014/DCST"
TYPES = {FONT: "application/x-font-opentype", IMAGE: "image/png"}


def track(
    *,
    resource_id: uuid.UUID = TEXT_ID,
    readable: bool = True,
    essence: Any = "timed_text",
    parts: Sequence[uuid.UUID] = (),
    length: int = 2400,
    rate: int = 24,
    namespace: str = DCST,
    types: Mapping[uuid.UUID, str] = TYPES,
) -> TrackFacts:
    """A track file of text. parts: the resources that its header lists."""
    resources = tuple(TimedTextResource(id, types.get(id, TYPES[FONT]), 10) for id in parts)
    descriptor = TimedTextDescriptor(resource_id, namespace, resources=resources)
    header = TrackHeader(
        essence, "smpte", FILE_ID, Fraction(rate), length, False, None, None, False, descriptor, Writer()
    )
    return TrackFacts(FILE_ID, Path("t.mxf"), "t.mxf", 1, True, header, None, frozenset(), readable)


def wrapped(
    document: bytes,
    parts: Mapping[uuid.UUID, bytes] | None = None,
    *,
    of: TrackFacts | None = None,
    fault: Fault | None = None,
) -> PackageFacts:
    """What is known of a package that has this text in a track file, and does not play it."""
    parts = parts or {}
    of = of or track(parts=tuple(parts))
    gatherer = TEXTS.make(of)
    if gatherer is None:
        return _facts(tracks={FILE_ID: of})
    gatherer.unit(Unit(0, None, 0, memoryview(document), fault, "none", None))
    for index, (id, data) in enumerate(parts.items(), start=1):
        gatherer.unit(Unit(index, None, 0, memoryview(data), fault, "none", id))
    done = TrackPass(None, 1, True, False, None, None, {"texts": gatherer.result()})
    return _facts(tracks={FILE_ID: of}, passes={FILE_ID: done})


def loose(document: bytes, **more: Any) -> PackageFacts:
    """The same of one that has it as a file of its own. more: of the `FoundText`."""
    found = FoundText("t.xml", TEXT_ID, False, read_text(document, where="t.xml"), **more)
    return _facts(loose=(found,))


def playing(
    facts: PackageFacts,
    kind: str = "MainSubtitle",
    *,
    rate: int = 24,
    duration: int = 2400,
    reels: int = 1,
    language: str | None = None,
    entry: int = 0,
) -> PackageFacts:
    """The package with a composition that plays the text in the last of its reels."""
    id = FILE_ID if facts.tracks else TEXT_ID
    edit_rate = Fraction(rate)
    made = []
    for number in range(1, reels + 1):
        assets = [ReelAsset("MainPicture", PICTURE, edit_rate, duration)]
        if number == reels:
            assets.append(
                ReelAsset(
                    kind, id, edit_rate, duration, entry_point=entry, duration=duration, language=language
                )
            )
        made.append(Reel(uuid.UUID(int=100 + number), tuple(assets)))
    standard: Any = "smpte" if facts.tracks else "interop"
    cpl = CompositionPlaylist(uuid.UUID(int=99), NOW, "Film", "test", tuple(made), standard=standard)
    document = Document("composition", Path("cpl.xml"), "cpl.xml", b"", cpl)
    return _facts(documents=(document,), tracks=facts.tracks, passes=facts.passes, loose=facts.loose)


def _facts(documents: tuple[Document, ...] = (), **more: Any) -> PackageFacts:
    survey = Survey(Path(), documents, {}, (), ())
    return PackageFacts(survey, NOW, None, **more)


def said(facts: PackageFacts) -> list[Hit | Skip]:
    """What all rules about timed text say, as hits that carry their rule."""
    found: list[Hit | Skip] = []
    for rule in RULES.values():
        if rule.id.startswith("TT-") and rule.package is not None:
            for each in rule.package(facts):
                if isinstance(each, Hit):
                    severity = each.severity or rule.severity
                    each = Hit(each.said, each.file, each.place, each.remedy, severity, each.rule or rule.id)
                found.append(each)
    return found


def ids(facts: PackageFacts, *, infos: bool = False) -> list[str]:
    """The ids of the findings, without informations."""
    return [
        each.rule or ""
        for each in said(facts)
        if isinstance(each, Hit) and each.severity is not None and (infos or each.severity != "info")
    ]
