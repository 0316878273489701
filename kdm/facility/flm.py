"""Facility list messages: the FLM-x of ISDCF, ST 430-16, and the older ST 430-7, told apart by their shape.

Namespaces are not looked at, because senders do not agree on them; local names are the same in all. What
concerns a single device or screen and cannot be read is a problem noted on the screen, and the rest is used.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from dcp.dataclass import dataclass
from dcp.errors import SignatureError, UsageError
from dcp.texts.catalogue import text
from dcp.trust.signature import verify_facility_list, verify_kdm
from dcp.xml.node import Node
from dcp.xml.parse import XMLDSIG, parse_xml, read_document
from dcp.xml.values import parse_date_time
from kdm.facility.addresses import is_address
from kdm.facility.flm_devices import count_problems, read_device
from kdm.facility.flm_etm import read_security_devices
from kdm.facility.grammar import every, one, truth, words
from kdm.facility.sorting import make_screen
from kdm.facility.values import Facility, FacilityList, Screen
from kdm.facility.zones import zone_name
from kdm.phrases import fault_of, phrase

MESSAGE, ENVELOPE, EXTENSIONS = "FacilityListMessage", "DCinemaSecurityMessage", "FLMRequiredExtensions"
MAX_SCREENS = 1000
MAX_DEVICES = 256  # of one screen
MAX_EMAILS = 100
AHEAD = timedelta(days=1)
"""A clock that is wrong, or a local time without its offset, is not yet a date made up."""

_GROUPS = (("DeviceGroupList", "DeviceGroup"), ("SuiteList", "Suite"))  # FLM-x, ST 430-16


def read_flm(path: Path, *, now: datetime | None = None) -> FacilityList:
    """The list in a file. UsageError when it cannot be read, otherwise as `parse_flm`."""
    return parse_flm(read_document(path), where=path, now=now)


def parse_flm(
    data: bytes, *, where: str | Path = "the facility list", now: datetime | None = None
) -> FacilityList:
    """One cinema's list, at most 16 MiB.

    DocumentError when it is no facility list or hostile, or issued after `now`; SignatureError when it is
    signed and the signature does not hold.
    """
    root = Node(parse_xml(data, where=where), str(where))
    if root.name == MESSAGE:
        signature = _signature(root, data)
        body, issue_date = root, words(root, "IssueDate")
        facility = _facility(body, extended=True)
    elif root.name == ENVELOPE:
        body, issue_date = _envelope(root)
        signature = _signature(root, data)
        facility = _facility(body, extended=False)
    else:
        raise root.refusal("flm.other-document", name=root.name)
    issued, problem = _issued(issue_date)
    if now is not None and issued is not None and issued > now + AHEAD:
        raise root.refusal("flm.from-the-future", date=issue_date[:40])
    return FacilityList(
        facilities=(replace(facility, signer=signature.key if signature else b"", issued=issued),),
        source=str(where),
        issued=issued,
        signed=signature is not None,
        problems=(problem,) if problem else (),
        notes=(signature.told if signature else phrase("flm.unsigned"),),
    )


def _envelope(root: Node) -> tuple[Node, str]:
    """The extension of an ST 430-7 message, and the text of its date."""
    public = one(root, "AuthenticatedPublic")
    body = one(one(public, "RequiredExtensions"), EXTENSIONS)
    if body is None:
        kind = words(public, "MessageType") or text("word.no-type")
        raise root.refusal("flm.other-message", kind=kind)
    return body, words(public, "IssueDate")


@dataclass(frozen=True)
class _Signature:
    key: bytes
    told: str


def _signature(root: Node, data: bytes) -> _Signature | None:
    """Who signed it; None when nobody did. SignatureError when the signature does not hold."""
    if next(root.element.iter(f"{{{XMLDSIG}}}Signature"), None) is None:
        return None
    verify = verify_kdm if root.name == ENVELOPE else verify_facility_list
    try:
        verified = verify(data, where=root.where)
    except SignatureError as error:
        raise SignatureError("flm.signature", why=error, where=error.where) from None
    told = phrase("flm.signed", signer=verified.signer.label)
    return _Signature(verified.signer.public_key_thumbprint(), told)


def _issued(date: str) -> tuple[datetime | None, str | None]:
    """When, as far as it can be read; one without an offset, which the schemas allow, is taken for UTC."""
    if not date:
        return None, phrase("flm.no-date")
    value = parse_date_time(date)
    if value is None:
        return None, phrase("flm.date-no-time", date=date[:40])
    return value if value.tzinfo is not None else value.replace(tzinfo=UTC), None


def _facility(body: Node, *, extended: bool) -> Facility:
    info = one(body, "FacilityInfo")
    if info is None:
        raise body.refusal("flm.no-cinema")
    problems: list[str] = []
    notes: list[str] = []
    id, name = words(info, "FacilityID"), words(info, "FacilityName")
    if not id and not name:
        raise info.refusal("flm.cinema-unnamed")
    if not id:
        problems.append(phrase("flm.no-facility-id"))
    partial = bool(truth(info, "FLMPartial") or (not extended and truth(body, "FLMPartial")))
    if partial:
        notes.append(phrase("flm.partial"))
    screens = _auditoriums(body) if extended else read_security_devices(body)
    if not screens:
        problems.append(phrase("flm.no-screen"))
    zone = _time_zone(info, problems, notes)
    emails = _emails(info)
    bad = [each for each in emails if not is_address(each)][:MAX_EMAILS]
    notes += [phrase("facility.no-address", address=each[:80]) for each in bad]
    return Facility(
        id=id or name,
        name=name or id,
        screens=screens,
        time_zone=zone,
        emails=emails,
        circuit=words(info, "Circuit"),
        country=_country(info),
        language=_language(info),
        partial=partial,
        problems=tuple(problems),
        notes=tuple(notes),
    )


def _time_zone(info: Node, problems: list[str], notes: list[str]) -> str | None:
    told = words(info, "FacilityTimeZone")
    offset = one(info, "UTCOffset")
    if not told and offset is not None:
        told = (
            words(offset, "Offset") if one(offset, "Offset") is not None else " ".join(offset.text().split())
        )
        if one(offset, "DSTException") is not None:
            notes.append(phrase("flm.summer-time"))
    if not told:
        return None
    try:
        return zone_name(told)
    except UsageError as error:
        problems.append(fault_of(error))
        return None


def _emails(info: Node) -> tuple[str, ...]:
    """Where KDMs go: the delivery addresses, or the contacts' where there is none."""
    methods = [
        method
        for holder in (info, one(info, "Capabilities"), one(info, "FacilityCapabilities"))
        for method in every(one(holder, "KDMDeliveryMethodList"), "DeliveryMethod", most=MAX_EMAILS)
    ]
    found = [words(mail, "EmailAddress") for method in methods for mail in every(method, "Email")]
    if not any(found):
        people = [
            *every(one(info, "ContactList"), "Contact", most=MAX_EMAILS),
            *every(info, "ContactInfo", most=MAX_EMAILS),
        ]
        found = [words(person, "Email") for person in people]
    return tuple(dict.fromkeys(text for text in found if text))


def _country(info: Node) -> str:
    """Of the first address, the physical one before others; of a contact where there is none."""
    holder = one(info, "AddressList")
    places = [place for each in (holder, *every(holder, "Address")) if each for place in each.children()]
    ordered = sorted(places, key=lambda place: place.name != "Physical")
    contacts = [*every(one(info, "ContactList"), "Contact"), *every(info, "ContactInfo")]
    kinds = ("Physical", "Shipping", "Billing")
    found = [words(place, "Country") for place in ordered if place.name in kinds]
    found += [words(contact, "CountryCode") for contact in contacts]
    return next((text for text in found if text), "")


def _language(info: Node) -> str:
    """The language that the cinema's name is written in, where the list says so."""
    name = one(info, "FacilityName")
    return (name.attribute("language") or "")[:35] if name is not None else ""


def _auditoriums(body: Node) -> tuple[Screen, ...]:
    screens: dict[str, Screen] = {}
    problems = 0
    for number, node in enumerate(every(one(body, "AuditoriumList"), "Auditorium", most=MAX_SCREENS), 1):
        screen = _auditorium(node, number)
        problems = count_problems(body, problems + len(screen.problems))
        if screen.name in screens:
            again = phrase("flm.screen-twice", screen=screen.name)
            screen = replace(screen, name=f"{screen.name} ({number})", problems=(*screen.problems, again))
        screens[screen.name] = screen
    return tuple(screens.values())


def _auditorium(node: Node, number: int) -> Screen:
    problems = []
    name = words(node, "AuditoriumName", "AuditoriumNumberOrName") or words(node, "AuditoriumNumber")
    if not name:
        name = f"screen {number}"
        problems.append(phrase("flm.screen-unnamed"))
    devices = _devices(node)
    if len(devices) > MAX_DEVICES:
        raise node.refusal("flm.too-many-devices", most=MAX_DEVICES)
    return make_screen(name, map(read_device, devices), problems=problems)


def _devices(auditorium: Node) -> list[Node]:
    """All of a screen's groups; NonSecurityDeviceList (ST 430-16) has nothing that takes part in KDMs."""
    lists = ((one(auditorium, name), group) for name, group in _GROUPS)
    holders = [holder for parent, group in lists if parent for holder in (parent, *every(parent, group))]
    return [device for holder in (auditorium, *holders) for device in every(holder, "Device")]
