"""Facility list messages: every shape is read, a fault in one device stays there, hostile ones refused."""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone

import flms
import pytest
from flm_reading import World, facility, only
from flms import INFO, auditorium, device, key_info, message

from dcp.trust.signing import sign_kdm
from kdm.facility.flm import parse_flm


def test_the_form_of_isdcf_tells_all_that_a_kdm_needs(world: World) -> None:
    hall, projector = world.hall, world.projector
    found = parse_flm(
        message(auditorium(device(hall), device(projector, kind="PR", serial="9"))), where="f.xml"
    )
    assert (found.source, found.signed, found.problems) == ("f.xml", False, ())
    assert found.notes == ("the list is not signed",)
    assert found.issued == datetime(2027, 4, 1, 9, tzinfo=timezone(timedelta(hours=8)))
    (rex,) = found.facilities
    assert (rex.id, rex.name, rex.circuit) == ("urn:x-facilityID:example.com:1", "Rex", "Circuit")
    assert (rex.time_zone, rex.country, rex.emails) == ("Asia/Shanghai", "CN", ("booth@rex.example",))
    assert (rex.partial, rex.problems, rex.notes) == (False, (), ())
    (screen,) = rex.screens
    assert (screen.name, screen.problems, screen.notes) == ("1", (), ())
    (recipient,), (attached,) = screen.recipients, screen.devices
    assert recipient.certificates == tuple(hall.chain), "leaf first, whatever the order in the list"
    assert (recipient.kind, recipient.serial, recipient.maker, recipient.model) == ("SM", "1", "Maker", "M-1")
    assert attached.leaf == projector.leaf
    assert screen.device_thumbprints == (projector.leaf.thumbprint(),)


@pytest.mark.parametrize(
    "namespace", [flms.ISDCF, flms.SAMPLE, flms.EXTENDED, "urn:whatever", "https://smpte/x"]
)
def test_the_namespace_does_not_matter(world: World, namespace: str) -> None:
    data = message(auditorium(device(world.hall)), namespace=namespace)
    assert only(data).recipients[0].leaf == world.hall.leaf


def test_what_is_no_address_is_noted(world: World) -> None:
    info = INFO.replace("booth@rex.example", "booth(at)rex.example")
    (rex,) = parse_flm(message(auditorium(device(world.hall)), info=info)).facilities
    assert any("'booth(at)rex.example' is no mail address" in note for note in rex.notes)


def test_the_form_of_st_430_16_is_read(world: World) -> None:
    info = INFO.replace("</ContactList>", "</ContactList>"
        "<AddressList><Physical><Country>AU</Country></Physical></AddressList>"
        "<DeviceList><Device><DeviceTypeID>TMS</DeviceTypeID></Device></DeviceList>"
        "<Capabilities><KDMDeliveryMethodList><DeliveryMethod><Email><EmailName>N</EmailName><EmailAddress>"
        "kdm@rex.example</EmailAddress></Email><Email><EmailAddress>kdm2@rex.example</EmailAddress></Email>"
        "<Network><URL>ftp://rex.example/kdm</URL></Network></DeliveryMethod></KDMDeliveryMethodList>"
        "</Capabilities>")  # fmt: skip
    one = "<ds:X509Data>" + "".join(
        f"<ds:X509Certificate><!-- {each.label} -->{flms.base64_of(each)}</ds:X509Certificate>"
        for each in world.hall.chain
    ) + "</ds:X509Data>"  # fmt: skip
    devices = device(None, infos=f"<ds:KeyInfo>{one}</ds:KeyInfo>").replace(
        "ManufacturerName", "Manufacturer"
    )
    data = message(
        auditorium(devices, device(world.projector, kind="PR"), name="Saal 1", extended=True),
        info=info,
        namespace=flms.EXTENDED,
        issued="2027-06-22T18:13:51.0",
    )
    found = parse_flm(data)
    assert found.issued is not None and found.issued.utcoffset() == timedelta(0) and found.problems == ()
    (rex,) = found.facilities
    assert rex.emails == ("kdm@rex.example", "kdm2@rex.example") and rex.country == "AU"
    (screen,) = rex.screens
    assert screen.name == "Saal 1" and screen.recipients[0].certificates == tuple(world.hall.chain)
    assert screen.recipients[0].maker == "Maker" and len(screen.devices) == 1 and screen.problems == ()


def test_the_form_of_st_430_7_has_a_screen_for_each_media_block(world: World) -> None:
    data = flms.old_message(
        flms.security_device(world.hall, kind="SM", serial="1"),
        flms.security_device(world.other, kind="SM", serial="2"),
        flms.security_device(world.projector, kind="PR", serial="3"),
        lab=world.lab,
    )
    rex = facility(data)
    assert (rex.name, rex.time_zone, rex.country, rex.emails) == (
        "Rex",
        "+08:00",
        "CN",
        ("booth@rex.example",),
    )
    assert [screen.name for screen in rex.screens] == ["M-1 1", "M-1 2"]
    assert [screen.recipients[0].leaf for screen in rex.screens] == [world.hall.leaf, world.other.leaf]
    for screen in rex.screens:
        assert screen.device_thumbprints == (world.projector.leaf.thumbprint(),)
        assert "attached to each" in screen.notes[0]
    signed = parse_flm(sign_kdm(data, world.lab.signer))
    assert signed.signed and signed.facilities == (rex,)
    assert signed.facilities[0].signer == world.lab.leaf.public_key_thumbprint() and rex.signer == b""


def test_st_430_7_may_list_certificates_alone(world: World) -> None:
    data = flms.old_message(
        f"<SecurityDeviceCertificate>{key_info(world.hall.chain)}</SecurityDeviceCertificate>",
        f"<SecurityDeviceCertificate>{key_info(['!'])}</SecurityDeviceCertificate>",
        lab=world.lab,
    )
    first, rest = facility(data).screens
    assert first.name == world.hall.leaf.label and first.problems == ()
    assert rest.recipients == () and "certificate 1 cannot be read" in rest.problems[0]


def test_a_summer_time_exception_is_said_to_be_left_out(world: World) -> None:
    data = flms.old_message(flms.security_device(world.hall, kind="SM", serial="1"), lab=world.lab)
    more = "</Offset><DSTException><DSTOffset>+09:00</DSTOffset></DSTException>"
    rex = facility(data.replace(b"</Offset>", more.encode()))
    assert rex.time_zone == "+08:00" and "summer time" in rex.notes[0]


@pytest.mark.parametrize(
    ("written", "read"),
    [("UTC+8", "+08:00"), ("PT8H", "+08:00"), ("asia/shanghai", "Asia/Shanghai"), ("Z", "UTC")],
)
def test_time_zones_come_in_one_form(world: World, written: str, read: str) -> None:
    data = message(auditorium(device(world.hall)), info=INFO.replace("Asia/Shanghai", written))
    assert facility(data).time_zone == read


def test_an_unknown_time_zone_is_a_problem_of_the_cinema(world: World) -> None:
    rex = facility(
        message(auditorium(device(world.hall)), info=INFO.replace("Asia/Shanghai", "Mars/Olympus"))
    )
    assert rex.time_zone is None and rex.problems == ("'Mars/Olympus' is no time zone",)
    assert rex.screens[0].recipients


def _prefixed(data: bytes) -> bytes:
    text = data.decode().replace(f'xmlns="{flms.ISDCF}"', f'xmlns:f="{flms.ISDCF}"')
    return re.sub(r"<(/?)([A-Z])", r"<\1f:\2", text).encode()


def _no_ds(data: bytes) -> bytes:
    """KeyInfo in a default namespace of its own."""
    text = data.decode().replace("<ds:KeyInfo>", f'<KeyInfo xmlns="{flms.DS}">').replace("</ds:", "</")
    return text.replace("<ds:", "<").encode()


LEGAL = {
    "a byte order mark": lambda data: b"\xef\xbb\xbf" + data,
    "a prefix everywhere": _prefixed,
    "no prefix on KeyInfo": _no_ds,
    "comments between and in elements": lambda data: data.replace(
        b"<Device>", b"<!-- a --><Device><!-- b -->"
    ).replace(b"Rex", b"R<!-- c -->ex").replace(b"MII", b"M<!-- d -->II"),
    "blanks and line breaks": lambda data: data.replace(b"><", b">\n\t <").replace(b"Rex", b"\n   Rex\n  "),
    "CRLF": lambda data: data.replace(b"\n", b"\r\n"),
    "a stylesheet instruction": lambda data: data.replace(b"<Fac", b'<?xml-stylesheet href="x.xsl"?><Fac', 1),
    "CDATA": lambda data: data.replace(b"Rex", b"<![CDATA[Rex]]>"),
    "unknown elements of other namespaces": lambda data: data.replace(
        b"<Supports35MM>", b'<x:E xmlns:x="urn:x"><x:Device/></x:E><Supports35MM>'
    ),
    "elements in another order": lambda data: data.replace(
        b"<FacilityID>urn:x-facilityID:example.com:1</FacilityID>", b""
    ).replace(b"</FacilityInfo>", b"<FacilityID>urn:x-facilityID:example.com:1</FacilityID></FacilityInfo>"),
    "IsActive as a digit": lambda data: data.replace(b"<IsActive>true", b"<IsActive>1"),
    "IsActive left out": lambda data: data.replace(b"<IsActive>true</IsActive>", b""),
    "an annotation": lambda data: data.replace(
        b"<FacilityInfo>", b"<AnnotationText>x</AnnotationText><FacilityInfo>"
    ),
    "no KeyInfo but several": lambda data: data.replace(
        b"</ds:X509Data><ds:X509Data>", b"</ds:X509Data></ds:KeyInfo><ds:KeyInfo><ds:X509Data>"
    ),
    "one X509Data for all": lambda data: data.replace(b"</ds:X509Data><ds:X509Data>", b""),
    "subject names beside": lambda data: data.replace(
        b"<ds:X509Data>", b"<ds:X509Data><ds:X509SubjectName>CN=x</ds:X509SubjectName>"
    ),
    "empty elements": lambda data: data.replace(b"</Circuit>", b"</Circuit><AlternateFacilityIDList/>"),
    "a scope on the type": lambda data: data.replace(
        b"<DeviceTypeID>", b'<DeviceTypeID scope="http://www.smpte-ra.org/schemas/433/2008/dcmlTypes/#device-type-tokens">'
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", LEGAL)
def test_an_unusual_legal_form_reads_the_same(world: World, what: str) -> None:
    plain = message(auditorium(device(world.hall), device(world.projector, kind="PR")))
    changed = LEGAL[what](plain)
    assert changed != plain
    assert parse_flm(changed) == parse_flm(plain)


def test_the_screen_is_called_by_name_before_number(world: World) -> None:
    both = message(auditorium(device(world.hall), number=1, name="Saal 1"))
    assert only(both).name == "Saal 1"
    assert only(message(auditorium(device(world.hall), number=12))).name == "12"
    neither = only(message(auditorium(device(world.hall), number=None)))
    assert neither.name == "screen 1" and "neither name nor number" in neither.problems[0]
    assert neither.recipients


def test_two_screens_of_one_name_stay_two(world: World) -> None:
    first, second = facility(message(auditorium(device(world.hall)), auditorium(device(world.other)))).screens
    assert (first.name, second.name) == ("1", "1 (2)") and "two screens" in second.problems[0]
    assert second.recipients[0].leaf == world.other.leaf


def test_the_language_of_the_name_is_that_of_the_cinema(world: World) -> None:
    named = INFO.replace("<FacilityName>", '<FacilityName language="zh">')
    assert facility(message(auditorium(device(world.hall)), info=named)).language == "zh"


def test_an_update_says_so(world: World) -> None:
    rex = facility(message(auditorium(device(world.hall)), info=INFO + "<FLMPartial>1</FLMPartial>"))
    assert rex.partial and "update" in rex.notes[0]


def test_without_an_id_the_name_stands_in(world: World) -> None:
    rex = facility(message(auditorium(device(world.hall)), info="<FacilityName>Rex</FacilityName>"))
    assert rex.id == "Rex" and "FacilityID" in rex.problems[0] and rex.time_zone is None


@pytest.mark.parametrize(("date", "problem"), [("", "no IssueDate"), ("yesterday", "'yesterday' is no time")])
def test_a_list_without_a_date_is_read(world: World, date: str, problem: str) -> None:
    found = parse_flm(message(auditorium(device(world.hall)), issued=date))
    assert found.issued is None and problem in found.problems[0]
