"""The formulations of ISDCF Doc 5: is there a content authenticator, and which devices are trusted.

A content authenticator switches a server to the DCI rules, so it is never written for an Interop composition.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Literal

from dcp.dataclass import dataclass
from dcp.errors import UsageError
from kdm.phrases import Listed

Standard = Literal["smpte", "interop"]

ASSUME_TRUST = hashlib.sha1(b"", usedforsecurity=False).digest()
"""The thumbprint that stands for any device: SHA-1 of nothing, 2jmj7l5rSw0yVb/vlWAYkK/YBwk=."""


@dataclass(frozen=True)
class Formulation:
    """`devices`: how many real thumbprints the list needs; 0 means that it holds assume-trust alone."""

    name: str
    content_authenticator: bool
    devices: int
    standards: tuple[Standard, ...]
    title: str


FORMULATIONS: Mapping[str, Formulation] = {
    entry.name: entry
    for entry in (
        Formulation("modified-transitional-1", False, 0, ("smpte", "interop"), "Modified Transitional 1"),
        Formulation(
            "multiple-modified-transitional-1",
            False,
            2,
            ("smpte", "interop"),
            "Multiple Modified Transitional 1",
        ),
        Formulation("dci-any", True, 0, ("smpte",), "DCI Any"),
        Formulation("dci-specific", True, 1, ("smpte",), "DCI Specific"),
    )
}


def formulation(name: str) -> Formulation:
    """The formulation of that name. UsageError lists the names when there is none."""
    found = FORMULATIONS.get(name)
    if found is None:
        raise UsageError("formulation.unknown", name=name, names=Listed(tuple(FORMULATIONS)))
    return found


def device_list(chosen: Formulation, thumbprints: Sequence[bytes]) -> tuple[bytes, ...]:
    """What the DeviceList of this formulation holds, each thumbprint once. UsageError when it cannot be."""
    devices = tuple(dict.fromkeys(thumbprints))
    if ASSUME_TRUST in devices:
        raise UsageError("formulation.assume-trust-listed")
    if chosen.devices == 0:
        if devices:
            raise UsageError("formulation.takes-no-devices", name=chosen.name)
        return (ASSUME_TRUST,)
    if len(devices) < chosen.devices:
        raise UsageError(
            "formulation.needs-devices", name=chosen.name, least=chosen.devices, given=len(devices)
        )
    return devices


def recognise(
    *, has_authenticator: bool, devices: Sequence[bytes], recipient: bytes | None = None
) -> str | None:
    """The name of the formulation that a message follows, `transitional-1` included, or None.

    `recipient`: the thumbprint of the recipient's certificate, where it is known.
    """
    if ASSUME_TRUST in devices:
        return "dci-any" if has_authenticator else "modified-transitional-1"
    if has_authenticator:
        return "dci-specific" if devices else None
    if recipient is not None and tuple(devices) == (recipient,):
        return "transitional-1"
    return "multiple-modified-transitional-1" if len(devices) >= 2 else None
