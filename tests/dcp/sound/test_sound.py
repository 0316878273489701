"""Sound sources placed on cinema channels and cut into edit units; WAV files."""

from __future__ import annotations

import wave
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from dcp.create.sources.sound import probe_sound, samples_per_unit, sound_units
from dcp.errors import SourceError, UsageError
from dcp.sound import wav
from dcp.sound.layout import FIVE_ONE, SEVEN_ONE, place
from dcp.sound.wav import WavWriter

RATE = Fraction(24)


def samples(count: int, channels: int, seed: int = 1) -> NDArray[np.int32]:
    return np.random.default_rng(seed).integers(-(1 << 23), 1 << 23, (count, channels)).astype(np.int32)


def packed(values: NDArray[np.int32]) -> bytes:
    return values.astype("<i4").view(np.uint8).reshape(-1, 4)[:, :3].tobytes()


def write(path: Path, values: NDArray[np.int32], sample_rate: int = 48_000) -> Path:
    with WavWriter(path, channels=values.shape[1], sample_rate=sample_rate) as writer:
        for start in range(0, len(values), 1000):
            writer.write(packed(values[start : start + 1000]))
    return path


def test_a_24_bit_wav_of_six_channels_comes_through_bit_for_bit(tmp_path: Path) -> None:
    values = samples(2000 * 3, 6)
    facts = probe_sound(write(tmp_path / "a.wav", values))
    assert facts is not None
    assert facts.layout == FIVE_ONE
    assert b"".join(sound_units(facts, edit_rate=RATE, count=3)) == packed(values)


def test_short_sound_is_followed_by_silence_and_long_sound_is_cut(tmp_path: Path) -> None:
    values = samples(2500, 6)
    facts = probe_sound(write(tmp_path / "a.wav", values))
    units = list(sound_units(facts, edit_rate=RATE, count=3))
    assert [len(unit) for unit in units] == [36_000] * 3
    assert b"".join(units) == packed(values).ljust(108_000, b"\0")
    assert b"".join(sound_units(facts, edit_rate=RATE, count=1)) == packed(values[:2000])


def test_without_a_source_there_is_silence() -> None:
    assert list(sound_units(None, edit_rate=Fraction(25), count=2)) == [bytes(1920 * 18)] * 2


def test_stereo_stands_left_and_right_and_mono_in_the_centre(tmp_path: Path) -> None:
    stereo = samples(2000, 2)
    (unit,) = sound_units(probe_sound(write(tmp_path / "s.wav", stereo)), edit_rate=RATE, count=1)
    wanted = np.zeros((2000, 6), np.int32)
    wanted[:, :2] = stereo
    assert unit == packed(wanted)
    mono = samples(2000, 1)
    (unit,) = sound_units(probe_sound(write(tmp_path / "m.wav", mono)), edit_rate=RATE, count=1)
    wanted = np.zeros((2000, 6), np.int32)
    wanted[:, 2] = mono[:, 0]
    assert unit == packed(wanted)


def test_another_sample_rate_is_brought_to_48_khz(tmp_path: Path) -> None:
    tone = (np.sin(np.arange(44_100) * 2 * np.pi * 1000 / 44_100) * 4_000_000).astype(np.int32)
    facts = probe_sound(write(tmp_path / "t.wav", np.stack([tone, tone], 1), 44_100))
    units = b"".join(sound_units(facts, edit_rate=RATE, count=24))
    left = np.frombuffer(units, np.uint8).reshape(48_000, 6, 3)[:, 0]
    values = (left.astype(np.int32) * [1, 256, 65_536]).sum(1)
    values = np.where(values >= 1 << 23, values - (1 << 24), values)
    spectrum = np.abs(np.fft.rfft(values))
    assert spectrum.argmax() == 1000
    assert values.max() == pytest.approx(4_000_000, rel=0.02)


def test_seven_one_goes_to_the_channels_of_the_field() -> None:
    layout, places = place(["FL", "FR", "FC", "LFE", "BL", "BR", "SL", "SR"])
    assert layout == SEVEN_ONE
    assert [layout.channels[index] for index in places] == ["L", "R", "C", "LFE", "Lrs", "Rrs", "Lss", "Rss"]


def test_a_layout_that_no_cinema_has_is_refused() -> None:
    with pytest.raises(SourceError, match=r"no mono, stereo, 5\.1 or 7\.1"):
        place(["FL", "FR", "FC", "BC"])


def test_rates_that_do_not_divide_are_refused() -> None:
    assert samples_per_unit(Fraction(25)) == 1920
    with pytest.raises(UsageError, match="does not divide"):
        samples_per_unit(Fraction(30000, 1001))


def test_what_is_no_sound_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "x.wav").write_bytes(b"no sound")
    with pytest.raises(SourceError, match="cannot read"):
        probe_sound(tmp_path / "x.wav")
    with pytest.raises(SourceError, match="cannot read"):
        probe_sound(tmp_path / "absent.wav")


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


def test_real_sound_is_taken(footage: Path, golden: Path) -> None:
    facts = probe_sound(footage / "bigbuckbunny.mp4")
    assert facts is not None and facts.layout == FIVE_ONE and facts.places == (0, 1, 2, 3, 4, 5)
    units = list(sound_units(facts, edit_rate=Fraction(25), count=132))
    assert len(units) == 132 and any(any(unit) for unit in units)
    facts = probe_sound(golden / "inputs" / "wav" / "51_24fps.wav")
    original = (golden / "inputs" / "wav" / "51_24fps.wav").read_bytes()[44:]
    assert b"".join(sound_units(facts, edit_rate=RATE, count=12)) == original
