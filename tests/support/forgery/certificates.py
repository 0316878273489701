"""Certificates with one fault each: every field and extension can be replaced, left out or set by hand."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from dcp.suite import SHA256_WITH_RSA, sign
from dcp.trust import der
from dcp.trust.certificate import Certificate
from dcp.trust.field_values import KEY_USAGES
from dcp.trust.fields import (
    AUTHORITY_KEY_IDENTIFIER,
    BASIC_CONSTRAINTS,
    KEY_USAGE,
    SUBJECT_KEY_IDENTIFIER,
)
from dcp.trust.making import NewChain, dn_qualifier_of
from dcp.trust.names import Attribute, Name, make_name

O, OU, CN, DNQ = "2.5.4.10", "2.5.4.11", "2.5.4.3", "2.5.4.46"  # noqa: E741


@functools.cache
def spare_key(bits: int = 2048, exponent: int = 65537, number: int = 0) -> RSAPrivateKey:
    """A key of nobody; each is made once, since making keys is slow."""
    return rsa.generate_private_key(public_exponent=exponent, key_size=bits)


def name(key: RSAPublicKey, common_name: str, organization: str, unit: str) -> Name:
    return make_name(
        organization=organization,
        unit=unit,
        common_name=common_name,
        dn_qualifier=dn_qualifier_of(key),
    )


def name_of(*attributes: tuple[str, str]) -> bytes:
    """The encoded name of these attributes in this order."""
    return Name(tuple((Attribute(kind, value),) for kind, value in attributes)).encode()


def extension(oid: str, value: bytes, critical: bool = False) -> bytes:
    return der.sequence(der.oid(oid), der.boolean(True) if critical else b"", der.octets(value))


def constraints(*content: bytes, critical: bool = True) -> dict[str, bytes]:
    return {BASIC_CONSTRAINTS: extension(BASIC_CONSTRAINTS, der.sequence(*content), critical)}


def authority_constraints(path_len: int) -> dict[str, bytes]:
    return constraints(der.boolean(True), der.integer(path_len))


def usage(*names: str) -> bytes:
    return der.named_bits(KEY_USAGES.index(one) for one in names)


def key_usage(*names: str, critical: bool = False) -> dict[str, bytes]:
    return {KEY_USAGE: extension(KEY_USAGE, usage(*names), critical)}


def authority_key(*parts: bytes) -> dict[str, bytes]:
    """An authorityKeyIdentifier of these parts: [0] key, [1] issuer, [2] serial."""
    return {AUTHORITY_KEY_IDENTIFIER: extension(AUTHORITY_KEY_IDENTIFIER, der.sequence(*parts))}


def issuer_part(encoded: bytes) -> bytes:
    return der.tlv(0xA1, der.tlv(0xA4, encoded))


def serial_part(serial: int) -> bytes:
    return der.tlv(0x82, der.integer(serial)[2:])


def algorithm(oid: str, parameters: bytes = der.tlv(der.NULL, b"")) -> bytes:
    return der.sequence(der.oid(oid), parameters)


def forge(
    *,
    issuer: Certificate | None,
    signing_key: RSAPrivateKey,
    public_key: RSAPublicKey,
    fields: Mapping[str, bytes] = {},
    extensions: Mapping[str, bytes] = {},
    inner: str = SHA256_WITH_RSA,
    outer: str = SHA256_WITH_RSA,
    signed_with: str | None = None,
    common_name: str = "CS.forged.example.org",
    organization: str = "Example.org",
    unit: str = "test.example.org",
    serial: int = 4711,
    window: tuple[datetime, datetime] | None = None,
    more: bytes = b"",
) -> Certificate:
    """A good leaf, but for what is given; self-signed without `issuer`.

    `fields` and `extensions` replace encoded parts; b"" leaves out. `more`: bytes at the end of the
    TBSCertificate. `signed_with`: the algorithm that the value is really made with.
    """
    spki = public_key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    key_id = hashlib.sha1(public_key.public_bytes(Encoding.DER, PublicFormat.PKCS1)).digest()
    subject = name(public_key, common_name, organization, unit)
    above = issuer.issuer_name if issuer else subject
    if window is None:
        assert issuer is not None, "a root has no issuer whose window it could take over"
        window = (issuer.not_before, issuer.not_after)
    authority = der.sequence(
        der.tlv(0x80, (issuer.subject_key_identifier or b"") if issuer else key_id),
        issuer_part(above.encode()),
        serial_part(issuer.serial if issuer else serial),
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
        "signature": algorithm(inner),
        "issuer": (issuer.subject_name if issuer else subject).encode(),
        "validity": der.sequence(der.time(window[0]), der.time(window[1])),
        "subject": subject.encode(),
        "subjectPublicKeyInfo": spki,
        "extensions": der.tlv(0xA3, der.sequence(*parts.values())),
        "signatureAlgorithm": algorithm(outer),
        "signatureValue": b"",
        **fields,
    }
    outer_algorithm, value = tbs.pop("signatureAlgorithm"), tbs.pop("signatureValue")
    body = der.sequence(*tbs.values(), more)
    if "signatureValue" not in fields:
        value = der.bits(sign(signed_with or outer, signing_key, body))
    return Certificate(der.sequence(body, outer_algorithm, value))


@dataclass(frozen=True)
class Bench:
    """A good chain of three with its keys, and the same certificates made anew with something changed.

    `other`: the chain of somebody else, a media block. `now`: an instant inside all windows.
    """

    good: NewChain
    other: NewChain
    now: datetime

    @property
    def organization(self) -> str:
        return self.good.leaf.organization

    def leaf(self, **changes: Any) -> Certificate:
        arguments: dict[str, Any] = {
            "issuer": self.good.chain[1],
            "signing_key": self.good.private_keys[1],
            "public_key": self.good.private_keys[0].public_key(),
            "organization": self.organization,
            "unit": self.good.leaf.subject_name.first(OU),
        }
        return forge(**{**arguments, **changes})

    def middle(self, **changes: Any) -> Certificate:
        """The intermediate; same name, key and number as the real one unless they are changed."""
        return self._authority(1, path_len=0, changes={"issuer": self.good.chain[2], **changes})

    def root(self, **changes: Any) -> Certificate:
        return self._authority(2, path_len=1, changes={"issuer": None, **changes})

    def _authority(self, place: int, *, path_len: int, changes: dict[str, Any]) -> Certificate:
        """That of the good chain at this place made anew; the root's key signs both."""
        own = self.good.chain[place]
        extensions = {
            **authority_constraints(path_len),
            **key_usage("keyCertSign", "cRLSign"),
            **changes.pop("extensions", {}),
        }
        arguments: dict[str, Any] = {
            "signing_key": self.good.private_keys[2],
            "public_key": self.good.private_keys[place].public_key(),
            "organization": self.organization,
            "unit": self.good.leaf.subject_name.first(OU),
            "common_name": own.common_name,
            "serial": own.serial,
            "window": (own.not_before, own.not_after),
        }
        return forge(**{**arguments, **changes}, extensions=extensions)

    def under(self, leaf: Certificate) -> tuple[Certificate, ...]:
        """This leaf with the good authorities."""
        return (leaf, *self.good.chain[1:])

    def with_leaf(self, **changes: Any) -> tuple[Certificate, ...]:
        return self.under(self.leaf(**changes))

    def with_middle(self, **changes: Any) -> tuple[Certificate, ...]:
        middle = self.middle(**changes)
        return (self.leaf(issuer=middle), middle, self.good.chain[2])

    def with_root(self, **changes: Any) -> tuple[Certificate, ...]:
        """A root with something changed, and an intermediate and a leaf made under it."""
        root = self.root(**changes)
        middle = self.middle(issuer=root)
        return (self.leaf(issuer=middle), middle, root)

    def mixed(self) -> tuple[Certificate, ...]:
        """The good chain, made by this forge: what every wrong one differs from."""
        return (self.leaf(), self.middle(), self.root())
