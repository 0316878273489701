"""Tables for the terminal: columns as wide as their widest cell, Chinese signs counted as two."""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len, set_cell_size

WIDEST = 44


def table_lines(header: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """The rows under their header, one line each; a cell that is too wide is cut."""
    lines = [header, *rows]
    widths = [min(WIDEST, max(cell_len(line[place]) for line in lines)) for place in range(len(header))]
    return [
        "  ".join(
            set_cell_size(_cut(cell, width), width) for cell, width in zip(line, widths, strict=True)
        ).rstrip()
        for line in lines
    ]


def _cut(text: str, width: int) -> str:
    return text if cell_len(text) <= width else set_cell_size(text, width - 1).rstrip() + "…"
