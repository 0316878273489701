"""Samples of a source by their time: any stretch of them, silence where the source has nothing.

Times stay right whatever the container does: what a decoder needs before the first sample (priming, pre-skip)
is dropped by FFmpeg, packets that were lost leave silence of their length, and packets that overlap are cut.
"""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Callable, Generator, Iterator
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Protocol, cast

from dcp.create.planning.sound_values import SoundSource
from dcp.create.sources.media import channel_names, keep_layout, packets
from dcp.create.sources.sound_probe import open_sound
from dcp.errors import SourceError
from dcp.sound.riff import PcmWav, pcm_bytes
from dcp.texts.catalogue import Text, text
from dcp.texts.system import why

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dcp.secrets.keys import Keyring

    Block = NDArray[Any]
    """Samples by channels, float64; 8,388,608 is full scale, so that 24 bits are whole numbers."""

Tell = Callable[[Text], None]

FULL_SCALE = 8_388_608.0
MAX_SLIP = Fraction(1, 100)
"""Seconds that time stamps may be off: containers round them, to a millisecond and worse."""
MAX_BACK = 1
"""Seconds that time stamps may jump back by; beyond, they have begun anew and are not believed."""
_FINE = Fraction(1, 10_000)
"""Of a second: stamps as fine as this are taken as they are."""
_WITNESSES = 17
"""Frames at the beginning whose stamps are looked at together."""
_BLOCK = 16_384
_SCALES = {
    "u8": ("u1", 65_536.0),
    "s16": ("i2", 256.0),
    "s32": ("i4", 1 / 256),
    "s64": ("i8", 2.0**-40),
    "flt": ("f4", FULL_SCALE),
    "dbl": ("f8", FULL_SCALE),
}


class Tape(Protocol):
    """A source's samples by their index; 0 is the source's time 0, the beginning of a file of its own."""

    def read(self, start: int, stop: int) -> Block:
        """The samples from start to before stop, silence outside the source. start never goes back by more
        than what `keep` asked for.
        """
        ...

    @property
    def end(self) -> int | None:
        """The index behind the last sample, when it is known."""
        ...

    def close(self) -> None: ...


def ignore(_: Text) -> None:
    """Tells nobody."""


class Samples(Protocol):
    """Samples by their number, as they stand in a file: interleaved, of `bits` (16 or 24)."""

    channels: int
    bits: int
    samples: int

    def read(self, first: int, last: int) -> bytes: ...

    def close(self) -> None: ...


class WavSamples:
    """Those of a WAV. SourceError when it cannot be read."""

    def __init__(self, wav: PcmWav) -> None:
        self._wav = wav
        self.channels, self.bits, self.samples = wav.channels, wav.bits, wav.size // wav.align
        try:
            self._stream = wav.path.open("rb")
        except OSError as error:
            raise SourceError("wav.unreadable", where=wav.path, why=why(error)) from None

    def read(self, first: int, last: int) -> bytes:
        return pcm_bytes(self._wav, self._stream, first, last)

    def close(self) -> None:
        self._stream.close()


def open_samples(source: SoundSource, keyring: Keyring | None = None) -> Samples | None:
    """The samples of a file that is read without decoding; None for another."""
    if source.pcm is not None:
        return WavSamples(source.pcm)
    if source.track:
        from dcp.create.sources.sound_track import TrackSamples  # which few bring

        return TrackSamples(source.path, keyring)
    if source.spans:
        from dcp.create.sources.imf_pcm import SpanSamples

        return SpanSamples(source.spans)
    return None


def open_tape(
    source: SoundSource, *, keep: int = 0, tell: Tell = ignore, keyring: Keyring | None = None
) -> Tape:
    """The source's samples. keep: how far back a read may go behind an earlier one's start.

    tell: is told what was found wrong with the source's times. keyring: for track files that are encrypted.
    SourceError when it cannot be read.
    """
    samples = open_samples(source, keyring)
    return _DecodedTape(source, keep, tell) if samples is None else _PcmTape(samples)


def check_begins(source: SoundSource) -> None:
    """SourceError where a source that is to be decoded gives nothing: before the picture's hours of work."""
    if not source.undecoded:
        blocks = decoded(source)
        next(blocks, None)
        blocks.close()


class _PcmTape:
    def __init__(self, samples: Samples) -> None:
        self._samples = samples

    @property
    def end(self) -> int | None:
        return self._samples.samples

    def read(self, start: int, stop: int) -> Block:
        import numpy as np

        channels, width = self._samples.channels, self._samples.bits // 8
        out = np.zeros((stop - start, channels))
        first, last = max(start, 0), min(stop, self._samples.samples)
        if first < last:
            raw = np.frombuffer(self._samples.read(first, last), np.uint8)
            wide = np.zeros(((last - first) * channels, 4), np.uint8)
            wide[:, 4 - width :] = raw.reshape(-1, width)
            out[first - start : last - start] = (wide.view("<i4") >> 8).reshape(-1, channels)
        return out

    def close(self) -> None:
        self._samples.close()


class _DecodedTape:
    """What was decoded and may still be asked for is held, in order and without gaps."""

    def __init__(self, source: SoundSource, keep: int, tell: Tell) -> None:
        self._blocks = decoded(source, tell)
        self._channels = source.channels
        self._keep = keep
        self._held: deque[tuple[int, Block]] = deque()
        self._behind: int | None = None  # the index behind what was decoded
        self._ended = False

    @property
    def end(self) -> int | None:
        return (self._behind or 0) if self._ended else None

    def read(self, start: int, stop: int) -> Block:
        import numpy as np

        while not self._ended and (self._behind is None or self._behind < stop):
            following = next(self._blocks, None)
            if following is None:
                self._ended = True
                break
            self._held.append(following)
            self._behind = following[0] + len(following[1])
            self._forget(start)
        out = np.zeros((stop - start, self._channels))
        for index, block in self._held:
            first, last = max(start, index), min(stop, index + len(block))
            if first < last:
                out[first - start : last - start] = block[first - index : last - index]
        self._forget(start)
        return out

    def _forget(self, start: int) -> None:
        while self._held and self._held[0][0] + len(self._held[0][1]) <= start - self._keep:
            self._held.popleft()

    def close(self) -> None:
        self._blocks.close()


def decoded(source: SoundSource, tell: Tell = ignore) -> Generator[tuple[int, Block]]:
    """The decoded samples and the index of the first of each block, ascending; what is left out is silent.

    SourceError when the stream cannot be decoded or changes its form.
    """
    import av
    from av.stream import Discard

    rate = source.sample_rate
    origin: Fraction | None = None
    expected: int | None = None
    said = set[str]()
    with open_sound(source.path) as container:
        for other in container.streams:
            if other.index != source.stream:
                other.discard = Discard.all
        stream = container.streams[source.stream]
        channel_names(stream.codec_context)
        try:
            for frame, stamp in _stamped(_frames(container, stream, source), rate):
                if frame.sample_rate != rate or len(frame.layout.channels) != source.channels:
                    raise SourceError("source.sound-changes", where=source.path, time=_when(expected, rate))
                if origin is None:
                    origin = (stamp or Fraction(0)) if source.own_clock else Fraction(0)
                if stamp is not None:
                    place = round((stamp - origin) * rate)
                elif expected is not None:
                    place = expected
                else:
                    place = 0
                block, odd = _floats(frame, source.channels)
                if odd is not None:
                    _once(said, tell, "note.sound-no-number", source, place + odd, rate, 0)
                if expected is None:
                    expected = place
                slip = Fraction(place - expected, rate)
                if slip > MAX_SLIP:
                    _once(said, tell, "note.sound-gap", source, expected, rate, float(slip))
                    expected = place
                elif -MAX_BACK <= slip < -MAX_SLIP:
                    _once(said, tell, "note.sound-overlap", source, expected, rate, float(-slip))
                    block = block[expected - place :]
                elif slip < -MAX_BACK:
                    _once(said, tell, "note.sound-time-restarts", source, expected, rate, float(-slip))
                    origin += slip
                if len(block):
                    yield expected, block
                    expected += len(block)
        except av.FFmpegError as error:
            raise SourceError(
                "source.sound-damaged",
                where=source.path,
                why=error.strerror or str(error),
                time=_when(expected, rate),
            ) from None
    if expected is None:
        raise SourceError("source.sound-empty", where=source.path)


def _frames(container: Any, stream: Any, source: SoundSource) -> Iterator[Any]:
    """Frames in order. What cannot be decoded before the first one is what a recording began in the middle
    of."""
    import av

    begun = False
    for packet in packets(container, stream):
        try:
            frames = packet.decode()
        except av.error.InvalidDataError:
            if begun:
                raise
            continue
        for frame in frames:
            begun = True
            keep_layout(frame)
            yield frame


def _stamped(frames: Iterator[Any], rate: int) -> Iterator[tuple[Any, Fraction | None]]:
    """Frames and their times. The first one's, from which all the others are counted, is what those behind it
    say as well: each was rounded by itself, in Matroska to a millisecond.
    """
    held = list(itertools.islice(frames, _WITNESSES))
    stamps = [each.pts * each.time_base if each.pts is not None else None for each in held]
    first = stamps[0] if stamps else None
    if first is not None and held[0].time_base > _FINE:
        sent = itertools.accumulate((each.samples for each in held), initial=0)
        said = [
            stamp - Fraction(samples, rate)
            for stamp, samples in zip(stamps, sent, strict=False)
            if stamp is not None
        ][1:]
        mean = sum(said, Fraction(0)) / len(said) if said else first
        if all(abs(each - first) <= 2 * held[0].time_base for each in said):
            stamps[0] = mean
    yield from zip(held, stamps, strict=True)
    held.clear()
    for frame in frames:
        yield frame, frame.pts * frame.time_base if frame.pts is not None else None


def _once(
    said: set[str], tell: Tell, id: str, source: SoundSource, at: int, rate: int, length: float
) -> None:
    if id not in said:
        said.add(id)
        tell(text(id, file=source.path.name, time=clock(Fraction(at, rate)), seconds=length))


def _when(index: int | None, rate: int) -> str:
    return clock(Fraction(index or 0, rate))


def clock(seconds: Fraction | float) -> str:
    """h:mm:ss.mmm, as people look a place up."""
    total = round(seconds * 1000)
    sign = "-" if total < 0 else ""
    whole, ms = divmod(abs(total), 1000)
    return f"{sign}{whole // 3600}:{whole // 60 % 60:02}:{whole % 60:02}.{ms:03}"


def _floats(frame: Any, channels: int) -> tuple[Block, int | None]:
    """The frame's samples, and the first place where one is no number: it is silence then, or full scale."""
    import numpy as np
    from av.audio import plane

    name, plane_of = frame.format.name, cast(Any, plane).AudioPlane
    kind, scale = _SCALES[name.removesuffix("p")]
    if name.endswith("p"):  # a plane each; where there are eight or more, PyAV's own count goes beyond them
        each = [np.frombuffer(plane_of(frame, n), kind, frame.samples) for n in range(channels)]
        samples = np.stack(each, axis=1)
    else:
        samples = np.frombuffer(plane_of(frame, 0), kind, frame.samples * channels).reshape(-1, channels)
    with np.errstate(invalid="ignore"):
        out: Block = samples.astype(np.float64)
    odd: int | None = None
    if kind.startswith("f") and not (right := np.isfinite(out)).all():
        odd = int(np.argmin(right.all(axis=1)))
        np.nan_to_num(out, copy=False, posinf=1.0, neginf=-1.0)
    if name.startswith("u8"):
        out -= 128
    out *= scale
    return out, odd


__all__ = ["FULL_SCALE", "Block", "Tape", "Tell", "clock", "decoded", "ignore", "open_tape"]
