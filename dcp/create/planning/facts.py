"""A planned composition as the packing rooms take it: for its playlist, its name, and what they advise."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import replace

from dcp.auxdata.atmos import AuxKind, data_type
from dcp.create.planning.described import with_described
from dcp.create.planning.plan import CompositionPlan, Plan, Referred
from dcp.documents.cpl import CAPTION_KINDS, SUBTITLE_KINDS
from dcp.packing.facts import CompositionFacts, PlayedTrack, ReelFacts
from dcp.text.checking import outside_profile
from dcp.texts.catalogue import Text


def composition_facts(
    plan: Plan,
    composition: CompositionPlan,
    *,
    pictures: Sequence[PlayedTrack] | None = None,
    sounds: Sequence[PlayedTrack] | None = None,
    texts: Sequence[PlayedTrack] | None = None,
    auxes: Sequence[PlayedTrack] | None = None,
) -> CompositionFacts:
    """pictures, sounds, texts, auxes: the plan's track files by number; None: as they are planned, under ids
    that nothing has."""
    if pictures is None:
        pictures = [_planned(track.frames, "picture" in plan.encrypt) for track in plan.pictures]
    if sounds is None:
        sounds = [
            _planned(track.frames, "sound" in plan.encrypt, track.form.language) for track in plan.sounds
        ]
    if auxes is None:
        auxes = [
            replace(
                _planned(track.frames, "aux" in plan.encrypt),
                kind="AuxData",
                data_type=data_type(track.facts.descriptor),
            )
            for track in plan.auxes
        ]
    if texts is None:
        texts = [
            _planned(track.frames, "text" in plan.encrypt, track.language, track.element(plan.standard))
            for track in plan.texts
        ]
    reels = tuple(
        ReelFacts(
            _played(pictures, reel.picture),
            _played(sounds, reel.sound) if reel.sound is not None else None,
            (
                *(texts[number] for number in reel.texts),
                *(each.track for each in reel.others),
                *((auxes[reel.aux],) if reel.aux is not None else ()),
            ),
        )
        for reel in composition.reels
    )
    kinds = _immersive(plan, composition)
    facts = CompositionFacts(
        title=composition.title,
        full_title=composition.full_title,
        kind=composition.kind,
        rate=composition.rate,
        stored=composition.size,
        active=composition.active,
        reels=reels,
        sound=plan.sound_form(composition),
        standard=plan.standard,
        stereo=composition.stereo,
        hdr=composition.hdr,
        markers=composition.markers,
        ratings=composition.ratings,
        subtitle_languages=_languages(reels),
        burnt_in=composition.burnt_in,
        captions=any(track.kind in CAPTION_KINDS for reel in reels for track in reel.others),
        immersive=bool(kinds),
        atmos="atmos" in kinds,
        territory=composition.territory,
        facility=composition.facility,
        version_file=composition.version_file,
        outside=_outside(plan, composition),
    )
    return with_described(facts, composition.described)


def _played(tracks: Sequence[PlayedTrack], which: int | Referred) -> PlayedTrack:
    return which.track if isinstance(which, Referred) else tracks[which]


def _immersive(plan: Plan, composition: CompositionPlan) -> set[AuxKind]:
    """What immersive sound plays; that of an original counts as Dolby Atmos, as it is named in the field."""
    found = {plan.auxes[reel.aux].facts.kind for reel in composition.reels if reel.aux is not None}
    others = [each.track for reel in composition.reels for each in reel.others]
    if any(track.kind == "AuxData" and track.data_type == data_type(None) for track in others):
        found.add("atmos")
    return found - {"data"}


def _outside(plan: Plan, composition: CompositionPlan) -> tuple[Text, ...]:
    """What RDD 52 does not have of the texts that are new, each thing once: of the first reel that has it."""
    found: dict[str, Text] = {}
    for number, reel in enumerate(composition.reels):
        for track in (plan.texts[each] for each in reel.texts):
            for told in outside_profile(
                track.cues, track.rate, captions=track.kind == "caption", first=number == 0
            ):
                found.setdefault(told.id, told)
    return tuple(found.values())


def _languages(reels: Sequence[ReelFacts]) -> tuple[str, ...]:
    """Of the subtitles that play, in their order."""
    told = [track.language for reel in reels for track in reel.others if track.kind in SUBTITLE_KINDS]
    return tuple(dict.fromkeys(language for language in told if language))


def _planned(
    frames: int, encrypted: bool, language: str | None = None, kind: str | None = None
) -> PlayedTrack:
    return PlayedTrack(
        id=uuid.uuid4(),
        length=frames,
        key_id=uuid.uuid4() if encrypted else None,
        sha1=bytes(20),
        language=language,
        kind=kind,
    )
