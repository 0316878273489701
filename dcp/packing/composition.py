"""A composition playlist of a composition's facts, in the form of either standard."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime
from fractions import Fraction

from dcp.documents import namespaces as ns
from dcp.documents.cpl import (
    MARKER_KIND,
    METADATA_KIND,
    CompositionPlaylist,
    ContentVersion,
    Marker,
    Reel,
    ReelAsset,
)
from dcp.errors import UsageError
from dcp.mxf.labels import IMMERSIVE_AUDIO_CODING
from dcp.packing.facts import CompositionFacts, PlayedTrack, ReelFacts
from dcp.packing.markers import by_reel, check_markers, markers_of
from dcp.packing.metadata import composition_metadata
from dcp.packing.package import MAKER, Fresh
from dcp.text.language_tags import has_form

_IMMERSIVE = f"urn:smpte:ul:{IMMERSIVE_AUDIO_CODING}"
"""Auxiliary data of this label is said in Dolby's namespace, which ST 429-18 took over; other data in that of
ST 429-14."""


def composition(
    facts: CompositionFacts,
    *,
    id: uuid.UUID,
    now: datetime,
    issuer: str = MAKER,
    creator: str = MAKER,
    fresh: Fresh = uuid.uuid4,
) -> CompositionPlaylist:
    """The playlist, its reels under fresh ids: `fresh` gives them.

    SMPTE's has markers of its first and last frame and the metadata of ST 429-16; Interop's has the markers
    that were told. UsageError for what no playlist can say: a marker beyond the end or in the wrong order, a
    stretch that its track file does not have, a language that is no tag.
    """
    markers = check_composition(facts)
    smpte = facts.standard == "smpte"
    placed = by_reel(markers, facts.lengths)
    reels = []
    for number, reel in enumerate(facts.reels):
        assets = _tracks(facts, reel)
        if placed[number]:
            assets.append(_markers(fresh(), facts.rate, reel.picture.played, placed[number]))
        if smpte and number == 0:
            assets.append(_metadata(fresh(), facts, reel.picture.played))
        reels.append(Reel(id=fresh(), assets=tuple(assets)))
    version = facts.content_version or ContentVersion(f"urn:uuid:{fresh()}", f"{facts.title} {now:%Y-%m-%d}")
    return CompositionPlaylist(
        id=id,
        annotation_text=facts.title,
        issue_date=now,
        issuer=issuer,
        creator=creator,
        content_title_text=facts.title,
        content_kind=facts.kind.value,
        content_kind_scope=facts.kind.scope,
        content_versions=(version,) if smpte or facts.content_version else (),
        rating_list=facts.ratings,
        reels=tuple(reels),
        standard=facts.standard,
    )


# --- how it is done -----


def check_composition(facts: CompositionFacts, *, where: str | None = None) -> dict[str, int]:
    """All its markers, by label. UsageError as `composition` raises it; where: of the markers, for people."""
    _check(facts)
    smpte = facts.standard == "smpte"
    markers = markers_of(facts.markers, facts.lengths) if smpte else dict(facts.markers)
    check_markers(markers, sum(facts.lengths), facts.rate, where=where)
    return markers


def _check(facts: CompositionFacts) -> None:
    if not facts.reels:
        raise UsageError("composition.no-reel")
    if facts.hdr and facts.standard != "smpte":
        raise UsageError("composition.hdr")
    for number, reel in enumerate(facts.reels, start=1):
        for track in (reel.picture, reel.sound, *reel.others):
            if track is not None and not (
                track.entry_point >= 0 and 0 < track.played <= track.length - track.entry_point
            ):
                raise UsageError(
                    "composition.stretch",
                    reel=number,
                    asset=track.id,
                    entry=track.entry_point,
                    duration=track.played,
                    n=track.length,
                )
    languages = {track.language for track in facts.tracks} | set(facts.subtitle_languages)
    languages.add(facts.sound.language if facts.sound is not None else None)
    for language in sorted(languages - {None}, key=str):
        if not has_form(str(language)):
            raise UsageError("composition.language", language=str(language)[:40])


def _tracks(facts: CompositionFacts, reel: ReelFacts) -> list[ReelAsset]:
    picture = _asset(
        facts,
        "MainStereoscopicPicture" if facts.stereo else "MainPicture",
        reel.picture,
        frame_rate=facts.rate * (2 if facts.stereo else 1),
        screen_aspect_ratio=_aspect_ratio(facts),
    )
    assets = [picture]
    if reel.sound is not None:
        spoken = facts.sound.language if facts.sound is not None else None
        assets.append(_asset(facts, "MainSound", reel.sound, language=reel.sound.language or spoken))
    return assets + [_asset(facts, track.kind or "AuxData", track) for track in reel.others]


def _asset(
    facts: CompositionFacts,
    kind: str,
    track: PlayedTrack,
    *,
    language: str | None = None,
    frame_rate: Fraction | None = None,
    screen_aspect_ratio: str | None = None,
) -> ReelAsset:
    return ReelAsset(
        kind=kind,
        id=track.id,
        edit_rate=track.edit_rate or facts.rate,
        intrinsic_duration=track.length,
        entry_point=track.entry_point,
        duration=track.played,
        key_id=track.key_id,
        hash=track.sha1,
        language=language or track.language,
        data_type=track.data_type,
        namespace=ns.AUX_SMPTE if track.data_type not in (None, _IMMERSIVE) else None,
        frame_rate=frame_rate,
        screen_aspect_ratio=screen_aspect_ratio,
    )


def _aspect_ratio(facts: CompositionFacts) -> str:
    """Two whole numbers in SMPTE's form, a decimal in Interop's."""
    width, height = facts.stored
    return f"{width} {height}" if facts.standard == "smpte" else f"{width / height:.2f}"


def _markers(id: uuid.UUID, rate: Fraction, length: int, markers: Sequence[Marker]) -> ReelAsset:
    return _of_the_playlist(MARKER_KIND, id, rate, length, marker_list=tuple(markers))


def _metadata(id: uuid.UUID, facts: CompositionFacts, length: int) -> ReelAsset:
    return _of_the_playlist(METADATA_KIND, id, facts.rate, length, metadata=composition_metadata(facts))


def _of_the_playlist(kind: str, id: uuid.UUID, rate: Fraction, length: int, **more: object) -> ReelAsset:
    """An asset that no file stands behind."""
    return ReelAsset(
        kind=kind,
        id=id,
        edit_rate=rate,
        intrinsic_duration=length,
        states_entry_point=False,
        states_duration=False,
        **more,  # type: ignore[arg-type]
    )
