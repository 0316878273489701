"""The device that is to play: its certificate, or what was handed over in place of it."""

from __future__ import annotations

from datetime import datetime

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from dcp.dataclass import dataclass
from dcp.errors import CertificateError, DcpError, UsageError
from dcp.trust.certificate import Certificate, read_certificates
from dcp.trust.names import DN_QUALIFIER, Name
from dcp.trust.refusals import Finding
from dcp.trust.signer import recipient_of as leaf_among
from kdm.block import Decrypter
from kdm.diagnose.causes import cause, kind_text
from kdm.diagnose.reading import kind_of
from kdm.phrases import phrase
from kdm.steps import key_qualifier


@dataclass(frozen=True)
class Server:
    """The device that is to play. `certificate`: None when only its private key is at hand. `qualifier`: the
    dnQualifier of its name, which is a digest of its key."""

    certificate: Certificate | None
    qualifier: str
    label: str


def server_of(certificate: Certificate) -> Server:
    """The device of this certificate."""
    subject = certificate.fields.subject or Name(())
    return Server(certificate, subject.first(DN_QUALIFIER), certificate.label)


def server_with(key: RSAPublicKey) -> Server:
    """The device with this key, when its certificate is not at hand."""
    qualifier = key_qualifier(key)
    return Server(None, qualifier, phrase("server.with-key", qualifier=qualifier))


def server_given(given: bytes | Certificate | None, private_key: Decrypter | None) -> Server | Finding:
    """The server whose certificate, file or key was handed over, or the cause why that is none.

    UsageError when there is neither a certificate nor a key, CertificateError when a certificate is broken.
    """
    if given is None:
        if private_key is None:
            raise UsageError("server.which")
        return server_with(private_key.public_key())
    own = given if isinstance(given, Certificate) else _certificate(given)
    return own if isinstance(own, Finding) else server_of(own)


def _certificate(data: bytes) -> Certificate | Finding:
    """The server's certificate, or what the file is instead."""
    kind = kind_of(data)
    if kind not in ("certificate", "private-key", "unknown", "empty", "archive", "mail"):
        return cause("certificate-file", is_a=kind_text(kind))
    try:
        found = read_certificates(data)
    except DcpError:
        if kind == "certificate":
            raise
        return cause("certificate-file", is_a=kind_text(kind))
    leaves = [one for one in found if not one.is_ca]
    if not leaves:
        return cause("certificate-of-authority", certificate=found[0].label)
    return leaf_among(found)


def not_a_server(server: Server) -> Finding | None:
    """Why no KDM for a screen is made for this certificate; None when one may be, or there is none."""
    certificate = server.certificate
    if certificate is None:
        return None
    if certificate.is_ca:
        return cause("certificate-of-authority", certificate=certificate.label)
    try:
        roles = certificate.roles
    except CertificateError:
        return None
    if roles == ("CS",):
        return cause("certificate-of-signer", certificate=certificate.label)
    if roles and "SM" not in roles:
        return cause("certificate-of-other-device", certificate=certificate.label, roles=" ".join(roles))
    return None


def usable(certificate: Certificate | None, start: datetime, end: datetime) -> tuple[datetime, datetime]:
    """The part of a window in which the server's own certificate is valid."""
    if certificate is None:
        return start, end
    fields = certificate.fields
    begins = max(start, fields.not_before.instant) if fields.not_before else start
    until = min(end, fields.not_after.instant) if fields.not_after else end
    return begins, until
