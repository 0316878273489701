"""Signatures hold for exactly what was signed, and for nothing that was wrapped, swapped, edited or added."""

from __future__ import annotations

import contextlib
import re
from dataclasses import replace
from datetime import datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from signed_documents import CPL, DSIG, SMPTE_CPL, edit, methods, moved, refused_kdm, unsigned_kdm

from dcp.errors import DcpError
from dcp.suite import INTEROP, KDM_SUITE, SMPTE
from dcp.trust import signing
from dcp.trust.judging import judge_chain
from dcp.trust.making import NewChain
from dcp.trust.signature import verify_enveloped, verify_kdm
from dcp.trust.signing import sign_document, sign_kdm

INTEROP_CPL = CPL.format(namespace="http://www.digicine.com/PROTO-ASDCP-CPL-20040511#").encode()


def test_a_signed_playlist_holds_and_names_its_signer(
    cpl: bytes, signer_chain: NewChain, now: datetime
) -> None:
    verified = verify_enveloped(cpl, where="cpl.xml")
    assert verified.signer == signer_chain.leaf
    assert verified.chain == signer_chain.chain
    assert verified.suite is SMPTE
    assert [(step.id, step.result) for step in verified.findings] == [
        (id, "pass") for id in ("SIG-003", "SIG-002", "SIG-004", "SIG-005", "SIG-006", "SIG-007", "SIG-001")
    ]
    assert not [step for step in judge_chain(verified.chain, at=(now,), role="CS") if step.result == "fail"]


def test_a_signed_message_holds_and_names_its_signer(kdm: bytes, signer_chain: NewChain) -> None:
    verified = verify_kdm(kdm)
    assert (verified.signer, verified.suite) == (signer_chain.leaf, KDM_SUITE)
    assert verified.chain == signer_chain.chain


def test_a_document_has_the_form_of_the_field(cpl: bytes, kdm: bytes, signer_chain: NewChain) -> None:
    for data, last in ((cpl, ("Signer", "Signature")), (kdm, ("AuthenticatedPrivate", "Signature"))):
        root = etree.fromstring(data)
        assert tuple(etree.QName(child).localname for child in root[-2:]) == last
        entries = root[-1].findall(f".//{{{DSIG}}}X509Data")
        assert [[etree.QName(child).localname for child in entry] for entry in entries] == [
            ["X509IssuerSerial", "X509Certificate"]
        ] * 3
        names = [entry[0][0].text for entry in entries]
        assert names == [one.issuer for one in signer_chain.chain]
    assert b"<dsig:Signature" in cpl and b"<ds:Signature" in kdm
    assert cpl.endswith(b"</CompositionPlaylist><?after this?><!-- and that -->\n")


def test_interop_documents_are_signed_with_sha1(signer_chain: NewChain) -> None:
    data = sign_document(INTEROP_CPL, signer_chain.signer)
    assert b"xmldsig#rsa-sha1" in data
    assert verify_enveloped(data, where="cpl.xml").suite is INTEROP


def test_an_interop_document_with_sha256_holds_with_a_warning(signer_chain: NewChain) -> None:
    data = sign_document(INTEROP_CPL, signer_chain.signer, suite=replace(INTEROP, **methods(SMPTE)))
    verified = verify_enveloped(data, where="cpl.xml")
    assert {step.id: step.result for step in verified.findings}["SIG-002"] == "warn"


def test_an_element_is_signed_and_left_as_it_was(signer_chain: NewChain) -> None:
    root = etree.fromstring(SMPTE_CPL)
    before = etree.tostring(root.getroottree())
    assert verify_enveloped(sign_document(root, signer_chain.signer), where="x").signer == signer_chain.leaf
    assert etree.tostring(root.getroottree()) == before


@pytest.mark.parametrize("prefix", ["ds", "dsig", "", "x-y.z"])
@pytest.mark.parametrize("form", ["cpl", "kdm"])
def test_any_prefix_and_none_will_do(
    prefix: str, form: str, signer_chain: NewChain, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(signing, "_DOCUMENT_PREFIX", prefix or None)
    monkeypatch.setattr(signing, "_MESSAGE_PREFIX", prefix or None)
    if form == "cpl":
        data = sign_document(SMPTE_CPL, signer_chain.signer)
        verify_enveloped(data, where="x")
    else:
        data = sign_kdm(unsigned_kdm(signer_chain.leaf), signer_chain.signer)
        verify_kdm(data)
    assert (f"<{prefix}:Signature " if prefix else "<Signature xmlns").encode() in data


def test_a_key_info_written_root_first_will_do(signer_chain: NewChain, cpl: bytes) -> None:
    data = reverse_key_info(cpl)
    assert data != cpl
    verified = verify_enveloped(data, where="x")
    assert verified.chain.certificates == signer_chain.chain.certificates


def test_comments_and_instructions_outside_signed_text_do_no_harm(cpl: bytes, kdm: bytes) -> None:
    for data, verify in ((cpl, verify_enveloped), (kdm, verify_kdm)):
        for place in (b"<ReelList/>", b"</AuthenticatedPublic>", b"Signature>\n"):
            if place in data:
                head, _, tail = data.rpartition(place)
                verify(head + place + b"<!-- later -->" + tail, where="x")
        noisy = re.sub(rb"(<ds:KeyInfo>|<dsig:KeyInfo>)", rb"\1<!-- later --><?x y?>", data)
        verify(noisy, where="x")


def test_a_comment_that_splits_a_signed_value_does_not_change_what_is_read(kdm: bytes) -> None:
    """The digest does not see comments: what a reader takes must be the whole text all the same."""
    from dcp.xml.parse import parse_xml, text_of

    split = edit(kdm, "above-channel-12", "above-channel-1<!-- -->2")
    verify_kdm(split)
    flag = next(parse_xml(split, where="x").iter("{*}Flag"))
    assert text_of(flag) == "above-channel-12"


def test_line_ends_of_another_system_do_no_harm(cpl: bytes, kdm: bytes) -> None:
    verify_enveloped(cpl.replace(b"\n", b"\r\n"), where="x")
    verify_kdm(kdm.replace(b"\n", b"\r\n"))


def test_attributes_of_the_xml_namespace_come_down_from_the_root(signer_chain: NewChain) -> None:
    """Canonical XML lets a signed part inherit xml:lang: without it the digest would be another."""
    data = sign_kdm(unsigned_kdm(signer_chain.leaf), signer_chain.signer)
    lang = edit(data, "<DCinemaSecurityMessage ", '<DCinemaSecurityMessage xml:lang="en" ')
    refused_kdm(lang, "SIG-001", "outside what is signed")


def test_signer_may_leave_out_its_subject(signer_chain: NewChain, monkeypatch: pytest.MonkeyPatch) -> None:
    def without(parent: etree._Element, name: str, *rest: object, **more: object) -> object:
        return None if name == "X509SubjectName" else add(parent, name, *rest, **more)  # type: ignore[arg-type]

    add = signing.add
    monkeypatch.setattr(signing, "add", without)
    data = sign_document(SMPTE_CPL, signer_chain.signer)
    assert b"X509SubjectName" not in data
    verify_enveloped(data, where="x")


def reverse_key_info(data: bytes) -> bytes:
    def change(root: etree._Element) -> None:
        key_info = root[-1][2]
        key_info[:] = list(reversed(key_info))

    return moved(data, change)


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_no_damage_is_taken_for_the_signed_document(cpl: bytes, kdm: bytes, data: st.DataObject) -> None:
    """A change is refused, or the document says the same as before."""
    source, verify = data.draw(st.sampled_from([(cpl, verify_enveloped), (kdm, verify_kdm)]))
    changed = bytearray(source)
    for _ in range(data.draw(st.integers(1, 2))):
        place = data.draw(st.integers(0, len(changed) - 1))
        if data.draw(st.booleans()):
            changed[place] = data.draw(st.sampled_from(b"<>/\"'&ABab01= \n\x00\xff"))
        else:
            end = min(len(changed), place + data.draw(st.integers(1, 80)))
            del changed[place:end]
    with contextlib.suppress(DcpError):
        verify(bytes(changed), where="x")
        assert said(bytes(changed)) == said(source)


def said(data: bytes) -> list[tuple[str, str]]:
    """Names and texts outside the signature, comments and blanks between left out."""
    root = etree.fromstring(data)
    root.remove(root[-1])
    return [
        (str(element.tag), "".join(element.itertext(etree.Element)).strip())
        for element in root.iter(etree.Element)
    ]
