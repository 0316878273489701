"""Who says how each frame is decoded: nobody, a number, or the pace that is to be kept.

Pure: no clock. Where a show is paced, the engine tells how many frames stand ready and how late the
last one was, and what a frame has cost; from these alone the next setting is made.
"""

from __future__ import annotations

from threading import Lock
from typing import Protocol

from dcp.dataclass import dataclass
from player.setting import UNPACED_DB, Quality, Setting, thinned_to

MEASURED_EVERY = 240
"""Of so many thinned frames one is decoded whole too, where there is time for it."""


class Governor(Protocol):
    """One a show. `setting` is called on one thread, in the order in which frames are read; `took` on any."""

    def setting(self, frame: int, queued: int, late: float) -> Setting:
        """How a frame is to be decoded. queued: frames that are ready to be shown. late: seconds by which the
        last one shown was late, negative when it was early, 0 where there is no pace."""

    def took(self, frame: int, setting: Setting, cpu_s: float) -> None:
        """What a frame has cost, and the setting that was used: without `least_db` where its codestream is
        of a kind that is not thinned."""

    def measured(self, setting: Setting, decibels: float) -> None:
        """How far a frame that was thinned so has been from the whole decode."""


@dataclass(frozen=True)
class Exact:
    """Never leaves anything out."""

    reduce: int = 0

    def setting(self, frame: int, queued: int, late: float) -> Setting:
        return Setting(self.reduce)

    def took(self, frame: int, setting: Setting, cpu_s: float) -> None:
        return None

    def measured(self, setting: Setting, decibels: float) -> None:
        return None


_MOST_MORE = 6.0


class Fixed:
    """As much left out as that many dB to the whole decode allow. Where a frame that is measured turns out to
    be further from it than was estimated, less is left out from then on."""

    def __init__(self, least_db: float, reduce: int = 0) -> None:
        self._least_db, self._reduce = least_db, reduce
        self._more = 0.0
        self._until_measured = 0

    def setting(self, frame: int, queued: int, late: float) -> Setting:
        measured = self._until_measured == 0
        self._until_measured = (self._until_measured + 1) % MEASURED_EVERY
        return thinned_to(self._least_db + self._more, reduce=self._reduce, measured=measured)

    def took(self, frame: int, setting: Setting, cpu_s: float) -> None:
        return None

    def measured(self, setting: Setting, decibels: float) -> None:
        if decibels < self._least_db and setting.least_db is not None:
            short = setting.least_db - decibels
            self._more = min(max(self._more, short), _MOST_MORE)


@dataclass(frozen=True)
class Budget:
    """period: seconds a frame. ready: how many frames may stand ready. cores: that render. smaller: how often
    the picture may be halved once more where leaving passes out is not enough."""

    period: float
    ready: int
    cores: int
    smaller: int = 0


RUNGS = (None, 56.0, 53.0, 51.0, 49.0, 48.0, 47.0, 46.0, 45.0, 44.0, 43.0, 42.0, 41.0, 40.0, 39.0, 38.0, 37.0)
"""dB to the whole decode, from nothing left out down; below them the picture is halved."""
SMALLER_RUNGS = (44.0, 42.0, 40.0, 38.0)
_RISE, _RISE_OF_SIZE, _RISE_WHOLE = 1.12, 1.8, 2.6
"""What a better rung may cost more: one of the same size, a larger one, one where nothing can be left out."""
_FULL, _LOW = 0.98, 0.92
"""Shares of the cores' time: beyond the one frames will run short; a rung that is expected beyond the other
is not tried."""
_SHORT, _PLENTY = 0.3, 0.7
"""Shares of the frames that may stand ready."""
_IN_TIME = 0.25
"""Of a frame's period: what is less late is in time."""
_LEARN_MORE, _LEARN_LESS = 0.35, 0.1
"""Of a frame's cost: that frames have become dearer is believed sooner."""
_FIRST_WAIT, _WAIT, _LONGEST_WAIT = 0.25, 1.0, 60.0  # seconds


class Smooth:
    """Keeps the pace: leaves out more as soon as frames run short, less when they have long been plenty.

    It goes rung by rung. A rung that could not be held is left alone for twice as long each time, so that it
    does not swing between two.
    """

    def __init__(self, budget: Budget, *, reduce: int = 0) -> None:
        self._budget = budget
        sizes = range(1, budget.smaller + 1)
        self._rungs = [
            *(_rung(least, reduce) for least in RUNGS),
            *(_rung(least, reduce + size) for size in sizes for least in SMALLER_RUNGS),
        ]
        self._at = RUNGS.index(UNPACED_DB)
        self._cost = 0.0  # CPU seconds of a frame at this rung, smoothed; 0 until one came
        self._since = self._plenty = self._unmeasured = 0  # frames
        self._ahead = float(budget.ready)  # when it was last looked whether to go lower
        self._whole = 0  # frames, one behind the other, of which nothing could be left out
        self._wait = self._frames(_FIRST_WAIT)
        self._raised = False  # by the last change
        self._lock = Lock()

    def setting(self, frame: int, queued: int, late: float) -> Setting:
        with self._lock:
            share = queued / self._budget.ready
            late = late if late > _IN_TIME * self._budget.period else 0.0
            ahead = queued - max(late, 0.0) / self._budget.period
            self._since += 1
            self._unmeasured += 1
            self._plenty = self._plenty + 1 if share >= _PLENTY and late <= 0 else 0
            if self._load > _FULL or share < _SHORT or late > 0:
                self._lower(ahead)
            elif self._plenty > self._wait and self._load:
                self._raise()
            if self._plenty:
                self._ahead = float(queued)
            if self._raised and self._since > 4 * max(self._wait, self._frames(_WAIT)):
                self._raised = False  # it was held
                self._wait = max(self._wait // 2, self._frames(_WAIT))
            return self._setting()

    def took(self, frame: int, setting: Setting, cpu_s: float) -> None:
        with self._lock:
            rung = self._rungs[self._at]
            thinned = setting.least_db is not None
            if setting.reduce != rung.reduce or (thinned and setting.least_db != rung.least_db):
                return  # of another rung
            self._whole = 0 if thinned or not rung.passes else self._whole + 1
            if not setting.measured:
                learn = _LEARN_MORE if cpu_s > self._cost else _LEARN_LESS
                self._cost += (learn if self._cost else 1.0) * (cpu_s - self._cost)

    def measured(self, setting: Setting, decibels: float) -> None:
        return None

    # --- how it is done -----

    def _frames(self, seconds: float) -> int:
        return max(round(seconds / self._budget.period), 1)

    @property
    def _load(self) -> float:
        """The share of the cores' time that frames take at this rung; 0 while that is not known."""
        return self._cost / (self._budget.cores * self._budget.period)

    def _setting(self) -> Setting:
        rung = self._rungs[self._at]
        if not (rung.passes and self._unmeasured >= MEASURED_EVERY and self._has_time):
            return rung
        self._unmeasured = 0
        return thinned_to(rung.least_db or 0.0, reduce=rung.reduce, measured=True)

    @property
    def _has_time(self) -> bool:
        """For a frame that is decoded twice: those that stand ready outlast it."""
        return (
            self._plenty > 0
            and self._load < _LOW
            and self._budget.ready * self._budget.period > 3 * self._cost
        )

    def _lower(self, ahead: float) -> None:
        """ahead: frames that stand ready, less those that are late."""
        urgent = self._load > _FULL or ahead < -1
        if self._since <= (1 if urgent else self._budget.ready // 2):
            return  # what was changed last has not come to the screen yet
        self._since, before, self._ahead = 0, self._ahead, ahead
        below = self._below()
        if below is None or (self._load <= _FULL and ahead > before):
            return  # it is getting better already
        if self._raised:
            self._wait = min(2 * max(self._wait, self._frames(_WAIT)), self._frames(_LONGEST_WAIT))
        self._wait = max(self._wait, self._frames(_WAIT))
        self._go(below, self._cost / self._rise(below, self._at), raised=False)

    def _raise(self) -> None:
        above = self._above()
        if above is not None and self._load * self._rise(self._at, above) <= _LOW:
            self._go(above, self._cost * self._rise(self._at, above), raised=True)

    def _go(self, at: int, cost: float, *, raised: bool) -> None:
        self._at, self._cost, self._raised = at, cost, raised
        self._since = self._plenty = 0

    @property
    def _is_whole(self) -> bool:
        """Whether leaving out is of no use: the codestreams are of another kind."""
        return self._whole >= 3

    def _below(self) -> int | None:
        places = range(self._at + 1, len(self._rungs))
        return next((at for at in places if not self._is_whole or self._larger(self._at, at)), None)

    def _above(self) -> int | None:
        places = range(self._at - 1, -1, -1)
        return next((at for at in places if not self._is_whole or self._larger(at, self._at)), None)

    def _larger(self, at: int, other: int) -> bool:
        return self._rungs[at].reduce < self._rungs[other].reduce

    def _rise(self, lower: int, upper: int) -> float:
        if not self._larger(upper, lower):
            return _RISE
        return _RISE_WHOLE if self._is_whole else _RISE_OF_SIZE


def _rung(least_db: float | None, reduce: int) -> Setting:
    return Setting(reduce) if least_db is None else thinned_to(least_db, reduce=reduce)


def governor_for(quality: Quality, *, reduce: int = 0, budget: Budget | None = None) -> Governor:
    """The one for what was asked. budget: None where there is no pace to keep."""
    if quality == "exact":
        return Exact(reduce)
    if quality == "smooth":
        return Fixed(UNPACED_DB, reduce) if budget is None else Smooth(budget, reduce=reduce)
    return Fixed(quality, reduce)
