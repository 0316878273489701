"""The answer for scripts (JSON, dcpkit.watermark/1), for people (HTML), as a picture (PNG). No secret in
any."""

from __future__ import annotations

import base64
import io
import math
import secrets
from datetime import datetime
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np

from dcp.errors import DcpError, UsageError
from dcp.system import move
from watermark.detect import Extraction
from watermark.payload import LOCATIONS, TIME_STEPS, time_of

SCHEMA = "dcpkit.watermark/1"


def document(extraction: Extraction, *, year: int) -> dict[str, Any]:
    """The extraction as JSON values. year: the mark repeats yearly; this one is read into `time_utc`."""
    excerpt, payload = extraction.excerpt, extraction.payload
    moment = _moment(extraction, year)
    return {
        "schema": SCHEMA,
        "found": extraction.found,
        "payload": {
            "location": payload.location,
            "time_index": payload.time_index,
            "time_utc": moment.isoformat() if moment else None,
        }
        if payload
        else None,
        "false_positive_probability": extraction.false_positive_probability,
        "threshold": extraction.threshold,
        "mode": extraction.mode,
        "excerpt": {
            "start_frame": excerpt.start_frame,
            "frames": excerpt.frames,
            "rate": f"{excerpt.rate.numerator} {excerpt.rate.denominator}",
        }
        if excerpt
        else None,
        "scores": {
            "location": extraction.location_score,
            "time": extraction.time_score,
            "runner_up": extraction.runner_up_score,
        },
        "searched": {
            "location_words": extraction.searched.locations,
            "time_words": extraction.searched.times,
            "positions": extraction.searched.positions,
            "geometries": extraction.searched.geometries,
        },
        "geometry": {"matrix": extraction.geometry.matrix.tolist(), "inliers": extraction.geometry.inliers},
        "hypotheses": [
            {
                "start_seconds": each.position.start,
                "speed": each.position.speed,
                "overlap_seconds": each.position.overlap,
                "similarity": each.similarity,
                "pilot_score": each.pilot_score,
            }
            for each in extraction.hypotheses
        ],
        "segments": [
            {
                "start_frame": each.start_frame,
                "frames": each.frames,
                "film_frame": each.film_frame,
                "location_score": each.location_score,
                "time_score": each.time_score,
                "pilot_score": each.pilot_score,
            }
            for each in extraction.segments
        ],
    }


def write_html(path: Path, extraction: Extraction, *, title: str, year: int) -> None:
    """One file with the picture inside. DcpError when it cannot be written."""
    _write(path, html(extraction, title=title, year=year).encode())


def html(extraction: Extraction, *, title: str, year: int) -> str:
    """The report. title: whose recording; escaped."""
    import jinja2

    template = resources.files("watermark").joinpath("report.html.j2").read_text("utf-8")
    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True)
    return environment.from_string(template).render(
        title=title,
        report=document(extraction, year=year),
        moment=_moment(extraction, year),
        picture=base64.b64encode(picture(extraction)).decode(),
    )


def picture(extraction: Extraction) -> bytes:
    """PNG: recorded frames beside the film's, the screen as it lies in the recording, path and scores."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(12, 7), layout="constrained")
    FigureCanvasAgg(figure)
    rows: Any = figure.subfigures(2, 1, height_ratios=(3, 4))
    upper, lower = rows
    pairs = extraction.pictures
    if pairs:
        axes = upper.subplots(2, len(pairs), squeeze=False)
        for column, pair in enumerate(pairs):
            for row, (image, name) in enumerate(zip(pair, ("recorded, registered", "film"), strict=True)):
                axes[row, column].imshow(image, cmap="gray", aspect="auto", extent=(0, 16, 9, 0))
                axes[row, column].set_title(name, fontsize=8)
                axes[row, column].set_axis_off()
    screen, path, bars = lower.subplots(1, 3)
    corners = np.array([[0, 1, 1, 0, 0], [0, 0, 1, 1, 0], [1, 1, 1, 1, 1]], dtype=float)
    placed = extraction.geometry.matrix @ corners
    screen.plot(*corners[:2], color="0.7", label="recording")
    screen.plot(placed[0] / placed[2], placed[1] / placed[2], label="film in it")
    screen.invert_yaxis()
    screen.set_aspect(9 / 16)
    screen.legend(fontsize=8)
    screen.set_title(f"geometry, {extraction.geometry.inliers} matches", fontsize=9)
    seconds = np.arange(len(extraction.path)) / float(extraction.recording_rate)
    if extraction.excerpt:
        path.plot(seconds, extraction.path / float(extraction.excerpt.rate))
    path.set_title("place in the film", fontsize=9)
    path.set_xlabel("recording, s")
    path.set_ylabel("film, s")
    starts = [each.start_frame / float(extraction.recording_rate) for each in extraction.segments]
    for name in ("location", "time", "pilot"):
        values = [getattr(each, f"{name}_score") for each in extraction.segments]
        bars.plot(starts, values, marker="o", label=f"{name}")
    bars.axhline(_needed(extraction), color="0.5", linestyle="--", label="needed over all")
    bars.axhline(0, color="0.8")
    bars.legend(fontsize=8)
    bars.set_title("scores of each piece", fontsize=9)
    bars.set_xlabel("recording, s")
    stream = io.BytesIO()
    figure.savefig(stream, format="png", dpi=100, metadata={"Software": None})
    return stream.getvalue()


def _needed(extraction: Extraction) -> float:
    """The score at which the larger of the two searches meets the threshold."""
    searched = extraction.searched
    words = max(searched.locations * searched.positions * searched.geometries, TIME_STEPS, LOCATIONS)
    return math.sqrt(2 * (math.log(words) - math.log(extraction.threshold)))


def _moment(extraction: Extraction, year: int) -> datetime | None:
    """When the payload's step began; None without a payload or when that year has no such step."""
    if extraction.payload is None:
        return None
    try:
        return time_of(extraction.payload.time_index, year)
    except UsageError:
        return None


def _write(path: Path, data: bytes) -> None:
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(6)}.part")
    try:
        temporary.write_bytes(data)
        move(temporary, path)
    except OSError as error:
        raise DcpError(f"cannot write the report: {error.strerror}", where=path) from None
    finally:
        temporary.unlink(missing_ok=True)
