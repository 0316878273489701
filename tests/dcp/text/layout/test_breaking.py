"""Lines too long for the picture become several, broken where each script allows it."""

from __future__ import annotations

from fractions import Fraction

import pytest
from lettering import needing_fonts

from dcp.text.fonts import Fonts, fonts_for
from dcp.text.layout.breaking import LEADING, MOST, broken
from dcp.text.layout.lines import set_line
from dcp.text.values import Cue, Direction, Line, Place, Ruby, Run, Style, Valign

SIZE = (1998, 1080)
STEP = 42 * LEADING / 792 * 100


def cue(*lines: Line) -> Cue:
    return Cue(Fraction(0), Fraction(1), lines)


def line(words: str, valign: Valign = "bottom", vposition: float = 8.0, direction: Direction = "ltr") -> Line:
    return Line((Run(words),), Place(valign=valign, vposition=vposition), direction)


def fonts(words: str, language: str) -> Fonts:
    return fonts_for([cue(line(words))], language=language)[0]


def texts(made: Cue) -> list[str]:
    return [each.text for each in made.content if isinstance(each, Line)]


LONG = {
    "en": ("The quick brown fox (so it is said) jumps over the lazy dog's 3.5 m fence — again. " * 4)[:300],
    "zh": ("我们今天去哪里？「好的」，他说，明天再去。" * 20)[:300],
    "ja": ("縦書きの漢字、そして「カード」がある。ずーっと、" * 20)[:300],
    "ko": ("안녕하세요, 오늘은 어디로 갈까요? " * 20)[:300],
    "ar": ("السعر 1250 ريال (خصم 5%) في هذا اليوم، " * 10)[:300],
    "he": ("שלום 123, מה נשמע היום? " * 15)[:300],
    "th": ("สวัสดีครับวันนี้เราจะไปที่ไหนกันดีที่กรุงเทพฯ" * 10)[:300],
    "hi": ("नमस्ते दुनिया, क्षत्रिय कहाँ जा रहे हैं? " * 10)[:300],
}
FAMILIES = {"zh": "Noto Sans CJK SC", "ja": "Noto Sans CJK JP", "ko": "Noto Sans CJK KR",
            "th": "Noto Sans Thai", "hi": "Noto Sans Devanagari", "ar": "DejaVu Sans", "he": "DejaVu Sans",
            "en": "Noto Sans"}  # fmt: skip


@pytest.mark.parametrize("language", LONG)
def test_300_signs_in_one_line_become_rows_about_as_long_as_each_other(language: str) -> None:
    needing_fonts(FAMILIES[language])
    words = LONG[language].strip()
    held = fonts(words, language)
    made = broken(cue(line(words)), SIZE, fonts=held)
    rows = texts(made)
    assert len(rows) >= 2
    lengths = [set_line(each, 1080, held).length for each in made.content if isinstance(each, Line)]
    assert max(lengths) <= MOST * SIZE[0] and min(lengths) > 0.4 * max(lengths)
    spaced = language in ("en", "ko", "ar", "he", "hi")
    assert (" " if spaced else "").join(rows) == words or "".join(rows) == words.replace(" ", "")
    assert all(row == row.strip() for row in rows)
    for row in rows[1:]:
        assert row[0] not in "，。？」、ー)?!,.：ฯัิ"
    for row in rows[:-1]:
        assert row[-1] not in "「("


def test_japanese_is_broken_between_phrases() -> None:
    needing_fonts("Noto Sans CJK JP")
    words = "今日は東京駅へ行きます"
    rows = texts(broken(cue(line(words)), SIZE, fonts=fonts(words, "ja"), most=0.2))
    assert rows == ["今日は東京", "駅へ行きます"]


def test_thai_is_broken_between_words() -> None:
    needing_fonts("Noto Sans Thai")
    words = "สวัสดีครับวันนี้เราจะไปที่ไหนกันดี"
    rows = texts(broken(cue(line(words)), SIZE, fonts=fonts(words, "th"), most=0.3))
    assert len(rows) == 2
    whole = ["สวัสดี", "ครับ", "วัน", "นี้", "เรา", "จะ", "ไป", "ที่ไหน", "กัน", "ดี"]
    assert len(rows[0]) in [sum(map(len, whole[:count])) for count in range(1, len(whole))]


def test_what_fits_stays_the_same_object() -> None:
    needing_fonts("Noto Sans")
    short = cue(line("Hello"), line("there", vposition=15.0))
    assert broken(short, SIZE, fonts=fonts("Hello there", "en")) is short


@pytest.mark.parametrize(
    ("valign", "places"),
    [
        ("bottom", [8 + 2 * STEP, 8 + STEP, 8]),
        ("top", [8, 8 + STEP, 8 + 2 * STEP]),
        ("center", [8 - STEP, 8, 8 + STEP]),
    ],
)
def test_the_last_row_stays_below_and_the_first_above(valign: Valign, places: list[float]) -> None:
    needing_fonts("Noto Sans")
    words = "one two three four five six"
    made = broken(cue(line(words, valign)), SIZE, fonts=fonts(words, "en"), most=0.15)
    rows = [each for each in made.content if isinstance(each, Line)]
    assert [each.text for each in rows] == ["one two", "three four", "five six"]
    assert [each.place.vposition for each in rows] == pytest.approx(places, abs=0.001)


def test_lines_beyond_make_room() -> None:
    needing_fonts("Noto Sans")
    words = "one two three four"
    held = fonts(words + "above below", "en")
    pair = cue(line("above", vposition=15.0), line(words, vposition=8.0), line("below", vposition=1.0))
    rows = [each for each in broken(pair, SIZE, fonts=held, most=0.15).content if isinstance(each, Line)]
    assert [each.text for each in rows] == ["above", "one two", "three four", "below"]
    assert [each.place.vposition for each in rows] == pytest.approx([15 + STEP, 8 + STEP, 8, 1], abs=0.001)


def test_a_word_longer_than_the_picture_is_broken_between_signs() -> None:
    needing_fonts("Noto Sans")
    words = "x" * 200
    held = fonts(words, "en")
    made = broken(cue(line(words)), SIZE, fonts=held)
    assert "".join(texts(made)) == words and len(texts(made)) > 1


def test_styles_go_on_and_ruby_is_not_broken_inside() -> None:
    needing_fonts("Noto Sans CJK JP")
    held = fonts("漢字かな", "ja")
    bold = Style(bold=True)
    content = (Run("漢字" * 6), Ruby(Run("漢字漢字漢字"), "かな"), Run("漢字" * 6, bold))
    made = broken(cue(Line(content)), SIZE, fonts=held, most=0.4)
    rows = [each for each in made.content if isinstance(each, Line)]
    assert "".join(each.text for each in rows) == "漢字" * 15
    rubies = [part for each in rows for part in each.content if isinstance(part, Ruby)]
    assert rubies == [content[1]]
    assert all(
        part.style == bold for part in rows[-1].content if isinstance(part, Run) and part.text[-1] == "字"
    )


def test_columns_are_broken_to_the_left() -> None:
    needing_fonts("Noto Sans CJK JP")
    words = "縦書きの漢字、そしてかな。" * 3
    column = Line((Run(words),), Place("right", 8.0, "top", 8.0), "ttb")
    made = broken(cue(column), SIZE, fonts=fonts(words, "ja"))
    rows = [each for each in made.content if isinstance(each, Line)]
    assert len(rows) == 3 and "".join(each.text for each in rows) == words
    step = STEP * 1080 / 1998
    assert [each.place.hposition for each in rows] == pytest.approx([8, 8 + step, 8 + 2 * step], abs=0.001)
