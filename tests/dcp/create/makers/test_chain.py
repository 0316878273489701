"""The rule by which frames are coded, step by step, and what is noted of each."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shots import copied, picture, recipe

from dcp.create.makers.alike import look_at
from dcp.create.makers.chain import (
    Chain,
    Kind,
    Note,
    Seen,
    decided,
    last_anchor,
    measured_note,
    unpacked,
)
from dcp.create.makers.coded import coded_of
from dcp.create.sources.facts import Pixels
from dcp.picture.coding import ANCHOR_EVERY, Coding
from dcp.text.layout.burnt import BurntCue


def kinds(
    frames: list[Pixels],
    *,
    coding: Coding = "fine",
    unlike: bool = False,
    recipes: list[object] | None = None,
) -> list[Kind]:
    chain, found = Chain(), []
    for at, frame in enumerate(frames):
        seen = Seen(look_at(frame), recipes[at] if recipes else recipe())  # type: ignore[arg-type]
        kind, chain = decided(chain, seen, at, coding=coding, unlike=unlike)
        found.append(kind)
    return found


def test_the_first_frame_of_a_shot_is_measured_and_what_is_the_same_is_not_coded() -> None:
    one, other = picture(1, 0), picture(2, 0)
    frames = [one, picture(1, 1), copied(picture(1, 1)), other, copied(other), picture(2, 1)]
    assert kinds(frames) == ["anchor", "coded", "same", "anchor", "same", "coded"]
    assert kinds(frames, coding="exact") == ["coded", "coded", "same", "coded", "same", "coded"]
    assert kinds(frames, unlike=True) == ["anchor", "coded", "coded", "anchor", "coded", "coded"]


def test_one_frame_in_so_many_is_measured_however_long_a_shot_is() -> None:
    found = kinds([picture(1, at) for at in range(2 * ANCHOR_EVERY + 2)])
    assert [at for at, kind in enumerate(found) if kind == "anchor"] == [0, ANCHOR_EVERY, 2 * ANCHOR_EVERY]


def test_a_still_that_is_longer_puts_the_next_measuring_off_to_what_is_coded() -> None:
    still = picture(1, 0)
    frames = [still] * (ANCHOR_EVERY + 10) + [picture(1, 1), picture(1, 2)]
    assert kinds(frames) == ["anchor", *["same"] * (ANCHOR_EVERY + 9), "anchor", "coded"]


def test_a_fade_is_measured_again_and_again_as_it_becomes_lighter_or_darker() -> None:
    def dim(by: float) -> Pixels:
        frame = picture(1, 0)
        return replace(frame, planes=tuple((plane * by).astype(np.uint8) for plane in frame.planes))

    steps = [at / 47 for at in range(48)]
    found = [at for at, kind in enumerate(kinds([dim(by) for by in steps])) if kind == "anchor"]
    assert found[0] == 0 and 4 <= len(found) <= 8
    light = [0.02 + steps[at] for at in found]
    assert all(after / before < 3 for before, after in pairwise(light))
    assert len([each for each in kinds([dim(by) for by in reversed(steps)]) if each == "anchor"]) >= 4
    assert kinds([dim(0.9 + 0.1 * (at % 2)) for at in range(8)]) == ["anchor", *["coded"] * 7]


def test_another_recipe_is_another_shot_and_another_text_is_another_frame() -> None:
    frame, plain = picture(1, 0), recipe()
    text = replace(plain, burnt=(BurntCue("a cue", "fonts"),))  # type: ignore[arg-type]
    smaller = replace(plain, size=(64, 36))
    assert kinds([frame] * 4, recipes=[plain, recipe(), text, text]) == ["anchor", "same", "coded", "same"]
    assert kinds([frame] * 2, recipes=[plain, smaller]) == ["anchor", "anchor"]


notes = st.builds(
    Note,
    st.sampled_from(["coded", "anchor", "same", "black", "passed"]),
    st.integers(0, 5),
    st.integers(0, 1023).map(lambda each: each / 100),
    st.integers(0, 1022).map(lambda each: each / 10) | st.just(math.inf),
    st.integers(0, 63),
)


@given(notes)
def test_a_note_has_room_for_all_and_comes_back(note: Note) -> None:
    assert 0 <= note.packed() < 1 << 32
    assert unpacked(note.packed()) == note


def test_what_is_out_of_a_notes_range_is_cut_and_no_note_is_refused() -> None:
    assert unpacked(Note("anchor", 3, 99.0, 120.0, 30).packed()) == Note("anchor", 3, 10.23, 102.2, 30)
    assert unpacked(Note("anchor", 3, -0.2, 59.99).packed()) == Note("anchor", 3, 0, 59.9)
    assert unpacked(0) == Note("coded", 0, 0, 0)
    with pytest.raises(ValueError):
        unpacked(7)


def test_what_was_measured_is_noted() -> None:
    note = measured_note(2, {0: 100.0, 2: 105.0, 3: 130.0}, 25)
    assert (note.kind, note.planes, note.light) == ("anchor", 2, 25)
    assert note.loss == pytest.approx(10 * math.log10(1.05))
    assert note.psnr == pytest.approx(10 * math.log10(4095**2 / 105))
    assert measured_note(1, {0: 100.0, 2: 100 + 16 / 12, 3: 130.0}, 0).loss == pytest.approx(
        10 * math.log10(1 + 4 / 12 / 100)
    )
    flat = measured_note(0, {0: 0.0}, 0)
    assert unpacked(flat.packed()).loss == 0


def test_the_last_measured_frame_of_an_eye_is_found() -> None:
    packed = [
        Note("anchor", 1, light=19).packed(), Note("anchor", 4, light=20).packed(),
        Note("coded", 1).packed(), Note("coded", 4).packed(),
        Note("anchor", 2, light=21).packed(), Note("same").packed(),
        Note("coded", 2).packed(),
    ]  # fmt: skip
    assert last_anchor(packed, 0, 2) == (2, Note("anchor", 2, light=21))
    assert last_anchor(packed, 1, 2) == (0, Note("anchor", 4, light=20))
    assert last_anchor(packed, 0, 1) == (4, Note("anchor", 2, light=21))
    assert last_anchor([], 0, 1) is None


def test_notes_are_counted_and_said() -> None:
    packed = [
        Note("anchor", 3, 0.21, 48.0), Note("coded", 3), Note("coded", 3), Note("same"),
        Note("anchor", 4, 3.5, 60.4), Note("coded", 4), Note("black"), Note("anchor", 0, 0, 51.0),
    ]  # fmt: skip
    found = coded_of([each.packed() for each in packed], "fine")
    assert found.document() == {
        "coding": "fine",
        "frames_by_bits": {"12": 1, "9": 3, "8": 2},
        "same_as_before": 1,
        "black": 1,
        "passed_on": 0,
        "measured": 3,
        "largest_loss_db": 0.21,
        "least_clean_db": 60.4,
    }
    said = [str(each) for each in found.lines()]
    assert said[0] == "picture coded: 1 frame with 12 bits, 3 frames with 9 bits and 2 frames with 8 bits"
    assert "3 frames measured: at most 0.21 dB lost against all 12 bits" in said
    assert any("60.4 dB" in each for each in said)
    clean = coded_of([Note("anchor", 3, 0.9, 67.8).packed()], "fine")
    assert [str(each) for each in clean.lines()][1:] == [
        "1 frame measured: so clean that more may be lost, with at least 67.8 dB kept"
    ]
    assert coded_of([Note("passed").packed()] * 3, "fine").lines() == []
    exact = coded_of([Note("coded").packed()] * 3, "exact")
    assert exact.loss is None and [str(each) for each in exact.lines()] == [
        "picture coded: 3 frames with 12 bits"
    ]
