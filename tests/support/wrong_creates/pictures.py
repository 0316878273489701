"""Pictures: sizes, rates, ranges, colour, both eyes."""

from __future__ import annotations

from pathlib import Path

from material import codestreams
from wrong_sources import Arguments, Good, png_of, still, stills, tiff, written

from wrong_creates.rows import wrong

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
