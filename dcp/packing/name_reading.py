"""A name by the naming convention taken apart: what each part says, parts that are absent passed over."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any, get_args

from dcp.dataclass import dataclass
from dcp.packing.kinds import kind_by_code
from dcp.packing.naming import FILM_LENGTH, Look, NameParts
from dcp.packing.registries import NOTHING, known_territory, language_of
from dcp.patterns import pattern
from dcp.texts.catalogue import Text, text

MAX_NAME, MAX_TOKENS = 1024, 40
_LEAST = 3
"""Parts beside film and kind that make a title one of these names."""
_RATES = ("24", "25", "30", "48", "50", "60", "96", "100", "120")
_LOOKS = {look.upper(): look for look in get_args(Look)}
_CAPTIONS = {"CCAP": "CCAP", "OCAP": "OCAP", "OPNCAP": "OCAP"}
_SOUND = ("10", "20", "21", "51", "61", "71", "MOS")
IMMERSIVE = ("IAB", "ATMOS", "AURO", "DTSX")
"""Codes of immersive sound; they stand before the soundfield's or behind it, or alone."""
_EXTRAS = ("HI", "VI", "SL", "DBOX", *IMMERSIVE)
_ALIASES = {"VIN": "VI", "OPNCAP": "OCAP"}
_COMPANY = pattern(r"[A-Z0-9]{2,4}")
NOBODY = ("NULL", "NUL")
"""Stand where a part has nothing to say."""
_ANYWHERE = "OV"
"""As a territory: for no one in particular."""

Found = dict[str, Any]


@functools.lru_cache(maxsize=64)
def parse_name(title: str) -> NameParts | None:
    """The parts of a title that looks like a name by the convention; None of any other title.

    Its `faults` say what is wrong with it, as advice: a part that is none or stands out of its place, a
    film's name that is too long, parts that are absent.
    """
    tokens = title.strip().split("_", MAX_TOKENS)
    if len(title) > MAX_NAME or len(tokens) > MAX_TOKENS:
        return None
    place = next((n for n, token in enumerate(tokens) if n and kind_by_code(token.split("-")[0])), None)
    if place is None:
        return None
    kind, others, misplaced = _kind(tokens[place])
    found: Found = dict(kind)
    behind = _behind(tokens[place + 1 :])
    found |= behind.found
    if len([name for name in _SIGNS if name in found]) < _LEAST:
        return None
    parts = NameParts(film="_".join(tokens[:place]), others=(*others, *behind.others), **found)
    nothing = [token for token in behind.unread if token in NOBODY]
    unread = [token for token in behind.unread if token not in NOBODY]
    faults = _faults(parts, unread, [*misplaced, *behind.misplaced], len(nothing))
    return replace(parts, faults=faults)


def nearly_a_name(title: str) -> bool:
    """Whether a title that is no name by the convention looks as if it should be one: it has four of the
    parts that cannot be taken for anything else, but for a kind of content that no registry has."""
    tokens = title.strip().split("_", MAX_TOKENS)
    if len(title) > MAX_NAME or len(tokens) > MAX_TOKENS or parse_name(title) is not None:
        return False
    found = _behind(tokens[1:]).found
    return len([name for name in _FIRM if name in found]) >= _LEAST + 1


# --- how it is done -----

_LOOSE = ("studio", "facility")
"""Any short word may be one of these."""
_SIGNS = ("container", "audio", "territory", "sound", "resolution", "date", "standard", "package")
_FIRM = ("container", "audio", "sound", "resolution", "date", "standard", "package")
"""What is known wherever it stands."""


@dataclass(frozen=True)
class _Behind:
    """What stands behind the kind. misplaced: parts that come after one that they belong before."""

    found: Found
    others: tuple[str, ...]
    unread: tuple[str, ...]
    misplaced: tuple[str, ...]


def _behind(tokens: list[str]) -> _Behind:
    found: Found = {}
    others: list[str] = []
    unread: list[str] = []
    misplaced: list[str] = []
    waiting, passed = list(_FIELDS), list[str]()
    for number, token in enumerate(tokens):
        late = False
        name = next((each for each in waiting if each not in _LOOSE and _fits(each, token)), None)
        if name == "package" and _is_territory(token, waiting, tokens[number + 1 :]):
            name = "territory"
        if name is None:
            name = next((each for each in passed if each in _FIRM and _fits(each, token)), None)
            late = name is not None
        if name is None:
            name = _company_meant(token, waiting, tokens[number + 1 :])
        if name is None:
            unread.append(token)
            continue
        said = _FIELDS[name](token) or {"territory": token, "rating": None}
        others += said.pop("others", ())
        captions = said.pop("captions", ())
        found |= said
        if captions:
            found["captions"] = tuple(dict.fromkeys((*found.get("captions", ()), *captions)))
        if late:
            misplaced.append(token)
            passed.remove(name)
        else:
            passed += waiting[: waiting.index(name)]
            waiting = waiting[waiting.index(name) + 1 :]
    return _Behind(found, tuple(others), tuple(unread), tuple(misplaced))


def _is_territory(token: str, waiting: list[str], later: list[str]) -> bool:
    """An OV where a territory belongs, with more parts behind it."""
    if token != _ANYWHERE or "territory" not in waiting:
        return False
    return any(_fits(name, each) for name in _FIRM[2:] for each in later)


def _fits(name: str, token: str) -> bool:
    return _FIELDS[name](token) is not None


def _company_meant(token: str, waiting: list[str], later: list[str]) -> str | None:
    """The studio or facility that a short word is, where no part is still to come that belongs before it."""
    for name in _LOOSE:
        if name in waiting and _fits(name, token):
            before = waiting[: waiting.index(name)]
            if not any(_fits(part, each) for part in before if part not in _LOOSE for each in later):
                return name
    return None


_ORDER = ("version", "status", "red_band", "chain", "dimension", "luminance", "rate", "look")
"""What stands behind the code of the kind, in the convention's order."""
_BEFORE_RATE = pattern(rf"temp|pre|redband|2d|3d|[0-9]+fl|{'|'.join(_RATES)}", re.IGNORECASE)


def _kind(token: str) -> tuple[Found, list[str], list[str]]:
    """What stands behind the code of the kind, in any order; what is none of it; what is out of its place."""
    code, *rest = token.split("-")
    found: Found = {"kind": code}
    others: list[str] = []
    misplaced: list[str] = []
    last = 0
    if rest and rest[0] in _RATES and any(_BEFORE_RATE.fullmatch(word) for word in rest[1:]):
        found["version"] = int(rest.pop(0))  # a rate stands behind these
    for word in rest:
        name, value = _modifier(word, found)
        if name is None:
            others.append(word)
            continue
        found[name] = value
        if _ORDER.index(name) < last:
            misplaced.append(word)
        last = max(last, _ORDER.index(name))
    return found, others, misplaced


def _modifier(word: str, found: Found) -> tuple[str | None, object]:
    upper = word.upper()
    if word in _RATES and "rate" not in found:
        return "rate", int(word)
    if re.fullmatch(r"[0-9]{1,2}", word) and "version" not in found:
        return "version", int(word)
    if upper in ("TEMP", "PRE"):
        return "status", upper.capitalize()
    if upper == "REDBAND":
        return "red_band", True
    if upper in ("2D", "3D"):
        return "dimension", upper
    if re.fullmatch(r"[0-9]{1,3}FL", upper):
        return "luminance", upper[:-2]
    if upper in _LOOKS:
        return "look", _LOOKS[upper]
    if re.fullmatch(r"[A-Za-z][A-Za-z0-9]*", word) and "chain" not in found:
        return "chain", word
    return None, None


def _container(token: str) -> Found | None:
    matched = re.fullmatch(r"([FSC])(?:-([0-9]{3}))?", token)
    return {"container": matched[1], "ratio": matched[2]} if matched else None


def _languages(token: str) -> Found | None:
    audio, *rest = token.split("-")
    if not rest or not _is_language(audio) or audio != audio.upper():
        return None
    texts = tuple(word for word in rest if word.upper() not in _CAPTIONS)
    if not all(_is_language(word) for word in texts):
        return None
    captions = tuple(_CAPTIONS[word.upper()] for word in rest if word.upper() in _CAPTIONS)
    return {"audio": audio, "texts": texts, "captions": captions}


def _is_language(word: str) -> bool:
    return word.upper() in (NOTHING, "XXX", "UND") or language_of(word) is not None


def _territory(token: str) -> Found | None:
    code, _, rating = token.partition("-")
    if known_territory(code) or re.fullmatch(r"[A-Z]{2,3}-TD", token):  # TD: to be decided
        return {"territory": code, "rating": rating or None}
    return None


def _sound(token: str) -> Found | None:
    """The soundfield's code first, or that of immersive sound; a language is that of the describing voice."""
    words = [_ALIASES.get(word.upper(), word.upper()) for word in token.replace("DTS-X", "DTSX").split("-")]
    if words[0] not in (*_SOUND, *IMMERSIVE) or not all(re.fullmatch(r"[A-Z0-9]+", word) for word in words):
        return None
    fields = [word for word in words if word in _SOUND]
    known = (*_SOUND, *_EXTRAS, *_CAPTIONS)
    return {
        "sound": fields[0] if fields else None,
        "sound_extras": tuple(word for word in words if word in _EXTRAS),
        "captions": tuple(word for word in words if word in _CAPTIONS),
        "others": tuple(word for word in words if word not in known and not _is_language(word)),
    }


def _resolution(token: str) -> Found | None:
    return {"resolution": token} if token in ("2K", "4K") else None


def _date(token: str) -> Found | None:
    """Eight digits, whether there is such a day or not."""
    return {"date": token} if re.fullmatch(r"[0-9]{8}", token) else None


def _company(name: str) -> Callable[[str], Found | None]:
    def read(token: str) -> Found | None:
        return (
            {name: token}
            if _COMPANY.fullmatch(token) and not _standard(token) and not _package(token)
            else None
        )

    return read


def _standard(token: str) -> Found | None:
    form, *rest = token.split("-")
    if form not in ("SMPTE", "IOP"):
        return None
    return {
        "standard": form,
        "standard_3d": "3D" in rest,
        "others": tuple(word for word in rest if word != "3D"),
    }


def _package(token: str) -> Found | None:
    matched = re.fullmatch(r"(OV|VF)(?:-([0-9]{1,3}))?", token)
    return (
        {"package": matched[1], "package_number": int(matched[2]) if matched[2] else None}
        if matched
        else None
    )


_FIELDS: dict[str, Callable[[str], Found | None]] = {
    "container": _container,
    "audio": _languages,
    "territory": _territory,
    "sound": _sound,
    "resolution": _resolution,
    "studio": _company("studio"),
    "date": _date,
    "facility": _company("facility"),
    "standard": _standard,
    "package": _package,
}
"""The parts behind the kind, in the convention's order, and what reads each."""


def _faults(parts: NameParts, unread: list[str], misplaced: list[str], nothing: int) -> tuple[Text, ...]:
    """nothing: how many parts are filled with the word for that."""
    faults = []
    if len(parts.film) > FILM_LENGTH:
        faults.append(text("advice.name-film", film=parts.film, n=len(parts.film), most=FILM_LENGTH))
    elif "_" in parts.film or not parts.film:
        faults.append(text("advice.name-film-words", film=parts.film))
    if unread or parts.others:
        faults.append(text("advice.name-unread", words=[*unread, *parts.others]))
    if misplaced:
        faults.append(text("advice.name-order", words=misplaced))
    absent = [
        name
        for name in _FIELDS
        if getattr(parts, name) is None
        and name != "package"  # the convention lets it stand for an OV
        and not (name == "sound" and parts.sound_extras)
    ]
    if len(absent) > nothing:
        faults.append(text("advice.name-absent", parts=[Text(f"word.name-{name}") for name in absent]))
    return tuple(faults)
