"""The codestreams of a track, read one after the other: what is remembered of one never colours the next."""

from __future__ import annotations

import random
from fractions import Fraction

import pytest
from synthetic import codestream

from dcp.errors import CodestreamError
from dcp.picture.codestream import Series, parse_codestream
from dcp.picture.rules import Judging, faults

FRAMES = [
    codestream(b"a" * 300),
    codestream(b"b" * 301),
    codestream(b"b" * 301, guard=2),
    codestream(b"c" * 90, tlm=False),
    codestream(b"c" * 90, tlm=[1, 2, 3]),
    codestream(b"c" * 90, tlm=[]),
    codestream(b"d" * 90, parts=1),
    codestream(b"d" * 90, poc_in_tile=bytes(7)),
    codestream(b"e" * 90, eoc=b""),
    codestream(b"e" * 90, eoc=b"\xff\xd9\0"),
    codestream(b"f" * 600_000),
    codestream(b"g" * 80, size=(2048, 1080)),
    codestream(b"h" * 80, rsiz=4, size=(4096, 2160), levels=6, guard=2, parts=6, poc=bytes(14)),
]


def outcome(parse: object, data: bytes) -> object:
    try:
        return parse(data)  # type: ignore[operator]
    except CodestreamError as error:
        return str(error)


@pytest.mark.parametrize("seed", range(10))
def test_each_is_what_it_is_by_itself(seed: int) -> None:
    """Frames of several encoders in any order, some damaged by a byte in their headers."""
    chance = random.Random(seed)
    series, judging = Series(), Judging(Fraction(24))
    for _ in range(300):
        data = bytearray(chance.choice(FRAMES))
        if chance.random() < 0.3:
            data[chance.randrange(150)] ^= 1 << chance.randrange(8)
        found = outcome(series.parse, bytes(data))
        assert found == outcome(parse_codestream, bytes(data))
        if not isinstance(found, str):
            said = judging.faults(found)  # type: ignore[arg-type]
            assert said == faults(parse_codestream(bytes(data)), rate=Fraction(24))


def test_frames_of_one_encoder_have_one_form() -> None:
    series = Series()
    one, two, other = (series.parse(FRAMES[number]) for number in range(3))
    assert one.form is two.form is not None
    assert other.form is not one.form
