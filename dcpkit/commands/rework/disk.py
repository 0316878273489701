"""`dcpkit disk`: packages onto a delivery drive, or into an image of one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dcp.texts.catalogue import text
from dcpkit.console import answer, phases, remark
from dcpkit.options import A_PATH, clock, common
from dcpkit.packages import all_packages

if TYPE_CHECKING:
    from dcp.rework.disk import WrittenDisk
    from dcp.texts.catalogue import Text


@click.command()
@click.argument("packages", type=A_PATH, nargs=-1, required=True, metavar="PACKAGE...")
@click.option("-o", "--output", type=A_PATH, required=True, help="A new image, or the drive: /dev/sdX.")
@click.option(
    "--fs", type=click.Choice(["ext2", "ext3"]), default="ext2", show_default=True, help="File system."
)
@click.option("--label", help="Of the file system, at most 16 signs; without it, made of the package's name.")
@click.option("--at-root", is_flag=True, help="Put the one package at the root, not in a folder of its own.")
@click.option("--yes", is_flag=True, help="Overwrite the drive: all that it holds is lost.")
@clock
@common
def disk(
    packages: tuple[Path, ...],
    output: Path,
    fs: Any,
    label: str | None,
    at_root: bool,
    yes: bool,
    now: datetime,
    as_json: bool,
    quiet: bool,
) -> None:
    """Write packages onto a drive for cinema servers, or into an image of one, and read all back.

    One MBR partition, ext2 or ext3 with inodes of 128 bytes, a folder for each package. Every file is held
    against its packing list's hash, on the way and as it is read back.
    """
    from dcp.rework.disk import Step, write_disk

    places = all_packages(packages, quiet=quiet)
    whole = [text("disk.whole-package", cpl=place.cpl_id) for place in places if place.cpl_id is not None]
    steps: tuple[Step, ...] = ("hashing", "copying", "verifying")
    with phases(*((step, "mb") for step in steps), quiet=quiet) as advances:
        shown = dict(zip(steps, advances, strict=True))
        done = write_disk(
            [place.root for place in places],
            output,
            fs=fs,
            label=label,
            at_root=at_root,
            overwrite=yes,
            now=int(now.timestamp()),
            progress=lambda step, count, total: shown[step](count, total),
        )
    notes = (*whole, *done.notes)
    remark(notes, quiet=quiet)
    said = text(
        "done.disk",
        path=done.path,
        fs=done.fs,
        label=done.label,
        packages=len(done.loads),
        files=len(done.files),
        bytes=sum(file.size for file in done.files),
    )
    answer(document(done, notes), [said, text(f"disk-read-back.{done.read_from}")], as_json=as_json)


def document(done: WrittenDisk, notes: Sequence[Text]) -> dict[str, Any]:
    """`dcpkit.disk/1`."""
    return {
        "schema": "dcpkit.disk/1",
        "output": str(done.path),
        "kind": done.kind,
        "size": done.size,
        "fs": done.fs,
        "label": done.label,
        "uuid": str(done.id),
        "features": list(done.features),
        "inode_size": done.inode_size,
        "partition": {
            "table": "mbr",
            "disk_id": f"{done.disk_id:08x}",
            "number": 1,
            "type": f"{done.partition.type:#04x}",
            "start": done.partition.start,
            "size": done.partition.size,
            "sector": done.partition.sector,
        },
        "packages": [
            {
                "source": str(load.root),
                "folder": load.folder or ".",
                "standard": load.standard,
                "signed": load.signed,
                "compositions": [{"id": str(id), "title": title} for id, title in load.compositions],
                "left_out": list(load.left_out),
                "renamed": {file.renamed: file.name for file in load.files if file.renamed is not None},
            }
            for load in done.loads
        ],
        "files": [
            {"path": file.name, "size": file.size, "sha1": file.sha1.hex(), "in_packing_list": file.vouched}
            for file in done.files
        ],
        "read_back": True,
        "read_from": done.read_from,
        "notes": [str(note) for note in notes],
    }
