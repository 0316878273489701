"""Signatures: what was changed after signing, and what was signed but is not what is read.

Rows with `wrapped` keep what was signed somewhere in the document: a reader that looks for it by its Id alone
takes the signature for good, and reads something else.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable

from forgery.messages import (
    NON_CRITICAL,
    World,
    Wrong,
    anew,
    document,
    part,
    private_of,
    public_of,
    signature_of,
    stranger,
    swap,
)
from forgery.resigning import (
    DS,
    RSA_SHA256,
    SHA256,
    encoded,
    resigned,
    signed_info_value,
    value_of,
    valued,
)

from kdm.signing import MessageSigner

EDIT = "CTP A.6.49"
WRAP = "sheet 4.2, duplicate Id and wrapping"
REFERENCE = "kdm.md 4"
VALUE = "kdm.md 5"
PUBLIC, PRIVATE = "ID_AuthenticatedPublic", "ID_AuthenticatedPrivate"

Change = Callable[[str], str]


def after(name: str, step: str, change: Change, source: str = EDIT, *, wrapped: bool = False,
          also: tuple[str, ...] = ()) -> Wrong:  # fmt: skip
    """The document changed after it was signed."""
    return Wrong(name, step, source, lambda w: {"document": change}, wrapped=wrapped, also=also)


def signed(name: str, change: Change, source: str = REFERENCE, step: str = "KDM-101") -> Wrong:
    """Changed, and signed anew over whatever its references name."""
    return Wrong(name, step, source, anew(change))


# --- wrapping -----


def forged_public(text: str) -> str:
    """The public part as an attacker wants it: another end of the window."""
    return public_of(text).replace("2027-05-08T12", "2037-05-08T12")


def forged_private(text: str) -> str:
    """The private part with two blocks changed about."""
    old = private_of(text)
    values = re.findall(r"<enc:CipherValue>([^<]*)<", old)
    return old.replace(values[0], "\0").replace(values[1], values[0]).replace("\0", values[1])


def wrap(*, forge: Change = forged_public, original: Change = public_of, place: str, where: str) -> Change:
    """The signed part replaced by a forged one and kept: `where` is a text with it in place of %s."""

    def change(text: str) -> str:
        kept, new = original(text), forge(text)
        text = text.replace(kept, new, 1)
        assert place in text, place
        head, _, tail = text.rpartition(place) if place.startswith("</") else text.partition(place)
        return head + where.replace("%s", kept) + tail

    return change


def object_at_the_end(text: str) -> str:
    return f"<ds:Object>{text}</ds:Object></ds:Signature>"


OBJECT = object_at_the_end("%s")
IN_EXTENSIONS = "<NonCriticalExtensions>%s</NonCriticalExtensions>"


def renamed(forge: Change, old: str, new: str) -> Change:
    return lambda text: forge(text).replace(old, new, 1)


def moved(before: str) -> Change:
    """The Signature somewhere else."""

    def change(text: str) -> str:
        signature = signature_of(text)
        return text.replace(signature, "").replace(before, signature + before, 1)

    return change


ID = f' Id="{PUBLIC}"'

WRAPPING = [
    after("the signed part in an Object, a forged one in its place", "KDM-101",
          wrap(place="</ds:Signature>", where=OBJECT), WRAP, wrapped=True),
    after("the signed part in the private part", "KDM-001",
          wrap(place="</AuthenticatedPrivate>", where="%s</AuthenticatedPrivate>"), WRAP),
    after("the signed part before the private part", "KDM-001",
          wrap(place="<AuthenticatedPrivate", where="%s<AuthenticatedPrivate"), WRAP, wrapped=True),
    after("the signed part behind the signature", "KDM-001",
          wrap(place="</DCinemaSecurityMessage>", where="%s</DCinemaSecurityMessage>"), WRAP, wrapped=True),
    after("the signed part before the forged one", "KDM-001", lambda text: text.replace(
        public_of(text), public_of(text) + forged_public(text)), WRAP, wrapped=True),
    after("the signed part in the forged one's extensions", "KDM-101",
          wrap(place=NON_CRITICAL, where=IN_EXTENSIONS), WRAP, wrapped=True),
    after("the signed part in the KeyInfo", "KDM-101",
          wrap(place="</ds:KeyInfo>", where="%s</ds:KeyInfo>"), WRAP, wrapped=True),
    after("the signed part in a second Signature", "KDM-001", wrap(
        place="</DCinemaSecurityMessage>",
        where="<ds:Signature><ds:Object>%s</ds:Object></ds:Signature></DCinemaSecurityMessage>"),
        WRAP, wrapped=True),
    after("the signed part in the forged extensions, which have another Id", "KDM-101", wrap(
        forge=renamed(forged_public, PUBLIC, "ID_authenticatedPublic"), place=NON_CRITICAL,
        where=IN_EXTENSIONS), WRAP, wrapped=True),
    after("the signed part in an Object, a forged one of another Id", "KDM-101", wrap(
        forge=renamed(forged_public, PUBLIC, "ID_Other"), place="</ds:Signature>", where=OBJECT),
        WRAP, wrapped=True),
    after("the signed part in an Object, a forged one without an Id", "KDM-001", wrap(
        forge=renamed(forged_public, ID, ""), place="</ds:Signature>", where=OBJECT), WRAP, wrapped=True),
    after("the signed part in an Object, a forged one with a blank in its Id", "KDM-101", wrap(
        forge=renamed(forged_public, f'"{PUBLIC}"', f'" {PUBLIC}"'), place="</ds:Signature>", where=OBJECT),
        WRAP, wrapped=True),
    after("the forged one's Id in small letters", "KDM-001", wrap(
        forge=renamed(forged_public, " Id=", " id="), place="</ds:Signature>", where=OBJECT),
        WRAP, wrapped=True),
    after("the forged one's Id in capitals", "KDM-001", wrap(
        forge=renamed(forged_public, " Id=", " ID="), place="</ds:Signature>", where=OBJECT),
        WRAP, wrapped=True),
    after("the forged one's Id of the XML namespace", "KDM-001", wrap(
        forge=renamed(forged_public, " Id=", " xml:id="), place="</ds:Signature>", where=OBJECT),
        WRAP, wrapped=True),
    after("the forged one's Id under a prefix", "KDM-001", wrap(
        forge=renamed(forged_public, " Id=", " ds:Id="), place="</ds:Signature>", where=OBJECT),
        WRAP, wrapped=True),
    after("the kept part's Id of the XML namespace", "KDM-101", lambda text: wrap(
        place="</ds:Signature>",
        where=object_at_the_end(public_of(text).replace(" Id=", " xml:id=", 1)))(text), WRAP),
    after("the private part in an Object, a forged one in its place", "KDM-101", wrap(
        forge=forged_private, original=private_of, place="</ds:Signature>", where=OBJECT),
        WRAP, wrapped=True),
    after("the private part in an Object, a forged one of another Id", "KDM-101", wrap(
        forge=renamed(forged_private, PRIVATE, "ID_Other"), original=private_of, place="</ds:Signature>",
        where=OBJECT), WRAP, wrapped=True),
    after("the private part before a forged one", "KDM-001", lambda text: text.replace(
        private_of(text), private_of(text) + forged_private(text)), WRAP, wrapped=True),
    after("both parts in one more element", "KDM-001", lambda text: text.replace(
        public_of(text), f"<Parts>{public_of(text)}").replace(
        private_of(text), f"{private_of(text)}</Parts>"), WRAP, wrapped=True),
    after("the whole signed message in a forged one's extensions", "KDM-101", lambda text: whole_inside(text),
          WRAP, wrapped=True),
    after("the Signature before the parts", "KDM-001", moved("<AuthenticatedPublic"), WRAP, wrapped=True),
    after("the Signature between the parts", "KDM-001", moved("<AuthenticatedPrivate"), WRAP, wrapped=True),
    after("the Signature in the private part", "KDM-001", moved("</AuthenticatedPrivate"), WRAP),
    after("the Signature in the extensions", "KDM-101", moved("</NonCriticalExtensions"), WRAP),
    after("the Signature twice", "KDM-001", lambda text: text.replace(
        signature_of(text), signature_of(text) * 2), WRAP, wrapped=True),
    after("a Signature in the Signature", "KDM-101", lambda text: text.replace(
        "</ds:Signature>", object_at_the_end(signature_of(text))), WRAP, wrapped=True),
    Wrong("a stranger's Signature behind the good one", "KDM-001", WRAP,
          lambda w: {"document": lambda text: text.replace(
              "</DCinema", signature_of(w.forge(**strangers()).decode()) + "</DCinema")}, wrapped=True),
    Wrong("a Signature in the signed extensions", "KDM-101", "sheet 6.7-3", lambda w: part(
        NON_CRITICAL, NON_CRITICAL.replace("><", "><ds:Signature></ds:Signature><"))),
    Wrong("an Id of the private part in the signed extensions", "KDM-101", WRAP, lambda w: part(
        NON_CRITICAL, NON_CRITICAL.replace("><", f'><x xmlns="urn:x" Id="{PRIVATE}"></x><')), wrapped=True),
    Wrong("an Id of the XML namespace in the signed extensions", "KDM-101", WRAP, lambda w: part(
        NON_CRITICAL, NON_CRITICAL.replace("><", f'><x xmlns="urn:x" xml:id="{PUBLIC}"></x><')),
        wrapped=True),
    Wrong("a public part of an Id that no reference names", "KDM-101", REFERENCE, lambda w: part(
        f'Id="{PUBLIC}"', 'Id="ID_Other"')),
    Wrong("a private part of an Id that no reference names", "KDM-101", REFERENCE, lambda w: part(
        f'Id="{PRIVATE}"', 'Id="ID_Other"', name="private")),
    Wrong("a private part without an Id", "KDM-101", REFERENCE, lambda w: part(
        f' Id="{PRIVATE}"', "", name="private")),
    after("the Id of the public part on a key", "KDM-101", swap(
        "<enc:EncryptedKey ", f'<enc:EncryptedKey Id="{PUBLIC}" ', 1), WRAP),
]  # fmt: skip


def strangers() -> dict[str, object]:
    return {"signer": MessageSigner.of(stranger().signer)}


def whole_inside(text: str) -> str:
    """A forged message without a signature of its own around the signed one."""
    start = text.index("<DCinemaSecurityMessage")
    outer = text.replace(public_of(text), forged_public(text)).replace(signature_of(text), "")
    return outer.replace(NON_CRITICAL, NON_CRITICAL.replace("><", f">{text[start:]}<"), 1)


# --- references -----

REFERENCE_OF = re.compile(r"\s*<ds:Reference URI=.*?</ds:Reference>", re.DOTALL)


def references(change: Callable[[list[str]], list[str]]) -> Change:
    def edit(text: str) -> str:
        found = REFERENCE_OF.findall(text)
        assert len(found) == 2
        return text.replace("".join(found), "".join(change(found)))

    return edit


def uri(new: str, of: str = PUBLIC) -> Change:
    return swap(f'URI="#{of}"', f'URI="{new}"')


def transforms(*algorithms: str) -> Change:
    inner = "".join(f'<ds:Transform Algorithm="{one}"></ds:Transform>' for one in algorithms)
    return swap(f'URI="#{PUBLIC}">', f'URI="#{PUBLIC}"><ds:Transforms>{inner}</ds:Transforms>')


XPATH = (
    '<ds:Transforms><ds:Transform Algorithm="http://www.w3.org/TR/1999/REC-xpath-19991116">'
    "<ds:XPath>not(self::KeyIdList)</ds:XPath></ds:Transform></ds:Transforms>"
)

REFERENCES = [
    signed("no reference", references(lambda found: [])),
    signed("a reference to the public part alone", references(lambda found: found[:1])),
    signed("a reference to the private part alone", references(lambda found: found[1:])),
    signed("two references to the public part", uri(f"#{PUBLIC}", PRIVATE)),
    signed("a third reference, to the public part", references(lambda found: [*found, found[0]])),
    signed("a third reference, to something else", references(
        lambda found: [*found, found[0].replace(PUBLIC, "ID_Other")])),
    signed("a reference to the whole document", uri("")),
    signed("a reference by another Id", uri("#ID_Other")),
    signed("a reference without its hash", uri(PUBLIC)),
    signed("a reference in escapes", uri("#ID%5FAuthenticatedPublic")),
    signed("a reference by XPointer", uri(f"#xpointer(id('{PUBLIC}'))")),
    signed("a reference to all, by XPointer", uri("#xpointer(/)")),
    signed("a reference to a file", uri("file:///etc/passwd")),
    signed("a reference to elsewhere", uri("http://127.0.0.1:9/kdm.xml")),
    signed("a reference without a URI", swap(f' URI="#{PUBLIC}"', "")),
    signed("a reference with a Type", swap(f'URI="#{PUBLIC}"', f'Type="{DS}Object" URI="#{PUBLIC}"')),
    signed("a reference with no transform in its list", transforms()),
    signed("a transform that takes the signature out", transforms(DS + "enveloped-signature")),
    signed("a transform to the canonical form", transforms(
        "http://www.w3.org/TR/2001/REC-xml-c14n-20010315")),
    signed("a transform out of base64", transforms(DS + "base64")),
    signed("a transform by style sheet", transforms("http://www.w3.org/TR/1999/REC-xslt-19991116")),
    signed("a transform by XPath that leaves the keys out", swap(
        f'URI="#{PUBLIC}">', f'URI="#{PUBLIC}">{XPATH}')),
    signed("the references in a Manifest", lambda text: manifest(text)),
    signed("an Object beside them", swap("</ds:Signature>", "<ds:Object></ds:Object></ds:Signature>")),
    signed("properties of the signature beside them", swap("</ds:Signature>", object_at_the_end(
        "<ds:SignatureProperties></ds:SignatureProperties>"))),
    signed("text in SignedInfo", swap("<ds:SignedInfo>", "<ds:SignedInfo>text")),
    signed("a blank of another alphabet in SignedInfo", swap("<ds:SignedInfo>", "<ds:SignedInfo>\u3000")),
    signed("an element too many in SignedInfo", swap(
        "</ds:SignedInfo>", '<x xmlns="urn:x"></x></ds:SignedInfo>')),
    signed("SignedInfo twice", lambda text: re.sub(
        r"<ds:SignedInfo>.*?</ds:SignedInfo>", lambda found: found[0] * 2, text, flags=re.DOTALL)),
    signed("SignatureValue twice", lambda text: re.sub(
        r"<ds:SignatureValue>.*?</ds:SignatureValue>", lambda found: found[0] * 2, text, flags=re.DOTALL)),
    signed("SignatureValue before SignedInfo", lambda text: value_first(text)),
    after("an element in a digest", "KDM-101", swap(
        "<ds:DigestValue>", '<ds:DigestValue><x xmlns="urn:x"></x>', 1), REFERENCE),
]  # fmt: skip


def manifest(text: str) -> str:
    """SignedInfo names a Manifest, which names the parts: validating its references is up to the reader."""
    found = REFERENCE_OF.findall(text)
    inner = f'<ds:Manifest Id="ID_Manifest">{"".join(found)}</ds:Manifest>'
    outer = found[0].replace(f"#{PUBLIC}", "#ID_Manifest").replace("URI=", f'Type="{DS}Manifest" URI=')
    text = text.replace("".join(found), outer)
    return text.replace("</ds:Signature>", object_at_the_end(inner))


def value_first(text: str) -> str:
    value = re.search(r"\s*<ds:SignatureValue>.*?</ds:SignatureValue>", text, re.DOTALL)
    assert value
    return text.replace(value[0], "").replace("<ds:SignedInfo>", f"{value[0]}<ds:SignedInfo>")


# --- values -----


def digest(change: Callable[[str], str]) -> Callable[[World], bytes]:
    """The digest of the public part written otherwise, and the value made anew over that."""

    def make(world: World) -> bytes:
        text = re.sub(r"(<ds:DigestValue>)([^<]*)", lambda found: found[1] + change(found[2]),
                      world.forge().decode(), count=1)  # fmt: skip
        return valued(text, signed_info_value(text, world.lab.private_key)).encode()

    return make


def value(change: Callable[[bytes, World], bytes | str]) -> Callable[[World], bytes]:
    def make(world: World) -> bytes:
        text = world.forge().decode()
        return valued(text, change(value_of(text), world)).encode()

    return make


def plus_modulus(given: bytes, world: World) -> bytes:
    """The same number for who computes modulo n: one byte longer, or as long where that is enough."""
    number = int.from_bytes(given, "big") + world.lab.leaf.rsa_public_key().public_numbers().n
    return number.to_bytes((number.bit_length() + 7) // 8, "big")


def stray_bits(text: str) -> str:
    """The last digit before the padding with a bit more, which decodes to the same bytes."""
    bare = text.rstrip("=")
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    return bare[:-1] + alphabet[alphabet.index(bare[-1]) + 1] + "=" * (len(text) - len(bare))


def url_safe(text: str) -> str:
    changed = text.replace("+", "-").replace("/", "_")
    assert changed != text
    return changed


def bytes_too_many(text: str) -> str:
    return encoded(base64.b64decode(text) + b"\0")


VALUES = [
    after("the title changed", "KDM-101", swap("Titel", "Title")),
    after("the window stretched", "KDM-101", swap("2027-05-08T12", "2027-05-28T12")),
    after("a blank more", "KDM-101", swap("<Signer>", "<Signer> ")),
    after("an instruction added", "KDM-101", swap("<KeyIdList>", "<?p i?><KeyIdList>")),
    after("a namespace declared on the root", "KDM-101", swap(
        "<DCinemaSecurityMessage ", '<DCinemaSecurityMessage xmlns:x="urn:x" ')),
    after("a language given to the whole message", "KDM-101", swap(
        "<DCinemaSecurityMessage ", '<DCinemaSecurityMessage xml:lang="en" ')),
    after("an attribute on the root", "KDM-001", swap(
        "<DCinemaSecurityMessage ", '<DCinemaSecurityMessage a="b" ')),
    after("text beside the parts", "KDM-001", swap("  <AuthenticatedPrivate", "text<AuthenticatedPrivate")),
    after("base64 with a blank inside", "KDM-101", lambda text: re.sub(
        r"(<enc:CipherValue>.{10})", r"\1 ", text, count=1)),
    after("base64 with its lines joined", "KDM-101", lambda text: text.replace(
        private_of(text), re.sub(r"(?<=[A-Za-z0-9+/])\n(?=[A-Za-z0-9+/=])", "", private_of(text)))),
    Wrong("the private part of another message", "KDM-101", EDIT, lambda w: {"document": lambda text: (
        text.replace(private_of(text), private_of(w.forge(recipient=w.other).decode())))}),
    Wrong("the public part of another message", "KDM-101", EDIT, lambda w: {"document": lambda text: (
        text.replace(public_of(text), public_of(w.forge(public=swap("Titel", "Anders")).decode())))}),
    Wrong("the Signature of another message", "KDM-101", EDIT, lambda w: {"document": lambda text: (
        text.replace(signature_of(text), signature_of(w.forge(public=swap("Titel", "Title")).decode())))}),
    after("two encrypted keys changed about", "KDM-101", lambda text: text.replace(
        private_of(text), forged_private(text))),
    after("no Signature", "KDM-101", lambda text: text.replace(signature_of(text), "")),
    after("an empty Signature", "KDM-101", lambda text: text.replace(
        signature_of(text), "<ds:Signature></ds:Signature>")),
    # digests
    *(Wrong(f"a digest {what}", "KDM-101", VALUE, digest(change)) for what, change in (
        ("of other bytes", lambda text: encoded(b"x" * 32)),
        ("of zeros", lambda text: encoded(bytes(32))),
        ("with a byte too many", bytes_too_many),
        ("with a byte too few", lambda text: encoded(b"x" * 31)),
        ("that is empty", lambda text: ""),
        ("without its padding", lambda text: text.rstrip("=")),
        ("with padding too much", lambda text: text + "="),
        ("with stray bits at its end", stray_bits),
        ("in hexadecimal", lambda text: "00" * 32),
        ("after a blank of another alphabet", lambda text: "\u00a0" + text),
    )),
    # values
    *(Wrong(f"a signature value {what}", "KDM-101", VALUE, value(change)) for what, change in (
        ("of other bytes", lambda given, w: b"x" * 256),
        ("of zeros", lambda given, w: bytes(256)),
        ("of ones", lambda given, w: bytes(255) + b"\1"),
        ("that is empty", lambda given, w: ""),
        ("that is short", lambda given, w: given[:-1]),
        ("that is three bytes", lambda given, w: "AAAA"),
        ("with a zero byte before it", lambda given, w: b"\0" + given),
        ("with a byte after it", lambda given, w: given + b"\0"),
        ("with the modulus added", plus_modulus),
        ("turned round", lambda given, w: given[::-1]),
        ("of the modulus less itself", lambda given, w: (
            w.lab.leaf.rsa_public_key().public_numbers().n - int.from_bytes(given, "big")
        ).to_bytes(256, "big")),
        ("without its padding", lambda given, w: encoded(given).rstrip("=")),
        ("with stray bits at its end", lambda given, w: stray_bits(encoded(given))),
        ("in the alphabet of addresses", lambda given, w: url_safe(encoded(given))),
        ("in hexadecimal", lambda given, w: given.hex()),
        ("with a star in it", lambda given, w: "*" + encoded(given)),
        ("with a blank of another alphabet", lambda given, w: "\u2003" + encoded(given)),
        ("twice", lambda given, w: encoded(given) * 2),
    )),
    Wrong("a signature value by another key", "KDM-101", VALUE, lambda w: resigned(
        w.forge().decode(), w.hall.private_key).encode()),
    Wrong("signed by the intermediate's key", "KDM-101", VALUE, lambda w: resigned(
        w.forge().decode(), w.lab.private_keys[1]).encode()),
    Wrong("a comment in the digest's algorithm, after signing", "KDM-101", EDIT, lambda w: document(
        f'"{RSA_SHA256}">', f'"{RSA_SHA256}"><!-- -->')),
    Wrong("a digest's algorithm named twice", "KDM-101", REFERENCE, anew(swap(
        f'<ds:DigestMethod Algorithm="{SHA256}"></ds:DigestMethod>',
        f'<ds:DigestMethod Algorithm="{SHA256}"></ds:DigestMethod>' * 2, 1))),
]  # fmt: skip
