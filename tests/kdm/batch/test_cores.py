"""Work on all cores: complete, in processes that go when they should."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Generator
from contextlib import closing, suppress
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest

from dcp.errors import CertificateError, DcpError
from dcp.secrets.keys import ContentKey
from dcp.trust.making import NewChain
from kdm.batch import cores as cores_module
from kdm.batch.cores import crew, useful
from kdm.batch.handover import packed, unpacked


def each_done(
    count: int, work: Callable[[int], Any], *, workers: int, means: Any = "processes"
) -> Generator[tuple[int, Any], None, None]:
    """One round of a crew of its own."""
    with crew(work, workers=workers, means=means) as rounds, closing(rounds(range(count))) as results:
        yield from results


KINDS = [("processes", 1), ("processes", 2), ("processes", 5), ("threads", 2)]


@pytest.mark.parametrize(("means", "workers"), KINDS)
@pytest.mark.parametrize("count", [0, 1, 2, 97])
@pytest.mark.posix
def test_everything_is_done_once(means: Any, workers: int, count: int) -> None:
    done = list(each_done(count, lambda number: number * number, workers=workers, means=means))
    assert sorted(done) == [(number, number * number) for number in range(count)]


@pytest.mark.parametrize(("means", "workers"), KINDS)
@pytest.mark.posix
def test_a_crew_stays_for_several_rounds(means: Any, workers: int) -> None:
    with crew(lambda task: (task, os.getpid()), workers=workers, means=means) as rounds:
        first = [result for _, result in rounds(list("abcdefghijklmnopqrstuvwxyz" * 3))]
        second = [result for _, result in rounds([("a pair", 1), None])]
    assert sorted(task for task, _ in first) == sorted("abcdefghijklmnopqrstuvwxyz" * 3)
    assert {task for task, _ in second} == {("a pair", 1), None}
    assert {pid for _, pid in second} <= {pid for _, pid in first}


@pytest.mark.posix
def test_processes_are_others_and_threads_are_not() -> None:
    def where(number: int) -> int:
        time.sleep(0.005)
        return os.getpid()

    here = os.getpid()
    forked = {pid for _, pid in each_done(40, where, workers=2)}
    assert here not in forked and len(forked) == 2
    assert {pid for _, pid in each_done(40, where, workers=2, means="threads")} == {here}
    assert {pid for _, pid in each_done(40, where, workers=1)} == {here}


@pytest.mark.parametrize(("means", "workers"), KINDS)
@pytest.mark.posix
def test_an_error_of_the_work_is_raised_with_its_words(means: Any, workers: int) -> None:
    def work(number: int) -> int:
        if number == 30:
            raise CertificateError("not this one", where="there", remedy="another")
        return number

    with pytest.raises(CertificateError, match="not this one") as caught:
        list(each_done(60, work, workers=workers, means=means))
    assert (caught.value.where, caught.value.remedy) == ("there", "another")


@pytest.mark.posix
def test_an_unforeseen_error_in_a_process_is_named_and_shows_nothing_else() -> None:
    def work(number: int) -> int:
        raise ValueError("0123456789abcdef0123456789abcdef")

    with pytest.raises(DcpError, match=r"error inside dcpkit \(ValueError\)") as caught:
        list(each_done(6, work, workers=2))
    assert "0123" not in str(caught.value)


@pytest.mark.posix
def test_a_process_that_dies_is_noticed() -> None:
    def work(number: int) -> int:
        if number == 20:
            os.kill(os.getpid(), signal.SIGKILL)
        return number

    with pytest.raises(DcpError, match="stopped from outside"):
        list(each_done(60, work, workers=2))


def alive(pids: list[int]) -> list[int]:
    """Those that still run; one that has ended and that nobody has collected does not."""
    found = []
    for pid in pids:
        with suppress(OSError):
            if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z":
                found.append(pid)
    return found


@pytest.mark.posix
def test_whoever_stops_listening_leaves_no_process() -> None:
    pids = []
    with closing(each_done(10_000, lambda number: os.getpid(), workers=2)) as results:
        for _, pid in results:
            pids.append(pid)
            if len(pids) == 50:
                break
    assert alive(list(set(pids))) == []


@pytest.mark.posix
def test_processes_end_when_their_parent_is_killed(tmp_path: Path) -> None:
    """Not even a kill that cannot be caught leaves them at work."""
    child = os.fork()
    if child == 0:
        try:
            for _, pid in each_done(100_000, lambda number: (time.sleep(0.001), os.getpid())[1], workers=2):
                (tmp_path / str(pid)).touch()
        finally:
            os._exit(0)
    while len(list(tmp_path.iterdir())) < 2:
        time.sleep(0.01)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    workers = [int(path.name) for path in tmp_path.iterdir()]
    for _ in range(500):
        if not alive(workers):
            return
        time.sleep(0.01)
    raise AssertionError(f"still at work: {alive(workers)}")


@pytest.mark.posix
def test_signals_for_the_whole_group_do_not_reach_the_work() -> None:
    """The task in hand is finished when a terminal's Ctrl-C reaches the workers too."""

    def work(number: int) -> int:
        for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            os.kill(os.getpid(), each)
        return number

    assert len(list(each_done(20, work, workers=2))) == 20


@pytest.mark.posix
def test_it_works_beside_other_threads() -> None:
    """A progress bar has one."""
    stop = threading.Event()
    beside = threading.Thread(target=stop.wait)
    beside.start()
    try:
        assert len(list(each_done(20, lambda number: number, workers=2))) == 20
    finally:
        stop.set()
        beside.join()


class TestWithoutFork:
    """As on macOS and Windows: a process is started afresh and gets what it works with."""

    @pytest.fixture(autouse=True)
    def no_fork(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(cores_module, "can_fork", lambda: False)

    def test_everything_is_done_once_in_other_processes(self) -> None:
        with crew(partial(told, "x"), workers=2) as rounds:
            first, second = list(rounds(range(97))), list(rounds(["again"]))
        assert sorted((number, task) for number, (_, task, _) in first) == [(n, n) for n in range(97)]
        assert [(number, task) for number, (_, task, _) in second] == [(0, "again")]
        pids = {pid for _, (_, _, pid) in first}
        assert os.getpid() not in pids and alive(list(pids)) == []

    def test_an_error_and_a_death_are_told(self) -> None:
        with pytest.raises(CertificateError, match="not this one"):
            list(each_done(60, fails, workers=2))
        with pytest.raises(DcpError, match="stopped from outside"):
            list(each_done(60, dies, workers=2))

    def test_what_cannot_be_handed_over_starts_nothing(self) -> None:
        key = ContentKey.generate("MDIK")
        with pytest.raises(TypeError, match="not pickled"):
            list(each_done(60, partial(told, key), workers=2))

    def test_private_keys_and_certificates_are_handed_over(self, device_chain: NewChain) -> None:
        told = unpacked(
            packed((device_chain.private_key, tuple(device_chain.chain), MappingProxyType({1: 2})))
        )
        assert told[0].private_numbers() == device_chain.private_key.private_numbers()
        assert told[1] == tuple(device_chain.chain) and told[2] == {1: 2}

    def test_a_process_has_to_be_worth_its_start(self) -> None:
        assert [useful(8, tasks) for tasks in (0, 1, 399, 400, 100_000)] == [1, 1, 1, 2, 8]


def told(word: object, task: object) -> tuple[object, object, int]:
    return word, task, os.getpid()


def fails(number: int) -> int:
    if number == 30:
        raise CertificateError("not this one", where="there", remedy="another")
    return number


def dies(number: int) -> int:
    if number == 20:
        os._exit(9)
    return number


@pytest.mark.posix
def test_a_forked_process_is_always_worth_it() -> None:
    assert [useful(8, tasks) for tasks in (0, 1, 5, 100)] == [1, 1, 5, 8]
