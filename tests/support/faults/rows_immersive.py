"""What is wrong with immersive sound, and with the signal that keeps it in time."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from typing import Any

from immersive import bed, frame, sound

from dcp.auxdata.atmos import immersive_descriptor
from dcp.auxdata.sync_signal import sync_units
from dcp.mxf.descriptors import SoundDescriptor
from faults.bases import CHANNELS_14, RATE, noise, with_channel
from faults.changes import Change, Copy, bytes_at, edit, units_of
from faults.rows import Fault, Good

DECODE: dict[str, Any] = {"asked": {"decode": True}, "extra": "sound"}
SYNC = CHANNELS_14.index("FSKSync")


def frames(do: Callable[[bytes], bytes], first: int = 3, behind: int = 6) -> Change:
    """Frames [first, behind) changed."""
    return units_of(
        "aux1",
        lambda units: [do(unit) if first <= number < behind else unit for number, unit in enumerate(units)],
    )


def counted(**changed: Any) -> Change:
    """Another header before the same frames."""

    def change(copy: Copy) -> None:
        descriptor = replace(immersive_descriptor("iab", None, project=uuid.uuid4()), **changed)
        units_of("aux1", list, descriptor=descriptor)(copy)

    return change


def signal(do: Callable[[list[bytes], uuid.UUID], list[bytes]]) -> Change:
    """Another sync signal, out of the right one; its samples, a unit each."""

    def change(copy: Copy) -> None:
        id = copy.base.ids["sound1"]
        width = len(CHANNELS_14)

        def made(units: list[bytes]) -> list[bytes]:
            lines = do(list(sync_units(id, RATE, count=len(units) + 10)), id)
            return [with_channel(unit, SYNC, line, width) for unit, line in zip(units, lines, strict=False)]

        units_of("sound1", made)(copy)

    return change


def silent(lines: list[bytes], *, first: int = 0) -> list[bytes]:
    return [bytes(len(line)) if number >= first else line for number, line in enumerate(lines)]


def six_channels(copy: Copy) -> None:
    descriptor = SoundDescriptor.labelled(CHANNELS_14[:6])
    units_of("sound1", lambda units: noise(len(units), 6, seed="six"), descriptor=descriptor)(copy)


def one_frame_less(copy: Copy) -> None:
    """The last unit is no unit any more: the key of its KLV is a fill item's."""
    from dcp.mxf.reader import TrackFile

    with TrackFile.open(copy.path("aux1")) as track:
        *_, last = track.units()
        at = last.offset
    bytes_at("aux1", at, bytes.fromhex("060e2b34010101020301021001000000"))(copy)


FAULTS = [
    Fault("IMM-001", "immersive", edit("cpl", "0e090604", "0e090605")),
    Fault("IMM-002", "immersive", counted(max_channel_count=65)),
    Fault("IMM-002", "immersive", counted(max_channel_count=1), note="frames"),
    Fault("IMM-003", "immersive", counted(max_object_count=119)),
    Fault("IMM-003", "immersive", counted(max_object_count=0), note="frames"),
    Fault("IMM-005", "immersive", frames(lambda good: good[:-3])),
    Fault("IMM-006", "immersive", frames(lambda good: frame(rate=Fraction(25)))),
    Fault("IMM-006", "immersive", frames(lambda good: frame(sample_rate=96_000)), note="sampling"),
    Fault("IMM-007", "immersive", frames(lambda good: frame(depth=16))),
    Fault("IMM-008", "immersive", frames(lambda good: frame([bed([(0, 1)]), sound(2)], max_rendered=9))),
    Fault("IMM-009", "immersive", one_frame_less),
    Fault("IMM-010", "immersive", frames(lambda good: frame([bed([(0, 0), (1, 0)])], max_rendered=1))),
    Fault("IMM-011", "immersive", six_channels, ("META-007", "QC-007")),
    Fault("IMM-101", "immersive", signal(lambda lines, id: silent(lines)), **DECODE),
    Fault("IMM-101", "immersive", signal(lambda lines, id: silent(lines, first=12)), **DECODE, note="gaps"),
    Fault("IMM-101", "immersive", signal(lambda lines, id: lines[5:]), **DECODE, note="offset"),
    Fault(
        "IMM-101",
        "immersive",
        signal(lambda lines, id: list(sync_units(uuid.uuid4(), RATE, count=len(lines)))),
        **DECODE,
        note="other-id",
    ),
    Fault(
        "IMM-101",
        "immersive",
        signal(lambda lines, id: [line[:3000] + bytes(600) + line[3600:] for line in lines]),
        **DECODE,
        note="broken",
    ),
]
GOOD = [
    Good("frames-of-another-form", "immersive", frames(lambda good: b"\x09" * 50, 0, 24)),
    Good("fewer-declared", "immersive", counted(max_channel_count=2, max_object_count=1)),
]
