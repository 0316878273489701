"""A planned composition as the packing rooms take it: for its playlist, its name, and what they advise."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from dcp.create.planning.plan import CompositionPlan, Plan
from dcp.packing.facts import CompositionFacts, PlayedTrack, ReelFacts, SoundForm
from dcp.packing.naming import NO_SPEECH


def composition_facts(
    plan: Plan,
    composition: CompositionPlan,
    *,
    pictures: Sequence[PlayedTrack] | None = None,
    sounds: Sequence[PlayedTrack] | None = None,
) -> CompositionFacts:
    """pictures, sounds: the plan's track files by number; None: as they are planned, under ids that nothing
    has."""
    if pictures is None:
        pictures = [_planned(track.frames, "picture" in plan.encrypt) for track in plan.pictures]
    if sounds is None:
        sounds = [
            _planned(track.frames, "sound" in plan.encrypt, track.form.language) for track in plan.sounds
        ]
    form = plan.sounds[composition.reels[0].sound].form
    return CompositionFacts(
        title=composition.title,
        full_title=composition.full_title,
        kind=composition.kind,
        rate=composition.rate,
        stored=composition.size,
        active=composition.active,
        reels=tuple(ReelFacts(pictures[reel.picture], sounds[reel.sound]) for reel in composition.reels),
        sound=SoundForm(
            form.layout.field, form.layout.channels, form.sample_rate, _language(plan, composition)
        ),
        standard=plan.standard,
        stereo=composition.stereo,
        hdr=composition.hdr,
        markers=composition.markers,
        ratings=composition.ratings,
        territory=composition.territory,
        facility=composition.facility,
    )


def _language(plan: Plan, composition: CompositionPlan) -> str | None:
    """What is spoken first: a logo's reel has music alone, or no sound."""
    told = [plan.sounds[reel.sound].form.language for reel in composition.reels]
    return min(filter(None, told), key=lambda tag: tag == NO_SPEECH, default=None)


def _planned(frames: int, encrypted: bool, language: str | None = None) -> PlayedTrack:
    return PlayedTrack(
        id=uuid.uuid4(),
        length=frames,
        key_id=uuid.uuid4() if encrypted else None,
        sha1=bytes(20),
        language=language,
    )
