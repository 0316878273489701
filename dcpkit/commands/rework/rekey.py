"""`dcpkit rekey`: a package under fresh keys."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dcp.errors import UsageError
from dcp.output import check_new_folder
from dcp.secrets.keys import fresh_keys_file
from dcp.texts.catalogue import text
from dcpkit.commands.rework.shared import document, new_package, opened_with_keys, signer_of
from dcpkit.console import answer, progress, remark
from dcpkit.encrypting import ESSENCE, EncryptingCommand
from dcpkit.options import A_PATH, Access, KeySource, clock, common, essence_keys
from dcpkit.secrets import lock_for, locking_as_well

if TYPE_CHECKING:
    from dcp.rework.rekey import Kind


@click.command(cls=EncryptingCommand)
@click.argument("package", type=A_PATH)
@new_package
@click.option("--new-keys", type=A_PATH, required=True, help="A new file for the fresh keys, mode 0600.")
@click.option("--encrypt", metavar="[KINDS]", help="What is plain, too: picture,sound,text,aux; all of them.")
@essence_keys
@locking_as_well
@clock
@common
def rekey(
    package: Path,
    output: Path,
    signer: KeySource | None,
    new_keys: Path,
    encrypt: str | None,
    access: Access,
    now: datetime,
    as_json: bool,
    quiet: bool,
) -> None:
    """Write PACKAGE again under fresh keys, a key a track file; strict: a damaged unit leaves nothing.

    --keys, or --kdm with --key, are the old ones. With --encrypt a plain package becomes an encrypted one.
    Of several compositions the one that is named by its playlist, or that the KDM is for; all with --keys.
    """
    from dcp.rework.rekey import check_keys_place, rekey_package

    if signer is None:
        raise UsageError("rekey.needs-signer")
    check_new_folder(output)
    opened, cpl_id, old = opened_with_keys(package, access, now=now, quiet=quiet)
    check_keys_place(new_keys, opened)
    signs = signer_of(signer)
    assert signs is not None
    passphrase = lock_for(text("secret.of-keys-file", path=new_keys))
    with (
        fresh_keys_file(new_keys, essence=output, passphrase=passphrase) as keep,
        progress("encrypting", "mb", quiet=quiet) as advance,
    ):
        done = rekey_package(
            opened,
            output,
            keyring=old,
            keep_keys=keep,
            encrypt=_kinds(encrypt),
            cpl_id=cpl_id,
            mic=access.mic,
            signer=signs,
            now=now,
            progress=advance,
        )
    told = [text("rework.kdms-void", old=id, new=done.compositions[id]) for id in done.void]
    if done.newly:
        told.append(text("rekey.newly", n=len(done.newly)))
    remark((*done.notes, *told), quiet=quiet)
    answer(
        document(
            "rekey",
            done.root,
            compositions=done.compositions,
            assets=done.assets,
            void=done.void,
            keys=str(new_keys),
            key_ids={str(asset): str(key) for asset, key in done.keys.items()},
            newly_encrypted=[str(id) for id in done.newly],
            notes=(*done.notes, *told),
        ),
        [text("done.rekeyed", path=done.root, n=len(done.keys), keys=new_keys)],
        as_json=as_json,
    )


def _kinds(words: str | None) -> tuple[Kind, ...]:
    """UsageError for a kind that there is not."""
    kinds: list[Any] = [] if words is None else words.split(",")
    for kind in kinds:
        if kind not in ESSENCE:
            raise UsageError("rekey.no-such-kind", value=kind, kinds=", ".join(ESSENCE))
    return tuple(kinds)
