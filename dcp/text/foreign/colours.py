"""Colours by their names and numbers, as subtitles have them."""

from __future__ import annotations

import re
from collections.abc import Mapping

from dcp.patterns import pattern
from dcp.text.values import Colour

NAMES: Mapping[str, str] = {
    "aqua": "00ffff", "black": "000000", "blue": "0000ff", "cyan": "00ffff", "fuchsia": "ff00ff",
    "gold": "ffd700", "gray": "808080", "green": "008000", "grey": "808080", "lime": "00ff00",
    "magenta": "ff00ff", "maroon": "800000", "navy": "000080", "olive": "808000", "orange": "ffa500",
    "pink": "ffc0cb", "purple": "800080", "red": "ff0000", "silver": "c0c0c0", "teal": "008080",
    "violet": "ee82ee", "white": "ffffff", "yellow": "ffff00",
}  # fmt: skip
_HEX = pattern(r"#?([0-9a-f]{8}|[0-9a-f]{6}|[0-9a-f]{3})", re.IGNORECASE)
_RGB = pattern(r"rgb\(\s*(\d{1,3})\s*,\s*(\d{1,3})\s*,\s*(\d{1,3})\s*\)", re.IGNORECASE)


def colour_of(said: str) -> Colour | None:
    """Of HTML: a name, `#rgb`, `#rrggbb`, `#rrggbbaa` with or without its `#`, `rgb(r, g, b)`."""
    said = said.strip().strip("\"'").strip()
    if rgb := _RGB.fullmatch(said):
        red, green, blue = (min(255, int(part)) for part in rgb.groups())
        return Colour(red, green, blue)
    found = _HEX.fullmatch(NAMES.get(said.lower(), said))
    if found is None:
        return None
    digits = found[1] if len(found[1]) > 3 else "".join(digit * 2 for digit in found[1])
    return Colour(*bytes.fromhex(digits))


def colour_of_ass(said: str) -> Colour | None:
    """Of ASS: `&HAABBGGRR&`, alpha 0 opaque; or the same as a decimal number."""
    said = said.strip().strip("&").strip()
    try:
        number = int(said[1:], 16) if said[:1] in ("H", "h") else int(said)
    except ValueError:
        return None
    if not -(1 << 31) <= number < 1 << 32:
        return None
    alpha, blue, green, red = (number & 0xFFFFFFFF).to_bytes(4, "big")
    return Colour(red, green, blue, 255 - alpha)
