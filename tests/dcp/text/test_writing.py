"""What a text document cannot say is refused with the cue before it is written; the rest is said once."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from fractions import Fraction
from typing import Any

import pytest
from lxml import etree

from dcp.errors import UsageError
from dcp.text.interop import font_path, image_name, read_interop, write_interop
from dcp.text.smpte import NAMESPACE, read_smpte, write_smpte
from dcp.text.values import (
    Cue,
    Image,
    Inline,
    Line,
    LoadedFont,
    Place,
    Ruby,
    Run,
    Space,
    Style,
    TimedText,
    cue_place,
)

ID = uuid.UUID("a1b2c3d4-0003-4000-8000-00000000f003")
TALL = Style(font="F", size=60)
USUAL = Style(font="F")


def cue(*pieces: Inline, start: str = "1", end: str = "2", place: Place | None = None, **more: Any) -> Cue:
    content = (Line(pieces or (Run("Words", USUAL),), place or Place()),)
    return replace(Cue(Fraction(start), Fraction(end), content), **more)


def film(*cues: Cue, **more: Any) -> TimedText:
    made = TimedText(
        id=ID,
        title="Film",
        cues=cues or (cue(),),
        edit_rate=Fraction(24),
        time_code_rate=24,
        issue_date=datetime(2028, 6, 1, 12, tzinfo=UTC),
        language="en",
        reel=1,
        fonts=(LoadedFont("F", ID),),
    )
    return replace(made, **more)


REFUSED: dict[str, tuple[TimedText, str, str | None]] = {
    "no issue date": (film(issue_date=None), "text.no-issue-date", None),
    "no offset": (film(issue_date=datetime(2028, 6, 1)), "time.no-offset", None),
    "language": (film(language="English, really"), "text.language-tag", None),
    "no cue": (replace(film(), cues=()), "text.no-cue", None),
    "font's file": (film(fonts=(LoadedFont("F", "a.ttf"),)), "text.font-without-id", None),
    "before zero": (film(cue(start="-1", at="line 7")), "text.time-range", "line 7"),
    "after 30 hours": (film(cue(end="108000", at="line 7")), "text.time-range", "line 7"),
    "no duration": (film(cue(), cue(start="2.001", end="2.01", number="12")), "text.no-duration", "cue 12"),
    "backwards": (film(cue(start="3")), "text.no-duration", "cue 1"),
    "nothing": (film(cue(content=())), "text.nothing-in-cue", "cue 1"),
    "outside": (film(cue(place=Place(vposition=101))), "text.value-range", "cue 1"),
    "no number": (film(cue(place=Place(vposition=float("nan")))), "text.value-range", "cue 1"),
    "no size": (film(cue(Run("a", Style(size=0.4)))), "text.value-range", "cue 1"),
    "narrow": (film(cue(Run("a", USUAL), Run("b", Style(aspect=0.1)))), "text.value-range", "cue 1"),
    "control sign": (film(cue(Run("a\x07", USUAL))), "xml.characters", "cue 1"),
    "control sign behind": (film(cue(Space(), Run("a\x07"))), "xml.characters", "cue 1"),
    "control sign in a number": (film(cue(number="\x07", at="line 9")), "xml.characters", "line 9"),
    "title": (film(title="a\ud800"), "xml.characters", None),
    "ruby of nothing": (film(cue(Ruby(Run(""), "a"))), "text.ruby-without-base", "cue 1"),
    "ruby in two styles": (
        film(cue(Ruby(Run("a", TALL), "a"), Ruby(Run("b", USUAL), "b"))),
        "text.styles-in-line",
        "cue 1",
    ),
    "ruby in a font beside none": (
        film(cue(Ruby(Run("a", TALL), "a"), Run("b", Style()))),
        "text.styles-in-line",
        "cue 1",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_a_document_cannot_say_is_refused(name: str) -> None:
    text, id, where = REFUSED[name]
    with pytest.raises(UsageError) as refused:
        write_smpte(text)
    assert refused.value.id == id
    assert refused.value.where == where
    assert refused.value.say("en") and refused.value.say("zh")


@pytest.mark.parametrize("write", [write_smpte, write_interop])
def test_no_document_is_larger_than_readers_take(write: Callable[[TimedText], bytes]) -> None:
    with pytest.raises(UsageError) as refused:
        write(film(cue(Run("x" * 9_000_000, USUAL)), cue(Run("x" * 9_000_000, USUAL))))
    assert refused.value.id == "text.document-too-large"


def test_interop_refuses_a_font_outside_the_package() -> None:
    with pytest.raises(UsageError) as refused:
        write_interop(film(fonts=(LoadedFont("F", "../a.ttf"),)))
    assert refused.value.id == "text.font-path"


def test_the_document_has_one_declaration_and_the_order_of_its_schema() -> None:
    document = write_smpte(film(annotation="A note", display="ClosedCaption"))
    assert document.count(b"xmlns") == 1
    assert document.startswith(b"<?xml version='1.0' encoding='UTF-8'?>\n<SubtitleReel xmlns=\"")
    root = etree.fromstring(document)
    assert [str(child.tag).removeprefix(f"{{{NAMESPACE}}}") for child in root] == [
        "Id", "ContentTitleText", "AnnotationText", "IssueDate", "ReelNumber", "Language", "EditRate",
        "TimeCodeRate", "StartTime", "DisplayType", "LoadFont", "SubtitleList",
    ]  # fmt: skip
    assert root.findtext(f"{{{NAMESPACE}}}IssueDate") == "2028-06-01T12:00:00"
    assert root.findtext(f"{{{NAMESPACE}}}StartTime") == "00:00:00:00"


def test_a_style_is_stated_where_it_begins_to_hold() -> None:
    slanted = replace(USUAL, italic=True)
    document = write_smpte(
        film(
            cue(),
            cue(Run("b", slanted), Run(" is not", USUAL), start="3", end="4"),
            cue(Run("d", slanted), start="5", end="6"),
        )
    ).decode()
    assert document.count("<Font ") == 3
    assert 'Size="42"' in document and document.count("Size=") == 1
    assert '><Font Italic="yes">b</Font> is not</Text>' in document
    assert '<Font Italic="yes">\n          <Text' in document


def test_line_breaks_in_a_line_are_written_as_they_are_read() -> None:
    document = write_smpte(film(cue(Run("a \n b\tc", USUAL))))
    (back,) = read_smpte(document, "text.xml").cues
    assert isinstance(back.content[0], Line) and back.content[0].text == "a b c"


def test_a_gap_keeps_its_width_in_a_line_of_another_size() -> None:
    document = write_smpte(film(cue(Run("a", TALL), Space(2, Style(size=30)), Run("b", TALL))))
    (back,) = read_smpte(document, "text.xml").cues
    assert isinstance(back.content[0], Line) and back.content[0].content[1] == Space(1, TALL)


def test_times_are_rounded_to_the_time_code() -> None:
    document = write_smpte(film(cue(start="1.02", end="2.03", fade_up=Fraction(1, 10)), time_code_rate=1000))
    assert b'TimeIn="00:00:01:020" TimeOut="00:00:02:030" FadeUpTime="00:00:00:100"' in document
    document = write_smpte(film(cue(start="1.02", end="2.03")))
    assert b'TimeIn="00:00:01:00" TimeOut="00:00:02:01"' in document


def test_an_interop_document_made_from_one_of_smpte() -> None:
    image = Image(ID, Place(valign="bottom", vposition=10))
    text = film(
        cue(start="1.002", end="2", fade_up=Fraction(1, 4), fade_down=Fraction(2)),
        replace(cue(start="3", end="4"), content=(image,)),
    )
    document = write_interop(text)
    assert f'<LoadFont Id="F" URI="{ID}.ttf"/>'.encode() in document
    assert b'SpotNumber="1" TimeIn="00:00:01:000" TimeOut="00:00:02:000"' in document
    assert b'FadeUpTime="62" FadeDownTime="00:00:02:000"' in document
    assert f">{ID}.png</Image>".encode() in document
    assert b"xmlns" not in document
    assert (image_name(ID), font_path(LoadedFont("F", "a/b.ttf"))) == (f"{ID}.png", "a/b.ttf")
    back = read_interop(document, "text.xml")
    assert [each.number for each in back.cues] == ["1", "2"]
    assert back.cues[1].content == (image,)


def test_where_a_cue_stands_is_told_in_both_languages() -> None:
    def places(one: Cue, index: int | None = None) -> list[str]:
        place = cue_place(one, index)
        return [place.say("en"), place.say("zh")] if place is not None else []

    assert places(cue(at="line 12", number="3")) == ["line 12", "第 12 行"]
    assert places(cue(at="event 7")) == ["event 7", "event 7"]
    assert places(cue(number="3"), 8)[0] == "cue 3"
    assert places(cue(), 8)[0] == "cue 9"
    assert places(cue()) == []


@pytest.mark.parametrize("standard", ["smpte", "interop"])
@pytest.mark.parametrize("shown", [Run("Words </Subtitle> and <Subtitle >", USUAL), None])
def test_cues_are_written_some_at_a_time_as_all_at_once(
    standard: str, shown: Run | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    write: Callable[[TimedText], bytes] = write_smpte if standard == "smpte" else write_interop
    cues = [cue(*([shown] if shown else ()), start=str(n), end=str(n + 1)) for n in range(1, 8)]
    if shown is None:
        cues = [replace(each, content=(Image(ID),)) for each in cues]
    font = LoadedFont("F", ID if standard == "smpte" else "f.ttf")
    made = film(*cues, fonts=(font,))
    at_once = write(made)
    for some in (1, 3, 7):
        monkeypatch.setattr("dcp.text.writing._AT_ONCE", some)
        assert write(made) == at_once
    assert at_once.count(b"<Subtitle ") == 7 and etree.fromstring(at_once) is not None
