"""Rows where text and immersive sound meet the rest: other rates and sources, burnt in, mixed encryption."""

from __future__ import annotations

import shutil
from fractions import Fraction
from pathlib import Path

from immersive import folder_of, frames
from scenes import NOW, call
from stl_files import stl_block, stl_file
from texts_made import pictures_document, png, srt

from acceptance.rows_of_immersive import SIXTEEN, same_frames, signals
from acceptance.rows_of_stills import FIVE_ONE
from acceptance.rows_of_texts import LOCKED, MIXED, SHORT, document, shown
from acceptance.rows_of_video import NOT_RDD_52
from acceptance.sources import codestreams, noise
from acceptance.values import Film, Made, Row
from dcp.secrets.keys import DOLBY_SCOPE

# --- everything at once -----


def _everything(folder: Path) -> None:
    codestreams(folder / "film", 30)
    noise(folder / "mix.wav", 1.25)
    srt(folder / "en.srt", (0.25, 1.0, "One"))
    folder_of(folder / "immersive", frames(30), suffix=".atmos")


def _everything_is(made: Made) -> None:
    assert shown(document(made)[0]) == shown(document(made, "ClosedCaption")[0]) == [(6, 24, "One")]
    same_frames(made)
    signals(made)
    kinds = [(key.type, key.scope) for key in made.keyring.keys]
    assert kinds == [("MDIK", None), ("MDAK", None), ("MDSK", None), ("MDSK", None), ("MDEK", DOLBY_SCOPE)]
    assert len({key.id for key in made.keyring.keys}) == 5
    (cpl,) = made.films
    assert "ATMOS" in cpl.content_title_text.upper() and "CCAP" in cpl.content_title_text.upper()


EVERYTHING = Row(
    "text-and-atmos-all-encrypted",
    "subtitles, captions and Dolby Atmos, each file with a key of its own kind; named by the convention",
    """
    schema = "dcpkit.job/1"
    encrypt = ["picture", "sound", "text", "aux"]
    [[composition]]
    title = "Everything"
    name = "auto"
    kind = "test"
    picture_rate = 24
    [[composition.reel]]
    picture = { source = "film" }
    sound = { sources = ["mix.wav"], language = "en" }
    aux = { source = "immersive" }
    [[composition.reel.text]]
    source = "en.srt"
    language = "en"
    [[composition.reel.text]]
    source = "en.srt"
    language = "en"
    kind = "caption"
    """,
    _everything,
    (Film(reels=(30,), channels=SIXTEEN),),
    decided=("plan.aux-atmos", "plan.sync-signal"),
    advised=SHORT,
    encrypted=("picture", "sound", "text", "aux"),
    peers=LOCKED,
    check=_everything_is,
)

# --- some kinds encrypted -----


def _mixed(folder: Path) -> None:
    codestreams(folder / "film")
    noise(folder / "mix.wav")
    srt(folder / "de.srt", (0.25, 0.75, "Eins"))


def _mixed_is(made: Made) -> None:
    assert shown(document(made)[0]) == [(6, 18, "Eins")]
    assert [key.type for key in made.keyring.keys] == ["MDIK", "MDSK"]
    assert made.films[0].reels[0].sound.key_id is None


MIXED_KINDS = Row(
    "picture-and-text-encrypted",
    "picture and text encrypted, the sound in the clear",
    """
    schema = "dcpkit.job/1"
    encrypt = ["picture", "text"]
    [[composition]]
    title = "Mixed"
    kind = "test"
    picture_rate = 24
    [[composition.reel]]
    picture = { source = "film" }
    sound = { sources = ["mix.wav"], language = "de" }
    [[composition.reel.text]]
    source = "de.srt"
    language = "de"
    """,
    _mixed,
    (Film(channels=FIVE_ONE),),
    advised=(*SHORT, "advice.mixed-encryption"),
    encrypted=("picture", "text"),
    peers={**LOCKED, **MIXED, "no <ExtensionMetadata>": NOT_RDD_52},
    check=_mixed_is,
)

# --- 48 frames a second -----


def _fast(folder: Path) -> None:
    codestreams(folder / "film", 48, rate=48)
    srt(folder / "ko.srt", (0.25, 0.5, "하나"), (0.625, 1.0, "둘"))


def _fast_is(made: Made) -> None:
    read, _ = document(made)
    assert (read.edit_rate, read.time_code_rate) == (48, 48)
    assert [(cue.start, cue.end) for cue in read.cues] == [
        (Fraction(1, 4), Fraction(1, 2)), (Fraction(5, 8), Fraction(1))
    ]  # fmt: skip


FAST = Row(
    "text-at-48",
    "Korean at 48 frames a second",
    """
    schema = "dcpkit.job/1"
    [[composition]]
    title = "Fast"
    kind = "test"
    picture_rate = 48
    [[composition.reel]]
    picture = { source = "film" }
    [[composition.reel.text]]
    source = "ko.srt"
    language = "ko"
    """,
    _fast,
    (Film(rate=48, reels=(48,), channels=FIVE_ONE),),
    advised=SHORT,
    check=_fast_is,
)

# --- other people's formats -----


def _foreign(folder: Path) -> None:
    codestreams(folder / "film", 48, rate=25)
    (folder / "fr.stl").write_bytes(
        stl_file(stl_block(1, (0, 0, 0, 10), (0, 0, 1, 0), b"D\xc2ej\xc1a vu"), language=b"0F")
    )
    (folder / "ja.ass").write_text(
        "[Script Info]\nScriptType: v4.00+\nPlayResX: 640\nPlayResY: 360\n\n[V4+ Styles]\n"
        "Format: Name, Fontname, Fontsize, PrimaryColour, Bold, Italic, Alignment\n"
        "Style: Default,Arial,24,&H00FFFFFF,0,0,2\n\n[Events]\n"
        "Format: Layer, Start, End, Style, Text\n"
        "Dialogue: 0,0:00:00.40,0:00:01.00,Default,{\\i1}今日は{\\i0}\\N明日\n",
        "utf-8",
    )
    (folder / "he.vtt").write_text("WEBVTT\n\n00:00.400 --> 00:01.000\nשלום 123!\n", "utf-8")
    (folder / "hi.ttml").write_text(
        '<tt xmlns="http://www.w3.org/ns/ttml" xml:lang="hi"><body><div>'
        '<p begin="00:00:00.400" end="00:00:01.000">नमस्ते</p></div></body></tt>',
        "utf-8",
    )


def _foreign_is(made: Made) -> None:
    found = []
    for film in range(4):
        (cue,) = document(made, film=film)[0].cues
        assert (cue.start, cue.end) == (Fraction(10, 25), Fraction(1))
        found.append("/".join(one.text for one in cue.content))
    assert found == ["Déjà vu", "今日は/明日", "שלום 123!", "नमस्ते"]


FOREIGN = Row(
    "text-of-stl-ass-vtt-ttml",
    "EBU STL, ASS, WebVTT and TTML at 25, a composition each: French, Japanese, Hebrew and Hindi",
    """
    schema = "dcpkit.job/1"
    [[composition]]
    title = "Foreign"
    kind = "test"
    picture_rate = 25
    [[composition.reel]]
    picture = { source = "film" }
    [[composition.text]]
    source = "fr.stl"
    language = "fr"
    [[composition.text]]
    source = "ja.ass"
    language = "ja"
    [[composition.text]]
    source = "he.vtt"
    language = "he"
    [[composition.text]]
    source = "hi.ttml"
    language = "hi"
    """,
    _foreign,
    (Film(rate=25, reels=(48,), channels=FIVE_ONE),) * 4,
    decided=("plan.text-versions",),
    advised=SHORT,
    peers={"different <Language> tags": "of two compositions: libdcp holds them to be one"},
    check=_foreign_is,
)

# --- Interop with pictures -----


def _interop_pictures(folder: Path) -> None:
    codestreams(folder / "film", 48)
    pictures_document(folder / "fr", png(), png(60, 20, grey=90), start=Fraction(1, 2))


def _interop_pictures_are(made: Made) -> None:
    read, _ = document(made)
    path = made.package.require(made.films[0].reels[0].asset("MainSubtitle").id)
    names = [f"{one.resource}" for cue in read.cues for one in cue.content]
    data = [next(path.parent.glob(f"*{name}*.png")).read_bytes() for name in names]
    assert data == [png(), png(60, 20, grey=90)] and not read.fonts


INTEROP_PNG = Row(
    "interop-png-subtitles",
    "Interop's subtitles of pictures, in files beside the document",
    """
    schema = "dcpkit.job/1"
    standard = "interop"
    [[composition]]
    title = "Pictures"
    kind = "test"
    picture_rate = 24
    [[composition.reel]]
    picture = { source = "film" }
    [[composition.reel.text]]
    source = "fr/text.xml"
    """,
    _interop_pictures,
    (Film(reels=(48,), channels="- - - - - -"),),
    advised=SHORT,
    peers={"does not use the SMPTE standard": "as the job says"},
    standard="interop",
    check=_interop_pictures_are,
)

# --- burnt in -----


def _burnt(folder: Path) -> None:
    from acceptance.sources import bars, stills

    stills(folder / "black", [0], lambda _: (bars(0, 20, 20)).astype("uint8"))
    srt(folder / "en.srt", (0.25, 0.5, "ONE"), (0.75, 1.0, "ONE"))
    srt(folder / "fr.srt", (0.25, 0.75, "Un"))


def _burnt_is(made: Made) -> None:
    levels = [int(frame[..., 1].max()) for frame in made.pictures()]
    lit = [number for number, level in enumerate(levels) if level > 1500]
    assert lit == [*range(6, 12), *range(18, 24)], levels
    assert shown(document(made)[0]) == [(6, 18, "Un")]
    frames = made.codestreams()  # it fades for two frames, as the standard has it where nothing is said
    assert frames[8] == frames[9] and frames[7] == frames[10] != frames[6] == frames[11]
    assert frames[0] == frames[12] and frames[6:12] == frames[18:24]


BURNT = Row(
    "burnt-in-and-subtitles",
    "English in the picture, French as a track",
    """
    schema = "dcpkit.job/1"
    [[composition]]
    title = "Burnt"
    kind = "test"
    picture_rate = 24
    [[composition.reel]]
    picture = { source = "black/shot.0000.png", still = "1s" }
    [[composition.reel.text]]
    source = "en.srt"
    language = "en"
    kind = "burn-in"
    [[composition.reel.text]]
    source = "fr.srt"
    language = "fr"
    """,
    _burnt,
    (Film(channels=FIVE_ONE),),
    advised=SHORT,
    check=_burnt_is,
)

# --- other data -----

LABEL = "urn:smpte:ul:060e2b34.04010105.0e090606.00000000"


def _data(folder: Path) -> None:
    codestreams(folder / "film")
    folder_of(folder / "data", [bytes((n,)) * (40 + n) for n in range(24)], suffix=".bin")


def _data_is(made: Made) -> None:
    asset = made.films[0].reels[0].asset("AuxData")
    units = made.units(made.package.require(asset.id))
    assert units == [bytes((n,)) * (40 + n) for n in range(24)]
    (key,) = made.keyring.keys
    assert key.type == "MDX1"


DATA = Row(
    "other-data-encrypted",
    "auxiliary data under a label of its own, the only thing that is encrypted",
    f"""
    schema = "dcpkit.job/1"
    encrypt = ["aux"]
    [[composition]]
    title = "Data"
    kind = "test"
    picture_rate = 24
    [[composition.reel]]
    picture = {{ source = "film" }}
    aux = {{ source = "data", coding = "{LABEL}" }}
    """,
    _data,
    (Film(channels=FIVE_ONE),),
    advised=("advice.no-language", "advice.mixed-encryption"),
    encrypted=("aux",),
    peers={
        **MIXED,
        "DataEssenceCoding": "libdcp takes all auxiliary data for Dolby Atmos, and stops at other",
        "MPEG2 video essences": "or so, as dcpinfo puts it",
    },
    check=_data_is,
)

# --- two compositions, two packing lists -----


def _twice(folder: Path) -> None:
    codestreams(folder / "film")
    srt(folder / "en.srt", (0.25, 0.75, "One"))
    srt(folder / "th.srt", (0.25, 0.75, "หนึ่ง"))


def _twice_is(made: Made) -> None:
    one, two = made.films
    assert one.reels[0].picture.id == two.reels[0].picture.id
    assert [shown(document(made, film=n)[0])[0][2] for n in (0, 1)] == ["One", "หนึ่ง"]
    assert [len(pkl.asset_list) for pkl in made.package.packing_lists] == [4, 2]  # what is shared once
    assert [one.metadata.version_number, two.metadata.version_number] == [1, 3]
    assert two.rating_list[0].label == "15+"


TWICE = Row(
    "two-compositions-two-lists-of-text",
    "English and Thai as compositions and packing lists of their own, one with a rating",
    """
    schema = "dcpkit.job/1"
    [[composition]]
    title = "English"
    kind = "test"
    picture_rate = 24
    packing_list = "en"
    [[composition.reel]]
    picture = { source = "film" }
    [[composition.reel.text]]
    source = "en.srt"
    language = "en"
    [[composition]]
    title = "Thai"
    kind = "test"
    picture_rate = 24
    packing_list = "th"
    version_number = 3
    ratings = { "http://www.example.org/th" = "15+" }
    [[composition.reel]]
    picture = { source = "film" }
    [[composition.reel.text]]
    source = "th.srt"
    language = "th"
    """,
    _twice,
    (Film(channels=FIVE_ONE),) * 2,
    advised=SHORT,
    peers={
        "different <Language> tags": "of two compositions: libdcp holds them to be one",
        "has only one CPL": "libdcp holds each list against every composition, not against its own",
    },
    check=_twice_is,
)

# --- captions alone, with sound for those who hear or see little -----


def _captions(folder: Path) -> None:
    codestreams(folder / "film")
    noise(folder / "mix.wav", 1, 8)
    srt(folder / "en.srt", (0.25, 0.75, "[Music]"))
    assert NOW and call  # what the other rows are made with


def _captions_are(made: Made) -> None:
    assert shown(document(made, "ClosedCaption")[0]) == [(6, 18, "[Music]")]
    (cpl,) = made.films
    assert cpl.reels[0].asset("MainSubtitle") is None
    assert "EN-XX-CCAP" in cpl.content_title_text, cpl.content_title_text
    assert "51-HI-VI" in cpl.content_title_text, cpl.content_title_text


CAPTIONS = Row(
    "captions-hi-vi-named",
    "captions alone, HI and VI-N beside the sound, all of it in the composition's name",
    """
    schema = "dcpkit.job/1"
    [[composition]]
    title = "Captions"
    name = "auto"
    kind = "test"
    picture_rate = 24
    [[composition.reel]]
    picture = { source = "film" }
    sound = { sources = ["mix.wav"], language = "en", channels = "51(L,R,C,LFE,Ls,Rs),HI,VIN" }
    [[composition.reel.text]]
    source = "en.srt"
    language = "en"
    kind = "caption"
    """,
    _captions,
    (Film(channels=f"{FIVE_ONE} HI VIN"),),
    advised=SHORT,
    check=_captions_are,
)

# --- the whole of a package again, with text and immersive sound -----


def _passed(folder: Path) -> None:
    codestreams(folder / "film")
    noise(folder / "mix.wav")
    srt(folder / "en.srt", (0.25, 0.75, "One"))
    folder_of(folder / "immersive", frames(24))
    assert call("create", folder / "film", "--title", "Old", "--kind", "test", "--picture-rate", 24,
                "--audio", folder / "mix.wav", "--audio-lang", "en", "--subtitle", f"{folder / 'en.srt'}:en",
                "--atmos", folder / "immersive", "-o", folder / "old", "--now", NOW,
                "--quiet") == 0  # fmt: skip
    shutil.copy(next((folder / "old").glob("*_subtitle_en.mxf")), folder / "en.mxf")


def _passed_is(made: Made) -> None:
    assert shown(document(made)[0]) == [(6, 18, "One")]
    same_frames(made)
    signals(made)


PASSED = Row(
    "package-with-text-and-iab-again",
    "a package as the source of another: its sounds come along, its text as it is named",
    """
    schema = "dcpkit.job/1"
    [[composition]]
    title = "Again"
    kind = "test"
    [[composition.reel]]
    picture = { source = "old" }
    [[composition.reel.text]]
    source = "en.mxf"
    """,
    _passed,
    (Film(channels=SIXTEEN),),
    advised=SHORT,
    check=_passed_is,
)

ROWS = (
    EVERYTHING, MIXED_KINDS, FAST, FOREIGN, INTEROP_PNG, BURNT, DATA, TWICE, CAPTIONS, PASSED,
)  # fmt: skip
