"""Private keys locked with a passphrase: encrypted PKCS#8.

Written with scrypt and AES-256 (PBES2; RFC 7914, 7 and RFC 8018, 6.2), which OpenSSL reads, and read in every
form that the cryptography library knows. The work that a file demands before its passphrase can be tried is
read out of its head and bounded.
"""

from __future__ import annotations

import base64
import os
from pathlib import Path
from typing import TYPE_CHECKING

from dcp.errors import CertificateError, DcpError
from dcp.texts.catalogue import text
from dcp.trust import der

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

MAX_ITERATIONS = 10_000_000  # PBKDF2; some ten seconds
MAX_SCRYPT_BYTES = 2**30  # the memory that scrypt asks for: 128 N r
MAX_SCRYPT_WORK = 2**27  # N r p: some ten seconds
_SCRYPT_N, _SCRYPT_R, _SCRYPT_P = 2**14, 8, 5  # OpenSSL does not read more than 32 MiB worth
_PBES2, _PBKDF2, _SCRYPT = "1.2.840.113549.1.5.13", "1.2.840.113549.1.5.12", "1.3.6.1.4.1.11591.4.11"
_AES_256_CBC = "2.16.840.1.101.3.4.1.42"


def locked_private_key_pem(key: RSAPrivateKey, passphrase: str) -> bytes:
    """ENCRYPTED PRIVATE KEY in PEM."""
    from cryptography.hazmat.primitives import padding, serialization
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
    from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

    salt, iv = os.urandom(16), os.urandom(16)
    plain = key.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    kdf = Scrypt(salt=salt, length=32, n=_SCRYPT_N, r=_SCRYPT_R, p=_SCRYPT_P)
    pad = padding.PKCS7(128).padder()
    encryptor = Cipher(algorithms.AES(kdf.derive(passphrase.encode())), modes.CBC(iv)).encryptor()
    sealed = encryptor.update(pad.update(plain) + pad.finalize()) + encryptor.finalize()
    scrypt = der.sequence(der.octets(salt), *map(der.integer, (_SCRYPT_N, _SCRYPT_R, _SCRYPT_P)))
    parameters = der.sequence(
        der.sequence(der.oid(_SCRYPT), scrypt), der.sequence(der.oid(_AES_256_CBC), der.octets(iv))
    )
    whole = der.sequence(der.sequence(der.oid(_PBES2), parameters), der.octets(sealed))
    text = base64.encodebytes(whole).replace(b"\n", b"")
    lines = [text[place : place + 64] for place in range(0, len(text), 64)]
    label = b"ENCRYPTED PRIVATE KEY-----"
    return b"\n".join((b"-----BEGIN " + label, *lines, b"-----END " + label, b""))


def is_locked_der(data: bytes) -> bool:
    """Whether DER is an EncryptedPrivateKeyInfo: an algorithm, then the sealed octets."""
    try:
        parts = _parts(data)
    except DcpError:
        return False
    return len(parts) == 2 and (parts[0].tag, parts[1].tag) == (der.SEQUENCE, der.OCTET_STRING)


def check_work(data: bytes, *, where: str | Path) -> None:
    """Bound the work that an EncryptedPrivateKeyInfo (DER) asks for before its passphrase can be tried.

    CertificateError when it is more than any real key asks for, or cannot be told.
    """
    try:
        oid, parameters = _algorithm(_parts(data)[0])
        if oid == _PBES2:
            oid, parameters = _algorithm(parameters[0])
        integers = [der.read_integer(one.content, der.Walk()) for one in parameters if one.tag == der.INTEGER]
        if oid == _SCRYPT:
            n, r, p = integers[:3]
            fair = (
                n > 1 and r > 0 and p > 0 and 128 * n * r <= MAX_SCRYPT_BYTES and n * r * p <= MAX_SCRYPT_WORK
            )
        else:  # PBKDF2 and the older schemes count iterations, first of their integers
            fair = 0 < integers[0] <= MAX_ITERATIONS
    except (IndexError, ValueError, der.DerError):
        raise CertificateError("key.lock-unknown", where=where, remedy=CONVERT) from None
    if not fair:
        raise CertificateError("key.lock-too-heavy", where=where, remedy=CONVERT)


CONVERT = text("key.convert")


def _parts(data: bytes) -> list[der.Element]:
    walk = der.Walk()
    whole, _ = der.read_one(data, walk)
    return der.read_all(whole.content, walk) if whole.tag == der.SEQUENCE else []


def _algorithm(element: der.Element) -> tuple[str, list[der.Element]]:
    """The identifier of an AlgorithmIdentifier, and the elements of its parameters."""
    oid, parameters = der.read_all(element.content, der.Walk())
    return der.read_oid(oid.content), der.read_all(parameters.content, der.Walk())
