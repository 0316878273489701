"""Reading and writing the message as a value, without any signature."""

from __future__ import annotations

import base64
import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from judges import KDM_SCHEMA, schema_holds
from lxml import etree
from parts import canonical_private, canonical_public, private_in_document

from dcp.errors import DcpError
from kdm.message import (
    MAX_MESSAGE_BYTES,
    MESSAGE_TYPE,
    AuthorizedDeviceInfo,
    EncryptedKey,
    IssuerSerial,
    KdmMessage,
    MessageError,
    Recipient,
    TypedKeyId,
    message_root,
    parse_message,
)
from kdm.writing import join_document, wrap_base64

OAEP = "http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p"
SHA1 = "http://www.w3.org/2000/09/xmldsig#sha1"
BEIJING = timezone(timedelta(hours=8))

MESSAGE = KdmMessage(
    message_id=uuid.UUID(int=1),
    message_type=MESSAGE_TYPE,
    annotation_text="All of <it> & more",
    annotation_language="de",
    issue_date=datetime(2027, 1, 1, 8, tzinfo=BEIJING),
    issue_date_text="2027-01-01T08:00:00+08:00",
    signer=IssuerSerial(r"dnQualifier=a\+b=,CN=.ca,OU=o,O=o", 2**63),
    recipient=Recipient(IssuerSerial("dnQualifier=r=,CN=.ca,OU=o,O=o", 7), "dnQualifier=x=,CN=SM.x,O=o"),
    composition_playlist_id=uuid.UUID(int=2),
    content_title_text="Title & <Subtitle> 影",
    content_authenticator=bytes(range(20)),
    content_keys_not_valid_before=datetime(2027, 1, 2, tzinfo=BEIJING),
    not_valid_before_text="2027-01-02T00:00:00+08:00",
    content_keys_not_valid_after=datetime(2027, 1, 3, tzinfo=BEIJING),
    not_valid_after_text="2027-01-03T00:00:00+08:00",
    authorized_device_info=AuthorizedDeviceInfo(uuid.UUID(int=3), (bytes(20), bytes(range(20))), "Hall 1"),
    key_id_list=(
        TypedKeyId("MDIK", (uuid.UUID(int=4), uuid.UUID(int=5)), "http://example.org/scope?a=1&b=2"),
        TypedKeyId("MDAK", (uuid.UUID(int=6),), "http://www.smpte-ra.org/430-1/2006/KDM#kdm-key-type"),
    ),
    forensic_mark_flag_list=("http://www.smpte-ra.org/430-1/2006/KDM#mrkflg-picture-disable",),
    encrypted_keys=tuple(EncryptedKey(OAEP, SHA1, bytes([n]) * 256) for n in (1, 2, 3)),
)


def document(message: KdmMessage = MESSAGE) -> bytes:
    private = canonical_private(
        [key.cipher_value for key in message.encrypted_keys], algorithm=OAEP, digest_algorithm=SHA1
    )
    signature = b'<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#"/>'
    return join_document(canonical_public(message).encode(), private_in_document(private.encode()), signature)


def edited(old: str, new: str) -> bytes:
    text = document().decode()
    assert old in text
    return text.replace(old, new).encode()


def test_what_is_written_is_read_back() -> None:
    assert parse_message(document()) == MESSAGE


def test_a_root_that_is_there_already_is_read_as_the_bytes_are() -> None:
    assert parse_message(message_root(document())) == MESSAGE
    wrong = edited("<MessageId>", "<MessageId a='1'>")
    with pytest.raises(MessageError) as caught:
        parse_message(message_root(wrong), where="one.xml")
    with pytest.raises(MessageError) as again:
        parse_message(wrong, where="one.xml")
    assert str(caught.value) == str(again.value)
    assert caught.value.where == "one.xml: /DCinemaSecurityMessage/AuthenticatedPublic/MessageId"


def test_a_message_without_its_optional_elements_is_read_back() -> None:
    bare = replace(
        MESSAGE,
        annotation_text=None,
        annotation_language=None,
        content_authenticator=None,
        forensic_mark_flag_list=(),
        authorized_device_info=AuthorizedDeviceInfo(uuid.UUID(int=3), (bytes(20),)),
        encrypted_keys=(),
    )
    assert parse_message(document(bare)) == bare


@pytest.mark.parametrize("title", ["a\rb", "a\tb", "a > b", "a\nb", ']]>"'])
def test_the_parts_are_written_as_canonical_xml_has_them(title: str) -> None:
    message = replace(MESSAGE, annotation_text=title, content_title_text=title)
    private = canonical_private([bytes(256)], algorithm=OAEP, digest_algorithm=SHA1)
    public = canonical_public(message)
    inside = private_in_document(private.encode())
    root = etree.fromstring(join_document(public.encode(), inside, b"<ds:Signature/>"))
    for name, expected in (("AuthenticatedPublic", public), ("AuthenticatedPrivate", private)):
        part = root.find(f"{{*}}{name}")
        assert part is not None
        part.tail = None
        again = etree.fromstring(etree.tostring(part))
        assert etree.tostring(again, method="c14n").decode() == expected


@pytest.mark.parametrize("length", [0, 1, 47, 48, 49, 254, 255, 256, 257, 512, 1200])
def test_base64_stands_in_lines_of_64_characters(length: int) -> None:
    value = bytes(place % 256 for place in range(length))
    text = base64.b64encode(value).decode()
    lines = wrap_base64(value).split("\n")
    assert "".join(lines) == text
    assert all(len(line) == 64 for line in lines[:-1]) and len(lines[-1]) <= 64
    assert lines[-1] or not text


@pytest.mark.parametrize("text", ["\x00", "\x1b", "\ud800", "\uffff"])
def test_a_text_that_xml_cannot_carry_is_refused(text: str) -> None:
    with pytest.raises(DcpError, match="XML cannot carry"):
        canonical_public(replace(MESSAGE, annotation_text=text))


NEGATIVE = [
    ("another namespace", "schemas/430-3/2006/ETM", "schemas/430-3/2006/ETM2", "KDM-001", "namespace"),
    ("no namespace for KDM", "schemas/430-1/2006/KDM", "schemas/430-1/2007/KDM", "KDM-001", "namespace"),
    (
        "the Interop format",
        "http://www.smpte-ra.org/schemas/430-3/2006/ETM",
        "http://www.digicine.com/PROTO-ASDCP-KDM-20040311#",
        "KDM-001",
        "Interop format",
    ),
    ("another root", "DCinemaSecurityMessage", "DCinemaMessage", "KDM-001", "not a KDM"),
    ("no message id", "<MessageId>", "<!--", "KDM-001", "well-formed"),
    ("an id that is none", "urn:uuid:00000000-0000-0000-0000-000000000001<", "urn:1<", "KDM-001", "urn:uuid"),
    ("no CPL id", "urn:uuid:00000000-0000-0000-0000-000000000002<", "<", "KDM-005", "urn:uuid"),
    ("no signer", "<Signer>", "<Signer2>", "KDM-001", "well-formed"),
    ("a serial that is none", ">7<", ">7a<", "KDM-001", "serial"),
    ("a serial without end", ">7<", f">{'7' * 5000}<", "KDM-001", "serial"),
    ("an attribute too many", "<MessageId>", "<MessageId a='1'>", "KDM-001", "attribute a"),
    ("no Id", ' Id="ID_AuthenticatedPublic"', "", "KDM-001", "Id is missing"),
    ("text between elements", "<RequiredExtensions>", "<RequiredExtensions>x", "KDM-001", "between elements"),
    (
        "a date without offset",
        "2027-01-02T00:00:00+08:00",
        "2027-01-02T00:00:00",
        "KDM-004",
        "no offset",
    ),
    ("a date that is none", "2027-01-02T00:00:00+08:00", "2027-02-30T00:00:00Z", "KDM-004", "date and time"),
    ("an issue date that is none", "2027-01-01T08:00:00+08:00", "today", "KDM-001", "date and time"),
    ("a short authenticator", "AAECAwQFBgcICQoLDA0ODxAREhM=</Content", "AAEC</Content", "KDM-007", "SHA-1"),
    ("a short thumbprint", "AAECAwQFBgcICQoLDA0ODxAREhM=</Cert", "AAEC</Cert", "KDM-006", "SHA-1"),
    ("a thumbprint not in base64", "AAECAwQFBgcICQoLDA0ODxAREhM=</Cert", "A*EC</Cert", "KDM-006", "SHA-1"),
    ("an unknown extension", "<NonCriticalExtensions></", "<X/><NonCriticalExtensions></", "KDM-001", "X"),
    ("no key id", f"<KeyId>urn:uuid:{uuid.UUID(int=6)}</KeyId>", "", "KDM-001", "KeyId is missing"),
    ("flags without flag", "<ForensicMarkFlagList>", "<ForensicMarkFlagList><F/>", "KDM-001", "ForensicMark"),
    ("a value not in base64", "AQEBAQEB", "AQ*BAQEB", "KDM-113", "base64"),
    ("a reference for a value", "enc:CipherValue>", "enc:CipherReference>", "KDM-113", "CipherValue"),
    ("elements out of order", "<Signer>", "<Signer/><Signer>", "KDM-001", ""),
    (
        "a document type",
        "<DCinemaSecurityMessage",
        "<!DOCTYPE a><DCinemaSecurityMessage",
        "KDM-001",
        "DOCTYPE",
    ),
    ("a nested element in a value", "<KeyId>", "<KeyId><b/>", "KDM-001", "not elements"),
]


@pytest.mark.parametrize(
    ("old", "new", "check", "words"), [case[1:] for case in NEGATIVE], ids=[case[0] for case in NEGATIVE]
)
def test_a_malformed_message_is_refused_with_its_element(old: str, new: str, check: str, words: str) -> None:
    with pytest.raises(MessageError) as caught:
        parse_message(edited(old, new), where="a.xml")
    assert caught.value.check == check
    assert words in str(caught.value)
    assert "a.xml" in str(caught.value)


def test_a_message_over_four_mib_is_refused_unread() -> None:
    with pytest.raises(MessageError, match="4194304"):
        parse_message(b"<" * (MAX_MESSAGE_BYTES + 1))


@pytest.mark.parametrize(
    "start", [b"PK\x03\x04", b"%PDF-1.7", b"-----BEGIN CERTIFICATE-----", b'{"keys": []}']
)
def test_another_kind_of_file_is_named_and_what_to_look_for(start: bytes) -> None:
    with pytest.raises(MessageError, match=r"this is an? .*, not a KDM") as caught:
        parse_message(start + b"\n" * 100, where="a.xml")
    assert caught.value.kind == "not-a-kdm" and "XML file" in (caught.value.remedy or "")


def test_the_number_of_keys_is_bounded_before_any_is_read() -> None:
    entry = f"<TypedKeyId><KeyType>MDIK</KeyType><KeyId>urn:uuid:{uuid.UUID(int=6)}</KeyId></TypedKeyId>"
    for old, new in (
        ("</KeyIdList>", entry * 4097 + "</KeyIdList>"),
        ("</AuthenticatedPrivate>", "<enc:EncryptedKey/>" * 4097 + "</AuthenticatedPrivate>"),
    ):
        with pytest.raises(MessageError, match="4096") as caught:
            parse_message(edited(old, new))
        assert caught.value.check == "KDM-114"


@pytest.mark.parametrize(
    ("old", "new", "change"),
    [
        (
            "2027-01-02T00:00:00+08:00",
            "2027-01-01T16:00:00Z",
            lambda m: replace(
                m,
                content_keys_not_valid_before=datetime(2027, 1, 1, 16, tzinfo=UTC),
                not_valid_before_text="2027-01-01T16:00:00Z",
            ),
        ),
        (
            "<NonCriticalExtensions></",
            "<NonCriticalExtensions><a xmlns='urn:x'>1<b/></a></",
            lambda m: replace(m, non_critical_extensions=("{urn:x}a",)),
        ),
        ("<KeyIdList>", "<!-- a comment --><?pi?><KeyIdList>", lambda m: m),
        ("Title &amp;", "Title <!-- -->&amp;", lambda m: m),
        ("ds:", "dsig:", lambda m: m),
        ("xmlns:ds=", "xmlns:ds=", lambda m: m),
        (
            ' scope="http://www.smpte-ra.org/430-1/2006/KDM#kdm-key-type"',
            "",
            lambda m: replace(m, key_id_list=(m.key_id_list[0], replace(m.key_id_list[1], scope=None))),
        ),
    ],
)
def test_what_the_schemas_leave_free_is_read(
    old: str, new: str, change: Callable[[KdmMessage], KdmMessage]
) -> None:
    data = edited(old, new).replace(b"xmlns:ds=", b"xmlns:dsig=") if new == "dsig:" else edited(old, new)
    assert parse_message(data) == change(MESSAGE)


def test_key_info_of_an_encrypted_key_is_read() -> None:
    info = (
        "<ds:KeyInfo><ds:X509Data><ds:X509IssuerSerial><ds:X509IssuerName>CN=a</ds:X509IssuerName>"
        "<ds:X509SerialNumber>5</ds:X509SerialNumber></ds:X509IssuerSerial></ds:X509Data></ds:KeyInfo>"
    )
    read = parse_message(edited("<enc:CipherData>", info + "<enc:CipherData>"))
    assert [key.key_info and key.key_info.issuer_serials for key in read.encrypted_keys] == [
        (IssuerSerial("CN=a", 5),)
    ] * 3


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_a_mutated_message_is_read_or_refused(data: st.DataObject) -> None:
    text = bytearray(document())
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(text)))
        end = min(len(text), start + data.draw(st.integers(0, 60)))
        text[start:end] = data.draw(st.binary(max_size=8))
    try:
        parse_message(bytes(text))
    except DcpError as error:
        assert isinstance(error, MessageError)


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_elements_moved_or_repeated_never_crash_the_reader(data: st.DataObject) -> None:
    root = etree.fromstring(document())
    everything = list(root.iter("*"))
    for _ in range(data.draw(st.integers(1, 3))):
        source = data.draw(st.sampled_from(everything))
        target = data.draw(st.sampled_from(everything))
        if target in source.iter():
            continue
        target.insert(data.draw(st.integers(0, len(target))), source)
    try:
        parse_message(etree.tostring(root))
    except DcpError as error:
        assert isinstance(error, MessageError)


def test_a_written_message_validates(standards: Path, oracle: Callable[[str], str], tmp_path: Path) -> None:

    path = tmp_path / "kdm.xml"
    path.write_bytes(
        document().replace(
            b'<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#"/>',
            b"<ds:Signature><ds:SignedInfo><ds:CanonicalizationMethod Algorithm='a'/>"
            b"<ds:SignatureMethod Algorithm='b'/><ds:Reference><ds:DigestMethod Algorithm='c'/>"
            b"<ds:DigestValue>AA==</ds:DigestValue></ds:Reference></ds:SignedInfo>"
            b"<ds:SignatureValue>AA==</ds:SignatureValue></ds:Signature>",
        )
    )
    schema_holds(oracle("xmllint"), standards / "xsd" / KDM_SCHEMA, path)
