"""Timed text: what is read of it, wrapped in a track file or lying in the package."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from dcp.mxf.descriptors import TimedTextDescriptor
from dcp.mxf.element import Fault
from dcp.mxf.header import TrackHeader, Writer
from dcp.mxf.reader import TrackFile, Unit
from dcp.texts.catalogue import text
from dcp.verify.facts import TrackFacts
from dcp.verify.rule import RULES, Hit
from dcp.verify.rules.all import load_rules

load_rules()

TEXT_ID, FILE_ID, FONT, IMAGE = (uuid.UUID(int=each) for each in range(1, 5))
DCST = "http://www.smpte-ra.org/schemas/428-7/2010/DCST"
TEXT = f"""<SubtitleReel xmlns="{DCST}"><Id>urn:uuid:{TEXT_ID}</Id>
<LoadFont>urn:uuid:{FONT}</LoadFont><SubtitleList><Font>
<Subtitle SpotNumber="1"><Text>Hello</Text></Subtitle></Font></SubtitleList></SubtitleReel>"""


def track(
    *, resource_id: uuid.UUID = TEXT_ID, readable: bool = True, essence: Any = "timed_text"
) -> TrackFacts:
    descriptor = TimedTextDescriptor(resource_id, DCST)
    header = TrackHeader(
        essence, "smpte", FILE_ID, Fraction(24), 24, False, None, None, False, descriptor, Writer()
    )
    return TrackFacts(FILE_ID, Path("t.mxf"), "t.mxf", 1, True, header, None, frozenset(), readable)


def look(*data: bytes, of: TrackFacts | None = None, fault: Fault | None = None) -> Sequence[tuple[str, str]]:
    rule = RULES["TT-001"]
    assert rule.unit is not None
    check = rule.unit(of or track())
    assert check is not None
    said = []
    for index, each in enumerate(data):
        resource = uuid.uuid4() if index else None
        unit = Unit(index, None, 0, memoryview(each), fault, "none", resource)
        said += [hit for hit in check(unit) if isinstance(hit, Hit)]
    said += [hit for hit in check(None) if isinstance(hit, Hit)]
    return [(hit.rule or "TT-001", hit.message) for hit in said]


def test_a_right_text_with_its_resources_draws_nothing() -> None:
    assert look(TEXT.encode(), b"a font", b"an image") == []


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ("</SubtitleReel>", "", "TT-001"),
        ("<SubtitleReel", "<!DOCTYPE x><SubtitleReel", "TT-001"),
        ("428-7/2010/DCST", "428-7/1999/DCST", "TT-001"),
        ("SubtitleReel", "Subtitles", "TT-001"),
        (f"urn:uuid:{TEXT_ID}", "urn:uuid:none", "TT-053"),
        (f"<Id>urn:uuid:{TEXT_ID}</Id>", "", "TT-053"),
        ("<Subtitle ", "<Subtitled ", "TT-031"),
        ("<Text>Hello", "<Text><!-- nothing -->", "TT-032"),
        (f"<LoadFont>urn:uuid:{FONT}</LoadFont>", "", "TT-035"),
        (str(TEXT_ID), str(uuid.UUID(int=9)), "TT-026"),
    ],
)
def test_one_thing_wrong(old: str, new: str, rule: str) -> None:
    text = TEXT.replace(old, new).replace(
        "</Subtitle>", "</Subtitled>" if "Subtitled" in new else "</Subtitle>"
    )
    assert [found for found, _ in look(text.encode())] == [rule]


def test_a_blank_is_the_placeholder_of_a_reel_without_text() -> None:
    blank = TEXT.replace("Hello", " ").replace(f"<LoadFont>urn:uuid:{FONT}</LoadFont>", "")
    assert look(blank.encode()) == []


def test_a_comment_in_a_line_hides_nothing() -> None:
    assert look(TEXT.replace("<Text>", "<Text><!-- as said -->").encode()) == []


def test_damaged_and_unreadable_text_is_left_to_other_rules() -> None:
    assert look(b"", fault=Fault("mic", text("mxf.mic-wrong"))) == []
    rule = RULES["TT-001"]
    assert rule.unit is not None
    assert rule.unit(track(readable=False)) is None
    assert rule.unit(track(essence="sound")) is None


def test_the_golden_text_is_read(golden: Path) -> None:
    path = golden / "asdcp/tt_smpte_plain.mxf"
    with TrackFile.open(path) as opened:
        facts = TrackFacts(
            opened.header.asset_id, path, "t.mxf", opened.size, True, opened.header, None, frozenset(), True
        )
        (first, *_) = (bytes(unit.data) for unit in opened.units())
    assert look(first, of=facts) == []
