"""Logs changed by somebody who knows their form, and hostile files in a log's place."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from logs import BEGIN, log_signer, show, ticking, write_log

from dcp.errors import DcpError, UsageError
from dcp.trust.making import make_chain
from dcp.trust.signer import Signer
from player.log.event import Event
from player.log.journal import open_journal
from player.log.line import read_line, to_line
from player.log.report import write_report
from player.log.show import records
from player.log.store import COUNTER, Counter, read_counter, write_counter
from player.log.verify import LogVerdict, verify_log

ROOT = log_signer().signer.chain.certificates[-1]


def other_signer() -> Signer:
    return make_chain(
        organization="other.example", unit="test", role="SM", now=BEGIN - timedelta(days=2)
    ).signer


def events_of(path: Path) -> list[Event]:
    found = [read_line(line) for line in path.read_bytes().splitlines(keepends=True)]
    return [event for event in found if event is not None]


def put(path: Path, events: list[Event]) -> None:
    path.write_bytes(b"".join(map(to_line, events)))


def said(found: LogVerdict) -> set[str]:
    return {fault.said.id for fault in found.faults}


def tied_anew(
    events: list[Event], start: int, device: str | None = None, certified: bool = False
) -> list[Event]:
    """The records from `start` on with all hashes computed anew and no signature, another message in one."""
    from player.log.line import header_of
    from player.log.record import linked

    done = events[:start]
    for event in events[start:]:
        assert event.link is not None
        named, sure = (device, certified) if device else (event.link.device, event.link.certified)
        previous = header_of(done[-1]) if done else None
        changed = replace(event, message=f"{event.message}!", exceptions=(), seal=None)
        link, _ = linked(changed, device=named, certified=sure, previous=previous)
        done.append(replace(changed, link=link))
    return done


def counted(path: Path, events: list[Event]) -> None:
    from player.log.line import header_of

    write_counter(
        path.with_name(path.name + COUNTER), Counter(len(events), header_of(events[-1]), "urn:uuid:x")
    )


@pytest.mark.parametrize("signed", [True, False], ids=["signed", "unsigned"])
def test_a_record_whose_tie_was_taken_away_is_seen(signed: bool, tmp_path: Path) -> None:
    path = tmp_path / "log"
    write_log(path, signer=log_signer().signer if signed else None)
    events = events_of(path)
    events[5] = replace(events[5], message="all went well", exceptions=(), link=None, seal=None)
    put(path, events)
    found = verify_log(path)
    assert "log.tie-taken-away" in said(found) and not found.whole


def test_a_signed_log_made_anew_from_a_record_on_is_seen(tmp_path: Path) -> None:
    path = tmp_path / "log"
    write_log(path, signer=log_signer().signer, shows=1, runs=230)
    events = events_of(path)
    for start in (50, 101, 205):
        forged = tied_anew(events, start)
        put(path, forged)
        counted(path, forged)
        expected = "log.outside-sequence"
        if start == 205:  # a sequence may be open at the end: that much is said
            assert "log.not-yet-signed" in {each.id for each in verify_log(path).not_judged}
        else:
            assert expected in said(verify_log(path))


def test_who_asks_for_a_trusted_signer_gets_no_unsigned_log(tmp_path: Path) -> None:
    path = tmp_path / "log"
    write_log(path, signer=log_signer().signer)
    forged = tied_anew(events_of(path), 0, device="urn:uuid:1f9d3a08-edd6-4402-99c0-b80d9c7614fc")
    put(path, forged)
    counted(path, forged)
    assert verify_log(path).whole  # nobody asked for one, and that none signed is said
    found = verify_log(path, trust=[ROOT])
    assert {each.id for each in found.faults} == {"LOG-101"} and {"log.unsigned"} <= said(found)
    write_report(path, tmp_path / "report.xml", now=BEGIN)
    assert said(verify_log(tmp_path / "report.xml", trust=[ROOT])) == {"log.unsigned"}


def test_records_of_nobody_behind_signed_ones_are_no_trusted_ones(tmp_path: Path) -> None:
    path = tmp_path / "log"
    write_log(path, signer=log_signer().signer, shows=1)
    write_log(path, shows=1)
    found = verify_log(path)
    assert found.whole and found.signed < found.records
    assert said(verify_log(path, trust=[ROOT])) == {"log.nobody-signed"}


def test_a_second_signer_is_named(tmp_path: Path) -> None:
    path = tmp_path / "log"
    write_log(path, signer=log_signer().signer, shows=1)
    count = len(events_of(path))
    write_log(path, signer=other_signer(), shows=1)
    found = verify_log(path)
    (told,) = [each for each in found.not_judged if each.id == "log.several-signers"]
    assert f"({count + 1})" in str(told) and "2 signers" in str(told)  # of one name, too
    assert {each.id for each in verify_log(path, trust=[ROOT]).faults} == {"LOG-101"}


def test_records_of_one_device_signed_by_another_are_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from player.log import record, store

    path, other = tmp_path / "log", other_signer()
    real = record.linked

    def under_another_name(event: Event, **held: object) -> object:
        return real(event, **{**held, "device": "c29tZWJvZHkgZWxzZSwgbm90IG1l"})  # type: ignore[arg-type]

    monkeypatch.setattr(store, "linked", under_another_name)
    write_log(path, signer=other, shows=1)
    assert said(verify_log(path)) == {"log.other-device"}


# --- reports -----


@pytest.fixture
def report(tmp_path: Path) -> Path:
    write_log(tmp_path / "log", signer=log_signer().signer)
    write_report(tmp_path / "log", tmp_path / "report.xml", now=BEGIN, signer=log_signer().signer)
    return tmp_path / "report.xml"


@pytest.mark.parametrize(
    ("part", "added"),
    [
        (
            "<lr:LogRecordBody>",
            "<lr:LogRecordBody><lr:EventSubType>CPLEnd</lr:EventSubType></lr:LogRecordBody>",
        ),
        ("<lr:LogRecordHeader>", "<lr:LogRecordHeader/>"),
        ("<lr:LogRecordSignature>", "<lr:LogRecordSignature/>"),
        ("<lr:RecordAuthData ", "<lr:RecordAuthData/>"),
        ("<ds:Signature>", "<ds:Signature/>"),
    ],
    ids=["body", "header", "seal", "auth", "signature"],
)
def test_a_part_that_stands_twice_is_no_part(part: str, added: str, report: Path) -> None:
    words = report.read_text("utf-8")
    report.write_text(words.replace(part, added + part, 1), "utf-8")
    assert "log.part-twice" in said(verify_log(report))


@pytest.mark.parametrize(
    "put_in",
    [
        lambda words, record: words.replace(record, f"{record}<lr:Extra>{record}</lr:Extra>", 1),
        lambda words, record: words.replace(
            "</lr:LogReport>", f"<lr:Extra>{record}</lr:Extra></lr:LogReport>"
        ),
        lambda words, record: words.replace(record, record + record.replace("LogRecordE", "logRecorde"), 1),
        lambda words, record: words.replace(
            "</lr:LogReport>", record.replace("LogRecordE", "logRecorde") + "</lr:LogReport>"
        ),
        lambda words, record: words.replace("<lr:LogRecordBody>", f"{record}<lr:LogRecordBody>", 1),
        lambda words, record: words.replace("<lr:LogRecordBody>", "<LOGRECORDELEMENT/><lr:LogRecordBody>", 1),
    ],
    ids=["wrapped", "wrapped-behind", "spelled", "spelled-behind", "within", "spelled-within"],
)
def test_a_record_where_none_stands_is_a_fault(put_in: Callable[[str, str], str], report: Path) -> None:
    """Another reader might take it for one."""
    words = report.read_text("utf-8")
    end = "</lr:LogRecordElement>"
    record = words[words.index("<lr:LogRecordElement>") : words.index(end) + len(end)]
    changed = put_in(words, record)
    assert changed != words
    report.write_text(changed, "utf-8")
    found = verify_log(report)
    assert said(found) & {"log.no-record", "log.part-twice"} and not found.whole


def test_a_comment_cuts_no_text_in_two(report: Path) -> None:
    """Hashes do not cover comments: what is read has to be what was hashed."""
    before = [(each.subtype, each.content_id, each.message) for each in records(report)]
    words = report.read_text("utf-8")
    changed = words.replace("FrameSequencePlayed<", "Frame<!-- -->SequencePlayed<").replace(
        "reel 1", "reel<!-- --> 1"
    )
    assert changed != words
    report.write_text(changed, "utf-8")
    assert [(each.subtype, each.content_id, each.message) for each in records(report)] == before
    assert verify_log(report).whole


# --- hostile files -----


def _set(name: str, value: object) -> Callable[[dict[str, object]], object]:
    return lambda line: line.update({name: value})


@pytest.mark.parametrize(
    "change",
    [
        _set("sequence", 10**4299),
        _set("time", "0001-01-01T00:00:00+14:00"),
        _set("time", "9999-12-31T23:59:59-14:00"),
        _set("body", "\ud800"),
        _set("device", "\ud800"),
        _set("previous", "\udfff"),
        _set("subtype", "\ud800"),
        _set("parameters", {"\ud800": "\ud800", "message_id": []}),
        _set("seal", {"placement": "start", "length": 10**4299, "value": "\ud800", "chain": ["\ud800"]}),
        _set("seal", {"placement": "start", "length": 1, "value": "\ud800", "chain": ["\ud800", "A"]}),
        _set("seal", {"placement": "start", "length": 1, "value": "AA==", "chain": ["AA=="]}),
    ],
    ids=[
        "number",
        "early",
        "late",
        "body",
        "device",
        "previous",
        "subtype",
        "parameters",
        "seal",
        "chain",
        "certificate",
    ],
)
def test_a_hostile_line_is_a_fault_and_no_crash(
    change: Callable[[dict[str, object]], object], tmp_path: Path
) -> None:
    path = tmp_path / "log"
    write_log(path, shows=1)
    lines = path.read_text().splitlines()
    for at in (-1, 3):
        changed = json.loads(lines[at])
        change(changed)
        path.write_text("".join(f"{line}\n" for line in [*lines[:at], json.dumps(changed), *lines[at:][1:]]))
        assert not verify_log(path).whole
        list(records(path))
        with suppress(DcpError):
            write_report(path, tmp_path / "out.xml", now=BEGIN, signer=log_signer().signer)
        (tmp_path / "out.xml").unlink(missing_ok=True)
    write_log(path, shows=1)


def test_deep_parameters_are_a_fault_and_no_crash(tmp_path: Path) -> None:
    path = tmp_path / "log"
    write_log(path, shows=1)
    lines = path.read_text().splitlines()
    for depth in (100, sys.getrecursionlimit() - 60, sys.getrecursionlimit(), 50_000):
        deep = lines[3].replace('"parameters": {', '"parameters": {"x": ' + "[" * depth + "]" * depth + ", ")
        path.write_text("".join(f"{line}\n" for line in [*lines[:3], deep, *lines[4:]]))
        assert not verify_log(path).whole


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes")
def test_a_pipe_is_no_log_and_no_counter(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for look in (verify_log, lambda path: list(records(path))):
        with pytest.raises(UsageError):
            look(tmp_path / "pipe")
    path = tmp_path / "log"
    write_log(path, shows=1)
    beside = path.with_name("log.counter")
    beside.unlink()
    os.mkfifo(beside)
    assert "log.counter-damaged" in {each.id for each in verify_log(path).not_judged}


@pytest.mark.skipif(not hasattr(os, "symlink"), reason="there are no links")
def test_the_counter_is_written_through_no_link(tmp_path: Path) -> None:
    other = tmp_path / "precious"
    other.write_text("mine")
    (tmp_path / "log.counter.part").symlink_to(other)
    with open_journal(ticking(), tmp_path / "log") as journal:
        show(journal)
    assert other.read_text() == "mine" and verify_log(tmp_path / "log").whole


def test_a_counter_names_no_certificate(tmp_path: Path) -> None:
    path = tmp_path / "counter"
    path.write_text('{"sequence": 1, "header": null, "device": "c29tZWJvZHk="}')
    with pytest.raises(ValueError, match="no counter"):
        read_counter(path)
