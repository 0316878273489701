"""WAV files of 24-bit sound, written as they come; RF64 (EBU Tech 3306) when they outgrow 4 GiB.

A WAV is read by `dcp.sound.riff`.
"""

from __future__ import annotations

import struct
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

from dcp.sound.layout import BYTES_PER_SAMPLE

_LIMIT = 0xFFFFFFFF
_PCM_GUID = bytes.fromhex("0100000000001000800000aa00389b71")


class WavWriter:
    """Write interleaved 24-bit little-endian samples; the sizes are filled in at the end.

    A `JUNK` chunk keeps the room that RF64's `ds64` needs, so the samples never move. channels above two make
    a WAVE_FORMAT_EXTENSIBLE file without speaker positions, as the field's tools write for wild tracks.
    """

    def __init__(self, path: Path, *, channels: int, sample_rate: int) -> None:
        self._stream: BinaryIO = path.open("wb")
        self._written = 0
        align = channels * BYTES_PER_SAMPLE
        basic = struct.pack("<HIIHH", channels, sample_rate, sample_rate * align, align, 24)
        if channels > 2:
            form = struct.pack("<H", 0xFFFE) + basic + struct.pack("<HHI", 22, 24, 0) + _PCM_GUID
        else:
            form = struct.pack("<H", 1) + basic
        self._head = b"JUNK" + struct.pack("<I", 28) + bytes(28)
        self._format = b"fmt " + struct.pack("<I", len(form)) + form
        self._stream.write(self._header())

    def write(self, samples: bytes | bytearray | memoryview) -> None:
        self._stream.write(samples)
        self._written += len(samples)

    def close(self) -> None:
        if self._stream.closed:
            return
        try:
            if self._written & 1:
                self._stream.write(b"\0")
            self._stream.seek(0)
            self._stream.write(self._header())
        finally:
            self._stream.close()

    def __enter__(self) -> WavWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _header(self) -> bytes:
        size = self._written
        riff = 4 + len(self._head) + len(self._format) + 8 + size + (size & 1)
        if riff <= _LIMIT:
            start = b"RIFF" + struct.pack("<I", riff) + b"WAVE" + self._head
            return start + self._format + b"data" + struct.pack("<I", size)
        samples = size // (BYTES_PER_SAMPLE * struct.unpack_from("<H", self._format, 10)[0])
        start = b"RF64" + struct.pack("<I", _LIMIT) + b"WAVE"
        start += b"ds64" + struct.pack("<IQQQI", 28, riff, size, samples, 0)
        return start + self._format + b"data" + struct.pack("<I", _LIMIT)
