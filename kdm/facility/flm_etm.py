"""The device list of ST 430-7:2008: no screens, only the security devices of a cinema.

Each media block stands for a screen, named by its description; which projector belongs to which is not told,
so all that are listed are attached to each.
"""

from __future__ import annotations

from dataclasses import replace

from dcp.errors import DocumentError
from dcp.xml.node import Node
from kdm.facility.flm_devices import (
    count_problems,
    device_words,
    judge_device,
    read_key_infos,
    unreadable_device,
)
from kdm.facility.grammar import every, one
from kdm.facility.sorting import Sorted, make_screen
from kdm.facility.values import Device, Screen
from kdm.phrases import phrase

MAX_DEVICES = 4096


def read_security_devices(body: Node) -> tuple[Screen, ...]:
    """The screens that a SecurityDeviceList comes to."""
    holder = one(body, "SecurityDeviceList")
    parts: list[Sorted] = []
    problems = 0
    for name in ("SecurityDevice", "SecurityDeviceCertificate"):
        for node in every(holder, name, most=MAX_DEVICES):
            parts.append(_device(node))
            problems = count_problems(body, problems + len(parts[-1].problems))
    if not parts:
        return ()
    attached = make_screen("", parts)
    recipients = attached.recipients
    several = len(recipients) > 1 and (attached.devices or attached.bare_thumbprints)
    notes = (phrase("flm.not-attributed"),) if several else ()
    screens: dict[str, Screen] = {}
    for device in recipients:
        name = _name(device)
        if name in screens:
            name = f"{name} ({len(screens) + 1})"
        screens[name] = replace(
            attached, name=name, recipients=(device,), problems=(), notes=(*notes, *attached.notes)
        )
    if attached.problems or not recipients:
        rest = Screen(phrase("flm.rest"), problems=attached.problems)
        screens[rest.name] = rest
    return tuple(screens.values())


def _device(node: Node) -> Sorted:
    try:
        description = one(node, "DeviceDescription")
        about = device_words(description) if description is not None else Device(())
        identifier = one(description, "DeviceIdentifier")
        certificates, problems = read_key_infos(every(node, "KeyInfo"))
        return judge_device(about, certificates, problems, identifier)
    except DocumentError as error:
        return Sorted(problems=(unreadable_device(node, error),))


def _name(device: Device) -> str:
    return " ".join(word for word in (device.model, device.serial) if word) or device.leaf.label
