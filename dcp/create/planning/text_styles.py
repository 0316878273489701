"""What a job says of the looks of a text, put over what its source says: size, colour, place, fades."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from fractions import Fraction

from dcp.create.job.values import TextTrack
from dcp.text.values import Colour, Cue, Group, Image, Inline, Line, Place, Ruby, Run, Space, Style, Turned
from dcp.texts.catalogue import Text, text


def restyled(cues: Sequence[Cue], track: TextTrack) -> tuple[tuple[Cue, ...], tuple[Text, ...]]:
    """The cues as the job wants them to look, and what was decided.

    A position moves the lines that stand from the lower edge, the lowest of a cue to it; a size changes how
    far lines are apart as well. Lines that stand elsewhere on purpose stay there.
    """
    place, size = track.position, track.size
    restyle = _restyle(track)
    if restyle is None and place is None and track.fade_up is None and track.fade_down is None:
        return tuple(cues), ()
    places: dict[Place, Place] = {}
    found = []
    left = 0
    for cue in cues:
        lowest = min((one.place.vposition for one in _lower(cue)), default=None)
        if lowest is None and place is not None:
            left += 1
        content = []
        for one in cue.content:
            grown = Fraction(1)
            if size is not None and isinstance(one, Line):
                grown = _growth(one, size)
            if lowest is not None and one.place.valign == "bottom":
                base = lowest if place is None else place
                up = base + (one.place.vposition - lowest) * float(grown)
                moved = replace(one.place, vposition=up)
                one = replace(one, place=places.setdefault(moved, moved))
            content.append(_line(one, restyle) if restyle and isinstance(one, Line) else one)
        found.append(
            replace(
                cue,
                content=tuple(content),
                fade_up=_seconds(track.fade_up, cue.fade_up),
                fade_down=_seconds(track.fade_down, cue.fade_down),
            )
        )
    said = (text("plan.text-placed-by-itself", n=left),) if left else ()
    return tuple(found), said


def with_font(cues: Iterable[Cue], font: str | None) -> tuple[Cue, ...]:
    """All signs in one font, by its id in the document."""
    change = _once(lambda style: replace(style, font=font))
    return tuple(
        replace(
            cue,
            content=tuple(_line(one, change) if isinstance(one, Line) else one for one in cue.content),
        )
        for cue in cues
    )


def colour(code: str) -> Colour:
    """RRGGBB or AARRGGBB, as the job has it."""
    numbers = bytes.fromhex(code)
    alpha, red, green, blue = numbers if len(numbers) == 4 else (255, *numbers)
    return Colour(red, green, blue, alpha)


def runs_of(line: Line) -> Iterator[Run]:
    """The pieces of text of a line, bases of ruby among them."""
    for one in line.content:
        if isinstance(one, Run):
            yield one
        elif isinstance(one, Ruby):
            yield one.base
        elif isinstance(one, Group | Turned):
            yield one.run


# --- how it is done -----


def _lower(cue: Cue) -> list[Line | Image]:
    return [one for one in cue.content if one.place.valign == "bottom"]


def _growth(line: Line, size: float) -> Fraction:
    own = max((run.style.size for run in runs_of(line)), default=size)
    return Fraction(size) / Fraction(own) if own > 0 else Fraction(1)


def _seconds(told: float | None, own: Fraction | None) -> Fraction | None:
    return own if told is None else Fraction(told).limit_denominator(1_000_000)


def _restyle(track: TextTrack) -> Callable[[Style], Style] | None:
    """None where nothing is to change."""
    changes: dict[str, object] = {}
    if track.size is not None:
        changes["size"] = track.size
    if track.colour is not None:
        changes["colour"] = colour(track.colour)
    if track.outline is not None:
        changes["effect"] = track.outline
    if track.outline_colour is not None:
        changes["effect_colour"] = colour(track.outline_colour)
    if not changes:
        return None
    return _once(lambda style: replace(style, **changes))  # type: ignore[arg-type]


def _once(change: Callable[[Style], Style]) -> Callable[[Style], Style]:
    """The change, with one value for all that come to look alike: a film has thousands of lines."""
    made: dict[Style, Style] = {}

    def changed(style: Style) -> Style:
        if style not in made:
            made[style] = change(style)
        return made[style]

    return changed


def _line(line: Line, change: Callable[[Style], Style]) -> Line:
    return replace(line, content=tuple(_inline(one, change) for one in line.content))


def _inline(one: Inline, change: Callable[[Style], Style]) -> Inline:
    def run(held: Run) -> Run:
        return replace(held, style=change(held.style))

    if isinstance(one, Run):
        return run(one)
    if isinstance(one, Ruby):
        return replace(one, base=run(one.base))
    if isinstance(one, Space):
        return replace(one, style=change(one.style))
    return replace(one, run=run(one.run))
