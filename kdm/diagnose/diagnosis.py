"""Why will it not play: one cause, from the playlist, the KDMs, the server's certificate and the clock.

Nothing is opened for it. Each KDM is judged by the checklist of a security manager; which of them is the one
meant is decided first (`matching`), and its fault is the cause.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field, replace
from datetime import datetime, tzinfo

from dcp.dataclass import dataclass
from dcp.documents.cpl_reading import parse_cpl
from dcp.errors import DocumentError
from dcp.texts.catalogue import Language
from dcp.trust.certificate import Certificate
from dcp.trust.deny import DenyList
from dcp.trust.refusals import Finding
from dcp.trust.signature import examine_enveloped
from kdm.block import Decrypter
from kdm.checklist import check_kdm
from kdm.composition import CplFacts, cpl_facts
from kdm.diagnose.causes import PLAYS, cause, kind_text, note_text
from kdm.diagnose.matching import (
    WINDOW_STEPS,
    Candidate,
    begins_next,
    best,
    common_name,
    composition_of,
    is_signer,
    rank,
    recipient_of,
)
from kdm.diagnose.reading import KdmFile, Kind, kind_of
from kdm.diagnose.server import Server, not_a_server, server_given, usable
from kdm.diagnose.times import BothTimes, begin_trap, end_trap, is_midnight, local_time
from kdm.message import KdmMessage
from kdm.phrases import Listed, Saying
from kdm.steps import overrun_end

MANY = 6  # so many titles or devices are named, the rest counted


@dataclass(frozen=True)
class Note:
    """What is said beside the cause, by its name in the table."""

    name: str
    places: Mapping[str, object] = field(default_factory=dict)

    def text(self, language: Language = "en") -> str:
        return note_text(self.name, self.places, language)


@dataclass(frozen=True)
class Diagnosis:
    """One cause, and what it was seen from.

    `begins`, `until`: the window in which this server can play with the KDM meant; None where there is none.
    `candidates`: all KDMs, the likeliest first.
    """

    finding: Finding
    candidate: Candidate | None = None
    candidates: tuple[Candidate, ...] = ()
    notes: tuple[Note, ...] = ()
    facts: CplFacts | None = None
    begins: datetime | None = None
    until: datetime | None = None

    @property
    def cause(self) -> str:
        """The cause's name: in `kdm.diagnose.causes`, or in the table of refusals."""
        return self.finding.name

    @property
    def plays(self) -> bool:
        return self.cause in PLAYS


@dataclass(frozen=True)
class _Case:
    now: datetime
    zone: tzinfo | None
    facts: CplFacts
    server: Server
    has_key: bool
    candidates: tuple[Candidate, ...]

    def time(self, instant: datetime) -> BothTimes:
        return BothTimes(instant, self.zone)


def diagnose(
    files: Sequence[KdmFile],
    *,
    cpl: bytes,
    certificate: bytes | Certificate | None,
    private_key: Decrypter | None = None,
    devices: Sequence[Certificate] = (),
    trust: Sequence[Certificate] | None = None,
    revoked: DenyList | None = None,
    now: datetime,
    zone: tzinfo | None = None,
    cpl_where: str = "the playlist",
) -> Diagnosis:
    """Say why a composition will not play with these KDMs on this server, or that it should.

    `certificate`: the file as it was handed over, which may be something else; or the server's certificate;
    None when its private key is all there is.
    `zone`: the cinema's, for times as its staff reads them; without it, times stand as the KDM has them.
    UsageError when `private_key` does not belong to the certificate, there is neither, or `now` has no
    offset; DocumentError when the playlist is a broken one.
    """
    try:
        playlist = parse_cpl(cpl, where=cpl_where)
    except DocumentError as error:
        return Diagnosis(_playlist_file(cpl, error))
    facts = cpl_facts(playlist)
    if not facts.keys:
        return Diagnosis(cause("no-kdm-needed"), facts=facts)
    server = server_given(certificate, private_key)
    if isinstance(server, Finding):
        return Diagnosis(server, facts=facts)
    candidates = []
    for file in files:
        one = Candidate(file, composition_of(file, facts), recipient_of(file, server))
        if one.composition != "other" or not one.readable:
            report = check_kdm(
                file.data,
                private_key=private_key if one.recipient == "this" else None,
                recipient=server.certificate,
                cpl=cpl,
                devices=devices,
                trust=trust,
                revoked=revoked,
                now=now,
                where=file.where,
                cpl_where=cpl_where,
            )
            one = replace(one, report=report)
        candidates.append(one)
    ranked = tuple(rank(candidates, now))
    case = _Case(now, zone, facts, server, private_key is not None, ranked)
    found = _diagnose(case, best(ranked, now))
    expired = _signer_expired(cpl, case, cpl_where)
    notes = (*found.notes, *((expired,) if expired else ()))
    return replace(found, candidates=ranked, facts=facts, notes=notes)


# --- what was handed over -----


def _playlist_file(data: bytes, error: DocumentError) -> Finding:
    kind = kind_of(data)
    if kind in ("composition", "xml"):
        # it is one, or means to be; the reader says where it is wrong
        if error.remedy_text() is None:
            error = DocumentError("playlist.broken", why=error, where=error.where)
        raise error from None
    return cause("playlist-file", is_a=kind_text(kind))


# --- which cause -----


def _diagnose(case: _Case, one: Candidate | None) -> Diagnosis:
    addressed = any(other.recipient == "this" for other in case.candidates)
    wrong = None if addressed else not_a_server(case.server)  # what a KDM names is taken as it is
    if wrong is not None:
        return Diagnosis(wrong)
    if one is None:
        return Diagnosis(_none_at_all(case))
    message = one.file.message
    if message is None:
        return Diagnosis(one.refusals[0], one)
    if one.composition != "this":
        return Diagnosis(_other_composition(case, one, message), one)
    package = _refusal(one, ("SIG-001", "SIG-009"))
    if package is not None:
        return Diagnosis(package, one)
    if one.recipient != "this":
        notes = (*_over_too(case, message), *_certificate_over(case))
        return Diagnosis(_other_recipient(case, one, message), one, notes=notes)
    return _judged(case, one, message)


_CAUSES_OF_FILES: Mapping[Kind, str] = {
    "damaged-archive": "archive-damaged",
    "mail": "mail-without-kdm",
    "office": "mail-without-kdm",
}


def _none_at_all(case: _Case) -> Finding:
    messages = [one.file.message for one in case.candidates if one.file.message is not None]
    if messages:
        titles = dict.fromkeys(_short(message.content_title_text) for message in messages)
        return cause(
            "no-kdm-for-composition",
            title=_short(case.facts.content_title_text),
            cpl=case.facts.id,
            others=_some(list(titles)),
        )
    files = [one.file for one in case.candidates]
    if files:
        file = next((one for one in files if one.kind in _CAUSES_OF_FILES), files[0])
        name = _CAUSES_OF_FILES.get(file.kind, "no-kdm-among-files")
        return cause(name, file=file.where, is_a=kind_text(file.kind))
    return cause("no-kdm")


def _other_composition(case: _Case, one: Candidate, message: KdmMessage) -> Finding:
    places = {
        "title": _short(case.facts.content_title_text),
        "cpl": case.facts.id,
        "kdm_title": _short(message.content_title_text),
        "kdm_cpl": message.composition_playlist_id,
    }
    return cause("re-export" if one.composition == "same-title" else "other-version", **places)


def _other_recipient(case: _Case, one: Candidate, message: KdmMessage) -> Finding:
    recipient = common_name(message.recipient.x509_subject_name)
    if one.recipient == "signer":
        return cause("dkdm", recipient=recipient)
    if one.recipient == "same-device":
        return cause(
            "old-certificate",
            recipient=recipient,
            kdm_serial=message.recipient.x509_issuer_serial.x509_serial_number,
            serial=case.server.certificate.fields.serial if case.server.certificate else "",
        )
    recipients = [
        _named(other.file.message)
        for other in case.candidates
        if other.composition == "this" and other.recipient == "other" and other.file.message is not None
    ]
    return cause(
        "another-screen", recipients=_some(list(dict.fromkeys(recipients))), certificate=case.server.label
    )


def _named(message: KdmMessage) -> str:
    """A recipient, with what the device list says of it (often the screen's name)."""
    name = common_name(message.recipient.x509_subject_name)
    described = _short(message.authorized_device_info.device_list_description or "")
    return name if not described or described in name else f"{name} ({described})"


def _judged(case: _Case, one: Candidate, message: KdmMessage) -> Diagnosis:
    """The KDM is for this composition and this server: what, if anything, stands against it?"""
    start, end = message.window
    begins, until = usable(case.server.certificate, start, end)
    known = Diagnosis(cause("no-kdm"), one, begins=begins, until=until)
    over = _refusal(one, ("KDM-002",))
    if over is not None:
        return replace(known, finding=_over(case, end), notes=_overrun(case, end))
    early = _refusal(one, ("KDM-003",))
    rest = [finding for finding in one.refusals if finding.step not in WINDOW_STEPS]
    if rest:
        also = tuple(Note("also", {"step": each.step, "detail": Saying(each.text)}) for each in rest[1:])
        return replace(known, finding=rest[0], notes=(*also, *_following(case, one)))
    if early is not None:
        return replace(known, finding=_early(case, message))
    dates = _device_dates(case)
    if dates is not None:
        return replace(known, finding=dates)
    if is_signer(message) and not case.has_key:
        return replace(known, finding=cause("dkdm", recipient=case.server.label))
    finding = cause("should-play", until=case.time(until), overrun=case.time(overrun_end(until)))
    return replace(known, finding=finding, notes=_good_notes(case, one, message, until))


def _refusal(one: Candidate, steps: Sequence[str]) -> Finding | None:
    return next((finding for finding in one.refusals if finding.step in steps), None)


# --- time -----


def _over(case: _Case, end: datetime) -> Finding:
    places = {"end": case.time(end), "now": case.time(case.now), "wall": f"{end:%Y-%m-%d %H:%M}"}
    trap = end_trap(end, case.now, case.zone)
    name = {"offset": "expired-by-time-zone", "midnight": "expired-at-midnight"}.get(trap or "", "expired")
    return cause(name, **places)


def _early(case: _Case, message: KdmMessage) -> Finding:
    start = message.content_keys_not_valid_before
    now = case.time(case.now)
    if case.now < message.issue_date:
        return cause("clock-behind", now=now, issued=case.time(message.issue_date))
    places = {"begin": case.time(start), "now": now, "wall": f"{start:%Y-%m-%d %H:%M}"}
    trap = begin_trap(start, case.now, case.zone)
    names = {"offset": "not-begun-by-time-zone", "midnight": "not-begun-at-midnight"}
    return cause(names.get(trap or "", "not-begun"), **places)


def _device_dates(case: _Case) -> Finding | None:
    if case.server.certificate is None:
        return None
    certificate, fields = case.server.label, case.server.certificate.fields
    if fields.not_after is not None and fields.not_after.instant < case.now:
        ended = case.time(fields.not_after.instant)
        return cause("device-certificate-expired", certificate=certificate, certificate_end=ended)
    if fields.not_before is not None and case.now < fields.not_before.instant:
        return cause(
            "device-certificate-not-begun",
            certificate=certificate,
            certificate_begin=case.time(fields.not_before.instant),
            now=case.time(case.now),
        )
    return None


# --- notes -----


def _overrun(case: _Case, end: datetime) -> tuple[Note, ...]:
    last = overrun_end(end)
    return (Note("overrun", {"overrun": case.time(last)}),) if case.now <= last else ()


def _following(case: _Case, one: Candidate) -> tuple[Note, ...]:
    """The KDM that comes next, when the one meant is of no use."""
    found = begins_next(case.candidates, case.now)
    if found is None or found is one or found.file.message is None:
        return ()
    begin = case.time(found.file.message.content_keys_not_valid_before)
    return (Note("begins-next", {"begin": begin, "file": found.file.where}),)


def _over_too(case: _Case, message: KdmMessage) -> tuple[Note, ...]:
    """A KDM for another screen whose window is over as well: a new one has to be right in both."""
    end = message.content_keys_not_valid_after
    if case.now <= end:
        return ()
    return (Note("over-too", {"end": case.time(end), "now": case.time(case.now)}),)


def _certificate_over(case: _Case) -> tuple[Note, ...]:
    certificate = case.server.certificate
    end = certificate.fields.not_after if certificate is not None else None
    if end is None or case.now <= end.instant:
        return ()
    return (Note("device-certificate-expired", {"certificate_end": case.time(end.instant)}),)


def _good_notes(case: _Case, one: Candidate, message: KdmMessage, until: datetime) -> tuple[Note, ...]:
    notes = [Note("only-the-kdm")]
    end = message.content_keys_not_valid_after
    if until < end:
        notes.append(Note("device-certificate-ends", {"certificate_end": case.time(until)}))
    local = local_time(until, case.zone)
    if until == end and is_midnight(local):
        notes.append(Note("ends-at-midnight", {"day": f"{local:%Y-%m-%d}"}))
    if case.now < message.issue_date:
        notes.append(
            Note("issued-later", {"issued": case.time(message.issue_date), "now": case.time(case.now)})
        )
    unknown = [
        finding
        for finding in (one.report.findings if one.report is not None else ())
        if finding.step == "KDM-130" and finding.result == "warn"
    ]
    if unknown:
        notes.append(Note("devices-not-given", {"devices": len(message.authorized_device_info.device_list)}))
    if is_signer(message):
        notes.append(Note("for-software"))
    return (*notes, *_following(case, one))


def _signer_expired(cpl: bytes, case: _Case, where: str) -> Note | None:
    """The playlist's signer when a certificate of its chain has expired since."""
    verified = examine_enveloped(cpl, where=where).verified
    if verified is None:
        return None
    ends = [one.fields.not_after.instant for one in verified.chain if one.fields.not_after is not None]
    if not ends or case.now <= min(ends):
        return None
    return Note("playlist-signer-expired", {"signer_end": case.time(min(ends))})


# --- words -----


def _short(text: str) -> str:
    """A title as it can stand in a sentence."""
    plain = "".join(sign if sign.isprintable() else "?" for sign in text[:100])
    return plain + ("..." if len(text) > 100 else "")


def _some(texts: Sequence[str]) -> Listed:
    return Listed(tuple(texts), most=MANY)
