"""What a show is made of, frame by frame: the units of every track, decrypted and checked, with their faults.

Nothing is decided, logged or shown here. A damaged unit is left out of what can be shown, and told.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import ExitStack

from dcp.dataclass import dataclass
from dcp.errors import DcpError
from dcp.mxf.reader import Eye, MicPolicy, TrackFile, Unit
from dcp.text.layout.burnt import BurntCue
from dcp.texts.catalogue import Text, text
from player.drawing import OFF, Overlaid, chosen, overlaid
from player.plan import ReelPlan, ShowPlan, Track
from player.texts import DOCUMENT, TextFile, loose_faults

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
    begins. units: how many were read. states: how integrity stood with those that were right."""

    track: Track
    units: int
    states: frozenset[str] = frozenset()
    faults: tuple[Fault, ...] = ()


@dataclass(frozen=True)
class Presentation:
    """A frame of the composition. reel: counts from 0. pictures: the codestream, or those of both eyes, the
    left one first; None for what is not right or not there. sound: the samples of the frame, likewise. cues:
    the text over it. notes: what of a track cannot be drawn in this reel, and why."""

    frame: int
    reel: int
    pictures: tuple[bytes | None, ...]
    sound: bytes | None
    encrypted: bool
    taken: tuple[Taken, ...]
    cues: tuple[BurntCue, ...] = ()
    notes: tuple[tuple[Track, Text], ...] = ()


def presentations(plan: ShowPlan, *, mic: MicPolicy, subtitles: str = OFF) -> Generator[Presentation]:
    """Every frame that the plan asks for, in order. subtitles: which text is drawn (`drawing.chosen`). The
    errors are those of reading files."""
    for place, reel in enumerate(plan.reels):
        first = max(reel.first, plan.first)
        last = min(reel.first + reel.duration - 1, plan.last)
        if first > last:
            continue
        with ExitStack() as files:
            readers, before = [], []
            for track in reel.tracks:
                if track.header is None:
                    before.append(_loose(track, first, last))
                    continue
                file = files.enter_context(TrackFile.open(track.path))
                if track.in_step:
                    readers.append(_InStep(track, reel, file, first, last, mic))
                else:
                    before.append(_whole(track, file, first, last, mic))
            overlay, notes = _text(reel, before, subtitles, plan)
            for frame in range(first, last + 1):
                steps = [(reader, *reader.step(frame)) for reader in readers]
                shown = {reader.track.role: units for reader, _, units in steps}
                picture = reel.picture
                yield Presentation(
                    frame=frame,
                    reel=place,
                    pictures=shown.get("picture", (None,)),
                    sound=shown.get("sound", (None,))[0],
                    encrypted=picture is not None and picture.encrypted,
                    taken=(*before, *(taken for _, taken, _ in steps)),
                    cues=overlay.shown(frame - reel.first) if overlay is not None else (),
                    notes=notes,
                )
                before, notes = [], ()


# --- how it is done -----


def _text(
    reel: ReelPlan, taken: list[Taken], subtitles: str, plan: ShowPlan
) -> tuple[Overlaid | None, tuple[tuple[Track, Text], ...]]:
    """The text that is drawn over a reel; of one that is damaged the faults are told already."""
    track = chosen(reel, subtitles)
    if track is None or any(each.faults for each in taken if each.track is track):
        return None, ()
    try:
        return overlaid(track, reel, plan.rate), ()
    except DcpError as error:
        return None, ((track, text("play.text-not-drawn", kind=track.kind, reel=reel.number, why=error)),)


class _InStep:
    """A track whose units go frame by frame."""

    def __init__(
        self, track: Track, reel: ReelPlan, file: TrackFile, first: int, last: int, mic: MicPolicy
    ) -> None:
        self.track = track
        self._offset = track.entry_point - reel.first
        start, stop = first + self._offset, last + self._offset + 1
        self._units: Iterator[Unit] = file.units(start, stop, key=track.key, mic=mic)
        self._held: Unit | None = None  # read, but of a later frame

    def step(self, frame: int) -> tuple[Taken, tuple[bytes | None, ...]]:
        """What belongs to a frame: both eyes of a pair, one unit of anything else."""
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
            fault = _fault(unit, frame, frame)
            if fault is not None:
                faults.append(fault)
            else:
                states.add(unit.mic)
            shown.append(bytes(unit.data) if fault is None else None)
        return Taken(self.track, read, frozenset(states), tuple(faults)), tuple(shown)


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
