"""The documents around finished track files: composition, packing list, asset map, volume index."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from dcp.create.plan import Plan, active_area
from dcp.create.sources.sound import SAMPLE_RATE
from dcp.dataclass import dataclass
from dcp.documents.cpl import (
    MARKER_KIND,
    METADATA_KIND,
    CompositionPlaylist,
    ContentVersion,
    Marker,
    Reel,
    ReelAsset,
)
from dcp.documents.cpl_metadata import Area, CompositionMetadata, application, sound_configuration
from dcp.mxf.writer import WrittenTrackFile
from dcp.packing.package import MAKER, FileKind, packed_track, write_package

if TYPE_CHECKING:
    from dcp.trust.signer import Signer

FURTHER_SCOPE = "http://www.smpte-ra.org/schemas/429-16/2014/CPL-Metadata#scope/content-kind"
_FURTHER_KINDS = ("episode", "highlights", "event")
BV21_SIZES = {(1998, 1080): (24, 25, 48), (2048, 858): (24, 25, 48), (3996, 2160): (24,), (4096, 1716): (24,)}


@dataclass(frozen=True)
class Tracks:
    """The track files of one reel."""

    picture: WrittenTrackFile
    sound: WrittenTrackFile


def write_documents(
    folder: Path,
    plan: Plan,
    tracks: Sequence[Tracks],
    *,
    cpl_id: uuid.UUID,
    signer: Signer | None,
    now: datetime,
) -> None:
    """Write them all into `folder`, where the track files lie. tracks: one a reel, some of them the same."""
    kinds: dict[uuid.UUID, FileKind] = {reel.sound.asset_id: "Sound" for reel in tracks}
    kinds |= {reel.picture.asset_id: "Picture" for reel in tracks}
    files = dict.fromkeys(file for reel in tracks for file in (reel.picture, reel.sound))
    write_package(
        folder,
        files=[packed_track(file, kinds[file.asset_id], plan.standard) for file in files],
        compositions=[composition(plan, tracks, cpl_id=cpl_id, now=now)],
        standard=plan.standard,
        signer=signer,
        now=now,
        annotation=plan.title,
    )


def composition(
    plan: Plan, tracks: Sequence[Tracks], *, cpl_id: uuid.UUID, now: datetime
) -> CompositionPlaylist:
    """The playlist: a reel for each of `tracks`, markers and composition metadata in SMPTE's form."""
    reels = []
    for number, reel in enumerate(tracks):
        assets = [_picture(plan, reel.picture), _sound(plan, reel.sound)]
        if plan.standard == "smpte":
            markers = _markers(plan, reel, first=number == 0, last=number == len(tracks) - 1)
            assets += [markers] if markers else []
            assets += [_metadata(plan, reel)] if number == 0 else []
        reels.append(Reel(id=uuid.uuid4(), assets=tuple(assets)))
    smpte = plan.standard == "smpte"
    versions = (ContentVersion(f"urn:uuid:{uuid.uuid4()}", f"{plan.title} {now:%Y-%m-%d}"),)
    return CompositionPlaylist(
        id=cpl_id,
        annotation_text=plan.title,
        issue_date=now,
        issuer=MAKER,
        creator=MAKER,
        content_title_text=plan.title,
        content_kind=plan.kind,
        content_kind_scope=FURTHER_SCOPE if smpte and plan.kind in _FURTHER_KINDS else None,
        content_versions=versions if smpte else (),
        reels=tuple(reels),
        standard=plan.standard,
    )


# --- how it is done -----


def _asset(plan: Plan, kind: str, file: WrittenTrackFile, **more: object) -> ReelAsset:
    return ReelAsset(
        kind=kind,
        id=file.asset_id,
        edit_rate=plan.rate,
        intrinsic_duration=file.container_duration,
        key_id=file.key_id,
        hash=file.sha1,
        **more,  # type: ignore[arg-type]
    )


def _picture(plan: Plan, file: WrittenTrackFile) -> ReelAsset:
    width, height = plan.size
    ratio = f"{width} {height}" if plan.standard == "smpte" else f"{width / height:.2f}"
    return _asset(plan, "MainPicture", file, frame_rate=plan.rate, screen_aspect_ratio=ratio)


def _sound(plan: Plan, file: WrittenTrackFile) -> ReelAsset:
    return _asset(plan, "MainSound", file)


def _markers(plan: Plan, reel: Tracks, *, first: bool, last: bool) -> ReelAsset | None:
    """First and last frame of the content (RDD 52 8.4)."""
    duration = reel.picture.container_duration
    found = [Marker("FFOC", min(1, duration - 1))] if first else []
    found += [Marker("LFOC", duration - 1)] if last else []
    if not found:
        return None
    return ReelAsset(
        kind=MARKER_KIND,
        id=uuid.uuid4(),
        edit_rate=plan.rate,
        intrinsic_duration=duration,
        marker_list=tuple(found),
        states_entry_point=False,
        states_duration=False,
    )


def _metadata(plan: Plan, reel: Tracks) -> ReelAsset:
    active = active_area(plan, plan.reels[0].picture)
    return ReelAsset(
        kind=METADATA_KIND,
        id=uuid.uuid4(),
        edit_rate=plan.rate,
        intrinsic_duration=reel.picture.container_duration,
        states_entry_point=False,
        states_duration=False,
        metadata=CompositionMetadata(
            full_content_title_text=plan.title,
            version_number=1,
            version_status="final",
            main_sound_configuration=sound_configuration(plan.layout.field, plan.layout.channels),
            main_sound_sample_rate=Fraction(SAMPLE_RATE),
            main_picture_stored_area=Area(*plan.size),
            main_picture_active_area=Area(*active),
            extension_metadata_list=(application(),) if _keeps_bv21(plan) else (),
        ),
    )


def _keeps_bv21(plan: Plan) -> bool:
    """Whether the composition may say that it keeps RDD 52: its sizes and rates, and no feature, because the
    markers of a feature's credits are not known here."""
    return plan.rate in BV21_SIZES.get(plan.size, ()) and plan.kind != "feature"
