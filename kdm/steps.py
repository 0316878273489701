"""The steps of the checklist about the message: each a small function from the evidence to an outcome."""

from __future__ import annotations

import base64
import hashlib
from datetime import datetime, timedelta

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from dcp.errors import CertificateError
from dcp.suite import KDM_SUITE
from dcp.trust.name_text import has_bare_plus, names_equal, parse_name
from dcp.trust.names import COMMON_NAME, DN_QUALIFIER
from kdm.evidence import Evidence, Outcome, failed, noted, passed, skipped, stripped_thumbprint, warned
from kdm.forensic import read_flag
from kdm.formulation import ASSUME_TRUST, FORMULATIONS, recognise
from kdm.message import EncryptedKey

MAX_KEYS = 256  # DCSS 9.7.7

OVERRUN = timedelta(hours=6)
"""How long after the window's end a show may go on that began inside it (DCSS 9.4.3.5-2c)."""

# --- times -----


def overrun_end(end: datetime) -> datetime:
    """When a show begun inside the window has to be over; `end` itself where the calendar ends."""
    try:
        return end + OVERRUN
    except OverflowError:
        return end


def window_order(evidence: Evidence) -> Outcome:
    start, end = evidence.message.window
    if end <= start:
        return failed("window-reversed", start=start, end=end)
    return passed("holds.window", start=start, end=end)


def window_ended(evidence: Evidence) -> Outcome:
    end = evidence.message.window[1]
    until = overrun_end(end)
    if evidence.now > until:
        return failed("window-ended", end=end, now=evidence.now)
    if evidence.now > end:
        return failed("window-just-ended", end=end, now=evidence.now, until=until)
    return passed("holds.not-over", end=end)


def overrun(evidence: Evidence) -> Outcome:
    """How long a show may go on. Nobody says when the show began, so this refuses nothing."""
    start, end = evidence.message.window
    until = overrun_end(end)
    if not start <= evidence.now <= until:
        return skipped("no-show-now")
    return noted("show-may-end" if evidence.now > end else "show-may-begin", end=end, until=until)


def window_begun(evidence: Evidence) -> Outcome:
    start = evidence.message.window[0]
    if evidence.now < start:
        outcome = failed if evidence.window == "refuse" else warned
        return outcome("window-not-begun", start=start, now=evidence.now)
    return passed("holds.begun", start=start)


def window_in_signer(evidence: Evidence) -> Outcome:
    message = evidence.message
    start, end = message.window
    for certificate in evidence.chain:
        valid_from, valid_until = certificate.not_before, certificate.not_after
        if not valid_from <= message.issue_date <= valid_until:
            return failed(
                "issued-outside-signer",
                issued=message.issue_date,
                certificate=certificate.who,
                valid_from=valid_from,
                valid_until=valid_until,
            )
        if start < valid_from or end > valid_until:
            return failed(
                "window-outside-signer",
                certificate=certificate.who,
                valid_from=valid_from,
                valid_until=valid_until,
            )
    return passed("holds.window-in-signer")


def window_in_recipient(evidence: Evidence) -> Outcome:
    certificate = evidence.recipient
    if certificate is None:
        return skipped("no-recipient")
    start, end = evidence.message.window
    if start < certificate.not_before or end > certificate.not_after:
        return warned(
            "window-outside-recipient", valid_from=certificate.not_before, valid_until=certificate.not_after
        )
    return passed("holds.window-in-recipient")


# --- the message -----


def schema(evidence: Evidence) -> Outcome:
    return passed("holds.schema")


def issued_to(evidence: Evidence) -> Outcome:
    """Recipient: issuer, serial and subject; without a certificate, the qualifier of the name at least."""
    recipient = evidence.message.recipient
    certificate = evidence.recipient
    if certificate is not None:
        wrong = []
        if not names_equal(recipient.x509_issuer_serial.x509_issuer_name, certificate.issuer):
            wrong.append("issuer")
        if recipient.x509_issuer_serial.x509_serial_number != certificate.serial:
            wrong.append("serial")
        if not names_equal(recipient.x509_subject_name, certificate.subject):
            wrong.append("subject")
        if wrong:
            named = _common_name(recipient.x509_subject_name)
            both = {
                "intended": named,
                "intended_serial": recipient.x509_issuer_serial.x509_serial_number,
                "given": certificate.label,
                "given_serial": certificate.serial,
            }
            if named == certificate.label and "serial" not in wrong:
                return failed("other-certificate", **both, differs=tuple(wrong))
            return failed("other-device", **both)
        names = (recipient.x509_issuer_serial.x509_issuer_name, recipient.x509_subject_name)
        if any(map(has_bare_plus, names, (certificate.issuer, certificate.subject))):
            return warned("plus-not-escaped", given=certificate.who)
        return passed("holds.recipient", given=certificate.who)
    if evidence.private_key is None:
        return skipped("no-identity")
    qualifier = key_qualifier(evidence.private_key.public_key())
    if qualifier_of(recipient.x509_subject_name) != qualifier:
        return failed(
            "other-key",
            intended=_common_name(recipient.x509_subject_name),
            intended_serial=recipient.x509_issuer_serial.x509_serial_number,
            qualifier=qualifier,
        )
    return skipped("recipient-by-key")


def _common_name(name: str) -> str:
    """The common name in a distinguished name, or the text itself; at most 64 characters."""
    try:
        found = parse_name(name).first(COMMON_NAME)
    except CertificateError:
        found = ""
    return "".join(sign if sign.isprintable() else "?" for sign in (found or name)[:64])


def key_qualifier(public_key: RSAPublicKey) -> str:
    """The dnQualifier of a certificate with this key (ST 430-2)."""
    encoded = public_key.public_bytes(Encoding.DER, PublicFormat.PKCS1)
    return base64.b64encode(hashlib.sha1(encoded).digest()).decode("ascii")


def qualifier_of(name: str) -> str | None:
    """The dnQualifier in a distinguished name, or None when it is no name or has none."""
    try:
        return parse_name(name).first(DN_QUALIFIER) or None
    except CertificateError:
        return None


def key_transport(evidence: Evidence) -> Outcome:
    for number, entry in enumerate(evidence.message.encrypted_keys, 1):
        wrong = _transport_fault(evidence, number, entry)
        if wrong:
            return wrong
    return passed("holds.key-transport")


def _transport_fault(evidence: Evidence, number: int, entry: EncryptedKey) -> Outcome | None:
    if entry.algorithm != KDM_SUITE.key_transport:
        found = entry.algorithm or "none"
        return failed("key-algorithm", number=number, found=found, wanted=KDM_SUITE.key_transport)
    if entry.digest_algorithm not in (None, KDM_SUITE.key_transport_digest):
        wanted = KDM_SUITE.key_transport_digest
        return failed("key-digest", number=number, found=entry.digest_algorithm, wanted=wanted)
    if entry.other_parameters:
        return failed("key-parameter", number=number, found=entry.other_parameters[0])
    if len(entry.cipher_value) != 256:
        return failed("key-length", number=number, length=len(entry.cipher_value))
    info = entry.key_info
    if info is None:
        return None
    recipient = evidence.message.recipient
    for named in info.issuer_serials:
        if named.x509_serial_number != recipient.x509_issuer_serial.x509_serial_number or (
            not names_equal(named.x509_issuer_name, recipient.x509_issuer_serial.x509_issuer_name)
        ):
            return failed("key-for-another", number=number, differs="certificate")
    if any(not names_equal(name, recipient.x509_subject_name) for name in info.subject_names):
        return failed("key-for-another", number=number, differs="subject")
    if evidence.recipient is not None and any(der != evidence.recipient.der for der in info.certificates):
        return failed("key-for-another", number=number, differs="certificate")
    return None


def key_count(evidence: Evidence) -> Outcome:
    listed, sealed = len(evidence.message.keys), len(evidence.message.encrypted_keys)
    if max(listed, sealed) > MAX_KEYS:
        return failed("too-many-keys", found=max(listed, sealed), most=MAX_KEYS)
    return passed("holds.key-count", sealed=sealed)


def authenticator_form(evidence: Evidence) -> Outcome:
    given = evidence.message.content_authenticator
    return noted("no-authenticator") if given is None else passed("holds.authenticator-form")


def extensions(evidence: Evidence) -> Outcome:
    names = evidence.message.non_critical_extensions
    told = ", ".join(names)[:200]
    return passed("holds.extensions-ignored", names=told) if names else passed("holds.no-extensions")


def forensic_flags(evidence: Evidence) -> Outcome:
    flags = evidence.message.forensic_mark_flag_list
    if not flags:
        return passed("holds.all-marked")
    read = [read_flag(flag) for flag in flags]
    if sum(flag is not None and flag.kind == "audio-above" for flag in read) > 1:
        return failed("channel-limits-conflict")
    unknown = [flag for flag, known in zip(flags, read, strict=True) if known is None]
    if any("#mrkflg-audio-disable-above-channel" in flag for flag in unknown):
        return failed("channel-limit-range", flag=unknown[0][:120])
    if unknown:
        return warned("flag-unknown", flag=unknown[0][:120])
    return passed("holds.known-flags", flags=len(flags))


# --- devices -----


def device_thumbprints(evidence: Evidence) -> Outcome:
    listed = evidence.message.authorized_device_info.device_list
    return passed("holds.thumbprints", listed=len(listed))


def device_mix(evidence: Evidence) -> Outcome:
    listed = set(evidence.message.authorized_device_info.device_list)
    if ASSUME_TRUST in listed and len(listed) > 1:
        return warned("assume-trust-mixed")
    return passed("holds.assume-trust" if ASSUME_TRUST in listed else "holds.devices-only")


def device_trusted(evidence: Evidence) -> Outcome:
    listed = evidence.message.authorized_device_info.device_list
    if ASSUME_TRUST in listed:
        return noted("any-device")
    attached = {device.thumbprint(): device.who for device in evidence.devices}
    if evidence.recipient is not None:
        attached.setdefault(evidence.recipient.thumbprint(), evidence.recipient.who)
    for thumbprint in listed:
        if thumbprint in attached:
            return passed("holds.device-listed", device=attached[thumbprint])
    if evidence.devices:
        if any(stripped_thumbprint(device) in listed for device in evidence.devices):
            return failed("devices-stripped")
        return failed("devices-not-listed", listed=len(listed))
    return warned("devices-unknown", listed=len(listed))


def formulation(evidence: Evidence) -> Outcome:
    message = evidence.message
    recipient = evidence.recipient
    name = recognise(
        has_authenticator=message.content_authenticator is not None,
        devices=message.authorized_device_info.device_list,
        recipient=None if recipient is None else recipient.thumbprint(),
    )
    if name is None:
        return warned("formulation-unknown")
    facts = evidence.cpl
    known = FORMULATIONS.get(name)
    if facts is not None and facts.standard and known and facts.standard not in known.standards:
        return warned("formulation-unfit", found=name, standard=facts.standard)
    return passed("holds.formulation", name=name)
