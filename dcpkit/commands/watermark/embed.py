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
@click.option(
    "--codec",
    type=click.Choice(["h264", "hevc", "prores", "ffv1"]),
    help="Of the marked film; the source's own, where the file that is written has it.",
)
@click.option(
    "--quality",
    type=int,
    help="H.264, HEVC: 0 (best) to 51, 12 unless given: no visible loss; ProRes: its profile, 0 to 5.",
)
@common
def embed(
    source: Path,
    output: Path,
    secret_file: Path,
    location: int,
    when: str,
    tz: str | None,
    codec: str | None,
    quality: int | None,
    as_json: bool,
    quiet: bool,
) -> None:
    """Mark a video file (a screener) that is otherwise the same: sound, times, colours, all it carries."""
    need("watermark")
    from dcpkit.marking import payload_of
    from watermark.screener.marking import mark_screener
    from watermark.secret import read_secret

    payload = payload_of(location, instant(when, zone=time_zone(tz), flag="--time"))
    key = read_secret(secret_file)
    with progress("marking", "frames", quiet=quiet) as advance:
        marked = mark_screener(source, output, key, payload, codec=codec, quality=quality, progress=advance)
    document = {
        "output": str(output),
        "frames": marked.frames,
        "payload": {"location": payload.location, "time_index": payload.time_index},
        "codec": marked.codec,
        "form": marked.form,
        "quality": marked.quality,
        **{
            name: [{"id": said.id, "message": str(said)} for said in told]
            for name, told in (
                ("decisions", marked.decisions),
                ("kept", marked.kept),
                ("not_kept", marked.not_kept),
            )
        },
    }
    lines = [*marked.decisions, *marked.not_kept, text("done.marked", frames=marked.frames, path=output)]
    answer(document, lines, as_json=as_json)
