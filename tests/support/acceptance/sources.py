"""Sources of the acceptance tests: real containers, as small as their kind allows; frames that tell their
numbers by bars (`numbered`), sound that tells by clicks when it is heard, or noise that must come unchanged.
"""

from __future__ import annotations

import functools
import itertools
import random
from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dcp.sound.wav import WavWriter

if TYPE_CHECKING:
    from numpy.typing import NDArray

BRIGHT, DARK, BITS = 200, 50, 8
"""Levels of the bars in 8 bits, full range."""
SIZE = (333, 180)
"""A sixth of flat 2K, so that nothing is left over."""


# --- pictures -----


def film(
    path: Path,
    count: int = 24,
    *,
    sounds: Sequence[NDArray[Any]] = (),
    sound_codec: str = "pcm_s24le",
    starts: Sequence[float] = (),
    tags: tuple[int, int, int] | None = (1, 1, 1),
    container_options: dict[str, str] | None = None,
    chapters: Sequence[int] = (),
    prepare: Callable[[Any], None] | None = None,
    **more: Any,
) -> Path:
    """A video of numbered frames, and streams of sound beside them.

    tags: primaries, transfer and matrix by their numbers. starts: when each stream of sound begins, in
    seconds. chapters: the frames that they begin with.
    """
    import av
    from numbered import numbered
    from sounds import write_media

    def prepared(stream: Any) -> None:
        if tags is not None:
            context = stream.codec_context
            context.color_primaries, context.color_trc, context.colorspace = tags
            context.color_range = 1
        if prepare is not None:
            prepare(stream)

    suffix = path.suffix
    silent = numbered(path.with_name(f".{path.stem}-picture{suffix}"), count, prepare=prepared, **more)
    parts = [silent]
    if sounds:
        loose = path.with_name(f".{path.stem}-sound{'.mov' if suffix == '.mxf' else suffix}")
        parts.append(write_media(loose, sounds, codec=sound_codec, starts=starts))
    if len(parts) == 1 and not chapters:
        return silent.rename(path)
    rate = Fraction(more.get("rate", 24))
    with av.open(str(path), "w", container_options=container_options or {}) as target:
        if chapters:
            begins = [*chapters, count]
            target.set_chapters(
                [
                    {"id": n, "start": round(a * 1000 / rate), "end": round(b * 1000 / rate),
                     "time_base": Fraction(1, 1000), "metadata": {}}
                    for n, (a, b) in enumerate(itertools.pairwise(begins), start=1)
                ]
            )  # fmt: skip
        _joined(target, parts)
    for part in parts:
        part.unlink()
    return path


def _joined(target: Any, parts: Sequence[Path]) -> None:
    """The packets of all of them, as they come in time."""
    import av

    with _all_open(parts) as opened:
        streams = {}
        for number, source in enumerate(opened):
            for stream in source.streams:
                made = target.add_stream_from_template(stream)
                made.time_base = stream.time_base
                if stream.type == "video":
                    made.codec_context.framerate = stream.average_rate
                streams[number, stream.index] = made
        packets = [
            (number, packet)
            for number, source in enumerate(opened)
            for packet in source.demux()
            if packet.size
        ]
        packets.sort(key=lambda each: float((each[1].dts or 0) * each[1].time_base))
        assert isinstance(packets[0][1], av.Packet)
        for number, packet in packets:
            packet.stream = streams[number, packet.stream.index]
            target.mux(packet)


class _all_open:
    def __init__(self, paths: Sequence[Path]) -> None:
        self._paths = paths

    def __enter__(self) -> list[Any]:
        import av

        self._opened = [av.open(str(path)) for path in self._paths]
        return self._opened

    def __exit__(self, *_: object) -> None:
        for each in self._opened:
            each.close()


def bars(number: int, low: float, high: float, size: tuple[int, int] = SIZE) -> NDArray[Any]:
    """The bars of a number, as `numbered.picture` has them, in any levels."""
    import numpy as np

    row = [high if number >> bit & 1 else low for bit in range(BITS)]
    edges = [round(place * size[0] / BITS) for place in range(BITS + 1)]
    line = np.concatenate([np.full(b - a, level) for a, b, level in zip(edges, edges[1:], row, strict=False)])
    return np.broadcast_to(line[None, :, None], (size[1], size[0], 3)).copy()


def stills(
    folder: Path,
    numbers: Iterable[int],
    draw: Callable[[int], NDArray[Any]],
    *,
    name: str = "shot.{:04d}.png",
    form: str | None = None,
    **said: object,
) -> Path:
    """A folder of stills, one a number. form: OpenImageIO's name of the samples; said: its attributes, `__`
    for a colon."""
    import numpy as np
    import OpenImageIO as oiio

    folder.mkdir()
    for number in numbers:
        samples = np.ascontiguousarray(draw(number))
        height, width, count = samples.shape
        kinds = {"uint8": "uint8", "uint16": "uint16", "float32": "float"}
        spec = oiio.ImageSpec(width, height, count, form or kinds[str(samples.dtype)])
        for key, value in said.items():
            spec.attribute(key.replace("__", ":"), value)
        path = str(folder / name.format(number))
        out = oiio.ImageOutput.create(path)
        assert out is not None and out.open(path, spec), path
        assert out.write_image(samples), out.geterror()
        out.close()
    return folder


@functools.cache
def codestream(number: int, size: tuple[int, int] = (1998, 1080), rate: int = 24) -> bytes:
    """A flat picture of a grey of its own, coded once a process."""
    import numpy as np

    from dcp.picture.codec import codec_by_name
    from dcp.picture.limits import frame_limits

    grey = np.full((size[1], size[0], 3), 400 + 300 * number, np.uint16)
    return codec_by_name().encode(grey, limits=frame_limits(Fraction(rate), four_k=size[0] > 2048))


def codestreams(
    folder: Path,
    count: int = 24,
    *,
    kinds: int = 3,
    first: int = 0,
    size: tuple[int, int] = (1998, 1080),
    rate: int = 24,
) -> Path:
    """A folder of codestreams, of a few kinds in turn."""
    folder.mkdir()
    for number in range(count):
        (folder / f"{number:06d}.j2c").write_bytes(codestream(first + number % kinds, size, rate))
    return folder


def contents(folder: Path) -> list[bytes]:
    """The files of a folder, in order."""
    return [each.read_bytes() for each in sorted(folder.iterdir())]


# --- sound -----


def noise(path: Path, seconds: Fraction | float = 1, channels: int = 6, seed: int = 5) -> bytes:
    """A WAV of noise; returns its samples."""
    samples = random.Random(seed).randbytes(round(seconds * 48_000) * channels * 3)
    with WavWriter(path, channels=channels, sample_rate=48_000) as writer:
        writer.write(samples)
    return samples


def tones(seconds: float, hertz: Sequence[float], *, level: float = 0.1, rate: int = 48_000) -> NDArray[Any]:
    """A tone in each channel, whole numbers of 24 bits."""
    import numpy as np

    times = np.arange(round(seconds * rate)) / rate
    waves = np.sin(2 * np.pi * np.outer(times, hertz)) * level * (1 << 23)
    return np.rint(waves).astype(np.int32)
