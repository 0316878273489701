"""`dcpkit verify`: judge a package."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from dcp.secrets.keys import Keyring
from dcp.version import VERSION
from dcpkit.console import answer, progress
from dcpkit.keying import KdmInput, anchors, deny_list, kdm_input, keyring
from dcpkit.opening import keys_for_verifying
from dcpkit.options import A_PATH, Access, clock, common, essence_keys, report_file
from dcpkit.speaking import language, verbose

if TYPE_CHECKING:
    from dcp.verify.facts import KdmFacts


@click.command()
@click.argument("package", type=A_PATH)
@click.option("--no-hashes", is_flag=True, help="Leave out the hashes of the files.")
@click.option("--no-picture", is_flag=True, help="Leave out the checks of each codestream.")
@click.option("--profile", default="field", show_default=True, help="What to judge by.")
@report_file(".html", ".htm")
@essence_keys
@clock
@common
def verify(
    package: Path,
    no_hashes: bool,
    no_picture: bool,
    profile: str,
    report: Path | None,
    access: Access,
    now: datetime,
    as_json: bool,
    quiet: bool,
) -> int:
    """Check PACKAGE: structure, references, hashes, signatures, headers; with keys, every encrypted unit."""
    from dcp.verify.engine import verify_package
    from dcp.verify.reports.text import text_lines

    kdm = kdm_input(access)
    keys: Keyring | None
    kdms: tuple[KdmFacts, ...]
    keys, kdms = _open(kdm, package, now) if kdm else (keyring(access, now=now), ())
    with progress("verifying", "mb", quiet=quiet) as advance:
        found = verify_package(
            package,
            now=now,
            ov=access.ov,
            keyring=keys,
            kdms=kdms,
            trust=anchors(access.trust),
            revoked=deny_list(access.deny),
            profile=profile,
            hashes=not no_hashes,
            picture=not no_picture,
            mic=access.mic,
            progress=advance,
        )
    if report is not None:
        from dcp.output import write_finished
        from dcp.verify.reports.html import html_report

        page = html_report(found, tool="dcpkit", version=VERSION, issued=now.isoformat(), language=language())
        write_finished(report, page.encode())
    document = found.document(tool="dcpkit", version=VERSION)
    lines = text_lines(found, language(), verbose=verbose())
    answer(document, list(lines), as_json=as_json)
    return 0 if found.verdict == "pass" else 1


def _open(kdm: KdmInput, package: Path, now: datetime) -> tuple[Keyring, tuple[KdmFacts, ...]]:
    return keys_for_verifying(
        kdm.data,
        package,
        private_key=kdm.private_key,
        recipient=kdm.recipient,
        trust=kdm.trust,
        revoked=kdm.revoked,
        now=now,
        where=kdm.path,
    )
