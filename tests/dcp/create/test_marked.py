"""A mark in every frame of a package that is made: which frames are told to whom, and what is refused.

What marks is a stand-in here; the real one is in `tests/dcpkit/test_create_marked.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from building import signer
from material import NOW, RATE, codestream, codestreams, video

from dcp.create.build import build_package
from dcp.create.job.flags import job_by_names
from dcp.create.makers.frame import Frame, Recipe
from dcp.create.makers.picture import PictureMaker, Stretch
from dcp.create.makers.protocol import Work
from dcp.create.makers.timing import seconds_of
from dcp.create.planning.making import plan_job
from dcp.create.planning.marking import Marking
from dcp.create.planning.plan import Plan
from dcp.create.planning.telling import document_of, lines_of
from dcp.create.sources.facts import Pixels
from dcp.create.work.spool import Spool
from dcp.errors import SourceError, UsageError
from dcp.mxf.reader import TrackFile
from dcp.package.package import open_package
from dcp.picture.codec import codec_by_name
from dcp.picture.colour.path import ColourPath
from dcp.picture.geometry import place
from dcp.picture.limits import frame_limits
from dcp.secrets.keys import Keyring

pytestmark = pytest.mark.extra("create")


class Stand:
    """Adds its number, in steps of 40, to every frame; notes what it was given."""

    def __init__(self) -> None:
        self.forms: list[tuple[int, int, Fraction]] = []
        self.numbers: list[int] = []
        self.means: dict[int, list[int]] = {}

    def __call__(self, width: int, height: int, rate: Fraction) -> Callable[[Any, int], Any]:
        if width > 2048:
            raise UsageError("mark.size", width=width, height=height, least="", most="")
        self.forms.append((width, height, rate))

        def mark(pictures: Sequence[Any], number: int) -> list[Any]:
            self.numbers.append(number)
            self.means.setdefault(number, []).extend(int(picture.mean()) for picture in pictures)
            return [(picture + 40 * number).astype(np.uint16) for picture in pictures]

        return mark

    @property
    def marking(self) -> Marking:
        return Marking(7, 11, "00ff", self)


def planned(*sources: Path, mark: Marking | None, **more: object) -> Plan:
    given = {"title": "Test", "kind": "test", "picture_rate": RATE, **more}
    return plan_job(job_by_names(sources, given), now=NOW, mark=mark)


def pictures(root: Path, keyring: Keyring | None = None) -> list[list[Any]]:
    """Of each reel, every picture of it decoded."""
    package = open_package(root)
    found = []
    for reel in package.compositions[0].reels:
        assert reel.picture is not None
        with TrackFile.open(package.require(reel.picture.id)) as track:
            key = keyring.require(reel.picture.key_id) if keyring and reel.picture.key_id else None
            found.append([codec_by_name().decode(bytes(each.data)) for each in track.units(key=key)])
    return found


def greys(root: Path, keyring: Keyring | None = None) -> list[int]:
    return [round(float(each.mean())) for reel in pictures(root, keyring) for each in reel]


def test_frames_are_counted_over_the_reels_and_codestreams_are_coded_again(tmp_path: Path) -> None:
    stand = Stand()
    sources = codestreams(tmp_path / "a", 3), codestreams(tmp_path / "b", 2, first=5)
    plan = planned(*sources, mark=stand.marking)
    assert not any(track.codestreams for track in plan.pictures)
    built = build_package(plan, tmp_path / "out", now=NOW)
    assert greys(built.root) == [400, 500, 600, 820 + 0, 920 + 0]
    assert sorted(stand.numbers) == [0, 1, 2, 3, 4]
    assert set(stand.forms) == {(64, 36, RATE)}
    said = [str(each) for each in plan.decisions]
    assert sum("the codestreams are decoded, marked and coded again" in each for each in said) == 2
    assert not any("untouched" in each or "as they are" in each for each in said)
    assert "location 7, time index 11, by the secret 00ff" in "\n".join(map(str, lines_of(plan)))
    assert document_of(plan)["mark"] == {"location": 7, "time_index": 11, "secret": "00ff"}
    assert "marker" not in repr(plan.mark)


def test_the_same_source_again_is_another_track(tmp_path: Path) -> None:
    film = codestreams(tmp_path / "a", 2)
    plan = planned(film, film, mark=Stand().marking)
    assert [reel.picture for reel in plan.compositions[0].reels] == [0, 1]
    assert greys(build_package(plan, tmp_path / "out", now=NOW).root) == [400, 500, 480, 580]


def test_a_reel_that_is_cut_goes_on_counting(tmp_path: Path) -> None:
    stand = Stand()
    plan = planned(codestreams(tmp_path / "a", 4), mark=stand.marking, split_at="2")
    build_package(plan, tmp_path / "out", now=NOW)
    assert stand.means == {number: [400 + 60 * number] for number in range(4)}


def test_both_eyes_are_marked_alike_and_encryption_finds_room(tmp_path: Path) -> None:
    stand = Stand()
    film = codestreams(tmp_path / "a", 2, eyes=True)
    plan = planned(film, mark=stand.marking, encrypt="picture")
    limits = plan.pictures[0].limits
    assert limits.total < frame_limits(RATE, stereo=True, mbps=plan.pictures[0].mbps).total
    built = build_package(plan, tmp_path / "out", now=NOW, signer=signer())
    assert sorted(stand.numbers) == [0, 1]  # both eyes at once
    assert stand.means == {0: [400, 1600], 1: [460, 1660]}
    assert greys(built.root, built.keyring) == [400, 1600, 500, 1700]


def pixels(value: int) -> Pixels:
    plane = np.full((54, 96), value, np.uint8)
    return Pixels((plane, plane, plane), "rgb", 8, full_range=True)


def coded(folder: Path, frames: Sequence[Frame], stand: Stand | None, begin: int = 0) -> list[Any]:
    """By the maker, of 96x54."""
    size = (96, 54)
    recipe = Recipe(size, frame_limits(RATE), RATE, place(size, size), ColourPath("rgb"))
    read = lambda first: iter(frames[first:])  # noqa: E731
    stretch = Stretch(folder / "film.mov", read, (recipe,), len(frames), begin=begin)
    maker = PictureMaker((stretch,), stand(*size, RATE) if stand is not None else None)
    with maker.making(Work(folder / "spool", coding="exact")) as units:
        return [codec_by_name().decode(bytes(unit)) for unit in units.units()]


def test_a_run_goes_on_in_the_middle_of_a_pair(tmp_path: Path) -> None:
    stand, size = Stand(), (96, 54)
    eyes = [Recipe(size, frame_limits(RATE, stereo=True), RATE, stereo=True) for _ in range(2)]
    left, right = ([codestream(at + more, *size) for at in range(2)] for more in (0, 20))
    stretch = Stretch(
        tmp_path, lambda first: iter(left[first:]), tuple(eyes), 2, lambda first: iter(right[first:])
    )
    with Spool.create(tmp_path / "spool") as spool:
        spool.append(codestream(30, *size))
    with PictureMaker((stretch,), stand(*size, RATE)).making(Work(tmp_path / "spool")) as units:
        found = [round(float(codec_by_name().decode(bytes(unit)).mean())) for unit in units.units()]
    assert found[1:] == [1600, 500, 1700]
    assert stand.means == {0: [400, 1600], 1: [460, 1660]}


def test_every_frame_of_a_held_still_is_marked_and_black_stays_black(tmp_path: Path) -> None:
    stand, still = Stand(), pixels(128)
    (plain,) = coded(tmp_path, [still], None)
    found = coded(tmp_path, [still, still, None, still], stand, begin=10)
    assert sorted(stand.numbers) == [10, 11, 13]
    for number in (0, 1, 3):
        assert np.abs(found[number].astype(int) - plain - 40 * (10 + number)).max() <= 1
    assert not found[2].any()


def test_a_codestream_of_another_size_is_not_decoded(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="64x36 and 3 components") as error:
        coded(tmp_path, [codestream(0, 96, 54), codestream(1)], Stand())
    assert "frame 1" in str(error.value.where)


def test_a_run_that_goes_on_marks_what_is_left(tmp_path: Path) -> None:
    frames = [codestream(number, 96, 54) for number in range(4)]
    with Spool.create(tmp_path / "spool") as spool:
        spool.append(codestream(30, 96, 54))
        spool.append(codestream(31, 96, 54))
    stand = Stand()
    assert [round(float(each.mean())) for each in coded(tmp_path, frames, stand)[2:]] == [600, 700]
    assert sorted(stand.numbers) == [2, 3]


def test_the_check_tries_what_marking_costs(tmp_path: Path) -> None:
    stand = Stand()
    plan = planned(codestreams(tmp_path / "a", 3), mark=stand.marking)
    assert seconds_of(plan) > 0 and stand.numbers


def test_what_cannot_be_marked_is_refused_before_the_work(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="HDR") as error:
        planned(video(tmp_path / "a.mkv"), mark=Stand().marking, hdr=True, colour="rec2020-pq")
    assert error.value.where == "--watermark"
    with pytest.raises(UsageError, match="cannot be marked"):
        planned(video(tmp_path / "b.mkv"), mark=Stand().marking, resolution="4k")
    original = build_package(planned(codestreams(tmp_path / "c"), mark=None), tmp_path / "ov", now=NOW).root
    job = job_by_names([original], {"ov": str(original)})
    with pytest.raises(UsageError, match="plays from the original") as error:
        plan_job(job, now=NOW, mark=Stand().marking)
    assert error.value.remedy and "without --ov" in str(error.value.remedy)
