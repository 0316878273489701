"""The operator's watermark secret, its file, and the keyed streams that everything else is drawn from.

The file is `{"secret": "64 hex digits", "operator": "..."}`, mode 0600. A secret never appears in a report, a
repr or an error. Whoever loses it loses every mark made with it, so an existing file is never replaced.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from dataclasses import field
from pathlib import Path

from dcp.dataclass import dataclass
from dcp.errors import DcpError, UsageError
from dcp.system import private_file, put_new
from dcp.texts.catalogue import text
from dcp.texts.system import why

SECRET_BYTES = 32
MAX_SECRET_FILE = 64 * 1024
MAX_OPERATOR = 1024
_DOMAIN = b"dcpkit watermark 1"  # another version of the carrier takes another domain

FORM = '{"secret": 64 hex digits, "operator": NAME}'


@dataclass(frozen=True)
class Secret:
    """32 secret bytes and the operator's name; prints as the operator."""

    value: bytes = field(repr=False)
    operator: str = ""

    def __post_init__(self) -> None:
        if len(self.value) != SECRET_BYTES:
            raise DcpError("mark.secret-length", n=SECRET_BYTES)

    def __reduce__(self) -> str:
        raise TypeError("a Secret is not pickled: hand over its file instead")

    def stream(self, label: str, *numbers: int, size: int) -> bytes:
        """`size` pseudo-random bytes bound to a label and some numbers; the same on every machine.

        SHAKE-256 over HMAC-SHA-256(secret, domain, label, numbers), each number as eight bytes.
        """
        message = b"\0".join((_DOMAIN, label.encode())) + b"\0"
        message += b"".join(number.to_bytes(8, "big") for number in numbers)
        key = hmac.new(self.value, message, hashlib.sha256).digest()
        return hashlib.shake_256(key).digest(size)

    @property
    def fingerprint(self) -> str:
        """16 hex digits that tell one secret from another and nothing else of it: for reports."""
        return self.stream("fingerprint", size=8).hex()


def new_secret(operator: str) -> Secret:
    """A fresh secret from the operating system's randomness."""
    return Secret(value=secrets.token_bytes(SECRET_BYTES), operator=operator)


def read_secret(path: Path) -> Secret:
    """Read a secret file. UsageError when it cannot be read, DcpError when it is not a secret file."""
    try:
        with path.open("rb") as stream:
            data = stream.read(MAX_SECRET_FILE + 1)  # what has no size, a device, ends here too
        if len(data) > MAX_SECRET_FILE:
            raise DcpError("mark.secret-too-large", where=path)
        words = data.decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = why(error) if isinstance(error, OSError) else text("mark.not-utf8")
        raise UsageError("mark.secret-unreadable", where=path, why=reason) from None
    try:
        document = json.loads(words)
        digits, operator = document["secret"], document.get("operator", "")
        if not isinstance(operator, str) or len(operator) > MAX_OPERATOR or len(digits) != 2 * SECRET_BYTES:
            raise ValueError
        return Secret(value=bytes.fromhex(digits), operator=operator)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, DcpError):
        raise DcpError("mark.no-secret", where=path, form=FORM) from None


def write_secret(path: Path, secret: Secret) -> None:
    """Write a secret file, mode 0600. UsageError when `path` exists; DcpError when it cannot be written."""
    document = {"secret": secret.value.hex(), "operator": secret.operator}
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(6)}.part")
    try:
        with private_file(temporary) as stream:
            stream.write(f"{json.dumps(document, indent=1)}\n".encode())
        put_new(temporary, path)
    except FileExistsError:
        raise UsageError("mark.secret-exists", where=path) from None
    except OSError as error:
        raise DcpError("mark.secret-not-written", where=path, why=why(error)) from None
    finally:
        temporary.unlink(missing_ok=True)
