"""From one decoded frame to its codestream: pure functions of the frame and a recipe, wherever they run.

Alpha lies over black in the source's own codes, as editing systems show it; two frames are blended in light.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from fractions import Fraction
from typing import TYPE_CHECKING, Any, TypeAlias

from dcp.create.sources.codestreams import check_passed
from dcp.create.sources.facts import Pixels
from dcp.dataclass import dataclass
from dcp.errors import CodestreamError, DcpError, SourceError
from dcp.picture.codec import BIT_DEPTH, Codec, Drawing
from dcp.picture.codestream import parse_codestream
from dcp.picture.colour.path import ColourPath
from dcp.picture.geometry import Placement, Size
from dcp.picture.limits import FrameLimits
from dcp.text.layout.burnt import BurntCue, burn_cues

if TYPE_CHECKING:  # codestreams are taken without it
    import numpy as np
    from numpy.typing import NDArray

    from dcp.picture.codec import Planes
    from dcp.picture.scaling import Axis

    Codes = NDArray[np.uint16]
    Plane = NDArray[Any]

Blend: TypeAlias = Sequence[tuple[Pixels, float]]
Frame: TypeAlias = Pixels | Blend | bytes | None
"""What a reader gives: pixels, several with their weights, a codestream as it stands, or None for black."""

COMPONENTS = 3
BAND = 90
"""Rows that are made at a time; the heights of containers are multiples, or nearly so."""


@dataclass(frozen=True)
class Recipe:
    """All that makes a codestream of a frame. placement, path: None where all frames are codestreams.

    size: (width, height) of the codestream. rate: edit units a second; stereo: one edit unit has two
    codestreams. burnt: text over the frame, in the order in which it lies there.
    """

    size: Size
    limits: FrameLimits
    rate: Fraction
    placement: Placement | None = None
    path: ColourPath | None = None
    stereo: bool = False
    burnt: tuple[BurntCue, ...] = ()

    @property
    def hdr(self) -> bool:
        return self.path is not None and self.path.target == "hdr"


def code(
    frame: Frame,
    recipe: Recipe,
    codec: Codec | None,
    *,
    bits: int = BIT_DEPTH,
    mark: Callable[[Codes], Codes] | None = None,
    tell_made: Callable[[], None] = lambda: None,
) -> bytes:
    """The codestream of a frame. One that already is a codestream is checked and passed on as it stands; with
    a mark it is decoded, marked and coded again.

    codec: None where every frame is one. bits: of a sample, that are coded (`Codec.encode`). mark: of X'Y'Z'
    codes. tell_made: is called between colour and coding. SourceError for one that does not fit,
    CodestreamError for a frame that does not decode or cannot be brought within the limits.
    """
    if isinstance(frame, bytes):
        if mark is None:
            check_codestream(frame, recipe)
            return frame
        assert codec is not None
        return codec.encode(mark(decoded(frame, recipe.size, codec)), limits=recipe.limits, bits=bits)
    assert codec is not None
    pixels = frame

    def drawn(planes: Planes) -> None:
        draw(pixels, recipe, planes)
        if mark is not None:
            _mark_planes(planes, mark)
        tell_made()

    return codec.encode(Drawing(recipe.size, drawn), limits=recipe.limits, bits=bits)


def frame_of(frame: Pixels | Blend | None, recipe: Recipe) -> Codes:
    """X'Y'Z' codes of 12 bits, (height, width, 3) uint16: the frame in its container."""
    import numpy as np

    width, height = recipe.size
    planes = np.empty((3, height, width), dtype=np.int32)
    draw(frame, recipe, tuple(planes))
    return planes.transpose(1, 2, 0).astype(np.uint16)


def draw(frame: Pixels | Blend | None, recipe: Recipe, out: Planes) -> None:
    """X'Y'Z' codes of 12 bits into three planes of the recipe's size, whatever they held."""
    _draw(frame, recipe, out)
    if recipe.burnt:
        burn_cues(out, recipe.burnt, hdr=recipe.hdr)


def picture_of(frame: Frame, recipe: Recipe, codec: Codec) -> Codes:
    """X'Y'Z' codes of any frame: made by the recipe, or decoded. Errors as of `code`."""
    return decoded(frame, recipe.size, codec) if isinstance(frame, bytes) else frame_of(frame, recipe)


def decoded(codestream: bytes, size: Size, codec: Codec) -> Codes:
    """The picture of a codestream, which its header has to announce: nothing is allocated on a file's word.
    SourceError for one of another form, CodestreamError for one that is damaged."""
    header = parse_codestream(codestream)
    if (header.width, header.height) != size or len(header.components) != COMPONENTS:
        raise SourceError(
            "create.other-codestream",
            width=header.width,
            height=header.height,
            components=len(header.components),
            size=f"{size[0]}x{size[1]}",
        )
    return codec.decode(codestream)


def check_codestream(data: bytes, recipe: Recipe) -> None:
    """SourceError unless it is a cinema codestream of the recipe's size, within its limits."""
    check_passed(
        data, where=None, size=recipe.size, limits=recipe.limits, rate=recipe.rate, stereo=recipe.stereo
    )


def check_answer(codestream: object, recipe: Recipe, number: int) -> None:
    """DcpError for what came from elsewhere and is no frame of this picture: in the spool it would stay."""
    with suppress(CodestreamError, SourceError):
        if isinstance(codestream, bytes):
            check_codestream(codestream, recipe)
            return
    raise DcpError("cluster.no-frame", number=number)


def blended(parts: Iterable[tuple[Plane, float]], *, hdr: bool = False) -> Codes:
    """The mean of several pictures' codes, or parts of them, in light, by their weights, which add up to 1.

    It takes 12 bytes a code beside them.
    """
    import numpy as np

    from dcp.picture.colour.kernels import add_light, to_nearest
    from dcp.picture.colour.mixing import light_of_codes, nearest_codes

    table, total = light_of_codes(hdr), np.empty(0, np.float32)
    shape: tuple[int, ...] = ()
    for part, weight in parts:
        if not total.size:
            shape, total = part.shape, np.zeros(part.size, np.float32)
        add_light(np.ravel(part), table, np.float32(weight), total)
    codes = np.empty(total.size, np.uint16)
    to_nearest(total, nearest_codes(hdr), codes)
    return codes.reshape(shape)


# --- how it is done -----


def _mark_planes(planes: Planes, mark: Callable[[Codes], Codes]) -> None:
    from dcp.picture.interleaved import picture_into_planes, picture_of_planes

    picture_into_planes(mark(picture_of_planes(planes)), planes)


def _draw(frame: Pixels | Blend | None, recipe: Recipe, out: Planes) -> None:
    if frame is None:
        for plane in out:
            plane[:] = 0
        return
    assert recipe.placement is not None
    inner = recipe.placement.inner
    for plane in out:
        plane[: inner.top] = plane[inner.bottom :] = 0
        plane[inner.top : inner.bottom, : inner.left] = plane[inner.top : inner.bottom, inner.right :] = 0
    bands = _bands(frame, recipe) if isinstance(frame, Pixels) else _blended_bands(frame, recipe)
    for first in range(0, inner.height, BAND):
        end = min(first + BAND, inner.height)
        rows = slice(inner.top + first, inner.top + end)
        bands(first, end, [plane[rows, inner.left : inner.right] for plane in out])


Bands = Callable[[int, int, "Planes"], None]
"""Makes the rows from one to another, of the placement's inner rectangle, in planes of these rows."""


def _bands(pixels: Pixels, recipe: Recipe) -> Bands:
    """Scaled and converted in bands: what lies between is small enough for the processor's cache."""
    from dcp.picture.colour import to_dcdm

    placement, path = recipe.placement, recipe.path
    assert placement is not None and path is not None
    planes = _planes(pixels, placement)
    return lambda first, end, out: to_dcdm(_rows(planes, first, end), path, out)


def _blended_bands(blend: Blend, recipe: Recipe) -> Bands:
    import numpy as np

    parts = [(_bands(pixels, recipe), weight) for pixels, weight in blend]

    def make(first: int, end: int, out: Planes) -> None:
        def made(bands: Bands) -> Plane:
            part = np.empty((3, *out[0].shape), np.int32)
            bands(first, end, tuple(part))
            return part

        mean = blended(((made(bands), weight) for bands, weight in parts), hdr=recipe.hdr)
        for plane, codes in zip(out, mean, strict=True):
            plane[:] = codes

    return make


def placed_planes(pixels: Pixels, placement: Placement) -> list[Plane]:
    """Each plane cropped, turned and scaled straight to the inner rectangle, in the source's codes: as it
    was where nothing is to be scaled, else as 32-bit floats, overshoot kept."""
    return _rows(_planes(pixels, placement), 0, placement.inner.height)


def _planes(pixels: Pixels, placement: Placement) -> list[_Placed]:
    planes = list(pixels.planes)
    if pixels.alpha is not None:
        planes = [_over_black(plane, at, pixels) for at, plane in enumerate(planes)]
    whole = pixels.planes[0].shape
    return [_placed(plane, whole, pixels.siting, placement) for plane in planes]


@dataclass(frozen=True, eq=False)
class _Placed:
    """A plane, cropped and turned, and where in it the points of the target lie, None: on its samples."""

    plane: Plane
    axes: tuple[Axis, Axis] | None


def _rows(planes: Sequence[_Placed], first: int, end: int) -> list[Plane]:
    """The rows of the target from `first` to `end`, C-contiguous."""
    from dcp.picture.interleaved import contiguous
    from dcp.picture.scaling import scaled_rows

    needed = [each.axes[1].needed(first, end) if each.axes is not None else (first, end) for each in planes]
    taken = [each.plane[above:below] for each, (above, below) in zip(planes, needed, strict=True)]
    made = []
    for each, rows, (above, _) in zip(planes, contiguous(taken), needed, strict=True):
        made.append(rows if each.axes is None else scaled_rows(rows, above, *each.axes, first, end))
    return made


def _placed(plane: Plane, whole: Sequence[int], siting: tuple[float, float], placement: Placement) -> _Placed:
    import numpy as np

    from dcp.picture.scaling import axis

    crop, size = placement.crop, placement.inner.size
    across, x0, x1 = _along(plane.shape[1], whole[1], siting[0], crop.left, crop.right)
    down, y0, y1 = _along(plane.shape[0], whole[0], siting[1], crop.top, crop.bottom)
    part, luma = plane[y0:y1, x0:x1], crop.size
    if placement.flip:
        part, across = part[:, ::-1], across.reversed(luma[0], x1 - x0)
    for _ in range(placement.rotation // 90):  # clockwise: what was below comes left
        part, luma = np.rot90(part, -1), luma[::-1]
        across, down = down.reversed(luma[0], part.shape[1]), across
    if part.shape[::-1] == size and across.at_rest and down.at_rest:
        return _Placed(part, None)
    start_x, step_x = across.points(luma[0], size[0])
    start_y, step_y = down.points(luma[1], size[1])
    axes = axis(part.shape[1], size[0], start_x, step_x), axis(part.shape[0], size[1], start_y, step_y)
    return _Placed(part, axes)


@dataclass(frozen=True)
class _Side:
    """Along one side of the crop: luma sample u lies at start + u / step of the plane's samples."""

    start: float
    step: float

    @property
    def at_rest(self) -> bool:
        return self.start == 0 and self.step == 1

    def reversed(self, luma: int, samples: int) -> _Side:
        return _Side(samples - 1 - self.start - (luma - 1) / self.step, self.step)

    def points(self, luma: int, target: int) -> tuple[float, float]:
        """(start, step) in the plane's samples of the points of the target, edge on edge."""
        factor = luma / target
        return self.start + (factor / 2 - 0.5) / self.step, factor / self.step


def _along(samples: int, luma: int, siting: float, first: int, end: int) -> tuple[_Side, int, int]:
    """The axis, and which samples of the plane belong to the luma samples from `first` to `end`."""
    step = round(luma / samples)
    if step == 1:
        return _Side(0.0, 1.0), first, end
    begin = first // step
    return _Side((first - siting) / step - begin, float(step)), begin, min(samples, -(-end // step))


def _over_black(plane: Plane, at: int, pixels: Pixels) -> Plane:
    import numpy as np

    from dcp.picture.scaling import scaled

    alpha = pixels.alpha
    assert alpha is not None
    cover: Plane = alpha.astype(np.float32)
    if pixels.depth != 32:
        cover *= np.float32(1 / ((1 << pixels.depth) - 1))
    step = round(alpha.shape[1] / plane.shape[1]), round(alpha.shape[0] / plane.shape[0])
    if step != (1, 1):
        shape = plane.shape[::-1]
        start = tuple(place if wide > 1 else 0.0 for place, wide in zip(pixels.siting, step, strict=True))
        cover = scaled(cover, (shape[0], shape[1]), start=(start[0], start[1]), step=(step[0], step[1]))
        cover = cover.clip(0, 1)
    black = np.float32(_black(at, pixels))
    return (plane - black) * cover + black


def _black(at: int, pixels: Pixels) -> float:
    if pixels.depth == 32:
        return 0.0
    if pixels.model == "ycbcr" and at > 0:
        return float(1 << (pixels.depth - 1))
    return 0.0 if pixels.full_range else 16.0 * 2 ** (pixels.depth - 8)
