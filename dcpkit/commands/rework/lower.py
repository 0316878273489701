"""`dcpkit lower`: a package at a lower rate."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from dcp.output import check_new_folder
from dcp.system import give_large_blocks_back
from dcp.texts.catalogue import text
from dcpkit.commands.rework.shared import document, new_package, opened_with_keys, signer_of
from dcpkit.console import answer, progress, remark
from dcpkit.options import A_PATH, Access, KeySource, clock, common, essence_keys


@click.command()
@click.argument("package", type=A_PATH)
@new_package
@click.option("--mbps", type=click.IntRange(1, 500), required=True, help="Mbit/s that no frame is above.")
@essence_keys
@clock
@common
def lower(
    package: Path,
    output: Path,
    signer: KeySource | None,
    mbps: int,
    access: Access,
    now: datetime,
    as_json: bool,
    quiet: bool,
) -> None:
    """Write PACKAGE again with no frame above --mbps; those that are, and no other, are coded anew.

    What is encrypted stays so, under the same keys. Of several compositions the one that is named by its
    playlist, or that the KDM is for; all with --keys.
    """
    from dcp.rework.lower import lower_package

    give_large_blocks_back()
    check_new_folder(output)
    opened, cpl_id, keys = opened_with_keys(package, access, now=now, quiet=quiet)
    signs = signer_of(signer)
    with progress("encoding", "mb", quiet=quiet) as advance:
        done = lower_package(
            opened,
            output,
            mbps=mbps,
            keyring=keys,
            cpl_id=cpl_id,
            mic=access.mic,
            signer=signs,
            now=now,
            progress=advance,
        )
    told = tuple(text("rework.kdms-void", old=id, new=done.compositions[id]) for id in done.void)
    if done.void:
        told += (text("lower.same-keys"),)
    remark((*done.notes, *told), quiet=quiet)
    files = [
        {
            "asset": str(old),
            "now": str(each.asset_id),
            "file": opened.files[old].name,
            "frames": each.frames,
            "coded": each.coded,
            "peak_mbps_was": round(each.was, 1),
            "peak_mbps": round(each.now, 1),
        }
        for old, each in done.files.items()
    ]
    answer(
        document(
            "lower",
            done.root,
            compositions=done.compositions,
            assets=done.assets,
            void=done.void,
            mbps=mbps,
            pictures=files,
            notes=(*done.notes, *told),
        ),
        [
            *(text("lower.file", **each) for each in files),
            text("done.lowered", path=done.root, mbps=mbps),
        ],
        as_json=as_json,
    )
