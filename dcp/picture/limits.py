"""How many bytes a frame may have (DCSS 4.3.3; HDR by its addendum), and what a job asks for by default."""

from __future__ import annotations

from fractions import Fraction
from math import floor

from dcp.dataclass import dataclass
from dcp.errors import UsageError

DCI_MBPS = 250
HDR_MBPS = 450
DIRECT_VIEW_MBPS = 500
"""What practice gives 2K of high frame rates; only walls show 96 and more frames a second."""
DIRECT_VIEW_RATE = 96
DEFAULT_MBPS = 225
"""Below 230, where the first of the usual checkers begins to warn of a frame near the limit: a frame may be
as large as its limit, so an average of 250 leaves older servers no room for a slow disk."""
COMPONENT_SHARE = Fraction(4, 5)
HDR_REST_SHARE = Fraction(1, 2)
MAX_SIDE = 8192
"""Samples; a codestream that announces more is refused before anything is allocated."""


@dataclass(frozen=True)
class FrameLimits:
    """Bytes a codestream may have, headers included: in all, and in the tile parts of one component.

    four_k: the limits are for a 4K codestream, whose 2K part alone must keep to them as well. rest: of the
    second and third component together, where HDR limits them.
    """

    total: int
    component: int
    four_k: bool = False
    rest: int | None = None


def frame_limits(
    rate: Fraction,
    *,
    four_k: bool = False,
    stereo: bool = False,
    mbps: int | None = None,
    hdr: bool = False,
    encrypted: bool = False,
) -> FrameLimits:
    """The limits of one codestream at `rate` edit units a second; a stereo edit unit holds two of them.

    mbps: 250 by default, 450 with hdr; a lower one lowers all limits in proportion. encrypted: the encrypted
    unit, with all that ST 429-6 puts around the codestream, keeps to the total. UsageError when mbps is out
    of 1 to 500.
    """
    mbps = mbps if mbps is not None else HDR_MBPS if hdr else DCI_MBPS
    if not 1 <= mbps <= 500:
        raise UsageError("picture.rate", mbps=mbps)
    exact = Fraction(mbps * 1_000_000, 8) / (rate * (2 if stereo else 1))
    total = floor(exact)
    if encrypted:
        total = largest_source(total)
        exact = min(exact, Fraction(total))
    if not hdr:
        return FrameLimits(total, floor(exact * COMPONENT_SHARE), four_k)
    # stereo: sheet 12.3 gives the first component of an eye no more than the other two together
    first = floor(exact * HDR_REST_SHARE) if stereo else total
    return FrameLimits(total, first, four_k, rest=floor(exact * HDR_REST_SHARE))


def highest_mbps(rate: Fraction, *, hdr: bool = False) -> int:
    """Mbit/s that a picture may have: HDR more than SDR, and what only walls show as practice has it."""
    if hdr:
        return HDR_MBPS
    return DIRECT_VIEW_MBPS if rate >= DIRECT_VIEW_RATE else DCI_MBPS


def chosen_mbps(wanted: int | None, rate: Fraction, *, hdr: bool = False) -> int:
    """The Mbit/s of a job; None takes the default. UsageError for more than the rate may have."""
    most = highest_mbps(rate, hdr=hdr)
    if wanted is None:
        return DEFAULT_MBPS
    if not 1 <= wanted <= most:
        raise UsageError("picture.rate-of-job", mbps=wanted, rate=f"{float(rate):g}", most=most)
    return wanted


def encrypted_size(size: int) -> int:
    """Bytes of the whole KLV of an encrypted unit with its MIC, the codestream being of `size`."""
    from dcp.mxf.klv import HEADER_SIZE
    from dcp.mxf.triplet import triplet_size

    return HEADER_SIZE + triplet_size(size, mic=True)


def largest_source(room: int) -> int:
    """The largest codestream, in bytes, whose encrypted unit has no more than `room`; at least 0."""
    size = room - encrypted_size(0)
    if size < 0:
        return 0
    size += 15 - size % 16  # padding fills the last block, so that up to 15 bytes more cost nothing
    while encrypted_size(size) > room:
        size -= 16
    return size
