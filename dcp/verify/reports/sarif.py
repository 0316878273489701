"""The report as SARIF 2.1.0 (OASIS): a run a package, a result a finding.

What could not be checked is a result of the kind `open`; rules that were left out are overridden as not
enabled; a package that could not be judged is a run whose invocation failed. Paths are relative to the
package, whose folder the run names.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from pathlib import Path, PurePath
from typing import Any
from urllib.parse import quote

from dcp.texts.catalogue import Text
from dcp.verify.areas import AREAS, area_of
from dcp.verify.finding import Finding, NotChecked
from dcp.verify.reports.many import Outcome, Unjudged, legible, statement
from dcp.verify.rule import RULES

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
BASE = "PACKAGE"
"""The name under which a run knows the package's folder."""

_LEVELS = {"error": "error", "warning": "warning", "info": "note"}


def sarif_document(outcomes: Sequence[Outcome], *, tool: str, version: str) -> dict[str, Any]:
    """The log, in English."""
    return {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [_run(outcome, tool=tool, version=version) for outcome in outcomes],
    }


def _run(outcome: Outcome, *, tool: str, version: str) -> dict[str, Any]:
    driver: dict[str, Any] = {"name": tool, "version": version}
    run: dict[str, Any] = {
        "tool": {"driver": driver},
        "originalUriBaseIds": {BASE: {"uri": _folder(outcome.package)}},
        "columnKind": "unicodeCodePoints",
    }
    if isinstance(outcome, Unjudged):
        error = outcome.error
        told = {"level": "error", "message": {"text": legible("\n".join(error.lines()))}}
        run["invocations"] = [{"executionSuccessful": False, "toolExecutionNotifications": [told]}]
        return run
    ids = list(
        dict.fromkeys(
            [
                *outcome.checked,
                *(finding.id for finding in outcome.findings),
                *(item.id for item in outcome.not_checked),
            ]
        )
    )
    left_out = [item.id for item in outcome.left_out if item.id not in ids]
    index = {id: number for number, id in enumerate([*ids, *left_out])}
    driver["rules"] = [_rule(id) for id in index]
    run["invocations"] = [
        {
            "executionSuccessful": True,
            "ruleConfigurationOverrides": [
                {"descriptor": {"id": id, "index": index[id]}, "configuration": {"enabled": False}}
                for id in left_out
            ],
        }
    ]
    run["results"] = [
        *(_result(finding, index) for finding in outcome.findings),
        *(_open(item, index) for item in outcome.not_checked),
    ]
    run["properties"] = {
        "profile": outcome.profile,
        "standard": outcome.standard,
        "verdict": outcome.verdict,
        "mic": outcome.mic,
    }
    return run


def _rule(id: str) -> dict[str, Any]:
    rule = RULES.get(id)
    area = area_of(id)
    found: dict[str, Any] = {
        "id": id,
        "shortDescription": {"text": statement(id)},
        "properties": {"area": AREAS.get(area, area.lower())},
    }
    if rule is not None:
        found["defaultConfiguration"] = (
            {"enabled": False} if rule.severity is None else {"level": _LEVELS[rule.severity]}
        )
        if rule.clause is not None:
            found["properties"]["clause"] = rule.clause
    return found


def _result(finding: Finding, index: dict[str, int]) -> dict[str, Any]:
    remedy = finding.remedy
    found: dict[str, Any] = {
        "ruleId": finding.id,
        "ruleIndex": index[finding.id],
        "level": _LEVELS[finding.severity],
        "message": {"text": legible(finding.message)},
        "partialFingerprints": {"dcpkit/v1": _fingerprint(finding)},
    }
    location = _location(finding)
    if location:
        found["locations"] = [location]
    properties = {"clause": finding.clause, "remedy": remedy and legible(remedy)}
    given = {name: value for name, value in properties.items() if value}
    if given:
        found["properties"] = given
    return found


def _open(item: NotChecked, index: dict[str, int]) -> dict[str, Any]:
    return {
        "ruleId": item.id,
        "ruleIndex": index[item.id],
        "kind": "open",
        "level": "none",
        "message": {"text": legible(item.why)},
    }


def _location(finding: Finding) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if finding.file is not None:
        physical: dict[str, Any] = {"artifactLocation": _artifact(finding.file)}
        found["physicalLocation"] = physical
        at = finding.at
        if isinstance(at, Text) and at.id == "place.byte":
            offset = at.places.get("byte")
            if isinstance(offset, int) and offset >= 0:
                physical["region"] = {"byteOffset": offset}
    if finding.place is not None:
        found["logicalLocations"] = [{"fullyQualifiedName": legible(finding.place)}]
    return found


def _artifact(file: str) -> dict[str, str]:
    if PurePath(file).is_absolute():
        return {"uri": Path(file).as_uri()}
    path = "/".join(quote(os.fsencode(part)) for part in PurePath(file).parts)
    return {"uri": path, "uriBaseId": BASE}


def _folder(package: str) -> str:
    return Path(package).absolute().as_uri().rstrip("/") + "/"


def _fingerprint(finding: Finding) -> str:
    """The same for the same finding of a later run."""
    said = "\0".join((finding.id, finding.file or "", finding.place or "", finding.message))
    return hashlib.sha256(said.encode("utf-8", "surrogatepass")).hexdigest()[:32]
