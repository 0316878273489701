"""Passphrases: keys locked here open elsewhere and the other way round; hostile work is refused unread."""

from __future__ import annotations

import base64
import re
import stat
import subprocess
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest
from agefile import light_age_file
from cryptography.hazmat.primitives import serialization
from hypothesis import given, settings
from hypothesis import strategies as st
from terminal import answer_on_terminal

from dcp.errors import CertificateError, DcpError, UsageError
from dcp.secrets import passphrase as room
from dcp.secrets.keys import ContentKey, Keyring, read_keys, write_keys
from dcp.secrets.passphrase import read_secret, seal, unseal
from dcp.trust import der
from dcp.trust.locked_key import check_work, locked_private_key_pem
from dcp.trust.making import NewChain, private_key_pem, write_chain
from dcp.trust.signer import read_private_key, read_signer

PASSPHRASE = "correct horse ünd battery"
HEX = "00112233445566778899aabbccddeeff"


class Knows:
    """`Secrets` with one passphrase; remembers what it was asked for."""

    def __init__(self, answer: str = PASSPHRASE) -> None:
        self.answer = answer
        self.asked: list[str] = []

    def passphrase(self, of: object) -> str:
        self.asked.append(str(of))
        return self.answer

    def pin(self, of: object) -> str:
        raise AssertionError(of)


# --- private keys ---


def test_a_locked_key_opens_with_its_passphrase_alone(signer_chain: NewChain, tmp_path: Path) -> None:
    write_chain(signer_chain, tmp_path / "signer", passphrase=PASSPHRASE)
    path = tmp_path / "signer" / "leaf.key"
    assert path.read_bytes().startswith(b"-----BEGIN ENCRYPTED PRIVATE KEY-----")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    knows = Knows()
    assert read_signer(tmp_path / "signer", secrets=knows).leaf == signer_chain.leaf
    assert knows.asked == [f"the private key {path}"]
    with pytest.raises(CertificateError, match="locked with a passphrase"):
        read_private_key(path)
    with pytest.raises(CertificateError, match="does not open the private key") as refused:
        read_private_key(path, secrets=Knows("another one"))
    assert "another one" not in str(refused.value) and PASSPHRASE not in str(refused.value)


def test_a_key_that_is_not_locked_asks_for_nothing(signer_chain: NewChain, tmp_path: Path) -> None:
    (tmp_path / "a.key").write_bytes(private_key_pem(signer_chain.private_key))
    knows = Knows()
    read_private_key(tmp_path / "a.key", secrets=knows)
    assert knows.asked == []


def test_openssl_opens_a_key_locked_here(
    signer_chain: NewChain, tmp_path: Path, oracle: Callable[[str], str]
) -> None:
    (tmp_path / "a.key").write_bytes(locked_private_key_pem(signer_chain.private_key, PASSPHRASE))
    (tmp_path / "pass").write_text(PASSPHRASE)
    command = [oracle("openssl"), "pkcs8", "-in", "a.key", "-passin", "file:pass"]
    plain = subprocess.run(command, cwd=tmp_path, check=True, capture_output=True).stdout
    assert plain == private_key_pem(signer_chain.private_key)


@pytest.mark.parametrize("how", [[], ["-scrypt"], ["-iter", "600000"], ["-v1", "PBE-SHA1-3DES"]])
def test_a_key_locked_by_openssl_opens_here(
    how: list[str], signer_chain: NewChain, tmp_path: Path, oracle: Callable[[str], str]
) -> None:
    (tmp_path / "plain.key").write_bytes(private_key_pem(signer_chain.private_key))
    (tmp_path / "pass").write_text(PASSPHRASE)
    for form in ("PEM", "DER"):
        command = [oracle("openssl"), "pkcs8", "-topk8", *how, "-in", "plain.key", "-outform", form]
        command += ["-passout", "file:pass", "-out", "a.key"]
        subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
        assert signer_chain.leaf.fits(read_private_key(tmp_path / "a.key", secrets=Knows()))
        with pytest.raises(CertificateError, match="does not open"):
            read_private_key(tmp_path / "a.key", secrets=Knows("wrong"))


def test_the_older_locked_form_opens_too(signer_chain: NewChain, tmp_path: Path) -> None:
    old = signer_chain.private_key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.BestAvailableEncryption(PASSPHRASE.encode()),
    )
    (tmp_path / "a.key").write_bytes(old)
    assert signer_chain.leaf.fits(read_private_key(tmp_path / "a.key", secrets=Knows()))


def scrypt(n: int, r: int = 8, p: int = 1) -> bytes:
    numbers = map(der.integer, (n, r, p))
    return der.sequence(der.oid("1.3.6.1.4.1.11591.4.11"), der.sequence(der.octets(bytes(16)), *numbers))


def pbkdf2(iterations: int) -> bytes:
    return der.sequence(
        der.oid("1.2.840.113549.1.5.12"), der.sequence(der.octets(bytes(16)), der.integer(iterations))
    )


def pbes2(kdf: bytes) -> bytes:
    cipher = der.sequence(der.oid("2.16.840.1.101.3.4.1.42"), der.octets(bytes(16)))
    scheme = der.sequence(der.oid("1.2.840.113549.1.5.13"), der.sequence(kdf, cipher))
    return der.sequence(scheme, der.octets(bytes(1232)))


def pbes1(iterations: int) -> bytes:
    parameters = der.sequence(der.octets(bytes(8)), der.integer(iterations))
    scheme = der.sequence(der.oid("1.2.840.113549.1.12.1.3"), parameters)
    return der.sequence(scheme, der.octets(bytes(1232)))


@pytest.mark.parametrize(
    ("key", "told"),
    [
        (pbes2(scrypt(2**60)), "demands more work"),
        (pbes2(scrypt(2**14, 2**30)), "demands more work"),
        (pbes2(scrypt(2**14, 8, 2**30)), "demands more work"),
        (pbes2(scrypt(2**20, 8, 17)), "demands more work"),
        (pbes2(scrypt(2**21)), "demands more work"),
        (pbes2(pbkdf2(10**7 + 1)), "demands more work"),
        (pbes2(scrypt(-4, -8, 1)), "demands more work"),
        (pbes2(pbkdf2(10**9)), "demands more work"),
        (pbes2(pbkdf2(0)), "demands more work"),
        (pbes1(10**9), "demands more work"),
        (pbes2(der.sequence(der.oid("1.2.3"), der.sequence())), "cannot be told"),
        (der.sequence(der.sequence(), der.octets(b"x")), "cannot be told"),
        (der.sequence(der.sequence(der.oid("1.2.3")), der.octets(b"x")), "cannot be told"),
    ],
)
def test_hostile_work_is_refused_before_the_passphrase_is_asked_for(
    key: bytes, told: str, tmp_path: Path
) -> None:
    text = base64.encodebytes(key).decode()
    label = "ENCRYPTED PRIVATE KEY-----"
    for name, data in (
        ("a.der", key),
        ("a.pem", f"-----BEGIN {label}\n{text}-----END {label}\n".encode()),
    ):
        (tmp_path / name).write_bytes(data)
        knows = Knows()
        with pytest.raises(CertificateError, match=told):
            read_private_key(tmp_path / name, secrets=knows)
        assert knows.asked == []


@pytest.mark.parametrize("kdf", [pbkdf2(10**7), scrypt(2**20, 8, 16)])
def test_work_up_to_the_bounds_is_taken(kdf: bytes) -> None:
    check_work(pbes2(kdf), where="a.key")


@given(data=st.data())
@settings(max_examples=60)
def test_a_locked_key_that_was_changed_is_read_or_refused(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    whole = bytearray(pbes2(pbkdf2(1000)))
    for _ in range(data.draw(st.integers(1, 3))):
        whole[data.draw(st.integers(0, 110))] = data.draw(st.integers(0, 255))
    path = tmp_path_factory.mktemp("locked") / "a.key"
    path.write_bytes(bytes(whole))
    with pytest.raises(DcpError):
        read_private_key(path, secrets=Knows())


# --- keys files ---


@pytest.fixture(scope="module")
def sealed() -> bytes:
    """Made in earnest, which takes a second's work and as much again to open: for few tests."""
    return seal(b"the plain text", PASSPHRASE)


@pytest.fixture(scope="module")
def light() -> bytes:
    return light_age_file(b"the plain text", PASSPHRASE)


def a_keyring() -> Keyring:
    return Keyring((ContentKey(id=uuid.uuid4(), type="MDIK", value=bytes.fromhex(HEX)),), uuid.uuid4())


def test_a_locked_keys_file_opens_with_its_passphrase_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, keyring, knows = tmp_path / "keys.age", a_keyring(), Knows()
    monkeypatch.setattr("dcp.secrets.passphrase.seal", light_age_file)
    write_keys(path, keyring, passphrase=PASSPHRASE)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert HEX.encode() not in path.read_bytes() and b"MDIK" not in path.read_bytes()
    read = read_keys(path, secrets=knows)
    assert (read.cpl_id, read.keys[0].value()) == (keyring.cpl_id, bytes.fromhex(HEX))
    assert knows.asked == [f"the keys file {path}"]
    with pytest.raises(UsageError, match="locked with a passphrase"):
        read_keys(path)
    with pytest.raises(DcpError, match="does not open the file") as refused:
        read_keys(path, secrets=Knows("another one"))
    assert "another one" not in str(refused.value)


def test_age_opens_what_was_sealed_here_and_the_other_way_round(
    sealed: bytes, tmp_path: Path, oracle: Callable[[str], str]
) -> None:
    assert room.is_sealed(sealed) and b"plain" not in sealed
    program = oracle("age")

    def age(*words: str) -> None:
        asks = (b"Enter passphrase", b"Confirm passphrase")
        code, seen = answer_on_terminal(
            [program, *words], asks=asks, typed=PASSPHRASE.encode(), folder=tmp_path
        )
        assert code == 0, seen

    (tmp_path / "here.age").write_bytes(sealed)
    age("-d", "-o", "here.txt", "here.age")
    assert (tmp_path / "here.txt").read_bytes() == b"the plain text"
    (tmp_path / "there.txt").write_bytes(b"their text")
    age("-p", "-a", "-o", "there.age", "there.txt")
    armoured = (tmp_path / "there.age").read_bytes()
    assert armoured.startswith(room.AGE_ARMOR) and room.is_sealed(armoured)
    assert unseal(armoured, PASSPHRASE, where="there.age") == b"their text"


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda head: re.sub(rb" \d+\n", b" 60\n", head, count=1), "demands more work"),
        (lambda head: re.sub(rb" \d+\n", b" 23\n", head, count=1), "demands more work"),
        (lambda head: re.sub(rb" \d+\n", b" 1 2\n", head, count=1), "does not open"),
        (lambda head: re.sub(rb" \d+\n", b" x\n", head, count=1), "demands more work"),
        (lambda head: head.replace(b"-> scrypt", b"-> X25519"), "not locked with a passphrase"),
        (
            lambda head: head.replace(b"\n-> ", b"\n-> X25519 abc\nabc\n-> ", 1),
            "not locked with a passphrase",
        ),
        (lambda head: head[:22], "not locked with a passphrase"),
        (lambda head: head[:-3], "does not open"),
        (lambda head: room.AGE_ARMOR + b"\n!!!!", "not locked with a passphrase"),
    ],
)
def test_a_sealed_file_that_is_none_of_ours_is_refused(
    change: Callable[[bytes], bytes], told: str, light: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    import pyrage

    tried: list[bytes] = []
    opens = pyrage.passphrase.decrypt
    monkeypatch.setattr(pyrage.passphrase, "decrypt", lambda *a: tried.append(a[0]) or opens(*a))
    with pytest.raises(DcpError, match=told):
        unseal(change(light), PASSPHRASE, where="keys.age")
    assert bool(tried) == (told == "does not open")


def test_work_that_this_machine_takes_too_long_for_is_told_as_such(
    light: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    import pyrage

    def refuse(*_: object) -> bytes:
        raise pyrage.DecryptError("Excessive work parameter for passphrase.")

    monkeypatch.setattr(pyrage.passphrase, "decrypt", refuse)
    with pytest.raises(DcpError, match="demands more work"):
        unseal(light, PASSPHRASE, where="keys.age")


@given(data=st.data())
@settings(max_examples=60)
def test_a_sealed_file_that_was_changed_is_refused(data: st.DataObject, light: bytes) -> None:
    place = data.draw(st.integers(0, len(light) - 1))
    changed = light[:place] + data.draw(st.binary(max_size=1)) + light[place + 1 :]
    if changed != light:
        with pytest.raises(DcpError):
            unseal(changed, PASSPHRASE, where="keys.age")


def test_something_else_under_the_lock_is_refused(tmp_path: Path) -> None:
    (tmp_path / "keys.age").write_bytes(light_age_file(b'{"keys": 3}', PASSPHRASE))
    with pytest.raises(DcpError, match="not a keys file"):
        read_keys(tmp_path / "keys.age", secrets=Knows())


# --- files with a passphrase or a PIN ---


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"1234", "1234"),
        (b"1234\n", "1234"),
        (b"1234\r\nmore", "1234"),
        (" ü x \n".encode(), " ü x "),
        (b"a" * 1024, "a" * 1024),
    ],
)
def test_the_first_line_is_the_secret(data: bytes, said: str, tmp_path: Path) -> None:
    (tmp_path / "pin").write_bytes(data)
    assert read_secret(tmp_path / "pin") == said


@pytest.mark.parametrize("data", [b"", b"\n1234", b"a" * 1025, b"\xff\xfe1234"])
def test_a_file_without_a_secret_is_refused_and_not_repeated(data: bytes, tmp_path: Path) -> None:
    (tmp_path / "pin").write_bytes(data)
    with pytest.raises(UsageError, match="the file's first line is no") as refused:
        read_secret(tmp_path / "pin")
    assert "1234" not in str(refused.value)


def test_a_secret_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    for path in (tmp_path / "absent", tmp_path):
        with pytest.raises(UsageError, match="cannot read"):
            read_secret(path)
