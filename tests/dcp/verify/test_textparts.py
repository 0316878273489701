"""The fonts and pictures of a timed text: those that are named are there, and are what they should be."""

from __future__ import annotations

import struct
import uuid
import zlib
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from packages_packed import NOW, facts, media, write

from dcp.mxf.descriptors import TimedTextDescriptor, TimedTextResource
from dcp.mxf.element import Fault
from dcp.mxf.header import TrackHeader, Writer
from dcp.mxf.reader import Unit
from dcp.packing.facts import PlayedTrack
from dcp.text.loose import loose_files, write_loose_files
from dcp.texts.catalogue import text
from dcp.verify.engine import verify_package
from dcp.verify.facts import TrackFacts
from dcp.verify.rule import RULES, Hit
from dcp.verify.rules.all import load_rules

load_rules()

TEXT_ID, FILE_ID, FONT, IMAGE = (uuid.UUID(int=each) for each in range(1, 5))
DCST = "http://www.smpte-ra.org/schemas/428-7/2014/DCST"
TEXT = f"""<SubtitleReel xmlns="{DCST}"><Id>urn:uuid:{TEXT_ID}</Id>
<LoadFont ID="a">urn:uuid:{FONT}</LoadFont><SubtitleList><Subtitle>
<Text>Hi</Text><Image>urn:uuid:{IMAGE}</Image></Subtitle></SubtitleList></SubtitleReel>""".encode()
TYPES = {FONT: "application/x-font-opentype", IMAGE: "image/png"}
OPENTYPE = b"\0\1\0\0a font"


def png(depth: int = 8) -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", 4, 2, depth, 6, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", b"x") + chunk(b"IEND", b"")


def look(
    parts: dict[uuid.UUID, bytes], document: bytes = TEXT, fault: Fault | None = None
) -> Sequence[tuple[str, str]]:
    resources = tuple(TimedTextResource(id, TYPES.get(id, TYPES[FONT]), 10) for id in parts)
    descriptor = TimedTextDescriptor(TEXT_ID, DCST, resources=resources)
    header = TrackHeader(
        "timed_text", "smpte", FILE_ID, Fraction(24), 24, False, None, None, False, descriptor, Writer()
    )
    track = TrackFacts(FILE_ID, Path("t.mxf"), "t.mxf", 1, True, header, None, frozenset(), True)
    check = RULES["TT-055"].unit(track)  # type: ignore[misc]
    assert check is not None
    units: list[Unit | None] = [Unit(0, None, 0, memoryview(document), fault, "none", None)]
    for index, (id, data) in enumerate(parts.items(), start=1):
        units.append(Unit(index, None, 0, memoryview(data), fault, "none", id))
    found = [hit for unit in (*units, None) for hit in check(unit) if isinstance(hit, Hit)]
    assert all(hit.message and hit.file == "t.mxf" for hit in found)
    return [(hit.rule or "TT-055", hit.severity or "") for hit in found]


@pytest.mark.parametrize(
    ("parts", "found"),
    [
        ({FONT: OPENTYPE, IMAGE: png()}, []),
        ({FONT: OPENTYPE}, [("TT-055", "")]),
        ({IMAGE: png()}, [("TT-055", "")]),
        ({}, [("TT-055", ""), ("TT-055", "")]),
        ({FONT: b"<html>", IMAGE: png()}, [("TT-039", "")]),
        ({FONT: OPENTYPE + bytes(700_000), IMAGE: png()}, [("TT-040", "")]),
        ({FONT: OPENTYPE, IMAGE: b"JFIF"}, [("TT-042", "error")]),
        ({FONT: OPENTYPE, IMAGE: png()[:-2]}, [("TT-042", "error")]),
        ({FONT: OPENTYPE, IMAGE: png(16)}, [("TT-042", "warning")]),
    ],
)
def test_one_thing_wrong(parts: dict[uuid.UUID, bytes], found: list[tuple[str, str]]) -> None:
    assert look(parts) == found


def test_all_fonts_together_are_weighed() -> None:
    many = {uuid.UUID(int=number): OPENTYPE + bytes(650_000) for number in range(10, 28)}
    assert look({FONT: OPENTYPE, IMAGE: png(), **many}) == [("TT-043", "")]


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
        ({"a font.ttf": "../a font.ttf"}, ["TT-038"]),
        ({"URI": "Uri"}, ["TT-038"]),
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
    assert [each.id for each in hits] == found
    assert all(each.severity == ("warning" if "loose" in str(change) else "error") for each in hits)
