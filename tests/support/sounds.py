"""Sound files for tests: clicks, tones and noise, as WAV without a library and as all that PyAV writes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dcp.sound.wav import WavWriter

if TYPE_CHECKING:
    from numpy.typing import NDArray

FULL = 1 << 23


def packed(values: NDArray[Any]) -> bytes:
    """Whole numbers, samples by channels, as 24 bits."""
    import numpy as np

    return values.astype("<i4").view(np.uint8).reshape(-1, 4)[:, :3].tobytes()


def unpacked(units: Iterable[bytes], channels: int) -> NDArray[Any]:
    """Edit units as whole numbers, samples by channels."""
    import numpy as np

    raw = np.frombuffer(b"".join(units), np.uint8).reshape(-1, 3)
    wide = np.zeros((len(raw), 4), np.uint8)
    wide[:, 1:] = raw
    return (wide.view("<i4") >> 8).reshape(-1, channels)


def noise(count: int, channels: int = 1, seed: int = 1) -> NDArray[Any]:
    import numpy as np

    return np.random.default_rng(seed).integers(-FULL, FULL, (count, channels)).astype(np.int32)


def clicks(seconds: float, at: Sequence[float], *, rate: int = 48_000, channels: int = 1) -> NDArray[Any]:
    """Silence with a half-scale pulse of 2 ms at each of these seconds."""
    import numpy as np

    out = np.zeros((round(seconds * rate), channels), np.int32)
    for each in at:
        first = round(each * rate)
        out[first : first + rate // 500] = FULL // 2
    return out


def onsets(values: NDArray[Any], *, rate: int = 48_000) -> list[float]:
    """When, in seconds, the pulses of one channel begin: where they pass a quarter of full scale."""
    import numpy as np

    loud = np.nonzero(np.abs(values) > FULL // 5)[0]
    first = [
        place
        for place, before in zip(loud, [-(10**9), *loud[:-1]], strict=True)
        if place - before > rate / 100
    ]
    return [float(place) / rate for place in first]


def write_wav(path: Path, values: NDArray[Any], *, rate: int = 48_000) -> Path:
    with WavWriter(path, channels=values.shape[1], sample_rate=rate) as writer:
        writer.write(packed(values))
    return path


def write_media(
    path: Path,
    streams: Sequence[NDArray[Any]],
    *,
    codec: str = "pcm_s24le",
    rate: int = 48_000,
    layouts: Sequence[str] = (),
    starts: Sequence[float] = (),
    languages: Sequence[str] = (),
    dispositions: Sequence[str] = (),
    frames: int = 0,
    picture_rate: Fraction = Fraction(24),
    picture_start: int = 0,
    b_frames: int = 0,
    lost: Sequence[int] = (),
) -> Path:
    """A file of these streams of sound, and of a picture when frames are asked for.

    starts: each stream's time of its first sample; lost: packets of the first stream that are left out.
    """
    import av
    import numpy as np
    from av.stream import Disposition

    with av.open(str(path), "w") as container:
        picture: Any = None
        if frames:
            picture = container.add_stream("libx264", rate=picture_rate)
            picture.width, picture.height, picture.pix_fmt = 64, 36, "yuv420p"
            picture.options = {
                "crf": "30",
                "preset": "ultrafast" if not b_frames else "veryfast",
                "bf": str(b_frames),
            }
        made: list[tuple[Any, NDArray[Any], float]] = []
        for number, values in enumerate(streams):
            stream: Any = container.add_stream(codec, rate=rate)
            stream.layout = (
                layouts[number] if layouts else {1: "mono", 2: "stereo", 6: "5.1"}[values.shape[1]]
            )
            if codec == "flac":
                stream.codec_context.format = "s32"  # 24 bits; the encoder's own choice is 16
            if languages:
                stream.metadata["language"] = languages[number]
            if dispositions:
                stream.disposition = (
                    getattr(Disposition, dispositions[number] or "default")
                    if dispositions[number]
                    else Disposition(0)
                )
            made.append((stream, values, starts[number] if starts else 0.0))
        for index in range(frames):
            grey = np.full((36, 64, 3), 20 + index * 3 % 200, np.uint8)
            frame = av.VideoFrame.from_ndarray(grey, format="rgb24")
            frame.pts = index + picture_start
            container.mux(picture.encode(frame))
        if frames:
            container.mux(picture.encode(None))
        for number, (stream, values, start) in enumerate(made):
            wide = np.ascontiguousarray(values.astype(np.int64) << 8).astype(np.int32).reshape(1, -1)
            whole = av.AudioFrame.from_ndarray(wide, format="s32", layout=stream.layout.name)
            whole.rate, whole.pts, whole.time_base = rate, 0, Fraction(1, rate)
            form = stream.codec_context.format.name
            resampler = av.AudioResampler(
                format=form,
                layout=stream.layout.name,
                rate=rate,
                frame_size=stream.codec_context.frame_size or 1024,
            )
            place = round(start * rate)
            sent = 0
            for block in (*resampler.resample(whole), *resampler.resample(None)):
                block.pts, block.time_base = place, Fraction(1, rate)
                place += block.samples
                for packet in stream.encode(block):
                    if number or sent not in lost:
                        container.mux(packet)
                    sent += 1
            for packet in stream.encode(None):
                container.mux(packet)
    return path
