"""Names, scopes and tokens of the log records of ST 430-4 and ST 430-5, each with how sure it is.

Neither standard's text nor a schema nor a real report was at hand. All that stands in a report and came from
elsewhere is here, so that a correction touches this file alone; a report says "form from secondary sources".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

Sure = Literal["two", "one", "unverified", "recalled", "ours"]
"""Two independent sources, one, one that nobody else confirms, memory; and what is a choice of this tool."""

LOG_RECORD = "http://www.smpte-ra.org/schemas/430-4/2008/LogRecord/"
DCML = "http://www.smpte-ra.org/schemas/433/2008/dcmlTypes/"
XMLDSIG = "http://www.w3.org/2000/09/xmldsig#"
SCHEMA = "http://www.w3.org/2001/XMLSchema"
INSTANCE = "http://www.w3.org/2001/XMLSchema-instance"
PREFIXES: Mapping[str, str] = {
    "dcml": DCML,
    "ds": XMLDSIG,
    "lr": LOG_RECORD,
    "xs": SCHEMA,
    "xsi": INSTANCE,
}
"""All five are declared at the report's root: what is hashed has them in scope."""

SECURITY = "http://www.smpte-ra.org/430-5/2008/SecurityLog/"
EVENT_TYPES = f"{SECURITY}#EventTypes"
SUBTYPE_SCOPES: Mapping[str, str] = {
    "Playout": f"{SECURITY}#EventSubTypes-playout",
    "Validation": f"{SECURITY}#EventSubTypes-validation",
    "Key": f"{SECURITY}#EventSubTypes-key",
    "Operations": f"{SECURITY}#EventSubTypes-operations",
}
OWN = "urn:dcpkit:log"
"""What the standard has no name for has one below this."""
OWN_TYPES, OWN_SUBTYPES = f"{OWN}:EventTypes", f"{OWN}:EventSubTypes"

START, STOP = "start", "stop"
FORM = "form from secondary sources: no text of ST 430-4 or 430-5 was at hand"

SURE: Mapping[str, Sure] = {
    LOG_RECORD: "two",
    DCML: "two",
    SECURITY: "recalled",
    EVENT_TYPES: "recalled",
    SUBTYPE_SCOPES["Operations"]: "one",
    SUBTYPE_SCOPES["Validation"]: "one",
    SUBTYPE_SCOPES["Playout"]: "unverified",
    SUBTYPE_SCOPES["Key"]: "unverified",
    "EventID": "two",
    "TimeStamp": "two",
    "EventSequence": "two",
    "DeviceSourceID": "two",
    "EventClass": "two",
    "EventType": "two",
    "contentId": "two",
    "previousHeaderHash": "two",
    "recordBodyHash": "two",
    "EventSubType": "two",
    "order of a header's children": "recalled",
    "order of a body's children": "recalled",
    "Parameter": "unverified",
    "Exception": "unverified",
    "ReferencedID": "unverified",
    "RecordExtensions": "unverified",
    "HeaderPlacement": "unverified",
    START: "unverified",
    STOP: "unverified",
    "SequenceLength: of a start record 1, of a stop record the sequence": "ours",
    "RecordAuthData": "one",
    "AuthID": "unverified",
    "FirstFrame": "unverified",
    "LastFrame": "unverified",
    "TrackFileID": "unverified",
    "KeyDeliveryMessageID": "unverified",
    "ContentKeyID": "ours",
    "RecordAuthData Id with the record's number": "ours",
    OWN: "ours",
}

PARAMETERS: Mapping[str, str] = {
    "auth_id": "AuthID",
    "first_frame": "FirstFrame",
    "last_frame": "LastFrame",
    "offset_s": "TimeOffset",
    "version": "Version",
}
"""Of an event's parameters: names that have a form of their own; the others go in capitals."""

REFERENCES: Mapping[str, str] = {
    "message_id": "KeyDeliveryMessageID",
    "track_file_id": "TrackFileID",
    "key_id": "ContentKeyID",
}
"""Parameters that are ids of something else: they are referred to."""


def parameter_name(name: str) -> str:
    """As it stands in a record: `first_frame` is FirstFrame, `frames_shown` FramesShown."""
    return PARAMETERS.get(name) or "".join(part[:1].upper() + part[1:] for part in name.split("_"))
