"""The rules as a list: what each asks, how it weighs by each profile, what other checkers call it, and why it
weighs otherwise than the field's list of checks has it."""

from __future__ import annotations

import csv
import functools
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from dcp.dataclass import dataclass
from dcp.texts.catalogue import Language, entries
from dcp.verify.areas import AREAS, area_of, in_order
from dcp.verify.depth import Depth, needs
from dcp.verify.finding import Severity
from dcp.verify.profiles import NAMES, Profile, profile_by_name
from dcp.verify.rule import RULES, Rule

TOOLS = ("libdcp", "clairmeta", "dcp_inspect", "dcpdoctor")
"""The other checkers whose codes are known."""
NO_CODE = "-"
"""What stands for the code of a check that only has words."""


@dataclass(frozen=True)
class Choice:
    """Why a rule weighs otherwise than `listed`: error, warning, info, hint (info), or bv21 (an error by
    RDD 52 and nothing else)."""

    listed: str
    en: str
    zh: str

    def say(self, language: Language = "en") -> str:
        return self.zh if language == "zh" else self.en


@dataclass(frozen=True)
class ListedRule:
    """A rule as it is listed. severities: by the profiles' names, None where it is left out. codes: what
    others call it, by their names; none where one checks it without a code. branches: the ids of what it can
    find."""

    rule: Rule
    severities: Mapping[str, Severity | None]
    codes: Mapping[str, tuple[str, ...]]
    branches: tuple[str, ...]
    choice: Choice | None

    @property
    def id(self) -> str:
        return self.rule.id

    @property
    def area(self) -> str:
        """The area's word."""
        return AREAS[area_of(self.rule.id)]

    @property
    def needs(self) -> Depth | None:
        return needs(self.rule.id)

    def remedies(self, language: Language = "en") -> list[str]:
        """What to do about what it finds, the names of places in braces, each once."""
        texts = entries(language)
        found = (texts[id].get("remedy") for id in (self.rule.id, *self.branches) if id in texts)
        return list(dict.fromkeys(remedy for remedy in found if remedy))

    def document(self) -> dict[str, object]:
        """As it stands in the JSON document."""
        return {
            "id": self.id,
            "area": self.area,
            "title": {"en": self.rule.title("en"), "zh": self.rule.title("zh")},
            "clause": self.rule.clause,
            "severities": dict(self.severities),
            "needs": self.needs,
            "remedies": {"en": self.remedies("en"), "zh": self.remedies("zh")},
            "codes": {tool: list(codes) for tool, codes in self.codes.items()},
            "why": None if self.choice is None else {"en": self.choice.en, "zh": self.choice.zh},
        }


def listed_rules(profiles: Sequence[Profile] = ()) -> list[ListedRule]:
    """All rules in their order, weighed by these profiles; by those of the program where none is given."""
    measures = list(profiles) or [profile_by_name(name) for name in NAMES]
    branches = _branches()
    return [
        ListedRule(
            rule=RULES[id],
            severities={measure.name: measure.weigh(RULES[id]) for measure in measures},
            codes=codes_of(id),
            branches=branches.get(id, ()),
            choice=choices().get(id),
        )
        for id in in_order(RULES)
    ]


def _branches() -> Mapping[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for id in entries("en"):
        head, dot, _ = id.partition(".")
        if dot:
            found.setdefault(head, []).append(id)
    return {head: tuple(ids) for head, ids in found.items()}


@functools.cache
def peer_codes() -> tuple[tuple[str, str, str], ...]:
    """Tool, its code, our id: facts about their versions that were looked at."""
    return tuple((row["tool"], row["code"], row["id"]) for row in _table("peer_codes.tsv"))


def codes_of(id: str) -> Mapping[str, tuple[str, ...]]:
    """What others call a rule, by tool."""
    found: dict[str, list[str]] = {}
    for tool, code, ours in peer_codes():
        if ours == id:
            found.setdefault(tool, []).extend([code] if code != NO_CODE else [])
    return {tool: tuple(codes) for tool, codes in found.items()}


@functools.cache
def choices() -> Mapping[str, Choice]:
    """By the ids of the rules."""
    return {
        id: Choice(row["listed"], row["en"], row["zh"])
        for row in _table("choices.tsv")
        for id in row["ids"].split()
    }


def _table(name: str) -> Iterator[dict[str, str]]:
    words = Path(__file__).with_name(name).read_text("utf-8")
    yield from csv.DictReader(words.splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE)
