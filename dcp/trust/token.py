"""Private keys that stay in a token: a studio's HSM, a smart card, SoftHSM, by way of PKCS#11.

The token signs and unwraps; the private key never enters this process. python-pkcs11 initialises a module as
for one thread (C_Initialize without locking), so all calls into modules stand under one lock and any thread
may use a key. A forked process has to open its keys anew: its module is then initialised again.

A wrong PIN is tried once: tokens count the tries and lock.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding as paddings
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey, RSAPublicNumbers

from dcp.errors import CertificateError, DcpError, UsageError
from dcp.passphrase import Secrets, read_secret
from dcp.trust import der
from dcp.trust.certificate import Certificate
from dcp.trust.token_uri import TokenUri

if TYPE_CHECKING:
    import pkcs11

Use = Literal["sign", "decrypt"]

MAX_OBJECTS = 1000  # keys or certificates looked at in one token
MAX_KEY_BYTES = 1024  # of an RSA modulus

_T = TypeVar("_T")
_LOCK = threading.RLock()
_SESSIONS: dict[tuple[Path, int], pkcs11.Session] = {}  # logged in, by module and slot; of this process
_STARTED: set[Path] = set()  # modules that this process initialised
_INHERITED: set[Path] = set()  # modules that its parent did, before the fork
_DIGESTS = {"sha1": "1.3.14.3.2.26", "sha256": "2.16.840.1.101.3.4.2.1"}


class TokenKey:
    """A private key in a token, with `sign` and `decrypt` as RSAPrivateKey of cryptography has them.

    `certificates`: those of the token. Any thread may use it; another process may not.
    """

    __slots__ = ("_key", "_mechanisms", "_process", "_public_key", "certificates", "uri")

    def __init__(
        self,
        key: pkcs11.PrivateKey,
        *,
        public_key: RSAPublicKey,
        mechanisms: frozenset[int],
        certificates: tuple[Certificate, ...],
        uri: TokenUri,
    ) -> None:
        self._key: Any = key
        self._public_key = public_key
        self._mechanisms = mechanisms
        self._process = os.getpid()
        self.certificates = certificates
        self.uri = uri

    def public_key(self) -> RSAPublicKey:
        return self._public_key

    def sign(
        self, data: bytes, padding: paddings.AsymmetricPadding, algorithm: hashes.HashAlgorithm, /
    ) -> bytes:
        """An RSASSA-PKCS1-v1_5 signature. DcpError when the token does not give one."""
        from pkcs11 import Mechanism

        if not isinstance(padding, paddings.PKCS1v15):
            raise DcpError("a token signs by RSASSA-PKCS1-v1_5 only", where=str(self.uri))
        if algorithm.name not in _DIGESTS:
            raise DcpError("a token signs with SHA-256 or SHA-1 only", where=str(self.uri))
        mechanism = Mechanism.SHA256_RSA_PKCS if algorithm.name == "sha256" else Mechanism.SHA1_RSA_PKCS
        if mechanism not in self._mechanisms:  # the digest is made here, and signed there
            mechanism, data = Mechanism.RSA_PKCS, _digest_info(algorithm, data)
        return self._call(lambda: bytes(self._key.sign(data, mechanism=mechanism)))

    def decrypt(self, ciphertext: bytes, padding: paddings.AsymmetricPadding, /) -> bytes:
        """RSA-OAEP with SHA-1. ValueError when the key does not open it, DcpError when the token fails."""
        import pkcs11
        from pkcs11 import MGF, Mechanism

        if not _is_oaep_sha1(padding):
            raise DcpError("a token unwraps by RSA-OAEP with SHA-1 only", where=str(self.uri))
        parameters = (Mechanism.SHA_1, MGF.SHA1, None)
        refusals = (
            pkcs11.EncryptedDataInvalid,
            pkcs11.EncryptedDataLenRange,
            pkcs11.DataInvalid,
            pkcs11.DataLenRange,
            pkcs11.FunctionFailed,
            pkcs11.GeneralError,  # SoftHSM's answer to a block for another key
        )
        try:
            return self._call(
                lambda: bytes(
                    self._key.decrypt(
                        ciphertext, mechanism=Mechanism.RSA_PKCS_OAEP, mechanism_param=parameters
                    )
                ),
                passed=refusals,
            )
        except refusals:
            raise ValueError("the token does not open it") from None

    def _call(self, work: Callable[[], _T], passed: tuple[type[Exception], ...] = ()) -> _T:
        if os.getpid() != self._process:
            raise DcpError(
                "a key in a token was opened by another process",
                where=str(self.uri),
                remedy="open the key in the process that uses it, or use threads",
            )
        with _LOCK, _told(self.uri, passed):
            return work()

    def __repr__(self) -> str:
        return f"<TokenKey {self.uri}>"

    def __reduce__(self) -> str:
        raise TypeError("a key in a token is not pickled: open it in the process that uses it")


def open_token_key(uri: TokenUri, *, use: Use, secrets: Secrets | None = None) -> TokenKey:
    """Log in to the token and find the key, which has to be an RSA key that is allowed to do what it is for.

    The PIN is the URI's pin-source, else what `secrets` says; a token that was logged in to in this process
    needs none. UsageError or CertificateError for a module, token or key that is not there, not the only one,
    or not fit; DcpError when the token refuses.
    """
    _library(uri)
    with _LOCK, _told(uri):
        session = _session(uri, secrets)
        key: Any = _private_key(session, uri)
        _check_use(key, use, uri)
        slot = session.token.slot
        return TokenKey(
            key,
            public_key=_public_key(session, key, uri),
            mechanisms=frozenset(int(one) for one in slot.get_mechanisms()),
            certificates=tuple(_certificates(session)),
            uri=uri,
        )


def log_out() -> None:
    """Log out of every token: opened keys are of no more use, and the next one needs the PIN again."""
    with _LOCK:
        for session in _SESSIONS.values():
            with suppress(Exception):  # the token may be gone
                session.close()
        _SESSIONS.clear()


def _library(uri: TokenUri) -> Any:
    """The module, initialised once for this process. UsageError when there is none."""
    try:
        import pkcs11
    except ImportError:
        raise UsageError(
            "keys in a token need the package python-pkcs11",
            where=str(uri),
            remedy="install it: pip install 'dcpkit[hsm]'",
        ) from None
    if not uri.module.is_file():
        raise UsageError("there is no such PKCS#11 module", where=uri.module, remedy="correct module-path")
    module = uri.module.resolve()  # one library of two names must not be initialised twice
    with _LOCK:
        try:
            library = pkcs11.lib(str(module))
            if module in _INHERITED:
                library.reinitialize()
                _INHERITED.discard(module)
            _STARTED.add(module)
        except pkcs11.PKCS11Error as error:
            raise UsageError(
                f"the PKCS#11 module cannot be loaded or does not start ({_name(error)})",
                where=uri.module,
                remedy="check that it is the module of the token's maker, for this machine, and configured",
            ) from None
        return library


def _session(uri: TokenUri, secrets: Secrets | None) -> pkcs11.Session:
    import pkcs11

    token = _token(uri)
    place = (uri.module.resolve(), int(token.slot.slot_id))
    if place in _SESSIONS:
        return _SESSIONS[place]
    pin = None
    if token.flags & pkcs11.TokenFlag.LOGIN_REQUIRED:
        pin = _pin(uri, token, secrets)
    session: pkcs11.Session
    try:
        session = token.open(user_pin=pin)
    except pkcs11.UserAlreadyLoggedIn:  # by other code of this process
        session = token.open()
    except (pkcs11.PinIncorrect, pkcs11.PinInvalid, pkcs11.PinLenRange):
        raise UsageError(
            f"the PIN is not that of the token {token.label!r}",
            where=str(uri),
            remedy="it was tried once; the token counts wrong ones and locks itself",
        ) from None
    except pkcs11.PinLocked:
        raise UsageError(
            f"the PIN of the token {token.label!r} is locked after too many wrong ones",
            where=str(uri),
            remedy="its security officer sets a new one",
        ) from None
    except (pkcs11.UserPinNotInitialized, pkcs11.PinExpired):
        raise UsageError(
            f"the token {token.label!r} has no PIN that is in force",
            where=str(uri),
            remedy="its security officer sets one",
        ) from None
    _SESSIONS[place] = session
    return session


def _token(uri: TokenUri) -> Any:
    import pkcs11

    found = []
    for slot in _library(uri).get_slots(True):
        try:
            token = slot.get_token()
        except (pkcs11.TokenNotPresent, pkcs11.TokenNotRecognised):
            continue
        asked = (
            (uri.slot_id, slot.slot_id),
            (uri.token, token.label),
            (uri.serial, token.serial.decode("ascii", "replace")),
            (uri.manufacturer, token.manufacturer_id),
            (uri.model, token.model),
        )
        ready = token.flags & pkcs11.TokenFlag.TOKEN_INITIALIZED
        if ready and all(want is None or want == has for want, has in asked):
            found.append(token)
    if not found:
        raise UsageError(
            "no such token is there", where=str(uri), remedy=f"is it plugged in, and known to {uri.module}?"
        )
    if len(found) > 1:
        labels = ", ".join(
            f"{token.label!r} ({token.serial.decode('ascii', 'replace')})" for token in found[:4]
        )
        raise UsageError(
            f"several tokens could be the one meant: {labels}",
            where=str(uri),
            remedy="add token=LABEL or serial=NUMBER",
        )
    return found[0]


def _pin(uri: TokenUri, token: Any, secrets: Secrets | None) -> str:
    if uri.pin_file is not None:
        return read_secret(uri.pin_file)
    if secrets is None:
        raise UsageError(
            f"the token {token.label!r} asks for a PIN",
            where=str(uri),
            remedy="add pin-source=file:/path/to/pin to the URI",
        )
    return secrets.pin(f"the token {token.label!r}")


def _private_key(session: pkcs11.Session, uri: TokenUri) -> Any:
    from pkcs11 import Attribute, ObjectClass

    asked: dict[Attribute, Any] = {Attribute.CLASS: ObjectClass.PRIVATE_KEY}
    if uri.object is not None:
        asked[Attribute.LABEL] = uri.object
    if uri.id is not None:
        asked[Attribute.ID] = uri.id
    keys = list(islice(session.get_objects(asked), MAX_OBJECTS))
    if not keys:
        raise UsageError(
            "the token holds no such private key", where=str(uri), remedy="correct object= or id= of the URI"
        )
    if len(keys) > 1:
        raise UsageError(
            f"the token holds {len(keys)} private keys that could be the one meant",
            where=str(uri),
            remedy="add object=LABEL or id=%XX to the URI",
        )
    return keys[0]


def _check_use(key: Any, use: Use, uri: TokenUri) -> None:
    from pkcs11 import Attribute, KeyType

    if _attribute(key, Attribute.KEY_TYPE) != KeyType.RSA:
        raise CertificateError("this is no RSA key, which digital cinema uses", where=str(uri))
    flag, doing = (Attribute.SIGN, "sign") if use == "sign" else (Attribute.DECRYPT, "decrypt")
    if not _attribute(key, flag):
        raise CertificateError(
            f"the token does not let this key {doing} (CKA_{doing.upper()} is false)",
            where=str(uri),
            remedy=f"give a key that may {doing}",
        )
    if _attribute(key, Attribute.ALWAYS_AUTHENTICATE):
        raise CertificateError(
            "the key asks for its PIN at every use (CKA_ALWAYS_AUTHENTICATE), and no PIN is kept here",
            where=str(uri),
            remedy="give a key without that mark",
        )


def _attribute(thing: Any, attribute: pkcs11.Attribute) -> Any:
    """The value; None when the token does not tell it."""
    import pkcs11

    try:
        return thing[attribute]
    except (pkcs11.AttributeTypeInvalid, pkcs11.AttributeSensitive, pkcs11.FunctionFailed):
        return None


def _public_key(session: pkcs11.Session, key: Any, uri: TokenUri) -> RSAPublicKey:
    """The public half: told by the private key, or by the public key object of the same id."""
    from pkcs11 import Attribute, ObjectClass

    halves: Iterable[Any] = (key,)
    own_id = _attribute(key, Attribute.ID)
    if own_id:
        asked: dict[Attribute, Any] = {Attribute.CLASS: ObjectClass.PUBLIC_KEY, Attribute.ID: own_id}
        halves = (key, *islice(session.get_objects(asked), MAX_OBJECTS))
    for half in halves:
        modulus = _attribute(half, Attribute.MODULUS)
        exponent = _attribute(half, Attribute.PUBLIC_EXPONENT)
        if modulus and exponent and max(len(modulus), len(exponent)) <= MAX_KEY_BYTES:
            try:
                return RSAPublicNumbers(
                    int.from_bytes(exponent, "big"), int.from_bytes(modulus, "big")
                ).public_key()
            except ValueError:
                continue
    raise CertificateError(
        "the token does not tell the public half of the key",
        where=str(uri),
        remedy="store the public key in the token, under the id of the private one",
    )


def _certificates(session: pkcs11.Session) -> Iterator[Certificate]:
    from pkcs11 import Attribute, ObjectClass

    asked: dict[Attribute, Any] = {Attribute.CLASS: ObjectClass.CERTIFICATE}
    for one in islice(session.get_objects(asked), MAX_OBJECTS):
        value = _attribute(one, Attribute.VALUE)
        try:
            if value:
                yield Certificate(value)
        except CertificateError:
            continue  # of another kind than X.509, or for somebody else


def chain_in_token(key: TokenKey) -> Sequence[Certificate]:
    """The key's own certificate and its issuers, as far as the token holds them.

    CertificateError when no certificate, or more than one, is for the key.
    """
    own = [one for one in dict.fromkeys(key.certificates) if one.fits(key)]
    if len(own) != 1:
        raise CertificateError(
            "the token holds no certificate for the key"
            if not own
            else f"the token holds {len(own)} certificates for the key",
            where=str(key.uri),
            remedy="give --signer a folder with chain.pem and leaf.pkcs11, a text file with the pkcs11: URI",
        )
    found = [own[0]]
    for child in found:
        found += [
            one
            for one in dict.fromkeys(key.certificates)
            if one.fields.subject is not None
            and one.fields.subject == child.fields.issuer
            and one not in found
        ]
    return found


def _digest_info(algorithm: hashes.HashAlgorithm, data: bytes) -> bytes:
    """DigestInfo of PKCS#1: what RSASSA-PKCS1-v1_5 pads."""
    digest = hashes.Hash(algorithm)
    digest.update(data)
    kind = der.sequence(der.oid(_DIGESTS[algorithm.name]), der.tlv(der.NULL, b""))
    return der.sequence(kind, der.octets(digest.finalize()))


def _is_oaep_sha1(padding: paddings.AsymmetricPadding) -> bool:
    return (
        isinstance(padding, paddings.OAEP)
        and isinstance(padding.algorithm, hashes.SHA1)
        and isinstance(padding.mgf, paddings.MGF1)
        and isinstance(padding.mgf._algorithm, hashes.SHA1)
        and not padding._label
    )


@contextmanager
def _told(uri: TokenUri, passed: tuple[type[Exception], ...] = ()) -> Iterator[None]:
    """What the module answers, as one error of ours."""
    import pkcs11

    try:
        yield
    except passed:
        raise
    except pkcs11.PKCS11Error as error:
        raise DcpError(
            f"the token refused: {_name(error)}",
            where=str(uri),
            remedy="is it still plugged in and reachable? Its maker's log says more",
        ) from None


def _name(error: Exception) -> str:
    return type(error).__name__


def _forget() -> None:
    """In a forked process: the lock, the sessions and the initialised modules are the parent's."""
    global _LOCK
    _LOCK = threading.RLock()
    _INHERITED.update(_STARTED)
    _STARTED.clear()
    _SESSIONS.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)
