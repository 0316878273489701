"""Sentences inside values: English strings to scripts, documents and manifests, and spoken to people.

What a list of cinemas says that cannot be used, or why a screen has no KDM, stands in frozen values for long,
is compared, written as JSON and handed from process to process. A `Phrase` is the English string there, and
knows the text of the catalogue that it came from.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from dcp.dataclass import dataclass
from dcp.errors import DcpError
from dcp.texts.catalogue import Language, Sayable, Text, said
from dcp.texts.numbers import when
from dcp.trust.step import Step
from dcp.xml.values import date_time


class Phrase(str):
    """An English sentence that speaks other languages too. A plain string says itself in all of them."""

    source: Sayable

    def __new__(cls, source: Sayable) -> Phrase:
        own = super().__new__(cls, source.say())
        own.source = source
        return own

    def __getnewargs__(self) -> tuple[Sayable]:  # type: ignore[override]
        return (self.source,)

    def say(self, language: Language = "en") -> str:
        return self.source.say(language)


def phrase(id: str, /, **places: object) -> Phrase:
    """A text of the catalogue with its places, as a string."""
    return Phrase(Text(id, places))


def fault_of(error: DcpError) -> str:
    """What an error says, without the error."""
    return error.what if error.id is None else Phrase(Text(error.id, error.places))


def remedy_of(error: DcpError) -> str:
    """What an error says is to be done, "" where it says nothing."""
    found = error.remedy_text()
    return (found or "") if isinstance(found, str | None) else Phrase(found)


def spoken(words: object, language: Language) -> str:
    """Any value in a language."""
    return said(words, language)


def step_text(step: Step) -> Sayable:
    """What a rule of a chain says, with its id."""
    return Text("step.with-id", {"step": step, "id": step.id})


@dataclass(frozen=True)
class Saying:
    """What says itself by a method of another name."""

    how: Callable[[Language], str]

    def say(self, language: Language = "en") -> str:
        return self.how(language)


@dataclass(frozen=True)
class Moment:
    """An instant in a sentence: as documents write it in English, as people there read it in others."""

    instant: datetime

    def say(self, language: Language = "en") -> str:
        return date_time(self.instant) if language == "en" else when(self.instant, language)


@dataclass(frozen=True)
class Listed:
    """Several things with commas between them; `most`: so many are told, the others counted."""

    items: Sequence[object]
    most: int | None = None

    def say(self, language: Language = "en") -> str:
        told = [said(one, language) for one in self.items[: self.most]]
        words = ("、" if language == "zh" else ", ").join(told)
        rest = len(self.items) - len(told)
        return Text("list.and-more", {"words": words, "rest": rest}).say(language) if rest else words


@dataclass(frozen=True)
class Run:
    """Sentences one after the other, where one value holds several."""

    items: Sequence[object]

    def say(self, language: Language = "en") -> str:
        return ("；" if language == "zh" else "; ").join(said(one, language) for one in self.items)
