"""XML as a package may bring it: what is refused, and what the readers make of a text."""

from __future__ import annotations

import contextlib
import threading
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from fractions import Fraction
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from dcp.errors import DocumentError, UsageError
from dcp.xml import build, parse, scan, values
from dcp.xml.node import Node
from dcp.xml.parse import MAX_DOCUMENT_BYTES, parse_xml

UTF16 = '<?xml version="1.0"?><a/>'.encode("utf-16")


def node(text: str) -> Node:
    return Node(parse_xml(text.encode(), where="doc.xml"), "doc.xml")


def declaring(count: int, within: bytes = b"") -> bytes:
    """An element that declares so many namespaces."""
    names = b" ".join(b"xmlns:n%d='u:%d'" % (number, number) for number in range(count))
    return b"<x %s>%s</x>" % (names, within)


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


class TestTexts:
    def test_comments_do_not_cut_a_value_short(self) -> None:
        assert node("<a>mrkflg-audio-disable-above-channel-1<!-- x -->2</a>").text().endswith("channel-12")
        assert node("<a>24<?pi x?> 1</a>").rational() == Fraction(24, 1)

    def test_elements_where_text_belongs_are_refused_with_their_path(self) -> None:
        child = node("<r><a>1<b/>2</a></r>").require("a")
        with pytest.raises(DocumentError) as caught:
            child.text()
        assert caught.value.where == "doc.xml: /r/a"

    def test_cdata_is_text(self) -> None:
        assert node("<a><![CDATA[x & y]]></a>").text() == "x & y"

    def test_paths_count_among_siblings_of_one_name(self) -> None:
        root = parse_xml(b"<L><R/><R><Id/></R></L>", where="x")
        assert parse.element_path(root[1][0]) == "/L/R[2]/Id"

    def test_paths_count_every_sibling_of_the_name_and_no_other(self) -> None:
        text = b'<L><!-- c --><R/>t<S/><x:R xmlns:x="urn:x"/><?p i?><R/><R xmlns="urn:x"/><T/></L>'
        root = parse_xml(b"<!-- before -->" + text + b"<!-- after -->", where="x")
        found = [parse.element_path(child) for child in parse.elements(root)]
        assert found == ["/L/R[1]", "/L/S", "/L/R[1]", "/L/R[2]", "/L/R[2]", "/L/T"]

    def test_a_path_looks_only_at_what_stands_before(self, monkeypatch: pytest.MonkeyPatch) -> None:
        # A hundred places at fault in a list of a hundred thousand entries must not cost their product.
        def listed(parent: etree._Element) -> None:
            raise AssertionError("all siblings were listed")

        root = parse_xml(b"<L>" + b"<R/>" * 1000 + b"</L>", where="x")
        monkeypatch.setattr(parse, "elements", listed)
        assert [parse.element_path(root[place]) for place in (0, 1, 99)] == [
            "/L/R[1]",
            "/L/R[2]",
            "/L/R[100]",
        ]

    def test_missing_and_doubled_children(self) -> None:
        with pytest.raises(DocumentError, match="b is missing"):
            node("<a/>").require("b")
        with pytest.raises(DocumentError, match="more than once"):
            node("<a><b/><b/></a>").find("b")

    def test_children_are_found_by_namespace(self) -> None:
        root = node('<a xmlns="urn:1"><b/><x:b xmlns:x="urn:2"/><c xmlns=""/></a>')
        assert len(root.children("b")) == 1
        assert len(root.children("b", namespace="urn:2")) == 1
        assert len(root.children("c", namespace="")) == 1
        assert len(root.children()) == 3


class TestValues:
    @pytest.mark.parametrize(
        ("text", "value"),
        [
            ("2012-07-17T04:45:18+00:00", datetime(2012, 7, 17, 4, 45, 18, tzinfo=UTC)),
            ("2018-01-25T14:33:57-00:00", datetime(2018, 1, 25, 14, 33, 57, tzinfo=UTC)),
            (
                "2021-10-24T00:23:49.000+02:00",
                datetime(2021, 10, 24, 0, 23, 49, tzinfo=timezone(timedelta(hours=2))),
            ),
            ("2024-01-01T00:00:00.123456789Z", datetime(2024, 1, 1, microsecond=123456, tzinfo=UTC)),
            ("2024-09-10T14:52:13", datetime(2024, 9, 10, 14, 52, 13)),
        ],
    )
    def test_dates_as_documents_write_them(self, text: str, value: datetime) -> None:
        assert values.parse_date_time(text) == value

    @pytest.mark.parametrize(
        "text",
        [
            "x2012-07-17T04:45:18+00:00",
            "2012-07-17",
            "2012-13-17T04:45:18Z",
            "2012-07-17T25:45:18Z",
            "2012-07-17T04:45:18+99:00",
            "2012-07-17T04:45:18+01:60",
            "0001-01-01T00:00:00+14:00",
            "9999-12-31T23:59:59-14:00",
            "2012-07-17T04:45:18 +00:00",
            "٢012-07-17T04:45:18Z",
            "",
        ],
    )
    def test_what_is_no_date(self, text: str) -> None:
        assert values.parse_date_time(text) is None

    @pytest.mark.parametrize("text", ["24", "24 0", "0 1", "-24 1", "24/1", "24 1 1", "a b", "9" * 30 + " 1"])
    def test_what_is_no_rate(self, text: str) -> None:
        with pytest.raises(DocumentError, match="24 1"):
            node(f"<a>{text}</a>").rational()

    @pytest.mark.parametrize(
        "text", ["1121ff51-d1dd-4953-837c-6676655f351a", "urn:uuid:1121ff51", "urn:uuid:" + "g" * 36, ""]
    )
    def test_what_is_no_id(self, text: str) -> None:
        with pytest.raises(DocumentError, match="urn:uuid"):
            node(f"<a>{text}</a>").uuid()

    def test_an_id_in_capitals_is_the_same_id(self) -> None:
        value = uuid.uuid4()
        assert node(f"<a>urn:uuid:{str(value).upper()}</a>").uuid() == value

    @pytest.mark.parametrize("text", ["1.5", "-1", "", "1" * 19, "one", "٣"])
    def test_what_is_no_whole_number(self, text: str) -> None:
        with pytest.raises(DocumentError, match="whole number"):
            node(f"<a>{text}</a>").integer()

    def test_base64_of_the_right_length_only(self) -> None:
        assert node("<a>\n AAEC\nAw== </a>").base64(length=4) == bytes([0, 1, 2, 3])
        for text in ("AAECAw", "A*==", "AAEC"):
            with pytest.raises(DocumentError, match="base64"):
                node(f"<a>{text}</a>").base64(length=4)

    @given(
        st.datetimes(timezones=st.just(UTC), min_value=datetime(1, 1, 2), max_value=datetime(9999, 12, 30))
    )
    def test_a_written_instant_reads_back(self, value: datetime) -> None:
        value = value.replace(microsecond=0)
        text = values.date_time(value)
        assert len(text) == 25
        assert values.parse_date_time(text) == value

    def test_a_time_without_an_offset_is_not_written(self) -> None:
        with pytest.raises(UsageError, match="without an offset") as caught:
            values.date_time(datetime(2026, 1, 1))
        assert "+08:00" in str(caught.value.remedy)

    def test_an_offset_with_seconds_is_not_written(self) -> None:
        # The local mean times of long ago; 25 characters cannot hold them.
        with pytest.raises(UsageError, match=r"\+08:05:43.*seconds") as caught:
            values.date_time(datetime(1900, 1, 1, tzinfo=timezone(timedelta(seconds=29143))))
        assert caught.value.remedy


class TestWriting:
    def test_a_root_owns_the_default_namespace(self) -> None:
        root = build.new_root("A", "urn:a", {"ds": parse.XMLDSIG})
        build.add(root, "B", "text", scope="s", other=None)
        foreign = build.add(root, "C", namespace="urn:c", prefix="c")
        build.add(foreign, "D", 5)
        data = parse.to_bytes(build.finish(root))
        assert b'<A xmlns="urn:a" xmlns:ds=' in data
        assert b'<B scope="s">text</B>' in data
        assert b'<c:C xmlns:c="urn:c">' in data
        assert b"<c:D>5</c:D>" in data
        assert data.startswith(b"<?xml version='1.0' encoding='UTF-8'?>\n")

    def test_a_text_that_xml_cannot_carry_is_a_document_error(self) -> None:
        with pytest.raises(DocumentError, match="cannot carry"):
            build.add(build.new_root("A", "urn:a"), "B", "a\x00b")

    @settings(max_examples=60)
    @given(st.text(alphabet=st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Cn"]), max_size=60))
    def test_any_text_reads_back(self, text: str) -> None:
        root = build.new_root("A", "urn:a")
        build.add(root, "B", text)
        again = Node(parse_xml(parse.to_bytes(root), where="x"), "x").require("B")
        assert again.text() == text.strip(values.BLANKS)


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


# --- what is left out where it cannot find anything -----

USUAL = b"""<?xml version="1.0" encoding="UTF-8"?>
<a xmlns="urn:a" xmlns:b="urn:b" Id="x">
 <b:c d="1">&amp;</b:c>
</a>
"""
PIECES = (
    b"<?XML x?>",
    b"<?xml?>",
    b"<?p?>",
    b"<!-- -- -->",
    b"<!-- x -->",
    b"<![CDATA[x]]>",
    b"]]>",
    b"\x00",
    b"\x0b",
    b"&#0;",
    b"&#xFFFF;",
    b"&#xd800;",
    b"&#65;",
    b"&x;",
    b"<e:f/>",
    b"<f e:g='1'/>",
    b"<f x='1'y='2'/>",
    b"<f x='<'/>",
    b"<f x='1' x='2'/>",
    b"<f xmlns:b=''/>",
    b"<f xmlns:xml='urn:x'/>",
    b"<!DOCTYPE a>",
    b"<f",
    b"</a>",
    "é".encode(),
    "\ufffe".encode(),
    "<\u0132/>".encode(),  # a name by a later edition of XML, and so for one of the two parsers
    b"<:f/>",
    b"<f:/>",
    b"<f:g:h xmlns:f='urn:f'/>",
    b"<-f/>",
    b"<f>" * 65 + b"</f>" * 65,
    b"<f " + b" ".join(b"x%d='1'" % n for n in range(40)) + b"/>",
    b"<f " + b" ".join(b"x%d='1'" % n for n in range(65)) + b"/>",
    declaring(31),
    declaring(29),
    b"<f xmlns:n='%s'/>" % (b"u" * 1018),
    b"<f xmlns:n='%s'/>" % (b"u" * 1017),
)


def told(data: bytes, monkeypatch: pytest.MonkeyPatch | None) -> bytes | str:
    """The document again, or what is wrong with it; given a patch, with every element looked at."""
    if monkeypatch is not None:
        monkeypatch.setattr(scan, "_is_small", lambda data: False)
    try:
        return etree.tostring(parse_xml(data, where="x").getroottree())
    except DocumentError as error:
        return str(error)


class TestScan:
    def test_a_usual_document_is_parsed_once(self) -> None:
        assert scan.scan(USUAL, "x") is False
        assert scan.scan(USUAL + b"<?p?>", "x") is False
        assert scan.scan(b"<!-- x -->" + USUAL[39:], "x") is False  # expat's turn, without its elements
        assert scan.scan(USUAL.replace(b"&amp;", "é".encode()), "x") is False
        assert scan.scan(declaring(32) + b"\n", "x") is False
        assert scan.scan(b"<x>" + declaring(16) * 3 + b"</x>", "x") is True

    @pytest.mark.parametrize("piece", PIECES, ids=[repr(piece[:24]) for piece in PIECES])
    def test_it_is_refused_for_the_same_as_with_a_look_at_each_element(self, piece: bytes) -> None:
        for place in range(len(USUAL) + 1):
            data = USUAL[:place] + piece + USUAL[place:]
            short = told(data, None)
            with pytest.MonkeyPatch.context() as patch:
                assert told(data, patch) == short, data

    @given(
        st.lists(
            st.tuples(st.integers(0, len(USUAL)), st.sampled_from(PIECES) | st.binary(max_size=3)), max_size=4
        ),
        st.integers(0, len(USUAL)),
        st.integers(0, 6),
    )
    def test_any_edit_is_refused_for_the_same(
        self, edits: list[tuple[int, bytes]], cut: int, gone: int
    ) -> None:
        data = USUAL[:cut] + USUAL[cut + gone :]
        for place, piece in edits:
            data = data[:place] + piece + data[place:]
        short = told(data, None)
        with pytest.MonkeyPatch.context() as patch:
            assert told(data, patch) == short


# --- names of many documents -----


def poison(number: int, *, size: int, length: int = 4000) -> bytes:
    """A document of names that no other has."""
    names = (b"n%d-%d-" % (number, place) for place in range(size // length))
    return b"<r>%s</r>" % b"".join(b"<%s/>" % name.ljust(length - 3, b"x") for name in names)


@pytest.fixture
def forgetful() -> Iterator[Callable[..., object]]:
    """Runs a function in a thread of its own, so that what fails here spoils nothing elsewhere."""
    with ThreadPoolExecutor(1) as pool:
        yield lambda function: pool.submit(function).result()


@pytest.mark.soak
def test_the_names_of_hostile_documents_leave_room_for_those_of_others(
    forgetful: Callable[..., object],
) -> None:
    """The library's dictionary of names is full after 350 MB; then it calls good documents broken."""

    def read() -> None:
        for number in range(30):
            parse_xml(poison(number, size=MAX_DOCUMENT_BYTES - 4000), where="hostile")
        parse_xml(b"<Never><Seen here=''/></Never>", where="good")

    forgetful(read)


@pytest.mark.parametrize("again", [False, True])
def test_small_documents_leave_room_as_well(
    again: bool, forgetful: Callable[..., object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parse, "NAMES_BYTES", 100_000)
    small = poison(1, size=parse.SMALL_BYTES - 4000)
    threads: list[str] = []
    real = etree.fromstring

    def watched(data: bytes, parser: etree.XMLParser) -> object:
        threads.append(threading.current_thread().name)
        return real(data, parser)

    monkeypatch.setattr(etree, "fromstring", watched)
    read = parse.reparsed if again else partial(parse_xml, where="x")

    def read_some() -> int:
        assert [len(read(small)) for _ in range(4)] == [len(real(small))] * 4
        with pytest.raises((DocumentError, etree.XMLSyntaxError)):
            read(small + b"<")
        return threads.count(threading.current_thread().name)

    assert forgetful(read_some) == 1
    assert len(threads) == 5 and len(set(threads)) == 5
