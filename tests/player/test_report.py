"""The report as JSON, as a page, as lines."""

from __future__ import annotations

import html.parser
import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from kdm.checklist import check_kdm
from player.play import play
from player.report import PlayReport, to_html, write_report

NOW = datetime(2028, 6, 1, 12, 0, tzinfo=UTC)


@pytest.fixture
def report(make: Callable[..., Any]) -> PlayReport:
    def damage(number: int, data: bytes) -> bytes:
        return b"nothing" if number in (1, 2) else data

    made = make(lengths=(3, 2), damage=damage)
    return play(made.root, now=NOW, keyring=made.keyring)


def test_the_json_has_what_scripts_rely_on(report: PlayReport, tmp_path: Path) -> None:
    write_report(report, tmp_path / "report.json")
    document = json.loads((tmp_path / "report.json").read_text())
    assert document == json.loads(json.dumps(report.document()))
    assert document["schema"] == "dcpkit.play/1"
    assert document["verdict"] == "damaged"
    assert (document["frames_shown"], document["frames_dropped"], document["marked"]) == (5, 0, False)
    assert document["cpl_id"] == report.cpl_id
    assert document["rate"] == "24 1"
    first = document["reels"][0]
    assert (first["number"], first["frames_shown"], first["frames_black"]) == (1, 3, 2)
    (damage,) = first["tracks"][0]["damaged"]
    assert (damage["first_frame"], damage["last_frame"], damage["reason"]) == (1, 2, "codestream")
    assert document["events"][0]["sequence"] == 1


class Tags(html.parser.HTMLParser):
    """Checks that what is opened is closed."""

    VOID = frozenset({"meta", "br", "wbr"})

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def test_the_page_is_whole_and_says_the_same(report: PlayReport, tmp_path: Path) -> None:
    write_report(report, tmp_path / "report.html")
    tags = Tags()
    tags.feed((tmp_path / "report.html").read_text("utf-8"))
    assert tags.open == []
    for text in (
        report.cpl_id,
        "Played to the end, with damage",
        "frames 1 to 2",
        "black in its place",
        report.package or "?",
        "MainSound",
        "PlayoutComplete",
    ):
        assert text in tags.text


def test_the_page_escapes_what_a_package_says(report: PlayReport) -> None:
    page = to_html(replace(report, title="<script>alert(1)</script>"))
    assert "<script>" not in page
    assert "&lt;script&gt;" in page


def test_the_lines_name_damage_and_what_was_left_out(report: PlayReport) -> None:
    lines = report.lines()
    assert lines[0] == "Played to the end, with damage: Player test, 5 frames shown"
    assert any("MainPicture frames 1 to 2" in line and "black" in line for line in lines)
    assert any(line.startswith("marked: no (due") for line in lines)
    assert any(line.startswith("not checked:") for line in lines)
    assert report.exit_code == 1


def test_the_lines_speak_chinese_without_a_sentence_in_english(report: PlayReport) -> None:
    lines = report.lines("zh")
    assert lines[0] == "放映完毕，但有损坏：Player test，已放映 5 帧"
    words = " ".join(lines).replace("Player test", "")
    assert not re.search(r"[a-z]+ [a-z]+ [a-z]+", words), words


def test_the_page_names_no_path(report: PlayReport, tmp_path: Path) -> None:
    page = to_html(replace(report, output=f"frames:{tmp_path}/stills"), language="zh")
    assert str(tmp_path) not in page and "stills" in page
    assert '<html lang="zh-CN">' in page


def test_the_page_has_the_checklist_in_its_language(report: PlayReport) -> None:
    judged = check_kdm(b"<DCinemaSecurityMessage/>", private_key=None, now=NOW, where="kdm.xml")
    tags = Tags()
    tags.feed(to_html(replace(report, judged=judged), language="zh"))
    for step in judged.steps:
        assert judged.outcomes[step.id].say("zh") in tags.text


def test_the_page_says_no_size_where_no_picture_was_seen(report: PlayReport) -> None:
    shown = f"({report.encoding}"
    assert shown in to_html(report)
    reels = tuple(
        replace(reel, tracks=tuple(replace(track, rendered=False) for track in reel.tracks))
        for reel in report.reels
    )
    assert shown not in to_html(replace(report, reels=reels))
