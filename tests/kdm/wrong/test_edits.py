"""Single characters of a good KDM put in, taken out or changed: none is accepted that changes what is said.

What is accepted all the same has the same canonical form of both signed parts, the same signature value and
the same certificates; `docs/negative-corpus.md` lists the kinds.
"""

from __future__ import annotations

import base64
import hashlib
import random
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from forgery.messages import Spy, judge
from forgery.resigning import DS, canonical
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from dcp.trust.name_text import parse_name
from kdm.checklist import KdmReport

ALPHABETS = (
    "\t\n\r !\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`abcdefghijklmnopqrstuvwxyz{|}~",
    "\0\x01\x0b\x1f\x7f\x85\u00a0\u00ad\u2003\u2028\u200b\u3000\ufeff\ufffe\ud800",
    "äß٠٣ıſKＡ０😀",
)
LETTERS = "".join(ALPHABETS)


def edits(text: str, *, count: int, seed: int) -> Iterator[tuple[int, str, str]]:
    """Where, what was done, and the text after it; none that changes nothing."""
    dice = random.Random(seed)
    for _ in range(count):
        place = dice.randrange(len(text))
        # One of three is a character that stands in the message: more of those come near to something.
        letter = dice.choice(LETTERS) if dice.random() < 0.7 else text[dice.randrange(len(text))]
        kind = dice.choice(("put in", "taken out", "changed"))
        head, own, tail = text[:place], text[place], text[place + 1 :]
        changed = {
            "put in": head + letter + own + tail,
            "taken out": head + tail,
            "changed": head + letter + tail,
        }
        if changed[kind] != text:
            yield place, kind, changed[kind]


def said(data: bytes) -> tuple[object, ...]:
    """What is signed, the signature over it, and who is said to have signed: whatever else may differ."""
    root = etree.fromstring(data)
    parts = [child for child in root if isinstance(child.tag, str)]
    forms = tuple(hashlib.sha256(canonical(part)).digest() for part in parts[:2])
    info = parts[2].find(f"{{{DS}}}SignedInfo")
    value = parts[2].find(f"{{{DS}}}SignatureValue")
    assert info is not None and value is not None
    entries = tuple(
        (
            parse_name(whole(entry.find(f".//{{{DS}}}X509IssuerName"))),
            int(whole(entry.find(f".//{{{DS}}}X509SerialNumber"))),
            base64.b64decode(whole(entry.find(f"{{{DS}}}X509Certificate"))),
        )
        for entry in parts[2].iter(f"{{{DS}}}X509Data")
    )
    return (*forms, canonical(info, with_comments=True), base64.b64decode(whole(value)), entries)


def whole(element: Any) -> str:
    assert element is not None
    return "".join(element.itertext(etree.Element))


def region(text: str, place: int) -> str:
    """Where in the message a place is, in words."""
    for name, pattern in REGIONS:
        if any(found.start() <= place < found.end() for found in re.finditer(pattern, text, re.DOTALL)):
            return name
    return "what is not signed, between elements"


REGIONS = (
    ("the XML declaration", r"<\?xml.*?\?>"),
    ("a tag", r"<[^>]*>"),
    ("the public part", r"<AuthenticatedPublic.*</AuthenticatedPublic>"),
    ("the private part", r"<AuthenticatedPrivate.*</AuthenticatedPrivate>"),
    ("SignedInfo", r"<ds:SignedInfo>.*</ds:SignedInfo>"),
    ("the signature value", r"(?<=SignatureValue>)[^<]+"),
    ("a certificate", r"(?<=X509Certificate>)[^<]+(?=</ds:X509Cert)"),
    ("an issuer beside a certificate", r"(?<=<ds:X509IssuerName>)[^<]+"),
    ("a serial number beside a certificate", r"(?<=<ds:X509SerialNumber>)[^<]+"),
)


def campaign(world: Any, *, count: int, seed: int) -> tuple[Counter[str], int]:
    """How many edits of each kind were accepted, and how many were tried."""
    text = world.forge().decode()
    good = said(text.encode())
    accepted: Counter[str] = Counter()
    tried = 0
    for place, kind, changed in edits(text, count=count, seed=seed):
        data = changed.encode("utf-8", "surrogatepass")
        tried += 1
        spy = Spy(world.hall.private_key)
        report = judge(world, data, private_key=spy, cpl=None)
        if report.verdict == "accept":
            assert said(data) == good, (kind, text[place - 20 : place + 20], changed[place - 20 : place + 20])
            character = changed[place] if kind != "taken out" else text[place]
            accepted[f"{region(text, place)}: {named(character)} {kind}"] += 1
        else:
            nothing_was_opened(report, spy)
    return accepted, tried


def nothing_was_opened(report: KdmReport, spy: Spy) -> None:
    assert report.keyring is None
    assert report.failures
    assert spy.decrypted == 0, report.failures[0]


def named(character: str) -> str:
    return {" ": "blank", "\n": "LF", "\r": "CR", "\t": "tab"}.get(character, repr(character))


def test_of_500_edits_none_is_accepted_that_changes_what_is_said(world: Any) -> None:
    accepted, tried = campaign(world, count=500, seed=11)
    assert tried > 400
    assert sum(accepted.values()) < tried / 20


@pytest.mark.soak
def test_of_20000_edits_none_is_accepted_that_changes_what_is_said(world: Any) -> None:
    accepted, tried = campaign(world, count=20_300, seed=7)
    assert tried >= 20_000
    print(f"\n{sum(accepted.values())} of {tried} edits are accepted:")
    for kind, times in accepted.most_common():
        print(f"{times:5}  {kind}")


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_whatever_is_put_in_is_never_accepted_for_something_else(world: Any, data: st.DataObject) -> None:
    text = world.forge().decode()
    place = data.draw(st.integers(0, len(text)))
    gone = data.draw(st.integers(0, 40))
    new = data.draw(st.text(st.characters(codec="utf-8"), max_size=8))
    changed = (text[:place] + new + text[place + gone :]).encode()
    spy = Spy(world.hall.private_key)
    report = judge(world, changed, private_key=spy, cpl=None)
    if report.verdict == "accept":
        assert said(changed) == said(text.encode())
    else:
        nothing_was_opened(report, spy)
