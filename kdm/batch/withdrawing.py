"""Messages of earlier runs that are to reach nobody any more: their device or screen is refused by now."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from dcp.errors import CertificateError, DcpError
from dcp.texts.system import why
from dcp.trust.deny import DenyList
from dcp.trust.name_text import parse_name
from dcp.trust.names import DN_QUALIFIER
from kdm.batch.folder import is_in_place, refuse_links, stored_message
from kdm.batch.manifest import Issued, LeftOut
from kdm.batch.names import cinema_name
from kdm.batch.parcel import CHINESE_FILE, ENGLISH_FILE, MAIL_FILE
from kdm.batch.plan import Plan
from kdm.message import KdmMessage
from kdm.phrases import fault_of, phrase


def withdraw(
    plan: Plan, folder: Path, entries: dict[str, Issued], left_out: Iterable[LeftOut]
) -> tuple[tuple[Issued, ...], tuple[LeftOut, ...]]:
    """Withdraw this order's messages for devices and screens that were left out, and for denied devices.

    Their files are deleted, and the parcels that they were in; those are for the caller to pack again. What
    could not be deleted is named in the second part. A screen that no list names, with a device that is not
    denied, keeps its message.
    """
    planned = plan.keys
    at_work = {(job.cinema.id, job.screen) for job in plan.jobs}
    screens: dict[tuple[str, str], str] = {}
    devices: dict[tuple[str, str], str] = {}
    for left in left_out:
        if left.screen and (left.cinema_id, left.screen) not in at_work:
            screens.setdefault((left.cinema_id, left.screen), left.why)
        if left.thumbprint:
            devices.setdefault((left.cinema_id, left.thumbprint), left.why)
    withdrawn = []
    for key, entry in entries.items():
        if entry.order != plan.order or key in planned or entry.withdrawn:
            continue
        why = devices.get((entry.cinema_id, entry.thumbprint)) or screens.get((entry.cinema_id, entry.screen))
        why = why or _denied(folder, entry, plan.sample.revoked)
        if why:
            entries[key] = replace(entry, withdrawn=why)
            withdrawn.append(entries[key])
    undeleted = [left for entry in withdrawn for left in _delete(plan, folder, entry)]
    return tuple(withdrawn), tuple(dict.fromkeys(undeleted))


def _denied(folder: Path, entry: Issued, revoked: DenyList | None) -> str:
    """By what the message itself says of its recipient and devices."""
    message = stored_message(folder, entry) if revoked is not None else None
    if message is None or revoked is None:
        return ""
    try:
        for thumbprint in (_bytes(entry.thumbprint), *message.authorized_device_info.device_list):
            revoked.refuse_thumbprint(thumbprint)
    except CertificateError as error:
        return fault_of(error)
    return _denied_recipient(message, revoked)


def _denied_recipient(message: KdmMessage, revoked: DenyList) -> str:
    recipient = message.recipient
    try:
        issuer = parse_name(recipient.x509_issuer_serial.x509_issuer_name)
        qualifier = parse_name(recipient.x509_subject_name).first(DN_QUALIFIER)
    except DcpError:
        return ""
    if (issuer, recipient.x509_issuer_serial.x509_serial_number) in revoked.certificates:
        return phrase("batch.denied-serial")
    if _bytes(qualifier) in revoked.keys:
        return phrase("batch.denied-key")
    return ""


def _bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text)
    except (binascii.Error, ValueError):
        return b""


def _delete(plan: Plan, folder: Path, entry: Issued) -> Iterator[LeftOut]:
    """What is left of it, and why."""
    if not is_in_place(entry, plan.order):
        return
    places = [Path(entry.file).parent.as_posix()]
    if (cinema := plan.cinemas.get(entry.cinema_id)) is not None:
        places.append(f"{plan.order}/{cinema_name(cinema.name, cinema.id)}")
    for place in dict.fromkeys(places):
        try:
            refuse_links(folder, place)
            for path in (folder / place).iterdir():
                whole_parcel = path.name.startswith("k_") and path.name.endswith(".zip")
                if whole_parcel or path.name in (MAIL_FILE, ENGLISH_FILE, CHINESE_FILE):
                    path.unlink()
        except FileNotFoundError:
            pass
        except (DcpError, OSError) as error:
            yield _undeleted(entry, "undeleted-parcel", place, error)
    try:
        refuse_links(folder, places[0])
        (folder / entry.file).unlink(missing_ok=True)
    except (DcpError, OSError) as error:
        yield _undeleted(entry, "undeleted-file", entry.file, error)


def _undeleted(entry: Issued, what: str, where: str, error: DcpError | OSError) -> LeftOut:
    told = fault_of(error) if isinstance(error, DcpError) else why(error)
    return LeftOut(
        entry.order,
        entry.cinema_id,
        entry.cinema,
        "",
        entry.device,
        phrase("batch.undeleted", what=what, why=told),
        phrase("batch.delete-by-hand", where=where),
    )


def unfounded(
    plan: Plan, folder: Path, entries: dict[str, Issued], cinemas: Mapping[str, object]
) -> Sequence[LeftOut]:
    """What the manifest says of these cinemas' other screens, and their files do not; it is dropped."""
    planned = plan.keys
    cpl_id = str(plan.sample.cpl_id)
    dropped = []
    for key, entry in list(entries.items()):
        if entry.order != plan.order or key in planned or not entry.stands or entry.cinema_id not in cinemas:
            continue
        if entry.cpl_id == cpl_id and is_in_place(entry, plan.order) and stored_message(folder, entry):
            continue
        del entries[key]
        dropped.append(
            LeftOut(
                entry.order,
                entry.cinema_id,
                entry.cinema,
                entry.screen,
                entry.device,
                phrase("batch.message-gone"),
                phrase("batch.name-the-screen"),
            )
        )
    return dropped
