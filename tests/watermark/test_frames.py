from __future__ import annotations

import contextlib
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from dcp.errors import SourceError
from tests.support.small_films import thumbnails
from watermark.attack import write_video
from watermark.frames import Footage, evenly, thumbnail, video_footage
from watermark.transfer import cinema_code


def test_the_three_encodings_give_one_luminance() -> None:
    grey = np.full((72, 128), 0.45, dtype=np.float32)
    rgb = np.full((72, 128, 3), 115, dtype=np.uint8)
    xyz = np.zeros((72, 128, 3), dtype=np.uint16)
    xyz[..., 1] = 1843
    for frame, encoding in ((grey, "luminance"), (rgb, "rgb"), (xyz, "xyz")):
        footage = Footage(rate=Fraction(24), walk=lambda frame=frame: iter([frame]), encoding=encoding)  # type: ignore[misc,arg-type]
        small = thumbnails(footage)
        assert small.luminance.shape == (1, 36, 64) and len(small) == 1
        assert np.abs(small.luminance.astype(float) - 0.45).max() < 0.004
        assert small.strength is not None and (small.strength == 1).all()


def test_a_footage_is_walked_anew_each_time() -> None:
    walks = []

    def walk():  # type: ignore[no-untyped-def]
        walks.append(1)
        yield from (np.full((36, 64), value, dtype=np.uint8) for value in range(5))

    footage = Footage(rate=Fraction(24), walk=walk, encoding="luminance")
    assert len(list(footage.luminance())) == len(list(footage.luminance())) == 5
    assert len(walks) == 2


@pytest.mark.parametrize(
    ("frames", "message"),
    [
        ([np.zeros((20, 20), np.uint8)], "20x20"),
        ([np.zeros((36, 64, 3), np.uint8)], "no luminance picture"),
        ([np.zeros((36, 64), np.int32)], "int32"),
        ([np.zeros((36, 64), np.uint8), np.zeros((36, 65), np.uint8)], "among frames of"),
        ([np.zeros((36, 9000), np.uint8)], "9000x36"),
    ],
)
def test_what_cannot_be_looked_at_is_refused(frames: list[np.ndarray], message: str) -> None:
    with pytest.raises(SourceError, match=message):
        list(Footage(Fraction(24), lambda: iter(frames), "luminance").luminance())


def test_too_many_frames_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("watermark.frames.MAX_FRAMES", 3)
    frame = np.zeros((36, 64), np.uint8)
    with pytest.raises(SourceError, match="more than 3 frames"):
        list(Footage(Fraction(24), lambda: iter([frame] * 4), "luminance").luminance())


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
            assert len(list(video_footage(part).luminance())) <= 10


def turned(path: Path, *, times: list[int], form: str = "yuv420p", trc: int = 1) -> Path:
    """A ramp to the right, stored upright, shown a quarter turned."""
    ramp = np.repeat(np.linspace(20, 230, 128).astype(np.uint8)[None, :, None], 72, axis=0)
    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream("libx264", rate=24, options={"crf": "4"})
        stream.width, stream.height, stream.pix_fmt = 128, 72, form
        stream.codec_context.color_trc = trc
        stream.set_display_rotation(90)
        for index, time in enumerate(times):
            picture = np.repeat(np.clip(ramp.astype(int) + index, 0, 255).astype(np.uint8), 3, axis=2)
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24").reformat(format=form, threads=1)
            frame.pts, frame.time_base = time, Fraction(1, 24)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def test_a_video_is_walked_as_it_is_shown(tmp_path: Path) -> None:
    """Turned, and each frame as often as its time asks for: a number is a time, whatever the file's rate."""
    footage = video_footage(turned(tmp_path / "a.mp4", times=[0, 1, 2, 5, 6, 7, 10, 11]))
    assert footage.rate == 24
    walk = [np.asarray(picture) for picture in footage.walk()]
    assert len(walk) == 12 and walk[0].shape == (128, 72)
    assert walk[2] is walk[3] and not np.array_equal(walk[4], walk[5])
    down = walk[0].mean(axis=1)
    assert abs(down[0] - down[-1]) > 0.7 and np.ptp(walk[0].mean(axis=0)) < 0.02
    small = thumbnails(footage).luminance[0].astype(float)
    assert np.abs(small - thumbnail(walk[0])).max() < 0.01


@pytest.mark.parametrize(("form", "trc"), [("yuv420p10le", 1), ("yuv420p10le", 16), ("yuv420p10le", 18)])
def test_deep_and_hdr_pictures_are_light_like_any_other(tmp_path: Path, form: str, trc: int) -> None:
    plain = next(video_footage(turned(tmp_path / "a.mp4", times=[0])).walk())
    deep = next(video_footage(turned(tmp_path / "b.mp4", times=[0, 1], form=form, trc=trc)).walk())
    meant = cinema_code(np.asarray(plain, np.float32), trc) if trc != 1 else plain
    assert np.abs(np.asarray(deep, float) - meant).max() < (0.02 if trc == 1 else 0.2)
    if trc == 16:
        assert 2 < deep.max() < 6.5, "above 52 cd/m2"


def test_a_jump_in_time_is_a_new_start() -> None:
    class Shown:
        time_base = Fraction(1, 24)

        def __init__(self, pts: int | None) -> None:
            self.pts = pts

    def steps(*pts: int | None) -> list[int]:
        return [times for _, times in evenly(iter(Shown(each) for each in pts), Fraction(24))]

    assert steps(0, 1, 2, 3) == [1, 1, 1, 1]
    assert steps(5, 6, 9, 10) == [1, 3, 1, 1]
    assert steps(None, None, None) == [1, 1, 1]
    assert steps(0, 1, 24 * 3600, 24 * 3600 + 1) == [1, 1, 1, 1]
    assert steps(100, 101, 0, 1) == [1, 1, 1, 1]
