"""Sound out of any file: 24 bits, placed on the channels of a cinema, cut into edit units.

PCM WAV is read as it stands, without a library; every other file is decoded and brought to 48 kHz.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dcp.create.sources.media import open_media
from dcp.dataclass import dataclass
from dcp.errors import SourceError, UsageError
from dcp.sound.layout import FIVE_ONE, MAX_CHANNELS, UNNAMED, Layout, place
from dcp.sound.riff import PcmWav, pcm_blocks, read_pcm_wav

if TYPE_CHECKING:
    from numpy.typing import NDArray

SAMPLE_RATE = 48_000
SAMPLE_RATES = (48_000, 96_000)
"""ST 428-2, in Hz."""
BYTES_PER_SAMPLE = 3


@dataclass(frozen=True)
class SoundFacts:
    """A sound source as probed. duration in seconds, or None when the file does not say.

    pcm: where the samples stand, of a file that is read without decoding.
    """

    path: Path
    layout: Layout
    places: tuple[int, ...]
    sample_rate: int
    duration: Fraction | None
    pcm: PcmWav | None = None

    @property
    def native_rate(self) -> int:
        """The rate that the samples keep in a track file of their own, in Hz."""
        return self.sample_rate if self.pcm is not None and self.sample_rate in SAMPLE_RATES else SAMPLE_RATE


def samples_per_unit(edit_rate: Fraction, sample_rate: int = SAMPLE_RATE) -> int:
    """Samples in an edit unit. UsageError when that is no whole number: a DCP has no five-frame sequences."""
    samples = sample_rate / edit_rate
    if samples.denominator != 1:
        raise UsageError("source.samples-do-not-divide", samples=sample_rate, rate=edit_rate)
    return int(samples)


def has_sound(path: Path) -> bool:
    """Whether there is sound in it, of whatever kind. SourceError when it cannot be read."""
    with open_media(path) as container:
        return bool(container.streams.audio)


def probe_sound(path: Path) -> SoundFacts | None:
    """What sound a file holds, None when it holds none. SourceError when it cannot be read."""
    pcm = read_pcm_wav(path) if path.is_file() else None
    if pcm is not None and pcm.sample_rate in SAMPLE_RATES:
        layout, places = _placing(pcm.speakers or (UNNAMED,) * pcm.channels, path)
        return SoundFacts(path, layout, places, pcm.sample_rate, pcm.duration or None, pcm)
    with open_media(path) as container:
        if not container.streams.audio:
            return None
        stream = container.streams.audio[0]
        names = [channel.name for channel in stream.codec_context.layout.channels]
        layout, places = _placing(names, path)
        duration = Fraction(stream.duration * stream.time_base) if stream.duration else None
        return SoundFacts(path, layout, places, stream.rate, duration)


def _placing(names: Sequence[str], path: Path) -> tuple[Layout, tuple[int, ...]]:
    if not 1 <= len(names) <= MAX_CHANNELS:
        raise SourceError("source.channels", where=path, n=len(names), most=MAX_CHANNELS)
    try:
        return place(names)
    except SourceError as error:
        error.in_file(path)
        raise


def sound_units(
    facts: SoundFacts | None,
    *,
    edit_rate: Fraction,
    count: int,
    layout: Layout = FIVE_ONE,
    sample_rate: int = SAMPLE_RATE,
) -> Iterator[bytes]:
    """`count` edit units of interleaved 24-bit samples; silence after the source's end, and without a source.

    sample_rate: 48,000 Hz, or the source's `native_rate`. SourceError when the file cannot be decoded.
    """
    samples = samples_per_unit(edit_rate, sample_rate)
    channels = len(facts.layout.channels) if facts else len(layout.channels)
    size = samples * channels * BYTES_PER_SAMPLE
    made = 0
    if facts is not None:
        held = bytearray()
        as_is = facts.pcm is not None and facts.sample_rate == sample_rate
        assert as_is or sample_rate == SAMPLE_RATE
        blocks = (
            pcm_blocks(facts.pcm, channels=channels, places=facts.places)
            if facts.pcm is not None and as_is
            else _decoded(facts, channels)
        )
        for block in blocks:
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


def _decoded(facts: SoundFacts, channels: int) -> Iterator[bytes]:
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
            raise SourceError("source.sound-undecodable", where=facts.path, why=error.strerror) from None


def _packed(block: NDArray[Any], facts: SoundFacts, channels: int) -> bytes:
    """32-bit interleaved samples as 24-bit ones on their channels. The lowest byte goes, rounded."""
    import numpy as np

    taken = block.reshape(-1, len(facts.places))
    out = np.zeros((len(taken), channels), dtype="<i4")
    # a 24-bit source lies in the upper bytes and comes through unchanged
    out[:, facts.places] = np.minimum(taken, 0x7FFFFF7F) + 0x80
    return out.view(np.uint8).reshape(-1, 4)[:, 1:].tobytes()
