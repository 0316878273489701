"""What is gathered of sound in the pass over a track file, where `--decode` asks for it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from dcp.dataclass import dataclass
from dcp.documents.cpl import CompositionPlaylist, ReelAsset
from dcp.extras import has
from dcp.mxf.descriptors import SoundDescriptor
from dcp.mxf.labels import MCA
from dcp.mxf.reader import Unit
from dcp.sound.layout import BYTES_PER_SAMPLE, SIGNALS, Layout, assumed
from dcp.sound.loudness import LEVELS, Loudness, Part, joined
from dcp.verify.facts import PackageFacts, TrackFacts
from dcp.verify.rule import Skip, measure, skip

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dcp.sound.inspection import Inspection

MAX_CHANNELS = 32
SAMPLE_RATES = (48_000, 96_000)
MAX_STRETCHES = 1000
"""Of one file, between the places where playlists begin or end to play it."""
EDGE = 64
"""Samples at the ends of a stretch that are kept, to see whether the next one goes on from them."""
SYMBOLS: Mapping[str, str] = {term.tag_symbol: symbol for symbol, term in MCA.channels.items()}
"""Of the channels, by their tags in a file."""


@dataclass(frozen=True)
class Stretch:
    """Edit units [start, end) and what they came to. first, last: samples (channels, EDGE) at its ends."""

    start: int
    end: int
    part: Part
    first: NDArray[Any]
    last: NDArray[Any]


@dataclass(frozen=True)
class SoundMeasured:
    """layout: of the channels; named: by the file itself. damaged: units that were taken as silence."""

    layout: Layout
    named: bool
    sample_rate: int
    edit_rate: Fraction
    stretches: tuple[Stretch, ...]
    inspection: Inspection
    damaged: int

    def frame(self, sample: int) -> int:
        """The edit unit in which a sample lies."""
        return int(sample * self.edit_rate / self.sample_rate)

    def name(self, channel: int) -> str:
        """Of a channel, from 0: its symbol, or its number from 1."""
        return self.layout.channels[channel] or str(channel + 1)

    def played(self, asset: ReelAsset) -> tuple[Stretch, ...]:
        """What a reel plays."""
        return tuple(
            each for each in self.stretches if asset.entry_point <= each.start and each.end <= asset.end
        )


def layout_in(sound: SoundDescriptor) -> tuple[Layout, bool]:
    """The layout that a file names by labels; else what the field takes it for, and False. A name that stands
    at two channels is the first one's."""
    symbols: list[str | None] = [None] * sound.channels
    for label in sound.soundfield:
        symbol = SYMBOLS.get(label.tag_symbol)
        if label.channel is not None and 1 <= label.channel <= sound.channels and symbol not in symbols:
            symbols[label.channel - 1] = symbol
    if not any(symbols):
        return assumed(sound.channels), False
    return Layout("", tuple(symbols)), True


def measurable(track: TrackFacts) -> SoundDescriptor | None:
    """The sound of a track file whose samples can be looked at."""
    header = track.header
    if header is None or header.essence != "sound" or not isinstance(header.descriptor, SoundDescriptor):
        return None
    sound = header.descriptor
    known = sound.quantization_bits == 24 and sound.sample_rate in SAMPLE_RATES
    fits = 1 <= sound.channels <= MAX_CHANNELS and header.edit_rate > 0
    return sound if known and fits and track.readable else None


def _make(track: TrackFacts) -> _Gatherer | None:
    if not track.asked.decode or not has("sound"):
        return None
    sound = measurable(track)
    return _Gatherer(track, sound) if sound is not None else None


class _Gatherer:
    """Takes a second at a time, cut where a playlist begins or ends. A damaged unit counts as silence, so
    that what follows keeps its time."""

    def __init__(self, track: TrackFacts, sound: SoundDescriptor) -> None:
        from dcp.sound.inspection import Inspector
        from dcp.sound.loudness import Meter

        assert track.header is not None
        self._edit_rate = track.header.edit_rate
        self._rate = sound.sample_rate
        self._channels = sound.channels
        self._layout, self._named = layout_in(sound)
        symbols = self._layout.channels
        self._meter = Meter(self._layout, sound.sample_rate)
        self._inspector = Inspector(
            sound.channels,
            sound.sample_rate,
            heard=tuple(place for place, each in enumerate(symbols) if each in LEVELS),
            left_out=frozenset(place for place, each in enumerate(symbols) if each in SIGNALS),
        )
        places = sorted({place for played in track.played for place in played})
        self._places = places if len(places) <= MAX_STRETCHES else []
        self._block = sound.sample_rate * sound.channels * BYTES_PER_SAMPLE
        self._unit = int(sound.sample_rate / self._edit_rate) * sound.channels * BYTES_PER_SAMPLE
        self._held = bytearray()
        self._at = 0
        self._begun = 0
        self._first: NDArray[Any] | None = None
        self._last: NDArray[Any] | None = None
        self._stretches: list[Stretch] = []
        self._damaged = 0

    def unit(self, unit: Unit) -> None:
        while self._places and self._places[0] <= unit.index:
            self._end(self._places.pop(0))
        self._at = unit.index + 1
        if unit.fault is not None:
            self._damaged += 1
            self._held += bytes(min(self._unit, self._block))
        else:
            for start in range(0, len(unit.data), self._block):
                self._held += unit.data[start : start + self._block]
                if len(self._held) >= self._block:
                    self._take()
        if len(self._held) >= self._block:
            self._take()

    def result(self) -> SoundMeasured:
        self._end(self._at)
        return SoundMeasured(
            layout=self._layout,
            named=self._named,
            sample_rate=self._rate,
            edit_rate=self._edit_rate,
            stretches=tuple(self._stretches),
            inspection=self._inspector.result(),
            damaged=self._damaged,
        )

    def _take(self) -> None:
        from dcp.sound.inspection import unpacked

        samples = unpacked(self._held, self._channels)
        self._held = bytearray()
        if not samples.shape[1]:
            return
        self._inspector.add(samples)
        scaled = samples.astype("f4")
        scaled /= 1 << 31
        self._meter.add(scaled.T)
        if self._first is None:
            self._first = samples[:, :EDGE].copy()
        self._last = samples[:, -EDGE:].copy()

    def _end(self, place: int) -> None:
        """Of a stretch, before the edit unit `place`."""
        self._take()
        if self._first is not None and self._last is not None and place > self._begun:
            end = min(place, self._at)
            part = self._meter.end_part()
            self._stretches.append(Stretch(self._begun, end, part, self._first, self._last))
        self._begun, self._first, self._last = place, None, None


SOUND = measure("sound", _make)


@dataclass(frozen=True)
class CompositionSound:
    """What a composition's main sound came to, in its order. reels: of each its number and what it plays.
    missing: files of which nothing was measured."""

    file: str
    cpl: CompositionPlaylist
    loudness: Loudness
    reels: tuple[tuple[int, SoundMeasured, tuple[Stretch, ...]], ...]
    missing: tuple[str, ...]


def compositions_of(facts: PackageFacts) -> Iterator[CompositionSound]:
    """Every composition with main sound, where some of it was measured."""
    measured = {track.asset_id: found for track, found in SOUND.of(facts)}
    if not measured:
        return  # not asked for, or not there; without the extra nothing can be added up
    for document, cpl in facts.compositions():
        reels, missing = [], []
        for number, reel in enumerate(cpl.reels, start=1):
            for asset in reel.assets:
                if asset.kind != "MainSound":
                    continue
                found = measured.get(asset.id)
                stretches = found.played(asset) if found is not None else ()
                if found is not None and stretches:
                    reels.append((number, found, stretches))
                else:
                    missing.append(facts.listed_name(asset.id))
        if reels or missing:
            parts = (each.part for _, _, stretches in reels for each in stretches)
            yield CompositionSound(
                document.name, cpl, joined(parts), tuple(reels), tuple(dict.fromkeys(missing))
            )


def not_measured(facts: PackageFacts) -> Iterator[Skip]:
    """Why sound was not measured that a run was asked to measure."""
    sounds = [
        track
        for track in facts.tracks.values()
        if track.header is not None and track.header.essence == "sound"
    ]
    if sounds and not has("sound"):
        yield skip("SND-013.extra")
        return
    for track in sounds:
        header = track.header
        if header is not None and header.encrypted and not track.readable:
            yield skip("MXF.no-key", name=track.name, key=header.key_id or "")
        elif measurable(track) is None:
            yield skip("SND-013.form", name=track.name)
