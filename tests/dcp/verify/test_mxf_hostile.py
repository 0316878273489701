"""Track files made to tire the rules over their structure: all is said, in little time."""

from __future__ import annotations

import struct
import time
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from faults.bases import NOW
from mxf_forms import Piece, pieces, write

from dcp.mxf import sets
from dcp.mxf.labels import GENERIC_STREAM_PARTITION, same
from dcp.mxf.structure import read_structure
from dcp.verify.engine import verify_package
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
    if not any(same(each.key, kind.KEY) for each in parts):
        pytest.skip("the file has none")
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
