"""What changed between two facility lists, and which screens need new KDMs for it (FLM-102).

A KDM is bound to its media block's certificate, not to a screen's name: a media block that moved keeps its
KDMs, unless what is attached to it changed and the KDM names devices.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

from dcp.dataclass import dataclass
from kdm.facility.values import Device, Facility, FacilityList, Screen
from kdm.phrases import Listed, Phrase, phrase

CHECK = "FLM-102"

What = Literal[
    "cinema added",
    "cinema removed",
    "screen added",
    "screen removed",
    "media block added",
    "media block removed",
    "media block moved",
    "certificate replaced",
    "devices changed",
]
Reissue = Literal["yes", "device-list", "no"]


@dataclass(frozen=True)
class Change:
    """One change. reissue: whether the media blocks need new KDMs; `device-list`: only when their KDMs name
    the attached devices. media_blocks: thumbprints of those concerned. detail: for a person.
    """

    what: What
    cinema: str
    facility_id: str
    screen: str
    reissue: Reissue
    detail: str
    media_blocks: tuple[bytes, ...] = ()


def changes_between(old: FacilityList, new: FacilityList) -> list[Change]:
    """In the order of the new list; what is gone last. What an update (FLMPartial) leaves out is not gone."""
    before = {facility.id: facility for facility in old.facilities}
    after = {facility.id: facility for facility in new.facilities}
    found: list[Change] = []
    for facility in new.facilities:
        known = before.get(facility.id)
        if known is None:
            found.append(_change("cinema added", facility, "", "no", _count(facility)))
            known = Facility(facility.id, facility.name)
        found += _facility(known, facility)
    # A single cinema's message says nothing of the others.
    if len(new.facilities) != 1 or len(old.facilities) == 1:
        gone = [facility for facility in old.facilities if facility.id not in after]
        found += [_change("cinema removed", facility, "", "no", _count(facility)) for facility in gone]
    return found


def _facility(old: Facility, new: Facility) -> Iterator[Change]:
    before = {screen.name: screen for screen in old.screens}
    after = {screen.name: screen for screen in new.screens}
    homes, staying = _homes(old), _homes(new)
    for name, screen in after.items():
        if name not in before:
            yield _change("screen added", new, name, "no", _labels(screen.recipients))
        yield from _screen(before.get(name, Screen(name)), screen, new, homes, staying)
    for name, screen in before.items():
        if name not in after and not new.partial:
            yield _change("screen removed", new, name, "no", _labels(screen.recipients))
            yield from _removed(screen.recipients, new, name, staying)


def _screen(
    old: Screen,
    new: Screen,
    facility: Facility,
    homes: Mapping[bytes, Screen],
    staying: Mapping[bytes, Screen],
) -> Iterator[Change]:
    after = {_key(device) for device in new.recipients}
    gone = [device for device in old.recipients if _key(device) not in after]
    for device in new.recipients:
        home = homes.get(_key(device))
        if home is None:
            former = _former(device, gone)
            if former is None:
                yield _change("media block added", facility, new.name, "yes", device.leaf.label, device)
                continue
            gone.remove(former)
            detail = phrase(
                "change.replaced-by",
                device=device.leaf.label,
                serial=_serial(device),
                before=_serial(former),
            )
            yield _change("certificate replaced", facility, new.name, "yes", detail, device)
            continue
        if home.name != new.name:
            moved = phrase("change.from-screen", device=device.leaf.label, screen=home.name)
            yield _change("media block moved", facility, new.name, "no", moved, device)
        known, now = set(home.device_thumbprints), set(new.device_thumbprints)
        if known != now:
            detail = phrase(
                "change.devices", device=device.leaf.label, new=len(now - known), gone=len(known - now)
            )
            yield _change("devices changed", facility, new.name, "device-list", detail, device)
    yield from _removed(gone, facility, new.name, staying)


def _removed(
    gone: Sequence[Device], facility: Facility, screen: str, staying: Mapping[bytes, Screen]
) -> Iterator[Change]:
    """Those that stand in no other screen now."""
    for device in gone:
        if _key(device) not in staying:
            yield _change("media block removed", facility, screen, "no", device.leaf.label, device)


def _former(device: Device, gone: Sequence[Device]) -> Device | None:
    """The device that got a new certificate: the same by its serial number in the list, or by its name in
    the certificate."""
    for same in (_by_serial, _by_label):
        for other in gone:
            if same(device, other):
                return other
    return None


def _by_serial(one: Device, other: Device) -> bool:
    return bool(one.serial) and (one.serial, one.maker) == (other.serial, other.maker)


def _by_label(one: Device, other: Device) -> bool:
    return _name(one) == _name(other)


def _name(device: Device) -> str:
    """What the certificate's common name says after its roles."""
    label = device.leaf.label
    return label.partition(".")[2] or label


def _key(device: Device) -> bytes:
    return device.leaf.thumbprint()


def _homes(facility: Facility) -> dict[bytes, Screen]:
    """Which screen each media block stands in."""
    return {_key(device): screen for screen in facility.screens for device in screen.recipients}


def _serial(device: Device) -> str:
    return str(device.leaf.fields.serial)


def _labels(devices: Sequence[Device]) -> str:
    labels = Listed(tuple(device.leaf.label for device in devices))
    return Phrase(labels) if devices else phrase("differs.no-media-block")


def _count(facility: Facility) -> str:
    return phrase("change.screens", screens=len(facility.screens))


def _change(
    what: What, facility: Facility, screen: str, reissue: Reissue, detail: str, *devices: Device
) -> Change:
    blocks = tuple(_key(device) for device in devices)
    return Change(what, facility.name, facility.id, screen, reissue, detail, blocks)
