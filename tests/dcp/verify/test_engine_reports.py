"""A report of a verification as JSON, text and HTML."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from trackfiles import flip, unit_offset
from verified import Make, judge

from dcp.secrets.keys import Keyring
from dcp.texts.catalogue import text
from dcp.verify.finding import Finding, VerificationReport
from dcp.verify.reports.html import html_report
from dcp.verify.reports.text import text_lines


class TestReports:
    @pytest.fixture
    def report(self, make: Make) -> VerificationReport:
        made = make(encrypt=True)
        flip(made.picture, unit_offset(made.picture, 3, made.keyring.keys[0]) + 2000)
        return judge(made, keyring=Keyring(made.keyring.keys[:1]))

    def test_json(self, report: VerificationReport) -> None:
        document = json.loads(json.dumps(report.document(tool="dcpkit", version="1")))
        assert document["schema"] == "dcpkit.verify/1"
        assert set(document) == {
            *("schema", "tool", "version", "package", "standard", "profile", "verdict", "mic"),
            *("findings", "not_checked", "checked", "left_out", "servers", "remembered"),
            *("pictures", "sounds"),
        }
        assert (document["verdict"], document["mic"]) == ("fail", "derived")
        keys = {"id", "severity", "clause", "file", "place", "message", "remedy"}
        assert all(set(finding) == keys for finding in document["findings"])
        assert all(set(item) == {"id", "why"} for item in document["not_checked"])

    def test_text(self, report: VerificationReport) -> None:
        lines = list(text_lines(report))
        assert lines[0].startswith("FAIL: 4 errors, ")
        assert any("where: picture.mxf, frame 3" in line for line in lines)
        assert any(line.startswith("  MXF-004, ENC-101  sound.mxf is encrypted") for line in lines)

    def test_text_in_chinese(self, report: VerificationReport) -> None:
        lines = list(text_lines(report, "zh"))
        assert lines[0].startswith("不通过：4 个错误，")
        assert any("位置：picture.mxf，第 3 帧" in line for line in lines)
        assert any(line.startswith("  MXF-004, ENC-101  sound.mxf 已加密，但没有提供密钥") for line in lines)

    def test_text_folds_what_is_right_and_lists_the_first_places(self) -> None:
        missing = [
            Finding("AM-010", "error", text("AM-010.missing"), file=f"{number}.mxf") for number in range(11)
        ]
        note = Finding("VOL-003", "info", text("VOL-003.none"))
        report = VerificationReport(
            "dcp", "smpte", "field", None, (*missing, note), (), checked=("AM-010", "AM-003")
        )
        lines = list(text_lines(report))
        assert "error   AM-010  this file is missing (11 times)" in lines
        assert "               7.mxf" in lines and not any("8.mxf" in line for line in lines)
        assert "        and 3 more" in lines
        assert sum("what to do: copy the package again" in line for line in lines) == 1
        assert not any("volume index" in line or "AM-003" in line for line in lines)
        assert lines[-1] == "1 note is not shown (see -v)"
        spoken = list(text_lines(report, verbose=True, paint=lambda words, tone: f"<{tone}>{words}"))
        assert spoken[0].startswith("<fail>FAIL")
        assert "<info>note    VOL-003  there is no volume index" in spoken
        assert spoken[-1] == "  AM-003  VolumeCount is 1"

    def test_what_was_not_looked_at_is_not_told_as_right(self, make: Make) -> None:
        report = judge(make(), picture=False)
        right = list(text_lines(report, verbose=True))
        right = right[right.index("in order:") :]
        assert any("AM-010" in line for line in right)
        assert not any("J2K-" in line or "KDM-" in line for line in right)

    def test_several_things_wrong_by_one_rule_do_not_read_as_if_it_held(self) -> None:
        two = (
            Finding("AM-010", "error", text("AM-010.missing"), file="1.mxf"),
            Finding("AM-010", "error", text("AM-010.missing-original", path="a"), file="2.mxf"),
        )
        lines = list(text_lines(VerificationReport("dcp", "smpte", "field", None, two, (), checked=())))
        assert "error   AM-010  Rule not met: Every file of the asset map is there (2 times)" in lines

    def test_html(self, report: VerificationReport) -> None:
        page = html_report(report, tool="dcpkit", version="1", issued="2026-01-31")
        assert page.count('<article class="group') == len({f.id for f in report.findings}) + len(
            {item.id for item in report.not_checked}
        )
        assert report.package not in page and Path(report.package).name in page
        assert "MXF-004" in page
        assert "Not checked" in page
        assert "<script" not in page

    def test_html_escapes_what_the_package_says(self, make: Make) -> None:
        made = make(change=lambda cpl: replace(cpl, annotation_text="<script>alert(1)</script>"))
        page = html_report(judge(made), tool="dcpkit", version="1", issued="now")
        assert "&lt;script&gt;alert" in page
        assert "<script" not in page
