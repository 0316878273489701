"""What Linux tells of a drive, and when one is refused."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from dcp.errors import DcpError, UsageError
from dcp.rework.drive import device
from dcp.rework.drive.device import Drive, Part, look_at, refuse

pytestmark = pytest.mark.posix
WHOLE = Part("sdx", 1000, None, (), ())
DRIVE = Drive(Path("/dev/sdx"), "sdx", "ACME Disk", 1000, 512, False, False, None, WHOLE, ())


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Drive]:
    """A drive of /sys and /proc that are made up, its bytes in a file."""
    if not sys.platform.startswith("linux"):
        pytest.skip("Linux alone has such a /sys")
    node = tmp_path / "node"
    node.write_bytes(b"")

    def make(
        files: dict[str, str], *, proc: dict[str, str] | None = None, bytes_: bytes = bytes(4096)
    ) -> Drive:
        node.write_bytes(bytes_)
        number = node.stat().st_rdev
        home = tmp_path / "sys" / "devices" / "sdx"
        below = {"size": "4000000000", "ro": "0", "dev": "8:16", **files}
        for name, text in below.items():
            (home / name).parent.mkdir(parents=True, exist_ok=True)
            (home / name).write_text(text + "\n")
        link = tmp_path / "sys" / "dev" / "block" / f"{os.major(number)}:{os.minor(number)}"
        link.parent.mkdir(parents=True, exist_ok=True)
        if not link.is_symlink():
            link.symlink_to(home)
        for name, text in (proc or {}).items():
            (tmp_path / "proc" / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / "proc" / name).write_text(text)
        return look_at(node, sys_root=tmp_path / "sys", proc_root=tmp_path / "proc")

    return make


def test_a_drive_is_told_of_with_model_size_and_what_is_on_it(machine: Callable[..., Drive]) -> None:
    content = bytearray(8192)
    content[510:512] = b"\x55\xaa"
    content[4096 + 3 : 4096 + 11] = b"NTFS    "
    drive = machine(
        {
            "device/vendor": "ACME ",
            "device/model": "Disk 2000\x1b[31m",
            "queue/logical_block_size": "512",
            "sdx1/partition": "1",
            "sdx1/start": "8",
            "sdx1/size": "2000",
            "sdx1/dev": "8:17",
            "sdx2/partition": "2",
            "sdx2/start": "4000000",
            "sdx2/size": "4000",
            "sdx2/dev": "8:18",
        },
        bytes_=bytes(content),
    )
    assert (drive.model, drive.size, drive.table) == ("ACME Disk 2000[31m", 2_048_000_000_000, "mbr")
    assert [(part.name, part.size, part.holds) for part in drive.parts] == [
        ("sdx1", 1_024_000, "NTFS"),
        ("sdx2", 2_048_000, None),
    ]
    assert drive.contents == ("sdx1 0.0 GB NTFS", "sdx2 0.0 GB -")
    assert drive.held_by == ()
    refuse(drive, needed=drive.size)


@pytest.mark.parametrize(
    ("files", "proc", "by"),
    [
        ({}, {"self/mountinfo": "1 2 8:16 / /media/a\\040b rw - ext4 /dev/sdx rw\n"}, "/media/a b"),
        ({}, {"self/mountinfo": "1 2 8:17 / /media/b rw - ext4 /dev/sdx1 rw\n"}, "/media/b"),
        ({}, {"swaps": "Filename Type\n/dev/sdx1 partition 1 0 -2\n"}, "swap"),
        ({"holders/dm-0/x": ""}, {}, "/dev/dm-0"),
        ({"sdx1/holders/md127/x": ""}, {}, "/dev/md127"),
    ],
)
def test_a_drive_in_use_is_refused(
    machine: Callable[..., Drive], files: dict[str, str], proc: dict[str, str], by: str
) -> None:
    part = {"sdx1/partition": "1", "sdx1/start": "8", "sdx1/size": "2000", "sdx1/dev": "8:17"}
    drive = machine({**part, **files}, proc=proc)
    assert drive.held_by == (by,)
    with pytest.raises(UsageError, match="in use") as refused:
        refuse(drive, needed=1)
    assert by in str(refused.value)


@pytest.mark.parametrize(
    ("drive", "message"),
    [
        (replace(DRIVE, is_partition=True), "a partition"),
        (replace(DRIVE, read_only=True), "write-protected"),
        (replace(DRIVE, size=99), "the packages need"),
    ],
)
def test_what_cannot_be_written_whole_is_refused(drive: Drive, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        refuse(drive, needed=100)


def test_a_partition_and_a_write_protected_drive_are_known(machine: Callable[..., Drive]) -> None:
    assert machine({"partition": "1"}).is_partition
    assert machine({"ro": "1"}).read_only


@pytest.mark.parametrize(
    ("at", "mark", "table", "holds"),
    [
        (512, b"EFI PART", "gpt", None),
        (3, b"EXFAT   ", None, "exFAT"),
        (0x52, b"FAT32   ", None, "FAT32"),
        (1024, b"H+", None, "HFS+"),
        (32, b"NXSB", None, "APFS"),
    ],
)
def test_what_lies_on_it_is_known_by_its_first_bytes(
    machine: Callable[..., Drive], at: int, mark: bytes, table: str | None, holds: str | None
) -> None:
    content = bytearray(4096)
    content[at : at + len(mark)] = mark
    drive = machine({}, bytes_=bytes(content))
    assert (drive.table, drive.whole.holds) == (table, holds)


def test_elsewhere_than_on_linux_a_drive_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    with pytest.raises(UsageError, match="on Linux only"):
        look_at(Path("/dev/disk4"))


def test_files_and_folders_are_no_drives(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    assert not device.is_device(tmp_path) and not device.is_device(tmp_path / "file")
    assert not device.is_device(tmp_path / "absent") and not device.is_device(Path("/dev/null"))


# --- with a loop device, where one may be made -----


@pytest.fixture
def loop(tmp_path: Path, without: Callable[[str], None]) -> Iterator[Path]:
    program = shutil.which("losetup", path=os.environ["PATH"] + ":/sbin:/usr/sbin")
    if program is None or os.getuid() != 0:
        without("a loop device (root and losetup)")
    assert program is not None
    backing = tmp_path / "drive"
    backing.write_bytes(b"")
    os.truncate(backing, 40 << 20)
    made = subprocess.run([program, "-f", "--show", backing], capture_output=True, text=True, check=False)
    if made.returncode:
        without("a loop device (root and losetup)")
    path = Path(made.stdout.strip())
    yield path
    subprocess.run([program, "-d", path], check=True)


def test_a_drive_that_somebody_holds_alone_is_not_opened(loop: Path) -> None:
    drive = look_at(loop)
    assert drive.size == 40 << 20 and stat.S_ISBLK(loop.stat().st_mode)
    with device.opened(drive) as descriptor:
        assert device.size_of(descriptor) == drive.size
    holder = os.open(loop, os.O_RDWR | os.O_EXCL)
    try:
        with pytest.raises(UsageError, match="in use"), device.opened(drive):
            pass
    finally:
        os.close(holder)
    with pytest.raises(UsageError, match="another drive"), device.opened(replace(drive, size=1)):
        pass


def test_a_loop_device_upon_the_drive_is_a_use_of_it(loop: Path) -> None:
    program = shutil.which("losetup", path=os.environ["PATH"] + ":/sbin:/usr/sbin")
    assert program is not None
    upper = subprocess.run(
        [program, "-f", "--show", "-o", "1048576", loop], capture_output=True, text=True, check=True
    ).stdout.strip()
    try:
        assert look_at(loop).held_by == (upper,)
    finally:
        subprocess.run([program, "-d", upper], check=True)
    assert look_at(loop).held_by == ()


def test_an_absent_device_is_one_clear_error(tmp_path: Path) -> None:
    with pytest.raises(DcpError, match="cannot read"):
        look_at(tmp_path / "absent")


def test_no_image_is_written_among_the_devices(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A drive that is not connected, by its name: the image would be a file in memory."""
    (tmp_path / "shm").mkdir()
    monkeypatch.setattr(device, "DEVICES", tmp_path)
    assert device.is_no_place(tmp_path / "sdx") and device.is_no_place(tmp_path / "mapper" / "x")
    assert not device.is_no_place(tmp_path / "shm" / "drive.img")
    assert not device.is_no_place(tmp_path.parent / "drive.img")
    assert device.is_no_place(Path(os.devnull))
