"""A decoder's frame as planes of samples, bit for bit, in whatever form it lies in memory."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dcp.create.sources.facts import Model, Pixels
from dcp.dataclass import dataclass
from dcp.errors import SourceError
from dcp.patterns import pattern

if TYPE_CHECKING:
    from numpy.typing import NDArray

_LIMITED, _FULL = 1, 2  # AVColorRange
_CENTRED_CODECS = ("mpeg1video", "mjpeg", "mjpegb", "theora", "h261", "h263")
"""Whose chroma lies in the middle of its four luma samples; elsewhere it lies on their left side."""

_ABORTING = "yaf32"
"""What FFmpeg's conversion ends the whole program over."""

_PLANAR = pattern(
    r"(?P<kind>yuva|yuvj|yuv|gbrapf|gbrap|gbrpf|gbrp|grayf|gray)(?P<ratio>420|422|444|440|411|410)?p?"
    r"(?P<depth>9|10|12|14|16|32)?(?P<order>le|be)?"
)


@dataclass(frozen=True)
class _Packed:
    """Where components lie that share a plane: (plane, offset, step) each, in samples of `size` bytes whose
    code stands `shift` bits up; `depth` bits each.
    """

    model: Model
    depth: int
    size: int
    at: tuple[tuple[int, int, int], ...]
    alpha: tuple[int, int, int] | None = None
    shift: int = 0


def _together(order: str, model: Model, depth: int, size: int = 1, shift: int = 0) -> _Packed:
    """All components of a pixel side by side, in the order of these letters; `x` is padding."""
    letters = {"rgb": "rgb", "xyz": "xyz", "ycbcr": "yuv", "grey": "y"}[model]
    at = tuple((0, order.index(letter), len(order)) for letter in letters)
    alpha = (0, order.index("a"), len(order)) if "a" in order else None
    return _Packed(model, depth, size, at, alpha, shift)


def _half(order: str, depth: int, size: int = 1, shift: int = 0) -> _Packed:
    """4:2:2, two pixels side by side."""
    at = ((0, order.index("y"), 2), (0, order.index("u"), 4), (0, order.index("v"), 4))
    return _Packed("ycbcr", depth, size, at, None, shift)


def _two_planes(depth: int, size: int = 1, shift: int = 0, *, swapped: bool = False) -> _Packed:
    """Luma, and both chromas in one plane."""
    first, second = (1, 0) if swapped else (0, 1)
    return _Packed("ycbcr", depth, size, ((0, 0, 1), (1, first, 2), (1, second, 2)), None, shift)


_PACKED: Mapping[str, _Packed] = {
    **{name: _together(name, "rgb", 8) for name in ("rgba", "bgra", "argb", "abgr")},
    "rgb24": _together("rgb", "rgb", 8),
    "bgr24": _together("bgr", "rgb", 8),
    "rgb0": _together("rgbx", "rgb", 8),
    "bgr0": _together("bgrx", "rgb", 8),
    "0rgb": _together("xrgb", "rgb", 8),
    "0bgr": _together("xbgr", "rgb", 8),
    "rgb48le": _together("rgb", "rgb", 16, 2),
    "bgr48le": _together("bgr", "rgb", 16, 2),
    "rgba64le": _together("rgba", "rgb", 16, 2),
    "bgra64le": _together("bgra", "rgb", 16, 2),
    "xyz12le": _together("xyz", "xyz", 12, 2, 4),
    "ya8": _together("ya", "grey", 8),
    "ya16le": _together("ya", "grey", 16, 2),
    "yuyv422": _half("yuyv", 8),
    "uyvy422": _half("uyvy", 8),
    "yvyu422": _half("yvyu", 8),
    "y210le": _half("yuyv", 10, 2, 6),
    "y212le": _half("yuyv", 12, 2, 4),
    "y216le": _half("yuyv", 16, 2),
    "vuya": _together("vuya", "ycbcr", 8),
    "uyva": _together("uyva", "ycbcr", 8),
    "vuyx": _together("vuyx", "ycbcr", 8),
    "ayuv": _together("ayuv", "ycbcr", 8),
    "vyu444": _together("vyu", "ycbcr", 8),
    "ayuv64le": _together("ayuv", "ycbcr", 16, 2),
    "xv36le": _together("uyvx", "ycbcr", 12, 2, 4),
    "xv48le": _together("uyvx", "ycbcr", 16, 2),
    **{name: _two_planes(8) for name in ("nv12", "nv16", "nv24")},
    **{name: _two_planes(8, swapped=True) for name in ("nv21", "nv42")},
    "nv20le": _two_planes(10, 2),
    **{f"p{ratio}10le": _two_planes(10, 2, 6) for ratio in (0, 2, 4)},
    **{f"p{ratio}12le": _two_planes(12, 2, 4) for ratio in (0, 2, 4)},
    **{f"p{ratio}16le": _two_planes(16, 2) for ratio in (0, 2, 4)},
}


def model_of(form: Any) -> Model:
    """Whose samples a pixel format (PyAV's VideoFormat) has."""
    name = form.name
    if name.startswith("xyz"):
        return "xyz"
    if name.startswith(("gray", "ya8", "ya16", "mono")):
        return "grey"
    if form.is_rgb or form.has_palette or name.startswith(("gbr", "bayer")):
        return "rgb"
    return "ycbcr"


def has_alpha(form: Any) -> bool:
    """Whether a pixel format has coverage. A palette may, so it counts as having it."""
    return any(one.is_alpha for one in form.components) or form.has_palette


def depth_of(form: Any) -> int:
    """Bits of a sample."""
    if form.has_palette:
        return 8
    return max(int(one.bits) for one in form.components)


def pixels_of(frame: Any, where: Path, codec: str = "") -> Pixels:
    """The samples of a decoded frame, copied once. codec: FFmpeg's name, for where chroma lies.

    SourceError for a form that not even FFmpeg's conversion can read.
    """
    name = frame.format.name
    full = _is_full(frame)
    siting = _siting(frame, codec)
    if name not in _PACKED and not _planar(name):
        import av

        try:
            if name.startswith(_ABORTING):
                raise ValueError
            frame = frame.reformat(format=_nearest(frame.format), threads=1)
        except (av.FFmpegError, ValueError):
            raise SourceError("source.pixel-format", where=where, form=name) from None
        name = frame.format.name
    if name in _PACKED:
        return _unpacked(frame, _PACKED[name], full, siting)
    return _separate(frame, name, full, siting)


def planar_form(form: Any) -> str:
    """A pixel format with a plane a component, of the same samples: what filters work on."""
    return form.name if _planar(form.name) else _nearest(form)


def _planar(name: str) -> bool:
    match = _PLANAR.fullmatch(name)
    if match is None or match["order"] == "be":
        return False
    floats = match["kind"].endswith("f")
    return floats == (match["depth"] == "32")


def _nearest(form: Any) -> str:
    """The planar format of the same samples and of no fewer bits."""
    model, depth = model_of(form), depth_of(form)
    alpha = has_alpha(form)
    if form.name.startswith("xyz"):
        return "xyz12le"
    if model == "grey" and not alpha:
        bits = next(bits for bits in (8, 10, 12, 16) if bits >= min(depth, 16))
        return "gray" if bits == 8 else f"gray{bits}le"
    if model != "ycbcr":
        bits = next(bits for bits in (8, 10, 12, 16) if bits >= min(depth, 16))
        return ("gbrap" if alpha else "gbrp") + ("" if bits == 8 else f"{bits}le")
    across, down = _subsampling(form)
    ratio = {(1, 1): "444", (2, 1): "422", (2, 2): "420", (1, 2): "440", (4, 1): "411", (4, 4): "410"}
    bits = next(bits for bits in (8, 10, 12, 16) if bits >= min(depth, 16))
    kind = "yuva" if alpha else "yuv"
    return f"{kind}{ratio.get((across, down), '444')}p" + ("" if bits == 8 else f"{bits}le")


def _subsampling(form: Any) -> tuple[int, int]:
    luma, chroma = form.components[0], form.components[1]
    return round(luma.width / chroma.width), round(luma.height / chroma.height)


def _is_full(frame: Any) -> bool:
    """By its tag; untagged, Y'CbCr is limited, all else full."""
    if frame.format.name.startswith("yuvj"):
        return True
    if frame.color_range in (_LIMITED, _FULL):
        return bool(frame.color_range == _FULL)
    return model_of(frame.format) != "ycbcr"


def _siting(frame: Any, codec: str) -> tuple[float, float]:
    """As the codec's own standard has it where nothing says otherwise; PyAV does not give the tag."""
    if model_of(frame.format) != "ycbcr":
        return (0.0, 0.0)
    across, down = _subsampling(frame.format)
    return (0.5 if codec in _CENTRED_CODECS and across > 1 else 0.0, 0.5 if down > 1 else 0.0)


def _samples(plane: Any, size: int) -> NDArray[Any]:
    """A plane as it lies in memory, rows padded."""
    import numpy as np

    kind = {1: "<u1", 2: "<u2", 4: "<f4"}[size]
    whole: NDArray[Any] = np.frombuffer(plane, dtype=kind).reshape(plane.height, plane.line_size // size)
    return whole


def _unpacked(frame: Any, packed: _Packed, full: bool, siting: tuple[float, float]) -> Pixels:
    import numpy as np

    planes = [_samples(plane, packed.size) for plane in frame.planes]

    def component(place: tuple[int, int, int], width: int) -> NDArray[Any]:
        plane, offset, step = place
        taken = planes[plane][:, offset : offset + step * (width - 1) + 1 : step]
        return taken >> packed.shift if packed.shift else np.ascontiguousarray(taken)

    widths = [one.width for one in frame.format.components]
    sizes = [widths[n] if packed.model == "ycbcr" else frame.width for n in range(len(packed.at))]
    return Pixels(
        planes=tuple(component(place, width) for place, width in zip(packed.at, sizes, strict=True)),
        model=packed.model,
        depth=packed.depth,
        full_range=full,
        siting=siting,
        alpha=component(packed.alpha, frame.width) if packed.alpha else None,
    )


def _separate(frame: Any, name: str, full: bool, siting: tuple[float, float]) -> Pixels:
    import numpy as np

    match = _PLANAR.fullmatch(name)
    assert match is not None
    depth = int(match["depth"] or 8)
    size = 1 if depth == 8 else 4 if depth == 32 else 2
    planes: list[NDArray[Any]] = [
        np.ascontiguousarray(_samples(plane, size)[:, : plane.width]) for plane in frame.planes
    ]
    alpha = planes.pop() if len(planes) in (2, 4) else None
    if match["kind"].startswith("gbr"):
        planes = [planes[2], planes[0], planes[1]]
    return Pixels(tuple(planes), model_of(frame.format), depth, full, siting, alpha)
