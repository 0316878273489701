"""What is decided about sound before it is decoded: which streams, what is advised, what is refused."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from dcp.create.job.values import SoundTrack
from dcp.create.planning.clock import TimeMap
from dcp.create.planning.languages import short_tag
from dcp.create.planning.sound import plan_sound
from dcp.create.planning.sound_choice import choose
from dcp.create.planning.sound_values import SoundPlan
from dcp.create.sources.sound_probe import StreamFacts, list_folder, symbol_of_file
from dcp.errors import DcpError, SourceError, UsageError
from dcp.sound.wav import WavWriter

RATE = Fraction(24)
FIVE = ("FL", "FR", "FC", "LFE", "BL", "BR")
STEREO = ("FL", "FR")
MONO = ("FC",)


def wav(path: Path, *, count: int = 2000, channels: int = 1, rate: int = 48_000) -> Path:
    with WavWriter(path, channels=channels, sample_rate=rate) as writer:
        writer.write(bytes(count * channels * 3))
    return path


def planned(
    *sources: Path, length: Fraction = 1 / RATE, speed: Fraction = Fraction(1), **flags: Any
) -> SoundPlan:
    track = SoundTrack(sources=sources, **flags)
    return plan_sound(track, None, TimeMap(Fraction(0), speed), length=length, edit_rate=RATE)


def streams(*each: dict[str, Any]) -> list[StreamFacts]:
    return [
        StreamFacts(Path("a.mov"), number, sample_rate=48_000, **facts)
        for number, facts in enumerate(each, 1)
    ]


def chosen(
    *each: dict[str, Any], language: str | None = None, own: bool = False
) -> tuple[list[int], str, str]:
    choice = choose(streams(*each), language=language, own=own)
    placed = " ".join(one.symbol or str(one.position) for one in choice.placed)
    said = "\n".join(map(str, choice.decisions))
    assert all(one.say("zh") != str(one) for one in (*choice.decisions, *choice.advice))
    return [one.index for one in choice.streams], placed, said


# --- streams ---


def test_the_widest_is_taken_and_the_rest_is_named() -> None:
    taken, placed, said = chosen({"names": STEREO, "default": True}, {"names": FIVE})
    assert taken == [2] and placed == "L R C LFE Ls Rs"
    assert "stream 2 (6 channels, language -) is taken; left out: stream 1 (2 channels, language -)" in said


def test_six_mono_streams_are_one_programme() -> None:
    taken, placed, said = chosen(*[{"names": MONO}] * 6)
    assert taken == [1, 2, 3, 4, 5, 6] and placed == "L R C LFE Ls Rs"
    assert "the 6 mono streams of a.mov are taken together" in said
    assert chosen(*[{"names": MONO}] * 2)[1] == "L R"
    assert chosen({"names": MONO})[1] == "C"


def test_mono_streams_with_names_go_by_them() -> None:
    names = [{"names": (name,)} for name in ("FC", "FL", "FR", "LFE", "SR", "SL")]
    assert chosen(*names)[1] == "C L R LFE Rs Ls"


def test_of_eight_mono_streams_two_are_left_and_said() -> None:
    taken, placed, said = chosen(*[{"names": MONO}] * 8)
    assert taken == [1, 2, 3, 4, 5, 6] and placed == "L R C LFE Ls Rs"
    assert "channels left out: 7 and 8" in said


def test_six_mono_streams_go_before_a_stereo_one() -> None:
    taken, _, said = chosen({"names": STEREO, "default": True}, *[{"names": MONO}] * 6)
    assert taken == [2, 3, 4, 5, 6, 7] and "left out: stream 1" in said


def test_the_default_s_language_is_taken_unless_another_is_asked_for() -> None:
    file = (
        {"names": FIVE, "language": "fre"},
        {"names": STEREO, "language": "eng", "default": True},
        {"names": FIVE, "language": "eng"},
        {"names": FIVE, "language": "eng", "purpose": "commentary"},
    )
    assert chosen(*file)[0] == [3]
    assert chosen(*file, language="fr-FR")[0] == [1]
    assert chosen(*file, language="ja")[0] == [3]
    assert "stream 4 (commentary, 6 channels, language eng)" in chosen(*file)[2]


@pytest.mark.parametrize("purpose", ["commentary", "hearing-impaired", "visually-impaired"])
def test_what_is_for_some_is_not_taken_for_all(purpose: str) -> None:
    taken, _, said = chosen({"names": FIVE, "purpose": purpose, "default": True}, {"names": STEREO})
    assert taken == [2] and "left out: stream 1" in said
    assert chosen({"names": FIVE, "purpose": purpose})[0] == [1]


def test_heights_are_left_out_and_said() -> None:
    _, placed, said = chosen({"names": (*FIVE, "TFL", "TFR")})
    assert placed == "L R C LFE Ls Rs" and "channels left out: 7 TFL and 8 TFR" in said


@pytest.mark.parametrize(
    ("file", "said"),
    [
        ([{"names": ("NONE",) * 3}], "what the 3 channels are"),
        ([{"names": MONO}] * 4, "what the 4 channels are"),
        ([{"names": ("DL", "DR")}], "no mono, stereo, 5.1 or 7.1"),
    ],
)
def test_channels_that_nobody_knows_are_refused(file: Sequence[dict[str, Any]], said: str) -> None:
    with pytest.raises(SourceError) as caught:
        chosen(*file)
    assert said in caught.value.what and "--" in (caught.value.remedy or "")


# --- files and flags ---


def test_every_wrong_input_is_refused_with_file_place_and_remedy(tmp_path: Path) -> None:
    def here(name: str, **form: Any) -> Path:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        return wav(tmp_path / name, **form)

    left, right = here("mix_L.wav"), here("mix_R.wav")
    six = here("six.wav", channels=6)
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / ".hidden.wav").write_bytes(b"")
    unnamed = here("unnamed/Mix_L.wav").parent
    here("unnamed/take3.wav")
    doubled = here("doubled/a_L.wav").parent
    here("doubled/b_L.wav")
    rates = here("rates/a_L.wav").parent
    here("rates/a_R.wav", rate=44_100)
    matrixed = here("matrixed/a_Lt.wav").parent
    here("matrixed/a_RT.wav")
    mixed = here("mixed/a_Ls.wav").parent
    here("mixed/a_Lss.wav")
    (text := tmp_path / "a.wav").write_text("no sound")
    cases: list[tuple[type[DcpError], str, tuple[Path, ...], dict[str, Any]]] = [
        (SourceError, "cannot read", (tmp_path / "absent.wav",), {}),
        (SourceError, "no sound file in the folder", (tmp_path / "empty",), {}),
        (SourceError, "'take3.wav' does not say which channel", (unnamed,), {}),
        (SourceError, "L is here and in a_L.wav", (doubled,), {}),
        (SourceError, "sampled at 44,100 Hz, a_L.wav at 48,000 Hz", (rates,), {}),
        (SourceError, "'Lt' is matrixed", (matrixed,), {}),
        (UsageError, "Ls and Lss belong to different soundfields", (mixed,), {}),
        (SourceError, "7 channels in a file beside six.wav", (six, here("seven.wav", channels=7)), {}),
        (SourceError, "nothing says what the 3 channels are", (here("three.wav", channels=3),), {}),
        (UsageError, "2 channels are named, but the sources have 6: 1-6:", (six,), {"channels": "L,R"}),
        (UsageError, "no channel 7, the sources have 6 channels: 1-6:", (six,), {"map": "7:L"}),
        (UsageError, "1: mix_L.wav and 2: mix_R.wav", (left, right), {"map": "3:L"}),
        (UsageError, "--channels and --map were both given", (six,), {"map": "1:L", "channels": "L"}),
        (UsageError, "there is no sound for --channels or --map", (), {"channels": "L"}),
        (UsageError, "a reel without sound has sound files", (six,), {"silent": True}),
        (UsageError, "a gain of 61.0 dB", (six,), {"gain": 61.0}),
        (UsageError, "a gain of nan dB", (six,), {"gain": float("nan")}),
        (UsageError, "a delay of 4000000.0 ms", (six,), {"delay": 4e6}),
        (UsageError, "fades of -1.0 and 0.0 seconds", (six,), {"fade_in": -1.0}),
        (UsageError, "do not fit into 0.042 seconds", (six,), {"fade_in": 0.03, "fade_out": 0.03}),
        (UsageError, "'english please' is no language tag", (six,), {"language": "english please"}),
        (SourceError, "DBOX carries data", (here("c.wav", rate=44_100),), {"channels": "DBOX"}),
        (SourceError, "FSKSync carries data", (left,), {"map": "1:FSKSync@-3"}),
        (SourceError, "SLVS carries data", (left, right), {"map": "1:SLVS,2:SLVS"}),
    ]  # fmt: skip
    for kind, said, sources, flags in cases:
        with pytest.raises(kind) as caught:
            planned(*sources, **flags)
        error = caught.value
        assert said in error.what, (said, error.what)
        assert error.where or not sources or kind is UsageError, said
        assert error.remedy or "cannot read" in said, said
        assert error.say("zh") != error.what, said
    with pytest.raises(DcpError):
        planned(text)


@pytest.mark.parametrize(
    ("name", "symbol"),
    [
        ("Mix_L.wav", "L"), ("mix.lfe.wav", "LFE"), ("MIX-LS.WAV", "Ls"), ("mix Rss.wav", "Rss"),
        ("R.wav", "R"), ("a_HI.wav", "HI"), ("a_VI.wav", "VIN"), ("a_VI-N.wav", "VIN"), ("a_VIN.wav", "VIN"),
        ("a.Lsr.wav", "Lrs"),
        ("01_Cs.wav", "Cs"), ("film_v2_Lc.wav", "Lc"), ("a_DBOX2.wav", "DBOX2"), ("a_FSKSync.wav", "FSKSync"),
    ],
)  # fmt: skip
def test_names_of_files_end_with_their_channel(name: str, symbol: str) -> None:
    assert symbol_of_file(Path(name)) == symbol


@pytest.mark.parametrize("name", ["mixL.wav", "Mix_1.wav", "L_mix.wav", "Ls2.wav", ".wav", "a_.wav"])
def test_other_names_are_refused(name: str) -> None:
    with pytest.raises(SourceError, match="does not say which channel"):
        symbol_of_file(Path(name))


def test_one_file_of_several_channels_stands_beside_mono_ones(tmp_path: Path) -> None:
    plan = planned(
        wav(tmp_path / "mix.wav", channels=6), wav(tmp_path / "a_HI.wav"), wav(tmp_path / "a_VI.wav")
    )
    assert plan.layout.channels == ("L", "R", "C", "LFE", "Ls", "Rs", "HI", "VIN")
    assert plan.plain and len(plan.routes) == 8


@pytest.mark.parametrize(
    ("seconds", "picture"), [(4, None), (3, None), (1, "2.000"), (5, "4.000")]
)  # fmt: skip
def test_sound_that_is_cut_with_its_picture_is_as_long_as_it_was(
    tmp_path: Path, seconds: int, picture: str | None
) -> None:
    """Of a picture of four seconds the first two are taken."""
    track = SoundTrack(sources=(wav(tmp_path / "a.wav", count=48_000 * seconds),), language="zxx")
    plan = plan_sound(track, None, TimeMap(), length=Fraction(2), beyond=Fraction(2), edit_rate=RATE)
    said = [str(each) for each in plan.advice]
    assert said == ([f"the sound lasts {seconds}.000 seconds, the picture {picture}"] if picture else [])


def test_files_of_other_lengths_are_said(tmp_path: Path) -> None:
    plan = planned(wav(tmp_path / "a_L.wav", count=4000), wav(tmp_path / "a_R.wav"), length=2 / RATE)
    assert "not equally long: a_R.wav ends after 0.042 seconds, a_L.wav after 0.083" in "".join(
        map(str, plan.decisions)
    )
    assert [each.id for each in plan.advice] == ["advice.no-language"]


def test_a_folder_has_its_sound_files_alone(tmp_path: Path) -> None:
    for name in ("b_L.WAV", "a_R.flac", ".DS_Store", "._a.wav", "notes.txt"):
        (tmp_path / name).write_bytes(b"")
    (tmp_path / "old.wav").mkdir()
    found = list_folder(tmp_path)
    assert [each.name for each in found.files] == ["a_R.flac", "b_L.WAV"]
    assert found.passed_over == ("notes.txt", "old.wav")


def test_speed_and_rate_are_said(tmp_path: Path) -> None:
    pytest.importorskip("av", reason="the extra sound")
    path = wav(tmp_path / "a.wav", count=44_100, rate=44_100)
    faster = planned(path, length=Fraction(1000, 1001), speed=Fraction(1001, 1000), language="eng")
    said = "\n".join(map(str, faster.decisions))
    assert "sound of 44,100 Hz is converted to 48,000 Hz" in said
    assert "the sound runs 0.100 % faster" in said and "untouched" not in said
    assert not faster.advice and faster.language == "en"
    slower = planned(path, length=Fraction(25, 24), speed=Fraction(24, 25))
    assert "4.000 % slower" in "\n".join(map(str, slower.decisions))


def test_a_channel_that_nothing_fills_is_said(tmp_path: Path) -> None:
    plan = planned(wav(tmp_path / "a.wav", channels=3), channels="L,R,C")
    assert plan.layout.field == "51"
    assert "nothing was given for LFE, Ls and Rs: silent" in map(str, plan.decisions)


def test_asked_to_be_silent_it_is(tmp_path: Path) -> None:
    track = SoundTrack(silent=True)
    plan = plan_sound(track, wav(tmp_path / "a.wav"), TimeMap(), length=Fraction(1), edit_rate=RATE)
    assert not plan.sources and plan.decisions[0].id == "plan.sound-silent" and not plan.advice


@pytest.mark.parametrize(
    ("found", "tag"),
    [
        ("eng", "en"), ("fre", "fr"), ("fra", "fr"), ("chi", "zh"), ("und", None), (None, None), ("", None),
        ("pt-BR", "pt-BR"), ("ENG", "en"), ("yue", "yue"), ("a b", None), ("x" * 60, None), ("zxx", "zxx"),
        ("mul", None),
    ],
)  # fmt: skip
def test_language_tags_are_the_shortest(found: str | None, tag: str | None) -> None:
    assert short_tag(found) == tag


@pytest.mark.extra("sound")
def test_streams_of_a_real_file(tmp_path: Path) -> None:
    from sounds import clicks, write_media

    path = write_media(
        tmp_path / "a.mkv",
        [clicks(1, [0.5], channels=2), clicks(1, [0.5], channels=6), clicks(1, [0.5], channels=2)],
        codec="flac",
        languages=["eng", "eng", "fre"],
        dispositions=["default", "", "comment"],
        frames=24,
    )
    plan = plan_sound(SoundTrack(), path, TimeMap(), length=Fraction(1), edit_rate=RATE)
    assert plan.sources[0].stream == 2 and plan.layout.field == "51" and plan.language == "en"
    assert any("left out: stream 1" in str(each) for each in plan.decisions)
    assert any("commentary" in str(each) for each in plan.decisions)
    assert plan.sources[0].end == 1 and not plan.advice
    told = plan_sound(SoundTrack(map="9:L,10:R"), path, TimeMap(), length=Fraction(1), edit_rate=RATE)
    assert [each.stream for each in told.sources] == [3] and told.layout.field == "-"
    mono = write_media(
        tmp_path / "b.mov", [clicks(1, [0.1 * n]) for n in range(6)], codec="pcm_s24le", frames=24
    )
    six = plan_sound(SoundTrack(), mono, TimeMap(), length=Fraction(1), edit_rate=RATE)
    assert len(six.sources) == 6 and six.layout.field == "51"
    silent = write_media(tmp_path / "c.mkv", [], frames=24)
    none = plan_sound(SoundTrack(), silent, TimeMap(), length=Fraction(1), edit_rate=RATE)
    assert not none.sources and none.decisions[0].id == "plan.sound-none"
