"""What is wrong in signatures and in the chains behind them: both documents are signed anew, wrongly."""

from __future__ import annotations

import base64
import functools
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from unittest.mock import patch

from forgery.certificates import Bench, spare_key
from forgery.chains.encoding import ENCODING
from forgery.chains.extensions import EXTENSIONS
from forgery.chains.fields import FIELDS
from forgery.chains.legal import LEGAL
from forgery.chains.names import NAMES
from forgery.chains.rows import LegalChain, WrongChain, nothing
from forgery.chains.whole import ALGORITHMS, WHOLE
from lxml import etree

from dcp.suite import INTEROP, KDM_SUITE, SMPTE, Suite
from dcp.trust import signing
from dcp.trust.certificate import Certificate
from dcp.trust.deny import deny_certificates
from dcp.trust.making import make_chain
from dcp.trust.order import order_chain
from dcp.trust.signer import Signer
from dcp.xml.parse import XMLDSIG
from faults.bases import MADE, NOW, chain
from faults.changes import Change, Copy
from faults.repair import restate
from faults.rows import Fault, Good

WRONG = (*FIELDS, *ENCODING, *NAMES, *EXTENSIONS, *ALGORITHMS, *WHOLE)
UNSIGNED = re.compile(rb"\n  <(?:\w+:)?Signer.*</(?:\w+:)?Signature>", re.DOTALL)


@functools.cache
def bench() -> Bench:
    other = make_chain(organization="Other", unit="Blocks", role="SM", now=MADE)
    return Bench(chain(), other, NOW)


def signed_anew(sign: Callable[[bytes], bytes]) -> Change:
    """Playlist and packing list signed in another way; hashes and sizes are right."""

    def change(copy: Copy) -> None:
        for role in ("cpl", "pkl"):
            bare = UNSIGNED.sub(b"", copy.read(role))
            assert b"Signature" not in bare
            copy.write(role, sign(bare))
            if role == "cpl":
                restate(copy.base, copy.root, "cpl", "pkl")
            restate(copy.base, copy.root, role, "map")

    return change


def by_chain(row: WrongChain | LegalChain) -> Change:
    return signed_anew(lambda data: signed(data, certificates_of(row)))


def certificates_of(row: WrongChain | LegalChain) -> Sequence[Certificate]:
    return list(row.make(bench()))


def signed(data: bytes, certificates: Sequence[Certificate], suite: Suite = SMPTE) -> bytes:
    """By the good leaf's key, whatever the chain is; nobody looks at it first."""
    made = order_chain(certificates, leaf=certificates[0])
    return sign_as(data, Signer(replace(made, certificates=tuple(certificates)), chain().private_key), suite)


def sign_as(data: bytes, signer: Signer, suite: Suite) -> bytes:
    with patch.object(signing, "check_signer"):
        return signing.sign_document(data, signer, suite=suite)


def by_suite(suite: Suite) -> Change:
    return signed_anew(lambda data: sign_as(data, chain().signer, suite))


def reshaped(do: Callable[[etree._Element], object]) -> Change:
    """The signature as a tree, changed after it was made."""

    def sign(data: bytes) -> bytes:
        root = etree.fromstring(signing.sign_document(data, chain().signer))
        do(root)
        return etree.tostring(root, xml_declaration=True, encoding="UTF-8")

    return signed_anew(sign)


BY_HAND = ("CER-011", "CER-016")
UNNAMED = ("serial number missing",)
"""Signatures cannot say whose they are: they state the issuer and the number of each certificate."""
WITH_IT = {
    "CER-003": {"CER-023"},
    "CER-009": {"SIG-012"},
    "CER-010": {"SIG-012"},
    "CER-014": {"CER-011"},
    "SIG-011": {"SIG-008"},
}
"""What speaks with a step in a package beside what the chain alone draws."""


def chain_faults() -> list[Fault]:
    """The first chain of each step that a signer with the good key can have; none is made yet."""
    made: dict[str, Fault] = {}
    for row in WRONG:
        if row.step in (*made, *BY_HAND) or row.name in UNNAMED or row.judge is not nothing:
            continue
        also = {*row.also, *WITH_IT.get(row.step, ())} - {"SIG-014"}  # no root is demanded here
        made[row.step] = Fault(row.step, "encrypted", by_chain(row), tuple(also), repaired=False)
    return list(made.values())


def _first_digest(root: etree._Element) -> etree._Element:
    return next(root.iter(f"{{{XMLDSIG}}}DigestValue"))


def _issuer(root: etree._Element) -> None:
    found = next(root[-1].iter(f"{{{XMLDSIG}}}X509IssuerName"))
    found.text = (found.text or "").replace("O=Example", "O=Exemple")


def _serial(root: etree._Element) -> None:
    next(root[-1].iter(f"{{{XMLDSIG}}}X509SerialNumber")).text = "12"


def _other_value(root: etree._Element) -> None:
    value = bytearray(base64.b64decode(_first_digest(root).text or ""))
    value[3] ^= 1
    _first_digest(root).text = base64.b64encode(value).decode()


def small_key() -> Change:
    def sign(data: bytes) -> bytes:
        leaf = bench().leaf(public_key=spare_key(1024).public_key())
        made = order_chain(bench().under(leaf), leaf=leaf)
        return sign_as(data, Signer(made, spare_key(1024)), SMPTE)

    return signed_anew(sign)


def by_certificates(certificates: Callable[[], Sequence[Certificate]]) -> Change:
    return signed_anew(lambda data: signed(data, certificates()))


def warned(step: str) -> Change:
    """The first legal chain that draws this warning."""
    row = next(row for row in LEGAL if step in row.warns and row.judge is nothing)
    return by_chain(row)


def ended() -> Sequence[Certificate]:
    """All was over when the documents were made."""
    return bench().with_leaf(window=(MADE - timedelta(days=30), MADE - timedelta(days=1)))


def expired() -> Sequence[Certificate]:
    """All of it ended between the day of the documents and now."""
    window = (MADE - timedelta(days=30), MADE + timedelta(hours=12))
    return bench().with_leaf(window=window)


def _row(name: str) -> WrongChain:
    return next(row for row in WRONG if row.name == name)


def _fault(rule: str, change: Change, *also: str, **more: object) -> Fault:
    return Fault(rule, "encrypted", change, also, repaired=False, **more)  # type: ignore[arg-type]


FAULTS = [
    *chain_faults(),
    _fault("CER-016", small_key()),
    _fault("SIG-010", by_chain(_row("both algorithms SHA-1")), "CER-015"),
    _fault("SIG-012", by_chain(next(row for row in WRONG if row.step == "CER-010")), "CER-010"),
    _fault("CER-011", by_certificates(ended), "SIG-009", "CER-012"),
    _fault("CER-012", by_certificates(expired), "SIG-009"),
    _fault("CER-004", warned("CER-004")),
    _fault("CER-013", warned("CER-013"), "SIG-009"),
    _fault("CER-021", warned("CER-021")),
    _fault(
        "CER-017",
        lambda copy: None,
        handed=lambda: {"revoked": deny_certificates([chain().leaf])},
    ),
    _fault("SIG-014", lambda copy: None, handed=lambda: {"trust": (bench().other.chain[2],)}),
    _fault("SIG-001", reshaped(_other_value), note="digest"),
    _fault("SIG-002", by_suite(replace(SMPTE, signature_methods=INTEROP.signature_methods))),
    _fault("SIG-003", by_suite(replace(SMPTE, canonicalization=KDM_SUITE.canonicalization))),
    _fault("SIG-004", by_suite(replace(SMPTE, transforms=SMPTE.transforms * 2))),
    _fault("SIG-005", by_suite(replace(SMPTE, digest_method=KDM_SUITE.digest_method))),
    _fault("SIG-006", reshaped(_issuer)),
    _fault("SIG-007", reshaped(_serial)),
]
GOOD = [
    Good(
        "legal-chain",
        "encrypted",
        by_chain(next(row for row in LEGAL if not row.warns and row.judge is nothing)),
        repaired=False,
    ),
]
