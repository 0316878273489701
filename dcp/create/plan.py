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

Container = Literal["flat", "scope", "full"]
Resolution = Literal["2k", "4k"]

RATES = (24, 25, 30, 48, 50, 60)
"""ST 429-2 and ST 428-11, frames a second."""
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
    notes: tuple[str, ...] = ()

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

    def lines(self) -> list[str]:
        """The plan for a person to read."""
        width, height = self.size
        how = "encrypted, signed" if self.encrypt else "not encrypted"
        found = [
            f"{self.title} ({self.kind}), {self.standard}, {how}",
            f"picture {width}x{height} at {self.rate} frames a second, {self.mbps} Mbit/s at most",
            f"sound {self.layout.field}: {', '.join(name or '-' for name in self.layout.channels)}",
        ]
        for number, reel in enumerate(self.reels, start=1):
            picture = reel.picture
            about = f"about {picture.expected_frames}" if picture.expected_frames else "?"
            frames = about if picture.frames is None else picture.frames
            again = f", on the track files of reel {reel.tracks + 1}" if reel.tracks + 1 != number else ""
            found.append(f"reel {number}: {picture.path} ({frames} frames{again})")
        return [*found, *(f"note: {note}" for note in self.notes)]


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
    notes = [f"{one.path.name}: {note}" for one in dict.fromkeys(pictures) for note in one.notes]
    rate = _rate(pictures, picture_rate, notes)
    size = _size(pictures, container, resolution, notes)
    four_k = size[0] > 2048 or size[1] > 1080
    if four_k and rate not in RATES_4K:
        raise UsageError(f"4K at {rate} frames a second is no DCP", remedy="one of 24, 25, 30")
    samples_per_unit(rate)
    layout = _layout(sounds, notes)
    reels, seen = [], dict[tuple[Path, Path | None], int]()
    for number, (picture, sound) in enumerate(zip(pictures, sounds, strict=True)):
        same = (picture.path.resolve(), sound.path.resolve() if sound else None)
        reels.append(ReelPlan(picture, sound, seen.setdefault(same, number)))
    for picture in dict.fromkeys(pictures):
        if picture.frames is not None and picture.frames < rate:
            notes.append(f"{picture.path.name}: a reel shorter than a second is refused by some servers")
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


def other_rate_note(picture: PictureFacts, rate: Fraction) -> str:
    """What happens to a picture of another rate than the package's."""
    runs = f"{float(picture.rate or 0):g} frames a second"
    return f"{picture.path.name} runs at {runs}; its frames are shown one by one at {rate}"


def file_stem(title: str) -> str:
    """A title as the beginning of a file name that every file system takes."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode()
    stem = re.sub(r"[^A-Za-z0-9._-]+", "-", plain).strip("-._")
    return stem[:80] or "DCP"


# --- how it is done -----


def _check_words(sources: Sequence[Path], title: str, kind: str, audio: Sequence[Path]) -> None:
    if not sources:
        raise UsageError("there is no source")
    if len(sources) > MAX_REELS:
        raise UsageError(f"{len(sources)} reels are more than {MAX_REELS}")
    if not title.strip() or len(title) > MAX_TITLE or any(ord(sign) < 32 for sign in title):
        raise UsageError("the title is empty, too long, or holds a control sign", remedy="give --title T")
    if kind not in KINDS:
        raise UsageError(f"{kind!r} is no kind of content", remedy="one of " + ", ".join(KINDS))
    if audio and len(audio) != len(sources):
        raise UsageError(
            f"{len(audio)} sound files for {len(sources)} sources", remedy="give --audio once for each source"
        )


def _sound(source: Path, audio: Path | None) -> SoundFacts | None:
    if audio is not None:
        found = probe_sound(audio)
        if found is None:
            raise SourceError("there is no sound in it", where=audio)
        return found
    return None if source.is_dir() else probe_sound(source)


def _rate(pictures: Sequence[PictureFacts], wanted: Fraction | None, notes: list[str]) -> Fraction:
    rates = [picture.rate for picture in pictures]
    if wanted is None:
        found = {rate for rate in rates if rate is not None}
        if None in rates and not found:
            raise UsageError("the sources have no frame rate", remedy="give --picture-rate, such as 24")
        if len(found) != 1:
            listed = ", ".join(str(rate) for rate in sorted(found))
            raise UsageError(f"the sources have different frame rates: {listed}", remedy="--picture-rate R")
        wanted = found.pop()
        if wanted not in RATES:
            raise UsageError(
                f"{float(wanted):g} frames a second is no rate of a DCP",
                remedy="give --picture-rate, one of " + ", ".join(map(str, RATES)),
            )
    if wanted not in RATES:
        raise UsageError(
            f"{float(wanted):g} frames a second is no rate of a DCP",
            remedy="one of " + ", ".join(map(str, RATES)),
        )
    for picture in dict.fromkeys(pictures):
        if picture.rate is not None and picture.rate != wanted:
            notes.append(other_rate_note(picture, wanted) + ", its sound at its own speed")
    return wanted


def _size(
    pictures: Sequence[PictureFacts], container: Container, resolution: Resolution, notes: list[str]
) -> tuple[int, int]:
    """Codestreams have the size that they have; what is coded takes theirs, else that of the container."""
    fixed = {(one.width, one.height) for one in pictures if one.kind == "codestreams"}
    if len(fixed) > 1:
        raise SourceError(
            "the folders of codestreams have different picture sizes: "
            + ", ".join(f"{width}x{height}" for width, height in sorted(fixed)),
            remedy="one composition, one size",
        )
    size = fixed.pop() if fixed else CONTAINERS[container, resolution]
    if size not in CONTAINERS.values():
        notes.append(f"{size[0]}x{size[1]} is no picture size of a DCP (ST 428-1)")
    return size


def _layout(sounds: Sequence[SoundFacts | None], notes: list[str]) -> Layout:
    layouts = list(dict.fromkeys(sound.layout for sound in sounds if sound is not None))
    if len(layouts) > 1:
        raise SourceError(
            "the sources' sound has different layouts: " + ", ".join(layout.field for layout in layouts),
            remedy="give one layout throughout with --audio",
        )
    if None in sounds:
        silent = [str(number) for number, sound in enumerate(sounds, start=1) if sound is None]
        notes.append(f"no sound for reel {', '.join(silent)}: silence is written")
    return layouts[0] if layouts else FIVE_ONE
