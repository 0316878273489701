"""Files and folders that are not what they should be: codestreams, stills, video, timelines, pipes."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from material import codestream, codestreams
from synthetic import codestream as headers_only
from wrong_sources import Arguments, Good, cut, pipe, still, stills, written

from wrong_creates.rows import wrong

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


# --- what only POSIX has -----


@wrong("still.no-file", "film.mov", posix=True)
def pipe_for_a_film(good: Good, folder: Path) -> Arguments:
    return [pipe(folder / "film.mov")]


@wrong("still.no-file", "a.png", posix=True)
def pipe_for_a_still(good: Good, folder: Path) -> Arguments:
    return [pipe(folder / "a.png"), "--still", "1s", "--picture-rate", 24]


@wrong("still.no-file", "mix.wav", posix=True)
def pipe_for_sound(good: Good, folder: Path) -> Arguments:
    return [good.film, "--audio", pipe(folder / "mix.wav")]


@wrong("still.no-file", "a.mxf", posix=True)
def pipe_for_a_track_file(good: Good, folder: Path) -> Arguments:
    return [pipe(folder / "a.mxf")]


@wrong("still.no-file", "a.cube", posix=True)
def pipe_for_a_colour_table(good: Good, folder: Path) -> Arguments:
    return [good.film, "--colour", pipe(folder / "a.cube")]


@wrong("still.no-file", "cut.otio", posix=True)
def pipe_for_a_timeline(good: Good, folder: Path) -> Arguments:
    return [pipe(folder / "cut.otio")]


@wrong("file.cannot-read", "round", posix=True)
def link_to_itself(good: Good, folder: Path) -> Arguments:
    (folder / "round").symlink_to(folder / "round")
    return [folder / "round", "--picture-rate", 24]


@wrong("file.cannot-read", "locked.mov", posix=True)
def film_that_may_not_be_read(good: Good, folder: Path) -> Arguments:
    if os.geteuid() == 0:
        pytest.skip("everything may be read here")
    good.copy(good.film, folder).rename(folder / "locked.mov")
    (folder / "locked.mov").chmod(0)
    return [folder / "locked.mov"]
