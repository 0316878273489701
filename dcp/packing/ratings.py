"""Ratings of a composition: the agency by its URI or its short name, and a label that it gives."""

from __future__ import annotations

import re
from collections.abc import Iterable

from dcp.documents.cpl import Rating
from dcp.errors import UsageError
from dcp.packing.registries import Agency, agencies
from dcp.patterns import pattern
from dcp.texts.catalogue import Text, text

_URI = pattern(r"[A-Za-z][A-Za-z0-9+.-]*:\S+")
MAX_LENGTH = 200


def read_ratings(
    said: Iterable[tuple[str, str]], *, where: str | None = None
) -> tuple[tuple[Rating, ...], tuple[Text, ...]]:
    """The ratings of (agency, label) as people say them, and what is advised of them.

    An agency is named by its URI or by its short name in the registry (MPAA, BBFC, FSK). UsageError for a
    name that the registry does not have or that several have, for an empty label, and for an agency twice.
    """
    ratings: list[Rating] = []
    advice: list[Text] = []
    for agency, label in said:
        agency, label = agency.strip(), label.strip()
        if not label or len(label) > MAX_LENGTH or len(agency) > MAX_LENGTH:
            raise UsageError("rating.label", where=where, agency=agency[:40], most=MAX_LENGTH)
        known = _known(agency, where)
        uri = known.uri if known is not None else agency
        if any(rating.agency == uri for rating in ratings):
            raise UsageError("rating.twice", where=where, agency=agency)
        if known is not None and label not in known.labels:
            advice.append(text("advice.rating", agency=known.system, label=label, labels=known.labels))
        ratings.append(Rating(agency=uri, label=label))
    return tuple(ratings), tuple(advice)


def labels_in(region: str, ratings: Iterable[Rating]) -> str | None:
    """The label of the agency of a region (`US`), as a name by the convention writes it: PG-13 is PG13."""
    for rating in ratings:
        for agency in agencies():
            if agency.uri == rating.agency and agency.region == region:
                return re.sub(r"[^A-Za-z0-9+]", "", rating.label).upper() or None
    return None


def _known(agency: str, where: str | None) -> Agency | None:
    """None for a URI that the registry does not have."""
    listed = agencies()
    if _URI.fullmatch(agency):
        return next((one for one in listed if one.uri == agency), None)
    found = [one for one in listed if one.system.upper() == agency.upper()]
    if len(found) == 1:
        return found[0]
    if found:
        raise UsageError("rating.several", where=where, agency=agency, uris=[one.uri for one in found])
    names = {one.system.upper(): one.system for one in listed}
    from difflib import get_close_matches

    near = [names[one] for one in get_close_matches(agency.upper(), list(names), 3, 0.6)]
    if near:
        raise UsageError("rating.unknown-near", where=where, agency=agency[:40], near=near)
    raise UsageError("rating.unknown", where=where, agency=agency[:40])
