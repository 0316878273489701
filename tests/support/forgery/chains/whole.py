"""Algorithms and keys, and what goes wrong between certificates: order, links, trust, revocation."""

from __future__ import annotations

from functools import cache

from cryptography.hazmat.primitives.asymmetric import dsa, ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from forgery.certificates import (
    Bench,
    algorithm,
    authority_constraints,
    forge,
    key_usage,
    spare_key,
)
from forgery.chains.rows import WrongChain, leaf, middle

from dcp.suite import RSA_ENCRYPTION, SHA1_WITH_RSA, SHA256_WITH_RSA
from dcp.trust import der
from dcp.trust.certificate import Certificate
from dcp.trust.deny import DenyList, deny_certificates
from dcp.trust.order import CertificateChain

SHA384, SHA512, MD5 = "1.2.840.113549.1.1.12", "1.2.840.113549.1.1.13", "1.2.840.113549.1.1.4"
PSS, ECDSA = "1.2.840.113549.1.1.10", "1.2.840.10045.4.3.2"
EC_KEY, P_256 = "1.2.840.10045.2.1", "1.2.840.10045.3.1.7"
ALGORITHM = "CTP A.5.3.3-5"
KEY = "CTP A.5.3.6-8"
LINKS = "certificates.md 15-16"


@cache
def foreign_key(kind: str) -> bytes:
    key = dsa.generate_private_key(1024) if kind == "DSA" else ec.generate_private_key(ec.SECP256R1())
    return key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def key_of(bits: int = 2048, exponent: int = 65537) -> WrongChain:
    what = f"RSA of {bits} bits" if bits != 2048 else f"the exponent {exponent}"
    return WrongChain(f"a key of {what}", "CER-016", KEY,
                      lambda b: b.with_leaf(public_key=spare_key(bits, exponent).public_key()))  # fmt: skip


def four(bench: Bench, **changes: object) -> tuple[Certificate, ...]:
    """A chain of four whose lowest authority is made here; `changes`: of that authority."""
    lower_key = spare_key()
    lower = bench.leaf(**{
        "common_name": ".lower",
        "public_key": lower_key.public_key(),
        "extensions": {**authority_constraints(0), **key_usage("keyCertSign")},
        **changes,
    })  # fmt: skip
    return (bench.leaf(issuer=lower, signing_key=lower_key), lower, *bench.good.chain[1:])


def double_root(bench: Bench) -> Certificate:
    """A root of the real one's name, with another key."""
    key = spare_key()
    return bench.root(public_key=key.public_key(), signing_key=key, fields={
        "subject": bench.good.chain[2].subject_name.encode(),
        "issuer": bench.good.chain[2].subject_name.encode()})  # fmt: skip


def loop(bench: Bench) -> tuple[Certificate, ...]:
    """Two authorities that issue each other, and a leaf under one of them."""
    keys = spare_key(number=1), spare_key(number=2)
    whole = {**authority_constraints(1), **key_usage("keyCertSign")}
    first = bench.middle(common_name=".first", public_key=keys[0].public_key(), extensions=whole)
    second = bench.middle(common_name=".second", public_key=keys[1].public_key(), extensions=whole,
                          issuer=first, signing_key=keys[0])  # fmt: skip
    first = bench.middle(common_name=".first", public_key=keys[0].public_key(), extensions=whole,
                         issuer=second, signing_key=keys[1])  # fmt: skip
    return (bench.leaf(issuer=first, signing_key=keys[0]), first, second)


def self_signed_leaf(bench: Bench) -> tuple[Certificate, ...]:
    key = bench.good.private_key
    window = (bench.good.leaf.not_before, bench.good.leaf.not_after)
    return (forge(issuer=None, signing_key=key, public_key=key.public_key(), window=window),)


ALGORITHMS = [
    leaf("outer algorithm SHA-1", "CER-015", ALGORITHM, also=("SIG-010",), outer=SHA1_WITH_RSA),
    leaf("inner algorithm SHA-1", "CER-015", ALGORITHM, inner=SHA1_WITH_RSA),
    leaf("both algorithms SHA-1", "CER-015", ALGORITHM, also=("SIG-010",),
         inner=SHA1_WITH_RSA, outer=SHA1_WITH_RSA),
    leaf("both algorithms SHA-384", "CER-015", ALGORITHM, also=("SIG-010",), inner=SHA384, outer=SHA384),
    leaf("both algorithms SHA-512", "CER-015", ALGORITHM, also=("SIG-010",), inner=SHA512, outer=SHA512),
    leaf("both algorithms MD5", "CER-015", ALGORITHM, also=("SIG-010", "SIG-009"),
         inner=MD5, outer=MD5, signed_with=SHA256_WITH_RSA),
    leaf("both algorithms RSASSA-PSS", "CER-015", ALGORITHM, also=("SIG-010", "SIG-009"),
         inner=PSS, outer=PSS, signed_with=SHA256_WITH_RSA),
    leaf("both algorithms ECDSA", "CER-015", ALGORITHM, also=("SIG-010", "SIG-009"),
         inner=ECDSA, outer=ECDSA, signed_with=SHA256_WITH_RSA),
    leaf("signed with SHA-1 under the name of SHA-256", "SIG-009", ALGORITHM, signed_with=SHA1_WITH_RSA),
    WrongChain("SHA-1 throughout", "CER-015", "CTP A.6.74", lambda b: sha1_chain(b)),
    WrongChain("SHA-1 and SHA-256 in an Interop chain", "SIG-010", "sheet 5", lambda b: b.with_leaf(
        inner=SHA1_WITH_RSA, outer=SHA1_WITH_RSA), lambda b: {"profile": "interop"}),
    key_of(1024), key_of(3072), key_of(4096), key_of(exponent=3),
    leaf("a DSA key", "CER-016", KEY, also=("CER-018",),
         fields={"subjectPublicKeyInfo": foreign_key("DSA")}),
    leaf("an elliptic key", "CER-016", KEY, also=("CER-018",),
         fields={"subjectPublicKeyInfo": foreign_key("EC")}),
    leaf("an elliptic key that looks like wrong DER", "CER-016", KEY, also=("CER-018",),
         fields={"subjectPublicKeyInfo": der.sequence(
             der.sequence(der.oid(EC_KEY), der.oid(P_256)), der.bits(b"\x04\x81\x01" + bytes(62)))}),
    leaf("an RSA key under another algorithm", "CER-016", KEY, also=("CER-018",),
         fields={"subjectPublicKeyInfo": der.sequence(algorithm(PSS), der.bits(b"x" * 270))}),
    leaf("a key of 20,000 bits", "CER-016", KEY, also=("CER-018",),
         fields={"subjectPublicKeyInfo": der.sequence(algorithm(RSA_ENCRYPTION), der.bits(
             der.sequence(der.integer(2**20_000 + 1), der.integer(65537))))}),
]  # fmt: skip


def sha1_chain(bench: Bench) -> tuple[Certificate, ...]:
    sha1 = {"inner": SHA1_WITH_RSA, "outer": SHA1_WITH_RSA}
    root = bench.root(**sha1)
    middle = bench.middle(issuer=root, **sha1)
    return (bench.leaf(issuer=middle, **sha1), middle, root)


WHOLE = [
    WrongChain("a leaf that signed itself", "SIG-008", "sheet 5", self_signed_leaf,
               lambda b: {"trust": self_signed_leaf(b)}),
    WrongChain("the leaf alone", "SIG-008", "sheet 5", lambda b: (b.leaf(),), also=("SIG-011", "SIG-014")),
    WrongChain("the root is missing", "SIG-011", "sheet 5", lambda b: b.mixed()[:2], also=("SIG-014",)),
    WrongChain("the intermediate is missing", "SIG-013", "CTP A.6.61",
               lambda b: (b.leaf(), b.good.chain[2]), also=("SIG-008", "SIG-011", "SIG-014")),
    WrongChain("a stranger among them", "SIG-013", "sheet 5", lambda b: (*b.mixed(), b.other.leaf)),
    WrongChain("a second root among them", "SIG-013", "sheet 5",
               lambda b: (*b.mixed(), b.other.chain[2])),
    WrongChain("a whole chain of another beside it", "SIG-013", "sheet 5",
               lambda b: (*b.mixed(), *b.other.chain)),
    WrongChain("the authorities of another", "SIG-013", "sheet 5",
               lambda b: (b.leaf(), *b.other.chain[1:]), also=("SIG-008", "SIG-011", "SIG-014")),
    WrongChain("authorities that issue each other", "SIG-011", "sheet 5", loop, also=("SIG-014",)),
    WrongChain("the leaf's signature by another key of the issuer's name", "SIG-009", LINKS,
               lambda b: b.with_leaf(signing_key=spare_key())),
    WrongChain("the leaf's signature by itself", "SIG-009", LINKS,
               lambda b: b.with_leaf(signing_key=b.good.private_key)),
    WrongChain("the intermediate's signature by another key", "SIG-009", LINKS,
               lambda b: b.with_middle(signing_key=spare_key())),
    WrongChain("the root's own signature by another key", "SIG-011", LINKS,
               lambda b: b.with_root(signing_key=spare_key())),
    WrongChain("an intermediate of the same name and another key", "CER-018", LINKS,
               lambda b: (b.leaf(), b.middle(public_key=spare_key().public_key(), fields={
                   "subject": b.good.chain[1].subject_name.encode()}), b.good.chain[2]),
               also=("SIG-009",)),
    WrongChain("a root of the same name and another key", "CER-018", LINKS,
               lambda b: root_of_the_same_name(b), also=("SIG-014",)),
    WrongChain("a leaf that issued another leaf", "CER-005", LINKS, lambda b: leaf_under_leaf(b),
               also=("CER-006", "CER-009", "SIG-009")),
    WrongChain("four certificates under path lengths for three", "SIG-009", "certificates.md 16",
               lambda b: four(b)),
    WrongChain("an intermediate as the leaf", "CER-005", "certificates.md 5",
               lambda b: CertificateChain(b.good.chain[1:]), also=("CER-006", "CER-009")),
    WrongChain("the root is not trusted", "SIG-014", "certificates.md 16", lambda b: b.mixed(),
               lambda b: {"trust": (b.other.chain[2],)}),
    WrongChain("no root is trusted", "SIG-014", "certificates.md 16", lambda b: b.mixed(),
               lambda b: {"trust": ()}),
    WrongChain("the leaf is on the deny list by its key", "CER-017", "certificates.md 12",
               lambda b: b.mixed(), lambda b: {"revoked": DenyList(keys=frozenset(
                   [b.leaf().public_key_thumbprint()]))}),
    WrongChain("the intermediate is on the deny list by its key", "CER-017", "certificates.md 12",
               lambda b: b.mixed(), lambda b: {"revoked": deny_certificates([b.middle(serial=1)])}),
    WrongChain("the leaf is on the deny list by issuer and serial number", "CER-017", "certificates.md 12",
               lambda b: b.mixed(), lambda b: {"revoked": DenyList(certificates=frozenset(
                   [(b.leaf().issuer_name, b.leaf().serial)]))}),
    WrongChain("the root is on the deny list though it is trusted", "CER-017", "certificates.md 12",
               lambda b: b.mixed(), lambda b: {"revoked": deny_certificates(b.good.chain[2:])}),
    middle("the validity of an authority is over before it began", "CER-011", "certificates.md, dates",
           fields={"validity": der.sequence(der.tlv(der.UTC_TIME, b"370601000000Z"),
                                            der.tlv(der.UTC_TIME, b"260601000000Z"))}),
]  # fmt: skip


def root_of_the_same_name(bench: Bench) -> tuple[Certificate, ...]:
    """A chain that holds, under a root that only has the trusted one's name."""
    root = double_root(bench)
    middle = bench.middle(issuer=root, signing_key=spare_key())
    return (bench.leaf(issuer=middle), middle, root)


def leaf_under_leaf(bench: Bench) -> tuple[Certificate, ...]:
    """Somebody with a good leaf certificate issues another with it."""
    key = spare_key()
    return (bench.leaf(issuer=bench.leaf(), signing_key=bench.good.private_key, public_key=key.public_key(),
                       common_name="CS.second", serial=1), *bench.mixed())  # fmt: skip
