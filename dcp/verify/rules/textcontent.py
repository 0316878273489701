"""What stands in timed text: the first unit of a SMPTE track file, or an Interop file of its own."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator

from lxml import etree

from dcp.dataclass import dataclass
from dcp.documents.cpl import CAPTION_KINDS, SUBTITLE_KINDS
from dcp.errors import DocumentError
from dcp.mxf.descriptors import TimedTextDescriptor
from dcp.mxf.reader import Unit
from dcp.package.survey import Document
from dcp.verify.facts import PackageFacts, TrackFacts
from dcp.verify.rule import Hit, Outcome, Skip, UnitCheck, hit, judged, package_rule, unit_rule
from dcp.xml.parse import elements, local_name, namespace_of, parse_xml, text_of

MAX_TEXT_BYTES = 16 * 1024 * 1024
SMPTE_TEXT = tuple(f"http://www.smpte-ra.org/schemas/428-7/{year}/DCST" for year in (2007, 2010, 2014))
_SHOWN = etree.XPath("string()")
"""All the text in an element, comments left out."""
INTEROP_ROOT, SMPTE_ROOT = "DCSubtitle", "SubtitleReel"

judged("TT-026", severity="warning", bv21="error", clause="RDD 52 10.4.3, ST 429-5")
judged("TT-031", severity="warning")
judged("TT-032", severity="error")
judged("TT-035", severity="error", clause="ST 428-7")
judged("TT-053", severity="error", clause="ST 428-7")


@dataclass(frozen=True)
class _Text:
    root: etree._Element
    id: uuid.UUID | None
    events: int


def _read(root: etree._Element) -> _Text:
    names = {"SubtitleID"} if local_name(root) == INTEROP_ROOT else {"Id"}
    ids = [child for child in elements(root) if local_name(child) in names]
    events = sum(1 for element in root.iter(etree.Element) if local_name(element) == "Subtitle")
    return _Text(root, _id(text_of(ids[0]) or "") if ids else None, events)


def _id(text: str) -> uuid.UUID | None:
    """Interop writes the bare UUID, SMPTE a URN."""
    bare = text.strip().lower().removeprefix("urn:uuid:")
    if len(bare) != 36:
        return None
    try:
        return uuid.UUID(bare)
    except ValueError:
        return None


def _content(text: _Text, file: str) -> Iterator[Hit]:
    if text.id is None:
        yield hit("TT-053.no-id", file=file, rule="TT-053")
    if not text.events:
        yield hit("TT-031.no-event", file=file, rule="TT-031")
    lines = [each for each in text.root.iter(etree.Element) if local_name(each) == "Text"]
    said = [str(_SHOWN(each)) for each in lines]
    # A blank is no fault: placeholders of reels without text have one.
    empty = sum(not words and not elements(line) for words, line in zip(said, lines, strict=True))
    if empty:
        yield hit("TT-032.empty", file=file, rule="TT-032", n=empty)
    loaded = any(local_name(each) == "LoadFont" for each in elements(text.root))
    if not loaded and any(words.strip() for words in said):
        yield hit("TT-035.no-font", file=file, rule="TT-035")


@unit_rule("TT-001", severity="error", clause="ST 428-7")
def texts_in_track_files(track: TrackFacts) -> UnitCheck | None:
    header = track.header
    if header is None or header.essence != "timed_text" or not track.readable:
        return None
    descriptor = header.descriptor

    def check(unit: Unit | None) -> Iterable[Hit | Skip]:
        if unit is None or unit.index != 0 or unit.fault is not None or unit.resource_id is not None:
            return
        try:
            root = parse_xml(bytes(unit.data), where=track.name, max_bytes=MAX_TEXT_BYTES)
        except DocumentError as error:
            yield Hit(error, file=track.name)
            return
        if local_name(root) != SMPTE_ROOT or namespace_of(root) not in SMPTE_TEXT:
            yield hit(
                "TT-001.root",
                file=track.name,
                severity="warning",
                root=local_name(root),
                namespace=namespace_of(root),
            )
            return
        text = _read(root)
        yield from _content(text, track.name)
        stated = descriptor.resource_id if isinstance(descriptor, TimedTextDescriptor) else None
        if stated is not None and text.id is not None and stated != text.id:
            yield hit("TT-026.differs", file=track.name, rule="TT-026", stated=stated, own=text.id)

    return check


def _interop_texts(facts: PackageFacts) -> Iterator[tuple[Document, _Text | None]]:
    for document in facts.survey.documents:
        if document.kind != "other" or b"<" + INTEROP_ROOT.encode() not in document.data[:4096]:
            continue
        try:
            root = parse_xml(document.data, where=document.name)
        except DocumentError:
            yield document, None
            continue
        if local_name(root) == INTEROP_ROOT:
            yield document, _read(root)


@package_rule("TT-062", severity="error")
def texts_as_files(facts: PackageFacts) -> Outcome:
    kinds = (*SUBTITLE_KINDS, *CAPTION_KINDS)
    played = {reference.asset.id for reference in facts.references() if reference.asset.kind in kinds}
    for document, text in _interop_texts(facts):
        if text is None:
            yield hit("TT-001.malformed", file=document.name, rule="TT-001")
            continue
        yield from _content(text, document.name)
        if document.asset_id in played and text.id is not None and text.id != document.asset_id:
            yield hit(
                "TT-062.other-id",
                file=document.name,
                severity="warning",
                listed=document.asset_id,
                own=text.id,
            )
