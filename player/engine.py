"""The loop of a show: what the transport wants is read, rendered on all cores, handed over when it is due.

One thread reads and hands over; the renderer's threads work ahead of it by a bounded window. Whether a frame
may be shown is decided right before it is handed over, and it is booked when the screen acknowledged it.
"""

from __future__ import annotations

import queue
import threading
from collections import OrderedDict, deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace

from dcp.dataclass import dataclass
from dcp.errors import DcpError
from player.clock import Pace
from player.governor import Governor
from player.picture import Shown
from player.screen.screen import Ack, Frame, Patient, Showing, Signal
from player.setting import Setting
from player.source import Presentation, Source
from player.transport import Transport, Wanted


class Stopped(Exception):
    """The show was ended before its last frame; the message says by what."""


MOST_OUT = 64
"""Frames that a screen may hold without a word of them."""

SILENT = 30.0
"""Seconds after which a screen that says nothing of what it holds is given up."""

GRACE = 5.0
"""Seconds that are waited, at the end, for word of the last frames."""

NAP = 0.1
"""Seconds between two looks at `cancel` while nothing happens."""

READING = 0.005
"""Seconds before a frame is due in which no other one is read."""

PATIENCE = 1.0
"""A paced show renders one frame in so many seconds, however late it is."""


MORE_AHEAD = 4
"""Frames that a paced show has in work beyond those of one without: they outlast one that is costly."""


PICTURES = 2
"""Serials that a frame has: the second is that of the right eye, where it follows the left one."""


def window_of(workers: int, *, paced: bool) -> int:
    """How many frames are in work or ready at most."""
    return 2 * workers + (MORE_AHEAD if paced else 0)


@dataclass
class _Item:
    """A frame on its way. failed: reading it went wrong, which comes out in its turn. work: its rendering;
    None where its picture is left out, because it would come too late."""

    wanted: Wanted
    serial: int
    what: Presentation | None = None
    work: Future[Shown] | None = None
    failed: Exception | None = None

    @property
    def ready(self) -> bool:
        return self.work is None or self.work.done()


@dataclass(frozen=True)
class _Out:
    """Handed over, not acknowledged. pictures: how many it was handed over as."""

    wanted: Wanted
    shown: Shown
    late: bool
    pictures: int


class Engine:
    """render: on any thread. governor: says how each frame is decoded. book: takes (frame, late) in the order
    handed over, once the screen acknowledged it; raises Stopped to end the show. admit: likewise, before this
    frame of the composition is handed over, and while nothing happens.

    sound: the block of a frame as it is handed over, asked for in the order of the show.

    form: what the screen was told before the first frame; forms: what it is told of each reel's frames, where
    that is another. lead: seconds before it is due that a frame is handed over. ahead: so many frames before
    a reel its files are opened. workers: threads that render."""

    def __init__(
        self,
        *,
        transport: Transport,
        source: Source,
        render: Callable[[Presentation, Setting], Shown],
        governor: Governor,
        book: Callable[[Shown, bool], None],
        admit: Callable[[int], None],
        sound: Callable[[Presentation], bytes | None],
        pace: Pace,
        form: Signal,
        forms: Sequence[Signal],
        lead: float,
        ahead: int,
        workers: int,
    ) -> None:
        self._transport, self._source = transport, source
        self._render, self._governor = render, governor
        self._book, self._admit, self._sound = book, admit, sound
        self._pace, self._lead, self._ahead = pace, lead, ahead
        self._forms, self._form = forms, form
        self._workers, self._window = workers, window_of(workers, paced=pace.period is not None)
        self._wake = threading.Event()
        self._acks: queue.SimpleQueue[Ack] = queue.SimpleQueue()
        self._known: dict[int, list[Ack]] = {}
        self._out: OrderedDict[int, _Out] = OrderedDict()
        self._items: deque[_Item] = deque()
        self._serial = 0
        self._heard = self._rendered = pace.now()
        self._cost = 0.0  # seconds from reading to rendered, of the last frames
        self._late = 0.0  # seconds, of the last one handed over
        self._measuring = False  # a frame is under way that tells how the next ones are decoded
        self._generation = transport.state.generation  # of the last one handed over

    def acknowledge(self, ack: Ack) -> None:
        """What became of a frame; any thread. The transport hears at once what is on the screen; of what was
        late it hears in its turn, for that may be known before those ahead of it are seen."""
        out = self._out.get(ack.serial // PICTURES)
        if out is not None and ack.outcome == "presented":
            self._transport.passed(out.wanted)
        self._acks.put(ack)
        self._wake.set()

    def run(self, showing: Showing) -> None:
        """Show until the transport is over, or Stopped. What was handed over before is booked then, too."""
        self._transport.listen(self._wake.set)
        with ThreadPoolExecutor(self._workers, thread_name_prefix="show") as pool:
            try:
                while self._go_on(showing, pool):
                    pass
            except Stopped:
                with suppress(Stopped):
                    self._settle()
                raise
            finally:
                for item in self._items:
                    if item.work is not None:
                        item.work.cancel()
        self._settle()

    # --- how it is done -----

    def _go_on(self, showing: Showing, pool: ThreadPoolExecutor) -> bool:
        """One step; False at the end."""
        self._wake.clear()
        self._take_acks()
        self._drop_void()
        head = self._items[0] if self._items else None
        if head is None and self._transport.over:
            return False
        wait = None if head is not None and self._awaited(showing, head) else self._until(head)
        if head is not None and wait == 0.0:
            self._hand_over(showing, self._items.popleft())
            return True
        if self._has_room(wait) and self._fill(pool):
            return True
        if self._transport.paused:
            self._pace.forget()
        self._admit(self._coming())
        self._wake.wait(NAP if wait is None else min(wait, NAP))
        return True

    def _awaited(self, showing: Showing, head: _Item) -> bool:
        """Whether a frame that could be handed over waits for somebody to see it: time begins anew then."""
        if not (isinstance(showing, Patient) and head.ready and self._transport.admits(head.wanted)):
            return False
        waits = showing.awaits()
        if waits:
            self._pace.forget()
        return waits

    def _drop_void(self) -> None:
        for item in [item for item in self._items if self._transport.void(item.wanted)]:
            if item.work is not None:
                item.work.cancel()
            self._items.remove(item)
        if self._generation != self._transport.state.generation:
            self._generation = self._transport.state.generation
            self._pace.forget()

    def _coming(self) -> int:
        """The frame that would be handed over next."""
        if self._items:
            return self._items[0].wanted.frame
        wanted = self._transport.wanted()
        return wanted.frame if wanted is not None else self._transport.state.frame or 0

    def _until(self, head: _Item | None) -> float | None:
        """Seconds until the first frame is handed over; None where that is not known."""
        if len(self._out) >= MOST_OUT:
            if self._pace.now() - self._heard > SILENT:
                raise DcpError("play.screen-silent", seconds=int(SILENT))
            return None
        if head is None or not head.ready or not self._transport.admits(head.wanted):
            return None
        if self._pace.period is None:
            return 0.0
        due = self._pace.due(head.serial)
        if due is None:  # the first one of a run waits for those that follow close behind
            full = len(self._items) >= self._window or self._transport.wanted() is None
            return 0.0 if full and all(item.ready for item in self._items) else None
        return max(due - self._lead - self._pace.now(), 0.0)

    def _has_room(self, wait: float | None) -> bool:
        """Whether another frame may be read: not right before one is due, for reading takes its time."""
        if wait is not None and self._pace.period is not None and wait < min(READING, self._pace.period / 4):
            return False
        if self._measuring and self._pace.period is None:
            return False  # which frame is the first to be decoded otherwise is no matter of chance
        working = sum(item.work is not None for item in self._items)
        return working < self._window and len(self._items) < self._window + 2 * self._ahead

    def _fill(self, pool: ThreadPoolExecutor) -> bool:
        """Read the next frame and have it rendered; False where there is none."""
        wanted = self._transport.take()
        if wanted is None:
            return False
        soon = self._transport.upcoming(self._ahead)
        item = _Item(wanted, self._serial)
        self._items.append(item)
        self._serial += 1
        try:
            what = self._source.read(wanted.frame, wanted.subtitles)
            if soon is not None:
                self._source.expect(soon, wanted.subtitles)
        except Exception as error:
            item.failed = error
            return True
        begun = self._pace.now()
        if self._hopeless(item.serial, begun):
            item.what = replace(what, pictures=())
            return True
        item.what, self._rendered = what, begun
        ready = sum(each.work is not None and each.work.done() for each in self._items)
        setting = self._governor.setting(what.frame, ready, self._late - self._lead)
        self._measuring = self._measuring or setting.measured
        item.work = pool.submit(self._render, what, setting)
        item.work.add_done_callback(lambda work: self._done(begun, work, setting.measured))
        return True

    def _done(self, begun: float, work: Future[Shown], measured: bool) -> None:
        if not work.cancelled() and work.exception() is None:
            shown = work.result()
            if shown.setting is not None:
                self._governor.took(shown.what.frame, shown.setting, shown.cpu_s)
                if shown.measured_db is not None:
                    self._governor.measured(shown.setting, shown.measured_db)
        if measured:
            self._measuring = False
        took = self._pace.now() - begun
        self._cost = took if not self._cost else 0.75 * self._cost + 0.25 * took
        self._wake.set()

    def _hopeless(self, serial: int, now: float) -> bool:
        """Whether a frame that is begun now would come too late."""
        due, period = self._pace.due(serial), self._pace.period
        if due is None or period is None or now - self._rendered > PATIENCE:
            return False
        return now + self._cost > due + period

    def _hand_over(self, showing: Showing, item: _Item) -> None:
        if item.failed is not None:
            raise item.failed
        what = item.what
        assert what is not None
        shown = item.work.result() if item.work is not None else Shown(what, None, False, False)
        self._admit(what.frame)
        self._tell(showing, item.serial, self._forms[what.reel])
        now, period, due = self._pace.now(), self._pace.period, self._pace.due(item.serial)
        self._late = 0.0
        if period is not None and due is None:
            # a show that stands shows a frame at once, and counts no time from it
            playing = self._transport.state.playing
            due = now + self._lead if playing else now
            if playing:
                self._pace.begin(item.serial, due)
        elif due is not None:
            self._late = now + self._lead - due
        late = item.work is None or (period is not None and self._late > self._lead + period)
        both = shown.right is not None and not late
        frame = Frame(
            serial=item.serial * PICTURES,
            generation=item.wanted.generation,
            number=what.frame,
            reel=what.reel + 1,
            prepared=None if late else shown.prepared,
            sound=self._sound(what),
            due=due,
            eye="left" if both else None,
            lines=what.lines,
        )
        # what is kept until it is acknowledged is small
        kept = replace(shown, what=replace(what, pictures=(), sound=None, cues=()), prepared=None, right=None)
        self._out[item.serial] = _Out(item.wanted, kept, late, 2 if both else 1)
        self._heard = now if len(self._out) == 1 else self._heard
        self._transport.handed(item.wanted)
        showing.show(frame)
        if both:
            right = due + period / 2 if due is not None and period is not None else None
            serial = frame.serial + 1
            showing.show(
                replace(frame, serial=serial, prepared=shown.right, sound=b"", due=right, eye="right")
            )
        self._take_acks()

    def _tell(self, showing: Showing, serial: int, form: Signal) -> None:
        """Tell the screen, and the pace, where the form changes."""
        if form != self._form:
            self._form = form
            self._pace.change(serial, form.rate / form.pictures)
            showing.changed(form)

    def _take_acks(self) -> None:
        """Book what was acknowledged, in the order handed over."""
        while not self._acks.empty():
            ack = self._acks.get()
            serial = ack.serial // PICTURES
            heard = self._known.setdefault(serial, []) if serial in self._out else []
            if all(each.serial != ack.serial for each in heard):
                heard.append(ack)
        while self._out:
            serial, out = next(iter(self._out.items()))
            acks = self._known.get(serial, [])
            if len(acks) < out.pictures:
                break
            self._known.pop(serial)
            self._out.pop(serial)
            self._heard = self._pace.now()
            self._word(out, out.late or any(ack.outcome == "late" for ack in acks))

    def _word(self, out: _Out, late: bool) -> None:
        """Book what became of a frame. One that a command made void before it was seen is neither shown nor
        late: it was not to be shown any more."""
        if late and not out.late and self._transport.recalled(out.wanted):
            return
        if not self._transport.recalled(out.wanted):
            self._transport.passed(out.wanted)
        self._book(out.shown, late)

    def _settle(self) -> None:
        """Wait for word of the last frames; those that none comes of count as late."""
        end = self._pace.now() + GRACE
        while True:
            self._wake.clear()
            self._take_acks()
            left = end - self._pace.now()
            if not self._out or left <= 0:
                break
            self._wake.wait(left)
        while self._out:
            self._word(self._out.popitem(last=False)[1], True)
