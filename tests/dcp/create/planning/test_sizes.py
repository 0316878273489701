"""What is decided about size and crop, said in both languages, and what is refused."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from dcp.create.planning.bars import Bars
from dcp.create.planning.sizes import eye_box, plan_sizes
from dcp.create.sources.facts import ColourTags, PictureFacts
from dcp.errors import UsageError
from dcp.picture.cinema import CONTAINERS
from dcp.picture.geometry import Box
from dcp.texts.catalogue import LANGUAGES

FLAT, SCOPE = CONTAINERS["flat", "2k"], CONTAINERS["scope", "2k"]


def facts(width: int = 1920, height: int = 1080, **more: object) -> PictureFacts:
    tags = ColourTags("ycbcr")
    return PictureFacts(Path("film.mov"), "video", width, height, Fraction(24), 100, tags, 8, **more)  # type: ignore[arg-type]


def bars(top: int, side: int = 0, **more: object) -> Bars:
    return Bars((side, top, side, top), 32, 30, **more)  # type: ignore[arg-type]


def test_letterboxed_scope_becomes_scope() -> None:
    sizing = plan_sizes(facts(), SCOPE, crop="auto", bars=bars(138))
    assert sizing.placements[0].crop == Box(0, 138, 1920, 804)
    assert sizing.placements[0].inner.size == SCOPE
    assert "138 top" in sizing.decisions[0].say() and sizing.advice == ()


def test_bars_that_nobody_asked_about_are_advice_with_the_flag_to_give() -> None:
    sizing = plan_sizes(facts(), FLAT, bars=bars(138))
    assert sizing.placements[0].crop == Box(0, 0, 1920, 1080)
    assert [one.id for one in sizing.advice] == ["advice.bars"]
    assert plan_sizes(facts(), FLAT, bars=bars(4)).advice == ()


def test_a_scope_film_in_flat_is_told_where_it_belongs() -> None:
    advice = plan_sizes(facts(2048, 858), FLAT).advice
    assert [one.id for one in advice] == ["advice.container"]
    assert "--container scope" in advice[0].__class__(advice[0].id, advice[0].places, "remedy").say()
    for width, height, size in (
        (1920, 1080, FLAT),
        (1440, 1080, FLAT),
        (2048, 858, SCOPE),
        (1998, 1080, FLAT),
    ):
        assert plan_sizes(facts(width, height), size).advice == ()
    assert plan_sizes(facts(1920, 1080), SCOPE).advice[0].places["best"] == "flat"


def test_both_eyes_of_a_frame() -> None:
    sizing = plan_sizes(facts(), FLAT, stereo="side-by-side", crop="10:0:10:0")
    left, right = sizing.placements
    assert (left.crop, right.crop) == (Box(10, 0, 940, 1080), Box(970, 0, 940, 1080))
    assert sizing.decisions[0].id == "plan.eyes-side-by-side-squeezed"
    whole = plan_sizes(facts(3840, 1080), FLAT, stereo="side-by-side")
    assert whole.decisions[0].id == "plan.eyes-side-by-side-whole"
    assert eye_box(facts(), "top-bottom") == Box(0, 0, 1920, 540)
    assert eye_box(facts(), None) is None


def test_crop_of_a_turned_picture_is_what_is_shown() -> None:
    sizing = plan_sizes(facts(rotation=90), FLAT, crop="2:0:0:0")
    assert sizing.placements[0].crop == Box(0, 0, 1920, 1078)
    assert [one.id for one in sizing.decisions] == ["plan.turned", "plan.crop", "plan.fitted"]


@pytest.mark.parametrize("crop", ["", "1:2:3", "a:b:c:d", "-1:0:0:0", "1:2:3:4:5", "١:0:0:0", "999999:0:0:0"])
def test_what_is_no_crop(crop: str) -> None:
    with pytest.raises(UsageError, match="is no crop") as caught:
        plan_sizes(facts(), FLAT, crop=crop)
    assert "0:138:0:138" in (caught.value.remedy or "")


def test_a_crop_of_everything() -> None:
    with pytest.raises(UsageError, match="leaves nothing of 1920x1080") as caught:
        plan_sizes(facts(), FLAT, crop="1000:0:920:0")
    assert caught.value.where == "film.mov" and caught.value.remedy


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_decision_can_be_said(language: str) -> None:
    every = [
        plan_sizes(facts(), FLAT, crop="auto"),
        plan_sizes(facts(), FLAT, crop="auto", bars=bars(0)),
        plan_sizes(facts(), FLAT, crop="auto", bars=bars(100, titles=(7,))),
        plan_sizes(
            facts(flip=True, rotation=180, alpha=True, pixel_aspect=Fraction(4, 3)), FLAT, crop="fill"
        ),
        plan_sizes(facts(1920, 2160), FLAT, stereo="top-bottom"),
    ]
    for sizing in every:
        for one in (*sizing.decisions, *sizing.advice):
            assert one.say(language)  # type: ignore[arg-type]
