"""Rows about what is passed on as it stands, and how compositions are put together."""

from __future__ import annotations

import shutil
from pathlib import Path

from scenes import NOW, call

from acceptance.rows_of_stills import FIVE_ONE
from acceptance.rows_of_video import NOT_RDD_52, WIDE
from acceptance.sources import bars, codestreams, contents, film, noise, stills
from acceptance.values import Film, Made, Row


def same_pictures(made: Made, folder: str, film: int = 0, reel: int = 0, part: slice = slice(None)) -> None:
    assert made.codestreams(film, reel) == contents(made.sources / folder)[part]


def same_sound(made: Made, file: str, film: int = 0, reel: int = 0) -> None:
    """The reel's samples are the first of a WAV, as many as there are."""
    found = b"".join(made.units(made.track("sound", film, reel)))
    whole = (made.sources / file).read_bytes()
    assert found == whole[whole.index(b"data") + 8 :][: len(found)], (film, reel)


# --- codestreams -----


def _coded(folder: Path) -> None:
    codestreams(folder / "film")
    noise(folder / "mix.wav")


def _coded_is(made: Made) -> None:
    same_pictures(made, "film")
    same_sound(made, "mix.wav")


CODED = Row(
    "codestreams-encrypted",
    "codestreams and 24-bit sound come through byte for byte, all of it encrypted",
    """
    schema = "dcpkit.job/1"
    encrypt = ["picture", "sound", "text", "aux"]
    [[composition]]
    title = "Coded"
    kind = "test"
    picture_rate = 24
    [[composition.reel]]
    picture = { source = "film" }
    sound = { sources = ["mix.wav"], language = "en" }
    """,
    _coded,
    (Film(channels=FIVE_ONE),),
    encrypted=("picture", "sound"),
    check=_coded_is,
    extra="picture",
)

# --- a package and a track file again -----


def _again(folder: Path) -> None:
    codestreams(folder / "a")
    codestreams(folder / "b", first=3)
    noise(folder / "a.wav")
    noise(folder / "c.wav", 1, seed=8)
    assert call("create", folder / "a", folder / "b", "--title", "Old", "--kind", "test",
                "--picture-rate", 24, "--audio", folder / "a.wav", "--audio", folder / "c.wav",
                "-o", folder / "old", "--now", NOW, "--quiet") == 0  # fmt: skip
    shutil.copy(next((folder / "old").glob("*R2_picture.mxf")), folder / "second.mxf")


def _again_is(made: Made) -> None:
    same_pictures(made, "a")
    same_pictures(made, "b", reel=1)
    same_pictures(made, "b", reel=2, part=slice(0, 24))
    same_sound(made, "a.wav")
    same_sound(made, "c.wav", reel=1)
    assert not any(map(any, made.units(made.track("sound", reel=2))))


AGAIN = Row(
    "package-and-track-file",
    "a package's reels, and one of its track files, as sources",
    """
    schema = "dcpkit.job/1"
    [[composition]]
    title = "New"
    kind = "test"
    [[composition.reel]]
    picture = { source = "old" }
    sound = { language = "zxx" }
    [[composition.reel]]
    picture = { source = "second.mxf" }
    """,
    _again,
    (Film(reels=(24, 24, 24), channels=FIVE_ONE),),
    check=_again_is,
    extra="picture",
)

# --- cut into reels -----


def _cut(folder: Path) -> None:
    codestreams(folder / "film", 72)
    noise(folder / "mix.wav", 3)


def _cut_is(made: Made) -> None:
    for number in range(2):
        for reel in range(3):
            same_pictures(made, "film", number, reel, slice(24 * reel, 24 * reel + 24))
        together = b"".join(b"".join(made.units(made.track("sound", number, reel))) for reel in range(3))
        assert together == (made.sources / "mix.wav").read_bytes()[-len(together) :]
    assert len(made.tracks) == 6  # both play the same files


CUT = Row(
    "cut-into-reels",
    "one source cut into reels at places and by length: equal cuts are the same track files",
    """
    schema = "dcpkit.job/1"
    [[composition]]
    title = "At places"
    kind = "test"
    picture_rate = 24
    split_at = ["00:00:01:00", "48"]
    [[composition.reel]]
    picture = { source = "film" }
    sound = { sources = ["mix.wav"], language = "en" }

    [[composition]]
    title = "By length"
    kind = "test"
    picture_rate = 24
    reel_length = "1/60"
    [[composition.reel]]
    picture = { source = "film" }
    sound = { sources = ["mix.wav"], language = "en" }
    """,
    _cut,
    (Film(reels=(24, 24, 24), channels=FIVE_ONE),) * 2,
    decided=("plan.cut-into-reels",),
    check=_cut_is,
    extra="picture",
)

# --- timelines -----


def _timelines(folder: Path) -> None:
    import opentimelineio as otio

    film(folder / "a.mkv", 12)
    film(folder / "b.mov", 20, codec="prores_ks", form="yuv422p10le")
    noise(folder / "mix.wav", 1, 2)

    def clip(url: str, start: int, frames: int) -> object:
        time = otio.opentime.RationalTime
        whole = otio.opentime.TimeRange(time(0, 24), time(12 if url == "a.mkv" else 20, 24))
        part = otio.opentime.TimeRange(time(start, 24), time(frames, 24))
        return otio.schema.Clip("shot", otio.schema.ExternalReference(url, whole), part)

    timeline = otio.schema.Timeline("film")
    track = otio.schema.Track("V1", kind="Video")
    gap = otio.opentime.TimeRange(otio.opentime.RationalTime(0, 24), otio.opentime.RationalTime(5, 24))
    track.extend([clip("b.mov", 10, 8), otio.schema.Gap(source_range=gap), clip("a.mkv", 1, 11)])
    timeline.tracks.append(track)
    (folder / "film.otio").write_text(otio.adapters.write_to_string(timeline, "otio_json"))
    (folder / "film.edl").write_text(
        "TITLE: film\nFCM: NON-DROP FRAME\n"
        "001  A V C 00:00:00:04 00:00:00:12 01:00:00:00 01:00:00:08\n* FROM CLIP NAME: a.mkv\n"
        "002  B V C 00:00:00:00 00:00:00:16 01:00:00:08 01:00:01:00\n* FROM CLIP NAME: b.mov\n"
    )


TIMELINES = Row(
    "cuts-of-otio-and-edl",
    "the cuts of an .otio, black where it has a gap, and those of an .edl",
    """
    schema = "dcpkit.job/1"
    [[composition]]
    title = "Timeline"
    kind = "test"
    [[composition.reel]]
    picture = { source = "film.otio", gaps = "black" }
    sound = { sources = ["mix.wav"], language = "zxx" }

    [[composition]]
    title = "Edit list"
    kind = "test"
    picture_rate = 24
    [[composition.reel]]
    picture = { source = "film.edl" }
    sound = { silent = true }
    """,
    _timelines,
    (
        Film(box=WIDE, shows=([*range(10, 18), *[0] * 5, *range(1, 12)],)),
        Film(box=WIDE, shows=([*range(4, 12), *range(16)],), channels=FIVE_ONE),
    ),
)

# --- both eyes -----


def _eyes(folder: Path) -> None:
    import numpy as np

    codestreams(folder / "left")
    codestreams(folder / "right", first=4)

    def pair(number: int) -> object:
        eyes = [bars(each, 50, 200).astype(np.uint8) for each in (number, number + 100)]
        return np.concatenate(eyes, axis=number % 2)

    stills(folder / "beside", [21], pair, name="{}.png")
    stills(folder / "below", [20], pair, name="{}.png")


def _eyes_are(made: Made) -> None:
    left, right = (contents(made.sources / eye) for eye in ("left", "right"))
    assert made.codestreams() == [each for pair in zip(left, right, strict=True) for each in pair]


EYES = Row(
    "both-eyes",
    "stereoscopic pictures of two sources, side by side and one above the other",
    """
    schema = "dcpkit.job/1"
    [[composition]]
    title = "Two sources"
    kind = "test"
    picture_rate = 24
    [[composition.reel]]
    picture = { source = "left", right = "right" }

    [[composition]]
    title = "Side by side"
    kind = "test"
    picture_rate = 24
    [[composition.reel]]
    picture = { source = "beside/21.png", stereo = "side-by-side", still = 1 }

    [[composition]]
    title = "Top and bottom"
    kind = "test"
    picture_rate = 24
    [[composition.reel]]
    picture = { source = "below/20.png", stereo = "top-bottom", still = "1 s" }
    """,
    _eyes,
    (
        Film(channels=FIVE_ONE, stereo=True),
        Film(channels=FIVE_ONE, stereo=True, shows=([21, 121] * 24,)),
        Film(channels=FIVE_ONE, stereo=True, shows=([20, 120] * 24,)),
    ),
    check=_eyes_are,
    peers={"has only one CPL": "it has three: libdcp takes any odd number for one"},
)

# --- sizes and rates -----


def _fast(folder: Path) -> None:
    for rate in (48, 60, 96):
        codestreams(folder / f"film{rate}", rate, kinds=2, rate=rate)
    codestreams(folder / "film4k", 24, kinds=1, size=(3996, 2160))
    noise(folder / "mix.wav")


def _fast_is(made: Made) -> None:
    for number, name in enumerate(("film48", "film60", "film96", "film4k")):
        assert made.track("picture", number).name == f"{name}_R1_picture.mxf"
        same_pictures(made, name, number)
        same_sound(made, "mix.wav", number)


FAST = Row(
    "fast-and-large",
    "48, 60 and, for direct view, 96 frames a second; 4K",
    """
    schema = "dcpkit.job/1"
    """
    + "".join(
        f"""
    [[composition]]
    title = "{name}"
    kind = "test"
    picture_rate = {rate}
    [[composition.reel]]
    picture = {{ source = "{name}" }}
    sound = {{ sources = ["mix.wav"], language = "en" }}
    """
        for name, rate in (("film48", 48), ("film60", 60), ("film96", 96), ("film4k", 24))
    ),
    _fast,
    (
        Film(rate=48, reels=(48,), channels=FIVE_ONE),
        Film(rate=60, reels=(60,), channels=FIVE_ONE),
        Film(rate=96, reels=(96,), channels=FIVE_ONE),
        Film(size=(3996, 2160), channels=FIVE_ONE),
    ),
    advised=("advice.rate", "advice.rate-direct-view"),
    check=_fast_is,
    peers={
        "is not allowed for 2K DCPs": NOT_RDD_52,
        "clairmeta: ": "96 frames a second are for direct view",
        "no <ExtensionMetadata>": NOT_RDD_52,
    },
    extra="picture",
)

# --- Interop -----


def _interop(folder: Path) -> None:
    codestreams(folder / "film")
    noise(folder / "stereo.wav", 1, 2)


INTEROP = Row(
    "interop-picture-encrypted",
    "an Interop package, its picture alone encrypted",
    """
    schema = "dcpkit.job/1"
    standard = "interop"
    encrypt = ["picture"]
    [[composition]]
    title = "Interop"
    kind = "trailer"
    picture_rate = 24
    ratings = { "http://rcq.qc.ca/2003-ratings" = "G" }
    [[composition.reel]]
    picture = { source = "film" }
    sound = { sources = ["stereo.wav"], language = "en" }
    """,
    _interop,
    (Film(channels="- - - - - -"),),
    encrypted=("picture",),
    advised=("advice.mixed-encryption",),
    standard="interop",
    check=lambda made: same_pictures(made, "film"),
    peers={
        "does not use the SMPTE standard": "as the job says",
        "Some assets are encrypted but some are not": "as the job says; the plan advises against it",
        "clairmeta: ": "of encryption that is not all of it, too",
    },
    extra="picture",
)

# --- compositions that share -----


def _shared(folder: Path) -> None:
    codestreams(folder / "a")
    codestreams(folder / "b", first=3)
    for number, name in enumerate(("en", "de", "effects")):
        noise(folder / f"{name}.wav", seed=number)


def _shared_is(made: Made) -> None:
    english, german = made.films
    pictures = [reel.picture.id for reel in english.reels]
    assert pictures[0] == pictures[2] != pictures[1]
    assert [reel.picture.id for reel in german.reels] == [pictures[1], pictures[0]]
    sounds = [[reel.sound.id for reel in each.reels] for each in (english, german)]
    assert sounds[0][0] == sounds[0][2] != sounds[1][1] and sounds[0][1] == sounds[1][0]
    assert german.content_title_text.startswith("Deutsch_TST-1_F_DE-XX_51_"), german.content_title_text
    assert len(made.tracks) == 5
    assert made.track("sound", 1, 1).name == "Deutsch_TST-1_F_DE-XX_51_2K_20270501_SMPTE_OV_R2_sound.mxf"
    for number in range(2):
        same_sound(made, "en.wav" if not number else "de.wav", number, number)
        same_sound(made, "effects.wav", number, 1 - number)
    same_pictures(made, "a")
    same_pictures(made, "a", 0, 2)


SHARED = Row(
    "two-languages-shared",
    "two compositions over the same pictures; a reel that plays another's tracks",
    """
    schema = "dcpkit.job/1"
    encrypt = ["sound"]
    [[composition]]
    title = "English"
    kind = "test"
    picture_rate = 24
    [[composition.reel]]
    picture = { source = "a" }
    sound = { sources = ["en.wav"], language = "en" }
    [[composition.reel]]
    picture = { source = "b" }
    sound = { sources = ["effects.wav"], language = "zxx" }
    [[composition.reel]]
    picture = { same_as = 1 }
    sound = { same_as = 1 }

    [[composition]]
    title = "Deutsch"
    name = "auto"
    kind = "test"
    picture_rate = 24
    [[composition.reel]]
    picture = { source = "b" }
    sound = { sources = ["effects.wav"], language = "zxx" }
    [[composition.reel]]
    picture = { source = "a" }
    sound = { sources = ["de.wav"], language = "de" }
    """,
    _shared,
    (Film(reels=(24, 24, 24), channels=FIVE_ONE), Film(reels=(24, 24), channels=FIVE_ONE)),
    encrypted=("sound",),
    advised=("advice.mixed-encryption",),
    check=_shared_is,
    peers={
        "Some assets are encrypted but some are not": "as the job says; the plan advises against it",
        "clairmeta: ": "of encryption that is not all of it, too",
        "no <ExtensionMetadata>": NOT_RDD_52,
    },
    extra="picture",
)

ROWS = (CODED, AGAIN, CUT, TIMELINES, EYES, FAST, INTEROP, SHARED)
