from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from dcp.errors import DcpError, UsageError
from watermark.attack import ATTACKS, Camcorder, Clip, attack_by_name, blend_to_rate, camcorder, write_video


def pictures(count: int = 6, width: int = 128, height: int = 72) -> Iterator[NDArray[np.uint8]]:
    rng = np.random.default_rng(3)
    base = rng.integers(40, 200, (height, width, 3), dtype=np.uint8)
    return (np.roll(base, index, axis=1) for index in range(count))


@pytest.mark.parametrize("name", sorted(ATTACKS))
def test_an_attack_gives_the_same_frames_for_the_same_seed(name: str) -> None:
    attack = attack_by_name(name)
    once, again = (list(attack(Clip(pictures(), Fraction(24)), 7).frames) for _ in range(2))
    assert len(once) >= 5
    for one, two in zip(once, again, strict=True):
        assert one.dtype == np.uint8 and one.ndim == 3 and one.shape[2] == 3
        assert (one == two).all()


@pytest.mark.parametrize("name", ["camcorder", "crop", "shift", "noise"])
def test_another_seed_gives_other_frames(name: str) -> None:
    one, two = (next(ATTACKS[name](Clip(pictures(), Fraction(24)), seed).frames) for seed in (1, 2))
    assert one.shape != two.shape or (one != two).any()


def test_an_unknown_attack_is_refused_with_the_names() -> None:
    with pytest.raises(UsageError, match="no attack") as caught:
        attack_by_name("hammer")
    assert "camcorder" in str(caught.value)


def test_blending_keeps_the_time_and_mixes_neighbours() -> None:
    frames = [np.full((4, 4, 3), 10 * value, dtype=np.uint8) for value in range(24)]
    clip = blend_to_rate(Clip(iter(frames), Fraction(24)), Fraction(30))
    blended = list(clip.frames)
    assert clip.rate == 30 and len(blended) == 30
    # Output 1 lies over [0.8, 1.6): a quarter of frame 0, three quarters of frame 1.
    assert [int(frame[0, 0, 0]) for frame in blended[:4]] == [0, 8, 15, 23]
    slower = list(blend_to_rate(Clip(iter(frames), Fraction(24)), Fraction(12)).frames)
    assert [int(frame[0, 0, 0]) for frame in slower[:2]] == [5, 25] and len(slower) == 12


def test_the_camera_sees_a_tilted_darker_cornered_picture() -> None:
    white = (np.full((720, 1280, 3), 180, dtype=np.uint8) for _ in range(2))
    camera = Camcorder(width=320, height=180, keystone=0.1, vignette=0.5)
    frame = next(camcorder(Clip(white, Fraction(24)), 1, camera=camera).frames)
    assert frame.shape == (180, 320, 3)
    assert frame[90, 160].mean() > frame[20:40, 20:40].mean() + 5


def test_a_video_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "copy.mp4"
    assert write_video(path, pictures(24), rate=Fraction(24), bit_rate=300_000) == 24
    with av.open(str(path)) as container:
        assert container.streams.video[0].average_rate == 24
        assert sum(1 for _ in container.decode(video=0)) == 24

    def broken() -> Iterator[NDArray[np.uint8]]:
        yield from pictures(3)
        raise UsageError("stopped")

    with pytest.raises(UsageError, match="stopped"):
        write_video(tmp_path / "other.mkv", broken(), rate=Fraction(24))
    assert [entry.name for entry in tmp_path.iterdir()] == ["copy.mp4"]


def test_the_same_frames_make_the_same_file(tmp_path: Path) -> None:
    for name in ("a.mkv", "b.mkv"):
        write_video(tmp_path / name, pictures(12), rate=Fraction(25), crf=30)
    one, two = (
        [frame.to_ndarray() for frame in av.open(str(tmp_path / name)).decode(video=0)]
        for name in ("a.mkv", "b.mkv")
    )
    assert all((a == b).all() for a, b in zip(one, two, strict=True))


def test_videos_that_cannot_be_written_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="kind of video"):
        write_video(tmp_path / "a.avi", pictures(), rate=Fraction(24))
    with pytest.raises(UsageError, match="no frame"):
        write_video(tmp_path / "a.mp4", [], rate=Fraction(24))
    with pytest.raises(UsageError, match="in a video of"):
        write_video(tmp_path / "a.mp4", [*pictures(1), *pictures(1, width=64)], rate=Fraction(24))
    with pytest.raises(DcpError, match="cannot write"):
        write_video(tmp_path / "absent" / "a.mp4", pictures(), rate=Fraction(24))
    assert not list(tmp_path.iterdir())
