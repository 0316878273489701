"""The plan of a package: a value, printed and refused or accepted before the first frame is coded.

A run is a source from the first to the last of its frames that are shown, at the package's rate. A track is
made of pieces of runs, of one whole run mostly; a reel that was cut has pieces of the run that it was cut of.
"""

from __future__ import annotations

import uuid
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

from dcp.create.job.values import Essence, TextKind
from dcp.create.planning.described import Described
from dcp.create.planning.marking import Marking
from dcp.create.planning.rates import Takes
from dcp.create.planning.sound_values import SoundPlan
from dcp.create.sources.aux_data import AuxFacts
from dcp.create.sources.facts import PictureFacts
from dcp.dataclass import dataclass
from dcp.documents.cpl import Rating
from dcp.documents.namespaces import Standard
from dcp.errors import UsageError
from dcp.packing.facts import PlayedTrack, SoundForm
from dcp.packing.kinds import Kind
from dcp.packing.naming import NO_SPEECH
from dcp.packing.registries import Territory
from dcp.picture.coding import Coding
from dcp.picture.colour.path import ColourPath
from dcp.picture.geometry import Placement
from dcp.picture.limits import FrameLimits
from dcp.sound.layout import BYTES_PER_SAMPLE
from dcp.text.layout.burnt import BurntText
from dcp.text.values import Cue, Line
from dcp.texts.catalogue import Text

_TEXT_FRAME, _TEXT_LINE = 1 << 17, 1024
_TEXT_ELEMENTS: dict[tuple[TextKind, Standard], str] = {
    ("subtitle", "smpte"): "MainSubtitle",
    ("subtitle", "interop"): "MainSubtitle",
    ("caption", "smpte"): "ClosedCaption",
    ("caption", "interop"): "MainClosedCaption",
}
_AROUND_A_UNIT = 200
"""Bytes: key, length, what encryption takes, its place in the index."""


@dataclass(frozen=True)
class EyePlan:
    """One picture's way: the source, the frame that each of the package is taken from, where it lies and what
    its colours mean. placement, colour: None for codestreams, which stay as they are."""

    facts: PictureFacts
    takes: Takes
    placement: Placement | None
    colour: ColourPath | None


@dataclass(frozen=True)
class Run:
    """eyes: one, or left and right. frames: edit units. name: of the file or folder, for people."""

    eyes: tuple[EyePlan, ...]
    frames: int

    @property
    def name(self) -> str:
        return self.eyes[0].facts.path.name

    @property
    def codestreams(self) -> bool:
        return self.eyes[0].placement is None


@dataclass(frozen=True)
class PicturePiece:
    """Frames `first` to before `first + count` of a run."""

    run: Run
    first: int
    count: int


@dataclass(frozen=True)
class PictureTrackPlan:
    """A picture track file. size: (width, height). rate: edit units a second. mbps: what was chosen. burnt:
    texts in the picture, on the file's own clock, the lowest first. begin: of one that is marked, which frame
    of the composition its first one is."""

    pieces: tuple[PicturePiece, ...]
    size: tuple[int, int]
    rate: Fraction
    limits: FrameLimits
    mbps: int
    stereo: bool = False
    hdr: bool = False
    burnt: tuple[BurntText, ...] = ()
    begin: int | None = None

    @property
    def frames(self) -> int:
        return sum(piece.count for piece in self.pieces)

    @property
    def codestreams(self) -> bool:
        """Whether nothing is coded: every frame is a codestream already, and gets no mark."""
        return self.begin is None and all(piece.run.codestreams for piece in self.pieces)

    @property
    def bytes_at_most(self) -> int:
        return self.frames * self.limits.total * (2 if self.stereo else 1)


@dataclass(frozen=True)
class SoundPiece:
    """Edit units `first` to before `first + count` of a reel's sound."""

    plan: SoundPlan
    first: int
    count: int


@dataclass(frozen=True)
class SoundTrackPlan:
    """A sound track file. sync: its channel 14 gets the sync signal of immersive sound."""

    pieces: tuple[SoundPiece, ...]
    rate: Fraction
    sync: bool = False

    @property
    def frames(self) -> int:
        return sum(piece.count for piece in self.pieces)

    @property
    def form(self) -> SoundPlan:
        """What all pieces have alike: layout, rate of samples, language."""
        return self.pieces[0].plan

    @property
    def bytes_at_most(self) -> int:
        form = self.form
        return int(self.frames / self.rate * form.sample_rate) * form.channels * BYTES_PER_SAMPLE


@dataclass(frozen=True)
class TextTrackPlan:
    """A track file of timed text; in Interop a document with its files beside it.

    cues: on the reel's clock, on whole edit units; one without a sign where the reel has no text. number: of
    the reel, from 1. title: of the film. sources: whose cues they are. font: cut to the signs of the cues,
    None of pictures alone; images: by the resource that a cue names.
    """

    kind: TextKind
    language: str
    cues: tuple[Cue, ...]
    rate: Fraction
    frames: int
    number: int
    title: str
    sources: tuple[Path, ...] = ()
    font: bytes | None = None
    images: tuple[tuple[uuid.UUID, bytes], ...] = ()

    def element(self, standard: Standard) -> str:
        """The playlist's element for it."""
        return _TEXT_ELEMENTS[self.kind, standard]

    @property
    def bytes_at_most(self) -> int:
        """Of the document by far more than what is written for a cue, its signs apart."""
        signs = sum(
            len(one.text.encode()) for cue in self.cues for one in cue.content if isinstance(one, Line)
        )
        document = _TEXT_FRAME + 2 * signs + _TEXT_LINE * sum(len(cue.content) for cue in self.cues)
        return document + len(self.font or b"") + sum(len(data) for _, data in self.images)


@dataclass(frozen=True)
class AuxTrackPlan:
    """A track file of auxiliary data: frames `first` to before `first + count` of a source."""

    facts: AuxFacts
    first: int
    count: int
    rate: Fraction

    @property
    def frames(self) -> int:
        return self.count

    @property
    def bytes_at_most(self) -> int:
        return sum(self.facts.sizes[self.first : self.first + self.count]) + _AROUND_A_UNIT * self.count

    def part(self, start: int, count: int) -> AuxTrackPlan:
        """Of `count` units from unit `start` of this one on."""
        return replace(self, first=self.first + start, count=count)


@dataclass(frozen=True)
class Referred:
    """A stretch of a track of the original version, which a version file plays and does not carry.

    track: the original's, with the entry point and the duration that play here. path: its file. form: of
    sound.
    """

    track: PlayedTrack
    path: Path
    form: SoundForm | None = None

    def part(self, start: int, count: int, rate: Fraction) -> Referred:
        """Frames `start` to before `start + count` of it, `rate` of them a second. UsageError where these do
        not begin and end with edit units of the track."""
        track = self.track
        per = (track.edit_rate or rate) / rate
        first, length = start * per, count * per
        if first.denominator != 1 or length.denominator != 1:
            raise UsageError("ov.not-whole", where=self.path, rate=track.edit_rate or rate)
        entry = track.entry_point + int(first)
        return replace(self, track=replace(track, entry_point=entry, duration=int(length)))


@dataclass(frozen=True)
class ReelPlan:
    """picture, sound: numbers of the plan's tracks, from 0, or tracks of the original; sound None where the
    original has none. frames: edit units. others: the original's text and auxiliary data. texts: numbers of
    the plan's texts, subtitles first. aux: as picture, its own alone.
    """

    picture: int | Referred
    sound: int | Referred | None
    frames: int
    others: tuple[Referred, ...] = ()
    texts: tuple[int, ...] = ()
    aux: int | None = None

    @property
    def referred(self) -> tuple[Referred, ...]:
        """All that it plays of the original."""
        return tuple(each for each in (self.picture, self.sound, *self.others) if isinstance(each, Referred))


@dataclass(frozen=True)
class CompositionPlan:
    """title: ContentTitleText; full_title: the film's. active: (width, height) inside black borders.

    markers: label and frame of the composition. described: what its metadata say beside. packing_list: the
    name of its packing list, where the job has several. burnt_in: language of text in the picture, where it
    is known.
    """

    title: str
    full_title: str
    kind: Kind
    rate: Fraction
    reels: tuple[ReelPlan, ...]
    size: tuple[int, int]
    active: tuple[int, int]
    stereo: bool
    hdr: bool
    markers: tuple[tuple[str, int], ...] = ()
    ratings: tuple[Rating, ...] = ()
    territory: Territory | None = None
    facility: str | None = None
    described: Described = Described()
    packing_list: str | None = None
    burnt_in: str | None = None

    @property
    def frames(self) -> int:
        return sum(reel.frames for reel in self.reels)

    @property
    def version_file(self) -> bool:
        """Whether it plays tracks of an original."""
        return any(reel.referred for reel in self.reels)


@dataclass(frozen=True)
class Plan:
    """decisions: what was chosen, assumed, converted, cut or left out, a line each. advice: what had better
    be otherwise, with what to do. seconds: what the work is likely to take, where that was asked for. mark:
    what every frame of the picture gets. coding: with how much of its samples it is coded."""

    compositions: tuple[CompositionPlan, ...]
    pictures: tuple[PictureTrackPlan, ...]
    sounds: tuple[SoundTrackPlan, ...]
    standard: Standard
    encrypt: tuple[Essence, ...] = ()
    decisions: tuple[Text, ...] = ()
    advice: tuple[Text, ...] = ()
    seconds: float | None = None
    texts: tuple[TextTrackPlan, ...] = ()
    auxes: tuple[AuxTrackPlan, ...] = ()
    mark: Marking | None = None
    coding: Coding = "fine"

    @property
    def frames(self) -> int:
        """Of all picture track files to be made."""
        return sum(track.frames for track in self.pictures)

    @property
    def bytes_at_most(self) -> int:
        """Room for the track files and, beside them, the spool of the longest picture."""
        pictures = [track.bytes_at_most for track in self.pictures]
        spool = max(pictures, default=0)
        sounds = sum(track.bytes_at_most for track in self.sounds)
        others = sum(track.bytes_at_most for track in self.texts)
        others += sum(track.bytes_at_most for track in self.auxes)
        return sum(pictures) + spool + sounds + others

    @property
    def referred(self) -> tuple[Referred, ...]:
        """What plays of the original, each stretch once."""
        reels = [reel for each in self.compositions for reel in each.reels]
        return tuple(dict.fromkeys(each for reel in reels for each in reel.referred))

    @property
    def secret(self) -> bool:
        """Whether anything that plays is encrypted: its documents have to be signed then."""
        return bool(self.encrypt) or any(each.track.key_id is not None for each in self.referred)

    def sound_form(self, composition: CompositionPlan) -> SoundForm | None:
        """What the composition's sound is, None of one without. language: what is spoken first: a logo's reel
        has music alone, or no sound."""
        forms = [form for reel in composition.reels if (form := self._form(reel)) is not None]
        if not forms:
            return None
        told = [form.language for form in forms if form.language]
        return replace(forms[0], language=min(told, key=lambda tag: tag == NO_SPEECH, default=None))

    def _form(self, reel: ReelPlan) -> SoundForm | None:
        if isinstance(reel.sound, int):
            form = self.sounds[reel.sound].form
            return SoundForm(form.layout.field, form.layout.channels, form.sample_rate, form.language)
        return reel.sound.form if reel.sound is not None else None
