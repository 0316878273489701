"""A title that looks like a name by the convention, held against what the package is."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from itertools import takewhile

from dcp.packing.facts import CompositionFacts
from dcp.packing.naming import USUAL_RATE, NameParts, name_parts
from dcp.packing.registries import NOTHING, language_of
from dcp.texts.catalogue import Text, text

RATIO_TOLERANCE = 2
"""By how much the names of one shape lie apart, in hundredths: 177 and 178."""
_ALIKE = 4
"""Letters that two spellings of a film's title have in common at least."""
_NO_DAY = datetime(2000, 1, 1, tzinfo=UTC)  # a title's day is its maker's own
_ONE_SPEECH = {"cmn": "zh", "yue": "zh"}
_CRYPTIC = {"ENCRYPTED": True, "CRYPT": True, "UNENCRYPTED": False, "PLAINTEXT": False}

Row = tuple[str, object, object]
"""What is compared, what the title says of it (None: nothing), what the package has."""


def contradictions(parts: NameParts, facts: CompositionFacts) -> tuple[Text, ...]:
    """What a title says that is not so, each as advice. Parts that it does not have say nothing."""
    ours = name_parts(facts, film=parts.film, now=_NO_DAY)
    nothing = text("word.nothing")
    return tuple(
        text(
            "advice.title-contradicts", what=f"name-{what}", said=said, found=nothing if has is None else has
        )
        for what, said, has in _rows(parts, ours, facts)
        if said is not None and said != has
    )


def films_akin(one: str, other: str) -> bool:
    """Whether the film's parts of two names begin alike: one film, cut short or spelled in another way."""
    one, other = (re.sub(r"[\W_]", "", film).lower() for film in (one, other))
    return one[:_ALIKE] == other[:_ALIKE] or one in other or other in one


def general_language(tag: str) -> str:
    """The language of a tag (RFC 5646) without region and script, all Chinese taken for one."""
    language = tag.split("-")[0].lower()
    return _ONE_SPEECH.get(language, language)


def shared_title(titles: Sequence[str]) -> str:
    """What a package of these compositions is called: whole words that all titles begin with, else the first
    title."""
    first = titles[0]
    if len(set(titles)) == 1:
        return first
    length = len(list(takewhile(lambda signs: len(set(signs)) == 1, zip(*titles, strict=False))))
    if any(title[length : length + 1].isalnum() for title in titles):  # in the middle of a word
        while length and first[length - 1].isalnum():
            length -= 1
    return re.sub(r"[\W_]+$", "", first[:length]) or first


# --- how it is done -----


def _rows(parts: NameParts, ours: NameParts, facts: CompositionFacts) -> Iterator[Row]:
    yield "kind", parts.kind, ours.kind
    yield from _of_the_picture(parts, ours, facts)
    if facts.sound is not None and facts.sound.language is not None:
        yield "audio", *_unlike((parts.audio,), (ours.audio,))
    if parts.audio is not None:
        yield "texts", *_unlike(_subtitles(parts), _subtitles(ours))
    yield "sound", parts.sound, ours.sound
    for extra in parts.sound_extras:
        if extra in ("HI", "VI", "SL", "DBOX") and extra not in ours.sound_extras:
            yield "sound-extra", extra, None
    yield "standard", parts.standard, ours.standard
    if facts.standard == "smpte":  # Interop's documents have neither
        yield "version", parts.version, ours.version
        yield "status", parts.status, ours.status
    if facts.territory is not None:
        yield "territory", parts.territory, ours.territory
    yield "package", parts.package, ours.package
    yield from _of_secrecy(parts, facts)


def _of_the_picture(parts: NameParts, ours: NameParts, facts: CompositionFacts) -> Iterator[Row]:
    yield "container", parts.container, ours.container
    shape = 100 * facts.active[0] / facts.active[1]
    if parts.ratio is not None and abs(int(parts.ratio) - shape) > RATIO_TOLERANCE:
        yield "ratio", parts.ratio, str(round(shape))
    yield "resolution", parts.resolution, ours.resolution
    three = parts.dimension == "3D" or parts.standard_3d
    yield "dimension", "3D" if three else "2D", "3D" if facts.stereo else "2D"
    yield "rate", parts.rate or USUAL_RATE, round(facts.rate)
    if facts.hdr or parts.look == "HDR1":
        yield "look", parts.look or text("word.nothing"), ours.look


def _of_secrecy(parts: NameParts, facts: CompositionFacts) -> Iterator[Row]:
    """Some titles tell in the film's part whether they are encrypted."""
    words = re.split(r"[^A-Z]+", parts.film.upper())
    said = next((_CRYPTIC[word] for word in words if word in _CRYPTIC), None)
    if said is not None:
        secret = any(track.key_id is not None for track in facts.tracks)
        in_words = {True: text("word.name-encrypted"), False: text("word.name-plain")}
        yield "encryption", in_words[said], in_words[secret]


def _subtitles(parts: NameParts) -> tuple[str, ...]:
    """Those burnt in are in the picture, and nothing tells of them."""
    return tuple(code for code in parts.texts if code == code.upper())


def _unlike(said: tuple[str | None, ...], has: tuple[str | None, ...]) -> tuple[str | None, str | None]:
    """Both sides in words, or nothing said where they mean the same languages."""
    if not any(said) or [_speech(code) for code in said] == [_speech(code) for code in has]:
        return None, None
    return "-".join(map(str, said)), "-".join(map(str, has)) or NOTHING


def _speech(code: str | None) -> str | None:
    """Regions and scripts are told apart by few titles."""
    return code if code is None or code == NOTHING else general_language(language_of(code) or code)
