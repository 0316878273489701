"""Message type and algorithms: another in each place, where it can be rightly signed with that other."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Callable

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from forgery.messages import World, Wrong, anew, message, swap
from forgery.resigning import (
    C14N,
    C14N_11,
    C14N_COMMENTS,
    DS,
    EXCLUSIVE,
    RSA_SHA1,
    RSA_SHA256,
    RSA_SHA512,
    SHA1,
    SHA256,
    SHA512,
    canonical,
    valued,
)
from lxml import etree

from kdm.message import MESSAGE_TYPE

TYPE = "CTP A.6.63"
FORM = "sheet 4.1, kdm.md 4"
DIGEST = f'DigestMethod Algorithm="{SHA256}"'


def other_type(name: str, value: str) -> Wrong:
    return Wrong(name, "KDM-115", TYPE, lambda w: message(message_type=value))


def signed_with(old: str, new: str, count: int = -1) -> Callable[[World], bytes]:
    return anew(swap(old, new, count))


def method(name: str, uri: str) -> Wrong:
    """Signed with that method where the forge knows it; otherwise only named so."""
    return Wrong(name, "KDM-115", FORM, signed_with(RSA_SHA256, uri))


def form(name: str, uri: str) -> Wrong:
    return Wrong(name, "KDM-115", FORM, signed_with(f'"{C14N_COMMENTS}"', f'"{uri}"'))


def with_public_key_as_secret(world: World) -> bytes:
    """Who takes the method out of the message checks an HMAC with what it has as the key: a public one."""
    text = world.forge().decode().replace(RSA_SHA256, "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256")
    info = next(etree.fromstring(text.encode()).iter(f"{{{DS}}}SignedInfo"))
    key = world.lab.leaf.rsa_public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    value = hmac.new(key, canonical(info, with_comments=True), hashlib.sha256).digest()
    return valued(text, value).encode()


def padded_otherwise(world: World) -> bytes:
    """RSASSA-PSS under the name of PKCS#1 v1.5."""
    text = world.forge().decode()
    info = next(etree.fromstring(text.encode()).iter(f"{{{DS}}}SignedInfo"))
    scheme = padding.PSS(mgf=padding.MGF1(hashes.SHA256()), salt_length=32)
    value = world.lab.private_key.sign(canonical(info, with_comments=True), scheme, hashes.SHA256())
    return valued(text, value).encode()


def with_child(name: str, child: str) -> Callable[[World], bytes]:
    """A child element in the first method of that name within SignedInfo."""

    def change(text: str) -> str:
        head, info, rest = text.partition("<ds:SignedInfo>")
        return head + info + re.sub(rf"(<ds:{name} [^>]*>)", rf"\1{child}", rest, count=1)

    return anew(change)


PREFIXES = (
    f'<ec:InclusiveNamespaces xmlns:ec="{EXCLUSIVE}" PrefixList="ds enc #default"></ec:InclusiveNamespaces>'
)

ALGORITHMS = [
    other_type("a message type of another host", "http://www.example.org/430-1/2006/KDM#kdm-key-type"),
    other_type("a message type with schemas in it", "http://www.smpte-ra.org/schemas/430-1/2006/KDM#kdm-key-type"),
    other_type("a message type of another year", "http://www.smpte-ra.org/430-1/2017/KDM#kdm-key-type"),
    other_type("a message type of another message", "http://www.smpte-ra.org/430-7/2008/FLM#flm-type"),
    other_type("a message type in capitals", MESSAGE_TYPE.upper()),
    other_type("a message type with a slash at the end", MESSAGE_TYPE + "/"),
    other_type("a message type with places to fill", "{0}{name}%s"),
    other_type("a message type that is empty", ""),
    # signature methods
    method("signed with RSA and SHA-1", RSA_SHA1),
    method("signed with RSA and SHA-512", RSA_SHA512),
    method("signed with RSA and MD5", "http://www.w3.org/2001/04/xmldsig-more#rsa-md5"),
    method("signed with RSASSA-PSS", "http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1"),
    method("signed with ECDSA", "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256"),
    method("signed with DSA", DS + "dsa-sha1"),
    method("signed with no method", "none"),
    method("signed with an empty method", ""),
    method("the method's name in capitals", RSA_SHA256.upper()),
    method("the method's name with a blank", RSA_SHA256 + " "),
    Wrong("an HMAC made with the public key", "KDM-115", FORM, with_public_key_as_secret),
    Wrong("an HMAC cut to a byte", "KDM-101", FORM, anew(lambda text: text.replace(
        f'"{RSA_SHA256}">', f'"{DS}hmac-sha1"><ds:HMACOutputLength>8</ds:HMACOutputLength>'))),
    # canonical forms
    form("canonical form without comments", C14N),
    form("exclusive canonical form", EXCLUSIVE),
    form("exclusive canonical form with comments", EXCLUSIVE + "WithComments"),
    form("canonical form 1.1", C14N_11),
    form("canonical form of nobody", "urn:x"),
    Wrong("exclusive canonical form with a list of prefixes", "KDM-101", FORM, anew(lambda text: text.replace(
        f'"{C14N_COMMENTS}">', f'"{EXCLUSIVE}">{PREFIXES}'))),
    # digests
    *(Wrong(f"digest of {what} {uri.rpartition('#')[2].upper()}", "KDM-115", FORM,
            signed_with(DIGEST, f'DigestMethod Algorithm="{uri}"', count))
      for what, count in (("the public part", 1), ("both parts", 2)) for uri in (SHA1, SHA512)),
    Wrong("digest MD5", "KDM-115", FORM, signed_with(
        DIGEST, 'DigestMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#md5"')),
    Wrong("a digest without a name", "KDM-115", FORM, signed_with(DIGEST, 'DigestMethod Algorithm=""', 1)),
    # methods that are not there, or more than a name
    Wrong("no CanonicalizationMethod", "KDM-101", FORM, lambda w: unsigned_anew(w, "CanonicalizationMethod")),
    Wrong("no SignatureMethod", "KDM-101", FORM, lambda w: unsigned_anew(w, "SignatureMethod")),
    Wrong("no DigestMethod", "KDM-101", FORM, lambda w: unsigned_anew(w, "DigestMethod")),
    Wrong("a SignatureMethod without an Algorithm", "KDM-101", FORM, lambda w: w.forge(
        document=swap(f' Algorithm="{RSA_SHA256}"', ""))),
    Wrong("a parameter of the SignatureMethod", "KDM-101", FORM, with_child(
        "SignatureMethod", '<x xmlns="urn:x"></x>')),
    Wrong("a parameter of a DigestMethod", "KDM-101", FORM, with_child(
        "DigestMethod", '<x xmlns="urn:x"></x>')),
    Wrong("an attribute too many of the SignatureMethod", "KDM-101", FORM, signed_with(
        f'SignatureMethod Algorithm="{RSA_SHA256}"', f'SignatureMethod Algorithm="{RSA_SHA256}" b="1"')),
    Wrong("RSASSA-PSS under the name of the other padding", "KDM-101", FORM, padded_otherwise),
]  # fmt: skip


def unsigned_anew(world: World, name: str) -> bytes:
    """What an own signer cannot sign either, so the value stays."""
    head, info, rest = world.forge().decode().partition("<ds:SignedInfo>")
    return (head + info + re.sub(rf"\s*<ds:{name} [^>]*></ds:{name}>", "", rest, count=1)).encode()
