"""The version is in one place, and the changelog's first entry is of it."""

from __future__ import annotations

import re
from pathlib import Path

from dcp.version import VERSION

CHANGELOG = Path(__file__).parents[2] / "CHANGELOG.md"


def test_the_first_entry_of_the_changelog_is_of_this_version() -> None:
    """What is not released yet ends in .dev0, so that an installed one tells which it is."""
    found = re.search(r"^## (\d+\.\d+\.\d+)( \(unreleased\))?", CHANGELOG.read_text("utf-8"), re.MULTILINE)
    assert found is not None
    assert found[1] + (".dev0" if found[2] else "") == VERSION
