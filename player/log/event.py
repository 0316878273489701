"""Security events as values, named after the log classes of DCSS table 19 (ST 430-5).

Types "Playout", "Validation", "Key", "Operations" with their subtypes are the standard's. "Player" is ours:
what it has no name for but a reader of the report must know (marks, what was not rendered, a stop).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from datetime import UTC, datetime
from typing import Literal
from uuid import UUID

from dcp.dataclass import dataclass

EventType = Literal["Playout", "Validation", "Key", "Operations", "Player"]

SUBTYPES: Mapping[EventType, frozenset[str]] = {
    "Playout": frozenset({"CPLStart", "CPLEnd", "FrameSequencePlayed", "PlayoutComplete"}),
    "Validation": frozenset({"CPLCheck"}),
    "Key": frozenset({"KDMKeysReceived", "KDMDeleted"}),
    "Operations": frozenset({"SPBStartup", "SPBShutdown", "SPBClockAdjust"}),
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
            "Damaged",
            "AbnormalEnd",
            "CounterMended",
            "RecordsLost",
            "Sealed",
            "ReportMade",
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
class Link:
    """What ties a record to the one before it. device: who wrote it, the thumbprint of a certificate where
    `certified`, else an id. previous: hash of the header before, None where there is none; body: of its own
    body. Hashes are base64 of SHA-1."""

    device: str
    certified: bool
    previous: str | None
    body: str


@dataclass(frozen=True)
class Seal:
    """A record's signature. placement: start or stop of a sequence; length: its records up to this one.

    value: of the XML signature, base64; chain: the certificates, leaf first, base64 of their DER, on the
    first record of a run.
    """

    placement: str
    length: int
    value: str
    chain: tuple[str, ...] = ()


@dataclass(frozen=True)
class Event:
    """sequence: from 1, no gap; time: aware; exceptions: (token of ST 430-5, sentence), none when all went
    well. event_id, link, seal: in a log that is kept on a disk."""

    sequence: int
    time: datetime
    type: EventType
    subtype: str
    message: str
    exceptions: tuple[tuple[str, str], ...] = ()
    content_id: str | None = None
    parameters: Mapping[str, Parameter] = field(default_factory=dict)
    event_id: UUID | None = None
    link: Link | None = None
    seal: Seal | None = None

    @property
    def exception(self) -> str | None:
        """The first one's token."""
        return self.exceptions[0][0] if self.exceptions else None

    def document(self) -> dict[str, object]:
        """The event as JSON, times in UTC."""
        found: dict[str, object] = {
            "sequence": self.sequence,
            "time": self.time.astimezone(UTC).isoformat(timespec="milliseconds"),
            "type": self.type,
            "subtype": self.subtype,
            "exception": self.exception,
            "content_id": self.content_id,
            "message": self.message,
            "parameters": dict(self.parameters),
        }
        if len(self.exceptions) > 1 or any(said != self.message for _, said in self.exceptions):
            found["exceptions"] = [{"name": token, "message": said} for token, said in self.exceptions]
        if self.event_id is not None:
            found["event_id"] = str(self.event_id)
        if self.link is not None:
            found["device"] = self.link.device
            found["previous"] = self.link.previous
            found["body"] = self.link.body
        if self.seal is not None:
            found["seal"] = {
                "placement": self.seal.placement,
                "length": self.seal.length,
                "value": self.seal.value,
                "chain": list(self.seal.chain),
            }
        return found


def exception_of(reason: str) -> str:
    """The exception token of a unit's fault."""
    return EXCEPTION_OF_FAULT.get(reason, "UnknownError")
