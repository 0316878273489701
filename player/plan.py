"""What is going to be shown: reels and tracks, checked against their files before the first frame.

A file that is absent, is not what the CPL says, or whose key is not at hand or is the wrong one, is an error
here, so that nothing is shown of a composition that could not be shown to its end.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Literal
from uuid import UUID

from dcp.dataclass import dataclass
from dcp.documents.cpl import (
    CAPTION_KINDS,
    PICTURE_KINDS,
    SUBTITLE_KINDS,
    CompositionPlaylist,
    Reel,
    ReelAsset,
)
from dcp.errors import DcpError, TrackFileError, UsageError
from dcp.mxf.descriptors import PictureDescriptor, SoundDescriptor
from dcp.mxf.labels import TRANSFER_ST2084, same
from dcp.mxf.reader import MicPolicy, TrackFile, TrackHeader, require
from dcp.package.agreement import check_agreement
from dcp.package.package import Package
from dcp.picture.limits import MAX_SIDE
from dcp.secrets.keys import ContentKey, Keyring
from dcp.texts.catalogue import text

Role = Literal["picture", "sound", "text", "data"]

ROLES: dict[str, Role] = {
    **dict.fromkeys(PICTURE_KINDS, "picture"),
    "MainSound": "sound",
    **dict.fromkeys(SUBTITLE_KINDS + CAPTION_KINDS, "text"),
    "AuxData": "data",
}
"""Asset of a reel -> what it is to the player. What its file may hold: `dcp.package.agreement.ESSENCES`."""


@dataclass(frozen=True)
class Track:
    """One asset of a reel with its file. header: None for an Interop subtitle, which is no track file."""

    kind: str
    role: Role
    asset_id: UUID
    path: Path
    entry_point: int
    duration: int
    edit_rate: Fraction
    header: TrackHeader | None
    key: ContentKey | None
    in_step: bool
    """Whether its units go frame by frame; otherwise it is read whole when its reel begins."""
    language: str | None = None

    @property
    def stereo(self) -> bool:
        return self.header is not None and self.header.essence == "stereo_picture"

    @property
    def encrypted(self) -> bool:
        return self.header is not None and self.header.encrypted

    @property
    def hdr(self) -> bool:
        """Whether the codes are said to be of ST 2084 (DCI's HDR addendum 7.2)."""
        descriptor = self.header.descriptor if self.header is not None else None
        transfer = getattr(descriptor, "transfer_characteristic", None)
        return transfer is not None and same(transfer, TRANSFER_ST2084)

    @property
    def sound(self) -> SoundDescriptor | None:
        """The form of a sound track."""
        descriptor = self.header.descriptor if self.header is not None else None
        return descriptor if isinstance(descriptor, SoundDescriptor) else None


@dataclass(frozen=True)
class ReelPlan:
    """first: composition frame of its first frame; duration: frames; number: from 1. rate: frames a second.
    width, height: of its picture; of a reel without one those of the reel before."""

    number: int
    id: UUID
    first: int
    duration: int
    tracks: tuple[Track, ...]
    rate: Fraction
    width: int
    height: int

    @property
    def picture(self) -> Track | None:
        return next((track for track in self.tracks if track.role == "picture"), None)

    @property
    def hdr(self) -> bool:
        """Whether its picture is HDR."""
        return self.picture is not None and self.picture.hdr

    @property
    def stereo(self) -> bool:
        return self.picture is not None and self.picture.stereo


@dataclass(frozen=True)
class ShowPlan:
    """The whole composition, and the part of it that is asked for: frames first to last, both included."""

    reels: tuple[ReelPlan, ...]
    first: int
    last: int
    unknown: tuple[str, ...]
    """Assets of kinds that this version does not read."""
    mismatches: tuple[str, ...]
    """Where a header differs from the CPL without touching what is played."""

    @property
    def frames(self) -> int:
        return self.last - self.first + 1

    @property
    def played(self) -> tuple[ReelPlan, ...]:
        """The reels of the part that is asked for."""
        return tuple(
            reel
            for reel in self.reels
            if reel.duration and reel.first <= self.last and reel.first + reel.duration > self.first
        )

    @property
    def rate(self) -> Fraction:
        """Frames a second, as it begins."""
        return self.played[0].rate

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the picture, as it begins."""
        return self.played[0].width, self.played[0].height

    @property
    def fastest(self) -> Fraction:
        """The highest rate of the reels that are played."""
        return max(reel.rate for reel in self.played)


LEVELS_AT = 5
UL_PREFIX = bytes.fromhex("060e2b34")

NO_SIZE = (0, 0)

FULL_2K = (2048, 1080)
"""The picture of a composition that has none: black in the 2K container."""


def plan_show(
    package: Package,
    cpl: CompositionPlaylist,
    *,
    keyring: Keyring,
    mic: MicPolicy = "require",
    frames: tuple[int, int] | None = None,
    reduce: int = 0,
    strict: bool = False,
) -> ShowPlan:
    """Open every track file that the frames asked for need, and hold it against the CPL.

    frames: first and last composition frame, counted from 0, or None for all. strict: reels of another size
    or rate than the first are refused. UsageError for frames outside the composition, or a picture that
    cannot be halved `reduce` times; DcpError, TrackFileError or KeyMissingError for what cannot be played.
    """
    rates = _rates(cpl)
    lengths = [_duration(reel, rate) for reel, rate in zip(cpl.reels, rates, strict=True)]
    first, last = _span(frames, sum(lengths))
    notes: list[str] = []
    reels: list[ReelPlan] = []
    size: tuple[int, int] | None = None
    begin = 0
    for number, (reel, rate, length) in enumerate(zip(cpl.reels, rates, lengths, strict=True), 1):
        wanted = begin <= last and begin + length > first
        tracks = [
            _track(package, asset, reel=number, length=length, rate=rate, keyring=keyring, notes=notes)
            for asset in reel.assets
            if wanted and asset.kind in ROLES
        ]
        for track in tracks:
            _check_keys(track, mic=mic)
            _check_reduction(track, reduce)
        size = next(map(_size, filter(_is_picture, tracks)), size)
        reels.append(ReelPlan(number, reel.id, begin, length, tuple(tracks), rate, *(size or NO_SIZE)))
        begin += length
    first_size = next(((reel.width, reel.height) for reel in reels if reel.width), FULL_2K)
    plan = ShowPlan(
        reels=tuple(
            reel if reel.width else replace(reel, width=first_size[0], height=first_size[1]) for reel in reels
        ),
        first=first,
        last=last,
        unknown=tuple(_unknown(cpl)),
        mismatches=tuple(notes),
    )
    if strict:
        _check_uniform(plan, f"CPL {cpl.id}")
    return plan


def reels_wanted(cpl: CompositionPlaylist, frames: tuple[int, int] | None) -> tuple[Reel, ...]:
    """The reels in which the frames lie, all of them for None. UsageError, DcpError: see `plan_show`."""
    lengths = [_duration(reel, rate) for reel, rate in zip(cpl.reels, _rates(cpl), strict=True)]
    first, last = _span(frames, sum(lengths))
    begins = [sum(lengths[:place]) for place in range(len(lengths))]
    return tuple(
        reel
        for reel, begin, length in zip(cpl.reels, begins, lengths, strict=True)
        if begin <= last and begin + length > first
    )


def _rates(cpl: CompositionPlaylist) -> list[Fraction]:
    """The edit rate that each reel goes by: its picture's; where it has none that of the first picture there
    is, else the lowest of all tracks."""
    rates = {asset.edit_rate for reel in cpl.reels for asset in reel.assets if asset.kind in ROLES}
    if not rates:
        raise DcpError("play.nothing-to-play", where=f"CPL {cpl.id}")
    pictures = [
        next((asset.edit_rate for asset in reel.assets if asset.kind in PICTURE_KINDS), None)
        for reel in cpl.reels
    ]
    others = next((rate for rate in pictures if rate is not None), min(rates))
    return [rate if rate is not None else others for rate in pictures]


def _duration(reel: Reel, rate: Fraction) -> int:
    """Frames of a reel: its picture's, else its sound's, else the longest of what it has."""
    leading = reel.picture or reel.sound
    if leading is not None:
        return leading.duration
    return max((int(asset.duration / asset.edit_rate * rate) for asset in reel.assets), default=0)


def _span(frames: tuple[int, int] | None, total: int) -> tuple[int, int]:
    first, last = frames if frames is not None else (0, total - 1)
    if not 0 <= first <= last < total:
        if not total:
            raise UsageError("play.no-frames")
        raise UsageError("play.frames-outside", first=first, last=last, total=total, end=total - 1)
    return first, last


def _track(
    package: Package,
    asset: ReelAsset,
    *,
    reel: int,
    length: int,
    rate: Fraction,
    keyring: Keyring,
    notes: list[str],
) -> Track:
    role = ROLES[asset.kind]
    where = text("play.where", reel=reel, kind=asset.kind, asset=str(asset.id))
    path = package.require(asset.id)
    entry, duration = asset.entry_point, asset.duration
    if role == "text" and not is_mxf(path):
        rates = asset.edit_rate
        return Track(
            asset.kind, role, asset.id, path, entry, duration, rates, None, None, False, asset.language
        )
    with TrackFile.open(path) as file:
        header = file.header
        held = duration == 0 or file.holds(entry + duration - 1)
    check_agreement(asset, header, path=path, where=where)
    if role in ("picture", "sound"):
        if asset.edit_rate != rate:
            raise DcpError("play.other-rate", where=where, rate=str(asset.edit_rate), composition=str(rate))
        if duration < length:
            raise DcpError("play.too-short", where=where, units=duration, frames=length)
    if entry + duration > header.container_duration and role != "text":
        raise TrackFileError(
            "play.beyond-the-file",
            where=path,
            first=entry,
            last=entry + duration - 1,
            held=header.container_duration,
        )
    if not held:
        raise TrackFileError("play.file-cut-short", where=path, first=entry, last=entry + duration - 1)
    if asset.intrinsic_duration != header.container_duration:
        notes.append(
            f"{where}: IntrinsicDuration {asset.intrinsic_duration},"
            f" the file holds {header.container_duration} edit units"
        )
    key = None
    if header.encrypted:
        assert header.key_id is not None  # or it would not agree with the CPL
        key = keyring.require(header.key_id, where=path)
    in_step = role != "text" and header.edit_rate == rate and duration >= length
    return Track(
        kind=asset.kind,
        role=role,
        asset_id=asset.id,
        path=path,
        entry_point=entry,
        duration=duration,
        edit_rate=asset.edit_rate,
        header=header,
        key=key,
        in_step=in_step,
        language=asset.language,
    )


def is_mxf(path: Path) -> bool:
    """Whether a file begins like a track file; an Interop subtitle is plain XML."""
    with path.open("rb") as stream:
        return stream.read(4) == UL_PREFIX


def _check_keys(track: Track, *, mic: MicPolicy) -> None:
    """The key opens unit 0, and the file has the integrity codes that are asked for."""
    if track.key is None or track.header is None:
        return
    with TrackFile.open(track.path) as file:
        if mic == "require" and not file.carries_mic():
            raise TrackFileError("play.no-integrity-codes", reason="mic_missing", where=track.path)
        for unit in file.units(0, 1, key=track.key, mic=mic):
            if unit.fault is not None and unit.fault.reason == "wrong_key":
                require(unit, track.path)


def _check_reduction(track: Track, reduce: int) -> None:
    """The picture has the resolution levels that are to be left out (COD: Scod, SGcod, their number)."""
    descriptor = track.header.descriptor if track.header is not None else None
    if reduce and isinstance(descriptor, PictureDescriptor) and descriptor.coding_style_default is not None:
        levels = descriptor.coding_style_default[LEVELS_AT : LEVELS_AT + 1]
        if levels and levels[0] < reduce:
            raise UsageError("play.not-that-small", where=track.path, most=levels[0], asked=reduce)


def _is_picture(track: Track) -> bool:
    return track.role == "picture" and track.header is not None


def _size(track: Track) -> tuple[int, int]:
    """Width and height of a picture track."""
    descriptor = track.header.descriptor if track.header is not None else None
    assert isinstance(descriptor, PictureDescriptor)
    width, height = descriptor.stored_width, descriptor.stored_height
    if not (0 < width <= MAX_SIDE and 0 < height <= MAX_SIDE):
        raise DcpError("play.no-such-size", where=track.path, width=width, height=height)
    return width, height


def _check_uniform(plan: ShowPlan, where: str) -> None:
    """DcpError when the reels that are played differ in size or rate."""
    first, *others = plan.played
    for reel in others:
        if reel.rate != first.rate:
            raise DcpError(
                "play.several-rates",
                where=where,
                rate=str(first.rate),
                reel=reel.number,
                other=str(reel.rate),
            )
        if (reel.width, reel.height) != (first.width, first.height):
            raise DcpError(
                "play.several-sizes",
                where=reel.picture.path if reel.picture is not None else where,
                width=first.width,
                height=first.height,
                reel=reel.number,
                other_width=reel.width,
                other_height=reel.height,
            )


def _unknown(cpl: CompositionPlaylist) -> list[str]:
    kinds = {asset.kind for reel in cpl.reels for asset in reel.assets if asset.is_track_file}
    return sorted(kinds - set(ROLES))
