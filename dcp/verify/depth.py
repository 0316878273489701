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


def needs(id: str) -> Depth | None:
    """What a rule needs of a run, beyond reading the files."""
    return NEEDS.get(id) or NEEDS.get(area_of(id))


def missing(id: str, asked: Asked) -> Depth | None:
    """What a rule needs that a run was not asked for."""
    depth = needs(id)
    if depth is None or {"picture": asked.picture, "decode": asked.decode, "thorough": asked.thorough}[depth]:
        return None
    return depth
