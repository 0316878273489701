"""Texts that are unusual and right: no rule about timed text says more than an information."""

from __future__ import annotations

from typing import Any

import pytest
from fonts_made import ASCII, small_font
from texts_judged import FONT, IMAGE, TEXT_ID, ids, loose, playing, track, wrapped
from texts_made import png

from dcp.verify.timedtext.values import Part

DCST = "http://www.smpte-ra.org/schemas/428-7/2014/DCST"
LOAD = f'<LoadFont ID="f">urn:uuid:{FONT}</LoadFont>'
SIGNS = "早安おはよう漢字かなéüçñ¿¡ðþЯдשלוםمرحبا♪…—😀नमस्तेสวัสดี한국어"


def smpte(
    body: str,
    *,
    head: str = "",
    load: str = LOAD,
    rate: str = "24 1",
    count: str = "24",
    namespace: str = DCST,
    date: str = "2026-01-30T12:00:00",
    root: str = "",
    listed: str = "",
) -> bytes:
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<SubtitleReel xmlns="{namespace}"{root}><Id>urn:uuid:{TEXT_ID}</Id><ContentTitleText>A</ContentTitleText>
<IssueDate>{date}</IssueDate>{head}<EditRate>{rate}</EditRate><TimeCodeRate>{count}</TimeCodeRate>
{listed}{load}<SubtitleList>{body}</SubtitleList></SubtitleReel>""".encode()


def event(
    start: str = "00:00:05:00", end: str = "00:00:06:00", inside: str | None = None, more: str = ""
) -> str:
    inside = '<Text Valign="bottom" Vposition="8">a</Text>' if inside is None else inside
    return f'<Subtitle TimeIn="{start}" TimeOut="{end}"{more}>{inside}</Subtitle>'


def line(inside: str, more: str = 'Valign="bottom" Vposition="8"') -> str:
    return event(inside=f"<Text {more}>{inside}</Text>")


PICTURES = event(inside=f'<Image Valign="bottom" Vposition="5">urn:uuid:{IMAGE}</Image>')
SMPTE: dict[str, tuple[bytes, dict[str, Any]]] = {
    "ruby": (smpte(line("<Ruby><Rb>漢字</Rb><Rt>かんじ</Rt></Ruby>と")), {}),
    "vertical": (smpte(line("早安", 'Halign="right" Hposition="8" Direction="ttb"')), {}),
    "vertical with signs upright": (
        smpte(line('漢<HGroup>12</HGroup><Rotate Direction="left">A</Rotate>', 'Direction="ttb"')),
        {},
    ),
    "right to left": (smpte(line("שלום", 'Direction="rtl" Valign="bottom" Vposition="8"')), {}),
    "arabic without a direction": (smpte(line("مرحبا")), {}),
    "pictures alone": (smpte(PICTURES, load=""), {}),
    "pictures with text": (smpte(event() + PICTURES.replace(":05", ":07").replace(":06", ":08")), {}),
    "25 frames": (smpte(event(end="00:00:05:24"), rate="25 1", count="25"), {"rate": 25}),
    "30 frames": (smpte(event(end="00:00:05:29"), rate="30 1", count="30"), {"rate": 30}),
    "48 frames": (smpte(event(end="00:00:05:47"), rate="48 1", count="48"), {"rate": 48}),
    "60 frames": (smpte(event(end="00:00:05:59"), rate="60 1", count="60"), {"rate": 60}),
    "counts of a thousandth": (smpte(event(end="00:00:05:999"), count="1000"), {}),
    "fonts in words": (smpte(line('a<Font Italic="yes">b</Font>c<Font Color="FFFFFF00">d</Font>')), {}),
    "fonts around texts": (
        smpte(event(inside='<Font ID="f" Weight="bold"><Text Valign="top" Vposition="8">a</Text></Font>')),
        {},
    ),
    "a font around all": (smpte(f'<Font ID="f" Size="48">{event()}</Font>'), {}),
    "a font without an id": (smpte(f'<Font Size="48">{event()}</Font>'), {}),
    "no font element": (smpte(event()), {}),
    "fades": (smpte(event(more=' FadeUpTime="00:00:00:04" FadeDownTime="00:00:00:04"')), {}),
    "no fades": (smpte(event(more=' FadeUpTime="00:00:00:00" FadeDownTime="00:00:00:00"')), {}),
    "empty reel": (smpte(event("00:00:00:00", "00:00:00:15", "<Text> </Text>"), load=""), {}),
    "empty reel with a font": (smpte(event("00:00:00:00", "00:01:40:00", "<Text>\u00a0</Text>")), {}),
    "prefix": (
        smpte(event())
        .replace(b"<", b"<d:")
        .replace(b"<d:/", b"</d:")
        .replace(b"<d:?", b"<?")
        .replace(b"xmlns=", b"xmlns:d="),
        {},
    ),
    "two namespaces": (smpte(event(), root=' xmlns:xs="http://www.w3.org/2001/XMLSchema"'), {}),
    "2010": (smpte(event(), namespace=DCST.replace("2014", "2010")), {"space": "2010"}),
    "2007": (smpte(event(), namespace=DCST.replace("2014", "2007")), {"space": "2007"}),
    "date with a zone": (smpte(event(), date="2026-01-30T12:00:00.000+02:00"), {}),
    "start of an hour": (
        smpte(event("01:00:05:00", "01:00:06:00"), listed="<StartTime>01:00:00:00</StartTime>"),
        {},
    ),
    "comments": (smpte(f"<!-- a -->{line('<!-- b -->a<?c d?>')}<!-- e -->"), {}),
    "cdata": (smpte(line("<![CDATA[a < b & c]]>")), {}),
    "signs of XML": (smpte(line("a &lt; b &amp; &#x41;")), {}),
    "decimals": (smpte(line("a", 'Valign="bottom" Vposition="8.25" Hposition="-0.5"')), {}),
    "left and right of one line": (
        smpte(
            event(
                inside="".join(
                    f'<Text Halign="{side}" Hposition="10" Valign="bottom" Vposition="8">- a</Text>'
                    for side in ("left", "right")
                )
            )
        ),
        {},
    ),
    "two events at once": (
        smpte(event() + event(inside='<Text Valign="top" Vposition="8">above</Text>')),
        {},
    ),
    "depth": (smpte(line("a", 'Valign="bottom" Vposition="8" Zposition="-2"')), {}),
    "depth that varies": (
        smpte(
            event(
                inside='<LoadVariableZ ID="z">-1.5:10 -2</LoadVariableZ>'
                '<Text Valign="bottom" Vposition="8" VariableZ="z">a</Text>'
            )
        ),
        {},
    ),
    "languages": (smpte(event(), head="<Language>zh-Hant-TW</Language>"), {"language": "zh-TW"}),
    "language by kind": (smpte(event(), head="<Language>yue</Language>"), {"language": "zh"}),
    "second reel at once": (smpte(event("00:00:00:00", "00:00:01:00")), {"reels": 2}),
    "letters of all kinds": (smpte(line(SIGNS)), {}),
    "captions": (
        smpte(
            event(
                inside='<Text Valign="bottom" Vposition="16">[noise]</Text>'
                '<Text Valign="bottom" Vposition="8">♪ la ♪</Text>'
            ),
            listed="<DisplayType>ClosedCaption</DisplayType>",
        ),
        {"kind": "ClosedCaption"},
    ),
    "captions from the top": (
        smpte(
            event(
                inside='<Text Valign="top" Vposition="80">a</Text><Text Valign="top" Vposition="88">b</Text>'
            )
        ),
        {"kind": "ClosedCaption"},
    ),
}


@pytest.mark.parametrize("name", SMPTE)
def test_smpte(name: str) -> None:
    document, asked = SMPTE[name]
    parts = {FONT: small_font(ASCII + SIGNS + "漢字かんじと\u00a0"), IMAGE: png()}
    held = {id: data for id, data in parts.items() if str(id).encode() in document}
    rate, space = asked.get("rate", 24), asked.get("space", "2014")
    of = track(parts=tuple(held), rate=rate, namespace=DCST.replace("2014", space))
    facts = wrapped(document, held, of=of)
    shown = {key: value for key, value in asked.items() if key != "space"}
    assert ids(playing(facts, shown.pop("kind", "MainSubtitle"), **shown)) == []


def interop(body: str, *, load: str = '<LoadFont Id="f" URI="f.ttf"/>', language: str = "English") -> bytes:
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<!-- made by a tool --><DCSubtitle Version="1.0"><SubtitleID>{TEXT_ID}</SubtitleID><MovieTitle>A</MovieTitle>
<ReelNumber>1</ReelNumber><Language>{language}</Language>{load}{body}</DCSubtitle>""".encode()


def spot(
    start: str = "00:00:05:000", end: str = "00:00:06:000", inside: str | None = None, more: str = ""
) -> str:
    inside = '<Text VAlign="bottom" VPosition="8">a</Text>' if inside is None else inside
    return f'<Subtitle SpotNumber="1" TimeIn="{start}" TimeOut="{end}"{more}>{inside}</Subtitle>'


UPPER = '<Text VAlign="bottom" VPosition="16">a</Text>'
INTEROP: dict[str, bytes] = {
    "usual": interop(f'<Font Id="f" Size="42">{spot()}</Font>'),
    "no font element": interop(spot()),
    "fonts in fonts": interop(
        f'<Font Id="f"><Font Italic="yes"><Font Size="40">{spot()}</Font></Font>{spot(inside=UPPER)}</Font>'
    ),
    "font in a text": interop(
        spot(inside='<Text VAlign="bottom" VPosition="8">a<Font Italic="yes">b</Font></Text>')
    ),
    "an empty font": interop(f'<Font Id="f"/>{spot()}'),
    "several fonts": interop(
        spot(), load='<LoadFont Id="f" URI="f.ttf"/><LoadFont Id="g" URI="fonts/g.ttf"/>'
    ),
    "pictures alone": interop(
        spot(inside=f'<Image VAlign="bottom" VPosition="5">{IMAGE}.png</Image>'), load=""
    ),
    "times with dots": interop(spot("00:00:05.2", "00:00:06.250")),
    "an hour in": interop(spot("01:00:00:000", "01:00:02:000")),
    "fades in ticks": interop(spot(more=' FadeUpTime="20" FadeDownTime="0"')),
    "fades as times": interop(spot(more=' FadeUpTime="00:00:00:020" FadeDownTime="00:00:00.1"')),
    "vertical": interop(spot(inside='<Text HAlign="right" HPosition="5" Direction="vertical">早安</Text>')),
    "depth": interop(spot(inside='<Text VAlign="bottom" VPosition="8" ZPosition="1">a</Text>')),
    "half a per cent": interop(spot(inside='<Text VAlign="bottom" VPosition="8.5">a</Text>')),
    "a blank reel": interop(spot("00:00:00:000", "00:00:00:250".replace("250", "249"), "<Text> </Text>")),
    "a tag for a name": interop(spot(), language="fr-CA"),
    "version 1.1": interop(spot()).replace(b'"1.0"><Sub', b'"1.1"><Sub'),
    "comment and instruction in a text": interop(
        spot(inside='<Text VAlign="bottom" VPosition="8">a<!-- b --><?c d?></Text>')
    ),
    "cdata": interop(spot(inside='<Text VAlign="bottom" VPosition="8"><![CDATA[a & b]]></Text>')),
    "ruby": interop(
        spot(inside='<Text VAlign="bottom" VPosition="8"><Ruby><Rb>a</Rb><Rt>b</Rt></Ruby></Text>')
    ),
    "spaces": interop(spot(inside='<Text VAlign="bottom" VPosition="8">a<Space Size="1.5em"/>b</Text>')),
}


@pytest.mark.parametrize("name", INTEROP)
def test_interop(name: str) -> None:
    parts = (Part("font", "f.ttf", read=True), Part("picture", f"{IMAGE}.png", IMAGE, read=True))
    facts = playing(loose(INTEROP[name], parts=parts), duration=24 * 3700)
    assert ids(facts) == []
