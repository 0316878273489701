"""The Key Delivery Message as a value (ST 430-1 inside the ETM of ST 430-3), with its namespaces and names.

Public through `kdm.message`, which reads it.
"""

from __future__ import annotations

import uuid
from datetime import datetime
from functools import cached_property

from dcp.dataclass import dataclass

ETM = "http://www.smpte-ra.org/schemas/430-3/2006/ETM"
KDM = "http://www.smpte-ra.org/schemas/430-1/2006/KDM"
DS = "http://www.w3.org/2000/09/xmldsig#"
ENC = "http://www.w3.org/2001/04/xmlenc#"

MESSAGE_TYPE = "http://www.smpte-ra.org/430-1/2006/KDM#kdm-key-type"
KEY_TYPE_SCOPE = "http://www.smpte-ra.org/430-1/2006/KDM#kdm-key-type"
PUBLIC_ID = "ID_AuthenticatedPublic"
PRIVATE_ID = "ID_AuthenticatedPrivate"


@dataclass(frozen=True)
class IssuerSerial:
    """ds:X509IssuerSerialType: which certificate is meant, by its issuer's name (RFC 2253) and its serial."""

    x509_issuer_name: str
    x509_serial_number: int


@dataclass(frozen=True)
class Recipient:
    x509_issuer_serial: IssuerSerial
    x509_subject_name: str


@dataclass(frozen=True)
class AuthorizedDeviceInfo:
    """`device_list`: SHA-1 thumbprints of certificates (or the assume-trust value), in document order."""

    device_list_identifier: uuid.UUID
    device_list: tuple[bytes, ...]
    device_list_description: str | None = None


@dataclass(frozen=True)
class TypedKeyId:
    """Key ids of one type; `scope` None stands for the schema's default."""

    key_type: str
    key_ids: tuple[uuid.UUID, ...]
    scope: str | None = None

    @property
    def effective_scope(self) -> str:
        return self.scope or KEY_TYPE_SCOPE


@dataclass(frozen=True)
class KeyInfo:
    """What a ds:KeyInfo inside an EncryptedKey says of the recipient; None where it says nothing."""

    issuer_serials: tuple[IssuerSerial, ...] = ()
    subject_names: tuple[str, ...] = ()
    certificates: tuple[bytes, ...] = ()


@dataclass(frozen=True)
class EncryptedKey:
    """One encrypted cipher block and how it says it was encrypted."""

    algorithm: str | None
    digest_algorithm: str | None
    cipher_value: bytes
    other_parameters: tuple[str, ...] = ()
    key_info: KeyInfo | None = None


@dataclass(frozen=True)
class KdmMessage:
    """Every element of the message. Dates are aware; the texts beside them are as written."""

    message_id: uuid.UUID
    message_type: str
    issue_date: datetime
    signer: IssuerSerial
    recipient: Recipient
    composition_playlist_id: uuid.UUID
    content_title_text: str
    content_keys_not_valid_before: datetime
    content_keys_not_valid_after: datetime
    authorized_device_info: AuthorizedDeviceInfo
    key_id_list: tuple[TypedKeyId, ...]
    encrypted_keys: tuple[EncryptedKey, ...]
    annotation_text: str | None = None
    annotation_language: str | None = None
    content_title_language: str | None = None
    content_authenticator: bytes | None = None
    forensic_mark_flag_list: tuple[str, ...] = ()
    non_critical_extensions: tuple[str, ...] = ()
    issue_date_text: str = ""
    not_valid_before_text: str = ""
    not_valid_after_text: str = ""
    has_encrypted_data: bool = False

    @cached_property
    def keys(self) -> tuple[tuple[str, str, uuid.UUID], ...]:
        """(type, scope, id) of each listed key, in document order, repetitions kept."""
        return tuple(
            [
                (entry.key_type, entry.effective_scope, key_id)
                for entry in self.key_id_list
                for key_id in entry.key_ids
            ]
        )

    @property
    def window(self) -> tuple[datetime, datetime]:
        return self.content_keys_not_valid_before, self.content_keys_not_valid_after
