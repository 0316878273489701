"""Rows about version files whose text or immersive sound is new, over originals plain and encrypted."""

from __future__ import annotations

from pathlib import Path

from immersive import folder_of, frames
from texts_made import srt

from acceptance.rows_of_immersive import SIXTEEN, same_frames, signals
from acceptance.rows_of_stills import FIVE_ONE
from acceptance.rows_of_texts import LOCKED, SHORT, document, shown
from acceptance.rows_of_versions import ELSEWHERE, carries, original
from acceptance.rows_of_video import NOT_RDD_52
from acceptance.sources import codestreams, noise
from acceptance.values import Film, Made, Row


def _new_text(folder: Path) -> None:
    original(folder)
    srt(folder / "fr.srt", (0.5, 1.5, "Bonjour"))


def _new_text_is(made: Made) -> None:
    carries(made, "MainSubtitle", "MainSubtitle")
    assert [shown(document(made, reel=reel)[0]) for reel in (0, 1)] == [
        [(12, 24, "Bonjour")], [(0, 12, "Bonjour")]
    ]  # fmt: skip
    assert made.films[0].metadata.main_subtitle_language_list == ("fr",)


NEW_TEXT = Row(
    "version-new-text",
    "a version file that carries French subtitles, cut at the original's reels, and nothing else",
    """
    schema = "dcpkit.job/1"
    ov = ["OV"]
    [[composition]]
    title = "French"
    [[composition.text]]
    source = "fr.srt"
    language = "fr"
    [[composition.reel]]
    picture = { ov = 1 }
    [[composition.reel]]
    picture = { ov = 2 }
    """,
    _new_text,
    (Film(reels=(24, 24), channels=FIVE_ONE),),
    decided=("plan.version-file", "plan.text-over-cut"),
    advised=SHORT,
    check=_new_text_is,
    peers={**ELSEWHERE, "no <ExtensionMetadata>": NOT_RDD_52},
    ov=("OV",),
)


def _locked(folder: Path) -> None:
    srt(folder / "en.srt", (0.5, 1.5, "Hello"))
    original(folder, "--subtitle", f"{folder / 'en.srt'}:en", secret=True)
    srt(folder / "zh.srt", (0.5, 1.5, "你好"))


def _locked_is(made: Made) -> None:
    carries(made, "MainSubtitle", "MainSubtitle")
    assert shown(document(made)[0]) == [(12, 24, "你好")]
    (cpl,) = made.films
    assert cpl.signed and [reel.asset("MainSubtitle").language for reel in cpl.reels] == ["zh-Hans"] * 2
    assert [key.type for key in made.keyring.keys].count("MDSK") == 4


LOCKED_BOTH = Row(
    "version-text-both-encrypted",
    "Chinese subtitles instead of the original's English ones, both packages encrypted",
    """
    schema = "dcpkit.job/1"
    ov = ["OV"]
    encrypt = ["picture", "sound", "text", "aux"]
    [[composition]]
    title = "Chinese"
    [[composition.text]]
    source = "zh.srt"
    language = "zh-Hans"
    [[composition.reel]]
    picture = { ov = 1 }
    [[composition.reel]]
    picture = { ov = 2 }
    """,
    _locked,
    (Film(reels=(24, 24), channels=FIVE_ONE),),
    decided=("plan.version-file",),
    advised=SHORT,
    encrypted=("text",),
    check=_locked_is,
    peers={**ELSEWHERE, **LOCKED, "no <ExtensionMetadata>": NOT_RDD_52},
    ov=("OV",),
)


def _reel_with_text(folder: Path) -> None:
    srt(folder / "en.srt", (0.5, 1.5, "Hello"))
    original(folder, "--subtitle", f"{folder / 'en.srt'}:en")
    codestreams(folder / "titles", 24, first=6)
    srt(folder / "titles.srt", (0.25, 0.75, "Titles"))


def _reel_with_text_is(made: Made) -> None:
    carries(made, "MainPicture", "MainSubtitle")
    assert [shown(document(made, reel=reel)[0]) for reel in (0, 1)] == [
        [(6, 18, "Titles")], [(0, 12, "Hello")]
    ]  # fmt: skip


REEL_WITH_TEXT = Row(
    "version-new-reel-with-text",
    "a new reel with its text over the original's sound, then a reel of the original with its own text",
    """
    schema = "dcpkit.job/1"
    ov = ["OV"]
    [[composition]]
    title = "Titles"
    [[composition.reel]]
    picture = { source = "titles" }
    sound = { ov = 1 }
    [[composition.reel.text]]
    source = "titles.srt"
    language = "en"
    [[composition.reel]]
    picture = { ov = 2 }
    other = [{ ov = 2 }]
    """,
    _reel_with_text,
    (Film(reels=(24, 24), channels=FIVE_ONE),),
    decided=("plan.version-file",),
    advised=SHORT,
    check=_reel_with_text_is,
    peers={
        **ELSEWHERE,
        "no <ExtensionMetadata>": NOT_RDD_52,
        "UnresolvedRefError": "dcpverify is given no original, and ends at text that lies there",
        "ended with -6": "for that",
    },
    ov=("OV",),
)


def _new_atmos(folder: Path) -> None:
    original(folder)
    noise(folder / "mix.wav", 1, 6, 7)
    folder_of(folder / "immersive", frames(24), suffix=".atmos")


def _new_atmos_is(made: Made) -> None:
    carries(made, "MainSound", "AuxData")
    same_frames(made)
    signals(made)


NEW_ATMOS = Row(
    "version-new-atmos",
    "a version file with Dolby Atmos and the sound that leads it, over a reel of the original",
    """
    schema = "dcpkit.job/1"
    ov = ["OV"]
    [[composition]]
    title = "Immersive"
    [[composition.reel]]
    picture = { ov = 1 }
    sound = { sources = ["mix.wav"], language = "en" }
    aux = { source = "immersive" }
    """,
    _new_atmos,
    (Film(channels=SIXTEEN),),
    decided=("plan.version-file", "plan.aux-atmos", "plan.sync-signal"),
    check=_new_atmos_is,
    peers=ELSEWHERE,
    extra="picture",
    ov=("OV",),
)

ROWS = (NEW_TEXT, LOCKED_BOTH, REEL_WITH_TEXT, NEW_ATMOS)
