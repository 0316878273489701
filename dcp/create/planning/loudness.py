"""What a plan says about loudness: as measured, as asked for, or louder than is advisable."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

from dcp.dataclass import dataclass
from dcp.errors import SourceError, UsageError
from dcp.patterns import pattern
from dcp.sound.loudness import LIMITS, Loudness
from dcp.texts.catalogue import Text, text

TRUE_PEAK_LIMIT = -3.0
"""dBFS; leaves room for the equalizers of a cinema's processor."""
LOWEST, HIGHEST = 50.0, 100.0
"""leq(m) in dB that can be asked for."""
GAIN_LIMIT = 30.0
"""dB by which sound is raised at most: what is softer still is no programme at its level."""

_ASKED = pattern(r"leqm=(\d{1,3}(?:\.\d{1,3})?)", re.ASCII)


@dataclass(frozen=True)
class Levelling:
    """gain in dB, to be applied to all channels; loudness as it will then be, measured before and moved."""

    gain: float
    loudness: Loudness
    decisions: tuple[Text, ...]
    advice: tuple[Text, ...]


def level(measured: Loudness, kind: str, asked: str | None = None) -> Levelling:
    """What becomes of sound that was measured whole. kind: of content, as in ST 429-7. asked: `leqm=82`.

    Errors as of `loudness_gain`.
    """
    gain = loudness_gain(asked, measured) if asked is not None else 0.0
    decisions = [measured_line(measured)]
    if asked is not None:
        target = loudness_target(asked)
        decisions.append(text("plan.loudness-gain", leqm=measured.leqm, target=target, gain=gain))
    result = after_gain(measured, gain)
    return Levelling(gain, result, tuple(decisions), _advice(result, kind, gain))


def loudness_target(asked: str) -> float:
    """leq(m) in dB out of `leqm=82`. UsageError when it is not written so or out of range."""
    found = _ASKED.fullmatch(asked)
    if found is None:
        raise UsageError("loudness.unknown", asked=asked)
    if not LOWEST <= float(found[1]) <= HIGHEST:
        raise UsageError("loudness.out-of-range", asked=asked, lowest=LOWEST, highest=HIGHEST)
    return float(found[1])


def loudness_gain(asked: str, measured: Loudness) -> float:
    """The dB that bring sound to what was asked for.

    UsageError as of `loudness_target`; SourceError for silence, and for sound that is far too soft.
    """
    target = loudness_target(asked)
    if measured.leqm is None:
        raise SourceError("loudness.silent", asked=asked)
    gain = target - measured.leqm
    if gain > GAIN_LIMIT:
        raise SourceError("loudness.too-soft", asked=asked, leqm=measured.leqm, gain=gain, limit=GAIN_LIMIT)
    return gain


def after_gain(measured: Loudness, gain: float) -> Loudness:
    """The loudness of the same sound raised by so many dB."""

    def moved(level: float | None) -> float | None:
        return None if level is None else level + gain

    return Loudness(
        leqm=moved(measured.leqm),
        integrated=moved(measured.integrated),
        range=measured.range,
        true_peak=moved(measured.true_peak),
        peak=moved(measured.peak),
    )


def joined(parts: Sequence[tuple[Loudness, int]]) -> Loudness:
    """The leq(m) and the peaks of reels that follow each other, each with its length in any one unit."""
    total = sum(length for _, length in parts)
    energy = sum(10 ** (each.leqm / 10) * length for each, length in parts if each.leqm is not None)
    return Loudness(
        leqm=10 * math.log10(energy / total) if energy else None,
        true_peak=max((each.true_peak for each, _ in parts if each.true_peak is not None), default=None),
        peak=max((each.peak for each, _ in parts if each.peak is not None), default=None),
    )


def measured_line(measured: Loudness) -> Text:
    """What was measured, in words."""
    if measured.true_peak is None or measured.leqm is None:
        return text("plan.loudness-silent")
    if measured.integrated is None or measured.range is None:
        return text("plan.loudness-short", leqm=measured.leqm, peak=measured.true_peak)
    return text(
        "plan.loudness",
        leqm=measured.leqm,
        peak=measured.true_peak,
        integrated=measured.integrated,
        range=measured.range,
    )


def _advice(loudness: Loudness, kind: str, gain: float) -> tuple[Text, ...]:
    advice = []
    peak, leqm, limit = loudness.true_peak, loudness.leqm, LIMITS.get(kind)
    if peak is not None and gain > 0 and peak > 0 and leqm is not None:
        unclipped = math.floor((leqm - peak) * 10) / 10
        advice.append(text("advice.loudness-clips", gain=gain, peak=peak, most=unclipped))
    elif peak is not None and _over(peak, TRUE_PEAK_LIMIT):
        lower = math.ceil((peak - TRUE_PEAK_LIMIT) * 10) / 10
        advice.append(text("advice.true-peak", peak=peak, limit=TRUE_PEAK_LIMIT, lower=lower))
    if limit is not None and leqm is not None and _over(leqm, limit):
        advice.append(text("advice.loudness", kind=kind, leqm=leqm, limit=limit))
    return tuple(advice)


def _over(level: float, limit: float) -> bool:
    """As it is printed, to a tenth."""
    return round(level, 1) > limit
