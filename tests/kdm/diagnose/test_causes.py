"""Every cause is told apart: files and clocks as people have them, and what is said of each."""

from __future__ import annotations

import functools
import re
import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from diagnoses import CHINA, DAY, HOUR, NOW, OTHER_CPL, files, foreign, good_kdm, ours, run
from screening import device_certificate, kdm_file, kdm_for

from dcp.documents.cpl import cpl_element
from dcp.documents.cpl_reading import parse_cpl
from dcp.suite import SMPTE
from dcp.texts.catalogue import LANGUAGES, entries, places_of
from dcp.trust.making import make_chain, private_key_pem
from dcp.trust.signing import sign_document
from kdm.diagnose.causes import CAUSES, PLAYS, codes_of
from kdm.diagnose.reading import KdmFile, read_kdm_file
from kdm.diagnose.report import diagnosis_json, diagnosis_lines
from kdm.message import AuthorizedDeviceInfo, MessageError, TypedKeyId
from kdm.refusals import REFUSALS

GONE = MessageError("the archive is damaged or cut off")
Make = Callable[[Any], dict[str, Any]]


@dataclass(frozen=True)
class Case:
    """`make`: the arguments of `diagnose` that differ from the usual. `says`: what the English text holds."""

    name: str
    cause: str
    make: Make
    says: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def window(begin: timedelta, end: timedelta) -> tuple[datetime, datetime]:
    return NOW + begin, NOW + end


def local(day: int, hour: int, minute: int = 0, zone: timezone = UTC) -> datetime:
    return datetime(2027, 5, day, hour, minute, tzinfo=zone)


def mangled(world: Any, old: bytes, new: bytes) -> Any:
    data = kdm_for(world, world.hall.leaf)
    assert old in data
    return read_kdm_file("mailed.xml", data.replace(old, new, 1))


def cut(world: Any, length: float) -> Any:
    data = kdm_for(world, world.hall.leaf)
    return read_kdm_file("cut.xml", data[: int(len(data) * length)])


def renewed(world: Any, **changes: Any) -> Any:
    return device_certificate(world, "SM SPB.IMB-227577.DC.MAKER", **changes)


def devices(*thumbprints: bytes) -> dict[str, Any]:
    return {"authorized_device_info": AuthorizedDeviceInfo(uuid.UUID(int=7), thumbprints, "Hall 1")}


def last_key_only(world: Any) -> tuple[TypedKeyId, ...]:
    key = world.keyring.keys[-1]
    return (TypedKeyId(key.type, (key.id,)),)


def only_last(blocks: Any) -> Any:
    return blocks[-1:]


CASES = (
    # it plays
    Case("good", "should-play", lambda w: files(ours(w)), ("2027-05-08 12:00 UTC", "2027-05-08 18:00 UTC")),
    Case("good-beside-others", "should-play", lambda w: files(
        ours(w, name="old.xml", window=window(-9 * DAY, -2 * DAY)),
        kdm_file(w, w.other.leaf, name="other.xml"),
        ours(w, name="good.xml"),
        ours(w, name="film.xml", cpl=OTHER_CPL, title="Quite another film"),
    )),
    Case("the-longest-of-several", "should-play", lambda w: files(
        ours(w, name="a.xml", issued=NOW - HOUR * 13, window=window(-12 * HOUR, 30 * DAY)),
        ours(w, name="b.xml", window=window(-HOUR, 2 * DAY))), ("2027-05-31 12:00 UTC",)),
    Case("good-and-the-next", "should-play", lambda w: files(
        ours(w), ours(w, name="b.xml", window=window(9 * DAY, 12 * DAY), issued=NOW - DAY)),
        notes=("begins-next",)),
    Case("not-encrypted", "no-kdm-needed", lambda w: {"cpl": clear(w), **files()}),
    Case("ends-at-midnight", "should-play", lambda w: files(
        ours(w, window=(NOW - DAY, local(3, 0, zone=CHINA)))) | {"zone": CHINA},
        notes=("ends-at-midnight",)),
    Case("device-certificate-ends", "should-play", lambda w: both(
        w, renewed(w, window=(NOW - 9 * DAY, NOW + DAY))), ("until 2027-05-02 12:00 UTC",),
        notes=("device-certificate-ends",)),
    Case("list-of-devices", "should-play", lambda w: files(ours(w, fields=devices(bytes(20), b"1" * 20))),
        notes=("devices-not-given",)),
    Case("issued-later", "should-play", lambda w: files(ours(w, issued=NOW + DAY)), notes=("issued-later",)),
    Case("playlist-signer-expired-since", "should-play", lambda w: files(ours(w)) | {
        "cpl": signed_then(w)},
        notes=("playlist-signer-expired",)),
    # something else was handed over
    Case("kdm-as-certificate", "certificate-file", lambda w: {"certificate": kdm_for(w, w.hall.leaf)},
        ("is a KDM",)),
    Case("key-as-certificate", "certificate-file", lambda w: {"certificate": private_pem(w)},
        ("is a private key",)),
    Case("playlist-as-certificate", "certificate-file", lambda w: {"certificate": w.cpl}, ("playlist",)),
    Case("nothing-as-certificate", "certificate-file", lambda w: {"certificate": b""}, ("an empty file",)),
    Case("noise-as-certificate", "certificate-file", lambda w: {"certificate": b"abc" * 99}, ("recognised",)),
    Case("root-as-certificate", "certificate-of-authority",
        lambda w: {"certificate": w.hall.chain[2].pem().encode()}, ("ROOT",)),
    Case("signer-as-certificate", "certificate-of-signer",
        lambda w: {"certificate": w.lab.leaf.pem().encode()}, ("role CS",)),
    Case("projector-as-certificate", "certificate-of-other-device",
        lambda w: {"certificate": w.projector.leaf.pem().encode()}, ("roles are PR",)),
    Case("kdm-as-playlist", "playlist-file", lambda w: {"cpl": kdm_for(w, w.hall.leaf)}, ("is a KDM",)),
    Case("certificate-as-playlist", "playlist-file", lambda w: {"cpl": w.hall.leaf.pem().encode()},
        ("is a certificate",)),
    Case("playlist-as-kdm", "no-kdm-among-files", lambda w: files(read_kdm_file("CPL.xml", w.cpl)),
        ("CPL.xml is a composition playlist",)),
    Case("page-as-kdm", "no-kdm-among-files", lambda w: files(
        read_kdm_file("a.html", b"<!DOCTYPE html><html><body>Log in</body></html>")), ("a web page",)),
    Case("cut-archive", "archive-damaged", lambda w: files(
        read_kdm_file("a.html", b"<html>"), KdmFile("mail.zip", b"", "damaged-archive", error=GONE)),
        ("mail.zip is a ZIP archive that is damaged or cut off",)),
    Case("mail", "mail-without-kdm", lambda w: files(read_kdm_file("kdm.eml", b"From: a@b.c\r\n\r\nKDM")),
        ("kdm.eml is an e-mail, in which no KDM",)),
    Case("outlook", "mail-without-kdm", lambda w: files(
        read_kdm_file("kdm.msg", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(99))), ("Outlook",)),
    Case("no-files", "no-kdm", lambda w: files()),
    # other compositions
    Case("other-films", "no-kdm-for-composition", lambda w: files(
        ours(w, cpl=OTHER_CPL, title="Alpha_FTR", keys=foreign()),
        ours(w, cpl=uuid.UUID(int=0xBEEF), title="Beta_FTR", keys=foreign()),
    ), ("Alpha_FTR, Beta_FTR", "Titel & Söhne_FTR")),
    Case("re-export", "re-export", lambda w: files(ours(w, cpl=OTHER_CPL)),
        (str(OTHER_CPL), str(uuid.UUID(int=1)))),
    Case("re-export-title-in-other-case", "re-export", lambda w: files(
        ours(w, cpl=OTHER_CPL, title="TITEL & söhne_FTR "))),
    Case("re-export-before-others", "re-export", lambda w: files(
        ours(w, cpl=uuid.UUID(int=0xBEEF), title="Beta", keys=foreign()), ours(w, cpl=OTHER_CPL))),
    Case("other-version-by-keys", "other-version", lambda w: files(
        ours(w, cpl=OTHER_CPL, title="Something_OV")), ("Something_OV",)),
    Case("other-version-by-name", "other-version", lambda w: files(
        ours(w, cpl=OTHER_CPL, title="Titel & Söhne_TLR-2_DE", keys=foreign())), ("TLR-2",)),
    # other devices
    Case("another-screen", "another-screen", lambda w: files(kdm_file(w, w.other.leaf)),
        ("made for another device: SM.", "(Hall 1)", "This server is SM SPB MD.")),
    Case("another-screen-and-over", "another-screen", lambda w: files(
        kdm_file(w, w.other.leaf, window=window(-9 * DAY, -2 * DAY))), notes=("over-too",)),
    Case("another-screen-not-re-export", "another-screen", lambda w: files(
        ours(w, cpl=OTHER_CPL), kdm_file(w, w.other.leaf))),
    Case("renewed-certificate", "old-certificate", lambda w: files(
        kdm_file(w, renewed(w, serial=1))) | {"certificate": renewed(w, serial=2)},
        ("serial 1)", "has the serial 2")),
    Case("renewed-certificate-new-key", "old-certificate", lambda w: files(
        kdm_file(w, renewed(w, serial=1, key=1))) | {"certificate": renewed(w, serial=2)}),
    Case("old-certificate-given", "old-certificate", lambda w: files(
        kdm_file(w, renewed(w, serial=1, key=1))) | {
        "certificate": renewed(w, serial=2, window=(NOW - 9 * DAY, NOW - DAY))},
        notes=("device-certificate-expired",)),
    Case("dkdm", "dkdm", lambda w: files(kdm_file(w, w.lab.leaf)), ("no server",)),
    Case("dkdm-with-its-certificate", "dkdm", lambda w: files(kdm_file(w, w.lab.leaf)) | {
        "certificate": w.lab.leaf}),
    Case("dkdm-with-its-key", "should-play", lambda w: files(kdm_file(w, w.lab.leaf)) | {
        "certificate": w.lab.leaf, "private_key": w.lab.private_key}, notes=("for-software",)),
    Case("projector-not-listed", "devices-not-listed", lambda w: files(ours(w, fields=devices(b"1" * 20))) | {
        "devices": [w.projector.leaf]}),
    # time
    Case("expired", "expired", lambda w: files(ours(w, window=window(-9 * DAY, -2 * DAY))),
        ("ended 2027-04-29 12:00 UTC", "says 2027-05-01 12:00 UTC")),
    Case("just-expired", "expired", lambda w: files(ours(w, window=window(-9 * DAY, -HOUR))),
        notes=("overrun",)),
    Case("expired-beside-another-screen", "expired", lambda w: files(
        ours(w, name="a.xml", window=window(-9 * DAY, -DAY)),
        kdm_file(w, w.other.leaf, name="b.xml"))),
    Case("expired-and-the-next", "not-begun", lambda w: files(
        ours(w, name="a.xml", window=window(-9 * DAY, -DAY)),
        ours(w, name="b.xml", window=window(3 * DAY, 9 * DAY), issued=NOW - DAY))),
    Case("expired-by-offset", "expired-by-time-zone", lambda w: files(
        ours(w, window=(NOW - 9 * DAY, local(1, 13, zone=timezone(5 * HOUR))))) | {"zone": UTC},
        ("Were 2027-05-01 13:00 a local time",)),
    Case("expired-at-midnight", "expired-at-midnight", lambda w: files(
        ours(w, window=(NOW - 9 * DAY, local(1, 0, zone=CHINA)))) | {"zone": CHINA}),
    Case("not-begun", "not-begun", lambda w: files(
        ours(w, window=window(2 * DAY, 9 * DAY), issued=NOW - DAY)),
        ("begins only 2027-05-03 12:00 UTC",)),
    Case("not-begun-by-offset", "not-begun-by-time-zone", lambda w: files(
        ours(w, window=(local(1, 18), NOW + 9 * DAY), issued=NOW - DAY)) | {"zone": CHINA},
        ("Were 2027-05-01 18:00 a local time",)),
    Case("not-begun-at-midnight", "not-begun-at-midnight", lambda w: files(
        ours(w, window=(local(2, 0, zone=CHINA), NOW + 9 * DAY), issued=NOW - DAY)) | {"zone": CHINA},
        ("2027-05-02 00:00 (+08:00), 2027-05-01 16:00 UTC",)),
    Case("nearest-window", "not-begun", lambda w: files(
        ours(w, name="old.xml", window=window(-9 * DAY, -DAY)),
        ours(w, name="late.xml", window=window(5 * DAY, 9 * DAY), issued=NOW - DAY),
        ours(w, name="soon.xml", window=window(2 * DAY, 4 * DAY), issued=NOW - DAY)),
        ("2027-05-03",)),
    Case("clock-behind", "clock-behind", lambda w: files(
        ours(w, window=window(DAY, 9 * DAY), issued=NOW + HOUR)),
        ("only issued 2027-05-01 13:00 UTC",)),
    Case("device-certificate-expired", "device-certificate-expired", lambda w: both(
        w, renewed(w, window=(NOW - 9 * DAY, NOW - DAY))), ("2027-04-30 12:00 UTC", "November 2025")),
    Case("device-certificate-not-begun", "device-certificate-not-begun", lambda w: both(
        w, renewed(w, window=(NOW + DAY, NOW + 9 * DAY)))),
    Case("window-outside-signer", "window-outside-signer", lambda w: files(
        ours(w, window=window(-DAY, 40 * 366 * DAY)))),
    Case("window-reversed", "window-reversed", lambda w: files(ours(w, window=window(DAY, -DAY)))),
    # the file
    Case("changed-in-mail", "signature", lambda w: files(mangled(w, b"Hall 1", b"Hall 2"))),
    Case("changed-and-the-next", "signature", lambda w: files(
        mangled(w, b"Hall 1", b"Hall 2"),
        ours(w, name="b.xml", window=window(3 * DAY, 9 * DAY), issued=NOW - DAY)), notes=("begins-next",)),
    Case("cut-off", "unreadable", lambda w: files(cut(w, 0.8))),
    Case("cut-off-early", "unreadable", lambda w: files(cut(w, 0.1))),
    Case("cut-off-beside-expired", "unreadable", lambda w: files(
        cut(w, 0.8), ours(w, name="old.xml", window=window(-9 * DAY, -DAY)))),
    Case("cut-off-of-another-screen", "another-screen", lambda w: files(
        read_kdm_file("cut.xml", kdm_for(w, w.other.leaf)[:-400]), kdm_file(w, w.other.leaf))),
    Case("interop-format", "interop-format", lambda w: files(
        mangled(w, b"http://www.smpte-ra.org/schemas/430-3/2006/ETM",
                b"http://www.digicine.com/PROTO-ASDCP-KDM-20040311#"))),
    # the sender
    Case("untrusted", "root-not-trusted", lambda w: files(ours(w)) | {"trust": [w.hall.chain[2]]}),
    Case("authenticator", "authenticator-other", lambda w: files(
        ours(w, fields={"content_authenticator": w.hall.leaf.thumbprint()}))),
    Case("two-faults", "devices-not-listed", lambda w: files(ours(w, fields=devices(b"1" * 20) | {
        "content_authenticator": w.hall.leaf.thumbprint()})) | {"devices": [w.projector.leaf]},
        notes=("also",)),
    Case("keys-missing", "keys-missing", lambda w: files(ours(w, keys=last_key_only(w), blocks=only_last))),
    Case("other-keys", "keys-of-another", lambda w: {
        "cpl": w.playlist(reels=no_keys_but(w, uuid.UUID(int=0x99))), **files(ours(w))}),
    Case("wrong-key", "blocks-closed", lambda w: files(
        ours(w, sealed=lambda values: [b"\1" * 256] * len(values))) | {
        "private_key": w.hall.private_key}),
    # the package
    Case("playlist-changed", "playlist-signature", lambda w: {
        "cpl": w.cpl.replace(b"feature", b"trailer"), **files(ours(w))}),
    Case("playlist-unsigned", "playlist-unsigned", lambda w: {
        "cpl": w.playlist(signed=False), **files(ours(w))}),
    Case("playlist-signer-expired-then", "playlist-chain", lambda w: {
        "cpl": w.playlist(issue_date=NOW - 999 * DAY), **files(ours(w))}),
    Case("playlist-changed-and-for-another-screen", "playlist-signature", lambda w: {
        "cpl": w.cpl.replace(b"feature", b"trailer"), **files(kdm_file(w, w.other.leaf))}),
)  # fmt: skip


@functools.cache
def short_lived() -> Any:
    """A lab whose certificates end a year after it signed, and before `NOW`."""
    return make_chain(organization="Example", unit="Old-Lab", role="CS", now=NOW - 366 * DAY, years=1)


def signed_then(world: Any) -> bytes:
    """The playlist, signed in time by a lab whose certificates have ended since."""
    then = NOW - 200 * DAY
    cpl = replace(parse_cpl(world.cpl, where="cpl.xml"), issue_date=then)
    return sign_document(cpl_element(cpl), short_lived().signer, suite=SMPTE, now=then)


def both(world: Any, certificate: Any) -> dict[str, Any]:
    """A server with this certificate, and the KDM for it."""
    return files(kdm_file(world, certificate)) | {"certificate": certificate}


def clear(world: Any) -> bytes:
    data: bytes = world.playlist(reels=no_keys_but(world, None))
    return data


def no_keys_but(world: Any, key_id: uuid.UUID | None) -> Any:
    """The composition's reels with another key for all of it, or none."""
    return tuple(
        replace(reel, assets=tuple(replace(asset, key_id=key_id) for asset in reel.assets))
        for reel in parse_cpl(world.cpl, where="cpl.xml").reels
    )


def private_pem(world: Any) -> bytes:
    return private_key_pem(world.hall.private_key)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_each_cause_is_told_apart(world: Any, case: Case) -> None:
    found = run(world, case.make(world))
    assert found.cause == case.cause, diagnosis_lines(found)
    assert found.plays is (case.cause in PLAYS)
    text = found.finding.text("en")
    assert [piece for piece in case.says if piece not in text] == [], text
    assert {note.name for note in found.notes} >= set(case.notes)
    for language in LANGUAGES:
        lines = diagnosis_lines(found, language)
        assert "{" not in "".join(lines) and lines[0].strip() and lines[2].strip()
    chinese = found.finding.meaning("zh") + found.finding.text("zh") + found.finding.remedy("zh")
    assert sum("一" <= sign <= "鿿" for sign in chinese) > 15


def test_every_cause_of_the_table_has_its_case() -> None:
    assert set(CAUSES) <= {case.cause for case in CASES}


def test_the_page_in_docs_has_every_cause() -> None:
    page = Path(__file__).parents[3].joinpath("docs", "diagnose.md").read_text("utf-8")
    rows = [
        line.split(" | ")[1] for line in page.splitlines() if line.startswith("| ") and line.count("|") == 4
    ]
    told = [name for row in rows for name in re.findall(r"`([a-z-]+)`", row)]
    assert sorted(told) == sorted(CAUSES)


def test_what_to_do_has_no_places() -> None:
    for entry in CAUSES.values():
        assert not any(places_of(entries(language)[entry.id]["remedy"]) for language in LANGUAGES), entry.name


def test_only_a_cause_has_codes_and_those_of_the_refusal_that_is_meant(world: Any) -> None:
    for entry in CAUSES.values():
        assert not entry.codes and (not entry.like or REFUSALS[entry.like].codes), entry.name
        assert not entry.like or set(REFUSALS[entry.like].steps) & set(entry.steps), entry.name
    cut = run(world, files(read_kdm_file("cut.xml", good_kdm(world)[:-2000])))
    document: Any = diagnosis_json(cut)
    assert (cut.cause, document["step"], document["codes"]) == ("unreadable", "KDM-001", [])
    for language, end in (("en", "."), ("zh", "。")):
        said = diagnosis_lines(cut, language)  # type: ignore[arg-type]
        assert said[1][0] == said[1][0].upper() and said[1].endswith(end) and said[2].endswith(end)
    over = run(world, files(ours(world, window=(NOW - 9 * DAY, NOW - DAY))))
    assert codes_of(over.finding) == REFUSALS["window-ended"].codes


def test_the_document_says_the_same_as_the_lines(world: Any) -> None:
    made = files(kdm_file(world, world.other.leaf, name="a.xml"), ours(world, name="b.xml", cpl=OTHER_CPL))
    found = run(world, made)
    document: Any = diagnosis_json(found, "zh")
    assert document["schema"] == "dcpkit.kdm-diagnose/1" and document["plays"] is False
    assert (document["cause"], document["step"], document["kdm"]) == ("another-screen", "KDM-106", "a.xml")
    assert document["text"] in diagnosis_lines(found, "zh")
    assert {code["code"] for code in document["codes"]} >= {"10940"}
    assert [(each["file"], each["verdict"]) for each in document["candidates"]] == [
        ("a.xml", "refuse"), ("b.xml", "refuse")
    ]  # fmt: skip
    assert document["candidates"][0]["first_failure"]["id"] == "KDM-106"
    assert document["candidates"][1]["for_composition"] == "same-title"
    assert document["composition"] == {"id": str(world.facts.id), "title": world.facts.content_title_text}
