"""The contact sheet of `--preview`: frames of a composition as they will be, captioned, in one PNG."""

from __future__ import annotations

import io
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dcp.create.planning.bars import sampled
from dcp.dataclass import dataclass
from dcp.texts.catalogue import Language, Text, text
from dcp.timecode import timecode_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PIL.ImageDraw import ImageDraw

FRAMES = 8
_COLUMNS, _TILE, _GAP, _SIZE = 4, 640, 16, 18  # px
_MOST_LINES = 24
_PAPER, _INK, _FAINT = (24, 24, 24), (235, 235, 235), (160, 160, 160)
_HDR_SHOWN_WHITE = 100.0  # cd/m2 that a display of SDR has as its white


@dataclass(frozen=True, eq=False)
class Shot:
    """picture: X'Y'Z' codes, (height, width, 3). number: the composition's frame, from 0. source: a name."""

    picture: NDArray[np.uint16]
    number: int
    source: str


def preview_frames(count: int) -> tuple[int, ...]:
    """The numbers of the frames that are shown of a composition of `count`."""
    return sampled(count, FRAMES)


def contact_sheet(
    shots: Sequence[Shot],
    *,
    title: str,
    rate: Fraction,
    decisions: Sequence[Text] = (),
    hdr: bool = False,
    font: Path | None = None,
    language: Language = "en",
) -> bytes:
    """A PNG for a display of sRGB. rate: frames a second, for timecodes. decisions: below the pictures.

    font: a file with the signs of the language; without one, English in Latin letters, a `?` for others. HDR
    is shown with 100 cd/m2 as white, brighter light cut off, and says so.
    """
    from PIL import Image, ImageDraw

    words: Language = language if font is not None else "en"
    face = _face(font)
    tiles = [_tile(shot.picture, hdr) for shot in shots]
    high = max((tile.height for tile in tiles), default=0)
    rows = -(-len(tiles) // _COLUMNS)
    step = high + 2 * _SIZE + _GAP
    lines = [text("preview.hdr", white=_HDR_SHOWN_WHITE), *decisions] if hdr else list(decisions)
    room = _COLUMNS * (_TILE + _GAP) - _GAP
    notes = [_written(line.say(words), font) for line in lines[:_MOST_LINES]]
    if len(lines) > _MOST_LINES:
        notes.append(_written(text("preview.more", n=len(lines) - _MOST_LINES).say(words), font))
    head = 3 * _SIZE
    whole = head + rows * step + len(notes) * (_SIZE + 6) + 2 * _GAP
    sheet = Image.new("RGB", (room + 2 * _GAP, whole), _PAPER)
    draw = ImageDraw.Draw(sheet)
    _line(draw, (_GAP, _GAP), _written(title, font), room, face, _INK)
    for place, (shot, tile) in enumerate(zip(shots, tiles, strict=True)):
        x = _GAP + place % _COLUMNS * (_TILE + _GAP)
        y = head + place // _COLUMNS * step
        sheet.paste(tile, (x, y))
        caption = text(
            "preview.caption", frame=shot.number, time=timecode_of(shot.number, rate), source=shot.source
        )
        _line(draw, (x, y + tile.height + 4), _written(caption.say(words), font), _TILE, face, _INK)
    for number, note in enumerate(notes):
        y = head + rows * step + number * (_SIZE + 6)
        _line(draw, (_GAP, y), note, room, face, _FAINT)
    file = io.BytesIO()
    sheet.save(file, "PNG")
    return file.getvalue()


# --- how it is done -----


def _tile(picture: NDArray[np.uint16], hdr: bool) -> Any:
    from PIL import Image

    from dcp.picture.colour import from_xyz12

    rgb = from_xyz12(_as_sdr(picture) if hdr else picture, display="srgb")
    height = max(1, round(_TILE * picture.shape[0] / picture.shape[1]))
    return Image.fromarray(rgb).resize((_TILE, height), Image.Resampling.LANCZOS)


def _as_sdr(picture: NDArray[np.uint16]) -> NDArray[np.uint16]:
    """Codes of ST 2084 as codes of ST 428-1 whose white is 48 cd/m2."""
    import numpy as np

    from dcp.picture.colour.light import CODES, GAMMA, PEAK, WHITE, pq_to_light

    light = pq_to_light(np.arange(CODES) / (CODES - 1)) * WHITE / _HDR_SHOWN_WHITE
    table = np.rint((CODES - 1) * np.minimum(light / PEAK, 1) ** (1 / GAMMA)).astype(np.uint16)
    found: NDArray[np.uint16] = table[picture]
    return found


def _face(font: Path | None) -> Any:
    from PIL import ImageFont

    return ImageFont.truetype(font, _SIZE) if font is not None else ImageFont.load_default(_SIZE)


def _written(words: str, font: Path | None) -> str:
    one_line = " ".join(words.split())
    return one_line if font is not None else one_line.encode("latin-1", "replace").decode("latin-1")


def _line(
    draw: ImageDraw, at: tuple[int, int], words: str, room: int, face: Any, ink: tuple[int, int, int]
) -> None:
    """One line, cut where there is no more room."""
    if draw.textlength(words, font=face) > room:
        while words and draw.textlength(words + "...", font=face) > room:
            words = words[:-1]
        words += "..."
    draw.text(at, words, font=face, fill=ink)
