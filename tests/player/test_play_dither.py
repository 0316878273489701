"""Marked frames come to 8 and 10 bits with dither, others as they always did; the report says so."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from shows import SECRET, merge, run

from player.page import page
from player.screen.registry import screen_for, screens_for
from player.screen.screen import Encoding

Make = Callable[..., Any]
BLOCK = 16
MARKED: dict[str, Any] = {"location": 77, "secret": SECRET}


def luma(path: Path, depth: int) -> NDArray[np.float64]:
    """Y' of all frames of a y4m of 256x144."""
    frames = path.read_bytes().split(b"FRAME\n")[1:]
    kind = np.uint8 if depth == 8 else np.dtype("<u2")
    return np.stack([np.frombuffer(each, kind).reshape(3, 144, 256)[0] for each in frames]).astype(float)


def means(planes: NDArray[np.float64]) -> NDArray[np.float64]:
    """Of blocks of 16x16."""
    count, height, width = planes.shape
    return planes.reshape(count, height // BLOCK, BLOCK, width // BLOCK, BLOCK).mean(axis=(2, 4))


@pytest.mark.parametrize("depth", [8, 10])
def test_the_mark_outlives_few_bits(make: Make, tmp_path: Path, depth: int) -> None:
    video, stills = tmp_path / "marked.y4m", tmp_path / "stills"
    screen = screens_for([f"y4m:{video}", f"tiff:{stills}"], depth=depth)
    report = run(make(lengths=(4,), sound=False), screen, **MARKED)
    assert report.marked and report.mark.dither is not None
    pictures = [cv2.imread(str(path), cv2.IMREAD_UNCHANGED) for path in sorted(stills.iterdir())]
    blue_green_red = np.array([0.0722, 0.7152, 0.2126])
    scale = 1 << (depth - 8)
    wanted = np.stack([picture @ blue_green_red for picture in pictures]) / 65535 * 219 * scale + 16 * scale
    off = means(luma(video, depth)) - means(wanted)
    assert np.abs(off).max() < 0.1
    if depth == 8:  # rounded plainly, much of the mark is lost
        assert np.abs(means(np.rint(wanted)) - means(wanted)).max() > 0.3
    alone = tmp_path / "alone.y4m"
    run(make(lengths=(4,), sound=False), screen_for(f"y4m:{alone}", depth=depth), **MARKED)
    assert alone.read_bytes() == video.read_bytes()


def test_frames_that_are_not_marked_are_as_they_were(make: Make, tmp_path: Path) -> None:
    clear = merge(
        make(lengths=(3,), sound=False), make(lengths=(2,), sound=False, encrypted=(), first_code=3)
    )
    marked, plain = tmp_path / "marked.y4m", tmp_path / "plain.y4m"
    run(clear, screen_for(f"y4m:{marked}"), **MARKED)
    report = run(clear, screen_for(f"y4m:{plain}"))
    assert report.mark.dither is None and report.document()["mark"]["dither"] is None
    with_mark, without = marked.read_bytes().split(b"FRAME\n"), plain.read_bytes().split(b"FRAME\n")
    assert [a == b for a, b in zip(with_mark[1:], without[1:], strict=True)] == [False] * 3 + [True] * 2
    assert all(len(set(each)) <= 3 for each in without[1:])  # grey: a code a plane


def test_eight_bits_of_rgb_are_dithered_and_sixteen_are_not(make: Make, catcher: Any) -> None:
    made = make(lengths=(2,), sound=False)
    few, many = type(catcher)(Encoding("rec709", 8)), type(catcher)(Encoding("rec709", 16))
    few.show = lambda frame: (few.images.update({frame.number: frame.prepared}), few.signal.presented(frame))
    assert run(made, few, **MARKED).mark.dither is not None
    assert run(made, many, **MARKED).mark.dither is None
    for number in range(2):
        codes = np.frombuffer(few.images[number], np.uint8).reshape(144, 256, 3).astype(float)
        off = codes - many.images[number] / 257
        assert np.abs(off).max() < 1.01
        assert np.abs(means(off.transpose(2, 0, 1))).max() < 0.1


def test_the_report_says_so(make: Make, tmp_path: Path) -> None:
    report = run(make(lengths=(2,), sound=False), screen_for(f"y4m:{tmp_path / 'a.y4m'}"), **MARKED)
    said = "marked frames come to 8 bits dithered, one value for each pixel: rounded to the nearest code they"
    assert report.document()["mark"]["dither"].startswith(said)
    assert any(line.startswith(said) for line in report.lines())
    assert any("加抖动" in line for line in report.lines("zh"))
    assert report.mark.dither in page(report, made="now").verdict.sentences
