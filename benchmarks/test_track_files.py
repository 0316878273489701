"""Wrapping and unwrapping beside what the cryptography alone costs.

The bound of a chain is 1/(1/a + 1/b + ...) over the speeds of its parts, each measured by itself in the same
round, on the same bytes, with the same library calls: AES-128-CBC by `update_into` into a reused buffer, HMAC
and SHA-1 over whole frames. Reading and writing are in the chain and not in the bound. One core is counted
in CPU time of the thread (`time.thread_time`), since the machine may be busy; two cores by the clock.

The frames are 1.3 MB of noise, 208 MB of them, so they come from memory and not from the processor's caches.
`hot` gives the same ratio to a bound measured on one frame over and over, which no real track reaches.
"""

from __future__ import annotations

import os
import statistics
import uuid
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from speeds import PARTS, Units, clock, cpu, say, sha1_of

from dcp.mxf.descriptors import Descriptor, PictureDescriptor, SoundDescriptor
from dcp.mxf.reader import TrackFile, require
from dcp.mxf.writer import write_track_file
from dcp.secrets.keys import ContentKey

FRAME, FRAMES = 1_300_000, 160
SOUND, SOUNDS = 36_000, 4_000
ROUNDS = 5
KEY = ContentKey(id=uuid.uuid4(), type="MDIK", value=os.urandom(16))
PICTURE = PictureDescriptor(
    stored_width=2048,
    stored_height=1080,
    stereo=False,
    rsiz=3,
    xsiz=2048,
    ysiz=1080,
    xosiz=0,
    yosiz=0,
    xtsiz=2048,
    ytsiz=1080,
    xtosiz=0,
    ytosiz=0,
    csiz=3,
    coding_style_default=bytes(16),
    quantization_default=bytes(33),
)


@pytest.fixture(scope="module")
def frames() -> Units:
    return [os.urandom(FRAME) for _ in range(FRAMES)]


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """On tmpfs where there is one: the disk is not what is measured."""
    shared = Path("/dev/shm")
    place = shared / f"dcpkit-bench-{uuid.uuid4()}" if shared.is_dir() else tmp_path / "bench"
    place.mkdir()
    yield place
    for each in place.iterdir():
        each.unlink()
    place.rmdir()


def _wrap(path: Path, units: Units, descriptor: Descriptor = PICTURE, key: ContentKey | None = KEY) -> None:
    write_track_file(
        path,
        iter(units),
        sizes=[len(unit) for unit in units],
        descriptor=descriptor,
        edit_rate=Fraction(24),
        asset_id=uuid.uuid4(),
        key=key,
        now=datetime.now(UTC),
    )


def _unwrap(path: Path) -> None:
    with TrackFile.open(path) as track:
        for unit in track.units(key=KEY):
            require(unit, path)


def _measure(
    benchmark: Any, capsys: Any, chain: Callable[[], None], units: Units, parts: Sequence[str], name: str
) -> None:
    """Rounds of: each part by itself, then the chain. Prints the ratio of the medians."""
    times: dict[str, list[float]] = {}

    def parts_first() -> None:
        hot = [units[0]] * len(units)
        for part in parts:
            times.setdefault(part, []).append(cpu(partial(PARTS[part], units)))
            times.setdefault(f"hot {part}", []).append(cpu(partial(PARTS[part], hot)))

    def measured() -> None:
        times.setdefault("chain", []).append(cpu(chain))

    benchmark.pedantic(measured, setup=parts_first, rounds=ROUNDS, warmup_rounds=0)
    median = {each: statistics.median(found) for each, found in times.items()}
    size = sum(map(len, units)) / 1e6
    bound = sum(median[part] for part in parts)
    hot_bound = sum(median[f"hot {part}"] for part in parts)
    benchmark.extra_info["MB_per_cpu_s"] = {each: round(size / found) for each, found in median.items()}
    benchmark.extra_info["ratio_to_bound"] = round(bound / median["chain"], 3)
    benchmark.extra_info["ratio_to_hot_bound"] = round(hot_bound / median["chain"], 3)
    say(
        capsys,
        f"{name}: {size / median['chain']:.0f} MB per CPU-s, bound {size / bound:.0f}, "
        f"ratio {bound / median['chain']:.2f} (to the hot bound {size / hot_bound:.0f}: "
        f"{hot_bound / median['chain']:.2f})",
    )


def test_wrap_with_encryption_mic_and_file_hash(
    benchmark: Any, capsys: Any, folder: Path, frames: Units
) -> None:
    path = folder / "wrap.mxf"
    parts = ("encrypt", "hmac", "sha1")
    _measure(benchmark, capsys, lambda: _wrap(path, frames), frames, parts, "wrap 1.3 MB frames")


def test_unwrap_with_mic_check(benchmark: Any, capsys: Any, folder: Path, frames: Units) -> None:
    path = folder / "unwrap.mxf"
    _wrap(path, frames)
    _measure(benchmark, capsys, lambda: _unwrap(path), frames, ("decrypt", "hmac"), "unwrap 1.3 MB frames")


def test_wrap_sound(benchmark: Any, capsys: Any, folder: Path) -> None:
    """5.1 at 24 a second: 36 kB a unit, where what each unit costs by itself shows most."""
    units = [os.urandom(SOUND)] * SOUNDS
    sound = SoundDescriptor(channels=6)
    path = folder / "wrap.mxf"
    parts = ("encrypt", "hmac", "sha1")
    _measure(benchmark, capsys, lambda: _wrap(path, units, sound), units, parts, "wrap 36 kB sound units")


def test_unwrap_sound(benchmark: Any, capsys: Any, folder: Path) -> None:
    units = [os.urandom(SOUND)] * SOUNDS
    path = folder / "unwrap.mxf"
    _wrap(path, units, SoundDescriptor(channels=6))
    _measure(benchmark, capsys, lambda: _unwrap(path), units, ("decrypt", "hmac"), "unwrap 36 kB sound units")


@pytest.mark.parametrize("direction", ["wrap", "unwrap"])
def test_two_files_on_two_threads_against_one(
    benchmark: Any, capsys: Any, folder: Path, frames: Units, direction: str
) -> None:
    """By the clock, the best of the rounds, beside what the machine gives SHA-1 alone just then:
    where other processes hold the cores, neither gains.
    """
    paths = [folder / "one.mxf", folder / "two.mxf"]
    some = frames[: FRAMES // 2]
    for path in paths:
        _wrap(path, some)

    def work(path: Path) -> None:
        if direction == "wrap":
            _wrap(path, some)
        else:
            _unwrap(path)

    alone: list[float] = []
    together: list[float] = []
    bare: list[tuple[float, float]] = []

    def one() -> None:
        bare.append((clock(sha1_of, [some]), clock(sha1_of, [some, some])))
        alone.append(clock(work, paths[:1]))

    benchmark.pedantic(
        lambda: together.append(clock(work, paths)), setup=one, rounds=2 * ROUNDS, warmup_rounds=0
    )
    gain = 2 * min(alone) / min(together)
    machine = 2 * min(each for each, _ in bare) / min(each for _, each in bare)
    benchmark.extra_info["gain_of_two_threads"] = round(gain, 3)
    benchmark.extra_info["gain_of_bare_sha1"] = round(machine, 3)
    say(capsys, f"{direction} two files on two threads: x{gain:.2f} (SHA-1 alone: x{machine:.2f})")
