"""What is wrong with sound: in its header, and in its samples where they are measured."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any

from lxml import etree

from dcp.mxf.descriptors import SoundDescriptor
from dcp.mxf.labels import UL
from faults.bases import FIVE_ONE, noise
from faults.changes import Change, Copy, both, edit, named, tree, units_of
from faults.rows import Fault, Good

PER, SAMPLE = 2000, 3
TOP, BOTTOM = 0x7FFFFF, -0x800000


def samples(
    role: str, do: Callable[[int, list[int]], Sequence[int]], *, only: Sequence[int] | None = None
) -> Change:
    """Other samples. do: (number of the sample in the file, one of each channel) -> those instead. only: the
    units that are looked at."""

    def changed(number: int, unit: bytes) -> bytes:
        if only is not None and number not in only:
            return unit
        width = len(unit) // PER
        made = bytearray()
        for place in range(PER):
            frame = unit[place * width : (place + 1) * width]
            values = [
                int.from_bytes(frame[at : at + SAMPLE], "little", signed=True)
                for at in range(0, width, SAMPLE)
            ]
            for value in do(number * PER + place, values):
                made += int(value).to_bytes(SAMPLE, "little", signed=True)
        return bytes(made)

    return units_of(role, lambda units: [changed(number, unit) for number, unit in enumerate(units)])


def channels(role: str, do: Callable[[dict[str, bytes]], dict[str, bytes]]) -> Change:
    """Whole channels of 5.1 moved, silenced, repeated: 24-bit samples by their symbols."""

    def changed(unit: bytes) -> bytes:
        width = len(FIVE_ONE) * SAMPLE
        parted = {
            symbol: b"".join(unit[at : at + SAMPLE] for at in range(place * SAMPLE, len(unit), width))
            for place, symbol in enumerate(FIVE_ONE)
        }
        made = bytearray(len(unit))
        for place, line in enumerate(do(parted).values()):
            for part in range(SAMPLE):
                made[place * SAMPLE + part :: width] = line[part::SAMPLE]
        return bytes(made)

    return units_of(role, lambda units: [changed(unit) for unit in units])


def described(size: Fraction = Fraction(1), **changed: Any) -> Change:
    """Another descriptor, before silence. size: of a unit, beside the usual."""

    def change(copy: Copy) -> None:
        descriptor = replace(SoundDescriptor.labelled(FIVE_ONE), **changed)
        units_of(
            "sound2", lambda units: [bytes(int(len(unit) * size)) for unit in units], descriptor=descriptor
        )(copy)

    return change


def silent(role: str, first: int, behind: int) -> Change:
    return units_of(
        role,
        lambda units: [
            bytes(len(unit)) if first <= number < behind else unit for number, unit in enumerate(units)
        ],
    )


def negative(line: bytes) -> bytes:
    values = (
        int.from_bytes(line[at : at + SAMPLE], "little", signed=True) for at in range(0, len(line), SAMPLE)
    )
    return b"".join((-value).to_bytes(SAMPLE, "little", signed=True) for value in values)


def rated(old: str, new: str) -> Change:
    """Another sampling rate in the header, before the same samples."""
    return edit("sound2", *(bytes.fromhex("3d030008" + each) for each in (old, new)))


def sound_later(copy: Copy) -> None:
    """The second reel plays a second of each, of the sound the second one."""

    def do(root: etree._Element) -> None:
        for name, entry in (("MainPicture", "0"), ("MainSound", "24")):
            asset = named(root, name, 1)
            named(asset, "EntryPoint").text = entry
            named(asset, "Duration").text = "24"
        for name in ("MainSubtitle", "ClosedCaption"):
            named(named(root, name, 1), "Duration").text = "24"

    tree("cpl", do)(copy)


def loud(role: str) -> Change:
    return units_of(role, lambda units: noise(len(units), len(FIVE_ONE), seed="loud", most=64))


def silenced(symbol: str) -> Callable[[dict[str, bytes]], dict[str, bytes]]:
    return lambda found: found | {symbol: bytes(len(found[symbol]))}


def repeated(
    one: str, other: str, how: Callable[[bytes], bytes] = bytes
) -> Callable[[dict[str, bytes]], dict[str, bytes]]:
    return lambda found: found | {other: how(found[one])}


def higher(place: int) -> Callable[[int, list[int]], list[int]]:
    """A channel with DC."""
    return lambda _, values: [*values[:place], values[place] + 6_000_000, *values[place + 1 :]]


ALONE: dict[str, Any] = {"asked": {"decode": True}, "extra": "sound"}
HEARD: dict[str, Any] = ALONE | {"also": ("SND-013",)}
"""The figures of the composition are others, too."""
QUIET: dict[str, Any] = ALONE | {"infos": ("SND-013",)}
BLOCK_ALIGN = bytes.fromhex("3d0a0002 00")
CONFIGURATION_1 = UL.parse("060e2b34.0401010b.04020210.03010100")

FAULTS = [
    Fault("SND-001", "smpte", described(Fraction(2), sample_rate=96_000)),
    Fault("SND-002", "smpte", described(Fraction(2, 3), quantization_bits=16)),
    Fault("SND-003", "smpte", described(Fraction(3), channels=18), ("REEL-017",)),
    Fault("SND-004", "smpte", described(Fraction(7, 6), channels=7), ("REEL-017",)),
    Fault("SND-005", "smpte", edit("sound2", BLOCK_ALIGN + b"\x12", BLOCK_ALIGN + b"\x11")),
    Fault("SND-006", "smpte", described(channel_assignment=None)),
    Fault(
        "SND-007",
        "smpte",
        described(Fraction(5, 3), channels=10, channel_assignment=CONFIGURATION_1),
        ("SND-006", "REEL-017", "REEL-018"),
    ),
    Fault("SND-008", "smpte", described(soundfield=())),
    Fault("SND-009", "smpte", described(Fraction(1, 3), channels=2, soundfield=()), ("SND-008", "REEL-017")),
    Fault(
        "SND-010",
        "smpte",
        samples("sound2", lambda n, v: [TOP if n % PER < 5 else v[0], *v[1:]], only=(7, 8)),
        **HEARD,
    ),
    Fault(
        "SND-010",
        "smpte",
        samples("sound2", lambda n, v: [*v[:5], BOTTOM if n % PER < 3 else v[5]], only=(9,)),
        **HEARD,
        note="at-the-bottom",
    ),
    Fault("SND-011", "smpte", channels("sound2", silenced("C")), **HEARD),
    Fault("SND-011", "smpte", silent("sound2", 0, 48), **HEARD, note="all"),
    Fault("SND-012", "smpte", both(loud("sound2"), edit("cpl", ">test<", ">trailer<")), **HEARD),
    Fault("SND-013", "smpte", loud("sound1"), **ALONE),
    Fault("SND-014", "smpte", channels("sound2", repeated("L", "Rs")), **ALONE),
    Fault(
        "SND-014",
        "smpte",
        channels("sound2", repeated("L", "R", negative)),
        asked={"decode": True},
        extra="sound",
        note="inverted",
    ),
    Fault("SND-015", "smpte", samples("sound2", higher(2), only=range(9, 11)), **HEARD),
    Fault(
        "SND-016",
        "smpte",
        samples("sound1", higher(0), only=range(96, 120)),
        ("SND-015", "SND-013"),
        asked={"decode": True},
        extra="sound",
    ),
    Fault("QC-004", "smpte", rated("0000bb80", "0000bb50"), ("SND-001",)),
    Fault("QC-004", "smpte", rated("0000bb80", "00017700"), ("SND-001", "MXF-038"), note="shorter"),
    Fault("QC-004", "smpte", sound_later, ("MARK-004", "TT-015", "TT-029"), note="entry"),
    Fault("QC-003", "smpte", silent("sound1", 20, 90), **HEARD),
]
GOOD = [
    Good("short-silence", "smpte", silent("sound1", 20, 60), **QUIET),
    Good(
        "two-samples-at-full-scale",
        "smpte",
        samples("sound2", lambda n, v: [TOP if n % PER < 2 else v[0], *v[1:]], only=(7,)),
        **QUIET,
    ),
]
