"""Which cues are in which frame of a track, and how much of each is seen."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

from dcp.text.fonts import FontFile, Fonts
from dcp.text.layout.burnt import BurntText, for_eye, shown_in
from dcp.text.values import Cue, Line, Place, Run

RATE = Fraction(24)
FONTS = Fonts((FontFile(Path("a.ttf")),))


def cue(words: str, first: int, end: int, *, fade: int = 0, z: float = 0.0) -> Cue:
    times = (Fraction(first) / RATE, Fraction(end) / RATE)
    fades = (Fraction(fade) / RATE, Fraction(fade) / RATE)
    return Cue(*times, (Line((Run(words),), Place(z=z)),), *fades)


def words(shown: tuple[object, ...]) -> list[str]:
    return [each.cue.content[0].text for each in shown]  # type: ignore[attr-defined]


def test_each_frame_has_the_cues_that_it_lies_in() -> None:
    cues = (cue("long", 0, 20), cue("a", 5, 8), cue("b", 7, 10), cue("c", 30, 32))
    shown = shown_in(BurntText(cues, FONTS), RATE)
    found = [words(shown(number)) for number in range(33)]
    assert found[4] == ["long"] and found[5] == ["long", "a"] and found[7] == ["long", "a", "b"]
    assert found[10] == ["long"] and found[20] == [] and found[30] == ["c"] and found[32] == []
    backwards = [words(shown(number)) for number in reversed(range(33))]
    assert backwards == found[::-1]


def test_frames_that_show_the_same_have_the_same_objects() -> None:
    shown = shown_in(BurntText((cue("a", 0, 10, fade=2),), FONTS), RATE)
    frames = [shown(number) for number in range(10)]
    assert [each[0].alpha for each in frames] == [0.25, 0.75] + [1.0] * 6 + [0.75, 0.25]
    assert len({id(each[0]) for each in frames[2:8]}) == 1
    again = shown_in(BurntText((cue("a", 3, 10),), FONTS), RATE)
    assert again(5) == frames[5]  # what is seen is the same


def test_many_cues_are_found_at_once() -> None:
    import time

    cues = tuple(cue(f"{number}", number * 4, number * 4 + 3) for number in range(8_000))
    shown = shown_in(BurntText(cues, FONTS), RATE)
    begun = time.perf_counter()
    assert all(words(shown(number * 4)) == [f"{number}"] for number in range(0, 8_000, 2))
    assert time.perf_counter() - begun < 2


def test_only_text_in_depth_is_another_for_each_eye() -> None:
    (flat,) = shown_in(BurntText((cue("a", 0, 10),), FONTS), RATE)(3)
    (deep,) = shown_in(BurntText((cue("a", 0, 10, z=1.0),), FONTS), RATE)(3)
    assert for_eye((flat,), "left") == for_eye((flat,), "right") == (flat,)
    assert for_eye((deep,), "left") != for_eye((deep,), "right")
