"""leq(m) on the tones of the table, R 128 beside ffmpeg, peaks between samples; reels, blocks, channels."""

from __future__ import annotations

import re
import shutil
import subprocess
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from dcp.sound.layout import FIVE_ONE, GROUPS, Layout, layout_of
from dcp.sound.loudness import Loudness, Meter, measure
from dcp.sound.wav import WavWriter
from dcp.sound.weighting import BS_468, OFFSET, m_filter, m_weighting

RATE = 48_000
SEVEN_ONE = layout_of(GROUPS["71"])
Samples = NDArray[np.float64]


def tone(frequency: float, amplitude: float = 0.1, seconds: float = 2, rate: int = RATE) -> Samples:
    """Faded in and out: a hard edge has all frequencies."""
    time = np.arange(round(seconds * rate)) / rate
    fade = np.clip(np.minimum(time, time[::-1]) / 0.05, 0, 1)
    wave: Samples = amplitude * fade * np.sin(2 * np.pi * frequency * time)
    return wave


def on(layout: Layout, **channels: Samples) -> Samples:
    length = max(map(len, channels.values()))
    samples = np.zeros((length, len(layout.channels)))
    for symbol, wave in channels.items():
        samples[: len(wave), layout.position(symbol)] = wave
    return samples


def level(wave: Samples) -> float:
    """dB below the reference tone, a sine of a tenth of full scale."""
    return float(10 * np.log10(np.mean(wave**2) / 0.005))


def packed(samples: Samples) -> bytes:
    codes = np.clip(np.rint(samples * 2**23), -(2**23), 2**23 - 1).astype("<i4")
    return codes.view(np.uint8).reshape(-1, 4)[:, :3].tobytes()


def programme(seconds: float = 30, seed: int = 1, rate: int = RATE) -> Samples:
    """Six channels of noise with loud, soft and silent parts."""
    generator = np.random.default_rng(seed)
    count = round(seconds * rate)
    noise = generator.standard_normal((count, 6)).cumsum(axis=0)
    noise -= np.linspace(noise[0], noise[-1], count)
    noise = np.diff(noise, axis=0, prepend=0) + 0.002 * noise
    steps = np.repeat(generator.uniform(-50, -14, round(seconds)), rate)[:count]
    steps[: 2 * rate] = -200
    levels = 10 ** (steps / 20)
    samples: Samples = np.clip(noise * levels[:, None], -1, 1)
    return samples


class TestLeqM:
    @pytest.mark.parametrize(
        ("frequency", "decibels", "rate"),
        [(*line, rate) for rate in (48_000, 96_000) for line in BS_468 if line[0] < rate / 2],
    )
    def test_a_tone_of_the_table_reads_what_the_table_says(
        self, frequency: float, decibels: float, rate: int
    ) -> None:
        wave = tone(frequency, rate=rate)
        read = measure([on(FIVE_ONE, C=wave)], FIVE_ONE, rate).leqm
        assert read == pytest.approx(85 + level(wave) + decibels + OFFSET, abs=0.1)

    @pytest.mark.parametrize(
        ("frequency", "decibels"),
        [(40, -27.8), (150, -16.32), (600, -4.33), (1500, 3.36), (2500, 7.33), (5600, 12.09), (11200, 4.6),
         (18000, -17.26)],
    )  # fmt: skip
    def test_between_the_lines_it_is_the_network_of_the_recommendation(
        self, frequency: float, decibels: float
    ) -> None:
        gain = 20 * np.log10(m_weighting(np.array([frequency])))[0]
        assert gain == pytest.approx(decibels + OFFSET, abs=0.06)

    @pytest.mark.parametrize("rate", [48_000, 96_000])
    def test_the_filter_has_the_curve(self, rate: int) -> None:
        taps = m_filter(rate)
        frequency = np.geomspace(20, 20_000, 300)
        turns = np.exp(-2j * np.pi * np.outer(frequency / rate, np.arange(len(taps))))
        error = 20 * np.log10(np.abs(turns @ taps) / m_weighting(frequency))
        assert np.abs(error).max() < 0.02

    def test_screen_channels_surrounds_and_lfe_are_scaled_as_a_cinema_plays_them(self) -> None:
        wave = tone(2000)
        reads = {
            symbol: measure([on(FIVE_ONE, **{symbol: wave})], FIVE_ONE).leqm for symbol in ("L", "Ls", "LFE")
        }
        assert reads["L"] == pytest.approx(85 + level(wave), abs=0.1)
        assert reads["Ls"] == pytest.approx(82 + level(wave), abs=0.1)
        assert reads["LFE"] == pytest.approx(95 + level(wave), abs=0.1)

    def test_channels_add_as_energies_whatever_their_phase(self) -> None:
        wave = tone(2000)
        five = measure([on(FIVE_ONE, L=wave, R=-wave, C=wave, Ls=wave, Rs=-wave)], FIVE_ONE).leqm
        assert five == pytest.approx(85 + level(wave) + 10 * np.log10(3 + 2 * 10**-0.3), abs=0.1)

    def test_what_the_hall_does_not_hear_does_not_count(self) -> None:
        layout = Layout("51", (*FIVE_ONE.channels, "HI", "VIN", None, "DBOX"))
        samples = on(layout, C=tone(2000))
        alone = measure([samples], layout)
        samples[:, 6:] = 0.9
        assert measure([samples], layout) == alone

    def test_a_loud_neighbour_leaves_nothing_in_a_silent_channel(self) -> None:
        layout = Layout("WTF", ("HI", "C"))
        assert measure([packed(on(layout, HI=tone(1000)))], layout) == Loudness()


class TestBesideFFmpeg:
    pytestmark = pytest.mark.oracle

    @staticmethod
    def of_ffmpeg(path: Path, samples: Samples) -> Loudness:
        if shutil.which("ffmpeg") is None:
            pytest.skip("ffmpeg is not installed")
        with WavWriter(path, channels=samples.shape[1], sample_rate=RATE) as writer:
            writer.write(packed(samples))
        said = subprocess.run(
            [
                "ffmpeg",
                "-channel_layout",
                "5.1",
                "-i",
                path,
                "-af",
                "ebur128=peak=true+sample",
                "-f",
                "null",
                "-",
            ],
            capture_output=True,
            text=True,
            check=True,
        ).stderr.rpartition("Summary:")[2]
        number = {
            name: float(re.search(rf"{name}:\s+(-?[\d.]+)", said)[1])  # type: ignore[index]
            for name in ("I", "LRA", "True peak:\\s+Peak", "Sample peak:\\s+Peak")
        }
        integrated, loudness_range, true, sample = number.values()
        return Loudness(integrated=integrated, range=loudness_range, true_peak=true, peak=sample)

    @pytest.mark.parametrize("seed", [1, 2])
    def test_the_same_numbers(self, tmp_path: Path, seed: int) -> None:
        samples = programme(seed=seed)
        ours, theirs = measure([packed(samples)], FIVE_ONE), self.of_ffmpeg(tmp_path / "a.wav", samples)
        assert ours.integrated == pytest.approx(theirs.integrated, abs=0.06)  # they print one decimal
        assert ours.range == pytest.approx(theirs.range, abs=0.1)
        assert ours.peak == pytest.approx(theirs.peak, abs=0.06)
        assert ours.true_peak == pytest.approx(theirs.true_peak, abs=0.15)


class TestR128:
    def test_a_steady_stereo_tone_reads_its_level(self) -> None:
        wave = tone(1000, 10 ** (-23 / 20), seconds=10)
        layout = Layout("ST", ("L", "R"))
        read = measure([on(layout, L=wave, R=wave)], layout)
        assert read.integrated == pytest.approx(-23, abs=0.1)
        assert read.range == pytest.approx(0, abs=0.1)

    @pytest.mark.parametrize(("symbol", "more"), [("C", 0), ("Lss", 1.5), ("Lrs", 0), ("LFE", None)], ids=str)
    def test_channels_weigh_by_where_they_stand(self, symbol: str, more: float | None) -> None:
        wave = tone(1000, seconds=4)
        read = measure([on(SEVEN_ONE, **{symbol: wave})], SEVEN_ONE).integrated
        front = measure([on(SEVEN_ONE, L=wave)], SEVEN_ONE).integrated
        assert front is not None
        assert read == (None if more is None else pytest.approx(front + more, abs=0.02))


class TestPeaks:
    def test_between_the_samples(self) -> None:
        time = np.arange(RATE)
        wave = 0.5 * np.sin(np.pi / 2 * time + np.pi / 4) * np.clip(time / 4800, 0, 1)
        read = measure([on(FIVE_ONE, LFE=wave)], FIVE_ONE)
        assert read.peak == pytest.approx(-9.03, abs=0.01)
        assert read.true_peak == pytest.approx(-6.02, abs=0.05)

    @pytest.mark.parametrize("place", [0, 17, 215, 240, 47_990, 47_999, 48_000, 48_015, 100_000])
    def test_wherever_it_stands(self, place: int) -> None:
        """Two like samples have a larger value between them, also over the edges of pieces and stretches."""
        wave = np.zeros(3 * RATE)
        wave[place : place + 2] = 0.5
        first = measure([on(FIVE_ONE, C=wave)], FIVE_ONE).true_peak
        assert first == pytest.approx(20 * np.log10(0.5 * 4 / np.pi), abs=0.1)


def blocks(samples: Samples, size: int) -> Iterator[Samples]:
    for start in range(0, len(samples), size):
        yield samples[start : start + size]


@pytest.mark.parametrize("size", [1601, 2000, 48_000, 100_000])
def test_the_size_of_the_blocks_does_not_matter(size: int) -> None:
    samples = programme(seconds=6)
    once = measure([packed(samples)], FIVE_ONE)
    again = measure((packed(block) for block in blocks(samples, size)), FIVE_ONE)
    floats = measure(blocks(samples, size), FIVE_ONE)
    for name in ("leqm", "integrated", "range", "true_peak", "peak"):
        assert getattr(again, name) == pytest.approx(getattr(once, name), abs=1e-4)
        assert getattr(floats, name) == pytest.approx(getattr(once, name), abs=1e-2)


def test_a_reel_reads_as_if_it_stood_alone_and_the_whole_as_if_there_were_no_reels() -> None:
    first, second = programme(seconds=12, seed=3), 0.25 * programme(seconds=15.55, seed=4)
    meter = Meter(FIVE_ONE)
    reels = []
    for reel in (first, second):
        for block in blocks(reel, 2000):
            meter.add(block)
        reels.append(meter.end_reel())
    for read, alone in zip(reels, (first, second), strict=True):
        wanted = measure([alone], FIVE_ONE)
        assert read.leqm == pytest.approx(wanted.leqm, abs=0.01)
        assert read.integrated == pytest.approx(wanted.integrated, abs=0.05)
        assert read.range == pytest.approx(wanted.range, abs=0.3)
        assert read.true_peak == pytest.approx(wanted.true_peak, abs=0.01)
        assert read.peak == wanted.peak
    whole = measure([np.concatenate([first, second])], FIVE_ONE)
    for name in ("leqm", "integrated", "range", "true_peak", "peak"):
        assert getattr(meter.result(), name) == pytest.approx(getattr(whole, name), abs=1e-6)
    assert meter.end_reel() == Loudness()  # nothing came since


def test_silence_has_no_numbers() -> None:
    assert measure([bytes(18 * RATE)], FIVE_ONE) == Loudness()
    assert measure([], FIVE_ONE) == Loudness()
    unheard = Layout("WTF", ("HI", "VIN"))
    assert measure([np.ones((RATE, 2))], unheard) == Loudness()


def test_memory_does_not_grow_with_the_length() -> None:
    def peak_of(seconds: int) -> int:
        block = packed(programme(seconds=1))
        meter = Meter(FIVE_ONE)
        meter.add(block)
        tracemalloc.start()
        for _ in range(seconds):
            meter.add(block)
        meter.result()
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return peak

    assert peak_of(30) < 1.2 * peak_of(5)
