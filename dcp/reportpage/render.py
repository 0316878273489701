"""A page as HTML that stands alone: no script, nothing fetched, every value escaped."""

from __future__ import annotations

import base64
import functools
from collections.abc import Iterable, Mapping
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

from jinja2 import Environment, StrictUndefined, Template
from markupsafe import Markup, escape

from dcp.patterns import pattern
from dcp.reportpage.page import Bar, Cell, Curve, Page, Pin, Place, Row, Step, Timeline, Words
from dcp.texts.catalogue import Language, said, say

LANG = {"en": "en", "zh": "zh-CN"}

OPEN_PLACES = 4
"""Up to so many places of a finding are shown at once; more are folded."""
MAX_PLACES = 500
"""So many places of a finding are listed; the page says how many more there are."""
MAX_PINS = 200
"""Pins of one row; those that fall together are one anyway."""

_HEADROOM = 1.06
"""So much higher than the highest value is the box of a curve."""
_THIN = Fraction(1, 500)
_TICKS = 4
_STEPS = (
    *(Fraction(tenths, 10) for tenths in (1, 2, 5)),
    *map(Fraction, (1, 2, 5, 10, 15, 20, 30, 60, 120, 300, 600, 900, 1200, 1800, 3600, 7200, 18000, 36000)),
)
"""Round times that a timeline may be divided by, in seconds."""
_BREAK_AFTER = pattern(r"(?<=[\w)][_/\\=@-])(?=\w\w)|(?<=\w\.)(?=[^\W\d])")
_STEERING = pattern("[\x00-\x08\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
"""Control signs, and those that turn the direction of writing: a name would turn what is said around it; and
what is no text in a file's name, which no page can hold."""
_LONG_RUN = pattern(r"([!-~]{20})(?=[!-~])")
"""Twenty signs without any place to break, with more of them behind."""
_WORD_WITHIN = pattern(r"(?<=[a-z0-9])(?=[A-Z])")
"""Where the next word of a title begins that is written without blanks."""


def render(page: Page, language: Language = "en") -> str:
    """The page in a language."""
    return _template().render(
        page=page,
        lang=LANG[language],
        say=functools.partial(_said, language=language),
        soft=functools.partial(_soft, language=language),
        sentence=functools.partial(_sentence, language=language),
        word=functools.partial(_word, language=language),
        cell=_cell,
        named=_named,
        ticks=functools.partial(_ticks, language=language),
        bars=_bars,
        curve=_curve,
        jpeg=_jpeg,
        pins=functools.partial(_pins, language=language),
        share=_share,
        open_places=OPEN_PLACES,
        max_places=MAX_PLACES,
        css=Markup(Path(__file__).with_name("page.css").read_text("utf-8")),
    )


@functools.cache
def _template() -> Template:
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.from_string(Path(__file__).with_name("page.html.j2").read_text("utf-8"))


def _said(words: Words | None, *, language: Language) -> str:
    shown = "" if words is None else said(words, language)
    return _STEERING.sub(lambda found: f"\\u{ord(found[0]):04x}", shown)


def _word(name: str, *, language: Language, **places: object) -> str:
    """A text of the page itself."""
    return say("page." + name, places, language)


def _soft(words: Words | None, *, language: Language) -> Markup:
    """Escaped, with places where a line may be broken in names and ids; without them a browser breaks in
    the middle of a word, or not at all."""
    pieces = _BREAK_AFTER.split(_said(words, language=language))
    words_within = (
        word
        for piece in pieces
        for word in (_WORD_WITHIN.split(piece) if _LONG_RUN.search(piece) else [piece])
    )
    runs = (run for word in words_within for run in _LONG_RUN.sub("\\1\0", word).split("\0"))
    return Markup("<wbr>").join(escape(run) for run in runs)


def _sentence(words: Words | None, *, language: Language, stop: bool = False) -> Markup:
    """`_soft`, its first letter as a sentence begins; names with signs in them stay as they are.

    stop: with a full stop at its end, where it has none.
    """
    text = _said(words, language=language)
    first = text.split(" ", 1)[0].rstrip(":,")
    plain = first.isascii() and first.isalpha() and first.islower()
    if stop and text and text[-1] not in ".!?。！？":
        text += "。" if language == "zh" else "."
    return _soft(text[:1].upper() + text[1:] if plain else text, language=language)


def _named(file: str, places: tuple[Place, ...]) -> bool:
    """Whether what is said of a file's places names the file by itself."""
    return all(file in said(place.said) for place in places)


def _cell(value: Words | Cell) -> Cell:
    return value if isinstance(value, Cell) else Cell(value)


def _share(part: Fraction, whole: Fraction) -> str:
    """Where on a row, in percent."""
    return f"{min(max(float(part / whole), 0.0), 1.0) * 100:.2f}"


def clock(seconds: Fraction | float, step: Fraction | float = 1) -> str:
    """h:mm:ss, with a tenth where the step is below a second."""
    tenths = round(float(seconds) * 10)
    whole, rest = divmod(tenths, 10)
    text = f"{whole // 3600}:{whole // 60 % 60:02}:{whole % 60:02}"
    return f"{text}.{rest}" if step < 1 else text


def _ticks(timeline: Timeline, *, language: Language) -> list[tuple[str, str]]:
    """Times along a timeline: where in percent, and the time; some four of them, at round times."""
    wanted = timeline.length / _TICKS
    step = min((step for step in _STEPS if step >= wanted), default=max(_STEPS))
    found: list[tuple[str, str]] = []
    at = Fraction(0)
    while at <= timeline.length and len(found) < 3 * _TICKS:
        found.append((_share(at, timeline.length), clock(at, step)))
        at += step
    return found


def _bars(row: Row, timeline: Timeline) -> list[Bar]:
    """What is drawn of a row's bars: those too thin to be seen are one with the bar before them."""
    drawn: list[Bar] = []
    for bar in row.bars:
        last = drawn[-1] if drawn else None
        thin = bar.end - bar.start < timeline.length * _THIN
        if last is not None and thin and last.end == bar.start and last.tone == bar.tone:
            drawn[-1] = replace(last, end=bar.end, label="", hint="")
        else:
            drawn.append(bar)
    return drawn


def _curve(curve: Curve, timeline: Timeline) -> Mapping[str, str]:
    """The paths of a curve in a box of 1000 by 100: its area, what of it is over a limit, and the limits."""
    top = max((step.value for step in (*curve.steps, *curve.limits)), default=0) * _HEADROOM or 1.0

    def x(seconds: Fraction) -> str:
        return f"{float(min(max(seconds / timeline.length, Fraction(0)), Fraction(1))) * 1000:.1f}"

    def y(value: float) -> str:
        return f"{100 - value / top * 100:.1f}"

    def columns(steps: Iterable[Step]) -> str:
        return "".join(f"M{x(step.start)} 100V{y(step.value)}H{x(step.end)}V100Z" for step in steps)

    over = [step for step in curve.steps if any(_exceeds(step, limit) for limit in curve.limits)]
    lines = "".join(f"M{x(step.start)} {y(step.value)}H{x(step.end)}" for step in curve.limits)
    return {"area": columns(curve.steps), "over": columns(over), "limits": lines}


def _exceeds(step: Step, limit: Step) -> bool:
    return step.start < limit.end and limit.start < step.end and step.value > limit.value


def _jpeg(data: bytes) -> str:
    """A picture as an address that holds it."""
    return "data:image/jpeg;base64," + base64.b64encode(data).decode()


def _pins(row: Row, timeline: Timeline, *, language: Language) -> list[Mapping[str, str]]:
    """What is drawn of a row's pins: those of one rule that would lie on each other are one."""
    drawn: dict[tuple[str, str, str | None], list[Pin]] = {}
    for pin in row.pins:
        at = f"{round(float(pin.start / timeline.length) * 200) / 2:.1f}"
        drawn.setdefault((at, pin.tone, pin.href), []).append(pin)
    marks: list[Mapping[str, str]] = []
    for pins in list(drawn.values())[:MAX_PINS]:
        first, end = pins[0], max(pin.end for pin in pins)
        more = f" (+{len(pins) - 1})" if len(pins) > 1 else ""
        marks.append(
            {
                "x": _share(first.start, timeline.length),
                "width": _share(max(end - first.start, Fraction(0)), timeline.length),
                "tone": first.tone,
                "hint": _said(first.hint, language=language) + more,
                "href": first.href or "",
            }
        )
    return marks
