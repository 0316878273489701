"""The structure of a track file as values: what stands there, and hostile files that do no harm."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import pytest

from dcp.mxf import sets
from dcp.mxf.structure import Fill, RawSet, read_structure
from dcp.mxf.structure import read as reading
from tests.support.mxf_forms import form, pieces, write


@pytest.fixture
def picture(maker: Any) -> Path:
    path = maker.picture().path
    assert isinstance(path, Path)
    return path


def test_everything_that_is_no_essence_is_there(picture: Path) -> None:
    found = read_structure(picture)
    assert found is not None
    assert [each.pack.partition.kind for each in found.partitions] == ["header", "body", "footer"]
    assert found.random_index is not None
    assert found.random_index.end == found.size == picture.stat().st_size
    assert found.random_index.total == found.random_index.size
    assert (found.astray, found.behind) == ((), 0)
    header = found.header
    assert header.end == found.partitions[1].pack.offset
    assert len(header.primers) == 1
    assert header.primers[0].whole
    assert all(each.whole for each in header.sets)
    assert isinstance(header.content[-1], Fill)
    assert found.footer is not None
    assert [each.is_index for each in found.footer.content if isinstance(each, RawSet)] == [True]
    assert sum(each.size for each in header.content) == header.pack.partition.header_byte_count


def test_sets_are_read_by_their_declaration(picture: Path) -> None:
    found = read_structure(picture)
    assert found is not None
    metadata = found.metadata
    descriptor = metadata.first(sets.RGBAEssenceDescriptor)
    assert descriptor is not None
    assert descriptor.get("container_duration") == 12
    data = picture.read_bytes()
    at = descriptor.at("container_duration")
    assert struct.unpack_from(">HHq", data, at) == (0x3002, 8, 12)
    assert all(not each.malformed and not each.undeclared for each in metadata.sets)
    assert {each.name for each in metadata.sets} >= {"Preface", "SourcePackage", "Track", "SourceClip"}
    assert [each.get("index_duration") for each in found.segments] == [12]


def test_a_set_that_is_wrong_leaves_the_others(picture: Path) -> None:
    found = read_structure(picture)
    assert found is not None
    clip = found.metadata.first(sets.SourceClip)
    assert clip is not None
    data = bytearray(picture.read_bytes())
    at = clip.at("start_position")
    struct.pack_into(">H", data, at + 2, 7)
    picture.write_bytes(data)
    again = read_structure(picture)
    assert again is not None
    (wrong,) = [each for each in again.metadata.sets if each.raw.offset == clip.raw.offset]
    assert not wrong.raw.whole or wrong.malformed
    assert len(again.metadata.sets) == len(found.metadata.sets)


@pytest.mark.parametrize("name", ["no-random-index", "zeros-behind", "open-header", "short-lengths"])
def test_other_forms(picture: Path, tmp_path: Path, name: str) -> None:
    found = read_structure(form(name, picture, tmp_path / "other.mxf"))
    assert found is not None
    assert len(found.partitions) == 3
    assert (found.random_index is None) == (name == "no-random-index")
    assert (found.behind, found.behind_zero) == ((512 if name == "zeros-behind" else 0), True)
    descriptor = found.metadata.first(sets.RGBAEssenceDescriptor)
    assert descriptor is not None
    assert descriptor.get("container_duration") == 12


def test_lengths_beyond_the_file_are_not_read(picture: Path) -> None:
    found = read_structure(picture)
    assert found is not None
    some = found.header.sets[3]
    data = bytearray(picture.read_bytes())
    data[some.offset + 16] = 0x87
    picture.write_bytes(data)
    again = read_structure(picture)
    assert again is not None
    assert again.header.broken is not None
    assert again.header.end == some.offset


def test_partitions_that_lead_in_circles_are_read_once(picture: Path, tmp_path: Path) -> None:
    parts = pieces(picture)
    path = write(tmp_path / "circle.mxf", parts, random_index=False)
    found = read_structure(path)
    assert found is not None
    data = bytearray(path.read_bytes())
    footer = found.partitions[-1].pack.offset
    body = found.partitions[1].pack.offset
    struct.pack_into(">Q", data, footer + 20 + 16, footer)
    struct.pack_into(">Q", data, body + 20 + 16, footer)
    path.write_bytes(data)
    again = read_structure(path)
    assert again is not None
    assert [each.pack.offset for each in again.partitions] == [0, footer]


def test_what_is_no_track_file_has_no_structure(tmp_path: Path) -> None:
    path = tmp_path / "none.mxf"
    for data in (b"", b"\x06\x0e\x2b\x34", bytes(5000)):
        path.write_bytes(data)
        assert read_structure(path) is None
    assert read_structure(tmp_path / "absent.mxf") is None


def test_there_is_an_end_to_it(picture: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MAX_KLVS", 5)
    found = read_structure(picture)
    assert found is not None
    assert found.header.broken is not None
    assert len(found.header.content) == 5
