"""`dcpkit combine`: several packages as one."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from dcp.texts.catalogue import text
from dcpkit.commands.rework.shared import document, new_package, signer_of, taken_whole
from dcpkit.console import answer, progress, remark
from dcpkit.options import A_PATH, KeySource, clock, common
from dcpkit.packages import all_packages


@click.command()
@click.argument("packages", type=A_PATH, nargs=-1, required=True, metavar="PACKAGE...")
@new_package
@clock
@common
def combine(
    packages: tuple[Path, ...],
    output: Path,
    signer: KeySource | None,
    now: datetime,
    as_json: bool,
    quiet: bool,
) -> None:
    """Write several packages as one: all files and compositions, an original and its versions together.

    Playlists stay as they are, byte for byte, and so their KDMs go on fitting.
    """
    from dcp.package.package import open_package
    from dcp.rework.combine import combine_packages

    places = all_packages(packages, quiet=quiet)
    sources, signs = [open_package(place.root) for place in places], signer_of(signer)
    with progress("copying", "mb", quiet=quiet) as advance:
        done = combine_packages(sources, output, signer=signs, now=now, progress=advance)
    told = [*taken_whole(places)]
    told += [text("combine.renamed", path=old, name=new) for old, new in done.renamed.items()]
    if done.once:
        told.append(text("combine.once", n=len(done.once)))
    remark((*done.notes, *told), quiet=quiet)
    answer(
        document(
            "combine",
            done.root,
            compositions={id: id for id in done.compositions},
            assets={},
            void=(),
            once=[str(id) for id in done.once],
            renamed={str(old): new for old, new in done.renamed.items()},
            notes=(*done.notes, *told),
        ),
        [text("done.combined", path=done.root, packages=len(sources), n=len(done.compositions))],
        as_json=as_json,
    )
