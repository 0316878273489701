"""Fonts cut to a text: shaping gives the same glyphs in the same places as the whole font does."""

from __future__ import annotations

import struct
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import uharfbuzz as hb
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.ttLib import TTFont

from dcp.errors import SourceError
from dcp.text import subset
from dcp.text.fonts import FontFile, installed
from dcp.text.subset import embedding_advice, subset_font

TEXTS = [
    ("Noto Sans Arabic", "مرحبا بالعالم لا ٢٠٢٤ بِسْمِ", None),
    ("Noto Sans Hebrew", "שָׁלוֹם", None),
    ("Noto Sans Thai", "น้ำใจ กำลัง", None),
    ("Noto Sans Devanagari", "क्षत्रिय हिन्दी र्क", None),
    ("Noto Sans CJK JP", "日本語「テスト」ー。", "ttb"),
    ("Noto Sans CJK SC", "你好，世界（直到）", None),
    ("Noto Sans CJK KR", "안녕하세요", None),
    ("Noto Sans", "fi ffl é Ω AVAT e\u0301", None),
]


def shaped(data: bytes, index: int, signs: str, direction: str | None = None) -> list[tuple[Any, ...]]:
    """Where each glyph stands and how large it is; the numbers of glyphs are each font's own."""
    font = hb.Font(hb.Face(data, index))
    buffer = hb.Buffer()
    buffer.add_str(signs)
    buffer.guess_segment_properties()
    if direction:
        buffer.direction = direction
    hb.shape(font, buffer)
    return [
        (
            info.cluster,
            info.codepoint == 0,
            at.x_advance,
            at.y_advance,
            at.x_offset,
            at.y_offset,
            tuple(font.get_glyph_extents(info.codepoint) or ()),
        )
        for info, at in zip(buffer.glyph_infos, buffer.glyph_positions, strict=True)
    ]


def face(family: str) -> FontFile:
    for each in installed():
        if each.family == family and each.style == "Regular":
            return each
    pytest.skip(f"the font {family} is not installed")


@pytest.mark.parametrize(("family", "signs", "direction"), TEXTS, ids=[each[0] for each in TEXTS])
def test_a_cut_font_shapes_as_the_whole_one(family: str, signs: str, direction: str | None) -> None:
    whole = face(family)
    data = whole.path.read_bytes()
    cut = subset_font(data, signs, whole.path, index=whole.index)
    assert shaped(cut, 0, signs, direction) == shaped(data, whole.index, signs, direction)
    assert cut[:4] == (b"OTTO" if "CJK" in family else b"\0\1\0\0")
    assert len(cut) < 20_000 < len(data)
    assert cut == subset_font(data, "".join(sorted(set(signs))), whole.path, index=whole.index)
    tables = TTFont(BytesIO(cut))
    assert not {"fpgm", "prep", "cvt ", "DSIG", "hdmx"} & set(tables.keys())


def test_the_forms_of_other_regions_stay_away() -> None:
    """They would double a Chinese font: a film's 2,500 signs come to 540 kB without and to 1 MB with them."""
    whole = face("Noto Sans CJK SC")
    signs = bytes(byte for low in range(0xA1, 0xFF) for byte in (0xB1, low)).decode("gb2312")
    cut = subset_font(whole.path.read_bytes(), signs, whole.path, index=whole.index)
    assert len(signs) == 94
    assert len(TTFont(BytesIO(cut)).getGlyphOrder()) == len(signs) + 2


# --- a font made here -----


def made(
    *, variable: bool = False, embedding: int = 0, signs: str = "AB (){}", outlines: bool = True
) -> bytes:
    names = [".notdef", *(f"g{ord(sign):04x}" for sign in signs)]
    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder(names)
    builder.setupCharacterMap({ord(sign): f"g{ord(sign):04x}" for sign in signs})
    glyphs = {}
    for number, name in enumerate(names):
        pen = TTGlyphPen(None)
        for point, do in zip(
            ((0, 0), (0, 700), (500 + number, 0)), (pen.moveTo, pen.lineTo, pen.lineTo), strict=True
        ):
            do(point)
        pen.closePath()
        glyphs[name] = pen.glyph()
    builder.setupGlyf(glyphs)
    builder.setupHorizontalMetrics(dict.fromkeys(names, (600, 0)))
    builder.setupHorizontalHeader(ascent=800, descent=-200)
    builder.setupNameTable({"familyName": "Made", "styleName": "Regular"})
    builder.setupOS2(fsType=embedding)
    builder.setupPost()
    if variable:
        builder.setupFvar([("wght", 100, 100, 900, "Weight")], [])
        builder.setupGvar({names[1]: [_heavier()]})
    if not outlines:
        del builder.font["glyf"]
        del builder.font["loca"]
    out = BytesIO()
    builder.font.save(out)
    return out.getvalue()


def _heavier() -> Any:
    from fontTools.ttLib.tables.TupleVariation import TupleVariation

    return TupleVariation(
        {"wght": (0.0, 1.0, 1.0)}, [(0, 0), (0, 0), (300, 0), (0, 0), (0, 0), (0, 0), (0, 0)]
    )


def test_only_what_is_used_stays() -> None:
    cut = TTFont(BytesIO(subset_font(made(), "A", "made.ttf")))
    assert set(cut.getBestCmap()) == {ord("A"), ord(" ")}
    assert set(TTFont(BytesIO(subset_font(made(), "A(", "made.ttf"))).getBestCmap()) == set(
        map(ord, "A (){}")
    )


def test_a_variable_font_stands_at_the_usual_weight() -> None:
    cut = TTFont(BytesIO(subset_font(made(variable=True), "A", "made.ttf")))
    assert not {"fvar", "gvar", "avar", "STAT"} & set(cut.keys())
    glyph = cut["glyf"][cut.getBestCmap()[ord("A")]]
    assert glyph.xMax == 614  # 501, and 112.5 of the 300 that it grows by


@pytest.mark.parametrize(
    ("bits", "ids"),
    [
        (0, []),
        (0x2, ["advice.font-restricted"]),
        (0x4, []),
        (0x8, []),
        (0x100, ["advice.font-whole"]),
        (0x302, ["advice.font-restricted", "advice.font-whole", "advice.font-bitmaps"]),
    ],
)
def test_what_a_font_says_of_being_given_along_is_said(bits: int, ids: list[str]) -> None:
    advice = embedding_advice(made(embedding=bits), "folder/made.ttf")
    assert [each.id for each in advice] == ids
    assert all("made.ttf" in str(each) and "folder" not in str(each) for each in advice)


def test_too_much_is_refused_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subset, "MOST_FONT_BYTES", 500)
    with pytest.raises(SourceError) as caught:
        subset_font(made(), "AB", "made.ttf")
    assert caught.value.id == "text.font-too-large" and "reels" in str(caught.value.remedy)


def test_a_sign_that_it_lacks_is_named() -> None:
    with pytest.raises(SourceError, match=r"made\.ttf has no glyph for 你 ") as caught:
        subset_font(made(), "A\u200f \u00a0\n你", "made.ttf")
    assert caught.value.id == "text.font-lacks"


GOOD = made()


@pytest.mark.parametrize(
    ("data", "index"),
    [
        (b"", 0),
        (b"wOFF" + GOOD[4:], 0),
        (b"wOF2" + GOOD[4:], 0),
        (GOOD, 1),
        (GOOD, -1),
        (GOOD[:100], 0),
        (GOOD[:-200], 0),
        (b"\0\1\0\0" + bytes(200), 0),
        (b"ttcf\0\1\0\0" + struct.pack(">I", 0xFFFFFFFF), 0),
        (b"ttcf\0\1\0\0\0\0\0\1\0\0\0\x10" + GOOD, 3),
        (made(outlines=False), 0),
    ],
    ids=range(11),
)
def test_what_is_no_font_is_refused(data: bytes, index: int) -> None:
    with pytest.raises(SourceError) as caught:
        subset_font(data, "A", Path("fonts/made.ttf"), index=index)
    assert caught.value.id == "text.font-unreadable"
    assert str(caught.value.where) == str(Path("fonts/made.ttf"))


def test_damage_anywhere_ends_in_our_error_or_in_a_font() -> None:
    for at in range(0, len(GOOD), 23):
        data = bytearray(GOOD)
        data[at] ^= 0xFF
        try:
            assert subset_font(bytes(data), "A", "made.ttf")
        except SourceError as error:
            assert error.id in ("text.font-unreadable", "text.font-lacks")


@pytest.mark.parametrize("form", [4, 12])
def test_a_table_of_signs_that_unfolds_to_billions_is_refused(form: int) -> None:
    from fontTools.ttLib.tables.DefaultTable import DefaultTable

    from dcp.text.fonts import find_font, font_bytes

    if form == 12:
        part = struct.pack(">HHLLL", 12, 0, 16 + 12 * 400, 0, 400) + struct.pack(">LLL", 0, 0x10FFFF, 1) * 400
    else:
        n = 8000
        part = struct.pack(">7H", 4, 16 + 8 * n, 0, 2 * n, 0, 0, 0)
        part += b"\xff\xff" * n + b"\0\0" + b"\0\0" * n + b"\0\1" * n + b"\0\0" * n
    with TTFont(BytesIO(font_bytes(find_font("a")))) as font:
        font["cmap"] = table = DefaultTable("cmap")
        table.data = struct.pack(">HHHHL", 0, 1, 3, 10 if form == 12 else 1, 12) + part
        out = BytesIO()
        font.save(out)
    with pytest.raises(SourceError) as error:
        subset_font(out.getvalue(), "a", "bomb.ttf")
    assert error.value.id == "text.font-unreadable"
