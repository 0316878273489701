"""Facility list messages: every shape is read, a fault in one device stays there, hostile ones refused."""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import flms
import pytest
from flms import INFO, auditorium, device, key_info, message, x509
from hypothesis import given, settings
from hypothesis import strategies as st

from dcp.errors import DcpError, DocumentError
from dcp.trust.signing import sign_kdm
from dcp.xml.parse import element_path
from kdm.facility import flm, flm_devices
from kdm.facility.flm import parse_flm
from kdm.facility.values import Facility, Screen

World = Any


def only(data: bytes) -> Screen:
    """The one screen of a message."""
    (screen,) = facility(data).screens
    return screen


def facility(data: bytes) -> Facility:
    (found,) = parse_flm(data).facilities
    return found


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


# --- unusual, and legal ---


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


# --- what is wrong in one place ---


def test_one_bad_certificate_stops_nothing_else(world: World) -> None:
    data = message(
        auditorium(device(["no base64!"]), number=1),
        auditorium(device(["AAAA"]), number=2),
        auditorium(device(world.hall), number=3),
    )
    one, two, three = facility(data).screens
    assert one.problems == ("SM Maker M-1 1: certificate 1 cannot be read: this is not base64",)
    assert two.recipients == () and "certificate 1 cannot be read" in two.problems[0]
    assert three.problems == () and three.recipients[0].leaf == world.hall.leaf


def test_a_damaged_authority_leaves_the_leaf_usable(world: World) -> None:
    leaf, _, root = world.hall.chain
    screen = only(message(auditorium(device([leaf, "x", root]))))
    assert screen.recipients[0].certificates == (leaf,)
    assert "certificate 2 cannot be read" in screen.problems[0]


def test_a_media_block_by_thumbprint_alone_gets_no_kdm(world: World) -> None:
    name = flms.identifier(world.hall.leaf.thumbprint())
    screen = only(message(auditorium(device(None, name=name))))
    assert screen.recipients == () and "only the thumbprint" in screen.problems[0]


def test_a_projector_by_thumbprint_alone_is_on_the_device_list(world: World) -> None:
    print_ = world.projector.leaf.thumbprint()
    screen = only(
        message(auditorium(device(world.hall), device(None, kind="PR", name=flms.identifier(print_))))
    )
    assert screen.problems == () and screen.bare_thumbprints == (print_,) == screen.device_thumbprints
    assert "stands for it" in screen.notes[0]
    both = only(
        message(
            auditorium(device(world.hall), device(world.projector, kind="PR"),
                       device(None, kind="PR", name=flms.identifier(print_)))
        )
    )  # fmt: skip
    assert both.bare_thumbprints == () and both.device_thumbprints == (print_,)


def test_a_projector_without_anything_is_a_problem(world: World) -> None:
    screen = only(message(auditorium(device(world.hall), device(None, kind="PR"))))
    assert "neither certificate nor thumbprint" in screen.problems[0] and screen.recipients


def test_an_identifier_of_another_certificate_is_a_problem(world: World) -> None:
    screen = only(
        message(auditorium(device(world.hall, name=flms.identifier(world.other.leaf.thumbprint()))))
    )
    (problem,) = screen.problems
    assert "names another certificate" in problem and "it is left out" in problem
    assert screen.recipients == (), "nobody knows which of the two the cinema means"
    other = device(world.projector, kind="PR", name=flms.identifier(world.other.leaf.thumbprint()))
    screen = only(message(auditorium(device(world.hall), other)))
    assert screen.recipients and screen.devices == () and "it is left out" in screen.problems[0]
    good = only(message(auditorium(device(world.hall, name=flms.identifier(world.hall.leaf.thumbprint())))))
    assert good.problems == () and good.notes == ()


def test_an_identifier_that_is_another_digest_is_noted(world: World) -> None:
    leaf = world.hall.leaf
    for value, said in (
        (leaf.public_key_thumbprint(), "public key"),
        (hashlib.sha1(leaf.der).digest(), "whole certificate"),
        (world.hall.chain[1].thumbprint(), "another certificate of the device"),
    ):
        screen = only(message(auditorium(device(world.hall, name=flms.identifier(value)))))
        assert screen.problems == () and said in screen.notes[0]


def test_an_identifier_that_is_no_thumbprint_is_a_problem(world: World) -> None:
    screen = only(message(auditorium(device(world.hall, name=flms.identifier(b"short")))))
    assert "no thumbprint of 20 bytes" in screen.problems[0] and screen.recipients


def test_a_list_of_the_future_is_refused_where_now_is_known(world: World) -> None:
    """It would outlast every true list; a clock that is a day wrong is another thing."""
    data = message(auditorium(device(world.hall)))
    issued = datetime(2027, 4, 1, 1, tzinfo=UTC)
    found = parse_flm(data, now=issued - timedelta(days=1))
    assert found == parse_flm(data) and found.facilities[0].issued == issued
    with pytest.raises(DocumentError, match="has not come yet"):
        parse_flm(data, now=issued - timedelta(days=1, seconds=1))


def test_a_list_of_faults_is_refused(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The place of each fault costs time to find, and 250,000 of them took half an hour."""
    bad = device(None, active="x")
    monkeypatch.setattr(flm_devices, "MAX_PROBLEMS", 9)
    assert len(parse_flm(message(auditorium(*[bad] * 9))).facilities[0].screens[0].problems) == 9
    paths: list[object] = []

    def counted(element: Any) -> str:
        paths.append(element)
        return element_path(element)

    monkeypatch.setattr(flm_devices, "element_path", counted)
    data = message(*(auditorium(*[bad] * 4, number=number) for number in range(100)))
    with pytest.raises(DocumentError, match="more than 9 things in this list cannot be used"):
        parse_flm(data)
    assert len(paths) == 12
    twice = "<SecurityDevice><DeviceDescription/><DeviceDescription/></SecurityDevice>"
    old = flms.old_message(*[twice] * 10, lab=world.lab)
    with pytest.raises(DocumentError, match="more than 9 things"):
        parse_flm(sign_kdm(old, world.lab.signer))


def test_a_device_out_of_use_is_left_out_with_a_note(world: World) -> None:
    screen = only(message(auditorium(device(world.hall), device(world.other, active="false", serial="2"))))
    assert len(screen.recipients) == 1 and screen.notes == (
        "SM Maker M-1 2: not active (IsActive), left out",
    )
    none = only(message(auditorium(device(world.hall, active="0"))))
    assert none.recipients == () and "no media block" in none.problems[0]


def test_a_device_that_cannot_be_read_leaves_the_others(world: World) -> None:
    screen = only(message(auditorium(device(world.hall), device(world.other, active="perhaps"))))
    assert len(screen.recipients) == 1 and "neither true nor false" in screen.problems[0]
    assert "Device[2]" in screen.problems[0]


def test_devices_that_take_no_part_in_kdms_are_silent(world: World) -> None:
    screen = only(message(auditorium(device(world.hall), device(None, kind="SMS"), device(None, kind="PLY"))))
    assert screen.problems == () and screen.notes == () and screen.devices == ()


# --- what refuses the list ---


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"<CompositionPlaylist/>", "no facility list: its root element is CompositionPlaylist"),
        (b"not xml", "not well-formed"),
        (b"", "not well-formed"),
        (message().replace(b"<FacilityListMessage", b"<!DOCTYPE x><FacilityListMessage"), "document type"),
        (message(info=""), "neither FacilityID nor FacilityName"),
        (message().replace(b"FacilityInfo", b"Elsewhere"), "FacilityInfo is missing"),
        (message(info=INFO + INFO), "more than once"),
        (message(info="<FacilityName>" + "x" * 2000 + "</FacilityName>"), "more than 1024 characters"),
        (message(info="<FacilityName><b/></FacilityName>"), "not elements"),
        (message(info=INFO + "<FLMPartial>maybe</FLMPartial>"), "neither true nor false"),
        (message(*["<Auditorium/>"] * (flm.MAX_SCREENS + 1)), f"more than {flm.MAX_SCREENS} Auditorium"),
        (message(auditorium(*["<Device/>"] * (flm.MAX_DEVICES + 1))), f"more than {flm.MAX_DEVICES} devices"),
        (message(*["<a>" * 10_000 + "</a>" * 10_000]), "nest deeper"),
        (message().replace(b"UTF-8", b"UTF-16"), "UTF-16"),
        (message().replace(b"Rex", b"\xff"), "UTF-8"),
        (message() + b" " * (16 * 1024 * 1024), "larger than"),
    ],
    ids=lambda value: value[:40] if isinstance(value, str) else "",
)  # fmt: skip
def test_what_is_no_list_or_hostile_is_refused(data: bytes, said: str) -> None:
    with pytest.raises(DocumentError, match=re.escape(said)):
        parse_flm(data, where="list.xml")


def test_a_message_of_another_kind_is_named(world: World) -> None:
    data = flms.old_message(lab=world.lab, extensions="<KDMRequiredExtensions/>").replace(b"430-7", b"430-1")
    with pytest.raises(
        DocumentError, match=r"another kind \(http://www.smpte-ra.org/schemas/430-1/2008/FLM\)"
    ):
        parse_flm(data)


def test_thousands_of_certificates_in_one_device_are_bounded(world: World) -> None:
    infos = f"<ds:KeyInfo>{x509(world.hall.leaf) * 5000}</ds:KeyInfo>"
    screen = only(message(auditorium(device(None, infos=infos))))
    assert "more than 64 certificates" in screen.problems[0] and screen.recipients[0].leaf == world.hall.leaf


_TEMPLATES = {
    "isdcf": lambda w: message(auditorium(device(w.hall), device(w.projector, kind="PR"))),
    "extended": lambda w: message(auditorium(device([w.hall.leaf]), extended=True), namespace=flms.EXTENDED),
    "old": lambda w: flms.old_message(flms.security_device(w.hall, kind="SM", serial="1"), lab=w.lab),
}


def _read_changed(original: bytes, data: st.DataObject) -> None:
    """Read a message with some pieces cut out and put in: read or refused, and nothing else."""
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(original) - 1))
        length = data.draw(st.integers(0, 40))
        piece = data.draw(
            st.one_of(
                st.binary(max_size=6), st.sampled_from([b"<", b"</Device>", b"<Device>", b"&#0;", b"\x00"])
            )
        )
        original = original[:start] + piece + original[start + length :]
    try:
        found = parse_flm(original)
    except DcpError:
        return
    for screen in found.facilities[0].screens:
        assert all(each.leaf for each in (*screen.recipients, *screen.devices))


@pytest.mark.parametrize("form", _TEMPLATES)
@settings(max_examples=300)
@given(data=st.data())
def test_a_changed_message_is_read_or_refused_and_nothing_else(
    world: World, form: str, data: st.DataObject
) -> None:
    _read_changed(_TEMPLATES[form](world), data)


@pytest.mark.soak
@pytest.mark.parametrize("form", _TEMPLATES)
@settings(max_examples=20_000)
@given(data=st.data())
def test_a_message_changed_in_thousands_of_ways(world: World, form: str, data: st.DataObject) -> None:
    _read_changed(_TEMPLATES[form](world), data)


@given(st.binary(max_size=400))
def test_noise_is_refused(data: bytes) -> None:
    with pytest.raises(DcpError):
        parse_flm(data)
