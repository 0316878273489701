"""Packages of the one writer: facts around real track files of synthetic codestreams."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path
from typing import Any

from building import chain
from synthetic import codestream

from dcp.documents.namespaces import Standard
from dcp.mxf.descriptors import PictureDescriptor, SoundDescriptor
from dcp.mxf.writer import WrittenTrackFile, write_track_file
from dcp.packing.composition import composition
from dcp.packing.facts import CompositionFacts, ReelFacts, SoundForm, played
from dcp.packing.kinds import kind_of
from dcp.packing.package import PackedFile, packed_track, write_package
from dcp.picture.codestream import parse_codestream
from dcp.secrets.keys import ContentKey
from dcp.trust.signer import Signer

NOW = datetime(2028, 6, 1, 12, 0, tzinfo=UTC)
FIVE_ONE = ("L", "R", "C", "LFE", "Ls", "Rs")


@dataclass
class Media:
    """Track files of one reel, and how a package lists them."""

    picture: WrittenTrackFile
    sound: WrittenTrackFile
    files: tuple[PackedFile, PackedFile]

    @property
    def reel(self) -> ReelFacts:
        return ReelFacts(played(self.picture), played(self.sound))


def media(
    folder: Path,
    name: str = "r1",
    *,
    standard: Standard = "smpte",
    size: tuple[int, int] = (1998, 1080),
    rate: int = 24,
    stereo: bool = False,
    encrypt: bool = False,
    keys: Sequence[ContentKey] = (),
    channels: Sequence[str] = FIVE_ONE,
    seconds: int = 1,
    frames: Sequence[bytes] = (),
) -> Media:
    """A second of picture and sound. keys: for the picture and the sound; encrypt: with fresh ones. frames:
    other codestreams, as many as the seconds have."""
    if encrypt:
        keys = [ContentKey.generate("MDIK"), ContentKey.generate("MDAK")]
    folder.mkdir(parents=True, exist_ok=True)
    count = rate * seconds * (2 if stereo else 1)
    frames = frames or [codestream(bytes([n]) * 3000, size=size) for n in range(count)]
    edit_rate = Fraction(rate)
    common: dict[str, Any] = {"edit_rate": edit_rate, "label_set": standard, "now": NOW}
    picture = write_track_file(
        folder / f"{name}_picture.mxf",
        frames,
        sizes=[len(frame) for frame in frames],
        descriptor=PictureDescriptor.from_codestream(parse_codestream(frames[0]), edit_rate, stereo),
        asset_id=uuid.uuid4(),
        key=keys[0] if keys else None,
        **common,
    )
    samples = [bytes([n % 256]) * (48_000 // rate * len(channels) * 3) for n in range(rate * seconds)]
    sound = write_track_file(
        folder / f"{name}_sound.mxf",
        samples,
        sizes=[len(each) for each in samples],
        descriptor=SoundDescriptor.labelled(list(channels), label_set=standard),
        asset_id=uuid.uuid4(),
        key=keys[1] if keys else None,
        **common,
    )
    return Media(
        picture,
        sound,
        (packed_track(picture, "Picture", standard), packed_track(sound, "Sound", standard)),
    )


def facts(*reels: ReelFacts, **more: Any) -> CompositionFacts:
    """A flat 2K test of 5.1 sound."""
    made = CompositionFacts(
        title="Film",
        kind=kind_of("test"),
        rate=Fraction(24),
        stored=(1998, 1080),
        active=(1998, 1080),
        reels=reels,
        sound=SoundForm("51", FIVE_ONE),
    )
    return replace(made, **more)


def write(
    folder: Path, all_media: Sequence[Media], films: Sequence[CompositionFacts], signer: Signer | None = None
) -> Path:
    """The package of these compositions over these files."""
    write_package(
        folder,
        files=[file for each in all_media for file in each.files],
        compositions=[composition(film, id=uuid.uuid4(), now=NOW) for film in films],
        standard=films[0].standard,
        signer=signer,
        now=NOW,
        annotation=films[0].title,
    )
    return folder


def a_signer() -> Signer:
    return chain().signer
