"""`watermark extract` with what people give it: one clear answer each, by the command line."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

pytestmark = pytest.mark.extra("watermark")

Run = Callable[..., tuple[int, str, str]]
Frames = Iterator[NDArray[np.uint8]]


def scene(count: int, *, width: int = 160, height: int = 90, seed: int = 1) -> Frames:
    """A soft texture that glides, and grain."""
    import cv2

    rng = np.random.default_rng(seed)
    ground = cv2.resize(rng.random((30, 50)).astype(np.float32), (2 * width, 2 * height))
    for index in range(count):
        part = ground[index % 40 : index % 40 + height, index // 2 % 60 : index // 2 % 60 + width]
        grey = 60 + 120 * part + rng.normal(0, 2, part.shape)
        yield np.repeat(np.clip(grey, 0, 255).astype(np.uint8)[:, :, None], 3, axis=2)


def video(
    path: Path, frames: Frames, *, rate: int = 24, instants: Callable[[int], int] | None = None
) -> Path:
    """A video of these frames. instants: of each in ms, where they do not come evenly."""
    import av

    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream("libx264", rate=24, options={"preset": "ultrafast", "crf": "20"})
        for index, frame in enumerate(frames):
            if not index:
                stream.height, stream.width, stream.pix_fmt = *frame.shape[:2], "yuv420p"
                stream.codec_context.thread_count = 1
                if instants is not None:
                    stream.codec_context.time_base = Fraction(1, 1000)
            picture = av.VideoFrame.from_ndarray(frame, format="rgb24")
            if instants is not None:
                picture.pts, picture.time_base = instants(index), Fraction(1, 1000)
            container.mux(stream.encode(picture))
        container.mux(stream.encode(None))
    return path


@pytest.fixture
def secret(tmp_path: Path, dcpkit: Run) -> Path:
    path = tmp_path / "secret.json"
    assert dcpkit("watermark", "secret", "-o", path, "--operator", "Example")[0] == 0
    return path


def answer(dcpkit: Run, *arguments: object) -> dict[str, Any]:
    """Of a run that read no mark: exit 1, and its document."""
    code, out, err = dcpkit("watermark", "extract", *arguments, "--json", "--quiet")
    assert code == 1, err
    document: dict[str, Any] = json.loads(out)
    assert document["schema"] == "dcpkit.watermark/1" and document["payload"] is None
    assert not document["found"]
    return document


def refused(dcpkit: Run, *arguments: object) -> str:
    code, out, err = dcpkit("watermark", "extract", *arguments, "--quiet")
    assert code == 2 and out == "" and "Traceback" not in err
    return err


def test_what_is_no_video_is_refused(tmp_path: Path, secret: Path, dcpkit: Run) -> None:
    import av

    words = tmp_path / "words.mp4"
    words.write_text("not a video")
    assert "cannot read the video" in refused(dcpkit, words, "--secret", secret)
    sound = tmp_path / "sound.m4a"
    with av.open(str(sound), "w") as container:
        stream: Any = container.add_stream("aac", rate=48_000)
        silence = av.AudioFrame.from_ndarray(np.zeros((1, 4800), np.float32), "fltp", "mono")
        silence.sample_rate = 48_000
        container.mux(stream.encode(silence))
        container.mux(stream.encode(None))
    assert "no picture in it" in refused(dcpkit, sound, "--secret", secret)


def test_a_wrong_file_for_a_secret_or_a_film_is_refused(tmp_path: Path, secret: Path, dcpkit: Run) -> None:
    copy = video(tmp_path / "copy.mp4", scene(4))
    other = tmp_path / "other.json"
    other.write_text('{"cpl_id": null, "keys": []}')
    assert "not a watermark secret file" in refused(dcpkit, copy, "--secret", secret, "--secret", other)
    empty = tmp_path / "indexes"
    empty.mkdir()
    assert "no index" in refused(dcpkit, copy, "--secret", secret, "--reference", empty)
    index = tmp_path / "film.index"
    assert dcpkit("watermark", "index", copy, "-o", index)[0] == 0
    assert "an index already" in dcpkit("watermark", "index", index, "-o", tmp_path / "again")[2]
    index.write_bytes(index.read_bytes()[:-20])
    assert "index" in refused(dcpkit, copy, "--secret", secret, "--reference", index)


def test_four_frames_do_not_clear_a_screen(tmp_path: Path, secret: Path, dcpkit: Run) -> None:
    copy = video(tmp_path / "copy.mp4", scene(4))
    document = answer(dcpkit, copy, "--secret", secret)
    assert document["conclusive"] is False and document["mode"] == "blind"
    assert document["false_positive_probability"] is None, "none was computed"
    assert [each["id"] for each in document["doubts"]] == ["mark.doubt.film"]
    code, out, _ = dcpkit("watermark", "extract", copy, "--secret", secret, "--quiet")
    assert code == 1 and out.startswith("Inconclusive: no mark was read")


@pytest.mark.soak
def test_two_seconds_of_the_film_do_not_clear_a_screen(tmp_path: Path, secret: Path, dcpkit: Run) -> None:
    """Neither of the film, nor of another, whatever the number of secrets."""
    film = video(tmp_path / "film.mp4", scene(96))
    copy = video(tmp_path / "copy.mp4", scene(72))
    indexes = tmp_path / "indexes"
    indexes.mkdir()
    assert dcpkit("watermark", "index", film, "-o", indexes / "one")[0] == 0
    other = video(tmp_path / "other.mp4", scene(48, seed=5))
    assert dcpkit("watermark", "index", other, "-o", indexes / "two")[0] == 0
    second = tmp_path / "second.json"
    assert dcpkit("watermark", "secret", "-o", second)[0] == 0
    document = answer(dcpkit, copy, "--secret", secret, "--secret", second, "--reference", indexes)
    assert document["conclusive"] is False and document["doubts"]
    searched = document["searched"]
    assert (searched["secrets"], searched["films"], searched["rounds"]) == (2, 2, 2)


@pytest.mark.parametrize("kind", ["black", "portrait", "uneven"])
def test_odd_recordings_get_an_answer(tmp_path: Path, secret: Path, dcpkit: Run, kind: str) -> None:
    if kind == "black":
        dark = np.zeros((90, 160, 3), np.uint8)
        copy = video(tmp_path / "copy.mp4", iter([dark] * 30))
    elif kind == "portrait":
        copy = video(tmp_path / "copy.mp4", scene(30, width=90, height=160))
    else:
        copy = video(tmp_path / "copy.mp4", scene(30), instants=lambda n: 42 * n + n % 3 * 9)
    assert answer(dcpkit, copy, "--secret", secret)["conclusive"] is False


@pytest.mark.soak
def test_an_hour_of_black_ends(tmp_path: Path, secret: Path, dcpkit: Run) -> None:
    dark = np.zeros((90, 160, 3), np.uint8)
    copy = video(tmp_path / "copy.mp4", (dark for _ in range(24 * 3600)))
    film = video(tmp_path / "film.mp4", scene(96))
    document = answer(dcpkit, copy, "--secret", secret, "--reference", film)
    assert document["conclusive"] is False
