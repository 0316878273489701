"""The ordered checklist for a certificate chain (ST 430-2, DCSS 9.4.3.5 and 9.5.1), as named steps.

Every rule is a function that notes what is wrong; `RULES` gives the order, the ids of the project's table of
checks, and the clauses. No certificate, however malformed, makes a rule raise.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Literal

from dcp.dataclass import dataclass
from dcp.errors import CertificateError, UsageError
from dcp.suite import (
    Profile,
    algorithm_name,
)
from dcp.texts.catalogue import Text, text
from dcp.trust import rules
from dcp.trust.certificate import Certificate
from dcp.trust.names import DN_QUALIFIER, ORGANIZATIONAL_UNIT, Name
from dcp.trust.order import CertificateChain, order_chain
from dcp.trust.rules import Case, Notes, each
from dcp.trust.step import Step

if TYPE_CHECKING:
    from dcp.trust.deny import DenyList

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
        raise UsageError("time.no-offset")
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
            notes.skip("step.see", why=error.text, rule="CER-003")
        steps.append(notes.step(rule.id, rule.clause))
    return tuple(steps)


def failures(steps: Sequence[Step]) -> list[Step]:
    """The steps that failed, in their order."""
    return [step for step in steps if step.result == "fail"]


@dataclass(frozen=True)
class _Rule:
    id: str
    clause: str | None
    judge: Callable[[Notes], None]


def _only_content_signer(notes: Notes) -> None:
    leaf = notes.case.chain.leaf
    others = [token for token in leaf.roles if token != "CS"]
    if "CS" in leaf.roles and others:
        demanded = "CS" in notes.case.role and notes.case.role_strict
        judge = notes.fail if demanded else notes.warn
        judge("CER-010.others", leaf, roles=" ".join(others))


def _valid_at(notes: Notes) -> None:
    if not notes.case.at:
        notes.skip("CER-011.no-instant")
    each(rules.valid_at_each)(notes)


def _expired_now(notes: Notes) -> None:
    now = notes.case.now
    if now is None:
        notes.skip("CER-012.no-time")
        return
    for certificate in notes.case.chain:
        end = certificate.fields.not_after
        if end is not None and end.instant < now:
            notes.warn("CER-012.expired", certificate, end=rules.when(end.instant))


def _one_algorithm(notes: Notes) -> None:
    used = {certificate.fields.outer_algorithm for certificate in notes.case.chain}
    if len(used) > 1:
        notes.fail("SIG-010.mixed", algorithms=sorted(algorithm_name(one) for one in used))


def _not_revoked(notes: Notes) -> None:
    revoked = notes.case.revoked
    if revoked is None:
        notes.skip("CER-017.no-list")
        return
    for certificate in notes.case.chain:
        why = revoked.names(certificate)
        if why is not None:
            notes.note("fail", certificate, why)


# --- the chain ---


def _membership(notes: Notes) -> None:
    for certificate in notes.case.chain.strangers:
        notes.fail("SIG-013.stranger", certificate)
    for certificate in notes.case.chain.duplicates:
        notes.warn("SIG-013.duplicate", certificate)


def _length(notes: Notes) -> None:
    length = len(notes.case.chain)
    if length == 1:
        notes.fail("SIG-008.one")
    elif length == 2:
        notes.warn("SIG-008.two")


def _one_root(notes: Notes) -> None:
    root = notes.case.chain.root
    if root is None:
        last = notes.case.chain[-1]
        notes.fail("SIG-011.no-issuer", last, issuer=_shown(last.fields.issuer))
    elif not root.is_signed_by(root):
        notes.fail("SIG-011.signature", root)


def _links(notes: Notes) -> None:
    chain = notes.case.chain
    for place, (child, parent) in enumerate(pairwise(chain)):
        if not child.is_signed_by(parent):
            notes.fail("SIG-009.signature", child, parent=parent.called)
        authority = child.authority_key_identifier
        if authority is not None:
            own = parent.subject_key_identifier
            if own is None and parent.fields.public_key is not None:
                own = parent.public_key_thumbprint()
            if authority.key_id is not None and authority.key_id != own:
                notes.fail("SIG-009.other-key", child)
            if authority.serial is not None and authority.serial != parent.fields.serial:
                notes.fail("SIG-009.other-serial", child)
            if authority.issuer is not None and authority.issuer != parent.fields.issuer:
                notes.fail("SIG-009.other-authority", child)
        if parent.path_len is not None and parent.path_len < place:
            notes.fail("SIG-009.path-length", parent, length=parent.path_len, below=place)
        if place + 1 < len(chain) and (
            child.not_before < parent.not_before or child.not_after > parent.not_after
        ):
            notes.warn("SIG-009.validity", child, parent=parent.called)
    if chain.root is None:
        notes.skip("SIG-009.no-root")


def _trusted(notes: Notes) -> None:
    trust = notes.case.trust
    if trust is None:
        notes.skip("SIG-014.no-list")
        return
    anchors = {(anchor.fields.subject, anchor.fields.spki) for anchor in trust if anchor.fields.spki}
    if not any((one.fields.subject, one.fields.spki) in anchors for one in notes.case.chain):
        notes.fail("SIG-014.not-trusted", notes.case.chain[-1])


def _authenticator(notes: Notes) -> None:
    if not notes.case.content_authenticator:
        notes.skip("SIG-012.not-asked")
    elif not any(certificate.roles == ("CS",) for certificate in notes.case.chain):
        notes.fail("SIG-012.nobody")


def _shown(name: Name | None) -> str | Text:
    return name.plain[:200] if name is not None else text("word.unreadable")


RULES: tuple[_Rule, ...] = (
    _Rule("CER-023", "ST 430-2; CTP A.5.3.9", each(rules.encoding)),
    _Rule("CER-001", "ST 430-2 6.2", each(rules.version)),
    _Rule(
        "CER-002",
        "ST 430-2 6.2",
        each(rules.extensions),
    ),
    _Rule(
        "CER-022",
        "CTP A.5.3.19",
        each(rules.authority_key_identifier),
    ),
    _Rule("CER-003", "ST 430-2 6.2", each(rules.fields)),
    _Rule("CER-008", "ST 430-2 5.3", each(rules.once(ORGANIZATIONAL_UNIT))),
    _Rule("CER-019", "ST 430-2 5.3", each(rules.once(DN_QUALIFIER))),
    _Rule("CER-004", "ST 430-2 5.3", each(rules.printable)),
    _Rule(
        "CER-005",
        "ST 430-2 6.2",
        each(rules.basic_constraints),
    ),
    _Rule("CER-006", "ST 430-2 6.2", each(rules.key_usage)),
    _Rule(
        "CER-007",
        "ST 430-2 6.2",
        each(rules.organization),
    ),
    _Rule(
        "CER-009",
        "ST 430-2 5.3; DCSS 9.5.1",
        each(rules.roles),
    ),
    _Rule("CER-010", "DCSS 9.4.3.5", _only_content_signer),
    _Rule("CER-014", "ST 430-2 5.2", each(rules.utc)),
    _Rule("CER-011", "ST 430-2 6.2; DCSS 9.4.3.5", _valid_at),
    _Rule("CER-012", "DCSS 9.4.3.5", _expired_now),
    _Rule("CER-013", None, each(rules.date_overflow)),
    _Rule(
        "CER-015",
        "ST 430-2 5.2",
        each(rules.signature_algorithm),
    ),
    _Rule("SIG-010", "ST 430-2 6.2", _one_algorithm),
    _Rule("CER-016", "ST 430-2 5.2", each(rules.key)),
    _Rule("CER-017", "ST 430-2 6.2", _not_revoked),
    _Rule("CER-018", "ST 430-2 5.4", each(rules.key_digest)),
    _Rule("CER-020", "ST 430-2 5.2", each(rules.serial)),
    _Rule("CER-021", None, each(rules.serial_hint)),
    _Rule("SIG-013", "ST 430-2 6.2", _membership),
    _Rule("SIG-008", "ST 430-2 6.2", _length),
    _Rule("SIG-011", "ST 430-2 6.2", _one_root),
    _Rule("SIG-009", "ST 430-2 6.2", _links),
    _Rule("SIG-014", "ST 430-2 6.2", _trusted),
    _Rule("SIG-012", "DCSS 9.4.3.5", _authenticator),
)
"""In the order of the steps."""
