"""Files in a fresh file system, judged and read by e2fsprogs: every depth of pointers, large folders."""

from __future__ import annotations

import os
import random
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from dcp.errors import DcpError
from dcp.rework.drive import ext, tools
from dcp.rework.drive.ext import BLOCK, ROOT, Filler, Fs, ShortError, blocks_of, facts_of, partition_blocks
from dcp.rework.drive.tools import Listed

pytestmark = pytest.mark.posix
OFFSET = 1 << 20
POINTERS = BLOCK // 4
TIME = 1_843_000_000


@contextmanager
def fresh(
    tmp_path: Path, programs: dict[str, str], *, blocks: int, inodes: int = 40, fs: Fs = "ext2"
) -> Iterator[tuple[Filler, int]]:
    descriptor = os.open(tmp_path / "image", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        os.truncate(descriptor, OFFSET + blocks * BLOCK)
        tools.make(
            programs, descriptor, fs=fs, offset=OFFSET, blocks=blocks, inodes=inodes, label="T", journal=4
        )
        yield Filler(descriptor, OFFSET, fs=fs), descriptor
    finally:
        os.close(descriptor)


def reader(data: bytes) -> Callable[[int], bytes]:
    place = 0

    def read(count: int) -> bytes:
        nonlocal place
        place += count
        return data[place - count : place]

    return read


@pytest.mark.parametrize("fs", ["ext2", "ext3"])
def test_files_of_every_depth_that_is_soon_written(tmp_path: Path, e2fsprogs: dict[str, str], fs: Fs) -> None:
    sizes = [0, 1, BLOCK, 12 * BLOCK, 12 * BLOCK + 1, (12 + POINTERS) * BLOCK, (12 + POINTERS) * BLOCK + 5]
    noise = random.Random(21)
    contents = [noise.randbytes(size) for size in sizes]
    with fresh(tmp_path, e2fsprogs, blocks=7000, fs=fs) as (filler, descriptor):
        before = filler.facts.free_blocks
        numbers = []
        for data in contents:
            numbers.append(filler.new_inode())
            filler.add_file(numbers[-1], len(data), reader(data), time=TIME)
        names = [(b"file %d" % number, number) for number in numbers]
        filler.add_folder(ROOT, ROOT, names, [], time=TIME)
        filler.finish(time=TIME)
        tools.check(e2fsprogs, descriptor, offset=OFFSET)
        (listed,) = tools.list_folders(e2fsprogs, descriptor, [ROOT], offset=OFFSET)
        assert listed.pop(b"lost+found").mode == 0o040700
        assert listed == {
            name: Listed(number, 0o100644, 0, 0, size)
            for (name, number), size in zip(names, sizes, strict=True)
        }
        for number, data in zip(numbers, contents, strict=True):
            out = subprocess.run(
                [e2fsprogs["debugfs"], "-R", f"cat <{number}>", f"{tmp_path / 'image'}?offset={OFFSET}"],
                capture_output=True,
                check=True,
            ).stdout
            assert out == data
        facts = facts_of(os.pread(descriptor, 1024, OFFSET + 1024))
        assert facts is not None
        # the root's directory had a block already
        assert before - facts.free_blocks == sum(map(blocks_of, sizes))


def test_a_file_that_needs_pointers_of_three_depths(
    tmp_path: Path, e2fsprogs: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """4.3 GB of zeros, which nobody writes, but for a mark in the first block of every depth and the last."""
    boundaries = [0, 12, 12 + POINTERS, 12 + POINTERS + POINTERS**2]
    size = (boundaries[-1] + 3 * POINTERS) * BLOCK - 7
    marked = [*boundaries, boundaries[-1] + 3 * POINTERS - 1]
    zeros = bytes(4 << 20)
    place = 0
    write_at = ext.write_at

    def read(count: int) -> bytes:
        nonlocal place
        first, place = place, place + count
        marks = [block for block in marked if first <= block * BLOCK < first + count]
        if not marks:
            return zeros[:count] if count < len(zeros) else zeros
        data = bytearray(count)
        for block in marks:
            data[block * BLOCK - first : block * BLOCK - first + 8] = block.to_bytes(8, "big")
        return bytes(data)

    def sparse(descriptor: int, data: bytes, where: int) -> None:
        if data is not zeros:
            write_at(descriptor, data, where)

    blocks = partition_blocks(blocks_of(size) + 1, 13, journal=0)
    with fresh(tmp_path, e2fsprogs, blocks=blocks, inodes=13) as (filler, descriptor):
        monkeypatch.setattr(ext, "write_at", sparse)
        number = filler.new_inode()
        filler.add_file(number, size, read, time=TIME)
        filler.add_folder(ROOT, ROOT, [(b"large", number)], [], time=TIME)
        filler.finish(time=TIME)
        tools.check(e2fsprogs, descriptor, offset=OFFSET)
        (listed,) = tools.list_folders(e2fsprogs, descriptor, [ROOT], offset=OFFSET)
        assert listed[b"large"].size == size
        requests = "".join(f"bmap <{number}> {block}\n" for block in marked)
        said = subprocess.run(
            [e2fsprogs["debugfs"], "-f", "-", f"{tmp_path / 'image'}?offset={OFFSET}"],
            input=requests.encode(),
            capture_output=True,
            check=True,
        ).stdout.split(b"\n")
        places = [int(line) for line in said if line.isdigit()]
        assert len(places) == len(marked) == len(set(places))
        for block, physical in zip(marked, places, strict=True):
            assert os.pread(descriptor, 8, OFFSET + physical * BLOCK) == block.to_bytes(8, "big")


def test_folders_in_folders_and_one_that_needs_pointers(tmp_path: Path, e2fsprogs: dict[str, str]) -> None:
    with fresh(tmp_path, e2fsprogs, blocks=4000, inodes=1300) as (filler, descriptor):
        outer, inner = filler.new_inode(), filler.new_inode()
        many = [(b"%03d" % n + b"x" * 200, filler.new_inode()) for n in range(600)]  # 33 blocks of names
        for _, number in many:
            filler.add_file(number, 3, reader(b"abc"), time=TIME)
        filler.add_folder(inner, outer, many, [], time=TIME)
        filler.add_folder(outer, ROOT, [], [(b"inner", inner)], time=TIME)
        filler.add_folder(ROOT, ROOT, [], [(b"outer", outer)], time=TIME)
        filler.finish(time=TIME)
        tools.check(e2fsprogs, descriptor, offset=OFFSET)
        found = tools.list_folders(e2fsprogs, descriptor, [ROOT, outer, inner], offset=OFFSET)
        assert found[0][b"outer"] == Listed(outer, 0o040755, 0, 0, None)
        assert list(found[1]) == [b"inner"]
        assert {name: each.inode for name, each in found[2].items()} == dict(many)


def test_several_groups_are_filled_to_the_last_block(tmp_path: Path, e2fsprogs: dict[str, str]) -> None:
    with fresh(tmp_path, e2fsprogs, blocks=33_000) as (filler, descriptor):
        size = filler.facts.free_blocks * BLOCK
        while blocks_of(size) > filler.facts.free_blocks:
            size -= BLOCK
        number = filler.new_inode()
        block = bytes(BLOCK)
        filler.add_file(number, size, lambda count: block * (count // BLOCK), time=TIME)
        # the block that the root gives back is the one that its new directory takes
        filler.add_folder(ROOT, ROOT, [(b"all", number)], [], time=TIME)
        filler.finish(time=TIME)
        tools.check(e2fsprogs, descriptor, offset=OFFSET)


def test_what_does_not_fit_is_said(tmp_path: Path, e2fsprogs: dict[str, str]) -> None:
    with fresh(tmp_path, e2fsprogs, blocks=4000, inodes=11) as (filler, _):
        size = (filler.facts.free_blocks + 1) * BLOCK
        number = filler.new_inode()
        with pytest.raises(DcpError, match="do not fit"):
            filler.add_file(number, size, lambda count: bytes(count), time=TIME)
        for _ in range(filler.facts.inodes - number):
            filler.new_inode()
        with pytest.raises(DcpError, match="do not fit"):
            filler.new_inode()


def test_a_file_that_ends_early_is_none(tmp_path: Path, e2fsprogs: dict[str, str]) -> None:
    with fresh(tmp_path, e2fsprogs, blocks=4000) as (filler, _), pytest.raises(ShortError):
        filler.add_file(filler.new_inode(), 10_000, reader(bytes(9_999)), time=TIME)


@pytest.mark.parametrize("missing", ["inode size", "features", "magic"])
def test_another_file_system_than_was_asked_for_is_refused(
    tmp_path: Path, e2fsprogs: dict[str, str], missing: str
) -> None:
    image = tmp_path / "image"
    image.write_bytes(b"")
    os.truncate(image, 16 << 20)
    options = {"inode size": ["-O", "none,filetype,sparse_super,large_file", "-I", "256"], "features": []}
    if missing in options:
        program = [e2fsprogs["mke2fs"], "-q", "-F", "-t", "ext2", "-b", "4096", *options[missing]]
        subprocess.run([*program, image], check=True, capture_output=True)
    descriptor = os.open(image, os.O_RDWR)
    try:
        with pytest.raises(DcpError, match="another file system"):
            Filler(descriptor, 0, fs="ext2")
    finally:
        os.close(descriptor)


@pytest.mark.parametrize(
    ("size", "blocks"),
    [
        (0, 0),
        (1, 1),
        (12 * BLOCK, 12),
        (13 * BLOCK, 14),
        ((12 + POINTERS) * BLOCK, 12 + POINTERS + 1),
        ((13 + POINTERS) * BLOCK, 13 + POINTERS + 3),
        ((12 + POINTERS + POINTERS**2) * BLOCK, 12 + POINTERS + POINTERS**2 + 1 + 1 + POINTERS),
        ((13 + POINTERS + POINTERS**2) * BLOCK, 13 + POINTERS + POINTERS**2 + 1 + 1 + POINTERS + 3),
    ],
)
def test_the_blocks_of_a_file_are_counted_with_its_pointers(size: int, blocks: int) -> None:
    assert blocks_of(size) == blocks


@pytest.mark.parametrize("journal", [0, 1024])
@pytest.mark.parametrize("needed", [1, 3000, 32_700, 33_000, 65_400, 98_300, 1_000_000])
@pytest.mark.parametrize("inodes", [13, 9000])
def test_a_partition_made_for_so_many_blocks_has_them_free(
    tmp_path: Path, e2fsprogs: dict[str, str], needed: int, inodes: int, journal: int
) -> None:
    blocks = partition_blocks(needed, inodes, journal=journal)
    tight = blocks >= 3840  # a smaller one is made larger, so that a journal finds room
    blocks = max(blocks, 3840)
    fs: Fs = "ext3" if journal else "ext2"
    with fresh(tmp_path, e2fsprogs, blocks=blocks, inodes=inodes, fs=fs) as (filler, _):
        assert filler.facts.free_blocks >= needed and filler.facts.inodes >= inodes
        assert filler.facts.blocks == blocks
        assert not tight or blocks - needed - journal < 700 + blocks // 100 + inodes // 16
