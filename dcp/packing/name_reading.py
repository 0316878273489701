"""A name by the naming convention taken apart: what each part says, parts that are absent passed over."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from dcp.packing.kinds import kind_by_code
from dcp.packing.naming import FILM_LENGTH, NameParts
from dcp.packing.registries import NOTHING, known_territory, language_of
from dcp.texts.catalogue import Text, text

MAX_NAME, MAX_TOKENS = 1024, 40
_LEAST = 3
"""Parts beside film and kind that make a title one of these names."""
_RATES = ("24", "25", "30", "48", "50", "60", "96", "100", "120")
_LOOKS = {look.upper(): look for look in ("HDR1", "DVis", "EC", "EPIQ")}
_CAPTIONS = ("CCAP", "OCAP")
_SOUND = re.compile(r"(10|20|21|51|61|71|MOS)((?:-[A-Za-z0-9]+)*)")
_EXTRAS = ("HI", "VI", "SL", "IAB", "ATMOS", "AURO", "DTSX", "DBOX")
_COMPANY = re.compile(r"[A-Z0-9]{2,4}")

Found = dict[str, Any]


def parse_name(title: str) -> NameParts | None:
    """The parts of a title that looks like a name by the convention; None of any other title.

    Its `faults` say what is wrong with it, as advice: a part that is none, a film's name that is too long,
    parts that are absent.
    """
    tokens = title.split("_", MAX_TOKENS)
    if len(title) > MAX_NAME or len(tokens) > MAX_TOKENS:
        return None
    place = next((n for n, token in enumerate(tokens) if n and kind_by_code(token.split("-")[0])), None)
    if place is None:
        return None
    kind, others = _kind(tokens[place])
    found: Found = dict(kind)
    unread: list[str] = []
    waiting = list(_FIELDS)
    rest = tokens[place + 1 :]
    for number, token in enumerate(rest):
        for name in waiting:
            said = _FIELDS[name](token)
            if said is not None and not (name in _LOOSE and _expected(waiting, name, rest[number + 1 :])):
                others += said.pop("others", ())
                found |= said
                waiting = waiting[waiting.index(name) + 1 :]
                break
        else:
            unread.append(token)
    if len([name for name in _SIGNS if name in found]) < _LEAST:
        return None
    parts = NameParts(film="_".join(tokens[:place]), others=tuple(others), **found)
    return replace(parts, faults=_faults(parts, unread))


# --- how it is done -----

_LOOSE = ("studio", "facility")
"""Any short word may be one of these."""
_SIGNS = ("container", "audio", "territory", "sound", "resolution", "date", "standard", "package")


def _expected(waiting: list[str], name: str, later: list[str]) -> bool:
    """Whether one of the later tokens is a part that comes before the part `name`."""
    before = waiting[: waiting.index(name)]
    return any(_FIELDS[part](token) for part in before if part not in _LOOSE for token in later)


def _kind(token: str) -> tuple[Found, list[str]]:
    """What stands behind the code of the kind, in any order."""
    code, *rest = token.split("-")
    found: Found = {"kind": code}
    others: list[str] = []
    for word in rest:
        upper = word.upper()
        if word in _RATES and "rate" not in found:
            found["rate"] = int(word)
        elif re.fullmatch(r"[0-9]{1,2}", word) and "version" not in found:
            found["version"] = int(word)
        elif upper in ("TEMP", "PRE"):
            found["status"] = upper.capitalize()
        elif upper == "REDBAND":
            found["red_band"] = True
        elif upper in ("2D", "3D"):
            found["dimension"] = upper
        elif re.fullmatch(r"[0-9]{1,3}FL", upper):
            found["luminance"] = upper[:-2]
        elif upper in _LOOKS:
            found["look"] = _LOOKS[upper]
        elif re.fullmatch(r"[A-Za-z][A-Za-z0-9]*", word) and "chain" not in found:
            found["chain"] = word
        else:
            others.append(word)
    return found, others


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
    captions = tuple(word.upper() for word in rest if word.upper() in _CAPTIONS)
    return {"audio": audio, "texts": texts, "captions": captions}


def _is_language(word: str) -> bool:
    return word.upper() in (NOTHING, "XXX") or language_of(word) is not None


def _territory(token: str) -> Found | None:
    code, _, rating = token.partition("-")
    if known_territory(code) or re.fullmatch(r"[A-Z]{2,3}-TD", token):  # TD: to be decided
        return {"territory": code, "rating": rating or None}
    return None


def _sound(token: str) -> Found | None:
    matched = _SOUND.fullmatch(token)
    if matched is None:
        return None
    words = [word for word in matched[2].split("-") if word]
    extras = {"VIN": "VI", "DBOX": "DBOX"}
    known = [extras.get(word.upper(), word.upper()) for word in words]
    return {
        "sound": matched[1],
        "sound_extras": tuple(word for word in known if word in _EXTRAS),
        "others": tuple(word for word in known if word not in (*_EXTRAS, NOTHING)),
    }


def _resolution(token: str) -> Found | None:
    return {"resolution": token} if token in ("2K", "4K") else None


def _date(token: str) -> Found | None:
    return {"date": token} if re.fullmatch(r"(19|20)[0-9]{2}(0[1-9]|1[0-2])[0-3][0-9]", token) else None


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


def _faults(parts: NameParts, unread: list[str]) -> tuple[Text, ...]:
    faults = []
    if len(parts.film) > FILM_LENGTH:
        faults.append(text("advice.name-film", film=parts.film, n=len(parts.film), most=FILM_LENGTH))
    if unread or parts.others:
        faults.append(text("advice.name-unread", words=[*unread, *parts.others]))
    absent = [name for name in _FIELDS if getattr(parts, name) is None]
    if absent:
        faults.append(text("advice.name-absent", parts=[Text(f"word.name-{name}") for name in absent]))
    return tuple(faults)
