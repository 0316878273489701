"""How a rule is written: one decorated function that looks at facts and yields what is wrong.

    @package_rule("VOL-003", severity="info", clause="ST 429-9")
    def present(facts: PackageFacts) -> Outcome:
        if not facts.documents("volume_index"):
            yield hit("VOL-003.none")

Ids and meanings are those of the checks' table; `severity` is by consequence for the field, `bv21` what the
rule weighs when RDD 52 is asked for. What the rule asks and what it says stands in the catalogue of texts:
the title under the rule's id, each finding under `ID.branch`. A rule opens no file: a `unit_rule` makes, for
each track file, a function that is called with every unit of it in order and with None at its end.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Literal

from dcp.dataclass import dataclass
from dcp.texts.catalogue import Language, Sayable, Text, said, say
from dcp.verify.finding import Severity

if TYPE_CHECKING:
    from dcp.mxf.reader import Unit
    from dcp.verify.facts import PackageFacts, TrackFacts


@dataclass(frozen=True)
class Hit:
    """What a rule found; the rule's id, severity and clause are added. `severity` here overrides it.

    said: a text, or the error of another room; its own remedy holds where `remedy` gives none.
    """

    said: str | Sayable
    file: str | None = None
    place: str | Sayable | None = None
    remedy: str | Sayable | None = None
    severity: Severity | None = None
    rule: str | None = None
    """The id it belongs under, when that is not the rule's own."""

    @property
    def message(self) -> str:
        """In English."""
        return said(self.said)


@dataclass(frozen=True)
class Skip:
    """The rule could not be put to something, and why."""

    said: str | Sayable
    rule: str | None = None

    @property
    def why(self) -> str:
        """In English."""
        return said(self.said)


def hit(
    id: str,
    *,
    file: str | None = None,
    place: str | Sayable | None = None,
    remedy: str | Sayable | None = None,
    severity: Severity | None = None,
    rule: str | None = None,
    **places: object,
) -> Hit:
    """A finding of a text of the catalogue, with the values that stand in it."""
    return Hit(Text(id, places), file, place, remedy, severity, rule)


def skip(id: str, *, rule: str | None = None, **places: object) -> Skip:
    """What could not be checked, as a text of the catalogue."""
    return Skip(Text(id, places), rule)


Outcome = Iterator[Hit | Skip]
UnitCheck = Callable[["Unit | None"], Iterable[Hit | Skip]]
Scope = Literal["package", "unit", "judged"]


@dataclass(frozen=True)
class Rule:
    """`severity` None: not weighed in the field. `scope` judged: other code brings in the findings."""

    id: str
    severity: Severity | None
    clause: str | None = None
    bv21: Severity | None = None
    scope: Scope = "package"
    package: Callable[[PackageFacts], Outcome] | None = None
    unit: Callable[[TrackFacts], UnitCheck | None] | None = None

    def title(self, language: Language = "en") -> str:
        """What the rule asks."""
        return say(self.id, language=language, part="title")


RULES: dict[str, Rule] = {}
"""All rules by id, filled when the modules of `dcp.verify.rules` are imported."""


def _register(rule: Rule) -> None:
    if rule.id in RULES:
        raise AssertionError(f"two rules are called {rule.id}")
    RULES[rule.id] = rule


def package_rule(
    id: str,
    *,
    severity: Severity | None,
    clause: str | None = None,
    bv21: Severity | None = None,
) -> Callable[[Callable[[PackageFacts], Outcome]], Callable[[PackageFacts], Outcome]]:
    """A rule that is called once, with all that was read."""

    def register(check: Callable[[PackageFacts], Outcome]) -> Callable[[PackageFacts], Outcome]:
        _register(Rule(id, severity, clause, bv21, "package", package=check))
        return check

    return register


def unit_rule(
    id: str,
    *,
    severity: Severity | None,
    clause: str | None = None,
    bv21: Severity | None = None,
) -> Callable[[Callable[[TrackFacts], UnitCheck | None]], Callable[[TrackFacts], UnitCheck | None]]:
    """A rule over units. Called per track file; what it returns is the check, None when there is none."""

    def register(
        make: Callable[[TrackFacts], UnitCheck | None],
    ) -> Callable[[TrackFacts], UnitCheck | None]:
        _register(Rule(id, severity, clause, bv21, "unit", unit=make))
        return make

    return register


def judged(
    id: str,
    *,
    severity: Severity | None,
    clause: str | None = None,
    bv21: Severity | None = None,
) -> None:
    """An id whose findings other code brings in."""
    _register(Rule(id, severity, clause, bv21, "judged"))
