"""What a report's page does with names that are anybody's."""

from __future__ import annotations

import re

import pytest

from dcp.reportpage.page import Fact, Figure, Figures, Group, Notes, Page, Place, Section, Verdict
from dcp.reportpage.render import render
from dcp.texts.catalogue import Language

EVIL = (
    '</title><script>alert(1)</script>{0.__class__}" onload="x&#9;javascript:\u202egpj.exe\u2066\x1b[\x08\x9b'
)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_name_neither_becomes_markup_nor_turns_what_is_said_around_it(language: Language) -> None:
    place = Place(EVIL, file=EVIL, place=EVIL, remedy=EVIL)
    group = Group("error", EVIL, "X-001", EVIL, (place, place), clause=EVIL)
    section = Section(EVIL, (group, Notes((EVIL,)), Figures((Figure("<svg/>", EVIL, EVIL),))), note=EVIL)
    verdict = Verdict("error", EVIL, sentences=(EVIL,))
    page = Page(EVIL, EVIL, verdict, (Fact(EVIL, EVIL, code=True),), (section,), EVIL, (EVIL,))
    html = render(page, language)
    assert "<script" not in html and 'onload="' not in html
    assert not [sign for sign in html if sign in "\u202e\u2066\x1b\x08\x9b"]
    assert "\\u202egpj" in html.replace("<wbr>", "")


def test_a_title_without_blanks_breaks_where_its_words_begin() -> None:
    title = "TheLongestJourneyOfTheLighthouseKeeper_FTR"
    html = render(Page(title, title, Verdict("ok", "x"), (), (), title))
    assert "The<wbr>Longest<wbr>Journey<wbr>Of<wbr>The<wbr>Lighthouse<wbr>Keeper_<wbr>FTR" in html


def test_the_page_may_load_and_run_nothing() -> None:
    html = render(Page("r", "t", Verdict("ok", "x"), (), ()))
    policy = re.search(r'<meta http-equiv="Content-Security-Policy" content="([^"]*)"', html)
    assert policy is not None and policy[1].startswith("default-src 'none'") and "script" not in policy[1]
