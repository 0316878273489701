"""What people write of channels: asdcp-wrap's expression of a track's labels, and a map with levels.

51(L,R,C,LFE,Ls,Rs),HI,VIN     what each channel of the source holds, in its order; `-`: nothing wanted
1:C@-3,2:C@-3                  source channel : channel of the cinema @ dB; several to one are added up
"""

from __future__ import annotations

import difflib
import math
import re

from dcp.dataclass import dataclass
from dcp.errors import UsageError
from dcp.patterns import pattern
from dcp.sound.layout import GROUPS, MAX_CHANNELS, SYMBOLS

MAX_TEXT = 1000
MAX_SOURCE_CHANNELS = 256
MAX_LEVEL = 60
"""In dB, up or down: beyond is a slip of the pen."""
_STEREO = {"ST": ("L", "R")}
_ALSO = {
    "vi-n": "VIN", "vi": "VIN", "fsk": "FSKSync", "sync": "FSKSync", "lsr": "Lrs", "rsr": "Rrs", "sub": "LFE",
}  # fmt: skip
_BY_NAME = {**{symbol.lower(): symbol for symbol in SYMBOLS}, **_ALSO}
_MATRIXED = ("lt", "rt", "ltrt")
_TOKEN = pattern(r"\s*([A-Za-z0-9-]+|[(),])")
_ENTRY = pattern(r"(\d+)\s*:\s*([A-Za-z0-9-]+)\s*(?:@\s*([+-]?\d+(?:\.\d+)?)\s*(?:dB)?)?", re.IGNORECASE)


@dataclass(frozen=True)
class Expression:
    """symbols: what each channel holds, None for one that is not wanted. field: the soundfield that was
    named."""

    symbols: tuple[str | None, ...]
    field: str | None = None


@dataclass(frozen=True)
class Entry:
    """A source channel, from 1, that goes to a channel of the cinema at a level in dB."""

    channel: int
    symbol: str
    level: float = 0.0


def symbol_of(name: str) -> str | None:
    """The symbol that a name means, in any case of letters, with the field's other spellings; None for
    none."""
    return _BY_NAME.get(name.lower())


def is_matrixed(name: str) -> bool:
    """Whether it is the name of a channel that carries surround inside stereo, which no DCP may hold."""
    return name.lower() in _MATRIXED


def parse_channels(text: str) -> Expression:
    """`51(L,R,C,LFE,Ls,Rs),HI,VIN`: what the channels hold. UsageError names what is wrong in it."""
    symbols: list[str | None] = []
    inside: list[int] = []
    field: str | None = None
    group: str | None = None
    before = ","
    for token in _tokens(text, "--channels"):
        if token == "(":
            name = _undo(symbols, before, text)
            if group is not None or field is not None:
                raise UsageError("sound.group-in-group", where=f"--channels {text}", name=name)
            if name not in GROUPS and name not in _STEREO:
                raise UsageError(
                    "sound.no-such-group",
                    where=f"--channels {text}",
                    name=name,
                    names=", ".join((*GROUPS, *_STEREO)),
                )
            group = field = name
        elif token == ")":
            if group is None or before in ",(":
                raise _malformed(text, token)
            group = None
        elif token == ",":
            if before in ",(":
                raise _malformed(text, token)
        else:
            if before not in ",(":
                raise _malformed(text, token)
            if group is not None:
                inside.append(len(symbols))
            symbols.append(token)
        before = token
    if group is not None or before == ",":
        raise _malformed(text, before)
    resolved = _resolved(symbols, text)
    for place in inside:
        if field is not None and resolved[place] not in (None, *(GROUPS | _STEREO)[field]):
            raise UsageError(
                "sound.not-of-group", where=f"--channels {text}", symbol=resolved[place], group=field
            )
    return Expression(resolved, None if field in _STEREO else field)


def parse_map(text: str) -> tuple[Entry, ...]:
    """`1:C@-3,2:C@-3`: the entries in order. UsageError names the one that is wrong."""
    entries: list[Entry] = []
    where = f"--map {_bounded(text, '--map')}"
    for part in text.split(","):
        found = _ENTRY.fullmatch(part.strip())
        if found is None:
            raise UsageError("sound.map-form", where=where, part=part.strip())
        channel, level = int(found[1][:9]), float(found[3] or 0)
        if not 1 <= channel <= MAX_SOURCE_CHANNELS:
            raise UsageError("sound.map-counts-from-1", where=where, part=part.strip())
        if not math.isfinite(level) or abs(level) > MAX_LEVEL:
            raise UsageError("sound.map-level", where=where, part=part.strip(), most=MAX_LEVEL)
        entry = Entry(channel, known_symbol(found[2], where), level)
        if any((each.channel, each.symbol) == (entry.channel, entry.symbol) for each in entries):
            raise UsageError("sound.map-twice", where=where, part=part.strip())
        entries.append(entry)
    return tuple(entries)


def known_symbol(name: str, where: str) -> str:
    """The symbol. UsageError for a name that a cinema has no channel for, with those that are written
    alike."""
    symbol = symbol_of(name)
    if symbol is not None:
        return symbol
    if is_matrixed(name):
        raise UsageError("sound.matrixed", where=where, name=name)
    alike = [_BY_NAME[each] for each in difflib.get_close_matches(name.lower(), _BY_NAME, n=3, cutoff=0.6)]
    names = ", ".join(dict.fromkeys(alike)) or ", ".join(SYMBOLS)
    raise UsageError("sound.no-such-channel", where=where, name=name, names=names)


def _tokens(text: str, flag: str) -> list[str]:
    _bounded(text, flag)
    tokens, at = [], 0
    while at < len(text.rstrip()):
        found = _TOKEN.match(text, at)
        if found is None:
            raise _malformed(text, text[at:].strip()[0])
        tokens.append(found[1])
        at = found.end()
    return tokens


def _bounded(text: str, flag: str) -> str:
    if not text.strip() or len(text) > MAX_TEXT:
        raise UsageError("sound.expression-length", where=flag, n=len(text), most=MAX_TEXT)
    return text


def _undo(symbols: list[str | None], before: str, text: str) -> str:
    """The name before a parenthesis was taken for a channel: it is a group's."""
    if before in ",()" or not symbols:
        raise _malformed(text, "(")
    name = symbols.pop()
    assert name is not None
    return name.upper()


def _resolved(names: list[str | None], text: str) -> tuple[str | None, ...]:
    where = f"--channels {text}"
    symbols = tuple(None if name in (None, "-") else known_symbol(name, where) for name in names)
    if not any(symbols):
        raise UsageError("sound.no-channel-named", where=where)
    if len(symbols) > MAX_SOURCE_CHANNELS:
        raise UsageError("source.channels", where=where, n=len(symbols), most=MAX_CHANNELS)
    for symbol in symbols:
        if symbol is not None and symbols.count(symbol) > 1:
            raise UsageError("sound.channel-twice", where=where, symbol=symbol)
    return symbols


def _malformed(text: str, token: str) -> UsageError:
    return UsageError("sound.expression-form", where=f"--channels {text}", token=token)
