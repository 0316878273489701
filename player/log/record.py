"""An event as a log record of ST 430-4: the canonical form of its header and body, and their hashes.

What is hashed is the inclusive canonical form with the five declarations of a report in scope. It is written
directly: the tests hold it against what lxml and xmlsec1 make of a report.
"""

from __future__ import annotations

import base64
import hashlib
import json
from datetime import UTC, datetime
from xml.sax.saxutils import escape as _escaped

from player.log import names
from player.log.event import Event, Link, Parameter

_DECLARED = "".join(f' xmlns:{prefix}="{uri}"' for prefix, uri in sorted(names.PREFIXES.items()))
_TYPES = {bool: "xs:boolean", int: "xs:integer", str: "xs:string"}


def digest(canonical: bytes) -> str:
    """Base64 of the SHA-1, as records have it (sheet 7.3, vector reproduced)."""
    return base64.b64encode(hashlib.sha1(canonical).digest()).decode("ascii")


def time_stamp(time: datetime) -> str:
    """UTC with milliseconds."""
    return time.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


def body(event: Event) -> str:
    """The LogRecordBody without declarations; `canonical` puts them in."""
    scope = names.SUBTYPE_SCOPES.get(event.type, names.OWN_SUBTYPES)
    parts = [
        f"<lr:EventID>urn:uuid:{event.event_id}</lr:EventID>",
        f'<lr:EventSubType scope="{scope}">{plain_text(event.subtype)}</lr:EventSubType>',
    ]
    plain = {name: value for name, value in event.parameters.items() if value is not None}
    named = "".join(
        _pair("Parameter", names.parameter_name(name), value)
        for name, value in plain.items()
        if name not in names.REFERENCES
    )
    if named:
        parts.append(f"<lr:Parameters>{named}</lr:Parameters>")
    if event.exceptions:
        listed = "".join(_pair("Exception", token, said) for token, said in event.exceptions)
        parts.append(f"<lr:Exceptions>{listed}</lr:Exceptions>")
    referred = "".join(
        f"<lr:ReferencedID><lr:IDName>{names.REFERENCES[name]}</lr:IDName>"
        f"<lr:IDValue>urn:uuid:{plain_text(str(value))}</lr:IDValue></lr:ReferencedID>"
        for name, value in plain.items()
        if name in names.REFERENCES
    )
    if referred:
        parts.append(f"<lr:ReferencedIDs>{referred}</lr:ReferencedIDs>")
    parts.append(
        f'<lr:RecordExtensions><lr:RecordExtension id="{names.OWN}:message">'
        f'<lr:Description lang="en">{plain_text(event.message)}</lr:Description>'
        "</lr:RecordExtension></lr:RecordExtensions>"
    )
    return f"<lr:LogRecordBody>{''.join(parts)}</lr:LogRecordBody>"


def header(event: Event, link: Link) -> str:
    """The LogRecordHeader likewise; link: the device, and the hashes of the body and of the header before."""
    known = event.type in names.SUBTYPE_SCOPES
    types = names.EVENT_TYPES if known else names.OWN_TYPES
    kind = "CertThumbprint" if link.certified else "DeviceUID"
    parts = [
        f"<lr:EventID>urn:uuid:{event.event_id}</lr:EventID>",
        f"<lr:TimeStamp>{time_stamp(event.time)}</lr:TimeStamp>",
        f"<lr:EventSequence>{event.sequence}</lr:EventSequence>",
        f'<lr:DeviceSourceID><dcml:PrimaryID idtype="{kind}">{plain_text(link.device)}</dcml:PrimaryID>'
        "</lr:DeviceSourceID>",
        f"<lr:EventClass>{names.SECURITY if known else names.OWN}</lr:EventClass>",
        f'<lr:EventType scope="{types}">{plain_text(event.type)}</lr:EventType>',
    ]
    if event.content_id is not None:
        parts.append(f"<lr:contentId>urn:uuid:{plain_text(event.content_id)}</lr:contentId>")
    if link.previous is not None:
        parts.append(f"<lr:previousHeaderHash>{plain_text(link.previous)}</lr:previousHeaderHash>")
    parts.append(f"<lr:recordBodyHash>{plain_text(link.body)}</lr:recordBodyHash>")
    return f"<lr:LogRecordHeader>{''.join(parts)}</lr:LogRecordHeader>"


def canonical(element: str) -> bytes:
    """The canonical form of an element of a record, the report's declarations in scope."""
    name, bracket, rest = element.partition(">")
    start, blank, attributes = name.partition(" ")
    return f"{start}{_DECLARED}{blank}{attributes}{bracket}{rest}".encode()


def linked(event: Event, *, device: str, certified: bool, previous: str | None) -> tuple[Link, str]:
    """What ties a record to the one before it, and the hash of its header."""
    link = Link(device, certified, previous, digest(canonical(body(event))))
    return link, digest(canonical(header(event, link)))


# --- how it is done -----


def _pair(kind: str, name: str, value: Parameter) -> str:
    said = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True)
    form = _TYPES.get(type(value), "xs:string")
    return (
        f"<dcml:{kind}><dcml:Name>{plain_text(name)}</dcml:Name>"
        f'<dcml:Value xsi:type="{form}">{plain_text(said)}</dcml:Value></dcml:{kind}>'
    )


_CONTROLS = {n: 0xFFFD for n in range(32) if n not in (9, 10)} | {0xFFFE: 0xFFFD, 0xFFFF: 0xFFFD}
_CONTROLS |= dict.fromkeys(range(0xD800, 0xE000), 0xFFFD)


def plain_text(words: str) -> str:
    """As canonical XML writes it. What XML has no place for becomes a replacement character."""
    return _escaped(words.translate(_CONTROLS))
