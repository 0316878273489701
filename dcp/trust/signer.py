"""Private keys, and the chains that go with them: what signs a document, what opens a KDM."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_der_private_key, load_pem_private_key

from dcp.errors import CertificateError, UsageError
from dcp.trust.certificate import Certificate, find_pem, read_bounded, read_certificates
from dcp.trust.order import CertificateChain, leaves_of, order_chain

CHAIN_FILE, KEY_FILE = "chain.pem", "leaf.key"
_BESIDE = ("leaf.pem", CHAIN_FILE)

_KEY = re.compile(rb"-----BEGIN [A-Z ]{0,20}PRIVATE KEY-----")
_CONVERT = "convert it: openssl pkcs8 -topk8 -nocrypt -in KEY -out leaf.key"


@dataclass(frozen=True)
class Signer:
    """A chain, leaf first, and the leaf's private key.

    CertificateError when they do not fit each other.
    """

    chain: CertificateChain
    private_key: RSAPrivateKey = field(repr=False)

    def __post_init__(self) -> None:
        if not self.chain.leaf.fits(self.private_key):
            raise CertificateError(
                "the private key does not belong to the leaf certificate",
                where=self.chain.leaf.label,
                remedy="give the key and the chain that were made together",
            )

    @property
    def leaf(self) -> Certificate:
        return self.chain.leaf


def read_signer(directory: Path) -> Signer:
    """The signer in a folder: chain.pem, in any order, and leaf.key.

    UsageError when a file cannot be read, CertificateError when the two do not fit each other.
    """
    absent = [name for name in (CHAIN_FILE, KEY_FILE) if not (directory / name).exists()]
    if absent:
        if directory.is_dir():
            what = f"this is no signer's folder: {' and '.join(absent)} not found in it"
        else:
            what = "a signer is a folder, not a file" if directory.exists() else "there is no such folder"
        raise UsageError(
            what,
            where=directory,
            remedy=f"give the folder with {CHAIN_FILE} (the chain) and {KEY_FILE} (its leaf's private key); "
            "`dcpkit cert chain` makes one",
        )
    certificates = read_certificates(directory / CHAIN_FILE)
    key = read_private_key(directory / KEY_FILE)
    leaf = next((certificate for certificate in certificates if certificate.fits(key)), None)
    if leaf is None:
        raise CertificateError(
            f"{KEY_FILE} belongs to no certificate of {CHAIN_FILE}",
            where=directory,
            remedy="give the key and the chain that were made together",
        )
    chain = order_chain(certificates, leaf=leaf)
    if chain.strangers:
        raise CertificateError(
            f"{CHAIN_FILE} holds a certificate that is not of the chain: {chain.strangers[0].label}",
            where=directory / CHAIN_FILE,
            remedy="leave the signer's own chain in it, from the leaf to the root",
        )
    return Signer(chain=chain, private_key=key)


def read_private_key(path: Path) -> RSAPrivateKey:
    """An RSA private key: PKCS#8 or PKCS#1, PEM (with or without its chain in the same file) or DER.

    UsageError when the file cannot be read, CertificateError when it holds no such key. No message shows it.
    """
    data = read_bounded(path, meant=KEY_FILE)
    keys = list(_KEY.finditer(data))
    if len(keys) > 1:
        raise CertificateError("there is more than one private key in it", where=path, remedy="leave one")
    block = data[keys[0].start() :].partition(b"-----END")[0] if keys else b""
    if b"ENCRYPTED" in block:
        raise CertificateError("the private key is locked with a password", where=path, remedy=_CONVERT)
    try:
        if keys:
            key = load_pem_private_key(data[keys[0].start() :], password=None)
        elif data[:1] == b"\x30":
            key = load_der_private_key(data, password=None)
        else:
            raise CertificateError(
                "there is no private key in it", where=path, remedy="give the PEM file of the private key"
            )
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise CertificateError("the private key cannot be read", where=path, remedy=_CONVERT) from None
    if not isinstance(key, RSAPrivateKey):
        raise CertificateError("this is no RSA key, which digital cinema uses", where=path)
    return key


def find_certificate_for(
    key: RSAPrivateKey, pem_path: Path, candidates: Sequence[Certificate] = ()
) -> Certificate | None:
    """The certificate that goes with a private key, or None when there is none.

    candidates: what was given as the recipient; of several, the one that issued none of the others counts,
    and it has to fit. Without them, the certificates in the key's own PEM, one of which has to fit; without
    those, `leaf.pem` or `chain.pem` beside it, where they fit.
    CertificateError when a certificate and the key do not fit each other.
    """
    if candidates:
        chosen = recipient_of(candidates)
        if not chosen.fits(key):
            raise CertificateError(
                f"the private key does not belong to the recipient's certificate, {chosen.label}",
                where=pem_path,
                remedy="give the certificate of the device that this key is of",
            )
        return chosen
    if find_pem(read_bounded(pem_path, meant=KEY_FILE)):
        own = _fitting(read_certificates(pem_path), key)
        if own is None:
            raise CertificateError(
                "the private key belongs to no certificate in the same file",
                where=pem_path,
                remedy="keep the key with its own chain, or alone",
            )
        return own
    for name in _BESIDE:
        path = pem_path.with_name(name)
        if path.is_file():
            found = _fitting(read_certificates(path), key)
            if found is not None:
                return found
    return None


def recipient_of(certificates: Sequence[Certificate]) -> Certificate:
    """Of several certificates the one that issued none of the others, whatever their order.

    CertificateError when that leaves more than one.
    """
    leaves = leaves_of(tuple(dict.fromkeys(certificates)))
    if len(leaves) != 1:
        raise CertificateError(
            "several of the certificates could be the one meant: "
            + ", ".join(certificate.label for certificate in leaves[:4]),
            remedy="give the device's own certificate, alone or with its authorities",
        )
    return leaves[0]


def _fitting(certificates: Sequence[Certificate], key: RSAPrivateKey) -> Certificate | None:
    return next((certificate for certificate in certificates if certificate.fits(key)), None)
