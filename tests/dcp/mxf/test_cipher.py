"""ST 429-6: keys of the MIC, the shape of the triplet, what opens and what does not."""

from __future__ import annotations

import hashlib
import hmac
import uuid
from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from hypothesis import given, settings
from hypothesis import strategies as st

from dcp.errors import DcpError, TrackFileError
from dcp.mxf import klv, triplet
from dcp.mxf.cipher import Decryptor, Encryptor, derive_mic_key, mic_key
from dcp.mxf.labels import ELEMENT_J2K, TRIPLET
from dcp.mxf.triplet import Triplet, esv_size, parse_triplet, peek_triplet, triplet_size
from dcp.secrets.keys import ContentKey

KEY = bytes.fromhex("0123456789abcdeffedcba9876543210")
IV = bytes(range(100, 116))
CONTEXT, TRACK = b"C" * 16, b"T" * 16
MakeKey = Callable[..., ContentKey]


def _encryptor(key: ContentKey, *, mic: bool = True) -> Encryptor:
    return Encryptor(
        key=key,
        label_set="smpte",
        context_id=CONTEXT,
        source_key=bytes(ELEMENT_J2K),
        track_file_id=TRACK,
        mic=mic,
        iv_source=lambda: IV,
    )


def _open(decryptor: Decryptor, value: memoryview) -> tuple[Triplet, bytes | None]:
    parsed = parse_triplet(value)
    esv = value[parsed.esv_offset : parsed.esv_offset + parsed.esv_length]
    context = decryptor.begin(esv)
    assert context is not None
    data = decryptor.finish(context, esv, parsed)
    return parsed, bytes(data) if data is not None else None


def test_mic_keys_of_both_label_sets() -> None:
    assert derive_mic_key(KEY, "smpte").hex() == "e3dee22c0e647f8e14f9b7f34e94d37f"
    assert derive_mic_key(KEY, "interop").hex() == "323d5b2287ca58c264792215986f6030"


def test_a_mic_key_that_came_with_the_content_key_goes_before_a_derived_one(make_key: MakeKey) -> None:
    assert mic_key(make_key(mic_key=b"m" * 16), "smpte") == b"m" * 16
    assert mic_key(make_key(), "smpte") == derive_mic_key(KEY, "smpte")


def test_the_size_of_the_encrypted_value_is_that_of_a_real_file() -> None:
    assert esv_size(23789) == 23824
    assert esv_size(23789, 182) == 23830
    assert esv_size(36000) == 36048
    assert triplet_size(23789, mic=True) == 23948


def test_a_triplet_is_what_the_standard_says_byte_for_byte(key: ContentKey) -> None:
    """Made again here from plain AES and HMAC, one piece at a time."""
    unit = bytes(range(200)) * 3
    klv_bytes = bytes(_encryptor(key).encrypt(unit))
    aes = Cipher(algorithms.AES(KEY), modes.CBC(IV)).encryptor()
    padding = bytes(range(16 - len(unit) % 16))
    esv = IV + aes.update(b"CHUKCHUKCHUKCHUK" + unit + padding)
    run = esv + b"\x83\0\0\x10" + TRACK + b"\x83\0\0\x08" + (1).to_bytes(8, "big") + b"\x83\0\0\x14"
    mic = hmac.digest(derive_mic_key(KEY, "smpte"), run, hashlib.sha1)
    head = b"\x83\0\0\x10" + CONTEXT + b"\x83\0\0\x08" + bytes(8) + b"\x83\0\0\x10" + ELEMENT_J2K
    head += b"\x83\0\0\x08" + len(unit).to_bytes(8, "big") + klv.encode_ber(len(esv))
    assert klv_bytes == klv.encode(TRIPLET, head + run + mic)


def test_without_a_mic_three_empty_items_close_the_triplet(key: ContentKey) -> None:
    data = _encryptor(key, mic=False).encrypt(b"abc")
    assert bytes(data[-12:]) == bytes.fromhex("830000008300000083000000")
    parsed = parse_triplet(data[20:])
    assert (parsed.track_file_id, parsed.sequence, parsed.mic) == (None, None, None)


@settings(max_examples=60)
@given(
    st.lists(st.binary(min_size=1, max_size=3000), min_size=1, max_size=4),
    st.binary(min_size=16, max_size=16),
)
def test_what_is_encrypted_opens_again(units: list[bytes], key_bytes: bytes) -> None:

    key = ContentKey(id=uuid.UUID(int=1), type="MDIK", value=key_bytes)
    encryptor, decryptor = _encryptor(key), Decryptor(key=key, label_set="smpte")
    for number, unit in enumerate(units, start=1):
        data = encryptor.encrypt(unit)
        parsed, plain = _open(decryptor, data[20:])
        assert plain == unit
        assert parsed.sequence == number
        assert parsed.track_file_id == TRACK
        assert decryptor.authentic(data[20:], parsed)
        assert len(data) == 20 + triplet_size(len(unit), mic=True)


def test_another_key_does_not_open_and_another_mic_key_does_not_vouch(make_key: MakeKey) -> None:
    data = _encryptor(make_key()).encrypt(b"unit")[20:]
    parsed = parse_triplet(data)
    esv = data[parsed.esv_offset : parsed.esv_offset + parsed.esv_length]
    assert Decryptor(key=make_key(value=bytes(16)), label_set="smpte").begin(esv) is None
    assert not Decryptor(key=make_key(), label_set="interop").authentic(data, parsed)


def test_every_byte_of_the_padding_counts(key: ContentKey) -> None:
    """Padding that is right in its first and last byte only is refused."""
    good = bytes(range(16))
    for wrong in range(16):
        pad = bytes(value ^ (number == wrong) for number, value in enumerate(good))
        aes = Cipher(algorithms.AES(KEY), modes.CBC(IV)).encryptor()
        esv = IV + aes.update(b"CHUKCHUKCHUKCHUK" + bytes(16) + pad)
        value = memoryview(
            b"\x83\0\0\x10" + CONTEXT + b"\x83\0\0\x08" + bytes(8) + b"\x83\0\0\x10" + ELEMENT_J2K
            + b"\x83\0\0\x08" + (16).to_bytes(8, "big") + klv.encode_ber(len(esv)) + esv + triplet.EMPTY_TAIL
        )  # fmt: skip
        _, plain = _open(Decryptor(key=key, label_set="smpte"), value)
        assert plain is None


def test_clear_bytes_at_the_start_stay_out_of_the_chain(key: ContentKey) -> None:
    unit, clear = bytes(range(100)), 37
    aes = Cipher(algorithms.AES(KEY), modes.CBC(IV)).encryptor()
    rest = unit[clear:] + bytes(range(16 - (len(unit) - clear) % 16))
    check = aes.update(b"CHUKCHUKCHUKCHUK")
    esv = IV + check + unit[:clear] + aes.update(rest)
    value = memoryview(
        b"\x83\0\0\x10" + CONTEXT + b"\x83\0\0\x08" + clear.to_bytes(8, "big") + b"\x83\0\0\x10" + ELEMENT_J2K
        + b"\x83\0\0\x08" + len(unit).to_bytes(8, "big") + klv.encode_ber(len(esv)) + esv + triplet.EMPTY_TAIL
    )  # fmt: skip
    parsed, plain = _open(Decryptor(key=key, label_set="smpte"), value)
    assert plain == unit
    assert parsed.plaintext_offset == clear
    assert peek_triplet(value) == (clear, memoryview(esv)[:32])


def test_short_lengths_are_read_and_the_mic_is_over_the_bytes_as_they_stand(key: ContentKey) -> None:
    aes = Cipher(algorithms.AES(KEY), modes.CBC(IV)).encryptor()
    esv = IV + aes.update(b"CHUKCHUKCHUKCHUK" + b"twelve bytes" + bytes(range(4)))
    run = esv + b"\x10" + TRACK + b"\x81\x08" + (1).to_bytes(8, "big") + b"\x82\0\x14"
    mic = hmac.digest(derive_mic_key(KEY, "smpte"), run, hashlib.sha1)
    head = b"\x10" + CONTEXT + b"\x08" + bytes(8) + b"\x10" + ELEMENT_J2K + b"\x08" + (12).to_bytes(8, "big")
    value = memoryview(head + bytes((len(esv),)) + run + mic)
    decryptor = Decryptor(key=key, label_set="smpte")
    parsed, plain = _open(decryptor, value)
    assert plain == b"twelve bytes"
    assert decryptor.authentic(value, parsed)
    assert peek_triplet(value) == (0, memoryview(esv)[:32])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda data: data[:60], "triplet"),
        (lambda data: data + b"\0", "too many"),
        (lambda data: data[:24] + (10**6).to_bytes(8, "big") + data[32:], "larger than SourceLength"),
        (lambda data: data[:56] + (10**6).to_bytes(8, "big") + data[64:], "not the"),
        (lambda data: b"\x83\0\0\x0f" + data[4:], "triplet"),
        (lambda data: data[:-24] + b"\x83\0\0\x13" + data[-20:-1], "MIC"),
        (lambda data: data[:-10], "past its end"),
    ],
)
def test_triplets_that_do_not_fill_their_value_are_refused(
    key: ContentKey, change: Callable[[bytes], bytes], message: str
) -> None:
    value = bytes(_encryptor(key).encrypt(b"some unit"))[20:]
    with pytest.raises(TrackFileError, match=message) as caught:
        parse_triplet(memoryview(change(value)))
    assert caught.value.reason in ("structure", "truncated")


@given(st.binary(max_size=300))
def test_any_bytes_parse_or_are_refused(data: bytes) -> None:
    peek_triplet(memoryview(data))
    try:
        parsed = parse_triplet(memoryview(data))
    except TrackFileError:
        return
    assert parsed.esv_offset + parsed.esv_length <= len(data)


def test_missing_integrity_items_are_none(key: ContentKey) -> None:
    value = _encryptor(key).encrypt(b"x" * 40)[20:]
    parsed = parse_triplet(value)
    esv_end = parsed.esv_offset + parsed.esv_length
    assert parse_triplet(value[:esv_end]).track_file_id is None
    with_id = parse_triplet(value[: esv_end + 20])
    assert (with_id.track_file_id, with_id.sequence, with_id.mic) == (TRACK, None, None)


def test_an_iv_of_another_length_is_refused(key: ContentKey) -> None:
    encryptor = Encryptor(
        key=key,
        label_set="smpte",
        context_id=CONTEXT,
        source_key=bytes(ELEMENT_J2K),
        track_file_id=TRACK,
        mic=True,
        iv_source=lambda: b"short",
    )
    with pytest.raises(DcpError, match="5 bytes, not 16"):
        encryptor.encrypt(b"unit")


def test_no_key_is_shown(key: ContentKey) -> None:
    for thing in (_encryptor(key), Decryptor(key=key, label_set="smpte"), key):
        assert KEY.hex() not in repr(thing)
        assert repr(KEY) not in repr(thing)
