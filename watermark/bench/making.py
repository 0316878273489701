"""A trial's recording: the excerpt marked in X'Y'Z', brought to 8 bits, attacked, coded."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from dcp.dataclass import dataclass
from watermark.attack import (
    EIGHT_BITS,
    Clip,
    Codec,
    attacked,
    collude,
    in_eight_bits,
    to_eight_bits,
    write_video,
)
from watermark.attack.together import Way
from watermark.bench.draw import Trial
from watermark.bench.films import Film, Rgb16
from watermark.bench.strata import Looking
from watermark.embed import Embedder
from watermark.payload import Payload
from watermark.visibility import CODE_GAMMA, CODE_MAX, TILE_COLUMNS, TILE_ROWS

Xyz = NDArray[np.uint16]
ToXyz = Callable[[Rgb16], Xyz]
FromXyz = Callable[[Xyz], Rgb16]

_LOOKED_AT = 8  # every so manieth frame is measured
_FLAT = 0.02
_DARK = 3.4 / 48  # of white: below that the eye forgives more, and flat areas are no longer held to the limit


@dataclass(frozen=True)
class Quality:
    """Of the marked frames against the unmarked ones. psnr: dB in codes of 12 bits X'Y'Z', of all frames that
    were measured, and of the worst; flat_peak, flat_rms: change of light in flat areas, as a fraction,
    None where there is none."""

    psnr: float | None
    psnr_worst: float | None
    flat_peak: float | None
    flat_rms: float | None


@dataclass(frozen=True)
class Made:
    """The recording. frames: how many it has, at `rate`. drawn: what each blow drew. mark_seconds: of the
    processor, for the marking of `marked` frames; attack_seconds: all else but the reading of footage."""

    frames: int
    rate: Fraction
    drawn: tuple[dict[str, Any], ...]
    looking: Looking
    quality: Quality | None
    marked: int
    mark_seconds: float


def make_recording(trial: Trial, film: Film, path: Path, *, to_xyz: ToXyz, from_xyz: FromXyz) -> Made:
    """Write the trial's recording to `path` (.mkv). DcpError as `write_video` and the attacks raise it."""
    looking, measure = Looking(), _Measure()
    kept = [_Counter() for _ in trial.payloads]

    def copy(payload: Payload, number: int) -> Clip:
        frames = _marked(trial, film, payload, looking, measure, number == 0, kept[number], to_xyz, from_xyz)
        clip = Clip(frames, film.rate)
        if trial.way == "screen":
            return clip
        way = EIGHT_BITS[trial.way]  # colluders have files; whoever has the master makes the copy of it
        return (to_eight_bits if len(trial.payloads) == 1 else in_eight_bits)(clip, way=way)

    copies = [copy(payload, number) for number, payload in enumerate(trial.payloads)]
    clip = copies[0] if len(copies) == 1 else collude(copies, trial.number, way=cast(Way, trial.join))
    clip = attacked(clip, trial.blows, trial.seed + trial.number, values=trial.values)
    codec = cast(Codec, trial.codec)
    count = write_video(path, clip.frames, rate=clip.rate, bit_rate=trial.bit_rate, codec=codec, way=clip.way)
    return Made(
        frames=count,
        rate=clip.rate,
        drawn=tuple({"attack": each.attack, **each.values} for each in clip.done),
        looking=looking,
        quality=measure.quality() if trial.kind != "unmarked" else None,
        marked=sum(each.frames for each in kept),
        mark_seconds=sum(each.seconds for each in kept),
    )


class _Counter:
    def __init__(self) -> None:
        self.frames, self.seconds = 0, 0.0


def _marked(
    trial: Trial,
    film: Film,
    payload: Payload,
    looking: Looking,
    measure: _Measure,
    first_copy: bool,
    counter: _Counter,
    to_xyz: ToXyz,
    from_xyz: FromXyz,
) -> Iterator[Rgb16]:
    embedder = Embedder(trial.secret(), payload, width=film.width, height=film.height, rate=film.rate)
    start = trial.first + round(trial.offset * film.rate)
    for index, frame in enumerate(film.walk(trial.first, trial.first + trial.frames)):
        if first_copy:
            looking.see(frame)
        xyz = to_xyz(frame)
        if trial.kind == "unmarked":
            yield from_xyz(xyz)
            continue
        began = time.thread_time()
        marked = embedder.apply(xyz, start + index)
        if index:  # the first one compiles
            counter.seconds += time.thread_time() - began
        counter.frames += 1
        if first_copy and index % _LOOKED_AT == 0:
            measure.see(xyz, marked)
        yield from_xyz(marked)


class _Measure:
    """Gathers the quality of marked frames."""

    def __init__(self) -> None:
        self._errors = list[float]()
        self._peak, self._squares, self._tiles = 0.0, 0.0, 0

    def see(self, plain: Xyz, marked: Xyz) -> None:
        difference = marked.astype(np.int32) - plain
        self._errors.append(float((difference.astype(np.float64) ** 2).mean()))
        one, two = (_light(each) for each in (plain, marked))
        flat = _flat(plain) & (one > _DARK)
        if flat.any():
            change = np.abs(two[flat] / one[flat] - 1)
            self._peak = max(self._peak, float(change.max()))
            self._squares += float((change**2).sum())
            self._tiles += int(flat.sum())

    def quality(self) -> Quality:
        def decibels(error: float) -> float | None:
            return round(10 * float(np.log10(CODE_MAX**2 / error)), 2) if error > 0 else None

        mean = float(np.mean(self._errors)) if self._errors else 0.0
        return Quality(
            psnr=decibels(mean),
            psnr_worst=decibels(max(self._errors, default=0.0)),
            flat_peak=round(self._peak, 5) if self._tiles else None,
            flat_rms=round(float(np.sqrt(self._squares / self._tiles)), 5) if self._tiles else None,
        )


def _light(xyz: Xyz) -> NDArray[np.float32]:
    """Mean light of the tiles, white 1."""
    light = (xyz[:, :, 1].astype(np.float32) / np.float32(CODE_MAX)) ** np.float32(CODE_GAMMA)
    return np.asarray(cv2.resize(light, (TILE_COLUMNS, TILE_ROWS), interpolation=cv2.INTER_AREA), np.float32)


def _flat(xyz: Xyz) -> NDArray[np.bool_]:
    """Tiles without texture, and without a neighbour that has it."""
    size = 4 * TILE_COLUMNS, 4 * TILE_ROWS
    small = cv2.resize(xyz[:, :, 1].astype(np.float32), size, interpolation=cv2.INTER_AREA)
    tiles = small.reshape(TILE_ROWS, 4, TILE_COLUMNS, 4)
    spread = tiles.std(axis=(1, 3)) / np.maximum(tiles.mean(axis=(1, 3)), 1)
    rough = cv2.dilate((spread > _FLAT).astype(np.uint8), np.ones((5, 5), np.uint8))
    return np.asarray(rough == 0)
