"""The words of the page: each is used, each that is used is there, what the server names has its own."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from dcp.texts.catalogue import LANGUAGES, places_of
from player.log.event import SUBTYPES
from player.report import Verdict
from player.web.words import words, words_json

PAGE = Path(__file__).parents[3] / "player/web/page"
SOURCES = {path.name: path.read_text("utf-8") for path in sorted(PAGE.iterdir())}
SCRIPTS = "\n".join(source for name, source in SOURCES.items() if name.endswith(".js"))
HTML = SOURCES["index.html"]
NAMED = set(re.findall(r'data-(?:word|label|hint)="([^"]+)"', HTML))
ID = r'"([a-z][a-z.0-9-]+)"'
FIRST = set(re.findall(rf"\b(?:word\(|hasWord\(|tick\(\"[^\"]+\", ){ID}", SCRIPTS))
CHOSEN = re.findall(r"\bword\(([^()`]*\?[^()`]*)\)|make\(\"li\", word\(([^()]*)\)", SCRIPTS)
TABLES = re.findall(r"const KEYS =(.*?)\n\]\);|const ROWS = (\[.*?\]);", SCRIPTS, re.S)
SAID = FIRST | set(re.findall(ID, "\n".join(map("".join, [*CHOSEN, *TABLES]))))
FAMILIES = set(re.findall(r"`([a-z-]+[.-])\$\{", SCRIPTS))
"""What ids begin with that are put together."""
LITERALS = set(re.findall(r'"([^"\n]*)"', SCRIPTS)) | NAMED
OF_THE_SHOW = {
    *(f"event.{subtype.lower()}" for subtypes in SUBTYPES.values() for subtype in subtypes),
    *(f"result.{result}" for result in ("pass", "warn", "fail", "skipped")),
    *(f"kdm-{verdict}" for verdict in ("accept", "refuse", "incomplete")),
    *(f"over-{verdict}" for verdict in (*Verdict.__args__, "error")),  # type: ignore[attr-defined]
    *(f"subtitles.{choice}" for choice in ("on", "off")),
}
"""Ids that come to with what the server says."""
KINDS = {id for id in words("en") if id.startswith("kind.")}


def test_every_word_is_used() -> None:
    def used(id: str) -> bool:
        family = next((each for each in FAMILIES if id.startswith(each)), None)
        return id in NAMED | SAID | OF_THE_SHOW | KINDS or (
            family is not None and id.removeprefix(family) in LITERALS
        )

    assert [id for id in words("en") if not used(id)] == []


def test_every_word_that_is_used_is_there() -> None:
    known = words("en").keys()
    assert len(NAMED) > 60 and len(SAID) > 30
    assert sorted((NAMED | SAID | OF_THE_SHOW) - known) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_can_fill_every_place(language: str) -> None:
    """It knows `{n}` and `{n:noun}`, and no other form."""
    for id, text in words(language).items():  # type: ignore[arg-type]
        assert all(re.fullmatch(r"\w+", place) for place in places_of(text)), id
        assert not re.search(r"\{\w+:[^}a-z|A-Z ]", text), id


def test_they_are_served_as_json_of_both_languages() -> None:
    served = json.loads(words_json())
    assert served.keys() == {*LANGUAGES}
    assert served["zh"] == words("zh")


def test_the_page_has_no_sentence_of_its_own() -> None:
    """But the names of languages, in themselves, and what is said where nothing runs."""
    bare = re.sub(r"<(script|noscript|svg|option)\b.*?</\1>|<[^>]+>", " ", HTML, flags=re.S)
    left = set(re.findall(r"[A-Za-z]{3,}", bare))
    assert left <= {"dcpkit"}
    assert "no JavaScript" not in SCRIPTS
    sentences = [said for said in LITERALS if re.search(r"\b[a-z]{2,} [a-z]{2,} [a-z]{2,}\b", said)]
    styles = [said for said in sentences if not re.search(r"[.#\[\]]|[(]", said)]
    assert styles == []


def test_nothing_is_written_as_markup_and_nothing_is_fetched_elsewhere() -> None:
    for name, source in SOURCES.items():
        assert not re.search(
            r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|Function\(", source
        ), name
        assert not re.search(r"https?://(?!www\.w3\.org)", source), name
        assert not re.search(r"\son\w+=|\sstyle=", source) or name.endswith(".js"), name
