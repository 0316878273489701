"""Files of every make, by the ffmpeg command: the scene's frames, and sound whose channels can be told."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import numpy as np
from scene import BITS, Look, planes, scene
from sounds import FULL, packed

TONE, STEP = 300, 130
"""Hz of the first channel's tone, and from one channel to the next."""
LFE_TONE = 60


@dataclass(frozen=True)
class Make:
    """name: the file's. video, audio: FFmpeg's words for the codecs; look: the samples that are given to it,
    encoded: the form that it makes of them. rate: frames a second; frames: how many. layouts: of each stream
    of sound, by FFmpeg's names. fields: tff, bff. alpha: of the whole picture. claps: frames that a click
    begins with. tags, more: FFmpeg's words for the colour, and any.
    """

    name: str
    video: str = "-c:v ffv1"
    look: Look = field(default_factory=Look)
    encoded: str | None = None
    size: tuple[int, int] = (320, 180)
    rate: Fraction | int = 24
    frames: int = 12
    audio: str = "-c:a pcm_s24le"
    layouts: tuple[str, ...] = ("stereo",)
    sample_rate: int = 48_000
    fields: str | None = None
    alpha: float = 1.0
    claps: tuple[int, ...] = (0, 6)
    tags: str = ""
    more: str = ""


CHANNELS = {
    "mono": ("C",), "stereo": ("L", "R"), "2.1": ("L", "R", "LFE"), "3.0": ("L", "R", "C"),
    "quad": ("L", "R", "Ls", "Rs"), "4.0": ("L", "R", "C", "Cs"), "5.0": ("L", "R", "C", "Ls", "Rs"),
    "5.0(side)": ("L", "R", "C", "Ls", "Rs"),
    "5.1": ("L", "R", "C", "LFE", "Ls", "Rs"), "5.1(side)": ("L", "R", "C", "LFE", "Ls", "Rs"),
    "6.1": ("L", "R", "C", "LFE", "Cs", "Ls", "Rs"),
    "7.1": ("L", "R", "C", "LFE", "Lrs", "Rrs", "Lss", "Rss"),
    "7.1(wide)": ("L", "R", "C", "LFE", "Ls", "Rs", "Lc", "Rc"),
}  # fmt: skip
"""FFmpeg's layouts, in FFmpeg's order, as a cinema calls their channels."""


def make(folder: Path, made: Make) -> Path:
    raw = folder / f"{made.name}.raw"
    with raw.open("wb") as file:
        for number in range(made.frames):
            for plane in frame_planes(made, number):
                file.write(plane.tobytes())
    path = folder / made.name
    rate = str(Fraction(made.rate))
    size = f"{made.size[0]}x{made.size[1]}"
    words = ["ffmpeg", "-v", "error", "-nostdin", "-y", "-bitexact"]
    words += ["-f", "rawvideo", "-pix_fmt", made.look.form, "-s", size, "-r", rate, "-i", str(raw)]
    seconds = float(made.frames / Fraction(made.rate))
    for n, layout in enumerate(made.layouts):
        tones = folder / f"{made.name}.{n}.s24"
        tones.write_bytes(packed(sound(made, layout, seconds)))
        named = layout if layout in CHANNELS else f"{layout.rstrip('c')}C"
        words += ["-f", "s24le", "-ar", str(made.sample_rate), "-ch_layout", named, "-i", str(tones)]
    words += ["-map", "0"]
    for n in range(len(made.layouts)):
        words += ["-map", str(n + 1)]
    span = "full" if made.look.full else "limited"
    scale = f"scale=in_range={span}:out_range={span}"
    if made.fields:
        scale += f",setfield={made.fields}"
    words += ["-vf", scale, *made.video.split()]
    words += ["-pix_fmt", made.encoded or made.look.form, *made.tags.split()]
    if made.layouts:
        words += made.audio.split()
    words += [*made.more.split(), str(path)]
    subprocess.run(words, check=True, capture_output=True, text=True)
    return path


def frame_planes(made: Make, number: int) -> list[np.ndarray]:
    if made.fields is None:
        return planes(scene(number % (1 << BITS), made.size), made.look, made.alpha)
    first, second = (
        planes(scene(number % (1 << BITS), made.size, bar_at(made, number, half)), made.look, made.alpha)
        for half in (0, 1)
    )
    top, bottom = (first, second) if made.fields == "tff" else (second, first)
    out = []
    for one, other in zip(top, bottom, strict=True):
        both = one.copy()
        both[1::2] = other[1::2]
        out.append(both)
    return out


def bar_at(made: Make, number: int, half: int) -> float:
    return (2 * number + half) / (2 * made.frames) * 0.8


def sound(made: Make, layout: str, seconds: float) -> np.ndarray:
    """A tone a channel, quiet, and clicks in all of them."""
    names: Sequence[str] = CHANNELS.get(layout, ())
    count = len(names) or int(layout.rstrip("c"))
    samples = round(seconds * made.sample_rate)
    times = np.arange(samples) / made.sample_rate
    out = np.zeros((samples, count))
    for channel in range(count):
        tone = LFE_TONE if channel < len(names) and names[channel] == "LFE" else TONE + STEP * channel
        out[:, channel] = 0.1 * np.sin(2 * np.pi * tone * times)
    for clap in made.claps:
        first = round(clap / Fraction(made.rate) * made.sample_rate)
        out[first : first + made.sample_rate // 500] = 0.7
    return np.rint(out * (FULL - 1)).astype(np.int32)
