"""KDMs that are unusual and right: what the schemas leave free, and what messages of the field look like."""

from __future__ import annotations

import base64
import re
import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from forgery.chains.legal import longer, two
from forgery.kdm.playlists import DCI, OLDER
from forgery.kdm.signers import bench_of, entries, signed_under
from forgery.kdm.window import hall_leaf
from forgery.messages import (
    NON_CRITICAL,
    STRANGER,
    Legal,
    World,
    anew,
    at,
    content,
    devices,
    document,
    general,
    issuer_serial,
    key_info,
    message,
    named_in_keys,
    part,
    private,
    recipient,
    retyped,
    signature_of,
    signed_by,
    stranger,
    swap,
    window,
    without,
)
from forgery.resigning import DS, encoded, value_of, valued

from dcp.documents.cpl_reading import parse_cpl
from dcp.trust.deny import deny_certificates
from kdm.composition import DOLBY_SCOPE
from kdm.formulation import ASSUME_TRUST
from kdm.message import MESSAGE_TYPE, TypedKeyId
from kdm.signing import MessageSigner

SEEN = "kdm.md, element order"
FREE = "sheet 6.1"
XML = "sheet 4.2"
FORMULATION = "ISDCF Doc 5"
PICTURE = "http://www.smpte-ra.org/430-1/2006/KDM#mrkflg-picture-disable"
AUDIO = "http://www.smpte-ra.org/430-1/2006/KDM#mrkflg-audio-disable"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
SCOPE = f' scope="{MESSAGE_TYPE}"'


def own(changes: dict[str, Any]) -> Any:
    return lambda world: changes


def no_playlist(world: World) -> dict[str, Any]:
    return {"cpl": None}


def attached(world: World) -> dict[str, Any]:
    return {"devices": (world.projector.leaf,)}


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
    ds = f' xmlns:ds="{DS}"'
    return text.replace("<Signer>", f"<Signer{ds}>").replace("<X509IssuerSerial>", f"<X509IssuerSerial{ds}>")


def reversed_name(name: str) -> str:
    return ",".join(reversed(name.split(",")))


def no_blanks(text: str) -> str:
    return re.sub(r">\s+<", "><", text)


def cipher_lines(width: int, end: str = "\n") -> dict[str, Any]:
    """The base64 of the encrypted keys in lines of that width, signed so."""

    def change(text: str) -> str:
        return re.sub(
            r"(<enc:CipherValue>)([^<]*)",
            lambda found: found[1] + end.join(re.findall(f".{{1,{width}}}", found[2].replace("\n", ""))),
            text,
        )

    return {"private": change}


def short_value(world: World) -> bytes:
    """A message whose signature value begins with a zero byte: written whole, as it has to be."""
    for number in range(4096):
        data = bytes(world.forge(message=lambda m, n=number: replace(m, message_id=uuid.UUID(int=n))))
        if value_of(data.decode())[0] == 0:
            return data
    raise AssertionError("no signature value of 4,096 begins with a zero byte")


def turned(text: str) -> str:
    return entries(lambda found: found[::-1])(text)


def references_turned(text: str) -> str:
    found = re.findall(r"\s*<ds:Reference URI=.*?</ds:Reference>", text, re.DOTALL)
    return text.replace("".join(found), "".join(reversed(found)))


def grouped(world: World) -> dict[str, Any]:
    """All keys under one type."""
    return {
        **retyped("MDIK", "MDIK", "MDIK"),
        "message": lambda m: replace(
            m, key_id_list=(TypedKeyId("MDIK", tuple(key for _, _, key in m.keys)),)),
    }  # fmt: skip


def typed(kind: str, scope: str = MESSAGE_TYPE) -> Callable[[World], dict[str, Any]]:
    """The first key of that type and scope; what it opens is not judged without a playlist."""
    return lambda w: {
        **retyped(kind, "MDAK", "MDSK"),
        "message": lambda m: replace(
            m, key_id_list=(TypedKeyId(kind, m.key_id_list[0].key_ids, scope), *m.key_id_list[1:])),
    }  # fmt: skip


def keys_of_number(count: int) -> Callable[[World], dict[str, Any]]:
    """That many keys, each with its block."""
    numbers = [uuid.UUID(int=0x1000 + place) for place in range(count)]
    return lambda w: {
        "message": lambda m: replace(m, key_id_list=(TypedKeyId("MDIK", tuple(numbers)),)),
        "blocks": lambda b: [replace(b[0], key_id=number) for number in numbers],
    }


def utf8(changed: str) -> Callable[[World], bytes]:
    return anew(swap("Titel", changed))


XML_FORMS = [
    Legal("every element under a prefix", XML, general(prefixed)),
    Legal("namespaces declared where they are used", SEEN, general(local_namespaces)),
    Legal("the signature under another prefix", XML, anew(lambda text: re.sub(
        r"(</?)ds:", r"\1dsig:", text).replace("xmlns:ds=", "xmlns:dsig="))),
    Legal("the signature under no prefix", XML, anew(lambda text: text.replace(
        signature_of(text), signature_of(text).replace("<ds:Signature>", f'<Signature xmlns="{DS}">')
        .replace("<ds:", "<").replace("</ds:", "</")))),
    Legal("where the schema is", XML, general(swap(
        "<DCinemaSecurityMessage",
        f'<DCinemaSecurityMessage xmlns:xsi="{XSI}" xsi:schemaLocation="a b"', 1))),
    Legal("a namespace that nothing uses", XML, general(swap(
        "<DCinemaSecurityMessage", '<DCinemaSecurityMessage xmlns:x="urn:x"', 1))),
    Legal("comments between elements", SEEN, own(document("<KeyIdList>", "<!-- c --><KeyIdList>"))),
    Legal("comments beside the parts", SEEN, own(document(
        "<AuthenticatedPrivate", "<!-- c --><AuthenticatedPrivate"))),
    Legal("a comment inside a text", XML, own(document("Titel", "Ti<!-- -->tel"))),
    Legal("a comment inside a key's base64", XML, own({"document": lambda text: re.sub(
        r"(<enc:CipherValue>.{8})", r"\1<!-- -->", text)})),
    Legal("comments before and after the message", XML, own({"document": lambda text: text.replace(
        "<DCinema", "<!-- before --><DCinema", 1) + "<!-- after -->"})),
    Legal("comments in the KeyInfo", XML, own(document("<ds:KeyInfo>", "<ds:KeyInfo><!-- c -->"))),
    Legal("a comment in SignedInfo, signed", XML, anew(swap("<ds:SignedInfo>", "<ds:SignedInfo><!-- c -->"))),
    Legal("instructions in the signed part, signed", XML, anew(swap("<KeyIdList>", "<?p i?><KeyIdList>"))),
    Legal("instructions beside the parts", XML, own(document(
        "<AuthenticatedPrivate", "<?p i?><AuthenticatedPrivate"))),
    Legal("CDATA and references to characters", XML, own(document(
        "Titel &amp;", "<![CDATA[Tit]]>&#101;l &#38;"))),
    Legal("a reference to a line end", XML, anew(swap("Titel", "Ti&#10;tel")), warns=("KDM-117",)),
    Legal("lines ended by CR LF", XML, own(document("\n", "\r\n"))),
    Legal("lines ended by CR", XML, own(document("\n", "\r"))),
    Legal("no blanks between elements", XML, anew(no_blanks)),
    Legal("blanks in the tags", XML, own({"document": lambda text: re.sub(
        r"<(/?[A-Za-z:]+)>", r"<\1 >", text)})),
    Legal("attributes in single quotes", XML, own(document('"', "'"))),
    Legal("no XML declaration", XML, own(document('<?xml version="1.0" encoding="UTF-8"?>\n', ""))),
    Legal("an XML declaration without an encoding", XML, own(document(' encoding="UTF-8"', ""))),
    Legal("an encoding in small letters", XML, own(document('encoding="UTF-8"', 'encoding="utf-8"'))),
    Legal("a document that stands alone", XML, own(document("?>", ' standalone="yes"?>', count=1))),
    Legal("a version of XML after 1.0", "XML 1.0, fifth edition, 2.8", own(document(
        'version="1.0"', 'version="1.1"'))),
    Legal("a byte order mark", XML, own(document("<?xml", "\ufeff<?xml"))),
    Legal("an empty element closed at once", SEEN, own(document(NON_CRITICAL, "<NonCriticalExtensions />"))),
    Legal("extensions that hold a comment", SEEN, own(document(
        NON_CRITICAL, "<NonCriticalExtensions><!-- none --></NonCriticalExtensions>"))),
    Legal("blanks around ids and dates", "whiteSpace of xs:anyURI and xs:dateTime", own({
        "public": lambda text: text.replace("<KeyId>", "<KeyId>\n  ").replace(
            "</ContentKeysNotValidAfter>", " \t</ContentKeysNotValidAfter>")})),
    Legal("a title of other alphabets", FREE, utf8("标题 Заглавие عنوان 🎬"), warns=("KDM-117",)),
    Legal("a title that is empty", FREE, own(content("ContentTitleText", "")), warns=("KDM-117",)),
    Legal("a title with places to fill", FREE, own(content("ContentTitleText", "{0} {name} %s")),
          warns=("KDM-117",)),
    Legal("blanks around the message", XML, own({"document": lambda text: text + "\n \n"})),
]  # fmt: skip

SIGNATURES = [
    Legal("chain with the root first", "sheet 4.2", own({"document": turned})),
    Legal("references in the other order", "kdm.md 4", anew(references_turned)),
    Legal("the signature value in one line", XML, own({"document": lambda text: valued(
        text, encoded(value_of(text)))})),
    Legal("the signature value in lines of 76, with blanks", XML, own({"document": lambda text: valued(
        text, "\n      ".join(re.findall(".{1,76}", encoded(value_of(text)))) + "\n    ")})),
    Legal("certificates in one line", XML, own({"document": lambda text: re.sub(
        r"(<ds:X509Certificate>)([^<]*)", lambda found: found[1] + "".join(found[2].split()), text)})),
    Legal("a signature value that begins with a zero byte", "kdm.md 5", short_value),
    Legal("Ids on Signature, SignedInfo and KeyInfo", XML, anew(lambda text: text.replace(
        "<ds:Signature>", '<ds:Signature Id="ID_S">').replace("<ds:SignedInfo>", '<ds:SignedInfo Id="ID_I">')
        .replace("<ds:KeyInfo>", '<ds:KeyInfo Id="ID_K">'))),
    Legal("the subject beside each certificate", FREE, lambda w: {"document": entries(lambda found: [
        entry.replace("</ds:X509Certificate>", "</ds:X509Certificate>"
                      f"<ds:X509SubjectName>{one.subject}</ds:X509SubjectName>")
        for entry, one in zip(found, w.lab.chain, strict=True)])}),
    Legal("the issuer after the certificate", FREE, own({"document": entries(lambda found: [
        re.sub(r"(<ds:X509IssuerSerial>.*</ds:X509IssuerSerial>)\s*(<ds:X509Certificate>.*</ds:X509Certificate>)",
               r"\2\1", entry, flags=re.DOTALL) for entry in found])})),
    Legal("names beside the certificates turned round", "sheet 4.3", own({"document": entries(lambda found: [
        re.sub(r"(IssuerName>)([^<]*)", lambda m: m[1] + reversed_name(m[2]), entry, count=1)
        for entry in found])})),
    Legal("serial numbers with zeros before them", "xs:integer", own({"document": entries(lambda found: [
        re.sub(r"(SerialNumber>)", r"\g<1>000", entry, count=1) for entry in found])})),
    Legal("serial numbers with a plus sign", "xs:integer", own({"document": entries(lambda found: [
        re.sub(r"(SerialNumber>)", r"\g<1>+", entry, count=1) for entry in found])})),
    Legal("the signer's certificate twice", "sheet 5", own({"document": entries(
        lambda found: [*found, found[0]])}), warns=("KDM-102",)),
    Legal("a signer with other roles", FORMULATION, lambda w: signed_by(MessageSigner.of(w.other.signer)),
          lambda w: {"trust": None}, warns=("KDM-102",)),
    Legal("a signer with one more role", FORMULATION, signed_under(
        lambda b: b.with_leaf(common_name="CS SM.Lab")), warns=("KDM-102",)),
    Legal("a signer without a role", FORMULATION, signed_under(
        lambda b: b.with_leaf(common_name=".Lab.SIGNER")), warns=("KDM-102",)),
    Legal("a signer's chain of two", "certificates.md, fields", signed_under(two),
          lambda w: {"trust": two(bench_of(w))[-1:]}, warns=("KDM-102",)),
    Legal("a signer's chain of five", "certificates.md, fields", signed_under(lambda b: longer(b, 5))),
    Legal("a signer's serial number of 64 bits", "certificates.md 14", signed_under(
        lambda b: b.with_leaf(serial=2**64 - 1)), warns=("KDM-102",)),
    Legal("a root made anew with its old key", "field", signed_under(lambda b: b.with_root(serial=2))),
    Legal("trusted by the intermediate", "field", check=lambda w: {"trust": (w.lab.chain[1],)}),
    Legal("a deny list of others", "certificates.md 12", check=lambda w: {
        "revoked": deny_certificates(w.hall.chain)}),
    Legal("several trusted roots", "field", check=lambda w: {
        "trust": (w.hall.chain[-1], w.lab.chain[-1])}),
    Legal("issued the second the signer began", "CTP A.6.65", lambda w: message(
        issue_date=w.lab.leaf.not_before, issue_date_text=w.lab.leaf.not_before.isoformat())),
    Legal("the window as long as the signer", "CTP A.6.66", lambda w: window(
        w.lab.leaf.not_before, w.lab.leaf.not_after)),
]  # fmt: skip

DATES = [
    Legal("dates with Z", FREE, own(message(
        not_valid_before_text="2027-05-01T00:00:00Z", not_valid_after_text="2027-05-08T12:00:00Z"))),
    Legal("dates with other offsets than the blocks", "sheet 6.6", own(message(
        not_valid_before_text="2027-05-01T08:00:00+08:00",
        not_valid_after_text="2027-05-08T06:30:00-05:30"))),
    Legal("dates with a fraction of zero", "xs:dateTime", own(message(
        not_valid_after_text="2027-05-08T12:00:00.000Z"))),
    Legal("dates with the widest offset", "xs:dateTime", own(message(
        not_valid_after_text="2027-05-09T02:00:00+14:00"))),
    Legal("a midnight written as 24:00:00", "xs:dateTime", own({
        **message(not_valid_after_text="2027-05-07T24:00:00+00:00"),
        "blocks": lambda b: [replace(one, not_after="2027-05-08T00:00:00+00:00") for one in b]})),
    Legal("an issue date with a fraction", "xs:dateTime", own(message(
        issue_date_text="2027-05-01T12:00:00.123456789Z"))),
    Legal("blocks with other offsets than the message", "sheet 6.6", own({"blocks": lambda b: [
        replace(one, not_before="2027-05-01T02:00:00+02:00", not_after="2027-05-08T08:00:00-04:00")
        for one in b]})),
    Legal("blocks with offsets of their own", "sheet 6.6", own({"blocks": lambda b: [
        replace(b[0], not_after="2027-05-08T20:00:00+08:00"), *b[1:]]})),
    Legal("the first second of the window", "kdm.md 9", check=lambda w: {"now": at(-0.5)}),
    Legal("the last second of the window", "kdm.md 9", check=lambda w: {"now": at(7)}),
    Legal("a window of one second", "kdm.md 9", own(window(
        at(0), datetime(2027, 5, 1, 12, 0, 1, tzinfo=UTC)))),
    Legal("near future by its hours, begun by its offset", "CTP A.6.47", own(window(
        at(-0.1, zone=14), at(3)))),
    Legal("past by its hours, not ended by its offset", "CTP A.6.48", own(window(
        at(-0.5), at(0.1, zone=-12)))),
    Legal("the night when clocks go back", "sheet 6.6", own(message(
        not_valid_before_text="2027-05-01T02:00:00+02:00",
        not_valid_after_text="2027-05-08T13:00:00+01:00"))),
]  # fmt: skip

KEYS = [
    Legal("several ids under one type", "sheet 6.1", grouped, no_playlist),
    Legal("no scope on the types", SEEN, own(part(SCOPE, ""))),
    Legal("blocks in another order", "kdm.md, cipher block", own({"blocks": lambda b: b[::-1]})),
    Legal("key ids in another order", "kdm.md, recipient", own({"message": lambda m: replace(
        m, key_id_list=m.key_id_list[::-1])})),
    Legal("256 keys", "DCSS 9.7.7", keys_of_number(256), no_playlist),
    Legal("one key", "DCSS 9.7.7", keys_of_number(1), no_playlist),
    Legal("keys that the playlist does not use", "kdm.md 14", check=lambda w: {
        "cpl": w.playlist(reels=one_asset(w))}, warns=("KDM-010",)),
    Legal("Dolby Atmos under its scope", "sheet 6.3", typed("MDEK", DOLBY_SCOPE), no_playlist),
    Legal("a key of auxiliary data", "DCSS 9.4.2.7", typed("MDX1"), no_playlist),
    Legal("a reserved key of auxiliary data", "DCSS 9.4.2.7", typed("MDX2"), no_playlist),
    Legal("a forensic key of the picture", "CTP A.6", typed("FMIK"), no_playlist),
    Legal("a forensic key of the sound", "CTP A.6", typed("FMAK"), no_playlist),
    Legal("a key of an unknown type", "KDM-112", typed("MDZZ"), no_playlist, warns=("KDM-112",)),
    Legal("a key of an unknown scope", "KDM-112", typed("MDIK", "urn:x"), no_playlist, warns=("KDM-112",)),
    Legal("MDEK without its scope", "KDM-112", typed("MDEK"), no_playlist, warns=("KDM-112",)),
    Legal("blocks of the Interop form", "sheet 6.2", own({
        "plain": lambda blocks: [p[:52] + p[56:] for p in blocks]}), warns=("KDM-107",)),
    Legal("blocks of both forms", "sheet 6.2", own({
        "plain": lambda blocks: [blocks[0][:52] + blocks[0][56:], *blocks[1:]]}), warns=("KDM-107",)),
    Legal("KeyInfo that names the recipient", "CTP A.6.62", lambda w: named_in_keys(key_info(issuer_serial(
        reversed_name(w.hall.leaf.issuer), w.hall.leaf.serial)))),
    Legal("KeyInfo with the recipient's certificate", "CTP A.6.62", lambda w: named_in_keys(key_info(
        f"<ds:X509Certificate>{base64.b64encode(w.hall.leaf.der).decode()}</ds:X509Certificate>"))),
    Legal("KeyInfo in one key of three", "CTP A.6.62", lambda w: named_in_keys(key_info(issuer_serial(
        w.hall.leaf.issuer, w.hall.leaf.serial)), "")),
    Legal("KeyInfo with a key's name", FREE, own(named_in_keys(
        "<ds:KeyInfo><ds:KeyName>Hall 1</ds:KeyName></ds:KeyInfo>"))),
    Legal("Ids and names on the keys", "xenc schema", own(private(
        "<enc:EncryptedKey>", '<enc:EncryptedKey Id="k1" Recipient="Hall 1">'))),
    Legal("a carried name in a key", "xenc schema", own(private(
        "    </enc:EncryptedKey>", "<enc:CarriedKeyName>k</enc:CarriedKeyName></enc:EncryptedKey>"))),
    Legal("no digest named in the method", "xenc: SHA-1 without one", own(without(
        "DigestMethod", where="private"))),
    Legal("base64 of the keys in one line", SEEN, own(cipher_lines(400))),
    Legal("base64 of the keys in lines of 76", SEEN, own(cipher_lines(76))),
    Legal("base64 of the keys with blanks, signed so", "xs:base64Binary", own(cipher_lines(4, " "))),
    Legal("base64 of the keys with blanks around it", "xs:base64Binary", own({
        "private": lambda text: text.replace("<enc:CipherValue>", "<enc:CipherValue>\n  ").replace(
            "</enc:CipherValue>", "\n</enc:CipherValue>")})),
    Legal("ids in capitals", "UUID of the ETM schema", own(part(
        "00000000-0000-0000-0000-000000000abc", "00000000-0000-0000-0000-000000000ABC"))),
]  # fmt: skip

PEOPLE = [
    Legal("recipient's names turned round", "kdm.md, recipient", lambda w: recipient(
        issuer=reversed_name(w.hall.leaf.issuer), subject=reversed_name(w.hall.leaf.subject))),
    Legal("recipient's name escaped otherwise", "sheet 4.3", lambda w: recipient(
        subject=w.hall.leaf.subject.replace("Hall-1", "Hall\\2D1").replace("dnQ", "DNQ"))),
    Legal("recipient's name with blanks and semicolons", "RFC 2253 4", lambda w: recipient(
        subject=w.hall.leaf.subject.replace(",", " ; "))),
    Legal("recipient's name with types in numbers", "RFC 2253", lambda w: recipient(
        subject=w.hall.leaf.subject.replace("CN=", "2.5.4.3=").replace("OU=", "OID.2.5.4.11="))),
    Legal("recipient's name in quotes", "RFC 2253 4", lambda w: recipient(
        subject=re.sub(r"CN=([^,]*)", r'CN="\1"', w.hall.leaf.subject))),
    Legal("recipient's name with slashes", "sheet 4.3", lambda w: recipient(
        subject="/" + "/".join(reversed(w.hall.leaf.subject.replace("\\+", "+").split(","))))),
    Legal("recipient's serial number with zeros before it", "xs:integer", lambda w: part(
        f">{w.hall.leaf.serial}<", f">00{w.hall.leaf.serial}<")),
    Legal("recipient's serial number with a plus sign", "xs:integer", lambda w: part(
        f">{w.hall.leaf.serial}<", f">+{w.hall.leaf.serial}<")),
    Legal("the key without a certificate", "CLI", check=lambda w: {"recipient": None}),
    Legal("the window ends after the recipient's certificate", "KDM-104", check=lambda w: {
        "recipient": hall_leaf(w, window=(w.hall.leaf.not_before, at(3)))}, warns=("KDM-104",)),
    Legal("no playlist and no trusted roots", "CLI", check=lambda w: {"cpl": None, "trust": None}),
    Legal("annotation in a language", FREE, own(message(
        annotation_text="Für Saal 1", annotation_language="de"))),
    Legal("annotation that is empty", FREE, own(message(annotation_text=""))),
    Legal("a title in a language", FREE, own(message(content_title_language="de"))),
    Legal("another title", "KDM-117", own(message(content_title_text="Anders")), warns=("KDM-117",)),
    Legal("no device description", "kdm.md, recipient", own(without("DeviceListDescription"))),
    Legal("extensions that are not critical", "CTP A.6.68", own(part(
        NON_CRITICAL, NON_CRITICAL.replace("><", '><x xmlns="urn:x">1</x><')))),
    Legal("extensions with a file to include", "CTP A.6.68", own(part(NON_CRITICAL, NON_CRITICAL.replace(
        "><", '><xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="/etc/passwd"></xi:include><')))),
    # formulations and devices
    Legal("transitional 1: the recipient alone", FORMULATION, lambda w: devices(w.hall.leaf.thumbprint())),
    Legal("the recipient listed, a projector attached", FORMULATION,
          lambda w: devices(w.hall.leaf.thumbprint()), attached),
    Legal("multiple modified transitional 1", FORMULATION, lambda w: devices(
        w.hall.leaf.thumbprint(), w.projector.leaf.thumbprint()), attached),
    Legal("DCI any", FORMULATION, lambda w: message(content_authenticator=w.lab.leaf.thumbprint())),
    Legal("DCI specific", FORMULATION, lambda w: {"message": lambda m: replace(
        m, content_authenticator=w.lab.leaf.thumbprint(), authorized_device_info=replace(
            m.authorized_device_info, device_list=(w.projector.leaf.thumbprint(),)))}, attached),
    Legal("the projector listed among others", "kdm.md 15", lambda w: devices(
        STRANGER, w.projector.leaf.thumbprint()), attached),
    Legal("assume-trust beside others", "CTP A.6.52", own(devices(STRANGER, ASSUME_TRUST)),
          warns=("KDM-008",)),
    Legal("strangers listed, and nobody says what is attached", "CLI", own(devices(STRANGER)),
          warns=("KDM-130", "KDM-121")),
    Legal("a device listed twice", "kdm.md 15", lambda w: devices(*[w.hall.leaf.thumbprint()] * 2)),
    Legal("4,096 devices", "bound of the reader", lambda w: devices(
        w.hall.leaf.thumbprint(), *[n.to_bytes(20, "big") for n in range(4095)])),
    Legal("an authenticator that is the playlist's intermediate", "kdm.md 14", lambda w: message(
        content_authenticator=w.lab.chain[1].thumbprint()), warns=("KDM-120",)),
    Legal("an authenticator that is the playlist's root", "kdm.md 14", lambda w: message(
        content_authenticator=w.lab.chain[2].thumbprint()), warns=("KDM-120",)),
    Legal("a stranger's playlist that the message vouches for", "kdm.md 14", lambda w: message(
        content_authenticator=stranger().leaf.thumbprint()),
        lambda w: {"cpl": w.playlist(signer=stranger())}),
    Legal("an Interop playlist that is not signed", FORMULATION, check=lambda w: {
        "cpl": w.playlist(signed=False, standard="interop"), "trust": None}, warns=("SIG-001",)),
    # flags
    Legal("no picture mark", "sheet 6.5", own(message(forensic_mark_flag_list=(PICTURE,)))),
    Legal("no mark at all", "sheet 6.5", own(message(forensic_mark_flag_list=(PICTURE, AUDIO)))),
    Legal("a channel limit", "sheet 6.5", own(message(forensic_mark_flag_list=(DCI + "06",)))),
    Legal("a channel limit of 99", "sheet 6.5", own(message(forensic_mark_flag_list=(DCI + "99",)))),
    Legal("a channel limit that overrides another flag", "DCSS 9.4.6.1", own(message(
        forensic_mark_flag_list=(AUDIO, DCI + "12")))),
    Legal("the older form of the channel limit", "sheet 6.5", own(message(
        forensic_mark_flag_list=(OLDER + "8",)))),
    Legal("the channel limit with one digit", "sheet 6.5, as libdcp writes it", own(message(
        forensic_mark_flag_list=(DCI + "6",)))),
    Legal("a flag that nobody knows", "kdm.md 16", own(message(forensic_mark_flag_list=("urn:x",))),
          warns=("KDM-116",)),
    Legal("the same flag twice", "sheet 6.5", own(message(forensic_mark_flag_list=(PICTURE, PICTURE)))),
]  # fmt: skip


def one_asset(world: World) -> Any:
    reel = parse_cpl(world.cpl, where="cpl").reels[0]
    return (replace(reel, assets=reel.assets[:1]),)
