"""Sound: what servers and processors take in."""

from __future__ import annotations

from collections.abc import Iterator

from dcp.mxf.descriptors import SoundDescriptor
from dcp.verify.facts import PackageFacts, TrackFacts
from dcp.verify.rule import Outcome, hit, package_rule

MAX_CHANNELS = 16
CONFIGURATIONS = {1: (6, 8), 2: (7, 10), 3: (8, 10), 4: (1, 16), 5: (8, 10)}
"""Channel counts that fit a channel configuration (the last byte but one of its label), ST 429-2 A.1.2."""
WILD = 4
_CONFIGURATION = bytes.fromhex("040202100301")


def _sounds(facts: PackageFacts) -> Iterator[tuple[TrackFacts, SoundDescriptor]]:
    for track in facts.tracks.values():
        if track.header is not None and isinstance(track.header.descriptor, SoundDescriptor):
            yield track, track.header.descriptor


@package_rule("SND-001", severity="error", clause="ST 428-2 3.2, RDD 52 7.3")
def sample_rate(facts: PackageFacts) -> Outcome:
    for track, sound in _sounds(facts):
        if sound.sample_rate not in (48000, 96000):
            yield hit("SND-001.rate", file=track.name, rate=sound.sample_rate)
        elif sound.sample_rate == 96000:
            yield hit("SND-001.96k", file=track.name, severity="warning")


@package_rule("SND-002", severity="error", clause="ST 428-2 3.1")
def bit_depth(facts: PackageFacts) -> Outcome:
    for track, sound in _sounds(facts):
        if sound.quantization_bits != 24:
            yield hit("SND-002.bits", file=track.name, bits=sound.quantization_bits)


@package_rule("SND-003", severity="error", clause="ST 428-2 3.3")
def at_most_16(facts: PackageFacts) -> Outcome:
    for track, sound in _sounds(facts):
        if sound.channels > MAX_CHANNELS:
            yield hit("SND-003.count", file=track.name, count=sound.channels, most=MAX_CHANNELS)


@package_rule("SND-004", severity="warning", clause="ISDCF Doc 4")
def even_count(facts: PackageFacts) -> Outcome:
    for track, sound in _sounds(facts):
        if sound.channels % 2:
            yield hit("SND-004.odd", file=track.name, count=sound.channels)


@package_rule("SND-005", severity="error")
def block_align(facts: PackageFacts) -> Outcome:
    for track, sound in _sounds(facts):
        align = sound.block_align
        wanted = sound.sample_bytes  # of another depth SND-002 speaks
        if align is not None and align != wanted:
            yield hit("SND-005.align", file=track.name, align=align, count=sound.channels, wanted=wanted)


@package_rule("SND-006", severity="info", bv21="error", clause="RDD 52 10.3.1, ISDCF Doc 4")
def configuration_4(facts: PackageFacts) -> Outcome:
    for track, sound in _sounds(facts):
        if track.header is None or track.header.label_set != "smpte":
            continue
        number = _configuration(sound)
        if number is not None and number != WILD:
            yield hit("SND-006.configuration", file=track.name, number=number)
        elif number is None:
            yield hit("SND-006.none", file=track.name)


@package_rule("SND-007", severity="warning", clause="ST 429-2 A.1.2")
def count_fits(facts: PackageFacts) -> Outcome:
    for track, sound in _sounds(facts):
        bounds = CONFIGURATIONS.get(_configuration(sound) or 0)
        if sound.channels > MAX_CHANNELS or bounds is None:  # of too many SND-003 speaks
            continue
        if not bounds[0] <= sound.channels <= bounds[1]:
            yield hit(
                "SND-007.count",
                file=track.name,
                count=sound.channels,
                number=_configuration(sound),
                least=bounds[0],
                most=bounds[1],
            )


@package_rule("SND-008", severity="info", clause="ST 377-4")
def mca_labels(facts: PackageFacts) -> Outcome:
    for track, sound in _sounds(facts):
        if track.header is not None and track.header.label_set == "smpte" and not sound.soundfield:
            yield hit("SND-008.none", file=track.name)


@package_rule("SND-009", severity="info")
def usual_count(facts: PackageFacts) -> Outcome:
    for track, sound in _sounds(facts):
        if sound.channels not in (6, 8, 10, 12, 14, 16) and sound.channels in range(2, 17, 2):
            yield hit("SND-009.count", file=track.name, count=sound.channels)


def _configuration(sound: SoundDescriptor) -> int | None:
    """The number of a configuration label of ST 429-2, None for another label or none."""
    label = sound.channel_assignment
    if label is None:
        return None
    raw = bytes(label)
    return raw[14] if raw[8:14] == _CONFIGURATION and raw[14] in CONFIGURATIONS else None
