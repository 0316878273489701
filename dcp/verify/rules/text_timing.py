"""When a timed text shows what: against its own order, its reel, its rate, and what people can read."""

from __future__ import annotations

from fractions import Fraction

from dcp.mxf.descriptors import TimedTextDescriptor
from dcp.text.limits import APART, FIRST_TEXT, SHORTEST
from dcp.verify.facts import PackageFacts
from dcp.verify.finding import Severity
from dcp.verify.rule import Outcome, hit, package_rule
from dcp.verify.timedtext.played import Played, documents, played, spots_of, timed, told
from dcp.verify.timedtext.values import Event

INTEROP_RATE = 24
MOST_TOGETHER = 2
SHORTEST_REEL = 5
"""Seconds (REEL-003)."""


@package_rule("TT-009", severity=None, bv21="error", clause="RDD 52 7.2.3")
def start_is_stated(facts: PackageFacts) -> Outcome:
    for text, document in documents(facts):
        if document.standard == "smpte" and not document.states_start:
            yield hit("TT-009.none", file=text.file)


@package_rule("TT-010", severity="info", bv21="error", clause="RDD 52 7.2.3")
def start_is_zero(facts: PackageFacts) -> Outcome:
    for text, document in documents(facts):
        if document.start:
            yield hit("TT-010.later", file=text.file, start=float(document.start))


@package_rule("TT-011", severity="warning", bv21="error", clause="RDD 52 7.2.4")
def first_text_is_late_enough(facts: PackageFacts) -> Outcome:
    for each in played(facts):
        early = [
            event
            for start, _, event in timed(each.document)
            if each.frame(start) >= 0 and each.offset + each.frame(start) / each.rate < FIRST_TEXT
        ]
        weight = _custom(each)
        if weight is not None:
            yield from told(
                "TT-011.early", each.text, spots_of(early), severity=weight, seconds=int(FIRST_TEXT)
            )


def _custom(each: Played) -> Severity | None:
    """What RDD 52's customs weigh. It is a document of SMPTE; in Interop they are worth knowing, and in a
    reel of a few seconds, which is no show, less by one."""
    is_short = each.reference.asset.duration / each.rate < SHORTEST_REEL
    if each.document.standard == "smpte":
        return "info" if is_short else "warning"
    return None if is_short else "info"


@package_rule("TT-013", severity="warning", bv21="error", clause="RDD 52 7.2.5")
def texts_stay_long_enough(facts: PackageFacts) -> Outcome:
    for each in played(facts):
        short = [event for start, end, event in timed(each.document) if (end - start) * each.rate < SHORTEST]
        weight = _custom(each)
        if weight is not None:
            yield from told("TT-013.short", each.text, spots_of(short), severity=weight, least=SHORTEST)


@package_rule("TT-014", severity="warning", bv21="error", clause="RDD 52 7.2.5")
def texts_are_apart(facts: PackageFacts) -> Outcome:
    for each in played(facts):
        close: list[Event] = []
        ended: Fraction | None = None
        for start, end, event in timed(each.document):
            if ended is not None and 0 <= (start - ended) * each.rate < APART:
                close.append(event)
            ended = end if ended is None else max(ended, end)
        weight = _custom(each)
        if weight is not None:
            yield from told("TT-014.close", each.text, spots_of(close), severity=weight, least=APART)


@package_rule("TT-015", severity="warning", bv21="error", clause="ST 429-5")
def texts_end_with_the_reel(facts: PackageFacts) -> Outcome:
    """The reel lasts as its picture does: that a text is listed shorter or longer is REEL-005's."""
    for each in played(facts):
        lasts = _reel_lasts(each)
        past: list[Event] = []
        never: list[Event] = []
        for start, end, event in timed(each.document):
            if each.frame(start) >= lasts:
                never.append(event)
            elif each.frame(end) > lasts:
                past.append(event)
        for id, events in (("TT-015.past", past), ("TT-015.never", never)):
            yield from told(
                id, each.text, spots_of(events), reel=each.reference.reel_number, duration=int(lasts)
            )


def _reel_lasts(each: Played) -> Fraction:
    """Edit units of the text."""
    asset, picture = each.reference.asset, each.reference.reel.picture
    if picture is None or picture.edit_rate <= 0 or picture.edit_rate == asset.edit_rate:
        return Fraction((picture or asset).duration)
    return picture.duration * asset.edit_rate / picture.edit_rate


@package_rule("TT-019", severity="warning")
def fades_fit(facts: PackageFacts) -> Outcome:
    for text, document in documents(facts):
        long = [
            event
            for start, end, event in timed(document)
            if (event.fade_up or 0) + (event.fade_down or 0) > end - start
        ]
        yield from told("TT-019.long", text, spots_of(long))


@package_rule("TT-020", severity="warning", clause="ST 429-2 8.4.4")
def few_events_together(facts: PackageFacts) -> Outcome:
    """The clause is SMPTE's; in Interop it is worth knowing."""
    for text, document in documents(facts):
        many: list[Event] = []
        standing: list[Fraction] = []
        for start, end, event in timed(document):
            standing = [each for each in standing if each > start][: MOST_TOGETHER * 50]
            standing.append(end)
            if len(standing) > MOST_TOGETHER:
                many.append(event)
        severity: Severity | None = "info" if document.standard == "interop" else None
        yield from told("TT-020.many", text, spots_of(many), severity=severity, most=MOST_TOGETHER)


@package_rule("TT-024", severity="warning", clause="ST 428-7 5.9")
def rates_agree(facts: PackageFacts) -> Outcome:
    for each in played(facts):
        own = each.document.edit_rate
        if own is not None and own != each.rate:
            yield hit(
                "TT-024.playlist",
                file=each.text.file,
                own=own,
                rate=each.rate,
                reference=each.reference,
            )
    for text, document in documents(facts):
        own, count = document.edit_rate, document.time_code_rate
        if own is None:
            continue
        header = facts.header_of(text.asset_id) if text.wrapped and text.asset_id is not None else None
        if (
            header is not None
            and isinstance(header.descriptor, TimedTextDescriptor)
            and own != header.edit_rate
        ):
            yield hit("TT-024.header", file=text.file, own=own, rate=header.edit_rate)
        if count is not None and count != round(own):
            yield hit("TT-024.counts", file=text.file, severity="info", own=own, count=count)


@package_rule("TT-025", severity="info")
def interop_has_24(facts: PackageFacts) -> Outcome:
    for each in played(facts):
        if each.document.standard == "interop" and each.rate != INTEROP_RATE:
            yield hit("TT-025.rate", file=each.text.file, rate=each.rate)


@package_rule("TT-058", severity="warning")
def events_are_in_order(facts: PackageFacts) -> Outcome:
    for text, document in documents(facts):
        late: list[Event] = []
        before: Fraction | None = None
        for event in document.events:
            if event.start is None:
                continue
            if before is not None and event.start < before:
                late.append(event)
            before = event.start if before is None else max(before, event.start)
        yield from told("TT-058.order", text, spots_of(late))
