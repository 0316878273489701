"""`dcpkit retitle`: a package under another title."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from dcp.errors import UsageError
from dcp.texts.catalogue import text
from dcpkit.commands.rework.shared import document, new_package, one_composition, signer_of
from dcpkit.console import answer, progress, remark
from dcpkit.options import A_PATH, KeySource, clock, common, composition_id
from dcpkit.packages import one_package


@click.command()
@click.argument("package", type=A_PATH)
@new_package
@click.option("--title", help="The new title; ContentTitleText.")
@click.option("--kind", help="The new kind of content: feature, FTR, trailer, TLR ...")
@one_composition
@clock
@common
def retitle(
    package: Path,
    output: Path,
    signer: KeySource | None,
    title: str | None,
    kind: str | None,
    cpl: str | None,
    now: datetime,
    as_json: bool,
    quiet: bool,
) -> None:
    """Write PACKAGE again under another title: a new playlist, every track file as it is.

    A KDM for the old playlist does not fit the new one. Other compositions are taken over byte for byte.
    """
    from dcp.package.package import open_package
    from dcp.packing.kinds import kind_of
    from dcp.rework.retitle import retitle_package

    if title is None and kind is None:
        raise UsageError("retitle.needs-title")
    place = one_package(package, flag="--cpl", cpl_id=composition_id(cpl))
    wanted = kind_of(kind, where="--kind") if kind is not None else None
    opened, signs = open_package(place.root), signer_of(signer)
    with progress("copying", "mb", quiet=quiet) as advance:
        done = retitle_package(
            opened,
            output,
            title=title,
            kind=wanted,
            cpl_id=place.cpl_id,
            signer=signs,
            now=now,
            progress=advance,
        )
    remark(done.notes, quiet=quiet)
    changes = [
        {"document": each.document, "element": each.element, "was": each.was, "now": each.now}
        for each in done.changes
    ]
    answer(
        document(
            "retitle",
            done.root,
            cpl_id=str(done.cpl_id),
            compositions=done.compositions,
            assets={},
            void=done.void,
            changes=changes,
            notes=done.notes,
        ),
        [
            *(text("retitle.changed", **each) for each in changes),
            text("done.retitled", path=done.root, cpl=done.cpl_id),
        ],
        as_json=as_json,
    )
