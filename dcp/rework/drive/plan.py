"""What a drive is going to hold, decided before the first byte: its files, its folders, its size."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

from dcp.dataclass import dataclass
from dcp.rework.drive.contents import File, Load
from dcp.rework.drive.ext import BLOCK, FIRST_FREE_INODE, Fs, blocks_of, folder_size, partition_blocks

START = 1 << 20  # bytes: where the partition begins, at a boundary of every drive's own pages
LEAST = 15 << 20  # bytes of a partition


@dataclass(frozen=True)
class Plan:
    """What stands on the drive, and how large it has to be."""

    loads: tuple[Load, ...]
    fs: Fs
    label: str

    @cached_property
    def files(self) -> list[tuple[str, File]]:
        return [(load.target(file), file) for load in self.loads for file in load.files]

    @cached_property
    def folders(self) -> dict[str, list[str]]:
        """The names in every folder of the drive, by the folder's path from the root, whose own is empty.
        Parents come before their children."""
        return folders_of([name for name, _ in self.files])

    @cached_property
    def bytes(self) -> int:
        return sum(file.size for _, file in self.files)

    @property
    def inodes(self) -> int:
        return FIRST_FREE_INODE - 1 + len(self.files) + len(self.folders)

    @property
    def blocks(self) -> int:
        """Those of files and folders."""
        files = sum(blocks_of(file.size) for _, file in self.files)
        return files + sum(
            blocks_of(folder_size([each.encode() for each in names])) for names in self.folders.values()
        )

    def journal(self, size: int) -> int:
        """MiB of the journal of a partition of so many bytes: it is written when a drive is, hardly after."""
        return 0 if self.fs == "ext2" else 4 if size < 1 << 30 else 32

    @property
    def partition_size(self) -> int:
        """The least bytes of a partition for all this."""
        size = LEAST
        while True:
            journal = (self.journal(size) << 20) // BLOCK
            needed = max(LEAST, partition_blocks(self.blocks, self.inodes, journal=journal) * BLOCK)
            if self.journal(needed) <= self.journal(size):
                return needed
            size = needed


def folders_of(names: Sequence[str]) -> dict[str, list[str]]:
    """The folders of these files: path to the names in it, the root first, parents before children."""
    found: dict[str, list[str]] = {"": []}
    for name in names:
        above, _, last = name.rpartition("/")
        parts = above.split("/") if above else []
        for depth, part in enumerate(parts):
            folder = "/".join(parts[: depth + 1])
            if folder not in found:
                found[folder] = []
                found["/".join(parts[:depth])].append(part)
        found[above].append(last)
    return found
