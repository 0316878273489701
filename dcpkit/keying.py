"""What the flags about keys and trust hand over: keys files, private keys, signers, anchors, deny lists."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from dcp.dataclass import dataclass
from dcp.errors import CertificateError, UsageError
from dcp.secrets.keys import Keyring, merged, read_keys
from dcp.system import long_path
from dcpkit.console import say, warn_if_open
from dcpkit.options import Access, KeySource
from dcpkit.secrets import command_secrets

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

    from dcp.trust.certificate import Certificate
    from dcp.trust.deny import DenyList
    from dcp.trust.signer import Signer
    from dcp.trust.token import TokenKey
    from dcp.trust.token_uri import TokenUri
    from dcpkit.opening import Message

CERTIFICATE_SUFFIXES = (".pem", ".crt", ".cer", ".der", ".p7b", ".p7c")
MAX_ANCHOR_FILES = 1000
MAX_NAMES = 6  # of the files of a mail, in one line
_WITHOUT = ("certificate-file.mail", "certificate-file.zip-without")


@dataclass(frozen=True)
class KdmInput:
    """A KDM, who opens it, whose signature is trusted (None: any sound chain), and whose is not."""

    path: Path
    data: bytes = field(repr=False)
    private_key: RSAPrivateKey | TokenKey = field(repr=False)
    recipient: Certificate | None
    trust: Sequence[Certificate] | None
    revoked: DenyList | None = None
    messages: tuple[Message, ...] = field(default=(), repr=False)


def certificates_in(path: Path) -> tuple[Certificate, ...]:
    """The certificates of a file; of an archive or an e-mail, with a line that says which were taken."""
    from dcp.trust.certificate import read_bounded, read_certificates

    data = read_bounded(path, meant="chain.pem")  # once: it may be a pipe
    found = read_certificates(data, where=path)
    tell_enclosed(data, path)
    return found


def tell_enclosed(data: bytes, path: Path) -> None:
    """Say which certificates an archive or an e-mail holds; of any other file, nothing."""
    from dcp.texts.catalogue import text
    from dcp.trust.certificate import read_enclosed
    from dcp.trust.parcels import is_parcel

    if not is_parcel(data):
        return
    inside = read_enclosed(data, where=path)
    names = [part.name or "" for part in inside[:MAX_NAMES]] + ["..."] * (len(inside) > MAX_NAMES)
    count = sum(len(part.certificates) for part in inside)
    say(text("cert.took-inside", path=path, certificates=count, names=names))


def anchors(trust: Sequence[Path]) -> tuple[Certificate, ...] | None:
    """The certificates of all --trust files and folders; None without the flag.

    Of a folder, the files count whose suffix is one of certificates, and archives and e-mails with
    certificates in them. UsageError when it has none.
    """
    if not trust:
        return None
    return tuple(
        one for path in trust for one in (_of_folder(path) if path.is_dir() else certificates_in(path))
    )


def _of_folder(folder: Path) -> Sequence[Certificate]:
    found: list[Certificate] = []
    for file in _anchor_files(folder):
        try:
            found += certificates_in(file)
        except CertificateError as error:
            if error.id not in _WITHOUT or file.suffix.lower() in CERTIFICATE_SUFFIXES:
                raise
    if not found:
        raise UsageError("anchors.none", where=folder, suffixes=", ".join(CERTIFICATE_SUFFIXES))
    return found


def _anchor_files(folder: Path) -> Sequence[Path]:
    found = sorted(
        file
        for each in long_path(folder, room=255).iterdir()
        if (file := long_path(folder / each.name))
        and file.suffix.lower() in (*CERTIFICATE_SUFFIXES, ".zip", ".eml")
        and file.is_file()
    )
    if not found or len(found) > MAX_ANCHOR_FILES:
        raise UsageError(
            "anchors.too-many" if found else "anchors.none",
            where=folder,
            most=MAX_ANCHOR_FILES,
            suffixes=", ".join(CERTIFICATE_SUFFIXES),
        )
    return found


def deny_list(deny: Sequence[Path]) -> DenyList | None:
    """What the --deny files name; None without the flag."""
    if not deny:
        return None
    from dcp.trust.deny import read_deny_list

    return read_deny_list(deny)


def read_kdm(path: Path, recipient: Certificate | None = None) -> bytes:
    """The message's bytes, no more than the checklist needs to see that it is too large.

    Of an e-mail or a ZIP archive the KDM in it; of several the one for the recipient.
    """
    from dcpkit.opening import read_message

    data, taken = read_message(path, recipient)
    if taken is not None:
        say(taken)
    return data


def kdm_input(access: Access, *, every: bool = False) -> KdmInput | None:
    """What --kdm, --key, --recipient and --trust say together; None without a KDM.

    every: of a mail or an archive with several, all those for the recipient, as `messages`.
    """
    opener = kdm_opener(access)
    if opener is None or access.kdm is None:
        return None
    key, certificate = opener
    messages: tuple[Message, ...] = ()
    if every:
        from dcpkit.opening import read_messages

        messages = read_messages(access.kdm, certificate)
    return KdmInput(
        access.kdm,
        messages[0].data if messages else read_kdm(access.kdm, certificate),
        key,
        certificate,
        trust=anchors(access.trust),
        revoked=deny_list(access.deny),
        messages=messages,
    )


def kdm_opener(access: Access) -> tuple[RSAPrivateKey | TokenKey, Certificate | None] | None:
    """Who opens the KDM, or the several that there are; None without one. UsageError for half of it."""
    if not access.kdms:
        if access.private_key is not None or access.recipient is not None:
            raise UsageError("flags.key-without-kdm")
        return None
    if access.private_key is None:
        raise UsageError("flags.kdm-without-key")
    return read_identity(access.private_key, access.recipient)


def read_identity(
    private_key: KeySource, recipient: Path | None
) -> tuple[RSAPrivateKey | TokenKey, Certificate | None]:
    """The private key, and its certificate as far as one is at hand. DcpError when they do not fit."""
    from dcp.trust.signer import find_certificate_for, find_certificate_in_token, read_private_key

    candidates = certificates_in(recipient) if recipient else ()
    if isinstance(private_key, Path):
        key = read_private_key(private_key, secrets=command_secrets())
        warn_if_open(private_key, "private-key")
        return key, find_certificate_for(key, private_key, candidates)
    from dcp.trust.token import open_token_key

    _look_at_pin(private_key)
    token_key = open_token_key(private_key, use="decrypt", secrets=command_secrets())
    return token_key, find_certificate_in_token(token_key, candidates)


def load_signer(source: KeySource) -> Signer:
    """The signer of --signer: a folder with chain.pem and leaf.key or leaf.pkcs11, or a pkcs11: URI."""
    from dcp.trust.signer import KEY_FILE, TOKEN_FILE, read_signer, read_token_file

    if not isinstance(source, Path):
        _look_at_pin(source)
    elif (source / TOKEN_FILE).is_file():
        _look_at_pin(read_token_file(source / TOKEN_FILE))
    else:
        warn_if_open(source / KEY_FILE, "private-key")
    return read_signer(source, secrets=command_secrets())


def _look_at_pin(uri: TokenUri) -> None:
    if uri.pin_file is not None:
        warn_if_open(uri.pin_file, "pin")


def leaf_of(path: Path) -> Certificate:
    """The certificate of a file that issued none of the others in it."""
    from dcp.trust.signer import recipient_of

    return recipient_of(certificates_in(path))


def load_keys(*paths: Path) -> Keyring:
    """The keys of one file or several, with a warning for each that others on this machine may read."""
    rings = []
    for path in paths:
        rings.append(read_keys(path, secrets=command_secrets()))
        warn_if_open(path, "content-keys")
    return merged(rings)


def keyring(access: Access, *, now: datetime, cpl: bytes | None = None) -> Keyring | None:
    """The content keys, or None when none were handed over. RefusedError when the KDM does not hold."""
    if access.keys:
        return load_keys(*access.keys)
    kdm = kdm_input(access)
    if kdm is None:
        return None
    from kdm.receive import open_kdm

    return open_kdm(
        kdm.data,
        private_key=kdm.private_key,
        recipient=kdm.recipient,
        trust=kdm.trust,
        revoked=kdm.revoked,
        cpl=cpl,
        now=now,
        where=kdm.path,
    )
