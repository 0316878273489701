"""Text over a picture: its colours in X'Y'Z', mixed in light, faded, and in depth."""

from __future__ import annotations

import uuid
from fractions import Fraction
from io import BytesIO

import numpy as np
import pytest
from late import colour
from lettering import needing_fonts
from numpy.typing import NDArray

from dcp.text.fonts import Fonts, find_font
from dcp.text.layout.burning import burn
from dcp.text.layout.overlay import Overlay, laid_out, opacity
from dcp.text.values import Colour, Cue, Image, Line, Place, Run, Style

SIZE = (400, 216)
COLOURS = [(255, 255, 255), (0, 0, 0), (255, 255, 0), (255, 0, 0), (0, 255, 0), (0, 0, 255), (128, 128, 128),
           (17, 201, 99), (254, 1, 60), (3, 3, 3)]  # fmt: skip


def codes(rgb: tuple[int, int, int], *, hdr: bool = False) -> NDArray[np.float64]:
    """As colour-science has them, unrounded."""
    space = colour().RGB_COLOURSPACES["P3-D65"]
    light = (np.array(rgb) / 255) ** 2.6
    xyz = np.maximum(space.matrix_RGB_to_XYZ @ light, 0)
    if hdr:
        return np.asarray(4095 * colour().models.eotf_inverse_ST2084(48 * xyz))
    return np.asarray(4095 * (48 * xyz / 52.37) ** (1 / 2.6))


def square(rgb: tuple[int, int, int], alpha: int = 255, *, z: float = 0.0) -> Overlay:
    """An image of one colour over the middle of the picture."""
    from PIL import Image as Pillow

    out = BytesIO()
    Pillow.new("RGBA", (100, 40), (*rgb, alpha)).save(out, "PNG")
    id = uuid.uuid4()
    part = Image(id, Place("center", 0, "center", 0, z=z))
    return laid_out(Cue(Fraction(0), Fraction(1), (part,)), SIZE, fonts=Fonts(), images={id: out.getvalue()})


def text(colour: Colour, size: float = 700) -> Overlay:
    """A sign so large that the middle of the picture lies in it."""
    needing_fonts("Noto Sans")
    line = Line((Run("I", Style(effect="none", colour=colour, size=size)),), Place("center", 0, "bottom", 15))
    return laid_out(Cue(Fraction(0), Fraction(1), (line,)), SIZE, fonts=Fonts((find_font("I"),)))


def over(overlay: Overlay, ground: int = 0, **options: object) -> NDArray[np.int32]:
    planes = np.full((3, SIZE[1], SIZE[0]), ground, np.int32)
    burn(list(planes), overlay, **options)  # type: ignore[arg-type]
    return planes


@pytest.mark.parametrize("hdr", [False, True])
@pytest.mark.parametrize("rgb", COLOURS)
def test_colours_of_text_and_images_are_within_one_code(rgb: tuple[int, int, int], hdr: bool) -> None:
    for overlay in (square(rgb), text(Colour(*rgb))):
        found = over(overlay, 1000, hdr=hdr)[:, SIZE[1] // 2, SIZE[0] // 2]
        assert np.abs(found - codes(rgb, hdr=hdr)).max() <= 1


@pytest.mark.parametrize("alpha", [64, 128, 200])
@pytest.mark.parametrize("share", [1.0, 0.5])
def test_what_is_half_seen_is_mixed_in_light(alpha: int, share: float) -> None:
    ground = 2000
    for overlay in (square((255, 255, 0), alpha), text(Colour(255, 255, 0, alpha))):
        found = over(overlay, ground, alpha=share)[:, SIZE[1] // 2, SIZE[0] // 2]
        part = alpha / 255 * share
        light = part * (codes((255, 255, 0)) / 4095) ** 2.6 + (1 - part) * (ground / 4095) ** 2.6
        assert np.abs(found - 4095 * light ** (1 / 2.6)).max() <= 1


def test_beside_the_text_nothing_changes() -> None:
    found = over(square((255, 255, 255)), 1234)
    assert (found[:, :80] == 1234).all() and (found[:, :, :100] == 1234).all()
    assert (over(square((255, 255, 255)), 1234, alpha=0.0) == 1234).all()


def test_planes_of_any_integers_and_of_frames_in_a_row() -> None:
    ground = np.full((SIZE[1], SIZE[0], 3), 900, np.uint16)
    burn([ground[..., each] for each in range(3)], square((10, 200, 30)))
    assert (ground.transpose(2, 0, 1) == over(square((10, 200, 30)), 900)).all()
    with pytest.raises(ValueError):
        burn([ground[:-1, :, each] for each in range(3)], square((10, 200, 30)))


def columns(found: NDArray[np.int32]) -> tuple[int, int]:
    across = np.nonzero(found[1].max(axis=0))[0]
    return int(across.min()), int(across.max()) + 1


def test_behind_the_screen_the_right_eye_sees_it_further_right() -> None:
    overlay = square((255, 255, 255), z=5.0)
    assert columns(over(overlay)) == (150, 250)
    assert columns(over(overlay, eye="left")) == (140, 240)
    assert columns(over(overlay, eye="right")) == (160, 260)
    assert columns(over(square((255, 255, 255), z=-5.0), eye="right")) == (140, 240)
    assert columns(over(square((255, 255, 255), z=100.0), eye="right")) == (350, 400)
    assert columns(over(square((255, 255, 255), z=-100.0), eye="right")) == (0, 50)


def test_fades_have_the_opacity_of_the_middle_of_a_frame() -> None:
    rate = Fraction(24)
    frame = 1 / rate

    def shares(cue: Cue) -> list[float]:
        return [round(opacity(cue, Fraction(at) / rate, frame=frame), 4) for at in range(22, 36)]

    begin, end = Fraction(1), Fraction(34, 24)
    assert shares(Cue(begin, end, (), Fraction(0), Fraction(0))) == [0, 0] + [1.0] * 10 + [0, 0]
    assert shares(Cue(begin, end, ())) == [0, 0, 0.25, 0.75] + [1.0] * 6 + [0.75, 0.25, 0, 0]
    slow = shares(Cue(begin, end, (), Fraction(4, 24), Fraction(0)))
    assert slow[:7] == [0, 0, 0.125, 0.375, 0.625, 0.875, 1.0]
    crossing = shares(Cue(begin, end, (), Fraction(10, 24), Fraction(10, 24)))
    assert max(crossing) == 0.45  # a cue too short for its fades never comes up whole


def test_a_cue_is_drawn_once_for_every_frame_and_cue_that_shows_it() -> None:
    needing_fonts("Noto Sans")
    fonts = Fonts((find_font("again"),))
    line = Line((Run("again"),))
    first = laid_out(Cue(Fraction(0), Fraction(1), (line,)), SIZE, fonts=fonts)
    assert laid_out(Cue(Fraction(5), Fraction(6), (line,)), SIZE, fonts=fonts) is first
    assert laid_out(Cue(Fraction(0), Fraction(1), (line,)), (300, 216), fonts=fonts) is not first


def test_drawn_cues_are_kept_within_bounds() -> None:
    from dcp.text.layout import overlay

    needing_fonts("Noto Sans")
    fonts = Fonts((find_font("0123456789"),))

    def drawn(number: int) -> Overlay:
        line = Line((Run(f"{number}" * 30, Style(size=100)),))
        return laid_out(Cue(Fraction(0), Fraction(1), (line,)), (1998, 1080), fonts=fonts)

    first = drawn(0)
    count = overlay.MAX_KEPT // first.bytes + 2
    last = [drawn(number) for number in range(1, count)][-1]
    assert sum(each.bytes for each in overlay._kept.values()) <= overlay.MAX_KEPT
    assert drawn(count - 1) is last and drawn(0) is not first


def test_an_image_as_large_as_the_picture_costs_what_it_shows() -> None:
    from PIL import Image as Pillow

    out = BytesIO()
    picture = Pillow.new("RGBA", SIZE, (0, 0, 0, 0))
    picture.paste((255, 255, 255, 255), (100, 150, 300, 170))
    picture.save(out, "PNG")
    id = uuid.uuid4()
    cue = Cue(Fraction(0), Fraction(1), (Image(id, Place("center", 0, "center", 0)),))
    found = laid_out(cue, SIZE, fonts=Fonts(), images={id: out.getvalue()})
    (patch,) = found.patches
    assert (patch.left, patch.top, patch.alpha.shape) == (100, 150, (20, 200))
    out = BytesIO()
    Pillow.new("RGBA", SIZE, (9, 9, 9, 0)).save(out, "PNG")
    assert laid_out(cue, SIZE, fonts=Fonts(), images={id: out.getvalue()}).patches == ()
