"""Messages wrong in exactly one way, each refused by its own step; unusual legal ones, all accepted."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey

from dcp.errors import RefusedError
from kdm.checklist import CHECKLIST, KdmReport, check_kdm
from kdm.message import IssuerSerial, TypedKeyId
from kdm.receive import open_kdm
from kdm.report import report_lines
from kdm.signing import MessageSigner

DCI_ABOVE = "http://www.dcimovies.com/430-1/2006/KDM#mrkflg-audio-disable-above-channel-"
OAEP = "http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p"
NON_CRITICAL = "<NonCriticalExtensions></NonCriticalExtensions>"


class Spy:
    """A private key that counts what is done with it."""

    def __init__(self, key: RSAPrivateKey) -> None:
        self.key = key
        self.decrypted = 0

    def public_key(self) -> RSAPublicKey:
        return self.key.public_key()

    def decrypt(self, ciphertext: bytes, padding: Any, /) -> bytes:
        self.decrypted += 1
        return self.key.decrypt(ciphertext, padding)


@dataclass(frozen=True)
class Case:
    """`forge`: arguments of World.forge. `check`: arguments of check_kdm beside the usual ones."""

    name: str
    step: str
    forge: Callable[[Any], dict[str, Any]] = lambda world: {}
    check: Callable[[Any], dict[str, Any]] = lambda world: {}


def judge(world: Any, data: bytes, **changes: Any) -> KdmReport:
    arguments = {
        "private_key": world.hall.private_key,
        "recipient": world.hall.leaf,
        "cpl": world.cpl,
        "trust": (world.lab.chain[-1],),
        "now": world.now,
    }
    return check_kdm(data, **{**arguments, **changes})


def message(**changes: Any) -> dict[str, Any]:
    return {"message": lambda m: replace(m, **changes)}


def part(old: str, new: str, *, name: str = "public") -> dict[str, Any]:
    def change(text: str) -> str:
        assert old in text, old
        return text.replace(old, new)

    return {name: change}


def document(old: str, new: str) -> dict[str, Any]:
    return part(old, new, name="document")


def first_block(**changes: Any) -> dict[str, Any]:
    return {"blocks": lambda blocks: [replace(blocks[0], **changes), *blocks[1:]]}


def first_plain(change: Callable[[bytes], bytes]) -> dict[str, Any]:
    return {"plain": lambda blocks: [change(blocks[0]), *blocks[1:]]}


def window(start: datetime, end: datetime) -> dict[str, Any]:
    return message(
        content_keys_not_valid_before=start,
        not_valid_before_text=start.isoformat(),
        content_keys_not_valid_after=end,
        not_valid_after_text=end.isoformat(),
    )


def at(days: float, zone: float = 0) -> datetime:
    now = datetime(2027, 5, 1, 12, tzinfo=UTC)
    return (now + timedelta(days=days)).astimezone(timezone(timedelta(hours=zone)))


def devices(*thumbprints: bytes) -> dict[str, Any]:
    return {
        "message": lambda m: replace(
            m, authorized_device_info=replace(m.authorized_device_info, device_list=thumbprints)
        )
    }


def recipient(
    issuer: str | None = None, serial: int | None = None, subject: str | None = None
) -> dict[str, Any]:
    def change(m: Any) -> Any:
        own = m.recipient
        return replace(
            m,
            recipient=replace(
                own,
                x509_issuer_serial=IssuerSerial(
                    issuer or own.x509_issuer_serial.x509_issuer_name,
                    serial if serial is not None else own.x509_issuer_serial.x509_serial_number,
                ),
                x509_subject_name=subject or own.x509_subject_name,
            ),
        )

    return {"message": change}


def key_info(issuer: str, serial: int) -> dict[str, Any]:
    info = (
        f"<ds:KeyInfo><ds:X509Data><ds:X509IssuerSerial><ds:X509IssuerName>{issuer}</ds:X509IssuerName>"
        f"<ds:X509SerialNumber>{serial}</ds:X509SerialNumber></ds:X509IssuerSerial></ds:X509Data></ds:KeyInfo>"
    )
    return part("<enc:CipherData>", info + "<enc:CipherData>", name="private")


def without_certificate(place: int) -> dict[str, Any]:
    """KeyInfo without the certificate at this place, leaf first."""

    def change(text: str) -> str:
        pieces = text.split("      <ds:X509Data>")
        piece = pieces.pop(place + 1)
        pieces[place] += piece.partition("</ds:X509Data>\n")[2]
        return "      <ds:X509Data>".join(pieces)

    return {"document": change}


def signature_of(text: str) -> str:
    return text[text.index("<ds:Signature>") : text.index("</ds:Signature>") + len("</ds:Signature>")]


def swap_private(world: Any) -> dict[str, Any]:
    other = world.forge().decode()

    def cut(text: str) -> tuple[str, str, str]:
        head, rest = text.split("<AuthenticatedPrivate", 1)
        inner, tail = rest.split("</AuthenticatedPrivate>", 1)
        return head, inner, tail

    def change(text: str) -> str:
        head, _, tail = cut(text)
        return f"{head}<AuthenticatedPrivate{cut(other)[1]}</AuthenticatedPrivate>{tail}"

    return {"document": change}


def retyped(*types: str) -> dict[str, Any]:
    return {
        "message": lambda m: replace(
            m,
            key_id_list=tuple(
                replace(entry, key_type=kind) for entry, kind in zip(m.key_id_list, types, strict=True)
            ),
        ),
        "blocks": lambda blocks: [
            replace(block, key_type=kind) for block, kind in zip(blocks, types, strict=True)
        ],
    }


def many_keys(count: int) -> dict[str, Any]:
    return {
        "message": lambda m: replace(
            m, key_id_list=(TypedKeyId("MDIK", tuple(uuid.UUID(int=place) for place in range(count))),)
        ),
        "sealed": lambda values: [values[0]] * count,
    }


def signed_as(changes: Callable[[Any], Any]) -> Callable[[Any], dict[str, Any]]:
    return lambda world: {"signer": changes(MessageSigner.of(world.lab.signer))}


SHA1_METHOD = (
    "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
    "http://www.w3.org/2000/09/xmldsig#rsa-sha1",
)
STRANGER = bytes(range(20))

NEGATIVE = [
    # XML and schema
    Case("cut short", "KDM-001", lambda w: {"document": lambda text: text[:-200]}),
    Case("not XML", "KDM-001", lambda w: {"document": lambda text: "no"}),
    Case("not UTF-8", "KDM-001", lambda w: document("Titel", "T\udcfftel")),
    Case("document type", "KDM-001", lambda w: document("<DCinema", "<!DOCTYPE x><DCinema")),
    Case("over 4 MiB", "KDM-001", lambda w: {"document": lambda text: text + " " * 4 * 1024 * 1024}),
    Case("foreign ETM namespace", "KDM-001", lambda w: document("430-3/2006/ETM", "430-3/2007/ETM")),
    Case("foreign KDM namespace", "KDM-001", lambda w: part("430-1/2006/KDM\">", "430-1/2007/KDM\">")),
    Case("Interop namespace", "KDM-001", lambda w: document(
        "http://www.smpte-ra.org/schemas/430-3/2006/ETM", "http://www.digicine.com/PROTO-ASDCP-KDM-20040311#")),
    Case("no title", "KDM-001", lambda w: part(
        "<ContentTitleText>Titel &amp; Söhne_FTR</ContentTitleText>", "")),
    Case("no extensions element", "KDM-001", lambda w: part(NON_CRITICAL, "")),
    Case("a message id that is none", "KDM-001", lambda w: part("<MessageId>urn:uuid:", "<MessageId>urn:")),
    Case("an element too many", "KDM-001", lambda w: part("    <Signer>", "    <X></X><Signer>")),
    Case("an attribute too many", "KDM-001", lambda w: part("<KeyIdList>", '<KeyIdList a="1">')),
    Case("empty device list", "KDM-001", lambda w: devices()),
    Case("unknown required extension", "KDM-001", lambda w: part(
        "    </RequiredExtensions>", '    <x xmlns="urn:x"></x></RequiredExtensions>')),
    Case("two signatures", "KDM-001", lambda w: {
        "document": lambda t: t.replace("</DCinema", signature_of(t) + "</DCinema")}),
    # type and algorithms
    Case("another message type", "KDM-115", lambda w: message(
        message_type="http://www.example.org/430-1/2006/KDM#kdm-key-type")),
    Case("signature method SHA-1", "KDM-115", lambda w: document(*SHA1_METHOD)),
    Case("canonical form without comments", "KDM-115", lambda w: document("#WithComments", "")),
    Case("digest SHA-1", "KDM-115", lambda w: document(
        'DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"',
        'DigestMethod Algorithm="http://www.w3.org/2000/09/xmldsig#sha1"')),
    # signature
    Case("title changed", "KDM-101", lambda w: document("Titel", "Title")),
    Case("window stretched", "KDM-101", lambda w: document("2027-05-08T12", "2027-05-28T12")),
    Case("comment removed from nowhere, blank added", "KDM-101", lambda w: document("<Signer>", "<Signer> ")),
    Case("blocks of another message", "KDM-101", swap_private),
    Case("no signature", "KDM-101", lambda w: {
        "document": lambda t: t.replace(signature_of(t), "")}),
    Case("one reference", "KDM-101", lambda w: {"document": lambda t: t.replace(
        t[t.index('<ds:Reference URI="#ID_AuthenticatedPrivate">'):t.index("</ds:SignedInfo>")], "")}),
    Case("a reference twice", "KDM-101", lambda w: document(
        "#ID_AuthenticatedPrivate", "#ID_AuthenticatedPublic")),
    Case("signature value of nothing", "KDM-101", lambda w: {"document": lambda t: t.replace(
        t[t.index("<ds:SignatureValue>"):t.index("</ds:SignatureValue>")], "<ds:SignatureValue>AAAA")}),
    Case("an Id twice", "KDM-101", lambda w: part(
        "<NonCriticalExtensions>",
        '<NonCriticalExtensions><x xmlns="urn:x" Id="ID_AuthenticatedPrivate"></x>')),
    # chain
    Case("leaf certificate missing", "KDM-102", lambda w: without_certificate(0)),
    Case("authority missing", "KDM-102", lambda w: without_certificate(1)),
    Case("root missing", "KDM-102", lambda w: without_certificate(2)),
    Case("Signer names another", "KDM-102", lambda w: {"message": lambda m: replace(
        m, signer=replace(m.signer, x509_serial_number=m.signer.x509_serial_number + 1))}),
    Case("root not trusted", "SIG-014", check=lambda w: {"trust": (w.hall.chain[-1],)}),
    # dates
    Case("ends before it begins", "KDM-004", lambda w: window(at(3), at(-1))),
    Case("naive date", "KDM-004", lambda w: message(not_valid_after_text="2027-05-08T12:00:00")),
    Case("date out of the calendar", "KDM-004", lambda w: message(
        not_valid_after_text="2027-05-32T12:00:00Z")),
    Case("issued before the signer was", "KDM-103", lambda w: message(
        issue_date=at(-9), issue_date_text=at(-9).isoformat())),
    Case("issued after the signer's end", "KDM-103", lambda w: message(
        issue_date=at(9000), issue_date_text=at(9000).isoformat())),
    Case("window beyond the signer", "KDM-103", lambda w: window(at(-0.5), at(9000))),
    Case("expired", "KDM-002", check=lambda w: {"now": at(8)}),
    Case("expired, by its offset", "KDM-002", lambda w: window(at(-0.5), at(-0.1, zone=6))),
    Case("not begun", "KDM-003", check=lambda w: {"now": at(-0.6)}),
    Case("not begun, by its offset", "KDM-003", lambda w: window(at(0.1, zone=-6), at(3))),
    # recipient
    Case("another serial", "KDM-106", lambda w: recipient(serial=1)),
    Case("another issuer", "KDM-106", lambda w: recipient(issuer=w.other.leaf.issuer)),
    Case("another subject", "KDM-106", lambda w: recipient(subject=w.other.leaf.subject)),
    Case("another hall's key and certificate", "KDM-106", check=lambda w: {
        "private_key": w.other.private_key, "recipient": w.other.leaf}),
    Case("another hall's key alone", "KDM-106", check=lambda w: {
        "private_key": w.other.private_key, "recipient": None}),
    # key transport
    Case("RSA 1.5", "KDM-113", lambda w: part(
        OAEP, "http://www.w3.org/2001/04/xmlenc#rsa-1_5", name="private")),
    Case("OAEP with SHA-256", "KDM-113", lambda w: part(
        "http://www.w3.org/2000/09/xmldsig#sha1", "http://www.w3.org/2001/04/xmlenc#sha256", name="private")),
    Case("ciphertext of 255 bytes", "KDM-113", lambda w: {"sealed": lambda v: [v[0][:-1], *v[1:]]}),
    Case("ciphertext not in base64", "KDM-113", lambda w: part(
        "<enc:CipherValue>", "<enc:CipherValue>*", name="private")),
    Case("KeyInfo names another", "KDM-113", lambda w: key_info(w.other.leaf.issuer, w.other.leaf.serial)),
    Case("257 keys", "KDM-114", lambda w: many_keys(257)),
    # devices, authenticator, flags
    Case("thumbprint too short", "KDM-006", lambda w: devices(bytes(19))),
    Case("strangers only", "KDM-130", lambda w: devices(STRANGER),
         lambda w: {"devices": (w.projector.leaf,)}),
    Case("authenticator too short", "KDM-007", lambda w: message(content_authenticator=bytes(8))),
    Case("channel limit 00", "KDM-116", lambda w: message(forensic_mark_flag_list=(DCI_ABOVE + "00",))),
    Case("two channel limits", "KDM-116", lambda w: message(
        forensic_mark_flag_list=(DCI_ABOVE + "06", DCI_ABOVE + "08"))),
    # blocks
    Case("sealed for another", "KDM-009", lambda w: {"recipient": w.other}),
    Case("a block of noise", "KDM-009", lambda w: {"sealed": lambda v: [b"\1" * 256, *v[1:]]}),
    Case("structure id 1f", "KDM-107", lambda w: first_plain(lambda p: b"\x1f" + p[1:])),
    Case("a block of 137 bytes", "KDM-107", lambda w: first_plain(lambda p: p[:-1])),
    Case("another signer in a block", "KDM-108", lambda w: first_block(signer_thumbprint=STRANGER)),
    Case("another playlist in a block", "KDM-110", lambda w: first_block(cpl_id=uuid.UUID(int=99))),
    Case("other dates in a block", "KDM-109", lambda w: first_block(not_after="2027-05-09T12:00:00+00:00")),
    Case("a date with Z in a block", "KDM-109", lambda w: first_plain(
        lambda p: p[:97] + b"2027-05-08T12:00:00.0000Z" + p[122:])),
    Case("an impossible date in a block", "KDM-109", lambda w: first_plain(
        lambda p: p[:97] + b"2027-13-08T12:00:00+00:00" + p[122:])),
    Case("a key listed twice", "KDM-111", lambda w: {"message": lambda m: replace(
        m, key_id_list=(*m.key_id_list, m.key_id_list[0]))}),
    Case("a key enclosed and not listed", "KDM-111", lambda w: first_block(key_id=uuid.UUID(int=99))),
    Case("a key enclosed twice", "KDM-111", lambda w: {"blocks": lambda b: [b[1], *b[1:]]}),
    Case("a key listed and not enclosed", "KDM-111", lambda w: {"blocks": lambda b: b[1:]}),
    Case("types of block and list differ", "KDM-112", lambda w: first_block(key_type="MDSK")),
    Case("a type that does not fit", "KDM-112", lambda w: retyped("MDAK", "MDAK", "MDSK")),
    Case("no type in a block", "KDM-112", lambda w: first_plain(lambda p: p[:52] + b"\0\0\0\0" + p[56:])),
    # playlist
    Case("another playlist", "KDM-005", lambda w: message(composition_playlist_id=uuid.UUID(int=99))),
    Case("no playlist id", "KDM-005", lambda w: part(f"urn:uuid:{uuid.UUID(int=1)}<", "urn:uuid:<")),
    Case("a key of the playlist is missing", "KDM-010", lambda w: {
        "message": lambda m: replace(m, key_id_list=m.key_id_list[1:]), "blocks": lambda b: b[1:]}),
    Case("authenticator of another", "KDM-120", lambda w: message(content_authenticator=STRANGER)),
    Case("authenticator, playlist unsigned", "KDM-120", lambda w: message(
        content_authenticator=w.lab.leaf.thumbprint()), lambda w: {"cpl": w.playlist(signed=False)}),
    Case("playlist changed", "SIG-001", check=lambda w: {"cpl": w.cpl.replace(b"Titel", b"Title")}),
    Case("playlist older than its signer", "SIG-009", check=lambda w: {"cpl": w.playlist(issue_date=at(-9))}),
]  # fmt: skip


def test_the_ids_are_distinct_and_every_need_comes_earlier() -> None:
    seen: list[str] = []
    for check in CHECKLIST:
        assert check.id not in seen
        assert set(check.needs) <= set(seen)
        seen.append(check.id)


def test_a_good_message_is_accepted(world: Any) -> None:
    report = judge(world, world.forge())
    assert report.verdict == "accept", report_lines(report)
    assert {step.result for step in report.steps} <= {"pass", "skipped"}
    assert report.keyring is not None
    assert {(key.id, key.type, key.value()) for key in report.keyring.keys} == {
        (key.id, key.type, key.value()) for key in world.keyring.keys
    }
    assert report.keyring.cpl_id == world.facts.id


@pytest.mark.parametrize("case", NEGATIVE, ids=[case.name for case in NEGATIVE])
def test_each_wrong_message_is_refused_by_its_own_step(world: Any, case: Case) -> None:
    changes = case.check(world)
    spy = Spy(changes.pop("private_key", world.hall.private_key))
    report = judge(world, world.forge(**case.forge(world)), private_key=spy, **changes)
    assert [step.id for step in report.steps if step.result == "fail"] == [case.step], report_lines(report)
    assert report.verdict == "refuse"
    assert report.keyring is None
    if case.step in ("KDM-001", "KDM-115", "KDM-101", "KDM-102", "SIG-014", "KDM-106"):
        assert spy.decrypted == 0
    with pytest.raises(RefusedError, match=case.step) as caught:
        open_kdm(
            world.forge(**case.forge(world)),
            **{
                "private_key": world.hall.private_key,
                "recipient": world.hall.leaf,
                "cpl": world.cpl,
                "trust": (world.lab.chain[-1],),
                "now": world.now,
                **case.check(world),
            },
        )
    assert caught.value.exit_code == 1
    assert caught.value.remedy


def test_there_are_enough_wrong_messages() -> None:
    assert len(NEGATIVE) >= 40
    assert len({case.name for case in NEGATIVE}) == len(NEGATIVE)
