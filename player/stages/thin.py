"""Decoded, with coding passes left out where the setting says so.

Marks go in afterwards, into the picture that is shown. What verifies, measures or finds marks decodes whole
and does not come here.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from dcp.dataclass import dataclass
from dcp.errors import CodestreamError
from dcp.picture.passes import thin
from dcp.texts.catalogue import Text, text

if TYPE_CHECKING:
    from collections.abc import Callable

    from player.setting import Setting

    Decode = Callable[[bytes | bytearray | memoryview, int], NDArray[np.uint16]]
    """(codestream, halvings) -> picture."""

PEAK = 4095
_ROWS = 64  # of a picture, compared at a time


@dataclass(frozen=True)
class Decoded:
    """used: the setting, with the passes that were left out; no `least_db` where the codestream is of a kind
    that is not thinned, which `reason` says. least_db: estimated, to the whole decode; measured_db: the same
    measured; both infinite where nothing was left out, and the second None where it was not measured."""

    image: NDArray[np.uint16]
    used: Setting
    least_db: float = math.inf
    measured_db: float | None = None
    reason: Text | None = None


def decoded(data: bytes | bytearray | memoryview, setting: Setting, decode: Decode) -> Decoded:
    """The picture at the size of the setting. The errors are those of `decode`."""
    if not setting.passes:
        return Decoded(decode(data, setting.reduce), setting)
    thinned = thin(data, setting.passes, least_db=setting.least_db, reduce=setting.reduce)
    image = decode(thinned.data, setting.reduce)
    if thinned.reason is not None:
        whole = replace(setting, passes=0, least_db=None, measured=False)
        return Decoded(image, whole, reason=_said(thinned.reason))
    used = replace(setting, passes=thinned.cut, measured=False)
    if not (setting.measured and thinned.cut):
        return Decoded(image, used, thinned.least_db)
    found = psnr(image, decode(data, setting.reduce))
    return Decoded(image, replace(used, measured=True), thinned.least_db, found)


def psnr(image: NDArray[np.uint16], whole: NDArray[np.uint16]) -> float:
    """Decibels, of 12 bits; infinite where both are the same."""
    error = 0
    for row in range(0, len(image), _ROWS):
        rows = slice(row, row + _ROWS)
        difference = (image[rows].astype(np.int32) - whole[rows]).ravel()
        error += int(np.dot(difference.astype(np.float64), difference))
    return 10 * math.log10(PEAK**2 * image.size / error) if error else math.inf


def _said(reason: Text | CodestreamError) -> Text:
    return reason if isinstance(reason, Text) else text("play.damaged-packets")
