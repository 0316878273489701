"""The maker of each planned track file: what the plan says, as the makers take it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from itertools import chain, repeat
from pathlib import Path
from uuid import UUID

from dcp.create.makers.frame import Frame, Recipe
from dcp.create.makers.picture import Eye, PictureMaker, Stretch
from dcp.create.makers.protocol import EssenceFacts, Units, Work
from dcp.create.makers.reading import taken_frames
from dcp.create.makers.referring import absolute, files_of
from dcp.create.makers.sound import samples_per_unit, sound_descriptor, sound_units, with_signal
from dcp.create.makers.tasks import Referred
from dcp.create.planning.marking import Marking
from dcp.create.planning.plan import EyePlan, PicturePiece, PictureTrackPlan, SoundTrackPlan
from dcp.create.planning.rates import Takes
from dcp.create.sources.facts import PictureFacts, Pixels
from dcp.create.sources.opening import codestream_sizes, read_picture, references
from dcp.extras import has
from dcp.mxf.descriptors import LabelSet
from dcp.secrets.keys import Keyring
from dcp.sound.layout import BYTES_PER_SAMPLE
from dcp.sound.loudness import Loudness, Meter
from dcp.text.layout.burnt import BurntCue, shown_in
from dcp.texts.catalogue import Text

_MEASURED_TOGETHER = 24
"""Units; they are measured while the next are made and written."""


def picture_maker(
    track: PictureTrackPlan, *, keyring: Keyring | None = None, marking: Marking | None = None
) -> PictureMaker:
    """keyring: for sources that are encrypted. marking: the mark of a track that begins somewhere in it."""
    stretches, begin = [], 0
    burnt = burnt_into(track)
    mark = None
    if marking is not None and track.begin is not None:
        mark = marking.marker(*track.size, track.rate)
    for piece in track.pieces:
        stretch = _stretch(track, piece, keyring, _from(burnt, begin))
        if mark is not None and track.begin is not None:
            stretch = replace(stretch, sizes=None, begin=track.begin + begin)
        stretches.append(stretch)
        begin += piece.count
    return PictureMaker(tuple(stretches), mark)


def burnt_into(track: PictureTrackPlan) -> Callable[[int], tuple[BurntCue, ...]] | None:
    """Tells the text over a frame of the track, by its number; None where there is none."""
    if not track.burnt:
        return None
    shown = [shown_in(each, track.rate) for each in track.burnt]
    return lambda number: tuple(cue for each in shown for cue in each(number))


def sound_maker(
    track: SoundTrackPlan,
    *,
    label_set: LabelSet = "smpte",
    tell: Callable[[Text], None] = lambda said: None,
    keyring: Keyring | None = None,
    asset_id: UUID | None = None,
) -> SoundMaker:
    """keyring: for sources that are encrypted. tell: is told what was found only in the work: samples over
    full scale, gaps. asset_id: of the track file, which the sync signal of immersive sound names.
    """
    return SoundMaker(track, label_set, tell, keyring, asset_id)


class SoundMaker:
    """Units as they pass are measured as well, where the extra `sound` is installed: `loudness`, when all are
    through."""

    def __init__(
        self,
        track: SoundTrackPlan,
        label_set: LabelSet,
        tell: Callable[[Text], None],
        keyring: Keyring | None,
        asset_id: UUID | None,
    ) -> None:
        self.track, self.label_set, self.tell, self.keyring = track, label_set, tell, keyring
        self.asset_id = asset_id
        self.loudness: Loudness | None = None

    def facts(self) -> EssenceFacts:
        return EssenceFacts("sound", self.track.rate, self.track.frames)

    @contextmanager
    def making(self, work: Work) -> Iterator[Units]:
        """Nothing is to be done before: the sizes are known."""
        track, form = self.track, self.track.form
        samples = samples_per_unit(track.rate, form.sample_rate)
        size = samples * form.channels * BYTES_PER_SAMPLE
        descriptor = sound_descriptor(form, label_set=self.label_set)
        yield Units(descriptor, [size] * track.frames, self._units)

    def _units(self) -> Iterator[bytes]:
        track = self.track
        units: Iterator[bytes] = chain.from_iterable(
            sound_units(
                piece.plan,
                edit_rate=track.rate,
                count=piece.count,
                first=piece.first,
                tell=self.tell,
                keyring=self.keyring,
            )
            for piece in track.pieces
        )
        if track.sync and self.asset_id is not None:
            units = with_signal(units, self.asset_id, track.rate, track.form, track.frames)
        heard = any(piece.plan.sources for piece in track.pieces)
        if not heard or not has("sound"):
            yield from units
            return
        meter = Meter(track.form.layout, track.form.sample_rate)
        with ThreadPoolExecutor(1) as aside:
            measured: Future[None] | None = None
            gathered: list[bytes] = []
            for unit in units:
                gathered.append(unit)
                if len(gathered) == _MEASURED_TOGETHER:
                    if measured is not None:
                        measured.result()
                    measured = aside.submit(meter.add, b"".join(gathered))
                    gathered.clear()
                yield unit
            if measured is not None:
                measured.result()
        meter.add(b"".join(gathered))
        self.loudness = meter.result()


# --- how it is done -----


def _from(
    burnt: Callable[[int], tuple[BurntCue, ...]] | None, begin: int
) -> Callable[[int], tuple[BurntCue, ...]] | None:
    return None if burnt is None else lambda number: burnt(begin + number)


def _stretch(
    track: PictureTrackPlan,
    piece: PicturePiece,
    keyring: Keyring | None,
    burnt: Callable[[int], tuple[BurntCue, ...]] | None,
) -> Stretch:
    run = piece.run
    recipes = tuple(
        Recipe(track.size, track.limits, track.rate, eye.placement, eye.colour, track.stereo)
        for eye in run.eyes
    )
    shared = len(run.eyes) == 2 and run.eyes[0].facts is run.eyes[1].facts and not run.codestreams
    reads = [_reader(piece, eye, number, keyring) for number, eye in enumerate(run.eyes)]
    facts = [absolute(eye.facts) for eye in run.eyes]
    refers = [_referrer(piece, eye, number, facts[number]) for number, eye in enumerate(run.eyes)]
    return Stretch(
        run.eyes[0].facts.path,
        reads[0],
        recipes,
        piece.count,
        None if shared or len(reads) < 2 else reads[1],
        _file_of(piece),
        _sizes(piece) if run.codestreams else None,
        burnt,
        refer=refers[0],
        refer_right=None if shared or len(reads) < 2 else refers[1],
        files=lambda: [file for each in facts for file in files_of(each)],
    )


def _sizes(piece: PicturePiece) -> Callable[[], Sequence[int] | None]:
    def sizes() -> Sequence[int] | None:
        eyes = []
        for number, eye in enumerate(piece.run.eyes):
            indexes = _part(eye.takes, piece.first, piece.count).first
            found = codestream_sizes(eye.facts, indexes, eye=_side(eye, number))
            if found is None:
                return None
            eyes.append(found)
        return [size for unit in zip(*eyes, strict=True) for size in unit]

    return sizes


def _file_of(piece: PicturePiece) -> Callable[[int, Eye], Path | None]:
    def file_of(at: int, eye: Eye) -> Path | None:
        plan = piece.run.eyes[-1 if eye == "right" else 0]
        index = plan.takes.first[piece.first + at]
        ref = next(references(plan.facts, (index,), eye=eye if plan.facts.stereo else None), None)
        return ref.file if index >= 0 and ref is not None else None

    return file_of


def _reader(
    piece: PicturePiece, eye: EyePlan, number: int, keyring: Keyring | None
) -> Callable[[int], Iterator[Frame]]:
    side = _side(eye, number)
    takes = _part(eye.takes, piece.first, piece.count)

    def pictures(indexes: Iterable[int]) -> Iterator[Pixels | bytes | None]:
        return read_picture(eye.facts, indexes, eye=side, keyring=keyring)

    def read(first: int) -> Iterator[Frame]:
        if takes.first[0] < 0:
            return repeat(None, piece.count - first)
        return taken_frames(takes, pictures, first)

    return read


def _referrer(
    piece: PicturePiece, eye: EyePlan, number: int, facts: PictureFacts
) -> Callable[[int], Iterator[Referred | None]] | None:
    """As `_reader`, by reference; None for codestreams: they are passed on here, or marked here. facts: the
    eye's, with paths that mean the same in every process."""
    side = _side(eye, number)
    if facts.kind not in ("video", "stills"):
        return None
    takes = _part(eye.takes, piece.first, piece.count)

    def refer(first: int) -> Iterator[Referred | None]:
        for at in range(first, piece.count):
            shown = [(takes.first[at], 1.0)]
            if takes.second and takes.weight[at]:
                weight = takes.weight[at]
                shown = [(takes.first[at], 1 - weight), (takes.second[at], weight)]
            indexes = [index for index, _ in shown]
            refs = [None] if indexes[0] < 0 else list(references(facts, indexes, eye=side))
            if None in refs:  # a gap, of which one half of a mix is none
                (ref, *_) = refs
                yield None if ref is None else Referred(((ref, 1.0),), facts)
            else:
                weights = [weight for _, weight in shown]
                yield Referred(tuple(zip(refs, weights, strict=True)), facts)  # type: ignore[arg-type]

    return refer


def _side(eye: EyePlan, number: int) -> Eye | None:
    if not eye.facts.stereo:
        return None
    return "right" if number else "left"


def _part(takes: Takes, first: int, count: int) -> Takes:
    stop = first + count
    return Takes(takes.first[first:stop], takes.second[first:stop], takes.weight[first:stop])
