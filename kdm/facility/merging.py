"""Several lists as one: a later list of a cinema replaces the earlier, an update changes what it names.

Anybody can write a list and date it. So what a signed list says is changed by its own signer alone, and of
two lists that say different things at the same time neither is the newer: nothing is taken by guessing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import field, replace
from datetime import UTC, datetime

from dcp.dataclass import dataclass
from kdm.facility.differences import differences
from kdm.facility.values import Facility, FacilityList
from kdm.phrases import Run, phrase

_LONG_AGO = datetime.min.replace(tzinfo=UTC)
_SOMEBODY = b"?"  # signed, and by whom is not told


def merge_lists(lists: Iterable[FacilityList]) -> FacilityList:
    """Those without an IssueDate first, then by it; the cinemas keep the order they were given in.

    A change that is not taken is a problem of its cinema, one that is taken a note. A cinema of which two
    signers say different things has no screens. Signed when all are, issued when the newest was.
    """
    given = list(lists)
    told = [each for each in given if each.facilities]
    places: dict[str, _Place] = {}
    for facility, source in _tellings(given):
        if facility.id in places:
            places[facility.id].hear(facility, source)
        else:
            places[facility.id] = _Place(facility)
    order = dict.fromkeys(facility.id for each in given for facility in each.facilities)
    ordered = sorted(given, key=lambda each: each.issued or _LONG_AGO)
    return FacilityList(
        facilities=tuple(places[id].finish() for id in order),
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
        signer=later.signer or known.signer,
        issued=later.issued,
    )


def _tellings(lists: Iterable[FacilityList]) -> list[tuple[Facility, str]]:
    """What each list says of each cinema, and which list: the oldest first, at the same time a signed list
    after others, and an update after the whole."""

    def one(each: FacilityList) -> Iterator[tuple[Facility, str]]:
        merged = any(facility.issued for facility in each.facilities)  # each cinema has its own date
        for facility in each.facilities:
            signer = facility.signer or (_SOMEBODY if each.signed else b"")
            issued = facility.issued if merged else each.issued
            yield replace(facility, signer=signer, issued=issued), each.source or phrase("merge.another-list")

    return sorted(
        (telling for each in lists for telling in one(each)),
        key=lambda telling: (
            telling[0].issued or _LONG_AGO,
            bool(telling[0].signer),
            telling[0].partial,
        ),
    )


@dataclass
class _Place:
    """What is known of one cinema so far."""

    known: Facility
    disputed: bool = False
    problems: list[str] = field(default_factory=list)

    def hear(self, later: Facility, source: str) -> None:
        known = self.known
        after = update(known, later) if later.partial else later
        changes = differences(known, after)
        what = Run(changes)
        if known.signer and later.signer != known.signer:
            if changes and later.signer:
                self.disputed = True
                self._refuse(phrase("merge.other-signer", list=source, what=what))
            elif changes:
                self._refuse(phrase("merge.unsigned", list=source, what=what))
            return
        same_time = known.issued == later.issued and bool(known.signer) == bool(later.signer)
        if changes and same_time and not later.partial:
            self._refuse(phrase("merge.same-time", list=source, what=what))
            return
        self.known = after
        if changes:
            note = phrase("merge.updates" if later.partial else "merge.replaces", list=source, what=what)
            notes = (*after.notes, note)
            self.known = replace(after, notes=notes)

    def finish(self) -> Facility:
        if self.disputed:
            self._refuse(phrase("merge.disputed"))
        screens = () if self.disputed else self.known.screens
        return replace(self.known, screens=screens, problems=(*self.known.problems, *self.problems))

    def _refuse(self, problem: str) -> None:
        self.problems.append(problem)
