"""The profile of the library that a codestream is coded under; what is set by hand where none fits.

Its profiles of cinema take 12 bits alone. IMF-2K takes 8 to 16, keeps the limit of a component in its search
for the rate, and writes tile parts, progression and TLM as cinema has them; with 12 bits it gives the same
bytes. It forbids the change of progression that 4K has: 4K of other depths is coded without a profile, where
the library would take the limit of a component for one of the whole frame, so that it is told none.
"""

from __future__ import annotations

from dcp.picture import openjp2
from dcp.picture.codec import BIT_DEPTH
from dcp.picture.codestream import Codestream
from dcp.picture.limits import FrameLimits
from dcp.picture.rules import component_sizes

MOST, MOST_OF_A_COMPONENT = 1_302_083, 1_041_666
"""Bytes to which the library's profiles of cinema cut what they are told, in HDR too: 24 frames a second at
250 Mbit/s. Other profiles are told no more, so that frames of fewer bits are measured against their like."""
_SPARE = 512  # bytes: the components' shares change a little when a frame gets less


def profile_for(*, four_k: bool, bits: int) -> int:
    if bits == BIT_DEPTH:
        return openjp2.PROFILE_CINEMA_4K if four_k else openjp2.PROFILE_CINEMA_2K
    return openjp2.PROFILE_NONE if four_k else openjp2.PROFILE_IMF_2K


def as_cinema_4k(parameters: openjp2.EncoderParameters) -> None:
    """What the library does by itself in cinema's profile: blocks of 32, precincts of 256 (128 for the lowest
    resolution), a tile part for each component of either half of the progression."""
    parameters.cblockw_init = parameters.cblockh_init = 32
    parameters.csty |= 1  # precincts
    parameters.res_spec = parameters.numresolution - 1
    for resolution in range(parameters.res_spec):
        parameters.prcw_init[resolution] = parameters.prch_init[resolution] = 256
    parameters.tp_on, parameters.tp_flag = b"\x01", b"C"
    highest = parameters.numresolution - 1
    for number, (first, end) in enumerate(((0, highest), (highest, highest + 1))):
        change = parameters.poc[number]
        change.tile, change.layno1, change.compno1, change.prg1 = 1, 1, 3, openjp2.CPRL
        change.resno0, change.resno1 = first, end
    parameters.numpocs = 2


def smaller(size: int, headers: Codestream, limits: FrameLimits) -> int:
    """What a frame of `size` bytes is given next, so that it comes within all limits."""
    sizes = component_sizes(headers)
    held = [(headers.size, limits.total), *((each, limits.component) for each in sizes)]
    if limits.rest is not None:
        held.append((sum(sizes[1:]), limits.rest))
    return int(size * min(limit / max(found, 1) for found, limit in held)) - _SPARE
