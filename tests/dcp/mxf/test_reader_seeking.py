"""Reading in order and from anywhere: walking, seeking, the digest of the whole file, and a light start."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from typing import Any

import pytest
from trackfiles import faults, sha1, unit_offset

from dcp.errors import UsageError
from dcp.mxf.reader import TrackFile
from dcp.secrets.keys import ContentKey


@pytest.mark.parametrize("kind", ["picture", "sound", "stereo"])
@pytest.mark.parametrize("encrypted", [False, True])
def test_seeking_gives_the_same_units_as_walking(
    maker: Any, key: ContentKey, kind: str, encrypted: bool
) -> None:
    options: dict[str, Any] = {"key": key} if encrypted else {}
    stereo = kind == "stereo"
    written = maker.sound(**options) if kind == "sound" else maker.picture(stereo=stereo, **options)
    with TrackFile.open(written.path) as track:
        given: dict[str, Any] = {"key": key} if encrypted else {}
        walked = [(unit.index, unit.eye, bytes(unit.data), unit.offset) for unit in track.units(**given)]
        for edit_unit in range(written.container_duration):
            sought = [
                (unit.index, unit.eye, bytes(unit.data), unit.offset)
                for unit in track.units(edit_unit, edit_unit + 1, **given)
            ]
            assert sought == [each for each in walked if each[0] == edit_unit]
            assert not faults(track.units(edit_unit, edit_unit + 1, **given))
        assert list(track.units(3, 3, **given)) == []
        assert list(track.units(written.container_duration, **given)) == []


def test_seeking_reads_no_more_than_the_unit(maker: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    written = maker.picture(maker.frames(200))
    read = 0
    original = os.preadv

    def counted(descriptor: int, buffers: Any, offset: int, *rest: Any) -> int:
        nonlocal read
        count = original(descriptor, buffers, offset, *rest)
        read += count
        return count

    monkeypatch.setattr(os, "preadv", counted)
    with TrackFile.open(written.path) as track:
        (unit,) = track.units(150, 151)
        assert bytes(unit.data) == maker.frames(200)[150]
    assert read < 2 * len(unit.data) + 100


def test_the_digest_is_that_of_the_whole_file_even_with_damage_in_it(maker: Any) -> None:
    written = maker.picture()
    data = bytearray(written.path.read_bytes())
    start = unit_offset(written.path, 4)
    data[start : start + 900] = bytes(900)
    written.path.write_bytes(data)
    digest = hashlib.sha1()
    with TrackFile.open(written.path) as track:
        assert faults(track.units(digest=digest))
    assert digest.hexdigest() == sha1(data)


def test_a_digest_wants_the_whole_file(maker: Any) -> None:
    with TrackFile.open(maker.picture().path) as track, pytest.raises(UsageError, match="whole file"):
        track.units(1, digest=hashlib.sha1())


def test_two_iterators_do_not_disturb_each_other(maker: Any) -> None:
    frames = maker.frames(8)
    with TrackFile.open(maker.picture(frames).path) as track:
        for one, other in zip(track.units(), track.units(), strict=True):
            assert bytes(one.data) == bytes(other.data) == frames[one.index]


def test_reading_goes_on_no_further_than_a_closed_file(maker: Any) -> None:
    with TrackFile.open(maker.picture().path) as track:
        units = track.units()
        next(units)
    with pytest.raises(UsageError, match="closed"):
        list(units)


def test_a_seek_by_an_index_that_leads_nowhere_walks_instead(maker: Any, key: ContentKey) -> None:
    written = maker.picture(key=key)
    data = bytearray(written.path.read_bytes())
    table = data.rindex(bytes.fromhex("3f0a")) + 12
    for entry in range(1, 12):
        data[table + entry * 11 + 10] ^= 1
    written.path.write_bytes(data)
    with TrackFile.open(written.path) as track:
        for edit_unit in (1, 7, 11):
            (unit,) = track.units(edit_unit, edit_unit + 1, key=key)
            assert (unit.index, unit.fault, bytes(unit.data)) == (
                edit_unit,
                None,
                maker.frames(12)[edit_unit],
            )


def test_the_reader_starts_light() -> None:
    """`dcpkit info` on a plain file loads neither cryptography nor anything numeric."""
    program = "import sys, dcp.mxf.reader; print(*sys.modules)"
    output = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    ).stdout
    assert not {"cryptography", "numpy", "lxml", "av", "cv2"} & set(output.split())
