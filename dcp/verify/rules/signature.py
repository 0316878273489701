"""Signatures of playlists and packing lists, and the certificates behind them.

`dcp.trust` judges both and names each step by its id; here is what each weighs in a package. A certificate
that was valid when the document was issued and has expired since is no fault of the package.
"""

from __future__ import annotations

from dcp.documents.cpl import CompositionPlaylist
from dcp.documents.pkl import PackingList
from dcp.verify.facts import PackageFacts, SignatureFacts
from dcp.verify.finding import Severity
from dcp.verify.rule import RULES, Hit, Outcome, Skip, judged, package_rule

_ROWS: tuple[tuple[str, Severity, str | None, str], ...] = (
    ("SIG-002", "error", "RFC 4051", "The signature algorithm is the standard's"),
    ("SIG-003", "error", None, "The canonicalisation is the standard's"),
    ("SIG-004", "error", None, "The only transform is that of an enveloped signature"),
    ("SIG-005", "error", None, "The digest method is the standard's"),
    ("SIG-006", "error", None, "The issuer named in the XML is the certificate's"),
    ("SIG-007", "error", None, "The serial number named in the XML is the certificate's"),
    ("SIG-008", "error", "ST 430-2 6.2", "The chain has three certificates or more"),
    ("SIG-009", "error", "ST 430-2 6.2", "The chain holds from leaf to root: names, signatures, windows"),
    ("SIG-010", "error", None, "A chain keeps to one signature algorithm"),
    ("SIG-011", "error", "ST 430-2 6.2", "A chain ends in exactly one self-signed root"),
    ("SIG-012", "error", "DCSS 9", "The chain of an encrypted playlist can be a content authenticator's"),
    ("SIG-013", "error", "ST 430-2 6.2", "Every certificate in the signature belongs to its chain"),
    ("SIG-014", "error", "ST 430-2 6.2", "The chain leads to a certificate that is trusted"),
    ("CER-001", "error", "ST 430-2 6.2", "Certificates are X.509 of version 3"),
    ("CER-002", "error", "ST 430-2 6.2", "Required extensions are there, and no unknown one is critical"),
    ("CER-003", "error", "ST 430-2 6.2", "All required fields of a certificate are there"),
    ("CER-004", "warning", "ST 430-2 5.3", "Names in certificates are PrintableStrings"),
    ("CER-005", "error", "CTP 2.1.10", "Basic constraints fit the place in the chain"),
    ("CER-006", "error", "CTP 2.1.9", "The key usage fits the place in the chain"),
    ("CER-007", "error", "CTP 2.1.12", "The organization stands once and is the same along the chain"),
    ("CER-008", "error", "CTP 2.1.13", "The organizational unit stands once and is not empty"),
    ("CER-009", "error", "CTP 2.1.14", "The leaf's common name carries roles, no authority's does"),
    ("CER-010", "warning", "DCSS 9.4.3.5", "A content signer has no other role than CS"),
    ("CER-011", "error", "ST 430-2 6.2, DCSS 1.4.4", "Certificates were valid when the document was issued"),
    ("CER-012", "info", "DCSS 1.4.4", "Certificates that have expired since are named"),
    ("CER-013", "info", None, "The dates of certificates suit older equipment"),
    ("CER-014", "error", "CTP 2.1.7", "The validity of certificates is written in UTC"),
    ("CER-015", "error", "CTP 2.1.2", "Certificates are signed by RSA and SHA-256, SHA-1 in Interop only"),
    ("CER-016", "error", "CTP 2.1.5", "Keys are RSA of 2048 bits with the exponent 65537"),
    ("CER-017", "error", "ST 430-2 6.2", "No certificate is on a list of revoked ones"),
    ("CER-018", "error", "CTP 2.1.11", "The dnQualifier is the digest of the public key"),
    ("CER-019", "error", "CTP 2.1.11", "The dnQualifier stands once"),
    ("CER-020", "error", "CTP 2.1.4", "Serial numbers are in range"),
    ("CER-021", "info", None, "Serial numbers fit the 32 bits that some servers read"),
    ("CER-022", "error", "CTP 2.1.8", "Certificates name their authority's key"),
    ("CER-023", "error", "ST 430-2", "Certificates are encoded as DER asks"),
)
for _id, _severity, _clause, _statement in _ROWS:
    judged(_id, severity=_severity, clause=_clause, statement=_statement)

NOT_APPLICABLE = frozenset({"SIG-012"})
"""Skipped where they do not apply, which leaves nothing unchecked."""


@package_rule(
    "SIG-001",
    severity="error",
    clause="ST 429-7 6.13, 429-8 5.10",
    statement="The signature of a document holds: its value and the digest of what it covers",
)
def holds(facts: PackageFacts) -> Outcome:
    found = {signature.document.name: signature for signature in facts.signatures}
    for document in facts.survey.documents:
        if not isinstance(document.value, CompositionPlaylist | PackingList):
            continue
        signature = found.get(document.name)
        if not document.value.signed:
            yield Skip(f"{document.name} is not signed")
        elif signature is not None:
            yield from _told(signature)


def _told(signature: SignatureFacts) -> Outcome:
    name, error = signature.document.name, signature.error
    place = (error.where or "").rsplit(": ", 1)[-1] if error is not None else ""
    for step in signature.steps:
        rule = step.id if step.id in RULES else "SIG-001"
        if step.result == "fail":
            known = error is not None and step.message == error.what
            yield Hit(
                step.message,
                file=name,
                place=place if known and place.startswith("/") else None,
                remedy=error.remedy if error is not None and known else None,
                rule=rule,
            )
        elif step.result == "warn":
            lighter: Severity = "info" if RULES[rule].severity == "info" else "warning"
            yield Hit(step.message, file=name, rule=rule, severity=lighter)
        elif step.result == "skipped" and rule not in NOT_APPLICABLE:
            yield Skip(step.message, rule=rule)
