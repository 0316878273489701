"""Outside programs agree: openssl about chains, xmlsec1 about signatures."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from dcp.trust.making import NewChain, write_chain
from dcp.trust.signing import sign_document, sign_kdm

Oracle = Callable[[str], str]
pytestmark = pytest.mark.oracle

NAMESPACES = {
    "smpte": "http://www.smpte-ra.org/schemas/429-7/2006/CPL",
    "interop": "http://www.digicine.com/PROTO-ASDCP-CPL-20040511#",
}
CPL = """<?xml version="1.0"?>
<!-- before --><?before it?>
<CompositionPlaylist xmlns="{namespace}" xmlns:unused="http://example.org/unused" xml:lang="de">
  <Id>urn:uuid:604a8a03-c0ef-4816-8315-f31a45b75506</Id>
  <!-- a note -->
  <IssueDate>2026-05-01T12:00:00+02:00</IssueDate>
  <ContentTitleText>R&#252;ckw&#xE4;rts &amp; "quer" <![CDATA[<3]]> &#13;</ContentTitleText>
  <m:Extra xmlns:m="http://example.org/meta" b="2" a="x&#10;y"><m:Inner><Plain/></m:Inner></m:Extra>
  <ReelList xmlns=""/>
</CompositionPlaylist>
<?after it?>
"""
KDM = r"""<DCinemaSecurityMessage xmlns="http://www.smpte-ra.org/schemas/430-3/2006/ETM"{more}>
  <AuthenticatedPublic Id="ID_AuthenticatedPublic">
    <MessageId>urn:uuid:0692e14f-8cfc-443c-b9f5-893cd193f074</MessageId>
    <Signer>
      <d:X509IssuerName xmlns:d="http://www.w3.org/2000/09/xmldsig#">{issuer}</d:X509IssuerName>
      <d:X509SerialNumber xmlns:d="http://www.w3.org/2000/09/xmldsig#">{serial}</d:X509SerialNumber>
    </Signer>
    <RequiredExtensions>
      <KDMRequiredExtensions xmlns="http://www.smpte-ra.org/schemas/430-1/2006/KDM"><Flag>1<!-- -->2</Flag>
      </KDMRequiredExtensions>
    </RequiredExtensions>
  </AuthenticatedPublic>
  <AuthenticatedPrivate Id="ID_AuthenticatedPrivate">
    <e:EncryptedKey xmlns:e="http://www.w3.org/2001/04/xmlenc#"><e:CipherData>QUJD</e:CipherData></e:EncryptedKey>
  </AuthenticatedPrivate>
</DCinemaSecurityMessage>
"""


@pytest.fixture(scope="module")
def folder(signer_chain: NewChain, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("oracle") / "signer"
    write_chain(signer_chain, path)
    return path


def run(*command: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False)


def xmlsec(program: str, folder: Path, document: Path, *options: str) -> subprocess.CompletedProcess[str]:
    trust = ("--trusted-pem", folder / "root.pem", "--untrusted-pem", folder / "intermediate.pem")
    return run(program, "--verify", *options, *trust, document)


def test_openssl_accepts_new_chains_strictly(oracle: Oracle, folder: Path, device_chain: NewChain) -> None:
    openssl = oracle("openssl")
    write_chain(device_chain, folder.parent / "device")
    for each in (folder, folder.parent / "device"):
        root, intermediate, leaf = (each / f"{name}.pem" for name in ("root", "intermediate", "leaf"))
        told = run(openssl, "verify", "-x509_strict", "-CAfile", root, "-untrusted", intermediate, leaf)
        assert (told.returncode, told.stdout.strip()) == (0, f"{leaf}: OK"), told.stderr


def test_openssl_finds_key_and_certificate_a_pair(oracle: Oracle, folder: Path) -> None:
    openssl = oracle("openssl")
    of_key = run(openssl, "pkey", "-in", folder / "leaf.key", "-pubout").stdout
    of_certificate = run(openssl, "x509", "-in", folder / "leaf.pem", "-noout", "-pubkey").stdout
    assert of_key == of_certificate != ""


def test_openssl_reads_the_names_as_printable_strings(oracle: Oracle, folder: Path) -> None:
    dump = run(oracle("openssl"), "asn1parse", "-in", folder / "leaf.pem").stdout
    assert (dump.count("UTF8STRING"), dump.count("PRINTABLESTRING")) == (0, 8)


@pytest.mark.parametrize("standard", NAMESPACES)
def test_xmlsec_accepts_signed_playlists(
    standard: str, oracle: Oracle, folder: Path, signer_chain: NewChain, tmp_path: Path
) -> None:
    path = tmp_path / "cpl.xml"
    path.write_bytes(sign_document(CPL.format(namespace=NAMESPACES[standard]).encode(), signer_chain.signer))
    told = xmlsec(oracle("xmlsec1"), folder, path)
    assert told.returncode == 0, told.stderr
    path.write_bytes(path.read_bytes().replace(b"604a8a03", b"604a8a04"))
    assert xmlsec(oracle("xmlsec1"), folder, path).returncode != 0


@pytest.mark.parametrize(
    "more", ["", ' xmlns:ds="http://www.w3.org/2000/09/xmldsig#" xmlns:u="http://example.org/u"']
)
def test_xmlsec_accepts_signed_messages(
    more: str, oracle: Oracle, folder: Path, signer_chain: NewChain, tmp_path: Path
) -> None:
    leaf = signer_chain.leaf
    path = tmp_path / "kdm.xml"
    data = KDM.format(issuer=leaf.issuer, serial=leaf.serial, more=more).encode()
    path.write_bytes(sign_kdm(data, signer_chain.signer))
    ids = [f"--id-attr:Id={name}" for name in ("AuthenticatedPublic", "AuthenticatedPrivate")]
    options = [part for id in ids for part in id.split("=")]
    told = xmlsec(oracle("xmlsec1"), folder, path, *options)
    assert told.returncode == 0, told.stderr
    assert "2/2" in told.stderr + told.stdout


def test_xmlsec_agrees_about_the_golden_documents(oracle: Oracle, golden: Path) -> None:
    folder = golden / "libdcp" / "signer"
    for path in sorted((golden / "libdcp").glob("*/dcp/[cp][pk]l_*.xml")):
        assert xmlsec(oracle("xmlsec1"), folder, path).returncode == 0
