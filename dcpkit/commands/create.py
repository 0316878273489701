"""`dcpkit create`: from video, stills, codestreams and sound to a package."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from dcp.errors import UsageError
from dcp.secrets.keys import fresh_keys_file
from dcp.texts.catalogue import text
from dcpkit.commands.tracks import rate
from dcpkit.console import answer, progress, remark
from dcpkit.keying import load_keys, load_signer
from dcpkit.options import A_KEY, A_PATH, KeySource, clock, common
from dcpkit.secrets import lock_for, locking


@click.command()
@click.argument("source", type=A_PATH, nargs=-1, required=True)
@click.option("-o", "--output", type=A_PATH, required=True, help="A new folder.")
@click.option("--title", required=True, help="ContentTitleText.")
@click.option("--kind", default="feature", show_default=True, help="ContentKind, as in trailer.")
@click.option("--picture-rate", help="Frames a second; the source's own when that is a rate of DCPs.")
@click.option("--container", type=click.Choice(["flat", "scope", "full"]), default="flat", show_default=True)
@click.option("--resolution", type=click.Choice(["2k", "4k"]), default="2k", show_default=True)
@click.option("--mbps", type=click.IntRange(1, 250), default=250, show_default=True, help="Mbit/s at most.")
@click.option("--audio", type=A_PATH, multiple=True, help="Sound file, one for each source in order.")
@click.option("--encrypt", is_flag=True, help="Encrypt every track; needs --signer and --keys.")
@click.option("--signer", type=A_KEY, help="Folder with chain.pem and leaf.key, or pkcs11: URI.")
@click.option("--keys", "keys_file", type=A_PATH, help="Content keys; made, mode 0600, when absent.")
@click.option(
    "--standard", type=click.Choice(["smpte", "interop"]), default="smpte", show_default=True, help="Form."
)
@locking
@clock
@common
def create(
    source: Sequence[Path],
    output: Path,
    title: str,
    kind: str,
    picture_rate: str | None,
    container: Any,
    resolution: Any,
    mbps: int,
    audio: Sequence[Path],
    encrypt: bool,
    signer: KeySource | None,
    keys_file: Path | None,
    standard: Any,
    now: datetime,
    as_json: bool,
    quiet: bool,
) -> None:
    """Make a package of SOURCES: video files, folders of stills or codestreams, a reel each."""
    from dcp.create.build import build_package
    from dcp.create.plan import plan_package

    if encrypt and (signer is None or keys_file is None):
        raise UsageError("flags.encrypt-needs-signer")
    if keys_file is not None and not encrypt:
        raise UsageError("flags.keys-without-encrypt")
    given = load_keys(keys_file) if keys_file is not None and keys_file.exists() else None
    plan = plan_package(
        source,
        title=title,
        kind=kind,
        picture_rate=rate(picture_rate),
        container=container,
        resolution=resolution,
        mbps=mbps,
        audio=audio,
        encrypt=encrypt,
        standard=standard,
    )
    remark(plan.notes, quiet=quiet)
    # Passphrases and PINs are asked for before the long work.
    signs = load_signer(signer) if signer else None
    fresh = keys_file if encrypt and given is None else None
    passphrase = lock_for(text("secret.of-keys-file", path=fresh)) if fresh else None
    with (
        fresh_keys_file(fresh, essence=output, passphrase=passphrase) as keep,
        progress("encoding", "frames", quiet=quiet) as advance,
    ):
        built = build_package(
            plan,
            output,
            keyring=given,
            keep_keys=keep,
            signer=signs,
            now=now,
            progress=advance,
        )
    remark(built.notes, quiet=quiet)
    document = {
        "output": str(built.root),
        "cpl_id": str(built.cpl_id),
        "encrypted": encrypt,
        "keys": str(keys_file) if keys_file else None,
        "notes": [str(note) for note in (*plan.notes, *built.notes)],
    }
    answer(document, [text("done.created", path=built.root, cpl=built.cpl_id)], as_json=as_json)
