"""The work on one frame, as plain functions of plain values: any thread may do it, or a process elsewhere.

A frame is handed over as its samples, or as a reference to them where the source is seen from there as well
(`Parts`); the codec by its name.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, TypeAlias

from dcp.create.makers.alike import Look, seen
from dcp.create.makers.frame import Blend, Frame, Recipe, code, frame_of
from dcp.create.sources.facts import FrameRef, PictureFacts, Pixels
from dcp.create.sources.opening import load, read_picture
from dcp.dataclass import dataclass
from dcp.errors import SourceError
from dcp.picture.codec import BIT_DEPTH, codec_by_name
from dcp.picture.coding import measured
from dcp.picture.colour.path import ColourPath
from dcp.picture.geometry import place
from dcp.picture.limits import frame_limits
from dcp.system import give_memory_back

if TYPE_CHECKING:
    from dcp.create.makers.frame import Codes

COMPILER = "llvmlite"
"""What compiles the kernels of colour, or loads them compiled: some 70 MB that are of no use after that."""
MAX_READERS = 4
"""Sources that a process holds open for references, each at a place of its own."""


Parts: TypeAlias = tuple[tuple[FrameRef, float], ...]
"""References of a frame: one, or two that are mixed by their weights."""


@dataclass(frozen=True)
class Referred:
    """A frame of a source that is seen from elsewhere. facts: the source's, as probed."""

    parts: Parts
    facts: PictureFacts


def coded(frame: Frame, recipe: Recipe, codec: str, planes: int) -> bytes:
    """The codestream of a frame, `planes` of the lowest bits of its samples left out. Errors as of `code`."""
    coder = codec_by_name(codec)
    return code(frame, recipe, coder, bits=BIT_DEPTH - planes, tell_made=_give_compiler_back)


def tried(frame: Pixels | Blend | None, recipe: Recipe, codec: str, planes: int) -> tuple[bytes, float]:
    """The same of a frame that is measured, and the mean square error, in codes squared.

    It is drawn once more for that: nothing is held beside the codec's own memory while it codes.
    """
    codestream = coded(frame, recipe, codec, planes)
    return codestream, measured(codestream, frame_of(frame, recipe), codec_by_name(codec))


def coded_picture(picture: Codes, recipe: Recipe, codec: str, planes: int) -> bytes:
    """`coded` of X'Y'Z' codes, (height, width, 3) uint16."""
    return codec_by_name(codec).encode(picture, limits=recipe.limits, bits=BIT_DEPTH - planes)


def tried_picture(picture: Codes, recipe: Recipe, codec: str, planes: int) -> tuple[bytes, float]:
    """`tried` of X'Y'Z' codes."""
    codestream = coded_picture(picture, recipe, codec, planes)
    return codestream, measured(codestream, picture, codec_by_name(codec))


def coded_there(parts: Parts, facts: PictureFacts, recipe: Recipe, codec: str, planes: int) -> bytes:
    """`coded` of a frame that is referred to. SourceError when it cannot be read."""
    return coded(_shown(parts, facts), recipe, codec, planes)


def tried_there(
    parts: Parts, facts: PictureFacts, recipe: Recipe, codec: str, planes: int
) -> tuple[bytes, float]:
    """`tried` of a frame that is referred to."""
    return tried(_shown(parts, facts), recipe, codec, planes)


def looks_at(frames: Sequence[Parts], facts: PictureFacts) -> list[Look]:
    """How frames of one source look, which follow each other."""
    found: list[Look] = []
    for at, parts in enumerate(frames):
        found.append(found[-1] if at and parts == frames[at - 1] else seen(_shown(parts, facts)))
    return found


def trial() -> bytes:
    """A digest of what a small picture becomes here: through scaling and colour, coded whole and short."""
    import numpy as np

    noise = np.random.default_rng(21).integers(0, 256, (3, 54, 80), np.uint8)
    size = (128, 72)
    recipe = Recipe(
        size,
        frame_limits(Fraction(24)),
        Fraction(24),
        place((noise.shape[2], noise.shape[1]), size),
        ColourPath("rgb"),
    )
    frame = Pixels(tuple(noise), "rgb", 8, full_range=True)
    summed = hashlib.sha256()
    for planes in (0, 3):
        summed.update(coded(frame, recipe, "openjpeg", planes))
    return summed.digest()


def begin() -> None:
    """A picture is about to be made: what compiles kernels for it is needed, until the first frame of it is
    drawn."""
    _compiler.clear()


# --- how it is done -----

_compiler: list[bool] = []
_once = Lock()


def _give_compiler_back() -> None:
    with _once:
        if _compiler:
            return
        _compiler.append(True)
    give_memory_back(COMPILER)


def _shown(parts: Parts, facts: PictureFacts) -> Pixels | list[tuple[Pixels, float]]:
    found = [(_pixels(ref, facts), weight) for ref, weight in parts]
    return found[0][0] if len(found) == 1 else found


def _pixels(ref: FrameRef, facts: PictureFacts) -> Pixels:
    picture = load(ref) if ref.file is not None else _READERS.frame(facts, ref.index)
    if not isinstance(picture, Pixels):
        raise SourceError("source.frame-absent", where=ref.source, frame=ref.index)
    return picture


class _Reader:
    """A source open at one place: frames by number, ascending."""

    def __init__(self, facts: PictureFacts) -> None:
        self.last = -1
        self._wanted = 0
        self._frames = read_picture(facts, self._numbers())
        self._shown: object = None

    def _numbers(self) -> Iterator[int]:
        while True:
            yield self._wanted

    def frame(self, index: int) -> object:
        if index != self.last or self._shown is None:
            self._wanted = index
            self._shown = next(self._frames)
            self.last = index
        return self._shown

    def close(self) -> None:
        close = getattr(self._frames, "close", None)
        if close is not None:
            close()


class _Readers:
    """Those of this process. Frames are asked for nearly in order, by several threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._idle: list[tuple[PictureFacts, _Reader]] = []

    def frame(self, facts: PictureFacts, index: int) -> object:
        reader = self._taken(facts, index)
        try:
            found = reader.frame(index)
        except BaseException:
            reader.close()
            raise
        with self._lock:
            self._idle.append((facts, reader))
            out = self._idle.pop(0) if len(self._idle) > MAX_READERS else None
        if out is not None:
            out[1].close()
        return found

    def _taken(self, facts: PictureFacts, index: int) -> _Reader:
        """The idle one that stands nearest before the frame, or a new one."""
        with self._lock:
            fit = [
                each
                for each in self._idle
                if each[1].last <= index and (each[0] is facts or each[0] == facts)
            ]
            if fit:
                best = max(fit, key=lambda each: each[1].last)
                self._idle.remove(best)
                return best[1]
        return _Reader(facts)


_READERS = _Readers()


# --- whether a source is seen -----


def stamp(path: Path) -> tuple[int, int] | None:
    """Size and time of change (ns) of a file; None where there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_size, found.st_mtime_ns


def stamps(paths: Sequence[str]) -> list[tuple[int, int] | None]:
    """Of several; a folder has the time alone."""
    found = []
    for path in paths:
        each = stamp(Path(path))
        found.append((0, each[1]) if each is not None and os.path.isdir(path) else each)  # noqa: PTH112
    return found
