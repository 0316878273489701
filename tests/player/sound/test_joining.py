"""Silence in the place of a damaged unit, and a seek, without a click."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from player.sound.blocks import to_bytes, to_numbers
from player.sound.joining import RAMP, Joiner

RATE, BLOCK = 48_000, 2_000
LEVEL = 4_000_000


def tone(frame: int, hertz: float = 440.0) -> NDArray[np.int32]:
    at = np.arange(frame * BLOCK, (frame + 1) * BLOCK)
    one = np.rint(LEVEL * np.sin(2 * np.pi * hertz * at / RATE)).astype(np.int32)
    return np.stack([one, -one], axis=1)


def steepest(samples: NDArray[np.int32]) -> int:
    """The largest step from a sample to the next: a click is one."""
    return int(np.abs(np.diff(samples, axis=0)).max())


OWN_STEP = LEVEL * 2 * np.pi * 440 / RATE


def play(*frames: tuple[int, bool]) -> NDArray[np.int32]:
    joiner = Joiner(2, RATE)
    blocks = [joiner.join(n, to_bytes(tone(n)) if right else None, BLOCK) for n, right in frames]
    assert all(len(block) == BLOCK * 2 * 3 for block in blocks)
    return np.concatenate([to_numbers(block, 2) for block in blocks])


def test_what_goes_on_is_left_as_it_is() -> None:
    assert np.array_equal(play(*((n, True) for n in range(4))), np.concatenate([tone(n) for n in range(4)]))


def test_silence_in_between_has_no_click_and_its_length() -> None:
    heard = play((0, True), (1, False), (2, False), (3, True), (4, True))
    ramp = round(RAMP * RATE)
    assert np.array_equal(heard[:BLOCK], tone(0))
    assert not heard[BLOCK + ramp : 3 * BLOCK].any()
    assert np.array_equal(heard[3 * BLOCK + ramp :], np.concatenate([tone(3)[ramp:], tone(4)]))
    hard = np.concatenate([tone(0), np.zeros_like(tone(1)), tone(2) + LEVEL])
    assert steepest(heard) < 1.5 * OWN_STEP < steepest(hard)


@pytest.mark.parametrize("there", [100, 7, 1])
def test_a_seek_has_none_either(there: int) -> None:
    heard = play((10, True), (there, True), (there + 1, True))
    assert steepest(heard) < 2.5 * OWN_STEP
    assert np.array_equal(heard[-BLOCK:], tone(there + 1))


def test_the_first_block_begins_as_it_is_and_silence_at_first_is_silence() -> None:
    assert np.array_equal(play((5, True))[:10], tone(5)[:10])
    assert not play((0, False), (1, False)).any()
    assert play((0, False), (1, True))[BLOCK : BLOCK + 2].max() < 1000


def test_blocks_shorter_than_a_ramp() -> None:
    joiner = Joiner(1, RATE)
    block = to_bytes(np.full((100, 1), 1_000_000, np.int32))
    heard = np.concatenate([to_numbers(joiner.join(n, block if n != 1 else None, 100), 1) for n in range(3)])
    assert steepest(heard) < 60_000
