"""Flags and answers that the verbs share which make a package from packages."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from dcpkit.options import A_KEY, A_PATH, KeySource

if TYPE_CHECKING:
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


def one_composition(function: F) -> F:
    """--cpl ID as `cpl: str | None`, for `options.composition_id`."""
    return click.option("--cpl", metavar="ID", help="Of several compositions this one.")(function)


def signer_of(source: KeySource | None) -> Signer | None:
    """Who signs, where somebody does."""
    from dcpkit.keying import load_signer

    return load_signer(source) if source is not None else None


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
