"""Writing a KDM: both signed parts directly in canonical form, so that a signature needs no XML library.

The root declares the default, ds and enc namespaces, as most messages of the field do; a canonical part
therefore carries all three on its apex, and nothing below. In the document the encrypted keys declare enc and
ds once more, which some equipment wants and canonical XML drops again.
"""

from __future__ import annotations

import base64
import re
import struct
import uuid
from collections.abc import Sequence

from dcp.dataclass import dataclass
from dcp.errors import DcpError
from dcp.patterns import pattern
from kdm.message import (
    DS,
    ENC,
    ETM,
    KDM,
    PRIVATE_ID,
    PUBLIC_ID,
    AuthorizedDeviceInfo,
    IssuerSerial,
    KdmMessage,
    Recipient,
)

CANONICAL_SCOPE = f' xmlns="{ETM}" xmlns:ds="{DS}" xmlns:enc="{ENC}"'
_SCOPE_BYTES = CANONICAL_SCOPE.encode()
_HEAD = b'<?xml version="1.0" encoding="UTF-8"?>\n<DCinemaSecurityMessage' + _SCOPE_BYTES + b">\n  "
_LOCAL_ENC, _LOCAL_DS = f' xmlns:enc="{ENC}"', f' xmlns:ds="{DS}"'
_RSA_LINES = struct.Struct("64s64s64s64s64s24s")  # base64 of 256 bytes, which a message has most of
# What canonical XML writes differently, and what XML 1.0 cannot carry at all.
_SPECIAL = pattern(r"[&<>\r\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def escape(text: str) -> str:
    """Text as canonical XML has it. DcpError for characters that XML cannot carry."""
    if _SPECIAL.search(text) is None:
        return text
    if not can_carry(text):
        raise DcpError("issue.text-not-xml")
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\r", "&#xD;")


def can_carry(text: str) -> bool:
    """Whether a text has only characters that XML can carry."""
    return _SPECIAL.search(text) is None or _SPECIAL.search(re.sub(r"[&<>\r]", "", text)) is None


def escape_attribute(text: str) -> str:
    text = escape(text).replace("&gt;", ">").replace('"', "&quot;")
    return text.replace("\t", "&#x9;").replace("\n", "&#xA;")


def wrap_base64(value: bytes) -> str:
    """Base64 in lines of 64 characters."""
    text = base64.b64encode(value)
    if len(text) == _RSA_LINES.size:
        lines: Sequence[bytes] = _RSA_LINES.unpack(text)
    else:
        lines = [text[place : place + 64] for place in range(0, len(text), 64)]
    return b"\n".join(lines).decode("ascii")


@dataclass(frozen=True)
class Frame:
    """AuthenticatedPublic without what differs between the recipients of one order, rendered once."""

    before_id: str
    before_recipient: str
    before_devices: str
    after_devices: str

    def fill(self, message_id: uuid.UUID, recipient: Recipient, devices: AuthorizedDeviceInfo) -> str:
        return "".join(
            (
                self.before_id,
                str(message_id),
                self.before_recipient,
                _recipient(recipient),
                self.before_devices,
                _devices(devices),
                self.after_devices,
            )
        )


def frame(message: KdmMessage) -> Frame:
    """What stays the same when id, recipient and device list change."""
    annotation = _optional("AnnotationText", message.annotation_text, message.annotation_language, 4)
    title = _optional("ContentTitleText", message.content_title_text, message.content_title_language, 8)
    authenticator = ""
    if message.content_authenticator is not None:
        digest = base64.b64encode(message.content_authenticator).decode("ascii")
        authenticator = f"        <ContentAuthenticator>{digest}</ContentAuthenticator>\n"
    return Frame(
        before_id=(f'<AuthenticatedPublic{CANONICAL_SCOPE} Id="{PUBLIC_ID}">\n    <MessageId>urn:uuid:'),
        before_recipient=(
            f"</MessageId>\n"
            f"    <MessageType>{escape(message.message_type)}</MessageType>\n"
            f"{annotation}"
            f"    <IssueDate>{message.issue_date_text}</IssueDate>\n"
            f"    <Signer>\n{_issuer_serial(message.signer, 6)}    </Signer>\n"
            f"    <RequiredExtensions>\n"
            f'      <KDMRequiredExtensions xmlns="{KDM}">\n'
        ),
        before_devices=(
            f"        <CompositionPlaylistId>urn:uuid:{message.composition_playlist_id}"
            f"</CompositionPlaylistId>\n"
            f"{title}{authenticator}"
            f"        <ContentKeysNotValidBefore>{message.not_valid_before_text}"
            f"</ContentKeysNotValidBefore>\n"
            f"        <ContentKeysNotValidAfter>{message.not_valid_after_text}</ContentKeysNotValidAfter>\n"
        ),
        after_devices=(
            f"{_keys_and_flags(message)}"
            f"      </KDMRequiredExtensions>\n"
            f"    </RequiredExtensions>\n"
            f"    <NonCriticalExtensions></NonCriticalExtensions>\n"
            f"  </AuthenticatedPublic>"
        ),
    )


def _recipient(recipient: Recipient) -> str:
    return (
        f"        <Recipient>\n"
        f"          <X509IssuerSerial>\n{_issuer_serial(recipient.x509_issuer_serial, 12)}"
        f"          </X509IssuerSerial>\n"
        f"          <X509SubjectName>{escape(recipient.x509_subject_name)}</X509SubjectName>\n"
        f"        </Recipient>\n"
    )


def _devices(devices: AuthorizedDeviceInfo) -> str:
    description = _optional("DeviceListDescription", devices.device_list_description, None, 10)
    thumbprints = "".join(
        [
            f"            <CertificateThumbprint>{base64.b64encode(value).decode('ascii')}"
            f"</CertificateThumbprint>\n"
            for value in devices.device_list
        ]
    )
    return (
        f"        <AuthorizedDeviceInfo>\n"
        f"          <DeviceListIdentifier>urn:uuid:{devices.device_list_identifier}</DeviceListIdentifier>\n"
        f"{description}"
        f"          <DeviceList>\n{thumbprints}          </DeviceList>\n"
        f"        </AuthorizedDeviceInfo>\n"
    )


def _keys_and_flags(message: KdmMessage) -> str:
    keys = "".join(
        "".join(
            (
                "          <TypedKeyId>\n",
                f'            <KeyType scope="{escape_attribute(entry.effective_scope)}">',
                f"{escape(entry.key_type)}</KeyType>\n",
                *(f"            <KeyId>urn:uuid:{key_id}</KeyId>\n" for key_id in entry.key_ids),
                "          </TypedKeyId>\n",
            )
        )
        for entry in message.key_id_list
    )
    flags = "".join(
        f"          <ForensicMarkFlag>{escape(flag)}</ForensicMarkFlag>\n"
        for flag in message.forensic_mark_flag_list
    )
    if flags:
        flags = f"        <ForensicMarkFlagList>\n{flags}        </ForensicMarkFlagList>\n"
    return f"        <KeyIdList>\n{keys}        </KeyIdList>\n{flags}"


@dataclass(frozen=True)
class PrivateFrame:
    """AuthenticatedPrivate without its cipher values, rendered once."""

    start: str
    before_value: str
    after_value: str = "</enc:CipherValue>\n      </enc:CipherData>\n    </enc:EncryptedKey>\n"
    end: str = "  </AuthenticatedPrivate>"

    def fill(self, wrapped: Sequence[str]) -> str:
        """One EncryptedKey a value; the values in base64, as `wrap_base64` gives it."""
        keys = (self.after_value + self.before_value).join(wrapped)
        keys = f"{self.before_value}{keys}{self.after_value}" if wrapped else ""
        return f"{self.start}{keys}{self.end}"


def private_frame(*, algorithm: str, digest_algorithm: str, canonical: bool) -> PrivateFrame:
    """The part in canonical form, or as it stands in the document."""
    enc, ds, scope = ("", "", CANONICAL_SCOPE) if canonical else (_LOCAL_ENC, _LOCAL_DS, "")
    return PrivateFrame(
        start=f'<AuthenticatedPrivate{scope} Id="{PRIVATE_ID}">\n',
        before_value=(
            f"    <enc:EncryptedKey{enc}>\n"
            f'      <enc:EncryptionMethod Algorithm="{algorithm}">\n'
            f'        <ds:DigestMethod{ds} Algorithm="{digest_algorithm}"></ds:DigestMethod>\n'
            f"      </enc:EncryptionMethod>\n"
            f"      <enc:CipherData>\n"
            f"        <enc:CipherValue>"
        ),
    )


def join_document(public: bytes, private: bytes, *signature: bytes) -> bytes:
    """The whole message: a canonical AuthenticatedPublic, AuthenticatedPrivate as it stands in the document,
    and the pieces of the ds:Signature element."""
    return b"".join(
        (
            _HEAD,
            public.replace(_SCOPE_BYTES, b"", 1),
            b"\n  ",
            private,
            b"\n  ",
            *signature,
            b"\n</DCinemaSecurityMessage>\n",
        )
    )


def _issuer_serial(value: IssuerSerial, indent: int) -> str:
    blank = " " * indent
    return (
        f"{blank}<ds:X509IssuerName>{escape(value.x509_issuer_name)}</ds:X509IssuerName>\n"
        f"{blank}<ds:X509SerialNumber>{value.x509_serial_number}</ds:X509SerialNumber>\n"
    )


def _optional(name: str, text: str | None, language: str | None, indent: int) -> str:
    if text is None:
        return ""
    attribute = f' language="{escape_attribute(language)}"' if language else ""
    return f"{' ' * indent}<{name}{attribute}>{escape(text)}</{name}>\n"
