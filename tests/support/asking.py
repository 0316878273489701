"""The playlist of a package, and a package with two compositions."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from pathlib import Path

from scenes import Scene

Run = Callable[..., tuple[int, str, str]]


def playlist(scene: Scene) -> Path:
    return next(scene.package.glob("[Cc][Pp][Ll]*.xml"))


def two_compositions(scene: Scene, to: Path) -> Path:
    """The package with its composition once more, under another id."""
    package = scene.copy(to)
    first = playlist(scene)
    data = first.read_text("utf-8")
    own = data.partition("<Id>urn:uuid:")[2][:36]
    other = str(uuid.UUID(int=5))
    (package / first.name.replace(own, other)).write_text(data.replace(own, other), "utf-8")
    table = next(package.glob("ASSETMAP*"))
    text = table.read_text("utf-8")
    start = text.rindex("<Asset>", 0, text.index(first.name))
    entry = text[start : text.index("</Asset>", start) + len("</Asset>")]
    table.write_text(text.replace(entry, entry + entry.replace(own, other)), "utf-8")
    return package
