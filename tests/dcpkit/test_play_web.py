"""`--output web` as it is typed."""

from __future__ import annotations

import asyncio
import json
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

pytestmark = pytest.mark.extra("player")

Dcpkit = Callable[..., tuple[int, str, str]]


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (["--output", "web:99999"], "99999 is no port"),
        (["--output", "web:-1"], "-1 is no port"),
        (["--output", "web:x"], "x is no port"),
        (["--output", "null", "--listen", "0.0.0.0"], "for --output web"),
        (["--allow-remote-picture"], "for --output web"),
        (["--output", "web", "--output", "web:1"], "one page"),
        (["--output", "web", "--pin-file", "none"], "none"),
        (["--output", "web", "--output", "y4m:out.y4m"], "one pass gives one"),
        (["--output", "web", "--report", f"{__file__}/show.json"], "folder cannot be written to"),
    ],
)
def test_wrong_flags(
    flags: list[str], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, dcpkit: Dcpkit
) -> None:
    monkeypatch.chdir(tmp_path)
    code, out, err = dcpkit("play", "nowhere", *flags)
    assert code == 2 and said in err and not out
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "content", ["12345", "abcdef", "123456 7", "１２３４５６", "\n123456", b"", b"\xff\xfe1\x002\x003\x00"]
)
def test_a_file_without_a_pin(content: str | bytes, tmp_path: Path, dcpkit: Dcpkit) -> None:
    pin = tmp_path / "pin"
    pin.write_bytes(content.encode() if isinstance(content, str) else content)
    pin.chmod(0o600)
    code, _, err = dcpkit("play", "nowhere", "--output", "web", "--pin-file", pin)
    assert code == 2 and "six to twelve digits" in err and "on its first line" in err
    assert not isinstance(content, str) or content.strip() not in err


def test_a_pin_as_an_editor_of_windows_writes_it(tmp_path: Path, dcpkit: Dcpkit) -> None:
    pin = tmp_path / "pin"
    pin.write_bytes(b"\xef\xbb\xbf123456\r\n")
    pin.chmod(0o600)
    code, _, err = dcpkit("play", "nowhere", "--output", "web", "--pin-file", pin)
    assert code == 2 and "digits" not in err and "nowhere" in err


@pytest.mark.skipif(sys.platform == "win32", reason="no SIGINT for one process")
def test_the_command_serves_behind_a_pin_and_ctrl_c_ends_what_was_seen_as_complete(
    tmp_path: Path,
) -> None:
    import aiohttp

    from tests.player.conftest import make_package
    from tests.support.web_shows import WebShow, page_of

    make_package(tmp_path / "film", lengths=(6,), encrypted=())
    report = tmp_path / "report.json"
    flags = ["--output", "web:0", "--listen", "127.0.0.1", "--report", str(report), "--json"]
    command = [sys.executable, "-m", "dcpkit", "play", str(tmp_path / "film"), *flags]
    handler = signal.signal(signal.SIGINT, signal.default_int_handler)  # what is ignored is inherited
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    signal.signal(signal.SIGINT, handler)
    try:
        assert process.stderr is not None
        said = ""
        while "PIN: " not in said and process.poll() is None:
            said += process.stderr.readline()
        address, pin = re.search(r"http://\S+", said)[0], re.search(r"PIN: (\d{6})\n", said)[1]  # type: ignore[index]

        async def watch() -> None:
            show = WebShow(address, pin, threading.Event(), threading.current_thread())
            headers = {"Origin": show.origin}
            async with (
                aiohttp.ClientSession() as session,
                session.post(
                    address + "pin", data={"pin": pin}, headers=headers, allow_redirects=False
                ) as entered,
            ):
                cookie = entered.headers["Set-Cookie"].partition(";")[0]
            async with page_of(show, cookie=cookie) as page:
                await page.until(lambda: page.frames)
                await page.command("play")
                await page.until(lambda: page.performance["shown"] + page.performance["late"] >= 6)
                for number in range(6):  # what was late is looked at
                    await page.command("seek", number)
                    await page.until(lambda number=number: page.numbers[-1] == number)

        asyncio.run(watch())
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode == 0, err
    assert json.loads(out)["verdict"] == json.loads(report.read_text("utf-8"))["verdict"] == "complete"
    assert pin not in out + err + report.read_text("utf-8")


def test_a_report_that_cannot_be_written_at_the_end_hides_no_show(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, dcpkit: Dcpkit
) -> None:
    from dcp.errors import DcpError
    from player import report
    from tests.player.conftest import make_package

    def full(path: Path, data: bytes) -> None:
        raise DcpError("output.disk-full", where=path)

    make_package(tmp_path / "film", lengths=(2,), encrypted=())
    monkeypatch.setattr(report, "write_finished", full)
    code, out, err = dcpkit("play", tmp_path / "film", "--report", tmp_path / "show.html")
    assert code == 2 and not out
    assert "2 frames shown" in err and "the disk is full" in err
