"""TTML: exact times of every form, styles and regions; what is refused with its line."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from dcp.errors import DcpError
from dcp.text.opening import SourceText, open_text
from dcp.text.values import Colour, Line, Ruby, Run

NTSC, FILM = Fraction(30000, 1001), Fraction(24000, 1001)
PULLED = 'ttp:frameRateMultiplier="1000 1001"'
SMPTE = ' ttp:timeBase="smpte" ttp:frameRate="30" '
HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<tt xmlns="http://www.w3.org/ns/ttml" xml:lang="fr"\n'
    ' xmlns:tts="http://www.w3.org/ns/ttml#styling" xmlns:ttp="http://www.w3.org/ns/ttml#parameter"{}>\n'
)
LAYOUT = (
    '<head><styling><style xml:id="s" tts:textAlign="center" tts:color="#ffff00"/></styling><layout>\n'
    '<region xml:id="low" tts:origin="10% 10%" tts:extent="80% 80%" tts:displayAlign="after"/>\n'
    '<region xml:id="high" tts:origin="10% 12%" tts:extent="80% 80%" tts:displayAlign="before"/>\n'
    '<region xml:id="v" tts:origin="80% 10%" tts:extent="10% 80%" tts:writingMode="tbrl"/>\n'
    "</layout></head>\n"
)


def read(folder: Path, body: str, *, root: str = "", layout: str = LAYOUT, **told: object) -> SourceText:
    path = folder / "film.xml"
    path.write_text(
        HEAD.format(root) + layout + f"<body style='s'><div>\n{body}\n</div></body></tt>", "utf-8"
    )
    return open_text(path, **told)  # type: ignore[arg-type]


def lines(source: SourceText) -> list[list[str]]:
    return [[each.text for each in cue.content if isinstance(each, Line)] for cue in source.cues]


@pytest.mark.parametrize(
    ("root", "said", "time"),
    [
        ("", "00:00:01.25", Fraction(5, 4)), ("", "1.5s", Fraction(3, 2)), ("", "1500ms", Fraction(3, 2)),
        ("", "0.5m", 30), (' ttp:frameRate="25"', "00:00:01:12", 1 + Fraction(12, 25)),
        (' ttp:frameRate="24" ' + PULLED, "48f", 48 / FILM),
        (' ttp:frameRate="24" ' + PULLED, "00:00:01:12", 1 + 12 / FILM),
        (' ttp:tickRate="10000000"', "12345678t", Fraction(12345678, 10000000)),
        (SMPTE + PULLED, "00:01:00:02", 1802 / NTSC),
        (SMPTE + PULLED + ' ttp:dropMode="dropNTSC"', "00:01:00:02", 1800 / NTSC),
        (' ttp:frameRate="25"', "00:00:01.333333333", 1 + Fraction(333333333, 10**9)),
    ],
)  # fmt: skip
def test_every_form_of_a_time_is_exact(tmp_path: Path, root: str, said: str, time: Fraction) -> None:
    source = read(tmp_path, f'<p begin="{said}" end="2m">x</p>', root=root)
    assert source.cues[0].start == time and source.notes == ()
    assert (source.kind, source.language) == ("ttml", "fr")


def test_frames_without_a_rate_count_30_or_what_is_told(tmp_path: Path) -> None:
    body = '<p begin="00:00:01:12" end="3s">x</p>'
    source = read(tmp_path, body)
    assert source.cues[0].start == 1 + Fraction(12, 30)
    assert [note.id for note in source.notes] == ["note.text-ttml-rate"]
    source = read(tmp_path, body, rate=Fraction(24))
    assert source.cues[0].start == Fraction(3, 2) and source.notes == ()


def test_a_stated_rate_holds_where_its_frames_go_beyond_what_is_told(tmp_path: Path) -> None:
    body = '<p begin="00:00:01:24" end="3s">x</p>'
    source = read(tmp_path, body, root=' ttp:frameRate="25"', rate=Fraction(24))
    assert source.cues[0].start == 1 + Fraction(24, 25)
    assert [note.id for note in source.notes] == ["note.text-own-rate"]


def test_times_count_from_what_they_stand_in(tmp_path: Path) -> None:
    path = tmp_path / "film.ttml"
    path.write_text(
        HEAD.format("") + '<body begin="10s"><div begin="1s" dur="5s"><p begin="1s" dur="2s">a</p>\n'
        '<p begin="4s" end="20s">b</p></div></body></tt>'
    )
    source = open_text(path)
    assert [(cue.start, cue.end, cue.at) for cue in source.cues] == [(12, 14, "line 4"), (15, 16, "line 5")]


def test_parts_that_come_later_make_a_cue_each(tmp_path: Path) -> None:
    source = read(tmp_path, '<p begin="1s" end="4s"><span>a </span><span begin="1s">b</span></p>')
    assert [(cue.start, cue.end) for cue in source.cues] == [(1, 2), (2, 4)] and lines(source) == [
        ["a"],
        ["a b"],
    ]


def test_styles_come_down_and_spaces_are_one(tmp_path: Path) -> None:
    source = read(
        tmp_path,
        '<p begin="1s" end="2s" region="low">  a\n  <!-- c --> '
        '<span tts:fontStyle="italic" tts:color="red"> b</span>'
        '<br/><span tts:fontWeight="bold" tts:textDecoration="underline">d</span></p>',
    )
    assert lines(source) == [["a b", "d"]]
    first, second = source.cues[0].content
    assert isinstance(first, Line) and isinstance(second, Line)
    plain, slanted = (each for each in first.content if isinstance(each, Run))
    assert plain.style.colour == Colour(255, 255, 0) and slanted.style.colour == Colour(255, 0, 0)
    assert slanted.style.italic and not plain.style.italic
    (bold,) = (each for each in second.content if isinstance(each, Run))
    assert bold.style.bold and bold.style.underline


@pytest.mark.parametrize(
    ("attributes", "layout", "place"),
    [
        ("", "", ("center", 0.0, "bottom", 8.0)), (' region="low"', LAYOUT, ("center", 0.0, "bottom", 10.0)),
        (' region="high"', LAYOUT, ("center", 0.0, "top", 12.0)),
        (' region="low" tts:textAlign="left"', LAYOUT, ("left", 10.0, "bottom", 10.0)),
        (' region="low" tts:textAlign="end"', LAYOUT, ("right", 10.0, "bottom", 10.0)),
    ],
)  # fmt: skip
def test_regions_become_places(
    tmp_path: Path, attributes: str, layout: str, place: tuple[object, ...]
) -> None:
    source = read(tmp_path, f'<p begin="1s" end="2s"{attributes}>x</p>', layout=layout)
    found = source.cues[0].content[0].place
    assert (found.halign, found.hposition, found.valign, found.vposition) == place


def test_vertical_text_and_ruby(tmp_path: Path) -> None:
    source = read(
        tmp_path,
        '<p begin="1s" end="2s" region="v"><span tts:ruby="container"><span tts:ruby="base">漢</span>'
        '<span tts:ruby="text">かん</span></span>字</p>',
    )
    (line,) = source.cues[0].content
    assert isinstance(line, Line) and (line.direction, line.place.halign) == ("ttb", "right")
    assert isinstance(line.content[0], Ruby) and (line.content[0].base.text, line.content[0].reading) == (
        "漢",
        "かん",
    )
    assert line.text == "漢字"


def test_drafts_of_ttml_are_read(tmp_path: Path) -> None:
    path = tmp_path / "film.dfxp"
    path.write_text(
        '<tt xmlns="http://www.w3.org/2006/10/ttaf1" xmlns:tts="http://www.w3.org/2006/10/ttaf1#style">'
        '<body><div><p begin="00:00:01.00" end="00:00:02.00" tts:fontStyle="italic">x</p></div></body></tt>'
    )
    source = open_text(path)
    assert [note.id for note in source.notes] == ["note.text-ttml-draft"]
    (line,) = source.cues[0].content
    assert isinstance(line, Line) and isinstance(line.content[0], Run) and line.content[0].style.italic


def test_utf_16_is_read(tmp_path: Path) -> None:
    path = tmp_path / "film.xml"
    whole = (
        HEAD.format("").replace("UTF-8", "UTF-16")
        + '<body><div><p begin="1s" end="2s">é</p></div></body></tt>'
    )
    path.write_bytes(("\ufeff" + whole).encode("utf-16-le"))
    assert lines(open_text(path)) == [["é"]]


@pytest.mark.parametrize(
    ("body", "note"),
    [
        ('<p begin="1s">x</p>', "note.text-no-end"),
        ('<p begin="1s" end="2s" tts:fontSize="50%">x</p>', "note.text-ttml-size"),
        ('<p begin="1s" end="2s" tts:backgroundColor="black">x</p>', "note.text-ttml-box"),
        ('<p begin="1s" end="2s">x<set begin="0.5s" tts:color="red"/></p>', "note.text-animation"),
        ('<p begin="1s" end="2s">x</p><p begin="3s" end="4s"> </p>', "note.text-empty"),
    ],
)  # fmt: skip
def test_what_is_not_kept_is_said(tmp_path: Path, body: str, note: str) -> None:
    source = read(tmp_path, body)
    assert note in {each.id for each in source.notes} and lines(source) == [["x"]]


@pytest.mark.parametrize(
    ("body", "root", "id", "line"),
    [
        ("", "", "text.no-cue", None),
        ('<p begin="soon" end="2s">x</p>', "", "text.ttml-time", 10),
        ('<p begin="-1s" end="2s">x</p>', "", "text.before-zero", 10),
        ('\n<p begin="00:00:01:25" end="2s">x</p>', ' ttp:frameRate="25"', "text.ttml-time", 11),
        ('<p begin="00:61:00.0" end="2h">x</p>', "", "text.ttml-time", 10),
        ('<p begin="3s" end="2s">x</p>', "", "text.ends-early", 10),
        ('<p begin="1s" end="2s">x</p>', ' ttp:frameRate="0"', "text.ttml-rate", 3),
        ('<p begin="1s" end="2s">x', "", "xml.not-well-formed-because", None),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_refused_with_its_line(
    tmp_path: Path, body: str, root: str, id: str, line: int | None
) -> None:
    with pytest.raises(DcpError) as caught:
        read(tmp_path, body, root=root)
    path = str(tmp_path / "film.xml")
    assert caught.value.id == id and str(caught.value.where).startswith(
        f"{path}: line {line}" if line else path
    )


def test_no_entity_is_read_and_no_other_vocabulary(tmp_path: Path) -> None:
    path = tmp_path / "film.xml"
    path.write_text(
        '<!DOCTYPE tt [<!ENTITY a SYSTEM "/etc/passwd">]><tt xmlns="http://www.w3.org/ns/ttml">&a;</tt>'
    )
    with pytest.raises(DcpError) as caught:
        open_text(path)
    assert str(caught.value.id).startswith("xml.")
    path.write_text('<tt xmlns="urn:other"/>')
    with pytest.raises(DcpError) as caught:
        open_text(path)
    assert caught.value.id == "text.ttml-namespace"
