"""Transfer curves of video: how much light a code is, and how far it moves when light changes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from watermark.visibility import CODE_GAMMA

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]

# ISO/IEC 23091-2, transfer characteristics
LINEAR, LOG_100, LOG_316, SRGB, PQ, DCDM, HLG = 8, 9, 10, 13, 16, 17, 18
_POWERS = {4: 2.2, 5: 2.8, LINEAR: 1.0, DCDM: CODE_GAMMA}
_DISPLAY = 2.4
"""What a display of SDR video does with its codes (BT.1886), whatever the camera did."""
_LOGS = {LOG_100: 2.0, LOG_316: 2.5}  # decades of light from code 0 to 1
HDR = (PQ, HLG)

_M1, _M2, _C1, _C2, _C3 = 2610 / 16384, 2523 / 32, 3424 / 4096, 2413 / 128, 2392 / 128  # ST 2084
_HLG_A, _HLG_B, _HLG_C = 0.17883277, 0.28466892, 0.55991073  # BT.2100
_HLG_SYSTEM = 1.2  # its system gamma at 1,000 cd/m2
_CINEMA_WHITE, _CODE_WHITE = 48.0, 52.37


def slope(code: Doubles, transfer: int) -> Doubles:
    """What a component (0 black, 1 white) gains for light that is multiplied by 1 + a, in units of a.

    transfer: the tag's number; one that is not known, or none, is SDR video.
    """
    value = np.maximum(code, 0)
    if transfer == PQ:
        root = np.maximum(value, 1e-9) ** (1 / _M2)
        above, below = np.maximum(root - _C1, 1e-12), np.maximum(_C2 - _C3 * root, 1e-12)
        steep = (1 / above + _C3 / below) / _M1 * root / (_M2 * np.maximum(value, 1e-9))
        return np.asarray(1 / steep)
    if transfer == HLG:
        upper = _HLG_A * (1 + _HLG_B * np.exp(-(value - _HLG_C) / _HLG_A))
        return np.where(value <= 0.5, value / 2, upper) / _HLG_SYSTEM
    if transfer == SRGB:
        return np.where(value <= 0.04045, value, (value + 0.055) / 2.4)
    if transfer in _LOGS:
        return np.where(value > 0, 1 / (_LOGS[transfer] * np.log(10)), 0.0)
    return value / _POWERS.get(transfer, _DISPLAY)


def is_power(transfer: int) -> bool:
    """Whether light is a power of the code."""
    return transfer not in (PQ, HLG, SRGB, *_LOGS)


def cinema_code(code: Floats, transfer: int) -> Floats:
    """Y' as the same light would have it in X'Y'Z', where the mark's strength is at home: 1 is 52.37 cd/m2.

    SDR white is cinema's 48 cd/m2; PQ and HLG (of a 1,000 cd/m2 display) are taken as they are, above 1 too.
    """
    value = np.clip(code, 0, 1).astype(np.float64)
    if transfer == PQ:
        root = value ** (1 / _M2)
        light = 10_000 * (np.maximum(root - _C1, 0) / (_C2 - _C3 * root)) ** (1 / _M1)
    elif transfer == HLG:
        scene = np.where(value <= 0.5, value**2 / 3, (np.exp((value - _HLG_C) / _HLG_A) + _HLG_B) / 12)
        light = 1_000 * scene**_HLG_SYSTEM
    elif transfer == SRGB:
        light = _CINEMA_WHITE * np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)
    elif transfer in _LOGS:
        light = _CINEMA_WHITE * 10 ** (_LOGS[transfer] * (value - 1))
    else:
        light = _CINEMA_WHITE * value ** _POWERS.get(transfer, _DISPLAY)
    return np.asarray((light / _CODE_WHITE) ** (1 / CODE_GAMMA), np.float32)
