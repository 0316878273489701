"""Whether a drive reads as it was written: by debugfs, which had no part in the writing."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from dcp.errors import DcpError
from dcp.rework.drive import tools
from dcp.rework.drive.plan import Plan
from dcp.rework.drive.tools import Listed

_FILE, _FOLDER = 0o100644, 0o040755


def check_tree(
    plan: Plan, programs: Mapping[str, str], descriptor: int, inodes: Mapping[str, int], *, offset: int
) -> None:
    """DcpError unless every file and folder is where it belongs, root's, readable for all, and none else is.

    inodes: of files and folders, by their paths from the root.
    """
    sizes = {name: file.size for name, file in plan.files}
    found = tools.list_folders(programs, descriptor, [inodes[name] for name in plan.folders], offset=offset)
    for (folder, names), listed in zip(plan.folders.items(), found, strict=True):
        wanted = {}
        for each in names:
            whole = f"{folder}/{each}" if folder else each
            size = sizes.get(whole)
            wanted[each.encode()] = Listed(inodes[whole], _FOLDER if size is None else _FILE, 0, 0, size)
        if not folder:
            listed.pop(b"lost+found", None)
        if listed != wanted:
            raise DcpError("disk.read-back", name=folder or "/")


def check_files(
    plan: Plan,
    programs: Mapping[str, str],
    descriptor: int,
    inodes: Mapping[str, int],
    hashes: Mapping[str, bytes],
    *,
    offset: int,
    direct: bool,
    tell: Callable[[int, int], None],
) -> None:
    """DcpError unless every file reads as it was hashed on its way. direct: past the system's cache."""
    done = 0

    def advance(count: int) -> None:
        nonlocal done
        done += count
        tell(done, plan.bytes)

    wanted = [(inodes[name], file.size) for name, file in plan.files]
    found, said = tools.hash_files(
        programs, descriptor, wanted, offset=offset, direct=direct, advance=advance
    )
    for index, (name, _) in enumerate(plan.files):
        if index >= len(found) and said:
            raise DcpError("disk.cannot-read-back", name=name, said=said)
        if index >= len(found) or found[index] != hashes[name]:
            raise DcpError("disk.read-back", name=name)
