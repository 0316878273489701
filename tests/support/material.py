"""Small sources of code: codestreams, a video, a WAV. Without the extras, codestreams are headers alone."""

from __future__ import annotations

import functools
import random
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path

from needing import needing
from synthetic import codestream as headers_only

from dcp.extras import present
from dcp.picture.codec import codec_by_name
from dcp.picture.limits import frame_limits
from dcp.sound.wav import WavWriter

NOW = datetime(2028, 6, 1, 12, 0, tzinfo=UTC)
RATE = Fraction(24)


@functools.cache
def codestream(number: int, width: int = 64, height: int = 36) -> bytes:
    """A flat picture, another grey each."""
    if not present("numpy"):
        return headers_only(bytes([number]) * 300, size=(width, height))
    import numpy as np

    grey = np.full((height, width, 3), 400 + 60 * (number % 60), np.uint16)
    return codec_by_name().encode(grey, limits=frame_limits(RATE))


def codestreams(folder: Path, count: int = 4, *, first: int = 0, width: int = 64, eyes: bool = False) -> Path:
    folder.mkdir()
    for number in range(count):
        for place, eye in enumerate(("_l", "_r") if eyes else ("",)):
            file = folder / f"{number:06d}{eye}.j2c"
            file.write_bytes(codestream(first + number + 20 * place, width))
    return folder


def wav(path: Path, samples: int, channels: int = 6, seed: int = 5) -> bytes:
    """Noise; returns its samples, three bytes each, interleaved."""
    noise = random.Random(seed).randbytes(samples * channels * 3)
    with WavWriter(path, channels=channels, sample_rate=48_000) as writer:
        writer.write(noise)
    return noise


def video(
    path: Path,
    frames: int = 3,
    *,
    rate: int = 24,
    size: tuple[int, int] = (128, 72),
    tagged: bool = True,
    sound: bool = False,
) -> Path:
    """Flat colours without loss. tagged: as Rec.709. sound: silence beside them."""
    needing("picture")
    import av
    import numpy as np

    with av.open(str(path), "w") as container:
        stream = container.add_stream("ffv1", rate=rate)
        stream.width, stream.height = size
        stream.pix_fmt = "yuv444p"
        if tagged:
            stream.codec_context.color_range = 1
            stream.codec_context.colorspace = 1
        audio = container.add_stream("pcm_s16le", rate=48_000, layout="mono") if sound else None
        for number in range(frames):
            picture = np.full((size[1], size[0], 3), (60 + 40 * number) % 256, np.uint8)
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
        if audio is not None:
            silence = np.zeros((1, 48_000 * frames // rate), np.int16)
            block = av.AudioFrame.from_ndarray(silence, format="s16", layout="mono")
            block.sample_rate = 48_000
            container.mux(audio.encode(block))
            container.mux(audio.encode(None))
    return path
