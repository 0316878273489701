"""Track files made to tire the rules over their structure: all is said, in little time."""

from __future__ import annotations

import os
import re
import struct
import sys
import time
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from faults.bases import NOW
from mxf_forms import Piece, pieces, write

from dcp.mxf import sets
from dcp.mxf.labels import GENERIC_STREAM_PARTITION, INDEX_SEGMENT, same
from dcp.mxf.reader import TrackFile
from dcp.mxf.structure import read_structure
from dcp.verify.engine import verify_package
from dcp.verify.reports.html import html_report
from dcp.verify.rules.all import load_rules

load_rules()
SECONDS = 10


def findings(root: Path) -> dict[str, int]:
    began = time.process_time()
    report = verify_package(root, now=NOW, hashes=False, workers=1)
    assert time.process_time() - began < SECONDS
    counted: dict[str, int] = {}
    for each in report.findings:
        counted[each.id] = counted.get(each.id, 0) + 1
    return counted


def many(parts: list[Piece], kind: type[sets.HeaderSet], count: int) -> list[Piece]:
    number = next(at for at, each in enumerate(parts) if same(each.key, kind.KEY))
    one = parts[number]
    more = [Piece(one.key, one.value[:4] + UUID(int=1000 + at).bytes + one.value[20:]) for at in range(count)]
    return [*parts[: number + 1], *more, *parts[number + 1 :]]


@pytest.mark.parametrize("kind", [sets.Track, sets.AudioChannelLabelSubDescriptor, sets.SourceClip])
def test_thousands_of_sets_that_nobody_needs(make: Any, kind: type[sets.HeaderSet]) -> None:
    made = make(label_set="smpte")
    parts = pieces(made.sound)
    assert any(same(each.key, kind.KEY) for each in parts)
    write(made.sound, many(parts, kind, 1_500))
    found = findings(made.root)
    assert found["MXF-022"] == 51  # fifty, and how many more
    assert all(count <= 60 for id, count in found.items() if id.startswith("MXF-"))


def test_thousands_of_partitions(make: Any) -> None:
    made = make()
    parts = pieces(made.sound)
    pack = parts[-2] if same(parts[-2].key, GENERIC_STREAM_PARTITION) else None
    assert pack is None
    body = next(each for each in parts[1:] if each.key[13:14] == b"\x03")
    streams = []
    for number in range(600):
        value = bytearray(body.value)
        struct.pack_into(">I", value, 60, 10 + number)
        streams.append(Piece(bytes(GENERIC_STREAM_PARTITION), bytes(value)))
    at = next(number for number, each in enumerate(parts) if each.key[13:15] == b"\x04\x04")
    write(made.sound, [*parts[:at], *streams, *parts[at:]])
    found = read_structure(made.sound)
    assert found is not None
    assert len(found.partitions) == 603
    assert findings(made.root)["MXF-007"] == 51


def test_references_in_circles(make: Any) -> None:
    """A sequence that is its own component, and a preface among its packages."""
    made = make()
    data = bytearray(made.sound.read_bytes())
    found = read_structure(made.sound)
    assert found is not None
    sequence = found.metadata.first(sets.Sequence)
    preface = found.metadata.first(sets.Preface)
    storage = found.metadata.first(sets.ContentStorage)
    assert sequence is not None and preface is not None and storage is not None
    assert sequence.uid is not None and preface.uid is not None
    at = sequence.at("structural_components") + 12
    data[at : at + 16] = sequence.uid.bytes
    at = storage.at("packages") + 12
    data[at : at + 16] = preface.uid.bytes
    made.sound.write_bytes(data)
    assert findings(made.root)["MXF-020"] >= 1


@pytest.mark.parametrize("kind", [sets.Track, INDEX_SEGMENT])
def test_a_million_items_without_a_value(make: Any, kind: Any) -> None:
    """Four bytes of the file each, and a hundred times that where they are kept."""
    made = make()
    parts = pieces(made.sound)
    key = kind if isinstance(kind, bytes) else kind.KEY
    number = next(at for at, each in enumerate(parts) if same(each.key, key))
    parts[number] = Piece(parts[number].key, parts[number].value + bytes.fromhex("ff010000") * 900_000)
    write(made.sound, parts)
    found = read_structure(made.sound)
    assert found is not None and found.items < 400_000
    assert {"MXF-001", "MXF-006"} & findings(made.root).keys()


def test_many_files_with_much_metadata(make: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The bound holds for all files of a run together; the largest is not judged, and that is said."""
    made = make()
    parts = pieces(made.sound)
    number = next(at for at, each in enumerate(parts) if same(each.key, sets.Preface.KEY))
    parts[number] = Piece(parts[number].key, parts[number].value + bytes.fromhex("ff010000") * 1900)
    write(made.sound, parts)
    monkeypatch.setattr("dcp.verify.tracks.MOST_ITEMS", 2000)
    report = verify_package(made.root, now=NOW, hashes=False, workers=1)
    (unread,) = [each for each in report.not_checked if "more sets" in each.why]
    assert unread.id == "MXF-006" and unread.why.startswith(made.sound.name)


def test_a_file_under_a_second_id(make: Any) -> None:
    """What a playlist plays under it would be judged by nothing."""
    made = make()
    other = "6b29fc40-ca47-1067-b31d-00dd010662da"
    own = str(read_header_id(made.sound))
    for name in ("ASSETMAP.xml", "pkl.xml", "cpl.xml"):
        path = made.root / name
        words = path.read_text()
        one = re.search(rf"<Asset>(?:(?!</Asset>).)*{own}.*?</Asset>", words, re.DOTALL)
        if one is not None:
            words = words.replace(one[0], one[0] + one[0].replace(own, other))
        else:
            words = words.replace(own, other)
        path.write_text(words)
    assert findings(made.root)["AM-014"] == 1


def read_header_id(path: Path) -> UUID:
    with TrackFile.open(path) as track:
        return track.header.asset_id


@pytest.mark.skipif(sys.platform != "linux", reason="file names are text here")
def test_a_name_that_is_no_text_stands_in_the_page(make: Any) -> None:
    made = make()
    (made.root / os.fsdecode(b"\xff\xfe.mxf")).write_bytes(b"a")
    report = verify_package(made.root, now=NOW, hashes=False, workers=1)
    page = html_report(report, tool="t", version="1", issued=NOW.isoformat())
    assert b"\\udcff" in page.encode()
