"""Small packages made by code: every frame is a grey that tells which frame it is."""

from __future__ import annotations

import functools
import hashlib
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from dcp.documents.assetmap import AssetMap, Chunk, MapAsset, write_asset_map
from dcp.documents.cpl import CompositionPlaylist, Reel, ReelAsset, cpl_element, write_cpl
from dcp.documents.pkl import TYPES, PackingList, PklAsset, write_pkl
from dcp.documents.volindex import VolumeIndex, write_volume_index
from dcp.mxf.descriptors import PictureDescriptor, SoundDescriptor
from dcp.mxf.writer import write_track_file
from dcp.picture.codec import codec_by_name
from dcp.picture.codestream import parse_codestream
from dcp.picture.limits import frame_limits
from dcp.secrets.keys import ContentKey, Keyring
from dcp.trust.signer import Signer
from dcp.trust.signing import sign_document
from player.screen.screen import XYZ, Encoding, Frame, Image, Signal

NOW = datetime(2028, 6, 1, 12, 0, tzinfo=UTC)
WIDTH, HEIGHT = 256, 144
RATE = Fraction(24)
RIGHT_EYE = 30  # the right eye shows another grey


def grey(number: int, *, width: int = WIDTH, height: int = HEIGHT) -> NDArray[np.uint16]:
    """Frame `number`: flat, another code each."""
    return np.full((height, width, 3), 400 + 60 * number, dtype=np.uint16)


@functools.cache
def codestream(number: int, width: int = WIDTH, height: int = HEIGHT) -> bytes:
    return codec_by_name().encode(grey(number, width=width, height=height), limits=frame_limits(RATE))


@dataclass
class Made:
    """A package on disk, its keys, and where its track files are. signer: who signs its playlist."""

    root: Path
    cpl: CompositionPlaylist
    keyring: Keyring
    files: dict[str, Path] = field(default_factory=dict)
    ids: dict[str, uuid.UUID] = field(default_factory=dict)
    signer: Signer | None = None

    def write(self) -> None:
        """The documents, anew, after `cpl` or `files` changed."""
        write_documents(self)


def make_package(
    root: Path,
    *,
    lengths: Sequence[int] = (6,),
    encrypted: Sequence[str] = ("picture", "sound"),
    entry: int = 0,
    shared: bool = False,
    stereo: bool = False,
    sound: bool = True,
    blind: Sequence[int] = (),
    first_code: int = 0,
    sound_rate: Fraction | None = None,
    mic: bool = True,
    size: tuple[int, int] = (WIDTH, HEIGHT),
    rate: Fraction = RATE,
    picture: Callable[[int, int, int], bytes] = codestream,
    damage: Callable[[int, bytes], bytes] = lambda number, data: data,
    sound_unit: Callable[[int, bytes], bytes] = lambda number, unit: unit,
) -> Made:
    """One reel a length. entry: units before the entry point. shared: all reels play the first one's files.

    blind: reels (from 0) without picture. picture: the codestream of a number, width and
    height. damage: what becomes of the codestream of frame `number`. sound_unit: what becomes of a unit of
    sound, by its number in its file.
    """
    root.mkdir(parents=True)
    sound_rate = sound_rate or rate
    keys = {
        role: ContentKey(id=uuid.uuid4(), type=type, value=bytes([place]) * 16)
        for place, (role, type) in enumerate([("picture", "MDIK"), ("sound", "MDAK")], 1)
    }
    made = Made(root, None, Keyring(tuple(keys.values())))  # type: ignore[arg-type]
    reels: list[Reel] = []
    number = first_code
    for place, length in enumerate(lengths):
        assets: list[ReelAsset] = []
        total = length + entry
        frames = [damage(number + n, picture(number + n, *size)) for n in range(-entry, length)]
        for role in ("picture", "sound"):
            if (role == "sound" and not sound) or (role == "picture" and place in blind):
                continue
            name = f"{role}{0 if shared else place + 1}.mxf"
            key = keys[role] if role in encrypted else None
            if name not in made.files:
                path = made.files[name] = root / name
                if role == "picture":
                    descriptor: PictureDescriptor | SoundDescriptor = PictureDescriptor.from_codestream(
                        parse_codestream(picture(0, *size)), rate, stereo
                    )
                    units = [
                        eye
                        for n, left in zip(range(-entry, length), frames, strict=True)
                        for eye in ((left, picture(number + n + RIGHT_EYE, *size)) if stereo else (left,))
                    ]
                else:
                    descriptor = SoundDescriptor(channels=2)
                    units = [
                        sound_unit(n, bytes([n % 256]) * (int(48000 / sound_rate) * 2 * 3))
                        for n in range(total)
                    ]
                written = write_track_file(
                    path,
                    units,
                    sizes=[len(unit) for unit in units],
                    descriptor=descriptor,
                    edit_rate=rate if role == "picture" else sound_rate,
                    asset_id=uuid.uuid4(),
                    key=key,
                    mic=mic,
                    now=NOW,
                )
                made.ids[name] = written.asset_id
            kind = "MainSound" if role == "sound" else "MainStereoscopicPicture" if stereo else "MainPicture"
            assets.append(
                ReelAsset(
                    kind=kind,
                    id=made.ids[name],
                    edit_rate=rate if role == "picture" else sound_rate,
                    intrinsic_duration=total,
                    entry_point=entry,
                    duration=length,
                    key_id=key.id if key else None,
                    frame_rate=rate * 2 if stereo else rate if role == "picture" else None,
                    screen_aspect_ratio=f"{size[0]} {size[1]}" if role == "picture" else None,
                )
            )
        reels.append(Reel(id=uuid.uuid4(), assets=tuple(assets)))
        if not shared:
            number += length
    made.cpl = CompositionPlaylist(
        id=uuid.uuid4(),
        issue_date=NOW,
        content_title_text="Player test",
        content_kind="test",
        reels=tuple(reels),
    )
    write_documents(made)
    return made


def write_documents(made: Made) -> None:
    """Asset map, packing list and playlist of a package, anew."""
    root, cpl = made.root, made.cpl
    signed = sign_document(cpl_element(cpl), made.signer) if made.signer else write_cpl(cpl)
    (root / "cpl.xml").write_bytes(signed)
    ids = {made.ids[name]: path for name, path in made.files.items()} | {cpl.id: root / "cpl.xml"}
    pkl = PackingList(
        id=uuid.uuid4(),
        issue_date=NOW,
        issuer="test",
        creator="test",
        asset_list=tuple(
            PklAsset(
                id=id,
                hash=hashlib.sha1(path.read_bytes()).digest(),
                size=path.stat().st_size,
                type=TYPES["smpte"]["CPL" if path.suffix == ".xml" else "Picture"],
            )
            for id, path in ids.items()
        ),
    )
    (root / "pkl.xml").write_bytes(write_pkl(pkl))
    entries = [MapAsset(id=pkl.id, chunk_list=(Chunk(path="pkl.xml"),), packing_list=True)]
    entries += [MapAsset(id=id, chunk_list=(Chunk(path=path.name),)) for id, path in ids.items()]
    asset_map = AssetMap(
        id=uuid.uuid4(), issue_date=NOW, issuer="test", creator="test", asset_list=tuple(entries)
    )
    (root / "ASSETMAP.xml").write_bytes(write_asset_map(asset_map))
    (root / "VOLINDEX.xml").write_bytes(write_volume_index(VolumeIndex()))


class Catcher:
    """A screen that keeps the frames it is shown, by number, in the order shown."""

    name = "catcher"
    target = None
    sees = True
    hears = False
    lead: float | None = None

    def __init__(self, encoding: Encoding = XYZ) -> None:
        self.encoding = encoding
        self.signal: Signal | None = None
        self.order: list[int] = []
        self.images: dict[int, Image] = {}
        self.complete = False

    def showing(self, signal: Signal) -> Catcher:
        self.signal = signal
        return self

    def __enter__(self) -> Catcher:
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        self.complete = kind is None

    def prepare(self, image: Image) -> bytes:
        return image.tobytes()

    def show(self, frame: Frame) -> None:
        assert frame.prepared is not None and self.signal is not None
        self.order.append(frame.number)
        shape = (self.signal.height, self.signal.width, 3)
        self.images[frame.number] = np.frombuffer(frame.prepared, np.uint16).reshape(shape)
        self.signal.presented(frame)

    def changed(self, signal: Signal) -> None:
        self.signal = signal

    def codes(self) -> list[int]:
        """Which grey each frame shows, as the number that `grey` was given; -1 for black."""
        means = [float(self.images[number].mean()) for number in self.order]
        return [-1 if mean < 40 else round((mean - 400) / 60) for mean in means]


@pytest.fixture
def catcher() -> Catcher:
    return Catcher()


@pytest.fixture
def make(tmp_path: Path) -> Callable[..., Made]:
    """`make(lengths=(6, 4), ...)`: a package under the test's folder."""
    count = 0

    def build(**options: object) -> Made:
        nonlocal count
        count += 1
        return make_package(tmp_path / f"package{count}", **options)  # type: ignore[arg-type]

    return build


class Rewrite:
    """Changes the playlist of a package that was made."""

    def asset(self, made: Made, role: str, **changes: object) -> None:
        """Other values for the assets whose kind ends in `role`, in every reel."""
        reels = tuple(
            replace(
                reel,
                assets=tuple(
                    replace(asset, **changes) if asset.kind.endswith(role) else asset  # type: ignore[arg-type]
                    for asset in reel.assets
                ),
            )
            for reel in made.cpl.reels
        )
        made.cpl = replace(made.cpl, reels=reels)
        made.write()

    def picture(self, made: Made, **changes: object) -> None:
        self.asset(made, "Picture", **changes)

    def sound(self, made: Made, **changes: object) -> None:
        self.asset(made, "Sound", **changes)

    def second_cpl(self, made: Made) -> CompositionPlaylist:
        """A second playlist beside the first."""
        other = replace(made.cpl, id=uuid.uuid4())
        path = made.root / "other.xml"
        path.write_bytes(write_cpl(other))
        made.files["other.xml"], made.ids["other.xml"] = path, other.id
        made.write()
        return other


@pytest.fixture
def rewrite() -> Rewrite:
    return Rewrite()
