"""Signs into glyphs with their places, by HarfBuzz: runs of one face, one script, one direction each."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

from dcp.dataclass import dataclass
from dcp.text.font_choice import joins_or_hides
from dcp.text.fonts import FontFile, has_sign, hb_face, signs_of

if TYPE_CHECKING:
    import uharfbuzz

Way = Literal["ltr", "rtl", "ttb"]


@dataclass(frozen=True)
class Glyph:
    """A glyph of a face. x, y: its origin, in em from the pen of its run, y upwards. sign: the place in the
    text of the first sign that it stands for. before: how far the pen is along the run; advance: how far it
    moves on."""

    face: FontFile
    id: int
    x: float
    y: float
    sign: int
    before: float
    advance: float


@dataclass(frozen=True)
class Shaped:
    """Glyphs in the order in which they are seen. length: of the run along its way, in em."""

    glyphs: tuple[Glyph, ...]
    length: float


def runs(words: str, first: int, end: int, faces: Sequence[FontFile]) -> list[tuple[int, int, FontFile, str]]:
    """Signs `first` to before `end` in runs of one face and one script: (first, end, face, script).

    Marks and joiners go with the sign before them; signs of no script with what is before, or behind.
    """
    from fontTools import unicodedata as scripts

    found: list[tuple[int, int, FontFile, str]] = []
    face, script = faces[0], ""
    for at in range(first, end):
        sign = words[at]
        attached = at > first and (joins_or_hides(sign) or unicodedata.category(sign).startswith("M"))
        if not attached or not _has(face, sign):
            face = next((each for each in faces if _has(each, sign)), face if attached else faces[0])
        own = scripts.script(sign)
        known = own not in ("Zyyy", "Zinh", "Zzzz")
        if found and found[-1][2] == face and (not known or not script or own == script):
            begun = found[-1]
            script = script or (own if known else "")
            found[-1] = (begun[0], at + 1, face, script)
            continue
        script = own if known else script
        found.append((at, at + 1, face, script))
    return found


def shape(
    words: str,
    first: int,
    end: int,
    face: FontFile,
    *,
    script: str = "",
    way: Way = "ltr",
    language: str | None = None,
    spacing: float = 0.0,
) -> Shaped:
    """Signs `first` to before `end` of a text, whose others are the context. spacing: behind each sign, in
    em."""
    import uharfbuzz as hb

    font = _font(face)
    scale = 1 / font.face.upem
    buffer = hb.Buffer()
    buffer.add_codepoints([ord(sign) for sign in words], first, end - first)
    buffer.direction = way
    if script:
        buffer.script = script
    else:
        buffer.guess_segment_properties()
        buffer.direction = way
    if language:
        buffer.language = language
    # the glyphs of a ligature cannot be set apart
    hb.shape(font, buffer, {"liga": False, "clig": False} if spacing else {})
    down = way == "ttb"
    pen, glyphs = 0.0, []
    infos, positions = buffer.glyph_infos, buffer.glyph_positions
    for number, (info, place) in enumerate(zip(infos, positions, strict=True)):
        advance = (-place.y_advance if down else place.x_advance) * scale
        last_of_sign = number + 1 == len(infos) or infos[number + 1].cluster != info.cluster
        x, y = place.x_offset * scale, place.y_offset * scale
        if spacing and last_of_sign:
            advance += spacing
        glyphs.append(
            Glyph(
                face,
                info.codepoint,
                x if down else pen + x,
                y - pen if down else y,
                info.cluster,
                pen,
                advance,
            )
        )
        pen += advance
    return Shaped(tuple(glyphs), pen)


def advance(face: FontFile, sign: str) -> float | None:
    """How wide the face has a sign by itself, in em; None for one that it lacks."""
    font = _font(face)
    glyph = font.get_nominal_glyph(ord(sign))
    return None if glyph is None else float(font.get_glyph_h_advance(glyph)) / float(font.face.upem)


def underline_of(face: FontFile) -> tuple[float, float]:
    """(middle, thickness) in em: how far below the baseline a font has its line."""
    import uharfbuzz as hb

    font = _font(face)
    upem = font.face.upem
    offset = font.get_metric_position_with_fallback(hb.OTMetricsTag.UNDERLINE_OFFSET)
    size = font.get_metric_position_with_fallback(hb.OTMetricsTag.UNDERLINE_SIZE)
    return -offset / upem, max(size / upem, 0.03)


# --- how it is done -----


@lru_cache(maxsize=64)
def _font(face: FontFile) -> uharfbuzz.Font:
    import uharfbuzz as hb

    return hb.Font(hb_face(face))


def _has(face: FontFile, sign: str) -> bool:
    return joins_or_hides(sign) or has_sign(signs_of(face), sign)
