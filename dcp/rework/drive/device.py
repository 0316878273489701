"""A drive of this machine, as Linux tells of it: what it is, what is on it, who uses it.

Everything comes from `/sys` and `/proc`, by the numbers of the open device and never by its name alone; the
kernel has the last word, which opens what is in use for nobody else (O_EXCL).
"""

from __future__ import annotations

import errno
import os
import re
import stat
import struct
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from dcp.dataclass import dataclass
from dcp.errors import DcpError, UsageError
from dcp.rework.drive.ext import facts_of
from dcp.rework.drive.mbr import SECTOR
from dcp.texts.system import why

_REREAD_TABLE, _FLUSH, _SIZE = 0x125F, 0x1261, 0x80081272  # Linux's BLKRRPART, BLKFLSBUF, BLKGETSIZE64
_SECTOR_OF_SYS = 512  # bytes: the unit of /sys, whatever the drive's is
_SNIFFED = 4096

DEVICES = Path("/dev")
"""Where Linux has its devices: what is written there as a plain file lies in memory."""

_KINDS = (
    ("NTFS", 3, b"NTFS    "),
    ("exFAT", 3, b"EXFAT   "),
    ("FAT", 0x36, b"FAT"),
    ("FAT32", 0x52, b"FAT32"),
    ("HFS+", 1024, b"H+"),
    ("HFSX", 1024, b"HX"),
    ("APFS", 32, b"NXSB"),
    ("XFS", 0, b"XFSB"),
    ("LUKS", 0, b"LUKS\xba\xbe"),
)
"""How file systems are known by their first bytes."""


@dataclass(frozen=True)
class Part:
    """A partition, or a whole drive without any. holds: its file system and label, None for nothing known."""

    name: str
    size: int
    holds: str | None
    mounted: tuple[str, ...]
    users: tuple[str, ...]


@dataclass(frozen=True)
class Drive:
    """size in bytes; sector: bytes of a logical one. table: gpt, mbr or None; parts: the partitions."""

    path: Path
    name: str
    model: str
    size: int
    sector: int
    read_only: bool
    is_partition: bool
    table: str | None
    whole: Part
    parts: tuple[Part, ...]

    @property
    def held_by(self) -> tuple[str, ...]:
        """Where it or a part of it is mounted, and what else uses it."""
        every = (self.whole, *self.parts)
        return tuple(each for part in every for each in (*part.mounted, *part.users))

    @property
    def contents(self) -> tuple[str, ...]:
        """What is on it now, for people: a part each."""
        told = self.parts or (self.whole,)
        return tuple(
            f"{part.name} {part.size / 1e9:.1f} GB {part.holds or '-'}" for part in told if part.size
        )


def is_device(path: Path) -> bool:
    """Whether a path is a drive's: a block device, or a link to one."""
    try:
        return stat.S_ISBLK(path.stat().st_mode)
    except (OSError, ValueError):
        return False


def is_no_place(path: Path) -> bool:
    """Whether an image must not be written there: among the system's devices (the name of a drive that is not
    connected, or a wrong one: the image would fill memory), or in place of another kind of device."""
    try:
        whole = path.parent.resolve() / path.name
        special = path.exists() and not (path.is_file() or path.is_dir())
    except (OSError, ValueError):
        return False
    return special or (whole.is_relative_to(DEVICES) and not whole.is_relative_to(DEVICES / "shm"))


def look_at(path: Path, *, sys_root: Path = Path("/sys"), proc_root: Path = Path("/proc")) -> Drive:
    """The facts of a drive. UsageError where drives are not written; DcpError when it may not be read."""
    if not sys.platform.startswith("linux"):
        raise UsageError("disk.linux-only", where=path)
    try:
        number = path.stat().st_rdev
        home = (sys_root / "dev/block" / f"{os.major(number)}:{os.minor(number)}").resolve(strict=True)
        descriptor = os.open(path, os.O_RDONLY)
    except OSError as error:
        raise DcpError("file.cannot-read", where=path, why=why(error)) from None
    try:
        uses = _Uses(_mounts(proc_root), _loops(sys_root), _swaps(proc_root))
        size = int(_text(home / "size") or 0) * _SECTOR_OF_SYS
        whole = _part(home, descriptor, 0, size, uses)
        parts = tuple(
            _part(
                each,
                descriptor,
                int(_text(each / "start") or 0) * _SECTOR_OF_SYS,
                int(_text(each / "size") or 0) * _SECTOR_OF_SYS,
                uses,
            )
            for each in sorted(home.iterdir(), key=_by_number)
            if (each / "partition").is_file()
        )
        table = _table(os.pread(descriptor, 2 * _SNIFFED, 0))
    finally:
        os.close(descriptor)
    return Drive(
        path=path,
        name=home.name,
        model=_model(home),
        size=size,
        sector=int(_text(home / "queue/logical_block_size") or SECTOR),
        read_only=_text(home / "ro") == "1",
        is_partition=(home / "partition").is_file(),
        table=table,
        whole=whole,
        parts=parts,
    )


def refuse(drive: Drive, *, needed: int) -> None:
    """UsageError when nothing may be written to it, or it is too small. needed: bytes."""
    if drive.is_partition:
        raise UsageError("disk.is-partition", where=drive.path)
    if drive.read_only:
        raise UsageError("disk.read-only", where=drive.path)
    if drive.held_by:
        raise UsageError("disk.in-use", where=drive.path, by=", ".join(drive.held_by))
    if drive.size < needed:
        raise UsageError("disk.too-small", where=drive.path, size=drive.size / 1e9, needed=needed / 1e9)


@contextmanager
def opened(drive: Drive) -> Iterator[int]:
    """A descriptor to write the drive with. UsageError when somebody else uses it, or it is another by now.

    Nobody else can have it at the moment of opening; after that mke2fs has to open it alone in its turn.
    """
    try:
        descriptor = os.open(drive.path, os.O_RDWR | os.O_EXCL)
    except OSError as error:
        if error.errno == errno.EBUSY:
            raise UsageError("disk.in-use", where=drive.path, by=why(error)) from None
        raise DcpError("output.cannot-write", where=drive.path, why=why(error)) from None
    try:
        writing = os.open(f"/dev/fd/{descriptor}", os.O_RDWR)
    finally:
        os.close(descriptor)
    try:
        if size_of(writing) != drive.size:
            raise UsageError("disk.other-drive", where=drive.path)
        yield writing
    finally:
        os.close(writing)


def size_of(descriptor: int) -> int:
    """The bytes of an open drive."""
    import fcntl

    return int(struct.unpack("Q", fcntl.ioctl(descriptor, _SIZE, bytes(8)))[0])


def forget_cache(descriptor: int) -> None:
    """Have the system write all that waits, and read what is read from now on from the drive."""
    import fcntl

    os.fsync(descriptor)
    with suppress(OSError):  # root's alone; what reads back goes past the cache anyway
        fcntl.ioctl(descriptor, _FLUSH, 0)


def reread_table(descriptor: int) -> bool:
    """Have the system look at the partition table again. Whether it did."""
    import fcntl

    try:
        fcntl.ioctl(descriptor, _REREAD_TABLE, 0)
    except OSError:
        return False
    return True


# --- what /sys and /proc say -----


@dataclass(frozen=True)
class _Uses:
    """Who uses what here: places of mounts and loop devices by a drive's numbers, names of swap."""

    mounts: dict[str, list[str]]
    loops: dict[str, list[str]]
    swaps: set[str]


def _part(home: Path, descriptor: int, start: int, size: int, uses: _Uses) -> Part:
    first = b""
    with suppress(OSError):
        first = os.pread(descriptor, _SNIFFED, start)
    users = [f"/dev/{each.name}" for each in _folder(home / "holders")]
    users += uses.loops.get(_text(home / "dev"), [])
    users += ["swap"] if f"/dev/{home.name}" in uses.swaps else []
    return Part(
        name=home.name,
        size=size,
        holds=_holds(first),
        mounted=tuple(uses.mounts.get(_text(home / "dev"), ())),
        users=tuple(users),
    )


def _holds(first: bytes) -> str | None:
    ext = facts_of(first[1024:2048])
    if ext is not None:
        name = "ext3" if "has_journal" in ext.features else "ext2"
        name = "ext4" if any(":" in feature for feature in ext.features if feature[0] != "0") else name
        return f"{name} {_shown(ext.label)}".rstrip()
    return next((name for name, at, mark in _KINDS if first[at : at + len(mark)] == mark), None)


def _table(first: bytes) -> str | None:
    if b"EFI PART" in (first[512:520], first[4096:4104]):
        return "gpt"
    return "mbr" if first[510:512] == b"\x55\xaa" else None


def _model(home: Path) -> str:
    """Maker and model of the drive; of a loop device its file."""
    backing = _text(home / "loop/backing_file")
    made = f"{_text(home / 'device/vendor')} {_text(home / 'device/model')}".strip()
    return _shown(backing or made) or home.name


def _mounts(proc: Path) -> dict[str, list[str]]:
    """Where what is mounted, by the device's numbers."""
    found: dict[str, list[str]] = {}
    for line in _text(proc / "self/mountinfo").splitlines():
        fields = line.split()
        if len(fields) > 4:
            place = re.sub(r"\\([0-7]{3})", lambda octal: chr(int(octal[1], 8)), fields[4])
            found.setdefault(fields[2], []).append(_shown(place))
    return found


def _swaps(proc: Path) -> set[str]:
    return {line.split()[0] for line in _text(proc / "swaps").splitlines()[1:] if line.split()}


def _loops(sys_root: Path) -> dict[str, list[str]]:
    """The loop devices upon a drive, by the drive's numbers: the kernel lets it be written below them."""
    found: dict[str, list[str]] = {}
    for home in sys_root.glob("block/loop*"):
        backing = _text(home / "loop/backing_file")
        with suppress(OSError, ValueError):
            below = Path(backing).stat() if backing else None
            if below is not None and stat.S_ISBLK(below.st_mode):
                number = f"{os.major(below.st_rdev)}:{os.minor(below.st_rdev)}"
                found.setdefault(number, []).append(f"/dev/{home.name}")
    return found


def _folder(path: Path) -> list[Path]:
    try:
        return sorted(path.iterdir())
    except OSError:
        return []


def _by_number(path: Path) -> tuple[int, str]:
    return len(path.name), path.name


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8", "replace").strip()
    except OSError:
        return ""


def _shown(text: str) -> str:
    """What somebody else wrote, without signs that a terminal would obey."""
    return "".join(sign for sign in text if sign.isprintable())
