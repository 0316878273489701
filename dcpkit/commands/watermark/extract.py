"""`dcpkit watermark extract`: a mark read out of a recording."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dcp.errors import UsageError
from dcp.extras import need
from dcp.version import VERSION
from dcpkit.console import answer, say
from dcpkit.keying import keyring
from dcpkit.options import A_PATH, Access, clock, common, composition_id, essence_keys, report_file
from dcpkit.packages import one_package, with_originals
from dcpkit.speaking import language

if TYPE_CHECKING:
    from dcp.package.outline import CompositionOutline
    from watermark.frames import Footage


@click.command()
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
