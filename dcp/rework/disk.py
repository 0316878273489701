"""Packages onto a delivery drive, or into an image of one, read back and hashed.

The form is what ISDCF recommends (docs/disk.md): an MBR table with one primary partition, ext2 or ext3
with inodes of 128 bytes, and, since ST 429-9:2014, a folder at the root for each package. Nothing is
written of a package whose signatures or sizes do not hold, and a file whose hash is another than its
packing list's stops all. The partition table is written last: until every file was read back as it should
be, by other programs than wrote it, there is nothing on a drive that a server would take.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import field
from pathlib import Path
from typing import BinaryIO, Literal

from dcp.dataclass import dataclass
from dcp.errors import DcpError, UsageError
from dcp.output import cannot_write, finished_file
from dcp.patterns import pattern
from dcp.rework.drive import device, tools
from dcp.rework.drive.contents import File, Load, loads_of, missing_notes
from dcp.rework.drive.device import Drive
from dcp.rework.drive.ext import BLOCK, ROOT, Filler, Fs, ShortError, facts_of, write_at
from dcp.rework.drive.mbr import MOST_SECTORS, SECTOR, Partition, boot_record, partitions_of
from dcp.rework.drive.plan import START, Plan
from dcp.rework.drive.reading import check_files, check_tree
from dcp.system import open_plain
from dcp.texts.catalogue import Text, text
from dcp.texts.system import why

MAX_LABEL = 16  # bytes

_STEP = 4 * 1024 * 1024
_LABEL = pattern(r"[A-Za-z0-9_.+-](?:[A-Za-z0-9_.+ -]*[A-Za-z0-9_.+-])?")
_NOT_IN_LABEL = pattern(r"[^A-Za-z0-9.-]+")

Step = Literal["hashing", "copying", "verifying"]
Progress = Callable[[Step, int, int], None]
"""What is being done, how many bytes of it are, and of how many."""


@dataclass(frozen=True)
class WrittenFile:
    """name: from the drive's root on. vouched: a packing list states this SHA-1."""

    name: str
    size: int
    sha1: bytes
    vouched: bool


@dataclass(frozen=True)
class WrittenDisk:
    """What was made. size: bytes of the image or drive.

    read_from: `drive`, past the system's cache, or `image`. notes: what was left out, renamed, not judged.
    """

    path: Path
    kind: Literal["image", "device"]
    size: int
    fs: Fs
    label: str
    id: uuid.UUID
    features: tuple[str, ...]
    inode_size: int
    partition: Partition
    disk_id: int
    loads: tuple[Load, ...] = field(repr=False)
    files: tuple[WrittenFile, ...] = field(repr=False)
    read_from: Literal["drive", "image"]
    notes: tuple[Text, ...]


def write_disk(
    packages: Sequence[Path],
    target: Path,
    *,
    fs: Fs = "ext2",
    label: str | None = None,
    at_root: bool = False,
    overwrite: bool = False,
    now: int,
    progress: Progress | None = None,
) -> WrittenDisk:
    """Write packages, each a folder, to a new image or to a drive (a block device), which is used whole.

    label: of the file system; None for one made of the package's name. overwrite: a drive may lose all that
    it holds. now: seconds of 1970, the time of folders and file system. UsageError when the target is no
    place for it (`drive.device.refuse`), or it is a drive and `overwrite` is not said; ExtraMissingError
    without e2fsprogs; otherwise as `drive.contents.loads_of`, DcpError for a file that is not the one that
    was hashed, for a full disk, and when what is read back is not what was written.
    """
    programs = tools.find()
    if label is not None:
        check_label(label)
    is_drive = device.is_device(target)
    if not is_drive and device.is_no_place(target):
        raise UsageError("disk.no-drive", where=target)
    if not is_drive and (target.exists() or target.is_symlink()):
        raise UsageError("flags.output-exists", where=target)
    for root in packages:
        if target.absolute().is_relative_to(root.absolute()):
            raise UsageError("output.in-source", where=target, source=root)
    loads = loads_of(packages, at_root=at_root)
    plan = Plan(loads, fs, label or default_label(loads))
    work = _Work(plan, programs, now, progress or (lambda step, done, total: None))
    return _to_drive(work, target, overwrite) if is_drive else _to_image(work, target)


def check_label(label: str) -> str:
    """The label itself. UsageError when it is none for a delivery drive: 1 to 16 plain signs."""
    if not _LABEL.fullmatch(label) or len(label) > MAX_LABEL:
        raise UsageError("disk.label", value=label, most=MAX_LABEL)
    return label


def default_label(loads: Sequence[Load]) -> str:
    """The film's part of the package's name, up to 16 signs; DCP where there is no such, or several."""
    first = (loads[0].folder or loads[0].root.resolve().name).partition("_")[0] if len(loads) == 1 else ""
    return _NOT_IN_LABEL.sub("", first)[:MAX_LABEL].strip(".-") or "DCP"


# --- images and drives -----


@dataclass(frozen=True)
class _Work:
    """What is to be written, and with what. now: seconds of 1970."""

    plan: Plan
    programs: Mapping[str, str] = field(repr=False)
    now: int
    tell: Progress = field(repr=False)


def _to_image(work: _Work, target: Path) -> WrittenDisk:
    partition = Partition(START, work.plan.partition_size)
    if partition.size // SECTOR > MOST_SECTORS:
        raise UsageError("disk.beyond-mbr", size=partition.size / 1e12)
    size = START + partition.size
    _need_room(target, size)
    with finished_file(target) as temporary:
        descriptor = os.open(temporary, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o666)
        try:
            os.truncate(descriptor, size)
            return _fill(work, descriptor, partition, size=size, drive=None, target=target)
        finally:
            os.close(descriptor)


def _to_drive(work: _Work, target: Path, overwrite: bool) -> WrittenDisk:
    drive = device.look_at(target)
    device.refuse(drive, needed=2 * START + work.plan.partition_size)
    if not overwrite:
        holds = "; ".join(drive.contents) or "-"
        facts = {"model": drive.model, "table": drive.table or "-", "holds": holds}
        raise UsageError("disk.say-yes", where=target, size=drive.size / 1e9, **facts)
    _hash_before(work)
    most = MOST_SECTORS * drive.sector
    partition = Partition(START, min(drive.size - START, most) // START * START, sector=drive.sector)
    with device.opened(drive) as descriptor:
        try:
            write_at(descriptor, bytes(START), 0)
            write_at(descriptor, bytes(START), drive.size - START)  # a second table, the mark of a RAID
            device.forget_cache(descriptor)
            device.reread_table(descriptor)
            return _fill(work, descriptor, partition, size=drive.size, drive=drive, target=target)
        except OSError as error:
            raise cannot_write(target, error) from error


def _need_room(target: Path, size: int) -> None:
    parent = next(folder for folder in target.absolute().parents if folder.is_dir())
    free = shutil.disk_usage(parent).free
    if free < size:
        raise DcpError("rework.no-room", where=parent, needed=size / 1e9, free=free / 1e9)


def _hash_before(work: _Work) -> None:
    """Before a drive loses what it holds, every file is read whole: it is the one that was hashed."""
    done = 0
    for _, file in work.plan.files:
        digest = hashlib.sha1()
        with _open(file) as stream:
            while data := stream.read(_STEP):
                digest.update(data)
                done += len(data)
                work.tell("hashing", done, work.plan.bytes)
        file.hold_against(digest.digest())


# --- the work -----


def _fill(
    work: _Work, descriptor: int, partition: Partition, *, size: int, drive: Drive | None, target: Path
) -> WrittenDisk:
    """File system, files, judgement, and at the very end the table that makes it a drive."""
    plan, programs, offset = work.plan, work.programs, partition.start
    tools.make(
        programs,
        descriptor,
        fs=plan.fs,
        offset=offset,
        blocks=partition.size // BLOCK,
        inodes=plan.inodes,
        label=plan.label,
        journal=plan.journal(partition.size),
    )
    inodes, hashes = _copy(work, Filler(descriptor, offset, fs=plan.fs))
    _forget(descriptor, drive)
    tools.check(programs, descriptor, offset=offset)
    check_tree(plan, programs, descriptor, inodes, offset=offset)
    check_files(
        plan,
        programs,
        descriptor,
        inodes,
        hashes,
        offset=offset,
        direct=drive is not None,
        tell=lambda done, total: work.tell("verifying", done, total),
    )
    disk_id = int.from_bytes(os.urandom(4), "little") or 1
    write_at(descriptor, boot_record(partition, disk_id=disk_id), 0)
    _forget(descriptor, drive)
    if drive is not None:
        device.reread_table(descriptor)
    facts = facts_of(os.pread(descriptor, 1024, offset + 1024))
    table = partitions_of(os.pread(descriptor, SECTOR, 0), sector=partition.sector)
    if table != (partition,) or facts is None:
        raise DcpError("disk.read-back", where=target, name="MBR")
    notes = [note for load in plan.loads for note in load.notes]
    notes += missing_notes(plan.loads)
    rest = size - offset - partition.size
    if rest > START:
        notes.append(text("disk.rest-unused", size=rest / 1e9))
    return WrittenDisk(
        path=target,
        kind="image" if drive is None else "device",
        size=size,
        fs=plan.fs,
        label=facts.label,
        id=facts.id,
        features=facts.features,
        inode_size=facts.inode_size,
        partition=partition,
        disk_id=disk_id,
        loads=plan.loads,
        files=tuple(WrittenFile(name, file.size, hashes[name], file.vouched) for name, file in plan.files),
        read_from="image" if drive is None else "drive",
        notes=tuple(notes),
    )


def _forget(descriptor: int, drive: Drive | None) -> None:
    """Have all written, and let the system's cache go, so that reading is from the disk."""
    if drive is not None:
        device.forget_cache(descriptor)
        return
    os.fsync(descriptor)
    if hasattr(os, "posix_fadvise"):
        os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)


def _copy(work: _Work, filler: Filler) -> tuple[dict[str, int], dict[str, bytes]]:
    """Every file and folder into the file system: the inodes of both by name, the SHA-1 of the files."""
    plan = work.plan
    inodes = {name: filler.new_inode() if name else ROOT for name in plan.folders}
    hashes: dict[str, bytes] = {}
    done = 0
    for name, file in plan.files:
        digest = hashlib.sha1()
        with _open(file) as stream:

            def read(count: int, stream: BinaryIO = stream, digest: hashlib._Hash = digest) -> bytes:
                nonlocal done
                data = stream.read(count)
                digest.update(data)
                done += len(data)
                work.tell("copying", done, plan.bytes)
                return data

            inodes[name] = filler.new_inode()
            try:
                filler.add_file(inodes[name], file.size, read, time=file.time)
            except ShortError:
                raise DcpError("disk.file-changed", where=file.path) from None
            if stream.read(1):
                raise DcpError("disk.file-changed", where=file.path)
        file.hold_against(digest.digest())
        hashes[name] = digest.digest()
    for folder, names in plan.folders.items():
        inside = [(each.encode(), f"{folder}/{each}" if folder else each) for each in names]
        filler.add_folder(
            inodes[folder],
            inodes[folder.rpartition("/")[0]],
            [(each, inodes[whole]) for each, whole in inside if whole not in plan.folders],
            [(each, inodes[whole]) for each, whole in inside if whole in plan.folders],
            time=work.now,
        )
    filler.finish(time=work.now)
    return inodes, hashes


def _open(file: File) -> BinaryIO:
    try:
        return open_plain(file.path)
    except OSError as error:
        raise DcpError("file.cannot-read", where=file.path, why=why(error)) from None
