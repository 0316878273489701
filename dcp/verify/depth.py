"""Which rules ask for more than a usual run looks at: what it was not asked for is left out, not passed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal

from dcp.verify.areas import area_of

if TYPE_CHECKING:
    from dcp.verify.asked import Asked

Depth = Literal["picture", "decode", "thorough"]

NEEDS: Mapping[str, Depth] = {
    "J2K": "picture",
    "J2K-038": "thorough",
    "J2K-039": "thorough",
    "J2K-040": "decode",
    "IMM-101": "decode",
    "QC-001": "decode",
    "QC-002": "decode",
    "QC-003": "decode",
    **dict.fromkeys((f"QC-0{number}" for number in range(10, 17)), "decode"),
    "SND-010": "decode",
    "SND-011": "decode",
    "SND-012": "decode",
    "SND-013": "decode",
    "SND-014": "decode",
    "SND-015": "decode",
    "SND-016": "decode",
}
"""By id or by area: the checks of codestreams, decoded pictures and measured sound, packet headers."""

SPOKEN_FOR: Mapping[str, str] = {
    "J2K": "J2K-001",
    "TT": "TT-001",
    "IMM": "IMM-005",
    "IMM-101": "SND-013",
    "QC-003": "SND-013",
    "MXF": "MXF-006",
    **{id: "SND-013" for id, depth in NEEDS.items() if id.startswith("SND-") and depth == "decode"},
    **{id: "J2K-040" for id, depth in NEEDS.items() if id.startswith("QC-") and id != "QC-003"},
}
"""By id or by area: the rule that says for others that something could not be looked at."""


_OF_FILES = frozenset({"PIC", "J2K", "SND", "IMM", "TT", "MXF", "ENC", "QC"})
"""Areas of what lies in track files: MXF-001 says for them that a file was not read."""


def spokesmen(id: str) -> tuple[str, ...]:
    """The rules that say for one that something could not be looked at: itself, and others."""
    found = [id, SPOKEN_FOR.get(id) or SPOKEN_FOR.get(area_of(id)) or id]
    if area_of(id) in _OF_FILES:
        found.append("MXF-001")
    return tuple(dict.fromkeys(found))


def needs(id: str) -> Depth | None:
    """What a rule needs of a run, beyond reading the files."""
    return NEEDS.get(id) or NEEDS.get(area_of(id))


def missing(id: str, asked: Asked) -> Depth | None:
    """What a rule needs that a run was not asked for."""
    depth = needs(id)
    if depth is None or {"picture": asked.picture, "decode": asked.decode, "thorough": asked.thorough}[depth]:
        return None
    return depth
