"""A text document read whatever stands in it: what is wrong is a fault with its line, the rest goes on."""

from __future__ import annotations

import hashlib
import re
import unicodedata
import uuid
from collections.abc import Callable, Iterable
from fractions import Fraction
from typing import NamedTuple

from lxml import etree

from dcp.documents.namespaces import Standard
from dcp.patterns import pattern
from dcp.text import interop, smpte
from dcp.text.limits import MOST_SIZE
from dcp.verify.timedtext.faults import Faults, head_text, judge, line_of, number_of
from dcp.verify.timedtext.grammar import GRAMMARS
from dcp.verify.timedtext.values import Event, LoadedFont, Piece, Spots, TextDocument
from dcp.xml.parse import local_name, namespace_of, parse_xml
from dcp.xml.values import BLANKS, parse_integer, parse_rational, parse_uuid_urn

MAX_TEXT_BYTES = 16 * 1024 * 1024
MAX_EVENTS = 50_000
MAX_FONTS = 256
MAX_USED = 256
MAX_IMAGES = 100_000
MOST_DEPTH = 100
"""Per cent of the width of the screen, either way."""
_SOMEWHERE = 10.0
_BREAK = pattern(r"[ \t\r]*\n\s*")
_NUMBER = pattern(r"[+-]?(?:\d{1,9}(?:\.\d{0,18})?|\.\d{1,18})", re.ASCII)
_NO_ROOM = ("Mn", "Me", "Cf", "Cc")
_INTEROP_TIME = pattern(r"\d\d:\d\d:\d\d(?::\d{3}|\.\d{1,3})", re.ASCII)
_DEPTHS = pattern(r"[+-]?(?:\d{1,9}(?:\.\d{0,18})?|\.\d{1,18})(?::0*[1-9]\d{0,8})?", re.ASCII)

_STANDALONE = pattern(rb"^(?:\xef\xbb\xbf)?<\?xml\s[^>]{0,200}?standalone\s*=\s*[\"']yes")
_USUAL_SIZE = 42

Time = Callable[[str], Fraction | None]


class _Font(NamedTuple):
    """What words stand in. id: of the font that is named. size: points."""

    id: str | None = None
    size: int = _USUAL_SIZE


def read_text(data: bytes, *, where: str) -> TextDocument:
    """The document as far as it can be read. where: its name, for messages.

    DocumentError when it is no XML of the kind that a package may hold, or larger than 16 MiB. Of another
    root than the two standards' nothing but its name is read.
    """
    root = parse_xml(data, where=where, max_bytes=MAX_TEXT_BYTES)
    name, space = local_name(root), namespace_of(root)
    faults = Faults()
    standard: Standard = "interop" if name == interop.ROOT else "smpte"
    known = name in (interop.ROOT, smpte.ROOT)
    if known:
        grammar = GRAMMARS["" if standard == "interop" else space if space in GRAMMARS else smpte.NAMESPACE]
        judge(root, grammar, faults)
    edit_rate = parse_rational(head_text(root, "EditRate") or "") if standard == "smpte" else None
    count = parse_integer(head_text(root, "TimeCodeRate") or "") if standard == "smpte" else None
    time = smpte.time_reader(_counts(count, edit_rate)) if standard == "smpte" else interop.read_time
    reader = _Reader(standard, time, faults)
    if known:
        reader.walk(root)
    said = head_text(root, "SubtitleID" if standard == "interop" else "Id")
    start_said = head_text(root, "StartTime") if standard == "smpte" else None
    start = time(start_said) if start_said is not None else None
    if start_said is not None and start is None:
        faults.add("TT-054", "TT-054.start", root, value=start_said[:40])
    return TextDocument(
        standard=standard,
        root=name,
        namespace=space,
        declared=len(root.nsmap),
        size=len(data),
        id=_id(said, standard),
        id_said=said,
        digest=hashlib.sha256(data).digest(),
        language=head_text(root, "Language"),
        reel=head_text(root, "ReelNumber"),
        issue_date=head_text(root, "IssueDate"),
        edit_rate=edit_rate,
        time_code_rate=count,
        start=start,
        states_start=start_said is not None,
        display=head_text(root, "DisplayType"),
        fonts=_fonts(root, standard) if known else (),
        events=tuple(reader.events),
        signs={id: frozenset(found) for id, found in reader.signs.items()},
        used=reader.used,
        images=reader.images,
        faults=faults.all(),
        cut=reader.cut,
        form=_form(data),
    )


def _form(data: bytes) -> tuple[str, ...]:
    """What is odd about the file, whatever stands in it."""
    crlf = data.count(b"\r\n")
    lf, cr = data.count(b"\n") - crlf, data.count(b"\r") - crlf
    found = {
        "standalone": _STANDALONE.match(data[:300]) is not None,
        "mark": data.startswith(b"\xef\xbb\xbf"),
        "mixed": bool(cr or (crlf and lf)),
    }
    return tuple(name for name, so in found.items() if so)


def _counts(stated: int | None, edit_rate: Fraction | None) -> int:
    """A second: as stated, else the frames that are nearest."""
    if stated is not None and 0 < stated <= smpte.MAX_TIME_CODE_RATE:
        return stated
    return max(1, round(edit_rate)) if edit_rate and edit_rate < smpte.MAX_TIME_CODE_RATE else 24


def _id(said: str | None, standard: Standard) -> uuid.UUID | None:
    if said is None:
        return None
    bare = said.removeprefix("urn:uuid:") if standard == "interop" else None
    return parse_uuid_urn(said if bare is None else f"urn:uuid:{bare}")


def _fonts(root: etree._Element, standard: Standard) -> tuple[LoadedFont, ...]:
    found: list[LoadedFont] = []
    for element in root:
        if not isinstance(element.tag, str) or local_name(element) != "LoadFont":
            continue
        if len(found) >= MAX_FONTS:
            break
        if standard == "interop":
            said = element.get("URI") or ""
            resource: uuid.UUID | str | None = said or None
            id = element.get("Id")
        else:
            said = (element.text or "").strip(BLANKS)
            resource, id = parse_uuid_urn(said), element.get("ID")
        found.append(LoadedFont(id or None, said[:255], resource, line_of(element)))
    return tuple(found)


class _Reader:
    """Walks the events of a document and keeps what rules ask of them."""

    def __init__(self, standard: Standard, time: Time, faults: Faults) -> None:
        self.interop = standard == "interop"
        self.time = time
        self.fade: Time = interop.read_fade if self.interop else time
        self.faults = faults
        self.events: list[Event] = []
        self.signs: dict[str | None, set[str]] = {}
        self.used: dict[str, Spots] = {}
        self.images: dict[uuid.UUID, int] = {}
        self.cut = False

    def walk(self, root: etree._Element) -> None:
        lists = [root] if self.interop else [each for each in _elements(root) if _is(each, "SubtitleList")]
        pending: list[tuple[etree._Element, _Font]] = [(each, _Font()) for each in reversed(lists)]
        while pending:
            element, font = pending.pop()
            if _is(element, "Subtitle"):
                if len(self.events) >= MAX_EVENTS:
                    self.cut = True
                    return
                self.events.append(self._event(element, font))
                continue
            for child in reversed(list(_elements(element))):
                if _is(child, "Subtitle"):
                    pending.append((child, font))
                elif _is(child, "Font"):
                    pending.append((child, self._font(child, font)))

    def _font(self, element: etree._Element, around: _Font) -> _Font:
        size = parse_integer((element.get("Size") or "").strip())
        if size is not None and size > MOST_SIZE:
            self.faults.add("TT-034", "TT-034.size", element, most=MOST_SIZE)
        elif size is not None and size > 0:
            around = around._replace(size=size)
        id = element.get("Id" if self.interop else "ID")
        if id is None:
            return around
        if id in self.used or len(self.used) < MAX_USED:
            self.used.setdefault(id, Spots()).add(line_of(element), number_of(element))
        return around._replace(id=id)

    def _event(self, element: etree._Element, font: _Font) -> Event:
        pieces: list[Piece] = []
        depths: list[str] = []

        def inside(parent: etree._Element, font: _Font) -> None:
            for child in _elements(parent):
                if _is(child, "Text"):
                    pieces.append(self._line(child, font))
                elif _is(child, "Image"):
                    pieces.append(self._image(child))
                elif _is(child, "Font"):
                    inside(child, self._font(child, font))
                elif _is(child, "LoadVariableZ"):
                    depths.append(child.get("ID") or "")
                    self._depths(child)

        inside(element, font)
        return Event(
            line=line_of(element),
            number=element.get("SpotNumber"),
            start=self._time(element, "TimeIn", self.time, required=True),
            end=self._time(element, "TimeOut", self.time, required=True),
            fade_up=self._time(element, "FadeUpTime", self.fade),
            fade_down=self._time(element, "FadeDownTime", self.fade),
            pieces=tuple(pieces),
            depths=tuple(depths),
        )

    def _time(
        self, element: etree._Element, name: str, read: Time, *, required: bool = False
    ) -> Fraction | None:
        said = element.get(name)
        if said is None:
            if required:
                self.faults.add("TT-054", "TT-054.missing", element, name=name)
            return None
        value = read(said.strip(BLANKS))
        if value is None:
            rule, id = ("TT-054", "TT-054.time") if required else ("TT-019", "TT-019.time")
            self.faults.add(rule, id, element, name=name, value=said.strip(BLANKS)[:40])
        elif self.interop and required and not _INTEROP_TIME.fullmatch(said.strip(BLANKS)):
            self.faults.add("TT-001", "TT-001.time-form", element, "warning", name=name, value=said[:40])
        return value

    def _depths(self, element: etree._Element) -> None:
        for part in "".join(_strings(element)).split():
            if not _DEPTHS.fullmatch(part) or abs(float(part.partition(":")[0])) > MOST_DEPTH:
                self.faults.add("TT-061", "TT-061.depth", element, value=part[:40])
                return

    def _line(self, element: etree._Element, font: _Font) -> Piece:
        words: list[str] = []
        sizes: list[int] = []

        def inside(parent: etree._Element, font: _Font, reading: bool = False) -> None:
            if not reading and (parent.text or "").strip():
                sizes.append(font.size)
            self._say(parent.text, font, None if reading else words)
            for child in parent:
                if isinstance(child.tag, str):
                    inside(
                        child,
                        self._font(child, font) if _is(child, "Font") else font,
                        reading or _is(child, "Rt"),
                    )
                self._say(child.tail, font, None if reading else words)

        inside(element, font)
        said = _BREAK.sub(" ", "".join(words)).strip("\n")
        elements = any(True for _ in _elements(element))
        length = sum(unicodedata.category(sign) not in _NO_ROOM for sign in said.strip(BLANKS))
        return self._piece(
            element,
            length=length,
            size=max(sizes, default=font.size),
            empty=not said and not elements,
            blank=not said.strip(),
            vertical=(element.get("Direction") or "").strip() in ("vertical", "ttb", "btt"),
        )

    def _say(self, said: str | None, font: _Font, words: list[str] | None) -> None:
        if said:
            self.signs.setdefault(font.id, set()).update(said)
            if words is not None:
                words.append(said)

    def _image(self, element: etree._Element) -> Piece:
        said = "".join(_strings(element)).strip(BLANKS)
        resource = interop.read_image(said) if self.interop else parse_uuid_urn(said)
        if resource is None:
            self.faults.add("TT-042", "TT-042.name", element, value=said[:60])
        elif len(self.images) < MAX_IMAGES:
            self.images.setdefault(resource, line_of(element))
        return self._piece(element, image=True, resource=resource)

    def _piece(
        self,
        element: etree._Element,
        *,
        image: bool = False,
        resource: uuid.UUID | None = None,
        length: int = 0,
        size: int = 0,
        empty: bool = False,
        blank: bool = False,
        vertical: bool = False,
    ) -> Piece:
        across, down = ("HAlign", "VAlign") if self.interop else ("Halign", "Valign")
        h, v = ("HPosition", "VPosition") if self.interop else ("Hposition", "Vposition")
        return Piece(
            line=line_of(element),
            image=image,
            resource=resource,
            length=length,
            size=size,
            empty=empty,
            blank=blank,
            halign=_word(element, across, ("left", "center", "right")),
            h=_decimal(element, h),
            valign=_word(element, down, ("top", "center", "bottom")),
            v=_decimal(element, v),
            vertical=vertical,
            depths=element.get("VariableZ"),
        )


def _word(element: etree._Element, name: str, words: tuple[str, ...]) -> str:
    said = (element.get(name) or "").strip()
    return said if said in words else "center"


def _decimal(element: etree._Element, name: str) -> float:
    """0 where none is stated; what is none is a fault of the grammar, and no fault of the place."""
    said = element.get(name)
    if said is None:
        return 0.0
    return float(said) if _NUMBER.fullmatch(said.strip()) else _SOMEWHERE


def _elements(parent: etree._Element) -> Iterable[etree._Element]:
    return (child for child in parent if isinstance(child.tag, str))


def _is(element: etree._Element, name: str) -> bool:
    return str(element.tag).rpartition("}")[2] == name


def _strings(element: etree._Element) -> Iterable[str]:
    yield element.text or ""
    for child in element:
        if isinstance(child.tag, str):
            yield from _strings(child)
        yield child.tail or ""
