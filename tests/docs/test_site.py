"""The pages of `make docs`: the reference has each name of the entrance, nothing is loaded from elsewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import dcpkit

SITE = Path(__file__).parents[2] / "site"
LOADED = re.compile(
    r"""<(?:script|img|link|iframe|source)\b[^>]*?(?:src|href)=["']?((?:https?:)?//[^"' >]+)"""
)
IMPORTED = re.compile(r"""(?:@import\s+|url\()["']?((?:https?:)?//[^"')]+)""")

pytestmark = pytest.mark.skipif(not (SITE / "index.html").exists(), reason="left out: run make docs first")


def test_nothing_is_loaded_from_elsewhere() -> None:
    pages = sorted(SITE.rglob("*.html"))
    assert len(pages) > 10
    found = {(page.name, url) for page in pages for url in LOADED.findall(page.read_text("utf-8"))}
    sheets = sorted(SITE.rglob("*.css"))
    found |= {(sheet.name, url) for sheet in sheets for url in IMPORTED.findall(sheet.read_text("utf-8"))}
    assert not found


def test_the_reference_has_every_name() -> None:
    text = (SITE / "reference.html").read_text("utf-8")
    for name in dcpkit.__all__:
        if not name.startswith("__"):
            assert re.search(rf'id="[\w.]*\b{name}"', text), name
