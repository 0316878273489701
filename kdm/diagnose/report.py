"""A diagnosis as the document `dcpkit.kdm-diagnose/1` and as lines for a projectionist."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from dcp.texts.catalogue import Language, say
from kdm.diagnose.causes import codes_of
from kdm.diagnose.diagnosis import Diagnosis
from kdm.diagnose.matching import Candidate, common_name
from kdm.steps import overrun_end

SCHEMA = "dcpkit.kdm-diagnose/1"
SHOWN = 20  # candidates in the lines; the document has all

_ENDS = (".", "。", "!", "！", "?", "？")


def diagnosis_json(found: Diagnosis, language: Language = "en") -> dict[str, object]:
    """The document, its texts in one language."""
    facts, one = found.facts, found.candidate
    return {
        "schema": SCHEMA,
        "plays": found.plays,
        "cause": found.cause,
        "step": found.finding.step or None,
        "headline": found.finding.meaning(language),
        "text": _sentence(found.finding.text(language), language),
        "remedy": _sentence(found.finding.remedy(language), language),
        "codes": [
            {"server": code.server, "code": code.code, "words": code.words, "source": code.source}
            for code in codes_of(found.finding)
        ],
        "language": language,
        "composition": {"id": str(facts.id), "title": facts.content_title_text} if facts else None,
        "kdm": one.file.where if one else None,
        "begins": _iso(found.begins),
        "until": _iso(found.until),
        "overrun_until": _iso(overrun_end(found.until)) if found.until else None,
        "notes": [
            {"id": note.name, "text": _sentence(note.text(language), language)} for note in found.notes
        ],
        "candidates": [_candidate(each, language) for each in found.candidates],
    }


def diagnosis_lines(found: Diagnosis, language: Language = "en") -> Sequence[str]:
    """The cause first, then what to do, then what it was seen from."""
    finding = found.finding

    def label(name: str, **places: object) -> str:
        return say(f"diagnose.{name}", places, language)

    def said(text: str) -> str:
        return _sentence(text, language)

    lines = [
        finding.meaning(language),
        said(finding.text(language)),
        label("do", what=said(finding.remedy(language))),
    ]
    codes = [str(code) for code in codes_of(finding)]
    if codes:
        lines.append(label("codes", what="; ".join(codes)))
    lines += [label("note", what=said(note.text(language))) for note in found.notes]
    if found.candidate is not None:
        lines.append(label("kdm", what=found.candidate.file.where))
    if len(found.candidates) > 1:
        lines += ["", label("all")]
        lines += [f"  {each.file.where}: {_in_short(each, language)}" for each in found.candidates[:SHOWN]]
        if len(found.candidates) > SHOWN:
            lines.append("  " + label("more", count=len(found.candidates) - SHOWN))
    return lines


def _candidate(one: Candidate, language: Language) -> dict[str, object]:
    message, first = one.file.message, next(iter(one.refusals), None)
    return {
        "file": one.file.where,
        "verdict": one.verdict,
        "first_failure": {"id": first.step, "message": first.text(language)} if first else None,
        "for_composition": one.composition,
        "for_device": one.recipient,
        "message_id": str(message.message_id) if message else None,
        "title": message.content_title_text if message else None,
        "cpl_id": str(message.composition_playlist_id) if message else None,
        "recipient": message.recipient.x509_subject_name if message else None,
        "not_before": message.not_valid_before_text if message else None,
        "not_after": message.not_valid_after_text if message else None,
    }


def _in_short(one: Candidate, language: Language) -> str:
    first, message = next(iter(one.refusals), None), one.file.message
    if first is not None:
        short = f"{first.step}: {first.meaning(language)}"
        name = common_name(message.recipient.x509_subject_name) if message and one.recipient != "this" else ""
        return f"{short} [{name}]" if name else short
    if one.report is None and message is not None:
        return say("diagnose.other", {"title": message.content_title_text[:100]}, language)
    return say("diagnose.good", language=language)


def _sentence(text: str, language: Language) -> str:
    """A cause is a sentence; a refusal, which stands after a colon elsewhere, is made one."""
    whole = text if text.endswith(_ENDS) else text + ("。" if language == "zh" else ".")
    return whole[:1].upper() + whole[1:]


def _iso(value: datetime | None) -> str | None:
    return value.isoformat() if value is not None else None
