"""The suites hold the algorithms that real documents use, and refuse to know others."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from dcp.suite import (
    INTEROP,
    KDM_SUITE,
    SHA256_WITH_RSA,
    SMPTE,
    Suite,
    algorithm_name,
    signature_fits,
    suite_for,
)


@pytest.mark.parametrize(
    ("namespace", "suite"),
    [
        ("http://www.smpte-ra.org/schemas/429-7/2006/CPL", SMPTE),
        ("http://www.smpte-ra.org/schemas/429-8/2007/PKL", SMPTE),
        ("http://www.digicine.com/PROTO-ASDCP-CPL-20040511#", INTEROP),
        ("http://www.digicine.com/PROTO-ASDCP-PKL-20040311#", INTEROP),
        ("http://example.org/CPL", None),
        ("", None),
    ],
)
def test_the_namespace_says_which_suite(namespace: str, suite: object) -> None:
    assert suite_for(namespace) is suite


def test_only_interop_documents_may_be_signed_with_sha1() -> None:
    suites = (SMPTE, INTEROP, KDM_SUITE)
    assert [suite for suite in suites if any("sha1" in uri for uri in suite.signature_methods)] == [INTEROP]


def test_key_messages_are_digested_with_sha256_and_playlists_with_sha1() -> None:
    assert KDM_SUITE.digest(b"abc") == hashlib.sha256(b"abc").digest()
    assert SMPTE.digest(b"abc") == INTEROP.digest(b"abc") == hashlib.sha1(b"abc").digest()


def test_comments_stay_in_the_signed_info_of_key_messages_only() -> None:
    assert (SMPTE.with_comments, INTEROP.with_comments, KDM_SUITE.with_comments) == (False, False, True)


@pytest.mark.parametrize("suite", [SMPTE, INTEROP, KDM_SUITE])
def test_what_a_suite_signs_fits_and_nothing_else_does(suite: Suite, small_key: RSAPrivateKey) -> None:
    value = suite.sign(small_key, b"text")
    public = small_key.public_key()
    method = suite.signature_method
    assert signature_fits(method, public, value, b"text")
    assert not signature_fits(method, public, value, b"texT")
    assert not signature_fits(method, public, value[:-1], b"text")
    assert not signature_fits("http://example.org/rsa", public, value, b"text")


def test_algorithms_have_short_names_in_messages() -> None:
    assert algorithm_name(SHA256_WITH_RSA) == "sha256WithRSAEncryption"
    assert algorithm_name("http://www.w3.org/2000/09/xmldsig#sha1") == "xmldsig#sha1"
    assert algorithm_name("1.2.3") == "1.2.3"
    assert algorithm_name(None) == algorithm_name("") == "none"


@pytest.fixture(scope="module")
def small_key() -> RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=1024)


def test_a_key_message_names_what_its_keys_are_padded_with() -> None:
    """rsa-oaep-mgf1p: MGF1 and digest are SHA-1, the label is empty."""
    scheme = KDM_SUITE.key_padding
    assert isinstance(scheme, padding.OAEP) and isinstance(scheme.mgf, padding.MGF1)
    assert (scheme.algorithm.name, scheme.mgf._algorithm.name, scheme._label) == ("sha1", "sha1", None)
    with pytest.raises(KeyError):
        _ = replace(KDM_SUITE, key_transport="http://example.org/other").key_padding
