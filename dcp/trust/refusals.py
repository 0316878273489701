"""Refusals in words for people: tables of texts in several languages, and one text with its places filled.

A table is a TOML file beside the code that refuses: what is wrong (a template with named places), what that
means for whoever stands in the projection room, what to do, and what common servers show for the same thing.
`refusals.toml` here has an entry for each rule of a chain and a signature, under the rule's id.
"""

from __future__ import annotations

import functools
import string
import tomllib
from collections.abc import Mapping
from dataclasses import field
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, get_args

from dcp.dataclass import dataclass
from dcp.texts.numbers import count, when
from dcp.trust.step import Step

Language = Literal["en", "zh"]

LANGUAGES: tuple[Language, ...] = get_args(Language)

RESULTS: Mapping[Language, Mapping[str, str]] = {
    "en": {"pass": "pass   ", "fail": "fail   ", "warn": "warn   ", "skipped": "skipped"},
    "zh": {"pass": "通过  ", "fail": "未通过", "warn": "警告  ", "skipped": "未检查"},
}
"""How a step came out, all of one width."""


@dataclass(frozen=True)
class ServerCode:
    """What a server shows: `code`, its number or "", and `words`, its own. `source`: where that stands."""

    server: str
    code: str
    words: str
    source: str

    def __str__(self) -> str:
        return " ".join(part for part in (self.server, self.code) if part) + f": {self.words}"


@dataclass(frozen=True)
class Entry:
    """One refusal or doubt. `steps`: the checklist's steps that say it. The texts are by language.

    `doubt`: it never refuses, it warns. `like`: the entry of another table that a server shows for it.
    """

    name: str
    steps: tuple[str, ...]
    group: str
    texts: Mapping[Language, str]
    meanings: Mapping[Language, str]
    remedies: Mapping[Language, str]
    codes: tuple[ServerCode, ...] = ()
    doubt: bool = False
    like: str = ""
    words: Mapping[str, Mapping[Language, str]] = field(default_factory=dict, repr=False)

    @property
    def places(self) -> frozenset[str]:
        """The names of what the code has to hand over."""
        return places_of(self.texts["en"])


@dataclass(frozen=True)
class Finding:
    """An entry with its places filled: one thing that is wrong, or doubtful, with one message."""

    entry: Entry
    step: str
    result: Literal["fail", "warn"]
    places: Mapping[str, object] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.entry.name

    @property
    def codes(self) -> tuple[ServerCode, ...]:
        return self.entry.codes

    def text(self, language: Language = "en") -> str:
        """What is wrong, with the values of this case."""
        return fill(self.entry.texts[language], self.places, language, self.entry.words)

    def meaning(self, language: Language = "en") -> str:
        """What that means, in one plain sentence."""
        return self.entry.meanings[language]

    def remedy(self, language: Language = "en") -> str:
        """What to do about it."""
        return self.entry.remedies[language]


@dataclass(frozen=True)
class Catalogue:
    """A table. `titles`: what each step asks. `notes`: why a step was skipped. `groups`: headings, in order.

    `words`: single words that fill places, and the names of places, by language.
    """

    entries: Mapping[str, Entry]
    titles: Mapping[str, Mapping[Language, str]]
    notes: Mapping[str, Mapping[Language, str]]
    groups: Mapping[str, Mapping[Language, str]]
    words: Mapping[str, Mapping[Language, str]]


def read_catalogue(path: Path) -> Catalogue:
    """The table in a file that belongs to the program."""
    table = tomllib.loads(path.read_text("utf-8"))
    sources: Mapping[str, str] = table.get("sources", {})
    words: Mapping[str, Mapping[Language, str]] = table.get("words", {})
    return Catalogue(
        entries={
            name: Entry(
                name=name,
                steps=tuple(entry.get("steps", (name,))),
                group=entry["group"],
                texts=entry["text"],
                meanings=entry["meaning"],
                remedies=entry["remedy"],
                codes=tuple(
                    ServerCode(code["server"], code.get("code", ""), code["words"], sources[code["source"]])
                    for code in entry.get("codes", ())
                ),
                doubt=entry.get("doubt", False),
                like=entry.get("like", ""),
                words=words,
            )
            for name, entry in table["refusals"].items()
        },
        titles=table.get("titles", {}),
        notes=table.get("notes", {}),
        groups=table["groups"],
        words=words,
    )


@functools.cache
def rules() -> Catalogue:
    """The entries of the rules of chains and signatures (`CER-005`, `SIG-009`)."""
    return read_catalogue(Path(__file__).with_name("refusals.toml"))


def rule_text(step: Step, language: Language = "en") -> str:
    """What a rule said: its own words in English; otherwise the table's, and its own as the detail."""
    table = rules()
    if language == "en" or step.id not in table.entries:
        return step.message
    if step.result == "pass":
        return table.titles[step.id][language]
    if step.result == "skipped":
        return table.titles[step.id][language] + aside(f"技术细节：{step.message}", language)
    return fill(table.entries[step.id].texts[language], {"detail": step.message}, language)


# --- filling -----


def fill(
    template: str,
    places: Mapping[str, object],
    language: Language = "en",
    words: Mapping[str, Mapping[Language, str]] | None = None,
) -> str:
    """The template with its places filled. KeyError when the places lack one that it names."""
    return _Filler(language, words or {}).vformat(template, (), places)


def places_of(template: str) -> frozenset[str]:
    """The names of the places that a template has."""
    return frozenset(name for _, name, _, _ in string.Formatter().parse(template) if name is not None)


def aside(text: str, language: Language) -> str:
    """In parentheses, as the language writes them."""
    return f"（{text}）" if language == "zh" else f" ({text})"


_AND = {"en": " and ", "zh": "、"}


class _Filler(string.Formatter):
    """`{n:key}` counts keys, `{what:word}` looks a word up; times, steps of a chain and lists as people read.

    A step of a chain is its message with its id; `{fault:message}` is the message alone.
    """

    def __init__(self, language: Language, words: Mapping[str, Mapping[Language, str]]) -> None:
        self.language: Language = language
        self.words = words

    def format_field(self, value: Any, format_spec: str) -> str:
        if isinstance(value, datetime):
            return when(value, self.language)
        if isinstance(value, Step):
            return self._step(value, format_spec)
        if isinstance(value, tuple):
            mark = "; " if any(isinstance(each, Step) for each in value) else _AND[self.language]
            return mark.join(self.format_field(each, format_spec) for each in value)
        if format_spec == "word":
            return self.words.get(str(value), {}).get(self.language, str(value))
        if isinstance(value, int) and format_spec:
            return count(value, format_spec)
        return str(value)

    def _step(self, step: Step, spec: str) -> str:
        if spec == "message":
            return rule_text(step, self.language)
        return rule_text(step, self.language) + aside(step.id, self.language)
