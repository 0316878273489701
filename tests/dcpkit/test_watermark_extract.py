"""`watermark extract` with what people give it: one clear answer each, by the command line."""

from __future__ import annotations

import json
import os
import subprocess
import sys
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
    path: Path,
    frames: Frames,
    *,
    instants: Callable[[int], int] | None = None,
    form: str | None = None,
) -> Path:
    """A video of these frames. form: of the file, where its name does not say it. instants: of each in ms,
    where they do not come evenly."""
    import av

    with av.open(str(path), "w", format=form) as container:
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


@pytest.mark.parametrize(
    ("kind", "en", "zh"),
    [
        ("index", "this is the index of a film, not a recording", "这是影片的索引文件，不是录像"),
        ("playlist", "this is a list that names other files", "这是指向其他文件的列表"),
        ("parts", "this is a list that names other files", "这是指向其他文件的列表"),
        ("manifest", "this is a list that names other files", "这是指向其他文件的列表"),
        ("empty", "cannot read the video", "无法读取视频"),
        ("folder", "cannot read the video", "无法读取视频"),
        ("absent", "cannot read the video", "无法读取视频"),
    ],
)
def test_what_is_no_recording_is_one_error(
    tmp_path: Path, secret: Path, dcpkit: Run, kind: str, en: str, zh: str
) -> None:
    path = tmp_path / kind
    if kind == "index":
        assert dcpkit("watermark", "index", video(tmp_path / "f.mp4", scene(3)), "-o", path)[0] == 0
    elif kind == "folder":
        path.mkdir()
    elif kind != "absent":
        words = {
            "playlist": "#EXTM3U\n#EXTINF:4,\nhttp://example.com/1.ts\n",
            "parts": "ffconcat version 1.0\nfile other.mp4\n",
            "manifest": '<?xml version="1.0"?>\n<MPD xmlns="urn:mpeg:dash:schema:mpd:2011"/>\n',
        }
        path.write_text(words.get(kind, ""))
    before = sorted(tmp_path.iterdir())
    said = refused(dcpkit, path, "--secret", secret, "--lang", "en")
    assert en in said and str(path) in said and said.count("dcpkit:") <= 1
    assert zh in refused(dcpkit, path, "--secret", secret, "--lang", "zh")
    assert sorted(tmp_path.iterdir()) == before, "nothing is left"


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A film, a recording of it, another film, and what is too short, as videos."""
    root = tmp_path_factory.mktemp("clips")
    for name, count, seed in (("film", 48, 1), ("copy", 30, 1), ("other", 30, 7), ("one", 1, 1)):
        video(root / name, scene(count, seed=seed), form="mp4")
    return root


@pytest.mark.parametrize(
    "harm", ["head", "blob", "cut", "no trailer", "magic alone"], ids=lambda harm: harm.replace(" ", "-")
)
def test_a_damaged_index_is_one_error(
    tmp_path: Path, secret: Path, dcpkit: Run, clips: Path, harm: str
) -> None:
    index = tmp_path / "film.index"
    assert dcpkit("watermark", "index", clips / "copy", "-o", index)[0] == 0
    data = bytearray(index.read_bytes())
    if harm in ("head", "blob"):
        place = len(data) - 100 if harm == "head" else 40
        data[place : place + 8] = bytes(byte ^ 255 for byte in data[place : place + 8])
    else:
        data = data[: {"cut": len(data) // 2, "no trailer": len(data) - 1, "magic alone": 8}[harm]]
    index.write_bytes(data)
    said = refused(dcpkit, clips / "one", "--secret", secret, "--reference", index, "--lang", "en")
    assert "index of" in said and str(index) in said
    assert "索引文件" in refused(
        dcpkit, clips / "one", "--secret", secret, "--reference", index, "--lang", "zh"
    )


@pytest.mark.parametrize(
    ("recording", "film"),
    [
        pytest.param("one", "one", marks=pytest.mark.soak),
        pytest.param("one", "film", marks=pytest.mark.soak),
        ("copy", "one"),
    ],
)
def test_one_frame_is_a_recording_and_a_film(
    secret: Path, dcpkit: Run, clips: Path, recording: str, film: str
) -> None:
    document = answer(dcpkit, clips / recording, "--secret", secret, "--reference", clips / film)
    assert document["conclusive"] is False and document["doubts"]
    arguments = ("--secret", secret, "--reference", clips / film, "--quiet", "--lang", "zh")
    code, out, err = dcpkit("watermark", "extract", clips / recording, *arguments)
    assert code == 1 and out.startswith("无法定论：未读出水印") and not err


def test_another_film_is_said_to_be_no_help(secret: Path, dcpkit: Run, clips: Path) -> None:
    document = answer(dcpkit, clips / "copy", "--secret", secret, "--reference", clips / "other")
    assert document["conclusive"] is False
    assert [each["id"] for each in document["doubts"]] == ["mark.doubt.place"]


def test_while_the_film_is_looked_at_it_is_said_how_far(
    secret: Path, dcpkit: Run, clips: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dcpkit.console.LOG_INTERVAL", -1.0)
    arguments = ("extract", clips / "copy", "--secret", secret, "--reference", clips / "other")
    code, _, err = dcpkit("watermark", *arguments)
    told = err.splitlines()
    assert code == 1 and told[0] == "reading the reference ..." and told[1].startswith("indexing: ")
    assert all(line.endswith(" ...") for line in told if not line.startswith("indexing: ")), err
    assert dcpkit("watermark", *arguments, "--quiet")[2] == ""


def test_what_is_given_twice_is_searched_once(tmp_path: Path, secret: Path, dcpkit: Run, clips: Path) -> None:
    """A file is one film however it is named, and a secret one in however many files. Two secrets of one
    operator are two. The command that the evidence has names each as it was given."""
    (tmp_path / "same").symlink_to(clips / "other")
    (tmp_path / "again.json").write_bytes(secret.read_bytes())
    second = tmp_path / "second.json"
    assert dcpkit("watermark", "secret", "-o", second, "--operator", "Example")[0] == 0
    secrets = [("--secret", each) for each in (secret, tmp_path / "again.json", second, secret)]
    films = [("--reference", each) for each in (clips / "other", clips / "other", tmp_path / "same")]
    report = tmp_path / "case.json"
    given = [word for pair in (*secrets, *films) for word in pair]
    searched = answer(dcpkit, clips / "copy", *given, "--report", report)["searched"]
    assert (searched["secrets"], searched["films"]) == (2, 1)
    evidence = json.loads(report.read_text())
    command = evidence["command"]
    assert command.count("--secret") == 4 and command.count("--reference") == 3
    told = [word for word in command if word.startswith("<secret ")]
    assert told[0] == told[1] == told[3] != told[2]


@pytest.mark.soak
def test_an_hour_of_black_ends(tmp_path: Path, secret: Path, dcpkit: Run) -> None:
    dark = np.zeros((90, 160, 3), np.uint8)
    copy = video(tmp_path / "copy.mp4", (dark for _ in range(24 * 3600)))
    film = video(tmp_path / "film.mp4", scene(96))
    document = answer(dcpkit, copy, "--secret", secret, "--reference", film)
    assert document["conclusive"] is False


@pytest.mark.soak
def test_a_film_of_another_cut_gives_an_answer(tmp_path: Path, secret: Path, dcpkit: Run) -> None:
    """The recording lacks a scene of the film, and has one that the film lacks."""

    def shots(*seeds: int) -> Frames:
        for seed in seeds:
            yield from scene(60, seed=seed)

    film = video(tmp_path / "film.mp4", shots(1, 2, 3, 4))
    copy = video(tmp_path / "copy.mp4", shots(1, 3, 5, 4))
    document = answer(dcpkit, copy, "--secret", secret, "--reference", film)
    assert document["conclusive"] is False and document["doubts"]


def repeated(source: Path, target: Path, times: int) -> None:
    """A coded clip over and over, not coded again."""
    import av

    with av.open(str(source)) as clip, av.open(str(target), "w") as container:
        stream = clip.streams.video[0]
        out: Any = container.add_stream_from_template(stream)
        packets = [each for each in clip.demux(stream) if each.dts is not None]
        instants = [each.pts or 0 for each in packets]
        length = (max(instants) - min(instants)) // (len(packets) - 1) * len(packets)
        for turn in range(times):
            for each in packets:
                packet = av.Packet(bytes(each))
                packet.pts, packet.dts = (each.pts or 0) + turn * length, (each.dts or 0) + turn * length
                packet.time_base, packet.stream, packet.is_keyframe = each.time_base, out, each.is_keyframe
                container.mux(packet)


@pytest.mark.soak
def test_three_hours_end_in_bounded_memory(tmp_path: Path, secret: Path) -> None:
    """By a process of its own, whose memory is its own: within 2.5 GiB."""
    import resource
    import subprocess
    import sys

    seed = video(tmp_path / "seed.mp4", scene(240, width=64, height=36))
    repeated(seed, tmp_path / "long.mp4", 1080)
    command = [sys.executable, "-m", "dcpkit", "watermark", "extract", str(tmp_path / "long.mp4")]
    done = subprocess.run(
        [*command, "--secret", str(secret), "--json", "--quiet"], capture_output=True, check=False
    )
    assert done.returncode == 1, done.stderr
    assert json.loads(done.stdout)["conclusive"] is False
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss < 2560 << 10  # kB


def test_matrix_products_have_one_thread_beside_those_of_the_search() -> None:
    """Asked for before NumPy comes in, which reads it once; what somebody chose stays."""
    ask = (
        "import os, sys, dcpkit.commands.watermark;"
        "print(os.environ['OPENBLAS_NUM_THREADS'], 'numpy' in sys.modules)"
    )
    for chosen, said in ((None, "1 False"), ("3", "3 False")):
        environment = {**os.environ}
        environment.pop("OPENBLAS_NUM_THREADS", None)
        if chosen is not None:
            environment["OPENBLAS_NUM_THREADS"] = chosen
        done = subprocess.run([sys.executable, "-c", ask], env=environment, capture_output=True, text=True)
        assert done.stdout.strip() == said, done.stderr
