"""Closed captions: what the devices in the seats can show."""

from __future__ import annotations

import itertools
from fractions import Fraction

from dcp.text.font_choice import joins_or_hides
from dcp.text.limits import MOST_CAPTION_BYTES, MOST_CAPTION_SIGNS, MOST_LINES
from dcp.verify.facts import PackageFacts
from dcp.verify.rule import Outcome, hit, package_rule
from dcp.verify.rules.text_lines import line_lengths, with_many_lines
from dcp.verify.timedtext.played import measured, spots_of, spots_of_pieces, timed, told
from dcp.verify.timedtext.values import Event, Piece, Spots

MUSIC = "\u266a"
_SIGNS = 10
"""That a finding shows."""


@package_rule("TT-045", severity="warning", bv21="error", clause="RDD 52 7.2.1")
def captions_are_small(facts: PackageFacts) -> Outcome:
    for text, document, _, captions in measured(facts):
        if captions and document.size > MOST_CAPTION_BYTES:
            yield hit("TT-045.size", file=text.file, size=document.size, most=MOST_CAPTION_BYTES)


@package_rule("TT-046", severity="warning", bv21="error", clause="RDD 52 7.2.6")
def captions_have_three_lines(facts: PackageFacts) -> Outcome:
    for text, document, _, captions in measured(facts):
        if captions:
            many = spots_of(with_many_lines(document, MOST_LINES))
            yield from told("TT-046.lines", text, many, most=MOST_LINES)


@package_rule("TT-047", severity="warning", bv21="error", clause="RDD 52 7.2.6")
def caption_lines_are_short(facts: PackageFacts) -> Outcome:
    for text, document, _, captions in measured(facts):
        if captions:
            wide = (
                (event, piece)
                for event, piece, length in line_lengths(document)
                if length > MOST_CAPTION_SIGNS
            )
            yield from told("TT-047.wide", text, spots_of_pieces(wide), most=MOST_CAPTION_SIGNS)


@package_rule("TT-050", severity="error")
def captions_share_an_edge(facts: PackageFacts) -> Outcome:
    for text, document, _, captions in measured(facts):
        if captions:
            mixed = (event for event in document.events if len(_edges(event)) > 1)
            yield from told("TT-050.mixed", text, spots_of(mixed))


def _edges(event: Event) -> set[str]:
    return {piece.valign for piece in event.pieces}


@package_rule("TT-051", severity="error")
def captions_are_in_order(facts: PackageFacts) -> Outcome:
    for text, document, _, captions in measured(facts):
        if captions:
            wrong = (event for event in document.events if len(_edges(event)) == 1 and not _descend(event))
            yield from told("TT-051.order", text, spots_of(wrong))


def _descend(event: Event) -> bool:
    """Whether the lines stand in the document from the upper one to the lower."""
    lines: list[Piece] = list(event.pieces)
    sign = -1 if lines and lines[0].valign == "bottom" else 1
    return all((below.v - above.v) * sign >= 0 for above, below in itertools.pairwise(lines))


@package_rule("TT-052", severity="info", clause="ISDCF Doc 9")
def captions_have_signs_of_devices(facts: PackageFacts) -> Outcome:
    for text, document, _, captions in measured(facts):
        if captions:
            foreign = sorted(
                sign
                for sign in frozenset().union(*document.signs.values())
                if ord(sign) > 0xFF and sign != MUSIC and not joins_or_hides(sign)
            )
            if foreign:
                yield hit(
                    "TT-052.signs",
                    file=text.file,
                    n=len(foreign),
                    signs=" ".join(foreign[:_SIGNS]),
                )


@package_rule("TT-059", severity="error", clause="ST 428-10")
def captions_follow_one_another(facts: PackageFacts) -> Outcome:
    for text, document, _, captions in measured(facts):
        if not captions:
            continue
        over: list[Event] = []
        ended: Fraction | None = None
        for start, end, event in timed(document):
            if ended is not None and start < ended:
                over.append(event)
            ended = end if ended is None else max(ended, end)
        yield from told("TT-059.over", text, spots_of(over))


@package_rule("TT-060", severity="error", clause="ST 428-10")
def captions_are_text(facts: PackageFacts) -> Outcome:
    for text, document, _, captions in measured(facts):
        if captions:
            images = ((event, piece) for event in document.events for piece in event.pieces if piece.image)
            spots: Spots = spots_of_pieces(images)
            yield from told("TT-060.image", text, spots)
