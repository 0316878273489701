"""Rows about subtitles and captions."""

from __future__ import annotations

import shutil
import uuid
from fractions import Fraction
from pathlib import Path

from scenes import NOW, call
from texts_made import pictures_document, png, srt

from acceptance.rows_of_stills import FIVE_ONE
from acceptance.rows_of_video import NOT_RDD_52
from acceptance.sources import codestreams
from acceptance.values import Film, Made, Row
from dcp.mxf.reader import TrackFile
from dcp.text.interop import read_interop
from dcp.text.smpte import read_smpte
from dcp.text.values import Line, TimedText

RATE = 24
SHORT = ("advice.text-early", "advice.text-short", "advice.no-language")
"""What is advised of films of a second or two."""
LOCKED = {"has no <Language> tag": "it has not the key", "has no <StartTime> tag": "it has not the key"}
MIXED = {
    "Some assets are encrypted but some are not": "as the job says",
    "clairmeta: ": "of encryption that is not all of it, too",
}


def document(
    made: Made, kind: str = "MainSubtitle", film: int = 0, reel: int = 0
) -> tuple[TimedText, dict[uuid.UUID, bytes]]:
    """What a reel's text says, and the resources in its track file."""
    asset = made.films[film].reels[reel].asset(kind)
    path = made.package.require(asset.id)
    assert asset.duration == made.films[film].reels[reel].picture.duration
    if made.row.standard == "interop":
        return read_interop(path.read_bytes(), path.name), {}
    with TrackFile.open(path) as track:
        key = made.keyring.require(asset.key_id) if asset.key_id else None
        assert track.header.encrypted == ("text" in made.row.encrypted)
        (first, data), *rest = [
            (unit.resource_id, bytes(unit.data)) for unit in track.units(key=key, strict=True)
        ]
    assert first is None
    return read_smpte(data, path.name), {id: data for id, data in rest if id is not None}


def shown(read: TimedText) -> list[tuple[int, int, str]]:
    """Its cues: frames, and lines."""
    return [
        (
            int(cue.start * RATE),
            int(cue.end * RATE),
            "\n".join(one.text for one in cue.content if isinstance(one, Line)),
        )
        for cue in read.cues
    ]


# --- two languages, captions -----


def _languages(folder: Path) -> None:
    codestreams(folder / "film", 48)
    srt(folder / "en.srt", (0.5, 1.0, "One"), (1.25, 1.75, "Two"))
    srt(folder / "zh.srt", (0.5, 1.0, "一"), (1.25, 1.75, "二"))


def _languages_are(made: Made) -> None:
    for film, (language, words) in enumerate((("en", ("One", "Two")), ("zh-Hans", ("一", "二")))):
        read, resources = document(made, film=film)
        assert read.language == language
        assert shown(read) == [(12, 24, words[0]), (30, 42, words[1])]
        assert [font.resource for font in read.fonts] == list(resources)
        caption, _ = document(made, "ClosedCaption", film=film)
        assert caption.language == "en" and shown(caption)[0] == (12, 24, "One")
    assert len(made.tracks) == 5  # picture and sound once, captions too
    assert [key.type for key in made.keyring.keys] == ["MDIK", "MDAK", "MDSK", "MDSK", "MDSK"]


LANGUAGES = Row(
    "subtitles-in-two-languages",
    "a composition a language over the same track files, captions in both, each text with its key",
    """
    schema = "dcpkit.job/1"
    encrypt = ["picture", "sound", "text", "aux"]
    [[composition]]
    title = "Languages"
    kind = "test"
    picture_rate = 24
    [[composition.reel]]
    picture = { source = "film" }
    [[composition.reel.text]]
    source = "en.srt"
    language = "en"
    [[composition.reel.text]]
    source = "zh.srt"
    language = "zh-Hans"
    [[composition.reel.text]]
    source = "en.srt"
    language = "en"
    kind = "caption"
    """,
    _languages,
    (Film(reels=(48,), channels=FIVE_ONE),) * 2,
    decided=("plan.text-versions",),
    advised=SHORT,
    encrypted=("picture", "sound", "text"),
    peers=LOCKED,
    check=_languages_are,
)

# --- pictures -----

PICTURES = (png(), png(60, 20, grey=90))


def _pictures(folder: Path) -> None:
    codestreams(folder / "film", 48)
    pictures_document(folder / "fr", *PICTURES, start=Fraction(1, 2))


def _pictures_are(made: Made) -> None:
    read, resources = document(made)
    assert [(cue.start, cue.end) for cue in read.cues] == [
        (Fraction(1, 2), Fraction(1)), (Fraction(3, 2), Fraction(2))
    ]  # fmt: skip
    assert tuple(resources.values()) == PICTURES and not read.fonts


PNG = Row(
    "png-subtitles",
    "a document's pictures go along byte for byte",
    """
    schema = "dcpkit.job/1"
    [[composition]]
    title = "Pictures"
    kind = "test"
    picture_rate = 24
    [[composition.reel]]
    picture = { source = "film" }
    [[composition.reel.text]]
    source = "fr/text.xml"
    """,
    _pictures,
    (Film(reels=(48,), channels=FIVE_ONE),),
    decided=("plan.text-language",),
    advised=SHORT,
    check=_pictures_are,
)

# --- Interop -----


def _interop_is(made: Made) -> None:
    for kind, words in (("MainSubtitle", "一"), ("MainClosedCaption", "One")):
        read, _ = document(made, kind)
        assert shown(read)[0] == (12, 24, words)
        (font,) = read.fonts
        asset = made.films[0].reels[0].asset(kind)
        assert read.id == asset.id
        data = made.package.require(asset.id).with_name(str(font.resource)).read_bytes()
        assert data[:4] in (b"OTTO", b"\0\1\0\0") and len(data) < 640 * 1024
    assert [key.type for key in made.keyring.keys] == ["MDIK", "MDAK"]


INTEROP = Row(
    "interop-text-with-font",
    "text as files beside the track files, with its font, plain though all is to be encrypted",
    """
    schema = "dcpkit.job/1"
    standard = "interop"
    encrypt = ["picture", "sound", "text", "aux"]
    [[composition]]
    title = "Interop"
    kind = "test"
    picture_rate = 24
    [[composition.reel]]
    picture = { source = "film" }
    [[composition.reel.text]]
    source = "zh.srt"
    language = "zh"
    size = 36
    position = 10
    [[composition.reel.text]]
    source = "en.srt"
    language = "en"
    kind = "caption"
    """,
    _languages,
    (Film(reels=(48,), channels="- - - - - -"),),
    decided=("plan.text-not-encrypted",),
    advised=SHORT,
    encrypted=("picture", "sound"),
    peers={"does not use the SMPTE standard": "as the job says", **MIXED},
    standard="interop",
    check=_interop_is,
)

# --- reels -----


def _reels(folder: Path) -> None:
    codestreams(folder / "film", 96)
    codestreams(folder / "logo", 24, first=4)
    srt(folder / "all.srt", (0.5, 0.75, "Logo"), (1.5, 2.5, "Over"))
    srt(folder / "two.srt", (0.5, 0.75, "Zwei"))


def _reels_are(made: Made) -> None:
    assert [shown(document(made, reel=reel)[0]) for reel in range(3)] == [
        [(12, 18, "Logo")], [(12, 24, "Over")], [(0, 12, "Over")]
    ]  # fmt: skip
    said = [document(made, reel=reel)[0] for reel in range(4)]
    assert [read.reel for read in said] == [1, 2, 3, 4]
    captions = [document(made, "ClosedCaption", reel=reel)[0] for reel in range(4)]
    assert [shown(read)[0][2].strip() for read in captions] == ["", "Zwei", "", ""]
    assert all(len(read.cues) == 1 and read.fonts for read in (*said, *captions))


REELS = Row(
    "text-in-every-reel",
    "a text through all reels, one of a reel, cut where that is; where there is none an empty one",
    """
    schema = "dcpkit.job/1"
    [[composition]]
    title = "Reels"
    kind = "test"
    picture_rate = 24
    split_at = [48, 72]
    [[composition.text]]
    source = "all.srt"
    language = "en"
    [[composition.reel]]
    picture = { source = "logo" }
    [[composition.reel]]
    picture = { source = "film" }
    [[composition.reel.text]]
    source = "two.srt"
    language = "de"
    kind = "caption"
    """,
    _reels,
    (Film(reels=(24, 24, 24, 48), channels=FIVE_ONE),),
    decided=("plan.text-placeholder", "plan.text-over-cut"),
    advised=SHORT,
    check=_reels_are,
)

# --- 3D, only the text encrypted -----


def _stereo(folder: Path) -> None:
    codestreams(folder / "left")
    codestreams(folder / "right", first=4)
    srt(folder / "en.srt", (0.25, 0.75, "Deep"))


def _stereo_is(made: Made) -> None:
    read, _ = document(made)
    assert shown(read) == [(6, 18, "Deep")]
    (key,) = made.keyring.keys
    assert (key.type, key.reel) == ("MDSK", 1)


STEREO = Row(
    "3d-with-encrypted-text",
    "text over both eyes, the only thing that is encrypted",
    """
    schema = "dcpkit.job/1"
    encrypt = ["text"]
    [[composition]]
    title = "Stereo"
    kind = "test"
    picture_rate = 24
    [[composition.reel]]
    picture = { source = "left", right = "right" }
    [[composition.reel.text]]
    source = "en.srt"
    language = "en"
    fade_up = 0.125
    fade_down = 0.25
    """,
    _stereo,
    (Film(reels=(24,), channels=FIVE_ONE, stereo=True),),
    advised=(*SHORT, "advice.mixed-encryption"),
    encrypted=("text",),
    peers={**LOCKED, **MIXED, "no <ExtensionMetadata>": NOT_RDD_52},
    check=_stereo_is,
)

# --- a track file of text again, two compositions -----


def _again(folder: Path) -> None:
    codestreams(folder / "film", 48)
    srt(folder / "ar.srt", (0.5, 1.5, "مرحبا 123"))
    srt(folder / "ja.srt", (0.2, 0.8, "今日は"))
    assert call("create", folder / "film", "--title", "Old", "--kind", "test", "--picture-rate", 24,
                "--subtitle", f"{folder / 'ar.srt'}:ar", "-o", folder / "old", "--now", NOW,
                "--quiet") == 0  # fmt: skip
    shutil.copy(next((folder / "old").glob("*_subtitle_ar.mxf")), folder / "ar.mxf")


def _again_is(made: Made) -> None:
    read, resources = document(made)
    assert shown(read) == [(12, 36, "مرحبا 123")] and len(resources) == 1
    japanese, _ = document(made, film=1)
    assert shown(japanese) == [(5, 20, "今日は")]  # timed for 25
    assert len(made.tracks) == 4


AGAIN = Row(
    "text-of-a-track-file",
    "a timed text track file as a source, with its own font; a second composition, its text timed for 25",
    """
    schema = "dcpkit.job/1"
    [[composition]]
    title = "Arabic"
    kind = "test"
    picture_rate = 24
    [[composition.reel]]
    picture = { source = "film" }
    [[composition.reel.text]]
    source = "ar.mxf"
    [[composition]]
    title = "Japanese"
    kind = "test"
    picture_rate = 24
    [[composition.reel]]
    picture = { source = "film" }
    [[composition.reel.text]]
    source = "ja.srt"
    language = "ja"
    rate = 25
    """,
    _again,
    (Film(reels=(48,), channels=FIVE_ONE),) * 2,
    decided=("plan.text-own-font", "plan.text-rate-later"),
    advised=SHORT,
    peers={"different <Language> tags": "of two compositions: libdcp holds them to be one"},
    check=_again_is,
)

ROWS = (LANGUAGES, PNG, INTEROP, REELS, STEREO, AGAIN)
