"""A package with a track of each kind, from track files that other tools wrote (../shared/golden/asdcp)."""

from __future__ import annotations

import hashlib
import json
import shutil
import uuid
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path
from typing import Any

from packages_packed import facts, media

from dcp.documents.cpl import CompositionPlaylist
from dcp.mxf.reader import TrackFile
from dcp.mxf.text_writer import Resource, write_timed_text_file
from dcp.mxf.writer import WrittenTrackFile
from dcp.package.package import Package, open_package
from dcp.packing.composition import composition
from dcp.packing.facts import CompositionFacts, PlayedTrack, ReelFacts, SoundForm, played
from dcp.packing.kinds import kind_of
from dcp.packing.package import PackedFile, packed_track, write_package
from dcp.secrets.keys import ContentKey, Keyring
from dcp.trust.signer import Signer

NOW = datetime(2028, 6, 1, 12, 0, tzinfo=UTC)
FRAMES = 12
KINDS = {
    "MainPicture": ("pic2d_smpte", "MDIK"),
    "MainStereoscopicPicture": ("pic3d_smpte", "MDIK"),
    "MainSound": ("pcm51_smpte", "MDAK"),
    "MainSubtitle": ("tt_smpte", "MDSK"),
    "AuxData": ("aux_smpte", "MDX1"),
}
EVERY_KIND = ("MainPicture", "MainSound", "MainSubtitle", "AuxData")


@dataclass
class Packed:
    """The package, its keys, and of each kind the SHA-1 of its plain units, in order. paths: its files."""

    root: Path
    cpl: CompositionPlaylist
    keyring: Keyring
    units: dict[str, list[str]]
    ids: dict[str, uuid.UUID]
    paths: dict[str, Path]


def vector(golden: Path, kind: str, *, encrypted: bool) -> tuple[Path, dict[str, Any]]:
    """The file of a kind and what is known of it."""
    name = f"{KINDS[kind][0]}_{'enc_hmac' if encrypted else 'plain'}"
    if kind == "MainSound":
        name += "_24"
    folder = golden / "asdcp"
    facts: dict[str, Any] = json.loads((folder / f"{name}.json").read_text())
    return folder / f"{name}.mxf", facts


def packed(
    golden: Path,
    root: Path,
    *,
    kinds: Sequence[str] = EVERY_KIND,
    encrypted: Sequence[str] = EVERY_KIND,
    signer: Signer | None = None,
    name: str = "{id}.mxf",
    key_types: dict[str, str] | None = None,
) -> Packed:
    """One reel of half a second. name: of a file, with {id} and {kind}. key_types: others than usual."""
    root.mkdir(parents=True)
    files, tracks, keys, paths, units = [], {}, [], {}, {}
    for kind in kinds:
        source, facts = vector(golden, kind, encrypted=kind in encrypted)
        id = uuid.UUID(facts["asset_id"])
        path = paths[kind] = root / name.format(id=id, kind=kind)
        shutil.copy(source, path)
        data = path.read_bytes()
        with TrackFile.open(path) as track:
            header = track.header
        if header.key_id is not None:
            key_type = (key_types or {}).get(kind, KINDS[kind][1])
            keys.append(ContentKey(id=header.key_id, type=key_type, value=bytes.fromhex(facts["key_hex"])))
        sha1 = hashlib.sha1(data).digest()
        files.append(PackedFile(id, path.name, len(data), sha1, "application/mxf"))
        units[kind] = [each["sha1"] for each in facts["frames"]]
        tracks[kind] = PlayedTrack(
            id=id,
            length=header.container_duration,
            duration=FRAMES,
            key_id=header.key_id,
            sha1=sha1,
            kind=kind,
            language="en" if kind == "MainSubtitle" else None,
        )
    stereo = "MainStereoscopicPicture" in kinds
    picture = tracks.pop("MainStereoscopicPicture" if stereo else "MainPicture")
    reel = ReelFacts(picture, tracks.pop("MainSound", None), tuple(tracks.values()))
    film = CompositionFacts(
        title="Test",
        kind=kind_of("test"),
        rate=Fraction(24),
        stored=(1998, 1080),
        active=(1998, 1080),
        reels=(reel,),
        sound=SoundForm("51", ("L", "R", "C", "LFE", "Ls", "Rs")) if reel.sound else None,
        stereo=stereo,
        subtitle_languages=("en",) if "MainSubtitle" in kinds else (),
    )
    cpl = composition(film, id=uuid.uuid4(), now=NOW)
    write_package(
        root, files=files, compositions=[cpl], standard="smpte", signer=signer, now=NOW, annotation="Test"
    )
    return Packed(
        root,
        cpl,
        Keyring(tuple(keys), cpl_id=cpl.id),
        units,
        {k: files[n].id for n, k in enumerate(kinds)},
        paths,
    )


def essence(path: Path) -> list[str]:
    """The SHA-1 of each unit of a plain track file."""
    with TrackFile.open(path) as track:
        assert not track.header.encrypted
        return [hashlib.sha1(unit.data).hexdigest() for unit in track.units(strict=True)]


# --- a text that is written here -----

DOCUMENT_ID = uuid.UUID("c0ffee00-0001-4000-8000-00000000d0c0")
PNG_ID = uuid.UUID("c0ffee00-0002-4000-8000-00000000d0c0")
NAMESPACE = "http://www.smpte-ra.org/schemas/428-7/2014/DCST"


def _chunk(kind: bytes, data: bytes) -> bytes:
    return len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")


PNG = (
    b"\x89PNG\r\n\x1a\n"
    + _chunk(b"IHDR", bytes([0, 0, 0, 8, 0, 0, 0, 4, 8, 6, 0, 0, 0]))
    + _chunk(b"IDAT", zlib.compress(bytes(33) * 4))
    + _chunk(b"IEND", b"")
)
"""Eight by four pixels of nothing."""


def text_document() -> bytes:
    """One picture for half a second."""
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<SubtitleReel xmlns="{NAMESPACE}">
<Id>urn:uuid:{DOCUMENT_ID}</Id><ContentTitleText>Film</ContentTitleText>
<IssueDate>2028-06-01T12:00:00.000+00:00</IssueDate><ReelNumber>1</ReelNumber><Language>fr</Language>
<EditRate>24 1</EditRate><TimeCodeRate>24</TimeCodeRate><StartTime>00:00:00:00</StartTime>
<SubtitleList><Subtitle SpotNumber="1" TimeIn="00:00:00:02" TimeOut="00:00:00:22">
<Image Vposition="8" Valign="bottom">urn:uuid:{PNG_ID}</Image>
</Subtitle></SubtitleList></SubtitleReel>
""".encode()


def text_file(path: Path, *, key: ContentKey | None = None, duration: int = 24) -> WrittenTrackFile:
    """A track file of that document and its picture."""
    return write_timed_text_file(
        path,
        text_document(),
        (Resource(PNG_ID, "image/png", PNG),),
        resource_id=DOCUMENT_ID,
        namespace_uri=NAMESPACE,
        language="fr",
        edit_rate=Fraction(24),
        duration=duration,
        asset_id=uuid.uuid4(),
        key=key,
        now=NOW,
    )


def text_track(written: WrittenTrackFile) -> PlayedTrack:
    """A French subtitle, as a reel plays it."""
    return played(written, language="fr", kind="MainSubtitle")


def two_versions(root: Path, keys: Sequence[ContentKey], signer: Signer | None = None) -> Package:
    """Two compositions over one picture, each with a text. keys: of picture, sound and either text."""
    parts = media(root, "a", keys=keys[:2])
    texts = [text_file(root / f"{n}.mxf", key=keys[2 + n]) for n in range(2)]
    films = []
    for number, text in enumerate(texts):
        reel = replace(parts.reel, others=(text_track(text),))
        film = facts(reel, title=f"Film {number}", subtitle_languages=("fr",))
        films.append(composition(film, id=uuid.uuid4(), now=NOW))
    write_package(
        root,
        files=[*parts.files, *(packed_track(text, "Subtitle", "smpte") for text in texts)],
        compositions=films,
        standard="smpte",
        signer=signer,
        now=NOW,
        annotation="Both",
    )
    return open_package(root)
