"""Header sets: what a class declares is what is written and read, and what it does not is kept."""

from __future__ import annotations

import json
import struct
from contextlib import suppress
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dcp.errors import TrackFileError
from dcp.mxf import items, klv, sets
from dcp.mxf.items import Rational
from dcp.mxf.labels import FILL, PRIMER, UL, any_version
from dcp.mxf.metadata import assign_tags, read_header, read_set, write_header, write_set
from dcp.mxf.sets import HeaderSet, declared

INDEX = sets.IndexTableSegment(instance_uid=UUID(int=9), index_duration=1)
TEXT = st.text(st.characters(codec="utf-16", exclude_characters="\0", exclude_categories=["Cs"]), max_size=40)
LABEL = st.binary(min_size=16, max_size=16).map(UL)
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "UInt8": st.integers(0, 2**8 - 1),
    "Int8": st.integers(-(2**7), 2**7 - 1),
    "UInt16": st.integers(0, 2**16 - 1),
    "UInt32": st.integers(0, 2**32 - 1),
    "UInt64": st.integers(0, 2**64 - 1),
    "Int64": st.integers(-(2**63), 2**63 - 1),
    "Boolean": st.booleans(),
    "UUID": st.uuids(),
    "AUID": LABEL,
    "PackageID": st.binary(min_size=32, max_size=32),
    "Rational": st.builds(Rational, st.integers(0, 2**31 - 1), st.integers(0, 2**31 - 1)),
    "TimeStamp": st.datetimes(datetime(1970, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC)).map(
        lambda value: value.replace(microsecond=value.microsecond // 4000 * 4000)
    ),
    "ProductVersion": st.builds(items.ProductVersion, *[st.integers(0, 65535)] * 5),
    "UTF16String": TEXT,
    "ISO7String": st.text(st.characters(codec="ascii", exclude_characters="\0"), max_size=20),
    "StrongReferences": st.lists(st.uuids(), max_size=4).map(tuple),
    "AUIDSet": st.lists(LABEL, max_size=4).map(tuple),
    "DataValue": st.binary(max_size=40),
}


@st.composite
def header_sets(draw: st.DrawFn) -> HeaderSet:
    kind = draw(st.sampled_from(list(HeaderSet.SETS.values())))
    values = {
        name: draw(VALUES[item.type.name])
        for name, item in declared(kind).items()
        if name == "instance_uid" or draw(st.booleans())
    }
    return kind(**values)


@settings(suppress_health_check=[HealthCheck.too_slow], max_examples=60)
@given(st.lists(header_sets(), max_size=3, unique_by=lambda each: each.instance_uid))
def test_every_set_is_read_as_written(written: list[HeaderSet]) -> None:
    found = read_header(write_header(written, index=INDEX))
    assert list(found.sets) == written
    assert all(not each.unknown for each in found.sets)


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_mutated_headers_are_read_or_refused(data: st.DataObject) -> None:
    header = bytearray(write_header([data.draw(header_sets())], index=INDEX))
    for _ in range(data.draw(st.integers(1, 4))):
        header[data.draw(st.integers(0, len(header) - 1))] = data.draw(st.integers(0, 255))
    with suppress(TrackFileError):
        read_header(bytes(header[: data.draw(st.integers(0, len(header)))]))


def test_an_unknown_item_and_an_unknown_set_are_kept() -> None:
    extra = struct.pack(">HH", 0x7ABC, 3) + b"abc"
    body = struct.pack(">HH", 0x3C0A, 16) + bytes(16) + extra
    preface = klv.encode(sets.Preface.KEY, body)
    other = klv.encode(UL.parse("060e2b34.02530101.0d010101.0101ff00"), extra)
    found = read_header(preface + other + klv.encode(FILL, bytes(5)))
    assert found.sets[0].unknown == {0x7ABC: b"abc"}
    assert found.unknown[0].items == {0x7ABC: b"abc"}


def test_a_dynamic_item_is_found_by_its_label_whatever_the_version_and_tag() -> None:
    label = declared(sets.JPEG2000PictureSubDescriptor)["rsize"].label
    other_version = UL(label[:7] + b"\x01" + label[8:])
    primer = klv.encode(PRIMER, struct.pack(">IIH", 1, 18, 0x9123) + other_version)
    body = struct.pack(">HH", 0x9123, 2) + b"\0\3"
    found = read_header(primer + klv.encode(sets.JPEG2000PictureSubDescriptor.KEY, body))
    j2k = found.first(sets.JPEG2000PictureSubDescriptor)
    assert j2k is not None
    assert j2k.rsize == 3


def test_short_and_long_lengths_of_sets_are_read() -> None:
    body = struct.pack(">HH", 0x3C0A, 16) + bytes(16)
    for length in (
        bytes((len(body),)),
        b"\x81" + bytes((len(body),)),
        b"\x88" + len(body).to_bytes(8, "big"),
    ):
        assert read_header(bytes(sets.Preface.KEY) + length + body).first(sets.Preface) is not None


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (struct.pack(">HHB", 0x3B05, 1, 0), "malformed"),
        (struct.pack(">HH", 0x3B05, 200), "past its end"),
        (b"\x3b", "ends inside an item"),
        (struct.pack(">HHII", 0x3B06, 8, 2, 16), "malformed"),
        (struct.pack(">HHI", 0x3B06, 4, 0), "malformed"),
    ],
)
def test_a_broken_set_is_refused_with_its_place(body: bytes, message: str) -> None:
    with pytest.raises(TrackFileError, match=message) as caught:
        read_header(klv.encode(sets.Preface.KEY, body), base=140)
    assert caught.value.where == "byte 140"


def test_a_primer_longer_than_its_value_is_refused() -> None:
    for value in (struct.pack(">II", 5, 18), struct.pack(">II", 1, 20) + bytes(20), b"\0"):
        with pytest.raises(TrackFileError, match="primer"):
            read_header(klv.encode(PRIMER, value))


def test_an_item_too_long_for_its_length_field_is_refused() -> None:
    value = sets.JPEG2000PictureSubDescriptor(instance_uid=UUID(int=1), quantization_default=bytes(70000))
    with pytest.raises(TrackFileError, match="has 70,000 bytes, at most 65,535"):
        write_set(value, assign_tags([value]))


def test_dates_that_are_none_and_rates_that_are_none() -> None:
    assert items.TIMESTAMP.read(bytes(8)) is None
    assert items.TIMESTAMP.write(None) == bytes(8)
    assert items.TIMESTAMP.read(bytes.fromhex("07ea0b17041e2000")) == datetime(
        2026, 11, 23, 4, 30, 32, tzinfo=UTC
    )
    assert Rational(0, 0).fraction is None
    assert Rational(2048, 1080).fraction == Fraction(256, 135)
    assert items.UTF16.read(b"\0a\xd8\0\0") != ""


def test_an_index_segment_reads_like_any_set() -> None:
    data = write_set(INDEX, assign_tags([INDEX]))
    found = read_set(INDEX.KEY, data[20:], {}, 0)
    assert found == INDEX


def test_every_set_and_item_met_in_real_files_is_declared_with_its_label(standards: Path) -> None:
    known = json.loads((standards / "mxf_sets.json").read_text())["sets"]
    for name, facts in known.items():
        kind = HeaderSet.SETS.get(any_version(bytes.fromhex(facts["key"])))
        assert kind is not None, name
        assert kind.__name__ == name
        declarations = {any_version(each.label): each for each in declared(kind).values()}
        for item in facts["items"]:
            declaration = declarations.get(any_version(bytes.fromhex(item["ul"])))
            assert declaration is not None, f"{name}.{item['name']}"
            tag = None if item["tag"] == "dynamic" else int(item["tag"], 16)
            assert declaration.tag == tag, f"{name}.{item['name']}"
