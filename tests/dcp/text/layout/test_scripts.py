"""Ten cues in eight scripts, laid out: who draws them, where their ink lies, and how glyphs were chosen.

`python tests/support/lettering.py DIR` writes them as pictures to look at.
"""

from __future__ import annotations

import numpy as np
import pytest
from lettering import CUES, needing_fonts

from dcp.text.fonts import find_font, fonts_for
from dcp.text.layout.overlay import Overlay, laid_out
from dcp.text.layout.shaping import shape

SIZE = (1998, 1080)


@pytest.mark.parametrize("name", CUES)
def test_a_cue_of_every_script(name: str) -> None:
    sample = CUES[name]
    needing_fonts(*sample.families)
    fonts, decisions = fonts_for([sample.cue], language=sample.language)
    assert [face.family for face in fonts.faces] == list(sample.families)
    assert [each.id for each in decisions] == ["plan.text-font"]
    overlay = laid_out(sample.cue, SIZE, fonts=fonts)
    for box, wanted in zip(overlay.boxes, sample.boxes, strict=True):
        assert box.ink is not None
        found = (box.ink.left, box.ink.top, box.ink.right, box.ink.bottom)
        assert np.abs(np.subtract(found, wanted)).max() <= 3, [round(each) for each in found]
    assert 0.1 < _density(overlay) < 0.7


def _density(overlay: Overlay) -> float:
    return float(np.mean([patch.alpha.mean() for patch in overlay.patches]))


def glyphs(words: str, language: str, script: str, way: str = "ltr") -> list[int]:
    face = find_font(words, language=language)
    return [
        each.id
        for each in shape(words, 0, len(words), face, script=script, way=way, language=language).glyphs
    ]  # type: ignore[arg-type]


def test_arabic_letters_join_and_hindi_ones_become_one() -> None:
    needing_fonts("Noto Sans Arabic", "Noto Sans Devanagari")
    joined = glyphs("مرحبا", "ar", "Arab", "rtl")
    alone = [glyphs(sign, "ar", "Arab", "rtl")[0] for sign in reversed("مرحبا")]
    assert joined != alone
    assert len(glyphs("क्ष", "hi", "Deva")) == 1


def test_marks_of_thai_stand_on_their_letter() -> None:
    needing_fonts("Noto Sans Thai")
    face = find_font("ที่", language="th")
    shaped = shape("ที่", 0, 3, face, script="Thai")
    assert sum(each.advance > 0 for each in shaped.glyphs) == 1


def test_chinese_characters_have_the_form_of_the_language() -> None:
    needing_fonts("Noto Sans CJK JP", "Noto Sans CJK SC")
    face = find_font("直", language="ja")
    forms = {shape("直", 0, 1, face, script="Hani", language=tag).glyphs[0].id for tag in ("zh-Hans", "ja")}
    assert len(forms) == 2  # of one font


def test_columns_have_the_vertical_forms() -> None:
    needing_fonts("Noto Sans CJK JP")
    assert glyphs("ー。", "ja", "Hani", "ttb") != glyphs("ー。", "ja", "Hani")


def test_right_to_left_with_numbers() -> None:
    """Digits stand in their own order between words from right to left."""
    needing_fonts("DejaVu Sans")
    from dcp.text.layout.lines import set_line
    from dcp.text.values import Line, Run, Style

    face = find_font("سعر 12")
    fonts, _ = fonts_for([], font=face.path)
    line = Line((Run("سعر 12", Style(effect="none")),))
    laid = set_line(line, 1080, fonts)
    one, two = (shape(sign, 0, 1, face).glyphs[0].id for sign in "12")
    seen = [glyph.id for glyph in sorted(laid.glyphs, key=lambda glyph: glyph.x)]
    assert seen[:2] == [one, two]
    assert len(seen) == 6
