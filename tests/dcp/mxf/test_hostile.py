"""Files that someone or something changed: refused or judged, never a crash, a hang, or a silent loss."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dcp.errors import DcpError, TrackFileError
from dcp.mxf import layout, metadata
from dcp.mxf.reader import TrackFile
from dcp.mxf.walk import MAX_LOST
from dcp.secrets.keys import ContentKey

SETTINGS = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@dataclass
class Sample:
    path: Path
    content: bytes
    units: list[bytes]
    essence: range
    key: ContentKey


def _sample(maker: Any, key: ContentKey, **options: Any) -> Sample:
    units = maker.frames(5)
    written = maker.picture(units, key=key, **options)
    content = written.path.read_bytes()
    with TrackFile.open(written.path) as track:
        region = track.layout.regions[0]
    return Sample(written.path, content, units, range(region.start, region.end), key)


@pytest.fixture
def sample(maker: Any, key: ContentKey) -> Sample:
    return _sample(maker, key)


def _read(path: Path, key: ContentKey) -> list[tuple[bytes, bool]]:
    with TrackFile.open(path) as track:
        return [(bytes(unit.data), unit.fault is not None) for unit in track.units(key=key)]


@SETTINGS
@given(data=st.data())
def test_changed_bytes_anywhere_are_judged_or_refused(sample: Sample, data: st.DataObject) -> None:
    content = bytearray(sample.content)
    for _ in range(data.draw(st.integers(1, 5))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    sample.path.write_bytes(content)
    try:
        found = _read(sample.path, sample.key)
    except DcpError:
        return
    for number, (plain, faulty) in enumerate(found):
        assert faulty or plain in sample.units, f"unit {number} came out changed and unnoticed"


@SETTINGS
@given(data=st.data())
def test_one_changed_byte_of_the_header_or_footer_never_crashes(sample: Sample, data: st.DataObject) -> None:
    content = bytearray(sample.content)
    metadata_end = 4000
    place = data.draw(
        st.one_of(st.integers(0, metadata_end), st.integers(sample.essence.stop, len(content) - 1))
    )
    content[place] = data.draw(st.integers(0, 255))
    sample.path.write_bytes(content)
    try:
        _read(sample.path, sample.key)
        with TrackFile.open(sample.path) as track:
            _ = track.index
            list(track.units(2, 4, key=sample.key))
    except DcpError as error:
        assert error.where is not None


@SETTINGS
@given(data=st.data())
def test_no_changed_byte_of_authenticated_essence_goes_unnoticed(sample: Sample, data: st.DataObject) -> None:
    """Either a unit has a fault, or every unit came out as it was (bytes that carry no meaning)."""
    content = bytearray(sample.content)
    place = data.draw(st.sampled_from(sample.essence))
    content[place] ^= data.draw(st.integers(1, 255))
    sample.path.write_bytes(content)
    found = _read(sample.path, sample.key)
    assert any(faulty for _, faulty in found) or [plain for plain, _ in found] == sample.units
    right = [plain for plain, faulty in found if not faulty]
    assert len(right) >= len(sample.units) - 2, "one changed byte costs its unit and at most a neighbour"
    assert all(plain in sample.units for plain in right)


@SETTINGS
@given(cut=st.integers(0, 60_000), length=st.integers(1, 3000))
def test_cut_out_pieces_are_judged_or_refused(sample: Sample, cut: int, length: int) -> None:
    content = (
        sample.content[: cut % len(sample.content)] + sample.content[cut % len(sample.content) + length :]
    )
    sample.path.write_bytes(content)
    try:
        found = _read(sample.path, sample.key)
    except DcpError:
        return
    assert all(faulty or plain in sample.units for plain, faulty in found)


@pytest.mark.parametrize("essence", ["interop", "plain"])
def test_every_truncation_is_refused(
    maker: Any, key: ContentKey, essence: str, make_codestream: Callable[..., bytes]
) -> None:
    sample = _sample(maker, key, label_set="interop" if essence == "interop" else "smpte")
    for length in {*range(0, len(sample.content), 251), len(sample.content) - 1}:
        sample.path.write_bytes(sample.content[:length])
        with pytest.raises(TrackFileError) as caught:
            _read(sample.path, key)
        assert caught.value.reason == "truncated"


def test_a_header_that_claims_too_much_is_not_read(sample: Sample) -> None:
    content = bytearray(sample.content)
    for claim in (2**63, layout.MAX_HEADER + 1, len(content)):
        content[52:60] = claim.to_bytes(8, "big")
        sample.path.write_bytes(content)
        with pytest.raises(TrackFileError, match="more than the file can hold"):
            TrackFile.open(sample.path)


def test_an_index_that_claims_too_much_is_no_index(sample: Sample) -> None:
    with TrackFile.open(sample.path) as track:
        place = track.partitions[-1].this_partition + 20 + 40
    content = bytearray(sample.content)
    content[place : place + 8] = (2**40).to_bytes(8, "big")
    sample.path.write_bytes(content)
    with TrackFile.open(sample.path) as track:
        with pytest.raises(TrackFileError, match="longer than its partition"):
            _ = track.index
        # The units are read all the same; only seeking is lost, and is walked instead.
        assert [bytes(unit.data) for unit in track.units(3, key=sample.key)] == sample.units[3:]


def test_an_index_of_tiny_constant_units_does_not_make_millions_of_faults(maker: Any) -> None:
    written = maker.sound([bytes(12000)] * 50)
    content = bytearray(written.path.read_bytes())
    place = content.index(bytes.fromhex("3f050004") + (12020).to_bytes(4, "big")) + 4
    content[place : place + 4] = (1).to_bytes(4, "big")
    place = content.index(bytes.fromhex("3f0d0008")) + 4
    content[place : place + 8] = bytes(8)
    content[16524 + 12020 * 10 : 16524 + 12020 * 10 + 16] = bytes(16)
    written.path.write_bytes(content)
    with TrackFile.open(written.path) as track:
        assert sum(unit.fault is not None for unit in track.units()) <= MAX_LOST + 1


def test_many_sets_with_one_id_are_read_in_time(sample: Sample) -> None:
    """References are looked up, not searched for."""
    from dcp.mxf import klv
    from dcp.mxf.sets import Preface

    block = klv.encode(Preface.KEY, bytes.fromhex("3c0a0010") + bytes(16)) * 20_000
    assert len(metadata.read_header(block).sets) == 20_000


def test_partitions_out_of_order_are_refused(sample: Sample) -> None:
    for patch, message in (
        (bytes(8), "out of order"),
        ((2**40).to_bytes(8, "big"), "out of order"),
        ((16385).to_bytes(8, "big"), "no partition pack"),
    ):
        content = bytearray(sample.content)
        content[-12:-4] = patch
        sample.path.write_bytes(content)
        with pytest.raises(TrackFileError, match=message):
            TrackFile.open(sample.path)
    content = bytearray(sample.content)
    content[16384 + 20 + 15] ^= 1
    sample.path.write_bytes(content)
    with pytest.raises(TrackFileError, match="says that it stands at"):
        TrackFile.open(sample.path)


def test_a_file_of_another_pattern_may_go_without_a_random_index(sample: Sample, key: ContentKey) -> None:
    """OP1a files need none (ST 377-1): the footer and the way back from there stand in the packs."""
    other = bytes.fromhex("060e2b34040101010d01020101010100")
    known = bytes.fromhex("060e2b34040101020d01020110000000")
    content = sample.content[:-60].replace(known, other)
    sample.path.write_bytes(content)
    assert _read(sample.path, key) == [(unit, False) for unit in sample.units]


@pytest.mark.soak
@pytest.mark.parametrize("label_set", ["smpte", "interop"])
def test_every_single_byte_of_a_file(sample: Sample, maker: Any, key: ContentKey, label_set: str) -> None:
    """One bit of each byte in turn, but for the fill: about 7,000 files."""
    sample = _sample(maker, key, label_set=label_set)
    places = [*range(3400), *sample.essence, *range(sample.essence.stop, len(sample.content))]
    for place in places:
        content = bytearray(sample.content)
        content[place] ^= 1 << place % 8
        sample.path.write_bytes(content)
        try:
            found = _read(sample.path, key)
        except DcpError:
            assert place not in sample.essence, "damage in the essence is a matter of its unit"
            continue
        assert all(faulty or plain in sample.units for plain, faulty in found), place
        if place in sample.essence:
            assert sum(faulty for _, faulty in found) <= 2, place
