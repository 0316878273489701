"""Private keys, and the chains that go with them: what signs a document, what opens a KDM."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import field
from pathlib import Path
from typing import TYPE_CHECKING

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_der_private_key, load_pem_private_key

from dcp.dataclass import dataclass
from dcp.errors import CertificateError, UsageError
from dcp.patterns import pattern
from dcp.suite import HasPublicKey, SigningKey
from dcp.texts.catalogue import text
from dcp.trust.certificate import Certificate, find_pem, read_bounded, read_certificates
from dcp.trust.locked_key import check_work, is_locked_der
from dcp.trust.order import CertificateChain, leaves_of, order_chain
from dcp.trust.token_uri import TokenUri, parse_token_uri
from dcp.trust.wrappings import plain_text, unwrapped

if TYPE_CHECKING:
    from dcp.secrets.passphrase import Secrets
    from dcp.trust.token import TokenKey

CHAIN_FILE, KEY_FILE, TOKEN_FILE = "chain.pem", "leaf.key", "leaf.pkcs11"
_BESIDE = ("leaf.pem", CHAIN_FILE)

_LEAST_BITS, _MOST_BITS = 1024, 16384  # of a private key's modulus; the library would not make another one
_KEY = pattern(rb"-----BEGIN ([A-Z ]{0,20})PRIVATE KEY-----")


@dataclass(frozen=True)
class Signer:
    """A chain, leaf first, and the leaf's private key, which may stay in a token.

    CertificateError when they do not fit each other.
    """

    chain: CertificateChain
    private_key: SigningKey = field(repr=False)

    def __post_init__(self) -> None:
        if not self.chain.leaf.fits(self.private_key):
            raise CertificateError("signer.other-key", where=self.chain.leaf.label)

    @property
    def leaf(self) -> Certificate:
        return self.chain.leaf


def read_signer(source: Path | TokenUri, *, secrets: Secrets | None = None) -> Signer:
    """The signer in a folder, or behind a token's URI.

    A folder holds chain.pem, in any order, and the private key: leaf.key, or leaf.pkcs11, a text file with
    the pkcs11: URI of a key whose token holds no certificates. A URI alone takes the chain out of the token.
    UsageError when a file cannot be read, CertificateError when the parts do not fit each other.
    """
    if isinstance(source, TokenUri):
        from dcp.trust.token import chain_in_token, open_token_key

        token_key = open_token_key(source, use="sign", secrets=secrets)
        found = chain_in_token(token_key)
        return Signer(chain=order_chain(found, leaf=found[0]), private_key=token_key)
    key_file = _key_file(source)
    certificates = read_certificates(source / CHAIN_FILE)
    key: SigningKey
    if key_file == TOKEN_FILE:
        from dcp.trust.token import open_token_key

        key = open_token_key(read_token_file(source / TOKEN_FILE), use="sign", secrets=secrets)
    else:
        key = read_private_key(source / KEY_FILE, secrets=secrets)
    leaf = next((certificate for certificate in certificates if certificate.fits(key)), None)
    if leaf is None:
        raise CertificateError("signer.key-of-no-certificate", where=source, key=key_file, chain=CHAIN_FILE)
    chain = order_chain(certificates, leaf=leaf)
    if chain.strangers:
        raise CertificateError(
            "signer.stranger",
            where=source / CHAIN_FILE,
            chain=CHAIN_FILE,
            certificate=chain.strangers[0].called,
        )
    return Signer(chain=chain, private_key=key)


def _key_file(directory: Path) -> str:
    """Which of the two files holds the key in a signer's folder. UsageError when it is no such folder."""
    keys = [name for name in (KEY_FILE, TOKEN_FILE) if (directory / name).exists()]
    absent = [*([] if (directory / CHAIN_FILE).exists() else [CHAIN_FILE]), *([] if keys else [KEY_FILE])]
    if absent:
        remedy = text("signer.folder", chain=CHAIN_FILE, key=KEY_FILE, token=TOKEN_FILE)
        if directory.is_dir():
            raise UsageError("signer.folder-without", where=directory, absent=absent, remedy=remedy)
        if directory.exists():
            raise UsageError("signer.no-folder", where=directory, remedy=remedy)
        raise UsageError("signer.folder-absent", where=directory, remedy=remedy)
    if len(keys) > 1:
        raise UsageError("signer.two-keys", where=directory, keys=keys)
    return keys[0]


def read_token_file(path: Path) -> TokenUri:
    """The URI in a leaf.pkcs11. It names a library that is loaded: take it from where you take programs."""
    data = plain_text(read_bounded(path, meant=TOKEN_FILE))
    return parse_token_uri(data.decode("utf-8", "replace"), where=path)


def read_private_key(path: Path, *, secrets: Secrets | None = None) -> RSAPrivateKey:
    """An RSA private key: PKCS#8 or PKCS#1, PEM (with or without its chain in the same file) or DER.

    secrets: asked for the passphrase of a key that is locked with one. UsageError when the file cannot be
    read, CertificateError when it holds no such key or the passphrase is another. No message shows either.
    """
    data = plain_text(read_bounded(path, meant=KEY_FILE))
    keys = list(_KEY.finditer(data))
    if len(keys) > 1:
        raise CertificateError("key.several", where=path)
    if not keys and data[:1] != b"\x30":
        raise CertificateError("key.file-without", where=path)
    data = data[keys[0].start() :] if keys else data
    passphrase = _passphrase_of(data, pem=bool(keys), path=path, secrets=secrets)
    try:
        load = load_pem_private_key if keys else load_der_private_key
        locked = None if passphrase is None else passphrase.encode()
        # The library's own look at the key tests its primes, for 40 ms; see `_fits_itself`.
        key = load(data, password=locked, unsafe_skip_rsa_key_validation=True)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        if passphrase is not None:
            raise CertificateError("key.other-passphrase", where=path) from None
        raise CertificateError("key.unreadable", where=path) from None
    if not isinstance(key, RSAPrivateKey):
        raise CertificateError("key.no-rsa", where=path)
    if not _fits_itself(key):
        raise CertificateError("key.unreadable", where=path)
    return key


def _fits_itself(key: RSAPrivateKey) -> bool:
    """Whether the numbers of a private key belong together, so that a damaged file is told from a key.

    Whether its factors are prime is not asked: a key is its owner's own.
    """
    numbers = key.private_numbers()
    public, p, q, d = numbers.public_numbers, numbers.p, numbers.q, numbers.d
    e = public.e
    if not _LEAST_BITS <= public.n.bit_length() <= _MOST_BITS:  # sums with a larger one take minutes
        return False
    return (
        p > 2 < q
        and p & q & 1 == 1
        and p * q == public.n
        and d * e % (p - 1) == 1 == d * e % (q - 1)
        and numbers.dmp1 == d % (p - 1)
        and numbers.dmq1 == d % (q - 1)
        and numbers.iqmp * q % p == 1
    )


def _passphrase_of(data: bytes, *, pem: bool, path: Path, secrets: Secrets | None) -> str | None:
    """The passphrase when the key is locked with one, after a look at the work that it will take."""
    if pem:
        block = data.partition(b"-----END")[0]
        begin, _, body = block.partition(b"\n")
        if b"ENCRYPTED" not in block:
            return None
        if b"ENCRYPTED" in begin:  # PKCS#8; the older form (Proc-Type) takes no work worth a bound
            check_work(_base64(body, path), where=path)
    elif is_locked_der(data):
        check_work(data, where=path)
    else:
        return None
    if secrets is None:
        raise CertificateError("key.locked", where=path)
    return secrets.passphrase(text("secrets.private-key", path=path))


def _base64(body: bytes, path: Path) -> bytes:
    try:
        return base64.b64decode(b"".join(body.split()), validate=True)
    except ValueError:
        raise CertificateError("key.unreadable", where=path) from None


def find_certificate_for(
    key: HasPublicKey, pem_path: Path, candidates: Sequence[Certificate] = ()
) -> Certificate | None:
    """The certificate that goes with a private key, or None when there is none.

    candidates: what was given as the recipient; of several, the one that issued none of the others counts,
    and it has to fit. Without them, the certificates in the key's own PEM, one of which has to fit; without
    those, `leaf.pem` or `chain.pem` beside it, where they fit.
    CertificateError when a certificate and the key do not fit each other.
    """
    if candidates:
        return _fitting_recipient(key, candidates, where=pem_path)
    if find_pem(unwrapped(read_bounded(pem_path, meant=KEY_FILE), where=pem_path)):
        own = _fitting(read_certificates(pem_path), key)
        if own is None:
            raise CertificateError("key.of-no-certificate-beside", where=pem_path)
        return own
    for name in _BESIDE:
        path = pem_path.with_name(name)
        if path.is_file():
            found = _fitting(read_certificates(path), key)
            if found is not None:
                return found
    return None


def find_certificate_in_token(key: TokenKey, candidates: Sequence[Certificate] = ()) -> Certificate | None:
    """The same for a key in a token: what was given as the recipient, else a certificate of the token."""
    if candidates:
        return _fitting_recipient(key, candidates, where=str(key.uri))
    return _fitting(key.certificates, key)


def _fitting_recipient(
    key: HasPublicKey, candidates: Sequence[Certificate], *, where: str | Path
) -> Certificate:
    chosen = recipient_of(candidates)
    if not chosen.fits(key):
        raise CertificateError("key.not-the-recipients", where=where, certificate=chosen.called)
    return chosen


def recipient_of(certificates: Sequence[Certificate]) -> Certificate:
    """Of several certificates the one that issued none of the others, whatever their order.

    CertificateError when that leaves more than one.
    """
    leaves = leaves_of(tuple(dict.fromkeys(certificates)))
    if len(leaves) != 1:
        meant = [certificate.called for certificate in leaves[:4]]
        raise CertificateError("cert.several-could-be-meant", certificates=meant)
    return leaves[0]


def _fitting(certificates: Sequence[Certificate], key: HasPublicKey) -> Certificate | None:
    return next((certificate for certificate in certificates if certificate.fits(key)), None)
