"""Where the texts of a package are played, and how rules speak of places in them."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator
from fractions import Fraction

from dcp.dataclass import dataclass
from dcp.documents.cpl import CAPTION_KINDS, SUBTITLE_KINDS
from dcp.texts.catalogue import Text
from dcp.verify.facts import PackageFacts, Reference
from dcp.verify.finding import Severity
from dcp.verify.rule import Hit
from dcp.verify.timedtext.values import Event, FoundText, Piece, Spots, TextDocument

TEXT_KINDS = (*SUBTITLE_KINDS, *CAPTION_KINDS)
USUAL_RATE = Fraction(24)


@dataclass(frozen=True)
class Played:
    """A text in a reel. offset: seconds of the composition before the reel."""

    text: FoundText
    document: TextDocument
    reference: Reference
    offset: Fraction

    @property
    def rate(self) -> Fraction:
        """Frames a second of the reel."""
        return self.reference.asset.edit_rate

    @property
    def captions(self) -> bool:
        return self.reference.asset.kind in CAPTION_KINDS

    def frame(self, time: Fraction) -> Fraction:
        """Of the reel, 0 its first; what stands before the entry point is negative."""
        start = self.document.start or Fraction(0)
        return (time - start) * self.rate - self.reference.asset.entry_point


def documents(facts: PackageFacts) -> Iterator[tuple[FoundText, TextDocument]]:
    """The texts that are documents of a vocabulary that is known."""
    for text in facts.texts:
        if text.document is not None and text.document.known:
            yield text, text.document


def played(facts: PackageFacts) -> Iterator[Played]:
    """Each text in each reel of each composition."""
    known: dict[uuid.UUID | None, tuple[FoundText, TextDocument]] = {}
    for text, document in documents(facts):
        known.setdefault(text.asset_id, (text, document))
    offsets: dict[tuple[int, int], Fraction] = {}
    for _, cpl in facts.compositions():
        offset = Fraction(0)
        for number, reel in enumerate(cpl.reels, start=1):
            offsets[id(cpl), number] = offset
            main = reel.picture or next(iter(reel.assets), None)
            if main is not None and main.edit_rate > 0:
                offset += main.duration / main.edit_rate
    for reference in facts.references():
        found = known.get(reference.asset.id)
        if found is not None and reference.asset.kind in TEXT_KINDS and reference.asset.edit_rate > 0:
            yield Played(*found, reference, offsets[id(reference.cpl), reference.reel_number])


def measured(facts: PackageFacts) -> Iterator[tuple[FoundText, TextDocument, Fraction, bool]]:
    """Each text once, with the rate at which it is played first, and whether it is captions everywhere."""
    by_file: dict[str, list[Played]] = {}
    for each in played(facts):
        by_file.setdefault(each.text.file, []).append(each)
    for text, document in documents(facts):
        shows = by_file.get(text.file, [])
        rate = shows[0].rate if shows else document.edit_rate or USUAL_RATE
        if rate > 0:
            yield text, document, rate, bool(shows) and all(each.captions for each in shows)


def told(
    id: str,
    text: FoundText,
    spots: Spots,
    *,
    severity: Severity | None = None,
    rule: str | None = None,
    **places: object,
) -> Iterator[Hit]:
    """The finding of these places, where there are any."""
    if spots:
        yield Hit(Text(id, {"n": spots.count, **places}), text.file, spots, None, severity, rule)


def spots_of(events: Iterable[Event]) -> Spots:
    spots = Spots()
    for event in events:
        spots.add(event.line, event.number)
    return spots


def spots_of_pieces(pieces: Iterable[tuple[Event, Piece]]) -> Spots:
    spots = Spots()
    for event, piece in pieces:
        spots.add(piece.line, event.number)
    return spots


def timed(document: TextDocument) -> list[tuple[Fraction, Fraction, Event]]:
    """The events that show something, have times and last, by their start."""
    found = [
        (event.start, event.end, event)
        for event in document.events
        if event.start is not None and event.end is not None and event.end > event.start and event.shows
    ]
    return sorted(found, key=lambda each: each[:2])
