"""What is sealed: how the keys are encrypted, what stands in the blocks, and the list of keys."""

from __future__ import annotations

import base64
import hashlib
import uuid
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from forgery.messages import (
    OAEP,
    STRANGER,
    World,
    Wrong,
    at,
    content,
    first_block,
    first_plain,
    first_sealed,
    issuer_serial,
    key_info,
    many_keys,
    named_in_keys,
    part,
    private,
    retyped,
    twice,
    window,
    without,
)

from dcp.trust.certificate import Certificate
from kdm.block import pack_block, seal_block
from kdm.message import TypedKeyId

TRANSPORT = "kdm.md 11, CTP A.6.62"
BLOCK = "kdm.md 12"
STRIPPED = "checks.tsv KDM-122"
KEYS = "kdm.md 12-13"
METHOD = f'<enc:EncryptionMethod Algorithm="{OAEP}">'
SHA1 = "http://www.w3.org/2000/09/xmldsig#sha1"
VALUE = "enc:CipherValue"


def own(changes: dict[str, Any]) -> Any:
    return lambda world: changes


def cipher_text(change: Callable[[str], str]) -> dict[str, Any]:
    """The base64 of the first encrypted key written otherwise."""

    def edit(text: str) -> str:
        head, tag, rest = text.partition("<enc:CipherValue>")
        value, end, tail = rest.partition("</enc:CipherValue>")
        changed = change(value)
        assert changed != value
        return head + tag + changed + end + tail

    return {"private": edit}


def stray_bits(text: str) -> str:
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    bare = text.rstrip("=")
    return bare[:-1] + alphabet[alphabet.index(bare[-1]) + 1] + text[len(bare) :]


def sealed_with(scheme: padding.AsymmetricPadding) -> Callable[[World], dict[str, Any]]:
    """The first block encrypted in another way than the message says."""

    def make(world: World) -> dict[str, Any]:
        plain = pack_block(world.blocks(world.message())[0])
        value = world.hall.leaf.rsa_public_key().encrypt(plain, scheme)
        return first_sealed(lambda _: value)

    return make


def oaep(mask: hashes.HashAlgorithm, digest: hashes.HashAlgorithm, label: bytes | None = None) -> Any:
    return sealed_with(padding.OAEP(mgf=padding.MGF1(mask), algorithm=digest, label=label))


def plus_modulus(world: World) -> dict[str, Any]:
    """A ciphertext with the modulus added: the same number for who computes modulo n.

    Sealed anew until the sum has 256 bytes all the same; 1 plus the modulus where the modulus leaves no room.
    """
    key = world.hall.leaf.rsa_public_key()
    plain, modulus = pack_block(world.blocks(world.message())[0]), key.public_numbers().n
    sealed = (int.from_bytes(seal_block(plain, key), "big") for _ in range(400))
    number = next((one for one in sealed if one + modulus < 2**2048), 1)
    return first_sealed(lambda _: (number + modulus).to_bytes(256, "big"))


def other_info(name: str, make: Callable[[World], str]) -> Wrong:
    return Wrong(name, "KDM-113", TRANSPORT, lambda w: named_in_keys(make(w)))


SEALING = [
    Wrong("RSA with the padding of PKCS#1 v1.5", "KDM-113", TRANSPORT, own(private(
        OAEP, "http://www.w3.org/2001/04/xmlenc#rsa-1_5", count=-1))),
    Wrong("one key with the padding of PKCS#1 v1.5", "KDM-113", TRANSPORT, own(private(
        OAEP, "http://www.w3.org/2001/04/xmlenc#rsa-1_5"))),
    Wrong("OAEP of XML Encryption 1.1", "KDM-113", TRANSPORT, own(private(
        OAEP, "http://www.w3.org/2009/xmlenc11#rsa-oaep"))),
    Wrong("AES key wrap", "KDM-113", TRANSPORT, own(private(
        OAEP, "http://www.w3.org/2001/04/xmlenc#kw-aes128"))),
    Wrong("no name of the method", "KDM-113", TRANSPORT, own(private(METHOD, "<enc:EncryptionMethod>"))),
    Wrong("an empty name of the method", "KDM-113", TRANSPORT, own(private(OAEP, ""))),
    Wrong("no method", "KDM-113", TRANSPORT, own(without("EncryptionMethod", where="private"))),
    Wrong("OAEP with SHA-256", "KDM-113", TRANSPORT, own(private(
        SHA1, "http://www.w3.org/2001/04/xmlenc#sha256"))),
    Wrong("OAEP with an unknown digest", "KDM-113", TRANSPORT, own(private(SHA1, "urn:x"))),
    Wrong("two digests", "KDM-113", TRANSPORT, own(twice("DigestMethod", where="private"))),
    Wrong("OAEP with a label", "KDM-113", TRANSPORT, own(private(
        "      </enc:EncryptionMethod>", "<enc:OAEPparams>AAAA</enc:OAEPparams></enc:EncryptionMethod>"))),
    Wrong("a key size beside the method", "KDM-113", TRANSPORT, own(private(
        METHOD, METHOD + "<enc:KeySize>2048</enc:KeySize>"))),
    Wrong("a mask of its own", "KDM-113", TRANSPORT, own(private(
        METHOD, METHOD + '<x:MGF xmlns:x="http://www.w3.org/2009/xmlenc11#"></x:MGF>'))),
    *(Wrong(f"a ciphertext of {count} bytes", "KDM-113", "kdm.md 11", own(first_sealed(change)))
      for count, change in (
          (255, lambda value: value[:-1]), (257, lambda value: b"\0" + value),
          (128, lambda value: value[:128]), (512, lambda value: value * 2), (1, lambda value: value[:1]),
      )),
    Wrong("a ciphertext of a mebibyte", "KDM-113", "kdm.md 11",
          own(first_sealed(lambda value: value * 4096))),
    Wrong("no ciphertext", "KDM-113", "kdm.md 11", own(content("CipherValue", "", where="private"))),
    Wrong("a ciphertext somewhere else", "KDM-113", "kdm.md 11", own({"private": lambda text: text.replace(
        text[text.index(f"<{VALUE}>"):text.index(f"</{VALUE}>") + len(f"</{VALUE}>")],
        '<enc:CipherReference URI="http://127.0.0.1:9/x"></enc:CipherReference>')})),
    Wrong("two ciphertexts in one key", "KDM-113", "kdm.md 11", own(twice("CipherValue", where="private"))),
    *(Wrong(f"base64 {what}", "KDM-113", "sheet 6.1; xs:base64Binary", own(cipher_text(change)))
      for what, change in (
          ("with a star in it", lambda text: "*" + text),
          ("without its padding", lambda text: text.rstrip("=")),
          ("with padding too much", lambda text: text + "="),
          ("with padding in its middle", lambda text: text[:8] + "==" + text[8:]),
          ("with stray bits at its end", stray_bits),
          ("in the alphabet of addresses", lambda text: text.replace("+", "-").replace("/", "_") + "-"),
          ("with a blank of another alphabet", lambda text: text[:8] + "\u00a0" + text[8:]),
          ("in hexadecimal", lambda text: base64.b64decode(text).hex() + "0"),
          ("cut by a digit", lambda text: text[1:]),
      )),
    # whom the keys are said to be for
    other_info("KeyInfo of another certificate", lambda w: key_info(issuer_serial(
        w.other.leaf.issuer, w.other.leaf.serial))),
    other_info("KeyInfo of another serial number", lambda w: key_info(issuer_serial(
        w.hall.leaf.issuer, w.hall.leaf.serial + 1))),
    other_info("KeyInfo of another issuer", lambda w: key_info(issuer_serial(
        w.other.leaf.issuer, w.hall.leaf.serial))),
    other_info("KeyInfo of another subject", lambda w: key_info(
        f"<ds:X509SubjectName>{w.other.leaf.subject}</ds:X509SubjectName>")),
    other_info("KeyInfo with another's certificate", lambda w: key_info(
        f"<ds:X509Certificate>{base64.b64encode(w.other.leaf.der).decode()}</ds:X509Certificate>")),
    Wrong("KeyInfo that differs between the keys", "KDM-113", "CTP A.6.62", lambda w: named_in_keys(
        key_info(issuer_serial(w.hall.leaf.issuer, w.hall.leaf.serial)),
        key_info(issuer_serial(w.other.leaf.issuer, w.other.leaf.serial)))),
    Wrong("KeyInfo of two recipients in one key", "KDM-113", "CTP A.6.62", lambda w: named_in_keys(
        key_info(issuer_serial(w.hall.leaf.issuer, w.hall.leaf.serial),
                 issuer_serial(w.other.leaf.issuer, w.other.leaf.serial)))),
    Wrong("KeyInfo with a serial number that is none", "KDM-001", TRANSPORT, lambda w: named_in_keys(
        key_info(issuer_serial(w.hall.leaf.issuer, 0).replace(">0<", ">x<")))),
    Wrong("KeyInfo with a certificate that is no base64", "KDM-001", TRANSPORT, own(named_in_keys(key_info(
        "<ds:X509Certificate>*</ds:X509Certificate>")))),
    # opening
    Wrong("sealed for another hall", "KDM-009", BLOCK, lambda w: {"recipient": w.other}),
    Wrong("sealed for the signer", "KDM-009", BLOCK, lambda w: {"recipient": w.lab}),
    Wrong("one block sealed for another hall", "KDM-009", BLOCK, lambda w: first_sealed(
        lambda _: seal_block(pack_block(w.blocks(w.message())[0]), w.other.leaf.rsa_public_key()))),
    Wrong("the last block sealed for another hall", "KDM-009", BLOCK, lambda w: {"sealed": lambda values: [
        *values[:-1], seal_block(pack_block(w.blocks(w.message())[-1]), w.other.leaf.rsa_public_key())]}),
    Wrong("a block of noise", "KDM-009", BLOCK, own(first_sealed(lambda _: b"\1" * 256))),
    Wrong("a block of zeros", "KDM-009", BLOCK, own(first_sealed(lambda _: bytes(256)))),
    Wrong("a block of the largest number", "KDM-009", BLOCK, own(first_sealed(lambda _: b"\xff" * 256))),
    Wrong("a block with a bit changed", "KDM-009", BLOCK, own(first_sealed(
        lambda value: value[:100] + bytes([value[100] ^ 1]) + value[101:]))),
    Wrong("a block with the modulus added", "KDM-009", BLOCK, plus_modulus),
    Wrong("a block under the padding of PKCS#1 v1.5 all the same", "KDM-009", BLOCK,
          sealed_with(padding.PKCS1v15())),
    Wrong("a block under SHA-256 all the same", "KDM-009", BLOCK, oaep(hashes.SHA256(), hashes.SHA256())),
    Wrong("a block under a mask of SHA-256", "KDM-009", BLOCK, oaep(hashes.SHA256(), hashes.SHA1())),
    Wrong("a block under a label", "KDM-009", BLOCK, oaep(hashes.SHA1(), hashes.SHA1(), b"KDM")),
]  # fmt: skip


def at_place(place: int, value: bytes) -> dict[str, Any]:
    """The plain bytes of the first block overwritten from a place."""
    return first_plain(lambda plain: plain[:place] + value + plain[place + len(value) :])


def date(what: str, value: bytes) -> Wrong:
    assert len(value) == 25
    return Wrong(f"in a block, an end {what}", "KDM-109", BLOCK, own(at_place(97, value)))


def as_other_kdm(change: Callable[[World], dict[str, Any]]) -> Callable[[World], dict[str, Any]]:
    """The blocks of another KDM for the same hall, taken over into this one and signed with it."""

    def make(world: World) -> dict[str, Any]:
        found: list[list[bytes]] = []
        other = change(world)
        taken = {"sealed": lambda values: found.append(values) or values}
        world.forge(**{**other, **taken})
        return {"sealed": lambda _: found[0]}

    return make


def with_window(world: World) -> dict[str, Any]:
    return window(at(-0.5), at(30))


BLOCKS = [
    Wrong("structure id that begins with 1f", "KDM-107", "CTP A.6.58", own(at_place(0, b"\x1f"))),
    Wrong("structure id with its last bit changed", "KDM-107", BLOCK, own(at_place(15, b"\xaa"))),
    Wrong("structure id of zeros", "KDM-107", BLOCK, own(at_place(0, bytes(16)))),
    Wrong("structure id wrong in the last block", "KDM-107", BLOCK, own({"plain": lambda blocks: [
        *blocks[:-1], b"\x1f" + blocks[-1][1:]]})),
    *(Wrong(f"a block of {count} bytes", "KDM-107", BLOCK, own(first_plain(change))) for count, change in (
        (137, lambda plain: plain[:-1]), (139, lambda plain: plain + b"\0"), (0, lambda plain: b""),
        (1, lambda plain: plain[:1]), (16, lambda plain: plain[:16]), (133, lambda plain: plain[:-5]),
        (214, lambda plain: plain + bytes(76)))),
    Wrong("another signer's thumbprint", "KDM-108", "CTP A.6.59", own(first_block(
        signer_thumbprint=STRANGER))),
    Wrong("another signer's thumbprint in the last block", "KDM-108", "CTP A.6.59", own(
        {"blocks": lambda b: [*b[:-1], replace(b[-1], signer_thumbprint=STRANGER)]})),
    Wrong("the thumbprint of the signer's intermediate", "KDM-108", "CTP A.6.59", lambda w: first_block(
        signer_thumbprint=w.lab.chain[1].thumbprint())),
    Wrong("the thumbprint of the signer's whole certificate", "KDM-108", "certificates.md, thumbprints",
          lambda w: first_block(signer_thumbprint=fingerprint(w.lab.leaf.der))),
    Wrong("the thumbprint of the signer's certificate without its outer header", "KDM-108", STRIPPED,
          lambda w: first_block(signer_thumbprint=stripped(w.lab.leaf))),
    Wrong("the thumbprint of the signer's key", "KDM-108", "certificates.md, thumbprints",
          lambda w: first_block(signer_thumbprint=w.lab.leaf.public_key_thumbprint())),
    Wrong("the recipient's thumbprint", "KDM-108", "CTP A.6.59", lambda w: first_block(
        signer_thumbprint=w.hall.leaf.thumbprint())),
    Wrong("the thumbprint of nothing", "KDM-108", "CTP A.6.59", own(first_block(
        signer_thumbprint=base64.b64decode("2jmj7l5rSw0yVb/vlWAYkK/YBwk=")))),
    Wrong("another playlist", "KDM-110", "CTP A.6.71", own(first_block(cpl_id=uuid.UUID(int=99)))),
    Wrong("another playlist in the last block", "KDM-110", "CTP A.6.71", own(
        {"blocks": lambda b: [*b[:-1], replace(b[-1], cpl_id=uuid.UUID(int=99))]})),
    Wrong("the playlist's id in the order turned round", "KDM-110", BLOCK, own(
        {"blocks": lambda b: [replace(one, cpl_id=uuid.UUID(bytes=one.cpl_id.bytes[::-1])) for one in b]})),
    Wrong("another end", "KDM-109", BLOCK, own(first_block(not_after="2027-05-09T12:00:00+00:00"))),
    Wrong("another end in the last block", "KDM-109", BLOCK, own({"blocks": lambda b: [
        *b[:-1], replace(b[-1], not_after="2027-05-09T12:00:00+00:00")]})),
    Wrong("another beginning", "KDM-109", BLOCK, own(first_block(not_before="2027-05-01T00:00:01+00:00"))),
    Wrong("beginning and end changed about", "KDM-109", BLOCK, own({"blocks": lambda b: [
        replace(one, not_before=one.not_after, not_after=one.not_before) for one in b]})),
    Wrong("the same hours under another offset", "KDM-109", BLOCK, own(first_block(
        not_after="2027-05-08T12:00:00+02:00"))),
    date("with Z and a fraction", b"2027-05-08T12:00:00.0000Z"),
    date("with Z and blanks", b"2027-05-08T12:00:00Z     "),
    date("with zeros after Z", b"2027-05-08T12:00:00Z\0\0\0\0\0"),
    date("in a month 13", b"2027-13-08T12:00:00+00:00"),
    date("on the thirtieth of February", b"2027-02-30T12:00:00+00:00"),
    date("with an offset of a day", b"2027-05-08T12:00:00+24:00"),
    date("with a small t", b"2027-05-08t12:00:00+00:00"),
    date("with a blank for the T", b"2027-05-08 12:00:00+00:00"),
    date("with bytes that are no text", b"\xff" * 25),
    date("of zeros", bytes(25)),
    # blocks of other messages, in a message that is signed with them
    Wrong("the blocks of a KDM for another playlist", "KDM-110", "kdm.md 12", as_other_kdm(
        lambda w: {"blocks": lambda b: [replace(one, cpl_id=uuid.UUID(int=99)) for one in b]})),
    Wrong("the blocks of a KDM for another window", "KDM-109", "kdm.md 12", as_other_kdm(with_window)),
    Wrong("the blocks of a KDM of another signer", "KDM-108", "kdm.md 12", as_other_kdm(
        lambda w: {"blocks": lambda b: [replace(one, signer_thumbprint=STRANGER) for one in b]})),
    Wrong("the blocks of a KDM with other keys", "KDM-111", "kdm.md 12", as_other_kdm(
        lambda w: {"blocks": lambda b: [replace(one, key_id=uuid.UUID(int=place))
                                        for place, one in enumerate(b)]})),
    Wrong("the blocks of a KDM with fewer keys", "KDM-111", "kdm.md 12", as_other_kdm(
        lambda w: {"blocks": lambda b: b[:2]})),
]  # fmt: skip


def stripped(certificate: Certificate) -> bytes:
    """The thumbprint as some read it: without tag and length, here of four bytes, of TBSCertificate."""
    assert certificate.fields.tbs[:2] == b"\x30\x82"
    return hashlib.sha1(certificate.fields.tbs[4:]).digest()


def fingerprint(der: bytes) -> bytes:
    """What `openssl x509 -fingerprint` shows: the digest of the whole certificate, none of the field's."""
    return hashlib.sha1(der).digest()


def listed(change: Callable[[tuple[TypedKeyId, ...]], tuple[TypedKeyId, ...]]) -> dict[str, Any]:
    return {"message": lambda m: replace(m, key_id_list=change(m.key_id_list))}


def of_type(kind: str, scope: str | None = None) -> Callable[[World], dict[str, Any]]:
    """The first key under another type, in the list and in its block."""
    return lambda w: retyped(kind, "MDAK", "MDSK")


KEY_LISTS = [
    Wrong("257 keys", "KDM-114", "DCSS 9.7.7", own(many_keys(257))),
    Wrong("257 blocks", "KDM-114", "DCSS 9.7.7", own({"sealed": lambda v: v[:1] * 257})),
    Wrong("257 key ids", "KDM-114", "DCSS 9.7.7", own(listed(lambda keys: (
        *keys, TypedKeyId("MDIK", tuple(uuid.UUID(int=1000 + n) for n in range(254))))))),
    Wrong("4,097 blocks", "KDM-114", "DCSS 9.7.7", own(part(
        "  </AuthenticatedPrivate>",
        "<enc:EncryptedKey ></enc:EncryptedKey>" * 4097 + "</AuthenticatedPrivate>", name="private"))),
    Wrong("4,097 types", "KDM-114", "DCSS 9.7.7", own(part(
        "        </KeyIdList>", "<TypedKeyId></TypedKeyId>" * 4097 + "</KeyIdList>"))),
    Wrong("a key listed twice", "KDM-111", KEYS, own(listed(lambda keys: (*keys, keys[0])))),
    Wrong("a key listed twice under one type", "KDM-111", KEYS, own(listed(lambda keys: (
        replace(keys[0], key_ids=keys[0].key_ids * 2), *keys[1:])))),
    Wrong("a key listed under two types", "KDM-111", KEYS, own(listed(lambda keys: (
        *keys, TypedKeyId("FMIK", keys[0].key_ids))))),
    Wrong("a key listed twice and enclosed twice", "KDM-111", KEYS, own({
        **listed(lambda keys: (*keys, keys[0])), "blocks": lambda b: [*b, b[0]]})),
    Wrong("a key enclosed and not listed", "KDM-111", KEYS, own(first_block(key_id=uuid.UUID(int=99)))),
    Wrong("a key enclosed beside those listed", "KDM-111", KEYS, own({"blocks": lambda b: [
        *b, replace(b[0], key_id=uuid.UUID(int=99))]})),
    Wrong("a key enclosed twice, another not", "KDM-111", KEYS, own({"blocks": lambda b: [b[1], *b[1:]]})),
    Wrong("a key enclosed once more", "KDM-111", KEYS, own({"blocks": lambda b: [*b, b[0]]})),
    Wrong("a key listed and not enclosed", "KDM-111", KEYS, own({"blocks": lambda b: b[1:]})),
    Wrong("keys listed and none enclosed", "KDM-111", KEYS, own({"blocks": lambda b: []})),
    Wrong("a key id in the order turned round", "KDM-111", KEYS, own({"blocks": lambda b: [
        replace(b[0], key_id=uuid.UUID(bytes=b[0].key_id.bytes[::-1])), *b[1:]]})),
    Wrong("types of block and list differ", "KDM-112", "CTP A.6.67", own(first_block(key_type="MDSK"))),
    Wrong("types of two blocks changed about", "KDM-112", "CTP A.6.67", own({"blocks": lambda b: [
        replace(b[0], key_type=b[1].key_type), replace(b[1], key_type=b[0].key_type), b[2]]})),
    Wrong("no type in a block", "KDM-112", "CTP A.6.67", own(at_place(52, bytes(4)))),
    Wrong("a type in small letters in a block", "KDM-112", "CTP A.6.67", own(at_place(52, b"mdik"))),
    Wrong("a type of bytes that are no text", "KDM-112", "CTP A.6.67",
          own(at_place(52, b"\xff\xfe\xfd\xfc"))),
    Wrong("a type of three letters and a blank", "KDM-112", "CTP A.6.67", own(at_place(52, b"MDI "))),
    Wrong("a picture key as a sound key", "KDM-112", "kdm.md 14", of_type("MDAK")),
    Wrong("a picture key as a subtitle key", "KDM-112", "kdm.md 14", of_type("MDSK")),
    Wrong("a picture key as a forensic key", "KDM-112", "kdm.md 14", of_type("FMIK")),
    Wrong("a picture key as a key of auxiliary data", "KDM-112", "kdm.md 14", of_type("MDX1")),
    Wrong("a picture key of an unknown type", "KDM-112", "kdm.md 14", of_type("MDZZ")),
    Wrong("picture and sound keys changed about", "KDM-112", "kdm.md 14",
          own(retyped("MDAK", "MDIK", "MDSK"))),
]  # fmt: skip
