"""`dcpkit watermark index`: a film looked at once, for all recordings to come."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from dcp.errors import UsageError
from dcp.extras import need
from dcp.texts.catalogue import text
from dcpkit.console import answer, progress
from dcpkit.options import A_PATH, Access, clock, common, essence_keys, new_file


@click.command()
@click.argument("film", metavar="DCP|VIDEO", type=A_PATH)
@new_file("The index.")
@click.option("--cpl", help="Which composition of the package.")
@essence_keys
@clock
@common
def index(
    film: Path, output: Path, cpl: str | None, access: Access, now: datetime, as_json: bool, quiet: bool
) -> None:
    """Make the index of a film, which `extract --reference` takes in its place: no recording of it needs the
    film decoded again."""
    need("watermark")
    from dcpkit.films import film_at
    from watermark.index import build_index

    source = film_at(film, cpl=cpl, access=access, now=now)
    footage = source.footage
    if footage is None:
        raise UsageError("mark.index-already", where=film)
    with progress("indexing", "frames", quiet=quiet) as advance:
        frames = build_index(
            output, footage, source.identity(), progress=lambda done: advance(done, source.frames)
        )
    size = output.stat().st_size
    document = {
        "output": str(output),
        "frames": frames,
        "rate": f"{footage.rate.numerator} {footage.rate.denominator}",
        "bytes": size,
        "source": source.about(),
    }
    answer(document, [text("done.indexed", frames=frames, path=output)], as_json=as_json)
