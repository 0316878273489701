"""A reel's sound decided: what is taken, where it goes, when; advised and refused before any of it is
decoded."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

from dcp.create.job.values import MAX_DELAY, MAX_GAIN, SoundTrack
from dcp.create.planning.clock import TimeMap
from dcp.create.planning.languages import short_tag, spoken
from dcp.create.planning.sound_choice import Choice, by_file_names, choose, choose_track, told
from dcp.create.planning.sound_values import Route, SoundPlan, SoundSource
from dcp.create.sources.sound_probe import MAX_FILES, StreamFacts, list_folder, probe_streams
from dcp.errors import SourceError, UsageError
from dcp.secrets.keys import Keyring
from dcp.sound.layout import FIVE_ONE, NO_FIELD, SAMPLE_RATE, SIGNALS, layout_of, missing
from dcp.texts.catalogue import Text, text

LOWEST_RATE, HIGHEST_RATE = 4_000, 768_000
"""Samples a second: whatever is recorded lies between; others are headers that nobody wrote so."""
_NOTICEABLE = Fraction(1, 1000)


def plan_sound(
    track: SoundTrack,
    picture_file: Path | None,
    time_map: TimeMap,
    *,
    length: Fraction,
    edit_rate: Fraction,
    trim: Fraction = Fraction(0),
    beyond: Fraction = Fraction(0),
    sample_rate: int = SAMPLE_RATE,
    keyring: Keyring | None = None,
    tracks: Sequence[StreamFacts] = (),
) -> SoundPlan:
    """The plan of a reel's sound.

    picture_file: the video whose own sound is taken where the track names no files; its sound is on time_map,
    the picture's. A sound file of its own begins with the picture's first frame; trim: the seconds, on the
    source's clock, that are cut from both. length: seconds that the picture lasts, in the package; beyond:
    those that were cut off behind it; edit_rate: its frames a second. keyring: for track files that are
    encrypted. tracks: the virtual tracks of a composition of IMF, on the picture's clock. UsageError and
    SourceError say what cannot be done.
    """
    _check_steps(track, length)
    language = spoken(track.language) if track.language is not None else None
    own = bool(track.sources)
    found: tuple[StreamFacts, ...] = ()
    notes: tuple[Text, ...] = ()
    named = False
    if track.silent:
        notes = (text("plan.sound-silent"),)
    elif own:
        found, notes, named = _of_files(track.sources, keyring)
    elif tracks:
        found = tuple(tracks)
    elif picture_file is not None:
        found = probe_streams(picture_file, alone=False)
    if not found:
        if track.channels is not None or track.map is not None:
            raise UsageError("sound.nothing-to-place")
        return SoundPlan(
            FIVE_ONE, length, sample_rate=sample_rate, decisions=notes or (text("plan.sound-none"),)
        )
    if track.channels is not None or track.map is not None:
        choice = told(found, channels=track.channels, map=track.map)
    elif named:
        choice = by_file_names(found)
    elif found == tuple(tracks):
        choice = choose_track(found, language=track.language)
    else:
        choice = choose(found, language=track.language, own=own)
    clock = TimeMap(trim, time_map.speed) if own else time_map
    return _planned(
        track,
        choice,
        clock,
        notes=notes,
        language=language,
        own=own,
        length=length,
        edit_rate=edit_rate,
        trim=trim,
        beyond=beyond,
        sample_rate=sample_rate,
    )


def _check_steps(track: SoundTrack, length: Fraction) -> None:
    if track.silent and track.sources:
        raise UsageError("sound.silent-and-files")
    if not math.isfinite(track.gain) or abs(track.gain) > MAX_GAIN:
        raise UsageError("sound.gain", where="--gain", value=track.gain, most=MAX_GAIN)
    if not math.isfinite(track.delay) or abs(track.delay) > MAX_DELAY:
        raise UsageError("sound.delay", where="--delay", value=track.delay, most=MAX_DELAY)
    fades = (track.fade_in, track.fade_out)
    if not all(math.isfinite(each) and each >= 0 for each in fades) or sum(fades) > length:
        raise UsageError(
            "sound.fades",
            where="--fade-in, --fade-out",
            begin=track.fade_in,
            end=track.fade_out,
            seconds=float(length),
        )


def _of_files(
    sources: Sequence[Path], keyring: Keyring | None
) -> tuple[tuple[StreamFacts, ...], tuple[Text, ...], bool]:
    """Streams of files and folders, notes, and whether their channels go by the files' names."""
    files: list[Path] = []
    notes: list[Text] = []
    named = len(sources) > 1
    for source in sources:
        if not source.is_dir():
            files.append(source)
            continue
        listed = list_folder(source)
        files += listed.files
        named = True
        if listed.passed_over:
            notes.append(text("plan.sound-passed-over", folder=source.name, names=listed.passed_over[:20]))
    if len(files) > MAX_FILES:
        raise SourceError("sound.many-files", where=sources[0], n=len(files), most=MAX_FILES)
    streams: list[StreamFacts] = []
    for file in files:
        found = probe_streams(file, keyring=keyring)
        if not found:
            raise SourceError("source.no-sound", where=file)
        if named and len(found) > 1:
            raise SourceError("sound.several-streams", where=file, n=len(found))
        streams += found
    return tuple(streams), tuple(notes), named


def _planned(
    track: SoundTrack,
    choice: Choice,
    clock: TimeMap,
    *,
    notes: tuple[Text, ...],
    language: str | None,
    own: bool,
    length: Fraction,
    edit_rate: Fraction,
    trim: Fraction,
    beyond: Fraction,
    sample_rate: int,
) -> SoundPlan:
    symbols = {each.symbol for each in choice.placed if each.symbol is not None}
    highest = max((each.position or 0) + 1 for each in choice.placed)
    layout = layout_of(symbols, field=choice.field)
    if highest > len(layout.channels):
        layout = layout_of(symbols, field=choice.field, channels=8 if highest <= 8 else 16)
    sources = tuple(_source(each, clock, own) for each in choice.streams)
    routes = tuple(
        Route(
            each.stream,
            each.channel,
            layout.position(each.symbol) if each.symbol is not None else each.position or 0,
            each.level,
        )
        for each in choice.placed
    )
    plan = SoundPlan(
        layout=layout,
        length=length,
        sources=sources,
        routes=routes,
        sample_rate=sample_rate,
        gain=float(track.gain),
        delay=_fraction(track.delay) / 1000,
        fade_in=_fraction(track.fade_in),
        fade_out=_fraction(track.fade_out),
    )
    _check_signals(plan)
    told_by_file = short_tag(next((each.language for each in choice.streams if each.language), None))
    decisions = [*notes, *choice.decisions, *_about_layout(plan, symbols)]
    decisions += _about_rate(plan, choice.streams)
    advice = [*choice.advice]
    about_time, about_lengths = _about_time(plan, choice.streams, own, edit_rate, trim, beyond)
    decisions += about_time
    advice += about_lengths
    if language is None and told_by_file is not None:
        decisions.append(text("plan.sound-language", language=told_by_file))
    elif language is None:
        advice.append(text("advice.no-language"))
    return replace(
        plan,
        language=language or told_by_file,
        decisions=tuple(decisions),
        advice=tuple(advice),
    )


def _fraction(value: float) -> Fraction:
    return Fraction(value).limit_denominator(1_000_000)


def _source(stream: StreamFacts, clock: TimeMap, own: bool) -> SoundSource:
    if not LOWEST_RATE <= stream.sample_rate <= HIGHEST_RATE:
        raise SourceError(
            "sound.rate",
            where=stream.path,
            rate=stream.sample_rate,
            lowest=LOWEST_RATE,
            highest=HIGHEST_RATE,
        )
    begin = Fraction(0) if own else stream.start
    return SoundSource(
        path=stream.path,
        stream=stream.index,
        channels=stream.channels,
        sample_rate=stream.sample_rate,
        time_map=clock,
        own_clock=own,
        end=begin + stream.duration if stream.duration is not None else None,
        pcm=stream.pcm,
        track=stream.track,
        spans=stream.spans,
        vouched=stream.vouched,
    )


def _check_signals(plan: SoundPlan) -> None:
    """Data on a sound channel stays what it is, sample by sample, or is worth nothing."""
    for route in plan.routes:
        symbol = plan.layout.channels[route.position]
        source = plan.sources[route.source]
        changed = source.sample_rate != plan.sample_rate or source.time_map.speed != 1 or route.gain != 0
        alone = sum(each.position == route.position for each in plan.routes) == 1
        if symbol in SIGNALS and (changed or not alone):
            raise SourceError("sound.signal-changed", where=source.path, symbol=symbol)


def _about_layout(plan: SoundPlan, symbols: set[str]) -> list[Text]:
    layout = plan.layout
    said = []
    if layout.field == "M":
        said.append(text("plan.sound-mono"))
    elif layout.field == NO_FIELD and symbols & {"L", "R"}:
        said.append(text("plan.sound-stereo"))
    silent = missing(layout, symbols)
    if silent:
        said.append(text("plan.sound-channels-silent", channels=silent))
    said.append(text("plan.sound-placed", n=len(layout.channels), channels=_numbered(plan)))
    if plan.plain:
        said.append(text("plan.sound-untouched"))
    return said


def _numbered(plan: SoundPlan) -> tuple[str | Text, ...]:
    channels = plan.layout.channels
    named = tuple(f"{place} {symbol}" for place, symbol in enumerate(channels, start=1) if symbol)
    routed = {route.position for route in plan.routes}
    silent = any(symbol is None and place not in routed for place, symbol in enumerate(channels))
    return (*named, text("word.other-channels-silent")) if silent else named


def _about_rate(plan: SoundPlan, streams: Sequence[StreamFacts]) -> list[Text]:
    said = []
    for rate in sorted({each.sample_rate for each in streams} - {plan.sample_rate}):
        said.append(text("plan.sound-resampled", rate=rate, to=plan.sample_rate))
    speed = plan.sources[0].time_map.speed
    if speed != 1:
        id = "plan.sound-faster" if speed > 1 else "plan.sound-slower"
        said.append(text(id, percent=abs(float(speed - 1)) * 100))
    return said


def _about_time(
    plan: SoundPlan,
    streams: Sequence[StreamFacts],
    own: bool,
    edit_rate: Fraction,
    trim: Fraction,
    beyond: Fraction,
) -> tuple[list[Text], list[Text]]:
    """Where the sound begins and ends beside the picture: what is done about it, and what is odd in it."""
    decisions: list[Text] = []
    advice: list[Text] = []
    clock = plan.sources[0].time_map
    begin = min(clock.shown(Fraction(0) if own else each.start) for each in streams) + plan.delay
    begin += trim / clock.speed  # what was cut on purpose is no surprise
    if begin > _NOTICEABLE:
        decisions.append(text("plan.sound-late", seconds=float(begin)))
    elif begin < -_NOTICEABLE:
        decisions.append(text("plan.sound-early", seconds=float(-begin)))
    ends = [clock.shown(each.end) for each in plan.sources if each.end is not None]
    if ends and len(ends) == len(plan.sources):
        end = max(ends) + plan.delay
        longer = end > plan.length
        whole = plan.length + (beyond if longer else 0)  # what is cut with the picture is no surprise
        if abs(end - whole) > 1 / edit_rate and not plan.length < end < whole:
            id = "plan.sound-cut" if longer else "plan.sound-padded"
            decisions.append(text(id, seconds=float(abs(end - plan.length))))
            advice.append(text("advice.lengths-differ", sound=float(end), picture=float(whole)))
    return decisions, advice
