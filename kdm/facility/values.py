"""Cinemas, their screens and the certificates in them, whatever kind of list they were read from."""

from __future__ import annotations

from dataclasses import field
from datetime import datetime

from dcp.dataclass import dataclass
from dcp.trust.certificate import Certificate

MAX_PROBLEMS = 1000  # of one list; beyond it, nobody reads them and they only take memory


@dataclass(frozen=True)
class Device:
    """One device of a screen. `certificates`: its own first, then its authorities where the list has them.

    `kind`: the list's word for it (SM or MB for a media block, PR or LD for a projector), "" when not told.
    """

    certificates: tuple[Certificate, ...]
    kind: str = ""
    serial: str = ""
    maker: str = ""
    model: str = ""

    @property
    def leaf(self) -> Certificate:
        return self.certificates[0]


@dataclass(frozen=True)
class Screen:
    """An auditorium. `recipients`: the media blocks that KDMs are addressed to, mostly one. `devices`: what
    is attached to them, for the device list; `bare_thumbprints`: the same of which the list has no
    certificate (20 bytes each). `problems`: what the list says of it and could not be used. `notes`: what is
    worth knowing and needs nobody's hand.
    """

    name: str
    recipients: tuple[Device, ...] = ()
    devices: tuple[Device, ...] = ()
    bare_thumbprints: tuple[bytes, ...] = ()
    problems: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def device_thumbprints(self) -> tuple[bytes, ...]:
        """Of all attached devices, each once: what a KDM's device list names beside the recipient."""
        own = (device.leaf.thumbprint() for device in self.devices)
        return tuple(dict.fromkeys((*own, *self.bare_thumbprints)))


@dataclass(frozen=True)
class Facility:
    """A cinema. `time_zone`: an IANA name or a fixed offset as +08:00, None when not told or not known.
    `emails`: where its KDMs go. `partial`: the list is an update, not the whole cinema. `signer`: thumbprint
    of the public key by which the list was signed, none when nobody signed; `issued`: when. These two are no
    part of what is said, and equal cinemas may differ in them.
    """

    id: str
    name: str
    screens: tuple[Screen, ...] = ()
    time_zone: str | None = None
    emails: tuple[str, ...] = ()
    circuit: str = ""
    country: str = ""
    language: str = ""
    partial: bool = False
    problems: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    signer: bytes = field(default=b"", compare=False)
    issued: datetime | None = field(default=None, compare=False)


@dataclass(frozen=True)
class FacilityList:
    """What one file or folder told. `problems`, `notes`: what concerns no single cinema."""

    facilities: tuple[Facility, ...]
    source: str = ""
    issued: datetime | None = None
    signed: bool = False
    problems: tuple[str, ...] = field(default=())
    notes: tuple[str, ...] = field(default=())
