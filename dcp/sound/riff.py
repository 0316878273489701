"""PCM WAV files read as they are: RIFF, RF64 and BW64 (EBU Tech 3306), 16 or 24 bits, plain or extensible.

Every other sound is decoded by `dcp.create.sources.sound_reading`; this one needs no library. Sizes that a
header states are held against the file's, and nothing but the samples asked for is read.
"""

from __future__ import annotations

import struct
from fractions import Fraction
from pathlib import Path
from typing import BinaryIO

from dcp.dataclass import dataclass
from dcp.errors import SourceError
from dcp.texts.system import why

MAX_CHUNKS = 1000
MAX_WAV_CHANNELS = 64
_FORMS = (b"RIFF", b"RF64", b"BW64")
_PCM, _EXTENSIBLE = 0x0001, 0xFFFE
_PCM_GUID = bytes.fromhex("0100000000001000800000aa00389b71")
_STREAMED = 0xFFFFFFFF
_SLACK = 64  # bytes that some count too many: those of headers
_UNKNOWN = 0x7FFF0000  # and above: what writers put there who cannot go back to it
_SPEAKERS = ("FL", "FR", "FC", "LFE", "BL", "BR", "FLC", "FRC", "BC", "SL", "SR")
"""What the bits of an extensible file's channel mask stand for, the lowest first."""


@dataclass(frozen=True)
class PcmWav:
    """A file's samples: where they begin and how many bytes they are. sample_rate in Hz; bits 16 or 24.

    speakers: their names in the file's order as FFmpeg has them, empty when the file names none.
    """

    path: Path
    channels: int
    sample_rate: int
    bits: int
    speakers: tuple[str, ...]
    start: int
    size: int

    @property
    def align(self) -> int:
        """Bytes of one sample of every channel."""
        return self.channels * self.bits // 8

    @property
    def duration(self) -> Fraction:
        """In seconds."""
        return Fraction(self.size // self.align, self.sample_rate)


def read_pcm_wav(path: Path) -> PcmWav | None:
    """The file's header, None when it is no WAV, or one of other samples than PCM of 16 or 24 bits.

    SourceError when it cannot be read.
    """
    try:
        with path.open("rb") as stream:
            return _header(stream, path)
    except OSError as error:
        raise SourceError("wav.unreadable", where=path, why=why(error)) from None


def pcm_bytes(wav: PcmWav, stream: BinaryIO, start: int, stop: int) -> bytes:
    """The samples from start to before stop, of every channel, as they stand; `stream` is the file, open.

    SourceError when the file cannot be read or has become shorter.
    """
    size = (stop - start) * wav.align
    try:
        stream.seek(wav.start + start * wav.align)
        block = stream.read(size)
    except OSError as error:
        raise SourceError("wav.unreadable", where=wav.path, why=why(error)) from None
    if len(block) < size:
        raise SourceError("wav.shorter", where=wav.path)
    return block


def _header(stream: BinaryIO, path: Path) -> PcmWav | None:
    end = stream.seek(0, 2)
    stream.seek(0)
    start = stream.read(12)
    if len(start) < 12 or start[:4] not in _FORMS or start[8:] != b"WAVE":
        return None
    form, long_size, place = None, None, 12
    for _ in range(MAX_CHUNKS):
        stream.seek(place)
        head = stream.read(8)
        if len(head) < 8:
            return None
        name, size = head[:4], struct.unpack("<I", head[4:])[0]
        if name == b"ds64" and size >= 24:
            long_size = struct.unpack("<8xQ", stream.read(24)[:16].ljust(16, b"\0"))[0]
        elif name == b"fmt " and size >= 16:
            form = stream.read(min(size, 40))
        elif name == b"data":
            stated = long_size if size == _STREAMED and long_size is not None else size
            if size < _UNKNOWN and place + 8 + stated > end + _SLACK:
                raise SourceError("wav.cut-short", where=path, size=end, needed=place + 8 + stated)
            return _samples(form, path, place + 8, min(stated, end - place - 8)) if form else None
        place += 8 + size + (size & 1)
    return None


def _samples(form: bytes, path: Path, start: int, size: int) -> PcmWav | None:
    if len(form) < 16:
        return None
    tag, channels, rate, _, align, bits = struct.unpack_from("<HHIIHH", form)
    speakers: tuple[str, ...] = ()
    if tag == _EXTENSIBLE and len(form) == 40 and form[24:] == _PCM_GUID:
        mask = struct.unpack_from("<I", form, 20)[0]
        named = tuple(name for bit, name in enumerate(_SPEAKERS) if mask >> bit & 1)
        if mask >> len(_SPEAKERS):
            return None  # speakers above the head and the like: whoever decodes it names them
        speakers = named if len(named) == channels else ()
    elif tag != _PCM:
        return None
    right = bits in (16, 24) and 1 <= channels <= MAX_WAV_CHANNELS and align == channels * bits // 8
    if not right or not 0 < rate <= 1_000_000:
        return None
    return PcmWav(path, channels, rate, bits, speakers, start, size)
