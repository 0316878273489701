"""What the two standards call the same things in their text documents."""

from __future__ import annotations

from collections.abc import Mapping

from dcp.dataclass import dataclass
from dcp.text.values import Direction


@dataclass(frozen=True)
class Dialect:
    """Names of attributes. em: behind lengths in em. directions: the document's word to ours; the first of
    several words for one direction is written.
    """

    id: str
    underline: str
    halign: str
    hposition: str
    valign: str
    vposition: str
    zposition: str
    em: str
    directions: Mapping[str, Direction]


SMPTE = Dialect(
    id="ID",
    underline="Underline",
    halign="Halign",
    hposition="Hposition",
    valign="Valign",
    vposition="Vposition",
    zposition="Zposition",
    em="",
    directions={"ltr": "ltr", "rtl": "rtl", "ttb": "ttb", "btt": "btt", "hor": "ltr"},
)
INTEROP = Dialect(
    id="Id",
    underline="Underlined",
    halign="HAlign",
    hposition="HPosition",
    valign="VAlign",
    vposition="VPosition",
    zposition="ZPosition",
    em="em",
    directions={"horizontal": "ltr", "vertical": "ttb"},
)
