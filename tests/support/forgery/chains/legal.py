"""Chains that are unusual, and right: some with a warning that the field lives with."""

from __future__ import annotations

from datetime import UTC, datetime

from forgery.certificates import (
    CN,
    DNQ,
    OU,
    Bench,
    O,
    authority_constraints,
    authority_key,
    constraints,
    extension,
    issuer_part,
    key_usage,
    name_of,
    serial_part,
    spare_key,
)
from forgery.chains.extensions import CLIENT_AUTH
from forgery.chains.fields import window
from forgery.chains.names import subject
from forgery.chains.rows import LegalChain
from forgery.chains.whole import sha1_chain

from dcp.trust import der
from dcp.trust.certificate import Certificate
from dcp.trust.deny import deny_certificates
from dcp.trust.fields import AUTHORITY_KEY_IDENTIFIER, BASIC_CONSTRAINTS, KEY_USAGE, SUBJECT_KEY_IDENTIFIER
from dcp.trust.making import dn_qualifier_of

SEEN = "certificates.md, fields"


def two(bench: Bench) -> tuple[Certificate, ...]:
    """No intermediate: the root issued the leaf."""
    root = bench.root(extensions=authority_constraints(0))
    return (bench.leaf(issuer=root, signing_key=bench.good.private_keys[2]), root)


def longer(bench: Bench, count: int) -> tuple[Certificate, ...]:
    """A chain of `count` certificates, each authority with the path length it needs and no more."""
    key = bench.good.private_keys[2]
    chain = [bench.root(extensions=authority_constraints(count - 2))]
    for place in range(count - 2):
        below = spare_key(number=3 + place)
        chain.insert(0, bench.middle(
            issuer=chain[0], signing_key=key, public_key=below.public_key(),
            common_name=f".authority-{place}", extensions=authority_constraints(count - 3 - place),
        ))  # fmt: skip
        key = below
    return (bench.leaf(issuer=chain[0], signing_key=key), *chain)


def utf8_names(bench: Bench) -> tuple[Certificate, ...]:
    encoded = bench.leaf().subject_name.encode()
    encoded = encoded.replace(b"\x13\x0bExample.org", b"\x0c\x0bExample.org")
    return bench.with_leaf(fields={"subject": encoded})


def qualifier(bench: Bench) -> str:
    return dn_qualifier_of(bench.good.private_key.public_key())


LEGAL = [
    LegalChain("as the field makes them", SEEN, lambda b: b.good.chain),
    LegalChain("root first", "sheet 5", lambda b: (b.mixed()[0], *b.mixed()[:0:-1])),
    LegalChain("a copy of each", "sheet 5", lambda b: b.mixed() * 2, warns=("SIG-013",)),
    LegalChain("no intermediate", "certificates.md, fields", two, warns=("SIG-008",)),
    LegalChain("four certificates", SEEN, lambda b: longer(b, 4)),
    LegalChain("six certificates", SEEN, lambda b: longer(b, 6)),
    LegalChain("path lengths of hundreds", SEEN,
               lambda b: b.with_root(extensions=authority_constraints(240))),
    LegalChain("path length 0 on a leaf", "CTP A.5.3.21-28",
               lambda b: b.with_leaf(extensions=constraints(der.integer(0))), warns=("CER-005", "CER-023")),
    LegalChain("basicConstraints that are not critical", SEEN,
               lambda b: b.with_leaf(extensions=constraints(critical=False)), warns=("CER-005",)),
    LegalChain("keyUsage that is critical", SEEN, lambda b: b.with_leaf(
        extensions=key_usage("digitalSignature", "keyEncipherment", critical=True))),
    LegalChain("an unknown extension that is not critical", "certificates.md 3",
               lambda b: b.with_leaf(extensions={"x": extension("2.5.29.37", CLIENT_AUTH)})),
    LegalChain("dataEncipherment on a leaf", SEEN, lambda b: b.with_leaf(
        extensions=key_usage("digitalSignature", "keyEncipherment", "dataEncipherment"))),
    LegalChain("an authority without cRLSign", SEEN,
               lambda b: b.with_middle(extensions=key_usage("keyCertSign"))),
    LegalChain("an authority that may sign more", "certificates.md 6",
               lambda b: b.with_middle(extensions=key_usage("keyCertSign", "digitalSignature")),
               warns=("CER-006",)),
    LegalChain("no subjectKeyIdentifier", SEEN,
               lambda b: b.with_leaf(extensions={SUBJECT_KEY_IDENTIFIER: b""}), warns=("CER-002",)),
    LegalChain("no authorityKeyIdentifier on the root", SEEN,
               lambda b: b.with_root(extensions={AUTHORITY_KEY_IDENTIFIER: b""}), warns=("CER-022",)),
    LegalChain("authorityKeyIdentifier of the key alone", SEEN, lambda b: b.with_leaf(
        extensions=authority_key(der.tlv(0x80, b.good.chain[1].public_key_thumbprint())))),
    LegalChain("authorityKeyIdentifier of issuer and serial number", SEEN, lambda b: b.with_leaf(
        extensions=authority_key(issuer_part(b.good.chain[1].issuer_name.encode()),
                                 serial_part(b.good.chain[1].serial)))),
    LegalChain("names as UTF8String", "CER-004; certificates.md, fields", utf8_names, warns=("CER-004",)),
    LegalChain("the qualifier first in the name", SEEN, lambda b: b.with_leaf(fields={"subject": name_of(
        (DNQ, qualifier(b)), (OU, "test.example.org"), (O, "Example.org"), (CN, "CS.forged"))})),
    LegalChain("a country in the name", "sheet 5", subject(before=(("2.5.4.6", "CN"),)), warns=("CER-003",)),
    LegalChain("serial number 0", SEEN, lambda b: b.with_leaf(serial=0)),
    LegalChain("serial number of 64 bits", "certificates.md 14", lambda b: b.with_leaf(serial=2**64 - 1),
               warns=("CER-021",)),
    LegalChain("serial number of 160 bits in Interop", "sheet 5", lambda b: b.with_leaf(serial=2**160 - 1),
               lambda b: {"profile": "interop"}, warns=("CER-021",)),
    LegalChain("SHA-1 throughout in Interop", "certificates.md 10", sha1_chain,
               lambda b: {"profile": "interop"}),
    LegalChain("valid beyond 2050", SEEN, lambda b: b.with_leaf(window=window((2026, 1, 2), (2051, 5, 31))),
               warns=("CER-013", "SIG-009")),
    LegalChain("more than ten years ahead", "certificates.md, dates",
               lambda b: b.with_leaf(window=window((2026, 1, 2), (2037, 12, 31))),
               warns=("CER-013", "SIG-009")),
    LegalChain("expired by now, valid at the instant", "DCSS 9.4.3.5", lambda b: b.mixed(),
               lambda b: {"now": datetime(2047, 1, 1, tzinfo=UTC)}, warns=("CER-012",)),
    LegalChain("the last second of its validity", "DCSS 9.4.3.5", lambda b: b.mixed(),
               lambda b: {"at": (b.good.chain[1].not_after,)}),
    LegalChain("an issue date of long ago, where that is let pass", "field", lambda b: b.mixed(),
               lambda b: {"at": (datetime(2012, 7, 17, tzinfo=UTC),), "early": "warn"}, warns=("CER-011",)),
    LegalChain("critical FALSE written out", SEEN, lambda b: b.with_leaf(extensions={
        KEY_USAGE: der.sequence(der.oid(KEY_USAGE), der.boolean(False),
                                der.octets(bytes.fromhex("030205a0")))}), warns=("CER-023",)),
    LegalChain("cA FALSE written out", "sheet 5, traps",
               lambda b: b.with_leaf(extensions=constraints(der.boolean(False))), warns=("CER-023",)),
    LegalChain("a BOOLEAN that is true by another byte", "sheet 5, traps", lambda b: b.with_leaf(extensions={
        BASIC_CONSTRAINTS: der.sequence(der.oid(BASIC_CONSTRAINTS), b"\x01\x01\x01",
                                        der.octets(der.sequence()))}), warns=("CER-023",)),
    LegalChain("an unknown role", "certificates.md, roles",
               lambda b: b.with_leaf(common_name="CS XYZ.forged"),
               lambda b: {"role": None}, warns=("CER-009", "CER-010")),
    LegalChain("a signer of KDMs with other roles", "ISDCF Doc 5",
               lambda b: b.with_leaf(common_name="SM SPB.forged"), lambda b: {"role_strict": False},
               warns=("CER-009",)),
    LegalChain("a signer of KDMs without a role", "ISDCF Doc 5",
               lambda b: b.with_leaf(common_name=".forged"), lambda b: {"role_strict": False},
               warns=("CER-009",)),
    LegalChain("a media block with all its roles", "certificates.md, roles",
               lambda b: b.with_leaf(common_name="LE SPB MD FM SM.block"), lambda b: {"role": "SM"}),
    LegalChain("the key certificate of a dual media block", "DCSS 9.5.1.2", lambda b: b.with_leaf(
        common_name="SM.block", extensions=key_usage("keyEncipherment")), lambda b: {"role": "SM"}),
    LegalChain("the log certificate of a dual media block", "DCSS 9.5.1.2", lambda b: b.with_leaf(
        common_name="LS.block", extensions=key_usage("digitalSignature")), lambda b: {"role": "LS"}),
    LegalChain("trusted by its intermediate", "field", lambda b: b.mixed(),
               lambda b: {"trust": (b.good.chain[1],)}),
    LegalChain("a root made anew with its old key", "field", lambda b: b.with_root(serial=2)),
    LegalChain("a deny list of others", "certificates.md 12", lambda b: b.mixed(),
               lambda b: {"revoked": deny_certificates(b.other.chain)}),
]  # fmt: skip
