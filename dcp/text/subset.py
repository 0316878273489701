"""Fonts cut down to the signs that a text shows, for the file beside it: old devices take 640 kB.

What shapes the signs stays (joining, marks, vertical forms), and with it every glyph that it can lead to, so
that a cut Arabic, Thai or Hindi text looks as with the whole font. Hints go, and what varies stands at its
usual weight. Needs the extra `text`.
"""

from __future__ import annotations

import struct
import unicodedata
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dcp.errors import DcpError, SourceError
from dcp.text.font_choice import joins_or_hides
from dcp.text.limits import MOST_FONT_BYTES
from dcp.texts.catalogue import Text, text

if TYPE_CHECKING:
    from fontTools.ttLib import TTFont

MAX_FACES = 256
MAX_POINTS = 3_000_000
"""Of all tables of signs of a font: thrice as many as there are in Unicode."""
_WHOLE = (b"\0\1\0\0", b"OTTO", b"true")
_COLLECTION = b"ttcf"
_COLOURS = ("CBDT", "CBLC", "sbix", "SVG ", "COLR", "CPAL")
_NAMES = (0, 1, 2, 3, 4, 5, 6, 13, 14)
"""Records of the name table: copyright, names, version, licence."""

_MIRRORED = "()[]{}<>«»‹›⟨⟩≤≥"
_UNFOLDED = {"ำ": "ํา", "ຳ": "ໍາ"}
"""Signs that shaping takes apart though they have a glyph: the vowel am of Thai and Lao."""

_SHARED = ((0x2E80, 0x9FFF), (0xAC00, 0xD7AF), (0xF900, 0xFAFF), (0x20000, 0x3FFFF))
"""Signs that China, Japan and Korea share, in forms of their own."""

_USUAL_WEIGHT = 400


def subset_font(data: bytes, signs: str, where: str | Path, *, index: int = 0) -> bytes:
    """The font with the glyphs that `signs` lead to, as one OpenType font: TrueType or CFF as it was.

    data: a font file, or a collection, of which `index` is taken. signs: the text, or all its signs. where:
    the font's name, for messages. The same input gives the same bytes. SourceError when it is no font with
    outlines, lacks a sign, or comes to more than 640 kB; ExtraMissingError.
    """
    font = _opened(data, where, index)
    try:
        _require(font, signs, where)
        font = _cut(font, signs)
        out = BytesIO()
        font.save(out, reorderTables=True)
    except DcpError:
        raise
    except Exception as error:  # fontTools raises what it happens to meet
        raise _unreadable(where) from error
    if out.tell() > MOST_FONT_BYTES:
        raise SourceError("text.font-too-large", where=where, bytes=out.tell(), most=MOST_FONT_BYTES)
    return out.getvalue()


def embedding_advice(data: bytes, where: str | Path, *, index: int = 0) -> tuple[Text, ...]:
    """What the font says of being given along with a text (fsType in OS/2), where that is restricted.

    SourceError when it is no font.
    """
    font = _opened(data, where, index)
    try:
        bits = int(font["OS/2"].fsType) if "OS/2" in font else 0
    except Exception as error:
        raise _unreadable(where) from error
    advice = []
    if bits & _RESTRICTED and not bits & (_PREVIEW | _EDITABLE):
        advice.append(text("advice.font-restricted", font=Path(where).name))
    if bits & _NO_SUBSET:
        advice.append(text("advice.font-whole", font=Path(where).name))
    if bits & _BITMAPS:
        advice.append(text("advice.font-bitmaps", font=Path(where).name))
    return tuple(advice)


_RESTRICTED, _PREVIEW, _EDITABLE, _NO_SUBSET, _BITMAPS = 0x2, 0x4, 0x8, 0x100, 0x200


# --- how it is done -----


def _opened(data: bytes, where: str | Path, index: int) -> TTFont:
    from dcp.extras import need

    need("text", where=str(where))
    from fontTools.ttLib import TTFont

    head = data[:4]
    faces = struct.unpack(">I", data[8:12])[0] if head == _COLLECTION and len(data) >= 12 else 1
    if head not in (*_WHOLE, _COLLECTION) or not 0 <= index < min(faces, MAX_FACES):
        raise _unreadable(where)
    try:
        font = TTFont(
            BytesIO(data), fontNumber=index, lazy=True, recalcTimestamp=False, recalcBBoxes=False
        )  # the whole font's box holds a part of it as well, and to measure thousands of signs takes seconds
        if not any(tag in font for tag in ("glyf", "CFF ", "CFF2")) or "cmap" not in font:
            raise _unreadable(where)
        if _points_of_cmap(font.reader["cmap"]) > MAX_POINTS:
            raise _unreadable(where)
    except DcpError:
        raise
    except Exception as error:
        raise _unreadable(where) from error
    return font


def _points_of_cmap(table: bytes) -> int:
    """How many code points the table has in all its parts, as often as it lists them: fontTools makes a list
    of each before anything is asked of it. struct.error where the table is cut.
    """
    (parts,) = struct.unpack_from(">H", table, 2)
    points = 0
    for offset in {struct.unpack_from(">L", table, 8 + 8 * part)[0] for part in range(parts)}:
        (form,) = struct.unpack_from(">H", table, offset)
        if form == 4:
            count = struct.unpack_from(">H", table, offset + 6)[0] // 2
            ends = struct.unpack_from(f">{count}H", table, offset + 14)
            starts = struct.unpack_from(f">{count}H", table, offset + 16 + 2 * count)
            points += sum(max(0, end - start + 1) for start, end in zip(starts, ends, strict=True))
        elif form in (8, 12, 13):
            at = offset + (12 + 8192 if form == 8 else 12)
            (count,) = struct.unpack_from(">L", table, at)
            groups = struct.iter_unpack(">LLL", table[at + 4 : at + 4 + 12 * count])
            points += sum(max(0, end - start + 1) for start, end, _ in groups)
        else:
            points += (len(table) - offset) // 2
    return points


def _unreadable(where: str | Path) -> SourceError:
    return SourceError("text.font-unreadable", where=where)


def _require(font: TTFont, signs: str, where: str | Path) -> None:
    held = font.getBestCmap() or {}
    for sign in dict.fromkeys(signs):
        parts = unicodedata.normalize("NFD", sign)
        if joins_or_hides(sign) or ord(sign) in held or all(ord(part) in held for part in parts):
            continue
        name = unicodedata.name(sign, f"U+{ord(sign):04X}")
        raise SourceError("text.font-lacks", where=where, font=Path(where).name, sign=sign, name=name)


def _cut(font: TTFont, signs: str) -> TTFont:
    from fontTools.subset import Options, Subsetter

    options: Any = Options()
    options.hinting = False
    options.notdef_outline = True
    options.name_IDs = list(_NAMES)
    options.drop_tables = [*options.drop_tables, *_COLOURS, *_unknown(font, options)]
    options.recalc_timestamp = False
    if any(low <= ord(sign) <= high for low, high in _SHARED for sign in signs):
        # Forms of other regions, which the face of this region never shows, would double the size.
        options.layout_features = [each for each in options.layout_features if each != "locl"]
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=_points(signs))
    subsetter.subset(font)
    if "fvar" in font:
        from fontTools.varLib.instancer import instantiateVariableFont

        font.recalcBBoxes = True
        axes = {axis.axisTag: _usual(axis) for axis in font["fvar"].axes}
        font = instantiateVariableFont(font, axes, inplace=True)
    return font


def _unknown(font: TTFont, options: Any) -> list[str]:
    """Tables that nobody can cut, mostly an editor's own: fontTools drops them too, with a word on stderr."""
    from fontTools.ttLib import getTableClass

    known, tags = ("GlyphOrder", *options.no_subset_tables), font.keys()
    return [tag for tag in tags if tag not in known and not hasattr(getTableClass(tag), "subset_glyphs")]


def _usual(axis: Any) -> float:
    usual = _USUAL_WEIGHT if axis.axisTag == "wght" else axis.defaultValue
    return float(min(max(usual, axis.minValue), axis.maxValue))


def _points(signs: str) -> set[int]:
    """The code points that shaping may ask for, beyond the signs themselves: other forms of the same, and
    what stands in their place from right to left."""
    wanted = {" ", *signs}
    for form in ("NFC", "NFD"):
        wanted.update(unicodedata.normalize(form, signs))
    wanted.update(part for sign in signs for part in _UNFOLDED.get(sign, ""))
    if wanted & set(_MIRRORED):
        wanted.update(_MIRRORED)
    return {ord(sign) for sign in wanted}
