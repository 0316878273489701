"""Subtitles over the picture: which, when, in both eyes; what cannot be drawn never stops the show."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from faults.bases import font
from shows import run, track_of
from texts_made import png
from titling import FONT, cue, line, titled

from dcp.errors import UsageError
from dcp.mxf.text_writer import FONT_TYPE, IMAGE_TYPE, Resource
from dcp.secrets.keys import ContentKey
from dcp.text.layout.burnt import BurntText, burn_cues, shown_in
from dcp.text.values import Cue, Image

pytestmark = pytest.mark.extra("text")
Make = Callable[..., Any]
RATE = Fraction(24)
PICTURE = uuid.UUID(int=0xF2)
SIZE = (512, 288)


def changed(catcher: Any) -> list[int]:
    """The frames that are not flat."""
    return [n for n in catcher.order if catcher.images[n].std() > 1]


def expected(number: int, cues: Sequence[Cue], fonts: Any) -> Any:
    flat = np.full((SIZE[1], SIZE[0], 3), 400 + 60 * number, np.uint16)
    held = BurntText(tuple(cues), fonts, (), "en")
    burn_cues([flat[..., c] for c in range(3)], shown_in(held, RATE)(number))
    return flat


def test_it_stands_from_its_first_frame_to_its_last(make: Make, catcher: Any) -> None:
    from dcp.text.fonts import fonts_for

    cues = [cue(2, 5), cue(7, 8, "AGAIN")]
    report = run(titled(make(lengths=(10,), size=SIZE), cues), catcher)
    assert changed(catcher) == [2, 3, 4, 7]
    fonts, _ = fonts_for(cues, language="en", loaded={"font": font()})
    for number in (3, 7):
        assert np.abs(catcher.images[number].astype(int) - expected(number, cues, fonts)).max() <= 12
    low = catcher.images[3][SIZE[1] * 3 // 4 :].astype(int)
    assert low.max() > 3000 and catcher.images[3][: SIZE[1] // 2].std() < 1
    assert (report.verdict, report.exit_code) == ("complete", 0)
    assert track_of(report, "MainSubtitle").rendered
    assert not any("Subtitle" in str(what) for what in report.not_rendered)


def test_every_reel_has_its_own_clock_and_entry_point(make: Make, catcher: Any) -> None:
    made = titled(make(lengths=(4, 6), size=SIZE), [cue(1, 2)])
    titled(made, [cue(5, 7)], reel=1, entry=3)
    run(made, catcher)
    assert changed(catcher) == [1, 6, 7]


def test_a_part_of_the_show_has_its_text(make: Make, catcher: Any) -> None:
    run(titled(make(lengths=(10,), size=SIZE), [cue(2, 8)]), catcher, frames=(6, 9))
    assert changed(catcher) == [6, 7]


@pytest.mark.parametrize(
    ("subtitles", "frames"), [("on", [1]), ("en", [1]), ("de", [3]), ("DE", [3]), ("off", [])]
)
def test_the_language_that_is_asked_for(make: Make, catcher: Any, subtitles: str, frames: list[int]) -> None:
    made = titled(make(lengths=(5,), size=SIZE), [cue(1, 2)])
    titled(made, [cue(3, 4)], language="de-AT")
    report = run(made, catcher, subtitles=subtitles)
    assert changed(catcher) == frames
    drawn = [track.rendered for track in report.reels[0].tracks if track.kind == "MainSubtitle"]
    assert drawn == [frames == [1], frames == [3]]


def test_a_language_that_is_not_there(make: Make, catcher: Any) -> None:
    made = titled(make(lengths=(3,), size=SIZE), [cue(1, 2)])
    with pytest.raises(UsageError, match="no subtitles in fr; there are: en"):
        run(made, catcher, subtitles="fr")
    assert not catcher.order


def test_captions_are_not_drawn(make: Make, catcher: Any) -> None:
    report = run(titled(make(lengths=(4,), size=SIZE), [cue(1, 3)], kind="ClosedCaption"), catcher)
    assert changed(catcher) == []
    assert any("not drawn" in str(what) for what in report.not_rendered)


def test_encrypted_text(make: Make, catcher: Any) -> None:
    key = ContentKey(id=uuid.uuid4(), type="MDSK", value=bytes([9]) * 16)
    report = run(titled(make(lengths=(4,), size=SIZE), [cue(1, 3)], key=key), catcher)
    assert changed(catcher) == [1, 2]
    assert track_of(report, "MainSubtitle").mic == "ok"


def test_both_eyes_see_it_at_its_depth(make: Make, catcher: Any) -> None:
    made = titled(make(lengths=(3,), stereo=True, size=SIZE), [cue(1, 2, z=4.0)])
    run(made, catcher, view="side-by-side")
    left, right = np.split(catcher.images[1].astype(int), 2, axis=1)
    middles = []
    for eye in (left, right):
        columns = np.flatnonzero(np.ptp(eye[..., 1], axis=0) > 500)
        middles.append((columns[0] + columns[-1]) / 2)
    assert round(middles[1] - middles[0]) == round(0.04 * SIZE[0])


def test_over_black_where_the_picture_is_damaged(make: Make, catcher: Any) -> None:
    made = titled(
        make(lengths=(3,), size=SIZE, damage=lambda n, data: bytes(100) if n == 1 else data), [cue(1, 2)]
    )
    report = run(made, catcher)
    assert catcher.images[1].max() > 3000 and np.median(catcher.images[1]) == 0
    assert (report.verdict, report.reels[0].frames_black) == ("damaged", 1)


def test_a_sign_that_no_font_has_is_told_and_the_show_goes_on(make: Make, catcher: Any) -> None:
    made = titled(make(lengths=(4,), size=SIZE), [cue(1, 2, "\U000f1234"), cue(2, 3, "A\U000f1234B")])
    report = run(made, catcher)
    (said,) = [str(what) for what in report.not_rendered if "Subtitle" in str(what)]
    assert said == "MainSubtitle of reel 1: no font has 1 sign U+F1234: left out of the text"
    assert (catcher.order, report.exit_code) == ([0, 1, 2, 3], 0)
    assert changed(catcher) == [2]  # the rest of the line stands
    assert [event.subtype for event in report.events].count("NotRendered") == len(report.not_rendered)


def test_a_broken_picture_is_told_once_and_the_other_cues_stand(make: Make, catcher: Any) -> None:
    shown = Cue(Fraction(1, 24), Fraction(4, 24), (Image(PICTURE),), Fraction(0), Fraction(0))
    resources = [Resource(FONT, FONT_TYPE, font()), Resource(PICTURE, IMAGE_TYPE, png()[:60])]
    made = titled(make(lengths=(6,), size=SIZE), [shown, cue(5, 6)], held=resources)
    report = run(made, catcher)
    assert changed(catcher) == [5]
    assert len([what for what in report.not_rendered if "cue was not drawn" in str(what)]) == 1


def test_a_picture_is_drawn(make: Make, catcher: Any) -> None:
    shown = Cue(Fraction(1, 24), Fraction(2, 24), (Image(PICTURE),), Fraction(0), Fraction(0))
    resources = [Resource(FONT, FONT_TYPE, font()), Resource(PICTURE, IMAGE_TYPE, png())]
    run(titled(make(lengths=(3,), size=SIZE), [shown], held=resources), catcher)
    assert changed(catcher) == [1]


# --- what is wrong is drawn as far as it can be -----


def lost(report: Any) -> list[str]:
    return [str(what) for what in report.not_rendered if "MainSubtitle" in str(what)]


@pytest.mark.parametrize("count", [1_000, pytest.param(10_000, marks=pytest.mark.soak)])
def test_of_endless_cues_in_one_frame_some_are_drawn_and_it_is_told_once(
    make: Make, catcher: Any, count: int
) -> None:
    crowd = [cue(1, 2, "XY", size=20.0) for _ in range(count)]
    report = run(titled(make(lengths=(4,), size=SIZE), [*crowd, cue(2, 3)]), catcher)
    assert changed(catcher) == [1, 2]
    (said,) = lost(report)
    assert f"{count - 100} lines and images left out" in said.replace(",", "")
    assert (report.verdict, report.exit_code) == ("complete", 0)


def test_one_cue_of_many_lines_is_bounded_too(make: Make, catcher: Any) -> None:
    many = Cue(Fraction(1, 24), Fraction(2, 24), (line("XY", size=20.0),) * 3_000, Fraction(0), Fraction(0))
    report = run(titled(make(lengths=(3,), size=SIZE), [many]), catcher)
    assert changed(catcher) == [1] and len(lost(report)) == 1


def test_cues_outside_the_track_are_told_once_and_the_others_stand(make: Make, catcher: Any) -> None:
    beyond = [cue(100 + n, 101 + n) for n in range(50)]
    report = run(titled(make(lengths=(4,), size=SIZE), [cue(2, 3), *beyond]), catcher)
    assert changed(catcher) == [2]
    assert lost(report) == ["MainSubtitle of reel 1: 50 subtitles lie outside the track and are never seen"]


def test_a_part_of_a_track_that_is_not_played_is_no_finding(make: Make, catcher: Any) -> None:
    report = run(titled(make(lengths=(4,), size=SIZE), [cue(1, 2), cue(5, 6)], entry=3), catcher)
    assert changed(catcher) == [2] and lost(report) == []


def test_a_cue_that_ends_before_it_begins_is_left_out(make: Make, catcher: Any) -> None:
    def change(data: bytes) -> bytes:
        assert b'TimeOut="00:00:00:02"' in data
        return data.replace(b'TimeOut="00:00:00:02"', b'TimeOut="00:00:00:00"')

    made = titled(make(lengths=(5,), size=SIZE), [cue(1, 2), cue(3, 4)], change=change)
    report = run(made, catcher)
    assert changed(catcher) == [3] and len(lost(report)) == 1


@pytest.mark.parametrize("data", [b"no font", font()[:400]])
def test_a_font_that_is_none_is_told_and_another_one_draws(make: Make, catcher: Any, data: bytes) -> None:
    held = [Resource(FONT, FONT_TYPE, data)]
    report = run(titled(make(lengths=(3,), size=SIZE), [cue(1, 2)], held=held), catcher)
    assert changed(catcher) == [1] and catcher.order == [0, 1, 2]
    (said,) = lost(report)
    assert "font font is not used" in said


def test_a_picture_that_is_not_there_is_told_and_the_line_beside_it_stands(make: Make, catcher: Any) -> None:
    both = Cue(Fraction(1, 24), Fraction(2, 24), (Image(PICTURE), line("HELLO")), Fraction(0), Fraction(0))
    broken = [Resource(FONT, FONT_TYPE, font()), Resource(PICTURE, IMAGE_TYPE, png()[:60])]
    report = run(titled(make(lengths=(3,), size=SIZE), [both], held=broken), catcher)
    assert changed(catcher) == [1]
    assert sum("cue was not drawn" in str(what) for what in report.not_rendered) == 1
