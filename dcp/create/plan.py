"""The plan of a package: a value, printed and refused or accepted before the first frame is coded."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Literal

from dcp.create.sources.picture import CONTAINERS, PictureFacts, fitted_size, probe_picture
from dcp.create.sources.sound import BYTES_PER_SAMPLE, SoundFacts, probe_sound, samples_per_unit
from dcp.dataclass import dataclass
from dcp.documents.namespaces import Standard
from dcp.errors import SourceError, UsageError
from dcp.picture.limits import FrameLimits, frame_limits
from dcp.sound.layout import FIVE_ONE, Layout
from dcp.texts.catalogue import Text, text

Container = Literal["flat", "scope", "full"]
Resolution = Literal["2k", "4k"]

RATES = (24, 25, 30, 48, 50, 60)
"""ST 429-2 and ST 428-11, frames a second."""
RATES_LISTED = ", ".join(map(str, RATES))
RATES_4K = (24, 25, 30)
KINDS = ("feature", "trailer", "teaser", "test", "rating", "advertisement", "short", "transitional", "psa",
         "policy", "episode", "highlights", "event", "clip", "promo", "stereocard")  # fmt: skip
"""Content kinds of ST 429-7, ST 429-16 and ISDCF."""
MAX_REELS = 256
MAX_TITLE = 1024


@dataclass(frozen=True)
class ReelPlan:
    """tracks: the reel, from 0, whose track files play here; its own number unless a source comes again."""

    picture: PictureFacts
    sound: SoundFacts | None
    tracks: int


@dataclass(frozen=True)
class Plan:
    """Everything that was decided. size: (width, height) of the picture. frames: of all track files to be
    made, None when a source does not say. notes: what was assumed, for the user to read.
    """

    title: str
    kind: str
    rate: Fraction
    size: tuple[int, int]
    four_k: bool
    mbps: int
    encrypt: bool
    standard: Standard
    layout: Layout
    reels: tuple[ReelPlan, ...]
    notes: tuple[Text, ...] = ()

    @property
    def limits(self) -> FrameLimits:
        return frame_limits(self.rate, four_k=self.four_k, mbps=self.mbps)

    @property
    def own(self) -> tuple[int, ...]:
        """The reels that bring track files of their own."""
        return tuple(number for number, reel in enumerate(self.reels) if reel.tracks == number)

    @property
    def frames(self) -> int | None:
        counts = [self.reels[number].picture.frames for number in self.own]
        known = [count for count in counts if count is not None]
        return sum(known) if len(known) == len(counts) else None

    @property
    def expected_frames(self) -> int:
        """`frames`, estimated where a source does not say; 0 when nothing tells. For progress only."""
        counts = [self.reels[number].picture.expected_frames for number in self.own]
        return sum(counts) if all(counts) else 0

    @property
    def bytes_at_most(self) -> int | None:
        """Room for the track files and, beside them, the spool of the longest reel."""
        counts = [self.reels[number].picture.frames for number in self.own]
        if None in counts:
            return None
        known = [count for count in counts if count is not None]
        sound = samples_per_unit(self.rate) * len(self.layout.channels) * BYTES_PER_SAMPLE
        return (self.limits.total + sound) * sum(known) + self.limits.total * max(known)

    def lines(self) -> list[Text]:
        """The plan for a person to read."""
        width, height = self.size
        how = "plan.title-encrypted" if self.encrypt else "plan.title-plain"
        channels = ", ".join(name or "-" for name in self.layout.channels)
        return [
            text(how, title=self.title, kind=self.kind, standard=self.standard),
            text("plan.picture", width=width, height=height, rate=self.rate, mbps=self.mbps),
            text("plan.sound", field=self.layout.field, channels=channels),
            *(_reel_line(number, reel) for number, reel in enumerate(self.reels, start=1)),
            *(text("plan.note", note=note) for note in self.notes),
        ]


def plan_package(
    sources: Sequence[Path],
    *,
    title: str,
    kind: str = "feature",
    picture_rate: Fraction | None = None,
    container: Container = "flat",
    resolution: Resolution = "2k",
    mbps: int = 250,
    audio: Sequence[Path] = (),
    encrypt: bool = False,
    standard: Standard = "smpte",
) -> Plan:
    """Probe the sources, one a reel, and decide. audio: none, or one sound file for each source in order.

    UsageError, SourceError for what cannot become a package: an unknown kind, a rate no cinema has, a picture
    or sound that cannot be read or does not go together.
    """
    _check_words(sources, title, kind, audio)
    pictures = [probe_picture(path) for path in sources]
    sounds = [_sound(path, audio[n] if audio else None) for n, path in enumerate(sources)]
    notes = [
        text("note.in-file", file=one.path.name, note=note)
        for one in dict.fromkeys(pictures)
        for note in one.notes
    ]
    rate = _rate(pictures, picture_rate, notes)
    size = _size(pictures, container, resolution, notes)
    four_k = size[0] > 2048 or size[1] > 1080
    if four_k and rate not in RATES_4K:
        raise UsageError("create.rate-of-4k", rate=rate)
    samples_per_unit(rate)
    layout = _layout(sounds, notes)
    reels, seen = [], dict[tuple[Path, Path | None], int]()
    for number, (picture, sound) in enumerate(zip(pictures, sounds, strict=True)):
        same = (picture.path.resolve(), sound.path.resolve() if sound else None)
        reels.append(ReelPlan(picture, sound, seen.setdefault(same, number)))
    for picture in dict.fromkeys(pictures):
        if picture.frames is not None and picture.frames < rate:
            note = text("note.short-reel")
            notes.append(text("note.in-file", file=picture.path.name, note=note))
    return Plan(
        title=title,
        kind=kind,
        rate=rate,
        size=size,
        four_k=four_k,
        mbps=mbps,
        encrypt=encrypt,
        standard=standard,
        layout=layout,
        reels=tuple(reels),
        notes=tuple(notes),
    )


def active_area(plan: Plan, picture: PictureFacts) -> tuple[int, int]:
    """The part of the picture that is not black border: even sides."""
    if picture.kind == "codestreams":
        return plan.size
    width, height = fitted_size((picture.width, picture.height), plan.size, picture.pixel_aspect)
    return width - width % 2, height - height % 2


def other_rate_note(picture: PictureFacts, rate: Fraction, *, sound: bool = False) -> Text:
    """What happens to a picture, and to the sound with it, of another rate than the package's."""
    id = "note.other-rate-and-sound" if sound else "note.other-rate"
    return text(id, file=picture.path.name, rate=f"{float(picture.rate or 0):g}", shown=rate)


def file_stem(title: str) -> str:
    """A title as the beginning of a file name that every file system takes."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode()
    stem = re.sub(r"[^A-Za-z0-9._-]+", "-", plain).strip("-._")
    return stem[:80] or "DCP"


# --- how it is done -----


def _reel_line(number: int, reel: ReelPlan) -> Text:
    picture = reel.picture
    places = {"number": number, "path": picture.path}
    if picture.frames is not None:
        line = text("plan.reel", frames=picture.frames, **places)
    elif picture.expected_frames:
        line = text("plan.reel-about", frames=picture.expected_frames, **places)
    else:
        line = text("plan.reel-unknown", **places)
    if reel.tracks + 1 == number:
        return line
    return text("plan.reel-again", line=line, other=reel.tracks + 1)


def _check_words(sources: Sequence[Path], title: str, kind: str, audio: Sequence[Path]) -> None:
    if not sources:
        raise UsageError("create.no-source")
    if len(sources) > MAX_REELS:
        raise UsageError("create.too-many-reels", n=len(sources), most=MAX_REELS)
    if not title.strip() or len(title) > MAX_TITLE or any(ord(sign) < 32 for sign in title):
        raise UsageError("create.title", most=MAX_TITLE)
    if kind not in KINDS:
        raise UsageError("create.kind", kind=kind, kinds=", ".join(KINDS))
    if audio and len(audio) != len(sources):
        raise UsageError("create.audio-count", n=len(audio), sources=len(sources))


def _sound(source: Path, audio: Path | None) -> SoundFacts | None:
    if audio is not None:
        found = probe_sound(audio)
        if found is None:
            raise SourceError("source.no-sound", where=audio)
        return found
    return None if source.is_dir() else probe_sound(source)


def _rate(pictures: Sequence[PictureFacts], wanted: Fraction | None, notes: list[Text]) -> Fraction:
    rates = [picture.rate for picture in pictures]
    if wanted is None:
        found = {rate for rate in rates if rate is not None}
        if None in rates and not found:
            raise UsageError("create.no-rate", rates=RATES_LISTED)
        if len(found) != 1:
            listed = ", ".join(str(rate) for rate in sorted(found))
            raise UsageError("create.several-rates", rates=listed)
        wanted = found.pop()
        if wanted not in RATES:
            raise UsageError("create.no-such-rate", rate=f"{float(wanted):g}", rates=RATES_LISTED)
    if wanted not in RATES:
        raise UsageError("create.no-such-rate", rate=f"{float(wanted):g}", rates=RATES_LISTED)
    for picture in dict.fromkeys(pictures):
        if picture.rate is not None and picture.rate != wanted:
            notes.append(other_rate_note(picture, wanted, sound=True))
    return wanted


def _size(
    pictures: Sequence[PictureFacts], container: Container, resolution: Resolution, notes: list[Text]
) -> tuple[int, int]:
    """Codestreams have the size that they have; what is coded takes theirs, else that of the container."""
    fixed = {(one.width, one.height) for one in pictures if one.kind == "codestreams"}
    if len(fixed) > 1:
        raise SourceError(
            "create.picture-sizes", sizes=", ".join(f"{width}x{height}" for width, height in sorted(fixed))
        )
    size = fixed.pop() if fixed else CONTAINERS[container, resolution]
    if size not in CONTAINERS.values():
        notes.append(text("note.picture-size", width=size[0], height=size[1]))
    return size


def _layout(sounds: Sequence[SoundFacts | None], notes: list[Text]) -> Layout:
    layouts = list(dict.fromkeys(sound.layout for sound in sounds if sound is not None))
    if len(layouts) > 1:
        raise SourceError("create.sound-layouts", layouts=", ".join(layout.field for layout in layouts))
    if None in sounds:
        silent = [str(number) for number, sound in enumerate(sounds, start=1) if sound is None]
        notes.append(text("note.silence", reels=", ".join(silent)))
    return layouts[0] if layouts else FIVE_ONE
