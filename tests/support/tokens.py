"""Tokens of SoftHSM in a temporary folder: a studio's with its chain, a cinema's with a key alone."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dcp.trust import token_session
from dcp.trust.certificate import Certificate
from dcp.trust.making import NewChain, private_key_pem
from dcp.trust.token_uri import TokenUri, parse_token_uri

PIN, SO_PIN = "pin-2468-of-the-tests", "so-1357-of-the-tests"


@dataclass(frozen=True)
class Tokens:
    """studio: key `signer` and its chain. cinema: key `device` alone. odd: keys that cannot be used."""

    root: Path
    module: Path
    chain: NewChain
    device: NewChain

    @property
    def pin_file(self) -> Path:
        return self.root / "pin"

    def text(self, path: str, *, pin: Path | None = None) -> str:
        return f"pkcs11:{path}?module-path={self.module}&pin-source=file:{pin or self.pin_file}"

    def uri(self, path: str, *, pin: Path | None = None) -> TokenUri:
        return parse_token_uri(self.text(path, pin=pin))

    def signer_folder(self, to: Path) -> Path:
        """A signer's folder whose key stays in the token."""
        to.mkdir()
        (to / "chain.pem").write_text("".join(one.pem() for one in self.chain.chain))
        (to / "leaf.pkcs11").write_text(self.text("token=studio;object=signer") + "\n")
        return to


def log_out() -> None:
    """Log out of every token: opened keys are of no more use, and the next one needs the PIN again."""
    for session in token_session._SESSIONS.values():
        with suppress(Exception):  # the token may be gone
            session.close()
    token_session._SESSIONS.clear()


def make_tokens(program: str, module: Path, root: Path, *, chain: NewChain, device: NewChain) -> Tokens:
    """Made by softhsm2-util, before the module is loaded into this process: it looks for tokens once."""
    (root / "tokens").mkdir()
    (root / "softhsm2.conf").write_text(
        f"directories.tokendir = {root / 'tokens'}\nobjectstore.backend = file\nlog.level = ERROR\n"
    )
    os.environ["SOFTHSM2_CONF"] = str(root / "softhsm2.conf")
    for label in ("studio", "cinema", "odd"):
        _run(program, "--init-token", "--free", "--label", label, "--pin", PIN, "--so-pin", SO_PIN)
    for token, label, id, made in (("studio", "signer", "01", chain), ("cinema", "device", "02", device)):
        key = root / "imported.key"
        key.write_bytes(private_key_pem(made.private_key))
        _run(program, "--import", str(key), "--token", token, "--label", label, "--id", id, "--pin", PIN)
        key.unlink()
    pin_file = root / "pin"
    pin_file.touch(mode=0o600)
    pin_file.write_text(PIN + "\n")
    tokens = Tokens(root, module, chain, device)
    _fill(tokens)
    return tokens


def _fill(tokens: Tokens) -> None:
    import pkcs11
    from pkcs11 import Attribute, KeyType, MechanismFlag

    library = pkcs11.lib(str(tokens.module.resolve()))
    with_certificates = library.get_token(token_label="studio").open(rw=True, user_pin=PIN)
    _store(with_certificates, tokens.chain.chain.certificates)
    _store(with_certificates, tokens.device.chain.certificates[1:])  # somebody else's authorities
    with_certificates.close()
    odd = library.get_token(token_label="odd").open(rw=True, user_pin=PIN)

    def pair(label: str, **changes: Any) -> None:
        odd.generate_keypair(KeyType.RSA, 2048, label=label, store=True, **changes)

    pair("signs-only", capabilities=MechanismFlag.SIGN | MechanismFlag.VERIFY)
    pair("decrypts-only", capabilities=MechanismFlag.DECRYPT | MechanismFlag.ENCRYPT)
    pair("each-time", private_template={Attribute.ALWAYS_AUTHENTICATE: True})
    odd.create_domain_parameters(
        KeyType.EC, {Attribute.EC_PARAMS: bytes.fromhex("06082a8648ce3d030107")}, local=True
    ).generate_keypair(label="curve", store=True)
    odd.close()


def _store(session: Any, certificates: Sequence[Certificate]) -> None:
    from pkcs11 import Attribute, CertificateType, ObjectClass

    for certificate in certificates:
        session.create_object(
            {
                Attribute.CLASS: ObjectClass.CERTIFICATE,
                Attribute.CERTIFICATE_TYPE: CertificateType.X_509,
                Attribute.TOKEN: True,
                Attribute.SUBJECT: certificate.subject_name.encode(),
                Attribute.VALUE: certificate.der,
            }
        )


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True, timeout=60)
