"""Evidence to print on the page, made of values: of a mark that was read, with all that a case can have."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from fractions import Fraction

import numpy as np
from reports import film, trace

from dcp.reportpage.render import render
from dcp.texts.catalogue import Language, text
from watermark.evidence.case import Case, Digest, Film, Known
from watermark.evidence.method import Bench, Figures, Row
from watermark.evidence.page import evidence_page
from watermark.evidence.pairs import Pair, moments_of, pairs_of
from watermark.evidence.shows import Show, shows_with
from watermark.evidence.when import Bound, time_known
from watermark.evidence.where import Locations, Screen
from watermark.page import page
from watermark.payload import Payload, time_of

NOW = datetime(2027, 5, 20, 9, 30, tzinfo=UTC)
CPL = "0d1c5a7e-8a55-4c7e-9b1c-66f3a0c4f1aa"
PAYLOAD = Payload(4711, 11_696)
BEGIN = time_of(PAYLOAD.time_index, 2027)
_ATTACKS, _STRATA = ("camcorder", "h264"), ("dark", "bright", "static")
CHINA = timezone(timedelta(hours=8))


def case(*, found: bool = True) -> Case:
    """Everything is known; not found: nothing but what was examined."""
    show = Show(
        journal="screen-3-2027-05.log",
        lines=(1_204, 1_261),
        cpl_id=CPL,
        begin=BEGIN + timedelta(minutes=4),
        end=BEGIN + timedelta(hours=2),
        mark=(PAYLOAD.location, PAYLOAD.time_index),
        runs=((0, 132_604),),
        kdms=("5a2f0e5c-1c2b-4a53-8d9d-5f3e2f1a0b7c",),
        complete=True,
    )
    fault = text("play.log-line", line=1_290)
    other = replace(show, lines=(1_262, 1_300), cpl_id="another", faults=(fault,))
    issued = datetime(2026, 4, 11, tzinfo=UTC)
    shown = text("evidence.bound-show", journal=show.journal, line=1_204, time=show.begin)
    bounds = (
        Bound(text("evidence.bound-film", time=issued), issued),
        Bound(shown, show.begin, show.end),
    )
    digest = Digest(f"{'a-very-long-name-of-a-picture-track-file-' * 2}j2c.mxf", 98_123_456_789, "5e" * 32)
    since, thumbprint = BEGIN - timedelta(days=90), "rD5G5jEIbI9u2TUcYAPRWzZYSXg="
    screens = (
        Screen(4711, "Roxy 大光明电影院", "3", "Asia/Shanghai", CHINA, thumbprint, since, None, 2),
        Screen(4711, "Palace", "1", "UTC", UTC, "", None, since, 3),
    )
    problem = text("table.at-line", line=17, what=text("locations.no-screen"))
    return Case(
        examiner="A. Examiner",
        number="2027/0417-B",
        made=NOW,
        version="0.5.0",
        command=("dcpkit", "watermark", "extract", "phone.mp4", "--secret", "<secret 0123456789abcdef>"),
        parameters={"threshold": 1e-9, "cpl": [CPL]},
        recording=Digest("phone.mp4", 41_555_121, "ab" * 32),
        films=(Film("DCP", "package", (Digest("cpl.xml", 9_120, "cd" * 32), digest), CPL, "The Film"),),
        secrets=(Known("Example Films", "0123456789abcdef"), Known("Another", "fedcba9876543210")),
        time=time_known(PAYLOAD.time_index, bounds, now=NOW) if found else None,
        locations=Locations("locations.csv", 1_024, "ef" * 32, screens, (problem,)),
        shows=shows_with([show, other], PAYLOAD, cpl_id=CPL, excerpt=(61_232, 62_255)) if found else None,
        operator="Example Films",
        journals=(Digest("screen-3-2027-05.log", 712_555, "01" * 32),),
    )


def pairs() -> tuple[Pair, ...]:
    """Pictures of soft waves, and what a camera made of them."""
    answer = trace("good")
    moments = moments_of(answer.path)
    y, x = np.mgrid[0:270, 0:480].astype(np.float32)

    def picture(number: int, dim: float) -> np.ndarray:
        wave = 127 + 100 * np.sin(x / (30 + number % 7)) * np.cos(y / (20 + number % 5))
        return np.repeat((wave * dim)[:, :, None], 3, axis=2).astype(np.uint8)

    return pairs_of(
        moments,
        recording=lambda wanted: {each: picture(each, 0.7) for each in wanted},
        recording_rate=Fraction(30_000, 1001),
        film=lambda wanted: {each: picture(each, 1.0) for each in wanted},
        film_rate=Fraction(24),
        matrix=answer.geometry.matrix,
    )


def bench() -> Bench:
    """Figures that are not measured: they only fill the table."""
    rows = [tuple(Row(name, 24, 23, 0, 0.789, 0.999) for name in names) for names in (_ATTACKS, _STRATA)]
    return Bench("bench.json", "77" * 32, 19, {"informed": Figures(*rows, 1_000, 0, 0.0037)})


def evidence_html(kind: str, language: Language, made: str) -> str:
    """The page. kind: `read`, or `none`: no mark was."""
    found = kind == "read"
    answer, about = trace("good" if found else "failed"), film(encrypted=True)
    base = page(answer, title="phone.mp4", moment=BEGIN, film=about, made=made, language=language)
    shown, figures = (pairs(), bench()) if found else ((), None)
    filled = evidence_page(base, case(found=found), PAYLOAD if found else None, pairs=shown, bench=figures)
    return render(filled, language)
