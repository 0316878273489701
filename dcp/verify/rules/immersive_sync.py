"""The sync signal beside immersive sound: that it is there, and says where in which sound one is (ST 430-12).

A processor of immersive sound has nothing else to keep time by, and plays the 5.1 or 7.1 instead without it.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from dcp.auxdata.sync_signal import CHANNEL, SYMBOL, Signal, can_carry, read_messages, signal_of
from dcp.dataclass import dataclass
from dcp.mxf.descriptors import AuxDescriptor, SoundDescriptor
from dcp.mxf.reader import Unit
from dcp.sound.layout import BYTES_PER_SAMPLE
from dcp.verify.facts import PackageFacts, Reference, TrackFacts
from dcp.verify.frames import Frames
from dcp.verify.rule import Outcome, hit, measure, package_rule
from dcp.verify.rules.sound_measures import layout_in, measurable

CLOSELY = 24
"""Units at the beginning of which every eighth is read; of the rest one every ten seconds."""
EVERY, SECONDS = 8, 10


@dataclass(frozen=True)
class SyncRead:
    """What the units that were read say, by their numbers; None where nothing is heard."""

    units: tuple[tuple[int, Signal | None], ...]


def channel_of(sound: SoundDescriptor) -> int | None:
    """The channel, from 0, that carries the signal: the one so named, else the field's place for it."""
    layout, named = layout_in(sound)
    if SYMBOL in layout.channels:
        return layout.position(SYMBOL)
    return CHANNEL - 1 if named and sound.channels >= CHANNEL else None


def _make(track: TrackFacts) -> _Gatherer | None:
    sound = measurable(track) if track.asked.decode else None
    place = channel_of(sound) if sound is not None else None
    if sound is None or place is None or track.header is None:
        return None
    return _Gatherer(place, sound, track.header.edit_rate)


class _Gatherer:
    def __init__(self, place: int, sound: SoundDescriptor, rate: Fraction) -> None:
        self._place, self._width, self._rate = place, sound.channels, sound.sample_rate
        self._every = max(1, int(rate * SECONDS))
        self._found: list[tuple[int, Signal | None]] = []

    def unit(self, unit: Unit) -> None:
        index = unit.index
        read = index % EVERY == 0 if index < CLOSELY else index % self._every == 0
        if not read or unit.fault is not None or len(unit.data) > self._rate * self._width * BYTES_PER_SAMPLE:
            return
        width = self._width * BYTES_PER_SAMPLE
        first = self._place * BYTES_PER_SAMPLE
        line = bytearray(len(unit.data) // width * BYTES_PER_SAMPLE)
        for part in range(BYTES_PER_SAMPLE):
            taken = unit.data[first + part :: width]
            line[part::BYTES_PER_SAMPLE] = taken[: len(line) // BYTES_PER_SAMPLE]
        signal = signal_of(read_messages(bytes(line), sample_rate=self._rate)) if any(line) else None
        self._found.append((index, signal))

    def result(self) -> SyncRead:
        return SyncRead(tuple(self._found))


SYNC = measure("sync", _make)


@package_rule("IMM-011", severity="warning", clause="ST 430-12")
def has_channel(facts: PackageFacts) -> Outcome:
    for track, sound in _sounds_beside_immersive(facts):
        assert track.header is not None
        if channel_of(sound) is None and can_carry(track.header.edit_rate, sound.sample_rate):
            yield hit("IMM-011.no-channel", file=track.name, count=sound.channels, channel=CHANNEL)


@package_rule("IMM-101", severity="warning", clause="ST 430-12")
def in_time(facts: PackageFacts) -> Outcome:
    signals = {track.asset_id: found for track, found in SYNC.of(facts)}
    for track, sound in _sounds_beside_immersive(facts):
        if track.asset_id in signals:
            yield from _heard(track, signals[track.asset_id], (channel_of(sound) or 0) + 1)


def _sounds_beside_immersive(facts: PackageFacts) -> Iterator[tuple[TrackFacts, SoundDescriptor]]:
    """The files of main sound in reels that have immersive sound, each once."""
    ids = dict.fromkeys(reference.asset.id for reference in _beside_immersive(facts))
    for track in (facts.tracks.get(id) for id in ids):
        if track is not None and track.header is not None:
            sound = track.header.descriptor
            if isinstance(sound, SoundDescriptor):
                yield track, sound


def _beside_immersive(facts: PackageFacts) -> Iterator[Reference]:
    """Main sound of reels that have immersive sound."""
    reels = set()
    references = list(facts.references())
    for reference in references:
        header = facts.header_of(reference.asset.id)
        if (
            header is not None
            and isinstance(header.descriptor, AuxDescriptor)
            and header.descriptor.immersive
        ):
            reels.add((reference.file, reference.reel_number))
    for reference in references:
        if reference.asset.kind == "MainSound" and (reference.file, reference.reel_number) in reels:
            yield reference


def _heard(track: TrackFacts, read: SyncRead, channel: int) -> Outcome:
    assert track.header is not None
    silent, displaced, broken = Frames(), Frames(), Frames()
    offset = 0
    other_id = other_rate = None
    for index, signal in read.units:
        if signal is None:
            silent.add(index)
            continue
        if signal.id not in (None, track.header.asset_id):
            other_id = signal.id
        if signal.rate != track.header.edit_rate:
            other_rate = signal.rate
        elif signal.first != index:
            offset = signal.first - index
            displaced.add(index)
        elif signal.broken:
            broken.add(index)
    if read.units and len(silent) == len(read.units):
        yield hit("IMM-101.absent", file=track.name, channel=channel)
        return
    if silent:
        yield hit("IMM-101.gaps", file=track.name, place=silent, channel=channel)
    if other_id is not None:
        yield hit("IMM-101.other-id", file=track.name, found=other_id, wanted=track.header.asset_id)
    if other_rate is not None:
        yield hit("IMM-101.rate", file=track.name, found=other_rate, wanted=track.header.edit_rate)
    if displaced:
        yield hit("IMM-101.offset", file=track.name, place=displaced, count=abs(offset))
    if broken:
        yield hit("IMM-101.broken", file=track.name, place=broken, channel=channel)
