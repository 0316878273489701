"""What the registries of the naming convention list: languages, territories, studios, facilities, agencies.

`registries.json` has the codes and values of the registries of the InterSociety Digital Cinema Forum
(ISDCF/registries, CC BY 4.0), without their descriptions.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from dcp.dataclass import dataclass
from dcp.errors import UsageError
from dcp.patterns import pattern
from dcp.texts.catalogue import Text, text

NOTHING = "XX"
"""Stands in a name where there is no speech or no text."""
_CODE = pattern(r"[A-Z0-9]{2,4}")

CompanyKind = Literal["studio", "facility"]
_TABLES: Mapping[CompanyKind, str] = {"studio": "studios", "facility": "facilities"}


@dataclass(frozen=True)
class Territory:
    """code: in a name. tag, scope: of ReleaseTerritory; scope None where the standard's own holds."""

    code: str
    tag: str
    scope: str | None = None


@dataclass(frozen=True)
class Agency:
    """Who rates films. region: where; labels: the ratings given there, as a document writes them."""

    region: str
    system: str
    uri: str
    labels: tuple[str, ...]


def language_code(tag: str, *, spoken: bool) -> str | None:
    """The convention's code of a language (RFC 5646), that of the language in general where it lists none of
    its script and region; None where it does not list the language. spoken: codes of scripts do not count."""
    parts = tag.lower().split("-")
    codes = _codes_of_languages(spoken)
    while parts:
        found = codes.get("-".join(parts))
        if found is not None:
            return found
        parts.pop()
    return None


def language_of(code: str) -> str | None:
    """The language (RFC 5646) that a code means, codes of earlier days included; None for an unknown one."""
    tables = _tables()
    code = code.upper()
    found: str | None = tables["languages"].get(tables["former_languages"].get(code, code))
    return found


def territory(said: str, *, where: str | None = None) -> Territory:
    """A territory by the convention's code (UK, INT) or by its tag (GB, 001).

    UsageError, with what is near, for one that is not listed.
    """
    tables = _tables()
    wanted = said.strip().upper()
    by_tag = {tag: code for code, tag in tables["territories"].items()}
    code = wanted if wanted in tables["territories"] else by_tag.get(wanted)
    if code is not None:
        return Territory(code, tables["territories"][code], tables["territory_scopes"].get(code))
    from difflib import get_close_matches

    near = get_close_matches(wanted, [*tables["territories"], *by_tag], 3, 0.66)
    if near:
        raise UsageError("territory.unknown-near", where=where, territory=said[:40], near=near)
    raise UsageError("territory.unknown", where=where, territory=said[:40])


def known_territory(code: str) -> bool:
    """Whether the convention has this code."""
    return code in _tables()["territories"]


def territory_tag(code: str) -> str | None:
    """The tag of a code, which ReleaseTerritory has; None for a code that is not listed."""
    found: str | None = _tables()["territories"].get(code)
    return found


def company(said: str, kind: CompanyKind, *, where: str | None = None) -> tuple[str, tuple[Text, ...]]:
    """The code of a studio or facility in capitals, and what is advised: a code that nobody registered, or
    one that was given up. UsageError for what has not the form of a code."""
    code = said.strip().upper()
    if not _CODE.fullmatch(code):
        raise UsageError("name.code-form", where=where, what=kind, code=said[:40])
    tables = _tables()
    name = _TABLES[kind]
    known: list[str] = tables[name].split()
    if code in known:
        return code, ()
    successors: list[str] | None = tables[f"former_{name}"].get(code)
    if successors:
        return code, (text("advice.code-former", what=kind, code=code, now=successors),)
    from difflib import get_close_matches

    near = get_close_matches(code, known, 3, 0.6)
    if near:
        return code, (text("advice.code-unknown-near", what=kind, code=code, near=near),)
    return code, (text("advice.code-unknown", what=kind, code=code),)


def known_company(code: str, kind: CompanyKind) -> bool:
    """Whether the registry has this code, or had it."""
    name = _TABLES[kind]
    return code in _tables()[name].split() or code in _tables()[f"former_{name}"]


def agencies() -> tuple[Agency, ...]:
    """All that are listed."""
    return tuple(
        Agency(region, system, uri, tuple(labels)) for region, system, uri, labels in _tables()["ratings"]
    )


# --- how it is done -----


@functools.cache
def _tables() -> Mapping[str, Any]:
    tables: Mapping[str, Any] = json.loads(Path(__file__).with_name("registries.json").read_bytes())
    return tables


@functools.cache
def _codes_of_languages(spoken: bool) -> Mapping[str, str]:
    written = set(_tables()["text_only"]) if spoken else set[str]()
    return {tag.lower(): code for code, tag in _tables()["languages"].items() if code not in written}
