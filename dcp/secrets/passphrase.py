"""Content keys locked with a passphrase, as age files; and who knows the passphrases.

Written in the format of age (age-encryption.org/v1, its scrypt recipient), which `age -d` opens. The work
that a file demands before its passphrase can be tried is read out of its head and bounded. Private keys that
are locked: `dcp.trust.locked_key`.
"""

from __future__ import annotations

import base64
import re
from pathlib import Path
from typing import Protocol

from dcp.errors import DcpError, UsageError
from dcp.patterns import pattern
from dcp.texts.catalogue import Text
from dcp.texts.system import why

MAX_SECRET_BYTES = 1024
MAX_AGE_LOG_N = 22  # the bound of age itself; writers stay at a second's work, 18 to 20 on machines of today
MAX_AGE_HEAD = 4096
AGE_MAGIC = b"age-encryption.org/v1\n"
AGE_ARMOR = b"-----BEGIN AGE ENCRYPTED FILE-----"
_STANZA = pattern(rb"-> (\S+)(?: ([^\n]*))?\n")


class Secrets(Protocol):
    """Who knows the passphrases and PINs: a person, a file, a test. `of`: what is to be opened, in words."""

    def passphrase(self, of: str | Text) -> str: ...

    def pin(self, of: str | Text) -> str: ...


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
            raise too_much_work(where) from None
        raise DcpError("secrets.other-passphrase", where=where) from None


def _check_age(data: bytes, where: str | Path) -> None:
    """DcpError when the head does not name one scrypt recipient of a fair cost."""
    head = _age_head(data)
    stanzas = _STANZA.findall(head.partition(b"\n---")[0] + b"\n")
    if [kind for kind, _ in stanzas] != [b"scrypt"]:
        raise DcpError("secrets.not-locked", where=where)
    cost = stanzas[0][1].rpartition(b" ")[2]
    if not re.fullmatch(rb"[1-9][0-9]?", cost) or int(cost) > MAX_AGE_LOG_N:
        raise too_much_work(where)


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
        raise UsageError("file.cannot-read", where=path, why=why(error)) from None
    line = data.partition(b"\n")[0].removesuffix(b"\r")
    if not line or len(line) > MAX_SECRET_BYTES:
        raise UsageError("secrets.empty-line", where=path)
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError:
        raise UsageError("secrets.not-utf-8", where=path) from None


def too_much_work(where: str | Path) -> DcpError:
    return DcpError("secrets.too-much-work", where=where)
