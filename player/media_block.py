"""The media block's secure half: which composition, which keys, and what the KDM orders.

A KDM goes through the checklist with the bytes of the playlist, so that the playlist's own signature and its
signer are judged with it. Nothing is decrypted of a message that does not hold.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import field, replace
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from dcp.dataclass import dataclass
from dcp.documents.cpl import CompositionPlaylist
from dcp.errors import UsageError
from dcp.package.outline import CompositionOutline, outline_of
from dcp.package.package import Package, open_package
from dcp.secrets.keys import Keyring
from dcp.trust.certificate import Certificate
from dcp.trust.deny import DenyList
from kdm.block import Decrypter
from kdm.checklist import KdmReport, check_kdm
from kdm.composition import cpl_facts
from kdm.diagnose.reading import KdmFile, find_kdms, read_kdm_file
from kdm.diagnose.server import Server, server_given
from kdm.forensic import Marking, marking
from kdm.report import report_json
from player.ingest import Ingest, check_files
from player.kdm_store import Choice, KdmUse, choose
from player.log.journal import Journal
from player.plan import reels_wanted

EXCEPTION_OF_STEP: Mapping[str, str] = {
    "SIG-001": "SignatureError",
    "SIG-009": "SignatureError",
    "SIG-014": "SignatureError",
    "KDM-101": "SignatureError",
    "KDM-102": "SignatureError",
    "KDM-002": "ValidityWindowError",
    "KDM-003": "ValidityWindowError",
    "KDM-004": "ValidityWindowError",
    "KDM-103": "ValidityWindowError",
    "KDM-109": "ValidityWindowError",
    "KDM-006": "TDLError",
    "KDM-008": "TDLError",
    "KDM-130": "TDLError",
    "KDM-007": "ContentAuthenticatorError",
    "KDM-120": "ContentAuthenticatorError",
    "KDM-112": "KeyTypeError",
}
"""Steps of the checklist to exception tokens of ST 430-5; the others are KDMFormatError."""

EVERYTHING = Marking()
"""Without a KDM nothing switches a mark off."""

CPL_STEPS = frozenset({"SIG-001", "SIG-009"})


@dataclass(frozen=True)
class KdmRequest:
    """A KDM and who opens it. store: files, folders, archives and e-mails in which the one that fits is
    looked for, in place of `data`. The other fields are those of `kdm.checklist.check_kdm`."""

    data: bytes = field(repr=False)
    private_key: Decrypter = field(repr=False)
    recipient: Certificate | None = None
    devices: Sequence[Certificate] = ()
    trust: Sequence[Certificate] | None = None
    revoked: DenyList | None = None
    where: str | Path = "the KDM"
    store: Sequence[Path] = ()

    def files(self) -> Iterable[KdmFile]:
        """What there is to choose from, read as it is asked for."""
        if self.store:
            return find_kdms(self.store, confined=True)
        return (read_kdm_file(str(self.where), self.data),)


@dataclass(frozen=True)
class MediaBlock:
    """A package with one composition chosen and the keys to it.

    kdm: the checklist's report as JSON, None when the keys came without one. until: the end of its window.
    kdms: the messages that there were, the one that is meant first; kdms_left_out: how many more. ingest: how
    the files stood against the packing lists, where that was asked for.
    """

    package: Package
    cpl: CompositionPlaylist
    keyring: Keyring
    refused: bool = False
    marking: Marking = EVERYTHING
    until: datetime | None = None
    kdm: dict[str, Any] | None = None
    judged: KdmReport | None = field(default=None, repr=False)
    kdms: tuple[KdmUse, ...] = ()
    kdms_left_out: int = 0
    ingest: Ingest | None = None

    def outline(self) -> CompositionOutline:
        """What the composition is, for the heading of the report."""
        holds = self.judged.outcomes.get("SIG-009") if self.judged is not None else None
        signer = holds.places.get("signer") if holds is not None and holds.result == "pass" else None
        return outline_of(self.package, self.cpl, signer=str(signer) if signer is not None else None)


def load(
    root: Path,
    *,
    ov: Sequence[Path] = (),
    cpl_id: UUID | None = None,
    kdm: KdmRequest | None = None,
    keyring: Keyring,
    now: datetime,
    journal: Journal,
) -> MediaBlock:
    """Open the package, choose the composition, take the keys. A refused KDM gives `refused`, and no keys.

    UsageError when there are several compositions and none is named; DcpError for an unsound package.
    """
    package = open_package(root, ov=ov)
    cpl = package.composition(cpl_id)
    journal.content_id = str(cpl.id)
    if kdm is None:
        return MediaBlock(package, cpl, keyring)
    choice = _chosen(package, cpl, kdm, now)
    report = choice.report
    if report is None:
        raise UsageError("play.no-kdm-found", where=", ".join(map(str, kdm.store)))
    _log(report, journal)
    for use in choice.uses[1:]:
        message_id = str(use.message_id) if use.message_id is not None else None
        journal.note("Player", "KDMNotUsed", f"{use.name}: {use.why}", message_id=message_id)
    if report.verdict != "accept" or report.keyring is None or report.message is None:
        block = MediaBlock(package, cpl, Keyring(), refused=True)
    else:
        block = MediaBlock(
            package=package,
            cpl=cpl,
            keyring=report.keyring,
            marking=marking(report.message.forensic_mark_flag_list),
            until=report.message.content_keys_not_valid_after,
        )
    return replace(
        block,
        kdm=report_json(report),
        judged=report,
        kdms=choice.uses,
        kdms_left_out=choice.left_out,
    )


def ingested(
    block: MediaBlock,
    frames: tuple[int, int] | None,
    *,
    now: datetime,
    journal: Journal,
    cache: Path | None = None,
    progress: Callable[[int, int], None] | None = None,
    cancel: Callable[[], bool] | None = None,
) -> MediaBlock:
    """The same, when the files of these frames are as they were packed; else `refused`. The errors are those
    of `player.ingest.check_files`, and UsageError for frames that there are not."""
    reels = reels_wanted(block.cpl, frames)
    found = check_files(
        block.package, block.cpl, reels, now=now, cache=cache, progress=progress, cancel=cancel
    )
    message = f"{found.files} files have the hashes of the packing lists"
    if found.wrong:
        message = f"{len(found.wrong)} files are not as they were packed"
    journal.note(
        "Validation",
        "CPLCheck",
        message,
        exceptions=[("AssetHashError", f"{wrong.file}: {wrong.why}") for wrong in found.wrong],
        files=found.files,
        remembered=found.remembered,
    )
    return replace(block, refused=bool(found.wrong), ingest=found)


def _chosen(package: Package, cpl: CompositionPlaylist, kdm: KdmRequest, now: datetime) -> Choice:
    document = package.document(cpl)
    server = server_given(kdm.recipient, kdm.private_key)
    assert isinstance(server, Server)

    def judge(file: KdmFile) -> KdmReport:
        return check_kdm(
            file.data,
            private_key=kdm.private_key,
            recipient=kdm.recipient,
            cpl=document.data,
            devices=kdm.devices,
            trust=kdm.trust,
            revoked=kdm.revoked,
            now=now,
            where=file.where,
            cpl_where=document.name,
        )

    return choose(kdm.files(), facts=cpl_facts(cpl), server=server, now=now, judge=judge)


def _log(report: KdmReport, journal: Journal) -> None:
    """What became of the playlist's signature and of the KDM."""
    message_id = str(report.message.message_id) if report.message else None
    playlist = [step for step in report.steps if step.id in CPL_STEPS]
    failed = [step for step in report.failures if step.id not in CPL_STEPS]
    if playlist:
        journal.note(
            "Validation",
            "CPLCheck",
            "; ".join(f"{step.id} {step.result}: {step.message}" for step in playlist),
            exceptions=[
                (EXCEPTION_OF_STEP[step.id], f"{step.id}: {step.message}")
                for step in playlist
                if step.result == "fail"
            ],
        )
    if failed:
        journal.note(
            "Key",
            "KDMKeysReceived",
            f"refused: {failed[0].message}",
            exceptions=[
                (EXCEPTION_OF_STEP.get(step.id, "KDMFormatError"), f"{step.id}: {step.message}")
                for step in failed
            ],
            step=failed[0].id,
            message_id=message_id,
        )
    if not report.failures and report.keyring is not None:
        journal.message_id = message_id
        journal.note(
            "Key",
            "KDMKeysReceived",
            f"accepted, {len(report.keyring.keys)} keys",
            message_id=message_id,
            keys=len(report.keyring.keys),
        )
