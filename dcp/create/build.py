"""From a plan to a package: essence made, wrapped in track files, then the documents around them.

Everything happens in a folder under a temporary name, which is renamed when the package is complete; with a
work folder (`work/folder.py`) in that, which outlives a run that fails.
"""

from __future__ import annotations

import shutil
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from dcp.auxdata.atmos import data_type
from dcp.create.content_keys import content_keys
from dcp.create.job.values import Essence
from dcp.create.makers.coded import Coded
from dcp.create.makers.protocol import Progress
from dcp.create.making import Made, Making, Means, Resumed
from dcp.create.planning.facts import composition_facts
from dcp.create.planning.histogram import FrameSizes
from dcp.create.planning.plan import Plan
from dcp.create.sources.vouched import Vouched, holding
from dcp.create.work.executor import Cancel, Executor, Threads
from dcp.create.work.ids import id_of, ids_of, new_seed
from dcp.create.work.place import refuse_left
from dcp.dataclass import dataclass
from dcp.errors import DcpError, UsageError
from dcp.mxf.writer import WrittenTrackFile
from dcp.output import check_new_folder, finished_folder
from dcp.packing.composition import composition
from dcp.packing.facts import played
from dcp.packing.package import FileKind, named_lists, packed_track, write_package
from dcp.packing.titles import shared_title
from dcp.secrets.keys import ContentKey, Keyring
from dcp.suite import INTEROP, SMPTE
from dcp.texts.catalogue import Text, text

if TYPE_CHECKING:
    from dcp.create.work.folder import WorkFolder
    from dcp.create.work.receipts import Receipt
    from dcp.sound.loudness import Loudness
    from dcp.trust.signer import Signer


@dataclass(frozen=True)
class BuiltPackage:
    """cpl_ids: in the plan's order. keyring: the keys of the package, None when it is not encrypted.

    frames: coded or passed on. pictures: the sizes of each picture track's frames; loudness: of sound tracks,
    by their numbers in the plan, where it was measured. seconds: that the making took. notes: what the user
    should know of it, beside the plan's decisions. resumed: of a run with a work folder, what it took over.
    coded: how each picture track was coded, of those that were.
    """

    root: Path
    cpl_ids: tuple[uuid.UUID, ...]
    keyring: Keyring | None
    frames: int
    pictures: tuple[FrameSizes, ...] = ()
    loudness: Mapping[int, Loudness] = field(default_factory=dict)
    seconds: float = 0.0
    notes: tuple[Text, ...] = ()
    resumed: Resumed | None = None
    coded: tuple[Coded, ...] = ()

    @property
    def cpl_id(self) -> uuid.UUID:
        """The first composition's."""
        return self.cpl_ids[0]


def build_package(
    plan: Plan,
    out: Path,
    *,
    keyring: Keyring | None = None,
    keep_keys: Callable[[Keyring], None] | None = None,
    sources: Keyring | None = None,
    signer: Signer | None = None,
    now: datetime,
    progress: Progress | None = None,
    writing: Progress | None = None,
    checking: Progress | None = None,
    cancel: Cancel | None = None,
    codec: str = "openjpeg",
    workers: int | None = None,
    executor: Executor | None = None,
    work: WorkFolder | None = None,
) -> BuiltPackage:
    """Make the package `plan` describes in the new folder `out`.

    keyring: keys to use, by type in the order of the tracks; None makes fresh ones for what is encrypted.
    keep_keys: told the package's keys before any work, to put them where they are safe. sources: keys of
    sources that are encrypted themselves. signer: required for an encrypted package; a plain one is signed as
    well when one is given. progress(frames done, frames in all) of the coding; writing(edit units done, in
    all) of the track files, each when its essence is there, while no picture is coded. cancel may be asked,
    and these told, from another thread, one call at a time. UsageError, CertificateError before any work;
    SourceError, CodestreamError, DcpError (a full disk, `cancel` answered yes) later: nothing is left then.
    executor: who codes; by default `workers` threads, one a core.

    work: the work folder of `out` (`dcp.create.work.folder.work_folder`): what an earlier run did is checked,
    checking(bytes, in all), and taken over, `now` being the date of that run; what is done is left there when
    this one fails. UsageError where settings, sources, tools or keys are not those of the earlier run.
    """
    if plan.secret and signer is None:
        raise UsageError("create.no-signer")
    check_plan(plan, out, keyring=keyring, signer=signer, now=now, work=work, executor=executor)
    resumed = work.receipt if work is not None else None
    if resumed is not None and resumed.keys and keyring is None:
        raise UsageError("work.keys-needed", where=work.path if work is not None else None)
    keys = content_keys(plan, keyring)
    seed = bytes.fromhex(resumed.seed) if resumed is not None else new_seed()
    cpl_ids = _cpl_ids(plan, seed)
    used = tuple(key for of_kind in keys.values() for key in of_kind)
    kept = Keyring(used, cpl_ids[0] if len(cpl_ids) == 1 else None) if used else None
    receipt = _receipt(plan, work, keys, seed, cpl_ids, now, codec) if work is not None else None
    if keep_keys is not None and kept is not None and resumed is None:
        keep_keys(kept)
    begun = time.monotonic()
    if work is not None and receipt is not None:
        _begin(plan, work, receipt)
        from dcp.create.work.folder import working_in

        place = working_in(work)
    else:
        place = finished_folder(out)
    with place as folder:
        by = executor or Threads(workers)
        with holding(_vouched(plan), cancel=cancel, progress=checking) as stopped:
            means = Means(keys, now, seed, by, codec, sources, progress, writing, checking, stopped, work)
            made = Making(plan, folder, means).made()
        _write_documents(plan, folder, made, cpl_ids, signer, now, seed)
    notes = [
        *made.notes,
        *_about_loudness(plan, made.loudness),
        *_notes(keyring if plan.encrypt else None, cpl_ids),
    ]
    return BuiltPackage(
        out,
        cpl_ids,
        kept,
        plan.frames,
        tuple(made.sizes),
        made.loudness,
        time.monotonic() - begun,
        tuple(dict.fromkeys(notes)),
        made.resumed if work is not None else None,
        tuple(made.coded),
    )


def check_plan(
    plan: Plan,
    out: Path | None = None,
    *,
    keyring: Keyring | None = None,
    signer: Signer | None = None,
    now: datetime,
    work: WorkFolder | None = None,
    executor: Executor | None = None,
) -> None:
    """What `build_package` refuses before any work, as far as it is known yet: too few keys, a signer that is
    not fit, a place that is taken or has too little room, a work folder that was left there and is not
    `work`, frames to be marked elsewhere."""
    if executor is not None and executor.elsewhere and plan.mark is not None:
        raise UsageError("cluster.marked", where="--executor")
    if keyring is not None:
        content_keys(plan, keyring)
    if signer is not None:
        from dcp.trust.signing import check_signer

        check_signer(signer, at=now, suite=SMPTE if plan.standard == "smpte" else INTEROP)
    if out is not None:
        _check_place(plan, out, work)
        _need_room(plan, out, work)


def check_work(
    plan: Plan, work: WorkFolder, *, keyring: Keyring | None, now: datetime, codec: str = "openjpeg"
) -> None:
    """UsageError where `build_package` would not go on with what an earlier run left in the work folder."""
    if work.receipt is not None:
        keys = content_keys(plan, keyring) if keyring is not None else {}
        seed = bytes.fromhex(work.receipt.seed)
        work.compare(_receipt(plan, work, keys, seed, _cpl_ids(plan, seed), now, codec))


# --- how it is done -----


def _vouched(plan: Plan) -> list[Vouched]:
    """The sources whose hashes are stated."""
    eyes = [eye for track in plan.pictures for piece in track.pieces for eye in piece.run.eyes]
    heard = [source for track in plan.sounds for piece in track.pieces for source in piece.plan.sources]
    found = [each for eye in eyes for each in eye.facts.vouched]
    return found + [each for source in heard for each in source.vouched]


def _cpl_ids(plan: Plan, seed: bytes) -> tuple[uuid.UUID, ...]:
    return tuple(id_of(seed, "composition", number) for number in range(len(plan.compositions)))


def _receipt(
    plan: Plan,
    work: WorkFolder,
    keys: Mapping[Essence, Sequence[ContentKey]],
    seed: bytes,
    cpl_ids: Sequence[uuid.UUID],
    now: datetime,
    codec: str,
) -> Receipt:
    """What this run says of itself."""
    from dcp.create.work.receipts import Receipt, key_check
    from dcp.create.work.settled import plan_digest, settings_of, states_of, tools
    from dcp.version import VERSION

    library, libraries = tools(plan, codec)
    mark = plan.mark.document() if plan.mark is not None else {}
    marked = {f"watermark.{name}": str(value) for name, value in mark.items()}
    return Receipt(
        seed=seed.hex(),
        now=now.isoformat(),
        version=VERSION,
        codec=library,
        libraries=libraries,
        settings={**settings_of(work.job, work.path), **marked},
        sources=states_of(plan, work.job),
        plan=plan_digest(plan),
        keys={kind: tuple(key_check(key, seed) for key in held) for kind, held in keys.items()},
        cpl_ids=tuple(map(str, cpl_ids)),
    )


def _begin(plan: Plan, work: WorkFolder, receipt: Receipt) -> None:
    from dcp.create.job.writing import job_toml
    from dcp.create.planning.telling import document_of

    work.begin(receipt, job_toml(work.job, folder=work.path), document_of(plan))


def _about_loudness(plan: Plan, found: Mapping[int, Loudness]) -> list[Text]:
    """What the sound measures, a line a reel, and what that advises where the plan did not know it yet."""
    if not found:
        return []
    from dcp.create.planning.loudness import joined, level, measured_line

    notes = []
    for planned in plan.compositions:
        heard = [
            (number, found[reel.sound], reel.frames)
            for number, reel in enumerate(planned.reels, start=1)
            if isinstance(reel.sound, int) and reel.sound in found
        ]
        notes += [text("note.loudness", reel=number, said=measured_line(each)) for number, each, _ in heard]
        if heard:
            whole = joined([(each, frames) for _, each, frames in heard])
            notes += [each for each in level(whole, planned.kind.value).advice if each not in plan.advice]
    return notes


def _notes(given: Keyring | None, cpl_ids: Sequence[uuid.UUID]) -> tuple[Text, ...]:
    if given is None or given.cpl_id is None or given.cpl_id in cpl_ids:
        return ()
    return (text("create.keys-of-another", cpl=given.cpl_id),)


def _check_place(plan: Plan, out: Path, work: WorkFolder | None) -> None:
    """UsageError for a place that is taken, or lies among the pictures of a source."""
    if work is not None:
        work.check_place()
    else:
        refuse_left(out)
        check_new_folder(out)
    held = out.absolute()
    for track in plan.pictures:
        for folder in {eye.facts.folder for piece in track.pieces for eye in piece.run.eyes}:
            if folder.is_dir() and held.is_relative_to(folder.absolute()):
                raise UsageError("output.in-source", where=out, source=folder)


def _need_room(plan: Plan, out: Path, work: WorkFolder | None) -> None:
    needed = plan.bytes_at_most - (work.held_bytes() if work is not None else 0)
    parent = next(folder for folder in (out.absolute(), *out.absolute().parents) if folder.is_dir())
    free = shutil.disk_usage(parent).free
    if free < needed:
        raise DcpError("create.no-room", where=parent, needed=needed / 1e9, free=free / 1e9)


def _write_documents(
    plan: Plan,
    folder: Path,
    made: Made,
    cpl_ids: Sequence[uuid.UUID],
    signer: Signer | None,
    now: datetime,
    seed: bytes,
) -> None:
    pictures, sounds, texts, auxes = made.pictures, made.sounds, made.texts, made.auxes
    fresh = ids_of(seed, "documents")
    files: list[tuple[WrittenTrackFile, FileKind]] = [(file, "Picture") for file in pictures]
    files += [(file, "Sound") for file in sounds]
    files += [(file, "AuxData") for file in auxes]
    playlists = []
    for each, cpl_id in zip(plan.compositions, cpl_ids, strict=True):
        facts = composition_facts(
            plan,
            each,
            pictures=[played(file) for file in pictures],
            sounds=[
                played(file, language=track.form.language)
                for file, track in zip(sounds, plan.sounds, strict=True)
            ],
            texts=[each.track for each in texts],
            auxes=[
                played(file, kind="AuxData", data_type=data_type(track.facts.descriptor))
                for file, track in zip(auxes, plan.auxes, strict=True)
            ],
        )
        playlists.append(composition(facts, id=cpl_id, now=now, fresh=fresh))
    packed = [(file.asset_id, packed_track(file, kind, plan.standard)) for file, kind in files]
    packed += [(each.track.id, file) for each in texts for file in each.files]
    names = [each.packing_list for each in plan.compositions]
    write_package(
        folder,
        files=[file for _, file in packed],
        compositions=playlists,
        packing_lists=named_lists(names, playlists, packed, standard=plan.standard, now=now, fresh=fresh),
        standard=plan.standard,
        signer=signer,
        now=now,
        annotation=shared_title([each.title for each in plan.compositions]),
        fresh=fresh,
    )
