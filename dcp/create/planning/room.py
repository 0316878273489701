"""How many bits a second a job's picture gets, and how many of its samples are coded: decided and said."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

from dcp.dataclass import dataclass
from dcp.picture.coding import ALLOWED, ANCHOR_EVERY, Coding
from dcp.picture.limits import FrameLimits, chosen_mbps, frame_limits, highest_mbps
from dcp.texts.catalogue import Text, text

if TYPE_CHECKING:
    from dcp.create.planning.plan import PictureTrackPlan


@dataclass(frozen=True)
class Budget:
    """mbps: Mbit/s in all. limits: of one codestream. decisions: for the plan."""

    mbps: int
    limits: FrameLimits
    decisions: tuple[Text, ...]


def plan_limits(
    wanted: int | None,
    rate: Fraction,
    *,
    four_k: bool = False,
    stereo: bool = False,
    hdr: bool = False,
    encrypted: bool = False,
) -> Budget:
    """The limits of a picture at `rate` edit units a second. wanted: Mbit/s, None for the default. UsageError
    for more than such a picture may have."""
    mbps = chosen_mbps(wanted, rate, hdr=hdr)
    plain = frame_limits(rate, four_k=four_k, stereo=stereo, mbps=mbps, hdr=hdr)
    limits = plain
    places = {"bytes": plain.total, "mbps": mbps}
    if wanted is None:
        said = [text("plan.limit", **places, most=highest_mbps(rate, hdr=hdr))]
    else:
        said = [text("plan.limit-told", **places)]
    if encrypted:
        limits = frame_limits(rate, four_k=four_k, stereo=stereo, mbps=mbps, hdr=hdr, encrypted=True)
        said.append(text("plan.limit-encrypted", added=plain.total - limits.total))
    return Budget(mbps, limits, tuple(said))


def coding_decision(
    coding: Coding, pictures: Sequence[PictureTrackPlan], *, marked: bool = False
) -> list[Text]:
    """What is coded of the samples, where anything is coded. marked: all of every frame is, whatever was
    asked."""
    if marked:
        return [text("plan.coding-marked")]
    if all(track.codestreams for track in pictures):
        return []
    allowed = ALLOWED.get(coding)
    if allowed is None:
        return [text("plan.coding-exact")]
    return [text("plan.coding", coding=coding, loss=allowed.loss, psnr=allowed.psnr, every=ANCHOR_EVERY)]
