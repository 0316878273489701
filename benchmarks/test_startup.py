"""What a command costs before and beside its work: CPU time of whole processes, as multiples of what it must
import. All are run in turn, again and again, so that a noisy machine disturbs them alike; medians of ratios.

    pytest -s --benchmark-only benchmarks/test_startup.py    # prints the ratios beside what they may be
"""

from __future__ import annotations

import statistics
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

ROUNDS = 9
GOLDEN = Path(__file__).parents[2] / "shared/golden/libdcp"
INSIDE = ("--now", "2027-06-01T00:00:00Z")  # the golden KDMs' window
ENTRANCE = "import sys; from dcpkit.main import run; run(sys.argv[1:])"
IMPORTS, CLICK = "import lxml.etree, cryptography.x509", "import click"


def cpu_seconds(arguments: Sequence[str]) -> float:
    """What the process takes in user and system time."""
    before = getrusage(RUSAGE_CHILDREN)  # os.times() counts hundredths
    subprocess.run([sys.executable, "-c", *arguments], check=True, capture_output=True)
    after = getrusage(RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def ratios(bound: str, commands: Mapping[str, Sequence[str]], rounds: int = ROUNDS) -> dict[str, float]:
    """The median of each command's time over the bound's of the same round."""
    found: dict[str, list[float]] = {name: [] for name in commands}
    for turn in range(rounds + 1):
        least = cpu_seconds([bound])
        for name, words in commands.items():
            ratio = cpu_seconds([ENTRANCE, *words]) / least
            if turn:  # the first finds cold files
                found[name].append(ratio)
    return {name: statistics.median(values) for name, values in found.items()}


def told(benchmark: BenchmarkFixture, found: Mapping[str, float], limits: Mapping[str, float]) -> None:
    for name, ratio in found.items():
        benchmark.extra_info[name] = round(ratio, 2)
        print(f"\n{name}: {ratio:.2f} times its imports (at most {limits[name]})", end="")


def test_help(benchmark: BenchmarkFixture) -> None:
    found = benchmark.pedantic(ratios, (CLICK, {"--help": ["--help"]}), rounds=1)
    told(benchmark, found, {"--help": 1.25})


@pytest.mark.skipif(not GOLDEN.is_dir(), reason="left out: ../shared/golden is not here")
def test_verbs_on_small_input(benchmark: BenchmarkFixture) -> None:
    message = str(GOLDEN / "enc/kdm_modified_transitional_1.xml")
    key = ["--key", str(GOLDEN / "recipient/leaf.key"), *INSIDE]
    commands = {
        "verify": ["verify", str(GOLDEN / "plain/dcp")],
        "verify with a KDM": ["verify", str(GOLDEN / "enc/dcp"), "--kdm", message, *key],
        "kdm verify": ["kdm", "verify", message, *key],
    }
    found = benchmark.pedantic(ratios, (IMPORTS, commands), rounds=1)
    told(benchmark, found, {"verify": 2.5, "verify with a KDM": 3.5, "kdm verify": 2.0})
