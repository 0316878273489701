"""How a row is added: a function that gives the arguments, under the error that they meet."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from wrong_sources import Arguments, Good, Wrong

ROWS: list[Wrong] = []
Make = Callable[[Good, Path], Arguments]


def wrong(id: str, where: str, *, posix: bool = False) -> Callable[[Make], Make]:
    """where: what the place of the error names, or a part of it. posix: needs what Windows does not have."""

    def add(make: Make) -> Make:
        ROWS.append(Wrong(make, id, where, posix))
        return make

    return add
