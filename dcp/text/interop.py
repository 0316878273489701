"""Interop text documents (DCSubtitle 1.0 and 1.1) read and written: loose XML beside its fonts and pictures.

Positions have the same defaults as in ST 428-7: centre, 0. Ids are bare, times count ticks of 4 ms, lengths
are in em, a font is a path from the document, a picture is a file that is called by its UUID.
"""

from __future__ import annotations

import re
import uuid
from fractions import Fraction

from lxml import etree

from dcp.errors import UsageError
from dcp.patterns import pattern
from dcp.text.attributes import Known, Notes
from dcp.text.dialect import INTEROP
from dcp.text.reading import read_cues
from dcp.text.values import Cue, Line, LoadedFont, Run, TimedText
from dcp.text.writing import Written, document_with, put
from dcp.texts.catalogue import Text
from dcp.texts.catalogue import text as said
from dcp.xml.build import add
from dcp.xml.node import Node, root_node
from dcp.xml.parse import elements
from dcp.xml.values import parse_integer

ROOT = "DCSubtitle"
TICKS = 250
"""A second."""
EDIT_RATE = Fraction(24)
"""Taken for these documents, which state none."""
MAX_FONTS = 256
MAX_HOURS = 30
TIME_FORM = "HH:MM:SS:TTT, TTT 000-249, or HH:MM:SS.mmm"
_TICKED = pattern(r"([0-2]\d):([0-5]\d):([0-5]\d):(\d{1,3})", re.ASCII)
_DOTTED = pattern(r"([0-2]\d):([0-5]\d):([0-5]\d)\.(\d{1,9})", re.ASCII)
_FADE = pattern(r"\d{1,3}", re.ASCII)
_UUID = pattern(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_FONT_PATH = pattern(r"[^\\:\0-\x1f\x7f]{1,255}")
_HEAD = ("SubtitleID", "MovieTitle", "ReelNumber", "Language", "LoadFont")


def read_interop(data: bytes, where: str) -> TimedText:
    """The document's values, with all that holds for each piece of text resolved.

    Its rate is taken for 24, since it states none. DocumentError, with the path of the element, when it is no
    such document, larger than 16 MiB or deeper than 64 elements, has a value that cannot be read, or a font
    that would lie outside the package. What it has beside these values stands in `notes`.
    """
    root = root_node(data, where=where, name=ROOT, namespaces=("",))
    if root.attribute("Version") not in ("1.0", "1.1"):
        raise root.refusal("text.interop-version", version=(root.attribute("Version") or "-")[:20])
    notes = Notes(where)
    fonts = tuple(_font(node) for node in root.items("LoadFont", most=MAX_FONTS))
    known = Known(
        where=where,
        namespace="",
        dialect=INTEROP,
        time=read_time,
        fade=read_fade,
        time_form=TIME_FORM,
        resource=read_image,
        resource_form="8-4-4-4-12.png",
        edit_rate=EDIT_RATE,
        fonts=frozenset(font.id for font in fonts),
        notes=notes,
    )
    listed = (child for child in elements(root.element) if child.tag not in _HEAD)
    return TimedText(
        id=_id(root.require("SubtitleID")),
        title=root.require("MovieTitle").text(),
        cues=read_cues(listed, known),
        edit_rate=EDIT_RATE,
        time_code_rate=TICKS,
        language=(_optional(root, "Language") or None),
        reel=_reel(root, notes),
        fonts=fonts,
        standard="interop",
        namespace="",
        notes=notes.all(),
    )


def write_interop(text: TimedText) -> bytes:
    """The document, of version 1.0; times are rounded to its ticks, cues without a number are counted.

    Issue date, annotation, display type and start have no place in it, and what `lost_in_interop` names has
    none either. UsageError when a time, a position or a font's path cannot be written, naming the cue.
    """
    root = etree.Element(ROOT, Version="1.0")
    add(root, "SubtitleID", text.id)
    put(add(root, "MovieTitle"), text.title)
    add(root, "ReelNumber", text.reel or 1)
    put(add(root, "Language"), text.language or "")
    for font in text.fonts:
        path = font_path(font)
        if not _stays_inside(path):
            raise UsageError("text.font-path", path=path[:80])
        put(add(root, "LoadFont"), Id=font.id, URI=path)
    written = Written(
        dialect=INTEROP,
        time=write_time,
        fade=_write_fade,
        resource=image_name,
        edit_rate=EDIT_RATE,
        depths=False,
        feather=False,
        numbers=True,
    )
    return document_with(root, root, text.cues, written)


def lost_in_interop(cues: tuple[Cue, ...]) -> tuple[Text, ...]:
    """What these cues have and an Interop document cannot say, each with the number of cues."""
    counts = {"depth": 0, "direction": 0, "feather": 0}
    for cue in cues:
        counts["depth"] += any(each.place.variable_z is not None for each in cue.content)
        lines = [each for each in cue.content if isinstance(each, Line)]
        counts["direction"] += any(line.direction in ("rtl", "btt") for line in lines)
        counts["feather"] += any(
            isinstance(piece, Run) and piece.style.feather for line in lines for piece in line.content
        )
    return tuple(said(f"note.text-interop-{what}", n=n) for what, n in counts.items() if n)


def image_name(resource: uuid.UUID) -> str:
    """The file that a picture is, beside the document."""
    return f"{resource}.png"


def font_path(font: LoadedFont) -> str:
    """The file that a font is, from the document: as it is given, else by its UUID."""
    return font.resource if isinstance(font.resource, str) else f"{font.resource}.ttf"


def read_time(value: str) -> Fraction | None:
    """Seconds of `HH:MM:SS:TTT` in ticks or of `HH:MM:SS.mmm`; None for anything else."""
    found = _TICKED.fullmatch(value)
    if found is not None:
        ticks = int(found[4])
        part = Fraction(ticks, TICKS) if ticks < TICKS else None
    else:
        found = _DOTTED.fullmatch(value)
        part = Fraction(f"0.{found[4]}") if found is not None else None
    if found is None or part is None:
        return None
    return (int(found[1]) * 60 + int(found[2])) * 60 + int(found[3]) + part


def write_time(time: Fraction) -> str:
    """`HH:MM:SS:TTT`; UsageError for a negative time and for 30 hours."""
    seconds, ticks = divmod(round(time * TICKS), TICKS)
    minutes, second = divmod(seconds, 60)
    hour, minute = divmod(minutes, 60)
    if not 0 <= hour < MAX_HOURS:
        raise UsageError("text.time-range", seconds=time, most=MAX_HOURS)
    return f"{hour:02}:{minute:02}:{second:02}:{ticks:03}"


def read_fade(value: str) -> Fraction | None:
    """Seconds of a fade: a number of ticks, or a time; None for anything else."""
    return Fraction(int(value), TICKS) if _FADE.fullmatch(value) else read_time(value)


def read_image(value: str) -> uuid.UUID | None:
    """The id of a picture by its file's name, with or without `.png`; None for anything else."""
    bare = value[:-4] if value[-4:].lower() == ".png" else value
    return uuid.UUID(bare) if _UUID.fullmatch(bare) else None


# --- how it is done -----


def _write_fade(time: Fraction) -> str:
    ticks = round(time * TICKS)
    return str(ticks) if 0 <= ticks < TICKS else write_time(time)


def _id(node: Node) -> uuid.UUID:
    value = node.text().removeprefix("urn:uuid:")
    if not _UUID.fullmatch(value):
        raise node.refusal("text.not-bare-uuid")
    return uuid.UUID(value)


def _reel(root: Node, notes: Notes) -> int | None:
    node = root.find("ReelNumber")
    value = parse_integer(node.text()) if node is not None else None
    if node is not None and (value is None or value < 1):
        notes.add("note.text-reel", node.text(), node.element)
        return None
    return value


def _font(node: Node) -> LoadedFont:
    path = node.attribute("URI")
    if path is None:
        raise node.refusal("xml.attribute-missing", name="URI")
    if not _stays_inside(path):
        raise node.refusal("text.font-path", path=path[:80])
    return LoadedFont(node.attribute("Id") or "", path)


def _stays_inside(path: str) -> bool:
    return bool(_FONT_PATH.fullmatch(path)) and all(part not in ("", ".", "..") for part in path.split("/"))


def _optional(root: Node, name: str) -> str | None:
    node = root.find(name)
    return node.text() if node is not None else None
