"""Distinguished names: the text of real documents, every spelling of it, and equality by what they say."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dcp.errors import CertificateError
from dcp.trust import der
from dcp.trust import names as names_module
from dcp.trust.name_text import has_bare_plus, names_equal, parse_name
from dcp.trust.names import (
    COMMON_NAME,
    DN_QUALIFIER,
    ORGANIZATION,
    Attribute,
    Name,
    decode_name,
    make_name,
)

REAL = (
    r"dnQualifier=I9/xYix5B\+/PABwuSHNPl3dEvh8=,CN=.golden.smpte-430-2.INTERMEDIATE,"
    "OU=golden.example.org,O=golden.example.org"
)


def test_a_name_is_written_as_real_documents_have_it() -> None:
    made = make_name(
        organization="golden.example.org",
        unit="golden.example.org",
        common_name=".golden.smpte-430-2.INTERMEDIATE",
        dn_qualifier="I9/xYix5B+/PABwuSHNPl3dEvh8=",
    )
    assert str(made) == REAL
    assert parse_name(REAL) == made


@pytest.mark.parametrize(
    "spelling",
    [
        r"CN=.golden.smpte-430-2.INTERMEDIATE,OU=golden.example.org,O=golden.example.org,"
        r"dnQualifier=I9/xYix5B\+/PABwuSHNPl3dEvh8=",
        REAL.replace("dnQualifier", "2.5.4.46"),
        REAL.replace("dnQualifier", "OID.2.5.4.46"),
        REAL.replace("dnQualifier", "DNQUALIFIER").replace("CN=", "cn="),
        REAL.replace(r"\+", r"\2B").replace("h8=", r"h8\3D"),
        REAL.replace(r"I9/xYix5B\+/PABwuSHNPl3dEvh8=", '"I9/xYix5B+/PABwuSHNPl3dEvh8="'),
        REAL.replace(",", ", "),
        REAL.replace(",", " ; "),
        "  " + REAL + "\n",
        REAL.replace("O=golden.example.org", "O=#1312676f6c64656e2e6578616d706c652e6f7267"),
        "/O=golden.example.org/OU=golden.example.org/CN=.golden.smpte-430-2.INTERMEDIATE"
        r"/dnQualifier=I9\/xYix5B+\/PABwuSHNPl3dEvh8=",
        "/O=golden.example.org/OU=golden.example.org/CN=.golden.smpte-430-2.INTERMEDIATE"
        "/dnQualifier=I9/xYix5B+/PABwuSHNPl3dEvh8=",
    ],
)
def test_spellings_of_one_name_are_equal(spelling: str) -> None:
    assert names_equal(spelling, REAL)


@pytest.mark.parametrize(
    "other",
    [
        REAL.replace("I9", "i9"),
        REAL.replace(".golden", "golden"),
        REAL + ",O=golden.example.org",
        REAL.replace(",OU=golden.example.org", ""),
        REAL.replace("OU=", "L="),
        "",
        "no name",
        "CN=a,",
        r"CN=a\ ".rstrip(),
        'CN="open',
        'CN=a"b',
        "CN=#12",
        "CN=#xyz",
        "foo=bar",
        r"CN=\ff",
        "CN=" + "a" * 5000,
        "/",
        "O=a" + ",O=a" * 70,
    ],
)
def test_other_names_and_no_names_are_not_equal(other: str) -> None:
    assert not names_equal(other, REAL)
    assert not names_equal(REAL, other)


text = st.text(st.characters(exclude_categories=("Cs",)), max_size=24)
types = st.sampled_from([COMMON_NAME, ORGANIZATION, DN_QUALIFIER, "2.5.4.17", "1.2.840.113549.1.9.1"])
attributes = st.builds(Attribute, type=types, value=text, tag=st.sampled_from([der.PRINTABLE, der.UTF8]))
names = st.lists(st.lists(attributes, min_size=1, max_size=2).map(tuple), min_size=1, max_size=6).map(
    lambda rdns: Name(tuple(rdns))
)


@given(names)
def test_any_name_survives_its_text(name: Name) -> None:
    assert parse_name(str(name)) == name


@given(names)
def test_any_name_survives_its_encoding(name: Name) -> None:
    element, rest = der.read_one(name.encode(), der.Walk())
    assert not rest
    assert decode_name(element.content, der.Walk()) == name


@given(names, st.randoms())
def test_order_does_not_count(name: Name, random: object) -> None:
    rdns = list(name.rdns)
    random.shuffle(rdns)  # type: ignore[attr-defined]
    assert Name(tuple(rdns)) == name


@given(st.text(max_size=60))
def test_any_text_is_a_name_or_refused(content: str) -> None:
    with contextlib.suppress(CertificateError):
        parse_name(content)


@given(st.binary(max_size=80))
def test_any_bytes_are_a_name_or_refused(content: bytes) -> None:
    with contextlib.suppress(CertificateError):
        str(decode_name(content, der.Walk()))


ODD_NAMES = st.one_of(
    st.binary(max_size=80),
    names.map(lambda name: der.read_one(name.encode(), der.Walk())[0].content),
    st.sampled_from(
        [
            der.read_one(parse_name(REAL).encode(), der.Walk())[0].content,
            bytes.fromhex("3180300806035504030c01610000"),  # BER: the length of the SET is left open
            bytes.fromhex("31810a300806035504030c0161"),  # and more bytes of length than it needs
            bytes.fromhex("310a300806035504030c01613000"),  # no SET
        ]
    ),
)


@given(ODD_NAMES, st.integers(0, 20))
def test_a_name_that_is_remembered_tells_and_costs_the_same(content: bytes, left: int) -> None:
    outcomes: list[object] = []
    for read in (decode_name.__wrapped__, decode_name, decode_name):  # type: ignore[attr-defined]
        walk = der.Walk(left=left)
        try:
            outcomes.append((read(content, walk).rdns, walk.defects, walk.left))
        except CertificateError as error:
            outcomes.append((error.what, walk.defects, walk.left))
    assert outcomes[0] == outcomes[1] == outcomes[2]


@given(
    st.sampled_from(["550403", "55042e", "550480", "5504", "558003", "0603550403"]),
    st.sampled_from([0x13, 0x0C, 0x16, 0x1E, 0x30, 0x1F]),
    st.binary(max_size=6),
    st.integers(-1, 2),
)
def test_a_plain_attribute_is_read_as_any_other(oid: str, tag: int, value: bytes, more: int) -> None:
    """The short way through a name and the long one say the same, of what is malformed too."""
    pair = der.oid("2.5.4.3")[:1] + bytes((len(bytes.fromhex(oid)),)) + bytes.fromhex(oid)
    pair += bytes((tag, max(0, len(value) + more))) + value
    content = der.tlv(der.SET, der.sequence(pair))
    outcomes: list[object] = []
    for short_way in (True, False):
        walk = der.Walk()
        with pytest.MonkeyPatch.context() as patch:
            if not short_way:
                patch.setattr(names_module, "_plain_attribute", lambda content: None)
            try:
                found: object = decode_name.__wrapped__(content, walk).rdns  # type: ignore[attr-defined]
            except CertificateError as error:
                found = error.what
        outcomes.append((found, walk.defects, walk.left))
    assert outcomes[0] == outcomes[1]


def test_a_name_is_remembered_by_its_bytes_unless_it_departs_from_der() -> None:
    content = der.read_one(parse_name(REAL).encode(), der.Walk())[0].content
    assert decode_name(content, der.Walk()) is decode_name(content, der.Walk())
    loose = bytes.fromhex("31810a300806035504030c0161")
    walks = [der.Walk(), der.Walk()]
    assert decode_name(loose, walks[0]) is not decode_name(loose, walks[1])
    assert walks[0].defects == walks[1].defects
    assert list(map(str, walks[0].defects)) == ["a length has more bytes than it needs (BER, not DER)"]
    long = der.read_one(
        make_name(organization="O" * 600, unit="U", common_name="C", dn_qualifier="D").encode(), der.Walk()
    )
    assert decode_name(long[0].content, der.Walk()) is not decode_name(long[0].content, der.Walk())


def test_what_could_break_out_of_a_text_is_escaped() -> None:
    name = Name(((Attribute(COMMON_NAME, ' #a,b+c"d\\e<f>g;h\n '),),))
    assert str(name) == r"CN=\ #a\,b\+c\"d\\e\<f\>g\;h\0A\ "


@pytest.mark.parametrize(
    ("text", "bare"),
    [
        (REAL.replace(r"\+", "+"), True),
        (",".join(reversed(REAL.replace(r"\+", "+").split(","))), True),
        (REAL, False),
        (REAL.replace(r"\+", "%2B"), False),  # another name
        (REAL.replace(r"\+", ""), False),
        (REAL.replace("OU=", "OU=x+").replace(r"\+", "+"), False),  # elsewhere it separates
        ("+" + REAL.replace(r"\+", "+"), False),
        ("+" * 3000, False),
    ],
)
def test_a_plus_in_a_qualifier_may_stand_bare(text: str, bare: bool) -> None:
    """As a KDM of the field has it: `dnQualifier=...l+imh...`, which by RFC 2253 begins another attribute."""
    name = parse_name(REAL)
    assert has_bare_plus(text, name) is bare
    assert names_equal(text, name) is (bare or text == REAL)
    if bare:
        assert parse_name(text) == name


def test_a_separating_plus_is_still_one() -> None:
    joined = parse_name("CN=a+dnQualifier=YWI=+O=b")
    assert {attribute.type_name for attribute in joined} == {"CN", "dnQualifier", "O"}
    text = "CN=a+dnQualifier=YWI=+O=b"
    assert names_equal(text, joined) and not has_bare_plus(text, joined)


def test_a_name_for_people_has_nothing_escaped() -> None:
    name = make_name(organization="a, b", unit="u", common_name="CS.x", dn_qualifier="RV8+/1G3zASBo7MCYVuvY=")
    assert str(name) == r"dnQualifier=RV8\+/1G3zASBo7MCYVuvY=,CN=CS.x,OU=u,O=a\, b"
    assert name.plain == "dnQualifier=RV8+/1G3zASBo7MCYVuvY=,CN=CS.x,OU=u,O=a, b"
