"""Whether a frame of a source is the one before it again, or the first of a shot: by its samples alone.

All is counted in whole numbers, so that every machine that looks at a frame sees the same.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

from dcp.create.sources.facts import Pixels
from dcp.dataclass import dataclass
from dcp.errors import DcpError
from dcp.picture.codec import BIT_DEPTH
from dcp.picture.codestream import parse_codestream

if TYPE_CHECKING:  # codestreams are taken without it
    import numpy as np
    from numpy.typing import NDArray

    from dcp.create.makers.frame import Frame
    from dcp.picture.codec import Codec

    Thumbnail: TypeAlias = NDArray[np.int64]

ROWS, COLUMNS = 9, 16
"""Of a thumbnail: a mean each, on a scale of 16 bits, of some hundred samples, so that grain is not seen."""
_SAMPLED = 144
"""Rows or columns of the shorter side that a thumbnail is made of, at least."""
_STILL = 65535 // 100
"""What two thumbnails may differ by on average within any shot: dark ones have little else."""
_WHITE = 65535
_HALVED = 4
"""How often a codestream's sides are: its thumbnail is made of 128 columns and more."""

Shown: TypeAlias = Pixels | Sequence[tuple[Pixels, float]]
"""What can be looked at: one decoded frame, or several that are mixed by their weights."""


@dataclass(frozen=True, eq=False)
class Look:
    """A frame as it was seen. content: its samples, or, where they are elsewhere, their digest."""

    thumbnail: Thumbnail
    content: Shown | bytes


def look_at(frame: Shown) -> Look:
    """The frame is held by what is returned."""
    return Look(_thumbnail(frame), frame)


def seen(frame: Shown) -> Look:
    """The same without the frame: what another process tells of it."""
    return Look(_thumbnail(frame), digest(frame))


class Looking:
    """Looks at frames in order. One that comes again as the same object is looked at once. codec: for
    codestreams that are to be coded again; None where there are none."""

    def __init__(self, codec: Codec | None) -> None:
        self._codec = codec
        self._last: tuple[object, Look | None] | None = None

    def at(self, frame: Frame) -> Look | None:
        """None for a codestream that cannot be looked at: whoever decodes it says why."""
        if self._last is None or self._last[0] is not frame:
            self._last = frame, self._looked(frame)
        return self._last[1]

    def _looked(self, frame: Frame) -> Look | None:
        import numpy as np

        if frame is None:
            return Look(np.zeros((ROWS, COLUMNS), np.int64), b"")
        if not isinstance(frame, bytes):
            return look_at(frame)
        assert self._codec is not None
        try:
            levels = parse_codestream(frame).levels
            small = self._codec.decode(frame, reduce=min(levels, _HALVED))
        except DcpError:
            return None
        return Look(_means(small[:, :, min(1, small.shape[2] - 1)], BIT_DEPTH), frame)


def is_same(one: Look, other: Look) -> bool:
    """Whether all samples, and what is said of them, are equal."""
    import numpy as np

    if one.thumbnail.shape != other.thumbnail.shape or not np.array_equal(one.thumbnail, other.thumbnail):
        return False
    first, second = one.content, other.content
    if isinstance(first, bytes) or isinstance(second, bytes):
        return _digest_of(first) == _digest_of(second)
    if isinstance(first, Pixels) or isinstance(second, Pixels):
        return isinstance(first, Pixels) and isinstance(second, Pixels) and _equal(first, second)
    return len(first) == len(second) and all(
        weight == other_weight and _equal(pixels, others)
        for (pixels, weight), (others, other_weight) in zip(first, second, strict=True)
    )


def is_cut(before: Look, after: Look) -> bool:
    """Whether another shot begins: the two differ by more than half of what each differs within itself.

    A pan or a walk moves a thumbnail's means by a small part of that between two frames; two pictures that
    have nothing to do with each other differ by more than all of it.
    """
    import numpy as np

    one, other = before.thumbnail, after.thumbnail
    if one.shape != other.shape:
        return True
    differ = int(np.abs(one - other).sum())
    within = int(np.abs(one - one.sum() // one.size).sum() + np.abs(other - other.sum() // other.size).sum())
    return 4 * (differ - _STILL * one.size) > within


def light_of(look: Look) -> int:
    """How light it is, in steps of the square root of two, 18 to 32: of two frames that are two steps apart,
    one is half as light again as the other or more. Below a hundredth all is equally dark."""
    level = _STILL + int(look.thumbnail.sum()) // look.thumbnail.size
    return (level * level).bit_length() - 1


def digest(frame: Shown) -> bytes:
    """Of all that `is_same` compares."""
    import numpy as np

    summed = hashlib.blake2b(digest_size=16)
    for pixels, weight in [(frame, 1.0)] if isinstance(frame, Pixels) else frame:
        said = (weight, pixels.model, pixels.depth, pixels.full_range, pixels.siting)
        summed.update(repr(said).encode())
        for plane in _planes(pixels):
            summed.update(f"{plane.dtype.str}{plane.shape}".encode())
            summed.update(np.ascontiguousarray(_bytes(plane)).data)
    return summed.digest()


# --- how it is done -----


def _digest_of(content: Shown | bytes) -> bytes:
    return content if isinstance(content, bytes) else digest(content)


def _planes(pixels: Pixels) -> tuple[NDArray[Any], ...]:
    return pixels.planes if pixels.alpha is None else (*pixels.planes, pixels.alpha)


def _equal(one: Pixels, other: Pixels) -> bool:
    import numpy as np

    if one is other:
        return True
    return (
        (one.model, one.depth, one.full_range, one.siting, one.alpha is None)
        == (other.model, other.depth, other.full_range, other.siting, other.alpha is None)
        and len(one.planes) == len(other.planes)
        and all(
            first.dtype == second.dtype
            and first.shape == second.shape
            and np.array_equal(_bytes(first), _bytes(second))
            for first, second in zip(_planes(one), _planes(other), strict=True)
        )
    )


def _bytes(plane: NDArray[Any]) -> NDArray[Any]:
    """As they lie there: what is no number is equal to itself, too."""
    return plane.view(f"u{plane.dtype.itemsize}")


def _thumbnail(frame: Shown) -> Thumbnail:
    import numpy as np

    if isinstance(frame, Pixels):
        return _means(frame.planes[0 if frame.model in ("ycbcr", "grey") else 1], frame.depth)
    parts = [(_thumbnail(pixels), weight) for pixels, weight in frame]
    shares = [round(weight * 4096) for _, weight in parts]
    if len({part.shape for part, _ in parts}) > 1:
        return parts[0][0]
    total = np.zeros_like(parts[0][0])
    for (part, _), share in zip(parts, shares, strict=True):
        total += part * share
    return total // 4096


def _means(plane: NDArray[Any], depth: int) -> Thumbnail:
    import numpy as np

    step = max(1, min(plane.shape) // _SAMPLED)
    part = plane[::step, ::step]
    if depth == 32:
        part = (np.nan_to_num(part.astype(np.float64)).clip(0, 1) * _WHITE).round()
        depth = 16
    part = part.astype(np.int64)
    rows, columns = _edges(part.shape[0], ROWS), _edges(part.shape[1], COLUMNS)
    sums = np.add.reduceat(np.add.reduceat(part, rows[:-1], axis=0), columns[:-1], axis=1)
    counts = np.diff(rows)[:, None] * np.diff(columns)[None, :]
    means: Thumbnail = (sums << max(0, 16 - depth)) // counts
    return means


def _edges(length: int, parts: int) -> NDArray[np.int64]:
    """Where each part begins, and the end of the last; fewer parts where there are not so many samples."""
    import numpy as np

    count = min(length, parts)
    return np.arange(count + 1, dtype=np.int64) * length // count
