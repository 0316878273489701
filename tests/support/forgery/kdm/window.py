"""Dates of the window, and the recipient."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from forgery.certificates import Bench
from forgery.messages import World, Wrong, at, content, document, message, recipient, window

FORM = "sheet 6.1; xs:dateTime"
ORDER = "kdm.md 9"
RECIPIENT = "kdm.md 10"

UNREADABLE = (
    ("that is none", "never"),
    ("that is empty", ""),
    ("without its offset", "2027-05-08T12:00:00"),
    ("on the thirty-second of May", "2027-05-32T12:00:00Z"),
    ("on the thirtieth of February", "2027-02-30T12:00:00Z"),
    ("in a month 13", "2027-13-08T12:00:00Z"),
    ("in a month 00", "2027-00-08T12:00:00Z"),
    ("at 24:00:01", "2027-05-08T24:00:01Z"),
    ("at 25 hours", "2027-05-08T25:00:00Z"),
    ("at a second 60", "2027-05-08T12:00:60Z"),
    ("in the year 0", "0000-05-08T12:00:00Z"),
    ("in the year 10000", "10000-05-08T12:00:00Z"),
    ("before our era", "-2027-05-08T12:00:00Z"),
    ("in a year of two digits", "27-05-08T12:00:00Z"),
    ("with an offset of a day", "2027-05-08T12:00:00+24:00"),
    ("with an offset beyond fourteen hours", "2027-05-08T12:00:00+14:01"),
    ("with an offset of 60 minutes", "2027-05-08T12:00:00+01:60"),
    ("with an offset without its colon", "2027-05-08T12:00:00+0200"),
    ("with an offset of hours alone", "2027-05-08T12:00:00+02"),
    ("with the name of its zone", "2027-05-08T12:00:00 CET"),
    ("with a small z", "2027-05-08T12:00:00z"),
    ("with a small t", "2027-05-08t12:00:00Z"),
    ("with a blank for the T", "2027-05-08 12:00:00Z"),
    ("with a comma in its fraction", "2027-05-08T12:00:00,5Z"),
    ("with a point and no fraction", "2027-05-08T12:00:00.Z"),
    ("without its seconds", "2027-05-08T12:00Z"),
    ("without its hyphens", "20270508T120000Z"),
    ("as a day", "2027-05-08"),
    ("in seconds since 1970", "1809864000"),
    ("with digits of another alphabet", "٢٠٢٧-05-08T12:00:00Z"),
    ("with a sign of its own", "+2027-05-08T12:00:00Z"),
)


def own(changes: dict[str, Any]) -> Any:
    return lambda world: changes


WINDOW = [
    *(Wrong(f"an end {what}", "KDM-004", FORM, own(message(not_valid_after_text=value)))
      for what, value in UNREADABLE),
    Wrong("a beginning without its offset", "KDM-004", FORM, own(message(
        not_valid_before_text="2027-05-01T00:00:00"))),
    Wrong("an element in the beginning", "KDM-001", FORM, own(content(
        "ContentKeysNotValidBefore", "<b></b>"))),
    Wrong("it ends before it begins", "KDM-004", ORDER, own(window(at(3), at(-1)))),
    Wrong("it ends when it begins", "KDM-004", ORDER, own(window(at(0), at(0)))),
    Wrong("it ends before it begins, by its offsets", "KDM-004", ORDER, own(window(
        at(0, zone=-6), at(-0.1, zone=6)))),
    Wrong("expired", "KDM-002", "CTP A.6.46", check=own({"now": at(8)})),
    Wrong("expired a second ago", "KDM-002", "CTP A.6.46", check=own(
        {"now": at(7) + timedelta(seconds=1)})),
    Wrong("expired an hour ago, by its offset", "KDM-002", "CTP A.6.48", own(window(
        at(-0.5), at(-0.05, zone=6)))),
    Wrong("expired, though its hours look later", "KDM-002", "CTP A.6.48", own(window(
        at(-0.5), at(-0.1, zone=14)))),
    Wrong("not begun", "KDM-003", "CTP A.6.50", check=own({"now": at(-0.6)})),
    Wrong("not begun by a second", "KDM-003", "CTP A.6.50", check=own(
        {"now": at(-0.5) - timedelta(seconds=1)})),
    Wrong("not begun, by its offset", "KDM-003", "CTP A.6.47", own(window(at(0.1, zone=-6), at(3)))),
    Wrong("not begun, though its hours look earlier", "KDM-003", "CTP A.6.47", own(window(
        at(0.05, zone=-12), at(3)))),
]  # fmt: skip


def reordered(name: str) -> str:
    return ",".join(name.split(",")[1:])


RECIPIENTS = [
    Wrong("another serial number", "KDM-106", RECIPIENT, own(recipient(serial=1))),
    Wrong("a serial number that differs by its sign", "KDM-106", RECIPIENT, lambda w: recipient(
        serial=-w.hall.leaf.serial)),
    Wrong("a serial number with a digit more", "KDM-106", RECIPIENT, lambda w: recipient(
        serial=w.hall.leaf.serial * 10)),
    Wrong("another issuer", "KDM-106", RECIPIENT, lambda w: recipient(issuer=w.other.leaf.issuer)),
    Wrong("another subject", "KDM-106", RECIPIENT, lambda w: recipient(subject=w.other.leaf.subject)),
    Wrong("issuer and subject changed about", "KDM-106", RECIPIENT, lambda w: recipient(
        issuer=w.hall.leaf.subject, subject=w.hall.leaf.issuer)),
    Wrong("another hall's in all", "KDM-106", RECIPIENT, lambda w: recipient(
        w.other.leaf.issuer, w.other.leaf.serial, w.other.leaf.subject)),
    Wrong("the intermediate of the hall", "KDM-106", RECIPIENT, lambda w: recipient(
        w.hall.chain[1].issuer, w.hall.chain[1].serial, w.hall.chain[1].subject)),
    Wrong("the hall's subject in small letters", "KDM-106", RECIPIENT, lambda w: recipient(
        subject=w.hall.leaf.subject.replace("Hall", "hall"))),
    Wrong("the hall's subject with an attribute more", "KDM-106", RECIPIENT, lambda w: recipient(
        subject="C=CN," + w.hall.leaf.subject)),
    Wrong("the hall's subject with an attribute less", "KDM-106", RECIPIENT, lambda w: recipient(
        subject=reordered(w.hall.leaf.subject))),
    Wrong("the hall's subject with an attribute twice", "KDM-106", RECIPIENT, lambda w: recipient(
        subject=w.hall.leaf.subject + "," + w.hall.leaf.subject.rpartition(",")[2])),
    Wrong("the hall's subject in one part", "KDM-106", RECIPIENT, lambda w: recipient(
        subject=w.hall.leaf.subject.replace(",", "+"))),
    Wrong("the hall's label for its subject", "KDM-106", RECIPIENT, lambda w: recipient(
        subject="CN=" + w.hall.leaf.common_name)),
    Wrong("a subject that is no name", "KDM-106", RECIPIENT, own(recipient(subject="Hall 1"))),
    Wrong("a subject that is empty", "KDM-106", RECIPIENT, own(content("X509SubjectName", ""))),
    Wrong("a subject of a thousand attributes", "KDM-106", RECIPIENT, own(recipient(
        subject=",".join(["OU=x"] * 1000)))),
    Wrong("a subject that never ends its quote", "KDM-106", RECIPIENT, own(recipient(subject='CN="Hall'))),
    Wrong("another hall's key and certificate", "KDM-106", RECIPIENT, check=lambda w: {
        "private_key": w.other.private_key, "recipient": w.other.leaf}),
    Wrong("another hall's key alone", "KDM-106", RECIPIENT, check=lambda w: {
        "private_key": w.other.private_key, "recipient": None}),
    Wrong("a renewed certificate of the same key", "KDM-106", RECIPIENT, check=lambda w: {
        "recipient": renewed(w)}),
    Wrong("the recipient changed after signing", "KDM-101", "CTP A.6.49", lambda w: document(
        w.hall.leaf.subject, w.other.leaf.subject)),
]  # fmt: skip


def renewed(world: World) -> Any:
    """The hall's certificate made anew: same name and key, another number."""
    return hall_leaf(world, serial=world.hall.leaf.serial + 1)


def hall_leaf(world: World, **changes: Any) -> Any:
    """The hall's certificate with something changed."""
    own_leaf = world.hall.leaf
    same = {"serial": own_leaf.serial, "fields": {"subject": own_leaf.subject_name.encode()}}
    return Bench(world.hall, world.lab, world.now).leaf(**{**same, **changes})
