"""Track files made by code: a small valid codestream, descriptors, keys, and the files written from them."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from dcp.mxf.descriptors import PictureDescriptor, SoundDescriptor
from dcp.mxf.writer import WrittenTrackFile, write_track_file
from dcp.picture.codestream import parse_codestream
from dcp.secrets.keys import ContentKey

NOW = datetime(2026, 11, 23, 4, 30, 32, tzinfo=UTC)
ASSET_ID = UUID("aaaaaaaa-bbbb-4ccc-8ddd-000000000001")
KEY_ID = UUID("11111111-2222-4333-8444-000000000001")
KEY = bytes.fromhex("0123456789abcdeffedcba9876543210")


def codestream(payload: bytes = b"\x80" * 100, *, comment: bytes = b"") -> bytes:
    """A main header of the 2K profile, one tile part with `payload`, EOC. Not decodable, but well formed."""
    siz = struct.pack(">HIIIIIIIIH", 3, 2048, 1080, 0, 0, 2048, 1080, 0, 0, 3) + bytes.fromhex("0b0101") * 3
    cod = bytes.fromhex("01040001010503030000778888888888")
    qcd = bytes.fromhex("22") + bytes(32)
    main = b"\xff\x4f" + _segment(0xFF51, siz) + _segment(0xFF52, cod) + _segment(0xFF5C, qcd)
    if comment:
        main += _segment(0xFF64, b"\0\1" + comment)
    part = struct.pack(">HHHIBB", 0xFF90, 10, 0, 14 + len(payload), 0, 1) + b"\xff\x93" + payload
    return main + part + b"\xff\xd9"


def _segment(marker: int, body: bytes) -> bytes:
    return struct.pack(">HH", marker, len(body) + 2) + body


def content_key(*, mic_key: bytes | None = None, value: bytes = KEY) -> ContentKey:
    return ContentKey(id=KEY_ID, type="MDIK", value=value, mic_key=mic_key)


@dataclass
class Maker:
    """Writes track files into a folder of the test."""

    folder: Path

    def picture(
        self,
        units: Sequence[bytes] | None = None,
        *,
        name: str = "picture.mxf",
        stereo: bool = False,
        edit_rate: Fraction = Fraction(24),
        **options: Any,
    ) -> WrittenTrackFile:
        frames = units if units is not None else self.frames(12)
        descriptor = PictureDescriptor.from_codestream(parse_codestream(codestream()), edit_rate, stereo)
        return self.write(frames, name=name, descriptor=descriptor, edit_rate=edit_rate, **options)

    def sound(
        self,
        units: Sequence[bytes] | None = None,
        *,
        name: str = "sound.mxf",
        channels: int = 2,
        edit_rate: Fraction = Fraction(24),
        **options: Any,
    ) -> WrittenTrackFile:
        size = int(48000 / edit_rate) * channels * 3
        frames = units if units is not None else [bytes([number]) * size for number in range(6)]
        descriptor = options.pop("descriptor", None) or SoundDescriptor(channels=channels)
        return self.write(frames, name=name, descriptor=descriptor, edit_rate=edit_rate, **options)

    def write(self, units: Iterable[bytes | memoryview], *, name: str, **options: Any) -> WrittenTrackFile:
        settings: dict[str, Any] = {"asset_id": ASSET_ID, "now": NOW}
        if "sizes" not in options:
            settings["sizes"] = [len(unit) for unit in units]
        return write_track_file(self.folder / name, iter(units), **(settings | options))

    @staticmethod
    def frames(count: int) -> list[bytes]:
        """Codestreams of different lengths and contents."""
        return [codestream(bytes([number % 100]) * (200 + 13 * number)) for number in range(count)]


@pytest.fixture
def maker(tmp_path: Path) -> Maker:
    return Maker(tmp_path)


@pytest.fixture
def key() -> ContentKey:
    return content_key()


@pytest.fixture
def make_codestream() -> Callable[..., bytes]:
    return codestream


@pytest.fixture
def make_key() -> Callable[..., ContentKey]:
    return content_key


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture
def asset_id() -> UUID:
    return ASSET_ID
