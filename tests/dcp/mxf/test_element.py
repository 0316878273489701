"""Which keys of essence elements are of one kind."""

from __future__ import annotations

import pytest

from dcp.mxf import labels
from dcp.mxf.element import element_kind

VERSION, ITEM, COUNT, TYPE, NUMBER = 7, 12, 13, 14, 15


def with_byte(key: bytes, at: int, value: int) -> bytes:
    return key[:at] + bytes([value]) + key[at + 1 :]


@pytest.mark.parametrize("element", [labels.ELEMENT_J2K, labels.ELEMENT_WAVE, labels.ELEMENT_TIMED_TEXT])
def test_count_number_and_version_make_no_other_kind(element: bytes) -> None:
    for at in (VERSION, COUNT, NUMBER):
        assert element_kind(with_byte(element, at, element[at] ^ 5)) == element_kind(element)
    for at in (ITEM, TYPE):
        assert element_kind(with_byte(element, at, element[at] ^ 5)) != element_kind(element)


def test_of_other_keys_all_counts_but_the_version() -> None:
    assert element_kind(with_byte(labels.ELEMENT_IMMERSIVE_AUDIO, VERSION, 9)) == element_kind(
        labels.ELEMENT_IMMERSIVE_AUDIO
    )
    for at in (ITEM, COUNT, TYPE, NUMBER):
        changed = with_byte(labels.ELEMENT_IMMERSIVE_AUDIO, at, labels.ELEMENT_IMMERSIVE_AUDIO[at] ^ 5)
        assert element_kind(changed) != element_kind(labels.ELEMENT_IMMERSIVE_AUDIO)
