"""How many bytes a frame may have (DCSS 4.3.3): 250 Mbit/s in all, 200 Mbit/s for one colour component."""

from __future__ import annotations

from fractions import Fraction
from math import floor

from dcp.dataclass import dataclass
from dcp.errors import UsageError

DCI_MBPS = 250
COMPONENT_SHARE = Fraction(4, 5)
MAX_SIDE = 8192
"""Samples; a codestream that announces more is refused before anything is allocated."""


@dataclass(frozen=True)
class FrameLimits:
    """Bytes a codestream may have, headers included: in all, and in the tile parts of one component.

    four_k: the limits are for a 4K codestream, whose 2K part alone must keep to them as well.
    """

    total: int
    component: int
    four_k: bool = False


def frame_limits(
    rate: Fraction, *, four_k: bool = False, stereo: bool = False, mbps: int = DCI_MBPS
) -> FrameLimits:
    """The limits at `rate` edit units a second; a stereo edit unit holds two codestreams.

    mbps below 250 lowers both limits in proportion. UsageError when it is out of 1 to 500.
    """
    if not 1 <= mbps <= 500:
        raise UsageError("picture.rate", mbps=mbps)
    frames = rate * (2 if stereo else 1)
    total = Fraction(mbps * 1_000_000, 8) / frames
    return FrameLimits(total=floor(total), component=floor(total * COMPONENT_SHARE), four_k=four_k)
