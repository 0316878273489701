"""The command itself: help, errors as lines and exit codes, times, start-up."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import click
import pytest
from scenes import write_clip

import dcpkit.main
from dcp.errors import DcpError, RefusedError, UsageError
from dcpkit import console
from dcpkit.main import COMMANDS, invoke
from dcpkit.main import dcpkit as group

HEAVY = ("numpy", "numba", "cv2", "av", "lxml", "cryptography", "tqdm", "jinja2")


def test_help_names_every_command_and_imports_nothing_heavy() -> None:
    code = (
        "import sys; from dcpkit.main import invoke; code = invoke(['--help']);"
        f"print([m for m in {HEAVY!r} if m in sys.modules], code, file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "[] 0"
    assert all(name in done.stdout for name in COMMANDS)


@pytest.mark.parametrize("name", list(COMMANDS))
def test_every_command_has_help_of_its_own(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert invoke([name, "--help"]) == 0
    assert "Usage: dcpkit" in capsys.readouterr().out


def failing(error: BaseException) -> Callable[[], None]:
    def command() -> None:
        raise error

    return command


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (DcpError("it is broken", where="a.mxf", remedy="mend it"), 2, "it is broken"),
        (RefusedError("the answer is no"), 1, "the answer is no"),
        (OSError(28, "No space left on device", "/x/y"), 2, "the disk is full"),
        (OSError(13, "Permission denied", "/x/y"), 2, "the system refused: Permission denied"),
        (RuntimeError("0123456789abcdef secret"), 2, "an error inside dcpkit (RuntimeError)"),
        (KeyboardInterrupt(), 130, "stopped"),
    ],
)
def test_an_error_becomes_lines_and_a_code_never_a_traceback(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    error: BaseException,
    code: int,
    said: str,
) -> None:
    command = click.Command("fail", callback=failing(error))
    monkeypatch.setattr(type(group), "get_command", lambda *args: command)
    assert invoke(["fail"]) == code
    captured = capsys.readouterr()
    assert said in captured.err
    assert "Traceback" not in captured.err
    assert "secret" not in captured.err
    assert len(captured.err.strip().splitlines()) <= 3
    assert captured.out == ""


def test_with_json_an_error_is_a_document_too(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    command = click.Command(
        "fail",
        callback=lambda as_json: failing(DcpError("broken", where="x"))(),
        params=[click.Option(["--json", "as_json"], is_flag=True)],
    )
    monkeypatch.setattr(type(group), "get_command", lambda *args: command)
    assert invoke(["fail", "--json"]) == 2
    assert json.loads(capsys.readouterr().out)["error"] == {
        "id": None,
        "what": "broken",
        "where": "x",
        "remedy": None,
    }


def test_bad_usage_is_exit_code_2(capsys: pytest.CaptureFixture[str]) -> None:
    assert invoke(["no-such-command"]) == 2
    assert "there is no command no-such-command" in capsys.readouterr().err
    assert invoke(["kdm", "unwrap", "a.xml", "--json"]) == 2
    captured = capsys.readouterr()
    assert captured.err.splitlines() == [
        "dcpkit: the option --key is missing",
        "  what to do: see dcpkit kdm unwrap --help",
    ]
    assert json.loads(captured.out)["error"]["id"] == "usage.missing-option"


def test_the_table_of_commands_points_at_commands() -> None:
    context = click.Context(dcpkit.main.dcpkit)
    for name in COMMANDS:
        assert isinstance(dcpkit.main.dcpkit.get_command(context, name), click.Command)


def test_progress_says_what_it_knows(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(console, "LOG_INTERVAL", 0.0)
    with console.progress("encoding", "frames", quiet=False) as advance:
        advance(5, 0)
        advance(6, 24)
    first, second = capsys.readouterr().err.splitlines()
    assert first.startswith("encoding: 5 frames, ") and "left" not in first
    assert second.startswith("encoding: 6 of 24 frames, ") and second.endswith(" s left")
    with console.progress("encoding", "frames", quiet=True) as advance:
        advance(5, 0)
    assert capsys.readouterr().err == ""


def test_what_an_earlier_run_did_is_no_part_of_the_rate(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = iter([0.0, 0.0, 10.0])  # begun; 900 frames found done at once; one frame 10 s later
    monkeypatch.setattr(console.time, "monotonic", lambda: next(clock))
    with console.progress("encoding", "frames", quiet=False) as advance:
        advance(900, 1000)
        advance(901, 1000)
    assert capsys.readouterr().err == "encoding: 901 of 1000 frames, 0.1 frames/s, 990 s left\n"


def test_plain_lines_speak_to_a_person() -> None:
    document = {"a": True, "b": None, "c": ["x", "y"], "d": [{"e": 1}], "f": {"g": ""}}
    assert list(console.plain_lines(document)) == ["a: yes", "c: x, y", "d:", "  1:", "    e: 1", "f:"]


def test_files_are_not_replaced_and_reports_have_the_suffix_of_their_form(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mine = tmp_path / "mine.mxf"
    mine.write_bytes(b"precious")
    assert invoke(["wrap", str(tmp_path), "-o", str(mine)]) == 2
    assert "exists already" in capsys.readouterr().err and mine.read_bytes() == b"precious"
    assert invoke(["verify", str(tmp_path), "--report", "report.json"]) == 2
    assert ".html" in capsys.readouterr().err


@pytest.mark.extra("player")
def test_reports_and_logs_replace_nothing_but_reports_and_logs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    keys = tmp_path / "keys.json"
    keys.write_text('{"cpl_id": null, "keys": []}')
    assert invoke(["play", str(tmp_path), "--report", str(keys)]) == 2
    assert "is no report" in capsys.readouterr().err
    older = tmp_path / "older.json"
    older.write_text('{\n "schema": "dcpkit.play/1"}')
    assert invoke(["play", str(tmp_path), "--report", str(older)]) == 2
    assert "asset map" in capsys.readouterr().err
    assert invoke(["play", str(tmp_path), "--log", str(keys)]) == 2
    assert "is no log" in capsys.readouterr().err
    assert keys.read_text() == '{"cpl_id": null, "keys": []}'


def test_a_title_does_not_steer_the_terminal() -> None:
    assert console.printable("a\x1b[2Jb\u009bc") == "a\\u001b[2Jb\\u009bc"
    assert console.printable("影片 é") == "影片 é"
    assert console.printable("  ::error::no fault") == "  : :error::no fault"  # no command of GitHub's runner
    assert console.printable("a ##[error]b ::c") == "a # #[error]b ::c"


def test_nor_does_a_name_in_a_json_document(capsys: pytest.CaptureFixture[str]) -> None:
    name = "\u5f71\u57ce \u3000\xe9 \x1b \x7f \x9b31m \u202e \u2028 \u200b \ufeff \udcff \U000e0041"
    console.answer({"name": name, "other": [1]}, [], as_json=True)
    out = capsys.readouterr().out
    assert json.loads(out) == {"name": name, "other": [1]}
    assert out.splitlines()[1] == (
        ' "name": "\u5f71\u57ce \u3000\xe9 \\u001b \\u007f \\u009b31m \\u202e \\u2028 \\u200b \\ufeff'
        ' \\udcff \\udb40\\udc41",'
    )


def test_what_is_said_cannot_steer_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    """Names of certificates are in it: C0, C1, what turns the direction of writing, line ends."""
    console.say("note: Rex\x1b[2J \x9b31m \u202e \u200b\r\nok: all is well, 影城")
    assert capsys.readouterr().err == (
        "note: Rex\\u001b[2J \\u009b31m \\u202e \\u200b\\u000d\\u000aok: all is well, 影城\n"
    )


def test_an_error_cannot_steer_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    """File names and what documents say are in it."""
    error = UsageError("no \x9b2J", where="a\x1b]0;b", remedy="c\u202ed\ne")
    console.complain(error, as_json=False)
    said = capsys.readouterr().err
    assert said == "dcpkit: no \\u009b2J\n  where: a\\u001b]0;b\n  what to do: c\\u202ed\\u000ae\n"


def test_the_docs_name_the_flags_that_may_be_repeated() -> None:
    def repeated(command: click.Command) -> Iterator[str]:
        if isinstance(command, click.Group):
            for name in command.list_commands(click.Context(command)):
                inner = command.get_command(click.Context(command), name)
                assert inner is not None
                yield from repeated(inner)
        elif command.name != "coverage":  # of which all but one may
            yield from (
                one.opts[0] for one in command.params if isinstance(one, click.Option) and one.multiple
            )

    page = Path(__file__).parents[2].joinpath("docs", "command.md").read_text("utf-8")
    told = page[page.index("May be given more than once") :].partition("\n\n")[0]
    named = set(re.findall(r"`(--[a-z-]+)`", told)) - {"--shows"}
    assert named == set(repeated(group))


@pytest.mark.extra("picture")  # what is only copied is finished before it can be stopped
@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP", "SIGINT"])
def test_a_stopped_process_leaves_nothing(name: str, tmp_path: Path) -> None:
    number = getattr(signal, name)
    clip = write_clip(tmp_path / "clip.mkv", count=48)
    words = ["create", str(clip), "-o", str(tmp_path / "DCP"), "--title", "T", "--quiet"]
    words += ["--picture-rate", "24"]
    # A shell starts what runs in its background with SIGINT ignored, and that is inherited.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    with subprocess.Popen([sys.executable, "-m", "dcpkit", *words], stderr=subprocess.PIPE) as process:
        deadline = time.monotonic() + 60
        while not list(tmp_path.glob(".DCP.*.part/*")) and time.monotonic() < deadline:
            time.sleep(0.05)
        process.send_signal(number)
        _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert b"stopped" in err and b"Traceback" not in err
    assert [file.name for file in tmp_path.iterdir()] == ["clip.mkv"]


def test_a_reader_that_goes_away_is_no_answer() -> None:
    """`dcpkit ... | head -1`: 1 would say that the answer is no."""
    command = [sys.executable, "-m", "dcpkit", "explain"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None and process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 2
