"""What is wrong with timed text: its document, its times, its lines, its fonts and pictures, its language."""

from __future__ import annotations

import re
from codecs import BOM_UTF8
from collections.abc import Callable
from typing import Any

from fonts_made import ASCII, small_font
from texts_made import png

from dcp.mxf.text_writer import FONT_TYPE, IMAGE_TYPE, Resource
from faults.bases import FONT, PICTURE_ID, font, resources_of
from faults.changes import Change, Copy, both, bytes_at, edit, rewrite, text_edit, text_of
from faults.rows import Fault, Good

S, I = "smpte", "interop"  # noqa: E741
FIRST = r'<Subtitle SpotNumber="1"'
LINE = 'Vposition="16">One and two<'
_EVENTS = re.compile(rb"[ \t]*<Subtitle .*</Subtitle>\n?", re.DOTALL)


def words(role: str, *pairs: tuple[str, str]) -> Change:
    """Several words in one document of a text."""

    def do(data: bytes) -> bytes:
        for old, new in pairs:
            assert old.encode() in data, old
            data = data.replace(old.encode(), new.encode())
        return data

    return document(role, do)


def pattern(role: str, old: str, new: str) -> Change:
    """The same by a regular expression, once; `.` matches line ends."""
    return document(role, lambda data: re.sub(old.encode(), new.encode(), data, count=1, flags=re.DOTALL))


def document(role: str, do: Callable[[bytes], bytes]) -> Change:
    """Another document, with the resources that it names."""

    def change(copy: Copy) -> None:
        made = resources_of(do(copy.base.units[role][0])) if role in copy.base.units else []
        text_of(role, do, resources=made)(copy)

    return change


def events(role: str, *made: str) -> Change:
    """Other events in place of those there are."""
    return document(role, lambda data: _EVENTS.sub("\n".join(made).encode(), data, count=1))


def smpte(number: int, start: str, end: str, *lines: str, more: str = "") -> str:
    """An event. start, end: `4:00`, seconds and frames; lines: elements, or words."""
    held = "".join(
        line
        if line.startswith("<")
        else f'<Text Valign="bottom" Vposition="{8 * (len(lines) - at)}">{line}</Text>'
        for at, line in enumerate(lines)
    )
    times = (
        f"00:00:{int(second):02}:{int(frame):02}" for second, frame in (t.split(":") for t in (start, end))
    )
    first, last = times
    return f'<Subtitle SpotNumber="{number}" TimeIn="{first}" TimeOut="{last}"{more}>{held}</Subtitle>'


def interop(number: int, start: str, end: str, *lines: str, more: str = "") -> str:
    """The same in Interop: seconds and ticks."""
    held = "".join(
        line
        if line.startswith("<")
        else f'<Text VAlign="bottom" VPosition="{8 * (len(lines) - at)}">{line}</Text>'
        for at, line in enumerate(lines)
    )
    first, last = (f"00:00:{int(s):02}:{int(t):03}" for s, t in (t.split(":") for t in (start, end)))
    return f'<Subtitle SpotNumber="{number}" TimeIn="{first}" TimeOut="{last}"{more}>{held}</Subtitle>'


def parts(role: str, *resources: Resource) -> Change:
    """Other resources in the track file of a text, whose document stays."""
    return text_of(role, lambda data: data, resources=resources)


def beside(name: str, data: bytes) -> Change:
    """Another file beside the Interop text. name: as the base calls it."""
    return lambda copy: copy.write(name, data)


def moved(old: str, new: str) -> Callable[[Copy], object]:
    """A file beside the text under another name, in the folder alone."""
    return lambda copy: copy.path(old).rename(copy.path(old).with_name(new))


FONT_OF = {"smpte": Resource(FONT, FONT_TYPE, font()), "picture": Resource(PICTURE_ID, IMAGE_TYPE, png())}


def _font(signs: str = ASCII, **more: Any) -> Resource:
    return Resource(FONT, FONT_TYPE, small_font(signs, **more))


def _with_id(role: str) -> Change:
    """A text with an id that is always the same, as its track file says too."""
    made = lambda data: re.sub(b"<Id>[^<]*", b"<Id>urn:uuid:%s" % str(FONT).encode(), data)  # noqa: E731
    return lambda copy: text_of(
        role, made, resource_id=FONT, resources=resources_of(copy.base.units[role][0])
    )(copy)


def at_25() -> Change:
    """The subtitle at 25 frames a second."""
    return rewrite("cpl", "(<MainSubtitle>.*?<EditRate>)24 1", r"\g<1>25 1")


def events_from(start: int) -> Change:
    """The first reel's times counted from a second, which the document states."""
    return words(
        "text1",
        ("<StartTime>00:00:00:00", f"<StartTime>00:00:{start:02}:00"),
        ("00:00:04:", f"00:00:{start + 4:02}:"),
    )


_LONG = "a word and " * 8
_HIGHER = '<Text VAlign="bottom" VPosition="20">a</Text>'
_WIDE = "sixty signs are in this line, which is long to read by far xx"


def _head(name: str) -> str:
    return rf"\s*<{name}>[^<]*</{name}>"


FAULTS = [
    Fault("TT-065", "interop", bytes_at("font1", -1000, b"\x01\x02\x03")),
    # --- the document
    Fault("TT-001", S, text_of("text1", lambda data: data[:-20]), note="cut"),
    Fault("XML-001", I, rewrite("text1", "</DCSubtitle>", ""), note="text-cut"),
    Fault("XML-005", I, edit("text1", "<DCSubtitle", "<!DOCTYPE DCSubtitle><DCSubtitle"), note="text"),
    Fault("XML-001", I, edit("text1", "One and", "One &two; and"), note="text-entity"),
    Fault("TT-001", S, words("text1", ("One and", "One &two; and")), note="entity"),
    Fault(
        "TT-001", S, words("text1", ("<SubtitleReel", "<!DOCTYPE SubtitleReel><SubtitleReel")), note="doctype"
    ),
    Fault(
        "TT-001",
        S,
        words("text1", ("<SubtitleReel", "<SubtitleReal"), ("</SubtitleReel", "</SubtitleReal")),
        note="root",
    ),
    Fault("TT-001", S, words("text1", (' Effect="shadow"', ' Effect="glow"')), note="word"),
    Fault("TT-001", S, words("text1", ('Color="FFFFFFFF"', 'Color="white"')), note="colour"),
    Fault("TT-001", S, words("text1", ('Size="42"', 'Size="0"')), note="size"),
    Fault("TT-001", S, words("text1", ('AspectAdjust="1"', 'AspectAdjust="9"')), note="range"),
    Fault("TT-001", S, words("text1", ("<EditRate>24 1", "<EditRate>24"))),
    Fault("TT-001", S, pattern("text1", r"\s*<TimeCodeRate>24</TimeCodeRate>", ""), note="count"),
    Fault("TT-001", S, words("text1", ("<ContentTitleText>Film</ContentTitleText>", "")), note="title"),
    Fault("TT-001", S, words("text1", ("<IssueDate>2026-01", "<IssueDate>2026-13")), note="date"),
    Fault("TT-001", S, words("text1", ("Halign=", "HAlign=")), note="attribute"),
    Fault("TT-001", S, words("text1", ("<Image", "<Shape/><Image")), note="element"),
    Fault(
        "TT-001",
        S,
        words(
            "text1",
            ("<ReelNumber>1</ReelNumber>", ""),
            ("<StartTime>", "<ReelNumber>1</ReelNumber><StartTime>"),
        ),
        note="order",
    ),
    Fault(
        "TT-001",
        S,
        words("text1", ("<ContentTitleText>", "<ContentTitleText>A</ContentTitleText><ContentTitleText>")),
        note="twice",
    ),
    Fault("TT-001", S, words("text1", ("One and two", "One <Ruby><Rb>a</Rb></Ruby>")), note="ruby"),
    Fault("TT-001", S, words("text1", ("One and two", 'One <Space Size="-2"/>two')), note="space"),
    Fault("TT-001", I, edit("text1", 'Version="1.0"', 'Version="2.0"'), note="version"),
    Fault("TT-001", I, edit("text1", 'VPosition="16"', 'VPosition="16,5"'), note="number"),
    Fault("TT-001", I, edit("text1", 'Spacing="0em"', 'Spacing="0"'), note="em"),
    Fault("TT-001", I, edit("text1", 'SpotNumber="1" ', ""), note="spot"),
    Fault("TT-001", I, edit("text1", "04:000", "04:00"), note="ticks"),
    Fault("TT-001", I, rewrite("text1", _head("MovieTitle"), ""), note="title"),
    Fault("TT-002", S, words("text1", ("428-7/2014/DCST", "428-7/2099/DCST")), ("TT-026",)),
    Fault("TT-002", I, edit("text1", "<DCSubtitle ", '<DCSubtitle xmlns="urn:x" ')),
    Fault(
        "TT-026",
        S,
        text_of("text1", lambda data: data, namespace_uri="http://www.smpte-ra.org/schemas/428-7/2010/DCST"),
        note="namespace",
    ),
    Fault("TT-028", I, lambda copy: _upper(copy)),
    Fault("TT-053", S, pattern("text1", r"<Id>[^<]*</Id>", "")),
    Fault("TT-053", S, both(*(_with_id(role) for role in ("text1", "text2"))), note="shared"),
    Fault("TT-053", I, rewrite("text1", _head("SubtitleID"), "")),
    Fault("TT-053", I, rewrite("text1", "<SubtitleID>[^<]*", "<SubtitleID>none"), note="none"),
    Fault("TT-054", S, words("text1", ('TimeOut="00:00:04:18"', 'TimeOut="00:00:04:24"'))),
    Fault("TT-054", S, words("text1", (' TimeOut="00:00:04:18"', "")), note="missing"),
    Fault("TT-054", S, words("text1", ('TimeOut="00:00:04:18"', 'TimeOut="00:00:03:18"')), note="backwards"),
    Fault("TT-054", S, words("text1", ("<StartTime>00:00:00:00", "<StartTime>0")), note="start"),
    Fault("TT-054", I, edit("text1", "04:188", "04:250")),
    Fault("TT-057", S, words("text1", ("<SubtitleList>", "<SubtitleList>words"))),
    Fault("TT-057", S, words("text1", ("</Text>\n", "</Text>words\n")), note="event"),
    Fault("TT-057", I, edit("text1", "</Text>", "</Text>words")),
    Fault("TT-062", I, rewrite("text1", "<SubtitleID>[^<]*", f"<SubtitleID>{FONT}")),
    Fault("TT-030", S, words("text1", ("T12:00:00<", "T12:00:00.000+00:00<"))),
    # --- language, reel
    Fault("TT-004", S, pattern("text1", "<Language>en</Language>", "")),
    Fault("TT-004", I, rewrite("text1", _head("Language"), "")),
    Fault("TT-005", S, words("text2", (">en<", ">en-GB<"))),
    Fault("TT-006", S, words("text1", ("<Language>en", "<Language>en_US")), ("TT-005",)),
    Fault("TT-006", S, words("text1", ("<Language>en", "<Language>eng")), ("TT-005",), note="longer"),
    Fault("TT-007", S, both(words("text1", (">en<", ">de<")), words("text2", (">en<", ">de<")))),
    Fault("TT-007", I, edit("text1", "<Language>en", "<Language>German")),
    Fault("TT-006", S, words("text1", ("<Language>en", "<Language>english")), ("TT-005",), note="name"),
    Fault("TT-007", S, text_of("text1", lambda data: data, language="de"), note="header"),
    Fault(
        "TT-007",
        S,
        text_of("text1", lambda data: data.replace(b"<Language>en</Language>", b""), language="de"),
        ("TT-004",),
        note="header-listed",
    ),
    Fault("TT-008", S, words("text1", ("<ReelNumber>1", "<ReelNumber>2"))),
    Fault("TT-008", S, words("text1", ("<ReelNumber>1", "<ReelNumber>one")), note="form"),
    Fault("TT-008", I, rewrite("text1", _head("ReelNumber"), ""), note="none"),
    Fault("TT-008", I, edit("text1", "<ReelNumber>1", "<ReelNumber>7")),
    # --- times
    Fault("TT-009", S, pattern("text1", r"<StartTime>[^<]*</StartTime>", ""), asked={"profile": "bv21"}),
    Fault("TT-010", S, events_from(24)),
    Fault("TT-011", S, events("text1", smpte(1, "3:23", "4:18", "early"))),
    Fault("TT-012", S, events("text1", smpte(1, "4:00", "4:00", "never"))),
    Fault("TT-012", I, events("text1", interop(1, "4:000", "4:000", "never"))),
    Fault("TT-013", S, events("text1", smpte(1, "4:00", "4:14", "short"))),
    Fault("TT-014", S, events("text2", smpte(1, "0:02", "0:20", "a"), smpte(2, "0:21", "1:18", "b"))),
    Fault("TT-015", S, events("text1", smpte(1, "4:00", "5:01", "late"))),
    Fault("TT-015", S, events("text1", smpte(1, "6:00", "7:00", "never")), note="never"),
    Fault("TT-015", I, events("text1", interop(1, "4:000", "5:010", "late"))),
    Fault(
        "TT-019",
        S,
        events(
            "text1",
            smpte(1, "4:00", "4:18", "a", more=' FadeUpTime="00:00:00:10" FadeDownTime="00:00:00:09"'),
        ),
    ),
    Fault("TT-019", I, events("text1", interop(1, "4:000", "4:188", "a", more=' FadeUpTime="249"'))),
    Fault("TT-019", S, events("text1", smpte(1, "4:00", "4:18", "a", more=' FadeUpTime="20"')), note="form"),
    Fault(
        "TT-020",
        S,
        events(
            "text1", *(smpte(n, "4:00", "4:18", f'<Text Vposition="{9 * n}">a</Text>') for n in (1, 2, 3))
        ),
    ),
    Fault(
        "TT-021",
        S,
        events("text1", smpte(1, "4:00", "4:18", *(f'<Text Hposition="{n}">a</Text>' for n in range(7)))),
    ),
    Fault(
        "TT-021",
        S,
        events("text1", smpte(1, "4:00", "4:18", *[f"<Image>urn:uuid:{PICTURE_ID}</Image>"] * 4)),
        note="images",
    ),
    Fault("TT-024", S, words("text1", ("<EditRate>24 1", "<EditRate>25 1"))),
    Fault("TT-058", S, events("text2", smpte(1, "1:00", "1:18", "b"), smpte(2, "0:02", "0:20", "a"))),
    Fault(
        "TT-058", I, events("text1", interop(1, "4:080", "4:240", "b"), interop(2, "4:000", "4:188", _HIGHER))
    ),
    Fault(
        "TT-056", I, events("text1", interop(1, "4:000", "4:188", "a"), interop(3, "4:000", "4:188", _HIGHER))
    ),
    # --- lines
    Fault("TT-016", S, events("text1", smpte(1, "4:00", "4:18", "a", "b", "c", "d"))),
    Fault("TT-016", I, events("text1", interop(1, "4:000", "4:188", "a", "b", "c", "d"))),
    Fault("TT-017", S, words("text1", ("One and two", _WIDE))),
    Fault("TT-017", I, edit("text1", "One and two", _WIDE)),
    Fault("TT-018", S, words("text1", ("One and two", _LONG))),
    Fault("TT-018", I, edit("text1", "One and two", _LONG)),
    Fault("TT-031", S, pattern("text1", r"<SubtitleList>.*</SubtitleList>", "<SubtitleList/>")),
    Fault("TT-031", I, rewrite("text1", r"<Subtitle .*</Subtitle>", "")),
    Fault("TT-032", S, words("text1", ("One and two", ""))),
    Fault("TT-032", I, rewrite("text1", ">One and two</Text>", "/>")),
    Fault("TT-033", S, events("text1", smpte(1, "4:00", "4:18"))),
    Fault("TT-033", I, events("text1", interop(1, "4:000", "4:188"))),
    Fault("TT-034", S, words("text1", ('Vposition="16"', 'Vposition="101"'))),
    Fault(
        "TT-034",
        S,
        words(
            "text1",
            (
                'Halign="center" Valign="bottom" Vposition="16"',
                'Hposition="60" Valign="bottom" Vposition="16"',
            ),
        ),
        note="across",
    ),
    Fault("TT-034", I, edit("text1", 'VPosition="16"', 'VPosition="-4"')),
    Fault("TT-034", S, words("text1", ('Size="42"', 'Size="4200"')), note="size"),
    Fault("TT-034", I, edit("text1", 'Size="42"', 'Size="4200"'), note="size"),
    Fault("TT-034", S, words("text1", ('Vposition="16"', 'Vposition="99"')), note="above"),
    Fault("TT-001", S, words("text1", ('Vposition="16"', 'Vposition="16" Zposition="500"')), note="depth"),
    Fault("TT-063", S, words("text1", ('Vposition="16"', 'Vposition="8"'))),
    Fault("TT-063", I, edit("text1", 'VPosition="16"', 'VPosition="8"')),
    Fault(
        "TT-063",
        S,
        events("text1", smpte(1, "4:00", "4:18", "a"), smpte(2, "4:03", "4:21", "b")),
        note="events",
    ),
    Fault(
        "TT-064",
        S,
        words("text1", ("<LoadFont", "<DisplayType>ClosedCaption</DisplayType><LoadFont")),
    ),
    Fault(
        "TT-064",
        S,
        words("caption1", ("<DisplayType>ClosedCaption", "<DisplayType>MainSubtitle")),
        note="caption",
    ),
    Fault("XML-002", S, document("text1", lambda data: standalone(data)), note="text"),
    Fault("XML-002", I, document("text1", lambda data: standalone(data)), note="text"),
    Fault("XML-003", S, document("text1", lambda data: BOM_UTF8 + data), note="text"),
    Fault("XML-003", I, document("text1", lambda data: BOM_UTF8 + data), note="text"),
    Fault("XML-004", S, words("text1", ("<SubtitleList>", "<SubtitleList>\r")), note="text"),
    Fault("XML-004", I, edit("text1", "<LoadFont", "\r<LoadFont"), note="text"),
    Fault("TT-061", S, words("text1", (' Vposition="16"', ' Vposition="16" VariableZ="z"'))),
    Fault(
        "TT-061",
        S,
        text_edit("text1", "<Text ", '<LoadVariableZ ID="z">1:2 -101:3</LoadVariableZ><Text '),
        note="deep",
    ),
    Fault(
        "TT-061",
        S,
        text_edit("text1", "<Text ", '<LoadVariableZ ID="z">1:x</LoadVariableZ><Text '),
        note="depth",
    ),
    # --- fonts and pictures
    Fault("TT-035", S, pattern("text1", r"<LoadFont.*</LoadFont>", "")),
    Fault("TT-035", I, rewrite("text1", "<LoadFont[^>]*/>", "")),
    Fault(
        "TT-036",
        S,
        words("text1", ("<LoadFont", f'<LoadFont ID="other">urn:uuid:{FONT}</LoadFont><LoadFont')),
    ),
    Fault("TT-037", S, words("text1", ('<LoadFont ID="font"', '<LoadFont ID="Font"'))),
    Fault("TT-037", I, edit("text1", '<Font Id="font"', '<Font Id="arial"')),
    Fault(
        "TT-037",
        I,
        edit("text1", "<LoadFont", '<LoadFont Id="font" URI="font.ttf"/><LoadFont'),
        ("TT-036",),
        note="twice",
    ),
    Fault("TT-038", I, edit("text1", 'URI="font.ttf"', 'URI="other.ttf"')),
    Fault("TT-038", I, edit("text1", 'URI="font.ttf"', 'URI="Font.ttf"'), note="case"),
    Fault("TT-039", S, parts("text1", Resource(FONT, FONT_TYPE, b"no font"), FONT_OF["picture"])),
    Fault(
        "TT-039",
        S,
        parts("text1", Resource(FONT, FONT_TYPE, small_font(leave_out="glyf")), FONT_OF["picture"]),
        note="table",
    ),
    Fault("TT-039", I, beside("font1", font()[:900])),
    Fault("TT-040", S, parts("text1", _font(padding=700_000), FONT_OF["picture"])),
    Fault("TT-040", I, beside("font1", small_font(padding=700_000))),
    Fault("TT-043", S, parts("text1", _font(padding=10_500_000), FONT_OF["picture"]), ("TT-040",)),
    Fault("TT-025", I, at_25()),
    Fault(
        "TT-041", S, parts("text1", Resource(FONT, FONT_TYPE, small_font("Onetwhrfua")), FONT_OF["picture"])
    ),
    Fault("TT-041", I, edit("text1", "One and two", "Ω")),
    Fault(
        "TT-042",
        S,
        parts("text1", FONT_OF["smpte"], Resource(PICTURE_ID, IMAGE_TYPE, b"\xff\xd8\xff\xe0JFIF")),
    ),
    Fault(
        "TT-042",
        S,
        parts("text1", FONT_OF["smpte"], Resource(PICTURE_ID, IMAGE_TYPE, png(2048, 4))),
        note="larger",
    ),
    Fault("TT-042", S, words("text1", (f"urn:uuid:{PICTURE_ID}", "a.png")), note="name"),
    Fault("TT-042", I, beside("image1", png()[:-9])),
    Fault("TT-042", I, edit("text1", f"{PICTURE_ID}.png", f"{FONT}.png"), note="absent"),
    Fault("TT-055", S, parts("text1", FONT_OF["smpte"])),
    Fault("TT-055", S, parts("text1", FONT_OF["picture"]), note="font"),
    Fault("TT-055", I, edit("text1", 'URI="font.ttf"', 'URI="../font.ttf"')),
    Fault("TT-055", I, edit("text1", 'URI="font.ttf"', 'URI="file:///font.ttf"'), note="absolute"),
    Fault("TT-055", I, rewrite("text1", ' URI="font.ttf"', ""), note="none"),
    # --- captions
    Fault("TT-045", S, words("caption1", ("<SubtitleList>", f"<!-- {'x' * 263_000} --><SubtitleList>"))),
    Fault("TT-046", S, events("caption1", smpte(1, "4:00", "4:18", "a", "b", "c", "d"))),
    Fault("TT-047", S, words("caption1", ("[noise]", "thirty-three signs are more than fit"))),
    Fault("TT-050", S, words("caption1", ('Valign="bottom" Vposition="16"', 'Valign="top" Vposition="16"'))),
    Fault("TT-051", S, words("caption1", ('Vposition="16"', 'Vposition="4"'))),
    Fault("TT-052", S, words("caption1", ("[noise]", "Ωmega")), ("TT-041",)),
    Fault("TT-059", S, events("caption2", smpte(1, "0:02", "0:20", "a"), smpte(2, "0:12", "1:18", "b"))),
    Fault("TT-060", S, events("caption1", smpte(1, "4:00", "4:18", f"<Image>urn:uuid:{PICTURE_ID}</Image>"))),
]


def standalone(data: bytes) -> bytes:
    """A document that calls itself so in its declaration."""
    assert data.startswith(b"<?xml")
    return data.replace(b"?>", b' standalone="yes"?>', 1)


def _upper(copy: Copy) -> None:
    """The id of an Interop text in capitals, in the text alone."""
    data = copy.read("text1").decode()
    (id,) = re.findall("<SubtitleID>([^<]*)", data)
    copy.write("text1", data.replace(id, id.upper()).encode())


GOOD = [
    Good(
        "text-crossfade",
        S,
        events(
            "text1",
            smpte(1, "4:00", "4:16", "a", more=' FadeDownTime="00:00:00:08"'),
            smpte(2, "4:08", "4:23", "b", more=' FadeUpTime="00:00:00:08"'),
        ),
    ),
    Good(
        "text-display-type",
        S,
        words("text1", ("<LoadFont", "<DisplayType>MainSubtitle</DisplayType><LoadFont")),
    ),
    Good("text-large", S, words("text1", ('Size="42"', 'Size="130"'))),
    Good("text-comment", I, edit("text1", "<Text ", "<!-- a --><Text ")),
    Good("text-font-in-words", I, edit("text1", "One and two", 'One <Font Italic="yes">and</Font> two')),
    Good("text-times-with-dots", I, edit("text1", "04:188", "04.750")),
    Good("text-empty-reel", S, events("text1", smpte(1, "0:00", "0:15", "<Text> </Text>"))),
    Good("text-cdata", S, words("text1", ("One and two", "<![CDATA[One & two]]>"))),
    Good(
        "text-two-namespaces",
        S,
        words("text1", ("<SubtitleReel ", '<SubtitleReel xmlns:xs="urn:x" ')),
        infos=("TT-002",),
    ),
]
