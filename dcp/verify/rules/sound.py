"""Sound: what servers and processors take in."""

from __future__ import annotations

from collections.abc import Iterator

from dcp.mxf.descriptors import SoundDescriptor
from dcp.verify.facts import PackageFacts, TrackFacts
from dcp.verify.rule import Hit, Outcome, package_rule

MAX_CHANNELS = 16
CONFIGURATIONS = {1: (6, 8), 2: (7, 10), 3: (8, 10), 4: (1, 16), 5: (8, 10)}
"""Channel counts that fit a channel configuration (the last byte but one of its label), ST 429-2 A.1.2."""
WILD = 4
_CONFIGURATION = bytes.fromhex("040202100301")


def _sounds(facts: PackageFacts) -> Iterator[tuple[TrackFacts, SoundDescriptor]]:
    for track in facts.tracks.values():
        if track.header is not None and isinstance(track.header.descriptor, SoundDescriptor):
            yield track, track.header.descriptor


@package_rule(
    "SND-001",
    severity="error",
    clause="ST 428-2 3.2, RDD 52 7.3",
    statement="Sound is sampled at 48 kHz, or 96 kHz where a profile allows it",
)
def sample_rate(facts: PackageFacts) -> Outcome:
    for track, sound in _sounds(facts):
        if sound.sample_rate not in (48000, 96000):
            yield Hit(f"the sound is sampled at {sound.sample_rate} Hz", file=track.name)
        elif sound.sample_rate == 96000:
            yield Hit("sound at 96 kHz is not taken by all servers", file=track.name, severity="warning")


@package_rule("SND-002", severity="error", clause="ST 428-2 3.1", statement="Sound has 24 bits a sample")
def bit_depth(facts: PackageFacts) -> Outcome:
    for track, sound in _sounds(facts):
        if sound.quantization_bits != 24:
            yield Hit(f"the sound has {sound.quantization_bits} bits a sample", file=track.name)


@package_rule("SND-003", severity="error", clause="ST 428-2 3.3", statement="Sound has 16 channels at most")
def at_most_16(facts: PackageFacts) -> Outcome:
    for track, sound in _sounds(facts):
        if sound.channels > MAX_CHANNELS:
            yield Hit(f"the sound has {sound.channels} channels", file=track.name)


@package_rule(
    "SND-004", severity="warning", clause="ISDCF Doc 4", statement="Sound has an even number of channels"
)
def even_count(facts: PackageFacts) -> Outcome:
    for track, sound in _sounds(facts):
        if sound.channels % 2:
            yield Hit(
                f"the sound has {sound.channels} channels, an odd number, which some servers refuse",
                file=track.name,
            )


@package_rule("SND-005", severity="error", statement="A sample frame is as long as its channels make it")
def block_align(facts: PackageFacts) -> Outcome:
    for track, sound in _sounds(facts):
        align = sound.block_align
        if align is not None and align != sound.channels * 3:
            yield Hit(
                f"BlockAlign is {align}, {sound.channels} channels make {sound.channels * 3}", file=track.name
            )


@package_rule(
    "SND-006",
    severity="info",
    bv21="error",
    clause="RDD 52 10.3.1, ISDCF Doc 4",
    statement="SMPTE sound is of configuration 4 and carries MCA labels",
)
def configuration_4(facts: PackageFacts) -> Outcome:
    for track, sound in _sounds(facts):
        if track.header is None or track.header.label_set != "smpte":
            continue
        number = _configuration(sound)
        if number is not None and number != WILD:
            yield Hit(f"the channel assignment is configuration {number}", file=track.name)
        elif number is None:
            yield Hit("the file states no channel configuration", file=track.name)


@package_rule(
    "SND-007",
    severity="warning",
    clause="ST 429-2 A.1.2",
    statement="The channel count suits the channel format",
)
def count_fits(facts: PackageFacts) -> Outcome:
    for track, sound in _sounds(facts):
        bounds = CONFIGURATIONS.get(_configuration(sound) or 0)
        if bounds is not None and not bounds[0] <= sound.channels <= bounds[1]:
            yield Hit(
                f"{sound.channels} channels; configuration {_configuration(sound)} has "
                f"{bounds[0]} to {bounds[1]}",
                file=track.name,
            )


@package_rule("SND-008", severity="info", clause="ST 377-4", statement="SMPTE sound carries MCA labels")
def mca_labels(facts: PackageFacts) -> Outcome:
    for track, sound in _sounds(facts):
        if track.header is not None and track.header.label_set == "smpte" and not sound.soundfield:
            yield Hit("the file carries no MCA labels", file=track.name)


@package_rule("SND-009", severity="info", statement="The channel count is one that all servers take")
def usual_count(facts: PackageFacts) -> Outcome:
    for track, sound in _sounds(facts):
        if sound.channels not in (6, 8, 10, 12, 14, 16):
            yield Hit(f"the sound has {sound.channels} channels, which some servers refuse", file=track.name)


def _configuration(sound: SoundDescriptor) -> int | None:
    """The number of a configuration label of ST 429-2, None for another label or none."""
    label = sound.channel_assignment
    if label is None:
        return None
    raw = bytes(label)
    return raw[14] if raw[8:14] == _CONFIGURATION and raw[14] in CONFIGURATIONS else None
