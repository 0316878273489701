"""Flags and answers that the verbs share which make a package from packages."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from dcp.errors import UsageError
from dcpkit.options import A_KEY, A_PATH, Access, KeySource

if TYPE_CHECKING:
    from datetime import datetime

    from dcp.package.package import Package
    from dcp.package.places import Place
    from dcp.secrets.keys import Keyring
    from dcp.texts.catalogue import Text
    from dcp.trust.signer import Signer

F = TypeVar("F", bound=Callable[..., Any])


def new_package(function: F) -> F:
    """-o DIR as `output: Path`, --signer as `signer: KeySource | None`."""
    for option in (
        click.option("--signer", type=A_KEY, help="Sign the new documents with this chain."),
        click.option("-o", "--output", type=A_PATH, required=True, help="A new folder."),
    ):
        function = option(function)
    return function


def taken_whole(places: Iterable[Place]) -> tuple[Text, ...]:
    """A note for each package that was named by a playlist of it, for verbs that take whole packages."""
    from dcp.texts.catalogue import text

    named = (place.cpl_id for place in places)
    return tuple(text("rework.whole-package", cpl=cpl_id) for cpl_id in named if cpl_id is not None)


def one_composition(function: F) -> F:
    """--cpl ID as `cpl: str | None`, for `options.composition_id`."""
    return click.option("--cpl", metavar="ID", help="Of several compositions this one.")(function)


def signer_of(source: KeySource | None) -> Signer | None:
    """Who signs, where somebody does."""
    from dcpkit.keying import load_signer

    return load_signer(source) if source is not None else None


def opened_with_keys(
    package: Path, access: Access, *, now: datetime, quiet: bool
) -> tuple[Package, uuid.UUID | None, Keyring | None]:
    """The package that a path means, with its originals; of several compositions the one that is named by its
    playlist or that the KDM is for, else None; and the keys. RefusedError when the KDM does not hold."""
    from dcp.package.package import open_package
    from dcpkit.keying import keyring
    from dcpkit.packages import one_package, with_originals

    place = one_package(package)
    opened = open_package(place.root, ov=with_originals(place.root, access.ov, quiet=quiet))
    cpl_id = place.cpl_id or _of_kdm(opened, access)
    cpl = opened.document(opened.composition(cpl_id)).data if access.kdm else None
    return opened, cpl_id, keyring(access, now=now, cpl=cpl)


def _of_kdm(package: Package, access: Access) -> uuid.UUID | None:
    """Of several compositions the one that the KDM says it is for; the checklist judges whether it is."""
    if len(package.compositions) == 1:
        return None
    named = said_by_kdm(access)
    return named if any(cpl.id == named for cpl in package.compositions) else None


def said_by_kdm(access: Access) -> uuid.UUID | None:
    """The composition that the KDM says it is for; None without one, and where nobody can read it."""
    if access.kdm is None:
        return None
    from dcpkit.opening import read_message
    from kdm.message import MessageError, parse_message

    try:
        return parse_message(read_message(access.kdm)[0], where=access.kdm).composition_playlist_id
    except (MessageError, UsageError):
        return None


def document(
    verb: str,
    output: Path | None,
    *,
    compositions: Mapping[uuid.UUID, uuid.UUID],
    assets: Mapping[uuid.UUID, uuid.UUID],
    void: Sequence[uuid.UUID],
    notes: Sequence[Text],
    **more: object,
) -> dict[str, Any]:
    """What each of these verbs answers with --json: schema, output, compositions and assets (old id to new
    id, of assets those written anew), kdms_void (playlists whose KDMs do not fit any more), notes; and what
    the verb has beside it."""
    return {
        "schema": f"dcpkit.{verb}/1",
        "output": str(output) if output is not None else None,
        "compositions": {str(old): str(new) for old, new in compositions.items()},
        "assets": {str(old): str(new) for old, new in assets.items()},
        "kdms_void": [str(id) for id in void],
        **more,
        "notes": [str(note) for note in notes],
    }
