"""Evidence repeated: the same recording, secrets and films, read again, and the numbers compared."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dcp.errors import DcpError
from dcp.extras import need
from dcp.texts.catalogue import Text, text
from dcp.version import VERSION
from dcpkit.options import Access

if TYPE_CHECKING:
    from dcpkit.films import Film
    from watermark.evidence.case import Digest
    from watermark.evidence.checking import Check


def repeat(
    evidence: Mapping[str, Any],
    recording: Path,
    secret_files: Sequence[Path],
    references: Sequence[Path],
    *,
    access: Access,
    now: datetime,
    tell: Callable[[Text], None],
    quiet: bool,
) -> list[Check]:
    """Read the mark again with the parameters of the evidence. Checks: that it is the same material, then
    that they are the same numbers."""
    need("watermark")
    from dcpkit.films import films_at, is_package
    from dcpkit.searching import read_mark
    from watermark.evidence.case import digest_of
    from watermark.evidence.checking import Check
    from watermark.evidence.repeat import repeated
    from watermark.report import document
    from watermark.secret import read_secret

    known = [each["fingerprint"] for each in evidence["secrets"]]
    secrets = [read_secret(path) for path in secret_files]
    secrets.sort(key=lambda each: known.index(each.fingerprint) if each.fingerprint in known else len(known))
    stated = evidence["parameters"]
    cpls = _list(stated.get("cpl"))
    films: list[Film] = []
    for path in references:  # a folder of indexes is several films
        cpl = cpls[len(films)] if len(films) < len(cpls) else None
        films += films_at([path], cpl=cpl if is_package(path) else None, access=access, now=now)
    tell(text("evidence.stage-digests"))
    checks = _other_files([digest_of(recording)], [evidence["recording"]])
    found = [digest for film in films for digest in film.searched.examined().files]
    checks += _other_files(found, [one for each in evidence["films"] for one in each["files"]])
    checks += _missing(evidence, found, {each.fingerprint for each in secrets})
    checks += [
        Check("material", "fail", text("evidence.repeat-other-secret", fingerprint=each.fingerprint))
        for each in secrets
        if each.fingerprint not in known
    ]
    if checks:
        return checks
    checks.append(Check("material", "pass", text("evidence.repeat-files")))
    version = evidence["tool"]["version"]
    if version != VERSION:
        checks.append(Check("version", "warn", text("evidence.repeat-version", version=version, own=VERSION)))
    threshold = stated.get("threshold")
    if type(threshold) is not float or not 0 < threshold < 1:
        raise DcpError("evidence.no-parameters")
    extraction = read_mark(recording, secrets, films, threshold=threshold, tell=tell, quiet=quiet)
    again = document(extraction, year=_year(evidence["result"]) or now.year)
    return [*checks, *repeated(evidence["result"], again)]


def _other_files(found: Sequence[Digest], stated: Sequence[Mapping[str, Any]]) -> list[Check]:
    """Files that are not those that were examined."""
    from watermark.evidence.checking import Check

    known = {each["sha256"] for each in stated}
    return [
        Check("material", "fail", text("evidence.repeat-other-file", name=each.name, sha256=each.sha256))
        for each in found
        if each.sha256 not in known
    ]


def _missing(evidence: Mapping[str, Any], found: Sequence[Digest], given: set[str]) -> list[Check]:
    """Films and secrets that were searched, each counted, and are not here."""
    from watermark.evidence.checking import Check

    files = {each.sha256 for each in found}
    lacking = [
        *(
            each["name"]
            for film in evidence["films"]
            for each in film["files"]
            if each["sha256"] not in files
        ),
        *(each["fingerprint"] for each in evidence["secrets"] if each["fingerprint"] not in given),
    ]
    return [Check("material", "fail", text("evidence.repeat-missing", name=each)) for each in lacking]


def _list(value: object) -> list[str | None]:
    return [each if isinstance(each, str) else None for each in value] if isinstance(value, list) else []


def _year(result: Mapping[str, Any]) -> int | None:
    """The year that the mark's time was read in."""
    payload = result.get("payload")
    time = payload.get("time_utc") if isinstance(payload, dict) else None
    return int(time[:4]) if isinstance(time, str) and time[:4].isdigit() else None
