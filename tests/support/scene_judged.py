"""What became of a made source: frames all there, upright, in their colour; sound placed, and in time."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from building import plan
from scene import Look, cell, codes, dcdm, meant, number_of, places
from sounds import FULL, unpacked
from sources_made import CHANNELS, LFE_TONE, STEP, TONE, Make, bar_at

from dcp.create.makers.frame import frame_of
from dcp.create.makers.sound import sound_units
from dcp.create.makers.tracks import picture_maker

_RATES = tuple(map(Fraction, (24, 25, 30, 48, 50, 60, 96, 100, 120)))
LATE = 1.0
"""ms."""


@dataclass(frozen=True)
class Want:
    """What should come of a source. shape: width by height as shown; None: as stored. turned: degrees
    clockwise; mirrored: left to right, before it. within: X'Y'Z' codes. look: how the samples should be
    understood, where it is not as they were made. at: the package's rate; count: its frames; hold: how often
    each of the source is shown; step: every which one is. symbols: of the sound's channels, with the source's
    channel, whose tone tells it. told: settings of the job.
    """

    shape: Fraction | None = None
    turned: int = 0
    mirrored: bool = False
    within: float | None = 1.5
    look: Look | None = None
    primaries: str = "rec709"
    gamma: float | str = 2.4
    at: Fraction | int | None = None
    count: int | None = None
    hold: int = 1
    step: int = 1
    symbols: dict[str, int] | None = None
    told: dict[str, object] | None = None


def judged(path: Path, made: Make, want: Want) -> list[str]:
    """What is wrong, a line each."""
    made_plan = plan(path, picture_rate=None, **(want.told or {}))
    (picture,), (sound,) = made_plan.pictures, made_plan.sounds
    rate = Fraction(want.at) if want.at else min(_RATES, key=lambda each: abs(each - made.rate))
    wrong = []
    if picture.rate != rate:
        wrong.append(f"rate {picture.rate}, not {rate}")
    count = want.count or made.frames * want.hold // want.step
    if picture.frames != count:
        wrong.append(f"{picture.frames} frames, not {count}")
    (stretch,) = picture_maker(picture).stretches
    recipe = stretch.recipes[0]
    numbers, looked = [], {0, picture.frames // 2}
    for at, frame in enumerate(stretch.read(0)):
        luma = frame.planes[0 if len(frame.planes) == 1 or frame.model == "ycbcr" else 1]
        luma = luma[:, ::-1] if want.mirrored else luma
        numbers.append(number_of(np.rot90(luma, -want.turned // 90)))
        if at in looked and want.within is not None:
            wrong += _colours(frame_of(frame, recipe), made, want, at)
            if made.fields:
                wrong += _fields(frame, made, at)
    meant_to_be = [(n * want.step // want.hold) % 256 for n in range(count)]
    if numbers != meant_to_be:
        wrong.append(f"frames {numbers[:30]}, not {meant_to_be[:30]}")
    if made.layouts:
        wrong += _heard(sound.pieces[0].plan, made, want, rate, picture.frames)
    return wrong


def _colours(out: np.ndarray, made: Make, want: Want, at: int) -> list[str]:
    height, width = out.shape[:2]
    stored = Fraction(*made.size)
    shape = want.shape or (1 / stored if want.turned in (90, 270) else stored)
    inner = (min(Fraction(width), height * shape), min(Fraction(height), width / shape))
    left, top = (width - inner[0]) / 2, (height - inner[1]) / 2
    wrong = []
    look, encoded = want.look or made.look, made.look
    for (x, y), rgb in places():
        samples = codes(np.array(rgb), encoded)
        if made.look.kind.startswith("gbr"):
            samples = np.rint(samples)
        right = dcdm(
            meant(samples, look).clip(0, 1) * covered(made), primaries=want.primaries, gamma=want.gamma
        )
        px, py = round(float(left + x * inner[0])), round(float(top + y * inner[1]))
        found = out[max(0, py - 3) : py + 4, max(0, px - 3) : px + 4].reshape(-1, 3).astype(float)
        off = np.abs(np.median(found, axis=0) - right).max()
        if off > want.within:
            wrong.append(
                f"frame {at}: {rgb} is {np.median(found, axis=0)}, not {right.round(1)}: off {off:.1f}"
            )
    upright = made.size[::-1] if want.turned in (90, 270) else made.size
    wrong += _edges(out, (float(left), float(top), float(inner[0]), float(inner[1])), upright, at)
    return wrong[:4]


def covered(made: Make) -> float:
    top = (1 << made.look.depth) - 1
    return float(np.rint(made.alpha * top)) / top


def _edges(
    out: np.ndarray, inner: tuple[float, float, float, float], size: tuple[int, int], at: int
) -> list[str]:
    """The picture's edges, and those of one cell within it, to a pixel or two."""
    left, top, wide, high = inner
    wrong = []
    lit = out[..., 1] > 200
    rows, columns = np.flatnonzero(lit.sum(axis=1) > 8), np.flatnonzero(lit.sum(axis=0) > 8)
    box = (columns[0], rows[0], columns[-1] + 1, rows[-1] + 1)
    right = (left, top, left + wide, top + high)
    if max(abs(a - b) for a, b in zip(box, right, strict=True)) > 3:
        wrong.append(f"frame {at}: picture at {box}, not {right}")
    y = round(top + 4 / 9 * high)
    line = out[y, :, 1].astype(float)
    edge = left + round(7 / 16 * size[0]) / size[0] * wide  # from grey to white
    first, last = round(edge) - 12, round(edge) + 12
    near = np.maximum.accumulate(line[first:last])
    crossing = np.interp((near[0] + near[-1]) / 2, near, np.arange(len(near))) + first + 0.5
    if abs(crossing - edge) > max(1.0, wide / size[0] / 2):
        wrong.append(f"frame {at}: an edge at {crossing:.2f}, not {edge:.2f}")
    return wrong


def _fields(frame: Any, made: Make, at: int) -> list[str]:
    """The bar stands where the field that is shown first has it, on all lines."""
    luma = frame.planes[0].astype(float)
    rows = cell(0, 6.3, made.size, 1, 1.4)[0]
    lines = luma[rows]
    level = (lines.min() + lines.max()) / 2
    lefts = np.argmax(lines > level, axis=1)
    even, odd = np.median(lefts[::2]), np.median(lefts[1::2])
    right = round(bar_at(made, at, 0) * made.size[0])
    if abs(even - right) > 1.5 or abs(odd - right) > 2.5:
        return [f"frame {at}: the bar at {even} and {odd}, not {right}"]
    return []


def _heard(sound: Any, made: Make, want: Want, rate: Fraction, frames: int) -> list[str]:
    values = unpacked(sound_units(sound, edit_rate=rate, count=frames), sound.channels)
    wrong = []
    symbols = want.symbols
    if symbols is None:
        symbols = {symbol: n for n, symbol in enumerate(CHANNELS[made.layouts[0]])}
    found = {symbol: n for n, symbol in enumerate(sound.layout.channels) if symbol}
    speed = float(rate * want.step / want.hold / Fraction(made.rate))
    times = np.arange(len(values)) / 48_000
    quiet = np.ones(len(values), bool)
    for clap in made.claps:
        place = float(clap * want.hold / want.step / rate)
        first = round(place * 48_000)
        quiet[max(0, first - 480) : first + 960] = False
        near = np.abs(values[max(0, first - 480) : first + 480]).max(axis=1) > FULL * 0.3
        if not near.any():
            wrong.append(f"no click at {place}")
            continue
        ms = (int(near.argmax()) + max(0, first - 480)) / 48 - place * 1000
        if abs(ms) > LATE:
            wrong.append(f"the click at {place:.3f} s comes {ms:.2f} ms late")
    for symbol, n in found.items():
        if symbol not in symbols:
            if np.abs(values[:, n]).max() > 8:
                wrong.append(f"{symbol} is not silent")
            continue
        channel = symbols[symbol]
        tone = LFE_TONE if symbol == "LFE" else TONE + STEP * channel
        window = quiet * np.hanning(len(values))
        level = (
            abs((values[:, n] / FULL * window * np.exp(-2j * np.pi * tone * speed * times)).sum())
            / window.sum()
            * 2
        )
        if not 0.085 < level < 0.115:
            wrong.append(f"{symbol} has its tone of {tone * speed:.0f} Hz at {level:.3f}")
    gone = set(symbols) - set(found)
    if gone:
        wrong.append(f"no {sorted(gone)} in {sound.layout.channels}")
    return wrong
