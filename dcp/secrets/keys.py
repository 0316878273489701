"""Content keys and the keys file (`{"cpl_id": ..., "keys": [...]}`, mode 0600), plain or locked.

A key prints as its id. Its bytes are handed to the cipher and written to the keys file, nowhere else. A
locked keys file is the same text as an age file with a passphrase (`dcp.secrets.passphrase`).
"""

from __future__ import annotations

import json
import os
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import field
from pathlib import Path
from typing import TYPE_CHECKING

from dcp.dataclass import dataclass
from dcp.errors import DcpError, KeyMissingError, UsageError
from dcp.leftovers import clear_dead, temporary_beside
from dcp.output import cannot_write
from dcp.system import move, private_file
from dcp.texts.catalogue import text
from dcp.texts.system import why

if TYPE_CHECKING:
    from dcp.secrets.passphrase import Secrets

KEY_BYTES = 16  # AES-128, ST 429-6
MAX_KEYS = 4096  # a keys file may serve several compositions; DCSS 9.7.7 bounds one at 256
MAX_KEYS_FILE = 4 * 1024 * 1024
DOLBY_SCOPE = "http://www.dolby.com/cp850/2012/KDM#kdm-key-type"
"""The scope of MDEK, Dolby Atmos, in a KDM."""


class ContentKey:
    """One AES-128 content key with its id and type. `repr`, `str` and pickles never show the key.

    type: MDIK of picture, MDAK of sound, MDSK of timed text, MDX1 and MDX2 of auxiliary data (ST 430-1, DCSS
    9.4.2.7), MDEK of Dolby Atmos, FMIK and FMAK of forensic marks.
    """

    __slots__ = ("_mic_key", "_value", "id", "reel", "scope", "type")

    def __init__(
        self,
        *,
        id: uuid.UUID,
        type: str,
        value: bytes,
        reel: int | None = None,
        scope: str | None = None,
        mic_key: bytes | None = None,
    ) -> None:
        if len(value) != KEY_BYTES or (mic_key is not None and len(mic_key) != KEY_BYTES):
            raise DcpError("keys.wrong-length", key=id, most=KEY_BYTES)
        self.id = id
        self.type = type
        self._value = bytearray(value)
        self._mic_key = bytearray(mic_key) if mic_key is not None else None
        self.reel = reel
        self.scope = scope

    @classmethod
    def generate(cls, type: str, *, reel: int | None = None, scope: str | None = None) -> ContentKey:
        """A fresh key from the operating system's randomness."""
        return cls(id=uuid.uuid4(), type=type, value=os.urandom(KEY_BYTES), reel=reel, scope=scope)

    def value(self) -> bytes:
        """The 16 key bytes, for the cipher."""
        return bytes(self._value)

    def mic_key(self) -> bytes | None:
        """The KDM-borne MIC key, or None when the MIC key is to be derived."""
        return bytes(self._mic_key) if self._mic_key is not None else None

    def wipe(self) -> None:
        """Overwrite the key bytes, as far as Python can."""
        for buffer in (self._value, self._mic_key):
            if buffer is not None:
                buffer[:] = bytes(len(buffer))

    def __repr__(self) -> str:
        return f"<ContentKey {self.type} {self.id}>"

    def __reduce__(self) -> str:
        raise TypeError("a ContentKey is not pickled: hand over the keys file instead")


@dataclass(frozen=True)
class Keyring:
    """The keys at hand, found by their id."""

    keys: tuple[ContentKey, ...] = field(default=())
    cpl_id: uuid.UUID | None = None

    def get(self, key_id: uuid.UUID) -> ContentKey | None:
        return next((key for key in self.keys if key.id == key_id), None)

    def require(self, key_id: uuid.UUID, *, where: str | Path | None = None) -> ContentKey:
        """The key with this id; KeyMissingError when it is not at hand."""
        key = self.get(key_id)
        if key is None:
            raise KeyMissingError("keys.missing", where=where, key=key_id)
        return key

    def of_type(self, type: str) -> Iterator[ContentKey]:
        return (key for key in self.keys if key.type == type)

    def wipe(self) -> None:
        for key in self.keys:
            key.wipe()


def read_keys(path: Path, *, secrets: Secrets | None = None) -> Keyring:
    """Read a keys file; `secrets` is asked for the passphrase of a locked one.

    UsageError when it cannot be read, DcpError when it is not a keys file or the passphrase is another.
    """
    from dcp.secrets.passphrase import is_sealed, unseal

    try:
        with path.open("rb") as stream:
            data = stream.read(MAX_KEYS_FILE + 1)  # what has no size, a device, ends here too
        if len(data) > MAX_KEYS_FILE:
            raise DcpError("keys.too-large", where=path, most=MAX_KEYS_FILE)
        if is_sealed(data):
            if secrets is None:
                raise UsageError("keys.locked", where=path)
            data = unseal(data, secrets.passphrase(text("secrets.keys-file", path=path)), where=path)
        plain = data.decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = why(error) if isinstance(error, OSError) else text("keys.not-text")
        raise UsageError("keys.cannot-read", where=path, why=reason) from None
    try:
        document = json.loads(plain)
        entries = document["keys"]
        if not isinstance(entries, list) or len(entries) > MAX_KEYS:
            raise ValueError
        cpl_id = uuid.UUID(document["cpl_id"]) if document.get("cpl_id") else None
        keys = tuple(_parse_key(entry) for entry in entries)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise DcpError("keys.not-keys", where=path) from None
    if len({key.id for key in keys}) != len(keys):
        raise DcpError("keys.id-twice", where=path)
    return Keyring(keys=keys, cpl_id=cpl_id)


def write_keys(path: Path, keyring: Keyring, *, passphrase: str | None = None) -> None:
    """Write a keys file, mode 0600, under a temporary name first; an existing file is replaced whole.

    passphrase: the file is locked with it.
    """
    document = {
        "cpl_id": str(keyring.cpl_id) if keyring.cpl_id else None,
        "keys": [_format_key(key) for key in keyring.keys],
    }
    data = f"{json.dumps(document, indent=1)}\n".encode()
    if passphrase is not None:
        from dcp.secrets.passphrase import seal

        data = seal(data, passphrase)
    temporary = temporary_beside(path)
    try:
        clear_dead(path)  # half a keys file is no less secret
        with private_file(temporary) as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())  # what is encrypted with them must not reach the disk before them
        move(temporary, path)
    except OSError as error:
        raise cannot_write(path, error, "keys.cannot-write") from None
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)


@contextmanager
def fresh_keys_file(
    path: Path | None, *, essence: Path, work: Path | None = None, passphrase: str | None = None
) -> Iterator[Callable[[Keyring], None]]:
    """Yields what writes fresh keys to `path` before `essence`, the file or folder that needs them, is made.

    When the work inside fails or is stopped, the keys go with it, unless the essence already stands under its
    name, or the folder `work` with parts of it: without its keys it would be lost. path None: nothing is
    written. passphrase: locks the file. UsageError when the keys would be put into the essence, or in its
    place.
    """
    written = False
    places = (essence,) if work is None else (essence, work)
    if path is not None and any(path.absolute().is_relative_to(place.absolute()) for place in places):
        raise UsageError("keys.beside-essence", where=path)

    def write(keyring: Keyring) -> None:
        nonlocal written
        if path is not None:
            write_keys(path, keyring, passphrase=passphrase)
            written = True

    try:
        yield write
    except BaseException:
        if written and path is not None and not any(place.exists() for place in places):
            path.unlink(missing_ok=True)
        raise


def keyring(keys: Iterable[ContentKey], cpl_id: uuid.UUID | None = None) -> Keyring:
    """A keyring of these keys. cpl_id: the composition that they are said to be of."""
    return Keyring(keys=tuple(keys), cpl_id=cpl_id)


def merged(keyrings: Iterable[Keyring]) -> Keyring:
    """The keys of several files as one keyring: of a version file, and of the original that it plays from.

    UsageError for an id under which two of them have different keys.
    """
    rings = tuple(keyrings)
    found: dict[uuid.UUID, ContentKey] = {}
    for key in (key for ring in rings for key in ring.keys):
        other = found.setdefault(key.id, key)
        if (other.type, other.value()) != (key.type, key.value()):
            raise UsageError("keys.differ", key=key.id)
    named = {ring.cpl_id for ring in rings}
    return Keyring(tuple(found.values()), named.pop() if len(named) == 1 else None)


def _parse_key(entry: Mapping[str, object]) -> ContentKey:
    def word(name: str) -> str:
        value = entry[name]
        if not isinstance(value, str):
            raise ValueError(name)
        return value

    reel = entry.get("reel")
    if reel is not None and not isinstance(reel, int):
        raise ValueError("reel")
    return ContentKey(
        id=uuid.UUID(word("id")),
        type=word("type"),
        value=bytes.fromhex(word("key")),
        reel=reel,
        scope=word("scope") if entry.get("scope") else None,
        mic_key=bytes.fromhex(word("mic_key")) if entry.get("mic_key") else None,
    )


def _format_key(key: ContentKey) -> dict[str, object]:
    mic_key = key.mic_key()
    return {
        "id": str(key.id),
        "type": key.type,
        "key": key.value().hex(),
        **({"reel": key.reel} if key.reel is not None else {}),
        **({"scope": key.scope} if key.scope else {}),
        **({"mic_key": mic_key.hex()} if mic_key else {}),
    }
