"""Text documents of both standards: what is written is read back, and keeps the published schemas."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from hypothesis import given, settings
from lxml import etree
from texts_drawn import interop_texts, smpte_texts

from dcp.text.interop import read_interop, write_interop
from dcp.text.smpte import read_smpte, write_smpte
from dcp.text.values import TimedText


@given(smpte_texts())
@settings(max_examples=20)
def test_a_smpte_document_is_read_back_as_it_was(text: TimedText) -> None:
    back = read_smpte(write_smpte(text), "text.xml")
    assert back == text
    assert not back.notes


@given(interop_texts())
@settings(max_examples=20)
def test_an_interop_document_is_read_back_as_it_was(text: TimedText) -> None:
    back = read_interop(write_interop(text), "text.xml")
    assert replace(back, start=text.start) == text
    assert not back.notes


def _schema(standards: Path, name: str) -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(str(standards / "xsd" / name)))


def test_smpte_documents_keep_their_schema(standards: Path) -> None:
    schema = _schema(standards, "DCDMSubtitle-2014.xsd")

    @given(smpte_texts())
    @settings(max_examples=10)
    def holds(text: TimedText) -> None:
        schema.assertValid(etree.fromstring(write_smpte(text)))

    holds()


def test_interop_documents_keep_their_schema(standards: Path) -> None:
    schema = _schema(standards, "DCSubtitle.xsd")

    @given(interop_texts())
    @settings(max_examples=10)
    def holds(text: TimedText) -> None:
        root = etree.fromstring(write_interop(text))
        for element in root.iter():  # in the field, not in this schema
            element.attrib.pop("ZPosition", None)
            element.attrib.pop("URI", None)
        for font in root.iterchildren("LoadFont"):
            font.set("URI", "a.ttf")
        schema.assertValid(root)

    holds()
