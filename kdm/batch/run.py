"""A planned order carried out in a folder, where an earlier run of it may have been.

    FOLDER/manifest.json, manifest.csv
    FOLDER/ORDER/CINEMA/k_....xml      the messages
    FOLDER/ORDER/CINEMA/k_....zip      the same, to send
    FOLDER/ORDER/CINEMA/mail-en.txt, mail-zh.txt, message.eml

Each file is written under a temporary name and renamed. The manifest is on the disk before the first message
and after the last; a message that it does not know, out of a run that was cut off, is made again.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from dcp.dataclass import dataclass
from dcp.errors import DcpError
from dcp.output import write_finished
from dcp.system import cores
from dcp.texts.system import why
from dcp.xml.values import date_time, parse_date_time
from kdm.batch.cores import Means, crew, useful
from kdm.batch.folder import batch_folder, refuse_links, tidied
from kdm.batch.manifest import (
    JSON_FILE,
    Issued,
    LeftOut,
    Manifest,
    read_regular,
    write_changed,
    write_manifest,
)
from kdm.batch.names import cinema_name, issued_name, parcel_name
from kdm.batch.parcel import (
    CHINESE_FILE,
    ENGLISH_FILE,
    MAIL_FILE,
    Letter,
    letter_text,
    mail,
    screen_order,
    zip_parcel,
)
from kdm.batch.plan import Job, Plan, thumbprint_text
from kdm.batch.withdrawing import unfounded, withdraw
from kdm.facility.values import Facility
from kdm.issue import device_label
from kdm.message import MAX_MESSAGE_BYTES
from kdm.phrases import fault_of, phrase, remedy_of

Advance = Callable[[int, int], None]

MANIFEST_AFTER = 1000  # messages, then twice as many: what a killed run has to make again is half at most
_CHINESE = dict.fromkeys(("CN", "CHN", "HK", "HKG", "MO", "MAC", "TW", "TWN"), "zh")
"""Countries whose cinemas are written to in Chinese first where the list tells no language."""


@dataclass(frozen=True)
class BatchResult:
    """made: issued by this run; kept: by an earlier one, and whole; left_out: what could not be made;
    withdrawn: what an earlier run made and this one took back, see `kdm.batch.withdrawing`. cinemas: how many
    have a parcel; changed: the folders of those whose parcel is not what it was before, relative to the batch
    folder: their mails are to be sent. A run that was stopped before it has no such list."""

    order: str
    made: tuple[Issued, ...]
    kept: tuple[Issued, ...]
    left_out: tuple[LeftOut, ...]
    cinemas: int
    withdrawn: tuple[Issued, ...] = ()
    changed: tuple[str, ...] = ()


def issue_batch(
    plan: Plan,
    folder: Path,
    *,
    now: datetime,
    workers: int | None = None,
    means: Means = "processes",
    advance: Advance = lambda done, total: None,
) -> BatchResult:
    """Make what the folder lacks of the plan's messages, and the parcels of all its cinemas.

    workers: None for all cores. means: threads for a private key that no forked process can use.
    UsageError when the folder is none of a batch or another run is at work in it, DcpError when its manifest
    is damaged or it cannot be written. Stopped, it leaves whole files and a manifest of them.
    """
    workers = cores() if workers is None else workers
    with batch_folder(folder) as (folder, manifest):
        entries = dict(manifest.issued)
        kept = tidied(plan, folder, entries)
        others = tuple(entry for entry in manifest.left_out if entry.order != plan.order)
        pending = [job for job in plan.jobs if f"{plan.order}/{job.id}" not in kept]
        left_out = list(plan.left_out)
        made: list[Issued] = []
        due, recorded = MANIFEST_AFTER, False

        def record(*, whole: bool) -> None:
            nonlocal recorded
            write_manifest(folder, Manifest(entries, (*others, *left_out)), table=whole)
            recorded = whole

        withdrawn, undeleted = withdraw(plan, folder, entries, left_out)
        left_out += undeleted
        if pending or withdrawn or not (folder / JSON_FILE).exists():
            record(whole=False)
        try:
            cinemas = dict(plan.cinemas)
            for (
                entry
            ) in withdrawn:  # of a cinema that no list of this run names: its mail has no address then
                cinemas.setdefault(entry.cinema_id, Facility(entry.cinema_id, entry.cinema))
            work = _Work(plan, pending, folder, date_time(now), cinemas)
            with crew(work, workers=useful(workers, len(plan.jobs)), means=means) as each_done:
                with closing(each_done(range(len(pending)))) as results:
                    for done, (_, result) in enumerate(results, start=1):
                        if isinstance(result, LeftOut):
                            left_out.append(result)
                        else:
                            made.append(result)
                            entries[result.key] = result
                            if len(made) == due:
                                record(whole=False)
                                due *= 2
                        advance(done, len(pending))
                made = _in_order(plan, pending, entries)
                _supersede(plan, entries)
                missing = tuple(left_out)
                left_out += unfounded(plan, folder, entries, cinemas)
                parcels = _parcels(plan, entries, missing, cinemas)
                unpacked = 0
                changed: dict[int, str] = {}
                with closing(each_done(parcels)) as packed:
                    for number, result in packed:
                        if isinstance(result, LeftOut):
                            unpacked += 1
                            left_out.append(result)
                            recorded = False
                            continue
                        if result is not None:
                            changed[number] = result
                        if not recorded:  # while the workers pack
                            record(whole=True)
        finally:
            if not recorded:
                record(whole=True)
    return BatchResult(
        plan.order,
        tuple(made),
        tuple(kept.values()),
        tuple(left_out),
        len(parcels) - unpacked,
        withdrawn,
        tuple(changed[number] for number in sorted(changed)),
    )


@dataclass(frozen=True)
class _Parcel:
    cinema_id: str
    entries: Sequence[Issued]
    missing: Sequence[LeftOut]


@dataclass(frozen=True)
class _Work:
    """What a worker does: the message of a job, by its number, or a cinema's parcel."""

    plan: Plan
    jobs: Sequence[Job]
    folder: Path
    issued_at: str
    cinemas: Mapping[str, Facility]

    def __call__(self, task: int | _Parcel) -> Issued | LeftOut | str | None:
        if isinstance(task, int):
            return _issue(self.plan, self.jobs[task], self.folder, self.issued_at)
        return _pack(self.plan, self.folder, self.cinemas[task.cinema_id], task)


def _in_order(plan: Plan, jobs: Sequence[Job], entries: dict[str, Issued]) -> list[Issued]:
    """What was made of these jobs, in their order and last among the entries, whichever was done first: the
    same order gives the same manifest."""
    made = []
    for job in jobs:
        entry = entries.pop(f"{plan.order}/{job.id}", None)
        if entry is not None:
            entries[entry.key] = entry
            made.append(entry)
    return made


# --- messages -----


def _issue(plan: Plan, job: Job, folder: Path, issued_at: str) -> Issued | LeftOut:
    """One message made and written; in a worker."""
    issuer, template = job.issuer, job.issuer.template
    place = f"{plan.order}/{cinema_name(job.cinema.name, job.cinema.id)}"
    while True:
        try:
            refuse_links(folder, place)
            issued = issuer.issue(
                job.recipient, device_list=job.devices if issuer.formulation.devices else None
            )
        except DcpError as error:  # whatever a cinema's list and certificates are to blame for
            thumbprint = thumbprint_text(job.recipient)
            return LeftOut(plan.order, *_who(job), fault_of(error), remedy_of(error), thumbprint)
        name = issued_name(issuer, job.recipient, issued.message_id)
        path = folder / place / name
        if not path.exists():  # or the ids of two messages begin alike
            break
    write_finished(path, issued.data)
    return Issued(
        order=plan.order,
        job=job.id,
        cinema_id=job.cinema.id,
        cinema=job.cinema.name,
        screen=job.screen,
        device=device_label(job.recipient),
        recipient=job.recipient.subject,
        thumbprint=thumbprint_text(job.recipient),
        message_id=str(issued.message_id),
        file=f"{place}/{name}",
        sha256=hashlib.sha256(issued.data).hexdigest(),
        not_before=template.not_valid_before_text,
        not_after=template.not_valid_after_text,
        formulation=issuer.formulation.name,
        cpl_id=str(template.composition_playlist_id),
        title=template.content_title_text,
        issued=issued_at,
        devices=tuple(base64.b64encode(one).decode("ascii") for one in job.devices),
        notes=job.notes,
    )


def _who(job: Job) -> tuple[str, str, str, str]:
    return job.cinema.id, job.cinema.name, job.screen, job.recipient.label


# --- parcels -----


def _supersede(plan: Plan, entries: dict[str, Issued]) -> None:
    """Messages of this order for screens that have another media block by now."""
    planned = plan.keys
    screens = {(job.cinema.id, job.screen) for job in plan.jobs}
    for key, entry in entries.items():
        if entry.order == plan.order and key not in planned and (entry.cinema_id, entry.screen) in screens:
            entries[key] = replace(entry, superseded=True)


def _parcels(
    plan: Plan, entries: dict[str, Issued], left_out: Sequence[LeftOut], cinemas: Mapping[str, Facility]
) -> list[_Parcel]:
    """One for each cinema: what there is for it of this order, now and from before, and what is missing."""
    own: dict[str, dict[str, Issued]] = {}
    for entry in entries.values():
        if entry.order == plan.order and entry.stands:
            own.setdefault(entry.cinema_id, {})[entry.file] = entry
    missing: dict[str, list[LeftOut]] = {}
    for left in left_out:
        if left.screen:
            missing.setdefault(left.cinema_id, []).append(left)
    return [
        _Parcel(cinema, tuple(own[cinema].values()), tuple(missing.get(cinema, ())))
        for cinema in cinemas
        if cinema in own
    ]


def _pack(plan: Plan, folder: Path, cinema: Facility, parcel: _Parcel) -> LeftOut | str | None:
    """ZIP and letters, where they are not right already; in a worker. The folder if any was written."""
    place = f"{plan.order}/{cinema_name(cinema.name, cinema.id)}"
    try:
        refuse_links(folder, place)
        files = _parcel_files(plan, folder, cinema, parcel)
    except DcpError as error:
        told = phrase("batch.no-parcel", why=fault_of(error))
        return LeftOut(plan.order, cinema.id, cinema.name, "", "", told, remedy_of(error))
    written = [write_changed(folder / place / name, data) for name, data in files.items()]
    return place if any(written) else None


def _parcel_files(plan: Plan, folder: Path, cinema: Facility, parcel: _Parcel) -> Mapping[str, bytes]:
    entries = sorted(parcel.entries, key=lambda entry: (screen_order(entry.screen), entry.file))
    name = _parcel_name(plan, cinema)
    archive = zip_parcel(
        [(Path(entry.file).name, _read(folder / entry.file), _issued_at(entry)) for entry in entries]
    )
    letter = Letter(
        cinema=cinema.name or cinema.id,
        parcel=name,
        maker=plan.maker,
        entries=entries,
        missing=sorted(parcel.missing, key=lambda left: (screen_order(left.screen), left.device)),
    )
    language = cinema.language or _CHINESE.get(cinema.country.upper(), "")
    return {
        name: archive,
        ENGLISH_FILE: letter_text(letter, "en").encode("utf-8", "replace"),
        CHINESE_FILE: letter_text(letter, "zh").encode("utf-8", "replace"),
        MAIL_FILE: mail(letter, addresses=cinema.emails, language=language, archive=archive),
    }


def _parcel_name(plan: Plan, cinema: Facility) -> str:
    name = cinema_name(cinema.name, cinema.id)
    sample = plan.sample
    return parcel_name(sample.template, cinema=name, maker=plan.maker, formulation=sample.formulation.name)


def _read(path: Path) -> bytes:
    try:
        return read_regular(path, MAX_MESSAGE_BYTES)
    except OSError as error:
        raise DcpError("batch.message-unreadable", where=path, why=why(error)) from None


def _issued_at(entry: Issued) -> datetime:
    instant = parse_date_time(entry.issued)
    if instant is None or instant.tzinfo is None or instant.year < 1981:  # what a ZIP cannot hold
        return datetime(1981, 1, 1, tzinfo=UTC)
    return instant
