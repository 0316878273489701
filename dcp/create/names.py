"""Names of files out of titles, and of the reels that play them."""

from __future__ import annotations

import re
import unicodedata

from dcp.create.content_keys import plays
from dcp.create.job.values import Essence
from dcp.create.planning.plan import Plan


def file_stem(title: str) -> str:
    """A title as the beginning of a file name that every file system takes."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode()
    stem = re.sub(r"[^A-Za-z0-9._-]+", "-", plain).strip("-._")
    return stem[:80] or "DCP"


def track_stem(plan: Plan, kind: Essence, number: int) -> str:
    """The composition and the reel that play the track first; reels of one title are counted on."""
    counted: dict[str, int] = {}
    for each in plan.compositions:
        title = file_stem(each.title)
        for reel in each.reels:
            counted[title] = counted.get(title, 0) + 1
            if plays(reel, kind, number):
                return f"{title}_R{counted[title]}"
    raise AssertionError(f"nobody plays {kind} {number}")
