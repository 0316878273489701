"""A bundle judged: its form, its signature, every file, and whether what it says belongs together.

Each look is a check, in the order taken; nothing behind a failure that makes it meaningless is believed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Literal

from dcp.dataclass import dataclass
from dcp.errors import DcpError, UsageError
from dcp.texts.catalogue import Sayable, Text, text
from watermark.evidence.bundle import (
    EVIDENCE,
    MANIFEST,
    SIGNATURE,
    Found,
    Manifest,
    is_bundle,
    read_bundle,
    read_manifest,
)
from watermark.evidence.case import SCHEMA

Result = Literal["pass", "fail", "warn", "skipped"]
Outcome = Literal["accept", "refuse", "incomplete"]
VERIFY_SCHEMA = "dcpkit.evidence-verify/1"


@dataclass(frozen=True)
class Check:
    """One look. id: `form`, `manifest`, `signature`, `digests`, `contents`, `repeat`, or a rule's own."""

    id: str
    result: Result
    said: Sayable

    def document(self) -> dict[str, str]:
        """As JSON."""
        return {"id": self.id, "result": self.result, "message": self.said.say()}


@dataclass(frozen=True)
class Judged:
    """checks in their order; manifest and evidence as far as they could be read."""

    checks: tuple[Check, ...]
    manifest: Manifest | None = None
    evidence: Mapping[str, Any] | None = None

    @property
    def outcome(self) -> Outcome:
        """refuse: something is wrong; incomplete: nobody vouches for it; accept: whole, and as signed."""
        if any(each.result == "fail" for each in self.checks):
            return "refuse"
        signed = any(each.id == "signature" and each.result == "pass" for each in self.checks)
        return "accept" if signed else "incomplete"

    def with_checks(self, more: Iterable[Check]) -> Judged:
        """The same with further looks."""
        return Judged((*self.checks, *more), self.manifest, self.evidence)

    def document(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "schema": VERIFY_SCHEMA,
            "verdict": self.outcome,
            "made": self.manifest.made.isoformat() if self.manifest else None,
            "case": dict(self.evidence["case"]) if self.evidence else None,
            "checks": [each.document() for each in self.checks],
            "second_laboratory": [each.say() for each in self.needed()],
        }

    def needed(self) -> tuple[Text, ...]:
        """What a second laboratory needs to repeat it, and what it runs."""
        evidence = self.evidence
        if self.outcome == "refuse" or evidence is None:
            return ()
        recording = evidence["recording"]
        return (
            text("evidence.need-recording", name=recording["name"], sha256=recording["sha256"]),
            *(
                text(
                    "evidence.need-secret", operator=each["operator"] or "-", fingerprint=each["fingerprint"]
                )
                for each in evidence["secrets"]
            ),
            *(
                text("evidence.need-film", name=each["name"], sha256=digest["sha256"], file=digest["name"])
                for each in evidence["films"]
                for digest in each["files"]
            ),
            text("evidence.need-run", version=evidence["tool"]["version"]),
        )


def judge_bundle(path: Path, signature: Callable[[bytes, bytes | None], Iterable[Check]]) -> Judged:
    """Judge a bundle. signature(manifest, signature's file or None): its checks, the last one `signature`.

    UsageError when there is no bundle, or it cannot be read.
    """
    if not is_bundle(path):
        raise UsageError("bundle.none", where=path)
    try:
        found = read_bundle(path)
    except UsageError:
        raise
    except DcpError as error:
        return Judged((Check("form", "fail", error),))
    checks = [Check("form", "pass", text("bundle.form-holds", n=len(found.files)))]
    data = found.documents.get(MANIFEST)
    if data is None:
        return Judged((*checks, Check("manifest", "fail", text("bundle.no-manifest"))))
    checks += signature(data, found.documents.get(SIGNATURE))
    try:
        manifest = read_manifest(data)
    except DcpError as error:
        return Judged((*checks, Check("manifest", "fail", error)))
    checks.append(Check("manifest", "pass", text("bundle.manifest-holds", n=len(manifest.files))))
    if manifest.signed and SIGNATURE not in found.documents:
        checks.append(Check("signature", "fail", text("bundle.signature-removed")))
    checks += _digests(found, manifest)
    if any(each.result == "fail" for each in checks):
        return Judged(tuple(checks), manifest)
    evidence = _evidence(found.documents.get(EVIDENCE, b""))
    result: Result = "pass" if evidence is not None else "fail"
    checks.append(Check("contents", result, text("bundle.contents." + result)))
    return Judged(tuple(checks), manifest, evidence)


def _digests(found: Found, manifest: Manifest) -> list[Check]:
    """Every file against the manifest, each wrong one named."""
    there = {name: each for name, each in found.files.items() if name not in (MANIFEST, SIGNATURE)}
    wrong = [
        *(text("bundle.absent", file=name) for name in sorted(manifest.files.keys() - there.keys())),
        *(text("bundle.stray", file=name) for name in sorted(there.keys() - manifest.files.keys())),
        *(
            text("bundle.changed", file=name)
            for name in sorted(there.keys() & manifest.files.keys())
            if there[name] != manifest.files[name]
        ),
    ]
    if wrong:
        return [Check("digests", "fail", each) for each in wrong]
    return [Check("digests", "pass", text("bundle.digests-hold", n=len(there)))]


def _evidence(data: bytes) -> dict[str, Any] | None:
    """The evidence as far as it is read here: None when it is not of that form."""
    try:
        document: dict[str, Any] = json.loads(data)
        good = (
            document["schema"] == SCHEMA
            and _texts(document["recording"], "name", "sha256")
            and _texts(document["tool"], "version")
            and _texts(document["case"], "examiner", "number")
            and all(_texts(each, "operator", "fingerprint") for each in document["secrets"])
            and all(
                _texts(each, "name") and all(_texts(one, "name", "sha256") for one in each["files"])
                for each in document["films"]
            )
            and isinstance(document["result"], dict)
            and isinstance(document["parameters"], dict)
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    return document if good else None


def _texts(values: Mapping[str, Any], *names: str) -> bool:
    return all(isinstance(values[name], str) for name in names)


def sha256(data: bytes) -> str:
    """64 hex digits."""
    return hashlib.sha256(data).hexdigest()
