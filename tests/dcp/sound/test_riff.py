"""PCM WAV read without a library: what is read, what is left to a decoder, what a header may not claim."""

from __future__ import annotations

import struct
import wave
from fractions import Fraction
from pathlib import Path

import pytest

from dcp.errors import SourceError
from dcp.sound import riff, wav
from dcp.sound.riff import PcmWav, pcm_bytes, read_pcm_wav
from dcp.sound.wav import WavWriter

PCM = bytes.fromhex("0100000000001000800000aa00389b71")


def form(
    channels: int = 2, bits: int = 24, rate: int = 48_000, *, tag: int = 1, mask: int | None = None
) -> bytes:
    align = channels * bits // 8
    if mask is None:
        return struct.pack("<HHIIHH", tag, channels, rate, rate * align, align, bits)
    basic = struct.pack("<HHIIHH", 0xFFFE, channels, rate, rate * align, align, bits)
    return basic + struct.pack("<HHI", 22, bits, mask) + PCM


def chunk(name: bytes, body: bytes, stated: int | None = None) -> bytes:
    size = len(body) if stated is None else stated
    return name + struct.pack("<I", size) + body + b"\0" * (len(body) & 1)


def file(path: Path, *chunks: bytes, form: bytes = b"RIFF") -> Path:
    body = b"".join(chunks)
    path.write_bytes(form + struct.pack("<I", len(body) + 4) + b"WAVE" + body)
    return path


def samples(wav: PcmWav) -> bytes:
    with wav.path.open("rb") as stream:
        return pcm_bytes(wav, stream, 0, wav.size // wav.align)


def test_sixteen_bits_are_read_as_they_stand(tmp_path: Path) -> None:
    with wave.open(str(tmp_path / "a.wav"), "wb") as writer:
        writer.setnchannels(2)
        writer.setsampwidth(2)
        writer.setframerate(48_000)
        writer.writeframes(struct.pack("<4h", 1, -1, 32767, -32768))
    found = read_pcm_wav(tmp_path / "a.wav")
    assert found is not None and (found.channels, found.bits, found.speakers) == (2, 16, ())
    assert found.duration == Fraction(2, 48_000)
    assert samples(found).hex() == "0100" + "ffff" + "ff7f" + "0080"


def test_an_extensible_file_names_its_speakers(tmp_path: Path) -> None:
    mask = 0x63F  # 7.1 with side and back speakers
    path = file(tmp_path / "a.wav", chunk(b"fmt ", form(8, mask=mask)), chunk(b"data", bytes(24 * 2000)))
    found = read_pcm_wav(path)
    assert found is not None
    assert found.speakers == ("FL", "FR", "FC", "LFE", "BL", "BR", "SL", "SR")
    unnamed = read_pcm_wav(
        file(tmp_path / "b.wav", chunk(b"fmt ", form(6, mask=3)), chunk(b"data", bytes(18)))
    )
    assert unnamed is not None and unnamed.speakers == ()


def test_the_size_of_a_large_file_stands_in_its_ds64(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wav, "_LIMIT", 10_000)
    data = bytes(range(250)) * 144
    with WavWriter(tmp_path / "a.wav", channels=6, sample_rate=48_000) as writer:
        writer.write(data)
    raw = (tmp_path / "a.wav").read_bytes().replace(struct.pack("<I", 10_000), b"\xff" * 4)
    (tmp_path / "a.wav").write_bytes(raw + b"LIST\x04\0\0\0tail")
    found = read_pcm_wav(tmp_path / "a.wav")
    assert found is not None and found.size == len(data)
    assert samples(found) == data


@pytest.mark.parametrize("stated", [0xFFFFFFFF, 0x7FFFF000, 50])
def test_a_size_that_nobody_knew_is_the_files(tmp_path: Path, stated: int) -> None:
    path = file(tmp_path / "a.wav", chunk(b"fmt ", form()), chunk(b"data", bytes(14), stated))
    found = read_pcm_wav(path)
    assert found is not None and found.size == 14
    assert samples(found) == bytes(12)  # a broken sample at the end is none


def test_a_file_that_is_cut_short_is_refused(tmp_path: Path) -> None:
    path = file(tmp_path / "a.wav", chunk(b"fmt ", form()), chunk(b"data", bytes(14), 1 << 20))
    with pytest.raises(SourceError) as caught:
        read_pcm_wav(path)
    assert caught.value.id == "wav.cut-short"


@pytest.mark.parametrize(
    "chunks",
    [
        (),
        (chunk(b"data", bytes(12)),),
        (chunk(b"fmt ", form(tag=3, bits=32)), chunk(b"data", bytes(8))),
        (chunk(b"fmt ", form(bits=8)), chunk(b"data", bytes(8))),
        (chunk(b"fmt ", form(bits=32)), chunk(b"data", bytes(8))),
        (chunk(b"fmt ", form(0)), chunk(b"data", bytes(8))),
        (chunk(b"fmt ", form(65)), chunk(b"data", bytes(8))),
        (chunk(b"fmt ", form(rate=0)), chunk(b"data", bytes(8))),
        (chunk(b"fmt ", form(mask=0x1003)), chunk(b"data", bytes(12))),
        (chunk(b"fmt ", form()[:10], 16),),
        (b"fmt \x10",),
        (chunk(b"LIST", b"") * (riff.MAX_CHUNKS + 1), chunk(b"fmt ", form()), chunk(b"data", bytes(12))),
    ],
)
def test_what_is_no_pcm_is_left_to_the_decoder(tmp_path: Path, chunks: tuple[bytes, ...]) -> None:
    assert read_pcm_wav(file(tmp_path / "a.wav", *chunks)) is None
    (tmp_path / "b.wav").write_bytes(b"RIFF")
    assert read_pcm_wav(tmp_path / "b.wav") is None


def test_a_file_that_shrinks_is_told(tmp_path: Path) -> None:
    path = file(tmp_path / "a.wav", chunk(b"fmt ", form()), chunk(b"data", bytes(60)))
    found = read_pcm_wav(path)
    assert found is not None
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(SourceError, match="became shorter"):
        samples(found)
    path.unlink()
    with pytest.raises(SourceError, match="cannot read"):
        read_pcm_wav(path)
