"""TTML in its profiles (IMSC, EBU-TT-D, DFXP). ttconv reads its structure; its times are read here.

The library takes a time that it cannot read for none, which is zero or for ever.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as tree
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

from lxml import etree

from dcp.dataclass import dataclass
from dcp.errors import SourceError
from dcp.patterns import pattern
from dcp.text.foreign.found import NEVER, FoundCue
from dcp.text.foreign.notes import Notes, at_line
from dcp.text.foreign.times import counted, fitting
from dcp.texts.catalogue import text
from dcp.xml.parse import local_name, parse_xml

TTML = "http://www.w3.org/ns/ttml"
_PARAMETER = f"{{{TTML}#parameter}}"
_OLD = tuple(f"http://www.w3.org/{draft}/ttaf1" for draft in ("2006/04", "2006/10"))
_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
_DECLARATION = pattern(r"\A\s*<\?xml[^>]*\?>")
_CLOCK = pattern(r"(\d{2,4}):(\d\d):(\d\d)(?:\.(\d{1,9}))?", re.ASCII)
_FRAMES = pattern(r"(\d{2,4}):(\d\d):(\d\d)[:;](\d{1,3})(?:\.\d+)?", re.ASCII)
_OFFSET = pattern(r"(\d{1,12})(?:\.(\d{1,9}))?(h|ms|m|s|f|t)", re.ASCII)
_TIMES = ("begin", "end", "dur")
_FINE = 10**9


@dataclass(frozen=True)
class TtmlText:
    """cues: as they stand. language: None where it names none."""

    cues: list[FoundCue]
    language: str | None


@dataclass(frozen=True)
class _Clock:
    """rate: the true one. ticks: a second. drop: times are drop-frame codes."""

    rate: Fraction
    ticks: int
    drop: bool
    smpte: bool


def read_ttml(whole: str, where: Path, notes: Notes, *, rate: Fraction | None = None) -> TtmlText:
    """The cues as they stand. rate: of times that count frames, instead of the one that the file states.

    SourceError, naming the line; DocumentError when it is no XML that may be read.
    """
    for draft in _OLD:
        if draft in whole:
            notes.say(text("note.text-ttml-draft"))
            whole = whole.replace(f'{draft}#style"', f'{TTML}#styling"').replace(draft, TTML)
    root = parse_xml(_DECLARATION.sub("", whole, count=1).encode(), where=where)
    if root.tag != f"{{{TTML}}}tt":
        raise SourceError("text.ttml-namespace", where=where, namespace=etree.QName(root).namespace or "-")
    clock = _clock(root, where, notes, rate)
    _rewrite_times(root, clock, where)
    _left_out(root, notes)
    language = (root.get(_LANGUAGE) or "").strip() or None
    for element in root.iter(f"{{{TTML}}}p"):
        element.set(_LANGUAGE, f"x-{_line(element)}")  # the one thing that comes through: ids do not
    return TtmlText(_read(root, where, notes), language)


def _read(root: etree._Element, where: Path, notes: Notes) -> list[FoundCue]:
    from ttconv.imsc.reader import to_model

    from dcp.text.foreign.model import FAULTS, cues_of

    def line_of(paragraph: Any, _start: Fraction) -> int:
        return int(str(paragraph.get_lang()).removeprefix("x-"))

    try:
        document = to_model(tree.ElementTree(_plain(root)))
        return cues_of(document, line_of, notes) if document is not None else []
    except SourceError as error:
        error.where = text("place.in-file", file=where, place=error.where)
        raise
    except FAULTS as error:
        raise SourceError("text.unreadable", where=where, why=_why(error)) from None


def _plain(element: etree._Element) -> tree.Element:
    """As the library wants it: the standard library's tree, without comments, which it takes for elements."""
    plain = tree.Element(str(element.tag), {str(name): str(value) for name, value in element.attrib.items()})
    plain.text = element.text
    for child in element:
        if isinstance(child.tag, str):
            inner = _plain(child)
            inner.tail = child.tail
            plain.append(inner)
        elif len(plain):
            plain[-1].tail = (plain[-1].tail or "") + (child.tail or "")
        else:
            plain.text = (plain.text or "") + (child.tail or "")
    return plain


def _why(error: Exception) -> str:
    return (str(error).splitlines() or [""])[0][:100] or type(error).__name__


def _clock(root: etree._Element, where: Path, notes: Notes, told: Fraction | None) -> _Clock:
    def parameter(name: str) -> str:
        return (root.get(_PARAMETER + name) or "").strip()

    place = at_line(where, _line(root))
    said, multiplier = parameter("frameRate"), parameter("frameRateMultiplier").replace(":", " ").split()
    rate = Fraction(30)
    if said:
        if not re.fullmatch(r"[1-9]\d{0,3}", said) or not all(
            re.fullmatch(r"[1-9]\d{0,5}", n) for n in multiplier
        ):
            raise SourceError(
                "text.ttml-rate", where=place, rate=f"{said} {' '.join(multiplier)}".strip()[:40]
            )
        rate = Fraction(said)
        if len(multiplier) == 2:
            rate *= Fraction(int(multiplier[0]), int(multiplier[1]))
    smpte = parameter("timeBase") == "smpte"
    if parameter("timeBase") == "clock":
        notes.say(text("note.text-ttml-clock"))
    if told is None and not said and any(_counts_frames(value) for _, _, value in _stated(root)):
        notes.say(text("note.text-ttml-rate"))
    ticks = parameter("tickRate")
    counts = int(ticks) if re.fullmatch(r"[1-9]\d{0,11}", ticks) else max(1, round(rate)) if said else 1
    counted_to = max((_frames_in(value) for _, _, value in _stated(root)), default=0)
    used = fitting(told, rate if said else None, counted_to) or rate
    if told is not None and used != told:
        notes.say(text("note.text-own-rate", rate=used))
    return _Clock(used, counts, parameter("dropMode") == "dropNTSC", smpte)


def _stated(root: etree._Element) -> Iterator[tuple[etree._Element, str, str]]:
    for element in root.iter(f"{{{TTML}}}*"):
        for name in _TIMES:
            value = element.get(name)
            if value is not None:
                yield element, name, value.strip()


def _counts_frames(value: str) -> bool:
    return _FRAMES.fullmatch(value) is not None or value.endswith("f")


def _frames_in(value: str) -> int:
    found = _FRAMES.fullmatch(value)
    return int(found[4]) if found is not None else 0


def _rewrite_times(root: etree._Element, clock: _Clock, where: Path) -> None:
    """All times as ticks that are fine enough for each of them."""
    fine = clock.rate.numerator * clock.ticks * _FINE
    for element, name, value in list(_stated(root)):
        place = at_line(where, _line(element))
        if value.startswith("-"):
            raise SourceError("text.before-zero", where=place)
        time = _time(value, clock)
        if time is None:
            raise SourceError("text.ttml-time", where=place, time=value[:40], rate=clock.rate)
        element.set(name, f"{round(time * fine)}t")
    for element in root.iter(f"{{{TTML}}}*"):
        parent = element.getparent()
        in_turn = any(each is not None and each.get("timeContainer") == "seq" for each in (element, parent))
        if element.get("begin") is not None and not in_turn and not {"end", "dur"} & set(element.attrib):
            # The library would end it with the last of its children as if it had begun at zero.
            element.set("end", f"{NEVER * fine}t")
    for name in ("timeBase", "dropMode", "frameRate", "frameRateMultiplier"):
        root.attrib.pop(_PARAMETER + name, "")
    root.set(f"{_PARAMETER}tickRate", str(fine))


def _line(element: etree._Element) -> int:
    line = element.sourceline
    return line if isinstance(line, int) else 1


def _time(value: str, clock: _Clock) -> Fraction | None:
    if found := _CLOCK.fullmatch(value):
        hours, minutes, seconds = (int(found[part]) for part in (1, 2, 3))
        if minutes > 59 or seconds > 60:
            return None
        return (hours * 60 + minutes) * 60 + seconds + _part(found[4])
    if found := _FRAMES.fullmatch(value):
        hours, minutes, seconds, frames = (int(found[part]) for part in (1, 2, 3, 4))
        if clock.smpte:
            total = counted(hours, minutes, seconds, frames, clock.rate, drop=clock.drop)
            return total / clock.rate if total is not None else None
        if minutes > 59 or seconds > 60 or frames >= clock.rate:
            return None
        return (hours * 60 + minutes) * 60 + seconds + frames / clock.rate
    found = _OFFSET.fullmatch(value)
    if found is None:
        return None
    number = int(found[1]) + _part(found[2])
    seconds_of = {"h": Fraction(3600), "m": Fraction(60), "s": Fraction(1), "ms": Fraction(1, 1000)}
    unit = seconds_of.get(found[3], 1 / clock.rate if found[3] == "f" else Fraction(1, clock.ticks))
    return number * unit


def _part(digits: str | None) -> Fraction:
    return Fraction(int(digits), 10 ** len(digits)) if digits else Fraction(0)


def _left_out(root: etree._Element, notes: Notes) -> None:
    """What has no place in ST 428-7 as text, or is not read."""
    boxes = sizes = False
    for element in root.iter(f"{{{TTML}}}*"):
        line = _line(element)
        if local_name(element) == "image" or any(
            str(name).endswith("}backgroundImage") for name in element.attrib
        ):
            notes.at("note.text-ttml-image", line)
        for name, value in element.attrib.items():
            boxes = boxes or (str(name).endswith("}backgroundColor") and value != "transparent")
            sizes = sizes or (str(name).endswith("}fontSize") and value != "100%")
    if boxes:
        notes.say(text("note.text-ttml-box"))
    if sizes:
        notes.say(text("note.text-ttml-size"))
