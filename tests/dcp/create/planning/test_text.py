"""Which cue stands where: on the picture's clock, cut where it is cut, in every reel; and what is refused."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest
from building import plan
from material import codestreams, video
from texts_made import srt

from dcp.create.planning.plan import Plan, TextTrackPlan
from dcp.create.planning.telling import document_of, innermost, lines_of
from dcp.errors import DcpError, SourceError, UsageError
from dcp.text.values import Colour, Line, Run

pytestmark = pytest.mark.extra("text")


def film(folder: Path, frames: int = 48) -> Path:
    return codestreams(folder / "film", frames)


def decided(made: Plan) -> set[str]:
    return {innermost(each).id for each in made.decisions}


def frames(track: TextTrackPlan) -> list[tuple[int, int]]:
    return [(int(cue.start * track.rate), int(cue.end * track.rate)) for cue in track.cues]


def words(track: TextTrackPlan) -> list[str]:
    return [one.text for cue in track.cues for one in cue.content if isinstance(one, Line)]


TWO = ((0.5, 1.0, "One"), (1.25, 1.75, "Two"))


def test_a_text_stands_on_the_frames_of_its_reel(tmp_path: Path) -> None:
    made = plan(film(tmp_path), subtitle=f"{srt(tmp_path / 'a.srt', *TWO)}:en")

    (track,) = made.texts
    assert (track.kind, track.language, track.number, track.frames) == ("subtitle", "en", 1, 48)
    assert frames(track) == [(12, 24), (30, 42)] and words(track) == ["One", "Two"]
    assert made.compositions[0].reels[0].texts == (0,)
    assert any("subtitles in en: 2 cues" in str(line) for line in lines_of(made))
    assert document_of(made)["compositions"][0]["reels"][0]["tracks"][2] == {
        "kind": "subtitle", "track": 0, "sources": [str(tmp_path / "a.srt")], "language": "en", "cues": 2,
    }  # fmt: skip


def test_each_language_makes_a_composition_over_the_same_tracks_and_captions_are_in_all(
    tmp_path: Path,
) -> None:
    en, zh = srt(tmp_path / "en.srt", *TWO), srt(tmp_path / "zh.srt", (0.5, 1.0, "一"))
    made = plan(film(tmp_path), subtitle=[f"{en}:en", f"{zh}:zh"], caption=f"{en}:en")

    assert [each.title for each in made.compositions] == ["Test (en)", "Test (zh)"]
    assert [each.full_title for each in made.compositions] == ["Test", "Test"]
    assert (len(made.pictures), len(made.sounds), len(made.texts)) == (1, 1, 3)
    kinds = [[made.texts[n] for n in each.reels[0].texts] for each in made.compositions]
    assert [[(t.kind, t.language) for t in texts] for texts in kinds] == [
        [("subtitle", "en"), ("caption", "en")], [("subtitle", "zh"), ("caption", "en")]
    ]  # fmt: skip
    assert "plan.text-versions" in decided(made)


def test_names_by_the_convention_say_the_languages(tmp_path: Path) -> None:
    en, zh = srt(tmp_path / "en.srt", *TWO), srt(tmp_path / "zh.srt", (0.5, 1.0, "一"))
    made = plan(film(tmp_path), subtitle=[f"{en}:en", f"{zh}:zh-Hans"], caption=f"{en}:en", name="auto")

    assert ["_XX-EN-CCAP_" in each.title for each in made.compositions] == [True, False]
    assert "_XX-ZHS-CCAP_" in made.compositions[1].title


def test_where_the_picture_is_cut_the_text_is_and_a_reel_without_text_has_an_empty_one(
    tmp_path: Path,
) -> None:
    cues = ((0.5, 1.5, "One"), (1.6, 1.9, "Two"))
    made = plan(film(tmp_path, 96), split_at="24,72", subtitle=f"{srt(tmp_path / 'a.srt', *cues)}:en")

    first, second, third = (made.texts[reel.texts[0]] for reel in made.compositions[0].reels)
    assert [each.number for each in (first, second, third)] == [1, 2, 3]
    assert (frames(first), words(first)) == ([(12, 24)], ["One"])
    assert (frames(second), words(second)) == ([(0, 12), (14, 22)], ["One", "Two"])
    assert third.sources == () and third.font is not None
    assert not "".join(words(third)).strip()
    assert {"plan.text-placeholder", "plan.text-over-cut"} <= decided(made)


def test_one_text_runs_through_all_reels_one_each_stays_in_its_own(tmp_path: Path) -> None:
    one, two = codestreams(tmp_path / "a", 24), codestreams(tmp_path / "b", 24, first=5)
    through = srt(tmp_path / "t.srt", (0.5, 0.75, "One"), (1.5, 1.75, "Two"))
    made = plan(one, two, subtitle=f"{through}:en")
    assert [frames(track) for track in made.texts] == [[(12, 18)], [(12, 18)]]
    assert [words(track) for track in made.texts] == [["One"], ["Two"]]

    own = [srt(tmp_path / f"{n}.srt", (0.25, 0.5, n)) for n in "12"]
    made = plan(one, two, subtitle=[f"{each}:en" for each in own])
    assert [(frames(track), words(track)) for track in made.texts] == [([(6, 12)], ["1"]), ([(6, 12)], ["2"])]


def test_the_text_goes_with_the_speed_of_its_picture_and_its_trim(tmp_path: Path) -> None:
    film25 = video(tmp_path / "a.mkv", 75, rate=25)
    text = f"{srt(tmp_path / 'a.srt', (0.2, 0.4, 'Gone'), (1.0, 2.0, 'One'))}:en"
    made = plan(film25, picture_rate=Fraction(24), trim="12-72", subtitle=text)

    (track,) = made.texts
    assert frames(track) == [(13, 38)]  # frame 25 of the source comes as number 25, 12 are cut off before it
    assert {"plan.text-later", "plan.text-before"} <= decided(made)


def test_a_text_over_pictures_of_several_speeds_keeps_its_own(tmp_path: Path) -> None:
    films = video(tmp_path / "a.mkv", 24, rate=24), video(tmp_path / "b.mkv", 25, rate=25)
    text = f"{srt(tmp_path / 'a.srt', (0.5, 0.75, 'One'), (1.5, 1.75, 'Two'))}:en"
    made = plan(*films, picture_rate=Fraction(24), subtitle=text)

    assert [frames(track) for track in made.texts] == [[(12, 18)], [(12, 18)]]
    assert "plan.text-own-speed" in decided(made)
    one = f"{srt(tmp_path / 'one.srt', (0.5, 0.75, 'One'))}:en"
    alone = plan(films[1], picture_rate=Fraction(24), subtitle=one)
    assert "plan.text-own-speed" not in decided(alone)


def test_a_text_for_another_rate_is_stretched(tmp_path: Path) -> None:
    text = f"{srt(tmp_path / 'a.srt', (1.0, 1.5, 'One'))}:en"
    made = plan(film(tmp_path), subtitle=text, text_rate="30", text_offset="-250")

    assert frames(made.texts[0]) == [(24, 39)]
    assert {"plan.text-rate-later", "plan.text-offset"} <= decided(made)


def test_looks_are_put_over_those_of_the_source(tmp_path: Path) -> None:
    text = f"{srt(tmp_path / 'a.srt', (0.5, 1.0, 'One' + chr(10) + 'Two'))}:en"
    made = plan(
        film(tmp_path), subtitle=text, text_size="21", text_colour="FFFF00", text_outline="border",
        text_outline_colour="80000000", text_position="20", text_fade_up="0.25", text_fade_down="0",
    )  # fmt: skip
    plain = plan(codestreams(tmp_path / "other", 48), subtitle=text)

    (cue,), (untouched,) = made.texts[0].cues, plain.texts[0].cues
    assert (cue.fade_up, cue.fade_down) == (Fraction(1, 4), 0)
    heights = sorted(one.place.vposition for one in cue.content)
    apart = sorted(one.place.vposition for one in untouched.content)
    assert heights[0] == 20 and heights[1] - 20 == pytest.approx((apart[1] - apart[0]) / 2)
    for one in cue.content:
        assert isinstance(one, Line)
        (run,) = one.content
        assert isinstance(run, Run)
        assert (run.style.size, run.style.colour, run.style.effect, run.style.effect_colour) == (
            21, Colour(255, 255, 0), "border", Colour(0, 0, 0, 128)
        )  # fmt: skip


def test_the_font_is_cut_to_the_signs(tmp_path: Path) -> None:
    from io import BytesIO

    from fontTools.ttLib import TTFont

    made = plan(film(tmp_path), subtitle=f"{srt(tmp_path / 'a.srt', *TWO)}:en")
    (track,) = made.texts
    assert track.font is not None
    held = set(TTFont(BytesIO(track.font)).getBestCmap())
    assert set(map(ord, "OneTwo")) <= held and ord("z") not in held


WRONG: dict[str, tuple[dict[str, object], type[DcpError], str]] = {
    "after the end": ({"subtitle": "late:en"}, SourceError, "text.after-end"),
    "after the end by an offset": (
        {"subtitle": "a:en", "text_offset": "2000"}, SourceError, "text.after-end"),
    "nothing left": ({"subtitle": "a:en", "text_offset": "-9000"}, SourceError, "text.no-cue-left"),
    "no language": ({"subtitle": "a"}, UsageError, "text.no-language"),
    "no language tag": ({"subtitle": "a:xq"}, UsageError, "text.no-language-tag"),
    "a locale for a language": ({"subtitle": "a:en_US"}, UsageError, "text.no-language-tag"),
    "nothing for a language": ({"subtitle": "a:"}, UsageError, "text.no-language"),
    "a word for a language": ({"subtitle": "a:english"}, UsageError, "text.no-language-tag"),
    "twice": ({"subtitle": "a:en", "caption": ("a:fr", "b:fr")}, UsageError, "job.text-twice"),
    "twice, written in two ways": ({"subtitle": ("a:eng", "b:EN")}, UsageError, "job.text-twice"),
    "a font that is none": ({"subtitle": "a:en", "font": "font"}, UsageError, "text.font-unreadable"),
    "Interop encrypted": (
        {"subtitle": "a:en", "standard": "interop", "encrypt": "picture,text"}, UsageError,
        "text.interop-encrypted"),
    "a sign in no font": ({"subtitle": "odd:en"}, SourceError, "text.no-glyph"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_wrong_texts_are_refused_by_name(tmp_path: Path, name: str) -> None:
    more, type, id = WRONG[name]
    srt(tmp_path / "a", *TWO)
    srt(tmp_path / "b", *TWO)
    srt(tmp_path / "late", (0.5, 1.0, "One"), (2.5, 3.0, "Late"))
    srt(tmp_path / "odd", (0.5, 1.0, "\U0010fffd"))
    (tmp_path / "font").write_bytes(b"no font")

    def placed(value: object) -> object:
        if isinstance(value, tuple):
            return [str(tmp_path / each) for each in value]
        return str(tmp_path / str(value))

    given = {key: placed(v) if key in ("subtitle", "caption", "font") else v for key, v in more.items()}
    with pytest.raises(type) as caught:
        plan(film(tmp_path), **given)
    assert caught.value.id == id


def test_a_trim_of_many_frames_is_counted_on_the_clock_of_the_slower_picture(tmp_path: Path) -> None:
    """Frame 48 of the source, at 1.92 s, is the first: a cue on it begins with it."""
    film25 = video(tmp_path / "a.mkv", 75, rate=25)
    text = f"{srt(tmp_path / 'a.srt', (1.92, 2.4, 'First'))}:en"
    made = plan(film25, picture_rate=Fraction(24), trim="48-72", subtitle=text)
    assert frames(made.texts[0]) == [(0, 12)]


def test_a_plan_says_that_text_stays_readable_where_the_rest_is_encrypted(tmp_path: Path) -> None:
    text = f"{srt(tmp_path / 'a.srt', *TWO)}:en"
    reel = film(tmp_path)
    made = plan(reel, subtitle=text, encrypt="picture,sound")
    (said,) = [each for each in made.advice if innermost(each).id == "advice.mixed-encryption"]
    assert "text" in str(said) or "subtitles" in str(said)
    whole = plan(reel, subtitle=text, encrypt="picture,sound,text")
    assert not [each for each in whole.advice if innermost(each).id == "advice.mixed-encryption"]
