"""`--output web` as it is typed."""

from __future__ import annotations

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
    ],
)
def test_wrong_flags(
    flags: list[str], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, dcpkit: Dcpkit
) -> None:
    monkeypatch.chdir(tmp_path)
    code, out, err = dcpkit("play", "nowhere", *flags)
    assert code == 2 and said in err and not out
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("content", ["12345", "abcdef", "123456 7", "１２３４５６"])
def test_a_file_without_a_pin(content: str, tmp_path: Path, dcpkit: Dcpkit) -> None:
    pin = tmp_path / "pin"
    pin.write_text(content, "utf-8")
    pin.chmod(0o600)
    code, _, err = dcpkit("play", "nowhere", "--output", "web", "--pin-file", pin)
    assert code == 2 and "six to twelve digits" in err and content not in err
