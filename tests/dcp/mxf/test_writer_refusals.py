"""What cannot be written is refused and leaves nothing behind."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from dcp.errors import DcpError, UsageError
from dcp.mxf import labels
from dcp.mxf.descriptors import AuxDescriptor, PictureDescriptor, SoundDescriptor, TimedTextDescriptor
from dcp.picture.codestream import parse_codestream


def _left_behind(folder: Path) -> list[str]:
    return [each.name for each in folder.iterdir()]


@pytest.mark.parametrize(
    ("sizes", "message"),
    [
        ([1, 1, 1], "unit 0 has"),
        (None, "2 units came, not the 3"),
        ("fewer", "more units came than the 1"),
    ],
)
def test_units_that_are_not_as_announced_leave_nothing_behind(maker: Any, sizes: Any, message: str) -> None:
    frames = maker.frames(2)
    if sizes is None:
        sizes = [*map(len, frames), 10]
    elif sizes == "fewer":
        sizes = [len(frames[0])]
    with pytest.raises(DcpError, match=message):
        maker.picture(frames, sizes=sizes)
    assert _left_behind(maker.folder) == []


def test_a_source_that_breaks_leaves_nothing_behind_and_an_older_file_untouched(maker: Any) -> None:
    older = maker.folder / "picture.mxf"
    older.write_bytes(b"older")
    frames = maker.frames(3)

    def broken() -> Iterator[bytes]:
        yield frames[0]
        raise DcpError("the source broke")

    descriptor = PictureDescriptor.from_codestream(parse_codestream(frames[0]), Fraction(24))
    with pytest.raises(DcpError, match="source broke"):
        maker.write(
            broken(),
            name="picture.mxf",
            sizes=[len(frame) for frame in frames],
            descriptor=descriptor,
            edit_rate=Fraction(24),
        )
    assert older.read_bytes() == b"older"
    assert _left_behind(maker.folder) == ["picture.mxf"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"units": []}, "at least one unit"),
        ({"units": [b"x", b"", b"y"]}, "unit 1 is empty"),
        ({"units": [b"x"], "stereo": True}, "right eye"),
        ({"units": [b"x"], "edit_rate": Fraction(-1)}, "not positive"),
        ({"units": [bytes(2**24)]}, "too long"),
    ],
)
def test_pictures_that_cannot_be_wrapped_are_refused(maker: Any, options: Any, message: str) -> None:
    with pytest.raises(DcpError, match=message):
        maker.picture(options.pop("units"), **options)
    assert _left_behind(maker.folder) == []


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"units": [bytes(12000), bytes(11994)]},
            "unit 1 has 11,994 bytes, not the 12,000 of 2,000 samples",
        ),
        ({"units": [bytes(9606)], "edit_rate": Fraction(30000, 1001)}, "do not divide"),
    ],
)
def test_sound_that_is_no_whole_edit_unit_is_refused(maker: Any, options: Any, message: str) -> None:
    units = options.pop("units")
    with pytest.raises(UsageError, match=message):
        maker.sound(units, **options)


def test_descriptors_that_cannot_be_written_are_refused(maker: Any) -> None:
    common: dict[str, Any] = {"name": "x.mxf", "edit_rate": Fraction(24)}
    with pytest.raises(UsageError, match="no label that says what it is"):
        maker.write([b"x"], descriptor=AuxDescriptor(None), **common)
    with pytest.raises(UsageError, match="Interop track files have no auxiliary data"):
        maker.write([b"x"], descriptor=AuxDescriptor(labels.GC_WAVE_FRAME), label_set="interop", **common)
    with pytest.raises(UsageError, match="one document with its resources"):
        maker.write([b"x"], descriptor=TimedTextDescriptor(None, None), **common)
    with pytest.raises(UsageError, match="first codestream"):
        maker.write([b"x"], descriptor=PictureDescriptor(2048, 1080, False), **common)
    with pytest.raises(UsageError, match="no channel") as caught:
        SoundDescriptor.labelled(["L", "Left"])
    assert "LFE" in str(caught.value.remedy)


def test_a_disk_that_refuses_is_named(maker: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    import errno
    import os

    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "writev" if hasattr(os, "writev") else "write", full)
    with pytest.raises(DcpError, match="disk is full"):
        maker.picture()
    monkeypatch.undo()
    assert _left_behind(maker.folder) == []


def test_a_slow_disk_that_takes_part_of_a_write_gets_the_rest(
    maker: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    import os

    original = os.writev

    def partly(descriptor: int, parts: list[memoryview]) -> int:
        return original(descriptor, [parts[0][: max(len(parts[0]) // 2, 1)]])

    monkeypatch.setattr(os, "writev", partly)
    written = maker.picture()
    monkeypatch.undo()
    assert hashlib.sha1(written.path.read_bytes()).digest() == written.sha1
