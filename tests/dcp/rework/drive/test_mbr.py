"""The first sector of a drive: one primary partition, as partitioning programs write and read it."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from dcp.rework.drive.mbr import MOST_SECTORS, Partition, boot_record, partitions_of

MIB = 1 << 20


def test_a_record_says_what_it_was_made_of() -> None:
    partition = Partition(MIB, 15 * MIB)
    record = boot_record(partition, disk_id=0x12345678)
    assert len(record) == 512 and record[510:] == b"\x55\xaa"
    assert record[:440] == bytes(440) and record[440:446] == bytes.fromhex("785634120000")
    # not bootable, sector 2048 as cylinder 0 head 32 sector 33, Linux, 30,720 sectors up to 2/10/8
    assert record[446:462] == bytes.fromhex("00 202100 83 0a0802 00080000 00780000".replace(" ", ""))
    assert record[462:510] == bytes(48)
    assert partitions_of(record) == (partition,)


def test_beyond_what_cylinders_can_say_the_numbers_count() -> None:
    partition = Partition(MIB, 2_000_000 * MIB)
    record = boot_record(partition, disk_id=1)
    assert record[451:454] == b"\xfe\xff\xff"
    assert partitions_of(record) == (partition,)


def test_sectors_of_4096_bytes_are_counted_as_such() -> None:
    partition = Partition(MIB, 64 * MIB, sector=4096)
    record = boot_record(partition, disk_id=1)
    assert record[454:462] == (256).to_bytes(4, "little") + (64 * 256).to_bytes(4, "little")
    assert partitions_of(record, sector=4096) == (partition,)


def test_no_number_of_sectors_runs_over() -> None:
    record = boot_record(Partition(MIB, (MOST_SECTORS + 5) * 512), disk_id=1)
    assert record[458:462] == b"\xff\xff\xff\xff"


@pytest.mark.parametrize("data", [b"", bytes(512), bytes(510) + b"\x55\xaa", b"\x83" * 511])
def test_what_is_no_table_has_no_partitions(data: bytes) -> None:
    assert partitions_of(data) == ()


@pytest.mark.oracle
def test_file_reads_the_record_alike(tmp_path: Path, oracle: Callable[[str], str]) -> None:
    image = tmp_path / "image"
    image.write_bytes(boot_record(Partition(MIB, 15 * MIB), disk_id=1) + bytes(16 * MIB))
    said = subprocess.run([oracle("file"), "-b", image], capture_output=True, text=True, check=True).stdout
    assert "DOS/MBR boot sector" in said and "partition 1 : ID=0x83" in said
    assert "startsector 2048, 30720 sectors" in said and "partition 2" not in said


@pytest.mark.oracle
def test_sfdisk_reads_the_record_alike(tmp_path: Path, oracle: Callable[[str], str]) -> None:
    program = oracle("sfdisk")
    image = tmp_path / "image"
    image.write_bytes(boot_record(Partition(MIB, 15 * MIB), disk_id=0xAB))
    with image.open("r+b") as stream:
        stream.truncate(16 * MIB)
    said = subprocess.run([program, "-d", image], capture_output=True, text=True, check=True).stdout
    assert "label: dos" in said and "label-id: 0x000000ab" in said
    (line,) = [line for line in said.splitlines() if "start=" in line]
    assert "start=        2048, size=       30720, type=83" in line and "bootable" not in line
