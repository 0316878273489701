"""The steps of the checklist: each a small function from the evidence to an outcome."""

from __future__ import annotations

import base64
import hashlib
import uuid
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from dcp.errors import CertificateError
from dcp.suite import KDM_SUITE
from dcp.trust.names import DN_QUALIFIER, names_equal, parse_name
from dcp.xml import parse_date_time
from kdm.block import INTEROP_BYTES, BlockError, BlockField, parse_block
from kdm.composition import DOLBY_SCOPE, CplFacts
from kdm.evidence import Evidence, Outcome, failed, passed, skipped, warned
from kdm.forensic import read_flag
from kdm.formulation import ASSUME_TRUST, FORMULATIONS, recognise
from kdm.message import KEY_TYPE_SCOPE, EncryptedKey

MAX_KEYS = 256  # DCSS 9.7.7
KNOWN_TYPES = frozenset({"MDIK", "MDAK", "MDSK", "MDX1", "MDX2", "FMIK", "FMAK"})

NO_CPL = "no playlist was given"
NO_KEY = "no private key was given, so the blocks stay closed"


# --- times -----


def window_order(evidence: Evidence) -> Outcome:
    start, end = evidence.message.window
    if end <= start:
        return failed(f"the window ends ({_when(end)}) before it begins ({_when(start)})")
    return passed(f"from {_when(start)} to {_when(end)}")


def window_ended(evidence: Evidence) -> Outcome:
    end = evidence.message.window[1]
    if evidence.now > end:
        return failed(f"the window ended {_when(end)}; now is {_when(evidence.now)}: ask for a new KDM")
    return passed(f"it ends {_when(end)}")


def window_begun(evidence: Evidence) -> Outcome:
    start = evidence.message.window[0]
    if evidence.now < start:
        judge = failed if evidence.window == "refuse" else warned
        return judge(f"the window begins {_when(start)}; now is {_when(evidence.now)}: wait until then")
    return passed(f"it began {_when(start)}")


def window_in_signer(evidence: Evidence) -> Outcome:
    message = evidence.message
    start, end = message.window
    for certificate in evidence.chain:
        valid_from, valid_until = certificate.not_before, certificate.not_after
        if not valid_from <= message.issue_date <= valid_until:
            return failed(
                f"the KDM says that it was issued {_when(message.issue_date)}, outside the validity of"
                f" {certificate.subject} ({_when(valid_from)} to {_when(valid_until)})"
            )
        if start < valid_from or end > valid_until:
            return failed(
                f"the window is not inside the validity of the signer's certificate {certificate.subject}"
                f" ({_when(valid_from)} to {_when(valid_until)}): ask for a shorter window"
            )
    return passed("every certificate of the signer covers the issue date and the window")


def window_in_recipient(evidence: Evidence) -> Outcome:
    certificate = evidence.recipient
    if certificate is None:
        return skipped("no certificate of the recipient was given")
    start, end = evidence.message.window
    if start < certificate.not_before or end > certificate.not_after:
        return warned(
            f"the window is not inside the validity of the recipient's certificate"
            f" ({_when(certificate.not_before)} to {_when(certificate.not_after)})"
        )
    return passed("the recipient's certificate covers the window")


def _when(value: datetime) -> str:
    """As written, and in UTC where that differs: staff read local times, devices judge in UTC."""
    text = value.replace(microsecond=0).isoformat()
    if not value.utcoffset():
        return text
    return f"{text} ({value.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC)"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" + ("" if number == 1 else "s")


# --- the message -----


def schema(evidence: Evidence) -> Outcome:
    return passed("well-formed, no document type, namespaces, order and types as the schemas have them")


def issued_to(evidence: Evidence) -> Outcome:
    """Recipient: issuer, serial and subject; without a certificate, the qualifier of the name at least."""
    recipient = evidence.message.recipient
    certificate = evidence.recipient
    if certificate is not None:
        wrong = []
        if not names_equal(recipient.x509_issuer_serial.x509_issuer_name, certificate.issuer):
            wrong.append(f"issuer '{recipient.x509_issuer_serial.x509_issuer_name}'")
        if recipient.x509_issuer_serial.x509_serial_number != certificate.serial:
            wrong.append(f"serial {recipient.x509_issuer_serial.x509_serial_number}")
        if not names_equal(recipient.x509_subject_name, certificate.subject):
            wrong.append(f"subject '{recipient.x509_subject_name}'")
        if wrong:
            return failed(
                f"the KDM is for another device: its {', '.join(wrong)} is not that of {certificate.subject}"
                f" (serial {certificate.serial}): ask for a KDM for this device's certificate"
            )
        return passed(f"issuer, serial and subject are those of {certificate.subject}")
    if evidence.private_key is None:
        return skipped("neither a certificate nor a private key of the recipient was given")
    qualifier = key_qualifier(evidence.private_key.public_key())
    if qualifier_of(recipient.x509_subject_name) != qualifier:
        return failed(
            f"the KDM is for another device: '{recipient.x509_subject_name}' does not carry the qualifier"
            f" of this private key ({qualifier})"
        )
    return skipped(
        "issuer and serial were not compared, for want of the recipient's certificate; the qualifier of"
        " its name fits the private key"
    )


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
        wrong = _transport_fault(evidence, entry)
        if wrong:
            return failed(f"encrypted key {number}: {wrong}")
    return passed("RSA-OAEP with MGF1 and SHA-1, 256 bytes each")


def _transport_fault(evidence: Evidence, entry: EncryptedKey) -> str | None:
    if entry.algorithm != KDM_SUITE.key_transport:
        return f"the algorithm is {entry.algorithm or 'not named'}, not {KDM_SUITE.key_transport}"
    if entry.digest_algorithm not in (None, KDM_SUITE.key_transport_digest):
        return f"the digest is {entry.digest_algorithm}, not {KDM_SUITE.key_transport_digest}"
    if entry.other_parameters:
        return f"{entry.other_parameters[0]} does not belong to its method"
    if len(entry.cipher_value) != 256:
        return f"the value has {len(entry.cipher_value)} bytes, not 256"
    info = entry.key_info
    if info is None:
        return None
    recipient = evidence.message.recipient
    for named in info.issuer_serials:
        if named.x509_serial_number != recipient.x509_issuer_serial.x509_serial_number or (
            not names_equal(named.x509_issuer_name, recipient.x509_issuer_serial.x509_issuer_name)
        ):
            return "its KeyInfo names another certificate than the Recipient"
    if any(not names_equal(name, recipient.x509_subject_name) for name in info.subject_names):
        return "its KeyInfo names another subject than the Recipient"
    if evidence.recipient is not None and any(der != evidence.recipient.der for der in info.certificates):
        return "its KeyInfo holds another certificate than the recipient's"
    return None


def key_count(evidence: Evidence) -> Outcome:
    listed, sealed = len(evidence.message.keys), len(evidence.message.encrypted_keys)
    if max(listed, sealed) > MAX_KEYS:
        return failed(f"{max(listed, sealed)} keys; a composition has at most {MAX_KEYS}")
    return passed(_count(sealed, "key"))


def authenticator_form(evidence: Evidence) -> Outcome:
    given = evidence.message.content_authenticator
    return passed("there is none" if given is None else "20 bytes")


def extensions(evidence: Evidence) -> Outcome:
    names = evidence.message.non_critical_extensions
    return passed(f"ignored: {', '.join(names)[:200]}" if names else "there are none")


def forensic_flags(evidence: Evidence) -> Outcome:
    flags = evidence.message.forensic_mark_flag_list
    if not flags:
        return passed("there are none: picture and sound are marked")
    read = [read_flag(flag) for flag in flags]
    if sum(flag is not None and flag.kind == "audio-above" for flag in read) > 1:
        return failed("more than one channel limit for the audio mark")
    unknown = [flag for flag, known in zip(flags, read, strict=True) if known is None]
    if any("#mrkflg-audio-disable-above-channel" in flag for flag in unknown):
        return failed(f"the channel limit of the audio mark is not 01 to 99: {unknown[0][:120]}")
    if unknown:
        return warned(f"unknown flag, ignored: {unknown[0][:120]}")
    return passed(_count(len(flags), "known flag"))


# --- devices -----


def device_thumbprints(evidence: Evidence) -> Outcome:
    return passed(
        f"20 bytes each: {_count(len(evidence.message.authorized_device_info.device_list), 'thumbprint')}"
    )


def device_mix(evidence: Evidence) -> Outcome:
    listed = set(evidence.message.authorized_device_info.device_list)
    if ASSUME_TRUST in listed and len(listed) > 1:
        return warned("assume-trust stands beside devices: it trusts any device")
    return passed("assume-trust alone" if ASSUME_TRUST in listed else "devices only")


def device_trusted(evidence: Evidence) -> Outcome:
    listed = evidence.message.authorized_device_info.device_list
    if ASSUME_TRUST in listed:
        return passed("any device is trusted")
    attached = {device.thumbprint(): device.subject for device in evidence.devices}
    if evidence.recipient is not None:
        attached.setdefault(evidence.recipient.thumbprint(), evidence.recipient.subject)
    for thumbprint in listed:
        if thumbprint in attached:
            return passed(f"{attached[thumbprint]} is listed")
    if evidence.devices:
        return failed("none of the attached devices is in the device list: ask for a KDM that lists them")
    return warned(
        f"the list names {_count(len(listed), 'device')}, not the recipient; which are attached was not said"
    )


def formulation(evidence: Evidence) -> Outcome:
    message = evidence.message
    recipient = evidence.recipient
    name = recognise(
        has_authenticator=message.content_authenticator is not None,
        devices=message.authorized_device_info.device_list,
        recipient=None if recipient is None else recipient.thumbprint(),
    )
    if name is None:
        return warned("none of the known formulations")
    facts = evidence.cpl
    known = FORMULATIONS.get(name)
    if facts is not None and facts.standard and known and facts.standard not in known.standards:
        return warned(f"{name}, which servers with DCI rules refuse for an {facts.standard} composition")
    return passed(name)


# --- the blocks -----


def opens(evidence: Evidence) -> Outcome:
    if not evidence.has_key:
        return skipped(NO_KEY)
    try:
        plain = evidence.open_blocks()
    except BlockError as error:
        return failed(f"{error.what}: the KDM was made for another certificate, or is damaged")
    return passed(f"{_count(len(plain), 'block')} opened")


def structure_id(evidence: Evidence) -> Outcome:
    if not evidence.has_key:
        return skipped(NO_KEY)
    wrong = _block_fault(evidence, "length", "structure_id")
    if wrong:
        return failed(wrong)
    if any(len(plain) == INTEROP_BYTES for plain in evidence.open_blocks()):
        return warned("the blocks are of the old Interop form, without a key type")
    return passed("138 bytes, and the SMPTE structure id")


def block_thumbprint(evidence: Evidence) -> Outcome:
    if not evidence.has_key:
        return skipped(NO_KEY)
    own = evidence.chain[0].thumbprint()
    if any(plain[16:36] != own for plain in evidence.open_blocks()):
        return failed("a block names another signer than the one who signed the message")
    return passed("each block names the signer's certificate")


def block_playlist(evidence: Evidence) -> Outcome:
    if not evidence.has_key:
        return skipped(NO_KEY)
    public = evidence.message.composition_playlist_id
    for plain in evidence.open_blocks():
        if plain[36:52] != public.bytes:
            return failed(
                f"a block is for composition {uuid.UUID(bytes=plain[36:52])}, the message for {public}"
            )
    return passed("each block is for the composition of the message")


def block_dates(evidence: Evidence) -> Outcome:
    if not evidence.has_key:
        return skipped(NO_KEY)
    wrong = _block_fault(evidence, "dates")
    if wrong:
        return failed(wrong)
    for plain in evidence.open_blocks():
        rest = plain[72:122] if len(plain) != INTEROP_BYTES else plain[68:118]
        dates = (_instant(rest[:25]), _instant(rest[25:]))
        if dates[0] is None or dates[1] is None:
            return failed("a date in a cipher block is not in the calendar")
        if dates != evidence.message.window:
            return failed(
                f"a block is valid from {_when(dates[0])} to {_when(dates[1])}, which is not what the"
                " message says"
            )
    return passed("the window in each block is that of the message")


def _instant(text: bytes) -> datetime | None:
    return parse_date_time(text.decode("ascii", "replace"))


def key_ids(evidence: Evidence) -> Outcome:
    listed = [key_id for _, _, key_id in evidence.message.keys]
    twice = _twice(listed)
    if twice:
        return failed(f"key id {twice} is listed more than once")
    sealed = len(evidence.message.encrypted_keys)
    if sealed != len(listed):
        return failed(f"{len(listed)} key ids are listed, and {sealed} keys are enclosed")
    if not evidence.has_key:
        return skipped(NO_KEY)
    enclosed = [_key_id(plain) for plain in evidence.open_blocks()]
    twice = _twice(enclosed)
    if twice:
        return failed(f"key {twice} is enclosed more than once")
    stray = next((key_id for key_id in enclosed if key_id not in set(listed)), None)
    if stray is not None:
        return failed(f"key {stray} is enclosed, but not listed")
    return passed(f"{_count(len(listed), 'id')}, each with its key")


def key_types(evidence: Evidence) -> Outcome:
    facts = evidence.own_cpl()
    listed = {key_id: (kind, scope) for kind, scope, key_id in evidence.message.keys}
    strange = []
    for key_id, (kind, scope) in listed.items():
        if scope == KEY_TYPE_SCOPE and kind == "MDEK":
            strange.append("MDEK without the scope of its maker")
        elif scope == KEY_TYPE_SCOPE and kind not in KNOWN_TYPES:
            strange.append(f"the type {kind[:20]} is not a known one")
        elif scope not in (KEY_TYPE_SCOPE, DOLBY_SCOPE):
            strange.append(f"the scope {scope[:80]} is not a known one")
        wanted = _wanted(facts, key_id)
        if wanted and kind not in wanted:
            return failed(f"key {key_id} has the type {kind}; what it opens wants {' or '.join(wanted)}")
    if evidence.has_key:
        wrong = _block_fault(evidence, "key_type")
        if wrong:
            return failed(wrong)
        for plain in evidence.open_blocks():
            if len(plain) == INTEROP_BYTES:
                continue
            kind = plain[52:56].decode("ascii", "replace")
            if kind != listed[_key_id(plain)][0]:
                return failed(
                    f"key {_key_id(plain)} is of type {listed[_key_id(plain)][0]} in the list and of type"
                    f" {kind!r} in its block"
                )
    elif not strange:
        return skipped(NO_KEY)
    return warned(strange[0]) if strange else passed("the types are known ones, and fit")


def _wanted(facts: CplFacts | None, key_id: uuid.UUID) -> tuple[str, ...]:
    needed = next((key for key in facts.keys if key.id == key_id), None) if facts else None
    return needed.types if needed else ()


def _key_id(plain: bytes) -> uuid.UUID:
    place = 52 if len(plain) == INTEROP_BYTES else 56
    return uuid.UUID(bytes=plain[place : place + 16])


def _block_fault(evidence: Evidence, *fields: BlockField) -> str | None:
    for plain in evidence.open_blocks():
        try:
            parse_block(plain)
        except BlockError as error:
            if error.field in fields:
                return error.what
    return None


def _twice(values: Iterable[uuid.UUID]) -> uuid.UUID | None:
    return next((value for value, count in Counter(values).items() if count > 1), None)


# --- the playlist -----


def playlist_id(evidence: Evidence) -> Outcome:
    facts = evidence.cpl
    if facts is None:
        return skipped(NO_CPL)
    wanted = evidence.message.composition_playlist_id
    if facts.id != wanted:
        again = (
            ": it has the same title, so the package was made again after this KDM; ask for a new KDM"
            if facts.content_title_text == evidence.message.content_title_text
            else ": ask for the KDM of this composition"
        )
        return failed(f"the KDM is for composition {wanted}, not for {facts.id}{again}")
    return passed(f"the KDM is for composition {wanted}")


def playlist_title(evidence: Evidence) -> Outcome:
    facts = evidence.cpl
    if facts is None:
        return skipped(NO_CPL)
    title = evidence.message.content_title_text
    if title != facts.content_title_text:
        return warned(f"the KDM calls it '{title[:120]}', the playlist '{facts.content_title_text[:120]}'")
    return passed("the title is that of the playlist")


def playlist_keys(evidence: Evidence) -> Outcome:
    facts = evidence.cpl
    if facts is None:
        return skipped(NO_CPL)
    listed = {key_id for _, _, key_id in evidence.message.keys}
    needed = {key.id for key in facts.keys}
    missing = [key.id for key in facts.keys if key.id not in listed]
    if missing:
        return failed(f"the KDM lacks {_count(len(missing), 'key')} that the playlist uses: {missing[0]}")
    if listed - needed:
        return warned(f"the KDM carries {_count(len(listed - needed), 'key')} that the playlist does not use")
    return passed(f"all {len(needed)} keys that the playlist uses are there")


def playlist_authenticator(evidence: Evidence) -> Outcome:
    given = evidence.message.content_authenticator
    if given is None:
        return passed("the KDM names none")
    facts = evidence.cpl
    if facts is None:
        return skipped(NO_CPL)
    if not facts.signer_chain:
        return failed("the KDM names a content authenticator, and the playlist is not signed")
    for certificate in facts.signer_chain:
        if certificate.thumbprint() == given:
            return passed(f"it is {certificate.subject}")
    return failed(
        "the content authenticator is no certificate of the chain that signed the playlist: ask for a KDM"
        " that names the playlist's signer"
    )
