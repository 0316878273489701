"""New chains of ST 430-2: root, intermediates (one, mostly), leaf, as the field's equipment takes them.

Names are PrintableStrings in the order O, OU, CN, dnQualifier; dnQualifier and SubjectKeyIdentifier come from
the public key; serial numbers stay below 2^31 and windows, where that can be, before January 2038, because
fields of older equipment overflow.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey

from dcp.dataclass import dataclass
from dcp.errors import UsageError
from dcp.output import finished_folder
from dcp.suite import SHA256_WITH_RSA, sign
from dcp.system import private_file
from dcp.texts.catalogue import text
from dcp.trust import der
from dcp.trust.certificate import Certificate
from dcp.trust.field_values import KEY_USAGES
from dcp.trust.fields import (
    AUTHORITY_KEY_IDENTIFIER,
    BASIC_CONSTRAINTS,
    KEY_USAGE,
    SUBJECT_KEY_IDENTIFIER,
)
from dcp.trust.locked_key import locked_private_key_pem
from dcp.trust.names import Name, is_printable, make_name
from dcp.trust.order import CertificateChain
from dcp.trust.roles import ROLES
from dcp.trust.signer import Signer

DEFAULT_DAYS, MAX_YEARS = 3649, 100
LAST_INSTANT = datetime(2038, 1, 18, tzinfo=UTC)
"""A day before 2^31 seconds of Unix time are over."""

MAX_INTERMEDIATES = 4  # real chains have up to six certificates
MAX_NAME = 64  # ub-common-name and its like, RFC 5280 appendix A
EXPONENT = 65537


@dataclass(frozen=True)
class NewChain:
    """chain: leaf first. private_keys: in the same order."""

    chain: CertificateChain
    private_keys: tuple[RSAPrivateKey, ...] = field(repr=False)

    @property
    def signer(self) -> Signer:
        return Signer(chain=self.chain, private_key=self.private_keys[0])

    @property
    def leaf(self) -> Certificate:
        return self.chain.leaf

    @property
    def private_key(self) -> RSAPrivateKey:
        """That of the leaf."""
        return self.private_keys[0]


def make_chain(
    *,
    organization: str,
    unit: str,
    role: str | Sequence[str],
    now: datetime,
    name: str | None = None,
    years: int | None = None,
    intermediates: int = 1,
    key_size: int = 2048,
) -> NewChain:
    """A fresh root, intermediates and leaf.

    role: tokens, `CS` or `SM SPB MD`. name: what follows them in the common names, the unit without it.
    years: without it just under 10, since checkers of the field warn of certificates that last longer, and
    shortened to end before 2038 where that leaves at least a year. The windows begin a
    day before `now`, and each ends a day before its parent's. intermediates: 0 to 4 authorities between root
    and leaf; each authority's path length allows those below it and no more. key_size: bits, 2048 in
    ST 430-2. UsageError for names, roles or numbers that no chain can carry.
    """
    tokens = check_roles(role)
    name = unit if name is None else name
    for what, words, room in (
        ("organization", organization, MAX_NAME),
        ("unit", unit, MAX_NAME),
        ("name", name, MAX_NAME - max(len(".INTERMEDIATE") + 1, len(" ".join(tokens)) + 1)),
    ):
        _check_text(what, words, room)
    if not 0 <= intermediates <= MAX_INTERMEDIATES:
        raise UsageError("chain.intermediates", most=MAX_INTERMEDIATES)
    start, end = _window(now, years)
    common_names = [f".{name}.ROOT"]
    common_names += [
        f".{name}.INTERMEDIATE" + (str(place) if intermediates > 1 else "")
        for place in range(1, intermediates + 1)
    ]
    common_names.append(f"{' '.join(tokens)}.{name}")
    keys = [rsa.generate_private_key(public_exponent=EXPONENT, key_size=key_size) for _ in common_names]
    made: list[Certificate] = []  # from the root down
    for place, (common_name, key, serial) in enumerate(
        zip(common_names, keys, _serials(len(keys)), strict=True)
    ):
        below = intermediates - place
        made.append(
            build_certificate(
                subject=make_name(
                    organization=organization,
                    unit=unit,
                    common_name=common_name,
                    dn_qualifier=dn_qualifier_of(key.public_key()),
                ),
                public_key=key.public_key(),
                serial=serial,
                window=(start, end - timedelta(days=place)),
                path_len=below if below >= 0 else None,
                issuer=made[-1] if made else None,
                signing_key=keys[max(place - 1, 0)],
            )
        )
    return NewChain(CertificateChain(tuple(reversed(made))), tuple(reversed(keys)))


def write_chain(new: NewChain, directory: Path, *, passphrase: str | None = None) -> None:
    """chain.pem (leaf first), root.pem, intermediate.pem, leaf.pem, and leaf.key (PKCS#8, mode 0600).

    intermediate.pem: all of them, the leaf's issuer first; no such file when there is none. passphrase: locks
    leaf.key.

    UsageError when the directory exists and is not empty, DcpError when it cannot be written.
    """
    leaf, *between, root = new.chain
    key = new.private_key
    with finished_folder(directory) as folder:
        for file, certificates in (
            ("chain.pem", tuple(new.chain)),
            ("root.pem", (root,)),
            ("intermediate.pem", tuple(between)),
            ("leaf.pem", (leaf,)),
        ):
            if certificates:
                pem = "".join(certificate.pem() for certificate in certificates)
                (folder / file).write_bytes(pem.encode("ascii"))
        with private_file(folder / "leaf.key") as stream:
            stream.write(
                private_key_pem(key) if passphrase is None else locked_private_key_pem(key, passphrase)
            )


def private_key_pem(key: RSAPrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def check_roles(role: str | Sequence[str]) -> tuple[str, ...]:
    """The tokens of a role text. UsageError when there is none, or one that is not known."""
    roles = tuple(role.split()) if isinstance(role, str) else tuple(role)
    unknown = [token for token in roles if token not in ROLES]
    if not roles or unknown or len(set(roles)) != len(roles):
        remedy = text("role.which", roles=", ".join(ROLES))
        if unknown:
            raise UsageError("role.unknown", role=unknown[0][:40], remedy=remedy)
        raise UsageError("role.once-each", remedy=remedy)
    return roles


def dn_qualifier_of(key: RSAPublicKey) -> str:
    """Base64 of SHA-1 over the key's RSAPublicKey."""
    return base64.b64encode(hashlib.sha1(_rsa_public_key(key)).digest()).decode("ascii")


def build_certificate(
    *,
    subject: Name,
    public_key: RSAPublicKey,
    serial: int,
    window: tuple[datetime, datetime],
    path_len: int | None,
    issuer: Certificate | None,
    signing_key: RSAPrivateKey,
) -> Certificate:
    """One certificate: an authority when `path_len` is given, else a leaf; self-signed without `issuer`."""
    spki = public_key.public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    key_id = hashlib.sha1(_rsa_public_key(public_key)).digest()
    issuer_name = issuer.subject_name if issuer else subject
    # The AKI's issuer and serial name the issuing certificate, by its own issuer.
    above = issuer.issuer_name if issuer else subject
    authority = der.sequence(
        der.tlv(0x80, (issuer.subject_key_identifier or b"") if issuer else key_id),
        der.tlv(0xA1, der.tlv(0xA4, above.encode())),
        der.tlv(0x82, der.integer(issuer.serial if issuer else serial)[2:]),
    )
    is_ca = path_len is not None
    usage = ("keyCertSign", "cRLSign") if is_ca else ("digitalSignature", "keyEncipherment")
    constraints = (
        der.sequence(der.boolean(True), der.integer(path_len)) if path_len is not None else der.sequence()
    )
    algorithm = der.sequence(der.oid(SHA256_WITH_RSA), der.tlv(der.NULL, b""))
    tbs = der.sequence(
        der.tlv(0xA0, der.integer(2)),
        der.integer(serial),
        algorithm,
        issuer_name.encode(),
        der.sequence(der.time(window[0]), der.time(window[1])),
        subject.encode(),
        spki,
        der.tlv(
            0xA3,
            der.sequence(
                _extension(BASIC_CONSTRAINTS, constraints, critical=True),
                _extension(KEY_USAGE, der.named_bits(KEY_USAGES.index(one) for one in usage)),
                _extension(SUBJECT_KEY_IDENTIFIER, der.octets(key_id)),
                _extension(AUTHORITY_KEY_IDENTIFIER, authority),
            ),
        ),
    )
    signature = sign(SHA256_WITH_RSA, signing_key, tbs)
    return Certificate(der.sequence(tbs, algorithm, der.bits(signature)))


def _extension(oid: str, value: bytes, *, critical: bool = False) -> bytes:
    flag = der.boolean(True) if critical else b""
    return der.sequence(der.oid(oid), flag, der.octets(value))


def _rsa_public_key(key: RSAPublicKey) -> bytes:
    return key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.PKCS1)


def _serials(count: int) -> Sequence[int]:
    found: dict[int, None] = {}
    while len(found) < count:
        found[secrets.randbelow(2**31 - 1) + 1] = None
    return tuple(found)


def _window(now: datetime, years: int | None) -> tuple[datetime, datetime]:
    if now.tzinfo is None:
        raise UsageError("time.no-offset")
    if years is not None and not 1 <= years <= MAX_YEARS:
        raise UsageError("chain.years", most=MAX_YEARS)
    start = now.astimezone(UTC).replace(microsecond=0) - timedelta(days=1)
    last = start.replace(day=28) if (start.month, start.day) == (2, 29) else start
    end = last.replace(year=last.year + years) if years else start + timedelta(days=DEFAULT_DAYS)
    if years is None and start + timedelta(days=365) < LAST_INSTANT < end:
        end = LAST_INSTANT
    return start, end


def _check_text(what: str, words: str, room: int) -> None:
    if not words.strip() or words != words.strip() or not is_printable(words):
        raise UsageError("chain.text-unfit", what=what, text=words[:80])
    if len(words) > room:
        raise UsageError("chain.text-too-long", where=words[:80], what=what, length=len(words), most=room)
