"""The method's page has the figures of a bench, and none without one."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace

import pytest

from dcp.errors import DcpError
from dcp.reportpage.page import Notes, Table
from dcp.texts.catalogue import LANGUAGES
from watermark.bench.summary import summary
from watermark.evidence.method import method_sections, read_bench


def test_the_bench_of_this_version_is_read(tmp_path: Path) -> None:
    document = summary(SimpleNamespace(seed=5, modes=("informed",)), (), [])  # type: ignore[arg-type]
    document["modes"]["informed"]["attacks"] = [
        {"name": "camcorder", "trials": 2, "right": 1, "wrong": 0, "interval": [0.01, 0.99]}
    ]
    path = tmp_path / "bench.json"
    path.write_text(json.dumps(document))
    bench = read_bench(path)
    *_, measured = method_sections(bench)
    table = measured.parts[0]
    assert isinstance(table, Table) and table.rows[0][:4] == ("camcorder", "2", "1", "0")
    for language in LANGUAGES:
        assert all(each.say(language) for each in measured.parts[-1].items)  # type: ignore[union-attr]
    (none,) = method_sections(bench, "blind")[-1].parts
    assert isinstance(none, Notes)


def test_without_a_bench_no_number_is_claimed() -> None:
    *_, measured = method_sections(None)
    (notes,) = measured.parts
    assert isinstance(notes, Notes) and len(notes.items) == 1


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"{}",
        b'{"schema": "dcpkit.watermark-bench/1", "seed": 1, "modes": []}',
        b"[" * 10_000,
        b"\xff",
    ],
)
def test_what_is_no_bench_is_refused(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "bench.json"
    path.write_bytes(data)
    with pytest.raises(DcpError):
        read_bench(path)
