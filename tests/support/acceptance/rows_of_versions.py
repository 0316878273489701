"""Rows about version files over an original, and packages of several packing lists."""

from __future__ import annotations

from pathlib import Path

from scenes import call

from acceptance.rows_of_packages import same_pictures, same_sound
from acceptance.rows_of_stills import FIVE_ONE
from acceptance.sources import codestreams, contents, noise
from acceptance.values import Film, Made, Row

NO_ORIGINAL = "dcp_inspect takes no original, so that it cannot tell what the composition is"
ELSEWHERE = {
    "Composition type": NO_ORIGINAL,
    "dcp_inspect: Info: 1 Error": NO_ORIGINAL,
    "dcp_inspect: Info: 2 Errors": NO_ORIGINAL,
}


def original(folder: Path, *more: object, secret: bool = False, frames: int = 24) -> Path:
    """Two reels, made by the clock, since other programs read it by theirs."""
    codestreams(folder / "a", frames)
    codestreams(folder / "b", frames, first=3)
    for number, name in enumerate(("a", "b", "new")):
        noise(folder / f"{name}.wav", seed=number)
    keys: list[object] = []
    if secret:
        assert call("cert", "chain", "-o", folder / "lab", "--organization", "Example", "--unit", "Lab",
                    "--role", "CS", "--quiet") == 0  # fmt: skip
        keys = ["--encrypt", "--signer", folder / "lab", "--keys", folder / "OV.json"]
    assert call("create", folder / "a", folder / "b", "--title", "The Film", "--name", "auto", "--kind",
                "test", "--picture-rate", 24, "--audio", folder / "a.wav", "--audio", folder / "b.wav",
                "--audio-lang", "en", "-o", folder / "OV", "--quiet", *keys, *more) == 0  # fmt: skip
    return folder / "OV"


def carries(made: Made, *kinds: str) -> None:
    """What the version's packing lists have, and nothing of it is the original's."""
    listed = {entry.id for pkl in made.package.packing_lists for entry in pkl.asset_list}
    assets = {asset.id: asset.kind for cpl in made.films for asset in cpl.assets}
    assert sorted(kind for id, kind in assets.items() if id in listed) == sorted(kinds)
    assert listed == {asset.id for asset in made.package.asset_map.asset_list if not asset.packing_list}
    assert len(made.tracks) == len(kinds)


# --- new sound, encrypted, over an encrypted original -----


def _dubbed_is(made: Made) -> None:
    carries(made, "MainSound")
    same_sound(made, "new.wav")
    same_sound(made, "b.wav", reel=1)
    same_pictures(made, "a")
    (cpl,) = made.films
    assert cpl.signed and cpl.content_title_text.startswith("TheFilm_TST-2_F_EN-XX_51_2K_")
    assert cpl.content_title_text.endswith("_VF-2")
    assert made.keys is not None and len(made.keyring.keys) == 5  # its own, and the original's four


DUBBED = Row(
    "version-new-sound-encrypted",
    "a version file: the first reel's sound is new, everything encrypted, no key of the original at hand",
    """
    schema = "dcpkit.job/1"
    ov = ["OV"]
    encrypt = ["sound"]
    [[composition]]
    name = "auto"
    version_number = 2
    package_number = 2
    [[composition.reel]]
    picture = { ov = 1 }
    sound = { sources = ["new.wav"], language = "en" }
    [[composition.reel]]
    picture = { ov = 2 }
    """,
    lambda folder: original(folder, secret=True),
    (Film(reels=(24, 24), channels=FIVE_ONE),),
    decided=("plan.version-file",),
    encrypted=("sound",),
    check=_dubbed_is,
    peers=ELSEWHERE,
    extra="picture",
    ov=("OV",),
)

# --- a new reel among the original's, with entry points -----


def _new_reel(folder: Path) -> None:
    original(folder, frames=30)
    codestreams(folder / "titles", 30, first=6)


def _new_reel_is(made: Made) -> None:
    carries(made, "MainPicture")
    same_pictures(made, "titles", part=slice(2, 28))
    (cpl,) = made.films
    entries = [[each.entry_point for each in reel.assets if each.is_track_file] for reel in cpl.reels]
    assert entries == [[0, 0], [4, 4], [0, 0]]
    assert made.codestreams(reel=1) == contents(made.sources / "a")  # of the whole file
    assert cpl.reels[0].sound.id == cpl.reels[1].sound.id  # both play the original's first sound


NEW_REEL = Row(
    "version-new-reel",
    "a version file: a new picture over the original's sound, a stretch of an original reel, a whole one",
    """
    schema = "dcpkit.job/1"
    ov = ["OV"]
    [[composition]]
    title = "Mixed"
    [[composition.reel]]
    picture = { source = "titles", trim = "2-28" }
    sound = { ov = 1 }
    [[composition.reel]]
    picture = { ov = 1, trim = "4-28" }
    [[composition.reel]]
    picture = { ov = 2 }
    """,
    _new_reel,
    (Film(reels=(26, 24, 30), channels=FIVE_ONE),),
    decided=("plan.version-file",),
    check=_new_reel_is,
    peers=ELSEWHERE,
    extra="picture",
    ov=("OV",),
)

# --- new text, one key a track file -----


def _texts(folder: Path) -> None:
    original(folder, secret=True)
    for language, words in (("fr", "Bonjour"), ("de", "Guten Tag")):
        (folder / f"{language}.srt").write_text(f"1\n00:00:00,200 --> 00:00:01,800\n{words}\n", "utf-8")


def _texts_are(made: Made) -> None:
    """Two compositions over the original; what runs over the cut is in both reels."""
    carries(made, *["MainSubtitle"] * 4)
    french, german = made.films
    assert [cpl.metadata.main_subtitle_language_list for cpl in (french, german)] == [("fr",), ("de",)]
    assert [reel.picture.id for reel in french.reels] == [reel.picture.id for reel in german.reels]
    keys = [reel.asset("MainSubtitle").key_id for cpl in made.films for reel in cpl.reels]
    assert None not in keys and len(set(keys)) == 4
    assert {made.keyring.require(id).type for id in keys} == {"MDSK"}


TEXTS = Row(
    "version-new-text-encrypted",
    "a version file: subtitles in two languages, a composition each over an encrypted original",
    """
    schema = "dcpkit.job/1"
    ov = ["OV"]
    encrypt = ["text"]
    [[composition]]
    name = "auto"
    [[composition.text]]
    source = "fr.srt"
    language = "fr"
    [[composition.text]]
    source = "de.srt"
    language = "de"
    [[composition.reel]]
    picture = { ov = 1 }
    [[composition.reel]]
    picture = { ov = 2 }
    """,
    _texts,
    (Film(reels=(24, 24), channels=FIVE_ONE),) * 2,
    decided=("plan.version-file", "plan.text-versions"),
    advised=("advice.text-early", "advice.version-of-several"),
    encrypted=("text",),
    check=_texts_are,
    peers={
        **ELSEWHERE,
        "has no <Language> tag": "libdcp has no key, and reads the text all the same",
        "has no <StartTime> tag": "the same",
        "clairmeta: ": "of several compositions in a version file; the plan advises against it",
    },
    extra="text",
    ov=("OV",),
)

# --- Interop -----


INTEROP = Row(
    "version-interop",
    "an Interop version file over an Interop original: its reels the other way round, one of them silent",
    """
    schema = "dcpkit.job/1"
    ov = ["OV"]
    standard = "interop"
    [[composition]]
    title = "Interop"
    [[composition.reel]]
    picture = { ov = 2 }
    sound = { silent = true }
    [[composition.reel]]
    picture = { ov = 1 }
    """,
    lambda folder: original(folder, "--standard", "interop"),
    (Film(reels=(24, 24), channels="- - - - - -"),),
    decided=("plan.version-file",),
    standard="interop",
    check=lambda made: carries(made, "MainSound"),
    peers={**ELSEWHERE, "does not use the SMPTE standard": "as the job says"},
    extra="picture",
    ov=("OV",),
)

# --- several packing lists -----


def _lists(folder: Path) -> None:
    codestreams(folder / "film")
    for number, name in enumerate(("en", "de")):
        noise(folder / f"{name}.wav", seed=number)


def _lists_are(made: Made) -> None:
    english, german = made.package.packing_lists
    one, two = made.films
    assert {each.id for each in english.asset_list} == {one.id, *(each.id for each in one.assets)}
    assert {each.id for each in german.asset_list} == {two.id, two.reels[0].sound.id}
    assert [two.metadata.version_number, two.metadata.distributor] == [2, "Beispiel Verleih"]
    assert two.metadata.alternate_content_version_list == (("urn:example:1", "English"),)
    assert one.content_versions[0].id == "urn:example:1"


LISTS = Row(
    "two-packing-lists",
    "two compositions over one picture, each with a packing list; the metadata that a job says",
    """
    schema = "dcpkit.job/1"
    [[composition]]
    title = "English"
    kind = "test"
    picture_rate = 24
    packing_list = "one"
    content_version = { id = "urn:example:1", label = "English" }
    luminance = "14 fL"
    chain = "Rex"
    [[composition.reel]]
    picture = { source = "film" }
    sound = { sources = ["en.wav"], language = "en" }

    [[composition]]
    title = "Deutsch"
    kind = "test"
    picture_rate = 24
    packing_list = "two"
    version_number = 2
    status = "pre"
    distributor = "Beispiel Verleih"
    alternate_versions = [{ id = "urn:example:1", label = "English" }]
    [[composition.reel]]
    picture = { source = "film" }
    sound = { sources = ["de.wav"], language = "de" }
    """,
    _lists,
    (Film(channels=FIVE_ONE), Film(channels=FIVE_ONE)),
    check=_lists_are,
    peers={"has only one CPL": "libdcp holds each list against every composition, not against its own"},
    extra="picture",
)

ROWS = (DUBBED, NEW_REEL, TEXTS, INTEROP, LISTS)
