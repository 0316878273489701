"""`dcpkit log`: verify, show, report, by the command line; and `play --log --log-signer`."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from logs import log_signer, write_log

from dcp.secrets.keys import write_keys


class Ran(NamedTuple):
    exit_code: int
    stdout: str
    stderr: str


Run = Callable[..., Ran]


@pytest.fixture(name="run")
def _run(dcpkit: Callable[..., tuple[int, str, str]]) -> Run:
    return lambda *words: Ran(*dcpkit(*words))


@pytest.fixture
def log(tmp_path: Path) -> Path:
    write_log(tmp_path / "log", signer=log_signer().signer)
    return tmp_path / "log"


def test_a_whole_log(run: Run, log: Path) -> None:
    ran = run("log", "verify", log, "--json")
    told = json.loads(ran.stdout)
    assert (ran.exit_code, told["schema"], told["verdict"]) == (0, "dcpkit.log-verify/1", "whole")
    assert (told["form"], told["signed"], told["faults"]) == ("journal", told["records"], [])
    assert told["not_judged"]
    assert "whole: 20 records" in run("log", "verify", log).stdout


def test_a_changed_log_ends_with_1(run: Run, log: Path) -> None:
    log.write_bytes(log.read_bytes().replace(b'"frames_shown": 3', b'"frames_shown": 4'))
    ran = run("log", "verify", log, "--json")
    told = json.loads(ran.stdout)
    assert (ran.exit_code, told["verdict"]) == (1, "fault")
    assert {fault["id"] for fault in told["faults"]} == {"LOG-102"} and told["faults_in_all"] == 2
    zh = run("log", "verify", log, "--lang", "zh")
    assert "正文被改动" in zh.stdout


def test_what_is_no_log_ends_with_2(run: Run, tmp_path: Path) -> None:
    (tmp_path / "x").write_text("hello\n")
    assert run("log", "verify", tmp_path / "x").exit_code == 2
    assert run("log", "verify", tmp_path / "absent").exit_code == 2


def test_records_by_type_time_and_exception(run: Run, log: Path) -> None:
    def told(*words: str) -> list[Any]:
        found: list[Any] = json.loads(run("log", "show", log, *words, "--json").stdout)["records"]
        return found

    assert len(told()) == 20
    assert {each["subtype"] for each in told("--type", "playout")} == {
        "CPLStart", "CPLEnd", "FrameSequencePlayed",
    }  # fmt: skip
    assert [each["exceptions"][0]["name"] for each in told("--exceptions")] == ["FrameMICError"] * 2
    assert len(told("--from", "2028-06-01T19:00:00Z")) == 10
    assert len(told("--until", "2028-06-01T18:00:01+00:00")) == 2
    assert told("--cpl", "00000000-0000-4000-8000-000000000000") == []
    assert run("log", "show", log, "--from", "2028-06-01T19:00:00").exit_code == 2, "no offset"
    rows = list(csv.DictReader(StringIO(run("log", "show", log, "--csv").stdout)))
    assert len(rows) == 20 and rows[0]["subtype"] == "SPBStartup"
    assert "FrameSequencePlayed [FrameMICError UnknownError]" in run("log", "show", log).stdout
    assert run("log", "show", log, "--csv", "--json").exit_code == 2


def test_a_report_is_written_verified_and_shown(run: Run, log: Path, tmp_path: Path) -> None:
    out = tmp_path / "report.xml"
    ran = run("log", "report", log, "-o", out, "--json")
    told = json.loads(ran.stdout)
    assert (ran.exit_code, told["records"], told["signed"], told["form"]) == (
        0,
        21,
        False,
        "secondary sources",
    )
    assert run("log", "verify", out).exit_code == 0
    assert json.loads(run("log", "show", out, "--json").stdout)["records"][-1]["subtype"] == "ReportMade"
    lines = out.read_bytes().splitlines(keepends=True)
    out.write_bytes(b"".join([*lines[:-3], lines[-1]]))
    assert "LOG-102" in run("log", "verify", out).stdout


def test_a_show_is_signed(run: Run, tmp_path: Path) -> None:
    from tests.player.conftest import make_package

    made = make_package(tmp_path / "film", lengths=(2, 2))
    write_keys(tmp_path / "keys", made.keyring)
    signer = tmp_path / "signer"
    assert (
        run("cert", "chain", "-o", signer, "--organization", "o", "--unit", "u", "--role", "SM").exit_code
        == 0
    )
    words = ("play", made.root, "--keys", tmp_path / "keys", "--quiet")
    assert run(*words, "--log-signer", signer).exit_code == 2, "nothing is signed without a log"
    for _ in range(2):
        assert run(*words, "--log", tmp_path / "log", "--log-signer", signer).exit_code == 0
    told = json.loads(run("log", "verify", tmp_path / "log", "--trust", signer / "root.pem", "--json").stdout)
    assert (told["verdict"], told["signed"]) == ("whole", told["records"])
    assert len(told["not_judged"]) == 1 and "counter" in told["not_judged"][0]


def test_a_report_replaces_nothing_and_never_its_own_log(run: Run, log: Path, tmp_path: Path) -> None:
    written = log.read_bytes()
    for output in (log, tmp_path / "log.counter"):
        before = output.read_bytes()
        ran = run("log", "report", log, "-o", output)
        assert ran.exit_code == 2 and "exists already" in ran.stderr
        assert output.read_bytes() == before
    assert log.read_bytes() == written


def test_that_no_record_fits_is_said(run: Run, log: Path) -> None:
    ran = run("log", "show", log, "--type", "Nothing")
    assert (ran.exit_code, ran.stdout) == (0, "") and "no record" in ran.stderr
    assert run("log", "show", log, "--type", "Nothing", "--quiet").stderr == ""
    assert "no record" not in run("log", "show", log).stderr


@pytest.mark.parametrize("id", ["LOG-101", "LOG-102", "LOG-103"])
def test_a_fault_of_a_log_is_explained(run: Run, id: str) -> None:
    ran = run("explain", id)
    assert ran.exit_code == 0 and "dcpkit log verify" in ran.stdout and "what to do" in ran.stdout
