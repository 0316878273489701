"""Video coders: a copy written to a file, and a clip sent through a coder and back, any number of times."""

from __future__ import annotations

import io
import secrets
import tempfile
from collections.abc import Iterable, Iterator
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Annotated, Any, BinaryIO, Literal

import numpy as np

from dcp.dataclass import dataclass
from dcp.errors import DcpError, UsageError
from dcp.system import move
from dcp.texts.system import why
from watermark.attack.clip import Clip, Rgb, after, sixteen
from watermark.attack.parameters import Between, BitRate, OneOf
from watermark.dither import Way, noise
from watermark.ycbcr import as_picture, from_picture, planes_of

Codec = Literal["h264", "hevc", "av1", "vp9", "mpeg2"]


@dataclass(frozen=True)
class Coder:
    """How FFmpeg is asked for one. options: the same bytes on every machine, at a pirate's pace. tag: what an
    .mp4 calls it, where players want another name than FFmpeg's."""

    name: str
    options: dict[str, str]
    tag: str | None = None


CODERS: dict[Codec, Coder] = {
    "h264": Coder("libx264", {"preset": "veryfast"}),
    "hevc": Coder(
        "libx265",
        {"preset": "fast", "x265-params": "pools=none:frame-threads=1:log-level=none"},
        tag="hvc1",
    ),
    "av1": Coder("libsvtav1", {"preset": "9", "svtav1-params": "lp=1"}),
    "vp9": Coder("libvpx-vp9", {"deadline": "realtime", "cpu-used": "6", "row-mt": "0"}),
    "mpeg2": Coder("mpeg2video", {"g": "12", "bf": "2"}),
}
_TEN_BITS: frozenset[Codec] = frozenset({"hevc", "av1", "vp9"})
_MPEG2_RATES = tuple(
    Fraction(*each)
    for each in ((24000, 1001), (24, 1), (25, 1), (30000, 1001), (30, 1), (50, 1), (60000, 1001), (60, 1))
)
_FORMATS = {".mp4": "mp4", ".mov": "mov", ".mkv": "matroska"}


def write_video(
    path: Path,
    frames: Iterable[Rgb],
    *,
    rate: Fraction,
    bit_rate: int | None = None,
    crf: int = 18,
    preset: str = "veryfast",
    codec: Codec = "h264",
    depth: int = 8,
    way: Way = "none",
) -> int:
    """Write RGB frames as video (4:2:0, Rec.709) under a temporary name, then rename; the frame count.

    path: .mp4, .mov or .mkv. bit_rate in bit/s; without one, constant quality `crf` (H.264 only). preset: of
    H.264. depth: 8 or, of HEVC, AV1 and VP9, 10. way: how frames of 16 bits are rounded to it, once, in their
    planes. UsageError for another kind of file, a rate that the coder
    does not have, or no frames; DcpError when the disk or the coder refuses.
    """
    if path.suffix.lower() not in _FORMATS:
        raise UsageError("mark.no-such-video", where=path)
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(6)}.part")
    try:
        with temporary.open("wb+") as stream:
            count = _encode(
                stream,
                frames,
                form=_FORMATS[path.suffix.lower()],
                rate=rate,
                bit_rate=bit_rate,
                crf=crf,
                preset=preset,
                codec=codec,
                depth=depth,
                way=way,
            )
        move(temporary, path)
    except OSError as error:
        raise DcpError("mark.video-not-written", where=path, why=why(error)) from None
    finally:
        temporary.unlink(missing_ok=True)
    return count


def coded(
    clip: Clip,
    seed: int,
    *,
    codec: Codec = "h264",
    bit_rate: BitRate = 1_500_000,
    generations: Annotated[int, Between(1, 3)] = 1,
    depth: Annotated[int, OneOf((8, 10))] = 8,
) -> Clip:
    """Through a coder and back, so many times."""
    frames, way = clip.frames, clip.way
    for _ in range(generations):
        frames, way = _recompressed(frames, clip.rate, bit_rate, codec, depth, way), "none"
    values: dict[str, Any] = {"bit-rate": bit_rate, "generations": generations, "depth": depth}
    return after(clip, codec, frames, then="none", **values)


def by_coder(codec: Codec) -> Any:
    """The attack of one coder."""
    return partial(coded, codec=codec)


def recompress(clip: Clip, seed: int, *, bit_rate: BitRate = 1_500_000) -> Clip:
    """Through an H.264 coder and back."""
    return coded(clip, seed, bit_rate=bit_rate)


def _encode(
    stream: BinaryIO | io.BytesIO,
    frames: Iterable[Rgb],
    *,
    form: str,
    rate: Fraction,
    bit_rate: int | None,
    crf: int,
    preset: str,
    codec: Codec = "h264",
    depth: int = 8,
    way: Way = "none",
) -> int:
    import av

    if depth == 10 and codec not in _TEN_BITS:
        raise UsageError("mark.coder-depth", codec=codec, depth=depth)
    if codec == "mpeg2" and rate not in _MPEG2_RATES:
        raise UsageError("mark.coder-rate", codec=codec, rate=f"{float(rate):.3f}")
    coder = CODERS[codec]
    pixels = "yuv420p10le" if depth == 10 else "yuv420p"
    options = dict(coder.options, **({"preset": preset} if codec == "h264" else {}))
    if not bit_rate:
        options["crf"] = str(crf)
    count = 0
    video: Any = None
    try:
        with av.open(stream, "w", format=form) as container:
            for frame in frames:
                count += 1
                height, width = frame.shape[0] // 2 * 2, frame.shape[1] // 2 * 2
                if video is None:
                    video = container.add_stream(coder.name, rate=rate, options=options)
                    video.width, video.height, video.pix_fmt = width, height, pixels
                    video.codec_context.thread_count = 1  # the same bytes on every machine
                    video.codec_context.colorspace = 1  # Rec.709
                    if coder.tag and form != "matroska":
                        video.codec_context.codec_tag = coder.tag
                    if bit_rate:
                        video.bit_rate = bit_rate
                if (width, height) != (video.width, video.height):
                    raise UsageError(
                        "mark.frame-of-other-size",
                        width=width,
                        height=height,
                        video=f"{video.width}x{video.height}",
                    )
                samples = np.ascontiguousarray(frame[:height, :width])
                if depth == 10 or frame.dtype == np.uint16:
                    dither = noise(count - 1, way=way, rate=rate)
                    picture = as_picture(planes_of(sixteen(samples), dither, depth=depth), depth=depth)
                else:
                    picture = av.VideoFrame.from_ndarray(samples, format="rgb24")
                    picture = picture.reformat(format=pixels, dst_colorspace="ITU709", threads=1)
                    picture.pts = None
                container.mux(video.encode(picture))
            if video is None:
                raise UsageError("mark.nothing-to-write")
            container.mux(video.encode(None))
    except av.FFmpegError as error:
        if isinstance(error, OSError):
            raise
        raise DcpError("mark.coder-refused", codec=codec, why=why(error)) from None
    return count


def _recompressed(
    frames: Iterator[Rgb], rate: Fraction, bit_rate: int, codec: Codec, depth: int, way: Way
) -> Iterator[Rgb]:
    import av

    fine = depth == 10

    def watched() -> Iterator[Rgb]:
        nonlocal fine
        for frame in frames:
            fine = fine or frame.dtype == np.uint16
            yield frame

    with tempfile.TemporaryFile() as spool:
        _encode(
            spool, watched(), form="matroska", rate=rate, bit_rate=bit_rate, crf=18, preset="veryfast",
            codec=codec, depth=depth, way=way,
        )  # fmt: skip
        spool.seek(0)
        with av.open(spool, "r") as container:
            for frame in container.decode(video=0):
                if fine:
                    yield from_picture(frame)
                else:
                    yield np.asarray(frame.to_ndarray(format="rgb24", src_colorspace="ITU709", threads=1))
