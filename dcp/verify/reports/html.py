"""The report as one HTML page that stands alone: no script, nothing fetched."""

from __future__ import annotations

from importlib.resources import files

from jinja2 import Environment, StrictUndefined

from dcp.verify.finding import SEVERITIES, VerificationReport
from dcp.verify.reports.text import mic_words, verdict_line
from dcp.verify.rule import RULES


def html_report(report: VerificationReport, *, tool: str, version: str, issued: str) -> str:
    """The page. issued: the time of the report, as it shall be shown."""
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    source = files("dcp.verify.reports").joinpath("report.html.j2").read_text("utf-8")
    return environment.from_string(source).render(
        report=report,
        tool=tool,
        version=version,
        issued=issued,
        verdict=verdict_line(report),
        mic=mic_words(report),
        severities=SEVERITIES,
        statements={rule.id: rule.title() for rule in RULES.values()},
    )
