"""What a text document says is read as it is meant; what it cannot mean is refused with its element."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcp.documents.namespaces import TEXT_SMPTE
from dcp.errors import DocumentError
from dcp.text.interop import lost_in_interop, read_interop, read_time, write_interop
from dcp.text.smpte import read_smpte
from dcp.text.values import (
    Colour,
    Cue,
    Depth,
    Group,
    Image,
    Line,
    Place,
    Ruby,
    Run,
    Space,
    Style,
    TimedText,
    Turned,
)

ID = "a1b2c3d4-0003-4000-8000-00000000f003"


def smpte(body: str = "", *, head: str = "", rates: str = "24", namespace: str = TEXT_SMPTE[2]) -> bytes:
    body = body or '<Subtitle TimeIn="00:00:01:00" TimeOut="00:00:02:12"><Text>Words</Text></Subtitle>'
    return (
        f'<SubtitleReel xmlns="{namespace}"><Id>urn:uuid:{ID}</Id><ContentTitleText>Film</ContentTitleText>'
        f"<IssueDate>2028-06-01T12:00:00</IssueDate><EditRate>24 1</EditRate>"
        f"<TimeCodeRate>{rates}</TimeCodeRate>{head}<SubtitleList>{body}</SubtitleList></SubtitleReel>"
    ).encode()


def interop(body: str = "", *, head: str = "", version: str = "1.0") -> bytes:
    body = body or subtitle("<Text>Words</Text>")
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<!-- made by a tool -->\n<DCSubtitle Version="{version}">'
        f"<SubtitleID>{ID}</SubtitleID><MovieTitle>Film</MovieTitle><ReelNumber>1</ReelNumber>"
        f"<Language>English</Language>{head}{body}</DCSubtitle>"
    ).encode()


def subtitle(inside: str, times: str = 'TimeIn="00:00:01:000" TimeOut="00:00:02:125"') -> str:
    return f'<Subtitle SpotNumber="1" {times}>{inside}</Subtitle>'


def one(inside: str, *, fonts: str = "") -> Cue:
    """The one cue with this inside, of an ST 428-7 document; fonts: a Font element's attributes around it."""
    around = f"<Font {fonts}>" if fonts else ""
    times = 'TimeIn="00:00:01:00" TimeOut="00:00:02:12"'
    body = f"{around}<Subtitle {times}>{inside}</Subtitle>{'</Font>' if fonts else ''}"
    (cue,) = read_smpte(smpte(body), "text.xml").cues
    return cue


def line(cue: Cue, index: int = 0) -> Line:
    found = cue.content[index]
    assert isinstance(found, Line)
    return found


def style(line: Line, index: int = 0) -> Style:
    found = line.content[index]
    assert isinstance(found, Run)
    return found.style


def test_an_issue_date_without_an_offset_and_times_at_their_rate() -> None:
    text = read_smpte(smpte(), "text.xml")
    assert (text.cues[0].start, text.cues[0].end) == (1, Fraction(5, 2))
    assert text.issue_date is not None and text.issue_date.utcoffset() is not None
    assert (text.start, text.display, text.language, text.reel) == (None, "MainSubtitle", None, None)
    times = '<Subtitle TimeIn="01:02:03:001" TimeOut="01:02:04:999"><Text>a</Text></Subtitle>'
    fine = read_smpte(smpte(times, rates="1000"), "text.xml")
    assert fine.cues[0].start == 3723 + Fraction(1, 1000)


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("00:00:01:249", Fraction(499, 250)),
        ("00:00:01:7", 1 + Fraction(7, 250)),
        ("00:00:01.9", Fraction(19, 10)),
        ("00:00:01.042", Fraction(1042, 1000)),
        ("10:00:00.000", 36_000),
        ("00:00:01:250", None),
        ("00:00:01,500", None),
        ("00:60:01.500", None),
        ("00:00:01", None),
        ("-0:00:01.5", None),
        ("٠0:00:01.5", None),
    ],
)
def test_interop_times_are_ticks_of_four_milliseconds_or_have_a_dot(
    said: str, seconds: Fraction | None
) -> None:
    assert read_time(said) == seconds


def test_interop_fades_are_ticks_or_times() -> None:
    times = 'TimeIn="00:00:01.500" TimeOut="00:00:02:125" FadeUpTime="20" FadeDownTime="00:00:00:250"'
    with pytest.raises(DocumentError):
        read_interop(interop(subtitle("<Text>a</Text>", times)), "text.xml")
    times = times.replace(":250", ":249")
    (cue,) = read_interop(interop(subtitle("<Text>a</Text>", times)), "text.xml").cues
    assert (cue.start, cue.fade_up, cue.fade_down) == (
        Fraction(3, 2),
        Fraction(80, 1000),
        Fraction(249, 250),
    )


def test_a_font_holds_for_all_in_it_that_says_no_other() -> None:
    cue = one(
        '<Font Italic="yes"><Text>a<Font Italic="no" Color="80112233">b</Font>c</Text></Font><Text>d</Text>',
        fonts='ID="F" Size="50" Weight="bold" Effect="border" EffectSize="0.5"',
    )
    first, second = line(cue), line(cue, 1)
    assert [style(first, index).italic for index in range(3)] == [True, False, True]
    assert style(first, 1).colour == Colour(0x11, 0x22, 0x33, 0x80)
    assert style(first, 2) == Style(
        font="F", size=50, bold=True, italic=True, effect="border", effect_size=0.5
    )
    assert style(second) == Style(font="F", size=50, bold=True, effect="border", effect_size=0.5)
    assert first.text == "abc"


def test_fonts_that_say_the_same_differ_by_what_is_around_them() -> None:
    slanted = '<Font Italic="yes"><Text>a</Text></Font>'
    times = 'TimeIn="00:00:01:00" TimeOut="00:00:02:12"'
    body = "".join(
        f'<Font Size="{size}"><Subtitle {times}>{slanted}</Subtitle></Font>' for size in (50, 60, 50)
    )
    found = [style(line(cue)) for cue in read_smpte(smpte(body), "text.xml").cues]
    assert found == [Style(size=size, italic=True) for size in (50, 60, 50)]


def test_what_is_not_said_is_as_the_schemas_have_it() -> None:
    assert line(one("<Text>a</Text>")) == Line((Run("a", Style()),), Place(), "ltr")
    assert style(line(one("<Text>a</Text>"))).effect == "shadow"
    (cue,) = read_interop(interop(), "text.xml").cues
    assert cue.content == (Line((Run("Words"),), Place(), "ltr"),)


def test_blanks_are_kept_and_indents_are_not() -> None:
    def words(inside: str) -> str:
        return line(one(f"<Text>{inside}</Text>")).text

    assert words(" a  b ") == " a  b "
    assert words("\n    a\n    b\n  ") == "a b"
    assert words("\n  <Font Italic='yes'>\n  a</Font>\n  <Font>b</Font>\n") == "a b"
    assert words("a<!-- nothing -->b<?p q?>c") == "abc"
    assert words("<![CDATA[<a> & ]]>") == "<a> & "
    assert words(" ") == " "
    assert words("\n") == ""
    assert words("&#160;a") == "\u00a0a"


def test_vertical_text_with_its_readings() -> None:
    cue = one(
        '<Text Direction="ttb" Halign="right" Hposition="8">'
        '<Ruby><Rb>東京</Rb><Rt Size="0.4" Position="after" Offset="0.1" Spacing="-0.2" AspectAdjust="0.9">'
        'とうきょう</Rt></Ruby>へ<Space Size="1.5"/><HGroup>12</HGroup><Rotate Direction="left">A</Rotate>'
        "<Space/><Rotate>B</Rotate></Text>"
    )
    found = line(cue)
    assert found.direction == "ttb" and found.place == Place(halign="right", hposition=8)
    assert found.content == (
        Ruby(Run("東京"), "とうきょう", 0.4, False, 0.1, -0.2, 0.9),
        Run("へ"),
        Space(1.5),
        Group(Run("12")),
        Turned(Run("A"), "left"),
        Space(0.5),
        Turned(Run("B"), "none"),
    )
    assert found.text == "東京へ12AB"
    (cue,) = read_interop(
        interop(
            subtitle(
                '<Text Direction="vertical" ZPosition="0.5"><Ruby><Rb>a</Rb><Rt Size="0.6em">b</Rt></Ruby>'
                '<Space Size="6em"/></Text>'
            )
        ),
        "text.xml",
    ).cues
    assert line(cue).direction == "ttb" and line(cue).place.z == 0.5
    assert line(cue).content == (Ruby(Run("a"), "b", 0.6), Space(6))


def test_depths_that_are_used_are_kept() -> None:
    body = (
        '<Subtitle TimeIn="00:00:01:00" TimeOut="00:00:02:12">'
        '<LoadVariableZ ID="Z1">-1.5 2:12\n .5:1</LoadVariableZ><LoadVariableZ ID="Z2">1</LoadVariableZ>'
        '<Text VariableZ="Z1" Zposition="-2">a</Text><Text VariableZ="Z9">b</Text></Subtitle>'
    )
    text = read_smpte(smpte(body), "text.xml")
    (kept,) = text.cues[0].variable_z
    assert kept.depths == (
        Depth(-1.5, Fraction(1, 24)),
        Depth(2, Fraction(1, 2)),
        Depth(0.5, Fraction(1, 24)),
    )
    assert line(text.cues[0]).place.z == -2
    assert [note.id for note in text.notes] == ["note.text-depth-unused", "note.text-depth-missing"]


def test_pictures_by_urn_and_by_file() -> None:
    expected = (Image(uuid.UUID(ID), Place(valign="bottom", vposition=10)),)
    assert one(f'<Image Valign="bottom" Vposition="10">urn:uuid:{ID}</Image>').content == expected
    for name in (f"{ID}.png", f"\n {ID.upper()}.PNG ", ID):
        image = f'<Image VAlign="bottom" VPosition="10">{name}</Image>'
        (cue,) = read_interop(interop(subtitle(image)), "text.xml").cues
        assert cue.content == expected


NOTED = {
    "unknown element": ("<Text>a</Text><Blink>b</Blink>", "note.text-unknown-element", "a"),
    "of another namespace": (
        '<Text>a</Text><x:Text xmlns:x="urn:x">b</x:Text>',
        "note.text-unknown-element",
        "a",
    ),
    "unknown markup": ("<Text>a<Blink>b</Blink>c</Text>", "note.text-unknown-markup", "abc"),
    "leaning": ('<Text><Font Italic="left">a</Font></Text>', "note.text-lean", "a"),
    "other spelling": ('<Text VAlign="top" VPosition="3">a</Text>', "note.text-spelling", "a"),
    "font": (
        '<Font ID="F"><Text>a</Text></Font><Font ID="F"><Text>a</Text></Font>',
        "note.text-font-not-loaded",
        "a",
    ),
    "stray": ("stray<Text>a</Text>", "note.text-stray", "a"),
}


@pytest.mark.parametrize("name", NOTED)
def test_what_is_not_kept_is_said_with_its_place(name: str) -> None:
    inside, id, words = NOTED[name]
    text = read_smpte(smpte(f'<Subtitle TimeIn="00:00:01:00" TimeOut="00:00:02:12">{inside}</Subtitle>'), "x")
    assert id in [note.id for note in text.notes]
    note = next(note for note in text.notes if note.id == id)
    assert "/SubtitleReel/SubtitleList/Subtitle" in note.say("en")
    assert "/SubtitleReel/SubtitleList/Subtitle" in note.say("zh")
    assert line(text.cues[0]).text == words


def test_notes_of_the_head() -> None:
    head = "<DisplayType>Billboard</DisplayType>"
    text = read_smpte(
        smpte(head=head).replace(b"<SubtitleReel ", b'<SubtitleReel IntrinsicPictureResolution="2K" '), "x"
    )
    assert [note.id for note in text.notes] == ["note.text-not-kept", "note.text-display"]
    text = read_interop(
        interop().replace(b"<ReelNumber>1</ReelNumber>", b"<ReelNumber>one</ReelNumber>"), "x"
    )
    assert text.reel is None and [note.id for note in text.notes] == ["note.text-reel"]


@pytest.mark.parametrize("document", [smpte(), interop()])
def test_a_byte_order_mark_before_the_document(document: bytes) -> None:
    read = read_interop if b"<DCSubtitle" in document else read_smpte
    assert read(b"\xef\xbb\xbf" + document, "x") == read(document, "x")


def test_many_unknown_names_are_said_no_more_than_a_hundred_times() -> None:
    text = read_smpte(smpte("".join(f"<A{number}/>" for number in range(5000))), "x")
    assert len(text.notes) == 100


@pytest.mark.parametrize(
    "inside",
    [
        "a<!---->" * 100_000,
        "a<Font>a</Font>" * 20_000,
        '\n<Font Italic="yes">\n</Font>' * 20_000,
        "<Space/>" * 40_000,
    ],
)
def test_a_line_of_very_many_parts_takes_no_longer_than_its_length(inside: str) -> None:
    read_smpte(smpte(within(f"<Text>{inside}</Text>")), "x")


def timed(start: str, end: str = "00:00:02:00") -> str:
    return f'<Subtitle TimeIn="{start}" TimeOut="{end}"><Text>a</Text></Subtitle>'


def within(inside: str) -> str:
    return f'<Subtitle TimeIn="00:00:01:00" TimeOut="00:00:02:00">{inside}</Subtitle>'


LIST = "/SubtitleReel/SubtitleList"
REFUSED: dict[str, tuple[bytes, str, str]] = {
    "other root": (b"<tt/>", "xml.other-document", "/tt"),
    "other namespace": (
        smpte(namespace="urn:x"),
        "xml.namespace-not-known-of",
        "/SubtitleReel",
    ),
    "count of the rate": (smpte(timed("00:00:01:24")), "text.not-time", f"{LIST}/Subtitle"),
    "dots": (smpte(timed("00:00:01.500")), "text.not-time", f"{LIST}/Subtitle"),
    "an hour more than a clock has": (smpte(timed("30:00:01:00")), "text.not-time", f"{LIST}/Subtitle"),
    "a count without end": (smpte(timed(f"00:00:01:{'0' * 5000}")), "text.not-time", f"{LIST}/Subtitle"),
    "no time": (smpte('<Subtitle TimeIn="00:00:01:00"/>'), "xml.attribute-missing", f"{LIST}/Subtitle"),
    "second of many": (
        smpte(timed("00:00:01:00") + timed("x")),
        "text.not-time",
        f"{LIST}/Subtitle[2]",
    ),
    "start": (smpte(head="<StartTime>0</StartTime>"), "text.not-time", "/SubtitleReel/StartTime"),
    "rate 0": (smpte(rates="0"), "xml.not-whole-number", "/SubtitleReel/TimeCodeRate"),
    "rate without end": (smpte(rates="9999999"), "text.time-code-rate", "/SubtitleReel/TimeCodeRate"),
    "reel 0": (
        smpte(head="<ReelNumber>0</ReelNumber>"),
        "xml.not-whole-number",
        "/SubtitleReel/ReelNumber",
    ),
    "id twice": (smpte(head=f"<Id>urn:uuid:{ID}</Id>"), "xml.more-than-once", "/SubtitleReel/Id[2]"),
    "font": (smpte(head='<LoadFont ID="a">font.ttf</LoadFont>'), "xml.not-uuid", "/SubtitleReel/LoadFont"),
    "fonts": (
        smpte(head=f'<LoadFont ID="a">urn:uuid:{ID}</LoadFont>' * 257),
        "xml.too-many",
        "/SubtitleReel",
    ),
    "colour": (
        smpte(within('<Font Color="red"><Text>a</Text></Font>')),
        "text.attribute-colour",
        f"{LIST}/Subtitle/Font",
    ),
    "size": (smpte(within('<Font Size="0"/>')), "text.attribute-number", f"{LIST}/Subtitle/Font"),
    "size in em": (smpte(within('<Font Size="2em"/>')), "text.attribute-number", f"{LIST}/Subtitle/Font"),
    "effect": (smpte(within('<Font Effect="glow"/>')), "text.attribute-word", f"{LIST}/Subtitle/Font"),
    "position": (
        smpte(within('<Text Vposition="low">a</Text>')),
        "text.attribute-number",
        f"{LIST}/Subtitle/Text",
    ),
    "infinite": (
        smpte(within('<Text Vposition="1e999">a</Text>')),
        "text.attribute-number",
        f"{LIST}/Subtitle/Text",
    ),
    "alignment": (
        smpte(within('<Text Valign="middle">a</Text>')),
        "text.attribute-word",
        f"{LIST}/Subtitle/Text",
    ),
    "picture": (smpte(within("<Image>a.png</Image>")), "text.image-name", f"{LIST}/Subtitle/Image"),
    "ruby without reading": (
        smpte(within("<Text><Ruby><Rb>a</Rb></Ruby></Text>")),
        "xml.missing",
        f"{LIST}/Subtitle/Text/Ruby",
    ),
    "ruby with two": (
        smpte(within("<Text><Ruby><Rb>a</Rb><Rb>b</Rb></Ruby></Text>")),
        "xml.more-than-once",
        f"{LIST}/Subtitle/Text/Ruby/Rb[2]",
    ),
    "depth": (
        smpte(within('<LoadVariableZ ID="Z">1:0</LoadVariableZ>')),
        "text.depths",
        f"{LIST}/Subtitle/LoadVariableZ",
    ),
    "deep": (smpte("<Font>" * 63 + "</Font>" * 63), "xml.too-deep", "line 1"),
    "large": (smpte("<Subtitle/>" * 2_000_000), "xml.too-large", "text.xml"),
    "doctype": (
        b'<!DOCTYPE x [<!ENTITY a "b">]>' + smpte(),
        "xml.doctype",
        "line 1",
    ),
    "many elements": (smpte("<a/>" * 500_001), "xml.too-many-elements", "line 1"),
    "interop version": (interop(version="2.0"), "text.interop-version", "/DCSubtitle"),
    "interop id": (
        interop().replace(ID.encode(), b"words"),
        "text.not-bare-uuid",
        "/DCSubtitle/SubtitleID",
    ),
    "interop ticks": (
        interop(subtitle("<Text>a</Text>", 'TimeIn="00:00:01:250" TimeOut="00:00:02:000"')),
        "text.not-time",
        "/DCSubtitle/Subtitle",
    ),
    "interop picture": (
        interop(subtitle(f"<Image>../{ID}.png</Image>")),
        "text.image-name",
        "/DCSubtitle/Subtitle/Image",
    ),
    "interop font without a file": (
        interop(head='<LoadFont Id="a"/>'),
        "xml.attribute-missing",
        "/DCSubtitle/LoadFont",
    ),
}
for _path in ("../a.ttf", "/a.ttf", "a/../../b.ttf", "C:a.ttf", "a\\b.ttf", "", "a//b.ttf", "x" * 256):
    REFUSED[f"interop font {_path[:20]}"] = (
        interop(head=f'<LoadFont Id="a" URI="{_path}"/>'),
        "text.font-path",
        "/DCSubtitle/LoadFont",
    )


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_meant_is_refused_with_its_element(name: str) -> None:
    data, id, place = REFUSED[name]
    read: Callable[[bytes, str], TimedText] = read_interop if b"<DCSubtitle" in data else read_smpte
    with pytest.raises(DocumentError) as refused:
        read(data, "text.xml")
    assert refused.value.id == id
    assert "text.xml" in str(refused.value.where) and place in str(refused.value.where)
    assert refused.value.say("en") and refused.value.say("zh")


BASES = {
    read_smpte: smpte(
        '<Font ID="F" Size="42"><Subtitle SpotNumber="1" TimeIn="00:00:01:00" TimeOut="00:00:02:00" '
        'FadeUpTime="00:00:00:02"><LoadVariableZ ID="Z">1:2</LoadVariableZ>'
        '<Text VariableZ="Z" Direction="ttb">a<Font Color="FF000000">b</Font><Ruby><Rb>c</Rb>'
        '<Rt Offset="0.5">d</Rt></Ruby><Space Size="1"/>'
        f"<HGroup>e</HGroup><Rotate>f</Rotate></Text><Image>urn:uuid:{ID}</Image></Subtitle></Font>"
    ),
    read_interop: interop(
        '<Font Id="F" Spacing="0.1em">'
        + subtitle('<Font Italic="yes"><Text VAlign="top">a</Text></Font>')
        + "</Font>",
        head='<LoadFont Id="F" URI="a.ttf"/>',
    ),
}
VALUES = st.sampled_from(
    [
        "",
        "-1",
        "1e9",
        "9" * 40,
        "NaN",
        "\u0661",
        "yes",
        "FFFFFFFF",
        "00:00:00:00",
        "00:00:09.5",
        "<Text/>",
        "\n",
    ]
)


@given(st.sampled_from(list(BASES)), st.integers(0, 10_000), VALUES, st.booleans())
def test_a_changed_document_is_read_or_refused(
    read: Callable[[bytes, str], TimedText], where: int, value: str, attribute: bool
) -> None:
    """Whatever stands in the place of any attribute's value or any text."""
    data = BASES[read]
    pattern = rb'(?<==")[^"]*(?=")' if attribute else rb"(?<=>)[^<>]*(?=<)"
    spans = [found.span() for found in re.finditer(pattern, data)]
    start, end = spans[where % len(spans)]
    try:
        text = read(data[:start] + value.encode() + data[end:], "text.xml")
    except DocumentError as error:
        assert error.say("en") and error.say("zh") and error.where
        return
    for cue in text.cues:
        assert cue.start >= 0 and cue.end >= 0
    for note in text.notes:
        assert note.say("en") and note.say("zh")


@given(st.sampled_from(list(BASES)), st.integers(0, 3000), st.binary(max_size=4))
def test_damaged_bytes_are_read_or_refused(
    read: Callable[[bytes, str], TimedText], where: int, new: bytes
) -> None:
    data = BASES[read]
    try:
        read(data[:where] + new + data[where + len(new) :], "text.xml")
    except DocumentError as error:
        assert error.where


def test_what_interop_cannot_say_is_named_before_it_is_lost() -> None:
    lines = (
        Line((Run("a", Style(feather=True)),), Place(variable_z="Z"), "rtl"),
        Line((Run("b"),)),
    )
    cue = Cue(Fraction(1), Fraction(2), lines)
    lost = lost_in_interop((cue, Cue(Fraction(3), Fraction(4), lines[1:])))
    assert [note.id for note in lost] == [
        "note.text-interop-depth",
        "note.text-interop-direction",
        "note.text-interop-feather",
    ]
    assert not lost_in_interop((Cue(Fraction(3), Fraction(4), lines[1:]),))
    text = TimedText(uuid.UUID(ID), "Film", (cue,), Fraction(24), 250, standard="interop")
    (back,) = read_interop(write_interop(text), "text.xml").cues
    assert line(back).direction == "ltr" and style(line(back)) == Style()
