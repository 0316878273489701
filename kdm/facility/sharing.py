"""Devices that the lists put into more than one cinema: a copy error mostly."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from dcp.trust.certificate import Certificate
from kdm.facility.values import Facility, FacilityList
from kdm.phrases import Listed, Phrase, phrase

SHOWN = 10  # devices, and cinemas, that are named in one sentence


def shared(homes: Iterable[tuple[Certificate, Facility]]) -> Iterator[tuple[Listed, Listed]]:
    """The devices and cinemas of each group: those that stand in the same cinemas are one."""
    places: dict[bytes, dict[str, Facility]] = {}
    labels: dict[bytes, str] = {}
    for certificate, facility in homes:
        thumbprint = certificate.thumbprint()
        places.setdefault(thumbprint, {})[facility.id] = facility
        labels[thumbprint] = certificate.label.partition(".")[2] or certificate.label
    groups: dict[tuple[str, ...], list[str]] = {}
    for thumbprint, cinemas in places.items():
        if len(cinemas) > 1:
            groups.setdefault(tuple(cinemas), []).append(labels[thumbprint])
    known = {facility.id: facility for cinemas in places.values() for facility in cinemas.values()}
    for ids, devices in groups.items():
        names = [_told(known[id], known) for id in ids]
        yield Listed(tuple(devices), most=SHOWN), Listed(tuple(names), most=SHOWN)


def shared_devices(listing: FacilityList) -> Iterator[Phrase]:
    """A sentence for each group of devices that stand in the same several cinemas."""
    homes = (
        (device.leaf, facility)
        for facility in listing.facilities
        for screen in facility.screens
        for device in (*screen.recipients, *screen.devices)
    )
    for devices, cinemas in shared(homes):
        yield phrase("facility.in-several-cinemas", devices=devices, cinemas=cinemas)


def _told(facility: Facility, known: Mapping[str, Facility]) -> str:
    """A cinema's name, with its id where another has the same."""
    alone = sum(other.name == facility.name for other in known.values()) == 1
    return facility.name if facility.name and alone else f"{facility.name} ({facility.id})".strip()
