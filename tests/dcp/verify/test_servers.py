"""What public sources say of servers: every row has its source, every condition speaks when it should."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from fractions import Fraction
from typing import Any

import pytest
from verified import Make, judge

from dcp.documents.cpl import CompositionPlaylist
from dcp.verify.profiles import profile_by_name
from dcp.verify.reports.text import text_lines
from dcp.verify.rule import RULES
from dcp.verify.servers import CONDITIONS, server_notes


def test_every_row_has_its_source_and_its_condition() -> None:
    profile_by_name("field")
    notes = server_notes()
    assert len({note.id for note in notes}) == len(notes) >= 8
    assert {note.when for note in notes} == {*CONDITIONS, "said"}
    for note in notes:
        assert note.title and re.match(r"https://[a-z.]+/", note.url) and date.fromisoformat(note.read)
        assert note.rule is None or note.rule in RULES, note.id
        assert note.rule is not None or note.when != "said"
        assert note.says.zh != note.says.en


def servers(report: Any) -> set[str]:
    return {note.id for note in report.servers}


def _asset(cpl: CompositionPlaylist, kind: str, **changes: Any) -> CompositionPlaylist:
    reels = []
    for reel in cpl.reels:
        assets = [replace(each, **changes) if each.kind == kind else each for each in reel.assets]
        reels.append(replace(reel, assets=tuple(assets)))
    return replace(cpl, reels=tuple(reels))


def _without_sound(cpl: CompositionPlaylist) -> CompositionPlaylist:
    reels = [
        replace(reel, assets=tuple(each for each in reel.assets if each.kind != "MainSound"))
        for reel in cpl.reels
    ]
    return replace(cpl, reels=tuple(reels))


def test_a_package_of_today_concerns_none_but_what_its_reel_is_short_for(make: Make) -> None:
    assert servers(judge(make())) == {"doremi-short-reel"}


@pytest.mark.parametrize(
    ("given", "change", "spoken"),
    [
        ({}, _without_sound, {"doremi-no-sound", "dolby-no-sound"}),
        ({}, lambda cpl: _asset(cpl, "MainPicture", annotation_text=" "), {"srx320-empty-annotation"}),
        (
            {},
            lambda cpl: _asset(cpl, "MainPicture", edit_rate=Fraction(24000, 1001)),
            {"fractional-rates", "dcp2000-mixed-rates"},
        ),
        (
            {"label_set": "interop"},
            lambda cpl: _asset(cpl, "MainPicture", edit_rate=Fraction(25)),
            {"legacy-interop-rate", "dcp2000-mixed-rates"},
        ),
        ({"label_set": "interop", "encrypt": True}, None, {"dci-interop-kdm"}),
    ],
)
def test_what_concerns_it_is_said(make: Make, given: dict[str, Any], change: Any, spoken: set[str]) -> None:
    report = judge(make(change=change, **given) if change else make(**given), hashes=False)
    assert servers(report) - {"doremi-short-reel"} == spoken
    alone = {note.id for note in report.servers if note.rule is None}
    assert len([f for f in report.findings if f.id == "QC-005"]) == len(alone)


def test_names_of_smpte_in_an_interop_package(make: Make) -> None:
    made = make(label_set="interop")
    (made.root / "ASSETMAP").rename(made.root / "ASSETMAP.xml")
    assert "dcp2000-interop-names" in servers(judge(made, hashes=False))


def test_it_is_told_with_its_source_and_left_out_with_its_rule(make: Make) -> None:
    made = make()
    report = judge(made)
    assert not any("Doremi" in line for line in text_lines(report))
    for language in ("en", "zh"):
        lines = list(text_lines(report, language, verbose=True))
        place = next(number for number, line in enumerate(lines) if line.startswith("  Doremi"))
        assert "https://github.com/wolfgangw/backports/issues/38" in lines[place + 1]
    document = report.document(tool="dcpkit", version="1")
    assert document["servers"][0]["source"]["read"] == "2026-11-30"  # type: ignore[index]
    assert not judge(made, ignore=["QC-005"]).servers
