"""What the rules look at: everything that was read of a package, as values."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import field
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from dcp.dataclass import dataclass
from dcp.documents.assetmap import AssetMap, MapAsset
from dcp.documents.cpl import CompositionPlaylist, Reel, ReelAsset
from dcp.documents.pkl import PackingList, PklAsset
from dcp.errors import DcpError
from dcp.package.assets import Problem, ProblemKind
from dcp.package.survey import Document, DocumentKind, Survey
from dcp.secrets.keys import Keyring
from dcp.texts.catalogue import Language, Sayable, text
from dcp.verify.asked import EVERYTHING_USUAL, Asked
from dcp.verify.finding import MicSource

if TYPE_CHECKING:
    from dcp.mxf.reader import TrackHeader
    from dcp.mxf.structure import Structure
    from dcp.picture.codestream import Codestream
    from dcp.trust.step import Step
    from dcp.verify.crew import Crew
    from dcp.verify.frames import Units
    from dcp.verify.sizes import Missized
    from dcp.verify.timedtext.values import FoundText


@dataclass(frozen=True)
class TrackFacts:
    """An MXF file of the package or its OV, before its units are read.

    `kinds`: the playlist elements that refer to it. `readable`: its units come out in the clear, because it
    is not encrypted or its key is at hand. `played`: the edit units that playlists play of it, [start, end).
    `crew`: the threads of this run, for heavy work on units (`dcp.verify.crew.Ordered`), while it is read.
    `structure`: what stands in its partitions, when it has a header.
    """

    asset_id: uuid.UUID
    path: Path
    name: str
    size: int
    here: bool
    header: TrackHeader | None
    error: DcpError | None
    kinds: frozenset[str]
    readable: bool
    asked: Asked = EVERYTHING_USUAL
    played: frozenset[tuple[int, int]] = frozenset()
    crew: Crew | None = field(default=None, repr=False, compare=False)
    structure: Structure | None = None


@dataclass(frozen=True)
class TrackPass:
    """What one pass over a track file brought. `complete`: every unit was read. `measured`: by the names of
    the measures, which know the types (`Measure.of`)."""

    sha1: bytes | None
    units: int
    complete: bool
    opened: bool
    mic: MicSource | None
    first_codestream: Codestream | None
    measured: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class KdmStep:
    """A step of a KDM's checklist that speaks against it, with what to do. doubt: it refuses nothing."""

    id: str
    said: Sayable
    remedy: Sayable
    doubt: bool = False


@dataclass(frozen=True)
class Changed:
    """How a file differs from what it was when its hash was right. ranges: of bytes, [from, to), each with
    the units that lie in it, where the file has units. when: of that run, ISO 8601."""

    when: str
    ranges: tuple[tuple[int, int, Units | None], ...]


@dataclass(frozen=True)
class KdmFacts:
    """A KDM that was handed over: what of it concerns the package.

    cpl_id, not_valid_before, not_valid_after: None of a message that cannot be read. key_ids: of the keys
    that it lists. steps: what refuses it or makes it doubtful. opened: its keys are at hand.
    """

    cpl_id: uuid.UUID | None
    not_valid_before: datetime | None
    not_valid_after: datetime | None
    key_ids: frozenset[uuid.UUID]
    file: str | None = None
    steps: tuple[KdmStep, ...] = ()
    opened: bool = True


@dataclass(frozen=True)
class SignatureFacts:
    """How a document's signature stood. `error`: what the first failure says, and where. `steps`: all of the
    signature's, and when it holds those of its chain. `signer`: whose signature it is, when it holds."""

    document: Document
    error: DcpError | None
    steps: tuple[Step, ...]
    signer: str | None = None


@dataclass(frozen=True)
class Reference:
    """An asset as a reel of a playlist names it."""

    document: Document
    cpl: CompositionPlaylist
    reel_number: int
    reel: Reel
    asset: ReelAsset

    @property
    def file(self) -> str:
        return self.document.name

    @property
    def place(self) -> str:
        return f"/CompositionPlaylist/ReelList/Reel[{self.reel_number}]/AssetList/{self.asset.kind}"

    def say(self, language: Language = "en") -> str:
        return text("place.asset", kind=self.asset.kind, reel=self.reel_number).say(language)


@dataclass(frozen=True)
class PackageFacts:
    """All of it. `asked`: how deep the run goes. `loose`: timed texts that are files of their own."""

    survey: Survey
    now: datetime
    keyring: Keyring | None
    asked: Asked = EVERYTHING_USUAL
    tracks: Mapping[uuid.UUID, TrackFacts] = field(default_factory=dict)
    passes: Mapping[uuid.UUID, TrackPass] = field(default_factory=dict)
    digests: Mapping[Path, bytes] = field(default_factory=dict)
    changed: Mapping[Path, Changed] = field(default_factory=dict)
    signatures: tuple[SignatureFacts, ...] = ()
    kdms: tuple[KdmFacts, ...] = ()
    loose: tuple[FoundText, ...] = ()

    @cached_property
    def texts(self) -> tuple[FoundText, ...]:
        """The timed texts that could be read, in track files and loose."""
        from dcp.verify.timedtext.gathering import TEXTS, gathered

        return (*gathered(TEXTS.of(self)), *self.loose)

    @cached_property
    def missized(self) -> Mapping[Path, Missized]:
        """The files that have not the size that all lists give, by their paths."""
        from dcp.verify.sizes import missized

        return missized(self.survey)

    def documents(self, *kinds: DocumentKind) -> Iterator[Document]:
        return (document for document in self.survey.documents if document.kind in kinds)

    def problems(self, *kinds: ProblemKind) -> Iterator[Problem]:
        return (problem for problem in self.survey.problems if problem.kind in kinds)

    def asset_maps(self) -> Iterator[tuple[Document, AssetMap]]:
        for document in self.survey.documents:
            if isinstance(document.value, AssetMap):
                yield document, document.value

    def packing_lists(self) -> Iterator[tuple[Document, PackingList]]:
        for document in self.survey.documents:
            if isinstance(document.value, PackingList):
                yield document, document.value

    def compositions(self) -> Iterator[tuple[Document, CompositionPlaylist]]:
        for document in self.survey.documents:
            if isinstance(document.value, CompositionPlaylist):
                yield document, document.value

    def references(self) -> Iterator[Reference]:
        """Every asset with a track file in every reel of every playlist."""
        for document, cpl in self.compositions():
            yield from references_of(document, cpl)

    def packed(self) -> Iterator[tuple[Document, PklAsset]]:
        """Every asset of every packing list, the OVs' lists after the own ones."""
        for survey in (self.survey, *self.survey.ov):
            for document in survey.documents:
                if isinstance(document.value, PackingList):
                    for asset in document.value.asset_list:
                        yield document, asset

    def mapped(self) -> Iterator[tuple[Document, MapAsset]]:
        for document, asset_map in self.asset_maps():
            for asset in asset_map.asset_list:
                yield document, asset

    def listed_name(self, asset_id: uuid.UUID) -> str:
        """The asset's file as the asset map has it, for a message."""
        for survey in (self.survey, *self.survey.ov):
            if survey.listed.get(asset_id):
                return survey.listed[asset_id]
        return str(asset_id)

    def lists(self, asset_id: uuid.UUID) -> bool:
        """Whether the asset map of the package has the asset."""
        return asset_id in self.survey.listed

    def may_list(self, asset_id: uuid.UUID) -> bool:
        """Whether the asset map has the asset, or has one whose id cannot be read and may be this one."""
        return (
            self.lists(asset_id)
            or any("Id" in asset.unread for _, asset in self.mapped())
            or any("AssetList" in asset_map.unread for _, asset_map in self.asset_maps())
        )

    def unknown_packed(self) -> bool:
        """Whether a packing list of the package has an asset of which it is not known what it is."""
        return unknown_packed(self.survey)

    def original_lists(self, asset_id: uuid.UUID) -> bool:
        """Whether the asset map of an OV that was given has it."""
        return any(asset_id in ov.listed for ov in self.survey.ov)

    def header_of(self, asset_id: uuid.UUID) -> TrackHeader | None:
        track = self.tracks.get(asset_id)
        return track.header if track else None


def unknown_packed(survey: Survey) -> bool:
    """Whether a packing list has assets of which it cannot be read what they are."""
    return any("AssetList" in packing_list.unread for packing_list in survey.packing_lists) or any(
        "Id" in asset.unread and asset.id not in survey.listed
        for packing_list in survey.packing_lists
        for asset in packing_list.asset_list
    )


def references_of(document: Document, cpl: CompositionPlaylist) -> Iterator[Reference]:
    for number, reel in enumerate(cpl.reels, start=1):
        for asset in reel.assets:
            if asset.is_track_file:
                yield Reference(document, cpl, number, reel, asset)
