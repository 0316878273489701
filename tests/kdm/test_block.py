from __future__ import annotations

import json
import uuid
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from hypothesis import given
from hypothesis import strategies as st

from dcp.errors import DcpError
from kdm.block import BlockError, CipherBlock, block_fault, open_block, pack_block, parse_block, seal_block
from kdm.message import parse_message

BLOCK = CipherBlock(
    signer_thumbprint=bytes(range(20)),
    cpl_id=uuid.UUID("5c392194-bdaa-49df-96a3-87ba47639665"),
    key_type="MDIK",
    key_id=uuid.UUID("40625f71-5cc9-4c63-8e7b-e9d1c71d58da"),
    not_before="2018-01-07T00:00:00+01:00",
    not_after="2022-02-26T23:59:59-06:30",
    key=bytes.fromhex("0131894716c8ea974c4da5e5e9baa60a"),
)


@pytest.fixture(scope="module")
def private_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def test_every_field_stands_at_its_offset() -> None:
    plain = pack_block(BLOCK)
    assert len(plain) == 138
    assert plain[:16].hex() == "f1dc124460169a0e85bc300642f866ab"
    assert plain[16:36] == BLOCK.signer_thumbprint
    assert plain[36:52] == BLOCK.cpl_id.bytes
    assert plain[52:56] == b"MDIK"
    assert plain[56:72] == BLOCK.key_id.bytes
    assert plain[72:97] == b"2018-01-07T00:00:00+01:00"
    assert plain[97:122] == b"2022-02-26T23:59:59-06:30"
    assert plain[122:] == BLOCK.key


@pytest.mark.parametrize("block", [BLOCK, replace(BLOCK, key_type=None)], ids=["smpte", "interop"])
def test_a_block_reads_back_as_written(block: CipherBlock) -> None:
    assert parse_block(pack_block(block)) == block


def test_the_interop_form_is_four_bytes_shorter() -> None:
    assert len(pack_block(replace(BLOCK, key_type=None))) == 134


def test_the_window_is_two_instants() -> None:
    assert BLOCK.window[0] == datetime(2018, 1, 6, 23, tzinfo=UTC)
    assert BLOCK.window[1] == datetime(2022, 2, 27, 6, 29, 59, tzinfo=UTC)


def test_a_date_outside_the_calendar_is_named() -> None:
    with pytest.raises(BlockError, match="calendar"):
        _ = replace(BLOCK, not_after="2022-02-30T00:00:00+00:00").window


def test_no_repr_shows_the_key() -> None:
    assert BLOCK.key.hex() not in repr(BLOCK)
    assert repr(BLOCK.key) not in repr(BLOCK)


@pytest.mark.parametrize(
    ("change", "field", "message"),
    [
        ({"not_before": "2018-01-07T00:00:00Z"}, "dates", "25 characters"),
        ({"not_after": "2018-01-07T00:00:00.5+01:00"}, "dates", "25 characters"),
        ({"key_type": "mdik"}, "key_type", "four capital letters"),
        ({"key_type": "MDIKX"}, "key_type", "four capital letters"),
        ({"signer_thumbprint": bytes(19)}, "length", "20 bytes"),
        ({"key": bytes(15)}, "length", "20 bytes"),
    ],
)
def test_packing_refuses_what_does_not_fill_its_place(
    change: dict[str, object], field: str, message: str
) -> None:
    with pytest.raises(BlockError, match=message) as caught:
        pack_block(replace(BLOCK, **change))  # type: ignore[arg-type]
    assert caught.value.field == field


@pytest.mark.parametrize(
    ("damage", "field"),
    [
        (lambda plain: plain[:-1], "length"),
        (lambda plain: plain + b"\0", "length"),
        (lambda plain: b"", "length"),
        (lambda plain: b"\x1f" + plain[1:], "structure_id"),
        (lambda plain: plain[:52] + b"\0\0\0\0" + plain[56:], "key_type"),
        (lambda plain: plain[:72] + b"2018-01-07T00:00:00.00000" + plain[97:], "dates"),
        (lambda plain: plain[:97] + b"\xff" * 25 + plain[122:], "dates"),
    ],
)
def test_reading_names_the_field_at_fault(damage, field: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(BlockError) as caught:
        parse_block(damage(pack_block(BLOCK)))
    assert caught.value.field == field
    assert BLOCK.key.hex() not in str(caught.value)


def test_what_is_wrapped_for_a_recipient_opens_with_its_key_only(private_key: rsa.RSAPrivateKey) -> None:
    sealed = seal_block(pack_block(BLOCK), private_key.public_key())
    assert len(sealed) == 256
    assert parse_block(open_block(sealed, private_key)) == BLOCK
    other = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    with pytest.raises(BlockError, match="does not open"):
        open_block(sealed, other)


@pytest.mark.parametrize("size", [0, 255, 257, 512])
def test_a_cipher_value_of_another_length_is_refused(private_key: rsa.RSAPrivateKey, size: int) -> None:
    with pytest.raises(BlockError, match="256"):
        open_block(bytes(size), private_key)


@given(st.binary(max_size=200) | st.binary(min_size=134, max_size=138))
def test_any_bytes_are_read_or_refused(plain: bytes) -> None:
    try:
        block = parse_block(plain)
    except DcpError:
        return
    assert pack_block(block) == plain


@given(st.integers(0, 137), st.integers(1, 255))
def test_a_changed_byte_is_seen_or_refused(place: int, flip: int) -> None:
    plain = bytearray(pack_block(BLOCK))
    plain[place] ^= flip
    try:
        assert parse_block(bytes(plain)) != BLOCK
    except BlockError as error:
        assert error.field in ("structure_id", "key_type", "dates")


def test_the_golden_messages_hold_the_recorded_keys(golden: Path) -> None:
    folder = golden / "libdcp" / "enc"
    expected = json.loads((folder / "kdm_expected.json").read_text())
    key = load_pem_private_key((golden / "libdcp" / "recipient" / "leaf.key").read_bytes(), None)
    assert isinstance(key, rsa.RSAPrivateKey)
    recorded = {(entry["key_id"], entry["key_type"], entry["key_hex"]) for entry in expected["keys"]}
    for name in expected["files"]:
        message = parse_message((folder / name).read_bytes(), where=name)
        blocks = [parse_block(open_block(entry.cipher_value, key)) for entry in message.encrypted_keys]
        assert {(str(b.key_id), b.key_type, b.key.hex()) for b in blocks} == recorded
        assert {b.cpl_id for b in blocks} == {uuid.UUID(expected["cpl_id"])}
        assert {b.window for b in blocks} == {message.window}


@given(
    st.sampled_from(["MDIK", None]),
    st.lists(st.tuples(st.integers(0, 140), st.binary(max_size=2)), max_size=3),
)
def test_a_fault_is_named_without_reading_the_block(
    key_type: str | None, edits: list[tuple[int, bytes]]
) -> None:
    plain = pack_block(replace(BLOCK, key_type=key_type))
    for place, new in edits:
        plain = plain[:place] + new + plain[place + len(new) :]
    fault = block_fault(plain)
    if fault is None:
        assert pack_block(parse_block(plain)) == plain
    else:
        with pytest.raises(BlockError) as caught:
            parse_block(plain)
        assert (caught.value.what, caught.value.field) == (fault.what, fault.field)
