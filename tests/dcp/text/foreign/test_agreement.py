"""Held against ffmpeg, which turns these formats into each other: all give the same times and words."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest

from dcp.text.opening import SourceText, open_text
from dcp.text.values import Line, Run

WORDS = [
    "Hello",
    "<i>slanted</i> and <b>bold</b>",
    "two\nlines",
    "你好，世界",
    "مرحبا",
    "a <u>b</u> c",
    "5 < 6 & 7 > 2",
]


def source_srt(folder: Path) -> Path:
    path = folder / "film.srt"
    blocks = []
    for n in range(1, 85):
        second = f"00:{n // 60:02}:{n % 60:02}"
        times = f"{second},{n * 10 % 800:03} --> {second},{900 + n % 10 * 10:03}"
        blocks.append(f"{n}\n{times}\n{WORDS[n % len(WORDS)]}\n")
    path.write_text("\n".join(blocks), "utf-8")
    return path


def seen(source: SourceText) -> list[tuple[Fraction, Fraction, list[str]]]:
    return [
        (cue.start, cue.end, [each.text for each in cue.content if isinstance(each, Line)])
        for cue in source.cues
    ]


def styles(source: SourceText) -> list[list[tuple[bool, bool, bool]]]:
    """Of each cue what its text has, in order, each once in a row."""
    found = []
    for cue in source.cues:
        shapes: list[tuple[bool, bool, bool]] = []
        for each in cue.content:
            for run in each.content if isinstance(each, Line) else ():
                shape = (
                    (run.style.bold, run.style.italic, run.style.underline) if isinstance(run, Run) else None
                )
                if shape is not None and shapes[-1:] != [shape]:
                    shapes.append(shape)
        found.append(shapes)
    return found


@pytest.mark.oracle
@pytest.mark.parametrize("kind", ["vtt", "ass", "srt"])
def test_what_ffmpeg_makes_of_a_file_reads_the_same(
    tmp_path: Path, oracle: Callable[[str], str], kind: str
) -> None:
    original = source_srt(tmp_path)
    made = tmp_path / f"made.{kind}"
    subprocess.run([oracle("ffmpeg"), "-v", "error", "-y", "-i", original, made], check=True)
    ours, theirs = open_text(original), open_text(made)
    assert theirs.kind == kind
    assert seen(theirs) == seen(ours)
    assert styles(theirs) == styles(ours)
    assert len(ours.cues) == 84 and ours.notes == ()


@pytest.mark.oracle
def test_what_ffmpeg_reads_of_our_reading_is_the_same(tmp_path: Path, oracle: Callable[[str], str]) -> None:
    """Of a file that needs mending, ffmpeg sees the same times and words."""
    path = tmp_path / "film.srt"
    path.write_bytes(
        b"\xef\xbb\xbf1\r\n00:00:01,000 --> 00:00:02,000\r\nHello\r\n\r\n"
        b"2\r\n00:00:03.000 --> 00:00:04.000\r\n{\\an8}up\r\n"
    )
    made = subprocess.run(
        [oracle("ffmpeg"), "-v", "error", "-i", path, "-f", "webvtt", "-"], check=True, capture_output=True
    ).stdout
    other = tmp_path / "made.vtt"
    other.write_bytes(made)
    assert seen(open_text(other)) == seen(open_text(path))
