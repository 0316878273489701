"""Signs stand in the order of UAX 9, held against another implementation of it (unicode-bidi, in Rust)."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dcp.text.layout.order import base_of, in_sight, levels

LINES = [
    "Hello, world",
    "שלום 123, abc!",
    "שלום 123, מה נשמע?",
    "price: 100₪ שלום - test 5%",
    "السعر 1250 ريال",
    "مرحبا 3.5 كم",
    "عدد 12-5 نص",
    "abc שלום def",
    "הוא אמר (OK) ואז",
    "שלום (Mr. Smith) 12%",
    "אני [John] 5",
    "«نص» ABC (نص)",
    "1. שלום",
    " - שלום",
    "\u200fאבג abc\u200f 12",
    "الفصل ١٢٣ من 45",
    "abc \u202bשלום  ",
    "שלום abc ",
    "",
    "...",
]


def seen(words: str, base: str) -> str:
    """The signs as they stand, without marks of direction."""
    found = []
    for stretch in in_sight(levels(words, "rtl" if base == "rtl" else "ltr")):
        part = words[stretch.first : stretch.end]
        found.append("".join(reversed(part)) if stretch.backwards else part)
    return bare("".join(found))


def bare(words: str) -> str:
    return "".join(sign for sign in words if unicodedata.category(sign) != "Cf")


@pytest.mark.parametrize("words", LINES)
@pytest.mark.parametrize("base", ["ltr", "rtl"])
def test_the_order_is_that_of_the_algorithm(words: str, base: str) -> None:
    from bidi import get_display

    other = get_display(words, base_dir="R" if base == "rtl" else "L")
    assert seen(words, base) == bare(str(other))


SIGNS = "אבab1٢ا (){}[]<.,-%:\u0301\u200f"


@settings(max_examples=400, deadline=None)
@given(st.text(SIGNS, max_size=16), st.sampled_from(["ltr", "rtl"]))
def test_any_signs_stand_as_the_other_one_has_them(words: str, base: str) -> None:
    from bidi import get_display

    assert seen(words, base) == bare(str(get_display(words, base_dir="R" if base == "rtl" else "L")))


@pytest.mark.parametrize(
    ("words", "stated", "base"),
    [
        ("שלום abc", "ltr", "rtl"),
        ("123 שלום", "ltr", "rtl"),
        ("abc שלום", "ltr", "ltr"),
        ("abc", "rtl", "rtl"),
        ("...", "ltr", "ltr"),
    ],
)
def test_the_first_sign_with_a_direction_gives_the_lines(words: str, stated: str, base: str) -> None:
    assert base_of(words, "rtl" if stated == "rtl" else "ltr") == base
