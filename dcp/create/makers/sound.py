"""A reel's sound made: sources brought to the package's clock and channels, 24 bits, an edit unit at a time.

Every sample of a source is presented at the time that its TimeMap gives, within a sample. Rates are
converted by soxr's best quality in one step, speed and rate together, in stretches of a minute that each
begin where the last one would have gone on: places do not drift in ten hours, and any part made alone
equals that part of the whole. What is computed is rounded to 24 bits without dither: the error lies below
-144 dBFS, under what converters and rooms have, and silence stays silence. What is not computed comes
through bit for bit.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator
from contextlib import ExitStack, closing
from fractions import Fraction
from typing import TYPE_CHECKING

from dcp.auxdata.sync_signal import CHANNEL, sync_units
from dcp.create.planning.sound_values import SoundPlan, SoundSource
from dcp.create.sources.sound_reading import (
    FULL_SCALE,
    Samples,
    Tape,
    Tell,
    clock,
    ignore,
    open_samples,
    open_tape,
)
from dcp.errors import UsageError
from dcp.extras import need
from dcp.mxf.descriptors import LabelSet, SoundDescriptor
from dcp.sound.layout import BYTES_PER_SAMPLE, SIGNALS
from dcp.texts.catalogue import text

if TYPE_CHECKING:
    from uuid import UUID

    from dcp.create.sources.sound_reading import Block
    from dcp.secrets.keys import Keyring

_STRETCH_SECONDS = 60
_LEAD = 4096
"""Samples that a resampler is fed before those that count: its filter looks back by less than a thousand."""
_CHUNK = 8192
_PHASES = 2048
_BLOCKS_A_SECOND = 2


def sound_descriptor(plan: SoundPlan, *, label_set: LabelSet = "smpte") -> SoundDescriptor:
    """What the track file says of the sound: its channels labelled, in SMPTE files."""
    return SoundDescriptor.labelled(
        [symbol or "" for symbol in plan.layout.channels],
        sample_rate=plan.sample_rate,
        label_set=label_set,
        language=plan.language,
    )


def samples_per_unit(edit_rate: Fraction, sample_rate: int) -> int:
    """Samples in an edit unit. UsageError when that is no whole number: a DCP has no five-frame sequences."""
    samples = sample_rate / edit_rate
    if samples.denominator != 1:
        raise UsageError("source.samples-do-not-divide", samples=sample_rate, rate=edit_rate)
    return int(samples)


def sound_units(
    plan: SoundPlan,
    *,
    edit_rate: Fraction,
    count: int,
    first: int = 0,
    tell: Tell = ignore,
    keyring: Keyring | None = None,
) -> Iterator[bytes]:
    """`count` edit units of interleaved 24-bit samples from unit `first` on, silence where a source has
    nothing.

    The units of two calls that follow each other are those of one. tell: is told, as a text, what was found
    only in the work: samples over full scale, time stamps with gaps. SourceError when a source cannot be
    read.
    """
    samples = samples_per_unit(edit_rate, plan.sample_rate)
    if plan.plain:
        return _plain(plan, samples, count, first, keyring)
    need("sound")
    return _computed(plan, samples, count, first, tell, keyring)


def with_signal(
    units: Iterator[bytes], id: UUID, edit_rate: Fraction, plan: SoundPlan, count: int
) -> Iterator[bytes]:
    """The units with the sync signal on its channel. id: of the track file that they make; count: units."""
    signal = sync_units(id, edit_rate, sample_rate=plan.sample_rate, count=count)
    stride, place = plan.channels * BYTES_PER_SAMPLE, (CHANNEL - 1) * BYTES_PER_SAMPLE
    for unit, heard in zip(units, signal, strict=True):
        made = bytearray(unit)
        for byte in range(BYTES_PER_SAMPLE):
            made[place + byte :: stride] = heard[byte::BYTES_PER_SAMPLE]
        yield bytes(made)


# --- samples as they stand ---


def _plain(plan: SoundPlan, samples: int, count: int, first: int, keyring: Keyring | None) -> Iterator[bytes]:
    size = samples * plan.channels * BYTES_PER_SAMPLE
    at_once = _units_a_block(samples, plan)
    with ExitStack() as stack:
        files = []
        for source in plan.sources:
            opened = open_samples(source, keyring)
            assert opened is not None
            files.append((source, stack.enter_context(closing(opened))))
        for unit in range(first, first + count, at_once):
            units = min(at_once, first + count - unit)
            block = _as_they_stand(plan, files, unit * samples, (unit + units) * samples)
            for start in range(0, units * size, size):
                yield block[start : start + size]


def _units_a_block(samples: int, plan: SoundPlan) -> int:
    return max(1, plan.sample_rate // _BLOCKS_A_SECOND // samples)


def _as_they_stand(plan: SoundPlan, files: list[tuple[SoundSource, Samples]], begin: int, end: int) -> bytes:
    """The package's samples from begin to before end."""
    out = bytearray((end - begin) * plan.channels * BYTES_PER_SAMPLE)
    for number, (source, file) in enumerate(files):
        shift = _shift(plan, source)
        first = max(shift + begin, 0)
        last = min(shift + end, file.samples)
        if first >= last:
            continue
        block = file.read(first, last)
        routes = [(each.channel, each.position) for each in plan.routes if each.source == number]
        if _is_identity(file, routes, plan.channels) and last - first == end - begin:
            return block
        _spread(block, file, routes, out, first - shift - begin, plan.channels)
    return bytes(out)


def _is_identity(file: Samples, routes: list[tuple[int, int]], channels: int) -> bool:
    same = [(each, each) for each in range(channels)]
    return file.bits == 24 and file.channels == channels and sorted(routes) == same


def _spread(
    block: bytes, file: Samples, routes: list[tuple[int, int]], out: bytearray, at: int, channels: int
) -> None:
    """Samples to their positions byte by byte: strides do in one go what a loop would do for each."""
    width, stride = file.bits // 8, channels * BYTES_PER_SAMPLE
    align = file.channels * width
    behind = (at + len(block) // align) * stride
    for channel, position in routes:
        for byte in range(width):
            place = position * BYTES_PER_SAMPLE + byte + BYTES_PER_SAMPLE - width
            out[at * stride + place : behind : stride] = block[channel * width + byte :: align]


def _shift(plan: SoundPlan, source: SoundSource) -> int:
    """The source's sample at the package's time 0, rounded."""
    time_map = source.time_map
    return round((time_map.zero - plan.delay * time_map.speed) * source.sample_rate)


# --- samples computed ---


def _computed(
    plan: SoundPlan, samples: int, count: int, first: int, tell: Tell, keyring: Keyring | None
) -> Iterator[bytes]:
    import numpy as np

    size = samples * plan.channels * BYTES_PER_SAMPLE
    units_a_block = _units_a_block(samples, plan)
    clipped = _Clipped(plan)
    with ExitStack() as stack:
        streams = []
        for number, source in enumerate(plan.sources):
            used = sorted({each.channel for each in plan.routes if each.source == number})
            if not used:
                continue
            tape = stack.enter_context(
                closing(open_tape(source, keep=_keep(plan, source), tell=tell, keyring=keyring))
            )
            blocks = _on_the_clock(plan, source, tape, used, first * samples, samples * units_a_block)
            streams.append((number, source, used, tape, blocks))
        for unit in range(first, first + count, units_a_block):
            begin, length = unit * samples, samples * units_a_block
            out = np.zeros((length, plan.channels))
            for number, _, used, _, blocks in streams:
                _mix(plan, number, used, next(blocks), out)
            _faded(plan, out, begin)
            wanted = min(units_a_block, first + count - unit)
            made = clipped.packed(out[: wanted * samples], begin)
            for start in range(0, wanted * size, size):
                yield made[start : start + size]
        for _, source, _, tape, _ in streams:
            _ended_early(source, tape, tell)
    clipped.say(tell)


def _keep(plan: SoundPlan, source: SoundSource) -> int:
    ratio = _ratio(plan, source)
    if ratio == 1:
        return 0
    lead = max(_lead(0, ratio, _stretch(plan, ratio)), 2 * _LEAD)
    return math.ceil(lead * ratio) + 8 * _CHUNK


def _ratio(plan: SoundPlan, source: SoundSource) -> Fraction:
    """Samples of the source for one of the package."""
    return source.sample_rate * source.time_map.speed / plan.sample_rate


def _stretch(plan: SoundPlan, ratio: Fraction) -> int:
    """The length of a stretch in the package's samples: whole periods of the ratio, so that each begins on a
    sample of the source, where a period is short enough.
    """
    period, length = ratio.denominator, plan.sample_rate * _STRETCH_SECONDS
    return length // period * period if period <= length // 4 else length


def _lead(start: int, ratio: Fraction, length: int) -> int:
    """How many samples before a stretch's start its resampler begins: on a sample of the source, or as near
    to one as some thousand places to choose from allow.
    """
    period = ratio.denominator
    if period <= length // 4:
        return -(-_LEAD // period) * period
    beside = (((start - lead) * ratio.numerator % period, lead) for lead in range(_LEAD, 2 * _LEAD))
    return min((min(rest, period - rest), lead) for rest, lead in beside)[1]


def _steps(source: SoundSource, plan: SoundPlan) -> tuple[Fraction, ...]:
    """Rate and speed in one step where soxr has a filter for each of its phases, else in two that have them:
    between phases it interpolates, 118 dB below a tone instead of 180.
    """
    whole = _ratio(plan, source)
    rate, speed = Fraction(source.sample_rate, plan.sample_rate), source.time_map.speed
    parts = tuple(each for each in (rate, speed) if each != 1)
    exact = all(each.denominator <= _PHASES for each in parts)
    return (whole,) if whole.denominator <= _PHASES or not exact else parts


def _on_the_clock(
    plan: SoundPlan, source: SoundSource, tape: Tape, used: list[int], begin: int, length: int
) -> Iterator[Block]:
    """The source's used channels by the package's samples, from begin on, `length` at a time, without end."""
    import numpy as np

    ratio, shift = _ratio(plan, source), _shift(plan, source)
    if ratio == 1:
        while True:
            yield tape.read(shift + begin, shift + begin + length)[:, used]
            begin += length
    parts: list[Block] = []
    ready = 0
    for part in _resampled(plan, source, tape, used, begin):
        parts.append(part)
        ready += len(part)
        while ready >= length:
            whole = np.concatenate(parts)
            yield whole[:length]
            parts, ready = [whole[length:]], ready - length


def _resampled(
    plan: SoundPlan, source: SoundSource, tape: Tape, used: list[int], begin: int
) -> Iterator[Block]:
    import numpy as np
    import soxr

    ratio, shift = _ratio(plan, source), _shift(plan, source)
    length = _stretch(plan, ratio)
    for number in itertools.count(begin // length):
        start = number * length
        skip = max(begin - start, 0)  # of the first stretch, what lies before the part that is wanted
        lead = _lead(start, ratio, length)
        place = shift + math.floor((start - lead) * ratio + Fraction(1, 2))
        if tape.end is not None and place >= tape.end:
            for left in range(length - skip, 0, -plan.sample_rate):
                yield np.zeros((min(left, plan.sample_rate), len(used)))
            continue
        streams = [
            soxr.ResampleStream(each.numerator, each.denominator, len(used), dtype="float64", quality="VHQ")
            for each in _steps(source, plan)
        ]
        drop, left = lead + skip, length - skip
        while left:
            block = np.ascontiguousarray(tape.read(place, place + _CHUNK)[:, used])
            for stream in streams:
                block = stream.resample_chunk(block)
            place += _CHUNK
            taken = block[drop : drop + left]
            drop = max(0, drop - len(block))
            if len(taken):
                left -= len(taken)
                yield taken


def _mix(plan: SoundPlan, number: int, used: list[int], block: Block, out: Block) -> None:
    for each in plan.routes:
        if each.source == number:
            signal = plan.layout.channels[each.position] in SIGNALS
            level = each.gain if signal else each.gain + plan.gain
            samples = block[:, used.index(each.channel)]
            out[:, each.position] += samples if level == 0 else samples * 10 ** (level / 20)


def _faded(plan: SoundPlan, out: Block, begin: int) -> None:
    """Fades are straight lines; a signal has none."""
    import numpy as np

    rate, end = plan.sample_rate, plan.length * plan.sample_rate
    fade_in, fade_out = float(plan.fade_in * rate), float(plan.fade_out * rate)
    if begin >= fade_in and begin + len(out) <= end - fade_out:
        return
    level = np.ones(len(out))
    places = np.arange(begin, begin + len(out), dtype=np.float64)
    if fade_in and begin < fade_in:
        level *= np.clip(places / fade_in, 0, 1)
    if fade_out:
        level *= np.clip((float(end) - 1 - places) / fade_out, 0, 1)
    heard = [place for place, symbol in enumerate(plan.layout.channels) if symbol not in SIGNALS]
    out[:, heard] *= level[:, None]


class _Clipped:
    """Rounds to 24 bits and counts what is over full scale."""

    def __init__(self, plan: SoundPlan) -> None:
        self._plan = plan
        self._count = 0
        self._peak = 0.0
        self._first: tuple[int, int] | None = None

    def packed(self, out: Block, begin: int) -> bytes:
        import numpy as np

        peak = float(np.abs(out).max(initial=0))
        if peak > FULL_SCALE:
            over = np.abs(out) > FULL_SCALE
            self._count += int(over.sum())
            if self._first is None:
                sample, channel = np.argwhere(over)[0]
                self._first = begin + int(sample), int(channel)
            self._peak = max(self._peak, peak)
        whole = np.clip(np.rint(out), -FULL_SCALE, FULL_SCALE - 1).astype("<i4")
        return whole.view(np.uint8).reshape(-1, 4)[:, :BYTES_PER_SAMPLE].tobytes()

    def say(self, tell: Tell) -> None:
        if self._first is None:
            return
        at, channel = self._first
        tell(
            text(
                "note.sound-clipped",
                n=self._count,
                db=20 * math.log10(self._peak / FULL_SCALE),
                time=self._time(at),
                channel=self._plan.layout.channels[channel] or channel + 1,
            )
        )

    def _time(self, sample: int) -> str:
        return clock(Fraction(sample, self._plan.sample_rate))


def _ended_early(source: SoundSource, tape: Tape, tell: Tell) -> None:
    """A file that is cut off says in its header how long it was."""
    if tape.end is None or source.end is None:
        return
    found = Fraction(tape.end, source.sample_rate)
    if source.end - found > Fraction(1, 10):
        tell(
            text(
                "note.sound-ended-early",
                file=source.path.name,
                time=clock(found),
                stated=clock(source.end),
            )
        )
