"""The folder of a batch: one run at a time in it, and what an earlier run left."""

from __future__ import annotations

import hashlib
import stat
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

from dcp.errors import DcpError, UsageError
from dcp.patterns import pattern
from dcp.system import LOCK_FILE, alone_in, is_link, leads_elsewhere, long_path
from dcp.texts.system import why
from kdm.batch.manifest import JSON_FILE, Issued, Manifest, read_manifest, read_regular
from kdm.batch.names import cinema_digest, is_message_name, issued_name
from kdm.batch.plan import Job, Plan
from kdm.message import MAX_MESSAGE_BYTES, IssuerSerial, KdmMessage, Recipient, parse_message

_TEMPORARY = pattern(r"\..+\.[0-9a-f]{12}\.part")  # as dcp.output names them
_BELOW = 240  # characters: of an order, a cinema and the temporary name of a message


def _passing(name: str) -> bool:
    """A temporary file, or the lock of a run that was killed."""
    return name == LOCK_FILE or _TEMPORARY.fullmatch(name) is not None


@contextmanager
def batch_folder(folder: Path) -> Iterator[tuple[Path, Manifest]]:
    """The folder of a batch, as its files are to be reached, and its manifest.

    It is made where there is none, and is this run's alone.
    """
    folder = long_path(folder, room=_BELOW)
    refusal = UsageError("batch.no-folder-of-one", where=folder)
    if is_link(folder) or (folder.exists() and not folder.is_dir()):
        raise refusal
    try:
        folder.mkdir(parents=True, exist_ok=True)
        found = [path.name for path in folder.iterdir() if not _passing(path.name)]
    except OSError as error:
        raise UsageError("batch.folder-unusable", where=folder, why=why(error)) from None
    if found and JSON_FILE not in found:
        raise refusal
    with _locked(folder):
        for path in folder.glob(".manifest.*.part"):
            if _TEMPORARY.fullmatch(path.name):
                path.unlink(missing_ok=True)
        yield folder, read_manifest(folder) if found else Manifest()


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Two runs at once would each write a manifest without the other's messages."""
    with ExitStack() as hold:
        try:
            hold.enter_context(alone_in(folder))
        except BlockingIOError:
            raise UsageError("batch.another-run", where=folder) from None
        yield


def tidied(plan: Plan, folder: Path, entries: dict[str, Issued]) -> dict[str, Issued]:
    """The plan's messages that are there and are what the plan asks for.

    Out of the order's folder goes what a cut-off run left: temporary files, and messages that the manifest
    does not know or that were changed since.
    """
    kept: dict[str, Issued] = {}
    for job in plan.jobs:
        entry = entries.get(f"{plan.order}/{job.id}")
        if entry is None:
            continue
        if _is_of_job(folder, entry, plan, job):
            # Names of cinema and screen may have changed; the message is the same.
            kept[entry.key] = replace(
                entry, cinema=job.cinema.name, screen=job.screen, superseded=False, withdrawn=""
            )
            entries[entry.key] = kept[entry.key]
        else:
            del entries[entry.key]
    known = {folder / entry.file for entry in entries.values()}
    for cinema in _folders(folder / plan.order):
        for path in cinema.iterdir():
            stray = is_message_name(path.name) and path not in known
            if stray or _TEMPORARY.fullmatch(path.name):
                _remove(path)
    return kept


def _remove(path: Path) -> None:
    """A leftover that stayed would lie beside the messages of this run, and be sent with them."""
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise DcpError("batch.leftover", where=path, why=why(error)) from None


def is_in_place(entry: Issued, order: str) -> bool:
    """Its file is where the messages of its cinema for this order are: the manifest may say anything."""
    place, cinema, name = entry.file.split("/")
    return place == order and cinema.endswith(f"-{cinema_digest(entry.cinema_id)}") and is_message_name(name)


def stored_message(folder: Path, entry: Issued) -> KdmMessage | None:
    """What lies under the entry's name; None when that is not the message of the entry."""
    try:
        refuse_links(folder, Path(entry.file).parent.as_posix())
        data = read_regular(folder / entry.file, MAX_MESSAGE_BYTES + 1)
        if hashlib.sha256(data).hexdigest() != entry.sha256:
            return None
        message = parse_message(data)
    except (OSError, DcpError):
        return None
    told = (
        str(message.message_id),
        message.recipient.x509_subject_name,
        message.not_valid_before_text,
        message.not_valid_after_text,
        str(message.composition_playlist_id),
    )
    written = (entry.message_id, entry.recipient, entry.not_before, entry.not_after, entry.cpl_id)
    return message if told == written else None


def refuse_links(folder: Path, place: str) -> None:
    """UsageError when a folder on the way to a cinema's files is a link, or no folder."""
    path = folder
    for part in place.split("/"):
        path = path / part
        try:
            found = path.lstat()
        except (FileNotFoundError, NotADirectoryError):
            continue
        if leads_elsewhere(found) or not stat.S_ISDIR(found.st_mode):
            raise UsageError("batch.link", where=path, name=path.name)


def _is_of_job(folder: Path, entry: Issued, plan: Plan, job: Job) -> bool:
    """All that can be compared without the recipient's key."""
    if entry.cinema_id != job.cinema.id or not is_in_place(entry, plan.order):
        return False
    message = stored_message(folder, entry)
    if message is None:
        return False
    template, recipient = job.issuer.template, job.recipient
    return (
        Path(entry.file).name == issued_name(job.issuer, job.recipient, message.message_id)
        and message.recipient
        == Recipient(IssuerSerial(recipient.issuer, recipient.serial), recipient.subject)
        and message.composition_playlist_id == template.composition_playlist_id
        and message.not_valid_before_text == template.not_valid_before_text
        and message.not_valid_after_text == template.not_valid_after_text
        and message.authorized_device_info.device_list == job.devices
        and set(message.keys) == set(template.keys)
    )


def _folders(place: Path) -> list[Path]:
    """The cinemas' folders; none that is a link."""
    if is_link(place) or not place.is_dir():
        return []
    return [path for path in place.iterdir() if path.is_dir() and not is_link(path)]
