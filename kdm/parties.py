"""Who signs a KDM and who receives it: the certificates that a server would answer with a dark screen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from dcp.errors import CertificateError
from dcp.suite import SHA1_WITH_RSA
from dcp.texts.catalogue import Text, text
from dcp.trust.certificate import Certificate
from dcp.trust.judging import failures, judge_chain
from kdm.formulation import Standard
from kdm.phrases import Moment, phrase, step_text
from kdm.writing import can_carry


def check_signer(chain: Sequence[Certificate], *, window: tuple[datetime, datetime], now: datetime) -> None:
    """CertificateError for a chain whose KDM a server would refuse, or that is no content signer's."""
    leaf = chain[0]
    if "CS" not in leaf.roles:
        raise CertificateError(
            "signer.no-content-signer",
            roles=" ".join(leaf.roles) or text("word.none"),
            where=leaf.who,
        )
    for certificate in chain:
        for instant, what in ((now, "now"), (window[0], "window-begin"), (window[1], "window-end")):
            if not certificate.valid_at(instant):
                raise CertificateError(
                    "signer.outside-validity",
                    what=what,
                    instant=Moment(instant),
                    begin=Moment(certificate.not_before),
                    end=Moment(certificate.not_after),
                    where=certificate.who,
                )
    wrong = failures(judge_chain(chain, at=(now, *window), role="CS"))
    if wrong:
        raise CertificateError("signer.refused", why=step_text(wrong[0]), where=chain[0].label)


def check_recipient(
    recipient: Certificate,
    *,
    window: tuple[datetime, datetime],
    standard: Standard | None = None,
    screen: bool = False,
) -> tuple[str, ...]:
    """What is worth saying about a recipient. CertificateError when no KDM can be addressed to it.

    standard: the composition's, where it is known; a certificate signed with SHA-1, as those of Interop days
    are, is taken for an Interop composition only. screen: the recipient is a screen's media block, for
    certain, so a content signer's certificate and one without a role are refused too.
    """
    if recipient.is_ca:
        refuse_authority(recipient, text("word.recipient-certificate"))
    _names(recipient)
    if recipient.key_bits != 2048:
        raise CertificateError("recipient.key-length", where=recipient.who)
    if recipient.has_key_usage and not recipient.key_encipherment:
        raise CertificateError("recipient.key-usage", where=recipient.who)
    notes = (*_role(recipient, screen=screen), *_algorithm(recipient, standard))
    not_before, not_after = window
    if not_before < recipient.not_before or not_after > recipient.not_after:
        raise CertificateError(
            "recipient.outside-validity",
            begin=Moment(not_before),
            end=Moment(not_after),
            valid_from=Moment(recipient.not_before),
            valid_until=Moment(recipient.not_after),
            where=recipient.who,
        )
    return notes


def _names(recipient: Certificate) -> None:
    """A message quotes them, the common name as it is."""
    if not can_carry(f"{recipient.subject}{recipient.issuer}{recipient.common_name}"):
        raise CertificateError("recipient.name-not-xml", where=recipient.label)


def _role(recipient: Certificate, *, screen: bool) -> tuple[str, ...]:
    roles = recipient.roles
    if "SM" in roles:
        return ()
    who = recipient.who
    if roles == ("CS",) and not screen:
        return (phrase("recipient.signer-noted", who=who),)
    if not roles and not screen:
        return (phrase("recipient.role-noted", who=who),)
    if roles == ("CS",):
        raise CertificateError("recipient.signer", where=who)
    if not roles:
        raise CertificateError("recipient.no-role", where=who)
    raise CertificateError("recipient.role", roles=" ".join(roles), where=who)


def _algorithm(recipient: Certificate, standard: Standard | None) -> tuple[str, ...]:
    if recipient.fields.outer_algorithm != SHA1_WITH_RSA:
        return ()
    if standard == "interop":
        return (phrase("recipient.sha1-noted", who=recipient.who),)
    raise CertificateError("recipient.sha1", where=recipient.who)


def refuse_authority(certificate: Certificate, what: Text) -> None:
    """CertificateError when a certificate is an authority's and not a device's. what: which one it is."""
    if certificate.is_ca:
        raise CertificateError("recipient.authority", what=what, where=certificate.who)


def distinct_recipients(
    certificates: Sequence[Certificate],
) -> tuple[tuple[Certificate, ...], tuple[str, ...]]:
    """Each recipient once, in the order given, and a note for each that was given more than once.

    Certificates with the same thumbprint are the same recipient.
    """
    kept = {certificate.thumbprint(): certificate for certificate in reversed(certificates)}
    times = Counter(certificate.thumbprint() for certificate in certificates)
    notes = tuple(
        phrase("recipient.given-again", who=kept[thumbprint].label, times=number)
        for thumbprint, number in times.items()
        if number > 1
    )
    return tuple(kept[thumbprint] for thumbprint in times), notes
