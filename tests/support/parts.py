"""The two signed parts of a KDM, written out of a message's value, for tests that change them."""

from __future__ import annotations

from collections.abc import Sequence

from kdm.message import DS, ENC, KdmMessage
from kdm.writing import CANONICAL_SCOPE, frame, private_frame, wrap_base64


def canonical_public(message: KdmMessage) -> str:
    """AuthenticatedPublic in canonical form, its namespaces declared on it."""
    return frame(message).fill(message.message_id, message.recipient, message.authorized_device_info)


def canonical_private(cipher_values: Sequence[bytes], *, algorithm: str, digest_algorithm: str) -> str:
    """AuthenticatedPrivate in canonical form: one EncryptedKey a value."""
    made = private_frame(algorithm=algorithm, digest_algorithm=digest_algorithm, canonical=True)
    return made.fill([wrap_base64(value) for value in cipher_values])


def private_in_document(private: bytes) -> bytes:
    """A canonical AuthenticatedPrivate, whatever was changed in it, as it stands in the document."""
    private = private.replace(b"<enc:EncryptedKey>", f'<enc:EncryptedKey xmlns:enc="{ENC}">'.encode())
    private = private.replace(b"<ds:DigestMethod ", f'<ds:DigestMethod xmlns:ds="{DS}" '.encode())
    return private.replace(CANONICAL_SCOPE.encode(), b"", 1)
