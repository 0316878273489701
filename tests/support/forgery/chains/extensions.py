"""Extensions: missing, twice, malformed, and what they say of path lengths, key usage and authorities."""

from __future__ import annotations

from forgery.certificates import (
    authority_constraints,
    authority_key,
    constraints,
    extension,
    issuer_part,
    key_usage,
    name_of,
    serial_part,
)
from forgery.chains.rows import WrongChain, leaf, middle

from dcp.trust import der
from dcp.trust.fields import AUTHORITY_KEY_IDENTIFIER, BASIC_CONSTRAINTS, KEY_USAGE, SUBJECT_KEY_IDENTIFIER

CLIENT_AUTH = der.sequence(der.oid("1.3.6.1.5.5.7.3.2"))
REQUIRED = "certificates.md 3"
PATH = "CTP A.5.3.21-28"
USAGE = "certificates.md 6"
AUTHORITY = "certificates.md 15"

EXTENSIONS = [
    leaf("no extensions", "CER-002", REQUIRED, also=("CER-022",), fields={"extensions": b""}),
    leaf("no basicConstraints", "CER-002", REQUIRED, extensions={BASIC_CONSTRAINTS: b""}),
    leaf("no keyUsage", "CER-002", "CTP A.5.3.20", extensions={KEY_USAGE: b""}),
    leaf("no authorityKeyIdentifier", "CER-022", "CTP A.5.3.19", extensions={AUTHORITY_KEY_IDENTIFIER: b""}),
    middle("no authorityKeyIdentifier on an authority", "CER-022", "CTP A.5.3.19",
           extensions={AUTHORITY_KEY_IDENTIFIER: b""}),
    middle("no basicConstraints on an authority", "CER-002", REQUIRED, extensions={BASIC_CONSTRAINTS: b""}),
    middle("no keyUsage on an authority", "CER-002", REQUIRED, extensions={KEY_USAGE: b""}),
    leaf("basicConstraints twice", "CER-002", REQUIRED,
         extensions={"x": extension(BASIC_CONSTRAINTS, der.sequence(), True)}),
    leaf("keyUsage twice", "CER-002", REQUIRED,
         extensions={"x": extension(KEY_USAGE, bytes.fromhex("030205a0"))}),
    leaf("subjectKeyIdentifier twice", "CER-002", REQUIRED,
         extensions={"x": extension(SUBJECT_KEY_IDENTIFIER, der.octets(bytes(20)))}),
    leaf("authorityKeyIdentifier twice", "CER-002", REQUIRED,
         extensions={"x": extension(AUTHORITY_KEY_IDENTIFIER, der.sequence(der.tlv(0x80, bytes(20))))}),
    leaf("an unknown extension twice", "CER-002", REQUIRED, extensions={
        "x": extension("2.5.29.37", CLIENT_AUTH), "y": extension("2.5.29.37", CLIENT_AUTH)}),
    leaf("an unknown extension that is critical", "CER-002", "certificates.md 3",
         extensions={"x": extension("2.5.29.37", CLIENT_AUTH, True)}),
    middle("an unknown extension that is critical on an authority", "CER-002", "certificates.md 3",
           extensions={"x": extension("2.5.29.30", der.sequence(), True)}),
    leaf("basicConstraints of another type", "CER-023", REQUIRED, also=("CER-002",),
         extensions={BASIC_CONSTRAINTS: extension(BASIC_CONSTRAINTS, b"\x02\x01\x01", True)}),
    leaf("keyUsage of another type", "CER-023", REQUIRED, also=("CER-002",),
         extensions={KEY_USAGE: extension(KEY_USAGE, der.octets(b"\xa0"))}),
    leaf("subjectKeyIdentifier of another type", "CER-023", REQUIRED, also=("CER-002",),
         extensions={SUBJECT_KEY_IDENTIFIER: extension(SUBJECT_KEY_IDENTIFIER, der.integer(7))}),
    leaf("authorityKeyIdentifier of another type", "CER-023", REQUIRED, also=("CER-002",),
         extensions={AUTHORITY_KEY_IDENTIFIER: extension(AUTHORITY_KEY_IDENTIFIER, der.octets(bytes(20)))}),
    leaf("authorityKeyIdentifier with a foreign part", "CER-023", REQUIRED, also=("CER-002",),
         extensions=authority_key(der.tlv(0x83, b"x"))),
    # path lengths
    leaf("a leaf that is an authority, path length 0", "CER-005", PATH, extensions=authority_constraints(0)),
    leaf("a leaf that is an authority, path length 2", "CER-005", PATH, extensions=authority_constraints(2)),
    leaf("a leaf that is an authority, path length -1", "CER-005", PATH,
         extensions=authority_constraints(-1)),
    leaf("a leaf that is an authority, no path length", "CER-005", PATH,
         extensions=constraints(der.boolean(True))),
    leaf("a leaf with a path length of 2", "CER-005", PATH, extensions=constraints(der.integer(2))),
    leaf("a leaf with a path length of 6000 digits", "CER-023", PATH, also=("CER-002",),
         extensions=constraints(der.integer(2**20000))),
    leaf("a leaf with a path length of -1", "CER-005", PATH, extensions=constraints(der.integer(-1))),
    middle("an authority that is none", "CER-005", "certificates.md 5", extensions=constraints()),
    middle("an authority that is none, with a path length", "CER-005", "certificates.md 5",
           extensions=constraints(der.integer(0))),
    middle("an authority without a path length", "CER-005", "certificates.md 5",
           extensions=constraints(der.boolean(True))),
    middle("an authority with a path length of -1", "CER-005", "certificates.md 5",
           extensions=authority_constraints(-1), also=("SIG-009",)),
    WrongChain("a root whose path length is too short", "SIG-009", "certificates.md 16",
               lambda b: b.with_root(extensions=authority_constraints(0))),
    # key usage
    leaf("a leaf that may sign certificates", "CER-006", USAGE,
         extensions=key_usage("digitalSignature", "keyEncipherment", "keyCertSign")),
    leaf("a leaf that may sign revocation lists", "CER-006", USAGE,
         extensions=key_usage("digitalSignature", "keyEncipherment", "cRLSign")),
    leaf("a leaf that may not sign", "CER-006", USAGE, extensions=key_usage("keyEncipherment")),
    leaf("a leaf that takes no keys", "CER-006", USAGE, extensions=key_usage("digitalSignature")),
    leaf("a leaf that may do nothing", "CER-006", USAGE, extensions=key_usage()),
    leaf("a leaf of an authority's usage", "CER-006", USAGE, extensions=key_usage("keyCertSign", "cRLSign")),
    middle("an authority that may not sign certificates", "CER-006", USAGE, extensions=key_usage("cRLSign")),
    middle("an authority of a leaf's usage", "CER-006", USAGE,
           extensions=key_usage("digitalSignature", "keyEncipherment")),
    # key identifiers
    leaf("subjectKeyIdentifier of another key", "CER-018", "certificates.md 13",
         extensions={SUBJECT_KEY_IDENTIFIER: extension(SUBJECT_KEY_IDENTIFIER, der.octets(b"x" * 20))}),
    leaf("subjectKeyIdentifier that is empty", "CER-018", "certificates.md 13",
         extensions={SUBJECT_KEY_IDENTIFIER: extension(SUBJECT_KEY_IDENTIFIER, der.octets(b""))}),
    leaf("authorityKeyIdentifier that names nobody", "CER-022", "sheet 5", extensions=authority_key()),
    leaf("authorityKeyIdentifier with an empty key", "SIG-009", AUTHORITY,
         extensions=authority_key(der.tlv(0x80, b""))),
    leaf("authorityKeyIdentifier of another key", "SIG-009", AUTHORITY,
         extensions=authority_key(der.tlv(0x80, b"x" * 20))),
    WrongChain("authorityKeyIdentifier of another serial number", "SIG-009", AUTHORITY,
               lambda b: b.with_leaf(extensions=authority_key(
                   issuer_part(b.good.chain[1].issuer_name.encode()), serial_part(99)))),
    WrongChain("authorityKeyIdentifier of another issuer", "SIG-009", AUTHORITY,
               lambda b: b.with_leaf(extensions=authority_key(
                   issuer_part(name_of(("2.5.4.3", ".else"))), serial_part(b.good.chain[1].serial)))),
    WrongChain("authorityKeyIdentifier with an issuer and no serial number", "CER-022", "sheet 5",
               lambda b: b.with_leaf(extensions=authority_key(
                   issuer_part(b.good.chain[1].issuer_name.encode())))),
    WrongChain("authorityKeyIdentifier with the key twice", "CER-023", "sheet 5",
               lambda b: b.with_leaf(extensions=authority_key(
                   der.tlv(0x80, b"x" * 20), der.tlv(0x80, b.good.chain[1].public_key_thumbprint()))),
               also=("CER-002",)),
]  # fmt: skip
