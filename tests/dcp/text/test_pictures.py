"""PNG files of subtitles: which are taken, and what is said of those that are not."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path
from typing import Any

import pytest

from dcp.errors import SourceError
from dcp.text.pictures import SIGNATURE, PngFacts, check_png, png_advice


def chunk(kind: bytes, body: bytes = b"") -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(
    width: int = 8,
    height: int = 4,
    depth: int = 8,
    colours: int = 6,
    *,
    interlaced: int = 0,
    more: bytes = b"",
) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, depth, colours, 0, 0, interlaced)
    return SIGNATURE + chunk(b"IHDR", header) + more + chunk(b"IDAT", b"x") * 2 + chunk(b"IEND")


def test_what_one_is() -> None:
    assert check_png(png(), "a.png") == PngFacts(8, 4, 8, "rgba", transparent=True)
    assert check_png(png(depth=1, colours=0, more=chunk(b"tRNS", b"\0\0")), "a.png").transparent
    assert check_png(png(1998, 1080, colours=2), "a.png", size=(1998, 1080)).colours == "rgb"
    assert check_png(png(4096, 2160), "a.png").width == 4096


def test_pictures_of_others_are_taken(golden: Path, corpus: Path) -> None:
    found = [*golden.glob("inputs/tt/*f002"), *corpus.glob("libdcp/test/**/*.png")]
    assert len(found) >= 4
    for path in found:
        facts = check_png(path.read_bytes(), path)
        assert bool(png_advice(facts, path)) == (facts.colours != "rgba")


def test_what_is_better_otherwise_is_said() -> None:
    assert [each.id for each in png_advice(check_png(png(colours=2), "a"), "folder/a.png")] == [
        "advice.png-form",
        "advice.png-opaque",
    ]
    said = str(png_advice(check_png(png(colours=4), "a"), "folder/a.png")[0])
    assert "a.png" in said and "folder" not in said and "grey-alpha" in said
    assert png_advice(check_png(png(), "a"), "a") == ()


GOOD = png()
WRONG: list[tuple[str, bytes, dict[str, Any]]] = [
    ("png.none", b"", {}),
    ("png.none", b"GIF89a" + GOOD, {}),
    ("png.none", SIGNATURE + chunk(b"IDAT", b"x") + chunk(b"IEND"), {}),
    ("png.none", SIGNATURE + chunk(b"IHDR", b"short") + chunk(b"IEND"), {}),
    ("png.none", GOOD.replace(chunk(b"IDAT", b"x"), b""), {}),
    ("png.none", png(depth=7), {}),
    ("png.none", png(colours=5), {}),
    ("png.none", png(0), {}),
    ("png.cut", GOOD[:-1], {}),
    ("png.cut", GOOD[:60], {}),
    ("png.cut", SIGNATURE, {}),
    ("png.cut", SIGNATURE + b"\xff\xff\xff\xff" + GOOD[12:], {}),
    ("png.damaged", GOOD[:20] + b"\1" + GOOD[21:], {}),
    ("png.over-large", png(4097), {}),
    ("png.over-large", png(1999, 1080), {"size": (1998, 1080)}),
    ("png.over-large", png(1998, 1081), {"size": (1998, 1080)}),
    ("png.depth", png(depth=16), {}),
    ("png.depth", png(depth=16, colours=0), {}),
    ("png.interlaced", png(interlaced=1), {}),
]


@pytest.mark.parametrize(
    ("id", "data", "options"), WRONG, ids=[f"{number}-{each[0]}" for number, each in enumerate(WRONG)]
)
def test_what_players_do_not_take_is_refused_by_name(id: str, data: bytes, options: dict[str, Any]) -> None:
    with pytest.raises(SourceError) as caught:
        check_png(data, "titles/one.png", **options)
    assert caught.value.id == id
    assert caught.value.where == "titles/one.png"
    assert caught.value.remedy
