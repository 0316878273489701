"""The commands of README.md, typed as they stand there."""

from __future__ import annotations

import shlex
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from scenes import Scene, write_clip

README = Path(__file__).resolve().parents[2] / "README.md"
Run = Callable[..., tuple[int, str, str]]


def commands() -> list[list[str]]:
    # the README's window lies in some year to come, and so it stays
    text = README.read_text("utf-8").replace("2027-", f"{datetime.now(UTC).year + 1}-")
    lines = text.splitlines()
    found = [shlex.split(line, comments=True) for line in lines if line.startswith("    dcpkit ")]
    assert len(found) == 21, "a command came or went: look at it here"
    return found


def table() -> str:
    """The table of screens that the README shows."""
    lines = README.read_text("utf-8").splitlines()
    begin = next(number for number, line in enumerate(lines) if line.startswith("    cinema,screen,"))
    return "\n".join(line.strip() for line in lines[begin : begin + 2])


def spread(word: str) -> list[str]:
    """What a shell makes of a word with a star."""
    return sorted(str(path) for path in Path().glob(word)) if "*" in word else [word]


@pytest.mark.extra("player")
def test_every_command_of_the_readme_does_what_it_says(
    scene: Scene, dcpkit: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    shutil.copy(scene.root / "clip.mkv", "film.mov")
    write_clip(Path("screener.mov.mkv"), count=12).rename("screener.mov")
    Path("screens.csv").write_text(table(), "utf-8")
    for words in commands():
        arguments = [part for word in words[1:] for part in spread(word)]
        code, out, err = dcpkit(*arguments)
        if arguments[:2] == ["watermark", "extract"]:
            assert code == 1, "a second of film is too little for a mark, and nothing may be made up"
        else:
            assert code == 0, f"{shlex.join(words)}\n{out}\n{err}"
    assert len(list(Path("codestreams").iterdir())) == 24
    assert len(list(Path("stills").iterdir())) == 12
    assert Path("copy.mp4").stat().st_size > 10_000
    assert len(list(Path("release").glob("*/*/k_*.xml"))) == 1 and Path("kdms.ics").exists()
    assert Path("verification.html").exists() and Path("trace.html").exists() and Path("play.json").exists()
