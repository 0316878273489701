"""What `dcpkit explain` says of an id: its texts, where it stands in the tables, which command says it."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches

from dcp.dataclass import dataclass
from dcp.patterns import pattern
from dcp.texts.catalogue import Language, Part, entries, has, known, say
from dcp.trust.refusals import Entry, ServerCode

_RULE = pattern(r"[A-Z0-9]+-\d+")
_VERIFY = ("verify",)
_OPENS_KDM = ("kdm verify", "kdm diagnose", "kdm unwrap", "verify", "play", "decrypt", "unwrap", "extract")
_SAID_BY: Mapping[str, tuple[str, ...]] = {
    "refusal": _OPENS_KDM,
    "cause": ("kdm diagnose",),
    "calendar": ("kdm calendar",),
    "facilities": ("kdm facilities",),
    "issue": ("kdm issue",),
    "cert": ("cert chain",),
    "info": ("info",),
}
"""By area; what is not here is said by whichever command meets it."""


@dataclass(frozen=True)
class Explained:
    """One id. kind: what it is, as `rule` or `error`. steps: those of a refusal. codes: what servers show for
    it. branches: the ids of what a rule or a step can find. said_by: commands; empty: any that meets it."""

    id: str
    kind: str
    severity: str | None = None
    clause: str | None = None
    steps: tuple[str, ...] = ()
    codes: tuple[ServerCode, ...] = ()
    branches: tuple[str, ...] = ()
    said_by: tuple[str, ...] = ()

    def part(self, part: Part, language: Language) -> str | None:
        """A text with the names of its places in it, or None."""
        if not (known(self.id) and has(self.id, part)):
            return None
        return _with_names(entries(language)[self.id][part], language)

    def document(self) -> dict[str, object]:
        """For a script: in English, with the Chinese beside."""
        return {
            "id": self.id,
            "kind": self.kind,
            "severity": self.severity,
            "clause": self.clause,
            **{
                part: {"en": self.part(part, "en"), "zh": self.part(part, "zh")}
                for part in ("title", "text", "meaning", "remedy")
                if self.part(part, "en") is not None
            },
            "steps": list(self.steps),
            "codes": [
                {"server": code.server, "code": code.code, "words": code.words, "source": code.source}
                for code in self.codes
            ],
            "branches": list(self.branches),
            "said_by": [f"dcpkit {verb}" for verb in self.said_by],
        }

    def lines(self, language: Language) -> Iterator[str]:
        """For a person."""
        title = self.part("title", language)
        yield f"{self.id}  {title}" if title else self.id
        kind = [say(f"explain.{self.kind}", language=language)]
        if self.severity is not None:
            kind.append(say(f"explain.severity-{self.severity}", language=language))
        if self.clause is not None:
            kind.append(self.clause)
        yield "  " + ("，" if language == "zh" else ", ").join(kind)
        part: Part
        for part in ("text", "meaning", "remedy"):
            words = self.part(part, language)
            if words is not None:
                yield say(f"explain.of-{part}", {"said": words}, language)
        for branch in self.branches:
            inner = explain(branch)
            yield f"  {branch}"
            for part in ("text", "remedy"):
                words = inner.part(part, language)
                if words is not None:
                    yield "  " + say(f"explain.of-{part}", {"said": words}, language)
        for code in self.codes:
            yield say("explain.of-code", {"said": code, "source": code.source}, language)
        if self.steps:
            yield say("explain.of-steps", {"said": ", ".join(self.steps)}, language)
        if self.said_by:
            verbs = ", ".join(f"dcpkit {verb}" for verb in self.said_by)
            yield say("explain.said-by", {"said": verbs}, language)


@functools.cache
def all_ids() -> frozenset[str]:
    """What can be explained: the catalogue, and rules without a text of their own."""
    return frozenset(entries("en")) | frozenset(_rules())


def matching(asked: str) -> Sequence[str]:
    """The ids that somebody means: the one, or those of an area; none when nothing is called so.

    What is written as asked goes before what differs in upper and lower case: KDM names the steps, kdm the
    errors, and am the same as AM. A refusal or a cause needs no area before its name; where an area has the
    same name, it comes first.
    """
    wanted = asked.strip().rstrip(".")
    if wanted in all_ids():
        return [wanted]
    low = wanted.lower()
    by_lower = {id.lower(): id for id in all_ids()}
    if low in by_lower:
        return [by_lower[low]]
    named = [by_lower[name] for name in (f"refusal.{low}", f"cause.{low}") if name in by_lower][:1]
    inside = _inside().get(wanted) or [
        id for area, ids in _inside().items() if area.lower() == low for id in ids
    ]
    return [*named, *inside]


@functools.cache
def _inside() -> Mapping[str, Sequence[str]]:
    """The ids of each area in order; what a rule or a step finds stands under it and not here."""
    found: dict[str, list[str]] = {}
    for id in sorted(all_ids(), key=lambda id: ("." in id, id)):
        head = id.partition(".")[0]
        if not _RULE.fullmatch(head):
            found.setdefault(head, []).append(id)
        elif head == id:
            found.setdefault(head.partition("-")[0], []).append(id)
    return found


@functools.cache
def _branches() -> Mapping[str, tuple[str, ...]]:
    """What stands under an id, by all of what is before one of its dots."""
    found: dict[str, list[str]] = {}
    for id in sorted(all_ids()):
        for dot in re.finditer(r"\.", id):
            found.setdefault(id[: dot.start()], []).append(id)
    return {id: tuple(under) for id, under in found.items()}


def others(asked: str) -> Sequence[str]:
    """Areas that are named like this one but for upper and lower case."""
    area = asked.strip().rstrip(".")
    return [
        other for other in _inside() if area in _inside() and other != area and other.lower() == area.lower()
    ]


def near(asked: str) -> Sequence[str]:
    """Ids that are written alike."""
    names = {id.lower(): id for id in all_ids()}
    names |= {id.partition(".")[2]: id for id in all_ids() if id.startswith(("refusal.", "cause."))}
    return [names[one] for one in get_close_matches(asked.strip().lower(), list(names), 3, 0.6)]


def areas() -> Mapping[str, int]:
    """The areas with the number of ids in each."""
    return {area: len(ids) for area, ids in sorted(_inside().items()) if area not in _WORDS}


def explain(id: str) -> Explained:
    """KeyError for an id that `all_ids` does not hold."""
    if id not in all_ids():
        raise KeyError(id)
    area = id.partition(".")[0]
    branches = _branches().get(id, ())
    if re.fullmatch(r"[A-Z0-9]+-\d+", id):
        return _rule_or_step(id, branches)
    said_by = _SAID_BY.get(area, ())
    entry = _entries().get(id)
    if entry is not None:
        kind = "cause" if area == "cause" else "doubt" if entry.doubt else "refusal"
        codes = entry.codes or (_entries()[f"refusal.{entry.like}"].codes if entry.like else ())
        return Explained(id, kind, steps=entry.steps, codes=codes, said_by=said_by)
    if re.match(r"[A-Z0-9]+-\d+\.", id):
        return Explained(id, "finding", said_by=explain(area).said_by)
    told = "error" if has(id, "remedy") or area not in _WORDS else "word"
    kind = {"note": "note", "advice": "advice", "plan": "decision"}.get(area, told)
    return Explained(id, kind, said_by=said_by)


_WORDS = frozenset(
    {
        "word",
        "place",
        "field",
        "group",
        "kind",
        "progress",
        "progress-unit",
        "done",
        "explain",
        "value",
        "list",
        "page",
        "remedy",
        "say",
        "run",
    }
)


def _rule_or_step(id: str, branches: tuple[str, ...]) -> Explained:
    rule, clause, step = _rules().get(id), _steps().get(id), id in _steps()
    verbs = tuple(dict.fromkeys((*(_VERIFY if rule else ()), *(_OPENS_KDM if step else ()))))
    if id.startswith(("CER-", "SIG-")):
        verbs = tuple(dict.fromkeys((*verbs, "cert verify")))
    found = tuple(
        entry.id for entry in _entries().values() if id in entry.steps and entry.id.startswith("refusal.")
    )
    codes: tuple[ServerCode, ...] = ()
    if id in _entries():
        codes = _entries()[id].codes
    severity = rule[0] if rule else None
    of_log = id.startswith("LOG-")
    if of_log:
        verbs = ("log verify",)
    return Explained(
        id,
        "log-rule" if of_log else "rule" if rule and not step else "step",
        severity=severity,
        clause=(rule[1] if rule else None) or clause,
        codes=codes,
        branches=(*branches, *found),
        said_by=verbs,
    )


@functools.cache
def _rules() -> Mapping[str, tuple[str | None, str | None]]:
    """Severity and clause of the rules of `verify`."""
    from dcp.verify.rule import RULES
    from dcp.verify.rules.all import load_rules

    load_rules()
    return {rule.id: (rule.severity, rule.clause) for rule in RULES.values()}


@functools.cache
def _steps() -> Mapping[str, str | None]:
    """Clauses of the steps of the KDM's checklist."""
    from kdm.checklist import CHECKLIST

    return {check.id: check.clause for check in CHECKLIST}


@functools.cache
def _entries() -> Mapping[str, Entry]:
    from dcp.trust.refusals import RULES
    from kdm.diagnose.causes import CAUSES
    from kdm.refusals import REFUSALS

    return {entry.id: entry for table in (RULES, REFUSALS, CAUSES) for entry in table.values()}


def _with_names(template: str, language: Language) -> str:
    """The template with the names of its places for people."""

    def name(found: re.Match[str]) -> str:
        words = entries(language).get(f"place.{found[1]}", {}).get("text", found[1])
        return f"‹{found[1] if '{' in words else words}›"

    return re.sub(r"\{(\w+)[^}]*\}", name, template)
