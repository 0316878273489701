"""The one catalogue of words for people: texts by id, with named places, a file a language.

`en.json` and `zh.json` beside this module are the languages; both have the same ids, and each text the same
places in both (`tests/dcp/texts` holds them to it). An entry has `text` (what is the case) and may have
`remedy` (what to do), `meaning` (the same in plain words) and `title` (of a rule or a step: what it asks).
A language is added as one more file and its name in `Language`. JSON and English are what scripts get.

Places: `{path}` is put in as it is; `{n:frame}` counts in English (1 frame, 3 frames), `{n:entry|entries}`
names the plural; `{bytes:,}` groups digits, `{db:.1f}` rounds; `{what:word}` looks `word.WHAT` up here;
`{faults:sentences}` parts several by semicolons.
Times, lists, other texts and errors are put into the language that is spoken.
"""

from __future__ import annotations

import functools
import json
import re
import string
from collections.abc import Mapping, Sequence
from dataclasses import field
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, Protocol, get_args, runtime_checkable

from dcp.dataclass import dataclass

Language = Literal["en", "zh"]
Part = Literal["text", "remedy", "meaning", "title"]

_BEIJING = "北京时间"

LANGUAGES: tuple[Language, ...] = get_args(Language)
PARTS: tuple[Part, ...] = get_args(Part)

_THEN: Mapping[Language, str] = {"en": "; ", "zh": "；"}


@runtime_checkable
class Sayable(Protocol):
    """What can be put into words of a language: a text, an error, a step."""

    def say(self, language: Language = "en") -> str: ...


@functools.cache
def entries(language: Language) -> Mapping[str, Mapping[str, str]]:
    """All texts of a language by id and part."""
    path = Path(__file__).with_name(f"{language}.json")
    found: Mapping[str, Mapping[str, str]] = json.loads(path.read_bytes())
    return found


def known(id: str) -> bool:
    """Whether the catalogue has this id."""
    return id in entries("en")


def has(id: str, part: Part) -> bool:
    """Whether the entry has this part. KeyError for an unknown id."""
    return part in entries("en")[id]


def say(
    id: str, places: Mapping[str, object] | None = None, language: Language = "en", part: Part = "text"
) -> str:
    """A text with its places filled. KeyError for an unknown id, a part it lacks, or a missing place."""
    return fill(entries(language)[id][part], places or {}, language)


@dataclass(frozen=True, eq=False)
class Text:
    """An id with the values of its places; put into words when the language is known.

    Two texts are equal when they say the same in English.
    """

    id: str
    places: Mapping[str, object] = field(default_factory=dict)
    part: Part = "text"

    def say(self, language: Language = "en") -> str:
        return say(self.id, self.places, language, self.part)

    def __str__(self) -> str:
        return self.say()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Text) and self.id == other.id and self.say() == other.say()

    def __hash__(self) -> int:
        return hash((self.id, self.say()))


def text(id: str, **places: object) -> Text:
    """`Text` with its places as keywords."""
    return Text(id, places)


def fill(template: str, places: Mapping[str, object], language: Language = "en") -> str:
    """The template with its places filled. KeyError when the places lack one that it names."""
    filled = _Filler(language).vformat(template, (), places)
    return _closed_up(filled) if language == "zh" and _BEIJING in filled else filled


def _closed_up(filled: str) -> str:
    """No blanks between an instant's own words and the sentence around it, where digits would have them."""
    filled = re.sub(f"(?<=[\u4e00-\u9fff]) (?={_BEIJING})", "", filled)
    return re.sub(f"({_BEIJING} [-\\d :]+（UTC [-\\d :]+）) (?=[\u4e00-\u9fff])", r"\1", filled)


def places_of(template: str) -> frozenset[str]:
    """The names of the places that a template has."""
    return frozenset(name for _, name, _, _ in string.Formatter().parse(template) if name is not None)


def aside(words: str, language: Language) -> str:
    """In parentheses, as the language writes them."""
    return f"（{words}）" if language == "zh" else f" ({words})"


def listed(words: Sequence[str], language: Language) -> str:
    """`a, b and c`, or `a、b、c`."""
    if language == "zh" or len(words) < 2:
        return "、".join(words)
    return f"{', '.join(words[:-1])} and {words[-1]}"


def said(value: object, language: Language = "en") -> str:
    """Any value as people read it in the language."""
    return _Filler(language).format_field(value, "")


class _Filler(string.Formatter):
    def __init__(self, language: Language) -> None:
        self.language: Language = language

    def format_field(self, value: Any, format_spec: str) -> str:
        if type(value) is str and not format_spec:
            return value
        from dcp.texts.numbers import count, plain, when

        if isinstance(value, datetime):
            return when(value, self.language)
        if isinstance(value, tuple | list):
            each = [self.format_field(one, format_spec) for one in value]
            return (
                _THEN[self.language].join(each) if format_spec == "sentences" else listed(each, self.language)
            )
        if format_spec == "word":
            word = f"word.{value}"  # what has no word of its own is said as it is
            return say(word, language=self.language) if known(word) else str(value)
        if isinstance(value, Sayable):
            return value.say(self.language)
        if isinstance(value, bool) or value is None:
            return str(value)
        if format_spec:
            value = plain(value)
        if isinstance(value, int | float) and format_spec[:1].isalpha():
            return count(value, format_spec) if self.language == "en" else f"{value:,}"
        return format(value, format_spec) if format_spec else str(value)
