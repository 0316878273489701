"""A document that was edited, signed by other algorithms or wrapped is refused, by the step at fault."""

from __future__ import annotations

import base64
import re
from dataclasses import replace

import pytest
from lxml import etree
from signed_documents import DSIG, SMPTE_CPL, edit, methods, moved, refused_cpl, refused_kdm

from dcp.errors import DocumentError, SignatureError
from dcp.suite import INTEROP, KDM_SUITE, SMPTE
from dcp.trust.making import NewChain
from dcp.trust.signature import verify_enveloped, verify_kdm
from dcp.trust.signing import sign_document


def test_an_edited_text_is_refused(cpl: bytes, kdm: bytes) -> None:
    refused_cpl(edit(cpl, "604a8a03", "604a8a04"), "SIG-001", "digest does not hold")
    refused_cpl(edit(cpl, "<ReelList/>", "<ReelList> </ReelList>"), "SIG-001", "digest does not hold")
    refused_cpl(edit(cpl, "<?after this?>", ""), "SIG-001", "digest does not hold")
    refused_cpl(edit(cpl, "<?a b?>", "<?a c?>"), "SIG-001", "digest does not hold")
    refused_kdm(edit(kdm, "above-channel-12", "above-channel-13"), "SIG-001", "ID_AuthenticatedPublic")
    refused_kdm(edit(kdm, "QUJD", "QUJE"), "SIG-001", "ID_AuthenticatedPrivate")


def test_an_edited_digest_or_value_is_refused(cpl: bytes, kdm: bytes) -> None:
    for data, refused in ((cpl, refused_cpl), (kdm, refused_kdm)):
        digest = re.search(rb"DigestValue>([^<]+)<", data)
        value = re.search(rb"SignatureValue>([^<]+)<", data)
        assert digest and value
        for found in (digest[1], value[1]):
            raw = bytearray(base64.b64decode(found))
            raw[3] ^= 1
            refused(edit(data, found, base64.b64encode(raw)), "SIG-001", "signature value does not hold")


def test_base64_has_one_form(cpl: bytes) -> None:
    digest = re.search(rb"DigestValue>([^<]+)=<", cpl)
    value = re.search(rb"SignatureValue>([^<]+)==<", cpl)
    assert digest and value
    refused_cpl(edit(cpl, digest[1] + b"=", digest[1]), "SIG-001", "not base64")
    refused_cpl(edit(cpl, digest[1], b"!" + digest[1]), "SIG-001", "not base64")
    stray = value[1][:-1] + bytes((value[1][-1] + 1,))  # decodes to the same bytes
    assert base64.b64decode(stray + b"==") == base64.b64decode(value[1] + b"==")
    refused_cpl(edit(cpl, value[1], stray), "SIG-001", "not base64")


@pytest.mark.parametrize(
    ("changes", "id", "told"),
    [
        (methods(INTEROP), "SIG-002", "rsa-sha1"),
        ({"canonicalization": KDM_SUITE.canonicalization}, "SIG-003", "WithComments"),
        ({"canonicalization": "http://www.w3.org/2001/10/xml-exc-c14n#"}, "SIG-003", "exc-c14n"),
        ({"digest_method": KDM_SUITE.digest_method}, "SIG-005", "sha256"),
        ({"transforms": SMPTE.transforms * 2}, "SIG-004", "transforms are"),
        ({"transforms": (*SMPTE.transforms, SMPTE.canonicalization)}, "SIG-004", "transforms are"),
        ({"transforms": ()}, "SIG-004", "transforms are none"),
    ],
)
def test_a_playlist_rightly_signed_with_other_algorithms_is_refused(
    changes: dict[str, object], id: str, told: str, signer_chain: NewChain
) -> None:
    other = replace(SMPTE, **changes)  # type: ignore[arg-type]
    refused_cpl(sign_document(SMPTE_CPL, signer_chain.signer, suite=other), id, told)


@pytest.mark.parametrize(
    ("old", "new", "id", "told"),
    [
        ('URI=""', 'URI="#x"', "SIG-004", "references are '#x'"),
        ('URI=""', 'Type="x" URI=""', "SIG-001", "other attributes"),
        (' URI=""', "", "SIG-001", "other attributes"),
        ("<dsig:DigestMethod", "<dsig:DigestMethod x='1'", "SIG-001", "other parameters"),
        (
            'rsa-sha256"/>',
            'rsa-sha256"><dsig:HMACOutputLength>8</dsig:HMACOutputLength></dsig:SignatureMethod>',
            "SIG-001",
            "other parameters",
        ),
        ("<dsig:SignatureValue>", "<dsig:Object/><dsig:SignatureValue>", "SIG-001", "is not made of"),
        ("</dsig:KeyInfo>", "</dsig:KeyInfo><dsig:Object/>", "SIG-001", "is not made of"),
        ("<dsig:KeyInfo>", "<dsig:KeyInfo><dsig:KeyName>me</dsig:KeyName>", "SIG-001", "is not made of"),
        ("<dsig:KeyInfo>", "<dsig:KeyInfo>text", "SIG-001", "text stands"),
        ("<dsig:SignedInfo>", "<dsig:SignedInfo>text", "SIG-001", "text stands"),
        ("</dsig:SignedInfo>", "<x/></dsig:SignedInfo>", "SIG-001", "is not made of"),
        ("<dsig:DigestValue>", "<dsig:DigestValue><x/>", "SIG-001", "not elements"),
    ],
)
def test_any_other_structure_is_refused(cpl: bytes, old: str, new: str, id: str, told: str) -> None:
    refused_cpl(edit(cpl, old, new), id, told)


def test_one_more_reference_is_refused(cpl: bytes, kdm: bytes) -> None:
    for data, refused in ((cpl, refused_cpl), (kdm, refused_kdm)):
        reference = re.search(rb"<(ds|dsig):Reference .*?</\1:Reference>", data, re.DOTALL)
        assert reference
        refused(
            edit(data, reference[0], reference[0] * 2), "SIG-004" if data is cpl else "SIG-001", "references"
        )


def test_a_signature_in_another_place_is_refused(cpl: bytes, kdm: bytes) -> None:
    def first(root: etree._Element) -> None:
        root.insert(0, root[-1])

    def nested(root: etree._Element) -> None:
        root[-3].append(root[-1])

    def twice(root: etree._Element) -> None:
        root.append(etree.fromstring(etree.tostring(root[-1])))

    def one_hidden(root: etree._Element) -> None:
        root[0].append(etree.fromstring(etree.tostring(root[-1])))

    def followed(root: etree._Element) -> None:
        etree.SubElement(root, "extra")

    def signer_later(root: etree._Element) -> None:
        root.insert(0, root[-2])

    def two_signers(root: etree._Element) -> None:
        root.insert(0, etree.fromstring(etree.tostring(root[-2])))

    not_last, several = "not the last child", "more than one Signature"
    cases = ((first, not_last), (twice, several), (one_hidden, several), (followed, not_last))
    for change, told in cases:
        refused_cpl(moved(cpl, change), "SIG-001", told)
        refused_kdm(moved(kdm, change), "SIG-001", told)
    for change, told in ((nested, not_last), (signer_later, "one Signer"), (two_signers, "one Signer")):
        refused_cpl(moved(cpl, change), "SIG-001", told)


def test_what_stands_beside_the_signed_parts_is_refused(kdm: bytes) -> None:
    refused_kdm(edit(kdm, "  <AuthenticatedPrivate", "text<AuthenticatedPrivate"), "SIG-001", "text stands")
    refused_kdm(edit(kdm, "<DCinemaSecurityMessage", '<DCinemaSecurityMessage a="b"'), "SIG-001", "attribute")
    refused_kdm(edit(kdm, "2006/ETM", "2007/ETM"), "SIG-001", "not made of")


def test_a_signature_as_the_whole_document_is_refused() -> None:
    for data in (b'<Signature xmlns="%b"/>' % DSIG.encode(), b"<a/>", SMPTE_CPL):
        refused_cpl(data, "SIG-001", "")
        refused_kdm(data, "SIG-001", "")


def test_a_document_of_another_kind_is_refused(cpl: bytes) -> None:
    refused_cpl(
        edit(cpl, "http://www.smpte-ra.org/schemas/", "http://example.org/"), "SIG-001", "no document of"
    )


def test_a_document_type_is_refused(cpl: bytes, kdm: bytes) -> None:
    for data, verify in ((cpl, verify_enveloped), (kdm, verify_kdm)):
        with pytest.raises(DocumentError, match="DOCTYPE"):
            verify(edit(data, "?>", "?><!DOCTYPE x>"), where="x")


def test_a_namespace_without_a_canonical_form_is_refused(cpl: bytes, signer_chain: NewChain) -> None:
    data = edit(cpl, 'xmlns:meta="http://example.org/meta"', 'xmlns:meta="relative"')
    refused_cpl(data, "SIG-001", "no canonical form")
    with pytest.raises(SignatureError, match="no canonical form"):
        sign_document(edit(SMPTE_CPL, "http://example.org/meta", "relative"), signer_chain.signer)
