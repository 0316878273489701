"""The table of what a KDM can be refused for (`refusals.toml`): one entry for each branch of the checklist.

The entries' names are stable; their places are filled by the step that names the entry. `dcp.trust.refusals`
has the form of the table, and the entries of the rules that a signer's chain is held to.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from pathlib import Path

from dcp.trust import refusals
from dcp.trust.refusals import Catalogue, Finding, Language


@functools.cache
def catalogue() -> Catalogue:
    """The table, read once."""
    return refusals.read_catalogue(Path(__file__).with_name("refusals.toml"))


def finding(name: str, step: str, result: str, places: Mapping[str, object]) -> Finding:
    """One refusal or doubt of a step. KeyError for an unknown name, which the tests of the table rule out."""
    return Finding(catalogue().entries[name], step, "fail" if result == "fail" else "warn", places)


def text(name: str, places: Mapping[str, object], language: Language = "en") -> str:
    """What a refusal or a note says, its places filled."""
    table = catalogue()
    found = table.entries.get(name)
    template = found.texts[language] if found else table.notes[name][language]
    return refusals.fill(template, places, language, table.words)


def title(step: str, language: Language = "en") -> str:
    """What a step of the checklist asks."""
    return catalogue().titles[step][language]
