"""From a plan to a package: frames through the spool into track files, then the documents.

Everything happens in a folder under a temporary name, which is renamed when the package is complete.
"""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from dcp.create.documents import Tracks, write_documents
from dcp.create.encode import encode_frames
from dcp.create.plan import Plan, file_stem
from dcp.create.sources.picture import frames
from dcp.create.sources.sound import BYTES_PER_SAMPLE, samples_per_unit, sound_units
from dcp.create.spool import Spool
from dcp.dataclass import dataclass
from dcp.errors import DcpError, SourceError, UsageError
from dcp.mxf.descriptors import PictureDescriptor, SoundDescriptor
from dcp.mxf.writer import WrittenTrackFile, write_track_file
from dcp.output import finished_folder
from dcp.picture.codec import codec_by_name
from dcp.picture.codestream import Codestream, parse_codestream
from dcp.secrets.keys import ContentKey, Keyring
from dcp.suite import INTEROP, SMPTE
from dcp.texts.catalogue import Text, text

if TYPE_CHECKING:
    from dcp.trust.signer import Signer

Progress = Callable[[int, int], None]
Cancel = Callable[[], bool]


@dataclass(frozen=True)
class BuiltPackage:
    """keyring: the keys of the package, None when it is not encrypted. frames: coded or passed on. notes:
    what the user should know of it, beside the plan's notes."""

    root: Path
    cpl_id: uuid.UUID
    keyring: Keyring | None
    frames: int
    notes: tuple[Text, ...] = ()


def build_package(
    plan: Plan,
    out: Path,
    *,
    keyring: Keyring | None = None,
    keep_keys: Callable[[Keyring], None] | None = None,
    signer: Signer | None = None,
    now: datetime,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
    codec: str = "openjpeg",
    workers: int | None = None,
) -> BuiltPackage:
    """Make the package `plan` describes in the new folder `out`.

    keyring: keys to use, by type in the order of the reels; None makes fresh ones for an encrypted package.
    keep_keys: told the package's keys before any work, to put them where they are safe. signer: required for
    an encrypted package; a plain one is signed as well when one is given. progress(frames done, frames in all
    as far as the sources tell, or 0). UsageError, CertificateError before any work; SourceError,
    CodestreamError, DcpError (a full disk, `cancel` answered yes) later: nothing is left then.
    """
    keys = _keys(plan, keyring)
    if plan.encrypt and signer is None:
        raise UsageError("create.no-signer")
    if signer is not None:
        from dcp.trust.signing import check_signer

        check_signer(signer, at=now, suite=SMPTE if plan.standard == "smpte" else INTEROP)
    _need_room(plan, out)
    cpl_id = uuid.uuid4()
    used = tuple(key for pair in keys.values() for key in pair)
    kept = Keyring(used, cpl_id) if used else None
    if keep_keys is not None and kept is not None:
        keep_keys(kept)
    with finished_folder(out) as folder:
        job = _Job(plan, folder, now, progress, cancel, codec, workers)
        made: dict[int, Tracks] = {}
        for number in plan.own:
            made[number] = job.reel(number, *keys.get(number, (None, None)))
        tracks = [made[reel.tracks] for reel in plan.reels]
        write_documents(folder, plan, tracks, cpl_id=cpl_id, signer=signer, now=now)
    return BuiltPackage(out, cpl_id, kept, job.done, _notes(keyring if plan.encrypt else None))


# --- how it is done -----


def _keys(plan: Plan, keyring: Keyring | None) -> dict[int, tuple[ContentKey, ContentKey]]:
    """Picture and sound key of each reel that has track files of its own; empty for a plain package."""
    if not plan.encrypt:
        return {}
    pairs = []
    for kind in ("MDIK", "MDAK"):
        if keyring is None:
            pairs.append([ContentKey.generate(kind, reel=number + 1) for number in plan.own])
            continue
        held = list(keyring.of_type(kind))
        if len(held) < len(plan.own):
            raise UsageError("create.too-few-keys", n=len(held), kind=kind, needed=len(plan.own))
        pairs.append(held[: len(plan.own)])
    return dict(zip(plan.own, zip(*pairs, strict=True), strict=True))


def _notes(given: Keyring | None) -> tuple[Text, ...]:
    if given is None or given.cpl_id is None:
        return ()
    return (text("create.keys-of-another", cpl=given.cpl_id),)


def _need_room(plan: Plan, out: Path) -> None:
    needed = plan.bytes_at_most
    parent = next(folder for folder in (out.absolute(), *out.absolute().parents) if folder.is_dir())
    free = shutil.disk_usage(parent).free
    if needed is not None and free < needed:
        raise DcpError("create.no-room", where=parent, needed=needed / 1e9, free=free / 1e9)


class _Job:
    """What the reels of one package share while it is made."""

    def __init__(
        self,
        plan: Plan,
        folder: Path,
        now: datetime,
        progress: Progress | None,
        cancel: Cancel | None,
        codec: str,
        workers: int | None,
    ) -> None:
        self.plan, self.folder, self.now = plan, folder, now
        self.progress, self.cancel = progress, cancel
        coding = any(plan.reels[number].picture.kind != "codestreams" for number in plan.own)
        self.codec = codec_by_name(codec) if coding else None
        self.workers = workers
        self.done = 0

    def reel(self, number: int, picture_key: ContentKey | None, sound_key: ContentKey | None) -> Tracks:
        stem = f"{file_stem(self.plan.title)}_R{number + 1}"
        with Spool.create(self.folder / f"{stem}.spool") as spool:
            first = self._encode(number, spool)
            picture = self._write(
                f"{stem}_picture.mxf",
                spool.frames(),
                spool.sizes,
                PictureDescriptor.from_codestream(first, self.plan.rate),
                picture_key,
            )
            spool.remove()
        sound = self._sound(number, picture.container_duration, f"{stem}_sound.mxf", sound_key)
        return Tracks(picture, sound)

    def _encode(self, number: int, spool: Spool) -> Codestream:
        """Fill the spool; the headers of the first frame."""
        facts = self.plan.reels[number].picture
        first: Codestream | None = None
        total = self.plan.expected_frames
        for codestream in encode_frames(
            frames(facts),
            codec=self.codec,
            size=self.plan.size,
            limits=self.plan.limits,
            rate=self.plan.rate,
            workers=self.workers,
            cancel=self.cancel,
        ):
            first = first or parse_codestream(codestream)
            spool.append(codestream)
            self.done += 1
            if self.progress is not None:
                self.progress(self.done, max(total, self.done) if total else 0)
        if first is None:
            raise SourceError("source.no-frame", where=facts.path)
        return first

    def _sound(self, number: int, count: int, name: str, key: ContentKey | None) -> WrittenTrackFile:
        plan = self.plan
        descriptor = SoundDescriptor.labelled(
            [symbol or "" for symbol in plan.layout.channels], label_set=plan.standard
        )
        size = samples_per_unit(plan.rate) * len(plan.layout.channels) * BYTES_PER_SAMPLE
        units = sound_units(plan.reels[number].sound, edit_rate=plan.rate, count=count, layout=plan.layout)
        return self._write(name, self._minding(units), [size] * count, descriptor, key)

    def _minding(self, units: Iterator[bytes]) -> Iterator[bytes]:
        for unit in units:
            if self.cancel is not None and self.cancel():
                raise DcpError("create.stopped")
            yield unit

    def _write(
        self,
        name: str,
        units: Iterator[memoryview] | Iterator[bytes],
        sizes: Sequence[int],
        descriptor: PictureDescriptor | SoundDescriptor,
        key: ContentKey | None,
    ) -> WrittenTrackFile:
        return write_track_file(
            self.folder / name,
            units,
            sizes=sizes,
            descriptor=descriptor,
            edit_rate=self.plan.rate,
            asset_id=uuid.uuid4(),
            label_set=self.plan.standard,
            key=key,
            now=self.now,
        )
