"""`dcpkit repair`: a package made whole again."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from dcp.texts.catalogue import text
from dcpkit.commands.rework.shared import document, new_package, signer_of, taken_whole
from dcpkit.console import answer, progress, remark
from dcpkit.options import A_PATH, KeySource, clock, common
from dcpkit.packages import one_package, with_originals


@click.command()
@click.argument("package", type=A_PATH)
@new_package
@click.option(
    "--accept-hashes",
    is_flag=True,
    help="Take files that are whole though unsigned lists state another hash.",
)
@click.option("--ov", type=A_PATH, multiple=True, help="The original version this one builds on.")
@clock
@common
def repair(
    package: Path,
    output: Path,
    signer: KeySource | None,
    accept_hashes: bool,
    ov: tuple[Path, ...],
    now: datetime,
    as_json: bool,
    quiet: bool,
) -> None:
    """Write PACKAGE again with its asset map, packing lists and names made right.

    What can be known from the files themselves is mended, and each thing is told. A file that is lost or
    damaged is not: that ends it. Nothing is written where nothing is to be mended.
    """
    from dcp.rework.repair import repair_package

    place = one_package(package)
    root, whole = place.root, taken_whole([place])
    originals, signs = with_originals(root, ov, quiet=quiet), signer_of(signer)
    with progress("copying", "mb", quiet=quiet) as advance:
        done = repair_package(
            root,
            output,
            accept_hashes=accept_hashes,
            ov=originals,
            signer=signs,
            now=now,
            progress=advance,
        )
    notes = (*whole, *done.notes)
    remark(notes, quiet=quiet)
    acts = [
        {"act": each.id, "findings": list(each.findings), "file": each.file, "message": str(each.said)}
        for each in done.acts
    ]
    last = (
        text("repair.nothing", path=root)
        if done.root is None
        else text("done.repaired", path=done.root, n=len(acts))
    )
    answer(
        document(
            "repair",
            done.root,
            compositions=done.compositions,
            assets={},
            void=done.void,
            acts=acts,
            notes=notes,
        ),
        [*(each.said for each in done.acts), last],
        as_json=as_json,
    )
