"""A KDM and its judgement as JSON documents and as lines of text."""

from __future__ import annotations

import base64
from collections.abc import Sequence

from dcp.texts.catalogue import LANGUAGES, Language, say
from dcp.trust.refusals import Finding, results
from dcp.trust.step import Step
from kdm.checklist import KdmReport
from kdm.formulation import recognise
from kdm.message import IssuerSerial, KdmMessage
from kdm.phrases import Phrase, Run, Saying, phrase

SCHEMA = "dcpkit.kdm-verify/1"
NAME_STEP, _NAMING = "KDM-125", "ISDCF KDM naming"


def report_json(report: KdmReport) -> dict[str, object]:
    """The document `dcpkit.kdm-verify/1`."""
    message = report.message
    return {
        "schema": SCHEMA,
        "verdict": report.verdict,
        "remedy": report.remedy,
        "message_id": str(message.message_id) if message else None,
        "cpl_id": str(message.composition_playlist_id) if message else None,
        "window": _window(message) if message else None,
        "recipient": message.recipient.x509_subject_name if message else None,
        "steps": [step_json(step) for step in report.steps],
        "findings": [finding_json(finding) for finding in report.findings],
    }


def step_json(step: Step) -> dict[str, object]:
    """One step, as it came out."""
    return {"id": step.id, "result": step.result, "message": step.message, "clause": step.clause}


def finding_json(finding: Finding) -> dict[str, object]:
    """One refusal or doubt in all languages, and what servers show for it."""
    return {
        "step": finding.step,
        "result": finding.result,
        "name": finding.name,
        "text": {language: finding.text(language) for language in LANGUAGES},
        "meaning": {language: finding.meaning(language) for language in LANGUAGES},
        "remedy": {language: finding.remedy(language) for language in LANGUAGES},
        "codes": [
            {"server": code.server, "code": code.code, "words": code.words, "source": code.source}
            for code in finding.codes
        ],
    }


def report_lines(report: KdmReport, language: Language = "en") -> Sequence[str]:
    """One line a step; then what the first failure means and what servers show for it; the verdict last."""
    words = results(language)
    lines = [
        f"{words[step.result]} {step.id}  {report.outcomes[step.id].say(language)}" for step in report.steps
    ]
    if not report.refusals:
        return [*lines, say(f"kdm-verdict.{report.verdict}", language=language)]
    first = report.refusals[0]
    told = {"step": first.step, "why": Saying(first.text), "remedy": Saying(first.remedy)}
    return [
        *lines,
        say("kdm-verdict.meaning", {"meaning": Saying(first.meaning)}, language),
        *(say("kdm-verdict.shown", {"code": code}, language) for code in first.codes),
        say("kdm-verdict.refuse", told, language),
    ]


def headline(report: KdmReport, language: Language = "en") -> str:
    """The verdict and, where it is no, what is wrong, in one line."""
    if not report.refusals:
        return say(f"kdm-verdict.head-{report.verdict}", language=language)
    first = report.refusals[0]
    return say("kdm-verdict.head-refuse", {"step": first.step, "why": Saying(first.text)}, language)


def message_json(message: KdmMessage) -> dict[str, object]:
    """What a KDM says of itself, unjudged, for `dcpkit kdm inspect`."""
    devices = message.authorized_device_info
    return {
        "message_id": str(message.message_id),
        "message_type": message.message_type,
        "annotation_text": message.annotation_text,
        "issue_date": message.issue_date_text,
        "signer": _issuer_serial(message.signer),
        "recipient": {
            "x509_issuer_serial": _issuer_serial(message.recipient.x509_issuer_serial),
            "x509_subject_name": message.recipient.x509_subject_name,
        },
        "composition_playlist_id": str(message.composition_playlist_id),
        "content_title_text": message.content_title_text,
        "content_authenticator": _base64(message.content_authenticator),
        "content_keys_not_valid_before": message.not_valid_before_text,
        "content_keys_not_valid_after": message.not_valid_after_text,
        "authorized_device_info": {
            "device_list_identifier": str(devices.device_list_identifier),
            "device_list_description": devices.device_list_description,
            "device_list": [_base64(thumbprint) for thumbprint in devices.device_list],
        },
        "key_id_list": [
            {
                "key_type": entry.key_type,
                "scope": entry.effective_scope,
                "key_ids": [str(key_id) for key_id in entry.key_ids],
            }
            for entry in message.key_id_list
        ],
        "forensic_mark_flag_list": list(message.forensic_mark_flag_list),
        "non_critical_extensions": list(message.non_critical_extensions),
        "encrypted_keys": len(message.encrypted_keys),
        "formulation": _formulation(message),
    }


def name_step(name: str, message: KdmMessage) -> Step:
    """Whether a file's name says what its message says: a doubt at most, skipped where it is a name of
    another form, as most are (KDM-125).
    """
    from kdm.batch.names import is_message_name, name_faults

    if not is_message_name(name):
        return Step(NAME_STEP, "skipped", phrase("kdm-name.other-form"), _NAMING)
    faults = name_faults(name, message, formulation=_formulation(message))
    if faults:
        return Step(NAME_STEP, "warn", Phrase(Run(faults)), _NAMING)
    return Step(NAME_STEP, "pass", phrase("kdm-name.right"), _NAMING)


def _formulation(message: KdmMessage) -> str | None:
    return recognise(
        has_authenticator=message.content_authenticator is not None,
        devices=message.authorized_device_info.device_list,
    )


def _window(message: KdmMessage) -> dict[str, str]:
    return {"not_before": message.not_valid_before_text, "not_after": message.not_valid_after_text}


def _issuer_serial(value: IssuerSerial) -> dict[str, object]:
    return {"x509_issuer_name": value.x509_issuer_name, "x509_serial_number": value.x509_serial_number}


def _base64(value: bytes | None) -> str | None:
    return None if value is None else base64.b64encode(value).decode("ascii")
