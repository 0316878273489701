"""`dcpkit rules`: what `dcpkit verify` asks of a package."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import click

from dcp.texts.catalogue import say
from dcpkit.console import answer
from dcpkit.options import common
from dcpkit.speaking import language, verbose

if TYPE_CHECKING:
    from dcp.texts.catalogue import Language
    from dcp.verify.listing import ListedRule

SCHEMA = "dcpkit.rules/1"


@click.command()
@click.argument("named", metavar="[ID|AREA...]", nargs=-1)
@click.option(
    "--profile",
    metavar="NAME|FILE.toml",
    multiple=True,
    help="How the rules weigh by this profile; several are shown side by side.",
)
@common
def rules(named: Sequence[str], profile: Sequence[str], as_json: bool, quiet: bool) -> None:
    """List the rules of `verify`: what each asks, by which clause, how it weighs.

    Ids and areas (TT, timedtext) list those alone. -v adds what to do and the codes of other checkers.
    """
    from dcp.verify.areas import chosen
    from dcp.verify.listing import listed_rules
    from dcp.verify.profiles import profile_by_name

    measures = [profile_by_name(name) for name in profile or ("field",)]
    ids = chosen(named, flag="rules") if named else None
    found = [rule for rule in listed_rules(measures if profile else ()) if ids is None or rule.id in ids]
    document = {"schema": SCHEMA, "rules": [rule.document() for rule in found]}
    answer(document, list(_lines(found, [measure.name for measure in measures])), as_json=as_json)


def _lines(found: Sequence[ListedRule], profiles: Sequence[str]) -> Iterator[str]:
    from dcp.verify.areas import AREAS, area_of, title_of

    spoken = language()
    area = None
    for rule in found:
        if area_of(rule.id) != area:
            if area is not None:
                yield ""
            area = area_of(rule.id)
            yield f"{area} ({AREAS[area]}): {title_of(area, spoken)}"
        weights = "".join(_weight(rule.severities[name], spoken) for name in profiles)
        clause = f" [{rule.rule.clause}]" if rule.rule.clause else ""
        yield f"  {rule.id:<9}{weights}{rule.rule.title(spoken)}{clause}"
        if verbose():
            yield from (f"           {line}" for line in _more(rule))
    yield ""
    yield say("rules.count", {"n": len(found), "profiles": profiles}, spoken)


def _weight(severity: str | None, spoken: Language) -> str:
    word = say(f"rules.{severity or 'off'}", language=spoken)
    return word + " " * (8 - len(word) * (2 if spoken == "zh" else 1))


def _more(rule: ListedRule) -> Iterator[str]:
    spoken = language()
    if rule.needs is not None:
        yield say(f"rules.needs-{rule.needs}", language=spoken)
    if rule.choice is not None:
        yield say("rules.why", {"listed": rule.choice.listed, "why": rule.choice}, spoken)
    for remedy in rule.remedies(spoken):
        yield say("verify.what-to-do", {"remedy": remedy}, spoken)
    for tool, codes in rule.codes.items():
        yield f"{tool}: {', '.join(codes) or say('rules.no-code', language=spoken)}"
