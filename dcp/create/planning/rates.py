"""From a source's rate to the package's: which rate, how fast the source runs, which frame is shown when."""

from __future__ import annotations

from array import array
from dataclasses import field
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from dcp.create.job.values import Conversion
from dcp.create.planning.clock import TimeMap, timecode
from dcp.create.sources.facts import PictureFacts
from dcp.create.sources.grid import NEAR, slots
from dcp.dataclass import dataclass
from dcp.errors import SourceError, UsageError
from dcp.picture.cinema import DIRECT_VIEW_RATES, RATES
from dcp.texts.catalogue import Text, text

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

DCP_RATES = (*RATES, *DIRECT_VIEW_RATES)

Mode = Literal["frames", "time", "drop", "blend"]

_SLOWED = Fraction(1001, 1000)
_DOUBLED = (12, 15)
_MOST_HELD = 10
"""Times that a frame is shown: what is slower still is no film by its frames."""
MAX_HOURS = 24
_LONGEST_HOLE = 60
"""Seconds for which a frame is held where time stamps miss; what is longer is a fault of theirs."""
_FINE = Fraction(1, 10_000)
"""Of a second: stamps as fine as this are taken as they are."""
_ENOUGH = 48
"""Frames whose stamps together say where the first one lies."""
_TREMBLE = 0.05
_KEPT_TO = 0.0005
"""Seconds by which sound may leave its picture at the end of the source."""


@dataclass(frozen=True)
class RatePlan:
    """rate: the package's, frames a second. speed: seconds of the source in one of the package.

    mode: `frames`, one by one: `step` source frames a package frame, each shown `hold` times; `time`: by time
    stamp; `drop`: the nearest in time, of a constant rate that does not fit; `blend`: two of them, weighted.
    """

    rate: Fraction
    speed: Fraction = Fraction(1)
    mode: Mode = "frames"
    step: int = 1
    hold: int = 1
    decisions: tuple[Text, ...] = ()


@dataclass(frozen=True)
class Takes:
    """What each frame of the package is taken from, in order.

    first: the number of a source frame, from 0. second, weight: with `blend`, the frame that is mixed into it
    and its part, 0 to 1; empty otherwise. decisions: holes that were filled.
    """

    first: array[int]
    second: array[int] = field(default_factory=lambda: array("q"))
    weight: array[float] = field(default_factory=lambda: array("d"))
    decisions: tuple[Text, ...] = ()

    def __len__(self) -> int:
        return len(self.first)


def plan_rate(
    source_rate: Fraction | None,
    variable: bool,
    wanted: Fraction | None,
    conversion: Conversion | None,
    *,
    where: Path | None = None,
) -> RatePlan:
    """How a source of `source_rate` frames a second becomes the package's picture.

    source_rate None: stills and codestreams, which have the rate that is wanted. UsageError, SourceError
    (`where` names the source) for what is no rate of a package and for what would need a choice.
    """
    if wanted is not None and wanted not in DCP_RATES:
        raise UsageError("create.no-such-rate", where=where, rate=_shown(wanted), rates=_listed(DCP_RATES))
    if source_rate is None:
        if wanted is None:
            raise UsageError("create.no-rate", where=where, rates=_listed(RATES))
        return RatePlan(wanted)
    if variable:
        return _by_time(source_rate, wanted, conversion, where)
    rate = _own_rate(source_rate, where) if wanted is None else wanted
    return _frame_by_frame(source_rate, rate, conversion) or _converted(source_rate, rate, conversion, where)


def time_map(facts: PictureFacts, plan: RatePlan, start: int = 0) -> TimeMap:
    """The source's clock on the package's, whose frame `start` (before trimming) comes first.

    The speed is the plan's, unless the source's time stamps run away from its nominal rate: then theirs.
    """
    zero = facts.begin + _first_is_off(facts, plan)
    speed = _true_speed(facts, plan) if plan.mode == "frames" and len(facts.times) > 2 else plan.speed
    return TimeMap(zero + start / plan.rate * speed, speed)


def shown_frames(facts: PictureFacts, plan: RatePlan) -> int:
    """How many frames the package has of the whole source. SourceError for more than `MAX_HOURS` of them."""
    if plan.mode == "frames":
        places = _places(facts) if facts.times else None
        count = facts.frames if places is None else int(places[-1]) + 1
        count = -(-count * plan.hold // plan.step)
    else:
        # a frame counts when the middle of its interval lies inside the source
        length = _length(facts) / plan.speed * plan.rate
        count = max(1, -((1 - 2 * length) // 2))
    if count > MAX_HOURS * 3600 * plan.rate:
        raise SourceError(
            "create.too-long", where=facts.path, hours=int(count / plan.rate / 3600), most=MAX_HOURS
        )
    return count


def select(facts: PictureFacts, plan: RatePlan, *, start: int = 0, stop: int | None = None) -> Takes:
    """The source frames of package frames `start` to `stop`, counted before trimming; stop is left out.

    UsageError for what lies outside the source.
    """
    count = shown_frames(facts, plan)
    end = count if stop is None else stop
    if not 0 <= start < end <= count:
        raise UsageError(
            "create.trim-outside", where=facts.path, start=start, stop=end, n=count, rate=_shown(plan.rate)
        )
    if plan.mode == "frames":
        return _counted(facts, plan, start, end)
    held = _held(facts) if facts.times and not facts.variable else ()
    if plan.mode == "blend":
        return _blended(facts, plan, start, end, held)
    return Takes(_array(_at(facts, plan, _numbers(start, end) + 0.5)), decisions=held)


# --- rates -----


def _own_rate(source: Fraction, where: Path | None) -> Fraction:
    """The package's rate when none is asked for."""
    for rate in DCP_RATES:
        if _is(source, rate) or _is(source, rate / _SLOWED):
            return rate
    doubled = [
        rate
        for rate in RATES
        if _DOUBLED[0] <= rate / 2 <= _DOUBLED[1]
        and (_is(source * 2, rate) or _is(source * 2, rate / _SLOWED))
    ]
    if doubled:
        return doubled[0]
    raise SourceError(
        "create.rate-not-given", where=where, rate=_shown(source), nearest=_shown(_nearest(source))
    )


def _frame_by_frame(source: Fraction, rate: Fraction, conversion: Conversion | None) -> RatePlan | None:
    """Every frame, every nth, or each n times: what needs no frame that is not there."""
    said = {"source": _shown(source), "rate": _shown(rate)}
    for slowed in (Fraction(1), _SLOWED):
        ratio = source * slowed / rate
        for step, hold in ((round(ratio), 1), (1, round(1 / ratio))):
            if not step or not 0 < hold <= _MOST_HELD or not _is(source * slowed * hold, rate * step):
                continue
            decisions = []
            if slowed != 1:
                decisions.append(text("plan.pulled", **said))
            if step > 1:
                decisions.append(text("plan.every-nth", n=step, **said))
            if hold > 1:
                decisions.append(text("plan.each-shown", n=hold, **said))
            return RatePlan(rate, rate * step / hold / source, "frames", step, hold, tuple(decisions))
    if conversion is None and source == 25 and rate == 24:
        return RatePlan(rate, rate / source, decisions=(text("plan.slowed", **said),))
    return None


def _converted(
    source: Fraction, rate: Fraction, conversion: Conversion | None, where: Path | None
) -> RatePlan:
    shown = _shown(source)
    if conversion is None:
        raise SourceError("create.rate-conversion", where=where, rate=shown, wanted=_shown(rate))
    id = "plan.rate-blend" if conversion == "blend" else "plan.rate-drop"
    return RatePlan(rate, mode=conversion, decisions=(text(id, source=shown, rate=_shown(rate)),))


def _by_time(
    source: Fraction, wanted: Fraction | None, conversion: Conversion | None, where: Path | None
) -> RatePlan:
    if wanted is None:
        raise SourceError("create.variable-rate", where=where, rate=_shown(_nearest(source)))
    blended = conversion == "blend"
    id = "plan.variable-blend" if blended else "plan.variable-time"
    decision = text(id, source=_shown(source), rate=_shown(wanted))
    return RatePlan(wanted, mode="blend" if blended else "time", decisions=(decision,))


def _is(rate: Fraction, other: Fraction) -> bool:
    return abs(rate - other) <= NEAR * other


def _nearest(rate: Fraction) -> Fraction:
    """The rate of a package that loses least of a source's: the next above it, or the highest."""
    return next((one for one in RATES if rate <= one * (1 + NEAR)), RATES[-1])


def _shown(rate: Fraction) -> str:
    return f"{round(float(rate), 3):g}"


def _listed(rates: tuple[Fraction, ...]) -> str:
    return ", ".join(map(_shown, rates))


def _first_is_off(facts: PictureFacts, plan: RatePlan) -> Fraction:
    """Seconds by which the first frame is shown later than its stamp says, which was rounded as all of them
    were: to a millisecond in Matroska.
    """

    if plan.mode != "frames" or len(facts.times) < _ENOUGH or facts.time_base <= _FINE:
        return Fraction(0)
    places = _places(facts)[:_ENOUGH] * float(1 / (_rate(facts) * facts.time_base))
    off = _stamps(facts)[:_ENOUGH] - facts.times[0] - places
    middle = float(off.max() + off.min()) / 2
    if float(off.max() - off.min()) > 1 + _TREMBLE or abs(middle) < _TREMBLE:
        return Fraction(0)
    return Fraction(middle).limit_denominator(1000) * facts.time_base


def _true_speed(facts: PictureFacts, plan: RatePlan) -> Fraction:
    """By the straight line through the time stamps, so that one that trembles does not count."""
    import numpy as np

    places = _places(facts).astype(np.float64)
    seconds = (_stamps(facts) - facts.times[0]) * float(facts.time_base)
    places -= places.mean()
    frame = float(places @ (seconds - seconds.mean()) / (places @ places))
    speed = float(plan.rate * plan.step / plan.hold) * frame
    if abs(speed / float(plan.speed) - 1) * float(seconds[-1]) <= _KEPT_TO:
        return plan.speed
    return Fraction(speed).limit_denominator(1_000_000)


# --- frames -----


def _counted(facts: PictureFacts, plan: RatePlan, start: int, end: int) -> Takes:
    if not facts.times:  # needs no NumPy: codestreams are packed without it
        return Takes(array("q", (n * plan.step // plan.hold for n in range(start, end))))
    import numpy as np

    places = _places(facts)
    asked = np.arange(start, end, dtype=np.int64) * plan.step // plan.hold
    if int(places[-1]) + 1 == facts.frames:
        return Takes(_array(asked))
    found = np.searchsorted(places, asked, side="right") - 1
    return Takes(_array(found), decisions=_held(facts))


def _held(facts: PictureFacts) -> tuple[Text, ...]:
    """What is said of holes in the time stamps of a constant rate, during which a frame is held.

    SourceError for one that no film has.
    """
    import numpy as np

    missing = np.diff(_places(facts)) - 1
    before = np.flatnonzero(missing)
    if not len(before):
        return ()
    longest = int(missing.argmax())
    if missing[longest] > _LONGEST_HOLE * _rate(facts):
        raise SourceError(
            "create.times-jump",
            where=facts.path,
            time=_since_start(facts, longest),
            seconds=round(float(missing[longest] / _rate(facts))),
        )
    frames, time = int(missing.sum()), _since_start(facts, int(before[0]))
    return (text("plan.holes-held", n=len(before), frames=frames, time=time),)


def _blended(facts: PictureFacts, plan: RatePlan, start: int, end: int, held: tuple[Text, ...]) -> Takes:
    """Each package frame is what the source shows during it: of several frames the two about its middle,
    each by the part of the time that it has.
    """
    import numpy as np

    numbers = _numbers(start, end)
    begins, middles, ends = (_ticks(facts, plan, numbers + part) for part in (0.0, 0.5, 1.0))
    times = np.append(_stamps(facts), _end(facts)).astype(np.float64)
    middle = _at(facts, plan, numbers + 0.5)
    later = middles * 2 > times[middle] + times[middle + 1]
    first = np.clip(np.where(later, middle, middle - 1), 0, None)
    second = np.clip(first + 1, None, facts.frames - 1)
    one = np.clip(np.minimum(ends, times[first + 1]) - np.maximum(begins, times[first]), 0, None)
    two = np.clip(np.minimum(ends, times[second + 1]) - np.maximum(begins, times[second]), 0, None)
    two[second == first] = 0
    part = np.divide(two, one + two, out=np.zeros_like(two), where=one + two > 0)
    part[part < 1e-6] = 0  # what the precision of floats leaves of nothing
    whole = part > 1 - 1e-6
    first[whole], part[whole] = second[whole], 0
    second[part == 0] = first[part == 0]
    return Takes(_array(first), _array(second), array("d", part.tobytes()), held)


def _numbers(start: int, end: int) -> NDArray[np.float64]:
    import numpy as np

    return np.arange(start, end, dtype=np.float64)


def _at(facts: PictureFacts, plan: RatePlan, numbers: NDArray[np.float64]) -> NDArray[np.int64]:
    """The source frame on screen at these package frames, parts of one included."""
    import numpy as np

    found = np.searchsorted(_stamps(facts), _ticks(facts, plan, numbers) + 1e-6, side="right") - 1
    return np.clip(found, 0, facts.frames - 1)


def _ticks(facts: PictureFacts, plan: RatePlan, numbers: NDArray[np.float64]) -> NDArray[np.float64]:
    """Package frames as times of the source, in its units."""
    unit = facts.time_base if facts.times else 1 / _rate(facts)
    zero = facts.times[0] if facts.times else 0
    return zero + numbers * float(plan.speed / plan.rate / unit)


def _stamps(facts: PictureFacts) -> NDArray[np.int64]:
    import numpy as np

    if facts.times:
        return np.frombuffer(facts.times, dtype=np.int64)
    return np.arange(facts.frames, dtype=np.int64)


def _end(facts: PictureFacts) -> int:
    return facts.end if facts.times else facts.frames


def _length(facts: PictureFacts) -> Fraction:
    """Seconds of the source, from its first frame to the end of the last."""
    if facts.times:
        return (facts.end - facts.times[0]) * facts.time_base
    return facts.frames / _rate(facts)


def _rate(facts: PictureFacts) -> Fraction:
    assert facts.rate is not None  # what has no rate goes frame by frame
    return facts.rate


def _places(facts: PictureFacts) -> NDArray[np.int64]:
    return slots(facts.times, facts.time_base, _rate(facts))


def _since_start(facts: PictureFacts, index: int) -> str:
    """Where a player that begins with the first frame shows this one."""
    return timecode((facts.times[index] - facts.times[0]) * facts.time_base)


def _array(numbers: NDArray[np.int64]) -> array[int]:
    return array("q", numbers.tobytes())
