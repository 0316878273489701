"""Timelines read from their files, before anything in them is judged."""

from __future__ import annotations

import re
from fractions import Fraction
from pathlib import Path
from typing import Any

from dcp.bounded import read_bounded
from dcp.errors import SourceError
from dcp.patterns import pattern

MAX_DEPTH = 200  # of brackets in an .otio; its reader recurses
MAX_BYTES = 32 << 20
_SPEED = pattern(r"^\*?\s*M2\s+\S+\s+([-+]?[0-9.]+)", re.IGNORECASE)
_DROP = pattern(r"^FCM:\s*DROP FRAME", re.IGNORECASE)
_EVENT = pattern(r"^([0-9]+)\s")


def text_of(path: Path) -> str:
    """The file's text. SourceError when it cannot be read or is too large."""
    data = read_bounded(path, MAX_BYTES, unread=SourceError)
    if data is None:
        raise SourceError("timeline.too-large", where=path, most=MAX_BYTES)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("latin-1")  # EDLs are older than UTF-8


def parse_otio(path: Path, data: str) -> Any:
    """The one timeline of the file; nothing of OpenTimelineIO's plug-ins is asked."""
    import opentimelineio as otio

    if _deepest(data) > MAX_DEPTH:
        raise SourceError("timeline.too-deep", where=path, most=MAX_DEPTH)
    try:
        found = otio.core.deserialize_json_from_string(data)
    except Exception as error:  # a KeyError, too, from a name that it does not know
        raise _unreadable(path, error) from None
    if isinstance(found, otio.schema.SerializableCollection):
        inside = list(found)
        found = inside[0] if len(inside) == 1 else found
    if not isinstance(found, otio.schema.Timeline):
        raise SourceError("timeline.other", where=path, kind=type(found).__name__)
    return found


def _deepest(data: str) -> int:
    deepest = depth = 0
    for bracket in re.findall(r'"(?:[^"\\]|\\.)*"|[\[\]{}]', data):
        if bracket in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif bracket in "]}":
            depth -= 1
    return deepest


def parse_edl(path: Path, data: str, rate: Fraction) -> Any:
    """As the adapter reads it; what it would pass over without a word is refused before."""
    from otio_cmx3600_adapter import cmx_3600

    event = "?"
    for line in data.splitlines():
        if found := _EVENT.match(line.strip()):
            event = found[1]
        if _DROP.match(line.strip()):
            raise SourceError("timeline.drop-frame", where=path)
        if (speed := _SPEED.match(line.strip())) and _number(speed[1]) != rate:
            raise SourceError("timeline.edl-speed", where=path, event=event, line=line.strip())
    try:
        return cmx_3600.read_from_string(data, rate=float(rate))
    except Exception as error:  # the adapter raises whatever its lines bring up
        raise _unreadable(path, error) from None


def _number(written: str) -> Fraction | None:
    try:
        return Fraction(written)
    except ValueError:
        return None


def _unreadable(path: Path, error: Exception) -> SourceError:
    reason = " ".join(str(error).split())[:200] or type(error).__name__
    return SourceError("timeline.unreadable", where=path, why=reason)
