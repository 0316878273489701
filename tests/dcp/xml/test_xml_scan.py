"""What is looked for before a document is parsed, and the names that are kept between documents."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree
from xml_nodes import declaring

from dcp.errors import DocumentError
from dcp.xml import parse, scan
from dcp.xml.parse import MAX_DOCUMENT_BYTES, parse_xml

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
