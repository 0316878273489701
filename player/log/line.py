"""A record as the line of JSON that it is in a log, written and read back."""

from __future__ import annotations

import base64
import json
import os
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

from dcp.system import open_plain
from player.log.event import SUBTYPES, Event, Link, Seal
from player.log.names import START, STOP
from player.log.record import canonical, digest, header

MAX_LINE = 256 * 1024
"""Bytes. A line that is longer is none of ours."""
MOST = 1 << 62
"""What a number in a record may be: no log comes so far."""
_DEPTH = 16
_KNOWN: dict[str, frozenset[str]] = {str(type): names for type, names in SUBTYPES.items()}


def to_line(event: Event) -> bytes:
    """Ends with a newline; always the same of one event."""
    return json.dumps(event.document(), ensure_ascii=False).encode("utf-8", "replace") + b"\n"


def read_line(line: bytes) -> Event | None:
    """The event of a line, of a kind that is known or not; None when it is none, or not whole."""
    if len(line) > MAX_LINE or not line.endswith(b"\n"):
        return None
    try:
        return _event(json.loads(line))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, OverflowError):
        return None


def known(event: Event) -> bool:
    """Whether such events are written by this version."""
    return event.subtype in _KNOWN.get(event.type, ())


def open_log(path: Path) -> BinaryIO:
    """To read it. OSError also for a pipe, which nobody may be writing to; a link is followed."""
    return open_plain(Path(os.path.realpath(path)))


def header_of(event: Event) -> str | None:
    """The hash of its header; None of a record that is not tied to others."""
    return digest(canonical(header(event, event.link))) if event.link is not None else None


def _event(held: dict[str, Any]) -> Event:
    time = datetime.fromisoformat(held["time"])
    time.astimezone(UTC)  # one at the end of all years has no place there
    exception, message = _words(held["exception"], None), _words(held["message"])
    several = tuple((_words(each["name"]), _words(each["message"])) for each in held.get("exceptions", ()))
    if several and several[0][0] != exception:
        raise ValueError("exceptions")
    if time.utcoffset() is None or not isinstance(held["parameters"], dict) or held["sequence"] < 1:
        raise ValueError("form")
    if not all(_shallow(value) for value in held["parameters"].values()):
        raise ValueError("parameters")
    if type(held["sequence"]) is not int or held["sequence"] > MOST:
        raise ValueError("sequence")
    event_id = held.get("event_id")
    return Event(
        sequence=held["sequence"],
        time=time,
        type=_words(held["type"]),
        subtype=_words(held["subtype"]),
        message=message,
        exceptions=several or (((exception, message),) if exception is not None else ()),
        content_id=_words(held["content_id"], None),
        parameters=held["parameters"],
        event_id=uuid.UUID(event_id) if event_id is not None else None,
        link=_link(held) if "device" in held else None,
        seal=_seal(held["seal"]) if "seal" in held else None,
    )


def _shallow(value: Any, left: int = _DEPTH) -> bool:
    """Whether it can be written again, however deep the caller stands."""
    if not isinstance(value, list | dict):
        return True
    inside = value if isinstance(value, list) else value.values()
    return left > 0 and all(_shallow(each, left - 1) for each in inside)


def _link(held: dict[str, Any]) -> Link:
    device = _words(held["device"])
    return Link(device, not device.startswith("urn:"), _words(held["previous"], None), _words(held["body"]))


def _seal(held: dict[str, Any]) -> Seal:
    if (
        held["placement"] not in (START, STOP)
        or type(held["length"]) is not int
        or abs(held["length"]) > MOST
    ):
        raise ValueError("seal")
    chain = tuple(_words(each) for each in held["chain"])
    for each in chain:
        base64.b64decode(each)
    return Seal(held["placement"], held["length"], _words(held["value"]), chain)


_NEEDED = object()


def _words(value: Any, default: Any = _NEEDED) -> Any:
    """A string, or the default where it is that."""
    if not isinstance(value, str) and value is not default:
        raise ValueError("no string")
    return value
