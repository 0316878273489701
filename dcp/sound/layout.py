"""Which sound stands on which channel of a track file (ISDCF channel recommendations, ST 428-12 symbols)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from dcp.dataclass import dataclass
from dcp.errors import UsageError

SAMPLE_RATE = 48_000
"""Of a DCP's sound, in Hz."""
BYTES_PER_SAMPLE = 3
MAX_CHANNELS = 16  # ST 428-2
COUNTS = (6, 8, 16)
"""The numbers of channels that servers and processors are wired for."""
NO_FIELD = "-"
"""The soundfield of sound that ST 428-12 has no group for, stereo above all: its channels are named alone."""
GROUPS: dict[str, tuple[str, ...]] = {
    "51": ("L", "R", "C", "LFE", "Ls", "Rs"),
    "71": ("L", "R", "C", "LFE", "Lss", "Rss", "Lrs", "Rrs"),
    "SDS": ("L", "R", "C", "LFE", "Ls", "Rs", "Lc", "Rc"),
    "61": ("L", "R", "C", "LFE", "Ls", "Rs", "Cs"),
    "M": ("C",),
}
"""The soundfields of ST 428-12 and their channels."""
FIELD_NAMES = {"51": "5.1", "71": "7.1DS", "SDS": "7.1SDS", "61": "6.1", "M": "1.0"}
"""As people call them."""
_PLACES = {
    "L": 0, "R": 1, "C": 2, "LFE": 3, "Ls": 4, "Rs": 5, "Lss": 4, "Rss": 5, "HI": 6, "VIN": 7, "Lc": 8,
    "Rc": 9, "Cs": 8, "Lrs": 10, "Rrs": 11, "DBOX": 12, "FSKSync": 13, "SLVS": 14, "DBOX2": 15,
}  # fmt: skip
"""The field's order (ISDCF's 16 channels), from 0. It has no place for the centre surround of 6.1: the first
that 6.1 leaves free; for a second motion stream: the last."""
SYMBOLS = tuple(_PLACES)
SIGNALS = frozenset(("DBOX", "DBOX2", "FSKSync", "SLVS"))
"""Channels that carry data and no sound: they are passed on as they are, or not at all."""
APART = SIGNALS | {"HI", "VIN"}
"""Channels that belong to no soundfield."""
_STEREO = frozenset(("L", "R", "LFE"))


@dataclass(frozen=True)
class Layout:
    """field: MainSoundConfiguration's name of the soundfield. channels: a symbol or None, channel 1 first."""

    field: str
    channels: tuple[str | None, ...]

    def position(self, symbol: str) -> int:
        """The channel, from 0, of a symbol."""
        return self.channels.index(symbol)


FIVE_ONE = Layout("51", ("L", "R", "C", "LFE", "Ls", "Rs"))


def assumed(channels: int) -> Layout:
    """What stands on the channels of a file that names none of them: 5.1 in the field's order, as far as it
    goes, a lone channel in the centre; the places of data."""
    if channels == 1:
        return Layout("M", ("C",))
    symbols: list[str | None] = [*FIVE_ONE.channels[:channels], *[None] * max(0, channels - 6)]
    for symbol in ("HI", "VIN", *SIGNALS):
        if _PLACES[symbol] < channels:
            symbols[_PLACES[symbol]] = symbol
    return Layout("51" if channels >= 6 else NO_FIELD, tuple(symbols))


UNNAMED = "NONE"
# what FFmpeg calls the channels of a source -> where they belong
_TO_FIVE_ONE = {"FL": "L", "FR": "R", "FC": "C", "LFE": "LFE", "BL": "Ls", "BR": "Rs", "SL": "Ls", "SR": "Rs"}
_TO_SEVEN_ONE = {
    "FL": "L", "FR": "R", "FC": "C", "LFE": "LFE", "SL": "Lss", "SR": "Rss", "BL": "Lrs", "BR": "Rrs",
}  # fmt: skip


def layout_of(symbols: Collection[str], *, field: str | None = None, channels: int | None = None) -> Layout:
    """The layout, in the field's order, of a track that has something for these symbols.

    A soundfield is named whole: what is missing of it is silent (`missing` says which). Left and right,
    with or without LFE, are no soundfield of ST 428-12: they are named alone. field: the soundfield where
    it is told. channels: how many the track gets, 6, 8 or 16 without it. UsageError when two symbols want
    one place, as Ls and Lss do, or one is not of the soundfield.
    """
    taken: dict[int, str] = {}
    for symbol in sorted(symbols, key=SYMBOLS.index):
        other = taken.setdefault(_PLACES[symbol], symbol)
        if other != symbol:
            raise UsageError("sound.fields-mixed", one=other, other=symbol)
    screen = frozenset(symbols) - APART
    strangers = screen.difference(GROUPS[field]) if field else ()
    if strangers:
        raise UsageError("sound.not-of-group", symbol=min(strangers), group=field)
    field = field or _field(screen)
    for symbol in GROUPS.get(field, ()):
        other = taken.setdefault(_PLACES[symbol], symbol)
        if other != symbol:
            raise UsageError("sound.fields-mixed", one=other, other=symbol)
    highest = max(taken, default=0) + 1
    count = channels or next(each for each in COUNTS if each >= highest)
    return Layout(field, tuple(taken.get(place) for place in range(count)))


def _field(screen: frozenset[str]) -> str:
    for field, signs in (("71", ("Lss", "Rss", "Lrs", "Rrs")), ("SDS", ("Lc", "Rc")), ("61", ("Cs",))):
        if screen & set(signs):
            return field
    if screen == {"C"}:
        return "M"
    return NO_FIELD if screen <= _STEREO else "51"


def missing(layout: Layout, symbols: Iterable[str]) -> tuple[str, ...]:
    """The channels of the layout that none of these symbols fills: silent ones."""
    return tuple(each for each in layout.channels if each and each not in set(symbols))


def by_names(names: Sequence[str]) -> tuple[str | None, ...] | None:
    """The symbol of each channel of a source, by FFmpeg's names for them; None where they say nothing.

    A lone channel is the centre. A name that no cinema has a channel for, and matrixed stereo, gives no
    symbol.
    """
    if len(names) == 1 and names[0] in (UNNAMED, "FC", "FL", "FR"):
        return ("C",)
    if UNNAMED in names or len(set(names)) != len(names):
        return None
    seven = {"SL", "SR", "BL", "BR"} <= set(names)
    six = "BC" in names
    table = dict(_TO_SEVEN_ONE if seven else _TO_FIVE_ONE)
    if {"FLC", "FRC"} <= set(names) and not seven:
        table |= {"FLC": "Lc", "FRC": "Rc"}
    elif six and ({"SL", "SR"} <= set(names) or {"BL", "BR"} <= set(names)):
        table |= {"BC": "Cs"}
    found = tuple(table.get(name) for name in names)
    known = [symbol for symbol in found if symbol]
    return found if len(set(known)) == len(known) else None
