"""Timed text: what is read of it, wrapped in a track file or lying in the package."""

from __future__ import annotations

import uuid
from pathlib import Path

import pytest
from texts_judged import DCST, FONT, TEXT_ID, ids, said, track, wrapped

from dcp.mxf.element import Fault
from dcp.mxf.reader import TrackFile
from dcp.texts.catalogue import text
from dcp.verify.facts import TrackFacts
from dcp.verify.rule import Hit, Skip
from dcp.verify.timedtext.gathering import TEXTS

TEXT = f"""<SubtitleReel xmlns="{DCST}"><Id>urn:uuid:{TEXT_ID}</Id><ContentTitleText>A</ContentTitleText>
<IssueDate>2026-01-30T12:00:00</IssueDate><EditRate>24 1</EditRate><TimeCodeRate>24</TimeCodeRate>
<LoadFont ID="f">urn:uuid:{FONT}</LoadFont><SubtitleList><Font ID="f">
<Subtitle SpotNumber="1" TimeIn="00:00:05:00" TimeOut="00:00:06:00"><Text>Hello</Text></Subtitle></Font>
</SubtitleList></SubtitleReel>"""
OTHER = ("TT-055",)
"""The font is in no track file here."""


def look(data: str, of: TrackFacts | None = None, fault: Fault | None = None) -> list[str]:
    return [id for id in ids(wrapped(data.encode(), of=of, fault=fault)) if id not in OTHER]


def test_a_right_text_draws_nothing() -> None:
    assert look(TEXT) == []


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ("</SubtitleReel>", "", "TT-001"),
        ("<SubtitleReel", "<!DOCTYPE x><SubtitleReel", "TT-001"),
        ("SubtitleReel", "Subtitles", "TT-001"),
        (f"urn:uuid:{TEXT_ID}", "urn:uuid:none", "TT-053"),
        (f"<Id>urn:uuid:{TEXT_ID}</Id>", "", "TT-053"),
        ("<Text>Hello", "<Text><!-- nothing -->", "TT-032"),
        (f'<LoadFont ID="f">urn:uuid:{FONT}</LoadFont>', "", "TT-035"),
        (str(TEXT_ID), str(uuid.UUID(int=9)), "TT-026"),
    ],
)
def test_one_thing_wrong(old: str, new: str, rule: str) -> None:
    assert look(TEXT.replace(old, new)) == [rule]


def test_two_things_wrong_are_both_said() -> None:
    broken = TEXT.replace("05:00", "05:99").replace("<Text>", '<Text Vposition="200">')
    assert look(broken) == ["TT-054", "TT-034"]


def test_a_fault_said_a_thousand_times_is_one_with_the_first_places() -> None:
    event = '<Subtitle TimeIn="x" TimeOut="00:00:06:00"><Text>Hello</Text></Subtitle>\n'
    (hit,) = [
        each
        for each in said(wrapped(TEXT.replace("</Font>", event * 1000 + "</Font>").encode()))
        if isinstance(each, Hit) and each.rule == "TT-054"
    ]
    assert "and 995 more" in str(hit.place.say() if hit.place and not isinstance(hit.place, str) else "")


def test_a_blank_is_the_placeholder_of_a_reel_without_text() -> None:
    blank = TEXT.replace("Hello", " ").replace(f'<LoadFont ID="f">urn:uuid:{FONT}</LoadFont>', "")
    assert look(blank.replace(' ID="f"', "")) == []


def test_a_comment_in_a_line_hides_nothing() -> None:
    assert look(TEXT.replace("<Text>", "<Text><!-- as said -->")) == []


def test_damaged_and_unreadable_text_is_left_to_other_rules() -> None:
    assert look("", fault=Fault("mic", text("mxf.mic-wrong"))) == []
    assert TEXTS.make(track(essence="sound")) is None
    (left,) = [each for each in said(wrapped(b"", of=track(readable=False))) if isinstance(each, Skip)]
    assert "encrypted" in left.why


def test_the_golden_text_is_read(golden: Path) -> None:
    path = golden / "asdcp/tt_smpte_plain.mxf"
    with TrackFile.open(path) as opened:
        header = opened.header
        facts = TrackFacts(header.asset_id, path, "t.mxf", 1, True, header, None, frozenset(), True)
        units = [(unit.resource_id, bytes(unit.data)) for unit in opened.units()]
    (_, document), *parts = units
    found = wrapped(document, {id: data for id, data in parts if id is not None}, of=facts)
    assert ids(found) == []
