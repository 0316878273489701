"""Which algorithms a signed document, a key message, and an encrypted file use, as one value.

The only place that names the algorithm URIs of XML signatures and of key transport, and the object
identifiers of certificate signatures. Another profile (SM2, SM3, SM4) is another `Suite`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from typing import Literal, Protocol

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from dcp.dataclass import dataclass

Profile = Literal["smpte", "interop"]

_C14N = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
_WITH_COMMENTS = "#WithComments"
_DSIG = "http://www.w3.org/2000/09/xmldsig#"
_ENVELOPED = _DSIG + "enveloped-signature"
_RSA_SHA1 = _DSIG + "rsa-sha1"
_RSA_SHA256 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
_SHA1 = _DSIG + "sha1"
_SHA256 = "http://www.w3.org/2001/04/xmlenc#sha256"
_RSA_OAEP = "http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p"

SHA1_WITH_RSA = "1.2.840.113549.1.1.5"
SHA256_WITH_RSA = "1.2.840.113549.1.1.11"
RSA_ENCRYPTION = "1.2.840.113549.1.1.1"

_HASHES: Mapping[str, type[hashes.HashAlgorithm]] = {
    _RSA_SHA1: hashes.SHA1,
    _RSA_SHA256: hashes.SHA256,
    SHA1_WITH_RSA: hashes.SHA1,
    SHA256_WITH_RSA: hashes.SHA256,
    "1.2.840.113549.1.1.12": hashes.SHA384,
    "1.2.840.113549.1.1.13": hashes.SHA512,
}
_DIGESTS = {_SHA1: hashlib.sha1, _SHA256: hashlib.sha256}
_OAEP_MASKS: Mapping[str, type[hashes.HashAlgorithm]] = {_RSA_OAEP: hashes.SHA1}  # this URI fixes MGF1
_OAEP_DIGESTS: Mapping[str, type[hashes.HashAlgorithm]] = {_SHA1: hashes.SHA1}

ALGORITHM_NAMES: Mapping[str, str] = {
    SHA1_WITH_RSA: "sha1WithRSAEncryption",
    SHA256_WITH_RSA: "sha256WithRSAEncryption",
    "1.2.840.113549.1.1.12": "sha384WithRSAEncryption",
    "1.2.840.113549.1.1.13": "sha512WithRSAEncryption",
    "1.2.840.113549.1.1.4": "md5WithRSAEncryption",
    "1.2.840.113549.1.1.2": "md2WithRSAEncryption",
    "1.2.840.113549.1.1.10": "RSASSA-PSS",
    RSA_ENCRYPTION: "rsaEncryption",
    "1.2.840.10045.2.1": "id-ecPublicKey",
    "1.2.840.10040.4.1": "id-dsa",
    "1.2.840.10040.4.3": "dsa-with-sha1",
    "2.16.840.1.101.3.4.3.2": "dsa-with-sha256",
    "1.2.840.10045.4.3.2": "ecdsa-with-SHA256",
    "1.3.101.112": "Ed25519",
}
"""Object identifiers of certificate algorithms, for messages."""


class HasPublicKey(Protocol):
    """A private key as far as its public half goes."""

    def public_key(self) -> RSAPublicKey: ...


class SigningKey(HasPublicKey, Protocol):
    """What signs: an RSA private key in this process, or one that stays in a token (`dcp.trust.token`)."""

    def sign(
        self, data: bytes, padding: padding.AsymmetricPadding, algorithm: hashes.HashAlgorithm, /
    ) -> bytes: ...


@dataclass(frozen=True)
class Suite:
    """The algorithms of one kind of signed document.

    canonicalization: of SignedInfo. signature_methods, digest_method: URIs; the first signature method is the
    one written. transforms: URIs of each Reference. key_transport, key_transport_digest: of EncryptedKey.
    certificate_signatures: object identifiers that a signer's chain may use.
    """

    name: str
    profile: Profile
    canonicalization: str
    signature_methods: tuple[str, ...]
    digest_method: str
    transforms: tuple[str, ...]
    certificate_signatures: tuple[str, ...]
    key_transport: str = _RSA_OAEP
    key_transport_digest: str = _SHA1

    @property
    def signature_method(self) -> str:
        return self.signature_methods[0]

    @property
    def with_comments(self) -> bool:
        """Whether the canonical form of SignedInfo keeps comments."""
        return self.canonicalization.endswith(_WITH_COMMENTS)

    @property
    def key_padding(self) -> padding.AsymmetricPadding:
        """What `key_transport` with `key_transport_digest` pads a key with, before RSA: no label (OAEP)."""
        mask, digest = _OAEP_MASKS[self.key_transport], _OAEP_DIGESTS[self.key_transport_digest]
        return padding.OAEP(mgf=padding.MGF1(mask()), algorithm=digest(), label=None)

    def digest(self, data: bytes) -> bytes:
        """The digest of a Reference."""
        return _DIGESTS[self.digest_method](data, usedforsecurity=True).digest()

    def sign(self, private_key: SigningKey, data: bytes) -> bytes:
        """The signature over a canonical SignedInfo (RSASSA-PKCS1-v1_5)."""
        return sign(self.signature_method, private_key, data)


SMPTE = Suite(
    name="SMPTE",
    profile="smpte",
    canonicalization=_C14N,
    signature_methods=(_RSA_SHA256,),
    digest_method=_SHA1,
    transforms=(_ENVELOPED,),
    certificate_signatures=(SHA256_WITH_RSA,),
)
"""CPL and PKL of ST 429-7 and ST 429-8, as every such document seen in the field has it."""

INTEROP = Suite(
    name="Interop",
    profile="interop",
    canonicalization=_C14N,
    signature_methods=(_RSA_SHA1, _RSA_SHA256),
    digest_method=_SHA1,
    transforms=(_ENVELOPED,),
    certificate_signatures=(SHA256_WITH_RSA, SHA1_WITH_RSA),
)
"""CPL and PKL of the Interop format: the only documents whose signature may rest on SHA-1."""

KDM_SUITE = Suite(
    name="KDM",
    profile="smpte",
    canonicalization=_C14N + _WITH_COMMENTS,
    signature_methods=(_RSA_SHA256,),
    digest_method=_SHA256,
    transforms=(),
    certificate_signatures=(SHA256_WITH_RSA,),
)
"""Key messages of ST 430-1 and ST 430-3."""

FACILITY_LISTS = (SMPTE, replace(SMPTE, name="facility list", digest_method=_SHA256))
"""Facility lists, whose standards fix no algorithms: the form of a CPL, with either digest."""

EVIDENCE = replace(SMPTE, name="evidence", digest_method=_SHA256)
"""What signs a bundle of evidence: the form of a CPL, with SHA-256 throughout."""


def suite_for(namespace: str) -> Suite | None:
    """The suite of a CPL or PKL by its root's namespace; None when it is neither SMPTE's nor Interop's."""
    if namespace.startswith("http://www.smpte-ra.org/"):
        return SMPTE
    if namespace.startswith("http://www.digicine.com/PROTO-ASDCP-"):
        return INTEROP
    return None


def sign(algorithm: str, private_key: SigningKey, data: bytes) -> bytes:
    """An RSASSA-PKCS1-v1_5 signature. algorithm: a signature method URI, or a certificate's identifier."""
    return private_key.sign(data, padding.PKCS1v15(), _HASHES[algorithm]())


def signature_fits(algorithm: str, public_key: RSAPublicKey, signature: bytes, data: bytes) -> bool:
    """Whether an RSASSA-PKCS1-v1_5 signature holds. algorithm: a signature method URI or a certificate's
    object identifier; an unknown one holds nothing."""
    hash_type = _HASHES.get(algorithm)
    if hash_type is None:
        return False
    try:
        public_key.verify(signature, data, padding.PKCS1v15(), hash_type())
    except (InvalidSignature, UnsupportedAlgorithm, ValueError):
        return False
    return True


def algorithm_name(algorithm: str | None) -> str:
    """An algorithm for a message: a known object identifier by name, the end of a URI, or as it is."""
    if algorithm is None:
        return "none"
    return ALGORITHM_NAMES.get(algorithm) or algorithm.rpartition("/")[2][:80] or "none"
