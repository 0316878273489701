"""Scene-referred pictures through ACES: cameras' logs and linear ACES into X'Y'Z', as OpenColorIO does it.

The transforms are OpenColorIO's built-in ones; no configuration is read. Run by it they take half a second a
frame. Here a camera's curve, the tone curve and matrices are sampled from it once. For SDR (`SDR-CINEMA_1.0`,
ACES 1) what ACES does between curves is computed as the Academy's transform defines it; for HDR
(`HDR-300nit-P3-D65_2.0`, ACES 2, the peak of DCI's addendum) the rest is a cube of 129 steps an axis.
The first agrees with OpenColorIO within a code of 12 bits for any light; the second within 2 for colours of
things, and colours at the very border of AP1, where ACES 2 bends sharply, can be off by tens.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dcp.errors import UsageError
from dcp.extras import need
from dcp.picture.colour.encodings import ACES
from dcp.picture.colour.kernels import FAINTEST, FAR, OCTAVES, PARTS, REACH, scene_to_cube, scene_to_sdr
from dcp.picture.colour.light import CODES, PEAK, WHITE, Floats, rgb_to_xyz
from dcp.picture.colour.path import ColourPath
from dcp.picture.colour.video import STEPS, Conversion, Singles, dcdm_codes, lights_of, places

_SUFFIX = "_to_ACES2065-1"
_NOT_OURS = "ADX"  # densities of film: a matrix stands before the curve
SDR = "ACES-OUTPUT - ACES2065-1_to_CIE-XYZ-D65 - SDR-CINEMA_1.0"
HDR = "ACES-OUTPUT - ACES2065-1_to_CIE-XYZ-D65 - HDR-300nit-P3-D65_2.0"
HDR_CODES = "DISPLAY - CIE-XYZ-D65_to_ST2084-DCDM-D65"
_AP1_TO_XYZ = "UTILITY - ACES-AP1_to_CIE-XYZ-D65_BFD"
_SATURATION = 0.96  # of the rendering, on AP1

_CUBE = 129
_DARK, _LIGHT = 2.0**-7, 512.0
"""The cube's axes: log2(light + dark), from 0 to the most light. 1.0 is a white of the scene."""
_SIXTEENTHS = 16  # a code's, in the cube


def scenes() -> tuple[str, ...]:
    """The encodings of scenes: linear ACES and the cameras that OpenColorIO knows, by its names."""
    need("create")
    import PyOpenColorIO as ocio

    found = (name for name, _ in ocio.BuiltinTransformRegistry().getBuiltins())
    cameras = (name.removesuffix(_SUFFIX) for name in found if name.endswith(_SUFFIX))
    return (ACES["aces2065-1"], *(name for name in cameras if not name.startswith(_NOT_OURS)))


def run(names: tuple[str, ...], values: NDArray[Any]) -> NDArray[np.float32]:
    """(n, 3) through OpenColorIO's built-in transforms, one after another, unrounded."""
    import PyOpenColorIO as ocio

    group = ocio.GroupTransform([ocio.BuiltinTransform(name) for name in names])
    processor = ocio.Config.CreateRaw().getProcessor(group)
    lossless = processor.getOptimizedCPUProcessor(ocio.OptimizationFlags.OPTIMIZATION_LOSSLESS)
    pixels = np.array(values, dtype=np.float32, order="C")
    lossless.applyRGB(pixels)
    return pixels


def aces(path: ColourPath) -> Conversion:
    """What takes planes of `path.camera` along the path. UsageError when it is none of `scenes()`."""
    table, first, least = scene(str(path.camera))
    affine = places(path, STEPS if table.size else 1)
    low, high = np.float32(0), np.float32(STEPS)
    if not table.size:
        low, high = np.float32(-FAR), np.float32(FAR)
    way = affine, low, high, table
    lights = lights_of(way)
    if path.target == "hdr":
        matrix = (_ap0_to_ap1() @ first).astype(np.float32)
        shaper, cube, scale = _shaper(), _cube(), np.float32(1 / _SIXTEENTHS)
        return lambda a, b, c, out: scene_to_cube(
            a, b, c, way, lights(a, b, c), matrix, shaper, cube, _CUBE, scale, out
        )
    matrix = first.astype(np.float32)
    ap1 = np.stack([_ap0_to_ap1(), _desaturated()]).astype(np.float32)
    last = (_linear(_AP1_TO_XYZ) * WHITE / PEAK).astype(np.float32)
    weights, tone, codes = _red(), _tone(), dcdm_codes()
    return lambda a, b, c, out: scene_to_sdr(
        a, b, c, way, lights(a, b, c), matrix, least, weights, ap1, tone, last, codes, out
    )


# --- what is sampled -----


@cache
def scene(name: str) -> tuple[Singles, Floats, np.float32]:
    """The curve of an encoding, for `kernels.look_up` (empty: linear), its matrix to ACES2065-1, and the
    least light that it gives: some cut at 0."""
    if name not in scenes():
        raise UsageError("colour.unknown", name=name, names=scenes())
    if name == ACES["aces2065-1"]:
        return np.empty(0, np.float32), np.eye(3), np.float32(-FAR)
    if name == ACES["acescg"]:
        return np.empty(0, np.float32), _linear(name + _SUFFIX), np.float32(-FAR)
    level = np.minimum(np.arange(STEPS + 2), STEPS) / STEPS
    curve = run((name + _SUFFIX,), np.repeat(level[:, None], 3, axis=1)).mean(axis=1)  # greys stay grey
    low, high = STEPS // 2, STEPS * 3 // 4  # so near each other that none of their colours is cut
    codes, light = np.full((3, 3), level[low]), np.full((3, 3), float(curve[low]))
    np.fill_diagonal(codes, level[high])
    np.fill_diagonal(light, float(curve[high]))
    matrix: Floats = np.linalg.solve(light, run((name + _SUFFIX,), codes).astype(np.float64)).T
    full = run((name + _SUFFIX,), np.array([[r, g, b] for r in (0, 1) for g in (0, 1) for b in (0, 1)]))
    return curve, matrix, np.float32(0 if full.min() >= 0 else -FAR)


def _linear(name: str) -> Floats:
    """(3, 3) of a transform that is a matrix."""
    matrix: Floats = run((name,), np.eye(3)).T.astype(np.float64)
    return matrix


def _ap0_to_ap1() -> Floats:
    matrix: Floats = np.linalg.inv(_linear(ACES["acescg"] + _SUFFIX)).astype(np.float64)
    return matrix


def _desaturated() -> Floats:
    luminance = rgb_to_xyz("acescg")[1]  # by ACES' own white, not adapted to D65
    return (1 - _SATURATION) * np.tile(luminance, (3, 1)) + _SATURATION * np.eye(3)


def _octaves() -> Floats:
    """The light of the places of a table over octaves."""
    step = np.arange(OCTAVES * PARTS + 2)
    light: Floats = FAINTEST * 2.0 ** (step // PARTS) * (1 + step % PARTS / PARTS)
    return light


@cache
def _tone() -> Singles:
    """The tone curve over octaves: Y of a grey, which the rest of the rendering leaves alone."""
    grey = np.repeat(_octaves()[:, None], 3, axis=1)
    tone: Singles = np.ascontiguousarray(run((SDR,), grey)[:, 1])
    return tone


@cache
def _red() -> Singles:
    """How much a hue counts as red: a cubic B-spline over 135 degrees, 1 at red."""
    steps = 4096
    tangent = np.minimum(np.arange(steps + 2), steps) / steps * REACH
    far = np.degrees(np.arctan(tangent)) / (135 / 4)
    weight = np.where(far < 1, 1 - 1.5 * far**2 + 0.75 * far**3, 0.25 * np.maximum(2 - far, 0) ** 3)
    singles: Singles = weight.astype(np.float32)
    return singles


@cache
def _shaper() -> Singles:
    """Light over octaves into places in the cube. What is fainter than all is the place 0."""
    light = np.where(np.arange(OCTAVES * PARTS + 2) == 0, 0, _octaves()).clip(0, _LIGHT)
    place = np.log2(light / _DARK + 1) / np.log2(_LIGHT / _DARK + 1) * (_CUBE - 1)
    singles: Singles = place.astype(np.float32)
    return singles


@cache
def _cube() -> NDArray[np.uint16]:
    """HDR's codes in sixteenths by AP1, [red, green, blue, channel]: some 13 MB, a second's work."""
    axis = ((_LIGHT / _DARK + 1) ** (np.arange(_CUBE) / (_CUBE - 1)) - 1) * _DARK
    cube = np.empty((_CUBE,) * 3 + (3,), np.uint16)
    for number, red in enumerate(axis):
        plane = np.stack(np.broadcast_arrays(red, axis[:, None], axis[None, :]), axis=-1).reshape(-1, 3)
        codes = run((ACES["acescg"] + _SUFFIX, HDR, HDR_CODES), plane) * ((CODES - 1) * _SIXTEENTHS)
        cube[number] = np.rint(codes.clip(0, (CODES - 1) * _SIXTEENTHS)).reshape(_CUBE, _CUBE, 3)
    return cube.ravel()
