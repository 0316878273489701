"""What a job says of a composition for its metadata (ST 429-16) that nobody could see in its tracks."""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal

from dcp.create.job.values import Composition
from dcp.dataclass import dataclass
from dcp.documents.cpl import ContentVersion
from dcp.documents.cpl_metadata import CHANNEL_SYMBOLS, SOUNDFIELDS, UNUSED, parse_sound_configuration
from dcp.documents.namespaces import Standard
from dcp.errors import UsageError
from dcp.packing.facts import CompositionFacts, LuminanceUnits, SoundForm, Status
from dcp.patterns import pattern
from dcp.text.language_tags import has_form
from dcp.texts.catalogue import Text, text

_LUMINANCE = pattern(r"(\d{1,5}(?:\.\d{1,4})?)\s*(.*)", re.ASCII)
_UNITS: dict[str, LuminanceUnits] = {
    "": "foot-lambert",
    "fl": "foot-lambert",
    "foot-lambert": "foot-lambert",
    "cd/m2": "candela-per-square-metre",
    "cd/m²": "candela-per-square-metre",
    "nit": "candela-per-square-metre",
    "nits": "candela-per-square-metre",
    "candela-per-square-metre": "candela-per-square-metre",
}


@dataclass(frozen=True)
class Described:
    """As the fields of `dcp.packing.facts.CompositionFacts`. sound: soundfield and channels, instead of what
    the sound's own layout is. package_number: of several version files."""

    full_title: str | None = None
    version_number: int = 1
    status: Status = "final"
    chain: str | None = None
    distributor: str | None = None
    luminance: Decimal | None = None
    luminance_units: LuminanceUnits = "foot-lambert"
    content_version: ContentVersion | None = None
    alternate_versions: tuple[ContentVersion, ...] = ()
    sound: tuple[str, tuple[str | None, ...]] | None = None
    sign_language: str | None = None
    package_number: int | None = None


def read_described(wanted: Composition) -> Described:
    """UsageError, that names the setting, for a luminance, a sound configuration or a language that is none,
    and for an id of a version that is there twice."""
    luminance, units = _luminance(wanted.luminance)
    versions = [each.id for each in (wanted.content_version, *wanted.alternate_versions) if each is not None]
    twice = next((id for id in versions if versions.count(id) > 1), None)
    if twice is not None:
        raise UsageError("composition.versions-alike", where="alternate_versions", version=twice)
    if wanted.sign_language is not None and not has_form(wanted.sign_language):
        raise UsageError("composition.language", where="sign_language", language=wanted.sign_language[:40])
    return Described(
        full_title=wanted.full_title,
        version_number=wanted.version_number,
        status=wanted.status,
        chain=wanted.chain,
        distributor=wanted.distributor,
        luminance=luminance,
        luminance_units=units,
        content_version=wanted.content_version,
        alternate_versions=wanted.alternate_versions,
        sound=_sound(wanted.sound_configuration),
        sign_language=wanted.sign_language,
        package_number=wanted.package_number,
    )


def decided(described: Described, standard: Standard) -> tuple[Text, ...]:
    """Interop has no metadata: what is said for them alone is left out, and that is said."""
    said = replace(described, content_version=None, package_number=None)
    return (text("plan.no-metadata"),) if standard != "smpte" and said != Described() else ()


def with_described(facts: CompositionFacts, described: Described) -> CompositionFacts:
    """The facts with what the job says. UsageError for a sound configuration of more or fewer channels."""
    sound = facts.sound
    if described.sound is not None:
        field, channels = described.sound
        count = len(sound.channels) if sound is not None else 0
        if len(channels) != count:
            raise UsageError(
                "composition.sound-channels", where="sound_configuration", n=len(channels), channels=count
            )
        assert sound is not None
        sound = SoundForm(field, channels, sound.sample_rate, sound.language)
    return replace(
        facts,
        sound=sound,
        version_number=described.version_number,
        status=described.status,
        chain=described.chain,
        distributor=described.distributor,
        luminance=described.luminance,
        luminance_units=described.luminance_units,
        content_version=described.content_version,
        alternate_versions=described.alternate_versions,
        sign_language=described.sign_language,
    )


# --- how it is done -----


def _luminance(said: str | None) -> tuple[Decimal | None, LuminanceUnits]:
    if said is None:
        return None, "foot-lambert"
    found = _LUMINANCE.fullmatch(said.strip())
    units = _UNITS.get(found[2].strip().lower()) if found is not None else None
    if found is None or units is None or not Decimal(found[1]):
        raise UsageError("composition.luminance", where="luminance", value=said[:40])
    return Decimal(found[1]), units


def _sound(said: str | None) -> tuple[str, tuple[str | None, ...]] | None:
    if said is None:
        return None
    parsed = parse_sound_configuration(said)
    if parsed is not None:
        field, symbols = parsed
        named = [symbol for symbol in symbols if symbol != UNUSED]
        if field in SOUNDFIELDS and set(named) <= CHANNEL_SYMBOLS and len(set(named)) == len(named):
            return field, tuple(None if symbol == UNUSED else symbol for symbol in symbols)
    raise UsageError(
        "composition.sound-configuration",
        where="sound_configuration",
        value=said[:80],
        fields=", ".join(SOUNDFIELDS),
        symbols=", ".join(sorted(CHANNEL_SYMBOLS)),
    )
