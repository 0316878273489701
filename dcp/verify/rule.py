"""How a rule is written: one decorated function that looks at facts and yields what is wrong.

    @package_rule("VOL-003", severity="info", clause="ST 429-9")
    def present(facts: PackageFacts) -> Outcome:
        if not facts.documents("volume_index"):
            yield hit("VOL-003.none")

Ids and meanings are those of the checks' table; `severity` is by consequence for the field, `bv21` what the
rule weighs when RDD 52 is asked for. What the rule asks and what it says stands in the catalogue of texts:
the title under the rule's id, each finding under `ID.branch`. A rule opens no file: a `unit_rule` makes, for
each track file, a function that is called with every unit of it in order and with None at its end.

What a rule over the whole package has to know of the units (the cues of a text, the loudness of a sound) a
`Measure` gathers in the same pass:

    TEXTS = measure("texts", lambda track: _Texts(track) if ... else None)
    ...
    for track, text in TEXTS.of(facts): ...
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Generic, Literal, Protocol, TypeVar

from dcp.dataclass import dataclass
from dcp.texts.catalogue import Language, Sayable, Text, said, say
from dcp.verify.finding import Severity
from dcp.verify.frames import Frames

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


def of_frames(
    id: str,
    error: Sayable,
    first: Text,
    frames: Frames,
    *,
    file: str,
) -> Hit:
    """A fault that frames of a file share: as it is where it is one, else as a text with `count`, `frame`,
    the first of them, and `fault`."""
    if len(frames) == 1:
        return Hit(error, file=file, place=first)
    return hit(id, file=file, place=frames, count=len(frames), frame=first, fault=error)


def skip(id: str, *, rule: str | None = None, **places: object) -> Skip:
    """What could not be checked, as a text of the catalogue."""
    return Skip(Text(id, places), rule)


def only_faults(check: UnitCheck) -> UnitCheck:
    """Marks a check that has nothing to say of a unit without a fault: it is called with the others alone."""
    check.__dict__["only_faults"] = True
    return check


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


T = TypeVar("T", covariant=True)


class Gatherer(Protocol[T]):
    """Is called with every unit of a track file, in order, and asked for what it found at the end."""

    def unit(self, unit: Unit) -> None: ...

    def result(self) -> T: ...


M = TypeVar("M")


@dataclass(frozen=True)
class Measure(Generic[M]):
    """What is gathered from the units of track files for rules over the package. make: called per track file;
    None where there is nothing to gather. heads: it looks at number, place, head, length and iv of a unit,
    and not at what is in it; so it is shown `TrackFile.heads` where nobody needs more."""

    name: str
    make: Callable[[TrackFacts], Gatherer[M] | None]
    heads: bool = False

    def of(self, facts: PackageFacts) -> Iterator[tuple[TrackFacts, M]]:
        """The track files of which it was gathered, and what was found."""
        for asset_id, done in facts.passes.items():
            if self.name in done.measured:
                yield facts.tracks[asset_id], done.measured[self.name]  # type: ignore[misc]


MEASURES: dict[str, Measure[object]] = {}
"""All measures by name, filled with the rules."""


def measure(
    name: str, make: Callable[[TrackFacts], Gatherer[M] | None], *, heads: bool = False
) -> Measure[M]:
    """Registers a measure under a name that no other has."""
    if name in MEASURES:
        raise AssertionError(f"two measures are called {name}")
    made = Measure(name, make, heads)
    MEASURES[name] = made  # type: ignore[assignment]
    return made


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
