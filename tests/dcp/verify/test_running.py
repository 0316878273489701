"""Reels that play one file: what is left out, what plays again, and what a version leaves out on purpose."""

from __future__ import annotations

import uuid
from pathlib import Path

import pytest
from wrong_packages.edits import other_reel
from wrong_packages.world import DURATION, PICTURE, World

from dcp.verify.rule import RULES, Hit
from dcp.verify.rules.all import load_rules

load_rules()


def said(world: World, root: Path) -> list[tuple[str, str | None]]:
    rule = RULES["REEL-012"].package
    assert rule is not None
    hits = [each for each in rule(world.facts(root)) if isinstance(each, Hit)]
    return [(each.said.id, each.severity) for each in hits if hasattr(each.said, "id")]


@pytest.mark.parametrize(
    ("entry", "found"),
    [
        (120, []),
        (0, []),
        (144, [("REEL-012.left-out", None)]),
        (96, [("REEL-012.again", None)]),
    ],
)
def test_the_second_reel_goes_on(tmp_path: Path, entry: int, found: list[tuple[str, str | None]]) -> None:
    world = World()
    world.asset("MainPicture", duration=120)
    other_reel(world, MainPicture={"id": PICTURE, "entry_point": entry, "duration": 60})
    assert said(world, tmp_path / "dcp") == found


def test_what_a_version_leaves_out_of_its_original_is_an_information(tmp_path: Path) -> None:
    world, elsewhere = World(), uuid.uuid4()
    world.asset("MainPicture", id=elsewhere, duration=120)
    other_reel(world, MainPicture={"id": elsewhere, "entry_point": 150, "duration": 60})
    assert said(world, tmp_path / "dcp") == [("REEL-012.left-out", "info")]


def test_the_whole_after_a_part_is_an_information(tmp_path: Path) -> None:
    world = World()
    world.asset("MainPicture", entry_point=24, duration=30)
    other_reel(world, MainPicture={"id": PICTURE, "entry_point": 0, "duration": 60})
    assert said(world, tmp_path / "dcp") == [("REEL-012.back", "info")]


def test_another_entry_point_in_another_file_is_an_information(tmp_path: Path) -> None:
    world = World()
    other_reel(world, MainPicture={"entry_point": 24, "duration": DURATION - 24})
    assert said(world, tmp_path / "a") == [("REEL-012.entry", "info")]
    world = World()
    world.asset("MainPicture", entry_point=24, duration=DURATION - 24)
    other_reel(world, MainPicture={"entry_point": 24, "duration": DURATION - 24})
    assert said(world, tmp_path / "b") == []  # each reel has a leader of that length
