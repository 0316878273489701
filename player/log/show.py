"""What a log says, filtered: whoever wrote it, in whichever form it is. Nothing is believed of it by that."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from dcp.dataclass import dataclass
from player.log.seen import Seen

COLUMNS = ("sequence", "time", "type", "subtype", "exception", "content_id", "message")


@dataclass(frozen=True)
class Wanted:
    """Which records. kinds: types or subtypes, in any case; cpl: the id of a composition; exceptions: those
    alone that tell of one."""

    since: datetime | None = None
    until: datetime | None = None
    kinds: frozenset[str] = frozenset()
    cpl: str | None = None
    exceptions: bool = False

    def has(self, seen: Seen) -> bool:
        if self.since is not None and (seen.time is None or seen.time < self.since):
            return False
        if self.until is not None and (seen.time is None or seen.time > self.until):
            return False
        if self.kinds and not self.kinds & {seen.type.casefold(), seen.subtype.casefold()}:
            return False
        if self.cpl is not None and (seen.content_id or "").casefold() != self.cpl.casefold():
            return False
        return bool(seen.exceptions) or not self.exceptions


def records(path: Path, wanted: Wanted = Wanted()) -> Iterator[Seen]:  # noqa: B008  # a frozen value
    """The records of the journal or the LogReport at `path`, in its order; lines that are none are left out.

    UsageError when it cannot be read, DcpError when it is no log.
    """
    from player.log.journal_reading import read_journal
    from player.log.report_reading import is_xml, read_report

    found = read_report(path) if is_xml(path) else read_journal(path)
    return (seen for seen in found if seen is not None and wanted.has(seen))


def document(seen: Seen) -> dict[str, object]:
    """A record as JSON."""
    return {
        "sequence": seen.sequence,
        "time": time_of(seen),
        "type": seen.type,
        "subtype": seen.subtype,
        "exceptions": [{"name": token, "message": said} for token, said in seen.exceptions],
        "content_id": seen.content_id,
        "message": seen.message,
        "parameters": dict(seen.parameters),
        "event_id": seen.event_id,
        "signed": seen.seal is not None,
    }


def row(seen: Seen) -> tuple[str, ...]:
    """Its `COLUMNS`, for a table."""
    return (
        "" if seen.sequence is None else str(seen.sequence),
        time_of(seen) or "",
        seen.type,
        seen.subtype,
        " ".join(dict.fromkeys(token for token, _ in seen.exceptions)),
        seen.content_id or "",
        seen.message,
    )


def time_of(seen: Seen) -> str | None:
    """In UTC."""
    return seen.time.astimezone(UTC).isoformat(timespec="milliseconds") if seen.time is not None else None
