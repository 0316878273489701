"""CPU a frame of `create` outside the codec: decoded, placed, converted, handed over, a kind of source each.

The codec is a stub that has the frame drawn in its memory and answers with a codestream that is made already.
The bound is what cannot be saved: the same frames decoded by the same library, and as many bytes copied as
the codec's planes have. Both are measured in turn in the same run, in CPU time of all threads
(`time.process_time`), since the machine may be busy; what is told are medians of the rounds.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from fractions import Fraction
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from dcp.create.job.values import PictureTrack
from dcp.create.makers.frame import Recipe, code
from dcp.create.planning.colour import colour_of
from dcp.create.planning.sizes import plan_sizes
from dcp.create.sources.facts import PictureFacts
from dcp.create.sources.opening import probe_picture, read_picture
from dcp.picture.codec import Drawing
from dcp.picture.limits import FrameLimits, frame_limits

if TYPE_CHECKING:
    from dcp.picture.codec import Picture

FRAMES, ROUNDS = 4, 7
RATE = Fraction(24)
FLAT, SCOPE, FULL = (1998, 1080), (2048, 858), (2048, 1080)
VIDEOS = {
    "720p H.264, 8 bits": ("libx264", 1280, 720, "yuv420p", "mp4"),
    "1080p H.264, 8 bits": ("libx264", 1920, 1080, "yuv420p", "mp4"),
    "1080p ProRes, 10 bits": ("prores_ks", 1920, 1080, "yuv422p10le", "mov"),
    "1920x800 H.264 into scope": ("libx264", 1920, 800, "yuv420p", "mp4"),
    "2160p H.264, 10 bits": ("libx264", 3840, 2160, "yuv420p10le", "mp4"),
    "2160p ProRes, 10 bits": ("prores_ks", 3840, 2160, "yuv422p10le", "mov"),
}
STILLS = {
    "TIFF of 16 bits": ("tif", "uint16", {"compression": "none"}, "srgb"),
    "TIFF of 16 bits, zip": ("tif", "uint16", {"compression": "zip"}, "srgb"),
    "DPX of 10 bits": ("dpx", "uint16", {"oiio:BitsPerSample": 10}, "rec709"),
    "EXR in ACEScg": ("exr", "half", {"compression": "zip"}, "acescg"),
    "PNG of 8 bits": ("png", "uint8", {}, "srgb"),
}
Case = tuple[Path, tuple[int, int], str | None]


class Stub:
    """Takes a frame as a codec does, into memory that it has."""

    name = "stub"

    def __init__(self, size: tuple[int, int]) -> None:
        self.planes = np.zeros((3, size[1], size[0]), np.int32)

    def encode(self, image: Picture, *, limits: FrameLimits, bits: int = 12) -> bytes:
        assert isinstance(image, Drawing)
        image.draw(tuple(self.planes))
        return b"\xff\x4f"

    def decode(self, codestream: bytes | bytearray | memoryview, *, reduce: int = 0) -> NDArray[np.uint16]:
        raise NotImplementedError


def _picture(width: int, height: int, number: int) -> NDArray[np.float32]:
    """Soft shapes, edges and grain, 0 to 1."""
    rows, columns = np.mgrid[0:height, 0:width].astype(np.float32)
    soft = 0.2 * np.sin(columns / 210 + number)[..., None] * np.cos(rows / 140)[..., None] + 0.4
    edges = ((columns // 128 + rows // 96) % 2 * 0.1)[..., None]
    grain = np.random.default_rng(number).normal(0, 0.01, (height, width, 3))
    picture: NDArray[np.float32] = (soft + edges + grain).clip(0, 1).astype(np.float32)
    return picture


@pytest.fixture(scope="module", params=[*VIDEOS, *STILLS])
def case(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Case:
    return made(request.param, tmp_path_factory.mktemp("source"))


def made(name: str, folder: Path) -> Case:
    """The source of a name, made in an empty folder, unless it is there: (path, container, its colour)."""
    if name in VIDEOS:
        return _video(folder, *VIDEOS[name]), SCOPE if "scope" in name else FLAT, None
    suffix, form, attributes, colour = STILLS[name]
    if not any(folder.iterdir()):
        _stills(folder, suffix, form, attributes)
    return folder, FULL, colour


def _video(folder: Path, codec: str, width: int, height: int, form: str, suffix: str) -> Path:
    path = folder / f"film.{suffix}"
    if path.exists():
        return path
    with av.open(path, "w") as container:
        stream: Any = container.add_stream(codec, rate=24)
        stream.width, stream.height, stream.pix_fmt = width, height, form
        for number in range(FRAMES):
            picture = (_picture(width, height, number) * 65535).astype(np.uint16)
            frame = av.VideoFrame.from_ndarray(picture, format="rgb48le").reformat(format=form, threads=1)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def _stills(folder: Path, suffix: str, form: str, attributes: dict[str, Any]) -> None:
    oiio = pytest.importorskip("OpenImageIO")
    width, height = FULL
    spec = oiio.ImageSpec(width, height, 3, form)
    for name, value in attributes.items():
        spec.attribute(name, value)
    for number in range(FRAMES):
        path = str(folder / f"{number:04d}.{suffix}")
        output = oiio.ImageOutput.create(path)
        assert output.open(path, spec)
        output.write_image(_picture(width, height, number))
        output.close()


def recipe_of(facts: PictureFacts, size: tuple[int, int], colour: str | None) -> Recipe:
    path, _ = colour_of(facts, told=colour)
    return Recipe(size, frame_limits(RATE), RATE, plan_sizes(facts, size).placements[0], path)


def _decode_alone(facts: PictureFacts) -> Iterator[object]:
    if facts.kind == "video":
        with av.open(facts.path) as container:
            stream = container.streams.video[facts.stream]
            stream.thread_type = "AUTO"
            yield from islice(container.decode(stream), FRAMES)
        return
    import OpenImageIO as oiio

    for file in facts.files:
        image = oiio.ImageInput.open(str(file))
        yield image.read_image(image.spec().format)
        image.close()


def cpu(action: Callable[[], None]) -> float:
    start = time.process_time()
    action()
    return (time.process_time() - start) / FRAMES * 1000


def test_a_frame_outside_the_codec(benchmark: Any, case: Case) -> None:
    source, size, colour = case
    facts = probe_picture(PictureTrack(source=source))
    recipe, stub = recipe_of(facts, size, colour), Stub(size)
    copied = np.empty_like(stub.planes)
    decoding: list[float] = []
    bound: list[float] = []
    chain: list[float] = []

    def decode() -> None:
        for _ in _decode_alone(facts):
            pass

    def decode_and_copy() -> None:
        for _ in _decode_alone(facts):
            np.copyto(copied, stub.planes)

    def make() -> None:
        for frame in read_picture(facts, range(FRAMES)):
            code(frame, recipe, stub)

    def first() -> None:
        decoding.append(cpu(decode))
        bound.append(cpu(decode_and_copy))

    benchmark.pedantic(lambda: chain.append(cpu(make)), setup=first, rounds=ROUNDS, warmup_rounds=1)
    whole, least = statistics.median(chain[1:]), statistics.median(bound[1:])
    benchmark.extra_info["ms_a_frame"] = round(whole, 1)
    benchmark.extra_info["of_them_decoding"] = round(statistics.median(decoding[1:]), 1)
    benchmark.extra_info["ratio_to_bound"] = round(whole / least, 2)
