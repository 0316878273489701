"""When frames are shown: another rate, speed, frames dropped, doubled, exchanged, pieces in another order."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from fractions import Fraction
from itertools import islice
from typing import Annotated

import numpy as np

from watermark.attack.clip import Clip, Rgb, after, floats, sixteen, to_bytes
from watermark.attack.parameters import Between, Rate


def blend_to_rate(clip: Clip, rate: Fraction) -> Clip:
    """Another frame rate: each new frame is the mean of what was shown during its exposure."""
    return after(
        clip, "rate-blend", _blended(clip.frames, Fraction(clip.rate) / rate), rate=rate, to=str(rate)
    )


def rate_blend(clip: Clip, seed: int, *, rate: Rate = Fraction(30)) -> Clip:
    """Another frame rate, in real time: each new frame is the mean of what was shown during its exposure."""
    return blend_to_rate(clip, rate)


def rate_drop(clip: Clip, seed: int, *, rate: Rate = Fraction(30)) -> Clip:
    """Another frame rate, in real time: the frame on show is taken, so that some come twice or never."""
    step = Fraction(clip.rate) / rate
    return after(clip, "rate-drop", _picked(clip.frames, step), rate=rate, to=str(rate))


def rate_pulldown(clip: Clip, seed: int, *, rate: Rate = Fraction(30000, 1001)) -> Clip:
    """Another frame rate by fields: every second line of a new frame is half a frame later (3:2 and its
    kin), and nobody puts the fields together again."""
    step = Fraction(clip.rate) / (2 * rate)
    return after(clip, "rate-pulldown", _woven(_picked(clip.frames, step)), rate=rate, to=str(rate))


def speed(clip: Clip, seed: int, *, factor: Annotated[float, Between(0.9, 1.1)] = 25 / 24) -> Clip:
    """The same frames, shown faster or slower."""
    rate = (Fraction(clip.rate) * Fraction(factor)).limit_denominator(1001)
    return after(clip, "speed", clip.frames, rate=rate, factor=factor)


def lose_frames(
    clip: Clip,
    seed: int,
    *,
    dropped: Annotated[float, Between(0, 0.1)] = 0.025,
    doubled: Annotated[float, Between(0, 0.1)] = 0.025,
    swapped: Annotated[float, Between(0, 0.1)] = 0.02,
) -> Clip:
    """Frames left out, shown twice, exchanged with the next: shares of all frames."""
    frames = _lost(clip.frames, np.random.default_rng(seed), dropped, doubled, swapped)
    return after(clip, "lose-frames", frames, dropped=dropped, doubled=doubled, swapped=swapped)


def reorder(
    clip: Clip,
    seed: int,
    *,
    pieces: Annotated[int, Between(2, 8)] = 3,
    seconds: Annotated[float, Between(1, 60)] = 6.0,
) -> Clip:
    """Cut into pieces of about so many seconds; each so many of them are put together in another order."""
    frames = _reordered(clip, np.random.default_rng(seed), pieces, seconds)
    return after(clip, "reorder", frames, pieces=pieces, seconds=seconds)


def _blended(frames: Iterator[Rgb], step: Fraction) -> Iterator[Rgb]:
    """Output frame n is the mean over [n * step, (n + 1) * step) of the input's time, in input frames."""
    first, held = 0, list[Rgb]()
    ended, n = False, 0
    while True:
        begin, end = n * step, (n + 1) * step
        while not ended and first + len(held) < end:
            frame = next(frames, None)
            if frame is None:
                ended = True
            else:
                held.append(frame)
        if first + len(held) < end:
            return
        while first + 1 <= begin:
            held.pop(0)
            first += 1
        mix = np.zeros(held[0].shape, dtype=np.float32)
        for place, frame in enumerate(held, start=first):
            overlap = min(Fraction(place + 1), end) - max(Fraction(place), begin)
            if overlap > 0:
                mix += floats(frame) * np.float32(overlap / step)
        yield sixteen(mix) if held[0].dtype == np.uint16 else to_bytes(mix)
        n += 1


def _picked(frames: Iterator[Rgb], step: Fraction) -> Iterator[Rgb]:
    """Output frame n is the input's frame at n * step."""
    n = 0
    for index, frame in enumerate(frames):
        while n * step < index + 1:
            yield frame
            n += 1


def _woven(fields: Iterator[Rgb]) -> Iterator[Rgb]:
    for upper in fields:
        lower = next(fields, upper)
        frame = upper.copy()
        frame[1::2] = lower[1::2]
        yield frame


def _lost(
    frames: Iterator[Rgb], rng: np.random.Generator, dropped: float, doubled: float, swapped: float
) -> Iterator[Rgb]:
    for frame in frames:
        chance = rng.random()
        if chance < dropped:
            continue
        if chance < dropped + doubled:
            yield frame
        elif chance < dropped + doubled + swapped:
            after_it = next(frames, None)
            if after_it is not None:
                yield after_it
        yield frame


def _reordered(clip: Clip, rng: np.random.Generator, pieces: int, seconds: float) -> Iterator[Rgb]:
    """Frames wait on the disk: those of a few pieces, however long the film."""
    ended = False
    while not ended:
        with tempfile.TemporaryFile() as spool:
            shape, kind, size, lengths = None, None, 0, list[int]()
            for _ in range(pieces):
                length = max(1, round(rng.uniform(0.7, 1.3) * seconds * float(clip.rate)))
                count = 0
                for frame in islice(clip.frames, length):
                    shape, kind, size = frame.shape, frame.dtype, frame.nbytes
                    spool.write(np.ascontiguousarray(frame).data)
                    count += 1
                if count:
                    lengths.append(count)
                if count < length:
                    ended = True
                    break
            starts = np.cumsum([0, *lengths])
            for piece in _other_order(len(lengths), rng):
                spool.seek(int(starts[piece]) * size)
                for _ in range(lengths[piece]):
                    yield np.frombuffer(spool.read(size), dtype=kind).reshape(shape).copy()


def _other_order(count: int, rng: np.random.Generator) -> list[int]:
    order = list(range(count))
    while count > 1 and order == sorted(order):
        order = [int(each) for each in rng.permutation(count)]
    return order
