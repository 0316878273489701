"""The sync signal: on channel 14 of the sound it says which unit of which sound track file is heard, so that
a processor of immersive sound, which gets that apart, plays both together (ST 430-12).

12,000 bits a second: 0 is half a cycle of 6 kHz, 1 a whole cycle of 12 kHz, each beginning where the last
one ended, at a tenth of full scale. A message has 96 bits: a header; the code of the frame rate; a quarter
of the id of the sound track file and which one; the number of the unit, 24 bits; a CRC over these.
A unit has 4, 2 or 1 messages, by its rate, with zeros between.
"""

from __future__ import annotations

import binascii
import functools
import math
from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import pairwise
from typing import NamedTuple
from uuid import UUID

from dcp.dataclass import dataclass
from dcp.errors import UsageError

CHANNEL = 14
"""Of the sound, from 1."""
SYMBOL = "FSKSync"
BITS_A_SECOND = 12_000
HEADER = b"\x4d\x56"
MESSAGE_BYTES = 12
RATES = tuple(Fraction(rate) for rate in (24, 25, 30, 48, 50, 60, 96, 100, 120))
"""Units a second, by their codes."""
SAMPLE_RATES = (48_000, 96_000)
MAX_UNITS = 1 << 24
_LEVEL = 0.1
_FULL = 8_388_607
_SAMPLE = 3
_FAINT = 0.005
"""Of full scale: what is below carries no signal."""


class Message(NamedTuple):
    """sample: where it begins. rate: units a second. part: which quarter of the id, from 0, and its bytes."""

    sample: int
    rate: Fraction
    part: int
    id: bytes
    unit: int


@dataclass(frozen=True)
class Signal:
    """id: of the sound track file; None where not all of it was heard. first: the unit of the first
    message. broken: messages that do not go on from the one before."""

    rate: Fraction
    id: UUID | None
    first: int
    messages: int
    broken: int = 0


def can_carry(rate: Fraction, sample_rate: int) -> bool:
    """Whether there is a signal for this rate of units and these samples a second."""
    return rate in RATES and sample_rate in SAMPLE_RATES


def sync_units(
    id: UUID, rate: Fraction, *, sample_rate: int = 48_000, first: int = 0, count: int
) -> Iterator[bytes]:
    """`count` units of the signal from unit `first` on: 24-bit samples of one channel, little-endian.

    id: of the sound track file that carries it; rate: units a second. UsageError for rates without a signal.
    """
    if not can_carry(rate, sample_rate) or first + count > MAX_UNITS:
        raise UsageError("sync.rate", rate=rate, samples=sample_rate)
    code, per = RATES.index(rate), _messages(rate)
    bits = BITS_A_SECOND // (int(rate) * per)
    turned = _turned_before(id, code, per, bits, first)
    for unit in range(first, first + count):
        samples = []
        for message in range(unit * per, (unit + 1) * per):
            made, turned = _wave(_message(id, code, message % 4, unit), bits, sample_rate, turned)
            samples.append(made)
        yield b"".join(samples)


def read_messages(samples: bytes | memoryview, *, sample_rate: int = 48_000) -> list[Message]:
    """The messages in 24-bit samples of one channel, wherever they begin; those with a wrong CRC are left
    out. Nothing where there is no signal."""
    length = sample_rate // BITS_A_SECOND
    values = [
        int.from_bytes(samples[at : at + _SAMPLE], "little", signed=True)
        for at in range(0, len(samples) - _SAMPLE + 1, _SAMPLE)
    ]
    best: tuple[int, int, list[Message]] = (0, 0, [])
    for shift in range(length):
        bits, loud = _bits(values[shift:], length)
        found = _in_bits(bits, shift, length)
        if (len(found), loud) > best[:2]:  # beside its place a message may be read too, but less clearly
            best = len(found), loud, found
    return best[2]


def signal_of(messages: Sequence[Message]) -> Signal | None:
    """What messages in a row say together; None of none."""
    if not messages:
        return None
    parts = {each.part: each.id for each in messages}
    whole = UUID(bytes=b"".join(parts[part] for part in range(4))) if len(parts) == 4 else None
    per = _messages(messages[0].rate)
    broken = 0
    for one, other in pairwise(messages):
        goes_on = other.unit - one.unit == (1 if other.part % per == 0 else 0)
        same = other.rate == one.rate and other.id == parts[other.part]
        broken += not (goes_on and same and other.part == (one.part + 1) % 4)
    return Signal(messages[0].rate, whole, messages[0].unit, len(messages), broken)


# --- how it is done -----


def _messages(rate: Fraction) -> int:
    return 4 if rate <= 30 else 2 if rate <= 60 else 1


def _message(id: UUID, code: int, part: int, unit: int) -> bytes:
    body = bytes((code << 4 | part,)) + id.bytes[part * 4 : part * 4 + 4] + unit.to_bytes(3, "big")
    return HEADER + body + binascii.crc_hqx(body, 0).to_bytes(2, "big")


def _turned_before(id: UUID, code: int, per: int, bits: int, unit: int) -> bool:
    """Whether the wave stands on its head where a unit begins: each 0 before it turned it."""
    zeros = 0
    for message in range(unit * per):
        held = int.from_bytes(_message(id, code, message % 4, message // per), "big")
        zeros += bits - held.bit_count()
    return bool(zeros % 2)


def _wave(message: bytes, bits: int, sample_rate: int, turned: bool) -> tuple[bytes, bool]:
    """The samples of a message with zeros up to `bits`, and whether the next one begins downward."""
    waves = _waves(sample_rate)
    padded = message + bytes(-(-bits // 8) - len(message))
    made = []
    for byte in padded:
        wave, turns = waves[turned, byte]
        made.append(wave)
        turned ^= turns
    size = sample_rate // BITS_A_SECOND * _SAMPLE
    left_out = len(padded) * 8 - bits
    return b"".join(made)[: bits * size], turned ^ bool(left_out % 2)


@functools.cache
def _waves(sample_rate: int) -> dict[tuple[bool, int], tuple[bytes, bool]]:
    """For each byte, begun upward or turned: its samples, and whether it turns what follows."""
    length = sample_rate // BITS_A_SECOND
    cycle = {
        (bit, sign): b"".join(
            _sample(sign * math.sin(math.pi * (bit + 1) * (step + 0.5) / length)) for step in range(length)
        )
        for bit in (0, 1)
        for sign in (1, -1)
    }
    found = {}
    for turned in (False, True):
        for byte in range(256):
            sign, made = -1 if turned else 1, []
            for place in range(7, -1, -1):
                bit = byte >> place & 1
                made.append(cycle[bit, sign])
                sign = sign if bit else -sign
            found[turned, byte] = b"".join(made), (sign < 0) != turned
    return found


def _sample(value: float) -> bytes:
    return int(value * _LEVEL * _FULL).to_bytes(_SAMPLE, "little", signed=True)


def _bits(values: Sequence[int], length: int) -> tuple[list[int], int]:
    """A bit each `length` samples: 1 where the two halves go to different sides, -1 where nothing is heard;
    and how much is heard."""
    half, least, loud, found = length // 2, _FAINT * _FULL * length, 0, []
    for at in range(0, len(values) - length + 1, length):
        one, other = sum(values[at : at + half]), sum(values[at + half : at + length])
        heard = abs(one) + abs(other)
        loud += heard
        found.append(-1 if heard < least else int((one < 0) != (other < 0)))
    return found, loud


def _in_bits(bits: Sequence[int], shift: int, length: int) -> list[Message]:
    wanted = MESSAGE_BYTES * 8
    text = "".join("x" if bit < 0 else str(bit) for bit in bits)
    head = f"{int.from_bytes(HEADER, 'big'):016b}"
    found, at = [], text.find(head)
    while 0 <= at <= len(text) - wanted:
        word = text[at : at + wanted]
        message = None if "x" in word else _read(int(word, 2).to_bytes(MESSAGE_BYTES, "big"))
        if message is not None:
            rate, part, id, unit = message
            found.append(Message(shift + at * length, rate, part, id, unit))
        at = text.find(head, at + (wanted if message is not None else 1))
    return found


def _read(message: bytes) -> tuple[Fraction, int, bytes, int] | None:
    body, code = message[2:10], message[2] >> 4
    if binascii.crc_hqx(body, 0) != int.from_bytes(message[10:], "big") or code >= len(RATES):
        return None
    return RATES[code], body[0] & 3, body[1:5], int.from_bytes(body[5:8], "big")
