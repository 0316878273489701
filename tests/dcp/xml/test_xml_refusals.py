"""XML that is hostile or broken is refused by one error and leaves nothing behind."""

from __future__ import annotations

import contextlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree
from xml_nodes import declaring

from dcp.errors import DocumentError, UsageError
from dcp.xml import build, parse, scan
from dcp.xml.node import Node
from dcp.xml.parse import parse_xml

UTF16 = '<?xml version="1.0"?><a/>'.encode("utf-16")


class TestRefusals:
    @pytest.mark.parametrize(
        ("data", "what"),
        [
            (b'<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>', "document type"),
            (b'<!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>', "document type"),
            (
                b'<?xml version="1.0"?>\n<!DOCTYPE a [<!ENTITY % p SYSTEM "http://x/">%p;]><a/>',
                "document type",
            ),
            (b"", "not well-formed"),
            (b"plain text", "not well-formed"),
            (b"<a><b></a>", "not well-formed"),
            (b"<a>&undefined;</a>", "not well-formed"),
            (b"<a/><b/>", "not well-formed"),
            (b"<p:a/>", "not well-formed"),
            (b"<a x='1' x='2'/>", "not well-formed"),
            (b" \n", "the file is empty"),
            (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", "this is a PDF document"),
            (b"PK\x03\x04\x14\x00\x00\x00", "this is a ZIP archive"),
            (b"\xff\xd8\xff\xe0\x00\x10JFIF", "this is a JPEG picture"),
            (b"\x89PNG\r\n\x1a\n", "this is a PNG picture"),
            (b"\x06\x0e\x2b\x34\x02\x05\x01\x01", "this is an MXF file"),
            (b"-----BEGIN CERTIFICATE-----\nMII", "this is a certificate"),
            (b"-----BEGIN RSA PRIVATE KEY-----\nMII", "this is a private key"),
            (b"-----BEGIN PRIVATE KEY-----\nMII", "this is a private key"),
            (b"\x30\x82\x03\x9c\x30\x82", "this is a certificate or a key in DER"),
            (b"age-encryption.org/v1\n-> scrypt", "this is a locked keys file"),
            (b'{"cpl_id": null, "keys": []}', "this is a JSON document"),
            (UTF16, "UTF-8"),
            (b"<a>\xff</a>", "UTF-8"),
            (b'<?xml version="1.0" encoding="ISO-8859-1"?><a/>', "encoding ISO-8859-1"),
            (b"<\x00a\x00/\x00>\x00", "not well-formed"),
            (b"<a>" * 65 + b"</a>" * 65, "nest deeper"),
            (b"<a " + b" ".join(b"a%d='1'" % n for n in range(65)) + b"/>", "attributes"),
            (declaring(33), "more than 32 namespaces are declared around"),
            (declaring(17, within=declaring(16)), "more than 32 namespaces are declared around"),
            (b"<a xmlns:n='%s'/>" % (b"u" * 1024), "a namespace has more than 1,024 characters"),
            (b"<a xmlns:%s='u'/>" % (b"n" * 1024), "a namespace has more than 1,024 characters"),
            (b"<a xmlns='%s'/>" % (b"u" * 1024), "a namespace has more than 1,024 characters"),
            (b"<a>" + declaring(32) * 65 + b"</a>", "more than 2,048 namespaces are declared"),
            (declaring(32, within=b"<y/>" * 125_000), "namespaces are declared around too many elements"),
        ],
    )
    def test_hostile_or_broken_data_is_one_document_error(self, data: bytes, what: str) -> None:
        with pytest.raises(DocumentError) as caught:
            parse_xml(data, where="CPL.xml")
        assert what in caught.value.what
        assert caught.value.where is not None
        assert caught.value.where.startswith("CPL.xml")

    def test_billion_laughs_never_begins(self) -> None:
        entities = b"".join(
            b'<!ENTITY l%d "%s">' % (n, (b"&l%d;" % (n - 1)) * 10 if n else b"ha") for n in range(12)
        )
        with pytest.raises(DocumentError, match="document type"):
            parse_xml(b"<!DOCTYPE a [" + entities + b"]><a>&l11;</a>", where="x")

    def test_a_document_over_the_limit_is_not_parsed(self) -> None:
        with pytest.raises(DocumentError, match="larger than 10 bytes"):
            parse_xml(b"<a></a> " * 5, where="x", max_bytes=10)

    def test_element_count_is_bounded(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(scan, "MAX_ELEMENTS", 10)
        with pytest.raises(DocumentError, match="more than 10 elements"):
            parse_xml(b"<a>" + b"<b/>" * 11 + b"</a>", where="x")

    def test_depth_and_attributes_at_the_limit_pass(self) -> None:
        parse_xml(b"<a>" * 64 + b"</a>" * 64, where="x")
        parse_xml(b"<a " + b" ".join(b"a%d='1'" % n for n in range(64)) + b"/>", where="x")

    def test_namespaces_at_the_limit_pass(self) -> None:
        inner = declaring(16, within=b"<y/>" * 100)
        parse_xml(b"<a>" + declaring(16, within=inner) * 64 + b"</a>", where="x")

    def test_many_elements_under_the_usual_namespaces_pass(self) -> None:
        parse_xml(declaring(5, within=b"<y/>" * 400_000), where="x")

    def test_a_byte_order_mark_is_read_over(self) -> None:
        assert parse_xml(b"\xef\xbb\xbf<a/>", where="x").tag == "a"

    def test_reading_a_file_is_bounded_and_says_what_is_wrong(self, tmp_path: Path) -> None:
        (tmp_path / "big.xml").write_bytes(b"<a/>" * 100)
        with pytest.raises(DocumentError, match="larger"):
            parse.read_document(tmp_path / "big.xml", max_bytes=20)
        with pytest.raises(UsageError, match="cannot read"):
            parse.read_document(tmp_path / "absent.xml")

    @given(st.binary(max_size=200))
    def test_any_bytes_give_a_tree_or_a_document_error(self, data: bytes) -> None:
        with contextlib.suppress(DocumentError):
            parse_xml(data, where="x")


def test_lxml_is_asked_for_no_recovery() -> None:
    assert etree.fromstring(parse.to_bytes(build.new_root("A", "urn:a"))).tag == "{urn:a}A"


BROKEN = (b"<a>", b"<a></b>", b"<a b='1' b='2'/>", b"<a>&x;</a>", b"<a><b>\xff</b></a>", b"", b"<a/><a/>")


def test_a_broken_document_leaves_nothing_behind_for_the_next() -> None:
    """A thread reads all its documents with one parser."""

    def refusal(data: bytes) -> str:
        with pytest.raises(DocumentError) as caught:
            parse_xml(data, where="x")
        return str(caught.value)

    first = [refusal(data) for data in BROKEN]
    for _ in range(3):
        for data, said in zip(BROKEN, first, strict=True):
            assert parse.to_bytes(parse_xml(b"<a>\n <!-- c --><b/></a>", where="x")).endswith(
                b"<a>\n <!-- c --><b/></a>\n"
            )
            assert refusal(data) == said


def test_threads_read_beside_each_other() -> None:
    documents = [b"<a n='%d'>%s</a>" % (number, b"<b>x</b>" * 200) for number in range(64)]
    documents[::8] = [b"<a><b></a>"] * 8

    def read(data: bytes) -> str | None:
        try:
            return Node(parse_xml(data, where="x"), "x").attribute("n")
        except DocumentError:
            return None

    with ThreadPoolExecutor(8) as pool:
        read_there = list(pool.map(read, documents * 4))
    assert read_there == [None if number % 8 == 0 else str(number) for number in range(64)] * 4
