"""A KDM and its judgement as JSON documents and as lines of text."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence

from dcp.texts.catalogue import LANGUAGES, Language
from dcp.trust.refusals import RESULTS, Finding
from dcp.trust.step import Step
from kdm.checklist import KdmReport
from kdm.evidence import Outcome
from kdm.formulation import recognise
from kdm.message import IssuerSerial, KdmMessage
from kdm.refusals import text, title

SCHEMA = "dcpkit.kdm-verify/1"
NAME_STEP, _NAMING = "KDM-125", "ISDCF KDM naming"

_VERDICTS: Mapping[Language, Mapping[str, str]] = {
    "en": {
        "accept": "accept: every step that could be judged holds",
        "refuse": "refuse: {step}: {text}; what to do: {remedy}",
        "incomplete": "incomplete: nothing failed, but there was no private key to open the blocks",
    },
    "zh": {
        "accept": "接受：所有可以检查的步骤都通过",
        "refuse": "拒绝：{step}：{text}；处理方法：{remedy}",
        "incomplete": "未查完：没有未通过的步骤，但未提供私钥，密钥块未解开",
    },
}
_MEANING: Mapping[Language, str] = {"en": "meaning: {}", "zh": "含义：{}"}
_SHOWN: Mapping[Language, str] = {"en": "servers show: {}", "zh": "服务器显示：{}"}


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
    lines = [
        f"{RESULTS[language][step.result]} {step.id}  {_said(step.id, report.outcomes[step.id], language)}"
        for step in report.steps
    ]
    verdict = _VERDICTS[language][report.verdict]
    if not report.refusals:
        return [*lines, verdict]
    first = report.refusals[0]
    return [
        *lines,
        _MEANING[language].format(first.meaning(language)),
        *(_SHOWN[language].format(code) for code in first.codes),
        verdict.format(step=first.step, text=first.text(language), remedy=first.remedy(language)),
    ]


def _said(step: str, outcome: Outcome, language: Language) -> str:
    """What a step said; in other languages than English what it asks, where it holds and that is all."""
    if language == "en":
        return outcome.message
    return title(step, language) if outcome.entry is None else text(outcome.entry, outcome.places, language)


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
        return Step(NAME_STEP, "skipped", "the name has not the form of the naming convention", _NAMING)
    faults = name_faults(name, message, formulation=_formulation(message))
    if faults:
        return Step(NAME_STEP, "warn", "; ".join(faults), _NAMING)
    return Step(NAME_STEP, "pass", "the name says what the message says", _NAMING)


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
