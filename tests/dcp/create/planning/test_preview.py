"""The contact sheet: pictures in their colours, where they belong, whatever the captions."""

from __future__ import annotations

import io
from fractions import Fraction

import numpy as np
import pytest
from PIL import Image

from dcp.create.planning.preview import FRAMES, Shot, contact_sheet, preview_frames
from dcp.texts.catalogue import text

pytestmark = pytest.mark.extra("picture")

RATE = Fraction(24)
WHITE = (3883, 3960, 4092)


def shot(codes: tuple[int, int, int], number: int = 7, source: str = "film.mov") -> Shot:
    picture = np.zeros((108, 200, 3), np.uint16)
    picture[:, 20:180] = codes
    return Shot(picture, number, source)


def opened(data: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(data)))


def test_pictures_lie_in_their_colours_on_the_sheet() -> None:
    sheet = opened(contact_sheet([shot(WHITE)] * 5 + [shot((0, 0, 0))] * 3, title="Film", rate=RATE))
    bright = (sheet == 255).all(axis=2)
    assert abs(bright.sum() - 5 * 346 * 512) < 0.02 * 5 * 346 * 512
    assert sheet.shape[1] == 4 * 656 + 16
    columns = np.flatnonzero(bright[:400].sum(axis=0) > 300)
    assert abs(columns[0] - (16 + 64)) < 5 and abs(columns[-1] - (16 + 3 * 656 + 575)) < 5


def test_hdr_is_shown_with_its_white_cut_off_and_says_so() -> None:
    grey = int(4095 * 0.508)  # 100 cd/m2 by ST 2084
    sheet = opened(contact_sheet([shot((grey, grey, grey))], title="Film", rate=RATE, hdr=True))
    assert sheet[200, 300].min() > 200
    plain = opened(contact_sheet([shot((grey, grey, grey))], title="Film", rate=RATE))
    assert sheet.shape[0] > plain.shape[0]  # a line more
    assert plain[200, 300].max() < 150


def test_captions_of_any_length_and_script() -> None:
    names = ["电影_第一本.mov", "x" * 500, "a\nb\tc", ""]
    data = contact_sheet(
        [shot(WHITE, number, name) for number, name in enumerate(names)],
        title="片名 " * 300,
        rate=RATE,
        decisions=[text("plan.turned", degrees=90)] * 60,
    )
    assert opened(data).shape[0] < 1100
    assert contact_sheet([], title="Nothing", rate=RATE)[:4] == b"\x89PNG"


@pytest.mark.parametrize("count", [1, 5, 8, 9, 24, 200_000])
def test_eight_frames_over_the_whole(count: int) -> None:
    chosen = preview_frames(count)
    assert len(set(chosen)) == len(chosen) == min(count, FRAMES)
    assert chosen[0] >= 0 and chosen[-1] < count
    if count >= 24:
        assert chosen[0] >= count // 20 and chosen[-1] <= count - count // 20
