"""`dcpkit kdm inspect`, `verify`, `unwrap`: what a message says, whether it holds, and the keys in it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import click

from dcp.errors import UsageError
from dcp.texts.catalogue import text
from dcpkit.colours import steps_judged
from dcpkit.console import answer, plain_lines
from dcpkit.keying import anchors, certificates_in, deny_list, leaf_of, read_identity, read_kdm
from dcpkit.options import A_KEY, A_PATH, TRUST_HELP, KeySource, clock, common, deny_lists, new_file
from dcpkit.secrets import lock_for, locking, unlocking
from dcpkit.speaking import language


@click.command()
@click.argument("file", type=A_PATH)
@common
def inspect(file: Path, as_json: bool, quiet: bool) -> None:
    """Say what a message says of itself; nothing is judged but whether the file's name says the same."""
    from kdm.message import parse_message
    from kdm.report import message_json, name_step, step_json

    message = parse_message(read_kdm(file), where=file)
    document, named = message_json(message), name_step(file.name, message)
    lines = list(plain_lines({**document, "file_name": f"{named.id}, {named.say(language())}"}))
    answer({**document, "file_name": step_json(named)}, lines, as_json=as_json)


@click.command()
@click.argument("file", type=A_PATH)
@click.option("--recipient", type=A_PATH, help="The recipient's certificate (PEM).")
@click.option("--key", "private_key", type=A_KEY, help="The recipient's private key (PEM, pkcs11:).")
@click.option("--cpl", "playlist", type=A_PATH, help="The composition playlist that it is for.")
@click.option("--device", type=A_PATH, multiple=True, help="Certificates of attached devices.")
@click.option("--trust", type=A_PATH, multiple=True, help=TRUST_HELP)
@deny_lists
@unlocking
@click.option("--mic-key-type", help="Key type of the MIC keys in it, where it carries some.")
@clock
@common
def verify(
    file: Path,
    recipient: Path | None,
    private_key: KeySource | None,
    playlist: Path | None,
    device: Sequence[Path],
    trust: Sequence[Path],
    deny: Sequence[Path],
    mic_key_type: str | None,
    now: datetime,
    as_json: bool,
    quiet: bool,
) -> int:
    """Judge a message by the checklist of a security manager, step by step."""
    from dcp.xml.parse import read_document
    from kdm.checklist import check_kdm
    from kdm.report import headline, report_json, report_lines

    if recipient is None and private_key is None:
        raise UsageError("flags.who-receives")
    key, certificate = read_identity(private_key, recipient) if private_key else (None, None)
    if certificate is None and recipient is not None:
        certificate = leaf_of(recipient)
    report = check_kdm(
        read_kdm(file, certificate),
        private_key=key,
        recipient=certificate,
        cpl=read_document(playlist) if playlist else None,
        devices=[found for path in device for found in certificates_in(path)],
        trust=anchors(trust),
        revoked=deny_list(deny),
        mic_key_type=mic_key_type,
        now=now,
        where=file,
        cpl_where=playlist or "the playlist",
    )
    good = report.verdict != "refuse"
    results = [step.result for step in report.steps]
    lines = steps_judged(headline(report, language()), report_lines(report, language()), results, good=good)
    answer(report_json(report), lines, as_json=as_json)
    return 0 if good else 1


@click.command()
@click.argument("file", type=A_PATH)
@click.option("--key", "private_key", type=A_KEY, required=True, help="Private key (PEM, pkcs11:).")
@click.option("--recipient", type=A_PATH, help="The recipient's certificate (PEM).")
@click.option("--trust", type=A_PATH, multiple=True, help=TRUST_HELP)
@deny_lists
@locking
@click.option("--mic-key-type", help="Key type of the MIC keys in it, where it carries some.")
@new_file("The keys file to write, mode 0600.")
@clock
@common
def unwrap(
    file: Path,
    private_key: KeySource,
    recipient: Path | None,
    trust: Sequence[Path],
    deny: Sequence[Path],
    mic_key_type: str | None,
    output: Path,
    now: datetime,
    as_json: bool,
    quiet: bool,
) -> None:
    """Open a message that passes the checklist and write its content keys."""
    from dcp.secrets.keys import write_keys
    from kdm.receive import open_kdm

    key, certificate = read_identity(private_key, recipient)
    keys = open_kdm(
        read_kdm(file, certificate),
        private_key=key,
        recipient=certificate,
        trust=anchors(trust),
        revoked=deny_list(deny),
        mic_key_type=mic_key_type,
        now=now,
        where=file,
    )
    write_keys(output, keys, passphrase=lock_for(text("secret.of-keys-file", path=output)))
    document = {
        "output": str(output),
        "cpl_id": str(keys.cpl_id),
        "keys": [{"id": str(each.id), "type": each.type} for each in keys.keys],
    }
    answer(document, [text("done.keys", path=output, keys=len(keys.keys))], as_json=as_json)
