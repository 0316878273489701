"""One row of the corpus of KDMs, and the edits that rows are made of.

A row says what is changed in a good message, which step has to be the first to fail, and where the rule
stands. Unless the fault is the signature's own, what is changed is signed anew: the step that refuses it is
the one in question. Sources: `CTP A.6.n` and `kdm.md n` (its checklist) as the sheets of the standards give
them; `sheet 4`, `sheet 6`.
"""

from __future__ import annotations

import functools
import re
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from forgery.resigning import resigned

from dcp.documents.cpl import Reel
from dcp.documents.cpl_reading import parse_cpl
from dcp.trust.making import NewChain, make_chain
from dcp.trust.order import CertificateChain
from dcp.trust.signer import Signer
from dcp.trust.signing import sign_kdm
from kdm.checklist import KdmReport, check_kdm
from kdm.message import IssuerSerial, TypedKeyId
from kdm.signing import MessageSigner

World = Any  # the fixture's class, in tests/kdm/conftest.py
Made = bytes | Mapping[str, Any]

NOW = datetime(2027, 5, 1, 12, tzinfo=UTC)
NON_CRITICAL = "<NonCriticalExtensions></NonCriticalExtensions>"
OAEP = "http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p"
STRANGER = bytes(range(20))


class InAscii:
    """The same world with a title in ASCII: such messages are read in fewer passes."""

    def __init__(self, world: World) -> None:
        self.world = world

    def __getattr__(self, name: str) -> Any:
        return getattr(self.world, name)

    def forge(self, *, message: Callable[[Any], Any] = lambda m: m, **changes: Any) -> bytes:
        def titled(m: Any) -> Any:
            return message(replace(m, content_title_text="Titel & mehr"))

        return bytes(self.world.forge(message=titled, **changes))


def nothing(world: World) -> dict[str, Any]:
    return {}


@dataclass(frozen=True)
class Wrong:
    """`make`: the message, or arguments of World.forge. `check`: arguments of check_kdm beside the usual.

    `also`: later steps that cannot but fail with it. `wrapped`: what was signed is in it, somewhere.
    `rule`: the rule of the chain that the step has to name.
    """

    name: str
    step: str
    source: str
    make: Callable[[World], Made] = nothing
    check: Callable[[World], dict[str, Any]] = nothing
    also: tuple[str, ...] = ()
    wrapped: bool = False
    rule: str = ""


@dataclass(frozen=True)
class Legal:
    """`warns`: the steps that warn, all of them."""

    name: str
    source: str
    make: Callable[[World], Made] = nothing
    check: Callable[[World], dict[str, Any]] = nothing
    warns: tuple[str, ...] = ()


def made(world: World, row: Wrong | Legal) -> bytes:
    result = row.make(world)
    return result if isinstance(result, bytes) else bytes(world.forge(**result))


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


def arguments(world: World, **changes: Any) -> dict[str, Any]:
    """What the hall's server knows: its key and certificate, the playlist, the lab's root, the time."""
    usual = {
        "private_key": world.hall.private_key,
        "recipient": world.hall.leaf,
        "cpl": world.cpl,
        "trust": (world.lab.chain[-1],),
        "now": world.now,
    }
    return {**usual, **changes}


def judge(world: World, data: bytes, **changes: Any) -> KdmReport:
    return check_kdm(data, **arguments(world, **changes))


# --- edits of the message's text -----


def part(old: str, new: str, *, name: str = "public", count: int = -1) -> dict[str, Any]:
    """AuthenticatedPublic (or `private`, `document`) with a text replaced, before it is signed."""

    def change(text: str) -> str:
        assert old in text, old
        return text.replace(old, new, count)

    return {name: change}


def private(old: str, new: str, *, count: int = 1) -> dict[str, Any]:
    """AuthenticatedPrivate with a text replaced: the first unless said otherwise."""
    return part(old, new, name="private", count=count)


def document(old: str, new: str, *, count: int = -1) -> dict[str, Any]:
    """The whole document with a text replaced, after it was signed."""
    return part(old, new, name="document", count=count)


def element(name: str) -> re.Pattern[str]:
    """The first whole element of that name, with the line it stands on."""
    return re.compile(rf"[ \n]*<((?:ds:|enc:)?{name})(?=[ >/])(?:[^>]*/>|.*?</\1>)", re.DOTALL)


def without(name: str, *, where: str = "public") -> dict[str, Any]:
    def change(text: str) -> str:
        assert element(name).search(text), name
        return element(name).sub("", text, count=1)

    return {where: change}


def twice(name: str, *, where: str = "public") -> dict[str, Any]:
    def change(text: str) -> str:
        assert element(name).search(text), name
        return element(name).sub(lambda found: found[0] * 2, text, count=1)

    return {where: change}


def behind(name: str, other: str) -> dict[str, Any]:
    """An element moved behind another."""

    def change(text: str) -> str:
        found = element(name).search(text)
        assert found
        text = text.replace(found[0], "", 1)
        after = element(other).search(text)
        assert after
        return text[: after.end()] + found[0] + text[after.end() :]

    return {"public": change}


def content(name: str, value: str, *, where: str = "public") -> dict[str, Any]:
    """The first element of that name with another content."""

    def change(text: str) -> str:
        found = re.search(rf"<((?:ds:|enc:)?{name})((?: [^>]*)?)>.*?</\1>", text, re.DOTALL)
        assert found, name
        return text[: found.start()] + f"<{found[1]}{found[2]}>{value}</{found[1]}>" + text[found.end() :]

    return {where: change}


def anew(change: Callable[[str], str]) -> Callable[[World], bytes]:
    """The good message with its text changed, then signed by a signer that looks at nothing else."""
    return lambda world: resigned(change(world.forge().decode()), world.lab.private_key).encode()


def general(change: Callable[[str], str]) -> Callable[[World], bytes]:
    """A message whose whole text was changed before it was signed, by the library's general signer."""

    def make(world: World) -> bytes:
        text = world.forge().decode()
        return sign_kdm(change(text.replace(signature_of(text), "")).encode(), world.lab.signer)

    return make


def swap(old: str, new: str, count: int = -1) -> Callable[[str], str]:
    def change(text: str) -> str:
        assert old in text, old
        return text.replace(old, new, count)

    return change


def signature_of(text: str) -> str:
    return text[text.index("<ds:Signature>") : text.index("</ds:Signature>") + len("</ds:Signature>")]


def public_of(text: str) -> str:
    end = "</AuthenticatedPublic>"
    return text[text.index("<AuthenticatedPublic") : text.index(end) + len(end)]


def private_of(text: str) -> str:
    end = "</AuthenticatedPrivate>"
    return text[text.index("<AuthenticatedPrivate") : text.index(end) + len(end)]


# --- edits of what the message says -----


def message(**changes: Any) -> dict[str, Any]:
    return {"message": lambda m: replace(m, **changes)}


def first_block(**changes: Any) -> dict[str, Any]:
    return {"blocks": lambda blocks: [replace(blocks[0], **changes), *blocks[1:]]}


def first_plain(change: Callable[[bytes], bytes]) -> dict[str, Any]:
    return {"plain": lambda blocks: [change(blocks[0]), *blocks[1:]]}


def first_sealed(change: Callable[[bytes], bytes]) -> dict[str, Any]:
    return {"sealed": lambda values: [change(values[0]), *values[1:]]}


def at(days: float, zone: float = 0) -> datetime:
    return (NOW + timedelta(days=days)).astimezone(timezone(timedelta(hours=zone)))


def window(start: datetime, end: datetime) -> dict[str, Any]:
    return message(
        content_keys_not_valid_before=start,
        not_valid_before_text=start.isoformat(),
        content_keys_not_valid_after=end,
        not_valid_after_text=end.isoformat(),
    )


def issued(when: datetime) -> dict[str, Any]:
    return message(issue_date=when, issue_date_text=when.isoformat())


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


def retyped(*types: str) -> dict[str, Any]:
    """Other types in the list and in the blocks."""
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


def key_info(*parts: str) -> str:
    return f"<ds:KeyInfo><ds:X509Data>{''.join(parts)}</ds:X509Data></ds:KeyInfo>"


def issuer_serial(issuer: str, serial: int) -> str:
    return (
        f"<ds:X509IssuerSerial><ds:X509IssuerName>{issuer}</ds:X509IssuerName>"
        f"<ds:X509SerialNumber>{serial}</ds:X509SerialNumber></ds:X509IssuerSerial>"
    )


def named_in_keys(*infos: str) -> dict[str, Any]:
    """KeyInfo in the encrypted keys, one after the other; the last one in all that follow."""

    def change(text: str) -> str:
        pieces = text.split("<enc:CipherData>")
        whole = pieces[0]
        for place, piece in enumerate(pieces[1:]):
            whole += infos[min(place, len(infos) - 1)] + "<enc:CipherData>" + piece
        return whole

    return {"private": change}


# --- other signers and playlists -----


@functools.cache
def stranger() -> NewChain:
    """A sound chain that nobody trusts."""
    return make_chain(organization="Rogue", unit="Lab", role="CS", now=NOW)


def signed_by(signer: MessageSigner) -> dict[str, Any]:
    """A message that this signer made: named in it, in its blocks, and whose signature it is."""
    return {
        "message": lambda m: replace(m, signer=signer.issuer_serial),
        "blocks": lambda blocks: [replace(one, signer_thumbprint=signer.thumbprint) for one in blocks],
        "signer": signer,
    }


def signer_of(certificates: Any, key: RSAPrivateKey) -> MessageSigner:
    """A signer of any certificates, leaf first, whether they are a chain or not."""
    signer = object.__new__(Signer)
    object.__setattr__(signer, "chain", CertificateChain(tuple(certificates)))
    object.__setattr__(signer, "private_key", key)
    return MessageSigner.of(signer)


def clear_reels(world: World) -> tuple[Reel, ...]:
    """The reels of the world's playlist as if nothing in them were encrypted."""
    return tuple(
        replace(reel, assets=tuple(replace(asset, key_id=None) for asset in reel.assets))
        for reel in parse_cpl(world.cpl, where="cpl").reels
    )
