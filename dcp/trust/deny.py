"""The deny list: whom not to rely on any more, by key or by issuer and serial number (ST 430-2).

The field has neither CRL nor OCSP; whoever judges keeps a list of their own. Its file holds certificates in
PEM, lines of text, or both:

    # the projector of hall 4 was stolen
    key 1q3jVLPl6c7S1zBKlHhvR1GRGM8=
    certificate 1734902 dnQualifier=uJ3...=,CN=.example.INTERMEDIATE,OU=example,O=Example.org

`key` names a public key by its thumbprint, the dnQualifier of every certificate for it; `certificate` names
one certificate by serial number and issuer. A certificate in PEM is denied in both ways.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from dcp.dataclass import dataclass
from dcp.errors import CertificateError
from dcp.patterns import pattern
from dcp.texts.catalogue import Text, text
from dcp.trust.certificate import PEM, Certificate, read_bounded, read_certificates
from dcp.trust.name_text import parse_name
from dcp.trust.names import Name

KEY_THUMBPRINT_BYTES = 20

_NO_TEXT = pattern("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029]")  # some of them look like line ends


@dataclass(frozen=True)
class DenyList:
    """keys: thumbprints of public keys. certificates: issuer and serial number. thumbprints: of the same
    certificates, as far as the list has them whole; device lists name devices by nothing else."""

    keys: frozenset[bytes] = frozenset()
    certificates: frozenset[tuple[Name, int]] = frozenset()
    thumbprints: frozenset[bytes] = frozenset()

    def names(self, certificate: Certificate) -> Text | None:
        """Why the certificate is denied; None when it is not. Never raises, whatever it lacks."""
        fields = certificate.fields
        if fields.public_key is not None and certificate.public_key_thumbprint() in self.keys:
            return text("deny.key")
        if (
            fields.issuer is not None
            and fields.serial is not None
            and (fields.issuer, fields.serial) in self.certificates
        ):
            return text("deny.certificate")
        return None

    def refuse(self, certificate: Certificate) -> None:
        """CertificateError when the certificate is denied."""
        why = self.names(certificate)
        if why is not None:
            raise CertificateError("deny.refused", certificate=certificate.called, why=why)

    def refuse_thumbprint(self, thumbprint: bytes) -> None:
        """CertificateError for the thumbprint of a certificate that the list has whole."""
        if thumbprint in self.thumbprints:
            raise CertificateError(
                "deny.refused-device", thumbprint=base64.b64encode(thumbprint).decode("ascii")
            )

    def __or__(self, other: DenyList) -> DenyList:
        return DenyList(
            self.keys | other.keys,
            self.certificates | other.certificates,
            self.thumbprints | other.thumbprints,
        )


def deny_certificates(certificates: Iterable[Certificate]) -> DenyList:
    """The list that denies these, and every other certificate for the same keys."""
    found = tuple(certificates)
    return DenyList(
        keys=frozenset(one.public_key_thumbprint() for one in found if one.fields.public_key is not None),
        certificates=frozenset(
            (one.fields.issuer, one.fields.serial)
            for one in found
            if one.fields.issuer is not None and one.fields.serial is not None
        ),
        thumbprints=frozenset(one.thumbprint() for one in found),
    )


def read_deny_list(paths: Sequence[Path]) -> DenyList:
    """All files as one list.

    UsageError when a file cannot be read, CertificateError when a line or a certificate of it cannot be.
    """
    whole = DenyList()
    for path in paths:
        whole |= parse_deny_list(read_bounded(path, meant="deny.txt"), where=path)
    return whole


def parse_deny_list(data: bytes, *, where: str | Path) -> DenyList:
    """One file's bytes. CertificateError names the line that is none: a slip must not let anybody in.

    For the same reason a list that names nobody is refused, and one with control characters.
    """
    if data[:1] == b"\x30":
        return deny_certificates(read_certificates(data, where=where))
    data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    text = PEM.sub(lambda match: b"\n" * match[0].count(b"\n"), data)  # the numbers of the lines stay
    keys: set[bytes] = set()
    certificates: set[tuple[Name, int]] = set()
    for number, raw in enumerate(text.split(b"\n"), start=1):
        line = raw.decode("utf-8", "replace").strip(" \t\ufeff")
        if _NO_TEXT.search(line):
            raise CertificateError("deny.no-plain-text", where=_line(where, number))
        if not line or line.startswith("#"):
            continue
        try:
            _take(line, keys, certificates)
        except (ValueError, CertificateError):
            raise CertificateError("deny.line-names-nothing", where=_line(where, number)) from None
    listed = DenyList(frozenset(keys), frozenset(certificates))
    if PEM.search(data):
        listed |= deny_certificates(read_certificates(data, where=where))
    if listed == DenyList():
        raise CertificateError("deny.empty", where=where)
    return listed


def _line(where: str | Path, number: int) -> Text:
    return text("where.in-file", file=where, inside=text("where.line", line=number))


def _take(line: str, keys: set[bytes], certificates: set[tuple[Name, int]]) -> None:
    kind, _, rest = line.partition(" ")
    if kind == "key":
        thumbprint = base64.b64decode(rest.strip(), validate=True)
        if len(thumbprint) != KEY_THUMBPRINT_BYTES:
            raise ValueError(line)
        keys.add(thumbprint)
    elif kind == "certificate":
        serial, _, issuer = rest.strip().partition(" ")
        if not re.fullmatch(r"-?[0-9]{1,60}", serial) or not issuer.strip():
            raise ValueError(line)
        certificates.add((parse_name(issuer), int(serial)))
    else:
        raise ValueError(line)
