"""Secrets locked with a passphrase: private keys as encrypted PKCS#8, content keys as age files.

Private keys are written with scrypt and AES-256 (PBES2; RFC 7914, 7 and RFC 8018, 6.2), which OpenSSL reads,
and read in every form that the cryptography library knows. Content keys are written in the format of age
(age-encryption.org/v1, its scrypt recipient), which `age -d` opens. The work that a file demands before its
passphrase can be tried is read out of its head and bounded.
"""

from __future__ import annotations

import base64
import os
import re
from pathlib import Path
from typing import Protocol

from cryptography.hazmat.primitives import padding, serialization
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from dcp.errors import CertificateError, DcpError, UsageError
from dcp.trust import der

MAX_SECRET_BYTES = 1024
MAX_ITERATIONS = 10_000_000  # PBKDF2; some ten seconds
MAX_SCRYPT_BYTES = 2**30  # the memory that scrypt asks for: 128 N r
MAX_SCRYPT_WORK = 2**27  # N r p: some ten seconds
MAX_AGE_LOG_N = 22  # the bound of age itself; writers stay at a second's work, 18 to 20 on machines of today
MAX_AGE_HEAD = 4096

AGE_MAGIC = b"age-encryption.org/v1\n"
AGE_ARMOR = b"-----BEGIN AGE ENCRYPTED FILE-----"

_SCRYPT_N, _SCRYPT_R, _SCRYPT_P = 2**14, 8, 5  # OpenSSL does not read more than 32 MiB worth

_PBES2, _PBKDF2, _SCRYPT = "1.2.840.113549.1.5.13", "1.2.840.113549.1.5.12", "1.3.6.1.4.1.11591.4.11"
_AES_256_CBC = "2.16.840.1.101.3.4.1.42"
_STANZA = re.compile(rb"-> (\S+)(?: ([^\n]*))?\n")


class Secrets(Protocol):
    """Who knows the passphrases and PINs: a person, a file, a test. `of`: what is to be opened, in words."""

    def passphrase(self, of: str) -> str: ...

    def pin(self, of: str) -> str: ...


# --- private keys ---


def locked_private_key_pem(key: RSAPrivateKey, passphrase: str) -> bytes:
    """ENCRYPTED PRIVATE KEY in PEM."""
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
        raise CertificateError(
            "the private key is locked in a way that cannot be told", where=where, remedy=CONVERT
        ) from None
    if not fair:
        raise CertificateError(
            "the private key demands more work for its passphrase than any real one",
            where=where,
            remedy=CONVERT,
        )


CONVERT = "convert it: openssl pkcs8 -topk8 -scrypt -in KEY -out leaf.key"


def _parts(data: bytes) -> list[der.Element]:
    walk = der.Walk()
    whole, _ = der.read_one(data, walk)
    return der.read_all(whole.content, walk) if whole.tag == der.SEQUENCE else []


def _algorithm(element: der.Element) -> tuple[str, list[der.Element]]:
    """The identifier of an AlgorithmIdentifier, and the elements of its parameters."""
    oid, parameters = der.read_all(element.content, der.Walk())
    return der.read_oid(oid.content), der.read_all(parameters.content, der.Walk())


# --- files ---


def seal(plain: bytes, passphrase: str) -> bytes:
    """An age file that the passphrase opens. Takes about a second, on purpose."""
    from pyrage import passphrase as age

    return bytes(age.encrypt(plain, passphrase))


def is_sealed(data: bytes) -> bool:
    """Whether this is an age file, binary or armoured."""
    return data.startswith((AGE_MAGIC, AGE_ARMOR))


def unseal(data: bytes, passphrase: str, *, where: str | Path) -> bytes:
    """What was sealed with a passphrase. DcpError when this is no such file, or the passphrase another."""
    import pyrage

    _check_age(data, where)
    try:
        return bytes(pyrage.passphrase.decrypt(data, passphrase))
    except pyrage.DecryptError as error:
        if "Excessive work" in str(error):  # the library's own bound is what this machine does in seconds
            raise _too_much_work(where) from None
        raise DcpError(
            "the passphrase does not open the file, or the file is damaged",
            where=where,
            remedy="give the passphrase that it was written with",
        ) from None


def _check_age(data: bytes, where: str | Path) -> None:
    """DcpError when the head does not name one scrypt recipient of a fair cost."""
    head = _age_head(data)
    stanzas = _STANZA.findall(head.partition(b"\n---")[0] + b"\n")
    if [kind for kind, _ in stanzas] != [b"scrypt"]:
        raise DcpError(
            "the file is not locked with a passphrase, or is damaged",
            where=where,
            remedy="open it with age, and give the plain file or one made with `age -p`",
        )
    cost = stanzas[0][1].rpartition(b" ")[2]
    if not re.fullmatch(rb"[1-9][0-9]?", cost) or int(cost) > MAX_AGE_LOG_N:
        raise _too_much_work(where)


def _too_much_work(where: str | Path) -> DcpError:
    return DcpError("the file demands more work for its passphrase than any real one", where=where)


def _age_head(data: bytes) -> bytes:
    if data.startswith(AGE_MAGIC):
        return data[:MAX_AGE_HEAD]
    body = b"".join(data[len(AGE_ARMOR) : 2 * MAX_AGE_HEAD].partition(b"-----")[0].split())
    try:
        return base64.b64decode(body[: len(body) // 4 * 4])[:MAX_AGE_HEAD]
    except ValueError:
        return b""


def read_secret(path: Path) -> str:
    """The first line of a file with a passphrase or a PIN. UsageError when there is none that can be read."""
    try:
        with path.open("rb") as stream:
            data = stream.read(MAX_SECRET_BYTES + 1)
    except OSError as error:
        raise UsageError(f"cannot read: {error.strerror or error}", where=path) from None
    line = data.partition(b"\n")[0].removesuffix(b"\r")
    if not line or len(line) > MAX_SECRET_BYTES:
        raise UsageError("the file's first line is no passphrase or PIN", where=path)
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError:
        raise UsageError("the file's first line is not UTF-8 text", where=path) from None
