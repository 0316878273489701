"""Frames of the Immersive Audio Bitstream (ST 2098-2), which Dolby Atmos track files hold as well: read to
their elements, with every size held to its bounds.

A frame is two subframes, each a tag, four bytes of length, and a value: the preamble, which says nothing
here, and the IAFrame. The IAFrame is an element, and holds elements: beds, objects, their sound. An element
is an id, a size, and a value. Numbers that are mostly small are coded in 8 or 4 bits, with all ones for
"twice as many bits follow".
"""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple

from dcp.auxdata.bits import Bits
from dcp.dataclass import dataclass
from dcp.errors import SourceError

PREAMBLE, IA_FRAME = 0x01, 0x02
"""Tags of the subframes."""
FRAME = 0x08
BED, BED_REMAP, OBJECT, OBJECT_ZONES = 0x10, 0x20, 0x40, 0x80
AUTHORING_TOOL, USER_DATA = 0x100, 0x101
AUDIO_DLC, AUDIO_PCM = 0x200, 0x400
"""Ids of elements."""

VERSION = 1
SAMPLE_RATES = (48_000, 96_000)
BIT_DEPTHS = (16, 24)
FRAME_RATES = (
    *(Fraction(rate) for rate in (24, 25, 30, 48, 50, 60, 96, 100, 120)),
    Fraction(24_000, 1001),
)
"""By their codes."""
CINEMA_RATES = FRAME_RATES[:9]
CINEMA_BYTES_A_SECOND = 18_750_000
"""150 Mbit/s: what a frame may have of bytes in cinema (ST 429-18 7.2.4), by its rate."""
ALWAYS = 0xFF
"""The use case of what is conditional and yet always rendered."""
_HEADER = 5


@dataclass(frozen=True)
class FrameHeader:
    """sample_rate in Hz; bit_depth: of a sample. max_rendered: channels and objects sounding at once."""

    sample_rate: int
    bit_depth: int
    frame_rate: Fraction
    max_rendered: int

    @property
    def form(self) -> tuple[int, int, Fraction]:
        """What all frames of a track have alike."""
        return self.sample_rate, self.bit_depth, self.frame_rate


class Element(NamedTuple):
    """Where the value of an element stands in the frame, [start, end)."""

    id: int
    start: int
    end: int


@dataclass(frozen=True)
class Outline:
    """A frame whose sizes all add up."""

    header: FrameHeader
    elements: tuple[Element, ...]

    def of(self, id: int) -> tuple[Element, ...]:
        return tuple(each for each in self.elements if each.id == id)


def looks_like_iab(frame: bytes | memoryview) -> bool:
    """Whether it begins as a frame does, damaged behind that or not: a preamble, then the IAFrame's tag."""
    if len(frame) <= _HEADER or frame[0] != PREAMBLE:
        return False
    behind = _HEADER + int.from_bytes(frame[1:_HEADER], "big")
    return behind >= len(frame) or frame[behind] == IA_FRAME


def outline(frame: bytes | memoryview) -> Outline:
    """The header and the elements of a frame. SourceError where it is cut, too long, or says what
    cannot be.
    """
    at = _subframe(frame, 0, PREAMBLE)[1]
    start, end = _subframe(frame, at, IA_FRAME)
    if end < len(frame):
        raise SourceError("iab.too-long", bytes=len(frame), expected=end)
    root, behind = _element(frame, start, end)
    if root.id != FRAME:
        raise SourceError("iab.no-frame", found=root.id)
    if behind != end:
        raise SourceError("iab.left-over", bytes=end - behind)
    bits = Bits(frame, root.start, root.end)
    header = _header(bits)
    count = bits.plex(8)
    at = bits.byte
    if count > (root.end - at) // 2:
        raise SourceError("iab.too-many-elements", n=count, bytes=root.end - at)
    elements = []
    for _ in range(count):
        element, at = _element(frame, at, root.end)
        elements.append(element)
    if at != root.end:
        raise SourceError("iab.left-over", bytes=root.end - at)
    return Outline(header, tuple(elements))


def check_for_cinema(frame: Outline, size: int, rate: Fraction) -> None:
    """SourceError for what ST 429-18 has no place for: other rates, other than 24 bits, a frame of more bytes
    than a player takes, sound that is not coded, data of somebody's own."""
    header = frame.header
    if header.frame_rate != rate:
        raise SourceError("iab.other-rate", rate=header.frame_rate, expected=rate)
    if header.bit_depth != 24:
        raise SourceError("iab.depth", bits=header.bit_depth)
    most = -(-CINEMA_BYTES_A_SECOND // rate)
    if size > most:
        raise SourceError("iab.frame-too-large", bytes=size, most=most)
    found = next((each.id for each in frame.elements if each.id in (USER_DATA, AUDIO_PCM)), None)
    if found is not None:
        raise SourceError("iab.not-of-cinema", element="AudioDataPCM" if found == AUDIO_PCM else "UserData")


# --- how it is done -----


def _subframe(frame: bytes | memoryview, at: int, tag: int) -> tuple[int, int]:
    """Where the value of a subframe begins and ends."""
    start = at + _HEADER
    if start > len(frame):
        raise SourceError("iab.cut", bytes=len(frame), expected=start)
    if frame[at] != tag:
        raise SourceError("iab.no-subframe", tag=tag, byte=at, found=frame[at])
    end = start + int.from_bytes(frame[at + 1 : start], "big")
    if end > len(frame):
        raise SourceError("iab.cut", bytes=len(frame), expected=end)
    return start, end


def _element(frame: bytes | memoryview, at: int, end: int) -> tuple[Element, int]:
    """The element at a byte, and the byte behind it."""
    bits = Bits(frame, at, end)
    id, size = bits.plex(8), bits.plex(8)
    start = bits.byte
    if start + size > end:
        raise SourceError("iab.element-outside", element=id, byte=at, bytes=size, left=end - start)
    return Element(id, start, start + size), start + size


def _header(bits: Bits) -> FrameHeader:
    version = bits.read(8)
    if version != VERSION:
        raise SourceError("iab.version", version=version, known=VERSION)
    rate, depth, frames = bits.read(2), bits.read(2), bits.read(4)
    if rate >= len(SAMPLE_RATES) or depth >= len(BIT_DEPTHS) or frames >= len(FRAME_RATES):
        raise SourceError("iab.reserved", sample_rate=rate, depth=depth, frame_rate=frames)
    return FrameHeader(SAMPLE_RATES[rate], BIT_DEPTHS[depth], FRAME_RATES[frames], bits.plex(8))
