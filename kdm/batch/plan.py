"""From facility lists to jobs: one message for each media block, its window in its cinema's own zone."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import field
from datetime import datetime, tzinfo
from itertools import pairwise

from dcp.dataclass import dataclass
from dcp.errors import CertificateError, DcpError, UsageError
from dcp.trust.certificate import Certificate
from dcp.xml.values import date_time
from kdm.batch.manifest import LeftOut
from kdm.batch.names import FORMULATION_CODES, cinema_digest, title_name
from kdm.facility.merging import merge_lists
from kdm.facility.sharing import shared
from kdm.facility.values import Device, Facility, FacilityList, Screen
from kdm.facility.zones import zone_of
from kdm.issue import KdmIssuer
from kdm.phrases import fault_of, phrase, remedy_of
from kdm.window import AskedWindow, place

Prepare = Callable[[datetime, datetime], KdmIssuer]
"""What makes an issuer for one window; called once for each that the cinemas' zones give."""


@dataclass(frozen=True)
class Job:
    """One message to be. `id`: a digest of all that it is made from; equal jobs need one message."""

    id: str
    cinema: Facility
    screen: str
    recipient: Certificate
    devices: tuple[bytes, ...]
    issuer: KdmIssuer = field(repr=False)
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Plan:
    """`order`: the name of the order's folder, the same for the same order. `sample`: any of its issuers.
    `cinemas`: all that the lists name, by their ids.

    `notes`: what the lists say that is worth knowing.
    """

    order: str
    jobs: tuple[Job, ...]
    left_out: tuple[LeftOut, ...]
    sample: KdmIssuer = field(repr=False)
    notes: tuple[str, ...] = ()
    cinemas: Mapping[str, Facility] = field(default_factory=dict)

    @property
    def maker(self) -> str:
        """Who signs."""
        return self.sample.signer.chain[0].organization

    @property
    def keys(self) -> frozenset[str]:
        """Of the manifest's entries that its jobs have, or will have."""
        return frozenset(f"{self.order}/{job.id}" for job in self.jobs)


def plan_batch(
    lists: Iterable[FacilityList], *, prepare: Prepare, window: AskedWindow, zone: tzinfo | None = None
) -> Plan:
    """The jobs of an order, and what cannot be made, each with its reason.

    prepare: see `Prepare`; where the formulation lists devices it leaves them open (`device_list` None).
    zone: that of all local times; None takes each cinema's own.
    UsageError when the lists name no screen at all; what is wrong with the order itself, and so in every
    zone, is raised as `prepare` raises it.
    """
    merged = merge_lists(lists)
    if not any(facility.screens for facility in merged.facilities):
        first = next(iter((*merged.problems, *(p for f in merged.facilities for p in f.problems))), None)
        if first:
            raise UsageError("batch.no-screen-since", why=first)
        raise UsageError("batch.no-screen")
    issuers = _Issuers(prepare)
    jobs: dict[str, Job] = {}
    left = [_left(None, "", None, problem) for problem in merged.problems]
    folders: dict[str, Facility] = {}
    for facility in merged.facilities:
        left += [_left(facility, "", None, problem) for problem in facility.problems]
        try:
            _refuse_shared(folders.setdefault(cinema_digest(facility.id), facility), facility)
            issuer = issuers.at(*place(window, zone or _own_zone(facility, window)))
        except DcpError as error:
            issuers.failed(error)
            left += [_left(facility, screen.name, None, error) for screen in facility.screens]
            continue
        for screen in facility.screens:
            made, refused = _screen(facility, screen, issuer)
            left += refused
            for job in made:
                jobs.setdefault(job.id, job)
    sample = issuers.sample()
    order = _order_name(sample, window)
    return Plan(
        order=order,
        jobs=tuple(jobs.values()),
        left_out=tuple(LeftOut(order, *entry) for entry in left),
        sample=sample,
        cinemas={facility.id: facility for facility in merged.facilities},
        notes=(
            *merged.notes,
            *(phrase("place.colon", place=f.name, what=note) for f in merged.facilities for note in f.notes),
            *_in_several_cinemas(jobs.values()),
        ),
    )


def _refuse_shared(owner: Facility, facility: Facility) -> None:
    if owner.id != facility.id:
        raise UsageError("batch.shared-folder", cinema=owner.name)


def _in_several_cinemas(jobs: Iterable[Job]) -> list[str]:
    """Media blocks stand in one cinema."""
    groups = shared((job.recipient, job.cinema) for job in jobs)
    return [phrase("batch.listed-twice", devices=devices, cinemas=cinemas) for devices, cinemas in groups]


class _Issuers:
    """One issuer a window. The first failure is kept for the case that nothing else comes of the order."""

    def __init__(self, prepare: Prepare) -> None:
        self._prepare = prepare
        self._made: dict[tuple[str, str], KdmIssuer | DcpError] = {}
        self._first: DcpError | None = None

    def at(self, begin: datetime, end: datetime) -> KdmIssuer:
        key = (date_time(begin), date_time(end))
        if key not in self._made:
            try:
                self._made[key] = self._prepare(begin, end)
            except DcpError as error:
                self._made[key] = error
        found = self._made[key]
        if isinstance(found, DcpError):
            raise found
        return found

    def failed(self, error: DcpError) -> None:
        self._first = self._first or error

    def sample(self) -> KdmIssuer:
        for found in self._made.values():
            if isinstance(found, KdmIssuer):
                return found
        assert self._first is not None  # there is a facility, and it gave an issuer or an error
        raise self._first


_Left = tuple[str, str, str, str, str, str, str]


def _screen(facility: Facility, screen: Screen, issuer: KdmIssuer) -> tuple[list[Job], list[_Left]]:
    left = [_left(facility, screen.name, None, problem) for problem in screen.problems]
    if not screen.recipients and not screen.problems:
        nobody = UsageError("batch.no-media-block")
        left.append(_left(facility, screen.name, None, nobody))
    jobs = []
    for device in screen.recipients:
        recipient = device.leaf
        try:
            _refuse_unvouched(device)
            _refuse_denied(device, screen, issuer)
            notes = (*screen.notes, *issuer.notes, *issuer.check(recipient, screen=True))
            devices = issuer.listed(_devices(screen, recipient, issuer))
        except DcpError as error:
            left.append(_left(facility, screen.name, recipient, error))
            continue
        identity = _identity(facility, recipient, devices, issuer)
        jobs.append(Job(identity, facility, screen.name, recipient, devices, issuer, notes))
    return jobs, left


def _refuse_unvouched(device: Device) -> None:
    """Content keys for a certificate that only claims its authorities would be anybody's."""
    for child, parent in pairwise(device.certificates):
        if not child.is_signed_by(parent):
            raise CertificateError("batch.unvouched", authority=parent.label, where=device.leaf.label)


def _refuse_denied(device: Device, screen: Screen, issuer: KdmIssuer) -> None:
    """By each certificate that the list has of the media block, and of the devices that the message lists."""
    if issuer.revoked is None:
        return
    attached = screen.devices if issuer.formulation.devices else ()
    for each in (device, *attached):
        for certificate in each.certificates:
            issuer.revoked.refuse(certificate)


def _devices(screen: Screen, recipient: Certificate, issuer: KdmIssuer) -> Sequence[bytes] | None:
    """What is attached; the media block itself where that is fewer than the formulation needs.

    Real messages for a media block inside its projector list that block alone.
    """
    needed = issuer.formulation.devices
    if needed == 0:
        return None
    attached = screen.device_thumbprints
    return attached if len(attached) >= needed else (recipient.thumbprint(), *attached)


def _identity(facility: Facility, recipient: Certificate, devices: Sequence[bytes], issuer: KdmIssuer) -> str:
    """Everything but what is new in each message: ids, IssueDate, encryption."""
    template = issuer.template
    told = {
        "cinema": facility.id,
        "recipient": recipient.der.hex(),
        "devices": sorted(one.hex() for one in devices),
        "window": [template.not_valid_before_text, template.not_valid_after_text],
        "values": issuer.keys_digest.hex(),  # in no digest of its own that is written anywhere
        **_terms(issuer),
    }
    return _digest(told)


def _terms(issuer: KdmIssuer) -> dict[str, object]:
    """What the messages of an order share, whatever the zone."""
    template = issuer.template
    authenticator = template.content_authenticator
    return {
        "cpl": str(template.composition_playlist_id),
        "title": template.content_title_text,
        "annotation": template.annotation_text,
        "keys": sorted([kind, scope, str(key_id)] for kind, scope, key_id in template.keys),
        "formulation": issuer.formulation.name,
        "authenticator": authenticator.hex() if authenticator else None,
        "flags": sorted(template.forensic_mark_flag_list),
        "signer": issuer.signer.thumbprint.hex(),
    }


def _order_name(issuer: KdmIssuer, window: AskedWindow) -> str:
    """TITLE_20270501_20270515_mt1_1a2b3c4d: days as asked for, and a digest of the terms and the window."""
    template = issuer.template
    asked = [window.begin.isoformat(), window.end.isoformat() if isinstance(window.end, datetime) else ""]
    asked.append(repr(window.end) if not asked[1] else "")
    days = [
        text[:10].replace("-", "") for text in (template.not_valid_before_text, template.not_valid_after_text)
    ]
    code = FORMULATION_CODES[issuer.formulation.name]
    return "_".join((title_name(template), *days, code, _digest({"window": asked, **_terms(issuer)})[:8]))


def _digest(told: dict[str, object]) -> str:
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


def _own_zone(facility: Facility, window: AskedWindow) -> tzinfo | None:
    if facility.time_zone is not None:
        return zone_of(facility.time_zone)
    if window.is_local:
        raise UsageError("batch.no-zone")
    return None


def thumbprint_text(certificate: Certificate) -> str:
    return base64.b64encode(certificate.thumbprint()).decode("ascii")


def _left(
    facility: Facility | None, screen: str, recipient: Certificate | None, why: DcpError | str
) -> _Left:
    return (
        facility.id if facility else "",
        facility.name if facility else "",
        screen,
        recipient.label if recipient else "",
        fault_of(why) if isinstance(why, DcpError) else why,
        remedy_of(why) if isinstance(why, DcpError) else "",
        thumbprint_text(recipient) if recipient else "",
    )
