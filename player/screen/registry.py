"""Screens by name, and the one place that reads `--output`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from dcp.errors import UsageError
from dcp.picture.colour import ENCODINGS
from player.screen.frames import FramesScreen
from player.screen.null import NullScreen
from player.screen.screen import Screen
from player.screen.y4m import CHROMA, Y4mScreen

ALIASES = {"p3": "p3-d65"}
"""P3 for short is the one with the white that `create` gives its pictures."""


def screen_for(output: str, *, display: str = "rec709", depth: int = 8) -> Screen:
    """The screen of `null`, `frames:DIR` or `y4m:PATH`. UsageError when there is no such screen."""
    name, _, target = output.partition(":")
    if name not in SCREENS:
        raise UsageError(
            f"there is no output named {name!r} in this version",
            remedy=f"use one of {', '.join(sorted(SCREENS))}, as in frames:DIR or y4m:PATH",
        )
    display = ALIASES.get(display, display)
    if display not in ENCODINGS:
        known = ", ".join([*ENCODINGS, *ALIASES])
        raise UsageError(f"no display is named {display!r}", remedy=f"use one of {known}")
    if depth not in CHROMA:
        raise UsageError(f"{depth} bits are not offered", remedy="use 8 or 10")
    return SCREENS[name](target, display, depth)


def _null(target: str, display: str, depth: int) -> Screen:
    if target:
        raise UsageError("the output null takes no path", where=target)
    return NullScreen()


def _frames(target: str, display: str, depth: int) -> Screen:
    if not target:
        raise UsageError("frames needs a folder", remedy="write frames:DIR")
    return FramesScreen(folder=Path(target), display=display)


def _y4m(target: str, display: str, depth: int) -> Screen:
    if not target:
        raise UsageError("y4m needs a path", remedy="write y4m:PATH, or y4m:- for standard output")
    if display != "rec709":
        raise UsageError("y4m is Rec.709", remedy="leave out --display, or use frames:DIR")
    return Y4mScreen(path=target, depth=depth)


SCREENS: dict[str, Callable[[str, str, int], Screen]] = {"null": _null, "frames": _frames, "y4m": _y4m}
