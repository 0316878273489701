"""Certificate chains put in order, leaf first, whatever the order they came in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import overload

from dcp.dataclass import dataclass
from dcp.errors import CertificateError
from dcp.trust.certificate import MAX_CERTIFICATES, Certificate


@dataclass(frozen=True)
class CertificateChain:
    """certificates: leaf first, each the issuer of the one before it, as far as the names go.

    strangers: certificates that came along and belong to no place in the chain. duplicates: copies.
    """

    certificates: tuple[Certificate, ...]
    strangers: tuple[Certificate, ...] = ()
    duplicates: tuple[Certificate, ...] = ()

    @property
    def leaf(self) -> Certificate:
        return self.certificates[0]

    @property
    def root(self) -> Certificate | None:
        """The self-issued end of the chain; None when it is not there."""
        last = self.certificates[-1]
        return last if last.is_self_issued else None

    def __iter__(self) -> Iterator[Certificate]:
        return iter(self.certificates)

    def __len__(self) -> int:
        return len(self.certificates)

    @overload
    def __getitem__(self, place: int) -> Certificate: ...

    @overload
    def __getitem__(self, place: slice) -> tuple[Certificate, ...]: ...

    def __getitem__(self, place: int | slice) -> Certificate | tuple[Certificate, ...]:
        return self.certificates[place]


def order_chain(certificates: Iterable[Certificate], *, leaf: Certificate | None = None) -> CertificateChain:
    """Order by issuer and subject; where names leave a choice, by key identifier and signature.

    leaf: where the chain begins, one of the certificates; without it, the certificate that issued none of the
    others (of several, the one with the longest chain, of those the first).
    CertificateError when there is none, or more than MAX_CERTIFICATES.
    """
    given = list(certificates)
    if not given:
        raise CertificateError("chain.empty")
    if len(given) > MAX_CERTIFICATES:
        raise CertificateError("cert.too-many", most=MAX_CERTIFICATES)
    distinct = list(dict.fromkeys(given))
    left = list(given)
    for certificate in distinct:
        left.remove(certificate)
    if leaf is not None:
        chain = _climb(leaf, distinct)
    else:
        chain = max((_climb(start, distinct) for start in leaves_of(distinct)), key=len)
    members = set(chain)
    return CertificateChain(
        certificates=tuple(chain),
        strangers=tuple(certificate for certificate in distinct if certificate not in members),
        duplicates=tuple(left),
    )


def leaves_of(certificates: Sequence[Certificate]) -> tuple[Certificate, ...]:
    """Those that issued none of the others; all of them when names run in a circle."""
    issuers = {
        certificate.fields.issuer
        for certificate in certificates
        if certificate.fields.issuer is not None and not certificate.is_self_issued
    }
    found = tuple(certificate for certificate in certificates if certificate.fields.subject not in issuers)
    return found or tuple(certificates)


def _climb(leaf: Certificate, certificates: Sequence[Certificate]) -> list[Certificate]:
    chain = [leaf]
    while not chain[-1].is_self_issued:
        child = chain[-1]
        parents = [
            candidate
            for candidate in certificates
            if candidate not in chain
            and candidate.fields.subject is not None
            and candidate.fields.subject == child.fields.issuer
        ]
        if not parents:
            break
        chain.append(parents[0] if len(parents) == 1 else max(parents, key=lambda one: _fitness(child, one)))
    return chain


def _fitness(child: Certificate, parent: Certificate) -> tuple[bool, bool]:
    authority = child.authority_key_identifier
    by_key_id = authority is not None and authority.key_id == parent.subject_key_identifier
    return child.is_signed_by(parent), by_key_id
