"""Signatures hold for exactly what was signed, and for nothing that was wrapped, swapped, edited or added."""

from __future__ import annotations

import base64
import contextlib
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from dcp.errors import CertificateError, DcpError, DocumentError, SignatureError
from dcp.suite import INTEROP, KDM_SUITE, SMPTE, Suite
from dcp.trust import signing
from dcp.trust.certificate import Certificate
from dcp.trust.judging import judge_chain
from dcp.trust.making import NewChain
from dcp.trust.order import CertificateChain
from dcp.trust.signature import Examination, examine_enveloped, examine_kdm, verify_enveloped, verify_kdm
from dcp.trust.signer import Signer
from dcp.trust.signing import sign_document, sign_kdm

CPL = """<?xml version="1.0" encoding="UTF-8"?>
<!-- made for a test --><?a b?>
<CompositionPlaylist xmlns="{namespace}">
  <Id>urn:uuid:604a8a03-c0ef-4816-8315-f31a45b75506</Id>
  <!-- a note -->
  <IssueDate>2027-05-01T12:00:00+02:00</IssueDate>
  <ContentTitleText>R&#252;ckw&#xE4;rts &amp; "quer" <![CDATA[<3]]></ContentTitleText>
  <meta:Extra xmlns:meta="http://example.org/meta" b="2" a="1"><meta:Inner><Plain/></meta:Inner></meta:Extra>
  <ReelList/>
</CompositionPlaylist>
<?after this?><!-- and that -->
"""
SMPTE_CPL = CPL.format(namespace="http://www.smpte-ra.org/schemas/429-7/2006/CPL").encode()
INTEROP_CPL = CPL.format(namespace="http://www.digicine.com/PROTO-ASDCP-CPL-20040511#").encode()

KDM = r"""<?xml version="1.0" encoding="UTF-8"?>
<DCinemaSecurityMessage xmlns="http://www.smpte-ra.org/schemas/430-3/2006/ETM"{more}>
  <AuthenticatedPublic Id="ID_AuthenticatedPublic">
    <MessageId>urn:uuid:0692e14f-8cfc-443c-b9f5-893cd193f074</MessageId>
    <IssueDate>2027-05-01T12:00:00+02:00</IssueDate>
    <Signer>
      <ds:X509IssuerName xmlns:ds="http://www.w3.org/2000/09/xmldsig#">{issuer}</ds:X509IssuerName>
      <ds:X509SerialNumber xmlns:ds="http://www.w3.org/2000/09/xmldsig#">{serial}</ds:X509SerialNumber>
    </Signer>
    <RequiredExtensions>
      <KDMRequiredExtensions xmlns="http://www.smpte-ra.org/schemas/430-1/2006/KDM">
        <Flag>above-channel-12</Flag>
      </KDMRequiredExtensions>
    </RequiredExtensions>
  </AuthenticatedPublic>
  <AuthenticatedPrivate Id="ID_AuthenticatedPrivate">
    <enc:EncryptedKey xmlns:enc="http://www.w3.org/2001/04/xmlenc#">QUJD</enc:EncryptedKey>
  </AuthenticatedPrivate>
</DCinemaSecurityMessage>
"""
DSIG = "http://www.w3.org/2000/09/xmldsig#"
ETM = "http://www.smpte-ra.org/schemas/430-3/2006/ETM"


def unsigned_kdm(certificate: Certificate, more: str = "") -> bytes:
    return KDM.format(issuer=certificate.issuer, serial=certificate.serial, more=more).encode()


@pytest.fixture(scope="session")
def cpl(signer_chain: NewChain) -> bytes:
    return sign_document(SMPTE_CPL, signer_chain.signer)


@pytest.fixture(scope="session")
def kdm(signer_chain: NewChain) -> bytes:
    return sign_kdm(unsigned_kdm(signer_chain.leaf), signer_chain.signer)


def edit(data: bytes, old: str | bytes, new: str | bytes, count: int = 1) -> bytes:
    old, new = (text.encode() if isinstance(text, str) else text for text in (old, new))
    assert old in data, "the edit found nothing to change"
    return data.replace(old, new, count)


def failed(examination: Examination) -> list[str]:
    assert (examination.verified is None) == (examination.error is not None)
    return [step.id for step in examination.steps if step.result == "fail"]


def refused_cpl(data: bytes, id: str, told: str) -> None:
    examination = examine_enveloped(data, where="cpl.xml")
    assert failed(examination)[0] == id
    with pytest.raises(SignatureError, match=told or None) as refused:
        verify_enveloped(data, where="cpl.xml")
    assert refused.value.where is not None and refused.value.where.startswith("cpl.xml")


def refused_kdm(data: bytes, id: str, told: str) -> None:
    examination = examine_kdm(data, where="kdm.xml")
    assert failed(examination)[0] == id
    with pytest.raises(SignatureError, match=told or None):
        verify_kdm(data, where="kdm.xml")


# --- what holds ---


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


# --- what was changed after signing ---


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


# --- algorithms, references, transforms ---


def methods(suite: Suite) -> dict[str, tuple[str, ...]]:
    return {"signature_methods": suite.signature_methods}


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


# --- wrapping ---


def moved(data: bytes, change: Callable[[etree._Element], None]) -> bytes:
    root = etree.fromstring(data)
    change(root)
    return bytes(etree.tostring(root.getroottree(), encoding="utf-8"))


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


# --- who signed ---


def reverse_key_info(data: bytes) -> bytes:
    def change(root: etree._Element) -> None:
        key_info = root[-1][2]
        key_info[:] = list(reversed(key_info))

    return moved(data, change)


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


# --- what is not signed ---


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


# --- whatever comes ---


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
