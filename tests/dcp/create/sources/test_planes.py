"""Samples of every form, bit for bit."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import pytest
from needing import needing

needing("picture")

import av  # noqa: E402
import numpy as np  # noqa: E402
from numpy.typing import NDArray  # noqa: E402

from dcp.create.sources.planes import depth_of, has_alpha, model_of, pixels_of, planar_form  # noqa: E402
from dcp.errors import SourceError  # noqa: E402

pytestmark = pytest.mark.extra("picture")

ROOT = Path(__file__).parents[4]
WIDTH, HEIGHT = 34, 18
PLANAR = [
    *("yuv420p", "yuv422p", "yuv444p", "yuv440p", "yuv411p", "yuv410p", "yuvj420p", "yuvj422p"),
    *("yuv420p9le", "yuv420p10le", "yuv422p10le", "yuv444p10le", "yuv420p12le", "yuv422p12le"),
    *("yuv444p12le", "yuv422p14le", "yuv444p16le", "yuva420p", "yuva444p10le", "yuva422p12le"),
    *("gray", "gray10le", "gray12le", "gray16le", "grayf32le"),
    *("gbrp", "gbrp10le", "gbrp12le", "gbrp16le", "gbrpf32le", "gbrap", "gbrap12le", "gbrap16le"),
]
OTHERS = {
    "nv12": "yuv420p",
    "nv21": "yuv420p",
    "nv16": "yuv422p",
    "nv24": "yuv444p",
    "nv42": "yuv444p",
    "p010le": "yuv420p10le",
    "p012le": "yuv420p12le",
    "p016le": "yuv420p16le",
    "nv20le": "yuv422p10le",
    "p210le": "yuv422p10le",
    "p212le": "yuv422p12le",
    "p216le": "yuv422p16le",
    "p410le": "yuv444p10le",
    "p412le": "yuv444p12le",
    "p416le": "yuv444p16le",
    "yuyv422": "yuv422p",
    "uyvy422": "yuv422p",
    "yvyu422": "yuv422p",
    "y210le": "yuv422p10le",
    "y212le": "yuv422p12le",
    "y216le": "yuv422p16le",
    "rgb24": "gbrp",
    "bgr24": "gbrp",
    "rgb0": "gbrp",
    "0rgb": "gbrp",
    "bgr0": "gbrp",
    "0bgr": "gbrp",
    "rgba": "gbrap",
    "bgra": "gbrap",
    "argb": "gbrap",
    "abgr": "gbrap",
    "rgb48le": "gbrp16le",
    "bgr48le": "gbrp16le",
    "rgba64le": "gbrap16le",
    "bgra64le": "gbrap16le",
    "vuya": "yuva444p",
    "uyva": "yuva444p",
    "ayuv": "yuva444p",
    "vuyx": "yuv444p",
    "vyu444": "yuv444p",
    "ayuv64le": "yuva444p16le",
    "xv36le": "yuv444p12le",
    "xv48le": "yuv444p16le",
    "xv30le": "yuv444p10le",
    "v30xle": "yuv444p10le",
    "x2rgb10le": "gbrp10le",
    "x2bgr10le": "gbrp10le",
    "rgb48be": "gbrp16le",
    "gbrp12be": "gbrp12le",
    "yuv422p10be": "yuv422p10le",
    "gray16be": "gray16le",
}


def made(form: str) -> tuple[Any, list[NDArray[Any]]]:
    """A frame of noise and its planes, in the order Y Cb Cr A, R G B A."""
    frame = av.VideoFrame(WIDTH, HEIGHT, form)
    depth = depth_of(frame.format)
    size = 1 if depth == 8 else 4 if depth == 32 else 2
    noise = np.random.default_rng(7)
    planes = []
    for plane in frame.planes:
        shape = (plane.height, plane.width)
        samples = np.zeros((plane.height, plane.line_size // size), {1: "u1", 2: "<u2", 4: "<f4"}[size])
        samples[:, : plane.width] = (
            noise.random(shape) if size == 4 else noise.integers(16 << depth - 8, 235 << depth - 8, shape)
        )
        plane.update(samples.tobytes())
        planes.append(samples[:, : plane.width].copy())
    if form.startswith("gbr"):
        planes = [planes[2], planes[0], planes[1], *planes[3:]]
    return frame, planes


def planes_of(frame: Any) -> list[NDArray[Any]]:
    pixels = pixels_of(frame, Path("film.mov"))
    return [*pixels.planes, *([] if pixels.alpha is None else [pixels.alpha])]


def same(got: list[NDArray[Any]], wanted: list[NDArray[Any]]) -> bool:
    return len(got) == len(wanted) and all(map(np.array_equal, got, wanted))


@pytest.mark.parametrize("form", PLANAR)
def test_planes_are_taken_as_they_are(form: str) -> None:
    frame, planes = made(form)
    assert same(planes_of(frame), planes)
    pixels = pixels_of(frame, Path("film.mov"))
    assert pixels.depth == depth_of(frame.format)
    assert pixels.model == model_of(frame.format)
    assert (pixels.alpha is not None) == has_alpha(frame.format)
    assert planar_form(frame.format) == form
    assert all(plane.flags["OWNDATA"] or plane.base is None for plane in pixels.planes)


@pytest.mark.parametrize(("form", "planar"), OTHERS.items())
def test_samples_that_lie_together_are_parted(form: str, planar: str) -> None:
    """Laid together by FFmpeg's conversion, which loses nothing here."""
    frame, planes = made(planar)
    packed = frame.reformat(format=form, threads=1)
    assert packed.format.name == form
    assert same(planes_of(packed), planes)
    assert pixels_of(packed, Path("film.mov")).depth == depth_of(frame.format)
    assert planar_form(packed.format) == planar


def test_ffmpeg_converts_in_one_thread() -> None:
    """Its threads cut a frame into slices and write over each other's first samples (FFmpeg 8.1: p216le,
    p416le, yuyv422, xv30le of 34x18 in 7 slices), by one per cent of the frames.
    """
    folders = ("dcp", "kdm", "watermark", "player", "dcpkit")
    calls = [
        (path.relative_to(ROOT).as_posix(), call)
        for folder in folders
        for path in (ROOT / folder).rglob("*.py")
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute)
        if call.func.attr in ("reformat", "to_ndarray", "to_image")
    ]
    assert len(calls) >= 6
    for path, call in calls:
        threads = [ast.unparse(one.value) for one in call.keywords if one.arg == "threads"]
        assert threads == ["1"] or not call.keywords, f"{path}, line {call.lineno}"


def test_codes_of_xyz_are_those_of_the_upper_12_bits() -> None:
    frame = av.VideoFrame(WIDTH, HEIGHT, "xyz12le")
    codes = np.random.default_rng(1).integers(0, 4096, (HEIGHT, WIDTH, 3), dtype=np.uint16)
    row = np.zeros((HEIGHT, frame.planes[0].line_size // 2), "<u2")
    row[:, : 3 * WIDTH] = codes.reshape(HEIGHT, -1) << 4
    frame.planes[0].update(row.tobytes())
    pixels = pixels_of(frame, Path("film.mov"))
    assert (pixels.model, pixels.depth, pixels.full_range) == ("xyz", 12, True)
    assert same(list(pixels.planes), [codes[:, :, n] for n in range(3)])


def test_a_palette_is_looked_up() -> None:
    frame = av.VideoFrame(WIDTH, HEIGHT, "pal8")
    pixels = pixels_of(frame, Path("film.mov"))
    assert (pixels.model, pixels.depth, len(pixels.planes)) == ("rgb", 8, 3)
    assert pixels.alpha is not None


def test_a_form_that_nothing_reads_is_refused_by_name() -> None:
    for form in ("rgba128le", "yaf32le"):
        with pytest.raises(SourceError, match=form):
            pixels_of(av.VideoFrame(WIDTH, HEIGHT, form), Path("film.mov"))


@pytest.mark.parametrize(
    ("form", "tag", "full"),
    [
        ("yuv420p", 0, False),
        ("yuv420p", 1, False),
        ("yuv420p", 2, True),
        ("yuvj420p", 0, True),
        ("gbrp", 0, True),
        ("gbrp", 1, False),
        ("gray", 0, True),
        ("rgb24", 0, True),
        ("nv12", 0, False),
    ],
)
def test_the_range_is_the_tag_s_or_the_usual_one(form: str, tag: int, full: bool) -> None:
    frame = av.VideoFrame(WIDTH, HEIGHT, form)
    frame.color_range = tag
    assert pixels_of(frame, Path("film.mov")).full_range == full


def test_chroma_lies_where_the_codec_has_it() -> None:
    frame = av.VideoFrame(WIDTH, HEIGHT, "yuv420p")
    assert pixels_of(frame, Path("film.mov"), "h264").siting == (0.0, 0.5)
    assert pixels_of(frame, Path("film.mov"), "mjpeg").siting == (0.5, 0.5)
    assert pixels_of(av.VideoFrame(WIDTH, HEIGHT, "yuv422p10le"), Path("f"), "prores").siting == (0.0, 0.0)
