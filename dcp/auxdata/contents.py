"""What an IAB frame's elements hold: beds with their channels, objects, which sound each of them plays.

Of the sound itself only its number is read, of an object's way through the room nothing is kept.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from fractions import Fraction
from typing import TypeVar

from dcp.auxdata.bits import Bits
from dcp.auxdata.iab import ALWAYS, AUDIO_DLC, AUDIO_PCM, BED, OBJECT, Element, Outline, outline
from dcp.dataclass import dataclass
from dcp.errors import SourceError

NO_SOUND = 0
"""AudioDataID of a channel or an object that is silent."""
LAST_CINEMA_CHANNEL = 0x7F
_ZONES = 9
_SPREAD_BITS = (8, 0, 12, 36)
_DEEP = 4
"""Definitions in definitions: one for another loudspeaker layout stands in the first, and that is all."""


@dataclass(frozen=True)
class Bed:
    """channels: (ChannelID, AudioDataID). use_case: of a conditional bed. within: beds for other layouts."""

    id: int
    channels: tuple[tuple[int, int], ...]
    use_case: int | None = None
    within: tuple[Bed, ...] = ()


@dataclass(frozen=True)
class Object:
    """audio: its AudioDataID. within: what it is in other layouts."""

    id: int
    audio: int
    use_case: int | None = None
    within: tuple[Object, ...] = ()


T = TypeVar("T", Bed, Object)


@dataclass(frozen=True)
class Contents:
    """audio: the AudioDataIDs of the sounds in the frame, in its order."""

    beds: tuple[Bed, ...]
    objects: tuple[Object, ...]
    audio: tuple[int, ...]

    @property
    def channels(self) -> int:
        """Of all beds that do not exclude each other."""
        return sum(_at_once((each.use_case, _widest(each)) for each in self.beds))

    @property
    def rendered(self) -> int:
        """Channels and objects at once, as MaxRendered counts them: of conditional ones those of the use case
        that has most."""
        beds = ((each.use_case, _widest(each)) for each in self.beds)
        objects = ((each.use_case, 1) for each in self.objects)
        return sum(_at_once((*beds, *objects)))

    @property
    def played(self) -> tuple[int, ...]:
        """AudioDataIDs that beds and objects refer to."""
        beds = (audio for bed in _all(self.beds) for _, audio in bed.channels)
        return (*beds, *(each.audio for each in _all(self.objects)))


def contents(frame: bytes | memoryview, found: Outline | None = None) -> Contents:
    """The beds, the objects and the sounds of a frame. SourceError where an element says what cannot be."""
    found = found or outline(frame)
    rate = found.header.frame_rate
    return Contents(
        tuple(_bed(frame, each, 0) for each in found.of(BED)),
        tuple(_object(frame, each, rate, 0) for each in found.of(OBJECT)),
        tuple(
            Bits(frame, each.start, each.end).plex(8)
            for each in found.elements
            if each.id in (AUDIO_DLC, AUDIO_PCM)
        ),
    )


def check_contents(found: Contents, max_rendered: int) -> None:
    """SourceError for sounds that are missing or there twice, channels outside cinema's, or more sounding at
    once than the frame says."""
    twice = next((id for id, n in Counter(found.audio).items() if n > 1), None)
    if twice is not None:
        raise SourceError("iab.sound-twice", sound=twice)
    if NO_SOUND in found.audio:
        raise SourceError("iab.sound-without-number")
    held = {NO_SOUND, *found.audio}
    absent = next((id for id in found.played if id not in held), None)
    if absent is not None:
        raise SourceError("iab.sound-absent", sound=absent)
    channel = next(
        (id for bed in _all(found.beds) for id, _ in bed.channels if id > LAST_CINEMA_CHANNEL), None
    )
    if channel is not None:
        raise SourceError("iab.channel", channel=channel)
    if found.rendered > max_rendered:
        raise SourceError("iab.max-rendered", n=found.rendered, most=max_rendered)


# --- how it is done -----


def _at_once(counted: Iterable[tuple[int | None, int]]) -> tuple[int, int]:
    """What is always there, and the most of what a use case has."""
    always, cases = 0, Counter[int]()
    for use_case, count in counted:
        if use_case in (None, ALWAYS):
            always += count
        else:
            cases[use_case or 0] += count
    return always, max(cases.values(), default=0)


def _widest(bed: Bed) -> int:
    return max(len(each.channels) for each in (bed, *bed.within))


def _all(found: tuple[T, ...]) -> Iterator[T]:
    for each in found:
        yield each
        yield from _all(each.within)


def _bed(frame: bytes | memoryview, element: Element, depth: int) -> Bed:
    bits = Bits(frame, element.start, element.end)
    id = bits.plex(8)
    use_case = bits.read(8) if bits.read(1) else None
    channels = []
    for _ in range(bits.plex(4)):
        channels.append((bits.plex(4), bits.plex(8)))
        _gain(bits)
        if bits.read(1):
            bits.read(4)
            _correlation(bits)
    bits.read(10)
    within = _within(frame, bits, element, depth, BED)
    return Bed(id, tuple(channels), use_case, tuple(_bed(frame, each, depth + 1) for each in within))


def _object(frame: bytes | memoryview, element: Element, rate: Fraction, depth: int) -> Object:
    bits = Bits(frame, element.start, element.end)
    id, audio = bits.plex(8), bits.plex(8)
    use_case = None
    if bits.read(1):
        bits.read(1)
        use_case = bits.read(8)
    bits.read(1)
    for number in range(_ways(rate)):
        if number == 0 or bits.read(1):
            _way(bits)
    within = _within(frame, bits, element, depth, OBJECT)
    return Object(id, audio, use_case, tuple(_object(frame, each, rate, depth + 1) for each in within))


def _ways(rate: Fraction) -> int:
    """How many places of an object a frame has."""
    return 8 if rate <= 30 else 4 if rate <= 60 else 2


def _way(bits: Bits) -> None:
    _gain(bits)
    bits.read(3)
    bits.read(3 * 16)
    if bits.read(1):
        if bits.read(1):
            bits.read(12)
        bits.read(1)
    if bits.read(1):
        for _ in range(_ZONES):
            _gain(bits)
    bits.read(_SPREAD_BITS[bits.read(2)])
    bits.read(4)
    _correlation(bits)


def _gain(bits: Bits) -> None:
    prefix = bits.read(2)
    if prefix == 3:
        raise SourceError("iab.reserved-gain", byte=bits.byte)
    if prefix == 2:
        bits.read(10)


def _correlation(bits: Bits) -> None:
    prefix = bits.read(2)
    if prefix == 3:
        raise SourceError("iab.reserved-gain", byte=bits.byte)
    if prefix == 2:
        bits.read(8)


def _within(
    frame: bytes | memoryview, bits: Bits, element: Element, depth: int, id: int
) -> tuple[Element, ...]:
    """The description behind a definition, then the elements in it, of which those like it are returned."""
    bits.align()
    if bits.read(8) & 0x80:
        while bits.read(8):
            pass
    count = bits.plex(8)
    if count and depth >= _DEEP:
        raise SourceError("iab.too-deep", byte=bits.byte)
    found, at = [], bits.byte
    for _ in range(count):
        head = Bits(frame, at, element.end)
        own, size = head.plex(8), head.plex(8)
        start = head.byte
        if start + size > element.end:
            left = element.end - start
            raise SourceError("iab.element-outside", element=own, byte=at, bytes=size, left=left)
        if own == id:
            found.append(Element(own, start, start + size))
        at = start + size
    return tuple(found)
