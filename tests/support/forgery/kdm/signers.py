"""Who signed: KeyInfo, Signer, the chain, its root, and its dates against the message's."""

from __future__ import annotations

import base64
import functools
import re
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from forgery.certificates import (
    Bench,
    algorithm,
    authority_constraints,
    constraints,
    extension,
    forge,
    key_usage,
    spare_key,
)
from forgery.chains.names import subject
from forgery.chains.whole import four, sha1_chain
from forgery.messages import (
    World,
    Wrong,
    at,
    document,
    issued,
    message,
    signature_of,
    signed_by,
    signer_of,
    stranger,
    window,
)

from dcp.suite import SHA1_WITH_RSA, SHA256_WITH_RSA
from dcp.trust import der
from dcp.trust.certificate import Certificate
from dcp.trust.deny import DenyList, deny_certificates
from dcp.trust.fields import AUTHORITY_KEY_IDENTIFIER, BASIC_CONSTRAINTS, KEY_USAGE
from kdm.message import IssuerSerial
from kdm.signing import MessageSigner

KEY_INFO = "kdm.md 6, CTP A.6.60-61"
CHAIN = "kdm.md 7, CTP A.5.6"
DATES = "kdm.md 8, CTP A.6.64-66"

ENTRY = re.compile(r"\s*<ds:X509Data>.*?</ds:X509Data>", re.DOTALL)
CLIENT_AUTH = der.sequence(der.oid("1.3.6.1.5.5.7.3.2"))


def bench_of(world: World) -> Bench:
    """The lab's chain, to be made anew with something changed."""
    return Bench(world.lab, world.hall, world.now)


def entries(change: Callable[[list[str]], list[str]]) -> Callable[[str], str]:
    """The X509Data of the message's KeyInfo, leaf first, changed after signing: KeyInfo is not signed."""

    def edit(text: str) -> str:
        head, info, rest = text.rpartition("<ds:KeyInfo>")
        found = ENTRY.findall(rest)
        assert len(found) == 3
        return head + info + rest.replace("".join(found), "".join(change(found)))

    return edit


def key_info(name: str, change: Callable[[list[str]], list[str]], step: str = "KDM-102",
             source: str = KEY_INFO) -> Wrong:  # fmt: skip
    return Wrong(name, step, source, lambda w: {"document": entries(change)})


def in_key_info(name: str, new: str) -> Wrong:
    """Something else in KeyInfo, instead of certificates."""
    return Wrong(name, "KDM-101", KEY_INFO, lambda w: {"document": lambda text: re.sub(
        r"(<ds:KeyInfo>).*(</ds:KeyInfo>)", rf"\1{new}\2", text, flags=re.DOTALL)})  # fmt: skip


def signed_under(
    make: Callable[[Bench], Sequence[Certificate]], key: Callable[[World], RSAPrivateKey] | None = None
) -> Callable[[World], dict[str, Any]]:
    """A message whose signer has these certificates; the lab's leaf key unless another is given."""

    def forged(world: World) -> dict[str, Any]:
        private = key(world) if key else world.lab.private_key
        return signed_by(signer_of(make(bench_of(world)), private))

    return forged


def chain(name: str, rule: str, source: str, make: Callable[[Bench], Sequence[Certificate]],
          key: Callable[[World], RSAPrivateKey] | None = None) -> Wrong:  # fmt: skip
    return Wrong(name, "KDM-102", source, signed_under(make, key), rule=rule)


def leaf(name: str, rule: str, source: str, **changes: Any) -> Wrong:
    return chain(f"signer's certificate: {name}", rule, source, lambda b: b.with_leaf(**changes))


def without(name: str) -> dict[str, bytes]:
    return {name: b""}


def signer_named(change: Callable[[World], tuple[str, int]]) -> Callable[[World], dict[str, Any]]:
    return lambda w: message(signer=IssuerSerial(*change(w)))


def of_leaf(world: World) -> tuple[str, int]:
    return world.lab.leaf.issuer, world.lab.leaf.serial


SIGNERS = [
    # KeyInfo
    key_info("the leaf's certificate is missing", lambda found: found[1:], source="CTP A.6.60"),
    key_info("the intermediate's certificate is missing", lambda found: [found[0], found[2]],
             source="CTP A.6.61"),
    key_info("the root's certificate is missing", lambda found: found[:2], source="CTP A.6.61"),
    key_info("only the leaf's certificate is there", lambda found: found[:1], source="CTP A.6.61"),
    key_info("no certificate is there", lambda found: [], step="KDM-101"),
    key_info("seventeen certificates are there", lambda found: found + [found[2]] * 14, step="KDM-101"),
    Wrong("a stranger's certificate among them", "KDM-102", KEY_INFO, lambda w: {"document": entries(
        lambda found: [*found, ENTRY.findall(signature_of(w.forge(
            signer=MessageSigner.of(stranger().signer)).decode()))[0]])}),
    Wrong("the certificates are a stranger's", "KDM-102", KEY_INFO, lambda w: {"document": entries(
        lambda found: ENTRY.findall(signature_of(w.forge(
            signer=MessageSigner.of(stranger().signer)).decode())))}),
    key_info("a certificate that is cut", lambda found: [
        re.sub(r"(X509Certificate>).{100}", r"\1", found[0], flags=re.DOTALL), *found[1:]], step="KDM-101"),
    key_info("a certificate that is none", lambda found: [
        re.sub(r"(X509Certificate>)[^<]*", r"\1MAA=", found[0], count=1), *found[1:]], step="KDM-101"),
    key_info("a certificate that is empty", lambda found: [
        re.sub(r"(X509Certificate>)[^<]*", r"\1", found[0], count=1), *found[1:]], step="KDM-101"),
    key_info("a certificate with a byte after it", lambda found: [
        re.sub(r"(X509Certificate>)([^<]*)", lambda m: m[1] + more(m[2]), found[0], count=1), *found[1:]]),
    key_info("another serial number beside a certificate", lambda found: [
        re.sub(r"(SerialNumber>)", r"\g<1>1", found[0], count=1), *found[1:]]),
    key_info("a serial number that is none beside a certificate", lambda found: [
        re.sub(r"(SerialNumber>)", r"\g<1>x", found[0], count=1), *found[1:]], step="KDM-101"),
    key_info("an element in a serial number beside a certificate", lambda found: [
        re.sub(r"(SerialNumber>)", r"\g<1><b></b>", found[0], count=1), *found[1:]], step="KDM-101"),
    key_info("a serial number of 100,000 digits beside a certificate", lambda found: [
        re.sub(r"(SerialNumber>)", r"\g<1>" + "9" * 100_000, found[0], count=1), *found[1:]], step="KDM-101"),
    key_info("another issuer beside a certificate", lambda found: [
        found[0], found[1].replace("O=Example", "O=Else"), found[2]]),
    key_info("another subject beside a certificate", lambda found: [
        found[0].replace("</ds:X509Certificate>", "</ds:X509Certificate>"
                         "<ds:X509SubjectName>CN=else</ds:X509SubjectName>"), *found[1:]]),
    key_info("an issuer that is no name beside a certificate", lambda found: [
        re.sub(r"(IssuerName>)[^<]*", r"\1nobody", found[0], count=1), *found[1:]]),
    key_info("a certificate without its issuer", lambda found: [
        re.sub(r"<ds:X509IssuerSerial>.*</ds:X509IssuerSerial>", "", found[0], flags=re.DOTALL), *found[1:]],
        step="KDM-101"),
    key_info("two certificates in one X509Data", lambda found: [
        re.sub(r"(<ds:X509Certificate>.*</ds:X509Certificate>)", r"\1\1", found[0], flags=re.DOTALL),
        *found[1:]], step="KDM-101"),
    in_key_info("a key's value instead of certificates", "<ds:KeyValue><ds:RSAKeyValue><ds:Modulus>AQAB"
                "</ds:Modulus><ds:Exponent>AQAB</ds:Exponent></ds:RSAKeyValue></ds:KeyValue>"),
    in_key_info("a key's name instead of certificates", "<ds:KeyName>lab</ds:KeyName>"),
    in_key_info("a place to fetch certificates from",
                '<ds:RetrievalMethod URI="http://127.0.0.1:9/chain.pem"></ds:RetrievalMethod>'),
    in_key_info("a revocation list instead of certificates",
                "<ds:X509Data><ds:X509CRL>AAAA</ds:X509CRL></ds:X509Data>"),
    Wrong("a key's value before the certificates", "KDM-101", KEY_INFO, lambda w: document(
        "<ds:KeyInfo>\n", "<ds:KeyInfo><ds:KeyName>lab</ds:KeyName>\n")),
    Wrong("no KeyInfo", "KDM-101", KEY_INFO, lambda w: {"document": lambda text: re.sub(
        r"<ds:KeyInfo>.*</ds:KeyInfo>", "", text, flags=re.DOTALL)}),
    # Signer
    Wrong("Signer with another serial number", "KDM-102", "kdm.md 6", signer_named(
        lambda w: (of_leaf(w)[0], of_leaf(w)[1] + 1))),
    Wrong("Signer with a negative serial number", "KDM-102", "kdm.md 6", signer_named(
        lambda w: (of_leaf(w)[0], -of_leaf(w)[1]))),
    Wrong("Signer with another issuer", "KDM-102", "kdm.md 6", signer_named(
        lambda w: (w.hall.leaf.issuer, of_leaf(w)[1]))),
    Wrong("Signer with the leaf's subject for its issuer", "KDM-102", "kdm.md 6", signer_named(
        lambda w: (w.lab.leaf.subject, of_leaf(w)[1]))),
    Wrong("Signer with an issuer that is no name", "KDM-102", "kdm.md 6", signer_named(
        lambda w: ("nobody", of_leaf(w)[1]))),
    Wrong("Signer with an empty issuer", "KDM-102", "kdm.md 6", signer_named(
        lambda w: ("", of_leaf(w)[1]))),
    Wrong("Signer with a name of 5,000 characters", "KDM-102", "kdm.md 6", signer_named(
        lambda w: ("CN=" + "x" * 5000, of_leaf(w)[1]))),
    Wrong("Signer that names the intermediate", "KDM-101", "kdm.md 6", signer_named(
        lambda w: (w.lab.chain[1].issuer, w.lab.chain[1].serial))),
    Wrong("signed by the intermediate, which Signer names", "KDM-102", "kdm.md 7", lambda w: signed_by(
        signer_of((w.lab.chain[1], w.lab.leaf, w.lab.chain[2]), w.lab.private_keys[1]))),
    Wrong("a certificate of the same issuer and serial number, with another key", "KDM-102", "kdm.md 7",
          lambda w: signed_by(signer_of(double(w), spare_key()))),
    Wrong("two certificates of the same issuer and serial number", "KDM-102", "kdm.md 6", lambda w: signed_by(
        signer_of((double(w)[0], *w.lab.chain), spare_key()))),
    # the chain, judged by the rules of dcp.trust
    leaf("SHA-1 outside", "CER-015", "CTP A.5.6", outer=SHA1_WITH_RSA),
    leaf("SHA-1 inside", "CER-015", "CTP A.5.6", inner=SHA1_WITH_RSA),
    chain("signer of the Interop kind", "CER-015", "CTP A.6.74", sha1_chain),
    chain("signer's key of 1024 bits", "CER-016", "CTP A.5.6", lambda b: b.with_leaf(
        public_key=spare_key(1024).public_key()), lambda w: spare_key(1024)),
    chain("signer's key of 4096 bits", "CER-016", "CTP A.5.6", lambda b: b.with_leaf(
        public_key=spare_key(4096).public_key()), lambda w: spare_key(4096)),
    chain("signer's exponent 3", "CER-016", "CTP A.5.6", lambda b: b.with_leaf(
        public_key=spare_key(2048, 3).public_key()), lambda w: spare_key(2048, 3)),
    leaf("version 1", "CER-001", "CTP A.5.6", fields={"version": b""}),
    leaf("serial number of 65 bits", "CER-020", "certificates.md 14", serial=2**64),
    leaf("serial number negative", "CER-020", "certificates.md 14", serial=-1),
    leaf("no validity", "CER-003", "CTP A.5.6", fields={"validity": b""}),
    leaf("ends before it begins", "CER-011", CHAIN, fields={"validity": der.sequence(
        der.tlv(der.UTC_TIME, b"360101000000Z"), der.tlv(der.UTC_TIME, b"260101000000Z"))}),
    leaf("no authorityKeyIdentifier", "CER-022", "CTP A.5.6", extensions=without(AUTHORITY_KEY_IDENTIFIER)),
    leaf("no keyUsage", "CER-002", "CTP A.5.6", extensions=without(KEY_USAGE)),
    leaf("no basicConstraints", "CER-002", "CTP A.5.6", extensions=without(BASIC_CONSTRAINTS)),
    leaf("an authority, path length 0", "CER-005", "CTP A.5.6", extensions=authority_constraints(0)),
    leaf("an authority, path length -1", "CER-005", "CTP A.5.6", extensions=authority_constraints(-1)),
    leaf("a path length of 2", "CER-005", "CTP A.5.6", extensions=constraints(der.integer(2))),
    leaf("may sign certificates", "CER-006", CHAIN, extensions=key_usage(
        "digitalSignature", "keyEncipherment", "keyCertSign")),
    leaf("may not sign", "CER-006", CHAIN, extensions=key_usage("keyEncipherment")),
    leaf("an unknown critical extension", "CER-002", CHAIN,
         extensions={"x": extension("2.5.29.37", CLIENT_AUTH, True)}),
    leaf("outer algorithm with parameters", "CER-023", "CTP A.5.6",
         fields={"signatureAlgorithm": algorithm(SHA256_WITH_RSA, der.octets(b"x"))}),
    chain("signer's certificate: BER", "CER-023", "CTP A.5.6", lambda b: b.under(
        Certificate(b"\x30\x80" + b.leaf().der[4:] + b"\0\0"))),
    chain("signer's certificate: another organization", "CER-007", "CTP A.5.6",
          subject(("2.5.4.10", "Else.org"))),
    chain("signer's certificate: no organizational unit", "CER-008", CHAIN, subject(("2.5.4.11", None))),
    chain("signer's certificate: two common names", "CER-003", CHAIN,
          subject(before=(("2.5.4.3", "CS.first"),))),
    chain("signer's certificate: the qualifier of another key", "CER-018", CHAIN, subject(
        ("2.5.4.46", "I9/xYix5B+/PABwuSHNPl3dEvh8="))),
    leaf("signed by nobody", "SIG-009", CHAIN, fields={"signatureValue": der.bits(b"x" * 256)}),
    chain("signer's certificate: signed by another key of the issuer's name", "SIG-009", CHAIN,
          lambda b: b.with_leaf(signing_key=spare_key())),
    chain("signer's intermediate: no authority", "CER-005", CHAIN,
          lambda b: b.with_middle(extensions=constraints())),
    chain("signer's intermediate: may not sign certificates", "CER-006", CHAIN,
          lambda b: b.with_middle(extensions=key_usage("cRLSign"))),
    chain("signer's intermediate: signed by another key", "SIG-009", CHAIN,
          lambda b: b.with_middle(signing_key=spare_key())),
    chain("signer's root: path length too short", "SIG-009", CHAIN,
          lambda b: b.with_root(extensions=authority_constraints(0))),
    chain("signer's root: its own signature does not hold", "SIG-011", CHAIN,
          lambda b: b.with_root(signing_key=spare_key())),
    chain("signer's chain: longer than its path lengths", "SIG-009", CHAIN, lambda b: four(b)),
    chain("signer's chain: one certificate", "SIG-008", CHAIN, lambda b: (b.leaf(),)),
    # the deny list, where the playlist has a signer of its own
    Wrong("the signer is on the deny list by its key", "KDM-102", "certificates.md 12", check=lambda w: {
        "cpl": None, "revoked": DenyList(keys=frozenset([w.lab.leaf.public_key_thumbprint()]))},
        rule="CER-017"),
    Wrong("the signer is on the deny list by issuer and serial number", "KDM-102", "certificates.md 12",
          check=lambda w: {"cpl": None, "revoked": DenyList(
              certificates=frozenset([(w.lab.leaf.issuer_name, w.lab.leaf.serial)]))}, rule="CER-017"),
    Wrong("the signer's intermediate is on the deny list", "KDM-102", "certificates.md 12", check=lambda w: {
        "cpl": None, "revoked": deny_certificates(w.lab.chain[1:2])}, rule="CER-017"),
    Wrong("the signer's root is on the deny list though it is trusted", "KDM-102", "certificates.md 12",
          check=lambda w: {"cpl": None, "revoked": deny_certificates(w.lab.chain[2:])}, rule="CER-017"),
    # the root
    Wrong("the signer's root is not trusted", "SIG-014", "certificates.md 16",
          check=lambda w: {"trust": (w.hall.chain[-1],)}),
    Wrong("no root is trusted", "SIG-014", "certificates.md 16", check=lambda w: {"trust": ()}),
    Wrong("signed by a stranger, in all as the lab would", "SIG-014", "certificates.md 16",
          lambda w: signed_by(MessageSigner.of(stranger().signer))),
    # dates
    Wrong("issued before the signer was", "KDM-103", "CTP A.6.65", lambda w: issued(at(-9))),
    Wrong("issued a second before the signer was", "KDM-103", "CTP A.6.65",
          lambda w: issued(w.lab.leaf.not_before - timedelta(seconds=1))),
    Wrong("issued after the signer's end", "KDM-103", "CTP A.6.64", lambda w: issued(at(9000))),
    Wrong("the window ends after the signer", "KDM-103", "CTP A.6.66", lambda w: window(at(-0.5), at(9000))),
    Wrong("the window ends a second after the signer", "KDM-103", "CTP A.6.66",
          lambda w: window(at(-0.5), w.lab.leaf.not_after + timedelta(seconds=1))),
    Wrong("the window begins before the signer", "KDM-103", "CTP A.6.66", lambda w: window(at(-3), at(3))),
    Wrong("an intermediate that ends within the window", "KDM-103", "kdm.md 8", signed_under(
        lambda b: b.with_middle(window=(b.good.chain[1].not_before, at(3))))),
]  # fmt: skip


def more(text: str) -> str:
    return base64.b64encode(base64.b64decode(text) + b"\0").decode()


@functools.cache
def _double(issuer: Certificate, leaf: Certificate, root: Certificate) -> tuple[Certificate, ...]:
    own = forge(issuer=issuer, signing_key=spare_key(), public_key=spare_key().public_key(),
                serial=leaf.serial, fields={"subject": leaf.subject_name.encode()})  # fmt: skip
    return (own, issuer, root)


def double(world: World) -> tuple[Certificate, ...]:
    """The forger's own certificate under the signer's name and number."""
    leaf, issuer, root = world.lab.chain
    return _double(issuer, leaf, root)
