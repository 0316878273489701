"""Keys and their certificates: found, fitted, or refused in plain words that show no key."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from dcp.errors import CertificateError, UsageError
from dcp.trust.certificate import read_certificates
from dcp.trust.making import NewChain, private_key_pem, write_chain
from dcp.trust.signer import Signer, find_certificate_for, read_private_key, read_signer, recipient_of

PKCS1 = serialization.PrivateFormat.TraditionalOpenSSL
PKCS8 = serialization.PrivateFormat.PKCS8
PLAIN = serialization.NoEncryption()
PEM, DER = serialization.Encoding.PEM, serialization.Encoding.DER


@pytest.fixture
def folder(signer_chain: NewChain, tmp_path: Path) -> Path:
    write_chain(signer_chain, tmp_path / "signer")
    return tmp_path / "signer"


@pytest.mark.parametrize(("encoding", "form"), [(PEM, PKCS8), (PEM, PKCS1), (DER, PKCS8), (DER, PKCS1)])
def test_every_form_of_a_key_is_read(
    encoding: serialization.Encoding,
    form: serialization.PrivateFormat,
    signer_chain: NewChain,
    tmp_path: Path,
) -> None:
    key = signer_chain.private_key
    path = tmp_path / "a.key"
    path.write_bytes(key.private_bytes(encoding, form, PLAIN))
    assert read_private_key(path).private_numbers() == key.private_numbers()


def test_a_key_among_its_chain_is_read(signer_chain: NewChain, tmp_path: Path) -> None:
    path = tmp_path / "all.pem"
    chain = "".join(one.pem() for one in signer_chain.chain).encode()
    path.write_bytes(chain + private_key_pem(signer_chain.private_key) + chain)
    key = read_private_key(path)
    assert find_certificate_for(key, path) == signer_chain.leaf


@pytest.mark.parametrize("mark", ["utf-16", "utf-16-le", "utf-8-sig"])
def test_what_an_editor_on_windows_saved_is_read(mark: str, folder: Path, signer_chain: NewChain) -> None:
    for name in ("leaf.key", "chain.pem"):
        said = (folder / name).read_text().replace("\n", "\r\n")
        (folder / name).write_bytes(said.encode(mark))
    signer = read_signer(folder)
    assert signer.chain == signer_chain.chain
    both = folder / "both.pem"
    pem = private_key_pem(signer_chain.private_key) + signer_chain.leaf.pem().encode()
    both.write_bytes(pem.decode().encode(mark))
    assert find_certificate_for(read_private_key(both), both) == signer_chain.leaf


def test_a_trusted_certificate_beside_its_key_is_found(signer_chain: NewChain, tmp_path: Path) -> None:
    path = tmp_path / "both.pem"
    trusted = signer_chain.leaf.pem().replace(" CERTIFICATE", " TRUSTED CERTIFICATE")
    path.write_bytes(private_key_pem(signer_chain.private_key) + trusted.encode())
    assert find_certificate_for(read_private_key(path), path) == signer_chain.leaf


def locked(key: RSAPrivateKey, form: serialization.PrivateFormat) -> bytes:
    return key.private_bytes(PEM, form, serialization.BestAvailableEncryption(b"secret"))


def test_keys_that_cannot_be_used_are_refused(signer_chain: NewChain, tmp_path: Path) -> None:
    key = signer_chain.private_key
    good = private_key_pem(key)
    curve = ec.generate_private_key(ec.SECP256R1())
    for data, told in (
        (b"", "no private key in it"),
        (signer_chain.leaf.pem().encode(), "no private key in it"),
        (good + good, "more than one"),
        (locked(key, PKCS8), "locked with a passphrase"),
        (locked(key, PKCS1), "locked with a passphrase"),
        (good.replace(b"M", b"!", 1), "cannot be read"),
        (good[:200], "cannot be read"),
        (b"\x30\x03\x02\x01\x00", "cannot be read"),
        (curve.private_bytes(PEM, PKCS8, PLAIN), "no RSA key"),
    ):
        path = tmp_path / "a.key"
        path.write_bytes(data)
        with pytest.raises(CertificateError, match=told) as refused:
            read_private_key(path)
        assert refused.value.exit_code == 2
        assert good[40:80].decode() not in str(refused.value)
    with pytest.raises(UsageError, match="cannot read"):
        read_private_key(tmp_path / "absent.key")


def test_a_signer_is_read_from_its_folder_in_any_order(folder: Path, signer_chain: NewChain) -> None:
    (folder / "chain.pem").write_text("".join(one.pem() for one in reversed(signer_chain.chain.certificates)))
    signer = read_signer(folder)
    assert tuple(signer.chain) == signer_chain.chain.certificates
    assert signer.leaf == signer_chain.leaf


def test_a_signer_whose_parts_do_not_fit_is_refused(
    folder: Path, signer_chain: NewChain, device_chain: NewChain
) -> None:
    with pytest.raises(CertificateError, match="does not belong"):
        Signer(chain=signer_chain.chain, private_key=device_chain.private_key)
    (folder / "leaf.key").write_bytes(private_key_pem(device_chain.private_key))
    with pytest.raises(CertificateError, match="belongs to no certificate") as refused:
        read_signer(folder)
    assert refused.value.exit_code == 2


def test_a_stranger_in_a_signers_chain_is_refused(
    folder: Path, signer_chain: NewChain, device_chain: NewChain
) -> None:
    with (folder / "chain.pem").open("a") as stream:
        stream.write(device_chain.leaf.pem())
    with pytest.raises(CertificateError, match=r"not of the chain: SM\."):
        read_signer(folder)


def test_an_absent_signer_is_the_users_matter(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for path, told in (
        (tmp_path / "absent", "no such folder"),
        (folder / "chain.pem", "a folder, not a file"),
        (tmp_path / "empty", "chain.pem and leaf.key not found in it"),
    ):
        with pytest.raises(UsageError, match=told) as refused:
            read_signer(path)
        assert refused.value.remedy is not None
        assert "chain.pem" in refused.value.remedy and "leaf.key" in refused.value.remedy
    (folder / "leaf.key").unlink()
    with pytest.raises(UsageError, match=r"no signer's folder: leaf\.key not found"):
        read_signer(folder)


def test_a_folder_given_for_a_file_is_told_which_file_is_meant(folder: Path) -> None:
    for read, name in ((read_certificates, "chain.pem"), (read_private_key, "leaf.key")):
        with pytest.raises(UsageError, match="this is a folder, not a file") as refused:
            read(folder)
        assert refused.value.remedy is not None and str(folder / name) in refused.value.remedy


def test_the_certificate_given_counts_and_must_fit(
    folder: Path, signer_chain: NewChain, device_chain: NewChain
) -> None:
    path, key = folder / "leaf.key", signer_chain.private_key
    assert find_certificate_for(key, path, signer_chain.chain.certificates[::-1]) == signer_chain.leaf
    with pytest.raises(CertificateError, match="does not belong to the recipient") as refused:
        find_certificate_for(key, path, (device_chain.leaf,))
    assert refused.value.exit_code == 2


def test_certificates_beside_the_key_are_found_when_they_fit(
    folder: Path, signer_chain: NewChain, device_chain: NewChain
) -> None:
    path = folder / "leaf.key"
    assert find_certificate_for(signer_chain.private_key, path) == signer_chain.leaf
    (folder / "leaf.pem").unlink()
    assert find_certificate_for(signer_chain.private_key, path) == signer_chain.leaf
    assert find_certificate_for(device_chain.private_key, path) is None
    (folder / "chain.pem").unlink()
    assert find_certificate_for(signer_chain.private_key, path) is None


def test_a_key_in_a_file_with_another_chain_is_refused(
    signer_chain: NewChain, device_chain: NewChain, tmp_path: Path
) -> None:
    path = tmp_path / "mixed.pem"
    path.write_bytes(private_key_pem(signer_chain.private_key) + device_chain.leaf.pem().encode())
    with pytest.raises(CertificateError, match="no certificate in the same file"):
        find_certificate_for(signer_chain.private_key, path)


def test_of_several_recipients_the_one_that_issued_no_other(
    signer_chain: NewChain, device_chain: NewChain
) -> None:
    assert recipient_of(signer_chain.chain.certificates[::-1]) == signer_chain.leaf
    assert recipient_of((device_chain.leaf, device_chain.leaf)) == device_chain.leaf
    with pytest.raises(CertificateError, match="could be the one meant"):
        recipient_of((signer_chain.leaf, device_chain.leaf))
