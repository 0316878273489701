"""Who vouches for a log: the first and the last record of a sequence are signed, what lies between is tied to
them by the hashes of headers (sheet 7.6).

The signature covers RecordAuthData alone: the hash of the record's header, and the signer's name.
"""

from __future__ import annotations

import base64

from dcp.suite import SMPTE
from dcp.trust.certificate import Certificate
from dcp.trust.signer import Signer
from player.log.event import Seal
from player.log.record import canonical, digest, plain_text

MOST_RECORDS, MOST_SECONDS = 100, 10.0
"""Of a sequence: whichever comes first ends it."""


def auth_data(sequence: int, header: str, signer: Certificate) -> str:
    """The RecordAuthData of a record. header: hash of its header."""
    return (
        f'<lr:RecordAuthData Id="{auth_id(sequence)}"><lr:RecordHeaderHash>{header}</lr:RecordHeaderHash>'
        f"<lr:SignerCertInfo><ds:X509IssuerName>{plain_text(signer.issuer)}</ds:X509IssuerName>"
        f"<ds:X509SerialNumber>{signer.serial}</ds:X509SerialNumber></lr:SignerCertInfo></lr:RecordAuthData>"
    )


def auth_id(sequence: int) -> str:
    """Ids are unique in a document, so each has its record's number."""
    return f"ID_RecordAuthData_{sequence}"


def signed_info(sequence: int, auth: str) -> str:
    """The SignedInfo over an `auth_data`."""
    parts = (
        _empty("CanonicalizationMethod", SMPTE.canonicalization),
        _empty("SignatureMethod", SMPTE.signature_method),
        f'<ds:Reference URI="#{auth_id(sequence)}">',
        _empty("DigestMethod", SMPTE.digest_method),
        f"<ds:DigestValue>{digest(canonical(auth))}</ds:DigestValue></ds:Reference>",
    )
    return f"<ds:SignedInfo>{''.join(parts)}</ds:SignedInfo>"


def sealed(signer: Signer, *, sequence: int, header: str, placement: str, length: int, whole: bool) -> Seal:
    """A record signed. whole: with the certificates."""
    info = signed_info(sequence, auth_data(sequence, header, signer.leaf))
    value = SMPTE.sign(signer.private_key, canonical(info))
    chain = tuple(base64.b64encode(each.der).decode("ascii") for each in signer.chain) if whole else ()
    return Seal(placement, length, base64.b64encode(value).decode("ascii"), chain)


def signature(seal: Seal, *, sequence: int, header: str, chain: tuple[Certificate, ...]) -> str:
    """The LogRecordSignature of a sealed record."""
    auth = auth_data(sequence, header, chain[0])
    data = "".join(
        "<ds:X509Data><ds:X509IssuerSerial>"
        f"<ds:X509IssuerName>{plain_text(each.issuer)}</ds:X509IssuerName>"
        f"<ds:X509SerialNumber>{each.serial}</ds:X509SerialNumber></ds:X509IssuerSerial>"
        f"<ds:X509Certificate>{base64.b64encode(each.der).decode('ascii')}</ds:X509Certificate></ds:X509Data>"
        for each in chain
    )
    return (
        f"<lr:LogRecordSignature><lr:HeaderPlacement>{seal.placement}</lr:HeaderPlacement>"
        f"<lr:SequenceLength>{seal.length}</lr:SequenceLength>{auth}"
        f"<ds:Signature>{signed_info(sequence, auth)}<ds:SignatureValue>{seal.value}</ds:SignatureValue>"
        f"<ds:KeyInfo>{data}</ds:KeyInfo></ds:Signature></lr:LogRecordSignature>"
    )


def _empty(name: str, algorithm: str) -> str:
    return f'<ds:{name} Algorithm="{algorithm}"></ds:{name}>'
