"""A unit as it lies in the file, the faults it may have, and the keys that tell essence apart."""

from __future__ import annotations

from typing import Literal, NamedTuple

from dcp.dataclass import dataclass
from dcp.mxf import labels
from dcp.mxf.labels import any_version
from dcp.texts.catalogue import Text

FaultReason = Literal[
    "structure",
    "context_id",
    "check_value",
    "wrong_key",
    "mic",
    "mic_missing",
    "track_file_id",
    "sequence",
    "plaintext_offset",
    "padding",
    "truncated",
]
MicPolicy = Literal["require", "if-present", "off"]
Integrity = Literal["ok", "none", "unchecked"]
Eye = Literal["left", "right"]


@dataclass(frozen=True)
class Fault:
    """reason: a word for programs. text: a sentence for people. shared: by every unit of the file."""

    reason: FaultReason
    text: Text
    shared: bool = False

    @property
    def message(self) -> str:
        """The sentence in English."""
        return self.text.say()


def unit_fault(id: str, reason: FaultReason, *, shared: bool = False, **places: object) -> Fault:
    """A fault by the id of its text and the places in it."""
    return Fault(reason, Text(id, places), shared)


class Element(NamedTuple):
    """One unit as it lies in the file. value: borrowed until the walk's next step; empty with a fault.

    head: its key and length as they stand, empty where they are not to be had. base: where the value begins
    in the object that has its bytes (`value.obj`).
    """

    ordinal: int
    offset: int
    body_sid: int
    generic: bool
    encrypted: bool
    value: memoryview
    fault: Fault | None
    head: bytes = b""
    base: int = 0


def element_kind(key: bytes | memoryview) -> bytes:
    """What two keys of essence elements must share: all but version, count and number."""
    value = any_version(key)
    if value[8:12] == labels.ELEMENT_J2K[8:12]:
        return value[:13] + value[14:15]
    return value


def element_of(container: bytes | None) -> labels.UL | None:
    """The key of the elements in a container; None when this module does not know the container."""
    return None if container is None else _ELEMENTS.get(any_version(container))


_ELEMENTS = {
    any_version(container): element
    for container, element in (
        (labels.GC_J2K, labels.ELEMENT_J2K),
        (labels.GC_J2K_PROGRESSIVE, labels.ELEMENT_J2K),
        (labels.GC_MPEG_VIDEO, labels.ELEMENT_MPEG_VIDEO),
        (labels.GC_WAVE_FRAME, labels.ELEMENT_WAVE),
        (labels.GC_TIMED_TEXT, labels.ELEMENT_TIMED_TEXT),
        (labels.GC_AUX_DATA, labels.ELEMENT_AUX_DATA),
        (labels.GC_IMMERSIVE_AUDIO, labels.ELEMENT_IMMERSIVE_AUDIO),
    )
}
