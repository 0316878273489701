"""Attacks on marked pictures by one who knows all but the secret: JSON lines for docs/watermark-adversary.md.

    python benchmarks/watermark_adversary_pictures.py --footage DIR [--only "NAME;NAME"]

It marks 10 s of film at 480x270, attacks Y', brings it to 8 bits with dither (no coder: the best copy that a
pirate can have) and reads that with the film at hand and without. All is drawn from SEED.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from watermark_adversary import SEED, Floats, Pattern, carrier_of, payloads_of, pilots_of, secret_of, tell

from dcp.picture.colour import to_xyz12
from watermark.bench.films import Film, Scene
from watermark.carrier import (
    CELLS,
    COLUMNS,
    ROWS,
    SEGMENT_CHIPS,
    WORD_BLOCK,
    chip_mixes,
    location_words,
    schedule,
    spread,
)
from watermark.dither import noise, rounded
from watermark.embed import AMPLITUDE, CODE_GAMMA, Embedder, strength
from watermark.extract import extract
from watermark.frames import Footage
from watermark.index import index_of
from watermark.judge import score_of, symbols
from watermark.lines import cells_of
from watermark.observation import Observation
from watermark.observe.blind import blind_field
from watermark.payload import Payload
from watermark.pilots import shape
from watermark.secret import Secret
from watermark.video import rgb_video

WIDTH, HEIGHT, FILM_SECONDS, FIRST, LENGTH = 480, 270, 14, 2, 10
"""FILM_SECONDS: of film that the reader has; FIRST, LENGTH: where the excerpt lies in it, in seconds."""
FILMS = (("kohlipe1.mp4", 20.0), ("sintel_trailer-720p.mp4", 12.0))
"""Clips, and the second at which the film begins."""


class Show:
    """A film's Y' (1 for the largest code), its index, and an excerpt of X'Y'Z' that is marked."""

    def __init__(self, path: Path, begin: float) -> None:
        with rgb_video(path) as (_, rate, count):
            film = Film(path.stem, rate, WIDTH, HEIGHT, (Scene(path, path.name, count),))
        self.name, self.rate = path.stem, rate
        first = round(begin * rate)
        walk = film.walk(first, first + round(FILM_SECONDS * rate))
        self.first, frames = round(FIRST * rate), round(LENGTH * rate)
        self.xyz, lights = list[Any](), list[Any]()
        for number, frame in enumerate(walk):
            codes = to_xyz12(frame, source="rec709")
            lights.append(codes[:, :, 1].astype(np.float32) / 4095)
            if self.first <= number < self.first + frames:
                self.xyz.append(codes)
        self.index = index_of(Footage(rate, lambda: iter(lights), "luminance"))
        self.clean = np.stack(lights[self.first : self.first + frames])
        each = [strength(picture, white=1.0) for picture in self.clean[::4]]
        self.masks = np.repeat(np.stack(each), 4, axis=0)[: len(self.clean)]
        self.seconds = (self.first + np.arange(len(self.clean))) / float(rate)

    def marked(self, secret: Secret, payload: Payload) -> Floats:
        """The excerpt with a mark."""
        embedder = Embedder(secret, payload, width=WIDTH, height=HEIGHT, rate=self.rate)
        frames = [embedder.apply(each, self.first + n)[:, :, 1] for n, each in enumerate(self.xyz)]
        return np.asarray(np.stack(frames) / np.float32(4095), dtype=np.float32)

    def paint(self, pictures: Floats, pattern: Pattern, amount: float = 1.0, later: float = 0.0) -> Floats:
        """Pictures with a pattern in them, as the embedder would; below 0 to take it off."""
        out, across, down = np.empty_like(pictures), spread(COLUMNS, WIDTH).T, spread(ROWS, HEIGHT)
        chip, neighbour, share = chip_mixes(self.seconds + later + 1e-9)
        for n, picture in enumerate(pictures):
            cells = share[n] * pattern[chip[n]] + (1 - share[n]) * pattern[neighbour[n]]
            carrier = down @ cells.reshape(ROWS, COLUMNS).astype(np.float32) @ across
            mask = cv2.resize(self.masks[n], (WIDTH, HEIGHT), interpolation=cv2.INTER_LINEAR)
            out[n] = picture * (1 + np.float32(amount * AMPLITUDE / CODE_GAMMA) * mask * carrier)
        return np.clip(out, 0, 1)

    def by_film(self, pictures: Floats) -> Floats:
        """What a copy says of each frame's cells to one who has the film: (frames, 144)."""
        columns, rows = np.linalg.pinv(spread(COLUMNS, 64)), np.linalg.pinv(spread(ROWS, 36))
        found = []
        for n, (picture, film) in enumerate(zip(pictures, self.clean, strict=True)):
            small = [cv2.resize(each, (64, 36), interpolation=cv2.INTER_AREA) for each in (picture, film)]
            rest = np.log(np.maximum(small[0], 0.02) / np.maximum(small[1], 0.02)) / self.masks[n]
            found.append((rows @ (rest * CODE_GAMMA / AMPLITUDE) @ columns.T).ravel())
        return np.stack(found).astype(np.float32)

    def chips_of(self, cells: Floats, seconds: NDArray[np.float64]) -> Pattern:
        """Frames' cells as a pattern, 0 where nothing was seen."""
        chip, _, share = chip_mixes(seconds + 1e-9)
        total, weight = np.zeros((SEGMENT_CHIPS, CELLS), dtype=np.float32), np.full((SEGMENT_CHIPS, 1), 1e-9)
        np.add.at(total, chip, cells * share[:, None].astype(np.float32))
        np.add.at(weight, chip, share[:, None])
        return np.asarray(total / weight, dtype=np.float32)

    def blindly(self, pictures: Floats) -> Pattern:
        """What one copy tells of its own pattern to one without the film: this toolkit's front end. rms 1."""
        field = blind_field(self.footage(eight_bits(pictures)))
        values = field.values.reshape(len(field), -1).astype(np.float32)
        cells = cells_of(values, np.eye(3), shape())
        pattern = self.chips_of(cells, FIRST + field.seconds)
        rms = np.sqrt((pattern[np.abs(pattern).sum(axis=1) > 0] ** 2).mean())
        return np.asarray(pattern / rms, dtype=np.float32)

    def footage(self, pictures: NDArray[np.uint8]) -> Footage:
        return Footage(self.rate, lambda: iter(pictures), "luminance")

    def score(self, pictures: Floats, secret: Secret, payload: Payload) -> float:
        """Of the right location word at the right place, every cell with the same weight."""
        cells = self.by_film(pictures)
        cells -= cv2.blur(cells, (1, round(1.5 * float(self.rate)) | 1), borderType=cv2.BORDER_REPLICATE)
        seen = Observation(np.arange(len(cells)), self.seconds, cells, np.ones_like(cells))
        block, row = divmod(payload.location, WORD_BLOCK)
        word = np.unpackbits(location_words(secret, block)[row]) * np.float64(2) - 1
        return score_of(symbols(seen, schedule(secret)).location, np.asarray(word, dtype=np.float64))

    def told(
        self, what: str, pictures: Floats, before: Floats, secret: Secret, payloads: list[Payload], read: bool
    ) -> None:
        """Say what became of a copy; read: as the reader finds it, with the film at hand and without."""
        copy = eight_bits(pictures)
        values: dict[str, Any] = {"film": self.name, "what": what, "psnr": decibels(pictures, before)}
        values["z_at_place"] = round(
            self.score((copy / np.float32(255)).astype(np.float32), secret, payloads[0]), 1
        )
        for way, films in (("informed", [self.index]), ("blind", [])) if read else ():
            found = extract(self.footage(copy), [secret], films)
            right = "right" if found.payload in payloads else "WRONG"
            silence = "not found" + (", conclusive" if found.conclusive else "")
            chance = found.false_positive_probability
            values[way] = {
                "says": right if found.found else silence,
                "by": found.mode,
                "of": payloads.index(found.payload) if found.payload in payloads else None,
                "log10_p": round(float(np.log10(max(chance or 1.0, 1e-300))), 1),
                "z": [round(found.location_score, 1), round(found.time_score, 1)],
            }
            if not found.found:  # with the film it has been tried without, too
                break
        tell("pictures", **values)


def eight_bits(pictures: Floats) -> NDArray[np.uint8]:
    return np.stack([rounded(255 * each, noise(n)) for n, each in enumerate(pictures)]).astype(np.uint8)


def decibels(one: Floats, other: Floats) -> float | None:
    error = float(np.mean((one - other) ** 2))
    return round(-10 * float(np.log10(error)), 1) if error > 0 else None


def flattened(pictures: Floats, rate: float, *, seconds: float = 0, cells: int = 0) -> Floats:
    """Each cell's mean brought to that of its time, or of its neighbours, by a smooth gain."""
    size = COLUMNS, ROWS
    means = np.stack([cv2.resize(each, size, interpolation=cv2.INTER_AREA) for each in pictures])
    light = np.log(np.maximum(means, 0.02))
    if seconds:
        flat = light.reshape(len(light), -1)
        want = cv2.blur(flat, (1, round(seconds * rate) | 1), borderType=cv2.BORDER_REFLECT).reshape(
            light.shape
        )
    else:
        want = np.stack([cv2.blur(each, (cells, cells), borderType=cv2.BORDER_REFLECT) for each in light])
    down, across, out = spread(ROWS, HEIGHT), spread(COLUMNS, WIDTH).T, np.empty_like(pictures)
    for n, change in enumerate(want - light):
        out[n] = np.clip(pictures[n] * np.exp(down @ change @ across), 0, 1)
    return out


def wobbled(pictures: Floats, rate: float, rng: np.random.Generator, *, frames: float, local: bool) -> Floats:
    """Time bent: each frame, or each part of it, is up to so many frames early or late."""
    count, shape_ = len(pictures), (5, 9) if local else (1, 1)
    knots = rng.uniform(-frames, frames, (2 * LENGTH + 2, *shape_)).astype(np.float32)
    out, y, x = np.empty_like(pictures), *np.mgrid[0:HEIGHT, 0:WIDTH]
    for n in range(count):
        delay = cv2.resize(between(knots, 2 * n / rate), (WIDTH, HEIGHT), interpolation=cv2.INTER_LINEAR)
        place = np.clip(n + delay, 0, count - 1)
        early = np.minimum(place.astype(int), count - 2)
        part = place - early
        out[n] = (1 - part) * pictures[early, y, x] + part * pictures[early + 1, y, x]
    return out


def jittered(pictures: Floats, rate: float, rng: np.random.Generator, *, share: float) -> Floats:
    """Places bent: a smooth field of shifts, rms `share` of the width, another each half second."""
    knots = (rng.standard_normal((2 * LENGTH + 2, 5, 9, 2)) * share * WIDTH).astype(np.float32)
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32)
    out = np.empty_like(pictures)
    for n, picture in enumerate(pictures):
        move = cv2.resize(between(knots, 2 * n / rate), (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)
        out[n] = cv2.remap(
            picture, x + move[..., 0], y + move[..., 1], cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT
        )
    return np.clip(out, 0, 1)


def between(knots: Floats, place: float) -> Floats:
    first = int(place)
    share = np.float32(place - first)
    return np.asarray((1 - share) * knots[first] + share * knots[first + 1], dtype=np.float32)


def pictures(folder: Path, only: list[str], read: bool) -> None:
    """Attacks on pictures."""
    cv2.setNumThreads(1)
    secret, rng = secret_of(0), np.random.default_rng((SEED, 5))
    who = payloads_of(rng, 10)
    show = Show(folder / FILMS[0][0], FILMS[0][1])
    rate = float(show.rate)
    copy = show.marked(secret, who[0])
    truth = carrier_of(secret, who[0])
    seen = np.unique(chip_mixes(show.seconds)[0])
    known, blind = show.chips_of(show.by_film(copy), show.seconds), show.blindly(copy)
    likeness = [float(np.corrcoef(each[seen].ravel(), truth[seen].ravel())[0, 1]) for each in (known, blind)]
    tell("estimates of one copy", with_the_film=round(likeness[0], 4), without=round(likeness[1], 3))
    pilots, foreign = pilots_of(secret), [carrier_of(secret_of(9 + n), who[0]) for n in range(3)]

    def joined(count: int, way: str) -> Floats:
        total, high, low = copy.copy(), copy.copy(), copy.copy()
        for each in who[1:count]:
            other = show.marked(secret, each)
            total, high, low = total + other, np.maximum(high, other), np.minimum(low, other)
        return total / np.float32(count) if way == "mean" else (high + low) / np.float32(2)

    paint = show.paint
    attacks: dict[str, Callable[[], Floats]] = {
        "nothing": lambda: copy,
        "pilots off": lambda: paint(copy, pilots, -1),
        "estimate without the film off": lambda: paint(copy, blind, -likeness[1]),
        "estimate without the film off, twice": lambda: paint(copy, blind, -2 * likeness[1]),
        "estimate with the film off": lambda: paint(copy, known, -1),
        "pilots off, others in, x2": lambda: paint(paint(copy, pilots, -1), pilots, 2, later=17),
        "cells flattened in time, 1 s": lambda: flattened(copy, rate, seconds=1),
        "cells flattened in time, 1/3 s": lambda: flattened(copy, rate, seconds=1 / 3),
        "cells flattened in space, 3x3": lambda: flattened(copy, rate, cells=3),
        "marked again once": lambda: paint(copy, foreign[0]),
        "marked again three times": lambda: paint(paint(paint(copy, foreign[0]), foreign[1]), foreign[2]),
        "noise of the grid, x2": lambda: paint(copy, foreign[1], 2),
        "noise of the grid, x4": lambda: paint(copy, foreign[2], 4),
        "mean of 2": lambda: joined(2, "mean"),
        "mean of 10": lambda: joined(10, "mean"),
        "middle of extremes of 3": lambda: joined(3, "middle"),
        "middle of extremes of 6": lambda: joined(6, "middle"),
        "places bent, 0.3 %": lambda: jittered(copy, rate, rng, share=0.003),
        "places bent, 1 %": lambda: jittered(copy, rate, rng, share=0.01),
        "places bent, 3 %": lambda: jittered(copy, rate, rng, share=0.03),
        "time bent, 1 frame": lambda: wobbled(copy, rate, rng, frames=1, local=False),
        "time bent, 4 frames": lambda: wobbled(copy, rate, rng, frames=4, local=False),
        "time bent in parts, 2 frames": lambda: wobbled(copy, rate, rng, frames=2, local=True),
        "time bent in parts, 4 frames": lambda: wobbled(copy, rate, rng, frames=4, local=True),
    }
    for what in only or attacks:
        if what in attacks:
            rng = np.random.default_rng((SEED, 6))
            show.told(
                what, attacks[what](), copy, secret, who if what[0] == "m" and "of" in what else who[:1], read
            )
    if not only or "copied" in only:
        other = Show(folder / FILMS[1][0], FILMS[1][1])
        for what, pattern, amount, later in (
            ("from the film", known, 1.0, 0.0),
            ("from the copy alone", blind, 1.0, 0.0),
            ("from the copy alone, x2", blind, 2.0, 0.0),
            ("a second late", known, 1.0, -1.0),
        ):
            made = other.paint(other.clean, pattern, amount, later)
            other.told(f"copied onto another film, {what}", made, other.clean, secret, who[:1], read)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--footage", type=Path, required=True)
    parser.add_argument("--no-reading", action="store_true", help="scores at the right place only")
    parser.add_argument("--only", default="", help="names, parted by semicolons")
    asked = parser.parse_args()
    pictures(asked.footage, [each for each in asked.only.split(";") if each], not asked.no_reading)


if __name__ == "__main__":
    main()
