"""Profiles: by which measure a package is judged, each a TOML file beside this module (docs/profiles.md).

A profile turns a rule into a severity, or leaves the rule out. `field` judges by the standard that the
package names and by what stops ingest or playback; the others build on it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal

from dcp.dataclass import dataclass
from dcp.errors import UsageError
from dcp.texts.catalogue import Language
from dcp.verify.areas import area_of, chosen
from dcp.verify.finding import Severity
from dcp.verify.rule import Rule
from dcp.verify.rules.all import load_rules

Weights = Literal["field", "bv21"]
Standard = Literal["smpte", "interop"]
Word = Literal["error", "warning", "info", "off"]
"""What a profile says of a rule."""

NAMES = ("field", "bv21", "smpte", "interop", "isdcf-delivery")
"""Those that come with the program."""


@dataclass(frozen=True)
class Words:
    """What a profile says for people, in the languages that it has."""

    en: str
    zh: str | None = None

    def say(self, language: Language = "en") -> str:
        return self.zh if language == "zh" and self.zh is not None else self.en


@dataclass(frozen=True)
class Source:
    """Where a demand of a profile is written. read: the date on which it was."""

    title: str
    url: str | None = None
    read: str | None = None


@dataclass(frozen=True)
class Profile:
    """A measure. weights: which weight of each rule holds where nothing else is said. standard: the only one
    that it takes. layers: what is said of ids and areas, that of the profile itself before what it builds on.
    selected: the only rules that are asked for; None: all. ignored: rules that are not."""

    name: str
    title: Words
    description: Words
    weights: Weights = "field"
    standard: Standard | None = None
    layers: tuple[Mapping[str, Word], ...] = ()
    sources: tuple[Source, ...] = ()
    extends: str | None = None
    selected: frozenset[str] | None = None
    ignored: frozenset[str] = frozenset()

    def says(self, id: str) -> Word | None:
        """What the profile itself says of a rule: by its id, or by its area."""
        for layer in self.layers:
            word = layer.get(id) or layer.get(area_of(id))
            if word is not None:
                return word
        return None

    def weigh(self, rule: Rule) -> Severity | None:
        """The severity of a rule, None where it is left out."""
        if rule.id in self.ignored or (self.selected is not None and rule.id not in self.selected):
            return None
        word = self.says(rule.id)
        if word is not None:
            return None if word == "off" else word
        return (rule.bv21 or rule.severity) if self.weights == "bv21" else rule.severity

    def weigh_finding(self, rule: Rule, own: Severity | None) -> Severity | None:
        """The severity of a finding with one of its own, before which goes what the profile says."""
        severity = self.weigh(rule)
        firm = self.says(rule.id) is not None or (self.weights == "bv21" and rule.bv21 is not None)
        return severity if severity is None or own is None or firm else own

    def narrowed(self, select: Sequence[str], ignore: Sequence[str]) -> Profile:
        """With only the rules that are selected, without those that are ignored. UsageError for an unknown
        one."""
        return replace(
            self,
            selected=chosen(select, flag="--select") if select else None,
            ignored=chosen(ignore, flag="--ignore"),
        )

    def left_out_by(self, rule: Rule) -> Literal["profile", "select", "ignore"] | None:
        """What leaves a rule out, None where nothing does."""
        if rule.id in self.ignored:
            return "ignore"
        if self.selected is not None and rule.id not in self.selected:
            return "select"
        return "profile" if self.weigh(rule) is None else None


def profile_by_name(name: str | Path) -> Profile:
    """A profile of the program by its name, or one of a file (a path, or a text that ends in .toml).
    UsageError, with the names there are, when there is no such profile, or the file is none."""
    from dcp.verify.profiles.reading import read_profile

    load_rules()
    if isinstance(name, Path) or name.lower().endswith(".toml"):
        return read_profile(Path(name))
    if name not in NAMES:
        raise UsageError("verify.no-profile", name=name[:80], known=", ".join(NAMES))
    return read_profile(Path(__file__).with_name(f"{name}.toml"))
