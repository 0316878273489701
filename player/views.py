"""Which eyes of a pair are shown, and how."""

from __future__ import annotations

from typing import Literal

from dcp.mxf.reader import Eye

View = Literal["left", "right", "alternate", "side-by-side", "anaglyph"]
"""One eye; one after the other at twice the rate, the left one first; both beside each other, the left one
left; or the left in red and the right in cyan."""


def eyes_of(view: View) -> tuple[Eye, ...]:
    """The eyes that a view shows, in the order of a pair."""
    return ("left",) if view == "left" else ("right",) if view == "right" else ("left", "right")
