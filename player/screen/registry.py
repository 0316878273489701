"""Screens by name, and the one place that reads `--output`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from dcp.errors import UsageError
from dcp.picture.colour.display_file import read_display
from dcp.picture.colour.displays import NAMES, Display, display_named
from player.screen.frames import FramesScreen, Kind
from player.screen.null import NullScreen
from player.screen.screen import Screen
from player.screen.several import together
from player.screen.wav import WavScreen
from player.screen.y4m import CHROMA, Y4mScreen

ALIASES = {"p3": "p3-d65"}
"""P3 for short is the one with the white that `create` gives its pictures."""


def screen_for(output: str, *, display: str = "rec709", depth: int = 8) -> Screen:
    """The screen of `null`, `frames:DIR`, `tiff:DIR`, `y4m:PATH`, `wav:PATH`, `web[:PORT]`. UsageError
    for another.

    display: a name of `dcp.picture.colour.displays`, or a TOML file. depth: bits of y4m, 8 or 10.
    """
    name, _, target = output.partition(":")
    if name not in SCREENS:
        raise UsageError("play.no-output", name=name, known=", ".join(sorted(SCREENS)))
    if depth not in CHROMA:
        raise UsageError("play.no-depth", depth=depth)
    return SCREENS[name](target, _display(display), depth)


def screens_for(outputs: Sequence[str], *, display: str = "rec709", depth: int = 8) -> Screen:
    """The screen of `--output`, which may be given several times: all are fed in one pass. UsageError for
    what there is not, or what cannot be fed together."""
    found = [screen_for(output, display=display, depth=depth) for output in outputs]
    return found[0] if len(found) == 1 else together(found)


def _display(asked: str) -> Display:
    """By its name, or out of a TOML file."""
    if asked.lower().endswith(".toml"):
        return read_display(Path(asked))
    name = ALIASES.get(asked, asked)
    if name not in NAMES:
        known = ", ".join([*NAMES, *ALIASES])
        raise UsageError("play.no-display", name=asked, known=known)
    return display_named(name)


def _null(target: str, display: Display, depth: int) -> Screen:
    if target:
        raise UsageError("play.null-takes-no-path", where=target)
    return NullScreen()


def _frames(target: str, display: Display, depth: int) -> Screen:
    return _stills(target, display, "png")


def _tiff(target: str, display: Display, depth: int) -> Screen:
    return _stills(target, display, "tif")


def _stills(target: str, display: Display, kind: Kind) -> Screen:
    screen = FramesScreen(folder=Path(target), display=display, kind=kind)
    if not target:
        raise UsageError("play.frames-needs-folder", name=screen.name)
    return screen


def _y4m(target: str, display: Display, depth: int) -> Screen:
    if not target:
        raise UsageError("play.y4m-needs-path")
    if display != display_named("rec709"):
        raise UsageError("play.y4m-is-rec709")
    return Y4mScreen(path=target, depth=depth)


def _web(target: str, display: Display, depth: int) -> Screen:
    from player.web.screen import PORT, WebScreen

    if not target:
        return WebScreen(PORT, display=display)
    if not target.isascii() or not target.isdecimal() or len(target) > 5 or int(target) > 65535:
        raise UsageError("web.no-port", value=target[:40])
    return WebScreen(int(target), display=display)


def _wav(target: str, display: Display, depth: int) -> Screen:
    if not target:
        raise UsageError("play.wav-needs-path")
    return WavScreen(Path(target))


SCREENS: dict[str, Callable[[str, Display, int], Screen]] = {
    "null": _null,
    "frames": _frames,
    "tiff": _tiff,
    "y4m": _y4m,
    "wav": _wav,
    "web": _web,
}
