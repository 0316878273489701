"""`dcpkit kdm issue`: messages for one recipient, several, or all screens of facility lists."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime, tzinfo
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dcp.errors import DcpError, RefusedError, UsageError
from dcp.texts.catalogue import text
from dcpkit.console import answer, remark
from dcpkit.keying import (
    anchors,
    certificates_in,
    deny_list,
    leaf_of,
    load_keys,
    load_signer,
    read_identity,
    read_kdm,
)
from dcpkit.options import A_KEY, A_PATH, KeySource, clock_and_zone, common, composition_id, deny_lists
from dcpkit.packages import one_package
from dcpkit.secrets import unlocking

if TYPE_CHECKING:
    from dcp.trust.certificate import Certificate
    from dcp.trust.deny import DenyList
    from kdm.batch.plan import Prepare
    from kdm.composition import CplFacts
    from kdm.issue import IssuedKdm, KdmIssuer


@click.command()
@click.option("--dcp", "package", type=A_PATH, help="The package whose composition is keyed.")
@click.option("--cpl", "playlist", type=A_PATH, help="The composition playlist alone.")
@click.option("--cpl-id", help="Which composition, when the package has several.")
@click.option("--keys", "keys_files", type=A_PATH, multiple=True, help="Content keys file; may be repeated.")
@click.option("--dkdm", type=A_PATH, help="Take keys from a KDM addressed to --key.")
@click.option(
    "--ov", "originals", type=A_PATH, multiple=True, help="Of a version file: the original that --dkdm is of."
)
@click.option("--key", "private_key", type=A_KEY, help="Private key that opens the DKDM (PEM, pkcs11:).")
@click.option(
    "--signer", type=A_KEY, required=True, help="Folder with chain.pem and leaf.key, or pkcs11: URI."
)
@click.option("--recipient", type=A_PATH, multiple=True, help="Device certificate (PEM).")
@click.option("--flm", type=A_PATH, multiple=True, help="Facility list, or a folder: all screens in it.")
@click.option("--screens", type=A_PATH, multiple=True, help="The same as a table, FILE.csv.")
@click.option("--certificates", type=A_PATH, multiple=True, help="The same as a folder of certificates.")
@click.option("--jobs", type=click.IntRange(1, 256), help="Processes for a batch; all cores without it.")
@click.option(
    "--trust", type=A_PATH, multiple=True, help="Roots that playlist and DKDM have to lead to (PEM)."
)
@deny_lists
@unlocking
@click.option("--from", "begin", required=True, help="Begin of the window: a time, or now.")
@click.option("--until", "end", required=True, help="Its end: a time, or +14d, +2w, +36h.")
@click.option(
    "--formulation",
    default="modified-transitional-1",
    show_default=True,
    help="This, multiple-modified-transitional-1, dci-any or dci-specific (ISDCF Doc 5).",
)
@click.option("--device-list", type=A_PATH, help="Certificates of the devices to list (PEM).")
@click.option("--content-authenticator", type=A_PATH, help="Certificate of the playlist's signer (PEM).")
@click.option(
    "--disable-forensic-marking",
    "forensic",
    multiple=True,
    help="picture, audio, or audio-above:N; may be repeated.",
)
@click.option("--mic-key-type", help="Key type that MIC keys go under, where the keys have some.")
@click.option(
    "-o",
    "--output",
    type=A_PATH,
    required=True,
    help="FILE.xml for one recipient, else a new folder; for lists also that of an earlier batch.",
)
@clock_and_zone
@common
def issue(
    package: Path | None,
    playlist: Path | None,
    cpl_id: str | None,
    keys_files: tuple[Path, ...],
    dkdm: Path | None,
    originals: Sequence[Path],
    private_key: KeySource | None,
    signer: KeySource,
    recipient: Sequence[Path],
    flm: Sequence[Path],
    screens: Sequence[Path],
    certificates: Sequence[Path],
    jobs: int | None,
    trust: Sequence[Path],
    deny: Sequence[Path],
    begin: str,
    end: str,
    formulation: str,
    device_list: Path | None,
    content_authenticator: Path | None,
    forensic: Sequence[str],
    mic_key_type: str | None,
    output: Path,
    now: datetime,
    tz: tzinfo | None,
    as_json: bool,
    quiet: bool,
) -> int | None:
    """Issue one message for each recipient, or for each media block of the screens in facility lists.

    Without an offset and without --tz, the times of a batch are those of each cinema's own zone.
    """
    from kdm.window import place, read_window

    lists = (*flm, *screens, *certificates)
    _refuse_contradictions(recipient, lists, device_list, output)
    window = read_window(begin, end, now=now)
    who, revoked = load_signer(signer), deny_list(deny)
    order = {
        "signer": who,
        "formulation": formulation,
        "device_list": _devices(formulation, device_list, batch=bool(lists)),
        "content_authenticator": leaf_of(content_authenticator) if content_authenticator else None,
        "mic_key_type": mic_key_type,
        "revoked": revoked,
        "now": now,
    }
    roots = anchors(trust)
    try:
        prepare = _prepare(
            package,
            playlist,
            cpl_id,
            keys_files,
            dkdm,
            originals,
            private_key,
            roots,
            revoked,
            forensic,
            now,
            order,
        )
    except RefusedError as error:
        if not lists:
            raise
        # 1 would say that some screens were left out.
        raise DcpError("flags.said", said=error, where=error.where, remedy=error) from None
    if lists:
        from dcpkit.commands.kdm.batch import issue_lists

        return issue_lists(
            lists,
            output,
            prepare=prepare,
            signer=who,
            window=window,
            zone=tz,
            now=now,
            workers=jobs,
            as_json=as_json,
            quiet=quiet,
        )
    issuer = prepare(*place(window, tz))
    _issue_each(issuer, recipient, output, as_json=as_json, quiet=quiet)
    return None


def _issue_each(
    issuer: KdmIssuer, recipients: Sequence[Path], output: Path, *, as_json: bool, quiet: bool
) -> None:
    """All messages or none: a file for one recipient, a new folder for several."""
    from dcp.output import finished_folder, write_finished
    from kdm.batch.names import issued_name
    from kdm.parties import distinct_recipients

    devices, twice = distinct_recipients([_recipient(path, issuer.revoked) for path in recipients])
    remark(twice, quiet=quiet)
    single = output.suffix.lower() == ".xml"
    if single and len(devices) != 1:
        raise UsageError("issue.needs-folder")
    messages: dict[Path, tuple[Certificate, IssuedKdm]] = {}
    for device in devices:
        while True:
            message = issuer.issue(device)
            name = output if single else output / issued_name(issuer, device, message.message_id)
            if name not in messages:  # or the ids of two messages begin alike
                break
        messages[name] = device, message
    if single:
        write_finished(output, messages[output][1].data)
    else:
        with finished_folder(output) as folder:
            for name, (_, message) in messages.items():
                (folder / name.name).write_bytes(message.data)
    for device, message in messages.values():
        remark(
            (text("issue.named-note", device=device.common_name, said=each) for each in message.notes),
            quiet=quiet,
        )
    written = [
        {
            "file": str(name),
            "message_id": str(message.message_id),
            "recipient": device.subject,
            "notes": [str(note) for note in message.notes],
        }
        for name, (device, message) in messages.items()
    ]
    document = {
        "schema": "dcpkit.kdm-issue/1",
        "cpl_id": str(issuer.cpl_id),
        "formulation": issuer.formulation.name,
        "messages": written,
    }
    answer(
        document,
        [text("done.issued", path=name, recipient=device.who) for name, (device, _) in messages.items()],
        as_json=as_json,
    )


def _recipient(path: Path, revoked: DenyList | None) -> Certificate:
    """The device of a file; neither it nor an authority in the file is denied."""
    from dcp.trust.signer import recipient_of

    certificates = certificates_in(path)
    if revoked is not None:
        for certificate in certificates:
            revoked.refuse(certificate)
    return recipient_of(certificates)


def _refuse_contradictions(
    recipient: Sequence[Path], lists: Sequence[Path], device_list: Path | None, output: Path
) -> None:
    if bool(recipient) == bool(lists):
        raise UsageError("issue.one-place")
    if lists and device_list is not None:
        raise UsageError("issue.list-and-device-list")
    if not lists and (output.exists() or output.is_symlink()):
        raise UsageError("flags.output-exists", where=output)


def _devices(formulation: str, path: Path | None, *, batch: bool) -> Sequence[Certificate] | None:
    """The device list of all messages; None where each screen of a batch has its own."""
    from kdm.formulation import formulation as formulation_of

    if batch and formulation_of(formulation).devices:
        return None
    return certificates_in(path) if path else ()


def _prepare(
    package: Path | None,
    playlist: Path | None,
    cpl_id: str | None,
    keys_files: tuple[Path, ...],
    dkdm: Path | None,
    originals: Sequence[Path],
    private_key: KeySource | None,
    roots: Sequence[Certificate] | None,
    revoked: DenyList | None,
    forensic: Sequence[str],
    now: datetime,
    order: dict[str, Any],
) -> Prepare:
    """What all messages share but the window: keys from keys files, from a DKDM with its rights, or from
    both, as a version file has some of its own and some of its original."""
    from kdm.dkdm import open_dkdm, prepare_from_dkdm
    from kdm.issue import prepare_kdms

    if not keys_files and dkdm is None:
        raise UsageError("issue.no-keys")
    if originals and dkdm is None:
        raise UsageError("issue.original-without-dkdm")
    facts = _composition(package, playlist, cpl_id, roots, revoked)
    own = load_keys(*keys_files) if keys_files else None
    if dkdm is None:
        assert own is not None
        if facts is None:
            raise UsageError("issue.one-composition")
        make = partial(prepare_kdms, cpl=facts, keyring=own, forensic_flags=forensic)
    else:
        if (own is not None or originals) and facts is None:
            raise UsageError("issue.one-composition")
        if private_key is None:
            raise UsageError("issue.dkdm-without-key")
        key, certificate = read_identity(private_key, None)
        message = read_kdm(dkdm, certificate)
        opened = open_dkdm(
            message,
            private_key=key,
            recipient=certificate,
            trust=roots,
            revoked=revoked,
            mic_key_type=order["mic_key_type"],
            now=now,
            where=dkdm,
        )
        make = partial(
            prepare_from_dkdm,
            opened,
            cpl=facts,
            forensic_flags=forensic or None,
            own=own,
            originals=_compositions(originals),
        )
    return lambda begin, end: make(not_before=begin, not_after=end, **order)


def _compositions(originals: Sequence[Path]) -> frozenset[uuid.UUID]:
    """The ids of the originals' compositions."""
    from dcp.package.package import open_package

    packages = [open_package(one_package(path).root) for path in originals]
    return frozenset(cpl.id for package in packages for cpl in package.compositions)


def _composition(
    package: Path | None,
    playlist: Path | None,
    cpl_id: str | None,
    roots: Sequence[Certificate] | None,
    revoked: DenyList | None,
) -> CplFacts | None:
    """The composition that --dcp or --cpl names; None when neither does."""
    from dcp.package.package import open_package
    from dcp.xml.parse import read_document
    from kdm.composition import read_cpl_facts

    if package is not None and playlist is not None:
        raise UsageError("issue.one-composition")
    if playlist is not None:
        return read_cpl_facts(read_document(playlist), where=playlist, trust=roots, revoked=revoked)
    if package is None:
        return None
    place = one_package(package, cpl_id=composition_id(cpl_id, flag="--cpl-id"))
    opened = open_package(place.root)
    document = opened.document(opened.composition(place.cpl_id))
    return read_cpl_facts(document.data, where=document.path, trust=roots, revoked=revoked)
