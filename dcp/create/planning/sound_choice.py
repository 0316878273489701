"""Which streams of sound are taken and which channel each of theirs goes to, as somebody who masters
would."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from dcp.create.planning.languages import short_tag
from dcp.create.sources.sound_probe import StreamFacts, symbol_of_file
from dcp.dataclass import dataclass
from dcp.errors import SourceError, UsageError
from dcp.sound.expression import parse_channels, parse_map
from dcp.sound.layout import GROUPS, MAX_CHANNELS, UNNAMED, by_names
from dcp.texts.catalogue import Text, text

_FIRST_SIX = GROUPS["51"]


@dataclass(frozen=True)
class Placed:
    """A channel of a stream (both from 0) that goes to a symbol's channel, or stays at a position, at dB."""

    stream: int
    channel: int
    symbol: str | None
    position: int | None = None
    level: float = 0.0


@dataclass(frozen=True)
class Choice:
    """streams: those that are taken, in order; placed: their channels. field: the soundfield, where it was
    told."""

    streams: tuple[StreamFacts, ...]
    placed: tuple[Placed, ...]
    field: str | None = None
    decisions: tuple[Text, ...] = ()
    advice: tuple[Text, ...] = ()


def told(streams: Sequence[StreamFacts], *, channels: str | None, map: str | None) -> Choice:
    """As `--channels` or `--map` says: channels are counted from 1 over all streams, in order.

    UsageError when the expression is wrong or does not fit the sources.
    """
    if channels is not None and map is not None:
        raise UsageError("sound.channels-and-map")
    numbered = [(stream, channel) for stream, each in enumerate(streams) for channel in range(each.channels)]
    if channels is not None:
        expression = parse_channels(channels)
        if len(expression.symbols) != len(numbered):
            raise UsageError(
                "sound.channels-count",
                where=f"--channels {channels}",
                n=len(expression.symbols),
                found=len(numbered),
                sources=_ranges(streams),
            )
        placed = [
            Placed(stream, channel, symbol)
            for (stream, channel), symbol in zip(numbered, expression.symbols, strict=True)
            if symbol is not None
        ]
        return _only_used(streams, placed, expression.field)
    placed = []
    for entry in parse_map(map or ""):
        if entry.channel > len(numbered):
            raise UsageError(
                "sound.channel-not-there",
                where=f"--map {map}",
                number=entry.channel,
                found=len(numbered),
                sources=_ranges(streams),
            )
        stream, channel = numbered[entry.channel - 1]
        placed.append(Placed(stream, channel, entry.symbol, level=entry.level))
    return _only_used(streams, placed, None)


def _only_used(streams: Sequence[StreamFacts], placed: Sequence[Placed], field: str | None) -> Choice:
    used = sorted({each.stream for each in placed})
    moved = tuple(
        Placed(used.index(each.stream), each.channel, each.symbol, each.position, each.level)
        for each in placed
    )
    return Choice(tuple(streams[each] for each in used), moved, field)


def _ranges(streams: Sequence[StreamFacts]) -> tuple[str, ...]:
    """`1-6: mix.wav`, and the stream's number where a file has several."""
    said, first = [], 1
    for each in streams:
        several = sum(other.path == each.path for other in streams) > 1
        last = first + each.channels - 1
        numbers = str(first) if last == first else f"{first}-{last}"
        said.append(f"{numbers}: {each.path.name}{f' #{each.index}' if several else ''}")
        first = last + 1
    return tuple(said)


# --- several files, by their names ---


def by_file_names(streams: Sequence[StreamFacts]) -> Choice:
    """Mono files that are named after their channels, beside one of several channels at most.

    SourceError names the file that cannot be placed, and how to name it.
    """
    placed: list[Placed] = []
    holder: dict[str, Path] = {}
    decisions: list[Text] = []
    wide: StreamFacts | None = None
    rate = streams[0].sample_rate
    for number, each in enumerate(streams):
        if each.sample_rate != rate:
            raise SourceError(
                "sound.rates-differ",
                where=each.path,
                rate=each.sample_rate,
                other=streams[0].path.name,
                usual=rate,
            )
        if each.channels == 1:
            symbols: tuple[str | None, ...] = (symbol_of_file(each.path),)
        elif wide is not None:
            raise SourceError("sound.file-not-mono", where=each.path, n=each.channels, other=wide.path.name)
        else:
            wide = each
            symbols, carried = (each.symbols, False) if each.symbols else _symbols(each.names, each.path)
            if carried:
                raise SourceError("sound.unnamed", where=each.path, n=each.channels)
        for channel, symbol in enumerate(symbols):
            if symbol is None:
                continue
            if symbol in holder:
                raise SourceError(
                    "sound.channel-doubled", where=each.path, symbol=symbol, other=holder[symbol].name
                )
            holder[symbol] = each.path
            placed.append(Placed(number, channel, symbol))
    lengths = {each.duration for each in streams}
    if len(lengths) > 1 and None not in lengths:
        shortest = min(streams, key=lambda each: each.duration or 0)
        longest = max(streams, key=lambda each: each.duration or 0)
        decisions.append(
            text(
                "plan.sound-lengths",
                short=shortest.path.name,
                seconds=float(shortest.duration or 0),
                long=longest.path.name,
                longest=float(longest.duration or 0),
            )
        )
    return Choice(tuple(streams), tuple(placed), decisions=tuple(decisions))


# --- one file, of one stream or several ---


@dataclass(frozen=True)
class _Programme:
    """Streams that belong together, and how many of their channels have a place."""

    streams: tuple[int, ...]
    score: int


def choose(streams: Sequence[StreamFacts], *, language: str | None, own: bool) -> Choice:
    """The programme of a file: its widest in the language that is asked for, else in that of its default
    stream.

    Mono streams are one programme together. own: a sound file of its own: channels without names behind the
    sixth stay where they are, as in a file that is laid out for a track; of a video's they are left out.
    SourceError when there is none that has a place.
    """
    if len(streams) == 1 and streams[0].symbols is not None:
        return _as_labelled(streams[0], streams[0].symbols)
    main = [n for n, each in enumerate(streams) if each.purpose == "main"] or list(range(len(streams)))
    spoken = _language(streams, main, language)
    group = [n for n in main if short_tag(streams[n].language) == spoken] or main
    programmes = _programmes(streams, group) or _programmes(streams, main)
    if not programmes:
        first = streams[group[0]]
        if len(group) == 1:
            _symbols(first.names, first.path)
        raise SourceError("sound.unnamed", where=first.path, n=sum(streams[n].channels for n in group))
    taken = max(programmes, key=lambda each: (each.score, any(streams[n].default for n in each.streams)))
    choice = _of_programme([streams[n] for n in taken.streams], own=own)
    left = [n for n in range(len(streams)) if n not in taken.streams]
    decisions: list[Text] = []
    if len(taken.streams) > 1:
        decisions.append(text("plan.sound-mono-streams", n=len(taken.streams), file=streams[0].path.name))
    if left:
        decisions.append(
            text(
                "plan.sound-stream",
                taken=tuple(_about(streams[n]) for n in taken.streams),
                left=tuple(_about(streams[n]) for n in left),
            )
        )
    return Choice(choice.streams, choice.placed, None, (*decisions, *choice.decisions), choice.advice)


def choose_track(streams: Sequence[StreamFacts], *, language: str | None) -> Choice:
    """The virtual track of a composition of IMF: the programme, not a commentary or a part of a mix, in the
    language that is asked for, else in that of the first; of several the widest. SourceError when its
    channels have no place."""
    main = [n for n, each in enumerate(streams) if each.purpose == "main"] or list(range(len(streams)))
    spoken = _language(streams, main, language)
    group = [n for n in main if short_tag(streams[n].language) == spoken] or main
    taken = max(group, key=lambda n: sum(map(bool, streams[n].symbols or streams[n].names)))
    choice = choose([streams[taken]], language=language, own=False)
    left = tuple(_about(each) for n, each in enumerate(streams) if n != taken)
    said = (text("plan.sound-stream", taken=(_about(streams[taken]),), left=left),) if left else ()
    return Choice(choice.streams, choice.placed, None, (*said, *choice.decisions), choice.advice)


def _as_labelled(stream: StreamFacts, symbols: Sequence[str | None]) -> Choice:
    placed = [Placed(0, channel, symbol) for channel, symbol in enumerate(symbols) if symbol]
    left = tuple(str(channel) for channel, symbol in enumerate(symbols, start=1) if not symbol)
    decisions = (text("plan.sound-channels-left", channels=left),) if left else ()
    return Choice((stream,), tuple(placed), None, decisions)


def _language(streams: Sequence[StreamFacts], main: Sequence[int], asked: str | None) -> str | None:
    if asked is not None:
        wanted = short_tag(asked.partition("-")[0])
        if any(short_tag(streams[n].language) == wanted for n in main):
            return wanted
    usual = next((n for n in main if streams[n].default), main[0])
    return short_tag(streams[usual].language)


def _programmes(streams: Sequence[StreamFacts], group: Sequence[int]) -> list[_Programme]:
    """In the order of their first streams."""
    found = []
    single = tuple(n for n in group if streams[n].channels == 1)
    if len(single) > 1 and len({streams[n].sample_rate for n in single}) == 1:
        names = [streams[n].names[0] for n in single]
        score = _score(_mono_names(names))
        if score:
            found.append(_Programme(single, score))
    together = bool(found)
    for n in group:
        if streams[n].channels > 1 and (score := _score(streams[n].names)):
            found.append(_Programme((n,), score))
        elif streams[n].channels == 1 and not together and len(single) == 1:
            found.append(_Programme((n,), 1))
    return sorted(found, key=lambda each: each.streams[0])


def _mono_names(names: Sequence[str]) -> tuple[str, ...]:
    """Streams of one channel are called centre where nobody named them."""
    return tuple(names) if len(set(names)) == len(names) else (UNNAMED,) * len(names)


def _score(names: Sequence[str]) -> int:
    """How many of the channels have a place; 0 where nobody knows what they are."""
    symbols = by_names(names)
    if symbols is not None:
        return sum(each is not None for each in symbols)
    return min(len(names), len(_FIRST_SIX)) if len(names) == 2 or len(names) >= len(_FIRST_SIX) else 0


def _of_programme(streams: Sequence[StreamFacts], *, own: bool) -> Choice:
    one = len(streams) == 1
    names = streams[0].names if one else _mono_names([each.names[0] for each in streams])
    symbols, carried = _symbols(names, streams[0].path)
    source = [(0, channel) if one else (channel, 0) for channel in range(len(names))]
    placed = [
        Placed(*source[channel], symbol) for channel, symbol in enumerate(symbols) if symbol is not None
    ]
    decisions: list[Text] = []
    advice: list[Text] = []
    left: tuple[str, ...] = tuple(
        f"{channel + 1} {names[channel]}"
        for channel, symbol in enumerate(symbols)
        if symbol is None and not carried
    )
    if by_names(names) is None and len(names) >= len(_FIRST_SIX):
        decisions.append(text("plan.sound-unnamed", n=len(names)))
        if carried and own:
            placed += [
                Placed(*source[channel], None, channel)
                for channel in range(len(_FIRST_SIX), min(len(names), MAX_CHANNELS))
            ]
            advice.append(text("advice.channels-unnamed", n=len(names), first=len(_FIRST_SIX) + 1))
            left = tuple(str(channel + 1) for channel in range(MAX_CHANNELS, len(names)))
        elif carried:
            left = tuple(str(channel + 1) for channel in range(len(_FIRST_SIX), len(names)))
    if left:
        decisions.append(text("plan.sound-channels-left", channels=left))
    taken = {each.stream for each in placed}
    kept = tuple(each for n, each in enumerate(streams) if n in taken) if not one else tuple(streams)
    return Choice(kept, tuple(placed), None, tuple(decisions), tuple(advice))


def _symbols(names: Sequence[str], path: Path) -> tuple[tuple[str | None, ...], bool]:
    """The symbols of channels, and whether there are more without a name behind 5.1's."""
    symbols = by_names(names)
    if symbols is not None:
        if not any(symbols):
            raise SourceError("sound.layout", where=path, channels=", ".join(names))
        return symbols, False
    if len(names) == 2:
        return ("L", "R"), False
    if len(names) < len(_FIRST_SIX):
        raise SourceError("sound.unnamed", where=path, n=len(names))
    more = len(names) - len(_FIRST_SIX)
    return (*_FIRST_SIX, *(None,) * more), more > 0


def _about(stream: StreamFacts) -> Text:
    return text(
        f"sound-about.{stream.purpose}",
        number=stream.index,
        n=stream.channels,
        language=stream.language or "-",
    )
