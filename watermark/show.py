"""Original, marked and their difference side by side, for a viewer's own judgement."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from dcp.dataclass import dataclass
from dcp.errors import SourceError
from watermark.attack import write_video
from watermark.dither import noise, rounded
from watermark.embed import Embedder
from watermark.payload import Payload
from watermark.quality import change_of
from watermark.secret import Secret

AMPLIFY = 20
"""How many times the difference is shown; grey is none."""
STILLS_EVERY = 48  # frames
PANEL = 960
"""The largest width of each of the three pictures in the video; stills have all of it."""
_CRF = 12
Xyz = NDArray[np.uint16]
Rgb16 = NDArray[np.uint16]


@dataclass(frozen=True)
class Shown:
    """frames: how many were marked. video, stills: the files' names. least_psnr: dB, of the stills.
    flat_peak: the largest change of light in their flat areas, as a fraction; None where they have none."""

    frames: int
    video: str
    stills: tuple[str, ...]
    least_psnr: float
    flat_peak: float | None


def show(
    frames: Iterator[tuple[int, Xyz]],
    folder: Path,
    name: str,
    *,
    rate: Fraction,
    secret: Secret,
    payload: Payload,
    display: Callable[[Xyz], Rgb16],
    amplify: int = AMPLIFY,
    progress: Callable[[int], None] | None = None,
) -> Shown:
    """Write NAME.mp4 and a still, NAME-FRAME.png (16 bits), of every 48th frame into `folder`.

    frames: the frame's place in the composition and its X'Y'Z' codes. display: to RGB of 16 bits, as the
    viewer sees it. progress(frames done). SourceError when there are no frames, UsageError for a size or rate
    that cannot be marked.
    """
    stills: list[str] = []
    measured: list[tuple[float, float | None]] = []
    done = 0

    def joined() -> Iterator[NDArray[np.uint8]]:
        nonlocal done
        embedder: Embedder | None = None
        for index, frame in frames:
            if embedder is None:
                height, width = frame.shape[:2]
                embedder = Embedder(secret, payload, width=width, height=height, rate=rate)
            marked = embedder.apply(frame, index)
            panels = [display(each).astype(np.float32) for each in (frame, marked)]
            panels.append(np.clip((panels[1] - panels[0]) * amplify + 32768, 0, 65535))
            if done % STILLS_EVERY == 0:
                change = change_of(frame, marked)
                measured.append((change.psnr, change.flat_peak))
                stills.append(f"{name}-{index:06d}.png")
                _write_still(folder / stills[-1], panels)
            done += 1
            if progress is not None:
                progress(done)
            yield _small(panels, index)

    pictures = joined()
    first = next(pictures, None)
    if first is None:
        raise SourceError("mark.nothing-to-show", where=Path(name))

    def all_of_them() -> Iterator[NDArray[np.uint8]]:
        yield first
        yield from pictures

    video = f"{name}.mp4"
    write_video(folder / video, all_of_them(), rate=rate, crf=_CRF)
    flats = [flat for _, flat in measured if flat is not None]
    return Shown(done, video, tuple(stills), min(psnr for psnr, _ in measured), max(flats) if flats else None)


def _write_still(path: Path, panels: list[NDArray[np.float32]]) -> None:
    wide = np.rint(np.concatenate(panels, axis=1)).astype(np.uint16)
    whole, data = cv2.imencode(".png", wide[:, :, ::-1])
    assert whole
    path.write_bytes(data.tobytes())


def _small(panels: list[NDArray[np.float32]], index: int) -> NDArray[np.uint8]:
    height, width = panels[0].shape[:2]
    part = min(1.0, PANEL / width)
    size = max(2, round(width * part / 2) * 2), max(2, round(height * part / 2) * 2)
    if size != (width, height):
        panels = [
            np.asarray(cv2.resize(each, size, interpolation=cv2.INTER_AREA), np.float32) for each in panels
        ]
    codes: Any = rounded(np.concatenate(panels, axis=1) / np.float32(257), noise(index))
    return np.asarray(codes, dtype=np.uint8)
