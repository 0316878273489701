"""The report as lines for a terminal or a mail."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from dcp.verify.finding import SEVERITIES, Finding, NotChecked, VerificationReport

MAX_PER_REASON = 8
MIC_WORDS = {
    "derived": "integrity codes were checked with keys derived from the content keys",
    "kdm": "integrity codes were checked with the KDM's own MIC keys",
    "none": "integrity codes were not checked",
    None: "no encrypted essence was opened",
}


def text_lines(report: VerificationReport) -> Iterator[str]:
    """The findings by severity, what was not checked, and the verdict in the last line."""
    yield f"{report.package}: {report.standard or 'unknown standard'}, profile {report.profile}"
    for severity in SEVERITIES:
        for finding in report.of(severity):
            yield from _finding(finding)
    if report.not_checked:
        yield ""
        yield "not checked:"
        yield from (f"  {item.id}  {item.why}" for item in shortened(report.not_checked))
    yield ""
    yield f"{MIC_WORDS[report.mic]}; {len(report.checked)} rules"
    yield verdict_line(report)


def verdict_line(report: VerificationReport) -> str:
    counts = {severity: len(report.of(severity)) for severity in SEVERITIES}
    said = ", ".join(
        f"{count} {name}{'s' if count != 1 and name != 'info' else ''}" for name, count in counts.items()
    )
    left = f", {len(report.not_checked)} not checked" if report.not_checked else ""
    return f"{report.verdict.upper()}: {said}{left}"


def shortened(items: Sequence[NotChecked]) -> Iterator[NotChecked]:
    """The first of each id, then how many more there are."""
    counts: dict[str, int] = {}
    for item in items:
        counts[item.id] = counts.get(item.id, 0) + 1
        if counts[item.id] <= MAX_PER_REASON:
            yield item
    for rule, count in counts.items():
        if count > MAX_PER_REASON:
            yield NotChecked(rule, f"and {count - MAX_PER_REASON} more")


def _finding(finding: Finding) -> Iterator[str]:
    where = " ".join(part for part in (finding.file, finding.place) if part)
    clause = f" [{finding.clause}]" if finding.clause else ""
    yield f"{finding.severity:7} {finding.id}  {finding.message}{clause}"
    if where:
        yield f"        where: {where}"
    if finding.remedy and finding.severity != "info":
        yield f"        what to do: {finding.remedy}"
