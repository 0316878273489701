"""Facility lists, their check and their changes as plain values for JSON and as lines of text."""

from __future__ import annotations

import base64
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from dcp.dataclass import dataclass
from dcp.texts.catalogue import Language, Text, aside, said, say
from dcp.trust.step import Step
from kdm.facility.changes import CHECK as CHANGED
from kdm.facility.changes import Change
from kdm.facility.checking import CHECK as JUDGED
from kdm.facility.checking import DeviceVerdict, list_problems
from kdm.facility.sharing import shared_devices
from kdm.facility.sorting import describe, roles_of
from kdm.facility.values import Device, Facility, FacilityList, Screen
from kdm.phrases import Phrase, Run, phrase, step_text

SCHEMA = "dcpkit.kdm-facilities/1"
CLAUSE = "ST 430-7; ST 430-16; ISDCF Doc 5 Annex A"


@dataclass(frozen=True)
class Finding:
    """One row of the project's table of checks that did not pass. severity: error, warning or info."""

    id: str
    severity: str
    cinema: str | None
    screen: str | None
    message: str


def check_findings(listing: FacilityList, verdicts: Sequence[DeviceVerdict]) -> list[Finding]:
    """FLM-101: what could not be used, and each certificate that is not fit; incomplete chains as info."""
    found = [
        Finding(JUDGED, "error", facility.name if facility else None, screen.name if screen else None, text)
        for facility, screen, text in list_problems(listing)
    ]
    found += [Finding(JUDGED, "warning", None, None, told) for told in shared_devices(listing)]
    for each in verdicts:
        place = (each.facility.name, each.screen.name)
        label = each.device.leaf.label
        for step in each.steps:
            severity = "error" if step.result == "fail" else "warning"
            named = step.message.startswith(f"{label}: ")
            told = step_text(step) if named else Text("facility.step", _step(label, step))
            found.append(Finding(JUDGED, severity, *place, Phrase(told)))
        if each.verdict == "incomplete":
            found.append(Finding(JUDGED, "info", *place, phrase("facility.no-authorities", label=label)))
    return found


def _step(label: str, step: Step) -> dict[str, object]:
    return {"label": label, "step": step, "id": step.id}


def change_findings(changes: Sequence[Change]) -> list[Finding]:
    """FLM-102: each change; a warning where a KDM has to be issued anew."""
    return [
        Finding(
            CHANGED,
            "info" if change.reissue == "no" else "warning",
            change.cinema,
            change.screen or None,
            phrase(
                _CHANGED[change.reissue],
                what=f"change-{change.what.replace(' ', '-')}",
                detail=change.detail,
            ),
        )
        for change in changes
    ]


_CHANGED = {"yes": "change.said-yes", "device-list": "change.said-device-list", "no": "change.said"}


def facilities_json(
    listing: FacilityList,
    *,
    findings: Sequence[Finding] | None = None,
    changes: Sequence[Change] | None = None,
) -> dict[str, Any]:
    """`dcpkit.kdm-facilities/1`. findings: of the check, None when none was asked for."""
    return {
        "schema": SCHEMA,
        "source": listing.source,
        "issued": listing.issued.isoformat() if listing.issued else None,
        "signed": listing.signed,
        "problems": list(listing.problems),
        "notes": list(listing.notes),
        "facilities": [_facility_json(facility) for facility in listing.facilities],
        "verdict": None if findings is None else "fail" if _failed(findings) else "pass",
        "findings": None if findings is None else [_finding_json(each) for each in findings],
        "changes": None if changes is None else [_change_json(each) for each in changes],
    }


def facilities_lines(
    listing: FacilityList,
    *,
    findings: Sequence[Finding] | None = None,
    changes: Sequence[Change] | None = None,
    language: Language = "en",
) -> Iterator[str]:
    """For a person: the cinemas and screens, or the findings where a check or a comparison was asked for."""
    if findings is None and changes is None:
        yield from _listing_lines(listing, language)
        return
    if changes is not None:
        yield from (_line(each, language) for each in change_findings(changes))
        again = Counter(change.reissue for change in changes)
        told = {"changes": len(changes), "again": again["yes"], "lists": again["device-list"]}
        yield say("facility.changes", told, language)
    if findings is not None:
        yield from (_line(each, language) for each in findings)
        screens = sum(len(facility.screens) for facility in listing.facilities)
        bad = [each for each in findings if each.severity == "error"]
        counts = {"cinemas": len(listing.facilities), "screens": screens, "errors": len(bad)}
        yield say("facility.unfit" if bad else "facility.fit", counts, language)


def _listing_lines(listing: FacilityList, language: Language) -> Iterator[str]:
    def lines(indent: int, id: str, told: Iterable[object]) -> Iterator[str]:
        return (" " * indent + say(id, {"what": one}, language) for one in told)

    for facility in listing.facilities:
        zone = facility.time_zone or say("facility.no-time-zone", language=language)
        told = [facility.id if facility.id != facility.name else "", zone]
        told += [facility.country, facility.circuit, ", ".join(facility.emails)]
        yield facility.name + aside(Run([one for one in told if one]).say(language), language)
        yield from lines(2, "facility.line-problem", facility.problems)
        for screen in facility.screens:
            yield f"  {said(screen.name, language)}"
            yield from lines(4, "facility.line-block", map(_words, screen.recipients))
            yield from lines(4, "facility.line-attached", map(_words, screen.devices))
            yield from lines(4, "facility.line-thumbprint", map(_text, screen.bare_thumbprints))
            yield from lines(4, "facility.line-problem", screen.problems)
            yield from lines(4, "facility.line-note", screen.notes)
        yield from lines(2, "facility.line-note", facility.notes)
    yield from lines(0, "facility.line-problem", listing.problems)
    yield from lines(0, "facility.line-note", listing.notes)
    screens = [screen for facility in listing.facilities for screen in facility.screens]
    blocks = sum(len(screen.recipients) for screen in screens)
    counts = {"cinemas": len(listing.facilities), "screens": len(screens), "blocks": blocks}
    yield say("facility.count", counts, language)


def _words(device: Device) -> str:
    said = describe(device)
    return f"{device.leaf.label}{f' ({said})' if said else ''}"


def _line(finding: Finding, language: Language) -> str:
    place = ", ".join(one for one in (finding.cinema, finding.screen) if one)
    words = said(finding.message, language)
    severity = say(f"word.severity-{finding.severity}", language=language)
    told = say("place.colon", {"place": place, "what": words}, language) if place else words
    return f"{severity:7} {finding.id}  {told}"


def _failed(findings: Sequence[Finding]) -> bool:
    return any(each.severity == "error" for each in findings)


def _facility_json(facility: Facility) -> dict[str, Any]:
    return {
        "id": facility.id,
        "name": facility.name,
        "time_zone": facility.time_zone,
        "emails": list(facility.emails),
        "circuit": facility.circuit,
        "country": facility.country,
        "language": facility.language,
        "partial": facility.partial,
        "problems": list(facility.problems),
        "notes": list(facility.notes),
        "screens": [_screen_json(screen) for screen in facility.screens],
    }


def _screen_json(screen: Screen) -> dict[str, Any]:
    return {
        "name": screen.name,
        "recipients": [_device_json(device) for device in screen.recipients],
        "devices": [_device_json(device) for device in screen.devices],
        "bare_thumbprints": [_text(value) for value in screen.bare_thumbprints],
        "problems": list(screen.problems),
        "notes": list(screen.notes),
    }


def _device_json(device: Device) -> dict[str, Any]:
    leaf = device.leaf
    return {
        "kind": device.kind,
        "serial": device.serial,
        "maker": device.maker,
        "model": device.model,
        "subject": leaf.subject if leaf.fields.subject is not None else None,
        "roles": list(roles_of(leaf)),
        "not_after": leaf.fields.not_after.instant.isoformat() if leaf.fields.not_after else None,
        "thumbprint": _text(leaf.thumbprint()),
        "chain_length": len(device.certificates),
    }


def _finding_json(finding: Finding) -> dict[str, Any]:
    return {
        "id": finding.id,
        "severity": finding.severity,
        "clause": CLAUSE if finding.id == JUDGED else None,
        "cinema": finding.cinema,
        "screen": finding.screen,
        "message": finding.message,
    }


def _change_json(change: Change) -> dict[str, Any]:
    return {
        "id": CHANGED,
        "what": change.what,
        "cinema": change.cinema,
        "facility_id": change.facility_id,
        "screen": change.screen or None,
        "reissue": change.reissue,
        "detail": change.detail,
        "media_blocks": [_text(value) for value in change.media_blocks],
    }


def _text(value: bytes) -> str:
    return base64.b64encode(value).decode("ascii")
