"""The sizes of a track file's units, told by the heads of the units alone."""

from __future__ import annotations

from typing import Any

import pytest
from trackfiles import unit_offset

from dcp.mxf.reader import TrackFile
from dcp.secrets.keys import ContentKey


@pytest.mark.parametrize("encrypted", [False, True])
@pytest.mark.parametrize("kind", ["picture", "stereo", "sound", "interop"])
def test_they_are_those_of_what_is_read(maker: Any, key: ContentKey, encrypted: bool, kind: str) -> None:
    given: dict[str, Any] = {"key": key} if encrypted else {}
    more = {"stereo": {"stereo": True}, "interop": {"label_set": "interop"}}.get(kind, {})
    make = maker.sound if kind == "sound" else maker.picture
    with TrackFile.open(make(**given, **more).path) as track:
        found = [len(unit.data) for unit in track.units(**given)]
        assert list(track.sizes() or ()) == found and len(found) > 4


SOURCE_LENGTH = 20 + 20 + 12 + 20 + 4
DAMAGE = {
    "length too short": (16, b"\x83\0\0\5"),
    "length too long": (16, b"\x83\xff\xff\xff"),
    "another key": (13, b"\x77\x77"),
    "source length": (SOURCE_LENGTH, b"\x01"),
}


@pytest.mark.parametrize(
    ("damage", "encrypted"),
    [(what, kind) for what in DAMAGE for kind in (False, True) if kind or what != "source length"],
)
def test_heads_that_lead_astray_tell_nothing(
    maker: Any, key: ContentKey, damage: str, encrypted: bool
) -> None:
    written = maker.picture(**({"key": key} if encrypted else {}))
    start = unit_offset(written.path, 5, key)
    data = bytearray(written.path.read_bytes())
    offset, content = DAMAGE[damage]
    data[start + offset : start + offset + len(content)] = content
    written.path.write_bytes(data)
    with TrackFile.open(written.path) as track:
        assert track.sizes() is None
