"""A forge for certificates with one fault each, and small documents to sign."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from dcp.suite import SHA256_WITH_RSA, sign
from dcp.trust import der
from dcp.trust.certificate import Certificate
from dcp.trust.chain import NewChain
from dcp.trust.fields import (
    AUTHORITY_KEY_IDENTIFIER,
    BASIC_CONSTRAINTS,
    KEY_USAGE,
    KEY_USAGES,
    SUBJECT_KEY_IDENTIFIER,
)
from dcp.trust.making import dn_qualifier_of
from dcp.trust.names import Name, make_name

NOW = datetime(2027, 6, 1, 12, tzinfo=UTC)
Forge = Callable[..., Certificate]


@pytest.fixture(scope="session")
def now() -> datetime:
    """An instant inside the windows of the session's chains."""
    return NOW


def name(key: RSAPublicKey, common_name: str, organization: str = "Example.org") -> Name:
    return make_name(
        organization=organization,
        unit="test.example.org",
        common_name=common_name,
        dn_qualifier=dn_qualifier_of(key),
    )


def extension(oid: str, value: bytes, critical: bool = False) -> bytes:
    return der.sequence(der.oid(oid), der.boolean(True) if critical else b"", der.octets(value))


def usage(*names: str) -> bytes:
    return der.named_bits(KEY_USAGES.index(one) for one in names)


def forge(
    *,
    issuer: Certificate,
    signing_key: RSAPrivateKey,
    public_key: RSAPublicKey,
    fields: Mapping[str, bytes] = {},
    extensions: Mapping[str, bytes] = {},
    inner: str = SHA256_WITH_RSA,
    outer: str = SHA256_WITH_RSA,
    common_name: str = "CS.forged.example.org",
    serial: int = 4711,
    window: tuple[datetime, datetime] | None = None,
) -> Certificate:
    """A good leaf, but for what is given. `fields` and `extensions` replace encoded parts; b"" leaves out."""
    spki = public_key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    key_id = hashlib.sha1(public_key.public_bytes(Encoding.DER, PublicFormat.PKCS1)).digest()
    window = window or (issuer.not_before, issuer.not_after)
    authority = der.sequence(
        der.tlv(0x80, issuer.subject_key_identifier or b""),
        der.tlv(0xA1, der.tlv(0xA4, issuer.issuer_name.encode())),
        der.tlv(0x82, der.integer(issuer.serial)[2:]),
    )
    parts = {
        BASIC_CONSTRAINTS: extension(BASIC_CONSTRAINTS, der.sequence(), critical=True),
        KEY_USAGE: extension(KEY_USAGE, usage("digitalSignature", "keyEncipherment")),
        SUBJECT_KEY_IDENTIFIER: extension(SUBJECT_KEY_IDENTIFIER, der.octets(key_id)),
        AUTHORITY_KEY_IDENTIFIER: extension(AUTHORITY_KEY_IDENTIFIER, authority),
        **extensions,
    }
    tbs = {
        "version": der.tlv(0xA0, der.integer(2)),
        "serialNumber": der.integer(serial),
        "signature": der.sequence(der.oid(inner), der.tlv(der.NULL, b"")),
        "issuer": issuer.subject_name.encode(),
        "validity": der.sequence(der.time(window[0]), der.time(window[1])),
        "subject": name(public_key, common_name).encode(),
        "subjectPublicKeyInfo": spki,
        "extensions": der.tlv(0xA3, der.sequence(*parts.values())),
        "signatureAlgorithm": der.sequence(der.oid(outer), der.tlv(der.NULL, b"")),
        "signatureValue": b"",
        **fields,
    }
    outer_algorithm, value = tbs.pop("signatureAlgorithm"), tbs.pop("signatureValue")
    body = der.sequence(*tbs.values())
    if "signatureValue" not in fields:
        value = der.bits(sign(outer, signing_key, body))
    return Certificate(der.sequence(body, outer_algorithm, value))


@pytest.fixture(scope="session")
def forge_leaf(signer_chain: NewChain) -> Forge:
    """`forge_leaf(serial=-1)`: a leaf under the session's intermediate, right but for what is given."""

    def make(**changes: Any) -> Certificate:
        arguments: dict[str, Any] = {
            "issuer": signer_chain.chain[1],
            "signing_key": signer_chain.private_keys[1],
            "public_key": signer_chain.private_keys[0].public_key(),
        }
        return forge(**{**arguments, **changes})

    return make


@pytest.fixture(scope="session")
def small_key() -> RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=1024)


@pytest.fixture(scope="session")
def exponent_three() -> RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=3, key_size=2048)
