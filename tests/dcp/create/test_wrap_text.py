"""A timed text document becomes a track file with what lies beside it, and comes out of it again."""

from __future__ import annotations

import struct
import uuid
import zlib
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from fonts_made import small_font
from packages_packed import NOW, facts, media, write
from verified import UNSIGNED

from dcp.create.wrap import wrap_source
from dcp.errors import DcpError
from dcp.mxf.descriptors import TimedTextDescriptor
from dcp.mxf.reader import TrackFile
from dcp.packing.facts import played
from dcp.packing.package import packed_track
from dcp.rework.extract import unwrap
from dcp.secrets.keys import read_keys
from dcp.verify.engine import verify_package

NAMESPACE = "http://www.smpte-ra.org/schemas/428-7/2010/DCST"
ID = uuid.UUID("a1b2c3d4-0003-4000-8000-00000000f003")
FONT, IMAGE = (uuid.UUID(f"a1b2c3d4-000{each}-4000-8000-00000000f00{each}") for each in (1, 2))


def png(depth: int = 8) -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", 4, 2, depth, 6, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", b"x") + chunk(b"IEND", b"")


def text(folder: Path, *, font: bool = True, image: bool = True, **changes: str) -> Path:
    """The document with a font and a picture beside it. changes: of words in it."""
    folder.mkdir(exist_ok=True)
    document = (
        f'<?xml version="1.0" encoding="UTF-8"?><SubtitleReel xmlns="{NAMESPACE}"><Id>urn:uuid:{ID}</Id>'
        "<ContentTitleText>One</ContentTitleText><IssueDate>2026-01-01T00:00:00</IssueDate>"
        "<ReelNumber>1</ReelNumber><Language>en</Language><EditRate>24 1</EditRate>"
        "<TimeCodeRate>24</TimeCodeRate><StartTime>00:00:00:00</StartTime>"
        f'<LoadFont ID="F">urn:uuid:{FONT}</LoadFont><SubtitleList><Font ID="F">'
        '<Subtitle SpotNumber="1" TimeIn="00:00:00:02" TimeOut="00:00:00:20"><Text>Hello</Text></Subtitle>'
        '<Subtitle SpotNumber="2" TimeIn="00:00:00:22" TimeOut="00:00:01:00">'
        f"<Image>urn:uuid:{IMAGE}</Image></Subtitle></Font></SubtitleList></SubtitleReel>"
    )
    for old, new in changes.items():
        assert old in document
        document = document.replace(old, new)
    if font:
        (folder / f"{FONT}.ttf").write_bytes(small_font())
    if image:
        (folder / str(IMAGE)).write_bytes(png())
    path = folder / "one.xml"
    path.write_text(document, encoding="utf-8")
    return path


@pytest.mark.parametrize("encrypted", [False, True])
def test_a_text_goes_in_and_comes_out_as_it_was(tmp_path: Path, encrypted: bool) -> None:
    source, keys = text(tmp_path / "text"), tmp_path / "keys.json"
    told: list[tuple[int, int]] = []
    written = wrap_source(
        source,
        tmp_path / "text.mxf",
        keys_file=keys if encrypted else None,
        now=NOW,
        progress=lambda done, total: told.append((done, total)),
    )
    assert (written.container_duration, [each.id for each in written.notes]) == (24, ["wrap.text-lasts"])
    assert told == [(1, 3), (2, 3), (3, 3)]
    found = unwrap(tmp_path / "text.mxf", tmp_path / "out", keyring=read_keys(keys) if encrypted else None)
    assert found.files == ("text.xml", f"{FONT}.otf", f"{IMAGE}.png")
    assert (tmp_path / "out" / "text.xml").read_bytes() == source.read_bytes()
    if encrypted:
        assert [(key.type, key.id) for key in read_keys(keys).keys] == [("MDSK", written.key_id)]
        assert found.mic == "ok"
    again = wrap_source(tmp_path / "out" / "text.xml", tmp_path / "again.mxf", duration=48, now=NOW)
    assert (again.container_duration, again.notes) == (48, ())
    with TrackFile.open(again.path) as track:
        descriptor = track.header.descriptor
    assert isinstance(descriptor, TimedTextDescriptor)
    assert (descriptor.resource_id, descriptor.namespace_uri, descriptor.languages) == (ID, NAMESPACE, "en")


def test_a_package_with_it_is_clean(tmp_path: Path) -> None:
    root = tmp_path / "package"
    made = media(root)
    written = wrap_source(text(tmp_path / "text"), root / "text.mxf", now=NOW)
    track = played(written, language="en", kind="MainSubtitle")
    files = (*made.files, packed_track(written, "Subtitle", "smpte"))
    write(root, [replace(made, files=files)], [facts(replace(made.reel, others=(track,)))])
    found = [(each.id, each.severity, each.say()) for each in verify_package(root, now=NOW).findings]
    assert [each for each in found if each[1] != "info" and each[0] not in UNSIGNED] == []


def test_times_begin_where_the_document_does_and_end_on_the_next_edit_unit(tmp_path: Path) -> None:
    from_ten = {"StartTime>00:00:00:00<": "StartTime>10:00:00:00<", '="00:00:': '="10:00:'}
    assert wrap_source(text(tmp_path / "a", **from_ten), tmp_path / "a.mxf", now=NOW).container_duration == 24
    before = {"StartTime>00:00:00:00<": "StartTime>00:00:00:10<"}
    assert wrap_source(text(tmp_path / "c", **before), tmp_path / "c.mxf", now=NOW).container_duration == 24
    finer = {"TimeCodeRate>24<": "TimeCodeRate>1000<", "00:00:01:00": "00:00:01:001"}
    assert wrap_source(text(tmp_path / "b", **finer), tmp_path / "b.mxf", now=NOW).container_duration == 25


def test_what_is_better_otherwise_is_said(tmp_path: Path) -> None:
    source = text(tmp_path / "text", **{"Language>en<": "Language>Simplified Chinese<"})
    (source.parent / f"{FONT}.ttf").write_bytes(b"OTTO" + bytes(700_000))
    written = wrap_source(source, tmp_path / "text.mxf", now=NOW)
    assert [each.id for each in written.notes] == [
        "wrap.text-lasts",
        "wrap.text-language",
        "advice.font-large",
    ]
    with TrackFile.open(written.path) as track:
        assert isinstance(track.header.descriptor, TimedTextDescriptor)
        assert track.header.descriptor.languages is None


WRONG: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("text-track.font-absent", {"font": False}, {}),
    ("text-track.image-absent", {"image": False}, {}),
    ("text-track.interop", {}, {"label_set": "interop"}),
    ("text-track.same-id", {}, {"asset_id": ID}),
    ("wrap.text-longer", {}, {"duration": 23}),
    ("wrap.text-rate", {}, {"edit_rate": Fraction(25)}),
    ("text-track.no-text", {"SubtitleReel": "CompositionPlaylist"}, {}),
    (
        "text-track.interop",
        {f'SubtitleReel xmlns="{NAMESPACE}"': "DCSubtitle", "SubtitleReel": "DCSubtitle"},
        {},
    ),
    ("text-track.no-uuid", {f"urn:uuid:{FONT}": "font.ttf"}, {}),
    ("xml.not-well-formed-because", {"</Font>": ""}, {}),
]


@pytest.mark.parametrize(
    ("id", "changes", "options"), WRONG, ids=[f"{number}-{each[0]}" for number, each in enumerate(WRONG)]
)
def test_what_cannot_be_wrapped_is_refused_and_leaves_nothing(
    tmp_path: Path, id: str, changes: dict[str, Any], options: dict[str, Any]
) -> None:
    source = text(tmp_path / "text", **changes)
    with pytest.raises(DcpError) as caught:
        wrap_source(source, tmp_path / "text.mxf", keys_file=tmp_path / "keys.json", now=NOW, **options)
    assert (caught.value.id, caught.value.exit_code) == (id, 2)
    assert caught.value.remedy
    assert [each.name for each in tmp_path.iterdir()] == ["text"]


@pytest.mark.parametrize(("id", "name", "data"), [
    ("png.depth", str(IMAGE), png(16)),
    ("png.cut", str(IMAGE), png()[:-4]),
    ("text.font-unreadable", f"{FONT}.ttf", b"no font"),
    ("wrap.text-resource", f"{FONT}.ttf", bytes(16 * 1024 * 1024)),
])  # fmt: skip
def test_a_wrong_file_beside_it_is_named(tmp_path: Path, id: str, name: str, data: bytes) -> None:
    source = text(tmp_path / "text")
    (source.parent / name).write_bytes(data)
    with pytest.raises(DcpError) as caught:
        wrap_source(source, tmp_path / "text.mxf", now=NOW)
    assert (caught.value.id, Path(str(caught.value.where)).name) == (id, name)


def test_only_a_text_is_told_how_long_it_lasts(tmp_path: Path) -> None:
    with pytest.raises(DcpError) as caught:
        wrap_source(tmp_path / "a.wav", tmp_path / "a.mxf", duration=5, now=NOW)
    assert caught.value.id == "wrap.duration-of-text"
