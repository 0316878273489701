"""`dcpkit kdm issue` for facility lists: the batch carried out and summed up."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING

from dcpkit.console import answer, progress, say

if TYPE_CHECKING:
    from dcp.trust.signer import Signer
    from kdm.batch.manifest import Issued, LeftOut
    from kdm.batch.plan import Prepare
    from kdm.window import AskedWindow

SHOWN = 20  # lines for what was left out, and for what was withdrawn; the manifest has all


def issue_lists(
    lists: Sequence[Path],
    output: Path,
    *,
    prepare: Prepare,
    signer: Signer,
    window: AskedWindow,
    zone: tzinfo | None,
    now: datetime,
    workers: int | None,
    as_json: bool,
    quiet: bool,
) -> int:
    """The exit code: 0 when all were made, 1 when some were left out or withdrawn, 2 when none was made."""
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

    from kdm.batch.manifest import CSV_FILE, JSON_FILE
    from kdm.batch.plan import plan_batch
    from kdm.batch.run import issue_batch
    from kdm.facility.reading import read_facilities

    found = (read_facilities(path, now=now) for path in lists)
    plan = plan_batch(found, prepare=prepare, window=window, zone=zone)
    for note in plan.notes:
        say(f"note: {note}", quiet=quiet)
    in_memory = isinstance(signer.private_key, RSAPrivateKey)
    with progress("KDMs", "KDMs", quiet=quiet) as advance:
        result = issue_batch(
            plan,
            output,
            now=now,
            workers=workers,
            means="processes" if in_memory else "threads",
            advance=advance,
        )
    there = len(result.made) + len(result.kept)
    document = {
        "cpl_id": str(plan.sample.cpl_id),
        "formulation": plan.sample.formulation.name,
        "order": result.order,
        "manifest": str(output / JSON_FILE),
        "cinemas": result.cinemas,
        "made": len(result.made),
        "kept": len(result.kept),
        "left_out": [
            {"cinema": each.cinema, "screen": each.screen, "device": each.device, "why": each.why}
            for each in result.left_out
        ],
        "withdrawn": [
            {
                "cinema": each.cinema,
                "screen": each.screen,
                "device": each.device,
                "file": each.file,
                "why": each.withdrawn,
            }
            for each in result.withdrawn
        ],
    }
    lines = [
        f"{there} KDMs for {result.cinemas} cinemas are in {output / result.order}: {len(result.made)} made"
        f" now, {len(result.kept)} from before",
        *_lines(result.left_out, output / CSV_FILE),
        *_lines(result.withdrawn, output / CSV_FILE),
    ]
    if result.withdrawn:
        lines.append("a withdrawn KDM that was sent already works until it ends: tell the cinema")
    answer(document, lines, as_json=as_json)
    if not there:
        return 2
    return 1 if result.left_out or result.withdrawn else 0


def _lines(entries: Sequence[LeftOut | Issued], table: Path) -> list[str]:
    lines = []
    for entry in entries[:SHOWN]:
        place = ", ".join(filter(None, (entry.cinema or entry.cinema_id, entry.screen, entry.device)))
        lines.append(": ".join(filter(None, (entry.status, place, entry.why))))
    if len(entries) > SHOWN:
        lines.append(f"and {len(entries) - SHOWN} more: see {table}")
    return lines
