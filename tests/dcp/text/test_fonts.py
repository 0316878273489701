"""The font is the told one or the first that has every glyph; a glyph nobody has is named with its cue."""

from __future__ import annotations

from fractions import Fraction
from io import BytesIO
from pathlib import Path

import pytest
from lettering import needing_fonts

from dcp.errors import SourceError, UsageError
from dcp.text.font_choice import key_of
from dcp.text.fonts import (
    MAX_FONT,
    FontFile,
    find_font,
    font_bytes,
    fonts_for,
    installed,
    loaded_font,
    opened,
    sister,
)
from dcp.text.values import Cue, Line, Ruby, Run, Style

NOBODYS = "\U000f0001"
"""Of a plane for private use: fonts of symbols may have some, none has this one."""


def cue(words: str, font: str | None = None, at: str | None = "line 3") -> Cue:
    return Cue(Fraction(0), Fraction(1), (Line((Run(words, Style(font=font)),)),), at=at)


@pytest.mark.parametrize(
    ("signs", "language", "key"),
    [
        ("你好", "zh", "zh-hans"),
        ("你好", "zh-TW", "zh-hant"),
        ("你好", "zh-Hant-HK", "zh-hk"),
        ("你好", "yue", "zh-hk"),
        ("你好", "ja", "ja"),
        ("漢", "ko", "ko"),
        ("你好", None, "zh-hans"),
        ("かな漢字", None, "ja"),
        ("한글", None, "ko"),
        ("سلام", "fa", "ar"),
        ("שלום", "en", "he"),
        ("สวัสดี", None, "th"),
        ("नमस्ते", "mr", "hi"),
        ("Hello", "en", ""),
        ("Hello", None, ""),
    ],
)
def test_the_language_decides_among_forms_of_shared_signs(signs: str, language: str | None, key: str) -> None:
    assert key_of(signs, language) == key


@pytest.mark.parametrize(
    ("signs", "language", "family"),
    [
        ("你好，世界", "zh", "Noto Sans CJK SC"),
        ("你好，世界", "zh-Hant", "Noto Sans CJK TC"),
        ("漢字かな", "ja", "Noto Sans CJK JP"),
        ("안녕하세요", "ko", "Noto Sans CJK KR"),
        ("مرحبا", "ar", "Noto Sans Arabic"),
        ("שלום", "he", "Noto Sans Hebrew"),
        ("สวัสดี", "th", "Noto Sans Thai"),
        ("नमस्ते", "hi", "Noto Sans Devanagari"),
        ("Ça va\u200d\ufeff bien", "fr", "Noto Sans"),
    ],
)
def test_the_first_font_that_has_every_glyph(signs: str, language: str, family: str) -> None:
    needing_fonts(family)
    assert find_font(signs, language=language).family == family


def test_of_a_collection_a_face_is_a_font_of_its_own() -> None:
    needing_fonts("Noto Sans CJK JP")
    from fontTools.ttLib import TTFont

    face = next(each for each in installed() if each.family == "Noto Sans CJK JP")
    data = font_bytes(face)
    assert TTFont(BytesIO(data), lazy=True)["name"].getBestFamilyName() == "Noto Sans CJK JP"


@pytest.mark.parametrize(
    ("language", "family"),
    [
        ("zh", "Noto Sans CJK SC"),
        ("zh-TW", "Noto Sans CJK TC"),
        ("ko", "Noto Sans CJK KR"),
        ("ja", "Noto Sans CJK JP"),
    ],
)
def test_of_a_told_collection_the_face_of_the_language_is_taken(language: str, family: str) -> None:
    needing_fonts("Noto Sans CJK JP")
    path = next(each.path for each in installed() if each.family == "Noto Sans CJK JP")
    assert find_font("直", language=language, font=path).family == family
    fonts, _ = fonts_for([cue("直")], language=language, font=path)
    assert [face.family for face in fonts.faces] == [family]


def test_several_fonts_where_no_single_one_has_all() -> None:
    needing_fonts("Noto Sans Thai", "Noto Sans Devanagari")
    with pytest.raises(UsageError) as caught:
        find_font("สวัสดี नमस्ते 你")
    assert caught.value.id == "text.no-one-font"
    fonts, decisions = fonts_for([cue("สวัสดี"), cue("नमस्ते")])
    assert {face.family for face in fonts.faces} == {"Noto Sans Thai", "Noto Sans Devanagari"}
    assert [each.id for each in decisions] == ["plan.text-fonts"]


def test_a_glyph_that_nobody_has_is_named_with_its_cue() -> None:
    needing_fonts("Noto Sans")
    with pytest.raises(SourceError) as caught:
        fonts_for([cue("fine", at="line 1"), cue(f"odd {NOBODYS}", at="line 9")], where=Path("a.srt"))
    assert caught.value.id == "text.no-glyph"
    assert "U+F0001" in caught.value.what
    assert "a.srt" in str(caught.value.where) and "line 9" in str(caught.value.where)


def test_an_emoji_is_named_by_its_unicode_name() -> None:
    needing_fonts("Noto Sans CJK JP")
    path = next(each.path for each in installed() if each.family == "Noto Sans CJK JP")
    with pytest.raises(SourceError) as caught:
        fonts_for([cue("\N{GRINNING FACE}")], font=path)
    assert caught.value.id == "text.font-lacks"
    assert "GRINNING FACE" in caught.value.what


def test_a_ruby_reading_needs_its_glyphs_too() -> None:
    needing_fonts("Noto Sans")
    line = Line((Ruby(Run("a"), NOBODYS),))
    with pytest.raises(SourceError):
        fonts_for([Cue(Fraction(0), Fraction(1), (line,))])


def test_a_documents_font_is_asked_first_and_others_for_what_it_lacks() -> None:
    needing_fonts("Noto Sans", "Noto Sans CJK SC")
    own = next(each for each in installed() if each.family == "Noto Sans")
    loaded = {"f": own.path.read_bytes()}
    fonts, decisions = fonts_for([cue("Hello", "f")], loaded=loaded)
    assert fonts.faces == () and decisions == ()
    fonts, decisions = fonts_for([cue("Hello 你", "f")], loaded=loaded, language="zh")
    assert fonts.of("f")[0].path == Path("f")
    assert fonts.of("f")[1].family == "Noto Sans CJK SC"


def test_the_told_font_stands_before_the_documents() -> None:
    needing_fonts("Noto Sans", "DejaVu Sans")
    faces = {each.family: each for each in reversed(installed())}
    loaded = {"f": faces["Noto Sans"].path.read_bytes()}
    fonts, _ = fonts_for([cue("Hello", "f")], loaded=loaded, font=faces["DejaVu Sans"].path)
    assert [face.family for face in fonts.of("f")] == ["DejaVu Sans"]


def test_bold_is_a_face_of_the_family_where_there_is_one() -> None:
    needing_fonts("Noto Sans")
    usual = find_font("Hello")
    assert sister(usual, bold=True, italic=False, signs="Hello").style == "Bold"
    assert sister(usual, bold=True, italic=True, signs="Hello").style == "Bold Italic"
    assert sister(usual, bold=True, italic=False, signs="你") is usual
    loaded = FontFile(Path("f"), data=b"x")
    assert sister(loaded, bold=True, italic=False, signs="a") is loaded


@pytest.mark.parametrize(
    "data", [b"", b"no font", b"ttcf" + bytes(8), b"ttcf\0\1\0\0\xff\xff\xff\xff", bytes(64)]
)
def test_what_is_no_font_is_refused(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "x.ttf"
    path.write_bytes(data)
    with pytest.raises(UsageError) as caught:
        opened(path)
    assert caught.value.id == "text.font-unreadable"


def test_a_font_that_is_absent_or_too_large_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        opened(tmp_path / "absent.ttf")
    path = tmp_path / "large.ttf"
    with path.open("wb") as file:
        file.truncate(MAX_FONT + 1)
    with pytest.raises(UsageError) as caught:
        opened(path)
    assert caught.value.id == "text.font-large"


@pytest.mark.parametrize("spoilt", [b"head", b"name", b"OS/2"])
def test_a_font_of_a_document_that_shapes_but_does_not_draw_is_refused(spoilt: bytes) -> None:
    data = bytearray(font_bytes(find_font("a")))
    tags = 12 + 16 * int.from_bytes(data[4:6], "big")
    at = data.index(spoilt, 12, tags)
    data[at : at + 4] = b"\xff\xfe\x89\xff"  # a name of a table that is no text
    with pytest.raises(SourceError) as error:
        loaded_font("f", bytes(data))
    assert error.value.id == "text.font-unreadable"


def test_a_file_with_such_names_is_passed_over(tmp_path: Path) -> None:
    data = bytearray(font_bytes(find_font("a")))
    at = data.index(b"name", 12)
    data[at : at + 4] = b"\xff\xfe\x89\xff"
    path = tmp_path / "a.ttf"
    path.write_bytes(data)
    with pytest.raises(UsageError) as error:
        opened(path)
    assert error.value.id == "text.font-unreadable"
