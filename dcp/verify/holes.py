"""What a playlist failed to say, taken from the track files and from the rest of its reel.

A fault of the playlist is named where it stands. So that no rule speaks of it a second time, and the rest is
verified, the field takes the value that the file has, or the one that goes with the reel.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction

from dcp.documents.cpl import CompositionPlaylist, Reel, ReelAsset
from dcp.documents.grammar import is_aspect_ratio, is_language
from dcp.documents.namespaces import Standard
from dcp.mxf.header import TrackHeader
from dcp.package.survey import Document, Survey
from dcp.verify.facts import TrackFacts

LENGTHS = frozenset({"EditRate", "IntrinsicDuration", "EntryPoint", "Duration"})


def without_holes(survey: Survey, tracks: Mapping[uuid.UUID, TrackFacts]) -> Survey:
    """The survey with playlists that the rules can be put to."""
    documents = tuple(_filled(document, tracks) for document in survey.documents)
    if all(new is old for new, old in zip(documents, survey.documents, strict=True)):
        return survey
    return replace(survey, documents=documents)


def _filled(document: Document, tracks: Mapping[uuid.UUID, TrackFacts]) -> Document:
    cpl = document.value
    if not isinstance(cpl, CompositionPlaylist) or not (document.faults or document.violations):
        return document
    standard = cpl.standard
    reels = tuple(_reel(reel, tracks, standard) for reel in cpl.reels)
    filled = replace(document, value=replace(cpl, reels=reels))
    filled.__dict__["violations"] = document.violations  # found once
    return filled


def _reel(reel: Reel, tracks: Mapping[uuid.UUID, TrackFacts], standard: Standard) -> Reel:
    whole = [asset for asset in reel.assets if not asset.unread & LENGTHS]
    guide = next((asset for asset in whole if asset.kind.endswith("Picture")), None)
    guide = guide or next((asset for asset in whole if asset.is_track_file), None)
    return replace(reel, assets=tuple(_asset(each, tracks, guide, standard) for each in reel.assets))


def _asset(
    asset: ReelAsset,
    tracks: Mapping[uuid.UUID, TrackFacts],
    guide: ReelAsset | None,
    standard: Standard,
) -> ReelAsset:
    track = tracks.get(asset.id)
    header = track.header if track is not None else None
    if asset.unread & LENGTHS:
        asset = _with_lengths(asset, header, guide)
    if "KeyId" in asset.unread and header is not None:
        asset = replace(asset, key_id=header.key_id)
    if "FrameRate" in asset.unread:
        eyes = 2 if asset.kind == "MainStereoscopicPicture" else 1
        asset = replace(asset, frame_rate=(header.edit_rate if header else asset.edit_rate) * eyes)
    if asset.screen_aspect_ratio is not None and not is_aspect_ratio(asset.screen_aspect_ratio, standard):
        asset = replace(asset, screen_aspect_ratio=None, unread=asset.unread | {"ScreenAspectRatio"})
    if asset.language is not None and not is_language(asset.language):
        asset = replace(asset, language=None, unread=asset.unread | {"Language"})
    return asset


def _with_lengths(asset: ReelAsset, header: TrackHeader | None, guide: ReelAsset | None) -> ReelAsset:
    unread = asset.unread
    rate, intrinsic, duration = asset.edit_rate, asset.intrinsic_duration, asset.duration
    if "EditRate" in unread:
        rate = header.edit_rate if header is not None else guide.edit_rate if guide is not None else rate
    shown = Fraction(guide.duration) / guide.edit_rate * rate if guide is not None else None
    entry = asset.entry_point
    if "IntrinsicDuration" in unread:
        stated = entry + asset.duration if asset.states_duration and "Duration" not in unread else None
        if header is not None:
            intrinsic = header.container_duration
        elif stated is not None or shown is not None:
            intrinsic = stated if stated is not None else entry + round(shown or 0)
        if not asset.states_duration:
            duration = max(0, intrinsic - entry)
    if "Duration" in unread or ("EntryPoint" in unread and not asset.states_duration):
        duration = max(0, intrinsic - entry)
        if shown is not None and shown.denominator == 1:
            duration = min(duration, int(shown)) or duration
    return replace(asset, edit_rate=rate, intrinsic_duration=intrinsic, duration=duration)
