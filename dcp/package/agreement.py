"""Whether a track file is the one that a playlist speaks of: its id, its rate, its key, its essence."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from dcp.documents.cpl import CAPTION_KINDS, SUBTITLE_KINDS, ReelAsset
from dcp.errors import TrackFileError
from dcp.mxf.header import TrackHeader
from dcp.texts.catalogue import Text

ESSENCES: dict[str, frozenset[str]] = {
    "MainPicture": frozenset({"picture"}),
    "MainStereoscopicPicture": frozenset({"stereo_picture"}),
    "MainSound": frozenset({"sound"}),
    **{kind: frozenset({"timed_text"}) for kind in SUBTITLE_KINDS + CAPTION_KINDS},
    "AuxData": frozenset({"aux_data", "atmos"}),
}
"""Asset of a reel -> the essence that its file may hold."""


def check_agreement(asset: ReelAsset, header: TrackHeader, *, path: Path, where: str | Text) -> None:
    """What the file says of itself against what the CPL says of it. TrackFileError when they differ.

    path: the file; where: the asset's place in the CPL, for people.
    """
    key = header.key_id if header.encrypted else None
    places: dict[str, Any] = {"where": path, "place": where}
    if asset.id != header.asset_id:
        raise TrackFileError("agreement.asset", found=header.asset_id, expected=asset.id, **places)
    if asset.edit_rate != header.edit_rate:
        raise TrackFileError(
            "agreement.edit-rate", found=header.edit_rate, expected=asset.edit_rate, **places
        )
    if header.encrypted and header.key_id is None and asset.key_id is None:
        raise TrackFileError("agreement.no-key", **places)
    if key is None and asset.key_id is not None:
        raise TrackFileError("agreement.not-encrypted", expected=asset.key_id, **places)
    if key is not None and asset.key_id is None:
        raise TrackFileError("agreement.encrypted", found=key, **places)
    if key != asset.key_id:
        raise TrackFileError("agreement.key", found=key, expected=asset.key_id, **places)
    essences = ESSENCES.get(asset.kind)
    if essences is not None and header.essence not in essences:
        raise TrackFileError("agreement.essence", where=path, found=header.essence, kind=asset.kind)
