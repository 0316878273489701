"""Codestreams whose sizes are known: into the track file as they are read, with no spool between."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from material import NOW, RATE, codestream, codestreams

import dcp.create.makers.picture
from dcp.create.wrap import wrap_source
from dcp.errors import DcpError
from dcp.mxf.reader import TrackFile

pytestmark = pytest.mark.extra("picture")


@pytest.fixture
def spools(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Path]]:
    """Where spools were made."""
    made: list[Path] = []
    real: Callable[..., Any] = dcp.create.makers.picture.Spool.go_on

    def go_on(path: Path, **more: Any) -> Any:
        made.append(path)
        return real(path, **more)

    monkeypatch.setattr(dcp.create.makers.picture.Spool, "go_on", go_on)
    yield made


def units(path: Path) -> list[bytes]:
    with TrackFile.open(path) as track:
        return [bytes(unit.data) for unit in track.units(strict=True)]


@pytest.mark.parametrize("eyes", [False, True])
def test_a_folder_and_a_track_file_need_no_spool(tmp_path: Path, spools: list[Path], eyes: bool) -> None:
    folder = codestreams(tmp_path / "film", eyes=eyes)
    wanted = [file.read_bytes() for file in sorted(folder.iterdir())]
    wrap_source(folder, tmp_path / "one.mxf", edit_rate=RATE, now=NOW)
    wrap_source(tmp_path / "one.mxf", tmp_path / "two.mxf", now=NOW)
    assert units(tmp_path / "one.mxf") == units(tmp_path / "two.mxf") == wanted
    assert len(set(map(len, wanted))) > 1
    assert not spools


def test_a_container_tells_no_size_and_goes_through_the_spool(tmp_path: Path, spools: list[Path]) -> None:
    folder = codestreams(tmp_path / "film")
    data = codestream(1)
    box = struct.pack(">I4s", len(data) + 8, b"jp2c") + data
    for name in ("000001.j2c", "000002.j2c"):  # whatever it is called
        (folder / name).write_bytes(b"\0\0\0\x0cjP  \r\n\x87\n" + box)
    wrap_source(folder, tmp_path / "one.mxf", edit_rate=RATE, now=NOW)
    assert units(tmp_path / "one.mxf") == [codestream(0), data, data, codestream(3)]
    assert len(spools) == 1


def test_a_file_that_changes_meanwhile_leaves_nothing(tmp_path: Path) -> None:
    folder = codestreams(tmp_path / "film")

    def grow(done: int, total: int) -> None:
        (folder / "000003.j2c").write_bytes(codestream(3) + b"\0\0")

    with pytest.raises(DcpError) as caught:
        wrap_source(folder, tmp_path / "one.mxf", edit_rate=RATE, now=NOW, progress=grow)
    assert "3" in str(caught.value.what)
    assert [each.name for each in tmp_path.iterdir()] == ["film"]
