"""The ordered checklist for a certificate chain (ST 430-2, DCSS 9.4.3.5 and 9.5.1), as named steps.

Every rule is a function that notes what is wrong; `RULES` gives the order, the ids of the project's table of
checks, and the clauses. No certificate, however malformed, makes a rule raise.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import lru_cache
from itertools import pairwise
from typing import Literal

from dcp.dataclass import dataclass
from dcp.errors import CertificateError, UsageError
from dcp.suite import (
    Profile,
    algorithm_name,
)
from dcp.trust import rules
from dcp.trust.certificate import Certificate
from dcp.trust.deny import DenyList
from dcp.trust.names import DN_QUALIFIER, ORGANIZATIONAL_UNIT, Name
from dcp.trust.order import CertificateChain, order_chain
from dcp.trust.rules import Case, Notes, each
from dcp.trust.step import Step

MAX_KNOWN, MAX_KNOWN_BYTES = 128, 64 * 1024  # judgements remembered, and the size of the largest chain of one


def judge_chain(
    certificates: Sequence[Certificate] | CertificateChain,
    *,
    at: Sequence[datetime],
    now: datetime | None = None,
    profile: Profile = "smpte",
    role: str | None = None,
    role_strict: bool = True,
    early: Literal["fail", "warn"] = "fail",
    trust: Sequence[Certificate] | None = None,
    revoked: DenyList | None = None,
    content_authenticator: bool = False,
) -> list[Step]:
    """Every rule as a step, in order.

    at: the instants at which every certificate has to be valid: the IssueDate of a playlist, the ends of a
    KDM's window. now: to report what has expired since. role: tokens that the leaf has to have (`CS` alone
    where CS is asked). role_strict: False makes faults of the role warnings, as for the signer of a KDM; in
    the Interop profile they always are. early: what it means when an instant lies before a certificate's
    window; real test packages carry an IssueDate older than the chain that signed them. trust: anchors, of
    which one has to be in the chain; None when there is no list. revoked: what must not be in it.
    content_authenticator: the chain signed an encrypted playlist, and must hold a certificate that a
    KDM can name as ContentAuthenticator. UsageError for an instant without an offset.

    A bounded number of judgements is remembered, each under all that went into it: the bytes of every
    certificate, and every argument.
    """
    if any(instant.tzinfo is None for instant in (*at, *((now,) if now else ()))):
        raise UsageError(
            "a time without an offset cannot be held against a certificate",
            remedy="give it with its offset, as in 2026-01-31T18:00:00+00:00",
        )
    chain = certificates if isinstance(certificates, CertificateChain) else order_chain(certificates)
    case = Case(
        chain=chain,
        at=tuple(at),
        now=now,
        profile=profile,
        role=tuple(role.split()) if role else (),
        role_strict=role_strict and profile == "smpte",
        early=early,
        trust=None if trust is None else tuple(trust),
        revoked=revoked,
        content_authenticator=content_authenticator,
    )
    everybody = (*chain.certificates, *chain.strangers, *chain.duplicates)
    if sum([len(one.der) for one in everybody]) > MAX_KNOWN_BYTES:
        return list(_judge(case))
    # One instant has many ways to be written, and the messages show which.
    return list(_known(case, tuple([instant.isoformat() for instant in (*at, *((now,) if now else ()))])))


@lru_cache(maxsize=MAX_KNOWN)
def _known(case: Case, written: tuple[str, ...]) -> tuple[Step, ...]:
    return _judge(case)


def _judge(case: Case) -> tuple[Step, ...]:
    steps = []
    for rule in RULES:
        notes = Notes(case)
        try:
            rule.judge(notes)
        except CertificateError as error:  # of a rule that looks at the chain as a whole
            notes.skip(None, f"{error.what} (CER-003)")
        steps.append(notes.step(rule.id, rule.clause, rule.holds))
    return tuple(steps)


def failures(steps: Sequence[Step]) -> list[Step]:
    """The steps that failed, in their order."""
    return [step for step in steps if step.result == "fail"]


@dataclass(frozen=True)
class _Rule:
    id: str
    clause: str | None
    holds: str
    judge: Callable[[Notes], None]


def _only_content_signer(notes: Notes) -> None:
    leaf = notes.case.chain.leaf
    others = [token for token in leaf.roles if token != "CS"]
    if "CS" in leaf.roles and others:
        demanded = "CS" in notes.case.role and notes.case.role_strict
        (notes.fail if demanded else notes.warn)(leaf, f"a content signer also has {' '.join(others)}")


def _valid_at(notes: Notes) -> None:
    if not notes.case.at:
        notes.skip(None, "no instant was given to judge the validity at")
    each(rules.valid_at_each)(notes)


def _expired_now(notes: Notes) -> None:
    now = notes.case.now
    if now is None:
        notes.skip(None, "the present time was not given")
        return
    for certificate in notes.case.chain:
        end = certificate.fields.not_after
        if end is not None and end.instant < now:
            notes.warn(certificate, f"it has expired by now, on {rules.when(end.instant)}")


def _one_algorithm(notes: Notes) -> None:
    used = {certificate.fields.outer_algorithm for certificate in notes.case.chain}
    if len(used) > 1:
        names = sorted(algorithm_name(one) for one in used)
        notes.fail(None, f"the chain mixes signature algorithms: {', '.join(names)}")


def _not_revoked(notes: Notes) -> None:
    revoked = notes.case.revoked
    if revoked is None:
        notes.skip(None, "no deny list was given")
        return
    for certificate in notes.case.chain:
        why = revoked.names(certificate)
        if why is not None:
            notes.fail(certificate, why)


# --- the chain ---


def _membership(notes: Notes) -> None:
    for certificate in notes.case.chain.strangers:
        notes.fail(certificate, "it belongs to no place in the chain")
    for certificate in notes.case.chain.duplicates:
        notes.warn(certificate, "it stands there more than once")


def _length(notes: Notes) -> None:
    length = len(notes.case.chain)
    if length == 1:
        notes.fail(None, "there is only one certificate")
    elif length == 2:
        notes.warn(None, "there are two certificates, with no intermediate authority")


def _one_root(notes: Notes) -> None:
    root = notes.case.chain.root
    if root is None:
        last = notes.case.chain[-1]
        notes.fail(last, f"its issuer is not there: {_text(last.fields.issuer)}")
    elif not root.is_signed_by(root):
        notes.fail(root, "the root's own signature does not hold")


def _links(notes: Notes) -> None:
    chain = notes.case.chain
    for place, (child, parent) in enumerate(pairwise(chain)):
        if not child.is_signed_by(parent):
            notes.fail(child, f"its signature does not hold under the key of {parent.label}")
        authority = child.authority_key_identifier
        if authority is not None:
            own = parent.subject_key_identifier
            if own is None and parent.fields.public_key is not None:
                own = parent.public_key_thumbprint()
            if authority.key_id is not None and authority.key_id != own:
                notes.fail(child, "authorityKeyIdentifier names another key than its issuer's")
            if authority.serial is not None and authority.serial != parent.fields.serial:
                notes.fail(child, "authorityKeyIdentifier names another serial number than its issuer's")
            if authority.issuer is not None and authority.issuer != parent.fields.issuer:
                notes.fail(child, "authorityKeyIdentifier names another authority above its issuer")
        if parent.path_len is not None and parent.path_len < place:
            notes.fail(
                parent,
                f"its path length {parent.path_len} does not allow the {place} authorities below it",
            )
        if place + 1 < len(chain) and (
            child.not_before < parent.not_before or child.not_after > parent.not_after
        ):
            notes.warn(child, f"its validity is not inside that of {parent.label}")
    if chain.root is None:
        notes.skip(None, "the chain does not reach a root (SIG-011)")


def _trusted(notes: Notes) -> None:
    trust = notes.case.trust
    if trust is None:
        notes.skip(None, "the root was not checked against a list")
        return
    anchors = {(anchor.fields.subject, anchor.fields.spki) for anchor in trust if anchor.fields.spki}
    if not any((one.fields.subject, one.fields.spki) in anchors for one in notes.case.chain):
        notes.fail(notes.case.chain[-1], "the chain leads to none of the trusted certificates")


def _authenticator(notes: Notes) -> None:
    if not notes.case.content_authenticator:
        notes.skip(None, "the chain did not sign an encrypted playlist")
    elif not any(certificate.roles == ("CS",) for certificate in notes.case.chain):
        notes.fail(None, "no certificate has the role CS alone, so a KDM can name no ContentAuthenticator")


def _text(name: Name | None) -> str:
    return str(name)[:200] if name is not None else "unreadable"


RULES: tuple[_Rule, ...] = (
    _Rule("CER-023", "ST 430-2; CTP A.5.3.9", "all certificates are DER", each(rules.encoding)),
    _Rule("CER-001", "ST 430-2 6.2", "all are X.509 version 3", each(rules.version)),
    _Rule(
        "CER-002",
        "ST 430-2 6.2",
        "required extensions are there, no unknown one is critical",
        each(rules.extensions),
    ),
    _Rule(
        "CER-022",
        "CTP A.5.3.19",
        "authorityKeyIdentifier is there",
        each(rules.authority_key_identifier),
    ),
    _Rule("CER-003", "ST 430-2 6.2", "all required fields are there", each(rules.fields)),
    _Rule("CER-008", "ST 430-2 5.3", "one organizational unit each", each(rules.once(ORGANIZATIONAL_UNIT))),
    _Rule("CER-019", "ST 430-2 5.3", "one dnQualifier each", each(rules.once(DN_QUALIFIER))),
    _Rule("CER-004", "ST 430-2 5.3", "names are PrintableStrings", each(rules.printable)),
    _Rule(
        "CER-005",
        "ST 430-2 6.2",
        "basic constraints fit leaf and authorities",
        each(rules.basic_constraints),
    ),
    _Rule("CER-006", "ST 430-2 6.2", "key usage fits leaf and authorities", each(rules.key_usage)),
    _Rule(
        "CER-007",
        "ST 430-2 6.2",
        "one organization, the same along the chain",
        each(rules.organization),
    ),
    _Rule(
        "CER-009",
        "ST 430-2 5.3; DCSS 9.5.1",
        "roles are on the leaf and on no authority",
        each(rules.roles),
    ),
    _Rule("CER-010", "DCSS 9.4.3.5", "a content signer has no other role", _only_content_signer),
    _Rule("CER-014", "ST 430-2 5.2", "validity is written in UTC", each(rules.utc)),
    _Rule("CER-011", "ST 430-2 6.2; DCSS 9.4.3.5", "all were valid at the instants in question", _valid_at),
    _Rule("CER-012", "DCSS 9.4.3.5", "none has expired by now", _expired_now),
    _Rule("CER-013", None, "dates suit older equipment", each(rules.date_overflow)),
    _Rule(
        "CER-015",
        "ST 430-2 5.2",
        "signature algorithms are allowed ones",
        each(rules.signature_algorithm),
    ),
    _Rule("SIG-010", "ST 430-2 6.2", "one signature algorithm throughout", _one_algorithm),
    _Rule("CER-016", "ST 430-2 5.2", "keys are RSA 2048 with exponent 65537", each(rules.key)),
    _Rule("CER-017", "ST 430-2 6.2", "none is on the list of revoked certificates", _not_revoked),
    _Rule("CER-018", "ST 430-2 5.4", "dnQualifier is the digest of the public key", each(rules.key_digest)),
    _Rule("CER-020", "ST 430-2 5.2", "serial numbers are in range", each(rules.serial)),
    _Rule("CER-021", None, "serial numbers fit 32 bits", each(rules.serial_hint)),
    _Rule("SIG-013", "ST 430-2 6.2", "all certificates belong to the chain, once", _membership),
    _Rule("SIG-008", "ST 430-2 6.2", "the chain has at least three certificates", _length),
    _Rule("SIG-011", "ST 430-2 6.2", "the chain ends in one self-signed root", _one_root),
    _Rule("SIG-009", "ST 430-2 6.2", "names, signatures, path lengths and windows link up", _links),
    _Rule("SIG-014", "ST 430-2 6.2", "the chain leads to a trusted certificate", _trusted),
    _Rule("SIG-012", "DCSS 9.4.3.5", "a certificate can be named as ContentAuthenticator", _authenticator),
)
"""In the order of the steps."""
