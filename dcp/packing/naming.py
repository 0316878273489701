"""Names of compositions by the Digital Cinema Naming Convention: the parts of a name, built of a package's
facts, and put together.

The convention is advice, not a standard; its codes come from the registries (`dcp.packing.registries`).
`dcp.packing.name_reading` takes a name apart again, `dcp.packing.titles` holds one against the facts.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from datetime import datetime
from fractions import Fraction
from typing import Literal

from dcp.dataclass import dataclass
from dcp.errors import UsageError
from dcp.packing.facts import CompositionFacts, SoundForm
from dcp.packing.ratings import labels_in
from dcp.packing.registries import NOTHING, CompanyKind, company, language_code
from dcp.picture.cinema import CONTAINERS, Container, is_four_k
from dcp.sound.layout import APART
from dcp.texts.catalogue import Text, text

FILM_LENGTH = 14
"""Letters of the film's name at most."""
_LETTERS: Mapping[Container, str] = {"flat": "F", "scope": "S", "full": "C"}
SIZES = {letter: CONTAINERS[container, "2k"] for container, letter in _LETTERS.items()}
"""(width, height) in 2K of the container that a letter stands for."""
SHAPES = {
    "119": Fraction(119, 100), "133": Fraction(4, 3), "137": Fraction(11, 8), "143": Fraction(143, 100),
    "155": Fraction(155, 100), "166": Fraction(5, 3), "178": Fraction(16, 9), "185": Fraction(185, 100),
    "190": Fraction(256, 135), "200": Fraction(2), "220": Fraction(11, 5), "235": Fraction(47, 20),
    "239": Fraction(1024, 429), "255": Fraction(51, 20), "266": Fraction(8, 3), "276": Fraction(69, 25),
}  # fmt: skip
"""Shapes of films as they are named; others are named by their ratio times 100."""
USUAL_RATE = 24
"""Frames a second of what does not name its rate."""
NO_SPEECH = "zxx"
"""RFC 5646: no words are in it."""
SOUND_EXTRAS = {"HI": "HI", "VIN": "VI", "SLVS": "SL", "DBOX": "DBOX"}
"""Codes of what rides along in sound channels, by the channels' symbols."""
_SILENT = "MOS"
_PREVIEWS = ("TLR", "TSR")  # come flat and scope whatever the film's shape, and never name it

Look = Literal["HDR1", "DVis", "EC", "EPIQ", "InfV"]


@dataclass(frozen=True)
class NameParts:
    """The parts of a name, as codes; None or empty where the name has none.

    film: with no `_`. ratio: of the picture, times 100. audio: code of the speech, XX for none; texts: codes
    of the subtitles, lower case for those burnt in; captions: CCAP, OCAP. sound: of the soundfield;
    sound_extras: HI, VI, SL, IAB ... date: YYYYMMDD. package: OV or VF, package_number: VF-2's 2. others:
    what stands in a part and is none of the convention's. faults: what is wrong with a name that was read.
    """

    film: str
    kind: str
    version: int | None = None
    status: Literal["Temp", "Pre"] | None = None
    red_band: bool = False
    chain: str | None = None
    dimension: Literal["2D", "3D"] | None = None
    luminance: str | None = None
    rate: int | None = None
    look: Look | None = None
    container: str | None = None
    ratio: str | None = None
    audio: str | None = None
    texts: tuple[str, ...] = ()
    captions: tuple[str, ...] = ()
    territory: str | None = None
    rating: str | None = None
    sound: str | None = None
    sound_extras: tuple[str, ...] = ()
    resolution: str | None = None
    studio: str | None = None
    date: str | None = None
    facility: str | None = None
    standard: Literal["SMPTE", "IOP"] | None = None
    standard_3d: bool = False
    package: Literal["OV", "VF"] | None = None
    package_number: int | None = None
    others: tuple[str, ...] = ()
    faults: tuple[Text, ...] = ()


@dataclass(frozen=True)
class BuiltName:
    """text: the name. decisions: what was decided for it; advice: on the codes that were given."""

    text: str
    parts: NameParts
    decisions: tuple[Text, ...] = ()
    advice: tuple[Text, ...] = ()


def format_name(parts: NameParts) -> str:
    """The name of its parts; what is None is left out."""
    kind = [
        parts.kind,
        str(parts.version) if parts.version is not None else None,
        parts.status,
        "RedBand" if parts.red_band else None,
        parts.chain,
        parts.dimension,
        f"{parts.luminance}fl" if parts.luminance else None,
        str(parts.rate) if parts.rate is not None else None,
        parts.look,
    ]
    languages: list[str | None] = [parts.audio, *parts.texts, *parts.captions] if parts.audio else []
    package = [parts.package, str(parts.package_number) if parts.package_number is not None else None]
    fields: list[list[str | None]] = [
        [parts.film],
        kind,
        [parts.container, parts.ratio] if parts.container else [],
        languages,
        [parts.territory, parts.rating] if parts.territory else [],
        [parts.sound, *parts.sound_extras] if parts.sound or parts.sound_extras else [],
        [parts.resolution],
        [parts.studio],
        [parts.date],
        [parts.facility],
        [parts.standard, "3D" if parts.standard_3d else None] if parts.standard else [],
        package if parts.package else [],
    ]
    joined = ["-".join(one for one in field if one) for field in fields]
    return "_".join(one for one in joined if one)


def auto_name(
    facts: CompositionFacts,
    *,
    film: str,
    now: datetime,
    studio: str | None = None,
    facility: str | None = None,
    package_number: int | None = None,
) -> BuiltName:
    """The name of a composition by the convention. film: its title; `facts.title` is not read.

    studio, facility: their codes, where they have one. package_number: of a version file, where there are
    several. UsageError for a film without a Latin letter or digit, and for what has not the form of a code.
    """
    short = film_part(film)
    decisions = []
    if len(short) > FILM_LENGTH:
        decisions.append(text("plan.name-film-cut", film=film, short=short[:FILM_LENGTH], most=FILM_LENGTH))
    advice: list[Text] = []
    codes: dict[CompanyKind, str] = {}
    given: tuple[tuple[CompanyKind, str | None], ...] = (("studio", studio), ("facility", facility))
    for kind, code in given:
        if code is not None:
            codes[kind], said = company(code, kind)
            advice += said
    parts = name_parts(
        facts,
        film=short[:FILM_LENGTH],
        now=now,
        studio=codes.get("studio"),
        facility=codes.get("facility"),
        package_number=package_number,
    )
    absent = [name for name in ("territory", "studio", "facility") if getattr(parts, name) is None]
    if absent:
        words = [Text(f"word.{name}") for name in absent]
        decisions.append(text("plan.name-left-out", what=words))
    name = format_name(parts)
    return BuiltName(name, parts, (text("plan.name", name=name), *decisions), tuple(advice))


def name_parts(
    facts: CompositionFacts,
    *,
    film: str,
    now: datetime,
    studio: str | None = None,
    facility: str | None = None,
    package_number: int | None = None,
) -> NameParts:
    """The parts of the name that a composition of these facts has. Codes are taken as they are given."""
    sound, extras = sound_codes(facts)
    kind = facts.kind.code
    container = container_of(facts.stored)
    trailer_board = any(rating.label == "RB" and "MPAAT" in rating.agency for rating in facts.ratings)
    return NameParts(
        film=film,
        kind=kind,
        version=facts.version_number,
        status={"temp": "Temp", "pre": "Pre"}.get(facts.status),  # type: ignore[arg-type]
        red_band=kind == "TLR" and trailer_board,
        chain=_plain(facts.chain)[:FILM_LENGTH] or None if facts.chain else None,
        dimension="3D" if facts.stereo else None,
        luminance=_foot_lamberts(facts),
        rate=None if facts.rate == USUAL_RATE else round(facts.rate),
        look="HDR1" if facts.hdr else None,
        container=container,
        ratio=None if kind in _PREVIEWS else _ratio(facts, container),
        audio=_spoken(facts.sound),
        texts=_texts(facts),
        captions=("CCAP",) if facts.captions else (),
        territory=facts.territory.code if facts.territory else None,
        rating=labels_in(facts.territory.tag, facts.ratings) if facts.territory else None,
        sound=sound,
        sound_extras=extras,
        resolution="4K" if is_four_k(facts.stored) else "2K",
        studio=studio,
        date=f"{now:%Y%m%d}",
        facility=facility,
        standard="SMPTE" if facts.standard == "smpte" else "IOP",
        standard_3d=facts.stereo,
        package="VF" if facts.version_file else "OV",
        package_number=package_number,
    )


def film_part(film: str) -> str:
    """A film's title as one word, each of its words with a capital: `the big film` is TheBigFilm.

    UsageError when no Latin letter or digit is in it.
    """
    words = _plain(film)
    if not words:
        raise UsageError("name.film", film=film[:40])
    return words


def container_of(size: tuple[int, int]) -> str:
    """The letter of the container; of another size, of that whose shape is nearest."""
    for (container, _), known in CONTAINERS.items():
        if size == known:
            return _LETTERS[container]
    shape = Fraction(*size)
    return min(SIZES, key=lambda letter: abs(Fraction(*SIZES[letter]) - shape))


def sound_codes(facts: CompositionFacts) -> tuple[str, tuple[str, ...]]:
    """The code of the soundfield, and of what rides along."""
    channels = facts.sound.channels if facts.sound else ()
    code, extras = codes_of_channels(channels, facts.sound.field if facts.sound else "-")
    if facts.immersive:
        extras = (*extras, "ATMOS" if facts.atmos else "IAB")
    return code, extras


def codes_of_channels(symbols: Iterable[str | None], field: str) -> tuple[str, tuple[str, ...]]:
    """The code of the soundfield of these channels, and of what rides along in them. field: how
    MainSoundConfiguration calls it."""
    channels = {channel for channel in symbols if channel}
    extras = tuple(code for symbol, code in SOUND_EXTRAS.items() if symbol in channels)
    heard = channels - APART
    by_channels = {
        frozenset[str](): _SILENT,
        frozenset({"C"}): "10",
        frozenset({"L", "R"}): "20",
        frozenset({"L", "R", "LFE"}): "21",
    }
    by_field = {"51": "51", "61": "61", "71": "71", "SDS": "71", "M": "10"}
    counted = f"{len(heard - {'LFE'})}{int('LFE' in heard)}"
    return by_channels.get(frozenset(heard)) or by_field.get(field, counted), extras


# --- how it is done -----


def _plain(words: str) -> str:
    """Letters and digits of ASCII, accents taken off, each word with a capital."""
    plain = unicodedata.normalize("NFKD", words).encode("ascii", "ignore").decode().replace("'", "")
    return "".join(word[0].upper() + word[1:] for word in re.findall(r"[A-Za-z0-9]+", plain))


def _ratio(facts: CompositionFacts, container: str) -> str | None:
    """The picture's shape where it is not the container's, within one per cent."""
    shape = Fraction(*facts.active)
    own = Fraction(*SIZES[container])
    if abs(shape / own - 1) <= Fraction(1, 100):
        return None
    name = min(SHAPES, key=lambda name: abs(SHAPES[name] - shape))
    return name if abs(SHAPES[name] / shape - 1) <= Fraction(1, 100) else str(round(shape * 100))


def _spoken(sound: SoundForm | None) -> str:
    return NOTHING if sound is None or sound.language is None else _code(sound.language, spoken=True)


def _texts(facts: CompositionFacts) -> tuple[str, ...]:
    found = tuple(_code(language, spoken=False) for language in facts.subtitle_languages[:2])
    if facts.burnt_in is not None:
        found = (_code(facts.burnt_in, spoken=False).lower(), *found)[:2]
    return found or (NOTHING,)


def _code(tag: str, *, spoken: bool) -> str:
    if tag.lower() == NO_SPEECH:
        return NOTHING
    return language_code(tag, spoken=spoken) or tag.split("-")[0].upper()


def _foot_lamberts(facts: CompositionFacts) -> str | None:
    """As the convention writes them, without a point: 4.5 is 45."""
    if facts.luminance is None or facts.luminance_units != "foot-lambert":
        return None
    return f"{facts.luminance.normalize():f}".replace(".", "")
