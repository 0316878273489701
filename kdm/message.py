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

from dcp.errors import DocumentError
from dcp.trust.signature import MAX_KDM_BYTES
from dcp.xml import Node, namespace_of, parse_base64, parse_date_time, parse_xml
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
    "parse_message",
]

MAX_MESSAGE_BYTES = MAX_KDM_BYTES  # the signature is read out of the same bytes
MAX_ENCRYPTED_KEYS = 4096  # bounds the reader; the limit of a composition (256, DCSS 9.7.7) is a check
MAX_THUMBPRINTS = 4096
MAX_SERIAL_DIGITS = 60

KDM_INTEROP = "http://www.digicine.com/PROTO-ASDCP-KDM-20040311#"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
XML = "http://www.w3.org/XML/1998/namespace"

_SERIAL = re.compile(rf"-?\d{{1,{MAX_SERIAL_DIGITS}}}", re.ASCII)


class MessageError(DocumentError):
    """A message that is not what the schemas say; `check` is the id of the step that refuses it."""

    def __init__(
        self, what: str, *, check: str = "KDM-001", where: str | Path | None = None, remedy: str | None = None
    ) -> None:
        super().__init__(what, where=where, remedy=remedy)
        self.check = check


def parse_message(data: bytes, *, where: str | Path = "the KDM") -> KdmMessage:
    """Read a KDM of at most 4 MiB; its signature is not judged here.

    MessageError names the element and the step of the checklist (`check`) that refuses it.
    """
    if len(data) > MAX_MESSAGE_BYTES:
        raise MessageError(
            f"the message is larger than {MAX_MESSAGE_BYTES} bytes, which no KDM is",
            where=where,
            remedy="this is no KDM: ask its sender for the message itself",
        )
    try:
        root = Node(parse_xml(data, where=where, max_bytes=MAX_MESSAGE_BYTES), str(where))
        return _message(root)
    except MessageError:
        raise
    except DocumentError as error:
        raise MessageError(error.what, where=error.where, remedy=error.remedy) from None


# --- structure: what may stand where -----

_ONE, _MAYBE, _SOME, _ANY = (1, 1), (0, 1), (1, None), (0, None)
_Count = tuple[int, int | None]
_Children = Mapping[str, Sequence[Node]]


def _sequence(node: Node, *specs: tuple[str, str, _Count], attributes: Sequence[str] = ()) -> _Children:
    """The children by name, after holding them against an xs:sequence of (namespace, name, count)."""
    _attributes(node, attributes)
    if (node.element.text or "").strip() or any((child.tail or "").strip() for child in node.element):
        raise _error(node, "text stands here between elements")
    children = node.children()
    place = 0
    found: dict[str, Sequence[Node]] = {}
    for namespace, name, (least, most) in specs:
        run: list[Node] = []
        while place < len(children) and children[place].element.tag == f"{{{namespace}}}{name}":
            run.append(children[place])
            place += 1
        if len(run) < least:
            raise _error(node, _missing(name, namespace, children, place))
        if most is not None and len(run) > most:
            raise _error(run[most], f"{name} stands here more than once")
        found[name] = run
    if place < len(children):
        child = children[place]
        raise _error(child, f"{child.name} (namespace '{child.namespace}') does not belong here")
    return found


def _missing(name: str, namespace: str, children: Sequence[Node], place: int) -> str:
    if place < len(children) and children[place].name == name:
        return f"{name} has the namespace '{children[place].namespace}', not '{namespace}'"
    if any(child.name == name for child in children):
        return f"{name} is not in its place: {children[place].name} stands there"
    return f"{name} is missing"


def _attributes(node: Node, allowed: Sequence[str]) -> None:
    for name in node.element.attrib:
        text = str(name)
        if text not in allowed and not text.startswith((f"{{{XSI}}}", f"{{{XML}}}")):
            raise _error(node, f"the attribute {text} does not belong here")


def _error(node: Node, what: str, *, check: str = "KDM-001", remedy: str | None = None) -> MessageError:
    return MessageError(what, check=check, where=f"{node.where}: {node.path}", remedy=remedy)


# --- the message, from the outside in -----


def _message(root: Node) -> KdmMessage:
    if root.name != "DCinemaSecurityMessage":
        raise _error(root, f"this is a {root.name} document, not a KDM")
    if root.namespace == KDM_INTEROP:
        raise _error(
            root,
            "this is a KDM of the old Interop format",
            remedy="ask for a KDM of the SMPTE format; it serves Interop compositions too",
        )
    if root.namespace != ETM:
        raise _error(root, f"the namespace '{root.namespace}' is not that of a security message")
    parts = _sequence(
        root,
        (ETM, "AuthenticatedPublic", _ONE),
        (ETM, "AuthenticatedPrivate", _ONE),
        (DS, "Signature", _MAYBE),  # its absence is the signature step's to say
    )
    public = parts["AuthenticatedPublic"][0]
    if public.attribute("Id") is None:
        raise _error(public, "the attribute Id is missing")
    top = _sequence(
        public,
        (ETM, "MessageId", _ONE),
        (ETM, "MessageType", _ONE),
        (ETM, "AnnotationText", _MAYBE),
        (ETM, "IssueDate", _ONE),
        (ETM, "Signer", _ONE),
        (ETM, "RequiredExtensions", _ONE),
        (ETM, "NonCriticalExtensions", _ONE),
        attributes=("Id",),
    )
    required = _sequence(
        _sequence(top["RequiredExtensions"][0], (KDM, "KDMRequiredExtensions", _ONE))[
            "KDMRequiredExtensions"
        ][0],
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
    annotation = top["AnnotationText"][0] if top["AnnotationText"] else None
    title = required["ContentTitleText"][0]
    authenticator = required["ContentAuthenticator"]
    encrypted = _sequence(
        parts["AuthenticatedPrivate"][0],
        (ENC, "EncryptedKey", _ANY),
        (ENC, "EncryptedData", _MAYBE),
        attributes=("Id",),
    )
    if len(encrypted["EncryptedKey"]) > MAX_ENCRYPTED_KEYS:
        raise _error(
            parts["AuthenticatedPrivate"][0],
            f"there are more than {MAX_ENCRYPTED_KEYS} encrypted keys",
            check="KDM-114",
        )
    typed = _sequence(required["KeyIdList"][0], (KDM, "TypedKeyId", _SOME))["TypedKeyId"]
    if len(typed) > MAX_ENCRYPTED_KEYS:
        raise _error(
            required["KeyIdList"][0],
            f"there are more than {MAX_ENCRYPTED_KEYS} key types and ids",
            check="KDM-114",
        )
    issue_date, issue_date_text = _instant(top["IssueDate"][0], check="KDM-001")
    not_before, not_before_text = _instant(required["ContentKeysNotValidBefore"][0], check="KDM-004")
    not_after, not_after_text = _instant(required["ContentKeysNotValidAfter"][0], check="KDM-004")
    return KdmMessage(
        message_id=_uuid(top["MessageId"][0]),
        message_type=_text(top["MessageType"][0]),
        annotation_text=_user_text(annotation) if annotation else None,
        annotation_language=annotation.attribute("language") if annotation else None,
        issue_date=issue_date,
        issue_date_text=issue_date_text,
        signer=_issuer_serial(top["Signer"][0]),
        non_critical_extensions=_foreign(top["NonCriticalExtensions"][0]),
        recipient=_recipient(required["Recipient"][0]),
        composition_playlist_id=_uuid(required["CompositionPlaylistId"][0], check="KDM-005"),
        content_title_text=_user_text(title),
        content_title_language=title.attribute("language"),
        content_authenticator=_digest(authenticator[0], check="KDM-007") if authenticator else None,
        content_keys_not_valid_before=not_before,
        content_keys_not_valid_after=not_after,
        not_valid_before_text=not_before_text,
        not_valid_after_text=not_after_text,
        authorized_device_info=_devices(required["AuthorizedDeviceInfo"][0]),
        key_id_list=tuple(_typed_key_id(node) for node in typed),
        forensic_mark_flag_list=tuple(
            _text(node)
            for flags in required["ForensicMarkFlagList"]
            for node in _sequence(flags, (KDM, "ForensicMarkFlag", _SOME))["ForensicMarkFlag"]
        ),
        encrypted_keys=tuple(_encrypted_key(node) for node in encrypted["EncryptedKey"]),
        has_encrypted_data=bool(encrypted["EncryptedData"]),
    )


def _recipient(node: Node) -> Recipient:
    parts = _sequence(node, (KDM, "X509IssuerSerial", _ONE), (KDM, "X509SubjectName", _ONE))
    return Recipient(
        x509_issuer_serial=_issuer_serial(parts["X509IssuerSerial"][0]),
        x509_subject_name=_text(parts["X509SubjectName"][0]),
    )


def _issuer_serial(node: Node) -> IssuerSerial:
    parts = _sequence(node, (DS, "X509IssuerName", _ONE), (DS, "X509SerialNumber", _ONE))
    serial = _text(parts["X509SerialNumber"][0])
    if not _SERIAL.fullmatch(serial):
        raise _error(parts["X509SerialNumber"][0], "this is not a serial number")
    return IssuerSerial(
        x509_issuer_name=_text(parts["X509IssuerName"][0]),
        x509_serial_number=int(serial),
    )


def _devices(node: Node) -> AuthorizedDeviceInfo:
    parts = _sequence(
        node,
        (KDM, "DeviceListIdentifier", _ONE),
        (KDM, "DeviceListDescription", _MAYBE),
        (KDM, "DeviceList", _ONE),
    )
    listed = _sequence(parts["DeviceList"][0], (KDM, "CertificateThumbprint", _SOME))["CertificateThumbprint"]
    if len(listed) > MAX_THUMBPRINTS:
        raise _error(parts["DeviceList"][0], f"the list names more than {MAX_THUMBPRINTS} devices")
    description = parts["DeviceListDescription"]
    return AuthorizedDeviceInfo(
        device_list_identifier=_uuid(parts["DeviceListIdentifier"][0]),
        device_list_description=_user_text(description[0]) if description else None,
        device_list=tuple(_digest(entry, check="KDM-006") for entry in listed),
    )


def _typed_key_id(node: Node) -> TypedKeyId:
    parts = _sequence(node, (KDM, "KeyType", _ONE), (KDM, "KeyId", _SOME))
    kind = parts["KeyType"][0]
    _attributes(kind, ("scope",))
    return TypedKeyId(
        key_type=_plain(kind),
        scope=kind.attribute("scope"),
        key_ids=tuple(_uuid(entry) for entry in parts["KeyId"]),
    )


_KEY_ATTRIBUTES = ("Id", "Type", "MimeType", "Encoding", "Recipient")


def _encrypted_key(node: Node) -> EncryptedKey:
    parts = _sequence(
        node,
        (ENC, "EncryptionMethod", _MAYBE),
        (DS, "KeyInfo", _MAYBE),
        (ENC, "CipherData", _ONE),
        (ENC, "EncryptionProperties", _MAYBE),
        (ENC, "ReferenceList", _MAYBE),
        (ENC, "CarriedKeyName", _MAYBE),
        attributes=_KEY_ATTRIBUTES,
    )
    method = parts["EncryptionMethod"][0] if parts["EncryptionMethod"] else None
    digests = method.children("DigestMethod", namespace=DS) if method else []
    others = [child for child in method.children() if child.name != "DigestMethod"] if method else []
    data = parts["CipherData"][0].children()
    if len(data) != 1 or data[0].element.tag != f"{{{ENC}}}CipherValue":
        raise _error(parts["CipherData"][0], "one CipherValue is expected here", check="KDM-113")
    value = parse_base64(_plain(data[0]))
    if value is None:
        raise _error(data[0], "this is not base64", check="KDM-113")
    return EncryptedKey(
        algorithm=method.attribute("Algorithm") if method else None,
        digest_algorithm=digests[0].attribute("Algorithm") if len(digests) == 1 else None,
        other_parameters=tuple(child.name for child in others) + ("DigestMethod",) * max(0, len(digests) - 1),
        cipher_value=value,
        key_info=_key_info(parts["KeyInfo"][0]) if parts["KeyInfo"] else None,
    )


def _key_info(node: Node) -> KeyInfo:
    """Only X509Data is looked at; other hints to a key change nothing here."""
    serials: list[IssuerSerial] = []
    names: list[str] = []
    certificates: list[bytes] = []
    for data in node.children("X509Data", namespace=DS):
        serials.extend(_issuer_serial(entry) for entry in data.children("X509IssuerSerial"))
        names.extend(_text(entry) for entry in data.children("X509SubjectName"))
        for entry in data.children("X509Certificate"):
            value = parse_base64(_plain(entry))
            if value is None:
                raise _error(entry, "this is not a certificate in base64")
            certificates.append(value)
    return KeyInfo(tuple(serials), tuple(names), tuple(certificates))


# --- values -----


def _text(node: Node) -> str:
    _attributes(node, ())
    return _plain(node)


def _user_text(node: Node) -> str:
    _attributes(node, ("language",))
    return _plain(node)


def _plain(node: Node) -> str:
    return node.text()


def _uuid(node: Node, *, check: str = "KDM-001") -> uuid.UUID:
    _attributes(node, ())
    try:
        return node.uuid()
    except DocumentError as error:
        raise MessageError(error.what, check=check, where=error.where) from None


def _instant(node: Node, *, check: str) -> tuple[datetime, str]:
    text = _text(node)
    value = parse_date_time(text)
    if value is None:
        raise _error(node, "this is not a date and time like 2027-01-31T18:00:00+01:00", check=check)
    if value.tzinfo is None:
        raise _error(node, "this time has no offset, so nobody knows which instant it is", check=check)
    return value, text


def _digest(node: Node, *, check: str) -> bytes:
    value = parse_base64(_text(node))
    if value is None or len(value) != 20:
        raise _error(node, "this is not a SHA-1 digest: 20 bytes in base64", check=check)
    return value


def _foreign(node: Node) -> tuple[str, ...]:
    """The names of what stands in NonCriticalExtensions; the content is ignored."""
    return tuple(f"{{{namespace_of(child.element)}}}{child.name}" for child in node.children())
