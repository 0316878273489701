"""Frames in any order: the same as in order, out of files that stay open, the next reel's ahead of time."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from barred import HEIGHT, WIDTH, barred
from shows import encrypted_units

from dcp.errors import TrackFileError
from dcp.mxf.reader import TrackFile
from dcp.mxf.walk import Walk
from dcp.package.package import open_package
from player import source as module
from player.plan import ShowPlan, plan_show
from player.source import Presentation, Source

Make = Callable[..., Any]


def plan_of(made: Any, **options: Any) -> ShowPlan:
    package = open_package(made.root)
    return plan_show(package, package.composition(None), keyring=made.keyring, **options)


def all_of(plan: ShowPlan) -> list[Presentation]:
    with Source(plan, mic="require") as source:
        return [source.read(frame) for frame in range(plan.first, plan.last + 1)]


@pytest.mark.parametrize("stereo", [False, True])
def test_in_any_order_a_frame_is_the_same(make: Make, stereo: bool) -> None:
    made = make(lengths=(7, 5, 6), entry=2, stereo=stereo, picture=barred, size=(WIDTH, HEIGHT))
    plan = plan_of(made)
    expected = all_of(plan)
    dice = random.Random(3)
    with Source(plan, mic="require") as source:
        for _ in range(60):
            frame = dice.randrange(plan.frames)
            assert source.read(frame) == expected[frame]
    assert {len(each.pictures) for each in expected} == {1 + stereo}


def test_damaged_units_are_the_same_in_any_order(make: Make) -> None:
    made = make(lengths=(9,), picture=barred, size=(WIDTH, HEIGHT))
    path = made.files["picture1.mxf"]
    with TrackFile.open(path) as file:
        offsets = [unit.offset for unit in file.units(raw=True)]
    data = bytearray(path.read_bytes())
    for number in (4, 5):
        data[offsets[number] : offsets[number] + 16] = bytes(16)  # no key of a KLV any more
    data[offsets[7] + 200] ^= 1
    path.write_bytes(data)
    plan = plan_of(made)
    expected = all_of(plan)
    assert [each.pictures[0] is None for each in expected] == [number in (4, 5, 7) for number in range(9)]
    with Source(plan, mic="require") as source:
        for frame in (5, 4, 8, 7, 6, 5, 0):
            found = source.read(frame)
            assert found.pictures == expected[frame].pictures
            assert [fault.reason for each in found.taken for fault in each.faults] == [
                fault.reason for each in expected[frame].taken for fault in each.faults
            ]


def test_the_way_to_a_damaged_unit_begins_near_it(make: Make, monkeypatch: Any) -> None:
    made = make(lengths=(60,), sound=False, picture=lambda *_: barred(1), size=(WIDTH, HEIGHT))
    path = made.files["picture1.mxf"]
    assert len(encrypted_units(path, made.keyring.keys[0])) == 60
    with TrackFile.open(path) as file:
        offsets = [unit.offset for unit in file.units(raw=True)]
    data = bytearray(path.read_bytes())
    data[offsets[50] : offsets[50] + 16] = bytes(16)
    path.write_bytes(data)
    plan = plan_of(made)
    steps = 0
    step = Walk._step

    def counted(self: Any, *args: Any) -> Any:
        nonlocal steps
        steps += 1
        return step(self, *args)

    monkeypatch.setattr(Walk, "_step", counted)
    with Source(plan, mic="require") as source:
        assert source.read(50).pictures == (None,)
        assert source.read(51).pictures == (barred(1),)
    assert steps <= 8


class Openings:
    """Counts the files that are opened, on which threads, and how long one takes."""

    def __init__(self, monkeypatch: Any, *, slow: float = 0.0) -> None:
        self.opened: list[str] = []
        self.threads: list[str] = []
        real = TrackFile.open

        def opening(path: Any) -> TrackFile:
            self.opened.append(path.name)
            self.threads.append(threading.current_thread().name)
            time.sleep(slow)
            return real(path)

        monkeypatch.setattr(module.TrackFile, "open", opening)


def test_files_stay_open_over_a_seek(make: Make, monkeypatch: Any) -> None:
    plan = plan_of(make(lengths=(4, 4, 4), picture=barred, size=(WIDTH, HEIGHT)))
    count = Openings(monkeypatch)
    with Source(plan, mic="require") as source:
        for frame in (0, 5, 9, 1, 6, 2, 11, 0):
            source.read(frame)
    assert sorted(count.opened) == sorted(
        f"{role}{reel}.mxf" for role in ("picture", "sound") for reel in (1, 2, 3)
    )


def test_of_many_reels_a_few_are_open(make: Make, monkeypatch: Any) -> None:
    plan = plan_of(make(lengths=(1,) * 9, sound=False, picture=barred, size=(WIDTH, HEIGHT)))
    closed: list[str] = []
    close = TrackFile.close
    monkeypatch.setattr(TrackFile, "close", lambda self: (closed.append(self.path.name), close(self)))
    with Source(plan, mic="require") as source:
        for frame in range(9):
            source.read(frame)
            source.expect(min(frame + 1, 8))
        assert len(closed) == 9 - module.KEPT_OPEN
    assert len(closed) == 9


def test_the_next_reel_is_opened_beside_what_plays(make: Make, monkeypatch: Any) -> None:
    plan = plan_of(make(lengths=(4, 4), picture=barred, size=(WIDTH, HEIGHT)))
    expected = all_of(plan)
    count = Openings(monkeypatch, slow=0.1)
    with Source(plan, mic="require") as source:
        source.read(0)
        begin = time.monotonic()
        source.expect(4)
        assert time.monotonic() - begin < 0.1
        assert [source.read(frame) for frame in (1, 2, 3)] == expected[1:4]
        time.sleep(0.3)
        begin = time.monotonic()
        assert source.read(4) == expected[4]
        assert time.monotonic() - begin < 0.1
    assert [name.startswith("show-reel") for name in count.threads] == [False, False, True, True]
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("show")]


def test_a_reel_that_cannot_be_opened_stops_the_show_where_it_begins(make: Make) -> None:
    made = make(lengths=(3, 3), picture=barred, size=(WIDTH, HEIGHT))
    plan = plan_of(made)
    made.files["picture2.mxf"].write_bytes(b"gone")
    with Source(plan, mic="require") as source:
        source.expect(3)
        for frame in range(3):
            source.read(frame)
        with pytest.raises(TrackFileError):
            source.read(3)
        source.read(1)
