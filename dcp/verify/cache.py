"""Hashes that an earlier run made, remembered in a folder: `verify --cache DIR`.

One JSON file for each file of a package. It holds the SHA-1, when it was made, what tells that the file is
still the same (size, times, inode), and eight bytes for every mebibyte of it: a code under a key of this
entry's own. Some of these are made anew before the hash is trusted, at other places in every run; all of them
when the file has another hash one day, so that the ranges that differ can be named.

Only hashes that a packing list has are remembered, so nothing but what was right; no verdict of a rule or a
signature is. What lies in the folder is data like any other: bounded, typed, and where it is not what it
should be it is as if it was not there. Files are replaced whole, so two runs do not disturb each other.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path

from dcp.dataclass import dataclass
from dcp.errors import DcpError, UsageError
from dcp.output import write_finished
from dcp.system import open_plain, others_may_write, read_at_most
from dcp.texts.system import why

FORMAT = "dcpkit.digests/1"
PART = 1024 * 1024
"""Bytes that have a code of their own."""
CODE = 8
SAMPLED = 6
"""Parts that are looked at before a hash is trusted, beside the first and the last."""
WORTH = PART
"""Bytes that a file has at least: a smaller one is read sooner than its entry."""
MAX_ENTRY = 48 * 1024 * 1024
"""Bytes of an entry, enough for a file of 4 TB."""


@dataclass(frozen=True)
class Identity:
    """What a file has as long as nobody writes to it. Times in nanoseconds."""

    size: int
    modified: int
    changed: int
    inode: int


@dataclass(frozen=True)
class Entry:
    """What is remembered of a file. when: of the run that read it, ISO 8601. codes: of its parts."""

    identity: Identity
    sha1: bytes
    when: str
    key: bytes
    codes: bytes


class Codes:
    """Makes the codes of a file from its blocks, which come in order and are whole parts but for the last."""

    def __init__(self, key: bytes) -> None:
        from cryptography.hazmat.primitives.ciphers.algorithms import AES

        self.key = key
        self._cipher = AES(key)
        self._made = bytearray()

    def take(self, block: memoryview) -> None:
        for start in range(0, len(block), PART):
            self._made += self.of(len(self._made) // CODE, block[start : start + PART])

    def of(self, number: int, part: memoryview) -> bytes:
        """GMAC: several times as fast as a hash."""
        from cryptography.hazmat.primitives.ciphers import Cipher, modes

        maker = Cipher(self._cipher, modes.GCM(number.to_bytes(12, "big"))).encryptor()
        maker.authenticate_additional_data(part)
        maker.finalize()
        return maker.tag[:CODE]

    @property
    def made(self) -> bytes:
        return bytes(self._made)


class Cache:
    """The folder. now: the instant of the run. fresh: so many random bytes, for the keys of new entries."""

    def __init__(self, folder: Path, *, now: datetime, fresh: Callable[[int], bytes] = os.urandom) -> None:
        self._folder = folder
        self._now = now.isoformat()
        self._fresh = fresh

    def recall(self, path: Path) -> Entry | None:
        """What is there of a file, trusted or not."""
        try:
            with open_plain(self._place(path)) as stream:
                data = read_at_most(stream, MAX_ENTRY + 1)
        except OSError:
            return None
        return _parsed(data) if len(data) <= MAX_ENTRY else None

    def holds(self, path: Path, entry: Entry) -> bool:
        """Whether the file is still the one that was read: its size, times and inode, and samples of it."""
        if identity_of(path) != entry.identity:
            return False
        import random

        codes, count = Codes(entry.key), len(entry.codes) // CODE
        chance = random.Random(f"{self._now}{path}")
        numbers = {0, count - 1, *(chance.randrange(count) for _ in range(SAMPLED))} if count else set()
        try:
            with path.open("rb", buffering=0) as file:
                for number in sorted(numbers):
                    file.seek(number * PART)
                    part = read_at_most(file, PART)
                    if codes.of(number, memoryview(part)) != entry.codes[number * CODE : (number + 1) * CODE]:
                        return False
        except OSError:
            return False
        return True

    def codes(self, earlier: Entry | None) -> Codes:
        """To make codes that can be held against the earlier ones."""
        return Codes(earlier.key if earlier is not None else self._fresh(16))

    def keep(self, path: Path, identity: Identity, sha1: bytes, codes: Codes) -> None:
        """Remembers it. DcpError when the folder cannot be written to."""
        document = {
            "format": FORMAT,
            "path": str(path),
            "size": identity.size,
            "modified_ns": identity.modified,
            "changed_ns": identity.changed,
            "inode": identity.inode,
            "sha1": sha1.hex(),
            "when": self._now,
            "key": codes.key.hex(),
            "codes": base64.b64encode(codes.made).decode(),
        }
        write_finished(self._place(path), json.dumps(document, indent=1).encode())

    def _place(self, path: Path) -> Path:
        name = hashlib.sha256(str(path).encode(errors="surrogateescape")).hexdigest()[:40]
        return self._folder / f"{name}.json"


def open_cache(folder: Path, packages: Iterable[Path], *, now: datetime) -> Cache:
    """The cache in a folder, which is made where it is not there. UsageError when it is no folder, or lies in
    a package, where nothing is written; or when others may write to it, who could make damage pass."""
    place = folder.resolve()
    for package in packages:
        root = package.resolve()
        if place == root or root in place.parents:
            raise UsageError("cache.in-package", where=folder, package=package)
    try:
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise DcpError("cache.no-folder", where=folder, why=why(error)) from None
    if others_may_write(place):
        raise UsageError("cache.open-to-others", where=folder)
    return Cache(place, now=now)


def identity_of(path: Path) -> Identity | None:
    """None where the file is not there."""
    try:
        found = path.stat()
    except OSError:
        return None
    return Identity(found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino)


def differing(earlier: Entry, size: int, codes: bytes) -> list[tuple[int, int]]:
    """The ranges of bytes, [from, to), in which a file is another than it was; one that is shorter or longer
    now differs from there on."""
    ranges: list[tuple[int, int]] = []
    count = max(len(codes), len(earlier.codes)) // CODE
    for number in range(count):
        at = slice(number * CODE, (number + 1) * CODE)
        if codes[at] == earlier.codes[at]:
            continue
        start, end = number * PART, min((number + 1) * PART, max(size, earlier.identity.size))
        if ranges and ranges[-1][1] == start:
            ranges[-1] = ranges[-1][0], end
        else:
            ranges.append((start, end))
    return ranges


def _parsed(data: bytes) -> Entry | None:
    try:
        found = json.loads(data)
        if found["format"] != FORMAT:
            return None
        numbers = [found[name] for name in ("size", "modified_ns", "changed_ns", "inode")]
        if not all(type(number) is int and abs(number) < 1 << 64 for number in numbers):
            return None
        when = datetime.fromisoformat(found["when"])
        entry = Entry(
            Identity(*numbers),
            bytes.fromhex(found["sha1"]),
            when.isoformat(),
            bytes.fromhex(found["key"]),
            base64.b64decode(found["codes"], validate=True),
        )
    except (ValueError, TypeError, KeyError, RecursionError, MemoryError):
        return None
    size = entry.identity.size
    right = size >= 0 and len(entry.sha1) == 20 and len(entry.key) == 16 and when.tzinfo is not None
    return entry if right and len(entry.codes) == -(-size // PART) * CODE else None
