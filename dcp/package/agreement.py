"""Whether a track file is the one that a playlist speaks of: its id, its rate, its key, its essence."""

from __future__ import annotations

from pathlib import Path

from dcp.documents.cpl import CAPTION_KINDS, SUBTITLE_KINDS, ReelAsset
from dcp.errors import TrackFileError
from dcp.mxf.header import TrackHeader

ESSENCES: dict[str, frozenset[str]] = {
    "MainPicture": frozenset({"picture"}),
    "MainStereoscopicPicture": frozenset({"stereo_picture"}),
    "MainSound": frozenset({"sound"}),
    **{kind: frozenset({"timed_text"}) for kind in SUBTITLE_KINDS + CAPTION_KINDS},
    "AuxData": frozenset({"aux_data", "atmos"}),
}
"""Asset of a reel -> the essence that its file may hold."""

_REMEDY = "the CPL and the file do not belong together"


def check_agreement(asset: ReelAsset, header: TrackHeader, *, path: Path, where: str) -> None:
    """What the file says of itself against what the CPL says of it. TrackFileError when they differ.

    path: the file; where: the asset's place in the CPL, for people.
    """
    says = {
        "is the asset": (asset.id, header.asset_id),
        "has the edit rate": (asset.edit_rate, header.edit_rate),
        "is encrypted under the key": (asset.key_id, header.key_id if header.encrypted else None),
    }
    for what, (expected, found) in says.items():
        if expected != found:
            raise TrackFileError(
                f"the file {what} {found or 'none'}, the CPL says {expected or 'none'} ({where})",
                where=path,
                remedy=_REMEDY,
            )
    if header.encrypted and header.key_id is None:
        raise TrackFileError(
            f"the file is encrypted and neither it nor the CPL names a key ({where})",
            where=path,
            remedy="the file has to be made again, with a key id",
        )
    essences = ESSENCES.get(asset.kind)
    if essences is not None and header.essence not in essences:
        raise TrackFileError(
            f"the file holds {header.essence}, the CPL says {asset.kind}", where=path, remedy=_REMEDY
        )
