"""Reports for other programs: JSON, JUnit, SARIF and GitHub's commands, each held against its schema."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from holding import DOCS, OURS, hold_json, hold_xml, published
from trackfiles import flip, unit_offset
from verified import Make, judge

from dcp.errors import UsageError
from dcp.secrets.keys import Keyring
from dcp.texts.catalogue import text
from dcp.verify.finding import Finding, LeftOut, NotChecked, VerificationReport
from dcp.verify.reports.github import github_lines
from dcp.verify.reports.junit import junit_document
from dcp.verify.reports.many import Outcome, Unjudged
from dcp.verify.reports.sarif import sarif_document

NASTY = "a\x1b[31m\u202eb\udcff/<&>'\"]]>,:%\n##[error]"
"""What a file may be called: it steers a terminal, turns the writing, is no UTF-8, has signs of XML and
of GitHub's commands."""


@pytest.fixture
def damaged(make: Make) -> VerificationReport:
    """A report with errors, warnings, notes, and rules that could not be put to all of it."""
    made = make(encrypt=True)
    flip(made.picture, unit_offset(made.picture, 3, made.keyring.keys[0]) + 2000)
    (made.root / ".hidden").write_text("x")
    return judge(made, keyring=Keyring(made.keyring.keys[:1]), ignore=["XML-004"])


@pytest.fixture
def nasty() -> VerificationReport:
    """Names that would break a document."""
    findings = (
        Finding("AM-010", "error", text("AM-010.missing"), file=NASTY, at=text("place.byte", byte=16)),
        Finding("AM-011", "warning", NASTY, file="/elsewhere/kdm.xml", at=NASTY, to_do=NASTY),
        Finding("VOL-003", "info", text("VOL-003.none")),
    )
    skipped = (NotChecked("J2K-001", NASTY),)
    left_out = (LeftOut("XML-001", "profile"), LeftOut("XML-002", "ignore"))
    ids = ("AM-010", "AM-011", "VOL-003", "J2K-001", "J2K-002")
    return VerificationReport(
        "dcp " + NASTY, "smpte", "field", None, findings, skipped, checked=ids, left_out=left_out
    )


@pytest.fixture
def outcomes(damaged: VerificationReport, nasty: VerificationReport) -> list[Outcome]:
    gone = Unjudged("gone " + NASTY, UsageError("file.cannot-read", where="gone", why=NASTY))
    return [damaged, nasty, gone]


class TestJson:
    def test_it_keeps_the_published_schema(
        self, damaged: VerificationReport, nasty: VerificationReport
    ) -> None:
        documents = [report.document(tool="dcpkit", version="1") for report in (damaged, nasty)]
        for document in documents:
            hold_json(json.loads(json.dumps(document)), DOCS / "dcpkit.verify-1.json")
        error = {"id": "file.cannot-read", "what": "x", "where": None, "remedy": None}
        many = {
            "schema": "dcpkit.verify-many/1",
            "packages": [*documents, {"package": "gone", "error": error}],
        }
        hold_json(json.loads(json.dumps(many)), DOCS / "dcpkit.verify-many-1.json")

    def test_the_schema_refuses_what_is_none(self, damaged: VerificationReport) -> None:
        document = json.loads(json.dumps(damaged.document(tool="dcpkit", version="1")))
        document["findings"][0]["severity"] = "fatal"
        with pytest.raises(AssertionError, match="fatal"):
            hold_json(document, DOCS / "dcpkit.verify-1.json")


class TestJunit:
    @pytest.mark.parametrize("schema", ["ours", "junit-10.xsd"])
    def test_it_keeps_its_schema(self, outcomes: list[Outcome], schema: str) -> None:
        path = OURS / "junit.xsd" if schema == "ours" else published(schema)
        root = hold_xml(junit_document(outcomes, tool="dcpkit"), path)
        assert [suite.get("failures") for suite in root] == [
            str(len({finding.id for finding in outcome.errors}))
            if isinstance(outcome, VerificationReport)
            else "0"
            for outcome in outcomes
        ]
        assert [suite.get("errors") for suite in root] == ["0", "0", "1"]
        assert root.get("tests") == str(len(root.findall("testsuite/testcase")))

    def test_what_was_not_looked_at_is_skipped_and_what_is_no_error_passes_aloud(
        self, damaged: VerificationReport
    ) -> None:
        root = hold_xml(junit_document([damaged], tool="dcpkit"), OURS / "junit.xsd")
        cases = {case.get("name", "").split()[0]: case for case in root.iter("testcase")}
        assert cases["XML-004"].find("skipped") is not None
        assert cases["KDM-002"].find("skipped") is not None
        hidden = cases["PKG-009"]
        assert [child.tag for child in hidden] == ["system-out"]
        assert "warning: .hidden" in (hidden.findtext("system-out") or "")
        failure = cases["MXF-004"].find("failure")
        assert failure is not None and "picture.mxf, frame 3" in (failure.text or "")
        assert cases["AM-001"].get("classname") == "dcpkit.assetmap" and not len(cases["AM-001"])

    def test_nothing_of_a_file_that_is_missing_passes(self, make: Make) -> None:
        made = make()
        made.picture.unlink()
        root = hold_xml(junit_document([judge(made)], tool="dcpkit"), OURS / "junit.xsd")
        cases = {case.get("name", "").split()[0]: case for case in root.iter("testcase")}
        assert all(cases[id].find("skipped") is not None for id in ("J2K-002", "PIC-004", "MXF-001"))
        assert cases["AM-010"].find("failure") is not None and not len(cases["XML-001"])

    def test_a_rule_of_what_was_not_opened_does_not_pass(self, nasty: VerificationReport) -> None:
        root = hold_xml(junit_document([nasty], tool="dcpkit"), OURS / "junit.xsd")
        cases = {case.get("name", "").split()[0]: case for case in root.iter("testcase")}
        assert cases["J2K-002"].find("skipped") is not None


class TestSarif:
    @pytest.mark.parametrize("schema", ["ours", "sarif-schema-2.1.0.json"])
    def test_it_keeps_its_schema(self, outcomes: list[Outcome], schema: str) -> None:
        path = OURS / "sarif.json" if schema == "ours" else published(schema)
        document = sarif_document(outcomes, tool="dcpkit", version="1")
        hold_json(json.loads(json.dumps(document)), path)

    def test_each_result_names_its_rule_its_place_and_itself(self, outcomes: list[Outcome]) -> None:
        damaged, nasty, gone = sarif_document(outcomes, tool="dcpkit", version="1")["runs"]
        for run in (damaged, nasty):
            rules = run["tool"]["driver"]["rules"]
            for result in run["results"]:
                assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
            prints = [
                result["partialFingerprints"]["dcpkit/v1"]
                for result in run["results"]
                if "kind" not in result
            ]
            assert len(prints) == len(set(prints))
        first, second = nasty["results"][:2]
        physical = first["locations"][0]["physicalLocation"]
        assert physical["region"] == {"byteOffset": 16}
        assert physical["artifactLocation"]["uri"].startswith("a%1B%5B31m%E2%80%AEb%FF/%3C%26%3E")
        elsewhere = second["locations"][0]["physicalLocation"]["artifactLocation"]
        assert elsewhere == {"uri": "file:///elsewhere/kdm.xml"}
        overrides = nasty["invocations"][0]["ruleConfigurationOverrides"]
        assert [one["descriptor"]["id"] for one in overrides] == ["XML-001", "XML-002"]
        assert [result["ruleId"] for result in nasty["results"] if result.get("kind") == "open"] == [
            "J2K-001"
        ]
        assert gone["invocations"][0]["executionSuccessful"] is False and "results" not in gone


class TestGithub:
    @pytest.mark.parametrize("language", ["en", "zh"])
    def test_no_name_breaks_out_of_its_command(self, outcomes: list[Outcome], language: str) -> None:
        lines = list(github_lines(outcomes, language, verbose=True))  # type: ignore[arg-type]
        assert all(line.isprintable() and "##[" not in line for line in lines)
        commands = [line for line in lines if line.startswith("::")]
        for line in commands:
            head, _, message = line[2:].partition("::")
            kind, _, properties = head.partition(" ")
            assert kind in ("error", "warning", "notice") and message
            assert [part.partition("=")[0] for part in properties.split(",")] == ["file", "title"]
        assert any("%2C%3A%25%0A" in line for line in commands)

    def test_the_gravest_come_first_and_a_rule_is_one_annotation(self, damaged: VerificationReport) -> None:
        lines = list(github_lines([damaged]))
        kinds = [line[2:].partition(" ")[0] for line in lines if line.startswith("::")]
        assert kinds == sorted(kinds, key=["error", "warning", "notice"].index)
        assert kinds.count("error") == len({finding.id for finding in damaged.errors})
        assert kinds.count("notice") == 1  # what was not checked; notes are for -v
        assert lines[-2].startswith("FAIL: ") and lines[-1].startswith("rules not asked: ")

    def test_many_places_are_counted(self, nasty: VerificationReport) -> None:
        many = tuple(
            Finding("AM-010", "error", text("AM-010.missing"), file=f"{number}.mxf") for number in range(11)
        )
        (first, *_) = github_lines([replace(nasty, findings=many)])
        assert "7.mxf" in first and "8.mxf" not in first and "and 3 more" in first
