"""What the mark does to pictures: writes docs/watermark-quality.md (`make watermark-quality FOOTAGE=DIR`).

Every clip of DIR is decoded, taken for Rec.709, brought to X'Y'Z' and marked; beside them pictures made by
code.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from dcp.errors import DcpError
from dcp.picture.colour import to_xyz12
from watermark.embed import Embedder
from watermark.payload import Payload
from watermark.quality import FLICKER_BANDS, change_of, flicker
from watermark.secret import Secret
from watermark.video import rgb_video
from watermark.visibility import FLAT_LIMIT, LEAST_PSNR, SCREEN_DEGREES, threshold

SECRET = Secret(value=bytes(range(32)))
PAYLOAD = Payload(location=300_000, time_index=31_322)
FRAMES = 48
"""Of each clip, spread evenly."""
RATES = (24, 25, 30, 48, 60, 100, 120)
WIDTH, HEIGHT = 1024, 540
Codes = NDArray[np.uint16]


def main() -> int:
    if len(sys.argv) != 3:
        print("usage: mark_quality.py FOOTAGE PAGE", file=sys.stderr)
        return 2
    cv2.setNumThreads(1)
    clips = [_row(path.name, _clip(path)) for path in sorted(Path(sys.argv[1]).iterdir()) if _is_video(path)]
    made = [
        _row(name, iter([(index, frame) for index in range(0, 96, 5)])) for name, frame in _made().items()
    ]
    Path(sys.argv[2]).write_text(_page(clips, made), encoding="utf-8")
    return 0


def _row(name: str, frames: Iterator[tuple[int, Codes]]) -> str:
    marker: Embedder | None = None
    found = []
    for index, frame in frames:
        if marker is None:
            height, width = frame.shape[:2]
            marker = Embedder(SECRET, PAYLOAD, width=width, height=height, rate=Fraction(24))
        found.append((change_of(frame, marker.apply(frame, index)), index))
    worst, where = min(found, key=lambda each: each[0].psnr)
    flats = [change.flat_peak for change, _ in found if change.flat_peak is not None]
    cells = [
        name,
        f"{frame.shape[1]}x{frame.shape[0]}",
        str(len(found)),
        f"{worst.psnr:.2f} (frame {where})",
        f"{10 * np.log10(1 / np.mean([10 ** (-change.psnr / 10) for change, _ in found])):.2f}",
        f"{100 * max(flats):.2f} %" if flats else "no flat part",
        f"{100 * np.sqrt(np.mean([change.rms**2 for change, _ in found])):.2f} %",
        f"{100 * max(change.peak for change, _ in found):.2f} %",
    ]
    print(" | ".join(cells), file=sys.stderr)
    return f"| {' | '.join(cells)} |"


def _is_video(path: Path) -> bool:
    if path.suffix not in {".mp4", ".mpg", ".avi", ".mov", ".mkv"}:
        return False
    try:
        with rgb_video(path):
            return True
    except DcpError:
        return False


def _clip(path: Path) -> Iterator[tuple[int, Codes]]:
    with rgb_video(path) as (frames, _, _):
        count = sum(1 for _ in frames)
    wanted = set(np.linspace(0, count - 1, FRAMES).astype(int).tolist())
    with rgb_video(path) as (frames, _, _):
        for index, frame in enumerate(frames):
            if index in wanted:
                yield index, to_xyz12(frame, source="rec709")


def _made() -> dict[str, Codes]:
    def flat(code: int) -> Codes:
        return np.full((HEIGHT, WIDTH, 3), code, dtype=np.uint16)

    across = np.linspace(0, 4095, WIDTH).astype(np.uint16)
    white = flat(0)
    white[:] = (3794, 3960, 3890)
    return {
        "flat, 0.1 cd/m2": flat(369),
        "flat, 1 cd/m2": flat(895),
        "flat, 4 cd/m2": flat(1525),
        "flat, 7 cd/m2": flat(1890),
        "flat, 24 cd/m2": flat(3034),
        "white, 48 cd/m2": white,
        "ramp, black to white": np.repeat(np.tile(across, (HEIGHT, 1))[:, :, None], 3, axis=2),
        "ramp, black to 4 cd/m2": np.repeat(np.tile(across * 3 // 8, (HEIGHT, 1))[:, :, None], 3, axis=2),
    }


def _page(clips: list[str], made: list[str]) -> str:
    head = (
        "| | size | frames | PSNR, worst | PSNR, all | flat areas, peak | rms | peak |\n"
        "|---|---|---|---|---|---|---|---|\n"
    )
    lines = [
        "# What the mark does to pictures",
        "",
        "Written by `make watermark-quality FOOTAGE=DIR`; the law is in `watermark/visibility.py`, and "
        "[The forensic mark](watermark.md) says what it follows. PSNR is of 12-bit X'Y'Z' codes, peak 4095, "
        "over the three components, dithered rounding included; all frames are to keep "
        f"{LEAST_PSNR:g} dB. Peak and rms are of the change of light over 128 x 72 areas of the picture; in "
        f"flat areas the limit is {100 * FLAT_LIMIT:.1f} % (where an area has few pixels, rounding to codes "
        "adds 0.01).",
        "",
        f"## Footage ({FRAMES} frames of each clip, spread evenly; 8-bit Rec.709 brought to X'Y'Z')",
        "",
        head + "\n".join(clips),
        "",
        "## Made by code",
        "",
        head + "\n".join(made),
        "",
        "## Flicker",
        "",
        "Light at the middle of the cells of a flat picture of 4.8 cd/m2 over 60 s, frames held as a "
        "projector holds them, by octaves of time: the amplitude of the sine that has the octave's power, in "
        "% of the light. The threshold is that of the model (Kelly 1979, constants of Daly 1998) for the "
        "finest grating that the carrier has, 11.3 cycles a picture width, the screen "
        f"{SCREEN_DEGREES:g} degrees wide. That all of a cell's power were in that one grating is more than "
        "there is: signs are random, and it spreads over all gratings.",
        "",
        "| frames/s | "
        + " | ".join(f"{hertz:g} Hz" for hertz in FLICKER_BANDS)
        + " | most of the threshold |",
        "|---|" + "---|" * (len(FLICKER_BANDS) + 1),
    ]
    for rate in RATES:
        marker = Embedder(SECRET, PAYLOAD, width=256, height=144, rate=Fraction(rate))
        bands = flicker(marker, Fraction(rate))
        most = max(each.amplitude / each.threshold for each in bands)
        amounts = " | ".join(f"{100 * each.amplitude:.3f}" for each in bands)
        lines.append(f"| {rate} | {amounts} | {most:.2f} |")
    limits = " | ".join(f"{100 * each.threshold:.3g}" if each.threshold < 1 else "none" for each in bands)
    lines += [f"| threshold, % | {limits} | |", "", *_gratings(), ""]
    return "\n".join(lines)


def _gratings() -> list[str]:
    rates: tuple[Any, ...] = (0.375, 0.75, 1.5, 3, 6, 12)
    cycles: tuple[Any, ...] = (1, 2, 4, 8, 8 * 2**0.5)
    return [
        "## The model's thresholds",
        "",
        "In % of contrast, by cycles a picture width:",
        "",
        "| Hz | " + " | ".join(f"{each:.3g}" for each in cycles) + " |",
        "|---|" + "---|" * len(cycles),
        *(
            f"| {hertz:g} | " + " | ".join(f"{100 * threshold(each, hertz):.2f}" for each in cycles) + " |"
            for hertz in rates
        ),
    ]


if __name__ == "__main__":
    sys.exit(main())
