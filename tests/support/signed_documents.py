"""A playlist and a message to sign, and how a wrong one is refused."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from lxml import etree

from dcp.errors import SignatureError
from dcp.suite import Suite
from dcp.trust.certificate import Certificate
from dcp.trust.signature import Examination, examine_enveloped, examine_kdm, verify_enveloped, verify_kdm

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


def unsigned_kdm(certificate: Certificate, more: str = "") -> bytes:
    return KDM.format(issuer=certificate.issuer, serial=certificate.serial, more=more).encode()


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


def methods(suite: Suite) -> dict[str, tuple[str, ...]]:
    return {"signature_methods": suite.signature_methods}


def moved(data: bytes, change: Callable[[etree._Element], None]) -> bytes:
    root = etree.fromstring(data)
    change(root)
    return bytes(etree.tostring(root.getroottree(), encoding="utf-8"))
