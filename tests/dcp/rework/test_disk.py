"""Images of delivery drives: their form, what stands in them, and that nothing is left of one that failed."""

from __future__ import annotations

import hashlib
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from drives import NOW, SECONDS, START, inside, package, superblock, taken_out, written

from dcp.errors import DcpError, UsageError
from dcp.extras import ExtraMissingError
from dcp.package.places import places_at
from dcp.rework import disk
from dcp.rework.disk import check_label, write_disk
from dcp.rework.drive import tools
from dcp.rework.drive.ext import Fs
from dcp.rework.drive.mbr import partitions_of
from dcp.verify.engine import verify_package

pytestmark = pytest.mark.posix
LOOP = (40 << 20) + (1 << 19)  # bytes of a drive that ends beyond its last whole MiB
HOSTILE = (
    'quote".mxf',
    "two words.mxf",
    "<12>.mxf",
    "'; rm x; '.mxf",
    "$(id).mxf",
    "-w.mxf",
    "ümläut 片.mxf",
    "a?offset=5.mxf",
    "#comment.mxf",
    "x" * 251 + ".mxf",
)


def names_left(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("fs", ["ext2", "ext3"])
def test_an_image_has_the_form_that_servers_know(
    tmp_path: Path, e2fsprogs: dict[str, str], oracle: Callable[[str], str], fs: Fs
) -> None:
    root = package(tmp_path / "Film_FTR-1_F")
    image = tmp_path / "drive.img"
    done = written([root], image, fs=fs)
    assert done.kind == "image" and done.size == image.stat().st_size == START + done.partition.size
    with image.open("rb") as stream:
        record = stream.read(512)
    (partition,) = partitions_of(record)
    assert partition == done.partition and (partition.start, partition.type) == (START, 0x83)
    program = shutil.which("dumpe2fs", path=os.environ["PATH"] + ":/usr/sbin:/sbin")
    assert program is not None
    said = subprocess.run(
        [program, "-h", f"{image}?offset={START}"], capture_output=True, text=True, check=True
    ).stdout
    facts = dict(re.findall(r"^([^:\n]+):\s+(.*?)\s*$", said, re.MULTILINE))
    features = {"filetype", "sparse_super", "large_file", *(["has_journal"] if fs == "ext3" else [])}
    assert set(facts["Filesystem features"].split()) == set(done.features) == features
    assert facts["Inode size"] == "128" and facts["Block size"] == "4096"
    assert facts["Filesystem volume name"] == done.label == "Film"
    assert facts["Filesystem UUID"] == str(done.id)
    assert facts["Filesystem state"] == "clean" and facts["Reserved block count"] == "0"
    assert facts["Default mount options"] == "(none)"
    assert facts["Block count"] == str(partition.size // 4096)
    assert (facts.get("Journal features"), "Journal inode" in facts) == (
        ("(none)", True) if fs == "ext3" else (None, False)
    )
    said = subprocess.run([oracle("file"), "-b", image], capture_output=True, text=True, check=True).stdout
    assert "ID=0x83" in said and "startsector 2048" in said


@pytest.mark.parametrize("fs", ["ext2", "ext3"])
def test_what_another_reader_takes_out_is_what_went_in(
    tmp_path: Path, e2fsprogs: dict[str, str], fs: Fs
) -> None:
    first = package(tmp_path / "One_TST", {"a/b/c/deep.mxf": os.urandom(70_000), "small.mxf": b"1"})
    second = package(tmp_path / "Two_TST", {"big.mxf": os.urandom(9 << 20)})
    done = written([first, second], tmp_path / "img", fs=fs)
    found = taken_out(tmp_path / "img", e2fsprogs["debugfs"], tmp_path / "out")
    expected = inside(first) | inside(second)
    assert found == expected
    assert {file.name: file.sha1 for file in done.files} == {
        name: hashlib.sha1(data).digest() for name, data in expected.items()
    }
    assert done.label == "DCP" and done.read_from == "image" and not done.notes
    places = places_at(tmp_path / "out")
    assert [place.root.name for place in places] == ["One_TST", "Two_TST"]


def test_the_golden_packages_of_an_image_are_as_good_as_before(
    tmp_path: Path, golden: Path, e2fsprogs: dict[str, str]
) -> None:
    for name in ("plain", "enc"):
        shutil.copytree(golden / "libdcp" / name / "dcp", tmp_path / f"in/{name}")
    done = written([tmp_path / "in/plain", tmp_path / "in/enc"], tmp_path / "img")
    assert len(done.files) == 14 and all(load.signed for load in done.loads)
    taken_out(tmp_path / "img", e2fsprogs["debugfs"], tmp_path / "out")
    for place in places_at(tmp_path / "out"):
        before = verify_package(tmp_path / "in" / place.root.name, now=NOW)
        after = verify_package(place.root, now=NOW)
        assert [each.id for each in after.findings] == [each.id for each in before.findings]
        assert not after.errors


def test_one_package_at_the_root(tmp_path: Path, e2fsprogs: dict[str, str]) -> None:
    root = package(tmp_path / "Film_FTR")
    written([root], tmp_path / "img", at_root=True)
    found = taken_out(tmp_path / "img", e2fsprogs["debugfs"], tmp_path / "out")
    assert found == inside(root, folder="")


SIGNS = "abcXYZ019 ._-()[]{}<>'\"`$&;|*?#!~^=+,%@äßéł片名あ한😀"


def random_tree(seed: int) -> dict[str, bytes]:
    """Files of all kinds of sizes in folders of all depths, called by all signs that may be."""
    choice = random.Random(seed)

    def name(kind: str) -> str:
        most = choice.choice((1, 8, 40, 60))
        return kind + "".join(choice.choices(SIGNS, k=choice.randint(1, most))) + "x"

    folders = [""]
    for _ in range(choice.randint(0, 12)):
        folders.append(choice.choice(folders) + name("d") + "/")
    sizes = (1, 4095, 4096, 4097, 49_152, 49_153, 4_243_456, 4_243_457)
    files = {}
    for _ in range(choice.choice((1, 5, 30, 300))):
        size = choice.choice(sizes) if choice.random() < 0.1 else choice.randint(1, 9000)
        files[choice.choice(folders) + name("f")] = choice.randbytes(size)
    return {path: data for path, data in files.items() if len(path) < 900}


def check_random_tree(seed: int, tmp_path: Path, debugfs: str) -> None:
    files = random_tree(seed)
    root = package(tmp_path / f"p{seed}", files)
    written([root], tmp_path / "img", fs=("ext2", "ext3")[seed % 2], at_root=seed % 3 == 0)
    found = taken_out(tmp_path / "img", debugfs, tmp_path / "out")
    assert found == inside(root, folder="" if seed % 3 == 0 else None)


@pytest.mark.parametrize("seed", range(8))
def test_trees_of_all_kinds(seed: int, tmp_path: Path, e2fsprogs: dict[str, str]) -> None:
    check_random_tree(seed, tmp_path, e2fsprogs["debugfs"])


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(8, 300))
def test_many_trees(seed: int, tmp_path: Path, e2fsprogs: dict[str, str]) -> None:
    check_random_tree(seed, tmp_path, e2fsprogs["debugfs"])


def test_packages_of_other_tools_and_standards_come_back_as_they_are(
    tmp_path: Path, corpus: Path, e2fsprogs: dict[str, str]
) -> None:
    roots = sorted(path.parent for path in (corpus / "libdcp/test/ref").rglob("ASSETMAP*"))
    done = written(roots, tmp_path / "img", fs="ext3")
    assert len(done.loads) == len(roots) >= 6 and {load.standard for load in done.loads} == {
        "smpte",
        "interop",
    }
    found = taken_out(tmp_path / "img", e2fsprogs["debugfs"], tmp_path / "out")
    for load in done.loads:
        left = {f"{load.folder}/{name}" for name in load.left_out}
        assert {name: data for name, data in found.items() if name.startswith(f"{load.folder}/")} == {
            name: data for name, data in inside(load.root).items() if name not in left
        }


def test_times_that_an_inode_cannot_say(tmp_path: Path, e2fsprogs: dict[str, str]) -> None:
    for number, now in enumerate((-5, 1 << 40)):
        write_disk([package(tmp_path / f"in{number}")], tmp_path / f"img{number}", now=now)


def test_a_drive_is_read_as_its_packages_are(tmp_path: Path, golden: Path, e2fsprogs: dict[str, str]) -> None:
    """Of a drive with one package at its root, lost+found beside it, nothing else is found."""
    root = tmp_path / "in"
    shutil.copytree(golden / "libdcp/plain/dcp", root)
    written([root], tmp_path / "img", at_root=True)
    taken_out(tmp_path / "img", e2fsprogs["debugfs"], tmp_path / "out")
    assert (tmp_path / "out/lost+found").is_dir()
    before, after = (verify_package(each, now=NOW).findings for each in (root, tmp_path / "out"))
    assert [(each.id, each.file) for each in after] == [(each.id, each.file) for each in before]


def test_names_that_a_script_would_stumble_over(tmp_path: Path, e2fsprogs: dict[str, str]) -> None:
    root = package(tmp_path / 'in "1" $x', {name: name.encode() for name in HOSTILE})
    image = tmp_path / 'i?offset=9 "x".img'
    done = written([root], image)
    assert {file.name.partition("/")[2] for file in done.files} >= set(HOSTILE)
    assert done.label == "in1x"
    plain = image.rename(tmp_path / "img")
    assert taken_out(plain, e2fsprogs["debugfs"], tmp_path / "out") == inside(root)


def test_owners_and_modes_are_the_drive_s_own(tmp_path: Path, e2fsprogs: dict[str, str]) -> None:
    root = package(tmp_path / "in")
    (root / "media").chmod(0o700)
    (root / "two.mxf").chmod(0o600)
    os.utime(root / "two.mxf", (1e9, 1e9))
    os.utime(root / "media" / "one.mxf", (5e9, 5e9))  # beyond what an inode of 128 bytes can say
    written([root], tmp_path / "img")
    said = subprocess.run(
        [e2fsprogs["debugfs"], "-f", "-", f"{tmp_path / 'img'}?offset={START}"],
        input=b"stat /in/two.mxf\nstat /in/media\nstat /in/media/one.mxf\nstat /in\n",
        capture_output=True,
        check=True,
        env={"TZ": "UTC", "DEBUGFS_PAGER": "__none__"},
    ).stdout.decode()
    modes = re.findall(r"Type: (\w+) +Mode: +(\d+)", said)
    assert modes == [("regular", "0644"), ("directory", "0755"), ("regular", "0644"), ("directory", "0755")]
    assert re.findall(r"User: +(\d+) +Group: +(\d+)", said) == [("0", "0")] * 4
    times = [int(when, 16) for when in re.findall(r"mtime: 0x([0-9a-f]+)", said)]
    assert times == [10**9, SECONDS, 0x7FFF_FFFF, SECONDS]


def test_a_user_s_settings_of_mke2fs_have_no_say(
    tmp_path: Path, e2fsprogs: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    conf = tmp_path / "conf"
    conf.write_text("[defaults]\n default_mntopts = acl\n errors = panic\n reserved_ratio = 50\n")
    monkeypatch.setenv("MKE2FS_CONFIG", str(conf))
    written([package(tmp_path / "in")], tmp_path / "img")
    data = superblock(tmp_path / "img")
    assert data[60:62] == b"\1\0" and data[256:260] == bytes(4)  # after an error: go on


def test_the_image_is_sparse_where_nothing_stands(tmp_path: Path, e2fsprogs: dict[str, str]) -> None:
    image = tmp_path / "img"
    written([package(tmp_path / "in")], image)
    assert image.stat().st_size == 16 << 20 and image.stat().st_blocks * 512 < 2 << 20


# --- what is wrong -----


@pytest.mark.parametrize("size", [5, 3 << 20])
def test_a_file_that_is_not_the_one_hashed_leaves_nothing(
    tmp_path: Path, e2fsprogs: dict[str, str], size: int
) -> None:
    root = package(tmp_path / "in", {"one.mxf": bytes(size), "two.mxf": b"two"})
    data = bytearray(size)
    data[-1] = 1
    (root / "one.mxf").write_bytes(data)
    with pytest.raises(DcpError, match="packing list") as wrong:
        written([root], tmp_path / "new/img")
    assert wrong.value.where == str(root / "one.mxf")
    assert names_left(tmp_path) == ["in"]


@pytest.mark.parametrize("change", ["shorter", "longer"])
def test_a_file_that_changes_while_it_is_read_leaves_nothing(
    tmp_path: Path, e2fsprogs: dict[str, str], change: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = package(tmp_path / "in", {"one.mxf": bytes(100_000)})
    make = tools.make

    def then(*arguments: object, **more: object) -> None:
        make(*arguments, **more)  # type: ignore[arg-type]
        os.truncate(root / "one.mxf", 99_000 if change == "shorter" else 100_001)

    monkeypatch.setattr(tools, "make", then)
    with pytest.raises(DcpError, match="changed while it was read"):
        written([root], tmp_path / "img")
    assert names_left(tmp_path) == ["in"]


def test_a_document_that_changes_after_it_was_judged_leaves_nothing(
    tmp_path: Path, e2fsprogs: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    root = package(tmp_path / "in")
    make = tools.make

    def then(*arguments: object, **more: object) -> None:
        make(*arguments, **more)  # type: ignore[arg-type]
        document = root / "ASSETMAP.xml"
        document.write_bytes(document.read_bytes().replace(b"two.mxf", b"too.mxf"))

    monkeypatch.setattr(tools, "make", then)
    with pytest.raises(DcpError, match="changed while it was read") as wrong:
        written([root], tmp_path / "img")
    assert wrong.value.where == str(root / "ASSETMAP.xml")
    assert names_left(tmp_path) == ["in"]


def flipped(monkeypatch: pytest.MonkeyPatch, image: Path, find: bytes, put: bytes) -> None:
    """One place of the image is another by the time that it is read back."""
    make = disk._forget
    done: list[int] = []

    def forget(descriptor: int, drive: object) -> None:
        make(descriptor, None)
        if not done:
            data = os.pread(descriptor, os.fstat(descriptor).st_size, 0)
            done.append(data.rindex(find))
            os.pwrite(descriptor, put, done[0])

    monkeypatch.setattr(disk, "_forget", forget)


@pytest.mark.parametrize(
    ("find", "put", "message"),
    [
        (b"one" * 50, b"0", r"not what was written: in/media/one\.mxf"),  # a byte of a file
        (b"two.mxf", b"too", "not what was written: in"),  # a name
        (b"media\0", b"m/", "is not whole"),  # a name that none may have
    ],
)
def test_what_reads_otherwise_than_it_was_written_leaves_nothing(
    tmp_path: Path,
    e2fsprogs: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
    find: bytes,
    put: bytes,
    message: str,
) -> None:
    root = package(tmp_path / "in")
    flipped(monkeypatch, tmp_path / "img", find, put)
    with pytest.raises(DcpError, match=message):
        written([root], tmp_path / "img")
    assert names_left(tmp_path) == ["in"]


def test_a_reader_that_reads_short_is_noticed(
    tmp_path: Path, e2fsprogs: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """debugfs that ends in the middle of a file."""
    script = tmp_path / "debugfs"
    script.write_text(
        f'#!/bin/sh\n{e2fsprogs["debugfs"]} "$@" > {tmp_path}/out 2>/dev/null\n'
        f"if grep -q cat {tmp_path}/out; then head -c 3000 {tmp_path}/out; else cat {tmp_path}/out; fi\n"
    )
    script.chmod(0o755)
    monkeypatch.setattr(tools, "look", lambda: {**e2fsprogs, "debugfs": str(script)})
    with pytest.raises(DcpError, match="not what was written"):
        written([package(tmp_path / "in")], tmp_path / "img")
    assert names_left(tmp_path) == ["debugfs", "in", "out"]
    script.write_text(script.read_text() + "echo debugfs: short read while reading >&2\n")
    with pytest.raises(DcpError, match="cannot be read back: debugfs: short read while reading"):
        written([tmp_path / "in"], tmp_path / "img")
    assert names_left(tmp_path) == ["debugfs", "in", "out"]


@pytest.mark.parametrize("name", ["mke2fs", "e2fsck"])
def test_a_program_that_fails_is_said(
    tmp_path: Path, e2fsprogs: dict[str, str], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    script = tmp_path / "program"
    script.write_text("#!/bin/sh\necho it is broken >&2\nexit 5\n")
    script.chmod(0o755)
    monkeypatch.setattr(tools, "look", lambda: {**e2fsprogs, name: str(script)})
    with pytest.raises(DcpError, match="it is broken"):
        written([package(tmp_path / "in")], tmp_path / "img")
    assert names_left(tmp_path) == ["in", "program"]


def test_without_e2fsprogs_one_clear_error_names_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tools, "look", lambda: {"mke2fs": "/x", "e2fsck": "/x"})
    with pytest.raises(ExtraMissingError, match="debugfs is not on this machine") as missing:
        written([tmp_path / "in"], tmp_path / "img")
    assert "install e2fsprogs" in str(missing.value.remedy)


@pytest.mark.parametrize("kind", ["file", "folder", "link"])
def test_an_output_that_exists_is_never_replaced(
    tmp_path: Path, e2fsprogs: dict[str, str], kind: str
) -> None:
    image = tmp_path / "img"
    if kind == "file":
        image.write_bytes(b"precious")
    elif kind == "folder":
        image.mkdir()
    else:
        image.symlink_to("nowhere")
    with pytest.raises(UsageError, match="exists already"):
        written([package(tmp_path / "in")], image)
    assert kind != "file" or image.read_bytes() == b"precious"


def test_an_image_inside_the_package_is_refused(tmp_path: Path, e2fsprogs: dict[str, str]) -> None:
    root = package(tmp_path / "in")
    with pytest.raises(UsageError, match="inside the source folder"):
        written([root], root / "img")
    assert not (root / "img").exists()


def test_too_little_room_is_said_before_anything_is_written(
    tmp_path: Path, e2fsprogs: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(disk.shutil, "disk_usage", lambda path: shutil._ntuple_diskusage(10, 10, 16 << 20))
    written([package(tmp_path / "in")], tmp_path / "img")
    (tmp_path / "img").unlink()
    monkeypatch.setattr(
        disk.shutil, "disk_usage", lambda path: shutil._ntuple_diskusage(10, 10, (16 << 20) - 1)
    )
    with pytest.raises(DcpError, match=r"has 0\.0 GB free"):
        written([tmp_path / "in"], tmp_path / "img")
    assert names_left(tmp_path) == ["in"]


def test_a_disk_that_fills_up_leaves_nothing(
    tmp_path: Path, e2fsprogs: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    import errno

    from dcp.rework.drive import ext

    def full(descriptor: int, data: bytes, place: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(ext, "write_at", full)
    with pytest.raises(DcpError) as error:
        written([package(tmp_path / "in")], tmp_path / "img")
    assert error.value.id == "output.disk-full"
    assert names_left(tmp_path) == ["in"]


KILLED = """
import os, sys, time
from pathlib import Path
from dcp.rework import disk
from dcp.rework.drive import tools
def check(*arguments, **more):
    print("written", flush=True)
    time.sleep(60)
tools.check = check
disk.write_disk([Path(sys.argv[1])], Path(sys.argv[2]), now=1)
"""


def test_a_killed_run_leaves_no_image_and_goes_with_the_next(
    tmp_path: Path, e2fsprogs: dict[str, str]
) -> None:
    root = package(tmp_path / "in")
    with subprocess.Popen(
        [sys.executable, "-c", KILLED, str(root), str(tmp_path / "img")], stdout=subprocess.PIPE
    ) as run:
        assert run.stdout is not None and run.stdout.readline() == b"written\n"
        run.send_signal(signal.SIGKILL)
        run.wait(10)
    left = names_left(tmp_path)
    assert len(left) == 2 and left[0].startswith(".img.") and left[1] == "in"
    with (tmp_path / left[0]).open("rb") as stream:
        assert partitions_of(stream.read(512)) == ()  # no server would take it either
    written([root], tmp_path / "img")
    assert names_left(tmp_path) == ["img", "in"]


@pytest.mark.parametrize(
    "label", ["", "x" * 17, "a/b", "two\nlines", "ümlaut", " begin", "end ", 'quote"', "\x1b[31m"]
)
def test_labels_that_are_none(label: str) -> None:
    with pytest.raises(UsageError, match="no label"):
        check_label(label)


@pytest.mark.parametrize("label", ["A", "x" * 16, "Film 1", "OV_2.b+c-d", "-q"])
def test_a_label_is_the_one_that_was_given(tmp_path: Path, e2fsprogs: dict[str, str], label: str) -> None:
    done = written([package(tmp_path / "in")], tmp_path / "img", label=label)
    assert done.label == label
    assert superblock(tmp_path / "img")[120:136] == label.encode().ljust(16, b"\0")


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("MyFilm_FTR-1_F_EN-XX", "MyFilm"),
        ("A Very-Long.Name of a film", "AVery-Long.Nameo"),
        ("片_FTR", "DCP"),
        ("-._FTR", "DCP"),
    ],
)
def test_a_label_is_made_of_the_name(
    tmp_path: Path, e2fsprogs: dict[str, str], name: str, label: str
) -> None:
    assert written([package(tmp_path / name)], tmp_path / "img").label == label


def test_more_than_a_table_of_mbr_s_kind_can_say_is_refused(
    tmp_path: Path, e2fsprogs: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(disk.Plan, "partition_size", property(lambda plan: 3 << 40))
    with pytest.raises(UsageError, match=r"need 3\.3 TB"):
        written([package(tmp_path / "in")], tmp_path / "img")


def test_what_is_done_is_told_in_bytes(tmp_path: Path, e2fsprogs: dict[str, str]) -> None:
    told: list[tuple[str, int, int]] = []
    root = package(tmp_path / "in", {"one.mxf": bytes(9 << 20)})
    done = written(
        [root], tmp_path / "img", progress=lambda step, count, total: told.append((step, count, total))
    )
    size = sum(file.size for file in done.files)
    for step in ("copying", "verifying"):
        counts = [count for each, count, _ in told if each == step]
        assert counts == sorted(counts) and counts[-1] == size and len(counts) >= 3
    assert {total for *_, total in told} == {size} and "hashing" not in {step for step, *_ in told}


# --- drives, where a loop device may be made -----


@pytest.fixture
def loop(tmp_path: Path, without: Callable[[str], None]) -> Iterator[Path]:
    program = shutil.which("losetup", path=os.environ["PATH"] + ":/sbin:/usr/sbin")
    backing = tmp_path / "drive"
    backing.write_bytes(b"old contents" * 1000)
    os.truncate(backing, LOOP)
    made = None
    if program is not None and os.getuid() == 0:
        made = subprocess.run([program, "-f", "--show", backing], capture_output=True, text=True, check=False)
    if program is None or made is None or made.returncode:
        without("a loop device (root and losetup)")
    assert program is not None and made is not None
    path = Path(made.stdout.strip())
    yield path
    for _ in range(20):  # whatever looks at new devices lets go soon
        if subprocess.run([program, "-d", path], capture_output=True, check=False).returncode == 0:
            break
        time.sleep(0.1)


@pytest.mark.parametrize("fs", ["ext2", "ext3"])
def test_a_drive_is_used_whole_and_read_back_past_the_cache(
    tmp_path: Path, e2fsprogs: dict[str, str], loop: Path, fs: Fs, monkeypatch: pytest.MonkeyPatch
) -> None:
    backing = tmp_path / "drive"
    with backing.open("r+b") as stream:
        stream.seek(LOOP - 512)
        stream.write(b"EFI PART of another table")
    root = package(tmp_path / "in", {"one.mxf": os.urandom(5 << 20)})
    told: list[str] = []
    script = tmp_path / "debugfs"
    script.write_text(f'#!/bin/sh\necho "$@" >> {tmp_path}/said\nexec {e2fsprogs["debugfs"]} "$@"\n')
    script.chmod(0o755)
    monkeypatch.setattr(tools, "look", lambda: {**e2fsprogs, "debugfs": str(script)})
    done = written([root], loop, fs=fs, overwrite=True, progress=lambda step, *_: told.append(step))
    assert (tmp_path / "said").read_text().splitlines()[-1].startswith("-D -c ")  # O_DIRECT
    assert (done.kind, done.read_from, done.size) == ("device", "drive", LOOP)
    assert done.partition.size == 39 << 20
    assert told.index("hashing") < told.index("copying") < told.index("verifying")
    data = backing.read_bytes()
    assert b"old contents" not in data and b"EFI PART" not in data
    assert partitions_of(data[:512]) == (done.partition,)
    assert taken_out(backing, e2fsprogs["debugfs"], tmp_path / "out") == inside(root)


def test_without_yes_a_drive_keeps_what_it_has_and_is_told_of(
    tmp_path: Path, e2fsprogs: dict[str, str], loop: Path
) -> None:
    before = (tmp_path / "drive").read_bytes()
    with pytest.raises(UsageError, match="would be overwritten") as asked:
        written([package(tmp_path / "in")], loop)
    assert str(tmp_path / "drive") in str(asked.value) and "--yes" in str(asked.value.remedy)
    assert (tmp_path / "drive").read_bytes() == before


def test_a_wrong_hash_is_found_before_a_drive_loses_anything(
    tmp_path: Path, e2fsprogs: dict[str, str], loop: Path
) -> None:
    before = (tmp_path / "drive").read_bytes()
    root = package(tmp_path / "in")
    (root / "two.mxf").write_bytes(b"other")
    with pytest.raises(DcpError, match="hash"):
        written([root], loop, overwrite=True)
    assert (tmp_path / "drive").read_bytes() == before


def test_a_drive_that_is_too_small_keeps_what_it_has(
    tmp_path: Path, e2fsprogs: dict[str, str], loop: Path
) -> None:
    root = package(tmp_path / "in", {"one.mxf": bytes(41 << 20)})
    with pytest.raises(UsageError, match="the packages need"):
        written([root], loop, overwrite=True)


def test_a_drive_that_fails_to_read_back_has_no_table(
    tmp_path: Path, e2fsprogs: dict[str, str], loop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        disk, "check_files", lambda *_, **__: (_ for _ in ()).throw(DcpError("disk.read-back", name="x"))
    )
    with pytest.raises(DcpError):
        written([package(tmp_path / "in")], loop, overwrite=True)
    assert (tmp_path / "drive").read_bytes()[: 1 << 20] == bytes(1 << 20)


def test_what_a_table_of_mbr_s_kind_cannot_reach_is_told(
    tmp_path: Path, e2fsprogs: dict[str, str], loop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(disk, "MOST_SECTORS", (30 << 20) // 512)
    done = written([package(tmp_path / "in")], loop, overwrite=True)
    assert done.partition.size == 30 << 20
    assert [note.id for note in done.notes] == ["disk.rest-unused"]
