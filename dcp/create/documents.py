"""A finished plan's track files as a package: the facts of its composition, handed to the writer."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from dcp.create.plan import Plan, active_area
from dcp.create.sources.sound import SAMPLE_RATE
from dcp.dataclass import dataclass
from dcp.mxf.writer import WrittenTrackFile
from dcp.packing.composition import composition
from dcp.packing.facts import CompositionFacts, ReelFacts, SoundForm, played
from dcp.packing.kinds import kind_of
from dcp.packing.package import FileKind, packed_track, write_package

if TYPE_CHECKING:
    from dcp.trust.signer import Signer


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
        compositions=[composition(_facts(plan, tracks), id=cpl_id, now=now)],
        standard=plan.standard,
        signer=signer,
        now=now,
        annotation=plan.title,
    )


def _facts(plan: Plan, tracks: Sequence[Tracks]) -> CompositionFacts:
    return CompositionFacts(
        title=plan.title,
        kind=kind_of(plan.kind),
        rate=plan.rate,
        stored=plan.size,
        active=active_area(plan, plan.reels[0].picture),
        reels=tuple(ReelFacts(played(reel.picture), played(reel.sound)) for reel in tracks),
        sound=SoundForm(plan.layout.field, plan.layout.channels, SAMPLE_RATE),
        standard=plan.standard,
    )
