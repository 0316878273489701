"""The pictures of a frame that is marked: both eyes get one change, and each is made once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from threading import Lock
from typing import TYPE_CHECKING

from dcp.create.makers.frame import Recipe
from dcp.create.makers.tasks import coded_picture, tried_picture
from dcp.create.planning.marking import MarkPictures

if TYPE_CHECKING:
    from dcp.create.makers.frame import Codes


class MarkedPictures:
    """One eye's or both eyes' picture of a frame, whichever is asked for first makes them. pictures: makes
    the unmarked ones; number: of the frame in the composition."""

    def __init__(self, pictures: Sequence[Callable[[], Codes]], mark: MarkPictures, number: int) -> None:
        self._pictures, self._mark, self._number = pictures, mark, number
        self._lock = Lock()
        self._marked: Sequence[Codes] = ()

    def coded(self, eye: int, recipe: Recipe, codec: str, planes: int) -> bytes:
        """As `tasks.coded`."""
        return coded_picture(self._of(eye), recipe, codec, planes)

    def tried(self, eye: int, recipe: Recipe, codec: str, planes: int) -> tuple[bytes, float]:
        """As `tasks.tried`."""
        return tried_picture(self._of(eye), recipe, codec, planes)

    def _of(self, eye: int) -> Codes:
        with self._lock:
            if not self._marked:
                self._marked = self._mark([picture() for picture in self._pictures], self._number)
            return self._marked[eye]
