"""One Device of a facility list: what it is called, and the certificates in its KeyInfo elements."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import replace

from dcp.errors import CertificateError, DocumentError
from dcp.texts.catalogue import Text
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
    of_device,
    sort_certificates,
)
from kdm.facility.values import MAX_PROBLEMS, Device
from kdm.phrases import Phrase, fault_of, phrase

THUMBPRINT_BYTES = 20


def read_device(node: Node) -> Sorted:
    """What a Device is for KDMs. What cannot be read of it is a problem, never an error."""
    try:
        about = device_words(node)
        if truth(node, "IsActive") is False:
            return Sorted(notes=(phrase("flm.not-active", device=describe(about)),))
        certificates, problems = read_key_infos(every(one(node, "KeyInfoList"), "KeyInfo"))
        return judge_device(about, certificates, problems, one(node, "DeviceIdentifier"))
    except DocumentError as error:
        return Sorted(problems=(unreadable_device(node, error),))


def unreadable_device(node: Node, error: DocumentError) -> str:
    """The problem that an element which cannot be read is."""
    return phrase("place.colon", place=element_path(node.element), what=fault_of(error))


def count_problems(body: Node, count: int) -> int:
    """The count; DocumentError when there are more than anybody reads, each of which costs time to place."""
    if count > MAX_PROBLEMS:
        raise body.refusal("flm.too-many-problems", most=MAX_PROBLEMS)
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
    told, identity = _thumbprint(identifier)
    found = [of_device(about, problem) for problem in (*problems, *told)]
    if not certificates:
        return _without_certificate(about, identity, found)
    came_to = sort_certificates(certificates, about=about)
    if identity is not None:
        wrong, remark = _compare(identity, came_to, certificates)
        if wrong:  # nobody knows which of the two the cinema means
            found = [*found, of_device(about, wrong), *came_to.problems]
            return replace(came_to, recipients=(), devices=(), married=(), problems=tuple(found))
        if remark:
            came_to = replace(came_to, notes=(*came_to.notes, of_device(about, remark)))
    return replace(came_to, problems=(*found, *came_to.problems))


def read_key_infos(holders: Sequence[Node]) -> tuple[list[Certificate], list[str]]:
    """The certificates of some ds:KeyInfo, and what is wrong with those that cannot be read."""
    certificates: list[Certificate] = []
    problems: list[str] = []
    for data in (each for holder in holders for each in holder.children("X509Data", namespace=XMLDSIG)):
        for node in data.children("X509Certificate", namespace=XMLDSIG):
            if len(certificates) + len(problems) == MAX_CERTIFICATES:
                return certificates, [*problems, phrase("facility.many-certificates", most=MAX_CERTIFICATES)]
            try:
                certificates.append(known_certificate(_der(node)))
            except (CertificateError, DocumentError) as error:
                number = len(certificates) + len(problems) + 1
                problems.append(phrase("facility.certificate-unread", number=number, why=fault_of(error)))
    return certificates, problems


def _der(node: Node) -> bytes:
    value = parse_base64(node.text())
    if not value:
        raise node.refusal("message.no-base64")
    return value


def _without_certificate(about: Device, identity: bytes | None, found: list[str]) -> Sorted:
    """A projector's thumbprint is enough for a device list; a media block needs its certificate."""
    if about.kind in RECIPIENT_KINDS:
        if not found:
            id = "flm.thumbprint-alone" if identity is not None else "flm.without-certificate"
            found.append(of_device(about, Phrase(Text(id))))
        return Sorted(problems=tuple(found))
    if identity is not None and about.kind in ATTACHED_KINDS | ATTACHED_ROLES:
        remark = of_device(about, phrase("flm.by-thumbprint"))
        return Sorted(bare_thumbprints=(identity,), problems=tuple(found), notes=(remark,))
    if about.kind in ATTACHED_KINDS and not found:
        found.append(of_device(about, phrase("flm.nothing-of-it")))
    return Sorted(problems=tuple(found))


def _thumbprint(identifier: Node | None) -> tuple[list[str], bytes | None]:
    """The 20 bytes of a DeviceIdentifier that is a thumbprint, and what is wrong with it."""
    if identifier is None or identifier.attribute("idtype") != "CertThumbprint":
        return [], None
    text = identifier.text()
    value = parse_base64(text)
    if value is None or len(value) != THUMBPRINT_BYTES:
        return [phrase("flm.no-thumbprint", text=text[:60], bytes=THUMBPRINT_BYTES)], None
    return [], value


def _compare(
    identity: bytes, came_to: Sorted, certificates: Sequence[Certificate]
) -> tuple[str | None, str | None]:
    """A problem, or a remark, about a thumbprint that is not that of the device's certificate."""
    leaves = [device.leaf for device in (*came_to.recipients, *came_to.devices, *came_to.married)]
    for leaf in leaves or certificates:
        if identity == leaf.thumbprint():
            return None, None
        if identity == hashlib.sha1(leaf.der).digest():
            return None, phrase("flm.digest-of-certificate")
        if leaf.fields.public_key is not None and identity == leaf.public_key_thumbprint():
            return None, phrase("flm.digest-of-key")
    if any(identity == each.thumbprint() for each in certificates):
        return None, phrase("flm.thumbprint-of-other")
    shown = base64.b64encode(identity).decode("ascii")
    return phrase("flm.thumbprint-of-stranger", thumbprint=shown), None
