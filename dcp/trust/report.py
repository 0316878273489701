"""Certificates and the judgement of a chain as plain values for JSON and as lines of text."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from dcp.errors import CertificateError
from dcp.suite import Profile
from dcp.texts.catalogue import Language
from dcp.trust.certificate import Certificate
from dcp.trust.deny import DenyList
from dcp.trust.judging import judge_chain
from dcp.trust.order import order_chain
from dcp.trust.refusals import RESULTS, RULES
from dcp.trust.step import Step

SCHEMA = "dcpkit.cert-verify/1"


def certificate_document(certificate: Certificate) -> dict[str, Any]:
    """What a certificate says; None for what it lacks."""
    fields = certificate.fields
    return {
        "subject": certificate.subject if fields.subject is not None else None,
        "issuer": certificate.issuer if fields.issuer is not None else None,
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
        "defects": list(certificate.defects),
    }


def chain_document(
    certificates: Sequence[Certificate],
    *,
    now: datetime,
    profile: Profile = "smpte",
    role: str | None = None,
    trust: Sequence[Certificate] | None = None,
    revoked: DenyList | None = None,
) -> dict[str, Any]:
    """The judgement of a chain at `now`: `dcpkit.cert-verify/1`. CertificateError when there is none."""
    leaf = order_chain(certificates).leaf
    steps = judge_chain(
        certificates, at=(now,), now=now, profile=profile, role=role, trust=trust, revoked=revoked
    )
    described = certificate_document(leaf)
    return {
        "schema": SCHEMA,
        "verdict": "refuse" if any(step.result == "fail" for step in steps) else "accept",
        "message_id": None,
        "cpl_id": None,
        "window": {"not_before": described["not_before"], "not_after": described["not_after"]},
        "recipient": described["subject"],
        "steps": [
            {"id": step.id, "result": step.result, "message": step.message, "clause": step.clause}
            for step in steps
        ],
    }


def refused_document(error: CertificateError) -> dict[str, Any]:
    """The judgement of a file that holds no certificate that can be read."""
    step = {"id": "CER-023", "result": "fail", "message": error.what, "clause": None}
    return {
        "schema": SCHEMA,
        "verdict": "refuse",
        "message_id": None,
        "cpl_id": None,
        "window": None,
        "recipient": None,
        "steps": [step],
    }


def chain_lines(document: dict[str, Any], language: Language = "en") -> list[str]:
    """One line a step, the verdict last; in other languages than English with what to do."""
    steps = [Step(**step) for step in document["steps"]]
    lines = [f"{RESULTS[language][step.result]} {step.id}  {step.say(language)}" for step in steps]
    failed = next((step for step in steps if step.result == "fail"), None)
    if failed is None:
        return [*lines, "accept" if language == "en" else "接受"]
    if language == "en":
        return [*lines, f"refuse: {failed.id}: {failed.message}"]
    remedy = RULES[failed.id].remedy(language)
    return [*lines, f"拒绝：{failed.id}：{failed.say(language)}；处理方法：{remedy}"]
