"""Sound of two compositions held against each other, sample by sample from the first.

Blocks of half a second are compared as bytes, and as numbers only where those differ. A channel that one side
lacks counts as silence, and so does a reel without sound.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from typing import TYPE_CHECKING

from dcp.errors import TrackFileError
from dcp.mxf.reader import MicPolicy, TrackFile, key_for
from dcp.rework.ahead import read_ahead
from dcp.rework.differences import Samples, Sound
from dcp.rework.extract import sound_of
from dcp.rework.playing import Piece, Span, spans
from dcp.secrets.keys import Keyring
from dcp.texts.catalogue import text

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_BYTES = 3  # of a sample
_APART = 2000
"""Samples between two differences from which on they are two ranges: a frame at 24 a second."""
_BATCH = 2  # blocks read at a time


def compare_sound(
    ones: Sequence[Piece],
    others: Sequence[Piece],
    *,
    first: Fraction,
    stops: tuple[Fraction, Fraction],
    keyring: Keyring | None,
    mic: MicPolicy,
    progress: Callable[[Fraction], None],
) -> Sound | None:
    """Hold the sound from second `first` on against each other, up to the shorter of `stops`.

    None when neither has any. progress: called with seconds that are done. TrackFileError for a damaged unit
    and for sound that is not of 24 bits, KeyMissingError without a key.
    """
    rates, channels = zip(*(_form(pieces) for pieces in (ones, others)), strict=True)
    if not any(rates):
        return None
    if len(set(filter(None, rates))) > 1:
        why = text("diff.sample-rates", a=rates[0], b=rates[1])
        return Sound(rates[0], channels, 0, why=why)
    rate = max(rates)
    begin, ends = round(first * rate), [round(stop * rate) for stop in stops]
    most = max(channels)
    found = _Found(most)
    with ThreadPoolExecutor(2) as readers:
        ahead = [
            read_ahead(_blocks(pieces, rate, most, begin, min(ends), keyring, mic), readers, size=_BATCH)
            for pieces in (ones, others)
        ]
        at = begin
        for one, other in zip(*ahead, strict=True):
            count = len(one) // (most * _BYTES)
            if one != other:
                found.add(at, _numbers(one, most) - _numbers(other, most))
            at += count
            progress(Fraction(count, rate))
    return Sound(
        rate, channels, max(at - begin, 0), found.differing, found.ranges(),
        only_a=max(0, ends[0] - ends[1]), only_b=max(0, ends[1] - ends[0]),
    )  # fmt: skip


# --- how it is done -----


def _form(pieces: Sequence[Piece]) -> tuple[int, int]:
    """Samples a second and channels, the most of any file; both 0 without sound."""
    rate = channels = 0
    for piece in pieces:
        if piece.path is None:
            continue
        with TrackFile.open(piece.path) as track:
            descriptor = sound_of(track.header, piece.path)
        if rate not in (0, descriptor.sample_rate):
            raise TrackFileError("diff.sample-rate-changes", where=piece.path, rate=descriptor.sample_rate)
        rate, channels = descriptor.sample_rate, max(channels, descriptor.channels)
    return rate, channels


def _blocks(
    pieces: Sequence[Piece],
    rate: int,
    channels: int,
    begin: int,
    end: int,
    keyring: Keyring | None,
    mic: MicPolicy,
) -> Iterator[bytes]:
    """The samples from `begin` up to `end`, half a second at a time, of so many channels."""
    size = rate // 2 * channels * _BYTES
    held = bytearray()
    for span in spans(pieces, Fraction(rate), begin, end):
        for data in _samples(span, rate, channels, keyring, mic):
            held += data
            while len(held) >= size:
                yield bytes(held[:size])
                del held[:size]
    if held:
        yield bytes(held)


def _samples(
    span: Span, rate: int, channels: int, keyring: Keyring | None, mic: MicPolicy
) -> Iterator[bytes | memoryview]:
    """What a span of samples holds, widened to so many channels."""
    if span.piece.path is None:
        for done in range(0, span.count, rate):
            yield bytes(min(rate, span.count - done) * channels * _BYTES)
        return
    with TrackFile.open(span.piece.path) as track:
        descriptor = sound_of(track.header, span.piece.path)
        per = int(descriptor.sample_rate / track.header.edit_rate)
        unit = descriptor.sample_bytes
        skip, left = span.unit % per, span.count
        stop = -(-(span.unit + span.count) // per)
        for one in track.units(span.unit // per, stop, key=key_for(track, keyring), mic=mic, strict=True):
            data = one.data[skip * unit : (skip + left) * unit]
            skip, left = 0, left - len(data) // unit
            wide = descriptor.channels == channels
            yield data if wide else _widened(bytes(data), descriptor.channels, channels)
        if left > 0:
            raise TrackFileError("diff.file-too-short", where=track.path, n=stop)


def _widened(data: bytes, channels: int, wanted: int) -> bytes:
    import numpy as np

    samples = np.frombuffer(data, np.uint8).reshape(-1, channels * _BYTES)
    wide = np.zeros((len(samples), wanted * _BYTES), np.uint8)
    wide[:, : channels * _BYTES] = samples
    return wide.tobytes()


def _numbers(data: bytes, channels: int) -> NDArray[np.int32]:
    """(samples, channels) int32 of 24-bit little-endian samples."""
    import numpy as np

    wide = np.zeros((len(data) // _BYTES, 4), np.uint8)
    wide[:, 1:] = np.frombuffer(data, np.uint8).reshape(-1, _BYTES)
    numbers: NDArray[np.int32] = wide.view("<i4").reshape(-1, channels) >> 8
    return numbers


class _Found:
    """Ranges as they grow. Differences closer than `_APART` samples are one."""

    def __init__(self, channels: int) -> None:
        self.differing = 0
        self._channels = channels
        self._done: list[tuple[int, int, int, int]] = []  # first, last, peak, channels as bits

    def add(self, at: int, difference: NDArray[np.int32]) -> None:
        import numpy as np

        sizes = np.abs(difference)
        rows = np.flatnonzero(sizes.any(axis=1))
        if not len(rows):
            return
        self.differing += len(rows)
        for run in np.split(rows, np.flatnonzero(np.diff(rows) >= _APART) + 1):
            first, last = int(run[0]), int(run[-1])
            part = sizes[first : last + 1]
            bits = sum(1 << int(n) for n in np.flatnonzero(part.any(axis=0)))
            self._join(at + first, at + last, int(part.max()), bits)

    def _join(self, first: int, last: int, peak: int, bits: int) -> None:
        before = self._done[-1] if self._done else None
        if before is not None and first - before[1] < _APART:
            self._done[-1] = before[0], last, max(peak, before[2]), bits | before[3]
        else:
            self._done.append((first, last, peak, bits))

    def ranges(self) -> tuple[Samples, ...]:
        return tuple(
            Samples(first, last, peak, tuple(n + 1 for n in range(self._channels) if bits >> n & 1))
            for first, last, peak, bits in self._done
        )
