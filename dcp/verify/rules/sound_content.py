"""Sound as it is heard: what `--decode` measures of a track file and of a composition as it plays."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import TYPE_CHECKING

from dcp.mxf.labels import MCA
from dcp.sound.layout import APART
from dcp.sound.loudness import LEVELS, LIMITS
from dcp.texts.catalogue import text
from dcp.verify.facts import PackageFacts, TrackFacts
from dcp.verify.frames import MAX_RANGES, Frames
from dcp.verify.rule import Outcome, hit, package_rule, skip
from dcp.verify.rules.sound_measures import SOUND, SoundMeasured, Stretch, compositions_of, not_measured

if TYPE_CHECKING:
    from dcp.sound.inspection import Inspection

SHORTEST_SILENCE = 2.0
"""Seconds of a silent passage that is told."""
MOST_DC = 0.005
"""Of full scale, which is -46 dBFS."""
CLICK = 0.05
"""Of full scale: the least jump from one reel to the next that is heard as one."""
CLICK_RATIO = 10
"""How much greater it is than any step from sample to sample beside it."""
assert set(LEVELS) | APART == set(MCA.channels)


def _sounding(facts: PackageFacts) -> Iterator[tuple[TrackFacts, SoundMeasured, Inspection]]:
    """All but what is silent throughout, of which there is no more to say."""
    for track, found in SOUND.of(facts):
        if not found.inspection.silent:
            yield track, found, found.inspection


@package_rule("SND-010", severity="info")
def clipping(facts: PackageFacts) -> Outcome:
    for track, found, inspection in _sounding(facts):
        runs = [
            text("SND-010.channel", channel=found.name(place), count=each.runs)
            for place, each in enumerate(inspection.channels)
            if each.runs
        ]
        if runs:
            place = Frames()
            for sample in inspection.clipped:
                place.add(found.frame(sample))
            yield hit("SND-010.clipped", file=track.name, place=place, channels=runs)


@package_rule("SND-011", severity="info")
def silent_channels(facts: PackageFacts) -> Outcome:
    """Channels that the file names, or the field takes for the first six. IMM-101 has the sync signal."""
    for track, found in SOUND.of(facts):
        if not found.inspection.samples:
            continue
        if found.inspection.silent:
            yield hit("SND-011.all", file=track.name)
            continue
        silent = [
            str(symbol)
            for symbol, each in zip(found.layout.channels, found.inspection.channels, strict=True)
            if each.silent and (symbol in LEVELS or (found.named and symbol in ("HI", "VIN")))
        ]
        if silent:
            yield hit("SND-011.channels", file=track.name, channels=silent, count=len(silent))


@package_rule("SND-012", severity="warning", clause="ISO 21727")
def loudness_limit(facts: PackageFacts) -> Outcome:
    for each in compositions_of(facts):
        limit, leqm = LIMITS.get(each.cpl.content_kind.lower()), each.loudness.leqm
        # as it is printed, to a tenth
        if limit is not None and leqm is not None and not each.missing and round(leqm, 1) > limit:
            yield hit(
                "SND-012.over",
                file=each.file,
                kind=each.cpl.content_kind.lower(),
                leqm=leqm,
                limit=limit,
                over=leqm - limit,
            )


@package_rule("SND-013", severity="info", clause="EBU R128")
def loudness(facts: PackageFacts) -> Outcome:
    if not facts.asked.decode:
        return
    yield from not_measured(facts)
    for each in compositions_of(facts):
        found = each.loudness
        if not each.reels:
            continue  # why, is said already
        if each.missing:
            yield skip("SND-013.part", names=each.missing)  # figures of a part would mislead
        elif found.true_peak is None or found.leqm is None:
            yield hit("SND-013.silent", file=each.file)
        elif found.integrated is None or found.range is None:
            yield hit("SND-013.short", file=each.file, leqm=found.leqm, peak=found.true_peak)
        else:
            yield hit(
                "SND-013.measured",
                file=each.file,
                leqm=found.leqm,
                peak=found.true_peak,
                integrated=found.integrated,
                range=found.range,
            )


@package_rule("SND-014", severity="info")
def repeated_channels(facts: PackageFacts) -> Outcome:
    for track, found, inspection in _sounding(facts):
        for group in _groups(inspection.repeated):
            names = [found.name(place) for place in group]
            yield hit("SND-014.same", file=track.name, channels=names)
        for one, other in inspection.inverted:
            yield hit("SND-014.inverted", file=track.name, one=found.name(one), other=found.name(other))


@package_rule("SND-015", severity="info")
def dc_offset(facts: PackageFacts) -> Outcome:
    for track, found, inspection in _sounding(facts):
        for place, each in enumerate(inspection.channels):
            symbol = found.layout.channels[place]
            if abs(each.mean) > MOST_DC and (symbol in LEVELS or symbol in ("HI", "VIN")):
                yield hit("SND-015.offset", file=track.name, channel=found.name(place), share=each.mean * 100)


@package_rule("SND-016", severity="info")
def joins(facts: PackageFacts) -> Outcome:
    for each in compositions_of(facts):
        for (_, before, ends), (number, after, begins) in pairwise(each.reels):
            if before.layout != after.layout or before.sample_rate != after.sample_rate:
                continue
            clicks = [
                before.name(place)
                for place, symbol in enumerate(before.layout.channels)
                if symbol in LEVELS and _clicks(ends[-1], begins[0], place)
            ]
            if clicks:
                place = f"/CompositionPlaylist/ReelList/Reel[{number}]"
                yield hit("SND-016.click", file=each.file, place=place, reel=number, channels=clicks)


@package_rule("QC-003", severity="info")
def silence(facts: PackageFacts) -> Outcome:
    for track, found, inspection in _sounding(facts):
        shortest = SHORTEST_SILENCE * found.sample_rate
        passages = [(start, end) for start, end in inspection.quiet if end - start >= shortest]
        if passages:
            frames = [[found.frame(start), found.frame(end - 1)] for start, end in passages]
            times = ", ".join(
                f"{_clock(start / found.sample_rate)}-{_clock(end / found.sample_rate)}"
                for start, end in passages[:MAX_RANGES]
            )
            id = "QC-003.silent" if len(passages) <= MAX_RANGES else "QC-003.silent-more"
            more = len(passages) - MAX_RANGES
            yield hit(id, file=track.name, place=Frames(frames), count=len(passages), times=times, more=more)


def _groups(pairs: Iterable[tuple[int, int]]) -> list[list[int]]:
    """Of pairs that are alike, all that are alike together."""
    groups: dict[int, list[int]] = {}
    for one, other in sorted(pairs):
        if not any(one in group[1:] for group in groups.values()):
            groups.setdefault(one, [one]).append(other)
    return list(groups.values())


def _clicks(ends: Stretch, begins: Stretch, channel: int) -> bool:
    import numpy as np

    before, after = ends.last[channel].astype(np.int64), begins.first[channel].astype(np.int64)
    jump = abs(int(after[0]) - int(before[-1]))
    usual = max((int(np.abs(np.diff(each)).max()) for each in (before, after) if len(each) > 1), default=0)
    return jump > CLICK * (1 << 31) and jump > CLICK_RATIO * usual


def _clock(seconds: float) -> str:
    """1:02:03.4 of the file."""
    tenths = round(seconds * 10)
    return f"{tenths // 36_000}:{tenths // 600 % 60:02}:{tenths // 10 % 60:02}.{tenths % 10}"
