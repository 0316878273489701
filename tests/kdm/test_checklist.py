"""Messages wrong in exactly one way, each refused by its own step; unusual legal ones, all accepted."""

from __future__ import annotations

import base64
import functools
import random
import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from dcp.documents.cpl import Reel, parse_cpl
from dcp.errors import DocumentError, RefusedError, UsageError
from dcp.trust.making import NewChain, make_chain
from dcp.trust.signature import sign_kdm
from kdm.checklist import CHECKLIST, KdmReport, check_kdm
from kdm.composition import DOLBY_SCOPE
from kdm.evidence import Evidence
from kdm.formulation import ASSUME_TRUST
from kdm.message import MAX_MESSAGE_BYTES, IssuerSerial, TypedKeyId
from kdm.receive import keys_of, open_kdm
from kdm.report import report_json, report_lines
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
    other = world.forge(blocks=lambda blocks: blocks[::-1]).decode()

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


@functools.cache
def stranger() -> NewChain:
    """A sound chain that nobody trusts."""
    return make_chain(organization="Rogue", unit="Lab", role="CS", now=at(0))


def clear_reels(world: Any) -> tuple[Reel, ...]:
    """The reels of the world's playlist as if nothing in them were encrypted."""
    return tuple(
        replace(reel, assets=tuple(replace(asset, key_id=None) for asset in reel.assets))
        for reel in parse_cpl(world.cpl, where="cpl").reels
    )


def signed_as(changes: Callable[[Any], Any]) -> Callable[[Any], dict[str, Any]]:
    return lambda world: {"signer": changes(MessageSigner.of(world.lab.signer))}


SHA1_METHOD = (
    "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
    "http://www.w3.org/2000/09/xmldsig#rsa-sha1",
)
STRANGER = bytes(range(20))
TOWER = (
    "".join(
        "<x " + " ".join(f"xmlns:n{level}_{n}='u:{level}.{n}'" for n in range(60)) + ">"
        for level in range(40)
    )
    + "<y></y>" * 100
    + "</x>" * 40
)

NEGATIVE = [
    # XML and schema
    Case("cut short", "KDM-001", lambda w: {"document": lambda text: text[:-200]}),
    Case("not XML", "KDM-001", lambda w: {"document": lambda text: "no"}),
    Case("not UTF-8", "KDM-001", lambda w: document("Titel", "T\udcfftel")),
    Case("document type", "KDM-001", lambda w: document("<DCinema", "<!DOCTYPE x><DCinema")),
    Case("over 4 MiB", "KDM-001", lambda w: {"document": lambda text: text + " " * MAX_MESSAGE_BYTES}),
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
    Case("a tower of namespaces in what is ignored", "KDM-001", lambda w: part(
        NON_CRITICAL, NON_CRITICAL.replace("><", f">{TOWER}<"))),
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
    Case("an instruction added", "KDM-101", lambda w: document("<KeyIdList>", "<?p i?><KeyIdList>")),
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
    Case("window before the signer", "KDM-103", lambda w: window(at(-3), at(3))),
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
    Case("OAEP with a label", "KDM-113", lambda w: part(
        "      </enc:EncryptionMethod>", "<enc:OAEPparams>AAAA</enc:OAEPparams></enc:EncryptionMethod>",
        name="private")),
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
        content_authenticator=w.lab.leaf.thumbprint()),
        lambda w: {"cpl": w.playlist(signed=False, standard="interop")}),
    Case("playlist unsigned", "SIG-001", check=lambda w: {"cpl": w.playlist(signed=False)}),
    Case("playlist unsigned, no list", "SIG-001", check=lambda w: {
        "cpl": w.playlist(signed=False), "trust": None}),
    Case("playlist stripped of signature and key ids", "SIG-001", check=lambda w: {
        "cpl": w.playlist(signed=False, reels=clear_reels(w)), "trust": None}),
    Case("playlist unsigned, made Interop", "SIG-014", check=lambda w: {
        "cpl": w.playlist(signed=False, standard="interop")}),
    Case("playlist signed by a stranger", "SIG-014", check=lambda w: {
        "cpl": w.playlist(signer=stranger(), content_title_text="Titel & Söhne_FTR")}),
    Case("playlist without key ids, signed by a stranger", "KDM-010", check=lambda w: {
        "cpl": w.playlist(signer=stranger(), reels=clear_reels(w)), "trust": None}),
    Case("playlist signed by a stranger, authenticator of the lab", "KDM-120", lambda w: message(
        content_authenticator=w.lab.leaf.thumbprint()), lambda w: {"cpl": w.playlist(signer=stranger())}),
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
    assert caught.value.remedy and caught.value.remedy == report.remedy
    assert len(report.failures[0].message) < 400
    assert not re.search(r"\b(ask|wait|give)\b", report.failures[0].message)
    assert "\n" not in report.failures[0].message


def test_there_are_enough_wrong_messages() -> None:
    assert len(NEGATIVE) >= 40
    assert len({case.name for case in NEGATIVE}) == len(NEGATIVE)


# --- unusual, legal, accepted -----


def nothing(world: Any) -> dict[str, Any]:
    return {}


def unsigned(text: str) -> str:
    return text.replace(signature_of(text), "")


def resigned(change: Callable[[str], str]) -> Callable[[Any], bytes]:
    """A message whose whole text was changed before it was signed, by the general signer."""

    def make(world: Any) -> bytes:
        text = change(unsigned(world.forge().decode()))
        return sign_kdm(text.encode(), world.lab.signer)

    return make


def forged(arguments: Callable[[Any], dict[str, Any]]) -> Callable[[Any], bytes]:
    return lambda world: bytes(world.forge(**arguments(world)))


def prefixed(text: str) -> str:
    """Every element under a prefix, no default namespace at all."""
    head, rest = text.split("<DCinemaSecurityMessage", 1)
    body = re.sub(r"<(/?)(?=[A-Z])", r"<\1etm:", "<DCinemaSecurityMessage" + rest)
    body = body.replace(
        'xmlns="http://www.smpte-ra.org/schemas/430-3', 'xmlns:etm="http://www.smpte-ra.org/schemas/430-3'
    )
    start, end = body.index("<etm:KDMRequiredExtensions"), body.index("</etm:KDMRequiredExtensions>")
    inner = body[start:end].replace("etm:", "k:").replace("xmlns=", "xmlns:k=")
    return head + body[:start] + inner + body[end:].replace("</etm:KDMReq", "</k:KDMReq", 1)


def local_namespaces(text: str) -> str:
    """ds and enc declared where they are used, as one maker of the field does."""
    root = text[text.index("<DCinemaSecurityMessage") : text.index("<AuthenticatedPublic")]
    text = text.replace(
        root, '<DCinemaSecurityMessage xmlns="http://www.smpte-ra.org/schemas/430-3/2006/ETM">\n', 1
    )
    ds = ' xmlns:ds="http://www.w3.org/2000/09/xmldsig#"'
    return text.replace("<Signer>", f"<Signer{ds}>").replace("<X509IssuerSerial>", f"<X509IssuerSerial{ds}>")


def reversed_name(name: str) -> str:
    return ",".join(reversed(name.split(",")))


def turned_chain(text: str) -> str:
    head, rest = text.split("<ds:KeyInfo>")
    inner, tail = rest.split("</ds:KeyInfo>")
    entries = re.findall(r"<ds:X509Data>.*?</ds:X509Data>", inner, re.DOTALL)
    assert len(entries) == 3
    return head + "<ds:KeyInfo>" + "".join(reversed(entries)) + "</ds:KeyInfo>" + tail


POSITIVE: list[tuple[str, Callable[[Any], bytes], Callable[[Any], dict[str, Any]]]] = [
    ("several ids under one type", forged(lambda w: {
        **retyped("MDIK", "MDIK", "MDIK"),
        "message": lambda m: replace(
            m, key_id_list=(TypedKeyId("MDIK", tuple(key for _, _, key in m.keys)),)),
    }), lambda w: {"cpl": None}),
    ("no scope on the key types", forged(lambda w: part(
        ' scope="http://www.smpte-ra.org/430-1/2006/KDM#kdm-key-type"', "")), nothing),
    ("comments", forged(lambda w: document("<KeyIdList>", "<!-- c --><KeyIdList>")), nothing),
    ("a comment inside a text", forged(lambda w: document("Titel", "Ti<!-- -->tel")), nothing),
    ("CDATA and character references", forged(lambda w: document(
        "Titel &amp;", "<![CDATA[Tit]]>&#101;l &#38;")), nothing),
    ("extensions that are not critical", forged(lambda w: part(
        "<NonCriticalExtensions>", '<NonCriticalExtensions><x xmlns="urn:x">1</x>')), nothing),
    ("KeyInfo that names the recipient", forged(lambda w: key_info(
        reversed_name(w.hall.leaf.issuer), w.hall.leaf.serial)), nothing),
    ("dates with Z", forged(lambda w: message(
        not_valid_before_text="2027-05-01T00:00:00Z",
        not_valid_after_text="2027-05-08T12:00:00Z")), nothing),
    ("dates with other offsets than the blocks", forged(lambda w: message(
        not_valid_before_text="2027-05-01T08:00:00+08:00",
        not_valid_after_text="2027-05-08T06:30:00-05:30")), nothing),
    ("blocks in another order", forged(lambda w: {"blocks": lambda b: b[::-1]}), nothing),
    ("chain with the root first", forged(lambda w: {"document": turned_chain}), nothing),
    ("recipient's names turned round", forged(lambda w: recipient(
        issuer=reversed_name(w.hall.leaf.issuer), subject=reversed_name(w.hall.leaf.subject))), nothing),
    ("recipient's name escaped otherwise", forged(lambda w: recipient(
        subject=w.hall.leaf.subject.replace("Hall-1", "Hall\\2D1").replace("dnQ", "DNQ"))), nothing),
    ("assume-trust beside others", forged(lambda w: devices(STRANGER, ASSUME_TRUST)), nothing),
    ("the recipient listed", forged(lambda w: devices(w.hall.leaf.thumbprint())),
     lambda w: {"devices": (w.projector.leaf,)}),
    ("the projector listed", forged(lambda w: devices(STRANGER, w.projector.leaf.thumbprint())),
     lambda w: {"devices": (w.projector.leaf,)}),
    ("strangers listed, devices not known", forged(lambda w: devices(STRANGER)), nothing),
    ("no device description", forged(lambda w: part(
        "          <DeviceListDescription>Hall 1</DeviceListDescription>\n", "")), nothing),
    ("annotation in a language", forged(lambda w: message(
        annotation_text="Für Saal 1", annotation_language="de")), nothing),
    ("lines ended by CR LF", forged(lambda w: document("\n", "\r\n")), nothing),
    ("no XML declaration", forged(lambda w: document(
        '<?xml version="1.0" encoding="UTF-8"?>\n', "")), nothing),
    ("a byte order mark", forged(lambda w: document("<?xml", "\ufeff<?xml")), nothing),
    ("an empty element closed at once", forged(lambda w: document(
        NON_CRITICAL, "<NonCriticalExtensions />")), nothing),
    ("ids in capitals", forged(lambda w: part(
        "00000000-0000-0000-0000-000000000abc", "00000000-0000-0000-0000-000000000ABC")), nothing),
    ("blanks around values", forged(lambda w: part("<KeyId>", "<KeyId>\n  ")), nothing),
    ("the older form of the channel limit", forged(lambda w: message(forensic_mark_flag_list=(
        "http://www.smpte-ra.org/430-1/2006/KDM#mrkflg-audio-disable-above-channel-8",))), nothing),
    ("a flag that nobody knows", forged(lambda w: message(forensic_mark_flag_list=("urn:x",))), nothing),
    ("blocks of the Interop form", forged(lambda w: {
        "plain": lambda blocks: [p[:52] + p[56:] for p in blocks]}), nothing),
    ("Dolby Atmos under its scope", forged(lambda w: {
        **retyped("MDEK", "MDAK", "MDSK"),
        "message": lambda m: replace(m, key_id_list=(
            TypedKeyId("MDEK", m.key_id_list[0].key_ids, DOLBY_SCOPE), *m.key_id_list[1:])),
    }), lambda w: {"cpl": None}),
    ("an authenticator of the playlist's chain", forged(lambda w: message(
        content_authenticator=w.lab.chain[1].thumbprint())), nothing),
    ("every element under a prefix", resigned(prefixed), nothing),
    ("namespaces declared where they are used", resigned(local_namespaces), nothing),
    ("where the schema is", resigned(lambda t: t.replace(
        "<DCinemaSecurityMessage", '<DCinemaSecurityMessage xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
        ' xsi:schemaLocation="a b"', 1)), nothing),
    ("the last second of the window", forged(lambda w: {}), lambda w: {"now": at(7)}),
    ("no playlist and no trusted roots", forged(lambda w: {}), lambda w: {"cpl": None, "trust": None}),
    ("the key without a certificate", forged(lambda w: {}), lambda w: {"recipient": None}),
    ("an Interop playlist that is not signed", forged(lambda w: {}),
     lambda w: {"cpl": w.playlist(signed=False, standard="interop"), "trust": None}),
    ("a stranger's playlist that the message vouches for", forged(lambda w: message(
        content_authenticator=stranger().leaf.thumbprint())),
     lambda w: {"cpl": w.playlist(signer=stranger())}),
    ("another title", forged(lambda w: message(content_title_text="Anders")), nothing),
]  # fmt: skip


@pytest.mark.parametrize(
    ("make", "changes"), [case[1:] for case in POSITIVE], ids=[case[0] for case in POSITIVE]
)
def test_what_is_unusual_and_legal_is_accepted(
    world: Any,
    make: Callable[[Any], bytes],
    changes: Callable[[Any], dict[str, Any]],
) -> None:
    report = judge(world, make(world), **changes(world))
    assert report.verdict == "accept", report_lines(report)
    assert report.keyring is not None
    assert {key.id: key.value() for key in report.keyring.keys} == {
        key.id: key.value() for key in world.keyring.keys
    }


def test_a_signer_with_other_roles_is_a_warning(world: Any) -> None:
    signer = MessageSigner.of(world.other.signer)
    data = world.forge(
        message=lambda m: replace(m, signer=signer.issuer_serial),
        blocks=lambda blocks: [replace(block, signer_thumbprint=signer.thumbprint) for block in blocks],
        signer=signer,
    )
    report = judge(world, data, trust=None)
    assert report.verdict == "accept", report_lines(report)
    assert next(step for step in report.steps if step.id == "KDM-102").result == "warn"


# --- policy and what the caller hands over -----


def result_of(report: KdmReport, step: str) -> str:
    return next(entry.result for entry in report.steps if entry.id == step)


def test_without_a_private_key_the_verdict_is_incomplete(world: Any) -> None:
    report = judge(world, world.forge(), private_key=None)
    assert report.verdict == "incomplete"
    assert report.keyring is None
    assert result_of(report, "KDM-009") == "skipped"
    assert "no private key" in report_lines(report)[-1]
    with pytest.raises(UsageError, match="without a private key"):
        keys_of(report)


def test_what_was_not_handed_over_is_skipped_never_passed(world: Any) -> None:
    report = judge(world, world.forge(), recipient=None, private_key=None, cpl=None, trust=None)
    for step in ("SIG-001", "SIG-009", "SIG-014", "KDM-106", "KDM-104", "KDM-009", "KDM-005", "KDM-010"):
        assert result_of(report, step) == "skipped"


def test_a_step_after_a_failure_says_which(world: Any) -> None:
    report = judge(world, world.forge(**document("Titel", "Title")))
    later = [step for step in report.steps if step.id not in ("SIG-001", "SIG-009")][3:]
    assert {step.result for step in later} == {"skipped"}
    assert all("KDM-101" in step.message for step in later)


SEALED_STEPS = ("KDM-009", "KDM-107", "KDM-108", "KDM-110", "KDM-109", "KDM-111", "KDM-112")


def test_under_an_untrusted_root_all_but_the_blocks_is_judged(world: Any) -> None:
    spy = Spy(world.hall.private_key)
    changes = {"trust": (world.hall.chain[-1],), "private_key": spy}
    report = judge(world, world.forge(), **changes)
    skipped = [step for step in report.steps if step.result == "skipped"]
    assert tuple(step.id for step in skipped) == SEALED_STEPS
    assert all("SIG-014" in step.message for step in skipped)
    wrong = judge(
        world,
        world.forge(**recipient(serial=1)),
        **changes,
        now=at(8),
        cpl=world.playlist(id=uuid.UUID(int=5)),
        window="report",
    )
    assert [step.id for step in wrong.failures] == ["SIG-014", "KDM-002", "KDM-106", "KDM-005"]
    assert result_of(wrong, "KDM-104") == "skipped"
    for one in (report, wrong):
        assert one.verdict == "refuse"
        assert one.keyring is None
        with pytest.raises(RefusedError, match="SIG-014"):
            keys_of(one)
    assert spy.decrypted == 0


@pytest.mark.parametrize(("days", "step", "result"), [(8, "KDM-002", "fail"), (-1, "KDM-003", "warn")])
def test_a_judge_of_packages_opens_outside_the_window(
    world: Any, days: float, step: str, result: str
) -> None:
    report = judge(world, world.forge(), now=at(days), window="report")
    assert result_of(report, step) == result
    assert report.keyring is not None
    assert open_kdm(world.forge(), private_key=world.hall.private_key, now=at(days), window="report").keys
    with pytest.raises(RefusedError, match=step):
        open_kdm(world.forge(), private_key=world.hall.private_key, now=at(days))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda w: recipient(serial=1), "for SM SPB MD.Hall-1 (serial 1), this is SM SPB MD.Hall-1 (serial "),
        (
            lambda w: recipient(serial=1, subject=w.other.leaf.subject),
            "for SM.Hall-2 (serial 1), this is SM SPB MD.Hall-1 (serial ",
        ),
        (lambda w: recipient(issuer=w.other.leaf.issuer), "under another issuer"),
        (lambda w: recipient(subject=w.hall.leaf.subject.replace("O=", "O=New ")), "under another subject"),
        (lambda w: recipient(subject="no name"), "for no name (serial "),
    ],
)
def test_another_recipient_is_named_shortly(world: Any, change: Any, words: str) -> None:
    report = judge(world, world.forge(**change(world)))
    assert words in report.failures[0].message
    assert "dnQualifier" not in report.failures[0].message
    assert len(report.failures[0].message) < 160


def test_a_key_of_another_device_is_named_shortly(world: Any) -> None:
    report = judge(world, world.forge(), private_key=world.other.private_key, recipient=None)
    assert "the KDM is for SM SPB MD.Hall-1 (serial " in report.failures[0].message
    assert len(report.failures[0].message) < 160


@pytest.mark.parametrize("data", [b"no", b"<a/>", b"<!DOCTYPE a><a/>"])
def test_a_refusal_names_the_file_once(world: Any, data: bytes) -> None:
    with pytest.raises(RefusedError) as caught:
        open_kdm(data, private_key=world.hall.private_key, now=world.now, where="some/kdm.xml")
    assert str(caught.value).count("some/kdm.xml") == 1


def test_the_place_of_a_fault_stays_in_its_message(world: Any) -> None:
    report = judge(world, world.forge(**part("    <Signer>", "    <X></X><Signer>")), where="some/kdm.xml")
    assert "/DCinemaSecurityMessage/AuthenticatedPublic" in report.failures[0].message
    assert "some/kdm.xml" not in report.failures[0].message


def test_a_refusal_says_what_and_what_to_do_once(world: Any) -> None:
    with pytest.raises(RefusedError) as caught:
        open_kdm(world.forge(), private_key=world.hall.private_key, now=at(8))
    assert str(caught.value).count("ask ") == 1
    report = judge(world, world.forge(), now=at(8))
    assert report_json(report)["remedy"] == report.remedy == caught.value.remedy
    assert report_lines(report)[-1].endswith(f"what to do: {report.remedy}")
    assert report_json(judge(world, world.forge()))["remedy"] is None


def test_the_reader_knows_what_to_do_about_the_old_format(world: Any) -> None:
    old = world.forge(**document(
        "http://www.smpte-ra.org/schemas/430-3/2006/ETM",
        "http://www.digicine.com/PROTO-ASDCP-KDM-20040311#",
    ))  # fmt: skip
    assert "SMPTE format" in str(judge(world, old).remedy)


def test_the_largest_message_is_read_whole_by_every_step(world: Any) -> None:
    data = world.forge()
    largest = data + b" " * (MAX_MESSAGE_BYTES - len(data))
    assert judge(world, largest).verdict == "accept"
    assert [step.id for step in judge(world, largest + b" ").failures] == ["KDM-001"]


def test_a_judge_of_packages_forgives_nothing_else(world: Any) -> None:
    data = world.forge(**first_block(signer_thumbprint=STRANGER))
    assert judge(world, data, now=at(8), window="report").keyring is None


def test_blocks_stay_closed_to_a_step_that_comes_too_early(world: Any) -> None:
    evidence = Evidence(
        data=world.forge(),
        where="kdm",
        now=world.now,
        window="refuse",
        private_key=Spy(world.hall.private_key),
        recipient=None,
        devices=(),
        trust=None,
        cpl_data=None,
        cpl_where="cpl",
    )
    evidence.read()
    with pytest.raises(RuntimeError, match="before signature and chain"):
        evidence.open_blocks()


def test_an_unsigned_playlist_is_a_warning_where_nothing_demands_a_signature(world: Any) -> None:
    interop = world.playlist(signed=False, standard="interop")
    assert result_of(judge(world, world.forge(), cpl=interop, trust=None), "SIG-001") == "warn"
    other = world.playlist(signed=False, id=uuid.UUID(int=5), reels=clear_reels(world))
    report = judge(world, world.forge(), cpl=other)
    assert result_of(report, "SIG-001") == "warn"
    assert [step.id for step in report.failures] == ["KDM-005"]


def test_without_a_list_the_report_says_that_the_playlists_root_was_not_checked(world: Any) -> None:
    step = next(s for s in judge(world, world.forge(), trust=None).steps if s.id == "SIG-009")
    assert step.result == "pass"
    assert "its root was not checked against a list" in step.message
    step = next(s for s in judge(world, world.forge()).steps if s.id == "SIG-009")
    assert "not checked" not in step.message


def test_under_a_strangers_playlist_the_blocks_stay_closed(world: Any) -> None:
    spy = Spy(world.hall.private_key)
    report = judge(world, world.forge(), private_key=spy, cpl=world.playlist(signer=stranger()))
    assert "the playlist's signer: .Lab.ROOT: the chain leads to none" in report.failures[0].message
    assert spy.decrypted == 0


def test_keys_that_the_playlist_does_not_use_are_a_warning_beside_those_it_uses(world: Any) -> None:
    reels = parse_cpl(world.cpl, where="cpl").reels
    reel = replace(reels[0], assets=reels[0].assets[:1])
    report = judge(world, world.forge(), cpl=world.playlist(reels=(reel,)))
    assert report.verdict == "accept"
    assert result_of(report, "KDM-010") == "warn"


def test_a_key_and_a_certificate_that_do_not_fit_are_a_usage_error(world: Any) -> None:
    with pytest.raises(UsageError, match="does not belong"):
        judge(world, world.forge(), recipient=world.other.leaf)


def test_a_playlist_that_is_none_is_no_verdict_about_the_message(world: Any) -> None:
    with pytest.raises(DocumentError):
        judge(world, world.forge(), cpl=b"<a/>")


def test_a_naive_now_is_refused(world: Any) -> None:
    with pytest.raises(UsageError, match="offset"):
        judge(world, world.forge(), now=datetime(2027, 5, 1))


def test_a_now_with_seconds_in_its_offset_is_refused(world: Any) -> None:
    with pytest.raises(UsageError, match="seconds"):
        judge(world, world.forge(), now=world.now.astimezone(timezone(timedelta(seconds=29143))))


def test_a_repackaged_title_is_called_so(world: Any) -> None:
    report = judge(world, world.forge(), cpl=world.playlist(id=uuid.UUID(int=5)))
    assert "made again" in report.failures[0].message


def test_the_json_document_has_its_fields(world: Any) -> None:
    document = report_json(judge(world, world.forge()))
    assert document["schema"] == "dcpkit.kdm-verify/1"
    assert document["verdict"] == "accept"
    assert document["message_id"] == str(uuid.UUID(int=0xABC))
    assert document["cpl_id"] == str(world.facts.id)
    assert document["window"] == {
        "not_before": "2027-05-01T00:00:00+00:00",
        "not_after": "2027-05-08T12:00:00+00:00",
    }
    assert document["recipient"] == world.hall.leaf.subject
    steps: Any = document["steps"]
    assert [step["id"] for step in steps] == [check.id for check in CHECKLIST]
    assert all(set(step) == {"id", "result", "message", "clause"} for step in steps)
    unread = report_json(judge(world, b"no"))
    assert unread["verdict"] == "refuse"
    assert unread["message_id"] is unread["window"] is None


def test_no_key_shows_in_report_repr_or_lines(world: Any) -> None:
    report = judge(world, world.forge())
    shown = repr(report) + "".join(report_lines(report)) + repr(report_json(report))
    for key in world.keyring.keys:
        for form in (key.value().hex(), base64.b64encode(key.value()).decode(), repr(key.value())):
            assert form not in shown


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_a_mutated_message_is_never_accepted(world: Any, data: st.DataObject) -> None:
    good = GOOD.setdefault("kdm", world.forge())
    place = data.draw(st.integers(0, len(good) - 1))
    value = data.draw(st.integers(1, 127))
    changed = good[:place] + bytes([value]) + good[place + 1 :]
    spy = Spy(world.hall.private_key)
    report = judge(world, changed, private_key=spy, cpl=None)
    if report.verdict == "accept":
        assert canonical(changed) == canonical(good)
    elif any(step.id in ("KDM-001", "KDM-101") for step in report.failures):
        assert spy.decrypted == 0


@pytest.mark.soak
def test_of_20000_single_edits_none_is_accepted_that_changes_what_is_signed(world: Any) -> None:
    good = bytes(world.forge())
    form = canonical(good)
    dice = random.Random(7)
    harmless = []
    for _ in range(20_000):
        place = dice.randrange(len(good))
        changed = good[:place] + bytes([dice.randrange(1, 127)]) + good[place + 1 :]
        report = judge(world, changed, cpl=None)
        if report.verdict == "accept" and changed != good:
            assert canonical(changed) == form, changed[place - 20 : place + 20]
            harmless.append(changed[place - 10 : place + 10].decode())
    print(f"{len(harmless)} harmless edits, such as {harmless[:8]}")


GOOD: dict[str, bytes] = {}


def canonical(data: bytes) -> list[bytes]:
    """What is signed, the signature, and the certificates; names beside those may be spelled otherwise."""
    root = etree.fromstring(data)
    parts = [etree.fromstring(etree.tostring(child, with_tail=False)) for child in list(root)[:2]]
    signature = list(root)[2]
    values = ["".join("".join(map(str, value.itertext())).split()) for value in list(signature)[:2]]
    values += ["".join(str(value.text).split()) for value in signature.iter("{*}X509Certificate")]
    forms = [etree.tostring(part, method="c14n", with_comments=False) for part in parts]
    return [*forms, *(value.encode() for value in values)]
