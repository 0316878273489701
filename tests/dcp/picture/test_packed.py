"""Words of three samples: their codes, whichever way their bytes stand."""

from __future__ import annotations

import numpy as np
import pytest

from dcp.picture.packed import three_in_a_word

pytestmark = pytest.mark.extra("picture")


def test_three_samples_of_a_word_come_apart() -> None:
    codes = np.random.default_rng(1).integers(0, 1024, (3, 7, 33)).astype(np.uint32)
    for padding in (0, 3):
        words = codes[0] << 22 | codes[1] << 12 | codes[2] << 2 | np.uint32(padding)
        assert np.array_equal(three_in_a_word(words, swapped=False), codes)
        assert np.array_equal(three_in_a_word(words.byteswap(), swapped=True), codes)
