"""One Device of a facility list: what it is called, and the certificates in its KeyInfo elements."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import replace

from dcp.errors import CertificateError, DocumentError
from dcp.trust.certificate import MAX_CERTIFICATES, Certificate, known_certificate
from dcp.xml.node import Node
from dcp.xml.parse import XMLDSIG, element_path
from dcp.xml.values import parse_base64
from kdm.facility.grammar import every, one, truth, words
from kdm.facility.sorting import (
    ATTACHED_KINDS,
    ATTACHED_ROLES,
    RECIPIENT_KINDS,
    Sorted,
    describe,
    sort_certificates,
)
from kdm.facility.values import MAX_PROBLEMS, Device

THUMBPRINT_BYTES = 20


def read_device(node: Node) -> Sorted:
    """What a Device is for KDMs. What cannot be read of it is a problem, never an error."""
    try:
        about = device_words(node)
        if truth(node, "IsActive") is False:
            return Sorted(notes=(f"{describe(about)}: not active (IsActive), left out",))
        certificates, problems = read_key_infos(every(one(node, "KeyInfoList"), "KeyInfo"))
        return judge_device(about, certificates, problems, one(node, "DeviceIdentifier"))
    except DocumentError as error:
        return Sorted(problems=(f"{element_path(node.element)}: {error.what}",))


def count_problems(body: Node, count: int) -> int:
    """The count; DocumentError when there are more than anybody reads, each of which costs time to place."""
    if count > MAX_PROBLEMS:
        raise body.refusal(
            f"more than {MAX_PROBLEMS} things in this list cannot be used",
            remedy="ask the cinema or its integrator for the list anew",
        )
    return count


def device_words(node: Node) -> Device:
    """The description without certificates, of a Device or a DeviceDescription."""
    return Device(
        certificates=(),
        kind=words(node, "DeviceTypeID").upper(),
        serial=words(node, "DeviceSerial"),
        maker=words(node, "ManufacturerName", "Manufacturer"),
        model=words(node, "ModelNumber") or words(node, "DeviceName"),
    )


def judge_device(
    about: Device, certificates: Sequence[Certificate], problems: Sequence[str], identifier: Node | None
) -> Sorted:
    """The certificates sorted, and held against the DeviceIdentifier."""
    named = f"{describe(about)}: " if describe(about) else ""
    told, identity = _thumbprint(identifier)
    found = [f"{named}{problem}" for problem in (*problems, *told)]
    if not certificates:
        return _without_certificate(about, named, identity, found)
    came_to = sort_certificates(certificates, about=about)
    if identity is not None:
        wrong, remark = _compare(identity, came_to, certificates)
        if wrong:  # nobody knows which of the two the cinema means
            found = [*found, f"{named}{wrong}", *came_to.problems]
            return replace(came_to, recipients=(), devices=(), married=(), problems=tuple(found))
        came_to = replace(came_to, notes=(*came_to.notes, *([f"{named}{remark}"] if remark else [])))
    return replace(came_to, problems=(*found, *came_to.problems))


def read_key_infos(holders: Sequence[Node]) -> tuple[list[Certificate], list[str]]:
    """The certificates of some ds:KeyInfo, and what is wrong with those that cannot be read."""
    certificates: list[Certificate] = []
    problems: list[str] = []
    for data in (each for holder in holders for each in holder.children("X509Data", namespace=XMLDSIG)):
        for node in data.children("X509Certificate", namespace=XMLDSIG):
            if len(certificates) + len(problems) == MAX_CERTIFICATES:
                return certificates, [*problems, f"more than {MAX_CERTIFICATES} certificates are given"]
            try:
                certificates.append(known_certificate(_der(node)))
            except (CertificateError, DocumentError) as error:
                number = len(certificates) + len(problems) + 1
                problems.append(f"certificate {number} cannot be read: {error.what}")
    return certificates, problems


def _der(node: Node) -> bytes:
    value = parse_base64(node.text())
    if not value:
        raise node.refusal("it is no base64")
    return value


def _without_certificate(about: Device, named: str, identity: bytes | None, found: list[str]) -> Sorted:
    """A projector's thumbprint is enough for a device list; a media block needs its certificate."""
    if about.kind in RECIPIENT_KINDS:
        if not found:
            only = "only the thumbprint of its certificate" if identity is not None else "no certificate"
            found.append(f"{named}the list gives {only}: no KDM can be made for it")
        return Sorted(problems=tuple(found))
    if identity is not None and about.kind in ATTACHED_KINDS | ATTACHED_ROLES:
        remark = f"{named}its certificate is not in the list, its thumbprint stands for it in device lists"
        return Sorted(bare_thumbprints=(identity,), problems=tuple(found), notes=(remark,))
    if about.kind in ATTACHED_KINDS and not found:
        found.append(f"{named}the list gives neither certificate nor thumbprint: no device list can name it")
    return Sorted(problems=tuple(found))


def _thumbprint(identifier: Node | None) -> tuple[list[str], bytes | None]:
    """The 20 bytes of a DeviceIdentifier that is a thumbprint, and what is wrong with it."""
    if identifier is None or identifier.attribute("idtype") != "CertThumbprint":
        return [], None
    text = identifier.text()
    value = parse_base64(text)
    if value is None or len(value) != THUMBPRINT_BYTES:
        return [f"its DeviceIdentifier '{text[:60]}' is no thumbprint of {THUMBPRINT_BYTES} bytes"], None
    return [], value


def _compare(
    identity: bytes, came_to: Sorted, certificates: Sequence[Certificate]
) -> tuple[str | None, str | None]:
    """A problem, or a remark, about a thumbprint that is not that of the device's certificate."""
    leaves = [device.leaf for device in (*came_to.recipients, *came_to.devices, *came_to.married)]
    for leaf in leaves or certificates:
        if identity == leaf.thumbprint():
            return None, None
        other = {hashlib.sha1(leaf.der).digest(): "the digest of the whole certificate"}
        if leaf.fields.public_key is not None:
            other[leaf.public_key_thumbprint()] = "the digest of the public key"
        if identity in other:
            return None, f"its DeviceIdentifier is {other[identity]}, not the certificate's thumbprint"
    if any(identity == each.thumbprint() for each in certificates):
        return None, "its DeviceIdentifier is the thumbprint of another certificate of the device"
    shown = base64.b64encode(identity).decode("ascii")
    return (
        f"its DeviceIdentifier names another certificate (thumbprint {shown}) than the one given:"
        " it is left out",
        None,
    )
