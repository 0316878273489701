"""Packages with subtitles and captions, built and read back: documents, resources, keys, references."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from pathlib import Path

import pytest
from building import plan, signer
from judges import schema_holds
from lxml import etree
from material import NOW, codestreams
from texts_made import pictures_document, srt

from dcp.create.build import BuiltPackage, build_package
from dcp.documents import namespaces as ns
from dcp.documents.cpl import ReelAsset
from dcp.errors import UsageError
from dcp.mxf.descriptors import TimedTextDescriptor
from dcp.mxf.reader import TrackFile
from dcp.package.package import Package, open_package
from dcp.secrets.keys import ContentKey, Keyring
from dcp.text.interop import read_interop
from dcp.text.opening import open_text
from dcp.text.smpte import read_smpte
from dcp.text.values import Line, TimedText
from dcp.verify.engine import verify_package

pytestmark = pytest.mark.extra("text")

CUES = ((4.0, 4.5, "One"), (4.625, 5.25, "Two <i>three</i>\nand four"))
"""Within 144 frames."""


def built(folder: Path, **more: object) -> tuple[BuiltPackage, Package]:
    film = codestreams(folder / "film", 144)
    made = plan(film, **more)
    package = build_package(made, folder / "out", signer=signer() if made.encrypt else None, now=NOW)
    return package, open_package(package.root)


def document(
    package: Package, asset: ReelAsset, keyring: Keyring | None = None
) -> tuple[TimedText, list[uuid.UUID]]:
    with TrackFile.open(package.require(asset.id)) as track:
        key = keyring.require(asset.key_id) if keyring and asset.key_id else None
        first, *rest = [(unit.resource_id, bytes(unit.data)) for unit in track.units(key=key, strict=True)]
        assert isinstance(track.header.descriptor, TimedTextDescriptor)
        assert track.header.container_duration == asset.duration
        read = read_smpte(first[1], "text")
        assert (track.header.descriptor.resource_id, track.header.asset_id) == (read.id, asset.id)
        return read, [id for id, _ in rest if id]


def silent(package: BuiltPackage) -> None:
    report = verify_package(package.root, keyring=package.keyring, now=NOW)
    # PIC-004: pictures of 64 by 36 are no cinema's; TT-013: texts of half a second are short
    assert [
        f.id
        for f in report.findings
        if f.severity != "info" and not f.id.startswith(("PIC", "REEL-0", "TT-013"))
    ] == []


def test_two_languages_and_captions_encrypted(
    tmp_path: Path, standards: Path, oracle: Callable[[str], str]
) -> None:
    en, zh = srt(tmp_path / "en.srt", *CUES), srt(tmp_path / "zh.srt", (4.0, 4.5, "一二"))
    made, package = built(
        tmp_path, subtitle=[f"{en}:en", f"{zh}:zh-Hans"], caption=f"{en}:en", encrypt="picture,sound,text,aux"
    )

    assert made.keyring is not None
    assert [key.type for key in made.keyring.keys] == ["MDIK", "MDAK", "MDSK", "MDSK", "MDSK"]
    seen = []
    for cpl in package.compositions:
        (reel,) = cpl.reels
        subtitle, caption = reel.asset("MainSubtitle"), reel.asset("ClosedCaption")
        assert subtitle is not None and caption is not None and cpl.metadata is not None
        seen.append((subtitle.language, caption.language, cpl.metadata.main_subtitle_language_list))
        for asset in (subtitle, caption):
            assert asset.encrypted and asset.duration == 144
            read, resources = document(package, asset, made.keyring)
            assert read.language == asset.language and read.reel == 1
            assert [font.resource for font in read.fonts] == resources
    assert seen == [("en", "en", ("en",)), ("zh-Hans", "en", ("zh-Hans",))]
    first, second = package.compositions
    assert first.reels[0].picture == second.reels[0].picture
    assert first.reels[0].asset("ClosedCaption") == second.reels[0].asset("ClosedCaption")
    schema = standards / "xsd" / "SMPTE-429-16-2014-CPL-Metadata.xsd"
    schema_holds(oracle("xmllint"), schema, *made.root.glob("cpl*.xml"))
    silent(made)


def test_the_text_comes_back_as_it_went_in(tmp_path: Path) -> None:
    en = srt(tmp_path / "en.srt", *CUES)
    made, package = built(tmp_path, subtitle=f"{en}:en")

    (reel,) = package.compositions[0].reels
    asset = reel.asset("MainSubtitle")
    assert asset is not None
    read, _ = document(package, asset)
    source = open_text(en)
    assert [(cue.start, cue.end) for cue in read.cues] == [(cue.start, cue.end) for cue in source.cues]
    assert [line.text for cue in read.cues for line in cue.content if isinstance(line, Line)] == [
        line.text for cue in source.cues for line in cue.content if isinstance(line, Line)
    ]
    again = open_text(package.require(asset.id))
    assert [cue.content for cue in again.cues] == [cue.content for cue in read.cues]
    silent(made)


def test_pictures_as_subtitles_lie_in_the_track_file(tmp_path: Path) -> None:
    source, images = pictures_document(tmp_path / "text")
    _, package = built(tmp_path, subtitle=f"{source}:fr")

    (reel,) = package.compositions[0].reels
    asset = reel.asset("MainSubtitle")
    assert asset is not None
    with TrackFile.open(package.require(asset.id)) as track:
        held = {unit.resource_id: bytes(unit.data) for unit in track.units(strict=True) if unit.resource_id}
    assert held == images


def test_interop_has_loose_files_with_ids_of_their_own(tmp_path: Path) -> None:
    en = srt(tmp_path / "en.srt", *CUES)
    made, package = built(
        tmp_path,
        subtitle=f"{en}:en",
        caption=f"{en}:en",
        standard="interop",
        encrypt="picture,sound,text,aux",
    )

    (reel,) = package.compositions[0].reels
    for kind in ("MainSubtitle", "MainClosedCaption"):
        asset = reel.asset(kind)
        assert asset is not None and not asset.encrypted
        path = package.require(asset.id)
        read = read_interop(path.read_bytes(), "text")
        assert read.id == asset.id
        (font,) = read.fonts
        assert (path.parent / str(font.resource)).is_file()
    (playlist,) = made.root.glob("cpl*.xml")
    caption = etree.parse(playlist).find(f".//{{{ns.CAPTION_INTEROP}}}MainClosedCaption")
    assert caption is not None and caption.findtext(f"{{{ns.CPL_INTEROP}}}Language") == "en"
    assert made.keyring is not None
    assert [key.type for key in made.keyring.keys] == ["MDIK", "MDAK"]
    silent(made)


def test_a_reel_without_text_has_an_empty_one(tmp_path: Path) -> None:
    en = srt(tmp_path / "en.srt", (0.5, 0.9, "One"))
    made, package = built(tmp_path, subtitle=f"{en}:en", split_at="48,96")

    reels = package.compositions[0].reels
    assert [asset.duration for reel in reels for asset in reel.assets if asset.kind == "MainSubtitle"] == [
        48
    ] * 3
    for number, reel in enumerate(reels, start=1):
        asset = reel.asset("MainSubtitle")
        assert asset is not None
        read, resources = document(package, asset)
        assert (read.reel, len(read.cues), len(resources)) == (number, 1, 1)
    silent(made)


def test_given_keys_are_taken_by_type_and_counted(tmp_path: Path) -> None:
    en = srt(tmp_path / "en.srt", *CUES)
    made = plan(codestreams(tmp_path / "film", 144), subtitle=f"{en}:en", caption=f"{en}:en", encrypt="text")
    keys = tuple(ContentKey.generate("MDSK") for _ in range(2))
    with pytest.raises(UsageError, match="1"):
        build_package(made, tmp_path / "out", keyring=Keyring(keys[:1]), signer=signer(), now=NOW)
    built = build_package(made, tmp_path / "out", keyring=Keyring(keys), signer=signer(), now=NOW)

    (reel,) = open_package(built.root).compositions[0].reels
    assert [asset.key_id for asset in reel.assets if asset.is_track_file] == [
        None,
        None,
        keys[0].id,
        keys[1].id,
    ]


def test_a_language_more_over_an_original_that_has_several(tmp_path: Path) -> None:
    en, zh = srt(tmp_path / "en.srt", *CUES), srt(tmp_path / "zh.srt", (4.0, 4.5, "一二"))
    original, _ = built(tmp_path, subtitle=[f"{en}:en", f"{zh}:zh"])
    fr = f"{srt(tmp_path / 'fr.srt', (4.5, 5.25, 'Trois'))}:fr"
    over: dict[str, object] = {"title": None, "kind": None, "picture_rate": None, "ov": [original.root]}

    made = plan(original.root, **over, subtitle=fr)
    version = build_package(made, tmp_path / "version", now=NOW)

    assert "plan.compositions-alike" in {line.id for line in made.decisions}
    (cpl,) = open_package(version.root, ov=[original.root]).compositions
    assert [asset.language for asset in cpl.assets if asset.kind == "MainSubtitle"] == ["fr"]
    assert len(list(version.root.glob("*.mxf"))) == 1
    with pytest.raises(UsageError) as caught:  # which subtitles would play?
        plan(original.root, **over)
    assert caught.value.id == "package.several-compositions"


@pytest.mark.parametrize(
    ("cues", "why"),
    [
        (((4.0, 5.0, "One"), (5.125, 5.9, "Two")), ()),
        (((0.5, 1.5, "One"), (4.0, 5.0, "Two")), ("profile.text-early",)),
        (((4.0, 4.25, "One"), (4.25, 5.0, "Two")), ("profile.text-short", "profile.text-close")),
        (((4.0, 5.0, "A\nB\nC\nD"), (5.125, 5.9, "W" * 80)), ("profile.text-lines", "profile.text-wide")),
    ],
    ids=["kept", "early", "short", "long"],
)
def test_what_rdd_52_does_not_have_of_a_text_is_not_declared_to_keep_it(
    tmp_path: Path, cues: tuple[tuple[float, float, str], ...], why: tuple[str, ...]
) -> None:
    film = codestreams(tmp_path / "film", 144)
    made = plan(film, subtitle=f"{srt(tmp_path / 'en.srt', *cues)}:en")
    (said,) = [each for each in made.decisions if each.id in ("plan.profile", "plan.no-profile")]
    told = [each.id for each in said.places.get("why", ())]  # type: ignore[attr-defined]
    assert [each for each in told if each.startswith("profile.text")] == list(why)
    assert "profile.text-in-some" not in told


def test_documents_are_laid_out_as_libdcps(tmp_path: Path, golden: Path) -> None:
    """What both have stands in the same order, under the same names; ours leaves nothing of it out."""
    theirs = open_package(golden / "libdcp" / "plain" / "dcp")
    _, ours = built(tmp_path, subtitle=f"{srt(tmp_path / 'en.srt', *CUES)}:en")
    seen = []
    for package in (theirs, ours):
        (cpl,) = package.compositions
        (asset,) = [each for each in cpl.assets if each.kind == "MainSubtitle"]
        with TrackFile.open(package.require(asset.id)) as track:
            text = bytes(next(iter(track.units())).data)
        playlist = package.document(cpl).data
        seen.append([children(etree.fromstring(text)), children(etree.fromstring(playlist))])
    # theirs is signed in the clear too and tells the channels again; ours is no size of RDD 52
    without = ("Signer", "Signature", "MCASubDescriptors", "ExtensionMetadataList")
    for wanted, found in zip(*seen, strict=True):
        for parent, listed in wanted.items():
            names = [name for name in listed if not name.endswith(without)]
            assert parent not in found or [name for name in found[parent] if name in names] == names, parent


def children(root: etree._Element) -> dict[str, list[str]]:
    """Of each kind of element its children's names with their namespaces, each once, in order."""
    found: dict[str, dict[str, None]] = {}
    for element in root.iter("{*}*"):
        found.setdefault(str(element.tag), {}).update(dict.fromkeys(str(each.tag) for each in element))
    return {parent: list(names) for parent, names in found.items()}
