"""EBU STL (Tech 3264): a block of general information, then blocks of 128 bytes with times and text.

Read here and not by a library: those take a rate of 24000/1001 for drop-frame, move times that overlap and
leave subtitles out without a word.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import Path

from dcp.dataclass import dataclass
from dcp.errors import SourceError
from dcp.text.foreign.found import FoundCue, Spot
from dcp.text.foreign.notes import Notes
from dcp.text.foreign.stl_text import rows_of
from dcp.text.foreign.times import counted, drops, fitting
from dcp.text.values import Halign
from dcp.texts.catalogue import text

_HEAD, _BLOCK = 1024, 128
_RATES: Mapping[bytes, Fraction] = {
    b"STL23.01": Fraction(24000, 1001),
    b"STL24.01": Fraction(24),
    b"STL25.01": Fraction(25),
    b"STL29.01": Fraction(30000, 1001),
    b"STL30.01": Fraction(30000, 1001),
    b"STL50.01": Fraction(50),
}
"""The first two, and 29 and 50, are others' additions. What 1991 called 30 was 525-line television."""
_TABLES: Mapping[bytes, str] = {
    b"00": "iso-6937", b"01": "iso8859-5", b"02": "iso8859-6", b"03": "iso8859-7", b"04": "iso8859-8",
}  # fmt: skip
_LANGUAGES = (
    "- sq br ca hr cy cs da de en es eo et eu fo fr fy ga gd gl is it se la lv lb lt hu mt nl no oc pl pt ro"
    " rm sr sk sl fi sv tr nl wa"
)  # from 00 on
_MORE_LANGUAGES = (
    "zu vi uz ur uk th te tt ta tg sw srn so si sn sh - ru qu ps pa fa pap or ne nd mr mo ms mg mk lo ko km"
    " kk kn ja id hi he ha gn gu el ka ff prs cv zh my bg bn be bm az as hy ar am"
)  # from 45 on
_HALIGNS: Mapping[int, Halign] = {1: "left", 3: "right"}
_ROWS = 23
_SAFE = 10
"""Per cent that the rows of teletext leave above and below."""


@dataclass(frozen=True)
class StlText:
    """cues: as they stand. table: of characters, as people name it. language: None where it names none."""

    cues: list[FoundCue]
    table: str
    language: str | None


@dataclass(frozen=True)
class _Block:
    """A subtitle, its extension blocks joined. number: of its first block, from 1. times: as they stand."""

    number: int
    subtitle: int
    times: tuple[tuple[int, int, int, int], tuple[int, int, int, int]]
    row: int
    justification: int
    comment: bool
    field: bytes


def is_stl(data: bytes) -> bool:
    """Whether it begins as these files do."""
    return data[3:6] == b"STL" and data[:3].isdigit()


def read_stl(
    data: bytes, where: Path, notes: Notes, *, rate: Fraction | None = None, encoding: str | None = None
) -> StlText:
    """The cues as they stand, times from the start of the programme. SourceError, naming the block.

    rate: instead of the one that the file states. encoding: instead of its table of characters.
    """
    blocks = _blocks(data, where, notes)
    times = [time for block in blocks for time in block.times]
    used = fitting(rate, _RATES.get(data[3:11]), max((time[3] for time in times), default=0))
    if used is None:
        raise SourceError("text.stl-rate", where=where, code=data[3:11].decode("ascii", "replace"))
    table = encoding or _TABLES.get(data[12:14]) or ""
    if not table:
        notes.say(text("note.text-stl-table", code=data[12:14].decode("ascii", "replace")))
        table = "iso-6937"
    teletext = data[11:12] in (b"1", b"2")
    drop = drops(used) and not any(_is_dropped(time) for time in times)
    if rate is not None and used != rate:
        notes.say(text("note.text-own-rate", rate=used))
    if drops(used):
        notes.say(text("note.text-stl-drop" if drop else "note.text-stl-no-drop", rate=used))
    zero = _start(data, used, drop, min((block.times[0] for block in blocks), default=None), notes)
    rows = _number(data[253:255]) or _ROWS
    cues = []
    for block in blocks:
        start, end = (_seconds(time, used, drop, notes.inside(where, block.number)) for time in block.times)
        text_rows = rows_of(block.field, table, block.number, notes, teletext=teletext)
        double = 2 if teletext and b"\x0d" in block.field else 1
        spot = _spot(block, len(text_rows) * double, _ROWS if teletext else rows)
        cue = FoundCue(start - zero, end - zero, text_rows, block.number, spot, str(block.subtitle))
        cues.append(cue)
    return StlText(cues, table, _language(data[14:16]))


def _blocks(data: bytes, where: Path, notes: Notes) -> Sequence[_Block]:
    body = data[_HEAD:].rstrip(b"\x1a") if len(data) % _BLOCK else data[_HEAD:]
    count = len(body) // _BLOCK
    stated = _number(data[238:243])
    if len(data) < _HEAD or len(body) % _BLOCK or (stated or 0) > count:
        raise SourceError("text.stl-cut", where=where, n=count, stated=stated or 0)
    blocks: list[_Block] = []
    pending: _Block | None = None
    for number in range(1, count + 1):
        block = body[(number - 1) * _BLOCK : number * _BLOCK]
        extension = block[3]
        if 0xF0 <= extension <= 0xFE:  # user data, reserved
            continue
        field = block[16:].rstrip(b"\x8f")
        if pending is None:
            times = (block[5], block[6], block[7], block[8]), (block[9], block[10], block[11], block[12])
            subtitle = int.from_bytes(block[1:3], "little")
            pending = _Block(number, subtitle, times, block[13], block[14], block[15] == 1, field)
        else:
            pending = dataclasses.replace(pending, field=pending.field + field)
        if extension == 0xFF:
            if pending.comment:
                notes.at("note.text-stl-comment", pending.number)
            else:
                blocks.append(pending)
            pending = None
    if pending is not None:
        raise SourceError("text.stl-cut", where=where, n=count, stated=stated or 0)
    return blocks


def _seconds(time: tuple[int, int, int, int], rate: Fraction, drop: bool, place: object) -> Fraction:
    frames = counted(*time, rate, drop=drop)
    if frames is None or time[0] > 23:
        said = ":".join(f"{part:02}" for part in time)
        raise SourceError("text.stl-time", where=str(place), time=said, rate=rate)
    return frames / rate


def _is_dropped(time: tuple[int, int, int, int]) -> bool:
    """A code that drop-frame leaves out: whoever has one does not count so."""
    _, minutes, seconds, frames = time
    return seconds == 0 and frames < 2 and minutes % 10 != 0


def _start(
    data: bytes, rate: Fraction, drop: bool, first: tuple[int, int, int, int] | None, notes: Notes
) -> Fraction:
    """When the programme starts by the file's time code; 0 where that cannot be."""
    said = data[256:264]
    if not said.isdigit() or first is None:
        return Fraction(0)
    hours, minutes, seconds, frames = (int(said[place : place + 2]) for place in range(0, 8, 2))
    found = counted(hours, minutes, seconds, frames, rate, drop=drop)
    if not found:
        return Fraction(0)
    shown = f"{hours:02}:{minutes:02}:{seconds:02}:{frames:02}"
    if (hours, minutes, seconds, frames) > first:
        notes.say(text("note.text-stl-start-ignored", time=shown))
        return Fraction(0)
    notes.say(text("note.text-stl-start", time=shown))
    return found / rate


def _spot(block: _Block, rows: int, of: int) -> Spot:
    """rows: that the text takes. The lowest and highest rows get the usual margins: which of them it is
    differs with the number of lines alone.
    """
    halign = _HALIGNS.get(block.justification, "center")
    share = (100 - 2 * _SAFE) / of
    last = block.row + rows - 1
    if block.row <= of // 3:
        above = _SAFE + max(0, block.row - 1) * share
        return Spot(halign, "top", None, None if block.row <= 3 else round(above, 2))
    if last >= of - 3:
        return Spot(halign, "bottom")
    return Spot(halign, "bottom", None, round(100 - _SAFE - last * share, 2))


def _language(code: bytes) -> str | None:
    try:
        number = int(code, 16)
    except ValueError:
        return None
    known = dict(enumerate(_LANGUAGES.split())) | dict(enumerate(_MORE_LANGUAGES.split(), start=0x45))
    found = known.get(number, "-")
    return found if found != "-" else None


def _number(said: bytes) -> int | None:
    return int(said) if said.strip().isdigit() else None
