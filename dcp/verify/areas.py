"""The areas of the rules: what stands before the dash of an id, and the word for it on a command line.

Whoever names rules, in a profile or by a flag, names an id (`TT-011`), an area (`TT`) or its word
(`timedtext`), in any letter case.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from dcp.errors import UsageError
from dcp.texts.catalogue import Language, Text, say, text
from dcp.verify.rule import RULES

AREAS: Mapping[str, str] = {
    "PKG": "package",
    "XML": "xml",
    "AM": "assetmap",
    "VOL": "volindex",
    "PKL": "pkl",
    "CPL": "cpl",
    "REEL": "reel",
    "MARK": "markers",
    "META": "metadata",
    "VF": "version",
    "NAM": "naming",
    "PIC": "picture",
    "J2K": "codestream",
    "SND": "sound",
    "IMM": "immersive",
    "TT": "timedtext",
    "MXF": "mxf",
    "ENC": "encryption",
    "KDM": "kdm",
    "SIG": "signature",
    "CER": "certificate",
    "QC": "qc",
}
"""In the order in which they are listed."""


def area_of(id: str) -> str:
    """`TT` of `TT-011`."""
    return id.partition("-")[0]


def title_of(area: str, language: Language = "en") -> str:
    """What the rules of an area are about."""
    return say(f"area.{area.lower()}", language=language)


def in_order(ids: Iterable[str]) -> list[str]:
    """Ids by area, then by number."""
    areas = list(AREAS)
    return sorted(ids, key=lambda id: (areas.index(area_of(id)), id))


def named(asked: str) -> str | None:
    """The id or the area that a word names, None where it names none. The rules have to be loaded."""
    word = asked.strip().upper()
    if word in RULES or word in AREAS:
        return word
    return {name.upper(): area for area, name in AREAS.items()}.get(word)


def near(asked: str) -> list[str]:
    """Ids, areas and their words that are written alike."""
    from difflib import get_close_matches

    known = {one.lower(): one for one in (*AREAS.values(), *AREAS, *RULES)}
    return [known[one] for one in get_close_matches(asked.strip().lower(), list(known), 3, 0.6)]


def chosen(words: Iterable[str], *, flag: str) -> frozenset[str]:
    """The ids that a flag's words name, each of which may be several with commas between. UsageError, with
    what is written alike, when a word names no rule."""
    return frozenset(id for word in _words(words) for id in _of(word, flag))


def _words(words: Iterable[str]) -> Iterator[str]:
    for word in words:
        yield from (part for part in word.split(",") if part.strip())


def _of(word: str, flag: str) -> frozenset[str]:
    found = named(word)
    if found is not None:
        return frozenset(id for id in RULES if found in (id, area_of(id)))
    raise UsageError("verify.no-such-rule", asked=word.strip()[:80], flag=flag, remedy=did_you_mean(word))


def did_you_mean(word: str) -> Text:
    """What to do about a word that names no rule."""
    alike = near(word)
    return text("verify.did-you-mean-rule", near=alike) if alike else text("verify.list-rules")
