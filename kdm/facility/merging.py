"""Several lists as one: a later list of a cinema replaces the earlier, an update changes what it names."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime

from kdm.facility.values import Facility, FacilityList

_LONG_AGO = datetime.min.replace(tzinfo=UTC)


def merge_lists(lists: Iterable[FacilityList]) -> FacilityList:
    """Those without an IssueDate first, then by it; the cinemas keep the order they were given in.

    Signed when all are, issued when the newest was.
    """
    given = list(lists)
    ordered = sorted(given, key=lambda each: each.issued or _LONG_AGO)
    found: dict[str, Facility] = {}
    for each in ordered:
        for facility in each.facilities:
            known = found.get(facility.id)
            if known is None:
                found[facility.id] = facility
            elif facility.partial:
                found[facility.id] = update(known, facility)
            else:
                found[facility.id] = replace(
                    facility, notes=(*facility.notes, "an earlier list of this cinema is replaced")
                )
    told = [each for each in ordered if each.facilities]
    order = dict.fromkeys(facility.id for each in given for facility in each.facilities)
    return FacilityList(
        facilities=tuple(found[id] for id in order),
        issued=max((each.issued for each in told if each.issued), default=None),
        signed=bool(told) and all(each.signed for each in told),
        problems=tuple(text for each in ordered for text in each.problems),
        notes=tuple(dict.fromkeys(text for each in ordered for text in each.notes)),
    )


def update(known: Facility, later: Facility) -> Facility:
    """A cinema after an update: the screens it names are as it says, the others as they were."""
    screens = {screen.name: screen for screen in known.screens}
    screens.update((screen.name, screen) for screen in later.screens)
    return replace(
        known,
        name=later.name or known.name,
        screens=tuple(screens.values()),
        time_zone=later.time_zone or known.time_zone,
        emails=later.emails or known.emails,
        circuit=later.circuit or known.circuit,
        country=later.country or known.country,
        language=later.language or known.language,
        problems=(*known.problems, *later.problems),
        notes=(*known.notes, *later.notes),
    )
