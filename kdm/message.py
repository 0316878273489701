"""The Key Delivery Message (ST 430-1 inside the ETM of ST 430-3): its value, and the one reader of it.

Reading is strict in namespaces, order and types, and free where the schemas are: prefixes, comments, dates
with `Z` or any offset, several KeyIds under one type, KeyInfo inside the encrypted keys. What may stand where
is held against `kdm.grammar`; writing is in `kdm.writing`.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from lxml import etree

from dcp.errors import DocumentError
from dcp.patterns import pattern
from dcp.trust.signature import MAX_KDM_BYTES
from dcp.xml.parse import elements, local_name, namespace_of, parse_xml
from dcp.xml.scan import other_kind
from dcp.xml.values import parse_base64
from kdm.grammar import (
    ANY,
    MAYBE,
    ONE,
    SOME,
    MessageError,
    attribute,
    digest_in,
    error_at,
    foreign_names,
    instant_in,
    only_attributes,
    particles,
    plain_text,
    sequence,
    text_in,
    user_text,
    uuid_in,
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

_SERIAL = pattern(rf"[+-]?\d{{1,{MAX_SERIAL_DIGITS}}}", re.ASCII)


def parse_message(document: bytes | etree._Element, *, where: str | Path = "the KDM") -> KdmMessage:
    """Read a KDM of at most 4 MiB, or the root that `message_root` gave; its signature is not judged here.

    MessageError names the element and the step of the checklist (`check`) that refuses it.
    """
    root = message_root(document, where=where) if isinstance(document, bytes) else document
    try:
        return _message(root)
    except MessageError as error:
        error.where = f"{where}: {error.where}"
        raise


def message_root(data: bytes, *, where: str | Path = "the KDM") -> etree._Element:
    """The root element of what may be a KDM. MessageError when it is too large, or no XML to be trusted."""
    if len(data) > MAX_MESSAGE_BYTES:
        raise MessageError("message.too-large", kind="not-a-kdm", where=where, most=MAX_MESSAGE_BYTES)
    try:
        return parse_xml(data, where=where, max_bytes=MAX_MESSAGE_BYTES)
    except DocumentError as error:
        other = other_kind(data)
        if other is not None:
            raise MessageError("message.other-kind", kind="not-a-kdm", where=where, other=other) from None
        places: dict[str, Any] = {"where": error.where, "remedy": error.remedy_text(), **error.places}
        raise MessageError(error.id or error.what, **places) from None


# --- the message, from the outside in -----

_TOP = particles(
    (ETM, "AuthenticatedPublic", ONE),
    (ETM, "AuthenticatedPrivate", ONE),
    (DS, "Signature", MAYBE),  # its absence is the signature step's to say
)
_PUBLIC = particles(
    (ETM, "MessageId", ONE),
    (ETM, "MessageType", ONE),
    (ETM, "AnnotationText", MAYBE),
    (ETM, "IssueDate", ONE),
    (ETM, "Signer", ONE),
    (ETM, "RequiredExtensions", ONE),
    (ETM, "NonCriticalExtensions", ONE),
)
_EXTENSIONS = particles((KDM, "KDMRequiredExtensions", ONE))
_REQUIRED = particles(
    (KDM, "Recipient", ONE),
    (KDM, "CompositionPlaylistId", ONE),
    (KDM, "ContentTitleText", ONE),
    (KDM, "ContentAuthenticator", MAYBE),
    (KDM, "ContentKeysNotValidBefore", ONE),
    (KDM, "ContentKeysNotValidAfter", ONE),
    (KDM, "AuthorizedDeviceInfo", ONE),
    (KDM, "KeyIdList", ONE),
    (KDM, "ForensicMarkFlagList", MAYBE),
)
_RECIPIENT = particles((KDM, "X509IssuerSerial", ONE), (KDM, "X509SubjectName", ONE))
_ISSUER_SERIAL = particles((DS, "X509IssuerName", ONE), (DS, "X509SerialNumber", ONE))
_DEVICES = particles(
    (KDM, "DeviceListIdentifier", ONE),
    (KDM, "DeviceListDescription", MAYBE),
    (KDM, "DeviceList", ONE),
)
_DEVICE_LIST = particles((KDM, "CertificateThumbprint", SOME))
_KEY_ID_LIST = particles((KDM, "TypedKeyId", SOME))
_TYPED_KEY_ID = particles((KDM, "KeyType", ONE), (KDM, "KeyId", SOME))
_FLAGS = particles((KDM, "ForensicMarkFlag", SOME))
_PRIVATE = particles((ENC, "EncryptedKey", ANY), (ENC, "EncryptedData", MAYBE))
_ENCRYPTED_KEY = particles(
    (ENC, "EncryptionMethod", MAYBE),
    (DS, "KeyInfo", MAYBE),
    (ENC, "CipherData", ONE),
    (ENC, "EncryptionProperties", MAYBE),
    (ENC, "ReferenceList", MAYBE),
    (ENC, "CarriedKeyName", MAYBE),
)
_KEY_ATTRIBUTES = ("Id", "Type", "MimeType", "Encoding", "Recipient")


def _message(root: etree._Element) -> KdmMessage:
    name, namespace = local_name(root), namespace_of(root)
    if name != "DCinemaSecurityMessage":
        raise error_at(root, "message.other-document", kind="not-a-kdm", name=name)
    if namespace == KDM_INTEROP:
        raise error_at(root, "message.interop", kind="interop-format")
    if namespace != ETM:
        raise error_at(root, "message.namespace", found=namespace)
    parts = sequence(root, _TOP)
    public, private = parts["AuthenticatedPublic"][0], parts["AuthenticatedPrivate"][0]
    if public.get("Id") is None:
        raise error_at(public, "message.no-attribute", name="Id")
    top = sequence(public, _PUBLIC, attributes=("Id",))
    extensions = sequence(top["RequiredExtensions"][0], _EXTENSIONS)
    required = sequence(extensions["KDMRequiredExtensions"][0], _REQUIRED)
    annotation = top["AnnotationText"][0] if top["AnnotationText"] else None
    title = required["ContentTitleText"][0]
    authenticator = required["ContentAuthenticator"]
    encrypted = sequence(private, _PRIVATE, attributes=("Id",))
    if len(encrypted["EncryptedKey"]) > MAX_ENCRYPTED_KEYS:
        raise error_at(private, "message.too-many-keys", most=MAX_ENCRYPTED_KEYS, check="KDM-114")
    listed = required["KeyIdList"][0]
    typed = sequence(listed, _KEY_ID_LIST)["TypedKeyId"]
    if len(typed) > MAX_ENCRYPTED_KEYS:
        raise error_at(listed, "message.too-many-ids", most=MAX_ENCRYPTED_KEYS, check="KDM-114")
    issue_date, issue_date_text = instant_in(top["IssueDate"][0], check="KDM-001")
    not_before, not_before_text = instant_in(required["ContentKeysNotValidBefore"][0], check="KDM-004")
    not_after, not_after_text = instant_in(required["ContentKeysNotValidAfter"][0], check="KDM-004")
    return KdmMessage(
        message_id=uuid_in(top["MessageId"][0]),
        message_type=text_in(top["MessageType"][0]),
        annotation_text=None if annotation is None else user_text(annotation),
        annotation_language=None if annotation is None else attribute(annotation, "language"),
        issue_date=issue_date,
        issue_date_text=issue_date_text,
        signer=_issuer_serial(top["Signer"][0]),
        non_critical_extensions=foreign_names(top["NonCriticalExtensions"][0]),
        recipient=_recipient(required["Recipient"][0]),
        composition_playlist_id=uuid_in(required["CompositionPlaylistId"][0], check="KDM-005"),
        content_title_text=user_text(title),
        content_title_language=attribute(title, "language"),
        content_authenticator=digest_in(authenticator[0], check="KDM-007") if authenticator else None,
        content_keys_not_valid_before=not_before,
        content_keys_not_valid_after=not_after,
        not_valid_before_text=not_before_text,
        not_valid_after_text=not_after_text,
        authorized_device_info=_devices(required["AuthorizedDeviceInfo"][0]),
        key_id_list=tuple([_typed_key_id(entry) for entry in typed]),
        forensic_mark_flag_list=tuple(
            [
                text_in(flag)
                for flags in required["ForensicMarkFlagList"]
                for flag in sequence(flags, _FLAGS)["ForensicMarkFlag"]
            ]
        ),
        encrypted_keys=tuple([_encrypted_key(entry) for entry in encrypted["EncryptedKey"]]),
        has_encrypted_data=bool(encrypted["EncryptedData"]),
    )


def _recipient(element: etree._Element) -> Recipient:
    parts = sequence(element, _RECIPIENT)
    return Recipient(
        x509_issuer_serial=_issuer_serial(parts["X509IssuerSerial"][0]),
        x509_subject_name=text_in(parts["X509SubjectName"][0]),
    )


def _issuer_serial(element: etree._Element) -> IssuerSerial:
    parts = sequence(element, _ISSUER_SERIAL)
    serial = text_in(parts["X509SerialNumber"][0])
    if not _SERIAL.fullmatch(serial):
        raise error_at(parts["X509SerialNumber"][0], "message.no-serial")
    return IssuerSerial(
        x509_issuer_name=text_in(parts["X509IssuerName"][0]),
        x509_serial_number=int(serial),
    )


def _devices(element: etree._Element) -> AuthorizedDeviceInfo:
    parts = sequence(element, _DEVICES)
    listed = sequence(parts["DeviceList"][0], _DEVICE_LIST)["CertificateThumbprint"]
    if len(listed) > MAX_THUMBPRINTS:
        raise error_at(parts["DeviceList"][0], "message.too-many-devices", most=MAX_THUMBPRINTS)
    description = parts["DeviceListDescription"]
    return AuthorizedDeviceInfo(
        device_list_identifier=uuid_in(parts["DeviceListIdentifier"][0]),
        device_list_description=user_text(description[0]) if description else None,
        device_list=tuple([digest_in(entry, check="KDM-006") for entry in listed]),
    )


def _typed_key_id(element: etree._Element) -> TypedKeyId:
    parts = sequence(element, _TYPED_KEY_ID)
    kind = parts["KeyType"][0]
    only_attributes(kind, ("scope",))
    return TypedKeyId(
        key_type=plain_text(kind),
        scope=attribute(kind, "scope"),
        key_ids=tuple([uuid_in(entry) for entry in parts["KeyId"]]),
    )


def _encrypted_key(element: etree._Element) -> EncryptedKey:
    parts = sequence(element, _ENCRYPTED_KEY, attributes=_KEY_ATTRIBUTES)
    method = parts["EncryptionMethod"][0] if parts["EncryptionMethod"] else None
    parameters = elements(method) if method is not None else []
    digests = [child for child in parameters if child.tag == _DIGEST_METHOD]
    others = [child for child in parameters if child.tag != _DIGEST_METHOD]
    names = [name for name in map(local_name, others) if name != "DigestMethod"]
    data = elements(parts["CipherData"][0])
    if len(data) != 1 or data[0].tag != _CIPHER_VALUE:
        raise error_at(parts["CipherData"][0], "message.one-cipher-value", check="KDM-113")
    value = parse_base64(plain_text(data[0]))
    if value is None:
        raise error_at(data[0], "message.no-base64", check="KDM-113")
    return EncryptedKey(
        algorithm=None if method is None else attribute(method, "Algorithm"),
        digest_algorithm=attribute(digests[0], "Algorithm") if len(digests) == 1 else None,
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
        names.extend(text_in(entry) for entry in data.iterchildren(f"{{{DS}}}X509SubjectName"))
        for entry in data.iterchildren(f"{{{DS}}}X509Certificate"):
            value = parse_base64(plain_text(entry))
            if value is None:
                raise error_at(entry, "message.no-certificate")
            certificates.append(value)
    return KeyInfo(tuple(serials), tuple(names), tuple(certificates))
