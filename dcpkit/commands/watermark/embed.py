"""`dcpkit watermark embed`: a screener, marked."""

from __future__ import annotations

from pathlib import Path

import click

from dcp.extras import need
from dcp.texts.catalogue import text
from dcpkit.console import answer, progress
from dcpkit.options import A_PATH, TZ_HELP, common, instant, new_file, time_zone


@click.command()
@click.argument("source", type=A_PATH)
@new_file("The marked video, .mp4, .mov or .mkv.")
@click.option("--secret", "secret_file", type=A_PATH, required=True, help="The operator's secret.")
@click.option("--location", type=int, required=True, help="The 19-bit id of the marking device.")
@click.option("--time", "when", required=True, help="The instant the mark says.")
@click.option("--tz", help=TZ_HELP)
@common
def embed(
    source: Path,
    output: Path,
    secret_file: Path,
    location: int,
    when: str,
    tz: str | None,
    as_json: bool,
    quiet: bool,
) -> None:
    """Mark a video file (a screener): Rec.709 in, H.264 of high quality out."""
    need("watermark")
    from dcpkit.marking import mark_rec709, payload_of
    from watermark.secret import read_secret

    payload = payload_of(location, instant(when, zone=time_zone(tz), flag="--time"))
    with progress("marking", "frames", quiet=quiet) as advance:
        count = mark_rec709(source, output, read_secret(secret_file), payload, progress=advance)
    document = {
        "output": str(output),
        "frames": count,
        "payload": {"location": payload.location, "time_index": payload.time_index},
    }
    answer(document, [text("done.marked", frames=count, path=output)], as_json=as_json)
