"""What the flags of `options.essence_keys` hand over: a keys file, or a KDM with the key that opens it."""

from __future__ import annotations

import stat
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from dcp.errors import UsageError
from dcp.keys import Keyring, read_keys
from dcpkit.console import say
from dcpkit.options import Access

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

    from dcp.trust.certificate import Certificate


@dataclass(frozen=True)
class KdmInput:
    """A KDM, who opens it, and whose signature is trusted (None: any sound chain)."""

    path: Path
    data: bytes = field(repr=False)
    private_key: RSAPrivateKey = field(repr=False)
    recipient: Certificate | None
    trust: Sequence[Certificate] | None


def anchors(trust: Sequence[Path]) -> tuple[Certificate, ...] | None:
    """The certificates of all --trust files; None without the flag."""
    if not trust:
        return None
    from dcp.trust.certificate import read_certificates

    return tuple(certificate for path in trust for certificate in read_certificates(path))


def read_kdm(path: Path) -> bytes:
    """The message's bytes, no more than the checklist needs to see that it is too large."""
    from kdm.message import MAX_MESSAGE_BYTES

    try:
        with path.open("rb") as stream:
            return stream.read(MAX_MESSAGE_BYTES + 1)
    except OSError as error:
        raise UsageError(f"cannot read the KDM: {error.strerror or error}", where=path) from None


def kdm_input(access: Access) -> KdmInput | None:
    """What --kdm, --key, --recipient and --trust say together; None without a KDM."""
    if access.kdm is None:
        if access.private_key is not None or access.recipient is not None:
            raise UsageError("--key and --recipient open a KDM", remedy="add --kdm FILE")
        return None
    if access.private_key is None:
        raise UsageError("a KDM is opened with a private key", remedy="add --key PEM")
    key, certificate = read_identity(access.private_key, access.recipient)
    return KdmInput(access.kdm, read_kdm(access.kdm), key, certificate, anchors(access.trust))


def read_identity(private_key: Path, recipient: Path | None) -> tuple[RSAPrivateKey, Certificate | None]:
    """The private key, and its certificate as far as one is at hand. DcpError when they do not fit."""
    from dcp.trust.certificate import read_certificates
    from dcp.trust.signer import find_certificate_for, read_private_key

    key = read_private_key(private_key)
    candidates = read_certificates(recipient) if recipient else ()
    return key, find_certificate_for(key, private_key, candidates)


def leaf_of(path: Path) -> Certificate:
    """The certificate of a file that issued none of the others in it."""
    from dcp.trust.certificate import read_certificates
    from dcp.trust.signer import recipient_of

    return recipient_of(read_certificates(path))


def load_keys(path: Path) -> Keyring:
    """A keys file, with a warning when others on this machine may read it."""
    keys = read_keys(path)
    if stat.S_ISREG(path.stat().st_mode) and path.stat().st_mode & 0o077:
        say(f"warning: others on this machine may read the content keys in {path}: chmod 600 it")
    return keys


def keyring(access: Access, *, now: datetime, cpl: bytes | None = None) -> Keyring | None:
    """The content keys, or None when none were handed over. RefusedError when the KDM does not hold."""
    if access.keys is not None:
        return load_keys(access.keys)
    kdm = kdm_input(access)
    if kdm is None:
        return None
    from kdm.receive import open_kdm

    return open_kdm(
        kdm.data,
        private_key=kdm.private_key,
        recipient=kdm.recipient,
        trust=kdm.trust,
        cpl=cpl,
        now=now,
        where=kdm.path,
    )
