"""Judgements that turn on one comparison, where the tables of faults have the one side of it alone."""

from __future__ import annotations

import threading
import uuid
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest
from lxml import etree
from wrong_packages.edits import both, sound, with_key
from wrong_packages.world import PICTURE, World, header, reel_asset

from dcp.mxf.descriptors import PictureDescriptor
from dcp.mxf.labels import UL
from dcp.mxf.reader import TrackFile, key_for
from dcp.verify.crew import Crew
from dcp.verify.facts import PackageFacts
from dcp.verify.finding import Finding, NotChecked
from dcp.verify.frames import Frames
from dcp.verify.holes import _with_lengths
from dcp.verify.reports.junit import _fill
from dcp.verify.reports.text import MAX_LISTED, not_checked_lines
from dcp.verify.rule import RULES, Hit, skip
from dcp.verify.rules.all import load_rules
from dcp.verify.rules.sound import CONFIGURATIONS, MAX_CHANNELS
from dcp.verify.rules.thumbnails import wanted

load_rules()


def said(rule: str, facts: PackageFacts) -> list[Hit]:
    of = RULES[rule].package
    assert of is not None
    return [outcome for outcome in of(facts) if isinstance(outcome, Hit)]


def test_a_thread_is_spare_until_it_has_work() -> None:
    """Who asks keeps what it would give away: a unit is copied for a thread, and not for a queue."""
    go_on = threading.Event()
    with Crew(1) as crew:
        assert crew.spare()
        work = crew.submit(go_on.wait, 10)
        assert not crew.spare()
        go_on.set()
        (done,) = crew.wait([work], timeout=10)
        assert done.result() and crew.spare()


def test_both_keys_are_named_where_they_differ(tmp_path: Path) -> None:
    other = uuid.uuid4()
    world = World()
    both(with_key, lambda world: world.head(PICTURE, encrypted=True, key_id=other))(world)
    (hit,) = said("ENC-002", world.facts(tmp_path / "dcp"))
    assert str(other) in hit.message and str(uuid.UUID(int=77)) in hit.message


@pytest.mark.parametrize(
    ("unread", "states", "duration"),
    [
        ({"Duration"}, True, 230),
        ({"EntryPoint"}, True, 100),
        ({"EntryPoint"}, False, 230),
        ({"Duration", "EntryPoint"}, True, 230),
        (set(), True, 100),
    ],
)
def test_a_length_that_cannot_be_read_is_that_of_the_file_behind_the_entry_point(
    unread: set[str], states: bool, duration: int
) -> None:
    asset = replace(
        reel_asset("MainPicture", PICTURE, entry_point=10, duration=100, states_duration=states),
        unread=frozenset(unread),
    )
    of_file = header("picture", PICTURE, PictureDescriptor(1998, 1080, False))
    assert _with_lengths(asset, of_file, None).duration == duration
    # what the others of its reel play is as much as it can have
    guide = replace(reel_asset("MainSound", uuid.uuid4(), duration=96), edit_rate=Fraction(24))
    assert _with_lengths(asset, of_file, guide).duration == min(duration, 96 if duration == 230 else 100)


def test_frames_are_counted_and_said_as_ranges() -> None:
    frames = Frames()
    assert not frames and len(frames) == 0
    for index in (3, 4, 4, 5, 9):  # both eyes of a frame are one
        frames.add(index)
    assert (len(frames), frames.say()) == (4, "frames 3-5, 9")
    one = Frames()
    one.add(0)
    one.add(0)
    assert (len(one), one.say()) == (1, "frame 0")
    two = Frames()
    two.add(7)
    two.add(8)
    assert (len(two), two.say()) == (2, "frames 7-8")


@pytest.mark.parametrize(
    ("count", "frames"), [(0, ()), (1, (0,)), (3, (0, 1, 2)), (120, tuple(range(5, 120, 10)))]
)
def test_the_middle_of_each_part_is_shown(count: int, frames: tuple[int, ...]) -> None:
    assert wanted(count) == frames


@pytest.mark.parametrize(("encrypted", "key_id"), [(True, None), (False, uuid.UUID(int=1))])
def test_a_file_without_a_key_to_name_asks_for_none(encrypted: bool, key_id: uuid.UUID | None) -> None:
    of_file = header(
        "picture", PICTURE, PictureDescriptor(1998, 1080, False), encrypted=encrypted, key_id=key_id
    )
    track = cast("TrackFile", SimpleNamespace(header=of_file, path=Path("picture.mxf")))
    assert key_for(track, None) is None


@pytest.mark.parametrize(("reasons", "lines"), [(MAX_LISTED, MAX_LISTED), (MAX_LISTED + 3, MAX_LISTED + 1)])
def test_what_was_not_checked_is_listed_or_counted(reasons: int, lines: int) -> None:
    items = [skip("MXF.no-key", name=f"{n}.mxf", key="k") for n in range(reasons)]
    listed = list(not_checked_lines([NotChecked("MXF-004", item.said) for item in items]))
    assert len(listed) == lines
    assert [f"{n}.mxf" in listed[n] for n in range(MAX_LISTED)] == [True] * MAX_LISTED
    assert ("3 more" in listed[-1]) == (reasons > MAX_LISTED)


@pytest.mark.parametrize(("number", "bounds"), CONFIGURATIONS.items())
def test_the_least_and_the_most_channels_of_a_configuration_fit(
    tmp_path: Path, number: int, bounds: tuple[int, int]
) -> None:
    label = UL.parse(f"060e2b34.0401010b.04020210.03010{number}00")
    for count in (bounds[0] - 1, *bounds, bounds[1] + 1):
        world = World()
        sound(world, channels=count, channel_assignment=label)
        fits = bounds[0] <= count <= bounds[1] or count > MAX_CHANNELS  # which another rule says
        found = said("SND-007", world.facts(tmp_path / f"{count}"))
        assert bool(found) != fits, count


@pytest.mark.parametrize(("errors", "behind"), [(1, ""), (3, " (3 errors)")])
def test_in_junit_several_errors_of_a_rule_are_counted(errors: int, behind: str) -> None:
    case = etree.Element("testcase")
    found = [Finding("PKL-003", "error", f"file {n} is wrong") for n in range(errors)]
    _fill(case, [*found, Finding("PKL-003", "warning", "odd")], (), None, "field")
    (failure,) = case.iter("failure")
    assert failure.get("message") == f"file 0 is wrong{behind}"
