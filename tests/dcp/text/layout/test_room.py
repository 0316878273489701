"""Text that no picture has room for, and images that cover it many times: refused, not drawn."""

from __future__ import annotations

import uuid
import zlib
from dataclasses import replace
from fractions import Fraction
from io import BytesIO

import pytest
from PIL import Image as Pillow

from dcp.errors import SourceError
from dcp.text.layout import overlay
from dcp.text.layout.ink import cover
from dcp.text.layout.lines import check_line
from dcp.text.values import Cue, Image, Line, Place, Ruby, Run, Space, Style

WORDS = Run("H", Style())


@pytest.mark.parametrize(
    "line",
    [
        Line((Run("H", replace(Style(), aspect=0.0)),)),
        Line((Run("H", replace(Style(), aspect=1e8)),)),
        Line((Run("H", replace(Style(), effect="border", effect_size=1e8)),)),
        Line((WORDS,), Place(z=1e8)),
        Line((WORDS, Space(1e8, Style()))),
        Line((Ruby(WORDS, "a", size=1e8),)),
        Line((Ruby(WORDS, "a", offset=1e8),)),
        Line((Ruby(WORDS, "a", spacing=1e8),)),
        Line((Ruby(WORDS, "a", aspect=1e8),)),
    ],
)
def test_numbers_without_a_bound_are_refused(line: Line) -> None:
    with pytest.raises(SourceError) as error:
        check_line(line)
    assert error.value.id == "text.style-range"


def test_a_reading_counts_as_signs() -> None:
    with pytest.raises(SourceError) as error:
        check_line(Line((Ruby(WORDS, "a" * 2000),)))
    assert error.value.id == "text.line-long"


def cue(*content: Image) -> Cue:
    return Cue(Fraction(0), Fraction(1), content)


def test_images_over_each_other_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    from dcp.text.fonts import Fonts

    out = BytesIO()
    Pillow.new("RGBA", (64, 64), (255, 255, 255, 255)).save(out, "PNG")
    id = uuid.uuid4()
    monkeypatch.setattr(overlay, "MAX_DRAWN", 64 * 64 * 16 * 3)
    three = cue(*[Image(id, Place())] * 3)
    overlay.laid_out(three, (64, 64), fonts=Fonts(), images={id: out.getvalue()})
    with pytest.raises(SourceError) as error:
        overlay.laid_out(cue(*[Image(id, Place())] * 4), (64, 64), fonts=Fonts(), images={id: out.getvalue()})
    assert error.value.id == "text.too-much-drawn"


def test_an_image_of_a_giant_size_is_refused_unread() -> None:
    from dcp.text.fonts import Fonts

    def chunk(kind: bytes, body: bytes) -> bytes:
        return len(body).to_bytes(4, "big") + kind + body + zlib.crc32(kind + body).to_bytes(4, "big")

    size = (60_000).to_bytes(4, "big") * 2
    png = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", size + b"\x08\x06\0\0\0") + chunk(b"IDAT", b"")
    id = uuid.uuid4()
    with pytest.raises(SourceError):
        overlay.laid_out(cue(Image(id, Place())), (64, 64), fonts=Fonts(), images={id: png})


def test_of_a_glyph_what_lies_on_the_picture_is_drawn() -> None:
    from dcp.text.fonts import fonts_for
    from dcp.text.layout.ink import Box
    from dcp.text.layout.lines import set_line

    line = Line((WORDS,))
    fonts, _ = fonts_for([Cue(Fraction(0), Fraction(1), (line,))])
    glyph = replace(set_line(line, 1080, fonts).glyphs[0], em=20_000.0)
    for border in (0.0, 9.0):
        found = cover(glyph, 0.0, 0.0, border=border, within=Box(-10, -300, 6000, 40))
        assert found is not None
        left, top, held = found
        assert left >= -10 and top >= -300
        assert left + held.shape[1] <= 6000 and top + held.shape[0] <= 40
