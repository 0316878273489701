"""Certificates in odd wrappings are read, and what is no certificate is called what it is."""

from __future__ import annotations

import base64
import io
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7, pkcs12
from hypothesis import given
from hypothesis import strategies as st

from dcp.errors import CertificateError
from dcp.trust.certificate import Certificate, read_certificates
from dcp.trust.making import NewChain, private_key_pem
from dcp.trust.parcels import MAX_BYTES


def block(kind: str, data: bytes) -> bytes:
    return (
        f"-----BEGIN {kind}-----\n".encode() + base64.encodebytes(data) + f"-----END {kind}-----\n".encode()
    )


def archive(files: Mapping[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as made:
        for name, data in files.items():
            made.writestr(name, data)
    return stream.getvalue()


def bundle(chain: NewChain, encoding: Encoding) -> bytes:
    found = [x509.load_der_x509_certificate(each.der) for each in chain.chain]
    return pkcs7.serialize_certificates(found, encoding)


Wrap = Callable[[NewChain], bytes]

LEAF: dict[str, Wrap] = {
    "utf-8 with a mark": lambda chain: b"\xef\xbb\xbf" + chain.chain.leaf.pem().encode(),
    "utf-16 le": lambda chain: chain.chain.leaf.pem().encode("utf-16"),
    "utf-16 be": lambda chain: b"\xfe\xff" + chain.chain.leaf.pem().encode("utf-16-be"),
    "utf-16 without a mark": lambda chain: chain.chain.leaf.pem().encode("utf-16-le"),
    "base64 alone": lambda chain: base64.encodebytes(chain.chain.leaf.der),
    "base64 in one line": lambda chain: base64.b64encode(chain.chain.leaf.der),
    "base64 with CRLF": lambda chain: base64.encodebytes(chain.chain.leaf.der).replace(b"\n", b"\r\n"),
    "trusted": lambda chain: block("TRUSTED CERTIFICATE", chain.chain.leaf.der + b"\x30\x00"),
    "trusted, nothing set": lambda chain: block("TRUSTED CERTIFICATE", chain.chain.leaf.der),
    "zip": lambda chain: archive({"a/leaf.pem": chain.chain.leaf.pem().encode()}),
    "zip of der": lambda chain: archive({"leaf.cer": chain.chain.leaf.der, "readme.txt": b"hello"}),
    "zip of utf-16": lambda chain: archive({"leaf": chain.chain.leaf.pem().encode("utf-16")}),
    "zip of macOS": lambda chain: archive(
        {"leaf.pem": chain.chain.leaf.pem().encode(), "__MACOSX/._leaf.pem": b"\x00\x05\x16\x07"}
    ),
}  # fmt: skip
WHOLE: dict[str, Wrap] = {
    "pkcs#7": lambda chain: bundle(chain, Encoding.DER),
    "pkcs#7, pem": lambda chain: bundle(chain, Encoding.PEM),
    "pkcs#7 as cms": lambda chain: block("CMS", bundle(chain, Encoding.DER)),
    "pkcs#7, base64 alone": lambda chain: base64.encodebytes(bundle(chain, Encoding.DER)),
    "pkcs#7, utf-16": lambda chain: bundle(chain, Encoding.PEM).decode().encode("utf-16"),
    "pkcs#7 in a zip": lambda chain: archive({"chain.p7b": bundle(chain, Encoding.DER)}),
    "a zip of each": lambda chain: archive(
        {f"{number}.pem": each.pem().encode() for number, each in enumerate(chain.chain)}
    ),
}  # fmt: skip
BESIDE: dict[str, Callable[[NewChain, bytes], bytes]] = {
    "der": lambda chain, leaf: leaf + chain.chain.root.der,
    "utf-16": lambda chain, leaf: leaf + chain.chain.root.pem().encode("utf-16-le"),
    "behind utf-16": lambda chain, leaf: leaf.decode().encode("utf-16") + chain.chain.root.pem().encode(),
    "base64 alone": lambda chain, leaf: leaf + base64.encodebytes(chain.chain.root.der),
    "half of a bundle": lambda chain, leaf: leaf + bundle(chain, Encoding.PEM)[:-20],
    "another name": lambda chain, leaf: leaf + block("PKCS #7 SIGNED DATA", bundle(chain, Encoding.DER)),
    "an archive": lambda chain, leaf: leaf + archive({"root.pem": chain.chain.root.pem().encode()}),
    "in an archive within": lambda chain, leaf: archive({"a.pem": leaf, "b.zip": archive({"b.pem": leaf})}),
    "half of one in an archive": lambda chain, leaf: archive({"a.pem": leaf, "b.txt": leaf[:-20]}),
}


@pytest.mark.parametrize("form", LEAF)
def test_a_certificate_is_read_from_each_wrapping(form: str, device_chain: NewChain, tmp_path: Path) -> None:
    data = LEAF[form](device_chain)
    assert read_certificates(data) == (device_chain.chain.leaf,)
    (tmp_path / "file").write_bytes(data)
    assert read_certificates(tmp_path / "file") == (device_chain.chain.leaf,)


@pytest.mark.parametrize("form", WHOLE)
def test_a_chain_is_read_from_each_wrapping(form: str, device_chain: NewChain) -> None:
    assert set(read_certificates(WHOLE[form](device_chain))) == set(device_chain.chain)


def key_der(chain: NewChain, form: serialization.PrivateFormat) -> bytes:
    return chain.private_key.private_bytes(Encoding.DER, form, serialization.NoEncryption())


def locked(chain: NewChain) -> bytes:
    return chain.private_key.private_bytes(
        Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.BestAvailableEncryption(b"x")
    )


def p12(chain: NewChain) -> bytes:
    own = x509.load_der_x509_certificate(chain.chain.leaf.der)
    return pkcs12.serialize_key_and_certificates(
        b"x", chain.private_key, own, None, serialization.BestAvailableEncryption(b"x")
    )


OTHERS: dict[str, tuple[Wrap, str]] = {
    "key": (lambda chain: private_key_pem(chain.private_key), "private-key"),
    "key, utf-16": (
        lambda chain: private_key_pem(chain.private_key).decode().encode("utf-16"), "private-key",
    ),
    "key, pkcs#8": (lambda chain: key_der(chain, serialization.PrivateFormat.PKCS8), "private-key"),
    "key, pkcs#1": (
        lambda chain: key_der(chain, serialization.PrivateFormat.TraditionalOpenSSL), "private-key",
    ),
    "key, locked": (locked, "private-key"),
    "key, base64": (
        lambda chain: base64.encodebytes(key_der(chain, serialization.PrivateFormat.PKCS8)), "private-key",
    ),
    "key in a zip": (lambda chain: archive({"leaf.key": private_key_pem(chain.private_key)}), "private-key"),
    "pkcs#12": (p12, "pkcs12"),
    "request": (lambda chain: block("CERTIFICATE REQUEST", b"0" * 90), "request"),
    "public key": (lambda chain: block("PUBLIC KEY", b"0" * 90), "public-key"),
    "crl": (lambda chain: block("X509 CRL", b"0" * 90), "revocations"),
    "pdf": (lambda chain: b"%PDF-1.7\n...", "pdf"),
    "outlook": (lambda chain: bytes.fromhex("d0cf11e0a1b11ae1") + bytes(500), "office"),
    "jpeg": (lambda chain: b"\xff\xd8\xff\xe0" + bytes(90), "picture"),
    "png": (lambda chain: b"\x89PNG\r\n\x1a\n" + bytes(90), "picture"),
    "heic": (lambda chain: b"\x00\x00\x00\x20ftypheic", "picture"),
    "page": (lambda chain: b"\n<!DOCTYPE HTML>\n<html><body>Login</body></html>", "web-page"),
    "page without a type": (lambda chain: b"<HTML><head></head></HTML>", "web-page"),
    "xml": (lambda chain: b'<?xml version="1.0"?><FacilityListMessage/>', "xml"),
    "mail": (lambda chain: b"From: a@example.com\nSubject: certificate\nMIME-Version: 1.0\n\nhello", "mail"),
    "keys file": (lambda chain: b'{"cpl_id": null, "keys": []}', "json"),
    "empty": (lambda chain: b"", "empty"),
    "blank": (lambda chain: b"\r\n \n", "empty"),
    "text": (lambda chain: b"hello", "none"),
    "zip of other things": (lambda chain: archive({"readme.txt": b"hello"}), "zip-without"),
    "zip that is cut": (lambda chain: archive({"a.pem": bytes(900)})[:-30], "zip-broken"),
    "zip that is too much": (lambda chain: archive({"a.pem": bytes(MAX_BYTES + 1)}), "zip-large"),
    "zip of many": (lambda chain: archive({f"{n}.txt": b"" for n in range(1025)}), "zip-large"),
    "pkcs#7 that is cut": (lambda chain: bundle(chain, Encoding.DER)[:-30], "pkcs7-broken"),
    "pkcs#7 that is no base64": (lambda chain: b"-----BEGIN PKCS7-----\nA\n-----END PKCS7-----", "no-base64"),
    "rejected": (
        lambda chain: block(
            "TRUSTED CERTIFICATE", chain.chain.leaf.der + bytes.fromhex("300ca00a06082b06010505070301")
        ),
        "rejected",
    ),
}  # fmt: skip


@pytest.mark.parametrize("form", OTHERS)
def test_what_is_no_certificate_is_called_what_it_is(form: str, device_chain: NewChain) -> None:
    make, id = OTHERS[form]
    with pytest.raises(CertificateError) as caught:
        read_certificates(make(device_chain), where="file")
    assert caught.value.id == f"certificate-file.{id}"
    assert (caught.value.where or "").startswith("file")
    assert caught.value.remedy and caught.value.say("zh") != caught.value.what


def test_a_locked_zip_is_told(device_chain: NewChain) -> None:
    data = bytearray(archive({"leaf.pem": device_chain.chain.leaf.pem().encode()}))
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    with pytest.raises(CertificateError) as caught:
        read_certificates(bytes(data))
    assert caught.value.id == "certificate-file.zip-locked"


def test_no_key_is_shown(device_chain: NewChain) -> None:
    pem = private_key_pem(device_chain.private_key)
    with pytest.raises(CertificateError) as caught:
        read_certificates(pem)
    assert pem.splitlines()[3].decode() not in str(caught.value)


def test_certificates_beside_their_key_are_read(device_chain: NewChain) -> None:
    data = private_key_pem(device_chain.private_key) + device_chain.chain.leaf.pem().encode()
    assert read_certificates(data) == (device_chain.chain.leaf,)


@given(st.binary(max_size=200), st.sampled_from([b"", b"PK\x03\x04", b"\x30\x82", b"\xff\xfe", b"MII"]))
def test_whatever_comes_is_one_error(data: bytes, start: bytes) -> None:
    try:
        found: Any = read_certificates(start + data)
    except CertificateError:
        return
    assert all(isinstance(each, Certificate) for each in found)


def test_a_long_line_that_is_nearly_base64_takes_no_time() -> None:
    with pytest.raises(CertificateError):
        read_certificates(b"M" * 500_000 + b"!")


def test_a_certificate_in_der_is_that_one_whatever_stands_in_it(device_chain: NewChain) -> None:
    """A text in an extension is no certificate: it would be trusted in the place of the one that is shown."""
    outer = smuggling(device_chain, device_chain.chain.root.pem().encode())
    for data in (outer, base64.encodebytes(outer), archive({"device.cer": outer})):
        assert [each.der for each in read_certificates(data)] == [outer]
    with pytest.raises(CertificateError, match="bytes follow"):
        read_certificates(outer + device_chain.chain.leaf.pem().encode())


@pytest.mark.parametrize("form", BESIDE)
def test_no_certificate_is_passed_over(form: str, device_chain: NewChain) -> None:
    leaf = device_chain.chain.leaf.pem().encode()
    with pytest.raises(CertificateError) as caught:
        read_certificates(BESIDE[form](device_chain, leaf))
    assert caught.value.id in ("cert.beside", "cert.edges-do-not-fit", "certificate-file.zip-within")


def smuggling(chain: NewChain, text: bytes) -> bytes:
    """A certificate with a text in an extension, signed by nobody who matters."""
    leaf = x509.load_der_x509_certificate(chain.chain.leaf.der)
    made = x509.CertificateBuilder(
        leaf.issuer, leaf.subject, leaf.public_key(), 5, leaf.not_valid_before_utc, leaf.not_valid_after_utc
    ).add_extension(x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.4"), text), critical=False)
    return made.sign(chain.private_key, hashes.SHA256()).public_bytes(Encoding.DER)
