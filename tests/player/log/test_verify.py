"""A log is whole, or its fault is named: every record changed, removed, moved, doubled, cut off."""

from __future__ import annotations

import json
from itertools import islice
from pathlib import Path

import pytest
from logs import BEGIN, edited, log_signer, show, ticking, write_log

from dcp.errors import DcpError
from player.log import sealing
from player.log.journal import open_journal
from player.log.report import write_report
from player.log.store import COUNTER
from player.log.verify import verify_log


@pytest.fixture(params=["signed", "unsigned"])
def log(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    path = tmp_path / "log"
    write_log(path, signer=log_signer().signer if request.param == "signed" else None)
    return path


def test_a_log_as_it_was_written_is_whole(log: Path) -> None:
    found = verify_log(log)
    assert found.whole and found.faults == () and found.kind == "journal"
    assert (found.records, found.first) == (found.last, 1)
    assert found.exceptions == {"FrameMICError": 2, "UnknownError": 2}
    signed = bool(found.signers)
    assert found.signed == (found.records if signed else 0)
    said = {each.id for each in found.not_judged}
    assert said == ({"log.root-not-checked", "log.counter-not-signed"} if signed else {"log.unsigned"})


def test_the_root_is_held_against_the_list(tmp_path: Path) -> None:
    path = tmp_path / "log"
    write_log(path, signer=log_signer().signer)
    chain = log_signer().signer.chain
    assert verify_log(path, trust=[chain.certificates[-1]]).whole
    from dcp.trust.making import make_chain

    other = make_chain(organization="other.example", unit="test", role="SM", now=BEGIN).signer.chain
    found = verify_log(path, trust=[other.certificates[-1]])
    assert [fault.id for fault in found.faults] == ["LOG-101"]


def missed(path: Path, count: int, seed: int) -> list[str]:
    """Edits that were not found."""
    lines = path.read_bytes().splitlines(keepends=True)
    not_found = []
    for name, changed in islice(edited(lines, seed), count):
        path.write_bytes(b"".join(changed))
        try:
            if verify_log(path).whole:
                not_found.append(name)
        except DcpError:
            pass  # it is no log any more
    path.write_bytes(b"".join(lines))
    return not_found


def test_every_edit_of_a_journal_is_found(log: Path) -> None:
    assert missed(log, 150, 4711) == []
    assert verify_log(log).whole


def test_every_edit_of_a_report_is_found(log: Path, tmp_path: Path) -> None:
    report = tmp_path / "report.xml"
    write_report(log, report, now=BEGIN, signer=log_signer().signer)
    assert verify_log(report).whole
    assert missed_records(report, 150, 4711) == []


def missed_records(path: Path, count: int, seed: int) -> list[str]:
    """Of a report, whose first line and last line are no records."""
    head, *records, tail = path.read_bytes().splitlines(keepends=True)
    begin, *records = [head + records[0], *records[1:]]
    not_found = []
    for name, changed in islice(edited(records, seed), count):
        path.write_bytes(b"".join([begin, *changed, tail]))
        try:
            if verify_log(path).whole:
                one, other = (
                    (*set(records).difference(changed), b"")[0],
                    (*set(changed).difference(records), b"")[0],
                )
                place = next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), 0)
                not_found.append(f"{name} {one[place - 40 : place + 10]!r} {other[place : place + 1]!r}")
        except DcpError:
            pass
    path.write_bytes(b"".join([begin, *records, tail]))
    return not_found


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(10))
def test_two_thousand_edits(seed: int, log: Path, tmp_path: Path) -> None:
    report = tmp_path / "report.xml"
    write_report(log, report, now=BEGIN, signer=log_signer().signer)
    assert missed(log, 100, seed) == [] == missed_records(report, 100, seed)


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("message", "log.body-changed"),
        ("time", "log.header-changed"),
        ("content_id", "log.header-changed"),
        ("body", "log.body-changed"),
        ("previous", "log.header-changed"),
    ],
)
def test_what_was_changed_is_named(name: str, fault: str, log: Path) -> None:
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    given = lines[4][name]
    lines[4][name] = {"time": given.replace("18:", "17:")}.get(name, given[:-2] + "AA")
    log.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines))
    found = verify_log(log)
    assert fault in {each.said.id for each in found.faults}
    assert {5} >= {each.sequence for each in found.faults if each.said.id == "log.body-changed"}
    assert all(each.said.say("zh") for each in found.faults)


def test_missing_numbers_are_named(log: Path) -> None:
    lines = log.read_bytes().splitlines(keepends=True)
    log.write_bytes(b"".join([*lines[:3], *lines[6:]]))
    said = [str(each.said) for each in verify_log(log).faults]
    assert any("records 4 to 6 are missing (3)" in each for each in said)


def test_a_tail_that_was_cut_off_is_seen_by_the_counter(log: Path) -> None:
    lines = log.read_bytes().splitlines(keepends=True)
    log.write_bytes(b"".join(lines[:-2]))
    (fault,) = [each for each in verify_log(log).faults if each.said.id == "log.tail-cut"]
    assert f"records {len(lines) - 1} to {len(lines)}" in str(fault.said)
    log.with_name(log.name + COUNTER).unlink()
    found = verify_log(log)
    assert "log.no-counter" in {each.id for each in found.not_judged}


def test_a_signature_of_another_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "log"
    monkeypatch.setattr(sealing.SMPTE.__class__, "sign", lambda self, key, data: b"x" * 256)
    write_log(path, signer=log_signer().signer, shows=1)
    found = verify_log(path)
    assert {each.said.id for each in found.faults} == {"log.wrong-signature"}
    assert found.signed == 0


def test_sequences_end_after_a_hundred_records(tmp_path: Path) -> None:
    path = tmp_path / "log"
    write_log(path, signer=log_signer().signer, shows=1, runs=230)
    seals = [json.loads(line).get("seal") for line in path.read_text().splitlines()]
    placed = [(at, seal["placement"], seal["length"]) for at, seal in enumerate(seals, 1) if seal]
    assert placed[:4] == [(1, "start", 1), (100, "stop", 100), (101, "start", 1), (200, "stop", 100)]
    assert placed[-1][:2] == (len(seals), "stop") and verify_log(path).whole


def test_a_killed_run_is_told_by_the_next_and_counted_on(tmp_path: Path) -> None:
    path = tmp_path / "log"
    with open_journal(ticking(), path, signer=log_signer().signer) as journal:
        show(journal)
        held = path.read_bytes(), path.with_name("log.counter").read_bytes()
    path.write_bytes(held[0] + b'{"sequence": 1')
    path.with_name("log.counter").write_bytes(held[1])
    before = verify_log(path.with_name("log"))
    assert [each.said.id for each in before.faults] == ["log.no-record"]
    write_log(path, signer=log_signer().signer, shows=1)
    events = [json.loads(line) for line in path.read_text().splitlines()]
    assert [event["sequence"] for event in events] == list(range(1, len(events) + 1))
    begun = [event["subtype"] for event in events].index("SPBStartup", 1)
    after = [event["subtype"] for event in events[begun : begun + 4]]
    assert after == ["SPBStartup", "SPBClockAdjust", "AbnormalEnd", "LogMended"]
    assert verify_log(path).whole


@pytest.mark.parametrize("content", [b"", b"nonsense", b'{"sequence": -1}', b"[]", b"{" * 5000])
def test_a_damaged_counter_is_told_and_made_anew(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "log"
    write_log(path, shows=1)
    path.with_name("log.counter").write_bytes(content)
    assert "log.counter-damaged" in {each.id for each in verify_log(path).not_judged}
    write_log(path, shows=1)
    assert b"CounterMended" in path.read_bytes() and verify_log(path).whole


def test_a_log_whose_end_is_gone_goes_on_behind_it_and_says_so(tmp_path: Path) -> None:
    path = tmp_path / "log"
    write_log(path, shows=1)
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:4]))
    write_log(path, shows=1)
    events = [json.loads(line) for line in path.read_text().splitlines()]
    assert events[4]["sequence"] == len(lines) + 1
    assert [event["parameters"]["lost"] for event in events if event["subtype"] == "RecordsLost"] == [
        len(lines) - 4
    ]
    said = [str(each.said) for each in verify_log(path).faults]
    assert f"records 5 to {len(lines)} are missing ({len(lines) - 4})" in said


def test_a_clock_that_was_set_back_unsaid_is_a_fault(tmp_path: Path) -> None:
    path, times = tmp_path / "log", iter([0, 1, 2, 1, 3, 4, 5, 6, 7, 8, 9, 10])
    from datetime import timedelta

    with open_journal(lambda: BEGIN + timedelta(minutes=next(times)), path) as journal:
        show(journal)
    assert [each.id for each in verify_log(path).faults] == ["LOG-103"]


def test_two_players_cannot_write_one_log(tmp_path: Path) -> None:
    with (
        open_journal(ticking(), tmp_path / "log"),
        pytest.raises(DcpError) as refused,
        open_journal(ticking(), tmp_path / "log"),
    ):
        pass
    assert refused.value.id == "play.log-held"
