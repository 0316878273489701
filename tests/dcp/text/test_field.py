"""Every text document of others that is at hand: it is read, and what is written from it says the same."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from dcp.documents.namespaces import TEXT_SMPTE
from dcp.errors import DocumentError
from dcp.mxf.reader import TrackFile, key_for
from dcp.secrets.keys import ContentKey, Keyring
from dcp.text.interop import read_interop, write_interop
from dcp.text.smpte import read_smpte, write_smpte
from dcp.text.values import Image, Line, Run, Space, TimedText

TEXTS = (b"<DCSubtitle", b"SubtitleReel")
REFUSED = {
    "dummy.mxf": "xml.not-uuid",  # its ids are bare, and its own is called ID
    "subs2.xml": "text.not-bare-uuid",  # its id is words
    "MERIDIAN_Netflix_Photon_161006_00_tt.mxf": "xml.other-document",  # IMF's
}
EMPTY = {"2007.mxf", "2010.mxf", "2014.mxf"}


def _keys(value: Any) -> Iterator[ContentKey]:
    """The keys that a manifest tells, wherever in it."""
    if isinstance(value, list):
        for each in value:
            yield from _keys(each)
    elif isinstance(value, dict):
        id, key = value.get("key_id") or value.get("id"), value.get("key_hex") or value.get("key")
        if isinstance(id, str) and isinstance(key, str) and len(id) == 36 and len(key) == 32:
            yield ContentKey(id=uuid.UUID(id), type="MDSK", value=bytes.fromhex(key))
        for each in value.values():
            yield from _keys(each)


def _documents(folder: Path, manifests: list[Path]) -> dict[str, bytes]:
    ring = Keyring(keys=tuple(key for path in manifests for key in _keys(json.loads(path.read_text()))))
    found: dict[str, bytes] = {}
    for path in sorted(folder.rglob("*")):
        name = path.name if path.name not in found else str(path.relative_to(folder))
        if path.suffix == ".xml" and any(root in path.read_bytes()[:1000] for root in TEXTS):
            found[name] = path.read_bytes()
        elif path.suffix == ".mxf" and path.stat().st_size:
            with TrackFile.open(path) as track:
                if track.header.essence == "timed_text":
                    unit = next(track.units(0, key=key_for(track, ring), mic="if-present", strict=True))
                    found[name] = bytes(unit.data)
    return found


def _codec(data: bytes) -> tuple[Callable[[bytes, str], TimedText], Callable[[TimedText], bytes]]:
    return (read_interop, write_interop) if TEXTS[0] in data else (read_smpte, write_smpte)


@pytest.fixture(scope="module")
def documents(corpus: Path, golden: Path) -> dict[str, bytes]:
    made = sorted(golden.glob("asdcp/*.json")) + sorted(golden.glob("libdcp/*/manifest.json"))
    return _documents(corpus, [corpus / "MANIFEST.json"]) | {
        f"golden {name}": data for name, data in _documents(golden, made).items()
    }


def test_documents_of_others_are_read_and_written_again(documents: dict[str, bytes]) -> None:
    refused = {}
    for name, data in documents.items():
        read, write = _codec(data)
        try:
            text = read(data, name)
        except DocumentError as error:
            refused[name] = error.id
            assert name in str(error.where)
            continue
        assert not text.notes, (name, [note.say() for note in text.notes])
        if name in EMPTY:
            assert not text.cues
            continue
        assert text.cues and all(cue.content and cue.end > cue.start for cue in text.cues), name
        again = read(write(text), name)
        assert replace(again, start=text.start) == text, name
    assert refused == REFUSED
    assert len(documents) > 20


def test_all_three_namespaces_are_met(documents: dict[str, bytes]) -> None:
    met = {namespace for namespace in TEXT_SMPTE for data in documents.values() if namespace.encode() in data}
    assert met == set(TEXT_SMPTE)


def test_a_document_of_libdcp(documents: dict[str, bytes]) -> None:
    text = read_smpte(documents["golden subs.mxf"], "subs.mxf")
    assert (text.language, text.reel, text.namespace) == ("en-US", 1, TEXT_SMPTE[2])
    (cue,) = text.cues
    assert (cue.start, cue.end, cue.fade_up, cue.fade_down) == (0, 1, 0, 0)
    (line,) = cue.content
    assert isinstance(line, Line) and line.text == "Golden"
    assert (line.place.valign, line.place.vposition, line.place.halign) == ("top", 80, "center")
    assert isinstance(line.content[0], Run) and line.content[0].style.effect == "none"


def test_an_interop_document_with_fonts_in_fonts(documents: dict[str, bytes]) -> None:
    text = read_interop(documents["subs1.xml"], "subs1.xml")
    assert [font.resource for font in text.fonts] == ["arial.ttf"]
    first, second, _, fourth = text.cues
    assert first.start == 5 + Fraction(198, 250) and first.fade_up == Fraction(1, 250)
    assert isinstance(first.content[0], Line)
    words, space, more = first.content[0].content
    assert isinstance(words, Run) and words.text == "My jacket was "
    assert isinstance(space, Space) and space.size == 6
    assert isinstance(more, Run) and more.style.font == "theFontId" and more.style.size == 39
    italics = [line.content[0].style.italic for line in second.content if isinstance(line, Line)]  # type: ignore[union-attr]
    assert italics == [True, False]
    assert isinstance(fourth.content[0], Line)
    bold = fourth.content[0].content[0]
    assert isinstance(bold, Run) and bold.style.bold and bold.style.underline and not bold.style.italic


def test_an_interop_picture_is_called_by_its_id(documents: dict[str, bytes]) -> None:
    text = read_interop(documents["subs.xml"], "subs.xml")
    (image,) = text.cues[0].content
    assert isinstance(image, Image)
    assert image.resource == uuid.UUID("dd015243-ab77-435c-a13d-690566885121")
