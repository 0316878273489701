"""A show that is killed or interrupted at any moment: the log so far is whole, no output looks finished, and
the next run takes away what is left."""

from __future__ import annotations

import json
import os
import random
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dcp.secrets.keys import write_keys
from player.log.verify import verify_log

Make = Callable[..., Any]
FRAMES = 60

pytestmark = pytest.mark.skipif(os.name == "nt", reason="processes are not killed in this way on Windows")

OUTPUTS = ["y4m:{}/out", "frames:{}/out", "tiff:{}/out", "wav:{}/out"]


@pytest.fixture
def command(make: Make, tmp_path: Path) -> Callable[[str], list[str]]:
    made = make(lengths=(FRAMES // 2, FRAMES // 2), shared=True)
    write_keys(tmp_path / "keys", made.keyring)
    (tmp_path / "at").mkdir()

    def words(output: str) -> list[str]:
        play = [sys.executable, "-m", "dcpkit", "play", str(made.root), "--keys", str(tmp_path / "keys")]
        place = output.format(tmp_path / "at")
        return [*play, "--output", place, "--log", str(tmp_path / "log"), "--quiet", "--json"]

    return words


def events(log: Path) -> list[dict[str, Any]]:
    """Every line but one that was being written; each must be whole."""
    lines = log.read_bytes().split(b"\n") if log.exists() else [b""]
    return [json.loads(line) for line in lines[:-1]]


def ended(words: list[str], number: signal.Signals, delay: float) -> int:
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs inherit it ignored
    with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as run:
        try:
            return run.wait(delay)
        except subprocess.TimeoutExpired:
            run.send_signal(number)
            return run.wait(60)


def check(command: Callable[[str], list[str]], folder: Path, rounds: int, seed: int) -> None:
    dice = random.Random(seed)
    at = folder / "at"
    seconds = time.monotonic()
    assert subprocess.run(command(OUTPUTS[0]), capture_output=True, check=False).returncode == 0
    seconds = time.monotonic() - seconds
    (at / "out").unlink()
    for number in range(rounds):
        output = OUTPUTS[number % len(OUTPUTS)]
        stop = dice.choice([signal.SIGKILL, signal.SIGKILL, signal.SIGINT, signal.SIGTERM])
        before = {path.name for path in at.iterdir()}  # of rounds that were killed
        code = ended(command(output), stop, dice.uniform(seconds / 3, seconds))
        told = events(folder / "log")
        assert [each["sequence"] for each in told] == list(range(1, len(told) + 1)), "counted on"
        assert not told or verify_log(folder / "log").whole, "whole, as far as it came"
        left = sorted({path.name for path in at.iterdir()} - before)
        if left == ["out"]:  # it had come to its end
            assert "PlayoutComplete" in [each["subtype"] for each in told[-3:]]
            assert code == 0 or code == -stop
        elif code == 130:
            assert left == []
        else:
            assert code == -stop and all(re.fullmatch(r"\.out\..+\.part", name) for name in left), (
                code,
                left,
            )
        for path in at.glob("out"):
            subprocess.run(["rm", "-r", str(path)], check=True)
    last = subprocess.run(command(OUTPUTS[0]), capture_output=True, check=False)
    assert json.loads(last.stdout)["verdict"] == "complete"
    assert [path.name for path in at.iterdir()] == ["out"], "what killed runs left is gone"
    assert [each["subtype"] for each in events(folder / "log")][-2:] == ["PlayoutComplete", "SPBShutdown"]
    assert verify_log(folder / "log").whole


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_loop_that_is_told_to_stop_reports_what_it_showed(
    number: signal.Signals, command: Callable[[str], list[str]], tmp_path: Path
) -> None:
    signal.signal(signal.SIGINT, signal.default_int_handler)
    words = [*command("null"), "--loop", "--report", str(tmp_path / "report.json")]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as run:
        while run.poll() is None and b"CPLStart" not in log_of(tmp_path):
            time.sleep(0.02)
        time.sleep(0.3)
        run.send_signal(number)
        try:
            said, complaint = run.communicate(timeout=60)
        finally:
            run.kill()  # a loop that was not told would never end
    told = json.loads((tmp_path / "report.json").read_bytes())
    assert (run.returncode, complaint) == (130, b"")
    assert json.loads(said)["verdict"] == told["verdict"] == "stopped"
    assert [each["subtype"] for each in events(tmp_path / "log")][-2:] == ["CPLEnd", "SPBShutdown"]
    assert told["frames_shown"] == sum(last - first + 1 for first, last in told["runs"])


def log_of(folder: Path) -> bytes:
    log = folder / "log"
    return log.read_bytes() if log.exists() else b""


def test_killed_at_any_moment(command: Callable[[str], list[str]], tmp_path: Path) -> None:
    check(command, tmp_path, rounds=2, seed=18)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(5))
def test_killed_at_many_moments(seed: int, command: Callable[[str], list[str]], tmp_path: Path) -> None:
    check(command, tmp_path, rounds=24, seed=seed)
