"""Long shows: how soon the first frame stands, and that memory does not grow."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from barred import HEIGHT, WIDTH, Watcher, barred
from shows import run

from dcp.secrets.keys import write_keys
from player.screen.screen import Frame, Signal
from player.transport import Seek, Stop

Make = Callable[..., Any]
MOST_CPU = 1.5
"""Seconds, on one core, from the checks to the first frame."""
MOST_GROWTH = 1.10
MOST_OF_A_WORKER = 45
"""MB, of 2K: the decoder's planes (26.5), the picture that is made of them (13.3), a few units."""


class Timed(Watcher):
    """A screen that takes CPU times: when the checks were done, at the first frame, around a seek."""

    def __init__(self, seek: int) -> None:
        super().__init__()
        self.seek, self.lit, self.first, self.asked, self.sought = seek, 0.0, 0.0, 0.0, 0.0

    def showing(self, signal: Signal) -> Watcher:
        self.lit = time.process_time()
        return super().showing(signal)

    def show(self, frame: Frame) -> None:
        super().show(frame)
        if len(self.seen) == 1:
            self.first = time.process_time()
            self.signal.post(Seek(self.seek))
            self.asked = time.process_time()
        else:
            self.sought = time.process_time()
            self.signal.post(Stop())


@pytest.mark.soak
def test_the_first_frame_of_ninety_minutes(make: Make) -> None:
    frames = 90 * 60 * 24
    made = make(lengths=(frames,), sound=False, picture=lambda *_: barred(7, 96, 54), size=(96, 54))
    begin = time.process_time()
    screen = Timed(frames - 5)
    report = run(made, screen)
    assert screen.numbers == [0, frames - 5]
    print(
        f"checks {screen.lit - begin:.3f} s, first frame {screen.first - screen.lit:.3f} s,"
        f" seek to the end {screen.sought - screen.asked:.3f} s of CPU"
    )
    assert screen.first - screen.lit <= MOST_CPU
    assert screen.sought - screen.asked <= MOST_CPU
    assert report.runs == ((0, 0), (frames - 5, frames - 5))


PLAYED = """
import json, sys
from pathlib import Path
from datetime import UTC, datetime
from dcp.secrets.keys import read_keys
from dcp.system import give_large_blocks_back
from player.play import play
root, keys, last, workers = sys.argv[1:]
give_large_blocks_back()  # as the command does
report = play(
    Path(root), now=datetime(2028, 6, 1, 12, 0, tzinfo=UTC), keyring=read_keys(Path(keys)),
    frames=(0, int(last)), workers=int(workers),
)
peak = next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(json.dumps([report.frames_shown, peak]))
"""


def peak_of(made: Any, keys: Path, frames: int, workers: int = 2) -> float:
    """MB that a process had at most which showed so many frames to nobody."""
    write_keys(keys, made.keyring)
    command = [sys.executable, "-c", PLAYED, str(made.root), str(keys), str(frames - 1), str(workers)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    shown, peak = json.loads(done.stdout)
    assert shown == frames
    return float(peak) / 1024


@pytest.mark.soak
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="left out: /proc is not here")
def test_memory_is_the_same_after_24_frames_and_after_2400(make: Make, tmp_path: Path) -> None:
    made = make(lengths=(24,) * 100, shared=True, picture=lambda n, *_: barred(n % 24), size=(WIDTH, HEIGHT))
    few, many = (peak_of(made, tmp_path / "keys", frames) for frames in (24, 2_400))
    print(f"{few:.1f} MB after 24 frames, {many:.1f} MB after 2,400")
    assert many <= MOST_GROWTH * few


@pytest.mark.soak
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="left out: /proc is not here")
def test_a_thread_more_takes_a_frame_s_memory_more(make: Make, tmp_path: Path) -> None:
    made = make(lengths=(24,), sound=False, picture=lambda n, *_: barred(n, 2048, 1080), size=(2048, 1080))
    one, two = (peak_of(made, tmp_path / "keys", 24, workers) for workers in (1, 2))
    print(f"{one:.1f} MB with one thread, {two:.1f} MB with two")
    assert two - one <= MOST_OF_A_WORKER
