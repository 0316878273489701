"""Videos whose frames say which they are, through any codec, at any times."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

from dcp.create.sources.facts import Pixels

BITS = 8
SIZE = (256, 144)


def picture(number: int, size: tuple[int, int] = SIZE) -> NDArray[np.uint8]:
    """Bars from left to right, bright for the ones of the number, lowest bit first."""
    row = np.repeat([200 if number >> bit & 1 else 50 for bit in range(BITS)], size[0] // BITS)
    return np.broadcast_to(row.astype(np.uint8)[None, :, None], (size[1], len(row), 3)).copy()


def number_of(pixels: Pixels) -> int:
    """Which frame this is."""
    first = pixels.planes[0]
    row = first.astype(float).mean(axis=0) / (1 << pixels.depth)
    bars = row.reshape(BITS, -1).mean(axis=1)
    return sum(1 << bit for bit, level in enumerate(bars) if level > 0.5)


def numbered(
    path: Path,
    count: int = 24,
    *,
    rate: Fraction | int = 24,
    codec: str = "libx264",
    form: str = "yuv420p",
    times: Sequence[int] | None = None,
    time_base: Fraction | None = None,
    options: Mapping[str, str] | None = None,
    container_options: Mapping[str, str] | None = None,
    size: tuple[int, int] = SIZE,
    prepare: Any = None,
) -> Path:
    """A video of `count` numbered frames. times: when each is shown, in `time_base`. prepare: given the
    stream.
    """
    with av.open(str(path), "w", container_options=dict(container_options or {})) as container:
        stream = container.add_stream(codec, rate=rate)
        stream.width, stream.height, stream.pix_fmt = *size, form
        stream.options = dict(options or {})
        if time_base is not None:
            stream.codec_context.time_base = time_base
        if prepare is not None:
            prepare(stream)
        for number in range(count):
            frame = av.VideoFrame.from_ndarray(picture(number, size), format="rgb24").reformat(
                format=form, threads=1
            )
            frame.pts = times[number] if times is not None else number
            frame.time_base = time_base or 1 / Fraction(rate)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def numbers_of(frames: Iterable[Pixels]) -> list[int]:
    return [number_of(one) for one in frames]


def edited(path: Path, edits: Sequence[tuple[int, int]]) -> Path:
    """An MP4 or QuickTime file with this edit list instead of its own: (duration in units of the movie,
    1/1000 s, and media time in those of the track; -1 for nothing) each. Its index must lie at its end.
    """
    data = bytearray(path.read_bytes())
    boxes = [b"moov", b"trak", b"edts", b"elst"]
    places, start = [], 0
    for name in boxes:
        while data[start + 4 : start + 8] != name:
            start += int.from_bytes(data[start : start + 4], "big")
        places.append(start)
        start += 8
    old = int.from_bytes(data[places[-1] : places[-1] + 4], "big")
    body = b"".join(
        duration.to_bytes(4, "big") + media.to_bytes(4, "big", signed=True) + b"\0\1\0\0"
        for duration, media in edits
    )
    new = (16 + len(body)).to_bytes(4, "big") + b"elst" + bytes(4) + len(edits).to_bytes(4, "big") + body
    data[places[-1] : places[-1] + old] = new
    for place in places[:-1]:
        size = int.from_bytes(data[place : place + 4], "big") + len(new) - old
        data[place : place + 4] = size.to_bytes(4, "big")
    path.write_bytes(data)
    return path
