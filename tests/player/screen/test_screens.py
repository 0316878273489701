"""What a screen writes, another program reads back: PNG by OpenCV and Pillow, y4m by PyAV."""

from __future__ import annotations

import io
import sys
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from dcp.errors import UsageError
from player.screen.registry import screen_for
from player.screen.screen import Encoding, Frame, Image, Screen, Signal
from player.stages.colour import to_ycbcr

RATE = Fraction(24)


def noise(height: int = 54, width: int = 96, seed: int = 1) -> Image:
    return np.random.default_rng(seed).integers(0, 65536, (height, width, 3), dtype=np.uint16)


def light(screen: Screen, images: list[Image], *, first: int = 0, rate: Fraction = RATE) -> None:
    size = images[0].shape[:2]
    if screen.encoding.form == "ycbcr":
        images = [to_ycbcr(image, depth=screen.encoding.bits) for image in images]
    height, width = size
    signal = Signal(width, height, rate, screen.encoding, first, len(images))
    with screen.showing(signal) as showing:
        for number, image in enumerate(images, first):
            showing.show(Frame(number, 0, number, 1, showing.prepare(image), None))


def expected_ycbcr(rgb: Image, depth: int) -> np.ndarray:
    """BT.709 in double precision, straight from its three equations."""
    r, g, b = (rgb[..., channel].astype(np.float64) / 65535 for channel in range(3))
    y = 0.2126 * r + 0.7152 * g + 0.0722 * b
    scale = 2.0 ** (depth - 8)
    return np.stack(
        [
            (219 * y + 16) * scale,
            (224 * (b - y) / 1.8556 + 128) * scale,
            (224 * (r - y) / 1.5748 + 128) * scale,
        ]
    )


def test_null_counts() -> None:
    screen = screen_for("null")
    assert screen.encoding == Encoding("xyz", 12)
    light(screen, [noise()] * 3)
    assert screen.shown == 3  # type: ignore[attr-defined]


@pytest.mark.parametrize(("output", "suffix"), [("frames", "png"), ("tiff", "tif")])
def test_frames_are_16_bit_rgb_named_by_number(tmp_path: Path, output: str, suffix: str) -> None:
    images = [noise(seed=seed) for seed in range(3)]
    screen = screen_for(f"{output}:{tmp_path / 'out'}", display="p3-dci")
    assert screen.name == output
    assert screen.encoding == Encoding("p3-dci", 16)
    light(screen, images, first=41)
    written = sorted((tmp_path / "out").iterdir())
    assert [path.name for path in written] == [f"{number:06d}.{suffix}" for number in (41, 42, 43)]
    for path, image in zip(written, images, strict=True):
        back = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
        assert back.dtype == np.uint16
        assert np.array_equal(back[..., ::-1], image)


@pytest.mark.parametrize(
    ("output", "file", "form"), [("frames", "png", "rgb48be"), ("tiff", "tif", "rgb48le")]
)
def test_it_is_rgb_for_an_independent_reader(tmp_path: Path, output: str, file: str, form: str) -> None:
    image = np.zeros((4, 6, 3), np.uint16)
    image[..., 0] = 0x1234
    image[..., 2] = 0xFEDC
    light(screen_for(f"{output}:{tmp_path / 'out'}"), [image])
    container = av.open(str(tmp_path / "out" / f"000000.{file}"))
    frame = next(container.decode(video=0))
    assert frame.format.name == form
    assert np.array_equal(frame.to_ndarray(format="rgb48le", threads=1), image)


def test_an_interrupted_folder_is_removed(tmp_path: Path) -> None:
    screen = screen_for(f"frames:{tmp_path / 'out'}")
    with (
        pytest.raises(KeyboardInterrupt),
        screen.showing(Signal(96, 54, RATE, screen.encoding, 0, 2)) as showing,
    ):
        showing.show(Frame(0, 0, 0, 1, showing.prepare(noise()), None))
        raise KeyboardInterrupt
    assert list(tmp_path.iterdir()) == []


def test_a_folder_in_use_is_not_touched(tmp_path: Path) -> None:
    (tmp_path / "mine").touch()
    with pytest.raises(UsageError, match="not empty"):
        light(screen_for(f"frames:{tmp_path}"), [noise()])


@pytest.mark.parametrize("depth", [8, 10])
def test_ycbcr_is_the_709_matrix_rounded(depth: int) -> None:
    rgb = noise(64, 64)
    planes = to_ycbcr(rgb, depth=depth).astype(np.float64)
    assert np.abs(planes - expected_ycbcr(rgb, depth)).max() <= 0.5 + 2e-3


@pytest.mark.parametrize("depth", [8, 10])
def test_ycbcr_of_black_white_and_primaries(depth: int) -> None:
    full = 65535
    colours = [(0, 0, 0), (full, full, full), (full, 0, 0), (0, full, 0), (0, 0, full)]
    codes = to_ycbcr(np.array([colours], np.uint16), depth=depth)[:, 0, :].T.tolist()
    eight = [[16, 128, 128], [235, 128, 128], [63, 102, 240], [173, 42, 26], [32, 240, 118]]
    ten = [[64, 512, 512], [940, 512, 512], [250, 409, 960], [691, 167, 105], [127, 960, 471]]
    assert codes == (eight if depth == 8 else ten)


@pytest.mark.parametrize(("depth", "format"), [(8, "yuv444p"), (10, "yuv444p10le")])
def test_y4m_is_read_back_by_pyav(tmp_path: Path, depth: int, format: str) -> None:
    images = [noise(50, 75, seed) for seed in range(4)]
    path = tmp_path / "out.y4m"
    light(screen_for(f"y4m:{path}", depth=depth), images, rate=Fraction(24000, 1001))
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        assert (stream.width, stream.height, stream.average_rate) == (75, 50, Fraction(24000, 1001))
        frames = list(container.decode(stream))
    assert len(frames) == 4
    for frame, image in zip(frames, images, strict=True):
        assert frame.format.name == format
        assert frame.color_range == 1, "limited"
        expected = to_ycbcr(image, depth=depth)
        for plane, wanted in zip(frame.planes, expected, strict=True):
            samples = np.frombuffer(plane, wanted.dtype).reshape(50, plane.line_size // wanted.itemsize)
            assert np.array_equal(samples[:, :75], wanted)


def test_y4m_streams_to_standard_output(monkeypatch: pytest.MonkeyPatch) -> None:
    out = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(out, write_through=True))
    light(screen_for("y4m:-"), [noise(2, 2), noise(2, 2, 3)])
    data = out.getvalue()
    assert data.startswith(b"YUV4MPEG2 W2 H2 F24:1 Ip A1:1 C444 XCOLORRANGE=LIMITED\nFRAME\n")
    assert data.count(b"FRAME\n") == 2
    assert data.endswith(to_ycbcr(noise(2, 2, 3), depth=8).tobytes())


def test_an_interrupted_video_is_removed(tmp_path: Path) -> None:
    screen = screen_for(f"y4m:{tmp_path / 'out.y4m'}")
    with pytest.raises(ZeroDivisionError), screen.showing(Signal(2, 2, RATE, screen.encoding, 0, 1)):
        raise ZeroDivisionError
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("output", "options", "message"),
    [
        ("window", {}, "no output named 'window'"),
        ("frames", {}, "frames needs a folder"),
        ("tiff:", {}, "tiff needs a folder"),
        ("wav:", {}, "wav needs a path"),
        ("y4m:", {}, "needs a path"),
        ("null:x", {}, "takes no path"),
        ("y4m:x", {"display": "p3"}, "y4m is Rec.709"),
        ("y4m:x", {"depth": 12}, "12 bits"),
        ("frames:x", {"display": "rec601"}, "no display is named"),
    ],
)
def test_outputs_that_do_not_exist_are_refused(output: str, options: dict[str, object], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        screen_for(output, **options)  # type: ignore[arg-type]
