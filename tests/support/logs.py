"""Logs of shows that were never played: written by the journal, edited as somebody with an editor would."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import count
from pathlib import Path

from dcp.trust.making import NewChain, make_chain
from dcp.trust.signer import Signer
from player.log.journal import Journal, open_journal

BEGIN = datetime(2028, 6, 1, 18, 0, tzinfo=UTC)
CPL = "1f9d3a08-edd6-4402-99c0-b80d9c7614fc"
KDM = "2a9d3a08-edd6-4402-99c0-b80d9c7614fc"
TRACK = "3b9d3a08-edd6-4402-99c0-b80d9c7614fc"


@cache
def log_signer() -> NewChain:
    """A media block's own certificate."""
    return make_chain(organization="theatre.example", unit="test", role="SM", now=BEGIN - timedelta(days=2))


def ticking(begin: datetime = BEGIN) -> Callable[[], datetime]:
    ticks = count()
    return lambda: begin + timedelta(seconds=next(ticks))


def show(journal: Journal, runs: int = 3) -> None:
    journal.content_id, journal.message_id = CPL, KDM
    journal.note("Key", "KDMKeysReceived", "accepted, 2 keys", message_id=KDM, keys=2)
    journal.note("Validation", "CPLCheck", "SIG-009 pass: é <&> \x07")
    journal.note("Playout", "CPLStart", "begins", auth_id="dcpkit", first_frame=0, last_frame=23)
    for run in range(runs):
        journal.note(
            "Playout",
            "FrameSequencePlayed",
            f"reel 1, MainPicture: frames {run} to {run}",
            exceptions=[("FrameMICError", "frames 3 to 3: bad"), ("UnknownError", "x")] if run == 1 else (),
            track_file_id=TRACK,
            message_id=KDM,
            first_frame=run,
            last_frame=run,
            marked=True,
        )
    journal.note("Playout", "CPLEnd", "ended", frames_shown=runs)
    journal.note("Key", "KDMDeleted", "gone", message_id=KDM)


def write_log(path: Path, *, signer: Signer | None = None, shows: int = 2, runs: int = 3) -> None:
    """Several runs into one log, a second a record."""
    for number in range(shows):
        with open_journal(ticking(BEGIN + timedelta(hours=number)), path, signer=signer) as journal:
            show(journal, runs)


Edit = Callable[[list[bytes], random.Random], list[bytes]]


def _removed(lines: list[bytes], dice: random.Random) -> list[bytes]:
    at = dice.randrange(len(lines))
    return lines[:at] + lines[at + 1 :]


def _exchanged(lines: list[bytes], dice: random.Random) -> list[bytes]:
    one, other = dice.sample(range(len(lines)), 2)
    lines = list(lines)
    lines[one], lines[other] = lines[other], lines[one]
    return lines


def _doubled(lines: list[bytes], dice: random.Random) -> list[bytes]:
    at, to = dice.randrange(len(lines)), dice.randrange(len(lines) + 1)
    return [*lines[:to], lines[at], *lines[to:]]


def _cut(lines: list[bytes], dice: random.Random) -> list[bytes]:
    return lines[: dice.randrange(1, len(lines))]


def _changed(lines: list[bytes], dice: random.Random) -> list[bytes]:
    """One character is another one."""
    lines = list(lines)
    at = dice.randrange(len(lines))
    line = lines[at]
    place = dice.randrange(len(line) - 1)
    other = bytes([dice.choice([c for c in b"0123456789abcdefABC .:-" if c != line[place]])])
    lines[at] = line[:place] + other + line[place + 1 :]
    return lines


EDITS: dict[str, Edit] = {
    "removed": _removed,
    "exchanged": _exchanged,
    "doubled": _doubled,
    "cut": _cut,
    "changed": _changed,
}


def edited(lines: list[bytes], seed: int) -> Iterator[tuple[str, list[bytes]]]:
    """Endlessly: the name of an edit, and the lines after it. None leaves them as they were."""
    dice = random.Random(seed)
    while True:
        name = dice.choice(sorted(EDITS))
        found = EDITS[name](lines, dice)
        if found != lines:
            yield name, found
