"""How long the command takes before it does anything: whole processes, wall time."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path
from uuid import uuid4

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from dcp.mxf.descriptors import SoundDescriptor
from dcp.mxf.writer import write_track_file


def command(*arguments: str) -> None:
    subprocess.run([sys.executable, "-m", "dcpkit", *arguments], check=True, stdout=subprocess.DEVNULL)


@pytest.fixture
def small_file(tmp_path: Path) -> Path:
    unit = bytes(36_000)
    write_track_file(
        tmp_path / "small.mxf",
        [unit] * 24,
        sizes=[len(unit)] * 24,
        descriptor=SoundDescriptor(channels=6),
        edit_rate=Fraction(24),
        asset_id=uuid4(),
        now=datetime.now(UTC),
    )
    return tmp_path / "small.mxf"


def test_help(benchmark: BenchmarkFixture) -> None:
    benchmark.pedantic(command, ("--help",), rounds=7, warmup_rounds=1)


def test_info_on_a_small_track_file(benchmark: BenchmarkFixture, small_file: Path) -> None:
    benchmark.pedantic(command, ("info", str(small_file)), rounds=7, warmup_rounds=1)
