"""The fonts and pictures of a timed text: those that are named are there, and are what they should be."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from fonts_made import small_font
from packages_packed import NOW, facts, media, write
from texts_judged import FONT, IMAGE, TEXT_ID, said, wrapped
from texts_made import png

from dcp.mxf.element import Fault
from dcp.packing.facts import PlayedTrack
from dcp.text.loose import loose_files, write_loose_files
from dcp.texts.catalogue import text
from dcp.verify.engine import verify_package
from dcp.verify.rule import Hit

DCST = "http://www.smpte-ra.org/schemas/428-7/2014/DCST"
TEXT = f"""<SubtitleReel xmlns="{DCST}"><Id>urn:uuid:{TEXT_ID}</Id>
<LoadFont ID="a">urn:uuid:{FONT}</LoadFont><SubtitleList><Subtitle>
<Text>Hi</Text><Image>urn:uuid:{IMAGE}</Image></Subtitle></SubtitleList></SubtitleReel>""".encode()
OPENTYPE = small_font()
PARTS = ("TT-039", "TT-040", "TT-041", "TT-042", "TT-043", "TT-055")


def look(
    parts: dict[uuid.UUID, bytes], document: bytes = TEXT, fault: Fault | None = None
) -> Sequence[tuple[str, str]]:
    found = [each for each in said(wrapped(document, parts, fault=fault)) if isinstance(each, Hit)]
    assert all(hit.message and hit.file == "t.mxf" for hit in found)
    return [(hit.rule or "", hit.severity or "") for hit in found if hit.rule in PARTS]


@pytest.mark.parametrize(
    ("parts", "found"),
    [
        ({FONT: OPENTYPE, IMAGE: png()}, []),
        ({FONT: OPENTYPE}, [("TT-055", "error")]),
        ({IMAGE: png()}, [("TT-055", "error")]),
        ({}, [("TT-055", "error"), ("TT-055", "error")]),
        ({FONT: b"<html>", IMAGE: png()}, [("TT-039", "error")]),
        ({FONT: OPENTYPE + bytes(700_000), IMAGE: png()}, [("TT-040", "info")]),
        ({FONT: small_font("i"), IMAGE: png()}, [("TT-041", "warning")]),
        ({FONT: OPENTYPE, IMAGE: b"JFIF"}, [("TT-042", "error")]),
        ({FONT: OPENTYPE, IMAGE: png()[:-2]}, [("TT-042", "error")]),
        ({FONT: OPENTYPE, IMAGE: png(depth=16)}, [("TT-042", "warning")]),
    ],
)
def test_one_thing_wrong(parts: dict[uuid.UUID, bytes], found: list[tuple[str, str]]) -> None:
    assert look(parts) == found


def test_all_fonts_together_are_weighed() -> None:
    many = {uuid.UUID(int=number): OPENTYPE + bytes(650_000) for number in range(10, 28)}
    found = look({FONT: OPENTYPE, IMAGE: png(), **many})
    assert ("TT-043", "info") in found and ("TT-055", "info") in found  # the document uses none of them


def test_what_is_damaged_or_no_text_is_left_to_other_rules() -> None:
    assert look({FONT: b"", IMAGE: b""}, fault=Fault("mic", text("mxf.mic-wrong"))) == []
    assert look({FONT: OPENTYPE, IMAGE: png()}, b"<x/>") == []


# --- beside an Interop document -----

LOOSE = f"""<DCSubtitle Version="1.0"><SubtitleID>{TEXT_ID}</SubtitleID><MovieTitle>One</MovieTitle>
<ReelNumber>1</ReelNumber><Language>English</Language><LoadFont Id="F" URI="a font.ttf"/><Font Id="F">
<Subtitle SpotNumber="1" TimeIn="00:00:00:050" TimeOut="00:00:00:200"><Text>Hi</Text>
<Image>{IMAGE}.png</Image></Subtitle></Font></DCSubtitle>"""


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({}, []),
        ({"a font": "a%20font"}, []),
        ({"a font": "another"}, ["TT-038"]),
        ({"a font.ttf": "../a font.ttf"}, ["TT-055"]),
        ({"URI": "Uri"}, ["TT-001", "TT-055"]),
        ({f"{IMAGE}.png": f"{FONT}.png"}, ["TT-042"]),
        ({"a font": "loose"}, ["TT-038"]),
    ],
    ids=str,
)
def test_what_lies_beside_an_interop_text(tmp_path: Path, change: dict[str, str], found: list[str]) -> None:
    root = tmp_path / "package"
    made = media(root, standard="interop")
    files = write_loose_files(
        root, loose_files(LOOSE.encode(), fonts={"a font.ttf": OPENTYPE}, images={IMAGE: png()})
    )
    document = root / files[0].name
    (document.parent / "loose.ttf").write_bytes(OPENTYPE)  # there, and in no list
    for old, new in change.items():
        document.write_text(document.read_text().replace(old, new))
    film = facts(
        replace(made.reel, others=(PlayedTrack(TEXT_ID, 24, language="en", kind="MainSubtitle"),)),
        standard="interop",
    )
    write(root, [replace(made, files=(*made.files, *files))], [film])
    hits = [each for each in verify_package(root, now=NOW).findings if each.id.startswith("TT-")]
    hits = [each for each in hits if each.severity != "info"]
    assert sorted(each.id for each in hits) == found
    assert all(each.severity == ("warning" if "loose" in str(change) else "error") for each in hits[:1])
