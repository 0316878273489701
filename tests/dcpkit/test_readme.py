"""The commands of README.md, typed as they stand there."""

from __future__ import annotations

import shlex
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from scenes import Scene, write_clip
from texts_made import srt

from dcp.sound.wav import WavWriter

README = Path(__file__).resolve().parents[2] / "README.md"
Run = Callable[..., tuple[int, str, str]]


def commands() -> list[list[str]]:
    # the README's window lies in some year to come, and so it stays
    text = README.read_text("utf-8").replace("2027-", f"{datetime.now(UTC).year + 1}-")
    lines = text.splitlines()
    found = [shlex.split(line, comments=True) for line in lines if line.startswith("    dcpkit ")]
    assert len(found) == 29, "a command came or went: look at it here"
    return found


def table() -> str:
    """The table of screens that the README shows."""
    lines = README.read_text("utf-8").splitlines()
    begin = next(number for number, line in enumerate(lines) if line.startswith("    cinema,screen,"))
    return "\n".join(line.strip() for line in lines[begin : begin + 2])


def sources() -> None:
    """What the examples of other sources name: three frames each, and a folder of mono sound files,
    texts."""
    import cv2
    import numpy as np

    for name in ("letterboxed", "left", "right", "graded"):
        write_clip(Path(f"{name}.mkv"), count=3).rename(f"{name}.mov")
    Path("mix").mkdir()
    for channel in ("L", "R", "C", "LFE", "Ls", "Rs"):
        with WavWriter(Path("mix", f"Mix_{channel}.wav"), channels=1, sample_rate=48_000) as writer:
            writer.write(bytes(3 * 48_000))
    for language, words in (("en", "Hello"), ("zh", "你好")):
        srt(Path(f"{language}.srt"), (0.125, 0.75, words))
    Path("scan").mkdir()
    for number in range(3):
        cv2.imwrite(f"scan/{number:04d}.png", np.full((1080, 1998, 3), 9000 * number, np.uint16))


def spread(word: str) -> list[str]:
    """What a shell makes of a word with a star."""
    return sorted(str(path) for path in Path().glob(word)) if "*" in word else [word]


@pytest.mark.extra("player")
@pytest.mark.extra("create")
def test_every_command_of_the_readme_does_what_it_says(
    scene: Scene, dcpkit: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    shutil.copy(scene.root / "clip.mkv", "film.mov")
    write_clip(Path("screener.mov.mkv"), count=12).rename("screener.mov")
    sources()
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
    assert Path("look.png").exists() and 'colour = "ACEScct"' in Path("film.toml").read_text("utf-8")
    assert Path("verification.html").exists() and Path("trace.html").exists() and Path("play.json").exists()
