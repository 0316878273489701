"""The manifest: written once, read back the same, and nothing of it trusted."""

from __future__ import annotations

import csv
import json
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from batches import ENTRY
from hypothesis import given
from hypothesis import strategies as st

from dcp.errors import DcpError, UsageError
from kdm.batch.manifest import (
    COLUMNS,
    CSV_FILE,
    JSON_FILE,
    SCHEMA,
    LeftOut,
    Manifest,
    read_manifest,
    write_manifest,
)

LEFT = LeftOut(ENTRY.order, "2", "=cmd|' /C calc'!A0", "B", "SM.X", "expired", "ask the cinema")
MANIFEST = Manifest({ENTRY.key: ENTRY}, (LEFT,))


def test_it_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    write_manifest(tmp_path, MANIFEST)
    assert read_manifest(tmp_path) == MANIFEST
    document = json.loads((tmp_path / JSON_FILE).read_bytes())
    assert document["schema"] == SCHEMA
    assert document["issued"][0]["cinema"] == "北京影城"


def test_the_table_says_the_same_and_holds_no_formula(tmp_path: Path) -> None:
    write_manifest(tmp_path, MANIFEST)
    with (tmp_path / CSV_FILE).open(encoding="utf-8-sig", newline="") as stream:
        issued, left = list(csv.DictReader(stream))
    assert tuple(issued) == COLUMNS
    assert (issued["status"], issued["cinema"], issued["why"]) == ("issued", "北京影城", "")
    assert (left["status"], left["cinema"], left["why"]) == ("left out", "'" + LEFT.cinema, "expired")
    assert left["remedy"] == "ask the cinema"


def test_what_is_right_already_is_not_written_again(tmp_path: Path) -> None:
    write_manifest(tmp_path, MANIFEST)
    before = {path.name: path.stat().st_ino for path in tmp_path.iterdir()}
    write_manifest(tmp_path, MANIFEST)
    assert {path.name: path.stat().st_ino for path in tmp_path.iterdir()} == before
    write_manifest(tmp_path, Manifest({ENTRY.key: replace(ENTRY, superseded=True)}))
    assert {path.name: path.stat().st_ino for path in tmp_path.iterdir()} != before


def changed(**values: Any) -> bytes:
    document = {"schema": SCHEMA, "issued": [{**vars(ENTRY), **values}], "left_out": []}
    return json.dumps(document).encode()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{}",
        b"[]",
        b"\xff\xfe",
        b'{"schema": "dcpkit.verify/1", "issued": [], "left_out": []}',
        b'{"schema": "dcpkit.kdm-batch/1", "issued": 5, "left_out": []}',
        b'{"schema": "dcpkit.kdm-batch/1", "issued": [5], "left_out": []}',
        b'{"schema": "dcpkit.kdm-batch/1", "issued": [{}], "left_out": []}',
        b"[" * 100_000,
        changed(file="../../../etc/passwd"),
        changed(file="/etc/passwd/x"),
        changed(file="a/b/../c.xml"),
        changed(file="a/.hidden/c.xml"),
        changed(file="a\nb/c/d.xml"),
        changed(cinema=5),
        changed(notes="text"),
        changed(notes=[5]),
        changed(superseded="no"),
        changed(more="x"),
    ],
)
def test_a_damaged_manifest_is_refused(tmp_path: Path, data: bytes) -> None:
    (tmp_path / JSON_FILE).write_bytes(data)
    with pytest.raises(DcpError, match="no manifest of a batch of KDMs, or it is damaged") as caught:
        read_manifest(tmp_path)
    assert caught.value.remedy and str(tmp_path) in str(caught.value.where)


def test_a_manifest_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / JSON_FILE).mkdir()
    with pytest.raises(UsageError, match="cannot read the manifest"):
        read_manifest(tmp_path)


@given(place=st.integers(0, 2000), to=st.binary(max_size=3))
def test_a_mutated_manifest_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, place: int, to: bytes
) -> None:
    folder = tmp_path_factory.mktemp("manifest")
    data = changed()
    place %= len(data)
    (folder / JSON_FILE).write_bytes(data[:place] + to + data[place + len(to) :])
    with suppress(DcpError):
        read_manifest(folder)
