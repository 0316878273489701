"""The composition metadata (ST 429-16) of a composition's facts, and what its extensions may declare."""

from __future__ import annotations

from fractions import Fraction

from dcp.documents.cpl_metadata import (
    UNUSED,
    Area,
    CompositionMetadata,
    ExtensionMetadata,
    application,
    sound_configuration,
)
from dcp.errors import UsageError
from dcp.packing.facts import CompositionFacts
from dcp.picture.cinema import BV21_RATES_2K, BV21_RATES_4K, BV21_RATES_STEREO, CONTAINERS, is_four_k
from dcp.sound.layout import SAMPLE_RATE
from dcp.text.language_tags import has_form
from dcp.texts.catalogue import Text, text

BV21_SIZES = {
    size: BV21_RATES_4K if resolution == "4k" else BV21_RATES_2K
    for (container, resolution), size in CONTAINERS.items()
    if container != "full"
}
"""Sizes and their edit rates in the profile (RDD 52 7.1)."""

HDR = ExtensionMetadata(
    scope="http://www.dcimovies.com/schemas/2018/HDR-Metadata",
    name="Image Encoding Parameters",
    property_list=(("EOTF", "ST 2084"),),
)
"""Half of how a composition says that its picture is HDR (HDR addendum 7.2); the track file has the other."""
DBOX = ExtensionMetadata(
    scope="http://www.d-box.com/technical_notes/124-915-0005",
    name="D-BOX Enabled",
    property_list=(("D-BOX Motion Code Primary Stream", "true"),),
)


def composition_metadata(facts: CompositionFacts) -> CompositionMetadata:
    """UsageError for a luminance or a version number that is none."""
    if facts.version_number < 1:
        raise UsageError("composition.version", number=facts.version_number)
    if facts.luminance is not None and facts.luminance <= 0:
        raise UsageError("composition.luminance", value=facts.luminance)
    sound, territory = facts.sound, facts.territory
    return CompositionMetadata(
        full_content_title_text=facts.full_title or facts.title,
        release_territory=territory.tag if territory else None,
        release_territory_scope=territory.scope if territory else None,
        version_number=facts.version_number,
        version_status=facts.status,
        chain=facts.chain or None,
        distributor=facts.distributor or None,
        facility=facts.facility or None,
        alternate_content_version_list=tuple(
            (version.id, version.label_text) for version in facts.alternate_versions
        ),
        luminance=f"{facts.luminance:f}" if facts.luminance is not None else None,
        luminance_units=facts.luminance_units if facts.luminance is not None else None,
        main_sound_configuration=(
            sound_configuration(sound.field, sound.channels) if sound else f"{UNUSED}/{UNUSED}"
        ),
        main_sound_sample_rate=Fraction(sound.sample_rate if sound else SAMPLE_RATE),
        main_picture_stored_area=Area(*facts.stored),
        main_picture_active_area=Area(*facts.active),
        main_subtitle_language_list=facts.subtitle_languages,
        extension_metadata_list=_extensions(facts),
    )


def outside_bv21(facts: CompositionFacts) -> tuple[Text, ...]:
    """Why the composition may not say that it keeps RDD 52, as far as its documents tell; none: it may."""
    if facts.standard != "smpte":
        return (text("profile.interop"),)
    width, height = facts.stored
    rates = BV21_SIZES.get(facts.stored, ())
    if facts.stereo:
        rates = tuple(rate for rate in rates if rate in BV21_RATES_STEREO)
    labels = {label for label, _ in facts.markers}
    missing = [label for label in ("FFEC", "FFMC") if label not in labels]
    reasons: list[Text] = []
    if facts.stored not in BV21_SIZES:
        reasons.append(text("profile.size", width=width, height=height))
    elif facts.stereo and is_four_k(facts.stored):
        reasons.append(text("profile.stereo-4k"))
    elif facts.rate not in rates:
        reasons.append(text("profile.rate", rate=facts.rate, rates=list(rates)))
    if facts.hdr:
        reasons.append(text("profile.hdr"))
    if facts.kind.value == "feature" and missing:
        reasons.append(text("profile.markers", labels=missing))
    if facts.sound is not None and facts.sound.sample_rate != SAMPLE_RATE:
        reasons.append(text("profile.sample-rate", rate=facts.sound.sample_rate))
    if any(reel.sound is None for reel in facts.reels):
        reasons.append(text("profile.no-sound"))
    if len({track.key_id is None for track in facts.tracks}) > 1:
        reasons.append(text("profile.mixed"))
    if any(track.sha1 is None for track in facts.tracks):
        reasons.append(text("profile.no-hash"))
    if not _alike(facts):
        reasons.append(text("profile.text-in-some"))
    return (*reasons, *facts.outside)


def profile_decision(facts: CompositionFacts) -> tuple[Text, ...]:
    """Whether the composition will say that it keeps RDD 52, and why not; nothing in Interop's form."""
    if facts.standard != "smpte":
        return ()
    reasons = outside_bv21(facts)
    return (text("plan.no-profile", why=list(reasons)) if reasons else text("plan.profile"),)


# --- how it is done -----


def _alike(facts: CompositionFacts) -> bool:
    """Whether all reels have the same kinds of text."""
    return len({tuple(sorted(track.kind or "" for track in reel.others)) for reel in facts.reels}) < 2


def _extensions(facts: CompositionFacts) -> tuple[ExtensionMetadata, ...]:
    found = [] if outside_bv21(facts) else [application()]
    if facts.hdr:
        found.append(HDR)
    channels = facts.sound.channels if facts.sound else ()
    if "SLVS" in channels and facts.sign_language is not None:
        if not has_form(facts.sign_language):
            raise UsageError("composition.language", language=facts.sign_language)
        found.append(
            ExtensionMetadata(
                scope="http://isdcf.com/2017/10/SignLanguageVideo",
                name="Sign Language Video",
                property_list=(("Language Tag", facts.sign_language),),
            )
        )
    if "DBOX" in channels:
        found.append(DBOX)
    return (*found, *facts.extensions)
