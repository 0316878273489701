"""Reading files that are no track files or are cut short, and questions that make no sense."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from dcp.errors import DcpError, TrackFileError, UsageError
from dcp.mxf.reader import TrackFile


@pytest.mark.parametrize(
    ("content", "message", "reason"),
    [
        (b"", "empty", "truncated"),
        (b"\x06\x0e", "cut short", "truncated"),
        (b"RIFF" + bytes(100), "no MXF file", "structure"),
        (bytes.fromhex("060e2b34020501010d0102010105010083000000") + bytes(64), "no MXF file", "structure"),
        (
            bytes.fromhex("060e2b34020501010d0102010104040083000058") + bytes(88),
            "header partition",
            "structure",
        ),
        (bytes.fromhex("060e2b34020501010d0102010102040083000078"), "past the end", "truncated"),
        (bytes.fromhex("060e2b34020501010d01020101020400830fffff") + bytes(2**20), "too long", "structure"),
    ],
)
def test_what_is_no_track_file_is_refused(tmp_path: Path, content: bytes, message: str, reason: str) -> None:
    path = tmp_path / "some.mxf"
    path.write_bytes(content)
    with pytest.raises(TrackFileError, match=message) as caught:
        TrackFile.open(path)
    assert caught.value.reason == reason
    assert caught.value.where is not None
    assert caught.value.where.startswith(str(path))


@pytest.mark.parametrize("keep", [0.2, 0.5, 0.99])
def test_a_file_cut_short_is_named_so(maker: Any, keep: float) -> None:
    written = maker.picture()
    os.truncate(written.path, int(written.size * keep))
    with pytest.raises(TrackFileError) as caught:
        TrackFile.open(written.path)
    assert caught.value.reason == "truncated"


@pytest.mark.parametrize("lost", [1, 4, 59, 61, 100])
def test_what_ends_in_its_footer_or_its_random_index_is_cut_short(maker: Any, lost: int) -> None:
    written = maker.picture()
    os.truncate(written.path, written.size - lost)
    with pytest.raises(TrackFileError, match="random index") as caught:
        TrackFile.open(written.path)
    assert caught.value.remedy is not None


def test_paths_that_cannot_be_opened_are_the_callers_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot open"):
        TrackFile.open(tmp_path / "absent.mxf")
    with pytest.raises(UsageError, match="no file"):
        TrackFile.open(tmp_path)
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(UsageError, match="no file"):
        TrackFile.open(tmp_path / "pipe")


def test_ranges_that_make_no_sense_are_refused(maker: Any) -> None:
    with TrackFile.open(maker.picture().path) as track:
        for start, stop in ((-1, None), (5, 3)):
            with pytest.raises(UsageError, match="no edit units"):
                track.units(start, stop)


def test_a_file_that_shrinks_while_it_is_read_is_an_error(maker: Any) -> None:
    written = maker.picture(maker.frames(40))
    with TrackFile.open(written.path) as track:
        units = track.units()
        next(units)
        os.truncate(written.path, 20000)
        with pytest.raises(TrackFileError, match="shorter") as caught:
            list(units)
    assert caught.value.reason == "truncated"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("060e2b34025301010d01010101013700", "060e2b34025301010d0101010101ff00", "no file package"),
        ("4b010008", "4baa0008", "no edit rate"),
    ],
)
def test_headers_that_lack_what_every_file_says_are_refused(
    maker: Any, old: str, new: str, message: str
) -> None:
    written = maker.picture()
    data = written.path.read_bytes()
    primer = bytes.fromhex(old[:4]) + bytes.fromhex("060e2b34")
    changed = data.replace(bytes.fromhex(old), bytes.fromhex(new)).replace(primer, b"\x77\x77" + primer[2:])
    written.path.write_bytes(changed)
    with pytest.raises(TrackFileError, match=message):
        TrackFile.open(written.path)


def test_sound_wrapped_as_one_clip_is_refused_when_its_units_are_asked_for(maker: Any) -> None:
    written = maker.sound()
    frame, clip = (bytes.fromhex(f"060e2b34040101010d0103010206{number}00") for number in ("01", "02"))
    written.path.write_bytes(written.path.read_bytes().replace(frame, clip))
    with TrackFile.open(written.path) as track:
        assert track.header.essence == "sound"
        with pytest.raises(DcpError, match="one clip"):
            track.units()


def test_essence_of_an_unknown_kind_is_handed_out_as_it_is(maker: Any) -> None:
    written = maker.picture()
    known = bytes.fromhex("060e2b34040101070d010301020c0100")
    other = bytes.fromhex("060e2b34040101070d010301027a0100")
    written.path.write_bytes(written.path.read_bytes().replace(known, other))
    with TrackFile.open(written.path) as track:
        assert track.header.essence == "unknown"
        assert [bytes(unit.data) for unit in track.units()] == maker.frames(12)
