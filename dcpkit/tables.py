"""Tables for the terminal: columns as wide as their widest cell, Chinese signs counted as two."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

WIDEST = 44


def table_lines(header: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """The rows under their header, one line each; a cell that is too wide is cut."""
    lines = [header, *rows]
    widths = [min(WIDEST, max(cell_len(line[place]) for line in lines)) for place in range(len(header))]
    return [
        "  ".join(padded(_cut(cell, width), width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    ]


def cell_len(text: str) -> int:
    """The columns that a text takes on a terminal: two for a wide sign, none for a riding one."""
    return sum(map(_columns, text))


def padded(text: str, width: int) -> str:
    """The text with blanks behind it, or cut, so that it takes `width` columns."""
    taken = 0
    for place, sign in enumerate(text):
        taken += _columns(sign)
        if taken > width:
            return text[:place] + " " * (width - taken + _columns(sign))
    return text + " " * (width - taken)


def _columns(sign: str) -> int:
    if unicodedata.east_asian_width(sign) in "WF":
        return 2
    return 0 if unicodedata.category(sign) in ("Mn", "Me", "Cf") else 1


def _cut(text: str, width: int) -> str:
    return text if cell_len(text) <= width else padded(text, width - 1).rstrip() + "…"
