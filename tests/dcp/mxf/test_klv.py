"""Lengths and walks: what is written is read, and no bytes make the walk do anything but refuse."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcp.errors import TrackFileError
from dcp.mxf import klv
from dcp.mxf.labels import FILL


@given(st.integers(0, klv.MAX_LENGTH))
def test_lengths_are_read_as_written_in_four_bytes(length: int) -> None:
    data = klv.encode_ber(length)
    assert len(data) == 4
    assert data[0] == 0x83
    assert klv.decode_ber(data) == (length, 4)


@pytest.mark.parametrize(
    ("form", "length", "size"),
    [
        ("05", 5, 1),
        ("7f", 127, 1),
        ("81ff", 255, 2),
        ("820100", 256, 3),
        ("8400000007", 7, 5),
        ("870000000000000102"[:16], 1, 8),
        ("880000000000000003", 3, 9),
    ],
)
def test_other_forms_are_read(form: str, length: int, size: int) -> None:
    assert klv.decode_ber(bytes.fromhex(form)) == (length, size)


@pytest.mark.parametrize(
    ("form", "reason"),
    [("80", "structure"), ("89" + "00" * 9, "structure"), ("83ff", "truncated"), ("", "truncated")],
)
def test_open_and_cut_lengths_are_refused(form: str, reason: str) -> None:
    with pytest.raises(TrackFileError) as caught:
        klv.decode_ber(bytes.fromhex(form))
    assert caught.value.reason == reason


@pytest.mark.parametrize("length", [klv.MAX_LENGTH + 1, -1])
def test_what_no_four_byte_length_can_say_is_refused(length: int) -> None:
    with pytest.raises(TrackFileError, match="too long"):
        klv.encode_ber(length)


@given(st.lists(st.binary(max_size=40), max_size=6))
def test_a_walk_finds_every_value(values: list[bytes]) -> None:
    data = b"".join(klv.encode(FILL, value) for value in values)
    found = [data[each.value_offset : each.end] for each in klv.walk(data)]
    assert found == values


@given(st.binary(max_size=200))
def test_a_walk_over_any_bytes_ends_or_refuses(data: bytes) -> None:
    try:
        for each in klv.walk(data):
            assert each.end <= len(data)
    except TrackFileError:
        pass


def test_a_length_past_the_end_is_refused_with_its_place() -> None:
    data = klv.encode(FILL, b"12345678")
    with pytest.raises(TrackFileError, match="reaches past") as caught:
        list(klv.walk(data[:-1], base=1000))
    assert caught.value.where == "byte 1000"
