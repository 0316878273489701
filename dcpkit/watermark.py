"""`dcpkit watermark`: secrets, marking a video, attacking it, reading a mark out of a recording."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dcp.errors import SourceError, UsageError
from dcpkit.console import answer, progress
from dcpkit.options import A_PATH, common, instant

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Rgb8 = NDArray[np.uint8]


@click.group()
def watermark() -> None:
    """Embed forensic marks and read them out of recordings."""


@watermark.command()
@click.option("-o", "--output", type=A_PATH, required=True, help="The secret's file; never replaced.")
@click.option("--operator", default="", help="Whose secret it is.")
@common
def secret(output: Path, operator: str, as_json: bool, quiet: bool) -> None:
    """Make an operator's watermark secret. Whoever loses it can read no mark made with it."""
    from watermark.secret import new_secret, write_secret

    write_secret(output, new_secret(operator))
    answer({"secret_file": str(output), "operator": operator}, [f"wrote {output}"], as_json=as_json)


@watermark.command()
@click.argument("source", type=A_PATH)
@click.option("-o", "--output", type=A_PATH, required=True, help="The marked video, .mp4, .mov or .mkv.")
@click.option("--secret", "secret_file", type=A_PATH, required=True, help="The operator's secret.")
@click.option("--location", type=int, required=True, help="The 19-bit id of the marking device.")
@click.option("--time", "when", required=True, help="The instant the mark says.")
@click.option("--tz", help="IANA zone of a time without an offset.")
@common
def embed(
    source: Path,
    output: Path,
    secret_file: Path,
    location: int,
    when: str,
    tz: str | None,
    as_json: bool,
    quiet: bool,
) -> None:
    """Mark a video file (a screener): Rec.709 in, H.264 of high quality out."""
    from dcp.picture.colour import from_xyz12, to_xyz12
    from watermark.attack import write_video
    from watermark.embed import Embedder
    from watermark.payload import Payload, time_index_of
    from watermark.secret import read_secret

    payload = Payload(location, time_index_of(instant(when, zone=tz, flag="--time")))
    key = read_secret(secret_file)
    with opened_video(str(source)) as (frames, rate, total), progress("marking", "frames", quiet=quiet) as at:

        def marked() -> Iterator[Rgb8]:
            embedder: Embedder | None = None
            for index, frame in enumerate(frames):
                if embedder is None:
                    height, width = frame.shape[:2]
                    embedder = Embedder(key, payload, width=width, height=height, rate=rate)
                xyz = embedder.apply(to_xyz12(frame, source="rec709"), index)
                at(index + 1, total)
                yield _eight_bits(from_xyz12(xyz, display="rec709"))

        count = write_video(output, marked(), rate=rate, crf=12)
    document = {
        "output": str(output),
        "frames": count,
        "payload": {"location": payload.location, "time_index": payload.time_index},
    }
    answer(document, [f"marked {count} frames: {output}"], as_json=as_json)


@watermark.command()
@click.argument("source")
@click.option("-o", "--output", type=A_PATH, required=True, help="The attacked video, .mp4, .mov or .mkv.")
@click.option("--attack", "name", default="camcorder", show_default=True, help="Which attack.")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Of its randomness.")
@click.option("--bit-rate", type=int, default=1_500_000, show_default=True, help="Of the copy, bit/s.")
@common
def attack(
    source: str, output: Path, name: str, seed: int, bit_rate: int, as_json: bool, quiet: bool
) -> None:
    """Make a "pirate copy" of SOURCE, a video file or - for YUV4MPEG on standard input."""
    from watermark.attack import Clip, attack_by_name, write_video

    blow = attack_by_name(name)
    with opened_video(source) as (frames, rate, total), progress("copying", "frames", quiet=quiet) as at:
        clip = blow(Clip(frames=frames, rate=rate), seed)

        def counted() -> Iterator[Rgb8]:
            for index, frame in enumerate(clip.frames):
                at(index + 1, total)
                yield frame

        count = write_video(output, counted(), rate=clip.rate, bit_rate=bit_rate)
    document = {"output": str(output), "attack": name, "seed": seed, "frames": count, "rate": str(clip.rate)}
    answer(document, [f"{name}: {count} frames in {output}"], as_json=as_json)


@contextmanager
def opened_video(source: str) -> Iterator[tuple[Iterator[Rgb8], Fraction, int]]:
    """The frames of a video as 8-bit RGB (height, width, 3), their rate, and how many (0: unknown).

    source: a file, or `-` for YUV4MPEG on standard input. SourceError when it is no video.
    """
    import av

    try:
        if source == "-":
            container: Any = av.open(sys.stdin.buffer, format="yuv4mpegpipe")
        else:
            container = av.open(source)
    except (av.FFmpegError, OSError) as error:
        raise SourceError(f"cannot read the video: {error.strerror or error}", where=source) from None
    with container:
        if not container.streams.video:
            raise SourceError("there is no picture in it", where=source)
        stream = container.streams.video[0]
        rate = stream.average_rate or stream.guessed_rate
        if not rate:
            raise UsageError("the video does not say how many frames a second it has", where=source)
        stream.thread_type = "AUTO"

        def decoded() -> Iterator[Rgb8]:
            try:
                for frame in container.decode(stream):
                    # untagged HD is Rec.709, which libswscale does not take by itself
                    space = "ITU601" if frame.height < 720 and frame.colorspace == 2 else "ITU709"
                    if frame.colorspace in (5, 6):
                        space = "ITU601"
                    yield frame.to_ndarray(format="rgb24", src_colorspace=space)
            except av.FFmpegError as error:
                raise SourceError(f"the video cannot be decoded: {error.strerror}", where=source) from None

        yield decoded(), Fraction(rate), int(stream.frames or 0)


def _eight_bits(frame: Any) -> Rgb8:
    import numpy as np

    picture: Rgb8 = frame if frame.dtype == np.uint8 else (frame >> 8).astype(np.uint8)
    return picture
