"""Keys in a token: SoftHSM signs and unwraps; each thing that can go wrong is told in plain words."""

from __future__ import annotations

import os
import pickle
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from tokens import PIN, Tokens, log_out

from dcp.errors import CertificateError, DcpError, UsageError
from dcp.suite import INTEROP, KDM_SUITE, SHA256_WITH_RSA, SMPTE, sign, signature_fits
from dcp.trust import token_session as room
from dcp.trust.signer import find_certificate_in_token, read_signer
from dcp.trust.token import TokenKey, chain_in_token, open_token_key
from dcp.trust.token_uri import TokenUri

OAEP = padding.OAEP(mgf=padding.MGF1(hashes.SHA1()), algorithm=hashes.SHA1(), label=None)
SIGNER, DEVICE = "token=studio;object=signer", "token=cinema;id=%02"


class Pins:
    """Counts how often it is asked."""

    def __init__(self, pin: str) -> None:
        self.answer = pin
        self.asked: list[str] = []

    def pin(self, of: object) -> str:
        self.asked.append(str(of))
        return self.answer

    def passphrase(self, of: object) -> str:
        raise AssertionError(of)


def without_pin(uri: TokenUri) -> TokenUri:
    return TokenUri(**{**vars(uri), "pin_file": None})


def test_a_token_signs_and_the_public_key_verifies(tokens: Tokens) -> None:
    key = open_token_key(tokens.uri(SIGNER), use="sign")
    assert key.public_key().public_numbers() == tokens.chain.private_key.public_key().public_numbers()
    for algorithm in (SMPTE.signature_method, INTEROP.signature_method, SHA256_WITH_RSA):
        for data in (b"", b"a message", bytes(20_000)):
            signature = sign(algorithm, key, data)
            assert signature == sign(algorithm, tokens.chain.private_key, data)  # PKCS#1 v1.5 has no chance
            assert signature_fits(algorithm, key.public_key(), signature, data)


def test_a_token_without_the_whole_mechanism_signs_the_digest(tokens: Tokens) -> None:
    key = open_token_key(tokens.uri(SIGNER), use="sign")
    whole = sign(KDM_SUITE.signature_method, key, b"data")
    key._mechanisms = frozenset()
    assert sign(KDM_SUITE.signature_method, key, b"data") == whole
    assert sign(INTEROP.signature_method, key, b"data") == sign(
        INTEROP.signature_method, tokens.chain.private_key, b"data"
    )


def test_a_token_unwraps_what_was_wrapped_for_it(tokens: Tokens) -> None:
    key = open_token_key(tokens.uri(DEVICE), use="decrypt")
    sealed = key.public_key().encrypt(b"x" * 138, OAEP)
    assert key.decrypt(sealed, OAEP) == b"x" * 138
    foreign = tokens.chain.private_key.public_key().encrypt(b"x" * 138, OAEP)
    for wrong in (foreign, bytes(256), b"\xff" * 256, sealed[:-1], sealed + b"\0"):
        with pytest.raises(ValueError, match="does not open it"):
            key.decrypt(wrong, OAEP)
    assert key.decrypt(sealed, OAEP) == b"x" * 138  # a refusal leaves the session usable


def test_only_the_fields_own_algorithms_are_asked_of_a_token(tokens: Tokens) -> None:
    key = open_token_key(tokens.uri(SIGNER), use="sign")
    pss = padding.PSS(padding.MGF1(hashes.SHA256()), 32)
    other = padding.OAEP(mgf=padding.MGF1(hashes.SHA256()), algorithm=hashes.SHA256(), label=None)
    labelled = padding.OAEP(mgf=padding.MGF1(hashes.SHA1()), algorithm=hashes.SHA1(), label=b"x")
    for call, told in (
        (lambda: key.sign(b"", pss, hashes.SHA256()), "PKCS1-v1_5 only"),
        (lambda: key.sign(b"", padding.PKCS1v15(), hashes.SHA512()), "SHA-256 or SHA-1 only"),
        (lambda: key.decrypt(bytes(256), other), "RSA-OAEP with SHA-1 only"),
        (lambda: key.decrypt(bytes(256), labelled), "RSA-OAEP with SHA-1 only"),
    ):
        with pytest.raises(DcpError, match=told):
            call()


def test_threads_share_a_key(tokens: Tokens) -> None:
    key = open_token_key(tokens.uri(SIGNER), use="sign")
    other = open_token_key(tokens.uri(DEVICE), use="decrypt")
    sealed = other.public_key().encrypt(b"y" * 138, OAEP)

    def work(number: int) -> bool:
        data = str(number).encode()
        signature = sign(KDM_SUITE.signature_method, key, data)
        return other.decrypt(sealed, OAEP) == b"y" * 138 and signature_fits(
            KDM_SUITE.signature_method, key.public_key(), signature, data
        )

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(work, range(200)))


def test_a_key_does_not_leave_its_process(tokens: Tokens) -> None:
    key = open_token_key(tokens.uri(SIGNER), use="sign")
    with pytest.raises(TypeError, match="not pickled"):
        pickle.dumps(key)
    assert repr(key) == "<TokenKey pkcs11:token=studio;object=signer>"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
@pytest.mark.filterwarnings("ignore:.*multi-threaded:DeprecationWarning")
def test_after_a_fork_the_key_is_opened_anew(tokens: Tokens) -> None:
    import pkcs11

    key = open_token_key(tokens.uri(SIGNER), use="sign")
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        said = "nothing"
        try:
            try:
                sign(KDM_SUITE.signature_method, key, b"data")
            except DcpError as error:
                said = error.what
            library = pkcs11.lib(str(tokens.module.resolve()))
            anew: list[bool] = []

            class Watched:
                def __getattr__(self, name: str) -> Any:
                    return getattr(library, name)

                def reinitialize(self) -> None:
                    anew.append(True)
                    library.reinitialize()

            pkcs11.lib = lambda path: Watched()
            again = open_token_key(tokens.uri(SIGNER), use="sign")
            open_token_key(tokens.uri(SIGNER), use="sign")
            said += f" {len(anew)}|" + sign(KDM_SUITE.signature_method, again, b"data").hex()
        except BaseException as error:
            said += repr(error)
        finally:
            os.write(writing, said.encode())
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as stream:
        told, _, signature = stream.read().decode().partition("|")
    os.waitpid(child, 0)
    assert told == "a key in a token was opened by another process 1"  # C_Initialize once more, and no more
    assert signature == sign(KDM_SUITE.signature_method, key, b"data").hex()


def test_the_pin_is_asked_for_once(tokens: Tokens) -> None:
    pins = Pins(PIN)
    for _ in range(2):
        open_token_key(without_pin(tokens.uri(SIGNER)), use="sign", secrets=pins)
    assert pins.asked == ["the token 'studio'"]
    log_out()
    with pytest.raises(UsageError, match="the token 'studio' asks for a PIN"):
        open_token_key(without_pin(tokens.uri(SIGNER)), use="sign")


def test_a_wrong_pin_is_tried_once_and_not_repeated(tokens: Tokens) -> None:
    for wrong in ("wrong-pin-9753", "~", "9" * 400):
        pins = Pins(wrong)
        with pytest.raises(UsageError, match="the PIN is not that of the token 'studio'") as refused:
            open_token_key(without_pin(tokens.uri(SIGNER)), use="sign", secrets=pins)
        assert len(pins.asked) == 1 and wrong not in str(refused.value)
        assert refused.value.remedy is not None and "tried once" in refused.value.remedy
    open_token_key(tokens.uri(SIGNER), use="sign")


@pytest.mark.parametrize(
    ("error", "told"),
    [
        ("PinLocked", "is locked after too many wrong ones"),
        ("PinExpired", "has no PIN that is in force"),
        ("UserPinNotInitialized", "has no PIN that is in force"),
        ("DeviceRemoved", "the token refused: DeviceRemoved"),
    ],
)
def test_what_a_token_answers_to_a_pin_is_told(
    error: str, told: str, tokens: Tokens, monkeypatch: pytest.MonkeyPatch
) -> None:
    import pkcs11

    class Slot:
        slot_id = 99

    class Token:
        label, flags, slot = "studio", pkcs11.TokenFlag.LOGIN_REQUIRED, Slot()

        def open(self, **_: Any) -> None:
            raise getattr(pkcs11, error)

    monkeypatch.setattr(room, "_token", lambda _: Token())
    with pytest.raises(DcpError, match=told):
        open_token_key(tokens.uri(SIGNER), use="sign")


@pytest.mark.parametrize(
    ("path", "use", "told"),
    [
        ("token=absent;object=signer", "sign", "no such token"),
        ("serial=0000;object=signer", "sign", "no such token"),
        ("slot-id=123456789;object=signer", "sign", "no such token"),
        ("object=signer", "sign", "several tokens could be the one meant: '"),
        ("token=studio;object=absent", "sign", "no such private key"),
        ("token=studio;id=%09", "sign", "no such private key"),
        ("token=odd", "sign", "holds 4 private keys"),
        ("token=odd;object=decrypts-only", "sign", r"does not let this key sign \(CKA_SIGN is false\)"),
        ("token=odd;object=signs-only", "decrypt", r"does not let this key decrypt \(CKA_DECRYPT"),
        ("token=odd;object=each-time", "sign", "asks for its PIN at every use"),
        ("token=odd;object=curve", "sign", "no RSA key"),
    ],
)
def test_a_key_that_is_not_there_or_not_fit_is_told(path: str, use: Any, told: str, tokens: Tokens) -> None:
    with pytest.raises(DcpError, match=told) as refused:
        open_token_key(tokens.uri(path), use=use)
    assert refused.value.exit_code == 2
    assert refused.value.where is not None and refused.value.where.startswith("pkcs11:")
    assert refused.value.remedy is not None or "RSA" in told


def test_the_key_may_be_named_by_token_id_serial_and_model(tokens: Tokens) -> None:
    import pkcs11

    token = pkcs11.lib(str(tokens.module.resolve())).get_token(token_label="studio")
    serial = token.serial.decode()
    for path in (f"serial={serial}", "token=studio;id=%01", "token=studio;model=SoftHSM%20v2;type=private"):
        assert tokens.chain.leaf.fits(open_token_key(tokens.uri(path), use="sign"))


@pytest.mark.extra("hsm")
def test_a_module_that_cannot_be_loaded_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    absent = TokenUri(module=tmp_path / "absent.so", token="studio")
    with pytest.raises(UsageError, match=r"no such PKCS#11 module"):
        open_token_key(absent, use="sign")
    (tmp_path / "text.so").write_text("no library")
    with pytest.raises(UsageError, match="cannot be loaded or does not start"):
        open_token_key(TokenUri(module=tmp_path / "text.so"), use="sign")
    monkeypatch.setitem(sys.modules, "pkcs11", None)
    with pytest.raises(UsageError, match="needs python-pkcs11, which is not installed") as refused:
        open_token_key(absent, use="sign")
    assert refused.value.remedy == 'install it: pip install "dcpkit[hsm]"'


def test_a_signer_is_behind_a_uri_or_in_a_folder_with_one(tokens: Tokens, tmp_path: Path) -> None:
    alone = read_signer(tokens.uri(SIGNER))
    folder = read_signer(tokens.signer_folder(tmp_path / "signer"))
    for signer in (alone, folder):
        assert tuple(signer.chain) == tokens.chain.chain.certificates
        assert isinstance(signer.private_key, TokenKey)
        assert "TokenKey" not in repr(signer)


def test_a_signers_folder_has_one_key(tokens: Tokens, tmp_path: Path) -> None:
    folder = tokens.signer_folder(tmp_path / "signer")
    (folder / "leaf.key").write_text("x")
    with pytest.raises(UsageError, match=r"both leaf\.key and leaf\.pkcs11"):
        read_signer(folder)
    (folder / "leaf.key").unlink()
    (folder / "leaf.pkcs11").write_text(tokens.text("token=odd;object=signs-only"))
    with pytest.raises(CertificateError, match=r"leaf\.pkcs11 belongs to no certificate of chain\.pem"):
        read_signer(folder)
    (folder / "leaf.pkcs11").write_bytes(b"\xff\xfe")
    with pytest.raises(UsageError, match="no pkcs11: URI") as refused:
        read_signer(folder)
    assert refused.value.where == str(folder / "leaf.pkcs11")


def test_certificates_in_the_token_are_found_by_the_key(tokens: Tokens) -> None:
    device = open_token_key(tokens.uri(DEVICE), use="decrypt")
    assert find_certificate_in_token(device) is None
    assert find_certificate_in_token(device, tokens.device.chain.certificates) == tokens.device.leaf
    with pytest.raises(CertificateError, match="does not belong to the recipient"):
        find_certificate_in_token(device, tokens.chain.chain.certificates)
    with pytest.raises(CertificateError, match="holds no certificate for the key") as refused:
        read_signer(tokens.uri(DEVICE))
    assert refused.value.remedy is not None and "leaf.pkcs11" in refused.value.remedy
    signer = open_token_key(tokens.uri(SIGNER), use="sign")
    assert find_certificate_in_token(signer) == tokens.chain.leaf
    signer.certificates = (*signer.certificates, _renewed(tokens))
    with pytest.raises(CertificateError, match="holds 2 certificates for the key"):
        chain_in_token(signer)


def _renewed(tokens: Tokens) -> Any:
    """Another certificate for the same key."""
    from datetime import UTC, datetime

    from dcp.trust.making import build_certificate

    leaf, issuer = tokens.chain.leaf, tokens.chain.chain[1]
    return build_certificate(
        subject=leaf.subject_name,
        public_key=leaf.rsa_public_key(),
        serial=leaf.serial + 1,
        window=(datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)),
        path_len=None,
        issuer=issuer,
        signing_key=tokens.chain.private_keys[1],
    )


def test_a_key_that_was_logged_out_of_is_of_no_use(tokens: Tokens) -> None:
    key = open_token_key(tokens.uri(SIGNER), use="sign")
    log_out()
    with pytest.raises(DcpError, match="the token refused: "):
        sign(KDM_SUITE.signature_method, key, b"data")
