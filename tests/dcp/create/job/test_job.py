"""Flags and file give the same job, and what no job can say is refused with its place."""

from __future__ import annotations

from dataclasses import fields
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dcp.create.job.flags import job_of
from dcp.create.job.reading import read_job
from dcp.create.job.settings import FLAGS as ALL_FLAGS
from dcp.create.job.settings import settings_of
from dcp.create.job.values import (
    AuxTrack,
    Composition,
    Job,
    OtherTrack,
    PictureTrack,
    Reel,
    SoundTrack,
    TextTrack,
)
from dcp.create.job.writing import job_toml
from dcp.errors import UsageError

SCHEMA = 'schema = "dcpkit.job/1"\n'
REEL = '[[composition.reel]]\npicture = {{ source = "film.mov"{more} }}\n'
TEXT = '[[composition.reel.text]]\nsource = "en.srt"\nlanguage = "en"{more}\n'
A_TITLE = '[[composition]]\ntitle = "T"\n'


def test_every_field_of_a_job_is_a_setting() -> None:
    for level, value in {
        "job": Job,
        "composition": Composition,
        "picture": PictureTrack,
        "sound": SoundTrack,
        "text": TextTrack,
        "aux": AuxTrack,
        "other": OtherTrack,
    }.items():
        held = {field.name for field in fields(value)} - {"compositions", "reels", "texts"}
        assert held == {setting.name for setting in settings_of(level)}  # type: ignore[arg-type]


def test_every_flag_is_its_own() -> None:
    flags = [setting.flag for setting in ALL_FLAGS]
    assert len(set(flags)) == len(flags)


WORDS = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=12)
PLAIN = st.text("abcXYZ019-", min_size=1, max_size=8)
_PAIRS = st.dictionaries(PLAIN, PLAIN, min_size=1, max_size=3).map(
    lambda held: tuple(f"{name}={value}" for name, value in held.items())
)
_TEXTS = st.sampled_from(
    [
        ("en.srt:en",),
        ("en.srt:en", "zh.srt:zh-Hans"),
        ("texts/of film.xml",),
        ("1.srt:fr", "2.srt:fr", "all.srt"),
    ]
)
FLAGS = {
    "job_standard": st.sampled_from(["smpte", "interop"]),
    "job_encrypt": st.sampled_from(["picture", "sound", "picture,sound", "text,aux"]),
    "job_coding": st.sampled_from(["exact", "fine", "fast"]),
    "job_ov": PLAIN.map(lambda name: (Path(f"films/{name}"),)),
    "composition_title": WORDS,
    "composition_name": st.just("auto"),
    "composition_kind": WORDS,
    "composition_picture_rate": st.sampled_from(["24", "23.976", "24000/1001", "30/1", "59.94", "12.5"]),
    "composition_rate_conversion": st.sampled_from(["drop", "blend"]),
    "composition_container": st.sampled_from(["flat", "scope", "full"]),
    "composition_resolution": st.sampled_from(["2k", "4k"]),
    "composition_mbps": st.integers(1, 500).map(str),
    "composition_hdr": st.just(True),
    "composition_loudness": st.just("leqm=82"),
    "composition_reel_length": st.sampled_from(["20", "17.5", "20min"]),
    "composition_split_at": st.sampled_from(["00:10:00:00,00:20:00:00", "chapters", "240"]),
    "composition_markers": _PAIRS,
    "composition_ratings": _PAIRS,
    "composition_studio": PLAIN,
    "composition_facility": PLAIN,
    "composition_territory": PLAIN,
    "picture_stereo": st.sampled_from(["side-by-side", "top-bottom"]),
    "picture_colour": st.sampled_from(["rec709", "p3-d65", "luts/show.cube", "/luts/show.CUBE"]),
    "picture_range": st.sampled_from(["full", "limited"]),
    "picture_still": st.sampled_from(["5s", "5", "2.5", "1/3"]),
    "picture_gaps": st.sampled_from(["hold", "black"]),
    "picture_trim": st.sampled_from(["24-48", "-48", "00:00:01:00-"]),
    "picture_crop": st.sampled_from(["auto", "fill", "0:138:0:138"]),
    "sound_channels": st.just("51(L,R,C,LFE,Ls,Rs),HI,VIN"),
    "sound_gain": st.sampled_from(["-3", "-3.5dB", "6 dB", "0.1"]),
    "sound_delay": st.sampled_from(["40", "-12.5ms", "0"]),
    "sound_fade_in": st.sampled_from(["1", "0.5s"]),
    "sound_fade_out": st.sampled_from(["2", "1.25"]),
    "sound_language": st.sampled_from(["en", "zh-Hans", "de-DE"]),
    "text_subtitle": _TEXTS,
    "text_caption": _TEXTS,
    "text_burn_in": _TEXTS,
    "text_encoding": st.sampled_from(["utf-8", "gb18030"]),
    "text_rate": st.sampled_from(["25", "23.976"]),
    "text_offset": st.sampled_from(["-400", "12.5ms"]),
    "text_position": st.sampled_from(["8", "12.5%"]),
    "text_size": st.sampled_from(["42", "38.5pt"]),
    "text_colour": st.sampled_from(["ffff00", "#80FFFFFF"]),
    "text_outline": st.sampled_from(["none", "border", "shadow"]),
    "text_outline_colour": st.sampled_from(["000000", "FF202020"]),
    "text_fade_up": st.sampled_from(["0", "0.25s"]),
    "text_fade_down": st.sampled_from(["0.1"]),
    "text_font": PLAIN.map(lambda name: Path(f"fonts/{name}.otf")),
    "sound_sources": PLAIN.map(lambda name: (Path(f"sound/{name}.wav"),)),
    "aux_source": PLAIN.map(lambda name: (Path(f"{name}.mxf"),)),
}  # fmt: skip


def test_every_flag_is_in_the_property() -> None:
    left = {setting.key for setting in ALL_FLAGS} - set(FLAGS)
    apart = {"picture_right", "sound_map", "sound_silent", "aux_coding", "aux_sync"}
    assert left == apart  # each against another, or nothing without another: tried apart


@settings(max_examples=150, deadline=None)
@given(given=st.fixed_dictionaries({}, optional=FLAGS))
def test_flags_and_file_give_equal_jobs(
    given: dict[str, object], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("job")
    given.setdefault("composition_title", "T")
    two = not {"sound_sources", "aux_source"} & given.keys()
    sources = [Path("reel1.mov"), Path("/films/reel 2")] if two else [Path("film.mov")]
    if not {"text_subtitle", "text_caption", "text_burn_in"} & set(given):
        given = {key: value for key, value in given.items() if not key.startswith("text_")}
    for kind in ("text_subtitle", "text_caption", "text_burn_in"):
        words = given.get(kind, ())
        assert isinstance(words, tuple)
        if not two and len(words) == 3:
            given[kind] = words[1:]
    job = job_of(sources, given)

    (folder / "job.toml").write_text(job_toml(_placed(job, folder), folder=folder), "utf-8")

    assert read_job(folder / "job.toml") == _placed(job, folder)


@pytest.mark.parametrize("more", [{"sound_map": "1:C@-3,2:C"}, {"sound_silent": True}])
def test_what_stands_against_another_setting(tmp_path: Path, more: dict[str, object]) -> None:
    job = job_of([Path("/film.mov")], {"composition_title": "T", **more})
    (tmp_path / "job.toml").write_text(job_toml(job, folder=tmp_path), "utf-8")

    assert read_job(tmp_path / "job.toml") == job


def test_auxiliary_data_is_one_source_a_reel(tmp_path: Path) -> None:
    sources, tracks = [Path("/1.mov"), Path("/2.mov")], (Path("/a.mxf"), Path("/b"))
    more = {"aux_source": tracks, "aux_coding": "urn:smpte:ul:1", "aux_sync": "off"}
    job = job_of(sources, {"composition_title": "T", **more})
    (tmp_path / "job.toml").write_text(job_toml(job, folder=tmp_path), "utf-8")

    assert read_job(tmp_path / "job.toml") == job
    held = [reel.aux for reel in job.compositions[0].reels]
    assert held == [AuxTrack(each, "urn:smpte:ul:1", "off") for each in tracks]
    with pytest.raises(UsageError, match="2 sources of immersive sound for 1 source"):
        job_of(sources[:1], {"composition_title": "T", "aux_source": tracks})
    with pytest.raises(UsageError, match="without --atmos"):
        job_of(sources, {"composition_title": "T", "aux_sync": "on"})


def test_auxiliary_data_needs_a_source(tmp_path: Path) -> None:
    reel = '[[composition.reel]]\npicture = { source = "f.mov" }\naux = { sync = "on" }\n'
    (tmp_path / "job.toml").write_text(SCHEMA + A_TITLE + reel, "utf-8")
    with pytest.raises(UsageError, match="auxiliary data without a source"):
        read_job(tmp_path / "job.toml")


def test_two_eyes(tmp_path: Path) -> None:
    job = job_of([], {"composition_title": "T", "picture_right": Path("/r")}, left=Path("/l"))
    (tmp_path / "job.toml").write_text(job_toml(job, folder=tmp_path), "utf-8")

    assert read_job(tmp_path / "job.toml") == job
    assert job.compositions[0].reels == (Reel(PictureTrack(source=Path("/l"), right=Path("/r"))),)


def _placed(job: Job, folder: Path) -> Job:
    """As the file's reader places relative paths: in its folder."""
    from dataclasses import replace

    def of(reel: Reel) -> Reel:
        picture, colour = reel.picture, reel.picture.colour
        if colour and colour.lower().endswith(".cube"):
            colour = str(folder / colour)
        assert picture.source is not None
        return Reel(
            replace(picture, source=folder / picture.source, colour=colour),
            replace(reel.sound, sources=tuple(folder / each for each in reel.sound.sources)),
            texts(reel.texts),
            replace(reel.aux, source=folder / reel.aux.source) if reel.aux and reel.aux.source else None,
        )

    def texts(given: tuple[TextTrack, ...]) -> tuple[TextTrack, ...]:
        return tuple(
            replace(each, source=folder / each.source, font=folder / each.font if each.font else None)
            for each in given
        )

    (composition,) = job.compositions
    reels = tuple(of(reel) for reel in composition.reels)
    placed = replace(composition, reels=reels, texts=texts(composition.texts))
    return replace(job, compositions=(placed,), ov=tuple(folder / each for each in job.ov))


def test_a_job_is_a_template(tmp_path: Path) -> None:
    file = tmp_path / "template.toml"
    file.write_text(SCHEMA + A_TITLE + 'kind = "trailer"\ncontainer = "scope"\n', "utf-8")

    job = job_of(
        [Path("a.mov"), Path("b.mov")], {"composition_mbps": "200"}, job=read_job(file, as_template=True)
    )

    (composition,) = job.compositions
    assert [reel.picture.source for reel in composition.reels] == [Path("a.mov"), Path("b.mov")]
    assert (composition.kind, composition.container, composition.mbps) == ("trailer", "scope", 200)


def test_a_flag_overrides_the_file_everywhere(tmp_path: Path) -> None:
    file = tmp_path / "job.toml"
    file.write_text(SCHEMA + A_TITLE + REEL.format(more=', crop = "fill"') + REEL.format(more=""), "utf-8")

    job = job_of([], {"picture_crop": "auto", "sound_gain": "-6"}, job=read_job(file))

    assert [reel.picture.crop for reel in job.compositions[0].reels] == ["auto", "auto"]
    assert [reel.sound.gain for reel in job.compositions[0].reels] == [-6.0, -6.0]


def test_a_flag_leaves_a_reel_that_is_the_same_as_another(tmp_path: Path) -> None:
    file = tmp_path / "job.toml"
    again = "[[composition.reel]]\npicture = { same_as = 1 }\nsound = { same_as = 1 }\n"
    file.write_text(SCHEMA + A_TITLE + REEL.format(more="") + again, "utf-8")

    job = job_of([], {"picture_crop": "auto", "sound_gain": "-6"}, job=read_job(file))

    first, second = job.compositions[0].reels
    assert (first.picture.crop, first.sound.gain) == ("auto", -6.0)
    assert second == Reel(PictureTrack(same_as=1), SoundTrack(same_as=1))


def test_rates_that_people_write_are_the_exact_ones() -> None:
    def rate(word: str) -> Fraction | None:
        job = job_of([Path("a.mov")], {"composition_title": "T", "composition_picture_rate": word})
        return job.compositions[0].picture_rate

    assert [rate(word) for word in ("23.976", "23.98", "29.97", "59.94", "25", "12.5", "47.952")] == [
        Fraction(24000, 1001), Fraction(24000, 1001), Fraction(30000, 1001), Fraction(60000, 1001),
        Fraction(25), Fraction(25, 2), Fraction(48000, 1001),
    ]  # fmt: skip


def test_texts_of_flags_are_of_a_reel_each_or_of_the_film() -> None:
    given = {"composition_title": "T", "text_subtitle": ("1.srt:en", "2.srt:en", "zh.srt:zh"),
             "text_caption": ("c.srt:en",), "text_size": "40"}  # fmt: skip

    (composition,) = job_of([Path("a"), Path("b")], given).compositions

    def text(name: str, *more: Any) -> TextTrack:
        return TextTrack(Path(name), *more, size=40.0)

    assert composition.texts == (text("zh.srt", "zh"), text("c.srt", "en", "caption"))
    assert [reel.texts for reel in composition.reels] == [(text("1.srt", "en"),), (text("2.srt", "en"),)]


def test_a_texts_flag_replaces_the_files_of_its_kind(tmp_path: Path) -> None:
    file = tmp_path / "job.toml"
    more = TEXT.format(more="") + TEXT.format(more='\nkind = "caption"')
    file.write_text(SCHEMA + A_TITLE + REEL.format(more="") + more, "utf-8")

    (composition,) = job_of([], {"text_subtitle": ("zh.srt:zh",)}, job=read_job(file)).compositions

    assert composition.reels[0].texts == (
        TextTrack(tmp_path / "en.srt", "en", "caption"), TextTrack(Path("zh.srt"), "zh")
    )  # fmt: skip


@pytest.mark.parametrize(
    ("word", "language"),
    [
        ("a.srt:en", "en"), ("a.srt:zh-Hant", "zh-Hant"), ("a.srt:en_US", "en_US"), ("a.srt", None),
        ("a:b.srt", None), (r"C:\a.srt", None), (r"C:\a.srt:en", "en"), ("C:a", None),
    ],
)  # fmt: skip
def test_the_language_stands_behind_the_last_colon(word: str, language: str | None) -> None:
    job = job_of([Path("a")], {"composition_title": "T", "text_subtitle": (word,)})
    (track,) = job.compositions[0].reels[0].texts

    assert track == TextTrack(Path(word if language is None else word.rpartition(":")[0]), language)


WRONG_FILES = {
    "empty": ("", "job.schema"),
    "another schema": ('schema = "dcpkit.job/9"', "job.schema"),
    "no TOML": ("schema = ", "job.no-toml"),
    "no composition": (SCHEMA, "job.no-composition"),
    "no title": (SCHEMA + "[[composition]]\n" + REEL.format(more=""), "job.missing"),
    "no reel": (SCHEMA + A_TITLE, "job.no-reel"),
    "composition a table": (SCHEMA + '[composition]\ntitle = "T"', "job.no-tables"),
    "picture a text": (SCHEMA + A_TITLE + '[[composition.reel]]\npicture = "film.mov"', "job.no-table"),
    "unknown name": (SCHEMA + A_TITLE + REEL.format(more=", croop = 1"), "job.unknown-near"),
    "unknown at the top": (SCHEMA + "frames = 1\n" + A_TITLE + REEL.format(more=""), "job.unknown"),
    "unknown track": (SCHEMA + A_TITLE + "[[composition.reel]]\nsmell = 1", "job.unknown"),
    "rate a word": (SCHEMA + A_TITLE + 'picture_rate = "fast"\n' + REEL.format(more=""), "job.value"),
    "rate true": (SCHEMA + A_TITLE + "picture_rate = true\n" + REEL.format(more=""), "job.value"),
    "rate over 0": (SCHEMA + A_TITLE + 'picture_rate = "24/0"\n' + REEL.format(more=""), "job.value"),
    "rate not a number": (SCHEMA + A_TITLE + "picture_rate = nan\n" + REEL.format(more=""), "job.value"),
    "container": (SCHEMA + A_TITLE + 'container = "imax"\n' + REEL.format(more=""), "job.value"),
    "mbps": (SCHEMA + A_TITLE + "mbps = 0\n" + REEL.format(more=""), "job.value"),
    "encrypt": (SCHEMA + 'encrypt = ["smell"]\n' + A_TITLE + REEL.format(more=""), "job.value"),
    "hdr a word": (SCHEMA + A_TITLE + 'hdr = "yes"\n' + REEL.format(more=""), "job.value"),
    "markers a list of numbers": (SCHEMA + A_TITLE + "markers = [1]\n" + REEL.format(more=""), "job.value"),
    "still none": (SCHEMA + A_TITLE + REEL.format(more=', still = "0s"'), "job.value"),
    "no picture": (SCHEMA + A_TITLE + "[[composition.reel]]\n", "job.no-source"),
    "the same as itself": (
        SCHEMA + A_TITLE + "[[composition.reel]]\npicture = { same_as = 1 }", "job.same-as"),
    "the same and a source": (SCHEMA + A_TITLE + REEL.format(more=", same_as = 1"), "job.same-and-more"),
    "silent with a map": (
        SCHEMA + A_TITLE + REEL.format(more="") + 'sound = { silent = true, map = "1:C" }',
        "job.silent-and-more"),
    "channels and map": (
        SCHEMA + A_TITLE + REEL.format(more="") + 'sound = { channels = "51(L)", map = "1:C" }',
        "job.channels-and-map"),
    "two stereos": (
        SCHEMA + A_TITLE + REEL.format(more=', right = "r", stereo = "top-bottom"'), "job.two-stereos"),
    "text without a source": (
        SCHEMA + A_TITLE + REEL.format(more="") + '[[composition.reel.text]]\nlanguage = "en"',
        "job.missing"),
    "text a table": (
        SCHEMA + A_TITLE + REEL.format(more="") + 'text = { source = "en.srt" }', "job.no-tables"),
    "text of an unknown kind": (
        SCHEMA + A_TITLE + REEL.format(more="") + TEXT.format(more='\nkind = "song"'), "job.value"),
    "text with an unknown name": (
        SCHEMA + A_TITLE + REEL.format(more="") + TEXT.format(more="\nsise = 3"), "job.unknown-near"),
    "two texts of one language": (
        SCHEMA + A_TITLE + REEL.format(more="") + TEXT.format(more="") + TEXT.format(more=""),
        "job.text-twice"),
    "text of the film and of a reel": (
        SCHEMA + A_TITLE + 'text = [{ source = "en.srt", language = "EN" }]\n' + REEL.format(more="")
        + TEXT.format(more=""), "job.text-twice"),
    "text's colour": (
        SCHEMA + A_TITLE + REEL.format(more="") + TEXT.format(more='\ncolour = "yellow"'), "job.value"),
    "text's size": (SCHEMA + A_TITLE + REEL.format(more="") + TEXT.format(more="\nsize = 0"), "job.value"),
    "control sign in a title": (
        SCHEMA + '[[composition]]\ntitle = "a\\u0007"\n' + REEL.format(more=""), "job.value"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG_FILES)
def test_a_wrong_file_is_refused_by_name(tmp_path: Path, name: str) -> None:
    words, id = WRONG_FILES[name]
    file = tmp_path / "job.toml"
    file.write_text(words, "utf-8")

    assert refusal(file) == id


def refusal(file: Path) -> str | None:
    with pytest.raises(UsageError) as caught:
        read_job(file)
    assert str(file) in (caught.value.where or "")
    return caught.value.id


def test_the_path_and_the_line_are_named(tmp_path: Path) -> None:
    file = tmp_path / "job.toml"
    file.write_text(SCHEMA + A_TITLE + REEL.format(more="") + "sound = { gian = 3 }\n", "utf-8")

    with pytest.raises(UsageError) as caught:
        read_job(file)

    assert caught.value.what == "composition[1].reel[1].sound.gian is no name of a job; did you mean gain?"
    assert caught.value.where == f"{file}, line 6"


def test_bytes_that_are_no_text_and_files_that_are_too_large(tmp_path: Path) -> None:
    file = tmp_path / "job.toml"
    file.write_bytes(b'schema = "\xff"')
    assert refusal(file) == "job.no-text"
    file.write_bytes(b"#" * (4 * 1024 * 1024 + 1))
    assert refusal(file) == "job.too-large"
    file.write_bytes(SCHEMA.encode() + b"x = " + b"[" * 5000)
    assert refusal(file) == "job.no-toml"


@pytest.mark.parametrize(
    ("sources", "given", "left", "id"),
    [
        ([], {"composition_title": "T"}, None, "create.no-source"),
        ([Path("a")], {}, None, "job.no-title"),
        ([], {"composition_title": "T"}, Path("l"), "job.one-eye"),
        ([Path("a")], {"composition_title": "T", "picture_right": "r"}, None, "job.one-eye"),
        ([Path("a")], {"composition_title": "T", "picture_right": "r"}, Path("l"), "job.eyes-and-sources"),
        ([Path("a")] * 300, {"composition_title": "T"}, None, "create.too-many-reels"),
        ([Path("a")] * 2, {"composition_title": "T", "sound_sources": (Path("s"),) * 3}, None,
         "create.audio-count"),
        ([Path("a")], {"composition_title": "T", "text_size": "40"}, None, "job.text-flags-without-text"),
        ([Path("a")], {"composition_title": "T", "text_subtitle": ("a:en", "b:en")}, None, "job.text-twice"),
        ([Path("a")] * 3, {"composition_title": "T", "text_caption": ("a:en", "b:en")}, None,
         "job.text-count"),
        ([Path("a")], {"composition_title": "T", "composition_markers": ("FFEC",)}, None, "job.value"),
        ([Path("a")], {"composition_title": "T", "composition_markers": ("A=1", "A=2")}, None, "job.value"),
    ],
)  # fmt: skip
def test_flags_that_make_no_job(
    sources: list[Path], given: dict[str, object], left: Path | None, id: str
) -> None:
    with pytest.raises(UsageError) as caught:
        job_of(sources, given, left=left)

    assert caught.value.id == id
