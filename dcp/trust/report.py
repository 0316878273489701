"""Certificates and the judgement of a chain as plain values for JSON and as lines of text."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from dcp.dataclass import dataclass
from dcp.errors import CertificateError
from dcp.suite import Profile
from dcp.texts.catalogue import Language, Sayable, said, say
from dcp.trust.certificate import Certificate
from dcp.trust.deny import DenyList
from dcp.trust.judging import judge_chain
from dcp.trust.order import order_chain
from dcp.trust.refusals import RULES, results
from dcp.trust.step import Step

SCHEMA = "dcpkit.cert-verify/1"


def certificate_document(certificate: Certificate, *, escaped: bool = True) -> dict[str, Any]:
    """What a certificate says; None for what it lacks. escaped: names as documents write them (RFC 2253);
    otherwise as people read them."""
    fields = certificate.fields
    subject, issuer = (
        None if name is None else str(name) if escaped else name.plain
        for name in (fields.subject, fields.issuer)
    )
    return {
        "subject": subject,
        "issuer": issuer,
        "serial": fields.serial,
        "not_before": fields.not_before.instant.isoformat() if fields.not_before else None,
        "not_after": fields.not_after.instant.isoformat() if fields.not_after else None,
        "roles": list(certificate.roles) if fields.subject is not None else [],
        "is_ca": certificate.is_ca,
        "path_len": certificate.path_len,
        "key_usage": sorted(certificate.key_usage),
        "key_bits": certificate.key_bits,
        "thumbprint": base64.b64encode(certificate.thumbprint()).decode(),
        "public_key_thumbprint": base64.b64encode(certificate.public_key_thumbprint()).decode()
        if fields.public_key is not None
        else None,
        "defects": [str(defect) for defect in certificate.defects],
    }


@dataclass(frozen=True)
class ChainReport:
    """The judgement of a chain. leaf: None when there is no certificate that can be read.

    own_remedy: what to do, where the reader of certificates knows better than the rule.
    """

    leaf: Certificate | None
    steps: tuple[Step, ...]
    own_remedy: str | Sayable | None = None

    @property
    def failed(self) -> Step | None:
        """The first step that failed."""
        return next((step for step in self.steps if step.result == "fail"), None)


def report_chain(
    certificates: Sequence[Certificate],
    *,
    now: datetime,
    profile: Profile = "smpte",
    role: str | None = None,
    trust: Sequence[Certificate] | None = None,
    revoked: DenyList | None = None,
) -> ChainReport:
    """The judgement of a chain at `now`. CertificateError when there is no certificate."""
    leaf = order_chain(certificates).leaf
    steps = judge_chain(
        certificates, at=(now,), now=now, profile=profile, role=role, trust=trust, revoked=revoked
    )
    return ChainReport(leaf, tuple(steps))


def report_refused(error: CertificateError) -> ChainReport:
    """The judgement of a file that holds no certificate that can be read."""
    return ChainReport(None, (Step("CER-023", "fail", error.text),), error.remedy_text())


def chain_document(report: ChainReport) -> dict[str, Any]:
    """The document `dcpkit.cert-verify/1`."""
    described = certificate_document(report.leaf) if report.leaf is not None else None
    return {
        "schema": SCHEMA,
        "verdict": "refuse" if report.failed else "accept",
        "message_id": None,
        "cpl_id": None,
        "window": {"not_before": described["not_before"], "not_after": described["not_after"]}
        if described
        else None,
        "recipient": described["subject"] if described else None,
        "steps": [
            {"id": step.id, "result": step.result, "message": step.message, "clause": step.clause}
            for step in report.steps
        ],
    }


def headline(report: ChainReport, language: Language = "en") -> str:
    """The verdict and, where it is no, what is wrong, in one line."""
    failed = report.failed
    if failed is None:
        return say("cert.accepted", language=language)
    return say("cert.head-refuse", {"rule": failed.id, "fault": failed}, language)


def chain_lines(report: ChainReport, language: Language = "en") -> list[str]:
    """One line a step, the verdict last with what to do."""
    words = results(language)
    lines = [f"{words[step.result]} {step.id}  {step.say(language)}" for step in report.steps]
    failed = report.failed
    if failed is None:
        return [*lines, say("cert.accepted", language=language)]
    own = report.own_remedy
    remedy = said(own, language) if own is not None else RULES[failed.id].remedy(language)
    places = {"rule": failed.id, "fault": failed, "remedy": remedy}
    return [*lines, say("cert.refused", places, language)]
