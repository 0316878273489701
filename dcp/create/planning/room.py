"""How many bits a second a job's picture gets, decided and said."""

from __future__ import annotations

from fractions import Fraction

from dcp.dataclass import dataclass
from dcp.picture.limits import FrameLimits, chosen_mbps, frame_limits, highest_mbps
from dcp.texts.catalogue import Text, text


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
