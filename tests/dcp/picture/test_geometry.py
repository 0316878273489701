"""Where pictures lie: crops never take more than asked, shapes are kept, turns go the right way."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from dcp.picture.geometry import Box, Size, even, eye_is_squeezed, fitted, place

CONTAINERS = [(1998, 1080), (2048, 858), (2048, 1080), (3996, 2160), (4096, 1716), (4096, 2160)]
sides = st.integers(16, 5000)
sizes = st.tuples(sides, sides)
aspects = st.sampled_from([Fraction(1), Fraction(16, 15), Fraction(64, 45), Fraction(8, 9), Fraction(4, 3)])
turns = st.sampled_from([0, 90, 180, 270])


@given(sizes, st.sampled_from(CONTAINERS), aspects, turns, st.booleans(), st.booleans())
def test_a_picture_touches_its_container_and_keeps_its_shape(
    stored: Size, size: Size, aspect: Fraction, turn: int, flip: bool, fill: bool
) -> None:
    placed = place(stored, size, pixel_aspect=aspect, rotation=turn, flip=flip, fill=fill)
    assert Box(0, 0, *stored).width >= placed.crop.right
    assert placed.crop.left >= 0 <= placed.crop.top
    assert stored[1] >= placed.crop.bottom
    inner = placed.inner
    assert inner.width == size[0] or inner.height == size[1]
    assert inner.left >= 0 <= inner.top
    assert inner.right <= size[0] and inner.bottom <= size[1]
    assert all(side % 2 == 0 for side in placed.active_area)
    assert abs(inner.left - (size[0] - inner.right)) <= 1
    assert abs(inner.top - (size[1] - inner.bottom)) <= 1
    shown = 1 / aspect if turn in (90, 270) else aspect
    across = Fraction(inner.width, placed.cropped[0]) / shown
    down = Fraction(inner.height, placed.cropped[1])
    # an even sample more or less on the shorter side is all that the shape may be off
    rough = Fraction(3, min(*inner.size, *placed.cropped)) + Fraction(1, 1000)
    assert 1 - rough <= across / down <= 1 + rough
    if fill:
        assert inner.size == size


def _shown(stored: Size, turn: int, flip: bool, point: tuple[int, int]) -> tuple[int, int]:
    """Where a stored sample is shown, by turning it a quarter at a time."""
    (width, height), (x, y) = stored, point
    if flip:
        x = width - 1 - x
    for _ in range(turn // 90):
        x, y, width, height = height - 1 - y, x, height, width
    return x, y


@given(
    st.tuples(st.integers(20, 60), st.integers(20, 60)),
    turns,
    st.booleans(),
    st.tuples(*[st.integers(0, 6)] * 4),
)
def test_a_crop_takes_what_is_shown_there_and_never_more(
    stored: Size, turn: int, flip: bool, edges: tuple[int, int, int, int]
) -> None:
    placed = place(stored, (2048, 1080), rotation=turn, flip=flip, edges=edges)
    width, height = (stored[1], stored[0]) if turn in (90, 270) else stored
    left, top, right, bottom = edges
    for x in range(stored[0]):
        for y in range(stored[1]):
            a, b = _shown(stored, turn, flip, (x, y))
            wanted = left <= a < width - right and top <= b < height - bottom
            crop = placed.crop
            taken = crop.left <= x < crop.right and crop.top <= y < crop.bottom
            assert wanted or not taken
            inside = left < a < width - right - 1 and top < b < height - bottom - 1
            assert taken or not inside


@given(st.integers(0, 50), st.integers(0, 50), st.integers(4, 90), st.integers(4, 90))
def test_even_boxes(left: int, top: int, width: int, height: int) -> None:
    box = even(Box(left, top, width, height))
    assert not (box.left | box.top | box.width | box.height) & 1
    assert box.left >= left and box.right <= left + width and width - box.width <= 2
    assert box.top >= top and box.bottom <= top + height and height - box.height <= 2


def test_usual_pictures() -> None:
    assert place((1920, 1080), (1998, 1080)).inner == Box(39, 0, 1920, 1080)
    assert place((3840, 2160), (2048, 858), edges=(0, 276, 0, 276)).inner == Box(0, 0, 2048, 858)
    assert place((720, 576), (1998, 1080), pixel_aspect=Fraction(64, 45)).inner.size == (1920, 1080)
    assert place((1080, 1920), (1998, 1080), rotation=90).inner.size == (1920, 1080)
    assert place((1920, 1080), (2048, 858), fill=True).crop == Box(0, 138, 1920, 804)
    assert fitted((1920, 804), (2048, 858)) == (2048, 858)


@pytest.mark.parametrize(
    ("frame", "half", "squeezed", "crop"),
    [((1920, 1080), "right", True, Box(960, 0, 960, 1080)),
     ((3840, 1080), "right", False, Box(1920, 0, 1920, 1080)),
     ((1920, 1080), "bottom", True, Box(0, 540, 1920, 540)),
     ((1920, 2160), "top", False, Box(0, 0, 1920, 1080))],
)  # fmt: skip
def test_halves_of_a_stereoscopic_frame(frame: Size, half: str, squeezed: bool, crop: Box) -> None:
    way = "side-by-side" if half in ("left", "right") else "top-bottom"
    assert eye_is_squeezed(frame, way, Fraction(1)) is squeezed  # type: ignore[arg-type]
    placed = place(frame, (1998, 1080), half=half, squeezed=squeezed)  # type: ignore[arg-type]
    assert placed.crop == crop
    assert placed.inner.size == (1920, 1080)


@given(sizes, st.tuples(*[st.integers(0, 3000)] * 4))
def test_a_crop_that_leaves_nothing_is_refused(stored: Size, edges: tuple[int, int, int, int]) -> None:
    assume(edges[0] + edges[2] >= stored[0] or edges[1] + edges[3] >= stored[1])
    with pytest.raises(ValueError, match="nothing is left"):
        place(stored, (1998, 1080), edges=edges)
