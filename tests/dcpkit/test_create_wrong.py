"""Wrong input to `dcpkit create`: refused before any work, in both languages, with nothing left behind."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from material import codestream, codestreams, wav
from needing import needing
from synthetic import codestream as headers_only
from wrong_sources import (
    EARLIER,
    NOW,
    Arguments,
    Good,
    Wrong,
    cut,
    pipe,
    png_of,
    signer,
    still,
    stills,
    tiff,
    wav_header,
    written,
)

pytestmark = pytest.mark.extra("create")
Run = Callable[..., tuple[int, str, str]]
ROWS: list[Wrong] = []
POSIX: list[Wrong] = []


def wrong(
    id: str, where: str
) -> Callable[[Callable[[Good, Path], Arguments]], Callable[[Good, Path], Arguments]]:
    """A row: its function gives the arguments. where: what the place of the error names, or a part of it."""

    def add(make: Callable[[Good, Path], Arguments]) -> Callable[[Good, Path], Arguments]:
        ROWS.append(Wrong(make, id, where))
        return make

    return add


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Good:
    needing("create")
    return Good(tmp_path_factory.mktemp("good"))


class Begun(AssertionError):
    """The work began."""


@pytest.fixture
def unbegun(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Work that begins is noted, and goes no further."""
    import dcp.create.build

    begun: list[str] = []

    def begin(*arguments: object, **more: object) -> None:
        begun.append("begun")
        raise Begun

    monkeypatch.setattr(dcp.create.build, "_Making", begin)
    yield begun
    assert not begun


# --- channels -----


@wrong("sound.no-such-channel", "--channels L,Q")
def unknown_channel(good: Good, folder: Path) -> Arguments:
    return [good.film, "--audio", good.stereo, "--channels", "L,Q"]


@wrong("sound.channel-twice", "--channels L,L")
def channel_twice(good: Good, folder: Path) -> Arguments:
    return [good.film, "--audio", good.stereo, "--channels", "L,L"]


@wrong("sound.channels-count", "--channels L,R,C")
def more_channels_than_the_file_has(good: Good, folder: Path) -> Arguments:
    return [good.film, "--audio", good.stereo, "--channels", "L,R,C"]


@wrong("sound.expression-form", "--channels 51(L,R")
def parenthesis_left_open(good: Good, folder: Path) -> Arguments:
    return [good.film, "--audio", good.stereo, "--channels", "51(L,R"]


@wrong("sound.channel-not-there", "--map 3:C")
def map_of_a_channel_that_is_not_there(good: Good, folder: Path) -> Arguments:
    return [good.film, "--audio", good.stereo, "--map", "3:C"]


@wrong("sound.map-form", "--map 1=C")
def map_of_another_form(good: Good, folder: Path) -> Arguments:
    return [good.film, "--audio", good.stereo, "--map", "1=C"]


@wrong("sound.map-level", "--map 1:C@99")
def map_at_an_absurd_level(good: Good, folder: Path) -> Arguments:
    return [good.film, "--audio", good.stereo, "--map", "1:C@99"]


@wrong("sound.signal-changed", "stereo.wav")
def gain_on_a_signal(good: Good, folder: Path) -> Arguments:
    return [good.film, "--audio", good.stereo, "--map", "1:C,2:FSKSync@-3"]


@wrong("sound.matrixed", "--channels Lt,Rt")
def matrixed_stereo(good: Good, folder: Path) -> Arguments:
    return [good.film, "--audio", good.stereo, "--channels", "Lt,Rt"]


@wrong("sound.nothing-to-place", "--channels")
def channels_of_a_silent_film(good: Good, folder: Path) -> Arguments:
    return [good.film, "--channels", "L,R"]


@wrong("create.sound-layouts", "51(L,R,C,LFE,Ls,Rs)")
def reels_of_unlike_sound(good: Good, folder: Path) -> Arguments:
    return [good.film, good.long, "--audio", good.six, "--audio", good.stereo]


# --- sound files -----


@wrong("file.cannot-read", "absent.wav")
def sound_that_is_not_there(good: Good, folder: Path) -> Arguments:
    return [good.film, "--audio", folder / "absent.wav"]


@wrong("source.sound-empty", "empty.wav")
def sound_of_no_samples(good: Good, folder: Path) -> Arguments:
    return [good.film, "--audio", wav_header(folder / "empty.wav")]


@wrong("sound.empty-folder", "mix")
def folder_without_sound(good: Good, folder: Path) -> Arguments:
    (folder / "mix").mkdir()
    written(folder / "mix" / "notes.txt", "to do")
    return [good.film, "--audio", folder / "mix"]


@wrong("sound.file-names-no-channel", "take.wav")
def sound_whose_names_say_no_channel(good: Good, folder: Path) -> Arguments:
    (folder / "mix").mkdir()
    for name in ("mix_L.wav", "take.wav"):
        wav(folder / "mix" / name, 100, 1)
    return [good.film, "--audio", folder / "mix"]


@wrong("sound.channel-doubled", "b_L.wav")
def two_files_for_one_channel(good: Good, folder: Path) -> Arguments:
    for name in ("a_L.wav", "b_L.wav"):
        wav(folder / name, 100, 1)
    return [good.film, "--audio", folder / "a_L.wav", "--audio", folder / "b_L.wav"]


@wrong("sound.rate", "slow.wav")
def sound_of_two_hertz(good: Good, folder: Path) -> Arguments:
    return [good.film, "--audio", wav_header(folder / "slow.wav", rate=2, size=6000)]


@wrong("sound.no-media", "fast.wav")
def sound_of_four_gigahertz(good: Good, folder: Path) -> Arguments:
    return [good.film, "--audio", wav_header(folder / "fast.wav", rate=4_000_000_000, size=6000)]


@wrong("source.no-sound", "wide.wav")
def sound_of_a_thousand_channels(good: Good, folder: Path) -> Arguments:
    return [good.film, "--audio", wav_header(folder / "wide.wav", channels=1000, size=6000)]


@wrong("source.no-sound", "film.mov")
def a_silent_film_for_its_sound(good: Good, folder: Path) -> Arguments:
    return [good.film, "--audio", good.film]


@wrong("wav.cut-short", "short.wav")
def sound_cut_short(good: Good, folder: Path) -> Arguments:
    wav(folder / "short.wav", 48_000, 2)
    return [good.film, "--audio", cut(folder / "short.wav")]


@wrong("source.sound-empty", "hollow.flac")
def sound_that_is_a_header_alone(good: Good, folder: Path) -> Arguments:
    import av

    with av.open(str(folder / "hollow.flac"), "w") as container:
        stream = container.add_stream("flac", rate=48_000, layout="stereo")
        container.mux(stream.encode(None))
    return [good.film, "--audio", folder / "hollow.flac"]


@wrong("create.audio-count", "--audio")
def sound_for_more_reels_than_there_are(good: Good, folder: Path) -> Arguments:
    return [good.film, good.long, "--audio", good.stereo]


@wrong("sound.no-language-tag", "--audio-lang")
def language_that_is_none(good: Good, folder: Path) -> Arguments:
    return [good.film, "--audio", good.stereo, "--audio-lang", "english!"]


# --- sizes and crops -----


@wrong("still.undecodable", "bomb.png")
def picture_of_ten_thousand_million_pixels(good: Good, folder: Path) -> Arguments:
    return [png_of(folder / "bomb.png", 100_000, 100_000), "--still", "1s", "--picture-rate", 24]


@wrong("still.undecodable", "bomb.exr")
def exr_with_a_huge_window(good: Good, folder: Path) -> Arguments:
    path = still(folder / "bomb.exr", kind="half")
    data = path.read_bytes()
    for name in (b"dataWindow\0box2i\0", b"displayWindow\0box2i\0"):
        place = data.index(name) + len(name) + 4
        data = data[: place + 8] + b"\xff\xff\xff\x7f" * 2 + data[place + 16 :]
    path.write_bytes(data)
    return [path, "--still", "1s", "--picture-rate", 24, "--colour", "acescg"]


@wrong("still.file-too-large", "hole.png")
def still_of_terabytes(good: Good, folder: Path) -> Arguments:
    with still(folder / "hole.png").open("r+b") as stream:
        stream.truncate(1 << 40)
    return [folder / "hole.png", "--still", "1s", "--picture-rate", 24]


@wrong("crop.nothing-left", "film.mov")
def crop_that_leaves_nothing(good: Good, folder: Path) -> Arguments:
    return [good.film, "--crop", "128:0:128:0"]


@wrong("crop.form", "--crop")
def crop_of_another_form(good: Good, folder: Path) -> Arguments:
    return [good.film, "--crop", "10%"]


@wrong("sequence.differs", "frame_0002.png")
def pictures_of_two_sizes(good: Good, folder: Path) -> Arguments:
    stills(folder / "seq")
    still(folder / "seq" / "frame_0002.png", size=(40, 18))
    return [folder / "seq", "--picture-rate", 24]


@wrong("create.picture-sizes", "128x36")
def codestreams_of_two_sizes(good: Good, folder: Path) -> Arguments:
    return [good.codestreams, codestreams(folder / "wide", 2, width=128), "--picture-rate", 24]


# --- rates -----


@wrong("create.no-rate", "seq")
def stills_without_a_rate(good: Good, folder: Path) -> Arguments:
    return [stills(folder / "seq")]


@wrong("create.no-such-rate", "--picture-rate")
def rate_of_no_package(good: Good, folder: Path) -> Arguments:
    return [good.film, "--picture-rate", 23]


@wrong("job.value", "--picture-rate")
def rate_that_is_no_number(good: Good, folder: Path) -> Arguments:
    return [good.film, "--picture-rate", "fast"]


@wrong("create.rate-conversion", "film25.mov")
def rates_that_do_not_fit(good: Good, folder: Path) -> Arguments:
    return [good.film_25, "--picture-rate", 30]


@wrong("create.several-rates", "24, 25")
def sources_of_two_rates(good: Good, folder: Path) -> Arguments:
    return [good.film, good.film_25]


@wrong("create.variable-rate", "varying.mkv")
def variable_rate(good: Good, folder: Path) -> Arguments:
    from fractions import Fraction

    from numbered import numbered

    times = [0, 40, 90, 210, 260, 300, 390, 520, 530, 690]
    return [numbered(folder / "varying.mkv", 10, times=times, time_base=Fraction(1, 1000))]


# --- ranges -----


@wrong("create.trim-outside", "film.mov")
def trim_past_the_end(good: Good, folder: Path) -> Arguments:
    return [good.film, "--trim", "12-25"]


@wrong("timecode.range", "--trim")
def trim_that_ends_before_it_begins(good: Good, folder: Path) -> Arguments:
    return [good.film, "--trim", "20-10"]


@wrong("create.split-outside", "--split-at")
def split_past_the_end(good: Good, folder: Path) -> Arguments:
    return [good.film, "--split-at", "00:00:09:00"]


@wrong("create.no-chapters", "--split-at")
def split_at_chapters_that_are_not_there(good: Good, folder: Path) -> Arguments:
    return [good.film, "--split-at", "chapters"]


@wrong("marker.beyond", "--marker")
def marker_past_the_end(good: Good, folder: Path) -> Arguments:
    return [good.film, "--marker", "FFEC=00:10:00:00"]


@wrong("marker.order", "--marker")
def markers_the_wrong_way_round(good: Good, folder: Path) -> Arguments:
    return [good.film, "--marker", "FFEC=20", "--marker", "LFEC=10"]


@wrong("marker.unknown-near", "--marker")
def marker_that_does_not_exist(good: Good, folder: Path) -> Arguments:
    return [good.film, "--marker", "FFEK=10"]


@wrong("timecode.form", "--marker")
def marker_at_no_place(good: Good, folder: Path) -> Arguments:
    return [good.film, "--marker", "FFEC=soon"]


@wrong("job.value", "--still")
def a_still_for_less_than_no_time(good: Good, folder: Path) -> Arguments:
    return [still(folder / "a.png"), "--still=-5s", "--picture-rate", 24]


@wrong("still.no-seconds", "a.png")
def a_still_for_nobody_knows_how_long(good: Good, folder: Path) -> Arguments:
    return [still(folder / "a.png"), "--picture-rate", 24]


@wrong("sound.fades", "--fade-in")
def fades_longer_than_the_film(good: Good, folder: Path) -> Arguments:
    return [good.film, "--audio", good.stereo, "--fade-in", 3]


# --- colour -----


@wrong("colour.unknown", "--colour")
def colour_that_nobody_knows(good: Good, folder: Path) -> Arguments:
    return [good.film, "--colour", "technicolor"]


@wrong("cube.too-few-rows", "broken.cube")
def colour_table_cut_short(good: Good, folder: Path) -> Arguments:
    return [good.film, "--colour", written(folder / "broken.cube", "LUT_3D_SIZE 17\n0 0 0\n")]


@wrong("cube.size", "huge.cube")
def colour_table_of_an_absurd_size(good: Good, folder: Path) -> Arguments:
    return [good.film, "--colour", written(folder / "huge.cube", "LUT_3D_SIZE 99999\n0 0 0\n")]


@wrong("file.cannot-read", "absent.cube")
def colour_table_that_is_not_there(good: Good, folder: Path) -> Arguments:
    return [good.film, "--colour", folder / "absent.cube"]


@wrong("colour.not-said", "scan")
def scans_of_no_known_colour(good: Good, folder: Path) -> Arguments:
    return [stills(folder / "scan", suffix=".dpx", kind="uint10"), "--picture-rate", 24]


@wrong("colour.not-said", "light")
def floats_of_no_known_colour(good: Good, folder: Path) -> Arguments:
    return [stills(folder / "light", suffix=".tif", kind="float"), "--picture-rate", 24]


@wrong("colour.hdr-source", "hdr.mkv")
def hdr_for_every_screen(good: Good, folder: Path) -> Arguments:
    from numbered import numbered

    def tag(stream: object) -> None:
        context = stream.codec_context  # type: ignore[attr-defined]
        context.color_primaries, context.color_trc, context.colorspace = 9, 16, 9

    return [numbered(folder / "hdr.mkv", 3, form="yuv420p10le", prepare=tag)]


@wrong("still.model", "print.tif")
def inks_instead_of_light(good: Good, folder: Path) -> Arguments:
    return [tiff(folder / "print.tif", 5, 4), "--still", "1s", "--picture-rate", 24]


# --- codestreams -----


def with_one(folder: Path, data: bytes) -> list[object]:
    """A sequence whose second codestream is this."""
    codestreams(folder / "j2c", 3)
    written(folder / "j2c" / "000001.j2c", data)
    return [folder / "j2c", "--picture-rate", 24]


@wrong("source.codestream-bytes", "000001.j2c")
def codestream_over_the_limit(good: Good, folder: Path) -> Arguments:
    return with_one(folder, headers_only(bytes(1_400_000), size=(64, 36)))


@wrong("sequence.differs", "000001.j2c")
def codestream_of_another_size(good: Good, folder: Path) -> Arguments:
    return with_one(folder, codestream(1, 128))


@wrong("source.no-codestream", "000001.j2c")
def codestream_cut_short(good: Good, folder: Path) -> Arguments:
    return with_one(folder, codestream(1)[:-40])


@wrong("source.codestream-form", "000001.j2c")
def codestream_of_no_cinema(good: Good, folder: Path) -> Arguments:
    return with_one(folder, headers_only(bytes(300), size=(64, 36), components=((7, 1, 1),) * 3))


@wrong("source.no-codestream", "000001.j2c")
def codestream_that_is_text(good: Good, folder: Path) -> Arguments:
    return with_one(folder, b"this is no picture" * 9)


@wrong("job.steps-on-codestreams", "codestreams")
def crop_of_codestreams(good: Good, folder: Path) -> Arguments:
    return [good.codestreams, "--picture-rate", 24, "--crop", "1:1:1:1"]


# --- files -----


@wrong("file.cannot-read", "absent.mov")
def source_that_is_not_there(good: Good, folder: Path) -> Arguments:
    return [folder / "absent.mov"]


@wrong("source.no-media", "empty.mov")
def empty_file(good: Good, folder: Path) -> Arguments:
    return [written(folder / "empty.mov", "")]


@wrong("still.empty", "empty.png")
def empty_still(good: Good, folder: Path) -> Arguments:
    return [written(folder / "empty.png", ""), "--still", "1s", "--picture-rate", 24]


@wrong("source.no-media", "film.mov")
def text_that_is_called_a_film(good: Good, folder: Path) -> Arguments:
    return [written(folder / "film.mov", "INT. KITCHEN - DAY\n" * 99)]


@wrong("source.no-media", "list.m3u8")
def playlist_instead_of_a_film(good: Good, folder: Path) -> Arguments:
    copied = good.copy(good.film, folder)
    words = f"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n{copied.name}\n#EXT-X-ENDLIST\n"
    return [written(folder / "list.m3u8", words)]


@wrong("source.no-index", "film.mov")
def film_cut_short(good: Good, folder: Path) -> Arguments:
    return [cut(good.copy(good.film, folder))]


@wrong("source.ends-early", "film.mkv")
def matroska_cut_short(good: Good, folder: Path) -> Arguments:
    from numbered import numbered

    return [cut(numbered(folder / "film.mkv", 96, codec="ffv1"))]


@wrong("source.ends-early", "film.mxf")
def mxf_cut_short(good: Good, folder: Path) -> Arguments:
    from numbered import numbered

    return [cut(numbered(folder / "film.mxf", 96, rate=25, codec="mpeg2video"))]


@wrong("source.empty-folder", "nothing")
def empty_folder(good: Good, folder: Path) -> Arguments:
    (folder / "nothing").mkdir()
    return [folder / "nothing", "--picture-rate", 24]


@wrong("source.empty-folder", "film.mov")
def folder_that_is_called_a_film(good: Good, folder: Path) -> Arguments:
    (folder / "film.mov").mkdir()
    return [folder / "film.mov"]


@wrong("still.undecodable", "frame_0003.png")
def png_cut_short(good: Good, folder: Path) -> Arguments:
    stills(folder / "seq")
    cut(folder / "seq" / "frame_0003.png")
    return [folder / "seq", "--picture-rate", 24]


@wrong("still.undecodable", "frame_0002.jpg")
def jpeg_cut_short(good: Good, folder: Path) -> Arguments:
    stills(folder / "seq", suffix=".jpg")
    cut(folder / "seq" / "frame_0002.jpg")
    return [folder / "seq", "--picture-rate", 24]


@wrong("still.cut-short", "frame_0002.dpx")
def dpx_cut_short(good: Good, folder: Path) -> Arguments:
    stills(folder / "seq", suffix=".dpx", kind="uint10", size=(64, 36))
    cut(folder / "seq" / "frame_0002.dpx")
    return [folder / "seq", "--picture-rate", 24, "--colour", "rec709"]


@wrong("sequence.gap", "seq")
def gap_in_a_sequence(good: Good, folder: Path) -> Arguments:
    return [stills(folder / "seq", (1, 2, 5)), "--picture-rate", 24]


@wrong("sequence.several", "seq")
def two_sequences_in_a_folder(good: Good, folder: Path) -> Arguments:
    stills(folder / "seq")
    for number in (1, 2):
        still(folder / "seq" / f"other_{number:04d}.png")
    return [folder / "seq", "--picture-rate", 24]


@wrong("sequence.mixed-types", "seq")
def two_kinds_of_stills(good: Good, folder: Path) -> Arguments:
    stills(folder / "seq")
    still(folder / "seq" / "frame_0004.jpg")
    return [folder / "seq", "--picture-rate", 24]


@wrong("file.cannot-read", "https:")
def address_instead_of_a_file(good: Good, folder: Path) -> Arguments:
    return ["https://example.org/film.mov"]


# --- stereo -----


@wrong("job.one-eye", "--left")
def one_eye(good: Good, folder: Path) -> Arguments:
    return ["--left", good.film]


@wrong("source.eyes-differ", "long.mov")
def eyes_of_two_lengths(good: Good, folder: Path) -> Arguments:
    return ["--left", good.film, "--right", good.long]


@wrong("create.one-eye-among-stereo", "film.mov")
def flat_among_stereo(good: Good, folder: Path) -> Arguments:
    return [codestreams(folder / "eyes", 3, eyes=True), good.film, "--picture-rate", 24]


@wrong("sequence.eye-missing", "eyes")
def an_eye_missing(good: Good, folder: Path) -> Arguments:
    codestreams(folder / "eyes", 3, eyes=True)
    (folder / "eyes" / "000001_r.j2c").unlink()
    return [folder / "eyes", "--picture-rate", 24]


# --- jobs -----


def job(folder: Path, reels: str, more: str = "") -> list[object]:
    words = f'schema = "dcpkit.job/1"\n[[composition]]\ntitle = "Wrong"\n{more}\n{reels}\n'
    return ["--job", written(folder / "job.toml", words)]


@wrong("job.unknown-near", "job.toml")
def job_with_a_misspelt_name(good: Good, folder: Path) -> Arguments:
    return job(folder, f'[[composition.reel]]\npicture = {{ source = "{good.film}" }}', 'knid = "trailer"')


@wrong("job.unknown-near", "job.toml")
def job_with_what_no_job_has(good: Good, folder: Path) -> Arguments:
    return job(folder, f'[[composition.reel]]\npicture = {{ source = "{good.film}" }}', 'subtitle = "a.xml"')


@wrong("job.same-as", "job.toml")
def reels_that_are_each_other(good: Good, folder: Path) -> Arguments:
    return job(folder, "".join(f"[[composition.reel]]\npicture = {{ same_as = {n} }}\n" for n in (2, 1)))


@wrong("job.same-as", "job.toml")
def reel_that_is_itself(good: Good, folder: Path) -> Arguments:
    return job(folder, "[[composition.reel]]\npicture = { same_as = 1 }\n")


@wrong("job.no-toml", "job.toml")
def job_that_is_no_toml(good: Good, folder: Path) -> Arguments:
    return ["--job", written(folder / "job.toml", "[[composition\n")]


@wrong("job.no-text", "job.toml")
def job_that_is_no_text(good: Good, folder: Path) -> Arguments:
    return ["--job", written(folder / "job.toml", b"\xff\xfe\x00\x01")]


@wrong("job.schema", "job.toml")
def job_of_another_schema(good: Good, folder: Path) -> Arguments:
    return ["--job", written(folder / "job.toml", 'schema = "dcpkit.job/9"\n')]


@wrong("job.no-toml", "job.toml")
def job_nested_beyond_reason(good: Good, folder: Path) -> Arguments:
    return ["--job", written(folder / "job.toml", "a = " + "[" * 100_000)]


@wrong("job.no-toml", "job.toml")
def job_with_a_number_without_end(good: Good, folder: Path) -> Arguments:
    return ["--job", written(folder / "job.toml", f'schema = "dcpkit.job/1"\nstandard = 0x{"f" * 9999}\n')]


@wrong("job.no-toml", "job.toml")
def job_with_a_longer_number(good: Good, folder: Path) -> Arguments:
    return ["--job", written(folder / "job.toml", f'schema = "dcpkit.job/1"\nstandard = {"9" * 9999}\n')]


@wrong("job.no-toml", "job.toml")
def job_of_names_without_end(good: Good, folder: Path) -> Arguments:
    return ["--job", written(folder / "job.toml", "a." * 100_000 + "a = 1")]


@wrong("job.too-many-compositions", "job.toml")
def job_of_films_without_end(good: Good, folder: Path) -> Arguments:
    words = '[[composition]]\ntitle = "T"\n[[composition.reel]]\npicture = { source = "a.mov" }\n'
    return ["--job", written(folder / "job.toml", 'schema = "dcpkit.job/1"\n' + words * 300)]


@wrong("create.too-many-reels", "--reel-length")
def reels_without_end(good: Good, folder: Path) -> Arguments:
    return [still(folder / "a.png"), "--still", "3600s", "--picture-rate", 24, "--reel-length", 0.05]


@wrong("file.cannot-read", "absent.toml")
def job_that_is_not_there(good: Good, folder: Path) -> Arguments:
    return ["--job", folder / "absent.toml"]


# --- timelines -----


def otio(folder: Path, clip: str, between: str = "") -> Path:
    begin, long = (f'{{"OTIO_SCHEMA": "RationalTime.1", "rate": 24, "value": {each}}}' for each in (0, 4))
    span = f'{{"OTIO_SCHEMA": "TimeRange.1", "start_time": {begin}, "duration": {long}}}'
    one = (
        f'{{"OTIO_SCHEMA": "Clip.1", "name": "shot", "source_range": {span}, "media_reference":'
        f' {{"OTIO_SCHEMA": "ExternalReference.1", "target_url": "{clip}"}}}}'
    )
    children = ", ".join(filter(None, (one, between, one)))
    return written(
        folder / "cut.otio",
        f'{{"OTIO_SCHEMA": "Timeline.1", "name": "cut", "tracks": {{"OTIO_SCHEMA": "Stack.1", "children":'
        f' [{{"OTIO_SCHEMA": "Track.1", "kind": "Video", "name": "V1", "children": [{children}]}}]}}}}',
    )


@wrong("timeline.transition", "cut.otio")
def timeline_with_a_dissolve(good: Good, folder: Path) -> Arguments:
    time = '{"OTIO_SCHEMA": "RationalTime.1", "rate": 24, "value": 1}'
    offsets = f'"in_offset": {time}, "out_offset": {time}'
    dissolve = f'{{"OTIO_SCHEMA": "Transition.1", "name": "x", "transition_type": "cross", {offsets}}}'
    return [otio(folder, str(good.film), dissolve)]


@wrong("timeline.media-remote", "cut.otio")
def timeline_of_remote_media(good: Good, folder: Path) -> Arguments:
    return [otio(folder, "https://example.org/film.mov")]


@wrong("timeline.media-absent", "cut.otio")
def timeline_of_absent_media(good: Good, folder: Path) -> Arguments:
    return [otio(folder, "absent.mov")]


@wrong("timeline.empty", "cut.otio")
def timeline_of_nothing(good: Good, folder: Path) -> Arguments:
    return [written(folder / "cut.otio", '{"OTIO_SCHEMA": "Timeline.1", "name": "cut", "tracks": null}')]


@wrong("timeline.too-deep", "cut.otio")
def timeline_nested_beyond_reason(good: Good, folder: Path) -> Arguments:
    return [written(folder / "cut.otio", '{"a":' * 5000 + "1" + "}" * 5000)]


@wrong("timeline.edl-speed", "cut.edl")
def edl_with_a_change_of_speed(good: Good, folder: Path) -> Arguments:
    good.copy(good.film, folder)
    event = "001 film V C 00:00:00:00 00:00:00:12 01:00:00:00 01:00:00:12"
    return [written(folder / "cut.edl", f"TITLE: cut\n{event}\nM2 film 048.0 00:00:00:00\n")]


@wrong("timeline.past-end", "film.mov")
def edl_past_the_end_of_its_media(good: Good, folder: Path) -> Arguments:
    good.copy(good.film, folder)
    words = "TITLE: cut\n001 film V C 00:00:00:00 00:00:09:00 01:00:00:00 01:00:09:00\n"
    return [written(folder / "cut.edl", words)]


# --- words -----


@wrong("job.value", "--title")
def title_with_a_control_sign(good: Good, folder: Path) -> Arguments:
    return [good.film, "--title", "The\x07Film"]


@wrong("create.title", "--title")
def title_without_end(good: Good, folder: Path) -> Arguments:
    return [good.film, "--title", "x" * 2000]


@wrong("job.no-title", "--title")
def no_title(good: Good, folder: Path) -> Arguments:
    return [good.film, None]


@wrong("kind.unknown", "--kind")
def kind_that_nobody_knows(good: Good, folder: Path) -> Arguments:
    return [good.film, "--kind", "blockbuster"]


@wrong("territory.unknown", "--territory")
def territory_that_nobody_knows(good: Good, folder: Path) -> Arguments:
    return [good.film, "--territory", "Atlantis"]


@wrong("name.code-form", "--studio")
def studio_that_is_no_code(good: Good, folder: Path) -> Arguments:
    return [good.film, "--studio", "Example Films Inc."]


@wrong("job.value", "--rating")
def rating_without_a_label(good: Good, folder: Path) -> Arguments:
    return [good.film, "--rating", "FSK"]


@wrong("loudness.unknown", "--loudness")
def loudness_of_another_measure(good: Good, folder: Path) -> Arguments:
    return [good.film, "--audio", good.stereo, "--loudness", "lufs=-24"]


@wrong("picture.rate-of-job", "400")
def more_bits_than_a_server_reads(good: Good, folder: Path) -> Arguments:
    return [good.film, "--mbps", 400]


# --- output, keys, signers -----


def encrypted(good: Good, folder: Path, *more: object) -> list[object]:
    return [good.film, "--encrypt", "--signer", good.signer, "--keys", folder / "keys.json", *more]


@wrong("output.not-empty", "full")
def output_that_is_not_empty(good: Good, folder: Path) -> Arguments:
    (folder / "full").mkdir()
    written(folder / "full" / "thesis.doc", "x")
    return encrypted(good, folder, "-o", folder / "full")


@wrong("output.no-folder", "taken")
def output_that_is_a_file(good: Good, folder: Path) -> Arguments:
    return encrypted(good, folder, "-o", written(folder / "taken", "x"))


@wrong("output.in-source", "seq")
def output_inside_a_source(good: Good, folder: Path) -> Arguments:
    return [stills(folder / "seq"), "--picture-rate", 24, "-o", folder / "seq" / "DCP"]


@wrong("output.not-empty", "seq")
def output_that_is_the_source(good: Good, folder: Path) -> Arguments:
    return [stills(folder / "seq"), "--picture-rate", 24, "-o", folder / "seq"]


@wrong("flags.no-output", "-o")
def no_output(good: Good, folder: Path) -> Arguments:
    return [good.film, "--title", "T", "-o", None]


@wrong("keys.beside-essence", "keys.json")
def keys_inside_the_package(good: Good, folder: Path) -> Arguments:
    keys = folder / "DCP" / "keys.json"
    return [good.film, "--encrypt", "--signer", good.signer, "--keys", keys, "-o", folder / "DCP"]


@wrong("keys.cannot-write", "keys.json")
def keys_where_nothing_can_be_written(good: Good, folder: Path) -> Arguments:
    return [good.film, "--encrypt", "--signer", good.signer, "--keys", folder / "absent" / "keys.json"]


@wrong("create.too-few-keys", "keys.json")
def too_few_keys(good: Good, folder: Path) -> Arguments:
    from dcp.secrets.keys import ContentKey, keyring, write_keys

    write_keys(folder / "keys.json", keyring([ContentKey.generate("MDIK")]))
    return encrypted(good, folder)


@wrong("keys.not-keys", "keys.json")
def keys_that_are_none(good: Good, folder: Path) -> Arguments:
    written(folder / "keys.json", "the key is under the mat")
    return encrypted(good, folder)


@wrong("flags.encrypt-needs-signer", "--signer")
def encryption_without_a_signer(good: Good, folder: Path) -> Arguments:
    return [good.film, "--encrypt", "--keys", folder / "keys.json"]


@wrong("flags.keys-without-encrypt", "--keys")
def keys_without_encryption(good: Good, folder: Path) -> Arguments:
    return [good.film, "--keys", folder / "keys.json"]


@wrong("sign.chain-unfit", "CS.Mastering")
def signer_whose_days_are_over(good: Good, folder: Path) -> Arguments:
    old = signer(folder / "old", "2020-01-01T00:00:00+00:00", years=1)
    return [good.film, "--encrypt", "--signer", old, "--keys", folder / "keys.json"]


@wrong("sign.chain-unfit", "SM.Mastering")
def signer_that_is_a_screen(good: Good, folder: Path) -> Arguments:
    screen = signer(folder / "screen", EARLIER, role="SM")
    return [good.film, "--encrypt", "--signer", screen, "--keys", folder / "keys.json"]


@wrong("signer.folder-absent", "absent")
def signer_that_is_not_there(good: Good, folder: Path) -> Arguments:
    return [good.film, "--signer", folder / "absent"]


# --- what only POSIX has -----

_EVERYWHERE = len(ROWS)


@wrong("still.no-file", "film.mov")
def pipe_for_a_film(good: Good, folder: Path) -> Arguments:
    return [pipe(folder / "film.mov")]


@wrong("still.no-file", "a.png")
def pipe_for_a_still(good: Good, folder: Path) -> Arguments:
    return [pipe(folder / "a.png"), "--still", "1s", "--picture-rate", 24]


@wrong("still.no-file", "mix.wav")
def pipe_for_sound(good: Good, folder: Path) -> Arguments:
    return [good.film, "--audio", pipe(folder / "mix.wav")]


@wrong("still.no-file", "a.mxf")
def pipe_for_a_track_file(good: Good, folder: Path) -> Arguments:
    return [pipe(folder / "a.mxf")]


@wrong("still.no-file", "a.cube")
def pipe_for_a_colour_table(good: Good, folder: Path) -> Arguments:
    return [good.film, "--colour", pipe(folder / "a.cube")]


@wrong("still.no-file", "cut.otio")
def pipe_for_a_timeline(good: Good, folder: Path) -> Arguments:
    return [pipe(folder / "cut.otio")]


@wrong("file.cannot-read", "round")
def link_to_itself(good: Good, folder: Path) -> Arguments:
    (folder / "round").symlink_to(folder / "round")
    return [folder / "round", "--picture-rate", 24]


@wrong("file.cannot-read", "locked.mov")
def film_that_may_not_be_read(good: Good, folder: Path) -> Arguments:
    if os.geteuid() == 0:
        pytest.skip("everything may be read here")
    good.copy(good.film, folder).rename(folder / "locked.mov")
    (folder / "locked.mov").chmod(0)
    return [folder / "locked.mov"]


# --- how they are tried -----


def arguments_of(row: Wrong, good: Good, folder: Path, out: Path) -> list[str]:
    """The arguments, with a title and an output where the row has none of its own; None: without it."""
    given = list(row.make(good, folder))
    if "--job" not in given and "--title" not in given and given[-1] is not None:
        given += ["--title", "Wrong_TST"]
    if "-o" not in given:
        given += ["-o", out / "new" / "DCP"]
    if given[-1] is None:
        given = given[:-2] if given[-2] == "-o" else given[:-1]
    return [str(each) for each in given if each is not None] + ["--now", NOW, "--quiet"]


def listing(folder: Path) -> list[tuple[str, int]]:
    return sorted((str(path.relative_to(folder)), path.lstat().st_mtime_ns) for path in folder.rglob("*"))


@pytest.mark.parametrize(
    "row",
    [
        pytest.param(row, id=row.name, marks=pytest.mark.posix if number >= _EVERYWHERE else ())
        for number, row in enumerate(ROWS)
    ],
)
def test_wrong_input_is_refused_before_any_work(
    row: Wrong, good: Good, unbegun: list[str], dcpkit: Run, tmp_path: Path
) -> None:
    folder, out = tmp_path / "in", tmp_path / "out"
    folder.mkdir()
    arguments = arguments_of(row, good, folder, out)
    before = listing(tmp_path)
    code, said, err = dcpkit("create", *arguments, "--json")
    assert code == 2, err
    error = json.loads(said)["error"]
    assert error["id"] == row.id, err
    assert error["what"] and error["remedy"], err
    said_of = [error["where"] or "", error["what"]]
    if row.where.startswith("-"):  # a flag may stand where it says what to do
        said_of.append(error["remedy"])
    assert any(row.where in said for said in said_of), err
    assert "Traceback" not in err and len(err.splitlines()) <= 3, err
    code, said, err = dcpkit("create", *arguments, "--lang", "zh")
    assert code == 2 and not said
    assert any("\u4e00" <= sign <= "\u9fff" for sign in err.splitlines()[0]), err
    assert "处理方法：" in err
    assert listing(tmp_path) == before


def test_there_are_enough_of_them() -> None:
    assert len(ROWS) >= 100
    assert len({row.name for row in ROWS}) == len(ROWS)
