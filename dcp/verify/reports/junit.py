"""The report as JUnit XML, as Jenkins, GitLab and their like read it: a suite a package, a case a rule.

A rule with an error is a failure. Warnings and notes stand in the output of their case, so that they are seen
and do not fail it. What could not be checked and what was left out is skipped, never passed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from lxml import etree

from dcp.verify.areas import AREAS, area_of, in_order
from dcp.verify.depth import spokesmen
from dcp.verify.finding import Finding, LeftOut, LeftOutBy, VerificationReport
from dcp.verify.reports.many import Outcome, Unjudged, legible, one_line, remedies, statement

MAX_LINES = 100
"""Findings of one rule that are written out; of the rest the case says how many they are."""

_LEFT_OUT: Mapping[LeftOutBy, str] = {
    "profile": "left out by the profile {profile}",
    "select": "left out by --select",
    "ignore": "left out by --ignore",
    "picture": "left out by --no-picture",
    "decode": "not asked for: --decode",
    "thorough": "not asked for: --thorough",
    "kdm": "no KDM was given",
}


def junit_document(outcomes: Sequence[Outcome], *, tool: str) -> str:
    """The document, in ASCII. tool: the name before the areas, as class names have it."""
    root = etree.Element("testsuites", name=tool)
    for outcome in outcomes:
        suite = etree.SubElement(root, "testsuite", name=legible(_package(outcome)))
        cases = _unjudged(outcome, tool) if isinstance(outcome, Unjudged) else _cases(outcome, tool)
        suite.extend(cases)
        _count(suite)
    for name in ("tests", "failures", "errors"):
        root.set(name, str(sum(int(suite.get(name, "0")) for suite in root)))
    etree.indent(root, space=" ")
    return etree.tostring(root, encoding="us-ascii", xml_declaration=True).decode("ascii")


def _package(outcome: Outcome) -> str:
    return outcome.package


def _count(suite: etree._Element) -> None:
    for name, inside in (
        ("tests", "testcase"),
        ("failures", "testcase/failure"),
        ("errors", "testcase/error"),
    ):
        suite.set(name, str(len(suite.findall(inside))))
    suite.set("skipped", str(len(suite.findall("testcase/skipped"))))


def _case(tool: str, id: str) -> etree._Element:
    area = AREAS.get(area_of(id), area_of(id).lower())
    return etree.Element("testcase", classname=f"{tool}.{area}", name=f"{id} {statement(id)}")


def _unjudged(outcome: Unjudged, tool: str) -> Iterable[etree._Element]:
    case = etree.Element("testcase", classname=f"{tool}.package", name="PKG-005 " + statement("PKG-005"))
    error = etree.SubElement(
        case, "error", type=outcome.error.id or "error", message=legible(outcome.error.what)
    )
    error.text = legible("\n".join(outcome.error.lines()))
    yield case


def _cases(report: VerificationReport, tool: str) -> Iterable[etree._Element]:
    found: dict[str, list[Finding]] = {}
    for finding in report.findings:
        found.setdefault(finding.id, []).append(finding)
    skipped: dict[str, list[str]] = {}
    for item in report.not_checked:
        skipped.setdefault(item.id, []).append(item.why)
    left_out = {item.id: item for item in report.left_out}
    for id in _ids([*report.checked, *found, *skipped, *left_out]):
        case = _case(tool, id)
        why = list(dict.fromkeys(said for each in spokesmen(id) for said in skipped.get(each, ())))
        _fill(case, found.get(id, ()), why, left_out.get(id), report.profile)
        yield case


def _ids(ids: Iterable[str]) -> list[str]:
    each = list(dict.fromkeys(ids))
    known = in_order(id for id in each if area_of(id) in AREAS)
    return [*known, *(id for id in each if id not in known)]


def _fill(
    case: etree._Element,
    found: Sequence[Finding],
    skipped: Sequence[str],
    left_out: LeftOut | None,
    profile: str,
) -> None:
    errors = [finding for finding in found if finding.severity == "error"]
    others = [finding for finding in found if finding.severity != "error"]
    if errors:
        first = legible(errors[0].message)
        message = first if len(errors) == 1 else f"{first} ({len(errors)} errors)"
        failure = etree.SubElement(case, "failure", type=errors[0].id, message=message)
        failure.text = _lines(errors, with_remedies=True)
    elif skipped:
        etree.SubElement(case, "skipped", message=legible("; ".join(skipped[:MAX_LINES])))
    elif left_out is not None and not found:
        etree.SubElement(case, "skipped", message=legible(_LEFT_OUT[left_out.by].format(profile=profile)))
    if others:
        etree.SubElement(case, "system-out").text = _lines(others, with_remedies=True)


def _lines(findings: Sequence[Finding], *, with_remedies: bool) -> str:
    lines = [f"{finding.severity}: {one_line(finding)}" for finding in findings[:MAX_LINES]]
    if len(findings) > MAX_LINES:
        lines.append(f"and {len(findings) - MAX_LINES:,} more")
    if with_remedies:
        lines += [f"what to do: {remedy}" for remedy in remedies(findings)[:MAX_LINES]]
    if findings[0].clause:
        lines.append(findings[0].clause)
    return legible("\n".join(lines))
