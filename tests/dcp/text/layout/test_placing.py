"""What is drawn lies where the reading of ST 428-7 has it, to a pixel: ink against the computed boxes."""

from __future__ import annotations

import uuid
from fractions import Fraction
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from lettering import needing_fonts

from dcp.errors import SourceError
from dcp.text.fonts import Fonts, find_font
from dcp.text.layout.boxes import baseline
from dcp.text.layout.ink import Box
from dcp.text.layout.lines import MAX_SIGNS
from dcp.text.layout.overlay import EFFECT, Overlay, laid_out
from dcp.text.values import Cue, Group, Image, Line, Place, Ruby, Run, Space, Style, Turned

SIZE = (1998, 1080)
PLAIN = Style(effect="none")
EM = 42 / 792 * 1080


@pytest.fixture(scope="module", autouse=True)
def _fonts() -> None:
    needing_fonts("Noto Sans", "Noto Sans CJK JP")


def latin() -> Fonts:
    return Fonts((find_font("H", language="en"),))


def japanese() -> Fonts:
    return Fonts((find_font("日本かな", language="ja"),), language="ja")


def drawn(
    *lines: Line | Image, fonts: Fonts | None = None, size: tuple[int, int] = SIZE, **images: bytes
) -> Overlay:
    held = {uuid.UUID(int=int(key[1:])): data for key, data in images.items()}
    cue = Cue(Fraction(0), Fraction(1), lines)
    return laid_out(cue, size, fonts=fonts or latin(), images=held)


def ink_of(overlay: Overlay, *, least: float = 0.004) -> Box:
    """What is covered at all, in whole pixels."""
    width, height = overlay.size
    found = np.zeros((height, width), np.float32)
    for patch in overlay.patches:
        rows, columns = patch.alpha.shape
        place = found[patch.top : patch.top + rows, patch.left : patch.left + columns]
        np.maximum(place, patch.alpha, out=place)
    down, across = np.nonzero(found > least)
    return Box(float(across.min()), float(down.min()), float(across.max() + 1), float(down.max() + 1))


def near(one: Box, other: Box, by: float = 1.0) -> bool:
    pairs = zip(
        (one.left, one.top, one.right, one.bottom),
        (other.left, other.top, other.right, other.bottom),
        strict=True,
    )
    return all(abs(a - b) <= by for a, b in pairs)


@pytest.mark.parametrize("halign", ["left", "center", "right"])
@pytest.mark.parametrize("hposition", [0.0, 7.5, 12.34])
@pytest.mark.parametrize("valign", ["top", "center", "bottom"])
@pytest.mark.parametrize("vposition", [8.0, 14.7])
def test_a_line_stands_on_its_baseline_and_is_aligned_by_its_ink(
    halign: str, hposition: float, valign: str, vposition: float
) -> None:
    place = Place(halign, hposition, valign, vposition)  # type: ignore[arg-type]
    overlay = drawn(Line((Run("HIT", PLAIN),), place))
    ink = ink_of(overlay)
    (box,) = overlay.boxes
    assert box.ink is not None and near(ink, box.ink)
    share = hposition / 100 * SIZE[0]
    at = {"left": ink.left - share, "right": SIZE[0] - share - ink.right,
          "center": (ink.left + ink.right) / 2 - SIZE[0] / 2 - share}[halign]  # fmt: skip
    assert abs(at) <= 1
    down = vposition / 100 * SIZE[1]
    row = {"top": down, "center": SIZE[1] / 2 + down, "bottom": SIZE[1] - down}[valign]
    assert abs(ink.bottom - row) <= 1
    assert box.baseline is not None and abs(box.baseline - row) <= 0.5


@pytest.mark.parametrize("height", [858, 1080, 1716, 2160])
@pytest.mark.parametrize("points", [21, 42, 84])
def test_points_are_792nds_of_the_pictures_height(height: int, points: int) -> None:
    size = (height * 2, height)
    overlay = drawn(Line((Run("H", Style(effect="none", size=points)),)), size=size)
    ink = ink_of(overlay)
    caps = 714 / 1000  # Noto Sans: the height of its capitals, against the em
    assert abs(ink.height - points / 792 * height * caps) <= 1


def test_blanks_before_a_line_count_as_they_are_wide() -> None:
    place = Place("left", 10.0, "bottom", 8.0)
    bare, indented = (ink_of(drawn(Line((Run(words, PLAIN),), place))) for words in ("H", "\u00a0\u00a0H"))
    assert abs(bare.left - 199.8) <= 1
    assert abs(indented.left - 199.8) <= 1  # blanks have no ink


def test_aspect_makes_signs_wider_and_leaves_them_as_high() -> None:
    usual = ink_of(drawn(Line((Run("H", PLAIN),))))
    wide = ink_of(drawn(Line((Run("H", Style(effect="none", aspect=2.0)),))))
    assert abs(wide.width - 2 * usual.width) <= 2 and abs(wide.height - usual.height) <= 1


def test_spacing_is_between_signs_in_em() -> None:
    usual, spaced = (
        ink_of(drawn(Line((Run("HHH", Style(effect="none", spacing=each)),)))).width for each in (0.0, 0.5)
    )
    assert abs(spaced - usual - 2 * 0.5 * EM) < 2


def test_a_gap_is_as_wide_as_it_says() -> None:
    usual = ink_of(drawn(Line((Run("HH", PLAIN),)))).width
    parts = (Run("H", PLAIN), Space(1.5, PLAIN), Run("H", PLAIN))
    assert abs(ink_of(drawn(Line(parts))).width - usual - 1.5 * EM) < 2


def test_raised_and_lowered_signs() -> None:
    up, down = (
        ink_of(drawn(Line((Run("H", Style(effect="none", script=each)),))))
        for each in ("super", "sub")  # type: ignore[arg-type]
    )
    row = baseline(Place(valign="bottom", vposition=8.0), 1080)
    assert abs(up.bottom - (row - 0.35 * EM)) <= 1 and abs(down.bottom - (row + 0.15 * EM)) <= 1
    assert abs(up.height - 0.6 * 0.714 * EM) <= 1


def test_an_underline_reaches_from_the_first_sign_to_the_last() -> None:
    usual = ink_of(drawn(Line((Run("HIT", PLAIN),))))
    lined = ink_of(drawn(Line((Run("HIT", Style(effect="none", underline=True)),))))
    assert lined.bottom > usual.bottom + 2
    assert abs(lined.width - usual.width) < 0.2 * EM


def test_a_border_goes_round_the_signs_and_a_shadow_beside_them() -> None:
    usual = ink_of(drawn(Line((Run("H", PLAIN),))))
    for stated in (None, 0.1):
        size = (EFFECT if stated is None else stated) * EM
        border = ink_of(drawn(Line((Run("H", Style(effect="border", effect_size=stated)),))))
        assert near(border, usual.grown(size))
        shadow = ink_of(drawn(Line((Run("H", Style(effect="shadow", effect_size=stated)),))))
        assert near(shadow, Box(usual.left, usual.top, usual.right + size, usual.bottom + size))
    soft = ink_of(drawn(Line((Run("H", Style(effect="border", effect_size=0.1, feather=True)),))))
    hard = ink_of(drawn(Line((Run("H", Style(effect="border", effect_size=0.1)),))))
    assert hard.grown(2).left > soft.left


def test_slanted_and_bolder_where_the_font_has_no_such_face() -> None:
    face = find_font("H", language="en")
    own = Fonts((), (("f", type(face)(Path("f"), data=face.path.read_bytes())),))
    usual, slanted, bolder = (
        ink_of(drawn(Line((Run("H", Style("f", effect="none", italic=italic, bold=bold)),)), fonts=own))
        for italic, bold in ((False, False), (True, False), (False, True))
    )
    assert abs(slanted.width - usual.width - 0.2126 * usual.height) <= 2
    assert abs(bolder.width - usual.width - 0.05 * EM) <= 2
    assert abs(slanted.height - usual.height) <= 1
    assert abs(bolder.bottom - usual.bottom - 0.025 * EM) <= 1  # to both sides of where strokes were


@pytest.mark.parametrize(("halign", "hposition"), [("left", 5.0), ("center", 0.0), ("right", 5.0)])
@pytest.mark.parametrize(("valign", "vposition"), [("top", 10.0), ("center", 0.0), ("bottom", 10.0)])
def test_a_column_is_placed_by_its_em_box(
    halign: str, hposition: float, valign: str, vposition: float
) -> None:
    place = Place(halign, hposition, valign, vposition)  # type: ignore[arg-type]
    overlay = drawn(Line((Run("田田田", PLAIN),), place, "ttb"), fonts=japanese())
    ink = ink_of(overlay)
    assert overlay.boxes[0].ink is not None and near(ink, overlay.boxes[0].ink)
    share, down, long = hposition / 100 * SIZE[0], vposition / 100 * SIZE[1], 3 * EM
    left = {"left": share, "center": SIZE[0] / 2 + share - EM / 2, "right": SIZE[0] - share - EM}[halign]
    top = {"top": down, "center": SIZE[1] / 2 + down - long / 2, "bottom": SIZE[1] - down - long}[valign]
    assert abs((ink.left + ink.right) / 2 - (left + EM / 2)) <= 0.02 * EM
    assert abs((ink.top + ink.bottom) / 2 - (top + long / 2)) <= 0.05 * EM
    assert ink.height > 2.8 * EM


def test_columns_from_below_have_their_first_sign_there() -> None:
    place = Place("center", 0.0, "top", 10.0)
    up = drawn(Line((Run("一田", PLAIN),), place, "btt"), fonts=japanese())
    down = drawn(Line((Run("田一", PLAIN),), place, "ttb"), fonts=japanese())
    assert ink_of(up) == ink_of(down)


def test_ruby_stands_above_and_beside_its_base_and_makes_room() -> None:
    fonts = japanese()
    base, ruby = (
        drawn(Line((part,)), fonts=fonts) for part in (Run("田", PLAIN), Ruby(Run("田", PLAIN), "かか"))
    )
    above = ink_of(ruby)
    assert abs(above.bottom - ink_of(base).bottom) <= 1
    row = baseline(Place(valign="bottom", vposition=8.0), 1080)
    assert row - 0.88 * EM - 0.5 * EM - 1 <= above.top < row - 0.88 * EM
    for before, offset, stands in ((True, 0.0, -0.88 - 0.06), (True, 0.5, -1.19), (False, 0.0, 0.12 + 0.44)):
        both = ink_of(drawn(Line((Ruby(Run("田", PLAIN), "田", before=before, offset=offset),)), fonts=fonts))
        small = [stands * EM + (edge - row) / 2 for edge in (ink_of(base).top, ink_of(base).bottom)]
        assert abs(both.top - row - small[0]) <= 1.5 if before else abs(both.bottom - row - small[1]) <= 1.5
    below = ink_of(drawn(Line((Ruby(Run("田", PLAIN), "か", before=False),)), fonts=fonts))
    assert row + 0.12 * EM <= below.bottom <= row + 0.62 * EM + 1
    wide = drawn(Line((Run("田", PLAIN), Ruby(Run("田", PLAIN), "かかかか"), Run("田", PLAIN))), fonts=fonts)
    assert abs(ink_of(wide).width - (ink_of(base).width + 3 * EM)) <= 2  # 1 + 2 + 1 em
    place = Place("right", 20.0, "top", 10.0)
    beside = ink_of(drawn(Line((Ruby(Run("田", PLAIN), "か"),), place, "ttb"), fonts=fonts))
    edge = SIZE[0] * 0.8
    assert edge < beside.right <= edge + 0.5 * EM + 1


def test_groups_and_turned_signs_in_a_column() -> None:
    fonts = japanese()
    place = Place("center", 0.0, "top", 10.0)
    for part, high in ((Group(Run("88", PLAIN)), 1.0), (Group(Run("8888", PLAIN)), 1.0)):
        ink = ink_of(drawn(Line((Run("田", PLAIN), part, Run("田", PLAIN)), place, "ttb"), fonts=fonts))
        assert abs(ink.height - (2 + high) * EM) < 0.2 * EM
        assert ink.width <= EM + 1
    flat = ink_of(drawn(Line((Run("HI", PLAIN),), place), fonts=fonts))
    for turn in ("left", "right"):
        ink = ink_of(drawn(Line((Turned(Run("HI", PLAIN), turn),), place, "ttb"), fonts=fonts))  # type: ignore[arg-type]
        assert abs(ink.height - flat.width) <= 1 and abs(ink.width - flat.height) <= 1
        # letters stand on the line that runs 0.38 em beside the column's middle
        foot = ink.left - SIZE[0] / 2 if turn == "right" else SIZE[0] / 2 - ink.right
        assert abs(foot + 0.38 * EM) <= 1


def png(width: int, height: int, colour: tuple[int, ...] = (255, 255, 255, 255)) -> bytes:
    from PIL import Image as Pillow

    out = BytesIO()
    Pillow.new("RGBA", (width, height), colour).save(out, "PNG")
    return out.getvalue()


@pytest.mark.parametrize("size", [(1998, 1080), (3996, 2160)])
@pytest.mark.parametrize(
    ("place", "left", "top"),
    [
        (Place("left", 10, "top", 10), lambda w, h: 0.1 * w, lambda w, h: 0.1 * h),
        (Place("center", 0, "center", 0), lambda w, h: w / 2 - 50, lambda w, h: h / 2 - 20),
        (
            Place("center", 5, "center", 5),
            lambda w, h: w / 2 + 0.05 * w - 50,
            lambda w, h: h / 2 + 0.05 * h - 20,
        ),
        (Place("right", 10, "bottom", 10), lambda w, h: 0.9 * w - 100, lambda w, h: 0.9 * h - 40),
    ],
)
def test_an_image_is_placed_by_its_edges_pixel_for_pixel(size, place, left, top) -> None:  # type: ignore[no-untyped-def]
    ink = ink_of(drawn(Image(uuid.UUID(int=1), place), size=size, i1=png(100, 40)))
    assert (ink.width, ink.height) == (100, 40)
    assert abs(ink.left - left(*size)) <= 1 and abs(ink.top - top(*size)) <= 1


def test_an_image_that_is_absent_none_or_too_large_is_refused() -> None:
    part = Image(uuid.UUID(int=1))
    for images, id in (
        ({}, "text.image-absent"), ({"i1": b"no"}, "text.image-unreadable"),
        ({"i1": png(100, 40)[:60]}, "text.image-unreadable"), ({"i1": png(4097, 2160)}, "text.image-large"),
    ):  # fmt: skip
        with pytest.raises(SourceError) as caught:
            drawn(part, **images)
        assert caught.value.id == id


def test_what_has_no_room_is_refused_and_what_lies_beside_is_left_out() -> None:
    with pytest.raises(SourceError) as caught:
        drawn(Line((Run("H", Style(size=793)),)))
    assert caught.value.id == "text.size-large"
    with pytest.raises(SourceError) as caught:
        drawn(Line((Run("H" * (MAX_SIGNS + 1)),)))
    assert caught.value.id == "text.line-long"
    long = drawn(Line((Run("H" * MAX_SIGNS, Style(size=300)),)))
    assert all(patch.alpha.shape[1] <= SIZE[0] for patch in long.patches)
    assert not drawn(Line((Run("H"),), Place("left", 0, "bottom", -100))).patches
    assert drawn(Line((Run("  "),))).patches == ()
