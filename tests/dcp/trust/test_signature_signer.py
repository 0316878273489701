"""Who signed, and what is not signed at all."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from signed_documents import SMPTE_CPL, edit, moved, refused_cpl, refused_kdm, unsigned_kdm

from dcp.errors import CertificateError, SignatureError
from dcp.trust import signing
from dcp.trust.certificate import Certificate
from dcp.trust.judging import judge_chain
from dcp.trust.making import NewChain
from dcp.trust.order import CertificateChain
from dcp.trust.signature import verify_enveloped, verify_kdm
from dcp.trust.signer import Signer
from dcp.trust.signing import sign_document, sign_kdm


def signed_as(chain: CertificateChain, key: object) -> Signer:
    """A signer whose parts need not fit."""
    signer = object.__new__(Signer)
    object.__setattr__(signer, "chain", chain)
    object.__setattr__(signer, "private_key", key)
    return signer


def test_the_key_of_another_certificate_is_refused(
    signer_chain: NewChain, device_chain: NewChain, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Someone signs with an own key and puts the real chain into KeyInfo."""
    monkeypatch.setattr(signing, "check_signer", lambda *_, **__: None)
    signer = signed_as(signer_chain.chain, device_chain.private_key)
    refused_cpl(sign_document(SMPTE_CPL, signer), "SIG-001", "does not hold under the key of CS")
    refused_kdm(
        sign_kdm(unsigned_kdm(signer_chain.leaf), signer), "SIG-001", "does not hold under the key of CS"
    )


def test_signer_naming_another_certificate_is_refused(cpl: bytes, signer_chain: NewChain) -> None:
    leaf, intermediate, root = signer_chain.chain
    wrong = sign_kdm(unsigned_kdm(intermediate), signer_chain.signer)
    refused_kdm(wrong, "SIG-001", "under the key of .*INTERMEDIATE")
    other = unsigned_kdm(leaf).replace(str(leaf.serial).encode(), b"1")
    refused_kdm(sign_kdm(other, signer_chain.signer), "SIG-007", "names none of the certificates")
    nobody = unsigned_kdm(leaf).replace(b"O=Example.org", b"O=Else.org")
    refused_kdm(sign_kdm(nobody, signer_chain.signer), "SIG-006", "issuer of none")
    no_name = unsigned_kdm(leaf).replace(leaf.issuer.encode(), b"nobody")
    refused_kdm(sign_kdm(no_name, signer_chain.signer), "SIG-006", "no distinguished name")
    no_number = unsigned_kdm(leaf).replace(str(leaf.serial).encode(), b"0x7")
    refused_kdm(sign_kdm(no_number, signer_chain.signer), "SIG-001", "no serial number")
    refused_cpl(edit(cpl, leaf.subject, root.subject), "SIG-006", "another subject")


def test_a_signature_of_the_intermediate_leaves_the_leaf_outside_its_chain(
    signer_chain: NewChain, now: datetime
) -> None:
    _, intermediate, _ = signer_chain.chain
    signer = signed_as(signer_chain.chain, signer_chain.private_keys[1])
    verified = verify_kdm(sign_kdm(unsigned_kdm(intermediate), signer))
    assert verified.signer == intermediate
    results = {step.id: step.result for step in judge_chain(verified.chain, at=(now,))}
    assert results["SIG-013"] == results["CER-005"] == "fail"


def test_a_certificate_of_the_same_name_and_number_but_another_key(
    signer_chain: NewChain,
    device_chain: NewChain,
    forge_leaf: Callable[..., Certificate],
    now: datetime,
) -> None:
    """The forger's own certificate under the signer's name: the signature holds, the chain does not."""
    leaf, intermediate, root = signer_chain.chain
    double = forge_leaf(
        public_key=device_chain.private_key.public_key(),
        signing_key=device_chain.private_key,
        serial=leaf.serial,
        fields={"subject": leaf.subject_name.encode()},
    )
    forged = signed_as(CertificateChain((double, intermediate, root)), device_chain.private_key)
    verified = verify_kdm(sign_kdm(unsigned_kdm(leaf), forged))
    assert verified.signer == double != leaf
    steps = judge_chain(verified.chain, at=(now,))
    assert "SIG-009" in [step.id for step in steps if step.result == "fail"]
    both = signed_as(CertificateChain((double, leaf, intermediate, root)), device_chain.private_key)
    refused_kdm(sign_kdm(unsigned_kdm(leaf), both), "SIG-007", "two different certificates")


def test_a_foreign_certificate_in_key_info_is_told_by_the_chain(
    signer_chain: NewChain, device_chain: NewChain, now: datetime
) -> None:
    chain = CertificateChain((*signer_chain.chain, device_chain.leaf))
    verified = verify_kdm(
        sign_kdm(unsigned_kdm(signer_chain.leaf), signed_as(chain, signer_chain.private_key))
    )
    assert verified.chain.strangers == (device_chain.leaf,)
    results = {step.id: step.result for step in judge_chain(verified.chain, at=(now,))}
    assert results["SIG-013"] == "fail"


def test_names_beside_the_certificates_must_be_theirs(kdm: bytes, signer_chain: NewChain) -> None:
    root = signer_chain.chain[2]
    name = f"<ds:X509SerialNumber>{root.serial}<"
    refused_kdm(
        edit(kdm, name, f"<ds:X509SerialNumber>{root.serial + 1}<"), "SIG-007", "certificate beside it"
    )
    data = moved(kdm, lambda root: root[-1][2][2][0][0].__setattr__("text", "CN=else"))
    refused_kdm(data, "SIG-006", "certificate beside it")


def test_key_info_holds_certificates_and_not_too_many(kdm: bytes) -> None:
    entry = re.search(rb"<ds:X509Data>.*?</ds:X509Data>", kdm, re.DOTALL)
    value = re.search(rb"X509Certificate>([^<]+)<", kdm)
    assert entry and value
    refused_kdm(edit(kdm, entry[0], entry[0] * 20), "SIG-001", "KeyInfo holds 22 entries")
    refused_kdm(edit(kdm, value[1], b"MAA="), "SIG-001", "not a certificate")
    refused_kdm(edit(kdm, value[1], b""), "SIG-001", "not base64")
    refused_kdm(
        re.sub(rb"<ds:KeyInfo>.*</ds:KeyInfo>", b"<ds:KeyInfo/>", kdm, flags=re.DOTALL), "SIG-001", "0 ent"
    )
    refused_kdm(
        edit(kdm, entry[0], edit(entry[0], b"X509IssuerSerial>", b"X509SKI>", 2)), "SIG-001", "X509Data"
    )


def test_a_signer_that_readers_would_refuse_does_not_sign(
    signer_chain: NewChain, device_chain: NewChain, forge_leaf: Callable[..., Certificate]
) -> None:
    late = signer_chain.leaf.not_after + timedelta(days=1)
    with pytest.raises(CertificateError, match="CER-011"):
        sign_document(SMPTE_CPL, signer_chain.signer, now=late)
    with pytest.raises(CertificateError, match="CER-011"):
        sign_document(edit(SMPTE_CPL, "2027-05-01", "2017-05-01"), signer_chain.signer)
    with pytest.raises(CertificateError, match="CER-009"):
        sign_document(SMPTE_CPL, device_chain.signer)
    both = forge_leaf(common_name="CS SM.both")
    chain = CertificateChain((both, *signer_chain.chain[1:]))
    with pytest.raises(CertificateError, match="CER-010"):
        sign_document(SMPTE_CPL, Signer(chain, signer_chain.private_key))


def test_what_cannot_be_signed_is_refused(cpl: bytes, kdm: bytes, signer_chain: NewChain) -> None:
    signer = signer_chain.signer
    with pytest.raises(SignatureError, match="signed already"):
        sign_document(cpl, signer)
    with pytest.raises(SignatureError, match="is not signed this way"):
        sign_document(b"<a/>", signer)
    with pytest.raises(SignatureError, match="no IssueDate"):
        sign_document(edit(SMPTE_CPL, "IssueDate>", "Date>", 2), signer)
    with pytest.raises(SignatureError, match="no IssueDate"):
        sign_document(edit(SMPTE_CPL, "+02:00", ""), signer)
    for data in (kdm, b"<a/>", edit(unsigned_kdm(signer.leaf), "ID_AuthenticatedPublic", "x")):
        with pytest.raises(SignatureError, match="unsigned key message"):
            sign_kdm(data, signer)


def test_an_empty_document_of_the_right_kind_is_signed(signer_chain: NewChain) -> None:
    data = b'<PackingList xmlns="http://www.smpte-ra.org/schemas/429-8/2007/PKL"/>'
    signed = sign_document(data, signer_chain.signer, now=datetime(2027, 1, 1, tzinfo=UTC))
    assert verify_enveloped(signed, where="pkl.xml").signer == signer_chain.leaf
