"""Verification of a package: survey it, read every file once, put every rule to what was found."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from dcp.errors import TrackFileError, UsageError
from dcp.mxf.reader import MicPolicy
from dcp.package.assets import USABLE
from dcp.package.survey import survey_package
from dcp.secrets.keys import Keyring
from dcp.system import cores
from dcp.texts.catalogue import text
from dcp.verify.areas import in_order
from dcp.verify.asked import Asked
from dcp.verify.cache import open_cache
from dcp.verify.depth import missing
from dcp.verify.facts import KdmFacts, PackageFacts
from dcp.verify.finding import (
    SEVERITIES,
    Finding,
    LeftOut,
    LeftOutBy,
    MicSource,
    NotChecked,
    VerificationReport,
)
from dcp.verify.heading import outlines, pictures_seen, sounds_heard
from dcp.verify.holes import without_holes
from dcp.verify.profiles import Profile, profile_by_name
from dcp.verify.rule import RULES, Hit, Rule, Skip, skip
from dcp.verify.rules.all import load_rules
from dcp.verify.servers import concerning
from dcp.verify.signatures import judge_signatures
from dcp.verify.sizes import without_consequences
from dcp.verify.timedtext.gathering import loose_texts
from dcp.verify.tracks import FileRead, FileToRead, Progress, files_to_read, open_tracks, read_all

if TYPE_CHECKING:
    from dcp.trust.certificate import Certificate
    from dcp.trust.deny import DenyList

MAX_PLACES = 8


def verify_package(
    root: Path,
    *,
    now: datetime,
    ov: Sequence[Path] = (),
    keyring: Keyring | None = None,
    kdms: Sequence[KdmFacts] = (),
    trust: Sequence[Certificate] | None = None,
    revoked: DenyList | None = None,
    profile: str | Path = "field",
    select: Sequence[str] = (),
    ignore: Sequence[str] = (),
    hashes: bool = True,
    picture: bool = True,
    decode: bool = False,
    thorough: bool = False,
    mic: MicPolicy = "require",
    progress: Progress | None = None,
    cancel: Callable[[], bool] | None = None,
    workers: int | None = None,
    cache: Path | None = None,
) -> VerificationReport:
    """Judge a package.

    now: the instant that dates are held against. ov: the original versions that a version file builds on.
    trust: root certificates; None accepts any sound chain. revoked: what no chain may hold. hashes, picture,
    decode, thorough: how deep (`Asked`). profile: a name, or a TOML file (`dcp.verify.profiles`). select,
    ignore: ids and areas of rules, the only ones that are asked for, and those that are not. progress: called
    with bytes done and in all, from several threads in turn. cache: a folder in which right hashes are
    remembered, and from which those of unchanged files are taken (`dcp.verify.cache`). UsageError when `root`
    or an OV cannot be looked into, or there is no such profile or rule, or the cache lies in one of them;
    whatever is wrong inside becomes a finding.
    """
    if now.tzinfo is None:
        raise UsageError("verify.time-without-offset")
    load_rules()
    measure = profile_by_name(profile).narrowed(select, ignore)
    asked = Asked(hashes=hashes, picture=picture, decode=decode, thorough=thorough, standard=measure.standard)
    survey = survey_package(root, ov=ov)
    facts = PackageFacts(survey=survey, now=now, keyring=keyring, asked=asked, kdms=tuple(kdms))
    files = files_to_read(survey)
    tracks = open_tracks(files, keyring, asked)
    survey = without_holes(survey, tracks)
    read = read_all(
        files,
        tracks,
        [rule for rule in RULES.values() if rule.scope == "unit" and missing(rule.id, asked) is None],
        asked=asked,
        keyring=keyring,
        mic=mic,
        progress=progress,
        cancel=cancel,
        workers=workers or cores(),
        cache=open_cache(cache, (root, *ov), now=now) if cache is not None else None,
        expected=_expected(facts),
        unhashed=facts.missized,
    )
    facts = replace(
        facts,
        survey=survey,
        tracks=tracks,
        passes={
            file.asset_id: done.track_pass
            for file in files
            if (done := read[file.path]).track_pass is not None
        },
        digests={path: done.sha1 for path, done in read.items() if done.sha1 is not None},
        changed={path: done.changed for path, done in read.items() if done.changed is not None},
        loose=loose_texts(survey),
        signatures=tuple(judge_signatures(survey, now=now, trust=trust, revoked=revoked)),
    )
    outcomes = [*_header_outcomes(facts), *_unit_outcomes(files, read)]
    for rule in RULES.values():
        if rule.package is not None and missing(rule.id, asked) is None:
            outcomes.extend((rule, outcome) for outcome in rule.package(facts))
    outcomes.extend(_left_out(facts))
    outcomes = list(without_consequences(outcomes, facts.missized))
    findings, not_checked = _weigh(outcomes, measure)
    left_out = _not_asked(facts, measure)
    return VerificationReport(
        package=str(root),
        standard=survey.standard,
        profile=measure.name,
        mic=_mic(facts),
        findings=findings,
        not_checked=not_checked,
        checked=tuple(id for id in in_order(RULES) if id not in left_out),
        bytes_read=sum(file.size for file in files),
        compositions=tuple(outlines(facts)),
        left_out=tuple(left_out.values()),
        remembered=tuple(done.remembered for done in read.values() if done.remembered is not None),
        pictures=tuple(pictures_seen(facts)),
        sounds=tuple(sounds_heard(facts)),
        profile_title=measure.title,
        servers=concerning(facts, _said(outcomes)) if "QC-005" not in left_out else (),
    )


def _said(outcomes: Iterable[tuple[Rule, Hit | Skip]]) -> Iterable[str]:
    """The rules that found something, whatever the profile makes of it."""
    for rule, outcome in outcomes:
        if isinstance(outcome, Hit):
            yield outcome.rule or rule.id


def _expected(facts: PackageFacts) -> dict[Path, frozenset[bytes]]:
    """The hashes that the packing lists have of each file."""
    found: dict[Path, set[bytes]] = {}
    for _, asset in facts.packed():
        path = facts.survey.locate(asset.id)
        if path is not None and asset.hash is not None:
            found.setdefault(path, set()).add(asset.hash)
    return {path: frozenset(hashes) for path, hashes in found.items()}


def _not_asked(facts: PackageFacts, measure: Profile) -> dict[str, LeftOut]:
    """The rules that were not put to the package, and why."""
    found: dict[str, LeftOut] = {}
    for id in in_order(RULES):
        by: LeftOutBy | None = measure.left_out_by(RULES[id]) or missing(id, facts.asked)
        if by is None and id.startswith("KDM-") and not facts.kdms:
            by = "kdm"
        if by is not None:
            found[id] = LeftOut(id, by)
    return found


def _unit_outcomes(
    files: Sequence[FileToRead], read: dict[Path, FileRead]
) -> Iterable[tuple[Rule, Hit | Skip]]:
    for file in files:
        yield from read[file.path].said


def _header_outcomes(facts: PackageFacts) -> Iterable[tuple[Rule, Hit]]:
    """Track files whose header cannot be read at all."""
    for track in facts.tracks.values():
        error = track.error
        if error is not None:
            rule = RULES["MXF-001" if isinstance(error, TrackFileError) else "PKG-005"]
            yield rule, Hit(error, file=track.name)


def _left_out(facts: PackageFacts) -> Iterable[tuple[Rule, Skip]]:
    """What could not be looked at in the files, by the first rule that needed it."""
    for track in facts.tracks.values():
        header = track.header
        if header is None:
            continue
        if track.structure is None:
            yield RULES["MXF-006"], skip("MXF-006.not-read", name=track.name)
        if header.encrypted and not track.readable:
            why = skip("MXF.no-key", name=track.name, key=header.key_id or text("word.none"))
            yield RULES["MXF-004"], why
            yield RULES["ENC-101"], why
            if header.essence in ("picture", "stereo_picture"):
                yield RULES["J2K-001"], why
            elif header.essence in ("aux_data", "atmos"):
                yield RULES["IMM-005"], why
        elif not facts.asked.picture and header.essence in ("picture", "stereo_picture"):
            yield (
                RULES["J2K-001"],
                skip(
                    "J2K-001.not-asked",
                    name=track.name,
                ),
            )
    for problem in facts.problems("missing", "path", "unreadable", "chunks", "unread"):
        yield (
            RULES["MXF-001"],
            skip(
                "MXF-001.unread",
                name=problem.file,
            ),
        )
    for ov in facts.survey.ov:
        used = {reference.asset.id for reference in facts.references()}
        for problem in ov.problems:
            if problem.asset_id in used and problem.kind not in USABLE:
                yield (
                    RULES["MXF-001"],
                    skip(
                        "MXF-001.unread-original",
                        name=f"{ov.root.name}/{problem.file}",
                    ),
                )
    for document in facts.survey.documents:
        if document.error is None or document.kind == "other":
            continue
        if document.value is None:
            yield RULES["PKG-013"], skip("PKG-013.unread", name=document.name)
        elif document.faults:
            places = [(fault.where or "").rsplit(": ", 1)[-1] for fault in document.faults[:MAX_PLACES]]
            more = len(document.faults) - len(places)
            yield (
                RULES["PKG-013"],
                skip(
                    "PKG-013.partly-more" if more else "PKG-013.partly",
                    name=document.name,
                    places=", ".join(places),
                    n=more,
                ),
            )


def _weigh(
    outcomes: Iterable[tuple[Rule, Hit | Skip]], measure: Profile
) -> tuple[tuple[Finding, ...], tuple[NotChecked, ...]]:
    """Findings, the gravest first, and what was not checked; each once."""
    findings: dict[object, Finding] = {}
    not_checked: dict[tuple[str, str], NotChecked] = {}
    for made_by, outcome in outcomes:
        rule = RULES[outcome.rule] if outcome.rule is not None else made_by
        if isinstance(outcome, Skip):
            if measure.weigh(rule) is not None:
                not_checked.setdefault((rule.id, outcome.why), NotChecked(rule.id, outcome.said))
            continue
        severity = measure.weigh_finding(rule, outcome.severity)
        if severity is None:
            continue
        finding = Finding(
            id=rule.id,
            severity=severity,
            said=outcome.said,
            clause=rule.clause,
            file=outcome.file,
            at=outcome.place,
            to_do=outcome.remedy,
        )
        findings.setdefault(tuple(finding.document().values()), finding)
    by_gravity = sorted(findings.values(), key=lambda finding: SEVERITIES.index(finding.severity))
    return tuple(by_gravity), tuple(not_checked.values())


def _mic(facts: PackageFacts) -> MicSource | None:
    """The weakest source that any track file of this run was checked by."""
    sources = {done.mic for done in facts.passes.values() if done.mic is not None}
    order: tuple[MicSource, ...] = ("derived", "kdm", "none")
    return next((source for source in order if source in sources), None)
