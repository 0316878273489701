"""Security events as values, named after the log classes of DCSS table 19 (ST 430-5).

Type "Playout", "Validation" and "Key" with their subtypes are the standard's. "Player" is ours: what the
standard has no name for but a reader of the report must know (marks, what was not rendered, a stop).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from datetime import UTC, datetime
from typing import Literal

from dcp.dataclass import dataclass

EventType = Literal["Playout", "Validation", "Key", "Player"]

SUBTYPES: Mapping[EventType, frozenset[str]] = {
    "Playout": frozenset({"CPLStart", "CPLEnd", "FrameSequencePlayed", "PlayoutComplete"}),
    "Validation": frozenset({"CPLCheck"}),
    "Key": frozenset({"KDMKeysReceived"}),
    "Player": frozenset(
        {
            "ForensicMark",
            "NotRendered",
            "NotChecked",
            "Mismatch",
            "Stopped",
            "WindowEnded",
            "LogMended",
            "KDMNotUsed",
            "Colours",
            "Quality",
            "NotThinned",
            "WebServed",
            "WebPage",
            "WebRefused",
            "WebClosed",
            "NobodyThere",
            "RemotePicture",
            "Subtitles",
        }
    ),
}

EXCEPTION_OF_FAULT: Mapping[str, str] = {
    "check_value": "CheckValueError",
    "wrong_key": "CheckValueError",
    "mic": "FrameMICError",
    "mic_missing": "FrameMICError",
    "track_file_id": "TrackFileIDError",
    "sequence": "FrameSequenceError",
}
"""Faults of a unit (`dcp.mxf.reader.FaultReason`) to exception tokens; the others are UnknownError."""

Parameter = str | int | bool | None


@dataclass(frozen=True)
class Event:
    """sequence: from 1, no gap; time: aware; exception: a token of ST 430-5, or None when all went well."""

    sequence: int
    time: datetime
    type: EventType
    subtype: str
    message: str
    exception: str | None = None
    content_id: str | None = None
    parameters: Mapping[str, Parameter] = field(default_factory=dict)

    def document(self) -> dict[str, object]:
        """The event as JSON, times in UTC."""
        return {
            "sequence": self.sequence,
            "time": self.time.astimezone(UTC).isoformat(timespec="milliseconds"),
            "type": self.type,
            "subtype": self.subtype,
            "exception": self.exception,
            "content_id": self.content_id,
            "message": self.message,
            "parameters": dict(self.parameters),
        }


def exception_of(reason: str) -> str:
    """The exception token of a unit's fault."""
    return EXCEPTION_OF_FAULT.get(reason, "UnknownError")
