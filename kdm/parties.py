"""Who signs a KDM and who receives it: the certificates that a server would answer with a dark screen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from dcp.errors import CertificateError
from dcp.suite import SHA1_WITH_RSA
from dcp.trust.certificate import Certificate
from dcp.trust.judging import failures, judge_chain
from dcp.xml.values import date_time
from kdm.formulation import Standard
from kdm.writing import can_carry


def check_signer(chain: Sequence[Certificate], *, window: tuple[datetime, datetime], now: datetime) -> None:
    """CertificateError for a chain whose KDM a server would refuse, or that is no content signer's."""
    leaf = chain[0]
    if "CS" not in leaf.roles:
        raise CertificateError(
            "this chain signs no KDM: its leaf lacks the role CS (content signer), it has"
            f" {' '.join(leaf.roles) or 'none'}",
            where=leaf.subject,
            remedy="sign with the chain of a content signer; `dcpkit cert chain --role CS` makes one",
        )
    for certificate in chain:
        for instant, what in ((now, "now"), (window[0], "the window's begin"), (window[1], "its end")):
            if not certificate.valid_at(instant):
                raise CertificateError(
                    f"{what} ({date_time(instant)}) is outside the validity of the signer's certificate,"
                    f" {date_time(certificate.not_before)} to {date_time(certificate.not_after)}",
                    where=certificate.subject,
                    remedy="shorten the window, or sign with a newer chain",
                )
    wrong = failures(judge_chain(chain, at=(now, *window), role="CS"))
    if wrong:
        raise CertificateError(
            f"no server would take a KDM of this signer: {wrong[0].message} ({wrong[0].id})",
            where=chain[0].label,
            remedy="sign with a chain that `dcpkit cert verify` accepts",
        )


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
    refuse_authority(recipient, "the recipient's certificate")
    _names(recipient)
    if recipient.key_bits != 2048:
        raise CertificateError(
            "the recipient's key is not RSA with 2048 bits",
            where=recipient.subject,
            remedy="ask the cinema for the device's SHA-256 certificate of ST 430-2",
        )
    if recipient.has_key_usage and not recipient.key_encipherment:
        raise CertificateError(
            "the recipient's certificate is not made for receiving keys (no keyEncipherment)",
            where=recipient.subject,
            remedy="a media block with two certificates receives KDMs under the one with role SM",
        )
    notes = (*_role(recipient, screen=screen), *_algorithm(recipient, standard))
    not_before, not_after = window
    if not_before < recipient.not_before or not_after > recipient.not_after:
        raise CertificateError(
            f"the window {date_time(not_before)} to {date_time(not_after)} is not inside the recipient"
            f" certificate's validity, {date_time(recipient.not_before)} to"
            f" {date_time(recipient.not_after)}",
            where=recipient.subject,
            remedy="shorten the window, or ask the cinema for the device's current certificate",
        )
    return notes


def _names(recipient: Certificate) -> None:
    """A message quotes them, the common name as it is."""
    if not can_carry(f"{recipient.subject}{recipient.issuer}{recipient.common_name}"):
        raise CertificateError(
            "the recipient's certificate has a name with characters that XML cannot carry, and so no KDM",
            where=recipient.label,
            remedy="ask the cinema, or the device's maker, for the right certificate",
        )


def _role(recipient: Certificate, *, screen: bool) -> tuple[str, ...]:
    who, roles = recipient.subject, recipient.roles
    if "SM" in roles:
        return ()
    if roles == ("CS",) and not screen:
        return (f"{who} is a content signer (role CS), not a media block: right for a DKDM only",)
    if not roles and not screen:
        return (f"{who} has no role SM, which a media block's certificate has",)
    if roles == ("CS",):
        what, remedy = "is a content signer's (role CS)", "send a distributor a DKDM with --recipient"
    else:
        what = f"has the role {' '.join(roles)}" if roles else "has no role"
        remedy = "ask the cinema for the certificate of the media block"
    raise CertificateError(
        f"the recipient's certificate {what}, not a media block's, which has SM", where=who, remedy=remedy
    )


def _algorithm(recipient: Certificate, standard: Standard | None) -> tuple[str, ...]:
    if recipient.fields.outer_algorithm != SHA1_WITH_RSA:
        return ()
    if standard == "interop":
        return (f"{recipient.subject} is signed with SHA-1, as certificates of Interop days are",)
    raise CertificateError(
        "the recipient's certificate is signed with SHA-1, which ST 430-2 does not allow",
        where=recipient.subject,
        remedy="ask the cinema for the device's SHA-256 certificate; for an Interop composition give its"
        " playlist (--cpl), and this one will do",
    )


def refuse_authority(certificate: Certificate, what: str) -> None:
    """CertificateError when a certificate is an authority's and not a device's."""
    if certificate.is_ca:
        raise CertificateError(
            f"{what} is that of an authority, not of a device",
            where=certificate.subject,
            remedy="take the device's own (leaf) certificate out of the chain",
        )


def distinct_recipients(
    certificates: Sequence[Certificate],
) -> tuple[tuple[Certificate, ...], tuple[str, ...]]:
    """Each recipient once, in the order given, and a note for each that was given more than once.

    Certificates with the same thumbprint are the same recipient.
    """
    kept = {certificate.thumbprint(): certificate for certificate in reversed(certificates)}
    times = Counter(certificate.thumbprint() for certificate in certificates)
    notes = tuple(
        f"{kept[thumbprint].label} was given {number} times as a recipient: one message is made for it"
        for thumbprint, number in times.items()
        if number > 1
    )
    return tuple(kept[thumbprint] for thumbprint in times), notes
