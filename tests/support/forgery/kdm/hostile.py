"""XML that no KDM is: refused before anything in it is believed, its signature still good where it can be."""

from __future__ import annotations

from collections.abc import Callable

from forgery.messages import NON_CRITICAL, Wrong, content, document, part

from kdm.message import MAX_MESSAGE_BYTES

WELL_FORMED = "kdm.md 1, CTP A.6.45"
HOSTILE = "sheet 6.7-1"

TOWER = (
    "".join(
        "<x " + " ".join(f"xmlns:n{level}_{n}='u:{level}.{n}'" for n in range(60)) + ">"
        for level in range(40)
    )
    + "<y></y>" * 100
    + "</x>" * 40
)
LAUGHS = "<!DOCTYPE x [<!ENTITY l0 'ha'>{}]>".format(
    "".join(f"<!ENTITY l{level} '{f'&l{level - 1};' * 10}'>" for level in range(1, 10))
)


def bytes_of(change: Callable[[bytes], bytes]) -> Callable[[object], bytes]:
    """The good message's bytes changed after signing."""
    return lambda world: change(world.forge())  # type: ignore[attr-defined]


def hostile(name: str, change: Callable[[bytes], bytes], source: str = HOSTILE) -> Wrong:
    return Wrong(name, "KDM-001", source, bytes_of(change))


def before_the_root(text: str) -> Callable[[bytes], bytes]:
    return lambda data: data.replace(b"<DCinema", text.encode() + b"<DCinema", 1)


def ignored(text: str) -> dict[str, object]:
    """Something in NonCriticalExtensions, which nobody reads, signed with the rest."""
    return part(NON_CRITICAL, NON_CRITICAL.replace("><", f">{text}<"))


def declared(encoding: str) -> Callable[[bytes], bytes]:
    return lambda data: data.replace(b'encoding="UTF-8"', f'encoding="{encoding}"'.encode())


XML = [
    hostile("nothing at all", lambda data: b"", WELL_FORMED),
    hostile("no XML", lambda data: b"no", WELL_FORMED),
    hostile("a byte order mark alone", lambda data: b"\xef\xbb\xbf", WELL_FORMED),
    hostile("the declaration alone", lambda data: data[: data.index(b"?>") + 2], WELL_FORMED),
    hostile("cut short in the signature", lambda data: data[:-200], WELL_FORMED),
    hostile("cut short in a tag", lambda data: data[: data.index(b"<KeyIdList") + 4], WELL_FORMED),
    hostile("cut short by its last character", lambda data: data.rstrip()[:-1], WELL_FORMED),
    hostile("two roots", lambda data: data + data[data.index(b"<DCinema"):], WELL_FORMED),
    hostile("text after the root", lambda data: data + b"end", WELL_FORMED),
    hostile("text before the root", before_the_root("begin "), WELL_FORMED),
    hostile("a blank before the declaration", lambda data: b" " + data, WELL_FORMED),
    hostile("the declaration twice", before_the_root('<?xml version="1.0"?>'), WELL_FORMED),
    hostile("a version of XML that is none", lambda data: data.replace(b'"1.0"', b'"1."'), WELL_FORMED),
    hostile("XML 2.0", lambda data: data.replace(b'"1.0"', b'"2.0"'), WELL_FORMED),
    hostile("a comment that is not closed", before_the_root("<!-- "), WELL_FORMED),
    hostile("two hyphens in a comment", before_the_root("<!-- a -- b -->"), WELL_FORMED),
    hostile("an end tag of another name",
            lambda data: data.replace(b"</KeyIdList>", b"</KeyIdLists>"), WELL_FORMED),
    hostile("an attribute without quotes", lambda data: data.replace(
        b'Id="ID_AuthenticatedPublic"', b"Id=ID_AuthenticatedPublic"), WELL_FORMED),
    hostile("an attribute twice", lambda data: data.replace(
        b'Id="ID_AuthenticatedPublic"', b'Id="ID_AuthenticatedPublic" Id="ID_AuthenticatedPublic"'),
        WELL_FORMED),
    hostile("a prefix that nothing declares", lambda data: data.replace(
        b"<KeyIdList>", b"<k:KeyIdList>").replace(b"</KeyIdList>", b"</k:KeyIdList>"), WELL_FORMED),
    hostile("a prefix declared as nothing", lambda data: data.replace(
        b' xmlns:ds="http://www.w3.org/2000/09/xmldsig#"', b' xmlns:ds=""', 1), WELL_FORMED),
    hostile("an entity that nothing declares", lambda data: data.replace(
        b"&amp;", b"&nbsp;"), WELL_FORMED),
    hostile("a reference to the character 0", lambda data: data.replace(b"&amp;", b"&#0;"), WELL_FORMED),
    hostile("a reference to half a character", lambda data: data.replace(
        b"&amp;", b"&#xD800;"), WELL_FORMED),
    hostile("the end of a CDATA section in a text", lambda data: data.replace(
        b"Titel &amp;", b"Titel ]]> &amp;"), WELL_FORMED),
    hostile("a control character", lambda data: data.replace(b"Titel", b"T\x01tel"), WELL_FORMED),
    hostile("a NUL in a text", lambda data: data.replace(b"Titel", b"Tit\0el"), WELL_FORMED),
    hostile("a NUL at the end", lambda data: data + b"\0", WELL_FORMED),
    # encodings
    hostile("a byte that is no UTF-8", lambda data: data.replace(b"Titel", b"T\xfftel")),
    hostile("UTF-8 longer than needed", lambda data: data.replace(b"Titel", b"T\xc1\xa9tel")),
    hostile("half a character in UTF-8", lambda data: data.replace(b"Titel", b"T\xed\xa0\x80tel")),
    hostile("UTF-16", lambda data: declared("UTF-16")(data).decode().encode("utf-16")),
    hostile("UTF-16 under the name of UTF-8", lambda data: data.decode().encode("utf-16")),
    hostile("UTF-32", lambda data: declared("UTF-32")(data).decode().encode("utf-32")),
    hostile("Latin-1", lambda data: declared("ISO-8859-1")(data).decode().encode("latin-1")),
    hostile("UTF-8 under the name of Latin-1", declared("ISO-8859-1")),
    hostile("UTF-8 under the name of UTF-7", declared("UTF-7")),
    hostile("EBCDIC", lambda data: declared("cp037")(data).decode().encode("cp037")),
    hostile("an encoding of no name", declared("no-such-encoding")),
    # document types
    hostile("a document type", before_the_root("<!DOCTYPE DCinemaSecurityMessage>")),
    hostile("a document type fetched from elsewhere", before_the_root(
        '<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd">')),
    hostile("an entity of its own", lambda data: before_the_root(
        '<!DOCTYPE x [<!ENTITY t "Titel">]>')(data).replace(b"Titel", b"&t;")),
    hostile("an entity out of a file", lambda data: before_the_root(
        '<!DOCTYPE x [<!ENTITY t SYSTEM "file:///etc/passwd">]>')(data).replace(b"Titel", b"&t;")),
    hostile("an entity in the document type", before_the_root(
        '<!DOCTYPE x [<!ENTITY % p SYSTEM "http://127.0.0.1:9/p"> %p;]>')),
    hostile("a billion laughs", lambda data: before_the_root(LAUGHS)(data).replace(b"Titel", b"&l9;")),
    hostile("an attribute by default", before_the_root(
        '<!DOCTYPE x [<!ATTLIST KeyType scope CDATA "urn:x">]>')),
    hostile("another attribute as the Id", before_the_root(
        "<!DOCTYPE x [<!ATTLIST AuthenticatedPublic Id CDATA #IMPLIED>]>")),
    # sizes
    hostile("over 4 MiB", lambda data: data + b" " * MAX_MESSAGE_BYTES),
    hostile("a comment of 5 MB", before_the_root(f"<!-- {'x' * 5_000_000} -->")),
    Wrong("65 elements one inside the other", "KDM-001", HOSTILE,
          lambda w: ignored("<x>" * 65 + "</x>" * 65)),
    Wrong("100,000 elements one inside the other", "KDM-001", HOSTILE,
          lambda w: ignored("<x>" * 100_000 + "</x>" * 100_000)),
    Wrong("65 attributes on an element", "KDM-001", HOSTILE, lambda w: ignored(
        f'<x xmlns="urn:x" {" ".join(f"a{n:02}=" + chr(34) * 2 for n in range(65))}></x>')),
    Wrong("200,000 attributes on an element", "KDM-001", HOSTILE, lambda w: ignored(
        f'<x xmlns="urn:x" {" ".join(f"a{n:06}=" + chr(34) * 2 for n in range(200_000))}></x>')),
    Wrong("half a million elements and one", "KDM-001", HOSTILE, lambda w: ignored("<x/>" * 500_001)),
    Wrong("a tower of namespaces in what is ignored", "KDM-001", HOSTILE, lambda w: ignored(TOWER)),
    Wrong("a namespace of 1,100 characters", "KDM-001", HOSTILE,
          lambda w: ignored(f'<x xmlns="urn:{"x" * 1_100}"></x>')),
    # what other readers would act on
    Wrong("a title included from a file", "KDM-001", HOSTILE, lambda w: content(
        "ContentTitleText",
        '<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="/etc/passwd" parse="text">'
        "</xi:include>")),
    Wrong("an element in the title", "KDM-001", "kdm.md 2", lambda w: content(
        "ContentTitleText", "Titel <i>kursiv</i>")),
    Wrong("the message in another document", "KDM-001", "kdm.md 1", lambda w: wrapped_in(
        w.forge(), b"Envelope")),
    Wrong("the message in a document of its own kind", "KDM-001", "kdm.md 1", lambda w: wrapped_in(
        w.forge(), b"DCinemaSecurityMessage")),
    Wrong("a playlist instead of a message", "KDM-001", "kdm.md 1", lambda w: w.cpl),
    Wrong("the root in small letters", "KDM-001", "CTP A.6.72", lambda w: document(
        "DCinemaSecurityMessage", "dcinemasecuritymessage")),
]  # fmt: skip


def wrapped_in(data: bytes, name: bytes) -> bytes:
    head, _, rest = data.partition(b"?>")
    ns = b' xmlns="http://www.smpte-ra.org/schemas/430-3/2006/ETM"'
    return head + b"?><" + name + ns + b">" + rest.rstrip() + b"</" + name + b">"
