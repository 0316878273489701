"""`dcpkit watermark attack`: what pirates do to a picture, made on purpose."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dcp.extras import need
from dcp.texts.catalogue import text
from dcpkit.console import answer, progress
from dcpkit.options import common, new_file

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Rgb8 = NDArray[np.uint8]


@click.command()
@click.argument("source")
@new_file("The attacked video, .mp4, .mov or .mkv.")
@click.option("--attack", "name", default="camcorder", show_default=True, help="Which attack.")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Of its randomness.")
@click.option(
    "--bit-rate",
    type=click.IntRange(min=10_000),
    default=1_500_000,
    show_default=True,
    help="Of the copy, bit/s.",
)
@common
def attack(
    source: str, output: Path, name: str, seed: int, bit_rate: int, as_json: bool, quiet: bool
) -> None:
    """Make a "pirate copy" of SOURCE, a video file or - for YUV4MPEG on standard input."""
    need("watermark")
    from watermark.attack import Clip, attack_by_name, write_video
    from watermark.video import rgb_video

    blow = attack_by_name(name)
    with rgb_video(source) as (frames, rate, total), progress("copying", "frames", quiet=quiet) as at:
        clip = blow(Clip(frames=frames, rate=rate), seed)

        def counted() -> Iterator[Rgb8]:
            for index, frame in enumerate(clip.frames):
                at(index + 1, total)
                yield frame

        count = write_video(output, counted(), rate=clip.rate, bit_rate=bit_rate)
    document = {
        "output": str(output),
        "attack": name,
        "seed": seed,
        "frames": count,
        "rate": f"{clip.rate.numerator} {clip.rate.denominator}",
    }
    answer(document, [text("done.attacked", attack=name, frames=count, path=output)], as_json=as_json)
