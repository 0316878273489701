"""Fonts that tests of drawn text need; a test is left out by the font's name where it is not installed."""

from __future__ import annotations

import pytest


def needing_fonts(*families: str) -> None:
    from dcp.text.fonts import installed

    have = {face.family for face in installed()}
    for family in families:
        if family not in have:
            pytest.skip(f"the font {family} is not installed")
