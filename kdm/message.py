"""The Key Delivery Message (ST 430-1 inside the ETM of ST 430-3): its value, and the one reader of it.

Reading is strict in namespaces, order and types, and free where the schemas are: prefixes, comments, dates
with `Z` or any offset, several KeyIds under one type, KeyInfo inside the encrypted keys. Writing is in
`kdm.writing`.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from lxml import etree

from dcp.errors import DocumentError
from dcp.trust.signature import MAX_KDM_BYTES
from dcp.xml import (
    BLANKS,
    element_path,
    elements,
    local_name,
    namespace_of,
    parse_base64,
    parse_date_time,
    parse_uuid_urn,
    parse_xml,
    text_of,
)
from kdm.values import (
    DS,
    ENC,
    ETM,
    KDM,
    KEY_TYPE_SCOPE,
    MESSAGE_TYPE,
    PRIVATE_ID,
    PUBLIC_ID,
    AuthorizedDeviceInfo,
    EncryptedKey,
    IssuerSerial,
    KdmMessage,
    KeyInfo,
    Recipient,
    TypedKeyId,
)

__all__ = [
    "DS",
    "ENC",
    "ETM",
    "KDM",
    "KEY_TYPE_SCOPE",
    "MAX_MESSAGE_BYTES",
    "MESSAGE_TYPE",
    "PRIVATE_ID",
    "PUBLIC_ID",
    "AuthorizedDeviceInfo",
    "EncryptedKey",
    "IssuerSerial",
    "KdmMessage",
    "KeyInfo",
    "MessageError",
    "Recipient",
    "TypedKeyId",
    "message_root",
    "parse_message",
]

MAX_MESSAGE_BYTES = MAX_KDM_BYTES  # the signature is read out of the same bytes
MAX_ENCRYPTED_KEYS = 4096  # bounds the reader; the limit of a composition (256, DCSS 9.7.7) is a check
MAX_THUMBPRINTS = 4096
MAX_SERIAL_DIGITS = 60

KDM_INTEROP = "http://www.digicine.com/PROTO-ASDCP-KDM-20040311#"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
XML = "http://www.w3.org/XML/1998/namespace"

_SERIAL = re.compile(rf"[+-]?\d{{1,{MAX_SERIAL_DIGITS}}}", re.ASCII)


class MessageError(DocumentError):
    """A message that is not what the schemas say; `check` is the id of the step that refuses it.

    `kind`: the entry of `refusals.toml`, where it is not the one that the step has for what is unreadable.
    """

    def __init__(
        self,
        what: str,
        *,
        check: str = "KDM-001",
        kind: str | None = None,
        where: str | Path | None = None,
        remedy: str | None = None,
    ) -> None:
        super().__init__(what, where=where, remedy=remedy)
        self.check = check
        self.kind = kind


def parse_message(document: bytes | etree._Element, *, where: str | Path = "the KDM") -> KdmMessage:
    """Read a KDM of at most 4 MiB, or the root that `message_root` gave; its signature is not judged here.

    MessageError names the element and the step of the checklist (`check`) that refuses it.
    """
    root = message_root(document, where=where) if isinstance(document, bytes) else document
    try:
        return _message(root)
    except MessageError as error:
        place = f"{where}: {error.where}"
        raise MessageError(
            error.what, check=error.check, kind=error.kind, where=place, remedy=error.remedy
        ) from None


def message_root(data: bytes, *, where: str | Path = "the KDM") -> etree._Element:
    """The root element of what may be a KDM. MessageError when it is too large, or no XML to be trusted."""
    if len(data) > MAX_MESSAGE_BYTES:
        raise MessageError(
            f"the message is larger than {MAX_MESSAGE_BYTES} bytes, which no KDM is",
            kind="not-a-kdm",
            where=where,
            remedy="this is no KDM: ask its sender for the message itself",
        )
    try:
        return parse_xml(data, where=where, max_bytes=MAX_MESSAGE_BYTES)
    except DocumentError as error:
        raise MessageError(error.what, where=error.where, remedy=error.remedy) from None


# --- structure: what may stand where -----

_ONE, _MAYBE, _SOME, _ANY = (1, 1), (0, 1), (1, None), (0, None)
_Count = tuple[int, int | None]
_Children = Mapping[str, Sequence[etree._Element]]


class _Part(NamedTuple):
    """One particle of an xs:sequence."""

    tag: str
    name: str
    namespace: str
    least: int
    most: int | None


def _parts(*specs: tuple[str, str, _Count]) -> tuple[_Part, ...]:
    return tuple(_Part(f"{{{namespace}}}{name}", name, namespace, *count) for namespace, name, count in specs)


def _sequence(element: etree._Element, parts: Sequence[_Part], attributes: Sequence[str] = ()) -> _Children:
    """The children by name, after holding them against an xs:sequence."""
    _attributes(element, attributes)
    children: list[etree._Element] = []
    tags: list[str] = []
    between = [element.text or ""]
    for child in element:
        tag = child.tag
        if isinstance(tag, str):
            children.append(child)
            tags.append(tag)
        between.append(child.tail or "")
    if "".join(between).strip(BLANKS):
        raise _error(element, "text stands here between elements")
    place, end = 0, len(tags)
    tags.append("")  # behind the last
    found: dict[str, Sequence[etree._Element]] = {}
    for part in parts:
        tag, name, _, least, most = part
        start = place
        while tags[place] == tag:
            place += 1
        if place - start < least:
            raise _error(element, _missing(part, children, place), kind=_KINDS.get(name))
        if most is not None and place - start > most:
            raise _error(children[start + most], f"{name} stands here more than once")
        found[name] = children[start:place]
    if place < end:
        child = children[place]
        what = f"{local_name(child)} (namespace '{namespace_of(child)}') does not belong here"
        raise _error(child, what)
    return found


# What is missing often enough, and asked for by name, to have an entry of its own.
_KINDS: Mapping[str, str] = dict.fromkeys(
    ("AuthorizedDeviceInfo", "DeviceList", "CertificateThumbprint"), "no-device-list"
)


def _missing(part: _Part, children: Sequence[etree._Element], place: int) -> str:
    name, names = part.name, [local_name(child) for child in children]
    if names[place : place + 1] == [name]:
        return f"{name} has the namespace '{namespace_of(children[place])}', not '{part.namespace}'"
    if name in names:
        return f"{name} is not in its place: {names[place]} stands there"
    return f"{name} is missing"


_ANYWHERE = (f"{{{XSI}}}", f"{{{XML}}}")


def _attributes(element: etree._Element, allowed: Sequence[str]) -> None:
    for name, _ in element.items():
        text = str(name)
        if text not in allowed and not text.startswith(_ANYWHERE):
            raise _error(element, f"the attribute {text} does not belong here")


def _error(
    element: etree._Element,
    what: str,
    *,
    check: str = "KDM-001",
    kind: str | None = None,
    remedy: str | None = None,
) -> MessageError:
    """The error for this element; `parse_message` puts the document before the element's path."""
    return MessageError(what, check=check, kind=kind, where=element_path(element), remedy=remedy)


# --- the message, from the outside in -----

_TOP = _parts(
    (ETM, "AuthenticatedPublic", _ONE),
    (ETM, "AuthenticatedPrivate", _ONE),
    (DS, "Signature", _MAYBE),  # its absence is the signature step's to say
)
_PUBLIC = _parts(
    (ETM, "MessageId", _ONE),
    (ETM, "MessageType", _ONE),
    (ETM, "AnnotationText", _MAYBE),
    (ETM, "IssueDate", _ONE),
    (ETM, "Signer", _ONE),
    (ETM, "RequiredExtensions", _ONE),
    (ETM, "NonCriticalExtensions", _ONE),
)
_EXTENSIONS = _parts((KDM, "KDMRequiredExtensions", _ONE))
_REQUIRED = _parts(
    (KDM, "Recipient", _ONE),
    (KDM, "CompositionPlaylistId", _ONE),
    (KDM, "ContentTitleText", _ONE),
    (KDM, "ContentAuthenticator", _MAYBE),
    (KDM, "ContentKeysNotValidBefore", _ONE),
    (KDM, "ContentKeysNotValidAfter", _ONE),
    (KDM, "AuthorizedDeviceInfo", _ONE),
    (KDM, "KeyIdList", _ONE),
    (KDM, "ForensicMarkFlagList", _MAYBE),
)
_RECIPIENT = _parts((KDM, "X509IssuerSerial", _ONE), (KDM, "X509SubjectName", _ONE))
_ISSUER_SERIAL = _parts((DS, "X509IssuerName", _ONE), (DS, "X509SerialNumber", _ONE))
_DEVICES = _parts(
    (KDM, "DeviceListIdentifier", _ONE),
    (KDM, "DeviceListDescription", _MAYBE),
    (KDM, "DeviceList", _ONE),
)
_DEVICE_LIST = _parts((KDM, "CertificateThumbprint", _SOME))
_KEY_ID_LIST = _parts((KDM, "TypedKeyId", _SOME))
_TYPED_KEY_ID = _parts((KDM, "KeyType", _ONE), (KDM, "KeyId", _SOME))
_FLAGS = _parts((KDM, "ForensicMarkFlag", _SOME))
_PRIVATE = _parts((ENC, "EncryptedKey", _ANY), (ENC, "EncryptedData", _MAYBE))
_ENCRYPTED_KEY = _parts(
    (ENC, "EncryptionMethod", _MAYBE),
    (DS, "KeyInfo", _MAYBE),
    (ENC, "CipherData", _ONE),
    (ENC, "EncryptionProperties", _MAYBE),
    (ENC, "ReferenceList", _MAYBE),
    (ENC, "CarriedKeyName", _MAYBE),
)
_KEY_ATTRIBUTES = ("Id", "Type", "MimeType", "Encoding", "Recipient")


def _message(root: etree._Element) -> KdmMessage:
    name, namespace = local_name(root), namespace_of(root)
    if name != "DCinemaSecurityMessage":
        raise _error(root, f"this is a {name} document, not a KDM", kind="not-a-kdm")
    if namespace == KDM_INTEROP:
        raise _error(
            root,
            "this is a KDM of the old Interop format",
            kind="interop-format",
            remedy="ask for a KDM of the SMPTE format; it serves Interop compositions too",
        )
    if namespace != ETM:
        raise _error(root, f"the namespace '{namespace}' is not that of a security message")
    parts = _sequence(root, _TOP)
    public, private = parts["AuthenticatedPublic"][0], parts["AuthenticatedPrivate"][0]
    if public.get("Id") is None:
        raise _error(public, "the attribute Id is missing")
    top = _sequence(public, _PUBLIC, attributes=("Id",))
    extensions = _sequence(top["RequiredExtensions"][0], _EXTENSIONS)
    required = _sequence(extensions["KDMRequiredExtensions"][0], _REQUIRED)
    annotation = top["AnnotationText"][0] if top["AnnotationText"] else None
    title = required["ContentTitleText"][0]
    authenticator = required["ContentAuthenticator"]
    encrypted = _sequence(private, _PRIVATE, attributes=("Id",))
    if len(encrypted["EncryptedKey"]) > MAX_ENCRYPTED_KEYS:
        raise _error(private, f"there are more than {MAX_ENCRYPTED_KEYS} encrypted keys", check="KDM-114")
    listed = required["KeyIdList"][0]
    typed = _sequence(listed, _KEY_ID_LIST)["TypedKeyId"]
    if len(typed) > MAX_ENCRYPTED_KEYS:
        raise _error(listed, f"there are more than {MAX_ENCRYPTED_KEYS} key types and ids", check="KDM-114")
    issue_date, issue_date_text = _instant(top["IssueDate"][0], check="KDM-001")
    not_before, not_before_text = _instant(required["ContentKeysNotValidBefore"][0], check="KDM-004")
    not_after, not_after_text = _instant(required["ContentKeysNotValidAfter"][0], check="KDM-004")
    return KdmMessage(
        message_id=_uuid(top["MessageId"][0]),
        message_type=_text(top["MessageType"][0]),
        annotation_text=None if annotation is None else _user_text(annotation),
        annotation_language=None if annotation is None else _attribute(annotation, "language"),
        issue_date=issue_date,
        issue_date_text=issue_date_text,
        signer=_issuer_serial(top["Signer"][0]),
        non_critical_extensions=_foreign(top["NonCriticalExtensions"][0]),
        recipient=_recipient(required["Recipient"][0]),
        composition_playlist_id=_uuid(required["CompositionPlaylistId"][0], check="KDM-005"),
        content_title_text=_user_text(title),
        content_title_language=_attribute(title, "language"),
        content_authenticator=_digest(authenticator[0], check="KDM-007") if authenticator else None,
        content_keys_not_valid_before=not_before,
        content_keys_not_valid_after=not_after,
        not_valid_before_text=not_before_text,
        not_valid_after_text=not_after_text,
        authorized_device_info=_devices(required["AuthorizedDeviceInfo"][0]),
        key_id_list=tuple([_typed_key_id(entry) for entry in typed]),
        forensic_mark_flag_list=tuple(
            [
                _text(flag)
                for flags in required["ForensicMarkFlagList"]
                for flag in _sequence(flags, _FLAGS)["ForensicMarkFlag"]
            ]
        ),
        encrypted_keys=tuple([_encrypted_key(entry) for entry in encrypted["EncryptedKey"]]),
        has_encrypted_data=bool(encrypted["EncryptedData"]),
    )


def _recipient(element: etree._Element) -> Recipient:
    parts = _sequence(element, _RECIPIENT)
    return Recipient(
        x509_issuer_serial=_issuer_serial(parts["X509IssuerSerial"][0]),
        x509_subject_name=_text(parts["X509SubjectName"][0]),
    )


def _issuer_serial(element: etree._Element) -> IssuerSerial:
    parts = _sequence(element, _ISSUER_SERIAL)
    serial = _text(parts["X509SerialNumber"][0])
    if not _SERIAL.fullmatch(serial):
        raise _error(parts["X509SerialNumber"][0], "this is not a serial number")
    return IssuerSerial(
        x509_issuer_name=_text(parts["X509IssuerName"][0]),
        x509_serial_number=int(serial),
    )


def _devices(element: etree._Element) -> AuthorizedDeviceInfo:
    parts = _sequence(element, _DEVICES)
    listed = _sequence(parts["DeviceList"][0], _DEVICE_LIST)["CertificateThumbprint"]
    if len(listed) > MAX_THUMBPRINTS:
        raise _error(parts["DeviceList"][0], f"the list names more than {MAX_THUMBPRINTS} devices")
    description = parts["DeviceListDescription"]
    return AuthorizedDeviceInfo(
        device_list_identifier=_uuid(parts["DeviceListIdentifier"][0]),
        device_list_description=_user_text(description[0]) if description else None,
        device_list=tuple([_digest(entry, check="KDM-006") for entry in listed]),
    )


def _typed_key_id(element: etree._Element) -> TypedKeyId:
    parts = _sequence(element, _TYPED_KEY_ID)
    kind = parts["KeyType"][0]
    _attributes(kind, ("scope",))
    return TypedKeyId(
        key_type=_plain(kind),
        scope=_attribute(kind, "scope"),
        key_ids=tuple([_uuid(entry) for entry in parts["KeyId"]]),
    )


def _encrypted_key(element: etree._Element) -> EncryptedKey:
    parts = _sequence(element, _ENCRYPTED_KEY, attributes=_KEY_ATTRIBUTES)
    method = parts["EncryptionMethod"][0] if parts["EncryptionMethod"] else None
    parameters = elements(method) if method is not None else []
    digests = [child for child in parameters if child.tag == _DIGEST_METHOD]
    others = [child for child in parameters if child.tag != _DIGEST_METHOD]
    names = [name for name in map(local_name, others) if name != "DigestMethod"]
    data = elements(parts["CipherData"][0])
    if len(data) != 1 or data[0].tag != _CIPHER_VALUE:
        raise _error(parts["CipherData"][0], "one CipherValue is expected here", check="KDM-113")
    value = parse_base64(_plain(data[0]))
    if value is None:
        raise _error(data[0], "this is not base64", check="KDM-113")
    return EncryptedKey(
        algorithm=None if method is None else _attribute(method, "Algorithm"),
        digest_algorithm=_attribute(digests[0], "Algorithm") if len(digests) == 1 else None,
        other_parameters=(*names, *("DigestMethod",) * max(0, len(digests) - 1)),
        cipher_value=value,
        key_info=_key_info(parts["KeyInfo"][0]) if parts["KeyInfo"] else None,
    )


_DIGEST_METHOD, _CIPHER_VALUE = f"{{{DS}}}DigestMethod", f"{{{ENC}}}CipherValue"


def _key_info(element: etree._Element) -> KeyInfo:
    """Only X509Data is looked at; other hints to a key change nothing here."""
    serials: list[IssuerSerial] = []
    names: list[str] = []
    certificates: list[bytes] = []
    for data in element.iterchildren(f"{{{DS}}}X509Data"):
        serials.extend(_issuer_serial(entry) for entry in data.iterchildren(f"{{{DS}}}X509IssuerSerial"))
        names.extend(_text(entry) for entry in data.iterchildren(f"{{{DS}}}X509SubjectName"))
        for entry in data.iterchildren(f"{{{DS}}}X509Certificate"):
            value = parse_base64(_plain(entry))
            if value is None:
                raise _error(entry, "this is not a certificate in base64")
            certificates.append(value)
    return KeyInfo(tuple(serials), tuple(names), tuple(certificates))


# --- values -----


def _attribute(element: etree._Element, name: str) -> str | None:
    value = element.get(name)
    return None if value is None else str(value)


def _text(element: etree._Element) -> str:
    _attributes(element, ())
    return _plain(element)


def _user_text(element: etree._Element) -> str:
    _attributes(element, ("language",))
    return _plain(element)


def _plain(element: etree._Element) -> str:
    text = text_of(element)
    if text is None:
        raise _error(element, "text was expected here, not elements")
    return text


def _uuid(element: etree._Element, *, check: str = "KDM-001") -> uuid.UUID:
    _attributes(element, ())
    text = text_of(element)
    if text is None:
        raise _error(element, "text was expected here, not elements", check=check)
    value = parse_uuid_urn(text)
    if value is None:
        what = "this is not an id of the form urn:uuid:8-4-4-4-12 hex digits"
        raise _error(element, what, check=check)
    return value


def _instant(element: etree._Element, *, check: str) -> tuple[datetime, str]:
    text = _text(element)
    value = parse_date_time(text)
    if value is None:
        what = "this is not a date and time like 2027-01-31T18:00:00+01:00"
        raise _error(element, what, check=check)
    if value.tzinfo is None:
        what = "this time has no offset, so nobody knows which instant it is"
        raise _error(element, what, check=check)
    return value, text


def _digest(element: etree._Element, *, check: str) -> bytes:
    value = parse_base64(_text(element))
    if value is None or len(value) != 20:
        raise _error(element, "this is not a SHA-1 digest: 20 bytes in base64", check=check)
    return value


def _foreign(element: etree._Element) -> tuple[str, ...]:
    """The names of what stands in NonCriticalExtensions; the content is ignored."""
    return tuple(f"{{{namespace_of(child)}}}{local_name(child)}" for child in elements(element))
