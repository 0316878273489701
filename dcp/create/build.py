"""From a plan to a package: essence made, wrapped in track files, then the documents around them.

Everything happens in a folder under a temporary name, which is renamed when the package is complete.
"""

from __future__ import annotations

import shutil
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from dcp.auxdata.atmos import KEY_TYPES as AUX_KEY_TYPES
from dcp.auxdata.atmos import data_type
from dcp.create.job.values import Essence
from dcp.create.makers.aux import AuxMaker
from dcp.create.makers.protocol import Maker, Progress, Work
from dcp.create.makers.tracks import picture_maker, sound_maker
from dcp.create.names import file_stem
from dcp.create.planning.facts import composition_facts
from dcp.create.planning.histogram import FrameSizes, frame_sizes
from dcp.create.planning.plan import Plan, ReelPlan
from dcp.create.work.executor import Cancel, Executor, Threads
from dcp.dataclass import dataclass
from dcp.errors import DcpError, UsageError
from dcp.mxf.writer import WrittenTrackFile, write_track_file
from dcp.output import check_new_folder, finished_folder
from dcp.packing.composition import composition
from dcp.packing.facts import played
from dcp.packing.package import FileKind, named_lists, packed_track, write_package
from dcp.packing.titles import shared_title
from dcp.secrets.keys import ContentKey, Keyring
from dcp.suite import INTEROP, SMPTE
from dcp.texts.catalogue import Text, text

if TYPE_CHECKING:
    from dcp.create.makers.text import MadeText
    from dcp.sound.loudness import Loudness
    from dcp.trust.signer import Signer

KEY_TYPES: Mapping[Essence, str] = {"picture": "MDIK", "sound": "MDAK", "text": "MDSK"}
"""ST 430-1; that of auxiliary data depends on what it is."""


@dataclass(frozen=True)
class BuiltPackage:
    """cpl_ids: in the plan's order. keyring: the keys of the package, None when it is not encrypted.

    frames: coded or passed on. pictures: the sizes of each picture track's frames; loudness: of sound tracks,
    by their numbers in the plan, where it was measured. seconds: that the making took. notes: what the user
    should know of it, beside the plan's decisions.
    """

    root: Path
    cpl_ids: tuple[uuid.UUID, ...]
    keyring: Keyring | None
    frames: int
    pictures: tuple[FrameSizes, ...] = ()
    loudness: Mapping[int, Loudness] = field(default_factory=dict)
    seconds: float = 0.0
    notes: tuple[Text, ...] = ()

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
    cancel: Cancel | None = None,
    codec: str = "openjpeg",
    workers: int | None = None,
) -> BuiltPackage:
    """Make the package `plan` describes in the new folder `out`.

    keyring: keys to use, by type in the order of the tracks; None makes fresh ones for what is encrypted.
    keep_keys: told the package's keys before any work, to put them where they are safe. sources: keys of
    sources that are encrypted themselves. signer: required for an encrypted package; a plain one is signed as
    well when one is given. progress(frames done, frames in all) of the coding; writing(edit units done, in
    all) of the track files, each when its essence is there. UsageError, CertificateError before any
    work; SourceError, CodestreamError, DcpError (a full disk, `cancel` answered yes) later: nothing is left
    then.
    """
    if plan.secret and signer is None:
        raise UsageError("create.no-signer")
    check_plan(plan, out, keyring=keyring, signer=signer, now=now)
    keys = _keys(plan, keyring)
    cpl_ids = tuple(uuid.uuid4() for _ in plan.compositions)
    used = tuple(key for of_kind in keys.values() for key in of_kind)
    kept = Keyring(used, cpl_ids[0] if len(cpl_ids) == 1 else None) if used else None
    if keep_keys is not None and kept is not None:
        keep_keys(kept)
    begun = time.monotonic()
    with finished_folder(out) as folder:
        making = _Making(plan, folder, keys, sources, now, progress, writing, cancel, codec, Threads(workers))
        pictures = [making.picture(number) for number in range(len(plan.pictures))]
        sounds = [making.sound(number) for number in range(len(plan.sounds))]
        texts = [making.text(number) for number in range(len(plan.texts))]
        auxes = [making.aux(number) for number in range(len(plan.auxes))]
        _write_documents(plan, folder, pictures, sounds, texts, auxes, cpl_ids, signer, now)
    notes = [
        *making.notes,
        *_about_loudness(plan, making.loudness),
        *_notes(keyring if plan.encrypt else None),
    ]
    return BuiltPackage(
        out,
        cpl_ids,
        kept,
        making.done,
        tuple(making.histograms),
        making.loudness,
        time.monotonic() - begun,
        tuple(dict.fromkeys(notes)),
    )


def check_plan(
    plan: Plan,
    out: Path | None = None,
    *,
    keyring: Keyring | None = None,
    signer: Signer | None = None,
    now: datetime,
) -> None:
    """What `build_package` refuses before any work, as far as it is known yet: too few keys, a signer that is
    not fit, a place that is taken or has too little room."""
    if keyring is not None:
        _keys(plan, keyring)
    if signer is not None:
        from dcp.trust.signing import check_signer

        check_signer(signer, at=now, suite=SMPTE if plan.standard == "smpte" else INTEROP)
    if out is not None:
        _check_place(plan, out)
        _need_room(plan, out)


# --- how it is done -----


def _keys(plan: Plan, keyring: Keyring | None) -> dict[Essence, list[ContentKey]]:
    """A key for each track file of the kinds that are encrypted."""
    found: dict[Essence, list[ContentKey]] = {}
    given: dict[str, Iterator[ContentKey]] = {}
    for kind in plan.encrypt:
        types = _key_types(plan, kind)
        found[kind] = []
        for number, (type, scope) in enumerate(types):
            if keyring is None:
                reel = _reel(plan, kind, number) + 1
                found[kind].append(ContentKey.generate(type, reel=reel, scope=scope))
                continue
            key = next(given.setdefault(type, keyring.of_type(type)), None)
            if key is None:
                held, needed = len(list(keyring.of_type(type))), [each for each, _ in types].count(type)
                raise UsageError("create.too-few-keys", n=held, kind=type, needed=needed)
            found[kind].append(key)
    return found


def _key_types(plan: Plan, kind: Essence) -> list[tuple[str, str | None]]:
    """Type and scope of the key of each track of a kind."""
    if kind == "aux":
        return [AUX_KEY_TYPES[track.facts.kind] for track in plan.auxes]
    tracks: Mapping[Essence, Sequence[object]] = {
        "picture": plan.pictures, "sound": plan.sounds, "text": plan.texts,
    }  # fmt: skip
    return [(KEY_TYPES[kind], None)] * len(tracks.get(kind, ()))


def _reel(plan: Plan, kind: Essence, number: int) -> int:
    """The first reel that plays the track, from 0, counted through all compositions."""
    reels = [reel for each in plan.compositions for reel in each.reels]
    return next(at for at, reel in enumerate(reels) if _plays(reel, kind, number))


def _plays(reel: ReelPlan, kind: Essence, number: int) -> bool:
    return number in reel.texts if kind == "text" else getattr(reel, kind) == number


def _stem(plan: Plan, kind: Essence, number: int) -> str:
    """The composition and the reel that play the track first; reels of one title are counted on."""
    counted: dict[str, int] = {}
    for each in plan.compositions:
        title = file_stem(each.title)
        for reel in each.reels:
            counted[title] = counted.get(title, 0) + 1
            if _plays(reel, kind, number):
                return f"{title}_R{counted[title]}"
    raise AssertionError(f"nobody plays {kind} {number}")


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


def _notes(given: Keyring | None) -> tuple[Text, ...]:
    if given is None or given.cpl_id is None:
        return ()
    return (text("create.keys-of-another", cpl=given.cpl_id),)


def _check_place(plan: Plan, out: Path) -> None:
    """UsageError for a place that is taken, or lies among the pictures of a source."""
    check_new_folder(out)
    held = out.absolute()
    for track in plan.pictures:
        for folder in {eye.facts.path for piece in track.pieces for eye in piece.run.eyes}:
            if folder.is_dir() and held.is_relative_to(folder.absolute()):
                raise UsageError("output.in-source", where=out, source=folder)


def _need_room(plan: Plan, out: Path) -> None:
    needed = plan.bytes_at_most
    parent = next(folder for folder in (out.absolute(), *out.absolute().parents) if folder.is_dir())
    free = shutil.disk_usage(parent).free
    if free < needed:
        raise DcpError("create.no-room", where=parent, needed=needed / 1e9, free=free / 1e9)


class _Making:
    """What the tracks of one package share while it is made."""

    def __init__(
        self,
        plan: Plan,
        folder: Path,
        keys: Mapping[Essence, Sequence[ContentKey]],
        sources: Keyring | None,
        now: datetime,
        progress: Progress | None,
        writing: Progress | None,
        cancel: Cancel | None,
        codec: str,
        executor: Executor,
    ) -> None:
        self.plan, self.folder, self.keys, self.sources = plan, folder, keys, sources
        self.now, self.progress, self.writing, self.cancel = now, progress, writing, cancel
        self.codec, self.executor = codec, executor
        self.done = self.written = 0
        self.units = plan.frames + sum(track.frames for track in plan.sounds)
        self.units += sum(track.frames for track in plan.auxes)
        self.notes: list[Text] = []
        self.histograms: list[FrameSizes] = []
        self.loudness: dict[int, Loudness] = {}

    def picture(self, number: int) -> WrittenTrackFile:
        track = self.plan.pictures[number]
        maker = picture_maker(track, keyring=self.sources, marking=self.plan.mark)
        written, sizes = self._made(maker, number)
        self.histograms.append(frame_sizes(sizes, track.rate, stereo=track.stereo))
        self.done += track.frames
        return written

    def sound(self, number: int) -> WrittenTrackFile:
        maker = sound_maker(
            self.plan.sounds[number],
            label_set=self.plan.standard,
            tell=self.notes.append,
            keyring=self.sources,
            asset_id=(asset_id := uuid.uuid4()),
        )
        written, _ = self._made(maker, number, asset_id)
        if maker.loudness is not None:
            self.loudness[number] = maker.loudness
        return written

    def text(self, number: int) -> MadeText:
        """Its document is one edit unit with others beside it: it has a writer of its own."""
        from dcp.create.makers.text import write_loose_text, write_text_track

        if self.cancel is not None and self.cancel():
            raise DcpError("create.stopped")
        track = self.plan.texts[number]
        if self.plan.standard == "interop":
            return write_loose_text(self.folder, track, now=self.now)
        keys = self.keys.get("text")
        return write_text_track(
            self.folder / f"{_stem(self.plan, 'text', number)}_{track.kind}_{track.language}.mxf",
            track,
            key=keys[number] if keys is not None else None,
            now=self.now,
        )

    def aux(self, number: int) -> WrittenTrackFile:
        written, _ = self._made(AuxMaker(self.plan.auxes[number], keyring=self.sources), number)
        return written

    def _made(
        self, maker: Maker, number: int, asset_id: uuid.UUID | None = None
    ) -> tuple[WrittenTrackFile, Sequence[int]]:
        facts = maker.facts()
        kind = facts.kind
        stem = _stem(self.plan, kind, number)
        keys = self.keys.get(kind)
        before, begun = self.done, self.written

        def tell(done: int, total: int) -> None:
            if self.progress is not None and kind == "picture":
                self.progress(before + done * facts.duration // max(total, 1), self.plan.frames)

        def tell_written(count: int) -> None:
            self.written = begun + count * facts.duration // len(units.sizes)
            if self.writing is not None:
                self.writing(self.written, self.units)

        work = Work(self.folder / f"{stem}.spool", self.codec, self.executor, tell, self.cancel)
        with ExitStack() as stack:
            units = stack.enter_context(maker.making(work))
            written = write_track_file(
                self.folder / f"{stem}_{kind}.mxf",
                self._minding(units.units()),
                sizes=units.sizes,
                descriptor=units.descriptor,
                edit_rate=facts.edit_rate,
                asset_id=asset_id or uuid.uuid4(),
                label_set=self.plan.standard,
                key=keys[number] if keys is not None else None,
                now=self.now,
                progress=tell_written,
            )
            sizes = list(units.sizes) if kind == "picture" else ()
        return written, sizes

    def _minding(self, units: Iterator[bytes] | Iterator[memoryview]) -> Iterator[bytes | memoryview]:
        for unit in units:
            if self.cancel is not None and self.cancel():
                raise DcpError("create.stopped")
            yield unit


def _write_documents(
    plan: Plan,
    folder: Path,
    pictures: Sequence[WrittenTrackFile],
    sounds: Sequence[WrittenTrackFile],
    texts: Sequence[MadeText],
    auxes: Sequence[WrittenTrackFile],
    cpl_ids: Sequence[uuid.UUID],
    signer: Signer | None,
    now: datetime,
) -> None:
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
        playlists.append(composition(facts, id=cpl_id, now=now))
    packed = [(file.asset_id, packed_track(file, kind, plan.standard)) for file, kind in files]
    packed += [(each.track.id, file) for each in texts for file in each.files]
    names = [each.packing_list for each in plan.compositions]
    write_package(
        folder,
        files=[file for _, file in packed],
        compositions=playlists,
        packing_lists=named_lists(names, playlists, packed, standard=plan.standard, now=now),
        standard=plan.standard,
        signer=signer,
        now=now,
        annotation=shared_title([each.title for each in plan.compositions]),
    )
