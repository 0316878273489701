"""Which sound stands on which channel of a track file (ISDCF channel recommendations, ST 428-12 symbols)."""

from __future__ import annotations

from collections.abc import Sequence

from dcp.dataclass import dataclass
from dcp.errors import SourceError

MAX_CHANNELS = 16  # ST 428-2


@dataclass(frozen=True)
class Layout:
    """field: MainSoundConfiguration's name of the soundfield. channels: a symbol or None, channel 1 first."""

    field: str
    channels: tuple[str | None, ...]

    def position(self, symbol: str) -> int:
        """The channel, from 0, of a symbol."""
        return self.channels.index(symbol)


FIVE_ONE = Layout("51", ("L", "R", "C", "LFE", "Ls", "Rs"))
SEVEN_ONE = Layout(
    "71", ("L", "R", "C", "LFE", "Lss", "Rss", None, None, None, None, "Lrs", "Rrs")
)  # 7 and 8 stay free for HI and VI-N, 9 and 10 for Lc and Rc

UNNAMED = "NONE"
# what FFmpeg calls the channels of a source -> where they belong
_TO_FIVE_ONE = {"FL": "L", "FR": "R", "FC": "C", "LFE": "LFE", "BL": "Ls", "BR": "Rs", "SL": "Ls", "SR": "Rs"}
_TO_SEVEN_ONE = {
    "FL": "L", "FR": "R", "FC": "C", "LFE": "LFE", "SL": "Lss", "SR": "Rss", "BL": "Lrs", "BR": "Rrs",
}  # fmt: skip


def place(names: Sequence[str]) -> tuple[Layout, tuple[int, ...]]:
    """Where the channels of a source go: the layout, and for each source channel its place in it, from 0.

    names: FFmpeg's channel names, in the source's order; a lone channel is the centre. Channels without names
    (`NONE`, as in most WAV files of several channels) are taken in the field's order: two are L R; six and
    more are 5.1 first, and those behind it stay unlabelled. SourceError when it is no layout of a cinema.
    """
    if len(names) == 1:
        return FIVE_ONE, (FIVE_ONE.position("C"),)
    if set(names) == {UNNAMED} and (len(names) == 2 or len(names) >= len(FIVE_ONE.channels)):
        return _in_the_fields_order(len(names)), tuple(range(len(names)))
    seven = {"SL", "SR", "BL", "BR"} <= set(names)
    layout, table = (SEVEN_ONE, _TO_SEVEN_ONE) if seven else (FIVE_ONE, _TO_FIVE_ONE)
    symbols = [table.get(name) for name in names]
    if None in symbols or len(set(symbols)) != len(symbols):
        raise SourceError("sound.layout", channels=", ".join(names))
    return layout, tuple(layout.position(symbol) for symbol in symbols if symbol is not None)


def _in_the_fields_order(count: int) -> Layout:
    """5.1 and unlabelled channels behind it, an even number in all."""
    more = max(0, count + count % 2 - len(FIVE_ONE.channels))
    return Layout(FIVE_ONE.field, FIVE_ONE.channels + (None,) * more)
