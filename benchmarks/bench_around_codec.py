"""CPU ms a frame outside the codec, by kind of source and stage, of this tree and of another, in turns.

    python benchmarks/bench_around_codec.py [--beside TREE] [--rounds N] [--coding] [SOURCE ...]

A process for each tree, which are asked in turns; CPU time of all threads; told are medians of the rounds.
`--coding` adds the encode of the same frames, at 12 bits and, where the codec has them, at fewer. SOURCE:
names of `test_create.VIDEOS` and `STILLS`, or parts of them.
"""

from __future__ import annotations

import inspect
import json
import os
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Callable
from functools import cache
from pathlib import Path
from statistics import median
from typing import Any

HERE = Path(__file__).resolve()
TREE = HERE.parents[1]
FEWER = 2  # bits that a fine encode leaves out, mostly


def stages_of(name: str, folder: Path, *, coding: bool) -> Callable[[], dict[str, float]]:
    """What measures ms a frame of each stage, once more at each call."""
    from test_create import FRAMES, Stub, cpu, made, recipe_of

    from dcp.create.job.values import PictureTrack
    from dcp.create.makers.frame import code
    from dcp.create.sources.opening import probe_picture, read_picture
    from dcp.picture.codec import codec_by_name

    source, size, colour = made(name, folder)
    facts = probe_picture(PictureTrack(source=source))
    recipe, stub = recipe_of(facts, size, colour), Stub(size)
    codec: Any = codec_by_name()
    frames: list[Any] = []

    def read() -> None:
        frames.clear()
        frames.extend(read_picture(facts, range(FRAMES)))

    def draw() -> None:
        for frame in frames:
            code(frame, recipe, stub)

    def encode(**more: int) -> None:
        picture = stub.planes.transpose(1, 2, 0).astype("uint16")
        for _ in range(FRAMES):
            codec.encode(picture, limits=recipe.limits, **more)

    def measured() -> dict[str, float]:
        found = {"reading": cpu(read), "drawing": cpu(draw)}
        if coding:
            found["12 bits"] = cpu(encode)
            if "bits" in inspect.signature(codec.encode).parameters:
                found[f"{12 - FEWER} bits"] = cpu(lambda: encode(bits=12 - FEWER))
        return found

    read()
    draw()
    return measured


def answer(folder: Path, *, coding: bool) -> None:
    """A line of JSON for each name of a source."""
    of = cache(lambda name: stages_of(name, folder / name, coding=coding))
    for line in sys.stdin:
        print(json.dumps(of(line.rstrip("\n"))()), flush=True)


def _started(tree: Path, folder: Path, *, coding: bool) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, str(HERE), "--answer", str(folder), str(int(coding))],
        env={**os.environ, "PYTHONPATH": str(tree)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd="/",
    )


def _asked(process: subprocess.Popen[str], name: str) -> dict[str, float]:
    assert process.stdin is not None and process.stdout is not None
    process.stdin.write(name + "\n")
    process.stdin.flush()
    found: dict[str, float] = json.loads(process.stdout.readline())
    return found


def _parts_of(arguments: list[str]) -> tuple[int, list[Path], bool, list[str]]:
    rounds, trees, coding, parts = 7, [TREE], False, []
    rest = iter(arguments)
    for word in rest:
        if word == "--beside":
            trees.insert(0, Path(next(rest)))
        elif word == "--rounds":
            rounds = int(next(rest))
        elif word == "--coding":
            coding = True
        else:
            parts.append(word)
    return rounds, trees, coding, parts


def main(arguments: list[str]) -> None:
    from test_create import STILLS, VIDEOS, made

    rounds, trees, coding, parts = _parts_of(arguments)
    names = [name for name in (*VIDEOS, *STILLS) if not parts or any(part in name for part in parts)]
    with tempfile.TemporaryDirectory() as held:
        workers = {tree: _started(tree, Path(held), coding=coding and tree == TREE) for tree in trees}
        for name in names:
            (Path(held) / name).mkdir()
            made(name, Path(held) / name)
            results: dict[tuple[Path, str], list[float]] = defaultdict(list)
            for number in range(-1, rounds):
                for tree, worker in workers.items():
                    for stage, ms in _asked(worker, name).items():
                        if number >= 0:
                            results[tree, stage].append(ms)
            for tree in trees:
                stages = {stage: median(ms) for (at, stage), ms in results.items() if at == tree}
                around = stages["reading"] + stages["drawing"]
                line = f"{name:26} {'here' if tree == TREE else 'beside':7} {around:6.1f} outside"
                print(line + "".join(f"  {stage} {ms:6.1f}" for stage, ms in stages.items()), flush=True)
        for worker in workers.values():
            assert worker.stdin is not None
            worker.stdin.close()
            worker.wait()


if __name__ == "__main__":
    if sys.argv[1:2] == ["--answer"]:
        answer(Path(sys.argv[2]), coding=sys.argv[3] == "1")
    else:
        main(sys.argv[1:])
