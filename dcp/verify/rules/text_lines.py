"""What stands on the screen: lines, signs, places, pictures, depths, numbers."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from dcp.text.limits import MOST_LINES, MOST_SIGNS, MOST_SIGNS_EVER, MOST_SIZE
from dcp.verify.facts import PackageFacts
from dcp.verify.rule import Outcome, hit, judged, package_rule
from dcp.verify.timedtext.played import documents, measured, spots_of, spots_of_pieces, timed, told
from dcp.verify.timedtext.values import Event, Piece, Spots, TextDocument

MOST_TEXTS, MOST_IMAGES = 6, 3
_STANDING = 100
"""Events that are looked at together; a hostile document has thousands at a time."""

_Spot = tuple[str, float, str, float]
"""Across and down, from where and how far."""

judged("TT-018", severity="warning", bv21="error", clause="RDD 52 7.2.7")


@package_rule("TT-016", severity="warning", bv21="error", clause="RDD 52 7.2.7")
def three_lines(facts: PackageFacts) -> Outcome:
    for text, document, _, captions in measured(facts):
        if not captions:
            yield from told(
                "TT-016.lines", text, spots_of(with_many_lines(document, MOST_LINES)), most=MOST_LINES
            )


def with_many_lines(document: TextDocument, most: int) -> Iterator[Event]:
    """The events with which more than `most` lines stand at once; what stands beside another is one line."""
    standing: list[tuple[Fraction, set[tuple[str, float]]]] = []
    for start, end, event in timed(document):
        standing = [each for each in standing if each[0] > start][:_STANDING]
        standing.append((end, {piece.key for piece in event.lines if not piece.blank}))
        if len(set().union(*(keys for _, keys in standing))) > most:
            yield event


def line_lengths(document: TextDocument) -> Iterator[tuple[Event, Piece, int]]:
    """The lines of each event with their signs; what stands beside another counts with it."""
    for event in document.events:
        lengths: dict[tuple[str, float], tuple[Piece, int]] = {}
        for piece in event.lines:
            first, length = lengths.get(piece.key, (piece, 0))
            lengths[piece.key] = (first, length + piece.length)
        for piece, length in lengths.values():
            yield event, piece, length


@package_rule("TT-017", severity="warning", bv21="warning", clause="RDD 52 7.2.7")
def lines_are_short(facts: PackageFacts) -> Outcome:
    for text, document, _, captions in measured(facts):
        if captions:
            continue
        wide, over = Spots(), Spots()
        for event, piece, length in line_lengths(document):
            if length > MOST_SIGNS:
                (over if length > MOST_SIGNS_EVER else wide).add(piece.line, event.number)
        yield from told("TT-017.wide", text, wide, most=MOST_SIGNS)
        yield from told("TT-018.over", text, over, rule="TT-018", most=MOST_SIGNS_EVER)


@package_rule("TT-021", severity="warning", clause="ST 429-2 8.4.4")
def few_elements(facts: PackageFacts) -> Outcome:
    for text, document in documents(facts):
        many = [
            event
            for event in document.events
            if sum(not piece.image for piece in event.pieces) > MOST_TEXTS
            or sum(piece.image for piece in event.pieces) > MOST_IMAGES
        ]
        yield from told("TT-021.many", text, spots_of(many), texts=MOST_TEXTS, images=MOST_IMAGES)


@package_rule("TT-031", severity="warning")
def has_an_event(facts: PackageFacts) -> Outcome:
    for text, document in documents(facts):
        if not document.events:
            yield hit("TT-031.no-event", file=text.file)


@package_rule("TT-032", severity="error")
def texts_are_not_empty(facts: PackageFacts) -> Outcome:
    """A blank is no fault: placeholders of reels without text have one."""
    for text, document in documents(facts):
        empty = ((event, piece) for event in document.events for piece in event.lines if piece.empty)
        yield from told("TT-032.empty", text, spots_of_pieces(empty))


@package_rule("TT-033", severity="error", clause="CineCanvas 2.9")
def events_hold_something(facts: PackageFacts) -> Outcome:
    for text, document in documents(facts):
        yield from told(
            "TT-033.nothing", text, spots_of(event for event in document.events if not event.pieces)
        )


@package_rule("TT-034", severity="error", clause="CineCanvas 2.10")
def places_are_on_the_screen(facts: PackageFacts) -> Outcome:
    for text, document in documents(facts):
        outside, edge, cut = Spots(), Spots(), Spots()
        for event in document.events:
            for piece in event.pieces:
                if not _inside(piece.valign, "center", piece.v) or not _inside(
                    piece.halign, "center", piece.h
                ):
                    outside.add(piece.line, event.number)
                elif _half_out(piece):
                    cut.add(piece.line, event.number)
                elif (
                    not (piece.image or piece.blank or piece.vertical or piece.v) and piece.valign != "center"
                ):
                    edge.add(piece.line, event.number)
        yield from told("TT-034.outside", text, outside)
        yield from told("TT-034.cut", text, cut, severity="warning")
        yield from told("TT-034.edge", text, edge, severity="info")


def _inside(align: str, middle: str, position: float) -> bool:
    """From an edge 0 to 100 per cent are on the screen, from the middle 50 each way."""
    return abs(position) <= 50 if align == middle else 0 <= position <= 100


def _half_out(piece: Piece) -> bool:
    """Whether half the height of a line, or more, is beyond the edge that it does not count from."""
    if piece.image or piece.blank or piece.vertical or piece.valign == "center":
        return False
    return piece.v + 100 * piece.size / MOST_SIZE / 2 > 100


@package_rule("TT-063", severity="warning")
def texts_stand_apart(facts: PackageFacts) -> Outcome:
    """No two lines in one place at a time; while one fades into the next they may. Captions that follow too
    early are TT-059's."""
    for text, document, _, captions in measured(facts):
        over = Spots()
        standing: list[tuple[Fraction, Event, frozenset[_Spot]]] = []
        for start, end, event in timed(document):
            standing = [each for each in standing if each[0] > start][:_STANDING]
            places = [(p.halign, p.h, p.valign, p.v) for p in event.lines if not p.blank]
            own = frozenset(places)
            if len(own) < len(places) or (
                not captions
                and any(
                    own & theirs and until - start > max(other.fade_down or 0, event.fade_up or 0)
                    for until, other, theirs in standing
                )
            ):
                over.add(event.line, event.number)
            standing.append((end, event, own))
        yield from told("TT-063.over", text, over)


@package_rule("TT-056", severity="info")
def numbers_run_on(facts: PackageFacts) -> Outcome:
    for text, document in documents(facts):
        numbers = [event.number or "" for event in document.events]
        if len(numbers) < 2 or not all(
            number.strip().isascii() and number.strip().isdigit() for number in numbers
        ):
            continue
        counted = [int(number[:18]) for number in numbers]
        gaps = [
            event
            for before, here, event in zip(counted, counted[1:], document.events[1:], strict=False)
            if here != before + 1
        ]
        yield from told("TT-056.gap", text, spots_of(gaps))


@package_rule("TT-061", severity="warning", clause="ST 428-7")
def depths_resolve(facts: PackageFacts) -> Outcome:
    for text, document in documents(facts):
        missing, twice = Spots(), Spots()
        for event in document.events:
            for piece in event.pieces:
                if piece.depths is not None and piece.depths not in event.depths:
                    missing.add(piece.line, event.number)
            if len(set(event.depths)) < len(event.depths):
                twice.add(event.line, event.number)
        yield from told("TT-061.missing", text, missing)
        yield from told("TT-061.twice", text, twice)
