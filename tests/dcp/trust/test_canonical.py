"""An element cut out of a document's canonical form is what the library makes of the element by itself."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from dcp.errors import SignatureError
from dcp.trust import canonical
from dcp.trust.canonical import CanonicalParts, canonical_element

NAMES = ("a", "b", "p:a", "p:ab", "q:a")
ATTRIBUTES = (
    "",
    ' Id="1 &gt; 0"',
    ' b="&lt;a>&#13;" a="x"',
    ' xml:lang="de"',
    ' xmlns="urn:other"',
    ' xmlns=""',
    ' xmlns:p="urn:p"',
    ' xmlns:q="urn:q2"',
    ' p:x="1"',
    ' p:a="x" xmlns:n="urn:n"',
)
TEXTS = ("", "x &amp; y", "\n  ", "a &gt; b &#13;", "<![CDATA[<a>]]>", "<!-- <a> -->", "<?p <a></a>?>")


@st.composite
def trees(draw: st.DrawFn, depth: int = 3) -> str:
    name, attributes = draw(st.sampled_from(NAMES)), draw(st.sampled_from(ATTRIBUTES))
    inside = draw(st.lists(trees(depth - 1), max_size=3)) if depth else []
    texts = [draw(st.sampled_from(TEXTS)) for _ in range(len(inside) + 1)]
    content = texts[0] + "".join(child + text for child, text in zip(inside, texts[1:], strict=True))
    return f"<{name}{attributes}>{content}</{name}>"


ROOTS = ("urn:p", "urn:q", "urn:p' xml:lang='en", "urn:p' Id='2")


@given(st.sampled_from(ROOTS), st.sampled_from(("", " xmlns='urn:d'")), st.lists(trees(), max_size=3))
def test_each_element_is_cut_out_as_it_is_alone(root: str, default: str, inside: list[str]) -> None:
    text = f"<r{default} xmlns:p='{root}' xmlns:q='urn:q'>{''.join(inside)}</r>"
    document = etree.fromstring(text)
    parts = CanonicalParts(document)
    for element in document.iter(etree.Element):
        for with_comments in (False, True):
            alone = canonical_element(element, with_comments=with_comments)
            assert parts.element(element, with_comments=with_comments) == alone, text


def test_the_parts_of_a_message_are_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    document = etree.fromstring(
        '<m xmlns="urn:m" xmlns:ds="urn:ds"> <A Id="a"><b/></A> <ds:S><ds:I>1</ds:I></ds:S>\n</m>'
    )
    monkeypatch.setattr(canonical, "canonical_element", None)
    parts = CanonicalParts(document)
    scope = b' xmlns="urn:m" xmlns:ds="urn:ds"'
    assert parts.element(document[0], with_comments=False) == b"<A" + scope + b' Id="a"><b></b></A>'
    assert parts.element(document[1][0], with_comments=True) == b"<ds:I" + scope + b">1</ds:I>"


@pytest.mark.parametrize(
    "inside",
    [
        "<A/><A/>",
        "<A><A/></A>",
        "<A/><Ab/>",
        "<A/><?p </A>?>",
        "<x y='1'><A/></x>",
        "<x xml:lang='de'><A/></x>",
        "<x xml:lang='de'><y><A xml:lang='en'/></y></x>",
        "<x xmlns:n='urn:n'><A/></x>",
        "<A xmlns:n='urn:n'/>",
        "<x xmlns=''><A/></x>",
    ],
)
def test_what_cannot_be_cut_is_made_from_the_tree(inside: str) -> None:
    for scope in ("", " xmlns='urn:m'", " Id='1'", " xml:lang='fr'"):
        document = etree.fromstring(f"<m{scope}>{inside}</m>")
        parts = CanonicalParts(document)
        for element in document.iter(etree.Element):
            alone = canonical_element(element, with_comments=False)
            assert parts.element(element, with_comments=False) == alone


def test_an_element_of_another_document_is_not_looked_for_here() -> None:
    parts = CanonicalParts(etree.fromstring("<m xmlns='urn:m'><A>mine</A></m>"))
    other = etree.fromstring("<m xmlns='urn:o'><A>other</A></m>")
    assert parts.element(other[0], with_comments=False) == b'<A xmlns="urn:o">other</A>'


def test_a_part_is_taken_although_the_whole_has_no_canonical_form() -> None:
    document = etree.fromstring("<m xmlns='urn:m'><A/><B xmlns:n='relative'/></m>")
    parts = CanonicalParts(document)
    assert parts.element(document[0], with_comments=False) == b'<A xmlns="urn:m"></A>'
    with pytest.raises(SignatureError, match="no canonical form"):
        parts.element(document[1], with_comments=False)
