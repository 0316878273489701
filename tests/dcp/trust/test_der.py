"""DER: what is written is strict, what is read is forgiven and told, and nothing makes it run wild."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcp.errors import CertificateError
from dcp.trust import der


def walk_all(data: bytes, walk: der.Walk, depth: int = 0) -> None:
    for element in der.read_all(data, walk):
        if element.tag & 0x20 and depth < 8:
            walk_all(element.content, walk, depth + 1)


@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    with contextlib.suppress(CertificateError):
        walk_all(data, der.Walk())


def one_by_one(data: bytes, walk: der.Walk) -> list[der.Element]:
    found = []
    while data:
        element, data = der.read_one(data, walk)
        found.append(element)
    return found


ELEMENTS = st.one_of(
    st.binary(max_size=8),
    st.builds(der.tlv, st.sampled_from([0x02, 0x30, 0xA3, 0x1F]), st.binary(max_size=140)),
    st.just(b"\x04\x81\x01a"),
    st.just(b"\x30\x80\x04\x01a\x00\x00"),
)


@given(st.lists(ELEMENTS, max_size=8).map(b"".join), st.integers(0, 6))
def test_elements_are_the_same_all_at_once_and_one_by_one(data: bytes, left: int) -> None:
    outcomes: list[object] = []
    for read in (der.read_all, one_by_one):
        walk = der.Walk(left=left)
        try:
            outcomes.append((read(data, walk), walk.defects, walk.left))
        except der.DerError as error:
            outcomes.append((error.what, walk.defects))
    assert outcomes[0] == outcomes[1]


@given(st.integers(min_value=-(2**300), max_value=2**300))
def test_integers_come_back(value: int) -> None:
    walk = der.Walk()
    element, rest = der.read_one(der.integer(value), walk)
    assert der.read_integer(element.content, walk) == value
    assert rest == b"" and walk.defects == []


@given(st.tuples(st.integers(0, 2), st.integers(0, 39)), st.lists(st.integers(0, 2**60), max_size=8))
def test_identifiers_come_back(first: tuple[int, int], rest: list[int]) -> None:
    dotted = ".".join(str(arc) for arc in (*first, *rest))
    element, _ = der.read_one(der.oid(dotted), der.Walk())
    assert der.read_oid(element.content) == dotted


@given(st.binary(max_size=70_000))
def test_lengths_come_back(content: bytes) -> None:
    walk = der.Walk()
    element, rest = der.read_one(der.octets(content) + b"tail", walk)
    assert element.content == content and rest == b"tail" and not walk.defects


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"\x04\x81\x01a", "more bytes than it needs (BER"),
        (b"\x04\x82\x00\x01a", "more bytes than it needs (BER"),
        (b"\x30\x80\x04\x01a\x00\x00", "left open (BER"),
    ],
)
def test_ber_is_read_and_told(data: bytes, told: str) -> None:
    walk = der.Walk()
    _, rest = der.read_one(data, walk)
    assert rest == b""
    assert told in str(walk.defects[0])


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x30",
        b"\x04\x05abc",
        b"\x04\x80",
        b"\x1f\x81\x01\x00",
        b"\x04\x85\x00\x00\x00\x00\x01a",
        b"\x30\x80\x04\x01a",
    ],
)
def test_what_is_no_element_is_refused(data: bytes) -> None:
    with pytest.raises(der.DerError):
        der.read_one(data, der.Walk())


@pytest.mark.parametrize(
    "content", [b"", b"\x2a\x80", b"\x80\x2a", b"\x2a\x80\x01", b"\x2a" + b"\xff" * 10 + b"\x7f"]
)
def test_what_is_no_identifier_is_refused(content: bytes) -> None:
    with pytest.raises(der.DerError, match="malformed"):
        der.read_oid(content)


def test_the_number_of_elements_is_bounded() -> None:
    with pytest.raises(der.DerError, match="too many"):
        der.read_all(b"\x05\x00" * (der.MAX_ELEMENTS + 1), der.Walk())
    with pytest.raises(der.DerError):
        der.read_one(b"\x30\x80" * 1000, der.Walk())


def test_times_change_form_in_2050() -> None:
    assert der.time(datetime(2049, 12, 31, 23, 59, 59, tzinfo=UTC)) == b"\x17\x0d491231235959Z"
    assert der.time(datetime(2050, 1, 1, tzinfo=UTC)) == b"\x18\x0f20500101000000Z"


def test_named_bits_are_cut_after_the_last_one() -> None:
    assert der.named_bits((0, 2)) == bytes.fromhex("030205a0")
    assert der.named_bits((5, 6)) == bytes.fromhex("03020106")
    assert der.named_bits((8,)) == bytes.fromhex("0303070080")
    assert der.named_bits(()) == bytes.fromhex("030100")
