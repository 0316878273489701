"""What a track file of immersive sound says about it (ST 429-18; Dolby Atmos is of the same form)."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from dcp.auxdata.contents import check_contents, contents
from dcp.auxdata.iab import Outline
from dcp.dataclass import dataclass
from dcp.mxf.descriptors import AuxDescriptor
from dcp.mxf.labels import IMMERSIVE_AUDIO_CODING
from dcp.secrets.keys import DOLBY_SCOPE

AuxKind = Literal["atmos", "iab", "data"]
"""Dolby Atmos and IAB lie in the same kind of file; keys and names tell them apart. data: anything else."""

ATMOS_CHANNELS, ATMOS_OBJECTS = 10, 118
"""The most of Dolby Atmos: a bed of 9.1 and objects, 128 sounds."""
ATMOS_VERSION = 1
KEY_TYPES: dict[AuxKind, tuple[str, str | None]] = {
    "atmos": ("MDEK", DOLBY_SCOPE),
    "iab": ("MDX1", None),
    "data": ("MDX1", None),
}
"""Type and scope of the key (DCSS 9.4.2.7)."""


@dataclass(frozen=True)
class Most:
    """channels of beds and objects that any frame has."""

    channels: int = 0
    objects: int = 0

    def with_frame(self, frame: bytes | memoryview, found: Outline) -> Most:
        """Counted on. SourceError for a frame whose elements do not agree with each other."""
        held = contents(frame, found)
        check_contents(held, found.header.max_rendered)
        return Most(max(self.channels, held.channels), max(self.objects, len(held.objects)))


def immersive_descriptor(kind: AuxKind, most: Most | None, *, project: UUID | None = None) -> AuxDescriptor:
    """Of frames that no track file described. most: None where they were not looked into: what Dolby Atmos
    allows is said then, as asdcplib does. project: the id of the mix; None lets the writer make one."""
    if most is None or kind == "atmos":
        most = Most(ATMOS_CHANNELS, ATMOS_OBJECTS)
    return AuxDescriptor(
        IMMERSIVE_AUDIO_CODING,
        atmos_id=project,
        first_frame=0,
        max_channel_count=most.channels,
        max_object_count=most.objects,
        atmos_version=ATMOS_VERSION,
    )


def data_type(descriptor: AuxDescriptor | None) -> str:
    """What a playlist says of the data: its label as a URN; None: of immersive sound."""
    coding = descriptor.data_essence_coding if descriptor is not None else None
    return f"urn:smpte:ul:{coding or IMMERSIVE_AUDIO_CODING}"
