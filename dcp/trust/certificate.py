"""D-Cinema certificates (ST 430-2): read from PEM or DER, named, thumbprinted, and used to check signatures.

The DER is kept as it came: thumbprints and signatures are over those bytes. Reading is lenient (see
`dcp.trust.fields`); `dcp.trust.judging` judges.
"""

from __future__ import annotations

import base64
import hashlib
import re
import warnings
from datetime import datetime
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TypeVar

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_der_public_key

from dcp.dataclass import dataclass
from dcp.errors import CertificateError, UsageError
from dcp.patterns import pattern
from dcp.suite import RSA_ENCRYPTION, HasPublicKey, signature_fits
from dcp.system import read_at_most
from dcp.texts.catalogue import Text, text
from dcp.texts.system import why
from dcp.trust.field_values import AuthorityKeyIdentifier, Extension
from dcp.trust.fields import BYTES_FOLLOW, KEY_USAGE, is_usual, parse_fields
from dcp.trust.names import (
    COMMON_NAME,
    DN_QUALIFIER,
    ORGANIZATION,
    Name,
)
from dcp.trust.wrappings import EDGE, is_der, not_certificates, refuse_keys

MAX_FILE_BYTES = 1024 * 1024
MAX_CERTIFICATES = 64
MAX_KEY_BITS, MAX_EXPONENT = 8192, 2**33  # a check with a larger key would only burn time
MAX_KNOWN, MAX_KNOWN_BYTES = 512, 4096  # certificates remembered, and the size of the largest; two MiB in all

PEM = pattern(rb"-----BEGIN ((?:X509 )?CERTIFICATE)-----([^-]*)-----END \1-----")
_ANY_BLOCK = pattern(rb"-----BEGIN ([A-Z0-9 ]{1,40})-----[^-]*-----END \1-----")
# Beside the blocks: what no text has, but DER and UTF-16; and a certificate in base64 without edges.
_BESIDE = pattern(rb"[\x00-\x08\x0e-\x19]|^MII[A-Za-z0-9+/]{50}", re.MULTILINE)
_LINE_END = pattern(rb"\r\n?|\n")
_T = TypeVar("_T")
_NAMELESS = text("cert.nameless")


class Certificate:
    """One certificate. Equal when the bytes are equal.

    A property whose field is missing or malformed raises CertificateError; `missing` and `defects` list them.
    """

    def __init__(self, der: bytes) -> None:
        """CertificateError when the bytes are no certificate at all."""
        self.der = bytes(der)
        self.fields = parse_fields(self.der)

    def __repr__(self) -> str:
        return f"<Certificate {self.label}>"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Certificate) and self.der == other.der

    def __hash__(self) -> int:
        return hash(self.der)

    # --- who ---

    @cached_property
    def label(self) -> str:
        """A short text for messages: the common name, or whatever stands in its place."""
        return self._name_for_people or str(_NAMELESS)

    @property
    def called(self) -> str | Text:
        """The label, which speaks the language of the sentence that it stands in where there is no name."""
        return self._name_for_people or _NAMELESS

    @cached_property
    def _name_for_people(self) -> str:
        subject = self.fields.subject
        name = (subject and (subject.first(COMMON_NAME) or subject.plain)) or ""
        return _printable(name[:100])

    @property
    def subject_name(self) -> Name:
        return self._need(self.fields.subject, "subject")

    @property
    def issuer_name(self) -> Name:
        return self._need(self.fields.issuer, "issuer")

    @cached_property
    def subject(self) -> str:
        """RFC 2253 text, as X509SubjectName has it."""
        return str(self.subject_name)

    @property
    def who(self) -> str:
        """The subject for people: nothing escaped, a dnQualifier as it is (`subject` is for documents)."""
        return _printable(self.subject_name.plain)

    @cached_property
    def issuer(self) -> str:
        """RFC 2253 text, as X509IssuerName has it."""
        return str(self.issuer_name)

    @property
    def serial(self) -> int:
        return self._need(self.fields.serial, "serialNumber")

    @cached_property
    def common_name(self) -> str:
        return self.subject_name.first(COMMON_NAME)

    @property
    def organization(self) -> str:
        return self.subject_name.first(ORGANIZATION)

    @property
    def dn_qualifier(self) -> str:
        return self.subject_name.first(DN_QUALIFIER)

    @cached_property
    def roles(self) -> tuple[str, ...]:
        """The tokens before the first dot of the common name; none on an authority, or without a dot."""
        before, dot, _ = self.common_name.partition(".")
        return tuple(before.split()) if dot else ()

    # --- when ---

    @property
    def not_before(self) -> datetime:
        return self._need(self.fields.not_before, "notBefore").instant

    @property
    def not_after(self) -> datetime:
        return self._need(self.fields.not_after, "notAfter").instant

    def valid_at(self, instant: datetime) -> bool:
        return self.not_before <= instant <= self.not_after

    # --- what for ---

    @property
    def is_ca(self) -> bool:
        constraints = self.fields.basic_constraints
        return constraints is not None and constraints.is_ca

    @property
    def path_len(self) -> int | None:
        constraints = self.fields.basic_constraints
        return constraints.path_len if constraints else None

    @property
    def key_usage(self) -> frozenset[str]:
        """Names of RFC 5280 (`digitalSignature`); empty without the extension."""
        return self.fields.key_usage or frozenset()

    @property
    def has_key_usage(self) -> bool:
        return self.fields.extension(KEY_USAGE) is not None

    @property
    def key_encipherment(self) -> bool:
        return "keyEncipherment" in self.key_usage

    @property
    def subject_key_identifier(self) -> bytes | None:
        return self.fields.subject_key_identifier

    @property
    def authority_key_identifier(self) -> AuthorityKeyIdentifier | None:
        return self.fields.authority_key_identifier

    @property
    def extensions(self) -> tuple[Extension, ...]:
        return self.fields.extensions

    # --- thumbprints, keys, signatures ---

    @cached_property
    def _thumbprint(self) -> bytes:
        return hashlib.sha1(self.fields.tbs).digest()

    def thumbprint(self) -> bytes:
        """SHA-1 of the DER of TBSCertificate: KDM blocks, device lists, ContentAuthenticator, logs."""
        return self._thumbprint

    def public_key_thumbprint(self) -> bytes:
        """SHA-1 of the content of subjectPublicKey (RSAPublicKey): dnQualifier, SubjectKeyIdentifier."""
        return hashlib.sha1(self._need(self.fields.public_key, "subjectPublicKeyInfo")).digest()

    @property
    def key_bits(self) -> int | None:
        """Bits of the RSA modulus; None when the key is no RSA key."""
        modulus = self.fields.modulus
        return modulus.bit_length() if modulus is not None and self._is_rsa else None

    @property
    def _is_rsa(self) -> bool:
        return self.fields.public_key_algorithm == RSA_ENCRYPTION

    def rsa_public_key(self) -> RSAPublicKey:
        """CertificateError when the key is no RSA key that can be worked with."""
        return self._rsa_public_key

    @cached_property
    def _rsa_public_key(self) -> RSAPublicKey:
        spki = self._need(self.fields.spki, "subjectPublicKeyInfo")
        bits = self.key_bits
        if bits is None:
            raise CertificateError("cert.no-rsa-key", where=self.label)
        if bits > MAX_KEY_BITS or (self.fields.exponent or 0) > MAX_EXPONENT:
            raise CertificateError("cert.key-too-large", where=self.label, most=MAX_KEY_BITS)
        try:
            key = load_der_public_key(spki)
        except (ValueError, UnsupportedAlgorithm) as error:
            raise CertificateError("cert.key-unusable", where=self.label, detail=str(error)) from None
        if not isinstance(key, RSAPublicKey):
            raise CertificateError("cert.no-rsa-key", where=self.label)
        return key

    def fits(self, private_key: HasPublicKey) -> bool:
        """Whether this certificate is about the public half of that key."""
        numbers = private_key.public_key().public_numbers()
        return self._is_rsa and (self.fields.modulus, self.fields.exponent) == (numbers.n, numbers.e)

    def is_signed_by(self, parent: Certificate) -> bool:
        """Whether the signature holds under the parent's key; names are not looked at."""
        fields = self.fields
        if fields.signature is None or fields.outer_algorithm is None:
            return False
        try:
            key = parent.rsa_public_key()
        except CertificateError:
            return False
        return signature_fits(fields.outer_algorithm, key, fields.signature, fields.tbs)

    @property
    def is_self_issued(self) -> bool:
        fields = self.fields
        return fields.subject is not None and fields.subject == fields.issuer

    # --- form ---

    @property
    def missing(self) -> tuple[str, ...]:
        """Names of fields that must be there and are not, or are malformed."""
        return self.fields.missing

    @property
    def defects(self) -> tuple[Text, ...]:
        """What departs from DER."""
        return self.fields.defects

    @cached_property
    def refused_by_library(self) -> str | None:
        """Why the strict parser of the cryptography library does not load it; None when it does.

        A certificate of the usual form is not put to it, since loading it takes as long as judging a chain.
        """
        if is_usual(self.fields):
            return None
        from cryptography import x509

        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # the library would write them to the terminal
                loaded = x509.load_der_x509_certificate(self.der)
                _ = loaded.subject, loaded.issuer, loaded.extensions
        except Exception as error:  # the library documents no closed set
            return " ".join(str(error).split())[:200] or type(error).__name__
        return None

    def pem(self) -> str:
        text = base64.b64encode(self.der).decode()
        lines = [text[place : place + 64] for place in range(0, len(text), 64)]
        return "\n".join(("-----BEGIN CERTIFICATE-----", *lines, "-----END CERTIFICATE-----", ""))

    def _need(self, value: _T | None, name: str) -> _T:
        if value is None:
            raise CertificateError("cert.field-missing", where=self.label, name=name)
        return value


def _printable(name: str) -> str:
    if name.isprintable():
        return name
    return "".join(character if character.isprintable() else "?" for character in name)


def known_certificate(der: bytes) -> Certificate:
    """The certificate of exactly these bytes: the one read before when they came before, else read now.

    For what arrives over and over, the chain of one signer in all of a day's messages. A certificate is
    public and never changes, so one object may serve all threads. The number remembered and their size are
    bounded.
    CertificateError when the bytes are no certificate.
    """
    return _known(der) if len(der) <= MAX_KNOWN_BYTES else Certificate(der)


@lru_cache(maxsize=MAX_KNOWN)
def _known(der: bytes) -> Certificate:
    return Certificate(der)


def read_certificates(source: Path | bytes, *, where: str | Path | None = None) -> tuple[Certificate, ...]:
    """All certificates of a file or of its bytes: PEM with any number in any order, DER with one, a wrapping
    of either (`dcp.trust.wrappings`), or a ZIP archive or an e-mail with these (`dcp.trust.parcels`).

    UsageError when the file cannot be read, CertificateError when it holds none, one is malformed, or there
    is more in it than is read: a certificate that is passed over is one trusted, or denied, by mistake.
    """
    parts = read_enclosed(source, where=where)
    found = tuple(each for part in parts for each in part.certificates)
    if len(found) > MAX_CERTIFICATES:
        where = source if where is None and isinstance(source, Path) else where
        raise CertificateError("cert.too-many", where=where, most=MAX_CERTIFICATES)
    return found


@dataclass(frozen=True)
class Enclosed:
    """The certificates of one file. name: in the archive or the mail that it came in, None without one."""

    name: str | None
    certificates: tuple[Certificate, ...]


def read_enclosed(source: Path | bytes, *, where: str | Path | None = None) -> tuple[Enclosed, ...]:
    """The same, file by file, of an archive or a mail; of any other file one."""
    from dcp.trust.parcels import parts_of, place_in

    if isinstance(source, Path):
        where = source if where is None else where
        data = read_bounded(source, meant="chain.pem")
    else:
        data = source
        _refuse_large(data, where)
    return tuple(
        Enclosed(part.name, _read(part.data, where if part.name is None else place_in(where, part.name)))
        for part in parts_of(data, where=where)
    )


def _read(data: bytes, where: str | Path | None) -> tuple[Certificate, ...]:
    blocks = find_pem(data, where=where)
    if not blocks and data[:1] == b"\x30":
        refuse_keys(data, where=where)
        blocks = [data]
    if not blocks:
        if EDGE.search(data):
            _refuse_broken(data, where)
        raise not_certificates(data, where=where)
    found = []
    for number, block in enumerate(blocks, start=1):
        try:
            found.append(known_certificate(block))
        except CertificateError as error:
            raise CertificateError(
                "cert.not-one", where=_place(where, "where.certificate", number=number), why=error.text
            ) from None
        if BYTES_FOLLOW in found[-1].defects:
            raise CertificateError(BYTES_FOLLOW.id, where=_place(where, "where.certificate", number=number))
    if not is_der(data):
        _refuse_broken(data, where)
    return tuple(found)


def _place(where: str | Path | None, id: str, /, **places: object) -> Text:
    inside = Text(id, places)
    return inside if where is None else text("where.in-file", file=where, inside=inside)


def _refuse_broken(data: bytes, where: str | Path | None) -> None:
    """CertificateError for the first line of a block that begins or ends and is none of those read, and for
    what stands beside the blocks and is no text: it could be one more certificate."""
    for sign, blocks, id in ((EDGE, PEM, "cert.edges-do-not-fit"), (_BESIDE, _ANY_BLOCK, "cert.beside")):
        spans = [match.span() for match in blocks.finditer(data)]
        for found in sign.finditer(data):
            if not any(start <= found.start() < end for start, end in spans):
                line = len(_LINE_END.split(data[: found.start()]))
                raise CertificateError(id, where=_place(where, "where.line", line=line))


def find_pem(data: bytes, *, where: str | Path | None = None) -> list[bytes]:
    """The DER of the certificates in PEM text; [] when there is none."""
    found: list[bytes] = []
    if is_der(data):  # whatever text stands in its names and extensions
        return found
    for match in PEM.finditer(data):
        if len(found) == MAX_CERTIFICATES:
            raise CertificateError("cert.too-many", where=where, most=MAX_CERTIFICATES)
        try:
            found.append(base64.b64decode(b"".join(match[2].split()), validate=True))
        except ValueError:
            raise CertificateError("cert.no-base64", where=where, number=len(found) + 1) from None
    return found


def read_bounded(path: Path, *, meant: str) -> bytes:
    """The bytes of a file of certificates or keys. meant: a name that it could have, for those who give its
    folder. UsageError when it cannot be read, CertificateError when it is too large."""
    try:
        with path.open("rb") as stream:
            data = read_at_most(stream, MAX_FILE_BYTES + 1)
            if len(data) > MAX_FILE_BYTES:
                data += stream.read(_most(data) - MAX_FILE_BYTES)
    except OSError as error:
        if path.is_dir():
            raise UsageError("file.is-a-folder", where=path, meant=path / meant) from None
        raise UsageError("file.cannot-read", where=path, why=why(error)) from None
    _refuse_large(data, path)
    return data


def _refuse_large(data: bytes, where: str | Path | None) -> None:
    if len(data) > MAX_FILE_BYTES and len(data) > (most := _most(data)):
        raise CertificateError("cert.file-too-large", where=where, most=most)


def _most(data: bytes) -> int:
    """So many bytes are read of a file that begins like this: with a mail come pictures."""
    from dcp.trust.mail import MAX_MAIL_BYTES, is_mail

    return MAX_MAIL_BYTES if is_mail(data) else MAX_FILE_BYTES
