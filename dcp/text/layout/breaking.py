"""Lines that are too long for the picture, broken where the script allows it (UAX 14, by ICU).

Thai, Lao, Khmer and Burmese, which are written without blanks, are broken between words of ICU's
dictionaries, Japanese between phrases, Korean at blanks, Chinese between signs, but not before a full stop.
The parts of a line are about as long as each other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from dcp.dataclass import dataclass
from dcp.text.font_choice import key_of
from dcp.text.fonts import Fonts
from dcp.text.layout.lines import POINTS, about_as_long, set_line
from dcp.text.values import Cue, Group, Image, Inline, Line, Place, Ruby, Run, Space, Turned

MOST = 0.9
"""Of the picture's width, of a column: of its height; what a line may fill."""
LEADING = 1.25
"""Ems from baseline to baseline."""
_HALVINGS = 12
_SURELY = 0.9
"""Of the limit: signs that follow each other are hardly wider than each by itself."""


def broken(cue: Cue, size: tuple[int, int], *, fonts: Fonts, most: float = MOST) -> Cue:
    """The cue with lines that are no longer than `most` of a picture of (width, height); itself where all are
    short enough. Lines above (below, beside) make room, as their alignment has it.
    """
    content: list[Line | Image] = list(cue.content)
    for line in cue.content:
        if not isinstance(line, Line):
            continue
        limit = most * size[1 if _vertical(line) else 0]
        parts = _parts(line, limit, size[1], fonts)
        if len(parts) > 1:
            at = next(number for number, each in enumerate(content) if each is line)
            content = _with_parts(content, at, parts, size)
    return cue if len(content) == len(cue.content) else replace(cue, content=tuple(content))


# --- how it is done -----


@dataclass(frozen=True)
class _Unit:
    """Signs `first` to before `end` of a line, between two places where it may be broken. width: in pixels,
    with the blanks behind; bare: without."""

    first: int
    end: int
    width: float
    bare: float


def _parts(line: Line, limit: float, height: int, fonts: Fonts) -> list[tuple[Inline, ...]]:
    if not _vertical(line) and about_as_long(line, height, fonts) <= _SURELY * limit:
        return [line.content]
    if set_line(line, height, fonts).length <= limit:
        return [line.content]
    units = [
        unit
        for first, end in _between_breaks(line, fonts.language)
        for unit in _short(line, first, end, limit, height, fonts)
    ]
    rows = _filled(units, limit)
    low, high = max(unit.bare for unit in units), limit
    for _ in range(_HALVINGS):  # as narrow as so many rows can be
        middle = (low + high) / 2
        if len(_filled(units, middle)) == len(rows):
            high = middle
        else:
            low = middle
    rows = _filled(units, high)
    parts = [_trimmed(_slice(line.content, row[0].first, row[-1].end)) for row in rows]
    return [part for part in parts if part]


def _filled(units: Sequence[_Unit], limit: float) -> list[list[_Unit]]:
    rows: list[list[_Unit]] = []
    room = 0.0
    for unit in units:
        if rows and unit.bare <= room:
            rows[-1].append(unit)
        else:
            rows.append([unit])
            room = limit
        room -= unit.width
    return rows


def _between_breaks(line: Line, language: str | None) -> list[tuple[int, int]]:
    """Stretches of signs that stay together; what is more than a run is not broken inside."""
    from icu4py.breakers import LineBreaker

    words = "".join(_signs(part) for part in line.content)
    inside = set[int]()
    at = 0
    for part in line.content:
        count = len(_signs(part))
        if not isinstance(part, Run):
            inside.update(range(at + 1, at + count))
        at += count
    ends = [end for _, end in LineBreaker(words, _locale(words, language)).segments() if end not in inside]
    return list(zip([0, *ends], ends, strict=False))


def _locale(words: str, language: str | None) -> str:
    """For ICU. Phrases are what a Japanese or Korean reader takes in at once."""
    key = key_of(words, language)
    if key in ("ja", "ko"):
        return f"{key}@lw=phrase;lb=strict"
    return f"{key.partition('-')[0] or 'en'}@lb=strict"


def _short(line: Line, first: int, end: int, limit: float, height: int, fonts: Fonts) -> list[_Unit]:
    """The stretch, or where it alone is too long, its signs."""
    unit = _measured(line, first, end, height, fonts)
    if unit.bare <= limit or end - first < 2:
        return [unit]
    from icu4py.breakers import CharacterBreaker

    words = "".join(_signs(part) for part in line.content)[first:end]
    return [
        _measured(line, first + begin, first + stop, height, fonts)
        for begin, stop in CharacterBreaker(words, "en").segments()
    ]


def _measured(line: Line, first: int, end: int, height: int, fonts: Fonts) -> _Unit:
    content = _slice(line.content, first, end)
    width = set_line(replace(line, content=content), height, fonts).length
    trimmed = _trimmed(content)
    bare = width
    if trimmed != content:
        bare = set_line(replace(line, content=trimmed), height, fonts).length if trimmed else 0.0
    return _Unit(first, end, width, bare)


def _signs(part: Inline) -> str:
    match part:
        case Run(words):
            return words
        case Ruby(base):
            return base.text
        case Group(run) | Turned(run):
            return run.text
        case Space():
            return " "


def _slice(content: Sequence[Inline], first: int, end: int) -> tuple[Inline, ...]:
    """Runs are cut, other parts are in whole where their first sign is."""
    found: list[Inline] = []
    at = 0
    for part in content:
        count = len(_signs(part))
        if isinstance(part, Run):
            words = part.text[max(0, first - at) : max(0, end - at)]
            if words:
                found.append(replace(part, text=words))
        elif first <= at < end:
            found.append(part)
        at += count
    return tuple(found)


def _trimmed(content: Sequence[Inline]) -> tuple[Inline, ...]:
    """Without blanks at both ends."""
    held = list(content)
    for at, strip in ((0, str.lstrip), (-1, str.rstrip)):
        while held:
            part = held[at]
            if isinstance(part, Space):
                held.pop(at)
                continue
            if isinstance(part, Run):
                words = strip(part.text)
                if not words:
                    held.pop(at)
                    continue
                held[at] = replace(part, text=words)
            break
    return tuple(held)


def _vertical(line: Line) -> bool:
    return line.direction in ("ttb", "btt")


def _with_parts(
    content: list[Line | Image], at: int, parts: list[tuple[Inline, ...]], size: tuple[int, int]
) -> list[Line | Image]:
    """The line's place taken by its parts; those beyond it are moved on."""
    line = content[at]
    assert isinstance(line, Line)
    sideways = _vertical(line)
    points = max(_size(part) for part in line.content)
    step = points * LEADING / POINTS * 100 * (size[1] / size[0] if sideways else 1.0)
    more = (len(parts) - 1) * step
    here = _position(line.place, sideways)
    align = line.place.halign if sideways else line.place.valign
    # of rows that count from below, and columns from the left, the last part keeps the place
    downwards = align not in ("bottom", "left")
    found: list[Line | Image] = []
    for number, each in enumerate(content):
        if number == at:
            for row, part in enumerate(parts):
                if align == "center":
                    moved = here + (row * step - more / 2) * (-1 if sideways else 1)
                else:
                    moved = here + (row if downwards else len(parts) - 1 - row) * step
                found.append(replace(line, content=part, place=_moved(line.place, moved, sideways)))
            continue
        beyond = 0.0
        if isinstance(each, Line) and _vertical(each) == sideways:
            if (each.place.halign if sideways else each.place.valign) == align:
                there = _position(each.place, sideways)
                if align == "center":
                    beyond = more / 2 if there > here else -more / 2 if there < here else 0.0
                elif there > here:
                    beyond = more
            if beyond:
                each = replace(
                    each, place=_moved(each.place, _position(each.place, sideways) + beyond, sideways)
                )
        found.append(each)
    return found


def _size(part: Inline) -> float:
    match part:
        case Run() | Space():
            return part.style.size
        case Ruby(base):
            return base.style.size
        case Group(run) | Turned(run):
            return run.style.size


def _position(place: Place, sideways: bool) -> float:
    return place.hposition if sideways else place.vposition


def _moved(place: Place, to: float, sideways: bool) -> Place:
    to = round(to, 4)
    return replace(place, hposition=to) if sideways else replace(place, vposition=to)
