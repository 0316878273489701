"""What a composition plays, as one line of frames from its first: pieces of track files, reel after reel.

An original's files stand in for what a version file does not have. Nothing is opened here but files' names.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path

from dcp.dataclass import dataclass
from dcp.documents.cpl import CompositionPlaylist, Reel, ReelAsset
from dcp.errors import DcpError
from dcp.package.package import Package


@dataclass(frozen=True)
class Piece:
    """A part of a track of a composition. begin: where it begins, in seconds of the composition.

    path: its file, None of a reel without such a track. asset: what the playlist says of it. seconds: how
    long it lasts there. reel: counted from 1.
    """

    begin: Fraction
    seconds: Fraction
    reel: int
    path: Path | None = None
    asset: ReelAsset | None = None


@dataclass(frozen=True)
class Composition:
    """A composition with the package that has it. starts: of each reel, in seconds; the end is the last."""

    package: Package
    cpl: CompositionPlaylist
    rate: Fraction
    starts: tuple[Fraction, ...]

    @property
    def frames(self) -> int:
        return round(self.starts[-1] * self.rate)

    def pieces(self, *kinds: str, number: int = 0, language: str | None = None) -> list[Piece]:
        """A track from beginning to end. number: which asset of these kinds in each reel; language: only
        those of it."""
        found = []
        for at, reel in enumerate(self.cpl.reels):
            begin, length = self.starts[at], self.starts[at + 1] - self.starts[at]
            asset = _asset(reel, kinds, number, language)
            path = self.package.require(asset.id) if asset is not None else None
            found.append(Piece(begin, length, at + 1, path, asset))
        return found

    def has(self, *kinds: str) -> bool:
        return any(asset.kind in kinds for asset in self.cpl.assets)


def composition_of(package: Package, cpl: CompositionPlaylist) -> Composition:
    """DcpError for a composition without a frame to play, and for one of several rates."""
    starts, rate = [Fraction(0)], None
    for reel in cpl.reels:
        lead = reel.picture or reel.sound or next((a for a in reel.assets if a.is_track_file), None)
        if lead is None or lead.edit_rate <= 0:
            starts.append(starts[-1])
            continue
        if rate not in (None, lead.edit_rate):
            raise DcpError("diff.several-rates", where=package.document(cpl).path)
        rate = lead.edit_rate
        starts.append(starts[-1] + lead.duration / lead.edit_rate)
    if rate is None or not starts[-1]:
        raise DcpError("diff.nothing-to-play", where=package.document(cpl).path)
    return Composition(package, cpl, rate, tuple(starts))


@dataclass(frozen=True)
class Span:
    """A run of frames or samples of one file, or of none. first: which of the composition it begins with;
    unit: which of the file."""

    first: int
    count: int
    piece: Piece
    unit: int = 0

    @property
    def last(self) -> int:
        """The frame or sample after it."""
        return self.first + self.count


def spans(pieces: Sequence[Piece], rate: Fraction, first: int, stop: int) -> Iterator[Span]:
    """The pieces as frames, or samples, of `rate` a second from `first` up to `stop`: what no file plays is a
    span of a piece without one.

    A file plays from its entry point; what it has beyond its reel is left out.
    """
    for piece in pieces:
        begin, end = round(piece.begin * rate), round((piece.begin + piece.seconds) * rate)
        held, asset = 0, piece.asset
        if asset is not None and piece.path is not None:
            each = rate / asset.edit_rate
            held = min(end - begin, round(asset.duration * each))
            yield from _cut(Span(begin, held, piece, round(asset.entry_point * each)), first, stop)
        nothing = Piece(piece.begin, piece.seconds, piece.reel)
        yield from _cut(Span(begin + held, end - begin - held, nothing), first, stop)


def _cut(span: Span, first: int, stop: int) -> Iterator[Span]:
    begin, end = max(span.first, first), min(span.last, stop)
    if begin < end:
        yield Span(begin, end - begin, span.piece, span.unit + begin - span.first)


def side_by_side(ones: Iterator[Span], others: Iterator[Span]) -> Iterator[tuple[Span, Span]]:
    """The two lines cut where either of them changes, so that both parts of a pair are of one length. Both
    begin with the same; what one has beyond the other's end is left out."""
    one, other = next(ones, None), next(others, None)
    while one is not None and other is not None:
        count = min(one.count, other.count)
        yield _head(one, count), _head(other, count)
        one = _rest(one, count) or next(ones, None)
        other = _rest(other, count) or next(others, None)


def same_file(one: Span, other: Span) -> bool:
    """Whether both play the same units of one file, so that nothing need be read."""
    if one.piece.path is None or other.piece.path is None or one.unit != other.unit:
        return False
    return one.piece.path.samefile(other.piece.path)


def _head(span: Span, count: int) -> Span:
    return Span(span.first, count, span.piece, span.unit)


def _rest(span: Span, count: int) -> Span | None:
    left = span.count - count
    return Span(span.first + count, left, span.piece, span.unit + count) if left else None


def _asset(reel: Reel, kinds: Sequence[str], number: int, language: str | None) -> ReelAsset | None:
    found = [
        asset
        for asset in reel.assets
        if asset.kind in kinds and (language is None or asset.language == language)
    ]
    return found[number] if number < len(found) else None
