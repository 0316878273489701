"""Frames of immersive sound: every size is held to its bounds, and what the elements say is read."""

from __future__ import annotations

import random
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from immersive import bed, element, frame, frames, moving, sound

from dcp.auxdata.atmos import Most
from dcp.auxdata.contents import check_contents, contents
from dcp.auxdata.iab import (
    AUDIO_PCM,
    BED,
    CINEMA_RATES,
    USER_DATA,
    check_for_cinema,
    looks_like_iab,
    outline,
)
from dcp.errors import SourceError
from dcp.mxf.reader import TrackFile

RATE = Fraction(24)


@pytest.mark.parametrize("rate", CINEMA_RATES)
def test_a_frame_is_read_to_its_elements(rate: Fraction) -> None:
    made = frame(rate=rate, sample_rate=96_000)
    found = outline(made)

    assert (found.header.frame_rate, found.header.sample_rate, found.header.bit_depth) == (rate, 96_000, 24)
    assert [each.id for each in found.elements][:2] == [BED, 0x40] and found.header.max_rendered == 3
    held = contents(made, found)
    assert held.beds[0].channels == ((0, 1), (4, 2))
    assert [each.audio for each in held.objects] == [3] and held.audio == (1, 2, 3)
    check_contents(held, 3)
    check_for_cinema(found, len(made), rate)
    assert Most().with_frame(made, found) == Most(2, 1)


@given(st.integers(0, 30), st.integers(1, 400), st.integers(0, 300))
def test_numbers_of_every_size(channels: int, audio: int, objects: int) -> None:
    ids = range(audio, audio + channels)
    made = frame(
        [
            bed([(id % 24, id) for id in ids]),
            *(moving(audio, id=n) for n in range(objects)),
            *map(sound, ids),
        ],
        max_rendered=channels + objects,
    )
    held = contents(made)
    assert (held.channels, len(held.objects), held.rendered) == (channels, objects, channels + objects)
    assert held.audio == tuple(ids)


def test_every_cut_and_every_byte_too_many_is_found() -> None:
    made = frame()
    for length in range(len(made)):
        with pytest.raises(SourceError) as refused:
            outline(made[:length])
        assert refused.value.id == "iab.cut" and str(length) in refused.value.what.replace(",", "")
    with pytest.raises(SourceError, match="what is in it ends"):
        outline(made + b"\0")


def test_no_damage_reads_beyond_the_frame_or_without_end() -> None:
    made, dice = frame(), random.Random(7)
    for _ in range(2000):
        wrong = bytearray(made)
        for _ in range(dice.randint(1, 4)):
            wrong[dice.randrange(len(wrong))] = dice.randrange(256)
        try:
            held = contents(bytes(wrong))
            check_contents(held, 3)
        except SourceError as refused:
            assert (refused.id or "").startswith("iab.") and refused.remedy


WRONG = {
    "iab.no-frame": frame([])[:-6] + element(0x09, frame([])[-4:]),
    "iab.version": frame(version=2),
    "iab.element-outside": frame([element(BED, b"12345")[:-1]]),
    "iab.too-many-elements": frame([b""] * 3),
    "iab.left-over": frame([element(BED, b"") + b"\0"]),
    "iab.no-subframe": b"\x03" + frame()[1:],
}


@pytest.mark.parametrize("id", WRONG)
def test_what_a_frame_cannot_be(id: str) -> None:
    with pytest.raises(SourceError) as refused:
        outline(WRONG[id])
    assert refused.value.id == id and refused.value.remedy


def test_codes_that_are_kept_back() -> None:
    made = bytearray(frame())
    made[made.index(bytes((1, 0x10))) + 1] = 0x3A
    with pytest.raises(SourceError, match="are not all in ST 2098-2"):
        outline(bytes(made))


@pytest.mark.parametrize(
    ("made", "id"),
    [
        (frame(rate=Fraction(25)), "iab.other-rate"),
        (frame(depth=16), "iab.depth"),
        (frame([sound(1, 790_000)]), "iab.frame-too-large"),
        (frame([element(USER_DATA, bytes(8))]), "iab.not-of-cinema"),
        (frame([element(AUDIO_PCM, bytes(8))]), "iab.not-of-cinema"),
    ],
)
def test_what_cinema_does_not_take(made: bytes, id: str) -> None:
    with pytest.raises(SourceError) as refused:
        check_for_cinema(outline(made), len(made), RATE)
    assert refused.value.id == id


@pytest.mark.parametrize(
    ("elements", "id"),
    [
        ([bed([(0, 1)]), sound(1), sound(1)], "iab.sound-twice"),
        ([bed([(0, 1)]), sound(0), sound(1)], "iab.sound-without-number"),
        ([bed([(0, 1)])], "iab.sound-absent"),
        ([bed([(0, 0)], within=[bed([(4, 9)])])], "iab.sound-absent"),
        ([moving(0, within=[moving(5)])], "iab.sound-absent"),
        ([bed([(0x88, 1)]), sound(1)], "iab.channel"),
        ([bed([(n, 0) for n in range(5)])], "iab.max-rendered"),
    ],
)
def test_elements_that_do_not_agree(elements: list[bytes], id: str) -> None:
    with pytest.raises(SourceError) as refused:
        check_contents(contents(frame(elements)), 4)
    assert refused.value.id == id


def test_of_what_is_conditional_the_largest_case_counts() -> None:
    made = frame([
        bed([(0, 0)] * 2, use_case=1), moving(0, use_case=1), bed([(0, 0)] * 5, use_case=2),
        moving(0, use_case=0xFF), bed([(0, 0)] * 2, within=[bed([(0, 0)] * 4)]),
    ])  # fmt: skip
    assert contents(made).rendered == 5 + 1 + 4


def test_definitions_do_not_stand_in_each_other_for_ever() -> None:
    deep = bed([])
    for _ in range(8):
        deep = bed([], within=[deep])
    with pytest.raises(SourceError, match="too deeply"):
        contents(frame([deep]))


def test_what_is_taken_for_a_frame() -> None:
    made = frame()
    assert looks_like_iab(made) and looks_like_iab(made[:-3]) and looks_like_iab(made[:8])
    assert not looks_like_iab(bytes(20)) and not looks_like_iab(b"") and not looks_like_iab(b"\xff" * 40)
    assert len(set(frames(60))) == 60


def test_real_dolby_atmos_is_read_whole(corpus: Path) -> None:
    found = sorted(corpus.glob("ClairMeta_Data/DCP/ECL-SET/ECL09*/atmos_*.mxf"))
    assert len(found) == 2
    for path in found:
        with TrackFile.open(path) as track:
            for unit in track.units(0, None):
                held = outline(unit.data)
                check_contents(contents(unit.data, held), held.header.max_rendered)
                check_for_cinema(held, len(unit.data), RATE)
