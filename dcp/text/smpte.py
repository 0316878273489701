"""ST 428-7 documents (SubtitleReel) read and written.

Read in the namespaces of 2007, 2010 and 2014, written in that of 2014, which others write too.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC
from fractions import Fraction
from typing import get_args

from dcp.documents.namespaces import TEXT_SMPTE
from dcp.errors import UsageError
from dcp.patterns import pattern
from dcp.text.attributes import Known, Notes
from dcp.text.dialect import SMPTE
from dcp.text.reading import read_cues
from dcp.text.values import DisplayType, LoadedFont, TimedText
from dcp.text.writing import Written, document_with, put
from dcp.xml.build import add, new_root
from dcp.xml.node import Node, root_node
from dcp.xml.parse import elements
from dcp.xml.values import parse_uuid_urn, rational, uuid_urn

NAMESPACE = TEXT_SMPTE[-1]
"""Of what is written."""
ROOT = "SubtitleReel"
MAX_FONTS = 256
MAX_TIME_CODE_RATE = 1_000_000
MAX_HOURS = 30
_TIME = pattern(r"([0-2]\d):([0-5]\d):([0-5]\d):(\d{1,7})", re.ASCII)
_LANGUAGE = pattern(r"[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*")
_KNOWN = (
    "Id",
    "ContentTitleText",
    "AnnotationText",
    "IssueDate",
    "ReelNumber",
    "Language",
    "EditRate",
    "TimeCodeRate",
    "StartTime",
    "DisplayType",
    "LoadFont",
    "SubtitleList",
)


def read_smpte(data: bytes, where: str) -> TimedText:
    """The document's values, with all that holds for each piece of text resolved.

    DocumentError, with the path of the element, when it is none of these documents, larger than 16 MiB or
    deeper than 64 elements, or has a value that cannot be read. What it has beside these values stands in
    `notes`: elements and attributes that are not known, slants to one side, depths that nothing uses.
    """
    root = root_node(data, where=where, name=ROOT, namespaces=TEXT_SMPTE)
    notes = Notes(where)
    for child in root.children():
        if child.name not in _KNOWN or child.namespace != root.namespace:
            notes.add("note.text-unknown-element", child.name, child.element)
    if root.attribute("IntrinsicPictureResolution") is not None:
        notes.add("note.text-not-kept", "IntrinsicPictureResolution", root.element)
    edit_rate = root.require("EditRate").rational()
    time_code_rate = root.require("TimeCodeRate").integer(minimum=1)
    if time_code_rate > MAX_TIME_CODE_RATE:
        raise root.require("TimeCodeRate").refusal("text.time-code-rate", most=MAX_TIME_CODE_RATE)
    fonts = tuple(
        LoadedFont(node.attribute("ID") or "", node.uuid()) for node in root.items("LoadFont", most=MAX_FONTS)
    )
    time = time_reader(time_code_rate)
    known = Known(
        where=where,
        namespace=root.namespace,
        dialect=SMPTE,
        time=time,
        fade=time,
        time_form=_form(time_code_rate),
        resource=parse_uuid_urn,
        resource_form="urn:uuid:8-4-4-4-12",
        edit_rate=edit_rate,
        fonts=frozenset(font.id for font in fonts),
        notes=notes,
    )
    reel, start = root.find("ReelNumber"), root.find("StartTime")
    return TimedText(
        id=root.require("Id").uuid(),
        title=root.require("ContentTitleText").text(),
        cues=read_cues(elements(root.require("SubtitleList").element), known),
        edit_rate=edit_rate,
        time_code_rate=time_code_rate,
        issue_date=root.require("IssueDate").instant(),
        language=_optional(root, "Language") or None,
        reel=reel.integer(minimum=1) if reel is not None else None,
        display=_display(root, notes),
        annotation=_optional(root, "AnnotationText"),
        start=_start(start, time, time_code_rate) if start is not None else None,
        fonts=fonts,
        standard="smpte",
        namespace=root.namespace,
        notes=notes.all(),
    )


def write_smpte(text: TimedText) -> bytes:
    """The document in the namespace of 2014, valid by its schema; times are rounded to its time code.

    What a line has in one style throughout is stated once. The issue date is written in UTC without an
    offset: some houses take no other. UsageError, naming the cue, when a time, a position or an id cannot be
    written.
    """
    if text.issue_date is None:
        raise UsageError("text.no-issue-date")
    if text.issue_date.tzinfo is None:
        raise UsageError("time.no-offset")
    if text.language is not None and not _LANGUAGE.fullmatch(text.language):
        raise UsageError("text.language-tag", language=text.language[:40])
    root = new_root(ROOT, NAMESPACE)
    add(root, "Id", uuid_urn(text.id))
    put(add(root, "ContentTitleText"), text.title)
    if text.annotation is not None:
        put(add(root, "AnnotationText"), text.annotation)
    add(root, "IssueDate", f"{text.issue_date.astimezone(UTC):%Y-%m-%dT%H:%M:%S}")
    if text.reel is not None:
        add(root, "ReelNumber", text.reel)
    if text.language is not None:
        add(root, "Language", text.language)
    add(root, "EditRate", rational(text.edit_rate))
    add(root, "TimeCodeRate", text.time_code_rate)
    time = time_writer(text.time_code_rate)
    if text.start is not None:
        add(root, "StartTime", time(text.start))
    if text.display != "MainSubtitle":
        add(root, "DisplayType", text.display)
    for font in text.fonts:
        if isinstance(font.resource, str):
            raise UsageError("text.font-without-id", font=font.resource)
        put(add(root, "LoadFont"), uuid_urn(font.resource), ID=font.id or None)
    written = Written(
        dialect=SMPTE,
        time=time,
        fade=time,
        resource=uuid_urn,
        edit_rate=text.edit_rate,
        depths=True,
        feather=True,
        numbers=False,
    )
    if not text.cues:
        raise UsageError("text.no-cue")
    return document_with(root, add(root, "SubtitleList"), text.cues, written)


def time_writer(rate: int) -> Callable[[Fraction], str]:
    """HH:MM:SS:EE at this time code rate; UsageError for a negative time and for one over 29 hours."""
    digits = max(2, len(str(rate - 1)))

    def write(time: Fraction) -> str:
        seconds, count = divmod(round(time * rate), rate)
        minutes, second = divmod(seconds, 60)
        hour, minute = divmod(minutes, 60)
        if not 0 <= hour < MAX_HOURS:
            raise UsageError("text.time-range", seconds=time, most=MAX_HOURS)
        return f"{hour:02}:{minute:02}:{second:02}:{count:0{digits}}"

    return write


def time_reader(rate: int) -> Callable[[str], Fraction | None]:
    """Seconds of `HH:MM:SS:EE` at this time code rate; None for anything else."""

    def read(said: str) -> Fraction | None:
        found = _TIME.fullmatch(said)
        if found is None or int(found[4]) >= rate:
            return None
        return (int(found[1]) * 60 + int(found[2])) * 60 + int(found[3]) + Fraction(int(found[4]), rate)

    return read


# --- how it is done -----


def _form(rate: int) -> str:
    return f"HH:MM:SS:EE, EE 00-{rate - 1:02}"


def _start(node: Node, time: Callable[[str], Fraction | None], rate: int) -> Fraction:
    value = time(node.text())
    if value is None:
        raise node.refusal("text.not-time", name="StartTime", value=node.text()[:40], form=_form(rate))
    return value


def _display(root: Node, notes: Notes) -> DisplayType:
    node = root.find("DisplayType")
    if node is None:
        return "MainSubtitle"
    said = node.text()
    for known in get_args(DisplayType):
        if said == known:
            return known  # type: ignore[no-any-return]
    notes.add("note.text-display", said, node.element)
    return "MainSubtitle"


def _optional(root: Node, name: str) -> str | None:
    node = root.find(name)
    return node.text() if node is not None else None
