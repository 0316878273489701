"""WAV files as they are written: others read them, and one that outgrows 4 GiB becomes RF64."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from dcp.sound import wav
from dcp.sound.wav import WavWriter


def samples(count: int, channels: int, seed: int = 1) -> NDArray[np.int32]:
    return np.random.default_rng(seed).integers(-(1 << 23), 1 << 23, (count, channels)).astype(np.int32)


def packed(values: NDArray[np.int32]) -> bytes:
    return values.astype("<i4").view(np.uint8).reshape(-1, 4)[:, :3].tobytes()


def write(path: Path, values: NDArray[np.int32], sample_rate: int = 48_000) -> Path:
    with WavWriter(path, channels=values.shape[1], sample_rate=sample_rate) as writer:
        for start in range(0, len(values), 1000):
            writer.write(packed(values[start : start + 1000]))
    return path


def test_a_stereo_wav_is_one_that_others_read(tmp_path: Path) -> None:
    values = samples(1001, 2)
    with wave.open(str(write(tmp_path / "a.wav", values))) as reader:
        assert reader.getparams()[:4] == (2, 3, 48_000, 1001)
        assert reader.readframes(2000) == packed(values)


def test_an_outgrown_wav_becomes_rf64(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wav, "_LIMIT", 10_000)
    values = samples(2000, 6)
    path = tmp_path / "a.wav"
    with WavWriter(path, channels=6, sample_rate=48_000) as writer:
        writer.write(packed(values))
    data = path.read_bytes()
    assert data[:4] == b"RF64" and data[12:16] == b"ds64"
    assert int.from_bytes(data[20:28], "little") == len(data) - 8
    assert int.from_bytes(data[28:36], "little") == 36_000
    assert int.from_bytes(data[36:44], "little") == 2000
