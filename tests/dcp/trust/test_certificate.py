"""Certificates: what they say, in PEM and DER, and that no bytes make the reader do anything but refuse."""

from __future__ import annotations

import base64
import contextlib
import hashlib
from math import gcd, lcm
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID
from hypothesis import given, settings
from hypothesis import strategies as st

from dcp.errors import CertificateError, UsageError
from dcp.trust import der
from dcp.trust.certificate import MAX_CERTIFICATES, MAX_FILE_BYTES, Certificate, read_certificates
from dcp.trust.fields import is_usual, parse_fields
from dcp.trust.judging import judge_chain
from dcp.trust.making import NewChain
from dcp.trust.signer import read_private_key

TINY = b"-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n"


def test_the_thumbprint_is_over_the_body_not_the_whole(signer_chain: NewChain) -> None:
    leaf = signer_chain.leaf
    library = x509.load_der_x509_certificate(leaf.der)
    assert leaf.thumbprint() == hashlib.sha1(library.tbs_certificate_bytes).digest()
    assert leaf.thumbprint() != hashlib.sha1(leaf.der).digest()


def test_what_the_strict_parser_refuses_keeps_its_own_bytes_for_thumbprints(signer_chain: NewChain) -> None:
    """As old certificates of the field are: a sign in a PrintableString that it cannot hold."""
    good = signer_chain.leaf
    broken = Certificate(good.der.replace(b"CS.test.smpte-430-2.CS", b"CS.test*smpte_430@2.CS"))
    assert broken.refused_by_library is not None
    at = broken.der.index(good.fields.tbs[:4])  # its tag and length did not change
    body = broken.der[at : at + len(good.fields.tbs)]
    assert body != good.fields.tbs and broken.thumbprint() == hashlib.sha1(body).digest()
    assert broken.public_key_thumbprint() == good.public_key_thumbprint()
    judged = {step.id: step.result for step in judge_chain((broken, *signer_chain.chain[1:]), at=())}
    assert judged["CER-004"] == "warn"


def test_the_qualifier_is_the_digest_of_the_key(signer_chain: NewChain) -> None:
    for certificate in signer_chain.chain:
        digest = certificate.public_key_thumbprint()
        assert certificate.dn_qualifier == base64.b64encode(digest).decode()
        assert certificate.subject_key_identifier == digest


def test_the_fields_are_those_that_the_library_reads(signer_chain: NewChain) -> None:
    for certificate in signer_chain.chain:
        library = x509.load_der_x509_certificate(certificate.der)
        text = library.subject.rfc4514_string({NameOID.DN_QUALIFIER: "dnQualifier"})
        assert certificate.subject == text
        assert certificate.serial == library.serial_number
        assert certificate.not_before == library.not_valid_before_utc
        assert certificate.not_after == library.not_valid_after_utc
        assert certificate.refused_by_library is None
        assert certificate.defects == certificate.missing == ()


def test_roles_stand_before_the_first_dot(device_chain: NewChain, signer_chain: NewChain) -> None:
    assert device_chain.leaf.roles == ("SM",)
    assert [certificate.roles for certificate in signer_chain.chain] == [("CS",), (), ()]
    assert signer_chain.leaf.common_name == "CS.test.smpte-430-2.CS"
    assert signer_chain.leaf.organization == "Example.org"


def test_leaf_and_authorities_differ_in_what_they_may(signer_chain: NewChain) -> None:
    leaf, intermediate, root = signer_chain.chain
    assert [one.is_ca for one in (leaf, intermediate, root)] == [False, True, True]
    assert [one.path_len for one in (leaf, intermediate, root)] == [None, 0, 1]
    assert leaf.key_usage == {"digitalSignature", "keyEncipherment"}
    assert root.key_usage == intermediate.key_usage == {"keyCertSign", "cRLSign"}
    assert leaf.key_encipherment and leaf.has_key_usage
    assert leaf.key_bits == 2048
    assert root.is_self_issued and not leaf.is_self_issued


def test_a_certificate_knows_its_issuer_and_its_key(signer_chain: NewChain) -> None:
    leaf, intermediate, _ = signer_chain.chain
    assert leaf.is_signed_by(intermediate) and not leaf.is_signed_by(leaf)
    assert leaf.fits(signer_chain.private_key) and not intermediate.fits(signer_chain.private_key)


def test_pem_in_any_number_and_order_among_other_text(signer_chain: NewChain, tmp_path: Path) -> None:
    leaf, intermediate, root = signer_chain.chain
    file = tmp_path / "some.pem"
    file.write_text(f"subject: x\n{root.pem()}\r\nnoise\n{leaf.pem()}{intermediate.pem()}")
    assert read_certificates(file) == (root, leaf, intermediate)
    crlf = leaf.pem().replace("\n", "\r\n").encode()
    assert read_certificates(crlf) == (leaf,)
    assert read_certificates(leaf.der) == (leaf,)
    assert read_certificates(
        leaf.pem().replace("BEGIN C", "BEGIN X509 C").replace("END C", "END X509 C").encode()
    )


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"", "the file is empty"),
        (b"hello", "no certificate in it"),
        (b"-----BEGIN CERTIFICATE-----\nAAAA\n", "cannot be read"),
        (b"-----BEGIN CERTIFICATE-----\n!!!!\n-----END CERTIFICATE-----", "no base64"),
        (TINY, "not a certificate"),
        (b"-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----", "not a certificate"),
        (b"\x30\x03\x02\x01\x05", "not a certificate"),
        (b"\x30\x82\xff\xff", "not a certificate"),
        (b"x" * (MAX_FILE_BYTES + 1), "too large"),
        (
            b"-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n" * (MAX_CERTIFICATES + 1),
            "more than",
        ),
    ],
)
def test_what_is_no_certificate_is_refused(data: bytes, what: str, tmp_path: Path) -> None:
    with pytest.raises(CertificateError, match=what):
        read_certificates(data)
    (tmp_path / "file.pem").write_bytes(data)
    with pytest.raises(CertificateError, match=what):
        read_certificates(tmp_path / "file.pem")


@pytest.mark.parametrize(
    ("good", "bad"),
    [
        ("END CERT", "END X509 CERT"),
        ("BEGIN CERT", "BEGIN X509 CERT"),
        ("BEGIN CERT", "BEGIN TRUSTED CERT"),
        ("-----BEGIN", "----BEGIN"),
        ("-----END CERTIFICATE-----", ""),
    ],
)
def test_a_broken_block_among_others_is_told_not_passed_over(
    good: str, bad: str, signer_chain: NewChain
) -> None:
    first, second = (one.pem() for one in signer_chain.chain.certificates[:2])
    for text in (first + second.replace(good, bad), second.replace(good, bad) + first):
        for end in ("\n", "\r\n", "\r"):
            with pytest.raises(CertificateError, match="cannot be read") as refused:
                read_certificates(text.replace("\n", end).encode(), where="trust.pem")
            number = int(str(refused.value.where).removeprefix("trust.pem: line "))
            assert "CERTIFICATE" in text.splitlines()[number - 1]


def test_a_second_certificate_in_one_block_is_told_not_passed_over(signer_chain: NewChain) -> None:
    leaf, other = signer_chain.chain.certificates[:2]
    for more in (other.der, b"\n", b"\0"):
        armoured = base64.encodebytes(leaf.der + more)
        block = b"-----BEGIN CERTIFICATE-----\n" + armoured + b"-----END CERTIFICATE-----\n"
        for data in (leaf.der + more, block):
            with pytest.raises(CertificateError, match="bytes follow after the certificate"):
                read_certificates(data)


def test_a_file_that_cannot_be_read_is_the_users_matter(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot read"):
        read_certificates(tmp_path / "absent.pem")


def test_many_beginnings_without_an_end_do_not_slow_the_reader() -> None:
    with pytest.raises(CertificateError):
        read_certificates(b"-----BEGIN CERTIFICATE-----\n" * 30_000)


def test_a_missing_field_is_told_when_it_is_asked_for(signer_chain: NewChain) -> None:
    empty = Certificate(bytes.fromhex("3004 3002 0500".replace(" ", "")))
    assert "serialNumber" in empty.missing and "subject" in empty.missing
    for ask in (
        lambda: empty.serial,
        lambda: empty.subject,
        lambda: empty.not_after,
        lambda: empty.roles,
        lambda: empty.public_key_thumbprint(),
        lambda: empty.rsa_public_key(),
    ):
        with pytest.raises(CertificateError, match=r"has no|no RSA"):
            ask()
    assert empty.label == "a certificate without a name"
    assert empty.refused_by_library
    assert not empty.fits(signer_chain.private_key) and not empty.is_signed_by(empty)


def test_labels_show_no_control_characters(forge_leaf: object) -> None:
    certificate = forge_leaf(common_name="CS.\x1b[31mred\x07")  # type: ignore[operator]
    assert "\x1b" not in repr(certificate) and "\x07" not in certificate.label
    assert "\x1b" not in certificate.subject


@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_damaged_certificates_never_crash(signer_chain: NewChain, now: object, data: st.DataObject) -> None:
    der = bytearray(data.draw(st.sampled_from([one.der for one in signer_chain.chain])))
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(der) - 1))
        kind = data.draw(st.sampled_from(["set", "cut", "insert", "delete"]))
        if kind == "set":
            der[place] = data.draw(st.integers(0, 255))
        elif kind == "cut" and place:
            del der[place:]
        elif kind == "insert":
            der[place:place] = data.draw(st.binary(min_size=1, max_size=4))
        elif len(der) > 1:
            del der[place]
    with contextlib.suppress(CertificateError):
        certificate = Certificate(bytes(der))
        judge_chain((certificate, *signer_chain.chain[1:]), at=(now,), now=now, role="CS")  # type: ignore[arg-type]
        repr(certificate)
        str(certificate.subject_name)


@given(st.binary(max_size=200))
def test_any_bytes_are_a_certificate_or_refused(data: bytes) -> None:
    with contextlib.suppress(CertificateError):
        Certificate(b"\x30" + data)
    with contextlib.suppress(CertificateError):
        read_certificates(data)


def test_what_has_the_usual_form_is_never_refused_by_the_strict_parser(signer_chain: NewChain) -> None:
    """The strict parser is not asked about such a certificate (`is_usual`): it must have nothing to say."""
    usual = 0
    for certificate in signer_chain.chain:
        assert is_usual(certificate.fields)
        body = len(certificate.der) - 260  # not the signature
        for place in range(0, body, 2):
            for value in (0x00, 0x41, 0x80, 0xFF, certificate.der[place] ^ 1, certificate.der[place] ^ 0x20):
                data = certificate.der[:place] + bytes([value]) + certificate.der[place + 1 :]
                try:
                    fields = parse_fields(data)
                except CertificateError:
                    continue
                if not is_usual(fields):
                    continue
                usual += 1
                loaded = x509.load_der_x509_certificate(data)
                assert (
                    loaded.subject is not None and loaded.issuer is not None and loaded.extensions is not None
                )
    assert usual > 1000


@pytest.mark.parametrize("change", ["n", "d", "p", "dmq1", "iqmp"])
def test_a_private_key_whose_numbers_do_not_fit_is_refused(
    change: str, signer_chain: NewChain, tmp_path: Path
) -> None:
    numbers = signer_chain.private_key.private_numbers()
    fields = {"n": numbers.public_numbers.n, "e": numbers.public_numbers.e}
    fields |= {name: getattr(numbers, name) for name in ("d", "p", "q", "dmp1", "dmq1", "iqmp")}
    path = tmp_path / "leaf.key"
    path.write_bytes(der.sequence(*map(der.integer, (0, *fields.values()))))
    assert read_private_key(path).private_numbers() == numbers
    fields[change] += 2
    path.write_bytes(der.sequence(*map(der.integer, (0, *fields.values()))))
    with pytest.raises(CertificateError, match="cannot be read"):
        read_private_key(path)


def test_a_private_key_that_cannot_sign_is_refused(signer_chain: NewChain, tmp_path: Path) -> None:
    """One with an even factor, and a toy; sums with a modulus of a million bits would take minutes."""
    path = tmp_path / "leaf.key"
    prime = signer_chain.private_key.private_numbers().q
    even = next(p for p in range(2**1024 - 10, 0, -2) if gcd(65537, p - 1) == 1 == gcd(p, prime))
    for p, q, e in ((even, prime, 65537), (3, 5, 3)):
        d = pow(e, -1, lcm(p - 1, q - 1))
        numbers = (p * q, e, d, p, q, d % (p - 1), d % (q - 1), pow(q, -1, p))
        path.write_bytes(der.sequence(*map(der.integer, (0, *numbers))))
        with pytest.raises(CertificateError, match="cannot be read"):
            read_private_key(path)
