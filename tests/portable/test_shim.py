"""A fixed share of the suite with what macOS and Windows lack taken away; all of it: `make test-shim`."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SHARE = (
    "tests/dcp/test_system.py",
    "tests/dcp/test_output.py",
    "tests/dcp/mxf/test_writer.py",
    "tests/dcp/mxf/test_writer_refusals.py",
    "tests/dcp/secrets/test_keys.py",
    "tests/kdm/batch/test_cores.py",
    "tests/dcpkit/test_streams.py",
)


def python(system: str, *words: str) -> subprocess.CompletedProcess[str]:
    boot = str(Path(__file__).parent / "boot")
    return subprocess.run(
        [sys.executable, *words],
        cwd=ROOT,
        env={**os.environ, "DCPKIT_SHIM": system, "PYTHONPATH": boot},
        capture_output=True,
        text=True,
    )


@pytest.mark.posix
@pytest.mark.parametrize(
    ("system", "lacks"),
    [("windows", ("pread", "writev", "fork", "O_NOFOLLOW")), ("macos", ("preadv", "fork"))],
)
def test_what_is_taken_away_is_away(system: str, lacks: tuple[str, ...]) -> None:
    told = python(system, "-c", "import dcp.system, os; print(*dir(os), dcp.system.can_fork())")
    names = told.stdout.split()
    assert names[-1] == "False" and not set(lacks) & set(names), told.stderr


@pytest.mark.posix
@pytest.mark.parametrize("system", ["windows", "macos"])
def test_a_share_of_the_suite(system: str) -> None:
    share = SHARE if system == "windows" else SHARE[:1]  # macOS has all but three of the calls
    done = python(system, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *share)
    assert done.returncode == 0, done.stdout[-3000:]
    assert " passed" in done.stdout


@pytest.mark.posix
def test_a_process_can_be_ended_without_a_signal_s_name() -> None:
    begun = "p = subprocess.Popen([sys.executable, '-c', 'input()'], stdin=-1)"
    code = f"import subprocess, sys; {begun}; p.kill(); p.wait()"
    assert python("windows", "-c", code).returncode == 0
