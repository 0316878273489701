"""`dcpkit kdm issue` for facility lists: the batch carried out and summed up."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING

from dcp.texts.catalogue import Sayable, Text, text
from dcpkit.console import answer, progress, remark

if TYPE_CHECKING:
    from dcp.trust.signer import Signer
    from kdm.batch.manifest import Issued, LeftOut
    from kdm.batch.plan import Prepare
    from kdm.batch.run import BatchResult
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
    remark(plan.notes, quiet=quiet)
    in_memory = isinstance(signer.private_key, RSAPrivateKey)
    with progress("kdms", "kdms", quiet=quiet) as advance:
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
        "schema": "dcpkit.kdm-batch-run/1",
        "cpl_id": str(plan.sample.cpl_id),
        "formulation": plan.sample.formulation.name,
        "order": result.order,
        "manifest": str(output / JSON_FILE),
        "cinemas": result.cinemas,
        "made": len(result.made),
        "kept": len(result.kept),
        "changed": [str(output / place) for place in result.changed],
        "notes": [str(note) for note in plan.notes],
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
    lines: list[str | Sayable] = [
        text(
            "batch.made-one" if there == 1 else "batch.made",
            there=there,
            cinemas=result.cinemas,
            folder=output / result.order,
            made=len(result.made),
            kept=len(result.kept),
        ),
        *_to_send(result, output),
        *_lines(result.left_out, output / CSV_FILE),
        *_lines(result.withdrawn, output / CSV_FILE),
    ]
    if result.withdrawn:
        lines.append(text("batch.withdrawn-still-works"))
    answer(document, lines, as_json=as_json)
    if not there:
        return 2
    return 1 if result.left_out or result.withdrawn else 0


def _to_send(result: BatchResult, output: Path) -> list[str | Sayable]:
    """The cinemas that have something new, all of them: each is a mail to be sent."""
    if not result.changed:
        return [text("batch.nothing-new")] if result.cinemas else []
    if len(result.changed) == result.cinemas > SHOWN:
        return [text("batch.new-for-all", cinemas=result.cinemas)]
    return [
        text("batch.new-for", cinemas=len(result.changed)),
        *(f"  {output / place}" for place in result.changed),
    ]


def _lines(entries: Sequence[LeftOut | Issued], table: Path) -> list[str | Sayable]:
    lines: list[str | Sayable] = []
    for entry in entries[:SHOWN]:
        place = ", ".join(filter(None, (entry.cinema or entry.cinema_id, entry.screen, entry.device)))
        status = Text(f"batch-status.{entry.status.replace(' ', '-')}")
        told: object = entry.why
        if place:
            told = text("place.colon", place=place, what=entry.why) if entry.why else place
        lines.append(text("place.colon", place=status, what=told))
    if len(entries) > SHOWN:
        lines.append(text("batch.more", more=len(entries) - SHOWN, table=table))
    return lines
