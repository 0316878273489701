"""Good packages, one of each kind, made by code: whatever verification says of them it says of good ones.

| base | what it is |
|---|---|
| smpte | two reels (5 s and 2 s) of 2D flat 2K, 5.1 sound, subtitle with a font and a PNG, closed caption |
| seen | a second of pictures that can be decoded (extra picture), of noise in six channels |
| encrypted | a reel of 5 s: picture, sound and subtitle encrypted, all documents signed; `keyring` opens it |
| interop | a reel of 5 s with a loose subtitle, its font and a PNG |
| stereo | a second of both eyes |
| immersive | a second of 14 channels with the sync signal, and frames of ST 2098-2 |
| vf | a version file with sound and subtitle of its own over `ov` |
"""

from __future__ import annotations

import functools
import random
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

from fonts_made import small_font
from immersive import frames as iab_frames
from synthetic import codestream
from texts_made import png

from dcp.auxdata.atmos import data_type, immersive_descriptor
from dcp.auxdata.sync_signal import sync_units
from dcp.documents.namespaces import Standard
from dcp.extras import present
from dcp.mxf.descriptors import PictureDescriptor, SoundDescriptor
from dcp.mxf.text_writer import FONT_TYPE, IMAGE_TYPE, Resource, write_timed_text_file
from dcp.mxf.writer import WrittenTrackFile, write_track_file
from dcp.packing.composition import composition
from dcp.packing.facts import CompositionFacts, PlayedTrack, ReelFacts, SoundForm, played, replayed
from dcp.packing.kinds import kind_of
from dcp.packing.package import FileKind, PackedFile, packed_track, write_package
from dcp.picture.codec import codec_by_name
from dcp.picture.codestream import parse_codestream
from dcp.picture.limits import frame_limits
from dcp.secrets.keys import ContentKey, Keyring
from dcp.text.interop import write_interop
from dcp.text.loose import loose_files, write_loose_files
from dcp.text.smpte import write_smpte
from dcp.text.values import Cue, Image, Line, LoadedFont, Place, Run, Style, TimedText
from dcp.trust.making import NewChain, make_chain
from dcp.trust.signer import Signer

MADE = datetime(2026, 1, 30, 12, 0, 0, tzinfo=UTC)
NOW = MADE + timedelta(days=1)
RATE = Fraction(24)
SIZE = (1998, 1080)
FIVE_ONE = ("L", "R", "C", "LFE", "Ls", "Rs")
CHANNELS_14 = (*FIVE_ONE, "HI", "VIN", None, None, None, None, None, "FSKSync")
REAL = 6
"""Pictures that take turns where they are real."""
FONT, PICTURE_ID = (uuid.UUID(int=n) for n in (0xF1, 0xF2))
KEY_TYPES = {"picture": "MDIK", "sound": "MDAK", "text": "MDSK"}


@dataclass(frozen=True)
class Base:
    """files: by what each is (picture1, sound1, text1, caption1, aux1, cpl, pkl, map, ...), relative to root.
    ids: of the assets, alike. units: the plain units of pictures and sound, and documents, alike."""

    name: str
    root: Path
    files: Mapping[str, str]
    ids: Mapping[str, uuid.UUID]
    units: Mapping[str, tuple[bytes, ...]]
    keyring: Keyring | None = None
    signer: Signer | None = None
    ov: Path | None = None
    more: Mapping[str, Any] = field(default_factory=dict)


@functools.cache
def chain() -> NewChain:
    return make_chain(organization="Example.org", unit="test.example.org", role="CS", now=MADE)


class Building:
    """The track files of a package as they are made, and what is needed to list them."""

    def __init__(self, root: Path, standard: Standard = "smpte", *, encrypt: bool = False) -> None:
        self.root, self.standard, self.encrypt = root, standard, encrypt
        root.mkdir(parents=True)
        self.files: list[PackedFile] = []
        self.names: dict[str, str] = {}
        self.ids: dict[str, uuid.UUID] = {}
        self.units: dict[str, tuple[bytes, ...]] = {}
        self.keys: list[ContentKey] = []

    def key(self, kind: str) -> ContentKey | None:
        if not self.encrypt:
            return None
        self.keys.append(ContentKey.generate(KEY_TYPES[kind]))  # type: ignore[arg-type]
        return self.keys[-1]

    def kept(self, role: str, kind: FileKind, written: WrittenTrackFile, units: Sequence[bytes]) -> None:
        self.files.append(packed_track(written, kind, self.standard))
        self.names[role], self.ids[role] = written.path.name, written.asset_id
        self.units[role] = tuple(units)

    def track(self, role: str, kind: FileKind, units: Sequence[bytes], descriptor: Any) -> WrittenTrackFile:
        kinds = {"Picture": "picture", "Sound": "sound"}
        written = write_track_file(
            self.root / f"{role}.mxf",
            units,
            sizes=[len(unit) for unit in units],
            descriptor=descriptor,
            edit_rate=RATE,
            asset_id=uuid.uuid4(),
            label_set=self.standard,
            key=self.key(kinds[kind]) if kind in kinds else None,
            now=MADE,
        )
        self.kept(role, kind, written, units)
        return written

    def picture(
        self, role: str, seconds: int = 1, *, real: bool = False, stereo: bool = False
    ) -> PlayedTrack:
        count = 24 * seconds * (2 if stereo else 1)
        frames = [real_frame(n % REAL) if real else header_frame(n) for n in range(count)]
        described = PictureDescriptor.from_codestream(parse_codestream(frames[0]), RATE, stereo)
        return played(self.track(role, "Picture", frames, described))

    def sound(
        self, role: str, seconds: int = 1, *, channels: Sequence[str | None] = FIVE_ONE, sync: bool = False
    ) -> PlayedTrack:
        units = noise(24 * seconds, len(channels), seed=role)
        described = SoundDescriptor.labelled(list(channels), label_set=self.standard)
        if sync:
            id = uuid.uuid4()
            units = [
                with_channel(unit, 13, signal, len(channels))
                for unit, signal in zip(units, sync_units(id, RATE, count=len(units)), strict=True)
            ]
            written = write_track_file(
                self.root / f"{role}.mxf",
                units,
                sizes=[len(unit) for unit in units],
                descriptor=described,
                edit_rate=RATE,
                asset_id=id,
                now=MADE,
            )
            self.kept(role, "Sound", written, units)
            return played(written)
        return played(self.track(role, "Sound", units, described))

    def text(
        self, role: str, cues: Sequence[Cue], *, kind: str = "MainSubtitle", reel: int = 1
    ) -> PlayedTrack:
        seconds = {1: 5, 2: 2}[reel]
        document = text_document(cues, kind=kind, reel=reel)
        resources = resources_of(document)
        written = write_timed_text_file(
            self.root / f"{role}.mxf",
            document,
            resources,
            resource_id=text_id(document),
            namespace_uri="http://www.smpte-ra.org/schemas/428-7/2014/DCST",
            language="en",
            edit_rate=RATE,
            duration=24 * seconds,
            asset_id=uuid.uuid4(),
            key=self.key("text"),
            now=MADE,
        )
        self.kept(role, "Subtitle", written, [document])
        return played(written, kind=kind, language="en")

    def aux(self, role: str, seconds: int = 1) -> PlayedTrack:
        frames = iab_frames(24 * seconds)
        described = immersive_descriptor("iab", None, project=uuid.uuid4())
        written = self.track(role, "AuxData", frames, described)
        return played(written, kind="AuxData", data_type=data_type(described))

    def finish(
        self,
        name: str,
        reels: Sequence[ReelFacts],
        *,
        signer: Signer | None = None,
        ov: Path | None = None,
        channels: Sequence[str | None] = FIVE_ONE,
        field: str = "51",
        **facts: Any,
    ) -> Base:
        film = CompositionFacts(
            title="Film",
            kind=kind_of("test"),
            rate=RATE,
            stored=SIZE,
            active=SIZE,
            reels=tuple(reels),
            sound=SoundForm(field, tuple(channels), language="en"),
            standard=self.standard,
            version_file=ov is not None,
        )
        film = replace(film, **facts)
        cpl = composition(film, id=uuid.uuid4(), now=MADE)
        written = write_package(
            self.root,
            files=self.files,
            compositions=[cpl],
            standard=self.standard,
            signer=signer,
            now=MADE,
            annotation="Film",
        )
        (playlist,) = written.playlists.values()
        (packing,) = written.packing_lists.values()
        smpte = self.standard == "smpte"
        self.names |= {
            "cpl": playlist.name,
            "pkl": packing.name,
            "map": "ASSETMAP.xml" if smpte else "ASSETMAP",
            "volume": "VOLINDEX.xml" if smpte else "VOLINDEX",
        }
        self.ids |= {"cpl": cpl.id, "pkl": packing.id}
        keyring = Keyring(tuple(self.keys), cpl.id) if self.keys else None
        return Base(
            name,
            self.root,
            self.names,
            self.ids,
            self.units,
            keyring,
            signer,
            ov,
            {"reels": tuple(cpl.reels)},
        )


# --- the packages -----


def smpte(root: Path) -> Base:
    made = Building(root)
    reels = []
    for number, seconds in ((1, 5), (2, 2)):
        cues = CUES[number]
        picture, sound = made.picture(f"picture{number}", seconds), made.sound(f"sound{number}", seconds)
        subtitle = made.text(f"text{number}", cues, reel=number)
        caption = made.text(f"caption{number}", CAPTIONS[number], kind="ClosedCaption", reel=number)
        reels.append(ReelFacts(picture, sound, (subtitle, caption)))
    return made.finish("smpte", reels, subtitle_languages=("en",), captions=True)


def seen(root: Path) -> Base:
    made = Building(root)
    return made.finish("seen", [ReelFacts(made.picture("picture1", real=True), made.sound("sound1"))])


def encrypted(root: Path) -> Base:
    made = Building(root, encrypt=True)
    reel = ReelFacts(made.picture("picture1", 5), made.sound("sound1", 5), (made.text("text1", CUES[1]),))
    return made.finish("encrypted", [reel], subtitle_languages=("en",), signer=chain().signer)


def interop(root: Path) -> Base:
    made = Building(root, "interop")
    picture, sound = made.picture("picture1", 5), made.sound("sound1", 5)
    text = TimedText(
        uuid.uuid4(),
        "Film",
        CUES[1],
        RATE,
        250,
        language="en",
        reel=1,
        fonts=(LoadedFont("font", "font.ttf"),),
        standard="interop",
    )
    document = write_interop(text)
    files = loose_files(document, fonts={"font.ttf": font()}, images={PICTURE_ID: png()})
    made.files += write_loose_files(root, files)
    for each, role in zip(files, ("text1", "font1", "image1"), strict=True):
        made.names[role], made.ids[role] = each.name, each.id
    subtitle = PlayedTrack(files[0].id, 120, kind="MainSubtitle", language="en")
    return made.finish("interop", [ReelFacts(picture, sound, (subtitle,))], subtitle_languages=("en",))


def stereo(root: Path) -> Base:
    made = Building(root)
    reel = ReelFacts(made.picture("picture1", stereo=True), made.sound("sound1"))
    return made.finish("stereo", [reel], stereo=True)


def immersive(root: Path) -> Base:
    made = Building(root)
    sound = made.sound("sound1", channels=CHANNELS_14, sync=True)
    reel = ReelFacts(made.picture("picture1"), sound, (made.aux("aux1"),))
    return made.finish("immersive", [reel], channels=CHANNELS_14, immersive=True)


def vf(root: Path) -> Base:
    made = Building(root / "ov")
    original = made.finish("ov", [ReelFacts(made.picture("picture1", 5), made.sound("sound1", 5))])
    (reel,) = original.more["reels"]
    version = Building(root / "vf")
    sound, text = version.sound("sound1", 5), version.text("text1", CUES[1])
    own = ReelFacts(
        replayed(reel.assets[0] if reel.assets[0].kind == "MainPicture" else reel.picture), sound, (text,)
    )
    return version.finish("vf", [own], ov=original.root, subtitle_languages=("en",))


BASES: Mapping[str, Callable[[Path], Base]] = {
    each.__name__: each for each in (smpte, seen, encrypted, interop, stereo, immersive, vf)
}


# --- what they are made of -----


def header_frame(number: int, *, size: tuple[int, int] = SIZE) -> bytes:
    """Not to be decoded: headers, and some bytes that differ."""
    return codestream(random.Random(number).randbytes(300).replace(b"\xff", b"\xfe"), size=size)


@functools.cache
def real_frame(number: int) -> bytes:
    """A ramp with grain that moves; without numpy, headers alone."""
    if not present("numpy"):
        return header_frame(number)
    import numpy as np

    wide = np.arange(SIZE[0]) + 40 * number
    tall = np.arange(SIZE[1])[:, None]
    grain = np.random.default_rng(number).integers(0, 60, (SIZE[1] // 8, SIZE[0] // 6 + 1))
    grain = grain.repeat(8, 0).repeat(6, 1)[: SIZE[1], : SIZE[0]]
    grey = 800 + (wide % 1600) + (tall % 200) + grain
    return codec_by_name().encode(np.stack([grey] * 3, axis=-1).astype(np.uint16), limits=frame_limits(RATE))


def noise(count: int, channels: int, *, seed: str = "", most: int = 3) -> list[bytes]:
    """Edit units of 2000 samples: noise, another in each channel, eight units again and again.

    most: the loudest, in steps of 65,536.
    """
    chance = random.Random(seed)
    highest = bytes((byte * 2 * most // 256 - most) & 0xFF for byte in range(256))
    made = []
    for _ in range(8):
        unit = bytearray(chance.randbytes(2000 * channels * 3))
        unit[2::3] = unit[2::3].translate(highest)
        made.append(bytes(unit))
    return [made[n % 8] for n in range(count)]


def with_channel(unit: bytes, channel: int, samples: bytes, channels: int) -> bytes:
    """The edit unit with these 24-bit samples in a channel, which counts from 0."""
    changed = bytearray(unit)
    for part in range(3):
        changed[channel * 3 + part :: channels * 3] = samples[part::3]
    return bytes(changed)


def _line(words: str, at: float = 8.0) -> Line:
    return Line((Run(words, Style(font="font")),), Place(valign="bottom", vposition=at))


SHOWN = Fraction(3, 4)
_TOP = Place(valign="top", vposition=8.0)
CUES = {
    1: (
        Cue(
            Fraction(4),
            Fraction(4) + SHOWN,
            (_line("One and two", 16.0), _line("three four"), Image(PICTURE_ID, _TOP)),
            number="1",
        ),
    ),
    2: (
        Cue(Fraction(1, 12), Fraction(1, 12) + SHOWN, (_line("Five"),), number="1"),
        Cue(Fraction(1), Fraction(1) + SHOWN, (_line("Six"),), number="2"),
    ),
}  # fmt: skip
CAPTIONS = {
    1: (Cue(Fraction(4), Fraction(4) + SHOWN, (_line("[noise]", 16.0), _line("three four")), number="1"),),
    2: CUES[2],
}


def text_document(cues: Sequence[Cue], *, kind: str = "MainSubtitle", reel: int = 1) -> bytes:
    return write_smpte(
        TimedText(
            uuid.uuid4(),
            "Film",
            tuple(cues),
            RATE,
            24,
            issue_date=MADE,
            language="en",
            reel=reel,
            display=kind,  # type: ignore[arg-type]
            fonts=(LoadedFont("font", FONT),),
        )
    )


def text_id(document: bytes) -> uuid.UUID:
    from dcp.text.references import read_references

    return read_references(document, where="text").id


def resources_of(document: bytes) -> list[Resource]:
    """The font and the PNG where the document names them."""
    made = [Resource(FONT, FONT_TYPE, font()), Resource(PICTURE_ID, IMAGE_TYPE, png())]
    return [each for each in made if str(each.id).encode() in document.lower()]


def font() -> bytes:
    """Glyphs for ASCII."""
    return small_font()
