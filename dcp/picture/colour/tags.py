"""What the numbers of a source's tags mean, and the names of that.

They are those of ISO/IEC 23091-2, as FFmpeg, MP4 and PNG have them. Numbers 0, 2 and 3 say nothing.
"""

from __future__ import annotations

from collections.abc import Mapping

from dcp.picture.colour.encodings import Transfer
from dcp.texts.catalogue import Text, text

PRIMARIES: Mapping[int, str] = {
    1: "rec709",
    4: "470m",
    5: "470bg",
    6: "170m",
    7: "170m",
    8: "film",
    9: "rec2020",
    10: "xyz",
    11: "p3-dci",
    12: "p3-d65",
    22: "ebu3213",
}

TRANSFERS: Mapping[int, Transfer] = {
    **dict.fromkeys((1, 6, 7, 11, 12, 14, 15), "bt1886"),
    4: "g22",
    5: "g28",
    8: "linear",
    13: "srgb",
    16: "pq",
    17: "st428",
}
"""Cameras' curves (709, 601, 240M, 2020 ...) are shown by BT.1886."""
HLG = 18

MATRICES: Mapping[int, str] = {
    1: "bt709",
    4: "fcc",
    5: "bt601",
    6: "bt601",
    7: "240m",
    8: "ycgco",
    9: "bt2020",
}

_SILENT = (None, 0, 2, 3)

_NAMES: Mapping[str, str] = {
    "rec709": "Rec.709",
    "470m": "NTSC 1953",
    "470bg": "BT.470 BG 625",
    "170m": "SMPTE 170M 525",
    "film": "film C",
    "rec2020": "Rec.2020",
    "p3-dci": "P3 DCI",
    "p3-d65": "P3 D65",
    "p3-d60": "P3 D60",
    "ebu3213": "EBU 3213",
    "xyz": "XYZ",
    "bt1886": "BT.1886 (gamma 2.4)",
    "srgb": "sRGB",
    "g22": "gamma 2.2",
    "g26": "gamma 2.6",
    "g28": "gamma 2.8",
    "st428": "ST 428-1",
    "pq": "PQ",
    "bt709": "BT.709",
    "fcc": "FCC",
    "bt601": "BT.601",
    "240m": "SMPTE 240M",
    "bt2020": "BT.2020",
    "ycgco": "YCgCo",
}
_UNKNOWN: Mapping[str, Mapping[int, str]] = {
    "matrix": {10: "BT.2020 CL", 11: "Y'D'zD'x", 12: "NCL", 13: "CL", 14: "ICtCp"},
    "transfer": {9: "log 100:1", 10: "log 316:1", HLG: "HLG"},
}


def says(number: int | None) -> bool:
    """Whether a tag says anything."""
    return number not in _SILENT


def name_of(key: str) -> str | Text:
    """How people know primaries, a transfer or a matrix of `encodings`."""
    return text("word.linear-light") if key == "linear" else _NAMES[key]


def unknown(kind: str, number: int) -> str:
    """How people know a value that no table here has; its number, where it has no name."""
    return _UNKNOWN.get(kind, {}).get(number, str(number))
