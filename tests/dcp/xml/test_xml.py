"""XML as a package may bring it: what is refused, and what the readers make of a text."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta, timezone
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from dcp.errors import DocumentError, UsageError
from dcp.xml import build, parse, values
from dcp.xml.node import Node
from dcp.xml.parse import parse_xml


def node(text: str) -> Node:
    return Node(parse_xml(text.encode(), where="doc.xml"), "doc.xml")


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
