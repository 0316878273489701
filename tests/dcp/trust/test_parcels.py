"""Certificates in archives and e-mails: each by the name of its file, in bounds, and nobody else's."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7
from hypothesis import given
from hypothesis import strategies as st

from dcp.errors import CertificateError
from dcp.trust import parcels
from dcp.trust.certificate import Certificate, Enclosed, read_certificates, read_enclosed
from dcp.trust.making import NewChain, private_key_pem


def archive(*files: tuple[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as made:
        for name, data in files:
            made.writestr(name, data)
    return stream.getvalue()


def mail(*files: tuple[str, bytes], text: str = "Dear all, our certificates.") -> bytes:
    message = EmailMessage(policy=SMTP)
    message["From"] = "booth@cinema.example"
    message["Subject"] = "certificates"
    message.set_content(text)
    for name, data in files:
        message.add_attachment(data, maintype="application", subtype="octet-stream", filename=name)
    return message.as_bytes()


def forwarded(data: bytes) -> bytes:
    from email import message_from_bytes

    message = EmailMessage(policy=SMTP)
    message["From"] = "office@cinema.example"
    message.set_content("see below")
    message.add_attachment(message_from_bytes(data, policy=SMTP))
    return message.as_bytes()


def signed(chain: NewChain, data: bytes) -> bytes:
    """What a mail program adds with the sender's own certificate in it."""
    own = x509.load_der_x509_certificate(chain.chain.leaf.der)
    builder = pkcs7.PKCS7SignatureBuilder().set_data(data)
    builder = builder.add_signer(own, chain.private_key, hashes.SHA256())
    return builder.sign(Encoding.DER, [pkcs7.PKCS7Options.DetachedSignature])


@pytest.fixture(scope="session")
def pem(device_chain: NewChain) -> bytes:
    return device_chain.chain.leaf.pem().encode()


Wrap = Callable[[bytes, NewChain], bytes]
MAILS: dict[str, Wrap] = {
    "attached": lambda pem, _: mail(("Hall 1.pem", pem)),
    "der": lambda _, chain: mail(("Hall 1.cer", chain.chain.leaf.der)),
    "no suffix": lambda pem, _: mail(("Hall 1", pem)),
    "utf-16": lambda pem, _: mail(("Hall 1.pem", pem.decode().encode("utf-16"))),
    "in an archive": lambda pem, _: mail(("all.zip", archive(("Rex/Hall 1.pem", pem)))),
    "forwarded": lambda pem, _: forwarded(mail(("Hall 1.pem", pem))),
    "beside other things": lambda pem, _: mail(
        ("photo.jpg", b"\xff\xd8\xff" + bytes(2_000_000)), ("Hall 1.pem", pem), ("letter.pdf", b"%PDF-1.7")
    ),
    "signed": lambda pem, chain: mail(("Hall 1.pem", pem), ("smime.p7s", signed(chain, pem))),
    "quoted too": lambda pem, _: mail(
        ("Hall 1.pem", pem), text="> " + pem.decode().replace("\n", "\n> ")
    ),
}  # fmt: skip


@pytest.mark.parametrize("form", MAILS)
def test_what_is_attached_to_a_mail_is_read(
    form: str, pem: bytes, device_chain: NewChain, signer_chain: NewChain, tmp_path: Path
) -> None:
    chain = signer_chain if form == "signed" else device_chain
    path = tmp_path / "message.eml"
    path.write_bytes(MAILS[form](pem, chain))
    assert read_certificates(path) == (device_chain.chain.leaf,)
    (found,) = read_enclosed(path)
    assert found.name is not None and found.name.startswith("Hall 1")


def test_what_stands_in_a_mail_itself_is_read_where_nothing_is_attached(
    pem: bytes, device_chain: NewChain
) -> None:
    assert read_certificates(mail(text=pem.decode())) == (device_chain.chain.leaf,)


def test_a_name_in_chinese_is_read_as_programs_write_it(pem: bytes, device_chain: NewChain) -> None:
    data = mail(("NAME.pem", pem)).replace(b'"NAME.pem"', b'"=?utf-8?b?MeWPt+WOhS5wZW0=?="')
    assert read_enclosed(data) == (Enclosed("1号厅.pem", (device_chain.chain.leaf,)),)
    broken = mail(("NAME.pem", pem)).replace(b'"NAME.pem"', b'"=?klingon?b?MQ==?=.pem"')
    assert read_certificates(broken) == (device_chain.chain.leaf,)


def test_each_file_is_one_entry(pem: bytes, device_chain: NewChain, signer_chain: NewChain) -> None:
    other = signer_chain.leaf.pem().encode()
    for data in (
        mail(("a.pem", pem), ("b.pem", other)),
        mail(("all.zip", archive(("a.pem", pem), ("b.pem", other)))),
        archive(("Rex/a.pem", pem), ("Grand\\b.pem", other), ("readme.txt", b"hello")),
    ):
        assert read_enclosed(data) == (
            Enclosed("a.pem", (device_chain.chain.leaf,)),
            Enclosed("b.pem", (signer_chain.leaf,)),
        )
    assert read_enclosed(pem) == (Enclosed(None, (device_chain.chain.leaf,)),)


def test_names_cannot_steer_a_terminal(pem: bytes) -> None:
    (found,) = read_enclosed(archive(("a/\x1b[2J.pem", pem)))
    assert found.name == "?[2J.pem"


def refused(data: bytes) -> str | None:
    with pytest.raises(CertificateError) as caught:
        read_certificates(data, where="file")
    assert (caught.value.where or "").startswith("file")
    return caught.value.id


def test_what_is_refused(pem: bytes, device_chain: NewChain, signer_chain: NewChain) -> None:
    key = private_key_pem(device_chain.private_key)
    assert refused(mail(("a.txt", b"hello"))) == "certificate-file.mail"
    assert refused(mail(("smime.p7s", signed(signer_chain, b"")))) == "certificate-file.mail"
    assert refused(mail(("a.pem", pem), ("leaf.key", key))) == "certificate-file.private-key"
    assert refused(mail(("a.pem", pem), ("b.pem", b"hello"))) == "certificate-file.none"
    assert refused(mail(("a.pem", pem), ("b.zip", archive(("a.pem", pem))[:-30]))) == (
        "certificate-file.zip-broken"
    )


def test_an_archive_that_unpacks_without_bounds_is_not_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[object] = []
    packed = [_packed(method) for method in (zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)]
    monkeypatch.setattr(zipfile.ZipFile, "open", lambda *words: opened.append(words))
    for data in packed:
        assert refused(data) == "certificate-file.zip-method"
    assert opened == []


def _packed(method: int) -> bytes:
    """An archive whose directory names this method for its one file."""
    data = bytearray(archive(("a.pem", b"x"), method=zipfile.ZIP_STORED))
    data[data.index(b"PK\x01\x02") + 10] = method
    return bytes(data)


def test_a_mail_is_bounded(pem: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    two = mail(("a.zip", archive(("a.pem", pem))), ("b.zip", archive(("b.pem", pem))))
    assert len(read_enclosed(two)) == 2
    for data in (two, mail(("a.pem", pem), ("b.pem", pem))):
        monkeypatch.setattr(parcels._Room, "__init__", _room(files=1))
        assert refused(data) in ("certificate-file.zip-large", "mail.too-large")
        monkeypatch.setattr(parcels._Room, "__init__", _room(left=len(pem) + 10))
        assert refused(data) in ("certificate-file.zip-large", "mail.too-large")
    many = archive(*((f"{number}.pem", pem) for number in range(65)))
    monkeypatch.setattr(parcels._Room, "__init__", _room())
    assert refused(many) == "cert.too-many"


def _room(left: int = parcels.MAX_BYTES, files: int = 1024) -> Callable[[Any], None]:
    def init(self: Any) -> None:
        self.left, self.files = left, files

    return init


@given(edits=st.lists(st.tuples(st.floats(0, 1), st.integers(0, 60), st.binary(max_size=12)), max_size=6))
def test_any_mail_is_certificates_or_one_error(edits: list[Any]) -> None:
    data = mail(("a.pem", b"-----BEGIN CERTIFICATE-----"), ("b.zip", archive(("b.cer", b"\x30\x82"))))
    for place, length, put in edits:
        start = int(place * len(data))
        data = data[:start] + put + data[start + length :]
    try:
        found = read_certificates(b"From: a@b.example\r\n" + data)
    except CertificateError:
        return
    assert all(isinstance(each, Certificate) for each in found)
