"""`dcpkit wrap`, `unwrap`, `extract`, `decrypt`: essence in and out of track files."""

from __future__ import annotations

import re
import uuid
from datetime import datetime
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dcp.errors import UsageError
from dcp.secrets.keys import Keyring
from dcp.texts.catalogue import text
from dcpkit.console import answer, progress, remark
from dcpkit.keying import keyring, load_signer
from dcpkit.options import A_KEY, A_PATH, Access, KeySource, clock, common, essence_keys, new_file
from dcpkit.secrets import command_secrets, lock_for, locking

if TYPE_CHECKING:
    pass


def frame_range(words: str | None) -> tuple[int, int] | None:
    """`A-B`, both ends included, counted from 0, or one number."""
    if words is None:
        return None
    match = re.fullmatch(r"(\d{1,9})(?:-(\d{1,9}))?", words)
    first, last = (int(match[1]), int(match[2] or match[1])) if match else (1, 0)
    if last < first:
        raise UsageError("flags.no-range", flag="--frames", value=words)
    return first, last


def rate(words: str | None) -> Fraction | None:
    """An edit rate: 24, 24/1 or 24 1."""
    if words is None:
        return None
    match = re.fullmatch(r"(\d{1,6})(?:[/ ](\d{1,6}))?", words.strip())
    if not match or not int(match[2] or 1) or not int(match[1]):
        raise UsageError("flags.no-rate", flag="--picture-rate", value=words)
    return Fraction(int(match[1]), int(match[2] or 1))


def _take_out(
    mxf: Path,
    output: Path,
    frames: tuple[int, int] | None,
    access: Access,
    now: datetime,
    *,
    as_json: bool,
    quiet: bool,
) -> None:
    from dcp.rework.extract import unwrap as take_out

    keys = keyring(access, now=now)
    start, stop = (frames[0], frames[1] + 1) if frames else (0, None)
    with progress("unwrapping", "units", quiet=quiet) as advance:
        done = take_out(mxf, output, keyring=keys, mic=access.mic, start=start, stop=stop, progress=advance)
    document = {
        "output": str(done.folder),
        "essence": done.header.essence,
        "units": done.units,
        "files": list(done.files),
        "encrypted": done.header.encrypted,
        "mic": done.mic,
    }
    line = text(
        "done.unwrapped", path=done.folder, units=done.units, essence=done.header.essence, mic=done.mic
    )
    answer(document, [line], as_json=as_json)


@click.command()
@click.argument("mxf", type=A_PATH)
@click.option("-o", "--output", type=A_PATH, required=True, help="A new folder.")
@essence_keys
@clock
@common
def unwrap(mxf: Path, output: Path, access: Access, now: datetime, as_json: bool, quiet: bool) -> None:
    """Write each unit of the track file MXF to a folder; strict: a damaged unit leaves nothing."""
    _take_out(mxf, output, None, access, now, as_json=as_json, quiet=quiet)


@click.command()
@click.argument("mxf", type=A_PATH)
@click.option("-o", "--output", type=A_PATH, required=True, help="A new folder.")
@click.option("--frames", help="Edit units A-B, from 0, both included.")
@essence_keys
@clock
@common
def extract(
    mxf: Path, output: Path, frames: str | None, access: Access, now: datetime, as_json: bool, quiet: bool
) -> None:
    """Take a range of frames, sound or text out of the track file MXF."""
    _take_out(mxf, output, frame_range(frames), access, now, as_json=as_json, quiet=quiet)


@click.command()
@click.argument("source", type=A_PATH)
@new_file("The track file to write.")
@click.option("--picture-rate", help="Edit units a second, as in 24.")
@click.option(
    "--duration",
    type=click.IntRange(min=1),
    help="Edit units of a timed text; without it, up to the end of its last cue.",
)
@click.option("--aux-coding", metavar="TEXT", help="Auxiliary data is this: atmos, iab, or its label (UL).")
@click.option(
    "--coding",
    type=click.Choice(["exact", "fine", "fast"]),
    default="fine",
    show_default=True,
    help="Of pictures that are coded, as of create.",
)
@click.option("--keys", "keys_file", type=A_PATH, help="Content keys file; made when it does not exist.")
@click.option("--encrypt", is_flag=True, help="Encrypt, with an integrity code for each unit.")
@click.option(
    "--label-set",
    type=click.Choice(["smpte", "interop"]),
    default="smpte",
    show_default=True,
    help="Labels of ST 429 or of MXF Interop.",
)
@click.option("--asset-id", help="UUID of the track file; a fresh one when not given.")
@locking
@common
@clock
def wrap(
    source: Path,
    output: Path,
    picture_rate: str | None,
    duration: int | None,
    aux_coding: str | None,
    coding: Any,
    keys_file: Path | None,
    encrypt: bool,
    label_set: Any,
    asset_id: str | None,
    as_json: bool,
    quiet: bool,
    now: datetime,
) -> None:
    """Wrap SOURCE (codestreams, sound, a video, a timed text in XML, immersive sound) in one track file."""
    from dcp.create.wrap import wrap_source

    if encrypt and keys_file is None:
        raise UsageError("flags.encrypt-needs-keys")
    if keys_file is not None and not encrypt:
        raise UsageError("flags.keys-without-encrypt")
    absent = keys_file is not None and not keys_file.exists()
    passphrase = lock_for(text("secret.of-keys-file", path=keys_file)) if absent else None
    with progress("wrapping", "units", quiet=quiet) as advance:
        written = wrap_source(
            source,
            output,
            edit_rate=rate(picture_rate),
            label_set=label_set,
            asset_id=_uuid(asset_id),
            keys_file=keys_file,
            secrets=command_secrets(),
            passphrase=passphrase,
            duration=duration,
            coding=aux_coding,
            picture_coding=coding,
            now=now,
            progress=advance,
        )
    remark(written.notes, quiet=quiet)
    document = {
        "output": str(written.path),
        "asset_id": str(written.asset_id),
        "size": written.size,
        "sha1": written.sha1.hex(),
        "container_duration": written.container_duration,
        "key_id": str(written.key_id) if written.key_id else None,
        "notes": [str(note) for note in written.notes],
        "coded": written.coded.document() if written.coded is not None else None,
    }
    units, size = written.container_duration, written.size
    lines = written.coded.lines() if written.coded is not None else []
    lines.append(text("done.wrapped", path=written.path, units=units, bytes=size))
    answer(document, lines, as_json=as_json)


@click.command()
@click.argument("package", type=A_PATH)
@click.option("-o", "--output", type=A_PATH, required=True, help="A new folder for the clear package.")
@click.option("--signer", type=A_KEY, help="Sign the new documents with this chain.")
@essence_keys
@clock
@common
def decrypt(
    package: Path,
    output: Path,
    signer: KeySource | None,
    access: Access,
    now: datetime,
    as_json: bool,
    quiet: bool,
) -> None:
    """Write PACKAGE again in the clear, with documents of its own; strict: a damaged unit leaves nothing.

    Of several compositions the one that is named by its playlist, or that the KDM is for; all with --keys.
    """
    from dcp.rework.decrypt import decrypt_package
    from dcpkit.commands.rework.shared import opened_with_keys

    opened, cpl_id, keys = opened_with_keys(package, access, now=now, quiet=quiet)
    signs = load_signer(signer) if signer else None
    with progress("decrypting", "units", quiet=quiet) as advance:
        done = decrypt_package(
            opened,
            output,
            keyring=keys or Keyring(),
            cpl_id=cpl_id,
            mic=access.mic,
            signer=signs,
            now=now,
            progress=advance,
        )
    remark(done.notes, quiet=quiet)
    document = {
        "output": str(done.root),
        "cpl_id": str(done.cpl_id),
        "compositions": {str(old): str(new) for old, new in done.compositions.items()},
        "assets": {str(old): str(new) for old, new in done.assets.items()},
        "notes": [str(note) for note in done.notes],
    }
    answer(document, [text("done.decrypted", path=done.root, cpl=done.cpl_id)], as_json=as_json)


def _uuid(words: str | None) -> uuid.UUID | None:
    if words is None:
        return None
    try:
        return uuid.UUID(words)
    except ValueError:
        raise UsageError("flags.no-uuid", flag="--asset-id", value=words) from None
