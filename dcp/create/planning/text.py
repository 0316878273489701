"""The texts of a composition decided: whose cues stand where, for how long, in which font; advised and
refused before the first frame is coded.

A text runs on the clock of the picture that it belongs to, as that picture's own sound does: at its speed,
cut where it is trimmed. It is brought to the composition's frames, and cut where the reels are.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

from dcp.create.job.values import Composition, TextKind, TextTrack
from dcp.create.planning.clock import TimeMap, timecode
from dcp.create.planning.expanding import LogicalReel
from dcp.create.planning.languages import text_language
from dcp.create.planning.plan import TextTrackPlan
from dcp.create.planning.reels import PlannedReel
from dcp.create.planning.telling import in_file
from dcp.create.planning.text_documents import trial_document
from dcp.create.planning.text_fonts import ChosenFont, any_font, check_images, choose_font, images_of
from dcp.create.planning.text_styles import restyled
from dcp.dataclass import dataclass
from dcp.documents.namespaces import Standard
from dcp.errors import SourceError, UsageError
from dcp.secrets.keys import Keyring
from dcp.text.checking import about_cues, about_size
from dcp.text.editing import crossing, on_grid, placeholder, shifted, within
from dcp.text.interop import lost_in_interop
from dcp.text.opening import SourceText, open_text
from dcp.text.values import Cue, Image, cue_place
from dcp.texts.catalogue import Text, text

NO_LANGUAGE = "und"
Line = tuple[TextKind, str]
"""What stands in every reel of a composition that has it: subtitles in a language, captions in one."""


@dataclass(frozen=True)
class Span:
    """Consecutive reels that a text runs over as one. start, frames: of the composition, edit units.

    clock: from the text's seconds, as the picture's source counts them, to the span's. beyond: seconds that
    the source would last on behind what is shown. rate: frames a second of that source. several_speeds: of
    its pictures, so that the clock is of none.
    """

    start: int
    frames: int
    clock: TimeMap
    rate: Fraction
    beyond: Fraction = Fraction(0)
    several_speeds: bool = False


@dataclass(frozen=True)
class OpenedText:
    """A text of the job, read. reel: of the job, from 0, None for one that runs through all."""

    track: TextTrack
    reel: int | None
    source: SourceText
    language: str

    @property
    def line(self) -> Line:
        return (self.track.kind, self.language)


@dataclass(frozen=True)
class PlannedText:
    """A text on the composition's clock. cues: on whole frames, from the begin of the span."""

    opened: OpenedText
    span: Span
    cues: tuple[Cue, ...]
    font: ChosenFont | None
    decisions: tuple[Text, ...]
    advice: tuple[Text, ...] = ()

    def holds(self, frame: int) -> bool:
        """Whether this frame of the composition is in its span."""
        return self.span.start <= frame < self.span.start + self.span.frames

    def part(self, start: int, count: int, rate: Fraction) -> tuple[Cue, ...]:
        """The cues of frames `start` to before `start + count` of the composition, on the clock of these."""
        begin = start - self.span.start
        return tuple(within(self.cues, begin / rate, (begin + count) / rate))


def open_texts(composition: Composition, *, keyring: Keyring | None = None) -> tuple[OpenedText, ...]:
    """All texts of a composition, those of its reels in order.

    UsageError for a language that is missing or no tag, and for two of
    one kind and language in one reel; SourceError as `open_text` has it, and for captions of pictures.
    """
    read: dict[tuple[object, ...], SourceText] = {}
    wanted: list[tuple[int | None, TextTrack]] = [(None, each) for each in composition.texts]
    wanted += [(number, each) for number, reel in enumerate(composition.reels) for each in reel.texts]
    told = [
        (track, track.language and text_language(track.language, where=f"--{track.kind}"))
        for _, track in wanted
    ]
    found = []
    for (reel, track), (_, language) in zip(wanted, told, strict=True):
        key = (track.source, track.encoding, track.rate)
        if key not in read:
            read[key] = open_text(track.source, encoding=track.encoding, rate=track.rate, keyring=keyring)
        source = read[key]
        language = language or _own_language(track, source)
        if track.kind == "caption" and any(
            isinstance(one, Image) for cue in source.cues for one in cue.content
        ):
            raise SourceError("text.caption-of-pictures", where=track.source)
        found.append(OpenedText(track, reel, source, language))
    _check_once(found, len(composition.reels))
    return tuple(found)


def timed_cues(opened: OpenedText, span: Span, rate: Fraction) -> tuple[tuple[Cue, ...], tuple[Text, ...]]:
    """The cues of a text on the frames of its span, looking as the job has it, and what was decided. rate:
    the package's edit units a second.

    SourceError for a cue behind the end of the picture, and where no cue is left.
    """
    track, source = opened.track, opened.source
    decisions = [*source.notes, *_about_language(opened)]
    speed, zero = span.clock.speed, span.clock.zero
    told = track.rate if track.rate != span.rate else None
    if told is not None:
        # its seconds are those of another picture with the same frames
        speed, zero = speed * span.rate / told, zero * span.rate / told
    offset = Fraction(track.offset).limit_denominator(1_000_000) / 1000
    if speed != 1:
        percent = abs(float(speed - 1)) * 100
        if told is not None:
            id = "plan.text-rate-sooner" if speed > 1 else "plan.text-rate-later"
            decisions.append(text(id, told=told, percent=percent))
        else:
            id = "plan.text-sooner" if speed > 1 else "plan.text-later"
            decisions.append(text(id, percent=percent))
    if span.several_speeds:
        decisions.append(text("plan.text-own-speed"))
    if offset:
        decisions.append(text("plan.text-offset", ms=float(track.offset)))
    moved = shifted(source.cues, offset=offset - zero / speed, speed=speed)
    length = Fraction(span.frames) / rate
    _check_end(opened, moved, length + span.beyond, length)
    kept = within(moved, Fraction(0), length)
    decisions += _about_cuts(moved, kept, length)
    cues = within(on_grid(kept, rate), Fraction(0), length)  # rounded, one may begin with the end
    if not cues:
        raise SourceError("text.no-cue-left", where=track.source, seconds=float(length))
    styled, said = restyled(cues, track)
    return styled, (*decisions, *said)


def plan_text(
    opened: OpenedText, span: Span, rate: Fraction, *, size: tuple[int, int], standard: Standard
) -> PlannedText:
    """A text on the frames of its span. rate: the package's edit units a second; size: (width, height) of its
    picture.

    SourceError for a cue behind the end of the picture, where no cue is left, for a picture that no player
    takes, and for a sign that no font has; UsageError where no single font has all.
    """
    track, source = opened.track, opened.source
    styled, said = timed_cues(opened, span, rate)
    decisions = list(said)
    font = choose_font(styled, source, language=opened.language, told=track.font)
    decisions += font.decisions if font is not None else ()
    if standard == "interop":
        decisions += lost_in_interop(styled)
    advice = [
        *about_cues(styled, rate, captions=track.kind == "caption", first=span.start == 0),
        *(font.advice if font is not None else ()),
        *check_images(images_of(source, styled), track.source, size),
    ]
    return PlannedText(
        replace(opened, source=replace(source, cues=())),  # they stand in `styled`, and are many
        span,
        styled,
        font,
        tuple(in_file(track.source, each) for each in dict.fromkeys(decisions)),
        tuple(in_file(track.source, each) for each in dict.fromkeys(advice)),
    )


def versions_of(lines: Sequence[Line]) -> tuple[tuple[Line, ...], ...]:
    """The lines of each composition: subtitles in one language each, and all captions."""
    captions = tuple(line for line in lines if line[0] == "caption")
    subtitles = [line for line in lines if line[0] == "subtitle"]
    return tuple((line, *captions) for line in subtitles) or (captions,)


def spans_of(
    logical: Sequence[LogicalReel], reels: Sequence[PlannedReel], rate: Fraction
) -> dict[int | None, Span]:
    """The span of each reel of the job, by its number, and under None that of the whole composition."""
    own: dict[int, list[tuple[int, PlannedReel]]] = {}
    start = 0
    for each, reel in zip(logical, reels, strict=True):
        own.setdefault(each.number, []).append((start, reel))
        start += reel.frames
    whole = [each for held in own.values() for each in held]
    spans: dict[int | None, Span] = {number: _span(held, rate) for number, held in own.items()}
    return {**spans, None: _span(whole, rate)}


@dataclass(frozen=True)
class ReelTexts:
    """The texts of a reel, one for each line of the composition."""

    tracks: Mapping[Line, TextTrackPlan]
    decisions: tuple[Text, ...] = ()
    advice: tuple[Text, ...] = ()


@dataclass(frozen=True)
class PlannedLines:
    """The texts of a composition. lines: every kind and language once, in the order in which they come."""

    lines: tuple[Line, ...]
    texts: tuple[PlannedText, ...]
    rate: Fraction
    decisions: tuple[Text, ...] = ()
    advice: tuple[Text, ...] = ()

    def tracks(
        self,
        number: int,
        start: int,
        count: int,
        *,
        title: str,
        standard: Standard,
        there: Collection[str | None] = (),
    ) -> ReelTexts:
        """Those of reel `number`, from 1: frames `start` to before `start + count`. title: the film's.
        there: elements that play of an original, so that no empty text stands in for them.

        SourceError for a font or a picture that is no good, UsageError for what the standard's form cannot
        say.
        """
        found: dict[Line, TextTrackPlan] = {}
        decisions, advice = list[Text](), list[Text]()
        for line in self.lines:
            planned = next(
                (each for each in self.texts if each.opened.line == line and each.holds(start)), None
            )
            cues = planned.part(start, count, self.rate) if planned is not None else ()
            kind, language = line
            track = TextTrackPlan(kind, language, cues, self.rate, count, number, title)
            if planned is None and track.element(standard) in there:
                continue
            if planned is None or not cues:
                place = Text(f"word.text-{kind}")
                decisions.append(text("plan.text-placeholder", reel=number, kind=place, language=language))
                empty, font = self._blank(line).of(
                    (placeholder(Fraction(count) / self.rate, rate=self.rate, first=number == 1),)
                )
                found[line] = replace(track, cues=empty, font=font)
            else:
                over = crossing(planned.cues, [(start - planned.span.start) / self.rate])
                if over:
                    place, n = Text(f"word.text-{kind}"), len(over)
                    decisions.append(
                        text("plan.text-over-cut", reel=number, kind=place, language=language, n=n)
                    )
                source = planned.opened.track.source
                styled, font = planned.font.of(cues) if planned.font is not None else (cues, None)
                images = images_of(planned.opened.source, cues)
                found[line] = replace(track, cues=styled, sources=(source,), font=font, images=images)
            document = trial_document(found[line], standard)
            advice += about_size(document, captions=kind == "caption")
        return ReelTexts(found, tuple(decisions), tuple(advice))

    def _blank(self, line: Line) -> ChosenFont:
        """A font for no sign at all: the line's own, another's, any."""
        texts = sorted(self.texts, key=lambda each: each.opened.line != line)
        return next((each.font for each in texts if each.font is not None), None) or any_font()


def plan_lines(
    texts: Sequence[OpenedText],
    spans: Mapping[int | None, Span],
    rate: Fraction,
    *,
    size: tuple[int, int],
    standard: Standard,
) -> PlannedLines:
    """All texts of a composition, each over its span. SourceError as `plan_text`, UsageError for fonts."""
    planned = tuple(plan_text(each, spans[each.reel], rate, size=size, standard=standard) for each in texts)
    return PlannedLines(
        tuple(dict.fromkeys(each.line for each in texts)),
        planned,
        rate,
        tuple(line for each in planned for line in each.decisions),
        tuple(line for each in planned for line in each.advice),
    )


# --- how it is done -----


def _span(held: Sequence[tuple[int, PlannedReel]], rate: Fraction) -> Span:
    """Of one source the clock is its picture's, of several their common speed."""
    pictures = [picture for _, reel in held for picture in reel.pictures]
    frames = sum(reel.frames for _, reel in held)
    first = pictures[0]
    own = first.piece.run.eyes[0].facts.rate or rate
    if len(pictures) == 1:
        return Span(held[0][0], frames, TimeMap(first.trim, first.clock.speed), own, first.beyond)
    speeds = {picture.clock.speed for picture in pictures}
    speed = speeds.pop() if len(speeds) == 1 else Fraction(1)
    return Span(held[0][0], frames, TimeMap(speed=speed), own, several_speeds=bool(speeds))


def _own_language(track: TextTrack, source: SourceText) -> str:
    if track.kind == "burn-in":  # a picture may have text of a language that nobody told
        try:
            return text_language(source.language) if source.language else NO_LANGUAGE
        except UsageError:
            return NO_LANGUAGE
    if not source.language:
        raise UsageError("text.no-language", where=track.source)
    try:
        return text_language(source.language)
    except UsageError:  # documents have names of languages there as well
        raise UsageError("text.no-language-but-word", where=track.source, word=source.language[:40]) from None


def _check_once(texts: Sequence[OpenedText], reels: int) -> None:
    for number in range(reels):
        seen: dict[tuple[str, str], OpenedText] = {}
        for each in texts:
            if each.reel not in (None, number):
                continue
            key = (each.track.kind, each.language.lower())
            if key in seen:
                raise UsageError(
                    "job.text-twice", where=each.track.source, language=each.language, reel=number + 1
                )
            seen[key] = each


def _about_language(opened: OpenedText) -> list[Text]:
    own = opened.source.language
    if opened.track.language is None:
        if opened.language == NO_LANGUAGE:
            return []
        return [text("plan.text-language", language=opened.language)]
    if own and own.lower().split("-")[0] != opened.language.lower().split("-")[0]:
        return [text("plan.text-language-told", own=own[:40], language=opened.language)]
    return []


def _check_end(opened: OpenedText, cues: Sequence[Cue], end: Fraction, shown: Fraction) -> None:
    """`end` is that of the picture before it was trimmed."""
    late = [cue for cue in cues if cue.start >= max(end, shown)]
    if late:
        raise SourceError(
            "text.after-end",
            where=_place(opened, late[0]),
            n=len(late),
            begin=timecode(late[0].start),
            end=timecode(end),
        )


def _place(opened: OpenedText, cue: Cue) -> Path | Text:
    path, place = opened.track.source, cue_place(cue)
    return text("place.in-file", file=path, place=place) if place is not None else path


def _about_cuts(moved: Sequence[Cue], kept: Sequence[Cue], length: Fraction) -> list[Text]:
    said = []
    before = sum(cue.end <= 0 for cue in moved)
    behind = sum(cue.start >= length for cue in moved)
    if before:
        said.append(text("plan.text-before", n=before))
    if behind:
        said.append(text("plan.text-behind", n=behind))
    cut = sum(cue.start < 0 < cue.end for cue in moved) + sum(cue.start < length < cue.end for cue in moved)
    if cut:
        said.append(text("plan.text-cut", n=cut))
    return said
