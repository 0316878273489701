"""The displays that the page's picture can be converted for, as plain values for its shader."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from dcp.picture.colour.displays import NAMES, Display, display_named
from dcp.picture.colour.encodings import Transfer

_CURVES: dict[Transfer, str] = {
    "bt1886": "γ 2.4",
    "srgb": "IEC 61966-2-1",
    "linear": "γ 1",
    "g22": "γ 2.2",
    "g26": "γ 2.6",
    "g28": "γ 2.8",
    "pq": "ST 2084",
}
_PRIMARIES = {
    "rec709": "Rec.709",
    "srgb": "sRGB",
    "p3-d65": "P3, D65",
    "p3-dci": "P3, DCI",
    "rec2020": "Rec.2020",
    "pq": "Rec.2020",
}


def display_documents(*own: Display) -> list[dict[str, Any]]:
    """Those that have a file of their own, then every one that `--display` knows by name, each as
    `display_document`."""
    named = [display_named(name) for name in NAMES]
    return [display_document(display) for display in (*(each for each in own if each not in named), *named)]


def display_document(display: Display) -> dict[str, Any]:
    """As JSON: {name, title (signs and numbers, the same in every language), matrix (RGB into XYZ, rows; Y of
    white is 1), transfer, peak (cd/m2), grid: {columns, rows, modules: [{column, row, matrix}]}}."""
    curve = _CURVES.get(display.transfer, display.transfer)
    known = display.name in NAMES and display == display_named(display.name)
    primaries = _PRIMARIES[display.name] if known else display.name
    return {
        "name": display.name,
        "title": f"{primaries} · {curve} · {display.peak:,g} cd/m²",
        "matrix": _rows(display.matrix),
        "transfer": display.transfer,
        "peak": display.peak,
        "grid": {
            "columns": display.grid.columns,
            "rows": display.grid.rows,
            "modules": [
                {"column": each.column, "row": each.row, "matrix": _rows(each.matrix)}
                for each in display.grid.modules
            ],
        },
    }


def dither_document() -> dict[str, Any]:
    """What the shader dithers marked frames with, as the show does for 8 bits: {side, ranks}: every number
    below side * side once, uint16 little-endian, as base64; the first row first."""
    import base64

    from watermark.dither import SIDE, ranks

    return {"side": SIDE, "ranks": base64.b64encode(ranks().astype("<u2").tobytes()).decode()}


# --- how it is done -----


def _rows(matrix: Iterable[Iterable[float]]) -> list[list[float]]:
    return [list(row) for row in matrix]
