"""Private keys that stay in a token: a studio's HSM, a smart card, SoftHSM, by way of PKCS#11.

The token signs and unwraps; the private key never enters this process. Any thread may use a key; a forked
process has to open its keys anew. Modules, sessions and PINs: `dcp.trust.token_session`.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding as paddings
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey, RSAPublicNumbers

from dcp.errors import CertificateError, DcpError, UsageError
from dcp.secrets.passphrase import Secrets
from dcp.trust import der
from dcp.trust.certificate import Certificate
from dcp.trust.token_session import calling, library_of, session_of
from dcp.trust.token_uri import TokenUri

if TYPE_CHECKING:
    import pkcs11

Use = Literal["sign", "decrypt"]

MAX_OBJECTS = 1000  # keys or certificates looked at in one token
MAX_KEY_BYTES = 1024  # of an RSA modulus

_T = TypeVar("_T")
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
            raise DcpError("token.signs-pkcs1", where=str(self.uri))
        if algorithm.name not in _DIGESTS:
            raise DcpError("token.signs-sha", where=str(self.uri))
        mechanism = Mechanism.SHA256_RSA_PKCS if algorithm.name == "sha256" else Mechanism.SHA1_RSA_PKCS
        if mechanism not in self._mechanisms:  # the digest is made here, and signed there
            mechanism, data = Mechanism.RSA_PKCS, _digest_info(algorithm, data)
        return self._call(lambda: bytes(self._key.sign(data, mechanism=mechanism)))

    def decrypt(self, ciphertext: bytes, padding: paddings.AsymmetricPadding, /) -> bytes:
        """RSA-OAEP with SHA-1. ValueError when the key does not open it, DcpError when the token fails."""
        import pkcs11
        from pkcs11 import MGF, Mechanism

        if not _is_oaep_sha1(padding):
            raise DcpError("token.unwraps-oaep", where=str(self.uri))
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
            raise DcpError("token.other-process", where=str(self.uri))
        with calling(self.uri, passed):
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
    library_of(uri)
    with calling(uri):
        session = session_of(uri, secrets)
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


def _private_key(session: pkcs11.Session, uri: TokenUri) -> Any:
    from pkcs11 import Attribute, ObjectClass

    asked: dict[Attribute, Any] = {Attribute.CLASS: ObjectClass.PRIVATE_KEY}
    if uri.object is not None:
        asked[Attribute.LABEL] = uri.object
    if uri.id is not None:
        asked[Attribute.ID] = uri.id
    keys = list(islice(session.get_objects(asked), MAX_OBJECTS))
    if not keys:
        raise UsageError("token.no-such-key", where=str(uri))
    if len(keys) > 1:
        raise UsageError("token.several-keys", where=str(uri), number=len(keys))
    return keys[0]


def _check_use(key: Any, use: Use, uri: TokenUri) -> None:
    from pkcs11 import Attribute, KeyType

    if _attribute(key, Attribute.KEY_TYPE) != KeyType.RSA:
        raise CertificateError("key.no-rsa", where=str(uri))
    signs = use == "sign"
    flag = Attribute.SIGN if signs else Attribute.DECRYPT
    if not _attribute(key, flag):
        raise CertificateError("token.may-not-sign" if signs else "token.may-not-decrypt", where=str(uri))
    if _attribute(key, Attribute.ALWAYS_AUTHENTICATE):
        raise CertificateError("token.pin-at-every-use", where=str(uri))


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
    raise CertificateError("token.no-public-half", where=str(uri))


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
        where = str(key.uri)
        if not own:
            raise CertificateError("token.no-certificate", where=where)
        raise CertificateError("token.several-certificates", where=where, number=len(own))
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
