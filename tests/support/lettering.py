"""Fonts that tests of drawn text need, and cues of every script.

A test is left out by the font's name where it is not installed. `python tests/support/lettering.py DIR`
writes the cues as pictures.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from dcp.text.values import (
    Colour,
    Cue,
    Direction,
    Group,
    Inline,
    Line,
    Place,
    Ruby,
    Run,
    Space,
    Style,
    Turned,
)

Edges = tuple[float, float, float, float]


def needing_fonts(*families: str) -> None:
    from dcp.text.fonts import installed

    have = {face.family for face in installed()}
    for family in families:
        if family not in have:
            pytest.skip(f"the font {family} is not installed")


@dataclass(frozen=True)
class Sample:
    """boxes: left, top, right, bottom of each line's ink on a picture of 1998x1080, as it was looked at."""

    language: str
    families: tuple[str, ...]
    cue: Cue
    boxes: tuple[Edges, ...]


def _line(*parts: str | Inline, at: Place | None = None, direction: Direction = "ltr") -> Line:
    content = tuple(_run(part) if isinstance(part, str) else part for part in parts)
    return Line(content, at or Place(valign="bottom", vposition=8.0), direction)


def _run(words: str, **style: Any) -> Run:
    return Run(words, Style(**{"effect": "border", **style}))


def _sample(language: str, family: str, *lines: Line, boxes: tuple[Edges, ...]) -> Sample:
    return Sample(language, (family,), Cue(Fraction(0), Fraction(2), lines, at=f"cue {language}"), boxes)


_HIGHER = Place(valign="bottom", vposition=15.0)
_SIDE = Place("right", 8.0, "top", 8.0)
CUES = {
    "latin": _sample(
        "en", "Noto Sans",
        _line("Hello, ", _run("bold", bold=True), _run(" and italic", italic=True), at=_HIGHER),
        _line(_run("Underlined", underline=True), " x", _run("2", script="super"), " H",
              _run("2", script="sub"), "O"),
        boxes=((729, 875, 1269, 925), (760, 949, 1238, 1003)),
    ),
    "chinese": _sample("zh-Hans", "Noto Sans CJK SC", _line("我们今天去哪里？「好的」"),
        boxes=((675, 946, 1323, 999),)),
    "traditional": _sample("zh-Hant", "Noto Sans CJK TC", _line("我們今天去哪裡？「好的」"),
        boxes=((675, 946, 1323, 999),)),
    "japanese": _sample(
        "ja", "Noto Sans CJK JP",
        _line("縦書きの", Ruby(_run("漢字"), "かんじ"), "、", Group(_run("12")), "月ー", Space(0.5),
              Turned(_run("ABC"), "right"), at=_SIDE, direction="ttb"),
        boxes=((1782, 89, 1866, 795),),
    ),
    "korean": _sample("ko", "Noto Sans CJK KR", _line("안녕하세요, 세계!"), boxes=((794, 947, 1204, 1004),)),
    "arabic": _sample("ar", "DejaVu Sans", _line("السعر 1250 ريال (خصم 5%) ABC"),
        boxes=((572, 951, 1426, 1008),)),
    "hebrew": _sample(
        "he", "DejaVu Sans", _line("שלום 123, מה נשמע?", direction="rtl"), boxes=((725, 952, 1273, 1001),)
    ),
    "thai": _sample("th", "Noto Sans Thai", _line("สวัสดีครับ ที่นี่กรุงเทพฯ"),
        boxes=((740, 936, 1258, 1009),)),
    "hindi": _sample("hi", "Noto Sans Devanagari", _line("नमस्ते दुनिया, क्षत्रिय"),
        boxes=((793, 943, 1205, 1009),)),
    "cyrillic": _sample(
        "ru", "Noto Sans",
        _line(_run("Привет, мир", effect="shadow", effect_size=0.08, feather=True,
                   colour=Colour(255, 255, 0))),
        boxes=((829, 953, 1169, 1008),),
    ),
}  # fmt: skip
"""Latin, Chinese in both forms, Japanese, Korean, Arabic, Hebrew, Thai, Devanagari, Cyrillic."""


def write_pictures(folder: Path, size: tuple[int, int] = (1998, 1080), grey: int = 1500) -> None:
    """A PNG of each cue, for people to look at."""
    import numpy as np
    from PIL import Image

    from dcp.picture.colour.display import from_xyz12
    from dcp.text.fonts import fonts_for
    from dcp.text.layout.burning import burn
    from dcp.text.layout.overlay import laid_out

    folder.mkdir(parents=True, exist_ok=True)
    for name, sample in CUES.items():
        fonts, _ = fonts_for([sample.cue], language=sample.language)
        codes = np.full((size[1], size[0], 3), grey, np.uint16)
        burn([codes[..., each] for each in range(3)], laid_out(sample.cue, size, fonts=fonts))
        Image.fromarray(from_xyz12(codes, display="srgb")).save(folder / f"{name}.png")


if __name__ == "__main__":
    import sys

    write_pictures(Path(sys.argv[1]))
