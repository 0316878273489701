"""Sound out of any file: 48 kHz, 24 bits, placed on the channels of a cinema, cut into edit units."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dcp.create.sources.media import open_media
from dcp.dataclass import dataclass
from dcp.errors import SourceError, UsageError
from dcp.sound.layout import FIVE_ONE, MAX_CHANNELS, Layout, place

SAMPLE_RATE = 48_000
BYTES_PER_SAMPLE = 3


@dataclass(frozen=True)
class SoundFacts:
    """A sound source as probed. duration in seconds, or None when the file does not say."""

    path: Path
    layout: Layout
    places: tuple[int, ...]
    sample_rate: int
    duration: Fraction | None


def samples_per_unit(edit_rate: Fraction, sample_rate: int = SAMPLE_RATE) -> int:
    """Samples in an edit unit. UsageError when that is no whole number: a DCP has no five-frame sequences."""
    samples = sample_rate / edit_rate
    if samples.denominator != 1:
        raise UsageError(
            f"sound of {sample_rate} Hz does not divide into edit units at {edit_rate} a second",
            remedy="give --picture-rate 24, 25, 30, 48, 50 or 60",
        )
    return int(samples)


def has_sound(path: Path) -> bool:
    """Whether there is sound in it, of whatever kind. SourceError when it cannot be read."""
    with open_media(path) as container:
        return bool(container.streams.audio)


def probe_sound(path: Path) -> SoundFacts | None:
    """What sound a file holds, None when it holds none. SourceError when it cannot be read."""
    with open_media(path) as container:
        if not container.streams.audio:
            return None
        stream = container.streams.audio[0]
        names = [channel.name for channel in stream.codec_context.layout.channels]
        if not 1 <= len(names) <= MAX_CHANNELS:
            raise SourceError(f"{len(names)} channels cannot be taken", where=path)
        try:
            layout, places = place(names)
        except SourceError as error:
            raise SourceError(error.what, where=path, remedy=error.remedy) from None
        duration = Fraction(stream.duration * stream.time_base) if stream.duration else None
        return SoundFacts(path, layout, places, stream.rate, duration)


def sound_units(
    facts: SoundFacts | None, *, edit_rate: Fraction, count: int, layout: Layout = FIVE_ONE
) -> Iterator[bytes]:
    """`count` edit units of interleaved 24-bit samples; silence after the source's end, and without a source.

    SourceError when the file cannot be decoded.
    """
    samples = samples_per_unit(edit_rate)
    channels = len(facts.layout.channels) if facts else len(layout.channels)
    size = samples * channels * BYTES_PER_SAMPLE
    made = 0
    if facts is not None:
        held = bytearray()
        for block in _blocks(facts, channels):
            held += block
            whole = len(held) // size
            for start in range(0, min(whole, count - made) * size, size):
                yield bytes(held[start : start + size])
            made += min(whole, count - made)
            del held[: whole * size]
            if made == count:
                return
        if held:
            yield bytes(held).ljust(size, b"\0")
            made += 1
    silence = bytes(size)
    for _ in range(count - made):
        yield silence


def _blocks(facts: SoundFacts, channels: int) -> Iterator[bytes]:
    import av

    resampler = av.AudioResampler(format="s32", rate=SAMPLE_RATE)
    with open_media(facts.path) as container:
        try:
            for frame in container.decode(audio=0):
                for block in resampler.resample(frame):
                    yield _packed(block.to_ndarray(), facts, channels)
            for block in resampler.resample(None):
                yield _packed(block.to_ndarray(), facts, channels)
        except av.FFmpegError as error:
            raise SourceError(f"the sound cannot be decoded: {error.strerror}", where=facts.path) from None


def _packed(block: NDArray[Any], facts: SoundFacts, channels: int) -> bytes:
    """32-bit interleaved samples as 24-bit ones on their channels. The lowest byte goes, rounded."""
    taken = block.reshape(-1, len(facts.places))
    out = np.zeros((len(taken), channels), dtype="<i4")
    # a 24-bit source lies in the upper bytes and comes through unchanged
    out[:, facts.places] = np.minimum(taken, 0x7FFFFF7F) + 0x80
    return out.view(np.uint8).reshape(-1, 4)[:, 1:].tobytes()
