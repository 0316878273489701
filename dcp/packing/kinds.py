"""Content kinds: their names, the scope that each name belongs to, and the naming convention's codes.

Names, scopes and codes are those of the registry of content kinds of the InterSociety Digital Cinema Forum
(ISDCF/registries, contenttypes.json, CC BY 4.0), which cites ST 429-7, ST 429-16 and ST 2067-3 for them.
"""

from __future__ import annotations

from dcp.dataclass import dataclass
from dcp.errors import UsageError

_FURTHER = "http://www.smpte-ra.org/schemas/429-16/2014/CPL-Metadata#scope/content-kind"
_OF_IMF = "http://www.smpte-ra.org/schemas/2067-3/2013#content-kind"


@dataclass(frozen=True)
class Kind:
    """value: of ContentKind. code: in a name by the convention. scope: None for the standard list of ST 429-7
    and its Interop forerunner, which a document need not name."""

    value: str
    code: str
    scope: str | None = None


KINDS = (
    Kind("feature", "FTR"),
    Kind("trailer", "TLR"),
    Kind("teaser", "TSR"),
    Kind("test", "TST"),
    Kind("rating", "RTG"),
    Kind("advertisement", "ADV"),
    Kind("short", "SHR"),
    Kind("transitional", "XSN"),
    Kind("psa", "PSA"),
    Kind("policy", "POL"),
    Kind("clip", "CLP", _FURTHER),
    Kind("promo", "PRO", _FURTHER),
    Kind("stereocard", "STR", _FURTHER),
    Kind("episode", "EPS", _OF_IMF),
    Kind("highlights", "HLT", _OF_IMF),
    Kind("event", "EVT", _OF_IMF),
)
_BY_NAME = {name.lower(): kind for kind in KINDS for name in (kind.value, kind.code)}


def kind_of(said: str, *, where: str | None = None) -> Kind:
    """The kind by its name or its code, in letters of either case.

    UsageError, with `where` (the flag or the place in the job), that lists them and names what is near.
    """
    found = _BY_NAME.get(said.strip().lower())
    if found is not None:
        return found
    from difflib import get_close_matches

    near = get_close_matches(said.strip().lower(), list(_BY_NAME), 1, 0.6)
    kinds = [f"{kind.value} ({kind.code})" for kind in KINDS]
    if near:
        meant = _BY_NAME[near[0]]
        raise UsageError(
            "kind.unknown-near",
            where=where,
            kind=said[:40],
            near=f"{meant.value} ({meant.code})",
            kinds=kinds,
        )
    raise UsageError("kind.unknown", where=where, kind=said[:40], kinds=kinds)


def kind_by_code(code: str) -> Kind | None:
    """The kind that a name's code means, None where no kind has it."""
    return next((kind for kind in KINDS if kind.code == code), None)
