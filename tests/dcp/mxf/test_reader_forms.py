"""One track file in all the forms that it may have: the same units from each, and the header's truth."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from dcp.errors import TrackFileError
from dcp.mxf.partition import is_partition
from dcp.mxf.reader import TrackFile
from tests.support.mxf_forms import FORMS, form, pieces, write

ALL = (*FORMS, "no-random-index", "zeros-behind")


def units(path: Path) -> list[bytes]:
    with TrackFile.open(path) as track:
        return [bytes(unit.data) for unit in track.units(strict=True)]


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("kind", ["picture", "sound"])
def test_every_form_gives_the_same_units(maker: Any, tmp_path: Path, name: str, kind: str) -> None:
    source = getattr(maker, kind)().path
    other = form(name, source, tmp_path / f"{name}.mxf")
    assert units(other) == units(source)
    with TrackFile.open(other) as track, TrackFile.open(source) as plain:
        assert track.header.container_duration == plain.header.container_duration
        assert (track.header.closed, track.header.from_footer) == (
            (False, True) if name == "open-header" else (True, False)
        )
        assert track.layout.has_random_index == (name != "no-random-index")
        assert bytes(next(track.units(3)).data) == units(source)[3]


def test_an_open_header_without_another_is_what_there_is(maker: Any, tmp_path: Path) -> None:
    parts = pieces(maker.picture().path)
    opened = [type(parts[0])(parts[0].key[:14] + b"\x01" + parts[0].key[15:], parts[0].value), *parts[1:]]
    with TrackFile.open(write(tmp_path / "open.mxf", opened)) as track:
        assert (track.header.closed, track.header.from_footer) == (False, False)
        assert track.header.container_duration == 12


def test_a_file_that_nothing_leads_into_is_stepped_through(maker: Any, tmp_path: Path) -> None:
    path = form("no-random-index", maker.picture().path, tmp_path / "lost.mxf")
    data = bytearray(path.read_bytes())
    data[20 + 24 : 20 + 32] = bytes(8)  # FooterPartition of the header
    path.write_bytes(data)
    assert len(units(path)) == 12
    os.truncate(path, len(data) - 1)
    with pytest.raises(TrackFileError) as caught:
        TrackFile.open(path)
    assert caught.value.id == "mxf.cut-short"


def test_a_footer_that_is_not_there_is_a_file_cut_short(maker: Any, tmp_path: Path) -> None:
    parts = pieces(maker.picture().path)
    packs = [number for number, each in enumerate(parts) if is_partition(each.key)]
    path = write(tmp_path / "no-footer.mxf", parts[: packs[-1]], random_index=False)
    with pytest.raises(TrackFileError) as caught:
        TrackFile.open(path)
    assert caught.value.reason == "truncated"
