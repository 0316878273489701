"""`dcpkit watermark`: secrets, marking a video, attacking it, reading a mark out of a recording."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dcp.errors import UsageError
from dcp.extras import need
from dcp.texts.catalogue import text
from dcp.version import VERSION
from dcpkit.console import answer, progress, say
from dcpkit.keying import keyring
from dcpkit.options import (
    A_PATH,
    TZ_HELP,
    Access,
    clock,
    common,
    composition_id,
    essence_keys,
    instant,
    new_file,
    report_file,
    time_zone,
)
from dcpkit.packages import one_package, with_originals
from dcpkit.speaking import language

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from dcp.package.outline import CompositionOutline
    from watermark.frames import Footage

    Rgb8 = NDArray[np.uint8]


@click.group()
def watermark() -> None:
    """Embed forensic marks and read them out of recordings."""


@watermark.command()
@click.option("-o", "--output", type=A_PATH, required=True, help="The secret's file; never replaced.")
@click.option("--operator", default="", help="Whose secret it is.")
@common
def secret(output: Path, operator: str, as_json: bool, quiet: bool) -> None:
    """Make an operator's watermark secret. Whoever loses it can read no mark made with it."""
    from watermark.secret import new_secret, write_secret

    write_secret(output, new_secret(operator))
    answer(
        {"secret_file": str(output), "operator": operator},
        [text("done.secret", path=output)],
        as_json=as_json,
    )


@watermark.command()
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


@watermark.command()
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


@watermark.command()
@click.argument("recording", type=A_PATH)
@click.option("--secret", "secret_file", type=A_PATH, required=True, help="The operator's secret.")
@click.option("--reference", type=A_PATH, help="The package (with its keys), or a clean video of the film.")
@click.option("--cpl", help="Which composition of the package.")
@click.option("--threshold", type=float, default=1e-9, show_default=True, help="Chance of being wrong.")
@click.option("--year", type=int, help="The year that the time is read in; the present one.")
@report_file(".html", ".htm")
@essence_keys
@clock
@common
def extract(
    recording: Path,
    secret_file: Path,
    reference: Path | None,
    cpl: str | None,
    threshold: float,
    year: int | None,
    report: Path | None,
    access: Access,
    now: datetime,
    as_json: bool,
    quiet: bool,
) -> int:
    """Read the mark out of RECORDING: who showed it, when, and how likely that is by chance."""
    need("watermark")
    from watermark.detect import extract_informed
    from watermark.frames import video_footage
    from watermark.report import document, lines, write_html
    from watermark.secret import read_secret

    if not 0 < threshold < 1:
        raise UsageError("flags.no-probability", flag="--threshold", value=threshold)
    key = read_secret(secret_file)
    footage = video_footage(recording)
    if reference is None:
        raise UsageError("flags.trace-needs-film")
    about = None
    if _is_package(reference):
        film, about = _film(reference, cpl, access, now)
    else:
        film = video_footage(reference)
    found = extract_informed(
        footage,
        film,
        key,
        threshold=threshold,
        progress=lambda stage: say(f"{stage.say(language())} ...", quiet=quiet),
    )
    when = year or now.year
    if report is not None:
        write_html(
            report,
            found,
            title=recording.name,
            year=when,
            film=about,
            language=language(),
            made=f"dcpkit {VERSION} · {now.isoformat()}",
        )
    said = lines(found, year=when, language=language())
    answer(document(found, year=when), said, as_json=as_json)
    return 0 if found.found else 1


def _is_package(reference: Path) -> bool:
    """A folder, or a document of a package; else it is a video."""
    return reference.is_dir() or reference.suffix.lower() == ".xml" or reference.name.lower() == "assetmap"


def _film(root: Path, cpl: str | None, access: Access, now: datetime) -> tuple[Footage, CompositionOutline]:
    """The composition's pictures, a quarter of their width (the detector looks at far less); what it is."""
    from dcp.package.outline import outline_of
    from dcp.package.package import open_package
    from dcpkit.marking import film_of

    place = one_package(root, cpl_id=composition_id(cpl))
    package = open_package(place.root, ov=with_originals(place.root, access.ov, quiet=True))
    composition = package.composition(place.cpl_id)
    data = package.document(composition).data if access.kdm else None
    keys = keyring(access, now=now, cpl=data)
    return film_of(package, composition, keys=keys, mic=access.mic), outline_of(package, composition)
