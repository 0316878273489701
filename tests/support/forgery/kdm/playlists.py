"""Devices, flags, and the playlist that the message is for: whose it is, and whose authenticator."""

from __future__ import annotations

import base64
import uuid
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from forgery.kdm.sealed import fingerprint, stripped
from forgery.messages import (
    STRANGER,
    World,
    Wrong,
    at,
    clear_reels,
    content,
    devices,
    message,
    nothing,
    part,
    stranger,
)

from dcp.trust.deny import deny_certificates
from kdm.formulation import ASSUME_TRUST

DCI = "http://www.dcimovies.com/430-1/2006/KDM#mrkflg-audio-disable-above-channel-"
OLDER = "http://www.smpte-ra.org/430-1/2006/KDM#mrkflg-audio-disable-above-channel-"
DEVICE = "kdm.md 15"
FLAG = "kdm.md 16, DCSS 9.4.6"
AUTHENTICATOR = "kdm.md 14, CTP A.6.69"
PLAYLIST = "kdm.md 14, CTP A.6.70"
SIGNED = "DCSS 9.4.3.5"


def own(changes: dict[str, Any]) -> Any:
    return lambda world: changes


def attached(world: World) -> dict[str, Any]:
    return {"devices": (world.projector.leaf,)}


def no_thumbprint(what: str, value: str) -> Wrong:
    return Wrong(f"a thumbprint {what}", "KDM-006", DEVICE, own(content("CertificateThumbprint", value)))


def no_authenticator(what: str, value: str) -> Wrong:
    added = f"</ContentTitleText><ContentAuthenticator>{value}</ContentAuthenticator>"
    return Wrong(
        f"an authenticator {what}", "KDM-007", AUTHENTICATOR, own(part("</ContentTitleText>", added))
    )


def text_of(size: int) -> str:
    return base64.b64encode(bytes(range(size))).decode()


NO_DIGEST = (
    ("of 19 bytes", text_of(19)),
    ("of 21 bytes", text_of(21)),
    ("of 32 bytes", text_of(32)),
    ("that is empty", ""),
    ("in hexadecimal", "00" * 20),
    ("without its padding", text_of(20).rstrip("=")),
    ("with stray bits at its end", text_of(20)[:-2] + "N="),
    ("with a star in it", "*" + text_of(20)),
    ("with a blank of another alphabet", "\u00a0" + text_of(20)),
)

DEVICES = [
    Wrong("no device", "KDM-001", "CTP A.6.51", own(devices())),
    *(no_thumbprint(what, value) for what, value in NO_DIGEST),
    Wrong("4,097 devices", "KDM-001", "bound of the reader", own(devices(*[STRANGER] * 4097))),
    Wrong("a stranger alone", "KDM-130", "CTP A.6.73", own(devices(STRANGER)), attached),
    Wrong("strangers alone", "KDM-130", "CTP A.6.73", own(devices(
        STRANGER, bytes(20), b"\1" * 20)), attached),
    Wrong("the projector's fingerprint", "KDM-130", "certificates.md, thumbprints", lambda w: devices(
        fingerprint(w.projector.leaf.der)), attached),
    Wrong("the thumbprint of the projector's key", "KDM-130", "certificates.md, thumbprints",
          lambda w: devices(w.projector.leaf.public_key_thumbprint()), attached),
    Wrong("the projector's thumbprint without its outer header", "KDM-130", "checks.tsv KDM-122",
          lambda w: devices(stripped(w.projector.leaf)), attached),
    Wrong("the thumbprint of the projector's issuer", "KDM-130", DEVICE, lambda w: devices(
        w.projector.chain[1].thumbprint()), attached),
    Wrong("the signer", "KDM-130", DEVICE, lambda w: devices(w.lab.leaf.thumbprint()), attached),
    Wrong("another hall", "KDM-130", DEVICE, lambda w: devices(w.other.leaf.thumbprint()), attached),
    Wrong("assume-trust but for a bit", "KDM-130", DEVICE, own(devices(
        ASSUME_TRUST[:-1] + bytes([ASSUME_TRUST[-1] ^ 1]))), attached),
]  # fmt: skip


def flags(name: str, *uris: str) -> Wrong:
    return Wrong(name, "KDM-116", FLAG, own(message(forensic_mark_flag_list=uris)))


FLAGS = [
    flags("channel 00", DCI + "00"),
    flags("channel 0 in the older form", OLDER + "0"),
    flags("channel 100", DCI + "100"),
    flags("no channel", DCI),
    flags("a channel of letters", DCI + "XX"),
    flags("a negative channel", DCI + "-6"),
    flags("a channel with a sign", DCI + "+6"),
    flags("a channel in digits of another alphabet", DCI + "٠٦"),
    flags("a channel with something after it", DCI + "06x"),
    flags("no hyphen before the channel", DCI[:-1] + "06"),
    flags("two channel limits", DCI + "06", DCI + "08"),
    flags("the same channel limit twice", DCI + "06", DCI + "06"),
    flags("channel limits in both forms", DCI + "06", OLDER + "6"),
]  # fmt: skip

AUTHENTICATORS = [
    *(no_authenticator(what, value) for what, value in NO_DIGEST),
    Wrong("an authenticator twice", "KDM-001", "kdm.md 2", own(part(
        "</ContentTitleText>", "</ContentTitleText>"
        + f"<ContentAuthenticator>{text_of(20)}</ContentAuthenticator>" * 2))),
    Wrong("an authenticator of nobody", "KDM-120", AUTHENTICATOR, own(message(
        content_authenticator=STRANGER))),
    Wrong("the recipient as the authenticator", "KDM-120", AUTHENTICATOR, lambda w: message(
        content_authenticator=w.hall.leaf.thumbprint())),
    Wrong("a stranger as the authenticator", "KDM-120", AUTHENTICATOR, lambda w: message(
        content_authenticator=stranger().leaf.thumbprint())),
    Wrong("the fingerprint of the playlist's signer", "KDM-120", "certificates.md, thumbprints",
          lambda w: message(content_authenticator=fingerprint(w.lab.leaf.der))),
    Wrong("the thumbprint of the playlist's signer without its outer header", "KDM-120", "checks.tsv KDM-122",
          lambda w: message(content_authenticator=stripped(w.lab.leaf))),
    Wrong("the thumbprint of the playlist's signer's key", "KDM-120", "certificates.md, thumbprints",
          lambda w: message(content_authenticator=w.lab.leaf.public_key_thumbprint())),
    Wrong("assume-trust as the authenticator", "KDM-120", AUTHENTICATOR, own(message(
        content_authenticator=ASSUME_TRUST))),
    Wrong("the KDM's signer as the authenticator of a stranger's playlist", "KDM-120", "kdm.md, formulations",
          lambda w: message(content_authenticator=w.lab.leaf.thumbprint()),
          lambda w: {"cpl": w.playlist(signer=stranger())}),
    Wrong("an authenticator, and a playlist that is not signed", "KDM-120", "kdm.md, formulations",
          lambda w: message(content_authenticator=w.lab.leaf.thumbprint()),
          lambda w: {"cpl": w.playlist(signed=False, standard="interop")}),
]  # fmt: skip


def playlist(name: str, step: str, source: str, check: Callable[[World], dict[str, Any]]) -> Wrong:
    """A good message beside a playlist that is not."""
    return Wrong(name, step, source, nothing, check)


def for_another(world: World) -> dict[str, Any]:
    """Whole and right, for another composition with the same keys."""
    return {"message": lambda m: replace(m, composition_playlist_id=uuid.UUID(int=99))}


def no_playlist_id(what: str, value: str) -> Wrong:
    return Wrong(f"a playlist's id {what}", "KDM-005", PLAYLIST, own(content("CompositionPlaylistId", value)))


PLAYLISTS = [
    Wrong("a KDM for another playlist with the same keys", "KDM-005", PLAYLIST, for_another),
    playlist("the playlist made again under another id", "KDM-005", PLAYLIST,
             lambda w: {"cpl": w.playlist(id=uuid.UUID(int=5))}),
    Wrong("a playlist's id with a digit changed", "KDM-005", PLAYLIST, own(
        {"message": lambda m: replace(m, composition_playlist_id=uuid.UUID(int=2))})),
    no_playlist_id("without its number", "urn:uuid:"),
    no_playlist_id("that is empty", ""),
    no_playlist_id("without its scheme", str(uuid.UUID(int=1))),
    no_playlist_id("of another scheme", f"urn:x:{uuid.UUID(int=1)}"),
    no_playlist_id("in braces", f"urn:uuid:{{{uuid.UUID(int=1)}}}"),
    Wrong("the picture's key is missing", "KDM-010", "CTP A.6.100-106", lambda w: {
        "message": lambda m: replace(m, key_id_list=m.key_id_list[1:]), "blocks": lambda b: b[1:]}),
    Wrong("the sound's key is missing", "KDM-010", "CTP A.6.100-106", lambda w: {
        "message": lambda m: replace(m, key_id_list=m.key_id_list[::2]), "blocks": lambda b: b[::2]}),
    Wrong("the subtitle's key is missing", "KDM-010", "CTP A.6.100-106", lambda w: {
        "message": lambda m: replace(m, key_id_list=m.key_id_list[:2]), "blocks": lambda b: b[:2]}),
    playlist("keys of which the playlist uses none", "KDM-010", "kdm.md 14",
             lambda w: {"cpl": w.playlist(signer=stranger(), reels=clear_reels(w)), "trust": None}),
    # the playlist's own signature
    playlist("the playlist is not signed", "SIG-001", SIGNED, lambda w: {"cpl": w.playlist(signed=False)}),
    playlist("the playlist is not signed, and nobody is trusted", "SIG-001", SIGNED,
             lambda w: {"cpl": w.playlist(signed=False), "trust": None}),
    playlist("the playlist was stripped of its signature and key ids", "SIG-001", SIGNED,
             lambda w: {"cpl": w.playlist(signed=False, reels=clear_reels(w)), "trust": None}),
    playlist("the playlist's title changed", "SIG-001", SIGNED,
             lambda w: {"cpl": w.cpl.replace(b"Titel", b"Title")}),
    playlist("a key id of the playlist changed", "SIG-001", SIGNED,
             lambda w: {"cpl": w.cpl.replace(
                 str(uuid.UUID(int=0x40)).encode(), str(uuid.UUID(int=7)).encode())}),
    playlist("the signature of another playlist", "SIG-001", SIGNED, lambda w: {
        "cpl": with_signature_of(w.cpl, w.playlist(content_title_text="Anders"))}),
    playlist("the playlist is older than its signer", "SIG-009", SIGNED,
             lambda w: {"cpl": w.playlist(issue_date=at(-9))}),
    playlist("the playlist is later than its signer's end", "SIG-009", SIGNED,
             lambda w: {"cpl": w.playlist(issue_date=at(9000))}),
    playlist("the playlist's signer is on the deny list", "SIG-009", SIGNED, lambda w: {
        "cpl": w.playlist(signer=stranger()), "trust": None,
        "revoked": deny_certificates(stranger().chain[:1])}),
    playlist("the playlist is not signed, and made Interop", "SIG-014", SIGNED,
             lambda w: {"cpl": w.playlist(signed=False, standard="interop")}),
    playlist("the playlist is signed by a stranger", "SIG-014", SIGNED, lambda w: {
        "cpl": w.playlist(signer=stranger(), content_title_text="Titel & Söhne_FTR")}),
]  # fmt: skip


def with_signature_of(data: bytes, other: bytes) -> bytes:
    start, end = b"<dsig:Signature", b"</dsig:Signature>"
    mine = data[data.index(start) : data.index(end)]
    return data.replace(mine, other[other.index(start) : other.index(end)])
