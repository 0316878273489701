"""A planned text becomes its track file; in Interop its document, with fonts and pictures beside it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from dcp.create.planning.plan import TextTrackPlan
from dcp.create.planning.text_documents import text_document
from dcp.dataclass import dataclass
from dcp.mxf.text_writer import FONT_TYPE, IMAGE_TYPE, Resource, write_timed_text_file
from dcp.packing.facts import PlayedTrack, played
from dcp.packing.package import Fresh, PackedFile, packed_track
from dcp.secrets.keys import ContentKey
from dcp.text.values import Cue, Image


@dataclass(frozen=True)
class MadeText:
    """track: as a reel plays it. files: those that it is, for the packing list."""

    track: PlayedTrack
    files: tuple[PackedFile, ...]


def write_text_track(
    path: Path,
    track: TextTrackPlan,
    *,
    key: ContentKey | None = None,
    now: datetime,
    fresh: Fresh = uuid.uuid4,
) -> MadeText:
    """The track file of a planned text; its id, its document's and its font's are fresh. key: encrypts it."""
    from dcp.text.smpte import NAMESPACE, write_smpte

    resources = [Resource(id, IMAGE_TYPE, data) for id, data in track.images]
    font = None
    if track.font is not None:
        font = fresh()
        resources.insert(0, Resource(font, FONT_TYPE, track.font))
    document = text_document(track, id=fresh(), now=now, font=font)
    written = write_timed_text_file(
        path,
        write_smpte(document),
        resources,
        resource_id=document.id,
        namespace_uri=NAMESPACE,
        language=track.language,
        edit_rate=track.rate,
        duration=track.frames,
        asset_id=fresh(),
        key=key,
        now=now,
        where=path.name,
    )
    element = track.element("smpte")
    return MadeText(
        played(written, language=track.language, kind=element), (packed_track(written, "Subtitle", "smpte"),)
    )


def write_loose_text(
    folder: Path, track: TextTrackPlan, *, now: datetime, fresh: Fresh = uuid.uuid4
) -> MadeText:
    """The files of a planned text in Interop's form, below the package's folder; all ids are fresh."""
    from dcp.text.interop import write_interop
    from dcp.text.loose import loose_files, write_loose_files

    ids = {id: fresh() for id, _ in track.images}  # a picture of two texts is two files
    own = replace(track, cues=tuple(_renamed(cue, ids) for cue in track.cues))
    fonts = {}
    if track.font is not None:
        fonts["font.otf" if track.font.startswith(b"OTTO") else "font.ttf"] = track.font
    document = text_document(own, id=fresh(), now=now, font=next(iter(fonts), None))
    files = loose_files(
        write_interop(document),
        fonts=fonts,
        images={ids[id]: data for id, data in track.images},
        where=f"{document.id}",
    )
    packed = write_loose_files(folder, files)
    track_of_reel = PlayedTrack(
        id=document.id,
        length=track.frames,
        sha1=packed[0].sha1,
        language=track.language,
        kind=track.element("interop"),
    )
    return MadeText(track_of_reel, packed)


# --- how it is done -----


def _renamed(cue: Cue, ids: Mapping[uuid.UUID, uuid.UUID]) -> Cue:
    return replace(
        cue,
        content=tuple(
            replace(one, resource=ids[one.resource]) if isinstance(one, Image) else one for one in cue.content
        ),
    )
