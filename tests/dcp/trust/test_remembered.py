"""What is remembered of certificates and chains changes no answer: it is only that of the same question."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from dcp.errors import CertificateError
from dcp.suite import KDM_SUITE
from dcp.trust import certificate as certificates
from dcp.trust import der as elements
from dcp.trust import judging, name_text, names, structure
from dcp.trust.certificate import Certificate, known_certificate
from dcp.trust.deny import deny_certificates
from dcp.trust.fields import parse_fields
from dcp.trust.judging import failures, judge_chain
from dcp.trust.making import NewChain
from dcp.trust.name_text import parse_name
from dcp.trust.signature import examine_kdm
from dcp.trust.signing import sign_kdm
from dcp.trust.step import Step

STORES = (certificates._known, judging._known, name_text._read_name, structure._known_entries)

KDM = """<DCinemaSecurityMessage xmlns="http://www.smpte-ra.org/schemas/430-3/2006/ETM">
  <AuthenticatedPublic Id="ID_AuthenticatedPublic"><Signer>
    <X509IssuerName xmlns="http://www.w3.org/2000/09/xmldsig#">{issuer}</X509IssuerName>
    <X509SerialNumber xmlns="http://www.w3.org/2000/09/xmldsig#">{serial}</X509SerialNumber>
  </Signer></AuthenticatedPublic>
  <AuthenticatedPrivate Id="ID_AuthenticatedPrivate"/>
</DCinemaSecurityMessage>"""


def forget() -> None:
    for store in STORES:
        store.cache_clear()


@pytest.fixture(autouse=True)
def _fresh() -> Iterator[None]:
    forget()
    yield
    forget()


@pytest.fixture(scope="module")
def kdm(signer_chain: NewChain) -> bytes:
    leaf = signer_chain.leaf
    return sign_kdm(KDM.format(issuer=leaf.issuer, serial=leaf.serial).encode(), signer_chain.signer)


def told(ask: Callable[[], list[Step]]) -> list[Step] | str:
    try:
        return ask()
    except CertificateError as error:
        return str(error)


def test_the_same_is_not_worked_out_twice(signer_chain: NewChain, kdm: bytes) -> None:
    for _ in range(3):
        chain = examine_kdm(kdm).require().chain
        judge_chain(chain, at=(), role="CS")
    assert structure._known_entries.cache_info()[:2] == (2, 1)
    assert certificates._known.cache_info().misses == len(signer_chain.chain)
    assert judging._known.cache_info()[:2] == (2, 1)


def test_one_changed_byte_of_a_certificate_is_another_question(signer_chain: NewChain, now: datetime) -> None:
    ders = [one.der for one in signer_chain.chain]

    def judge() -> list[Step]:
        return judge_chain([known_certificate(der) for der in changed], at=(now,), role="CS")

    changed = list(ders)
    assert not failures(judge())
    for number, der in enumerate(ders):
        for place in range(number, len(der), 13):
            changed = list(ders)
            changed[number] = der[:place] + bytes((der[place] ^ 1,)) + der[place + 1 :]
            known = told(judge)
            assert isinstance(known, str) or failures(known), f"byte {place} of certificate {number}"
            if place % 5 == 0:
                forget()
                assert told(judge) == known
                changed = list(ders)
                assert not failures(judge())


def test_one_changed_character_of_a_key_info_is_another_question(kdm: bytes) -> None:
    assert examine_kdm(kdm).verified is not None
    begin, end = kdm.index(b"<ds:KeyInfo>"), kdm.index(b"</ds:KeyInfo>")
    for place in range(begin, end, 29):
        other = b"B" if kdm[place : place + 1] != b"B" else b"C"
        changed = kdm[:place] + other + kdm[place + 1 :]
        if changed[place - 1 : place] in b"\n " or kdm[place : place + 1] in b"\n ":
            continue
        try:
            examined = examine_kdm(changed)
        except Exception as error:  # no XML any more; the same question again has to say the same
            with pytest.raises(type(error)):
                examine_kdm(changed)
            continue
        warm = (examined.steps, str(examined.error))
        # An edit of a certificate above the leaf leaves the signature good, and its chain is judged afresh.
        if examined.verified is not None:
            assert failures(judge_chain(examined.verified.chain, at=(), role="CS"))
        forget()
        cold = examine_kdm(changed)
        assert (cold.steps, str(cold.error)) == warm
        assert examine_kdm(kdm).verified is not None


def test_a_fault_names_its_element_in_the_document(kdm: bytes) -> None:
    root = etree.fromstring(kdm)
    (serial, *_) = root.iterfind(".//{*}KeyInfo//{*}X509SerialNumber")
    serial.text = "1"
    for _ in range(2):
        error = examine_kdm(etree.tostring(root)).error
        assert error is not None
        assert "/DCinemaSecurityMessage/Signature/KeyInfo/X509Data[1]" in str(error.where)
    serial.text = "x"
    error = examine_kdm(etree.tostring(root)).error
    assert error is not None
    assert str(error.where).endswith("KeyInfo/X509Data[1]/X509IssuerSerial/X509SerialNumber")


def test_every_argument_belongs_to_the_question(
    signer_chain: NewChain, device_chain: NewChain, now: datetime
) -> None:
    chain = signer_chain.chain
    late = now + timedelta(days=36500)
    beijing = late.astimezone(timezone(timedelta(hours=8)))
    questions: list[Callable[[], list[Step]]] = [
        lambda: judge_chain(chain, at=()),
        lambda: judge_chain(chain, at=(late,)),
        lambda: judge_chain(chain, at=(beijing,)),
        lambda: judge_chain(chain, at=(), now=late),
        lambda: judge_chain(chain, at=(), role="SM"),
        lambda: judge_chain(chain, at=(), role="SM", role_strict=False),
        lambda: judge_chain(chain, at=(now - timedelta(days=36500),), early="warn"),
        lambda: judge_chain(chain, at=(), trust=()),
        lambda: judge_chain(chain, at=(), trust=(chain[-1],)),
        lambda: judge_chain(chain, at=(), revoked=deny_certificates(chain[:1])),
        lambda: judge_chain(chain, at=(), content_authenticator=True),
        lambda: judge_chain(chain[:2], at=()),
        lambda: judge_chain(device_chain.chain, at=(), role="CS"),
    ]
    cold = []
    for ask in questions:
        forget()
        cold.append(ask())
    assert len({tuple(steps) for steps in cold}) == len(questions)
    for _ in range(2):
        assert [ask() for ask in questions] == cold


@given(st.data())
def test_a_damaged_certificate_is_told_as_if_nothing_were_remembered(
    signer_chain: NewChain, data: st.DataObject
) -> None:
    certificate = bytearray(data.draw(st.sampled_from(list(signer_chain.chain))).der)
    for _ in range(data.draw(st.integers(0, 3))):
        certificate[data.draw(st.integers(0, len(certificate) - 1))] = data.draw(st.integers(0, 255))

    def read() -> object:
        try:
            return parse_fields(bytes(certificate))
        except CertificateError as error:
            return str(error)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(elements, "MAX_KNOWN_BYTES", -1)  # nothing is small enough
        patch.setattr(names, "_plain_attribute", lambda content: None)
        cold = read()
    assert read() == cold
    assert read() == cold


def test_a_caller_may_do_with_the_steps_what_it_likes(signer_chain: NewChain) -> None:
    steps = judge_chain(signer_chain.chain, at=())
    kept = list(steps)
    steps.clear()
    assert judge_chain(signer_chain.chain, at=()) == kept


def test_what_is_large_is_not_remembered(signer_chain: NewChain, monkeypatch: pytest.MonkeyPatch) -> None:
    leaf = signer_chain.leaf
    large = leaf.der + bytes(certificates.MAX_KNOWN_BYTES)
    assert known_certificate(large) == Certificate(large)
    assert certificates._known.cache_info().currsize == 0
    many = [Certificate(leaf.der + bytes(6000 + number)) for number in range(12)]
    assert judge_chain(many, at=()) == judge_chain(many, at=())
    assert judging._known.cache_info().currsize == 0
    monkeypatch.setattr(structure, "MAX_KNOWN_BYTES", 10)
    data = sign_kdm(KDM.format(issuer=leaf.issuer, serial=leaf.serial).encode(), signer_chain.signer)
    assert examine_kdm(data).verified is not None
    assert structure._known_entries.cache_info().currsize == 0


def test_the_stores_are_bounded() -> None:
    for store in STORES:
        assert store.cache_info().maxsize in range(1, 1025)
    for number in range(1100):
        parse_name(f"CN={number}")
    assert name_text._read_name.cache_info().currsize == 1024


def test_threads_share_what_is_remembered(signer_chain: NewChain, kdm: bytes) -> None:
    def judge(_: int) -> tuple[Step, ...]:
        verified = examine_kdm(kdm).require()
        assert verified.suite is KDM_SUITE
        return tuple(judge_chain(verified.chain, at=(), role="CS"))

    with ThreadPoolExecutor(8) as threads:
        assert len(set(threads.map(judge, range(64)))) == 1
