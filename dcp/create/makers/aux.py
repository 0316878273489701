"""Immersive sound and other auxiliary data made: frames pass as they stand, one an edit unit."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from dcp.create.makers.protocol import EssenceFacts, Units, Work
from dcp.create.planning.plan import AuxTrackPlan
from dcp.create.sources.aux_data import read_aux
from dcp.secrets.keys import Keyring


class AuxMaker:
    """keyring: for sources that are encrypted."""

    def __init__(self, track: AuxTrackPlan, *, keyring: Keyring | None = None) -> None:
        self.track, self.keyring = track, keyring

    def facts(self) -> EssenceFacts:
        return EssenceFacts("aux", self.track.rate, self.track.frames)

    @contextmanager
    def making(self, work: Work) -> Iterator[Units]:
        """Nothing is to be done before: the sizes are known."""
        track, facts = self.track, self.track.facts
        descriptor = facts.descriptor
        if descriptor.first_frame:  # what lay before it may be cut away
            descriptor = replace(descriptor, first_frame=max(0, descriptor.first_frame - track.first))
        sizes = facts.sizes[track.first : track.first + track.count]
        yield Units(descriptor, sizes, self._units)

    def _units(self) -> Iterator[bytes]:
        return read_aux(self.track.facts, self.track.first, self.track.count, keyring=self.keyring)
