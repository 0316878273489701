"""Signing many KDMs with one signer: canonical forms written directly, fixed parts rendered once.

A test holds the result against the XML library's canonical form and against xmlsec1.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import field

from dcp.dataclass import dataclass
from dcp.suite import KDM_SUITE, SigningKey, sign
from dcp.trust.certificate import Certificate
from dcp.trust.signer import Signer
from kdm.message import PRIVATE_ID, PUBLIC_ID, IssuerSerial
from kdm.writing import (
    CANONICAL_SCOPE,
    escape,
    join_document,
    private_frame,
    wrap_base64,
)


@dataclass(frozen=True)
class MessageSigner:
    """A signer made ready: its thumbprint for the blocks, its name for the message, its KeyInfo whole."""

    chain: tuple[Certificate, ...]
    thumbprint: bytes
    issuer_serial: IssuerSerial
    key_info: bytes = field(repr=False)
    private_key: SigningKey = field(repr=False)

    @classmethod
    def of(cls, signer: Signer) -> MessageSigner:
        chain = tuple(signer.chain)
        leaf = chain[0]
        return cls(
            chain=chain,
            thumbprint=leaf.thumbprint(),
            issuer_serial=IssuerSerial(leaf.issuer, leaf.serial),
            key_info=_key_info(chain).encode(),
            private_key=signer.private_key,
        )

    def sign_public(self, public: str, cipher_values: Sequence[bytes]) -> bytes:
        """The whole document out of AuthenticatedPublic in canonical form: digested, signed, joined."""
        wrapped = [wrap_base64(value) for value in cipher_values]
        return self.sign_parts(
            public.encode(),
            _CANONICAL.fill(wrapped).encode("ascii"),
            _IN_DOCUMENT.fill(wrapped).encode("ascii"),
        )

    def sign_parts(self, public: bytes, private: bytes, in_document: bytes) -> bytes:
        """The same out of both parts in canonical form, and AuthenticatedPrivate as it will stand."""
        signed_info = _signed_info(public, private)
        value = sign(KDM_SUITE.signature_method, self.private_key, signed_info)
        return join_document(
            public,
            in_document,
            b"<ds:Signature>\n    ",
            signed_info.replace(_SCOPE, b"", 1),
            b"\n    <ds:SignatureValue>",
            wrap_base64(value).encode(),
            b"</ds:SignatureValue>\n",
            self.key_info,
            b"  </ds:Signature>",
        )


_CANONICAL, _IN_DOCUMENT = (
    private_frame(
        algorithm=KDM_SUITE.key_transport,
        digest_algorithm=KDM_SUITE.key_transport_digest,
        canonical=canonical,
    )
    for canonical in (True, False)
)
_SCOPE = CANONICAL_SCOPE.encode()
_DIGEST = f"""\
        <ds:DigestMethod Algorithm="{KDM_SUITE.digest_method}"></ds:DigestMethod>
        <ds:DigestValue>"""
_SIGNED_INFO = (
    f"""\
<ds:SignedInfo{CANONICAL_SCOPE}>
      <ds:CanonicalizationMethod Algorithm="{KDM_SUITE.canonicalization}"></ds:CanonicalizationMethod>
      <ds:SignatureMethod Algorithm="{KDM_SUITE.signature_method}"></ds:SignatureMethod>
      <ds:Reference URI="#{PUBLIC_ID}">
{_DIGEST}""",
    f"""</ds:DigestValue>
      </ds:Reference>
      <ds:Reference URI="#{PRIVATE_ID}">
{_DIGEST}""",
    """</ds:DigestValue>
      </ds:Reference>
    </ds:SignedInfo>""",
)
"""SignedInfo in canonical form, around its two digests, with the namespaces in scope where it will stand."""


def _signed_info(public: bytes, private: bytes) -> bytes:
    digests = [base64.b64encode(KDM_SUITE.digest(part)).decode("ascii") for part in (public, private)]
    return f"{_SIGNED_INFO[0]}{digests[0]}{_SIGNED_INFO[1]}{digests[1]}{_SIGNED_INFO[2]}".encode()


def _key_info(chain: Sequence[Certificate]) -> str:
    """One X509Data a certificate, leaf first, as every message of the field has it."""
    entries = "".join(
        f"      <ds:X509Data>\n"
        f"        <ds:X509IssuerSerial>\n"
        f"          <ds:X509IssuerName>{escape(certificate.issuer)}</ds:X509IssuerName>\n"
        f"          <ds:X509SerialNumber>{certificate.serial}</ds:X509SerialNumber>\n"
        f"        </ds:X509IssuerSerial>\n"
        f"        <ds:X509Certificate>{wrap_base64(certificate.der)}</ds:X509Certificate>\n"
        f"      </ds:X509Data>\n"
        for certificate in chain
    )
    return f"    <ds:KeyInfo>\n{entries}    </ds:KeyInfo>\n"
