"""Frames of immersive sound in a package: what is wrong in them is told with their numbers."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from building import plan
from immersive import bed, folder_of, frame, frames, sound
from material import NOW, codestreams

from dcp.auxdata.atmos import immersive_descriptor
from dcp.create.build import build_package
from dcp.create.planning.plan import Plan
from dcp.mxf.writer import write_track_file
from dcp.verify.engine import verify_package


def verified(made: Plan, out: Path) -> dict[str, list[str]]:
    build_package(made, out, now=NOW)
    report = verify_package(out, now=NOW)
    found: dict[str, list[str]] = {}
    for each in report.findings:
        if each.id.startswith("IMM-"):
            found.setdefault(each.id, []).append(str(each.place))
    return found


def with_frames(tmp_path: Path, made: Sequence[bytes]) -> dict[str, list[str]]:
    """Of a package whose plan was made before its frames went wrong."""
    good = frames(len(made))
    planned = plan(codestreams(tmp_path / "film", len(made)), atmos=folder_of(tmp_path / "iab", good))
    path = tmp_path / "wrong.mxf"
    write_track_file(
        path, made, sizes=[len(each) for each in made], descriptor=immersive_descriptor("iab", None),
        edit_rate=Fraction(24), asset_id=uuid.uuid4(), now=NOW,
    )  # fmt: skip
    facts = replace(planned.auxes[0].facts, path=path, files=(), sizes=[len(each) for each in made])
    return verified(replace(planned, auxes=(replace(planned.auxes[0], facts=facts),)), tmp_path / "out")


def test_right_frames_draw_no_finding_but_their_name(tmp_path: Path) -> None:
    assert set(with_frames(tmp_path, frames(6))) == {"IMM-004"}


WRONG: dict[str, Callable[[bytes], bytes]] = {
    "IMM-005": lambda good: good[:-3],
    "IMM-006": lambda good: frame(rate=Fraction(25)),
    "IMM-007": lambda good: frame(depth=16),
    "IMM-008": lambda good: frame([bed([(0, 1)]), sound(2)], max_rendered=9),
    "IMM-010": lambda good: frame([bed([(0, 0), (1, 0)])], max_rendered=1),
}


@pytest.mark.parametrize("rule", WRONG)
def test_each_rule_names_the_frames(tmp_path: Path, rule: str) -> None:
    made = [WRONG[rule](each) if number in (1, 2, 4) else each for number, each in enumerate(frames(6))]
    found = with_frames(tmp_path, made)
    assert found.pop("IMM-004") and found == {rule: ["frames 1-2, 4"]}


def test_a_sample_rate_that_changes(tmp_path: Path) -> None:
    made = frames(4)
    made[2] = frame(sample_rate=96_000)
    assert with_frames(tmp_path, made)["IMM-006"] == ["frame 2"]


def test_frames_of_another_form_are_left_alone(tmp_path: Path) -> None:
    assert set(with_frames(tmp_path, [bytes([n]) * 50 for n in range(9, 13)])) == {"IMM-004"}
