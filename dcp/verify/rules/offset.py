"""Picture and sound of a reel: whether they begin together and keep together, as far as numbers tell.

Whether lips move with words no number tells. That both last the same is REEL-004's.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from dcp.dataclass import dataclass
from dcp.documents.cpl import PICTURE_KINDS, ReelAsset
from dcp.mxf.descriptors import SoundDescriptor
from dcp.mxf.reader import Unit
from dcp.verify.facts import PackageFacts, TrackFacts
from dcp.verify.rule import Outcome, hit, measure, package_rule

LEAST_DRIFT = Fraction(1, 1000)
"""Seconds by the end of a file."""


@dataclass(frozen=True)
class Lasting:
    """samples: of a channel, in `units`."""

    samples: int
    units: int


class _Gatherer:
    def __init__(self, width: int) -> None:
        self._width, self._bytes, self._units = width, 0, 0

    def unit(self, unit: Unit) -> None:
        if unit.fault is None:
            self._bytes += len(unit.data)
            self._units += 1

    def result(self) -> Lasting:
        return Lasting(self._bytes // self._width, self._units)


def _make(track: TrackFacts) -> _Gatherer | None:
    header = track.header
    if header is None or not track.readable or not isinstance(header.descriptor, SoundDescriptor):
        return None
    sound = header.descriptor
    known = sound.sample_bytes > 0 and sound.sample_rate > 0 and header.edit_rate > 0
    return _Gatherer(sound.sample_bytes) if known else None


LASTING = measure("lasting", _make, heads=True)


@package_rule("QC-004", severity="warning")
def together(facts: PackageFacts) -> Outcome:
    for track, found in LASTING.of(facts):
        header = track.header
        if header is None or not isinstance(header.descriptor, SoundDescriptor) or not found.units:
            continue
        lasts = found.units / header.edit_rate
        drift = Fraction(found.samples, header.descriptor.sample_rate) - lasts
        if abs(drift) >= LEAST_DRIFT:
            longer = drift > 0
            yield hit(
                "QC-004.longer" if longer else "QC-004.shorter",
                file=track.name,
                drift=float(abs(drift)),
                seconds=float(lasts),
            )
    for document, cpl in facts.compositions():
        for number, reel in enumerate(cpl.reels, start=1):
            pictures = [each for each in reel.assets if each.kind in PICTURE_KINDS]
            sounds = [each for each in reel.assets if each.kind == "MainSound"]
            for picture, sound in _apart(pictures, sounds):
                yield hit(
                    "QC-004.entry",
                    severity="info",
                    file=document.name,
                    place=f"/CompositionPlaylist/ReelList/Reel[{number}]/AssetList/MainSound/EntryPoint",
                    reel=number,
                    picture=float(_seconds(picture, picture.entry_point)),
                    sound=float(_seconds(sound, sound.entry_point)),
                )


def _apart(pictures: list[ReelAsset], sounds: list[ReelAsset]) -> Iterator[tuple[ReelAsset, ReelAsset]]:
    """Files of one length of which a reel plays other parts. Of files that last differently nothing is known:
    one may have a leader that the other lacks."""
    for picture in pictures:
        for sound in sounds:
            if picture.edit_rate <= 0 or sound.edit_rate <= 0:
                continue
            lengths = {_seconds(each, each.intrinsic_duration) for each in (picture, sound)}
            if len(lengths) == 1 and _seconds(picture, picture.entry_point) != _seconds(
                sound, sound.entry_point
            ):
                yield picture, sound


def _seconds(asset: ReelAsset, units: int) -> Fraction:
    return units / asset.edit_rate
