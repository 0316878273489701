"""`python tests/support/screens.py FOLDER`: the reports' pages as pictures, to be looked at.

Each in both languages at 1280 and 390 pixels, one in dark, and how many pages it prints.
"""

from __future__ import annotations

import sys
from pathlib import Path

from browser import browser, pages_of
from evidence_made import evidence_html
from reports import CASES, film, playback, trace, verification

from dcp.texts.catalogue import LANGUAGES, Language
from dcp.verify.reports.html import html_report
from player.report import to_html
from watermark.report import html

WIDTHS = (1280, 390)
ISSUED = "2027-05-02T20:00:00+08:00"


REPORTS = (
    *(f"{kind}-{case}" for case in CASES for kind in ("verify", "play", "trace")),
    "evidence-read",
    "evidence-none",
)


def page(report: str, language: Language) -> str:
    """One of REPORTS as HTML."""
    kind, case = report.split("-", 1)
    made = f"dcpkit 0.2.0 · {ISSUED}"
    if kind == "verify":
        return html_report(
            verification(case), tool="dcpkit", version="0.2.0", issued=ISSUED, language=language
        )
    if kind == "play":
        return to_html(playback(case), language=language, made=made)
    if kind == "evidence":
        return evidence_html(case, language, made)
    return html(
        trace(case),
        title="VID_20270503_214455-copied-from-the-phone-of-somebody_1080p.mp4",
        year=2027,
        film=film(encrypted=True) if case != "no-keys" else None,
        language=language,
        made=made,
    )


def main(folder: Path, only: str = "") -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with browser() as chromium:
        for language in LANGUAGES:
            for name in REPORTS:
                if only not in f"{name}-{language}":
                    continue
                html = page(name, language)
                path = folder / f"{name}-{language}.html"
                path.write_text(html, "utf-8")
                for width in WIDTHS:
                    tab = chromium.open(path, width=width)
                    path.with_name(f"{path.stem}-{width}.png").write_bytes(tab.picture())
                dark = chromium.open(path, width=1280, dark=True)
                path.with_name(f"{path.stem}-dark.png").write_bytes(dark.picture())
                pdf = tab.pdf()
                path.with_suffix(".pdf").write_bytes(pdf)
                print(f"{path.name}: {len(html):,} bytes, prints {pages_of(pdf)} pages")


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
