"""The table of causes (`causes.toml`), and the codes of the refusals that they are like."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from pathlib import Path

from dcp.trust import refusals
from dcp.trust.refusals import Catalogue, Finding, Language, ServerCode
from kdm.refusals import catalogue as catalogue_of_refusals

PLAYS = frozenset({"should-play", "no-kdm-needed"})
"""The causes that are good news."""


@functools.cache
def catalogue() -> Catalogue:
    """The table, read once."""
    return refusals.read_catalogue(Path(__file__).with_name("causes.toml"))


def cause(name: str, **places: object) -> Finding:
    """A cause with its places filled. KeyError for an unknown name, which the tests of the table rule out."""
    entry = catalogue().entries[name]
    step = entry.steps[0] if entry.steps else ""
    return Finding(entry, step, "warn" if name in PLAYS else "fail", places)


def note_text(name: str, places: Mapping[str, object], language: Language) -> str:
    """What is said beside the cause."""
    table = catalogue()
    return refusals.fill(table.notes[name][language], places, language, table.words)


def codes_of(finding: Finding) -> tuple[ServerCode, ...]:
    """What common servers show: the refusal's own codes; for a cause those of the refusal that it is like."""
    like = finding.entry.like
    return catalogue_of_refusals().entries[like].codes if like else finding.codes
