"""`dcpkit kdm facilities`: what facility lists hold, whether they are fit to issue from, what changed."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dcp.errors import UsageError
from dcp.texts.catalogue import text
from dcpkit.console import answer, remark, say
from dcpkit.keying import anchors, deny_list, load_signer
from dcpkit.options import A_KEY, A_PATH, KeySource, clock, common, deny_lists
from dcpkit.secrets import unlocking
from dcpkit.speaking import language

if TYPE_CHECKING:
    from kdm.facility.values import Facility, FacilityList


@click.command()
@click.argument("paths", metavar="PATH...", type=A_PATH, nargs=-1, required=True)
@click.option("--check", is_flag=True, help="Judge every certificate; exit 1 when one is unfit.")
@click.option(
    "--trust", type=A_PATH, multiple=True, help="Makers' roots to trust (PEM), or a folder of them."
)
@deny_lists
@click.option("--since", type=A_PATH, help="An older list: say what changed, and which KDMs to issue anew.")
@click.option("-o", "--output", type=A_PATH, help="Write FILE.xml, FILE.csv, or a folder of messages.")
@click.option("--signer", type=A_KEY, help="Sign the messages: folder with chain.pem and leaf.key, or URI.")
@unlocking
@clock
@common
def facilities(
    paths: Sequence[Path],
    check: bool,
    trust: Sequence[Path],
    deny: Sequence[Path],
    since: Path | None,
    output: Path | None,
    signer: KeySource | None,
    now: datetime,
    as_json: bool,
    quiet: bool,
) -> int:
    """Show the cinemas, screens and certificates of facility lists: FLM-x or ST 430-7 messages, CSV tables,
    folders of certificates, of cinemas' folders, or of messages. Several PATHs are taken as one list."""
    from kdm.facility.changes import changes_between
    from kdm.facility.checking import check_facilities
    from kdm.facility.report import check_findings, facilities_json, facilities_lines

    if (trust or deny) and not check:
        raise UsageError("facilities.check-only")
    _free(output, signer)
    listing = _read(paths, now)
    findings = None
    if check:
        verdicts = list(check_facilities(listing, now=now, trust=anchors(trust), revoked=deny_list(deny)))
        findings = check_findings(listing, verdicts)
    changes = changes_between(_read([since], now), listing) if since else None
    if output is not None:
        _write(listing, output, signer=signer, now=now, quiet=quiet)
    document = facilities_json(listing, findings=findings, changes=changes)
    lines = facilities_lines(listing, findings=findings, changes=changes, language=language())
    answer(document, list(lines), as_json=as_json)
    return 1 if document["verdict"] == "fail" else 0


def _read(paths: Sequence[Path], now: datetime) -> FacilityList:
    from kdm.facility.merging import merge_lists
    from kdm.facility.reading import read_facilities

    if len(paths) == 1:
        return read_facilities(paths[0], now=now)
    return merge_lists([read_facilities(path, now=now) for path in paths])


def _free(output: Path | None, signer: KeySource | None) -> None:
    """Refuse, before anything is read, what could not be written in the end."""
    if output is not None and (output.is_symlink() or output.exists()):
        raise UsageError("flags.output-exists", where=output)
    if signer is not None and (output is None or output.suffix.lower() == ".csv"):
        raise UsageError("facilities.signs-messages")
    if output is not None and output.suffix.lower() not in (".xml", ".csv", ""):
        raise UsageError("facilities.writes", where=output)


def _write(
    listing: FacilityList, output: Path, *, signer: KeySource | None, now: datetime, quiet: bool
) -> None:
    from dcp.output import finished_folder, write_finished
    from kdm.facility.flm_writing import write_flm
    from kdm.facility.screens_writing import write_screens

    identity = load_signer(signer) if signer is not None else None
    if output.suffix.lower() != ".csv":
        _note_without_country(listing.facilities, quiet=quiet)

    def message(facility: Facility) -> bytes:
        return write_flm(facility, issued=now, message_id=uuid.uuid4(), signer=identity)

    if output.suffix.lower() == ".csv":
        folder = write_screens(listing.facilities, output)
        say(text("facilities.certificates-in", folder=folder), quiet=quiet)
    elif output.suffix:
        if len(listing.facilities) != 1:
            raise UsageError("facilities.one-cinema", cinemas=len(listing.facilities))
        write_finished(output, message(listing.facilities[0]))
    else:
        with finished_folder(output) as directory:
            for number, facility in enumerate(listing.facilities, start=1):
                (directory / f"flm_{number:05}.xml").write_bytes(message(facility))


def _note_without_country(facilities: Sequence[Facility], *, quiet: bool) -> None:
    """One line, however many there are."""
    names = [facility.name for facility in facilities if not facility.country]
    if len(names) == 1:
        remark([text("facilities.no-country", name=names[0])], quiet=quiet)
    elif names:
        id = "facilities.no-countries-more" if len(names) > 3 else "facilities.no-countries"
        remark([text(id, names=", ".join(names[:3]), more=len(names) - 3)], quiet=quiet)
