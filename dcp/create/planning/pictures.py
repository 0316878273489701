"""A reel's picture decided: which frames, where they lie, what their colours mean."""

from __future__ import annotations

from array import array
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

from dcp.create.job.values import Composition, PictureTrack
from dcp.create.planning.bars import Bars, common, find_bars, sampled
from dcp.create.planning.clock import TimeMap
from dcp.create.planning.colour import colour_of
from dcp.create.planning.expanding import LogicalReel, Part
from dcp.create.planning.originals import OriginalPicture
from dcp.create.planning.plan import EyePlan, PicturePiece, Run
from dcp.create.planning.rates import RatePlan, Takes, plan_rate, select, shown_frames, time_map
from dcp.create.planning.sizes import eye_box, plan_sizes
from dcp.create.planning.telling import in_file
from dcp.create.sources.codestreams import check_all, check_passed
from dcp.create.sources.facts import PictureFacts
from dcp.create.sources.opening import probe_picture, read_picture
from dcp.create.sources.timeline import check_cut
from dcp.dataclass import dataclass
from dcp.errors import SourceError, UsageError
from dcp.picture.cinema import CONTAINERS
from dcp.picture.limits import FrameLimits
from dcp.secrets.keys import Keyring
from dcp.texts.catalogue import Text, text
from dcp.timecode import range_of

_SAMPLES = 4


@dataclass(frozen=True)
class Probed:
    """A part of a reel with what its sources are. right: the other eye's, of a source of its own."""

    part: Part
    facts: PictureFacts
    right: PictureFacts | None = None

    @property
    def all(self) -> tuple[PictureFacts, ...]:
        return (self.facts,) if self.right is None else (self.facts, self.right)

    @property
    def codestreams(self) -> bool:
        return self.facts.kind in ("codestreams", "trackfile")

    @property
    def stereo(self) -> bool:
        return self.right is not None or self.facts.stereo or self.part.picture.stereo is not None


@dataclass(frozen=True)
class PlannedPicture:
    """A part's run, and its clock, which its own sound is on. trim: seconds of the source cut off before;
    beyond: seconds of the package that it would last on. original: it plays from there, as it stands.
    """

    piece: PicturePiece
    clock: TimeMap
    trim: Fraction
    decisions: tuple[Text, ...]
    advice: tuple[Text, ...]
    beyond: Fraction = Fraction(0)
    original: OriginalPicture | None = None


def probe_reel(reel: LogicalReel, *, keyring: Keyring | None) -> list[Probed]:
    """The sources of a reel's parts; black ones take the facts of the part before, or behind."""
    seen: dict[PictureTrack, PictureFacts] = {}  # a timeline's cuts come back to few sources

    def facts_of(track: PictureTrack) -> PictureFacts:
        source = replace(track, trim=None)
        if source not in seen:
            seen[source] = probe_picture(source, keyring=keyring)
        return seen[source]

    found = [None if part.black else _probed(part, facts_of) for part in reel.parts]
    if not any(found):
        raise SourceError("source.no-picture", where=reel.parts[0].picture.source)
    near = next(each for each in found if each is not None)
    probed = []
    for part, each in zip(reel.parts, found, strict=True):
        near = each or near
        probed.append(replace(near, part=part))
    return probed


def _probed(part: Part, facts_of: Callable[[PictureTrack], PictureFacts]) -> Probed:
    picture = part.picture
    if part.original is not None:
        return Probed(part, part.original.facts)
    facts = facts_of(picture)
    if part.cut is not None and picture.source is not None:
        check_cut(part.cut, facts, picture.source)
    right = None
    if picture.right is not None:
        right = facts_of(replace(picture, source=picture.right, right=None))
        if right.frames != facts.frames or right.rate != facts.rate:
            raise SourceError("source.eyes-differ", where=right.path, left=facts.frames, right=right.frames)
        if {facts.kind, right.kind} & {"codestreams", "trackfile"} and facts.kind != right.kind:
            raise SourceError("source.eyes-of-two-kinds", where=right.path)
    return Probed(part, facts, right)


def package_rate(composition: Composition, reels: list[tuple[LogicalReel, list[Probed]]]) -> Fraction:
    """The rate of a composition: as told, else what its sources agree on. UsageError where they do not."""
    if (original := _rate_of_original(reels)) is not None:
        if composition.picture_rate not in (None, original):
            raise UsageError(
                "ov.rate", where="--picture-rate", rate=original, wanted=composition.picture_rate
            )
        return plan_rate(None, False, original, None).rate
    if composition.picture_rate is not None:
        plan = plan_rate(None, False, composition.picture_rate, None)
        return plan.rate
    rates = set()
    stills: PictureFacts | None = None
    for reel, parts in reels:
        if reel.rate is not None:
            rates.add(plan_rate(reel.rate, False, None, composition.rate_conversion).rate)
            continue
        for probed in parts:
            facts = probed.facts
            if facts.rate is None:
                stills = facts
                continue
            rates.add(
                plan_rate(
                    facts.rate, facts.variable, None, composition.rate_conversion, where=facts.path
                ).rate
            )
    if len(rates) > 1:
        raise UsageError("create.several-rates", rates=", ".join(str(rate) for rate in sorted(rates)))
    if not rates:
        return plan_rate(None, False, None, None, where=stills.path if stills else None).rate
    return rates.pop()


def picture_size(composition: Composition, probed: list[Probed]) -> tuple[int, int]:
    """Codestreams have the size that they have, what is coded takes theirs, else that of the container."""
    fixed = {(one.width, one.height) for each in probed if each.codestreams for one in each.all}
    if len(fixed) > 1:
        raise SourceError(
            "create.picture-sizes", sizes=", ".join(f"{width}x{height}" for width, height in sorted(fixed))
        )
    return fixed.pop() if fixed else CONTAINERS[composition.container, composition.resolution]


def plan_picture(
    probed: Probed,
    composition: Composition,
    *,
    rate: Fraction,
    size: tuple[int, int],
    keyring: Keyring | None,
) -> PlannedPicture:
    """Decide everything about a part. UsageError, SourceError for what cannot be."""
    facts, track = probed.facts, probed.part.picture
    if probed.part.original is not None:
        return _of_original(probed.part.original)
    if probed.part.black:
        return _black(probed, rate, size, composition)
    rates = plan_rate(facts.rate, facts.variable, rate, composition.rate_conversion, where=facts.path)
    start, stop = _trim(track, rates)
    takes = _taken(probed.part, facts, rates, start, stop)
    decisions = [*rates.decisions, *facts.decisions, *takes.decisions]
    eyes, advice = [], list[Text]()
    sources = _eyes(probed)
    taken = [
        takes if source is facts else _taken(probed.part, source, rates, start, stop) for source, _ in sources
    ]
    bars = _bars(probed, takes, taken[-1], keyring)
    for number, (source, half) in enumerate(sources):
        eye, said, advised = _eye(source, half, taken[number], track, composition, size, bars)
        eyes.append(eye)
        if number == 0 or (source is not facts and said):
            decisions += said
            advice += advised
    run = Run(tuple(eyes), len(takes))
    clock = time_map(facts, rates, start)
    return PlannedPicture(
        PicturePiece(run, 0, len(takes)),
        clock,
        Fraction(start) / rate * rates.speed,
        tuple(in_file(facts.path, each) for each in dict.fromkeys(decisions)),
        tuple(in_file(facts.path, each) for each in dict.fromkeys(advice)),
        Fraction(0 if stop is None or track.still is not None else shown_frames(facts, rates) - stop) / rate,
    )


def check_codestreams(
    probed: Probed, limits: FrameLimits, rate: Fraction, *, stereo: bool, keyring: Keyring | None
) -> None:
    """SourceError, naming it, for a codestream that could not be passed on: before the work that would end
    there. Of a track file some are looked at, as they are encrypted perhaps."""
    if probed.part.original is not None:
        return  # it was passed already, and its key may not be at hand
    for facts in probed.all:
        if facts.kind == "codestreams":
            check_all(facts, limits=limits, rate=rate, stereo=stereo)
        elif facts.kind == "trackfile":
            numbers = sorted({0, *sampled(facts.frames, _SAMPLES), facts.frames - 1})
            for number, data in zip(numbers, read_picture(facts, numbers, keyring=keyring), strict=True):
                assert isinstance(data, bytes)
                place = text("place.in-file", file=facts.path, place=text("place.frame", frame=number))
                size = (facts.width, facts.height)
                check_passed(data, where=place, size=size, limits=limits, rate=rate, stereo=stereo)


# --- how it is done -----


def _eyes(probed: Probed) -> list[tuple[PictureFacts, int]]:
    """The source of each eye, and which half of a shared frame."""
    if probed.right is not None:
        return [(probed.facts, 0), (probed.right, 0)]
    if probed.stereo:
        return [(probed.facts, 0), (probed.facts, 1)]
    return [(probed.facts, 0)]


def _trim(track: PictureTrack, rates: RatePlan) -> tuple[int, int | None]:
    return (0, None) if track.trim is None else range_of(track.trim, rates.rate, where="--trim")


def _taken(part: Part, facts: PictureFacts, rates: RatePlan, start: int, stop: int | None) -> Takes:
    still = part.picture.still
    if still is not None:
        count = part.cut.frames if part.cut is not None else max(1, round(still * rates.rate))
        if stop is not None and stop > count:
            raise UsageError(
                "create.trim-outside", where=facts.path, start=start, stop=stop, n=count, rate=str(rates.rate)
            )
        return Takes(array("q", bytes(8 * ((stop or count) - start))))
    return select(facts, rates, start=start, stop=stop)


def _eye(
    facts: PictureFacts,
    half: int,
    takes: Takes,
    track: PictureTrack,
    composition: Composition,
    size: tuple[int, int],
    bars: Bars | None,
) -> tuple[EyePlan, list[Text], list[Text]]:
    if facts.kind in ("codestreams", "trackfile"):
        if track.crop is not None or track.colour is not None or track.range is not None:
            raise UsageError("job.steps-on-codestreams", where=facts.path)
        return EyePlan(facts, takes, None, None), [], []
    colour, said = colour_of(facts, told=track.colour, range_told=track.range, hdr=composition.hdr)
    sizing = plan_sizes(facts, size, crop=track.crop, stereo=track.stereo, bars=bars)
    placement = sizing.placements[half if track.stereo is not None else 0]
    return EyePlan(facts, takes, placement, colour), [*said, *sizing.decisions], list(sizing.advice)


def _bars(probed: Probed, takes: Takes, of_right: Takes, keyring: Keyring | None) -> Bars | None:
    """Black bars of the frames that are shown, where they matter; both eyes are cropped alike."""
    track = probed.part.picture
    if probed.codestreams or track.crop not in (None, "auto"):
        return None
    found = _bars_of(probed.facts, track, takes, keyring)
    if probed.right is None:
        return found
    return common(found, _bars_of(probed.right, track, of_right, keyring))


def _bars_of(facts: PictureFacts, track: PictureTrack, takes: Takes, keyring: Keyring | None) -> Bars:
    numbers = sorted({takes.first[at] for at in sampled(len(takes))} - {-1})
    frames = zip(numbers, read_picture(facts, numbers, keyring=keyring), strict=True)
    looked = ((number, pixels) for number, pixels in frames if pixels is not None)
    return find_bars(looked, box=eye_box(facts, track.stereo))  # type: ignore[arg-type]


def _rate_of_original(reels: list[tuple[LogicalReel, list[Probed]]]) -> Fraction | None:
    """The original's tracks play as they stand, so that its rate is the package's."""
    rates = {
        each.facts.rate
        for _, parts in reels
        for each in parts
        if each.part.original is not None and each.facts.rate is not None
    }
    if len(rates) > 1:
        raise UsageError("create.several-rates", rates=", ".join(map(str, sorted(rates))))
    return rates.pop() if rates else None


def _of_original(original: OriginalPicture) -> PlannedPicture:
    """On a clock of its own: what is new beside it begins with the first frame that plays."""
    track = original.picture.track
    takes = Takes(array("q", range(track.entry_point, track.entry_point + track.played)))
    run = Run((EyePlan(original.facts, takes, None, None),), len(takes))
    return PlannedPicture(PicturePiece(run, 0, len(takes)), TimeMap(), Fraction(0), (), (), original=original)


def _black(probed: Probed, rate: Fraction, size: tuple[int, int], composition: Composition) -> PlannedPicture:
    """Frames without a picture, in a track whose others are coded."""
    count, track = probed.part.black, probed.part.picture
    if probed.codestreams:
        raise SourceError("source.black-among-codestreams", where=probed.facts.path)
    takes = Takes(array("q", [-1]) * count)
    colour, _ = colour_of(probed.facts, told=track.colour, range_told=track.range, hdr=composition.hdr)
    placement = plan_sizes(probed.facts, size).placements[0]
    eye = EyePlan(probed.facts, takes, placement, colour)
    eyes = (eye, eye) if probed.stereo else (eye,)
    return PlannedPicture(PicturePiece(Run(eyes, count), 0, count), TimeMap(), Fraction(0), (), ())
