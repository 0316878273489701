"""The page of a verification: bit rates on the timeline, frames in small, rules, servers."""

from __future__ import annotations

import re
from array import array
from dataclasses import replace
from fractions import Fraction

import pytest
from verified import Make, judge

from dcp.package.outline import CompositionOutline
from dcp.reportpage import film as on_page
from dcp.reportpage.page import Notes, Section, Shots, Table, Timeline
from dcp.verify.finding import LeftOut, PictureSeen, VerificationReport
from dcp.verify.reports.html import html_report
from dcp.verify.reports.page import page
from dcp.verify.reports.pictures import MAX_SHOTS, shots, with_rates
from dcp.verify.rules.rates import Rates
from dcp.verify.rules.thumbnails import Thumbnail
from dcp.verify.servers import server_notes

RATE = Fraction(24)
JPEG = b"\xff\xd8\xff\xe0 no picture \xff\xd9"


@pytest.fixture
def report(make: Make) -> VerificationReport:
    return judge(make())


def only(report: VerificationReport) -> CompositionOutline:
    (film,) = report.compositions
    return film


def seen(film: CompositionOutline, sizes: list[int], *, exact: bool = True, small: int = 0) -> PictureSeen:
    (picture,) = (track for reel in film.reels for track in reel.tracks if track.kind == "MainPicture")
    thumbnails = tuple(Thumbnail(number, 16, 9, JPEG) for number in range(small))
    return PictureSeen(str(picture.file), Rates(picture.rate, array("I", sizes), exact), thumbnails)


def line(film: CompositionOutline) -> Timeline:
    found = on_page.timeline(film)
    assert found is not None
    return found


def test_a_package_brings_its_bit_rates(report: VerificationReport) -> None:
    (picture,) = report.pictures
    assert picture.rates is not None and len(picture.rates.sizes) == only(report).frames
    document = report.document(tool="dcpkit", version="1")["pictures"]
    assert document[0]["limit_mbps"] == 250 and document[0]["exact"] is True  # type: ignore[index]
    html = html_report(report, tool="dcpkit", version="1", issued="now")
    assert 'class="curve"' in html and "Mbit/s (limit 250)" in html and 'class="over"' not in html


def test_each_column_is_as_high_as_its_largest_frame_and_lies_at_its_time(
    report: VerificationReport,
) -> None:
    film = only(report)
    frames = film.frames or 0
    sizes = [100_000] * frames
    sizes[3], sizes[7] = 1_302_083, 1_302_084  # the most that a frame may have, and a byte more
    (curve,) = with_rates(line(film), film, [seen(film, sizes)]).curves
    assert [step.start for step in curve.steps] == [Fraction(n, 24) for n in range(frames)]
    assert curve.steps[-1].end == film.seconds
    over = [step for step in curve.steps if step.value > 250]
    assert [step.start for step in over] == [Fraction(7, 24)]
    assert [(step.start, step.end, step.value) for step in curve.limits] == [(0, film.seconds, 250)]
    html = html_report(
        replace(report, pictures=(seen(film, sizes),)), tool="dcpkit", version="1", issued="now"
    )
    assert re.search(r'class="over" d="M(\d+\.\d) 100', html)


def test_what_plays_of_a_file_is_drawn_and_no_more(report: VerificationReport) -> None:
    film = only(report)
    reel = film.reels[0]
    later = tuple(
        replace(track, entry_point=10, duration=track.duration - 10) if track.kind == "MainPicture" else track
        for track in reel.tracks
    )
    film = replace(film, reels=(replace(reel, tracks=later),))
    sizes = [1_000_000] * 10 + [1000] * ((film.frames or 0) - 10)
    (curve,) = with_rates(line(film), film, [seen(film, sizes)]).curves
    assert curve.steps[0].start == 0 and max(step.value for step in curve.steps) < 1


def test_what_is_not_known_is_not_drawn_or_said_to_be_inexact(report: VerificationReport) -> None:
    film = only(report)
    assert with_rates(line(film), film, []).curves == ()
    assert (
        with_rates(line(film), film, [PictureSeen("elsewhere.mxf", Rates(RATE, array("I", [5])))]).curves
        == ()
    )
    sealed = with_rates(line(film), film, [seen(film, [5] * 24, exact=False)])
    assert any("encrypted" in note.say() for note in sealed.notes)  # type: ignore[union-attr]


def test_frames_in_small_stand_in_order_with_their_times(report: VerificationReport) -> None:
    film = only(report)
    assert shots(film, [seen(film, [5])]) is None
    few = shots(film, [seen(film, [5], small=3)])
    assert few is not None and [shot.caption for shot in few.shots] == [
        "0:00:00.0", "0:00:00.0", "0:00:00.1",
    ]  # fmt: skip
    many = shots(film, [seen(film, [5], small=24)])
    assert many is not None and len(many.shots) == MAX_SHOTS
    html = html_report(
        replace(report, pictures=(seen(film, [5], small=2),)), tool="dcpkit", version="1", issued="now"
    )
    assert html.count('<img src="data:image/jpeg;base64,') == 2 and "<script" not in html


def sections(report: VerificationReport) -> dict[str, Section]:
    return {section.heading.say(): section for section in page(report, made="dcpkit").sections}  # type: ignore[union-attr]


def test_the_rules_are_counted_by_area_and_what_was_left_out_is_said(report: VerificationReport) -> None:
    found = replace(report, servers=server_notes()[:2])
    table, notes = sections(found)["Rules"].parts
    assert isinstance(table, Table) and isinstance(notes, Notes)
    counted = sum(int(str(cell).replace(",", "")) for row in table.rows for cell in row[1:] if cell)
    assert counted == len(found.checked) + len(found.left_out)
    (servers,) = sections(found)["Will it play there?"].parts
    assert isinstance(servers, Table) and len(servers.rows) == 2
    for language in ("en", "zh"):
        html = html_report(found, tool="dcpkit", version="1", issued="now", language=language)  # type: ignore[arg-type]
        assert "github.com/" in html.replace("<wbr>", "") and "https:" not in html


def test_a_pass_of_some_rules_is_no_whole_pass(report: VerificationReport) -> None:
    report = replace(report, not_checked=())
    whole = page(report, made="dcpkit").verdict
    part = page(replace(report, left_out=(LeftOut("AM-001", "ignore"),)), made="dcpkit").verdict
    assert whole.headline != part.headline and part.tone == "warning"
    assert any("AM-001" in sentence.say() for sentence in part.sentences)  # type: ignore[union-attr]
    assert not any(isinstance(each, Shots) for each in sections(report)["Timeline"].parts)


def test_of_several_limits_the_highest_is_told(report: VerificationReport) -> None:
    """An HDR reel behind one of usual brightness."""
    film = only(report)
    (reel,) = film.reels
    later = tuple(
        replace(track, file="later.mxf", start=track.start + film.seconds)
        for track in reel.tracks
        if track.kind == "MainPicture"
    )
    film = replace(film, reels=(reel, replace(reel, tracks=later)))
    usual = seen(replace(film, reels=(reel,)), [1000] * 24)
    bright = PictureSeen("later.mxf", Rates(RATE, array("I", [1000] * 24), hdr=True))
    assert usual.rates is not None and bright.rates is not None
    assert usual.rates.most_mbps < bright.rates.most_mbps
    (curve,) = with_rates(line(film), film, [usual, bright]).curves
    assert f"limit of {bright.rates.most_mbps} Mbit/s" in curve.alt.say("en")
