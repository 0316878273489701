"""Every rule over documents and headers: one thing wrong, and the rule that says so."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from dcp.documents.assetmap import AssetMap, Chunk, MapAsset, write_asset_map
from dcp.documents.cpl import (
    CompositionPlaylist,
    ContentVersion,
    Marker,
    Reel,
    ReelAsset,
    write_cpl,
)
from dcp.documents.cpl_metadata import Area, CompositionMetadata, application
from dcp.documents.namespaces import Standard
from dcp.documents.pkl import PackingList, PklAsset, write_pkl
from dcp.documents.volindex import VolumeIndex, write_volume_index
from dcp.keys import ContentKey, Keyring
from dcp.mxf.descriptors import AuxDescriptor, PictureDescriptor, SoundDescriptor, TimedTextDescriptor
from dcp.mxf.header import TrackHeader, Writer
from dcp.mxf.labels import UL
from dcp.package import survey_package
from dcp.verify.facts import KdmFacts, PackageFacts, TrackFacts, TrackPass
from dcp.verify.profiles import PROFILES
from dcp.verify.rule import RULES, Hit
from dcp.verify.rules.all import load_rules

load_rules()

NOW = datetime(2026, 1, 31, 18, 0, 0, tzinfo=UTC)
BEFORE = NOW - timedelta(days=1)
CPL, PKL, PICTURE, SOUND, TEXT, AUX = (uuid.UUID(int=n) for n in range(0xA1, 0xA7))
PICTURE2, SOUND2, TEXT2, AUX2 = (uuid.UUID(int=n) for n in range(0xB3, 0xB7))
DURATION = 240
ATMOS = UL.parse("060e2b34.04010105.0e090604.00000000")
CONFIGURATION_4 = UL.parse("060e2b34.0401010b.04020210.03010400")
NAMES = {
    CPL: "cpl.xml",
    PKL: "pkl.xml",
    PICTURE: "picture1.mxf",
    SOUND: "sound1.mxf",
    TEXT: "text1.mxf",
    AUX: "aux1.mxf",
    PICTURE2: "picture2.mxf",
    SOUND2: "sound2.mxf",
    TEXT2: "text2.mxf",
    AUX2: "aux2.mxf",
}


def reel_asset(kind: str, asset_id: uuid.UUID, **more: Any) -> ReelAsset:
    return ReelAsset(kind, asset_id, Fraction(24), DURATION, **more)


def reel(picture: uuid.UUID, sound: uuid.UUID, text: uuid.UUID, aux: uuid.UUID, *extra: ReelAsset) -> Reel:
    shape: dict[str, Any] = {"frame_rate": Fraction(24), "screen_aspect_ratio": "1998 1080"}
    return Reel(
        uuid.uuid4(),
        (
            *(asset for asset in extra if asset.kind == "MainMarkers"),
            reel_asset("MainPicture", picture, hash=sha1(picture), **shape),
            reel_asset("MainSound", sound, hash=sha1(sound), language="en"),
            reel_asset("MainSubtitle", text, hash=sha1(text), language="de"),
            reel_asset("AuxData", aux, hash=sha1(aux), data_type=f"urn:smpte:ul:{ATMOS}"),
            *(asset for asset in extra if asset.kind != "MainMarkers"),
        ),
    )


def content(asset_id: uuid.UUID) -> bytes:
    return b"essence of " + asset_id.bytes


def sha1(asset_id: uuid.UUID) -> bytes:
    return hashlib.sha1(content(asset_id)).digest()


def markers(*found: tuple[str, int]) -> ReelAsset:
    listed = tuple(Marker(label, offset) for label, offset in found)
    return reel_asset(
        "MainMarkers", uuid.uuid4(), marker_list=listed, states_entry_point=False, states_duration=False
    )


METADATA = CompositionMetadata(
    full_content_title_text="Title",
    version_number=1,
    main_sound_configuration="51/L,R,C,LFE,Ls,Rs",
    main_sound_sample_rate=Fraction(48000),
    main_picture_stored_area=Area(1998, 1080),
    main_picture_active_area=Area(1998, 1080),
    extension_metadata_list=(application(),),
)


def metadata_asset(metadata: CompositionMetadata = METADATA) -> ReelAsset:
    return reel_asset(
        "CompositionMetadataAsset",
        uuid.uuid4(),
        metadata=metadata,
        states_entry_point=False,
        states_duration=False,
    )


def header(kind: str, asset_id: uuid.UUID, descriptor: Any, **more: Any) -> TrackHeader:
    values: dict[str, Any] = {
        "essence": kind,
        "label_set": "smpte",
        "asset_id": asset_id,
        "edit_rate": Fraction(24),
        "container_duration": DURATION,
        "encrypted": False,
        "key_id": None,
        "context_id": None,
        "has_mic": False,
        "descriptor": descriptor,
        "identification": Writer("a", "b", "c"),
    }
    return TrackHeader(**(values | more))


@dataclass
class World:
    """A package before it is written: each test changes one thing of it."""

    standard: Standard = "smpte"
    cpl: CompositionPlaylist = field(
        default_factory=lambda: CompositionPlaylist(
            CPL,
            BEFORE,
            "Title",
            "feature",
            (
                reel(
                    PICTURE,
                    SOUND,
                    TEXT,
                    AUX,
                    markers(("FFOC", 1), ("FFEC", 100), ("FFMC", 120)),
                    metadata_asset(),
                ),
                reel(PICTURE2, SOUND2, TEXT2, AUX2, markers(("LFOC", DURATION - 1))),
            ),
            annotation_text="Title",
            issuer="issuer",
            creator="creator",
            content_versions=(ContentVersion("urn:uuid:x", "one"),),
        )
    )
    pkl: Callable[[PackingList], PackingList] = lambda value: value
    asset_map: Callable[[AssetMap], AssetMap] = lambda value: value
    headers: dict[uuid.UUID, TrackHeader] = field(default_factory=dict)
    edit: dict[str, Callable[[bytes], bytes]] = field(default_factory=dict)
    touch: Callable[[Path], object] = lambda root: None
    keyring: Keyring | None = None
    kdms: tuple[KdmFacts, ...] = ()
    passes: dict[uuid.UUID, TrackPass] = field(default_factory=dict)
    ov: list[Path] = field(default_factory=list)
    hashes: bool = True

    def __post_init__(self) -> None:
        for picture in (PICTURE, PICTURE2):
            self.headers[picture] = header("picture", picture, PictureDescriptor(1998, 1080, False))
        for sound in (SOUND, SOUND2):
            six = SoundDescriptor.labelled(["L", "R", "C", "LFE", "Ls", "Rs"])
            self.headers[sound] = header("sound", sound, six)
        for text in (TEXT, TEXT2):
            self.headers[text] = header("timed_text", text, TimedTextDescriptor(uuid.uuid4(), "urn:x"))
        for aux in (AUX, AUX2):
            self.headers[aux] = header("atmos", aux, AuxDescriptor(ATMOS, atmos_id=uuid.uuid4()))

    def reels(self, change: Callable[[ReelAsset], ReelAsset], *, first_only: bool = False) -> None:
        """Change the assets of the reels."""
        changed = tuple(
            replace(one, assets=tuple(map(change, one.assets))) if not (first_only and number) else one
            for number, one in enumerate(self.cpl.reels)
        )
        self.cpl = replace(self.cpl, reels=changed)

    def asset(self, kind: str, *, first_only: bool = True, **changes: Any) -> None:
        """Change the assets of one kind."""
        self.reels(lambda a: replace(a, **changes) if a.kind == kind else a, first_only=first_only)

    def head(self, of: uuid.UUID, **changes: Any) -> None:
        self.headers[of] = replace(self.headers[of], **changes)

    def metadata(self, **changes: Any) -> None:
        self.asset("CompositionMetadataAsset", metadata=replace(METADATA, **changes))

    def write(self, root: Path) -> None:
        root.mkdir(parents=True)
        self.cpl = replace(self.cpl, standard=self.standard)
        files = {NAMES[asset.id]: content(asset.id) for asset in self.cpl.assets if asset.id in NAMES}
        files["cpl.xml"] = self.edit.get("cpl.xml", bytes)(write_cpl(self.cpl))
        listed = []
        by_name = {name: asset_id for asset_id, name in NAMES.items()}
        for name, data in files.items():
            kind = "text/xml" if name.endswith(".xml") else "application/mxf"
            if self.standard == "interop":
                kind = "text/xml;asdcpKind=CPL" if name.endswith(".xml") else "application/x-smpte-mxf"
            listed.append(PklAsset(by_name[name], hashlib.sha1(data).digest(), len(data), kind))
        pkl = PackingList(PKL, BEFORE, "issuer", "creator", tuple(listed), "Title", standard=self.standard)
        files["pkl.xml"] = self.edit.get("pkl.xml", bytes)(write_pkl(self.pkl(pkl)))
        assets = tuple(
            MapAsset(by_name[name], (Chunk(name, 1, 0, len(data)),), packing_list=name == "pkl.xml")
            for name, data in files.items()
        )
        asset_map = AssetMap(
            uuid.uuid4(), BEFORE, "issuer", "creator", assets, "Title", standard=self.standard
        )
        asset_map = self.asset_map(asset_map)
        name = asset_map.file_name
        files[name] = self.edit.get("ASSETMAP.xml", bytes)(write_asset_map(asset_map))
        index = VolumeIndex(standard=self.standard)
        files[index.file_name] = self.edit.get("VOLINDEX.xml", bytes)(write_volume_index(index))
        for name, data in files.items():
            (root / name).write_bytes(data)
        self.touch(root)

    def facts(self, root: Path) -> PackageFacts:
        self.write(root)
        survey = survey_package(root, ov=self.ov)
        tracks = {
            asset_id: TrackFacts(
                asset_id,
                survey.files[asset_id],
                NAMES[asset_id],
                1,
                True,
                found,
                None,
                frozenset(),
                not found.encrypted,
            )
            for asset_id, found in self.headers.items()
            if asset_id in survey.files
        }
        digests = {path: hashlib.sha1(path.read_bytes()).digest() for path in survey.files.values()}
        return PackageFacts(
            survey,
            NOW,
            self.keyring,
            self.hashes,
            True,
            tracks,
            self.passes,
            digests if self.hashes else {},
            (),
            self.kdms,
        )


def found(facts: PackageFacts) -> dict[str, list[Hit]]:
    """What every rule over the whole package says."""
    said: dict[str, list[Hit]] = {}
    for rule in RULES.values():
        for outcome in rule.package(facts) if rule.package is not None else ():
            if isinstance(outcome, Hit):
                said.setdefault(outcome.rule or rule.id, []).append(outcome)
    return said


ALWAYS = {"IMM-004"}
"""What a package with immersive sound says even when all is well."""

Change = Callable[[World], object]


def both(*changes: Change) -> Change:
    return lambda world: [change(world) for change in changes]


def other_reel(world: World, **kinds: Any) -> None:
    """Change the assets of the second reel only."""
    first, second = world.cpl.reels
    assets = tuple(replace(a, **kinds[a.kind]) if a.kind in kinds else a for a in second.assets)
    world.cpl = replace(world.cpl, reels=(first, replace(second, assets=assets)))


def drop(world: World, kind: str, *, second_only: bool = False) -> None:
    reels = tuple(
        one
        if second_only and number == 0
        else replace(one, assets=tuple(a for a in one.assets if a.kind != kind))
        for number, one in enumerate(world.cpl.reels)
    )
    world.cpl = replace(world.cpl, reels=reels)


def put(world: World, *assets: ReelAsset) -> None:
    """Add assets to the first reel."""
    first, *rest = world.cpl.reels
    world.cpl = replace(world.cpl, reels=(replace(first, assets=(*first.assets, *assets)), *rest))


def mark(world: World, *found: tuple[str, int]) -> None:
    drop(world, "MainMarkers")
    put(world, markers(*found))


def text_edit(name: str, old: bytes, new: bytes) -> Change:
    def change(world: World) -> None:
        world.edit[name] = lambda data: data.replace(old, new)

    return change


def map_asset(number: int, **changes: Any) -> Change:
    def change(world: World) -> None:
        def edit(value: AssetMap) -> AssetMap:
            assets = list(value.asset_list)
            assets[number] = replace(assets[number], **changes)
            return replace(value, asset_list=tuple(assets))

        world.asset_map = edit

    return change


def map_path(path: str) -> Change:
    return lambda world: text_edit("ASSETMAP.xml", b"<Path>picture1.mxf", f"<Path>{path}".encode())(world)


def pkl_asset(number: int, **changes: Any) -> Change:
    def change(world: World) -> None:
        def edit(value: PackingList) -> PackingList:
            assets = list(value.asset_list)
            assets[number] = replace(assets[number], **changes)
            return replace(value, asset_list=tuple(assets))

        world.pkl = edit

    return change


def with_key(world: World) -> None:
    key_id = uuid.UUID(int=77)
    world.asset("MainPicture", key_id=key_id)
    world.head(PICTURE, encrypted=True, key_id=key_id, has_mic=True)


def stereo(world: World, **more: Any) -> None:
    """The first reel in 3D."""
    first, *rest = world.cpl.reels
    first = replace(first, assets=tuple(a for a in first.assets if a.kind != "MainPicture"))
    world.cpl = replace(world.cpl, reels=(first, *rest))
    values: dict[str, Any] = {"frame_rate": Fraction(48), "screen_aspect_ratio": "1998 1080", **more}
    put(world, reel_asset("MainStereoscopicPicture", PICTURE, hash=sha1(PICTURE), **values))
    descriptor = PictureDescriptor(1998, 1080, True)
    world.head(PICTURE, essence="stereo_picture", descriptor=descriptor)


KDM = KdmFacts(CPL, NOW - timedelta(days=1), NOW + timedelta(days=1), frozenset(), "kdm.xml")
SOUND_AS: dict[str, Any] = {"channels": 6, "channel_assignment": CONFIGURATION_4, "soundfield": (1,)}


def sound(world: World, **changes: Any) -> None:
    for each in (SOUND, SOUND2):
        world.head(each, descriptor=SoundDescriptor(**(SOUND_AS | changes)))


def interop_text(world: World, inside: str) -> None:
    """The subtitle of the first reel as an Interop file of its own."""
    data = f'<DCSubtitle Version="1.0">{inside}</DCSubtitle>'.encode()
    text_edit("ASSETMAP.xml", b"text1.mxf", b"text1.xml")(world)
    world.headers.pop(TEXT)
    world.touch = lambda root: (root / "text1.xml").write_bytes(data)


def rename(old: str, new: str) -> Change:
    return lambda world: setattr(world, "touch", lambda root: (root / old).rename(root / new))


def touch(action: Callable[[Path], object]) -> Change:
    return lambda world: setattr(world, "touch", action)


def set_cpl(**changes: Any) -> Change:
    return lambda world: setattr(world, "cpl", replace(world.cpl, **changes))


CASES: list[tuple[str, Change]] = [
    ("PKG-001", touch(lambda root: (root / "ASSETMAP.xml").unlink())),
    ("PKG-002", touch(lambda root: (root / "ASSETMAP").write_bytes(b""))),
    ("PKG-003", text_edit("pkl.xml", b"PackingList", b"PackingLost")),
    ("PKG-004", text_edit("cpl.xml", b"</CompositionPlaylist>", b"")),
    (
        "PKG-006",
        text_edit(
            "cpl.xml",
            b"http://www.smpte-ra.org/schemas/429-7/2006/CPL",
            b"http://www.digicine.com/PROTO-ASDCP-CPL-20040511#",
        ),
    ),
    ("PKG-007", lambda world: setattr(world, "standard", "interop")),
    ("PKG-008", touch(lambda root: (root / "notes.txt").write_text("x"))),
    ("PKG-009", touch(lambda root: (root / ".DS_Store").write_text("x"))),
    ("PKG-010", touch(lambda root: (root / "empty").mkdir())),
    ("PKG-011", touch(lambda root: (root / "sound1.mxf").write_bytes(b""))),
    ("PKG-012", touch(lambda root: (root / "naïve.txt").write_text("x"))),
    (
        "PKG-102",
        lambda world: setattr(
            world,
            "pkl",
            lambda v: replace(
                v, asset_list=(*v.asset_list, PklAsset(uuid.uuid4(), bytes(20), 1, "application/mxf"))
            ),
        ),
    ),
    ("XML-001", text_edit("cpl.xml", b"</ReelList>", b"")),
    ("XML-002", text_edit("cpl.xml", b"encoding='UTF-8'", b"encoding='UTF-16'")),
    ("XML-002", text_edit("cpl.xml", b"encoding='UTF-8'", b"encoding='UTF-8' standalone='yes'")),
    ("XML-003", text_edit("cpl.xml", b"<?xml", b"\xef\xbb\xbf<?xml")),
    ("XML-004", text_edit("cpl.xml", b"</Reel>\n", b"</Reel>\r\n")),
    ("XML-005", text_edit("cpl.xml", b"<Comp", b"<!DOCTYPE x>\n<Comp")),
    ("AM-001", text_edit("ASSETMAP.xml", b"<VolumeCount>1</VolumeCount>", b"")),
    ("AM-002", rename("ASSETMAP.xml", "ASSETMAP")),
    ("AM-003", lambda world: setattr(world, "asset_map", lambda value: replace(value, volume_count=2))),
    ("AM-004", map_asset(0, chunk_list=(Chunk(NAMES[PICTURE], volume_index=2),))),
    ("AM-005", map_asset(0, chunk_list=(Chunk(NAMES[PICTURE], offset=5),))),
    ("AM-006", map_asset(0, chunk_list=(Chunk(NAMES[PICTURE], length=5),))),
    ("AM-007", text_edit("ASSETMAP.xml", b"<Asset>\n      <Id>urn:uuid:", b"<Asset>\n      <Id>urn:")),
    ("AM-008", map_asset(1, id=PICTURE)),
    ("AM-009", map_path("")),
    ("AM-010", touch(lambda root: (root / "sound1.mxf").unlink())),
    ("AM-011", map_path("../picture1.mxf")),
    ("AM-012", map_path("picture+1.mxf")),
    ("AM-013", map_path("a/" * 12 + "picture1.mxf")),
    ("AM-014", map_asset(8, id=uuid.uuid4())),
    ("AM-014", lambda world: world.head(SOUND, asset_id=uuid.uuid4())),
    ("AM-015", text_edit("cpl.xml", b"0000000000a3", b"0000000000A3")),
    ("AM-016", lambda world: setattr(world, "asset_map", lambda value: replace(value, issuer=""))),
    ("AM-017", text_edit("ASSETMAP.xml", b"<PackingList>true</PackingList>", b"")),
    ("AM-018", text_edit("ASSETMAP.xml", b"<AssetMap", b"<AssetMap a='1'")),
    ("AM-019", map_path(f"{uuid.uuid4()}.mxf")),
    ("AM-020", map_path("picture%201.mxf")),
    ("VOL-001", text_edit("VOLINDEX.xml", b"Index>1<", b"Index>x<")),
    ("VOL-002", rename("VOLINDEX.xml", "VOLINDEX")),
    ("VOL-003", touch(lambda root: (root / "VOLINDEX.xml").unlink())),
    ("PKL-001", text_edit("pkl.xml", b"<Issuer>issuer</Issuer>", b"")),
    ("PKL-002", text_edit("pkl.xml", b"2007/PKL", b"1999/PKL")),
    ("PKL-003", pkl_asset(0, id=uuid.uuid4())),
    ("PKL-004", pkl_asset(0, size=5)),
    ("PKL-005", touch(lambda root: (root / "picture1.mxf").write_bytes(b"other"))),
    ("PKL-006", touch(lambda root: (root / "sound1.mxf").write_bytes(b"other"))),
    ("PKL-007", touch(lambda root: (root / "cpl.xml").write_bytes((root / "cpl.xml").read_bytes() + b"\n"))),
    ("PKL-008", touch(lambda root: (root / "text1.mxf").write_bytes(b"other"))),
    ("PKL-009", pkl_asset(0, hash=bytes(20))),
    ("PKL-010", pkl_asset(1, id=PICTURE)),
    ("PKL-011", lambda world: setattr(world, "pkl", lambda value: replace(value, creator=""))),
    (
        "PKL-012",
        lambda world: setattr(world, "pkl", lambda value: replace(value, issue_date=NOW + timedelta(1))),
    ),
    ("PKL-013", lambda world: setattr(world, "pkl", lambda value: replace(value, annotation_text="x"))),
    ("PKL-015", pkl_asset(0, type="")),
    ("PKL-016", text_edit("pkl.xml", b"<Hash>", b"<Hash>x")),
    ("PKL-017", pkl_asset(8, id=uuid.uuid4())),
    ("PKL-018", pkl_asset(0, type="text/plain")),
    ("CPL-001", text_edit("cpl.xml", b"MainSound>", b"MainSoundX>")),
    ("CPL-002", text_edit("cpl.xml", b"2006/CPL", b"1999/CPL")),
    ("CPL-003", text_edit("cpl.xml", b'CPL">\n  <Id>urn:uuid:', b'CPL">\n  <Id>urn:')),
    (
        "CPL-004",
        text_edit("cpl.xml", b"<MainSound>\n          <Id>urn:uuid:", b"<MainSound>\n          <Id>urn:"),
    ),
    ("CPL-005", set_cpl(annotation_text=None)),
    ("CPL-006", set_cpl(annotation_text="x")),
    ("CPL-007", set_cpl(content_title_text="")),
    ("CPL-008", set_cpl(content_kind="trip")),
    ("CPL-009", text_edit("cpl.xml", b"<IssueDate>", b"<IssueDate>x")),
    ("CPL-010", set_cpl(issue_date=NOW + timedelta(1))),
    ("CPL-011", set_cpl(issuer="")),
    ("CPL-012", set_cpl(content_versions=())),
    ("CPL-013", set_cpl(content_versions=(ContentVersion("urn:x", ""),))),
    ("CPL-014", set_cpl(reels=())),
    ("CPL-015", lambda world: put(world, reel_asset("ClosedCaption", uuid.uuid4(), hash=bytes(20)))),
    ("CPL-017", lambda world: world.asset("MainSound", hash=None)),
    ("CPL-018", lambda world: world.asset("MainSound", language="english")),
    ("CPL-019", lambda world: put(world, reel_asset("MainSound", SOUND, hash=sha1(SOUND)))),
    ("CPL-020", lambda world: drop(world, "MainSound")),
    ("CPL-020", lambda world: drop(world, "MainPicture")),
    ("CPL-021", text_edit("cpl.xml", b"<EditRate>24 1", b"<EditRate>24")),
    (
        "CPL-023",
        lambda world: setattr(
            world,
            "cpl",
            replace(
                world.cpl, reels=(world.cpl.reels[0], replace(world.cpl.reels[1], id=world.cpl.reels[0].id))
            ),
        ),
    ),
    ("VF-003", lambda world: world.asset("MainPicture", id=uuid.uuid4())),
    ("REEL-001", lambda world: world.asset("MainSound", intrinsic_duration=23, duration=23)),
    ("REEL-002", lambda world: world.asset("MainSound", duration=23)),
    ("REEL-003", lambda world: world.asset("MainPicture", duration=100)),
    ("REEL-004", lambda world: world.asset("MainSound", duration=100)),
    ("REEL-005", lambda world: world.asset("MainSubtitle", duration=100)),
    ("REEL-006", lambda world: world.asset("AuxData", duration=100)),
    ("REEL-007", lambda world: world.asset("MainSound", entry_point=DURATION, duration=0)),
    ("REEL-008", lambda world: world.asset("MainSound", entry_point=1)),
    ("REEL-009", lambda world: world.head(SOUND, container_duration=239)),
    ("REEL-010", lambda world: world.head(SOUND, edit_rate=Fraction(25))),
    (
        "REEL-011",
        lambda world: other_reel(world, MainPicture={"edit_rate": Fraction(25), "frame_rate": Fraction(25)}),
    ),
    ("REEL-011", lambda world: other_reel(world, MainPicture={"screen_aspect_ratio": "2048 858"})),
    (
        "REEL-013",
        lambda world: world.asset("MainSound", edit_rate=Fraction(48), intrinsic_duration=480, duration=480),
    ),
    ("REEL-014", with_key),
    ("REEL-015", stereo),
    (
        "REEL-017",
        lambda world: world.head(SOUND2, descriptor=SoundDescriptor(8, channel_assignment=CONFIGURATION_4)),
    ),
    (
        "REEL-018",
        lambda world: world.head(
            SOUND2,
            descriptor=SoundDescriptor(6, channel_assignment=UL.parse("060e2b34.0401010b.04020210.03010100")),
        ),
    ),
    ("REEL-019", lambda world: drop(world, "MainSubtitle", second_only=True)),
    ("REEL-020", lambda world: put(world, reel_asset("ClosedCaption", uuid.uuid4()))),
    ("MARK-001", lambda world: mark(world, ("LFOC", 1))),
    ("MARK-002", lambda world: mark(world, ("FFOC", 1))),
    ("MARK-003", lambda world: mark(world, ("FFOC", 2))),
    ("MARK-004", lambda world: mark(world, ("LFOC", 2))),
    ("MARK-005", lambda world: mark(world, ("FFMC", 2))),
    ("MARK-006", lambda world: mark(world, ("FFEC", 2))),
    ("MARK-007", lambda world: world.asset("MainMarkers", states_entry_point=True)),
    ("MARK-008", lambda world: world.asset("MainMarkers", states_duration=True)),
    ("MARK-009", lambda world: mark(world, ("FFOC", DURATION))),
    ("MARK-010", lambda world: mark(world, ("XXXX", 2))),
    ("MARK-011", lambda world: mark(world, ("FFOC", 1), ("FFOC", 1))),
    ("MARK-012", lambda world: mark(world, ("FFEC", 9), ("LFEC", 5))),
    ("MARK-013", lambda world: mark(world, ("LFOC", 9), ("FFEC", 15))),
    ("MARK-014", lambda world: mark(world, ("FFEC", 9), ("FFMC", 5))),
    ("META-001", lambda world: drop(world, "CompositionMetadataAsset")),
    ("META-002", lambda world: world.metadata(version_number=0)),
    ("META-003", lambda world: world.metadata(extension_metadata_list=())),
    ("META-004", lambda world: world.metadata(extension_metadata_list=(application("other"),))),
    ("META-005", lambda world: world.metadata(main_picture_active_area=Area(1997, 1080))),
    ("META-005", lambda world: world.metadata(main_picture_active_area=Area(2048, 1080))),
    ("META-006", lambda world: world.metadata(main_sound_configuration="51/L,R,C,LFE,Ls,Quack")),
    ("META-006", lambda world: world.metadata(main_sound_configuration="five one")),
    ("META-007", lambda world: world.metadata(main_sound_configuration="51/L,R")),
    ("META-008", lambda world: world.metadata(main_sound_configuration=None)),
    ("META-009", lambda world: world.asset("MainPicture", frame_rate=Fraction(25))),
    ("PIC-001", lambda world: world.asset("MainPicture", frame_rate=Fraction(99))),
    ("PIC-002", lambda world: world.asset("MainPicture", edit_rate=Fraction(30))),
    (
        "PIC-003",
        both(
            lambda world: world.head(PICTURE, descriptor=PictureDescriptor(4096, 2160, False)),
            lambda world: world.asset("MainPicture", edit_rate=Fraction(48)),
        ),
    ),
    ("PIC-004", lambda world: world.head(PICTURE, descriptor=PictureDescriptor(1920, 1080, False))),
    (
        "PIC-005",
        both(
            stereo,
            lambda world: world.head(PICTURE, descriptor=PictureDescriptor(4096, 2160, True)),
        ),
    ),
    ("PIC-006", lambda world: world.head(PICTURE, essence="stereo_picture")),
    ("PIC-007", lambda world: stereo(world, frame_rate=Fraction(24))),
    ("PIC-008", lambda world: world.asset("MainPicture", screen_aspect_ratio="4 3")),
    ("PIC-009", lambda world: world.asset("MainPicture", edit_rate=Fraction(16))),
    ("PIC-010", lambda world: world.asset("MainPicture", edit_rate=Fraction(60))),
    (
        "PIC-011",
        both(
            lambda world: setattr(world, "standard", "interop"),
            lambda world: world.asset("MainPicture", edit_rate=Fraction(25)),
        ),
    ),
    ("PIC-012", lambda world: world.asset("MainPicture", screen_aspect_ratio="2048 858")),
    ("SND-001", lambda world: sound(world, sample_rate=44100)),
    ("SND-001", lambda world: sound(world, sample_rate=96000)),
    ("SND-002", lambda world: sound(world, quantization_bits=16)),
    ("SND-003", lambda world: sound(world, channels=18)),
    ("SND-004", lambda world: sound(world, channels=5)),
    ("SND-005", lambda world: sound(world, block_align=17)),
    ("SND-006", lambda world: sound(world, channel_assignment=None)),
    (
        "SND-007",
        lambda world: sound(
            world, channels=4, channel_assignment=UL.parse("060e2b34.0401010b.04020210.03010100")
        ),
    ),
    ("SND-008", lambda world: sound(world, soundfield=())),
    ("SND-009", lambda world: sound(world, channels=2)),
    (
        "IMM-001",
        lambda world: world.asset("AuxData", data_type="urn:smpte:ul:060e2b34.04010105.0e090605.00000000"),
    ),
    ("TT-003", lambda world: setattr(world, "standard", "interop")),
    ("TT-062", lambda world: interop_text(world, f"<SubtitleID>{uuid.uuid4()}</SubtitleID><Subtitle/>")),
    ("TT-053", lambda world: interop_text(world, "<Subtitle/>")),
    ("TT-031", lambda world: interop_text(world, f"<SubtitleID>{TEXT}</SubtitleID>")),
    ("TT-001", lambda world: interop_text(world, f"<SubtitleID>{TEXT}")),
    ("TT-022", lambda world: world.asset("MainSubtitle", states_entry_point=False)),
    ("TT-023", lambda world: world.asset("MainSubtitle", entry_point=1, duration=100)),
    ("TT-027", lambda world: world.head(TEXT, descriptor=TimedTextDescriptor(TEXT, "urn:x"))),
    ("TT-029", lambda world: world.head(TEXT, container_duration=100)),
    ("TT-048", lambda world: put(world, reel_asset("ClosedCaption", TEXT, states_entry_point=False))),
    ("TT-049", lambda world: put(world, reel_asset("ClosedCaption", TEXT, entry_point=5))),
    ("MXF-002", lambda world: world.head(PICTURE, essence="sound")),
    ("MXF-003", lambda world: world.head(SOUND, label_set="interop")),
    ("ENC-001", lambda world: world.head(SOUND, encrypted=True, key_id=uuid.uuid4())),
    ("ENC-002", lambda world: world.asset("MainSound", key_id=uuid.uuid4())),
    ("ENC-002", both(with_key, lambda world: world.head(PICTURE, key_id=uuid.uuid4()))),
    ("ENC-003", with_key),
    ("ENC-004", with_key),
    ("ENC-005", with_key),
    (
        "ENC-104",
        both(
            lambda world: world.head(PICTURE, encrypted=True, key_id=uuid.UUID(int=5)),
            lambda world: world.head(SOUND, encrypted=True, key_id=uuid.UUID(int=5)),
        ),
    ),
    ("KDM-002", lambda world: setattr(world, "kdms", (replace(KDM, not_valid_after=NOW - timedelta(1)),))),
    ("KDM-003", lambda world: setattr(world, "kdms", (replace(KDM, not_valid_before=NOW + timedelta(1)),))),
    ("KDM-005", lambda world: setattr(world, "kdms", (replace(KDM, cpl_id=uuid.uuid4()),))),
    ("KDM-010", both(with_key, lambda world: setattr(world, "kdms", (KDM,)))),
    ("J2K-029", lambda world: world.passes.update({PICTURE: TrackPass(None, 239, True, False, None, None)})),
]


@pytest.mark.parametrize("standard", ["smpte", "interop"])
def test_a_package_that_is_right_draws_no_finding(tmp_path: Path, standard: Standard) -> None:
    world = World(standard=standard)
    if standard == "interop":
        world.reels(lambda a: replace(a, screen_aspect_ratio="1.85") if a.screen_aspect_ratio else a)
        for kind in ("MainSubtitle", "AuxData", "CompositionMetadataAsset"):
            drop(world, kind)
        for each in world.headers:
            world.head(each, label_set="interop")
    assert set(found(world.facts(tmp_path / "dcp"))) - ALWAYS - {"PKG-007"} == set()


@pytest.mark.parametrize(("rule", "change"), CASES, ids=[f"{n}-{rule}" for n, (rule, _) in enumerate(CASES)])
def test_one_thing_wrong(tmp_path: Path, rule: str, change: Change) -> None:
    world = World()
    change(world)
    if rule == "AM-018":
        world.edit["ASSETMAP.xml"] = lambda data: data.replace(b"<Id>urn:uuid:", b"<Id>urn:", 1)
    said = found(world.facts(tmp_path / "dcp"))
    assert rule in said, sorted(said)
    for hit in said[rule]:
        assert hit.message
        assert not hit.message.endswith(".")


def test_a_key_at_hand_is_counted(tmp_path: Path) -> None:
    world = World()
    with_key(world)
    world.keyring = Keyring((ContentKey(id=uuid.UUID(int=77), type="MDIK", value=bytes(16)),))
    (hit,) = found(world.facts(tmp_path / "dcp"))["ENC-003"]
    assert "needs 1 keys, 1 of them at hand" in hit.message


def test_without_hashes_nothing_is_said_about_them(tmp_path: Path) -> None:
    world = World(hashes=False)
    world.touch = lambda root: (root / "picture1.mxf").write_bytes(b"other but as long")
    assert "PKL-005" not in found(world.facts(tmp_path / "dcp"))


class TestTable:
    def test_ids_and_meanings(self, standards: Path) -> None:
        rows = [line.split("\t") for line in (standards / "checks.tsv").read_text().splitlines()[1:]]
        known = {row[0]: row for row in rows}
        own = {
            "XML-005",
            "ENC-105",
            "SIG-013",
            "SIG-014",
            "CER-023",
            "TT-062",
        }  # what the table has no row for takes its area's next number
        assert set(RULES) - set(known) == own
        assert len(RULES) >= 150
        for rule in RULES.values():
            assert rule.statement
            assert not rule.statement[0].islower()
            assert not rule.statement.endswith(".")
            assert rule.id in own or rule.statement != known[rule.id][2]

    def test_every_rule_over_packages_has_a_case(self) -> None:
        tested = {rule for rule, _ in CASES} | ALWAYS
        elsewhere = {
            "PKG-005",
            "PKG-013",
            "VF-001",
            "VF-002",
            "CPL-016",
            "CPL-022",
            "SIG-001",
            "REEL-016",
            "TT-044",
            "PKL-014",
        }
        assert {rule.id for rule in RULES.values() if rule.package is not None} - tested <= elsewhere

    def test_profiles_weigh_every_rule(self) -> None:
        for rule in RULES.values():
            assert PROFILES["bv21"].weigh(rule) is not None
            if rule.bv21 is None:
                assert PROFILES["field"].weigh(rule) == PROFILES["bv21"].weigh(rule)
