"""What `repair` can do, and which findings of `verify` each act ends. docs/rework.md has the table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dcp.dataclass import dataclass
from dcp.texts.catalogue import Text, text

AREAS = ("package", "xml", "assetmap", "volindex", "pkl")
"""Words of `verify --select` for what is asked of the package that was made."""

ACTS: Mapping[str, tuple[str, ...]] = {
    "map-absent": ("PKG-001",),
    "map-unreadable": ("AM-001", "AM-007", "AM-017", "AM-018", "XML-001", "XML-002", "XML-005"),
    "map-standard": ("PKG-006",),
    "map-name": ("AM-002",),
    "map-again": ("PKG-002",),
    "map-volumes": ("AM-003",),
    "map-texts": ("AM-016", "AM-021"),
    "map-entry-absent": ("PKG-003", "PKG-004", "PKG-008", "PKL-003"),
    "map-entry-twice": ("AM-008",),
    "map-entry-id": ("AM-007", "AM-014"),
    "map-entry-stray": ("AM-010",),
    "map-path": ("AM-009", "AM-010", "AM-011"),
    "map-chunk": ("AM-004", "AM-005", "AM-006"),
    "map-flag": ("AM-017",),
    "index-absent": ("VOL-003",),
    "index-unreadable": ("VOL-001", "XML-001", "XML-002", "XML-005"),
    "index-name": ("VOL-002", "PKG-002"),
    "list-absent": ("PKG-003",),
    "list-unreadable": ("PKL-001", "PKL-002", "PKL-015", "PKL-016", "AM-006", "XML-001", "XML-005"),
    "list-signature": ("SIG-001",),
    "list-standard": ("PKG-006",),
    "list-unsigned": ("ENC-005",),
    "list-texts": ("PKL-011", "PKL-012"),
    "list-entry-absent": ("PKL-017", "PKL-019"),
    "list-entry-twice": ("PKL-010",),
    "list-entry-id": ("PKL-003", "PKL-017", "AM-014"),
    "list-size": ("PKL-004", "PKL-016"),
    "list-hash-absent": ("PKL-016",),
    "list-hash": ("PKL-005", "PKL-006", "PKL-007", "PKL-008", "PKL-009"),
    "list-type": ("PKL-015", "PKL-018"),
    "list-follows": (),
    "hash-accepted": ("PKL-005", "PKL-006", "PKL-007", "PKL-008", "PKL-009"),
    "xml-form": ("XML-002", "XML-003", "XML-004"),
    "file-name": ("AM-012", "AM-013", "AM-019", "AM-020", "PKG-012", "PKL-014"),
    "left-out-hidden": ("PKG-009",),
    "left-out-again": ("PKG-008",),
    "left-out": ("PKG-008", "PKG-012"),
    "left-out-folder": ("PKG-010",),
}


@dataclass(frozen=True)
class Act:
    """One thing that was done. id: of `ACTS`. file: which it is about, as it was called."""

    id: str
    file: str | None
    said: Text

    @property
    def findings(self) -> tuple[str, ...]:
        return ACTS[self.id]


def act(id: str, file: str | None = None, **places: Any) -> Act:
    """An act with its words; `file` has a place in them."""
    assert id in ACTS
    return Act(id, file, text(f"repair.{id}", file=file or "", **places))
