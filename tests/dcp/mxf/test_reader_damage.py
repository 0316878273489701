"""Reading damaged units: each field of a triplet is watched, and the order of the units."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from trackfiles import faults, flip, unit_offset

from dcp.mxf.reader import TrackFile
from dcp.secrets.keys import ContentKey

TRIPLET_FIELDS = {
    4: "context_id",
    31: "plaintext_offset",  # the low bit: the length no longer fits
    40: "structure",  # SourceKey
    60: "structure",  # SourceLength
    64: "structure",  # length of the ESV
    70: "check_value",  # IV
    90: "check_value",
    120: "mic",
}


@pytest.mark.parametrize(("offset", "reason"), list(TRIPLET_FIELDS.items()))
def test_each_field_of_a_triplet_is_watched(maker: Any, key: ContentKey, offset: int, reason: str) -> None:
    written = maker.picture(key=key)
    flip(written.path, unit_offset(written.path, 6, key) + 20 + offset, 16 if offset == 31 else 1)
    with TrackFile.open(written.path) as track:
        assert faults(track.units(key=key)) == [(6, reason)]


@pytest.mark.parametrize(("back", "reason"), [(1, "mic"), (29, "mic"), (50, "mic"), (56, "structure")])
def test_the_integrity_items_are_watched(maker: Any, key: ContentKey, back: int, reason: str) -> None:
    written = maker.picture(key=key)
    flip(written.path, unit_offset(written.path, 7, key) - back)
    with TrackFile.open(written.path) as track:
        assert faults(track.units(key=key)) == [(6, reason)]


def test_with_the_mic_off_the_order_and_the_file_id_are_still_watched(maker: Any, key: ContentKey) -> None:
    written = maker.picture(key=key)
    start = unit_offset(written.path, 7, key)
    flip(written.path, start - 29)
    flip(written.path, unit_offset(written.path, 4, key) - 50)
    with TrackFile.open(written.path) as track:
        found = faults(track.units(key=key, mic="off"))
    assert found == [(3, "track_file_id"), (6, "sequence")]


def test_units_of_another_file_are_found_out(maker: Any, key: ContentKey) -> None:
    """Same key, same sizes: a unit from another track file has another context and another id."""
    one = maker.picture(key=key, name="one.mxf")
    other = maker.picture(key=key, name="other.mxf", asset_id=UUID(int=77))
    start, end = unit_offset(one.path, 3, key), unit_offset(one.path, 4, key)
    data = bytearray(one.path.read_bytes())
    data[start:end] = other.path.read_bytes()[start:end]
    one.path.write_bytes(data)
    with TrackFile.open(one.path) as track:
        assert faults(track.units(key=key)) == [(3, "context_id")]
        data[start + 24 : start + 40] = track.header.context_id.bytes  # type: ignore[union-attr]
    one.path.write_bytes(data)
    with TrackFile.open(one.path) as track:
        assert faults(track.units(key=key)) == [(3, "track_file_id")]


def _reordered(path: Path, key: ContentKey, order: list[int]) -> None:
    """Sound units, all of one size, put into another order."""
    start = unit_offset(path, 0, key)
    size = unit_offset(path, 1, key) - start
    data = bytearray(path.read_bytes())
    source = bytes(data)
    for place, unit in enumerate(order):
        data[start + place * size : start + (place + 1) * size] = source[
            start + unit * size : start + (unit + 1) * size
        ]
    path.write_bytes(data)


@pytest.mark.parametrize(
    ("order", "bad"),
    [
        ([0, 1, 2, 4, 3, 5], [3, 4]),
        ([0, 1, 2, 3, 3, 5], [4]),
        ([0, 2, 3, 4, 5, 5], [1, 5]),  # the last one twice, once in its own place
        ([0, 1, 2, 2, 3, 4], [3]),  # one put in
        ([0, 3, 4, 3, 4, 5], [1, 4]),  # a run twice, the second time in its own place
        ([0, 4, 2, 3, 4, 5], [1]),  # a copy of a later one costs its own place only
        ([3, 4, 5, 3, 4, 5], [0, 4, 5]),
        ([1, 2, 3, 4, 5, 0], [0, 5]),
        ([5, 4, 3, 2, 1, 0], [0, 1, 2, 3, 4, 5]),
        ([0, 1, 2, 3, 4, 5], []),
    ],
)
def test_each_break_of_the_order_is_reported_once(
    maker: Any, key: ContentKey, order: list[int], bad: list[int]
) -> None:
    written = maker.sound(key=key)
    _reordered(written.path, key, order)
    with TrackFile.open(written.path) as track:
        assert faults(track.units(key=key)) == [(number, "sequence") for number in bad]


def test_a_unit_with_a_wrong_mic_does_not_begin_a_run(maker: Any, key: ContentKey) -> None:
    """Its sequence number was written by anyone: what follows on it is out of order all the same."""
    size = 2000 * 2 * 3
    written = maker.sound([bytes([number]) * size for number in range(12)], key=key)
    _reordered(written.path, key, [0, 1, 2, 3, 4, 8, 9, 10, 11, 9, 10, 11])
    offset = unit_offset(written.path, 5, key) - 29  # the last byte of unit 4's number
    flip(written.path, offset, 5 ^ 8)
    with TrackFile.open(written.path) as track:
        found = faults(track.units(key=key))
    assert found == [(4, "mic"), (5, "sequence"), (9, "sequence"), (10, "sequence"), (11, "sequence")]


def test_damage_inside_a_run_that_moved_costs_that_unit_only(maker: Any, key: ContentKey) -> None:
    size = 2000 * 2 * 3
    written = maker.sound([bytes([number]) * size for number in range(8)], key=key)
    _reordered(written.path, key, [0, 2, 3, 4, 5, 6, 7, 0])
    flip(written.path, unit_offset(written.path, 3, key) + 200)
    with TrackFile.open(written.path) as track:
        assert faults(track.units(key=key)) == [(1, "sequence"), (3, "mic"), (7, "sequence")]


def test_a_changed_offset_of_the_first_unit_does_not_become_the_rule(maker: Any, key: ContentKey) -> None:
    written = maker.picture(key=key)
    flip(written.path, unit_offset(written.path, 0, key) + 20 + 31, 16)
    with TrackFile.open(written.path) as track:
        assert faults(track.units(key=key)) == [(0, "plaintext_offset")]
        assert faults(track.units(3, 4, key=key)) == []


def test_an_offset_changed_in_every_unit_is_no_custom_of_the_file(maker: Any, key: ContentKey) -> None:
    """What would be clear is ciphertext then, and begins no codestream."""
    written = maker.picture(key=key)
    with TrackFile.open(written.path) as track:
        offsets = [unit.offset for unit in track.units(key=key)]
    for offset in offsets:
        flip(written.path, offset + 20 + 31, 16)
    with TrackFile.open(written.path) as track:
        assert faults(track.units(key=key)) == [(number, "plaintext_offset") for number in range(12)]


def test_headers_in_the_clear_are_legal_frame_by_frame(
    maker: Any, key: ContentKey, make_codestream: Callable[..., bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A writer that leaves each codestream's headers clear: offsets differ and every one is right."""
    from dcp.mxf import triplet
    from dcp.mxf.cipher import Encryptor
    from dcp.picture.codestream import first_sod_end

    frames = [make_codestream(b"\x55" * 300, comment=b"c" * number) for number in range(1, 6)]
    original = Encryptor.encrypt

    def with_clear_headers(self: Encryptor, unit: bytes | memoryview) -> memoryview:
        return _clear_headers(self, bytes(unit), first_sod_end(unit), original)

    monkeypatch.setattr(Encryptor, "encrypt", with_clear_headers)
    monkeypatch.setattr(
        "dcp.mxf.writer.triplet_size",
        lambda size, *, mic: 68 + triplet.esv_size(size, size - 302) + (56 if mic else 12),
    )
    written = maker.picture(frames, key=key)
    monkeypatch.undo()
    with TrackFile.open(written.path) as track:
        units = [(bytes(unit.data), unit.fault) for unit in track.units(key=key)]
    assert units == [(frame, None) for frame in frames]


def _clear_headers(self: Any, unit: bytes, clear: int, original: Any) -> memoryview:
    """One triplet with PlaintextOffset `clear`, authenticated as usual."""
    import hmac

    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

    from dcp.mxf import klv
    from dcp.mxf.cipher import derive_mic_key

    template = bytes(original(self, unit))
    key = bytes.fromhex("0123456789abcdeffedcba9876543210")
    aes = Cipher(algorithms.AES(key), modes.CBC(bytes(16))).encryptor()
    check = aes.update(b"CHUKCHUKCHUKCHUK")
    rest = unit[clear:]
    esv = bytes(16) + check + unit[:clear] + aes.update(rest + bytes(range(16 - len(rest) % 16)))
    head = template[20:44] + clear.to_bytes(8, "big") + template[52:84] + klv.encode_ber(len(esv))
    run = esv + template[-56:-20]
    mic = hmac.digest(derive_mic_key(key, "smpte"), run, "sha1")
    return memoryview(klv.encode(template[:16], head + run + mic))
