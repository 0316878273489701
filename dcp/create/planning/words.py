"""What a job says of a composition in words: kind, markers, ratings, territory, codes; and its title.

All of it is read before a source is opened, so that a misspelt word costs nobody an hour.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from fractions import Fraction

from dcp.create.job.values import Composition
from dcp.create.planning.described import Described, read_described
from dcp.dataclass import dataclass
from dcp.documents.cpl import Rating
from dcp.packing.facts import CompositionFacts
from dcp.packing.kinds import Kind, kind_of
from dcp.packing.markers import read_markers
from dcp.packing.naming import auto_name
from dcp.packing.ratings import read_ratings
from dcp.packing.registries import Territory, company, territory
from dcp.texts.catalogue import Text


@dataclass(frozen=True)
class Words:
    """markers: label and frame. studio, facility: codes. advice: on codes and ratings nobody registered."""

    kind: Kind
    markers: tuple[tuple[str, int], ...] = ()
    ratings: tuple[Rating, ...] = ()
    territory: Territory | None = None
    studio: str | None = None
    facility: str | None = None
    advice: tuple[Text, ...] = ()
    described: Described = Described()


@dataclass(frozen=True)
class Titled:
    """facts: with their title. decisions, advice: on the name, where one was built."""

    facts: CompositionFacts
    decisions: tuple[Text, ...] = ()
    advice: tuple[Text, ...] = ()


def read_words(wanted: Composition, rate: Fraction) -> Words:
    """The words of a composition. rate: the package's frames a second, for timecodes.

    UsageError, that names the flag, for what is no kind, marker, timecode, rating, territory or code.
    """
    ratings, advice = read_ratings(wanted.ratings, where="--rating")
    studio = facility = None
    if wanted.studio is not None:
        studio, said = company(wanted.studio, "studio", where="--studio")
        advice += said
    if wanted.facility is not None:
        facility, said = company(wanted.facility, "facility", where="--facility")
        advice += said
    return Words(
        kind=kind_of(wanted.kind or "feature", where="--kind"),
        markers=read_markers(wanted.markers, rate, where="--marker"),
        ratings=ratings,
        territory=territory(wanted.territory, where="--territory") if wanted.territory is not None else None,
        studio=studio,
        facility=facility,
        advice=advice,
        described=read_described(wanted),
    )


def titled(
    wanted: Composition,
    words: Words,
    facts: CompositionFacts,
    *,
    now: datetime,
    apart: str | None = None,
) -> Titled:
    """The facts under the title that the job asks for, by the convention with `name = "auto"`.

    facts: everything but the titles. apart: what tells the composition from others of the film, in its title;
    a name by the convention does so itself. UsageError for a film without a Latin letter or digit.
    """
    full = wanted.full_title
    if wanted.name != "auto":
        if apart is None:
            return Titled(replace(facts, title=wanted.title, full_title=full))
        return Titled(replace(facts, title=f"{wanted.title} ({apart})", full_title=full or wanted.title))
    built = auto_name(
        facts,
        film=wanted.title,
        now=now,
        studio=words.studio,
        facility=words.facility,
        package_number=words.described.package_number,
    )
    return Titled(replace(facts, title=built.text, full_title=full or wanted.title), built.decisions)
