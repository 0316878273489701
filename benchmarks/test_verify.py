"""Verifying a package beside what its cryptography alone costs, and beside other checkers of packages.

The bound of one core is 1/(1/a + 1/b + ...) over the speeds of the parts, each measured by itself in the same
round on the same frames (`speeds`): SHA-1 alone for what is in the clear; AES-128-CBC, HMAC and SHA-1 with
keys. A file must come into memory as well: an ideal loop is one that reads it and does the same cryptography,
and nothing else. What a package costs whatever its size is measured on a short one and taken off. One core is
counted in CPU time of the process; two by the clock, where the best of the rounds counts, since the machine
may be busy, beside what it gives two SHA-1 at a time just then.

    DCPKIT_PEERS=/path pytest --benchmark-only benchmarks/test_verify.py    # their programs beside, 1 GB
"""

from __future__ import annotations

import os
import random
import shutil
import statistics
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage
from typing import Any

import pytest
from packages_packed import facts, media, write
from speeds import PARTS, clock, cpu, say, sha1_of
from synthetic import codestream

from dcp.secrets.keys import ContentKey, Keyring
from dcp.system import large_buffer
from dcp.verify.engine import verify_package

NOW = datetime(2026, 1, 31, 18, 0, 0, tzinfo=UTC)
SECONDS, SHORT, LONG = 8, 1, 36
ROUNDS = 7
KEYS = [ContentKey.generate(kind) for kind in ("MDIK", "MDAK")]
RING = Keyring(tuple(KEYS))


def frames(seconds: int) -> list[bytes]:
    """1.05 to 1.29 MB each, of 48 kinds."""
    chance = random.Random(1)
    kinds = [codestream(chance.randbytes(chance.randrange(1_050_000, 1_290_000))) for _ in range(48)]
    return [kinds[number % 48] for number in range(24 * seconds)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """On tmpfs where there is one: the disk is not what is measured."""
    shared = Path("/dev/shm")
    place = shared / f"dcpkit-bench-{uuid.uuid4()}" if shared.is_dir() else tmp_path_factory.mktemp("bench")
    place.mkdir(exist_ok=True)
    yield place
    shutil.rmtree(place)


def package(folder: Path, seconds: int, keys: Sequence[ContentKey] = ()) -> Path:
    root = folder / f"{seconds}-{'enc' if keys else 'plain'}"
    made = media(root, seconds=seconds, frames=frames(seconds), keys=keys)
    return write(root, [made], [facts(made.reel)])


def read(root: Path) -> None:
    """Every file, into one buffer that stays in the caches."""
    buffer = large_buffer(1024 * 1024)
    for path in root.iterdir():
        with path.open("rb", buffering=0) as file:
            while file.readinto(buffer):
                pass


def size(root: Path) -> int:
    return sum(each.stat().st_size for each in root.iterdir())


@pytest.mark.parametrize("keyed", [False, True], ids=["plain", "encrypted"])
def test_beside_the_bound(benchmark: Any, capsys: Any, folder: Path, keyed: bool) -> None:
    keys, ring = (KEYS, RING) if keyed else ((), None)
    short, long = package(folder, SHORT, keys), package(folder, SECONDS, keys)
    parts = ("decrypt", "hmac", "sha1") if keyed else ("sha1",)
    units = frames(SECONDS - SHORT)
    share = (size(long) - size(short)) / sum(map(len, units))
    times: dict[str, list[float]] = {}

    def judge(root: Path, workers: int) -> None:
        assert verify_package(root, now=NOW, keyring=ring, workers=workers).bytes_read > 0

    def note(name: str, seconds: float) -> None:
        times.setdefault(name, []).append(seconds)

    def beside() -> None:
        for part in parts:
            note(part, cpu(partial(PARTS[part], units)) * share)
        note("read", cpu(partial(read, long)) - cpu(partial(read, short)))
        note("cpu", process(partial(judge, long, 1)) - process(partial(judge, short, 1)))
        note("sha1 by the clock", clock(sha1_of, [units]) * share)
        note("two sha1 by the clock", clock(sha1_of, [units, units]) * share)
        for workers in (1, 2):
            lasted = [clock(partial(judge, workers=workers), [root]) for root in (long, short)]
            note(f"clock {workers}", lasted[0] - lasted[1])

    judge(short, 2)  # what is imported once
    benchmark.pedantic(partial(judge, long, 2), setup=beside, rounds=ROUNDS, warmup_rounds=0)
    median = {name: statistics.median(found) for name, found in times.items()}
    least = {name: min(found) for name, found in times.items()}
    told = {
        "one core, to the bound": sum(median[part] for part in parts) / median["cpu"],
        "an ideal loop": sum(median[part] for part in parts) / sum(median[name] for name in ("read", *parts)),
        "two cores, to SHA-1": least["sha1 by the clock"] / least["clock 2"],
        "gain of two cores": least["clock 1"] / least["clock 2"],
        "gain of two bare SHA-1": 2 * least["sha1 by the clock"] / least["two sha1 by the clock"],
    }
    benchmark.extra_info.update({name: round(value, 3) for name, value in told.items()})
    say(capsys, ", ".join(f"{name} {value:.2f}" for name, value in told.items()))


def process(action: Callable[[], None]) -> float:
    start = time.process_time()
    action()
    return time.process_time() - start


@pytest.mark.skipif("DCPKIT_PEERS" not in os.environ, reason="left out: DCPKIT_PEERS names no folder")
def test_beside_other_checkers(benchmark: Any, capsys: Any, folder: Path) -> None:
    """1 GB in the clear: CPU seconds and seconds by the clock of whole processes, in turn."""
    root = package(folder, LONG)
    path = f"{os.environ['DCPKIT_PEERS']}:{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path}
    ours = [sys.executable, "-c", "import sys; from dcpkit.main import run; run(sys.argv[1:])", "verify"]
    commands = {
        "dcpkit": [*ours, "--quiet", str(root)],
        "clairmeta": ["clairmeta", "check", "-type", "dcp", str(root)],
        "dcp_inspect": ["dcp_inspect", str(root)],
        "sha1sum": ["sha1sum", *(str(each) for each in root.glob("*.mxf"))],
    }
    commands = {name: words for name, words in commands.items() if shutil.which(words[0], path=path)}
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in commands}

    def run(words: Sequence[str]) -> tuple[float, float]:
        before, start = getrusage(RUSAGE_CHILDREN), time.perf_counter()
        subprocess.run(words, capture_output=True, env=environment, check=False)
        after = getrusage(RUSAGE_CHILDREN)
        spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        return spent, time.perf_counter() - start

    def turn() -> None:
        for name, words in commands.items():
            found[name].append(run(words))

    benchmark.pedantic(turn, rounds=5, warmup_rounds=1)
    for name, each in found.items():
        spent, lasted = (statistics.median(values) for values in zip(*each, strict=True))
        benchmark.extra_info[name] = f"{spent:.2f} CPU s, {lasted:.2f} s"
        say(capsys, f"{name}: {spent:.2f} CPU s, {lasted:.2f} s by the clock")
