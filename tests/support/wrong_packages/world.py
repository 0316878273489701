"""A package that is right before it is written, so that a test can change one thing of it."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

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
from dcp.mxf.descriptors import AuxDescriptor, PictureDescriptor, SoundDescriptor, TimedTextDescriptor
from dcp.mxf.header import TrackHeader, Writer
from dcp.mxf.labels import UL
from dcp.package.package import survey_package
from dcp.secrets.keys import Keyring
from dcp.verify.asked import Asked
from dcp.verify.facts import KdmFacts, PackageFacts, TrackFacts, TrackPass
from dcp.verify.timedtext.gathering import loose_texts

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
            Asked(hashes=self.hashes),
            tracks,
            self.passes,
            digests if self.hashes else {},
            kdms=self.kdms,
            loose=loose_texts(survey),
        )
