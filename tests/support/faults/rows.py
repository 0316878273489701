"""What a row is, and all of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

from dcp.extras import Extra
from faults.changes import Change

AREAS = (
    "mxf",
    "documents",
    "folder",
    "lists",
    "playlists",
    "several",
    "signatures",
    "names",
    "versions",
    "reels",
    "kdm",
    "sound",
    "immersive",
    "encryption",
    "pictures",
    "servers",
    "text",
)
"""The files of rows: `rows_AREA.py`."""


@dataclass(frozen=True)
class Fault:
    """One change, the rule that must speak, and the rules that speak with it.

    asked: what else `verify_package` is asked for. handed: what is asked of the changed package alone. extra:
    what has to be installed for it. note: tells two rows of a rule apart.
    """

    rule: str
    base: str
    change: Change
    also: tuple[str, ...] = ()
    note: str = ""
    repaired: bool = True
    keys: bool = True
    asked: Mapping[str, Any] = field(default_factory=dict)
    handed: Callable[[], Mapping[str, Any]] = dict
    extra: Extra | None = None

    @property
    def id(self) -> str:
        return "-".join(filter(None, (self.rule, self.base, self.note)))


@dataclass(frozen=True)
class Good:
    """A change that leaves a package good. infos: the informations that it draws."""

    name: str
    base: str
    change: Change
    infos: tuple[str, ...] = ()
    repaired: bool = True
    asked: Mapping[str, Any] = field(default_factory=dict)
    extra: Extra | None = None

    @property
    def id(self) -> str:
        return f"{self.name}-{self.base}"


def all_faults() -> list[Fault]:
    return [row for area in AREAS for row in import_module(f"faults.rows_{area}").FAULTS]


def all_good() -> list[Good]:
    return [row for area in AREAS for row in import_module(f"faults.rows_{area}").GOOD]
