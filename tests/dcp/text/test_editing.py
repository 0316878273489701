"""Cues on another clock, cut at reels, on a grid of frames; what stands in for text; what is advised."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import UTC, datetime
from fractions import Fraction
from itertools import combinations, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcp.text.checking import about_cues, about_size, is_blank
from dcp.text.editing import crossing, numbered, on_grid, placeholder, shifted, within
from dcp.text.smpte import read_smpte, write_smpte
from dcp.text.values import Cue, Depth, Image, Line, LoadedFont, Place, Run, TimedText, VariableZ

RATE = Fraction(24)
TIMES = st.integers(0, 40_000).map(lambda n: Fraction(n, 1000))


def cue(start: object, end: object, *words: str, **more: object) -> Cue:
    lines = tuple(
        Line((Run(each),), Place(valign="bottom", vposition=8.0 + 6 * (len(words) - 1 - place)))
        for place, each in enumerate(words or ("Words",))
    )
    return Cue(Fraction(str(start)), Fraction(str(end)), lines, **more)  # type: ignore[arg-type]


@st.composite
def cues(draw: st.DrawFn) -> list[Cue]:
    spans = draw(st.lists(st.tuples(TIMES, st.integers(1, 3000)), max_size=8))
    return [
        cue(start, start + Fraction(lasts, 1000), fade_up=Fraction(lasts, 2000), fade_down=None)
        for start, lasts in spans
    ]


def test_a_film_of_2398_frames_a_second_shown_at_24_has_its_text_sooner() -> None:
    (moved,) = shifted([cue(1001, 2002, fade_up=Fraction(1001, 1000))], speed=Fraction(1001, 1000))
    assert (moved.start, moved.end, moved.fade_up) == (1000, 2000, 1)


def test_a_film_of_25_shown_at_24_has_its_text_later_and_the_offset_is_of_the_new_clock() -> None:
    deep = VariableZ("Z", (Depth(1, Fraction(24)),))
    (moved,) = shifted([cue(24, 48, variable_z=(deep,))], speed=Fraction(24, 25), offset=Fraction(-2))
    assert (moved.start, moved.end) == (23, 48)
    assert moved.variable_z[0].depths == (Depth(1, Fraction(25)),)
    with pytest.raises(ValueError, match="forwards"):
        shifted([], speed=Fraction(0))


def test_a_cue_over_the_edge_of_a_reel_is_in_both() -> None:
    deep = VariableZ("Z", (Depth(1, Fraction(2)), Depth(5, Fraction(9))))
    whole = cue(8, 12, fade_up=Fraction(1), fade_down=Fraction(1), variable_z=(deep,), number="7")
    edge = Fraction(10)
    assert crossing([whole, cue(1, 10), cue(10, 11)], [edge]) == (whole,)
    (first,) = within([whole], Fraction(0), edge)
    (second,) = within([whole], edge, Fraction(20))
    assert (first.start, first.end, first.fade_up, first.fade_down) == (8, 10, 1, 0)
    assert (second.start, second.end, second.fade_up, second.fade_down) == (0, 2, 0, 1)
    assert second.variable_z[0].depths == (Depth(5, Fraction(9)),)
    assert second.number == "7" and second.content == whole.content


@given(cues(), st.lists(TIMES, max_size=3))
def test_cutting_loses_nothing_and_adds_nothing(all: list[Cue], edges: list[Fraction]) -> None:
    bounds = [Fraction(0), *sorted(set(edges) - {0}), Fraction(100)]
    shown = Fraction(0)
    for start, end in pairwise(bounds):
        for part in within(all, start, end):
            assert 0 <= part.start < part.end <= end - start
            assert (part.fade_up or 0) + (part.fade_down or 0) <= part.end - part.start
            shown += part.end - part.start
    assert shown == sum(each.end - each.start for each in all)


@given(cues(), st.sampled_from([RATE, Fraction(25), Fraction(24000, 1001)]))
def test_the_grid_joins_no_cues_and_leaves_none_without_a_frame(all: list[Cue], rate: Fraction) -> None:
    moved = on_grid(all, rate)
    before = sorted(all, key=lambda each: (each.start, each.end))
    assert len(moved) == len(before)
    for was, now in zip(before, moved, strict=True):
        assert (now.start * rate).denominator == 1 == (now.end * rate).denominator
        assert now.end - now.start >= 1 / rate
        assert (now.fade_up or 0) + (now.fade_down or 0) <= now.end - now.start
        assert now.content == was.content
    for (a, new_a), (b, new_b) in combinations(zip(before, moved, strict=True), 2):
        if a.end <= b.start:
            assert new_a.end <= new_b.start


def test_a_cue_of_no_frame_pushes_the_next_one_whichever_ended_last() -> None:
    short, long, after = cue("1.000", "1.001"), cue("0.5", "1.002"), cue("1.002", "2")
    moved = on_grid([short, long, after], RATE)
    assert [(each.start * RATE, each.end * RATE) for each in moved] == [(12, 24), (24, 25), (25, 48)]


@given(cues())
def test_what_is_on_the_grid_stays(all: list[Cue]) -> None:
    once = on_grid(all, RATE)
    assert on_grid(once, RATE) == tuple(sorted(once, key=lambda each: (each.start, each.end)))


def test_cues_are_counted_anew() -> None:
    assert [each.number for each in numbered([cue(1, 2, number="9"), cue(3, 4)])] == ["1", "2"]


@pytest.mark.parametrize(
    ("length", "first", "start", "lasts"),
    [
        (600, False, 1, 15),
        (600, True, 4, 15),
        (3, True, Fraction(3) - Fraction(15, 24), 15),
        (1, False, Fraction(9, 24), 15),
        (Fraction(10, 24), True, 0, 10),
    ],
)
def test_a_placeholder_shows_nothing_where_practice_has_it(
    length: Fraction, first: bool, start: Fraction, lasts: int
) -> None:
    stands = placeholder(Fraction(length), first=first)
    assert (stands.start, stands.end) == (start, start + Fraction(lasts, 24))
    assert is_blank(stands) and not about_cues([stands], RATE)


def test_the_document_of_a_placeholder_is_the_smallest_there_is() -> None:
    text = TimedText(
        id=uuid.UUID(int=1),
        title="A film",
        cues=(placeholder(Fraction(600)),),
        edit_rate=RATE,
        time_code_rate=24,
        issue_date=datetime(2028, 6, 1, tzinfo=UTC),
        language="fr",
        reel=2,
        fonts=(LoadedFont("F", uuid.UUID(int=2)),),
    )
    document = write_smpte(text)
    assert (
        b'<SubtitleList>\n    <Font>\n      <Subtitle TimeIn="00:00:01:00" TimeOut="00:00:01:15">\n'
        b"        <Text> </Text>\n      </Subtitle>\n    </Font>\n  </SubtitleList>" in document
    )
    assert read_smpte(document, "text.xml") == text
    image = uuid.UUID(int=3)
    picture = placeholder(Fraction(600), image=image)
    assert picture.content == (Image(image, Place()),) and not is_blank(picture)


WIDE = "x" * 53
ADVISED = {
    "text-early": ([cue(3, 5)], False),
    "text-short": ([cue(5, "5.5")], False),
    "text-close": ([cue(5, 7), cue("7.05", 9)], False),
    "text-doubled": ([cue(5, 7), cue(5, 7)], False),
    "text-over-another": ([cue(5, 8, "a"), cue(7, 9, "b")], False),
    "text-lines": ([cue(5, 8, "a", "b"), replace(cue(6, 8, "c", "d"), number="2")], False),
    "text-wide": ([cue(5, 7, WIDE)], False),
    "text-too-wide": ([cue(5, 7, WIDE + WIDE)], False),
    "caption-order": ([replace(cue(5, 7), content=cue(5, 7, "a", "b").content[::-1])], True),
    "caption-picture": ([replace(cue(5, 7), content=(Image(uuid.UUID(int=1)),))], True),
}


@pytest.mark.parametrize("name", ADVISED)
def test_what_is_advised(name: str) -> None:
    found, captions = ADVISED[name]
    told = {each.id: each for each in about_cues(found, RATE, captions=captions)}
    assert f"advice.{name}" in told
    said = told[f"advice.{name}"]
    assert "00:00:0" in said.say("en") and "00:00:0" in said.say("zh")


def test_good_cues_are_left_alone() -> None:
    good = [cue(4, 6, "Upper", "Lower"), cue("6.1", 9, "x" * 52)]
    assert not about_cues(good, RATE)
    assert not about_cues([cue(1, 3)], RATE, first=False)
    assert not about_cues([cue(4, 6, "Upper", "Lower")], RATE, captions=True)
    assert [each.id for each in about_cues([cue(4, 6, "x" * 33)], RATE, captions=True)] == [
        "advice.text-too-wide"
    ]
    assert not about_size(bytes(300_000), captions=False)
    assert [each.id for each in about_size(bytes(300_000), captions=True)] == ["advice.caption-size"]
