"""Video in as RGB with the right matrix."""

from __future__ import annotations

import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from dcp.errors import SourceError
from watermark.attack import write_video
from watermark.video import fine_video, rgb_video
from watermark.ycbcr import planes_of, rgb_of

GREEN = (20, 200, 60)
RATE = Fraction(24)


def a_video(path: Path, *, size: tuple[int, int], matrix: str, tag: int, count: int = 2) -> Path:
    """Frames of one green, coded without loss by `matrix`, tagged `tag` (2: not at all)."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("ffv1", rate=24)
        stream.width, stream.height, stream.pix_fmt = *size, "yuv444p"
        stream.codec_context.colorspace = tag
        picture = np.full((size[1], size[0], 3), GREEN, dtype=np.uint8)
        for _ in range(count):
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            yuv = frame.reformat(format="yuv444p", dst_colorspace=matrix, threads=1)
            yuv.colorspace = tag
            yuv.pts = None
            container.mux(stream.encode(yuv))
        container.mux(stream.encode(None))
    return path


@pytest.mark.parametrize(
    ("size", "matrix", "tag"),
    [
        ((320, 240), "ITU601", 2),
        ((1280, 720), "ITU709", 2),
        ((320, 240), "ITU709", 1),
        ((1280, 720), "ITU601", 6),
        ((320, 240), "BT2020", 9),
    ],
)
def test_the_matrix_is_that_of_the_tag_else_of_the_height(
    tmp_path: Path, size: tuple[int, int], matrix: str, tag: int
) -> None:
    with rgb_video(a_video(tmp_path / "a.mkv", size=size, matrix=matrix, tag=tag)) as (frames, rate, count):
        pictures = list(frames)
    assert (rate, count, len(pictures)) == (RATE, 0, 2)  # Matroska does not say how many
    assert pictures[0].shape == (size[1], size[0], 3) and pictures[0].dtype == np.uint8
    assert np.abs(pictures[0].astype(int) - GREEN).max() <= 3


def test_a_file_that_says_how_many_frames_it_has_is_believed(tmp_path: Path) -> None:
    write_video(tmp_path / "a.mp4", iter([np.zeros((64, 64, 3), np.uint8)] * 3), rate=RATE)
    with rgb_video(str(tmp_path / "a.mp4")) as (_, rate, count):
        assert (rate, count) == (RATE, 3)


def piped(data: bytes) -> str:
    """What a process says that reads `data` on its standard input."""
    program = (
        "from dcp.errors import DcpError\nfrom watermark.video import rgb_video\n"
        "try:\n with rgb_video('-') as (frames, rate, count):\n"
        "  print(rate, count, [frame[0, 0].tolist() for frame in frames])\n"
        "except DcpError as error: print(error)"
    )
    done = subprocess.run([sys.executable, "-c", program], input=data, capture_output=True, check=True)
    return done.stdout.decode()


def test_standard_input_is_yuv4mpeg_of_rec709() -> None:
    red, green, blue = (code / 255 for code in GREEN)
    luma = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    codes = (16 + 219 * luma, 128 + 224 * (blue - luma) / 1.8556, 128 + 224 * (red - luma) / 1.5748)
    planes = b"".join(bytes([round(code)]) * 64 * 36 for code in codes)
    said = piped(b"YUV4MPEG2 W64 H36 F25:1 Ip A1:1 C444 XCOLORRANGE=LIMITED\nFRAME\n" + planes)
    assert said.startswith("25 0 [[")
    found = [int(code) for code in said[said.index("[[") + 2 : said.index("]]")].split(",")]
    assert np.abs(np.array(found) - GREEN).max() <= 3


@pytest.mark.parametrize("data", [b"", b"hello\n", bytes(100_000), b"YUV4MPEG2 odd\n"])
def test_other_standard_input_is_refused(data: bytes) -> None:
    assert piped(data).startswith("standard input is not YUV4MPEG")


def test_what_is_no_video_is_refused(tmp_path: Path) -> None:
    (tmp_path / "text.mp4").write_text("not a video")
    with pytest.raises(SourceError, match="cannot read the video"), rgb_video(tmp_path / "text.mp4"):
        pass
    with pytest.raises(SourceError, match="cannot read the video"), rgb_video(tmp_path / "absent.mp4"):
        pass
    with av.open(str(tmp_path / "sound.wav"), "w") as container:
        stream = container.add_stream("pcm_s16le", rate=48000)
        silence = av.AudioFrame.from_ndarray(np.zeros((1, 4800), np.int16), format="s16", layout="mono")
        silence.sample_rate = 48000
        container.mux(stream.encode(silence))
    with pytest.raises(SourceError, match="no picture"), rgb_video(tmp_path / "sound.wav"):
        pass


def test_a_video_that_breaks_off_is_told(tmp_path: Path) -> None:
    path = a_video(tmp_path / "a.mkv", size=(320, 240), matrix="ITU709", tag=1, count=4)
    data = bytearray(path.read_bytes())
    data[len(data) // 2 : len(data) // 2 + 40] = bytes(range(40))
    path.write_bytes(data)
    with rgb_video(path) as (frames, _, _):
        try:
            assert len(list(frames)) <= 4
        except SourceError as error:
            assert "cannot be decoded" in str(error)


@pytest.mark.parametrize(("matrix", "tag"), [("ITU709", 1), ("ITU601", 6)])
def test_fine_frames_are_of_sixteen_bits_and_of_the_same_colour(
    tmp_path: Path, matrix: str, tag: int
) -> None:
    with fine_video(a_video(tmp_path / "a.mkv", size=(320, 240), matrix=matrix, tag=tag)) as found:
        frames, rate, _, bits = found
        pictures = list(frames)
    assert (rate, bits, len(pictures)) == (RATE, 8, 2) and pictures[0].dtype == np.uint16
    assert np.abs(pictures[0] / 257 - GREEN).max() <= 3


def test_the_codes_of_a_file_come_back_from_its_fine_frames(tmp_path: Path) -> None:
    ramp = np.repeat(np.linspace(9_000, 52_000, 64 * 96).reshape(64, 96, 1), 3, axis=2)
    wanted = planes_of((ramp + np.array([900, 0, -700])).astype(np.uint16), None)
    write_video(tmp_path / "a.mkv", [rgb_of(wanted)] * 2, rate=RATE, crf=0)
    with fine_video(tmp_path / "a.mkv") as (frames, _, _, _):
        for frame in frames:
            for one, two in zip(planes_of(frame, None), wanted, strict=True):
                assert (one == two).all()
