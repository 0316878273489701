"""The reels of a composition, every source looked into: a package gives its reels, a timeline its cuts."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

from dcp.create.job.values import AuxTrack, Composition, PictureTrack, Reel, SoundTrack
from dcp.create.planning.originals import OriginalPicture, OriginalReel, anew, reel_of, reel_of_package
from dcp.create.sources.imf import is_imf, open_imf
from dcp.create.sources.media import check_regular
from dcp.create.sources.original import Originals
from dcp.create.sources.sound_probe import StreamFacts
from dcp.create.sources.timeline import Cut, is_timeline, read_timeline
from dcp.create.sources.trackfile import (
    PackageReel,
    is_package,
    package_at,
    package_reel,
    package_reels,
)
from dcp.dataclass import dataclass
from dcp.documents.cpl import MARKER_LABELS
from dcp.documents.imf import TEXTS
from dcp.errors import SourceError, UsageError
from dcp.secrets.keys import Keyring
from dcp.texts.catalogue import Text, text


@dataclass(frozen=True)
class Part:
    """A stretch of a reel out of one source. black: as many frames without a picture; cut: of a timeline;
    original: of the original's picture, which plays as it stands."""

    picture: PictureTrack
    cut: Cut | None = None
    original: OriginalPicture | None = None

    @property
    def black(self) -> int:
        return self.cut.frames if self.cut is not None and self.cut.source is None else 0


@dataclass(frozen=True)
class LogicalReel:
    """A reel as the job means it, before it is cut into shorter ones. rate: of a timeline. original: what
    plays of the original version. number: of the job's reel that it is of, from 0. aux_first: the unit of
    auxiliary data that plays first, where a package says it. heard, markers: of a composition of IMF its
    virtual tracks of sound, and its markers by label in seconds.
    """

    parts: tuple[Part, ...]
    sound: SoundTrack
    rate: Fraction | None = None
    decisions: tuple[Text, ...] = ()
    original: OriginalReel = OriginalReel()
    number: int = 0
    aux: AuxTrack | None = None
    aux_first: int | None = None
    heard: tuple[StreamFacts, ...] = ()
    markers: tuple[tuple[str, Fraction], ...] = ()


def expand(
    composition: Composition, *, originals: Originals | None = None, keyring: Keyring | None = None
) -> list[LogicalReel]:
    """The reels in order, those that are the same as another put in its place.

    originals: under a version file; of a package that is a source, what they hold plays from there.
    SourceError, KeyMissingError, DcpError for a package or a timeline that cannot be taken.
    """
    reels: list[LogicalReel] = []
    # a text of one reel has its place in all of them, but for those that name what they play of the original
    all_texts = (*composition.texts, *(each for reel in composition.reels for each in reel.texts))
    for number, reel in enumerate(composition.reels):
        picture, sound = reel.picture, reel.sound
        if picture.same_as is not None:
            picture = composition.reels[picture.same_as - 1].picture
        if sound.same_as is not None:
            sound = composition.reels[sound.same_as - 1].sound
        texts = (*composition.texts, *reel.texts) if reel.others else all_texts
        meant = Reel(picture, sound, texts, reel.aux, reel.others)
        found = _expanded(meant, composition, originals, keyring)
        reels += [replace(each, number=number) for each in found]
    return reels


def _expanded(
    reel: Reel, composition: Composition, originals: Originals | None, keyring: Keyring | None
) -> list[LogicalReel]:
    if originals is not None and reel.picture.ov is not None:
        return [_of_original(reel_of(originals, reel), reel)]
    found = _of_source(reel, composition, originals, keyring)
    if originals is None or (reel.sound.ov is None and not reel.others):
        return found
    if len(found) > 1:
        raise UsageError("ov.of-several", where=reel.picture.source)
    own = [each for each in found if each.original.picture is None]
    return [replace(each, original=reel_of(originals, reel)) for each in own] or found


def _of_source(
    reel: Reel, composition: Composition, originals: Originals | None, keyring: Keyring | None
) -> list[LogicalReel]:
    source = reel.picture.source
    if source is None:
        raise SourceError("source.none")
    if source.exists() and not source.is_dir():
        check_regular(source)
    if source.exists() and is_imf(source):
        return [_of_imf(source, reel)]
    if source.exists() and is_package(source):
        if originals is not None:
            return _over_original(source, reel, originals, keyring)
        found = package_reels(source, keyring=keyring)
        if reel.aux is not None and len(found) > 1:
            raise UsageError("job.aux-beside-package", where=source, n=len(found))
        return [_of_package(each, reel) for each in found]
    if is_timeline(source):
        if reel.picture.trim is not None or reel.picture.right is not None:
            raise UsageError("job.trim-of-timeline", where=source)
        timeline = read_timeline(source, rate=composition.picture_rate, gaps=reel.picture.gaps)
        parts = tuple(_of_cut(cut, reel.picture, timeline.rate) for cut in timeline.cuts)
        return [LogicalReel(parts, reel.sound, timeline.rate, timeline.decisions, aux=reel.aux)]
    return [LogicalReel((Part(reel.picture),), reel.sound, aux=reel.aux)]


def _of_imf(source: Path, reel: Reel) -> LogicalReel:
    """All of the composition is one reel; its segments are chapters."""
    from dcp.create.sources.imf_pcm import sounds_of  # which few bring
    from dcp.create.sources.imf_timeline import timeline_of

    timeline = timeline_of(open_imf(source))
    own = not reel.sound.sources and not reel.sound.silent
    heard = sounds_of(timeline) if own else ()
    decisions = [*timeline.source.decisions]
    played = [part for track in (timeline.picture, *timeline.sounds) for part in track.parts]
    unlisted = {part.path.name for part in played if part.resource.track_file not in timeline.source.listed}
    if unlisted:
        decisions.append(text("plan.imf-unlisted", names=sorted(unlisted)))
    for left in timeline.left:
        id = (
            ("plan.imf-text-left" if left.whole else "plan.imf-text-cut")
            if left.kind in TEXTS
            else "plan.imf-left"
        )
        decisions.append(text(id, kind=left.kind, files=left.files or ("-",)))
    if not heard and own and not timeline.sounds:
        decisions.append(text("plan.imf-no-sound"))
    known = [each for each in timeline.markers if each[0] in MARKER_LABELS]
    unknown = tuple(dict.fromkeys(label for label, _ in timeline.markers if label not in MARKER_LABELS))
    if unknown:
        decisions.append(text("plan.imf-markers-left", labels=unknown))
    if known:
        decisions.append(text("plan.imf-markers", labels=[label for label, _ in known]))
    right = reel.picture.right
    if right is not None and right.is_dir() and is_imf(right):
        right = open_imf(right).path
    picture = replace(reel.picture, source=timeline.source.path, right=right)
    return LogicalReel(
        (Part(picture),), reel.sound, decisions=tuple(decisions), aux=reel.aux, heard=heard,
        markers=tuple(known),
    )  # fmt: skip


def _of_original(original: OriginalReel, reel: Reel) -> LogicalReel:
    assert original.picture is not None
    track = replace(reel.picture, source=original.picture.facts.path, ov=None, trim=None)
    return LogicalReel((Part(track, original=original.picture),), reel.sound, original=original, aux=reel.aux)


def _over_original(
    source: Path, reel: Reel, originals: Originals, keyring: Keyring | None
) -> list[LogicalReel]:
    """Reels of a package: what the originals hold plays from there, the rest is taken as from any package."""
    package, cpl, said = package_at(source, ov=[each.root for each in originals.packages], anew=anew(reel))
    found = [
        _of_original(reel_of_package(originals, each, reel), reel)
        if each.picture is not None and originals.holds(each.picture.id)
        else _of_package(package_reel(package, number, each, keyring=keyring), reel)
        for number, each in enumerate(cpl.reels, start=1)
    ]
    return [replace(each, decisions=(*said, *each.decisions)) for each in found]


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
    aux, first = reel.aux, None
    if aux is None and found.aux is not None:
        aux, first = AuxTrack(found.aux.path), found.aux.entry_point
    return LogicalReel((Part(picture),), sound, None, found.decisions, aux=aux, aux_first=first)


def _of_cut(cut: Cut, track: PictureTrack, rate: Fraction) -> Part:
    if cut.source is None:
        return Part(track, cut)
    still = cut.frames / rate if cut.still else None
    trim = None if cut.still else f"{cut.start}-{cut.end}"
    return Part(replace(track, source=cut.source, trim=trim, still=still, gaps=None), cut)
