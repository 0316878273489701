"""`dcpkit watermark attack`: what pirates do to a picture, made on purpose; `attacks` lists the ways."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import click

from dcp.extras import need
from dcp.texts.catalogue import text
from dcpkit.console import answer, progress
from dcpkit.options import common, new_file


@click.command()
@click.argument("source")
@new_file("The attacked video, .mp4, .mov or .mkv.")
@click.option(
    "--attack",
    "names",
    multiple=True,
    default=("camcorder",),
    show_default=True,
    help="Which attack; several are made one after the other (`watermark attacks` lists them).",
)
@click.option(
    "--param", "words", multiple=True, help="NAME=VALUE or ATTACK.NAME=VALUE, a parameter of an attack."
)
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Of its randomness.")
@click.option(
    "--bit-rate",
    type=click.IntRange(min=10_000),
    default=1_500_000,
    show_default=True,
    help="Of the copy, bit/s.",
)
@click.option(
    "--to-8-bit",
    "eight",
    type=click.Choice(["dither", "block", "round"]),
    default="dither",
    show_default=True,
    help="How a source of more bits becomes 8.",
)
@common
def attack(
    source: str,
    output: Path,
    names: tuple[str, ...],
    words: tuple[str, ...],
    seed: int,
    bit_rate: int,
    eight: str,
    as_json: bool,
    quiet: bool,
) -> None:
    """Make a "pirate copy" of SOURCE, a video file or - for YUV4MPEG on standard input."""
    need("watermark")
    from watermark.attack import (
        EIGHT_BITS,
        Clip,
        attacked,
        split_coder,
        to_eight_bits,
        values_of,
        write_video,
    )
    from watermark.video import fine_video

    values = values_of(names, words)
    with (
        fine_video(source) as (frames, rate, total, bits),
        progress("copying", "frames", quiet=quiet) as at,
    ):

        def watched() -> Iterator[Any]:
            for index, frame in enumerate(frames):
                at(index + 1, total)
                yield frame

        clip = Clip(frames=watched(), rate=rate)
        if bits > 8:
            clip = to_eight_bits(clip, way=EIGHT_BITS[eight])
        before, coder = split_coder(names, values)
        clip = attacked(clip, before, seed, values=values[: len(before)])
        asked: dict[str, Any] = {"codec": "h264", "bit_rate": bit_rate, **coder}
        count = write_video(output, clip.frames, rate=clip.rate, way=clip.way, **asked)
    blows = [each for each in clip.done if each.attack != "8-bit"]
    document = {
        "output": str(output),
        "attack": "+".join(names),
        "seed": seed,
        "frames": count,
        "rate": f"{clip.rate.numerator} {clip.rate.denominator}",
        "to_8_bit": _to_8_bit(eight, blows) if bits > 8 else None,
        "drawn": [{"attack": each.attack, **_plain(each.values)} for each in blows],
        "coder": asked,
    }
    said = text("done.attacked", attack="+".join(names), frames=count, path=output)
    answer(document, [said], as_json=as_json)


@click.command()
@common
def attacks(as_json: bool, quiet: bool) -> None:
    """List the attacks and their parameters."""
    need("watermark")
    from watermark.attack import ATTACKS, parameters_of

    known = {name: parameters_of(each) for name, each in ATTACKS.items()}
    document = {
        "attacks": [
            {
                "name": name,
                "parameters": [
                    {"name": each.name, "default": str(each.default), "range": str(each.range)}
                    for each in has
                ],
            }
            for name, has in known.items()
        ]
    }
    lines = []
    for name, has in known.items():
        said = "  ".join(f"{each.name}={_short(each.default)} ({each.range})" for each in has)
        lines.append(f"{name:<18}{said}".rstrip())
    answer(document, lines, as_json=as_json)


def _to_8_bit(asked: str, blows: Sequence[Any]) -> str:
    """Or `screen`, where a camera saw the picture before it had 8 bits, so that nothing was dithered."""
    from watermark.attack import CODERS

    makes = next((each.attack for each in blows if each.attack in ("camcorder", *CODERS)), None)
    return "screen" if makes == "camcorder" and asked != "round" else asked


def _short(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _plain(values: Any) -> dict[str, Any]:
    """As JSON has them."""
    return {
        name.replace("-", "_"): str(value) if isinstance(value, Fraction) else value
        for name, value in values.items()
    }
