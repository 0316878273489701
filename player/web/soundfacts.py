"""What the page has to know of the sound: its channels, how it is folded down and measured.

The page computes with these numbers and has none of its own: they are those of the show's routes and of the
meters of `verify` and `create`.
"""

from __future__ import annotations

from math import pi, tan
from typing import TYPE_CHECKING, Any

from dcp.sound.loudness import LEVELS, REFERENCE, SCREEN
from dcp.sound.peaks import OVERSAMPLING, TAPS, interpolator
from dcp.sound.r128 import COUNTED
from dcp.sound.weighting import m_filter
from player.sound.desk import form_of, symbols_in
from player.sound.routing import FOLDED, STEREO, Route

if TYPE_CHECKING:
    from collections.abc import Sequence

    from player.pipeline import Show

SIDES = frozenset({"Ls", "Rs", "Lss", "Rss"})
"""The channels that count 1.41 in BS.1770: 60 to 120 degrees off the screen; see `dcp.sound.r128`."""

SHELF = 1681.974450955533, 3.999843853973347, 0.7071752369554196
"""The first stage of BS.1770's filter as Hz, dB and quality: at 48 kHz these are its coefficients."""
HIGH_PASS = 38.13547087602444, 0.5003270373238773
"""The second one as Hz and quality, likewise."""


def sound_facts(show: Show) -> dict[str, Any] | None:
    """Of a show: `channels`, `rate`, `route`, `reels` with the symbols of their channels as they are sent,
    `fold` (what of a symbol goes left and right), `meter`. None where there is no sound."""
    form = form_of(show.plan, show.route, heard=False, target=None)
    if form is None:
        return None
    reels = []
    for reel in show.plan.reels:
        sound = next((track.sound for track in reel.tracks if track.role == "sound"), None)
        symbols = routed_symbols(show.route, symbols_in(sound)) if sound is not None else ()
        reels.append({"first": reel.first, "last": reel.first + reel.duration - 1, "symbols": list(symbols)})
    return {
        "channels": form.channels,
        "rate": form.sample_rate,
        "route": show.route.name,
        "reels": reels,
        "fold": {symbol: list(ways) for symbol, ways in FOLDED.items()},
        "meter": meter_facts(form.sample_rate),
    }


def routed_symbols(route: Route, symbols: Sequence[str | None]) -> tuple[str | None, ...]:
    """What stands on each channel behind the route of the command line."""
    if route.order is not None:
        return tuple(
            symbols[fed - 1] if isinstance(fed, int) and fed <= len(symbols)
            else fed if isinstance(fed, str) and fed in symbols else None
            for fed in route.order
        )  # fmt: skip
    return ("L", "R") if route.name == STEREO else tuple(symbols)


def meter_facts(sample_rate: int) -> dict[str, Any]:
    """What `meters.js` measures by, at a sample rate in Hz."""
    taps, _ = interpolator()
    assert taps.shape == (TAPS, OVERSAMPLING - 1)
    return {
        "interpolator": [[float(tap) for tap in row] for row in taps],
        "weights": {symbol: 1.41 if symbol in SIDES else 1.0 for symbol in sorted(COUNTED)},
        "levels": dict(LEVELS),
        "reference": REFERENCE,
        "screen": SCREEN,
        "m": [float(tap) for tap in m_filter(sample_rate)],
        "k": [list(stage) for stage in k_filter(sample_rate)],
    }


def k_filter(sample_rate: int) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """The two biquads of BS.1770's weighting at a sample rate: b0, b1, b2, a1, a2 each."""
    hertz, gain, quality = SHELF
    k = tan(pi * hertz / sample_rate)
    high = 10 ** (gain / 20)
    band = high**0.4996667741545416
    a0 = 1 + k / quality + k * k
    shelf = (
        (high + band * k / quality + k * k) / a0,
        2 * (k * k - high) / a0,
        (high - band * k / quality + k * k) / a0,
        2 * (k * k - 1) / a0,
        (1 - k / quality + k * k) / a0,
    )
    hertz, quality = HIGH_PASS
    k = tan(pi * hertz / sample_rate)
    a0 = 1 + k / quality + k * k
    return shelf, (1.0, -2.0, 1.0, 2 * (k * k - 1) / a0, (1 - k / quality + k * k) / a0)
