"""The track files of a package made, one after the other; a picture is wrapped while the next one is coded.

Wrapping (written, hashed, encrypted) goes on in one thread beside: of one track at a time, so that on the
disk there is never more than all track files and the frames of one picture beside them.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import field
from datetime import datetime
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Any
from uuid import UUID

from dcp.create.job.values import Essence
from dcp.create.makers.aux import AuxMaker
from dcp.create.makers.coded import Coded
from dcp.create.makers.protocol import Maker, Progress, Units, Work
from dcp.create.makers.tracks import SoundMaker, picture_maker, sound_maker
from dcp.create.names import track_stem
from dcp.create.planning.histogram import FrameSizes, frame_sizes
from dcp.create.planning.plan import Plan
from dcp.create.work.executor import Cancel, Executor
from dcp.create.work.ids import id_of, ids_of
from dcp.create.work.receipts import TrackReceipt
from dcp.create.work.told import Told, Track
from dcp.dataclass import dataclass
from dcp.errors import DcpError
from dcp.mxf.writer import WrittenTrackFile, write_track_file
from dcp.secrets.keys import ContentKey, Keyring
from dcp.sound.loudness import Loudness
from dcp.texts.catalogue import Text

if TYPE_CHECKING:
    from dcp.create.makers.text import MadeText
    from dcp.create.work.folder import WorkFolder


@dataclass(frozen=True)
class Resumed:
    """What a run with a work folder took over. Frames are codestreams, of a stereoscopic picture two a frame:
    kept, out of spools and track files that were found right; coded, or passed on, by this run. tracks_kept:
    track files that were found finished."""

    frames_kept: int = 0
    frames_coded: int = 0
    tracks_kept: int = 0


@dataclass(frozen=True)
class Means:
    """With what the tracks are made. seed: what their ids follow from. sources: keys of sources. work: what
    outlives a run that fails. checking(bytes read and found right, in all) of what an earlier run left."""

    keys: Mapping[Essence, Sequence[ContentKey]]
    now: datetime
    seed: bytes
    executor: Executor
    codec: str = "openjpeg"
    sources: Keyring | None = None
    progress: Progress | None = None
    writing: Progress | None = None
    checking: Progress | None = None
    cancel: Cancel | None = None
    work: WorkFolder | None = None


@dataclass(frozen=True)
class Made:
    """Each by the numbers of the plan. sizes: of pictures' frames; loudness: where it was measured. coded:
    how pictures were, those of them that were."""

    pictures: Sequence[WrittenTrackFile]
    sounds: Sequence[WrittenTrackFile]
    texts: Sequence[MadeText]
    auxes: Sequence[WrittenTrackFile]
    sizes: Sequence[FrameSizes]
    loudness: Mapping[int, Loudness] = field(default_factory=dict)
    notes: Sequence[Text] = ()
    resumed: Resumed = Resumed()
    coded: Sequence[Coded] = ()


class Making:
    """Makes the track files of one package in `folder`, once."""

    def __init__(self, plan: Plan, folder: Path, means: Means) -> None:
        self.plan, self.folder, self.means = plan, folder, means
        self._made: dict[Track, WrittenTrackFile] = {}
        self._sizes: dict[int, FrameSizes] = {}
        self._how: dict[int, Coded] = {}
        self._loudness: dict[int, Loudness] = {}
        self._notes: list[Text] = []
        self._kept = self._coded = self._tracks_kept = 0
        self._pool = ThreadPoolExecutor(1, "wrapping")
        self._wrapping: Future[None] | None = None
        self._broken = Event()
        self._told = Told(plan, means.progress, means.writing, means.checking, means.cancel)

    def made(self) -> Made:
        """All of them. SourceError, CodestreamError, DcpError; what goes on beside has ended then."""
        plan = self.plan
        try:
            self._take_over()
            for number in range(len(plan.pictures)):
                self._picture(number)
            for number in range(len(plan.sounds)):
                self._sound(number)
            texts = [self._text(number) for number in range(len(plan.texts))]
            for number in range(len(plan.auxes)):
                self._aux(number)
            self._wait()
        except BaseException as error:
            self._broken.set()
            self._pool.shutdown()
            first = self._wrapping.exception() if self._wrapping is not None else None
            if first is not None and _is_stop(error) and not _is_stop(first):
                raise first from None  # that is why it was stopped
            raise
        finally:
            self._pool.shutdown()
        return Made(
            self._all("picture", len(plan.pictures)),
            self._all("sound", len(plan.sounds)),
            texts,
            self._all("aux", len(plan.auxes)),
            [self._sizes[number] for number in range(len(plan.pictures))],
            {number: self._loudness[number] for number in sorted(self._loudness)},
            self._notes,
            Resumed(self._kept, self._coded, self._tracks_kept),
            [self._how[number] for number in sorted(self._how)],
        )

    def _all(self, kind: Essence, count: int) -> list[WrittenTrackFile]:
        return [self._made[kind, number] for number in range(count)]

    # a track of each kind

    def _picture(self, number: int) -> None:
        if ("picture", number) in self._made:
            return
        track, means = self.plan.pictures[number], self.means
        maker = picture_maker(track, keyring=means.sources, marking=self.plan.mark)
        with ExitStack() as stack:
            with self._told.coding(number):
                units = stack.enter_context(maker.making(self._work("picture", number)))
            self._wait()
            beside = stack.pop_all()

        def wrap() -> None:
            with beside:
                self._write(maker, number, units)

        self._wrapping = self._pool.submit(self._minded, wrap)

    def _sound(self, number: int) -> None:
        if ("sound", number) in self._made:
            return
        maker = sound_maker(
            self.plan.sounds[number],
            label_set=self.plan.standard,
            tell=self._notes.append,
            keyring=self.means.sources,
            asset_id=self._id("sound", number),
        )
        with maker.making(self._work("sound", number)) as units:
            self._write(maker, number, units)

    def _aux(self, number: int) -> None:
        if ("aux", number) in self._made:
            return
        maker = AuxMaker(self.plan.auxes[number], keyring=self.means.sources)
        with maker.making(self._work("aux", number)) as units:
            self._write(maker, number, units)

    def _text(self, number: int) -> MadeText:
        """Its document is one edit unit with others beside it: it has a writer of its own."""
        from dcp.create.makers.text import write_loose_text, write_text_track

        if self._stopped():
            raise DcpError("create.stopped")
        track, means = self.plan.texts[number], self.means
        fresh = ids_of(means.seed, "text", number)
        if self.plan.standard == "interop":
            return write_loose_text(self.folder, track, now=means.now, fresh=fresh)
        keys = means.keys.get("text")
        return write_text_track(
            self.folder / f"{track_stem(self.plan, 'text', number)}_{track.kind}_{track.language}.mxf",
            track,
            key=keys[number] if keys is not None else None,
            now=means.now,
            fresh=fresh,
        )

    # what they share

    def _id(self, kind: Essence, number: int) -> UUID:
        return id_of(self.means.seed, kind, number)

    def _name(self, kind: Essence, number: int) -> str:
        return f"{track_stem(self.plan, kind, number)}_{kind}.mxf"

    def _spool(self, kind: Essence, number: int) -> Path:
        work = self.means.work
        return work.spool(kind, number) if work is not None else self.folder / f"{kind}_{number}.spool"

    def _work(self, kind: Essence, number: int) -> Work:
        means, spool = self.means, self._spool(kind, number)

        def tell(done: int, total: int) -> None:
            self._told.coded(number, done, total)

        checking, coding = self._told.checking(), self.plan.coding
        return Work(spool, means.codec, means.executor, tell, self._stopped, checking, coding)

    def _write(self, maker: Maker, number: int, units: Units) -> None:
        facts, means = maker.facts(), self.means
        kind = facts.kind
        key = means.keys[kind][number] if kind in means.keys else None
        summed = hashlib.sha256() if means.work is not None else None
        notes = len(self._notes)
        with self._minding(units.units()) as minded:
            written = write_track_file(
                self.folder / self._name(kind, number),
                minded,
                sizes=units.sizes,
                descriptor=units.descriptor,
                edit_rate=facts.edit_rate,
                asset_id=self._id(kind, number),
                label_set=self.plan.standard,
                key=key,
                now=means.now,
                progress=lambda count: self._told.wrote(kind, number, count, len(units.sizes)),
                watch=summed.update if summed is not None else None,
            )
        if kind == "picture":
            track = self.plan.pictures[number]
            self._sizes[number] = frame_sizes(list(units.sizes), track.rate, stereo=track.stereo)
            self._kept += units.kept
            if units.coded is not None:
                self._how[number] = units.coded
            self._coded += len(units.sizes) - units.kept
        if isinstance(maker, SoundMaker) and maker.loudness is not None:
            self._loudness[number] = maker.loudness
        if means.work is not None and summed is not None:
            _to_the_disk(written.path)
            said = self._notes[notes:] if kind == "sound" else []
            means.work.keep(kind, number, self._receipt(kind, number, written, summed.hexdigest(), said))
        self._made[kind, number] = written

    def _receipt(
        self, kind: Essence, number: int, written: WrittenTrackFile, sha256: str, notes: Sequence[Text]
    ) -> TrackReceipt:
        heard = self._loudness.get(number) if kind == "sound" else None
        how = self._how.get(number) if kind == "picture" else None
        return TrackReceipt(
            name=written.path.name,
            asset_id=str(written.asset_id),
            size=written.size,
            sha1=written.sha1.hex(),
            sha256=sha256,
            duration=written.container_duration,
            key_id=str(written.key_id) if written.key_id is not None else None,
            sizes=vars(self._sizes[number]) if kind == "picture" else None,
            coded=vars(how) if how is not None else None,
            loudness=vars(heard) if heard is not None else None,
            notes=tuple(
                (note.id, {name: _plain(value) for name, value in note.places.items()}) for note in notes
            ),
        )

    def _take_over(self) -> None:
        """The track files that an earlier run finished, if they are right; the rest of its package goes."""
        work, plan = self.means.work, self.plan
        if work is None or not work.resumed:
            return
        self._told.to_check(work.held_bytes())
        counts: Mapping[Essence, int] = {
            "picture": len(plan.pictures), "sound": len(plan.sounds), "aux": len(plan.auxes),
        }  # fmt: skip
        for kind, count in counts.items():
            for number in range(count):
                if self._stopped():
                    raise DcpError("create.stopped")
                receipt = work.finished(kind, number, self._name(kind, number), self._told.checked)
                if receipt is not None and self._is_ours(kind, number, receipt):
                    self._take(kind, number, receipt)
        work.clear({written.path.name for written in self._made.values()})

    def _is_ours(self, kind: Essence, number: int, receipt: TrackReceipt) -> bool:
        key = self.means.keys[kind][number].id if kind in self.means.keys else None
        return (receipt.asset_id, receipt.key_id) == (
            str(self._id(kind, number)),
            str(key) if key is not None else None,
        )

    def _take(self, kind: Essence, number: int, receipt: TrackReceipt) -> None:
        how: Coded | None = None
        try:
            notes = [Text(id, places) for id, places in receipt.notes]
            loudness = None
            if receipt.loudness is not None:
                levels = {name: None if db is None else float(db) for name, db in receipt.loudness.items()}
                loudness = Loudness(**levels)
            if kind == "picture":
                held = dict(receipt.sizes or {})
                sizes = FrameSizes(**{**held, "bins": tuple(map(int, held["bins"]))})
                if receipt.coded is not None:
                    frames = tuple((int(bits), int(n)) for bits, n in receipt.coded["frames"])
                    how = Coded(**{**receipt.coded, "frames": frames})
                list(map(str, (*sizes.lines(), *(how.lines() if how is not None else ()), *notes)))
                self._sizes[number] = sizes
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
            return  # what is told of it cannot be: it is made again
        if how is not None:
            self._how[number] = how
        if kind == "picture":
            track = self.plan.pictures[number]
            self._kept += track.frames * (2 if track.stereo else 1)
            self._told.coded(number, 1, 1)
        if loudness is not None:
            self._loudness[number] = loudness
        self._notes += notes
        self._tracks_kept += 1
        self._told.wrote(kind, number, 1, 1)
        self._made[kind, number] = WrittenTrackFile(
            self.folder / receipt.name,
            UUID(receipt.asset_id),
            receipt.size,
            bytes.fromhex(receipt.sha1),
            receipt.duration,
            UUID(receipt.key_id) if receipt.key_id is not None else None,
        )

    @contextmanager
    def _minding(
        self, units: Iterator[bytes] | Iterator[memoryview]
    ) -> Iterator[Iterator[bytes | memoryview]]:
        """The units, until it is stopped; what they are read from is closed at the end, whatever that is: an
        error holds on to it, and Windows removes no open file."""

        def minded() -> Iterator[bytes | memoryview]:
            for unit in units:
                if self._stopped():
                    raise DcpError("create.stopped")
                yield unit

        try:
            yield minded()
        finally:
            if isinstance(units, Generator):
                units.close()

    def _stopped(self) -> bool:
        return self._broken.is_set() or self._told.stopped()

    def _wait(self) -> None:
        if self._wrapping is not None:
            self._wrapping.result()

    def _minded(self, wrap: Callable[[], None]) -> None:
        """What fails beside stops what goes on before."""
        try:
            wrap()
        except BaseException:
            self._broken.set()
            raise


# --- how it is done -----


def _is_stop(error: BaseException) -> bool:
    return isinstance(error, DcpError) and error.id == "create.stopped"


def _plain(value: object) -> Any:
    """The value of a place, as JSON has it."""
    return value if value is None or isinstance(value, str | int | float) else str(value)


def _to_the_disk(path: Path) -> None:
    """What a receipt says of a file must not outlive the file."""
    with path.open("r+b") as stream:
        os.fsync(stream.fileno())
