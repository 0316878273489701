"""Partition packs and the random index, against the bytes of a file by asdcplib (sheet 1.2)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcp.errors import TrackFileError
from dcp.mxf import labels
from dcp.mxf.partition import (
    Partition,
    read_partition,
    read_random_index,
    write_partition,
    write_random_index,
)

HEADER = Partition(
    kind="header",
    this_partition=0,
    previous_partition=0,
    footer_partition=0x49A42,
    header_byte_count=0x3F74,
    operational_pattern=labels.OP_ATOM,
    essence_containers=(labels.GC_MULTIPLE, labels.GC_J2K),
)
HEADER_BYTES = bytes.fromhex(
    "060e2b34020501010d010201010204008300007800010002000000010000000000000000"
    "00000000000000000000000000049a420000000000003f74000000000000000000000000"
    "000000000000000000000000060e2b34040101020d010201100000000000000200000010"
    "060e2b34040101030d010301027f0100060e2b34040101070d010301020c0100"
)


def test_a_header_pack_is_written_as_in_a_real_file() -> None:
    assert write_partition(HEADER) == HEADER_BYTES
    assert read_partition(HEADER_BYTES[:16], HEADER_BYTES[20:], place=0) == HEADER


@pytest.mark.parametrize("kind", ["header", "body", "footer", "generic_stream"])
def test_every_kind_comes_back(kind: Any) -> None:
    pack = replace(HEADER, kind=kind, status=0x11 if kind == "generic_stream" else 4)
    data = write_partition(pack)
    assert read_partition(data[:16], data[20:], place=0) == pack
    assert pack.closed
    assert pack.complete


def test_a_random_index_is_written_as_in_a_real_file() -> None:
    data = write_random_index([(0, 0), (1, 16384), (0, 0x49A42)])
    assert data.hex() == (
        "060e2b34020501010d010201011101008300002800000000000000000000000000000001"
        "0000000000004000000000000000000000049a420000003c"
    )
    assert read_random_index(data, place=0) == ((0, 0), (1, 16384), (0, 0x49A42))


@given(st.lists(st.tuples(st.integers(0, 2**32 - 1), st.integers(0, 2**64 - 1)), max_size=20))
def test_random_indexes_come_back(pairs: list[tuple[int, int]]) -> None:
    assert read_random_index(write_random_index(pairs), place=0) == tuple(pairs)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (HEADER_BYTES[20:100], "has 80 bytes, at least 88 are needed"),
        (HEADER_BYTES[20:-1], "more labels"),
        (HEADER_BYTES[20:103] + b"\xff" * 5 + HEADER_BYTES[108:], "more labels"),
    ],
)
def test_a_pack_that_is_too_short_is_refused(value: bytes, message: str) -> None:
    with pytest.raises(TrackFileError, match=message) as caught:
        read_partition(HEADER_BYTES[:16], value, place=77)
    assert caught.value.where == "byte 77"


def test_other_keys_are_no_partitions() -> None:
    with pytest.raises(TrackFileError, match="no partition pack"):
        read_partition(bytes(labels.PRIMER), HEADER_BYTES[20:], place=0)


def test_a_broken_random_index_is_refused() -> None:
    data = write_random_index([(1, 0)])
    with pytest.raises(TrackFileError, match="no random index"):
        read_random_index(data[1:], place=0)
    with pytest.raises(TrackFileError, match="wrong length"):
        read_random_index(data[:-1], place=0)
