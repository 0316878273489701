"""The schemas: each element missing, twice, out of its place, in another namespace; each type broken."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from forgery.messages import (
    Wrong,
    behind,
    content,
    document,
    part,
    private,
    private_of,
    public_of,
    twice,
    without,
)

SCHEMA = "kdm.md 2, sheet 6.1"
NAMESPACE = "CTP A.6.72"
IDENTIFIER = "sheet 6.1; UUID of the ETM schema"
DATE = "sheet 6.1; xs:dateTime"
ETM = "http://www.smpte-ra.org/schemas/430-3/2006/ETM"
KDM = "http://www.smpte-ra.org/schemas/430-1/2006/KDM"
ANSWERS = "kdm.md 2; the schema types"

REQUIRED = (
    "MessageId", "MessageType", "IssueDate", "Signer", "RequiredExtensions", "NonCriticalExtensions",
    "KDMRequiredExtensions", "Recipient", "CompositionPlaylistId", "ContentTitleText",
    "ContentKeysNotValidBefore", "ContentKeysNotValidAfter", "AuthorizedDeviceInfo", "DeviceListIdentifier",
    "DeviceList", "KeyIdList", "TypedKeyId", "KeyType", "KeyId",
    "X509IssuerName", "X509SerialNumber", "X509IssuerSerial", "X509SubjectName",
)  # fmt: skip
SINGLE = tuple(name for name in REQUIRED if name not in ("TypedKeyId", "KeyId"))
"""Those that may stand only once in their place."""

# Where several of a kind are there, all of them go.
ALL_OF = {"TypedKeyId": 3}


def missing(name: str) -> Callable[[Any], dict[str, Any]]:
    def change(text: str) -> str:
        for _ in range(ALL_OF.get(name, 1)):
            text = without(name)["public"](text)
        return text

    return lambda world: {"public": change}


def structure(name: str, source: str, edit: dict[str, Any]) -> Wrong:
    return Wrong(name, "KDM-001", source, lambda world: edit)


ELEMENTS = [
    *(Wrong(f"no {name}", "KDM-001", SCHEMA, missing(name)) for name in REQUIRED),
    *(structure(f"{name} twice", SCHEMA, twice(name)) for name in SINGLE),
    structure("MessageType before MessageId", SCHEMA, behind("MessageId", "MessageType")),
    structure("IssueDate after Signer", SCHEMA, behind("IssueDate", "Signer")),
    structure("NonCriticalExtensions before RequiredExtensions", SCHEMA,
              behind("RequiredExtensions", "NonCriticalExtensions")),
    structure("the playlist's id before Recipient", SCHEMA, behind("Recipient", "CompositionPlaylistId")),
    structure("the end of the window before its beginning", SCHEMA,
              behind("ContentKeysNotValidBefore", "ContentKeysNotValidAfter")),
    structure("the keys before the devices", SCHEMA, behind("AuthorizedDeviceInfo", "KeyIdList")),
    structure("KeyId before KeyType", SCHEMA, behind("KeyType", "KeyId")),
    structure("the serial number before the issuer", SCHEMA, behind("X509IssuerName", "X509SerialNumber")),
    Wrong("the private part first", "KDM-001", SCHEMA, lambda w: {"document": private_first}),
    Wrong("no private part", "KDM-001", SCHEMA,
          lambda w: without("AuthenticatedPrivate", where="document")),
    Wrong("no public part", "KDM-001", SCHEMA, lambda w: without("AuthenticatedPublic", where="document")),
    structure("an empty list of forensic flags", SCHEMA, part(
        "</KeyIdList>", "</KeyIdList><ForensicMarkFlagList></ForensicMarkFlagList>")),
    structure("an element too many", SCHEMA, part("    <Signer>", "    <X></X><Signer>")),
    structure("an attribute too many", SCHEMA, part("<KeyIdList>", '<KeyIdList a="1">')),
    structure("an attribute too many on a text", SCHEMA, part("<KeyId>", '<KeyId a="1">', count=1)),
    structure("text between elements", SCHEMA, part("<KeyIdList>", "<KeyIdList>text")),
    structure("a blank of other alphabets between elements", SCHEMA,
              part("<KeyIdList>", "<KeyIdList>\u00a0")),
    structure("an unknown required extension", "CTP A.6.68 the other way round", part(
        "    </RequiredExtensions>", '    <x xmlns="urn:x"></x></RequiredExtensions>')),
    structure("an unknown required extension alone", "kdm.md 2", {"public": lambda text: without(
        "KDMRequiredExtensions")["public"](text).replace(
            "</RequiredExtensions>", '<x xmlns="urn:x"></x></RequiredExtensions>')}),
    structure("an element among the encrypted keys", SCHEMA, private(
        "    <enc:EncryptedKey>", "    <X></X><enc:EncryptedKey>")),
    structure("encrypted data before the keys", SCHEMA, private(
        "    <enc:EncryptedKey>", "    <enc:EncryptedData></enc:EncryptedData><enc:EncryptedKey>")),
    structure("no CipherData in a key", SCHEMA, without("CipherData", where="private")),
    structure("CipherData twice in a key", SCHEMA, twice("CipherData", where="private")),
    structure("the method after the value", SCHEMA, {"private": lambda text: method_last(text)}),
    structure("an attribute too many on a key", SCHEMA, private(
        "<enc:EncryptedKey>", '<enc:EncryptedKey a="1">')),
    # namespaces
    structure("another namespace of the message", NAMESPACE, document(
        "430-3/2006/ETM", "430-3/2007/ETM")),
    structure("another namespace of the extensions", NAMESPACE, part('430-1/2006/KDM">', '430-1/2007/KDM">')),
    structure("the namespace of the message type for the extensions", NAMESPACE, part(
        f'xmlns="{KDM}"', 'xmlns="http://www.smpte-ra.org/430-1/2006/KDM"')),
    structure("another namespace of the root alone", NAMESPACE, {"document": lambda text: text.replace(
        "<DCinemaSecurityMessage", '<x:DCinemaSecurityMessage xmlns:x="urn:x"').replace(
        "</DCinema", "</x:DCinema")}),
    structure("no namespace at all", NAMESPACE, document(f' xmlns="{ETM}"', "")),
    structure("the namespace of Interop", NAMESPACE, document(
        ETM, "http://www.digicine.com/PROTO-ASDCP-KDM-20040311#")),
    structure("a namespace with a slash more", NAMESPACE, document(f'xmlns="{ETM}"', f'xmlns="{ETM}/"')),
    structure("extensions in the message's namespace", NAMESPACE, part(
        f'<KDMRequiredExtensions xmlns="{KDM}">', "<KDMRequiredExtensions>")),
    structure("Recipient in the message's namespace", NAMESPACE, part(
        "<Recipient>", f'<Recipient xmlns="{ETM}">')),
    structure("Signer's name without its namespace", NAMESPACE, {"public": lambda text: text.replace(
        "<ds:X509IssuerName>", "<X509IssuerName>", 1).replace(
        "</ds:X509IssuerName>", "</X509IssuerName>", 1)}),
    structure("keys of another encryption namespace", NAMESPACE, document(
        'xmlns:enc="http://www.w3.org/2001/04/xmlenc#"', 'xmlns:enc="http://www.w3.org/2009/xmlenc11#"')),
    structure("a signature of another namespace", NAMESPACE, document(
        "<ds:Signature>", '<ds:Signature xmlns:ds="urn:x">')),
]  # fmt: skip

TYPES = [
    *(
        structure(f"an id {what}", IDENTIFIER, content("MessageId", value))
        for what, value in (
            ("without its scheme", "00000000-0000-0000-0000-000000000abc"),
            ("of another scheme", "urn:oid:00000000-0000-0000-0000-000000000abc"),
            ("with its scheme in capitals", "URN:UUID:00000000-0000-0000-0000-000000000abc"),
            ("in braces", "urn:uuid:{00000000-0000-0000-0000-000000000abc}"),
            ("without its hyphens", "urn:uuid:00000000000000000000000000000abc"),
            ("with a digit too few", "urn:uuid:00000000-0000-0000-0000-00000000abc"),
            ("with a digit too many", "urn:uuid:00000000-0000-0000-0000-0000000000abc"),
            ("with another letter", "urn:uuid:00000000-0000-0000-0000-000000000xyz"),
            ("with a blank inside", "urn:uuid: 00000000-0000-0000-0000-000000000abc"),
            ("with digits of another alphabet", "urn:uuid:٠0000000-0000-0000-0000-000000000abc"),
            ("after a blank of another alphabet", "\u00a0urn:uuid:00000000-0000-0000-0000-000000000abc"),
            ("that is empty", ""),
        )
    ),
    structure("a key's id that is none", IDENTIFIER, content("KeyId", "urn:uuid:1")),
    structure("a device list's id that is none", IDENTIFIER, content("DeviceListIdentifier", "Hall 1")),
    *(
        structure(f"an issue date {what}", DATE, content("IssueDate", value))
        for what, value in (
            ("that is none", "yesterday"),
            ("without its offset", "2027-05-01T12:00:00"),
            ("on the thirtieth of February", "2027-02-30T12:00:00Z"),
            ("at 24:00:01", "2027-05-01T24:00:01Z"),
            ("at a minute 60", "2027-05-01T12:60:00Z"),
            ("in the year 0", "0000-05-01T12:00:00Z"),
            ("in the year 10000", "10000-05-01T12:00:00Z"),
            ("with an offset of a day", "2027-05-01T12:00:00+24:00"),
            ("with an offset beyond fourteen hours", "2027-05-01T12:00:00+14:01"),
            ("with a blank for the T", "2027-05-01 12:00:00Z"),
            ("with a comma in its fraction", "2027-05-01T12:00:00,5Z"),
            ("as a day", "2027-05-01Z"),
        )
    ),
    *(
        structure(f"a serial number {what}", ANSWERS, content("X509SerialNumber", value))
        for what, value in (
            ("in hexadecimal", "0x1F"),
            ("that is empty", ""),
            ("with a fraction", "7.0"),
            ("with a blank inside", "1 234"),
            ("with commas", "1,234"),
            ("of two signs", "--7"),
            ("in digits of another alphabet", "١٢٣"),
            ("of 61 digits", "1" * 61),
            ("of 100,000 digits", "9" * 100_000),
        )
    ),
    structure("an element in an id", ANSWERS, content("MessageId", "<b></b>")),
    structure("an element in a serial number", ANSWERS, content("X509SerialNumber", "<b></b>")),
    structure("elements in a name", ANSWERS, content("X509SubjectName", "<b></b>")),
]  # fmt: skip


def private_first(text: str) -> str:
    public, private = public_of(text), private_of(text)
    return text.replace(public, "\0").replace(private, public).replace("\0", private)


def method_last(text: str) -> str:
    start, end = text.index("      <enc:EncryptionMethod"), text.index("      <enc:CipherData>")
    method = text[start:end]
    return (text[:start] + text[end:]).replace("</enc:EncryptedKey>", method + "</enc:EncryptedKey>", 1)
