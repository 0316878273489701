"""The package that somebody means, for every verb that takes one."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from dcp.errors import UsageError
from dcp.package.places import Place, named, originals_beside, places_at
from dcp.texts.catalogue import text
from dcpkit.console import remark

if TYPE_CHECKING:
    from dcp.package.survey import Document


def one_package(path: Path, *, flag: str | None = None, cpl_id: uuid.UUID | None = None) -> Place:
    """The one package of a path: its folder, its asset map, a playlist of it, or a drive that holds it.

    cpl_id: the composition that a flag names; UsageError when the path is another's playlist, and when there
    are several packages below it.
    """
    places = places_at(path)
    if len(places) > 1:
        raise UsageError("places.several", where=path, n=len(places), names=named(places))
    (place,) = places
    if cpl_id is not None and place.cpl_id not in (None, cpl_id):
        raise UsageError("places.other-composition", where=path, cpl=cpl_id)
    return Place(place.root, cpl_id or place.cpl_id)


def all_packages(paths: Sequence[Path], *, quiet: bool) -> tuple[Place, ...]:
    """Every package of these paths, each once, in their order; a drive's are told."""
    found: dict[Path, Place] = {}
    for path in paths:
        places = places_at(path)
        if path.is_dir() and places[0].root != path:
            remark([text("places.below", path=path, n=len(places), names=named(places))], quiet=quiet)
        for place in places:
            found.setdefault(place.root.absolute(), place)
    return tuple(found.values())


def playlists_in(place: Place) -> list[Document]:
    """The composition playlists of a package; of a path that is one, that one. UsageError without any."""
    from dcp.package.survey import survey_package

    found = [
        one
        for one in survey_package(place.root).documents
        if one.kind == "composition" and place.cpl_id in (None, getattr(one.value, "id", None))
    ]
    if not found:
        raise UsageError("flags.no-playlist-in-it", where=place.root)
    return found


def with_originals(root: Path, given: Sequence[Path], *, quiet: bool) -> tuple[Path, ...]:
    """The --ov that was given, else the original versions beside a version file, which is told."""
    if given:
        return tuple(one_package(path).root for path in given)
    found = originals_beside(root)
    if found:
        names = ", ".join(folder.name for folder in found)
        remark([text("places.original-beside", path=root.name, names=names)], quiet=quiet)
    return found
