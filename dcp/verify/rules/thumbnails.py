"""A dozen small pictures of each picture track file, for a report. Only where pictures are to be decoded."""

from __future__ import annotations

import io
from dataclasses import field
from typing import TYPE_CHECKING

from dcp.dataclass import dataclass
from dcp.errors import DcpError
from dcp.extras import has
from dcp.verify.facts import TrackFacts
from dcp.verify.rule import measure
from dcp.verify.rules.rates import PICTURES

if TYPE_CHECKING:
    from dcp.mxf.reader import Unit

MOST, WIDTH = 12, 160
_QUALITY = 80


@dataclass(frozen=True)
class Thumbnail:
    """A frame in small, in the colours of sRGB. frame: the number of its edit unit; of a pair the left eye is
    shown. jpeg: the file's bytes, some 4 KB. width: 160 at most."""

    frame: int
    width: int
    height: int
    jpeg: bytes


def wanted(count: int) -> tuple[int, ...]:
    """The frames that are shown of `count`: the middle ones of at most 12 spans of equal length."""
    spans = min(MOST, count)
    return tuple((2 * n + 1) * count // (2 * spans) for n in range(spans))


def thumbnail(codestream: bytes, frame: int) -> Thumbnail:
    """CodestreamError when it does not decode."""
    from PIL import Image

    from dcp.picture.colour import from_xyz12
    from dcp.picture.looks import in_small

    shown = Image.fromarray(from_xyz12(in_small(codestream, WIDTH), display="srgb"))
    width = min(WIDTH, shown.width)
    height = max(1, round(shown.height * width / shown.width))
    file = io.BytesIO()
    shown.resize((width, height), Image.Resampling.BOX).save(file, "JPEG", quality=_QUALITY)
    return Thumbnail(frame, width, height, file.getvalue())


@dataclass
class _Gathering:
    frames: frozenset[int]
    found: list[Thumbnail] = field(default_factory=list)

    def unit(self, unit: Unit) -> None:
        if unit.index not in self.frames or unit.eye == "right" or unit.fault is not None:
            return
        try:
            self.found.append(thumbnail(bytes(unit.data), unit.index))
        except DcpError:
            return  # that it does not decode is for a rule to say

    def result(self) -> tuple[Thumbnail, ...]:
        return tuple(self.found)


def _gathering(track: TrackFacts) -> _Gathering | None:
    header = track.header
    if not track.asked.decode or header is None or header.essence not in PICTURES or not track.readable:
        return None
    if not has("picture"):
        return None
    return _Gathering(frozenset(wanted(header.container_duration or 0)))


THUMBNAILS = measure("thumbnails", _gathering)
"""`THUMBNAILS.of(facts)`: (track, tuple of `Thumbnail` in the order of the frames)."""
