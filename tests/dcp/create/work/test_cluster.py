"""Frames coded by the workers of a Dask scheduler on loopback: the same bytes as by threads, however they are
handed over, and when workers go."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from building import plan
from material import NOW, video
from shots import SIZE, maker, picture, recipe, short_film

from dcp.create.build import build_package, check_plan
from dcp.create.makers import tasks
from dcp.create.makers.frame import Frame
from dcp.create.makers.picture import PictureMaker
from dcp.create.makers.protocol import Work
from dcp.create.makers.tracks import picture_maker
from dcp.create.planning.marking import Marking
from dcp.create.planning.plan import PictureTrackPlan, Plan
from dcp.create.sources.facts import Pixels
from dcp.create.work import cluster
from dcp.create.work.cluster import Cluster, Kind, own_kind
from dcp.create.work.executor import Executor, Threads, executor_by_name
from dcp.errors import DcpError, UsageError
from dcp.picture.geometry import place
from dcp.picture.limits import frame_limits

distributed = pytest.importorskip("distributed", reason="the extra cluster is not installed")

pytestmark = [pytest.mark.extra("create"), pytest.mark.posix]


@pytest.fixture(scope="module")
def local() -> Iterator[Any]:
    """A scheduler and two processes."""
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, host="127.0.0.1", dashboard_address=":0", silence_logs=50
    ) as found:
        yield found


@pytest.fixture
def workers(local: Any) -> Cluster:
    found = executor_by_name(f"dask:{local.scheduler_address}")
    assert isinstance(found, Cluster)
    return found


def made(maker: PictureMaker, folder: Path, executor: Executor, **more: Any) -> list[bytes]:
    folder.mkdir()
    with maker.making(Work(folder / "spool", executor=executor, **more)) as units:
        return [bytes(each) for each in units.units()]


def stills(folder: Path, frames: list[Frame]) -> Path:
    """A file each; what is black is no file."""
    folder.mkdir()
    for at, frame in enumerate(frames):
        if isinstance(frame, Pixels):
            cv2.imwrite(str(folder / f"{at:04d}.png"), np.dstack(frame.planes[::-1]))
    return folder


def small(track: PictureTrackPlan) -> PictureTrackPlan:
    """The same in a container of 96x54, with so few bits that something is lost."""
    pieces = []
    for piece in track.pieces:
        eyes = []
        for eye in piece.run.eyes:
            assert eye.placement is not None
            crop = eye.placement.crop
            shown = place(crop.size, SIZE)
            eyes.append(replace(eye, placement=replace(shown, crop=crop)))
        pieces.append(replace(piece, run=replace(piece.run, eyes=tuple(eyes))))
    limits = frame_limits(track.rate, stereo=track.stereo, mbps=2)
    return replace(track, pieces=tuple(pieces), size=SIZE, limits=limits)


class Watched:
    """Which functions were submitted."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.names: list[str] = []
        submit = cluster._Workers.submit

        def watched(pool: Any, function: Any, *arguments: Any, first: bool = False) -> Any:
            self.names.append(function.__name__)
            return submit(pool, function, *arguments, first=first)

        monkeypatch.setattr(cluster._Workers, "submit", watched)


@pytest.fixture
def watched(monkeypatch: pytest.MonkeyPatch) -> Watched:
    return Watched(monkeypatch)


def test_frames_that_are_sent_come_to_the_same_bytes(
    workers: Cluster, tmp_path: Path, watched: Watched
) -> None:
    film = short_film()
    right = [film[4], *film[:-1]]
    for number, eyes in enumerate((None, right)):
        by_threads = made(maker(film, eyes), tmp_path / f"threads{number}", Threads(2))
        assert made(maker(film, eyes), tmp_path / f"workers{number}", workers) == by_threads
    assert {"coded", "tried"} == set(watched.names)


@pytest.mark.parametrize("coding", ["fine", "exact"])
def test_stills_that_workers_see_are_referred_to(
    workers: Cluster, tmp_path: Path, watched: Watched, coding: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    stills(tmp_path / "film", short_film())
    monkeypatch.chdir(tmp_path)
    folder = Path("film")  # the workers are in another folder
    track = small(plan(folder, colour="rec709", gaps="black").pictures[0])
    by_threads = made(picture_maker(track), tmp_path / "threads", Threads(2), coding=coding)
    assert made(picture_maker(track), tmp_path / "workers", workers, coding=coding) == by_threads
    assert {"coded_there", "looks_at"} == set(watched.names) - {"tried_there"}


def test_a_video_that_workers_see_is_referred_to_mixed_and_repeated(
    workers: Cluster, tmp_path: Path, watched: Watched
) -> None:
    film = video(tmp_path / "film.mkv", frames=12, rate=25)
    for number, more in enumerate(
        ({"rate_conversion": "blend"}, {"picture_rate": 50}, {"stereo": "side-by-side"})
    ):
        given = {"picture_rate": 24 if number != 1 else 50, "rate_conversion": "drop", **more}
        track = small(plan(film, **given).pictures[0])
        by_threads = made(picture_maker(track), tmp_path / f"threads{number}", Threads(2))
        assert made(picture_maker(track), tmp_path / f"workers{number}", workers) == by_threads
    assert {"coded_there", "tried_there", "looks_at"} >= set(watched.names) > {"looks_at"}


def test_what_workers_do_not_see_as_it_is_here_is_sent(
    workers: Cluster, tmp_path: Path, watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = stills(tmp_path / "film", short_film()[:5])
    track = small(plan(folder, colour="rec709").pictures[0])
    stamps = tasks.stamps
    monkeypatch.setattr(tasks, "stamps", lambda paths: [(1, 2)] * len(paths))  # here alone
    by_threads = made(picture_maker(track), tmp_path / "threads", Threads(2))
    monkeypatch.setattr(cluster.tasks, "stamps", stamps)
    os.utime(next(folder.iterdir()), (1, 1))
    monkeypatch.setattr(cluster._Workers, "sees", lambda pool, files: False)
    assert made(picture_maker(track), tmp_path / "workers", workers) == by_threads
    assert {"coded", "tried"} == set(watched.names)


def test_files_are_compared_by_place_size_and_time(workers: Cluster, tmp_path: Path) -> None:
    file = tmp_path / "a.mov"
    file.write_bytes(b"film")
    with workers.pool() as pool:
        assert pool.sees([file])
        assert not pool.sees([file, tmp_path / "none"])
        assert not pool.sees([Path("a.mov")])


@pytest.mark.parametrize("stop", [1, 6, 12, 15])
def test_a_run_goes_on_by_whom_ever(workers: Cluster, tmp_path: Path, stop: int) -> None:
    folder = stills(tmp_path / "film", short_film())
    track = small(plan(folder, colour="rec709", gaps="black").pictures[0])
    whole = made(picture_maker(track), tmp_path / "whole", Threads(2))
    for first, second in ((workers, Threads(2)), (Threads(2), workers)):
        seen: list[int] = []
        work = Work(
            tmp_path / "spool",
            executor=first,
            progress=lambda done, total, seen=seen: seen.append(done),
            cancel=lambda seen=seen: len(seen) >= stop,
        )
        with pytest.raises(DcpError, match="stopped"), picture_maker(track).making(work):
            pass
        with picture_maker(track).making(Work(tmp_path / "spool", executor=second)) as units:
            assert [bytes(each) for each in units.units()] == whole


def test_a_worker_that_is_killed_is_missed_by_nobody(tmp_path: Path) -> None:
    frames: list[Frame] = [picture(1, at) for at in range(30)]
    by_threads = made(maker(frames), tmp_path / "threads", Threads(2))
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, host="127.0.0.1", dashboard_address=":0", silence_logs=50
    ) as own:
        killed: list[int] = []

        def tell(done: int, total: int) -> None:
            if done == 8 and not killed:
                killed.append(next(iter(own.workers.values())).pid)
                os.kill(killed[0], signal.SIGKILL)

        found = made(maker(frames), tmp_path / "workers", Cluster(own.scheduler_address), progress=tell)
        assert killed and found == by_threads


def test_where_no_worker_is_left_there_is_one_error(tmp_path: Path) -> None:
    frames: list[Frame] = [picture(1, at) for at in range(60)]
    with distributed.LocalCluster(
        n_workers=1, threads_per_worker=1, host="127.0.0.1", dashboard_address=":0", silence_logs=50
    ) as own:

        def tell(done: int, total: int) -> None:
            if done == 4:
                own.scale(0)
                while own.scheduler_info["workers"]:
                    time.sleep(0.05)

        with pytest.raises(DcpError, match="no workers that could go on") as caught:
            made(
                maker(frames),
                tmp_path / "workers",
                Cluster(own.scheduler_address, patience=1.0),
                progress=tell,
            )
        assert caught.value.where == own.scheduler_address
    assert (tmp_path / "workers" / "spool").exists(), "what was coded is there for the next run"


def test_a_cluster_without_workers_and_one_that_is_not_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "ANSWERS_IN", 1.0)
    with distributed.LocalCluster(
        n_workers=0, host="127.0.0.1", dashboard_address=":0", silence_logs=50
    ) as own:
        address = own.scheduler_address
        with pytest.raises(DcpError, match="no workers"), Cluster(address, patience=0.5).pool():
            pass
    with pytest.raises(DcpError, match="does not answer") as caught, Cluster("tcp://127.0.0.1:9").pool():
        pass
    assert caught.value.where == "tcp://127.0.0.1:9"


@pytest.mark.parametrize("name", ["dask:", "dask:localhost:80", "dask:tcp://host", "dask:http://host:80"])
def test_what_is_no_address_is_refused(name: str) -> None:
    with pytest.raises(UsageError, match="no address of a scheduler"):
        executor_by_name(name)


def test_a_worker_of_another_kind_is_refused_by_name(
    workers: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, examine = own_kind(), cluster._Workers.examine
    versions = tuple((name, "9.9" if name == "numpy" else version) for name, version in here.versions)
    for other, message in (
        (Kind(versions, here.codes), r"the worker tcp://\S+ has numpy [0-9.]+ where .* numpy 9\.9"),
        (Kind(here.versions, b"other"), r"the worker tcp://\S+ codes a picture into another codestream"),
    ):

        def as_if(pool: Any, other: Kind = other) -> None:
            pool._kind = other
            examine(pool)

        monkeypatch.setattr(cluster._Workers, "examine", as_if)
        with pytest.raises(UsageError, match=message), workers.pool():
            pass


def test_a_worker_that_comes_later_is_asked_as_well(workers: Cluster) -> None:
    with workers.pool() as pool:
        pool._kind = Kind(pool._kind.versions, b"other")  # type: ignore[attr-defined]
        with pytest.raises(UsageError, match="into another codestream"):
            pool.submit(len, b"").result(timeout=60)


def test_an_error_comes_back_as_it_was(workers: Cluster) -> None:
    with workers.pool() as pool:
        with pytest.raises(DcpError, match="SOC"):
            pool.submit(tasks.coded, b"no codestream", recipe(), "openjpeg", 0).result(timeout=60)
        with pytest.raises(ZeroDivisionError):
            pool.submit(divmod, 1, 0).result(timeout=60)


def test_items_go_to_workers_in_order_too(workers: Cluster) -> None:
    assert list(workers.map(len, [b"a" * number for number in range(20)])) == list(range(20))


def test_what_is_shared_is_handed_over_once(workers: Cluster) -> None:
    with workers.pool() as pool:
        value = [1, 2, 3]
        assert pool.shared(value) is pool.shared(value)
        assert [pool.submit(len, pool.shared(value)).result(timeout=60) for _ in range(3)] == [3] * 3


def test_a_package_is_made_by_workers_and_a_marked_one_is_refused(workers: Cluster, tmp_path: Path) -> None:
    planned: Plan = plan(video(tmp_path / "film.mkv", frames=1))
    built = build_package(planned, tmp_path / "out", now=NOW, executor=workers)
    assert built.coded[0].anchors == 1 and built.frames == 1
    marked = replace(planned, mark=Marking(1, 2, "00", lambda *form: lambda pictures, number: pictures))
    with pytest.raises(UsageError, match="on this machine alone"):
        check_plan(marked, None, now=NOW, executor=workers)
    with pytest.raises(UsageError, match="on this machine alone"):
        build_package(marked, tmp_path / "other", now=NOW, executor=workers)
    assert not (tmp_path / "other").exists()
