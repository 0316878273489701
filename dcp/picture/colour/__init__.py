"""Colours of sources into X'Y'Z' of 12 bits, and back for displays.

A source's colour is a `ColourPath`, plain data, made by `dcp.create.planning.colour.resolve`; `to_dcdm` takes
decoded planes along it. Loaded when asked for, so that a path can be named where NumPy is not installed.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dcp.picture.colour.display import ENCODINGS as ENCODINGS
    from dcp.picture.colour.display import from_xyz12 as from_xyz12
    from dcp.picture.colour.display import to_xyz12 as to_xyz12
    from dcp.picture.colour.path import ColourPath as ColourPath
    from dcp.picture.colour.video import to_dcdm as to_dcdm

__all__ = ["ENCODINGS", "ColourPath", "from_xyz12", "to_dcdm", "to_xyz12"]

_HOME_OF = {
    "ENCODINGS": "display",
    "from_xyz12": "display",
    "to_xyz12": "display",
    "ColourPath": "path",
    "to_dcdm": "video",
}


def __getattr__(name: str) -> object:
    """PEP 562: a name of the package, loaded now."""
    if name not in _HOME_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_HOME_OF[name]}"), name)
    globals()[name] = value
    return value
