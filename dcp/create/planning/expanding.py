"""The reels of a composition, every source looked into: a package gives its reels, a timeline its cuts."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from dcp.create.job.values import Composition, PictureTrack, Reel, SoundTrack
from dcp.create.sources.media import check_regular
from dcp.create.sources.timeline import Cut, is_timeline, read_timeline
from dcp.create.sources.trackfile import PackageReel, is_package, package_reels
from dcp.dataclass import dataclass
from dcp.errors import SourceError, UsageError
from dcp.secrets.keys import Keyring
from dcp.texts.catalogue import Text


@dataclass(frozen=True)
class Part:
    """A stretch of a reel out of one source. black: as many frames without a picture; cut: of a timeline."""

    picture: PictureTrack
    cut: Cut | None = None

    @property
    def black(self) -> int:
        return self.cut.frames if self.cut is not None and self.cut.source is None else 0


@dataclass(frozen=True)
class LogicalReel:
    """A reel as the job means it, before it is cut into shorter ones. rate: of a timeline."""

    parts: tuple[Part, ...]
    sound: SoundTrack
    rate: Fraction | None = None
    decisions: tuple[Text, ...] = ()


def expand(composition: Composition, *, keyring: Keyring | None = None) -> list[LogicalReel]:
    """The reels in order, those that are the same as another put in its place.

    SourceError, KeyMissingError, DcpError for a package or a timeline that cannot be taken.
    """
    reels: list[LogicalReel] = []
    for reel in composition.reels:
        picture, sound = reel.picture, reel.sound
        if picture.same_as is not None:
            picture = composition.reels[picture.same_as - 1].picture
        if sound.same_as is not None:
            sound = composition.reels[sound.same_as - 1].sound
        reels += _expanded(Reel(picture, sound), composition, keyring)
    return reels


def _expanded(reel: Reel, composition: Composition, keyring: Keyring | None) -> list[LogicalReel]:
    source = reel.picture.source
    if source is None:
        raise SourceError("source.none")
    if source.exists() and not source.is_dir():
        check_regular(source)
    if source.exists() and is_package(source):
        return [_of_package(each, reel) for each in package_reels(source, keyring=keyring)]
    if is_timeline(source):
        if reel.picture.trim is not None or reel.picture.right is not None:
            raise UsageError("job.trim-of-timeline", where=source)
        timeline = read_timeline(source, rate=composition.picture_rate, gaps=reel.picture.gaps)
        parts = tuple(_of_cut(cut, reel.picture, timeline.rate) for cut in timeline.cuts)
        return [LogicalReel(parts, reel.sound, timeline.rate, timeline.decisions)]
    return [LogicalReel((Part(reel.picture),), reel.sound)]


def _of_package(found: PackageReel, reel: Reel) -> LogicalReel:
    if reel.picture.trim is not None:
        raise UsageError("job.trim-of-package", where=reel.picture.source)
    picture = replace(reel.picture, source=found.picture.path, trim=found.picture.trim)
    sound = reel.sound
    if not sound.sources and not sound.silent:
        if found.sound is None:
            sound = SoundTrack(silent=True)
        else:
            sound = replace(
                sound, sources=(found.sound.path,), language=sound.language or found.sound.language
            )
            if found.sound.entry_point != found.picture.entry_point:
                raise SourceError("job.package-entry-points", where=found.sound.path)
    return LogicalReel((Part(picture),), sound, None, found.decisions)


def _of_cut(cut: Cut, track: PictureTrack, rate: Fraction) -> Part:
    if cut.source is None:
        return Part(track, cut)
    still = cut.frames / rate if cut.still else None
    trim = None if cut.still else f"{cut.start}-{cut.end}"
    return Part(replace(track, source=cut.source, trim=trim, still=still, gaps=None), cut)
