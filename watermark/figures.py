"""The drawings of a watermark report, as SVG in the colours of the page: pictures, geometry, path, scores."""

from __future__ import annotations

import base64
import math
from collections.abc import Iterator, Sequence
from html import escape

import cv2
import numpy as np
from numpy.typing import NDArray

from dcp.reportpage.page import Figure
from dcp.texts.catalogue import Language, say, text
from watermark.extraction import Extraction
from watermark.report import needed

WIDTH, HEIGHT = 340, 230
LEFT, RIGHT, TOP, BOTTOM = 42, 10, 24, 40
ENLARGED = 4
"""The thumbnails are shown so much larger, with soft edges."""
MAX_POINTS = 1_000


def figures(extraction: Extraction, language: Language = "en") -> Iterator[Figure]:
    """What there is to be drawn of how the recording lies on the film."""
    yield _geometry(extraction, language)
    if extraction.excerpt is not None:
        yield _path(extraction, language)
    if extraction.segments:
        yield _scores(extraction, language)


def pairs(extraction: Extraction) -> Iterator[Figure]:
    """What was recorded above the film's frame there."""
    inside = np.flatnonzero(~np.isnan(extraction.path))
    count = len(extraction.pictures)
    chosen = inside[np.linspace(0, len(inside) - 1, count).astype(int)] if inside.size else []
    for (seen, film), frame in zip(extraction.pictures, chosen, strict=False):
        wide, high, gap = 160, 90, 6
        parts = [
            f'<image y="{y}" width="{wide}" height="{high}" preserveAspectRatio="none"'
            f' href="{_picture(image)}"/>'
            for y, image in ((0, seen), (high + gap, film))
        ]
        seconds = float(frame / extraction.recording_rate)
        yield Figure(
            _svg(parts, 2 * high + gap, wide),
            alt=text("mark.pair-alt"),
            caption=text("mark.pair", seconds=f"{seconds:.1f}"),
        )


def _picture(image: NDArray[np.float32]) -> str:
    """A thumbnail as a data URI: its darkest is black, its brightest white."""
    low, high = float(image.min()), float(image.max())
    grey = np.rint((image - low) * (255 / (high - low or 1))).astype(np.uint8)
    size = (image.shape[1] * ENLARGED, image.shape[0] * ENLARGED)
    _, png = cv2.imencode(".png", cv2.resize(grey, size, interpolation=cv2.INTER_CUBIC))
    return "data:image/png;base64," + base64.b64encode(bytes(png)).decode()


def _geometry(extraction: Extraction, language: Language) -> Figure:
    """The frame of the recording, and where the film's picture lies in it."""
    corners = np.array([[0, 1, 1, 0], [0, 0, 1, 1], [1, 1, 1, 1]], dtype=float)
    placed = extraction.geometry.matrix @ corners
    with np.errstate(divide="ignore", invalid="ignore"):
        points = np.nan_to_num(placed[:2] / placed[2], nan=0.0, posinf=3.0, neginf=-2.0).clip(-2, 3)
    low, high = np.minimum(points.min(1), 0) - 0.04, np.maximum(points.max(1), 1) + 0.04
    legend = 26
    scale = min(WIDTH / (high[0] - low[0]) / 16, (HEIGHT - legend) / (high[1] - low[1]) / 9)
    margin = (WIDTH - (high[0] - low[0]) * 16 * scale) / 2

    def place(x: float, y: float) -> tuple[float, float]:
        return (x - low[0]) * 16 * scale + margin, (y - low[1]) * 9 * scale

    x, y = place(0, 0)
    shape = " ".join(f"{each[0]:.1f},{each[1]:.1f}" for each in (place(*point) for point in points.T))
    parts = [
        f'<rect class="frame" x="{x:.1f}" y="{y:.1f}" width="{16 * scale:.1f}" height="{9 * scale:.1f}"/>',
        f'<polygon class="shape" points="{shape}"/>',
        *_legend((("frame", "mark.recording"), ("shape", "mark.film-in-it")), language),
    ]
    caption = text("mark.geometry", n=extraction.geometry.inliers)
    return Figure(_svg(parts, HEIGHT), alt=text("mark.geometry-alt"), caption=caption)


def _path(extraction: Extraction, language: Language) -> Figure:
    """Where in the film each moment of the recording lies."""
    assert extraction.excerpt is not None
    seconds = np.arange(len(extraction.path)) / float(extraction.recording_rate)
    film = extraction.path / float(extraction.excerpt.rate)
    known = np.flatnonzero(~np.isnan(film))
    x, y = _axis(seconds, LEFT, WIDTH - RIGHT), _axis(film[known], HEIGHT - BOTTOM, TOP)
    parts = [*_frame(x, y, "mark.recording-s", "mark.film-s", language)]
    for run in np.split(known, np.flatnonzero(np.diff(known) > 1) + 1):
        step = max(1, len(known) // MAX_POINTS)
        points = [(x.place(seconds[i]), y.place(film[i])) for i in (*run[::step], *run[-1:])]
        parts.append(_line(points, "line a"))
    return Figure(_svg(parts, HEIGHT), alt=text("mark.path-alt"), caption=text("mark.path"))


def _scores(extraction: Extraction, language: Language) -> Figure:
    """How well the words of the answer fit each piece of the recording."""
    rate = float(extraction.recording_rate)
    middles = [(each.start_frame + each.frames / 2) / rate for each in extraction.segments]
    names = (
        ("a", "mark.location", [each.location_score for each in extraction.segments]),
        ("b", "mark.time", [each.time_score for each in extraction.segments]),
        ("c", "mark.pilots", [each.pilot_score for each in extraction.segments]),
    )
    need = needed(extraction)
    every = [0.0, need, *(value for _, _, values in names for value in values)]
    x = _axis([0, len(extraction.path) / rate], LEFT, WIDTH - RIGHT)
    y = _axis(every, HEIGHT - BOTTOM - 14, TOP)
    parts = [*_frame(x, y, "mark.recording-s", "", language, room=14)]
    across = f'x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y.place(need):.1f}" y2="{y.place(need):.1f}"'
    parts.append(f'<line class="need" {across}/>')
    for style, _, values in names:
        points = [(x.place(at), y.place(value)) for at, value in zip(middles, values, strict=True)]
        parts.append(_line(points, f"line {style}"))
        parts += [f'<circle class="dot {style}" cx="{a:.1f}" cy="{b:.1f}" r="3"/>' for a, b in points]
    key = (*((f"line {style}", id) for style, id, _ in names), ("need", "mark.needed"))
    parts += _legend(key, language)
    return Figure(_svg(parts, HEIGHT), alt=text("mark.scores-alt"), caption=text("mark.scores"))


class _Axis:
    """A scale with round ticks: `place` takes a value to where it is drawn."""

    def __init__(self, low: float, high: float, start: float, end: float) -> None:
        span = high - low or 1.0
        self.low, self.high, self.start, self.end = low, low + span, start, end
        step = 10 ** math.floor(math.log10(span / 4))
        step *= next(many for many in (1, 2, 5, 10) if span / (step * many) <= 5)
        self.ticks = [tick * step for tick in range(math.ceil(low / step), math.floor(self.high / step) + 1)]

    def place(self, value: float) -> float:
        return self.start + (value - self.low) / (self.high - self.low) * (self.end - self.start)


def _axis(values: Sequence[float] | NDArray[np.float64], start: float, end: float) -> _Axis:
    return _Axis(float(min(values)), float(max(values)), start, end)


def _frame(x: _Axis, y: _Axis, across: str, up: str, language: Language, *, room: float = 0) -> Iterator[str]:
    """Grid, ticks and the names of the axes. room: kept free below, for a legend."""
    base = HEIGHT - BOTTOM - room
    for tick in y.ticks:
        at = y.place(tick)
        yield f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{at:.1f}" y2="{at:.1f}"/>'
        yield f'<text x="{LEFT - 6}" y="{at + 4:.1f}" text-anchor="end">{tick:g}</text>'
    for tick in x.ticks:
        at = x.place(tick)
        yield f'<line class="axis" x1="{at:.1f}" x2="{at:.1f}" y1="{base}" y2="{base + 4}"/>'
        yield f'<text x="{at:.1f}" y="{base + 16}" text-anchor="middle">{tick:g}</text>'
    yield f'<path class="axis" d="M{LEFT} {TOP}V{base}H{WIDTH - RIGHT}"/>'
    middle = (LEFT + WIDTH - RIGHT) / 2
    yield f'<text x="{middle}" y="{base + 31}" text-anchor="middle">{_words(across, language)}</text>'
    if up:
        yield f'<text x="0" y="12">{_words(up, language)}</text>'


def _legend(items: Sequence[tuple[str, str]], language: Language) -> Iterator[str]:
    """What the styles mean, in a line at the foot."""
    x = 4.0
    for style, id in items:
        words = say(id, language=language)
        y = HEIGHT - 5
        if style in ("frame", "shape"):
            yield f'<rect class="{style}" x="{x:.1f}" y="{y - 9}" width="14" height="9"/>'
        else:
            yield f'<line class="{style}" x1="{x:.1f}" x2="{x + 14:.1f}" y1="{y - 4}" y2="{y - 4}"/>'
        yield f'<text x="{x + 19:.1f}" y="{y}">{escape(words)}</text>'
        x += 19 + 12 + sum(12.5 if ord(sign) > 0x2E80 else 6.8 for sign in words)


def _line(points: Sequence[tuple[float, float]], style: str) -> str:
    return f'<polyline class="{style}" points="{" ".join(f"{x:.1f},{y:.1f}" for x, y in points)}"/>'


def _words(id: str, language: Language) -> str:
    return escape(say(id, language=language))


def _svg(parts: Sequence[str], height: float, width: float = WIDTH) -> str:
    return f'<svg class="plot" viewBox="0 0 {width:g} {height:g}">{"".join(parts)}</svg>'
