"""The report as one HTML page that stands alone: no script, nothing fetched."""

from __future__ import annotations

from dcp.reportpage.render import render
from dcp.texts.catalogue import Language
from dcp.verify.finding import VerificationReport
from dcp.verify.reports.page import page


def html_report(
    report: VerificationReport, *, tool: str, version: str, issued: str, language: Language = "en"
) -> str:
    """The page. issued: the time of the report, as it shall be shown."""
    return render(page(report, made=f"{tool} {version} · {issued}", language=language), language)
