"""`dcpkit watermark show`: what a mark does to a picture, to be looked at."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import datetime
from fractions import Fraction
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dcp.extras import need
from dcp.texts.catalogue import text
from dcpkit.commands.tracks import frame_range
from dcpkit.console import answer, progress
from dcpkit.options import A_PATH, Access, clock, common, essence_keys

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Frames = Iterator[tuple[int, NDArray[np.uint16]]]

_FRAMES = (0, 239)


@click.command()
@click.argument("sources", metavar="DCP|VIDEO...", type=A_PATH, nargs=-1, required=True)
@click.option("-o", "--output", type=A_PATH, required=True, help="A new folder for the pictures.")
@click.option("--secret", "secret_file", type=A_PATH, required=True, help="The operator's secret.")
@click.option("--location", type=int, default=0, show_default=True, help="The location that the mark says.")
@click.option(
    "--amplify",
    type=click.IntRange(1, 1000),
    default=20,
    show_default=True,
    help="How many times the difference is shown.",
)
@click.option("--frames", help="Frames A-B, from 0, both included; the first 240.")
@click.option("--cpl", help="Which composition of the package.")
@essence_keys
@clock
@common
def show(
    sources: tuple[Path, ...],
    output: Path,
    secret_file: Path,
    location: int,
    amplify: int,
    frames: str | None,
    cpl: str | None,
    access: Access,
    now: datetime,
    as_json: bool,
    quiet: bool,
) -> None:
    """Write original, marked and the amplified difference side by side, for your own judgement: a video, and
    stills of 16 bits."""
    need("watermark")
    import numpy as np

    from dcp.output import finished_folder
    from dcp.picture.colour import from_xyz12
    from dcpkit.marking import payload_of
    from watermark import show as showing
    from watermark.secret import read_secret

    first, last = frame_range(frames) or _FRAMES
    secret, payload = read_secret(secret_file), payload_of(location, now)
    written: list[dict[str, Any]] = []
    with finished_folder(output) as folder, progress("marking", "frames", quiet=quiet) as advance:
        for source in sources:
            name = source.stem if source.is_file() else source.name
            while any(name == each["name"] for each in written):
                name += "-2"
            with ExitStack() as opened:
                pictures, rate = _pictures(source, first, last, cpl, access, now, opened)
                done = showing.show(
                    pictures,
                    folder,
                    name,
                    rate=rate,
                    secret=secret,
                    payload=payload,
                    display=lambda xyz: np.asarray(
                        from_xyz12(xyz, display="rec709", dtype=np.uint16), dtype=np.uint16
                    ),
                    amplify=amplify,
                    progress=lambda count: advance(count, last - first + 1),
                )
            written.append(
                {
                    "name": name,
                    "source": str(source),
                    "frames": done.frames,
                    "video": done.video,
                    "stills": list(done.stills),
                    "least_psnr_db": round(done.least_psnr, 2) if np.isfinite(done.least_psnr) else None,
                    "flat_peak": done.flat_peak,
                }
            )
    lines = [
        text("done.shown", name=each["name"], frames=each["frames"], psnr=_decibels(each["least_psnr_db"]))
        for each in written
    ]
    answer({"output": str(output), "amplify": amplify, "sources": written}, lines, as_json=as_json)


def _decibels(value: object) -> str:
    return "-" if value is None else f"{value}"


def _pictures(
    source: Path, first: int, last: int, cpl: str | None, access: Access, now: datetime, opened: ExitStack
) -> tuple[Frames, Fraction]:
    """Frames first to last as X'Y'Z' codes, each with its number, and their rate."""
    from dcp.picture.colour import to_xyz12
    from dcpkit.films import is_package, reference_of
    from watermark.video import rgb_video

    if is_package(source):
        film = reference_of(source, cpl=cpl, access=access, now=now)
        return film.picked(range(first, min(last + 1, film.frames))), film.rate
    frames, rate, _ = opened.enter_context(rgb_video(source, deep=True))
    wanted = islice(enumerate(frames), first, last + 1)
    return ((index, to_xyz12(frame, source="rec709")) for index, frame in wanted), rate
