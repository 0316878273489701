"""A second writer of age files with a passphrase, for tests: its work factor can be chosen, its parts too."""

from __future__ import annotations

import base64
import hmac
import os

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

LABEL = b"age-encryption.org/v1/scrypt"


def light_age_file(plain: bytes, passphrase: str, *, log_n: int = 4) -> bytes:
    """age-encryption.org/v1 with one scrypt recipient and one chunk; opens in a moment."""
    file_key, salt, nonce = os.urandom(16), os.urandom(16), os.urandom(16)
    wrap = Scrypt(salt=LABEL + salt, length=32, n=2**log_n, r=8, p=1).derive(passphrase.encode())
    body = ChaCha20Poly1305(wrap).encrypt(bytes(12), file_key, None)
    head = b"age-encryption.org/v1\n-> scrypt %s %d\n%s\n---" % (_base64(salt), log_n, _base64(body))
    mac = hmac.digest(_derived(file_key, b"", b"header"), head, "sha256")
    chunk = ChaCha20Poly1305(_derived(file_key, nonce, b"payload")).encrypt(bytes(11) + b"\1", plain, None)
    return head + b" " + _base64(mac) + b"\n" + nonce + chunk


def _derived(key: bytes, salt: bytes, info: bytes) -> bytes:
    return HKDF(algorithm=hashes.SHA256(), length=32, salt=salt, info=info).derive(key)


def _base64(data: bytes) -> bytes:
    return base64.b64encode(data).rstrip(b"=")
