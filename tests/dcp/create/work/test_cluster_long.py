"""Workers of a cluster killed at random, again and again: the same bytes as by threads."""

from __future__ import annotations

import os
import random
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from shots import maker, picture, short_film

from dcp.create.makers.frame import Frame
from dcp.create.makers.protocol import Work
from dcp.create.work.cluster import Cluster
from dcp.create.work.executor import Executor, Threads

distributed = pytest.importorskip("distributed", reason="the extra cluster is not installed")

pytestmark = [pytest.mark.soak, pytest.mark.extra("create"), pytest.mark.posix]


def made(
    film: list[Frame], folder: Path, executor: Executor, tell: Callable[[int, int], None] | None = None
) -> list[bytes]:
    folder.mkdir()
    with maker(film).making(Work(folder / "spool", executor=executor, progress=tell)) as units:
        return [bytes(each) for each in units.units()]


@pytest.mark.parametrize("seed", range(20))
def test_workers_that_are_killed_at_random_are_missed_by_nobody(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    film = [*short_film(), *(picture(4, at) for at in range(60)), *short_film()]
    whole = made(film, tmp_path / "threads", Threads())
    count = chance.randint(2, 3)
    deaths = set(chance.sample(range(2, len(film) - 2), chance.randint(1, 3)))
    with distributed.LocalCluster(
        n_workers=count, threads_per_worker=chance.randint(1, 2), host="127.0.0.1",
        dashboard_address=":0", silence_logs=50,
    ) as local:  # fmt: skip

        def tell(done: int, total: int) -> None:
            if done in deaths:
                living = [each.pid for each in local.workers.values() if each.pid is not None]
                if living:
                    os.kill(chance.choice(living), signal.SIGKILL)

        assert made(film, tmp_path / "workers", Cluster(local.scheduler_address), tell) == whole
