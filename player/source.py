"""What a show is made of, frame by frame: the units of every track, decrypted and checked, with their faults.

Frames are read in any order; in order is quick. Nothing is decided, logged or shown here. A damaged unit is
left out of what can be shown, and told.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from fractions import Fraction
from types import TracebackType

from dcp.dataclass import dataclass
from dcp.errors import DcpError
from dcp.mxf.reader import Eye, MicPolicy, TrackFile, Unit
from dcp.sound.layout import BYTES_PER_SAMPLE
from dcp.text.layout.burnt import BurntCue
from dcp.texts.catalogue import Text, text
from player.beside import Beside, Line, beside
from player.drawing import OFF, Overlaid, chosen, overlaid
from player.plan import ReelPlan, ShowPlan, Track
from player.sound.blocks import is_block, samples_of, widened
from player.texts import DOCUMENT, TextFile, loose_faults
from player.timeline import timeline_of

EYES: tuple[Eye, ...] = ("left", "right")


@dataclass(frozen=True)
class Fault:
    """What is wrong with a unit. first, last: the frames of the composition that it stands for."""

    first: int
    last: int
    unit: int
    reason: str
    message: str
    eye: Eye | None = None


@dataclass(frozen=True)
class Taken:
    """What a track gave for a frame; of a track that does not go frame by frame all of it, when its reel
    begins. units: how many were read. states: how integrity stood with those that were right. played, silent:
    of sound, the samples of a channel that were right, and those that silence stands for."""

    track: Track
    units: int
    states: frozenset[str] = frozenset()
    faults: tuple[Fault, ...] = ()
    played: int = 0
    silent: int = 0


@dataclass(frozen=True)
class Presentation:
    """A frame of the composition. reel: counts from 0. pictures: the codestream, or those of both eyes, the
    left one first; None for what is not right or not there. sound: the samples of the frame, likewise. cues:
    the text over it. subtitles: which text was asked for; lines: the text that is not over it.

    taken: what its tracks gave for this frame. whole: what those gave that are read when their reel begins,
    with every frame of the reel. notes: what of a track cannot be drawn in this reel, and why, likewise."""

    frame: int
    reel: int
    pictures: tuple[bytes | None, ...]
    sound: bytes | None
    encrypted: bool
    taken: tuple[Taken, ...]
    whole: tuple[Taken, ...] = ()
    cues: tuple[BurntCue, ...] = ()
    notes: tuple[tuple[Track, Text], ...] = ()
    subtitles: str = OFF
    lines: tuple[Line, ...] = ()


MOST_TEXTS = 16
"""Of a reel, that are read as words."""

KEPT_OPEN = 4
"""Reels whose files stay open: the one that plays, the next one, and where a seek came from."""


class Source:
    """The frames of a plan; a context that keeps files open. beside: text that is not drawn is read as words.
    Used by one thread."""

    def __init__(self, plan: ShowPlan, *, mic: MicPolicy, beside: bool = False) -> None:
        self._plan, self._mic, self._beside = plan, mic, beside
        self._timeline = timeline_of(plan)
        self._reels: OrderedDict[int, Future[_Reel]] = OrderedDict()
        self._helper = ThreadPoolExecutor(1, thread_name_prefix="show-reel")

    def __enter__(self) -> Source:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._helper.shutdown(wait=True, cancel_futures=True)
        while self._reels:
            _close(self._reels.popitem()[1])

    def read(self, frame: int, subtitles: str = OFF) -> Presentation:
        """A frame of the plan. subtitles: which text is over it (`drawing.chosen`). The errors are those of
        reading files."""
        place = self._timeline.reel_at(frame).number - 1
        known = self._reels.get(place)
        if known is None:
            known = Future()
            try:
                known.set_result(self._open(place, frame, subtitles))
            except BaseException as error:
                known.set_exception(error)
        self._keep(place, known)
        return known.result().read(frame, subtitles)

    def expect(self, frame: int, subtitles: str = OFF) -> None:
        """This frame is read soon: where its reel is not open yet, its files are opened, its text is set and
        the first units are read, decrypted and checked beside what plays. What goes wrong comes out of
        `read`."""
        place = self._timeline.reel_at(frame).number - 1
        if place not in self._reels:
            self._keep(place, self._helper.submit(self._open, place, frame, subtitles))

    def _keep(self, place: int, reel: Future[_Reel]) -> None:
        self._reels[place] = reel
        self._reels.move_to_end(place)
        while len(self._reels) > KEPT_OPEN:
            _close(self._reels.popitem(last=False)[1])

    def _open(self, place: int, frame: int, subtitles: str) -> _Reel:
        return _Reel(self._plan, place, frame, mic=self._mic, subtitles=subtitles, beside=self._beside)


# --- how it is done -----


Drawn = tuple[Overlaid | None, tuple[tuple[Track, Text], ...]]
"""Text over the pictures, and what of it cannot be drawn."""


def _text(reel: ReelPlan, taken: tuple[Taken, ...], subtitles: str) -> Drawn:
    """The text that is drawn over a reel; of one that is damaged the faults are told already."""
    track = chosen(reel, subtitles)
    if track is None or any(each.faults for each in taken if each.track is track):
        return None, ()
    try:
        found = overlaid(track, reel, reel.rate)
        said = tuple(
            (track, text("play.text-lost", kind=track.kind, reel=reel.number, what=note))
            for note in found.notes
        )
        return found, said
    except DcpError as error:
        return None, ((track, text("play.text-not-drawn", kind=track.kind, reel=reel.number, why=error)),)


def _words(reel: ReelPlan, taken: tuple[Taken, ...]) -> list[tuple[Track, Beside]]:
    """The texts of a reel as words; of those that are damaged the faults are told already."""
    damaged = [each.track for each in taken if each.faults]
    tracks = [track for track in reel.tracks if track.role == "text"]
    return [
        (track, beside(track, reel))
        for track in tracks[:MOST_TEXTS]
        if all(track is not each for each in damaged)
    ]


def _close(reel: Future[_Reel]) -> None:
    if not reel.cancel() and reel.exception() is None:
        reel.result().close()


class _Reel:
    """A reel with its files open. frame: where reading begins."""

    def __init__(
        self, plan: ShowPlan, place: int, frame: int, *, mic: MicPolicy, subtitles: str, beside: bool
    ) -> None:
        reel = self._plan = plan.reels[place]
        self._place = place
        first = max(reel.first, plan.first)
        last = min(reel.first + reel.duration - 1, plan.last)
        with ExitStack() as files:
            self._steps: list[_InStep] = []
            whole: list[Taken] = []
            for track in reel.tracks:
                if track.header is None:
                    whole.append(_loose(track, first, last))
                    continue
                file = files.enter_context(TrackFile.open(track.path))
                if track.in_step:
                    self._steps.append(_InStep(track, reel, file, last, mic))
                else:
                    whole.append(_whole(track, file, first, last, mic))
            self._whole = tuple(whole)
            self._drawn: dict[int, Drawn] = {}  # by the track, which may be asked for by more than one name
            self._text(subtitles)
            self._words = _words(reel, self._whole) if beside else []
            for step in self._steps:
                step.begin(frame)
            self._files = files.pop_all()

    def close(self) -> None:
        self._files.close()

    def _text(self, subtitles: str) -> Drawn:
        """What is over the pictures of this choice; set once, when it is asked for."""
        track = id(chosen(self._plan, subtitles))
        if track not in self._drawn:
            self._drawn[track] = _text(self._plan, self._whole, subtitles)
        return self._drawn[track]

    def read(self, frame: int, subtitles: str) -> Presentation:
        reel = self._plan
        overlay, notes = self._text(subtitles)
        steps = [(step.track.role, *step.step(frame)) for step in self._steps]
        shown = {role: units for role, _, units in steps}
        return Presentation(
            frame=frame,
            reel=self._place,
            pictures=shown.get("picture", (None,)),
            sound=shown.get("sound", (None,))[0],
            encrypted=reel.picture is not None and reel.picture.encrypted,
            taken=tuple(taken for _, taken, _ in steps),
            whole=self._whole,
            cues=overlay.shown(frame - reel.first) if overlay is not None else (),
            notes=notes,
            subtitles=subtitles,
            lines=self._lines(frame - reel.first, subtitles) if self._words else (),
        )

    def _lines(self, number: int, subtitles: str) -> tuple[Line, ...]:
        drawn = chosen(self._plan, subtitles)
        return tuple(line for track, said in self._words if track is not drawn for line in said(number))


class _InStep:
    """A track whose units go frame by frame. last: the last frame of it that is played."""

    def __init__(self, track: Track, reel: ReelPlan, file: TrackFile, last: int, mic: MicPolicy) -> None:
        self.track = track
        self._offset = track.entry_point - reel.first
        self._file, self._mic = file, mic
        self._stop = last + self._offset + 1
        self._at = -1  # the frame that the units stand at
        self._units: Iterator[Unit] = iter(())
        self._held: Unit | None = None  # read, but of a later frame

    def begin(self, frame: int) -> None:
        """Stand at a frame; the first unit is read and checked."""
        self._at = frame
        self._units = self._file.units(frame + self._offset, self._stop, key=self.track.key, mic=self._mic)
        self._held = next(self._units, None)

    def step(self, frame: int) -> tuple[Taken, tuple[bytes | None, ...]]:
        """What belongs to a frame: both eyes of a pair, one unit of anything else."""
        if frame != self._at:
            self.begin(frame)
        self._at = frame + 1
        shown: list[bytes | None] = []
        faults, states, read = [], set(), 0
        number = frame + self._offset
        for eye in EYES if self.track.stereo else (None,):
            unit = self._held or next(self._units, None)
            self._held = None
            if unit is None or (unit.index, unit.eye) != (number, eye):
                self._held = unit
                shown.append(None)
                message = "the file does not hold the unit"
                faults.append(Fault(frame, frame, number, "structure", message, eye))
                continue
            read += 1
            fault = _fault(unit, frame, frame) or self._length_fault(unit, frame)
            if fault is not None:
                faults.append(fault)
            else:
                states.add(unit.mic)
            shown.append(self._data(unit) if fault is None else None)
        played, silent = self._samples(frame, shown[0])
        return Taken(self.track, read, frozenset(states), tuple(faults), played, silent), tuple(shown)

    def _data(self, unit: Unit) -> bytes:
        """As it is handed on; sound as 24 bits."""
        sound = self.track.sound
        return widened(unit.data, sound.quantization_bits) if sound is not None else bytes(unit.data)

    def _length_fault(self, unit: Unit, frame: int) -> Fault | None:
        """A unit of sound that is right as bytes, and has more or fewer samples than its frame lasts."""
        sound = self.track.sound
        if sound is None:
            return None
        found = Fraction(len(unit.data), sound.sample_bytes or 1)
        if is_block(found, sound.sample_rate, self.track.edit_rate):
            return None
        expected = samples_of(frame, sound.sample_rate, self.track.edit_rate)
        message = f"the unit has {float(found):g} samples of each channel, its frame {expected}"
        return Fault(frame, frame, unit.index, "structure", message)

    def _samples(self, frame: int, block: bytes | None) -> tuple[int, int]:
        """Of each channel of a sound track: played, and silent."""
        sound = self.track.sound
        if sound is None:
            return 0, 0
        if block is None:
            return 0, samples_of(frame, sound.sample_rate, self.track.edit_rate)
        return len(block) // (sound.channels * BYTES_PER_SAMPLE), 0


def _fault(unit: Unit, first: int, last: int) -> Fault | None:
    if unit.fault is None:
        return None
    return Fault(first, last, unit.index, unit.fault.reason, unit.fault.message, unit.eye)


def _whole(track: Track, file: TrackFile, first: int, last: int, mic: MicPolicy) -> Taken:
    """A track that does not go frame by frame; of a text each unit stands for the whole reel."""
    held = TextFile(track.header) if track.role == "text" and track.header is not None else None
    faults, states, read = [], set(), 0
    for unit in file.units(key=track.key, mic=mic):
        read += 1
        fault = _fault(unit, first, last)
        if fault is not None:
            faults.append(fault)
            if held is not None:
                held.damaged(unit)
            continue
        states.add(unit.mic)
        said = held.document(unit, track.path) if held is not None else None
        if said is not None:
            faults.append(Fault(first, last, unit.index, DOCUMENT, said.say()))
    for reason, missing in held.missing() if held is not None else ():
        faults.append(Fault(first, last, read, reason, missing.say()))
    return Taken(track, read, frozenset(states), tuple(faults))


def _loose(track: Track, first: int, last: int) -> Taken:
    """An Interop subtitle is no track file: its document is read, its fonts and pictures looked for."""
    faults, found = loose_faults(track.path)
    return Taken(
        track, found, faults=tuple(Fault(first, last, 0, reason, said.say()) for reason, said in faults)
    )
