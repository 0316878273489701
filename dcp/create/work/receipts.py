"""What a work folder says of itself: the receipt of the whole, and one of each finished track file.

A receipt is JSON with its own SHA-256 in it, so that a byte that came out otherwise is never believed. It is
read strictly, of a bounded length, and gives no path: names of files follow from the plan. It holds ids and
check values of content keys, and no key.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
from collections.abc import Callable, Mapping
from dataclasses import fields
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

from dcp.create.work.ids import SEED_BYTES
from dcp.dataclass import dataclass
from dcp.errors import DcpError
from dcp.leftovers import clear_dead, temporary_beside
from dcp.secrets.keys import ContentKey
from dcp.system import move, open_plain, private_file

SCHEMA = "dcpkit.work/1"
TRACK_SCHEMA = "dcpkit.work-track/1"
MAX_RECEIPT = 16 * 1024 * 1024
T = TypeVar("T")


@dataclass(frozen=True)
class SourceState:
    """A source as it was found. files: how many it is; bytes: of all; modified: of the latest, nanoseconds;
    listing: SHA-256 of names, lengths and times; content: of the beginnings and ends of files."""

    path: str
    files: int
    bytes: int
    modified: int
    listing: str
    content: str


@dataclass(frozen=True)
class HeldKey:
    """id: of a content key; check: what tells it from another one of this id, and nothing of the key."""

    id: str
    check: str


@dataclass(frozen=True)
class Receipt:
    """What the package of a work folder is made of and with.

    seed: 64 hex digits, which its ids follow from; now: its documents' date, ISO 8601; version: dcpkit's;
    codec: name and version of the library; libraries: others whose results are in a frame. settings: by their
    names in a job file. plan: SHA-256 of all that was decided. keys: of each kind, in the order of the
    tracks; cpl_ids: in that of the compositions.
    """

    seed: str
    now: str
    version: str
    codec: str
    libraries: Mapping[str, str]
    settings: Mapping[str, str]
    sources: tuple[SourceState, ...]
    plan: str
    keys: Mapping[str, tuple[HeldKey, ...]]
    cpl_ids: tuple[str, ...]

    @property
    def date(self) -> datetime:
        return datetime.fromisoformat(self.now)


@dataclass(frozen=True)
class TrackReceipt:
    """A track file that is finished. sha1, sha256: of the whole file. sizes, coded: what is told of a
    picture's frames; loudness: of sound; notes: ids and places of what was found in the work."""

    name: str
    asset_id: str
    size: int
    sha1: str
    sha256: str
    duration: int
    key_id: str | None = None
    sizes: Mapping[str, Any] | None = None
    coded: Mapping[str, Any] | None = None
    loudness: Mapping[str, float | None] | None = None
    notes: tuple[tuple[str, Mapping[str, Any]], ...] = ()


def key_check(key: ContentKey, seed: bytes) -> HeldKey:
    """What a receipt has of a key."""
    checks = [
        hmac.digest(value, seed + key.id.bytes, "sha256")
        for value in (key.value(), key.mic_key())
        if value is not None
    ]
    return HeldKey(str(key.id), hashlib.sha256(b"".join(checks)).hexdigest()[:16])


def write_receipt(path: Path, receipt: Receipt | TrackReceipt) -> None:
    """Whole or not at all, and on the disk when this returns. OSError as the system has it."""
    schema = SCHEMA if isinstance(receipt, Receipt) else TRACK_SCHEMA
    said = _plain(receipt)
    document = {"schema": schema, "sha256": _digest(said), "receipt": said}
    temporary = temporary_beside(path)
    clear_dead(path)
    with private_file(temporary) as stream:
        stream.write(f"{json.dumps(document, indent=1, allow_nan=False)}\n".encode())
        stream.flush()
        os.fsync(stream.fileno())
    move(temporary, path)


def read_receipt(path: Path) -> Receipt:
    """DcpError for one that is damaged, or not there."""
    said = _read(path, SCHEMA)
    try:
        receipt = Receipt(
            **_texts(said, "seed", "now", "version", "codec", "plan"),
            libraries=_words(said["libraries"]),
            settings=_words(said["settings"]),
            sources=tuple(_value(SourceState, each) for each in _list(said["sources"])),
            keys={
                _typed(kind, str): tuple(_value(HeldKey, each) for each in _list(held))
                for kind, held in _typed(said["keys"], dict).items()
            },
            cpl_ids=tuple(str(UUID(_typed(each, str))) for each in _list(said["cpl_ids"])),
        )
        if len(bytes.fromhex(receipt.seed)) != SEED_BYTES or receipt.date.tzinfo is None:
            raise ValueError
        _complete(said, Receipt)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise DcpError("work.receipt-damaged", where=path) from error
    return receipt


def read_track_receipt(path: Path) -> TrackReceipt | None:
    """None where there is none, or it is damaged: the file is made again then."""
    try:
        said = _read(path, TRACK_SCHEMA)
        sizes, loudness, key_id, coded = said["sizes"], said["loudness"], said["key_id"], said["coded"]
        _complete(said, TrackReceipt)
        receipt = TrackReceipt(
            **_texts(said, "name", "asset_id", "sha1", "sha256"),
            size=_typed(said["size"], int),
            duration=_typed(said["duration"], int),
            key_id=None if key_id is None else _typed(key_id, str),
            sizes=None if sizes is None else _typed(sizes, dict),
            coded=None if coded is None else _typed(coded, dict),
            loudness=None if loudness is None else _typed(loudness, dict),
            notes=tuple(
                (_typed(id, str), _typed(places, dict)) for id, places in map(_list, _list(said["notes"]))
            ),
        )
        UUID(receipt.asset_id)
        if len(bytes.fromhex(receipt.sha1)) != 20 or len(bytes.fromhex(receipt.sha256)) != 32:
            return None
    except (DcpError, ValueError, KeyError, TypeError, AttributeError):
        return None
    return receipt


# --- how it is done -----


def _read(path: Path, schema: str) -> dict[str, Any]:
    """What the receipt says, held against its digest. DcpError otherwise."""
    try:
        with open_plain(path) as stream:
            data = stream.read(MAX_RECEIPT + 1)
        if len(data) > MAX_RECEIPT:
            raise ValueError
        document = json.loads(data.decode(), object_pairs_hook=_once, parse_constant=_refused)
        said = _typed(document["receipt"], dict)
        if document["schema"] != schema or set(document) != {"schema", "sha256", "receipt"}:
            raise ValueError
        if document["sha256"] != _digest(said):
            raise ValueError
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise DcpError("work.receipt-damaged", where=path) from error
    return said


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError
    return found


def _refused(constant: str) -> None:
    raise ValueError(constant)


def _digest(said: object) -> str:
    words = json.dumps(said, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(words.encode()).hexdigest()


def _plain(value: object) -> Any:
    """As JSON has it."""
    if hasattr(value, "__dataclass_fields__"):
        return {each.name: _plain(getattr(value, each.name)) for each in fields(value)}  # type: ignore[arg-type]
    if isinstance(value, Mapping):
        return {str(name): _plain(held) for name, held in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(each) for each in value]
    return value


def _complete(said: Mapping[str, Any], cls: type[Any]) -> None:
    if set(said) != {each.name for each in fields(cls)}:
        raise ValueError


def _value(cls: Callable[..., T], said: object) -> T:
    """A value of texts and whole numbers."""
    held = _typed(said, dict)
    _complete(held, cls)  # type: ignore[arg-type]
    for each in fields(cls):  # type: ignore[arg-type]
        _typed(held[each.name], int if each.type == "int" else str)
    return cls(**held)


def _typed(value: Any, kind: type[T]) -> T:
    if not isinstance(value, kind) or isinstance(value, bool):
        raise ValueError
    return value


def _list(value: Any) -> list[Any]:
    return _typed(value, list)


def _texts(said: Mapping[str, Any], *names: str) -> dict[str, str]:
    return {name: _typed(said[name], str) for name in names}


def _words(value: Any) -> dict[str, str]:
    return {_typed(name, str): _typed(held, str) for name, held in _typed(value, dict).items()}
