"""Picture and sound in time: claps stand where they belong, whatever container, codec, rate and start."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from building import plan
from claps import Clap, Film, claps, worst, write_film

pytestmark = pytest.mark.extra("picture")

LIMIT = 1.0
"""ms: of picture and sound against their place and against each other."""
NTSC = Fraction(1000, 1001)
LATE, EARLY = Fraction(1, 2), Fraction(-1, 2)


def check(path: Path, film: Film, **more: object) -> float:
    """The largest error of the claps, in ms, frame for frame at the nearest rate of a package."""
    made = plan(path, **{"picture_rate": None, **more})
    places = [Fraction(each, round(film.rate)) for each in film.claps]
    return judged(path, claps(made, places), places)


def judged(path: Path, found: Sequence[Clap], places: Sequence[Fraction]) -> float:
    error = worst(found, places)
    print(f"{path.name}: {error:.3f} ms")
    assert error <= LIMIT, (path.name, places, found)
    return error


def at(rate: Fraction | int, **more: object) -> Film:
    """A film that claps with its first frame and after a minute of frames."""
    rate = Fraction(rate)
    return Film(rate=rate, claps=(0, 60 * round(rate)), **more)  # type: ignore[arg-type]


def some(cases: Sequence[Any], usual: Sequence[Any]) -> list[Any]:
    """All cases; those beside the usual ones are tried by `make soak` alone."""
    return [case if case in usual else pytest.param(case, marks=pytest.mark.soak) for case in cases]


RATES = [
    *map(Fraction, (12, 15, 24, 25, 30, 48, 50, 60)),
    *(rate * NTSC for rate in (12, 15, 24, 30, 48, 60)),
]


@pytest.mark.parametrize("rate", some(RATES, [24 * NTSC, 30 * NTSC]), ids=lambda rate: f"{float(rate):.3f}")
def test_rates(tmp_path: Path, rate: Fraction) -> None:
    film = at(rate)
    check(write_film(tmp_path / f"{float(rate):.3f}.mov", film), film)


FILES = [
    ("a.mov", "libx264", "aac"),
    ("a.mov", "prores_ks", "pcm_s24le"),
    ("a.mp4", "libx264", "aac"),
    ("a.mp4", "mpeg4", "libmp3lame"),
    ("a.mp4", "libx264", "libopus"),
    ("a.mp4", "libx264", "ac3"),
    ("a.mkv", "libx264", "flac"),
    ("a.mkv", "libx264", "libopus"),
    ("a.mkv", "mpeg2video", "mp2"),
    ("a.mkv", "libx264", "aac"),
    ("a.ts", "libx264", "aac"),
    ("a.ts", "mpeg2video", "mp2"),
    ("a.ts", "libx264", "ac3"),
    ("a.mpg", "mpeg2video", "mp2"),
    ("a.avi", "mpeg4", "pcm_s16le"),
    ("a.avi", "libx264", "pcm_s16le"),
    ("a.avi", "mpeg2video", "pcm_s16le"),
    ("a.avi", "mjpeg", "pcm_s16le"),
    ("a.mxf", "mpeg2video", "pcm_s24le"),
    ("a.mxf", "libx264", "pcm_s24le"),
    ("a.mxf", "prores_ks", "pcm_s24le"),
    ("a.webm", "libvpx", "libopus"),
    ("a.nut", "mpeg4", "pcm_s16le"),
    ("a.flv", "libx264", "aac"),
    ("a.wmv", "wmv2", "pcm_s16le"),
]


REORDERED = ("libx264", "mpeg2video", "mpeg4")
CASES = [(*each, b) for each in FILES for b in ((0, 2) if each[1] in REORDERED else (0,))]


@pytest.mark.parametrize(
    "case",
    some(CASES, [each for each in CASES if each[3] or each[1] not in REORDERED]),
    ids=lambda case: "-".join(map(str, case)),
)
def test_containers_and_codecs(tmp_path: Path, case: tuple[str, str, str, int]) -> None:
    name, codec, sound, b_frames = case
    film = replace(at(24), seconds=3, claps=(0, 48), codec=codec, sound=sound, b_frames=b_frames)
    path = tmp_path / f"{codec}-{sound}-{b_frames}{Path(name).suffix}"
    check(write_film(path, film), film)


# --- starts ---

STARTS = [
    ("a.mov", "aac", 48_000),
    ("a.mov", "pcm_s16le", 44_100),
    ("a.mp4", "aac", 44_100),
    ("a.mkv", "aac", 44_100),
    ("a.mkv", "pcm_s16le", 44_100),
    ("a.mkv", "libopus", 48_000),
    ("a.ts", "aac", 44_100),
    ("a.ts", "mp2", 48_000),
    ("a.nut", "pcm_s16le", 44_100),
]


PLACES = {
    "sound-late": (0, Fraction(1, 2)),
    "sound-a-little-late": (0, Fraction(1, 50)),
    "picture-late": (12, Fraction(0)),
    "picture-a-frame-late": (1, Fraction(0)),
    "both-late": (36, Fraction(41, 1000)),
}


@pytest.mark.parametrize("where", some(list(PLACES), ["sound-late", "picture-a-frame-late"]))
@pytest.mark.parametrize(
    "file", some(STARTS, [STARTS[0], STARTS[3], STARTS[6]]), ids=lambda file: "-".join(map(str, file))
)
def test_starts(tmp_path: Path, file: tuple[str, str, int], where: str) -> None:
    name, codec, rate = file
    picture, sound = PLACES[where]
    film = replace(
        at(24 * NTSC),
        seconds=4,
        claps=(24, 72),
        sound=codec,
        sample_rate=rate,
        picture_start=picture,
        sound_start=sound,
    )
    if name in ("a.mov", "a.mp4"):  # edit lists have the precision of the movie's clock
        film = replace(film, container={"movie_timescale": "48000"})
    path = tmp_path / f"{codec}-{where}{Path(name).suffix}"
    check(write_film(path, film), film)


def test_time_stamps_of_a_broadcast_wrap_around(tmp_path: Path) -> None:
    """33 bits of 90 kHz: after 26 and a half hours they begin anew, here in the middle of a film."""
    for before in (1, 3):
        start = int((2**33 / 90_000 - before) * 24)
        film = replace(at(24), seconds=4, claps=(0, 72), sound="mp2", picture_start=start)
        film = replace(film, sound_start=Fraction(start, 24))
        check(write_film(tmp_path / f"{before}.ts", film), film)


# --- steps of the job ---


def steady(tmp_path: Path, name: str = "a.mkv", **more: object) -> tuple[Path, Film]:
    film = replace(at(24), seconds=8, claps=(24, 96, 168), sound="flac", **more)  # type: ignore[arg-type]
    return write_film(tmp_path / name, film), film


def test_trim_and_delay(tmp_path: Path) -> None:
    path, film = steady(tmp_path, picture_start=12, sound_start=Fraction(1, 3))
    made = plan(path, picture_rate=None, trim="20-180")
    places = [Fraction(each - 20, 24) for each in film.claps]
    judged(path, claps(made, places), places)
    for delay in (-37.5, 250.0):
        made = plan(path, picture_rate=None, trim="20-180", delay=delay)
        found = claps(made, places)
        for clap, place in zip(found, places, strict=True):
            assert clap.picture == place
            assert clap.sound is not None
            assert abs(float(clap.sound - place) * 1000 - delay) <= LIMIT


@pytest.mark.parametrize("rate", some([24, 24 * NTSC], [24 * NTSC]))
def test_reels(tmp_path: Path, rate: Fraction) -> None:
    film = replace(at(rate), seconds=10, claps=(0, 47, 48, 120, 192, 220), sound="aac", sample_rate=44_100)
    film = replace(film, claps=(0, 48, 120, 192, 220))
    path = write_film(tmp_path / "reels.mp4", film)
    places = [Fraction(each, 24) for each in film.claps]
    for more in (
        {"reel_length": Fraction(2, 60)},
        {"split_at": "00:00:02:00,00:00:05:01"},
        {"reel_length": Fraction(3, 60), "trim": "0-230"},
    ):
        made = plan(path, picture_rate=None, **more)
        assert len(made.compositions[0].reels) > 2
        judged(path, claps(made, places), places)


@pytest.mark.parametrize("name", ["a.wav", "a.flac", "a.m4a", "a.mp3", "a.mka"])
@pytest.mark.parametrize("rate", some([24, 24 * NTSC, 30 * NTSC], [24 * NTSC]))
def test_a_sound_file_of_its_own(tmp_path: Path, name: str, rate: Fraction) -> None:
    """It begins with the first frame, whatever start the picture has."""
    codec = {"wav": "pcm_s16le", "flac": "flac", "m4a": "aac", "mp3": "libmp3lame", "mka": "pcm_s16le"}
    film = replace(at(rate), seconds=6, claps=(0, 30, 100), picture_start=7, sound="pcm_s16le")
    own = replace(film, codec="", picture_start=0, sound=codec[name[2:]], sample_rate=44_100)
    path, sound = write_film(tmp_path / "film.mov", film), write_film(tmp_path / name, own)
    places = [Fraction(each, round(film.rate)) for each in film.claps]
    judged(sound, claps(plan(path, picture_rate=None, audio=[sound]), places), places)
    made = plan(path, picture_rate=None, audio=[sound], trim="20-120")
    places = [place - Fraction(20, round(film.rate)) for place in places[1:]]
    judged(sound, claps(made, places), places)


@pytest.mark.parametrize("codec", ["aac", "pcm_s16le"])
def test_25_becomes_24(tmp_path: Path, codec: str) -> None:
    film = replace(at(25), seconds=6, claps=(0, 50, 100), sound=codec, picture_start=5)
    path = write_film(tmp_path / f"{codec}.mov", film)
    places = [Fraction(each, 24) for each in film.claps]
    judged(path, claps(plan(path, picture_rate=Fraction(24)), places), places)


@pytest.mark.parametrize("how", ["drop", "blend"])
@pytest.mark.parametrize(
    "rates", some([(25, 24), (30, 24), (24, 30), (24, 25), (24 * NTSC, 25)], [(30, 24), (24 * NTSC, 25)])
)
def test_rates_that_are_converted_keep_time(tmp_path: Path, rates: tuple[Fraction, int], how: str) -> None:
    source, rate = Fraction(rates[0]), rates[1]
    claps_at = (0, 2 * round(source), 5 * round(source))
    film = replace(at(source), seconds=6, claps=claps_at, sound="aac", sample_rate=44_100)
    path = write_film(tmp_path / f"{float(source):.3f}-{rate}-{how}.mp4", film)
    made = plan(path, picture_rate=Fraction(rate), rate_conversion=how)
    places = [each / source for each in claps_at]
    found = claps(made, places)
    for clap, place in zip(found, places, strict=True):
        assert clap.sound is not None and clap.picture is not None
        assert abs(float(clap.sound - place)) * 1000 <= LIMIT
        # a picture is shown on the package's grid alone
        within = 0 if place.denominator == 1 else Fraction(1, 2 * rate)
        assert abs(clap.picture - place) <= within, (source, rate, place, clap)


# --- times that are not even ---


def telephone(number: int) -> Fraction:
    """Of 25 frames a second, 20 in its first half: at 40 a second in the light, at 10 in the dark."""
    second, at = divmod(number, 25)
    return second + Fraction(at * 25 if at < 20 else 500 + (at - 20) * 100, 1000)


@pytest.mark.parametrize("name", ["a.mov", "a.mp4", "a.mkv", "a.ts"])
@pytest.mark.parametrize("how", [None, "blend"])
def test_variable_rates(tmp_path: Path, name: str, how: str | None) -> None:
    film = Film(
        rate=Fraction(25),
        seconds=5,
        claps=(0, 50, 100),
        sound="aac",
        sample_rate=44_100,
        times=telephone,
        time_base=Fraction(1, 1000),
    )
    path = write_film(tmp_path / name, film)
    made = plan(path, picture_rate=Fraction(24), rate_conversion=how)
    places = [Fraction(each, 25) for each in film.claps]
    judged(path, claps(made, places), places)


@pytest.mark.parametrize("name", ["a.mov", "a.mkv", "a.ts", "a.avi"])
def test_frames_that_are_missing_are_held(tmp_path: Path, name: str) -> None:
    codec = "mjpeg" if name == "a.avi" else "libx264"
    film = replace(at(24), seconds=8, claps=(24, 144), codec=codec, missing=frozenset({50, 51, 90}))
    film = replace(film, sound="mp2" if name == "a.ts" else "pcm_s16le")
    check(write_film(tmp_path / name, film), film)
