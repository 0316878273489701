"""What a second core brings to the making of a picture, and a second worker of a cluster.

    python benchmarks/making.py CLIP --frames 96 --rounds 3 [--cluster]

Each round makes the same frames of a clip in 2K by one worker and by two, in turns; with --cluster by
processes of a Dask scheduler on this machine. Told are the ratio of the times by the clock, which means
something on an idle machine alone, and, on any machine, how much of the time workers were busy: two busy ones
do twice the work of one.
"""

from __future__ import annotations

import argparse
import resource
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

from dcp.create.job.values import Composition, PictureTrack, Reel, SoundTrack
from dcp.create.makers.protocol import Work
from dcp.create.makers.tracks import picture_maker
from dcp.create.planning.expanding import LogicalReel, Part
from dcp.create.planning.pictures import plan_picture, probe_reel
from dcp.create.planning.plan import PictureTrackPlan
from dcp.create.work.executor import Executor, Pool, Threads, executor_by_name
from dcp.picture.limits import DEFAULT_MBPS, frame_limits

RATE = Fraction(24)
SIZE = (1998, 1080)


class Watched:
    """An executor's tasks, and how long each was worked on."""

    elsewhere = False

    def __init__(self, inner: Executor) -> None:
        self.inner, self.busy = inner, 0.0

    @contextmanager
    def pool(self) -> Iterator[Pool]:
        with self.inner.pool() as pool:
            yield _Watched(pool, self)

    def map(self, *given: Any, **more: Any) -> Any:
        raise NotImplementedError


class _Watched:
    def __init__(self, pool: Pool, of: Watched) -> None:
        self._pool, self._of = pool, of

    def __getattr__(self, name: str) -> Any:
        return getattr(self._pool, name)

    def submit(self, function: Callable[..., Any], *arguments: object, first: bool = False) -> Future[Any]:
        def timed(*given: object) -> Any:
            begun = time.perf_counter()
            try:
                return function(*given)
            finally:
                self._of.busy += time.perf_counter() - begun

        return self._pool.submit(timed, *arguments, first=first)


def planned(clip: Path) -> PictureTrackPlan:
    """The whole clip, in a flat container."""
    track = PictureTrack(source=clip)
    job = Composition(
        (Reel(track, SoundTrack(silent=True)),), title="-", picture_rate=RATE, rate_conversion="drop"
    )
    (probed,) = probe_reel(LogicalReel((Part(track),), SoundTrack(silent=True)), keyring=None)
    found = plan_picture(probed, job, rate=RATE, size=SIZE, keyring=None)
    limits = frame_limits(RATE, mbps=DEFAULT_MBPS)
    return PictureTrackPlan((found.piece,), SIZE, RATE, limits, DEFAULT_MBPS)


def cpu() -> float:
    own, others = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(each.ru_utime + each.ru_stime for each in (own, others))


def made(
    plan: PictureTrackPlan, first: int, frames: int, executor: Executor, coding: Any
) -> dict[str, float]:
    (piece,) = plan.pieces
    part = replace(piece, first=first, count=min(frames, piece.count - first))
    watched = executor if executor.elsewhere else Watched(executor)
    with tempfile.TemporaryDirectory() as folder:
        begun, processor = time.perf_counter(), cpu()
        work = Work(Path(folder) / "spool", executor=watched, coding=coding)
        with picture_maker(replace(plan, pieces=(part,))).making(work) as units:
            wall, processor = time.perf_counter() - begun, cpu() - processor
            coded = units.coded
    busy = watched.busy if isinstance(watched, Watched) else float("nan")
    said = f"{wall:.1f} s, processor {processor:.1f} s, {coded and coded.document()}"
    print(f"{part.count} frames from {first}: {said}")
    return {"wall": wall, "cpu": processor, "busy": busy}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("clip", type=Path)
    parser.add_argument("--frames", type=int, default=96)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--coding", default="fine")
    parser.add_argument("--cluster", action="store_true")
    given = parser.parse_args()
    plan = planned(given.clip)
    found: dict[int, list[dict[str, float]]] = {1: [], 2: []}
    made(plan, 0, 2, Threads(2), given.coding)  # kernels are compiled
    for number in range(given.rounds):
        first = number * given.frames % max(1, plan.frames - given.frames)
        for workers in (1, 2) if number % 2 == 0 else (2, 1):
            with _cluster(workers) if given.cluster else nullcontext((Threads(workers), None)) as by:
                executor, busy = by
                one = made(plan, first, given.frames, executor, given.coding)
                found[workers].append({**one, "busy": busy() if busy is not None else one["busy"]})
    pairs = list(zip(found[1], found[2], strict=True))
    print(f"by the clock: {statistics.median(one['wall'] / two['wall'] for one, two in pairs):.2f} x one")
    if not given.cluster:
        ratio = statistics.median(two["cpu"] / one["cpu"] for one, two in pairs)
        print(f"processor a frame: {ratio:.3f} x one's")
    busy = {n: statistics.median(each["busy"] / n / each["wall"] for each in found[n]) for n in (1, 2)}
    ratio = 2 * busy[2] / busy[1]
    print(f"busy: one {busy[1]:.3f}, two {busy[2]:.3f} of the time: {ratio:.2f} x one's work")


@contextmanager
def _cluster(workers: int) -> Iterator[tuple[Executor, Callable[[], float]]]:
    """With what tells the seconds that its workers were busy with tasks since it was made."""
    import distributed

    with distributed.LocalCluster(
        n_workers=workers, threads_per_worker=1, host="127.0.0.1", dashboard_address=":0", silence_logs=50
    ) as local:
        executor = executor_by_name(f"dask:{local.scheduler_address}")
        with executor.pool():  # processes that have loaded what they need
            pass
        with distributed.Client(local, set_as_default=False) as client:
            client.get_task_stream(count=0)  # from now on

            def busy() -> float:
                tasks = client.get_task_stream(count=100_000)
                parts = [part for task in tasks for part in task["startstops"] if part["action"] == "compute"]
                return sum(part["stop"] - part["start"] for part in parts)

            yield executor, busy


if __name__ == "__main__":
    main()
