"""The hash of one file in a run: made while it is read, or remembered from an earlier run."""

from __future__ import annotations

import hashlib
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from dcp.errors import DcpError
from dcp.verify.cache import WORTH, Cache, Codes, Entry, Identity, differing, identity_of
from dcp.verify.facts import Changed
from dcp.verify.finding import Remembered
from dcp.verify.frames import Units
from dcp.verify.rule import Skip, skip

if TYPE_CHECKING:
    from hashlib import _Hash


class Digest:
    """found: the SHA-1, None as long as there is none. to_make, each: what every byte and every block of the
    file is to be shown to, and then `done` called; None where nothing is to be made."""

    def __init__(
        self,
        path: Path,
        name: str,
        *,
        asked: bool,
        cache: Cache | None = None,
        expected: frozenset[bytes] = frozenset(),
    ) -> None:
        self._path, self._name = path, name
        self._cache, self._expected = cache, expected
        self._remembered: Entry | None = None
        self._earlier: Entry | None = None
        self._identity: Identity | None = None
        self._codes: Codes | None = None
        self.found: bytes | None = None
        self.to_make: _Hash | None = None
        self.each: Callable[[memoryview], None] | None = None
        self.said: Skip | None = None
        if not asked:
            return
        if cache is not None and expected:
            self._look_up(cache)
        if self._remembered is None:
            self.to_make = hashlib.sha1(usedforsecurity=False)

    def _look_up(self, cache: Cache) -> None:
        self._identity = identity_of(self._path)
        if self._identity is None or self._identity.size < WORTH:
            return
        earlier = cache.recall(self._path)
        if earlier is not None and earlier.sha1 not in self._expected:
            earlier = None  # of another version of the package
        if earlier is not None and cache.holds(self._path, earlier):
            self._remembered, self.found = earlier, earlier.sha1
            return
        self._earlier = earlier
        self._codes = cache.codes(earlier)
        self.each = self._codes.take

    def done(self) -> None:
        """Every byte was shown. A right hash is remembered at once, so that a run that is stopped later goes
        on from here."""
        if self.to_make is None:
            return
        self.found = self.to_make.digest()
        if self._cache is None or self._codes is None or self.found not in self._expected:
            return
        if self._identity is not None and identity_of(self._path) == self._identity:
            try:
                self._cache.keep(self._path, self._identity, self.found, self._codes)
            except DcpError as error:
                self.said = skip("PKG-104.not-kept", name=self._name, error=error)

    def remembered(self, read: Literal["units", "heads", "nothing"]) -> Remembered | None:
        """What the report says, when the hash was not made."""
        if self._remembered is None:
            return None
        return Remembered(self._name, self._remembered.when, read)

    @property
    def is_remembered(self) -> bool:
        return self._remembered is not None

    @property
    def compares(self) -> bool:
        """Whether there is something earlier to compare with, if the hash turns out to be wrong."""
        return self._earlier is not None

    def changed(self, offsets: Sequence[int] = (), per: int = 1) -> Changed | None:
        """Where the file is not what it was when its hash was right. offsets: of its units, in order, `per`
        of them an edit unit."""
        if self._earlier is None or self._codes is None or self.found in (None, *self._expected):
            return None
        identity = identity_of(self._path)
        size = identity.size if identity is not None else 0
        ranges = differing(self._earlier, size, self._codes.made)
        return Changed(
            self._earlier.when, tuple((start, end, _units(offsets, per, start, end)) for start, end in ranges)
        )


def _units(offsets: Sequence[int], per: int, start: int, end: int) -> Units | None:
    """Those of which something lies in [start, end)."""
    first, last = max(bisect_right(offsets, start) - 1, 0), bisect_left(offsets, end) - 1
    if not offsets or last < first:
        return None
    if per > 1 and first == last:
        return Units(first // per, first // per, ("left", "right")[first % 2])
    return Units(first // per, last // per)
