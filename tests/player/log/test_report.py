"""A LogReport: its digests and signatures as others compute them, and others' reports read."""

from __future__ import annotations

import shutil
import subprocess
from datetime import timedelta
from pathlib import Path

import pytest
from logs import BEGIN, CPL, KDM, TRACK, log_signer, write_log
from lxml import etree

from dcp.errors import DcpError
from player.log import names
from player.log.record import canonical, digest
from player.log.report import write_report
from player.log.show import Wanted, records
from player.log.verify import verify_log

LR = {"lr": names.LOG_RECORD, "dcml": names.DCML, "ds": names.XMLDSIG}


@pytest.fixture
def report(tmp_path: Path) -> Path:
    write_log(tmp_path / "log", signer=log_signer().signer)
    write_report(tmp_path / "log", tmp_path / "report.xml", now=BEGIN, signer=log_signer().signer)
    return tmp_path / "report.xml"


def test_the_known_hash_of_a_body() -> None:
    """Sheet 7.3: one vendor's record."""
    scope = names.SUBTYPE_SCOPES["Operations"]
    body = (
        "<lr:LogRecordBody><lr:EventID>urn:uuid:1f9d3a08-edd6-4402-99c0-b80d9c7614fc</lr:EventID>"
        f'<lr:EventSubType scope="{scope}">SPBStartup</lr:EventSubType></lr:LogRecordBody>'
    )
    assert digest(canonical(body)) == "0HwjYW3B/l79oq2NHVctyN7qMhE="


def test_what_is_hashed_is_what_the_library_makes_of_the_report(report: Path) -> None:
    root = etree.parse(report).getroot()
    for record in root.iterfind("lr:LogRecordElement", LR):
        header, body = record.find("lr:LogRecordHeader", LR), record.find("lr:LogRecordBody", LR)
        assert header is not None and body is not None
        stated = header.findtext("lr:recordBodyHash", None, LR)
        assert stated == digest(etree.tostring(body, method="c14n"))
        following = record.getnext()
        if following is not None:
            previous = following.findtext("lr:LogRecordHeader/lr:previousHeaderHash", None, LR)
            assert previous == digest(etree.tostring(header, method="c14n"))


@pytest.mark.skipif(shutil.which("xmlsec1") is None, reason="xmlsec1 is not here")
def test_xmlsec1_agrees_with_every_signature(report: Path, tmp_path: Path) -> None:
    root = tmp_path / "root.pem"
    root.write_bytes(log_signer().signer.chain.certificates[-1].pem().encode())
    count = len(etree.parse(report).getroot().findall(".//ds:Signature", LR))
    assert count == 5
    for number in range(1, count + 1):
        run = subprocess.run(
            ["xmlsec1", "--verify", "--id-attr:Id", f"{names.LOG_RECORD}:RecordAuthData", "--trusted-pem",
             str(root), "--verification-time", "2028-06-01 18:00:00", "--enabled-key-data", "x509",
             "--node-xpath", f"(//*[local-name()='Signature'])[{number}]", str(report)],
            capture_output=True, check=False, text=True,
        )  # fmt: skip
        assert run.returncode == 0, run.stderr


def test_it_reads_as_the_log_reads(report: Path) -> None:
    log = [
        (each.sequence, each.subtype, each.exceptions, each.content_id)
        for each in records(report.with_name("log"))
    ]
    told = [(each.sequence, each.subtype, each.exceptions, each.content_id) for each in records(report)]
    assert told[:-1] == log and told[-1][1] == "ReportMade"
    (played, *_) = records(report, Wanted(kinds=frozenset({"framesequenceplayed"}), exceptions=True))
    assert played.content_id == CPL
    assert played.parameters["KeyDeliveryMessageID"] == KDM
    assert played.parameters["TrackFileID"] == TRACK
    assert played.parameters["FirstFrame"] == "1"


def test_sequences_are_not_cut(report: Path, tmp_path: Path) -> None:
    part = tmp_path / "part.xml"
    since = BEGIN + timedelta(hours=1, seconds=3)
    made = write_report(
        report.with_name("log"), part, now=BEGIN, since=since, until=since + timedelta(seconds=1)
    )
    lines = len(report.with_name("log").read_bytes().splitlines())
    assert (made.first, made.last) == (lines // 2 + 1, lines)
    found = verify_log(part)
    assert found.whole and found.first == made.first


def test_a_time_without_records_leaves_nothing(report: Path, tmp_path: Path) -> None:
    with pytest.raises(DcpError) as refused:
        write_report(report.with_name("log"), tmp_path / "x.xml", now=BEGIN, since=BEGIN + timedelta(days=1))
    assert refused.value.id == "log.nothing-then"
    assert not [path for path in tmp_path.iterdir() if "x.xml" in path.name]


FOREIGN = """<?xml version="1.0"?>
<r:LOGREPORT xmlns:r="urn:other" xmlns="urn:x">
 <r:reportdate>2020-01-01T00:00:00Z</r:reportdate>
 <r:LogRecordElement>
  <r:LogRecordBody><r:EventSubtype>FrameSequencePlayed</r:EventSubtype>
   <r:parameters><p><Value>7</Value><Name>firstframe</Name></p></r:parameters>
   <r:Exceptions><e><Name>FrameMICError</Name><Value>bad</Value></e></r:Exceptions></r:LogRecordBody>
  <r:LogRecordHeader><r:EventSequence>12</r:EventSequence><r:Timestamp>2020-01-01T00:00:00</r:Timestamp>
   <r:EventType>playout</r:EventType></r:LogRecordHeader>
 </r:LogRecordElement>
</r:LOGREPORT>
"""


def test_anothers_report_is_read_leniently(tmp_path: Path) -> None:
    path = tmp_path / "other.xml"
    path.write_text(FOREIGN)
    (seen,) = records(path)
    assert (seen.sequence, seen.type, seen.subtype) == (12, "playout", "FrameSequencePlayed")
    assert seen.exceptions == (("FrameMICError", "bad"),) and seen.parameters == {"firstframe": "7"}
    found = verify_log(path)
    assert found.whole and {each.id for each in found.not_judged} == {
        "log.unsigned",
        "log.untied",
        "log.ends-not-judged",
    }


@pytest.mark.parametrize(
    ("content", "id"),
    [
        (b"<!DOCTYPE a [<!ENTITY b 'c'>]><LogReport>&b;</LogReport>", "log.doctype"),
        (b"<LogReport><a></LogReport>", "log.not-xml"),
        (b"<Other/>", "log.no-report"),
        (b"<LogReport>" + b"<a>" * 300 + b"</a>" * 300 + b"</LogReport>", "log.not-xml"),
        (b"<LogReport><LogRecordElement>" + b"<a>x</a>" * 3_000_000, "log.record-too-large"),
        (b"hello\n", "play.not-a-log"),
    ],
)
def test_what_is_no_report_is_refused(content: bytes, id: str, tmp_path: Path) -> None:
    path = tmp_path / "hostile.xml"
    path.write_bytes(content)
    with pytest.raises(DcpError) as refused:
        verify_log(path)
    assert refused.value.id == id
