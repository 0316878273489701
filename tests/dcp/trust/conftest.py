"""A forge for certificates with one fault each."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from forgery.certificates import Bench, spare_key
from signed_documents import SMPTE_CPL, unsigned_kdm

from dcp.trust.certificate import Certificate
from dcp.trust.making import NewChain
from dcp.trust.signing import sign_document, sign_kdm

NOW = datetime(2027, 6, 1, 12, tzinfo=UTC)
Forge = Callable[..., Certificate]


@pytest.fixture(scope="session")
def now() -> datetime:
    """An instant inside the windows of the session's chains."""
    return NOW


@pytest.fixture(scope="session")
def bench(signer_chain: NewChain, device_chain: NewChain, now: datetime) -> Bench:
    return Bench(signer_chain, device_chain, now)


@pytest.fixture(scope="session")
def forge_leaf(bench: Bench) -> Forge:
    """`forge_leaf(serial=-1)`: a leaf under the session's intermediate, right but for what is given."""
    return bench.leaf


@pytest.fixture(scope="session")
def small_key() -> RSAPrivateKey:
    return spare_key(1024)


@pytest.fixture(scope="session")
def exponent_three() -> RSAPrivateKey:
    return spare_key(2048, 3)


@pytest.fixture(scope="session")
def cpl(signer_chain: NewChain) -> bytes:
    return sign_document(SMPTE_CPL, signer_chain.signer)


@pytest.fixture(scope="session")
def kdm(signer_chain: NewChain) -> bytes:
    return sign_kdm(unsigned_kdm(signer_chain.leaf), signer_chain.signer)
