"""A cinema written as the FLM-x of ISDCF (2010/06), the form that is deployed, optionally signed.

The schema asks for answers that a table of certificates does not hold: a street, whether 35 mm is shown.
They are written empty, or as false; without a country there is no address at all, which strict readers miss.
"""

from __future__ import annotations

import base64
import uuid
from collections.abc import Sequence
from datetime import datetime

from lxml import etree

from dcp.suite import SMPTE
from dcp.trust.certificate import Certificate
from dcp.trust.signer import Signer
from dcp.trust.signing import sign_document
from dcp.xml.build import add, finish, new_root
from dcp.xml.parse import XMLDSIG, to_bytes
from dcp.xml.values import date_time, uuid_urn
from kdm.facility.sorting import ATTACHED_KINDS, ATTACHED_ROLES, RECIPIENT_KINDS, roles_of
from kdm.facility.values import Device, Facility, Screen

ISDCF = "http://isdcf.com/2010/06/FLM"
LANGUAGE = "en"  # what a name without a language is in, by the schema's default
_HIGHEST_NUMBER = 2**32 - 1  # xs:unsignedInt
_UNKNOWN_KIND = "SPB"  # a secure processing block: true of whatever a device list names


def write_flm(
    facility: Facility, *, issued: datetime, message_id: uuid.UUID, signer: Signer | None = None
) -> bytes:
    """The message of one cinema. Its problems and notes are not part of it.

    CertificateError when the signer may not sign, DocumentError for a text that XML cannot carry, UsageError
    for an instant without an offset.
    """
    root = new_root("FacilityListMessage", ISDCF, {"ds": XMLDSIG})
    add(root, "MessageId", uuid_urn(message_id))
    add(root, "IssueDate", date_time(issued))
    _info(add(root, "FacilityInfo"), facility)
    screens = add(root, "AuditoriumList")
    for screen in facility.screens:
        _auditorium(add(screens, "Auditorium"), screen)
    finish(root)
    return to_bytes(root) if signer is None else sign_document(root, signer, suite=SMPTE, now=issued)


def _info(info: etree._Element, facility: Facility) -> None:
    add(info, "FacilityID", facility.id)
    add(info, "FacilityName", facility.name, language=facility.language or None)
    if facility.time_zone:
        add(info, "FacilityTimeZone", facility.time_zone)
    add(info, "Circuit", facility.circuit)
    if facility.partial:
        add(info, "FLMPartial", "true")
    if facility.country:
        address = add(add(add(info, "AddressList"), "Address"), "Physical")
        for name in ("StreetAddress", "City", "Province"):
            add(address, name, "")
        add(address, "Country", facility.country)
    if facility.emails:
        methods = add(info, "KDMDeliveryMethodList")
        for email in facility.emails:
            add(add(add(methods, "DeliveryMethod"), "Email"), "EmailAddress", email)


def _auditorium(auditorium: etree._Element, screen: Screen) -> None:
    numbered = screen.name.isascii() and screen.name.isdigit() and str(int(screen.name[:20])) == screen.name
    if numbered and int(screen.name) <= _HIGHEST_NUMBER:
        add(auditorium, "AuditoriumNumber", screen.name)
    else:
        add(auditorium, "AuditoriumName", screen.name)
    add(auditorium, "Supports35MM", "false")
    groups = add(auditorium, "DeviceGroupList")
    attached = screen.devices
    # A group is one media block with what is attached to it; which of several has what is not known.
    for recipient in screen.recipients or ((None,) if attached or screen.bare_thumbprints else ()):
        group = add(groups, "DeviceGroup")
        if recipient is not None:
            _device(group, _recipient_kind(recipient), recipient)
        for device in attached:
            _device(group, _attached_kind(device), device)
        for thumbprint in screen.bare_thumbprints:
            _bare_device(group, thumbprint)


def _device(group: etree._Element, kind: str, device: Device) -> None:
    node = add(group, "Device")
    add(node, "DeviceTypeID", kind)
    _identifier(node, device.leaf.thumbprint())
    if device.serial:
        add(node, "DeviceSerial", device.serial)
    add(node, "ManufacturerName", device.maker)
    add(node, "ModelNumber", device.model)
    add(node, "IsActive", "true")
    _key_info(add(node, "KeyInfoList"), device.certificates)


def _bare_device(group: etree._Element, thumbprint: bytes) -> None:
    node = add(group, "Device")
    add(node, "DeviceTypeID", _UNKNOWN_KIND)
    _identifier(node, thumbprint)
    add(node, "ManufacturerName", "")
    add(node, "ModelNumber", "")
    add(node, "IsActive", "true")


def _identifier(node: etree._Element, thumbprint: bytes) -> None:
    add(node, "DeviceIdentifier", base64.b64encode(thumbprint).decode("ascii"), idtype="CertThumbprint")


def _key_info(holder: etree._Element, certificates: Sequence[Certificate]) -> None:
    info = add(holder, "KeyInfo", namespace=XMLDSIG)
    for certificate in certificates:
        data = add(info, "X509Data")
        if certificate.fields.subject is not None:
            add(data, "X509SubjectName", certificate.subject)
        text = base64.b64encode(certificate.der).decode("ascii")
        add(data, "X509Certificate", "\n".join(text[at : at + 76] for at in range(0, len(text), 76)))


def _recipient_kind(device: Device) -> str:
    return device.kind or "SM"


def _attached_kind(device: Device) -> str:
    """As the list had it; a projector where the certificate alone would make it a media block."""
    roles = roles_of(device.leaf)
    if "SM" in roles:
        return device.kind if device.kind in ATTACHED_KINDS else "PR"
    if device.kind and device.kind not in RECIPIENT_KINDS:
        return device.kind
    return next((role for role in roles if role in ATTACHED_ROLES), _UNKNOWN_KIND)
