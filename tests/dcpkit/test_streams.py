"""Chinese and names arrive whatever stdout is opened with."""

from __future__ import annotations

import subprocess
import sys
from io import BytesIO, TextIOWrapper

import click
import pytest

from dcpkit.console import json_text
from dcpkit.streams import steady_streams


class Terminal(BytesIO):
    def isatty(self) -> bool:
        return True


def printed(
    monkeypatch: pytest.MonkeyPatch, encoding: str, *, asked: bool = False, kind: type[BytesIO] = BytesIO
) -> bytes:
    """What comes out of a stdout of this encoding when names and Chinese are printed."""
    raw = kind()
    monkeypatch.setattr(sys, "stdout", TextIOWrapper(raw, encoding, newline="\n"))
    monkeypatch.delenv("PYTHONIOENCODING", raising=False)
    if asked:
        monkeypatch.setenv("PYTHONIOENCODING", encoding)
    steady_streams()
    click.echo(json_text({"a": "é影院"}))
    sys.stdout.flush()
    return raw.getvalue()


def test_a_pipe_gets_utf_8_where_its_encoding_has_no_chinese(monkeypatch: pytest.MonkeyPatch) -> None:
    assert printed(monkeypatch, "cp1252").decode("utf-8") == '{\n "a": "é影院"\n}\n'


@pytest.mark.parametrize("encoding", ["gbk", "gb18030", "utf-8"])
def test_an_encoding_that_has_it_stays(monkeypatch: pytest.MonkeyPatch, encoding: str) -> None:
    assert printed(monkeypatch, encoding).decode(encoding) == '{\n "a": "é影院"\n}\n'


def test_an_encoding_that_was_asked_for_stays_and_nothing_crashes(monkeypatch: pytest.MonkeyPatch) -> None:
    escaped = '{\n "a": "é\\u5f71\\u9662"\n}\n'
    assert printed(monkeypatch, "cp1252", asked=True).decode("cp1252") == escaped
    assert printed(monkeypatch, "cp1252", kind=Terminal).decode("cp1252") == escaped


@pytest.mark.parametrize("more", [[], ["--debug"]])
def test_libraries_do_not_speak_on_stderr_but_for_debugging(more: list[str]) -> None:
    """Neither what they write to its number (libpng, OpenCV) nor Python's warnings; we do."""
    code = (
        "import os, sys, warnings, dcpkit.main as main\n"
        "def noisy(words):\n"
        "    os.write(2, b'libpng error')\n"
        "    warnings.warn('numpy says')\n"
        "    print('ours', file=sys.stderr)\n"
        "    return 0\n"
        "main.invoke = noisy\n"
        f"main.run({more!r})"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stderr
    assert "ours" in said
    assert ("libpng error" in said, "numpy says" in said) == (bool(more), bool(more))
