"""Facility list messages written: they read back equal, in the order of the schema, signed or not."""

from __future__ import annotations

import base64
import re
import subprocess
import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import flms
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from dcp.errors import CertificateError, DocumentError, SignatureError, UsageError
from dcp.suite import FACILITY_LISTS
from dcp.trust.canonical import canonical_element, canonical_without
from dcp.trust.signing import sign_document, sign_kdm
from kdm.facility.flm import parse_flm
from kdm.facility.flm_writing import ISDCF, write_flm
from kdm.facility.values import Device, Facility, Screen

World = Any
NOW = datetime(2027, 5, 1, 12, tzinfo=UTC)
ID = uuid.UUID(int=5)


def media_block(world: World, **words: str) -> Device:
    return Device(tuple(world.hall.chain), **{"kind": "SM", **words})


def rex(world: World, **changes: Any) -> Facility:
    projector = Device(tuple(world.projector.chain), kind="PR", serial="9", maker="Maker", model="P-1")
    screen = Screen("1", (media_block(world, serial="1"),), (projector,), (bytes(range(20)),))
    made = Facility(
        id="urn:x-facilityID:example.com:1",
        name="大光明 & Söhne",
        screens=(screen, Screen("Saal 2", (Device((world.other.leaf,), kind="PLY"),))),
        time_zone="Asia/Shanghai",
        emails=("a@rex.example", "b@rex.example"),
        circuit="Circuit",
        country="CN",
        language="zh",
    )
    return replace(made, **changes)


def written(facility: Facility, **arguments: Any) -> bytes:
    return write_flm(facility, **{"issued": NOW, "message_id": ID, **arguments})


def plain(facility: Facility) -> Facility:
    """Without what a reader remarks."""
    screens = tuple(replace(screen, problems=(), notes=()) for screen in facility.screens)
    return replace(facility, screens=screens, problems=(), notes=())


def test_what_was_written_reads_back_equal(world: World) -> None:
    found = parse_flm(written(rex(world)))
    assert [plain(each) for each in found.facilities] == [rex(world)]
    assert (found.issued, found.signed, found.problems) == (NOW, False, ())
    assert [screen.problems for screen in found.facilities[0].screens] == [(), ()]


_WORD = st.text(
    st.characters(codec="utf-8", categories=("L", "N", "P", "S")), min_size=1, max_size=12
)  # fmt: skip
_TEXT = st.lists(_WORD, min_size=1, max_size=3).map(" ".join)
_OPTIONAL = st.one_of(st.just(""), _TEXT)
_PRINT = st.binary(min_size=20, max_size=20)


@st.composite
def facilities(draw: st.DrawFn, world: World) -> Facility:
    def device(chain: Any, kinds: list[str]) -> Device:
        length = draw(st.integers(1, 3))
        return Device(
            tuple(chain.chain)[:length],
            draw(st.sampled_from(kinds)),
            draw(_OPTIONAL),
            draw(_OPTIONAL),
            draw(_OPTIONAL),
        )

    def screen(name: str) -> Screen:
        blocks = draw(st.lists(st.sampled_from([world.hall, world.other]), unique=True, max_size=2))
        attached = draw(st.lists(st.just(world.projector), max_size=1))
        return Screen(
            name,
            tuple(device(each, ["SM", "PLY", "MB", "SPB"]) for each in blocks),
            tuple(device(each, ["PR", "LD", "SPB"]) for each in attached),
            tuple(draw(st.lists(_PRINT, unique=True, max_size=2))),
        )

    name = st.one_of(_TEXT, st.integers(0, 2**33).map(str), st.sampled_from(["007", "+1", "４"]))
    return Facility(
        id=draw(_TEXT),
        name=draw(_TEXT),
        screens=tuple(screen(each) for each in draw(st.lists(name, unique=True, min_size=1, max_size=4))),
        time_zone=draw(st.sampled_from([None, "Asia/Shanghai", "-03:30", "UTC"])),
        emails=tuple(draw(st.lists(_WORD, unique=True, max_size=3))),
        circuit=draw(_OPTIONAL),
        country=draw(st.sampled_from(["", "CN", "DE"])),
        language=draw(st.sampled_from(["", "zh", "en-GB"])),
        partial=draw(st.booleans()),
    )


@settings(max_examples=150)
@given(data=st.data())
def test_any_cinema_reads_back_equal(world: World, data: st.DataObject) -> None:
    facility = data.draw(facilities(world))
    (found,) = parse_flm(written(facility)).facilities
    assert plain(found) == facility


SCHEMA_ORDER = {
    "FacilityListMessage": ["MessageId", "IssueDate", "FacilityInfo", "AuditoriumList"],
    "FacilityInfo": ["FacilityID", "FacilityName", "FacilityTimeZone", "Circuit", "FLMPartial", "AddressList",
                     "KDMDeliveryMethodList"],
    "Auditorium": ["AuditoriumNumber", "AuditoriumName", "Supports35MM", "DeviceGroupList"],
    "Device": ["DeviceTypeID", "DeviceIdentifier", "DeviceSerial", "ManufacturerName", "ModelNumber",
               "IsActive", "KeyInfoList"],
}  # fmt: skip


def test_elements_stand_in_the_order_of_the_schema(world: World) -> None:
    root = etree.fromstring(written(rex(world, partial=True)))
    for parent, order in SCHEMA_ORDER.items():
        found = list(root.iter(f"{{{ISDCF}}}{parent}"))
        assert found
        for element in found:
            names = [etree.QName(child).localname for child in element]
            assert [name for name in order if name in names] == names
    assert not root.findall(f".//{{{ISDCF}}}ContactList")


def test_a_screen_of_digits_is_a_number(world: World) -> None:
    block = (media_block(world),)
    names = ["3", "03", "4294967295", "4294967296", "1a", "²", "9" * 30]
    data = written(rex(world, screens=tuple(Screen(name, block) for name in names))).decode()
    assert re.findall(r"<AuditoriumNumber>(.*?)<", data) == ["3", "4294967295"]
    assert re.findall(r"<AuditoriumName>(.*?)<", data) == ["03", "4294967296", "1a", "²", "9" * 30]


def test_a_media_block_in_the_device_list_stays_there(world: World) -> None:
    married = Screen("1", (media_block(world),), (Device((world.other.leaf,)),))
    (found,) = parse_flm(written(rex(world, screens=(married,)))).facilities[0].screens
    assert [each.leaf for each in found.recipients] == [world.hall.leaf]
    assert [each.leaf for each in found.devices] == [world.other.leaf] and found.devices[0].kind == "PR"


def test_without_a_country_there_is_no_address(world: World) -> None:
    assert b"AddressList" not in written(rex(world, country=""))


def test_a_text_that_xml_cannot_carry_is_refused(world: World) -> None:
    with pytest.raises(DocumentError, match="characters that XML cannot carry"):
        written(rex(world, name="bell \x07"))
    with pytest.raises(UsageError, match="offset"):
        written(rex(world), issued=datetime(2027, 1, 1))


# --- signed ---


def test_a_signed_list_reads_back_and_says_by_whom(world: World) -> None:
    found = parse_flm(written(rex(world), signer=world.lab.signer))
    assert found.signed and world.lab.leaf.label in found.notes[0]
    assert plain(found.facilities[0]) == rex(world)


def test_only_a_content_signer_signs(world: World) -> None:
    with pytest.raises(CertificateError, match="not fit to sign"):
        written(rex(world), signer=world.hall.signer)


@pytest.mark.parametrize("form", FACILITY_LISTS, ids=lambda suite: suite.name)
@pytest.mark.parametrize("namespace", [flms.ISDCF, flms.EXTENDED, "urn:x"])
def test_either_digest_and_any_namespace_hold(world: World, form: Any, namespace: str) -> None:
    data = flms.message(flms.auditorium(flms.device(world.hall)), namespace=namespace)
    signed = sign_document(data, world.lab.signer, suite=form, now=NOW)
    assert parse_flm(signed).signed


def _without_signer(data: bytes, world: World) -> bytes:
    """The same signed anew without its Signer element."""
    root = etree.fromstring(data)
    (holder,) = root.findall(f"{{{ISDCF}}}Signer")
    root.remove(holder)
    signature = root[-1]
    ds, suite = f"{{{flms.DS}}}", FACILITY_LISTS[0]
    (digest,) = signature.iter(f"{ds}DigestValue")
    digest.text = base64.b64encode(suite.digest(canonical_without(root, signature))).decode()
    (info,), (value,) = signature.iter(f"{ds}SignedInfo"), signature.iter(f"{ds}SignatureValue")
    form = canonical_element(info, with_comments=False)
    value.text = base64.b64encode(suite.sign(world.lab.private_key, form)).decode()
    return bytes(etree.tostring(root))


def test_a_signature_without_signer_holds_for_the_one_leaf(world: World) -> None:
    data = _without_signer(written(rex(world), signer=world.lab.signer), world)
    found = parse_flm(data)
    assert found.signed and world.lab.leaf.label in found.notes[0]
    with pytest.raises(SignatureError, match="does not hold"):
        parse_flm(data.replace(b"a@rex.example", b"x@rex.example"))


def test_without_signer_two_leaves_do_not_tell_who_signed(world: World) -> None:
    """The signature does not cover KeyInfo, so another certificate can be put beside the signer's."""
    root = etree.fromstring(_without_signer(written(rex(world), signer=world.lab.signer), world))
    holder = root[-1][-1]
    entry = etree.fromstring(etree.tostring(holder[0]))
    ds, leaf = f"{{{flms.DS}}}", world.hall.leaf
    for name, text in (
        ("X509IssuerName", leaf.issuer),
        ("X509SerialNumber", str(leaf.serial)),
        ("X509Certificate", base64.b64encode(leaf.der).decode()),
    ):
        (element,) = entry.iter(f"{ds}{name}")
        element.text = text
    holder.append(entry)
    with pytest.raises(SignatureError, match="do not tell who signed"):
        parse_flm(etree.tostring(root))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"a@rex.example", b"evil@rex.example"),
        (b"<MessageId>", b"<MessageId> "),
        (b"</AuditoriumList>", b"</AuditoriumList><Extra/>"),
        (b"xmldsig-more#rsa-sha256", b"xmldsig-more#rsa-sha512"),
        (b"xmldsig#sha1", b"xmldsig#md5"),
        (b"#enveloped-signature", b"#enveloped"),
        (b'URI=""', b'URI="#x"'),
        (b":SignatureValue>", b":SignatureValue>AA"),
        (b"</FacilityListMessage>", b"<Last/></FacilityListMessage>"),
    ],
)
def test_a_changed_signed_list_is_refused(world: World, old: bytes, new: bytes) -> None:
    data = written(rex(world), signer=world.lab.signer)
    assert old in data
    with pytest.raises(SignatureError, match="the facility list's signature does not hold"):
        parse_flm(data.replace(old, new, 1))


def test_a_signature_that_is_moved_inside_is_refused(world: World) -> None:
    """Wrapped: the signed list stands in another, whose cinemas nobody signed."""
    signed = written(rex(world), signer=world.lab.signer).split(b"\n", 1)[1]
    wrapper = flms.message(flms.auditorium(flms.device(world.other)), end=signed.decode())
    with pytest.raises(SignatureError, match="does not hold"):
        parse_flm(wrapper)


def test_a_changed_st_430_7_list_is_refused(world: World) -> None:
    data = flms.old_message(flms.security_device(world.hall, kind="SM", serial="1"), lab=world.lab)
    signed = sign_kdm(data, world.lab.signer)
    with pytest.raises(SignatureError, match="does not hold"):
        parse_flm(signed.replace(b"booth@rex", b"other@rex"))


# --- outside judges ---


@pytest.mark.oracle
def test_xmllint_and_xmlsec1_take_what_was_written(
    world: World, oracle: Callable[[str], str], tmp_path: Path
) -> None:
    path, root = tmp_path / "flm.xml", tmp_path / "root.pem"
    path.write_bytes(written(rex(world), signer=world.lab.signer))
    subprocess.run([oracle("xmllint"), "--nonet", "--noout", path], check=True, capture_output=True)
    root.write_text(world.lab.chain[-1].pem())
    command = [
        oracle("xmlsec1"),
        "--verify",
        "--trusted-pem",
        root,
        "--verification-gmt-time",
        "2027-05-01+12:00:00",
    ]
    found = subprocess.run([*command, path], capture_output=True, text=True)
    assert found.returncode == 0, found.stderr
    path.write_bytes(path.read_bytes().replace(b"a@rex.example", b"x@rex.example"))
    assert subprocess.run([*command, path], capture_output=True).returncode != 0
