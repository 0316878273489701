"""What a new track file is made of: its facts, and what its kind of essence fixes (sheets 1.3, 1.4, 2.3)."""

from __future__ import annotations

from datetime import datetime
from fractions import Fraction
from uuid import UUID, uuid5

from dcp.dataclass import dataclass
from dcp.errors import UsageError
from dcp.mxf import labels
from dcp.mxf.descriptors import (
    AuxDescriptor,
    Descriptor,
    LabelSet,
    PictureDescriptor,
    SoundDescriptor,
    TimedTextDescriptor,
)
from dcp.mxf.labels import UL

TIMECODE_TRACK, ESSENCE_TRACK, DESCRIPTIVE_TRACK = 1, 2, 3


@dataclass(frozen=True)
class Essence:
    """What the kind of essence fixes: labels, names, and whether every edit unit has the same size."""

    container: UL
    element: UL
    data_definition: UL
    track_name: str
    package_name: str
    constant_size: bool
    units_per_edit_unit: int = 1


@dataclass(frozen=True)
class TrackFacts:
    """duration: edit units. key_id: of an encrypted file; mic: whether its units carry one."""

    essence: Essence
    descriptor: Descriptor
    edit_rate: Fraction
    duration: int
    asset_id: UUID
    label_set: LabelSet
    key_id: UUID | None
    mic: bool
    now: datetime

    def uid(self, name: str) -> UUID:
        return uuid5(self.asset_id, name)

    @property
    def context_id(self) -> UUID:
        return self.uid("ContextID")

    @property
    def operational_pattern(self) -> UL:
        return labels.INTEROP_OP_ATOM if self.label_set == "interop" else labels.OP_ATOM

    @property
    def essence_containers(self) -> tuple[UL, ...]:
        real = labels.GC_ENCRYPTED if self.key_id is not None else self.essence.container
        return (labels.GC_MULTIPLE, real)


_J2K = Essence(
    container=labels.GC_J2K,
    element=labels.ELEMENT_J2K,
    data_definition=labels.DATA_PICTURE,
    track_name="Picture Track",
    package_name="File Package: SMPTE 429-4 frame wrapping of JPEG 2000 codestreams",
    constant_size=False,
)
_J2K_STEREO = Essence(
    container=labels.GC_J2K,
    element=labels.ELEMENT_J2K,
    data_definition=labels.DATA_PICTURE,
    track_name="Picture Track",
    package_name="File Package: SMPTE 429-10 frame wrapping of stereoscopic JPEG 2000 codestreams",
    constant_size=False,
    units_per_edit_unit=2,
)
_WAVE = Essence(
    container=labels.GC_WAVE_FRAME,
    element=labels.ELEMENT_WAVE,
    data_definition=labels.DATA_SOUND,
    track_name="Sound Track",
    package_name="File Package: SMPTE 382M frame wrapping of wave audio",
    constant_size=True,
)
_TIMED_TEXT = Essence(
    container=labels.GC_TIMED_TEXT,
    element=labels.ELEMENT_TIMED_TEXT,
    data_definition=labels.DATA_DATA,
    track_name="Timed Text Track",
    package_name="File Package: SMPTE 429-5 clip wrapping of D-Cinema Timed Text data",
    constant_size=False,
)
_AUX = Essence(
    container=labels.GC_AUX_DATA,
    element=labels.ELEMENT_AUX_DATA,
    data_definition=labels.DATA_DATA,
    track_name="D-Cinema Generic Data Track",
    package_name="File Package: SMPTE-GC frame wrapping of D-Cinema Generic data",
    constant_size=False,
)
_IMMERSIVE = Essence(
    container=labels.GC_IMMERSIVE_AUDIO,
    element=labels.ELEMENT_IMMERSIVE_AUDIO,
    data_definition=labels.DATA_DATA,
    track_name="Immersive Audio Data Track",
    package_name="File Package: SMPTE-GC frame wrapping of Immersive Audio data",
    constant_size=False,
)


def essence_of(descriptor: Descriptor) -> Essence:
    """UsageError for essence that cannot be written yet."""
    match descriptor:
        case PictureDescriptor():
            return _J2K_STEREO if descriptor.stereo else _J2K
        case SoundDescriptor():
            return _WAVE
        case AuxDescriptor():
            if descriptor.data_essence_coding is None:
                raise UsageError("mxf.aux-without-coding")
            return _IMMERSIVE if descriptor.immersive else _AUX
        case TimedTextDescriptor():
            return _TIMED_TEXT
