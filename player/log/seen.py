"""A record as it was found in a log, whoever wrote it, in whichever form: what it says, and what is so.

`player.log.journal_reading` makes these of lines, `player.log.report_reading` of a LogReport.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime

from dcp.dataclass import dataclass
from dcp.texts.catalogue import Text
from dcp.trust.certificate import Certificate
from player.log.event import Parameter


@dataclass(frozen=True)
class SeenSeal:
    """A record's signature. stated: the hash of the header that it says it is over; holds: whether its value
    is the leaf's over that; why: what is wrong with it. chain: leaf first, empty where it names none."""

    placement: str
    length: int | None
    stated: str
    holds: bool
    chain: tuple[Certificate, ...] = field(default=(), repr=False)
    why: Text | None = None


@dataclass(frozen=True)
class Seen:
    """place: the line or the record in the file, from 1. stated, found: the hash of the body, as the header
    has it and as it is. header: the hash of the header as it is; previous: what it says of the one before.

    as_written: whether a line of ours is byte for byte what would be written of what it says. own: whether
    this tool wrote it. twice: the name of a part that a record of a report has more than once.
    """

    place: int
    sequence: int | None
    time: datetime | None
    type: str
    subtype: str
    event_id: str | None
    content_id: str | None
    device: str | None
    previous: str | None
    stated: str | None
    found: str | None
    header: str | None
    message: str = ""
    exceptions: tuple[tuple[str, str], ...] = ()
    parameters: Mapping[str, Parameter] = field(default_factory=dict)
    seal: SeenSeal | None = None
    as_written: bool = True
    own: bool = False
    twice: str | None = None

    @property
    def certified(self) -> bool:
        """Whether its device is named by a certificate."""
        return self.device is not None and not self.device.startswith("urn:")
