from __future__ import annotations

import contextlib
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from dcp.errors import SourceError
from watermark.attack import write_video
from watermark.frames import Footage, picked, thumbnails, video_footage


def test_the_three_encodings_give_one_luminance() -> None:
    grey = np.full((72, 128), 0.45, dtype=np.float32)
    rgb = np.full((72, 128, 3), 115, dtype=np.uint8)
    xyz = np.zeros((72, 128, 3), dtype=np.uint16)
    xyz[..., 1] = 1843
    for frame, encoding in ((grey, "luminance"), (rgb, "rgb"), (xyz, "xyz")):
        footage = Footage(rate=Fraction(24), walk=lambda frame=frame: iter([frame]), encoding=encoding)  # type: ignore[misc,arg-type]
        small = thumbnails(footage, with_strength=True)
        assert small.luminance.shape == (1, 36, 64) and len(small) == 1
        assert np.abs(small.luminance.astype(float) - 0.45).max() < 0.004
        assert small.strength is not None and (small.strength == 1).all()


def test_a_footage_is_walked_anew_each_time() -> None:
    walks = []

    def walk():  # type: ignore[no-untyped-def]
        walks.append(1)
        yield from (np.full((36, 64), value, dtype=np.uint8) for value in range(5))

    footage = Footage(rate=Fraction(24), walk=walk, encoding="luminance")
    assert len(thumbnails(footage)) == len(thumbnails(footage)) == 5
    some = picked(footage, {1, 3, 99}, width=64)
    assert set(some) == {1, 3} and some[1].shape == (36, 64)
    assert len(walks) == 3


@pytest.mark.parametrize(
    ("frames", "message"),
    [
        ([], "no frame"),
        ([np.zeros((20, 20), np.uint8)], "20x20"),
        ([np.zeros((36, 64, 3), np.uint8)], "no luminance picture"),
        ([np.zeros((36, 64), np.int32)], "int32"),
        ([np.zeros((36, 64), np.uint8), np.zeros((36, 65), np.uint8)], "among frames of"),
        ([np.zeros((36, 9000), np.uint8)], "9000x36"),
    ],
)
def test_what_cannot_be_looked_at_is_refused(frames: list[np.ndarray], message: str) -> None:
    with pytest.raises(SourceError, match=message):
        thumbnails(Footage(rate=Fraction(24), walk=lambda: iter(frames), encoding="luminance"))


def test_too_many_frames_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("watermark.frames.MAX_FRAMES", 3)
    frame = np.zeros((36, 64), np.uint8)
    with pytest.raises(SourceError, match="more than 3 frames"):
        thumbnails(Footage(rate=Fraction(24), walk=lambda: iter([frame] * 4), encoding="luminance"))


def test_a_video_file_is_read_as_its_luminance(tmp_path: Path) -> None:
    path = tmp_path / "a.mp4"
    ramp = np.repeat(np.linspace(20, 230, 128).astype(np.uint8)[None, :, None], 72, axis=0)
    write_video(path, [np.repeat(ramp, 3, axis=2)] * 12, rate=Fraction(30000, 1001))
    footage = video_footage(path)
    assert footage.rate == Fraction(30000, 1001)
    small = thumbnails(footage)
    assert len(small) == 12
    row = small.luminance[5, 18].astype(float) * 255
    expected = np.linspace(20, 230, 64)
    assert np.abs(row - expected).max() < 3


@pytest.mark.parametrize("content", [b"", b"not a video at all" * 50])
def test_what_is_no_video_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.mp4"
    path.write_bytes(content)
    with pytest.raises(SourceError, match="cannot read the video"):
        video_footage(path)
    with pytest.raises(SourceError, match="cannot read the video"):
        video_footage(tmp_path / "absent.mp4")


def test_a_video_cut_short_is_read_or_refused_but_never_crashes(tmp_path: Path) -> None:
    whole = tmp_path / "whole.mkv"
    rng = np.random.default_rng(1)
    write_video(
        whole, [rng.integers(0, 255, (72, 128, 3), dtype=np.uint8) for _ in range(10)], rate=Fraction(24)
    )
    data = whole.read_bytes()
    for share in (0.05, 0.3, 0.8):
        part = tmp_path / "part.mkv"
        part.write_bytes(data[: int(share * len(data))])
        with contextlib.suppress(SourceError):
            assert len(thumbnails(video_footage(part))) <= 10
