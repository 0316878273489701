"""Signing a KDM anew by an own way, whatever stands in it, and a reader of signatures that is too trusting.

Both look for what is signed by its Id alone, wherever it stands, as many readers of XML signatures do. So a
message whose parts were moved around still holds for such a reader: that is what makes it an attack.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from lxml import etree

DS = "http://www.w3.org/2000/09/xmldsig#"
SHA1, SHA256 = DS + "sha1", "http://www.w3.org/2001/04/xmlenc#sha256"
SHA512 = "http://www.w3.org/2001/04/xmlenc#sha512"
RSA_SHA1, RSA_SHA256 = DS + "rsa-sha1", "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
RSA_SHA512 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512"
C14N = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
C14N_COMMENTS = C14N + "#WithComments"
EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#"
C14N_11 = "http://www.w3.org/2006/12/xml-c14n11"

_DIGESTS = {SHA1: "sha1", SHA256: "sha256", SHA512: "sha512"}
_HASHES: Mapping[str, hashes.HashAlgorithm] = {
    RSA_SHA1: hashes.SHA1(),
    RSA_SHA256: hashes.SHA256(),
    RSA_SHA512: hashes.SHA512(),
}


def canonical(element: etree._Element, *, with_comments: bool = False, exclusive: bool = False) -> bytes:
    """Inclusive unless said otherwise; read again first, as the library's form inside a document is wrong."""
    alone = etree.fromstring(etree.tostring(element, with_tail=False))
    return bytes(etree.tostring(alone, method="c14n", with_comments=with_comments, exclusive=exclusive))


def targets(root: etree._Element, uri: str) -> list[etree._Element]:
    """Every element of that Id, in the order of the document; the root for an empty URI."""
    if not uri:
        return [root]
    found = re.fullmatch(r"#(?:xpointer\(id\('(.*?)'\)\)|(.*))", uri)
    id = (found[1] or found[2]) if found else uri
    return [element for element in root.iter(etree.Element) if id in (element.get("Id"), element.get("ID"))]


def resigned(text: str, key: RSAPrivateKey) -> str:
    """The document with every digest and the signature value made anew by the algorithms it names."""
    root = etree.fromstring(text.encode())
    signature = next(root.iter(f"{{{DS}}}Signature"))
    for place, reference in enumerate(signature.iter(f"{{{DS}}}Reference")):
        method = reference.find(f"{{{DS}}}DigestMethod")
        assert method is not None
        found = targets(root, reference.get("URI") or "")
        form = canonical(found[0]) if found else b""
        digest = hashlib.new(_DIGESTS.get(str(method.get("Algorithm")), "sha256"), form).digest()
        text = _nth(text, "DigestValue", place, base64.b64encode(digest).decode())
    return valued(text, signed_info_value(text, key))


def signed_info_value(text: str, key: RSAPrivateKey) -> bytes:
    info = next(etree.fromstring(text.encode()).iter(f"{{{DS}}}SignedInfo"))
    form, method = _methods(info)
    scheme = _HASHES.get(method, hashes.SHA256())
    return key.sign(
        canonical(info, with_comments="WithComments" in form, exclusive="exc-c14n" in form),
        padding.PKCS1v15(),
        scheme,
    )


def valued(text: str, value: bytes | str) -> str:
    """The document with this signature value."""
    return _nth(text, "SignatureValue", 0, value if isinstance(value, str) else encoded(value))


def value_of(text: str) -> bytes:
    found = re.search(r"SignatureValue>([^<]*)<", text)
    assert found
    return base64.b64decode(found[1])


def encoded(value: bytes) -> str:
    return base64.b64encode(value).decode()


def holds_for_a_trusting_reader(data: bytes) -> bool:
    """Whether value and digests hold when each Id may be anywhere, and the first certificate is believed."""
    root = etree.fromstring(data)
    signature = next(root.iter(f"{{{DS}}}Signature"), None)
    if signature is None:
        return False
    info = signature.find(f"{{{DS}}}SignedInfo")
    value = signature.findtext(f"{{{DS}}}SignatureValue")
    certificate = next(signature.iter(f"{{{DS}}}X509Certificate"), None)
    if info is None or value is None or certificate is None:
        return False
    loaded = x509.load_der_x509_certificate(base64.b64decode(str(certificate.text)))
    public = loaded.public_key()
    assert isinstance(public, RSAPublicKey)
    form, method = _methods(info)
    try:
        public.verify(
            base64.b64decode(value),
            canonical(info, with_comments="WithComments" in form, exclusive="exc-c14n" in form),
            padding.PKCS1v15(),
            _HASHES[method],
        )
    except (InvalidSignature, KeyError):
        return False
    return all(_digest_fits(root, reference) for reference in info.iter(f"{{{DS}}}Reference"))


def _digest_fits(root: etree._Element, reference: etree._Element) -> bool:
    method, value = reference.find(f"{{{DS}}}DigestMethod"), reference.findtext(f"{{{DS}}}DigestValue")
    assert method is not None and value is not None
    name = _DIGESTS[str(method.get("Algorithm"))]
    wanted = base64.b64decode(value)
    found = targets(root, reference.get("URI") or "")
    return any(hashlib.new(name, canonical(element)).digest() == wanted for element in found)


def _methods(info: etree._Element) -> tuple[str, str]:
    names = ("CanonicalizationMethod", "SignatureMethod")
    form, method = (next(info.iter(f"{{{DS}}}{name}")).get("Algorithm") for name in names)
    return str(form), str(method)


def _nth(text: str, name: str, place: int, value: str) -> str:
    """The text with the content of the nth element of that name replaced."""
    found = list(re.finditer(rf"(<(?:\w+:)?{name}(?: [^>]*)?>)[^<]*(</(?:\w+:)?{name}>)", text))[place]
    return text[: found.end(1)] + value + text[found.start(2) :]
