"""What a killed run left goes with the next run for the same target, and nothing else does."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from dcp.leftovers import clear_dead, temporary_beside
from dcp.output import finished_file, finished_folder, working_folder

KILLED = """
import sys, time
from pathlib import Path
from dcp.output import finished_file, finished_folder
target = Path(sys.argv[2])
with {"file": finished_file, "folder": finished_folder}[sys.argv[1]](target) as temporary:
    (temporary if sys.argv[1] == "file" else temporary / "a").write_bytes(b"half")
    print("begun", flush=True)
    time.sleep(60)
"""


def killed(kind: str, target: Path) -> Path:
    """What a run leaves that is killed at work."""
    with subprocess.Popen([sys.executable, "-c", KILLED, kind, str(target)], stdout=subprocess.PIPE) as run:
        assert run.stdout is not None and run.stdout.readline() == b"begun\n"
        run.send_signal(signal.SIGKILL)
        run.wait(10)
    (left,) = target.parent.iterdir()
    return left


@pytest.mark.skipif(os.name == "nt", reason="whether a process lives is not asked on Windows")
@pytest.mark.parametrize("kind", ["file", "folder"])
def test_a_killed_run_s_half_output_goes_with_the_next(kind: str, tmp_path: Path) -> None:
    target = tmp_path / "out"
    left = killed(kind, target)
    assert left.name.startswith(".out.") and left.name.endswith(".part")
    making = finished_file if kind == "file" else finished_folder
    with making(target) as temporary:
        assert not left.exists()
        (temporary if kind == "file" else temporary / "b").write_bytes(b"whole")
    assert [entry.name for entry in tmp_path.iterdir()] == ["out"]


def test_a_run_at_work_keeps_what_it_makes(tmp_path: Path) -> None:
    target = tmp_path / "out"
    with finished_file(target) as one:
        one.write_bytes(b"one")
        with finished_file(target) as other:
            other.write_bytes(b"other")
        assert one.read_bytes() == b"one"
    assert target.read_bytes() == b"one"


@pytest.mark.skipif(os.name == "nt", reason="whether a process lives is not asked on Windows")
def test_only_what_a_dead_run_of_this_machine_made_for_this_target(tmp_path: Path) -> None:
    target = tmp_path / "a.mxf"
    mine = temporary_beside(target).name
    machine, process = re.fullmatch(r"\.a\.mxf\.(\w{8})-(\w+)-\w{8}\.part", mine).groups()  # type: ignore[union-attr]
    assert int(process, 16) == os.getpid()
    dead = f"{2**22 + 7:x}"  # more than the kernel gives
    kept = [
        f".b.mxf.{machine}-{dead}-00000000.part",  # another target
        f".a.mxf.{'0' * 8}-{dead}-00000000.part",  # another machine
        f".a.mxf.{machine}-{process}-00000000.part",  # this process
        f".a.mxf.{machine}-{dead}-00000000.part.bak",
        f"a.mxf.{machine}-{dead}-00000000.part",
        ".a.mxf.0123456789ab.part",
        f".a.mxf.{machine}-0-00000000.part",
    ]
    for name in kept:
        (tmp_path / name).write_bytes(b"x")
    (tmp_path / f".a.mxf.{machine}-{dead}-00000000.part").write_bytes(b"x")
    removed = clear_dead(target)
    assert [path.name for path in removed] == [f".a.mxf.{machine}-{dead}-00000000.part"]
    assert sorted(entry.name for entry in tmp_path.iterdir()) == sorted(kept)


@pytest.mark.skipif(os.name == "nt", reason="whether a process lives is not asked on Windows")
def test_a_link_of_that_name_is_not_followed(tmp_path: Path) -> None:
    film = tmp_path / "film"
    film.mkdir()
    (film / "reel.mxf").write_bytes(b"x")
    machine = temporary_beside(tmp_path / "out").name.split(".")[2].partition("-")[0]
    link = tmp_path / f".out.{machine}-{2**22 + 7:x}-00000000.part"
    link.symlink_to(film)
    with working_folder(tmp_path / "out"):
        assert not os.path.lexists(link)
    assert (film / "reel.mxf").read_bytes() == b"x"


def test_a_folder_that_may_not_be_read_hinders_nobody(tmp_path: Path) -> None:
    assert clear_dead(tmp_path / "absent" / "out") == ()
