"""A composition as the reference of a mark's reader: its pictures, unmarked, at a reduced resolution."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from dcp.documents.cpl import CompositionPlaylist
from dcp.errors import TrackFileError
from dcp.mxf.reader import MicPolicy, TrackFile
from dcp.package.package import Package
from dcp.picture.codec import Codec
from dcp.secrets.keys import Keyring
from dcp.system import cores
from player.picture import decode
from player.plan import ShowPlan, plan_show
from player.window import map_in_order


class Reference:
    """rate: frames a second; `walk` begins a new walk over all frames of the composition."""

    def __init__(
        self,
        package: Package,
        cpl: CompositionPlaylist,
        *,
        keyring: Keyring,
        codec: Codec,
        mic: MicPolicy = "require",
        reduce: int = 0,
    ) -> None:
        """The errors are those of `player.plan.plan_show`. reduce: halvings of the picture."""
        self._plan: ShowPlan = plan_show(package, cpl, keyring=keyring, mic=mic, reduce=reduce, strict=True)
        self._codec, self._mic, self._reduce = codec, mic, reduce
        self.rate: Fraction = self._plan.rate
        self.frames = self._plan.frames

    def walk(self) -> Iterator[NDArray[np.uint16]]:
        """X'Y'Z' codes, (height, width, 3) uint16, in order.

        TrackFileError at a damaged unit, CodestreamError at a picture that is not the one announced.
        """
        yield from map_in_order(self._decode, self._codestreams(), workers=cores())

    def picked(self, frames: Sequence[int]) -> Iterator[tuple[int, NDArray[np.uint16]]]:
        """Some frames of the composition, each with its number; what is not in it is left out."""
        for frame in frames:
            reel = next((each for each in self._plan.reels if 0 <= frame - each.first < each.duration), None)
            if reel is None or reel.picture is None:
                continue
            track = reel.picture
            unit = track.entry_point + frame - reel.first
            with TrackFile.open(track.path) as file:
                for found in file.units(unit, unit + 1, key=track.key, mic=self._mic, strict=True):
                    if found.eye != "right":
                        yield frame, self._decode(bytes(found.data))

    def _decode(self, codestream: bytes) -> NDArray[np.uint16]:
        return decode(self._codec, codestream, self._plan.size, reduce=self._reduce)

    def _codestreams(self) -> Iterator[bytes]:
        for reel in self._plan.reels:
            track = reel.picture
            if track is None:
                raise TrackFileError("play.reference-no-picture", reel=reel.number)
            start = track.entry_point
            with TrackFile.open(track.path) as file:
                stop = start + reel.duration
                for unit in file.units(start, stop, key=track.key, mic=self._mic, strict=True):
                    if unit.eye != "right":
                        yield bytes(unit.data)
