"""Auxiliary data and immersive sound, as far as headers tell."""

from __future__ import annotations

from collections.abc import Iterator

from dcp.mxf.descriptors import AuxDescriptor
from dcp.verify.facts import PackageFacts, TrackFacts
from dcp.verify.rule import Outcome, hit, package_rule


def _aux(facts: PackageFacts) -> Iterator[tuple[TrackFacts, AuxDescriptor]]:
    for track in facts.tracks.values():
        if track.header is not None and isinstance(track.header.descriptor, AuxDescriptor):
            yield track, track.header.descriptor


@package_rule("IMM-001", severity="error", clause="ST 429-18 11")
def one_coding(facts: PackageFacts) -> Outcome:
    described = {track.asset_id: descriptor for track, descriptor in _aux(facts)}
    for reference in facts.references():
        descriptor = described.get(reference.asset.id)
        stated = reference.asset.data_type
        if descriptor is None or stated is None or descriptor.data_essence_coding is None:
            continue
        in_file = bytes(descriptor.data_essence_coding)
        wanted = stated.lower().removeprefix("urn:smpte:ul:").replace(".", "")
        # byte 8 of a label is the version of its register and tells nothing about what it names
        if wanted[:14] + wanted[16:] != in_file.hex()[:14] + in_file.hex()[16:]:
            yield hit(
                "IMM-001.coding",
                file=reference.file,
                place=reference.place,
                stated=stated,
                found=in_file.hex(),
            )


@package_rule("IMM-004", severity="info", clause="ST 429-18")
def named(facts: PackageFacts) -> Outcome:
    for track, descriptor in _aux(facts):
        atmos = descriptor.atmos_id is not None
        yield hit("IMM-004.atmos", file=track.name) if atmos else hit("IMM-004.data", file=track.name)
